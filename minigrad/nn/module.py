"""`Module`: a model is an object, and its parameters are the leaf Values in its attributes.

>>> from minigrad import Value, dot
>>> class Line(Module):
...     def __init__(self):
...         self.w, self.b = [Value(2.0), Value(3.0)], Value(1.0)
...     def forward(self, x):
...         return dot(self.w, x) + self.b
>>> Line()([10.0, 100.0]).data, Line().state_dict()
(321.0, {'w.0': 2.0, 'w.1': 3.0, 'b': 1.0})
"""

from __future__ import annotations

import copy

from ..engine import Value
from ..machinery.recorder import tracing, unrepeated
from ..machinery.untouched import UNTOUCHED
from ..ops import as_float

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Self


class Module:
    """A model whose parameters are the leaf Values in its attributes, in order of assignment.

    They may stand in lists, tuples, dicts and other Modules inside. One that is met twice counts once. The result of an
    op is no parameter, nor is a plain number. `forward` says what the model computes; calling the model calls it.

    >>> class Line(Module):
    ...     def __init__(self):
    ...         self.w, self.b = [Value(2.0), Value(3.0)], Value(1.0)
    ...     def forward(self, x):
    ...         return dot(self.w, x) + self.b
    >>> Line().named_parameters()[0], Line().state_dict()
    (('w.0', Value(data=2.0, grad=0.0)), {'w.0': 2.0, 'w.1': 3.0, 'b': 1.0})
    """

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """What `forward` gives. A model of your own defines either of the two."""
        return self.forward(*args, **kwargs)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """The model's output for its inputs."""
        raise NotImplementedError(
            f"{type(self).__name__} needs a forward() or a __call__() of its own: what it computes"
        )

    def named_parameters(self) -> list[tuple[str, Value]]:
        """(name, parameter) for each: the name is the way to it, such as `layers.0.neurons.2.w.1`.

        Raises TypeError if a set holds some: it has no order, so no two runs would be the same.
        """
        found: list[tuple[str, Value]] = []
        seen: set[int] = set()
        stack: list[tuple[str, Any]] = [("", self)]
        while stack:
            name, x = stack.pop()
            if id(x) not in seen:
                seen.add(id(x))
                if isinstance(x, Value) and x.op is None:
                    found.append((name, x))
                stack += [(f"{name}.{key}" if name else str(key), y) for key, y in reversed(_inside(x))]
        return found

    def parameters(self) -> list[Value]:
        """Every parameter, in the order of `named_parameters()`."""
        return [p for _, p in self.named_parameters()]

    def zero_grad(self) -> None:
        """Set every parameter's `.grad` to 0, so that the next `backward` starts from nothing."""
        if tracing() is not None:
            raise unrepeated("call zero_grad()")
        for p in self.parameters():
            p._grad = UNTOUCHED

    def state_dict(self) -> dict[str, float]:
        """Every parameter's number by name, as plain data that `load_state_dict` takes back."""
        return {name: p.data for name, p in self._by_name().items()}

    def load_state_dict(self, state: dict[str, float]) -> None:
        """Give every parameter the number that stands at its name in `state`.

        Raises ValueError if a name is missing or unknown, TypeError for what is no number; then nothing changes.
        """
        params = self._by_name()
        got = state.keys() if hasattr(state, "keys") else ()
        if got != params.keys():
            missing, unknown = [n for n in params if n not in got], [n for n in got if n not in params]
            raise ValueError(
                f"expected a dict of one number for each of {len(params)} parameters, got {state!r:.100}: missing "
                f"{missing!r:.200}, unknown {unknown!r:.200}; build the model as it was when its state was taken"
            )
        numbers = [as_float(state[name]) for name in params]
        for p, number in zip(params.values(), numbers, strict=True):
            p.data = number

    def _by_name(self) -> dict[str, Value]:
        params = self.named_parameters()
        names = [name for name, _ in params]
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise ValueError(f"expected one parameter named {twice!r}, got several; rename a key or an attribute")
        return dict(params)

    def floats(self) -> Self:
        """A copy with a plain float in place of each parameter: it computes the same numbers, faster, and no graph."""
        return copy.deepcopy(self, {id(p): p.data for _, p in self.named_parameters()})

    def __repr__(self) -> str:
        return f"{type(self).__name__} of {len(self.parameters())} parameters"


def _inside(x: Any) -> list[tuple[Any, Any]]:
    """(key, item) for each place where parameters are looked for in `x`."""
    if isinstance(x, Module):
        return list(vars(x).items())
    if isinstance(x, dict):
        return list(x.items())
    if isinstance(x, (set, frozenset)) and any(isinstance(item, (Value, Module)) for item in x):
        raise TypeError(f"expected parameters in a list, tuple or dict, got {x!r:.100}; a set has no order: list(...)")
    return list(enumerate(x)) if isinstance(x, (list, tuple)) else []
