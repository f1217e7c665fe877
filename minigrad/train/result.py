"""The result: how a descent ended."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Best = tuple[float, int, list[float]]


class Result:
    """How a descent ended.

    `reason` is one of
        converged    the loss stands still, and the derivatives say that nothing is left to win
        stalled      the loss stands still, and this is not the bottom
        diverged     it went up, past the largest float or out of its domain; the best parameters are back in place
        max_steps    it was still changing
        interrupted  by Ctrl-C or by the callback

    `steps` counts the updates, `history` holds the loss before the first and after each; with mini-batches, that of
    each batch. `loss` (over all rows) and `grad_norm`, the Euclidean norm of the gradient of what is minimized, belong
    to the parameters as they are now, or if interrupted, at the last look. `to_go` is how much lower the bottom lies,
    None where that is not known. `best` is the best point that was seen: its loss, its step and the parameters there.
    `advice` says what to do next.

    >>> result = Result("converged", 2, 0.5, 0.0, [2.0, 1.0, 0.5])
    >>> print(result)
    converged after 2 steps: loss 2 -> 0.5, gradient norm 0
    >>> result.converged
    True
    """

    __slots__ = ("reason", "steps", "loss", "grad_norm", "history", "advice", "to_go", "best", "grad_norms", "start")

    def __init__(  # noqa: PLR0913 - one for each thing there is to tell
        self,
        reason: str,
        steps: int,
        loss: float,
        grad_norm: float,
        history: list[float],
        advice: str = "",
        *,
        to_go: float | None = None,
        best: Best | None = None,
        grad_norms: list[float] | None = None,
        start: float | None = None,
    ) -> None:
        self.reason, self.steps, self.loss, self.grad_norm = reason, steps, loss, grad_norm
        self.history, self.advice, self.to_go, self.best = history, advice, to_go, best
        self.grad_norms = [] if grad_norms is None else grad_norms
        self.start = history[0] if start is None and history else start

    @property
    def converged(self) -> bool:
        """Whether the descent reached the bottom: `reason == "converged"`."""
        return self.reason == "converged"

    def plot(self, path: str | None = None, *, log: bool = True) -> Any:
        """The loss and the gradient norm by step, as a matplotlib Figure; with `path`, drawn into that file too.

        `log` draws both on logarithmic axes, where what is 0 or less is left out. Raises ImportError without the
        extra `plot`, ValueError and OSError if nothing can be drawn at `path`.
        """
        from ..plot import BLUE, ORANGE, check_plot, new_figure, save

        if path is not None:
            check_plot(path)
        figure = new_figure()
        panels = (("loss", self.history, BLUE), ("gradient norm", self.grad_norms, ORANGE))
        for axes, (name, numbers, color) in zip(figure.subplots(1, 2), panels, strict=True):
            axes.plot(range(len(numbers)), numbers, color=color)
            axes.set(xlabel="step", ylabel=name, yscale="log" if log and any(x > 0 for x in numbers) else "linear")
        figure.suptitle(str(self).partition("\n")[0])
        if path is not None:
            save(figure, path)
        return figure

    def __str__(self) -> str:
        steps = f"{self.steps} step" + "s" * (self.steps != 1)
        losses = "no loss yet" if self.start is None else f"loss {self.start:.6g} -> {self.loss:.6g}"
        line = f"{self.reason} after {steps}: {losses}, gradient norm {self.grad_norm:.3g}"
        return line + "\n" * bool(self.advice) + self.advice

    def __repr__(self) -> str:
        return (
            f"Result(reason={self.reason!r}, steps={self.steps}, loss={self.loss!r}, grad_norm={self.grad_norm!r}, "
            f"history=[{len(self.history)} losses])"
        )
