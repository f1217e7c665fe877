"""Objectives: what may be asked of one, whatever it is: a function, a compiled one, or a mean over rows.

>>> from minigrad import Value, compile
>>> w = Value(3.0)
>>> is_compiled(lambda: w * w), is_compiled(compile(lambda: w * w))
(False, True)
"""

from __future__ import annotations

from ..compiler.names import argument_names
from ..machinery.trees import numbers_in
from .batches import OverRows

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def is_compiled(objective: Any) -> bool:
    """Whether an objective has a generated loop, `backward()`, that gives the loss and adds its gradient up.

    So has what `compile` made: a `Program` without arguments, or one over rows.
    """
    return bool(getattr(objective, "compiled", hasattr(objective, "backward")))


def graph_of(objective: Any) -> Any:
    """The function without arguments that gives the loss of an objective as a Value: of a compiled one, the original.

    >>> from minigrad import Value, compile
    >>> w = Value(3.0)
    >>> graph_of(compile(lambda: w * w))()
    Value(data=9.0, grad=0.0)
    """
    return getattr(objective, "__wrapped__", objective) if is_compiled(objective) else objective


def faulty_graph(objective: Any) -> tuple[Any, str]:
    """The part of the graph of a compiled objective in which a number is not finite, and where that is, or ""."""
    rows = objective.all_rows if getattr(objective, "batches", 0) is None else objective
    return rows.faulty() if hasattr(rows, "faulty") else (graph_of(objective)(), "")


def missing_cell(objective: Any) -> str:
    """The first cell that is nan among the rows of an objective, as "y in row 2"; "" if there is none."""
    if hasattr(objective, "missing"):
        return objective.missing()  # type: ignore[no-any-return]  # of rows in pieces
    if isinstance(objective, OverRows):
        tables = [(0, argument_names(objective.f, len(objective.rows[0])), objective.rows)]
    else:
        tables = [
            (group.start, group.specialization.arguments, group.rows) for group in getattr(objective, "groups", ())
        ]
    for start, names, rows in tables:
        for i, row in enumerate(rows, start):
            for name, cell in zip(names, row, strict=True):
                if any(x != x for x in numbers_in(cell)):
                    return f"{name} in row {i}"
    return ""
