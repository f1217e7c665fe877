"""Rows: the mean of a compiled loss over rows of arguments, and its gradient, as one generated loop.

>>> from minigrad.compiler import compile
>>> w = Value(0.0)
>>> objective = compile(lambda x, y: (w * x - y) ** 2).over([(1.0, 3.0), (2.0, 6.0)])
>>> objective.backward(), w.grad, objective()
(22.5, -15.0, 22.5)
"""

from __future__ import annotations

import math

from ..engine import Value
from ..functions.reductions import MEAN
from ..machinery.recorder import tracing
from ..transforms import one_number
from .answering import Answering
from .blame import blamed
from .code import SOON, inputs
from .errors import FAILURES, GuardFailed, Unrepeatable
from .specialize import Specialization, as_numbers
from .tables import Group, groups_of
from .target import PYTHON, Target

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    Row = tuple[float, ...]


def sums(
    groups: Sequence[Group], share: float, target: Target | None = None, before: dict[Value, float] | None = None
) -> tuple[list[Any], Any, list[Group]]:
    """The losses of each group; pairs of parameter and gradient, with `share` of each row's added; what bailed out.

    They are added to the parameters' `.grad`, or to what is `before` them. Nothing is changed by it. If rows bailed out
    at a guard, in groups like those that they are from, all else is incomplete. Rows come last to first, as in eager
    code: so do groups, and each goes on from the gradient of the last.
    """
    losses: list[Any] = []
    bailed_out: list[Group] = []
    totals: dict[Value, float] = dict(before or {})
    pairs: Any = ()
    for group in reversed(groups):
        code = group.specialization.code("loop", target)
        numbers, so_far = [p._number for p in code.parameters], [p._grad for p in code.parameters]
        if totals:
            so_far = [totals.get(p, grad) for p, grad in zip(code.parameters, so_far, strict=True)]
        each, left, gradients = code.convention.run(code.function, group, share, numbers, so_far)
        losses.append(each)
        if left:
            bailed_out.append(Group(group.specialization, left, paths=code.count))
        pairs = zip(code.parameters, gradients, strict=True)
        if len(groups) > 1:
            totals.update(pairs)
            pairs = totals.items()
    return losses[::-1], pairs, bailed_out


