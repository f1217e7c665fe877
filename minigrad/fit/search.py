"""A start for those who have none, by variable projection: only what the model is not linear in has to be tried.

The scales of these parameters come from the formula and the columns. At each trial the linear ones are solved for
outright (Golub, Pereyra 1973), so that what is compared is the best that the trial can do. The trials are a Latin
hypercube: each parameter goes through its range evenly, in an order of its own. The best of them are improved one
parameter at a time, as peaks and periods are found one by one, and then descended for a while. All is random, but for
the seed, and of many rows sees only some; what it did it says.
"""

from __future__ import annotations

import math

from ..train.attempts import Attempt, Settings, first_point
from ..train.linear_algebra import QR, back_substitution
from ..train.residuals import OUTSIDE, OverRows
from .scales import Scales

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from random import Random

    from .jobs import Job

    Trial = tuple[float, dict[str, float]]  # the length of the residuals, and the parameters as the search draws them

_TRIALS, _MORE, _BEST, _STEPS, _ROWS = 100, 12, 8, 40, 100
_WIDE = (-1.7, 0.8)  # powers of ten around a scale: peaks are narrower than their column, and decays faster
_RANK = 1e-9  # of the first column left over is nothing


def search(job: Job, known: Mapping[str, float], missing: Sequence[str], seed: int) -> tuple[dict[str, float], str]:
    """A start with the numbers of `known` and found ones for `missing`, and a sentence on how it was found."""
    from random import Random

    tried = _Trials(job, known, missing, Random(seed))
    best = sorted(tried.hypercube(), key=_length)[:_BEST]
    if not best:
        raise ValueError(
            f"found no start for {', '.join(missing)} where {job.model.text} exists in every row; give one (--start)"
        )
    found = min([tried.descended(tried.improved(trial)) for trial in best], key=_length)[1]
    shown = ", ".join([f"{name}={found[name]:.6g}" for name in missing])
    solved = f"; {', '.join(tried.linear)} solved for at each" if tried.linear else ""
    return found, (
        f"start found: {shown} (the best of {len(best)} short descents, from the lowest of {tried.count} random points "
        f"at the scales of the data{solved}; {len(tried.rows)} rows, seed {seed}; a lower valley may lie elsewhere)"
    )


def _length(trial: Trial) -> float:
    return trial[0]


