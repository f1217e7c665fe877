"""Derivatives without rules: finite differences, good to nine digits and more.

>>> round(numerical_gradient(lambda x: 1e6 + x**3, [2.0])[0], 8)
12.0

A difference quotient errs by the bend of the function while its step is large, and by rounding once it is small. So the
step is halved again and again, the quotients are extrapolated to a step of 0, and how well one order of extrapolation
agrees with the next says how far to trust the result. The same samples tell the derivative on the right from the one
on the left: where the two differ is a kink.
"""

from __future__ import annotations

import math

from ..engine import Value
from ..machinery.trees import is_number, mapped, named_numbers
from ..transforms import one_number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    Line = Callable[[float], tuple[float, float]]

# --- The derivative of a function of one number ---------------------------------------------------------------------

ROUNDING = 2.0**-52  # of a float, relative to its size
SMALLEST, NORMAL = 2.0**-1074, 2.0**-1022  # between these two floats lose digits
NOWHERE = (math.nan, 0.0)
NO_QUOTIENT = (math.nan, 0.0, 0.0)
HALVINGS = 44  # take the step from the size of x down to where rounding is all there is
STEPS = [47 / 64, 43 / 64, 51 / 64, 45 / 64, 39 / 64, 49 / 64, 41 / 64]  # halved ones may be whole periods, one as all
GOOD = 1e-7  # relative to the derivative: once orders agree so well at steps of one size, larger ones are not tried
ENOUGH = 1e-11  # and once they agree so well, neither are smaller ones
DROWNED = 4.0  # nor are they once the rounding in a quotient is so many times larger than the error of the best


class Limit:
    """What quotients tend to as their step gets smaller, by Richardson's extrapolation, and how sure that is.

    Their error is a series in the step to that power, and each column of the tableau (Neville's, for polynomials) rids
    them of one term of it. How far neighbouring entries differ, and what rounding may have done, is the error.
    """

    def __init__(self, power: int) -> None:
        self.power = power
        self.steps: list[float] = []  # the latest first
        self.row: list[float] = []  # of the tableau, the latest
        self.value, self.error, self.step, self.rank = math.nan, math.inf, math.inf, (2, 0.0)
        self.growing = 0  # for how many steps in a row the quotients have grown: for ever where they are infinite
        self.steepest, self.jumps = 0.0, False  # the last of those, and whether they grow as the step shrinks

    def add(self, quotient: float, rounding: float, step: float) -> None:
        """Take the quotient of the next, smaller step; a nan where there is none."""
        if not math.isfinite(quotient):
            self.steps, self.row, self.growing = [], [], 0
            return
        before, self.row, self.steps = self.row, [quotient], [step, *self.steps[:6]]
        for j, (upper, larger) in enumerate(zip(before, self.steps[1:], strict=False)):
            left = self.row[j]
            new = left + (left - upper) / ((larger / step) ** self.power - 1.0)
            self.row.append(new)
            if j > 1:  # four quotients at least: fewer agree by chance
                self.consider(new, max(abs(new - left), abs(new - upper)) + rounding, step)
        if before and abs(quotient) > 100.0 * rounding:
            growth = quotient / before[0] if before[0] else 1.0
            self.growing = self.growing + 1 if growth > 1.001 else 0
            self.steepest, self.jumps = quotient, growth > 0.9 * self.steps[1] / step
        elif abs(quotient) + rounding < 0.5 * abs(self.steepest):  # the end of it, and not lost in rounding
            self.growing = 0

    def consider(self, value: float, error: float, step: float) -> None:
        """Keep the best value: one that is good before any other, of two good ones that of the smaller error."""
        good = error <= GOOD * abs(value) + 1e-300
        rank = (0, error / abs(value or 1.0)) if good else (1, error)
        if good == self.good and abs(value - self.value) > 4.0 * (error + self.error):
            better = step < self.step  # large steps may agree on a wrong one: across a kink, or near a period
        else:
            better = rank < self.rank
        if better:
            self.value, self.error, self.step, self.rank = value, error, step, rank

    @property
    def good(self) -> bool:
        """Whether two orders agree on the value to `GOOD`."""
        return self.rank[0] == 0

    @property
    def infinite(self) -> bool:
        """Whether the quotients grow without end."""
        return self.growing > 8 and not self.good


