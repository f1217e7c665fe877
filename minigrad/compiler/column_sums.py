"""Column sums: sums and results over columns, block after block, and what becomes of rows for which columns are no use.

Those are few, and go on as they would without columns: a block in which a number is not finite is run again in plain
code, and where that raises, row by row, by the original if need be, whose error then says which row it was. A row on a
path that is not known is traced.
"""

from __future__ import annotations

import math
from contextlib import suppress
from itertools import repeat
from operator import add

from ..engine import Value, gradients
from ..machinery.trees import flattened, rebuilt
from ..transforms import one_number
from .errors import FAILURES, RowError
from .ir import Refusal, Result
from .names import name_of
from .specialize import as_numbers
from .tables import Group
from .target import PYTHON

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from .code import Code
    from .columns import Columns
    from .specialize import Specialization

    Row = tuple[float, ...]


def told(error: Exception, row: int) -> RowError:
    """The error with the row that it comes from."""
    error.args = (f"{error} (row {row})",)
    return RowError(error)


# --- Sums: a loss and its gradient ------------------------------------------------------------------------------------


class Sums:
    """The losses of a group's rows added up, and their shares of the gradient.

    `learned`: a row has shown a path that the code does not know, and all else is incomplete.
    """

    def __init__(self, code: Code, group: Group, share: float, gradients: Sequence[float]) -> None:
        self.code, self.group, self.share = code, group, share
        self.known, self.blocks = group.specialization, code.convention
        self.numbers = [p._number for p in code.parameters]
        self.losses: list[float] = []
        self.totals = [*gradients]
        self.learned = False
        ends = self.blocks.ends
        self.only: Any = ends[0] if len(ends) == 1 and isinstance(ends[0], Result) else None
        target = self.blocks.target
        columns = group.columns(target)
        with target.quiet():
            for start in range(0, group.count, self.blocks.size):
                self._block(start, [column[start : start + self.blocks.size] for column in columns])
                if self.learned:
                    break

    def _block(self, start: int, block: list[Any]) -> None:
        """The sums over one block."""
        if self.only is not None and self._path(self.only, block):
            return
        try:
            parts = self.blocks.parts(self.code.function, block, self.numbers)
        except FAILURES:
            self._rest([*range(start, start + len(block[0]))], [])
            return
        plain: list[int] = []
        original: list[int] = []
        for path, mask, columns in parts:
            if isinstance(path, Result):
                if not self._path(path, columns):
                    plain += _places(mask, start, len(block[0]))
            elif isinstance(path, Refusal):
                original += _places(mask, start, len(block[0]))
            else:
                rest, poles = self._unknown(_places(mask, start, len(block[0])))
                if self.learned:
                    return
                plain += rest
                original += poles
        if plain or original:
            self._rest(sorted(plain), original)

    def _path(self, path: Result, columns: list[Any]) -> bool:
        """Add the sums over the rows of one path; False, and nothing added, if they need another look."""
        function = self.code.function[self.blocks.function_name(path)]
        try:
            loss, grads, check = function(*columns, *self.numbers, self.share, len(columns[0]))
        except FAILURES:
            return False
        loss, grads = float(loss), [*map(float, grads)]
        if not (math.isfinite(sum(grads, loss)) and (not check or self.blocks.target.finite(check))):
            return False
        self._add(loss, grads)
        return True

    def _unknown(self, rows: list[int]) -> tuple[list[int], list[int]]:
        """Trace the first of these rows that shows a path; if none does, those left for plain code and the original.

        Next to a tie plain code may go elsewhere; and where a row has no derivatives, others may have some.
        """
        poles: list[int] = []
        for k, i in enumerate(rows):
            row = self._row(i)
            if self._plain_sums([row]) is not None:
                return rows[k:], poles
            with self.known.lock, suppress(*FAILURES):
                closed: Any = self.known.row
                faster = closed.count != self.code.count  # another thread has learned something: try again
                self.learned = faster or self.known.trace(row, with_row=True)
            if self.learned:
                return [], []
            poles.append(i)
            try:
                by_original(self.known, row, i, self.share, self.code.parameters)
            except RowError:  # which is to come in its turn: rows before it may have errors of their own
                break
        return [], poles

    def _add(self, loss: float, grads: Sequence[float]) -> None:
        self.losses.append(loss)
        self.totals = [*map(add, self.totals, grads)]

    def _row(self, i: int) -> Row:
        return self.group.rows_from(i, i + 1)[0]

    def _rest(self, plain: list[int], original: list[int]) -> None:
        """Add up rows for which columns are no use: in plain code, one by one if that fails, or by the original."""
        sums = self._plain_sums([self._row(i) for i in plain]) if plain else None
        if sums is not None:
            self._add(*sums)
            plain = []
        for i in sorted([*plain, *original]):
            if i in original or (sums := self._plain_sums([self._row(i)])) is None:
                self._original(i)
            else:
                self._add(*sums)

    def _plain_sums(self, rows: list[Row]) -> tuple[float, list[float]] | None:
        """The sums over rows in plain code; None if it fails, or knows less of them."""
        made = self.known.code("loop", PYTHON)
        if made.count != self.code.count:  # another thread has learned more by now
            return None
        group, zeros = Group(self.known, rows), [0.0] * len(self.totals)
        try:
            losses, left, grads = made.convention.run(made.function, group, self.share, self.numbers, zeros)
        except FAILURES:
            return None
        return None if left else (sum(losses), grads)

    def _original(self, i: int) -> None:
        """Add a row by the original function. Raises its error, with the number of the row."""
        number, parameters = self.group.start + i, self.code.parameters
        self._add(*by_original(self.known, self._row(i), number, self.share, parameters))


