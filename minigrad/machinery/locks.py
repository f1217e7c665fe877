"""Locks: one thread at a time, and no thread waits for one that a fork has left behind.

A process that was forked goes on with a copy of everything, but of the threads it has only the one that forked. A lock
that another one held would never be released there. So after a fork each of these locks is a new one. What they guard
has to be whole at every moment: whoever holds one puts what he made in its place in a single step.

>>> lock = Lock()
>>> with lock.own:
...     with lock.own:      # the same thread may come in again
...         pass
"""

from __future__ import annotations

import os
from _thread import RLock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Lock:
    """A lock that the same thread may take again, one for each process.

    `with lock.own:` is a lock of CPython's own, between whose parts no Ctrl-C comes; a class with `__enter__` and
    `__exit__` would have room for one at the start of either.
    """

    __slots__ = ("_made",)

    def __init__(self) -> None:
        self._made: dict[int, Any] = {}

    @property
    def own(self) -> Any:
        """The lock of this process."""
        return self._made.setdefault(len(_FORKS), RLock())


_FORKS: list[None] = []  # one for each fork that led to this process
getattr(os, "register_at_fork", lambda **_: None)(after_in_child=lambda: _FORKS.append(None))
