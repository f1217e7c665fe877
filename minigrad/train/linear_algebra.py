"""Linear algebra on lists: the QR factorization by Householder's reflections, triangles, and dot products.

A matrix is a list of its columns. `QR` writes it as Q R with orthogonal Q and a triangle R, which keeps all the digits
that the columns have; the normal equations, A^T A, would square the condition and lose half of them.

>>> factors = QR([[1.0, 1.0, 1.0], [1.0, 2.0, 3.0]], [3.0, 5.0, 7.0])      # 1 + 2 x through three points
>>> [round(x, 12) for x in factors.solve()]
[1.0, 2.0]
"""

from __future__ import annotations

import math
from operator import mul

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    Vector = Sequence[float]
    Columns = Sequence[Vector]


def dot(u: Vector, v: Vector) -> float:
    """The sum of u * v.

    >>> dot([1.0, 2.0], [3.0, 4.0])
    11.0
    """
    return sum(map(mul, u, v), start=0.0)


class QR:
    """A P = Q R, and Q^T b for one right side b.

    `columns` are those of A, at least as long as there are many of them. With `pivot` the longest of what is left is
    taken next (Businger, Golub 1965), so that the diagonal of R falls and its end tells the rank; `order[k]` is the
    place in A of the k-th column taken. `triangle[k]` is column k of R, down to its diagonal; `image` is the upper part
    of Q^T b, and `rest` the length of the lower part: what no combination of the columns can reach of b.
    """

    __slots__ = ("order", "triangle", "image", "rest")

    def __init__(self, columns: Columns, b: Vector, pivot: bool = True) -> None:
        work = [list(column) for column in columns]
        count = len(work)
        self.order = list(range(count))
        self.triangle: list[list[float]] = [[] for _ in work]
        self.image: list[float] = []
        lengths = [math.hypot(*column) for column in work] if pivot else []
        first = lengths[:]
        for k in range(count):
            if pivot:
                self._take_longest(k, work, lengths, first)
            b = self._reflect(k, work, list(b))
            for j in range(k + 1, len(lengths)):
                _shorten(j, self.triangle[j][k], work, lengths, first)
        self.rest = math.hypot(*b)

    def _take_longest(self, k: int, work: list[list[float]], lengths: list[float], first: list[float]) -> None:
        j = max(range(k, len(lengths)), key=lengths.__getitem__)
        tables: list[list[Any]] = [self.order, self.triangle, work, lengths, first]
        for table in tables:
            table[k], table[j] = table[j], table[k]

    def _reflect(self, k: int, work: list[list[float]], b: list[float]) -> list[float]:
        """Turn column k onto its axis by one reflection, the others and b along with it; each loses its head to R.

        The reflection is 1 - v v^T / (v . x), where x is the column and v = x - alpha e, with alpha of the other sign
        than x[0], so that nothing cancels.
        """
        x = work[k]
        length = math.hypot(*x)
        alpha = -math.copysign(length, x[0])
        self.triangle[k].append(alpha)
        v = [x[0] - alpha, *x[1:]]
        scale = -alpha * v[0]
        for j in range(k + 1, len(work)):
            column = work[j]
            if scale:
                share = dot(v, column) / scale
                column = [c - share * u for c, u in zip(column, v, strict=True)]
            self.triangle[j].append(column[0])
            work[j] = column[1:]
        if scale:
            share = dot(v, b) / scale
            b = [c - share * u for c, u in zip(b, v, strict=True)]
        self.image.append(b[0])
        return b[1:]

    def solve(self) -> list[float]:
        """The x that brings A x nearest to b, in the order of A. ZeroDivisionError if a column follows from others."""
        return self.ordered(back_substitution(self.triangle, self.image))

    def ordered(self, x: Vector) -> list[float]:
        """Numbers for the columns as they were taken, put back into the order of A."""
        found = [0.0] * len(self.order)
        for k, value in zip(self.order, x, strict=True):
            found[k] = value
        return found


