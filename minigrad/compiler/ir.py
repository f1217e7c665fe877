"""IR: a function closed over nothing, as numbered expressions and the paths through its comparisons.

Numbering what a graph computes, as it is met, finds each thing that is there twice; the rules of `rewrite.py` find what
can be said in fewer words. A function that never branches is one path. One that does is a tree: a `Guard` at each
comparison, a `Result` at the end of each path that was traced, a `Refusal` where a trace met what nothing but the
original can do, and None where nobody has gone yet.

>>> from minigrad import Value
>>> x = Value(3.0)
>>> closed = Closed()
>>> inputs = {x: closed.input("argument", 0)}
>>> closed.number([(x * x) * 1.0, x * x, 2.0 + -x], inputs)         # the first two are the same
[1, 1, 5]
>>> closed.ops[5], [closed.operands[i] for i in closed.operands[5]]     # and the last is 2 - x
(<op sub>, [2.0, ('argument', 0)])
>>> closed.learn([(operator.gt, x, 1.0, True)], [x * x], float, inputs)
True
>>> closed.interpret({("argument", 0): 5.0})
25.0
"""

from __future__ import annotations

import operator

from ..engine import Value
from ..machinery.recorder import note
from ..machinery.trees import rebuilt
from ..ops import ADD, MUL, NEG, Op
from .errors import GuardFailed, Unrepeatable
from .rewrite import RULES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence
    from typing import Any

MOST_PATHS = 64  # a call may pass as many guards
RELATIONS: dict[Any, str] = {
    operator.lt: "<",
    operator.le: "<=",
    operator.gt: ">",
    operator.ge: ">=",
    operator.eq: "==",
    operator.ne: "!=",
}
COMPARE = {sign: compare for compare, sign in RELATIONS.items()}


class Guard:
    """A comparison, `left relation right` of two numbered expressions, and where each answer leads."""

    __slots__ = ("relation", "left", "right", "yes", "no")

    def __init__(self, relation: str, left: int, right: int) -> None:
        self.relation, self.left, self.right = relation, left, right
        self.yes: Path = None
        self.no: Path = None


class Result:
    """The end of a path: the numbers of the expressions it results in, and the structure they are returned in."""

    __slots__ = ("numbers", "structure", "index", "noted")

    def __init__(self, numbers: Sequence[int], structure: Any, index: int, noted: Sequence[tuple[str, int]]) -> None:
        self.numbers, self.structure, self.index = numbers, structure, index
        self.noted = noted  # what is computed along the path too, and may raise, with what the recorder called it


class Refusal:
    """The end of a path that no generated code can go: what was met there."""

    __slots__ = ("reason",)

    def __init__(self, reason: str) -> None:
        self.reason = reason


Path = Guard | Result | Refusal | None


def unfolded(path: Path) -> list[Path]:
    """A path and all that it may lead to, each before those that it leads to itself."""
    found, stack = [], [path]
    while stack:
        found.append(path := stack.pop())
        if isinstance(path, Guard):
            stack += (path.no, path.yes)
    return found


