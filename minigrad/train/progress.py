"""Progress: one line that tells how far a descent has come, while it goes on."""

from __future__ import annotations

import sys
from time import monotonic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .monitor import Descent

EVERY = 5.0  # seconds between two lines where none can be rewritten


class Progress:
    """The line on standard error: rewritten in place on a terminal, a new one every few seconds elsewhere."""

    def __init__(self) -> None:
        self.due = monotonic() + EVERY

    def show(self, descent: Descent, last: bool = False) -> None:
        """Tell how far it has come, if that is due: on a terminal, when the two leading digits of the step change."""
        stream = sys.stderr
        if stream.isatty():
            if last or descent.steps % 10 ** max(0, len(str(descent.steps)) - 2) == 0:
                print(f"\r{_line(descent)}\x1b[K", end="\n" * last, file=stream, flush=True)
        elif last or monotonic() >= self.due:
            self.due = monotonic() + EVERY
            print(_line(descent), file=stream, flush=True)


def _line(descent: Descent) -> str:
    optimizer = descent.optimizer
    rate = "auto" if optimizer.auto and not descent.steps else f"{optimizer.lr:g}"
    return f"step {descent.steps}  loss {descent.loss:.6g}  gradient norm {descent.grad_norm:.3g}  lr {rate}"
