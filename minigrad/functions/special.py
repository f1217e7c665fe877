"""The gamma function and its kin, and the sinc: functions whose derivatives are a family of rows, numbered by order.

>>> from minigrad import Value
>>> x = Value(5.0)
>>> y = lgamma(x)
>>> y.backward()
>>> round(y.data, 9), round(x.grad, 9)  # log(24), and 1/1 + 1/2 + 1/3 + 1/4 less Euler's constant
(3.17805383, 1.506117668)
"""

# An op gives a float or a Value, as its operands have it; only the signatures here say which:
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

import math

from ..ops import NEVER, WITH_PARTIALS, Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .elementary import T

MOST = 500  # of the order of a derivative: the time it takes grows with it


def _order(n: float) -> int:
    if not (0.0 <= n <= MOST and n % 1.0 == 0.0):
        raise ValueError("expected a whole number from 0 to 500 for the order")
    return int(n)


# --- The gamma function, its logarithm, and the derivatives of that -------------------------------------------------

# Stirling's series, B(2k) / (2k) and B(2k) / (2k)! for k = 1, 2, ...; B are the Bernoulli numbers.
STIRLING = (1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760, 1 / 12, -3617 / 8160)
BERNOULLI = (
    1 / 12, -1 / 720, 1 / 30240, -1 / 1209600, 1 / 47900160, -691 / 1307674368000, 1 / 74724249600,
    -3617 / 10670622842880000,
)  # fmt: skip

# Where digamma is 0, to twice the digits of a float, and its Taylor series there: near it all else would cancel.
ROOT, REST_OF_ROOT = 1.4616321449683622, 9.549995429965697e-17
TAYLOR = (
    0.9676722454476212, -0.4427631689835921, 0.258499760955651, -0.16394270544240652, 0.10782405069126237,
    -0.07219956125645471, 0.04880428816414311, -0.03316112647484736, 0.022597648232218104, -0.01542476590494896,
    0.010538791616612175, -0.007204534386356869, 0.004926781395729853, -0.003369801655439328, 0.002305126326734928,
    -0.0015769367714301972, 0.0010788252019162967, -0.0007380709389960052, 0.000504953265834602,
    -0.0003454680251063077,
)  # fmt: skip


def _digamma(x: float) -> float:
    if x == -math.inf:
        return math.nan
    if x <= 0.0:
        if x == math.floor(x):
            raise ValueError("math domain error")
        return _digamma_above_0(1.0 - x) - math.pi / math.tan(math.pi * (x - round(x)))
    return _digamma_above_0(x)


def _digamma_above_0(x: float) -> float:
    if abs(x - ROOT) < 0.2:
        step = (x - ROOT) - REST_OF_ROOT
        series = 0.0
        for c in TAYLOR[::-1]:
            series = (series + c) * step
        return series
    below = 0.0
    while x < 10.0:  # digamma(x + 1) = digamma(x) + 1 / x
        below += 1.0 / x
        x += 1.0
    if x == math.inf:
        return x
    square, series = 1.0 / x / x, 0.0
    for c in STIRLING[::-1]:
        series = (series + c) * square
    return math.log(x) - 0.5 / x - series - below


def _polygamma(order: float, x: float) -> float:
    n = _order(order)
    if n == 0:
        return _digamma(x)
    if x == -math.inf:
        return math.nan
    if x <= 0.0 and x == math.floor(x):
        raise ValueError("math domain error")
    sign = 1.0 if n % 2 else -1.0
    if x > -30.0 or x != x:
        return sign * _powers(n, x)
    r = x - math.floor(x)  # all poles together repeat with period 1: take away those on the other side
    return sign * (_powers(n, r) + sign * (_powers(n, 1.0 - r) - _powers(n, 1.0 - x)))


def _powers(n: int, x: float) -> float:
    """n! * (1 / x**(n + 1) + 1 / (x + 1)**(n + 1) + ...), the far terms by the Euler-Maclaurin formula."""
    if x == math.inf:
        return 0.0
    total = 0.0
    while x < 15.0 + n:
        term = 1.0 / x
        for i in range(1, n + 1):
            term *= i / x
        total += term
        x += 1.0
    integral = 1.0 / x
    for i in range(1, n):
        integral *= i / x
    total += integral + 0.5 * n * integral / x
    term = integral * n * (n + 1) / x / x
    for k in range(len(BERNOULLI)):
        total += BERNOULLI[k] * term
        term *= (n + 2.0 * k + 2.0) * (n + 2.0 * k + 3.0) / x / x
    return total


