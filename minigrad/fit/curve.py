"""A curve through a table: any formula of columns and parameters, by least squares.

>>> table = {"t": [0.0, 1.0, 2.0, 3.0], "y": [4.1, 2.4, 1.5, 0.9]}
>>> found = fit_curve("y = a * exp(-k * t)", table, {"a": 1, "k": 1})
>>> found.result.reason, {name: round(p, 4) for name, p in found.parameters.items()}
('converged', {'a': 4.0828, 'k': 0.5101})
>>> {name: round(error, 4) for name, error in found.standard_errors.items()}
{'a': 0.0427, 'k': 0.0114}
>>> [round(y, 4) for y in found.predict({"t": [4.0, 5.0]})]
[0.5306, 0.3186]
"""

from __future__ import annotations

import math

from ..ops import as_float
from .fitted import Curve
from .jobs import METHODS, Job
from .models import as_names, model_for
from .search import search

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from ..datasets import Dataset
    from .formula import Formula
    from .models import FunctionModel

    Weights = str | Sequence[float] | None


def fit_curve(  # noqa: PLR0913 - all but three are options by keyword
    model: str | Callable[..., Any],
    table: Dataset | Mapping[str, Sequence[float]],
    start: Mapping[str, float] | None = None,
    *,
    weights: Weights = None,
    errors: Weights = None,
    bounds: Mapping[str, tuple[float, float]] | None = None,
    method: str = "lm",
    lr: float | None = None,
    tol: float = 1e-12,
    max_steps: int | None = None,
    seed: int = 0,
    progress: bool = False,
) -> Curve:
    """Fit a formula, or a function, to a table by least squares; return the curve with what is known about it.

    - `model`: text such as "y = a * exp(-k * t) + c". Names that are columns are columns, `pi` and `e` constants, what
      is called is a function of minigrad, other names are parameters; the left side may be a formula too. Or a
      function: its arguments that are columns get these, the others are parameters; the target is that of the table.
    - `table`: a `Dataset`, or columns by name, such as a dict of lists or a DataFrame, whose last is a function's
      target.
    - `start`: where parameters begin. For those that are missing a start is searched, from `seed`; `Curve.search` says
      how.
    - `weights`, `errors`: a number for each row, or the name of a column that has them: a squared residual counts so
      many times, or is divided by the square of this standard deviation.
    - `bounds`: (low, high) by parameter, kept by a change of variables that is differentiated like everything else.
    - `method`: "lm" (Levenberg and Marquardt's, see `least_squares`), or "sgd" or "lbfgs" on the mean squared residual.
    - `lr`: the learning rate of "sgd"; half of the largest stable one at the start unless told.

    `tol`, `max_steps` and `progress` are those of `least_squares` or of `minimize`. Raises ValueError for text that is
    no formula, with the place; for names that do not fit, too few rows, a start where the curve does not exist.

    >>> curve = fit_curve("y = a * t**2 + c", {"t": [0.0, 1.0, 2.0, 3.0], "y": [1.0, 3.0, 9.0, 19.0]})
    >>> {name: round(value, 6) for name, value in curve.parameters.items()}
    {'a': 2.0, 'c': 1.0}
    """
    check_method(method, lr)
    columns, names, target = _columns(table)
    found = model_for(model, tuple(columns), target)
    used = {name: columns[name] for name in found.columns}
    job = Job(found, used, _weights(columns, weights, errors), known_names("bounds", bounds or {}, found))
    begun, said = started(job, start or {}, seed)
    curve = job.run(begun, method, lr, tol, max_steps, progress)
    curve.search, curve.names = said, {name: names[name] for name in found.columns}
    return curve


def check_method(method: str, lr: float | None) -> None:
    """Raise ValueError if there is no such method, or if it takes no learning rate."""
    if method not in METHODS:
        raise ValueError(f"expected method to be one of {', '.join(METHODS)}, got {method!r}")
    if lr is not None and method != "sgd":
        raise ValueError(f"expected no learning rate for {method!r}, got lr={lr!r}; only sgd takes one")


def started(job: Job, start: Mapping[str, float], seed: int) -> tuple[dict[str, float], str]:
    """Where all parameters begin, those that have no start where a search puts them; and what that says of it."""
    begun, said = {name: as_float(p) for name, p in known_names("start", start, job.model).items()}, ""
    if missing := [name for name in job.model.parameters if name not in begun]:
        begun, said = search(job, begun, missing, seed)
    return {name: begun[name] for name in job.model.parameters}, said


def _columns(table: Any) -> tuple[dict[str, list[float]], dict[str, str], str]:
    """The columns by the names that a formula can call them, what the table calls them, and the target's name."""
    if hasattr(table, "features"):
        listed = dict(zip(table.features, zip(*table.x, strict=True), strict=True)) | {table.target: table.y}
    else:
        listed = {str(name): table[name] for name in table}
    names = as_names(listed)
    if not names:
        raise ValueError(f"expected a table of columns with names, got {list(listed)!r:.100}")
    columns = {name: list(listed[column]) for name, column in names.items()}
    if len({len(column) for column in columns.values()}) > 1:
        raise ValueError(f"expected columns of one length, got { {n: len(c) for n, c in columns.items()} }")
    target = getattr(table, "target", [*listed][-1])
    return columns, names, next((name for name, column in names.items() if column == target), target)


def known_names(what: str, given: Mapping[str, Any], model: Formula | FunctionModel) -> dict[str, Any]:
    """What is given by parameters. Raises ValueError if the model has no such parameter."""
    for name in given:
        if name not in model.parameters:
            raise ValueError(f"{what}: no parameter {name!r} in {model.text}; they are {', '.join(model.parameters)}")
    return dict(given)


def _weights(columns: Mapping[str, list[float]], weights: Weights, errors: Weights) -> list[float] | None:
    """The weight of each row, None if all are 1."""
    if weights is not None and errors is not None:
        raise ValueError("expected weights or errors, got both: a weight is 1 / error**2")
    given = weights if errors is None else errors
    if given is None:
        return None
    if isinstance(given, str):
        if given not in columns:
            raise ValueError(f"no column {given!r} of weights; the columns are {', '.join(columns)}")
        given = columns[given]
    numbers = [as_float(x) for x in given]
    count = len(next(iter(columns.values())))
    if len(numbers) != count:
        raise ValueError(f"expected a weight for each of the {count} rows, got {len(numbers)}")
    for i, x in enumerate(numbers):
        if not (0 <= x < math.inf and (x or errors is None)):
            kind = "a weight >= 0" if errors is None else "a standard deviation > 0"
            raise ValueError(f"expected {kind} in row {i + 1} of the table, got {x!r}")
    return numbers if errors is None else [1.0 / x**2 for x in numbers]
