"""Residuals and their Jacobian where the parameters are now, for `least_squares`.

Over rows both come from one compiled function: the residual of a row and its gradient are one graph, traced once.

>>> from minigrad import Value
>>> w = Value(3.0)
>>> OverRows(lambda x, y: w * x - y, [w], [(1.0, 2.0), (2.0, 4.0)])([5.0])
([3.0, 6.0], [[1.0, 2.0]])
"""

from __future__ import annotations

import math

from ..compiler import compile  # noqa: A004  # as in `minigrad.compile`
from ..compiler.tables import rows_for
from ..engine import Value, gradients
from ..machinery.trees import rebuilt
from ..transforms import one_number
from .domain import not_finite

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    Point = Sequence[float]
    Evaluation = tuple[list[float], list[list[float]]]

# What a point outside of the domain raises: log(-1), exp(1000), 1 / 0.
OUTSIDE = (ArithmeticError, ValueError)


class WithDerivatives:
    """The residual of a row with its derivatives, to be compiled, whose arguments are those of the residual."""

    def __init__(self, residual: Callable[..., Any], params: Sequence[Value]) -> None:
        self.residual = getattr(residual, "__wrapped__", residual) if hasattr(residual, "over") else residual
        self.params, self.along = list(params), [Value(0.0) for _ in params]
        self.residual_and_gradient = self._of_a_row(self._residual_and_gradient)
        self.bending = self._of_a_row(self._bending)

    def _of_a_row(self, f: Callable[..., Any]) -> Callable[..., Any]:
        def of_a_row(*row: Any, **named: Any) -> Any:
            return f(*row, **named)

        of_a_row.__wrapped__ = self.residual  # type: ignore[attr-defined]  # which has the names of columns
        return of_a_row

    def _residual_and_gradient(self, *row: Any, **named: Any) -> list[Any]:
        y = one_number(self.residual, self.residual(*row, **named))
        if not isinstance(y, Value):
            y = Value(y)
        return [y, *gradients(y, self.params)]

    def _bending(self, *row: Any, **named: Any) -> list[Any]:
        """The residual times its second derivatives along one direction."""
        y, *derivatives = self._residual_and_gradient(*row, **named)
        total = Value(0.0)
        for derivative, share in zip(derivatives, self.along, strict=True):
            total = total + derivative * share
        return [y * bend for bend in gradients(total, self.params)]


class OverRows:
    """Residuals of rows: called with a point, it gives all of them and the columns of their Jacobian."""

    def __init__(self, residual: Callable[..., Any], params: Sequence[Value], rows: Any) -> None:
        self.of = WithDerivatives(residual, params)
        self.params, self.rows = self.of.params, [tuple(row) for row in rows_for(self.of.residual, rows)]
        if not self.rows:
            raise ValueError("expected at least one row, got none: an empty table settles nothing")
        self.count = len(self.rows)
        self._program = compile(self.of.residual_and_gradient)
        self._bent: Any = None

    def __call__(self, point: Point) -> Evaluation:
        """Residuals and Jacobian at `point`. Where there are none, it raises one of OUTSIDE, or they are not finite."""
        for p, x in zip(self.params, point, strict=True):
            p.data = x
        residuals, *columns = map(list, zip(*[self._program.value(*row) for row in self.rows], strict=True))
        return residuals, columns

    def not_finite(self) -> tuple[str, str, float] | None:
        """A number in a row whose residual is not finite because of it: where it is, the argument, the number."""
        return not_finite(self.of.residual_and_gradient, self.rows)

    def curvature_along(self, direction: Point) -> list[float]:
        """The sum of r_i * H_i v over the residuals r_i with Hessians H_i: what J^T J v lacks of the loss's."""
        if self._bent is None:
            self._bent = compile(self.of.bending)
        for v, x in zip(self.of.along, direction, strict=True):
            v.data = x
        return [math.fsum(column) for column in zip(*[self._bent.value(*row) for row in self.rows], strict=True)]


class OverColumns:
    """The same for a residual that was compiled for columns: `compile(residual, xp=numpy)`."""

    def __init__(self, residual: Any, params: Sequence[Value], rows: Any) -> None:
        self.of = WithDerivatives(residual, params)
        self.params = self.of.params
        self._program = compile(self.of.residual_and_gradient, xp=residual.xp)
        self._rows = self._program.over(rows)
        self.count = self._rows.count
        self._bent: Any = None

    def __call__(self, point: Point) -> Evaluation:
        """What `OverRows` gives."""
        for p, x in zip(self.params, point, strict=True):
            p.data = x
        residuals, *columns = [column.tolist() for column in numbers_of(self._program, self._rows)]
        return residuals, columns

    def not_finite(self) -> tuple[str, str, float] | None:
        """What `OverRows.not_finite` gives."""
        found: tuple[str, str, float] | None = self._rows.not_finite()
        return found

    def curvature_along(self, direction: Point) -> list[float]:
        """What `OverRows.curvature_along` gives."""
        if self._bent is None:
            self._bent = self._rows.again(compile(self.of.bending, xp=self._program.xp))
        for v, x in zip(self.of.along, direction, strict=True):
            v.data = x
        return [float(column.sum()) for column in numbers_of(self._bent.program, self._bent)]


def numbers_of(program: Any, rows: Any) -> list[Any]:
    """What the program gives for the rows, a column for each of its results."""
    found = []
    for group in rows.groups:
        if program.xp is None:
            found.append([*zip(*[group.specialization.answer(row) for row in group.rows], strict=True)])
        else:
            args, named = rebuilt(group.specialization.structure, iter(group.columns(program.target)))
            found.append(program.value(*args, **named))
    if len(found) == 1:
        return list(found[0])
    joined = program.target.joined if program.xp is not None else lambda parts: [x for part in parts for x in part]
    return [joined(parts) for parts in zip(*found, strict=True)]


class AsGraph:
    """Residuals that one call gives as a list: as graph, for what is used but a few times is not worth compiling."""

    def __init__(self, residual: Callable[[], Any], params: Sequence[Value]) -> None:
        self.residual, self.params = residual, list(params)

    def _values(self) -> list[Any]:
        found = self.residual()
        listed = list(found) if isinstance(found, list | tuple) else [found]
        if not listed:
            raise ValueError("expected residual() to return at least one residual, got none")
        return [one_number(self.residual, y) for y in listed]

    def __call__(self, point: Point) -> Evaluation:
        """Residuals and Jacobian at `point`, as `OverRows` has them."""
        for p, x in zip(self.params, point, strict=True):
            p.data = x
        values = self._values()
        rows = [self._gradient(y) for y in values]
        return [y.data if isinstance(y, Value) else y for y in values], [list(c) for c in zip(*rows, strict=True)]

    def _gradient(self, y: Any) -> list[float]:
        for p in self.params:
            p.grad = 0.0
        if isinstance(y, Value):
            y.backward()
        return [p.grad for p in self.params]

    def curvature_along(self, direction: Point) -> list[float]:
        """What `OverRows.curvature_along` gives."""
        total = Value(0.0)
        for y in self._values():
            if isinstance(y, Value):
                for derivative, share in zip(gradients(y, self.params), direction, strict=True):
                    total = total + derivative * (y.data * share)
        return self._gradient(total)


if TYPE_CHECKING:
    Evaluate = OverRows | OverColumns | AsGraph
