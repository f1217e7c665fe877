"""A fitted curve as plain data: its formula, its parameters, and how sure they are; enough to predict, without the fit.

A formula is read again where it is loaded, so that a file holds text and numbers only, and runs nothing.

>>> from minigrad.fit import fit_curve
>>> found = fit_curve("y = a + b * x", {"x": [0.0, 1.0, 2.0], "y": [1.0, 3.1, 4.9]}, {"a": 0.0, "b": 0.0})
>>> model = from_content(CurveModel.of(found).content())
>>> [round(y, 6) for y in model.predict({"x": [3.0, None]})]
[6.9, nan]
>>> [f"{wide:.3f}" for wide in model.band({"x": [1.0, 10.0]})]
['0.898', '9.944']
"""

from __future__ import annotations

import math

from ..datasets.cells import RowError
from ..datasets.frames import columns_of, design
from ..ops import as_float
from .fitted import half_width

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from ..datasets.columns import Column
    from .fitted import Curve

    Row = Callable[[int], int]

HEAD = {"format": "minigrad curve", "version": 1}
_KEYS = (
    *("formula", "columns", "parameters", "covariance"),
    *("residual_standard_error", "degrees_of_freedom", "reading"),
)


class CurveModel:
    """What the fit of a formula leaves behind.

    `formula` is its text, `columns` maps the columns in it to those of the table, `parameters` are numbers by name, and
    `covariance` is their matrix in that order: inf where the data do not settle one. `residual_standard_error` is the
    standard error of a residual of weight 1 on `degrees_of_freedom`, inf if there are none. `reading` says how the
    table was read, so that a new one is read alike; `features` are the columns of the table that a prediction needs.

    Raises ValueError for text that is no formula, and for numbers that do not go with it.

    >>> model = CurveModel("y = a * x", {"x": "x", "y": "y"}, {"a": 2.0}, [[0.25]], 0.5, 3)
    >>> model.predict({"x": [1.0, 3.0]}), [round(wide, 3) for wide in model.band({"x": [1.0, 3.0]})]
    ([2.0, 6.0], [1.591, 4.774])
    """

    __slots__ = (*_KEYS, "features", "_formula", "_needed")

    def __init__(
        self,
        formula: str,
        columns: Mapping[str, str],
        parameters: Mapping[str, float],
        covariance: Sequence[Sequence[float]],
        residual_standard_error: float,
        degrees_of_freedom: int,
        reading: Mapping[str, Any] | None = None,
    ) -> None:
        from .formula import Formula  # late, and with it `ast`, which a straight line needs not

        self.formula, self.columns, self.reading = formula, dict(columns), dict(reading or {})
        self._formula = Formula(formula, self.columns)
        self.parameters = {name: as_float(p) for name, p in parameters.items()}
        self.covariance = [[as_float(c) for c in row] for row in covariance]
        self.residual_standard_error, self.degrees_of_freedom = as_float(residual_standard_error), degrees_of_freedom
        self._check()
        self._needed = [name for name in self._formula.columns if name in self._formula.right.names]
        self.features = [self.columns[name] for name in self._needed]

    def _check(self) -> None:
        """Raise ValueError unless all parts belong together."""
        names, count = self._formula.parameters, len(self.parameters)
        if set(self.parameters) != set(names):
            raise ValueError(f"expected the parameters of {self.formula!r}, {', '.join(names)}, got {self.parameters}")
        if not all(map(math.isfinite, self.parameters.values())):
            raise ValueError(f"expected finite parameters, got {self.parameters}")
        variances = [row[i] for i, row in enumerate(self.covariance) if len(row) == count]
        if len(self.covariance) != count or len(variances) != count or not all(v >= 0 for v in variances):
            raise ValueError(f"expected the covariance of {count} parameters, got {self.covariance!r:.100}")
        if not (type(self.degrees_of_freedom) is int and self.degrees_of_freedom >= 0):
            raise ValueError(f"expected a whole number of degrees of freedom, got {self.degrees_of_freedom!r}")
        if not self.residual_standard_error >= 0:
            raise ValueError(f"expected a residual standard error >= 0, got {self.residual_standard_error!r}")

    @classmethod
    def of(cls, found: Curve) -> CurveModel:
        """The model of a `Curve`. Raises ValueError for that of a function: only a formula can be written down."""
        if hasattr(found.model, "function"):
            raise ValueError(f"expected a curve of a formula, got one of a function, {found.model.text}; write it out")
        rest = found.residual_error, found.freedom, found.reading
        return cls(found.model.text, found.names, found.parameters, found.covariance, *rest)

    def predict(self, table: Any) -> list[float]:
        """What the curve says for each row of a Dataset, a dict of columns or a DataFrame; nan where a cell lacks.

        The columns on the left side need not be there. Raises TypeError if this is no table; ValueError for a column
        that is not there, a cell that is no number, a row where the formula has no value.
        """
        return self.predict_columns(columns_of(table), lambda i: i + 1)

    def predict_columns(self, columns: Sequence[Column], row: Row) -> list[float]:
        """The same for columns as they are read from a file, where `row(i)` is the row of the i-th cell."""
        right, parameters = self._formula.right, self.parameters
        return self._by_row(columns, row, lambda numbers: as_float(right({**numbers, **parameters})))

    def band(self, table: Any) -> list[float]:
        """How far to both sides of each prediction the true curve may lie, 95 times of 100; raises what `predict` does.

        It is t * sqrt(g . C g), with the gradient g of the prediction by the parameters, C their covariance and t of
        Student's distribution; inf where the data settle nothing.
        """
        rest = self.parameters, self.covariance, self.degrees_of_freedom
        return self._by_row(columns_of(table), lambda i: i + 1, lambda row: half_width(self._formula, *rest, row))

    def _by_row(self, columns: Sequence[Column], row: Row, compute: Callable[[dict[str, float]], float]) -> list[float]:
        names = {column.name for column in columns}
        wanted = [self.columns[name] if self.columns[name] in names else name for name in self._needed]
        answer = []
        inputs = design(columns, wanted, {}, row) if wanted else [[0.0] * len(column) for column in columns[:1]]
        for i, cells in enumerate(zip(*inputs, strict=True)):
            numbers = dict(zip(self._needed, cells, strict=False))
            try:
                answer.append(math.nan if any(map(math.isnan, cells)) else compute(numbers))
            except (ArithmeticError, ValueError) as error:
                raise RowError(row(i), f"{self.formula} has no value there: {error}") from None
        return answer

    def content(self) -> dict[str, Any]:
        """All of it as data for JSON, in which null stands for what the data do not settle: inf, of either sign."""
        found: dict[str, Any] = HEAD | {key: getattr(self, key) for key in _KEYS}
        found["covariance"] = [[_written(c) for c in row] for row in self.covariance]
        found["residual_standard_error"] = _written(self.residual_standard_error)
        return found


def _written(x: float) -> float | None:
    return x if math.isfinite(x) else None


def from_content(whole: Mapping[str, Any]) -> CurveModel:
    """The model that `content` is of. Raises KeyError, TypeError, AttributeError, ValueError for what is none."""
    parts = {key: whole[key] for key in _KEYS}
    if not all(isinstance(name, str) and isinstance(column, str) for name, column in parts["columns"].items()):
        raise ValueError(f"expected names of columns, got {parts['columns']!r:.100}")
    parts["covariance"] = [[_read(c) for c in row] for row in parts["covariance"]]
    parts["residual_standard_error"] = _read(parts["residual_standard_error"])
    return CurveModel(**parts)


def _read(x: float | None) -> float:
    return math.inf if x is None else x
