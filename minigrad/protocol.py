"""The manners of a Value: what it answers when asked for its name, its order, its text, a copy, or what it is not.

None of this is calculus. It stands apart so that the engine can tell its own story without a detour.
"""

from __future__ import annotations

import operator
from contextvars import ContextVar

from .ops import beside

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, ClassVar

    from .engine import Value
    from .ops import Op


class Scalar:
    """What `Value` inherits. Order compares the numbers; `==` and `hash` stay identity: two nodes may hold one number.

    >>> from minigrad import Value
    >>> Value(1.0) < Value(2.0), Value(1.0) <= 0.5, Value(1.0) == Value(1.0)
    (True, False, False)
    >>> f"{Value(2 / 3, label='w'):.3f}"
    '0.667'
    """

    __slots__ = ()
    __array_ufunc__ = None  # has NumPy leave `np.float64(2) * value` to the Value

    _number: float
    grad: float
    _origin: Any

    # What `functions` lends to Value as methods: set there, declared here, so that the engine imports nothing upward.
    exp: ClassVar[Callable[[Any], Value]]
    log: ClassVar[Callable[..., Value]]
    tanh: ClassVar[Callable[[Any], Value]]
    relu: ClassVar[Callable[[Any], Value]]
    sigmoid: ClassVar[Callable[[Any], Value]]

    # Few nodes have a label, and each slot is something more for the garbage collector to look at: so two share one.

    @property
    def op(self) -> Op | None:
        """What made this node. A leaf has none."""
        origin: Op | tuple[Op | None, str | None] | None = self._origin
        return origin[0] if isinstance(origin, tuple) else origin

    @property
    def label(self) -> str | None:
        """A name for messages and pictures, of a leaf or an inner node. None where there is none."""
        return self._origin[1] if isinstance(self._origin, tuple) else None

    @label.setter
    def label(self, text: str | None) -> None:
        self._origin = self.op if text is None else (self.op, text)

    # fmt: off
    def __lt__(self, other: Any) -> bool: return _compare(operator.lt, self, other)
    def __le__(self, other: Any) -> bool: return _compare(operator.le, self, other)
    def __gt__(self, other: Any) -> bool: return _compare(operator.gt, self, other)
    def __ge__(self, other: Any) -> bool: return _compare(operator.ge, self, other)
    # fmt: on

    def __bool__(self) -> bool:
        raise TypeError(f"the truth of {self!r} is ambiguous; compare it, or ask v.data or `v is not None`")

    def __float__(self) -> float:
        raise TypeError(
            f"turning {self!r} into a float would silently drop its gradient; use minigrad's functions (minigrad.sin "
            "in place of math.sin), or v.data where the number is all you want"
        )

    def __repr__(self) -> str:
        label = "" if self.label is None else f", label={self.label!r}"
        return f"Value(data={self._number!r}, grad={self.grad!r}{label})"

    def __format__(self, spec: str) -> str:
        return format(self._number, spec) if spec else repr(self)

    def _repr_svg_(self) -> str:  # what a notebook shows
        from .draw import to_svg

        return to_svg(self)  # type: ignore[arg-type]  # a Scalar is a Value

    def __reduce__(self) -> Any:
        if self.op is not None:
            raise TypeError(f"cannot copy or pickle {self!r}, an inner node of a graph; copy its .detach()")
        if COMPARISONS.get() is not None:
            raise unseen(f"what a copy of {self!r} would hold")
        return type(self), (self._number, self.label), (None, {"grad": self.grad})


# Where a function is being traced (`compiler/trace.py`), the comparisons it made: relation, both sides, the answer.
COMPARISONS: ContextVar[list[tuple[Any, Any, Any, bool]] | None] = ContextVar("comparisons", default=None)


def note(node: Scalar) -> None:
    """Tell a trace, if there is one, that `node` is computed even where nothing needs its number: it may raise."""
    if (met := COMPARISONS.get()) is not None:
        met.append((None, node, 0.0, True))


def unseen(what: str) -> TypeError:
    """The error for reading, while a function is traced, a number that no trace can follow."""
    return TypeError(
        f"a compiled function cannot read {what}: the number would be the same in every later call; compute with the "
        "Value itself, use .detach() for what is to have no gradient and minigrad.grad for slopes, or pass it as an "
        "argument"
    )


def unrepeated(what: str) -> TypeError:
    """The error for something that a function does beside computing, while it is traced: it would never do it again."""
    return TypeError(
        f"a compiled function cannot {what}: that would happen once, while it is traced, and in no later call; do it "
        "outside"
    )


def _compare(relation: Callable[[Any, Any], bool], a: Scalar, b: Any) -> bool:
    number = b._number if isinstance(b, Scalar) else beside(b)
    if number is NotImplemented:
        return NotImplemented  # type: ignore[no-any-return]  # NotImplemented is what an operator may give
    answer = relation(a._number, number)
    if (met := COMPARISONS.get()) is not None:
        met.append((relation, a, b if isinstance(b, Scalar) else number, answer))
    return answer
