"""Column writer: writes functions over columns, in which what no row changes is a number, and sums over their rows."""

from __future__ import annotations

from ..ops import MUL, NEG, POW, Op
from .ir import Closed, Result
from .printer import Text, Writer
from .target import PYTHON, Target

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from .columns import Columns
    from .names import Names


_SMALL = 1024.0  # what is lost below the smallest float, times this, is still nothing


class ColumnWriter(Writer):
    """Writes functions over columns. What no row changes is a number, and computed as plain code computes it."""

    target: Columns

    def __init__(self, closed: Closed, target: Any, inputs: dict[tuple[str, int], str], names: Names) -> None:
        self.varies: list[bool] = []
        for op, operands in zip(closed.ops, closed.operands, strict=True):
            if op is not None:
                self.varies.append(any(self.varies[x] for x in operands))
            else:
                self.varies.append(operands.__class__ is tuple and operands[0] == "argument")
        super().__init__(closed, target, inputs, names)
        self.globals |= target.scope

    def target_of(self, operands: Sequence[int]) -> Target:
        """Columns where one of the operands is a column, else plain Python."""
        return self.target if any(self.varies[x] for x in operands) else PYTHON

    def _applied(self, op: Op, operands: tuple[int, ...]) -> Text:
        """As usual; but numbers are multiplied with one another first, where that changes no bit."""
        if op is MUL and not self.varies[operands[0]] and self.ops[operands[1]] is MUL:
            number, inner = operands[0], operands[1]
            factor, text = self.operands[self.operands[inner][0]], self._texts[inner].text
            if self.varies[inner] and factor in (2.0, 0.5) and text.startswith(f"{factor!r} * "):
                return Text(f"{self.operand('{} * {}', 0, number)} * {text}", "a * a")
        return super()._applied(op, operands)

    def function(self, roots: Sequence[int], noted: Sequence[tuple[str, int]] = ()) -> ColumnWriter:
        """What writes one more function behind those that are there, in which these are computed."""
        view = Closed()
        view.ops, view.operands = self.ops, self.operands
        view.path = Result(roots, None, 0, noted)
        self.names.taken |= self.globals.keys()
        other = ColumnWriter(view, self.target, self.inputs, self.names.copy())
        other.lines, other.globals, other._called = self.lines, self.globals, self._called
        return other

    def operand(self, template: str, k: int, i: int) -> str:
        """Expression i as operand k of a text with two."""
        return self._wrapped(template, 2, k, self._texts[i])

    def unnoticed(self, path: Result, indent: int) -> None:
        """Write down what nothing needs and may raise, and no row changes: the rest is asked about."""
        for i in sorted({*self._unnoticed(path)}.difference(self._texts)):
            if not self.varies[i]:
                super().compute((i,), indent)
                self.name(i, indent)

    def unnoticed_of(self, path: Result) -> list[int]:
        """What is computed along a path, and may raise, whether or not anything needs it."""
        return self._unnoticed(path)

    @property
    def named(self) -> int:
        """How many names this function has given."""
        return self._named

    # Sums over the rows of a block.

    def summed(self, i: int) -> str:
        """The text of the sum of expression i over the rows; lines that it needs are written before.

        Numbers are taken out of sums: c * sum(x) for the sum of c * x.
        """
        factors, i = self._taken_out(i)
        total = self._sum_of(i) if self.varies[i] else self._times_count(i)
        return _multiplied(factors, total)

    def _taken_out(self, i: int, within: bool = False) -> tuple[list[str], int]:
        """The numbers that expression i is multiplied with, unless it has been computed, and what is left of it.

        `within` a product of columns those stay that may be large: without them it might be less than all floats.
        """
        factors: list[str] = []
        while self.varies[i] and i not in self._texts and self.ops[i] in (MUL, NEG):
            x, y = (self.operands[i] * 2)[:2]
            if self.ops[i] is NEG:
                factors.append("-1.0")
            elif self.varies[x] and self.varies[y]:
                break
            else:
                number, x = (y, x) if self.varies[x] else (x, y)
                if within and not self._is_small(number):
                    break
                self.compute((number,), 1)
                factors.append(self.operand("{} * {}", 0, number))
            i = x
        return factors, i

    def _is_small(self, number: int) -> bool:
        """Whether a number is known to be no larger than a few constants are: the share of a row in the mean is."""
        operands = self.operands[number]
        if self.ops[number] is not None:
            return False
        return abs(operands) <= _SMALL if operands.__class__ is float else operands[0] == "share"

    def _sum_of(self, i: int) -> str:
        op, operands = self.ops[i], self.operands[i]
        if i not in self._texts and self._uses[i] == 1:
            if op is MUL:
                return self._product(*operands)
            if op is POW and self.operands[operands[1]] == 2.0:
                return self._product(operands[0], operands[0])
        self.compute((i,), 1)
        return f"sum({self.text(i)})"

    def _product(self, x: int, y: int) -> str:
        """The sum of the products of two columns."""
        (more, x), (others, y) = self._taken_out(x, within=True), self._taken_out(y, within=True)
        self.compute((x, y), 1)
        if x == y:
            self.name(x, 1)
        text = f"{self.operand('{} @ {}', 0, x)} @ {self.operand('{} @ {}', 1, y)}"
        return _multiplied([*more, *others], text)

    def _times_count(self, i: int) -> str:
        self.compute((i,), 1)
        return f"count * {self.operand('{} * {}', 1, i)}"


def _multiplied(factors: Sequence[str], total: str) -> str:
    """A sum times its factors, from the last to the first, as the terms had them: their product might be no float."""
    if not factors:
        return total
    text = total if total.startswith("sum(") else f"({total})"
    if {*factors} <= {"share", "-1.0", "2.0", "0.5"}:  # whose product is a float in any order, and reads better
        return " * ".join([*factors, text])
    for factor in factors[:0:-1]:
        text = f"({factor} * {text})"
    return f"{factors[0]} * {text}"