class Closed:
    """Expressions, numbered so that each stands after those that it is made of, and the paths through them.

    Expression i is `ops[i]` of the expressions with the numbers `operands[i]`; where the op is None, the operands are
    a float for a constant, and (kind, index) for an input: all that it knows is an input, parameters too. `path` is
    where every path begins, `count` how many were traced: what was made of it is out of date once that has grown.
    """

    __slots__ = ("ops", "operands", "path", "count", "_numbers")

    def __init__(self) -> None:
        self.ops: list[Op | None] = []
        self.operands: list[Any] = []
        self.path: Path = None
        self.count = 0
        self._numbers: dict[Any, int] = {}

    # Expressions.

    def input(self, kind: str, index: int) -> int:
        """The number of an input."""
        return self._find((kind, index), None, (kind, index))

    def constant(self, x: float) -> int:
        """The number of a constant, by its text, which tells 0.0 from -0.0 but not one nan from another."""
        return self._find(repr(x), None, x)

    def apply(self, op: Op, *operands: int) -> int:
        """The number of `op` of the operands, or of something simpler that has the very same bits."""
        if (rule := RULES.get(op)) is not None and (simpler := rule(self, *operands)) is not None:
            return simpler
        constants = [self.operands[i] for i in operands if self.ops[i] is None and self.operands[i].__class__ is float]
        if len(constants) == len(operands):
            try:
                return self.constant(float(op.forward(*constants)))
            except (ArithmeticError, ValueError):  # it may stand where it is never computed
                pass
        if op in (ADD, MUL) and (op, operands[::-1]) in self._numbers:
            operands = operands[::-1]
        return self._find((op, operands), op, operands)

    def number(self, roots: Iterable[Value], known: dict[Value, int]) -> list[int]:
        """The numbers of what the roots compute from the Values in `known`; all other leaves are constants."""
        roots = [*roots]
        stack = roots[::-1]
        while stack:
            node = stack[-1]
            if node in known:
                stack.pop()
            elif node.op is None:
                known[node] = self.constant(node._number)
            elif missing := [x for x in node.operands if isinstance(x, Value) and x not in known]:
                stack += reversed(missing)
            else:
                operands = [known[x] if isinstance(x, Value) else self.constant(x) for x in node.operands]
                known[node] = self.apply(node.op, *operands)
        return [known[root] for root in roots]

    def value(self, i: int) -> Any:
        """The float that expression i is, or None if it is no constant."""
        return self.operands[i] if self.operands[i].__class__ is float else None

    def negated(self, i: int) -> int | None:
        """The number of y if expression i is -y, or a constant below zero; else None."""
        if self.ops[i] is NEG:
            return self.operands[i][0]  # type: ignore[no-any-return]
        return self.constant(-x) if (x := self.value(i)) is not None and x < 0.0 else None

    def _find(self, key: Any, op: Op | None, operands: Any) -> int:
        if key not in self._numbers:
            self._numbers[key] = len(self.ops)
            self.ops.append(op)
            self.operands.append(operands)
        return self._numbers[key]

    def reachable(self, roots: Iterable[int], known: Container[int] = ()) -> list[int]:
        """All that the roots are made of and that is not `known`, nor beneath what is, each after its operands."""
        found: set[int] = set()
        stack = [*roots]
        while stack:
            i = stack.pop()
            if i not in found and i not in known:
                found.add(i)
                stack += self.operands[i] if self.ops[i] is not None else ()
        return sorted(found)

    # Paths.

    def copy(self) -> Closed:
        """The same, to learn what may come to nothing: an error or an interrupt leaves nothing half learned."""
        other = Closed()
        other.ops, other.operands, other._numbers = [*self.ops], [*self.operands], dict(self._numbers)
        made: dict[int, Path] = {}
        for part in reversed(unfolded(self.path)):
            made[id(part)] = part
            if isinstance(part, Guard):
                made[id(part)] = guard = Guard(part.relation, part.left, part.right)
                guard.yes, guard.no = made[id(part.yes)], made[id(part.no)]
        other.path, other.count = made[id(self.path)], self.count
        return other

    def learn(self, events: list[tuple[Any, Any, Any, bool]], outputs: list[Any], structure: Any, known: Any) -> bool:
        """Add the path that a trace took; False if it was there. RuntimeError if it contradicts those that are there.

        `events`, `outputs` and `structure` are those of a `Trace`, `known` the numbers of its inputs.
        """
        place: Any = self
        side = "path"
        answers: set[tuple[str, int, int]] = set()
        noted: list[tuple[str, int]] = []
        for relation, left, right, answer in events:
            if relation == "refused":
                return self._end(place, side, Refusal(left))
            if relation in ("noted", "computed", "awaited"):
                noted += [(relation, i) for i in self._numbered((left,), known)]
                continue
            i, j = self._numbered((left, right), known)
            guard = (RELATIONS[relation], i, j)
            if isinstance(getattr(place, side), Refusal):
                return False
            constant = self.value(i) is not None and self.value(j) is not None
            if guard in answers or constant:
                continue  # asked before on this path, or always the same
            answers.add(guard)
            path = getattr(place, side)
            if path is None:
                path = Guard(*guard)
                setattr(place, side, path)
            if not isinstance(path, Guard) or (path.relation, path.left, path.right) != guard:
                raise _contradiction()
            place, side = path, "yes" if answer else "no"
        return self._end(place, side, Result(self._numbered(outputs, known), structure, self.count, noted))

    def _end(self, place: Any, side: str, end: Result | Refusal) -> bool:
        there = getattr(place, side)
        if there is not None:
            if not _alike(there, end):
                raise _contradiction()
            return False
        if self.count == MOST_PATHS:
            raise RuntimeError(
                f"expected at most {MOST_PATHS} paths through the comparisons of one function, got one more; choose "
                "by maximum, minimum, clamp or relu, each of which is a single op, or do without compile"
            )
        setattr(place, side, end)
        self.count += 1
        return True

    def _numbered(self, outputs: Any, known: dict[Value, int]) -> list[int]:
        found = iter(self.number([x for x in outputs if isinstance(x, Value)], known))
        return [next(found) if isinstance(x, Value) else self.constant(x) for x in outputs]

    # The plainest way to run it.

    def interpret(self, inputs: dict[tuple[str, int], Any]) -> Any:
        """What it computes from these inputs, floats or Values. GuardFailed where they go where no trace went."""
        known: dict[int, Any] = {}
        path = self.end(inputs, known)
        if path is None:
            raise GuardFailed
        if isinstance(path, Refusal):
            raise Unrepeatable(path.reason)
        self._compute([i for _, i in path.noted], inputs, known)
        note(*[x for kind, i in path.noted if kind == "noted" and isinstance(x := known[i], Value)])
        return rebuilt(path.structure, iter(self._compute(path.numbers, inputs, known)))

    def end(self, inputs: dict[tuple[str, int], Any], known: dict[int, Any] | None = None) -> Result | Refusal | None:
        """Where the path of these inputs ends, None if nobody knows; what it is found by is added to the `known`."""
        known, path = {} if known is None else known, self.path
        while isinstance(path, Guard):
            left, right = self._compute((path.left, path.right), inputs, known)
            path = path.yes if COMPARE[path.relation](left, right) else path.no
        return path

    def _compute(self, roots: Sequence[int], inputs: dict[tuple[str, int], Any], known: dict[int, Any]) -> list[Any]:
        for i in self.reachable(roots, known):
            op, operands = self.ops[i], self.operands[i]
            if op is not None:
                known[i] = op(*[known[x] for x in operands])
            else:
                known[i] = inputs[operands] if isinstance(operands, tuple) else operands
        return [known[i] for i in roots]


def _alike(there: Path, end: Result | Refusal) -> bool:
    """Whether a path may end so where it led `there` before. An error that is caught ends it for those who meet it."""
    if isinstance(there, Result) and isinstance(end, Result):
        return (there.numbers, there.structure) == (end.numbers, end.structure)
    return isinstance(there, Refusal) or isinstance(end, Refusal)


def _contradiction() -> RuntimeError:
    return RuntimeError(
        "expected the same comparisons and the same result from the same arguments, got others: the function reads "
        "something that changes (a random number, a counter, a clock); pass that as an argument"
    )
