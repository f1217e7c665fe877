"""Anomalies: the first op whose result is not finite, found in a graph or caught in the act.

>>> from minigrad import Value, mean
>>> big = Value(1e200)
>>> first_not_finite(mean([big * big, 1.0]))
'mul(1e+200, 1e+200) = inf'
"""

from __future__ import annotations

import math
import os
import sys

from ..engine import Value
from ..machinery.order import topological_order

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType

_PACKAGE = os.path.dirname(os.path.dirname(__file__)) + os.sep


def first_not_finite(loss: Value) -> str:
    """The op that made the first number of a graph that is not finite, as `op(operands) = number`; "" if all are."""
    for node in topological_order(loss):
        if node.op is not None and not math.isfinite(node.data):
            return _equation(node)
    return ""


def _equation(node: Value) -> str:
    operands = [f"{x._number if isinstance(x, Value) else x!r}" for x in node.operands]
    if len(operands) > 4:
        operands[2:-1] = [f"... {len(operands) - 3} more ..."]
    return f"{node.op.name if node.op else 'leaf'}({', '.join(operands)}) = {node._number!r}"


class detect_anomaly:  # noqa: N801 - a context manager, under the name that PyTorch gives it
    """Within the block, raise FloatingPointError at the first op whose result is inf or nan.

    The message has the op with its operands and the line of your program that asked for it. It watches every call of
    the thread, through `sys.setprofile`, and so is for finding a fault, not for daily use. The code that `compile`
    generates makes no Values and is not watched.

    >>> big = Value(1e200)
    >>> with detect_anomaly():  # doctest: +ELLIPSIS
    ...     y = big * big
    Traceback (most recent call last):
        ...
    FloatingPointError: mul(1e+200, 1e+200) = inf, in <doctest ...> line 2: ...
    """

    _makers = frozenset([f.__code__ for f in vars(Value).values() if hasattr(f, "__code__")])  # with all that makes one

    def __enter__(self) -> None:
        self._outer = sys.getprofile()
        sys.setprofile(self._watch)

    def __exit__(self, *exc_info: object) -> None:
        sys.setprofile(self._outer)

    def _watch(self, frame: FrameType, event: str, arg: object) -> None:  # pragma: no cover - Python traces no profiler
        if (
            event == "return"
            and frame.f_code in self._makers
            and isinstance(arg, Value)
            and not math.isfinite(arg._number)
        ):
            raise FloatingPointError(f"{_equation(arg)}, {_users_line(frame)}")


def _users_line(frame: FrameType | None) -> str:
    """The innermost line outside of this package."""
    import linecache

    while frame is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        frame = frame.f_back
    if frame is None:
        return "at an unknown line"
    path = frame.f_code.co_filename
    return f"in {path} line {frame.f_lineno}: {linecache.getline(path, frame.f_lineno, frame.f_globals).strip()}"
