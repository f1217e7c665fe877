"""Tables for regression, and `read_csv` for your own.

>>> from minigrad.datasets import cars
>>> cars()
<Dataset: 7 rows, miles_per_gallon from weight_1000lb>
"""

from __future__ import annotations

import csv
import math
import os
from collections.abc import Iterable, Sequence


class Dataset:
    """A table for regression: n rows `x` of one float per feature, n floats `y`, and their columns' names."""

    __slots__ = ("features", "target", "x", "y")

    def __init__(self, x: list[tuple[float, ...]], y: list[float], features: Sequence[str], target: str) -> None:
        self.x, self.y, self.features, self.target = x, y, tuple(features), target

    def __len__(self) -> int:
        return len(self.y)

    def __repr__(self) -> str:
        return f"<Dataset: {len(self)} rows, {self.target} from {', '.join(self.features)}>"


def read_csv(path: str | os.PathLike[str], target: str | None = None, features: Sequence[str] | None = None) -> Dataset:
    """The table in a comma-separated UTF-8 file whose first line names the columns.

    `target` is the last column unless named, `features` all the others unless named; only these need hold
    numbers. Raises OSError if the file cannot be read; ValueError, with file, row and column, if it is no
    such table. Rows count as in a text editor: the header is row 1, and a blank line is skipped but counted.

    >>> from minigrad.datasets import collection
    >>> read_csv(collection.DATA + "cars.csv", target="weight_1000lb")
    <Dataset: 7 rows, weight_1000lb from miles_per_gallon>
    """
    # utf-8-sig drops the mark that spreadsheets put first; strict refuses a quote that never closes.
    with open(path, newline="", encoding="utf-8-sig") as file:
        lines = csv.reader(file, skipinitialspace=True, strict=True)
        try:
            return _parse(lines, target, features)
        except UnicodeDecodeError as error:
            raise ValueError(f"{path}: expected UTF-8 text, got {error}; save the table as UTF-8") from error
        except (ValueError, csv.Error) as error:
            raise ValueError(f"{path}, row {max(1, lines.line_num)}: {error}") from error


def _parse(lines: Iterable[list[str]], target: str | None, features: Sequence[str] | None) -> Dataset:
    rows = (cells for line in lines if (cells := [cell.strip() for cell in line]) not in ([], [""]))
    names = next(rows, [])
    if not names or (target is None and not any(map(str.isalpha, "".join(names)))):
        raise ValueError(f"expected a header with the names of the columns, got {names or 'an empty file'}")
    *features, target = _chosen(names, target, features)
    table = Dataset([], [], features, target)
    for cells in rows:
        if len(cells) != len(names):
            raise ValueError(f"expected {len(names)} cells, one for each column, got {len(cells)}: {cells}")
        *inputs, output = (_number(cells[names.index(name)], name) for name in (*features, target))
        table.x.append(tuple(inputs))
        table.y.append(output)
    if not table.y:
        raise ValueError("expected rows of numbers below the header, got an empty table")
    return table


def _chosen(names: list[str], target: str | None, features: Sequence[str] | None) -> list[str]:
    """The features asked for, then the target: each one a column of its own."""
    if isinstance(features, str):
        raise TypeError(f"features: expected a list of column names, got {features!r}; write [{features!r}]")
    target = names[-1] if target is None else target
    chosen = [*([name for name in names if name != target] if features is None else features), target]
    for name in chosen:
        if name not in names:
            raise ValueError(f"no column {name!r}{_hint(name, names)}; the columns are {names}")
        if not name or names.count(name) > 1:
            raise ValueError(f"expected a name of its own for each column, got {names}; rename them")
        if chosen.count(name) > 1:
            raise ValueError(f"column {name!r} is chosen twice; a column is either the target or one feature")
    if len(chosen) < 2:
        raise ValueError(f"expected a feature beside the target {target!r}; the columns are {names}")
    return chosen


def _hint(name: str, names: list[str]) -> str:
    import difflib  # here, since only an error needs it

    known = {column.lower(): column for column in names}
    near = difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.3)
    return f" (the nearest is {known[near[0]]!r})" if near else ""


def _number(text: str, column: str) -> float:
    try:
        number = math.nan if "_" in text else float(text)  # float reads 1_000, which is Python, not data
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ValueError(f"column {column!r}: expected a finite number, got {text!r}")
    return number
