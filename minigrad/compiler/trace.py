"""Trace: one run of a function on Values, which leaves a graph.

What a graph does not show is noted besides: the structure that the result has around its numbers, and every
comparison, since `if x > 0` took but one of two paths.

>>> trace = Trace(lambda x, y: [x * y if x > 1.0 else x], flattened(((2.0, 3.0), {}))[0], [2.0, 3.0])
>>> trace.outputs, len(trace.guards)
([Value(data=6.0, grad=0.0)], 1)
"""

from __future__ import annotations

from ..engine import Value
from ..machinery.recorder import COMPARISONS
from ..machinery.trees import flattened, rebuilt
from .names import name_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

PLAIN = (bool, int, str, bytes, type(None))  # what a result may hold besides numbers: none of them can hide a Value


class Trace:
    """One run of `f` on Values: what it returned, and the comparisons it made.

    `inputs` are the Values in place of the arguments' numbers, `outputs` what it returned as Values and floats,
    `structure` what is around those, and `guards` a list of (relation, left, right, answer). In place of a comparison
    that may be (None, node, ...), a node that was computed even if nothing needs it: it may raise.
    """

    __slots__ = ("inputs", "outputs", "structure", "guards")

    def __init__(self, f: Callable[..., Any], structure: Any, numbers: Sequence[float]) -> None:
        self.inputs = [Value(x) for x in numbers]
        self.guards: list[tuple[Any, Any, Any, bool]] = []
        args, kwargs = rebuilt(structure, iter(self.inputs))
        result = self.record(f, *args, **kwargs)
        self.structure, self.outputs = flattened(result, lambda x, numbers: _result(f, x, numbers))

    def record(self, f: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """`f(*args, **kwargs)`, with its comparisons added to the guards."""
        token = COMPARISONS.set(self.guards)
        try:
            return f(*args, **kwargs)
        finally:
            COMPARISONS.reset(token)

    def leaves(self) -> list[Value]:
        """Every leaf that the outputs and comparisons rest on and that is no input, in the order they are met."""
        roots = [*self.outputs, *[x for _, left, right, _ in self.guards for x in (left, right)]]
        stack = [x for x in reversed(roots) if isinstance(x, Value)]
        seen, found = {*self.inputs}, []
        while stack:
            node = stack.pop()
            if node not in seen:
                seen.add(node)
                if node.op is None:
                    found.append(node)
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
