"""Curvature: how the gradient turns as the parameters move, and what follows from that.

H is the Hessian, the matrix of second derivatives. The gradient of (gradient . v) is the product H v, and products are
all that is asked for here. Multiplied again and again, any v turns towards the direction of largest curvature c, and
gradient descent is stable only below lr = 2 / c (`find_lr`). Conjugate gradients solve H d = g: the bottom of a bowl
lies at the Newton step d, and g . d / 2 lower. Lanczos' method finds out whether the loss bends downwards anywhere.

>>> from minigrad import Value
>>> from minigrad.optim import SGD
>>> x, y = Value(1.0), Value(1.0)
>>> loss = lambda: 3.0 * x * x + y * y / 2.0          # curvatures 6 and 1
>>> round(find_lr(loss, SGD([x, y], lr=1.0)), 6)
0.166667
>>> d, to_go = newton_step(Hessian(loss, [x, y]), [6.0, 1.0])     # of the gradient there
>>> [round(step, 9) for step in d], to_go             # the bottom is at 0, so one back in both, and 3.5 lower
([1.0, 1.0], 3.5)
"""

from __future__ import annotations

import math
from operator import mul

from ..engine import Value, gradients
from .objectives import graph_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..optim import Optimizer

    Product = Callable[[list[float]], list[float]]

FLAT = 1e-12  # of the largest curvature met is none: it is what rounding leaves of 0


class Hessian:
    """The function v -> H v, for the Hessian of sign * loss + sum(decay * p * p) / 2 in `params`, where they are now.

    `count` says how many products were asked for. A loss that is a Program over rows has its products compiled too;
    any other has its graph of gradients made once, and walked through for each product.
    """

    def __init__(
        self, objective: Any, params: list[Value], sign: float = 1.0, decays: list[float] | None = None
    ) -> None:
        self.params, self.sign, self.count = params, sign, 0
        self.decays = decays or [0.0] * len(params)
        rows = objective.all_rows if getattr(objective, "compiled", False) else objective
        self.times = _compiled(rows, params) if hasattr(rows, "again") else _walk(objective, params)

    def __call__(self, v: list[float]) -> list[float]:
        """H v; the parameters and their `.grad` stay as they are. Raises ArithmeticError if it is not finite."""
        self.count += 1
        kept = [p.grad for p in self.params]
        for p in self.params:
            p.grad = 0.0
        try:
            self.times(v)
            image = [self.sign * p.grad + c * x for p, c, x in zip(self.params, self.decays, v, strict=True)]
        finally:
            for p, grad in zip(self.params, kept, strict=True):
                p.grad = grad
        if not all(map(math.isfinite, image)):
            raise ArithmeticError(f"expected a finite product of the Hessian, got {image!r:.100}")
        return image


def _walk(objective: Callable[[], Any], params: list[Value]) -> Callable[[list[float]], None]:
    """What adds H v to the parameters' `.grad`, by way of the graph of gradients."""
    derivatives = gradients(graph_of(objective)(), params)

    def times(v: list[float]) -> None:
        total = Value(0.0)
        for derivative, x in zip(derivatives, v, strict=True):
            total = total + derivative * x
        total.backward()

    return times


def _compiled(rows: Any, params: list[Value]) -> Callable[[list[float]], None]:
    """The same for a Program over rows: gradient . v of one row is compiled, and its mean goes backward as a loop."""
    from ..compiler import compile  # noqa: A004 - its name

    loss, direction = rows.program.__wrapped__, [Value(0.0) for _ in params]

    def along(*row: Any, **named: Any) -> Value:
        total = Value(0.0)
        for derivative, x in zip(gradients(loss(*row, **named), params), direction, strict=True):
            total = total + derivative * x
        return total

    backward = rows.again(compile(along, xp=rows.program.xp)).backward

    def times(v: list[float]) -> None:
        for x, number in zip(direction, v, strict=True):
            x.data = number
        backward()

    return times


# --- The largest curvature ------------------------------------------------------------------------------------------


def find_lr(objective: Callable[[], Any], optimizer: Optimizer) -> float:
    """A learning rate for gradient descent where the parameters are now: 1 / c, half of the largest stable one.

    `objective` is what `minimize` takes, `optimizer` holds the parameters; neither they nor their gradients change.
    Raises ValueError if the loss has no upward curvature here, for then no rate is too large.

    >>> from minigrad.optim import SGD
    >>> w = Value(1.0)
    >>> find_lr(lambda: 5.0 * w**2, SGD([w], lr=1.0))
    0.1
    """
    curvature = largest_curvature(objective, optimizer)
    if not curvature > 0:
        raise ValueError(
            f"expected a loss that curves upwards here, got {curvature!r} as its largest curvature; start elsewhere"
        )
    return 1.0 / curvature


def largest_stable_lr(objective: Callable[[], Any], optimizer: Optimizer) -> float:
    """The learning rate past which gradient descent climbs out of any bowl: 2 (1 + momentum) / c; nan if unknown."""
    try:
        curvature = largest_curvature(objective, optimizer)
    except (ArithmeticError, ValueError):  # the loss has no value here
        return math.nan
    return 2.0 * (1.0 + getattr(optimizer, "momentum", 0.0)) / curvature if curvature > 0 else math.nan


