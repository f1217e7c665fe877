"""Column calls: a call of a compiled function with columns among its arguments.

>>> import numpy
>>> from minigrad.compiler import compile
>>> program = compile(lambda x, k: k * x if x > 1.0 else x * x, xp=numpy)
>>> program(numpy.asarray([0.5, 2.0, 3.0]), 10.0)
array([ 0.25, 20.  , 30.  ])
>>> program(0.5, 10.0)
0.25
"""

from __future__ import annotations

from array import array

from ..engine import Value
from ..machinery.recorder import tracing
from ..machinery.trees import argument, flattened
from .column_results import Results
from .errors import RowError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .columns import Columns


def answer(program: Any, numbers_alone: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What a program gives for these arguments; where no column is among them, what `numbers_alone` gives.

    Columns give columns, without gradient: for rows of floats, what the program gives for each of them as a number.
    Raises TypeError for a Value beside a column, ValueError for columns that differ in length, and what rows raise.
    """
    found: list[int] = []

    def leaf(x: Any, leaves: list[Any]) -> Any:
        if not is_column(x):
            return argument(x, leaves)
        found.append(len(leaves))
        leaves.append(x)
        return float

    structure, leaves = flattened((args, kwargs), leaf)
    if not found or tracing() is not None:
        return numbers_alone(*args, **kwargs)
    known = program.specialization(structure)
    columns = _columns(program.target, leaves, found, known.arguments)
    try:
        return Results(known, columns, program.target).result()
    except RowError as error:
        raise error.error from None


def _columns(target: Columns, leaves: list[Any], places: list[int], names: list[str]) -> list[Any]:
    """All arguments as columns of one length, for which those at `places` are some already."""
    for k in places:
        leaves[k] = target.column(leaves[k], names[k])
    counts = {names[k]: len(leaves[k]) for k in places}
    if len({*counts.values()}) > 1:
        raise ValueError(f"expected columns of one length, got {counts}")
    count = len(leaves[places[0]])
    if not count:
        raise ValueError(f"expected columns with at least one row, got none for {', '.join(counts)}")
    for name, x in zip(names, leaves, strict=True):
        if isinstance(x, Value):
            raise TypeError(
                f"expected numbers beside columns, got {x!r:.100} for {name}: no gradient goes through a column; pass "
                "its .data, or use backward(rows)"
            )
    return [target.spread(x, count) if x.__class__ is float else x for x in leaves]


def is_column(x: Any) -> bool:
    """Whether an argument is a column: an array with dimensions."""
    return isinstance(x, array) or (hasattr(x, "dtype") and len(getattr(x, "shape", ())) > 0)
