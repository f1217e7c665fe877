"""Training: step down the slope again and again, until the loss stops changing, and then say what that means.

A loss that stands still has two causes: the bottom of the bowl, or steps too small to get anywhere. The loss cannot
tell them apart. The gradient can, so the gradient has the last word.

>>> from minigrad import Value
>>> from minigrad.optim import SGD
>>> w = Value(0.0, label="w")
>>> result = minimize(lambda: (w - 3.0) ** 2 + 1.0, SGD([w], lr=0.1))
>>> result.reason, round(w.data, 6), round(result.loss, 6)
('converged', 3.0, 1.0)
"""

from __future__ import annotations

import sys

from ..ops import as_float
from .batches import OverRows
from .monitor import Descent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from random import Random
    from typing import Any

    from ..optim import Optimizer


class Result:
    """How a descent ended.

    `reason` is `converged` (the loss stands still and the slope is gone), `stalled` (the loss stands still on a slope),
    `diverged` (it went up; the best parameters are back in place), `max_steps` or `interrupted`. `steps` counts the
    updates, `history` holds the loss before the first and after each, `loss` and `grad_norm` (the Euclidean norm of
    the gradient) belong to the parameters as they are now, or if interrupted, at the last look; `advice` says what to
    do next.

    >>> result = Result("converged", 2, 0.5, 0.0, [2.0, 1.0, 0.5])
    >>> print(result)
    converged after 2 steps: loss 2 -> 0.5, slope 0
    >>> result.converged
    True
    """

    __slots__ = ("reason", "steps", "loss", "grad_norm", "history", "advice")

    def __init__(
        self, reason: str, steps: int, loss: float, grad_norm: float, history: list[float], advice: str = ""
    ) -> None:
        self.reason, self.steps, self.loss, self.grad_norm = reason, steps, loss, grad_norm
        self.history, self.advice = history, advice

    @property
    def converged(self) -> bool:
        """Whether the descent reached the bottom: `reason == "converged"`."""
        return self.reason == "converged"

    def __str__(self) -> str:
        steps = f"{self.steps} step" + "s" * (self.steps != 1)
        losses = f"loss {self.history[0]:.6g} -> {self.loss:.6g}" if self.history else "no loss yet"
        line = f"{self.reason} after {steps}: {losses}, slope {self.grad_norm:.3g}"
        return line + "\n" * bool(self.advice) + self.advice

    def __repr__(self) -> str:
        return (
            f"Result(reason={self.reason!r}, steps={self.steps}, loss={self.loss!r}, grad_norm={self.grad_norm!r}, "
            f"history=[{len(self.history)} losses])"
        )


def minimize(  # noqa: PLR0913 - all but two are options by keyword
    objective: Callable[..., Any],
    optimizer: Optimizer,
    *,
    rows: Iterable[Iterable[Any]] | None = None,
    batch_size: int | None = None,
    rng: Random | None = None,
    tol: float = 1e-12,
    patience: int = 3,
    max_steps: int = 100_000,
    callback: Callable[[int, float, float], object] | None = None,
    progress: bool = False,
) -> Result:
    """Step `optimizer` down the slope of `objective()` until the loss stops changing; return how that ended.

    `objective` takes no arguments and returns the loss as a Value that depends on the optimizer's parameters; compiled
    ones will do, a `Program` without arguments or `program.over(rows)`. Or, with `rows`, it takes a row and returns the
    loss of that row, as a Value or as a `Program` does; the mean over the rows is minimized, over `batch_size` of them
    at a time if given, shuffled by `rng` for every epoch.

    The loss stands still when its relative change stays within `tol` for `patience` steps in a row. Then, with the
    curvature c met on the way and the slope g, the bottom lies about g**2 / (2 c) lower: `converged` once that is no
    more than max(tol**2, 2.2e-16) of the loss, `stalled` if it is more than sqrt(tol) of it; in between it goes on.

    `callback(step, loss, grad_norm)` is called after every look, and stops the descent by returning True.
    `progress=True` shows a live line if standard error is a terminal. Ctrl-C returns `interrupted`.

    Raises TypeError if the objective returns no Value, ValueError if its loss does not depend on the parameters or if
    `tol`, `patience`, `max_steps` or `batch_size` is out of range, and whatever the objective itself raises.
    """
    _check_settings(tol, patience, max_steps)
    if rows is not None:
        objective = OverRows(objective, rows, batch_size, rng)
    elif batch_size is not None:
        raise TypeError("expected rows with batch_size: an objective without arguments cannot be split into batches")
    descent = Descent(objective, optimizer, tol, patience)
    reason = None
    try:
        while reason is None:
            descent.look()
            if progress:
                _show(descent)
            reason = descent.verdict(max_steps)
            if callback is not None and callback(descent.steps, descent.loss, descent.grad_norm) is True:
                reason = reason or "interrupted"
            if reason is None:
                descent.move()
    except KeyboardInterrupt:
        reason = "interrupted"
    finally:
        if progress:
            _show(descent, end="\n")
    grad_norm, loss = descent.end(reason)
    return Result(reason, descent.steps, loss, grad_norm, descent.history, _advice(reason, descent))


def _advice(reason: str, descent: Descent) -> str:
    if reason == "max_steps":
        return "The loss was still changing: allow more steps (max_steps), or raise the learning rate."
    if reason not in ("stalled", "diverged"):
        return ""
    from .diagnosis import advise  # only who is in trouble pays for the import

    sentences = [descent.fault, advise(reason, descent.objective, descent.optimizer)]
    if reason == "diverged":
        sentences.append("The best parameters are back in place.")
    return "\n".join([s for s in sentences if s])


def _check_settings(tol: float, patience: int, max_steps: int) -> None:
    if not 0 <= as_float(tol) < 1:
        raise ValueError(f"expected a relative tolerance 0 <= tol < 1, got {tol!r}; 1e-12 is the default")
    if patience < 1:
        raise ValueError(f"expected patience >= 1, got {patience!r}; it counts steps without change")
    if max_steps < 0:
        raise ValueError(f"expected max_steps >= 0, got {max_steps!r}; 0 only looks and moves nothing")


def _show(descent: Descent, end: str = "") -> None:
    """One line, rewritten in place when the two leading digits of the step change, and only on a terminal."""
    stream = sys.stderr
    every = 10 ** max(0, len(str(descent.steps)) - 2)
    if stream.isatty() and (end or descent.steps % every == 0):
        line = (
            f"step {descent.steps}  loss {descent.loss:.6g}  slope {descent.grad_norm:.3g}  lr {descent.optimizer.lr:g}"
        )
        print(f"\r{line}\x1b[K", end=end, file=stream, flush=True)
