"""The recorder: what a trace is told of a function while it runs.

A graph shows what was computed. It does not show which comparisons were asked on the way, what failed and was caught,
or what was read out of the graph and came back as a plain number. `compile` must know of all three, or it would write
down the first call's answers for ever. So a Value tells the recorder, and a trace reads the events:

    (relation, left, right, answer)     a comparison: a guard in the generated code
    ("noted", node, ...)                computed, and may raise, even if only its derivative is used
    ("computed", node, ...)             computed by the function itself, and may raise, even if nothing uses it
    ("awaited", node, ...)              the same where some `except` may wait for that: an error is an answer there
    ("refused", reason, error, ...)     something that no trace can repeat: from here on the original has to run. If it
                                        was an error, the function may let that out, and then all is said

Where no function is being traced, which is nearly always, `LIVE` is empty, and a look at that is all it costs.
"""

from __future__ import annotations

import os
import sys
from contextvars import ContextVar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    Event = tuple[Any, Any, Any, bool]

_PACKAGE = os.path.dirname(os.path.dirname(__file__)) + os.sep
_USERS = os.path.join(_PACKAGE, "testing") + os.sep  # what stands there uses the library as anybody does


class Recording:
    """The events of one run of a function, in order; `inputs` are the Values it was given.

    It is in LIVE while the function runs:

        try:
            recording.begin()
            ...
        finally:
            LIVE.pop(recording, None)
            recording.end()

    The pop comes first, and is not left to `end`: at the start of a function of Python's a Ctrl-C may come, so that it
    would never run, and the trace would stay open. `reads` alone: no trace, but a run on Values that is told what was
    read of them and would have been other of floats.
    """

    __slots__ = ("inputs", "events", "reads", "entered", "frame", "_before")

    def __init__(self, inputs: Iterable[Any], reads: bool = False) -> None:
        self.inputs = {id(x) for x in inputs}
        self.events: list[Event] = []
        self.reads = reads
        self.frame: Any = None
        self._before = _CURRENT.get()

    def begin(self) -> None:
        """From now on it is told what happens in this thread or task, in functions that the caller's frame calls."""
        self.frame = sys._getframe(1)
        self.entered = self.frame.f_code
        LIVE[self] = None
        _CURRENT.set(None if self.reads else self)

    def end(self) -> None:
        """Hand back to the one before; a task that was started here may keep the context, and find it over."""
        self.frame = None
        _CURRENT.set(self._before)


# The one piece of module state, and for threads alone: a comparison in another thread than its trace finds it here.
LIVE: dict[Recording, None] = {}
_CURRENT: ContextVar[Recording | None] = ContextVar("recording", default=None)


def _forked() -> None:
    """In a new process: what other threads were tracing is none of its business, for they are not in it."""
    frame: Any = sys._getframe()
    frames = []
    while frame is not None:
        frames.append(frame)
        frame = frame.f_back
    for recording in [*LIVE]:
        if recording.frame not in frames:
            del LIVE[recording]


getattr(os, "register_at_fork", lambda **_: None)(after_in_child=_forked)


def tracing() -> Recording | None:
    """The recording of the function that is being traced in this thread or task; None if there is none."""
    recording = _CURRENT.get() if LIVE else None
    if recording is None or recording not in LIVE:
        return None
    frame: Any = sys._getframe(1)
    while frame is not None:
        if frame is recording.frame:
            return recording
        frame = frame.f_back
    LIVE.pop(recording)  # it was interrupted where it could not say so itself: nobody is in it any more
    recording.end()
    return None


def watching(*nodes: Any, reads: bool = False) -> Recording | None:
    """The recording that nodes belong to: that of this thread, or another's whose inputs they were computed from."""
    if (recording := tracing()) is not None:
        return recording
    live = [recording for recording in [*LIVE] if reads or not recording.reads]
    stack: list[Any] = [*nodes] if live else []
    seen: set[int] = set()
    while stack:
        x = stack.pop()
        if id(x) in seen or not hasattr(x, "_pairs"):
            continue
        seen.add(id(x))
        for recording in live:
            if id(x) in recording.inputs:
                return recording
        stack += x.operands
    return None


