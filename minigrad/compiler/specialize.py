"""Specialize: all that is known of a function for arguments of one structure, and how its code learns.

A `Specialization` holds what traces have shown, as a `Closed` for a call and one for an iteration of the loop over
rows, and the code made from that. `Answering` is how every question is put to generated code, about a call or a table:
try it; where a guard fails, trace, and try again; where that does not help, ask the original.
"""

from __future__ import annotations

from _thread import RLock

from ..engine import Value
from ..machinery.trees import mapped, names_in, rebuilt
from .code import Code, code, source
from .derive import row_gradient
from .errors import FAILURES, GuardFailed
from .ir import Closed
from .names import argument_names, captured_names, name_of
from .target import Target
from .trace import Trace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

MOST_SPECIALIZATIONS = 256  # more structures than that are no accident


class Answering:
    """Whatever generated code answers questions for: the one loop of trace and retry, and the one way out of it.

    `attempt(question)` runs the code and raises GuardFailed where it knows no path, with what bailed out as arguments.
    `trace(question, *bailed_out)` has it learn; False if that showed nothing new, because a jit computes otherwise than
    Python, or another thread was faster. `fallback(question)` runs the original, for the error that names op and
    operands, or for what code cannot say, as at the pole of a derivative.
    """

    __slots__ = ()

    attempt: Callable[..., Any]
    trace: Callable[..., bool]
    fallback: Callable[..., Any]

    def answer(self, question: Any) -> Any:
        """What the code answers; traced where a guard fails, and the original's answer where that does not help."""
        failure = None
        while True:
            try:
                return self.attempt(question)
            except GuardFailed as failed:
                bailed_out = failed.args
            except FAILURES as error:
                failure = error
                break
            if not self.trace(question, *bailed_out):
                break
        try:
            return self.fallback(question)
        except FAILURES as error:
            raise error from failure
        finally:
            failure = None  # which refers to this frame, which refers to it


