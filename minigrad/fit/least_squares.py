"""Least squares by algebra: the line that a descent should arrive at, found without one.

It knows neither derivatives nor learning rates, so that where the two agree both are right. What they share are the
orthogonal features, which the tests check with exact fractions.

>>> from minigrad.datasets import crickets
>>> {name: round(p, 7) for name, p in LeastSquares(crickets()).parameters.items()}
{'b': 25.2323131, 'w1': 3.2910941}
"""

from __future__ import annotations

from .orthogonal import Orthogonal
from .vectors import less, limits, mean_product, ones_like, total, vectors

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from ..datasets import Dataset


class LeastSquares:
    """The line with the least squared error: `parameters` (b, w1, ...), its `loss` (mean squared error) and `r2`.

    `spread` is the mean squared distance of the target from its mean; without an intercept, from 0.

    The columns are made orthogonal, the target last of all, and back substitution turns the target's shares into
    weights. `factor` is the `Orthogonal` of the columns, one of ones first unless `intercept` is False; `shares` are
    the target's in it, and `rest` is what is left of the target, row by row.

    `independent` maps each feature to the part of it that those before it leave: 1 if it has nothing in common with
    them, next to 0 if they nearly tell it. If they do, no line is the best one, and ValueError says which feature to
    leave out.

    >>> from minigrad.datasets import norris
    >>> {name: round(p, 9) for name, p in LeastSquares(norris()).parameters.items()}
    {'b': -0.262323074, 'w1': 1.002116818}
    """

    __slots__ = ("parameters", "loss", "spread", "r2", "independent", "factor", "shares", "rest")

    def __init__(self, data: Dataset, intercept: bool = True) -> None:
        *columns, target = vectors([*data.columns.values()])
        self.factor = Orthogonal([ones_like(target), *columns] if intercept else columns)
        check_independent(self.factor, data.features, intercept)
        self.rest, self.shares = self.factor.without(target)
        self._tell(data, mean_product(self.rest, self.rest), intercept)

    @classmethod
    def of(
        cls, data: Dataset, factor: Orthogonal, shares: list[float], loss: float, intercept: bool = True
    ) -> LeastSquares:
        """The same for rows elsewhere: from a factor, the target's shares in it, the mean square of its rest.

        Of the data it takes the names, and the limits of the target.
        """
        found = cls.__new__(cls)
        found.factor, found.shares, found.rest = factor, shares, ()
        found._tell(data, loss, intercept)
        return found

    def _tell(self, data: Dataset, loss: float, intercept: bool) -> None:
        self.independent = dict(zip(data.features, self.factor.independent[intercept:], strict=True))
        names = ["b"] * intercept + [f"w{j}" for j in range(1, len(data.features) + 1)]
        self.parameters = dict(zip(names, self.factor.solve(self.shares), strict=True))
        self.loss = loss
        low, high = limits(data.columns[data.target])
        constant = intercept and low == high
        self.spread = 0.0 if constant else self.loss + sum([share * share for share in self.shares[intercept:]])
        self.r2 = r_squared(self.loss, self.spread)


def check_independent(factor: Orthogonal, features: Sequence[str], intercept: bool) -> None:
    """Raise ValueError if a feature follows from those before it."""
    if factor.dependent is not None:
        j = factor.dependent - intercept
        others = ", ".join(map(repr, features[:j]))
        raise ValueError(f"feature {features[j]!r} follows from {others} by a linear formula; leave one of them out")


def r_squared(loss: float, spread: float) -> float | None:
    """The part of a target's `spread` that a mean squared error of `loss` leaves explained; None if there is none.

    R2 = 1 - loss / (mean squared distance of the target from its mean, or without an intercept from 0)

    >>> r_squared(1.0, 4.0)
    0.75
    """
    return 1 - loss / spread if spread else None


def centred(column: Any) -> tuple[float, Any]:
    """The mean of a column, and each number's distance from it.

    Twice: the mean of numbers far from zero is rounded, and what it is off is the mean of the distances.

    >>> centred([1e16, 1e16 + 2, 1e16 + 2])[1]
    [-1.3333333333333335, 0.6666666666666666, 0.6666666666666666]
    """
    mean = total(column) / len(column)
    column = less(column, mean)
    off = total(column) / len(column)
    return mean + off, less(column, off)
