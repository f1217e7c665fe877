"""A line through a table that lies in pieces elsewhere: the same descent and the same algebra, from what pieces send.

A piece is an array of rows, the target last. What `fit` works out from whole columns follows from their triangular
factor: each piece sends that of its rows, and two of them make one (TSQR). It is taken twice, of the columns without
their means and of the features that the first one makes orthogonal: after the second time nothing is left but what
floats cannot hold. Then the pieces keep the features to descend over, and each step asks them for sums.

>>> try:
...     import dask, numpy
... except ImportError:  # the extra `cluster` brings them
...     found = {"b": 1.0, "w1": 2.0}
... else:
...     rows = [[[0.0, 1.0], [1.0, 3.0]], [[2.0, 5.0]]]
...     table = [dask.delayed(numpy.array)(piece) for piece in rows]
...     found = fit_pieces(described(table, ["x"], "y"), table).parameters
>>> {name: round(p, 9) for name, p in found.items()}
{'b': 1.0, 'w1': 2.0}
"""

from __future__ import annotations

import math
from array import array
from operator import mul

from ..compiler import compile  # noqa: A004  # its name
from ..datasets import Dataset
from ..train.dask_tables import computed, dask_here
from ..train.pieces import OverPieces
from ..train.squares import merged
from .bowl import Bowl
from .descent import squared_error, stepping
from .least_squares import LeastSquares, check_independent
from .linear import default_scale, descended
from .orthogonal import Orthogonal, apply
from .refusals import check_options, check_table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from .linear import Fit

    Columns = list[list[float]]


_SAMPLE = 1000  # rows that are looked at one by one: for a start, for a picture


class Elsewhere(Dataset):
    """What is known here of a table in pieces: a Dataset whose columns are but the smallest and the largest number.

    `count` is the number of rows, `means` are those of the columns, the target's last, and `sample` some of the rows,
    if they are here.
    """

    __slots__ = ("count", "means", "sample")

    count: int
    sample: Dataset
    means: list[float]

    def __len__(self) -> int:
        return self.count


def described(table: Sequence[Any], features: Sequence[str], target: str) -> Elsewhere:
    """What is known of a table in pieces, once each has told its limits and means."""
    found = asked_of(table, told_by)
    if not found:
        raise ValueError("expected at least one row, got none: there is no line through an empty table")
    counts, lows, highs, sums = zip(*found, strict=True)
    lowest, highest = [map(min, zip(*lows, strict=True)), map(max, zip(*highs, strict=True))]
    limits = [array("d", pair) for pair in zip(lowest, highest, strict=True)]
    data = Elsewhere.from_columns(limits, features, target)
    assert isinstance(data, Elsewhere)
    data.count = sum(counts)
    data.means = [math.fsum(column) / data.count for column in zip(*sums, strict=True)]
    return data


def fit_pieces(  # noqa: PLR0913  # those of `fit`
    data: Elsewhere,
    table: Sequence[Any],
    *,
    lr: float | None = None,
    start: float = 0.0,
    tol: float = 1e-16,
    max_steps: int = 100_000,
    scale: str | None = None,
    intercept: bool = True,
    progress: bool = False,
) -> Fit:
    """What `fit` finds, for a table of pieces: Dask's delayed arrays of two dimensions, each row's target last.

    `data` is what `described` tells of it; all else is as in `fit`. Raises what that raises; RuntimeError if the
    scheduler is gone, ImportError without the extra `cluster`.
    """
    check_table(data, intercept)
    check_options(start, tol, scale)
    settled = Settled(data, table, intercept)
    check, bowl = settled.check, Bowl.of(settled.check, default_scale(scale, lr))
    parameters, loss = squared_error(len(check.parameters))
    import numpy  # which Dask's DataFrames bring

    over = OverPieces(compile(loss, xp=numpy), settled.seen(bowl))
    step = stepping(parameters, over.backward)
    return descended(data, check, bowl, step, lr=lr, start=start, tol=tol, max_steps=max_steps, progress=progress)


