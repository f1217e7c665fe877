"""Six ways to stand still without having arrived: each loss along the path that a descent really took."""

from __future__ import annotations

from canvas import Canvas, Plot

from minigrad import Value, clamp, exp, minimize
from minigrad.optim import SGD, cosine

_WAYS = [  # name, loss, start, rate, tolerance, how long, range across, range up
    ("short steps", lambda w: (w - 3.0) ** 2, -1.0, 1e-6, 1e-4, 60, (-2, 8), (-2, 26)),
    ("a rate that decayed", lambda w: (w - 3.0) ** 2, -1.0, cosine(0.1, 12), 1e-12, 60, (-2, 8), (-2, 26)),
    ("a leap onto a plateau", lambda w: (exp(-w) - 0.5) ** 2, -1.2, 0.3, 1e-9, 8, (-2, 8), (-0.7, 9)),
    ("a saddle, from beside", lambda w: w**4 - w * w, 0.0, 0.1, 1e-9, 9, (-1.25, 1.25), (-0.4, 1.0)),
    ("a flat place", lambda w: (clamp(w, 0.0, 4.0) - 2.0) ** 2, -1.0, 0.1, 1e-9, 9, (-2, 6), (-0.5, 5)),
    ("a kink", abs, 2.2, 1.0, 1e-9, 9, (-2.5, 2.5), (-0.2, 2.6)),
]


def _draw() -> str:
    canvas = Canvas(
        640, 420, "Six ways to stand still: short steps, a decayed rate, a plateau, a saddle, a flat place, a kink"
    )
    for i, (name, loss, start, lr, tol, longest, across, up) in enumerate(_WAYS):
        left, top = 20 + 205 * (i % 3), 45 + 195 * (i // 3)
        plot = Plot(canvas, (left, top, left + 190, top + 145), across, up)
        low, high = across
        xs = [low + (high - low) * k / 120 for k in range(121)]
        plot.curve([(x, loss(x)) for x in xs], "blue", 2.5)
        w, path = Value(start), []
        minimize(lambda: loss(w), SGD([w], lr), tol=tol, max_steps=longest, callback=lambda *_: path.append(w.data))  # noqa: B023
        plot.curve([(x, loss(x)) for x in path], "orange", 1.5)
        plot.dots([(x, loss(x)) for x in path[:-1]], "orange", 4)
        plot.dots([(path[-1], loss(path[-1]))], "red", 6)
        canvas.text(left + 95, top - 12, name, "fill-ink small", "middle")
    return canvas.svg()


def figures() -> dict[str, str]:
    """The picture, by file name."""
    return {"still.svg": _draw()}
