"""The command line: `python -m minigrad fit`, or `minigrad fit`, fits a line to a table and says how that went."""

from __future__ import annotations

import argparse
import math
import os
import sys

from . import __version__
from .datasets import read_csv
from .fit import Fit, fit
from .fit.options import add_curve, check_line, split_starts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import Any, NoReturn

_CRICKETS = os.path.join(os.path.dirname(__file__), "datasets", "data", "crickets.csv")
_NARROW = 0.1  # where the features before it leave less of a feature, the bowl is over 100 times as long as wide
_SHOWN = 5  # parameters in a line of the descent: more do not fit on a screen

_USAGE = """minigrad fit [FILE.csv] [--target COL] [--features COL ...] [--lr R] [--start V] [--tol T]
                    [--max-steps N] [--no-standardize] [--plot FILE] [--json]
       minigrad fit FILE.csv --model "LEFT = RIGHT" [--start NAME=VALUE ...] [--bounds NAME=LOW:HIGH ...]
                    [--weights COL | --errors COL] [--method lm|sgd|lbfgs] [--tol T] [--max-steps N]
                    [--plot FILE] [--json]"""
_DESCRIPTION = """
Fit target = b + w1 * feature1 + w2 * feature2 + ... to a table, by gradient descent on the mean squared
error until the loss stops changing. Prints the descent, its verdict, the line, and the least-squares
solution as a check. Without a file: the temperature from the chirps of 15 crickets.

With --model, fit any formula of columns and parameters, such as "y = a * exp(-k * t) + c", by least squares,
with no learning rate to choose.
"""
_EPILOG = """
verdict:      converged    the loss stands still, at the bottom
              stalled      the loss stands still, on a slope
              diverged     the loss went up; the best parameters are put back
              max_steps    the steps were used up
              interrupted  by Ctrl-C; what is there so far is printed

--json:       parameters {"b": ..., "w1": ...} in the data's own units, reason (the verdict), steps,
              loss (mean squared error), grad_norm (length of the gradient, with respect to the parameters
              that SGD moves: those of the standardized features unless --no-standardize), r2, target,
              features. A number that does not exist, as r2 of a constant target, is null.

--model:      parameters by their names, with standard_errors, t, intervals, formula, start, at_bound,
              unsettled (what the data do not settle) and more

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
    split_starts(options)
    if options.model is not None:
        return _fit_curve(options)
    check_line(options)
    if options.plot:
        from .fit.plots import save_plot
        from .plot import check_plot

        check_plot(options.plot)  # now: nobody wants to hear it after the descent
    found = fit(
        read_csv(options.file or _CRICKETS, options.target, options.features),
        lr=options.lr,
        start=options.starts.get("", 0.0),
        tol=options.tol,
        max_steps=100_000 if options.max_steps is None else options.max_steps,
        standardize=options.standardize,
        progress=not options.json,
    )
    _print([_json(found)] if options.json else _report(found, options.file or "crickets"))
    if options.plot:
        save_plot(found, options.plot)
    return _status(found.result.reason)


def _print(lines: Iterable[str]) -> None:
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    for line in lines:
        print(line.encode(encoding, "backslashreplace").decode(encoding))


def _status(reason: str) -> int:
    return {"converged": 0, "interrupted": 130}.get(reason, 1)


def _fit_curve(options: argparse.Namespace) -> int:
    from .fit.command import fitted, lines, save_picture
    from .plot import check_plot

    if options.plot:
        check_plot(options.plot)
    found = fitted(options, _CRICKETS)
    _print(lines(found, options))
    if options.plot:
        save_picture(found, options.plot)
    return _status(found.result.reason)


# --- What is printed ------------------------------------------------------------------------------------------------


def _json(found: Fit) -> str:
    import json

    result = found.result
    answer = {
        "parameters": {name: _finite(p) for name, p in found.parameters.items()},
        "reason": result.reason,
        "steps": result.steps,
        "loss": _finite(result.loss),
        "grad_norm": _finite(result.grad_norm),
        "r2": _finite(found.r2),
        "target": found.data.target,
        "features": found.data.features,
    }
    return json.dumps(answer, allow_nan=False)


def _finite(x: float | None) -> float | None:
    """JSON has no word for nan and infinity but null."""
    return x if x is not None and math.isfinite(x) else None


def _report(found: Fit, source: str) -> Iterator[str]:
    data = found.data
    how = "standardized features" if found.standardized else "features as they are"
    yield f"{source}: {len(data)} rows, {data.target} from {', '.join(data.features)}"
    yield f"gradient descent on the mean squared error, {how}, learning rate {found.lr:g}"
    yield ""
    yield from _descent(found)
    yield ""
    yield str(found.result)
    yield from _hint(found)
    yield ""
    b, *weights = found.parameters.values()
    terms = [f" {'-' if w < 0 else '+'} {abs(w):.9g} * {x}" for w, x in zip(weights, data.features, strict=True)]
    yield f"{data.target} = {b:.9g}" + "".join(terms)
    yield ""
    yield from _comparison(found)


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
    if found.result.reason not in ("stalled", "max_steps"):
        return
    name, independent = min(found.check.independent.items(), key=lambda item: item[1])
    if independent < _NARROW:
        yield f"The features before {name!r} nearly tell it, so the bowl is a narrow valley: do without one of them."
    elif not found.standardized:
        yield "Without --no-standardize the bowl is round, and the way down is short."


def _comparison(found: Fit) -> Iterator[str]:
    """The answer beside the least-squares solution, which knows nothing of the descent."""
    names = ["b", *[f"w{j} ({x})" for j, x in enumerate(found.data.features, 1)], "loss (mean squared error)", "R2"]
    answer = [*found.parameters.values(), found.result.loss, found.r2]
    check = [*found.check.parameters.values(), found.check.loss, found.check.r2]
    width = max(map(len, names))
    yield f"{'':{width}}{'descent':>17}{'least squares':>17}"
    for name, ours, theirs in zip(names, answer, check, strict=True):
        yield f"{name:{width}}{_nine_digits(ours):>17}{_nine_digits(theirs):>17}"


def _nine_digits(x: float | None) -> str:
    return "undefined" if x is None else f"{x:.9g}"


def _one_line(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"{error.filename or 'standard output'}: {error.strerror}"
    return " ".join(str(error).split())


# --- What is understood ---------------------------------------------------------------------------------------------


class _Parser(argparse.ArgumentParser):
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
    add_curve(add)
    add("--plot", metavar="FILE", help="draw data, loss and bowl into FILE.png, .svg or .pdf: needs minigrad[plot]")
    add("--json", action="store_true", help="print one JSON object and nothing else")
    return parser


def _add_descent(add: Callable[..., Any]) -> None:
    rate = _number(lambda x: 0 < x < math.inf, "a number > 0")
    add("--lr", metavar="R", type=rate, help="learning rate (as large as is surely stable)")
    tol = _number(lambda x: 0 <= x < 1, "a number from 0 to below 1")
    add("--tol", metavar="T", type=tol, default=1e-12, help="relative change of the loss that is none (1e-12)")
    count = _number(lambda n: n >= 0, "a whole number >= 0", int)
    add("--max-steps", metavar="N", type=count, help="give up after so many steps (100000; 3000 for lm)")
    add("--no-standardize", dest="standardize", action="store_false", help="descend the narrow valley as it is")


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
