"""Which columns a table for regression is made of, what becomes of each, and which rows it leaves out.

Nothing is taken for another number in silence: what can be read in two ways is an error that names both, and what is
left out is told in the notes.
"""

from __future__ import annotations

from array import array
from collections import Counter
from itertools import compress

from .categories import indicators
from .cells import DECIMALS, RowError, number
from .columns import HOLE, LEVELS, Column
from .dataset import Dataset
from .decimals import find_decimal
from .records import shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import TypeVar

    _T = TypeVar("_T", int, float)

_ENCODE = "minigrad.fit.fit(pandas.get_dummies(table, columns=[...], dtype=float), target=...)"
_LOGISTIC = "docs/examples/logistic_regression.py"


def assemble(
    columns: Sequence[Column], target: str | None, features: Sequence[str] | None, missing: str, sep: str | None = None
) -> Dataset:
    """The table that was asked for, from columns as they were read. Raises ValueError if they do not make one."""
    if missing not in ("omit", "error"):
        raise ValueError(f"missing: expected 'omit' or 'error', got {missing!r}")
    left: dict[str, str] = {}  # columns left out, and why
    if features is None:
        columns = _named(columns, left)
    target, wanted = chosen([column.name for column in columns], target, features)
    by_name = {column.name: column for column in columns}
    output = by_name[target]
    _check_target(output)
    asked = features is not None
    inputs = [by_name[name] for name in wanted if _usable(by_name[name], asked, left)]
    decimal = find_decimal([*inputs, output], columns, sep)
    table = _build(inputs, output, decimal or ".", missing, left)
    if any(len(levels) == 1 for levels in table.levels.values()):
        constant = _constant(inputs, output, decimal or ".")
        for name, word in constant.items():
            _leave_out(name, f"which is constant, {word!r} in every row that has all cells", asked, left)
        inputs = [column for column in inputs if column.name not in constant]
        table = _build(inputs, output, decimal or ".", missing, left)
    table.columns_left_out = list(left)
    table.notes += [f"left out: column {name!r}, {reason}" for name, reason in left.items()]
    table.reading = {"sep": sep, "decimal": decimal}
    return table


# --- Columns --------------------------------------------------------------------------------------------------------


def _named(columns: Sequence[Column], left: dict[str, str]) -> list[Column]:
    """The columns that have names: R and pandas number the rows in a first one without, spreadsheets add empty ones."""
    found = []
    for i, column in enumerate(columns):
        if column.name or not (column.kind() == "empty" or (i == 0 and _tells_rows_apart(column))):
            found.append(column)
        elif column.kind() != "empty":
            left[""] = "the first, which tells the rows apart"
    return found


def _tells_rows_apart(column: Column) -> bool:
    if column.kind() != "numbers":
        return column.kind() == "words"
    values = next(iter(column.readings.values()))
    return not column.missing and len(set(values)) == len(values) and all(map(float.is_integer, values))


def chosen(names: list[str], target: str | None, features: Sequence[str] | None) -> tuple[str, list[str]]:
    """The target and the features asked for: each one a column of its own."""
    if isinstance(features, str):
        raise TypeError(f"features: expected a list of column names, got {features!r}; write [{features!r}]")
    target = (names[-1] if names else "") if target is None else target
    wanted = [name for name in names if name != target] if features is None else list(features)
    known, seen = dict.fromkeys(names, 0), set[str]()
    for name in names:
        known[name] += 1
    for name in [*wanted, target]:
        if name not in known:
            raise no_column(name, names)
        if not name or known[name] > 1:
            raise ValueError(f"expected a name of its own for each column, got {shown(names)}; rename them")
        if name in seen:
            raise ValueError(f"column {name!r} is chosen twice; a column is either the target or one feature")
        seen.add(name)
    if not wanted:
        raise ValueError(
            f"expected a feature beside the target {target!r}; the columns are {shown(names)}; if there are more, say "
            "with --sep what stands between cells"
        )
    return target, wanted


def no_column(name: str, names: list[str]) -> ValueError:
    """What to raise for a column that is not there."""
    import difflib  # here, since only an error needs it

    known = {column.lower(): column for column in names}
    near = difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.3)
    hint = f" (the nearest is {known[near[0]]!r})" if near else ""
    return ValueError(f"no column {name!r}{hint}; the columns are {shown(names)}")


def _check_target(column: Column) -> None:
    kind = column.kind()
    if not column.numbers and kind in ("category", "words") and column.levels is not None and len(column.levels) == 2:
        raise ValueError(
            f"column {column.name!r}: expected numbers in the target, got two words, {' and '.join(column.levels)}; "
            f"that is a question for logistic regression: see {_LOGISTIC}"
        )
    if kind == "empty":
        raise ValueError(f"column {column.name!r}: expected numbers in the target, got no cell with anything in it")
    if kind in ("category", "words", "spoilt"):
        raise _no_number(column, "choose another column with --target")


def _usable(column: Column, asked: bool, left: dict[str, str]) -> bool:
    """Whether a feature is numbers or a category. A spoilt one is an error, as is a useless one that was asked for."""
    kind = column.kind()
    if kind == "spoilt":
        raise _no_number(column, "mend the cell or empty it, or name the columns to use with --features")
    if kind == "empty":
        reason = "in which every cell is missing"
    elif kind == "words":
        row, cell = column.first["word"]
        comma = "".join(f" (a number with a {DECIMALS[s]})" for s in DECIMALS if number(cell, s) is not None)
        reason = f"which is neither numbers nor a category of at most {LEVELS} words, as {cell!r}{comma} in row {row}"
    else:
        return True
    _leave_out(column.name, reason, asked, left)
    return False


