"""L-BFGS: Newton's method without second derivatives, for a smooth loss; it needs no learning rate.

How the gradient turned on the last few steps tells how the loss bends along them. So the gradient can be turned
towards the bottom (`_direction`), and a search along that line looks how far to go (`_search`). Each step looks at the
loss more than once, and so wants a closure that computes it.

>>> from minigrad import Value, minimize
>>> x, y = Value(-1.2), Value(1.0)
>>> result = minimize(lambda: (1.0 - x) ** 2 + 100.0 * (y - x * x) ** 2, LBFGS([x, y]))
>>> result.reason, result.steps < 50, round(x.data, 9), round(y.data, 9)
('converged', True, 1.0, 1.0)
"""

from __future__ import annotations

import math
from operator import mul

from ..ops import as_float
from .optimizer import Optimizer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from ..engine import Value

    Look = tuple[float, float, float, list[float]]  # how far, the loss there, its derivative along the line, gradient

_ENOUGH, _FLAT = 1e-4, 0.9  # the constants of Wolfe's conditions
# Of the loss so much may be rounding, and near the bottom only the derivative knows where it is. A sum of 12 squares
# was seen to be off by 3e-15.
_ROUNDING = 1e-14
_LOOKS = 25  # at most, in one search


class LBFGS(Optimizer):
    """Limited-memory BFGS with a line search that fulfils Wolfe's strong conditions.

        p = p + t * d,   d = -H g,   where H is made of the last `history` steps and of how the gradient turned on them

        loss(t) <= loss(0) + 1e-4 * t * d . g(0)        it goes down by a part of what the gradient promised
        |d . g(t)| <= 0.9 * |d . g(0)|                  and the line is less steep there

    Raises ValueError if `history` is less than 1. Source: Nocedal & Wright, Numerical Optimization (2006), algorithms
    7.4, 3.5 and 3.6.

    >>> from minigrad import Value, minimize
    >>> w = Value(0.0)
    >>> minimize(lambda: (w - 3.0) ** 4, LBFGS([w])).reason, round(w.data, 2)
    ('converged', 3.0)
    """

    settings = ("history",)
    searches = True

    def __init__(self, params: Iterable[Value], history: int = 10) -> None:
        super().__init__(params, 1.0)
        if self.param_groups:
            raise TypeError("expected one list of parameters, got groups: L-BFGS moves all along one line")
        self.history = history
        self.pairs: list[tuple[list[float], list[float]]] = []  # (step, turn of the gradient), latest last
        self._settle()

    def _check_settings(self, options: Any) -> None:
        if not isinstance(options.history, int) or options.history < 1:
            raise ValueError(f"expected history as an int >= 1, got {options.history!r}; 10 is the default")

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Move the parameters along one line, as far as the search finds good; return the loss before.

        `closure` sets the gradients to zero, computes the loss, calls `backward` and returns the loss, a Value or a
        number. Raises TypeError without it.
        """
        if closure is None:
            raise TypeError("expected a closure in step(closure), which computes the loss anew; minimize gives it one")
        loss = self._evaluated(closure)
        self._begin()
        start, g = [p.data for p in self.params], [p.grad for p in self.params]
        d = self._direction(g)
        steep = _dot(d, g)
        if not steep < 0.0:  # what was learnt about the bends does not hold here
            self.pairs, d = [], [-x for x in g]
            steep = _dot(d, g)
        first = 1.0 if self.pairs else 1.0 / max(1.0, math.hypot(*g))

        def look(t: float) -> Look:
            for p, x, along in zip(self.params, start, d, strict=True):
                p.data = x + t * along
            try:
                there, derivatives = self._evaluated(closure), [p.grad for p in self.params]
            except (ArithmeticError, ValueError):  # past the largest float, or out of the domain of the loss
                there, derivatives = math.inf, g
            return t, there if there == there else math.inf, _dot(d, derivatives), derivatives

        t, _, _, after = _search(look, (0.0, loss, steep, g), first)
        for p, x, along, derivative in zip(self.params, start, d, after, strict=True):
            p.data, p.grad = x + t * along, derivative
        self._remember([t * x for x in d], [x - y for x, y in zip(after, g, strict=True)])
        self.steps += 1
        return loss

    @staticmethod
    def _evaluated(closure: Callable[[], Any]) -> float:
        loss = closure()
        return as_float(getattr(loss, "data", loss))

    def _direction(self, g: list[float]) -> list[float]:
        """-H g: each pair in memory takes out of the gradient what its step explains, and puts it back right."""
        d, shares = [-x for x in g], []
        for s, y in reversed(self.pairs):
            shares.append(_dot(s, d) / _dot(s, y))
            d = _moved(d, -shares[-1], y)
        if self.pairs:
            s, y = self.pairs[-1]
            size = _dot(s, y) / _dot(y, y)
            d = [x * size for x in d]
        for s, y in self.pairs:
            d = _moved(d, shares.pop() - _dot(y, d) / _dot(s, y), s)
        return d

    def _remember(self, s: list[float], y: list[float]) -> None:
        if _dot(s, y) > 1e-16 * _dot(y, y):  # it bends upwards along the step, as the search has seen to
            self.pairs = [*self.pairs, (s, y)][-self.history :]

    def state_dict(self) -> dict[str, Any]:
        """All that the next step depends on beside the parameters, as plain data that `load_state_dict` takes back."""
        return super().state_dict() | {"pairs": [[s[:], y[:]] for s, y in self.pairs]}

    def _load(self, state: Any) -> None:
        super()._load(state)
        if not isinstance(state["pairs"], list) or any(len(pair) != 2 for pair in state["pairs"]):
            raise ValueError(f"expected pairs as a list of steps and turns, got {state['pairs']!r:.100}")
        self.pairs = [(self._numbers(s), self._numbers(y)) for s, y in state["pairs"]]

    def _numbers(self, x: Any) -> list[float]:
        return [as_float(v) for v in self._one_for_each("pairs", x)]


def _search(look: Callable[[float], Look], start: Look, t: float) -> Look:
    """Where on the line Wolfe's conditions hold; or else the lowest point that was seen.

    It goes on, further each time, until a piece of the line must hold such a point; then it cuts the piece down.
    """
    low, high, best = start, None, start
    speck = _ROUNDING * abs(start[1])
    for _ in range(_LOOKS):
        here = look(t)
        if here[1] < best[1]:
            best = here
        if here[1] > start[1] + _ENOUGH * t * start[2] + speck or (here[1] > low[1] + speck and low is not start):
            high = here
        elif abs(here[2]) <= -_FLAT * start[2]:
            return here
        else:
            if here[2] * ((t if high is None else high[0]) - low[0]) >= 0.0 and here[2] > 0.0:
                high = low
            low = here
        if high is None:
            t *= 4.0
        else:
            t = _between(low, high)
    return best


def _between(a: Look, b: Look) -> float:
    """Where the cubic through two points, with their derivatives, is lowest; kept off the ends of the piece."""
    left, right = sorted((a[0], b[0]))
    middle = (left + right) / 2.0
    if not (math.isfinite(a[1]) and math.isfinite(b[1])):
        return middle
    d1 = a[2] + b[2] - 3.0 * (a[1] - b[1]) / (a[0] - b[0])
    root = d1 * d1 - a[2] * b[2]
    if not root >= 0.0:
        return middle
    d2 = math.copysign(math.sqrt(root), b[0] - a[0])
    below = b[2] - a[2] + 2.0 * d2
    t = b[0] - (b[0] - a[0]) * (b[2] + d2 - d1) / below if below else middle
    margin = 0.1 * (right - left)
    return min(max(t, left + margin), right - margin) if t == t else middle


def _dot(a: list[float], b: list[float]) -> float:
    return sum(map(mul, a, b), 0.0)


def _moved(x: list[float], share: float, p: list[float]) -> list[float]:
    return [a + share * b for a, b in zip(x, p, strict=True)]
