"""Column rows: the mean of a compiled loss over columns, and its gradient, block after block.

>>> import numpy
>>> from minigrad.compiler import compile
>>> w = Value(0.0)
>>> loss = compile(lambda x, y: (w * x - y) ** 2, xp=numpy)
>>> objective = loss.over({"x": numpy.asarray([1.0, 2.0]), "y": numpy.asarray([3.0, 6.0])})
>>> objective.backward(), w.grad, objective()
(22.5, -15.0, 22.5)
"""

from __future__ import annotations

import math

from ..engine import Value
from ..transforms import one_number
from .column_results import Results
from .column_sums import Sums, by_original
from .errors import FAILURES, RowError
from .rows import Rows, sums
from .tables import Group
from .target import PYTHON

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any


class ColumnRows(Rows):
    """The same as `Rows` over columns. An error says which row it comes from."""

    __slots__ = ()

    def __call__(self) -> float:
        """The mean of the program over the rows."""
        total = 0.0
        try:
            for group in self.groups:
                total += self._total(group)
        except RowError as error:
            raise error.error from None
        return total / self.count

    def _total(self, group: Group) -> float:
        """The sum of the program over the rows of a group."""
        known, target = group.specialization, self.program.target
        columns = group.columns(target)
        if not columns:
            return group.count * float(one_number(self.program, known.answer(())))
        results = Results(known, columns, target, group.start)
        one_number(self.program, results.sample())
        with target.quiet():
            return math.fsum([float(target.xp.sum(column)) for (column,) in results.blocks])

    def backward(self) -> float:
        """The mean of the program over the rows; adds its gradient to the `.grad` of the program's parameters."""
        try:
            return super().backward()
        except RowError as error:
            raise error.error from None

    def learn(self, group: Group) -> None:
        """See to it that a path of a group is known, that of its first row."""
        try:
            super().learn(group)
        except FAILURES:
            known = group.specialization
            by_original(known, group.rows_from(0, 1)[0], group.start, 1.0)
            raise

    def sums(self, groups: Sequence[Group], share: float) -> tuple[list[Any], Any, list[Group]]:
        """The sums of each block's losses; pairs of parameter and gradient; what bailed out."""
        target = self.program.target
        losses: list[Any] = []
        bailed_out: list[Group] = []
        totals: dict[Value, float] = {}
        for group in groups:
            if not group.columns(target):
                each, pairs, left = sums([group], share, PYTHON, totals)
                losses += each
                bailed_out += left
                totals.update(pairs)
                continue
            learned = True
            while learned:  # and once more with what was learned, which happens once for each path
                code = group.specialization.code("loop", target)
                found = Sums(code, group, share, [totals.get(p, p._grad) for p in code.parameters])
                learned = found.learned
            losses.append(found.losses)
            totals.update(zip(code.parameters, found.totals, strict=True))
            totals |= {x: totals.get(x, x._grad) + grad for x, grad in found.others.items()}
        return losses, totals.items(), bailed_out
