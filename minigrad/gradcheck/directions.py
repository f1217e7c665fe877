"""Derivatives in many numbers at once: a few random directions first, and each number only where one does not pass.

To vary each of n numbers takes n sweeps through a function that itself takes n numbers: the cost grows as the square.
In a random direction all numbers move together, and one sweep tells whether the sum of their derivatives, with random
signs, is right. So that a small derivative is not lost beside a large one, each direction moves only numbers whose
derivatives are of about one size.

>>> import random
>>> def square(numbers):
...     return sum([x * x for x in numbers]), 0.0
>>> varied = [Varied(i, f"in number {i}", 2.0 * i) for i in range(100)]
>>> found = derivatives(square, [float(i) for i in range(100)], varied, random.Random(0), 1e-9)
>>> len(found), found[0].of, {derivative.verdict for derivative in found}
(16, 'in a random direction through 12 of 100 numbers', {'pass'})
"""

from __future__ import annotations

import math

from .differences import ROUNDING
from .verdicts import verdict_on

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from random import Random

    from .report import Derivative

    Field = Callable[[list[float]], tuple[float, float]]  # the numbers to y, and how far off that may be

MANY = 32  # so many numbers are varied one by one
PARTS, DIRECTIONS = 8, 2  # of more, so many parts of about one size each, and directions through each: 16 sweeps
SHARP = 1e-6  # a direction in which rounding leaves fewer digits does not speak for the numbers in it


class Varied:
    """A number to vary: its index, `of` what its derivative is, the one received, and how far off that may be."""

    __slots__ = ("index", "of", "received", "slack")

    def __init__(self, index: int, of: str, received: float, slack: float = 0.0) -> None:
        self.index, self.of, self.received, self.slack = index, of, received, slack


def derivatives(
    f: Field, numbers: list[float], varied: list[Varied], rng: Random, rtol: float, plain: bool = True
) -> list[Derivative]:
    """One for each number that is varied, in order; of more than `MANY`, one for each direction where all pass."""

    def single(v: Varied) -> Derivative:
        def along(t: float) -> tuple[float, float]:
            return f([*numbers[: v.index], t, *numbers[v.index + 1 :]])

        return verdict_on(along, numbers[v.index], v.received, v.of, rtol, v.slack, plain)

    if len(varied) <= MANY:
        return [single(v) for v in varied]
    found = []
    for part in _parts(numbers, varied):
        of = f"in a random direction through {len(part)} of {len(varied)} numbers"
        along_some = [_in_a_direction(f, numbers, part, rng, of, rtol, plain) for _ in range(DIRECTIONS)]
        sharp = all(direction.verdict == "pass" and blur <= SHARP for direction, blur in along_some)
        found += [direction for direction, _ in along_some] if sharp else [single(v) for v in part]
    return found


def _unit(x: float) -> float:
    """How far x moves: its own size, or 1 if that is more."""
    return max(1.0, math.ldexp(1.0, math.frexp(x)[1] - 1))


def _parts(numbers: list[float], varied: list[Varied]) -> Iterator[list[Varied]]:
    """The numbers in parts whose derivatives are of about one size; in each they keep their order."""
    by_size = sorted(varied, key=lambda v: abs(v.received) * _unit(numbers[v.index]))
    for k in range(PARTS):
        part = by_size[k * len(varied) // PARTS : (k + 1) * len(varied) // PARTS]
        yield sorted(part, key=lambda v: v.index)


def _in_a_direction(
    f: Field, numbers: list[float], part: list[Varied], rng: Random, of: str, rtol: float, plain: bool
) -> tuple[Derivative, float]:
    """What is found in a random direction; and how much rounding leaves unknown, relative to all that is added up."""
    units = [rng.choice((-1.0, 1.0)) * _unit(numbers[v.index]) for v in part]
    sizes = [abs(v.received) for v in part]

    def along(t: float) -> tuple[float, float]:
        moved = [*numbers]
        for v, unit in zip(part, units, strict=True):
            moved[v.index] += t * unit
        y, rounding = f(moved)
        return y, rounding + ROUNDING * sum([s * abs(moved[v.index]) for v, s in zip(part, sizes, strict=True)])

    received = sum([v.received * unit for v, unit in zip(part, units, strict=True)])
    slack = sum([v.slack * abs(unit) for v, unit in zip(part, units, strict=True)])
    found = verdict_on(along, 0.0, received, of, rtol, slack, plain)
    whole = sum([size * abs(unit) for size, unit in zip(sizes, units, strict=True)])
    return found, found.error / (whole or 1.0)
