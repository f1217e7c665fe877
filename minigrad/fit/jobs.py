"""Jobs: a model, its rows, weights and bounds, and the descents over them.

>>> from minigrad.fit.formula import Formula
>>> job = Job(Formula("y = a * x", ["x", "y"]), {"x": [1.0, 2.0], "y": [2.0, 4.1]}, None, {"a": (0.0, 1.5)})
>>> curve = job.run({"a": 1.0})
>>> curve.result.reason, curve.parameters, curve.at_bound
('converged', {'a': 1.5}, ('a',))
"""

from __future__ import annotations

import math

from .. import optim
from ..compiler import compile  # noqa: A004  # as in `minigrad.compile`
from ..diagnosis import find_lr
from ..functions import mean
from ..ops import as_float
from ..train import least_squares, minimize
from .fitted import Curve
from .variables import Variable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from ..train import Result
    from .formula import Formula
    from .models import FunctionModel

METHODS = ("lm", "sgd", "lbfgs")


class Job:
    """A model over the rows of a table: what there is to fit, but no start yet."""

    kind = Curve
    rows: Any

    def __init__(
        self,
        model: Formula | FunctionModel,
        table: Mapping[str, Sequence[Any]],
        weights: Sequence[float] | None,
        bounds: Mapping[str, tuple[float, float]],
    ) -> None:
        self.model, self.bounds = model, bounds
        self.table = {name: [as_float(x) for x in column] for name, column in table.items()}
        self.weights = list(weights or [1.0] * len(next(iter(self.table.values()))))
        columns = [*self.table.values()] if weights is None else [*self.table.values(), map(math.sqrt, weights)]
        kept = zip(zip(*columns, strict=True), self.weights, strict=True)
        self.rows = [
            row for row, weight in kept if weight
        ]  # a row of weight 0 says nothing, and is no degree of freedom

    def residual(self, variables: Sequence[Variable], fixed: Mapping[str, float]) -> Callable[..., Any]:
        """The residual of a row: right side less left side, times the root of its weight."""
        names = [*self.table]

        def residual(*row: Any) -> Any:
            numbers = {**dict(zip(names, row, strict=False)), **fixed, **{v.name: v.value() for v in variables}}
            miss = self.model.right(numbers) - self.model.left(numbers)
            return miss * row[-1] if len(row) > len(names) else miss

        return residual

    def variables(self, start: Mapping[str, float]) -> list[Variable]:
        """The parameters at their start, within their bounds."""
        return [Variable(name, p, *self.bounds.get(name, ())) for name, p in start.items()]

    def run(
        self,
        start: Mapping[str, float],
        method: str = "lm",
        lr: float | None = None,
        tol: float = 1e-12,
        max_steps: int | None = None,
        progress: bool = False,
    ) -> Curve:
        """Descend from `start`; what ends on a bound is put there, and the others settled once more."""
        most = (3_000 if method == "lm" else 100_000) if max_steps is None else max_steps
        variables = self.variables(start)
        settings: dict[str, Any] = {"tol": tol, "max_steps": most, "progress": progress}

        def descend(variables: list[Variable], fixed: Mapping[str, float]) -> Result:
            if method == "lm":
                frees = [v.free for v in variables]
                return least_squares(self.residual(variables, fixed), frees, rows=self.rows, **settings)
            return self._minimize(variables, fixed, method, lr, settings)

        result, fixed = descend(variables, {}), self._at_bounds(variables, start)
        if fixed and len(fixed) < len(variables):
            inside = [v for v in variables if v.name not in fixed]
            result = _behind(result, descend(inside, fixed))
        return self._curve(result, variables, fixed, start)

    def _at_bounds(self, variables: Sequence[Variable], start: Mapping[str, float]) -> dict[str, float]:
        """The parameters that lie on a bound because the loss falls beyond it."""
        reached = {v.name: v.bound_reached(start[v.name]) for v in variables}
        if set(reached.values()) == {None}:
            return {}
        places = [v.value().data if (bound := reached[v.name]) is None else bound for v in variables]
        plain = [Variable(v.name, p) for v, p in zip(variables, places, strict=True)]
        try:
            derivatives = self._mean_squares(plain, {}).derivatives()
        except (ArithmeticError, ValueError):  # the curve does not exist there, so nothing can end there
            return {}
        return {
            v.name: bound
            for v, derivative in zip(variables, derivatives, strict=True)
            if (bound := reached[v.name]) is not None and (derivative >= 0 if bound == v.low else derivative <= 0)
        }

    def _mean_squares(self, variables: Sequence[Variable], fixed: Mapping[str, float]) -> MeanSquares:
        return MeanSquares(self.residual(variables, fixed), self.rows, [v.free for v in variables])

    def _minimize(
        self,
        variables: list[Variable],
        fixed: Mapping[str, float],
        method: str,
        lr: float | None,
        settings: dict[str, Any],
    ) -> Result:
        """The mean squared residual, by an optimizer that knows nothing of residuals."""
        loss = self._mean_squares(variables, fixed)
        if method == "sgd":
            optimizer: optim.Optimizer = optim.SGD(loss.frees, lr or 1.0)
            optimizer.lr = lr or find_lr(loss.whole, optimizer)
        else:
            optimizer = optim.LBFGS(loss.frees)
        return minimize(loss.program, optimizer, rows=self.rows, **settings)

    def _curve(
        self, result: Result, variables: Sequence[Variable], fixed: Mapping[str, float], start: Mapping[str, float]
    ) -> Curve:
        curve = self.kind()
        curve.model, curve.table, curve.weights, curve.result = self.model, self.table, self.weights, result
        curve.parameters = {v.name: fixed.get(v.name, v.value().data) for v in variables}
        curve.start, curve.at_bound, curve.rows, curve.search = dict(start), tuple(fixed), len(self.rows), ""
        curve.names, curve.reading = {name: name for name in self.model.columns}, {}
        plain = [Variable(name, p) for name, p in curve.parameters.items() if name not in fixed]
        free = {v.name: i for i, v in enumerate(plain)}
        known, unsettled = self._settled(result, plain, fixed)
        curve.unsettled = tuple([plain[i].name for i in unsettled])
        curve.covariance = [
            [known[free[a]][free[b]] if a in free and b in free else 0.0 for b in curve.parameters]
            for a in curve.parameters
        ]
        return curve

    def _settled(
        self, result: Any, plain: list[Variable], fixed: Mapping[str, float]
    ) -> tuple[list[list[float]], Sequence[int]]:
        """Covariance, and who is not settled: of the parameters themselves, whatever the descent was in."""
        if plain and (self.bounds or not hasattr(result, "covariance")):
            try:
                params = [v.free for v in plain]
                result = least_squares(self.residual(plain, fixed), params, rows=self.rows, max_steps=0)
            except ValueError:  # no derivatives at the end, or too few rows
                return [[math.inf] * len(plain) for _ in plain], range(len(plain))
        return (result.covariance, result.unsettled) if plain else ([], [])


def _behind(first: Result, last: Result) -> Result:
    """The last of two descents, one behind the other, with what came before."""
    last.steps, last.start = last.steps + first.steps, first.start
    last.history[:0] = first.history[:-1]
    last.grad_norms[:0] = first.grad_norms[:-1]
    return last


class MeanSquares:
    """The mean squared residual."""

    def __init__(self, residual: Callable[..., Any], rows: Any, frees: list[Any]) -> None:
        self.residual, self.rows, self.frees = residual, rows, frees

    def of_row(self, *row: Any) -> Any:
        """The loss of a row."""
        return self.residual(*row) ** 2

    @property
    def program(self) -> Any:
        """The loss of a row, compiled."""
        return compile(self.of_row)

    @property
    def whole(self) -> Callable[[], Any]:
        """The mean over all rows, as an objective."""
        return lambda: mean([self.of_row(*row) for row in self.rows])

    def backward(self) -> None:
        """Add its gradient to the free numbers."""
        self.whole().backward()

    def derivatives(self) -> list[float]:
        """Its gradient by the free numbers."""
        for p in self.frees:
            p.grad = 0.0
        self.backward()
        return [p.grad for p in self.frees]
