"""The loss as a landscape: slices through the bowl, the bowl from above, the slope at the start, one step down it."""

from __future__ import annotations

from canvas import Canvas, Plot
from descent import BEST_B, BEST_W, XX, XY, X, contour, descend, loss

WORDS = {
    "en": {
        "slices": "The loss over w1 for four values of b: four parabolas, each with its own lowest point",
        "above": "The bowl from above: lines of equal loss around the minimum",
        "slope": "The loss over w1 with b = 0, and the slope at the starting point",
        "step": "One step, seen from above: at right angles to the line of equal loss",
        "loss": "loss",
        "lowest": "lowest of all: 1.470 at w1 = \N{MINUS SIGN}4.569",
        "start": "start: loss 303.71",
        "tangent": "slope \N{MINUS SIGN}119.72",
        "minimum": "minimum: loss 1.470",
        "here": "start",
        "next": "after one step: loss 170.84",
    },
    "es": {
        "slices": "La pérdida según w1 para cuatro valores de b: cuatro parábolas, cada una con su punto más bajo",
        "above": "El cuenco visto desde arriba: líneas de igual pérdida alrededor del mínimo",
        "slope": "La pérdida según w1 con b = 0, y la pendiente en el punto de partida",
        "step": "Un paso visto desde arriba: en ángulo recto con la línea de igual pérdida",
        "loss": "pérdida",
        "lowest": "el más bajo: 1.470 en w1 = \N{MINUS SIGN}4.569",
        "start": "punto de partida: pérdida 303.71",
        "tangent": "pendiente \N{MINUS SIGN}119.72",
        "minimum": "mínimo: pérdida 1.470",
        "here": "punto de partida",
        "next": "tras un paso: pérdida 170.84",
    },
}


def _slices(language: str) -> str:
    words = WORDS[language]
    canvas = Canvas(600, 420, words["slices"])
    plot = Plot(canvas, (60, 40, 580, 360), (-9, 9), (-16, 120))
    plot.axes(range(-8, 9, 2), range(0, 121, 20), "w1", words["loss"])
    for b, name, color in (
        (0, "b = 0", "blue"),
        (10, "b = 10", "blue"),
        (20, "b = 20", "blue"),
        (BEST_B, "b = 33.585", "green"),
    ):
        bottom = (XY - b * X) / XX
        plot.curve([(bottom + k / 10, loss(bottom + k / 10, b)) for k in range(-40, 41)], color, 2.5)
        plot.dots([(bottom, loss(bottom, b))], color)
        plot.label(bottom, loss(bottom, b), name, f"small fill-{color}", "middle", dy=-110 if b == BEST_B else -46)
    plot.label(BEST_W, -12, words["lowest"], "fill-green", "middle", dx=80)
    return canvas.svg()


def map_of_the_bowl(canvas: Canvas, box: tuple[float, float, float, float], wide: bool = False) -> Plot:
    """Axes over w and b with lines of equal loss, and a green dot at the minimum."""
    plot = Plot(canvas, box, (-70, 70) if wide else (-9, 9), (-40, 60) if wide else (-8, 52))
    plot.axes(
        range(-60, 61, 30) if wide else range(-8, 9, 4), range(-40, 61, 20) if wide else range(0, 51, 10), "w1", "b"
    )
    for level in (300, 3000, 10000, 30000) if wide else (3, 10, 30, 100, 300, 1000):
        plot.curve(contour(level), "muted", 1.2)
    plot.dots([(BEST_W, BEST_B)], "green", 7)
    return plot


def _above(language: str) -> str:
    words = WORDS[language]
    canvas = Canvas(600, 460, words["above"])
    plot = map_of_the_bowl(canvas, (60, 40, 580, 400))
    plot.dots([(0, 0)], "orange", 7)
    plot.label(BEST_W, BEST_B, words["minimum"], "fill-green", dx=40, dy=-22)
    plot.label(0, 0, words["start"], "fill-orange", dx=-12, dy=20, anchor="end")
    return canvas.svg()


def _slope(language: str) -> str:
    words = WORDS[language]
    canvas = Canvas(600, 420, words["slope"])
    plot = Plot(canvas, (60, 40, 580, 360), (-2, 9), (0, 500))
    plot.axes(range(-2, 10), range(0, 501, 100), "w1", words["loss"])
    plot.curve([(k / 20, loss(k / 20, 0)) for k in range(-40, 181)], "blue", 2.5)
    slope = -2 * XY
    plot.curve([(w, loss(0, 0) + slope * w) for w in (-1.6, 2.4)], "orange", 2.5)
    plot.dots([(0, loss(0, 0))], "orange", 7)
    plot.label(0, loss(0, 0), words["start"], "fill-orange", dx=14, dy=-8)
    plot.label(1.6, loss(0, 0) + slope * 1.6, words["tangent"], "fill-orange", "end", dx=-14, dy=6)
    return canvas.svg()


def _step(language: str) -> str:
    words = WORDS[language]
    canvas = Canvas(600, 300, words["step"])
    # The same scale on both axes: only then is a right angle a right angle.
    plot = Plot(canvas, (60, 40, 580, 240), (-0.8, 4.4), (-0.6, 1.4))
    plot.axes([0, 1, 2, 3, 4], [0, 1], "w1", "b")
    path = descend(0.01).path
    for level in (303.7142857, 250, 200, 170.8436, 130, 100, 70, 50):
        plot.curve(contour(level), "muted", 1.2)
    canvas.arrow(plot.at(*path[0]), plot.at(*path[1]), "orange", 3)
    plot.dots([path[0]], "orange", 6)
    plot.label(0, 0, words["here"], "fill-orange", dx=12, dy=28)
    plot.label(*path[1], words["next"], "fill-orange", dx=12, dy=-12)
    return canvas.svg()


def figures() -> dict[str, str]:
    """The four pictures in both languages, by file name."""
    drawn = {}
    for language, suffix in (("en", ""), ("es", "-es")):
        drawn[f"slices{suffix}.svg"] = _slices(language)
        drawn[f"above{suffix}.svg"] = _above(language)
        drawn[f"slope{suffix}.svg"] = _slope(language)
        drawn[f"step{suffix}.svg"] = _step(language)
    return drawn
