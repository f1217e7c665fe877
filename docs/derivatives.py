"""Writes the page of derivatives: every row of the op table, with the partial derivatives as its own rule gives them.

    python docs/derivatives.py > docs/derivatives.md

A rule is arithmetic on whatever it is given, so it is given text here, and what comes out is the formula.
"""

from __future__ import annotations

import inspect
import math
import sys
from typing import Any

from minigrad import functions, ops
from minigrad.functions import (
    activations,
    elementary,
    exact,
    lengths,
    piecewise,
    reductions,
    rounding,
    special,
    trigonometric,
)
from minigrad.ops import Op

CONSTANTS = {
    math.log(2.0): "log(2)",
    1.0 / math.log(2.0): "1/log(2)",
    1.0 / math.log(10.0): "1/log(10)",
    1.0 / 3.0: "1/3",
    2.0 / math.sqrt(math.pi): "2/sqrt(pi)",
    1.0 / math.sqrt(2.0 * math.pi): "1/sqrt(2 pi)",
    180.0 / math.pi: "180/pi",
    math.pi / 180.0: "pi/180",
}

# What the rows without a public function of their name have to say for themselves.
NOTES = {
    "add": "`x + y`.",
    "sub": "`x - y`.",
    "mul": "`x * y`.",
    "div": "`x / y`. ZeroDivisionError for y = 0.",
    "pow": "`x ** y`. ZeroDivisionError for 0 to a negative power, ValueError for a negative number to a fractional "
    "one. At x = 0 the derivative in x is 0 for y = 0 and y > 1, and inf for 0 < y < 1. The one in y is 0 at x = 0, "
    "and nan below.",
    "neg": "`-x`.",
    "abs": "`abs(x)`, and the function `fabs`. At 0 the derivative is 0.",
    "power_term": "c * x ** y, but 0 where c is 0, and inf where it is past all floats or at a pole.",
    "power_log": "c * x ** y * log(x) ** n, but 0 where c is 0, and 0 at x = 0 for y >= 0; nan below 0. What the "
    "derivatives in an exponent are made of.",
    "round": "`round(x)`: the nearest whole number, of two the even one. OverflowError for inf, ValueError for nan. "
    "The derivative is 0.",
    "round_to": "`round(x, digits)`, correctly rounded in decimals. OverflowError past all floats.",
    "floordiv": "`x // y`. ZeroDivisionError for y = 0. The derivatives are 0 everywhere.",
    "mod": "`x % y`, with the sign of y. ZeroDivisionError for y = 0.",
    "sinc_derivative": "The derivative of order n of `sinc`.",
    "quotient": "(x - rest) / y, the whole number that it is but for rounding.",
    "fraction": "The first of `modf(x)`.",
    "whole": "The second of `modf(x)`.",
    "mantissa": "The first of `frexp(x)`.",
    "exponent": "The second of `frexp(x)`.",
    "inverse": "1 / x, but inf at 0.",
    "math_pow": "The function `pow`.",
    "bell": "exp(-c * x * x), with x * x not rounded.",
    "normal_cdf": "The chance that a standard normal variable is below x.",
    "asin_derivative": "1 / sqrt(1 - x * x), inf at both ends.",
    "acosh_derivative": "1 / sqrt(x * x - 1), inf at 1.",
    "asinh_derivative": "1 / sqrt(1 + x * x), without overflow.",
    "sech2": "1 / cosh(x)**2, without overflow.",
    "ratio": "x / y, but 0 where y is 0.",
    "cosine": "x / hypot(x, y), but 0 at the origin: the derivative of a `hypot` of two.",
    "step": "1 where x > y, 0 where x < y, `tie` where x = y. The function `heaviside` is step(x, 0, at_zero).",
    "at_least": "`maximum` of a Value x and a plain number y, to which a tie goes.",
    "at_most": "`minimum` of a Value x and a plain number y, to which a tie goes.",
    "affine": "b + x1 * y1 + x2 * y2 + ..., from left to right: the sum inside a neuron.",
    "peak": "The largest operand, held constant: what is made of it comes out the same whatever it is.",
    "total": "exp(x1 - peak) + exp(x2 - peak) + ...",
    "share": "exp(x - peak) / total: one of the numbers that `softmax` gives.",
}

ROOMS = [
    (ops, "Arithmetic"),
    (elementary, "Exponentials, logarithms, roots, powers, the error function"),
    (trigonometric, "Angles"),
    (special, "The gamma function, and the sinc"),
    (lengths, "Lengths, and the angle of a point"),
    (piecewise, "Functions made of pieces"),
    (rounding, "Remainders, and parts of a number"),
    (activations, "Activations"),
    (reductions, "Many operands"),
    (exact, "Sums of products, rounded once"),
]


