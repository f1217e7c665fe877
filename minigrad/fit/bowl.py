"""The bowl that a descent goes down: which features it sees, how round the loss over them is, and how long that takes.

Three scales. Over `orthogonal` features, each without what the ones before it tell, the mean squared error has the
same curvature in all directions: every step goes straight to the bottom. `standard` features have mean 0 and standard
deviation 1, which leaves a narrow valley wherever features go together. `none` takes them as they are.

>>> from minigrad.datasets import cars
>>> from minigrad.fit.least_squares import LeastSquares
>>> for scale in SCALES:
...     bowl = Bowl(cars(), LeastSquares(cars()), scale)
...     print(scale, f"{bowl.condition:.3g}", bowl.rate, bowl.steps(bowl.inside([0.0, 0.0]), bowl.rate, 1e-6))
orthogonal 1 0.35 14
standard 1 0.25 25
none 512 0.034 8161
"""

from __future__ import annotations

import math
import sys

from .least_squares import centred
from .orthogonal import apply, rms, singular_values, solve_transposed
from .vectors import divided, vectors

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from ..datasets import Dataset
    from .least_squares import LeastSquares

SCALES = ("orthogonal", "standard", "none")
_EPS = sys.float_info.epsilon
_ROUND = 0.35  # each step leaves 1 - 2 * 0.35 of the distance to the bottom of a round bowl: some 30 leave 1e-16


