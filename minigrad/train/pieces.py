"""Pieces: a loss over rows that lie elsewhere, in the pieces of a Dask DataFrame, array or bag.

The pieces stay where they are. What travels to them is the compiled loss, once, and the parameters, each step; what
comes back is a count, a sum of losses and a sum of gradients, and all are added in the order of the pieces. So the
bits do not depend on who did the work, nor on how many they were. Dask sees to the rest: what runs where, and what is
done again after a worker died.

>>> from minigrad import Value
>>> w = Value(0.0)
>>> try:
...     import dask.bag
... except ImportError:  # the extra `cluster` brings it
...     loss = 22.5
... else:
...     bag = dask.bag.from_sequence([(1.0, 3.0), (2.0, 6.0)], npartitions=2)
...     loss = OverPieces(lambda x, y: (w * x - y) ** 2, bag).backward()
>>> loss
22.5
"""

from __future__ import annotations

from contextlib import suppress

from ..compiler import Program, compile  # noqa: A004  # its name
from ..compiler.errors import FAILURES
from ..engine import Value
from .batches import Batches
from .dask_tables import Pieces, computed, dask_here, persisted
from .sent import Failed, Sent, Unknown, asked, blamed_in, count_of, faulty_in, head, sums_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from random import Random
    from typing import Any

    from ..compiler.shares import Sums


