"""A line through a table, found by descent: target = b + w1 * feature1 + w2 * feature2 + ...

Where a feature's numbers are large, or far from zero, the loss is a narrow valley that SGD follows for ages. So every
feature is standardized first (mean 0, standard deviation 1), which makes the bowl round, and the parameters go back to
the data's own units afterwards. Least squares by algebra, without any descent, stands beside the answer as a check.

>>> from minigrad.datasets import crickets
>>> found = fit(crickets())
>>> found.result.reason, {name: round(value, 6) for name, value in found.parameters.items()}
('converged', {'b': 25.232313, 'w1': 3.291094})
>>> round(found.r2, 6)
0.697465
"""

from __future__ import annotations

import math
from operator import mul

from ..datasets.frames import as_dataset
from ..engine import Value
from ..losses import mean_squared_error
from ..optim import SGD
from ..train import minimize
from .least_squares import LeastSquares, centred, norm, r_squared
from .saved import Model

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from ..datasets import Dataset
    from ..train import Result

_SMALLEST, _LARGEST = 1e-70, 1e70  # beyond these, the square of a product may leave the range of floats


class Fit:
    """A fitted line and how it was found, all parameters in the data's own units.

    `parameters` maps b, w1, w2, ... to numbers. `result` tells how the descent ended; its loss is the MSE.
    `r2` is the part of the target's variance that the line explains, 1 - loss / variance; None without any variance.
    `path` maps steps to the parameters there: the first thousand, then ever fewer, and the last. `check` is the
    least-squares solution. `scaling`, `standardized` and `lr` are what the descent worked with.
    """

    __slots__ = ("data", "parameters", "result", "r2", "path", "check", "scaling", "standardized", "lr")

    data: Dataset
    parameters: dict[str, float]
    result: Result
    r2: float | None
    path: dict[int, list[float]]
    check: LeastSquares
    scaling: Scaling
    standardized: bool
    lr: float

    def predict(self, table: Any) -> list[float]:
        """The target, predicted for each row of a Dataset, a dict of columns or a DataFrame; nan where a cell lacks.

        Raises what `Model.predict` does.

        >>> from minigrad.datasets import crickets
        >>> [round(y, 3) for y in fit(crickets()).predict({"chirps_per_second": [15.0, 20.0]})]
        [74.599, 91.054]
        """
        return Model.of(self).predict(table)


def fit(  # noqa: PLR0913  # all but the table are options, by keyword
    table: Any,
    *,
    target: str | None = None,
    features: Sequence[str] | None = None,
    lr: float | None = None,
    start: float = 0.0,
    tol: float = 1e-12,
    max_steps: int = 100_000,
    standardize: bool = True,
    progress: bool = False,
) -> Fit:
    """Fit target = b + w1 * feature1 + ... to a table by SGD on the mean squared error, until it converges.

    The table is a Dataset, a dict of columns or a DataFrame; `target` is its last column unless named, `features` are
    all others.

    Every parameter begins at `start`, in the data's own units, be the features standardized or not. `lr` is that of
    `safe_rate` unless given; `tol`, `max_steps` and `progress` are those of `minimize`.

    Raises ValueError if the table does not settle the line: too few rows, a feature that is constant or follows from
    others, numbers too large or too small to be squared.

    >>> from minigrad.datasets import cars
    >>> [round(loss, 2) for loss in fit(cars(), lr=0.01, max_steps=3, standardize=False).result.history]
    [303.71, 170.84, 103.17, 68.7]
    """
    data = as_dataset(table, target, features)
    check_table(data)
    if abs(start) > _LARGEST:
        raise ValueError(f"expected a start between -{_LARGEST:g} and {_LARGEST:g}, got {start!r}; 0 is the default")
    found = Fit()
    found.data, found.check, found.path, found.standardized = data, LeastSquares(data), {}, standardize
    found.scaling = Scaling(data.x) if standardize else Scaling([(0.0,) * len(data.features)])
    rows = [found.scaling.row(x) for x in data.x]
    found.lr = safe_rate(rows) if lr is None else lr
    first = found.scaling.inside([start] * (1 + len(data.features)))
    params = [Value(p, label=name) for p, name in zip(first, found.check.parameters, strict=True)]
    found.result = minimize(
        lambda: mean_squared_error([predict(params, row) for row in rows], data.y),
        SGD(params, found.lr),
        tol=tol,
        max_steps=max_steps,
        callback=_recorder(found, params),
        progress=progress,
    )
    if not found.path:
        raise KeyboardInterrupt  # it came before there was anything to tell
    best = found.result.reason == "diverged"  # these are put back; an interruption may leave some that have no loss yet
    last = found.scaling.outside([p.data for p in params]) if best else found.path[max(found.path)]
    found.parameters = dict(zip(found.check.parameters, last, strict=True))
    _judge(found, tol)
    return found


