"""What optimizers have in common, whatever their rule: parameters, a learning rate, a count of steps, a state to save.

>>> from minigrad import Value
>>> class SignDescent(Optimizer):           # the rules themselves are in `rules.py`; here is one more
...     def step(self, closure=None):
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
from ..machinery.untouched import UNTOUCHED
from ..ops import as_float
from .groups import Group, Rated

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any


class Optimizer(Rated):
    """What all optimizers share: the parameters, the learning rate, the count of steps, and the state to resume from.

    `params` is an iterable of distinct leaf Values, listed once, or of groups, dicts such as {"params": [...], "lr":
    0.1}, whose options are theirs alone; `param_groups` has them then. `lr` is a finite number >= 0, or a function that
    gives one for the number of steps taken before: lr(0) is the rate of the first. Raises TypeError if a parameter is
    no Value, ValueError if there is none, if one comes twice or is no leaf, or if a rate is out of range.

    A subclass gives `step()`, which adds 1 to `steps`. It names its options in `settings`, and in `memory` its lists of
    one number for each parameter, which start as `blank`: these are what `state_dict()` saves.
    """

    settings: tuple[str, ...] = ()
    memory: tuple[str, ...] = ()
    blank: float | None = 0.0
    decoupled = False  # whether weight decay acts on the parameter itself, in place of its gradient
    auto = False  # whether `minimize` is to find the rate
    searches = False  # whether `step` wants a closure, to look at the loss elsewhere

    def __init__(self, params: Iterable[Value] | Iterable[dict[str, Any]], lr: Any) -> None:
        self.steps = 0
        self.lr = lr
        listed: list[Any] = _listed(params)
        self.param_groups: list[Group] = []
        self.params: list[Value] = []
        if any(isinstance(x, dict) for x in listed):
            for given in listed:
                self.param_groups.append(Group(self, given, len(self.params)))
                self.params += self.param_groups[-1].params
        else:
            self.params = listed
        self.indices = range(len(self.params))
        _check(self.params)
        for name in self.memory:
            setattr(self, name, [self.blank] * len(self.params))

    def zero_grad(self) -> None:
        """Set every parameter's `.grad` to 0, so that the next `backward` starts from nothing.

        A parameter that no `backward` reaches after that, and whose `.grad` nobody assigns, is left alone by `step`.
        """
        if tracing() is not None:
            raise unrepeated("call zero_grad()")
        for p in self.params:
            p._grad = UNTOUCHED

    def _begin(self) -> list[tuple[Any, float]]:
        """What begins a step, once every `.grad` is known to be a float: (options, rate) of each group.

        Raises TypeError if one is no number, or in a function that is being compiled; then nothing has moved.
        """
        if tracing() is not None:
            raise unrepeated(f"take a step of {self!r}")
        for p in self.params:
            if p._grad.__class__ is not float:
                p._grad = _as_gradient(p)
        return [(group, group.lr) for group in self.param_groups] if self.param_groups else [(self, self.lr)]

    def minimized(self) -> tuple[float, list[float]]:
        """(sign, decays): what the steps go down is sign * loss + sum(decay * p**2) / 2 over the parameters.

        The sign is -1 with `maximize`, and a decay that acts on the gradient is one of the loss too.
        """
        decays = [0.0 if self.decoupled else x for x in self._weight_decays()]
        return -1.0 if getattr(self._parts()[0], "maximize", False) else 1.0, decays

    def decays_aside(self) -> list[float]:
        """The decays that act on the parameters themselves, empty without any: no loss is what such steps go down."""
        decays = self._weight_decays() if self.decoupled else []
        return decays if any(decays) else []

    def _weight_decays(self) -> list[float]:
        return [getattr(part, "weight_decay", 0.0) for part in self._parts() for _ in part.params]

    def _parts(self) -> list[Any]:
        """What has parameters and options: the groups, or all together."""
        return self.param_groups or [self]

    def highest_rate(self, step: int) -> float:
        """The highest of the groups' learning rates for the step after `step` others."""
        rates: list[float] = [part.rate_at(step) for part in self._parts()]
        return max(rates)

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Move every parameter once, by its `.grad`. Called with a closure it runs that first, and returns its result.

        The closure computes the loss anew and calls `backward` on it, as PyTorch has it.
        """
        raise NotImplementedError(f"{type(self).__name__} needs a step() of its own: it decides how parameters move")

    def state_dict(self) -> dict[str, Any]:
        """All that the next step depends on beside the parameters, as plain data that `load_state_dict` takes back.

        A function is no plain data: under a schedule `lr` is None, and the count of steps says where it goes on.
        """
        lr = None if callable(self._lr) else self._lr
        state = {"optimizer": type(self).__name__, "steps": self.steps, "lr": lr}
        state |= {name: getattr(self, name) for name in self.settings}
        if self.param_groups:
            state["groups"] = [group.state() for group in self.param_groups]
        return state | {name: list(getattr(self, name)) for name in self.memory}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from where `state_dict()` was taken, and with its settings, as if there had been no break.

        Raises ValueError or TypeError, and changes nothing, if the state is not one of this kind of optimizer over as
        many parameters, or if the learning rate is a number in one of the two and a schedule in the other.
        """
        before = [(part, dict(vars(part))) for part in (self, *self.param_groups)]
        try:
            self._load(state)
        except BaseException:
            for part, attributes in before:
                vars(part).update(attributes)
            raise

    def _load(self, state: Any) -> None:
        own = self.state_dict()
        if not isinstance(state, dict) or state.keys() != own.keys() or state["optimizer"] != own["optimizer"]:
            raise ValueError(f"expected the state of {self!r}, a dict of {', '.join(own)}, got {state!r:.200}")
        steps = state["steps"]
        if not isinstance(steps, int) or steps < 0:
            raise ValueError(f"expected steps as an int >= 0, got {steps!r}; is this the state of an optimizer?")
        self.steps = steps
        if not self.auto and (state["lr"] is None) != callable(self._lr):
            raise ValueError(
                f"expected lr to be a schedule in both or in neither, got {state['lr']!r} in the state (None for a "
                f"schedule) and {self._lr!r} here; make the optimizer as it was, load, and then assign another .lr"
            )
        if state["lr"] is not None:
            self.lr = state["lr"]
        for name in self.memory:
            setattr(self, name, self._one_for_each(name, state[name]))
        vars(self).update({name: state[name] for name in self.settings})
        if len(state.get("groups", [])) != len(self.param_groups):
            raise ValueError(f"expected the state of {len(self.param_groups)} groups, got {state['groups']!r:.200}")
        for group, options in zip(self.param_groups, state.get("groups", []), strict=True):
            group.load(options)
        self._settle()

    def _one_for_each(self, name: str, numbers: Any) -> list[float | None]:
        if not isinstance(numbers, list) or len(numbers) != len(self.params):
            raise ValueError(
                f"expected {name} as a list of {len(self.params)} numbers, one for each parameter, got "
                f"{numbers!r:.100}; a state fits the parameters it was taken with"
            )
        return [None if x is self.blank is None else as_float(x) for x in numbers]

    def _settle(self) -> None:
        """Check the options of all groups, which `_check_settings` knows how to."""
        self._check_settings(self)
        for group in self.param_groups:
            self._check_settings(group)
        if len({getattr(part, "maximize", False) for part in self._parts()}) > 1:
            raise ValueError("expected maximize to be the same in all groups, got both: there is one loss")

    def _check_settings(self, options: Any) -> None:
        """Put each setting of a group, or of the optimizer itself, into its type, or raise as it is out of range."""

    def __repr__(self) -> str:
        options = "".join([f", {name}={getattr(self, name, None)!r}" for name in self.settings])
        options += f", groups={self.param_groups!r}" * bool(self.param_groups)
        lr = "auto" if self.auto else self._lr
        return f"{type(self).__name__}({len(self.params)} parameters, lr={lr!r}{options})"


def within(name: str, number: Any, low: float, end: float) -> float:
    """`number` as a float, if it is finite and low <= number < end; else ValueError, which says so by `name`."""
    try:
        x = as_float(number)
    except TypeError:
        raise TypeError(f"expected {name} as a number, got {number!r:.100} ({type(number).__name__})") from None
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


def _listed(params: Any) -> list[Any]:
    if isinstance(params, Value):
        raise TypeError(f"expected a list of parameters, got one alone, {params!r:.100}; write [w] for w")
    return list(params)


def _check(listed: list[Any]) -> None:
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
        seen: set[Value] = set()
        twice = next(p for p in listed if p in seen or seen.add(p))  # type: ignore[func-returns-value]  # None: go on
        raise ValueError(f"expected each parameter once, got {twice!r} more than once: it would be moved twice a step")
