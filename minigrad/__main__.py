"""The command line: `minigrad fit` fits a line to a table and says how that went, `minigrad predict` puts it to use."""

from __future__ import annotations

import argparse
import math
import os
import sys

from . import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import Any, NoReturn

    from .fit import Fit

_CRICKETS = os.path.join(os.path.dirname(__file__), "datasets", "data", "crickets.csv")
_NARROW = 0.1  # where the features before it leave less of a feature, the bowl is over 100 times as long as wide
_SPACES = "\t\xa0\u202f\u3000"  # harmless too, though Python does not call them printable
_SHOWN = 5  # parameters in a line of the descent: more do not fit on a screen

_USAGE = """minigrad fit [TABLE] [--target COL] [--features COL ...] [--sep C] [--decimal point|comma]
                    [--encoding E] [--header | --no-header] [--missing omit|error]
                    [--lr R] [--start V] [--tol T] [--max-steps N] [--no-standardize]
                    [--plot FILE] [--json] [--save MODEL.json]"""
_DESCRIPTION = """
Fit target = b + w1 * feature1 + w2 * feature2 + ... to a table, by gradient descent on the mean squared
error until the loss stops changing. Prints the descent, its verdict, the line, and the least-squares
solution as a check. Without a file: the temperature from the chirps of 15 crickets.
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
              features; rows_used, rows_left_out, missing (cells by column), columns_left_out, notes, and reading
              (how the table was read). A number that does not exist, as r2 of a constant target, is null.

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
        from .fit.arguments import joined  # here, not above, so that Ctrl-C while that goes on ends as quietly as later

        options = _parser().parse_args(joined(sys.argv[1:] if argv is None else argv))
        return int(options.run(options))
    except SystemExit:  # after --help and --version
        _print([])
        raise
    except KeyboardInterrupt:
        _complain("interrupted")
        return 130
    except (OSError, ValueError, ImportError) as error:
        if isinstance(error, OSError) and error.filename is None:  # standard output is full, or the like
            _give_up_output()
        _complain(_one_line(error))
        return 2


def _fit(options: argparse.Namespace) -> int:
    from .datasets import read_csv
    from .datasets.tables import located
    from .fit import Model, fit, save_model
    from .fit.arguments import find_table

    source = find_table(options.file, options.features)
    if options.plot:
        from .fit.plots import save_plot
        from .plot import check_plot

        check_plot(options.plot)  # now: nobody wants to hear it after the descent
    if options.save:
        from .plot import check_file

        check_file(options.save)
    data = read_csv(source or _CRICKETS, options.target, options.features, missing=options.missing, **_reading(options))
    if source is None:
        data.reading = {}  # of no interest
    try:
        found = fit(
            data,
            lr=options.lr,
            start=options.start,
            tol=options.tol,
            max_steps=options.max_steps,
            standardize=options.standardize,
            progress=not options.json and sys.stderr is not None,
        )
    except ValueError as error:
        hint = " (--features names the columns to use)" if "feature" in str(error) or "rows" in str(error) else ""
        raise ValueError(f"{located(error, source or 'crickets')}{hint}") from error
    if options.save:
        save_model(Model.of(found), options.save)
    if options.plot:
        save_plot(found, options.plot)
    _print([_json(found)] if options.json else _report(found, source or "crickets"))
    return {"converged": 0, "interrupted": 130}.get(found.result.reason, 1)


def _predict(options: argparse.Namespace) -> int:
    from .fit import load_model
    from .fit.predictions import predicted_csv

    text, without = predicted_csv(load_model(options.model), options.table, **_reading(options))
    _print(text.split("\n")[:-1], clean=getattr(sys.stdout, "isatty", bool)())  # into a file the cells go as they are
    if without:
        _complain(f"{without} row{'s' * (without != 1)} without a prediction, for want of a cell")
    return 0


# --- What is printed ------------------------------------------------------------------------------------------------


def _print(lines: Iterable[str], clean: bool = True) -> None:
    """Print lines in what the output can spell. Who reads only the first ones, or none, is no error."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    try:
        for line in lines:
            shown = _harmless(line) if clean else line
            print(shown.encode(encoding, "backslashreplace").decode(encoding))
        print(end="", flush=True)
    except BrokenPipeError:
        _give_up_output()