def compared(relation: Any, left: Any, right: Any, answer: bool) -> None:
    """A comparison was made. In another thread than that of its trace, no later call could repeat it."""
    if (recording := watching(left, right)) is not None:
        if recording is tracing():
            recording.events.append((relation, left, right, answer))
        else:
            refuse("a comparison in another thread", recording)


def note(*nodes: Any) -> None:
    """`nodes` are computed, and may raise, even where only their derivatives are used: `gradients` says so of them."""
    if (recording := tracing()) is not None:
        recording.events += [("noted", node, 0.0, True) for node in nodes]


def computed(node: Any) -> Any:
    """`node`, which an op that may raise has computed: an error that its function may wait for, though it drops it."""
    if (recording := tracing()) is not None and (kind := _computed_by(recording)) is not None:
        recording.events.append((kind, node, 0.0, True))
    return node


def _computed_by(recording: Recording) -> str | None:
    """The kind of event; None where the library is at work on a derivative, which computes more than it uses.

    An `except` or `with` of the function shows in the table of exceptions that CPython keeps with its code.
    """
    frame: Any = sys._getframe(2)
    while _is_ours(frame) and frame.f_code is not recording.entered:
        if frame.f_code.co_name == "gradients":
            return None
        frame = frame.f_back
    while frame is not None and frame.f_code is not recording.entered:
        if not _is_ours(frame) and getattr(frame.f_code, "co_exceptiontable", True):
            return "awaited"
        frame = frame.f_back
    return "computed"


def failed(error: Exception) -> Exception:
    """`error`, which an op has met: what the function does about it, no generated code would."""
    if (recording := tracing()) is not None:
        refuse(f"an `except` around {error}", recording, error)
    return error


def read(what: str, node: Any, *passing: str) -> None:
    """What a function reads of a traced number beside computing with it; what the library reads for itself is fine.

    `passing` names functions between here and who reads.
    """
    frame: Any = sys._getframe(2)
    while frame.f_code.co_name in passing:
        frame = frame.f_back
    if not _is_ours(frame) and (recording := watching(node, reads=True)) is not None:
        refuse(what, recording)


def refuse(reason: str, recording: Recording, error: Exception | None = None) -> None:
    """What was just done cannot be repeated by generated code: from here on the original has to run."""
    frame: Any = sys._getframe(2)
    while frame.f_back is not None and _is_ours(frame):
        frame = frame.f_back
    where = f"{frame.f_code.co_filename}, line {frame.f_lineno}"
    recording.events.append(("refused", f"{reason} ({where})", error, True))


def _is_ours(frame: Any) -> bool:
    file: str = frame.f_code.co_filename
    return file.startswith(_PACKAGE) and not file.startswith(_USERS)


# --- What is refused ------------------------------------------------------------------------------------------------


def unseen(what: str) -> TypeError:
    """The error for reading, while a function is traced, a number that no trace can follow."""
    return refusal(
        f"a compiled function cannot read {what}: the number would be the same in every later call; compute with the "
        "Value itself, use .detach() for what is to have no gradient and minigrad.grad for derivatives, or pass it as "
        "an argument"
    )


def unrepeated(what: str) -> TypeError:
    """The error for something that a function does beside computing, while it is traced: it would never do it again."""
    return refusal(
        f"a compiled function cannot {what}: that would happen once, while it is traced, and in no later call; do it "
        "outside"
    )


def refusal(text: str) -> TypeError:
    """A TypeError; where a function is traced, it may not get around it by waiting for the error."""
    error = TypeError(text)
    if (recording := tracing()) is not None:
        refuse("an `except` around what a trace refuses", recording, error)
    return error


def check_untraced(root: Any) -> None:
    """Raise TypeError if `backward()` is called on `root` while a function is traced: .grad is no part of a graph."""
    if tracing() is not None:
        raise unseen(f"the .grad that backward() leaves below {root!r}")