def predict(parameters: Sequence[Any], row: Sequence[float]) -> Any:
    """The model: b + w1 * x1 + w2 * x2 + ..., for parameters that are Values or numbers.

    >>> predict([1.0, 2.0, 3.0], [10.0, 100.0])
    321.0
    """
    b, *weights = parameters
    return sum(map(mul, weights, row), start=b)


def _recorder(found: Fit, params: list[Value]) -> Callable[[int, float, float], None]:
    """What writes the path down while the descent goes on."""

    def remember(step: int, _loss: float, _slope: float) -> None:
        if (step - 1) % 10 ** max(0, len(str(step - 1)) - 3):  # of the steps before, three digits and noughts stay
            found.path.pop(step - 1, None)
        found.path[step] = found.scaling.outside([p.data for p in params])

    return remember


def _judge(found: Fit, tol: float) -> None:
    """How good the line is. Least squares may veto `converged`, though it never corrects the answer."""
    result, least = found.result, found.check.loss
    found.r2 = r_squared(result.loss, found.data.y)
    if result.converged and result.loss - least > (1e-6 + 4 * tol**2) * least + 1e-23 * result.history[0]:
        result.reason = "stalled"
        result.advice = f"No way down is left that floats can see, but least squares lies lower, at loss {least:.6g}."


class Scaling:
    """Standardized features, z = (x - centre) / spread, and what that does to the parameters.

    b + sum(w * x) = (b + sum(w * centre)) + sum((w * spread) * z), so with b and w outside there are inside
    b + sum(w * centre) and w * spread. Made from the rows: centre is the mean, spread the standard deviation, or 1.

    >>> scaling = Scaling([(10.0,), (14.0,)])
    >>> scaling.row((14.0,)), scaling.inside([1.0, 2.0]), scaling.outside([25.0, 4.0])
    ([1.0], [25.0, 4.0], [1.0, 2.0])
    """

    __slots__ = ("centres", "spreads")

    def __init__(self, rows: Sequence[Sequence[float]]) -> None:
        columns = [centred(column) for column in zip(*rows, strict=True)]
        self.centres = [mean for mean, _ in columns]
        self.spreads = [norm(rest) / math.sqrt(len(rest)) or 1.0 for _, rest in columns]

    def row(self, x: Sequence[float]) -> list[float]:
        """One row's features, standardized."""
        return [(v - centre) / spread for v, centre, spread in zip(x, self.centres, self.spreads, strict=True)]

    def inside(self, parameters: Sequence[float]) -> list[float]:
        """Parameters for standardized features, from those for the data's own units."""
        b, *weights = parameters
        return [b + sum(map(mul, weights, self.centres)), *map(mul, weights, self.spreads)]

    def outside(self, parameters: Sequence[float]) -> list[float]:
        """Parameters for the data's own units, from those for standardized features."""
        b, *scaled = parameters
        weights = [w / spread for w, spread in zip(scaled, self.spreads, strict=True)]
        return [b - sum(map(mul, weights, self.centres)), *weights]


def safe_rate(rows: Sequence[Sequence[float]]) -> float:
    """A learning rate at which the mean squared error cannot diverge, rounded down to two digits.

    The longest stable step is 2 / (largest eigenvalue of the Hessian). The eigenvalues add up to the Hessian's trace,
    2 * (1 + sum of the features' mean squares), so none exceeds it, and 1 / trace is at most half of what is stable.
    On k standardized features that is 0.5 / (1 + k).

    >>> safe_rate([(1.0,), (-1.0,)]), safe_rate([(30.0,), (40.0,)])
    (0.25, 0.00039)
    """
    rate = 0.5 / (1 + sum(v * v for row in rows for v in row) / len(rows))
    return math.floor(rate * (scale := 10.0 ** (1 - math.floor(math.log10(rate))))) / scale


def check_table(data: Dataset) -> None:
    """Raise ValueError unless the table can settle a line; the message says what is to blame and what to do."""
    need = len(data.features) + 1
    if len(data) < need:
        rows = f"{len(data)} row" + "s" * (len(data) != 1)
        raise ValueError(f"expected at least {need} rows to settle {need} parameters, got {rows}; add rows")
    for name, column in [*zip(data.features, zip(*data.x, strict=True), strict=True), (data.target, data.y)]:
        low, high = min(column), max(column)
        if low == high and name != data.target:
            raise ValueError(f"feature {name!r} is constant, {low:g} in every row; leave it out: b says as much")
        for size in (max(-low, high), high - low):
            if size and not _SMALLEST <= size <= _LARGEST:
                raise ValueError(f"column {name!r}: {size:g} is too large or small to be squared; choose another unit")
