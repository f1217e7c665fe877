"""jit=: the generated functions in a dialect that compilers of numbers like; proven with numba."""

import array
import functools
import math
import random

import pytest

from minigrad import Value, functions
from minigrad.compiler import compile
from minigrad.functions import exp, gelu, log, maximum, mean, primitive, relu, sigmoid, silu, sin, sqrt
from minigrad.transforms import grad, value_and_grad


def plain(f):
    """A decorator that changes nothing: the dialect is Python, too."""
    return f


def numba():
    return pytest.importorskip("numba").njit


JITS = [pytest.param(lambda: plain, id="plain"), pytest.param(numba, id="numba")]


def seven(a, b):
    c = a + b
    d = a * b + b**3
    e = c - d
    return e**2 / 2


@pytest.mark.parametrize("jit", JITS)
def test_the_seven_op_graph(jit):
    program = compile(value_and_grad(seven, argnums=(0, 1)), jit=jit())
    for _ in range(2):
        assert program(-41.0, 2.0) == program(-41, 2) == (612.5, (-35.0, 1050.0))


@pytest.mark.parametrize("jit", JITS)
def test_branches_and_their_slopes(jit):
    program = compile(grad(lambda x: x * x if x > 1 else (3 * x if x > 0 else -x)), jit=jit())
    for _ in range(2):
        assert [program(x) for x in (2, 0.5, -1, 3)] == [4.0, 3.0, -1.0, 6.0]


@pytest.mark.parametrize("jit", JITS)
def test_results_of_any_structure_and_of_different_sizes(jit):
    def f(x):
        return {"x": [x * 2.0, (x,)], "n": None} if x > 0.0 else [x]

    program = compile(f, jit=jit())
    for _ in range(2):
        assert [program(x) for x in (3.0, -3.0)] == [f(3.0), f(-3.0)]
    assert compile(lambda x: [x, "text"], jit=jit())(1.0) == [1.0, "text"]


def table(n=12):
    rng = random.Random(2)
    return [(rng.gauss(0.0, 1.0), rng.gauss(0.0, 1.0), rng.choice([-1.0, 1.0])) for _ in range(n)]


def network(activation):
    rng = random.Random(0)
    layers = [
        [([Value(rng.uniform(-1, 1)) for _ in range(n)], Value(rng.uniform(-1, 1))) for _ in range(m)]
        for n, m in ((2, 3), (3, 1))
    ]

    def model(xs):
        for layer in layers:
            sums = [functions.dot(ws, xs) + b for ws, b in layer]
            xs = sums if layer is layers[-1] else [activation(s) for s in sums]
        return xs[0]

    return model, [p for layer in layers for ws, b in layer for p in (*ws, b)]


@pytest.mark.parametrize("kind", [list, "array", tuple])
@pytest.mark.parametrize("jit", JITS)
def test_backward_over_rows(jit, kind):
    model, parameters = network(relu)

    def loss(x, y, target):
        return relu(1.0 - target * model([x, y])) + 0.01 * sum(p * p for p in parameters)

    mean([loss(*row) for row in table()]).backward()
    expected = mean([loss(*row) for row in table()]).data, [p.grad for p in parameters]
    rows = kind(table()) if callable(kind) else pytest.importorskip("numpy").array(table())
    objective = compile(loss, jit=jit()).over(rows)
    for _ in range(2):
        for p in parameters:
            p.grad = 0.0
        assert (objective.backward(), [p.grad for p in parameters]) == expected


@pytest.mark.parametrize("jit", JITS)
def test_backward_over_rows_that_branch(jit):
    w, b = Value(0.5), Value(0.1)

    def huber(x, y, z):
        miss = w * x + b - y * z
        return 0.5 * miss * miss if -1.0 < miss < 1.0 else abs(miss) - 0.5

    w.grad, b.grad = 0.25, 0.5
    mean([huber(*row) for row in table(40)]).backward()
    expected, w.grad, b.grad = (w.grad, b.grad), 0.25, 0.5
    program = compile(huber, jit=jit())
    for _ in range(2):
        w.grad, b.grad = 0.25, 0.5
        program.backward(table(40))
        assert (w.grad, b.grad) == expected
    assert "gradients[0] += " in program.source


