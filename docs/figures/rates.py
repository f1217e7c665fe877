"""The learning rate: too small, just right, too large, first on one slice of the bowl, then on all of it."""

from __future__ import annotations

import math

from bowl import map_of_the_bowl
from canvas import Canvas, Plot, grouped
from descent import descend, descend_slice, loss

WORDS = {
    "en": {
        "slices": "Eight steps on the slice b = 0, with three learning rates",
        "loss": "loss",
        "step": "step",
        "small": "lr = 0.001: too small",
        "right": "lr = 0.03: just right",
        "large": "lr = 0.08: too large",
        "rate-small": "lr = 0.000011: the descent stalls on the way",
        "rate-right": "lr = 0.05: the descent converges",
        "rate-large": "lr = 0.1: the descent diverges",
    },
    "es": {
        "slices": "Ocho pasos en el corte b = 0, con tres tasas de aprendizaje",
        "loss": "pérdida",
        "step": "paso",
        "small": "lr = 0.001: demasiado pequeña",
        "right": "lr = 0.03: adecuada",
        "large": "lr = 0.08: demasiado grande",
        "rate-small": "lr = 0.000011: el descenso se estanca a medio camino",
        "rate-right": "lr = 0.05: el descenso converge",
        "rate-large": "lr = 0.1: el descenso diverge",
    },
}


def _slices(language: str) -> str:
    words = WORDS[language]
    canvas = Canvas(600, 750, words["slices"])
    for i, (name, lr) in enumerate((("small", 0.001), ("right", 0.03), ("large", 0.08))):
        top = 45 + 240 * i
        across, up = ((-8, 17), (0, 1700)) if name == "large" else ((-2, 11), (0, 500))
        plot = Plot(canvas, (60, top, 580, top + 155), across, up)
        plot.axes(
            range(-8, 17, 4) if name == "large" else range(-2, 12),
            [0, up[1] // 500 * 250, up[1] // 500 * 500],
            "w1",
            words["loss"],
        )
        w0, w1 = across
        plot.curve([(w0 + (w1 - w0) * k / 200, loss(w0 + (w1 - w0) * k / 200, 0)) for k in range(201)], "blue", 2)
        path = descend_slice(lr, 8)
        plot.curve(path, "orange", 1.5)
        plot.dots(path, "orange")
        canvas.text(320, top - 12, words[name], "bold fill-ink", "middle")
    return canvas.svg()


def _run(name: str, lr: float, tol: float, language: str) -> str:
    """The path on the map, and the loss by step."""
    words = WORDS[language]
    result, path = descend(lr, tol)
    canvas = Canvas(640, 340, words[name])
    chart = map_of_the_bowl(canvas, (48, 60, 308, 280), wide=name == "rate-large")
    near = [(w, b) for w, b in path[:2000] if abs(w) < 200 and abs(b) < 200] + path[2000::50]
    chart.curve(near, "orange", 1.5)
    chart.dots(near if len(near) < 30 else near[:12], "orange", 4)
    chart.dots(path[:1], "orange", 7)
    if name != "rate-large":
        chart.dots(path[-1:], "orange", 7)
    history = result.history
    top = 6 if name == "rate-large" else 3
    steps = [s for s in range(len(history)) if s < 100 or s % (len(history) // 100) == 0]
    reach = math.log10(1 + (12 if name == "rate-large" else len(history)))
    plot = Plot(canvas, (388, 60, 620, 280), (0, reach), (0, top))
    marks = [0, 1, 3, 10] if name == "rate-large" else [0, 1, 10, 100, 1000]
    ticks = [(math.log10(1 + step), f"{step}") for step in marks]
    plot.axes(
        ticks, [(k, grouped(10**k)) for k in range(0, top + 1, 2 if top > 3 else 1)], words["step"], words["loss"]
    )
    points = [(math.log10(1 + s), math.log10(history[s])) for s in steps if history[s] < 1e9]
    plot.curve(points, "orange", 2.5)
    plot.dots(points[:12], "orange", 4)
    canvas.text(320, 26, words[name], "bold fill-ink", "middle")
    return canvas.svg()


def figures() -> dict[str, str]:
    """The three rates on a slice in one picture, and a picture of the whole run for each of three, by file name."""
    drawn = {}
    for language, suffix in (("en", ""), ("es", "-es")):
        drawn[f"rates{suffix}.svg"] = _slices(language)
        for name, lr, tol in (("rate-small", 1.1e-5, 1e-4), ("rate-right", 0.05, 1e-6), ("rate-large", 0.1, 1e-6)):
            drawn[f"{name}{suffix}.svg"] = _run(name, lr, tol, language)
    return drawn
