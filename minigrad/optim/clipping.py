"""Clipping: gradients cut to size, between `backward()` and `step()`, so that one steep place is no leap.

>>> from minigrad import Value
>>> a, b = Value(0.0), Value(0.0)
>>> a.grad, b.grad = 30.0, -40.0
>>> clip_grad_norm([a, b], 5.0), a.grad, b.grad
(50.0, 3.0, -4.0)
"""

from __future__ import annotations

import math

from ..machinery.untouched import UNTOUCHED
from ..ops import as_float

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..engine import Value


def clip_grad_norm(params: Iterable[Value], max_norm: float) -> float:
    """Shorten the gradient to `max_norm` if it is longer, and keep its direction; return how long it was.

    The norm is Euclidean, over all `params` together; a gradient that is not finite stays as it is. Raises ValueError
    unless `max_norm` > 0. Source: Pascanu et al. (2013), arXiv:1211.5063.

    >>> from minigrad import Value
    >>> w, b = Value(0.0), Value(0.0)
    >>> w.grad, b.grad = 3.0, 4.0
    >>> clip_grad_norm([w, b], 1.0)
    5.0
    >>> round(w.grad, 12), round(b.grad, 12)
    (0.6, 0.8)
    """
    params, limit = list(params), _positive("max_norm", max_norm)
    norm = math.hypot(*[p.grad for p in params])
    if limit < norm < math.inf:
        for p in params:
            if p.grad is not UNTOUCHED:
                p.grad *= limit / norm
    return norm


def clip_grad_value(params: Iterable[Value], max_value: float) -> None:
    """Cut every gradient to the range from -max_value to max_value; nan stays. Raises ValueError unless it is > 0.

    >>> from minigrad import Value
    >>> a = Value(0.0)
    >>> a.grad = -40.0
    >>> clip_grad_value([a], 1.0)
    >>> a.grad
    -1.0
    """
    limit = _positive("max_value", max_value)
    for p in params:
        if abs(p.grad) > limit:
            p.grad = math.copysign(limit, p.grad)


def _positive(name: str, limit: float) -> float:
    if not as_float(limit) > 0:
        raise ValueError(f"expected {name} > 0, got {limit!r}; 1.0 is a usual first try")
    return as_float(limit)
