"""Formulas: text such as "y = a * exp(-k * t) + c" as a function of columns and parameters.

What may stand in one is listed here: numbers, names, + - * / **, parentheses, and the library's functions. Text is
never run: it is cut into words, read by `ast`, and what that finds is applied step by step, from a list of what is
allowed. All else is a ValueError that says where it stands.

>>> formula = Formula("y = a * exp(-k * t) + c", ["t", "y"])
>>> formula.columns, formula.parameters
(('y', 't'), ('a', 'k', 'c'))
>>> formula.right({"t": 0.0, "a": 2.0, "k": 1.0, "c": 3.0})
5.0
"""

from __future__ import annotations

import ast
import inspect
import math
import operator
import re

from .operations import BINARY, COMPARE, UNARY, compared, listed
from .words import CONSTANTS, FUNCTIONS, LISTS, checked, refuse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any, NoReturn

    Step = tuple[str, Any, int]  # what to do, with what, and how many results it takes
    Operand = tuple[ast.expr, str]  # and what it may be beside a number: a comparison, a list


class Formula:
    """A formula, left = right, in which each name is a column, a constant, a function or a parameter.

    `columns` and `parameters` are the names in the order in which they appear. `left` and `right` are `Expression`s.
    Names that are columns are columns; `pi` and `e` are constants; what is called is a function; the rest are
    parameters. Raises ValueError for what is no formula, with the place in the text.

    >>> Formula("log(y) = a + b * x", ["x", "y"]).parameters
    ('a', 'b')
    >>> Formula("y = a * x.real", ["x", "y"])
    Traceback (most recent call last):
    ValueError: expected numbers, names, + - * / ** and functions, got '.', at character 10 here: y = a * x>>.<<real
    """

    __slots__ = ("text", "left", "right", "columns", "parameters")

    def __init__(self, text: str, columns: Iterable[str]) -> None:
        known = tuple(columns)
        self.text = text
        equals = checked(text, known)
        self.left = Expression(text, 0, equals)
        self.right = Expression(text, equals + 1, len(text))
        names = dict.fromkeys([*self.left.names, *self.right.names])
        self.columns = tuple([name for name in names if name in known])
        self.parameters = tuple([name for name in names if name not in known and name not in CONSTANTS])
        for name, place in self.left.names.items():
            if name in self.parameters:
                refuse(text, place, name, f"columns on the left side ({', '.join(known)})")
        if not any(name in known for name in self.left.names):
            refuse(text, 0, text[:equals].strip(), f"a column on the left side ({', '.join(known)})")

    @property
    def measured(self) -> tuple[str, ...]:
        """The columns on the left side."""
        return tuple([name for name in self.columns if name in self.left.names])

    def __repr__(self) -> str:
        return f"Formula({self.text!r})"


class Expression:
    """One side of a formula, as steps for a stack, so that no formula is too deep to be computed.

    `names` maps the names in it to where they stand first. Call it with their numbers, or Values.
    """

    __slots__ = ("names", "steps")

    def __init__(self, text: str, start: int, end: int) -> None:
        self.names: dict[str, int] = {}
        self.steps = _Reader(text, start, end, self.names).read()

    def __call__(self, numbers: Mapping[str, Any]) -> Any:
        """The value for these numbers by name. Constants need not be among them."""
        return _run(self.steps, {**CONSTANTS, **numbers})


def _run(steps: Sequence[Step], numbers: Mapping[str, Any]) -> Any:
    stack: list[Any] = []
    for kind, what, count in steps:
        if kind == "number":
            stack.append(what)
        elif kind == "name":
            stack.append(numbers[what])
        elif kind == "where":  # the other side is left alone: it may not be defined here
            stack.append(_run(what[0] if stack.pop() else what[1], numbers))
        else:
            operands = stack[len(stack) - count :]
            del stack[len(stack) - count :]
            stack.append(what(*operands))
    return stack.pop()


