"""A start for those who have none: many points at the scales of the data, the best of them descended for a while.

It is random, but for its seed, and sees at most so many rows; what it did it says.
"""

from __future__ import annotations

import math

from ..ops import as_float
from ..train.attempts import Attempt, Settings, first_point
from ..train.residuals import OverRows

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from random import Random

    from .jobs import Job

_POINTS, _BEST, _STEPS, _ROWS = 400, 12, 40, 60


def search(job: Job, known: Mapping[str, float], missing: Sequence[str], seed: int) -> tuple[dict[str, float], str]:
    """A start with the numbers of `known` and found ones for `missing`, and a sentence on how it was found."""
    from random import Random

    rng = Random(seed)
    step = -(-len(job.rows) // _ROWS)
    rows = job.rows[::step]
    points = [{**known, **{name: _draw(job, name, rng) for name in missing}} for _ in range(_POINTS)]
    scored = [(loss, i) for i, point in enumerate(points) if math.isfinite(loss := _loss(job, point, rows))]
    if not scored:
        raise ValueError(
            f"found no start for {', '.join(missing)} where {job.model.text} exists in every row; give one (--start)"
        )
    found = [_descended(job, points[i], rows, known) for _, i in sorted(scored)[:_BEST]]
    best = min(found, key=lambda pair: pair[0])[1]
    shown = ", ".join([f"{name}={best[name]:.6g}" for name in missing])
    return best, (
        f"start found: {shown} (the best of {min(_BEST, len(scored))} short descents, from the lowest of {_POINTS} "
        f"random points at the scales of the data, {len(rows)} rows; seed {seed})"
    )


def _scales(job: Job) -> list[float]:
    """Numbers that parameters of formulas are often like: the columns' sizes and spreads, and one over them."""
    found = {1.0}
    for column in job.table.values():
        for x in (max(column), min(column), max(column) - min(column), sum(column) / len(column)):
            if x:
                found |= {abs(x), 1.0 / abs(x)}
    return sorted(x for x in found if 1e-100 < x < 1e100)


def _draw(job: Job, name: str, rng: Random) -> float:
    """A number at one of the scales, of either sign, within the bounds."""
    low, high = job.bounds.get(name, (-math.inf, math.inf))
    if math.isfinite(high - low):
        return rng.uniform(low, high)
    size: float = rng.choice(_scales(job)) * 10.0 ** rng.uniform(-1.0, 1.0)
    if math.isfinite(low) or math.isfinite(high):
        return low + size if math.isfinite(low) else high - size
    return size if rng.random() < 0.7 else -size


def _loss(job: Job, point: Mapping[str, float], rows: Sequence[tuple[float, ...]]) -> float:
    names, total = [*job.table], 0.0
    try:
        for row in rows:
            numbers = {**dict(zip(names, row, strict=False)), **point}
            total += as_float(job.model.right(numbers) - job.model.left(numbers)) ** 2
    except (ArithmeticError, ValueError, TypeError):  # a function of plain Python may even give a complex number
        return math.inf
    return total


def _descended(
    job: Job, point: Mapping[str, float], rows: Sequence[tuple[float, ...]], known: Mapping[str, float]
) -> tuple[float, dict[str, float]]:
    """Where a short descent from here ends, and the loss there; what is known stays where it is told to begin."""
    variables = job.variables(point)
    evaluate = OverRows(job.residual(variables, {}), [v.free for v in variables], rows)
    try:
        attempt = Attempt(
            evaluate, first_point(evaluate, [v.free.data for v in variables]), 1.0, Settings(1e-6, _STEPS)
        )
    except ValueError:
        return math.inf, dict(point)
    attempt.run()
    for v, x in zip(variables, attempt.point.x, strict=True):
        v.free.data = x
    return attempt.point.length, {v.name: v.value().data for v in variables} | dict(known)
