"""What the signs of a formula do, by the name that `ast` has for them.

>>> import ast
>>> BINARY[ast.Pow](2.0, 3.0), compared([COMPARE[ast.Lt], COMPARE[ast.LtE]])(0.0, 1.0, 1.0)
(8.0, True)
"""

from __future__ import annotations

import ast
import operator

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any


def power(a: Any, b: Any) -> Any:
    """The power a ** b, of floats too never a complex number."""
    power = a**b
    if isinstance(power, complex):
        raise ValueError(f"expected a base >= 0 for the power {b:g}, got {a:g}: there is no real root of it")
    return power


BINARY: dict[type, Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: power,
}
UNARY: dict[type, Callable[..., Any]] = {ast.USub: operator.neg, ast.UAdd: operator.pos}
COMPARE: dict[type, Callable[..., Any]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}


def compared(signs: Sequence[Callable[[Any, Any], Any]]) -> Callable[..., bool]:
    """a < b <= c: whether all of it is so."""
    return lambda *xs: all(sign(a, b) for sign, a, b in zip(signs, xs, xs[1:], strict=False))


def listed(*xs: Any) -> list[Any]:
    """[a, b, ...]: its items as a list."""
    return list(xs)
