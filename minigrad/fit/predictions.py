"""A new table with what a model predicts for it: the rows as they were, and one column more."""

from __future__ import annotations

import csv
import io
import math
from bisect import bisect_right

from ..datasets.columns import Column
from ..datasets.records import Records
from ..datasets.tables import SIGNS, located
from ..datasets.text import Lines, opened, pieces

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from .saved import Model
    from .saved_curve import CurveModel

_NAME = "predicted"


def predicted_csv(
    model: Model | CurveModel,
    path: str | os.PathLike[str],
    *,
    sep: str | None = None,
    decimal: str | None = None,
    encoding: str | None = None,
    header: bool | None = None,
) -> tuple[str, int]:
    """A table as CSV with a column `predicted`, and how many rows lack a cell that this needs: there it is empty.

    It is read as the model's own table was, unless told otherwise, and written with the same separator and decimals.
    Raises OSError if the file cannot be read; ValueError, with file, row and column, for what the model does not know.
    """
    old = model.reading
    header = (None if old.get("header", True) else False) if header is None else header
    sign = SIGNS[decimal] or old.get("decimal")
    try:
        with opened(path) as file:
            records = Records(Lines(pieces(file), encoding), sep or old.get("sep"), header, model.features)
            if _NAME in records.names:
                raise ValueError(f"there is a column {_NAME!r} already; rename it")
            rows, row = _all_rows(records)
        columns = [Column(name, sign) for name in records.names]
        for column, cells in zip(columns, zip(*rows, strict=True) if rows else [()] * len(columns), strict=True):
            column.add(cells, row)
        answer = model.predict_columns(columns, row)
    except ValueError as error:
        raise located(error, path) from error
    return _written(records, rows, answer, sign or "."), sum(map(math.isnan, answer))


def _all_rows(records: Records) -> tuple[list[list[str]], Callable[[int], int]]:
    rows: list[list[str]] = []
    starts: list[int] = []
    places: list[Callable[[int], int]] = []
    for block, place in records.blocks():
        starts.append(len(rows))
        places.append(place)
        rows += block

    def row(i: int) -> int:
        j = bisect_right(starts, i) - 1
        return places[j](i - starts[j])

    return rows, row


def _written(records: Records, rows: list[list[str]], answer: list[float], sign: str) -> str:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=records.sep, lineterminator="\n")
    writer.writerow([*records.names, _NAME])
    for cells, y in zip(rows, answer, strict=True):
        writer.writerow([*cells, "" if math.isnan(y) else repr(y).replace(".", sign)])
    return text.getvalue()
