"""Routines: rows of the op table in the little Python that compilers of numbers take.

Each has the bits of the row it is named after, `cbrt` those of the exact root, which the library of C misses by up to 3
units in the last place. Where an error is due, or the bits would be hard to find, a routine raises ValueError, and the
original answers. No routine needs an error of Python's own: what overflows is infinite.

>>> fsum(0.1, 0.2, -0.3) == math.fsum([0.1, 0.2, -0.3]), hypot(3e300, 4e300)
(True, 5e+300)
"""

from __future__ import annotations

import math

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

# --- Twice the digits -----------------------------------------------------------------------------------------------


def _halves(x: float) -> tuple[float, float]:
    """Two floats of half as many digits that add up to x, which is below 1e300: products of such are exact."""
    shifted = 134217729.0 * x  # 2**27 + 1
    high = shifted - (shifted - x)
    return high, x - high


def _rest(x: float, y: float, product: float) -> float:
    """What rounding took from the product x * y."""
    a, b = _halves(x)
    c, d = _halves(y)
    return ((a * c - product) + a * d + b * c) + b * d


# --- Roots and lengths ----------------------------------------------------------------------------------------------


def cbrt(x: float) -> float:
    """The cube root: a first guess, and a step of Newton's to the last digit."""
    if x == 0.0 or x - x != 0.0:
        return x
    mantissa, exponent = math.frexp(abs(x))
    third = exponent // 3
    scaled = math.ldexp(mantissa, exponent - 3 * third)
    root = scaled ** (1.0 / 3.0)
    square = root * root
    cube = square * root
    over = (cube - scaled) + (_rest(square, root, cube) + _rest(root, root, square) * root)
    return math.copysign(math.ldexp(root - over / (3.0 * square), third), x)


def hypot(*xs: float) -> float:
    """By sums of squares with twice the digits, scaled so that none overflows."""
    peak, finite = 0.0, True
    for x in xs:
        if abs(x) == math.inf:
            return math.inf
        finite = finite and x == x
        peak = max(peak, abs(x))
    if not finite:
        return math.nan
    if peak == 0.0:
        return 0.0
    exponent = math.frexp(peak)[1]
    total, rest = 0.0, 0.0
    for x in xs:
        scaled = math.ldexp(x, -exponent)
        square = scaled * scaled
        larger, smaller = max(total, square), min(total, square)
        total = larger + smaller
        rest += _rest(scaled, scaled, square) + (smaller - (total - larger))
    root = math.sqrt(total)
    square = root * root
    root += (((total - square) - _rest(root, root, square)) + rest) / (2.0 * root)
    return math.ldexp(root, exponent)


def asinh_derivative(x: float) -> float:
    """1 / hypot(1, x)."""
    return 1.0 / hypot(1.0, x)


def cosine(x: float, y: float) -> float:
    """x / hypot(x, y), and 0 at the origin."""
    length = hypot(x, y)
    return x / length if length else 0.0


# --- Exact sums -----------------------------------------------------------------------------------------------------


def _exact_sum(xs: Sequence[float]) -> float:
    """By partial sums that do not overlap, from the smallest up; rounded once, to even in a tie."""
    parts = [0.0] * (len(xs) + 1)
    count = 0
    for x in xs:
        added, kept = x, 0
        for i in range(count):
            part = parts[i]
            larger, smaller = (part, added) if abs(added) < abs(part) else (added, part)
            added = larger + smaller
            rest = smaller - (added - larger)
            if rest != 0.0:
                parts[kept] = rest
                kept += 1
        parts[kept] = added
        count = kept + 1
    total, rest = 0.0, 0.0
    while count > 0 and rest == 0.0:
        count -= 1
        larger = total
        total = larger + parts[count]
        rest = parts[count] - (total - larger)
    if total - total != 0.0:
        raise ValueError
    below = parts[count - 1] if count > 0 else 0.0
    if (rest < 0.0 and below < 0.0) or (rest > 0.0 and below > 0.0):
        twice = 2.0 * rest  # half a unit in the last place, and something more on the same side: no tie
        if twice == (total + twice) - total:
            return total + twice
    return total


