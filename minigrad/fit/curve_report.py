r"""What the command says about a curve: lines for people, one object for programs.

>>> from minigrad.fit import fit_curve
>>> found = fit_curve("y = a + b * x", {"x": [0.0, 1.0, 2.0], "y": [1.0, 3.1, 4.9]}, {"a": 0.0, "b": 0.0})
>>> print(*[line for line in report(found, "three rows") if "=" in line], sep="\n")
three rows: 3 rows, y = a + b * x
y = 1.05 + 1.95 * x
>>> list(as_json(found))[:3]
['parameters', 'standard_errors', 't']
"""

from __future__ import annotations

import math
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from .fitted import Curve

_LITTLE = 0.5  # of the variance explained, and less, asks for a look at the start
_METHODS = {
    "lm": "least squares by Levenberg and Marquardt's method, on exact Jacobians",
    "sgd": "gradient descent on the mean squared residual",
    "lbfgs": "L-BFGS on the mean squared residual",
}


def report(found: Curve, source: str, method: str = "lm") -> Iterator[str]:
    """The lines for people: what was fitted to what, how it ended, each parameter, the curve, and how good it is."""
    yield f"{source}: {found.rows} rows, {found.model.text.strip()}"
    yield _METHODS[method]
    if found.search:
        yield found.search
    yield ""
    first, *others = str(found.result).splitlines()
    yield first.replace("loss", "sum of squared residuals", 1) if method == "lm" else first
    yield from others
    yield from _hints(found)
    yield ""
    yield from _table(found)
    yield ""
    yield with_numbers(found)
    yield ""
    freedom = f"{found.freedom} degree{'s' * (found.freedom != 1)} of freedom"
    yield f"residual standard error {_shown(found.residual_error)} on {freedom}, R2 {_shown(found.r2)}"


def _table(found: Curve) -> Iterator[str]:
    """Estimate, standard error, t and interval of each parameter."""
    width = max(9, *map(len, found.parameters))
    yield f"{'':{width}}{'estimate':>17}{'std. error':>15}{'t':>11}   95 % interval"
    for name, p in found.parameters.items():
        error, (low, high) = found.standard_errors[name], found.intervals[name]
        where = f"{low:.6g} to {high:.6g}" if found.freedom else "undefined"
        where = "at its bound" if name in found.at_bound else where
        where = "not settled" if name in found.unsettled else where
        where = where if found.arrived else "not at a bottom"
        yield f"{name:{width}}{p:>17.9g}{_shown(error, 6):>15}{_shown(t_of(found, name), 4):>11}   {where}"


def t_of(found: Curve, name: str) -> float | None:
    """A parameter beside its standard error; None where that is 0 or unknown."""
    error = found.standard_errors[name]
    return found.parameters[name] / error if error and math.isfinite(error) else None


def _hints(found: Curve) -> Iterator[str]:
    """What a reader of the numbers below should know first."""
    if found.at_bound:
        one = len(found.at_bound) == 1
        yield f"{', '.join(found.at_bound)} {'is' if one else 'are'} held by {'its bound' if one else 'their bounds'}."
    if not found.freedom:
        yield (
            "As many parameters as rows: the curve can go through all of them, and nothing is left to tell its error. "
            "Add rows."
        )
    elif found.r2 is not None and found.r2 < _LITTLE:
        yield (
            f"The curve explains {max(0.0, found.r2):.0%} of the variance. If it should do better, this is the wrong "
            "valley: start elsewhere, or leave --start out to have a start searched."
        )


def _shown(x: float | None, digits: int = 9) -> str:
    return "undefined" if x is None or not math.isfinite(x) else f"{x:.{digits}g}"


def with_numbers(found: Curve) -> str:
    """The formula with the numbers in place of the parameters."""

    def number(match: re.Match[str]) -> str:
        p = found.parameters.get(match[0])
        return match[0] if p is None else f"{p:.9g}" if p >= 0 else f"({p:.9g})"

    left, equals, right = found.model.text.strip().partition("=")
    return left + equals + re.sub(r"[^\W\d]\w*", number, right)


def as_json(found: Curve) -> dict[str, Any]:
    """All that is known, by the names of the formula, as data for JSON: what does not exist is None."""
    result, names = found.result, found.parameters
    return {
        "parameters": {name: finite(p) for name, p in names.items()},
        "standard_errors": {name: finite(error) for name, error in found.standard_errors.items()},
        "t": {name: t_of(found, name) for name in names},
        "intervals": {name: [finite(low), finite(high)] for name, (low, high) in found.intervals.items()},
        "reason": result.reason,
        "steps": result.steps,
        "loss": finite(found.residual_sum / sum(found.weights)),
        "grad_norm": finite(result.grad_norm),
        "r2": finite(found.r2),
        "residual_sum_of_squares": finite(found.residual_sum),
        "residual_standard_error": finite(found.residual_error),
        "degrees_of_freedom": found.freedom,
        "rows": found.rows,
        "formula": found.model.text.strip(),
        "columns": list(found.model.columns),
        "start": {name: finite(p) for name, p in found.start.items()},
        "at_bound": list(found.at_bound),
        "unsettled": list(found.unsettled),
        "advice": result.advice,
    }


def finite(x: float | None) -> float | None:
    """JSON has no word for nan and infinity but null."""
    return x if x is not None and math.isfinite(x) else None
