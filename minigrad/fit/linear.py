"""A line through a table, found by descent: target = b + w1 * feature1 + w2 * feature2 + ...

Where a feature's numbers are large, or far from zero, or features go together, the loss is a narrow valley that SGD
follows for ages. So the features are made orthogonal first, each left without what the ones before it tell, which makes
the bowl round; the parameters go back to the data's own units afterwards. Least squares by algebra, without any
descent, stands beside the answer as a check.

>>> from minigrad.datasets import crickets
>>> found = fit(crickets())
>>> found.result.reason, {name: round(value, 6) for name, value in found.parameters.items()}
('converged', {'b': 25.232313, 'w1': 3.291094})
>>> round(found.r2, 6), {name: round(error, 6) for name, error in found.standard_errors.items()}
(0.697465, {'b': 10.060117, 'w1': 0.601167})
"""

from __future__ import annotations

import math

from ..datasets.frames import as_dataset
from ..engine import Value
from ..optim import SGD
from ..train import minimize
from .bowl import Bowl
from .descent import Judge, mean_square, objective
from .least_squares import LeastSquares, r_squared
from .refusals import check_options, check_table
from .statistics import adjusted_r2, residual_standard_error, standard_errors, student_t

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from ..datasets import Dataset
    from ..train import Result
    from .descent import Step

_MANY = 1e9  # steps: who stands still although fewer are to come was stopped by something else


class Fit:
    """A fitted line and how it was found, all parameters in the data's own units.

    `parameters` maps b, w1, w2, ... to numbers. `result` tells how the descent ended; its loss is the MSE.
    `r2` is the part of the target's variance that the line explains, 1 - loss / variance; None without any variance.
    `path` maps steps to the parameters there: the first thousand, then ever fewer, and the last. `check` is the
    least-squares solution. `scale` and `lr` are what the descent worked with, `bowl` is what it went down, and
    `expected_steps` is how many steps that was to take, inf if the bottom is never reached.

    How sure the line is, if the target is one with independent noise: `standard_errors` maps parameters to theirs,
    `t` to estimate / standard error, `intervals` to the ends of the 95 % interval (Student's t). The
    `residual_standard_error` is the size of the noise on `degrees_of_freedom`, rows less parameters, and `adjusted_r2`
    is R2 with variances in place of mean squares. With as many parameters as rows these are nan, or None; t and
    intervals are nan unless the descent converged, for there is no estimate then.
    """

    __slots__ = (
        *("data", "parameters", "result", "r2", "path", "check", "bowl", "scale", "lr", "expected_steps"),
        *("standard_errors", "t", "intervals", "residual_standard_error", "degrees_of_freedom", "adjusted_r2"),
    )

    data: Dataset
    parameters: dict[str, float]
    result: Result
    r2: float | None
    path: dict[int, list[float]]
    check: LeastSquares
    bowl: Bowl
    scale: str
    lr: float
    expected_steps: float
    standard_errors: dict[str, float]
    t: dict[str, float]
    intervals: dict[str, tuple[float, float]]
    residual_standard_error: float
    degrees_of_freedom: int
    adjusted_r2: float | None

    def predict(self, table: Any) -> list[float]:
        """The target, predicted for each row of a Dataset, a dict of columns or a DataFrame; nan where a cell lacks.

        Raises what `Model.predict` does.

        >>> from minigrad.datasets import crickets
        >>> [round(y, 3) for y in fit(crickets()).predict({"chirps_per_second": [15.0, 20.0]})]
        [74.599, 91.054]
        """
        from .saved import Model

        return Model.of(self).predict(table)


def fit(  # noqa: PLR0913  # all but the table are options, by keyword
    table: Any,
    *,
    target: str | None = None,
    features: Sequence[str] | None = None,
    lr: float | None = None,
    start: float = 0.0,
    tol: float = 1e-16,
    max_steps: int = 100_000,
    scale: str | None = None,
    intercept: bool = True,
    progress: bool = False,
) -> Fit:
    """Fit target = b + w1 * feature1 + ... to a table by SGD on the mean squared error, until it converges.

    table: a Dataset, a dict of columns or a DataFrame; `target` is its last column unless named, `features` are all
        others.
    lr: the learning rate; unless given, one that cannot diverge.
    start: what every parameter begins at, in the data's own units, whatever the scale.
    tol: the distance to the bottom, over orthogonal features and as a part of the target's spread, that is near enough.
        The default goes on until floats see no lower.
    max_steps: that of `minimize`.
    progress: that of `minimize`.
    scale: `orthogonal`, `standard` or `none`, as in `Bowl`; orthogonal unless `lr` is given, for over orthogonal
        features every table has one and the same stable rate.
    intercept: whether there is a b.

    Raises TypeError if this is no table; ValueError if it does not settle the line: too few rows, a feature that is
    constant or follows from others, numbers too large or too small to be squared; or if an option is out of range.

    >>> from minigrad.datasets import cars
    >>> [round(loss, 2) for loss in fit(cars(), lr=0.01, max_steps=3, scale="none").result.history]
    [303.71, 170.84, 103.17, 68.7]
    """
    data = as_dataset(table, target, features)
    check_table(data, intercept)
    check_options(start, tol, scale)
    check = LeastSquares(data, intercept)
    bowl = Bowl(data, check, default_scale(scale, lr))
    step = mean_square(bowl.columns, bowl.target, intercept)
    return descended(data, check, bowl, step, lr=lr, start=start, tol=tol, max_steps=max_steps, progress=progress)


