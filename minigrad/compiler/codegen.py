"""Code generation: numbered expressions and the ways through them, written as straight-line Python.

All ways that were traced are printed as one function, as a person would: what is used once stands where it is used,
what is used again gets a name, and a line ends before it gets long.
"""

from __future__ import annotations

import math

from ..machinery.operators import Source
from ..ops import Op
from .expressions import POW_CALL, ROWS, Expressions
from .names import Names
from .tracing import NewWay
from .ways import Check, Result, Way, sizes, unfolded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

WIDTH = 100  # of a line
LONGEST = 64  # of an expression that stands inside another

# Ops that raise for operands at which their slope has a value, so that nobody would notice: log(-1).
UNNOTICED = {ROWS[name] for name in ("log", "log2", "log10", "log1p", "atanh", "math_pow")} | {POW_CALL}

# --- Expressions as text --------------------------------------------------------------------------------------------


def reserved(expressions: Expressions) -> set[str]:
    """The names that the texts of the ops use themselves."""
    found = {"inf", "nan", "math", "NewWay"}  # what the texts of numbers and gaps use
    samples = {op: len(xs) for op, xs in zip(expressions.ops, expressions.operands, strict=True) if op and op.code}
    for op, count in samples.items():
        names = ["nan"] * count
        text = op.code(names) if callable(op.code) else op.code.format(*names)  # type: ignore[union-attr]
        found.update(compile(text, "<code>", "eval").co_names)
    return found


class Text:
    """A piece of Python, and a sample of its kind: what needs parentheses around the one, needs them around the other.

    A name, or a number as it is written, is an atom: it needs none and costs nothing to repeat.
    """

    __slots__ = ("text", "sample")

    def __init__(self, text: str, sample: str = "") -> None:
        self.text, self.sample = text, sample


