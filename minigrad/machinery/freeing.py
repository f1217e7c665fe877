"""Freeing a graph without recursion, where Python's own way of it needs more stack than there is.

A node holds its operands, so the last result takes all of its graph with it. CPython goes down such a chain by
recursion in C, and turns to a list of what is left before the stack ends. Under WebAssembly it does not see that end
coming: there freeing a chain of some 4,000 nodes would end the interpreter. So there, and there alone, every node hands
over its operands when it dies, and the first of them frees the others one by one.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def freed_in_steps(node_class: type, needed: bool = sys.platform == "emscripten") -> None:
    """Where it is needed, give the class of nodes a `__del__`, which takes about as long as making a node does."""
    if not needed:
        return
    pending: list[Any] = []  # what a dying node held, above a None that says that somebody is at it

    def __del__(self: Any) -> None:  # noqa: N807 - it becomes a method
        if getattr(self, "_a", None) is None or not hasattr(self, "_b"):  # a leaf, or a node that was never complete
            return
        first = not pending
        if first:
            pending.append(None)
        several = self._origin.__class__ is tuple
        pending.extend(x for x in (self._a, self._b, self._origin if several else None) if x is not None)
        self._a = self._b = self._origin = None
        if first:
            try:
                while pending.pop() is not None:  # the last hold on what is popped ends here, so its __del__ comes now
                    pass
            finally:
                pending.clear()  # also after Ctrl-C

    node_class.__del__ = __del__  # type: ignore[attr-defined]
