"""How time and memory of every public call grow with the size of what it is given: `python tests/growth.py`.

    python tests/growth.py [--seconds S] [--to N] [--markdown] [WORD ...]

prints a table; with words, of the calls whose name has one of them. Each call is measured at sizes 100, 316, 1,000, ...
up to N (a million), as far as one call takes no more than S seconds (2) of the processor. `time` is the exponent of its
time: the incline of a line through log time over log size, at the four largest sizes; `memory` that of its peak, as
`tracemalloc` sees it. An exponent of 1 says that twice as much takes twice as long. Python's collector is off in the
meantime: it looks through all objects, again and again, and adds some 0.2 to the exponent of whatever makes many.

Another call to be measured is another function with `@call(...)`: it gets a size, builds what the call needs, and
returns the call. Where an exponent above 1 is in the nature of the thing, `why` says so.
"""

import argparse
import copy
import gc
import math
import os
import pickle
import random
import statistics
import sys
import tempfile
import time
import warnings

from optional import tracemalloc

from minigrad import (
    Value,
    checkpoint,
    datasets,
    detect_anomaly,
    dot,
    draw,
    explain,
    find_lr,
    fit,
    functions,
    grad,
    gradcheck,
    gradients,
    hessian,
    hvp,
    jacobian,
    jvp,
    least_squares,
    losses,
    minimize,
    nn,
    numerical_gradient,
    optim,
    tanh,
    value_and_grad,
    vjp,
)
from minigrad.compiler import compile
from minigrad.train import Batches

SIZES = [round(10 ** (k / 2)) for k in range(4, 13)]  # 100 to a million, two to a power of ten
UPPER = 4  # so many of the largest that were reached give the exponent
SHORT = 0.05  # seconds: what takes less is measured five times, unless making it ready takes long; the median counts
READY = 5  # making a call ready may take so many times as long as the call
NOTABLE = 1.1  # exponents above need a reason
FOLDER = tempfile.TemporaryDirectory()
CALLS = []


class Call:
    """A public call: how it is made ready for a size, what that size counts, and why it grows faster than that."""

    def __init__(self, prepare, what, counts, why="", to=SIZES[-1]):
        self.prepare, self.what, self.counts, self.why, self.to = prepare, what, counts, why, to


def call(what, counts, why="", to=SIZES[-1]):
    """A decorator: the function gets a size and returns the call to measure; `to` is the largest size it has."""

    def add(prepare):
        CALLS.append(Call(prepare, what, counts, why, to))
        return prepare

    return add


class Growth:
    """What was measured of one call: sizes, seconds and bytes at each, and the exponents of both."""

    def __init__(self, call):
        self.call, self.sizes, self.seconds, self.ready, self.bytes = call, [], [], [], []

    @property
    def time(self):
        """The exponent of time."""
        return exponent(self.sizes, self.seconds)

    @property
    def memory(self):
        """The exponent of peak memory."""
        return exponent(self.sizes, self.bytes)


def exponent(sizes, amounts):
    """The incline of the least squares line through the logarithms, at the upper sizes; nan for fewer than two."""
    xs, ys = [[math.log(max(1e-9, x)) for x in some[-UPPER:]] for some in (sizes, amounts)]
    if len(xs) < 2:
        return math.nan
    middle = statistics.fmean(xs)
    return sum((x - middle) * y for x, y in zip(xs, ys, strict=True)) / sum((x - middle) ** 2 for x in xs)


def seconds_of(prepare, n):
    """Processor time of the call at a size, the median of five if it is short, and of making it ready each time."""
    found, ready = [], []
    while not found or (len(found) < 5 and found[0] < SHORT and ready[0] < READY * SHORT):
        gc.collect()
        gc.disable()
        start = time.process_time()
        run = prepare(n)
        ready.append(time.process_time() - start)
        start = time.process_time()
        kept = run()
        found.append(time.process_time() - start)
        gc.enable()
        del kept, run
    return statistics.median(found), ready[0]