GAMMA = Op("gamma", math.gamma, lambda out, x: out * DIGAMMA(x), raises=WITH_PARTIALS)
LGAMMA = Op("lgamma", math.lgamma, lambda out, x: DIGAMMA(x))
DIGAMMA: Op = Op("digamma", _digamma, lambda out, x: POLYGAMMA(1.0, x), raises=WITH_PARTIALS)
POLYGAMMA: Op = Op("polygamma", _polygamma, lambda out, n, x: (None, POLYGAMMA(n + 1.0, x)))


def gamma(x: T) -> T:
    """The gamma function, the integral of t**(x - 1) * exp(-t) for t from 0 to inf; (n - 1)! at a whole n.

    Defined for all x but 0, the negative whole numbers and -inf, else ValueError; OverflowError past all floats, which
    is from 171.63 on. The derivative is gamma(x) * digamma(x).

    >>> gamma(5.0)
    24.0
    """
    return GAMMA(x)


def lgamma(x: T) -> T:
    """The natural logarithm of abs(gamma(x)), without overflow. The derivative is digamma(x).

    Defined for all x but 0 and the negative whole numbers, else ValueError.

    >>> round(lgamma(1000.0), 9)
    5905.220423209
    """
    return LGAMMA(x)


def digamma(x: T) -> T:
    """The derivative of lgamma, gamma'(x) / gamma(x). The derivative is polygamma(1, x).

    Defined for all x but 0 and the negative whole numbers, else ValueError; nan at -inf. Good to the last digits above
    0; below, its zeros between the poles are exact to some 1e-15, and no closer.

    >>> round(digamma(1.0), 12)
    -0.577215664902
    """
    return DIGAMMA(x)


def polygamma(n: float, x: T) -> T:
    """The derivative of order n of digamma: digamma itself for n = 0, the trigamma function for n = 1.

    (-1)**(n + 1) * n! * (1 / x**(n + 1) + 1 / (x + 1)**(n + 1) + ...)

    Defined for whole n from 0 to 500 and for all x but 0 and the negative whole numbers, else ValueError; nan at -inf,
    infinite past all floats. The derivative in x is polygamma(n + 1, x); n is held constant.

    >>> polygamma(1, 1.0) == math.pi**2 / 6.0
    True
    """
    return POLYGAMMA(n, x)


# --- The sinc -------------------------------------------------------------------------------------------------------


def _sine_and_cosine(x: float) -> tuple[float, float]:
    """Those of pi * x, exactly 0 where they are 0 at a whole x."""
    x = math.copysign(abs(x) % 2.0, x)
    half_turns = round(x)
    sign, angle = (-1.0 if half_turns % 2 else 1.0), math.pi * (x - half_turns)
    return sign * math.sin(angle), sign * math.cos(angle)


def _sinc(x: float) -> float:
    return _sinc_derivative(0.0, x)


def _sinc_derivative(order: float, x: float) -> float:
    """The integral of (pi * t)**n * cos(pi * x * t + n * pi / 2) for t from 0 to 1: the sinc where n is 0.

    Far out from z * f = sin(z) for f = sin(z) / z, differentiated n times; from the power series of f near 0.
    """
    n, z = _order(order), math.pi * x
    if x - x != 0.0:
        return 1.0 / (1.0 + abs(x))  # 0, or nan
    if abs(z) > 1.5 + n:
        sine, cosine = _sine_and_cosine(x)
        out = sine / z
        for k in range(1, n + 1):
            sine, cosine = cosine, -sine
            out = (sine - k * out) / z
        return out * math.pi**n
    first = n % 2  # what is left of the power series begins with z**0 or z**1
    term, out = z if first else 1.0, 0.0
    for k in range(first, 40 + 4 * n, 2):
        out += term / (n + k + 1.0)
        term *= -z * z / ((k + 1.0) * (k + 2.0))
    return (-out if (n + first) % 4 else out) * math.pi**n


SINC = Op("sinc", _sinc, lambda out, x: SINC_DERIVATIVE(1.0, x), raises=NEVER)
SINC_DERIVATIVE: Op = Op(
    "sinc_derivative", _sinc_derivative, lambda out, n, x: (None, SINC_DERIVATIVE(n + 1.0, x)), raises=WITH_PARTIALS
)


def sinc(x: T) -> T:
    """sin(pi * x) / (pi * x), and 1 at 0: 0 at all other whole numbers. Defined for all x, with its limit 0 at +-inf.

    It is the one of NumPy and PyTorch, with pi inside.

    >>> sinc(0.0), sinc(0.5) == 2.0 / math.pi, sinc(2.0)
    (1.0, True, 0.0)
    """
    return SINC(x)