@pytest.mark.parametrize("jit", JITS)
def test_errors_and_poles_are_those_of_eager_code(jit):
    program = compile(lambda x: 1.0 / x, jit=jit())
    assert program(2.0) == 0.5
    with pytest.raises(ZeroDivisionError, match=r"^div\(1\.0, 0\.0\): "):
        program(0.0)
    w = Value(4.0)
    objective = compile(lambda x: 1.0 / (w * x), jit=jit())
    objective.backward([(1.0,)])
    with pytest.raises(ZeroDivisionError, match=r"^div\(1\.0, 0\.0\): "):
        objective.backward([(1.0,), (0.0,)])


@pytest.mark.parametrize("jit", JITS)
def test_functions_written_in_python_and_those_they_call_are_decorated_too(jit):
    third = 1.0 / 3.0
    fade = primitive("fade", lambda t: 1.0 / (1.0 + third * t), lambda out, t: -third * out * out)

    def f(x):
        return sigmoid(x) + silu(x) * 0.5 + maximum(x, 0.25) + fade(x) + sqrt(x) * exp(-x) + sin(x) ** 2

    program = compile(value_and_grad(f), jit=jit())
    value, slope = value_and_grad(f)(1.5)
    found, steep = program(1.5)
    assert (found, steep) == (pytest.approx(value, rel=1e-15), pytest.approx(slope, rel=1e-14))


def test_the_decorator_meets_every_function_once():
    met = []

    def spy(f):
        met.append(f.__name__)
        return f

    program = compile(lambda x: gelu(x) * 2.0, jit=spy)
    assert [program(x) for x in (0.5, 1.5)] == [gelu(0.5) * 2.0, gelu(1.5) * 2.0]
    assert met[0] == "added"
    assert met[-1] == "f"
    assert len(met) == len({*met}) + met.count("<lambda>") - 1


def test_helpers_that_call_themselves_are_no_trouble():
    def factorial(n):
        return 1.0 if n < 1.0 else n * factorial(n - 1.0)

    scope = {"factorial": None}
    exec("def factorial(n):\n    return 1.0 if n < 1.0 else n * factorial(n - 1.0)", scope)
    op = primitive("factorial", scope["factorial"], lambda out, n: math.nan)
    assert compile(op, jit=plain)(5.0) == factorial(5.0) == 120.0


def test_a_decorator_whose_arithmetic_branches_otherwise_falls_back_to_the_original():
    def swapped(f):
        """Whatever the code returns, say that it went where nobody went yet."""

        @functools.wraps(f)
        def lost(*args):
            result = f(*args)
            return (-1, *result[1:]) if isinstance(result, tuple) else result

        return lost

    program = compile(lambda x: 2.0 * x if x > 0.0 else x, jit=swapped)
    assert [program(x) for x in (1.0, 3.0, -1.0)] == [2.0, 6.0, -1.0]


def test_a_loop_whose_arithmetic_branches_otherwise_falls_back_to_the_original():
    def lost(f):
        if not f.__name__.endswith("_backward"):
            return f

        def loop(rows, losses, bailed_out, share, parameters, gradients):
            bailed_out[:] = array.array("d", [1.0] * len(bailed_out))

        return loop

    w = Value(2.0)
    program = compile(lambda x: w * x if x > 0.0 else x, jit=lost)
    assert (program.backward([(1.0,), (3.0,)]), w.grad) == (4.0, 2.0)
    constant = compile(lambda x: w * x if x > 0.0 else 5.0, jit=lost)
    constant.backward([(1.0,)])
    w.grad = 0.0
    assert (constant.backward([(-1.0,)]), w.grad) == (5.0, 0.0)


def test_numba_sees_losses_of_infinite_slope_as_eager_code_does():
    w = Value(4.0)
    program = compile(lambda x: w**0.5 * x, jit=numba())
    assert (program.backward([(1.0,)]), w.grad) == (2.0, 0.25)
    w.data, w.grad = 0.0, 0.0
    assert (program.backward([(1.0,)]), w.grad) == (0.0, math.inf)


def test_logarithms_of_negative_numbers_are_noticed():
    w = Value(2.0)
    program = compile(lambda x: log(w * x), jit=plain)
    program.backward([(1.0,)])
    with pytest.raises(ValueError, match=r"^log\(-2\.0\): "):
        program.backward([(-1.0,)])