def bytes_of(prepare, n):
    """Peak memory of the call at a size, above what was there before it."""
    run = prepare(n)
    gc.collect()
    tracemalloc.start()
    try:
        kept = run()
        peak = tracemalloc.get_traced_memory()[1]
        del kept
    finally:
        tracemalloc.stop()
    return peak


def measured(call, most, to=SIZES[-1]):
    """The growth of a call over all sizes for which it takes no more than `most` seconds."""
    found = Growth(call)
    sizes = SIZES if call.to >= SIZES[3] else sorted({call.to >> k for k in range(6)})
    seconds_of(call.prepare, sizes[0])  # the first time it may import, or fill a cache
    for n in sizes:
        if n > min(to, call.to):
            break
        if len(found.sizes) > 1 and any(
            expected(found.sizes, seconds, n) > limit
            for seconds, limit in ((found.seconds, most), (found.ready, READY * most))
        ):
            break
        found.sizes.append(n)
        took, ready = seconds_of(call.prepare, n)
        found.seconds.append(took)
        found.ready.append(ready)
        found.bytes.append(bytes_of(call.prepare, n))
    return found


def expected(sizes, seconds, n):
    """The seconds that a size is going to take, by the last two."""
    (a, b), (s, t) = sizes[-2:], seconds[-2:]
    incline = math.log(max(t, 1e-7) / max(s, 1e-7)) / math.log(b / a)
    return t * (n / b) ** max(1.0, incline)


# --- Graphs ---------------------------------------------------------------------------------------------------------


def leaves(n):
    return [Value(0.5 + i / (2 * n)) for i in range(n)]


def numbers(n):
    return [0.5 + i / (2 * n) for i in range(n)]


