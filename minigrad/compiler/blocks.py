"""Blocks: functions over whole columns, one for each path, and one that tells which rows take which.

There are no branches in them. A guard becomes a mask: `f_paths` gives a column of truths for each path, and what stands
for a path runs on its own rows alone. Where the code of plain Python raises, a column holds a number that is not
finite, and goes on; so each function hands over what it has to be asked about: ops that may raise and whose results
would not be noticed in what comes out, as is 1 / (1 / 0).
"""

from __future__ import annotations

from ..ops import ABS, ADD, DIV, MUL, NEG, POW, SUB, Op
from .display import display
from .ir import Closed, Guard, Path, Result
from .loops import terms_of
from .printer import Text, Writer
from .rewrite import ROWS
from .target import PYTHON, Target

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from .columns import Columns
    from .names import Names

# Ops that give nothing finite for an operand that is not: all their operands, or as many as is said here.
_PASS_ON: dict[Op | None, int] = {ADD: 2, SUB: 2, MUL: 2, NEG: 1, ABS: 1, DIV: 1}
_PASS_ON |= {ROWS[name]: 1 for name in ("sqrt", "log", "log2", "log10", "log1p", "sin", "cos", "tan", "sinh", "cosh")}


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
        if not factors:
            return total
        return " * ".join([*factors, total if total.startswith("sum(") else f"({total})"])

    def _taken_out(self, i: int) -> tuple[list[str], int]:
        """The numbers that expression i is multiplied with, unless it has been computed, and what is left of it."""
        factors: list[str] = []
        while self.varies[i] and i not in self._texts and self.ops[i] in (MUL, NEG):
            x, y = (self.operands[i] * 2)[:2]
            if self.ops[i] is NEG:
                factors.append("-1.0")
            elif self.varies[x] and self.varies[y]:
                break
            else:
                number, x = (y, x) if self.varies[x] else (x, y)
                self.compute((number,), 1)
                factors.append(self.operand("{} * {}", 0, number))
            i = x
        return factors, i

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
        (more, x), (others, y) = self._taken_out(x), self._taken_out(y)
        self.compute((x, y), 1)
        if x == y:
            self.name(x, 1)
        text = f"{self.operand('{} @ {}', 0, x)} @ {self.operand('{} @ {}', 1, y)}"
        return " * ".join([*more, *others, f"({text})" if more or others else text])

    def _times_count(self, i: int) -> str:
        self.compute((i,), 1)
        return f"count * {self.operand('{} * {}', 1, i)}"


class Blocks:
    """What functions over columns have in common: `f_paths`, and one function for each path.

    `ends` are the ends of all paths, in the order of the masks; without guards there is one, and no `f_paths`.
    """

    NAMES: tuple[str, ...] = ("where", "sum", "every", "share", "count", "_missing")
    tagged = False

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

    def write_path(self, writer: ColumnWriter, path: Result, asked: list[int]) -> None:
        """Write the function of one path; `asked` is what the guards before it compare."""
        raise NotImplementedError

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
