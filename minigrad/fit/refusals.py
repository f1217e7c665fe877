"""What cannot be fitted, and what to do instead: tables that settle no line, options out of range.

>>> from minigrad.datasets import Dataset
>>> check_table(Dataset([(1.0,), (1.0,)], [2.0, 3.0], ["x"], "y"))
Traceback (most recent call last):
    ...
ValueError: feature 'x' is constant, 1 in every row; leave it out: b says as much
"""

from __future__ import annotations

from ..datasets.records import shown
from .bowl import SCALES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..datasets import Dataset

_SMALLEST, _LARGEST = 1e-70, 1e70  # beyond these, the square of a product may leave the range of floats


def check_table(data: Dataset, intercept: bool = True) -> None:
    """Raise ValueError unless the table can settle a line; the message says what is to blame and what to do."""
    names = [*data.features, data.target]
    if len(set(names)) < len(names):
        raise ValueError(f"expected a name of its own for each column, got {shown(names)}; rename them")
    need = len(data.features) + intercept
    if len(data) < need:
        rows = f"{len(data)} row" + "s" * (len(data) != 1)
        raise ValueError(
            f"expected at least {need} rows to settle {need} parameters, got {rows}; add rows, or choose fewer features"
        )
    for name, column in data.columns.items():
        low, high = min(column), max(column)
        if low == high and name != data.target and (intercept or not low):
            why = "b says as much" if intercept else "it adds nothing"
            raise ValueError(f"feature {name!r} is constant, {low:g} in every row; leave it out: {why}")
        for size in (max(-low, high), high - low):
            if size and not _SMALLEST <= size <= _LARGEST:
                raise ValueError(f"column {name!r}: {size:g} is too large or small to be squared; choose another unit")


def check_options(start: float, tol: float, scale: str | None) -> None:
    """Raise ValueError if an option of `fit` is out of range."""
    if not abs(start) <= _LARGEST:
        raise ValueError(f"expected a start between -{_LARGEST:g} and {_LARGEST:g}, got {start!r}; 0 is the default")
    if not 0 <= tol < 1:
        raise ValueError(f"expected a tolerance 0 <= tol < 1, got {tol!r}; 1e-16 is the default")
    if scale not in (None, *SCALES):
        raise ValueError(f"expected a scale, one of {', '.join(SCALES)}, got {scale!r}; orthogonal is the default")
