"""Student's t: how many standard errors wide an interval is that holds the truth 95 times out of 100.

>>> [round(t_95(n), 6) for n in (1, 2, 10, 1000)]
[12.706205, 4.302653, 2.228139, 1.962339]
"""

from __future__ import annotations

import math

_NORMAL = 1.959963984540054  # the same for the normal distribution
_MANY = 1000  # degrees of freedom, from which on four terms of a series have twelve digits


def t_95(freedom: int) -> float:
    """The t that |T| stays below with probability 0.95, for so many degrees of freedom; inf for none.

    By bisection on the angle atan(t / sqrt(n)), from which the probability follows as a finite sum; for large n by
    the series in 1 / n (Abramowitz, Stegun 1964: 26.7.3, 26.7.4 and 26.7.5).
    """
    if freedom < 1:
        return math.inf
    z, n = _NORMAL, freedom
    if n > _MANY:
        terms = [z, (z**3 + z) / 4, (5 * z**5 + 16 * z**3 + 3 * z) / 96]
        terms.append((3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384)
        return math.fsum([term / n**k for k, term in enumerate(terms)])
    low, high = 0.0, math.pi / 2
    while low < (middle := (low + high) / 2) < high:
        low, high = (middle, high) if _probability(middle, n) < 0.95 else (low, middle)
    return math.sqrt(n) * math.tan(low)


def _probability(angle: float, n: int) -> float:
    """That |T| stays below sqrt(n) tan(angle)."""
    cos2 = math.cos(angle) ** 2
    odd = n % 2
    term, total = (math.cos(angle) if odd else 1.0), 0.0
    for k in range(2 + odd, n + 1, 2):
        total += term
        term *= cos2 * (k - 1) / k
    total *= math.sin(angle)
    return (angle + total) * 2 / math.pi if odd else total
