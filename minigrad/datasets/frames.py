"""Tables that are in memory already: a Dataset, a dict of columns, a DataFrame.

>>> table = as_dataset({"size": [1, 2, None, 4], "price": [3.0, 5.0, 6.0, 9.0]})
>>> table, table.notes
(<Dataset: 3 rows, price from size>, ['left out: 1 row with missing cells (size 1)'])
"""

from __future__ import annotations

import math
from array import array

from .cells import RowError
from .choice import assemble, no_column
from .columns import HOLE, Column
from .dataset import Dataset

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

_NOTHING = frozenset({"None", "<NA>", "NaT", "nan"})  # what None, pandas' NA and NaT and a float nan are as text


def as_dataset(
    table: Any, target: str | None = None, features: Sequence[str] | None = None, missing: str = "omit"
) -> Dataset:
    """A table for regression from a Dataset, a mapping from names to columns, or a DataFrame.

    Columns are taken as `read_csv` takes those of a file: words become categories, rows with missing cells (None, nan)
    are left out. Raises TypeError if this is no table, ValueError if it does not make one for regression.
    """
    if isinstance(table, Dataset) and target is None and features is None:
        return table
    return assemble(columns_of(table), target, features, missing)


def columns_of(table: Any) -> list[Column]:
    """The columns of a table in memory; the categories of a Dataset as words again. Raises TypeError, ValueError."""
    if isinstance(table, Dataset):
        mapping = _with_words(table)
    elif hasattr(table, "columns") and hasattr(table, "__getitem__"):  # a DataFrame
        mapping = {str(name): table[name] for name in table.columns}
    elif hasattr(table, "keys") and hasattr(table, "__getitem__"):
        mapping = {str(name): table[name] for name in table.keys()}  # noqa: SIM118  # some are no iterable of names
    else:
        raise TypeError(
            f"expected a Dataset, a dict of columns or a DataFrame, got {table!r:.100} ({type(table).__name__}); "
            'write {"x": [1.0, 2.0], "y": [3.0, 5.0]}, with the names of the columns, or read a file with '
            "minigrad.datasets.read_csv"
        )
    listed = {name: _listed(name, values) for name, values in mapping.items()}
    lengths = {name: len(values) for name, values in listed.items()}
    if len(set(lengths.values())) > 1:
        raise ValueError(f"expected columns of one length, got {lengths}")
    return [_column(name, values) for name, values in listed.items()]


def _with_words(table: Dataset) -> dict[str, Sequence[Any]]:
    mapping: dict[str, Sequence[Any]] = dict(table.columns)
    for name, levels in table.levels.items():
        words = [levels[0]] * len(table)
        for level in levels[1:]:
            words = [level if here else word for word, here in zip(words, mapping.pop(f"{name}[{level}]"), strict=True)]
        mapping[name] = words
    return mapping


def _listed(name: str, values: Any) -> list[Any]:
    if getattr(getattr(values, "dtype", None), "kind", "") in tuple("mM"):  # dates, which would turn into numbers
        return list(map(str, values))
    values = values.tolist() if hasattr(values, "tolist") else values
    try:
        if not isinstance(values, str):  # a word is no column of letters
            return list(values)
    except TypeError:
        pass
    raise TypeError(
        f"column {name!r}: expected a list of cells, one for each row, got {values!r:.100} ({type(values).__name__}); "
        f"of one row, write {{{name!r}: [{values!r:.100}]}}"
    )


def _column(name: str, values: list[Any]) -> Column:
    column = Column(name)
    try:
        if any(isinstance(value, str) for value in values):
            raise TypeError
        column.add_values(array("d", [math.nan if value is None else float(value) for value in values]))
    except (TypeError, ValueError):
        column.add(list(map(_text, values)), lambda i: i + 1)
    return column


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    text = str(value)
    return "" if text in _NOTHING else text


def design(
    columns: Sequence[Column], features: Sequence[str], levels: Mapping[str, Sequence[str]], row: Callable[[int], int]
) -> list[array[float]]:
    """The columns that a fit's `features` ask for, in their order, from a new table: nan where a cell is missing.

    Raises ValueError for a column that is not there, a cell that is no number, a word that is no level of the fit.
    """
    found: dict[str, array[float]] = {}
    by_name = {column.name: column for column in columns}
    indicators = {f"{name}[{level}]": name for name in levels for level in levels[name]}
    for name in dict.fromkeys([indicators.get(feature, feature) for feature in features]):
        if name not in by_name:
            raise no_column(name, list(by_name))
        if name in levels:
            found |= _indicators(by_name[name], levels[name], row)
        else:
            found[name] = _numbers(by_name[name])
    return [found[feature] for feature in features]


def _indicators(column: Column, levels: Sequence[str], row: Callable[[int], int]) -> dict[str, array[float]]:
    if column.levels is None:
        raise ValueError(f"column {column.name!r}: expected the words {list(levels)}, got too many others, or numbers")
    words = {code: word for word, code in column.levels.items()} | {HOLE: None}
    for code, word in words.items():
        if word is not None and word not in levels:
            raise RowError(
                row(column.codes.index(code)),
                f"column {column.name!r}: expected a level of the fit, {list(levels)}, got {word!r}; fit anew to rows "
                "that have it",
            )
    return {
        f"{column.name}[{level}]": array(
            "d", [math.nan if words[c] is None else float(words[c] == level) for c in column.codes]
        )
        for level in levels
    }


def _numbers(column: Column) -> array[float]:
    kind = column.kind()
    if kind == "empty":
        return array("d", [math.nan]) * len(column)
    for what in ("word", "infinite"):
        if what in column.first and kind != "boolean":
            row, cell = column.first[what]
            raise RowError(row, f"column {column.name!r}: expected a finite number, as in the fit, got {cell!r}")
    return column.values(next(iter(column.readings), "."))
