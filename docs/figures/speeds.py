"""The benchmarks in one chart: three jobs, read from the page that they wrote, on an axis by powers of ten."""

from __future__ import annotations

import math
import re
from pathlib import Path

from canvas import Canvas, Plot

PAGE = Path(__file__).resolve().parent.parent / "benchmarks.md"
UNITS = {"ns": 1e-9, "µs": 1e-6, "ms": 1e-3, "s": 1.0}
JOBS = {  # section of the page: what it is, and whom to show, the fastest first
    "process": ("a fit as a whole process", ["minigrad, a script", "JAX", "scikit-learn", "PyTorch"]),
    "moons": (
        "a step of micrograd's demo",
        [
            "minigrad, compiled, numba",
            "JAX, jit",
            "PyTorch",
            "minigrad, compiled",
            "minigrad, import changed",
            "micrograd",
        ],
    ),
    "small": ("30 operations, both derivatives", ["minigrad, compiled", "JAX, jit", "micrograd", "PyTorch"]),
}


def medians(section: str) -> dict[str, str]:
    """The median of each contender of one section, as the page has it."""
    text = re.split(rf"^<summary>{section}: .*$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1]
    rows = [
        line.strip("| ").split("|") for line in text.partition("\n</details>")[0].splitlines() if line.startswith("| ")
    ]
    return {cells[0].strip(): cells[1].strip() for cells in rows[2:]}


def seconds(median: str) -> float:
    """A time as a number: 24.2 ms is 0.0242."""
    number, unit = median.split(" ")
    return float(number.replace(",", "")) * UNITS[unit]


def figures() -> dict[str, str]:
    """The chart, by file name."""
    height = 60 + sum([40 + 26 * len(names) for _, names in JOBS.values()])
    canvas = Canvas(640, height + 50, "Times of three jobs for minigrad and others, on an axis by powers of ten")
    plot = Plot(canvas, (40, 20, 470, height), (-7, 1), (0, 1))
    words = ["0.1 µs", "1 µs", "10 µs", "100 µs", "1 ms", "10 ms", "0.1 s", "1 s"]
    ticks = [(k - 7, word) for k, word in enumerate(words)]
    plot.axes(ticks, [], "time, \N{MULTIPLICATION SIGN}10 per mark; shorter is faster", "")
    y = 50.0
    for section, (job, names) in JOBS.items():
        canvas.text(46, y, job, "bold fill-ink")
        for name in names:
            y += 26
            median = medians(section)[name]
            x, _ = plot.at(math.log10(seconds(median)), 0)
            color = "green" if name.startswith("minigrad") else "muted"
            canvas.line([(40, y - 5), (x, y - 5)], "grid", 2)
            canvas.dot(x, y - 5, color, 6)
            canvas.text(x + 12, y, f"{name}: {median}", f"small fill-{color}")
        y += 40
    return {"speeds.svg": canvas.svg()}