def default_scale(scale: str | None, lr: float | None) -> str:
    """The scale, where none may be given."""
    return scale or ("orthogonal" if lr is None else "standard")


def descended(  # noqa: PLR0913  # all of `fit`'s, by keyword
    data: Dataset,
    check: LeastSquares,
    bowl: Bowl,
    step: Step,
    *,
    lr: float | None,
    start: float,
    tol: float,
    max_steps: int,
    progress: bool,
) -> Fit:
    """The line at the end of the descent by this step, which is the bowl's loss and gradient wherever the rows are."""
    found = Fit()
    found.data, found.check, found.bowl, found.path = data, check, bowl, {}
    found.scale, found.lr = bowl.scale, bowl.rate if lr is None else lr
    outer = [float(start)] * len(check.parameters)
    judge = _judge(found, bowl.inside(outer), tol)
    _descend(found, judge, step, outer, max_steps, progress)
    _tell(found, judge, tol)
    _be_sure(found)
    return found


def _descend(found: Fit, judge: Judge, step: Step, start: list[float], max_steps: int, progress: bool) -> None:
    """Go down until the judge says that this is the end, or the steps are used up, or Ctrl-C comes."""
    found.result = minimize(
        objective(step, judge.params, found.bowl),
        SGD(judge.params, found.lr),
        tol=0.0,
        patience=max_steps + 1,  # whether it has arrived is for the judge to say, who knows the bowl
        max_steps=max_steps,
        callback=_recorder(found, judge, start),
        progress=progress,
    )
    if not found.path:
        raise KeyboardInterrupt  # it came before there was anything to tell
    last = found.path[max(found.path)]  # an interruption may leave parameters that have no loss yet
    if found.result.reason == "diverged":  # these are put back
        last = found.bowl.outside([p.data for p in judge.params])
    found.parameters = dict(zip(found.check.parameters, last, strict=True))


def _judge(found: Fit, inner: list[float], tol: float) -> Judge:
    """The judge of the descent from these parameters, and how many steps it is expected to take."""
    params = [Value(p, label=name) for p, name in zip(inner, found.check.parameters, strict=True)]
    spread = math.sqrt(found.check.spread) or max(map(abs, found.data.y)) or 1.0
    near = tol * spread
    if found.scale != "orthogonal":
        near = max(near, min(found.bowl.floor(), 1e-7 * spread))
    found.expected_steps = found.bowl.steps(inner, found.lr, max(near, 1e-16 * spread))
    return Judge(params, found.bowl, near, spread, stable=found.lr <= _limit(found) * (1 + 1e-6))


def _limit(found: Fit) -> float:
    """The largest stable learning rate: 2 / (largest curvature)."""
    return 1 / found.bowl.modes[0][0]


def _recorder(found: Fit, judge: Judge, start: list[float]) -> Callable[[int, float, float], bool]:
    """What writes the path down while the descent goes on, and asks the judge whether it does."""

    def remember(step: int, loss: float, _grad_norm: float) -> bool:
        if (step - 1) % 10 ** max(0, len(str(step - 1)) - 3):  # of the steps before, three digits and noughts stay
            found.path.pop(step - 1, None)
        found.path[step] = found.bowl.outside([p.data for p in judge.params]) if step else start
        return judge.look(loss)

    return remember


def _tell(found: Fit, judge: Judge, tol: float) -> None:
    """The verdict, and what to do about it. Least squares may veto `converged`, though it never corrects the answer."""
    result, bowl = found.result, found.bowl
    found.r2 = r_squared(result.loss, found.check.spread)
    if result.reason == "interrupted" and judge.verdict:
        result.reason = judge.verdict
    inner = [p.data for p in judge.params]
    far, least = math.hypot(*bowl.distance(inner)), found.check.loss
    if result.converged and far**2 > 4e-12 * least + (max(4 * tol, 1e-9) * judge.spread) ** 2:
        result.reason = "stalled"
        result.advice = f"No way down is left that floats can see, but least squares lies lower, at loss {least:.6g}."
    elif result.reason in ("stalled", "max_steps"):
        result.advice = _advice(found, judge, inner)


def _advice(found: Fit, judge: Judge, inner: list[float]) -> str:
    """How far it is to the bottom, in loss and in steps, and a better rate if this one is far from the best."""
    limit = _limit(found)
    more = found.bowl.steps(inner, found.lr, max(judge.near, 1e-16 * judge.spread))
    advice = f"The bottom lies about {judge.left:.3g} lower"
    if found.result.reason == "stalled" and more < _MANY:
        return f"{advice}, but rounding hides the way there: the numbers are large beside what they differ by."
    way = f"some {float(f'{more:.2g}'):,.0f} steps on" if more < math.inf else "and is never reached"
    advice += f", {way} at learning rate {found.lr:g}."
    if limit / 10 <= found.lr < limit:
        return advice
    return f"{advice} The largest stable one here is {limit:.3g}: try {limit / 2:.3g}."


def _be_sure(found: Fit) -> None:
    """Standard errors and what follows from them."""
    rows, check = len(found.data), found.check
    found.degrees_of_freedom = freedom = rows - len(check.parameters)
    found.standard_errors = errors = standard_errors(check, rows)
    found.residual_standard_error, found.adjusted_r2 = residual_standard_error(check, rows), adjusted_r2(check, rows)
    width = student_t(freedom) if freedom and found.result.converged else math.nan
    found.t, found.intervals = {}, {}
    for name, estimate in found.parameters.items():
        error = errors[name] if width == width else math.nan
        found.t[name] = estimate / error if error else estimate * math.inf
        found.intervals[name] = (estimate - width * error, estimate + width * error)
