"""The order of a walk through a graph: every node after its operands; backwards, every node after its users.

>>> from minigrad import Value
>>> a = Value(1.0)
>>> b = a + a
>>> c = b + b
>>> topological_order(c) == [a, b, c]       # c has told b all that it has to tell before b tells a
True
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    Value = Any  # a node; its class lives above, in `engine.py`


def plain_order(roots: tuple[Value, ...]) -> list[Value]:
    """The roots and all nodes that gradient flows to from them, each after its operands: an order to compute them in.

    Depth first: before a node come its operands, from left to right, and before each of these what comes before it.
    The way back up is a list and not Python's own stack, so a graph a million nodes deep is walked like any other. The
    set is only asked, never walked over: so the order, and with it the last digit of every sum of gradients, depends on
    the program alone.
    """
    order: list[Value] = []
    met: set[Value] = set()
    stack: list[Any] = [*reversed(roots)]
    while stack:
        node = stack.pop()
        if node is None:  # all that is below the next one is in the order
            order.append(stack.pop())
        elif node not in met:
            met.add(node)
            stack += node, None
            stack += [x for x in reversed(node._below()) if x.__class__ is not float]
    return order


def leading_to(xs: Iterable[Value], order: list[Value]) -> tuple[list[Value], set[Value]]:
    """The nodes of an order that gradient flows through to some of `xs`; and the set of them and `xs`."""
    wanted = set(xs)
    between = []
    for node in order:
        if not wanted.isdisjoint(node.parents):
            wanted.add(node)
            between.append(node)
    return between, wanted


# --- The same order, three times as fast ----------------------------------------------------------------------------
#
# A set of the nodes met costs as much as all the rest of the walk (measured). So a walk leaves its mark on the nodes.


class Walk:
    """A walk that is under way, or over. It is the mark that it leaves on each node it meets."""

    __slots__ = ("over",)

    def __init__(self) -> None:
        self.over = False


def topological_order(*roots: Value) -> list[Value]:
    """The roots and all nodes that gradient flows to from them, each after its operands: `plain_order`, but faster."""
    walk = Walk()
    try:
        return _marked_order(roots, walk) or plain_order(roots)
    finally:
        walk.over = True  # from here on its marks mean nothing, so nobody has to take them away


def _marked_order(roots: tuple[Value, ...], walk: Walk) -> list[Value] | None:
    """The order, by marks on the nodes; None where another thread's walk is under way on one of them.

    A node that was met is in the order already, or on the path that we came down; and an operand is never on the path,
    since no node is below itself. So what has no unmet operand is next in the order.
    """
    order: list[Value] = []
    rests: dict[Value, Iterator[Any]] = {}  # the operands still to be looked at, of nodes that have many
    for root in roots:
        node: Any = root if root._met is not walk else None
        path: list[Any] = [None]  # the nodes that we came down through to `node`; in front of a root there is none
        while node is not None:
            if node._met is not None and not node._met.over:
                return None
            node._met = walk  # (nobody can come in between: Python changes threads only at calls and loops)
            if node._da is not None and node._a._met is not walk:  # down to the first operand
                path.append(node)
                node = node._a
                continue
            while node is not None:  # up, as far as no other operand is left to go down to
                other = None
                if node._db is not None:
                    other = node._b if node._b._met is not walk else None
                elif node._origin.__class__ is tuple:
                    other = _unmet(rests.setdefault(node, iter(node._origin[2])), walk, order)  # goes on where it was
                if other is not None:
                    path.append(node)
                    node = other
                    break
                order.append(node)
                node = path.pop()
    return order


def _unmet(operands: Iterator[Any], walk: Walk, order: list[Value]) -> Any:
    """The next of the operands to go down to, or None. Leaves before it have nothing below: they are next in the order.

    (A leaf that another walk is under way on is not ours to mark: down there, `_marked_order` finds that out.)
    """
    for x in operands:
        if x.__class__ is not float and x._met is not walk:
            if x._a is not None or not (x._met is None or x._met.over):
                return x
            x._met = walk
            order.append(x)
    return None
