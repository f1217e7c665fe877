"""Layers as PyTorch has them: `Linear`, and `Sequential`, which lets each feed the next.

>>> import random
>>> from minigrad import relu, tanh
>>> rng = random.Random(0)
>>> model = Sequential(Linear(2, 16, rng=rng), relu, Linear(16, 1, rng=rng), tanh)
>>> model
Sequential(Linear(2, 16), relu, Linear(16, 1), tanh)
>>> len(model.parameters()), len(model([0.5, -1.0]))
(65, 1)
"""

from __future__ import annotations

from ..engine import Value
from ..functions import dist, dot, fsum, hypot, logsumexp, mean, norm, prod, softmax
from ..functions import sum as sum_of
from ..functions.reductions import AFFINE, DOT
from .initialization import lecun_uniform
from .layers import listed, source, width
from .module import Module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_OF_LISTS = (softmax, logsumexp, mean, norm, prod, fsum, sum_of, dot, dist, hypot)


class Linear(Module):
    """weight[j] . x + bias[j] for each of `nout` outputs j, from a list of `nin` inputs x: always a list.

    Both start as `init(rng, nin, nout)` gives them, which by default is PyTorch's way. `rng` is a `random.Random`; None
    is the `random` module. Without `bias` that is None. Called with other than `nin` inputs: ValueError.

    >>> layer = Linear(2, 1)
    >>> layer.load_state_dict({"weight.0.0": 2.0, "weight.0.1": 3.0, "bias.0": 1.0})
    >>> layer([10.0, 100.0])
    [Value(data=321.0, grad=0.0)]
    """

    def __init__(
        self,
        nin: int,
        nout: int,
        bias: bool = True,
        *,
        init: Callable[[Any, int, int], float] = lecun_uniform,
        rng: Any = None,
    ) -> None:
        rng, nin, nout = source(rng), width("nin", nin), width("nout", nout)
        self.weight = [[Value(init(rng, nin, nout)) for _ in range(nin)] for _ in range(nout)]
        self.bias = [Value(init(rng, nin, nout)) for _ in range(nout)] if bias else None

    def forward(self, x: Any) -> Any:
        """The list of outputs for a list of inputs, Values or numbers."""
        x = listed(x)
        if len(x) != len(self.weight[0]):
            raise ValueError(f"expected {len(self.weight[0])} inputs, got {len(x)}: {x!r:.100}")
        if self.bias is None:
            return [DOT(*w, *x) for w in self.weight]
        return [AFFINE(b, *w, *x) for w, b in zip(self.weight, self.bias, strict=True)]

    __call__ = forward

    def __repr__(self) -> str:
        return f"Linear({len(self.weight[0])}, {len(self.weight)}{'' if self.bias else ', bias=False'})"


class Sequential(Module):
    """Modules and plain functions, each fed with what the one before it gives.

    A plain function is one of a number, as `relu`, and is applied to each in a list; those of minigrad that are made
    for lists, as `softmax`, get the list. For a function of your own that wants the list, write a Module. Raises
    TypeError for what cannot be called.

    >>> from minigrad import softmax
    >>> Sequential(lambda x: 2.0 * x, softmax)([0.0, 0.0])
    [0.5, 0.5]
    """

    def __init__(self, *layers: Any) -> None:
        for layer in layers:
            if not callable(layer):
                raise TypeError(
                    f"expected modules and functions, got {layer!r:.100} ({type(layer).__name__}); write Sequential(a, "
                    "b), without a list around them, and functions without calling them"
                )
        self.layers = layers

    def forward(self, x: Any) -> Any:
        """The output of the last layer."""
        for layer in self.layers:
            if isinstance(x, (list, tuple)) and not isinstance(layer, Module) and layer not in _OF_LISTS:
                x = [layer(item) for item in x]
            else:
                x = layer(x)
        return x

    def __len__(self) -> int:
        return len(self.layers)

    def __getitem__(self, i: int) -> Any:
        return self.layers[i]

    def __repr__(self) -> str:
        names = [repr(x) if isinstance(x, Module) else getattr(x, "__name__", repr(x)) for x in self.layers]
        return f"Sequential({', '.join(names)})"
