r"""What a fit tells: a report for people, one JSON object for programs.

>>> from minigrad.datasets import cars
>>> from minigrad.fit import fit
>>> print(*list(report(fit(cars()), "cars"))[:2], sep="\n")
cars: 7 rows, miles_per_gallon from weight_1000lb; ',' between cells, decimal point, UTF-8
gradient descent on the mean squared error, orthogonal features, learning rate 0.35
"""

from __future__ import annotations

import math

from ..datasets.tables import described

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from .linear import Fit

_NARROW = 0.1  # where the features before it leave less of a feature, the bowl is over 100 times as long as wide
_OBLONG = 10.0  # condition number, from which on the bowl is to blame for a descent that does not arrive
_SHOWN = 5  # parameters in a line of the descent: more do not fit on a screen
_FEATURES = {"orthogonal": "orthogonal features", "standard": "standardized features", "none": "features as they are"}


# --- For people -----------------------------------------------------------------------------------------------------


def report(found: Fit, source: str) -> Iterator[str]:
    """The lines of the report on a fit of the table from this source."""
    data = found.data
    read = f"; {how}" if (how := described(data)) else ""
    yield f"{source}: {len(data)} rows, {data.target} from {', '.join(data.features)}{read}"
    yield from data.notes
    yield f"gradient descent on the mean squared error, {_FEATURES[found.scale]}, learning rate {found.lr:g}"
    if found.scale != "orthogonal":
        yield _outlook(found)
    yield ""
    yield from _descent(found)
    yield ""
    yield from str(found.result).splitlines()
    yield from _hint(found)
    yield ""
    yield f"{data.target} ={_terms(found)}"
    yield ""
    if found.result.converged:
        yield from _estimates(found)
        yield ""
    yield from _comparison(found)


def _outlook(found: Fit) -> str:
    """How narrow the bowl is, and what that means for the way down."""
    steps = "never at the bottom"
    if not math.isinf(found.expected_steps):
        steps = f"at the bottom after some {float(f'{found.expected_steps:.2g}'):,.0f} steps"
    return f"condition number of the bowl {found.bowl.condition:.3g}, {steps}"


def _descent(found: Fit) -> Iterator[str]:
    """A table of step, loss and parameters: steps 0, 1, 2, 3, 5, 10, 20, 50, 100, ... and the last."""
    names, history, last = list(found.parameters), found.result.history, len(found.result.history) - 1
    more = ["..."] if len(names) > _SHOWN else []
    yield f"{'step':>8}" + "".join([f"{name:>14}" for name in ["loss", *names[:_SHOWN], *more]])
    for step in sorted({*found.path, last}):
        if step in (0, 3, last) or str(step).rstrip("0") in ("1", "2", "5"):
            numbers = [history[step], *found.path.get(step, [])[:_SHOWN]]
            yield f"{step:>8}" + "".join([f"{x:>14.6g}" for x in numbers])


def _hint(found: Fit) -> Iterator[str]:
    """What to do about a bowl so narrow that the descent did not get to its bottom."""
    if found.result.reason not in ("stalled", "max_steps") or found.bowl.condition < _OBLONG:
        return
    name, independent = min(found.check.independent.items(), key=lambda item: item[1])
    if independent < _NARROW:
        yield f"The features before {name!r} nearly tell it, which makes the bowl a narrow valley."
    yield "With --scale orthogonal the bowl is round, and the way down is short."


def _terms(found: Fit) -> str:
    weights = list(found.parameters.values())
    terms = [f"{w:.9g}" for w in weights[: len(weights) - len(found.data.features)]]  # b, if there is one
    for w, x in zip(weights[len(terms) :], found.data.features, strict=True):
        sign = "-" if w < 0 else "+"
        terms.append(f"{sign} {abs(w):.9g} * {x}" if terms else f"{w:.9g} * {x}")
    return "".join([" " + term for term in terms])


