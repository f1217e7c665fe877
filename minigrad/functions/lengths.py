"""Lengths, and the angle of a point: what the coordinates of a vector say about it.

>>> from minigrad import Value
>>> x, y = Value(3.0), Value(4.0)
>>> length = hypot(x, y)
>>> length.backward()
>>> length.data, x.grad, y.grad         # how far a step along each axis is a step outwards
(5.0, 0.6, 0.8)
"""

# An op gives a float or a Value, as its operands have it; only the signatures here say which:
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

import math

from ..ops import NEVER, Op
from .signatures import of_numbers, of_two_lists

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from .elementary import T


def _cosine(x: float, y: float) -> float:
    """x / hypot(x, y), the cosine of the angle of the point (x, y); 0 at the origin, which has no angle."""
    length = math.hypot(x, y)
    return x / length if length else 0.0


def _cosine_partials(out: Any, x: Any, y: Any) -> Any:
    sine, length = COSINE(y, x), HYPOT(x, y)
    return RATIO(sine * sine, length), -RATIO(out * sine, length)


def _hypot_partials(out: Any, *xs: Any) -> Any:
    if len(xs) == 2:  # 1 - cosine**2, the second derivative that a plain ratio has, is all rounding where x outweighs y
        return COSINE(*xs), COSINE(*reversed(xs))
    return [RATIO(x, out) for x in xs]


def _atan2_partials(_: Any, y: Any, x: Any) -> Any:
    length = HYPOT(x, y)
    return RATIO(COSINE(x, y), length), -RATIO(COSINE(y, x), length)


RATIO: Op = Op(
    "ratio", lambda x, y: x / y if y else 0.0, lambda out, x, y: (RATIO(1.0, y), -RATIO(out, y)), raises=NEVER
)  # 0 in place of 0 / 0
COSINE: Op = Op("cosine", _cosine, _cosine_partials, raises=NEVER)
HYPOT: Op = Op("hypot", math.hypot, _hypot_partials, raises=NEVER)
ATAN2 = Op("atan2", math.atan2, _atan2_partials, raises=NEVER)


@of_numbers
def hypot(*coordinates: Any) -> Any:
    """The length of a vector, sqrt(x * x + y * y + ...), without overflow or underflow on the way.

    Defined for all coordinates, however many; one node. At the origin every derivative is 0.

    >>> hypot(3.0, 4.0), hypot(3e300, 4e300)
    (5.0, 5e+300)
    """
    return HYPOT(*coordinates)


@of_two_lists
def dist(p: Iterable[Any], q: Iterable[Any]) -> Any:
    """The distance between two points, hypot(p[0] - q[0], p[1] - q[1], ...).

    Defined for points of equally many coordinates, else ValueError. From a point to itself every derivative is 0.

    >>> dist([1.0, 1.0], [4.0, 5.0])
    5.0
    """
    p, q = list(p), list(q)
    if len(p) != len(q):
        raise ValueError(f"dist: expected points of equally many coordinates, got {len(p)} and {len(q)}")
    return HYPOT(*[a - b for a, b in zip(p, q, strict=True)])


def atan2(y: T, x: T | float) -> T:
    """The angle of the point (x, y), from -pi to pi: atan(y / x) in the right quadrant.

    Defined for all y and x. At the origin both derivatives are 0.

    >>> atan2(1.0, -1.0) == 3 / 4 * math.pi
    True
    """
    return ATAN2(y, x)
