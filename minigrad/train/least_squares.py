"""Least squares: the parameters that make a sum of squared residuals smallest, with no learning rate to choose.

>>> from minigrad import Value, exp
>>> a, k = Value(1.0, label="a"), Value(1.0, label="k")
>>> rows = [(0.0, 4.1), (1.0, 2.4), (2.0, 1.5), (3.0, 0.9)]
>>> result = least_squares(lambda t, y: a * exp(-k * t) - y, [a, k], rows=rows)
>>> result.reason, round(a.data, 4), round(k.data, 4)
('converged', 4.0828, 0.5101)
>>> [round(error, 4) for error in result.standard_errors]
[0.0427, 0.0114]
"""

from __future__ import annotations

import math

from ..ops import as_float
from .result import Result

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from ..engine import Value
    from .attempts import Attempt
    from .bottom import Bottom


class LeastSquaresResult(Result):
    """How a least-squares fit ended: what `Result` has, and what the Jacobian says about the parameters.

    `loss` is the sum of squared residuals, at the parameters as they are now; `history` has it for each step taken.
    `residuals` are m numbers, `jacobian` their m rows of derivatives by the n parameters; of rows in pieces the few
    that stand for all, which have the same lengths and products. `covariance` is the n x n
    matrix s**2 (J^T J)^-1 with s**2 = loss / (m - n), and `standard_errors` are the roots of its diagonal: inf where
    m = n, which leaves nothing to tell the noise by, and for every parameter in `unsettled`, the positions of those
    that the data do not settle. `inflation` says for each how many times larger its error is than if all others were
    known.
    """

    __slots__ = ("residuals", "jacobian", "covariance", "standard_errors", "inflation", "unsettled")

    def __init__(self, reason: str, history: list[float], bottom: Bottom, advice: str, count: int) -> None:
        point = bottom.point
        columns, residuals = point.columns, point.residuals
        super().__init__(reason, len(history) - 1, point.length**2, point.grad_norm, history, advice)
        self.residuals, self.jacobian = residuals, [list(row) for row in zip(*columns, strict=True)]
        self.unsettled, self.inflation = bottom.unsettled, bottom.inflation
        free = count - len(columns)
        self.covariance = bottom.covariance(self.loss / free if free else math.inf)
        self.standard_errors = [math.sqrt(row[i]) for i, row in enumerate(self.covariance)]

    @property
    def condition(self) -> float:
        """The condition number of the Jacobian: its largest singular value over the smallest."""
        from .linear_algebra import singular_values

        values = singular_values(list(zip(*self.jacobian, strict=True)))
        return values[0] / values[-1] if values[-1] else math.inf


def least_squares(
    residual: Callable[..., Any],
    params: Iterable[Value],
    *,
    rows: Any = None,
    tol: float = 1e-12,
    max_steps: int = 3_000,
    callback: Callable[[int, float, float], object] | None = None,
    progress: bool = False,
) -> LeastSquaresResult:
    """Move `params` to where the sum of the squared residuals is smallest; return how that ended.

    - `residual`: a function of no arguments that returns a list of Values (or one Value), the residuals, which depend
      on the parameters. Or, with `rows`, a function that takes a row and returns its one residual; it is traced and
      compiled once. One that was compiled for columns, `compile(residual, xp=numpy)`, runs on whole columns.
    - `rows`: what `Program.over` takes: tuples, an array of two dimensions, columns by the names of the arguments; or a
      Dask table in pieces.
    - `params`: distinct leaf Values. Where they are is the start; a far one may lead into another valley.
    - `tol`, `max_steps`, `callback`, `progress`: those of `minimize`, here for the sum of squares.

    The method is Levenberg and Marquardt's as Moré (1978) has it, on exact Jacobians; the last steps are Newton's, with
    the second derivatives of the residuals. A step that leaves their domain is refused. A descent that ends on no
    bottom is tried again from the start, with shorter and longer first steps, and the lowest counts. Of n parameters
    and m residuals a step adds up n * n products of m numbers, and its time must grow so.

    `converged`: no more than max(tol**2, 2.2e-16) of the loss is left to win by Newton's step, which moves no parameter
    by more than 1e-5 of itself; the loss bends upwards in all directions; and floats see the influence of each
    parameter. Else it is `stalled`, `max_steps` or `interrupted`.

    Raises ValueError if the start has no finite residuals or derivatives, if there are fewer residuals than parameters
    or if they do not depend on them; TypeError if `residual` returns no numbers; and what `minimize` does for the rest.

    >>> from minigrad import Value, exp
    >>> k = Value(0.0)
    >>> rows = [(0.0, 1.0), (1.0, 0.5), (2.0, 0.25)]
    >>> result = least_squares(lambda: [exp(-k * t) - y for t, y in rows], [k])
    >>> result.reason, round(k.data, 6)
    ('converged', 0.693147)
    """
    from ..optim import Optimizer
    from .attempts import Settings, attempts

    if not 0 <= as_float(tol) < 1:
        raise ValueError(f"expected a relative tolerance 0 <= tol < 1, got {tol!r}; 1e-12 is the default")
    if max_steps < 0:
        raise ValueError(f"expected max_steps >= 0, got {max_steps!r}; 0 only looks and moves nothing")
    params = Optimizer(params, 0.0).params  # which says what is wrong with them
    evaluate = _evaluation(residual, params, rows)
    start, settings = [p.data for p in params], Settings(tol, max_steps, callback, progress)
    tried: list[Attempt] = []
    try:
        tried += attempts(evaluate, start, settings)
    finally:
        settings.end()
        for p, x in zip(params, start, strict=True):
            p.data = x
    return _result(tried, params, evaluate)


def _result(tried: list[Attempt], params: list[Value], evaluate: Any) -> LeastSquaresResult:
    """The lowest of the attempts, and the parameters put there."""
    from .linear_algebra import dot
    from .trade_offs import advice, names_of

    lowest = min([attempt.point.length for attempt in tried])
    best = [attempt for attempt in tried if attempt.point.length <= lowest * (1 + 1e-9)][-1]
    bottom = best.seen()
    for p, x, column in zip(params, best.point.x, best.point.columns, strict=True):
        p.data, p.grad = x, 2.0 * dot(column, best.point.residuals)
    count = getattr(evaluate, "count", len(best.point.residuals))
    return LeastSquaresResult(best.reason, best.history, bottom, advice(best.reason, bottom, names_of(params)), count)


def _evaluation(residual: Callable[..., Any], params: list[Value], rows: Any) -> Any:
    from .residuals import AsGraph, OverColumns, OverRows

    if rows is None:
        return AsGraph(residual, params)
    if hasattr(rows, "to_delayed"):
        from .squares import SquaresInPieces  # which knows Dask

        return SquaresInPieces(residual, params, rows)
    return (OverRows if getattr(residual, "xp", None) is None else OverColumns)(residual, params, rows)
