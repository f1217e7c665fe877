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

from ..engine import Value
from ..functions import mean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from random import Random
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


class OverRows:
    """The mean of `loss(*row)` over a batch of `rows`, as an objective for `minimize`.

    `loss` returns a Value, or is a `Program`, whose generated loop then takes the gradient. Without `batch_size` the
    batch is all rows. With it, `advance` goes on to the next, and `rng`, a `random.Random`, shuffles the rows anew for
    every epoch, a pass over all of them. Raises ValueError if there are no rows or if `batch_size` is not between 1
    and their number, TypeError if it comes without `rng`.
    """

    def __init__(
        self,
        loss: Callable[..., Any],
        rows: Iterable[Iterable[Any]],
        batch_size: int | None = None,
        rng: Random | None = None,
    ) -> None:
        self.loss, self.rows = loss, list(rows)
        if not self.rows:
            raise ValueError("expected at least one row, got none: an empty table has no mean loss")
        if batch_size is not None and not 1 <= batch_size <= len(self.rows):
            raise ValueError(f"expected 1 <= batch_size <= {len(self.rows)}, the number of rows, got {batch_size!r}")
        if batch_size is not None and rng is None:
            raise TypeError("expected rng with batch_size, to shuffle the rows; random.Random(0) will do")
        self.batch_size, self.rng = batch_size, rng
        self.compiled = hasattr(loss, "backward")
        self.batch = self.rows
        self.to_come: list[Any] = []  # the rows of this epoch that are still to come, last first

    def __call__(self) -> Value:
        """The mean loss over the batch, as a Value."""
        loss = getattr(self.loss, "__wrapped__", self.loss)  # of a Program, the function it was compiled from
        return mean([loss(*row) for row in self.batch])  # type: ignore[no-any-return]  # `minimize` checks it

    def backward(self) -> float:
        """The mean loss over the batch, its gradient added to the parameters by the Program's loop."""
        return self.loss.backward(self.batch)  # type: ignore[attr-defined, no-any-return]

    def advance(self) -> None:
        """Go on to the next batch; the last one of an epoch may be smaller."""
        if self.batch_size is not None and self.rng is not None:
            if not self.to_come:
                self.to_come = self.rows[:]
                self.rng.shuffle(self.to_come)
            self.batch = self.to_come[: -self.batch_size - 1 : -1]
            del self.to_come[-self.batch_size :]
