"""The domain of a loss: errors that say the parameters are where the loss has no value, and a start that is there.

>>> from minigrad import Value, log
>>> w = Value(-1.0, label="w")
>>> try:
...     log(w)
... except ValueError as error:
...     print(fault_of(error, 3))  # doctest: +ELLIPSIS
Out of the domain of the loss, at step 3: log(-1.0): ...
"""

from __future__ import annotations

import math

from ..compiler.errors import of_an_op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..engine import Value


def fault_of(error: Exception, step: int) -> str:
    """What an error says of the place where the parameters are; "" if it is no op's, but the caller's own."""
    if isinstance(error, FloatingPointError):  # what detect_anomaly raises is for the caller to see
        return ""
    if isinstance(error, ArithmeticError):
        return f"Past the largest float, at step {step}: {error}."
    return f"Out of the domain of the loss, at step {step}: {error}." if of_an_op(error) else ""


def reject_start(params: list[Value], found: object, missing: str = "") -> ValueError:
    """The error for a start where the loss or its gradient is not finite; it names what is to blame.

    That is a cell of the rows that is `missing`, or else the parameters.
    """
    if missing:
        return ValueError(
            f"expected a number in every cell, got nan for {missing} (the first is row 0); leave out rows that lack "
            "one, as df.dropna() does, or put numbers there"
        )
    named = [(p.label or f"parameter {i}", p) for i, p in enumerate(params)]
    wrong = [f"{name} = {p.data!r}" for name, p in named if not math.isfinite(p.data)]
    wrong = wrong or [
        f"a gradient of {p.grad!r} at {name} = {p.data!r}" for name, p in named if not math.isfinite(p.grad)
    ]
    return ValueError(
        f"expected a start where the loss and its gradient are finite, got {', '.join(wrong[:3]) or found}"
        f"{f' ({found})' if wrong and found else ''}; begin elsewhere"
    )
