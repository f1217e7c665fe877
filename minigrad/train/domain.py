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
from ..compiler.names import argument_names
from ..machinery.trees import is_number, mapped, named_numbers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    from ..engine import Value


def fault_of(error: Exception, step: int) -> str:
    """What an error says of the place where the parameters are; "" if it is no op's, but the caller's own."""
    if isinstance(error, FloatingPointError):  # what detect_anomaly raises is for the caller to see
        return ""
    if isinstance(error, ArithmeticError):
        return f"Past the largest float, at step {step}: {error}."
    return f"Out of the domain of the loss, at step {step}: {error}." if of_an_op(error) else ""


def not_finite(f: Callable[..., Any], rows: Sequence[Any]) -> tuple[str, str, float] | None:
    """A number in a row for which f(*row) is not finite because of it: where it is, the argument, the number."""
    from ..compiler.blame import blamed  # which a descent that goes well does without

    def described(i: int, args: list[Any]) -> Any:
        def run(numbers: list[float]) -> Any:
            rest = iter(numbers)
            return f(*mapped(lambda x: next(rest) if is_number(x) else x, args))

        named = zip(argument_names(f, len(args)), args, strict=True)
        numbers = dict([pair for name, x in named for pair in named_numbers(name, x)])
        return f"row {i} (the first is row 0)", [*numbers], [*numbers.values()], run

    return blamed(described(i, [*row]) for i, row in enumerate(rows))


def reject_rows(objective: Any) -> ValueError | None:
    """The error for rows that hold a number that is not finite, if that is why their loss has none; it names it."""
    found = objective.not_finite() if hasattr(objective, "not_finite") else None
    if found is None:
        return None
    where, name, x = found
    what, how = ("a number", ", as df.dropna() does") if math.isnan(x) else ("a finite number", "")
    got = f"{x!r} for {name} in {where}"
    return ValueError(f"expected {what} in every cell, got {got}; leave such rows out{how}, or put numbers there")


def rows_at_fault(point: Iterable[float], objective: Any) -> ValueError | None:
    """The same, if it is not the parameters themselves, at this point, that are not finite."""
    return reject_rows(objective) if all(map(math.isfinite, point)) else None


def reject_start(params: list[Value], found: object, objective: Any = None) -> ValueError:
    """The error for a start where the loss or its gradient is not finite; it names the parameters or rows to blame."""
    if (error := rows_at_fault([p.data for p in params], objective)) is not None:
        return error
    named = [(p.label or f"parameter {i}", p) for i, p in enumerate(params)]
    wrong = [f"{name} = {p.data!r}" for name, p in named if not math.isfinite(p.data)]
    wrong = wrong or [
        f"a gradient of {p.grad!r} at {name} = {p.data!r}" for name, p in named if not math.isfinite(p.grad)
    ]
    return ValueError(
        f"expected a start where the loss and its gradient are finite, got {', '.join(wrong[:3]) or found}"
        f"{f' ({found})' if wrong and found else ''}; begin elsewhere"
    )
