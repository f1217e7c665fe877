"""Blocks: functions over whole columns, one for each path, and one that tells which rows take which.

There are no branches in them. A guard becomes a mask: `f_paths` gives a column of truths for each path, and what stands
for a path runs on its own rows alone. Where the code of plain Python raises, a column holds a number that is not
finite, and goes on; so each function hands over what it has to be asked about: ops that may raise and whose results
would not be noticed in what comes out, as is 1 / (1 / 0).
"""

from __future__ import annotations

from ..ops import ABS, ADD, DIV, MUL, NEG, POW, SUB, Op
from .display import display
from .ir import Guard, Path, Result
from .loops import terms_of
from .rewrite import ROWS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    from .column_writer import ColumnWriter

# Ops that give nothing finite for an operand that is not: all their operands, or as many as is said here.
_PASS_ON: dict[Op | None, int] = {ADD: 2, SUB: 2, MUL: 2, NEG: 1, ABS: 1, DIV: 1}
_PASS_ON |= {ROWS[name]: 1 for name in ("sqrt", "log", "log2", "log10", "log1p", "sin", "cos", "tan", "sinh", "cosh")}


class Blocks:
    """What functions over columns have in common: `f_paths`, and one function for each path.

    `ends` are the ends of all paths, in the order of the masks; without guards there is one, and no `f_paths`.
    """

    NAMES: tuple[str, ...] = ("where", "sum", "every", "power", "share", "count", "_missing")
    tagged = False
    write_path: Callable[..., None]  # of a writer, a path, and what the guards before it compare

    def __init__(self, name: str, inputs: dict[tuple[str, int], str]) -> None:
        self.name = name
        self.arguments, self.parameters, self.gradients = [
            [name for (k, _), name in inputs.items() if k == kind] for kind in ("argument", "parameter", "gradient")
        ]
        self.inputs = [*self.arguments, *self.parameters]
        self.ends: list[Path] = []
        self.named = 0

    def write(self, writer: ColumnWriter) -> None:
        """Write all functions."""
        self.target, self.count = writer.target, writer.closed.count
        guards = self._write_paths(writer)
        for path, asked in zip(self.ends, guards, strict=True):
            if isinstance(path, Result):
                if len(writer.lines):
                    writer.lines += ["", ""]
                self.write_path(writer, path, asked)
        self.size = self.target.block(self.named)

    def function_name(self, path: Result) -> str:
        """What the function of a path is called."""
        return self.name if len(self.ends) == 1 else f"{self.name}_{path.index}"

    def _write_paths(self, writer: ColumnWriter) -> list[list[int]]:
        """Write `f_paths`, if there are guards; for each end what the guards before it compare."""
        path = writer.closed.path
        if not isinstance(path, Guard):
            self.ends = [path]
            return [[]]
        stack: list[tuple[Path, str, list[int]]] = [(path, "", [])]
        compared = _compared(path)
        code = writer.function(compared)
        code.line(0, f"def {self.name}_paths({', '.join(self.inputs)}):")
        masks, asked = [], []
        while stack:
            path, mask, sides = stack.pop()
            if not isinstance(path, Guard):
                self.ends.append(path)
                masks.append(mask)
                asked.append(sides)
                continue
            truth = self._truth(code, path)
            yes, no = code.names.new("yes", "yes"), code.names.new("no", "no")
            code.line(1, f"{yes} = {f'{mask} & ({truth})' if mask else truth}")
            code.line(1, f"{no} = {f'{mask} & ~{yes}' if mask else f'~{yes}'}")
            sides = [*sides, path.left, path.right]
            stack += [(path.no, no, sides), (path.yes, yes, sides)]
        code.line(1, f"return ({', '.join(masks)})")
        self.named = max(self.named, code.named + len(masks) // 4)
        return asked

    def _truth(self, code: ColumnWriter, guard: Guard) -> str:
        code.compute((guard.left, guard.right), 1)
        template = f"{{}} {guard.relation} {{}}"
        text = template.format(code.operand(template, 0, guard.left), code.operand(template, 1, guard.right))
        if code.varies[guard.left] or code.varies[guard.right]:
            return text
        return f"every({text}, {self.arguments[0]})"

    def to_check(self, writer: ColumnWriter, path: Result, asked: list[int], outputs: Iterable[int]) -> list[int]:
        """The expressions that may raise, on this path, and that may do so with all outputs finite."""
        computed = writer.closed.reachable([*outputs, *asked, *writer.unnoticed_of(path)])
        risky = [i for i in computed if writer.varies[i] and writer.target.can_fail(writer.ops[i])]
        seen = {*outputs}
        stack = [*seen]
        while stack:
            i = stack.pop()
            found = writer.operands[i][: _passing(writer, i)] if writer.ops[i] is not None else ()
            stack += [x for x in found if x not in seen]
            seen.update(found)
        return [i for i in risky if i not in seen]

    # Running.

    def parts(self, functions: Any, block: list[Any], parameters: Sequence[float]) -> list[tuple[Path, Any, list[Any]]]:
        """The ends of the paths that rows of this block take, with a mask of the rows and their columns.

        The mask is None where all rows take one path.
        """
        if len(self.ends) == 1:
            return [(self.ends[0], None, block)]
        xp = self.target.xp
        masks = functions[f"{self.name}_paths"](*block, *parameters)
        count = len(block[0])
        found = []
        for path, mask in zip(self.ends, masks, strict=True):
            taken = int(xp.sum(mask))
            if taken == count:
                return [(path, None, block)]
            if taken:
                found.append((path, mask, [column[mask] for column in block]))
        return found


class ColumnCall(Blocks):
    """`def f(x, y, w):` over columns. It gives its results, numbers or columns, and what is to be checked."""

    def write_path(self, writer: ColumnWriter, path: Result, asked: list[int]) -> None:
        """Write the function of one path."""
        check = self.to_check(writer, path, asked, path.numbers)
        code = writer.function([*path.numbers, *check], path.noted)
        code.line(0, f"def {self.function_name(path)}({', '.join(self.inputs)}):")
        code.compute(path.numbers, 1)
        for i in check:
            code.compute((i,), 1)
            code.name(i, 1)
        code.unnoticed(path, 1)
        results = display((list, *[float] * len(path.numbers)), iter([code.text(i) for i in path.numbers]), None)
        code.line(1, f"return ({results}, [{', '.join([code.text(i) for i in check])}])")
        self.named = max(self.named, code.named + len(path.numbers))


class ColumnLoop(Blocks):
    """`def f_backward(x, y, w, share, count):`, the sums over a block: of losses and of shares of gradients."""

    def write_path(self, writer: ColumnWriter, path: Result, asked: list[int]) -> None:
        """Write the function of one path."""
        loss, *totals = path.numbers
        terms = [terms_of(writer, total) for total in totals]
        terms += [[] for _ in self.gradients[len(terms) :]]  # of parameters that only later paths have met
        outputs = [loss, *[term for each in terms for _, term in each]]
        check = self.to_check(writer, path, asked, outputs)
        code = writer.function([*path.numbers, *check], path.noted)
        code.line(0, f"def {self.function_name(path)}({', '.join([*self.inputs, 'share', 'count'])}):")
        for i in check:
            code.compute((i,), 1)
            code.name(i, 1)
        code.unnoticed(path, 1)
        sums = [code.names.new("loss", "loss"), *self.gradients]
        for name, each in zip(sums, [[("+", loss)], *terms], strict=True):
            self._write_sum(code, name, each)
        grads = [name if each else "0.0" for name, each in zip(self.gradients, terms, strict=True)]
        code.line(1, f"return ({sums[0]}, [{', '.join(grads)}], [{', '.join([code.text(i) for i in check])}])")
        self.named = max(self.named, code.named)

    def _write_sum(self, code: ColumnWriter, name: str, terms: list[tuple[str, int]]) -> None:
        for k, (sign, term) in enumerate(terms):
            text = code.summed(term)
            if k:
                code.line(1, f"{name} {sign}= {text}")
            else:
                code.line(1, f"{name} = {text}" if sign == "+" else f"{name} = -({text})")


def _passing(writer: ColumnWriter, i: int) -> int:
    """How many of the operands of expression i would make it not finite, if they were not."""
    op, operands = writer.ops[i], writer.operands[i]
    if op is POW and isinstance(exponent := writer.operands[operands[1]], float) and exponent > 0.0:
        return 1
    return _PASS_ON.get(op, 0)


def _compared(path: Path) -> list[int]:
    """What the guards of all paths compare."""
    found, stack = [], [path]
    while stack:
        path = stack.pop()
        if isinstance(path, Guard):
            found += [path.left, path.right]
            stack += [path.no, path.yes]
    return found
