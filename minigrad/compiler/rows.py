"""Rows: the mean of a compiled loss over rows of arguments, and its gradient, as one generated loop.

>>> from minigrad import Value
>>> from minigrad.compiler import compile
>>> w = Value(0.0)
>>> objective = compile(lambda x, y: (w * x - y) ** 2).over([(1.0, 3.0), (2.0, 6.0)])
>>> objective.backward(), w.grad, objective()
(22.5, -15.0, 22.5)
"""

from __future__ import annotations

from itertools import chain, groupby, repeat

from ..engine import Value
from ..functions.reductions import MEAN
from ..machinery.recorder import COMPARISONS
from ..transforms import one_number
from .tracing import NewWay, flattened, rebuilt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    from .plans import Plan
    from .program import Program

    Row = tuple[float, ...]

FAILURES = (ArithmeticError, ValueError)


class Rows:
    """A program and the rows it is to be averaged over, which are read once and kept.

    Call it for the mean alone; `backward()` gives the mean and adds its gradient to the `.grad` of the parameters.
    """

    __slots__ = ("program", "runs", "count")

    def __init__(self, program: Program, rows: Iterable[Any]) -> None:
        self.program, self.runs = program, _runs(program, rows)
        self.count = sum([len(run.rows) for run in self.runs])
        if not self.count:
            raise ValueError("expected at least one row of arguments, got none: an empty table has no mean")

    def __call__(self) -> float:
        """The mean of the program over the rows."""
        result = self.program.result
        losses = [one_number(self.program, result(run.plan.shape, row)) for run in self.runs for row in run.rows]
        return added(-0.0, losses) / self.count

    def backward(self) -> float:
        """The mean of the program over the rows; adds its gradient to the `.grad` of the program's parameters.

        Raises ValueError if it knows no parameters, TypeError if it does not return one number.
        """
        self._check()
        found: list[Any] = []
        before: list[tuple[Value, float]] = []
        try:
            found += map(self._loop, reversed(self.runs), repeat(before))
        except (*FAILURES, NewWay) as failure:
            for p, slope in reversed(before):
                p.grad = slope
            return self._eagerly(None if isinstance(failure, NewWay) else failure)
        total = -0.0  # what changes no sum, not even one of -0.0
        for losses in reversed(found):
            total = self.program.add(total, losses)
        return total / self.count

    def _check(self) -> None:
        if COMPARISONS.get() is not None:
            raise RuntimeError(
                "expected backward(rows) outside of functions to be compiled, got it inside, where it would run once "
                "and never again; return the loss, and compile grad of the function"
            )
        known = [run.plan.knows_parameters(run.rows[0]) for run in self.runs]
        if True not in known:
            raise ValueError(
                f"expected {self.program.__name__} to compute with parameters, Values that it knows without being "
                "passed them, got none; for slopes in its arguments, compile grad of it"
            )

    def _loop(self, run: Run, before: list[tuple[Value, float]]) -> Any:
        """Add to the parameters' `.grad` what one run adds, note what was there `before`, and give the losses."""
        plan = run.plan
        while True:
            function, _, _, captured = plan.function("loop", self.program.jit)
            parameters, gradients = [p._number for p in captured], [p.grad for p in captured]
            if len(self.runs) > 1:
                before += zip(captured, gradients, strict=True)
            losses, aside, gradients = run.loop(function, self.program.jit, 1.0 / self.count, parameters, gradients)
            if not aside:
                break
            self._learn(plan, aside)
        for p, slope in zip(captured, gradients, strict=True):
            p.grad = slope
        return losses

    def _learn(self, plan: Plan, rows: Sequence[Row]) -> None:
        """Have the plan learn every way that these rows take; in plain Python, for `jit` would take seconds a time."""
        while rows:
            if not plan.learn(rows[0], with_loop=True):
                raise NewWay
            function, _, _, captured = plan.function("loop", None)
            numbers = [p._number for p in captured]
            _, rows, _ = Run(plan, rows).loop(function, None, 1.0, numbers, [*numbers])

    def _eagerly(self, failure: Exception | None) -> float:
        """The mean and its gradient without any code: for the error that names op and operands, or poles of slopes."""
        losses = []
        try:
            for run in self.runs:
                for row in run.rows:
                    args, _ = rebuilt(run.plan.shape, iter([Value(x) for x in row]))
                    losses.append(self.program.__wrapped__(*args))
            mean = MEAN(*losses)
        except FAILURES as error:
            raise error from failure
        if isinstance(mean, Value):
            mean.backward()
        return float(getattr(mean, "data", mean))


class Run:
    """Rows of one shape, as tuples of the floats in them; for `jit`, one flat array of these too."""

    __slots__ = ("plan", "rows", "flat")

    def __init__(self, plan: Plan, rows: Sequence[Row]) -> None:
        self.plan, self.rows = plan, rows
        self.flat: Any = None

    def loop(
        self,
        function: Any,
        jit: Callable[..., Any] | None,
        share: float,
        parameters: list[float],
        gradients: list[float],
    ) -> tuple[Any, Sequence[Row], Any]:
        """The losses; the rows on ways not traced yet, without which all else is incomplete; the sums of slopes."""
        if jit is None:
            losses: list[float] = []
            left: list[Row] = []
            function(self.rows, losses, left, share, parameters, gradients)
            losses.reverse()
            return losses, left, gradients
        from array import array

        if self.flat is None:
            self.flat = array("d", chain.from_iterable(self.rows))
        each, aside = array("d", bytes(8 * len(self.rows))), array("d", bytes(8 * len(self.rows)))
        slopes = array("d", gradients)
        function(self.flat, each, aside, share, array("d", parameters), slopes)
        return each, [row for row, mark in zip(self.rows, aside, strict=True) if mark] if any(aside) else (), slopes


def added(total: float, losses: Iterable[float]) -> float:
    """`total` and the losses, added from left to right as `mean` does."""
    for loss in losses:
        total += loss
    return total


def _runs(program: Program, rows: Iterable[Any]) -> list[Run]:
    """The rows, in runs of one shape."""
    table = [*(rows.tolist() if hasattr(rows, "tolist") else rows)]
    for i, row in enumerate(table):
        if not isinstance(row, tuple | list):
            raise TypeError(
                f"expected each row to be a tuple of arguments, got {row!r:.100} ({type(row).__name__}) for row {i}; "
                "a single argument makes (x,)"
            )
    if {*map(type, chain.from_iterable(table))} <= {float} and len({*map(len, table)}) == 1:
        shape = (tuple, (tuple, *[float] * len(table[0])), (dict, ()))  # the usual table, in a tenth of the time
        return [Run(program.plan(shape), [*map(tuple, table)])]
    runs = []
    for shape, run in groupby([flattened((tuple(row), {})) for row in table], lambda row: row[0]):
        numbers = [tuple(row) for _, row in run]
        if any(isinstance(x, Value) for row in numbers for x in row):
            raise TypeError("expected numbers in the rows, got a Value; a parameter is no argument: close over it")
        runs.append(Run(program.plan(shape), numbers))
    return runs
