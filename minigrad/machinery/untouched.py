"""A zero that can be told from all others: what `zero_grad` leaves in `.grad`, until something is added to it.

Every sum is a new float, so a `.grad` that still is this very object was reached by no `backward` and assigned by
nobody. To `backward` it is 0.0 like any other, so nothing in its loop has to know.

>>> from minigrad import Value
>>> w = Value(1.0)
>>> w.grad = UNTOUCHED
>>> (w * 0.0).backward()
>>> w.grad, w.grad is UNTOUCHED
(0.0, False)
"""

from __future__ import annotations


class Zero(float):
    """A zero that is no other one's object where floats are told apart by their number alone, as in PyPy."""

    __slots__ = ()
    __class__ = float  # type: ignore[assignment]  # what the quick looks at a number ask for

    def __reduce__(self) -> tuple[type, tuple[float]]:
        return float, (0.0,)


# Made at run time, so that no constant of the compiler's is the same object.
UNTOUCHED = float("0") if float("0") is not float("0") else Zero()
