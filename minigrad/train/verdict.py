"""The verdict: whether a point is the bottom, as far as floats can tell. A claim about the point, not about the run.

Nothing is left to win: the Newton step d, with H d = g, leads to the bottom of the bowl in which the loss lies here,
and the bottom is g . d / 2 lower (half the square of the Newton decrement, in the loss's own unit, whatever the units
of the parameters). And it is a bowl: H bends upwards along g, and in all other directions too.

>>> from minigrad import Value
>>> a, b = Value(2.0), Value(0.0)
>>> loss = lambda: 1e12 * (a - 1.0) ** 2 + 1e-5 * (b - 1000.0) ** 2     # b's scale hides behind that of a
>>> look = examine(Hessian(loss, [a, b]), [2e12, -2e-2], [1.0, 1.0], loss().data, loss().data, 1e-12)
>>> look.bottom, round(look.to_go / loss().data, 9)
(False, 1.0)
>>> a.data, b.data = 1.0, 1000.0
>>> examine(Hessian(loss, [a, b]), [0.0, 0.0], [1.0, 1000.0], 0.0, 1e12, 1e-12).bottom
True
"""

from __future__ import annotations

import math
import sys

from .curvature import Hessian, any_direction, bends_down, dot, newton_step

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .curvature import Product

EPS = sys.float_info.epsilon  # the relative distance between neighbouring floats
SPECK = 1e-12  # of the first loss counts as nothing: beside the loss of a perfect fit, all is large
FEW = 20  # parameters: the columns of their Hessian are as many products as Lanczos' method takes


class Look:
    """What the derivatives say of a point.

    `bottom` is the claim. `to_go` says how much lower the bottom lies, None where none is in sight: then `why` says
    "flat" (no gradient and no curvature), "plateau" (the gradient leads where the loss does not bend upwards), "saddle"
    (it bends downwards beside the gradient) or "unknown" (it has no second derivatives). `shrink` is the factor by
    which the gradient has still to shrink; 1.0 at the bottom.
    """

    __slots__ = ("to_go", "why", "shrink")

    def __init__(self, to_go: float | None, why: str = "", shrink: float = 1.0) -> None:
        self.to_go, self.why, self.shrink = to_go, why, shrink

    @property
    def bottom(self) -> bool:
        """Whether nothing is left to win."""
        return not self.why and self.shrink == 1.0


def examine(hessian: Hessian, g: list[float], sizes: list[float], loss: float, first: float, tol: float) -> Look:
    """Look at the point where the loss has gradient `g` and this Hessian.

    `sizes` says for each parameter how large it is or how far it has moved, `first` is the loss that the descent began
    with. The bottom is reached when

        to_go <= max(tol**2, 2.2e-16) * |loss| + 1e-24 * |first|        the loss has nothing left to win
        |d[i]| <= 1e-3 * sizes[i]  for all i                            nor the parameters anywhere to go
        H has no negative eigenvalue, as far as 20 steps of Lanczos' method see

    A parameter whose bottom is 0 has no digits to be right in: its d[i] is rounding, and may be as large as is worth
    1e-22 of the loss. Costs at most len(g) + 20 products.
    """
    loss, first = abs(loss), abs(first)
    unit, product = _rounded(hessian, len(g))
    scaled = [x * u for x, u in zip(g, unit, strict=True)]
    found = newton_step(product, scaled, noise=1e-25 * loss + 1e-31 * first)
    if found is None:
        return Look(None, "plateau")
    steps, to_go = found
    enough = max(tol**2, EPS) * loss + SPECK**2 * first
    shrink = math.sqrt(enough / to_go) if to_go > enough else 1.0
    for step, x, u, size in zip(steps, scaled, unit, sizes, strict=True):
        worth = step * step if len(g) <= FEW else abs(step * x)
        digits, speck = 1e-3 * size, math.sqrt(1e-22 * max(loss, first) / worth) if worth else 1.0
        if abs(step * u) > digits and speck < 1.0:
            shrink = min(shrink, max(speck, digits / abs(step * u)))
    if shrink < 1.0:
        return Look(to_go, "", shrink)
    if bends_down(product, len(g)):
        return Look(None, "saddle")
    if not any(g) and not any(product(any_direction(len(g)))):
        return Look(0.0, "flat")
    return Look(to_go)


def _rounded(hessian: Hessian, n: int) -> tuple[list[float], Product]:
    """Units for the parameters in which each has curvature 1 or -1, and the products in these.

    So nothing depends on what they are measured in. With few parameters that is as cheap as it is good: their columns
    are the whole Hessian. Many are a network's weights, which are all in one unit.
    """
    if n > FEW:
        return [1.0] * n, hessian
    columns = [hessian([float(i == j) for j in range(n)]) for i in range(n)]
    unit = [1.0 / math.sqrt(abs(column[i])) if column[i] else 1.0 for i, column in enumerate(columns)]
    rows = [[x * u * v for x, v in zip(column, unit, strict=True)] for column, u in zip(columns, unit, strict=True)]
    return unit, lambda v: [dot(row, v) for row in rows]