def _steps(x: float) -> Iterator[float]:
    """The steps: about halved each time, from the size of x and from 1, the smaller first, with a 0 before each series.

    They have six binary digits, so that x + step is seldom rounded.
    """
    for exponent in sorted({0, math.frexp(x)[1] - 1 if x else 0}):
        yield 0.0
        for k in range(HALVINGS):
            yield math.ldexp(STEPS[k % len(STEPS)], exponent - k)


class Look:
    """What differences show at one point: the derivative, how far off it may be, and whether the point is a kink.

    Where the derivative is infinite, `error` is the steepest quotient seen. `limit` is what settled it, `index` says of
    which of the `quotients`, and `jump` is the limit of the last of these.
    """

    __slots__ = ("value", "error", "kink", "limit", "index", "jump")

    def __init__(self, f: Line, x: float, plain: bool = False) -> None:
        limits = both, _, _, self.jump = Limit(2), Limit(1), Limit(1), Limit(1)
        unit, unit_error = _sweep(f, x, limits)
        self.index = next((i for i, limit in enumerate(limits[:3]) if limit.error < math.inf), 0)
        self.limit = found = limits[self.index]
        self.kink = _is_kink(both, self.jump) or found.error == math.inf
        if found.infinite:
            self.value, self.error = math.copysign(math.inf, found.steepest), abs(found.steepest)
            self.kink = self.kink or found.jumps
        else:
            ripple = 0.0 if plain or unit_error == math.inf else abs(found.value - unit) + unit_error
            self.value, self.error = found.value, max(found.error, ripple)


def derivative_of(f: Line, x: float, plain: bool = False) -> tuple[float, float, bool]:
    """The derivative of `f` at x, how far off it may be, and whether x is a kink.

    `f` gives a number and how far off that may be through rounding on the way; a nan where it is not defined.

    Where it is defined on one side only, the derivative is of that side. Where it is infinite, the error is the
    steepest quotient seen. Where `f` jumps, or is defined at x alone, that is a kink too. Where x is large, and only
    steps of its size settle the derivative, the error allows for ripples that smaller ones cannot tell from rounding,
    unless `f` is plain: a single op.
    """
    look = Look(f, x, plain)
    return look.value, look.error, look.kink


def _is_kink(both: Limit, jump: Limit) -> bool:
    return jump.infinite or abs(jump.value) > 10.0 * jump.error + 1e-9 * abs(both.value)


def quotients(f: Line, x: float, here: tuple[float, float], h: float) -> list[tuple[float, float, float]]:
    """Over both sides, on the right, on the left, and the jump from left to right: quotient, its rounding, the step.

    The steps are those taken, which are not quite h where x is large. Where that makes the two sides unequal, the bend
    between them does not cancel, and counts as rounding.
    """
    a, b = x - h, x + h
    if not (-math.inf < a < x < b < math.inf and h >= NORMAL):  # x does not move, or the step has itself been rounded
        return [NO_QUOTIENT] * 4
    left, right, width = x - a, b - x, b - a
    if max(abs(left - h), abs(right - h)) > 0.125 * h:  # so few digits are left that the next step may be the same
        return [NO_QUOTIENT] * 4
    (y, rounding), (fa, ra), (fb, rb) = here, f(a), f(b)
    below, above = (y - fa) / left, (fb - y) / right
    ra, rb = [(rounding + r + ROUNDING * abs(t) + SMALLEST) / step for t, r, step in ((fa, ra, left), (fb, rb, right))]
    jump = above - below
    uneven = abs(jump) * (abs(right - left) / width)
    both = (fb - fa) / width, 0.5 * (ra + rb + uneven), 0.5 * width
    return [both, (above, rb, right), (below, ra, left), (jump, ra + rb + uneven, 0.5 * width)]


