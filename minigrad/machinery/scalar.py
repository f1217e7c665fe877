"""The manners of a Value: what it answers when asked for its number, name, order, text or a copy, and what it refuses.

None of this is calculus. It stands apart so that the engine can tell its own story without a detour.
"""

# An operator gives a Value or NotImplemented, and a number is one that `Value` declares; the types say only the rest:
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

import math
import operator

from ..ops import CEIL, FLOOR, FLOORDIV, MOD, NEVER, ROUND, ROUND_TO, TRUNC, Op, as_float, beside
from .recorder import LIVE, compared, read, refusal, tracing, unrepeated, unseen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, ClassVar, Self


class Scalar:
    """What `Value` inherits. Comparisons compare the numbers, as on floats; `hash` is that of the node, as in PyTorch.

    >>> from minigrad import Value
    >>> Value(1.0) < Value(2.0), Value(1.0) <= 0.5, Value(1.0) == 1, len({Value(1.0), Value(1.0)})
    (True, False, True, 2)
    >>> f"{Value(2 / 3, label='w'):.3f}"
    '0.667'
    """

    __slots__ = ()

    _number: Any
    _grad: Any
    _origin: Any
    _a: Any
    _b: Any
    _da: Any
    _db: Any

    # What stands above, and is set there: how an op records itself, and what `functions` lends to Value as methods.
    _record: ClassVar[Callable[..., Self]]
    exp: ClassVar[Callable[[Any], Self]]
    log: ClassVar[Callable[..., Self]]
    tanh: ClassVar[Callable[[Any], Self]]
    relu: ClassVar[Callable[[Any], Self]]
    sigmoid: ClassVar[Callable[[Any], Self]]
    __array_ufunc__: ClassVar[Callable[..., Any]]  # what NumPy asks in np.sin(value) and np.float64(2) * value

    @property
    def data(self) -> float:
        """The number. Assigning to it moves a parameter; graphs made before keep the gradient of their own point."""
        if LIVE and tracing() is not None:
            raise unseen(f"the .data of {self!r}")
        return self._number

    @data.setter
    def data(self, number: Any) -> None:
        if LIVE and tracing() is not None:
            raise unrepeated(f"assign to the .data of {self!r}")
        self._number = number if number.__class__ is float else as_float(number)

    @property
    def grad(self) -> float:
        """d(loss)/d(self), of the loss that `backward` was called on; a leaf adds up all of these."""
        if LIVE:
            read("the .grad of a Value", self)
        return self._grad

    @grad.setter
    def grad(self, number: float) -> None:
        if LIVE and tracing() is not None:
            raise unrepeated(f"assign to the .grad of {self!r}")
        self._grad = number

    def item(self) -> float:
        """The number, as PyTorch spells it: `.data`."""
        return self.data

    def detach(self) -> Self:
        """A new leaf with the same data and label, outside of any graph."""
        copy = self._record(DETACH, (self,))
        if tracing() is None:  # (a trace must see where the number comes from)
            copy._origin = copy._a = None
            copy.label = self.label
        return copy

    @property
    def op(self) -> Op | None:
        """What made this node. A leaf has none."""
        origin: Op | tuple[Any, ...] | None = self._origin
        return origin[0] if isinstance(origin, tuple) else origin

    @property
    def label(self) -> str | None:
        """A name for messages and pictures, of a leaf or an inner node. None where there is none."""
        return self._origin[1] if isinstance(self._origin, tuple) else None

    @label.setter
    def label(self, text: str | None) -> None:
        if isinstance(self._origin, tuple):
            op, _, *many = self._origin
            self._origin = (op, text, *many)
        elif text is not None:
            self._origin = (self._origin, text, (), ())

    @property
    def operands(self) -> tuple[Any, ...]:
        """What the op was applied to, in order: Values, and floats for constants. A leaf has none."""
        return tuple([x for x, _ in self._pairs() if x is not None])

    @property
    def parents(self) -> tuple[Any, ...]:
        """The operands that gradient flows to, in order."""
        return tuple([x for x, partial in self._pairs() if partial is not None])

    def _below(self) -> Sequence[Any]:
        """Where a walk goes down to from here; of many operands to all, as to look at each partial would cost 15 %."""
        many: Sequence[Any] = self._origin[2] if isinstance(self._origin, tuple) else ()
        return many or [x for x, partial in self._pairs() if partial is not None]

    def _pairs(self) -> list[tuple[Any, Any]]:
        """(operand, local derivative) for each operand, constants included; (None, None) where there is none."""
        if LIVE:
            read("the edges of a Value", self, "edges", "operands", "parents", "<listcomp>")
        if isinstance(self._origin, tuple) and self._origin[2]:
            return [*zip(*self._origin[2:], strict=True)]
        return [(self._a, self._da), (self._b, self._db)]

    # fmt: off
    def __lt__(self, other: Any) -> bool: return _compare(operator.lt, self, other)
    def __le__(self, other: Any) -> bool: return _compare(operator.le, self, other)
    def __gt__(self, other: Any) -> bool: return _compare(operator.gt, self, other)
    def __ge__(self, other: Any) -> bool: return _compare(operator.ge, self, other)
    def __eq__(self, other: object) -> bool: return _compare(operator.eq, self, other)
    def __ne__(self, other: object) -> bool: return _compare(operator.ne, self, other)
    # fmt: on

    def __hash__(self) -> int:
        if LIVE:
            read("a lookup by hash", self)
        return object.__hash__(self)

    # fmt: off
    def __mod__(self, other: Any) -> Self: return _applied(MOD, self, other)
    def __rmod__(self, other: Any) -> Self: return _applied(MOD, other, self)
    def __floordiv__(self, other: Any) -> Self: return _applied(FLOORDIV, self, other)
    def __rfloordiv__(self, other: Any) -> Self: return _applied(FLOORDIV, other, self)
    def __divmod__(self, other: Any) -> tuple[Self, Self]: return _both(self, other)
    def __rdivmod__(self, other: Any) -> tuple[Self, Self]: return _both(other, self)
    def __floor__(self) -> Self: return self._record(FLOOR, (self,))  # what `math.floor` asks for
    def __ceil__(self) -> Self: return self._record(CEIL, (self,))
    def __trunc__(self) -> Self: return self._record(TRUNC, (self,))
    # fmt: on

    def __round__(self, digits: int | None = None) -> Self:
        return self._record(ROUND, (self,)) if digits is None else ROUND_TO(self, operator.index(digits))

    def __bool__(self) -> bool:
        raise refusal(f"the truth of {self!r} is ambiguous; compare it, or ask v.data or `v is not None`")

    def __float__(self) -> float:
        raise refusal(
            f"turning {self!r} into a float would silently drop its gradient; use minigrad's functions (minigrad.sin "
            "in place of math.sin), or v.data where the number is all you want"
        )

    def __int__(self) -> int:  # without it Python would ask __trunc__
        raise TypeError(
            f"turning {self!r} into an int would silently drop its gradient; use minigrad.trunc, or int(v.data) where "
            "the number is all you want"
        )

    def __repr__(self) -> str:
        if LIVE:
            read("the text of a number", self)
        label = "" if self.label is None else f", label={self.label!r}"
        return f"Value(data={self._number!r}, grad={self._grad!r}{label})"

    def __format__(self, spec: str) -> str:
        if LIVE:
            read("the text of a number", self)
        return format(self._number, spec) if spec else repr(self)

    def _repr_svg_(self) -> str:  # what a notebook shows
        from ..draw import to_svg

        return to_svg(self)  # type: ignore[arg-type]  # a Scalar is a Value

    def __reduce__(self) -> Any:
        if self.op is not None:
            raise TypeError(f"cannot copy or pickle {self!r}, an inner node of a graph; copy its .detach()")
        if tracing() is not None:
            raise unseen(f"what a copy of {self!r} would hold")
        return type(self), (self._number, self.label), (None, {"grad": self._grad})


