r"""From lines to rows of cells: what stands between the cells, where the names are, and which row of the file is which.

>>> records = Records(iter([["# from the weather station\n", "day;rain\n", "1;0,5\n", "2;0\n"]]))
>>> records.sep, records.names, [rows for rows, _ in records.blocks()]
(';', ['day', 'rain'], [[['1', '0,5'], ['2', '0']]])
"""

from __future__ import annotations

import csv
from contextlib import suppress
from itertools import chain, islice

from .cells import RowError, is_missing, is_number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import Any

_BLOCK = 4096  # rows
_LOOK = 100  # lines, from which the separator is found
SEPARATORS = {"tab": "\t", "space": " ", r"\t": "\t"}  # what else than themselves they are called
PANDAS = "for other files there is pandas: minigrad.fit.fit(pandas.read_csv(file, ...), target=...)"


class Records:
    """A table cut into cells: `names` of the columns, then `blocks` of rows. `sep` is what stands between the cells.

    `header` says whether the first row holds the names; None: it does, unless there are numbers in it, which are
    refused, for they may be either. Names that the caller knows (`known`) are names even if they are numbers.
    """

    def __init__(
        self, lines: Iterable[list[str]], sep: str | None = None, header: bool | None = None, known: Iterable[str] = ()
    ) -> None:
        pieces = iter(lines)
        head = next(pieces, [])
        while len(head) <= _LOOK and (more := next(pieces, None)) is not None:
            head = head + more
        self._skipped, told = _preamble(head)
        head = head[self._skipped :]
        self.sep = (told or _separator(head[:_LOOK])) if sep is None else SEPARATORS.get(sep, sep)
        if len(self.sep) != 1 or self.sep in '"\r\n':
            raise ValueError(f"sep: expected one character, tab or space, got {sep!r}")
        self._reader = _reader(chain(head, chain.from_iterable(pieces)), self.sep)
        self._pending: list[list[str]] = []
        self.names = self._find_names(header, set(known))
        self._add_unnamed([row for row in _cut(head[:_LOOK], self.sep) if not _blank(row)][1:])

    def blocks(self) -> Iterator[tuple[list[list[str]], Callable[[int], int]]]:
        """Some thousand rows at a time, each as wide as the names; with them what gives a row's place in the file."""
        before = self._skipped + self._reader.line_num
        if self._pending:
            yield self._checked(self._pending, before - _height(self._pending[0]))
        while rows := self._next(_BLOCK):
            yield self._checked(rows, before)
            before = self._skipped + self._reader.line_num

    def _next(self, count: int) -> list[list[str]]:
        rows: list[list[str]] = []
        before = self._skipped + self._reader.line_num
        try:
            rows.extend(islice(self._reader, count))  # those before an error stay in `rows`
        except csv.Error as error:
            row = before + sum(map(_height, rows)) + 1
            raise RowError(row, f"{error}; is there a quote that never closes? {PANDAS}") from None
        return rows

    def _checked(self, rows: list[list[str]], before: int) -> tuple[list[list[str]], Callable[[int], int]]:
        one_each = self._skipped + self._reader.line_num - before == len(rows)

        def row(i: int) -> int:
            return before + (i if one_each else sum(map(_height, rows[:i]))) + 1

        width = len(self.names)
        if set(map(len, rows)) == {width}:
            return rows, row
        places = [i for i, cells in enumerate(rows) if not _blank(cells)]
        for i in places:
            if len(rows[i]) != width:
                got = f"{len(rows[i])}: {str(rows[i])[:80]}"
                raise RowError(
                    row(i),
                    f"expected {width} cell{'s' * (width != 1)}, one for each column, got {got}; mend the row, or say "
                    f"with --sep what stands between cells (now {separator_name(self.sep)})",
                )
        return [rows[i] for i in places], lambda i: row(places[i])

    def _find_names(self, header: bool | None, known: set[str]) -> list[str]:
        cells: list[str] = []
        while _blank(cells) and (rows := self._next(1)):
            cells = [cell.strip() for cell in rows[0]]
        if header is False:
            self._pending = [] if _blank(cells) else [cells]
            return [f"c{i}" for i in range(1, len(cells) + 1)]
        if header is None and (numbers := [cell for cell in cells if is_number(cell)]) and not known & set(numbers):
            raise RowError(
                self._skipped + self._reader.line_num,
                f"expected a header with the names of the columns, got the number {numbers[0]!r} among {shown(cells)}; "
                "if this is a row of data, say --no-header; if these are the names, --header",
            )
        if _blank(cells):
            raise RowError(1, "expected a header with the names of the columns, got an empty file")
        return cells

    def _add_unnamed(self, rows: list[list[str]]) -> None:
        """R leaves out the name of the rows' names, and others write one separator too many after each row."""
        if not rows or {len(row) for row in rows} != {len(self.names) + 1}:
            return
        if all(is_missing(row[-1]) for row in rows):
            self.names.append("")
        elif not any(is_number(row[0]) for row in rows) or (len(rows) > 1 and _counts([row[0] for row in rows])):
            self.names.insert(0, "")