def _sweep(f: Line, x: float, limits: tuple[Limit, ...]) -> tuple[float, float]:
    """Add the `quotients` of ever smaller steps to their limits, till they agree.

    The derivatives on the right and on the left count only where the other side is not defined. Returns the derivative
    and its error by steps of 1 and less, if those were not enough and steps of the size of a larger x were tried too.
    """
    here, flat, unit = f(x), 0, (math.nan, math.inf)
    both, right, left, jump = limits
    for h in _steps(x):
        if h == 0.0:
            if both.good:
                break
            if abs(x) > 1.0:
                unit = both.value, both.error
        central, above, below, between = quotients(f, x, here, h)
        both.add(*central)
        jump.add(*between)
        if not both.row:
            right.add(*above)
            left.add(*below)
        flat = flat + 1 if above[0] == 0.0 == below[0] else 0
        settled = max(both.error, 0.01 * jump.error) < ENOUGH * abs(both.value)
        drowned = both.good and central[1] > DROWNED * both.error  # smaller steps show no more than rounding
        if (settled or drowned) and (jump.good or not _is_kink(both, jump)):  # a slight kink may be chance: look closer
            break
        if flat > 3 and h > 0.01:
            break
    return unit


# --- The gradient of a function of many -----------------------------------------------------------------------------


def numerical_gradient(f: Callable[..., Any], args: Sequence[Any]) -> Any:
    """The gradient of `f` at `f(*args)`, in the structure of `args`, by finite differences of plain floats.

    d f / d x = limit for h -> 0 of (f(x + h) - f(x - h)) / (2 h)

    `args` is a list or tuple of arguments: numbers, or lists, tuples and dicts of them. What is no number, or a bool,
    goes to `f` as it is, and stays in the result. Where `f` is defined on one side only the derivative is of that side;
    at a kink it is the mean of both sides; it is nan where there is none. Raises TypeError if `f` returns no number.

    Each number is varied alone: where `f` goes through all n numbers, the time must grow with n * n.

    >>> [round(partial, 12) for partial in numerical_gradient(lambda x, y: x * y**2, [2.0, 3.0])]
    [9.0, 12.0]
    """
    if not isinstance(args, list | tuple):
        raise TypeError(f"expected a list or tuple of arguments, got {args!r:.100}; write numerical_gradient(f, [x])")
    numbers = [number for _, number in named_numbers("", args)]
    found = iter([derivative_of(_line(f, args, numbers, i), x)[0] for i, x in enumerate(numbers)])
    return mapped(lambda x: next(found) if is_number(x) else x, args)


def called(f: Callable[..., Any], args: Any, numbers: Sequence[Any]) -> Any:
    """What `f` returns for `args` with `numbers` in place of its own."""
    rest = iter(numbers)
    return one_number(f, f(*mapped(lambda x: next(rest) if is_number(x) else x, args)))


def _line(f: Callable[..., Any], args: Any, numbers: list[float], i: int) -> Line:
    """`f` as a function of its number i alone."""

    def line(x: float) -> tuple[float, float]:
        y = called(f, args, [*numbers[:i], x, *numbers[i + 1 :]])
        return (y.data if isinstance(y, Value) else y), 0.0

    return Sampled(line)


class Sampled:
    """A line that is a nan wherever `f` raises one of the errors of `math`, or overflows. It remembers what it gave."""

    def __init__(self, f: Line) -> None:
        self.f = f
        self.samples: dict[float, tuple[float, float]] = {}

    def __call__(self, x: float) -> tuple[float, float]:
        """The number at x, and how far off it may be."""
        self.samples[x] = found = self._at(x)
        return found

    def _at(self, x: float) -> tuple[float, float]:
        try:
            y, rounding = self.f(x)
        except (ArithmeticError, ValueError):
            return NOWHERE
        return (y, rounding) if math.isfinite(y) else NOWHERE

    def repeats(self) -> bool:
        """Whether `f` gives the same numbers again at all points it was asked for."""
        return all(same(self._at(x)[0], y) for x, (y, _) in self.samples.items())


def same(a: float, b: float) -> bool:
    """Whether two floats are equal, or both nan."""
    return a == b or (a != a and b != b)
