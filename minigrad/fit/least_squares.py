"""Least squares by algebra: the line that a descent should arrive at, found without one.

It shares no step with the descent, neither derivatives nor learning rates, so that where the two agree both are right.

>>> from minigrad.datasets import crickets
>>> {name: round(p, 7) for name, p in LeastSquares(crickets()).parameters.items()}
{'b': 25.2323131, 'w1': 3.2910941}
"""

from __future__ import annotations

import math
from operator import mul

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..datasets import Dataset

_COLLINEAR = 1e-7  # the bowl's curvature is the square of this, and floats hardly see anything smaller


class LeastSquares:
    """The line with the least squared error: `parameters` (b, w1, ...), its `loss` (mean squared error) and `r2`.

    Each centred column is made orthogonal to the ones before it, the target last of all (modified Gram-Schmidt, which
    so loses no more digits than it must), and back substitution turns the target's shares into weights.

    `independent` maps each feature to the part of its length that those before it leave: 1 if it has nothing in common
    with them, 0 if they tell it exactly. Then no line is the best one, and ValueError says which feature to leave out.

    >>> from minigrad.datasets import norris
    >>> {name: round(p, 9) for name, p in LeastSquares(norris()).parameters.items()}
    {'b': -0.262323074, 'w1': 1.002116818}
    """

    __slots__ = ("parameters", "loss", "r2", "independent")

    def __init__(self, data: Dataset) -> None:
        means: list[float] = []
        basis: list[list[float]] = []  # orthonormal columns that span the features so far
        triangle: list[list[float]] = []  # how much of each of them is in a feature, the last one being its own
        self.independent: dict[str, float] = {}
        for name, values in zip(data.features, zip(*data.x, strict=True), strict=True):
            mean, column = centred(values)
            rest, shares = _without(basis, column)
            length = norm(rest)
            self.independent[name] = length / norm(column)
            if self.independent[name] <= _COLLINEAR:
                others = ", ".join(map(repr, data.features[: len(basis)]))
                raise ValueError(f"feature {name!r} follows from {others} by a linear formula; leave one of them out")
            means.append(mean)
            basis.append([v / length for v in rest])
            triangle.append([*shares, length])
        mean, column = centred(data.y)
        rest, shares = _without(basis, column)
        weights = _back_substitution(triangle, shares)
        names = [f"w{j}" for j in range(1, len(weights) + 1)]
        self.parameters = {"b": mean - dot(weights, means), **dict(zip(names, weights, strict=True))}
        self.loss = dot(rest, rest) / len(rest)
        self.r2 = r_squared(self.loss, data.y)


def _without(basis: list[list[float]], column: list[float]) -> tuple[list[float], list[float]]:
    """What is left of a column beside an orthonormal basis, and how much of each basis vector was in it."""
    shares = []
    for vector in basis:
        shares.append(dot(vector, column))
        column = [v - shares[-1] * u for v, u in zip(column, vector, strict=True)]
    return column, shares


def _back_substitution(triangle: list[list[float]], shares: list[float]) -> list[float]:
    """The weights that give the shares: triangle[j] is column j of an upper triangular matrix."""
    weights = list(shares)
    for j in reversed(range(len(weights))):
        weights[j] /= triangle[j][j]
        for i in range(j):
            weights[i] -= weights[j] * triangle[j][i]
    return weights


def r_squared(loss: float, y: Sequence[float]) -> float | None:
    """The part of the variance of `y` that a mean squared error of `loss` leaves explained; None if `y` is constant.

    R2 = 1 - loss / (mean squared distance of y from its mean)

    >>> r_squared(1.0, [10.0, 14.0])
    0.75
    """
    if min(y) == max(y):
        return None
    _, rest = centred(y)
    return 1 - loss * len(rest) / dot(rest, rest)


def centred(column: Sequence[float]) -> tuple[float, list[float]]:
    """The mean of a column, and each number's distance from it."""
    mean = math.fsum(column) / len(column)
    return mean, [v - mean for v in column]


def dot(a: Sequence[float], b: Sequence[float]) -> float:
    """sum(a * b), rounded once."""
    return math.fsum(map(mul, a, b))


def norm(column: Sequence[float]) -> float:
    """The length of a column as a vector: the root of its sum of squares."""
    return math.sqrt(dot(column, column))
