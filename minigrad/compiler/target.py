"""Target: what generated code is for, and what an op is there.

Two are known: Python itself, and a `jit` that makes machine code of Python. All that differs between them begins here:
whether an op is a text or a call, which ops raise what nobody would notice, how losses are summed, and what a function
may take and give. (`conventions.py` writes the functions of each.)

>>> from ..functions import OPS
>>> PYTHON.text(OPS["mul"]), PYTHON.may_raise(OPS["mul"]), PYTHON.may_raise(OPS["log"])
('{} * {}', False, True)
"""

from __future__ import annotations

from types import CellType, FunctionType

from ..machinery.locks import Lock
from ..ops import ANYWHERE, DIV, NEVER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    from ..ops import Op


def added(total: float, losses: Iterable[float]) -> float:
    """`total` and the losses, added from left to right as `mean` does."""
    for loss in losses:
        total += loss
    return total


class Target:
    """Plain Python, run by Python."""

    __slots__ = ("add",)

    columns = False  # whether an operand is a whole column of numbers
    typed = False  # whether numbers in bulk must travel in flat arrays, and results must be of one type
    inlined = True  # whether the body of a function may as well stand elsewhere
    suffix = ""  # of the names of files, as tracebacks show them

    def __init__(self) -> None:
        self.add: Callable[[float, Iterable[float]], float] = added

    @property
    def scalar(self) -> Target:
        """The target of calls with numbers alone."""
        return self

    def text(self, op: Op) -> str | Callable[[Sequence[str]], str] | None:
        """The op as text, or the function that makes that of the names of its operands; None if it is called."""
        return op.code

    def call(self, op: Op, _count: int) -> Callable[..., float]:
        """What the name of an op without text stands for, where it has so many operands."""
        return op.forward

    def may_raise(self, op: Op | None) -> bool:
        """Whether an op may raise where its derivative has a value, so that it is computed even if nobody needs it."""
        return op is not None and op.raises == ANYWHERE

    def can_fail(self, op: Op | None) -> bool:
        """Whether an op can raise at all."""
        return op is not None and op.raises != NEVER

    def finished(self, scope: dict[str, Any], name: str) -> Any:
        """The function of this name, which stands in `scope` among all that it calls."""
        return scope[name]


class Native(Target):
    """Machine code, by a decorator such as `numba.njit`.

    What Python raises an error for gives nan or inf there, all but a division by zero. So an op that may raise is
    called, by a function that looks at its result.
    """

    __slots__ = ("jit", "_made", "_lock")

    typed = True
    inlined = False
    suffix = ".jit"

    def __init__(self, jit: Callable[..., Any]) -> None:
        self.jit, self.add = jit, jit(added)
        self._made: dict[Any, Any] = {}  # what was decorated, which may be compiled by now: ops and functions of Python
        self._lock = Lock()  # a function that another thread has not done with yet is not decorated

    def text(self, op: Op) -> str | Callable[[Sequence[str]], str] | None:
        """The op as text, if that notices all errors."""
        return op.code if op.raises == NEVER or op is DIV else None

    def call(self, op: Op, count: int) -> Callable[..., float]:
        """The function that stands for the op, decorated, as are all that it calls."""
        with self._lock.own:
            if (op, count) not in self._made:
                from .native import forward  # which plain Python does without

                self._made[op, count] = self._decorated(forward(op, count))
            return self._made[op, count]  # type: ignore[no-any-return]

    def finished(self, scope: dict[str, Any], name: str) -> Any:
        """The function of this name, decorated."""
        return self.jit(scope[name])

    def _decorated(self, x: Any) -> Any:
        """`x`, decorated if it is a function written in Python, and so are those that it calls."""
        x = getattr(x, "__wrapped__", x)
        if not isinstance(x, FunctionType):
            return x
        if x not in self._made:
            self._made[x] = x  # as those see it that it calls and that call it
            try:
                self._made[x] = self.jit(self._linked(x))
            except BaseException:
                del self._made[x]
                raise
        return self._made[x]

    def _linked(self, x: FunctionType) -> FunctionType:
        """The same function, for which all others that it knows are decorated."""
        from dis import get_instructions

        known = x.__globals__
        names = [step.argval for step in get_instructions(x) if step.opname == "LOAD_GLOBAL"]  # no attributes: math.exp
        scope = {name: self._decorated(known[name]) for name in names if name in known}
        cells = tuple([CellType(self._decorated(cell.cell_contents)) for cell in x.__closure__ or ()])
        return FunctionType(x.__code__, known | scope, x.__name__, x.__defaults__, cells or None)


PYTHON = Target()


def target_of(jit: Callable[..., Any] | None) -> Target:
    """The target that `compile(..., jit=jit)` means."""
    return PYTHON if jit is None else Native(jit)
