"""Operators: + - * / and ** on Values, each written out from its row of the table.

An operator could call the forward and the rule of its row, as `Value._record` does. But nearly all of a forward pass is
operators, and these calls would be a quarter of the time they take (measured: 220 ns with the calls, 165 without). So
each rule is run once, on names in place of numbers. That leaves its text, and the text goes where the call would be (in
`**` it calls the helpers that the row names, which look at the edges):

>>> parts(DIV)
('x / y', '1.0 / y', '(-out) / y')

`print(written(DIV, "truediv"))` shows what comes of it, and a traceback shows its lines.
"""

from __future__ import annotations

from .. import ops
from ..ops import ADD, DIV, MUL, POW, SUB, Op, beside
from .recorder import LIVE, computed, failed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Protocol, TypeVar

    S = TypeVar("S")

    class Operator(Protocol):
        """A method of one operand, which gives what it is a method of: a Value."""

        def __get__(self, instance: S, owner: Any) -> Callable[[Any], S]:
            """The method of an instance."""


# --- The text of an operator ----------------------------------------------------------------------------------------

OPERATOR = """\
def __{name}__(left, right):
    x = left._number
    if right.__class__ is Value:
        y = right._number
    elif right.__class__ is float:
        y = right
    else:  # another kind of number, or a class made from Value
        y = right._number if isinstance(right, Value) else (right := beside(right))
        if y is NotImplemented:
            return y
    try:
        out = {out}
        node = new(Value)
        node._number = out
        node._da = {da}
        node._db = None if y is right else {db}  # none to a constant, which is its own number
    {rest}


def __r{name}__(right, left):  # what Python asks the right operand for, in `2 * y`
    x = left = beside(left)
    if x is NotImplemented:
        return x
    y = right._number
    try:
        out = {out}
        node = new(Value)
        node._number = out
        node._da = None
        node._db = {db}
    {rest}
"""

# What both end with, and whose first line stands where {rest} does.
REST = """\
except (ArithmeticError, ValueError) as error:
        raise failed({row}.blame(error, x, y)) from None
    node._origin = {row}
    node._a = left
    node._b = right
    node._grad = 0.0
    node._met = None
    return node{told}"""


def parts(op: Op) -> tuple[str, str, str]:
    """The result of a row of two operands and its partial derivative in each, as Python."""
    symbol = op.code if op.forward.__module__ == "_operator" else None  # what is not Python's own operator is called
    out = symbol.format("x", "y") if isinstance(symbol, str) else f"{op.name}(x, y)"
    da, db = op.partials(Name("out"), Name("x"), Name("y"))
    return out, repr(da), repr(db)


class Name:
    """What a rule is run on in place of a number: a name, or the text that arithmetic has made of names."""

    def __init__(self, text: str, atom: bool = True) -> None:
        self.text, self.atom = text, atom

    def __repr__(self) -> str:
        return self.text

    # fmt: off
    def __neg__(self) -> Name: return Name(f"-{_operand(self)}", atom=False)
    def __sub__(self, other: Any) -> Name: return Name(f"{_operand(self)} - {_operand(other)}", atom=False)
    def __truediv__(self, other: Any) -> Name: return Name(f"{_operand(self)} / {_operand(other)}", atom=False)
    def __rtruediv__(self, other: Any) -> Name: return Name(f"{_operand(other)} / {_operand(self)}", atom=False)
    # fmt: on

    def _record(self, op: Op, operands: tuple[Any, ...]) -> Name:  # what a row does when it is called with a Name
        return Name(f"{op.name}({', '.join(map(repr, operands))})")


def _operand(x: Any) -> str:
    return f"({x!r})" if isinstance(x, Name) and not x.atom else repr(x)


# --- From text to functions -----------------------------------------------------------------------------------------


class Source:
    """Python that is in no file. Where a function's globals have it for a `__spec__`, tracebacks ask it for lines.

    (Up to Python 3.14 a `__loader__` would do.)
    """

    def __init__(self, text: str) -> None:
        self.text = text

    @property
    def loader(self) -> Source:
        """What a spec names as the loader, here itself; an attribute would be a cycle in memory."""
        return self

    def get_source(self, _: str) -> str:
        """All of it; the name is that of a module, as loaders have it."""
        return self.text


def written(op: Op, name: str) -> str:
    """The operator of a row, and its reflected twin, under the names that Python has for them."""
    out, da, db = parts(op)
    told = "" if op in (ADD, SUB, MUL) else " if not LIVE else computed(node)"  # which may raise: for a trace
    rest = REST.format(row=op.name.upper(), told=told)
    return OPERATOR.format(name=name, out=out, da=da, db=db, rest=rest)


_SYMBOLS = {"add": ADD, "sub": SUB, "mul": MUL, "truediv": DIV, "pow": POW}
_TEXT = Source("\n\n".join([written(op, name) for name, op in _SYMBOLS.items()]))

# What the text may name: the rows in capitals, their forwards in small letters. `engine.py` adds Value.
SCOPE: dict[str, Any] = {"__name__": "minigrad.operators.text", "__spec__": _TEXT}
SCOPE |= {"beside": beside, "failed": failed, "computed": computed, "LIVE": LIVE}
SCOPE["new"] = object.__new__  # makes a Value without the checks of its __init__: the result of an op is a float
for _row in [row for row in vars(ops).values() if isinstance(row, Op)]:
    SCOPE |= {_row.name.upper(): _row, _row.name: _row.forward}
exec(compile(_TEXT.text, f"{__file__}, written out", "exec"), SCOPE)


def operators(name: str) -> tuple[Operator, Operator]:
    """The operator of that name, and its reflected twin."""
    return SCOPE[f"__{name}__"], SCOPE[f"__r{name}__"]
