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
        "tenfold": " (\N{MULTIPLICATION SIGN}10 per mark)",
        "hundredfold": " (\N{MULTIPLICATION SIGN}100 per mark)",
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
        "tenfold": " (\N{MULTIPLICATION SIGN}10 por marca)",
        "hundredfold": " (\N{MULTIPLICATION SIGN}100 por marca)",
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
    near = [(b, w) for b, w in path[:2000] if abs(w) < 200 and abs(b) < 200] + path[2000::50]
    chart.curve(near, "orange", 1.5)
    chart.dots(near if len(near) < 30 else near[:12], "orange", 4)
    chart.dots(path[:1], "orange", 7)
    if name != "rate-large":
        chart.dots(path[-1:], "orange", 7)
    box = (400, 60, 620, 280)
    {"rate-small": _even, "rate-right": _by_powers, "rate-large": _growing}[name](canvas, box, result.history, words)
    canvas.text(320, 26, words[name], "bold fill-ink", "middle")
    return canvas.svg()


Box = tuple[float, float, float, float]


def _even(canvas: Canvas, box: Box, history: list[float], words: dict[str, str]) -> None:
    """The loss by step on two even axes: where it stands still the line is level."""
    plot = Plot(canvas, box, (0, 6500), (0, 320))
    plot.axes([(k, grouped(k)) for k in (0, 2000, 4000, 6000)], [0, 100, 200, 300], words["step"], words["loss"])
    plot.curve([(s, history[s]) for s in (*range(0, len(history), 50), len(history) - 1)], "orange", 2.5)
    plot.dots([(0, history[0]), (len(history) - 1, history[-1])], "orange", 6)


def _by_powers(canvas: Canvas, box: Box, history: list[float], words: dict[str, str]) -> None:
    """The loss by step where both marks grow tenfold from one to the next: five steps and five thousand in one view."""
    plot = Plot(canvas, box, (0, math.log10(1 + len(history))), (0, 3))
    ticks = [(math.log10(1 + step), grouped(step)) for step in (0, 1, 10, 100, 1000)]
    plot.axes(
        ticks,
        [(k, grouped(10**k)) for k in range(4)],
        words["step"] + words["tenfold"],
        words["loss"] + words["tenfold"],
    )
    steps = [s for s in range(len(history)) if s < 100 or s % (len(history) // 100) == 0]
    points = [(math.log10(1 + s), math.log10(history[s])) for s in steps]
    plot.curve(points, "orange", 2.5)
    plot.dots(points[:12], "orange", 4)


def _growing(canvas: Canvas, box: Box, history: list[float], words: dict[str, str]) -> None:
    """The first steps, even, against a loss whose marks grow a hundredfold: steady growth is a straight line."""
    plot = Plot(canvas, box, (0, 12), (2, 9))
    plot.axes(
        range(0, 13, 3),
        [(k, f"10{'⁰¹²³⁴⁵⁶⁷⁸⁹'[k]}") for k in range(2, 9, 2)],
        words["step"],
        words["loss"] + words["hundredfold"],
    )
    points = [(s, math.log10(history[s])) for s in range(13)]
    plot.curve(points, "orange", 2.5)
    plot.dots(points, "orange", 4)


def figures() -> dict[str, str]:
    """The three rates on a slice in one picture, and a picture of the whole run for each of three, by file name."""
    drawn = {}
    for language, suffix in (("en", ""), ("es", "-es")):
        drawn[f"rates{suffix}.svg"] = _slices(language)
        for name, lr, tol in (("rate-small", 1.1e-5, 1e-4), ("rate-right", 0.05, 1e-6), ("rate-large", 0.1, 1e-6)):
            drawn[f"{name}{suffix}.svg"] = _run(name, lr, tol, language)
    return drawn
