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
from .errors import GuardFailed
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

    It knows the paths that were traced when it was written, of which there were `count`. Calls on paths that it lacks
    can be interpreted; `missed` counts them.
    """

    __slots__ = ("function", "source", "parameters", "convention", "count", "missed")

    def __init__(self, function: Any, source: str, parameters: list[Value], convention: Any, count: int) -> None:
        self.function, self.source, self.parameters = function, source, parameters
        self.convention, self.count, self.missed = convention, count, 0

    def answer(self, numbers: Sequence[float]) -> Any:
        """What the function gives for the numbers of arguments and parameters. Raises GuardFailed or Unrepeatable."""
        result = self.function(*numbers)
        return self.convention.decoded(result) if self.convention.tagged else result

    def lags(self, closed: Closed, parameters: int) -> bool:
        """Whether it lacks so much of what is known by now that it is to be written anew.

        It is written whole. So k paths, written as each is learned, would take the time of k**2: past `SOON` paths it
        waits until it lacks as many as it has, or was asked that often for what it lacks.
        """
        lacks = closed.count - self.count
        if not lacks:
            return False
        new = len(self.parameters) < parameters  # which it takes, and hands over on all its paths
        return new or self.count < SOON or max(self.missed, lacks) >= self.count

    def interpreted(self, closed: Closed, parameters: int, numbers: Sequence[float]) -> Any:
        """What the closed function gives on a path that this lacks. GuardFailed if nobody knows that path.

        And if there are more parameters than it takes, since another thread has met some: then it is out of date.
        """
        if self.count == closed.count or len(self.parameters) < parameters:
            raise GuardFailed
        count = len(numbers) - parameters
        result = closed.interpret(inputs(numbers[:count], numbers[count:]))
        self.missed += 1
        return result


SOON = 8  # paths: with fewer the code is written anew for each


def inputs(arguments: Sequence[float], parameters: Sequence[float]) -> dict[tuple[str, int], float]:
    """The numbers that a closed function is interpreted with, by kind and index."""
    found = {("argument", k): x for k, x in enumerate(arguments)}
    return found | {("parameter", k): x for k, x in enumerate(parameters)}


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
    given = {("argument", k): names.new(wanted, f"x{k}") for k, wanted in enumerate(arguments)}
    given |= {("parameter", k): names.new(wanted, f"p{k}") for k, wanted in enumerate(parameters.values())}
    if kind == "loop":
        name += "_backward"
        for k in range(len(parameters)):
            given["gradient", k] = names.new(f"{given['parameter', k]}_grad", "grad")
        given["share", 0] = "share"
    writer = writer_class(target)(closed, target, given, names)
    made = convention(name, given)
    made.write(writer)
    return writer, made
