"""Sent: what travels to the pieces of a table, and what runs there.

A loss travels as data, and comes to life in each thread that needs it. What a piece answers is plain data too: sums, a
row whose path nobody has traced yet, or an error with its place.

>>> from minigrad import Value, compile
>>> w = Value(2.0)
>>> loss = compile(lambda x: (w * x - 1.0) ** 2, xp=None)
>>> loss.backward([(1.0,)])
1.0
>>> asked(sums_in, Sent(loss), [(1.0,), (2.0,)], [3.0])         # w is 3 by now
Sums(2, 29.0, [24.0])
"""

from __future__ import annotations

import math
import sys
from threading import local

from ..compiler.errors import NewPath, travelling
from ..compiler.shares import Sums, sums_of
from ..machinery.trees import rebuilt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any


class Sent:
    """A Program on its way, as plain data; where it arrives, each thread has one of its own."""

    def __init__(self, program: Any, data: bytes | None = None, versions: tuple[str, str] | None = None) -> None:
        import pickle

        self.data = pickle.dumps(program) if data is None else data
        self.versions = versions or _versions()
        self._here = local()

    def __reduce__(self) -> Any:
        return Sent, (None, self.data, self.versions)

    def program(self, numbers: Sequence[float]) -> Any:
        """The Program, with these numbers in its parameters. RuntimeError where another version would run it."""
        import pickle

        if self.versions != _versions():
            raise RuntimeError(
                "expected one version of Python and of minigrad everywhere, got Python {} with minigrad {} here and "
                "Python {} with minigrad {} where the rows are".format(*self.versions, *_versions())
            )
        if not hasattr(self._here, "program"):
            self._here.program = pickle.loads(self.data)  # our own, from the process that asks
        program = self._here.program
        for p, number in zip(program.parameters, numbers, strict=True):
            p.data = number
        return program


class Unknown:
    """What a piece answers that has a row on a path that was never traced: the row, as a piece of one."""

    def __init__(self, row: Any) -> None:
        self.row = row


class Failed:
    """What a piece answers where something failed: the error, and the number of the row in it if one is known."""

    def __init__(self, failure: Exception, row: int | None) -> None:
        self.failure, self.row = travelling(failure), row

    def error(self, name: str) -> Exception:
        """The error, with the place in its message."""
        place = name if self.row is None else f"{name}, row {self.row}"
        self.failure.args = (f"{place}: {self.failure}",)
        return self.failure


def asked(task: Callable[..., Any], sent: Sent, piece: Any, numbers: list[float]) -> Any:
    """What the task gives for the piece, Unknown or Failed; None if the piece is empty."""
    if not len(piece):
        return None
    rows = None
    try:
        program = sent.program(numbers)
        rows = program.over(piece)
        return task(program, rows)
    except Exception as error:  # to be raised where somebody reads it
        i = None if rows is None else _first(rows, type(error))
        return Unknown(head(piece, i)) if isinstance(error, NewPath) and i is not None else Failed(error, i)


def sums_in(_program: Any, rows: Any) -> Sums:
    """The sums of a piece."""
    return sums_of(rows)


def faulty_in(_program: Any, rows: Any) -> list[Any]:
    """The first row of a piece whose loss is not finite, as a piece of one, in a list; an empty list if none is."""
    for group in rows.groups:
        for row in group.rows:
            if not math.isfinite(group.specialization.answer(row)):
                args, named = rebuilt(group.specialization.structure, iter(row))
                return [[args] if not named else {name: [x] for name, x in named.items()}]
    return []


def _first(rows: Any, kind: type[Exception]) -> int | None:
    """The number of the first row that fails, if it does with an error of this kind."""
    i = 0
    for group in rows.groups:
        for row in group.rows:
            try:
                group.specialization.answer(row)
            except Exception as error:
                return i if isinstance(error, kind) else None
            i += 1
    return None


def head(piece: Any, i: int = 0) -> Any:
    """Row i of a piece, as a piece of one; None if there is none."""
    if len(piece) <= i:
        return None
    return piece.iloc[i : i + 1] if hasattr(piece, "iloc") else piece[i : i + 1]


def _versions() -> tuple[str, str]:
    minigrad = sys.modules[__name__.partition(".")[0]]  # which is above us
    return f"{sys.version_info[0]}.{sys.version_info[1]}", minigrad.__version__