class _Reader:
    """Writes the steps of an expression, operands before what takes them."""

    def __init__(self, text: str, start: int, end: int, names: dict[str, int]) -> None:
        piece = re.sub(r"\s", " ", text[start:end])
        self.text, self.names, self.piece = text, names, piece.strip()
        self.offset = start + len(piece) - len(piece.lstrip())

    def read(self) -> list[Step]:
        if not self.piece:
            refuse(self.text, self.offset, "nothing", "a formula on both sides of =")
        try:
            tree = ast.parse(self.piece, mode="eval").body
        except SyntaxError as error:
            column = min(max(0, (error.offset or 1) - 1), len(self.piece) - 1)
            refuse(self.text, self.offset + column, self.piece[column], f"a formula as in Python ({error.msg})")
        except (RecursionError, MemoryError):
            refuse(self.text, self.offset, self.piece, "a formula that is nested less deeply")
        found = self.steps(tree)
        places = sorted(self.names.items(), key=operator.itemgetter(1))
        self.names.clear()
        self.names.update(places)
        return found

    def steps(self, tree: ast.expr) -> list[Step]:
        """Each node before its operands, from the right; turned round, operands come first, from the left."""
        todo: list[Operand] = [(tree, "")]
        steps = []
        while todo:
            step, operands = self.step(*todo.pop())
            steps.append(step)
            todo += operands
        return steps[::-1]

    def step(self, node: ast.expr, also: str) -> tuple[Step, list[Operand]]:
        """What a node does, and its operands. `also` is what may stand there beside a number."""
        reader = getattr(self, f"on_{type(node).__name__.lower()}", None)
        found: tuple[Step, list[Operand]] | None = reader and reader(node, also)
        return found or self.refuse(node, "numbers, names, + - * / ** and calls of functions")

    def on_constant(self, node: ast.Constant, _also: str) -> Any:
        return (("number", self.number(node), 0), []) if type(node.value) in (int, float) else None

    def on_name(self, node: ast.Name, _also: str) -> Any:
        self.names[node.id] = min(self.names.get(node.id, len(self.text)), self.place(node))
        return ("name", node.id, 0), []

    def on_binop(self, node: ast.BinOp, _also: str) -> Any:
        sign = BINARY.get(type(node.op))
        return sign and (("apply", sign, 2), [(node.left, ""), (node.right, "")])

    def on_unaryop(self, node: ast.UnaryOp, _also: str) -> Any:
        return ("apply", UNARY[type(node.op)], 1), [(node.operand, "")]

    def on_compare(self, node: ast.Compare, also: str) -> Any:
        operands = [node.left, *node.comparators]
        whole = compared([COMPARE[type(op)] for op in node.ops])
        return (("apply", whole, len(operands)), [(x, "") for x in operands]) if also == "condition" else None

    def on_list(self, node: ast.List, also: str) -> Any:
        return (("apply", listed, len(node.elts)), [(x, "") for x in node.elts]) if also == "list" else None

    def on_subscript(self, node: ast.Subscript, _also: str) -> Any:
        match node.value:
            case ast.Call(func=ast.Name(id="softmax"), args=[ast.List() as many]):
                index = self.index(node.slice, len(many.elts))
                return ("apply", operator.itemgetter(index), 1), [(node.value, "one of")]
        return None

    def on_call(self, node: ast.Call, also: str) -> Any:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name not in FUNCTIONS or node.keywords:
            self.refuse(node, "one of the functions, such as exp, log, sin and sqrt")
        if name == "where":
            return self.where(node)
        if name == "softmax" and also != "one of":
            self.refuse(node, "one of the numbers of softmax([...]), as softmax([...])[0]")
        for x in node.args:
            if isinstance(x, ast.List) is not (name in LISTS):
                self.refuse(x, f"{name}([...]), a list in brackets" if name in LISTS else f"numbers in {name}(...)")
        try:
            inspect.signature(FUNCTIONS[name]).bind(*node.args)
        except TypeError as error:
            self.refuse(node, f"the operands of {name} ({error})")
        return ("apply", FUNCTIONS[name], len(node.args)), [(x, "list") for x in node.args]

    def where(self, node: ast.Call) -> Any:
        """A choice between two numbers, of which only the chosen one is computed."""
        match node.args:
            case [ast.Compare() as condition, a, b]:
                return ("where", (self.steps(a), self.steps(b)), 1), [(condition, "condition")]
        return self.refuse(node, "where(x > 0, a, b): a comparison and two numbers")

    def number(self, node: ast.Constant) -> float:
        try:
            number = float(node.value)  # type: ignore[arg-type]  # int or float, as the caller saw
        except OverflowError:
            number = math.inf
        return number if math.isfinite(number) else self.refuse(node, "a number that a float can hold")

    def index(self, node: ast.expr, count: int) -> int:
        if isinstance(node, ast.Constant) and type(node.value) is int and 0 <= node.value < count:
            return node.value
        return self.refuse(node, f"a whole number from 0 to {count - 1}")

    def place(self, node: ast.expr) -> int:
        """Where a node stands in the whole text; ast counts bytes."""
        return self.offset + len(self.piece.encode()[: node.col_offset].decode())

    def refuse(self, node: ast.expr, expected: str) -> NoReturn:
        """Raise the ValueError about a node."""
        end = node.end_col_offset or node.col_offset + 1
        got = self.piece.encode()[node.col_offset : end].decode()
        refuse(self.text, self.place(node), got, expected)
