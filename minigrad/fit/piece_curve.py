"""A formula through a table that lies in pieces elsewhere: the same descent, over what pieces send.

A piece is an array of rows. Least squares and the optimizers take its pieces as they take any Dask table; what a report
tells beside that needs but a few sums of each. A start is searched on a sample of the rows, from a seed.

>>> try:
...     import dask, numpy
... except ImportError:  # the extra `cluster` brings them
...     found = {"a": 2.0, "c": 1.0}
... else:
...     from minigrad.fit.formula import Formula
...     rows = [[[0.0, 1.0], [1.0, 3.0]], [[2.0, 5.0], [4.0, 9.0]]]
...     table = [dask.delayed(numpy.array)(piece) for piece in rows]
...     found = fit_curve_pieces(Formula("y = a * t + c", ["t", "y"]), ["t", "y"], table).parameters
>>> {name: round(p, 9) for name, p in found.items()}
{'a': 2.0, 'c': 1.0}
"""

from __future__ import annotations

from functools import partial

from ..compiler import compile  # noqa: A004  # its name
from ..train.dask_tables import Pieces, computed
from ..train.pieces import OverPieces
from ..train.residuals import numbers_of
from .curve import check_method, known_names, started
from .fitted import Curve
from .jobs import Job, MeanSquares
from .least_squares import r_squared
from .pieces import asked_of, kept, sample_of, tasks
from .variables import Variable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from .formula import Formula

    Sums = tuple[float, float, float, float, float, float]


class CurveElsewhere(Curve):
    """A Curve whose rows lie elsewhere. `table` is a sample of them, and what all of them tell is in `sums`."""

    __slots__ = ("sums",)

    sums: Sums

    @property
    def residual_sum(self) -> float:
        """The sum of the squared residuals, each times its row's weight."""
        return self.sums[2]

    @property
    def r2(self) -> float | None:
        """1 - residual sum / total sum, without weights; None without any variance."""
        count, _, _, misses, _, spread = self.sums
        return r_squared(misses / count, spread / count)


class JobInPieces(Job):
    """A model over rows that lie elsewhere: `everything`, and `rows`, those that have a weight."""

    kind = CurveElsewhere

    def __init__(self, near: Job, everything: Pieces, rows: Pieces, weighted: bool) -> None:
        self.model, self.bounds, self.table, self.weights = near.model, near.bounds, near.table, near.weights
        self.everything, self.rows, self.weighted = everything, rows, weighted

    def _mean_squares(self, variables: Sequence[Variable], fixed: Mapping[str, float]) -> MeanSquares:
        """The mean squared residual, over the pieces."""
        return _MeanSquaresInPieces(self.residual(variables, fixed), self.rows, [v.free for v in variables])

    def _curve(self, result: Any, variables: Any, fixed: Any, start: Any) -> Curve:
        """The curve, with what all rows tell of it."""
        found = super()._curve(result, variables, fixed, start)
        assert isinstance(found, CurveElsewhere)
        params = {name: Variable(name, p) for name, p in found.parameters.items()}
        names = [*self.table]

        def misses(*row: Any) -> list[Any]:
            numbers = {**dict(zip(names, row, strict=False)), **{name: v.free for name, v in params.items()}}
            left = self.model.left(numbers)
            return [self.model.right(numbers) - left, left]

        over = OverPieces(compile(misses, xp=_numpy()), self.everything)
        found.sums = _added(over.answers(partial(sums_told, weighted=self.weighted)))
        found.weights = [found.sums[1]]
        return found


class _MeanSquaresInPieces(MeanSquares):
    @property
    def program(self) -> Any:
        """What is compiled, for columns."""
        return compile(self.of_row, xp=_numpy())

    @property
    def whole(self) -> Any:
        """The mean over all pieces, as an objective."""
        return OverPieces(self.program, self.rows)

    def backward(self) -> None:
        """Add its gradient to the free numbers."""
        self.whole.backward()


