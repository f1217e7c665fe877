"""Specialize: all that is known of a function for arguments of one structure, and how its code learns.

A `Specialization` holds what traces have shown, as a `Closed` for a call and one for an iteration of the loop over
rows, and the code made from that.
"""

from __future__ import annotations

from ..engine import Value
from ..machinery.locks import Lock
from ..machinery.order import topological_order
from ..machinery.recorder import LIVE, Recording
from ..machinery.trees import mapped, names_in, rebuilt
from .answering import Answering
from .code import Code, code, source
from .derive import row_gradient
from .errors import GuardFailed
from .ir import Closed
from .names import argument_names, captured_names, name_of
from .target import Target
from .trace import Trace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

MOST_SPECIALIZATIONS = 256  # more structures than that are no accident


class Specialization(Answering):
    """A function for arguments of one structure. It answers calls; the question is the numbers in their arguments.

    `parameters` are the leaves that `f` knows without being passed them, with their names; they are inputs of the code
    like the arguments; `rooted`: some are results of a larger graph. `call` is f itself, `row` the loss and gradient of
    a row, once somebody asks for that; `bare`: the loss of some row is a parameter itself. `traces` and `fallbacks`
    count how often `f` ran; `written` is how many paths the code of a call has.
    """

    __slots__ = (
        "f",
        "structure",
        "target",
        "arguments",
        "parameters",
        "rooted",
        "call",
        "row",
        "bare",
        "traces",
        "fallbacks",
        "written",
        "_known_names",
        "_made",
        "_lock",
        "as_ops",
    )

    def __init__(self, f: Callable[..., Any], structure: Any, target: Target) -> None:
        self.f, self.structure, self.target = f, structure, target
        self.parameters: dict[Value, str] = {}
        self.rooted = False
        self.call = Closed()
        self.row: Closed | None = None
        self.bare = False
        self.traces = self.fallbacks = self.written = 0
        self._known_names: dict[Value, str] | None = None
        self._made: dict[Any, Code] = {}
        self.as_ops: dict[Any, Any] = {}  # by which arguments are Values, see `program_op.py`
        self._lock = Lock()
        _, (_, *args), (_, keys, *kwargs) = structure
        named = [*zip(argument_names(f, len(args)), args, strict=True), *zip(keys, kwargs, strict=True)]
        self.arguments = [leaf for name, branch in named for leaf in names_in(branch, name)]

    @property
    def lock(self) -> Any:
        """Held while it learns. Tracing runs `f`, which may come back here, and so may the same thread."""
        return self._lock.own

    # What `answer` asks for.

    def attempt(self, numbers: Sequence[float]) -> Any:
        """What the code gives for these numbers. Raises GuardFailed if they go where nobody went yet."""
        made = self._made.get(("call", self.target))
        if made is None or made.count != self.call.count:
            if not self.call.count:
                raise GuardFailed
            made = self.code("call")
        given = [*numbers, *[p._number for p in made.parameters]]
        try:
            return made.answer(given)
        except GuardFailed:
            return made.interpreted(self.call, len(self.parameters), given)

    def trace(self, numbers: Sequence[float], with_row: bool = False) -> bool:
        """Run `f` on Values that hold these numbers; whether that showed a path that was new.

        Learning is all or nothing: what is learned is put in its place when it is whole, whatever happens before.
        """
        with self.lock:
            if not with_row and self.learned_elsewhere(numbers):
                return True
            trace, inputs = self.traced(numbers)
            call, new = learned(self.call, trace, trace.outputs, trace.structure, inputs)
            row = self.row
            if with_row:
                structure = self._checked_loss(trace)
                outputs, further = row_gradient(trace, self.parameters)
                row, new = learned(row or Closed(), trace, outputs, structure, inputs | further)
                self.bare = self.bare or any(loss in self.parameters for loss in outputs[:1])
            self.call, self.row = call, row
        if new:
            self.warn(trace)
        return new

    def fallback(self, numbers: Sequence[float], failure: Exception | None = None) -> Any:
        """What the original gives for these numbers, with Values if it knows some; each run of it is counted.

        After a failure it is asked with Values, whose errors name op and operands; else with the floats themselves, as
        it is where it reads of the Values what it would not read of floats, such as their text.
        """
        if failure is not None:
            self.fallbacks += 1
            values = [Value(x) for x in numbers]
            recording = Recording(values, reads=True)
            try:
                recording.begin()
                result = self._called(values)
            except Exception:
                if not recording.events:
                    raise
            finally:
                LIVE.pop(recording, None)
                recording.end()
            if not recording.events:
                return mapped(lambda x: x._number if _rests_on(x, {*values}) else x, result)
        self.fallbacks += 1
        return self._called(numbers)

    def _called(self, numbers: Sequence[Any]) -> Any:
        args, kwargs = rebuilt(self.structure, iter(numbers))
        return self.f(*args, **kwargs)

    def original(self, numbers: Sequence[float]) -> Any:
        """What `f` gives for Values that hold these numbers."""
        return self._called([Value(x) for x in numbers])

    # Tracing.

    def traced(self, numbers: Sequence[float]) -> tuple[Trace, dict[Value, tuple[str, int]]]:
        """A trace at these numbers, and what the inputs of its code are: arguments, and the parameters it met."""
        if self._known_names is None:  # before the function runs, which may keep Values of this run somewhere
            self._known_names = captured_names(self.f)
        trace = self._run(numbers)
        self._find_parameters(trace, numbers)
        inputs = {x: ("argument", k) for k, x in enumerate(trace.inputs)}
        return trace, inputs | {x: ("parameter", k) for k, x in enumerate(self.parameters)}

    def _run(self, numbers: Sequence[float]) -> Trace:
        self.traces += 1
        return Trace(self.f, self.structure, numbers)

    def warn(self, trace: Trace) -> None:
        """Say once, when a path is learned that no generated code can go, what was met there."""
        if trace.refusal is not None:
            import warnings

            what = f"{name_of(self.f)} is not compiled where it meets {trace.refusal}"
            warnings.warn(f"{what}: calls that come that way run the original", RuntimeWarning, stacklevel=2)

    def _find_parameters(self, trace: Trace, numbers: Sequence[float]) -> None:
        """Tell parameters, which outlast the run, from leaves that `f` makes anew in each run: those are constants."""
        names = self._known_names or {}
        leaves = [x for x in trace.leaves(names) if x not in self.parameters]
        if any(x not in names for x in leaves):
            again = {*self._run(numbers).leaves(names)}
            leaves = [x for x in leaves if x in again]
        if leaves:
            self.rooted = self.rooted or any(x.op is not None for x in leaves)
            self.parameters = self.parameters | {x: names.get(x) or x.label or "" for x in leaves}

    def _checked_loss(self, trace: Trace) -> Any:
        """The structure of a loss, which is one number. TypeError if what was returned is not."""
        structure = trace.structure
        if trace.refusal is not None or structure is float:
            return structure
        got = rebuilt(structure, iter(trace.outputs))
        if got.__class__ is int:
            trace.outputs = [float(got)]
            return float
        raise TypeError(
            f"expected {name_of(self.f)} to return one number, the loss of a row, got {got!r:.100} "
            f"({type(got).__name__}); return the loss itself"
        )

    def learn_row(self, numbers: Sequence[float]) -> None:
        """See to it that there is a `row`, from these numbers if they are the first."""
        with self.lock:
            if self.row is None or not self.row.count:  # no other thread was faster
                self.trace(numbers, with_row=True)

    # Code.

    def code(self, kind: str, target: Target | None = None) -> Code:
        """The code for a `call`, or the `loop` over rows, with every path that is known by now.

        That of a call for its own target may lag behind, see `Code.lags`: what it lacks is interpreted.
        """
        target = target or self.target
        closed: Any = self.call if kind == "call" else self.row
        made = self._made.get((kind, target))
        own = kind == "call" and target is self.target
        if made is None or (made.lags(closed, len(self.parameters)) if own else made.count != closed.count):
            with self.lock:
                made = code(kind, closed, target, name_of(self.f), self.arguments, self.parameters)
                self._made[kind, target] = made
                if own:
                    self.written = made.count
        return made

    def source(self, target: Target) -> str:
        """The text of the functions for this structure and a target."""
        known = [
            (kind, closed) for kind, closed in (("call", self.call), ("loop", self.row)) if closed and closed.count
        ]
        name, arguments = name_of(self.f), self.arguments
        return "\n\n".join([source(kind, closed, target, name, arguments, self.parameters) for kind, closed in known])


def _rests_on(x: Any, values: set[Value]) -> bool:
    """Whether x is a Value and these are the only leaves that it rests on: called with floats, it would be a float."""
    return isinstance(x, Value) and all(node in values or node.op is not None for node in topological_order(x))


def as_numbers(result: Any) -> Any:
    """A result of the original with a float in place of each Value."""
    return mapped(lambda x: x._number if isinstance(x, Value) else x, result)


def learned(
    closed: Closed, trace: Trace, outputs: list[Any], structure: Any, inputs: dict[Value, tuple[str, int]]
) -> tuple[Closed, bool]:
    """The closed function with the path of a trace, and whether that is new to it."""
    draft = closed.copy()
    known = {x: draft.input(*where) for x, where in inputs.items()}
    new = draft.learn(trace.events, outputs, structure, known)
    return (draft if new else closed), new


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
