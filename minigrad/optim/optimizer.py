"""What optimizers have in common, whatever their rule: parameters, a learning rate, a count of steps, a state to save.

>>> from minigrad import Value
>>> class SignDescent(Optimizer):           # the rules themselves are in `optim.py`; here is one more
...     def step(self):
...         for p in self.params:
...             p.data -= math.copysign(self.lr, p.grad)
...         self.steps += 1
>>> w = Value(1.0)
>>> w.grad = -20.0
>>> SignDescent([w], lr=lambda step: 0.5 / (step + 1)).step()
>>> w.data
1.5
"""

from __future__ import annotations

import math

from ..engine import Value
from ..machinery.recorder import tracing, unrepeated
from ..ops import as_float

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any


class Optimizer:
    """What all optimizers share: the parameters, the learning rate, the count of steps, and the state to resume from.

    `params` is an iterable of distinct leaf Values, listed once. `lr` is a finite number >= 0, or a function that gives
    one for the number of steps taken before: lr(0) is the rate of the first. Raises TypeError if a parameter is no
    Value, ValueError if there is none, if one comes twice or is no leaf, or if a rate is out of range.

    A subclass gives `step()`, which adds 1 to `steps`. It names its options in `settings`, and in `memory` its lists of
    one number for each parameter, which start as `blank`: these are what `state_dict()` saves.
    """

    settings: tuple[str, ...] = ()
    memory: tuple[str, ...] = ()
    blank: float | None = 0.0

    def __init__(self, params: Iterable[Value], lr: float | Callable[[int], float]) -> None:
        self.params = _checked(params)
        self.steps = 0
        self.lr = lr
        for name in self.memory:
            setattr(self, name, [self.blank] * len(self.params))

    @property
    def lr(self) -> float:
        """The learning rate of the next step. Assign a number, or a function of the step, to change it."""
        return _rate(self._lr(self.steps), f" for step {self.steps}") if callable(self._lr) else self._lr

    @lr.setter
    def lr(self, lr: float | Callable[[int], float]) -> None:
        rate = _rate(lr(self.steps), f" for step {self.steps}") if callable(lr) else _rate(lr)
        self._lr = lr if callable(lr) else rate

    def zero_grad(self) -> None:
        """Set every parameter's `.grad` to 0, so that the next `backward` starts from nothing."""
        if tracing() is not None:
            raise unrepeated("call zero_grad()")
        for p in self.params:
            p.grad = 0.0

    def _begin(self) -> float:
        """The learning rate of a step that begins, once every `.grad` is known to be a float.

        Raises TypeError if one is no number, or in a function that is being compiled; then nothing has moved.
        """
        if tracing() is not None:
            raise unrepeated(f"take a step of {self!r}")
        for p in self.params:
            if p.grad.__class__ is not float:
                p.grad = _as_gradient(p)
        return self.lr

    def step(self) -> None:
        """Move every parameter once, by its `.grad`."""
        raise NotImplementedError(f"{type(self).__name__} needs a step() of its own: it decides how parameters move")

    def state_dict(self) -> dict[str, Any]:
        """All that the next step depends on beside the parameters, as plain data that `load_state_dict` takes back.

        A function is no plain data: under a schedule `lr` is None, and the count of steps says where it goes on.
        """
        lr = None if callable(self._lr) else self._lr
        state = {"optimizer": type(self).__name__, "steps": self.steps, "lr": lr}
        state |= {name: getattr(self, name) for name in self.settings}
        return state | {name: list(getattr(self, name)) for name in self.memory}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from where `state_dict()` was taken, and with its settings, as if there had been no break.

        Raises ValueError or TypeError, and changes nothing, if the state is not one of this kind of optimizer over as
        many parameters, or if the learning rate is a number in one of the two and a schedule in the other.
        """
        before = dict(vars(self))
        try:
            self._load(state)
        except BaseException:
            vars(self).update(before)
            raise

    def _load(self, state: Any) -> None:
        own = self.state_dict()
        if not isinstance(state, dict) or state.keys() != own.keys() or state["optimizer"] != own["optimizer"]:
            raise ValueError(f"expected the state of {self!r}, a dict of {', '.join(own)}, got {state!r:.200}")
        steps = state["steps"]
        if not isinstance(steps, int) or steps < 0:
            raise ValueError(f"expected steps as an int >= 0, got {steps!r}; is this the state of an optimizer?")
        self.steps = steps
        if (state["lr"] is None) != callable(self._lr):
            raise ValueError(
                f"expected lr to be a schedule in both or in neither, got {state['lr']!r} in the state (None for a "
                f"schedule) and {self._lr!r} here; make the optimizer as it was, load, and then assign another .lr"
            )
        self.lr = self._lr if state["lr"] is None else state["lr"]
        for name in self.memory:
            setattr(self, name, self._one_for_each(name, state[name]))
        vars(self).update({name: state[name] for name in self.settings})
        self._check_settings()

    def _one_for_each(self, name: str, numbers: Any) -> list[float | None]:
        if not isinstance(numbers, list) or len(numbers) != len(self.params):
            raise ValueError(
                f"expected {name} as a list of {len(self.params)} numbers, one for each parameter, got "
                f"{numbers!r:.100}; a state fits the parameters it was taken with"
            )
        return [None if x is self.blank is None else as_float(x) for x in numbers]

    def _check_settings(self) -> None:
        """Put each setting into its type, or raise because it is out of range."""

    def __repr__(self) -> str:
        options = "".join([f", {name}={getattr(self, name)!r}" for name in self.settings])
        return f"{type(self).__name__}({len(self.params)} parameters, lr={self._lr!r}{options})"


def within(name: str, number: Any, low: float, end: float) -> float:
    """`number` as a float, if it is finite and low <= number < end; else ValueError, which says so by `name`."""
    x = as_float(number)
    if low <= x < end and x > -math.inf:
        return x
    bounds = "finite" if low < 0 else f">= 0 and {'finite' if end > 1 else '< 1'}"
    raise ValueError(f"expected {name} {bounds}, got {number!r}")


def _as_gradient(p: Value) -> float:
    try:
        return as_float(p.grad)
    except TypeError:
        raise TypeError(
            f"expected a number in the .grad of {p!r:.100}, got {p.grad!r:.100} ({type(p.grad).__name__}); zero_grad() "
            "and backward() fill it anew"
        ) from None


def _rate(lr: Any, when: str = "") -> float:
    rate = as_float(lr)
    if not 0.0 <= rate < math.inf:
        raise ValueError(f"expected a learning rate lr >= 0 and finite, got {lr!r}{when}; 0.01 is a usual first try")
    return rate


def _checked(params: Iterable[Value]) -> list[Value]:
    listed = list(params)
    if not listed:
        raise ValueError("expected at least one parameter, got none; was a generator of parameters used up before?")
    for p in listed:
        if not isinstance(p, Value):
            raise TypeError(
                f"expected parameters that are Values, got {p!r} ({type(p).__name__}); wrap it: Value({p!r})"
            )
        if p.op is not None:
            raise ValueError(f"expected leaf Values, got the result of {p.op!r}, {p!r}; step() can only move leaves")
    if len(set(listed)) < len(listed):
        twice = next(p for i, p in enumerate(listed) if any(p is q for q in listed[:i]))
        raise ValueError(f"expected each parameter once, got {twice!r} more than once: it would be moved twice a step")
    return listed
