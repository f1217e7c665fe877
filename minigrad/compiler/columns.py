"""Columns: the target that runs generated code on whole columns, by an array namespace such as NumPy.

The statements are those of plain code; an operand is a column, with a number for each row of a block, or a plain number
where no row changes it. `a if c else b` in an op's text becomes `where(c, a, b)`, and ops without a text are called as
`column_ops.py` has them.

>>> import numpy
>>> from minigrad.functions import OPS
>>> columns = Columns(numpy)
>>> columns.text(OPS["mul"]), columns.text(OPS["relu"]), columns.text(OPS["exp"])
('{} * {}', 'where({0} <= 0.0, 0.0, {0})', None)
>>> columns.call(OPS["exp"], 1) is numpy.exp
True
"""

from __future__ import annotations

import math
from array import array
from contextlib import nullcontext

from ..machinery.trees import listed
from ..ops import ABS, ADD, DIV, MUL, NEG, POW, SUB, Op
from .column_ops import over_columns
from .column_space import Space
from .column_text import column_text
from .target import PYTHON, Target

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

# What the named temporaries of a block take together, in bytes. Tried from 64 kB to 16 MB on the moons network, whose
# 225 take 43 ms for 10,000 rows at 64 kB, 25 at 1 MB, 10 at 4 MB and no less beyond: a call costs as much as 1,000
# numbers.
BLOCK = 1 << 22
FEWEST, MOST = 256, 8192  # rows in a block: below, calls cost more than numbers do; above, BLAS would take threads


def _power_text(names: Sequence[str]) -> str:
    x, y = [f"({name})" if name.startswith("-") else name for name in names]
    if y == "0.5" or y.isidentifier():
        return f"power({x}, {y})"
    return {"2.0": f"{x} * {x}", "3.0": f"{x} * {x} * {x}"}.get(y, f"{x} ** {y}")


_SAME = (ADD, SUB, MUL, DIV, NEG, ABS)  # Python's own text is the one for columns too


