"""Rows: a loss of one row made into an objective over many, all of them or a random batch at a time.

>>> from minigrad import Value
>>> w = Value(0.0)
>>> objective = OverRows(lambda x, y: (w * x - y) ** 2, [(1.0, 2.0), (2.0, 4.0)])
>>> loss = objective()
>>> loss.backward()
>>> loss.data, w.grad
(10.0, -10.0)
"""

from __future__ import annotations

import math

from ..engine import Value
from ..functions import mean
from ..machinery.trees import rows_in
from .domain import not_finite

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random
    from typing import Any


_SIZES = ("rows", "batch_size")


class Batches:
    """Rows, some at a time: `batch_size` of them, in an order that is new in every epoch, a pass over all rows.

    The orders follow from one number that is drawn from `rng`, a `random.Random`, so `state_dict()` is short, and who
    loads it goes on with the very next batch. `minimize(..., rows=batches)` does so from call to call. A table by
    columns gives rows with these in their order. Of a Dask table in pieces a batch is `batch_size` pieces; or, if it
    is a fraction as 0.1, such a part of the rows of each piece. Raises ValueError if there are no rows or if
    `batch_size` is not between 1 and their number, TypeError without `rng`.

    >>> from random import Random
    >>> batches = Batches("abcde", 2, Random(0))
    >>> for _ in range(3):
    ...     batches.batch
    ...     batches.advance()
    ['e', 'b']
    ['c', 'a']
    ['d']
    """

    epoch: int
    taken: int  # rows of this epoch, or parts of the rows of each piece, that came in batches before
    order: list[Any]  # the rows as this epoch has them
    batch: list[Any]

    def __init__(self, rows: Any, batch_size: float, rng: Random | None) -> None:
        self.in_pieces = hasattr(rows, "to_delayed")
        self.rows = _numbered(rows) if self.in_pieces else _listed(rows, _positional)
        self.parts = 0  # into which the rows of each piece are divided, if they are
        if self.in_pieces and _is_fraction(batch_size):
            self.parts = math.ceil(1.0 / batch_size)
        elif not _is_whole(batch_size) or batch_size not in range(1, len(self.rows) + 1):
            count = f"{len(self.rows)}, the number of {'pieces' if self.in_pieces else 'rows'}"
            more = ", or a fraction of the rows of each, as 0.1" * self.in_pieces
            raise ValueError(f"expected 1 <= batch_size <= {count}{more}, got {batch_size!r}")
        if rng is None or not hasattr(rng, "getrandbits"):
            raise TypeError(f"expected rng with batch_size, to shuffle the rows, got {rng!r}; random.Random(0) will do")
        self.batch_size: float = float(batch_size) if self.parts else int(batch_size)
        self._stride, self._end = (1, self.parts) if self.parts else (int(batch_size), len(self.rows))
        self.seed = rng.getrandbits(64)
        self._go_to(0, 0)

    @property
    def begins_epoch(self) -> bool:
        """Whether the batch is the first of a pass over all rows."""
        return self.taken == 0

    def advance(self) -> None:
        """Go on to the next batch; the last one of an epoch may be smaller."""
        taken = self.taken + self._stride
        if taken < self._end:
            self.taken, self.batch = taken, self._cut(taken)
        else:
            self._go_to(self.epoch + 1, 0)

    def _go_to(self, epoch: int, taken: int) -> None:
        from random import Random

        self.epoch, self.taken = epoch, taken
        self.order = self.rows[:]
        Random(f"{self.seed} {epoch}").shuffle(self.order)
        self.batch = self._cut(taken)

    def _cut(self, taken: int) -> list[Any]:
        if self.parts:
            return [(i, piece, (f"{self.seed} {self.epoch} {i}", taken, self.parts)) for i, piece in self.rows]
        return self.order[taken : taken + self._stride]

    def state_dict(self) -> dict[str, float]:
        """Where it stands, as plain data: the seed, the epoch, the rows taken; the rows themselves are not in it."""
        return {"rows": len(self.rows), "batch_size": self.batch_size} | {
            name: getattr(self, name) for name in ("seed", "epoch", "taken")
        }

    def load_state_dict(self, state: Any) -> None:
        """Go on from where `state_dict()` was taken. Raises ValueError if that was with other rows or batches."""
        own = self.state_dict()
        if (
            not isinstance(state, dict)
            or state.keys() != own.keys()
            or not all(type(n) is int and n >= 0 for n in [state[name] for name in ("seed", "epoch", "taken")])
            or any(type(state[name]) is not type(own[name]) or state[name] != own[name] for name in _SIZES)
            or state["taken"] not in range(0, self._end, self._stride)
        ):
            raise ValueError(f"expected the state of batches like these, {own!r}, got {state!r:.200}")
        self.seed = state["seed"]
        self._go_to(state["epoch"], state["taken"])


