"""Standing still is not arriving: the slope of a run that converged and of one that stalled."""

from __future__ import annotations

import math

from canvas import Canvas, Plot, grouped
from descent import ROWS, descend

WORDS = {
    "en": {
        "title": "The slope by step: it goes to nothing where the descent converges, and stays where it stalls",
        "step": "step",
        "slope": "slope (\N{MULTIPLICATION SIGN}100 per mark)",
        "stalled": "stalled, lr = 0.000011",
        "converged": "converged, lr = 0.05",
    },
    "es": {
        "title": "La pendiente paso a paso: se desvanece donde el descenso converge y persiste donde se estanca",
        "step": "paso",
        "slope": "pendiente (\N{MULTIPLICATION SIGN}100 por marca)",
        "stalled": "estancado, lr = 0.000011",
        "converged": "converge, lr = 0.05",
    },
}


def _slope(b: float, w: float) -> float:
    misses = [b + w * x - y for x, y in ROWS]
    by_w = 2 / 7 * sum([miss * x for miss, (x, _) in zip(misses, ROWS, strict=True)])
    return math.hypot(by_w, 2 / 7 * sum(misses))


def _draw(language: str) -> str:
    words = WORDS[language]
    canvas = Canvas(600, 400, words["title"])
    plot = Plot(canvas, (70, 40, 570, 340), (0, 6500), (-7, 3))
    powers = "⁰¹²³⁴⁵⁶"
    ticks = [(k, "1" if k == 0 else f"10⁻{powers[-k]}" if k < 0 else f"{10**k}") for k in range(-6, 3, 2)]
    plot.axes([(k, grouped(k)) for k in range(0, 6001, 1000)], ticks, words["step"], words["slope"])
    for name, color, lr, tol in (("stalled", "red", 1.1e-5, 1e-4), ("converged", "green", 0.05, 1e-6)):
        path = descend(lr, tol).path
        steps = [*range(12), *range(12, len(path), 50), len(path) - 1]
        points = [(s, math.log10(_slope(*path[s]))) for s in steps]
        plot.curve(points, color, 2.5)
        plot.dots(points[-1:], color, 6)
        x, y = points[-1]
        plot.label(x, y, words[name], f"fill-{color}", "end", dx=-12, dy=22 if name == "stalled" else 6)
    return canvas.svg()


def figures() -> dict[str, str]:
    """The picture in both languages, by file name."""
    return {"standstill.svg": _draw("en"), "standstill-es.svg": _draw("es")}
