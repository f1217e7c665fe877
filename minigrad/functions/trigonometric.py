"""Angles and lengths: the circular and hyperbolic functions, their inverses, and the length of a vector.

>>> from minigrad import Value
>>> x = Value(20.0)
>>> y = tanh(x)
>>> y.backward()
>>> y.data, x.grad                      # the slope is 1 - y**2, which would have no digit left
(1.0, 1.6993417021166355e-17)
"""

# An op gives a float or a Value, as its operands have it; only the signatures here say which:
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

import math

from ..ops import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from .elementary import T

# --- Circular functions ---------------------------------------------------------------------------------------------

SIN = Op("sin", math.sin, lambda out, x: COS(x))
COS: Op = Op("cos", math.cos, lambda out, x: -SIN(x))
TAN = Op("tan", math.tan, lambda out, x: 1.0 + out * out)
DEGREES = Op("degrees", math.degrees, lambda out, x: 180.0 / math.pi)
RADIANS = Op("radians", math.radians, lambda out, x: math.pi / 180.0)


def sin(x: T) -> T:
    """The sine of an angle of x radians. Defined for all finite x, else ValueError.

    >>> sin(math.pi / 2)
    1.0
    """
    return SIN(x)


def cos(x: T) -> T:
    """The cosine of an angle of x radians. Defined for all finite x, else ValueError.

    >>> cos(math.pi)
    -1.0
    """
    return COS(x)


def tan(x: T) -> T:
    """The tangent of an angle of x radians, sin(x) / cos(x). Defined for all finite x, else ValueError.

    No float is a pole exactly, so the value stays finite.

    >>> tan(0.0), tan(1.0)
    (0.0, 1.5574077246549023)
    """
    return TAN(x)


def degrees(x: T) -> T:
    """An angle of x radians in degrees, x * 180 / pi. Defined for all x.

    >>> degrees(math.pi)
    180.0
    """
    return DEGREES(x)


def radians(x: T) -> T:
    """An angle of x degrees in radians, x * pi / 180. Defined for all x.

    >>> radians(180.0) == math.pi
    True
    """
    return RADIANS(x)


# --- Their inverses -------------------------------------------------------------------------------------------------

# The slopes of asin, asinh and acosh are rows, because the third power in their own slopes is sharp where
# differentiating (1 - x) * (1 + x) would subtract near equals.


def _asin_slope(x: float) -> float:
    gap = (1.0 - x) * (1.0 + x)
    return 1.0 / math.sqrt(gap) if gap else math.inf


ASIN_SLOPE: Op = Op("asin_slope", _asin_slope, lambda out, x: x * out * out * out)
ASIN = Op("asin", math.asin, lambda out, x: ASIN_SLOPE(x))
ACOS = Op("acos", math.acos, lambda out, x: -ASIN_SLOPE(x))
ATAN = Op("atan", math.atan, lambda out, x: ASINH_SLOPE(x) ** 2)  # 1 + x * x would overflow


def asin(x: T) -> T:
    """The angle from -pi/2 to pi/2 whose sine is x. Defined from -1 to 1, else ValueError; slope inf at both ends.

    >>> asin(1.0) == math.pi / 2
    True
    """
    return ASIN(x)


def acos(x: T) -> T:
    """The angle from 0 to pi whose cosine is x. Defined from -1 to 1, else ValueError; slope -inf at both ends.

    >>> acos(-1.0) == math.pi
    True
    """
    return ACOS(x)


def atan(x: T) -> T:
    """The angle from -pi/2 to pi/2 whose tangent is x. Defined for all x.

    >>> atan(1.0) == math.pi / 4
    True
    """
    return ATAN(x)


# --- Hyperbolic functions -------------------------------------------------------------------------------------------


def _sech2(x: float) -> float:
    """1 / cosh(x)**2, without overflow."""
    z = math.exp(-2.0 * abs(x))
    return 4.0 * z / ((1.0 + z) * (1.0 + z))


def _acosh_slope(x: float) -> float:
    return 1.0 / (math.sqrt(x - 1.0) * math.sqrt(x + 1.0)) if x != 1.0 else math.inf


SECH2: Op = Op("sech2", _sech2, lambda out, x: -2.0 * out * TANH(x))
SINH = Op("sinh", math.sinh, lambda out, x: COSH(x))
COSH: Op = Op("cosh", math.cosh, lambda out, x: SINH(x))
TANH: Op = Op("tanh", math.tanh, lambda out, x: SECH2(x))
ASINH_SLOPE: Op = Op("asinh_slope", lambda x: 1.0 / math.hypot(1.0, x), lambda out, x: -x * out * out * out)
ASINH = Op("asinh", math.asinh, lambda out, x: ASINH_SLOPE(x))
ACOSH_SLOPE: Op = Op("acosh_slope", _acosh_slope, lambda out, x: -x * out * out * out)
ACOSH = Op("acosh", math.acosh, lambda out, x: ACOSH_SLOPE(x))
ATANH = Op("atanh", math.atanh, lambda out, x: ASIN_SLOPE(x) ** 2)


