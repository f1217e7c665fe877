"""What `minigrad fit --model` does: read the columns, fit the curve, and say what was found.

>>> from argparse import Namespace
>>> from minigrad.datasets.collection import DATA
>>> model = "miles_per_gallon = a / weight_1000lb"
>>> none = dict.fromkeys(["target", "features", "weights", "errors", "method", "lr", "max_steps"])
>>> options = Namespace(model=model, starts={"a": 1.0}, bounds=["a=0:"], tol=1e-12, missing="omit", save=None, **none)
>>> options.json = options.intercept = True
>>> options.scale = None
>>> found, how = fitted(DATA + "cars.csv", options, {})
>>> print(*lines(found, "cars", how, options))  # doctest: +ELLIPSIS
{"parameters": {"a": 59.08...}, ...}
"""

from __future__ import annotations

from .curve import fit_curve
from .curve_report import as_json, report
from .options import check_curve, of_curve
from .tables import how_it_was_read, misspelt, read_columns
from .variables import read_bounds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterable, Sequence
    from typing import Any

    from .fitted import Curve


def fitted(path: str | None, options: Namespace, reading: dict[str, Any]) -> tuple[Curve, str]:
    """The curve that the options ask for, through the table in a file, and how that was read."""
    check_curve(options)
    bounds = _bounds(options.bounds)
    if getattr(options, "dask", None) is not None:
        from .piece_files import fit_curve_files  # which knows Dask

        return fit_curve_files(path, options, reading, bounds)
    assert path is not None
    others = [options.weights, options.errors]
    columns, table, names = read_columns(path, options.model, others, missing=options.missing, **reading)
    found = fit_curve(
        options.model,
        columns,
        options.starts,
        bounds=bounds,
        **of_curve(options),
    )
    found.names, found.reading = {name: names[name] for name in found.names}, table.reading
    return found, "; ".join([how_it_was_read(table), *misspelt(found.parameters, names)])


def _bounds(words: Sequence[str]) -> dict[str, tuple[float, float]]:
    found = {}
    for word in words:
        name, equals, bounds = word.partition("=")
        if not equals:
            raise ValueError(f"argument --bounds: expected NAME=LOW:HIGH, got {word!r}")
        found[name.strip()] = read_bounds(bounds)
    return found


def lines(found: Curve, source: str, how: str, options: Namespace) -> Iterable[str]:
    """What to print: `source` is the table's name, `how` how it was read."""
    if options.json:
        import json

        return [json.dumps(as_json(found), allow_nan=False)]
    return report(found, f"{source} ({how})" if how else source, options.method or "lm")


def save_picture(found: Curve, path: str) -> None:
    """Draw it into a file."""
    from .curve_plot import save_curve_plot

    save_curve_plot(found, path)
