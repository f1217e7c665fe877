"""Data and lines: the crickets with the misses of a guess, the cars with the first lines of the descent."""

from __future__ import annotations

from canvas import Canvas, Plot
from descent import BEST_B, BEST_W, ROWS, descend

from minigrad.datasets import crickets

WORDS = {
    "en": {
        "crickets": "Fifteen crickets, the line 25 + 3 x, and how far it misses each of them",
        "chirps": "chirps per second",
        "degrees": "°F",
        "guess": "y' = 25 + 3 · x1",
        "miss": "a miss",
        "cars": "Seven cars, the line at steps 0 to 5 of the descent, and the best line",
        "weight": "weight, thousands of pounds",
        "mpg": "miles per gallon",
        "step": "step {}",
        "best": "the best line",
    },
    "es": {
        "crickets": "Quince grillos, la recta 25 + 3 x y lo que le falta o le sobra en cada uno",
        "chirps": "chirridos por segundo",
        "degrees": "°F",
        "guess": "y' = 25 + 3 · x1",
        "miss": "un residuo",
        "cars": "Siete coches, la recta en los pasos 0 a 5 del descenso, y la mejor recta",
        "weight": "peso, miles de libras",
        "mpg": "millas por galón",
        "step": "paso {}",
        "best": "la mejor recta",
    },
}


def _crickets(language: str) -> str:
    words = WORDS[language]
    canvas = Canvas(600, 400, words["crickets"])
    plot = Plot(canvas, (60, 40, 580, 340), (14, 20.5), (66, 96))
    plot.axes(range(14, 21), range(70, 96, 5), words["chirps"], words["degrees"])
    plot.curve([(14, 67), (20.5, 86.5)], "blue", 2.5)
    plot.label(17.5, 71, words["guess"], "fill-blue")
    data = crickets()
    for (x,), y in zip(data.x, data.y, strict=True):
        plot.curve([(x, 25 + 3 * x), (x, y)], "red", 2)
        plot.dots([(x, y)], "ink")
    plot.label(17.2, 79, words["miss"], "fill-red", dx=9)
    return canvas.svg()


def _cars(language: str) -> str:
    words = WORDS[language]
    canvas = Canvas(600, 420, words["cars"])
    plot = Plot(canvas, (60, 40, 500, 360), (2, 4.6), (-1, 26))
    plot.axes([2, 2.5, 3, 3.5, 4, 4.5], range(0, 26, 5), words["weight"], words["mpg"])
    for step, (b, w) in enumerate(descend(0.01).path[:6]):
        plot.curve([(2, b + w * 2), (4.6, b + w * 4.6)], "orange", 2)
        plot.label(4.6, b + w * 4.6, words["step"].format(step), "small fill-orange", dx=8, dy=5)
    plot.curve([(2, BEST_B + BEST_W * 2), (4.6, BEST_B + BEST_W * 4.6)], "green", 3)
    plot.label(2.7, BEST_B + BEST_W * 2.7, words["best"], "fill-green", dx=4, dy=-8)
    plot.dots(ROWS, "ink", 6)
    return canvas.svg()


def figures() -> dict[str, str]:
    """Both pictures in both languages, by file name."""
    return {
        "crickets.svg": _crickets("en"),
        "crickets-es.svg": _crickets("es"),
        "cars.svg": _cars("en"),
        "cars-es.svg": _cars("es"),
    }
