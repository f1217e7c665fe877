"""Printer: expressions as statements of Python, as a person would write them.

All paths that were traced are printed as one function: what is used once stands where it is used, what is used again
gets a name, and a line ends before it gets long.
"""

from __future__ import annotations

import math

from ..ops import Op
from .errors import GuardFailed, Unrepeatable
from .ir import Closed, Guard, Path, Refusal, Result, unfolded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence
    from typing import Any

    from .names import Names
    from .target import Target

WIDTH = 100  # of a line
LONGEST = 64  # of an expression that stands inside another


def reserved(closed: Closed, target: Target) -> set[str]:
    """The names that the texts of the ops use themselves."""
    found = {"inf", "nan", "math", "GuardFailed", "Unrepeatable"}  # what the texts of numbers and of failed guards use
    for op, count in {op: len(xs) for op, xs in zip(closed.ops, closed.operands, strict=True) if op}.items():
        if code := target.text(op):
            names = ["nan"] * count
            text = code(names) if callable(code) else code.format(*names)
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
    """Writes one function: `block` a path and all that branches off it, `compute` the lines that some numbers need.

    A `convention` (see `conventions.py`) knows how the function begins, how a result leaves it, and what happens where
    a guard fails. `inputs` maps (kind, index) to the name of that input.
    """

    def __init__(self, closed: Closed, target: Target, inputs: dict[tuple[str, int], str], names: Names) -> None:
        self.closed, self.ops, self.operands = closed, closed.ops, closed.operands
        self.target, self.names, self.inputs = target, names, inputs
        self.lines: list[str] = []
        self.globals: dict[str, Any] = {"inf": math.inf, "nan": math.nan, "math": math}
        self.globals |= {"GuardFailed": GuardFailed, "Unrepeatable": Unrepeatable}
        self._texts: dict[int, Text] = {}  # of all that has been computed where we are now
        self._uses, self._sizes = self._count_uses(), _sizes(closed.path)
        self._named = 0
        self._called: dict[tuple[Op, int], str] = {}
        self._slots: dict[str, list[int]] = {}
        self._wraps: dict[tuple[str, int, str], bool] = {}

    def _count_uses(self) -> dict[int, int]:
        uses: dict[int, int] = {}
        unnoticed: list[int] = []
        roots: list[int] = []
        for path in unfolded(self.closed.path):
            if isinstance(path, Guard):
                roots += [path.left, path.right]
            elif isinstance(path, Result):
                roots += path.numbers
                unnoticed += self._unnoticed(path)
        unnoticed.sort()
        while roots or unnoticed:
            if not roots and (i := unnoticed.pop()) not in uses:
                roots = [i]
            while roots:
                i = roots.pop()
                uses[i] = uses.get(i, 0) + 1
                if uses[i] == 1 and self.ops[i] is not None:
                    roots += self.operands[i]
        return uses

    def _unnoticed(self, path: Result) -> list[int]:
        """What is computed along a path and may raise, whether or not anything needs it.

        Of what is differentiated, that is what raises though its derivative does not; all else the function may drop.
        And where it may wait for the error, that has to come whatever is needed.
        """
        kinds: dict[int, set[str]] = {}
        for kind, i in path.noted:
            kinds.setdefault(i, set()).add(kind)
        lenient = [i for i, kind in kinds.items() if "noted" in kind and "awaited" not in kind]
        strict = self._and_rewritten(kinds.keys() - lenient, kinds)
        found = [i for i in strict if self.target.can_fail(self.ops[i])]
        return found + [i for i in self._and_rewritten(lenient, kinds) if self.target.may_raise(self.ops[i])]

    def _and_rewritten(self, roots: Iterable[int], noted: Container[int]) -> list[int]:
        """The roots, and what a rule has made below: -x / y is a negated quotient, and what fails is the quotient."""
        found: dict[int, None] = {}
        stack = [*roots]
        while stack:
            i = stack.pop()
            if i not in found and self.ops[i] is not None:
                found[i] = None
                stack += [x for x in self.operands[i] if x not in noted]
        return [*found]

    # Statements.

    def block(self, path: Path, convention: Any, indent: int) -> None:
        """A path and all that branches off it. The smaller side of a guard is indented, so nothing gets deep."""
        while isinstance(path, Guard):
            self.compute((path.left, path.right), indent)
            template = f"{{}} {path.relation} {{}}"
            sides = [self._wrapped(template, 2, k, self._texts[i]) for k, i in enumerate((path.left, path.right))]
            condition = template.format(*sides)
            yes_inside = self._sizes[id(path.yes)] < self._sizes[id(path.no)]
            inside, ahead = (path.yes, path.no) if yes_inside else (path.no, path.yes)
            self.line(indent, f"if {condition}:" if yes_inside else f"if not {condition}:")
            texts = dict(self._texts)
            self.block(inside, convention, indent + 1)
            self._texts = texts
            path = ahead
        if isinstance(path, Refusal):
            convention.refused(self, indent)
        elif path is None:
            convention.guard_failed(self, indent)
        else:
            convention.result(self, path, indent)

    def unnoticed(self, path: Result, indent: int) -> None:
        """Write down what nothing needs and may raise, as it does in eager code."""
        for i in sorted({*self._unnoticed(path)}.difference(self._texts)):
            self.compute((i,), indent)
            if self._texts[i].sample:
                self.line(indent, self.text(i))

    def needed(self, roots: Iterable[int]) -> list[int]:
        """All that the roots are made of and that has not been computed yet, in order."""
        return self.closed.reachable(roots, self._texts)

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

    def target_of(self, _operands: Sequence[int]) -> Target:
        """The target of an op of these operands."""
        return self.target

    def text(self, i: int) -> str:
        """The text of an expression that has been computed."""
        return self._texts[i].text

    def _shorten(self, op: Op, operands: tuple[int, ...], indent: int) -> None:
        """Name the operands that the op's text repeats, choices inside choices, and the longest until it is short."""
        code = self.target_of(operands).text(op)
        if callable(code) or len(operands) > 8:
            repeated: Iterable[int] = operands
        else:
            repeated = [operands[k] for k in self._repeats(code, len(operands))] if code else ()
        for x in repeated:
            self.name(x, indent)
        inside = [x for x in dict.fromkeys(operands) if self._texts[x].sample and self.ops[x] is not None]
        while inside and (code is None or isinstance(code, str)):
            longest = max(inside, key=lambda x: len(self.text(x)))
            choice = " if " in (code or "") and any(" if " in self.text(x) for x in inside)
            if not choice and len(self._applied(op, operands).text) <= LONGEST + 16:
                break
            self.name(longest, indent)
            inside.remove(longest)

    def _applied(self, op: Op, operands: tuple[int, ...]) -> Text:
        target = self.target_of(operands)
        code = target.text(op)
        if callable(code):
            text = code([self.text(x) for x in operands])
            return Text(text, text)
        if code is None:
            return Text(
                f"{self._call(op, len(operands), target)}({', '.join([self.text(x) for x in operands])})", "f()"
            )
        texts = [self._wrapped(code, len(operands), k, self._texts[x]) for k, x in enumerate(operands)]
        return Text(code.format(*texts), code.format(*["a"] * len(operands)))

    def _call(self, op: Op, count: int, target: Target) -> str:
        function = target.call(op, count)
        key = op, id(function)  # which may be another one for another number of operands
        if key not in self._called:
            self._called[key] = self.names.new(op.name, "op")
            self.globals[self._called[key]] = function
        return self._called[key]

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


def _sizes(path: Path) -> dict[int, int]:
    """To how many results each part of a path leads, by its id."""
    found: dict[int, int] = {}
    for part in reversed(unfolded(path)):
        if isinstance(part, Guard):
            found[id(part)] = found[id(part.yes)] + found[id(part.no)]
        else:
            found[id(part)] = int(part is not None)
    return found
