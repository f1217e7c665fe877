"""Expressions: what a graph computes, each thing once, and in fewer words where not one bit of the result changes.

A traced graph holds more than a person would write: the same product twice, factors of one, sums of negated terms.
Numbering its expressions as they are met finds the first; a few rewritings, each exact for all floats, find the rest.

>>> from minigrad import Value
>>> x = Value(3.0)
>>> found = Expressions()
>>> inputs = {x: found.input("argument", 0)}
>>> found.number([(x * x) * 1.0, x * x, 2.0 + -x], inputs)      # the first two are the same
[1, 1, 5]
>>> found.ops[5], [found.operands[i] for i in found.operands[5]]    # and the last is 2 - x
(<op sub>, [2.0, ('argument', 0)])
"""

from __future__ import annotations

import math

from ..engine import Value
from ..functions import OPS
from ..functions.elementary import EXP
from ..functions.piecewise import STEP
from ..functions.reductions import AFFINE, DOT, MEAN, PEAK, PROD, SUM, TOTAL
from ..machinery.scalar import DETACH
from ..ops import ADD, DIV, MUL, NEG, POW, POWER_TERM, SUB, Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

# x ** y as text gives a complex number where math.pow, which agrees with it to the bit, raises: so `**` is for whole
# exponents alone.
POW_CALL = Op("pow", math.pow, POW.partials)

# A step whose tie goes to one side is a choice of two, but for nan; and one as a factor chooses between that and 0.
STEP_UP, STEP_AT = [
    Op(
        name,
        lambda x, y, tie=tie: STEP.forward(x, y, tie),
        lambda out, x, y: (0.0, 0.0),
        f"1.0 if {{0}} {above} {{1}} else 0.0 if {{0}} {below} {{1}} else nan",
    )
    for name, tie, above, below in (("step_up", 0.0, ">", "<="), ("step_at", 1.0, ">=", "<"))
]
CHOICE_UP, CHOICE_AT = [
    Op(
        step.name.replace("step", "choice"),
        lambda x, y, z, step=step: z * step.forward(x, y),
        lambda out, x, y, z, step=step: (0.0, 0.0, step(x, y)),
        str(step.code).replace("1.0", "{2}", 1),
    )
    for step in (STEP_UP, STEP_AT)
]

# With an exponent that varies; where math.pow raises, at a pole, eager code takes over.
POWER_CALL = Op(
    "power_call", POWER_TERM.forward, POWER_TERM.partials, "0.0 if {0} == 0.0 else {0} * math.pow({1}, {2})"
)
LARGER = Op("max", max, lambda out, x, y: (None, None), "max({}, {})")

# Every op that an expression may have, by a name of its own.
OWN = (DETACH, POWER_CALL, LARGER, STEP_UP, STEP_AT, CHOICE_UP, CHOICE_AT)
ROWS: dict[str, Op] = OPS | {"pow_call": POW_CALL} | {op.name: op for op in OWN}


class Expressions:
    """A list of expressions, numbered so that each stands after those that it is made of.

    Expression i is `ops[i]` of the expressions with the numbers `operands[i]`; where the op is None, the operands are
    a float for a constant, and (kind, index) for an input.
    """

    __slots__ = ("ops", "operands", "_numbers")

    def __init__(self) -> None:
        self.ops: list[Op | None] = []
        self.operands: list[Any] = []
        self._numbers: dict[Any, int] = {}

    def input(self, kind: str, index: int) -> int:
        """The number of an input."""
        return self._find((kind, index), None, (kind, index))

    def constant(self, x: float) -> int:
        """The number of a constant, by its text, which tells 0.0 from -0.0 but not one nan from another."""
        return self._find(repr(x), None, x)

    def apply(self, op: Op, *operands: int) -> int:
        """The number of `op` of the operands, or of something simpler that has the very same bits."""
        if (rewrite := _REWRITE.get(op)) is not None and (simpler := rewrite(self, *operands)) is not None:
            return simpler
        constants = [self.operands[i] for i in operands if self.ops[i] is None and self.operands[i].__class__ is float]
        if len(constants) == len(operands):
            try:
                return self.constant(float(op.forward(*constants)))
            except (ArithmeticError, ValueError):  # it may stand where it is never computed
                pass
        if op in (ADD, MUL) and (op, operands[::-1]) in self._numbers:
            operands = operands[::-1]
        return self._find((op, operands), op, operands)

    def number(self, roots: Iterable[Value], known: dict[Value, int]) -> list[int]:
        """The numbers of what the roots compute from the Values in `known`; all other leaves are constants."""
        roots = [*roots]
        stack = roots[::-1]
        while stack:
            node = stack[-1]
            if node in known:
                stack.pop()
            elif node.op is None:
                known[node] = self.constant(node._number)
            elif missing := [x for x in node.operands if isinstance(x, Value) and x not in known]:
                stack += reversed(missing)
            else:
                operands = [known[x] if isinstance(x, Value) else self.constant(x) for x in node.operands]
                known[node] = self.apply(node.op, *operands)
        return [known[root] for root in roots]

    def value(self, i: int) -> Any:
        """The float that expression i is, or None if it is no constant."""
        return self.operands[i] if self.operands[i].__class__ is float else None

    def negated(self, i: int) -> int | None:
        """The number of y if expression i is -y, or a constant below zero; else None."""
        if self.ops[i] is NEG:
            return self.operands[i][0]  # type: ignore[no-any-return]
        return self.constant(-x) if (x := self.value(i)) is not None and x < 0.0 else None

    def _find(self, key: Any, op: Op | None, operands: Any) -> int:
        if key not in self._numbers:
            self._numbers[key] = len(self.ops)
            self.ops.append(op)
            self.operands.append(operands)
        return self._numbers[key]


