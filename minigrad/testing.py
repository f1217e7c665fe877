"""Strategies for Hypothesis: random Values, programs and models, for property tests of your own.

>>> from hypothesis import given
>>> from minigrad.gradcheck import gradcheck
>>> @given(programs())
... def test_gradients_agree_with_finite_differences(program):
...     assert gradcheck(program, *program.point)

What fails shrinks to the smallest that fails, and prints as Python to paste:

>>> Program(["x", "y"], ["sin(x)", "t1 * y"], [0.5, 2.0])
from minigrad import sin
<BLANKLINE>
def program(x, y):
    t1 = sin(x)
    return t1 * y
<BLANKLINE>
program(0.5, 2.0)

Needs Hypothesis: pip install 'minigrad[test]'.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from . import functions
from .engine import Value
from .trees import mapped, numbers_in

try:
    from hypothesis import strategies as st
except ImportError:
    raise ImportError("minigrad.testing needs Hypothesis: pip install 'minigrad[test]'") from None

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    Result = tuple[str, float, int]  # its name, the number, and how deeply calls are nested in it
    Choice = tuple["Row", Callable[..., float]]

__all__ = ["ROWS", "Model", "Program", "Row", "models", "programs", "values"]

# --- Values ---------------------------------------------------------------------------------------------------------


def values(min_value: float = -1e6, max_value: float = 1e6) -> st.SearchStrategy[Value]:
    """Leaves, each with a finite number between the two bounds, and no gradient yet.

    >>> from hypothesis import given
    >>> @given(values())
    ... def test_a_value_is_as_far_from_zero_as_its_negative(x):
    ...     assert abs(x).data == abs(-x).data
    >>> test_a_value_is_as_far_from_zero_as_its_negative()
    """
    return st.floats(min_value, max_value, allow_subnormal=False).map(Value)


# --- What programs are made of --------------------------------------------------------------------------------------


class Row:
    """One line that a program may hold: Python text with braces for each operand, {} or {0}, {1}, ...

    `domain(*operands)` says where it is defined, with a margin, so that no slope gets huge. `kink(*operands)` is how
    far away the nearest kink or jump is. Both are given floats.
    """

    def __init__(
        self,
        text: str,
        domain: Callable[..., bool] = lambda *xs: True,
        kink: Callable[..., float] = lambda *xs: math.inf,
    ) -> None:
        self.text, self.domain, self.kink = text, domain, kink
        self.arity = text.count("{}") or max([0, *[i + 1 for i in range(9) if f"{{{i}}}" in text]])

    def __repr__(self) -> str:
        return f"Row({self.text!r})"


def _inside(x: float) -> bool:
    return abs(x) < 0.95


def _positive(*xs: float) -> bool:
    return min(xs) > 0.1


def _moderate(x: float) -> bool:
    return abs(x) < 4.0


ROWS = [
    Row("{} + {}"),
    Row("{} - {}"),
    Row("{} * {}"),
    Row("{} / {}", lambda x, y: abs(y) > 0.1),
    Row("-{}"),
    Row("abs({})", kink=lambda x: x),
    Row("{} ** 2"),
    Row("{} ** 3"),
    Row("{} ** {}", lambda x, y: x > 0.1 and abs(y) < 4.0),
    Row("pow({}, {})", lambda x, y: x > 0.1 and abs(y) < 4.0),
    Row("exp({})", _moderate),
    Row("exp2({})", _moderate),
    Row("expm1({})", _moderate),
    Row("log({})", _positive),
    Row("log({}, {})", lambda x, base: min(x, base) > 0.1 and abs(base - 1.0) > 0.1),
    Row("log2({})", _positive),
    Row("log10({})", _positive),
    Row("log1p({})", lambda x: x > -0.9),
    Row("sqrt({})", _positive),
    Row("cbrt({})", lambda x: abs(x) > 0.1),
    Row("sin({})"),
    Row("cos({})"),
    Row("tan({})", lambda x: abs(math.cos(x)) > 0.1),
    Row("asin({})", _inside),
    Row("acos({})", _inside),
    Row("atan({})"),
    Row("atan2({}, {})", lambda y, x: math.hypot(x, y) > 0.1, kink=lambda y, x: y if x < 0.0 else 1.0),
    Row("sinh({})", _moderate),
    Row("cosh({})", _moderate),
    Row("tanh({})"),
    Row("asinh({})"),
    Row("acosh({})", lambda x: x > 1.05),
    Row("atanh({})", _inside),
    Row("erf({})"),
    Row("erfc({})"),
    Row("degrees({})"),
    Row("radians({})"),
    Row("fabs({})", kink=lambda x: x),
    Row("sign({})", kink=lambda x: x),
    Row("heaviside({})", kink=lambda x: x),
    Row("copysign({}, {})", kink=lambda x, y: min(abs(x), abs(y))),
    Row("maximum({}, {})", kink=lambda x, y: x - y),
    Row("minimum({}, {})", kink=lambda x, y: x - y),
    Row("clamp({}, -1.0, 1.0)", kink=lambda x: abs(x) - 1.0),
    Row("where({0} > {1}, {0}, {0} * {2})", kink=lambda x, y, z: x - y),
    Row("relu({})", kink=lambda x: x),
    Row("leaky_relu({})", kink=lambda x: x),
    Row("sigmoid({})"),
    Row("softplus({})"),
    Row("silu({})"),
    Row("gelu({})"),
    Row("sum([{}, {}, {}])"),
    Row("fsum([{}, {}, {}])"),
    Row("mean([{}, {}, {}])"),
    Row("prod([{}, {}, {}])"),
    Row("dot([{}, {}], [{}, {}])"),
    Row("norm([{}, {}, {}])", kink=math.hypot),
    Row("hypot({}, {})", kink=math.hypot),
    Row("dist([{}, {}], [{}, {}])", kink=lambda a, b, c, d: math.hypot(a - c, b - d)),
    Row("logsumexp([{}, {}, {}])"),
    Row("softmax([{}, {}, {}])[0]"),
]

# --- Programs -------------------------------------------------------------------------------------------------------


class Program:
    """A function of a few numbers, written as straight-line Python, and a point to call it at.

    `names` are its arguments, `lines` the expressions that t1, t2, ... stand for in turn, the last of which it returns.
    `point` holds a number for each argument. Calling it runs it on whatever you give: floats, Values, other numbers
    that the functions understand; `run` brings other functions.

    >>> program = Program(["x"], ["x * x", "exp(t1)"], [0.5])
    >>> program(0.5), program(Value(0.5)), len(program)
    (1.2840254166877414, Value(data=1.2840254166877414, grad=0.0), 2)
    >>> print(program.source)
    def program(x):
        t1 = x * x
        return exp(t1)
    """

    def __init__(self, names: Sequence[str], lines: Sequence[str], point: Iterable[float]) -> None:
        self.names, self.lines, self.point = tuple(names), tuple(lines), tuple(point)
        self._code = compile(self.source, "<program>", "exec")

    def __call__(self, *args: Any) -> Any:
        """What the program returns for `args`, with minigrad's functions."""
        return self.run({}, *args)

    def run(self, table: Mapping[str, Any], *args: Any) -> Any:
        """What the program returns for `args`, with functions looked up in `table` first, then among minigrad's.

        >>> Program(["x"], ["exp(x)"], [0.5]).run({"exp": lambda x: f"e to the {x}"}, "3")
        'e to the 3'
        """
        scope = {**vars(functions), **table}
        exec(self._code, scope)
        return scope["program"](*args)

    def __len__(self) -> int:
        return len(self.lines)

    @property
    def source(self) -> str:
        """The function as Python text."""
        body = [f"    t{i} = {line}" for i, line in enumerate(self.lines[:-1], 1)]
        return "\n".join([f"def program({', '.join(self.names)}):", *body, f"    return {self.lines[-1]}"])

    def __repr__(self) -> str:
        called = sorted(vars(functions).keys() & set(self._code.co_consts[0].co_names))
        imports = f"from minigrad import {', '.join(called)}\n\n" if called else ""
        return f"{imports}{self.source}\n\nprogram({', '.join(map(repr, self.point))})"


