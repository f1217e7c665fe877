"""Pictures of a graph: SVG that needs no other program, DOT for Graphviz, Mermaid for Markdown.

A box is a node, with its label, the op that made it (constants in their place: `** 2`), its data and its grad. An arrow
runs from an operand to what was made of it, from left to right in order of evaluation; operands enter from top to
bottom in their order. The number on it is the local derivative: how many times as fast the box it leads to changes.

>>> from minigrad import Value
>>> w = Value(3.0, label="w")
>>> loss = w**2
>>> loss.backward()
>>> print(to_mermaid(loss))
flowchart LR
    n0["w<br/>data 3<br/>grad 6"]
    n1["#42;#42; 2<br/>data 9<br/>grad 1"]
    n0 -- "6" --> n1
>>> to_svg(loss)[:26]
'<svg class="minigrad" xmln'
"""

from __future__ import annotations

from collections import Counter

from ..engine import Value
from ..machinery.order import topological_order
from .svg import Card, picture, table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from ..ops import Op

NODES, ARROWS = 100, 200  # more of either nobody could read: then the picture is the shape of the graph in numbers
MOST = 16  # rows of those

# --- Words and numbers ----------------------------------------------------------------------------------------------


def number(x: float) -> str:
    """A number as pictures show it: five digits, and no minus before a zero."""
    return f"{x + 0.0:.5g}"


def plain(text: object, longest: int = 24) -> str:
    """Text as one short line: other white space and what cannot be printed is replaced, the rest cut off."""
    line = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in " ".join(str(text).split()))
    return line if len(line) <= longest else line[: longest - 1] + "…"


def operands(node: Value, name: Callable[[Value], str]) -> list[str]:
    """A node's operands as text: names of Values, and numbers of constants and of Values that no gradient reaches."""
    parents = set(node.parents)
    return [name(x) if x in parents else number(getattr(x, "data", x)) for x in node.operands]


def infix(op: Op) -> bool:
    """Whether the op is written with a sign, before its operand or between two."""
    code = op.code if isinstance(op.code, str) else ""
    sign = code.replace("{}", "").replace("{0}", "", 1).replace("{1}", "", 1).replace(" ", "")
    return bool(sign) and not any(c.isalnum() or c in "(){}_." for c in sign)


def written(op: Op, texts: Sequence[str]) -> str:
    """The op applied to operands, as one writes it: `a * b`, `-a`, `relu(a)`; of many operands the first few."""
    if infix(op):
        return str(op.code).format(*texts)
    few = texts if len(texts) <= 6 else [*texts[:5], "…"]
    return f"{plain(op.name)}({', '.join(few)})"


def symbol(node: Value) -> str:
    """What a box says of the op that made it: `+`, `* 3`, `relu`, `maximum(·, 0)`; nothing for a leaf."""
    if node.op is None:
        return ""
    if infix(node.op):
        return plain(written(node.op, operands(node, lambda _: "")))
    texts = operands(node, lambda _: "·")
    return plain(node.op.name) if set(texts) == {"·"} else plain(written(node.op, texts))


def shape(order: Sequence[Value]) -> list[tuple[str, int]]:
    """A graph in numbers: nodes, arrows, leaves and depth, then each op, the most frequent first."""
    arrows = 0
    depth: dict[Value, int] = {}
    for node in order:
        parents = node.parents
        arrows += len(parents)
        depth[node] = max([depth[parent] + 1 for parent in parents], default=0)
    ops = Counter(plain(node.op.name) for node in order if node.op is not None)
    size = [("nodes", len(order)), ("arrows", arrows), ("leaves", len(order) - ops.total())]
    return [*size, ("depth", max(depth.values())), *ops.most_common()]


def readable(order: Sequence[Value]) -> bool:
    """Whether a picture of these nodes could be read."""
    return len(order) <= NODES and sum(len(node.parents) for node in order) <= ARROWS


def walk(value: Any) -> list[Value]:
    """The nodes whose gradient reaches `value`, in order of evaluation; TypeError if that is no Value."""
    if not isinstance(value, Value):
        raise TypeError(f"expected a Value, got {repr(value)[:100]} ({type(value).__name__}), which has no graph")
    order = topological_order(value)
    reached = {value}
    for node in reversed(order):
        if node in reached:
            reached.update(node.parents)
    return [node for node in order if node in reached]


