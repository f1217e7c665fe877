"""The order of a walk through a graph: every node after its operands; backwards, every node after its users.

>>> from minigrad import Value
>>> a = Value(1.0)
>>> b = a + a
>>> c = b + b
>>> topological_order(c) == [a, b, c]       # c has told b all that it has to tell before b tells a
True
"""

from __future__ import annotations

import sys
from _thread import get_ident

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
    """A walk through a graph, and the mark that it leaves on each node it meets.

    Once it is `walked`, all marks are set; while it is not `over`, the `.grad` of its inner nodes belong to the thread
    that walks. So `backward` goes through `with Walk(self) as order`, and where two threads would add up gradients in
    one and the same inner node, the one that comes later gets a RuntimeError. (Leaves may be shared: adding to them
    needs no two steps. A mark of the same thread that is not over was left by a debugger or the like.)
    """

    __slots__ = ("roots", "thread", "walked", "over")

    def __init__(self, *roots: Value) -> None:
        self.roots, self.thread = roots, get_ident()
        self.walked = self.over = False

    def __enter__(self) -> list[Value]:
        try:
            order = _marked_order(self.roots, self) or self._apart()
            self.walked = True
            return order
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *_: object) -> None:
        self.walked = self.over = True  # from here on its marks mean nothing, so nobody has to take them away
        self.roots = ()  # which have a mark themselves: a cycle

    def _apart(self) -> list[Value]:
        """The order without the marks, and these set on inner nodes alone, if they are free."""
        order = plain_order(self.roots)
        for node in order:
            if node._a is not None:
                if self.meets_another(node):
                    raise RuntimeError(
                        f"another thread's backward() is under way on {node!r}, which this loss rests on too; give "
                        "each thread a graph of its own (parameters may be shared), or let them take turns"
                    )
                node._met = self
        return order

    def meets_another(self, node: Value) -> bool:
        """Whether another thread is at work on this node: a leaf while it walks, an inner one until it is over.

        A thread that is gone is at work no more: it was left behind where this process was forked.
        """
        met = node._met
        if met is None or met.over or met.thread == self.thread or met.thread not in sys._current_frames():
            return False
        return node._a is not None or not met.walked


def topological_order(*roots: Value) -> list[Value]:
    """The roots and all nodes that gradient flows to from them, each after its operands: `plain_order`, but faster.

    >>> from minigrad import Value
    >>> x = Value(3.0, label="x")
    >>> y = x * x
    >>> y.label = "y"
    >>> [node.label for node in topological_order(y)]
    ['x', 'y']
    """
    walk = Walk(*roots)
    try:
        return _marked_order(roots, walk) or plain_order(roots)
    finally:
        walk.__exit__()


def _marked_order(roots: tuple[Value, ...], walk: Walk) -> list[Value] | None:
    """The order, by marks on the nodes; None where another thread's walk is under way on one of them."""
    order: list[Value] = []
    for root in roots:
        if root._met is not walk and not _mark(root, walk, order):
            return None
    return order


def _mark(node: Any, walk: Walk, order: list[Value]) -> bool:
    """Add the node, and what is below it and not met yet, to the order; False where another thread is under way.

    A node that was met is in the order already, or on the path that we came down; and an operand is never on the path,
    since no node is below itself. So what has no unmet operand is next in the order.
    """
    path: list[Any] = [None]  # the nodes that we came down through to `node`; in front of a root there is none
    rests: list[Iterator[Any]] = []  # the operands still to be looked at, of those nodes on the path that have many
    while node is not None:
        if node._met is not None and not node._met.over and walk.meets_another(node):
            return False
        node._met = walk  # (nobody can come in between: Python changes threads only at calls and loops)
        if node._da is not None:
            if node._a._met is not walk:  # down to the first operand
                path.append(node)
                node = node._a
                continue
        elif node._db is None and node._origin.__class__ is tuple:
            rests.append(iter(node._origin[2]))
        while node is not None:  # up, as far as no other operand is left to go down to
            other = None
            if node._db is not None:
                other = node._b if node._b._met is not walk else None
            elif node._da is None and node._origin.__class__ is tuple:
                other = _unmet(rests, walk, order)
            if other is not None:
                path.append(node)
                node = other
                break
            order.append(node)
            node = path.pop()
    return True


def _unmet(rests: list[Iterator[Any]], walk: Walk, order: list[Value]) -> Any:
    """The next operand of the last rest to go down to; None, and the rest is dropped, if there is none.

    Leaves before it have nothing below: they are next in the order. (A leaf that another walk is under way on is not
    ours to mark: down there, `_mark` finds that out.)
    """
    for x in rests[-1]:
        if x.__class__ is not float and x._met is not walk:
            if x._a is not None or not (x._met is None or x._met.walked):
                return x
            x._met = walk
            order.append(x)
    rests.pop()
    return None
