"""What `minigrad fit --model` does: read the columns, fit the curve, and say what was found.

>>> from argparse import Namespace
>>> from minigrad.datasets.collection import DATA
>>> model = "miles_per_gallon = a / weight_1000lb"
>>> none = dict.fromkeys(["target", "features", "weights", "errors", "method", "lr", "max_steps"])
>>> options = Namespace(file=DATA + "cars.csv", model=model, starts={"a": 1.0}, bounds=["a=0:"], tol=1e-12, **none)
>>> options.json = options.standardize = True
>>> print(*lines(fitted(options, ""), options))  # doctest: +ELLIPSIS
{"parameters": {"a": 59.08...}, ...}
"""

from __future__ import annotations

from .curve import fit_curve
from .curve_report import as_json, report
from .options import check_curve
from .tables import read_columns
from .variables import read_bounds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterable, Sequence

    from .fitted import Curve


def fitted(options: Namespace, default: str) -> Curve:
    """The curve that the options ask for, through the table in their file, or in the file `default`."""
    check_curve(options)
    bounds = _bounds(options.bounds)
    return fit_curve(
        options.model,
        read_columns(options.file or default, options.model, [options.weights, options.errors]),
        options.starts,
        weights=options.weights,
        errors=options.errors,
        bounds=bounds,
        method=options.method or "lm",
        lr=options.lr,
        tol=options.tol,
        max_steps=options.max_steps,
        progress=not options.json,
    )


def _bounds(words: Sequence[str]) -> dict[str, tuple[float, float]]:
    found = {}
    for word in words:
        name, equals, bounds = word.partition("=")
        if not equals:
            raise ValueError(f"argument --bounds: expected NAME=LOW:HIGH, got {word!r}")
        found[name.strip()] = read_bounds(bounds)
    return found


def lines(found: Curve, options: Namespace) -> Iterable[str]:
    """What to print."""
    if options.json:
        import json

        return [json.dumps(as_json(found), allow_nan=False)]
    return report(found, options.file or "crickets", options.method or "lm")


def save_picture(found: Curve, path: str) -> None:
    """Draw it into a file."""
    from .curve_plot import save_curve_plot

    save_curve_plot(found, path)
