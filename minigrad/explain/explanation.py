"""A backward pass told as at a blackboard: every number, and where it comes from.

Forward, each node is worked out from its operands. Backward, the slope of each arrow is multiplied by the gradient of
the node it leads to, and where paths meet the products are added: the chain rule, as `Value.backward` follows it.

>>> from minigrad import Value
>>> w = Value(3.0, label="w")
>>> told = explain(w * w)
>>> print(str(told).partition("4. ")[2])             # the fourth of its five steps, and the last
Backward: the gradient of w
     w is used in loss = w * w, as operand 1.
     Raise w there by 0.001 and loss changes by 0.003, 3 times as much: the slope is 3.
     This use brings slope * gradient of loss = 3 * 1 = 3
     w is used in loss = w * w, as operand 2.
     Raise w there by 0.001 and loss changes by 0.003, 3 times as much: the slope is 3.
     This use brings slope * gradient of loss = 3 * 1 = 3
     w is used 2 times, and what the uses bring adds up:
     gradient of w = 3 + 3 = 6
5. The gradients
     w: 6. Raise w a little, and loss rises 6 times as much.
     To lower loss, move a number against its gradient: up where that is negative, down where
       positive.
"""

from __future__ import annotations

import json
import os
from html import escape
from textwrap import wrap

from ..draw.formats import ARROWS, NODES, drawn, readable, shape, walk
from ..engine import Value
from ..machinery.scalar import check_unmoved
from .story import Contribution, Story

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from os import PathLike

_TEMPLATE = os.path.join(os.path.dirname(__file__), "steps.html")


def explain(loss: Value) -> Explanation:
    """Tell the backward pass from `loss` step by step: print it, show it in a notebook, or `.save` it as a page.

    The pass is run anew on the graph; no `.grad` is read or changed. Returns an `Explanation`. Raises TypeError for
    anything but a Value, RuntimeError where the `.data` of a node was changed after the graph was made.

    >>> w = Value(2.0, label="w")
    >>> told = explain((w * 3.0 - 10.0) ** 2)
    >>> told.gradients[w], [part.product for part in told.contributions[w]]
    (-24.0, [-24.0])
    """
    order = walk(loss)
    for node in order:
        if node.op is not None:
            check_unmoved(node, "compute the loss again, then explain it")
    return Explanation(order)


class Explanation:
    """A backward pass in words and numbers: `str()` for a terminal, by itself in a notebook, `.save()` for a browser.

    contributions: for each Value of the graph, what each of its uses adds to its gradient, in the order of `backward`.
    gradients: for each Value their sum, which is to the last bit what `backward` makes of a `.grad` of 0.

    Of a graph past 100 nodes or 200 arrows the texts tell only the shape; these two are complete all the same.
    """

    __slots__ = ("contributions", "gradients", "_order", "_story")

    def __init__(self, order: Sequence[Value]) -> None:
        self._order = order
        self.gradients: dict[Value, float] = {}
        self.contributions: dict[Value, list[Contribution]] = {node: [] for node in order}
        self.contributions[order[-1]].append(Contribution(None, None, 1.0, 1.0, 1.0))
        for node in reversed(order):  # users before what they use
            gradient = 0.0
            for part in self.contributions[node]:
                gradient += part.product
            self.gradients[node] = gradient
            for parent, slope, operand in _uses(node):
                self.contributions[parent].append(Contribution(node, operand, slope, gradient, gradient * slope))
        self._story = Story(order, self.contributions, self.gradients) if readable(order) else None

    def __repr__(self) -> str:
        return f"<Explanation of {len(self._order):,} nodes: print it, or .save() it as a page>"

    def __str__(self) -> str:
        if self._story is None:
            rows = [f"    {name}: {count:,}" for name, count in shape(self._order)]
            return "\n".join([f"{_refusal(self._order)} Its shape:", *rows])
        lines = []
        for i, step in enumerate(self._story.steps(), start=1):
            lines.append(f"{i}. {step.title}")
            for line in step.lines:
                lines += wrap(line, 96, initial_indent="     ", subsequent_indent="       ", break_long_words=False)
        return "\n".join(lines)

    def _repr_html_(self) -> str:  # a frame keeps style and keys of the page apart from the notebook's
        return (
            '<iframe title="A backward pass, step by step" sandbox="allow-scripts" '
            f'style="width:100%;height:46rem;border:0" srcdoc="{escape(self._page())}"></iframe>'
        )

    def save(self, path: str | PathLike[str]) -> None:
        """Write the pass as a page to step through: one HTML file that needs no other and no network.

        Arrow keys, Home and End, or the buttons, go from step to step; `#5` behind its address opens step 5. Raises
        OSError where `path` cannot be written.
        """
        with open(path, "w", encoding="utf-8") as file:
            file.write(self._page())

    def _page(self) -> str:
        steps = [] if self._story is None else [step._asdict() for step in self._story.steps()]
        names = [] if self._story is None else [self._story.names[node] for node in self._order]
        parts = {
            "title": "A backward pass, step by step",
            "picture": drawn(self._order, names, [self.gradients[node] for node in self._order]),
            "told": f"<p>{_refusal(self._order)}</p>" * (self._story is None),
            "text": escape(str(self)),
            "steps": json.dumps(steps).replace("<", "\\u003c"),  # so that no text in it can end the script
        }
        with open(_TEMPLATE, encoding="utf-8") as file:
            pieces = file.read().split("@@")  # text, name of a part, text, ...: nothing inserted is read again
        return "".join(parts[piece] if i % 2 else piece for i, piece in enumerate(pieces))


def _refusal(order: Sequence[Value]) -> str:
    arrows = sum(len(node.parents) for node in order)
    return (
        f"{len(order):,} nodes and {arrows:,} arrows are too many to tell step by step, where {NODES} and {ARROWS} are "
        "the most: explain one row of data, or a smaller model."
    )


def _uses(node: Value) -> Iterator[tuple[Value, float, int]]:
    """(parent, local derivative, place among the operands) for each edge into a node."""
    edges = iter(node.edges)
    edge = next(edges, None)
    for place, operand in enumerate(node.operands):
        if edge is not None and operand is edge[0]:
            yield *edge, place
            edge = next(edges, None)
