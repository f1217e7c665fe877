"""Diagnosis: why a descent went wrong, in numbers that say what to change.

Steps of gradient descent are stable only below lr = 2 / c, where c is the largest curvature of the loss: the largest
eigenvalue of its Hessian, the matrix H of second derivatives. H itself is never formed. The gradient of (gradient . v)
is the product H v, and multiplying again and again turns any v towards the direction of largest curvature.

>>> from minigrad import Value
>>> from minigrad.optim import SGD
>>> x, y = Value(1.0), Value(1.0)
>>> loss = lambda: 3.0 * x * x + y * y / 2.0          # curvatures 6 and 1
>>> round(find_lr(loss, SGD([x, y], lr=1.0)), 6)
0.166667
"""

from __future__ import annotations

import math
import os
import sys

from .batches import graph_of
from .engine import Value, gradients
from .optim import SGD
from .order import topological_order

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
    from typing import Any

    from .optim import Optimizer

    Product = Callable[[list[float]], list[float]]


def find_lr(objective: Callable[[], Any], optimizer: Optimizer) -> float:
    """A learning rate for gradient descent where the parameters are now: 1 / c, half of the largest stable one.

    `objective` is what `minimize` takes, `optimizer` holds the parameters; neither they nor their gradients change.
    Raises ValueError if the loss has no upward curvature here, for then no rate is too large.
    """
    curvature = largest_curvature(objective, optimizer.params)
    if not curvature > 0:
        raise ValueError(
            f"expected a loss that curves upwards here, got {curvature!r} as its largest curvature; start elsewhere"
        )
    return 1.0 / curvature


def advise(reason: str, objective: Callable[[], Any], optimizer: Optimizer) -> str:
    """What to do after a descent that ended as `reason` (`stalled` or `diverged`), parameters as they are now."""
    lr = optimizer.lr
    limit = largest_stable_lr(objective, optimizer) if isinstance(optimizer, SGD) else math.nan
    stable = f"the largest stable learning rate here is {limit:.3g}"
    if reason == "diverged":
        text = f"lr = {lr:g} makes steps so long that each lands higher than the last: lower the learning rate"
        return f"{text}; {stable}; try lr = {limit / 2:.3g}." if lr > limit else f"{text}."
    if lr > limit / 4:
        return (
            f"The loss hardly moves, yet the slope is still steep, and {stable}: lr = {lr:g} is near it, so the valley "
            "is narrow; standardize the features, or go on with a smaller tol."
        )
    text = f"lr = {lr:g} makes steps so short that the loss hardly moves on a steep slope: raise the learning rate"
    return f"{text}; {stable}; try lr = {limit / 2:.3g}." if limit > 0 else f"{text}."


def largest_stable_lr(objective: Callable[[], Any], optimizer: Optimizer) -> float:
    """The learning rate past which gradient descent climbs out of any bowl: 2 (1 + momentum) / c; nan if unknown."""
    try:
        curvature = largest_curvature(objective, optimizer.params)
    except (ArithmeticError, ValueError):  # the loss has no value here
        return math.nan
    return 2.0 * (1.0 + getattr(optimizer, "momentum", 0.0)) / curvature if curvature > 0 else math.nan


def largest_curvature(objective: Callable[[], Any], params: list[Value]) -> float:
    """The largest eigenvalue of the Hessian of the loss in `params`, by power iteration."""
    kept = [p.grad for p in params]
    try:
        product, slopes = _hessian_product(objective, params)
        extreme = _power_iteration(product, slopes)
        if extreme >= 0:
            return extreme
        # The largest in size curves downwards; counted from there, the largest of all is the largest in size.
        lifted = _power_iteration(lambda v: [h - extreme * x for h, x in zip(product(v), v, strict=True)], slopes)
        return extreme + lifted
    finally:
        for p, grad in zip(params, kept, strict=True):
            p.grad = grad


def _hessian_product(objective: Callable[[], Any], params: list[Value]) -> tuple[Product, list[float]]:
    """The function v -> H v, and the gradient to start from."""
    slopes = gradients(graph_of(objective)(), params)

    def product(v: list[float]) -> list[float]:
        for p in params:
            p.grad = 0.0
        total = Value(0.0)
        for slope, x in zip(slopes, v, strict=True):
            total = total + slope * x
        total.backward()
        return [p.grad for p in params]

    return product, [slope.data for slope in slopes]


def _power_iteration(product: Product, start: list[float]) -> float:
    """The eigenvalue of largest size: v . H v, once multiplying by H no longer turns the unit vector v."""
    # A little of everything beside the slope, which may have no part in the direction sought; irrational, so no pattern
    # of the parameters' own cancels it.
    size = math.hypot(*start) or 1.0
    v = [s / size + 0.1 * math.sin(i + 1) for i, s in enumerate(start)]
    eigenvalue = 0.0
    for _ in range(100):
        size = math.hypot(*v) or 1.0
        v = [x / size for x in v]
        image = product(v)
        before, eigenvalue = eigenvalue, sum([x * h for x, h in zip(v, image, strict=True)])
        if abs(eigenvalue - before) <= 1e-7 * abs(eigenvalue):
            break
        v = image
    return eigenvalue


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
    FloatingPointError: mul(1e+200, 1e+200) = inf, in <doctest minigrad.diagnosis.detect_anomaly[1]> line 2: ...
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

    while frame is not None and frame.f_code.co_filename.startswith(os.path.dirname(__file__) + os.sep):
        frame = frame.f_back
    if frame is None:
        return "at an unknown line"
    path = frame.f_code.co_filename
    return f"in {path} line {frame.f_lineno}: {linecache.getline(path, frame.f_lineno, frame.f_globals).strip()}"