class Settled:
    """Least squares over pieces: `check`, and `seen`, the features that a descent over a bowl sees.

    columns = centers + first * second * basis. The first factor, of the columns less their means, leaves features that
    are orthogonal but for rounding, and of the target what they do not tell; `off` are the means of these. The second
    factor, of these less `off`, mends the first.
    """

    def __init__(self, data: Elsewhere, table: Sequence[Any], intercept: bool) -> None:
        self.table, self.means = table, data.means if intercept else [0.0] * len(data.means)
        self.first = factor_of(asked_of(table, factor_in, self.means), data.count)
        self._factor(self.first, self.means, data, intercept)  # before anything is divided by next to nothing
        self.first[-1][-1] = 1.0  # the rest of the target is mended as it is
        sums = [told[3] for told in asked_of(table, mapped_and_told, self.means, self.first)]
        self.off = [math.fsum(column) / data.count * intercept for column in zip(*sums, strict=True)]
        found = asked_of(table, mapped_and_factored, self.means, self.first, self.off)
        self.second = factor_of(found, data.count)
        self.gaps = [math.fsum(map(mul, column, self.off)) for column in self.first]  # between mean and center
        centers = [mean + gap for mean, gap in zip(self.means, self.gaps, strict=True)]
        triangle = [apply(self.second[: len(column)], column) for column in self.first]
        factor = self._factor(triangle, centers, data, intercept)
        *shares, rest = triangle[-1]
        self.check = LeastSquares.of(data, factor, centers[-1:] * intercept + shares, rest * rest, intercept)

    def _factor(self, triangle: Columns, centers: list[float], data: Elsewhere, intercept: bool) -> Orthogonal:
        """The factor of the features, behind a column of ones if there is an intercept."""
        columns = [[center] * intercept + column for center, column in zip(centers, triangle[:-1], strict=False)]
        factor = Orthogonal.of([[1.0]] * intercept + columns, int(intercept))
        check_independent(factor, data.features, intercept)
        return factor

    def seen(self, bowl: Bowl) -> list[Any]:
        """The pieces as a descent over this bowl sees them, kept where they are."""
        centered = "b" in self.check.parameters and bowl.scale != "none"
        steps: list[tuple[list[float], Columns]] = []  # of which each subtracts centers, then divides by a triangle
        if bowl.scale == "orthogonal":
            alone = [column[:] for column in self.second]
            alone[-1] = [0.0] * (len(alone) - 1) + [1.0]  # what the target is without its rest the descent is to find
            first = [*self.first[:-1], alone[-1]]
            steps = [(self.means, first), ([*self.off[:-1], self.gaps[-1]], alone)]
        elif centered or bowl.scale == "standard":
            spreads = [*bowl.spreads[centered:], 1.0]
            diagonal = [[0.0] * j + [spread] for j, spread in enumerate(spreads)]
            steps = [(self.means, [[0.0] * j + [1.0] for j in range(len(spreads))]), (self.gaps, diagonal)]
        return kept(self.table, mapped, steps)


def factor_of(factors: list[Columns], count: int) -> Columns:
    """The factor of all rows, by columns, for a mean square in place of a sum, from those of the pieces, by rows."""
    columns = merged(factors)
    signs = [math.copysign(1.0, column[j]) / math.sqrt(count) for j, column in enumerate(columns)]
    return [[*map(mul, signs, column[: j + 1])] for j, column in enumerate(columns)]


def asked_of(table: Sequence[Any], task: Callable[..., Any], *args: Any) -> list[Any]:
    """What a task gives for each piece that has rows."""
    return [answer for answer in computed(tasks(table, task, *args)) if answer is not None]


def kept(table: Sequence[Any], task: Callable[..., Any], *args: Any) -> list[Any]:
    """The pieces that a task makes of these, computed and kept where they are."""
    return [*dask_here().persist(*tasks(table, task, *args))]


def sample_of(table: Sequence[Any], seed: int) -> list[list[float]]:
    """Some of the rows, as many of each piece, chosen by the seed."""
    return [row for rows in asked_of(table, sampled, seed, -(-_SAMPLE // len(table))) for row in rows]


def tasks(table: Sequence[Any], task: Callable[..., Any], *args: Any) -> list[Any]:
    """A task for each piece, to be computed."""
    run = dask_here().delayed(task, pure=False, traverse=False)
    return [run(piece, *args) for piece in table]


# --- Where the pieces are -------------------------------------------------------------------------------------------


def told_by(piece: Any) -> tuple[int, list[float], list[float], list[float]] | None:
    """How many rows there are, and the smallest number, the largest and the sum of each column."""
    if not len(piece):
        return None
    return len(piece), piece.min(axis=0).tolist(), piece.max(axis=0).tolist(), piece.sum(axis=0).tolist()


def sampled(piece: Any, seed: int, count: int) -> list[list[float]]:
    """Some rows of a piece, in their order."""
    from random import Random

    places = Random(f"{seed} {len(piece)}").sample(range(len(piece)), min(count, len(piece)))
    found: list[list[float]] = piece[sorted(places)].tolist() if places else []
    return found


def factor_in(piece: Any, means: list[float]) -> Columns | None:
    """The triangular factor of a piece without these means, by rows."""
    import numpy

    if not len(piece):
        return None
    factor: Any = numpy.linalg.qr(piece - numpy.array(means), mode="r")
    rows: Columns = factor.tolist()
    return rows + [[0.0] * len(means)] * (len(means) - len(rows))  # a factor of fewer rows has fewer


def mapped(piece: Any, steps: Sequence[tuple[list[float], Columns]]) -> Any:
    """The piece with its columns centred, and made those that make it up with a triangle: forward substitution."""
    for centers, triangle in steps if len(piece) else ():
        piece = (piece - centers).T  # whose rows lie in one piece each
        for j, (*shares, length) in enumerate(triangle):
            for i, share in enumerate(shares):
                if share:
                    piece[j] -= share * piece[i]
            piece[j] /= length
        piece = piece.T
    return piece


def mapped_and_told(piece: Any, means: list[float], first: Columns) -> Any:
    """`told_by` the piece that the first factor makes."""
    return told_by(mapped(piece, [(means, first)]))


def mapped_and_factored(piece: Any, means: list[float], first: Columns, off: list[float]) -> Any:
    """The second factor."""
    return factor_in(mapped(piece, [(means, first)]), off)