def by_original(
    known: Specialization, row: Row, i: int, share: float, parameters: Sequence[Value]
) -> tuple[float, list[float]]:
    """The loss of a row by the original function, and its gradient times the share. Raises its error, as RowError."""
    try:
        loss = known.fallback(row, ValueError("the generated code has no answer for this row"))
        if not isinstance(loss, Value):
            return one_number(known.f, loss), [0.0] * len(parameters)
        return loss._number, [x._number for x in gradients(loss * share, [*parameters])]
    except FAILURES as error:
        raise told(error, i) from None


def _places(mask: Any, start: int, count: int) -> list[int]:
    if mask is None:
        return [*range(start, start + count)]
    return [start + k for k, yes in enumerate(mask.tolist()) if yes]


# --- Results: a call with columns -------------------------------------------------------------------------------------


class Results:
    """What a function gives for each row of a table, as columns in the structure of its result."""

    def __init__(self, known: Specialization, columns: Sequence[Any], target: Columns, first: int = 0) -> None:
        self.known, self.target = known, target
        self.group = Group(known, columns=columns, start=first)
        self.structure: Any = None
        self._answers: dict[int, list[Any]] = {}  # of single rows
        self.blocks: list[list[Any]] = []  # of each block a column for each number of the result
        start = 0
        with target.quiet():
            while start < self.group.count:
                start = self._block(start)

    def result(self) -> Any:
        """The columns in their structure."""
        columns = [self.target.joined(each) for each in zip(*self.blocks, strict=True)]
        return rebuilt(self.structure, iter(columns))

    def sample(self) -> Any:
        """The result for one row, its numbers replaced by 0."""
        return rebuilt(self.structure, repeat(0.0))

    def _block(self, start: int) -> int:
        """Answer the rows from `start` on; give the number of the first that is left."""
        known = self.known
        if not known.call.count:
            first = self._answered(start)
            if not known.call.count:  # nothing was learned of it: it raised, and yet there is an answer
                return self._by_rows(start, [start], [first])
        code = known.code("call", self.target)
        stop: int = min(start + code.convention.size, self.group.count)
        block = [column[start:stop] for column in self.group.columns(self.target)]
        numbers = [p._number for p in code.parameters]
        try:
            parts = code.convention.parts(code.function, block, numbers)
        except FAILURES:
            return self._by_rows(stop, range(start, stop), [])
        found: list[tuple[Any, list[Any]]] = []
        odd: list[int] = []
        for path, mask, columns in parts:
            places = self.target.xp.arange(stop - start) if mask is None else self.target.xp.arange(stop - start)[mask]
            if isinstance(path, Result):
                odd += self._path(code, path, columns, numbers, places, found)
            elif path is None and self._learned(start + int(places[0]), code.count):
                return start
            else:
                odd += places.tolist()
        self._assemble(start, found, sorted(odd))
        return stop

    def _path(self, code: Code, path: Result, columns: Any, numbers: Any, places: Any, found: list[Any]) -> list[int]:
        """Put the results for the rows of one path to those that were found; give the rows that need another look."""
        target, count = self.target, len(columns[0])
        try:
            results, check = code.function[code.convention.function_name(path)](*columns, *numbers)
        except FAILURES:
            return places.tolist()  # type: ignore[no-any-return]
        structure, results = _numeric(rebuilt(path.structure, iter(results)))
        self._same(structure)
        results = [target.spread(x, count) for x in results]
        if target.finite([*results, *check]):
            found.append((places, results))
            return []
        fine = target.every(True, columns[0])
        for x in (*results, *check):
            fine = fine & target.xp.isfinite(x)
        found.append((places[fine], [x[fine] for x in results]))
        return places[~fine].tolist()  # type: ignore[no-any-return]

    def _learned(self, i: int, count: int) -> bool:
        """Answer a row on a path that is not one of so many; whether more are known now."""
        try:
            self._answered(i)
        except RowError:  # which is to come in its turn: rows before it may have errors of their own
            return False
        return self.known.call.count > count

    def _answered(self, i: int) -> list[Any]:
        """The numbers of the result for one row. Raises the original's error, with the number of the row."""
        if i not in self._answers:
            self._answers[i] = self._answer(i)
        return self._answers[i]

    def _answer(self, i: int) -> list[Any]:
        try:
            result = as_numbers(self.known.answer(self.group.rows_from(i, i + 1)[0]))
        except FAILURES as error:
            raise told(error, self.group.start + i) from None
        structure, numbers = _numeric(result)
        self._same(structure)
        return numbers

    def _same(self, structure: Any) -> None:
        if self.structure is None:
            self.structure = structure
        elif self.structure != structure:
            raise TypeError(
                f"expected results of one structure from {name_of(self.known.f)}, for a column of them, got "
                f"{structure!r:.100} beside {self.structure!r:.100}; return the same number of numbers on all paths"
            )

    def _by_rows(self, stop: int, rows: Sequence[int], known: list[list[Any]]) -> int:
        answers = known or [self._answered(i) for i in rows]
        self.blocks.append([self.target.column(list(each), "a result") for each in zip(*answers, strict=True)])
        return stop if not known else stop + 1

    def _assemble(self, start: int, found: list[Any], odd: list[int]) -> None:
        """Put the results of a block in the order of its rows."""
        target, xp = self.target, self.target.xp
        if odd:
            answers = [self._answered(start + i) for i in odd]
            columns = [target.column(list(each), "a result") for each in zip(*answers, strict=True)]
            found.append((xp.asarray(odd), columns))
        if len(found) == 1:
            self.blocks.append(found[0][1])
            return
        order = xp.argsort(target.joined([places for places, _ in found]))
        each = zip(*[results for _, results in found], strict=True)
        self.blocks.append([target.joined(parts)[order] for parts in each])


def _numeric(result: Any) -> tuple[Any, list[Any]]:
    """The structure of a result and the numbers and columns in it; whole numbers are floats."""

    def leaf(x: Any, numbers: list[Any]) -> Any:
        if getattr(x, "ndim", 0) or (isinstance(x, int | float) and not isinstance(x, bool)) or hasattr(x, "__float__"):
            numbers.append(x if getattr(x, "ndim", 0) else float(x))
            return float
        return ("static", type(x), x)

    return flattened(result, leaf)
