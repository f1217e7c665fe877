"""The engine: numbers that remember how they were made.

Ordinary arithmetic on `Value`s records a graph. Each result keeps the op that made it, the operands it was made from,
and the slope of the op at each operand. The chain rule needs no more: walk the graph backwards from the loss, multiply
the slopes along every path, add up where paths meet, and each leaf holds its gradient.

>>> w, b = Value(2.0, label="w"), Value(1.0, label="b")
>>> loss = (w * 3.0 + b - 10.0) ** 2    # a prediction of 7 where the target is 10
>>> loss.backward()
>>> loss.data, w.grad, b.grad           # raise w a little, and the loss falls 18 times as much
(9.0, -18.0, -6.0)

Read on downwards: a node; what an op leaves in it (`_record`); the walk back through the graph; and the same walk once
more, in Values. The slopes come from the table of ops, which begins in `ops.py`, so no calculus is left for here; the
order of the walk comes from `order.py`. (Where COMPARISONS is asked for, `compile` may be tracing a function. A trace
sees only what is computed with Values, so while it lasts the ways around them, such as `.data`, are refused.)
"""

from __future__ import annotations

from .machinery.operators import SCOPE, operators
from .machinery.order import topological_order
from .machinery.recorder import COMPARISONS, note, unrepeated, unseen
from .machinery.scalar import Scalar
from .ops import ABS, NEG, Op, as_float, unpacked

TYPE_CHECKING = False  # importing `typing` would take longer than all of this file
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from .machinery.order import Walk

# --- The node -------------------------------------------------------------------------------------------------------


class Value(Scalar):
    """A number that is a node of a graph: a leaf if you make it, an inner node if an op does.

    `data` is any real number (int, Fraction, NumPy scalar, ...), kept as a float; all else is a TypeError. `label` is a
    name for messages and pictures. Arithmetic gives the very floats that plain Python gives.

    >>> x = Value(3)
    >>> y = x * x + 1
    >>> y, y.op, y.operands, x.op
    (Value(data=10.0, grad=0.0), <op add>, (Value(data=9.0, grad=0.0), 1.0), None)
    """

    __slots__ = ("_number", "grad", "_origin", "_a", "_b", "_da", "_db", "_met")

    _number: float  # .data
    grad: float  # d(loss)/d(self), where loss is what `backward` was called on; a leaf adds up all of these
    _origin: Op | tuple[Op | None, str | None] | None  # .op, which made this node; with a label, (.op, .label)
    # The operands, and the op's slope in each; a slope of None is one that no gradient flows through.
    #     a leaf has none: all four are None
    #     a function of one has _a and _da
    #     + - * / and ** have _a, _b and _da, _db; a constant is a plain float, with a slope of None
    #     a function of several has a tuple of operands in _a, and a tuple of their slopes in _b
    _a: Any
    _b: Any
    _da: Any
    _db: Any
    _met: Walk | None  # the latest walk of `topological_order` that met this node

    def __init__(self, data: Any, label: str | None = None) -> None:
        self._number, self.grad = as_float(data), 0.0
        self._origin = self._a = self._b = self._da = self._db = self._met = None
        if label is not None:
            self.label = label

    @property
    def data(self) -> float:
        """The number. Assigning to it moves a parameter; graphs made before keep the slopes of their own point."""
        if COMPARISONS.get() is not None:
            raise unseen(f"the .data of {self!r}")
        return self._number

    @data.setter
    def data(self, number: Any) -> None:
        if COMPARISONS.get() is not None:
            raise unrepeated(f"assign to the .data of {self!r}")
        self._number = number if number.__class__ is float else as_float(number)

    __add__, __radd__ = operators("add")
    __sub__, __rsub__ = operators("sub")
    __mul__, __rmul__ = operators("mul")
    __truediv__, __rtruediv__ = operators("truediv")
    __pow__, __rpow__ = operators("pow")

    # fmt: off
    def __neg__(self) -> Value: return self._record(NEG, (self,))
    def __abs__(self) -> Value: return self._record(ABS, (self,))
    def __pos__(self) -> Value: return self
    # fmt: on

    def _record(self, op: Op, operands: tuple[Any, ...]) -> Value:
        """What an op does: a new node with its result, which remembers the op, its operands, and its slope in each.

        All functions of Values come through here, and `self` is one of the operands. The operators above do the same,
        written out for speed: see `operators.py`.
        """
        if len(operands) == 1:
            numbers, constants = [self._number], False
        else:
            operands, numbers, constants = unpacked(operands)
        try:
            out = op.forward(*numbers)
            slopes = op.partials(out, *numbers)
        except (ArithmeticError, ValueError) as error:
            raise op.blame(error, *numbers) from None
        several = slopes.__class__ is tuple or slopes.__class__ is list
        if len(operands) != (len(slopes) if several else 1):
            raise op.miscounted(slopes, len(operands))
        node = object.__new__(Value)  # without the checks of __init__
        node._number = out if out.__class__ is float else as_float(out)  # (quicker than isinstance)
        node._origin = op
        if several:
            if constants:
                slopes = [None if x.__class__ is float else d for x, d in zip(operands, slopes, strict=True)]
            node._a, node._b, node._da = operands, tuple(slopes), None
        else:
            node._a, node._b, node._da = self, None, slopes  # one operand
        node._db = node._met = None
        node.grad = 0.0
        return node

    @property
    def operands(self) -> tuple[Any, ...]:
        """What the op was applied to, in order: Values, and floats for constants. A leaf has none."""
        return self._a if isinstance(self._a, tuple) else tuple([x for x in (self._a, self._b) if x is not None])

    @property
    def edges(self) -> list[tuple[Value, float]]:
        """(parent, slope) for each operand that gradient flows to, in order: the slope is the local derivative."""
        slopes = self._b if isinstance(self._b, tuple) else (self._da, self._db)
        return [(x, slope) for x, slope in zip(self.operands, slopes, strict=False) if slope is not None]

    @property
    def parents(self) -> tuple[Value, ...]:
        """The operands that gradient flows to, in order."""
        return tuple([parent for parent, _ in self.edges])

    def detach(self) -> Value:
        """A new leaf with the same data and label, outside of any graph."""
        return Value(self._number, self.label) if COMPARISONS.get() is None else self._record(DETACH, (self,))

    def backward(self) -> None:
        """Add d(self)/d(leaf) to the `.grad` of every leaf below, and set the `.grad` of every inner node.

        d(self)/d(node) = sum over the node's users of d(self)/d(user) * d(user)/d(node)

        Leaves accumulate, so that several losses may share parameters; `optimizer.zero_grad()` resets them. Inner
        nodes start anew, so a second call adds the same to the leaves once more.

        >>> x = Value(3.0)
        >>> (x * x + x).backward()          # two paths lead to x through the product, one through the sum
        >>> x.grad
        7.0
        """
        if COMPARISONS.get() is not None:
            raise unseen(f"the .grad that backward() leaves below {self!r}")
        order = topological_order(self)
        for node in order:
            if node._a is not None:  # an inner node: what an earlier call left would be passed on again
                node.grad = 0.0
        self.grad += 1.0  # d(self)/d(self)
        for node in reversed(order):  # users before what they use, so node.grad is complete by now
            grad, da, db = node.grad, node._da, node._db
            if da is not None:
                node._a.grad += grad * da  # += for every user brings its part
            if db is not None:
                node._b.grad += grad * db
            elif node._b.__class__ is tuple:
                for x, slope in zip(node._a, node._b):  # noqa: B905  # `_record` counted; strict takes 100 ns
                    if slope is not None:
                        x.grad += grad * slope


