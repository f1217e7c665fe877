"""How rows become text: the tables that `run.py` prints, which are the page that it writes."""

import importlib.metadata
import os
import platform

from .harness import middle

PEERS = [
    "autograd",
    "casadi",
    "ddx-ad",
    "jax",
    "jaxlib",
    "lmfit",
    "micrograd",
    "numba",
    "numpy",
    "pandas",
    "scikit-learn",
    "scipy",
    "torch",
]
INTRODUCTION = """
# Benchmarks

This page is written by `python tests/benchmarks/run.py`, which anyone can run; the extra `bench` brings the other
libraries. Every contender of a row does the same work, all on float64, and before anything is timed their results are
compared: values, gradients or moved parameters agree to 1e-9 of the largest (scikit-learn, which stops by a rule of its
own, to 1e-2). Then they take turns, round after round, so that whatever else the machine does hits them all alike. A
time is the median of the rounds, with the quartiles beside it; a ratio is taken round by round before its median. The
first run is what the very first call took: tracing and compiling included, importing not. In `moons` and `gpt` a sample
is four steps in a row at least, with Python's collector as it is, so that what a step leaves to it is on the clock. A
whole run takes about ten minutes, most of it for the largest graphs; `--quick` takes one.
""".strip()
IN_SHORT = """
## In short

![A fit, a step of a network, 30 operations: the times of minigrad, JAX, PyTorch, micrograd](figures/speeds.svg)

Medians of this run, on an axis where each mark is ten times the one before. The tables below unfold.
""".strip()
UNITS = {"s": [(1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns")], "B": [(1e9, "GB"), (1e6, "MB"), (1.0, "bytes")]}


def amount(x, quantity):
    """A time, a number of bytes or a ratio, with three digits."""
    if quantity == "x":
        return f"{digits(x)}x"
    size, unit = next(((size, unit) for size, unit in UNITS[quantity] if abs(x) >= size), UNITS[quantity][-1])
    return f"{digits(x / size)} {unit}"


def digits(x):
    """A number with three digits, and never an exponent."""
    return (
        f"{x:,.0f}"
        if abs(x) >= 99.95
        else f"{x:.1f}"
        if abs(x) >= 9.995
        else f"{x:.2f}"
        if abs(x) >= 0.1
        else f"{x:.3g}"
    )


def spread(samples, quantity):
    """The quartiles of the samples."""
    _, low, high = middle(samples)
    return f"{amount(low, quantity)} to {amount(high, quantity)}" if len(samples) > 1 else ""


def machine():
    """What was measured on what."""
    versions = []
    for peer in PEERS:
        try:
            versions.append(f"{peer} {importlib.metadata.version(peer)}")
        except importlib.metadata.PackageNotFoundError:
            versions.append(f"{peer} not installed")
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}; {python}; {', '.join(versions)}."


def table(row):
    """A row of the benchmarks as a table, with a line for each contender."""
    several = any(len(samples) > 1 for samples in row.samples.values())
    heads = ["", "median" if several else "", "quartiles", f"x {row.base}", "first run"]
    columns = [heads] + [_line(row, name) for name in row.samples] + [[name, why] for name, why in row.missing.items()]
    used = [i for i in range(len(heads)) if i < 2 or any(len(cells) > i and cells[i] for cells in columns[1:])]
    lines = [[cells[i] if i < len(cells) else "" for i in used] for cells in columns]
    return _folded(f"{row.name}: {row.title}", _markdown(lines))


def _line(row, name):
    samples = row.samples[name]
    base = row.samples.get(row.base)
    times = [x / y for x, y in zip(samples, base, strict=False)] if base else []
    return [
        name,
        amount(middle(samples)[0], row.quantity),
        spread(samples, row.quantity),
        digits(middle(times)[0]) if times else "",
        amount(row.first[name], "s") if name in row.first and row.quantity == "s" else "",
    ]


def marks(rows):
    """The marks of all rows as one table, and below it what is known about those that are missed."""
    lines = [["mark", "to reach", "reached", "quartiles", ""]]
    missed = {}
    for row in rows:
        for mark in row.marks:
            lines.append(_mark(mark, row.samples))
            if lines[-1][-1] == "missed" and mark.cause:
                missed.setdefault(mark.cause, []).append(mark.text)
    causes = [f"- {'; '.join(texts)}. {cause}" for cause, texts in missed.items()]
    why = ["", "Why those that are missed are missed:", "", *causes] if causes else []
    met = sum(line[-1] == "met" for line in lines)
    table_of_marks = _folded("The marks, one by one", _markdown(lines))
    return ["## The marks", "", f"{met} of {len(lines) - 1} are met.", "", *table_of_marks, *why]


def _mark(mark, samples):
    goal = f"at most {amount(mark.at_most, mark.unit)}" if mark.at_least == 0.0 else ""
    goal = goal or f"at least {amount(mark.at_least, mark.unit)}"
    try:
        figures = mark.figure(samples)
    except KeyError as missing:
        return [mark.text, goal, f"no {missing.args[0]}", "", ""]
    reached = middle(figures)[0]
    met = mark.at_least <= reached <= mark.at_most
    return [mark.text, goal, amount(reached, mark.unit), spread(figures, mark.unit), "met" if met else "missed"]


def _folded(summary, lines):
    """A table that unfolds: on a phone the page was 17,000 pixels long, and with a heading for each still 9,300."""
    return ["<details>", f"<summary>{summary}</summary>", "", *lines, "", "</details>"]


def _markdown(lines):
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    rule = ["-" * width for width in widths]
    lines = [lines[0], rule, *lines[1:]]
    return ["| " + " | ".join(cell.ljust(w) for cell, w in zip(cells, widths, strict=True)) + " |" for cells in lines]


def whole(rows, before):
    """The page; `before` says how busy the machine was."""
    parts = [[INTRODUCTION], [machine(), before], [IN_SHORT], marks(rows), *[table(row) for row in rows]]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"
