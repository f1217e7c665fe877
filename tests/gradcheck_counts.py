"""How often `gradcheck` is right: verdicts counted over random functions, at points from 1e-8 to 1e8.

    python tests/gradcheck_counts.py [points]

Right functions are straight lines of ops that have a derivative wherever they are defined. In the others one op is
replaced by one whose rule is wrong: in its sign, by a factor of 1 + 1e-6, or taken at another number.
"""

from __future__ import annotations

import math
import random
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

from minigrad.functions import (
    asinh,
    atan,
    cos,
    dot,
    erf,
    exp,
    expm1,
    hypot,
    log,
    log1p,
    logsumexp,
    mean,
    primitive,
    sigmoid,
    silu,
    sin,
    sinh,
    softplus,
    sqrt,
    tan,
    tanh,
)
from minigrad.gradcheck import gradcheck

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ONE = [sin, cos, tan, atan, exp, expm1, log, log1p, sqrt, tanh, sinh, asinh, erf, sigmoid, softplus, silu]
ONE += [lambda x: x * x, lambda x: x**3, lambda x: 1.0 / x, lambda x: 1e3 + x, lambda x: 1e-3 * x, lambda x: -x]
TWO = [lambda x, y: x + y, lambda x, y: x - y, lambda x, y: x * y, lambda x, y: x / y, lambda x, y: hypot(x, y, 1.0)]
TWO += [lambda x, y: logsumexp([x, y]), lambda x, y: mean([x, y, 1.0]), lambda x, y: dot([x, y], [y, 2.0])]

PLANTED = {
    "sign": lambda op, derivative: _op(op, lambda x: -derivative(x)),
    "factor": lambda op, derivative: _op(op, lambda x: derivative(x) * (1.0 + 1e-6)),
    "argument": lambda op, derivative: _op(op, lambda x: derivative(1.125 * x)),
}
RULES: list[tuple[Callable[[Any], Any], Callable[[Any], Any]]] = [
    (sin, cos),
    (cos, lambda x: -sin(x)),
    (atan, lambda x: 1.0 / (1.0 + x * x)),
    (exp, exp),
    (log, lambda x: 1.0 / x),
    (sqrt, lambda x: 0.5 / sqrt(x)),
    (tanh, lambda x: 1.0 - tanh(x) ** 2),
    (sigmoid, lambda x: sigmoid(x) * (1.0 - sigmoid(x))),
    (lambda x: x * x, lambda x: 2.0 * x),
    (lambda x: 1.0 / x, lambda x: -1.0 / (x * x)),
]


def _op(forward: Callable[[Any], Any], rule: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return primitive("planted", forward, lambda out, x: rule(x))


def points(rng: random.Random, count: int) -> list[float]:
    """Numbers of either sign, of sizes from 1e-8 to 1e8."""
    return [rng.choice([-1.0, 1.0, 1.0]) * 10.0 ** rng.uniform(-8.0, 8.0) for _ in range(count)]


def line(rng: random.Random, numbers: int) -> Callable[..., Any]:
    """A random function of so many numbers: each step takes what is there, the last one takes them all."""
    steps = [(rng.choice(ONE), rng.randrange(numbers), None) for _ in range(rng.randint(0, 2))]
    mixed = [(rng.choice(TWO), rng.randrange(-3, 0), rng.randrange(-3, 0)) for _ in range(rng.randint(1, 3))]
    last = rng.choice(ONE)

    def f(*xs: Any) -> Any:
        ys = [*xs]
        for step, i, _ in steps:
            ys.append(step(ys[i]))
        for op, i, j in mixed:
            ys.append(op(ys[max(i, -len(ys))], ys[max(j, -len(ys))]))
        return last(ys[-1])

    return f


def right(rng: random.Random) -> Iterator[tuple[Callable[..., Any], list[float]]]:
    """Functions whose gradients are right, with points."""
    while True:
        n = rng.randint(1, 3)
        yield line(rng, n), points(rng, n)


def planted(rng: random.Random, kind: str) -> Iterator[tuple[Callable[..., Any], list[float]]]:
    """Functions with one wrong rule, with points; an error that is not one there is left out."""
    while True:
        op, derivative = rng.choice(RULES)
        bad, inside = PLANTED[kind](op, derivative), line(rng, 2)
        x, y = points(rng, 2)
        try:
            truth, wrong = derivative(x), derivative(1.125 * x)
        except (ArithmeticError, ValueError):
            continue
        if truth and (kind != "argument" or abs(truth - wrong) > 1e-6 * abs(truth)):
            yield _beside(inside, bad), [x, y]


def _beside(inside: Callable[..., Any], bad: Callable[[Any], Any]) -> Callable[..., Any]:
    def f(x: Any, y: Any) -> Any:
        return inside(z := bad(x), y) + z

    return f


def verdicts(cases: Iterator[tuple[Callable[..., Any], list[float]]], count: int) -> tuple[Counter[str], list[Any]]:
    """The verdicts on so many of them, those that raise at their point not counted; and what was said of each."""
    found, said = Counter(), []
    while found.total() < count:
        f, xs = next(cases)
        try:
            report = gradcheck(f, *xs)
        except (ArithmeticError, ValueError):
            continue
        if not all(math.isfinite(derivative.received) for derivative in (*report.inside, *report.gradient)):
            continue  # infinity, and infinity times 0, are no right gradients
        found[report.verdict] += 1
        said.append(report)
    return found, said


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")


def main(count: int = 9000) -> None:
    """Print the figures."""
    found, said = verdicts(right(random.Random(0)), count)
    _say(f"{count} points of right functions: {dict(found)}")
    for report in said:
        if report.verdict != "pass":
            _say(f"{report.point}: {report}")
    for kind in PLANTED:
        found, _ = verdicts(planted(random.Random(kind), kind), count // 9)
        _say(f"{count // 9} points with an error in the {kind}: {dict(found)}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