def sinh(x: T) -> T:
    """The hyperbolic sine, (exp(x) - exp(-x)) / 2. Defined for all x; OverflowError past 710.47 on either side.

    >>> sinh(1.0)
    1.1752011936438014
    """
    return SINH(x)


def cosh(x: T) -> T:
    """The hyperbolic cosine, (exp(x) + exp(-x)) / 2. Defined for all x; OverflowError past 710.47 on either side.

    >>> cosh(0.0)
    1.0
    """
    return COSH(x)


def tanh(x: T) -> T:
    """The hyperbolic tangent, sinh(x) / cosh(x). Defined for all x.

    >>> tanh(0.0), tanh(1000.0)
    (0.0, 1.0)
    """
    return TANH(x)


def asinh(x: T) -> T:
    """The number whose hyperbolic sine is x. Defined for all x.

    >>> asinh(1.0)
    0.881373587019543
    """
    return ASINH(x)


def acosh(x: T) -> T:
    """The number >= 0 whose hyperbolic cosine is x. Defined for x >= 1, else ValueError; at 1 the slope is infinite.

    >>> acosh(1.0)
    0.0
    """
    return ACOSH(x)


def atanh(x: T) -> T:
    """The number whose hyperbolic tangent is x. Defined between -1 and 1, both left out, else ValueError.

    >>> atanh(0.5)
    0.5493061443340548
    """
    return ATANH(x)


# --- Lengths, and the angle of a point ------------------------------------------------------------------------------


def _cosine(x: float, y: float) -> float:
    """x / hypot(x, y), the cosine of the angle of the point (x, y); 0 at the origin, which has no angle."""
    length = math.hypot(x, y)
    return x / length if length else 0.0


def _cosine_slopes(out: Any, x: Any, y: Any) -> Any:
    sine, length = COSINE(y, x), HYPOT(x, y)
    return RATIO(sine * sine, length), -RATIO(out * sine, length)


def _hypot_slopes(out: Any, *xs: Any) -> Any:
    if len(xs) == 2:  # 1 - cosine**2, the second slope that a plain ratio has, is all rounding where x outweighs y
        return COSINE(*xs), COSINE(*reversed(xs))
    return [RATIO(x, out) for x in xs]


def _atan2_slopes(_: Any, y: Any, x: Any) -> Any:
    length = HYPOT(x, y)
    return RATIO(COSINE(x, y), length), -RATIO(COSINE(y, x), length)


RATIO: Op = Op(
    "ratio", lambda x, y: x / y if y else 0.0, lambda out, x, y: (RATIO(1.0, y), -RATIO(out, y))
)  # 0 in place of 0 / 0
COSINE: Op = Op("cosine", _cosine, _cosine_slopes)
HYPOT: Op = Op("hypot", math.hypot, _hypot_slopes)
ATAN2 = Op("atan2", math.atan2, _atan2_slopes)


def hypot(*coordinates: Any) -> Any:
    """The length of a vector, sqrt(x * x + y * y + ...), without overflow or underflow on the way.

    Defined for all coordinates, however many; one node. At the origin every slope is 0.

    >>> hypot(3.0, 4.0), hypot(3e300, 4e300)
    (5.0, 5e+300)
    """
    return HYPOT(*coordinates)


def dist(p: Iterable[Any], q: Iterable[Any]) -> Any:
    """The distance between two points, hypot(p[0] - q[0], p[1] - q[1], ...).

    Defined for points of equally many coordinates, else ValueError. From a point to itself every slope is 0.

    >>> dist([1.0, 1.0], [4.0, 5.0])
    5.0
    """
    p, q = list(p), list(q)
    if len(p) != len(q):
        raise ValueError(f"dist: expected points of equally many coordinates, got {len(p)} and {len(q)}")
    return HYPOT(*[a - b for a, b in zip(p, q, strict=True)])


def atan2(y: Any, x: Any) -> Any:
    """The angle of the point (x, y), from -pi to pi: atan(y / x) in the right quadrant.

    Defined for all y and x. At the origin both slopes are 0.

    >>> atan2(1.0, -1.0) == 3 / 4 * math.pi
    True
    """
    return ATAN2(y, x)
