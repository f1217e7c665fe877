"""Networks: neurons in layers.

A neuron is a weighted sum that goes through a bend, here relu. A layer is neurons that see the same inputs, and an
`MLP` is layers that each feed the next. Weights start at random, from an `rng` of yours or else from the `random`
module, so that a script which calls `random.seed(...)` and builds the networks of micrograd gets micrograd's numbers.

>>> import random
>>> from minigrad.optim import SGD
>>> model = MLP(2, [3, 1], rng=random.Random(0))
>>> model
MLP of [Layer of [ReLUNeuron(2), ReLUNeuron(2), ReLUNeuron(2)], Layer of [LinearNeuron(3)]]
>>> optimizer = SGD(model.parameters(), lr=0.05)
>>> for _ in range(100):
...     optimizer.zero_grad()
...     loss = (model([1.0, 2.0]) - 3.0) ** 2
...     loss.backward()
...     optimizer.step()
>>> round(model.floats()([1.0, 2.0]), 6)
3.0
"""

from __future__ import annotations

import random

from ..engine import Value
from ..functions import relu
from ..functions.reductions import AFFINE
from .initialization import uniform
from .module import Module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any


class Neuron(Module):
    """activation(b + w[0] * x[0] + w[1] * x[1] + ...), for `nin` inputs x; without the activation if not `nonlin`.

    The sum is one node, added from left to right. `activation` is a function of one number. The weights come from
    `init(rng, nin, nout)`, where `nout` is how many neurons share the inputs; `b` starts at 0. `rng` is a
    `random.Random`; None is the `random` module, which `random.seed` seeds. Called with other than `nin` inputs:
    ValueError.

    >>> neuron = Neuron(2)
    >>> neuron.load_state_dict({"w.0": 1.0, "w.1": -1.0, "b": 0.5})
    >>> neuron([3.0, 1.0]).data, neuron([1.0, 3.0]).data
    (2.5, 0.0)
    """

    def __init__(
        self,
        nin: int,
        nonlin: bool = True,
        *,
        activation: Callable[[Any], Any] = relu,
        init: Callable[[Any, int, int], float] = uniform,
        rng: Any = None,
        nout: int = 1,
    ) -> None:
        rng = source(rng)
        self.w = [Value(init(rng, nin, nout)) for _ in range(width("nin", nin))]
        self.b = Value(0.0)
        self.nonlin, self.activation = nonlin, activation

    def forward(self, x: Any) -> Any:
        """The output for a list of inputs, Values or numbers; a single one may come as it is."""
        if x.__class__ is not list:
            x = listed(x)
        if len(x) != len(self.w):
            raise ValueError(f"expected {len(self.w)} inputs, got {len(x)}: {x!r:.100}")
        total = AFFINE(self.b, *self.w, *x)  # b first, as micrograd adds
        return self.activation(total) if self.nonlin else total

    __call__ = forward  # not by way of Module's: a network calls its neurons all the time

    def __repr__(self) -> str:
        name = getattr(self.activation, "__name__", "nonlinear")
        kind = "Linear" if not self.nonlin else "ReLU" if name == "relu" else name.capitalize()
        return f"{kind}Neuron({len(self.w)})"


class Layer(Module):
    """`nout` neurons that see the same `nin` inputs; the options are those of `Neuron`.

    Called with a list of inputs it gives a list of outputs, or, as micrograd's does, the output itself if it is alone.

    >>> Layer(3, 2, nonlin=False)
    Layer of [LinearNeuron(3), LinearNeuron(3)]
    """

    def __init__(self, nin: int, nout: int, **options: Any) -> None:
        self.neurons = [Neuron(nin, nout=nout, **options) for _ in range(width("nout", nout))]

    def forward(self, x: Any) -> Any:
        """A list of outputs for a list of inputs; one alone is not in a list."""
        x = listed(x)
        out = [neuron(x) for neuron in self.neurons]
        return out[0] if len(out) == 1 else out

    def __repr__(self) -> str:
        return f"Layer of [{', '.join(map(repr, self.neurons))}]"


class MLP(Module):
    """A multi-layer perceptron: `nin` inputs, then layers as wide as `nouts` says, each feeding the next.

    The last layer is linear, the others bend by `activation`. `init` and `rng` are those of `Neuron`.

    >>> from minigrad.nn import kaiming_uniform
    >>> len(MLP(2, [16, 16, 1], init=kaiming_uniform).parameters())
    337
    """

    def __init__(
        self,
        nin: int,
        nouts: Sequence[int],
        *,
        activation: Callable[[Any], Any] = relu,
        init: Callable[[Any, int, int], float] = uniform,
        rng: Any = None,
    ) -> None:
        if not isinstance(nouts, (list, tuple)) or not nouts:
            raise ValueError(f"expected nouts as a list of one width or more, got {nouts!r}; [16, 16, 1] for example")
        last = len(nouts) - 1
        self.layers = [
            Layer(before, count, nonlin=i != last, activation=activation, init=init, rng=rng)
            for i, (before, count) in enumerate(zip([nin, *nouts], nouts, strict=False))
        ]

    def forward(self, x: Any) -> Any:
        """The last layer's outputs for a list of inputs; one alone is not in a list."""
        for layer in self.layers:
            x = layer(x)
        return x

    def __repr__(self) -> str:
        return f"MLP of [{', '.join(map(repr, self.layers))}]"


def listed(x: Any) -> list[Any]:
    """The inputs as a list; one alone makes a list of one."""
    if isinstance(x, (dict, set, frozenset)):
        raise TypeError(f"expected a list of inputs, got {x!r:.100} ({type(x).__name__}); its items have no order here")
    return list(x) if hasattr(x, "__iter__") and getattr(x, "ndim", True) else [x]


def width(name: str, n: Any) -> int:
    """`n`, if it is an int >= 1; else ValueError, which says so by `name`."""
    if not isinstance(n, int) or n < 1:
        raise ValueError(f"expected {name} as an int >= 1, got {n!r}")
    return n


def source(rng: Any) -> Any:
    """The source of randomness that `rng` stands for: itself, or the `random` module for None."""
    if rng is not None and not hasattr(rng, "gauss"):
        raise TypeError(f"expected rng as a source of randomness, got {rng!r}; random.Random({rng!r}) makes one")
    return random if rng is None else rng