class OverRows:
    """The mean of `loss(*row)` over `rows`, or over the present batch of `Batches`, as an objective for `minimize`.

    `rows` are tuples of arguments, a two-dimensional array, or columns by the names of arguments. `loss` returns a
    Value, or is a `Program`, whose generated loop then takes the gradient. With `batch_size` and `rng` it makes Batches
    of the rows. Raises ValueError if there are no rows, and what Batches raise.
    """

    def __init__(
        self,
        loss: Callable[..., Any],
        rows: Any,
        batch_size: float | None = None,
        rng: Random | None = None,
    ) -> None:
        self.loss: Any = loss
        self.compiled = hasattr(loss, "backward")
        self.f = getattr(loss, "__wrapped__", loss)  # of a Program, the function it was compiled from
        self._all: Any = None
        self.table: Any = rows  # as a Program takes them, all of them
        self._rows: list[Any] | None = None
        if isinstance(rows, Batches):
            if batch_size is not None or rng is not None:
                raise TypeError("expected Batches alone, got batch_size or rng beside them; they have their own")
            self.batches: Batches | None = rows
        elif batch_size is not None:
            self.batches = Batches(rows_in(_listed(rows, self.f)), batch_size, rng)
        else:
            self.batches = None
        if self.batches is not None:
            self.table = self._rows = self.batches.rows
        elif not (self.compiled and _by_columns(rows)):
            self.table = self._rows = rows_in(_listed(rows, self.f))

    @property
    def rows(self) -> list[Any]:
        """All rows, each as what the loss is called with."""
        if self._rows is None:
            self._rows = _listed(self.table, self.f)
        return self._rows

    @property
    def batch(self) -> list[Any]:
        """The rows that the loss is taken over now."""
        return self.rows if self.batches is None else self.batches.batch

    def __call__(self) -> Value:
        """The mean loss over the batch, as a Value."""
        return mean([self.f(*row) for row in self.batch])  # type: ignore[no-any-return]  # `minimize` checks it

    def backward(self) -> float:
        """The mean loss over the batch, its gradient added to the parameters by the Program's loop."""
        if self.batches is not None:
            return self.loss.backward(self.batch)  # type: ignore[no-any-return]  # so a Program does
        return self.all_rows.backward()  # type: ignore[no-any-return]

    @property
    def all_rows(self) -> Any:
        """What a Program makes of all rows, which it reads once."""
        if self._all is None:
            self._all = self.loss.over(self.table)
        return self._all

    def not_finite(self) -> tuple[str, str, float] | None:
        """A number in a row whose loss is not finite because of it: where it is, the argument, the number."""
        if self.compiled:
            found: tuple[str, str, float] | None = self.all_rows.not_finite()
            return found
        return not_finite(self.f, self.rows)

    def whole(self) -> OverRows:
        """The objective over all rows, where this one takes batches of them."""
        return self if self.batches is None else OverRows(self.loss, self.table)

    def advance(self) -> None:
        """Go on to the next batch, if there are any."""
        if self.batches is not None:
            self.batches.advance()

    def number(self) -> float:
        """The mean loss over the batch as a float, without any gradient; one row's graph at a time."""
        if self.compiled and self.batches is None:
            return self.all_rows()  # type: ignore[no-any-return]
        losses = [self.loss(*row) for row in self.batch]
        return mean([x.data if isinstance(x, Value) else x for x in losses])  # type: ignore[no-any-return]


def _numbered(table: Any) -> list[tuple[int, Any]]:
    """The pieces of a Dask table, kept where they are, each with its number."""
    from .dask_tables import persisted  # which knows Dask

    pieces = [*enumerate(persisted(table))]
    if not pieces:
        raise ValueError("expected at least one piece, got none: an empty table has no mean loss")
    return pieces


def _is_fraction(x: Any) -> bool:
    return isinstance(x, float) and 0.0 < x < 1.0


def _is_whole(x: Any) -> bool:
    return hasattr(x, "__index__")  # an int, or NumPy's


def _positional(*row: Any) -> Any:
    """What takes the columns of a table in the order that they are in."""


def _by_columns(rows: Any) -> bool:
    """Whether a table comes by columns, by their names or as an array, so that it need not be taken apart."""
    names = getattr(getattr(rows, "dtype", None), "names", None)  # of a structured array
    return bool(names or hasattr(rows, "keys") or hasattr(rows, "columns") or len(getattr(rows, "shape", ())) > 1)


def _listed(rows: Any, f: Any) -> list[Any]:
    if _by_columns(rows):
        from ..compiler.tables import rows_for  # which rows that come one by one do without

        rows = rows_for(f, rows)
    listed = [*(rows.tolist() if hasattr(rows, "tolist") else rows)]
    if not listed:
        raise ValueError("expected at least one row, got none: an empty table has no mean loss")
    return listed
