"""A descent: where it is, what it has met so far, and whether it goes on.

`minimize` drives it: look, judge, move, and look again.
"""

from __future__ import annotations

import math
from math import hypot, isfinite

from ..engine import Value
from ..machinery.order import topological_order
from ..machinery.untouched import UNTOUCHED
from .arrival import examined
from .curvature import steady_rate
from .domain import fault_of, reject_rows, reject_start, rows_at_fault
from .objectives import faulty_graph, is_compiled
from .verdict import SPECK, Look

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..optim import Optimizer

_LOWEST = -math.inf
_ROUNDING = 1e-12  # a loss that is higher by less than this part of it is no higher


class Descent:
    """Where a descent is, and what it has met so far.

    `loss` is what the objective gives, and `value` what the optimizer makes lower: -loss with `maximize`, and with
    weight decay it holds the decay's part too. Where batches are looked at, `value` is that of all rows.
    """

    def __init__(self, objective: Any, optimizer: Optimizer, tol: float, patience: int) -> None:
        self.objective, self.optimizer, self.tol, self.patience = objective, optimizer, tol, patience
        self.compiled = is_compiled(objective)
        self.whole: Any = objective  # and where the objective takes batches, all rows
        self.batches = None
        if getattr(objective, "batches", None) is not None:
            self.batches, self.whole = objective.batches, objective.whole()
        sign, decays = optimizer.minimized()
        self.terms = (sign, decays) if sign < 0 or any(decays) else None  # what is minimized beside the loss
        self.decays = decays
        self.plain = not (optimizer.auto or optimizer.searches)  # a step needs nothing from us
        self.steps = self.still = 0  # updates made; how many looks in a row changed the value by next to nothing
        self.frozen = False  # whether the last one moved no parameter at all
        self.loss = self.grad_norm = self.value = math.nan
        self.fault = ""  # the op that first gave inf or nan
        self.history: list[float] = []
        self.grad_norms: list[float] = []
        self.point: list[float] = []  # the parameters at the last look; `before` and `earlier` at those before it
        self.before: list[float] = []
        self.earlier: list[float] = []
        self.derivatives: list[float] = []
        self.first: tuple[float, list[float]] = (math.nan, [])  # value and parameters at the start
        self.start = self.speck = math.nan  # the loss there; how much of a change is none beside it
        self.best = (math.inf, math.nan, math.nan, 0, self.point)  # value, loss, grad_norm, step, parameters
        self.claim: Look | None = None  # what the derivatives last said, and the step and gradient norm there
        self.looked = (0, math.nan)

    def look(self) -> None:
        """Compute loss and gradient where the parameters are now, and what has changed since the last look."""
        params = self.optimizer.params
        self.optimizer.zero_grad()
        try:
            loss = self._loss_and_backward()
        except (ArithmeticError, ValueError) as error:
            loss = self._failed(error)
        self.earlier, self.before = self.before, self.point
        self.point, self.derivatives = [p._number for p in params], [p._grad for p in params]
        value = loss if self.terms is None else self._with_terms(loss)
        self.loss, self.grad_norm = loss, (norm := hypot(*self.derivatives))
        self.history.append(loss)
        self.grad_norms.append(norm)
        if not self.steps and not (isfinite(loss) and isfinite(norm)):
            raise reject_start(params, self.fault, self.objective)
        if self.batches is None:
            self._compare(value, loss)
        elif not self.steps or self.batches.begins_epoch:
            self._compare_whole()

    def _failed(self, error: Exception) -> float:
        """The loss where computing it raised an error: inf. Raises that error anew if it is the caller's own."""
        self.fault = fault_of(error, self.steps)
        if not self.fault:
            raise error
        if not self.steps:
            raise reject_start(self.optimizer.params, error, self.objective) from error
        return math.inf

    def _compare(self, value: float, loss: float) -> None:
        """Whether the value has changed, and whether it is the best yet."""
        if self.steps:
            still = abs(value - self.value) <= self.tol * abs(value) + self.speck
            self.still = self.still + 1 if still else 0
            self.frozen = self.point == self.before
            if _LOWEST < value < self.best[0]:  # with `maximize` a loss past all floats would be the best there is
                self.best = (value, loss, self.grad_norm, self.steps, self.point)
        else:
            self.first, self.start, self.speck = (value, self.point), loss, SPECK**2 * abs(value)
            self.best = (value, loss, self.grad_norm, 0, self.point)
        self.value = value

    def _compare_whole(self) -> None:
        """The same for the loss of all rows, which is looked at once an epoch."""
        try:
            loss = self.whole.number()
        except (ArithmeticError, ValueError) as error:
            self.fault = fault_of(error, self.steps)
            if not self.fault:
                raise
            loss = self.loss = math.inf
        if not self.steps and not isfinite(loss) and (rejected := reject_rows(self.whole)) is not None:
            raise rejected  # the first batch may be without that row
        self._compare(loss if self.terms is None else self._with_terms(loss), loss)

    def _with_terms(self, loss: float) -> float:
        """What is minimized, for this loss; `derivatives` becomes its gradient."""
        sign, decays = self.terms or (1.0, [])
        params = self.optimizer.params
        self.decays = [0.0 if p._grad is UNTOUCHED else c for p, c in zip(params, decays, strict=True)]  # left alone
        self.derivatives = [sign * p._grad + c * x for p, c, x in zip(params, self.decays, self.point, strict=True)]
        return sign * loss + sum([c * x * x for c, x in zip(self.decays, self.point, strict=True)]) / 2.0

    def _loss_and_backward(self) -> float:
        if self.compiled:
            loss: float = self.objective.backward()
            if not math.isfinite(loss):
                point = [p.data for p in self.optimizer.params]
                if not self.steps and (rejected := rows_at_fault(point, self.objective)) is not None:
                    raise rejected  # before each row becomes a graph, to find where it goes wrong
                self._find_fault(*faulty_graph(self.objective))
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

    def _find_fault(self, loss: Value, place: str = "") -> None:
        from .anomaly import first_not_finite

        found = first_not_finite(loss) or f"{loss.label} = {loss.data!r}"
        self.fault = f"The first number to go wrong, at step {self.steps}: {found}{f', in {place}' * bool(place)}."

    def rate(self) -> str:
        """The learning rate, for the line that tells how far it has come; nothing where there is none."""
        if self.optimizer.searches:
            return ""
        return "  lr auto" if self.optimizer.auto and not self.steps else f"  lr {self.optimizer.lr:g}"

    # --- Whether it goes on ---------------------------------------------------------------------

    def verdict(self, max_steps: int) -> str | None:
        """Why the descent ends here, or None if it goes on."""
        if not (isfinite(self.loss) and isfinite(self.grad_norm)):
            return "diverged"
        last = self.steps >= max_steps
        if self.still >= self.patience and (last or self._due()):
            if self.higher_than(self.first[0]):
                return "diverged"
            if reason := self._judged() or ("stalled" if last else None):
                return reason
        if not last:
            return None
        up = self.batches is None and self.higher_than(self.first[0])  # batches go up and down, and may go on later
        return "diverged" if up else "max_steps"

    def _due(self) -> bool:
        """Whether the derivatives may say something new: the gradient has shrunk as it had to, or many steps passed."""
        step, norm = self.looked
        return self.claim is None or self.frozen or self.grad_norm <= norm * self.claim.shrink or self.steps >= 2 * step

    def _judged(self) -> str | None:
        """`converged` or `stalled` where the loss stands still; None if all that it takes is a little longer."""
        before, long_ago = self.claim, self.steps >= 2 * self.looked[0]
        self.claim = examined(self)
        self.looked = (self.steps, self.grad_norm)
        claim, first = self.claim, self.first[0]
        arrived = claim.bottom if claim.why != "flat" else self.value < first - _ROUNDING * abs(first)
        if arrived and not self.higher_than(self.best[0]):
            return "converged"
        if claim.to_go is None or arrived or self.frozen or claim.why == "flat":
            return "stalled"
        if claim.to_go > math.sqrt(self.tol) * abs(self.value) + SPECK * abs(first):
            return "stalled"
        if before is not None and before.to_go is not None and long_ago and claim.to_go > before.to_go / 2.0:
            return "stalled"
        return None

    def higher_than(self, value: float) -> bool:
        """Whether the loss stands higher now than it did there, by more than rounding."""
        return self.value - value > _ROUNDING * abs(self.value) + SPECK**2 * abs(self.first[0])

    def move(self) -> None:
        """Let the optimizer take its step."""
        if self.plain:
            self.optimizer.step()
        elif self.optimizer.auto:
            self._find_rate()
            self.optimizer.step()
        else:
            self.optimizer.step(self._loss_again)
        self.steps += 1
        if self.batches is not None:
            self.batches.advance()

    def _loss_again(self) -> float:
        """What an optimizer that searches asks for, wherever it has put the parameters: the loss, with gradients."""
        self.optimizer.zero_grad()
        return self._loss_and_backward()

    def _find_rate(self) -> None:
        """The rate for lr="auto": 1 / curvature at the start, at most doubled later, halved where the loss has risen.

        The curvature is looked at again after 1, 2, 4, ... steps.
        """
        optimizer, n = self.optimizer, self.steps
        if not n:
            optimizer.lr = steady_rate(self.objective, optimizer)
        elif self.history[-1] > self.history[-2] + _ROUNDING * abs(self.history[-1]):
            optimizer.lr /= 2.0
        elif n & (n - 1) == 0:  # a power of 2
            optimizer.lr = min(steady_rate(self.objective, optimizer), 2.0 * optimizer.lr)

    def end_of_batches(self) -> None:
        """Look at all rows: loss, gradient and value are those of the whole from here on."""
        self.optimizer.zero_grad()
        if self.compiled:
            self.loss = self.whole.backward()
        else:
            loss = self.whole()
            loss.backward()
            self.loss = loss.data
        self.derivatives = [p.grad for p in self.optimizer.params]
        self.value = self.loss if self.terms is None else self._with_terms(self.loss)
        self.grad_norm = math.hypot(*self.derivatives)

    def _forget_half_a_look(self) -> None:
        """An interrupt may have come when a part of the last look was noted already."""
        looks = min(len(self.history), len(self.grad_norms)) if self.best[-1] else 0
        del self.history[looks:], self.grad_norms[looks:]
        self.loss, self.grad_norm = (self.history[-1], self.grad_norms[-1]) if looks else (math.nan, math.nan)

    def end(self, reason: str, restore_best: bool) -> tuple[float, float]:
        """Gradient norm and loss at the last look; if it diverged, at the best, with those parameters put back."""
        if reason == "interrupted":
            self._forget_half_a_look()
        if reason == "diverged" or (restore_best and self.history):
            _, self.loss, self.grad_norm, _, point = self.best
            for p, data in zip(self.optimizer.params, point, strict=True):
                p.data = data
        if self.batches is not None and self.history:
            self.end_of_batches()
        return self.grad_norm, self.loss
