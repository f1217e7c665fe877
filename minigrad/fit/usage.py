"""The options of the command, and what its help says of them."""

from __future__ import annotations

import argparse
import math

from .bowl import SCALES
from .options import add_curve, add_dask

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, NoReturn

_USAGE = """minigrad fit [TABLE] [--target COL] [--features COL ...] [--sep C] [--decimal point|comma]
                    [--encoding E] [--header | --no-header] [--missing omit|error]
                    [--lr R] [--start V] [--tol T] [--max-steps N] [--scale orthogonal|standard|none]
                    [--no-intercept] [--plot FILE] [--json] [--save MODEL.json]
       minigrad fit 'FILES*.csv' --dask [ADDRESS] ...
       minigrad fit TABLE --model "LEFT = RIGHT" [--start NAME=VALUE ...] [--bounds NAME=LOW:HIGH ...]
                    [--weights COL | --errors COL] [--method lm|sgd|lbfgs] [--tol T] [--max-steps N]
                    [--plot FILE] [--json] [--save MODEL.json]"""
_DESCRIPTION = """
Fit target = b + w1 * feature1 + w2 * feature2 + ... to a table, by gradient descent on the mean squared
error until the parameters stop changing. Prints the descent, its verdict, the line, how sure it is, and
the least-squares solution as a check. Without a file: the temperature from the chirps of 15 crickets.

With --model, fit any formula of columns and parameters, such as "y = a * exp(-k * t) + c", by least squares,
with no learning rate to choose.
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
              interval (95 %), least_squares; residual_standard_error, degrees_of_freedom, adjusted_r2;
              rows, which are rows_used, rows_left_out, missing (cells by column), columns_left_out, notes and
              reading (how the table was read); least_squares (parameters, loss, r2); scale, lr,
              condition_number and expected_steps of the descent. A number that does not exist, as r2 of a
              constant target, is null.

--model:      parameters by their names, with standard_errors, t, intervals, formula, start, at_bound,
              unsettled (what the data do not settle) and more

exit status:  0 converged, 1 another verdict, 2 no answer (one line on stderr says why), 130 interrupted
"""


class _Parser(argparse.ArgumentParser):
    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        """The options. ValueError for more than they take."""
        options, rest = self.parse_known_args(args, namespace)
        if rest:
            pattern = getattr(options, "dask", None) is not None
            quote = "; put a pattern in quotes, as 'parts/*.csv'" * pattern
            raise ValueError(f"unrecognized arguments: {' '.join(rest)}{quote}; see minigrad {options.command} --help")
        return options

    def error(self, message: str) -> NoReturn:
        raise ValueError(f"{message}; see {self.prog} --help")


def command_line(version: str) -> argparse.ArgumentParser:
    """What parses the arguments of the command; it raises ValueError for what it does not understand.

    >>> command_line("1.0").parse_args(["predict", "model.json", "new.csv"]).command
    'predict'
    """
    parser = _Parser(prog="minigrad", description="Automatic differentiation at work: see minigrad fit --help.")
    parser.add_argument("--version", action="version", version=version)
    commands = parser.add_subparsers(required=True, dest="command", metavar="fit | predict")
    fit_parser = commands.add_parser(
        "fit",
        usage=_USAGE,
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        help="fit a line to a table",
    )
    _add_fit(fit_parser.add_argument)
    predict_parser = commands.add_parser(
        "predict", description="Print a table as CSV with a column `predicted`.", help="put a saved fit to use"
    )
    predict_parser.add_argument("model", metavar="MODEL.json", help="what minigrad fit --save wrote")
    predict_parser.add_argument("table", metavar="TABLE", help="read as the table of the fit was; - is standard input")
    _add_reading(predict_parser.add_argument)
    return parser


def _add_fit(add: Callable[..., Any]) -> None:
    add("file", nargs="?", metavar="TABLE", help="a text file with names of columns first; - is standard input")
    add("--target", metavar="COL", help="the column to predict (the last one)")
    add("--features", metavar="COL", nargs="+", action="extend", help="the columns to predict it from (all others)")
    _add_reading(add)
    add("--missing", choices=["omit", "error"], default="omit", help="rows that lack a cell (omit)")
    _add_descent(add)
    add_curve(add)
    add_dask(add)
    picture = "draw data, residuals, loss and bowl into FILE.png, .svg or .pdf: needs matplotlib"
    add("--plot", metavar="FILE", help=picture)
    add("--json", action="store_true", help="print one JSON object and nothing else")
    add("--save", metavar="MODEL.json", help="write the fit to a file, for minigrad predict")


def _add_reading(add: Callable[..., Any]) -> None:
    add("--sep", metavar="C", help="what stands between cells: a character, tab or space (found out)")
    add("--decimal", choices=["point", "comma"], help="the decimal sign (found out)")
    add("--encoding", metavar="E", help="what the text is written in, as utf-8 or cp1252 (found out)")
    add("--header", action=argparse.BooleanOptionalAction, help="whether the first row has the names of the columns")


def _add_descent(add: Callable[..., Any]) -> None:
    rate = _number(lambda x: 0 < x < math.inf, "a number > 0")
    add("--lr", metavar="R", type=rate, help="learning rate (as large as is surely stable)")
    tol = _number(lambda x: 0 <= x < 1, "a number from 0 to below 1")
    near = "how near the bottom is near enough, of the target's spread (1e-16: until floats see no lower)"
    add("--tol", metavar="T", type=tol, help=near)
    count = _number(lambda n: n >= 0, "a whole number >= 0", int)
    add("--max-steps", metavar="N", type=count, help="give up after so many steps (100000; 3000 for lm)")
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
