"""Target: what generated code is for, and what an op is there.

Two are known: Python itself, and a `jit` that makes machine code of Python. All that differs between them begins here:
whether an op is a text or a call, which ops raise what nobody would notice, how losses are summed, and what a function
may take and give. (`conventions.py` writes the functions of each.)

>>> from ..functions import OPS
>>> PYTHON.text(OPS["mul"]), PYTHON.may_raise(OPS["mul"]), PYTHON.may_raise(OPS["log"])
('{} * {}', False, True)
"""

from __future__ import annotations

from types import FunctionType

from .rewrite import POW_CALL, ROWS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    from ..ops import Op

# Ops that raise for operands at which their derivative has a value, so that nobody would notice: log(-1).
_NAMES = "log log2 log10 log1p atanh math_pow floor ceil trunc round round_to floordiv mod fmod remainder lgamma ldexp"
UNNOTICED = {ROWS[name] for name in [*_NAMES.split(), "fma"]} | {POW_CALL}


NEVER_RAISE = {ROWS[name] for name in ("add", "sub", "mul", "neg", "abs", "sign")}


def added(total: float, losses: Iterable[float]) -> float:
    """`total` and the losses, added from left to right as `mean` does."""
    for loss in losses:
        total += loss
    return total


class Target:
    """Plain Python, run by Python."""

    __slots__ = ("add",)

    typed = False  # whether numbers in bulk must travel in flat arrays, and results must be of one type
    inlined = True  # whether the body of a function may as well stand elsewhere
    suffix = ""  # of the names of files, as tracebacks show them

    def __init__(self) -> None:
        self.add: Callable[[float, Iterable[float]], float] = added

    def text(self, op: Op) -> str | Callable[[Sequence[str]], str] | None:
        """The op as text, or the function that makes that of the names of its operands; None if it is called."""
        return op.code

    def call(self, op: Op) -> Callable[..., float]:
        """What the name of an op without text stands for."""
        return op.forward

    def may_raise(self, op: Op | None) -> bool:
        """Whether an op may raise where its derivative has a value, so that it is computed even if nobody needs it."""
        return op in UNNOTICED or (op is not None and op.name not in ROWS)

    def can_fail(self, op: Op | None) -> bool:
        """Whether an op can raise at all."""
        return op is not None and op not in NEVER_RAISE

    def finished(self, scope: dict[str, Any], name: str) -> Any:
        """The function of this name, which stands in `scope` among all that it calls."""
        return scope[name]


class Native(Target):
    """Machine code, by a decorator such as `numba.njit`."""

    __slots__ = ("jit",)

    typed = True
    inlined = False
    suffix = ".jit"

    def __init__(self, jit: Callable[..., Any]) -> None:
        self.jit, self.add = jit, jit(added)

    def finished(self, scope: dict[str, Any], name: str) -> Any:
        """The function of this name, decorated, as are all that it calls."""
        function = scope[name]
        scope |= {key: self._decorated(x) for key, x in scope.items() if x is not function}
        return self.jit(function)

    def _decorated(self, x: Any) -> Any:
        """`x`, decorated if it is a function written in Python, and so are those that it calls."""
        x = getattr(x, "__wrapped__", x)
        if not isinstance(x, FunctionType):
            return x
        scope = {name: value for name, value in x.__globals__.items() if name in x.__code__.co_names}
        called = {name: self._decorated(value) for name, value in scope.items() if value is not x}
        return self.jit(FunctionType(x.__code__, x.__globals__ | called, x.__name__, x.__defaults__, x.__closure__))


PYTHON = Target()


def target_of(jit: Callable[..., Any] | None) -> Target:
    """The target that `compile(..., jit=jit)` means."""
    return PYTHON if jit is None else Native(jit)