def _leave_out(name: str, reason: str, asked: bool, left: dict[str, str]) -> None:
    if asked:
        raise ValueError(
            f"column {name!r}, {reason}, cannot be a feature; leave it out of --features, or make numbers of it "
            f"with pandas: {_ENCODE}"
        )
    left[name] = reason


def _no_number(column: Column, remedy: str) -> RowError:
    row, cell = column.first["word"]
    for sign in DECIMALS:
        if number(cell, sign) is not None:  # so the file was read with the other sign because somebody said so
            remedy = f"which has a {DECIMALS[sign]}: read it with --decimal {DECIMALS[sign].split()[1]}, or {remedy}"
            return RowError(row, f"column {column.name!r}: expected a finite number, got {cell!r}, {remedy}")
    return RowError(row, f"column {column.name!r}: expected a finite number, got {cell!r}; {remedy}")


def _constant(inputs: Sequence[Column], output: Column, decimal: str) -> dict[str, str]:
    """The categories that have but one word in the rows with all cells, and the word.

    One by one, since the rows that each one lacks come back and may hold a second word of the next; first those that
    have but one word in all their rows.
    """
    there = {column.name: here for column in [*inputs, output] if (here := _there(column, decimal)) is not None}
    lacking = [0] * len(output)  # how many cells each row lacks
    for here in there.values():
        lacking = [count + 1 - cell for count, cell in zip(lacking, here, strict=True)]
    categories = {column.name: column for column in inputs if column.kind() == "category"}
    whole = bytearray(not count for count in lacking)
    seen = {name: {*_kept(column.codes, whole)} for name, column in categories.items()}
    found: dict[str, str] = {}
    for column in sorted(categories.values(), key=lambda column: len(column.levels or ())):
        if len(seen[column.name]) > 1:
            continue
        (code,) = seen[column.name]
        found[column.name] = next(word for word, own in (column.levels or {}).items() if own == code)
        back = [i for i, cell in enumerate(there.get(column.name, ())) if not cell]
        for i in back:
            lacking[i] -= 1
        for i in [i for i in back if not lacking[i]]:
            for name, other in categories.items():
                seen[name].add(other.codes[i])
    return found


# --- Rows -----------------------------------------------------------------------------------------------------------


def _complete(columns: Sequence[Column], decimal: str, missing: str) -> tuple[bytearray, dict[str, int]]:
    """For each row whether it lacks none of the columns (1) or some (0), and how many cells each column lacks."""
    keep, lacking = bytearray(), dict[str, int]()
    for column in columns:
        here = _there(column, decimal)
        if here is not None and (count := here.count(0)):
            if missing == "error":
                row, cell = column.first["missing"]
                raise RowError(
                    row, f"column {column.name!r}: a missing cell, {cell!r}; --missing omit leaves such rows out"
                )
            lacking[column.name] = count
            keep = bytearray(map(min, keep, here)) if keep else here
    if lacking and not any(keep):
        raise ValueError(
            f"every row lacks some cell, {lacking}; name columns that are there with --features and --target"
        )
    return keep, lacking


def _there(column: Column, decimal: str) -> bytearray | None:
    """For each row whether the column has a cell there (1) or lacks it (0); None if it lacks none."""
    if column.kind() in ("category", "boolean"):
        return bytearray(code != HOLE for code in column.codes)
    return bytearray(x == x for x in column.values(decimal)) if column.missing else None


def _build(inputs: Sequence[Column], output: Column, decimal: str, missing: str, left: Mapping[str, str]) -> Dataset:
    """The table of these columns, without the rows that lack a cell in one of them."""
    keep, lacking = _complete([*inputs, output], decimal, missing)
    names: list[str] = []
    arrays: list[array[float]] = []
    levels: dict[str, list[str]] = {}
    for column in inputs:
        if column.kind() == "category":
            words = {code: word for word, code in (column.levels or {}).items()}
            found, levels[column.name] = indicators(column.name, [words[c] for c in _kept(column.codes, keep)])
        else:
            found = {column.name: _kept(column.values(decimal), keep)}
        names += found
        arrays += found.values()
    if not inputs:
        reasons = "; ".join([f"column {name!r}, {reason}" for name, reason in list(left.items())[:5]])
        raise ValueError(f"expected a feature beside the target {output.name!r}, got none of use: {reasons}")
    if len({*names, output.name}) <= len(names):
        twice = next(name for name, count in Counter([*names, output.name]).items() if count > 1)
        raise ValueError(f"two columns would be called {twice!r}; rename one")
    table = Dataset.from_columns([*arrays, _kept(output.values(decimal), keep)], names, output.name)
    table.levels, table.missing, table.rows_left_out = levels, lacking, keep.count(0)
    table.notes = missing_note(table.rows_left_out, lacking)
    return table


def missing_note(rows: int, lacking: Mapping[str, int]) -> list[str]:
    """The note on rows left out for the cells that columns lack, if there is one."""
    counts = ", ".join(f"{name} {count}" for name, count in lacking.items())
    return [f"left out: {rows} row{'s' * (rows != 1)} with missing cells ({counts})"] if lacking else []


def _kept(values: array[_T], keep: bytearray) -> array[_T]:
    return array(values.typecode, compress(values, keep)) if keep else values
