"""Blame: which number of a table is why a loss, or its gradient, is not finite. None is if a row without such has none.

>>> import math
>>> rows = [("row 0", ["x"], [2.0], lambda x: math.log(x[0])), ("row 1", ["x"], [math.nan], lambda x: math.log(x[0]))]
>>> blamed(rows)
('row 1', 'x', nan)
>>> blamed([("row 0", ["x"], [2.0], lambda x: math.log(-1.0)), *rows]) is None
True
"""

from __future__ import annotations

import math

from ..engine import Value, gradients
from ..machinery.order import topological_order
from ..machinery.trees import numbers_in
from .errors import FAILURES, NewPath

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import Any

    Run = Callable[[list[float]], Any]  # the numbers of a row to what it gives, a tree of numbers
    Row = tuple[str, Sequence[str], Sequence[float], Run]  # where it is, the names of its numbers, and these

STAND_INS = (1.0, 0.0, -1.0, 100.0, -100.0)  # in place of a number that is not finite: one of these may be in a domain


def blamed(rows: Iterable[Row]) -> tuple[str, str, float] | None:
    """The first number to blame: where its row is, its name, and the number. None if it is not the rows' fault.

    A row may hold an inf, and be fine: so each is run. One that is not fine is to blame if it is with some other
    number in that place, or else if a row of finite numbers is.
    """
    doubtful, compared = None, False
    for place, names, given, run in rows:
        numbers = [*given]
        odd = [k for k, x in enumerate(numbers) if not math.isfinite(x)]
        if not odd and not compared:
            if not _is_fine(run, numbers):
                return None
            compared = True
        if not odd or _is_fine(run, numbers):
            continue
        if (k := _culprit(run, numbers, odd)) is not None:
            return place, names[k], numbers[k]
        doubtful = doubtful or (place, names[odd[0]], numbers[odd[0]])
    return doubtful if compared else None


def _culprit(run: Run, numbers: list[float], odd: list[int]) -> int | None:
    """Which of the odd numbers is to blame: the first that must not stay, where others in their places will do."""
    for x in STAND_INS:
        changed = [x if k in odd else number for k, number in enumerate(numbers)]
        if _is_fine(run, changed):
            kept = [[numbers[j] if j == k else other for j, other in enumerate(changed)] for k in odd]
            return next((k for k, row in zip(odd, kept, strict=True) if not _is_fine(run, row)), odd[0])
    return None


def _is_fine(run: Run, numbers: list[float]) -> bool:
    """Whether the results are finite, and so are their gradients."""
    try:
        return all(math.isfinite(x) for y in numbers_in(run(numbers)) for x in _with_gradient(y))
    except (*FAILURES, NewPath):
        return False


def _with_gradient(y: Any) -> Iterator[float]:
    if not isinstance(y, Value):
        yield y
        return
    yield y._number
    for derivative in gradients(y, [node for node in topological_order(y) if node._a is None]):
        yield derivative._number
