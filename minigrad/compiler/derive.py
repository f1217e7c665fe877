"""Derive: from the trace of a loss to the trace of one iteration of the loop over rows, its gradient included.

`mean(losses).backward()` walks from the mean down to each row and adds what a row brings to the gradient so far. So an
iteration takes what the loss takes, its share of the mean and the gradient so far, and gives loss and new gradient.

(The trace is differentiated and not what was made of it: rewritten expressions have the same bits as the graph, but
their derivatives need not.)
"""

from __future__ import annotations

from ..engine import Value, gradients

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from .trace import Trace


def row_gradient(trace: Trace, parameters: Iterable[Value]) -> tuple[list[Value], dict[Value, tuple[str, int]]]:
    """The loss that was traced and the gradient with this row's terms, in the parameters; and the inputs added for it.

    The comparisons that local derivatives make are added to the guards of the trace.

    `gradients` adds up what flows into a leaf; so that it begins with what is there already, that flows in too, and
    first: as the derivative of `p * so_far`, the last term of the sum.
    """
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
