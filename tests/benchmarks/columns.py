"""The rows `columns`: the training step of `moons` at sizes that data have, with the generated code run over columns.

The same network and loss as in the row `moons`, 2-16-16-1 with ReLU, without its penalty: from 100 points, where calls
of NumPy cost more than its arithmetic, to 100,000.
"""

from .harness import Contender, Mark, Row, ratio
from .moons import COMPILED, JAX, RATE, SIZES, TORCH, flat, layers, matrices, on_tensors, two_moons, with_jax
from .processes import peak, require

COLUMNS, NUMBA, HAND, DDX = "minigrad, columns", "minigrad, compiled, numba", "NumPy by hand", "ddx"
MATRICES = (
    "PyTorch and JAX multiply a layer's weights with all points as matrices, which BLAS does out of a core's "
    "registers; columns are the trace's own additions and multiplications, to the bit, one pass over a block each."
)


def by_minigrad(points, sizes=SIZES, **options):
    """A contender on minigrad: the loss compiled, and its rows one by one or as columns."""
    import minigrad
    from minigrad import nn
    from minigrad.optim import SGD

    model = nn.MLP(sizes[0], list(sizes[1:]))
    parameters = model.parameters()
    for p, number in zip(parameters, flat(layers(sizes)), strict=True):
        p.data = number
    optimizer = SGD(parameters, RATE)
    hinge = minigrad.compile(lambda x1, x2, label: minigrad.relu(1.0 - label * model([x1, x2])), **options)
    objective = hinge.over(points)

    def step():
        optimizer.zero_grad()
        loss = objective.backward()
        optimizer.step()
        return loss

    return Contender(step, lambda loss: [loss, *[p.data for p in parameters]])


def over_columns(points, sizes=SIZES):
    """The same over NumPy's columns."""
    import numpy as np

    return by_minigrad(np.array(points), sizes, xp=np)


def with_numba(points, sizes=SIZES):
    """The same as machine code."""
    import numba

    return by_minigrad(points, sizes, jit=numba.njit)


def by_numpy(points, sizes=SIZES):
    """The contender on NumPy's matrices, whose derivatives are written by hand."""
    import numpy as np

    data = np.array(points)
    inputs, labels = data[:, :2], data[:, 2]
    network = [[np.array(m) for m in layer] for layer in matrices(sizes)]

    def step():
        signals, x = [inputs], inputs
        for depth, (weights, biases) in enumerate(network, 1):
            x = x @ weights.T + biases
            x = x if depth == len(network) else np.maximum(x, 0.0)
            signals.append(x)
        margins = 1.0 - labels * signals.pop()[:, 0]
        loss = np.maximum(margins, 0.0).mean()
        down = np.where(margins > 0.0, -labels, 0.0)[:, None] / len(data)
        for layer in reversed(network):
            weights, biases = layer
            x = signals.pop()
            in_weights, in_biases = down.T @ x, down.sum(axis=0)
            down = (down @ weights) * (x > 0.0)
            layer[:] = weights - RATE * in_weights, biases - RATE * in_biases
        return loss

    return Contender(step, lambda loss: [loss, *[p for layer in network for p in _in_order(*layer)]])


def _in_order(weights, biases):
    return [p for row, bias in zip(weights.tolist(), biases.tolist(), strict=True) for p in [*row, bias]]


def by_ddx(points, sizes=SIZES):
    """The contender on ddx: the graph of a point's loss compiled by LLVM, called over all points."""
    import ddx
    import numpy as np

    numbers = np.array(flat(layers(sizes)))
    data = np.array(points).T
    table = np.empty((len(numbers) + 3, data.shape[1]))
    table[len(numbers) :] = data

    def loss():
        ps = iter([ddx.var(f"p{k}") for k in range(len(numbers))])
        x = [ddx.param("x1"), ddx.param("x2")]
        label = ddx.param("label")
        for depth, layer in enumerate(layers(sizes), 1):
            sums = []
            for weights, _ in layer:
                terms = [next(ps) * v for _, v in zip(weights, x, strict=True)]
                sums.append(sum(terms[1:], terms[0]) + next(ps))
            x = sums if depth == len(sizes) - 1 else [ddx.max(s, 0.0) for s in sums]
        return ddx.max(1.0 - label * x[0], 0.0)

    function = ddx.equation(loss).compile(points=data.shape[1])

    def step():
        table[: len(numbers)] = numbers[:, None]
        losses, gradients = function.jacobian(table)
        numbers[:] -= RATE * gradients.mean(axis=1)
        return losses.mean()

    return Contender(step, lambda loss: [loss, *numbers.tolist()])


CONTENDERS = {
    COMPILED: by_minigrad,
    COLUMNS: over_columns,
    NUMBA: with_numba,
    HAND: by_numpy,
    DDX: by_ddx,
}


def columns(count, sizes=SIZES, quick=False):
    """The row, for so many points; a quick one leaves out what takes long to compile."""
    marks = []
    if count == 10**4:
        marks = [Mark("columns, moons, 10,000 points, against the plain loop", ratio(COMPILED, COLUMNS), at_least=10)]
    if count == 10**5:
        marks = [
            Mark(f"columns, moons, 100,000 points, against {peer}", ratio(peer, COLUMNS), at_least=1, cause=MATRICES)
            for peer in (TORCH, JAX)
        ]
    row = Row(f"columns, moons, {count:,} points", "a training step of 2-16-16-1", COLUMNS, marks)
    points = two_moons(count)
    makers = CONTENDERS | {TORCH: tensors, JAX: arrays}
    for name, make in makers.items():
        if (name == COMPILED and count > 10**4) or (name == DDX and count > 10**4):
            row.missing[name] = "not measured: a step takes seconds, or gigabytes"
        elif quick and name in (NUMBA, DDX):
            row.missing[name] = "not measured with --quick: it is compiled for half a minute"
        else:
            row.add(name)(lambda make=make: make(points, sizes))
    return row


def tensors(points, sizes=SIZES):
    """PyTorch's tensors."""
    return _plain(on_tensors, points, sizes)


def arrays(points, sizes=SIZES):
    """JAX's arrays."""
    return _plain(with_jax, points, sizes)


def _plain(make, points, sizes):
    return make(points, sizes, penalty=0.0)


def step_memory(count=10**5):
    """The row of the most memory that a step takes."""
    row = Row(f"memory, columns, {count:,} points", "a process that takes one step", COLUMNS, quantity="B")
    modules = {COLUMNS: "numpy", HAND: "numpy", TORCH: "torch", JAX: "jax"}
    for name, module in modules.items():

        @row.add(name)
        def _(name=name, module=module):
            require(module)
            return Contender(lambda: peak("-m", "benchmarks.columns", name, str(count)))

    return row


if __name__ == "__main__":
    import sys

    (CONTENDERS | {TORCH: tensors, JAX: arrays})[sys.argv[1]](two_moons(int(sys.argv[2]))).run()