def _estimates(found: Fit) -> Iterator[str]:
    """Each parameter and how sure it is, then the line as a whole."""
    names = _names(found)
    width = max(map(len, names))
    yield f"{'':{width}}{'estimate':>17}{'standard error':>17}{'t':>10}{'95 % interval':>28}"
    for label, (name, estimate) in zip(names, found.parameters.items(), strict=True):
        low, high = found.intervals[name]
        numbers = [f"{_nine_digits(x):>17}" for x in (estimate, found.standard_errors[name])]
        ends = [f"{_digits(x, 6):>14}" for x in (low, high)]
        yield f"{label:{width}}{''.join(numbers)}{_digits(found.t[name], 4):>10}{''.join(ends)}"
    freedom = found.degrees_of_freedom
    yield (
        f"residual standard error {_digits(found.residual_standard_error, 9)} on {freedom} degree"
        + "s" * (freedom != 1)
        + f" of freedom, adjusted R2 {_nine_digits(found.adjusted_r2)}"
    )


def _comparison(found: Fit) -> Iterator[str]:
    """The answer beside the least-squares solution, which knows nothing of the descent."""
    names = [*_names(found), "loss (mean squared error)", "R2"]
    answer = [*found.parameters.values(), found.result.loss, found.r2]
    check = [*found.check.parameters.values(), found.check.loss, found.check.r2]
    width = max(map(len, names))
    yield f"{'':{width}}{'descent':>17}{'least squares':>17}"
    for name, ours, theirs in zip(names, answer, check, strict=True):
        yield f"{name:{width}}{_nine_digits(ours):>17}{_nine_digits(theirs):>17}"


def _names(found: Fit) -> list[str]:
    """The parameters as lines begin with them: b, w1 (feature), ..."""
    columns = _columns(found)
    return [name if column is None else f"{name} ({column})" for name, column in columns.items()]


def _columns(found: Fit) -> dict[str, str | None]:
    """The column that each parameter stands before; None for b."""
    return {name: None if name == "b" else found.data.features[int(name[1:]) - 1] for name in found.parameters}


def _nine_digits(x: float | None) -> str:
    return _digits(x, 9)


def _digits(x: float | None, digits: int) -> str:
    return "undefined" if x is None or x != x else f"{x:.{digits}g}"


# --- For programs ---------------------------------------------------------------------------------------------------


def as_json(found: Fit) -> str:
    """One JSON object, on one line, with all that is known of a fit. What does not exist is null."""
    import json

    data, result, check = found.data, found.result, found.check
    answer = {
        "parameters": _all_finite(found.parameters),
        "reason": result.reason,
        "steps": result.steps,
        "loss": _finite(result.loss),
        "grad_norm": _finite(result.grad_norm),
        "r2": _finite(found.r2),
        "target": data.target,
        "features": data.features,
        "estimates": [_estimate(found, name, column) for name, column in _columns(found).items()],
        "residual_standard_error": _finite(found.residual_standard_error),
        "degrees_of_freedom": found.degrees_of_freedom,
        "adjusted_r2": _finite(found.adjusted_r2),
        "rows": len(data),
        "rows_used": len(data),
        "rows_left_out": data.rows_left_out,
        "missing": data.missing,
        "columns_left_out": data.columns_left_out,
        "notes": data.notes,
        "reading": data.reading,
        "least_squares": {
            "parameters": _all_finite(check.parameters),
            "loss": _finite(check.loss),
            "r2": _finite(check.r2),
        },
        "scale": found.scale,
        "lr": found.lr,
        "condition_number": _finite(found.bowl.condition),
        "expected_steps": _finite(found.expected_steps),
    }
    return json.dumps(answer, allow_nan=False)


def _estimate(found: Fit, name: str, column: str | None) -> dict[str, Any]:
    return {
        "parameter": name,
        "column": column,
        "estimate": _finite(found.parameters[name]),
        "standard_error": _finite(found.standard_errors[name]),
        "t": _finite(found.t[name]),
        "interval": [_finite(end) for end in found.intervals[name]],
        "least_squares": _finite(found.check.parameters[name]),
    }


def _all_finite(numbers: dict[str, float]) -> dict[str, float | None]:
    return {name: _finite(x) for name, x in numbers.items()}


def _finite(x: float | None) -> float | None:
    """JSON has no word for nan and infinity but null."""
    return x if x is not None and math.isfinite(x) else None
