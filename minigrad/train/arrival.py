"""Arrival: whether a descent whose loss stands still has reached a bottom.

>>> from minigrad import Value
>>> from minigrad.optim import SGD
>>> from minigrad.train.monitor import Descent
>>> w = Value(2.0)
>>> descent = Descent(lambda: (w - 3.0) ** 2, SGD([w], lr=0.1), 1e-12, 3)
>>> descent.look()
>>> found = examined(descent)
>>> found.bottom, round(found.to_go, 9)         # the loss is 1, the bottom 0
(False, 1.0)
"""

from __future__ import annotations

from .curvature import Hessian, bends_down
from .verdict import Look, examine, sizes_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any


def examined(descent: Any) -> Look:
    """What derivatives say of where a `Descent` stands, and a look beyond; its steps, where it goes down no loss."""
    optimizer = descent.optimizer
    if decays := optimizer.decays_aside():
        return _died_out(descent, decays)
    if descent.batches is not None:
        descent.end_of_batches()
    sizes = sizes_of(descent.point, descent.first[1])
    try:
        hessian = Hessian(descent.whole, optimizer.params, optimizer.minimized()[0], descent.decays)
        look = examine(hessian, descent.derivatives, sizes, descent.value, descent.first[0], descent.tol)
    except (ArithmeticError, ValueError):
        return Look(None, "unknown")
    return Look(None, "edge") if look.step and _falls_beyond(descent, look.step) else look


def _falls_beyond(descent: Any, step: Sequence[float]) -> bool:
    """Whether the loss is lower on the far side of the bottom, as far from it as here.

    In a bowl it is as high. Where the bowl ends in a kink it need not be: a decay leads the weights of a relu
    that is off to the very edge from which on it helps.
    """
    params, sign = descent.optimizer.params, descent.terms[0] if descent.terms else 1.0
    beyond = [x - 2.0 * d for x, d in zip(descent.point, step, strict=True)]
    kept = [p._grad for p in params]  # a compiled loss comes with its gradient
    for p, x in zip(params, beyond, strict=True):
        p.data = x
    try:
        loss = descent.whole.backward() if descent.compiled else descent.whole().data
    except (ArithmeticError, ValueError):
        return False
    finally:
        for p, x, grad in zip(params, descent.point, kept, strict=True):
            p.data, p._grad = x, grad
    value = sign * loss + sum([c * x * x for c, x in zip(descent.decays, beyond, strict=True)]) / 2.0
    return bool(descent.higher_than(value))


def _died_out(descent: Any, decays: list[float]) -> Look:
    """With a decay that belongs to no loss, a bottom is where the optimizer's own step is nothing beside its rate.

    Its rate must be what it was, for a step dies out with the rate as well. And the loss must not bend downwards
    over the parameters that are free: a decay holds p where decay * |p| is 1, as long as a step of Adam's can be.
    """
    lr, first = descent.optimizer.lr, descent.optimizer.highest_rate(descent.optimizer.steps - descent.steps)
    longest = max([abs(x - y) for x, y in zip(descent.point, descent.before, strict=True)])
    if not (lr >= first and lr > 1e-10 * max(map(abs, descent.point)) and longest <= 1e-6 * lr):
        return Look(None, "decay")
    free = [float(c * abs(x) < 0.999) for c, x in zip(decays, descent.point, strict=True)]
    try:
        hessian = Hessian(descent.whole, descent.optimizer.params, descent.optimizer.minimized()[0])
        return Look(None, "saddle" if bends_down(lambda v: _among(free, hessian(_among(free, v))), len(free)) else "")
    except (ArithmeticError, ValueError):
        return Look(None, "unknown")


def _among(free: list[float], v: list[float]) -> list[float]:
    return [x * y for x, y in zip(free, v, strict=True)]
