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
    from collections.abc import Iterator, Sequence
    from typing import Any

    from .engine import Value


class Walk:
    """A walk that is under way, or over. A node remembers the latest walk that met it."""

    __slots__ = ("over",)

    def __init__(self, over: bool = False) -> None:
        self.over = over


NONE_YET = Walk(over=True)  # what a new node remembers


def topological_order(*roots: Value) -> list[Value]:
    """Every node that gradient flows to from the roots, each after its operands: an order to compute them in.

    Depth first: from a node we step down to its first operand that has not been met, and so on; a node without such an
    operand is next in the order, and we step back up. The way up is a list and not Python's own stack, so a graph a
    million nodes deep is walked like any other. Operands go from left to right, so that the order, and with it the last
    digit of every sum of gradients, depends on the program alone.
    """
    walk = Walk()
    try:
        return _walked(roots, walk) or _walked_apart(roots)
    finally:
        walk.over = True  # from here on its marks mean nothing, so nobody has to take them away


def _walked(roots: Sequence[Value], walk: Walk) -> list[Value] | None:
    """The order, by marks on the nodes; None where another thread's walk is under way on one of them."""
    order: list[Value] = []
    rests: dict[Value, Iterator[Any]] = {}  # the operands still to be looked at, in nodes that have a tuple of them
    for root in roots:
        if root._met is walk:
            continue
        if not root._met.over:
            return None
        root._met = walk
        node: Any = root
        path: list[Any] = [None]  # the nodes that we came down through to `node`; in front of a root there is none
        while node is not None:
            if node._da.__class__ is tuple:
                unmet = _first_unmet(rests.setdefault(node, iter(node._a)), walk)  # goes on where it left off
            elif node._da is not None and node._a._met is not walk:
                unmet = node._a
            elif node._db is not None and node._b._met is not walk:
                unmet = node._b
            else:
                unmet = None
            if unmet is None:
                order.append(node)
                node = path.pop()
                continue
            if not unmet._met.over:
                return None
            unmet._met = walk  # (nobody can come in between: Python changes threads only at calls and loops)
            path.append(node)
            node = unmet
    return order


def _first_unmet(operands: Iterator[Any], walk: Walk) -> Value | None:
    """The next of the operands that is a Value and has not been met."""
    for x in operands:
        if x.__class__ is not float and x._met is not walk:
            return x  # type: ignore[no-any-return]  # what is no float is a Value
    return None


def _walked_apart(roots: Sequence[Value]) -> list[Value]:
    """The same order without marks on the nodes: sets that nobody else sees, which take longer to ask."""
    order: list[Value] = []
    met: set[Value] = set()
    done: set[Value] = set()
    stack = [*reversed(roots)]
    while stack:
        node = stack[-1]
        if node not in met:
            met.add(node)
            stack += [x for x in reversed(node.operands) if x.__class__ is not float and x not in met]
        else:
            stack.pop()
            if node not in done:
                done.add(node)
                order.append(node)
    return order
