"""Column results: what a function gives for each row of a table, as columns, block after block.

Rows that need another look are answered one by one, as calls with numbers are: where a number is not finite, where a
path is not known yet, where only the original can go.
"""

from __future__ import annotations

from itertools import repeat

from ..machinery.trees import flattened, rebuilt
from .column_sums import told
from .errors import FAILURES, RowError
from .ir import Result
from .names import name_of
from .specialize import as_numbers
from .tables import Group

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from .code import Code
    from .columns import Columns
    from .specialize import Specialization


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
            self._answered(start)
        code = known.code("call", self.target)
        stop: int = min(start + code.convention.size, self.group.count)
        block = [column[start:stop] for column in self.group.columns(self.target)]
        numbers = [p._number for p in code.parameters]
        try:
            parts = code.convention.parts(code.function, block, numbers)
        except FAILURES:
            self._assemble(start, [], [*range(stop - start)])
            return stop
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
        known = [*columns]  # what belongs to the caller, or is a result already, is not handed out again
        for x in results:
            known.append(target.own(target.spread(x, count), known))
        results = known[len(columns) :]
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