SCOPE["Value"] = Value  # the operators, which were written before there was a Value, make more of them
DETACH = Op("detach", lambda x: x, lambda out, x: None, "{}")  # what detach() leaves in a trace


# --- The walk in Values ---------------------------------------------------------------------------------------------


def gradients(y: Value, xs: Sequence[Value]) -> list[Value]:
    """The derivative of `y` with respect to each of `xs`, as Values: the backward pass written as more graph.

    Being Values they can be differentiated again. `xs` may be leaves or inner nodes; where `y` does not depend on one,
    its derivative is 0. Raises RuntimeError if the `.data` of an operand between was changed after `y` was computed.

    >>> x = Value(2.0)
    >>> (slope,) = gradients(x**3, [x])
    >>> (bend,) = gradients(slope, [x])
    >>> slope.data, bend.data               # 3 x**2 and 6 x
    (12.0, 12.0)
    """
    note(y)  # for a trace: `y` is computed, and may raise, even if only its slopes are used
    order = topological_order(y)
    wanted = set(xs)
    passing: set[Value] = set()  # the nodes between y and xs, which pass something on
    for node in order:
        if not wanted.isdisjoint(node.parents):
            wanted.add(node)
            passing.add(node)
    adjoints: dict[Value, Any] = {y: 1.0}  # what `backward` keeps in .grad, here in Values
    for node in reversed(order):
        if node.op is not None and node in passing and node in adjoints:
            _check_unmoved(node)
            slopes = node.op.partials(node, *node.operands)
            slopes = slopes if isinstance(slopes, (tuple, list)) else (slopes,)
            for x, slope in zip(node.operands, slopes, strict=True):
                if slope is not None and isinstance(x, Value) and x in wanted:
                    term = _times(adjoints[node], slope)
                    adjoints[x] = adjoints[x] + term if x in adjoints else term
    found = [adjoints.get(x, 0.0) for x in xs]
    return [x if isinstance(x, Value) else Value(x) for x in found]


def _times(adjoint: Any, slope: Any) -> Any:
    """adjoint * slope, without a node for a factor of one."""
    if adjoint.__class__ is float and adjoint == 1.0:
        return slope
    return adjoint if slope.__class__ is float and slope == 1.0 else adjoint * slope


def _check_unmoved(node: Value) -> None:
    """Run the op once more: if it gives other numbers now, an operand's data was changed after the forward pass."""
    try:
        again = node.op(*node.operands)  # type: ignore[misc]  # only inner nodes come here
        before, now = ([n._number, *[slope for _, slope in n.edges]] for n in (node, again))
        if before == now or repr(before) == repr(now):  # two nans are alike only as text
            return
    except (ArithmeticError, ValueError):
        pass
    raise RuntimeError(
        f".data was changed after the forward pass: {node!r} no longer follows from {node.op!r} of "
        f"{node.operands!r:.200}; compute it again, then ask for gradients"
    )
