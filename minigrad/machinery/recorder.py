"""The recorder: what a trace is told of a function while it runs, and what it refuses to be asked.

A graph shows what was computed. It does not show which comparisons were asked on the way, nor what was read out of the
graph and came back as a plain number. `compile` needs to know of both, so a Value tells the recorder.
"""

from __future__ import annotations

from contextvars import ContextVar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# Where a function is being traced (`compiler/trace.py`), the comparisons it made: relation, both sides, the answer.
COMPARISONS: ContextVar[list[tuple[Any, Any, Any, bool]] | None] = ContextVar("comparisons", default=None)


def note(node: Any) -> None:
    """Tell a trace, if there is one, that `node` is computed even where nothing needs its number: it may raise."""
    if (met := COMPARISONS.get()) is not None:
        met.append((None, node, 0.0, True))


def unseen(what: str) -> TypeError:
    """The error for reading, while a function is traced, a number that no trace can follow."""
    return TypeError(
        f"a compiled function cannot read {what}: the number would be the same in every later call; compute with the "
        "Value itself, use .detach() for what is to have no gradient and minigrad.grad for derivatives, or pass it as "
        "an argument"
    )


def unrepeated(what: str) -> TypeError:
    """The error for something that a function does beside computing, while it is traced: it would never do it again."""
    return TypeError(
        f"a compiled function cannot {what}: that would happen once, while it is traced, and in no later call; do it "
        "outside"
    )


def check_untraced(root: Any) -> None:
    """Raise TypeError if `backward()` is called on `root` while a function is traced: .grad is no part of a graph."""
    if COMPARISONS.get() is not None:
        raise unseen(f"the .grad that backward() leaves below {root!r}")