class Bowl:
    """The mean squared error over the parameters that a descent moves, those for the features of one scale.

    `columns` are the features as the descent sees them, the intercept's column of ones not among them, and `target` is
    what they are to add up to: centred with them, for far from zero it would lose its last digits; not scaled, which
    changes no digit. `triangle` turns the distance between two sets of parameters into that over orthogonal
    features, where the loss is the square of the distance to the bottom, above the lowest there is. `rate` is a
    learning rate that cannot diverge, `condition` the condition number: the largest curvature over the smallest.
    """

    __slots__ = ("columns", "target", "triangle", "rate", "scale", "spreads", "_check", "_intercept", "_size", "_modes")

    def __init__(self, data: Dataset, check: LeastSquares, scale: str) -> None:
        self._measure(check, scale)
        first = int(self._intercept)
        *columns, target = vectors([*data.columns.values()])
        self.columns: Sequence[Any] = columns
        self.target: Any = target
        if scale != "none" and first:
            self.target = centred(target)[1]
        if scale == "orthogonal":
            self.columns = check.factor.basis[first:]
        elif scale == "standard":
            columns = [centred(column)[1] for column in columns] if first else columns
            self.columns = [divided(column, s) for column, s in zip(columns, self.spreads[first:], strict=True)]

    @classmethod
    def of(cls, check: LeastSquares, scale: str) -> Bowl:
        """The bowl over features that lie elsewhere: it has no `columns` and no `target`, and knows all else."""
        found = cls.__new__(cls)
        found._measure(check, scale)
        found.columns = found.target = ()
        centred_there = scale != "none" and found._intercept
        found._size = math.sqrt(check.loss + sum([share * share for share in check.shares[centred_there:]]))
        return found

    def _measure(self, check: LeastSquares, scale: str) -> None:
        """All that the factor tells."""
        self.scale, self._check, self._intercept = scale, check, "b" in check.parameters
        self.triangle, self.spreads = check.factor.triangle, [1.0] * len(check.parameters)
        if scale == "orthogonal":
            self.triangle = [[0.0] * j + [1.0] for j in range(len(check.parameters))]
        elif scale == "standard":
            self._standardize()
        self.rate = _ROUND if scale == "orthogonal" else safe_rate(self.triangle)
        self._modes: list[tuple[float, list[float]]] = []
        self._size: float | None = None

    def _standardize(self) -> None:
        """The triangle of columns that are centred, unless no intercept makes up for that, and over their spreads."""
        first = int(self._intercept)
        self.triangle = [[*[0.0] * first, *column[first:]] for column in self.triangle]
        self.triangle[:first] = [[1.0]] * first
        self.spreads = [math.hypot(*column) for column in self.triangle]
        self.triangle = [[v / s for v in column] for column, s in zip(self.triangle, self.spreads, strict=True)]

    @property
    def modes(self) -> list[tuple[float, list[float]]]:
        """Half the curvature along each principal axis, the steepest first, and the axis over orthogonal features."""
        self._modes = self._modes or [(value**2, axis) for value, axis in singular_values(self.triangle)]
        return self._modes

    @property
    def condition(self) -> float:
        """The condition number: how many times as steep the bowl is where it is steepest as where it is flattest."""
        return self.modes[0][0] / self.modes[-1][0]

    def inside(self, parameters: Sequence[float]) -> list[float]:
        """The parameters to descend over, from those for the data's own units."""
        if self.scale == "none":
            return list(parameters)
        shares = apply(self._check.factor.triangle, parameters)
        if self.scale == "orthogonal":
            inner = shares[:]
        else:
            inner = [p * s for p, s in zip(parameters, self.spreads, strict=True)]
        if self._intercept:
            inner[0] = shares[0] - self._check.shares[0]
        return inner

    def outside(self, inner: Sequence[float]) -> list[float]:
        """Parameters for the data's own units, from those to descend over."""
        if self.scale == "none":
            return list(inner)
        if self.scale == "orthogonal":
            outer = self._check.factor.solve(inner)
        else:
            outer = [p / s for p, s in zip(inner, self.spreads, strict=True)]
        if self._intercept:  # rounded once: far from zero all but the last digits cancel
            means = [column[0] for column in self._check.factor.triangle[1:]]
            gone = [-w * mean for w, mean in zip(outer[1:], means, strict=True)]
            outer[0] = math.fsum([self._check.shares[0], inner[0], *gone])
        return outer

    def distance(self, inner: Sequence[float]) -> list[float]:
        """How far parameters to descend over are from the least squares, over orthogonal features."""
        shares = apply(self.triangle, inner)
        best = self._check.shares[:]
        if self._intercept and self.scale != "none":
            best[0] = 0.0  # the target is centred
        return [share - there for share, there in zip(shares, best, strict=True)]

    def to_go(self, gradient: Sequence[float]) -> float:
        """How much lower the bottom lies than where the loss has this gradient: g . H^-1 g / 2."""
        half = math.hypot(*solve_transposed(self.triangle, gradient)) / 2
        return half * half  # inf past all floats, where ** would raise

    def floor(self) -> float:
        """The distance to the bottom at which rounding hides the gradient, where the valley is narrow."""
        parameters = self.inside(list(self._check.parameters.values()))
        sizes = [math.hypot(*column) for column in self.triangle]
        size = (rms(self.target) if self._size is None else self._size) + sum(
            [abs(p) * s for p, s in zip(parameters, sizes, strict=True)]
        )
        units = [[float(i == j) * size for i in range(len(sizes))] for j, size in enumerate(sizes)]
        return _EPS * size * math.hypot(*[v for unit in units for v in solve_transposed(self.triangle, unit)])

    def steps(self, inner: Sequence[float], rate: float, near: float) -> float:
        """How many steps it takes from parameters to descend over to so `near` the bottom; inf if it never gets there.

        Along each axis a step of gradient descent multiplies the distance by 1 - rate * curvature, so this is exact
        but for rounding.
        """
        far = self.distance(inner)
        parts = [
            (math.fsum([a * d for a, d in zip(axis, far, strict=True)]), 1 - 2 * rate * c) for c, axis in self.modes
        ]
        ahead = [(part, abs(factor)) for part, factor in parts if abs(part) > near / (2 * len(parts))]
        if any(factor >= 1 for _, factor in ahead):
            return math.inf
        low, high = -1, 1
        while _left(ahead, high) > near:
            low, high = high, 2 * high
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if _left(ahead, middle) > near else (low, middle)
        return high


def _left(ahead: Sequence[tuple[float, float]], steps: int) -> float:
    return math.hypot(*[part * factor**steps for part, factor in ahead])


def safe_rate(triangle: Sequence[Sequence[float]]) -> float:
    """A learning rate at which the mean squared error cannot diverge, rounded down to two digits.

    The longest stable step is 2 / (largest eigenvalue of the Hessian). The eigenvalues add up to the Hessian's trace,
    2 * (sum of the columns' mean squares), so none exceeds it, and 1 / trace is at most half of what is stable.
    On k standardized features and an intercept that is 0.5 / (1 + k).

    >>> safe_rate([[1.0], [0.0, 1.0]]), safe_rate([[1.0], [35.0, 5.0]])
    (0.25, 0.00039)
    """
    rate = 0.5 / sum([v * v for column in triangle for v in column])
    return math.floor(rate * (scale := 10.0 ** (1 - math.floor(math.log10(rate))))) / scale
