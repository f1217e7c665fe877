"""Tables: rows of arguments as people have them, brought into groups of one structure each.

Rows are tuples of arguments, from any iterable; or a table comes by columns, as a two-dimensional array or a mapping
from argument names to columns, which a DataFrame is.

>>> table = by_name(lambda x, y: x, {"y": [3.0, 6.0], "x": [1.0, 2.0]})
>>> table.structure, table.columns
((<class 'tuple'>, (<class 'tuple'>, <class 'float'>, <class 'float'>), (<class 'dict'>, ())), [[1.0, 2.0], [3.0, 6.0]])
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from itertools import chain, groupby

from ..engine import Value
from ..machinery.trees import flattened, listed, rows_in
from .names import argument_names, code_of, name_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any

    from .specialize import Specialization

    Row = tuple[float, ...]


class Table:
    """A table by columns: the structure of the arguments in a row, and a column for each number in them."""

    __slots__ = ("structure", "columns", "count")

    def __init__(self, structure: Any, columns: Sequence[Any], count: int) -> None:
        self.structure, self.columns, self.count = structure, columns, count


class Group:
    """Rows of one structure: as tuples of the floats in them, or as columns of these, whichever is asked for.

    `start` is the number of the first of them among all rows. Of rows that bailed out, `paths` says how many paths the
    code knew that they bailed out of.
    """

    __slots__ = ("specialization", "count", "start", "paths", "_rows", "_columns", "_flat")

    def __init__(
        self,
        specialization: Specialization,
        rows: Sequence[Row] | None = None,
        columns: Sequence[Any] | None = None,
        start: int = 0,
        paths: int = 0,
    ) -> None:
        self.specialization, self.start, self.paths = specialization, start, paths
        self._rows, self._columns = rows, columns
        self.count = len(rows) if rows is not None else len((columns or [()])[0])
        self._flat: Any = None

    def of(self, specialization: Specialization) -> Group:
        """The same rows for another function, which are not read again."""
        return Group(specialization, self._rows, self._columns, self.start)

    @property
    def rows(self) -> Sequence[Row]:
        """The rows, as tuples."""
        if self._rows is None:
            self._rows = self.rows_from(0, self.count)
        return self._rows

    def rows_from(self, start: int, stop: int) -> Sequence[Row]:
        """Some of the rows, as tuples."""
        if self._rows is not None:
            return self._rows[start:stop]
        return [*zip(*[listed(column[start:stop], "a column") for column in self._columns or ()], strict=True)]

    def columns(self, target: Any) -> Sequence[Any]:
        """The columns, of doubles, as a target for columns has them."""
        if self._columns is None:
            names = self.specialization.arguments
            self._columns = [target.column(each, name) for each, name in zip(zip(*self.rows), names, strict=True)]  # noqa: B905
        return self._columns

    @property
    def flat(self) -> Any:
        """The floats of all rows, one after the other."""
        if self._flat is None:
            from array import array

            self._flat = array("d", chain.from_iterable(self.rows))
        return self._flat


def groups_of(program: Any, rows: Any) -> list[Group]:
    """The rows, in groups that follow one another and have one structure each. TypeError, ValueError if they are none.

    `program` says what specialization a structure has, and which target its code is for.
    """
    target = program.target
    if (table := by_columns(program.__wrapped__, rows, target)) is not None:
        known = program.specialization(table.structure)
        if target.columns and table.columns:
            columns = [target.column(each, name) for each, name in zip(table.columns, known.arguments, strict=True)]
            return [Group(known, columns=columns)]
        lists = map(listed, table.columns, known.arguments)
        return [Group(known, [*zip(*lists, strict=True)] if table.columns else [()] * table.count)]
    if getattr(getattr(rows, "dtype", None), "kind", "") == "b":
        rows = rows + 0.0  # in an array they are numbers; one by one they would be flags, each with code of its own
    return _by_rows(program.specialization, rows)


def by_columns(f: Any, rows: Any, target: Any = None) -> Table | None:
    """A table that comes by columns; None if it comes by rows."""
    if (names := fields(rows)) is not None:
        return by_name(f, {name: rows[name] for name in names})
    if hasattr(rows, "keys") or hasattr(rows, "columns"):
        return by_name(f, rows)
    shape: Any = getattr(rows, "shape", ())
    if target is not None and target.columns and len(shape) == 2:
        return Table((tuple, (tuple, *[float] * shape[1]), (dict, ())), [rows[:, k] for k in range(shape[1])], shape[0])
    return None


def fields(rows: Any) -> Sequence[str] | None:
    """The names in a structured array, as NumPy has them; None if it is none."""
    return getattr(getattr(rows, "dtype", None), "names", None)


def by_name(f: Any, mapping: Mapping[str, Any]) -> Table:
    """The table of a mapping from the names of f's arguments to columns, numbers, or what is the same for all rows.

    Raises TypeError if a name is no argument of f, or an argument is missing; ValueError if columns differ in length.
    """
    names = [*(mapping.keys() if hasattr(mapping, "keys") else mapping.columns)]  # type: ignore[attr-defined]
    lengths = {name: len(mapping[name]) for name in names if _is_column(mapping[name], name)}
    if len({*lengths.values()}) > 1:
        raise ValueError(f"expected columns of one length, got {lengths}")
    count = next(iter(lengths.values()), 1)
    args, keywords = _matched(f, names)
    columns: list[Any] = []

    def leaf(name: str) -> Any:
        x = mapping[name]
        if name in lengths:
            columns.append(x)
            return float
        structure, numbers = flattened(x)
        columns.extend([[number] * count for number in numbers])
        return structure

    positional = (tuple, *[leaf(name) for name in args])
    return Table((tuple, positional, (dict, tuple(keywords), *[leaf(name) for name in keywords])), columns, count)


def rows_for(f: Any, table: Any) -> Any:
    """Rows for a function that is called as f(*row): those of a table by columns as tuples, all others as they are."""
    found = by_columns(f, table)
    if found is None:
        return rows_in(table)
    structure: Any = found.structure
    _, positional, (_, keywords, *_) = structure
    if keywords or any(branch is not float for branch in positional[1:]):
        raise TypeError(f"expected columns for the positional arguments of {name_of(f)}, got {[*table.keys()]!r:.200}")
    return [*zip(*map(listed, found.columns, argument_names(f, len(found.columns))), strict=True)]


def _is_column(x: Any, name: str) -> bool:
    dimensions = getattr(x, "ndim", 1)
    if isinstance(x, str | bytes | dict) or not hasattr(x, "__len__") or not dimensions:
        return False
    if dimensions > 1:
        got = f"one of shape {tuple(x.shape)}; a name that several columns have stands for all of them"
        raise ValueError(f"expected a column, of one dimension, for {name}, got {got}")
    if isinstance(x, AbstractSet):
        raise TypeError(
            f"expected a column in the order of the rows for {name}, got a {type(x).__name__}; make it a list"
        )
    return True


def _matched(f: Any, names: Sequence[str]) -> tuple[list[str], list[str]]:
    """The names in the order of f's arguments, those that go by position and those that go by keyword."""
    for structure, known in getattr(f, "specializations", {}).items():  # of a pickle, whose function stayed behind
        _, positional, (_, keywords, *_) = structure
        count = len(positional) - 1
        if {*known.arguments} == {*names} and len(known.arguments) == count + len(keywords):
            return known.arguments[:count], [*keywords]
    code, bound = code_of(f)
    if code is None:
        return [], [*names]
    last = code.co_argcount
    own, only = code.co_varnames[bound:last], code.co_varnames[last : last + code.co_kwonlyargcount]
    while hasattr(f, "__wrapped__"):
        f = f.__wrapped__
    defaults = len(getattr(f, "__defaults__", None) or ())
    needed = {*own[: len(own) - defaults]} | {name for name in only if name not in (f.__kwdefaults__ or {})}
    missing = [name for name in (*own, *only) if name in needed and name not in names]
    if code.co_flags & 0x04 and not (own or only):  # *row alone
        return [*names], []
    more = [] if code.co_flags & 0x08 else [name for name in names if name not in (*own, *only)]
    if missing or more:
        got = f"no {', '.join(map(str, missing))}" if missing else f"also {', '.join(map(str, more))}"
        raise TypeError(
            f"expected a column for each argument of {name_of(f)}, {', '.join((*own, *only))}, got {got}; choose and "
            'name them so, as in table[["x", "y"]] or table.rename(...)'
        )
    args = []
    for name in own:
        if name not in names:
            break
        args.append(name)
    return args, [name for name in names if name not in args]


def _by_rows(specialization: Callable[[Any], Specialization], rows: Iterable[Any]) -> list[Group]:
    table = rows_in(rows)
    if {*map(type, chain.from_iterable(table))} <= {float} and len({*map(len, table)}) == 1:
        structure = (tuple, (tuple, *[float] * len(table[0])), (dict, ()))  # the usual table, in a tenth of the time
        return [Group(specialization(structure), [*map(tuple, table)])]
    groups: list[Group] = []
    for structure, group in groupby([flattened((tuple(row), {})) for row in table], lambda row: row[0]):
        numbers = [tuple(row) for _, row in group]
        if any(isinstance(x, Value) for row in numbers for x in row):
            raise TypeError("expected numbers in the rows, got a Value; a parameter is no argument: close over it")
        start = groups[-1].start + groups[-1].count if groups else 0
        groups.append(Group(specialization(structure), numbers, start=start))
    return groups