class Text:
    """A formula that ops and operators make longer. `rank` says how tightly its last operator binds."""

    def __init__(self, text: str, rank: int = 9) -> None:
        self.text, self.rank = text, rank

    def _record(self, op: Op, operands: tuple[Any, ...]) -> Text:
        return Text(f"{op.name}({', '.join(written(x) for x in operands)})")

    def __neg__(self) -> Text:
        return Text(f"-{within(self, 3)}", 3)


def written(x: Any) -> str:
    """The text of what a rule gives: a formula, or a number, by its name if it has one."""
    if x is None:
        return "held constant"
    if isinstance(x, Text):
        return x.text
    return f"-{CONSTANTS[-x]}" if -x in CONSTANTS else CONSTANTS.get(x, f"{x:g}")


def within(x: Any, rank: int) -> str:
    """The text of an operand, in parentheses where the operator around it, of the rank given, would tear it apart."""
    text = written(x)
    own = x.rank if isinstance(x, Text) else 2 if "/" in text or text.startswith("-") else 9
    return text if own >= rank else f"({text})"


def operator(sign: str, left: int, right: int, rank: int) -> Any:
    """An operator of texts and its reflected twin; `left` and `right` are the ranks it wants its operands to have."""

    def apply(x: Any, y: Any) -> Text:
        return Text(f"{within(x, left)}{sign}{within(y, right)}", rank)

    return apply, lambda y, x: apply(x, y)


Text.__add__, Text.__radd__ = operator(" + ", 1, 1, 1)
Text.__sub__, Text.__rsub__ = operator(" - ", 1, 2, 1)
Text.__mul__, Text.__rmul__ = operator(" * ", 2, 3, 2)
Text.__truediv__, Text.__rtruediv__ = operator(" / ", 2, 3, 2)
Text.__pow__, Text.__rpow__ = operator("**", 5, 4, 4)


def names(op: Op) -> list[str]:
    """The operands as the rule calls them, three for as many as there may be; some have two lists."""
    if op.name in ("dot", "affine", "sumprod"):
        return [*["b"][op.name != "affine" :], "x1", "x2", "y1", "y2"]
    _, *parameters = inspect.signature(op.partials).parameters.values()
    found: list[str] = []
    for p in parameters:
        found += [p.name] if p.kind is not p.VAR_POSITIONAL else ["x1", "x2", "x3"]
    return found


def line(op: Op) -> str:
    """One line of a table."""
    operands = names(op)
    partials = op.partials(Text("out"), *map(Text, operands))
    partials = partials if isinstance(partials, (tuple, list)) else [partials]
    formulas = [f"{x}: `{written(partial)}`" for x, partial in zip(operands, partials, strict=True)]
    if len(operands) == 1:
        formulas = [f"`{written(partials[0])}`"]
    return f"| `{op.name}` | {'<br>'.join(formulas)} | {notes(op)} |"


def notes(op: Op) -> str:
    """What the docstring of the public function says, from its first line to its example."""
    if op.name in NOTES:
        return NOTES[op.name]
    documentation = inspect.getdoc(getattr(functions, op.name)) or ""
    return " ".join(documentation.partition(">>>")[0].split())


def page() -> str:
    """The whole page."""
    lines = [
        "<!-- Written by docs/derivatives.py; a test keeps it in step with the table. -->",
        "",
        "# Derivatives",
        "",
        "Every row of the op table: its derivative in each operand, as its rule computes it, and what it does at the",
        "edges. `out` is the result of the op itself. A rule is made of ops with rules of their own, so derivatives",
        "of every order follow. Rows that stand for no function of their own are what only such rules are made of, and",
        "`affine`, the sum inside a neuron. The tables unfold.",
        "",
        "Rules never raise where the function has a value: a derivative that does not exist is inf, nan, or the",
        "choice named here. Errors are those of Python's own arithmetic and of the `math` module, with op and operands",
        "in the message.",
    ]
    seen: set[str] = set()  # a room imports rows only from those before it
    for room, title in ROOMS:
        rows = [op for op in vars(room).values() if isinstance(op, Op) and op.name not in seen]
        seen |= {op.name for op in rows}
        summary = f"<summary>{', '.join([op.name for op in rows])}</summary>"
        table = ["| op | derivative | conventions |", "|---|---|---|", *map(line, rows)]
        lines += ["", f"## {title}", "", "<details>", summary, "", *table, "", "</details>"]
    lines += [
        "",
        "Made of these rows without one of their own: `log` to a base, `dist`, `norm`, `clamp`, `heaviside`,",
        "`softmax`, `modf` and `frexp`. `where` is no op at all: it hands on the chosen side; `isclose`, `isfinite`,",
        "`isinf` and `isnan` are comparisons.",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(page())