class Writer:
    """Writes one function: `block` a way and all that branches off it, `compute` the lines that some numbers need.

    A `frame` (see `frames.py`) knows how the function begins, how a result leaves it, and what a gap in it does.
    `inputs` maps (kind, index) to the name of that input.
    """

    def __init__(self, expressions: Expressions, way: Way, inputs: dict[tuple[str, int], str], names: Names) -> None:
        self.ops, self.operands = expressions.ops, expressions.operands
        self.way, self.names, self.inputs = way, names, inputs
        self.lines: list[str] = []
        self.globals: dict[str, Any] = {"inf": math.inf, "nan": math.nan, "math": math, "NewWay": NewWay}
        self._texts: dict[int, Text] = {}  # of all that has been computed where we are now
        self._uses, self._sizes = self._count_uses(), sizes(way)
        self._named = 0
        self._called: dict[Op, str] = {}
        self._slots: dict[str, list[int]] = {}
        self._wraps: dict[tuple[str, int, str], bool] = {}

    def _count_uses(self) -> dict[int, int]:
        uses: dict[int, int] = {}
        noted: list[int] = []
        roots: list[int] = []
        for way in unfolded(self.way):
            if isinstance(way, Check):
                roots += [way.left, way.right]
            elif way is not None:
                roots += way.numbers
                noted += way.noted
        seen: set[int] = set()
        while roots or noted:
            if roots:
                i = roots.pop()
                uses[i] = uses.get(i, 0) + 1
                if uses[i] == 1 and self.ops[i] is not None:
                    roots += self.operands[i]
            elif (i := noted.pop()) not in uses and i not in seen and self.ops[i] is not None:
                seen.add(i)
                if self._raises(i):
                    roots.append(i)
                else:
                    noted += self.operands[i]
        return uses

    def _raises(self, i: int) -> bool:
        """Whether expression i may raise where its slope has a value, so that nobody would notice: log(-1)."""
        op = self.ops[i]
        return op in UNNOTICED or (op is not None and op.name not in ROWS)

    # Statements.

    def block(self, way: Way, frame: Any, indent: int) -> None:
        """A way and all that branches off it. The smaller side of a check is indented, so nothing gets deep."""
        while isinstance(way, Check):
            self.compute((way.left, way.right), indent)
            template = f"{{}} {way.relation} {{}}"
            sides = [self._wrapped(template, 2, k, self._texts[i]) for k, i in enumerate((way.left, way.right))]
            condition = template.format(*sides)
            yes_aside = self._sizes[id(way.yes)] < self._sizes[id(way.no)]
            aside, ahead = (way.yes, way.no) if yes_aside else (way.no, way.yes)
            self.line(indent, f"if {condition}:" if yes_aside else f"if not {condition}:")
            if aside is None:
                frame.gap(self, indent + 1)
            else:
                texts = dict(self._texts)
                self.block(aside, frame, indent + 1)
                self._texts = texts
            way = ahead
        frame.result(self, way, indent)

    def unnoticed(self, way: Result, indent: int) -> None:
        """Write down what nothing needs and may raise, as it does in eager code."""
        for i in self.needed(way.noted):
            if self._raises(i):
                self.compute((i,), indent)
                if self._texts[i].sample:
                    self.line(indent, self.text(i))

    def needed(self, roots: Iterable[int]) -> list[int]:
        """All that the roots are made of and that has not been computed yet, in order."""
        found: set[int] = set()
        stack = [*roots]
        while stack:
            i = stack.pop()
            if i not in found and i not in self._texts:
                found.add(i)
                stack += self.operands[i] if self.ops[i] is not None else ()
        return sorted(found)

    def compute(self, roots: Iterable[int], indent: int) -> None:
        """Write lines until each of the roots has a text; what is used again is given a name."""
        for i in self.needed(roots):
            self.express(i, indent)

    def express(self, i: int, indent: int) -> None:
        """Find the text of expression i, whose operands have theirs, and name it if it is used again or long."""
        op, operands = self.ops[i], self.operands[i]
        if op is None:
            self._texts[i] = Text(self.inputs[operands]) if isinstance(operands, tuple) else _constant(operands)
            return
        self._shorten(op, operands, indent)
        self._texts[i] = text = self._applied(op, operands)
        if self._uses[i] > 1 or len(text.text) > LONGEST:
            self.name(i, indent)

    def name(self, i: int, indent: int) -> None:
        """Write a line that gives expression i a name, if it has none."""
        if self._texts[i].sample and self.ops[i] is not None:
            self._named += 1
            name = self.names.new(f"t{self._named}", "t")
            self.line(indent, f"{name} = {self._texts[i].text}")
            self._texts[i] = Text(name)

    def line(self, indent: int, text: str) -> None:
        """One statement; a long one is broken at commas, which all of ours have inside brackets."""
        start, begin = "    " * indent, 0
        while len(start) + len(text) - begin > WIDTH:
            comma = text.rfind(", ", begin, begin + WIDTH - len(start))
            if comma < 0:
                break
            self.lines.append(start + text[begin : comma + 1])
            start, begin = "    " * (indent + 1), comma + 2
        self.lines.append(start + text[begin:])

    # Expressions.

    def text(self, i: int) -> str:
        """The text of an expression that has been computed."""
        return self._texts[i].text

    def _shorten(self, op: Op, operands: tuple[int, ...], indent: int) -> None:
        """Name the operands that the op's text repeats, choices inside choices, and the longest until it is short."""
        if callable(op.code) or len(operands) > 8:
            repeated: Iterable[int] = operands
        else:
            repeated = [operands[k] for k in self._repeats(op.code, len(operands))] if op.code else ()
        for x in repeated:
            self.name(x, indent)
        inside = [x for x in dict.fromkeys(operands) if self._texts[x].sample and self.ops[x] is not None]
        while inside and (op.code is None or isinstance(op.code, str)):
            longest = max(inside, key=lambda x: len(self.text(x)))
            choice = " if " in (op.code or "") and any(" if " in self.text(x) for x in inside)
            if not choice and len(self._applied(op, operands).text) <= LONGEST + 16:
                break
            self.name(longest, indent)
            inside.remove(longest)

    def _applied(self, op: Op, operands: tuple[int, ...]) -> Text:
        if callable(op.code):
            text = op.code([self.text(x) for x in operands])
            return Text(text, text)
        if op.code is None:
            return Text(f"{self._call(op)}({', '.join([self.text(x) for x in operands])})", "f()")
        texts = [self._wrapped(op.code, len(operands), k, self._texts[x]) for k, x in enumerate(operands)]
        return Text(op.code.format(*texts), op.code.format(*["a"] * len(operands)))

    def _call(self, op: Op) -> str:
        if op not in self._called:
            self._called[op] = self.names.new(op.name, "op")
            self.globals[self._called[op]] = op.forward
        return self._called[op]

    def _repeats(self, template: str, count: int) -> list[int]:
        """The operands that a template holds more than once."""
        if template not in self._slots:
            marked = template.format(*[f"\0{k}\0" for k in range(count)])
            self._slots[template] = [k for k in range(count) if marked.count(f"\0{k}\0") > 1]
        return self._slots[template]

    def _wrapped(self, template: str, count: int, k: int, operand: Text) -> str:
        """The operand as it stands in the template: in parentheses if without them Python would read it otherwise."""
        key = (template, k, operand.sample)
        if operand.sample and key not in self._wraps:
            bare, wrapped = [
                compile(template.format(*["b"] * k, text, *["b"] * (count - k - 1)), "<code>", "eval").co_code
                for text in (operand.sample, f"({operand.sample})")
            ]
            self._wraps[key] = bare != wrapped  # compiling both is quicker than importing `ast`
        return f"({operand.text})" if self._wraps.get(key) else operand.text


def _constant(x: float) -> Text:
    return Text(repr(x), "-a" if math.copysign(1.0, x) < 0.0 and x == x else "")


# --- From text to a function ----------------------------------------------------------------------------------------


def function_from(source: str, name: str, scope: dict[str, Any], filename: str) -> Any:
    """The function that the source defines. Tracebacks show its lines, if the filename is not all in <>."""
    scope |= {"__name__": name, "__loader__": Source(source)}
    exec(compile(source, filename, "exec"), scope)
    return scope[name]
