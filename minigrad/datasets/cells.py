"""Cells: what stands between two separators is a number, a hole, or a word.

Where the decimal sign is a point, commas may group thousands, and the other way round. So one cell may be two numbers:

>>> number("1.234,5", ","), number("1,234.5", "."), number("12.5", ",")
(1234.5, 1234.5, None)
>>> number("1.500", "."), number("1.500", ",")
(1.5, 1500.0)
>>> is_missing(" #N/A "), is_missing("0")
(True, False)
"""

from __future__ import annotations

import re

# Compared without regard to case: what spreadsheets, R, pandas and SPSS write where there is nothing.
_MISSING = frozenset({"", "na", "nan", "n/a", "?", "-", "null", "#null!", "#n/a"})

_GROUPED = r"[+-]?(?:\d+|[1-9]\d{{0,2}}(?:{group}\d{{3}})+)(?:{decimal}\d*)?(?:[eE][+-]?\d+)?"
_SMALL = r"[+-]?{decimal}\d+(?:[eE][+-]?\d+)?"
_NUMBERS = {
    sign: re.compile(f"{_GROUPED}|{_SMALL}".format(decimal=re.escape(sign), group=re.escape(group)), re.ASCII)
    for sign, group in ((".", ","), (",", "."))
}
_INFINITE = re.compile(r"[+-]?inf(inity)?", re.IGNORECASE)
DECIMALS = {".": "decimal point", ",": "decimal comma"}


class RowError(ValueError):
    """What is wrong in one row of a file."""

    def __init__(self, row: int, message: str) -> None:
        super().__init__(f"row {row}: {message}")


def is_missing(cell: str) -> bool:
    """Whether a cell says that there is nothing: it is empty, or `NA`, `?`, `-` and the like."""
    return cell.strip().lower() in _MISSING


def number(cell: str, decimal: str) -> float | None:
    """The number that a cell is where `decimal` is the decimal sign, or None. Past the largest float, and inf: inf."""
    cell = cell.strip()
    if _NUMBERS[decimal].fullmatch(cell):
        return float(cell.replace(",", "") if decimal == "." else cell.replace(".", "").replace(",", "."))
    return float("inf") if _INFINITE.fullmatch(cell) else None


def is_number(cell: str) -> bool:
    """Whether a cell is a number, whatever the decimal sign."""
    return any(pattern.fullmatch(cell.strip()) for pattern in _NUMBERS.values())
