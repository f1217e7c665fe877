"""How sure a line is: standard errors, t and intervals of its parameters, from the orthogonal factor of the columns.

Where the target is the line and independent noise of one size, the residuals tell that size, and the factor what it
does to each parameter.

>>> from minigrad.datasets import norris
>>> from minigrad.fit.least_squares import LeastSquares
>>> {name: round(e, 12) for name, e in standard_errors(LeastSquares(norris()), len(norris())).items()}
{'b': 0.232818234301, 'w1': 0.000429796848}
"""

from __future__ import annotations

import math

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .least_squares import LeastSquares


def standard_errors(check: LeastSquares, rows: int) -> dict[str, float]:
    """How far each parameter of a least-squares line is off, as a rule; nan with no more rows than parameters.

    s * sqrt(row j of the triangle's inverse, squared and summed / rows), which is s * sqrt((X^T X)^-1_jj)
    """
    size = len(check.parameters)
    s = residual_standard_error(check, rows)
    inverse = [check.factor.solve([float(i == j) for i in range(size)]) for j in range(size)]  # by columns
    lengths = [math.hypot(*row) for row in zip(*inverse, strict=True)]
    return {name: s * length / math.sqrt(rows) for name, length in zip(check.parameters, lengths, strict=True)}


def residual_standard_error(check: LeastSquares, rows: int) -> float:
    """s, the size of the noise: sqrt(sum of the squared residuals / degrees of freedom); nan where there are none."""
    freedom = rows - len(check.parameters)
    return math.sqrt(check.loss * rows / freedom) if freedom else math.nan


def adjusted_r2(check: LeastSquares, rows: int) -> float | None:
    """R2 with sums of squares divided by their degrees of freedom; None where there is no R2, or no freedom."""
    freedom = rows - len(check.parameters)
    if check.r2 is None or not freedom:
        return None
    return 1 - (1 - check.r2) * (rows - ("b" in check.parameters)) / freedom


def student_t(freedom: int, level: float = 0.95) -> float:
    """How many standard errors on each side of an estimate hold the truth at this `level`: a quantile of Student's t.

    freedom: the degrees of freedom, at least 1. level: between 0 and 1.

    With y = t**2 / (freedom + t**2) the probability of -t to t is
    2 t f(t) * sum over k of y**k * product over i < k of ((freedom + 1) / 2 + i) / (3/2 + i), f being the density.
    It rises ever more slowly with t, so that Newton's method from 0 gets nearer from one side.
    Source: NIST *Digital Library of Mathematical Functions*, 8.17(ii) and 15.8.1.

    >>> round(student_t(10), 9), round(student_t(10**6), 9)
    (2.228138852, 1.959966357)
    """
    if not (freedom >= 1 and 0 < level < 1):
        raise ValueError(f"expected freedom >= 1 and 0 < level < 1, got {freedom!r} and {level!r}")
    if freedom == 1:  # Cauchy's distribution, for which the sum is long
        return math.tan(math.pi / 2 * level)
    peak, t, before = _density_at_zero(freedom), 0.0, -1.0
    while t > before:
        density = peak * math.exp(-(freedom + 1) / 2 * math.log1p(t * t / freedom))
        before, t = t, t + (level / 2 - t * density * _sum_of_shares(freedom, t)) / density
    return t


def _sum_of_shares(freedom: int, t: float) -> float:
    y, a = t * t / (freedom + t * t), (freedom + 1) / 2
    terms, k = [1.0], 0
    while terms[-1] > 1e-17 * (1 - y):  # they rise at first, then fall ever faster, to at most y times the last
        terms.append(terms[-1] * y * (a + k) / (1.5 + k))
        k += 1
    return math.fsum(terms)


def _density_at_zero(freedom: int) -> float:
    """gamma((f + 1) / 2) / (gamma(f / 2) sqrt(pi f)), to the last digits: a difference of two lgamma would lose them.

    gamma(a + 1/2) / gamma(a) by its asymptotic series, at an a that is large enough, and from there by recurrence.
    Source: NIST *Digital Library of Mathematical Functions*, 5.11.13.
    """
    a, ratio = freedom / 2, 1.0
    while a < 80:
        ratio *= a / (a + 0.5)
        a += 1
    x = 1 / (8 * a)
    series = 1 + x * (-1 + x * (1 / 2 + x * (5 / 2 + x * (-21 / 8 + x * (-399 / 8 + x * 869 / 16)))))
    return ratio * math.sqrt(a) * series / math.sqrt(math.pi * freedom)
