"""Columns made orthogonal: each without what the ones before it tell, and how to come back from there.

A column of ones stands first, where a line has an intercept, so that taking it out of the others centres them. What is
left of a column is scaled to a mean square of 1. Over such features the mean squared error is a bowl with the same
curvature in all directions, and both the descent and the algebra beside it work there.

>>> found = Orthogonal([[1.0, 1.0, 1.0], [4.0, 5.0, 9.0]])
>>> [round(v, 6) for v in found.basis[1]], [[round(v, 6) for v in column] for column in found.triangle]
([-0.92582, -0.46291, 1.38873], [[1.0], [6.0, 2.160247]])
"""

from __future__ import annotations

import math
import sys
from itertools import combinations
from operator import mul

from .vectors import divided, less, limits, mean_product, total

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

_EPS = sys.float_info.epsilon  # the relative distance between neighbouring floats


class Orthogonal:
    """An orthogonal factor of columns: columns[j] = sum(triangle[j][i] * basis[i] for i <= j).

    `basis` holds columns whose products with each other have the mean 0, with themselves 1. `triangle[j]`,
    j + 1 numbers, says how much of each is in column j, the last one being its own. `independent[j]` is the part of
    column j, without its mean where there are ones, that the columns before it leave: 1 if it has nothing in common
    with them. It is 0 where they tell it as exactly as floats can; then `dependent` is j, and the rest is missing.
    """

    __slots__ = ("basis", "triangle", "independent", "dependent", "_ones", "_sizes")

    def __init__(self, columns: Sequence[Any]) -> None:
        self._begin(int(limits(columns[0]) == (1.0, 1.0)))
        for column in columns:
            rest, shares = self.without(column)
            length = rms(rest)
            if not self._take(shares, length):
                return
            self.basis.append(divided(rest, length))  # the very floats of the rows to come

    @classmethod
    def of(cls, triangle: Sequence[Sequence[float]], ones: int) -> Orthogonal:
        """The factor with this triangle, whose basis lies elsewhere; `ones` is 1 if the first column is one of ones.

        >>> Orthogonal.of([[1.0], [6.0, 2.0], [3.0, 5.0, 0.0]], 1).dependent
        2
        """
        found = cls.__new__(cls)
        found._begin(ones)
        any(not found._take(shares, length) for *shares, length in triangle)  # up to one that follows from the others
        return found

    def _begin(self, ones: int) -> None:
        self.basis: list[Any] = []
        self.triangle: list[list[float]] = []
        self.independent: list[float] = []
        self.dependent: int | None = None
        self._ones = ones
        self._sizes: list[float] = []

    def _take(self, shares: list[float], length: float) -> bool:
        """Add a column by its triangle's numbers, unless the ones before tell it as exactly as floats can."""
        ones, j = self._ones, len(self.triangle)
        size, alike = math.hypot(*shares, length), math.hypot(*shares[ones:])
        # One bit of each number of a column, and of the columns that are to tell it, already makes as much as this.
        told = [abs(w) * s for w, s in zip(self.solve(shares), self._sizes, strict=True)]
        if length <= (2 + j) * _EPS * (size + sum(told[ones:])):
            self.independent.append(0.0)
            self.dependent = j
            return False
        self.independent.append(length / math.hypot(alike, length))
        self.triangle.append([*shares, length])
        self._sizes.append(size)
        return True

    def without(self, column: Any) -> tuple[Any, list[float]]:
        """What is left of a column beside the basis, and how much of each of its columns was in it.

        Modified Gram-Schmidt, twice: after the first time the rest of a column that is nearly told by the others has
        lost digits to rounding, after the second it is orthogonal to all that floats can hold (Kahan: twice is enough).
        """
        shares = [0.0] * len(self.basis)
        for _ in range(2):
            for i, unit in enumerate(self.basis):
                if i < self._ones:
                    shares[i] += (share := total(column) / len(column))
                    column = less(column, share)
                else:
                    shares[i] += (share := mean_product(unit, column))
                    column = less(column, share, unit)
        return column, shares

    def solve(self, shares: Sequence[float]) -> list[float]:
        """The weights with which the first columns add up to these shares of the basis: back substitution."""
        weights = list(shares)
        for j in reversed(range(len(weights))):
            weights[j] /= self.triangle[j][j]
            for i in range(j):
                weights[i] -= weights[j] * self.triangle[j][i]
        return weights


def apply(triangle: Sequence[Sequence[float]], weights: Sequence[float]) -> list[float]:
    """The triangle, as columns, times weights: their shares of the basis.

    >>> apply([[1.0], [6.0, 2.0]], [10.0, 1.0])
    [16.0, 2.0]
    """
    size = len(triangle)
    return [math.fsum([triangle[j][i] * weights[j] for j in range(i, size)]) for i in range(size)]


def solve_transposed(triangle: Sequence[Sequence[float]], gradient: Sequence[float]) -> list[float]:
    """The x with triangle^T x = gradient, by forward substitution: a gradient seen from the orthogonal features.

    >>> solve_transposed([[1.0], [6.0, 2.0]], [1.0, 8.0])
    [1.0, 1.0]
    """
    x: list[float] = []
    for column, g in zip(triangle, gradient, strict=True):
        x.append((g - sum(map(mul, column, x))) / column[-1])
    return x


def singular_values(triangle: Sequence[Sequence[float]]) -> list[tuple[float, list[float]]]:
    """Each singular value of a triangle, given by columns, with its left unit vector: one-sided Jacobi.

    Pairs of columns are turned until all are orthogonal; then their lengths are the singular values. Unlike methods
    that square the matrix this gives the small ones to the last digits too.
    Source: G. H. Golub and C. F. Van Loan, *Matrix Computations*, section 8.6.3.

    >>> [round(value, 6) for value, _ in singular_values([[3.0], [4.0, 5.0]])]
    [6.708204, 2.236068]
    """
    size = len(triangle)
    columns = [[*column, *[0.0] * (size - len(column))] for column in triangle]
    any(not _sweep(columns) for _ in range(30))  # up to 10 are needed; rounding must not keep it going for ever
    lengths = [math.sqrt(dot(column, column)) for column in columns]
    found = [(length, [x / length for x in column]) for length, column in zip(lengths, columns, strict=True)]
    return sorted(found, reverse=True)


def _sweep(columns: list[list[float]]) -> bool:
    """Turn each pair of columns until it is orthogonal; whether any pair was not."""
    turned = False
    for j, i in combinations(range(len(columns)), 2):
        a, b = columns[i], columns[j]
        aa, bb, ab = dot(a, a), dot(b, b), dot(a, b)
        if abs(ab) > len(a) * _EPS * math.sqrt(aa) * math.sqrt(bb):
            turned = True
            half = (bb - aa) / (2 * ab)
            t = math.copysign(1.0, half) / (abs(half) + math.hypot(1.0, half))
            c = 1 / math.hypot(1.0, t)
            columns[i] = [c * (x - t * y) for x, y in zip(a, b, strict=True)]
            columns[j] = [c * (t * x + y) for x, y in zip(a, b, strict=True)]
    return turned


def dot(a: Sequence[float], b: Sequence[float]) -> float:
    """sum(a * b), rounded once."""
    return math.fsum(map(mul, a, b))


def rms(column: Any) -> float:
    """The root of the mean square of a column."""
    return math.sqrt(mean_product(column, column))