class Specialization(Answering):
    """A function for arguments of one structure. It answers calls; the question is the numbers in their arguments.

    `parameters` are the leaves that `f` knows without being passed them, with their names; they are inputs of the code
    like the arguments. `call` is f itself, `row` the loss and gradient of a row, once somebody asks for that. `traces`
    and `fallbacks` count how often `f` ran.
    """

    __slots__ = (
        "f",
        "structure",
        "target",
        "arguments",
        "parameters",
        "call",
        "row",
        "traces",
        "fallbacks",
        "_known_names",
        "_made",
        "_lock",
    )

    def __init__(self, f: Callable[..., Any], structure: Any, target: Target) -> None:
        self.f, self.structure, self.target = f, structure, target
        self.parameters: dict[Value, str] = {}
        self.call = Closed()
        self.row: Closed | None = None
        self.traces = self.fallbacks = 0
        self._known_names: dict[Value, str] | None = None
        self._made: dict[Any, Code] = {}
        self._lock = RLock()  # tracing runs `f`, which may come back here
        _, (_, *args), (_, keys, *kwargs) = structure
        named = [*zip(argument_names(f, len(args)), args, strict=True), *zip(keys, kwargs, strict=True)]
        self.arguments = [leaf for name, branch in named for leaf in names_in(branch, name)]

    # What `answer` asks for.

    def attempt(self, numbers: Sequence[float]) -> Any:
        """What the code gives for these numbers. Raises GuardFailed if they go where nobody went yet."""
        made = self._made.get(("call", self.target))
        if made is None or made.count != self.call.count:
            if not self.call.count:
                raise GuardFailed
            made = self.code("call")
        result = made.function(*numbers, *[p._number for p in made.parameters])
        return made.convention.decoded(result) if made.convention.tagged else result

    def trace(self, numbers: Sequence[float], with_row: bool = False) -> bool:
        """Run `f` on Values that hold these numbers; whether that showed a path that was new."""
        with self._lock:
            trace = self._traced(numbers)
            self._find_parameters(trace, numbers)
            inputs = {x: ("argument", k) for k, x in enumerate(trace.inputs)}
            inputs |= {x: ("parameter", k) for k, x in enumerate(self.parameters)}
            new = _add(self.call, trace, trace.outputs, inputs)
            if with_row:
                self._check_loss(trace)
                outputs, further = row_gradient(trace, self.parameters)
                self.row = self.row or Closed()
                new = _add(self.row, trace, outputs, inputs | further)
            return new

    def fallback(self, numbers: Sequence[float]) -> Any:
        """What the original gives for these numbers, and that it ran is counted."""
        self.fallbacks += 1
        return mapped(lambda x: x.data if isinstance(x, Value) else x, self.original(numbers))

    def original(self, numbers: Sequence[float]) -> Any:
        """What `f` gives for Values that hold these numbers."""
        args, kwargs = rebuilt(self.structure, iter([Value(x) for x in numbers]))
        return self.f(*args, **kwargs)

    # Tracing.

    def _traced(self, numbers: Sequence[float]) -> Trace:
        self.traces += 1
        return Trace(self.f, self.structure, numbers)

    def _find_parameters(self, trace: Trace, numbers: Sequence[float]) -> None:
        """Tell parameters, which outlast the run, from leaves that `f` makes anew in each run: those are constants."""
        leaves = [x for x in trace.leaves() if x not in self.parameters]
        if not leaves:
            return
        if self._known_names is None:
            self._known_names = captured_names(self.f)
        if any(x not in self._known_names for x in leaves):
            again = {*self._traced(numbers).leaves()}
            leaves = [x for x in leaves if x in again]
        for x in leaves:
            self.parameters[x] = self._known_names.get(x) or x.label or ""

    def _check_loss(self, trace: Trace) -> None:
        if trace.structure is not float:
            got = rebuilt(trace.structure, iter(trace.outputs))
            raise TypeError(
                f"expected {name_of(self.f)} to return one number, the loss of a row, got {got!r:.100} "
                f"({type(got).__name__}); return the loss itself"
            )

    def knows_parameters(self, numbers: Sequence[float]) -> bool:
        """Whether the function computes with Values that it is not passed; from here on it has a `row`."""
        if self.row is None or not self.row.count:
            self.trace(numbers, with_row=True)
        return bool(self.parameters)

    # Code.

    def code(self, kind: str, target: Target | None = None) -> Code:
        """The code for a `call`, or the `loop` over rows, with every path that is known by now."""
        target = target or self.target
        closed: Any = self.call if kind == "call" else self.row
        made = self._made.get((kind, target))
        if made is None or made.count != closed.count:
            with self._lock:
                made = code(kind, closed, target, name_of(self.f), self.arguments, self.parameters)
                self._made[kind, target] = made
        return made

    def source(self) -> str:
        """The text of the functions for this structure."""
        known = [
            (kind, closed) for kind, closed in (("call", self.call), ("loop", self.row)) if closed and closed.count
        ]
        name, arguments = name_of(self.f), self.arguments
        return "\n\n".join(
            [source(kind, closed, self.target, name, arguments, self.parameters) for kind, closed in known]
        )


def _add(closed: Closed, trace: Trace, outputs: list[Any], inputs: dict[Value, tuple[str, int]]) -> bool:
    known = {x: closed.input(*where) for x, where in inputs.items()}
    return closed.learn(trace.guards, outputs, trace.structure, known)


def specialized(
    known: dict[Any, Specialization], structure: Any, f: Callable[..., Any], target: Target
) -> Specialization:
    """The specialization for this structure, which is put among the `known`. RuntimeError if that makes too many."""
    if structure not in known:
        if len(known) == MOST_SPECIALIZATIONS:
            raise RuntimeError(
                f"expected {name_of(f)} to be called with at most {MOST_SPECIALIZATIONS} structures of arguments, got "
                "one more; pass what varies as numbers, lists of one length, or call the original, .__wrapped__"
            )
        known[structure] = Specialization(f, structure, target)
    return known[structure]
