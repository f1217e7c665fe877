"""The command line: `minigrad fit` fits a line to a table and says how that went, `minigrad predict` puts it to use."""

from __future__ import annotations

import os
import sys

from . import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterable, Sequence
    from typing import Any

    from .fit import Fit

_CRICKETS = os.path.join(os.path.dirname(__file__), "datasets", "data", "crickets.csv")
_SPACES = "\t\xa0\u202f\u3000"  # harmless too, though Python does not call them printable


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line, `sys.argv` unless `argv` is given, and return its exit status: 0, 1, 2 or 130.

    `minigrad fit --help` says what they mean. Raises SystemExit after --help and --version only.

    >>> main(["fit", "--json"])  # doctest: +ELLIPSIS
    {"parameters": {"b": 25.2323..., "w1": 3.2910...}, "reason": "converged", ...}
    0
    """
    try:
        from .fit.arguments import joined  # here, not above, so that Ctrl-C while that goes on ends as quietly as later
        from .fit.usage import command_line

        options = command_line(__version__).parse_args(joined(sys.argv[1:] if argv is None else argv))
        return _COMMANDS[options.command](options)
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


def _fit(options: Namespace) -> int:
    from .fit.arguments import find_table
    from .fit.options import check_line, split_dask, split_starts
    from .fit.report import as_json, report

    split_starts(options)
    split_dask(options)
    source = find_table(options.file, options.features, options.dask is not None)
    _check_files(options)
    if options.model is not None:
        return _fit_curve(source, options)
    check_line(options)
    found = _fitted(source, options)
    if _worth_saving(found, options):
        from .fit import Model, save_model

        save_model(Model.of(found), options.save)
    if options.plot:
        from .fit.plots import save_plot

        save_plot(found, options.plot)
    _print([as_json(found)] if options.json else report(found, source or "crickets"))
    return _status(found.result.reason)


def _check_files(options: Namespace) -> None:
    """Whether what is asked for can be written: nobody wants to hear it after the descent."""
    if options.plot or options.save:
        from .plot import check_file, check_plot

        for path, check in ((options.plot, check_plot), (options.save, check_file)):
            if path:
                check(path)


def _worth_saving(found: Any, options: Namespace) -> bool:
    """Whether a model is to be saved. One whose fit diverged is none; one that has not arrived is said to be so."""
    reason = found.result.reason
    if options.save and reason == "diverged":
        _complain(f"{options.save} was not written: the fit diverged, so there is no model")
    elif options.save and reason != "converged":
        _complain(f"{options.save} holds parameters that are not the best: the fit ended as {reason}")
    return bool(options.save) and reason != "diverged"


def _status(reason: str) -> int:
    return {"converged": 0, "interrupted": 130}.get(reason, 1)


def _fit_curve(source: str | None, options: Namespace) -> int:
    from .fit import save_model
    from .fit.command import fitted, lines, save_picture
    from .fit.saved_curve import CurveModel

    path = source if options.dask is not None else source or _CRICKETS
    found, reading = fitted(path, options, _reading(options))
    if _worth_saving(found, options):
        save_model(CurveModel.of(found), options.save)
    _print(lines(found, source or "crickets", reading if source else "", options))
    if options.plot:
        save_picture(found, options.plot)
    return _status(found.result.reason)


def _fitted(source: str | None, options: Namespace) -> Fit:
    """The fit of a table; an error names its file, and the option that helps against a feature."""
    from .datasets import read_csv
    from .datasets.tables import located
    from .fit import fit
    from .fit.options import of_line

    if options.dask is not None:
        from .fit.piece_files import fit_files

        return fit_files(source, options, _reading(options))
    data = read_csv(source or _CRICKETS, options.target, options.features, missing=options.missing, **_reading(options))
    if source is None:
        data.reading = {}  # of no interest
    try:
        return fit(data, **of_line(options))
    except ValueError as error:
        hint = " (--features names those to use)" if "feature" in str(error) else ""
        raise ValueError(f"{located(error, source or 'crickets')}{hint}") from error


def _reading(options: Namespace) -> dict[str, Any]:
    return {name: getattr(options, name) for name in ("sep", "decimal", "encoding", "header")}


def _predict(options: Namespace) -> int:
    from .fit import load_model
    from .fit.predictions import predicted_csv

    text, without = predicted_csv(load_model(options.model), options.table, **_reading(options))
    _print(text.split("\n")[:-1], clean=getattr(sys.stdout, "isatty", bool)())  # into a file the cells go as they are
    if without:
        _complain(f"{without} row{'s' * (without != 1)} without a prediction, for want of a cell")
    return 0


_COMMANDS = {"fit": _fit, "predict": _predict}


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


def _one_line(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"{error.filename or 'standard output'}: {error.strerror}"
    return " ".join(str(error).split())


if __name__ == "__main__":
    sys.exit(main())
