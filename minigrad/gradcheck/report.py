"""What gradcheck says: a `Derivative` for each one that was checked, and a `Report` of them all."""

from __future__ import annotations

import math

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

NOT_DETERMINISTIC = (
    "not deterministic: another look at the same point gives another number; draw from a generator seeded inside"
)


class Derivative:
    """One derivative that was checked: `of` what, `expected` by finite differences, up to `error`, and `received`.

    `verdict` is "pass", "fail", "uncertain" or "kink", `reason` says why it is uncertain. Where a derivative is
    infinite, `error` is the steepest quotient seen.
    """

    __slots__ = ("of", "expected", "error", "received", "verdict", "reason")

    def __init__(self, of: str, received: float, expected: float, error: float, verdict: str, reason: str = "") -> None:
        self.of, self.received, self.expected, self.error = of, received, expected, error
        self.verdict, self.reason = verdict, reason

    @property
    def doubt(self) -> float:
        """How far off `expected` may be, relative to itself: a rule that is wrong by less may go unseen."""
        return 0.0 if math.isinf(self.expected) else self.error / abs(self.expected or 1.0)

    def __repr__(self) -> str:
        if self.verdict == "kink":
            return f"derivative {self.of}: a kink"
        scale = abs(self.expected) if math.isfinite(self.expected) and self.expected else 1.0
        doubt = f" +- {self.error:.0e}" if self.doubt > 1e-9 else ""
        off = self.reason or f"off by {abs(self.received - self.expected) / scale:.0e}"
        return f"derivative {self.of}: expected {self.expected:.12g}{doubt}, received {self.received:.12g}, {off}"


class Report:
    """What `gradcheck` found: true if the gradient passed, and as text good to read.

    `verdict` is "pass", "fail", "uncertain" or "kink"; `point` the arguments; `gradient` holds a `Derivative` for each
    number in them, in order, or, of many numbers, for directions; `inside` one for each Value operand of each op in the
    graph; `blame` those of `inside` that are wrong; `reason` says why a verdict is uncertain.
    """

    __slots__ = ("verdict", "point", "gradient", "inside", "blame", "reason")

    def __init__(
        self, point: tuple[Any, ...], gradient: list[Derivative], inside: list[Derivative], reason: str = ""
    ) -> None:
        self.point, self.gradient, self.inside = point, gradient, inside
        self.blame = [found for found in inside if found.verdict == "fail"]
        self.verdict = self._verdict(reason)
        reasons = [reason, *[found.reason for found in (*inside, *gradient) if found.reason]]
        self.reason = next(filter(None, reasons), "") if self.verdict == "uncertain" else ""

    def _verdict(self, reason: str) -> str:
        """A wrong rule is wrong whatever else there is; what no rule explains counts only where all can be known."""
        whole, inside = [{found.verdict for found in part} for part in (self.gradient, self.inside)]
        if self.blame:
            return "fail"
        if reason:
            return "uncertain"
        # beside a kink, or an op of which nothing is known, the function's own gradient proves nothing
        ranked = [("kink", inside), ("uncertain", inside), ("kink", whole), ("fail", whole), ("uncertain", whole)]
        return next((verdict for verdict, found in ranked if verdict in found), "pass")

    @property
    def passed(self) -> bool:
        """Whether the verdict is "pass"."""
        return self.verdict == "pass"

    def __bool__(self) -> bool:
        return self.passed

    def _head(self) -> str:
        if self.blame:
            return f"{self.blame[0].of.removeprefix('of ')} is to blame"
        if self.verdict == "fail":
            return "no op is to blame, so the function computes what is not in its graph; look for .data and .detach()"
        if self.verdict == "kink":
            return "there is no one derivative here for a gradient to agree with"
        if self.verdict == "uncertain":
            return self.reason
        n, m = len(self.gradient), len(self.inside)
        return f"finite differences agree with every derivative, {n} of the function and {m} of the ops inside"

    def __repr__(self) -> str:
        every = [*self.inside, *self.gradient]
        lines = [*{repr(x): 0 for x in every if x.verdict == self.verdict != "pass" or x.doubt > 1e-6}]
        more = [f"... and {len(lines) - 10} more"] if len(lines) > 10 else []
        return "\n  ".join([f"{self.verdict}: {self._head()}", *lines[:10], *more])
