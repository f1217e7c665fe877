"""The runs that the figures show: the seven cars, walked downhill by minigrad, and the shape of their loss."""

from __future__ import annotations

import math
from functools import cache
from typing import NamedTuple

from minigrad import Result, Value, minimize
from minigrad.datasets import cars
from minigrad.losses import mean_squared_error
from minigrad.optim import SGD

ROWS = [(weight, mpg) for (weight,), mpg in zip(cars().x, cars().y, strict=True)]

# The loss is a sum of squares of w and b, so six means hold all of its shape.
XX = sum([x * x for x, _ in ROWS]) / 7
X = sum([x for x, _ in ROWS]) / 7
XY = sum([x * y for x, y in ROWS]) / 7
Y = sum([y for _, y in ROWS]) / 7
YY = sum([y * y for _, y in ROWS]) / 7
BEST_W = (XY - X * Y) / (XX - X * X)
BEST_B = Y - BEST_W * X


class Run(NamedTuple):
    """What a descent was like: minigrad's own account of it, and where it was at each step."""

    result: Result
    path: list[tuple[float, float]]  # b and w1, as the pages write them


def loss(w: float, b: float) -> float:
    """The mean squared error of the line b + w * weight on the seven cars."""
    return sum([(b + w * x - y) ** 2 for x, y in ROWS]) / 7


@cache
def descend(lr: float, tol: float = 1e-6, max_steps: int = 10_000) -> Run:
    """Gradient descent on the seven cars from w = b = 0."""
    w, b = Value(0.0), Value(0.0)
    path: list[tuple[float, float]] = []

    def objective() -> Value:
        path.append((b.data, w.data))
        return mean_squared_error([b + w * x for x, _ in ROWS], [y for _, y in ROWS])

    result = minimize(objective, SGD([w, b], lr=lr), tol=tol, max_steps=max_steps)
    return Run(result, path[: len(result.history)])


@cache
def descend_slice(lr: float, steps: int) -> list[tuple[float, float]]:
    """The same with b held at 0: (w, loss) before each of so many steps and after the last."""
    w = Value(0.0)
    path: list[tuple[float, float]] = []

    def objective() -> Value:
        error = mean_squared_error([w * x for x, _ in ROWS], [y for _, y in ROWS])
        path.append((w.data, error.data))
        return error

    minimize(objective, SGD([w], lr=lr), max_steps=steps)
    return path[: steps + 1]


def contour(level: float) -> list[tuple[float, float]]:
    """The points (b, w1) where the loss is `level`: an ellipse around the minimum."""
    height = level - loss(BEST_W, BEST_B)
    # loss = lowest + (p + X * q) ** 2 + (XX - X * X) * q ** 2, for p = b - BEST_B and q = w - BEST_W
    ellipse = []
    for k in range(121):
        angle = math.tau * k / 120
        q = math.sqrt(height / (XX - X * X)) * math.cos(angle)
        p = math.sqrt(height) * math.sin(angle) - X * q
        ellipse.append((BEST_B + p, BEST_W + q))
    return ellipse