# --- Rewritings: each gives the number of the simpler expression, or None -------------------------------------------
#
# Exact for every float, zeros and infinities included. What is exact only almost always (x + 0.0, x * 0.0, moving a
# minus out of a sum, joining constants) is not here.


def _add(e: Expressions, x: int, y: int) -> int | None:
    if (z := e.negated(y)) is not None:
        return e.apply(SUB, x, z)
    return e.apply(SUB, y, e.operands[x][0]) if e.ops[x] is NEG else None


def _sub(e: Expressions, x: int, y: int) -> int | None:
    if (z := e.negated(y)) is not None:
        return e.apply(ADD, x, z)
    return x if repr(e.value(y)) == "0.0" else None


def _mul(e: Expressions, x: int, y: int) -> int | None:
    for one, other in ((x, y), (y, x)):
        if e.value(one) == 1.0:
            return other
        if e.value(one) == -1.0:
            return e.apply(NEG, other)
    for step, other in ((x, y), (y, x)):
        if (choice := _CHOICES.get(e.ops[step])) is not None:
            return e.apply(choice, *e.operands[step], other)
    if e.ops[x] is NEG:
        return e.apply(NEG, e.apply(MUL, e.operands[x][0], y))
    return e.apply(NEG, e.apply(MUL, x, e.operands[y][0])) if e.ops[y] is NEG else None


def _div(e: Expressions, x: int, y: int) -> int | None:
    if e.value(y) == 1.0:
        return x
    return e.apply(NEG, e.apply(DIV, e.operands[x][0], y)) if e.ops[x] is NEG else None


def _neg(e: Expressions, x: int) -> int | None:
    return e.operands[x][0] if e.ops[x] is NEG else None


def _pow(e: Expressions, x: int, y: int) -> int | None:
    exponent = e.value(y)
    if exponent == 1.0:
        return x
    if exponent == 0.0:
        return e.constant(1.0)
    return None if exponent is not None and exponent.is_integer() else e.apply(POW_CALL, x, y)


def _power_term(e: Expressions, c: int, x: int, y: int) -> int | None:
    """c * x**y; where that raises, at a pole, eager code takes over and knows the answer."""
    factor = e.value(c)
    if factor is None or e.value(y) is None:
        return e.apply(POWER_CALL, c, x, y)
    return e.apply(MUL, c, e.apply(POW, x, y)) if factor else c


def _step(e: Expressions, x: int, y: int, tie: int) -> int | None:
    if e.value(x) is None or e.value(y) is None:
        if repr(e.value(tie)) == "0.0":
            return e.apply(STEP_UP, x, y)
        if e.value(tie) == 1.0:
            return e.apply(STEP_AT, x, y)
    return None


def _sum(e: Expressions, *xs: int) -> int:
    total, *rest = xs
    for x in rest:
        total = e.apply(ADD, total, x)
    return total


def _mean(e: Expressions, *xs: int) -> int:
    return e.apply(DIV, _sum(e, *xs), e.constant(float(len(xs))))


def _dot(e: Expressions, *xs: int) -> int:
    first, half = len(xs) % 2, len(xs) // 2  # an affine sum begins with a term that is no product
    pairs = zip(xs[first : first + half], xs[first + half :], strict=True)
    return _sum(e, *xs[:first], *[e.apply(MUL, x, y) for x, y in pairs])


def _peak(e: Expressions, *xs: int) -> int:
    peak, *rest = xs
    for x in rest:
        peak = e.apply(LARGER, peak, x)
    return peak


def _total(e: Expressions, peak: int, *xs: int) -> int | None:
    return _sum(e, *[e.apply(EXP, e.apply(SUB, x, peak)) for x in xs]) if xs else None


def _prod(e: Expressions, *xs: int) -> int:
    product, *rest = xs
    for x in rest:
        product = e.apply(MUL, product, x)
    return product


_CHOICES: dict[Op | None, Op] = {STEP_UP: CHOICE_UP, STEP_AT: CHOICE_AT}
# fmt: off
_REWRITE: dict[Op, Callable[..., int | None]] = {
    ADD: _add, SUB: _sub, MUL: _mul, DIV: _div, NEG: _neg, POW: _pow, POWER_TERM: _power_term, STEP: _step,
    SUM: _sum, MEAN: _mean, DOT: _dot, AFFINE: _dot, PROD: _prod, PEAK: _peak, TOTAL: _total,
}
# fmt: on
