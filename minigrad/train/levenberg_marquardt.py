"""Levenberg-Marquardt: Gauss-Newton steps, kept inside the region where they can be trusted.

Near x the residuals are about r + J d, a linear problem that QR solves outright. Where that takes the step too far,
the shortest step that is as good as one of its length can be is taken instead: the minimum of |r + J d| under
|D d| <= radius. The radius grows and shrinks with the gain ratio, how much of the promised descent came true.
This is the method of J. J. Moré (The Levenberg-Marquardt algorithm: implementation and theory, 1978).

Geodesic acceleration (Transtrum, Sethna 2012), which bends each step along the curvature of the residuals, was tried:
fewer steps on long canyons, but one evaluation more for each, so that 54 fits of published sets took 0.79 s in place
of 0.72, and one of them was lost.
"""

from __future__ import annotations

import math
import sys

from .linear_algebra import QR, back_substitution, dot, forward_substitution, product
from .residuals import OUTSIDE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .residuals import Evaluate

EPS = sys.float_info.epsilon
_TINY = sys.float_info.min
_ENOUGH = 1e-4  # of the promised descent must come true, or the step is refused
_NEARLY = 0.1  # relative error of the radius that a damped step may have


class Point:
    """A point, its residuals and Jacobian, and the factors of that: what a step starts from.

    The columns are scaled by D, the longest that each has been so far, so that units do not matter and a parameter that
    lost its influence cannot run away.
    """

    __slots__ = ("x", "residuals", "columns", "length", "scales", "factors")

    def __init__(
        self, x: list[float], residuals: list[float], columns: list[list[float]], scales: Sequence[float]
    ) -> None:
        self.x, self.residuals, self.columns = x, residuals, columns
        self.length = math.hypot(*residuals)
        own = [math.hypot(*column) for column in columns]
        self.scales = [max(s, o) or 1.0 for s, o in zip(scales or own, own, strict=True)]
        scaled = [[v / s for v in column] for column, s in zip(columns, self.scales, strict=True)]
        self.factors = QR(scaled, residuals)

    @property
    def full_rank(self) -> bool:
        """Whether every column has a part of its own, beyond rounding."""
        triangle = self.factors.triangle
        return abs(triangle[-1][-1]) > len(triangle) * EPS * abs(triangle[0][0])

    @property
    def decrement(self) -> float:
        """How much of the length of the residuals the linear problem promises to take away: |Q^T r|."""
        return math.hypot(*self.factors.image)

    @property
    def size(self) -> float:
        """How far from 0 it is, in scaled units."""
        return math.hypot(*[s * x for s, x in zip(self.scales, self.x, strict=True)])

    @property
    def grad_norm(self) -> float:
        """The length of the gradient of |r|**2."""
        return 2.0 * math.hypot(*[dot(column, self.residuals) for column in self.columns])


def damped_step(factors: QR, radius: float, full_rank: bool, damping: float) -> tuple[list[float], float]:
    """The step (in the order of the factors, towards lower residuals) and the damping that keeps it in the radius.

    With the damping p it solves (R^T R + p) d = -R^T Q^T r. As |d| falls with p, Newton's iteration on 1 / |d| finds
    the p that fits in a few iterations, between bounds that close in.
    """
    triangle, image = factors.triangle, factors.image
    low = 0.0
    if full_rank:
        step = back_substitution(triangle, image)
        size = math.hypot(*step)
        if size <= (1 + _NEARLY) * radius:
            return [-d for d in step], 0.0
        low = (size - radius) / radius / _squared(forward_substitution(triangle, [d / size for d in step]))
    steepest = math.hypot(*[dot(column, image) for column in triangle])
    if not steepest:
        return [0.0] * len(image), 0.0  # nothing to go down by
    high = steepest / radius or _TINY / min(radius, 0.1)
    return _fitted(factors, radius, min(max(damping, low), high) or steepest / radius, low, high)


