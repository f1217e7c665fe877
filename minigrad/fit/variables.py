"""Bounds by a change of variables: a free number u moves, and the parameter p(u) never leaves its bounds.

p is ordinary arithmetic, so its derivative comes with everything else's. It is flat at a bound, which is then a
bottom like any other.

>>> k = Variable("k", 0.5, 0.0, math.inf)
>>> k.free.data = -100.0
>>> 98.0 < k.value().data < 100.0
True
"""

from __future__ import annotations

import math

from .. import functions
from ..engine import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_INSIDE = 0.01  # of the width, or of 1: a start on a bound is moved so far in, for the bound itself is flat


class Variable:
    """A parameter with bounds, either of which may be infinite, and the free number that stands for it.

    p = low + u**2 / (1 + sqrt(1 + u**2)), likewise below `high`; between two, p = low + (high - low) * sin(u)**2.
    """

    __slots__ = ("name", "low", "high", "free")

    def __init__(self, name: str, start: float, low: float = -math.inf, high: float = math.inf) -> None:
        if not low < high:
            raise ValueError(f"expected bounds low < high for {name}, got {low:g}:{high:g}")
        if not low <= start <= high:
            raise ValueError(f"expected a start for {name} from {low:g} to {high:g}, its bounds, got {start:g}")
        self.name, self.low, self.high = name, low, high
        self.free = Value(self._inverse(start), label=name)

    def value(self) -> Any:
        """The parameter, as a Value that depends on the free number."""
        u = self.free
        if math.isinf(self.low) and math.isinf(self.high):
            return u
        if math.isinf(self.low) or math.isinf(self.high):
            beyond = u * u / (1.0 + functions.sqrt(1.0 + u * u))
            return self.low + beyond if math.isinf(self.high) else self.high - beyond
        return self.low + (self.high - self.low) * functions.sin(u) ** 2

    def _inverse(self, p: float) -> float:
        low, high = self.low, self.high
        if math.isinf(low) and math.isinf(high):
            return p
        if math.isinf(low) or math.isinf(high):
            beyond = (p - low if math.isinf(high) else high - p) or _INSIDE
            return math.sqrt(beyond * (2.0 + beyond))
        share = min(max((p - low) / (high - low), _INSIDE if p == low else 0.0), 1.0 - _INSIDE if p == high else 1.0)
        return math.asin(math.sqrt(share))

    def move(self, p: float) -> None:
        """Put the parameter at p, within its bounds."""
        self.free.data = self._inverse(p)

    def bound_reached(self, start: float) -> float | None:
        """The bound that it lies on, as far as floats tell one place from the next; None inside."""
        p = self.value().data
        near = 1e-7 * max(abs(p), abs(p - start))
        return next((bound for bound in (self.low, self.high) if abs(p - bound) <= near), None)


def read_bounds(text: str) -> tuple[float, float]:
    """The bounds that "low:high" gives, with nothing for none.

    >>> read_bounds("0:"), read_bounds(":5"), read_bounds("-1:1")
    ((0.0, inf), (-inf, 5.0), (-1.0, 1.0))
    """
    low, colon, high = text.partition(":")
    try:
        bounds = float(low or "-inf"), float(high or "inf")
    except ValueError:
        bounds = (math.nan, math.nan)
    if not colon or not bounds[0] < bounds[1]:
        raise ValueError(f"expected bounds as low:high, such as 0: or :5 or 0:1, got {text!r}")
    return bounds
