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

from ..compiler.blame import blamed
from ..compiler.errors import NewPath, travelling
from ..compiler.shares import Sums, sums_of
from ..machinery.trees import rebuilt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    Part = tuple[str, int, int]  # the seed of an order of the rows, which part of them it is, and of how many


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


class Found:
    """What a piece answers that has the row looked for: its number in the piece, and what there is to tell of it."""

    def __init__(self, place: int, told: Any) -> None:
        self.place, self.told = place, told


class Unknown(Found):
    """What a piece answers that has a row on a path that was never traced: that row, as a piece of one."""


class Failed:
    """What a piece answers where something failed: the error, and the number of the row in it if one is known."""

    def __init__(self, failure: Exception, row: int | None) -> None:
        self.failure, self.row = travelling(failure), row

    def error(self, name: str) -> Exception:
        """The error, with the place in its message."""
        place = name if self.row is None else f"{name}, row {self.row}"
        self.failure.args = (f"{place}: {self.failure}",)
        return self.failure


def asked(task: Callable[..., Any], sent: Sent, piece: Any, numbers: list[float], part: Part | None = None) -> Any:
    """What the task gives for the piece, or for a part of its rows, Unknown or Failed; None where there are no rows."""
    if not count_of(piece):
        return None
    rows = places = None
    try:
        if part is not None:
            places = places_of(piece, part)
            if not len(places):
                return None
            piece = at(piece, places)
        program = sent.program(numbers)
        rows = program.over(piece)
        answer = task(program, rows)
        if places is not None and isinstance(answer, Found):
            answer.place = int(places[answer.place])
        return answer
    except Exception as error:  # to be raised where somebody reads it
        i = None if rows is None else _first(rows, type(error))
        if isinstance(error, NewPath) and i is not None:
            return Unknown(i if places is None else int(places[i]), head(piece, i))
        return Failed(error, i if i is None or places is None else int(places[i]))


def sums_in(_program: Any, rows: Any) -> Sums:
    """The sums of a piece."""
    return sums_of(rows)


def blamed_in(program: Any, rows: Any) -> Found | None:
    """The first row of a piece whose results are not finite because of a number in it: that number's name, and it."""

    def described(group: Any, i: int, row: Any) -> Any:
        known = group.specialization

        def run(numbers: list[float]) -> Any:
            y = known.answer(numbers)
            return [y, *sums_of(program.over(_alone(known, numbers))).gradient] if y.__class__ is float else y

        return str(group.start + i), known.arguments, row, run

    found = blamed(described(group, i, row) for group in rows.groups for i, row in enumerate(group.rows))
    return None if found is None else Found(int(found[0]), found[1:])


def not_finite_in(_program: Any, rows: Any) -> Found | None:
    """The first row of a piece for which not all results are finite, and these."""
    for group in rows.groups:
        for i, row in enumerate(group.rows):
            found = group.specialization.answer(row)
            if not all(map(math.isfinite, found)):
                return Found(group.start + i, [*found])
    return None


def faulty_in(_program: Any, rows: Any) -> Found | None:
    """The first row of a piece whose loss is not finite, as a piece of one."""
    for group in rows.groups:
        for i, row in enumerate(group.rows):
            if not math.isfinite(group.specialization.answer(row)):
                return Found(group.start + i, _alone(group.specialization, row))
    return None


def _alone(known: Any, row: Sequence[float]) -> Any:
    """A row as a piece of one."""
    args, named = rebuilt(known.structure, iter(row))
    return [args] if not named else {name: [x] for name, x in named.items()}


def _first(rows: Any, kind: type[Exception]) -> int | None:
    """The number of the first row that fails, if it does with an error of this kind."""
    for group in rows.groups:
        for i, row in enumerate(group.rows):
            try:
                group.specialization.answer(row)
            except Exception as error:
                return group.start + i if isinstance(error, kind) else None
    return None


# --- Rows of a piece ------------------------------------------------------------------------------------------------


def count_of(piece: Any) -> int:
    """The number of rows of a piece."""
    return len(next(iter(piece.values()), ())) if isinstance(piece, dict) else len(piece)


def head(piece: Any, i: int = 0) -> Any:
    """Row i of a piece, as a piece of one; None if there is none."""
    if count_of(piece) <= i:
        return None
    if isinstance(piece, dict):
        return {name: column[i : i + 1] for name, column in piece.items()}
    return piece.iloc[i : i + 1] if hasattr(piece, "iloc") else piece[i : i + 1]


def at(piece: Any, places: Sequence[int]) -> Any:
    """The rows of a piece at these places."""
    if isinstance(piece, dict):
        return {name: [column[i] for i in places] for name, column in piece.items()}
    if isinstance(piece, list | tuple):
        return [piece[i] for i in places]
    return piece.iloc[places] if hasattr(piece, "iloc") else piece[places]


def places_of(piece: Any, part: Part) -> Any:
    """The places of the rows that belong to a part of a piece, in an order that is new in every epoch.

    The generator of plain Python's lists is slow; that of arrays is the one whose numbers NumPy has promised not to
    change.

    >>> rows = "abcdefg"
    >>> [places_of(list(rows), ("seed", k, 3)) for k in range(3)]
    [[5, 3], [4, 2], [6, 0, 1]]
    """
    from random import Random

    seed, k, parts = part
    rng, count = Random(seed), count_of(piece)
    if isinstance(piece, list | tuple | dict):
        order: Any = [*range(count)]
        rng.shuffle(order)
    else:
        import numpy

        order = numpy.random.RandomState([rng.getrandbits(32) for _ in range(4)]).permutation(count)
    return order[count * k // parts : count * (k + 1) // parts]


def _versions() -> tuple[str, str]:
    minigrad = sys.modules[__name__.partition(".")[0]]  # which is above us
    return f"{sys.version_info[0]}.{sys.version_info[1]}", minigrad.__version__