def fit_curve_pieces(  # noqa: PLR0913  # those of `fit_curve`
    formula: Formula,
    order: Sequence[str],
    table: Sequence[Any],
    start: Mapping[str, float] | None = None,
    *,
    weights: str | None = None,
    errors: str | None = None,
    bounds: Mapping[str, tuple[float, float]] | None = None,
    method: str = "lm",
    lr: float | None = None,
    tol: float = 1e-12,
    max_steps: int | None = None,
    seed: int = 0,
    progress: bool = False,
    names: Sequence[str] = (),
) -> CurveElsewhere:
    """What `fit_curve` finds, for a table of pieces: Dask's delayed arrays of two dimensions.

    `order` has the names of their columns, `names` those of the pieces, for errors; all else is as in `fit_curve`.
    Raises what that raises; RuntimeError if the scheduler is gone, ImportError without the extra `cluster`.
    """
    check_method(method, lr)
    names = names or [f"piece {i}" for i in range(len(table))]
    places = [order.index(name) for name in formula.columns]
    last = None if weights is errors is None else order.index(weights or errors or "")
    _check_weights(computed(tasks(table, wrong_weight, last, errors is not None)), names)
    everything = kept(table, arranged, places, last, errors is not None)
    rows = everything if last is None else kept(everything, with_weight)
    sample = [list(column) for column in zip(*sample_of(everything, seed), strict=True)]
    weighted = None if last is None else [x * x for x in sample.pop()]
    limits = known_names("bounds", bounds or {}, formula)
    near = Job(formula, dict(zip(formula.columns, sample, strict=True)), weighted, limits)
    begun, said = started(near, start or {}, seed)
    tables = {
        part: Pieces(pieces, names, sum(asked_of(pieces, len)))
        for part, pieces in (("all", everything), ("rows", rows))
    }
    found = JobInPieces(near, tables["all"], tables["rows"], last is not None).run(
        begun, method, lr, tol, max_steps, progress
    )
    assert isinstance(found, CurveElsewhere)
    found.search = said
    return found


def _check_weights(found: Sequence[Any], names: Sequence[str]) -> None:
    for name, answer in zip(names, found, strict=True):
        if answer is not None:
            row, number, kind = answer
            raise ValueError(f"{name}: expected {kind} in row {row}, got {number!r}")


def _added(found: Sequence[Sums]) -> Sums:
    """The sums over all pieces, in their order; means and spreads as Chan, Golub and LeVeque (1979) add them."""
    total, *others = found
    for other in others:
        count = total[0] + other[0]
        apart = other[4] - total[4]
        mean = total[4] + apart * other[0] / count
        spread = total[5] + other[5] + apart * apart * total[0] * other[0] / count
        total = (count, total[1] + other[1], total[2] + other[2], total[3] + other[3], mean, spread)
    return total


def _numpy() -> Any:
    import numpy  # which Dask's DataFrames bring

    return numpy


# --- Where the pieces are -------------------------------------------------------------------------------------------


def wrong_weight(piece: Any, place: int | None, errors: bool) -> tuple[int, float, str] | None:
    """The first weight of a piece that is none, or standard deviation: its row, the number, and what it should be."""
    if place is None or not len(piece):
        return None
    column = piece[:, place]
    (wrong,) = ((column <= 0.0) if errors else (column < 0.0)).nonzero()
    if not len(wrong):
        return None
    kind = "a standard deviation > 0" if errors else "a weight >= 0"
    return int(wrong[0]), float(column[wrong[0]]), kind


def arranged(piece: Any, places: list[int], weight: int | None, errors: bool) -> Any:
    """The columns of a formula, in its order, and behind them the root of the weight, if there is one."""
    if not len(piece):
        return piece
    columns = piece[:, places]
    if weight is None:
        return columns
    numpy, given = _numpy(), piece[:, weight]
    return numpy.column_stack([columns, 1.0 / given if errors else numpy.sqrt(given)])


def with_weight(piece: Any) -> Any:
    """The rows that have one: a weight of 0 says nothing, and is no degree of freedom."""
    return piece[piece[:, -1] > 0.0] if len(piece) else piece


def sums_told(program: Any, rows: Any, weighted: bool) -> Sums:
    """Of a piece: rows, weights, squared residuals with and without weights, and mean and spread of the left side."""
    misses, left = numbers_of(program, rows)
    squares, mean = misses * misses, float(left.mean())
    weights = rows.groups[0].columns(program.target)[-1] ** 2 if weighted else 1.0 + 0.0 * squares
    sums = [weights.sum(), (weights * squares).sum(), squares.sum(), mean, ((left - mean) ** 2).sum()]
    return rows.count, *map(float, sums)
