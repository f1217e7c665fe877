r"""Reading a piece: one file of many, where it is fitted, and what is told of it where the command runs.

>>> import os, tempfile
>>> with tempfile.TemporaryDirectory() as folder:
...     path = os.path.join(folder, "a.csv")
...     with open(path, "w") as file:
...         _ = file.write("x,y\n1,2\n")
...     how = dict.fromkeys(["target", "features", "sep", "decimal", "encoding", "header"]) | {"missing": "omit"}
...     piece = read(path, how)
>>> piece.data, piece.told().data.features
(<Dataset: 1 rows, y from x>, ('x',))
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from importlib import import_module

from ..datasets import Dataset, read_csv
from ..datasets.frames import as_dataset
from ..datasets.records import Records
from ..datasets.tables import located
from ..datasets.text import Lines, opened
from ..datasets.text import pieces as packets
from .tables import header

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any


class Piece:
    """A file: the `names` of its columns, its `data` (None if it has no rows), and the `error` if it cannot be read.

    The error is text, which travels anywhere.
    """

    def __init__(self, names: Sequence[str] = (), data: Dataset | None = None) -> None:
        self.names, self.data, self.error = [*names], data, ""

    def told(self) -> Piece:
        """The same without any rows."""
        if self.data is None:
            return self
        empty = Dataset.from_columns([], self.data.features, self.data.target)
        for name in ("levels", "missing", "rows_left_out", "columns_left_out", "notes", "reading"):
            setattr(empty, name, getattr(self.data, name))
        return Piece(self.names, empty)


def read(path: str, how: dict[str, Any]) -> Piece:
    """A file, CSV or Parquet, as `read_csv` takes its arguments."""
    piece = Piece()
    with _errors(piece, path):
        if _is_parquet(path):
            frame = import_module("pandas").read_parquet(path)
            piece.names = [*map(str, frame.columns)]
            if len(frame):
                piece.data = as_dataset(frame, *[how[name] for name in ("target", "features", "missing")])
        elif os.path.getsize(path) and _has_rows(path, how, piece):
            piece.data = read_csv(path, **how)
    return piece


def named(path: str, how: dict[str, Any]) -> Piece:
    """A file of which nothing is read but the names of its columns, none if it has no rows."""
    piece = Piece()
    with _errors(piece, path):
        if _is_parquet(path):
            frame = import_module("pandas").read_parquet(path)
            piece.names = [*map(str, frame.columns)] if len(frame) else []
        elif os.path.getsize(path) and _has_rows(path, how | {"target": None}, piece):
            piece.names = header(path, **how)
        else:
            piece.names = []
    return piece


def _is_parquet(path: str) -> bool:
    return os.path.splitext(path)[1].lower() in (".parquet", ".pq")


@contextmanager
def _errors(piece: Piece, path: str) -> Iterator[None]:
    """Note in the piece what is wrong with its file."""
    try:
        yield
    except ValueError as error:
        piece.error = str(error) if str(error).startswith(path) else str(located(error, path))
    except (OSError, ImportError) as error:
        piece.error = f"{path}: {getattr(error, 'strerror', None) or error}, where it is to be read"


def _has_rows(path: str, how: dict[str, Any], piece: Piece) -> bool:
    """Whether a file has any, and the names of its columns."""
    known = () if how["target"] is None else (how["target"],)
    try:
        with opened(path) as file:
            records = Records(Lines(packets(file), how["encoding"]), how["sep"], how["header"], known)
            piece.names = records.names
            return any(rows for rows, _ in records.blocks())
    except ValueError:
        return True  # to say what is wrong is for the reader of all of it


def read_and_told(path: str, how: dict[str, Any]) -> Piece:
    """A file without its rows."""
    return read(path, how).told()


def read_and_rows(path: str, how: dict[str, Any]) -> tuple[Piece, Any]:
    """A file without its rows, and these as an array, the target last: a size that Dask knows."""
    import numpy

    piece = read(path, how)
    columns = [] if piece.data is None else [*piece.data.columns.values()]
    return piece.told(), numpy.array(columns, dtype=float).T if columns else numpy.empty((0, 0))
