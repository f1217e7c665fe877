"""The descent itself: the mean squared error over the rows, as one compiled loop, and when it has arrived.

>>> step = mean_square([[1.0, 2.0]], [3.0, 6.0], intercept=False)
>>> step([0.0])
(22.5, [-15.0])
"""

from __future__ import annotations

import math
from operator import mul

from ..compiler import compile  # noqa: A004 - the name it has everywhere
from ..engine import Value
from ..functions import mean
from ..ops import Op
from .vectors import numpy_for

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from .bowl import Bowl

    Step = Callable[[Sequence[float]], tuple[float, list[float]]]

_FEW = 30  # rows: for so few, importing the compiler's files and compiling takes longer than a descent without it
_PATIENCE = 3  # steps in a row that bring the bottom no nearer


def predict(parameters: Sequence[Any], row: Sequence[float]) -> Any:
    """The model: b + w1 * x1 + w2 * x2 + ..., for parameters that are Values or numbers; without a b if there is none.

    >>> predict([1.0, 2.0, 3.0], [10.0, 100.0]), predict([2.0, 3.0], [10.0, 100.0])
    (321.0, 320.0)
    """
    first, *weights = parameters
    if len(weights) < len(row):
        first, row = first * row[0], row[1:]
    return sum(map(mul, weights, row), start=first)


def mean_square(columns: Sequence[Any], target: Any, intercept: bool = True) -> Step:
    """What gives, for the parameters of a line over these columns, the mean squared error and its gradient.

    Nothing else in the descent touches the rows.
    """
    parameters, loss = squared_error(intercept + len(columns))
    if (numpy := numpy_for(len(target))) is not None:
        table = numpy.array([*columns, target]).T  # whose columns lie in one piece
        backward = compile(loss, xp=numpy).over(table).backward
    elif len(target) > _FEW:
        backward = compile(loss).over(zip(*columns, target, strict=True)).backward
    else:
        table = [*zip(*columns, target, strict=True)]

        def backward() -> float:
            value = mean([loss(*row) for row in table])
            value.backward()
            return float(value.data)

    return stepping(parameters, backward)


def squared_error(count: int) -> tuple[list[Value], Callable[..., Any]]:
    """So many parameters of a line, and the squared error of a row, its target last."""
    parameters = [Value(0.0) for _ in range(count)]

    def loss(*row: float) -> Any:
        *x, y = row
        error = predict(parameters, x) - y
        return error * error

    return parameters, loss


def stepping(parameters: list[Value], backward: Callable[[], float]) -> Step:
    """What `mean_square` gives, from what adds the gradient at the present parameters to their `.grad`."""

    def step(numbers: Sequence[float]) -> tuple[float, list[float]]:
        for p, number in zip(parameters, numbers, strict=True):
            p.data, p.grad = number, 0.0
        return backward(), [p.grad for p in parameters]

    return step


def objective(step: Step, params: list[Value], bowl: Bowl) -> Callable[[], Value]:
    """The loss as a Value, for `minimize`: one node, an op whose operands are all the parameters.

    On floats its rule gives the gradient that `step` found; on Values, where second derivatives are wanted, that of a
    bowl with the Hessian 2 * T^T T through there, T being the bowl's triangle: for a linear model it is exact.
    """
    seen: list[Sequence[float]] = [(), ()]

    def forward(*numbers: float) -> float:
        loss, gradient = step(numbers)
        seen[:] = numbers, gradient
        return loss

    def partials(_out: Any, *operands: Any) -> Any:
        point, gradient = seen
        derivatives: Sequence[Any] = gradient
        if operands[0].__class__ is not float:
            moved = [p - number for p, number in zip(operands, point, strict=True)]
            derivatives = [g + turn for g, turn in zip(gradient, _hessian_product(bowl.triangle, moved), strict=True)]
        return derivatives if len(derivatives) > 1 else derivatives[0]

    op = Op("mean_squared_error", forward, partials)
    return lambda: op(*params)


def _hessian_product(triangle: Sequence[Sequence[float]], v: Sequence[Any]) -> list[Any]:
    """2 * T^T T v, for floats and Values."""
    size = len(triangle)
    image = [sum([triangle[j][i] * v[j] for j in range(i, size)]) for i in range(size)]
    return [2.0 * sum(map(mul, column, image)) for column in triangle]


class Judge:
    """When the descent has arrived: not when the loss stands still, but when the parameters do.

    The loss is the square of the distance to the bottom, above the lowest there is, so that once it stands still the
    parameters have half of their digits to go. How far it is, the gradient tells: the Hessian of the bowl is known.
    `near` is the distance that is near enough. Where the bottom comes no nearer, rounding hides it, or the steps are
    too short: `converged` if what is left is nothing beside the loss, or beside the `spread` of the target. Unless the
    rate is `stable` the distance may fall at first and rise then; that it climbs is for `minimize` to see.
    """

    def __init__(self, params: list[Value], bowl: Bowl, near: float, spread: float, stable: bool) -> None:
        self.params, self.bowl, self.near, self.spread, self.stable = params, bowl, near, spread, stable
        self.best = self.left = math.inf
        self.stuck = 0
        self.verdict: str | None = None

    def look(self, loss: float) -> bool:
        """Whether the descent ends here; `verdict` is then `converged` or `stalled`."""
        self.left = left = self.bowl.to_go([p.grad for p in self.params])
        self.stuck = 0 if left < self.best * (1 - 1e-12) else self.stuck + 1
        self.best = min(self.best, left)
        if left <= self.near**2:
            self.verdict = "converged"
        elif self.stuck >= _PATIENCE:
            if left <= 1e-12 * loss + (1e-10 * self.spread) ** 2:
                self.verdict = "converged"
            elif self.stable:
                self.verdict = "stalled"
        return self.verdict is not None
