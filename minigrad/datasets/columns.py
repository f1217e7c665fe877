"""One column while it is read: its numbers, as either decimal sign has them, and its words while they are few.

What the decimal sign is shows only by and by. Until then a column keeps both readings, which are one and the same array
until the first cell that would be two numbers; the text of the cells is never kept.

>>> column = Column("price")
>>> column.add(["1.500", "NA", "250"], lambda i: i + 2)
>>> list(column.readings["."]), list(column.readings[","]), column.kind()
([1.5, nan, 250.0], [1500.0, nan, 250.0], 'numbers')
>>> column.add(["0,75"], lambda i: i + 5)
>>> list(column.readings)
[',']
"""

from __future__ import annotations

import math
from array import array

from .cells import DECIMALS, is_missing, number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

LEVELS = 20  # at most; a column of more words is names, dates or the like
HOLE = 255  # the code of a missing cell
_SPOILT = 20  # fewer than one word in so many cells: a column of numbers with something wrong in it
_BOOLEAN = {"true": 1.0, "false": 0.0}


class Column:
    """A column: `add` its cells; then `readings` maps a decimal sign to the numbers, nan where there is none.

    `levels` are its different words (numbers are words too) with their codes, or None once there are too many; `codes`
    has one for each row. `words`, `numbers`, `missing` count cells; `first` keeps the row and text of the first of each
    kind: "word", "missing", "infinite", "." and "," (a number with that decimal sign only), "either ." and "either ,"
    (two numbers, by what the sign in it means).
    """

    __slots__ = ("name", "decimal", "readings", "levels", "codes", "words", "numbers", "missing", "first")

    def __init__(self, name: str, decimal: str | None = None) -> None:
        self.name, self.decimal = name, decimal
        both = array("d")
        self.readings = {sign: both for sign in DECIMALS if decimal in (None, sign)}
        self.levels: dict[str, int] | None = {}
        self.codes = array("B")
        self.words = self.numbers = self.missing = 0
        self.first: dict[str, tuple[int, str]] = {}

    def __len__(self) -> int:
        return self.words + self.numbers + self.missing

    def kind(self) -> str:
        """What the column is: numbers, boolean, category, empty, spoilt (numbers, but for few words), mixed, words.

        Mixed are numbers some of which have a decimal point and some a decimal comma.
        """
        cells = self.words + self.numbers
        if self.levels and all(word.lower() in _BOOLEAN for word in self.levels):
            return "boolean"
        if not self.words:
            return "numbers" if cells and self.readings else "mixed" if cells else "empty"
        if self.words * _SPOILT < cells:
            return "spoilt"
        few = self.levels is not None and 2 * len(self.levels) < len(self.codes) - self.codes.count(HOLE)
        return "category" if few else "words"

    def add(self, cells: Sequence[str], row: Callable[[int], int]) -> None:
        """Take the next cells; `row(i)` is the row of the i-th in the file."""
        if self.levels is not None:
            self._add_levels(cells, row)
        if not self.readings and not self.numbers:
            self.words += len(cells)  # nothing but words so far: which of them are missing the codes tell, while kept
        elif (values := self._at_once(cells, row)) is not None:
            self._extend(values, values)
        else:
            self._cell_by_cell(cells, row)

    def add_values(self, values: array[float]) -> None:
        """Take numbers that need no reading, nan where there is none."""
        self.levels, self.readings = None, dict.fromkeys(DECIMALS, values)
        for i, value in enumerate(values):
            if not math.isfinite(value):
                self.missing += value != value
                self._note("missing" if value != value else "infinite", repr(value), i, lambda i: i + 1)
        self.numbers = len(values) - self.missing

    def forget(self) -> None:
        """Keep what was seen of a decimal sign, not the cells."""
        for reading in self.readings.values():
            del reading[:]
        self.levels, self.codes = None, array("B")

    def values(self, decimal: str) -> array[float]:
        """The numbers of a column of kind numbers or boolean, nan where there is none."""
        if self.kind() == "boolean":
            known = {code: _BOOLEAN[word.lower()] for word, code in (self.levels or {}).items()} | {HOLE: math.nan}
            return array("d", map(known.__getitem__, self.codes))
        return self.readings[decimal]

    def _note(self, what: str, cell: str, i: int, row: Callable[[int], int]) -> None:
        if what not in self.first:  # only then: to find the row takes time
            self.first[what] = row(i), cell.strip()

    def _extend(self, points: Iterable[float], commas: Iterable[float]) -> None:
        readings = self.readings
        if "." in readings:
            readings["."].extend(points)
        if "," in readings and readings[","] is not readings.get("."):
            readings[","].extend(commas)

    # --- Words ------------------------------------------------------------------------------------------------------

    def _add_levels(self, cells: Sequence[str], row: Callable[[int], int]) -> None:
        levels = self.levels if self.levels is not None else {}
        codes: dict[str, int] = {}
        for cell in dict.fromkeys(cells):
            if is_missing(cell):
                codes[cell] = HOLE
                self._note("missing", cell, cells.index(cell), row)
            elif len(levels) <= LEVELS:
                codes[cell] = levels.setdefault(cell.strip(), len(levels))
        if len(levels) > LEVELS:
            self.levels, self.codes = None, array("B")
        else:
            self.codes.extend(map(codes.__getitem__, cells))

    # --- Numbers ----------------------------------------------------------------------------------------------------

    def _at_once(self, cells: Sequence[str], row: Callable[[int], int]) -> array[float] | None:
        """The numbers of cells that can be read without a look at each, and in one sense only; or None."""
        text = "\n".join(cells)
        if not text.isascii() or "_" in text:  # float reads 1_000, and the digits of other alphabets
            return None
        signs = [sign for sign in DECIMALS if sign in text]
        if signs and signs != list(self.readings):
            return None
        if signs == [","]:
            if text.count("\n") >= len(cells):  # some cells, in quotes, have line ends of their own
                return None
            cells = text.replace(",", ".").split("\n")
        try:
            values = array("d", map(float, cells))
        except ValueError:
            return self._with_holes(cells, row)
        if not math.isfinite(sum(values)):
            return self._with_holes(cells, row)
        self.numbers += len(values)
        return values

    def _with_holes(self, cells: Sequence[str], row: Callable[[int], int]) -> array[float] | None:
        holes = [is_missing(cell) for cell in cells]
        count = sum(holes)
        try:
            values = array("d", map(float, ["nan" if hole else cell for cell, hole in zip(cells, holes, strict=True)]))
        except ValueError:
            return None
        if sum(map(math.isfinite, values)) + count != len(values):
            return None
        self.missing += count
        self.numbers += len(values) - count
        i = holes.index(True)
        self._note("missing", cells[i], i, row)
        return values

    def _cell_by_cell(self, cells: Sequence[str], row: Callable[[int], int]) -> None:
        points, commas = zip(*[self._look(cell, i, row) for i, cell in enumerate(cells)], strict=True)
        readings = self.readings
        if len(readings) == 2 and readings["."] is readings[","] and any(map(_differ, points, commas)):
            readings[","] = array("d", readings["."])
        self._extend(points, commas)
        for sign, other in (".,", ",."):
            if sign in self.first:
                readings.pop(other, None)
        if self.words and not self.numbers:
            self.readings = {}

    def _look(self, cell: str, i: int, row: Callable[[int], int]) -> tuple[float, float]:
        """One cell in both readings, nan where it is no number; and what it tells, noted."""
        if is_missing(cell):
            self.missing += 1
            self._note("missing", cell, i, row)
            return math.nan, math.nan
        found = {sign: x for sign in DECIMALS if self.decimal in (None, sign) and (x := number(cell, sign)) is not None}
        if any(map(math.isfinite, found.values())):  # 1.798e305 is not 1798e305, which is past the largest float
            found = {sign: x for sign, x in found.items() if math.isfinite(x)}
        if not found:
            self.words += 1
            self._note("word", cell, i, row)
        else:
            self.numbers += 1
            if any(map(math.isinf, found.values())):
                self._note("infinite", cell, i, row)
            if len(found) == 1 and self.decimal is None:
                self._note(next(iter(found)), cell, i, row)
            elif len(set(found.values())) == 2:
                self._note("either " + ("." if "." in cell else ","), cell, i, row)
        return found.get(".", math.nan), found.get(",", math.nan)


def _differ(a: float, b: float) -> bool:
    return a != b and not (a != a and b != b)
