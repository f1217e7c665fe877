r"""Tables as people have them: `read_csv` finds out how a file is written, says so, and reads it.

>>> import os, tempfile
>>> with tempfile.TemporaryDirectory() as folder:
...     path = os.path.join(folder, "prices.csv")
...     with open(path, "w", encoding="cp1252") as file:
...         _ = file.write("Größe;Lage;Preis\n" + "1,5;See;1.250,5\n2;Berg;980\n3,5;See;NA\n" * 2)
...     data = read_csv(path)
>>> data, data.notes
(<Dataset: 4 rows, Preis from Größe, Lage[See]>, ['left out: 2 rows with missing cells (Preis 2)'])
>>> described(data)
"';' between cells, decimal comma, Windows-1252"
"""

from __future__ import annotations

from .cells import DECIMALS, RowError
from .choice import assemble
from .columns import Column
from .dataset import Dataset
from .records import Records, separator_name
from .text import Lines, encoding_name, opened, pieces

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Sequence

SIGNS = {"point": ".", "comma": ",", ".": ".", ",": ",", None: None}


def read_csv(
    path: str | os.PathLike[str],
    target: str | None = None,
    features: Sequence[str] | None = None,
    *,
    sep: str | None = None,
    decimal: str | None = None,
    encoding: str | None = None,
    header: bool | None = None,
    missing: str = "omit",
) -> Dataset:
    """The table in a file, or standard input for `-`: `target` is the last column unless named, `features` the others.

    How the file is written is found out unless told: `sep` (one character, `tab`, or `space` for runs of spaces),
    `decimal` (`point` or `comma`), `encoding`; `header=False` if the first row is data. A message's `--sep` is `sep`.
    Rows with a missing cell in a column in use are left out, or an error with `missing="error"`. A column of at most 20
    words, fewer than half as many as rows, becomes indicator columns (`categories.py`); one that is neither numbers nor
    that is left out, unless asked for: then it is an error. `notes` of the result tells.

    Raises OSError if the file cannot be read; ValueError, with file, row and column, if it is no such table, or could
    be read in two ways. Rows count as in a text editor, blank lines too.

    >>> from minigrad.datasets import collection
    >>> read_csv(collection.DATA + "cars.csv", target="weight_1000lb")
    <Dataset: 7 rows, weight_1000lb from miles_per_gallon>
    """
    if decimal not in SIGNS:
        raise ValueError(f"decimal: expected 'point' or 'comma', got {decimal!r}")
    try:
        with opened(path) as file:
            lines = Lines(pieces(file), encoding)
            records = Records(lines, sep, header, () if target is None else (target,))
            wanted = None if features is None else {*features, records.names[-1] if target is None else target}
            columns = read_columns(records, SIGNS[decimal], wanted)
        if not any(column.words or column.numbers or column.missing for column in columns):
            raise ValueError("expected rows of numbers below the header, got an empty table")
        table = assemble(columns, target, features, missing, records.sep)
    except ValueError as error:
        raise located(error, path) from error
    table.reading |= {"encoding": lines.encoding, "header": header is not False}
    return table


def read_columns(records: Records, decimal: str | None = None, wanted: Iterable[str] | None = None) -> list[Column]:
    """All columns of a table; of those that are not wanted only what they tell of the decimal sign."""
    columns = [Column(name, decimal) for name in records.names]
    keep = None if wanted is None else set(wanted)
    for rows, row in records.blocks():
        for column, cells in zip(columns, zip(*rows, strict=True), strict=True):
            if keep is None or column.name in keep:
                column.add(cells, row)
            elif len(column.readings) == 2:
                column.add(cells, row)
                column.forget()
    return columns


def described(table: Dataset) -> str:
    """How a table was read, in words; empty if it came from no file."""
    reading = table.reading
    if "encoding" not in reading:
        return ""
    decimal = f"{DECIMALS[reading['decimal']]}, " if reading["decimal"] else ""
    header = "" if reading["header"] else "no header, "
    return f"{separator_name(reading['sep'])} between cells, {decimal}{header}{encoding_name(reading['encoding'])}"


def located(error: ValueError, path: str | os.PathLike[str]) -> ValueError:
    """The same error, with the file in front."""
    return ValueError(
        f"{'standard input' if path == '-' else path}{', ' if isinstance(error, RowError) else ': '}{error}"
    )
