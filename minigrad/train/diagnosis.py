"""Diagnosis: why a descent did not end at a bottom, and what to change; told from what happened on the way."""

from __future__ import annotations

import math
from itertools import pairwise

from ..optim import SGD
from .curvature import dot, largest_stable_lr

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..engine import Value
    from .monitor import Descent

# Steps to win what is left, at the speed of the first: to arrive takes some ten times as many, and minimize's default
# is 100,000.
_PATIENT = 3000

_TEXTS = {
    "flat": "The loss is flat here: no gradient flows to any parameter, so no step moves one, as beyond the bounds of "
    "a clamp or below 0 in a relu; begin elsewhere.",
    "saddle": "This is a saddle: the gradient is gone, but beside it the loss bends downwards; move the parameters a "
    "little, at random, and go on.",
    "edge": "The parameters lie on an edge: a bottom as seen from this side, but beyond it the loss falls, as where a "
    "decay has led a relu that is off; move the parameters across, and go on.",
    "decay": "The decay of the weights and the gradient still move the parameters: go on with a smaller tol.",
    "kink": "Where the loss has a kink at its bottom, as abs has, a constant rate bounces across it for ever, and one "
    "that falls arrives: lr=cosine(...).",
    "falls": "SGD at a rate that falls does, lr=cosine(...).",
    "plateau": "This is a plateau or a ridge: the loss does not bend upwards along its gradient, so no bottom is in "
    "sight; begin again elsewhere",
    "batches": "Batches at a constant rate dance around the bottom, however many the steps, for each has a bowl of its "
    "own: let the rate fall (lr=cosine(...)), take larger batches, or none for the last steps.",
    "max_steps": "The loss was still changing: allow more steps (max_steps)",
    "search": "The search along a line finds nothing lower that floats can see, though the gradient is not gone: the "
    "loss is rounded, or has a kink. SGD at a rate that falls, lr=cosine(...), may go on from here.",
}


def advise(reason: str, descent: Descent) -> str:
    """What to do after a descent that ended as `reason`, with the parameters as they are now."""
    sentences = [descent.fault]
    if reason == "diverged":
        sentences += [_lower(descent), "The best parameters are back in place."]
    elif reason == "max_steps":
        sentences.append(_ran_out(descent))
    else:
        to_go = descent.claim.to_go if descent.claim else None
        if to_go:
            sentences.append(f"The bottom lies about {to_go:.3g} lower.")
        sentences.append(_standstill(descent))
    return "\n".join([s for s in sentences if s])


def _standstill(descent: Descent) -> str:
    """Why the loss stands still where there is no bottom."""
    why = descent.claim.why if descent.claim else ""
    if why != "flat" and _has_decayed(descent):
        text = _decayed(descent)
    elif why in ("plateau", "unknown") and descent.optimizer.searches:
        text = f"{_TEXTS['plateau']}. Or it has a kink there, which a search does not get down from: {_TEXTS['falls']}"
    elif why != "flat" and _bounces(descent):
        text = " ".join([_lower(descent), *[_TEXTS["kink"]] * (why in ("plateau", "unknown"))])
    elif why in ("plateau", "unknown"):
        text = _plateau(descent)
    elif why:
        text = _TEXTS[why]
    elif descent.higher_than(descent.best[0]):
        text = (
            f"The loss was lower at step {descent.best[3]}: the steps are so long that they leave a valley for a "
            "higher one; lower the learning rate, or take restore_best=True."
        )
    else:
        text = _short_or_narrow(descent)
    return text


def _short_or_narrow(descent: Descent) -> str:
    """The bottom is in sight, and the steps get nowhere: they are short, or the valley is narrow."""
    if descent.optimizer.searches:
        return _TEXTS["search"]
    lr, limit = descent.optimizer.lr, _limit(descent)
    to_go = descent.claim.to_go if descent.claim and descent.claim.to_go else 0.0
    if lr > limit / 4 or to_go > _PATIENT * limit / 2 * descent.grad_norm**2:
        valley = "the valley is narrow" if len(descent.point) > 1 else "the bottom is flatter than any bowl"
        remedy = "standardize the features, or go on" if len(descent.point) > 1 else "go on"
        return (
            "The loss hardly moves, yet the gradient is not gone, and the largest stable learning rate here is "
            f"{limit:.3g}: {valley}, and no rate is good for all directions; {remedy} with a smaller tol."
        )
    text = f"{_rates(descent)} steps so short that the loss hardly moves: raise the learning rate"
    if not limit > 0:
        return f"{text}."
    return f"{text}; the largest stable learning rate here is {limit:.3g}; try lr = {limit / 2:.3g}."