class OverPieces:
    """The mean of `loss(*row)` over the rows of a table in pieces, as an objective for `minimize`.

    `table` is what has `to_delayed()`: a Dask DataFrame, whose columns have the names of the arguments, an array of two
    dimensions, or a bag of tuples; or Batches of it. It is persisted, wherever Dask computes at the moment. With
    `batch_size` and `rng` each step takes what Batches of such a table have: so many pieces, or such a part of the rows
    of each. `names` are those of the pieces, for errors. Raises ImportError without the extra `cluster`, and what
    `OverRows` raises.
    """

    compiled = True

    def __init__(
        self,
        loss: Callable[..., Any],
        table: Any,
        batch_size: float | None = None,
        rng: Random | None = None,
        names: Sequence[str] = (),
    ) -> None:
        self.program: Any = loss if isinstance(loss, Program) else compile(loss, xp=namespace_of(loss))
        self.batches = _batches(table, batch_size, rng)
        if self.batches is not None:
            self._numbered = self.batches.rows
        else:
            self._numbered = [*enumerate(table if isinstance(table, list) else persisted(table))]
        self.table = [piece for _, piece in self._numbered]
        own = table.names if isinstance(table, Pieces) else [f"piece {i}" for i in range(len(self.table))]
        self.names = names or own
        self._sent: Any = None
        self._traces = 0  # of the Program when it was sent

    def backward(self) -> float:
        """The mean loss over the present pieces; adds its gradient to the `.grad` of the parameters."""
        return self._total().add_to(self.program.parameters)

    def __call__(self) -> float:
        """The mean loss over the present pieces, without gradient."""
        total = self._total()
        return total.loss / total.count

    number = __call__

    def __wrapped__(self) -> Value:
        """The mean as a Value, which knows nothing of where it comes from."""
        return Value(self(), "the mean over all pieces")

    def faulty(self) -> tuple[Any, str]:
        """The loss of the first present row that is not finite, as a Value, and where that is; the mean, if none is."""
        for name, found in self._answered(faulty_in, self._present()):
            return self.program.over(found.told).graph(), f"{name}, row {found.place}"
        return self.__wrapped__(), ""

    def not_finite(self) -> tuple[str, str, float] | None:
        """A number in a row whose loss is not finite because of it: where it is, the argument, the number."""
        with suppress(*FAILURES):  # a row's error has more to tell, the first row's too, before anything was sent
            if self._sent is not None and (found := self.find(blamed_in))[1]:
                (name, x), place = found
                return f"{place} (the first is row 0)", name, x
        return None

    def find(self, task: Callable[..., Any]) -> tuple[Any, str]:
        """What the task told of the first row that it found in any piece, and where that is; None and "" if none."""
        for name, found in self._answered(task, self._numbered):
            return found.told, f"{name}, row {found.place}"
        return None, ""

    def again(self, program: Any) -> OverPieces:
        """The mean of another program over all pieces, whose arguments are those of the loss."""
        f = program.__wrapped__
        if f is not self.program.__wrapped__:
            f.__wrapped__ = self.program.__wrapped__  # which has the names of columns
        return OverPieces(program, self.table, names=self.names)

    def whole(self) -> OverPieces:
        """The objective over all pieces, where this one takes some of them."""
        return self if self.batches is None else self.again(self.program)

    @property
    def all_rows(self) -> OverPieces:
        """The same, as the Hessian asks for it."""
        return self.whole()

    def advance(self) -> None:
        """Go on to the next pieces, if there are batches of them."""
        if self.batches is not None:
            self.batches.advance()

    # What is asked of the pieces.

    def count(self) -> int:
        """The number of rows in all pieces."""
        run = dask_here().delayed(count_of, pure=False)
        return sum(computed([run(piece) for piece in self.table], self.names))

    def _total(self) -> Sums:
        """The sums of the present pieces, added in their order."""
        found: list[Any] = []
        while not found:  # a batch of empty pieces tells nothing
            found = [answer for _, answer in self._answered(sums_in, self._present())]
            if not found:
                self.advance()
        total, *others = found
        for answer in others:
            total = total + answer
        return total  # type: ignore[no-any-return]

    def _present(self) -> Sequence[Any]:
        return self._numbered if self.batches is None else self.batches.batch

    def answers(self, task: Callable[..., Any]) -> list[Any]:
        """What `task(program, rows)` gives for each piece that is not empty."""
        return [answer for _, answer in self._answered(task, self._numbered)]

    def _answered(self, task: Callable[..., Any], pieces: Sequence[Any]) -> list[tuple[str, Any]]:
        """What the task gives for these pieces, by their names, once no row's path is new any more.

        A new path is traced here, where the function is, and the Program is sent again: once for each path.
        """
        if not self.program.traces:
            self._learn_first()
        while True:
            found = self._asked(task, pieces)
            new = [
                (piece[0], answer) for piece, answer in zip(pieces, found, strict=True) if isinstance(answer, Unknown)
            ]
            if not new:
                break
            for i, answer in new:
                self._learn(answer.told, i, answer.place)
        named = [(self.names[i], answer) for (i, *_), answer in zip(pieces, found, strict=True) if answer is not None]
        for name, answer in named:
            if isinstance(answer, Failed):
                raise answer.error(name)
        return named

    def _asked(self, task: Callable[..., Any], pieces: Sequence[Any]) -> list[Any]:
        dask = dask_here()
        if self._sent is None or self._traces != self.program.traces:
            (self._sent,) = dask.persist(dask.delayed(Sent(self.program)))
            self._traces = self.program.traces
        numbers = [p.data for p in self.program.parameters]  # all that is sent in each step, but for the task itself
        run = dask.delayed(asked, pure=False, traverse=False)
        tasks = [run(task, self._sent, piece, numbers, *part) for _, piece, *part in pieces]
        return computed(tasks, [self.names[i] for i, *_ in pieces])

    def _learn_first(self) -> None:
        """Trace the first row that there is."""
        for i, piece in self._numbered:
            (row,) = computed([dask_here().delayed(head, pure=False)(piece)], [self.names[i]])
            if row is not None:
                return self._learn(row, i, 0)
        raise ValueError("expected at least one row, got none: an empty table has no mean loss")

    def _learn(self, row: Any, piece: int, place: int) -> None:
        """Trace the path of a row, which comes as a piece of one, from that place of a piece."""
        try:
            for group in self.program.over(row).groups:
                group.specialization.answer(group.rows[0])
        except (TypeError, *FAILURES) as error:
            raise Failed(error, place).error(self.names[piece]) from None


def _batches(table: Any, batch_size: float | None, rng: Random | None) -> Batches | None:
    if not isinstance(table, Batches):
        return None if batch_size is None else Batches(table, batch_size, rng)
    if batch_size is not None or rng is not None:
        raise TypeError("expected Batches alone, got batch_size or rng beside them; they have their own")
    return table


def namespace_of(loss: Any) -> Any:
    """The array namespace that a Program was compiled for, or for any other function NumPy, where it is installed."""
    if isinstance(loss, Program):
        return loss.xp
    try:
        import numpy
    except ImportError:
        return None
    return numpy
