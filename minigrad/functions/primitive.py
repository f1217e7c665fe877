"""Ops of your own: one row more in the table, made and used the way the library makes and uses its own."""

from __future__ import annotations

import keyword

from ..engine import Value
from ..ops import Op, as_float

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any


def primitive(
    name: str,
    forward: Callable[..., float],
    partials: Callable[..., Any],
    code: str | Callable[[Sequence[str]], str] | None = None,
) -> Op:
    """An op of your own: a function of numbers and Values that is differentiated by the rule you give.

    name: an identifier; messages, pictures and generated code call the op so.
    forward: the result as a number, from floats.
    partials: `partials(out, *operands)`, how fast the result `out` changes with each operand: a sequence of as many
        numbers as there are operands, or a bare number if there is one; None for an operand to be held constant. It
        is called with floats, and with Values when derivatives are to be differentiated again: so write it in
        arithmetic and in minigrad's functions, not in those of `math`, and branch on no operand.
    code: the op as Python text, with {} or {0}, {1}, ... for the operands, or a function that makes the text out of
        their names. Without it generated code calls `forward`.

    Raises TypeError where one of these, or what `forward` or `partials` returns, is of the wrong kind, ValueError where
    `partials` returns too few or too many.

    What is left of a thing after time t, if it fades by 1 / (1 + k * t):

    >>> from minigrad import Value
    >>> fade = primitive("fade", lambda t, k: 1.0 / (1.0 + k * t), lambda out, t, k: (-k * out * out, -t * out * out))
    >>> fade(2.0, 0.5)
    0.5
    >>> t = Value(2.0)
    >>> y = fade(t, 0.5)
    >>> y.backward()
    >>> y, t.grad
    (Value(data=0.5, grad=1.0), -0.125)
    """
    if not str(name).isidentifier() or keyword.iskeyword(name):
        raise TypeError(f"primitive: expected an identifier for a name, got {name!r} ({type(name).__name__})")
    for what, function in (("forward", forward), ("partials", partials)):
        if not callable(function):
            raise TypeError(f"primitive {name}: expected a function for {what}, got {function!r}")
    if not (code is None or isinstance(code, str) or callable(code)):
        raise TypeError(f"primitive {name}: expected text or a function for code, got {code!r}")

    def checked_forward(*numbers: float) -> float:
        return _number(name, "forward", forward(*numbers))

    def checked_partials(out: Any, *operands: Any) -> tuple[Any, ...]:
        given = partials(out, *operands)
        given = tuple(given) if hasattr(given, "__len__") else (given,)
        return tuple([d if d is None or isinstance(d, Value) else _number(name, "partials", d) for d in given])

    checked_forward.__wrapped__ = forward  # type: ignore[attr-defined]  # what numba is to compile
    checked_partials.__wrapped__ = partials  # type: ignore[attr-defined]
    return Primitive(name, checked_forward, checked_partials, code)


class Primitive(Op):
    """What `primitive` gives: an op that can be pickled if its functions can."""

    __slots__ = ()

    def __reduce__(self) -> Any:
        checked: list[Any] = [self.forward, self.partials]
        return primitive, (self.name, *[x.__wrapped__ for x in checked], self.code)


def _number(name: str, what: str, x: Any) -> float:
    try:
        return as_float(x)
    except TypeError:
        raise TypeError(
            f"primitive {name}: expected a number from {what}, got {x!r:.100} ({type(x).__name__})"
        ) from None