# --- As a picture ---------------------------------------------------------------------------------------------------


def to_svg(value: Value) -> str:
    """The graph as an SVG element, a picture of its own; a graph too large to read as its shape in numbers.

    Returns its text, which may stand in a file or in a page. Raises TypeError for anything but a Value. In a notebook a
    Value shows this picture by itself.

    >>> to_svg(Value(2.0, label="x") * 3.0).count('class="card"')
    2
    """
    order = walk(value)
    return drawn(order, [plain(node.label or "") for node in order], [node.grad for node in order])


def drawn(order: Sequence[Value], labels: Sequence[str], grads: Sequence[float]) -> str:
    """The picture of these nodes under these labels and with these gradients."""
    if not readable(order):
        rows = shape(order)
        rest = sum(count for _, count in rows[MOST:])
        title = f"{rows[0][1]:,} nodes and {rows[1][1]:,} arrows, too many to draw"
        return table([*rows[:MOST], *[("other ops", rest)] * bool(rest)], title, bars=4)
    index = {node: i for i, node in enumerate(order)}
    arrows = [(index[parent], index[node], number(partial)) for node in order for parent, partial in node.edges]
    cards = []
    for node, label, grad in zip(order, labels, grads, strict=True):
        op, data, gradient = symbol(node), number(node.data), number(grad)
        head = ", ".join(filter(None, (label, op))) or "leaf"
        cards.append(Card(op, label, data, gradient, f"{head}: data {data}, grad {gradient}."))
    return picture(cards, arrows, f"Graph of {len(order)} nodes" if len(order) > 1 else "Graph of one node")


# --- As text for other programs -------------------------------------------------------------------------------------


def to_dot(value: Value) -> str:
    r"""The graph in the language of Graphviz: `dot -Tsvg`. Returns its text; raises TypeError for anything but a Value.

    >>> print(to_dot(Value(2.0, label="x") * 3.0))
    digraph minigrad {
        rankdir=LR; node [shape=box style=rounded fontname="monospace"]; edge [fontname="monospace"];
        n0 [label="x\ndata 2\ngrad 0"];
        n1 [label="* 3\ndata 6\ngrad 0"];
        n0 -> n1 [label="3"];
    }
    """

    def quoted(text: str) -> str:  # Graphviz reads backslashes and HTML's entities
        return text.replace("&", "&amp;").replace("\\", "\\\\").replace('"', '\\"')

    lines = _listed(value, quoted, '    {} [label="{}"];', "\\n", '    {} -> {} [label="{}"];')
    style = 'rankdir=LR; node [shape=box style=rounded fontname="monospace"]; edge [fontname="monospace"];'
    return "\n".join(["digraph minigrad {", f"    {style}", *lines, "}"])


def to_mermaid(value: Value) -> str:
    """The graph as a Mermaid flowchart, which many code hosts draw. Returns its text; TypeError if not of a Value.

    >>> print(to_mermaid(Value(2.0, label="x") * 3.0))
    flowchart LR
        n0["x<br/>data 2<br/>grad 0"]
        n1["#42; 3<br/>data 6<br/>grad 0"]
        n0 -- "3" --> n1
    """

    def quoted(text: str) -> str:  # by number: Mermaid takes `- a`, `1. a`, `*a*` for Markdown and `<a>` for HTML
        return "".join(c if c.isalnum() or c == " " else f"#{ord(c)};" for c in text)

    return "\n".join(["flowchart LR", *_listed(value, quoted, '    {}["{}"]', "<br/>", '    {0} -- "{2}" --> {1}')])


def _listed(value: Value, quoted: Callable[[str], str], box: str, newline: str, arrow: str) -> list[str]:
    """The lines for nodes and arrows, each arrow after both of its ends."""
    name: dict[Value, str] = {}
    lines = []
    for node in walk(value):
        name[node] = f"n{len(name)}"
        head = [quoted(text) for text in (plain(node.label or ""), symbol(node)) if text]
        rows = [*head, f"data {number(node.data)}", f"grad {number(node.grad)}"]
        lines.append(box.format(name[node], newline.join(rows)))
        lines += [arrow.format(name[parent], name[node], number(partial)) for parent, partial in node.edges]
    return lines
