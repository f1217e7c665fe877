"""Column space: an array namespace, and what it has by another name, takes in another form, or has not at all.

>>> import numpy
>>> space = Space(numpy)
>>> space.where(numpy.asarray([True, False]), 1.0, 2.0), space.erfc(numpy.asarray([0.0]))
(array([1., 2.]), array([1.]))
"""

from __future__ import annotations

import math
from itertools import repeat

from ..ops import Op
from .errors import FAILURES
from .rewrite import ROWS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class Space:
    """An array namespace, and what formulas need that namespaces have by several names, or not at all."""

    def __init__(self, xp: Any) -> None:
        self.xp = xp
        self.fmod: Any = getattr(xp, "fmod", None)
        if self.fmod is not None and self.number([0.0]).dtype == xp.float64:
            # Some lose all digits where quotients are past all floats, in long columns.
            probe = self.fmod(self.number([1e300] * 64), self.number([3e-200] * 64))
            self.fmod = self.fmod if probe.tolist() == [math.fmod(1e300, 3e-200)] * 64 else None

        self.erfc = getattr(xp, "erfc", None) or self.row_by_row(ROWS["erfc"])

    def __getattr__(self, name: str) -> Any:
        return getattr(self.xp, name)

    def number(self, x: Any) -> Any:
        """A number, or a list of them, as an array, for functions that take nothing else."""
        return self.xp.asarray(x, dtype=self.xp.float64)

    def where(self, condition: Any, a: Any, b: Any) -> Any:
        """`a` where the condition holds, else `b`, each a column or a number."""
        a, b = [self.number(x) if x.__class__ is float else x for x in (a, b)]
        condition = self.xp.asarray(condition) if condition.__class__ is bool else condition
        return self.xp.where(condition, a, b)

    def power(self, x: Any, y: Any) -> Any:
        """`x ** y`. Namespaces take the root for 0.5, and that of -0.0 is -0.0."""
        return (x + 0.0) ** y if not getattr(y, "ndim", 0) and float(y) == 0.5 else x**y

    def lifted(self, f: Callable[..., Any]) -> Callable[..., Any]:
        """`f`, for operands some of which are plain numbers."""

        def applied(*operands: Any) -> Any:
            return f(*[self.number(x) if x.__class__ is float else x for x in operands])

        return applied

    def row_by_row(self, op: Op) -> Callable[..., Any]:
        """The op's own forward over each row; nan where it raises."""

        def forward(*numbers: float) -> float:
            try:
                return op.forward(*numbers)
            except FAILURES:
                return math.nan

        def applied(*operands: Any) -> Any:
            columns = [x.tolist() if getattr(x, "ndim", 0) else repeat(float(x)) for x in operands]
            try:
                found = [*map(op.forward, *columns)]
            except FAILURES:
                found = [*map(forward, *columns)]
            return self.xp.asarray(found, dtype=self.xp.float64)

        return applied
