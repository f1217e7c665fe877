"""Sums of products that are rounded once, however much cancels on the way.

>>> from minigrad import Value
>>> x = Value(1.0 + 2.0**-30)
>>> y = fma(x, x, -1.0 - 2.0**-29)      # plain arithmetic would give 0: the last bit of x * x is lost
>>> y.backward()
>>> y.data == 2.0**-60, x.grad == 2.0 * x.data
(True, True)
"""

# An op gives a float or a Value, as its operands have it; only the signatures here say which:
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

import math

from ..ops import NEVER, Op
from .reductions import DOT
from .signatures import of_two_lists

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from .elementary import T


def _sumprod(*xs: float) -> float:
    """x[0] * x[n] + x[1] * x[n + 1] + ... for n pairs, in fractions, whose denominators are powers of 2."""
    n = len(xs) // 2
    try:
        ratios = [x.as_integer_ratio() for x in xs]
        terms = [(a * c, b * d) for (a, b), (c, d) in zip(ratios[:n], ratios[n:], strict=True)]
        denominator = max([d for _, d in terms])
        return sum([a * (denominator // d) for a, d in terms]) / denominator  # ints are divided with one rounding
    except (OverflowError, ValueError):  # inf, nan, or a sum past all floats
        return DOT.forward(*xs)


def _fma(x: float, y: float, z: float) -> float:
    """What `math.fma` gives, for Pythons before 3.13."""
    if math.isinf(z) and math.isfinite(x) and math.isfinite(y):
        return z  # beside which the product is nothing, though it may be past all floats
    out = _sumprod(x, 1.0, y, z)
    if out == z == 0.0 and (x == 0.0 or y == 0.0):
        return x * y + z  # a sum of zeros has a sign too
    if out - out == 0.0 or x != x or y != y or z != z:
        return out
    if out != out:
        raise ValueError("invalid operation in fma")
    if abs(x) < math.inf and abs(y) < math.inf and abs(z) < math.inf:
        raise OverflowError("overflow in fma")
    return out


FMA = Op("fma", getattr(math, "fma", _fma), lambda out, x, y, z: (y, x, 1.0))
SUMPROD = Op("sumprod", _sumprod, DOT.partials, raises=NEVER)


def fma(x: T, y: T | float, z: T | float) -> T:
    """x * y + z, rounded once. Defined for all numbers but where an inf meets a 0 or a -inf, else ValueError.

    OverflowError past all floats. The same bits on every Python; `math` has it from 3.13 on.

    >>> fma(0.1, 10.0, -1.0), 0.1 * 10.0 - 1.0
    (5.551115123125783e-17, 0.0)
    """
    return FMA(x, y, z)


@of_two_lists
def sumprod(p: Iterable[Any], q: Iterable[Any]) -> Any:
    """p[0] * q[0] + p[1] * q[1] + ..., the exact sum rounded once: `dot` for who needs every digit.

    Defined for equally many numbers on both sides, else ValueError; 0 for none. A sum past all floats is infinite.

    >>> sumprod([1e16, 1.0, -1e16], [1.0, 1.0, 1.0])
    1.0
    """
    xs, ys = tuple(p), tuple(q)
    if len(xs) != len(ys):
        raise ValueError(f"sumprod: expected equally many numbers on both sides, got {len(xs)} and {len(ys)}")
    return SUMPROD(*xs, *ys) if xs else 0.0
