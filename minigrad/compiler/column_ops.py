"""Column ops: the rows of the op table over whole columns, for any array namespace.

`over_columns(op, Space(xp))` is what computes an op of columns and numbers. Where the namespace has the function
itself, that is it; where not, a formula here, made of what namespaces have; and where there is neither, the op's own
forward, row by row. None of them raises: where a row's own forward would, the result is nan or infinite, and somebody
has to look.

>>> import numpy
>>> over_columns(ROWS["sigmoid"], Space(numpy))(numpy.asarray([0.0, -1000.0]))
array([0.5, 0. ])
"""

from __future__ import annotations

from ..ops import Op
from .column_formulas import FORMULAS
from .column_space import Space
from .rewrite import ROWS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

# Functions that the namespaces have, by the names that they have there.
NATIVE: dict[str, tuple[str, ...]] = {
    **{name: (name,) for name in ("exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sqrt", "cbrt", "sin")},
    **{name: (name,) for name in ("cos", "tan", "sinh", "cosh", "tanh", "erf", "erfc")},
    **{name: (name, f"arc{name[1:]}") for name in ("asin", "acos", "atan", "asinh", "acosh", "atanh")},
}
# The same of two columns, for which some namespaces take no plain numbers.
NATIVE_OF_TWO: dict[str, tuple[str, ...]] = {
    "atan2": ("atan2", "arctan2"),
    "copysign": ("copysign",),
}


def over_columns(op: Op, space: Space) -> Callable[..., Any]:
    """What computes the op of columns and numbers, of which one is a column at least."""
    xp = space.xp
    for name in NATIVE.get(op.name, ()) if ROWS.get(op.name) is op else ():
        if hasattr(xp, name):
            return getattr(xp, name)  # type: ignore[no-any-return]
    for name in NATIVE_OF_TWO.get(op.name, ()) if ROWS.get(op.name) is op else ():
        if hasattr(xp, name):
            return space.lifted(getattr(xp, name))
    needs, formula = FORMULAS.get(op, ((), None))
    if formula is not None and all(getattr(space, name, None) is not None for name in needs):
        return space.lifted(lambda *operands: formula(space, *operands))
    return space.row_by_row(op)
