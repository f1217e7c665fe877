"""Attempts at a least-squares fit: descents from one start, whose first steps are of several lengths."""

from __future__ import annotations

import math

from .bottom import Bottom, bend_of
from .domain import rows_at_fault
from .levenberg_marquardt import Descent, Point
from .progress import Progress
from .residuals import OUTSIDE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from .residuals import Evaluate

    Callback = Callable[[int, float, float], object]

# The first step is at most so many times as long as the start, in scaled units. Of 54 fits of published sets 1 and 0.1
# bring all to the bottom, 100 (Moré's advice) all but one, in much the same time.
_FACTORS = (1.0, 0.1, 100.0)
_NEAR = 1e-4  # of the residuals' length is left to the linear problem: from there Newton's steps are better


class Attempt:
    """One descent: where it is, how it got there, and the `reason` why it ended there."""

    def __init__(self, evaluate: Evaluate, start: Point, factor: float, settings: Settings) -> None:
        self.evaluate, self.start, self.settings = evaluate, start.x, settings
        self.descent = Descent(evaluate, start, factor)
        self.history: list[float] = []
        self.near = _NEAR
        self.reason = ""
        self.bottom: Bottom | None = None  # the last point that was looked at as one

    @property
    def point(self) -> Point:
        """Where it is."""
        return self.descent.point

    def run(self) -> None:
        """Descend until there is a reason to end."""
        try:
            self.reason = self._look()
            while not self.reason:
                self.reason = self._go_on()
        except KeyboardInterrupt:
            self.reason = "interrupted"

    def _go_on(self) -> str:
        """One step; or the verdict, where it can be given."""
        if self._is_near() and (reason := self._finish()):
            return reason
        if len(self.history) > self.settings.max_steps:
            return "max_steps"
        if self.descent.move():
            return self._look()
        return self._finish() or "stalled"

    def _is_near(self) -> bool:
        return self.point.decrement <= self.near * self.point.length

    def _look(self) -> str:
        self.history.append(self.point.length**2)
        return "interrupted" if self.settings.show(len(self.history) - 1, self.point) else ""

    def _finish(self) -> str:
        """Newton's steps for as long as they help, and then the verdict, if this is the bottom."""
        bend, reason = None, ""
        while True:  # each jump halves the decrement, so there is an end
            bend = bend_of(self.point, self.evaluate.curvature_along) if bend is None else bend
            self.bottom = Bottom(self.point, self.start, bend)
            if reason or self.bottom.exact or len(self.history) > self.settings.max_steps:
                break
            before = self.point.decrement
            if not self.descent.jump(self.bottom.step):
                break
            reason = self._look()
            if self.point.decrement > 0.1 * before:
                bend = None  # it has changed since, or Newton's steps would be better than that
        self.near = 0.01 * min(self.near, self.point.decrement / (self.point.length or 1.0))
        if reason or not self.seen().reached(self.settings.tol, self.history[0]):
            return reason
        return "converged"

    def seen(self) -> Bottom:
        """The point as a bottom, whether it is one or not."""
        if self.bottom is None or self.bottom.point is not self.point:
            count = len(self.start)
            self.bottom = Bottom(self.point, self.start, [[0.0] * count for _ in range(count)])
        return self.bottom


class Settings:
    """What all attempts share: when to end, and who is told of each step."""

    def __init__(self, tol: float, max_steps: int, callback: Callback | None = None, progress: bool = False) -> None:
        self.tol, self.max_steps, self.callback = tol, max_steps, callback
        self.line = Progress() if progress else None
        self.last: tuple[int, float, float] | None = None

    def end(self) -> None:
        """Leave the line that shows where it is, with where it ended."""
        if self.line and self.last:
            self.line.show(*self.last, last=True)

    def show(self, step: int, point: Point) -> bool:
        """Tell where it is; whether the callback wants it to end."""
        self.last = step, point.length**2, point.grad_norm
        if self.line:
            self.line.show(*self.last)
        return self.callback is not None and self.callback(*self.last) is True


def attempts(evaluate: Evaluate, start: Sequence[float], settings: Settings) -> Iterator[Attempt]:
    """One attempt after the other, until one converges, is interrupted or has used up the steps."""
    first = first_point(evaluate, start)
    for factor in _FACTORS:
        attempt = Attempt(evaluate, first, factor, settings)
        attempt.run()
        yield attempt
        if attempt.reason != "stalled":
            return


def _faulty(evaluate: Evaluate, numbers: list[float], i: int) -> tuple[list[float], str]:
    """A residual with its derivatives that are not all finite, and where: of rows in pieces i is no row."""
    if not hasattr(evaluate, "faulty"):
        return numbers, f"row {i}"
    found, place = evaluate.faulty()
    return found or numbers, place or "the sum over all rows"


def first_point(evaluate: Evaluate, start: Sequence[float]) -> Point:
    """The start; ValueError unless it is one."""
    where = f"at the start, {', '.join([f'{x:g}' for x in start])}"
    try:
        residuals, columns = evaluate(start)
    except OUTSIDE as error:
        if (rows := rows_at_fault(start, evaluate)) is not None:
            raise rows from error
        raise ValueError(f"expected residuals {where}, got an error: {error}; start elsewhere") from error
    if len(residuals) < len(start):
        raise ValueError(
            f"expected at least {len(start)} residuals to settle {len(start)} parameters, got {len(residuals)}; "
            "add rows, or fix parameters"
        )
    for i, numbers in enumerate(zip(residuals, *columns, strict=True)):
        if not all(map(math.isfinite, numbers)):
            if (rows := rows_at_fault(start, evaluate)) is not None:
                raise rows
            (y, *derivatives), place = _faulty(evaluate, [*numbers], i)
            raise ValueError(
                f"expected finite residuals and derivatives {where}, got {y!r} with derivatives {derivatives} in "
                f"{place}; start elsewhere"
            )
    if not any(map(any, columns)):
        raise ValueError(
            f"expected residuals that change with the parameters {where}, got none that does; compute them from the "
            "parameters themselves, not from their .data, and start elsewhere if that is where nothing changes"
        )
    return Point(list(start), residuals, columns, ())
