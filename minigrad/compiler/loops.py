"""Loops: the calling conventions of `backward(rows)`, one row an iteration; see `conventions.py`."""

from __future__ import annotations

from ..ops import ADD, SUB
from .ir import Guard, Result
from .printer import Writer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Loop:
    """The loop of `backward(rows)`: it appends each row's loss to `losses` and adds its share of the gradient up.

    Eager code walks the graph of a mean from its end, so the rows come last to first here too, and each term is added
    to the sum on its own: other orders round otherwise. What is the same for all rows is computed before the loop. Rows
    whose guards fail are appended to `bailed_out`.
    """

    NAMES = ("rows", "losses", "bailed_out", "share", "parameters", "gradients", "i", "len", "range", "reversed")

    def __init__(self, name: str, inputs: dict[tuple[str, int], str]) -> None:
        self.name = name
        kinds = ("argument", "parameter", "gradient")
        self.arguments, self.parameters, self.gradients = [
            [name for (k, _), name in inputs.items() if k == kind] for kind in kinds
        ]

    def write(self, writer: Writer) -> None:
        """Write the whole function."""
        writer.line(0, f"def {self.name}(rows, losses, bailed_out, share, parameters, gradients):")
        self.begin(writer)
        self.hoist(writer)
        self.head(writer)
        writer.block(writer.closed.path, self, 2)
        self.end(writer)

    def begin(self, writer: Writer) -> None:
        """Give names to parameters and gradients."""
        writer.line(1, f"{_pattern(self.parameters)} = parameters")
        writer.line(1, f"{_pattern(self.gradients)} = gradients")

    def head(self, writer: Writer) -> None:
        """Write the head of the loop, and what gives names to the numbers of a row."""
        writer.line(1, f"for {_pattern(self.arguments)} in reversed(rows):")

    def end(self, writer: Writer) -> None:
        """Hand over the gradients."""
        writer.line(1, f"gradients[:] = {_pattern(self.gradients)}")

    def hoist(self, writer: Writer) -> None:
        """Compute before the loop what each row needs and none changes; a guard may be there to keep others out."""
        varies: list[bool] = []
        for op, operands in zip(writer.ops, writer.operands, strict=True):
            if op is not None:
                varies.append(any(varies[x] for x in operands))
            else:
                varies.append(operands.__class__ is tuple and operands[0] in ("argument", "gradient"))
        path = writer.closed.path
        roots = [path.left, path.right] if isinstance(path, Guard) else _roots(writer, path)
        needed = writer.needed(roots)
        for i in needed:
            if not varies[i]:
                writer.express(i, 1)
        for i in needed:
            roots += writer.operands[i] if varies[i] and writer.ops[i] is not None else ()
        for x in roots:
            if not varies[x]:
                writer.name(x, 1)

    def guard_failed(self, writer: Writer, indent: int) -> None:
        """The row bails out."""
        self.bail_out(writer, indent)
        writer.line(indent, "continue")

    refused = guard_failed  # that no trace will help, `Rows` finds out

    def bail_out(self, writer: Writer, indent: int) -> None:
        """Note the row."""
        writer.line(indent, f"bailed_out.append(({_pattern(self.arguments)}))")

    def result(self, writer: Writer, path: Result, indent: int) -> None:
        """Note the loss, and add each term to its sum on a line of its own."""
        writer.compute(_roots(writer, path), indent)
        writer.unnoticed(path, indent)
        writer.line(indent, self.noted(writer.text(path.numbers[0])))
        for k, total in enumerate(path.numbers[1:]):
            for sign, term in terms_of(writer, total):
                writer.line(indent, f"{self.total(k)} {sign}= {writer.text(term)}")
        if indent > 2:
            writer.line(indent, "continue")

    def noted(self, loss: str) -> str:
        """The statement that notes a loss."""
        return f"losses.append({loss})"

    def total(self, k: int) -> str:
        """Where the gradient in parameter k is added up."""
        return self.gradients[k]

    def run(self, function: Any, group: Any, share: float, parameters: list[float], gradients: list[float]) -> Any:
        """The losses of a group's rows; the rows that bailed out, without which all else is incomplete; the gradients.

        `group` has its `rows`, tuples of floats, and the same `flat`, as one array.
        """
        losses: list[float] = []
        bailed_out: list[tuple[float, ...]] = []
        function(group.rows, losses, bailed_out, share, parameters, gradients)
        losses.reverse()
        return losses, bailed_out, gradients


class FlatLoop(Loop):
    """The same over flat arrays of floats: `rows`, one number after the other, `parameters` and `gradients`; `losses`
    and `bailed_out` hold a place for each row.
    """

    def begin(self, writer: Writer) -> None:
        """Give names to parameters. Gradients stay in their array: hundreds of sums would keep numba for minutes."""
        for k, name in enumerate(self.parameters):
            writer.line(1, f"{name} = parameters[{k}]")

    def head(self, writer: Writer) -> None:
        """Write the head of the loop, and what gives names to the numbers of a row."""
        writer.line(1, "for i in range(len(losses) - 1, -1, -1):")
        for k, name in enumerate(self.arguments):
            writer.line(2, f"{name} = rows[{len(self.arguments)} * i + {k}]")

    def end(self, writer: Writer) -> None:
        """Nothing is left to hand over."""

    def bail_out(self, writer: Writer, indent: int) -> None:
        """Mark the row."""
        writer.line(indent, "bailed_out[i] = 1.0")

    def noted(self, loss: str) -> str:
        """The statement that notes a loss."""
        return f"losses[i] = {loss}"

    def total(self, k: int) -> str:
        """Where the gradient in parameter k is added up."""
        return f"gradients[{k}]"

    def run(self, function: Any, group: Any, share: float, parameters: list[float], gradients: list[float]) -> Any:
        """As for `Loop`."""
        from array import array

        count = len(group.rows)
        losses, bailed_out = array("d", bytes(8 * count)), array("d", bytes(8 * count))
        totals = array("d", gradients)
        function(group.flat, losses, bailed_out, share, array("d", parameters), totals)
        left = [row for row, mark in zip(group.rows, bailed_out, strict=True) if mark] if any(bailed_out) else []
        return losses, left, totals


def _pattern(names: list[str]) -> str:
    if len(names) > 1 and len(text := ", ".join(names)) < 70:  # so that no line with it is too long for one
        return text
    return f"({', '.join(names)}{',' * (len(names) == 1)})"


def _roots(writer: Writer, path: Any) -> list[int]:
    if not isinstance(path, Result):
        return []
    return [path.numbers[0], *[term for total in path.numbers[1:] for _, term in terms_of(writer, total)]]


def terms_of(writer: Writer, total: int) -> list[tuple[str, int]]:
    """What is added to a sum that begins with the gradient so far, and subtracted from it, in order."""
    terms: list[tuple[str, int]] = []
    while writer.ops[total] in (ADD, SUB):
        sign = "+" if writer.ops[total] is ADD else "-"
        total, term = writer.operands[total]
        terms.append((sign, term))
    return terms[::-1]
