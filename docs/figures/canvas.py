"""A sheet of paper for the figures: lines, dots and words in, one SVG file out. Needs nothing but Python.

Every figure of these pages is drawn by a script in this folder, from a real run of minigrad. The same run gives the
same file, byte for byte, so a test can say whether a figure still shows what the library does.

A figure has a light and a dark dress, and follows the reader's system.
"""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    Point = tuple[float, float]

LIGHT = {
    "paper": "#ffffff",
    "ink": "#1f2328",
    "muted": "#636b76",
    "grid": "#e3e6ea",
    "blue": "#0b69b0",
    "orange": "#b35900",
    "green": "#0f7b55",
    "red": "#c02b2b",
}
DARK = {
    "paper": "#16181c",
    "ink": "#e8eaed",
    "muted": "#a3abb6",
    "grid": "#32363d",
    "blue": "#6cb6ff",
    "orange": "#ffab5e",
    "green": "#5bd6a5",
    "red": "#ff8279",
}


def _dress(colors: dict[str, str]) -> str:
    rules = [f".{name}{{stroke:{color}}}.fill-{name}{{fill:{color}}}" for name, color in colors.items()]
    return "".join([*rules, f"text{{stroke:{colors['paper']}}}"])  # a halo: words stay legible on a line


_STYLE = (
    "text{font:17px system-ui,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif;paint-order:stroke;stroke-width:4px}"
    ".small{font-size:15px}.bold{font-weight:600}.code{font-family:ui-monospace,Menlo,Consolas,monospace}"
    "path,line,polyline{fill:none}"
)


def grouped(n: int) -> str:
    """A whole number with a thin space between thousands, which no language mistakes for a decimal mark."""
    return f"{n:,}".replace(",", "\u2009")


def number(x: float, digits: int = 1) -> str:
    """`x` as short as it goes, for a file that does not depend on the last bits of a float."""
    text = f"{x:.{digits}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


class Canvas:
    """One figure of `width` by `height`; `title` is read out to those who do not see it."""

    def __init__(self, width: float, height: float, title: str) -> None:
        self.width, self.height, self.title = width, height, title
        self.parts: list[str] = []
        self.style = ""  # what one figure needs beside the style that all share

    def add(self, svg: str) -> None:
        """Append a piece of SVG as it is."""
        self.parts.append(svg)

    def text(self, x: float, y: float, words: str, kind: str = "fill-ink", anchor: str = "start") -> None:
        """Words whose base line begins, has its middle or ends at (x, y)."""
        self.add(f'<text x="{number(x)}" y="{number(y)}" class="{kind}" text-anchor="{anchor}">{escape(words)}</text>')

    def line(self, points: Iterable[Point], color: str, width: float = 2, more: str = "") -> None:
        """A line from point to point."""
        path = " ".join([f"{number(x)},{number(y)}" for x, y in points])
        self.add(f'<polyline points="{path}" class="{color}" stroke-width="{number(width)}"{more}/>')

    def arrow(self, start: Point, end: Point, color: str, width: float = 2.5) -> None:
        """A line with a head at its end."""
        (x1, y1), (x2, y2) = start, end
        angle = math.atan2(y2 - y1, x2 - x1)
        back = [(x2 - 13 * math.cos(angle + turn), y2 - 13 * math.sin(angle + turn)) for turn in (0.42, -0.42)]
        self.line([start, (x2 - 9 * math.cos(angle), y2 - 9 * math.sin(angle))], color, width)
        head = " ".join([f"{number(x)},{number(y)}" for x, y in [end, *back]])
        self.add(f'<polygon points="{head}" class="fill-{color}"/>')

    def dot(self, x: float, y: float, color: str, radius: float = 5) -> None:
        """A filled circle with a rim of paper, so that two that touch stay two."""
        self.add(
            f'<circle cx="{number(x)}" cy="{number(y)}" r="{number(radius)}" class="fill-{color} paper" '
            'stroke-width="1.2"/>'
        )

    def svg(self) -> str:
        """The whole file."""
        size = f"{number(self.width)} {number(self.height)}"
        style = f"{_STYLE}{_dress(LIGHT)}@media (prefers-color-scheme:dark){{{_dress(DARK)}}}{self.style}"
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}" width="{number(self.width)}" '
            f'height="{number(self.height)}" role="img">',
            f"<title>{escape(self.title)}</title>",
            f"<style>{style}</style>",
            '<rect width="100%" height="100%" rx="8" class="fill-paper"/>',
            *self.parts,
            "</svg>",
        ]
        return "\n".join(parts) + "\n"


