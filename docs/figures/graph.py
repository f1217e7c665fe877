"""The graph of a prediction and its squared miss, as minigrad itself draws it."""

from __future__ import annotations

from minigrad import Value
from minigrad.draw import to_svg


def figures() -> dict[str, str]:
    """The picture, by file name."""
    w, x, b, y = [Value(number, label) for number, label in ((2.0, "w"), (3.0, "x"), (1.0, "b"), (10.0, "y"))]
    loss = ((w * x + b) - y) ** 2
    loss.label = "loss"
    loss.backward()
    return {"graph.svg": to_svg(loss) + "\n"}
