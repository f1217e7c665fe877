"""Programs: random functions of a few numbers, written as Python line by line.

A line that is defined nowhere near is left out, and so is one whose result is too large, so whatever is drawn makes a
program that can be called at its point.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from .. import functions
from .templates import TEMPLATES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from .templates import Template

    Result = tuple[str, float, int]  # its name, the number, and how deeply calls are nested in it
    Choice = tuple[Template, Callable[..., float]]


class Program:
    """A function of a few numbers, written as straight-line Python, and a point to call it at.

    `names` are its arguments, `lines` the expressions that t1, t2, ... stand for in turn, the last of which it returns.
    `point` holds a number for each argument. Calling it runs it on whatever you give: floats, Values, other numbers
    that the functions understand; `run` brings other functions.

    >>> from minigrad import Value
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
    templates: Sequence[Template] = TEMPLATES,
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
    To test functions of your own, add templates that call them, and a `table` of the functions by name.

    >>> from hypothesis import given
    >>> from minigrad import Value
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
    # One number for each line, which Hypothesis can delete with ease: sixteen choices an operand, and the template.
    # Four lists, for the average length of one is six however long it may be.
    line = st.integers(0, 16**4 * len(templates) - 1)
    pieces = [st.lists(line, min_size=min_ops // 4, max_size=(max_ops + i) // 4) for i in range(4)]
    scope = {**vars(functions), **(table or {})}
    choices = [(template, _function_of(template, scope)) for template in templates]

    def written(point: list[float], constants: list[float], turn: int, *pieces: list[int]) -> Any:
        turn = turn * 37 % len(templates)  # Hypothesis repeats itself; turned, the same number is another template
        writer = _Writer([*choices[turn:], *choices[:turn]], kinks)
        return writer.write(point, constants, [n for piece in pieces for n in piece], min_ops)

    return st.builds(written, points, constants, st.integers(0, 999), *pieces).filter(bool)


def _function_of(template: Template, scope: dict[str, Any]) -> Callable[..., float]:
    operands = [f"x{i}" for i in range(template.arity)]
    function: Callable[..., float] = eval(f"lambda {', '.join(operands)}: {template.text.format(*operands)}", scope)
    return function


class _Writer:
    """Turns random numbers into a program, computing as it goes, so that each line it writes has a value."""

    LARGEST, DEEPEST = 100.0, 8  # results that are larger, or calls nested deeper, would give gradients of mere noise
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
            # A template of small domain gets another first operand where need be; one defined nowhere is left out.
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
        """Write the line, if the template is defined at the operands."""
        template, function = choice
        operands = operands[: template.arity]
        numbers = [number for _, number, _ in operands]
        if not template.domain(*numbers) or not (self.kinks or abs(template.kink(*numbers)) > self.NEAREST):
            return False
        try:
            result = function(*numbers)
        except (ArithmeticError, ValueError):
            return False
        if abs(result) <= self.LARGEST:
            self.line(template.text, operands, result)
        return abs(result) <= self.LARGEST

    def line(self, text: str, operands: list[Result], result: float) -> None:
        self.lines.append(text.format(*[name for name, _, _ in operands]))
        self.used.update([name for name, _, _ in operands])
        self.known.append((f"t{len(self.lines)}", result, 1 + max(depth for _, _, depth in operands)))
