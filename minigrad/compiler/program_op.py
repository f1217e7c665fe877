"""Program op: a compiled function as an op, one node in a larger graph.

Where its function would give a Value, a Program gives one too: a single node, whose operands are the Values it depends
on, arguments and parameters alike. Its local derivatives are numbers from generated code: the function and its gradient
in one. Their gradients in turn, which few ask for, go through the original function.
"""

from __future__ import annotations

from ..engine import Value, gradients
from ..machinery.trees import flattened, mapped, rebuilt
from ..ops import Op
from .answering import Answering
from .code import code
from .derive import with_gradients
from .errors import GuardFailed, Unrepeatable
from .ir import Closed
from .names import name_of
from .specialize import Specialization, learned

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from .code import Code


class ProgramOp(Answering):
    """A specialization as an op. The question is the numbers in the arguments, of which those at `places` are Values.

    `any_places`: any of them may be; derivatives in those that are none are left out at the end.

    `closed` gives the results, and for each a list with its derivative in every argument and parameter: None where it
    does not depend on it, or where nobody asks; None in place of the list if the result depends on no Value at all.
    """

    __slots__ = ("known", "places", "any_places", "closed", "_made", "_ops", "_widths")

    def __init__(self, known: Specialization, places: Iterable[int] | None) -> None:
        self.known, self.any_places = known, places is None
        self.places = {*(range(len(known.arguments)) if places is None else places)}
        self.closed = Closed()
        self._made: Code | None = None
        self._ops: dict[int, Op] = {}  # one for each number of the result
        self._widths: set[int] = set()  # how many derivatives the rows of a path have

    # What `answer` asks for.

    def attempt(self, leaves: Sequence[Any]) -> Any:
        """The results, with a node for each number that depends on Values."""
        made = self._code()
        numbers = [x if x.__class__ is float else x._number for x in leaves]
        results, rows = self._run(made, [*numbers, *[p._number for p in made.parameters]])
        operands = (*leaves, *made.parameters)
        if self.any_places:
            rows = [_asked(row, operands) for row in rows]
        if results.__class__ is float:
            return results if rows[0] is None else _node(self._op(0), results, operands, rows[0])
        places = iter(enumerate(rows))

        def placed(x: Any) -> Any:
            if x.__class__ is not float:
                return x
            k, row = next(places)
            return x if row is None else _node(self._op(k), x, operands, row)

        return mapped(placed, results)

    def trace(self, leaves: Sequence[Any]) -> bool:
        """Run the function on Values that hold these numbers; whether that showed a path that was new."""
        known = self.known
        with known.lock:
            if self.learned_elsewhere(leaves):
                return True
            trace, inputs = known.traced([x if x.__class__ is float else x._number for x in leaves])
            wanted = [x if i in self.places else None for i, x in enumerate(trace.inputs)]
            outputs, structure = with_gradients(trace, [*wanted, *known.parameters])
            self._widths.add(len(wanted) + len(known.parameters))
            self.closed, new = learned(self.closed, trace, outputs, structure, inputs)
        if new:
            known.warn(trace)
        return new

    def fallback(self, leaves: Sequence[Any], _: Exception | None = None) -> Any:
        """What the original gives, a graph of its own."""
        self.known.fallbacks += 1
        args, kwargs = rebuilt(self.known.structure, iter(leaves))
        return self.known.f(*args, **kwargs)

    # The op.

    def _code(self) -> Code:
        made = self._made
        if made is None or made.count != self.closed.count:
            if not self.closed.count:
                raise GuardFailed
            known = self.known
            if made is None or made.lags(self.closed, len(known.parameters)):
                with known.lock:
                    name, names = name_of(known.f), (known.arguments, known.parameters)
                    self._made = made = code("call", self.closed, known.target, name, *names)
        return made

    def _run(self, made: Code, numbers: Sequence[float]) -> tuple[Any, list[Any]]:
        try:
            results, rows = made.answer(numbers)
        except GuardFailed:
            results, rows = made.interpreted(self.closed, len(self.known.parameters), numbers)
        if len(self._widths) > 1:
            rows = [None if row is None else _filled(row, len(numbers)) for row in rows]
        return results, rows

    def _op(self, k: int) -> Op:
        if k not in self._ops:
            self._ops[k] = Op(
                name_of(self.known.f),
                lambda *numbers: flattened(self._again(numbers)[0])[1][k],
                lambda out, *operands: self._partials(k, operands),
            )
        return self._ops[k]

    def _again(self, numbers: Sequence[float]) -> Any:
        """The results and derivatives at these numbers of arguments and parameters. ValueError if they go elsewhere."""
        try:
            return self._run(self._code(), numbers)
        except (GuardFailed, Unrepeatable):
            raise ValueError(f"its comparisons fall otherwise at {[*numbers]!r:.200}") from None

    def _partials(self, k: int, operands: Sequence[Any]) -> list[Any]:
        """The derivatives of number k of the results: numbers at numbers; at Values more graph, by the original."""
        if all(x.__class__ is float for x in operands):
            return list(self._again(operands)[1][k])
        args, kwargs = rebuilt(self.known.structure, iter(operands))
        y = flattened(self.known.f(*args, **kwargs))[1][k]
        found = iter(gradients(y, [x for x in operands if isinstance(x, Value)]))
        return [next(found) if isinstance(x, Value) else None for x in operands]


def _filled(row: Sequence[Any], count: int) -> list[Any]:
    """The derivatives of a path, and None for each parameter that only paths which were learned later have met."""
    return [*row, *[None] * (count - len(row))]


def _asked(row: Sequence[Any] | None, operands: tuple[Any, ...]) -> Sequence[Any] | None:
    """The derivatives in operands that are Values, None in place of the others; None if none is left."""
    if row is None:
        return None
    found = [partial if isinstance(x, Value) else None for x, partial in zip(operands, row, strict=True)]
    return found if any(partial is not None for partial in found) else None


def _node(op: Op, number: float, operands: tuple[Any, ...], partials: Sequence[Any]) -> Value:
    """The node that `op` would record, whose result and local derivatives are known already."""
    node = object.__new__(Value)
    node._number, node._grad = number, 0.0
    node._da = node._b = node._db = node._met = None
    node._a = operands[0]
    if len(operands) > 2:
        node._origin = op, None, operands, tuple(partials)
    else:
        node._origin = op
        node._da = partials[0]
        if len(operands) == 2:
            node._b, node._db = operands[1], partials[1]
    return node