def programs(
    rows: Sequence[Row] = ROWS,
    table: Mapping[str, Any] | None = None,
    *,
    min_ops: int = 1,
    max_ops: int = 40,
    max_inputs: int = 3,
    kinks: bool = False,
) -> st.SearchStrategy[Program]:
    """Differentiable programs of `min_ops` to `max_ops` random lines, and sums that join their loose ends.

    Lines share what earlier lines computed, and all that is computed has a part in the result. The point lies inside
    all domains and away from kinks; with `kinks` it, and the constants, are small whole numbers, which often hit one.
    To test functions of your own, add rows that call them, and a `table` of the functions by name.

    >>> from hypothesis import given
    >>> @given(programs(max_ops=8))
    ... def test_values_compute_what_floats_compute(program):
    ...     values = [Value(x) for x in program.point]
    ...     assert program(*values).data == program(*program.point)
    >>> test_values_compute_what_floats_compute()
    """
    number = (
        st.integers(-3, 3).map(float) if kinks else st.integers(-350, 250).map(lambda n: (n + 50) / 100)
    )  # 0.5, the simplest, lies in most domains
    points = st.lists(number, min_size=1, max_size=max_inputs)
    constants = st.lists(number, max_size=3)
    # One number for each line, which Hypothesis can delete with ease: sixteen choices an operand, and the row.
    # Four lists, for the average length of one is six however long it may be.
    line = st.integers(0, 16**4 * len(rows) - 1)
    pieces = [st.lists(line, min_size=min_ops // 4, max_size=(max_ops + i) // 4) for i in range(4)]
    scope = {**vars(functions), **(table or {})}
    choices = [(row, _function_of(row, scope)) for row in rows]

    def written(point: list[float], constants: list[float], turn: int, *pieces: list[int]) -> Any:
        turn = turn * 37 % len(rows)  # Hypothesis repeats itself; turned, the same number calls another row
        writer = _Writer([*choices[turn:], *choices[:turn]], kinks)
        return writer.write(point, constants, [n for piece in pieces for n in piece], min_ops)

    return st.builds(written, points, constants, st.integers(0, 999), *pieces).filter(bool)


def _function_of(row: Row, scope: dict[str, Any]) -> Callable[..., float]:
    operands = [f"x{i}" for i in range(row.arity)]
    return eval(f"lambda {', '.join(operands)}: {row.text.format(*operands)}", scope)  # type: ignore[no-any-return]


class _Writer:
    """Turns random numbers into a program, computing as it goes, so that each line it writes has a value."""

    LARGEST, DEEPEST = 100.0, 8  # results that are larger, or calls nested deeper, would make slopes that are all noise
    NEAREST = 0.01  # to a kink

    def __init__(self, choices: Sequence[Choice], kinks: bool) -> None:
        self.choices, self.kinks = choices, kinks
        self.known: list[Result] = []
        self.lines: list[str] = []
        self.used: set[str] = set()

    def write(self, point: list[float], constants: list[float], lines: list[int], least: int) -> Program | None:
        names = ["x", "y", "z"] if len(point) < 4 else [f"x{i}" for i in range(len(point))]
        self.known = [(name, number, 0) for name, number in zip(names, point, strict=False)]
        inputs = [*self.known]
        for line in lines:
            picks, first = divmod(line, len(self.choices))
            operands = [self.operand(picks >> 4 * i & 15, inputs, constants if i else []) for i in range(4)]
            # Rows of small domain get another first operand where need be; a row that is defined nowhere is left out.
            firsts = [operands[0], *[result for result in reversed(self.known) if result[2] < self.DEEPEST]]
            any(self.add(self.choices[first], [operand, *operands[1:]]) for operand in firsts)
        if len(self.lines) < least:
            return None
        loose = [result for result in self.known[len(point) :] if result[0] not in self.used]
        for result in loose[:-1]:
            self.line("{} + {}", [result, self.known[-1]], result[1] + self.known[-1][1])
        kept = [(name, number) for name, number, _ in inputs if name in self.used]
        return Program([name for name, _ in kept], self.lines, [number for _, number in kept])

    def operand(self, pick: int, inputs: list[Result], constants: list[float]) -> Result:
        """The latest result, mostly, or one before it, or a constant; what is too deep down makes way for an input."""
        if pick >= 12 and constants:
            constant = constants[pick % len(constants)]
            return repr(constant), constant, 0
        result = self.known[-1 - max(0, pick - 5) % len(self.known)]
        return result if result[2] < self.DEEPEST else inputs[pick % len(inputs)]

    def add(self, choice: Choice, operands: list[Result]) -> bool:
        """Write the line, if the row is defined at the operands."""
        row, function = choice
        operands = operands[: row.arity]
        numbers = [number for _, number, _ in operands]
        if not row.domain(*numbers) or not (self.kinks or abs(row.kink(*numbers)) > self.NEAREST):
            return False
        try:
            result = function(*numbers)
        except (ArithmeticError, ValueError):
            return False
        if abs(result) <= self.LARGEST:
            self.line(row.text, operands, result)
        return abs(result) <= self.LARGEST

    def line(self, text: str, operands: list[Result], result: float) -> None:
        self.lines.append(text.format(*[name for name, _, _ in operands]))
        self.used.update([name for name, _, _ in operands])
        self.known.append((f"t{len(self.lines)}", result, 1 + max(depth for _, _, depth in operands)))


# --- Models ---------------------------------------------------------------------------------------------------------


class Model:
    """A small regression problem: rows of data, and the weights of a network to fit to them, or of a line.

    `weights` holds a list for each layer, with a list for each neuron: its bias, then a weight for each of its inputs.
    Neurons of all layers but the last apply `activation`, the name of a function of minigrad. `rows` are pairs of
    inputs and target. `parameters()` are Values for an optimizer to move, and `loss()` is what it has to get down; as
    functions of plain numbers, for `grad` and `gradcheck`, they are `predict(weights, inputs)` and `loss(weights)`.

    >>> model = Model([[[1.0, 2.0]]], "tanh", [((3.0,), 8.0)])
    >>> model.loss(model.weights)                       # (1 + 2 * 3 - 8)**2
    1.0
    >>> model.loss().backward()
    >>> [x.grad for x in model.parameters()]
    [-2.0, -6.0]
    """

    def __init__(
        self, weights: list[list[list[float]]], activation: str, rows: list[tuple[tuple[float, ...], float]]
    ) -> None:
        self.weights, self.activation, self.rows = weights, activation, rows
        self._values = mapped(Value, weights)

    def parameters(self) -> list[Value]:
        """The weights as Values, always the same ones."""
        return numbers_in(self._values)

    def predict(self, weights: Any, inputs: Iterable[Any]) -> Any:
        """What the network with these weights, floats or Values in the shape of `self.weights`, makes of `inputs`."""
        signals = [*inputs]
        for layer in weights:
            sums = [bias + functions.dot(ws, signals) for bias, *ws in layer]
            signals = sums if layer is weights[-1] else [getattr(functions, self.activation)(x) for x in sums]
        return signals[0]

    def loss(self, weights: Any = None) -> Any:
        """The mean over all rows of (prediction - target)**2, with the parameters if no weights are given."""
        weights = self._values if weights is None else weights
        return functions.mean([(self.predict(weights, inputs) - target) ** 2 for inputs, target in self.rows])

    def __repr__(self) -> str:
        return f"Model({self.weights!r}, {self.activation!r}, {self.rows!r})"


def models(max_inputs: int = 3, max_hidden: int = 3, max_rows: int = 5) -> st.SearchStrategy[Model]:
    """Regression problems with one to `max_inputs` features, one to `max_rows` rows, and up to `max_hidden` neurons.

    Without hidden neurons, as `max_hidden=0` has it always, the model is linear and the loss is convex.

    >>> from hypothesis import given
    >>> @given(models(max_hidden=0))
    ... def test_the_loss_of_a_line_is_convex(model):
    ...     here, there = model.weights, mapped(lambda w: -w, model.weights)
    ...     middle = mapped(lambda w: 0.0, model.weights)
    ...     assert model.loss(middle) <= (model.loss(here) + model.loss(there)) / 2.0 + 1e-9
    >>> test_the_loss_of_a_line_is_convex()
    """
    number = st.integers(-20, 20).map(lambda n: n / 10)

    @st.composite
    def model(draw: st.DrawFn) -> Model:
        inputs, hidden = draw(st.integers(1, max_inputs)), draw(st.integers(0, max_hidden))
        sizes = [inputs, hidden, 1] if hidden else [inputs, 1]
        weights = [[[draw(number) for _ in range(1 + n)] for _ in range(m)] for n, m in pairwise(sizes)]
        row = st.tuples(st.tuples(*[number] * inputs), number)
        activation = draw(st.sampled_from(["tanh", "sigmoid", "softplus", "relu"]))
        return Model(weights, activation, draw(st.lists(row, min_size=1, max_size=max_rows)))

    return model()
