"""Rewrite: peephole rules. Each says what an expression is in fewer words, where not one bit of the result changes.

A traced graph holds more than a person would write: factors of one, sums of negated terms, sums as ops. A rule is given
the expressions so far and the numbers of the operands (see `ir.py`), and gives the number of the simpler expression, or
None. Here are also the ops that only rules make.

>>> RULES[MUL], ROWS["choice_up"]                            # doctest: +ELLIPSIS
(<function _mul at ...>, <op choice_up>)
"""

from __future__ import annotations

import math

from ..functions import OPS
from ..functions.elementary import EXP
from ..functions.piecewise import STEP
from ..functions.reductions import AFFINE, DOT, MEAN, PEAK, PROD, SUM, TOTAL
from ..machinery.scalar import DETACH
from ..ops import ADD, DIV, MUL, NEG, NEVER, POW, POWER_TERM, SUB, WITH_PARTIALS, Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Protocol

    class Expressions(Protocol):
        """What a rule looks at, and has made: numbered expressions."""

        ops: list[Op | None]
        operands: list[Any]

        def apply(self, op: Op, *operands: int) -> int:
            """The number of an expression."""

        def constant(self, x: float) -> int:
            """The number of a constant."""

        def value(self, i: int) -> Any:
            """The float that expression i is, or None."""

        def negated(self, i: int) -> int | None:
            """The number of y if expression i is -y, else None."""


# --- Ops that rules make --------------------------------------------------------------------------------------------

# x ** y as text gives a complex number where math.pow, which agrees with it to the bit, raises: so `**` is for whole
# exponents alone.
POW_CALL = Op("pow", math.pow, POW.partials)

# A step whose tie goes to one side is a choice of two, but for nan; as a factor, one of z and 0 * z.
STEP_UP, STEP_AT = [
    Op(
        name,
        lambda x, y, tie=tie: STEP.forward(x, y, tie),
        lambda out, x, y: (0.0, 0.0),
        f"1.0 if {{0}} {above} {{1}} else 0.0 if {{0}} {below} {{1}} else nan",
        raises=NEVER,
    )
    for name, tie, above, below in (("step_up", 0.0, ">", "<="), ("step_at", 1.0, ">=", "<"))
]
CHOICE_UP, CHOICE_AT = [
    Op(
        step.name.replace("step", "choice"),
        lambda x, y, z, step=step: z * step.forward(x, y),
        lambda out, x, y, z, step=step: (0.0, 0.0, step(x, y)),
        str(step.code).replace("1.0", "{2}", 1).replace("0.0", "0.0 * {2}", 1),  # which may be -0.0, or nan
        raises=NEVER,
    )
    for step in (STEP_UP, STEP_AT)
]

# With an exponent that varies; where math.pow raises, at a pole, eager code takes over.
POWER_CALL = Op(
    "power_call",
    POWER_TERM.forward,
    POWER_TERM.partials,
    "0.0 if {0} == 0.0 else {0} * math.pow({1}, {2})",
    raises=WITH_PARTIALS,
)
LARGER = Op("max", max, lambda out, x, y: (None, None), "max({}, {})", raises=NEVER)

# Every op that an expression may have, by a name of its own.
OWN = (DETACH, POWER_CALL, LARGER, STEP_UP, STEP_AT, CHOICE_UP, CHOICE_AT)
ROWS: dict[str, Op] = OPS | {"pow_call": POW_CALL} | {op.name: op for op in OWN}

# --- Rules ---------------------------------------------------------------------------------------------------------
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
RULES: dict[Op, Callable[..., int | None]] = {
    ADD: _add, SUB: _sub, MUL: _mul, DIV: _div, NEG: _neg, POW: _pow, POWER_TERM: _power_term, STEP: _step,
    SUM: _sum, MEAN: _mean, DOT: _dot, AFFINE: _dot, PROD: _prod, PEAK: _peak, TOTAL: _total,
}
# fmt: on