class Rows(Answering):
    """A program and the rows it is to be averaged over, which are read once and kept. An objective for `minimize`.

    Call it for the mean alone; `backward()` gives the mean and adds its gradient to the `.grad` of the parameters;
    `graph()` gives the mean as the original computes it, in Values.
    """

    __slots__ = ("program", "groups", "count", "_add")

    def __init__(self, program: Any, rows: Any) -> None:
        self.program, self.groups = program, groups_of(program, rows)
        self._add = program.target.add
        self.count = sum([group.count for group in self.groups])
        if not self.count:
            raise ValueError("expected at least one row of arguments, got none: an empty table has no mean")

    def __call__(self) -> float:
        """The mean of the program over the rows."""
        program = self.program
        losses = [one_number(program, as_numbers(g.specialization.answer(row))) for g in self.groups for row in g.rows]
        return PYTHON.add(-0.0, losses) / self.count

    def again(self, program: Any) -> Rows:
        """The mean of another program over the same rows, which are not read again."""
        other = object.__new__(type(self))
        other.program, other._add, other.count = program, program.target.add, self.count
        other.groups = [group.of(program.specialization(group.specialization.structure)) for group in self.groups]
        return other

    def graph(self) -> Any:
        """The mean as a Value, computed by the original function: what a second derivative is taken of."""
        return MEAN(*[group.specialization.original(row) for group in self.groups for row in group.rows])

    def faulty(self) -> tuple[Any, str]:
        """The loss of the first row that is not finite, as a Value, and which that is; or else the mean.

        Row by row, for the graph of all rows may be larger than the memory.
        """
        for group in self.groups:
            for i in range(group.count):
                (row,) = group.rows_from(i, i + 1)
                loss = group.specialization.original(row)
                if not math.isfinite(getattr(loss, "_number", loss)):
                    return loss, f"row {group.start + i}"
        return self.graph(), ""

    def not_finite(self) -> tuple[str, str, float] | None:
        """A number in a row whose loss is not finite because of it: where it is, the argument, the number."""
        return blamed(
            (f"row {group.start + i} (the first is row 0)", known.arguments, row, known.original)
            for group in self.groups
            for known in [group.specialization]
            for start in range(0, group.count, 1000)  # for all columns as rows may be more than there is room for
            for i, row in enumerate(group.rows_from(start, start + 1000), start)
        )

    @property
    def __wrapped__(self) -> Callable[[], Any]:
        """What was compiled, as a Program has it: the function of no arguments that gives the mean as a Value."""
        return self.graph

    def backward(self) -> float:
        """The mean of the program over the rows; adds its gradient to the `.grad` of the program's parameters.

        Raises ValueError if it knows no parameters, TypeError if it does not return one number.
        """
        if tracing() is not None:
            raise RuntimeError(
                "expected backward(rows) outside of functions to be compiled, got it inside, where it would run once "
                "and never again; return the loss, and compile grad of the function"
            )
        try:
            for group in self.groups:
                self.learn(group)
        except FAILURES as error:  # another row may fail before this one
            return self.fallback(self.groups, error)
        return self.answer(self.groups)  # type: ignore[no-any-return]

    def learn(self, group: Group) -> None:
        """See to it that a path of a group is known, that of its first row."""
        if (known := group.specialization).row is None or not known.row.count:
            known.learn_row(group.rows_from(0, 1)[0])

    # What `answer` asks for.

    def sums(self, groups: Sequence[Group], share: float) -> tuple[list[Any], Any, list[Group]]:
        """The losses of each group, the gradients and what bailed out."""
        return sums(groups, share)

    def attempt(self, groups: list[Group]) -> float:
        """The mean, and its gradient added, by the generated loop. Raises GuardFailed with the rows that bailed out.

        And Unrepeatable where parameters are results of a larger graph, which has to be walked, or there are none; and
        where the loss of some rows, not all, is a parameter itself: eager code adds their share before all the others.
        """
        losses, gradients, bailed_out = self.sums(groups, 1.0 / self.count)
        if bailed_out:
            raise GuardFailed(bailed_out)
        for group in groups:
            known: Any = group.specialization
            if known.rooted or (known.bare and (len(groups) > 1 or known.row.count > 1)):
                raise Unrepeatable
            if not known.parameters and not self.program.parameters:
                raise Unrepeatable
        for p, grad in gradients:
            p._grad = grad
        total = -0.0  # what changes no sum, not even one of -0.0
        for each in losses:
            total = self._add(total, each)
        return total / self.count

    def trace(self, _: list[Group], bailed_out: list[Group]) -> bool:
        """Trace every path that these rows take; False if one was known or failed: then the fallback tells more."""
        traced: set[Specialization] = set()
        try:
            for group in bailed_out:
                known, rows = group.specialization, group.rows
                with known.lock:
                    if known in traced:  # by a group before, whose paths may be those of these rows
                        rows = _left(known, rows)[::-1]
                    elif known.row is not None and known.row.count != group.paths:
                        continue  # another thread has learned something: try again before tracing anything twice
                    while rows:
                        count = _learned(known, rows)
                        if not count:
                            return False
                        rows = _left(known, rows[count:])
                traced.add(known)
        except FAILURES:
            return False
        return True

    def fallback(self, groups: list[Group], failure: Exception | None = None) -> float:
        """The mean and its gradient without any code: for the error that names op and operands, or poles."""
        losses = [group.specialization.fallback(row, failure) for group in groups for row in group.rows]
        mean = MEAN(*losses)
        if isinstance(mean, Value):
            mean.backward()
        elif not self.program.parameters:
            raise ValueError(
                f"expected {self.program.__name__} to compute with parameters, Values that it knows without being "
                "passed them, got none; for gradients in its arguments, compile grad of it"
            )
        return float(getattr(mean, "data", mean))


def _learned(known: Specialization, rows: Sequence[Row]) -> int:
    """Trace the first of these rows, whose path no code has, and others whose path nobody knows; 0 if none was new.

    Returns of how many rows, from the first on, the paths are known now. For the others `_left` writes a loop, whole.
    Few paths are learned one at a time, so that no row is looked at but by that loop. More than `SOON` are learned
    until they are twice as many, for the reason in `Code.lags`, or until twice as many rows as that were interpreted.
    """
    if not known.trace(rows[0], with_row=True):
        return 0
    row: Any = known.row
    most = 2 * row.count if row.count > SOON else 1
    done = 1
    while row.count < most and done < min(len(rows), 2 * most):
        given = inputs(rows[done], [p._number for p in known.parameters])
        if row.end(given) is None and not known.trace(rows[done], with_row=True):
            break
        row, done = known.row, done + 1
    return done


def _left(known: Specialization, rows: Sequence[Row]) -> Sequence[Row]:
    """The rows on paths that are not known yet, last to first: by plain Python, for a jit would take seconds a time."""
    bailed_out = sums([Group(known, rows)], 1.0, PYTHON)[2]
    return bailed_out[0].rows if bailed_out else ()
