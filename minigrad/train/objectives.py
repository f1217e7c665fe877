"""Objectives: what may be asked of one, whatever it is: a function, a compiled one, or a mean over rows.

>>> from minigrad import Value, compile
>>> w = Value(3.0)
>>> is_compiled(lambda: w * w), is_compiled(compile(lambda: w * w))
(False, True)
"""

from __future__ import annotations

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