# --- What would stop a reader of the engine -------------------------------------------------------------------------

# Its result has the number, and no gradient flows back.
DETACH = Op("detach", lambda x: x, lambda out, x: None, "{}", raises=NEVER)


def times(grad: Any, partial: Any) -> Any:
    """grad * partial, without a node for a factor of one."""
    if grad.__class__ is float and grad == 1.0:
        return partial
    return grad if partial.__class__ is float and partial == 1.0 else grad * partial


def check_unmoved(node: Any, then: str = "compute it again, then ask for gradients") -> None:
    """Run the op once more: if it gives other numbers now, an operand's data was changed, which is a RuntimeError."""
    try:
        again = node.op(*node.operands)
        before, now = ([n._number, *[partial for _, partial in n.edges]] for n in (node, again))
        if before == now or repr(before) == repr(now):  # two nans are alike only as text
            return
    except (ArithmeticError, ValueError):
        pass
    raise RuntimeError(
        f".data was changed after the forward pass: {node!r} no longer follows from {node.op!r} of "
        f"{node.operands!r:.200}; {then}"
    )


# --- Operators that are not in a hurry ------------------------------------------------------------------------------


def _applied(op: Op, left: Any, right: Any) -> Any:
    """What an operator gives, one of whose sides is a Value."""
    if any(not isinstance(x, Scalar) and beside(x) is NotImplemented for x in (left, right)):
        return NotImplemented
    return op(left, right)


def _both(left: Any, right: Any) -> Any:
    quotient = _applied(FLOORDIV, left, right)
    return quotient if quotient is NotImplemented else (quotient, MOD(left, right))


# --- Comparisons ----------------------------------------------------------------------------------------------------


def _compare(relation: Callable[[Any, Any], bool], a: Scalar, b: Any) -> bool:
    """What the comparison of the two numbers gives; a trace, if there is one, is told."""
    if b.__class__ is not float and not isinstance(b, Scalar):
        return _compare_other(relation, a, b)
    answer: bool = relation(a._number, getattr(b, "_number", b))
    if LIVE:
        compared(relation, a, b, answer)
    return answer


def _compare_other(relation: Callable[[Any, Any], bool], a: Scalar, b: Any) -> bool:
    """The same beside a number of another type, exactly: 0.1 is more than Fraction(1, 10), not as much."""
    equality = relation in (operator.eq, operator.ne)
    if b.__class__ is complex and equality:
        b = b.real if b.imag == 0 else math.nan
    try:
        number = as_float(b)
    except OverflowError:  # an int past all floats
        number = math.inf if b > 0 else -math.inf
    except TypeError:
        return NotImplemented if equality else beside(b)  # which is an error for what Python itself knows
    if number == b or number != number:
        return _compare(relation, a, number)
    answer = relation(a._number, b)
    if not equality and LIVE:  # no float equals it, so the float below it draws the same line
        below = number if number < b else math.nextafter(number, -math.inf)
        above = relation in (operator.gt, operator.ge)
        compared(operator.gt if above else operator.le, a, below, answer)
    return bool(answer)