class Columns(Target):
    """Whole columns, by the array namespace `xp`. Raises TypeError if that is none."""

    __slots__ = ("xp", "space", "scope", "_texts", "_calls")

    columns = True
    inlined = False
    suffix = ".columns"

    def __init__(self, xp: Any) -> None:
        super().__init__()
        if missing := [name for name in ("asarray", "where", "exp", "isfinite", "float64") if not hasattr(xp, name)]:
            raise TypeError(
                f"expected an array namespace for xp, such as numpy, got {xp!r:.100} ({type(xp).__name__}), which has "
                f"no {missing[0]}"
            )
        if missing := [name for name in ("__len__", "tolist") if not hasattr(xp.asarray([0.0]), name)]:
            raise TypeError(
                f"expected an array namespace for xp whose arrays have len(x) and x.tolist(), as NumPy's do, got "
                f"{xp!r:.100}, whose arrays have no {missing[0]}"
            )
        self.xp, self.space = xp, Space(xp)
        total, where = xp.sum, self.space.where
        if xp.__name__ == "numpy":  # the same, in a third of the time for a block
            total, where = xp.add.reduce, xp.where
        self.scope = {"where": where, "sum": total, "every": self.every, "power": self.space.power}
        self._texts: dict[Op, Any] = {}
        self._calls: dict[Op, Callable[..., Any]] = {}

    @property
    def scalar(self) -> Target:
        """Plain Python: the same answers as without columns, and as quick."""
        return PYTHON

    # What an op is.

    def text(self, op: Op) -> str | Callable[[Sequence[str]], str] | None:
        """The op as text over columns."""
        if op in _SAME:
            return op.code
        if op not in self._texts:
            self._texts[op] = self._translated(op)
        return self._texts[op]  # type: ignore[no-any-return]

    def _translated(self, op: Op) -> Any:
        if op is POW:
            return _power_text
        if op.code is None or callable(op.code):  # which is made for any number of operands
            return None
        return column_text(op.code)

    def call(self, op: Op, _count: int) -> Callable[..., Any]:
        """What the name of an op without text stands for."""
        if op not in self._calls:
            self._calls[op] = over_columns(op, self.space)
        return self._calls[op]

    def finished(self, scope: dict[str, Any], _name: str) -> Any:
        """The functions that were made, by name: one for each path, and one that tells which rows take which."""
        return scope

    # Columns.

    def column(self, x: Any, what: str) -> Any:
        """`x` as a column of doubles; `what` says which, in errors. TypeError, ValueError if it is none."""
        kind = self._kind(x)
        if kind not in "biufO":
            raise TypeError(
                f"expected a column of real numbers for {what}, got {x!r:.100} ({type(x).__name__}): {x.dtype} is no "
                "type of real numbers"
            )
        found = self._read(listed(x, what) if kind == "O" else x, what)
        if len(found.shape) != 1:
            raise ValueError(f"expected a column, of one dimension, for {what}, got one of shape {tuple(found.shape)}")
        if found.dtype != self.xp.float64:
            raise TypeError(
                f"expected columns of float64, got {found.dtype} from {self.xp.__name__}; jax has them after "
                'jax.config.update("jax_enable_x64", True)'
            )
        if hasattr(found, "contiguous"):  # PyTorch's
            return found.contiguous()
        strides = getattr(found, "strides", None)  # of a column of a table that is kept by rows: slow to go through
        return found if strides in (None, (8,)) else found.copy()

    def _read(self, x: Any, what: str) -> Any:
        """`x` as an array of doubles, of whatever form."""
        if hasattr(x, "detach"):  # PyTorch's: gradients of its own come to nothing here
            x = x.detach()
        elif not hasattr(self.xp, "ndarray"):  # it takes no columns of pandas', and warns of arrays that are read-only
            x = x.to_numpy() if hasattr(x, "to_numpy") else x
            x = x if getattr(getattr(x, "flags", None), "writeable", True) else x.copy()
        try:
            return self.xp.asarray(x, dtype=self.xp.float64)
        except (TypeError, ValueError):  # as PyTorch has for another order of bytes, or of numbers
            return self.xp.asarray(listed(x, what), dtype=self.xp.float64)

    def _kind(self, x: Any) -> str:
        """The kind of numbers in a column, by NumPy's letters; "O" where each has to be looked at.

        Namespaces would read numbers out of text, and what stands below a mask.
        """
        if isinstance(x, array):
            return "O" if x.typecode in "uw" else "f"
        if not hasattr(x, "dtype") or hasattr(x, "filled"):
            return "O"
        dtype = x.dtype if hasattr(x.dtype, "kind") or hasattr(x.dtype, "is_complex") else self.xp.asarray(x).dtype
        return "c" if getattr(dtype, "is_complex", False) else getattr(dtype, "kind", "f")

    def every(self, truth: bool, column: Any) -> Any:
        """A column of one and the same truth, as long as another."""
        return self.xp.full(column.shape, bool(truth))

    def spread(self, x: Any, count: int) -> Any:
        """A result as a column: itself, or a number as often as there are rows."""
        return x if getattr(x, "ndim", 0) else self.xp.full((count,), float(x), dtype=self.xp.float64)

    def own(self, x: Any, others: Sequence[Any]) -> Any:
        """A column, or a copy of it if it is one of these."""
        return x * 1.0 if any(x is other for other in others) else x

    def joined(self, columns: Sequence[Any]) -> Any:
        """Columns one after the other."""
        if len(columns) == 1:
            return columns[0]
        return (self.xp.concat if hasattr(self.xp, "concat") else self.xp.concatenate)([*columns])

    def finite(self, xs: Sequence[Any]) -> bool:
        """Whether all numbers in these are finite, columns or numbers."""
        xp = self.xp
        return all(bool(xp.all(xp.isfinite(x))) if getattr(x, "ndim", 0) else math.isfinite(x) for x in xs)

    def quiet(self) -> Any:
        """A context in which the namespace says nothing of what is not finite: it is looked for."""
        return self.xp.errstate(all="ignore") if hasattr(self.xp, "errstate") else nullcontext()

    def block(self, names: int) -> int:
        """How many rows to go through at a time, where code gives names to so many columns."""
        return max(FEWEST, min(MOST, BLOCK // (8 * max(names, 1))))
