"""Plans: all that is known of one function for arguments of one shape, and the code made from it.

A plan learns: each run of the function on Values (a `Trace`) adds a way, and the code is written anew with it.
"""

from __future__ import annotations

from _thread import RLock
from types import FunctionType

from ..engine import Value, gradients
from . import doors
from .codegen import Writer, function_from, reserved
from .frames import CallFrame, LoopFrame
from .names import Names, argument_names, captured_names, name_of
from .tracing import NewWay, Trace, names_in, rebuilt
from .ways import Tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any


class Plan:
    """Arguments of one shape: the trees for `f` itself and for `backward(rows)`, and the functions made from them.

    `captured` are the leaves that `f` knows without being passed them; they are inputs of the code like the arguments.
    """

    __slots__ = ("f", "shape", "names", "captured", "known_names", "calls", "turns", "made", "lock")

    def __init__(self, f: Callable[..., Any], shape: Any) -> None:
        self.f, self.shape = f, shape
        self.captured: dict[Value, str] = {}
        self.known_names: dict[Value, str] | None = None
        self.calls = Tree()
        self.turns: Tree | None = None
        self.made: dict[Any, Any] = {}
        self.lock = RLock()  # tracing runs `f`, which may come back here
        _, (_, *args), (_, keys, *kwargs) = shape
        named = [*zip(argument_names(f, len(args)), args, strict=True), *zip(keys, kwargs, strict=True)]
        self.names = [leaf for name, branch in named for leaf in names_in(branch, name)]

    # Learning.

    def learn(self, numbers: Sequence[float], with_loop: bool = False) -> bool:
        """Run `f` on Values that hold these numbers; whether that showed a way that was new."""
        with self.lock:
            return self._learn(numbers, with_loop)

    def _learn(self, numbers: Sequence[float], with_loop: bool) -> bool:
        trace = Trace(self.f, self.shape, numbers)
        self._find_captured(trace, numbers)
        inputs = {x: ("argument", k) for k, x in enumerate(trace.inputs)}
        inputs |= {x: ("parameter", k) for k, x in enumerate(self.captured)}
        new = self._add(self.calls, trace.checks, trace.outputs, trace.shape, inputs)
        if with_loop:
            self.turns = self.turns or Tree()
            new = self._add(self.turns, *self._adjoint(trace, inputs), inputs)
        return new

    def _add(self, tree: Tree, checks: Any, outputs: Any, shape: Any, inputs: dict[Value, tuple[str, int]]) -> bool:
        known = {x: tree.expressions.input(*where) for x, where in inputs.items()}
        new = tree.learn(checks, outputs, shape, known)
        if new:
            self.made.clear()
        return new

    def _find_captured(self, trace: Trace, numbers: Sequence[float]) -> None:
        """Tell parameters, which outlast the run, from leaves that `f` makes anew in each run: those are constants."""
        leaves = [x for x in trace.leaves() if x not in self.captured]
        if not leaves:
            return
        if self.known_names is None:
            self.known_names = captured_names(self.f)
        if any(x not in self.known_names for x in leaves):
            again = {*Trace(self.f, self.shape, numbers).leaves()}
            leaves = [x for x in leaves if x in again]
        for x in leaves:
            self.captured[x] = self.known_names.get(x) or x.label or ""

    def _adjoint(self, trace: Trace, inputs: dict[Value, tuple[str, int]]) -> tuple[Any, list[Any], Any]:
        """The checks and outputs of one turn of the loop: the loss, and the gradient so far with a row's terms added.

        `gradients` adds up what flows into a leaf; so that it begins with what is there already, that flows in too, and
        first: as the slope of `p * so_far`, the last term of the sum.
        """
        if trace.shape is not float:
            got = rebuilt(trace.shape, iter(trace.outputs))
            raise TypeError(
                f"expected {name_of(self.f)} to return one number, the loss of a row, got {got!r:.100} "
                f"({type(got).__name__}); return the loss itself"
            )
        (loss,) = trace.outputs
        share, so_far = Value(1.0), [Value(0.0) for _ in self.captured]
        inputs[share] = ("share", 0)
        inputs |= {x: ("gradient", k) for k, x in enumerate(so_far)}

        def turn() -> list[Value]:
            total = loss * share
            for p, start in zip(self.captured, so_far, strict=True):
                total = total + p * start
            return gradients(total, [*self.captured])

        slopes = trace.record(turn)
        return trace.checks, [loss, *slopes], float

    # Running.

    def call(self, numbers: Sequence[float], jit: Callable[..., Any] | None) -> Any:
        """The result for these numbers. Raises NewWay if they go where nobody went yet."""
        if self.calls.way is None:
            raise NewWay
        function, frame, _, captured = self.function("call", jit)
        result = function(*numbers, *[p._number for p in captured])
        if not frame.coded:
            return result
        index, *results = result
        if index < 0:
            raise NewWay
        way = frame.ends[index]
        return rebuilt(way.shape, iter(results))

    def knows_parameters(self, numbers: Sequence[float]) -> bool:
        """Whether the function computes with Values that it is not passed."""
        if self.turns is None:
            self.learn(numbers, with_loop=True)
        return bool(self.captured)

    def text(self, jit: Callable[..., Any] | None) -> str:
        """The source of the functions for this shape."""
        kinds = [kind for kind, tree in (("call", self.calls), ("loop", self.turns)) if tree and tree.way]
        return "\n\n".join([self.write(kind, jit is not None)[0] for kind in kinds])

    def door(self, general: Callable[..., Any], jit: Callable[..., Any] | None) -> Any:
        """What stands between a call and the function; None if such calls are for `general`."""
        return doors.door(self, general, jit)

    # Making.

    def function(self, kind: str, jit: Callable[..., Any] | None) -> Any:
        """The function for a call, or the loop, as it can be made now: (function, frame, source, its parameters)."""
        key = (kind, jit is not None)
        made = self.made.get(key)
        if made is None:
            with self.lock:
                made = self.made[key] = self._make(kind, jit)
        return made

    def _make(self, kind: str, jit: Callable[..., Any] | None) -> Any:
        source, name, scope, frame = self.write(kind, jit is not None)
        # Each text has a name of its own, for the lines of an older one may still be in use.
        filename = f"<minigrad {name} {hash(source) & 0xFFFFFFFFFFFF:x}>.{kind}{'.jit' * (jit is not None)}"
        if jit is not None:
            scope = {key: jitted(x, jit) for key, x in scope.items()}
        function = function_from(source, name, scope, filename)
        return (function if jit is None else jit(function)), frame, source, [*self.captured]

    def write(self, kind: str, jit: bool) -> tuple[str, str, dict[str, Any], Any]:
        """The text of a function, its name, its globals and the frame that wrote it."""
        tree = self.calls if kind == "call" or self.turns is None else self.turns
        names = Names(reserved(tree.expressions).union(LoopFrame.NAMES if kind == "loop" else doors.NAMES))
        called = {op.name for op in tree.expressions.ops if op is not None}
        name = Names(names.taken | called).new(name_of(self.f), "f")
        inputs = {("argument", k): names.new(wanted, f"x{k}") for k, wanted in enumerate(self.names)}
        wanted_names = enumerate(self.captured.values())
        inputs |= {("parameter", k): names.new(wanted, f"p{k}") for k, wanted in wanted_names}
        if kind == "loop":
            name += "_backward"
            for k in range(len(self.captured)):
                inputs["gradient", k] = names.new(f"{inputs['parameter', k]}_grad", "grad")
            inputs["share", 0] = "share"
        writer = Writer(tree.expressions, tree.way, inputs, names)
        frame = (CallFrame if kind == "call" else LoopFrame)(name, inputs, jit)
        frame.write(writer)
        return "\n".join(writer.lines) + "\n", name, writer.globals, frame


def jitted(x: Any, jit: Callable[..., Any]) -> Any:
    """`x`, decorated if it is a function written in Python, and so are those that it calls."""
    x = getattr(x, "__wrapped__", x)
    if not isinstance(x, FunctionType):
        return x
    scope = {name: value for name, value in x.__globals__.items() if name in x.__code__.co_names}
    called = {name: jitted(value, jit) for name, value in scope.items() if value is not x}
    return jit(FunctionType(x.__code__, x.__globals__ | called, x.__name__, x.__defaults__, x.__closure__))
