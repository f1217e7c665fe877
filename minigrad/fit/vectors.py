"""Vectors: the few things done with whole columns, which are lists, or arrays of NumPy's where there are many rows.

Sums of lists are rounded once. Those of arrays are added up pairwise in sixty-fours, and these sums exactly: that is
off by a few units in the last place at most.

>>> mean_product([1.0, 2.0], [3.0, 4.0]), less([5.0, 7.0], 2.0), less([5.0, 7.0], 2.0, [1.0, 3.0])
(5.5, [3.0, 5.0], [3.0, 1.0])
"""

from __future__ import annotations

import math
from operator import mul

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

MANY = 20_000  # rows from which NumPy's import, a tenth of a second, is worth its while


def numpy_for(rows: int) -> Any:
    """NumPy, if it is installed and there are so many rows that it pays; else None."""
    if rows < MANY:
        return None
    try:
        import numpy
    except ImportError:
        return None
    return numpy


def vectors(columns: Sequence[Sequence[float]]) -> list[Any]:
    """The columns, as arrays if there are many rows: those of doubles without a copy."""
    numpy = numpy_for(len(columns[0]))
    return [*columns] if numpy is None else [numpy.asarray(column, dtype=float) for column in columns]


def ones_like(column: Any) -> Any:
    """A column of ones."""
    return column * 0.0 + 1.0 if hasattr(column, "dtype") else [1.0] * len(column)


def less(column: Any, share: float, unit: Any = None) -> Any:
    """The column without a share of a unit, or of ones."""
    if hasattr(column, "dtype"):
        return column - share if unit is None else column - share * unit
    if unit is None:
        return [v - share for v in column]
    return [v - share * u for v, u in zip(column, unit, strict=True)]


def divided(column: Any, length: float) -> Any:
    """The column divided by a number."""
    return column / length if hasattr(column, "dtype") else [v / length for v in column]


def total(column: Any) -> float:
    """The sum of a column."""
    if not hasattr(column, "dtype"):
        return math.fsum(column)
    whole = len(column) // 64 * 64
    return math.fsum([*column[:whole].reshape(-1, 64).sum(axis=1).tolist(), *column[whole:].tolist()])


def mean_product(a: Any, b: Any) -> float:
    """mean(a * b), the sum of the rounded products being rounded once, or next to it."""
    return total(a * b if hasattr(a, "dtype") else map(mul, a, b)) / len(a)


def limits(column: Any) -> tuple[float, float]:
    """The smallest and the largest number of a column."""
    return (float(column.min()), float(column.max())) if hasattr(column, "dtype") else (min(column), max(column))