def fsum(*xs: float) -> float:
    """The exact sum, rounded once."""
    return _exact_sum(xs)


def sumprod(*xs: float) -> float:
    """Each product and what rounding took from it, added up exactly."""
    n = len(xs) // 2
    terms = [0.0] * (2 * n)
    for i in range(n):
        product = xs[i] * xs[n + i]
        small = abs(product) < 1e-280 and xs[i] != 0.0 and xs[n + i] != 0.0
        if small or not max(abs(product), abs(xs[i]), abs(xs[n + i])) < 1e290:
            raise ValueError
        terms[2 * i] = product
        terms[2 * i + 1] = _rest(xs[i], xs[n + i], product)
    return _exact_sum(terms)


def fma(x: float, y: float, z: float) -> float:
    """x * y + z, rounded once."""
    if x == 0.0 or y == 0.0 or z - z != 0.0 or x * y - x * y != 0.0:
        return x * y + z
    return sumprod(x, 1.0, y, z)


# --- Parts of a number ----------------------------------------------------------------------------------------------


def remainder(x: float, y: float) -> float:
    """x - n * y for the whole n next to x / y, the even one in a tie."""
    y = abs(y)
    rest = abs(x) % y if y else math.nan
    if y < 1e-300 or 8e307 < y < math.inf:
        raise ValueError
    if rest > 0.5 * y or (rest == 0.5 * y and abs(x) % (2.0 * y) > y):
        rest -= y
    return math.copysign(1.0, x) * rest


def round_to(x: float, digits: float) -> float:
    """x to so many digits, if x * 10**digits is not near a tie."""
    if not abs(digits) <= 22.0 or x - x != 0.0:
        raise ValueError
    power = 10.0 ** abs(float(int(digits)))
    scaled = x * power if digits > 0.0 else x / power
    if not abs(scaled) < 2.0**40 or abs(scaled - math.floor(scaled) - 0.5) < 1e-3:
        raise ValueError
    whole = float(math.floor(scaled + 0.5))
    return math.copysign(whole / power if digits > 0.0 else whole * power, x)


def fmod(x: float, y: float) -> float:
    """The remainder with the sign of x."""
    return math.copysign(abs(x) % abs(y), x) if y else math.nan


def whole(x: float) -> float:
    """All of x that stands before the point."""
    return math.copysign(float(math.floor(abs(x))), x) if abs(x) < 2.0**52 else x


def fraction(x: float) -> float:
    """All of x that stands behind the point."""
    return math.copysign(0.0 if abs(x) == math.inf else x - whole(x), x)


def ldexp(x: float, n: float) -> float:
    """x * 2**n."""
    if not abs(n) < 5000.0 or n % 1.0 != 0.0:
        raise ValueError
    return math.ldexp(x, int(n))


# --- Powers and exponentials ----------------------------------------------------------------------------------------


def power_term(c: float, x: float, y: float) -> float:
    """c * x**y."""
    return c * math.pow(x, y) if c else c


def power_log(c: float, x: float, y: float, n: float) -> float:
    """c * x**y * log(x)**n."""
    if c == 0.0 or (n != 0.0 and x == 0.0 and y >= 0.0):
        return 0.0
    if not x >= 0.0 and (n != 0.0 or y % 1.0 != 0.0):
        return math.nan
    power = math.pow(math.log(x) if x > 0.0 else -math.inf, n)
    if not abs(power) < math.inf and 0.0 < x < math.inf and abs(n) < math.inf:
        raise ValueError
    return c * math.pow(x, y) * power


def logsumexp(*xs: float) -> float:
    """The logarithm of the sum of exp(x)."""
    peak, ties, others = xs[0], -1.0, 0.0
    for x in xs:
        peak = x if x > peak else peak
    for x in xs:
        if x == peak:
            ties += 1.0
        else:
            others += math.exp(x - peak)
    return peak + math.log1p(ties + others)


def share(x: float, peak: float, total: float) -> float:
    """exp(x - peak) / total."""
    power = math.exp(x - peak)
    if power == math.inf:
        raise ValueError
    return power / total