def chain(x, n):
    """A graph of n nodes, one on the other."""
    for _ in range(n // 2):
        x = x * 0.999 + 0.001
    return x


def squares(xs):
    """A number of 2n nodes above a list of n."""
    total = 0.0
    for x in xs:
        total = total + x * x
    return total


def even(xs):
    """The same by one node over n products."""
    return functions.sum([x * x for x in xs])


@call("a graph is built and freed", "nodes")
def _(n):
    return lambda: chain(Value(0.5), n).data


@call("`backward`, a chain", "nodes")
def _(n):
    return chain(Value(0.5), n).backward


@call("`backward`, a sum of squares", "leaves")
def _(n):
    return squares(leaves(n)).backward


@call("`backward`, one node of n operands", "operands")
def _(n):
    return dot(leaves(n), numbers(n)).backward


@call("`gradients`", "leaves")
def _(n):
    xs = leaves(n)
    y = squares(xs)
    return lambda: gradients(y, xs)


@call("`gradients` of `gradients`, a chain", "nodes")
def _(n):
    x = Value(0.5)
    y = tanh(chain(x, n))
    return lambda: gradients(gradients(y, [x])[0], [x])


@call("`copy.deepcopy` of leaves", "leaves")
def _(n):
    xs = leaves(n)
    return lambda: copy.deepcopy(xs)


@call("`pickle` of leaves, there and back", "leaves")
def _(n):
    xs = leaves(n)
    return lambda: pickle.loads(pickle.dumps(xs))


@call("`detect_anomaly`", "nodes")
def _(n):
    def run():
        with detect_anomaly():
            chain(Value(0.5), n).backward()

    return run


# --- Functions of many operands -------------------------------------------------------------------------------------


def of_many(name, f):
    @call(f"`{name}` and `backward`", "operands")
    def _(n):
        xs = leaves(n)

        def run():
            y = f(xs)
            y.backward()

        return run


for _name in ("sum", "fsum", "mean", "prod", "norm", "logsumexp"):
    of_many(_name, getattr(functions, _name))
of_many("sumprod", lambda xs: functions.sumprod(xs, xs))
of_many("hypot", lambda xs: functions.hypot(*xs))
of_many("dist", lambda xs: functions.dist(xs, xs[::-1]))
of_many("softmax", lambda xs: functions.softmax(xs)[0])
of_many("softmax, all of it,", lambda xs: functions.sum(functions.softmax(xs)))
of_many("max", max)
of_many("mean_squared_error", lambda xs: losses.mean_squared_error(xs, [0.0] * len(xs)))
of_many("mean_huber", lambda xs: losses.mean_huber(xs, [0.0] * len(xs)))
of_many(
    "mean_binary_cross_entropy",
    lambda xs: losses.mean_binary_cross_entropy([functions.sigmoid(x) for x in xs], [1.0] * len(xs)),
)
of_many("cross_entropy", lambda xs: losses.cross_entropy(xs, 0))
of_many("l2", losses.l2)


@call("`prod`, twice differentiated", "operands")
def _(n):
    xs = [Value(1.0 + i / n / n) for i in range(n)]
    return lambda: gradients(gradients(functions.prod(xs), xs[:1])[0], xs[1:2])


# --- Transforms -----------------------------------------------------------------------------------------------------


@call("`grad`", "numbers")
def _(n):
    return lambda: grad(squares)(numbers(n))


@call("`value_and_grad` of n arguments", "arguments")
def _(n):
    f = value_and_grad(lambda *xs: squares(xs), argnums=tuple(range(n)))
    return lambda: f(*numbers(n))


@call("`hvp`", "numbers")
def _(n):
    return lambda: hvp(squares, numbers(n), numbers(n))


@call("`vjp`, n numbers to n", "numbers")
def _(n):
    return lambda: vjp(lambda xs: [x * x for x in xs], numbers(n))[1](numbers(n))


@call("`jvp`, n numbers to n", "numbers")
def _(n):
    return lambda: jvp(lambda xs: [x * x for x in xs], (numbers(n),), (numbers(n),))


@call("`jacobian`, n numbers to 3", "numbers")
def _(n):
    return lambda: jacobian(lambda xs: [squares(xs), xs[0], xs[-1]])(numbers(n))


@call("`jacobian`, 3 numbers to n", "results")
def _(n):
    return lambda: jacobian(lambda xs: [xs[0] * xs[1] + i * xs[2] for i in range(n)])([0.5, 1.5, 2.5])


@call("`jacobian`, n numbers to n", "numbers", "the result has n * n numbers")
def _(n):
    return lambda: jacobian(lambda xs: [x * x for x in xs])(numbers(n))


@call("`hessian`", "numbers", "the result has n * n numbers")
def _(n):
    return lambda: hessian(even)(numbers(n))


# --- Compiled functions ---------------------------------------------------------------------------------------------


def first_call(f, *args, jit=None):
    program = compile(f, jit=jit)
    return lambda: (program(*args), program)


@call("`compile`, first call, a chain", "ops")
def _(n):
    return first_call(lambda x: tanh(chain(x, n)), 0.5)


@call("`compile`, first call, n numbers", "numbers")
def _(n):
    return first_call(squares, numbers(n))


@call("`compile`, first call, gradient of n numbers", "numbers")
def _(n):
    return first_call(grad(squares), numbers(n))


@call("`compile`, first call, n results", "results")
def _(n):
    return first_call(lambda x: [x * i + 0.5 for i in range(n)], 0.5)


@call("`compile`, first call, n parameters", "parameters")
def _(n):
    ws = leaves(n)
    return first_call(lambda x: even(ws) * x, 0.5)


@call("`compile`, first call, n equal labels", "parameters")
def _(n):
    ws = [Value(0.5 + i, label="w") for i in range(n)]
    return first_call(lambda x: even(ws) * x, 0.5)


@call("`compile`, first call, n labels that differ in case", "parameters")
def _(n):
    ws = [Value(0.5 + i, label="w_1" if i % 2 else "w") for i in range(n)]
    return first_call(lambda x: even(ws) * x, 0.5)


@call("`compile`, first call, nested data", "numbers")
def _(n):
    return first_call(lambda rows: functions.sum([a * b + b for a, b in rows]), [[x, 2.0] for x in numbers(n // 2)])


@call("`compile`, first call, n comparisons on one path", "comparisons")
def _(n):
    return first_call(lambda x, y: functions.sum([x * i if x * i > y else y for i in range(1, n + 1)]), 3.0, 1.0)


def staircase(k):
    """A function of k paths, and a point on each."""

    def f(x):
        for i in range(k - 1):
            if x < i:
                return x * i
        return x

    return f, [i - 0.5 for i in range(k)]


@call("`compile`, k paths one behind the other, all taken", "paths", "", to=64)
def _(k):
    f, points = staircase(k)
    return lambda: [*map(compile(f), points)]


def bisected(k):
    """A function of k paths, each behind log2 k comparisons, and a point on each."""

    def f(x):
        low, high = 0, k
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if x < middle else (middle, high)
        return x * low

    return f, [i + 0.5 for i in range(k)]


@call("`compile`, k paths behind log k comparisons", "paths", "", to=64)
def _(k):
    f, points = bisected(k)
    return lambda: [*map(compile(f), points)]


@call("`compile`, k paths of rows, all taken", "paths", "", to=64)
def _(k):
    f, points = staircase(k)
    w = Value(2.0)
    program = compile(lambda x: f(x) * w)
    return lambda: program.backward([(x,) for x in points])


@call("`compile`, k structures of arguments", "structures", "", to=256)
def _(k):
    program = compile(lambda x, kind: x * len(kind))
    return lambda: [program(0.5, "ab" + str(i)) for i in range(k)]


@call("a compiled call, a chain", "ops")
def _(n):
    program = compile(lambda x: tanh(chain(x, n)))
    program(0.5)
    return lambda: program(0.25)


@call("a compiled call, n numbers", "numbers")
def _(n):
    program, xs = compile(squares), numbers(n)
    program(xs)
    return lambda: program(xs)


@call("a Program as a node, and `backward`", "numbers")
def _(n):
    program, xs = compile(squares), leaves(n)
    program(xs).backward()
    return lambda: program(xs).backward()


@call("a Program as a node, first call", "numbers")
def _(n):
    program, xs = compile(squares), leaves(n)
    return lambda: program(xs).backward()


@call("`Program.backward(rows)`, first call", "rows")
def _(n):
    w = Value(0.5)
    program, rows = compile(lambda x, y: (w * x - y) ** 2), [(x, x) for x in numbers(n)]
    return lambda: program.backward(rows)


@call("`Program.backward(rows)`, rows of n numbers", "numbers")
def _(n):
    ws, xs = leaves(n), numbers(n)
    program = compile(lambda xs, y: (dot(ws, xs) - y) ** 2)
    return lambda: program.backward([(xs, 1.0)] * 4)


@call("`Program.over(rows)()`", "rows")
def _(n):
    w = Value(0.5)
    return compile(lambda x, y: (w * x - y) ** 2).over([(x, x) for x in numbers(n)])


@call("`Program.source`", "ops")
def _(n):
    program = compile(lambda x: tanh(chain(x, n)))
    program(0.5)
    return lambda: program.source


@call("`pickle` of a Program, there and back", "ops")
def _(n):
    program = compile(lambda x: tanh(chain(x, n)))
    program(0.5)
    return lambda: pickle.loads(pickle.dumps(program))


@call("`pickle` of a Program of n parameters, there and back", "parameters")
def _(n):
    ws = leaves(n)
    program = compile(lambda x: even(ws) * x)
    program(0.5)
    return lambda: pickle.loads(pickle.dumps(program))


# --- Pictures and words ---------------------------------------------------------------------------------------------


@call("`to_svg`", "nodes")
def _(n):
    y = chain(Value(0.5), n)
    return lambda: draw.to_svg(y)


@call("`to_dot`", "nodes")
def _(n):
    y = chain(Value(0.5), n)
    return lambda: draw.to_dot(y)


@call("`to_mermaid`", "nodes")
def _(n):
    y = chain(Value(0.5), n)
    return lambda: draw.to_mermaid(y)


@call("`explain`, as text", "nodes")
def _(n):
    y = chain(Value(0.5), n)
    return lambda: str(explain.explain(y))


# --- Gradcheck ------------------------------------------------------------------------------------------------------


@call("`gradcheck`, n numbers", "numbers")
def _(n):
    return lambda: gradcheck(squares, numbers(n))


@call("`gradcheck`, one node of n operands", "operands")
def _(n):
    return lambda: gradcheck(functions.sum, numbers(n))


@call("`gradcheck`, a chain", "ops")
def _(n):
    return lambda: gradcheck(lambda x: chain(x, n), 0.5)


@call("`gradcheck` that fails, n numbers", "numbers", "each number of a part that fails is varied alone")
def _(n):
    return lambda: gradcheck(lambda xs: squares([*xs[1:], xs[0] * xs[0].data]), numbers(n))


@call("`numerical_gradient`", "numbers", "each of n numbers is varied alone, in a function of n numbers")
def _(n):
    return lambda: numerical_gradient(squares, [numbers(n)])


# --- Networks and optimizers ----------------------------------------------------------------------------------------


def network(n):
    """Some n parameters in layers of 16."""
    return nn.MLP(4, [16] * (1 + round(max(0, n - 80) / 272)), rng=random.Random(0))


@call("`MLP(...)`", "parameters")
def _(n):
    return lambda: network(n)


@call("`MLP`, forward and `backward`", "parameters")
def _(n):
    model = network(n)
    return lambda: functions.sum(model([0.1, 0.2, 0.3, 0.4])).backward()


@call("`MLP(n, [1])`, forward and `backward`", "inputs")
def _(n):
    model = nn.MLP(n, [1], rng=random.Random(0))
    return lambda: model(numbers(n)).backward()


@call("`Module.state_dict`, there and back", "parameters")
def _(n):
    model = network(n)
    return lambda: model.load_state_dict(model.state_dict())


@call("`pickle` of a Module, there and back", "parameters")
def _(n):
    model = network(n)
    return lambda: pickle.loads(pickle.dumps(model))


def stepped(name, make, rounds=3):
    @call(f"`{name}`, {rounds} steps", "parameters")
    def _(n):
        xs = leaves(n)

        def run():
            optimizer = make(xs)

            def closure():
                optimizer.zero_grad()
                loss = even(xs)
                loss.backward()
                return loss

            for _ in range(rounds):
                optimizer.step(closure)

        return run


stepped("SGD", lambda xs: optim.SGD(xs, lr=0.1, momentum=0.9))
stepped("Adam", lambda xs: optim.Adam(xs, lr=0.1))
stepped("LBFGS", optim.LBFGS)


@call("`SGD` of n groups, a step", "groups")
def _(n):
    groups = [{"params": [p], "lr": 0.1} for p in leaves(n)]
    return lambda: optim.SGD(groups, lr=0.2).step()


@call("`SGD`: a parameter that comes twice", "parameters")
def _(n):
    xs = leaves(n)

    def run():
        try:
            optim.SGD([*xs, xs[-1]], lr=0.1)
        except ValueError as error:
            return error

    return run


@call("`Adam.state_dict`, there and back", "parameters")
def _(n):
    optimizer = optim.Adam(leaves(n), lr=0.1)
    return lambda: optimizer.load_state_dict(optimizer.state_dict())


@call("`clip_grad_norm`", "parameters")
def _(n):
    xs = leaves(n)
    return lambda: optim.clip_grad_norm(xs, 1.0)


# --- Training -------------------------------------------------------------------------------------------------------


@call("`minimize`, n steps", "steps")
def _(n):
    w = Value(0.0)
    return lambda: minimize(lambda: (w - 3.0) ** 2, optim.SGD([w], lr=1e-7), max_steps=n)


@call("`minimize`, n parameters", "parameters")
def _(n):
    xs = leaves(n)
    return lambda: minimize(lambda: even(xs), optim.SGD(xs, lr=0.4), max_steps=10)


@call("`minimize`, rows", "rows")
def _(n):
    w = Value(0.5)
    rows = [(x, 3.0 * x) for x in numbers(n)]
    return lambda: minimize(lambda x, y: (w * x - y) ** 2, optim.SGD([w], lr=0.5), rows=rows)


@call("`minimize`, batches of 32", "rows")
def _(n):
    w = Value(0.5)
    rows = [(x, 3.0 * x) for x in numbers(n)]
    optimizer, rng = optim.SGD([w], lr=0.01), random.Random(0)
    return lambda: minimize(
        lambda x, y: (w * x - y) ** 2, optimizer, rows=rows, batch_size=32, rng=rng, max_steps=n // 32
    )


@call("`Batches`", "rows")
def _(n):
    def run():
        batches = Batches([(x,) for x in numbers(n)], 32, random.Random(0))
        return sum(len(batches.rows) for _ in range(3))

    return run


@call("`find_lr`", "parameters")
def _(n):
    xs = leaves(n)
    return lambda: find_lr(lambda: even(xs), optim.SGD(xs, lr=0.1))


@call("`least_squares`, rows", "rows")
def _(n):
    a, b = Value(0.5), Value(0.5)
    rows = [(x, 2.0 * x + 1.0 + (i % 7) / 100) for i, x in enumerate(numbers(n))]
    return lambda: least_squares(lambda x, y: a * x + b - y, [a, b], rows=rows)


@call("`least_squares`, parameters", "parameters", "n * n products of columns, of n numbers each", to=64)
def _(n):
    xs = leaves(n)
    return lambda: least_squares(lambda: [x - 1.0 for x in xs], xs)


# --- Files and tables -----------------------------------------------------------------------------------------------


def path(name):
    return os.path.join(FOLDER.name, name)


def written(name, text):
    with open(path(name), "w", encoding="utf-8") as file:
        file.write(text)
    return path(name)


@call("`checkpoint.save`", "parameters")
def _(n):
    model = network(n)
    return lambda: checkpoint.save(path("model.json"), model=model)


@call("`checkpoint.load`", "parameters")
def _(n):
    model = network(n)
    checkpoint.save(path("model.json"), model=model)
    return lambda: checkpoint.load(path("model.json"), model=model)


def table(n):
    """n rows of two numbers, a word and a target."""
    rng = random.Random(0)
    rows = [(rng.random(), rng.gauss(0.0, 1.0), rng.choice("abc"), rng.gauss(0.0, 0.1)) for _ in range(n)]
    return "x,z,kind,y\n" + "".join([f"{x!r},{z!r},{kind},{2 * x - z + noise!r}\n" for x, z, kind, noise in rows])


@call("`read_csv`, rows", "rows")
def _(n):
    file = written("rows.csv", table(n))
    return lambda: datasets.read_csv(file)


@call("`read_csv`, rows with holes", "rows")
def _(n):
    file = written("holes.csv", "x,y\n" + "1.5,2\nNA,3\n,1\n2.5,4\n" * (n // 4))
    return lambda: datasets.read_csv(file)


@call("`read_csv`, columns of numbers", "columns")
def _(n):
    names = ",".join([f"c{i}" for i in range(n)])
    row = ",".join([f"{i / 7!r}" for i in range(n)])
    file = written("columns.csv", f"{names}\n{row}\n{row}\n{row}\n")
    return lambda: datasets.read_csv(file)


@call("`read_csv`, columns of words", "columns")
def _(n):
    names = ",".join([f"c{i}" for i in range(n)])
    rows = [",".join([word] * (n - 1) + [str(i)]) for i, word in enumerate("aabbaabbab")]
    file = written("words.csv", "\n".join([names, *rows]) + "\n")
    return lambda: datasets.read_csv(file)


@call("`read_csv`, columns of one word", "columns")
def _(n):
    names = ",".join([f"c{i}" for i in range(n)])
    rows = [",".join(["a"] * (n - 2) + [str(i), str(i)]) for i in range(6)]
    file = written("constant.csv", "\n".join([names, *rows]) + "\n")
    return lambda: datasets.read_csv(file)


@call("`read_csv`: a column that comes twice", "columns")
def _(n):
    names = ",".join([f"c{i}" for i in range(n - 1)] + ["c0"])
    row = ",".join(["1.5"] * n)
    file = written("twice.csv", f"{names}\n{row}\n{row}\n")

    def run():
        try:
            datasets.read_csv(file)
        except ValueError as error:
            return error

    return run


@call("`moons`", "rows")
def _(n):
    return lambda: datasets.moons(n, 0.1, random.Random(0))


# --- Fits -----------------------------------------------------------------------------------------------------------


@call("`fit`, rows", "rows")
def _(n):
    data = datasets.read_csv(written("fit.csv", table(n)))
    return lambda: fit.fit(data)


@call("`fit`, features", "features", "n * n products of columns", to=1_000)
def _(n):
    rng = random.Random(0)
    columns = {f"c{i}": [rng.gauss(0.0, 1.0) for _ in range(2 * n + 8)] for i in range(n)}
    columns["y"] = [rng.gauss(0.0, 1.0) for _ in range(2 * n + 8)]
    return lambda: fit.fit(columns)


@call("`fit_curve`, rows", "rows")
def _(n):
    xs = numbers(n)
    data = {"x": xs, "y": [2.0 * math.exp(-x) + 0.5 + (i % 7) / 100 for i, x in enumerate(xs)]}
    return lambda: fit.fit_curve("y = a * exp(-k * x) + c", data, {"a": 1.0, "k": 0.5, "c": 0.0})


@call("`Fit.predict`", "rows")
def _(n):
    data = datasets.read_csv(written("predict.csv", table(n)))
    found = fit.fit(datasets.read_csv(written("small.csv", table(100))))
    return lambda: found.predict(data)


# --- The table ------------------------------------------------------------------------------------------------------


def size(n):
    return f"{n:,}"


def seconds(t):
    return f"{t:.2g} s" if t >= 1e-3 else f"{t * 1e6:.0f} us"


def megabytes(n):
    return f"{n / 1e6:.3g} MB"


HEAD = ("call", "of", "up to", "takes", "time", "peak", "memory", "")


def row(found):
    """The cells of a call's row."""
    call, judged = found.call, [found.time, found.memory]
    note = call.why if max(judged) > NOTABLE else ""
    if not call.why and round(max(judged), 2) > NOTABLE:
        note = "above 1.1"
    last = [size(found.sizes[-1]), seconds(found.seconds[-1]), megabytes(found.bytes[-1])]
    return (call.what, call.counts, *last[:2], f"{found.time:.2f}", last[2], f"{found.memory:.2f}", note)


def main():
    """Measure and print, a row at a time."""
    parser = argparse.ArgumentParser(description="How time and memory of public calls grow.")
    parser.add_argument("words", nargs="*", help="only calls with one of these words in their name")
    parser.add_argument("--seconds", type=float, default=2.0, help="the longest that a call may take")
    parser.add_argument("--to", type=int, default=SIZES[-1], help="the largest size")
    parser.add_argument("--markdown", action="store_true", help="a table as docs/explanation/trust.md has it")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    bars = "| {} |" if given.markdown else "{}"
    between = " | " if given.markdown else "  "
    widths = (56, 11, 10, 8, 6, 9, 6, 0)
    for cells in [HEAD, [":--", ":--", "--:", "--:", "--:", "--:", "--:", ":--"]][: 1 + given.markdown]:
        print(bars.format(between.join([f"{x:{w}}" for x, w in zip(cells, widths, strict=True)])))
    for call in CALLS:
        if not given.words or any(word in call.what for word in given.words):
            cells = row(measured(call, given.seconds, given.to))
            print(bars.format(between.join([f"{x:{w}}" for x, w in zip(cells, widths, strict=True)])), flush=True)


if __name__ == "__main__":
    sys.setrecursionlimit(1_000)
    main()
