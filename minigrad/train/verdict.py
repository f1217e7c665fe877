"""The verdict: whether a point is the bottom, as far as floats can tell. A claim about the point, not about the run.

Nothing is left to win: the Newton step d, with H d = g, leads to the bottom of the bowl in which the loss lies here,
and the bottom is g . d / 2 lower (half the square of the Newton decrement, in the loss's own unit, whatever the units
of the parameters). And it is a bowl: H bends upwards along g, and in all other directions too.

`Claim` is that definition, for all who say `converged` of a loss: `minimize` by way of `examine`, which asks for
products of the Hessian, and `least_squares` by way of `bottom`, which has a Jacobian to go by. It is local: a higher
valley has a bottom too.

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
    from collections.abc import Sequence

    from .curvature import Product

EPS = sys.float_info.epsilon  # the relative distance between neighbouring floats
SPECK = 1e-12  # of the first gradient counts as nothing, and its square of the first loss: a perfect fit has no other
FEW = 20  # parameters: the columns of their Hessian are as many products as Lanczos' method takes


class Claim:
    """What is claimed of a point that is called the bottom, and what there is to judge it by.

    `to_go` is how much lower the bottom of the bowl lies and `step` the Newton step to it, None and nothing where there
    is no bowl. `sizes` says for each parameter how large it is, or how far it has come; `loss` is the loss here, and
    `first` that at the start. A parameter has arrived that is off by less than the part `digits` of its size, or by
    what `noise` says is nothing for it. `blur` is what rounding alone makes of `to_go`.
    """

    __slots__ = ("to_go", "step", "sizes", "loss", "first", "digits", "noise", "blur")

    def __init__(
        self,
        to_go: float | None,
        step: Sequence[float],
        sizes: Sequence[float],
        loss: float,
        first: float,
        digits: float,
        noise: Sequence[float],
        blur: float = 0.0,
    ) -> None:
        self.to_go, self.step, self.sizes, self.loss, self.first = to_go, step, sizes, abs(loss), abs(first)
        self.digits, self.noise, self.blur = digits, noise, blur

    def holds(self, tol: float) -> bool:
        """Whether nothing is left to win, and no parameter has anywhere to go: the definition of `converged`.

        to_go <= max(tol**2, 2.2e-16) * |loss| + 1e-24 * |first| + blur
        |step[i]| <= max(digits * sizes[i], noise[i])      for all i
        """
        return self.to_go is not None and self.shrink(tol) == 1.0

    def shrink(self, tol: float) -> float:
        """The factor by which the gradient has still to shrink until that is so: 1.0 at the bottom."""
        to_go = self.to_go or 0.0
        enough = max(tol**2, EPS) * self.loss + SPECK**2 * self.first + self.blur
        factors = [1.0] if to_go <= enough else [math.sqrt(enough / to_go)]
        for step, size, noise in zip(self.step, self.sizes, self.noise, strict=True):
            near = max(self.digits * size, noise)
            if abs(step) > near:
                factors.append(near / abs(step))
        return min(factors)


def sizes_of(point: Sequence[float], start: Sequence[float]) -> list[float]:
    """How large each parameter is, or how far it has come from the start, whichever is more."""
    return [max(abs(x), abs(x - first)) for x, first in zip(point, start, strict=True)]


class Look:
    """What the derivatives say of a point.

    `bottom` is the claim. `to_go` says how much lower the bottom lies, None where none is in sight: then `why` says
    "flat" (no gradient and no curvature), "plateau" (the gradient leads where the loss does not bend upwards), "saddle"
    (it bends downwards beside the gradient), "edge" (beyond the bottom it falls) or "unknown" (it has no second
    derivatives). `shrink` is the factor by which the gradient has still to shrink; 1.0 at the bottom. `step` is the
    Newton step, where there is one.
    """

    __slots__ = ("to_go", "why", "shrink", "step")

    def __init__(
        self, to_go: float | None, why: str = "", shrink: float = 1.0, step: Sequence[float] | None = None
    ) -> None:
        self.to_go, self.why, self.shrink, self.step = to_go, why, shrink, step

    @property
    def bottom(self) -> bool:
        """Whether nothing is left to win."""
        return not self.why and self.shrink == 1.0


def examine(hessian: Hessian, g: list[float], sizes: list[float], loss: float, first: float, tol: float) -> Look:
    """Look at the point where the loss has gradient `g` and this Hessian: whether the `Claim` holds, and it is a bowl.

    A bowl has no negative curvature, as far as 20 steps of Lanczos' method see. A parameter whose bottom is 0 has no
    digits to be right in: its step is rounding, and may be as large as is worth 1e-22 of the loss. Costs at most
    len(g) + 20 products.
    """
    unit, product = _rounded(hessian, len(g))
    scaled = [x * u for x, u in zip(g, unit, strict=True)]
    found = newton_step(product, scaled, noise=1e-25 * abs(loss) + 1e-31 * abs(first))
    if found is None:
        return Look(None, "plateau")
    inner, to_go = found
    noise = _noise(inner, scaled, 1e-22 * max(abs(loss), abs(first)))
    step, noise = ([x * u for x, u in zip(xs, unit, strict=True)] for xs in (inner, noise))
    claim = Claim(to_go, step, sizes, loss, first, 1e-3, noise)
    if not claim.holds(tol):
        return Look(to_go, "", claim.shrink(tol))
    if bends_down(product, len(g)):
        return Look(None, "saddle")
    if not any(g) and not any(product(any_direction(len(g)))):
        return Look(0.0, "flat")
    return Look(to_go, step=step)


def _noise(step: list[float], g: list[float], nothing: float) -> list[float]:
    """For each parameter the step that is worth `nothing`: in units of curvature 1 a step is worth its square."""
    if len(g) <= FEW:
        return [math.sqrt(nothing)] * len(g)
    return [math.sqrt(nothing * abs(d / x)) if x else math.inf for d, x in zip(step, g, strict=True)]


def _rounded(hessian: Hessian, n: int) -> tuple[list[float], Product]:
    """Units for the parameters in which each has curvature 1 or -1, and the products in these.

    So nothing depends on what they are measured in. With few parameters that is as cheap as it is good: their columns
    are the whole Hessian, and no more products are needed. Many are a network's weights, which are all in one unit.
    """
    if n > FEW:
        return [1.0] * n, hessian
    columns = [hessian([float(i == j) for j in range(n)]) for i in range(n)]
    unit = [1.0 / math.sqrt(abs(column[i])) if column[i] else 1.0 for i, column in enumerate(columns)]
    rows = [[x * u * v for x, v in zip(column, unit, strict=True)] for column, u in zip(columns, unit, strict=True)]
    return unit, lambda v: [dot(row, v) for row in rows]
