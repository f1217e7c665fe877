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
    from collections.abc import Iterator
    from typing import Any

    Value = Any  # a node; its class lives above, in `engine.py`


class Walk:
    """A walk that is under way, or over. It is the mark that it leaves on each node it meets."""

    __slots__ = ("over",)

    def __init__(self) -> None:
        self.over = False


def topological_order(*roots: Value) -> list[Value]:
    """Every node that the roots were computed from, and they, each after its operands: an order to compute them in.

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


def _walked(roots: tuple[Value, ...], walk: Walk) -> list[Value] | None:
    """The order, by marks on the nodes; None where another thread's walk is under way on one of them.

    A node that was met is in the order already, or on the path that we came down; and an operand is never on the path,
    since no node is below itself. So what has no unmet operand is next in the order.
    """
    order: list[Value] = []
    rests: dict[Value, Iterator[Any]] = {}  # the operands still to be looked at, in nodes that have a tuple of them
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
                elif node._a.__class__ is tuple:
                    other = _unmet(rests.setdefault(node, iter(node._a)), walk, order)  # goes on where it left off
                if other is not None:
                    path.append(node)
                    node = other
                    break
                order.append(node)
                node = path.pop()
    return order


def _unmet(operands: Iterator[Any], walk: Walk, order: list[Value]) -> Any:
    """The next of the operands to go down to, or None. Leaves before it have nothing below: they are next in the order.

    (A leaf that another walk is under way on is not ours to mark: down there, `_walked` finds that out.)
    """
    for x in operands:
        if x.__class__ is not float and x._met is not walk:
            if x._a is not None or not (x._met is None or x._met.over):
                return x
            x._met = walk
            order.append(x)
    return None


def _walked_apart(roots: tuple[Value, ...]) -> list[Value]:
    """The same order without marks on the nodes: by a set that nobody else sees, which takes longer."""
    order: list[Value] = []
    met: set[Value] = set()
    stack: list[Any] = [*reversed(roots)]
    while stack:
        node = stack.pop()
        if node is None:  # what is below the next one has been dealt with
            order.append(stack.pop())
        elif node not in met:
            met.add(node)
            stack += node, None
            below = node._a if node._a.__class__ is tuple else node.parents
            stack += [x for x in reversed(below) if x.__class__ is not float]
    return order