def _fitted(factors: QR, radius: float, damping: float, low: float, high: float) -> tuple[list[float], float]:
    """The damped step that fits in the radius, and its damping, which lies from `low` to `high`."""
    for _ in range(10):
        damping = damping or max(_TINY, 0.001 * high)
        damped = _damped(factors, damping)
        step = damped.solve()
        size = math.hypot(*step)
        off = size - radius
        if abs(off) <= _NEARLY * radius or not size:
            break
        low, high = (max(low, damping), high) if off > 0 else (low, min(high, damping))
        change = off / radius / _squared(forward_substitution(damped.triangle, [d / size for d in step]))
        damping = max(low, damping + change)
    return [-d for d in step], damping


def _squared(v: Sequence[float]) -> float:
    return dot(v, v)


def _damped(factors: QR, damping: float) -> QR:
    """The factors of R with sqrt(damping) times the identity below it."""
    count, root = len(factors.triangle), math.sqrt(damping)
    stacked = [
        [*column, *[0.0] * (count - len(column)), *[0.0] * k, root, *[0.0] * (count - k - 1)]
        for k, column in enumerate(factors.triangle)
    ]
    return QR(stacked, [*factors.image, *[0.0] * count], pivot=False)


class Descent:
    """A descent: the point where it is, the radius in which it trusts its steps, and what it has met."""

    def __init__(self, evaluate: Evaluate, start: Point, factor: float) -> None:
        self.evaluate, self.point = evaluate, start
        self.radius = factor * (start.size or 1.0)
        self.damping = 0.0
        self.begun = False

    def move(self) -> bool:
        """Take one step, after as many refused ones as it needs; False if there is none that helps."""
        point = self.point
        while self.radius > EPS * point.size + _TINY:
            step, self.damping = damped_step(point.factors, self.radius, point.full_rank, self.damping)
            size = math.hypot(*step)
            self.radius = self.radius if self.begun else min(self.radius, size)
            moved = zip(point.factors.ordered(step), point.scales, strict=True)
            found = self._at([d / s for d, s in moved])
            gain, actual, descent = self._gain(step, found)
            self._adapt(gain, actual, descent, size, found)
            if gain >= _ENOUGH and found is not None:
                self.point, self.begun = found, True
                return True
            if size <= EPS * point.size:
                break
        return False

    def jump(self, step: Sequence[float]) -> bool:
        """Take this step if it brings the bottom nearer: half of the decrement, and no more of a loss than rounding."""
        found = self._at(step)
        here = self.point
        if found is None or found.decrement > 0.5 * here.decrement or found.length > (1 + 1e-9) * here.length:
            return False
        self.point = found
        return True

    def _at(self, step: Sequence[float]) -> Point | None:
        """The point a step away, or None where it is outside of the domain."""
        point = self.point
        x = [a + d for a, d in zip(point.x, step, strict=True)]
        if x == point.x or not math.isfinite(math.hypot(*x)):
            return None
        try:
            residuals, columns = self.evaluate(x)
            found = Point(x, residuals, columns, point.scales)
        except OUTSIDE:
            return None
        return found if math.isfinite(found.length) and all(map(math.isfinite, found.scales)) else None

    def _gain(self, step: Sequence[float], found: Point | None) -> tuple[float, float, float]:
        """How much of the promised descent came true; the descent, and its rate at the start, relative to the loss."""
        length = self.point.length or _TINY
        linear = math.hypot(*product(self.point.factors.triangle, step)) / length
        damped = math.sqrt(self.damping) * math.hypot(*step) / length
        promised = linear**2 + 2 * damped**2
        actual = -1.0
        if found is not None and 0.1 * found.length < length:
            actual = 1.0 - (found.length / length) ** 2
        return (actual / promised if promised else 0.0), actual, -(linear**2 + damped**2)

    def _adapt(self, gain: float, actual: float, descent: float, size: float, found: Point | None) -> None:
        """Shrink the radius where little came true of the promise, let it grow where most of it did."""
        if gain <= 0.25:
            shrink = 0.5 if actual >= 0 else 0.5 * descent / (descent + 0.5 * actual)
            if found is None or 0.1 * found.length >= self.point.length:
                shrink = 0.1
            shrink = max(shrink, 0.1)
            self.radius = shrink * min(self.radius, size / 0.1)
            self.damping /= shrink
        elif self.damping == 0 or gain >= 0.75:
            self.radius = size / 0.5
            self.damping *= 0.5
