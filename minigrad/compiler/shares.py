"""Shares of a mean: what some of the rows add to it, in one process, and what all of them make of that together.

A mean over rows is a sum and a count, and so is its gradient. Whoever has some of the rows sends his `Sums`; added up
in a fixed order they are the same, to the last bit, whoever did the work.

>>> Sums(2, 10.0, [-4.0]) + Sums(1, 2.0, [1.0])
Sums(3, 12.0, [-3.0])
"""

from __future__ import annotations

from ..engine import Value
from .errors import FAILURES, travelling

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from .rows import Rows


class Sums:
    """The number of some rows, the sum of their losses, and that of their gradients; or the error that there was."""

    __slots__ = ("count", "loss", "gradient", "error")

    def __init__(self, count: int, loss: float, gradient: list[float], error: Exception | None = None) -> None:
        self.count, self.loss, self.gradient, self.error = count, loss, gradient, error

    def __add__(self, other: Sums) -> Sums:
        if self.error is not None or other.error is not None:
            return self if self.error is not None else other
        if len(self.gradient) != len(other.gradient):
            known = f"{len(self.gradient)} and {len(other.gradient)}"
            return Sums(0, 0.0, [], TypeError(f"expected the same parameters everywhere, got losses that know {known}"))
        gradient = [a + b for a, b in zip(self.gradient, other.gradient, strict=True)]
        return Sums(self.count + other.count, self.loss + other.loss, gradient)

    def __repr__(self) -> str:
        return (
            f"Sums({self.error!r})"
            if self.error is not None
            else f"Sums({self.count}, {self.loss!r}, {self.gradient!r})"
        )

    def add_to(self, parameters: Sequence[Value]) -> float:
        """Add the mean gradient to the parameters' `.grad`; the mean loss."""
        for p, total in zip(parameters, self.gradient, strict=True):
            p.grad += total / self.count
        return self.loss / self.count


class Shares:
    """The sums of several processes, each kept apart until all are there.

    A reduction may add in another order for each process, and so end in other bits. Put in one order first, they are
    the same sums for all, and all processes take the same decisions.

    >>> (Shares([Sums(1, 2.0, [1.0])]) + Shares([Sums(2, 10.0, [-4.0])])).total()
    Sums(3, 12.0, [-3.0])
    """

    __slots__ = ("parts",)

    def __init__(self, parts: list[Sums]) -> None:
        self.parts = parts

    def __add__(self, other: Shares) -> Shares:
        return Shares(self.parts + other.parts)

    def total(self) -> Sums:
        """All of them together."""
        first, *others = sorted(self.parts, key=repr)
        for part in others:
            first = first + part
        return first


def sums_of(rows: Rows) -> Sums:
    """What these rows add. The parameters' `.grad` stay as they are. Raises what the rows' `backward` raises."""
    program = rows.program
    if not program.traces:
        rows()  # which shows what the parameters are, before any gradient is added to one
    known = program.parameters
    kept = [p.grad for p in known]
    for p in known:
        p.grad = 0.0
    try:
        mean = rows.backward()
        found = program.parameters  # a path that is new may lead to more, which no gradient has reached before
        return Sums(rows.count, mean * rows.count, [p.grad * rows.count for p in found])
    finally:
        for p, grad in zip(program.parameters, [*kept, *[0.0] * len(program.parameters)], strict=False):
            p.grad = grad


class SharedRows:
    """The mean of a program over rows of which each process has some, as an objective for `minimize` in all of them.

    `allreduce` gives everybody the sum of what everybody passes to it, as mpi4py's `comm.allreduce` does, and each
    process calls `backward` as often as the others. Where one raises an error, all do.
    """

    compiled = True

    def __init__(self, rows: Rows, allreduce: Callable[[Any], Any]) -> None:
        self.rows, self.allreduce, self.program = rows, allreduce, rows.program

    def backward(self) -> float:
        """The mean over the rows of all; adds its gradient to the `.grad` of the parameters.

        Raises what the rows of this process raise, RuntimeError with its message if those of another do.
        """
        return self._together(lambda: sums_of(self.rows)).add_to(self.program.parameters)

    def __call__(self) -> float:
        """The mean over the rows of all, without gradient."""
        total = self._together(lambda: Sums(self.rows.count, self.rows() * self.rows.count, []))
        return total.loss / total.count

    number = __call__

    def __wrapped__(self) -> Value:
        """The mean as a Value, which knows nothing of where it comes from."""
        return Value(self(), "the mean over all rows")

    def faulty(self) -> tuple[Any, str]:
        """The loss of the first row of this process that is not finite, and which that is; or else the mean of all."""
        loss, place = self.rows.faulty()
        return (loss, f"{place} of this process") if place else (self.__wrapped__(), "")

    def not_finite(self) -> tuple[str, str, float] | None:
        """A number in a row of this process whose loss is not finite because of it, as `Rows.not_finite` has it."""
        return self.rows.not_finite()

    @property
    def all_rows(self) -> SharedRows:
        """Itself: it takes no batches."""
        return self

    def again(self, program: Any) -> SharedRows:
        """The mean of another program over the same rows."""
        return SharedRows(self.rows.again(program), self.allreduce)

    def _together(self, compute: Callable[[], Sums]) -> Sums:
        failure: Exception | None = None
        try:
            own = compute()
        except Exception as error:  # whatever it is, the others are waiting
            failure, own = error, Sums(0, 0.0, [], travelling(error))
        total: Sums = self.allreduce(Shares([own])).total()
        if total.error is None:
            return total
        if isinstance(total.error, FAILURES):  # of the loss itself: all leave its domain together
            raise total.error
        raise failure or RuntimeError(f"another process ended with {type(total.error).__name__}: {total.error}")