class _Trials:
    """Points that are tried: where they are drawn, and how good the curve can be there."""

    def __init__(self, job: Job, known: Mapping[str, float], missing: Sequence[str], rng: Random) -> None:
        self.job, self.known, self.rng, self.count = job, known, rng, 0
        self.rows = job.rows[:: -(-len(job.rows) // _ROWS)]
        self.scales = Scales(job.model, job.table, known)
        self.linear = self.scales.linear([name for name in missing if name not in job.bounds])
        self.drawn = [name for name in missing if name not in self.linear]
        self.names = [*known, *missing]
        self.variables = job.variables({name: self._inside(name) for name in self.names})
        frees = [v.free for v in self.variables]
        self.evaluate = OverRows(job.residual(self.variables, {}), frees, self.rows)

    def _inside(self, name: str) -> float:
        """Any number within the bounds."""
        low, high = self.job.bounds.get(name, (-math.inf, math.inf))
        return min(max(self.known.get(name, 1.0), low), high)

    def hypercube(self) -> list[Trial]:
        """Trials all over the ranges, those without residuals left out."""
        count = _TRIALS * len(self.drawn) or 1
        columns = {}
        for name in self.drawn:
            places = [(i + self.rng.random()) / count for i in range(count)]
            self.rng.shuffle(places)
            columns[name] = [self._draw(name, place) for place in places]
        points = [{name: columns[name][i] for name in self.drawn} for i in range(count)]
        return [trial for trial in map(self.judge, points) if trial[0] < math.inf]

    def improved(self, trial: Trial) -> Trial:
        """A trial with each parameter in turn drawn anew, as long as that helps, and then moved a little."""
        for width in (1.0, 1.0, 0.1):
            for name in self.drawn if len(self.drawn) > 1 or width < 1.0 else []:
                for i in range(_MORE):
                    place = (i + self.rng.random()) / _MORE
                    x = self._draw(name, place) if width == 1.0 else trial[1][name] * (1.0 + width * (place - 0.5))
                    trial = min(trial, self.judge({**trial[1], name: x}), key=_length)
        return trial

    def _draw(self, name: str, place: float) -> float:
        """A number for a parameter at this `place` of its range, from 0 to 1, within its bounds."""
        low, high = self.job.bounds.get(name, (-math.inf, math.inf))
        if math.isfinite(high - low):
            return low + place * (high - low)
        column, sign = self.scales.places.get(name, ("", 1.0))
        if column and self.rng.random() < 0.7:
            ends = min(self.job.table[column]), max(self.job.table[column])
            return min(max(sign * (ends[0] + place * (ends[1] - ends[0])), low), high)
        scale = self.rng.choice((self.scales.spread, self.scales.size))[name]
        size: float = 10.0 ** max(-300.0, min(300.0, scale + _WIDE[0] + place * (_WIDE[1] - _WIDE[0])))
        if math.isfinite(low) or math.isfinite(high):
            return low + size if math.isfinite(low) else high - size
        return size if self.rng.random() < 0.75 else -size

    def judge(self, point: Mapping[str, float]) -> Trial:
        """A point with the linear parameters as good as they can be, and the length of the residuals there."""
        self.count += 1
        for v in self.variables:
            v.move(self.known.get(v.name, point.get(v.name, 0.0)))
        x = [v.free.data for v in self.variables]
        try:
            residuals, columns = self.evaluate(x)
            chosen = [column for v, column in zip(self.variables, columns, strict=True) if v.name in self.linear]
            length, solved = _solved(chosen, residuals)
        except (*OUTSIDE, TypeError):  # a function of plain Python may even give a complex number
            return math.inf, dict(point)
        return (length if length == length else math.inf), {**point, **dict(zip(self.linear, solved, strict=True))}

    def descended(self, trial: Trial) -> Trial:
        """Where a short descent ends, and the length of the residuals there; what is known stays where it is told."""
        for v in self.variables:
            v.move(self.known.get(v.name, trial[1].get(v.name, 0.0)))
        try:
            first = first_point(self.evaluate, [v.free.data for v in self.variables])
            attempt = Attempt(self.evaluate, first, 1.0, Settings(1e-6, _STEPS))
        except ValueError:
            return math.inf, {**self.known, **trial[1]}
        attempt.run()
        for v, x in zip(self.variables, attempt.point.x, strict=True):
            v.free.data = x
        return attempt.point.length, {v.name: v.value().data for v in self.variables} | dict(self.known)


def _solved(columns: Sequence[Sequence[float]], residuals: Sequence[float]) -> tuple[float, list[float]]:
    """The shortest residuals that steps along these columns leave, and the steps; 0 for what the columns do not settle.

    >>> length, steps = _solved([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0]], [-4.0, -8.0, -12.0])
    >>> length < 1e-14, [round(step, 12) + 0.0 for step in steps]
    (True, [4.0, 0.0])
    """
    if not columns:
        return math.hypot(*residuals), []
    lengths = [math.hypot(*column) or 1.0 for column in columns]
    factors = QR([[x / size for x in column] for column, size in zip(columns, lengths, strict=True)], residuals)
    diagonal = [abs(column[-1]) for column in factors.triangle]
    rank = sum([d > _RANK * diagonal[0] for d in diagonal])
    steps = back_substitution(factors.triangle[:rank], factors.image[:rank]) + [0.0] * (len(columns) - rank)
    ordered = [-d / size for d, size in zip(factors.ordered(steps), lengths, strict=True)]
    return math.hypot(factors.rest, *factors.image[rank:]), ordered
