"""A descent: where it is, what it has met so far, and whether it goes on.

`minimize` drives it: look, judge, move, and look again.
"""

from __future__ import annotations

import math
import sys

from ..engine import Value
from ..machinery.order import topological_order
from .batches import OverRows, graph_of, is_compiled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..optim import Optimizer

_EPS = sys.float_info.epsilon  # the relative distance between neighbouring floats
_SPECK = 1e-12  # of the first loss counts as nothing: beside the loss of a perfect fit, all is large


class Descent:
    """Where a descent is, and what it has met so far."""

    def __init__(self, objective: Any, optimizer: Optimizer, tol: float, patience: int) -> None:
        self.objective, self.loop = graph_of(objective), objective if is_compiled(objective) else None
        self.optimizer, self.tol, self.patience = optimizer, tol, patience
        self.steps = self.still = 0  # updates made; how many in a row changed the loss by next to nothing
        self.frozen = False  # whether the last one moved no parameter at all
        self.loss = self.grad_norm = math.nan
        self.steepest = 0.0  # the largest gradient norm so far, against which rounding is measured
        self.fault = ""  # the op that first gave inf or nan
        self.history: list[float] = []
        self.point: list[float] = []  # the parameters and their gradients at the last look
        self.slopes: list[float] = []
        self.marks: list[tuple[int, list[float], list[float]]] = []  # step, point, slopes: two on the way behind
        self.best = (math.inf, math.nan, self.point)  # loss, grad_norm, parameters

    def look(self) -> None:
        """Compute loss and gradient where the parameters are now, and what has changed since the last look."""
        params = self.optimizer.params
        self.optimizer.zero_grad()
        try:
            loss = self._loss_and_backward()
        except (OverflowError, ZeroDivisionError) as error:
            if not self.steps:  # not on the way: the start itself is out of bounds
                raise
            loss, self.fault = math.inf, f"Past the largest float, at step {self.steps}: {error}."
        point, slopes = [p.data for p in params], [p.grad for p in params]
        self.grad_norm = math.hypot(*slopes)
        if self.history:
            change = abs(loss - self.loss)
            self.still = self.still + 1 if change <= self.tol * abs(loss) + _SPECK**2 * abs(self.history[0]) else 0
            self.frozen = point == self.point
        if loss < self.best[0] or not self.history:
            self.best = (loss, self.grad_norm, point)
        self.loss, self.point, self.slopes = loss, point, slopes
        self.steepest = max(self.steepest, self.grad_norm)
        if not self.marks or self.steps >= 2 * self.marks[-1][0]:
            self.marks = [*self.marks[-1:], (self.steps, point, slopes)]
        self.history.append(loss)

    def _loss_and_backward(self) -> float:
        if isinstance(self.objective, OverRows):
            self.objective.advance()
        if self.loop is not None:
            loss: float = self.loop.backward()
            if not math.isfinite(loss):
                self._find_fault(self.objective())
            return loss
        value = self._checked(self.objective())
        value.backward()
        if not math.isfinite(value.data):
            self._find_fault(value)
        return value.data

    def _checked(self, loss: Any) -> Value:
        if not isinstance(loss, Value):
            raise TypeError(
                f"expected the objective to return its loss as a Value, got {loss!r} ({type(loss).__name__}); return "
                "the loss itself, not its .data"
            )
        if not self.history and set(self.optimizer.params).isdisjoint(topological_order(loss)):
            raise ValueError(
                f"expected a loss that depends on the optimizer's parameters, got {loss!r}, which depends on none of "
                "them; compute it from the parameters themselves, not from their .data or from copies"
            )
        return loss

    def _find_fault(self, loss: Value) -> None:
        from .diagnosis import first_not_finite

        self.fault = f"The first number to go wrong, at step {self.steps}: {first_not_finite(loss)}."

    def _loss_to_go(self) -> float:
        """How much lower the bottom should be: g**2 / (2 c), in a bowl with slope g here and curvature c."""
        if self.grad_norm <= 8 * _EPS * self.steepest:  # all that is left of the slope is rounding
            return 0.0
        _, point, slopes = self.marks[0]
        step = [here - there for here, there in zip(self.point, point, strict=True)]
        length = math.hypot(*step)
        if not length:  # no parameter has moved: say, down this slope by their own size
            return self.grad_norm * max(1.0, math.hypot(*self.point))
        return self.grad_norm**2 / (2 * curvature) if (curvature := self._curvature(step, slopes, length)) else math.inf

    def _curvature(self, step: list[float], slopes: list[float], length: float) -> float:
        """How fast the slope changed along `step`, the last half of the way or more; 0 if rounding drowns the answer.

        By then the steep directions of the bowl are done with, and it is the flattest that decides what is to come.
        """
        turn = [here - there for here, there in zip(self.slopes, slopes, strict=True)]
        curvature = sum([t * s for t, s in zip(turn, step, strict=True)]) / length**2
        return curvature if curvature * length > 8 * _EPS * self.steepest else 0.0

    def verdict(self, max_steps: int) -> str | None:
        """Why the descent ends here, or None if it goes on."""
        if not (math.isfinite(self.loss) and math.isfinite(self.grad_norm)):
            return "diverged"
        if self.still >= self.patience:
            to_go, loss, first = self._loss_to_go(), abs(self.loss), abs(self.history[0])
            if to_go > math.sqrt(self.tol) * loss + _SPECK * first:
                return "stalled"
            if self.frozen or to_go <= max(self.tol**2, _EPS) * loss + _SPECK**2 * first:
                return "converged"
        if self.steps < max_steps:
            return None
        return "diverged" if self.loss == max(self.history) > self.history[0] else "max_steps"

    def move(self) -> None:
        """Let the optimizer take its step."""
        self.optimizer.step()
        self.steps += 1

    def end(self, reason: str) -> tuple[float, float]:
        """Gradient norm and loss at the last look; if it diverged, at the best, with those parameters put back."""
        if reason != "diverged":
            return self.grad_norm, self.loss
        loss, grad_norm, point = self.best
        for p, data in zip(self.optimizer.params, point, strict=True):
            p.data = data
        return grad_norm, loss
