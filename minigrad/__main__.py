"""The command line: `python -m minigrad fit`, or `minigrad fit`, fits a line to a table and says how that went."""

from __future__ import annotations

import argparse
import math
import os
import re
import sys

from . import __version__
from .datasets import read_csv
from .fit import fit
from .fit.bowl import SCALES
from .fit.report import as_json, report

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, NoReturn

    from .datasets import Dataset
    from .fit import Fit

_CRICKETS = os.path.join(os.path.dirname(__file__), "datasets", "data", "crickets.csv")

_USAGE = """minigrad fit [FILE.csv] [--target COL] [--features COL ...] [--lr R] [--start V] [--tol T]
                    [--max-steps N] [--scale orthogonal|standard|none] [--no-intercept] [--plot FILE] [--json]"""
_DESCRIPTION = """
Fit target = b + w1 * feature1 + w2 * feature2 + ... to a table, by gradient descent on the mean squared
error until the parameters stop changing. Prints the descent, its verdict, the line, how sure it is, and
the least-squares solution as a check. Without a file: the temperature from the chirps of 15 crickets.
"""
_EPILOG = """
scale:        orthogonal   each feature without what the ones before it tell: some 30 steps for any table
              standard     each with mean 0 and standard deviation 1; what --lr means unless --scale says otherwise
              none         the features as they are; --no-standardize is the same

verdict:      converged    the parameters stand still, at the bottom
              stalled      the loss stands still, but not at the bottom
              diverged     the loss went up; the best parameters are put back
              max_steps    the steps were used up
              interrupted  by Ctrl-C; what is there so far is printed

--json:       parameters {"b": ..., "w1": ...} in the data's own units, reason (the verdict), steps,
              loss (mean squared error), grad_norm (length of the gradient, with respect to the parameters
              that SGD moves: those of the features in that scale), r2, target, features; estimates, a list
              in the order of the report: parameter, column (null for b), estimate, standard_error, t,
              interval (95 %), least_squares; residual_standard_error, degrees_of_freedom, adjusted_r2,
              rows; least_squares (parameters, loss, r2); scale, lr, condition_number and expected_steps of
              the descent. A number that does not exist, as r2 of a constant target, is null.

exit status:  0 converged, 1 another verdict, 2 no answer (one line on stderr says why), 130 interrupted
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line, `sys.argv` unless `argv` is given, and return its exit status: 0, 1, 2 or 130.

    `minigrad fit --help` says what they mean. Raises SystemExit after --help and --version only.

    >>> main(["fit", "--json"])  # doctest: +ELLIPSIS
    {"parameters": {"b": 25.2323..., "w1": 3.2910...}, "reason": "converged", ...}
    0
    """
    try:
        status = _fit(_parser().parse_args(argv))
        print(end="", flush=True)
    except KeyboardInterrupt:
        print("minigrad: interrupted", file=sys.stderr)
        return 130
    except (OSError, ValueError, ImportError) as error:
        if isinstance(error, OSError) and error.filename is None:  # standard output: the reader of a pipe has gone
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python fails once more as it ends
        print("minigrad:", _one_line(error), file=sys.stderr)
        return 2
    return status


def _fit(options: argparse.Namespace) -> int:
    if options.plot:
        from .fit.plots import save_plot
        from .plot import check_plot

        check_plot(options.plot)  # now: nobody wants to hear it after the descent
    found = _fitted(read_csv(options.file or _CRICKETS, options.target, options.features), options)
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    for line in [as_json(found)] if options.json else report(found, options.file or "crickets"):
        print(line.encode(encoding, "backslashreplace").decode(encoding))
    if options.plot:
        save_plot(found, options.plot)
    return {"converged": 0, "interrupted": 130}.get(found.result.reason, 1)


def _fitted(data: Dataset, options: argparse.Namespace) -> Fit:
    """The fit of a table; an error names its file, and the option that helps against a feature."""
    try:
        return fit(
            data,
            lr=options.lr,
            start=options.start,
            tol=options.tol,
            max_steps=options.max_steps,
            scale=options.scale,
            intercept=options.intercept,
            progress=not options.json and sys.stderr.isatty(),
        )
    except ValueError as error:
        hint = " (--features names those to use)" if "feature" in str(error) else ""
        raise ValueError(f"{options.file or 'crickets'}: {error}{hint}") from error


def _one_line(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"{error.filename or 'standard output'}: {error.strerror}"
    return " ".join(str(error).split())


# --- What is understood ---------------------------------------------------------------------------------------------


class _Parser(argparse.ArgumentParser):
    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._negative_number_matcher = re.compile(r"-\.?\d")  # argparse's own takes -1e3 for an option

    def error(self, message: str) -> NoReturn:
        raise ValueError(f"{message}; see minigrad fit --help")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="minigrad", description="Automatic differentiation at work: see minigrad fit --help.")
    parser.add_argument("--version", action="version", version=__version__)
    fit_parser = parser.add_subparsers(required=True, metavar="fit").add_parser(
        "fit",
        usage=_USAGE,
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        help="fit a line to a table",
    )
    add = fit_parser.add_argument
    add("file", nargs="?", metavar="FILE.csv", help="comma-separated UTF-8 text, column names first")
    add("--target", metavar="COL", help="the column to predict (the last one)")
    add("--features", metavar="COL", nargs="+", action="extend", help="the columns to predict it from (all others)")
    _add_descent(add)
    picture = "draw data, residuals, loss and bowl into FILE.png, .svg or .pdf: needs minigrad[plot]"
    add("--plot", metavar="FILE", help=picture)
    add("--json", action="store_true", help="print one JSON object and nothing else")
    return parser


def _add_descent(add: Callable[..., Any]) -> None:
    rate = _number(lambda x: 0 < x < math.inf, "a number > 0")
    add("--lr", metavar="R", type=rate, help="learning rate (as large as is surely stable)")
    start = _number(math.isfinite, "a finite number")
    add(
        "--start",
        metavar="V",
        type=start,
        default=0.0,
        help="every parameter's first value, in the data's own units (0)",
    )
    tol = _number(lambda x: 0 <= x < 1, "a number from 0 to below 1")
    near = "how near the bottom is near enough, of the target's spread (1e-16: until floats see no lower)"
    add("--tol", metavar="T", type=tol, default=1e-16, help=near)
    count = _number(lambda n: n >= 0, "a whole number >= 0", int)
    add("--max-steps", metavar="N", type=count, default=100_000, help="give up after so many steps (100000)")
    add("--scale", choices=SCALES, help="which features to descend over (orthogonal; standard with --lr)")
    add("--no-standardize", dest="scale", action="store_const", const="none", help="--scale none")
    add("--no-intercept", dest="intercept", action="store_false", help="a line through zero: there is no b")


def _number(allowed: Callable[[Any], bool], expected: str, kind: type = float) -> Callable[[str], Any]:
    def parse(text: str) -> Any:
        try:
            if allowed(number := kind(text)):
                return number
        except ValueError:
            pass
        raise argparse.ArgumentTypeError(f"expected {expected}, got {text!r}")

    return parse


if __name__ == "__main__":
    sys.exit(main())