def steady_rate(objective: Callable[[], Any], optimizer: Optimizer) -> float:
    """The rate for `lr="auto"`: that of `find_lr`, of the curvature's size where the loss bends downwards.

    Raises ValueError if it does not bend at all at the start; later no rate is too large where it does not.
    """
    curvature = abs(largest_curvature(objective, optimizer))
    if not curvature and not optimizer.steps:
        raise ValueError('expected a loss that bends, to find the rate of lr="auto" from, got none; give a number')
    return 1.0 / curvature if curvature else math.inf


def largest_curvature(objective: Callable[[], Any], optimizer: Optimizer) -> float:
    """The largest eigenvalue of the Hessian of what `optimizer` minimizes, by power iteration."""
    hessian = Hessian(objective, optimizer.params, *optimizer.minimized())
    n = len(optimizer.params)
    extreme = _power_iteration(hessian, n)
    if extreme >= 0:
        return extreme
    # The largest in size curves downwards; counted from there, the largest of all is the largest in size.
    return extreme + _power_iteration(lambda v: [h - extreme * x for h, x in zip(hessian(v), v, strict=True)], n)


def _power_iteration(product: Product, n: int) -> float:
    """The eigenvalue of largest size: v . H v, once multiplying by H no longer turns the unit vector v."""
    v = any_direction(n)
    eigenvalue = 0.0
    for _ in range(200):
        size = math.hypot(*v) or 1.0
        v = [x / size for x in v]
        image = product(v)
        before, eigenvalue = eigenvalue, dot(v, image)
        if abs(eigenvalue - before) <= 1e-7 * abs(eigenvalue):
            break
        v = image
    return eigenvalue


def any_direction(n: int) -> list[float]:
    """A vector with a little of everything, and always the same: no pattern of the parameters' own cancels it.

    The squares 1, 4, 9, ..., taken round the circle, fall everywhere alike (Weyl), as if drawn at random.
    """
    return [math.sin(i * i) for i in range(1, n + 1)]


# --- The bottom of the bowl -----------------------------------------------------------------------------------------


def newton_step(product: Product, g: list[float], noise: float = 0.0) -> tuple[list[float], float] | None:
    """The d with H d = g and how much lower the bottom lies, g . d / 2, by conjugate gradients; None without a bottom.

    Each direction p is what is left of g, made conjugate to those before (p . H q = 0), so that the best step along it,
    (g . p) / (p . H p), spoils none of theirs. All are kept and not only the last, as rounding would have it forget.
    It ends once what is left is nothing beside g, or beside `noise`, the square of a gradient that is only rounding,
    for a curvature of 1. Where a p meets no curvature, or a negative one, g leads out of any bowl.
    """
    d, rest, to_go, steepest = [0.0] * len(g), g[:], 0.0, 0.0
    met: list[tuple[list[float], list[float], float]] = []
    for _ in g:
        if dot(rest, rest) <= max(1e-22 * dot(g, g), noise * steepest):
            break
        p = rest
        for _ in range(2):  # once more, for what rounding has left
            for q, hq, curvature in met:
                p = _moved(p, -dot(p, hq) / curvature, q)
        image, length = product(p), dot(p, p)
        curvature = dot(p, image)
        steepest = max(steepest, curvature / length)
        if not curvature > FLAT * steepest * length:
            return None
        share = dot(rest, p) / curvature
        to_go += share * share * curvature / 2.0
        d, rest = _moved(d, share, p), _moved(rest, -share, image)
        met.append((p, image, curvature))
    return d, to_go


def bends_down(product: Product, n: int, steps: int = 20) -> bool:
    """Whether the loss bends downwards in any direction that Lanczos' method meets in `steps` products.

    From a random direction, H turns into a small matrix that is 0 but for its diagonal and the lines beside it. Its
    eigenvalues lie between those of H, close to the extreme ones; one is negative if elimination meets a negative
    pivot (Sylvester).
    """
    basis: list[list[float]] = []
    diagonal: list[float] = []
    beside: list[float] = []
    v = any_direction(n)
    for _ in range(min(n, steps)):
        size = math.hypot(*v)
        if basis:
            if not size > 1e-10 * max(map(abs, diagonal + beside)):  # H leads nowhere new
                break
            beside.append(size)
        basis.append([x / size for x in v])
        v = product(basis[-1])
        diagonal.append(dot(v, basis[-1]))
        for _ in range(2):
            for q in basis:
                v = _moved(v, -dot(v, q), q)
    return _has_negative(diagonal, beside)


def _has_negative(diagonal: list[float], beside: list[float]) -> bool:
    """Whether a matrix that is 0 but for its diagonal and the lines beside it has an eigenvalue that is negative."""
    nothing = 1e-8 * max(map(abs, diagonal + beside))
    pivot, least = 1.0, 0.0
    for on, off in zip(diagonal, [0.0, *beside], strict=True):
        pivot = on + nothing - (off * off / pivot if pivot else 0.0)
        least = min(least, pivot)
    return least < 0.0


def dot(a: list[float], b: list[float]) -> float:
    """The sum of the products of two lists of floats."""
    return sum(map(mul, a, b), 0.0)


def _moved(x: list[float], share: float, p: list[float]) -> list[float]:
    return [a + share * b for a, b in zip(x, p, strict=True)]
