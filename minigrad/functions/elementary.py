"""Exponentials, logarithms, roots, powers, and the error function.

The rows of the table stand above the public functions that apply them. Values and derivatives are good to the last
digits, near zeros and far out in the tails too; a derivative is infinite rather than an error where the function
still has a value.

>>> from minigrad import Value
>>> x = Value(0.0)
>>> y = expm1(x) + sqrt(x)
>>> y.backward()
>>> y.data, x.grad
(0.0, inf)
"""

# An op gives a float or a Value, as its operands have it; only the signatures here say which:
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

import math

from ..ops import NEVER, POW, POWER_TERM, WITH_PARTIALS, Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeVar

    from ..engine import Value

    T = TypeVar("T", float, Value, float | Value)

# --- Exponentials and logarithms ------------------------------------------------------------------------------------

EXP = Op("exp", math.exp, lambda out, x: out, raises=WITH_PARTIALS)
EXP2 = Op("exp2", math.exp2, lambda out, x: out * math.log(2.0), raises=WITH_PARTIALS)
EXPM1 = Op("expm1", math.expm1, lambda out, x: EXP(x), raises=WITH_PARTIALS)
LOG = Op("log", math.log, lambda out, x: 1.0 / x)
LOG2 = Op("log2", math.log2, lambda out, x: 1.0 / math.log(2.0) / x)
LOG10 = Op("log10", math.log10, lambda out, x: 1.0 / math.log(10.0) / x)
LOG1P = Op("log1p", math.log1p, lambda out, x: 1.0 / (1.0 + x))


def exp(x: T) -> T:
    """e to the power x. Defined for all x; OverflowError above 709.78.

    >>> exp(1.0)
    2.718281828459045
    """
    return EXP(x)


def exp2(x: T) -> T:
    """2 to the power x. Defined for all x; OverflowError from 1024 on.

    >>> exp2(10.0)
    1024.0
    """
    return EXP2(x)


def expm1(x: T) -> T:
    """exp(x) - 1, to the last digit near 0 too. Defined for all x; OverflowError above 709.78.

    >>> expm1(1e-20)
    1e-20
    """
    return EXPM1(x)


def log(x: T, base: T | float | None = None) -> T:
    """The logarithm of x to a base, the natural one if none is given.

    To a base it is log(x) / log(base). Defined for x > 0 and base > 0, else ValueError; for a base of 1 it is a
    ZeroDivisionError.

    >>> log(math.e), log(8.0, 2.0)
    (1.0, 3.0)
    """
    return LOG(x) if base is None else LOG(x) / LOG(base)


def log2(x: T) -> T:
    """The logarithm of x to base 2, exact at powers of 2. Defined for x > 0, else ValueError.

    >>> log2(1024.0)
    10.0
    """
    return LOG2(x)


def log10(x: T) -> T:
    """The logarithm of x to base 10, exact at powers of 10. Defined for x > 0, else ValueError.

    >>> log10(1000.0)
    3.0
    """
    return LOG10(x)


def log1p(x: T) -> T:
    """log(1 + x), to the last digit near 0 too. Defined for x > -1, else ValueError.

    >>> log1p(1e-20)
    1e-20
    """
    return LOG1P(x)


# --- Roots and powers -----------------------------------------------------------------------------------------------

INVERSE: Op = Op("inverse", lambda x: 1.0 / x if x else math.inf, lambda out, x: -out * out, raises=NEVER)
SQRT = Op("sqrt", math.sqrt, lambda out, x: 0.5 * INVERSE(out), raises=WITH_PARTIALS)
CBRT = Op("cbrt", math.cbrt, lambda out, x: POWER_TERM(1.0 / 3.0, out, -2.0), raises=NEVER)
MATH_POW = Op("math_pow", math.pow, POW.partials)


def sqrt(x: T) -> T:
    """The square root of x. Defined for x >= 0, else ValueError; at 0 the derivative is infinite.

    >>> sqrt(9.0)
    3.0
    """
    return SQRT(x)


def cbrt(x: T) -> T:
    """The cube root of x, of negative numbers too. Defined for all x; at 0 the derivative is infinite.

    >>> cbrt(-8.0)
    -2.0
    """
    return CBRT(x)


def pow(x: T, y: T | float) -> T:  # noqa: A001  # the name it has in `math`
    """x to the power y: `x ** y` with the errors of `math.pow`.

    Defined for x > 0, for x = 0 with y >= 0, and for x < 0 with a whole y, else ValueError. The derivative in x is
    y * x**(y - 1): at 0 it is 0 for y = 0 and infinite for 0 < y < 1. The derivative in y is x**y * log(x): 0 at x = 0,
    nan for x < 0. OverflowError for a result past all floats.

    >>> pow(2.0, 0.5)
    1.4142135623730951
    """
    return MATH_POW(x, y)


# --- The bell curve and its integral --------------------------------------------------------------------------------


def _bell(c: float, x: float) -> float:
    """exp(-c * x * x), for c a power of 2. Rounding x * x would cost 100 units in the last place by x = 26."""
    if not -40.0 < x < 40.0:
        return math.exp(-c * x * x)
    near = int(x * 16.0) / 16.0  # so few bits that its square is exact
    return math.exp(-c * near * near) * math.exp(-c * (x - near) * (x + near))


def _normal_cdf(x: float) -> float:
    """The chance that a standard normal variable is below x."""
    if not -5.0 > x > -40.0:
        return 0.5 * math.erfc(-x * math.sqrt(0.5))
    ratio = -x  # of density to tail: x + 1/(x + 2/(x + 3/...)); erfc would magnify the rounding of x * sqrt(0.5)
    for n in range(50, 0, -1):
        ratio = n / ratio - x
    return _bell(0.5, x) / (math.sqrt(2.0 * math.pi) * ratio)


BELL: Op = Op("bell", _bell, lambda out, c, x: (-x * x * out, -2.0 * c * x * out), raises=WITH_PARTIALS)
ERF = Op("erf", math.erf, lambda out, x: 2.0 / math.sqrt(math.pi) * BELL(1.0, x), raises=NEVER)
ERFC = Op("erfc", math.erfc, lambda out, x: -2.0 / math.sqrt(math.pi) * BELL(1.0, x), raises=NEVER)
NORMAL_CDF = Op("normal_cdf", _normal_cdf, lambda out, x: 1.0 / math.sqrt(2.0 * math.pi) * BELL(0.5, x), raises=NEVER)


def erf(x: T) -> T:
    """The error function, 2 / sqrt(pi) times the integral of exp(-t * t) from 0 to x. Defined for all x.

    >>> erf(1.0)  # doctest: +ELLIPSIS
    0.84270079294971...
    """
    return ERF(x)


def erfc(x: T) -> T:
    """1 - erf(x), to the last digits where erf(x) is nearly 1. Defined for all x.

    >>> erfc(25.0)  # doctest: +ELLIPSIS
    8.3001725711965...e-274
    """
    return ERFC(x)
