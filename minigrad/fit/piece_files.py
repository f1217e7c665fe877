r"""What `minigrad fit --dask` does: read each file where it is fitted, in one way for all, and fit a line or a formula.

>>> import os, tempfile
>>> with tempfile.TemporaryDirectory() as folder:
...     paths = [os.path.join(folder, name) for name in ("a.csv", "b.csv", "none.csv")]
...     for path, text in zip(paths, ["x,y\n1,2\n", "x,y\n2,4\n3,6\n", "x,y\n"]):
...         with open(path, "w") as file:
...             _ = file.write(text)
...     how = dict.fromkeys(["target", "features", "sep", "decimal", "encoding", "header"]) | {"missing": "omit"}
...     try:
...         rows = len(opened_table(paths, how)[0])
...     except ImportError:  # the extra `cluster` brings what it needs
...         rows = 3
>>> rows
3
"""

from __future__ import annotations

from array import array
from operator import itemgetter

from ..datasets import Dataset
from ..datasets.cells import DECIMALS
from ..datasets.choice import missing_note
from ..datasets.records import shown
from .clusters import at_work
from .models import as_names
from .options import of_curve, of_line
from .piece_curve import fit_curve_pieces
from .piece_reading import named, read_and_rows, read_and_told
from .pieces import asked_of, described, fit_pieces, kept, sample_of
from .tables import chosen, how_it_was_read, misspelt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterator, Sequence
    from typing import Any

    from .linear import Fit
    from .piece_curve import CurveElsewhere
    from .piece_reading import Piece
    from .pieces import Elsewhere

_DIALECT = ("sep", "decimal", "encoding")


def fit_files(pattern: str | None, options: Namespace, reading: dict[str, Any]) -> Fit:
    """The line through the files that the options ask for. Raises ValueError, OSError, ImportError."""
    wanted = {"target": options.target, "features": options.features, "missing": options.missing}
    with at_work(pattern, options) as paths:
        data, table = opened_table(paths, reading | wanted)
        found = fit_pieces(data, table, **of_line(options))
        if options.plot:
            columns = [array("d", column) for column in zip(*sample_of(table, 0), strict=True)]
            data.sample = Dataset.from_columns(columns, data.features, data.target)
        return found


def fit_curve_files(
    pattern: str | None, options: Namespace, reading: dict[str, Any], bounds: dict[str, tuple[float, float]]
) -> tuple[CurveElsewhere, str]:
    """The curve through the files that the options ask for, and how they were read. Raises what `fit_files` does."""
    with at_work(pattern, options) as paths:
        names = as_names(_header(paths, reading))
        formula, target, features = chosen(paths[0], options.model, names, [options.weights, options.errors])
        how = reading | {"missing": options.missing, "target": target, "features": features or None}
        data, table = opened_table(paths, how)
        called = {column: name for name, column in names.items()}
        found = fit_curve_pieces(
            formula,
            [called[column] for column in (*data.features, data.target)],
            table,
            options.starts,
            bounds=bounds,
            **of_curve(options),
            names=[f"piece {i}, {path}, of the rows used" for i, path in enumerate(paths)],
        )
    found.names, found.reading = {name: names[name] for name in formula.columns}, data.reading
    return found, "; ".join([how_it_was_read(data), *misspelt(found.parameters, names)])


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
    sep = dialect.get("sep", "")
    _check_names(found, paths, start.names if how["features"] is None else None, paths[first], sep)
    _check_signs(found, paths)
    for _, piece, place in _with_rows(found, paths):
        _check_words(piece.data.levels, data.levels, place, paths[first])
    table = kept(files, itemgetter(1))
    known = described(table, data.features, data.target)
    _add_up(known, [piece.data for _, piece, _ in _with_rows(found, paths)], data, features)
    if empty := [path for path, piece in zip(paths, found, strict=True) if piece.data is None]:
        known.notes.append(f"left out: {_empty_files(empty)}")
    return known, table


def _header(paths: Sequence[str], how: dict[str, Any]) -> list[str]:
    """The names of the columns in the first file that has rows."""
    for i, path in enumerate(paths):
        (piece,) = asked_of([path], named, how)
        if piece.error:
            raise ValueError(f"piece {i}, {piece.error}")
        if piece.names:
            found: list[str] = piece.names
            return found
    raise ValueError(f"expected rows of numbers, got {_empty_files(paths)}")


def _empty_files(paths: Sequence[str]) -> str:
    return f"an empty file, {paths[0]}" if len(paths) == 1 else f"{len(paths)} empty files, {paths[0]} the first"


def _first(paths: Sequence[str], how: dict[str, Any]) -> tuple[int, Any]:
    for i, path in enumerate(paths):
        (piece,) = asked_of([path], read_and_told, how)
        if piece.error:
            raise ValueError(f"piece {i}, {piece.error}")
        if piece.data is not None:
            return i, piece
    raise ValueError(f"expected rows of numbers, got {_empty_files(paths)}")


def _words(data: Dataset) -> dict[str, str]:
    """The category of each indicator column."""
    return {f"{name}[{level}]": name for name, levels in data.levels.items() for level in levels}


def _with_rows(found: Sequence[Piece], paths: Sequence[str]) -> Iterator[tuple[str, Any, str]]:
    """Each file that is not empty, what it told, and what to call it."""
    for i, (path, piece) in enumerate(zip(paths, found, strict=True)):
        if piece.data is not None:
            yield path, piece, f"piece {i}, {path}"


def _check_names(
    found: Sequence[Piece], paths: Sequence[str], names: Sequence[str] | None, where: str, sep: str
) -> None:
    """Raise ValueError if a file could not be read, or has other columns than these, with `sep` between them."""
    for i, (path, piece) in enumerate(zip(paths, found, strict=True)):
        empty = piece.data is None and not piece.error
        if names is not None and piece.names and {*piece.names} != {*names} and not empty:
            one = sep and len(piece.names) == 1 < len(names)
            remedy = (
                f"write all files with {sep!r} between cells" if one else "name those that all have with --features"
            )
            raise ValueError(
                f"piece {i}, {path}: expected the columns {shown(names)}, as in {where}, got {shown(piece.names)}; "
                f"{remedy}{'' if one else ' and --target'}"
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
