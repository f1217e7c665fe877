"""Models: random regression problems, small enough to check every derivative of."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from .. import functions
from ..engine import Value
from ..machinery.trees import mapped, numbers_in

if TYPE_CHECKING:
    from collections.abc import Iterable


class Model:
    """A small regression problem: rows of data, and the weights of a network to fit to them, or of a line.

    `weights` holds a list for each layer, with a list for each neuron: its bias, then a weight for each of its inputs.
    Neurons of all layers but the last apply `activation`, the name of a function of minigrad. `rows` are pairs of
    inputs and target. `parameters()` are Values for an optimizer to move, and `loss()` is what it has to get down; as
    functions of plain numbers, for `grad` and `gradcheck`, they are `predict(weights, inputs)` and `loss(weights)`.

    >>> model = Model([[[1.0, 2.0]]], "tanh", [((3.0,), 8.0)])
    >>> model.loss(model.weights)                       # (1 + 2 * 3 - 8)**2
    1.0
    >>> model.loss().backward()
    >>> [x.grad for x in model.parameters()]
    [-2.0, -6.0]
    """

    def __init__(
        self, weights: list[list[list[float]]], activation: str, rows: list[tuple[tuple[float, ...], float]]
    ) -> None:
        self.weights, self.activation, self.rows = weights, activation, rows
        self._values = mapped(Value, weights)

    def parameters(self) -> list[Value]:
        """The weights as Values, always the same ones."""
        return numbers_in(self._values)

    def predict(self, weights: Any, inputs: Iterable[Any]) -> Any:
        """What the network makes of `inputs` with weights of this structure, which may be floats or Values."""
        signals = [*inputs]
        for layer in weights:
            sums = [bias + functions.dot(ws, signals) for bias, *ws in layer]
            signals = sums if layer is weights[-1] else [getattr(functions, self.activation)(x) for x in sums]
        return signals[0]

    def loss(self, weights: Any = None) -> Any:
        """The mean over all rows of (prediction - target)**2, with the parameters if no weights are given."""
        weights = self._values if weights is None else weights
        return functions.mean([(self.predict(weights, inputs) - target) ** 2 for inputs, target in self.rows])

    def __repr__(self) -> str:
        return f"Model({self.weights!r}, {self.activation!r}, {self.rows!r})"


def models(max_inputs: int = 3, max_hidden: int = 3, max_rows: int = 5) -> st.SearchStrategy[Model]:
    """Regression problems with one to `max_inputs` features, one to `max_rows` rows, and up to `max_hidden` neurons.

    Without hidden neurons, as `max_hidden=0` has it always, the model is linear and the loss is convex.

    >>> from hypothesis import given
    >>> @given(models(max_hidden=0))
    ... def test_the_loss_of_a_line_is_convex(model):
    ...     here, there = model.weights, mapped(lambda w: -w, model.weights)
    ...     middle = mapped(lambda w: 0.0, model.weights)
    ...     assert model.loss(middle) <= (model.loss(here) + model.loss(there)) / 2.0 + 1e-9
    >>> test_the_loss_of_a_line_is_convex()
    """
    number = st.integers(-20, 20).map(lambda n: n / 10)

    @st.composite
    def model(draw: st.DrawFn) -> Model:
        inputs, hidden = draw(st.integers(1, max_inputs)), draw(st.integers(0, max_hidden))
        sizes = [inputs, hidden, 1] if hidden else [inputs, 1]
        weights = [[[draw(number) for _ in range(1 + n)] for _ in range(m)] for n, m in pairwise(sizes)]
        row = st.tuples(st.tuples(*[number] * inputs), number)
        activation = draw(st.sampled_from(["tanh", "sigmoid", "softplus", "relu"]))
        return Model(weights, activation, draw(st.lists(row, min_size=1, max_size=max_rows)))

    return model()
