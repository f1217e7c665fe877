"""A module as a user would write it, with types: `test_types.py` runs mypy --strict on it, and then runs it."""

from collections.abc import Sequence

from minigrad import (
    Value,
    clamp,
    compile,
    dist,
    dot,
    exp,
    floor,
    grad,
    hypot,
    isfinite,
    jvp,
    log,
    maximum,
    mean,
    mean_squared_error,
    minimize,
    norm,
    sigmoid,
    softmax,
    sum,
    vjp,
)
from minigrad.losses import cross_entropy, hinge, huber, l2, mean_cross_entropy, squared_error
from minigrad.nn import MLP
from minigrad.optim import SGD, Adam

Number = float | Value  # a function that runs with gradients and without


def decay(t: Number, rate: Number) -> Number:
    return exp(-rate * t) + maximum(t, 0.0) * 0.0


def bounded(t: Number) -> Number:
    return clamp(log(t * t + 1.0), 0.0, 10.0) + floor(t) % 2.0


def length(numbers: Sequence[Number]) -> Number:
    return norm(numbers) + sum(numbers) + mean(numbers) + dot(numbers, [1.0, 2.0]) + dist(numbers, [0.0, 0.0])


def penalized(w: Value, x: float) -> Value:
    far: Value = hypot(w, w) + dot([x, 2.0], [w, 1.0]) * 0.0 + hinge(w * x, 1)
    near: Value = squared_error(w * x, 2.0) + squared_error(w, w) + mean_cross_entropy([[w, w], [w, -w]], [0, 1])
    mixed: Number = sum([w, x, 1.0])
    return far + near + mixed


class Line:
    def __init__(self, slope: float, intercept: float) -> None:
        self.w = Value(slope, label="w")
        self.b = Value(intercept)

    def __call__(self, x: float) -> Value:
        return self.w * x + self.b

    def residual(self, x: float, y: float) -> Value:
        return 2.0 * (self(x) - y) / 2.0

    def parameters(self) -> list[Value]:
        return [self.w, self.b]


def fit(xs: Sequence[float], ys: Sequence[float]) -> float:
    line = Line(0.0, 0.0)

    def objective() -> Value:
        loss: Value = mean_squared_error([line(x) for x in xs], ys)
        penalty: Value = l2(line.parameters())
        return loss + 1e-9 * penalty

    result = minimize(objective, SGD(line.parameters(), lr=0.1), max_steps=2000)
    assert isfinite(result.loss)
    return line.w.item()


def robust(line: Line, x: float, y: float) -> float:
    loss: Value = huber(line(x), y) + huber(line.residual(x, y), 0.0)
    loss.backward(gradient=2.0)
    return line.w.grad


def classify(scores: list[Value], target: int) -> float:
    shares: list[Value] = softmax(scores)
    loss: Value = cross_entropy(scores, target) + dot(shares, shares)
    loss.backward()
    return loss.data


def network(inputs: list[float]) -> float:
    model = MLP(2, [3, 1])
    optimizer = Adam(model.parameters(), lr=0.01)
    output: Value = model(inputs)
    loss = sigmoid(output) ** 2
    loss.backward()
    optimizer.step()
    return loss.exp().data


def main() -> list[float]:
    value: Value = exp(Value(1.0)) * 2.0
    number: float = exp(1)
    either: Number = decay(value, 0.5)
    derivative: float = grad(bounded)(0.5)
    fast: float = compile(bounded)(0.5)
    _, along = jvp(decay, (1.0, 2.0), (1.0, 0.0))
    _, pull_back = vjp(decay, 1.0, 2.0)
    assert pull_back(1.0)[0] == along
    lengths: tuple[Number, float, Value] = (length([2.0, value]), sum([1, 2.5]), penalized(value, number))
    numbers = [fit([1.0, 2.0], [2.0, 4.0]), robust(Line(1.0, 0.0), 2.0, 1.0), network([0.5, -0.5])]
    numbers += [number, derivative, fast, classify([Value(1.0), Value(2.0)], 0)]
    return numbers if isinstance(either, Value) and isinstance(lengths[0], Value) else []
