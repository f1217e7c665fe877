"""The columns that a formula needs, from a file, read as any table is."""

from __future__ import annotations

from ..datasets import read_csv
from ..datasets.records import Records
from ..datasets.tables import described, located
from ..datasets.text import Lines, opened, pieces
from .formula import Formula
from .models import as_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from ..datasets import Dataset


def read_columns(
    path: str, model: str, others: Iterable[str | None] = (), **reading: Any
) -> tuple[dict[str, list[float]], Dataset, dict[str, str]]:
    """The columns of a table that the formula `model` names, and `others`, such as one of weights.

    Also the table as it was read, and what it calls each column. All that the formula does not name may hold text.
    `reading` is what `read_csv` takes. Raises what that and `Formula` do.

    >>> from minigrad.datasets.collection import DATA
    >>> columns, table, names = read_columns(DATA + "cars.csv", "miles_per_gallon = a / weight_1000lb")
    >>> list(columns), how_it_was_read(table)
    (['weight_1000lb', 'miles_per_gallon'], "',' between cells, decimal point, UTF-8")
    """
    names = as_names(header(path, **reading))
    _, target, features = chosen(path, model, names, others)
    table = read_csv(path, target, features or None, **reading)
    columns = {name: [*column] for name, column in table.columns.items()}
    called = {column: name for name, column in names.items()}
    return {called[name]: columns[name] for name in (*table.features, table.target)}, table, names


def chosen(
    path: str, model: str, names: Mapping[str, str], others: Iterable[str | None]
) -> tuple[Formula, str, list[str]]:
    """A formula over columns of these names, the column to read as a target, and those to read beside it."""
    formula = Formula(model, names)
    more = [name for name in others if name is not None]
    for name in more:
        if name not in names:
            raise ValueError(f"{path}: no column {name!r} of weights; the columns are {', '.join(names)}")
    first = next(name for name in formula.left.names if name in names)
    wanted = dict.fromkeys([*formula.columns, *more])
    return formula, names[first], [names[name] for name in wanted if name != first]


def how_it_was_read(table: Dataset) -> str:
    """The dialect of a table's file, and what was left out of it."""
    return "; ".join([described(table), *table.notes])


def misspelt(parameters: Iterable[str], names: Iterable[str]) -> list[str]:
    """What to say of parameters that are nearly the name of a column, which was perhaps meant.

    >>> misspelt(["a", "tme_s"], ["time_s", "signal"])
    ["tme_s is no column (the nearest is 'time_s'), so it is a parameter"]
    """
    import difflib

    near = {name: difflib.get_close_matches(name, names, n=1, cutoff=0.8) for name in parameters if len(name) > 2}
    return [
        f"{name} is no column (the nearest is {x!r}), so it is a parameter"
        for name, found in near.items()
        for x in found
    ]


def header(path: str, *, sep: str | None = None, encoding: str | None = None, **others: Any) -> list[str]:
    """The names of the columns of a table."""
    try:
        with opened(path) as file:
            return [*Records(Lines(pieces(file), encoding), sep, others.get("header"), ()).names]
    except ValueError as error:
        raise located(error, path) from error
