r"""What `minigrad fit --dask` does: read each file where it is fitted, in one way for all, and find somebody to do it.

>>> import os, tempfile
>>> with tempfile.TemporaryDirectory() as folder:
...     for name, text in [("a.csv", "x,y\n1,2\n"), ("b.csv", "x,y\n2,4\n3,6\n"), ("none.csv", "x,y\n")]:
...         with open(os.path.join(folder, name), "w") as file:
...             _ = file.write(text)
...     paths = files_of(os.path.join(folder, "*.csv"))
...     [os.path.basename(path) for path in paths]
['a.csv', 'b.csv', 'none.csv']
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, nullcontext
from importlib import import_module
from operator import itemgetter

from ..datasets import Dataset
from ..datasets.cells import DECIMALS
from ..datasets.choice import missing_note
from ..datasets.records import shown
from .piece_reading import read_and_rows, read_and_told
from .pieces import asked_of, described, fit_pieces, kept

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterator, Sequence
    from typing import Any

    from .linear import Fit
    from .piece_reading import Piece
    from .pieces import Elsewhere

_EXTRA = "--dask needs Dask and pandas, of which {} is not installed: pip install 'dask[distributed]' pandas pyarrow"
_LOCAL = {"threads_per_worker": 1, "dashboard_address": ":0", "silence_logs": "ERROR"}  # a worker for each core
_DIALECT = ("sep", "decimal", "encoding")


def fit_files(pattern: str | None, options: Namespace, reading: dict[str, Any]) -> Fit:
    """The line through the files that the options ask for. Raises ValueError, OSError, ImportError."""
    if options.plot:
        raise ValueError("expected no --plot with --dask: a picture needs all rows in one place; plot a part of them")
    paths = files_of(pattern)
    if options.dask:  # whose workers start elsewhere
        paths = [os.path.abspath(path) for path in paths]
    progress = not options.json and sys.stderr is not None and sys.stderr.isatty()
    wanted = {"target": options.target, "features": options.features, "missing": options.missing}
    with cluster(options.dask, progress):
        try:
            data, table = opened_table(paths, reading | wanted)
            return fit_pieces(
                data,
                table,
                lr=options.lr,
                start=options.starts.get("", 0.0),
                tol=1e-16 if options.tol is None else options.tol,
                max_steps=100_000 if options.max_steps is None else options.max_steps,
                scale=options.scale,
                intercept=options.intercept,
                progress=progress,
            )
        except RuntimeError as error:  # the scheduler is gone, or a worker has another Python
            found = error.__cause__
            told = f"--dask: expected the cluster to answer, got {type(found).__name__}: {found}; start a scheduler, and fit"
            raise ValueError(str(error) if found is None else f"{told} again") from error


def files_of(pattern: str | None) -> list[str]:
    """The files of a pattern, in the order of their names. Raises ValueError if there are none."""
    from glob import glob

    if pattern is None:
        raise ValueError("expected files with --dask, got none; name them as 'parts/*.csv', in quotes")
    found = sorted(glob(pattern)) or ([pattern] if os.path.exists(pattern) else [])
    if not found:
        raise ValueError(f"expected files, got none that {pattern!r} matches; --dask reads files, no standard input")
    return found


# --- Somebody to do it ----------------------------------------------------------------------------------------------


@contextmanager
def cluster(address: str, progress: bool = False) -> Iterator[None]:
    """The scheduler at an address, or for "" one of our own over the machine's cores, which ends with it.

    Its dashboard's address is told if `progress`. Raises ValueError if nobody answers, ImportError without the extra
    `cluster`.
    """
    try:
        distributed, _ = import_module("distributed"), import_module("pandas")  # which bring NumPy
    except ImportError as error:
        raise ImportError(_EXTRA.format(error.name)) from None
    try:
        with _out_of_reach():
            own = None if address else distributed.LocalCluster(**_LOCAL)
            client = distributed.Client(own or address)
    except (OSError, ValueError) as error:
        got = f"expected a scheduler at {address!r}, got {error}; start one: dask scheduler"
        raise ValueError(f"--dask: {got}") from None
    with own or nullcontext(), client:
        if progress:
            sys.stderr.write(f"dashboard: {client.dashboard_link}\n")
        yield


@contextmanager
def _out_of_reach() -> Iterator[None]:
    """Ctrl-C at a terminal goes to all processes there, but not to those begun meanwhile: their work is told to end.

    They inherit which signals wait. Here it waits no longer than this takes.
    """
    import logging
    import signal
    from multiprocessing import resource_tracker

    for name in ("asyncio", "distributed.client"):  # or they tell of every wait that Ctrl-C ends, or a scheduler's death
        logging.getLogger(name).setLevel(logging.CRITICAL)
    if not hasattr(signal, "pthread_sigmask"):  # pragma: no cover - Windows
        yield
        return
    resource_tracker.ensure_running()  # which lets the signal through again, in the thread that begins it
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


# --- The table ------------------------------------------------------------------------------------------------------


def opened_table(paths: Sequence[str], how: dict[str, Any]) -> tuple[Elsewhere, list[Any]]:
    """What is known of the table in these files, and its pieces, all read as the first one that has rows.

    Raises ValueError, which names the file and its number, if one cannot be read or is not as the first.
    """
    first, start = _first(paths, how)
    data, words = start.data, _words(start.data)
    dialect = {name: data.reading[name] for name in _DIALECT if data.reading.get(name)}
    features = [*dict.fromkeys(words.get(feature, feature) for feature in data.features)]
    files = kept(paths, read_and_rows, how | dialect | {"target": data.target, "features": features})
    found = asked_of(files, itemgetter(0))
    _check_names(found, paths, start.names if how["features"] is None else None, paths[first])
    _check_signs(found, paths)
    for _, piece, place in _with_rows(found, paths):
        _check_words(piece.data.levels, data.levels, place, paths[first])
    table = kept(files, itemgetter(1))
    known = described(table, data.features, data.target)
    _add_up(known, [piece.data for _, piece, _ in _with_rows(found, paths)], data, features)
    return known, table


def _first(paths: Sequence[str], how: dict[str, Any]) -> tuple[int, Any]:
    for i, path in enumerate(paths):
        (piece,) = asked_of([path], read_and_told, how)
        if piece.error:
            raise ValueError(f"piece {i}, {piece.error}")
        if piece.data is not None:
            return i, piece
    raise ValueError(f"expected rows of numbers, got {len(paths)} empty files, {paths[0]} the first")


def _words(data: Dataset) -> dict[str, str]:
    """The category of each indicator column."""
    return {f"{name}[{level}]": name for name, levels in data.levels.items() for level in levels}


def _with_rows(found: Sequence[Piece], paths: Sequence[str]) -> Iterator[tuple[str, Any, str]]:
    """Each file that is not empty, what it told, and what to call it."""
    for i, (path, piece) in enumerate(zip(paths, found, strict=True)):
        if piece.data is not None:
            yield path, piece, f"piece {i}, {path}"


def _check_names(found: Sequence[Piece], paths: Sequence[str], names: Sequence[str] | None, where: str) -> None:
    """Raise ValueError if a file could not be read, or has other columns than these."""
    for i, (path, piece) in enumerate(zip(paths, found, strict=True)):
        empty = piece.data is None and not piece.error
        if names is not None and piece.names and {*piece.names} != {*names} and not empty:
            raise ValueError(
                f"piece {i}, {path}: expected the columns {shown(names)}, as in {where}, got {shown(piece.names)}; "
                "name those that all have with --features and --target"
            )
        if piece.error:
            raise ValueError(f"piece {i}, {piece.error}")


def _check_signs(found: Sequence[Piece], paths: Sequence[str]) -> None:
    """Raise ValueError if not all files have the same decimal sign: the first may have none, and leave it open."""
    signs = [(piece.data.reading["decimal"], place) for _, piece, place in _with_rows(found, paths)]
    known, *others = [pair for pair in signs if pair[0]] or [("", "")]
    for sign, place in others:
        if sign != known[0]:
            raise ValueError(
                f"{place}: a {DECIMALS[sign]}, but a {DECIMALS[known[0]]} in {known[1]}; write all files with one "
                "sign, or say with --decimal which it is where numbers such as 1.234 may have either"
            )


def _check_words(levels: dict[str, list[str]], known: dict[str, list[str]], place: str, where: str) -> None:
    """Raise ValueError unless both have the same categories, with the same words."""
    for name in dict.fromkeys([*known, *levels]):
        here, there = (words.get(name, "numbers") for words in (levels, known))
        if here != there:
            raise ValueError(
                f"{place}: column {name!r}: expected {there}, as in {where}, got {here}; divide the rows so that each "
                "file has all words, or leave the column out with --features"
            )


def _add_up(known: Elsewhere, found: Sequence[Dataset], first: Dataset, features: Sequence[str]) -> None:
    """What the reader of one file would tell of all."""
    lacking = {name: sum(data.missing.get(name, 0) for data in found) for name in [*features, first.target]}
    known.missing = {name: count for name, count in lacking.items() if count}
    known.rows_left_out = sum(data.rows_left_out for data in found)
    known.levels, known.columns_left_out = first.levels, first.columns_left_out
    known.notes = missing_note(known.rows_left_out, known.missing) + first.notes[bool(first.missing) :]
    decimal = next((data.reading["decimal"] for data in found if data.reading["decimal"]), None)
    known.reading = first.reading | {"decimal": decimal}
