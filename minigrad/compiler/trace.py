"""Trace: one run of a function on Values, which leaves a graph.

What a graph does not show is noted besides: the structure that the result has around its numbers, and every
comparison, since `if x > 0` took but one of two paths.

>>> trace = Trace(lambda x, y: [x * y if x > 1.0 else x], flattened(((2.0, 3.0), {}))[0], [2.0, 3.0])
>>> trace.outputs, len(trace.events)
([Value(data=6.0, grad=0.0)], 1)
"""

from __future__ import annotations

from ..engine import Value
from ..machinery.recorder import LIVE, Recording
from ..machinery.trees import flattened, rebuilt
from .names import name_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Container, Sequence
    from typing import Any

PLAIN = (bool, int, str, bytes, type(None))  # what a result may hold besides numbers: none of them can hide a Value


class Trace:
    """One run of `f` on Values: what it returned, and the comparisons it made.

    `inputs` are the Values in place of the arguments' numbers, `outputs` what it returned as Values and floats,
    `structure` what is around those, and `events` what the recorder was told, see there: comparisons above all. Once
    something was refused, outputs are of no use, and there are none.
    """

    __slots__ = ("inputs", "outputs", "structure", "events", "refusal")

    def __init__(self, f: Callable[..., Any], structure: Any, numbers: Sequence[float]) -> None:
        self.inputs = [Value(x) for x in numbers]
        self.events: list[tuple[Any, Any, Any, bool]] = []
        self.refusal: str | None = None
        self.outputs: list[Any] = []
        self.structure: Any = None
        args, kwargs = rebuilt(structure, iter(self.inputs))
        result = self.record(f, *args, **kwargs)
        if self.refusal is None:
            self.structure, self.outputs = flattened(result, lambda x, numbers: _result(f, x, numbers))

    def record(self, f: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """`f(*args, **kwargs)`, with what the recorder is told added to the events, up to the first refusal.

        After a refusal it is on its own, with Values where it may need floats: an error then says nothing of `f`.
        """
        result = None
        recording = Recording(self.inputs)
        try:
            recording.begin()
            result = f(*args, **kwargs)
        except Exception as error:
            refused = next((event[2] for event in recording.events if event[0] == "refused"), error)
            if refused is error:
                raise
        finally:
            LIVE.pop(recording, None)
            recording.end()
        for event in recording.events:
            if self.refusal is None:
                self.events.append(event)
                self.refusal = event[1] if event[0] == "refused" else None
        return result

    def leaves(self, known: Container[Value] = ()) -> list[Value]:
        """Every leaf that the outputs and comparisons rest on and that is no input, in the order they are met.

        A node that is `known` was there before, whatever it was made of: it counts as a leaf.
        """
        roots = [*self.outputs, *[x for _, left, right, _ in self.events for x in (left, right)]]
        stack = [x for x in reversed(roots) if isinstance(x, Value)]
        seen, found = {*self.inputs}, []
        while stack:
            node = stack.pop()
            if node not in seen:
                seen.add(node)
                if node.op is None or node in known:
                    found.append(node)
                    continue
                stack += [x for x in reversed(node.operands) if isinstance(x, Value)]
        return found


def _result(f: Callable[..., Any], x: Any, numbers: list[Any]) -> Any:
    """The structure of a part of a result that is no Value. Raises TypeError for anything that might hide one."""
    if isinstance(x, float):
        numbers.append(float(x))
        return float
    if isinstance(x, PLAIN):
        return ("static", type(x), x)
    raise TypeError(
        f"expected {name_of(f)} to return numbers, or lists, tuples and dicts of them, got {x!r:.100} "
        f"({type(x).__name__}); return the Values themselves"
    )
