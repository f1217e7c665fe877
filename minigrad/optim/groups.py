"""Groups: parameters that share options of their own, such as a learning rate, as PyTorch spells them.

>>> from minigrad import Value
>>> from minigrad.optim import SGD
>>> slow, fast = Value(1.0), Value(1.0)
>>> optimizer = SGD([{"params": [slow]}, {"params": [fast], "lr": 0.5}], lr=0.1)
>>> slow.grad = fast.grad = 1.0
>>> optimizer.step()
>>> slow.data, fast.data
(0.9, 0.5)
>>> optimizer.param_groups[1]["lr"] = 0.25
"""

from __future__ import annotations

import math

from ..ops import as_float

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Rated:
    """What has a learning rate: a number, or a function of the count of steps taken before."""

    steps: int
    _lr: Any

    @property
    def lr(self) -> float:
        """The learning rate of the next step. Assign a number, or a function of the step, to change it."""
        return self.rate_at(self.steps) if callable(self._lr) else self._lr

    @lr.setter
    def lr(self, lr: Any) -> None:
        rate = _rate(lr(self.steps), f" for step {self.steps}") if callable(lr) else _rate(lr)
        self._lr = lr if callable(lr) else rate

    def rate_at(self, step: int) -> float:
        """The learning rate of the step after `step` others."""
        return _rate(self._lr(step), f" for step {step}") if callable(self._lr) else self._lr


class Group(Rated):
    """Some of an optimizer's parameters, and their options: by name, as attributes or as items.

    `params` are the parameters, `indices` their places in the optimizer's lists. An option that is not given for the
    group is the optimizer's.
    """

    def __init__(self, owner: Any, given: Any, first: int) -> None:
        if not isinstance(given, dict) or "params" not in given:
            raise TypeError(
                f"expected each group as a dict with its params, got {given!r:.100} ({type(given).__name__}); write "
                '{"params": [...], "lr": ...}, or all parameters in one list'
            )
        params = given["params"]
        if not hasattr(params, "__iter__"):
            params = [params]  # one alone, as PyTorch has it
        self.owner, self.params = owner, list(params)
        self.indices = range(first, first + len(self.params))
        self.names = ("lr", *owner.settings)
        for name in given.keys() - {"params"}:
            self._check_name(name)
            setattr(self, name, given[name])

    @property
    def steps(self) -> int:  # type: ignore[override]  # a group has no count of its own
        """The steps that the optimizer has taken."""
        return self.owner.steps  # type: ignore[no-any-return]  # it is an Optimizer

    def __getattr__(self, name: str) -> Any:  # asked only for what the group has not
        if name != "_lr" and name not in vars(self).get("names", ()):
            raise AttributeError(f"{type(self).__name__} has no {name!r}")
        return getattr(self.owner, name)

    def __getitem__(self, name: str) -> Any:
        self._check_name(name)
        return getattr(self, name)

    def __setitem__(self, name: str, option: Any) -> None:
        self._check_name(name)
        before = dict(vars(self))
        try:
            setattr(self, name, option)
            self.owner._check_settings(self)
        except BaseException:
            vars(self).clear()
            vars(self).update(before)
            raise

    def _check_name(self, name: str) -> None:
        if name not in self.names and name != "params":
            raise KeyError(
                f"expected one of {', '.join(self.names)}, got {name!r}: no option of {type(self.owner).__name__}"
            )

    def state(self) -> dict[str, Any]:
        """The options, as plain data; a schedule is none, and is None."""
        options = {name: getattr(self, name) for name in self.names[1:]}
        return {"params": len(self.params), "lr": None if callable(self._lr) else self._lr} | options

    def load(self, state: Any) -> None:
        """Take the options from what `state()` gave."""
        own = self.state()
        if not isinstance(state, dict) or state.keys() != own.keys() or state["params"] != own["params"]:
            raise ValueError(f"expected the state of a group, {own!r:.200}, got {state!r:.200}")
        if (state["lr"] is None) != callable(self._lr):
            raise ValueError(
                f"expected lr to be a schedule in both or in neither, got {state['lr']!r} and {self._lr!r}"
            )
        if state["lr"] is not None and state["lr"] != own["lr"]:
            self.lr = state["lr"]
        for name in self.names[1:]:
            setattr(self, name, state[name])

    def __repr__(self) -> str:
        own = "".join([f", {name}={getattr(self, name)!r}" for name in self.names if name in vars(self)])
        return f"Group({len(self.params)} parameters, lr={self._lr!r}{own})"


def _rate(lr: Any, when: str = "") -> float:
    try:
        rate = as_float(lr)
    except TypeError:
        raise TypeError(
            f"expected a learning rate lr as a number or a function of the step, got {lr!r:.100} "
            f'({type(lr).__name__}){when}; 0.01 is a usual first try, and SGD(params, lr="auto") finds one for all'
        ) from None
    if not 0.0 <= rate < math.inf:
        raise ValueError(f"expected a learning rate lr >= 0 and finite, got {lr!r}{when}; 0.01 is a usual first try")
    return rate
