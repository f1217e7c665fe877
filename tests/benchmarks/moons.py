"""The row `moons`: a training step of the network in micrograd's demo, 2-16-16-1 with ReLU, on two interleaved moons.

Hinge loss and 1e-4 times the squared parameters over all 100 points at once, the walk back, and a step against the
gradient: about 64,000 operations on scalars.
"""

import itertools
import math
import random

from .harness import Contender, Mark, Row, descent, pytorch, ratio

SIZES = (2, 16, 16, 1)
RATE, PENALTY = 0.01, 1e-4
MICROGRAD, CHANGED, MLP = "micrograd", "minigrad, import changed", "minigrad, nn.MLP"
COMPILED, NUMBA, TORCH, JAX = "minigrad, compiled", "minigrad, compiled, numba", "PyTorch", "JAX, jit"


def two_moons(count, seed=0):
    """(x1, x2, label) for each point: a half circle of label 1, and one of label -1 below that reaches into it."""
    rng = random.Random(seed)
    points = []
    for i in range(count):
        angle = math.pi * (i // 2) / max(1, count // 2 - 1)
        x, y, label = (math.cos(angle), math.sin(angle), 1.0)
        if i % 2:
            x, y, label = 1.0 - x, 0.5 - y, -1.0
        points.append((x + rng.gauss(0.0, 0.1), y + rng.gauss(0.0, 0.1), label))
    return points


def layers(sizes, make_value=float, seed=1):
    """The network: layers of neurons, each its weights and its bias."""
    rng = random.Random(seed)
    return [
        [([make_value(rng.uniform(-1.0, 1.0)) for _ in range(nin)], make_value(0.0)) for _ in range(nout)]
        for nin, nout in itertools.pairwise(sizes)
    ]


def score(network, x):
    """The network's answer for one point, in loops over scalars, on whatever tape its numbers belong to."""
    for depth, layer in enumerate(network, 1):
        sums = [sum((w * v for w, v in zip(weights, x, strict=True)), bias) for weights, bias in layer]
        x = sums if depth == len(network) else [s.relu() for s in sums]
    return x[0]


def flat(network):
    """Every parameter of a network, in order."""
    return [p for layer in network for weights, bias in layer for p in [*weights, bias]]


def on_scalars(make_value, points, sizes=SIZES):
    """A contender on a scalar tape: all but `make_value` is the same code."""
    network = layers(sizes, make_value)
    parameters = flat(network)

    def loss_of():
        scores = [score(network, [make_value(x1), make_value(x2)]) for x1, x2, _ in points]
        losses = [(1 + -label * s).relu() for s, (_, _, label) in zip(scores, points, strict=True)]
        return sum(losses) * (1.0 / len(losses)) + PENALTY * sum(p * p for p in parameters)

    return descent(parameters, loss_of, RATE)


def _mlp(sizes):
    """minigrad's own network with the row's weights, its parameters, and the rule that moves them."""
    from minigrad import nn
    from minigrad.optim import SGD

    model = nn.MLP(sizes[0], list(sizes[1:]))
    parameters = model.parameters()
    for p, number in zip(parameters, flat(layers(sizes)), strict=True):
        p.data = number
    return model, parameters, SGD(parameters, RATE)


def with_mlp(points, sizes=SIZES):
    """The contender that uses minigrad as its guide tells to, without compiling."""
    from minigrad import dot, mean, relu

    model, parameters, optimizer = _mlp(sizes)

    def step():
        optimizer.zero_grad()
        losses = [relu(1.0 - label * model([x1, x2])) for x1, x2, label in points]
        loss = mean(losses) + PENALTY * dot(parameters, parameters)
        loss.backward()
        optimizer.step()
        return loss.data

    return Contender(step, lambda loss: [loss, *[p.data for p in parameters]])


def compiled(points, sizes=SIZES):
    """The same, its loss and its penalty each compiled."""
    import minigrad

    model, parameters, optimizer = _mlp(sizes)
    hinge = minigrad.compile(lambda x1, x2, label: minigrad.relu(1.0 - label * model([x1, x2]))).over(points)
    penalty = minigrad.compile(lambda: PENALTY * minigrad.dot(parameters, parameters)).over([()])

    def step():
        optimizer.zero_grad()
        loss = hinge.backward() + penalty.backward()
        optimizer.step()
        return loss

    return Contender(step, lambda loss: [loss, *[p.data for p in parameters]])


def compiled_with_numba(points, sizes=SIZES):
    """The same as one function: in machine code the penalty costs less for every point than one more call does."""
    import numba

    import minigrad

    model, parameters, optimizer = _mlp(sizes)

    def loss_of(x1, x2, label):
        return minigrad.relu(1.0 - label * model([x1, x2])) + PENALTY * minigrad.dot(parameters, parameters)

    loss_over = minigrad.compile(loss_of, jit=numba.njit).over(points)

    def step():
        optimizer.zero_grad()
        loss = loss_over.backward()
        optimizer.step()
        return loss

    return Contender(step, lambda loss: [loss, *[p.data for p in parameters]])


def on_tensors(points, sizes=SIZES, penalty=PENALTY):
    """The contender on PyTorch's tensors."""
    torch = pytorch()

    network = [[torch.tensor(m, dtype=torch.float64, requires_grad=True) for m in layer] for layer in matrices(sizes)]
    parameters = [p for layer in network for p in layer]
    data = torch.tensor(points, dtype=torch.float64)
    inputs, labels = data[:, :2], data[:, 2]

    def step():
        x = inputs
        for depth, (weights, biases) in enumerate(network, 1):
            x = x @ weights.T + biases
            x = x if depth == len(network) else x.relu()
        loss = (1.0 - labels * x[:, 0]).relu().mean() + penalty * sum(p.square().sum() for p in parameters)
        gradient = torch.autograd.grad(loss, parameters)
        with torch.no_grad():
            torch._foreach_add_(parameters, gradient, alpha=-RATE)
        return loss.item()

    return Contender(step, lambda loss: [loss, *in_order([p.detach().tolist() for p in parameters])])


def with_jax(points, sizes=SIZES, penalty=PENALTY):
    """The contender on JAX's arrays, the whole step as one jitted function."""
    import jax

    jax.config.update("jax_enable_x64", True)
    data = jax.numpy.asarray(points)
    inputs, labels = data[:, :2], data[:, 2]
    state = [[jax.numpy.asarray(m) for m in layer] for layer in matrices(sizes)]

    def loss_of(network):
        x = inputs
        for depth, (weights, biases) in enumerate(network, 1):
            x = x @ weights.T + biases
            x = x if depth == len(network) else jax.nn.relu(x)
        squares = sum([(p * p).sum() for layer in network for p in layer])
        return jax.nn.relu(1.0 - labels * x[:, 0]).mean() + penalty * squares

    @jax.jit
    def moved(network):
        loss, gradient = jax.value_and_grad(loss_of)(network)
        return loss, jax.tree.map(lambda p, g: p - RATE * g, network, gradient)

    def step():
        loss, state[:] = moved(state)
        return float(loss)

    return Contender(step, lambda loss: [loss, *in_order([p.tolist() for layer in state for p in layer])])


def matrices(sizes):
    """The network as (weights, biases) for each layer, lists of numbers."""
    return [([weights for weights, _ in layer], [bias for _, bias in layer]) for layer in layers(sizes)]


def in_order(arrays):
    """The numbers of such matrices and vectors in the order of `flat`."""
    pairs = zip(arrays[::2], arrays[1::2], strict=True)
    return [p for rows, biases in pairs for row, bias in zip(rows, biases, strict=True) for p in [*row, bias]]


def moons(count=100, sizes=SIZES, quick=False):
    """The row, for so many points and a network of these sizes; a quick one leaves out what takes long to compile."""
    marks = [
        Mark("moons, import changed, against micrograd", ratio(MICROGRAD, CHANGED), at_least=8),
        Mark("moons, nn.MLP, against micrograd", ratio(MICROGRAD, MLP), at_least=25),
        Mark("moons, compiled, against micrograd", ratio(MICROGRAD, COMPILED), at_least=200),
        Mark("moons, compiled with numba, against JAX's jit", ratio(JAX, NUMBA), at_least=1),
        Mark("moons, compiled with numba, against PyTorch", ratio(TORCH, NUMBA), at_least=1),
    ]
    row = Row("moons", f"a training step of micrograd's demo, on {count} points", CHANGED, marks, runs=4)
    points = two_moons(count)

    @row.add(CHANGED)
    def _():
        from minigrad import Value

        return on_scalars(Value, points, sizes)

    @row.add(MICROGRAD)
    def _():
        from micrograd.engine import Value

        return on_scalars(Value, points, sizes)

    for name, make in [
        (MLP, with_mlp),
        (COMPILED, compiled),
        (NUMBA, compiled_with_numba),
        (TORCH, on_tensors),
        (JAX, with_jax),
    ]:
        row.add(name)(lambda make=make: make(points, sizes))
    if quick and row.contenders.pop(NUMBA, None):
        row.missing[NUMBA] = "not measured with --quick: numba compiles it for half a minute"
    return row
