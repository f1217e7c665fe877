"""How far compile goes: wide sums, deep expressions, large graphs, all in time and memory that grow with their size."""

import math
import random
import time

import pytest
from optional import goes_deep

from minigrad import Value, functions, nn
from minigrad.compiler import compile
from minigrad.functions import sin
from minigrad.transforms import grad


def longest_line(source):
    return max(map(len, source.splitlines()))


@pytest.mark.parametrize("add", [sum, functions.sum, functions.mean], ids=["builtin", "sum", "mean"])
def test_a_sum_of_ten_thousand_terms(add):
    rng = random.Random(0)
    xs = [rng.gauss(0.0, 1.0) for _ in range(10_000)]
    expected = add([Value(x) for x in xs]).data
    program = compile(add)
    assert [program(xs) for _ in range(2)] == [expected] * 2
    assert longest_line(program.source) <= 100


def test_the_gradient_of_a_product_of_vectors_with_five_thousand_numbers():
    xs = [i / 7 for i in range(5_000)]
    program = compile(grad(lambda xs: functions.dot(xs, xs)))
    assert program(xs) == [2.0 * x for x in xs]


def test_an_expression_nested_five_thousand_deep():
    def deep(x):
        for _ in range(5_000):
            x = sin(x) + 0.1
        return x

    program = compile(deep)
    assert [program(0.5) for _ in range(2)] == [deep(0.5)] * 2
    slope = grad(deep)
    assert compile(slope)(0.5) == slope(0.5)


def test_thousands_of_comparisons_on_one_path():
    program = compile(sorted)
    xs = [math.sin(i) for i in range(1_000)]
    assert [program(xs) for _ in range(2)] == [sorted(xs)] * 2


def chain(n):
    def f(x, y):
        for _ in range(n // 2):
            x = x * y + 0.5
        return x

    return f


def test_twenty_thousand_ops():
    program = compile(chain(20_000))
    assert [program(0.5, 0.9) for _ in range(2)] == [chain(20_000)(0.5, 0.9)] * 2


@goes_deep  # what is freed
def test_ten_thousand_parameters_in_one_row():
    ws = [Value(i / 100) for i in range(10_000)]
    loss = compile(lambda x: functions.sum([w * x for w in ws]))
    assert loss.backward([(2.0,)]) == functions.sum([w.data * 2.0 for w in ws])
    assert {w.grad for w in ws} == {2.0}


@pytest.mark.slow
def test_time_grows_with_the_number_of_ops():
    def seconds(n):
        best = math.inf
        for _ in range(3):
            start = time.process_time()
            compile(chain(n))(0.5, 0.9)
            best = min(best, time.process_time() - start)
        return best

    assert seconds(200_000) < 20.0 * seconds(20_000)


@pytest.mark.slow
def test_a_sum_of_a_hundred_thousand_terms_and_its_gradient():
    xs = [float(i) for i in range(100_000)]
    assert compile(functions.sum)(xs) == math.fsum(xs)
    assert compile(grad(functions.sum))(xs) == [1.0] * 100_000


@pytest.mark.parametrize("width", [100, 101, 150])
def test_a_neuron_however_wide(width):
    rng = random.Random(width)
    model = nn.Neuron(width, rng=rng)
    x = [rng.gauss(0.0, 1.0) for _ in range(width)]
    slopes = grad(lambda x: model(x) ** 2)
    assert compile(model)(x) == model(x).data
    assert compile(slopes)(x) == [slope.data for slope in slopes(x)]


def test_lines_of_every_width_are_python():
    w = Value(1.0)
    for n in range(1, 40):
        names = [f"a{'b' * (k % 7)}{k}" for k in range(n)]
        row = tuple([float(k) for k in range(n)])
        loss = f"lambda {', '.join(names)}: (w * ({' + '.join(names)}) - 1.0) ** 2"
        assert compile(eval(loss, {"w": w})).backward([row]) == (sum(row) - 1.0) ** 2
        pair = f"lambda {', '.join(names)}: ({', '.join(names)},) if a0 > 0.0 else ({', '.join(names[::-1])},)"
        program = compile(eval(pair))
        for first in (2.0, -2.0, 3.0):
            args = (first, *row[1:])
            assert program(*args) == (args if first > 0.0 else args[::-1])
