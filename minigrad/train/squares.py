"""Squares in pieces: residuals and Jacobian of rows that lie elsewhere, as the few numbers that least squares needs.

Whatever is asked of a sum of squares and its derivatives, the triangular factor R of [J r] = Q R answers: J^T J and
J^T r and r^T r are those of R. So each piece sends the R of its rows, n + 1 by n + 1 numbers for n parameters, and
those of two pieces are one: the R of both, one above the other. (TSQR; Demmel, Grigori, Hoemmen and Langou 2012.)
"""

from __future__ import annotations

from ..compiler import compile  # noqa: A004  # its name
from .linear_algebra import QR
from .pieces import OverPieces, namespace_of
from .residuals import WithDerivatives, numbers_of
from .sent import not_finite_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from ..engine import Value

    Point = Sequence[float]


class SquaresInPieces:
    """What `residuals.OverRows` is, for a table in pieces: the residuals and the Jacobian are those of the factor.

    `count` is the number of rows.
    """

    def __init__(self, residual: Callable[..., Any], params: Sequence[Value], table: Any) -> None:
        self.of = WithDerivatives(residual, params)
        self.params = self.of.params
        self._pieces = OverPieces(compile(self.of.residual_and_gradient, xp=namespace_of(residual)), table)
        self.count = self._pieces.count()
        if not self.count:
            raise ValueError("expected at least one row, got none: an empty table settles nothing")
        self._bent: Any = None

    def __call__(self, point: Point) -> tuple[list[float], list[list[float]]]:
        """Residuals and Jacobian at `point`, n + 1 rows that stand for all."""
        for p, x in zip(self.params, point, strict=True):
            p.data = x
        *columns, residuals = merged(self._pieces.answers(factor_in))
        return residuals, columns

    def not_finite(self) -> tuple[str, str, float] | None:
        """A number in a row whose residual is not finite because of it: where it is, the argument, the number."""
        return self._pieces.not_finite()

    def faulty(self) -> tuple[list[float], str]:
        """The residual and its derivatives in the first row where they are not all finite, and where that is."""
        found, place = self._pieces.find(not_finite_in)
        return found or [], place

    def curvature_along(self, direction: Point) -> list[float]:
        """What `OverRows.curvature_along` gives."""
        if self._bent is None:
            bending = compile(self.of.bending, xp=self._pieces.program.xp)
            self._bent = OverPieces(bending, self._pieces.table, names=self._pieces.names)
        for v, x in zip(self.of.along, direction, strict=True):
            v.data = x
        totals = self._bent.answers(totals_in)
        return [sum(column) for column in zip(*totals, strict=True)]


def merged(factors: list[list[list[float]]]) -> list[list[float]]:
    """The factor of all rows, as columns, from those of pieces: two by two, and these two by two."""
    while len(factors) > 1:
        pairs = [[*above, *below] for above, below in zip(factors[::2], factors[1::2], strict=False)]
        factors = [factor([[*column] for column in zip(*rows, strict=True)]) for rows in pairs] + (
            [factors[-1]] if len(factors) % 2 else []
        )
    return [[*column] for column in zip(*factors[0], strict=True)]


def factor(columns: list[list[float]]) -> list[list[float]]:
    """The triangular factor of a matrix, as its rows, by reflections in plain Python."""
    padding = [0.0] * (len(columns) - 1 - len(columns[0]))  # rows of noughts change no product of columns
    *others, last = [column + padding for column in columns]
    found = QR(others, last, pivot=False)
    count = len(others)
    rows = [[0.0] * k + [found.triangle[j][k] for j in range(k, count)] + [found.image[k]] for k in range(count)]
    return [*rows, [0.0] * count + [found.rest]]


# --- Where the pieces are -------------------------------------------------------------------------------------------


def factor_in(program: Any, rows: Any) -> list[list[float]]:
    """The factor of a piece's residuals behind their derivatives."""
    residual, *derivatives = numbers_of(program, rows)
    if program.xp is None or len(residual) <= len(derivatives):
        return factor([[*map(float, column)] for column in (*derivatives, residual)])
    xp = program.xp
    found = xp.linalg.qr(xp.stack([*derivatives, residual], 1), mode="r")
    factors: list[list[float]] = found.tolist()
    return factors


def totals_in(program: Any, rows: Any) -> list[float]:
    """The sums of what the program gives for the rows of a piece."""
    return [float(sum(column)) if program.xp is None else float(column.sum()) for column in numbers_of(program, rows)]
