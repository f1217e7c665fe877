"""The op table: every row by its name, and what Value is lent by the functions: five methods, an answer for NumPy."""

from __future__ import annotations

from .. import ops
from ..engine import Value
from ..ops import Op
from . import activations, elementary, exact, lengths, piecewise, reductions, rounding, special, trigonometric

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# The whole table by name: arithmetic, functions, and the rows that only rules are made of. Tests and docs walk it.
OPS: dict[str, Op] = {
    row.name: row
    for room in (
        ops,
        elementary,
        trigonometric,
        special,
        lengths,
        piecewise,
        rounding,
        activations,
        reductions,
        exact,
    )
    for row in vars(room).values()
    if isinstance(row, Op)
}

# The five that are methods too: micrograd and microgpt write x.exp() and x.relu().
Value.exp, Value.log, Value.tanh, Value.relu, Value.sigmoid = (
    elementary.exp,
    elementary.log,
    trigonometric.tanh,
    activations.relu,
    activations.sigmoid,
)


def _array_ufunc(self: Value, ufunc: Any, method: str, *operands: Any, **options: Any) -> Any:  # noqa: ARG001
    from .ufuncs import applied

    return applied(OPS, ufunc, method, operands, options)


Value.__array_ufunc__ = _array_ufunc