def _reader(lines: Iterable[str], sep: str) -> Any:
    """The standard library's reader: strict refuses a quote that never closes; spaces count as one, however many.

    Where there are spaces between cells, a tab is one too: laboratories mix them.
    """
    if sep == " ":
        lines = (line.replace("\t", " ").strip() for line in lines)
    return csv.reader(lines, delimiter=sep, skipinitialspace=True, strict=True)


def _cut(lines: list[str], sep: str) -> list[list[str]]:
    """The rows of some lines, up to the first that cannot be cut."""
    rows: list[list[str]] = []
    with suppress(csv.Error):
        rows.extend(_reader(lines, sep))
    return rows


def _blank(cells: list[str]) -> bool:
    return len(cells) <= 1 and not any(map(str.strip, cells))


def _counts(cells: list[str]) -> bool:
    """Whether the cells are 0, 1, 2, ... or 1, 2, 3, ..."""
    return any([cell.strip() for cell in cells] == [str(i + start) for i in range(len(cells))] for start in (0, 1))


def _height(cells: list[str]) -> int:
    """How many lines a row takes: a quoted cell may hold line ends."""
    return 1 + sum([cell.count("\n") or cell.count("\r") for cell in cells if "\n" in cell or "\r" in cell])


def _preamble(head: list[str]) -> tuple[int, str | None]:
    """How many lines precede the table, comments and Excel's `sep=;`; and the separator that this names."""
    sep = None
    for i, line in enumerate(head):
        text = line.strip("\r\n")
        if text[:4].lower() == "sep=" and len(text) == 5:
            sep = text[4]
        elif not text.startswith("#"):
            return i, sep
    return len(head), sep


def _separator(head: list[str]) -> str:
    """What cuts most rows alike, and into the most numbers; a comma if nothing cuts them at all."""
    scores = {sep: _score([row for row in _cut(head, sep) if not _blank(row)]) for sep in "\t;|, "}
    best = max(scores, key=scores.__getitem__)
    return best if scores[best] else ","


def _score(rows: list[list[str]]) -> float:
    widths = [len(row) for row in rows[1:] or rows]
    width = max(widths, key=widths.count, default=0)
    if width < 2:
        return 0.0
    alike = widths.count(width) / len(widths) * (1.0 if len(rows[0]) in (width - 1, width) else 0.1)
    cells = [cell for row in rows[1:] or rows for cell in row]
    return alike * (0.1 + sum(map(is_number, cells)) / len(cells))


def separator_name(sep: str) -> str:
    r"""What people call a separator.

    >>> separator_name("\t"), separator_name(";")
    ('tabs', "';'")
    """
    return {"\t": "tabs", " ": "spaces"}.get(sep, repr(sep))


def shown(names: Sequence[str]) -> str:
    """A list for a message, cut where it is too long to be read.

    >>> shown(["a", "b"]), shown(["x"] * 1000)[-23:]
    ("['a', 'b']", "'x', ...] (1000 in all)")
    """
    return str(list(names)) if len(names) <= 20 else f"{str(list(names[:20]))[:-1]}, ...] ({len(names)} in all)"
