"""A fitted curve: its parameters, how well the data settle them, and what it predicts.

>>> from minigrad.fit import fit_curve
>>> found = fit_curve("y = a + b * x", {"x": [0.0, 1.0, 2.0], "y": [1.0, 3.1, 4.9]}, {"a": 0.0, "b": 0.0})
>>> [f"{low:.3f} to {high:.3f}" for low, high in found.intervals.values()]
['-0.371 to 2.471', '0.850 to 3.050']
>>> [f"{wide:.3f}" for wide in found.band({"x": [1.0, 10.0]})]
['0.898', '9.944']
"""

from __future__ import annotations

import math

from ..engine import Value
from ..ops import as_float
from .least_squares import r_squared
from .statistics import student_t

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from ..train import Result
    from .formula import Formula
    from .models import FunctionModel

    Columns = Mapping[str, Sequence[float]]


class Curve:
    """A fitted curve and how it was found.

    `parameters`, `standard_errors` and `intervals` (95 %) are by name. `result` tells how the descent ended;
    `residual_sum` is the (weighted) sum of squared residuals over `rows` rows, `residual_error` the root of that over
    the degrees of freedom `freedom`, `r2` the part of the variance of the left side that the curve explains. `at_bound`
    names the parameters that ended on a bound, `unsettled` those that the data do not settle, and `start` where all
    began; `search` says how that was found. `names` maps the columns of the formula to those of the table, and
    `reading` says how that was read, if it was a file.
    """

    __slots__ = (
        "model",
        "table",
        "weights",
        "parameters",
        "covariance",
        "result",
        "start",
        "search",
        "at_bound",
        "rows",
        "unsettled",
        "names",
        "reading",
    )

    model: Formula | FunctionModel
    table: dict[str, list[float]]
    weights: list[float]
    parameters: dict[str, float]
    covariance: list[list[float]]
    result: Result
    start: dict[str, float]
    search: str
    at_bound: tuple[str, ...]
    unsettled: tuple[str, ...]
    rows: int
    names: dict[str, str]
    reading: dict[str, Any]

    @property
    def arrived(self) -> bool:
        """Whether the loss stands still where the run ended: elsewhere no standard error says what it should."""
        return self.result.reason in ("converged", "stalled")

    @property
    def standard_errors(self) -> dict[str, float]:
        """For each parameter; inf where the data do not settle it, 0 on a bound, nan if the run ended on its way."""
        if not self.arrived:
            return dict.fromkeys(self.parameters, math.nan)
        return {
            name: math.sqrt(row[i]) for i, (name, row) in enumerate(zip(self.parameters, self.covariance, strict=True))
        }

    @property
    def intervals(self) -> dict[str, tuple[float, float]]:
        """For each parameter, where it lies 95 times of 100, as far as the curve is straight there."""
        t = student_t(self.freedom) if self.freedom else math.inf
        pairs = zip(self.parameters.items(), self.standard_errors.values(), strict=True)
        return {name: (p - t * error, p + t * error) if error else (p, p) for (name, p), error in pairs}

    @property
    def freedom(self) -> int:
        """Degrees of freedom: rows less free parameters."""
        return self.rows - len(self.parameters) + len(self.at_bound)

    @property
    def observed(self) -> list[float]:
        """The left side of the formula, row by row."""
        return [as_float(self.model.left(numbers)) for numbers in rows_of(self.table)]

    @property
    def residual_sum(self) -> float:
        """The sum of the squared residuals, each times its row's weight."""
        pairs = zip(self.observed, self.predict(self.table), self.weights, strict=True)
        return math.fsum([w * (y - f) ** 2 for y, f, w in pairs])

    @property
    def residual_error(self) -> float:
        """The standard error of a residual of weight 1."""
        return math.sqrt(self.residual_sum / self.freedom) if self.freedom else math.inf

    @property
    def r2(self) -> float | None:
        """1 - residual sum / total sum, without weights; None without any variance."""
        observed = self.observed
        misses = [(y - f) ** 2 for y, f in zip(observed, self.predict(self.table), strict=True)]
        mean = math.fsum(observed) / len(observed)
        spread = math.fsum([(y - mean) ** 2 for y in observed]) / len(observed)
        return r_squared(math.fsum(misses) / len(misses), spread)

    def predict(self, table: Columns) -> list[float]:
        """What the curve says for these columns, row by row. Raises TypeError if they are no mapping of columns."""
        self._check(table)
        return [as_float(self.model.right({**numbers, **self.parameters})) for numbers in rows_of(table)]

    def band(self, table: Columns) -> list[float]:
        """How far to both sides of each prediction the true curve may lie, 95 times of 100: t * sqrt(g . C g).

        g is the gradient of the prediction by the parameters, C their covariance. Not known, so inf, where the run
        ended on its way.
        """
        self._check(table)
        if not self.arrived:
            return [math.inf for _ in rows_of(table)]
        return [half_width(self.model, self.parameters, self.covariance, self.freedom, row) for row in rows_of(table)]

    def _check(self, table: Any) -> None:
        """Raise TypeError if this is no mapping of columns."""
        wrong = [x for x in table.values() if not hasattr(x, "__iter__")] if hasattr(table, "values") else [table]
        if wrong:
            needed = [name for name in self.model.columns if name not in self.model.measured]
            example = ", ".join([f"{name!r}: [1.0, 2.0]" for name in needed])
            raise TypeError(
                f"expected a mapping from names to columns, such as {{{example}}}, got {wrong[0]!r:.100} "
                f"({type(wrong[0]).__name__}); a single row is a column of one number, too"
            )


def half_width(
    model: Formula | FunctionModel,
    parameters: Mapping[str, float],
    covariance: Sequence[Sequence[float]],
    freedom: int,
    row: Mapping[str, float],
) -> float:
    """How far from the curve at one row the true one may lie, 95 times of 100; inf if that is not settled."""
    params = {name: Value(p) for name, p in parameters.items()}
    gradient = _gradient(model.right({**row, **params}), list(params.values()))
    counts = [(g, row) for g, row in zip(gradient, covariance, strict=True) if g]
    if not freedom:
        return math.inf if counts else 0.0
    variance = sum([g * h * c for g, row in counts for h, c in zip(gradient, row, strict=True) if h])
    return student_t(freedom) * math.sqrt(max(0.0, variance))


def _gradient(y: Any, params: list[Value]) -> list[float]:
    for p in params:
        p.grad = 0.0
    if isinstance(y, Value):
        y.backward()
    return [p.grad for p in params]


def rows_of(table: Columns) -> list[dict[str, float]]:
    """The rows of a table of columns, each by name."""
    return [dict(zip(table, row, strict=True)) for row in zip(*table.values(), strict=True)]