def _shorten(j: int, head: float, work: list[list[float]], lengths: list[float], first: list[float]) -> None:
    """The length of a column that has lost its head: by Pythagoras, or measured anew where that would cancel."""
    if lengths[j]:
        left = lengths[j] * math.sqrt(max(0.0, 1.0 - (head / lengths[j]) ** 2))
        if left <= 1e-4 * first[j]:
            first[j] = left = math.hypot(*work[j])
        lengths[j] = left


def back_substitution(triangle: Columns, b: Vector) -> list[float]:
    """The x with R x = b; `triangle[k]` is column k of R, down to its diagonal.

    >>> back_substitution([[2.0], [1.0, 4.0]], [4.0, 8.0])
    [1.0, 2.0]
    """
    x = list(b)
    for k in reversed(range(len(x))):
        column = triangle[k]
        x[k] = last = x[k] / column[k]
        for i in range(k):
            x[i] -= last * column[i]
    return x


def forward_substitution(triangle: Columns, b: Vector) -> list[float]:
    """The x with R^T x = b.

    >>> forward_substitution([[2.0], [1.0, 4.0]], [4.0, 10.0])
    [2.0, 2.0]
    """
    x: list[float] = []
    for column, value in zip(triangle, b, strict=True):
        x.append((value - dot(column, x)) / column[-1])
    return x


def product(triangle: Columns, x: Vector) -> list[float]:
    """The product R x.

    >>> product([[2.0], [1.0, 4.0]], [1.0, 2.0])
    [4.0, 8.0]
    """
    found = [0.0] * len(x)
    for column, share in zip(triangle, x, strict=True):
        for i, value in enumerate(column):
            found[i] += share * value
    return found


def inverse(triangle: Columns) -> list[list[float]]:
    """The columns of R^-1, each down to its diagonal."""
    return [back_substitution(triangle[: k + 1], [0.0] * k + [1.0]) for k in range(len(triangle))]


def cholesky(columns: Columns) -> list[list[float]] | None:
    """The columns of the triangle R with R^T R = A, of a symmetric A; None unless A curves upwards everywhere.

    >>> cholesky([[4.0, 2.0], [2.0, 5.0]]), cholesky([[1.0, 2.0], [2.0, 1.0]])
    ([[2.0], [1.0, 2.0]], None)
    """
    triangle: list[list[float]] = []
    for k, column in enumerate(columns):
        head = forward_substitution(triangle, column[:k])
        square = column[k] - dot(head, head)
        if not square > 0:
            return None
        triangle.append([*head, math.sqrt(square)])
    return triangle


def singular_values(columns: Columns) -> list[float]:
    """The singular values of a matrix, the largest first, by Jacobi's rotations from one side (Hestenes 1958).

    Pairs of columns are turned against each other until all are orthogonal; then their lengths are the answer, exact
    to nearly all digits even where they differ by many powers of ten.

    >>> singular_values([[3.0, 0.0], [4.0, 5.0]])
    [6.708203932499369, 2.23606797749979]
    """
    work = [list(column) for column in columns]
    turned = True
    while turned:
        turned = False
        for i in range(len(work)):
            for j in range(i):
                turned |= _orthogonalize(work, j, i)
    return sorted([math.hypot(*column) for column in work], reverse=True)


def _orthogonalize(work: list[list[float]], i: int, j: int) -> bool:
    u, v = work[i], work[j]
    a, b = math.hypot(*u), math.hypot(*v)
    if not a or not b:
        return False
    cosine = dot([x / a for x in u], [y / b for y in v])
    if abs(cosine) <= 1e-14:
        return False
    cotangent = (b / a - a / b) / (2.0 * cosine)
    t = math.copysign(1.0, cotangent) / (abs(cotangent) + math.hypot(1.0, cotangent))
    c = 1.0 / math.hypot(1.0, t)
    work[i] = [c * (x - t * y) for x, y in zip(u, v, strict=True)]
    work[j] = [c * (t * x + y) for x, y in zip(u, v, strict=True)]
    return True
