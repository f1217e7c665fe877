"""Native: the rows of the op table for compilers of numbers, which know less of Python and raise fewer errors.

`forward(op, count)` is what computes an op of so many operands. Where a row is made of Python that such a compiler does
not take, a function of `routines.py` stands in for it. Where Python raises an error, such a compiler goes on with nan
or inf; so `checked` adds a look at the result.

>>> from ..functions import OPS
>>> forward(OPS["cbrt"], 1)(-27.0), forward(OPS["sin"], 1).__name__
(-3.0, 'checked_sin')
"""

from __future__ import annotations

import math

from ..ops import NEVER, Op
from . import routines
from .rewrite import ROWS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


# Rows that such a compiler does not take, or to other digits.
STANDING_IN: dict[Op, Callable[..., float]] = {
    ROWS[name]: getattr(routines, name)
    for name in (
        *("power_term", "power_log", "round_to", "cbrt", "asinh_derivative", "cosine", "hypot", "fmod", "remainder"),
        *("fraction", "whole", "ldexp", "fsum", "share", "logsumexp", "fma", "sumprod"),
    )
}


def forward(op: Op, count: int) -> Callable[..., float]:
    """What gives the result of the op for `count` floats, and raises where Python does, all of it as numba takes it."""
    found: Any = STANDING_IN.get(op)
    if op.raises == NEVER:
        return found or op.forward
    return checked(op, count, found)


def checked(op: Op, count: int, found: Callable[..., float] | None = None) -> Callable[..., float]:
    """The op for `count` floats, or what stands in for it, and a ValueError where the rule of `math` has an error.

    That is where the result is a nan that no operand brings, or an infinity out of finite operands. Which error it is
    the original knows; the same where it has an answer after all.
    """
    names = [f"x{k}" for k in range(count)]
    text = f"forward({', '.join(names)})"
    if op.code is not None and not found:
        text = op.code(names) if callable(op.code) else op.code.format(*names)
    numbers, finite = [" and ".join([test.format(x) for x in names]) for test in ("{0} == {0}", "abs({}) < inf")]
    lines = [
        f"def checked_{op.name}({', '.join(names)}):",
        f"    out = float({text})",
        "    if not abs(out) < inf:",
        f"        if {numbers or True} if out != out else {finite or True}:",
        "            raise ValueError",
        "    return out\n",
    ]
    scope: dict[str, Any] = {"inf": math.inf, "nan": math.nan, "math": math, "forward": found or op.forward}
    exec(compile("\n".join(lines), f"<minigrad {op.name}>", "exec"), scope)
    return scope[f"checked_{op.name}"]  # type: ignore[no-any-return]
