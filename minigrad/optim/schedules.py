"""Learning rates that change as training goes on: each is a function of the number of steps taken so far.

Any function of one int will do as an optimizer's `lr`. These are the usual ones; being plain data they can be printed,
compared, copied and pickled, and the same step always gets the same rate, so a run can be resumed from its step count.

>>> rate = warmup(cosine(0.1, steps=100), steps=10)
>>> rate
warmup(cosine(0.1, 100, 0.0), 10)
>>> [round(rate(step), 4) for step in (0, 4, 9, 50, 100, 1000)]
[0.01, 0.0498, 0.098, 0.05, 0.0, 0.0]
"""

from __future__ import annotations

import math

from ..ops import as_float

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class Schedule:
    """A rule with its settings: `Schedule(rule, *settings)(step)` is `rule(step, *settings)`. Two alike are equal.

    A closure could not be pickled, and would not say what it is.
    """

    __slots__ = ("rule", "settings")

    def __init__(self, rule: Callable[..., float], *settings: Any) -> None:
        self.rule, self.settings = rule, settings

    def __call__(self, step: int) -> float:
        """The rate for the step that follows `step` others."""
        return self.rule(step, *self.settings)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Schedule) and (self.rule, self.settings) == (other.rule, other.settings)

    def __hash__(self) -> int:
        return hash((self.rule, self.settings))

    def __repr__(self) -> str:
        return f"{self.rule.__name__.removeprefix('_')}({', '.join(map(repr, self.settings))})"


def constant(lr: float) -> Schedule:
    """`lr` at every step. Raises ValueError if `lr` is negative or not finite, as all schedules do.

    >>> constant(0.1)(1000)
    0.1
    """
    return Schedule(_constant, _rate(lr))


def cosine(lr: float, steps: int, floor: float = 0.0) -> Schedule:
    """From `lr` at step 0 down to `floor` at step `steps`, along half a wave of the cosine; after that, `floor`.

    floor + (lr - floor) * (1 + cos(pi * step / steps)) / 2. Source: Loshchilov & Hutter (2017), arXiv:1608.03983;
    torch.optim.lr_scheduler.CosineAnnealingLR, which would rise again after `steps`.

    >>> rate = cosine(0.2, steps=100)
    >>> rate(0), round(rate(50), 12), rate(100), rate(101)
    (0.2, 0.1, 0.0, 0.0)
    """
    return Schedule(_cosine, _rate(lr), _count("steps", steps), _rate(floor))


def step_decay(lr: float, every: int, factor: float = 0.1) -> Schedule:
    """`lr`, multiplied by `factor` after each `every` steps: lr * factor**(step // every).

    Source: torch.optim.lr_scheduler.StepLR.

    >>> rate = step_decay(0.5, every=100, factor=0.5)
    >>> rate(0), rate(99), rate(100), rate(200)
    (0.5, 0.5, 0.25, 0.125)
    """
    return Schedule(_step_decay, _rate(lr), _count("every", every), _rate(factor))


def warmup(lr: float | Callable[[int], float], steps: int) -> Schedule:
    """`lr`, a number or a schedule, reached on a straight line: times (step + 1) / steps for the first `steps` steps.

    The schedule inside counts the same steps, so cosine(0.1, 100) still ends at step 100.

    >>> rate = warmup(0.2, steps=4)
    >>> [rate(step) for step in range(5)]
    [0.05, 0.1, 0.15000000000000002, 0.2, 0.2]
    """
    return Schedule(_warmup, lr if callable(lr) else constant(lr), _count("steps", steps))


def _constant(step: int, lr: float) -> float:  # noqa: ARG001  # a rule takes the step, whether it needs it or not
    return lr


def _cosine(step: int, lr: float, steps: int, floor: float) -> float:
    return floor + (lr - floor) * (1.0 + math.cos(math.pi * step / steps)) / 2.0 if step < steps else floor


def _step_decay(step: int, lr: float, every: int, factor: float) -> float:
    return lr * factor ** (step // every)


def _warmup(step: int, schedule: Callable[[int], float], steps: int) -> float:
    return schedule(step) * min(1.0, (step + 1) / steps)


def _rate(rate: float) -> float:
    number = as_float(rate)
    if 0.0 <= number < math.inf:
        return number
    raise ValueError(f"expected a rate or factor >= 0 and finite, got {rate!r}")


def _count(name: str, count: Any) -> int:
    if not isinstance(count, int) or count < 1:
        raise ValueError(f"expected {name} as an int >= 1, got {count!r}")
    return int(count)
