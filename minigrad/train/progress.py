"""Progress: one line that tells how far a descent has come, while it goes on."""

from __future__ import annotations

import sys
from time import monotonic

EVERY = 5.0  # seconds between two lines where none can be rewritten


class Progress:
    """The line on standard error: rewritten in place on a terminal, a new one every few seconds elsewhere."""

    def __init__(self) -> None:
        self.due = monotonic() + EVERY

    def show(self, step: int, loss: float, grad_norm: float, rest: str = "", last: bool = False) -> None:
        """Tell how far it has come, if that is due: on a terminal, when the two leading digits of the step change."""
        stream = sys.stderr
        line = f"step {step}  loss {loss:.6g}  gradient norm {grad_norm:.3g}{rest}"
        if stream.isatty():
            if last or step % 10 ** max(0, len(str(step)) - 2) == 0:
                print(f"\r{line}\x1b[K", end="\n" * last, file=stream, flush=True)
        elif last or monotonic() >= self.due:
            self.due = monotonic() + EVERY
            print(line, file=stream, flush=True)
