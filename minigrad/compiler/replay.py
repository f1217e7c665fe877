"""Replay: a function made of numbered expressions, to stand in for one that could not come along.

A program that is pickled leaves its function behind, which may be a lambda or know half of the world. What was learned
of it goes: ops by name, constants, the ways through it, its parameters by value. From that a function is put together
that does the same on Values, and the generated code is written anew. So no text is ever run that came out of a pickle.
"""

from __future__ import annotations

from ..engine import Value
from ..machinery.recorder import note
from .expressions import ROWS, Expressions
from .names import name_of
from .plans import Plan
from .tracing import flattened, rebuilt
from .ways import RELATIONS, Check, Result, Tree, Way, unfolded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Replay:
    """The function that the plans describe, for arguments of their shapes and along the ways they know."""

    def __init__(self, name: str, doc: str | None, plans: list[Any]) -> None:
        self.__name__, self.__doc__ = name, doc
        self.plans = {}
        self.captured: dict[Value, str] = {}
        for shape, names, captured, (calls, turns) in plans:
            plan = Plan(self, shape)
            plan.names, plan.captured = [*names], dict(captured)
            plan.calls, plan.turns = _restored(*calls), turns and _restored(*turns)
            self.plans[shape] = plan
            self.captured |= plan.captured

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """What the function returned, of Values or numbers."""
        shape, numbers = flattened((args, kwargs))
        if shape not in self.plans:
            raise RuntimeError(
                f"expected arguments in a shape {self.__name__} was called with before it was pickled, got others; "
                "call it with such arguments first, then pickle it"
            )
        plan = self.plans[shape]
        inputs = {("argument", k): x for k, x in enumerate(numbers)}
        inputs |= {("parameter", k): x for k, x in enumerate(plan.captured)}
        return _Run(plan.calls.expressions, inputs).along(plan.calls.way, self.__name__)


class _Run:
    """One evaluation of expressions on numbers and Values."""

    def __init__(self, expressions: Expressions, inputs: dict[tuple[str, int], Any]) -> None:
        self.expressions, self.inputs = expressions, inputs
        self.known: dict[int, Any] = {}

    def along(self, way: Way, name: str) -> Any:
        while isinstance(way, Check):
            left, right = self.computed([way.left, way.right])
            relation = {sign: compare for compare, sign in RELATIONS.items()}[way.relation]
            way = way.yes if relation(left, right) else way.no
        if way is None:
            raise RuntimeError(
                f"expected {name} to go one of the ways it went before it was pickled, got another: its comparisons "
                "fall differently; call it with such arguments before it is pickled"
            )
        for node in self.computed(way.noted):
            if isinstance(node, Value):
                note(node)
        return rebuilt(way.shape, iter(self.computed(way.numbers)))

    def computed(self, roots: Any) -> list[Any]:
        ops, operands = self.expressions.ops, self.expressions.operands
        needed: set[int] = set()
        stack = [*roots]
        while stack:
            i = stack.pop()
            if i not in needed and i not in self.known:
                needed.add(i)
                stack += operands[i] if ops[i] is not None else ()
        for i in sorted(needed):
            if (op := ops[i]) is not None:
                self.known[i] = op(*[self.known[x] for x in operands[i]])
            else:
                self.known[i] = self.inputs[operands[i]] if isinstance(operands[i], tuple) else operands[i]
        return [self.known[i] for i in roots]


# --- To plain data and back -----------------------------------------------------------------------------------------


def described(plan: Plan) -> Any:
    """The plan as plain data. Raises TypeError for an op that is not minigrad's own."""
    trees = [tree and _described(plan, tree) for tree in (plan.calls, plan.turns)]
    return plan.shape, plan.names, [*plan.captured.items()], trees


def _described(plan: Plan, tree: Tree) -> Any:
    names = {op: name for name, op in ROWS.items()}
    expressions = []
    for op, operands in zip(tree.expressions.ops, tree.expressions.operands, strict=True):
        if op is not None and op not in names:
            raise TypeError(
                f"cannot pickle {name_of(plan.f)}: {op!r} is not an op of minigrad's own; pickle the numbers it works "
                "on, and compile it where it is to run"
            )
        expressions.append((op and names[op], operands))
    parts = unfolded(tree.way)[::-1]  # each behind those it leads to
    places: dict[int, int] = {}
    for k, part in enumerate(parts):
        places.setdefault(id(part), k)  # every gap is the same None, which stands first where it is first needed
    ways: list[Any] = []
    for way in parts:
        if isinstance(way, Check):
            ways.append((way.relation, way.left, way.right, places[id(way.yes)], places[id(way.no)]))
        else:
            ways.append(way and (way.numbers, way.shape, way.index, way.noted))
    return expressions, ways


def _restored(expressions: list[Any], ways: list[Any]) -> Tree:
    """The tree from plain data; KeyError and the like if that is no description of one."""
    tree = Tree()
    numbers: list[int] = []
    for name, operands in expressions:
        if name is not None:
            number = tree.expressions.apply(ROWS[name], *[numbers[i] for i in operands])
        elif isinstance(operands, tuple):
            number = tree.expressions.input(*operands)
        else:
            number = tree.expressions.constant(float(operands))
        numbers.append(number)
    made: list[Way] = []
    for way in ways:
        if way is not None and isinstance(way[0], str):
            relation, left, right, yes, no = way
            check = Check({sign: sign for sign in RELATIONS.values()}[relation], numbers[left], numbers[right])
            check.yes, check.no = made[yes], made[no]
            made.append(check)
        else:
            made.append(way and Result([numbers[i] for i in way[0]], way[1], int(way[2]), [numbers[i] for i in way[3]]))
    tree.way, tree.count = made[-1], sum([isinstance(way, Result) for way in made])
    return tree
