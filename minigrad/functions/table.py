"""The op table: every row by its name, and the five functions that are methods of a Value too."""

from __future__ import annotations

from .. import ops
from ..engine import Value
from ..ops import Op
from . import activations, elementary, lengths, piecewise, reductions, trigonometric

# The whole table by name: arithmetic, functions, and the rows that only rules are made of. Tests and docs walk it.
OPS: dict[str, Op] = {
    row.name: row
    for room in (ops, elementary, trigonometric, lengths, piecewise, activations, reductions)
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
