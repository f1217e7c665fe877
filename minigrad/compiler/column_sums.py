"""Column sums: sums and results over columns, block after block, and what becomes of rows for which columns are no use.

Those are few, and go on as they would without columns: a block in which a number is not finite is run again in plain
code, and where that raises, row by row, by the original if need be, whose error then says which row it was. A row on a
path that is not known is traced.
"""

from __future__ import annotations

import math
from contextlib import suppress
from operator import add

from ..engine import Value, gradients
from ..machinery.order import topological_order
from ..transforms import one_number
from .errors import FAILURES, RowError
from .ir import Refusal, Result
from .tables import Group
from .target import PYTHON

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from .code import Code
    from .specialize import Specialization

    Row = tuple[float, ...]


def told(error: Exception, row: int) -> RowError:
    """The error with the row that it comes from: a copy, for somebody may raise the error itself again."""
    found = type(error).__new__(type(error), *error.args)  # without __init__, whose arguments an error need not keep
    found.__dict__ |= error.__dict__
    found.__traceback__, found.__cause__ = error.__traceback__, error.__cause__
    found.__context__, found.__suppress_context__ = error.__context__, error.__suppress_context__
    found.args = (f"{error} (row {row})",)
    return RowError(found)


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
        self.others: dict[Value, float] = {}  # what rows that went to the original bring to other leaves
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
            self._rest([*range(start, start + len(block[0]))], {})
            return
        plain: list[int] = []
        original: dict[int, Exception | None] = {}  # with what failed, if anything did
        for path, mask, columns in parts:
            if isinstance(path, Result):
                if not self._path(path, columns):
                    plain += _places(mask, start, len(block[0]))
            elif isinstance(path, Refusal):
                original |= dict.fromkeys(_places(mask, start, len(block[0])))
            else:
                rest, failed = self._unknown(_places(mask, start, len(block[0])))
                if self.learned:
                    return
                plain += rest
                original |= dict.fromkeys(failed, NO_ANSWER)
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
        """Trace the first of these rows; if that shows no path, the rows for plain code, and those for the original.

        Next to a tie plain code may go elsewhere than columns do; and a row outside the domain shows no path: its error
        is to come in its turn, for rows before it may have errors of their own.
        """
        first, *others = rows
        row = self._row(first)
        if self._plain_sums([row]) is not None:
            return rows, []
        with self.known.lock, suppress(*FAILURES):
            closed: Any = self.known.row
            faster = closed.count != self.code.count  # another thread has learned something: try again
            self.learned = faster or self.known.trace(row, with_row=True)
        return ([], []) if self.learned else (others, [first])

    def _add(self, loss: float, grads: Sequence[float]) -> None:
        self.losses.append(loss)
        self.totals = [*map(add, self.totals, grads)]

    def _row(self, i: int) -> Row:
        return self.group.rows_from(i, i + 1)[0]

    def _rest(self, plain: list[int], original: dict[int, Exception | None]) -> None:
        """Add up rows for which columns are no use: in plain code, one by one if that fails, or by the original."""
        sums = self._plain_sums([self._row(i) for i in plain]) if plain else None
        if sums is not None:
            self._add(*sums)
            plain = []
        for i in sorted([*plain, *original]):
            if i in original or (sums := self._plain_sums([self._row(i)])) is None:
                self._original(i, original.get(i, NO_ANSWER))
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

    def _original(self, i: int, failure: Exception | None) -> None:
        """Add a row by the original function. Raises its error, with the number of the row."""
        loss, found = by_original(self.known, self._row(i), self.group.start + i, self.share, failure)
        self._add(loss, [found.pop(p, 0.0) for p in self.code.parameters])
        for leaf, grad in found.items():  # which no trace has met, because it ended before
            self.others[leaf] = self.others.get(leaf, 0.0) + grad


NO_ANSWER = ValueError("the generated code has no answer for this row")


def by_original(
    known: Specialization, row: Row, i: int, share: float, failure: Exception | None = NO_ANSWER
) -> tuple[float, dict[Value, float]]:
    """The loss of a row by the original function, and its gradient in all parameters times the share.

    Raises the original's error, as RowError. `failure` is what made it run, as for `Specialization.fallback`.
    """
    try:
        loss = known.fallback(row, failure)
        if not isinstance(loss, Value):
            return one_number(known.f, loss), {}
        refused = failure is None  # then the row is floats, and all leaves are parameters; else these are known
        leaves = [x for x in topological_order(loss) if x.op is None] if refused else [*known.parameters]
        return loss._number, {x: d._number for x, d in zip(leaves, gradients(loss * share, leaves), strict=True)}
    except FAILURES as error:
        raise told(error, i) from None


def _places(mask: Any, start: int, count: int) -> list[int]:
    if mask is None:
        return [*range(start, start + count)]
    return [start + k for k, yes in enumerate(mask.tolist()) if yes]