def _ran_out(descent: Descent) -> str:
    """Why the loss was still changing after so many steps."""
    if descent.batches is not None:
        return _TEXTS["batches"]
    if descent.steps and _has_decayed(descent):
        return _decayed(descent)
    if descent.optimizer.searches:
        return f"{_TEXTS['max_steps']}."
    return _lower(descent) if _bounces(descent) else f"{_TEXTS['max_steps']}, or raise the learning rate."


def _lower(descent: Descent) -> str:
    if descent.optimizer.searches:  # it has no rate
        return ""
    lr, bounces = descent.optimizer.lr, _bounces(descent) and not descent.fault
    grows = not bounces or descent.history[-1] > descent.history[-3] + 1e-6 * abs(descent.history[-3])
    how = "each lands higher than the last" if grows else "they bounce from one side to the other"
    text = f"{_rates(descent)} steps so long that {how}: lower the learning rate"
    limits = [_limit(descent)]
    if bounces:  # the loss may bend most where no step has landed
        middle = [(x + y) / 2 for x, y in zip(descent.point, descent.before, strict=True)]
        points = (descent.point, descent.before, descent.earlier, middle, descent.first[1])
        limits += [_limit(descent, point) for point in points]
    limit = min([x for x in limits if x > 0], default=math.nan)
    if not lr > limit / 2:
        return f"{text}."
    return f"{text}; the largest stable learning rate here is {limit:.3g}; try lr = {limit / 2:.3g}."


def _plateau(descent: Descent) -> str:
    limit = _limit(descent, descent.first[1])
    if descent.optimizer.lr > limit / 2:
        return f"{_TEXTS['plateau']}, or from the same start with shorter steps: try lr = {limit / 2:.3g}."
    return f"{_TEXTS['plateau']}, or with another learning rate."


def _rates(descent: Descent) -> str:
    """`lr = 0.1 makes`, or the rates of all groups."""
    rates = [f"{group.lr:g}" for group in descent.optimizer.param_groups] or [f"{descent.optimizer.lr:g}"]
    return f"lr = {rates[0]} makes" if len({*rates}) == 1 else f"The rates of the groups, {', '.join(rates)}, make"


def _has_decayed(descent: Descent) -> bool:
    return descent.optimizer.highest_rate(descent.optimizer.steps) <= 1e-3 * _highest_rate(descent)


def _decayed(descent: Descent) -> str:
    if not _highest_rate(descent):
        return "lr = 0 moves nothing: raise the learning rate."
    lr = descent.optimizer.highest_rate(descent.optimizer.steps)
    return (
        f"The learning rate has fallen to {lr:g} before the bottom was reached: let the schedule take more steps, or "
        "end at a higher rate."
    )


def _highest_rate(descent: Descent) -> float:
    """The highest of the rates at a hundred of the steps."""
    rate, last = descent.optimizer.highest_rate, descent.optimizer.steps
    return max([rate(last - round(i * descent.steps / 100)) for i in range(101)])


def _bounces(descent: Descent) -> bool:
    """Whether the last step went back on the one before, or a good part of the last steps led up."""
    if descent.batches is not None or len(descent.earlier) == 0:
        return False
    last = [x - y for x, y in zip(descent.point, descent.before, strict=True)]
    previous = [x - y for x, y in zip(descent.before, descent.earlier, strict=True)]
    if dot(last, previous) < -0.5 * math.sqrt(dot(last, last) * dot(previous, previous)):
        return True
    losses = descent.history[-50:]
    rises = sum([a < b for a, b in pairwise(losses)])
    return 4 * min(rises, len(losses) - 1 - rises) >= len(losses)


def _limit(descent: Descent, point: list[float] | None = None) -> float:
    """The largest stable rate at a point, or where the parameters are; nan if unknown, or if the rule is another."""
    optimizer = descent.optimizer
    if not isinstance(optimizer, SGD) or optimizer.param_groups:
        return math.nan
    here = [p.data for p in optimizer.params]
    try:
        _move(optimizer.params, point or here)
        return largest_stable_lr(descent.whole, optimizer)
    finally:
        _move(optimizer.params, here)


def _move(params: list[Value], point: list[float]) -> None:
    for p, x in zip(params, point, strict=True):
        p.data = x
