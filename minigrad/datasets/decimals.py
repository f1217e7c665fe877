"""The decimal sign of a file: what its numbers say together, or an error that names both.

A cell like 0.5 has a decimal point, one like 2,5 a decimal comma; 1.500 may be either. What one column leaves open
another may settle: first the columns in use, then the others.
"""

from __future__ import annotations

from .cells import DECIMALS, RowError, number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .columns import Column


def find_decimal(used: Sequence[Column], others: Iterable[Column], sep: str | None) -> str | None:
    """`.` or `,`, as the columns in use need it, or None where it makes no difference. Raises ValueError."""
    numeric = [column for column in used if column.kind() in ("numbers", "mixed")]
    for column in numeric:
        if column.kind() == "mixed":
            raise _contradiction(column, column)
        if "infinite" in column.first:
            row, cell = column.first["infinite"]
            raise RowError(
                row, f"column {column.name!r}: expected a finite number, got {cell!r}; empty the cell, or leave the "
                "column out: --features names those to use",
            )  # fmt: skip
    settled = _settled(numeric)
    if len(settled) == 2:
        raise _contradiction(settled["."], settled[","])
    unsettled = [column for column in numeric if len(column.readings) == 2 and _differ(column)]
    if settled or not unsettled:
        return next(iter(settled), None)
    elsewhere = _settled([column for column in others if column.kind() == "numbers"])
    if len(elsewhere) == 1:
        return next(iter(elsewhere))
    if sep == "," and not any("either ," in column.first for column in unsettled):
        return "."  # where commas stand between cells, a number with a decimal comma would be in quotes
    raise _open_question(unsettled[0])


def _settled(columns: Iterable[Column]) -> dict[str, Column]:
    """For each decimal sign the first column that can only be read with it."""
    found: dict[str, Column] = {}
    for column in columns:
        if len(column.readings) == 1:
            found.setdefault(next(iter(column.readings)), column)
    return found


def _differ(column: Column) -> bool:
    return column.readings["."] is not column.readings[","]


def _contradiction(points: Column, commas: Column) -> RowError:
    """Two cells, or two columns, that need different signs: no sign that somebody may name reads both."""
    (row, cell), (other_row, other) = points.first["."], commas.first[","]
    return RowError(
        other_row,
        f"column {commas.name!r}: {other!r} has a decimal comma, but {cell!r} in row {row} of column {points.name!r} a "
        "decimal point; write all numbers with one sign, or leave a column out: --features and --target name those "
        "to use",
    )


def _open_question(column: Column) -> RowError:
    row, cell = next(column.first[key] for key in ("either .", "either ,") if key in column.first)
    readings = " or ".join(f"{number(cell, sign):.15g} (--decimal {DECIMALS[sign].split()[1]})" for sign in DECIMALS)
    return RowError(
        row, f"column {column.name!r}: {cell!r} may be {readings}, and no other cell tells; say which it is"
    )
