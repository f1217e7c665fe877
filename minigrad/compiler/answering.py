"""Answering: how every question is put to generated code, about a call or about a table.

Try it; where a guard fails, trace, and try again; where that does not help, ask the original.
"""

from __future__ import annotations

from .errors import FAILURES, GuardFailed, Unrepeatable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class Answering:
    """Whatever generated code answers questions for: the one loop of trace and retry, and the one way out of it.

    `attempt(question)` runs the code and raises GuardFailed where it knows no path, with what bailed out as arguments,
    Unrepeatable where only the original can go. `trace(question, *bailed_out)` has it learn; False if that showed
    nothing new, because a jit computes otherwise than Python, or another thread was faster. `fallback(question, error)`
    runs the original, for the error that names op and operands, or for what code cannot say, as at the pole of a
    derivative; or by itself, if there was no error.
    """

    __slots__ = ()

    attempt: Callable[..., Any]
    trace: Callable[..., bool]
    fallback: Callable[..., Any]

    def answer(self, question: Any) -> Any:
        """What the code answers; traced where a guard fails, and the original's answer where that does not help."""
        failure: Exception | None = None
        while True:
            try:
                return self.attempt(question)
            except GuardFailed as failed:
                bailed_out = failed.args
            except Unrepeatable:
                break
            except FAILURES as error:
                failure = error
                break
            if not self.trace(question, *bailed_out):
                break
        try:
            return self.fallback(question, failure)
        except FAILURES as error:
            raise error from failure
        finally:
            failure = None  # which refers to this frame, which refers to it

    def learned_elsewhere(self, question: Any) -> bool:
        """Whether another thread has traced this path while this one waited for the lock.

        Traced again it would be nothing new, or even contradict itself: there may be more parameters by now, and so
        more derivatives.
        """
        try:
            self.attempt(question)
        except GuardFailed:
            return False
        except (*FAILURES, Unrepeatable):
            pass
        return True
