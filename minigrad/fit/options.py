"""The options of `minigrad fit` that came with formulas, and which of them go together.

>>> import argparse
>>> options = argparse.Namespace(file=None, start=["a=1", "k=0.5", "decay.csv"])
>>> split_starts(options)
>>> options.starts, options.file
({'a': 1.0, 'k': 0.5}, 'decay.csv')
"""

from __future__ import annotations

import math
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable
    from typing import Any


def add_curve(add: Callable[..., Any]) -> None:
    """Add them to a parser, by its `add_argument`."""
    start = "every parameter's first value, in the data's own units (0); with --model NAME=VALUE ... (searched)"
    add("--start", metavar="V", nargs="+", action="extend", default=[], help=start)
    add("--model", metavar='"LEFT = RIGHT"', help="fit this formula of columns and parameters")
    bounds = "keep parameters within bounds, as k=0: or k=:5 or k=0:1"
    add("--bounds", metavar="NAME=LOW:HIGH", nargs="+", action="extend", default=[], help=bounds)
    add("--weights", metavar="COL", help="a column that says how often each squared residual counts")
    add("--errors", metavar="COL", help="a column of standard deviations: weights 1 / error**2")
    add("--method", choices=["lm", "sgd", "lbfgs"], help="how a formula is fitted (lm: Levenberg-Marquardt)")


def add_dask(add: Callable[..., Any]) -> None:
    """Add the option that leaves the rows to a cluster."""
    where = "fit the files of a pattern, as 'parts/*.csv', by Dask: the scheduler at ADDRESS, or this machine's cores"
    add("--dask", metavar="ADDRESS", nargs="?", const="", help=where)


def shows_progress(options: Namespace) -> bool:
    """Whether somebody watches: at a terminal, and not for JSON."""
    return not options.json and sys.stderr is not None and sys.stderr.isatty()


def of_line(options: Namespace) -> dict[str, Any]:
    """What the fit of a line takes by keyword, from the options."""
    return {
        "lr": options.lr,
        "start": options.starts.get("", 0.0),
        "tol": 1e-16 if options.tol is None else options.tol,
        "max_steps": 100_000 if options.max_steps is None else options.max_steps,
        "scale": options.scale,
        "intercept": options.intercept,
        "progress": shows_progress(options),
    }


def of_curve(options: Namespace) -> dict[str, Any]:
    """The same for the fit of a formula, but for its bounds."""
    return {
        "weights": options.weights,
        "errors": options.errors,
        "method": options.method or "lm",
        "lr": options.lr,
        "tol": 1e-12 if options.tol is None else options.tol,
        "max_steps": options.max_steps,
        "progress": shows_progress(options),
    }


def split_dask(options: Namespace) -> None:
    """Give the file back that --dask took for an address, if there is no other.

    >>> import argparse
    >>> options = argparse.Namespace(file=None, dask="parts/*.csv")
    >>> split_dask(options)
    >>> options.file, options.dask
    ('parts/*.csv', '')
    """
    if options.dask and options.file is None:
        options.file, options.dask = options.dask, ""


def split_starts(options: Namespace) -> None:
    """Set `options.starts`: what --start was given, by name, with "" for none.

    As --start takes all that follows, the last of it may be the file.
    """
    words = list(options.start)
    if options.file is None and len(words) > 1 and "=" not in words[-1] and not _is_number(words[-1]):
        options.file = words.pop()
    options.starts = {}
    for word in words:
        name, _, number = word.rpartition("=")
        if not (_is_number(number) and math.isfinite(float(number))):
            remedy = "" if name else "; with --model write NAME=VALUE"
            raise ValueError(f"argument --start: expected a finite number, got {number!r}{remedy}")
        if name.strip() in options.starts:
            raise ValueError(f"argument --start: expected one number for each parameter, got one more, {word!r}")
        options.starts[name.strip()] = float(number)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def check_line(options: Namespace) -> None:
    """Raise ValueError if an option is there that only a formula can use."""
    for name in ("method", "weights", "errors", "bounds"):
        if getattr(options, name):
            raise ValueError(f'expected --model with --{name}, got none; for a line write --model "y = a + b * x"')
    if names := [name for name in options.starts if name]:
        raise ValueError(f"argument --start: expected a number for a line, got {names[0]}=...; names are for --model")


def check_curve(options: Namespace) -> None:
    """Raise ValueError if an option is there that a formula cannot use."""
    if "" in options.starts:
        raise ValueError("argument --start: expected NAME=VALUE with --model, got a number without a name")
    for name in ("target", "features"):
        if getattr(options, name) is not None:
            raise ValueError(
                f"expected no --{name} with --model, got {getattr(options, name)!r}: the formula names all"
            )
    if options.scale is not None or not options.intercept:
        raise ValueError("expected no --scale or --no-intercept with --model: a formula takes its columns as they are")
