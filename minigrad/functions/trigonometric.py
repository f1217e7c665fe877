"""Angles: the circular and hyperbolic functions, and their inverses.

>>> from minigrad import Value
>>> x = Value(20.0)
>>> y = tanh(x)
>>> y.backward()
>>> y.data, x.grad                      # the derivative is 1 - y**2, which would have no digit left
(1.0, 1.6993417021166355e-17)
"""

# An op gives a float or a Value, as its operands have it; only the signatures here say which:
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

import math

from ..ops import NEVER, WITH_PARTIALS, Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .elementary import T

# --- Circular functions ---------------------------------------------------------------------------------------------

SIN = Op("sin", math.sin, lambda out, x: COS(x), raises=WITH_PARTIALS)
COS: Op = Op("cos", math.cos, lambda out, x: -SIN(x), raises=WITH_PARTIALS)
TAN = Op("tan", math.tan, lambda out, x: 1.0 + out * out, raises=WITH_PARTIALS)
DEGREES = Op("degrees", math.degrees, lambda out, x: 180.0 / math.pi, raises=NEVER)
RADIANS = Op("radians", math.radians, lambda out, x: math.pi / 180.0, raises=NEVER)


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

# The derivatives of asin, asinh and acosh are rows, because the third power in their own derivatives is sharp where
# differentiating (1 - x) * (1 + x) would subtract near equals.


def _asin_derivative(x: float) -> float:
    gap = (1.0 - x) * (1.0 + x)
    return 1.0 / math.sqrt(gap) if gap else math.inf


ASIN_DERIVATIVE: Op = Op("asin_derivative", _asin_derivative, lambda out, x: x * out * out * out, raises=WITH_PARTIALS)
ASIN = Op("asin", math.asin, lambda out, x: ASIN_DERIVATIVE(x), raises=WITH_PARTIALS)
ACOS = Op("acos", math.acos, lambda out, x: -ASIN_DERIVATIVE(x), raises=WITH_PARTIALS)
ATAN = Op("atan", math.atan, lambda out, x: ASINH_DERIVATIVE(x) ** 2, raises=NEVER)  # 1 + x * x would overflow


def asin(x: T) -> T:
    """The angle from -pi/2 to pi/2 whose sine is x. Defined from -1 to 1, else ValueError; derivative inf at both ends.

    >>> asin(1.0) == math.pi / 2
    True
    """
    return ASIN(x)


def acos(x: T) -> T:
    """The angle from 0 to pi whose cosine is x. Defined from -1 to 1, else ValueError; derivative -inf at both ends.

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


def _acosh_derivative(x: float) -> float:
    return 1.0 / (math.sqrt(x - 1.0) * math.sqrt(x + 1.0)) if x != 1.0 else math.inf


SECH2: Op = Op("sech2", _sech2, lambda out, x: -2.0 * out * TANH(x), raises=NEVER)
SINH = Op("sinh", math.sinh, lambda out, x: COSH(x), raises=WITH_PARTIALS)
COSH: Op = Op("cosh", math.cosh, lambda out, x: SINH(x), raises=WITH_PARTIALS)
TANH: Op = Op("tanh", math.tanh, lambda out, x: SECH2(x), raises=NEVER)
ASINH_DERIVATIVE: Op = Op(
    "asinh_derivative", lambda x: 1.0 / math.hypot(1.0, x), lambda out, x: -x * out * out * out, raises=NEVER
)
ASINH = Op("asinh", math.asinh, lambda out, x: ASINH_DERIVATIVE(x), raises=NEVER)
ACOSH_DERIVATIVE: Op = Op(
    "acosh_derivative", _acosh_derivative, lambda out, x: -x * out * out * out, raises=WITH_PARTIALS
)
ACOSH = Op("acosh", math.acosh, lambda out, x: ACOSH_DERIVATIVE(x), raises=WITH_PARTIALS)
ATANH = Op("atanh", math.atanh, lambda out, x: ASIN_DERIVATIVE(x) ** 2)


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
    """The number >= 0 whose hyperbolic cosine is x. Defined for x >= 1, else ValueError; derivative inf at 1.

    >>> acosh(1.0)
    0.0
    """
    return ACOSH(x)


def atanh(x: T) -> T:
    """The number whose hyperbolic tangent is x. Defined between -1 and 1, both left out, else ValueError.

    >>> atanh(0.5)  # doctest: +ELLIPSIS
    0.54930614433405...
    """
    return ATANH(x)
