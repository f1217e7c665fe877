"""What a function of many numbers gives, for who checks types: a float of floats, a Value where there is a Value.

A type variable would do for lists of one kind, but `sum([w, 1.0])` has both in one. These decorators give a function
its signatures, and leave it as it is.

>>> def total(xs): return sum(xs)
>>> of_many(total) is total
True
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any, Protocol, overload

    from ..engine import Value

    class OfMany(Protocol):
        """A function of one iterable of numbers."""

        @overload
        def __call__(self, xs: Iterable[float]) -> float: ...
        @overload
        def __call__(self, xs: Iterable[Value]) -> Value: ...
        @overload
        def __call__(self, xs: Iterable[float | Value]) -> float | Value: ...

    class OfTwoLists(Protocol):
        """A function of two iterables of numbers."""

        @overload
        def __call__(self, xs: Iterable[float], ys: Iterable[float], /) -> float: ...
        @overload
        def __call__(self, xs: Iterable[Value], ys: Iterable[float | Value], /) -> Value: ...
        @overload
        def __call__(self, xs: Iterable[float | Value], ys: Iterable[Value], /) -> Value: ...
        @overload
        def __call__(self, xs: Iterable[float | Value], ys: Iterable[float | Value], /) -> float | Value: ...

    class OfNumbers(Protocol):
        """A function of any number of numbers."""

        @overload
        def __call__(self, *xs: float) -> float: ...
        @overload
        def __call__(self, *xs: Value) -> Value: ...
        @overload
        def __call__(self, *xs: float | Value) -> float | Value: ...


def of_many(f: Callable[..., Any]) -> OfMany:
    """`f`, which takes an iterable of numbers and gives one number."""
    return f


def of_two_lists(f: Callable[..., Any]) -> OfTwoLists:
    """`f`, which takes two iterables of numbers and gives one number."""
    return f


def of_numbers(f: Callable[..., Any]) -> OfNumbers:
    """`f`, which takes numbers and gives one number."""
    return f