def _give_up_output() -> None:
    """Let what is still to be written go nowhere, or Python fails once more as it ends."""
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())


def _harmless(line: str) -> str:
    """A line that does nothing to a terminal: of a table's names, only what can be seen."""
    return line if line.isprintable() else "".join(c if c.isprintable() or c in _SPACES else _escaped(c) for c in line)


def _escaped(c: str) -> str:
    return c.encode("unicode_escape").decode("ascii")


def _complain(message: str) -> None:
    if sys.stderr is not None:  # as after 2>&-, where print would take standard output instead
        print("minigrad:", _harmless(message), file=sys.stderr)


def _notes(found: Fit) -> Iterator[str]:
    """What was found out about the table, and what was left out of it."""
    yield from found.data.notes


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
        "rows_used": len(found.data),
        "rows_left_out": found.data.rows_left_out,
        "missing": found.data.missing,
        "columns_left_out": found.data.columns_left_out,
        "notes": found.data.notes,
        "reading": found.data.reading,
    }
    return json.dumps(answer, allow_nan=False)


def _finite(x: float | None) -> float | None:
    """JSON has no word for nan and infinity but null."""
    return x if x is not None and math.isfinite(x) else None


def _report(found: Fit, source: str) -> Iterator[str]:
    from .datasets.tables import described

    data = found.data
    read = f"; {described(data)}" if data.reading else ""
    how = "standardized features" if found.standardized else "features as they are"
    yield f"{source}: {len(data)} rows, {data.target} from {', '.join(data.features)}{read}"
    yield from _notes(found)
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
    commands = parser.add_subparsers(required=True, metavar="fit | predict")
    fit_parser = commands.add_parser(
        "fit",
        usage=_USAGE,
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        help="fit a line to a table",
    )
    add = fit_parser.add_argument
    add("file", nargs="?", metavar="TABLE", help="a text file with names of columns first; - is standard input")
    add("--target", metavar="COL", help="the column to predict (the last one)")
    add("--features", metavar="COL", nargs="+", action="extend", help="the columns to predict it from (all others)")
    _add_reading(add)
    add("--missing", choices=["omit", "error"], default="omit", help="rows that lack a cell (omit)")
    _add_descent(add)
    add("--plot", metavar="FILE", help="draw data, loss and bowl into FILE.png, .svg or .pdf: needs minigrad[plot]")
    add("--json", action="store_true", help="print one JSON object and nothing else")
    add("--save", metavar="MODEL.json", help="write the line to a file, for minigrad predict")
    fit_parser.set_defaults(run=_fit)
    predict_parser = commands.add_parser(
        "predict", description="Print a table as CSV with a column `predicted`.", help="put a saved fit to use"
    )
    predict_parser.add_argument("model", metavar="MODEL.json", help="what minigrad fit --save wrote")
    predict_parser.add_argument("table", metavar="TABLE", help="read as the table of the fit was; - is standard input")
    _add_reading(predict_parser.add_argument)
    predict_parser.set_defaults(run=_predict)
    return parser


def _add_reading(add: Callable[..., Any]) -> None:
    add("--sep", metavar="C", help="what stands between cells: a character, tab or space (found out)")
    add("--decimal", choices=["point", "comma"], help="the decimal sign (found out)")
    add("--encoding", metavar="E", help="what the text is written in, as utf-8 or cp1252 (found out)")
    add("--header", action=argparse.BooleanOptionalAction, help="whether the first row has the names of the columns")


def _reading(options: argparse.Namespace) -> dict[str, Any]:
    return {name: getattr(options, name) for name in ("sep", "decimal", "encoding", "header")}


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
    add("--tol", metavar="T", type=tol, default=1e-12, help="relative change of the loss that is none (1e-12)")
    count = _number(lambda n: n >= 0, "a whole number >= 0", int)
    add("--max-steps", metavar="N", type=count, default=100_000, help="give up after so many steps (100000)")
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