class Plot:
    """Axes on a canvas: `box` is (left, top, right, bottom) on the paper, `across` and `up` the ranges they show."""

    def __init__(self, canvas: Canvas, box: tuple[float, float, float, float], across: Point, up: Point) -> None:
        self.canvas, self.box, self.across, self.up = canvas, box, across, up
        self.clip = f"clip{len(canvas.parts)}"
        left, top, right, bottom = box
        canvas.add(
            f'<clipPath id="{self.clip}"><rect x="{number(left)}" y="{number(top)}" width="{number(right - left)}" '
            f'height="{number(bottom - top)}"/></clipPath>'
        )

    def at(self, x: float, y: float) -> Point:
        """Where on the paper the point (x, y) is; far outside is no farther than far outside."""
        left, top, right, bottom = self.box
        (x0, x1), (y0, y1) = self.across, self.up
        px = left + (right - left) * (x - x0) / (x1 - x0)
        py = bottom - (bottom - top) * (y - y0) / (y1 - y0)
        return min(max(px, -4000.0), 4000.0), min(max(py, -4000.0), 4000.0)

    def axes(
        self,
        xs: Sequence[float | tuple[float, str]],
        ys: Sequence[float | tuple[float, str]],
        xlabel: str,
        ylabel: str,
    ) -> None:
        """Grid lines with their numbers (or words), and what the two axes mean."""
        left, top, right, bottom = self.box
        for tick in xs:
            x, words = tick if isinstance(tick, tuple) else (tick, f"{tick:g}")
            px, _ = self.at(x, self.up[0])
            self.canvas.line([(px, top), (px, bottom)], "grid", 1)
            self.canvas.text(px, bottom + 20, words, "small fill-muted", "middle")
        for tick in ys:
            y, words = tick if isinstance(tick, tuple) else (tick, f"{tick:g}")
            _, py = self.at(self.across[0], y)
            self.canvas.line([(left, py), (right, py)], "grid", 1)
            self.canvas.text(left - 8, py + 5, words, "small fill-muted", "end")
        self.canvas.text((left + right) / 2, bottom + 43, xlabel, "fill-ink", "middle")
        self.canvas.text(left - 40, top - 12, ylabel, "fill-ink")

    def curve(self, points: Iterable[Point], color: str, width: float = 2, more: str = "") -> None:
        """A line through points of the data, cut off at the edge of the box."""
        placed = [self.at(x, y) for x, y in points]
        self.canvas.line(placed, color, width, f' clip-path="url(#{self.clip})"{more}')

    def dots(self, points: Iterable[Point], color: str, radius: float = 5) -> None:
        """A dot at each point that is inside of the box."""
        left, top, right, bottom = self.box
        for x, y in points:
            px, py = self.at(x, y)
            if left <= px <= right and top <= py <= bottom:
                self.canvas.dot(px, py, color, radius)

    def label(
        self,
        x: float,
        y: float,
        words: str,
        kind: str = "fill-ink",
        anchor: str = "start",
        dx: float = 0,
        dy: float = 0,
    ) -> None:
        """Words at a point of the data, moved by (dx, dy) on the paper."""
        px, py = self.at(x, y)
        self.canvas.text(px + dx, py + dy, words, kind, anchor)
