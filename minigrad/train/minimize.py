"""Training: step down the gradient again and again, until the loss stops changing, and then say what that means.

A loss that stands still has two causes: the bottom of the bowl, or steps that get nowhere. The loss cannot tell them
apart. Its derivatives can, so they have the last word.

>>> from minigrad import Value
>>> from minigrad.optim import SGD
>>> w = Value(0.0, label="w")
>>> result = minimize(lambda: (w - 3.0) ** 2 + 1.0, SGD([w], lr=0.1))
>>> result.reason, round(w.data, 6), round(result.loss, 6)
('converged', 3.0, 1.0)
"""

from __future__ import annotations

from ..engine import Value
from ..ops import as_float
from .result import Result

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random
    from typing import Any

    from ..optim import Optimizer
    from .monitor import Descent


def minimize(  # noqa: PLR0913 - all but two are options by keyword
    objective: Callable[..., Any],
    optimizer: Optimizer,
    *,
    rows: Any = None,
    batch_size: float | None = None,
    rng: Random | None = None,
    tol: float = 1e-12,
    patience: int = 3,
    max_steps: int = 100_000,
    callback: Callable[[int, float, float], object] | None = None,
    progress: bool = False,
    restore_best: bool = False,
) -> Result:
    """Step `optimizer` down the gradient of `objective()` until the loss stops changing; return how that ended.

    `objective` takes no arguments and returns the loss as a Value that depends on the optimizer's parameters; compiled
    ones will do, a `Program` without arguments or `program.over(rows)`. Or, with `rows`, it takes a row and returns the
    loss of that row, as a Value or as a `Program` does; the mean over the rows is minimized, over `batch_size` of them
    at a time if given, shuffled by `rng` for every epoch. `rows` are tuples of arguments, a two-dimensional array, or
    columns by the names of arguments, as in a dict or a DataFrame; or a Dask table, of which a batch is so many pieces,
    or such a part of the rows of each, as 0.1. `Batches` as rows remember where they were, for a run that goes on
    later.

    The loss stands still when its relative change stays within `tol` for `patience` steps in a row (with batches: the
    loss of all rows, for as many epochs). Then the derivatives are asked how much lower the bottom lies, `to_go`: it is
    `converged` once that is no more than max(tol**2, 2.2e-16) of the loss, and the loss bends upwards there; `stalled`
    if it is more than sqrt(tol) of it, or if no bottom is in sight; in between it goes on. What is asked is the loss
    that the optimizer really minimizes: weight decay is part of it, and `maximize` turns it round.

    `callback(step, loss, grad_norm)` is called after every look, and stops the descent by returning True.
    `progress=True` shows a live line on standard error; where that is no terminal, a line every few seconds.
    Ctrl-C returns `interrupted`. With `restore_best` the parameters end where the loss was lowest, whatever the reason;
    after `diverged` they always do.

    Raises TypeError if the objective returns no Value, ValueError if its loss does not depend on the parameters or is
    not finite at the start, or if `tol`, `patience`, `max_steps` or `batch_size` is out of range, and whatever the
    objective itself raises.

    >>> from minigrad import Value
    >>> from minigrad.optim import SGD
    >>> w = Value(0.0)
    >>> result = minimize(lambda: (w - 3.0) ** 2, SGD([w], lr=0.25))
    >>> result.reason, round(w.data, 6)
    ('converged', 3.0)
    """
    from .monitor import Descent
    from .progress import Progress

    _check_settings(tol, patience, max_steps)
    descent = Descent(_objective(objective, rows, batch_size, rng), optimizer, tol, patience)
    line = Progress() if progress else None
    reason = None
    try:
        while reason is None:
            descent.look()
            if line:
                line.show(descent.steps, descent.loss, descent.grad_norm, descent.rate())
            reason = descent.verdict(max_steps)
            if callback is not None and callback(descent.steps, descent.loss, descent.grad_norm) is True:
                reason = reason or "interrupted"
            if reason is None:
                descent.move()
    except KeyboardInterrupt:
        reason = "interrupted"
    finally:
        if line and descent.history:
            line.show(descent.steps, descent.loss, descent.grad_norm, descent.rate(), last=True)
    return _result(reason, descent, restore_best)


def _result(reason: str, descent: Descent, restore_best: bool) -> Result:
    grad_norm, loss = descent.end(reason, restore_best)
    return Result(
        reason,
        descent.steps,
        loss,
        grad_norm,
        descent.history,
        _advice(reason, descent),
        to_go=descent.claim.to_go if descent.claim is not None and reason in ("converged", "stalled") else None,
        best=(descent.best[1], *descent.best[3:]),
        grad_norms=descent.grad_norms,
        start=descent.start if descent.history else None,
    )


def _objective(objective: Any, rows: Any, batch_size: float | None, rng: Random | None) -> Callable[[], Any]:
    if isinstance(objective, Value):
        raise TypeError(
            f"expected a function that computes the loss, got the loss itself, {objective!r:.100}; it has to be "
            "computed anew at each step: minimize(lambda: ..., optimizer)"
        )
    if not callable(objective):
        raise TypeError(f"expected a function that computes the loss, got {objective!r:.100} ({_kind(objective)})")
    if rows is None:
        if batch_size is not None:
            raise TypeError(
                "expected rows with batch_size: an objective without arguments cannot be split into batches"
            )
        return objective  # type: ignore[no-any-return]  # it is callable
    if hasattr(rows, "to_delayed") or getattr(rows, "in_pieces", False):
        from .pieces import OverPieces  # which knows Dask

        return OverPieces(objective, rows, batch_size, rng)
    from .batches import OverRows

    return OverRows(objective, rows, batch_size, rng)


def _advice(reason: str, descent: Descent) -> str:
    if reason in ("converged", "interrupted"):
        return ""
    from .diagnosis import advise  # only who is in trouble pays for the import

    return advise(reason, descent)


def _check_settings(tol: float, patience: int, max_steps: int) -> None:
    if not 0 <= as_float(tol) < 1:
        raise ValueError(f"expected a relative tolerance 0 <= tol < 1, got {tol!r}; 1e-12 is the default")
    if patience < 1:
        raise ValueError(f"expected patience >= 1, got {patience!r}; it counts steps without change")
    if max_steps < 0:
        raise ValueError(f"expected max_steps >= 0, got {max_steps!r}; 0 only looks and moves nothing")


def _kind(x: Any) -> str:
    return type(x).__name__
