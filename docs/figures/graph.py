"""Graphs as minigrad itself draws them: a prediction and its squared miss, and the first of the seven cars."""

from __future__ import annotations

from minigrad import Value
from minigrad.draw import to_svg


def one_car(name: str = "miss", loss: str | None = None) -> Value:
    """The squared miss of the first car, at the start; its backward pass is the one that page 4 steps through."""
    b, w1 = Value(0.0, "b"), Value(0.0, "w1")
    miss = b + w1 * 3.5 - 18.0
    miss.label = name
    squared = miss * miss
    squared.label = loss
    return squared


def figures() -> dict[str, str]:
    """The pictures, by file name."""
    car = one_car()
    car.backward()
    w, x, b, y = [Value(number, label) for number, label in ((2.0, "w"), (3.0, "x"), (1.0, "b"), (10.0, "y"))]
    loss = ((w * x + b) - y) ** 2
    loss.label = "loss"
    loss.backward()
    return {"graph.svg": to_svg(loss) + "\n", "one-car.svg": to_svg(car) + "\n"}
