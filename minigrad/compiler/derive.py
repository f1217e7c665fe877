"""Derive: from the trace of a loss to the trace of one iteration of the loop over rows, its gradient included.

`mean(losses).backward()` walks from the mean down to each row and adds what a row brings to the gradient so far. So an
iteration takes what the loss takes, its share of the mean and the gradient so far, and gives loss and new gradient.

(The trace is differentiated and not what was made of it: rewritten expressions have the same bits as the graph, but
their derivatives need not.)
"""

from __future__ import annotations

from ..engine import Value, gradients
from ..machinery.order import topological_order

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from .trace import Trace


def row_gradient(trace: Trace, parameters: Iterable[Value]) -> tuple[list[Value], dict[Value, tuple[str, int]]]:
    """The loss that was traced and the gradient with this row's terms, in the parameters; and the inputs added for it.

    The comparisons that local derivatives make are added to the guards of the trace.

    `gradients` adds up what flows into a leaf; so that it begins with what is there already, that flows in too, and
    first: as the derivative of `p * so_far`, the last term of the sum.
    """
    if trace.refusal is not None:
        return [], {}
    parameters = [*parameters]
    (loss,) = trace.outputs
    share, so_far = Value(1.0), [Value(0.0) for _ in parameters]

    def iteration() -> list[Value]:
        total = loss * share
        for p, start in zip(parameters, so_far, strict=True):
            total = total + p * start
        return gradients(total, parameters)

    outputs = [loss, *trace.record(iteration)]
    return outputs, {share: ("share", 0)} | {x: ("gradient", k) for k, x in enumerate(so_far)}


def with_gradients(trace: Trace, xs: list[Value | None]) -> tuple[list[Value], Any]:
    """The outputs that were traced, then the derivatives of each in the `xs`; and the structure of (outputs, rows).

    There is a row for each output: None if it depends on none of the xs, else a list with None for each that it does
    not depend on, and for each x that is None.
    """
    if trace.refusal is not None:
        return [], None
    outputs, rows = [*trace.outputs], []
    for y in trace.outputs:
        below = {id(node) for node in topological_order(y)} if isinstance(y, Value) else set()
        found = [x for x in xs if x is not None and id(x) in below]
        outputs += trace.record(gradients, y, found) if found else ()
        there = {id(x) for x in found}
        row = (list, *[float if x is not None and id(x) in there else _NOTHING for x in xs])
        rows.append(row if found else _NOTHING)
    return outputs, (tuple, trace.structure, (list, *rows))


_NOTHING = ("static", type(None), None)
