"""Optimizers: rules that take a model's parameters one step down the gradient.

The gradient points uphill, so the plain rule of gradient descent is parameter = parameter - learning rate * gradient.
The other rules remember earlier gradients too: `SGD` with momentum goes on in the direction it had, `Adam` gives each
parameter a rate of its own. A learning rate is a number, or a function of the step such as those in `schedules.py`.

>>> from minigrad import Value
>>> w = Value(5.0, label="w")
>>> optimizer = SGD([w], lr=0.1)
>>> for _ in range(3):
...     optimizer.zero_grad()
...     (w * w).backward()
...     optimizer.step()
...     print(round(w.data, 3))
4.0
3.2
2.56
"""

from __future__ import annotations

import math

from ..engine import Value
from ..machinery.untouched import UNTOUCHED
from .optimizer import Optimizer, within

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any, NoReturn


class SGD(Optimizer):
    """Gradient descent: p = p - lr * g for each parameter p with gradient g.

    "Stochastic" when the loss is taken over a random part of the rows, as is usual; over all rows it is the plain
    method. The unit of `lr` is that of p squared over that of the loss. The options change g, in this order:

        maximize      g = -g                                      climbs instead
        weight_decay  g = g + weight_decay * p                    pulls towards 0
        momentum      b = momentum * b + (1 - dampening) * g      a running sum, which starts as b = g
                      g = b,  or  g + momentum * b  with nesterov

    With lr="auto", `minimize` takes the rate of `find_lr`, and looks again after 1, 2, 4, ... steps; `step` alone
    cannot, and raises ValueError. So does SGD if `momentum` or `weight_decay` is negative, or if `nesterov` comes
    without momentum or with dampening. Source: the equations of torch.optim.SGD; Sutskever et al., On the importance
    of initialization and momentum in deep learning (2013), have lr inside the running sum.

    >>> w = Value(1.0)
    >>> w.grad = 2.0
    >>> SGD([w], lr=0.25).step()
    >>> w.data
    0.5
    """

    settings = ("momentum", "dampening", "weight_decay", "nesterov", "maximize")
    memory = ("velocity",)
    blank = None
    velocity: list[float | None]

    def __init__(
        self,
        params: Iterable[Value] | Iterable[dict[str, Any]],
        lr: float | str | Callable[[int], float],
        momentum: float = 0.0,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
        maximize: bool = False,
    ) -> None:
        self.auto = isinstance(lr, str) and lr == "auto"
        super().__init__(params, 0.0 if self.auto else lr)
        if self.auto:
            self._lr = _unresolved
        self.momentum, self.dampening, self.weight_decay = momentum, dampening, weight_decay
        self.nesterov, self.maximize = nesterov, maximize
        self._settle()

    def _check_settings(self, options: Any) -> None:
        options.momentum = within("momentum", options.momentum, 0.0, math.inf)
        options.dampening = within("dampening", options.dampening, -math.inf, math.inf)
        options.weight_decay = within("weight_decay", options.weight_decay, 0.0, math.inf)
        if options.nesterov and (not options.momentum or options.dampening):
            raise ValueError(
                f"expected momentum > 0 and dampening 0 with nesterov, got momentum={options.momentum!r} and "
                f"dampening={options.dampening!r}; momentum=0.9 is a usual first try"
            )

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Move every parameter down its gradient, by `lr` times its `.grad` as the options have changed it."""
        loss = None if closure is None else closure()
        for part, lr in self._begin():
            if part.momentum or part.weight_decay or part.maximize:
                for i, p in zip(part.indices, part.params, strict=True):
                    if p._grad is not UNTOUCHED:
                        p.data -= lr * self._direction(part, i, p)
            else:
                for p in part.params:
                    p._number -= lr * p._grad  # past the property `data`, which would take most of the time
        self.steps += 1
        return loss

    def _direction(self, part: Any, i: int, p: Value) -> float:
        g: float = -p._grad if part.maximize else p._grad
        if part.weight_decay:
            g += part.weight_decay * p.data
        if not part.momentum:
            return g
        last = self.velocity[i]
        b = self.velocity[i] = g if last is None else part.momentum * last + (1.0 - part.dampening) * g
        return g + part.momentum * b if part.nesterov else b


class Adam(Optimizer):
    """Adam: each parameter's gradient g, averaged over time, over the size that it usually has.

        g = -g  with maximize;   g = g + weight_decay * p
        m = beta1 * m + (1 - beta1) * g              the mean of the gradients, starting from 0
        v = beta2 * v + (1 - beta2) * g * g          the mean of their squares; with amsgrad, its largest yet
        p = p - lr * (m / (1 - beta1**t)) / (sqrt(v / (1 - beta2**t)) + eps)            at step t = 1, 2, ...

    So p moves by about `lr` a step, whatever the unit of the loss. Raises ValueError if a beta is not in [0, 1), if
    `eps` or `weight_decay` is negative, and ZeroDivisionError from `step()` if with eps = 0 nothing is left to divide
    by. Source: Kingma & Ba (2015), arXiv:1412.6980; amsgrad: Reddi et al. (2018), arXiv:1904.09237; the equations
    are those of torch.optim.Adam.

    >>> w = Value(1.0)
    >>> w.grad = 2000.0
    >>> Adam([w], lr=0.25).step()
    >>> w.data
    0.75000000000125
    """

    settings = ("betas", "eps", "weight_decay", "amsgrad", "maximize")
    memory = ("mean", "square", "largest", "missed")
    mean: list[float]
    square: list[float]
    largest: list[float]
    missed: list[float]  # the steps without a gradient, in which a parameter was left alone

    def __init__(
        self,
        params: Iterable[Value] | Iterable[dict[str, Any]],
        lr: float | Callable[[int], float] = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        amsgrad: bool = False,
        maximize: bool = False,
    ) -> None:
        super().__init__(params, lr)
        self.betas, self.eps, self.weight_decay = betas, eps, weight_decay
        self.amsgrad, self.maximize = amsgrad, maximize
        self._settle()

    def _check_settings(self, options: Any) -> None:
        pair: Any = options.betas  # a list, if it comes from a file
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            raise TypeError(f"expected betas as a pair of numbers, got {pair!r}; (0.9, 0.999) is usual")
        options.betas = (within("betas[0]", pair[0], 0.0, 1.0), within("betas[1]", pair[1], 0.0, 1.0))
        options.eps = within("eps", options.eps, 0.0, math.inf)
        options.weight_decay = within("weight_decay", options.weight_decay, 0.0, math.inf)

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Move every parameter against the mean of its gradients, by about `lr`."""
        loss = None if closure is None else closure()
        moved = [one for part, lr in self._begin() for one in self._moved(part, lr)]
        numbers, *memory = map(list, zip(*moved, strict=True))
        self.mean, self.square, self.largest, self.missed = memory
        for p, x in zip(self.params, numbers, strict=True):
            p.data = x
        self.steps += 1
        return loss

    def _moved(self, part: Any, lr: float) -> Iterator[tuple[float, float, float, float, float]]:
        """(number, mean, square, largest, missed) of each parameter after the step, while none has moved yet."""
        (beta1, beta2), decay = part.betas, part.weight_decay
        step = t = self.steps + 1
        rate, root = lr / (1.0 - beta1**t), math.sqrt(1.0 - beta2**t)
        for i, p in zip(part.indices, part.params, strict=True):
            mean, square, largest, missed = self.mean[i], self.square[i], self.largest[i], self.missed[i]
            x = p.data
            if p._grad is UNTOUCHED:
                yield x, mean, square, largest, missed + 1.0
                continue
            if step - missed != t:  # its own count of steps
                t = step - int(missed)
                rate, root = lr / (1.0 - beta1**t), math.sqrt(1.0 - beta2**t)
            g = -p._grad if part.maximize else p._grad
            if decay and self.decoupled:
                x *= 1.0 - lr * decay
            elif decay:
                g += decay * x
            m, s = beta1 * mean + (1.0 - beta1) * g, beta2 * square + (1.0 - beta2) * g * g
            v = max(s, largest) if part.amsgrad else s  # in this order, nan stays
            x -= rate * m / (math.sqrt(v) / root + part.eps or _nothing_to_divide_by(p))
            yield x, m, s, v if part.amsgrad else largest, missed


class AdamW(Adam):
    """Adam with weight decay beside the gradient, not inside it: first p = p - lr * weight_decay * p, then Adam's step.

    Inside, the decay of a parameter would be divided by the size of its gradients. Source: Loshchilov & Hutter (2019),
    Decoupled weight decay regularization, arXiv:1711.05101; the equations are those of torch.optim.AdamW.

    >>> w = Value(1.0)
    >>> AdamW([w], lr=0.5).step()           # no gradient: the decay alone moves it
    >>> w.data
    0.995
    """

    decoupled = True

    def __init__(
        self,
        params: Iterable[Value] | Iterable[dict[str, Any]],
        lr: float | Callable[[int], float] = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        maximize: bool = False,
    ) -> None:
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad, maximize)


def _nothing_to_divide_by(p: Value) -> NoReturn:
    raise ZeroDivisionError(
        f"expected eps > 0 for {p!r}, whose gradients were all 0 or too small to be squared; 1e-8 is the default"
    )


def _unresolved(step: int) -> float:
    raise ValueError(f'expected minimize() to find the rate of lr="auto", got step {step} by hand; give lr a number')
