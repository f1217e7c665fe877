"""The loss as a landscape: slices through the bowl, the bowl from above, the slope at the start, one step down it."""

from __future__ import annotations

from collections.abc import Sequence

from canvas import Canvas, Plot, grouped
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
        "here": "start: loss 303.71",
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
        "here": "punto de partida: pérdida 303.71",
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
    """Axes over b and w1 with numbered lines of equal loss, and a green dot at the minimum."""
    plot = Plot(canvas, box, (-40, 60) if wide else (-8, 52), (-70, 70) if wide else (-11, 9))
    plot.axes(
        range(-40, 61, 20) if wide else range(0, 51, 10), range(-60, 61, 30) if wide else range(-8, 9, 4), "b", "w1"
    )
    levels = (300, 3000, 10000, 30000) if wide else (3, 10, 30, 100, 300, 1000)
    number_contours(plot, levels, skip=() if wide or box[2] - box[0] > 400 else (30,))  # on a small map it has no room
    plot.dots([(BEST_B, BEST_W)], "green", 7)
    return plot


def number_contours(plot: Plot, levels: Sequence[float], skip: Sequence[float] = ()) -> None:
    """Lines of equal loss, each with its loss written on it where it is farthest to the right inside of the box."""
    left, top, end, bottom = plot.box
    for level in levels:
        line = contour(level)
        plot.curve(line, "muted", 1.2)
        places = [plot.at(b, w) for b, w in line]
        inside = [(x, y) for x, y in places if left + 20 < x < end - 20 and top + 12 < y < bottom - 8]
        if inside and level not in skip:
            x, y = max(inside, key=lambda place: (place[0], -place[1]))
            plot.canvas.text(x, y + 5, grouped(round(level)), "small fill-muted", "middle")


def _above(language: str) -> str:
    words = WORDS[language]
    canvas = Canvas(600, 460, words["above"])
    plot = map_of_the_bowl(canvas, (60, 40, 580, 400))
    plot.dots([(0, 0)], "orange", 7)
    plot.label(BEST_B, BEST_W, words["minimum"], "fill-green", "end", dx=-36, dy=44)
    plot.label(0, 0, words["start"], "fill-orange", dx=14, dy=-14)
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
    plot.label(-1, loss(0, 0) - slope, words["tangent"], "fill-orange", dx=18, dy=6)
    return canvas.svg()


def _step(language: str) -> str:
    words = WORDS[language]
    canvas = Canvas(600, 620, words["step"])
    # The same scale on both axes: only then is a right angle a right angle.
    plot = Plot(canvas, (60, 40, 580, 560), (-1.4, 2.8), (-0.6, 3.6))
    plot.axes([-1, 0, 1, 2], [0, 1, 2, 3], "b", "w1")
    path = descend(0.01).path
    number_contours(plot, (303.7142857, 250, 200, 170.8436, 130, 100, 70, 50), skip=(303.7142857, 170.8436))
    canvas.arrow(plot.at(*path[0]), plot.at(*path[1]), "orange", 3)
    plot.dots([path[0]], "orange", 6)
    plot.label(0, 0, words["here"], "fill-orange", dx=14, dy=-4)
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
