"""Curvature: how steep a loss can get, and so how long a step may be.

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

from ..engine import Value, gradients
from .batches import graph_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..optim import Optimizer

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
