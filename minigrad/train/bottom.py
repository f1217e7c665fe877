"""Whether a point is the bottom of a sum of squares, as far as floats can tell, and how well it is settled there.

With J = Q R and c = Q^T r, the Hessian of |r|**2 is 2 R^T M R, where M = 1 + R^-T (sum of r_i H_i) R^-1, with H_i the
Hessian of residual i. So Newton's step is -R^-1 M^-1 c, and the loss to go, the Newton decrement, is c . M^-1 c. In
these coordinates units and narrow valleys are gone: M is near 1 unless the residuals are large and bent.
"""

from __future__ import annotations

import math

from .linear_algebra import back_substitution, cholesky, dot, forward_substitution, inverse
from .residuals import OUTSIDE
from .verdict import EPS, Claim, sizes_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .levenberg_marquardt import Point

_DIGITS = 1e-5  # of itself is the most that a settled parameter may be off
_VISIBLE = 1e-8  # of the change that would alter all residuals; what rounding moves by less, it does not blur


class Bottom:
    """A point, seen as the bottom that it may be.

    `bend` is R^-T (sum of r_i H_i) R^-1 as columns, in the order of the factors. `to_go` is the loss to go, None where
    the loss bends downwards; `step` Newton's step in the units of the parameters.
    """

    __slots__ = ("point", "start", "bend", "to_go", "step", "noise", "unsettled", "inflation", "_columns")

    def __init__(self, point: Point, start: Sequence[float], bend: list[list[float]]) -> None:
        self.point, self.start, self.bend = point, start, bend
        self._columns = inverse(_regular(point))
        self._settle()
        self._newton()

    def _settle(self) -> None:
        """What rounding alone does to each parameter, and which of them it blurs beyond use."""
        point = self.point
        rows = [[abs(a * x) for a, x in zip(row, point.x, strict=True)] for row in zip(*point.columns, strict=True)]
        rounding = EPS * math.hypot(*map(sum, rows)) / math.sqrt(len(rows))
        lengths = point.factors.ordered(
            [math.hypot(*[column[k] for column in self._columns[k:]]) for k in range(len(self._columns))]
        )  # of the rows of R^-1
        own = [math.hypot(*column) for column in point.columns]
        self.inflation = [n * o / s for n, o, s in zip(lengths, own, point.scales, strict=True)]
        self.noise = [rounding * n / s for n, s in zip(lengths, point.scales, strict=True)]
        whole = rounding / EPS * math.sqrt(len(rows))
        self.unsettled = [
            i
            for i, (noise, size, scale) in enumerate(
                zip(self.noise, sizes_of(self.point.x, self.start), point.scales, strict=True)
            )
            if not noise <= max(10 * _DIGITS * size, _VISIBLE * whole / scale) or not own[i]
        ]

    def _newton(self) -> None:
        factors, scales = self.point.factors, self.point.scales
        size = range(len(scales))
        root = cholesky([[float(i == j) + (self.bend[i][j] + self.bend[j][i]) / 2 for i in size] for j in size])
        self.to_go, self.step = None, [0.0] * len(scales)
        if root is not None:
            half = forward_substitution(root, factors.image)
            self.to_go = dot(half, half)
            step = back_substitution(_regular(self.point), back_substitution(root, half))
            self.step = [-d / s for d, s in zip(factors.ordered(step), scales, strict=True)]

    def reached(self, tol: float, first: float) -> bool:
        """Whether nothing is left to win, as `Claim` defines it, and every parameter is settled."""
        noise = [10 * noise for noise in self.noise]
        sizes, loss = sizes_of(self.point.x, self.start), self.point.length**2
        claim = Claim(self.to_go, self.step, sizes, loss, first, _DIGITS, noise, self._rounding())
        return claim.holds(tol) and not self.unsettled

    @property
    def exact(self) -> bool:
        """Whether Newton's step is nothing but rounding, or next to it."""
        steps = zip(self.step, sizes_of(self.point.x, self.start), self.noise, strict=True)
        return all(abs(d) <= max(1e-11 * size, noise) for d, size, noise in steps)

    def _rounding(self) -> float:
        """What rounding of the residuals can make of the loss to go."""
        point = self.point
        rows = zip(*point.columns, strict=True)
        blurred = [sum([abs(a * x) for a, x in zip(row, point.x, strict=True)]) for row in rows]
        return 100 * len(point.x) * EPS**2 * dot(blurred, blurred) / len(blurred)

    def covariance(self, variance: float) -> list[list[float]]:
        """variance * (J^T J)^-1 in the order of the parameters; inf in the variance of one that is not settled."""
        point, count = self.point, len(self._columns)
        scaled = [0.0] * count
        rows: list[list[float]] = [scaled] * count
        for k, place in enumerate(point.factors.order):  # row k of D^-1 P R^-1
            rows[place] = [column[k] / point.scales[place] if k < len(column) else 0.0 for column in self._columns]
        found = [[_product(variance, dot(u, v)) for v in rows] for u in rows]
        for i in self.unsettled:
            found[i][i] = math.inf
        return found

    def correlated(self, i: int) -> tuple[int, float]:
        """The parameter that trades off against parameter i most, and their correlation."""
        table = self.covariance(1.0)
        others = [
            (abs(c := table[i][j] / math.sqrt(table[i][i] * table[j][j])), j, c) for j in range(len(table)) if j != i
        ]
        _, j, correlation = max(others)
        return j, correlation


def _product(variance: float, share: float) -> float:
    return variance * share if share else 0.0


def _regular(point: Point) -> list[list[float]]:
    """R, with what is 0 on its diagonal but for rounding made as small as rounding."""
    triangle = point.factors.triangle
    least = EPS * abs(triangle[0][0]) or 1.0
    return [[*column[:-1], math.copysign(max(abs(column[-1]), least), column[-1])] for column in triangle]


def bend_of(point: Point, curvature_along: Callable[[Sequence[float]], list[float]]) -> list[list[float]]:
    """R^-T (sum of r_i H_i) R^-1 as columns: how the residuals' own curvature adds to that of their linear parts.

    Nothing is added where second derivatives do not exist.
    """
    triangle, factors, scales = _regular(point), point.factors, point.scales
    bend = []
    try:
        for k, column in enumerate(inverse(triangle)):
            direction = factors.ordered([*column, *[0.0] * (len(scales) - 1 - k)])
            curved = curvature_along([d / s for d, s in zip(direction, scales, strict=True)])
            picked = [curved[i] / scales[i] for i in factors.order]
            bend.append(forward_substitution(triangle, picked))
    except OUTSIDE:
        bend = []
    if not bend or not all(math.isfinite(x) for column in bend for x in column):
        return [[0.0] * len(scales) for _ in scales]
    return bend
