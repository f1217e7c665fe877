"""The columns that a formula needs, from a file."""

from __future__ import annotations

import csv

from ..datasets import read_csv
from .formula import Formula
from .models import as_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


def read_columns(path: str, model: str, others: Iterable[str | None] = ()) -> dict[str, list[float]]:
    """The columns of a CSV file that the formula `model` names, and `others`, such as one of weights.

    All that it does not name may hold text. Raises what `read_csv` and `Formula` do.

    >>> from minigrad.datasets.collection import DATA
    >>> list(read_columns(DATA + "cars.csv", "miles_per_gallon = a / weight_1000lb"))
    ['weight_1000lb', 'miles_per_gallon']
    """
    names = as_names(header(path))
    formula = Formula(model, names)
    for name in others:
        if name is not None and name not in names:
            raise ValueError(f"{path}: no column {name!r} of weights; the columns are {', '.join(names)}")
    first = next(name for name in formula.left.names if name in names)
    wanted = dict.fromkeys([*formula.columns, *[name for name in others if name is not None]])
    features = [names[name] for name in wanted if name != first]
    table = read_csv(path, names[first], features or None)
    columns = dict(zip(table.features, zip(*table.x, strict=True), strict=True)) | {table.target: table.y}
    return {column: list(numbers) for column, numbers in columns.items()}


def header(path: str) -> list[str]:
    """The names in the first line of a CSV file that has any; [] if none has."""
    with open(path, newline="", encoding="utf-8-sig") as file:
        try:
            rows = (
                cells for line in csv.reader(file, skipinitialspace=True) if any(cells := [c.strip() for c in line])
            )
            return next(rows, [])
        except (UnicodeDecodeError, csv.Error) as error:
            raise ValueError(f"{path}: expected UTF-8 text with columns, got {error}") from error
