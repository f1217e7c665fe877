"""A table for regression: rows for who thinks in rows, columns for who thinks in columns.

>>> data = Dataset([(1.0, 2.0), (3.0, 4.0)], [5.0, 6.0], ["a", "b"], "y")
>>> data, data.columns["b"]
(<Dataset: 2 rows, y from a, b>, array('d', [2.0, 4.0]))
"""

from __future__ import annotations

from array import array

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any


class Dataset:
    """A table for regression: n rows `x` of one float per feature, n floats `y`, and their columns' names.

    `columns` maps each name, the target's last, to an array of n doubles. That is how a table is kept until somebody
    asks for `x` or `y`; from then on those lists hold, and what is written into them shows in `columns` too.

    What a reader has to tell: `levels` maps a category to its levels, the first of which has no column; `missing` maps
    columns to how many cells they lack, for which `rows_left_out` rows are not here; `columns_left_out` were of no use.
    `notes` has it in words, and `reading` says how the file was read (sep, decimal, encoding, header).

    >>> table = Dataset([(1.0,), (2.0,)], [3.0, 5.0], ["x"], "y")
    >>> table.x, table.columns["y"]
    ([(1.0,), (2.0,)], array('d', [3.0, 5.0]))
    """

    __slots__ = (
        *("features", "target", "_x", "_y", "_columns"),
        *("levels", "missing", "rows_left_out", "columns_left_out", "notes", "reading"),
    )

    def __init__(self, x: list[tuple[float, ...]], y: list[float], features: Sequence[str], target: str) -> None:
        self._describe(features, target)
        self._x: list[tuple[float, ...]] | None = x
        self._y: list[float] | None = y
        self._columns: list[array[float]] = []

    @classmethod
    def from_columns(cls, columns: Iterable[array[float]], features: Sequence[str], target: str) -> Dataset:
        """A table of columns of doubles: one for each feature, then the target's.

        >>> Dataset.from_columns([array("d", [1.0, 2.0]), array("d", [3.0, 5.0])], ["x"], "y").x
        [(1.0,), (2.0,)]
        """
        table = cls.__new__(cls)
        table._describe(features, target)
        table._x = table._y = None
        table._columns = list(columns)
        return table

    def _describe(self, features: Sequence[str], target: str) -> None:
        self.features, self.target = tuple(features), target
        self.levels: dict[str, list[str]] = {}
        self.missing: dict[str, int] = {}
        self.rows_left_out = 0
        self.columns_left_out: list[str] = []
        self.notes: list[str] = []
        self.reading: dict[str, Any] = {}

    @property
    def x(self) -> list[tuple[float, ...]]:
        """The rows: for each, a float per feature."""
        if self._x is None:
            self._x = list(zip(*self._columns[:-1], strict=True))
        return self._x

    @x.setter
    def x(self, rows: list[tuple[float, ...]]) -> None:
        self._x = rows

    @property
    def y(self) -> list[float]:
        """The target's numbers."""
        if self._y is None:
            self._y = self._columns[-1].tolist()
        return self._y

    @y.setter
    def y(self, numbers: list[float]) -> None:
        self._y = numbers

    @property
    def columns(self) -> dict[str, array[float]]:
        """Each column by its name, features first: arrays of doubles."""
        inputs = self._columns[:-1] if self._x is None else [array("d", c) for c in zip(*self._x, strict=True)]
        output = self._columns[-1] if self._y is None else array("d", self._y)
        return dict(zip((*self.features, self.target), [*inputs, output], strict=True))

    def __len__(self) -> int:
        return len(self._columns[-1] if self._y is None else self._y)

    def __repr__(self) -> str:
        return f"<Dataset: {len(self)} rows, {self.target} from {', '.join(self.features)}>"
