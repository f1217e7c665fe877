"""Whole numbers and what is left beside them: rounding, remainders, and the two parts that a float is made of.

Between its jumps a rounded number stays the same, so its derivative is 0, at the jumps too. A remainder changes as fast
as x does. The operators `%` and `//`, `divmod`, `round`, and `math.floor`, `ceil` and `trunc` work on Values as well.

>>> from minigrad import Value
>>> x = Value(7.5)
>>> y = x % 2.0 + floor(x) + round(x, 1)
>>> y.backward()
>>> y.data, x.grad                      # 1.5 + 7 + 7.5
(16.0, 1.0)
"""

# An op gives a float or a Value, as its operands have it; only the signatures here say which:
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

import math

from ..ops import CEIL, FLOOR, NEVER, POWER_TERM, TRUNC, Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .elementary import T


def floor(x: T) -> T:
    """The largest whole number <= x, as a float or Value. Defined for all finite x; the derivative is 0.

    As in `math`, inf is an OverflowError and nan a ValueError.

    >>> floor(2.7), floor(-2.7)
    (2.0, -3.0)
    """
    return FLOOR(x)


def ceil(x: T) -> T:
    """The smallest whole number >= x, as a float or Value. Defined for all finite x; the derivative is 0.

    As in `math`, inf is an OverflowError and nan a ValueError.

    >>> ceil(2.3), ceil(-2.3)
    (3.0, -2.0)
    """
    return CEIL(x)


def trunc(x: T) -> T:
    """x without its fractional part, as a float or Value. Defined for all finite x; the derivative is 0.

    As in `math`, inf is an OverflowError and nan a ValueError.

    >>> trunc(2.7), trunc(-2.7)
    (2.0, -2.0)
    """
    return TRUNC(x)


# --- Remainders -----------------------------------------------------------------------------------------------------


def _quotient(x: float, rest: float, y: float) -> float:
    """(x - rest) / y, which is a whole number but for rounding."""
    ratio = x / y - rest / y if y else math.nan
    return float(round(ratio)) if abs(ratio) < 2.0**52 else ratio


QUOTIENT: Op = Op("quotient", _quotient, lambda out, x, rest, y: (0.0, 0.0, 0.0), raises=NEVER)
FMOD = Op("fmod", math.fmod, lambda out, x, y: (1.0, -QUOTIENT(x, out, y)))
REMAINDER = Op("remainder", math.remainder, lambda out, x, y: (1.0, -QUOTIENT(x, out, y)))


def fmod(x: T, y: T | float) -> T:
    """What is left of x when y is taken from it a whole number of times, with the sign of x: x - trunc(x / y) * y.

    Exact. Defined for finite x and for y other than 0, else ValueError. The derivative in x is 1, in y -trunc(x / y).
    `x % y` has the sign of y.

    >>> fmod(-7.0, 3.0), -7.0 % 3.0
    (-1.0, 2.0)
    """
    return FMOD(x, y)


def remainder(x: T, y: T | float) -> T:
    """How far x is from the nearest multiple of y, x - n * y; of two that are as near, n is the even one.

    Exact. Defined for finite x and for y other than 0, else ValueError. The derivative in x is 1, in y -n.

    >>> remainder(7.0, 4.0), remainder(6.0, 4.0)
    (-1.0, -2.0)
    """
    return REMAINDER(x, y)


# --- Parts of a number ----------------------------------------------------------------------------------------------


def _ldexp(x: float, n: float) -> float:
    if n % 1.0 != 0.0:
        raise ValueError("expected a whole number for the exponent")
    return math.ldexp(x, int(n))


FRACTION = Op("fraction", lambda x: math.modf(x)[0], lambda out, x: 1.0, raises=NEVER)
WHOLE = Op("whole", lambda x: math.modf(x)[1], lambda out, x: 0.0, raises=NEVER)
MANTISSA = Op("mantissa", lambda x: math.frexp(x)[0], lambda out, x: POWER_TERM(1.0, 2.0, -EXPONENT(x)), raises=NEVER)
EXPONENT: Op = Op("exponent", lambda x: float(math.frexp(x)[1]), lambda out, x: 0.0, raises=NEVER)
LDEXP = Op("ldexp", _ldexp, lambda out, x, n: (POWER_TERM(1.0, 2.0, n), None))


def modf(x: T) -> tuple[T, T]:
    """The fractional and the whole part of x, both with its sign; their derivatives are 1 and 0. Defined for all x.

    >>> modf(-2.5)
    (-0.5, -2.0)
    """
    return FRACTION(x), WHOLE(x)


def frexp(x: T) -> tuple[T, T]:
    """(m, n) such that x = m * 2**n with a whole n and 0.5 <= abs(m) < 1; (0, 0) for 0. Defined for all x.

    The derivative of m is 2**-n, that of n is 0. Here n is a float or Value, not an int, so that a compiled function
    computes it anew.

    >>> frexp(10.0)
    (0.625, 4.0)
    """
    return MANTISSA(x), EXPONENT(x)


def ldexp(x: T, n: T | float) -> T:
    """x * 2**n, rounded once. Defined for all x and whole n, else ValueError; OverflowError past all floats.

    The derivative in x is 2**n; n is held constant.

    >>> ldexp(0.625, 4)
    10.0
    """
    return LDEXP(x, n)
