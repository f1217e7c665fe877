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

    from .engine import Value

under_way: list[object] = []  # the marks of all walks that have begun and not ended, in the order they began


def topological_order(*roots: Value) -> list[Value]:
    """Every node that the roots were computed from, and they, each after its operands: an order to compute them in.

    Depth first: from a node we step down to its first operand that has not been met, and so on; a node without such an
    operand is next in the order, and we step back up. The way up is a list and not Python's own stack, so a graph a
    million nodes deep is walked like any other. Operands go from left to right, so that the order, and with it the last
    digit of every sum of gradients, depends on the program alone.
    """
    mark = object()
    try:
        under_way.append(mark)
        return _walked(roots, mark) if under_way[0] is mark else _walked_apart(roots)  # one at a time leaves marks
    finally:
        under_way.remove(mark)  # an interrupt comes after a call, never in it: so the mark is in the list, or out


def _walked(roots: tuple[Value, ...], mark: object) -> list[Value]:
    """The order, by a mark on each node that was met. It is of no other walk, so nobody has to take it away later.

    A node that was met is in the order already, or on the path that we came down; and an operand is never on the path,
    since no node is below itself. So what has no unmet operand is next in the order.
    """
    order: list[Value] = []
    rests: dict[Value, Iterator[Any]] = {}  # the operands still to be looked at, in nodes that have a tuple of them
    for root in roots:
        node: Any = root if root._met is not mark else None
        path: list[Any] = [None]  # the nodes that we came down through to `node`; in front of a root there is none
        while node is not None:
            node._met = mark
            while node._da is not None and node._a._met is not mark:  # down, from first operand to first operand
                path.append(node)
                node = node._a
                node._met = mark
            while node is not None:  # up, as far as no other operand is left to go down to
                other = None
                if node._db is not None:
                    other = node._b if node._b._met is not mark else None
                elif node._a.__class__ is tuple:
                    other = _unmet(rests.setdefault(node, iter(node._a)), mark, order)  # goes on where it left off
                if other is not None:
                    path.append(node)
                    node = other
                    break
                order.append(node)
                node = path.pop()
    return order


def _unmet(operands: Iterator[Any], mark: object, order: list[Value]) -> Value | None:
    """The next of the operands to go down to. Leaves before it have nothing below: they are next in the order."""
    for x in operands:
        if x.__class__ is not float and x._met is not mark:
            if x._a is not None:
                return x  # type: ignore[no-any-return]  # what is no float is a Value
            x._met = mark
            order.append(x)
    return None


def _walked_apart(roots: tuple[Value, ...]) -> list[Value]:
    """The same order while another walk leaves its marks on nodes: by a set of our own, which takes longer."""
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
