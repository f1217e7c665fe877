r"""Code: what is generated for one function in one calling convention, as text and as a function.

>>> from minigrad.compiler.target import PYTHON
>>> x, closed = Value(2.0), Closed()
>>> closed.learn([], [x * x], float, {x: closed.input("argument", 0)})
True
>>> made = code("call", closed, PYTHON, "square", ["x"], {})
>>> made.source, made.function(3.0)
('def square(x):\n    return x * x\n', 9.0)
"""

from __future__ import annotations

from ..engine import Value
from ..machinery.operators import Source
from .conventions import call_convention, loop_convention, writer_class
from .ir import Closed
from .names import Names
from .printer import reserved
from .target import Target

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from .printer import Writer


class Code:
    """A function made of its source, the parameters whose numbers it takes, and the convention by which it does.

    It knows the paths that were traced when it was written, of which there were `count`.
    """

    __slots__ = ("function", "source", "parameters", "convention", "count")

    def __init__(self, function: Any, source: str, parameters: list[Value], convention: Any, count: int) -> None:
        self.function, self.source, self.parameters = function, source, parameters
        self.convention, self.count = convention, count


def code(
    kind: str, closed: Closed, target: Target, name: str, arguments: Sequence[str], parameters: dict[Value, str]
) -> Code:
    """The code of a closed function for a target; `kind` is `call` or `loop`."""
    writer, convention = _written(kind, closed, target, name, arguments, parameters)
    source = _text(writer)
    # Each text has a name of its own, for the lines of an older one may still be in use.
    filename = f"<minigrad {convention.name} {hash(source) & 0xFFFFFFFFFFFF:x}>.{kind}{target.suffix}"
    scope = writer.globals
    scope |= {"__name__": convention.name, "__spec__": Source(source)}
    exec(compile(source, filename, "exec"), scope)
    return Code(target.finished(scope, convention.name), source, [*parameters], convention, closed.count)


def source(
    kind: str, closed: Closed, target: Target, name: str, arguments: Sequence[str], parameters: dict[Value, str]
) -> str:
    """The text of the same."""
    return _text(_written(kind, closed, target, name, arguments, parameters)[0])


def _text(writer: Writer) -> str:
    return "\n".join(writer.lines) + "\n"


def _written(
    kind: str, closed: Closed, target: Target, name: str, arguments: Sequence[str], parameters: dict[Value, str]
) -> tuple[Writer, Any]:
    """A writer that has written the function, and the convention by which it did."""
    convention: Any = call_convention(target, closed) if kind == "call" else loop_convention(target)
    names = Names(reserved(closed, target).union(convention.NAMES, reserved(closed, target.scalar)))
    called = {op.name for op in closed.ops if op is not None}
    name = Names(names.taken | called).new(name, "f")
    inputs = {("argument", k): names.new(wanted, f"x{k}") for k, wanted in enumerate(arguments)}
    inputs |= {("parameter", k): names.new(wanted, f"p{k}") for k, wanted in enumerate(parameters.values())}
    if kind == "loop":
        name += "_backward"
        for k in range(len(parameters)):
            inputs["gradient", k] = names.new(f"{inputs['parameter', k]}_grad", "grad")
        inputs["share", 0] = "share"
    writer = writer_class(target)(closed, target, inputs, names)
    made = convention(name, inputs)
    made.write(writer)
    return writer, made
