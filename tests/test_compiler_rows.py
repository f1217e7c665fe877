"""backward(rows): the gradient of a mean over rows, as one loop."""

import gc
import linecache
import math
import random
import traceback
import weakref
from itertools import pairwise

import pytest
from optional import frees_code

from minigrad import Value, functions
from minigrad.compiler import compile
from minigrad.functions import log, maximum, mean, relu, sqrt, tanh
from minigrad.transforms import grad


def line():
    """Slope, intercept, and a loss that knows them."""
    w, b = Value(0.5, label="w"), Value(-0.25, label="b")
    return w, b, lambda x, y: (w * x + b - y) ** 2


def table(n=20, seed=1):
    rng = random.Random(seed)
    return [(x := rng.uniform(-3.0, 3.0), 2.0 * x - 1.0 + rng.gauss(0.0, 0.3)) for _ in range(n)]


def eager_backward(f, rows, parameters, before=0.0):
    """The mean and the gradients that eager code has, arguments being Values as when they are traced."""
    for p in parameters:
        p.grad = before
    loss = mean([f(*[x if isinstance(x, list | tuple) else Value(x) for x in row]) for row in rows])
    loss.backward()
    found = loss.data, [p.grad for p in parameters]
    for p in parameters:
        p.grad = before
    return found


@pytest.mark.parametrize("n", [1, 2, 3, 20])
@pytest.mark.parametrize("before", [0.0, 0.1])
def test_loss_and_gradient_are_those_of_the_mean_to_the_bit(n, before):
    w, b, loss = line()
    expected = eager_backward(loss, table(n), [w, b], before)
    program = compile(loss)
    assert (program.backward(table(n)), [w.grad, b.grad]) == expected


def test_gradients_add_up_until_they_are_reset():
    w, b, loss = line()
    program = compile(loss)
    program.backward(table())
    once = w.grad, b.grad
    program.backward(table())
    assert (w.grad, b.grad) == pytest.approx((2 * once[0], 2 * once[1]), rel=1e-15)


def test_training_sees_every_update():
    w, b, loss = line()
    objective = compile(loss).over(table())
    for _ in range(200):
        w.grad = b.grad = 0.0
        objective.backward()
        w.data, b.data = w.data - 0.1 * w.grad, b.data - 0.1 * b.grad
    x = [x for x, _ in table()]
    y = [y for _, y in table()]
    mx, my = math.fsum(x) / 20, math.fsum(y) / 20
    slope = math.fsum((a - mx) * (c - my) for a, c in zip(x, y, strict=True)) / math.fsum((a - mx) ** 2 for a in x)
    assert (w.data, b.data) == pytest.approx((slope, my - slope * mx), rel=1e-9)


@pytest.mark.parametrize(
    "wrapped",
    [list, tuple, iter, lambda rows: (row for row in rows), lambda rows: [list(row) for row in rows]],
    ids=["list", "tuple", "iterator", "generator", "lists"],
)
def test_rows_come_from_any_iterable(wrapped):
    w, b, loss = line()
    expected = eager_backward(loss, table(), [w, b])
    assert (compile(loss).backward(wrapped(table())), [w.grad, b.grad]) == expected


@pytest.mark.parametrize("kind", ["float64", "float32", "int64"])
def test_rows_may_be_a_two_dimensional_array(kind):
    np = pytest.importorskip("numpy")
    w, b, loss = line()
    rows = np.array(table()).astype(kind)
    expected = eager_backward(loss, rows.tolist(), [w, b])
    assert (compile(loss).backward(rows), [w.grad, b.grad]) == expected


def test_rows_may_hold_integers_and_other_numbers():
    from fractions import Fraction

    w, b, loss = line()
    rows = [(1, 2), (Fraction(1, 2), 3.0), (2.5, 1)]
    expected = eager_backward(loss, rows, [w, b])
    assert (compile(loss).backward(rows), [w.grad, b.grad]) == expected


def test_rows_of_one_argument_and_of_none():
    w = Value(3.0)
    program = compile(lambda x: (w - x) ** 2)
    assert (program.backward([(1.0,), (2.0,)]), w.grad) == (2.5, 3.0)
    w.grad = 0.0
    assert (compile(lambda: w * w).backward([(), ()]), w.grad) == (9.0, 6.0)


def test_rows_may_be_nested():
    w = [Value(0.5), Value(-1.0)]

    def loss(xs, target):
        return (functions.dot(w, xs) - target["y"]) ** 2

    rows = [([1.0, 2.0], {"y": 1.0}), ([0.5, -1.0], {"y": 2.0})]
    flat = [(1.0, 2.0, 1.0), (0.5, -1.0, 2.0)]
    expected = eager_backward(lambda a, b, y: loss([a, b], {"y": y}), flat, w)
    assert (compile(loss).backward(rows), [p.grad for p in w]) == expected


def test_rows_of_different_structures_are_added_up_in_their_order():
    w = Value(0.3)

    def loss(xs):
        return functions.sum([w * x for x in xs]) ** 2

    rng = random.Random(3)
    rows = [([rng.random() for _ in range(rng.randint(1, 3))],) for _ in range(30)]
    w.grad = 0.7
    expected = mean([loss([Value(x) for x in xs]) for (xs,) in rows])
    expected.backward()
    slope, w.grad = w.grad, 0.7
    program = compile(loss)
    assert (program.backward(rows), w.grad) == (expected.data, slope)
    assert program.source.count("_backward(") == 3


@pytest.mark.parametrize("seed", range(3))
def test_rows_that_branch_are_added_up_in_their_order(seed):
    w, b = Value(0.5), Value(0.25)

    def huber(x, y):
        miss = w * x + b - y
        if miss < 0.0:
            miss = -miss
        return miss - 0.5 if miss > 1.0 else 0.5 * miss * miss

    rows = table(40, seed)
    expected = eager_backward(huber, rows, [w, b], before=0.125)
    program = compile(huber)
    for _ in range(2):
        w.grad = b.grad = 0.125
        assert (program.backward(rows), [w.grad, b.grad]) == expected
    assert program.source.count("continue") == 3


def test_branches_may_change_as_the_parameters_move():
    w = Value(-2.0)

    def loss(x):
        return w * x if w * x > 0.0 else w * w

    objective = compile(loss).over([(1.0,), (-1.0,), (2.0,)])
    for data in (-2.0, 3.0, 0.0, -1.0):
        w.data = data
        expected = eager_backward(loss, [(1.0,), (-1.0,), (2.0,)], [w])
        assert (objective.backward(), [w.grad]) == expected


def test_a_parameter_of_one_branch_alone_gets_its_gradient():
    class Model:
        low, high = Value(2.0), Value(3.0)

    def loss(x):
        return Model.high * x if x > 0.0 else Model.low * x

    program = compile(loss)
    program.backward([(-1.0,), (2.0,), (3.0,)])
    assert (Model.low.grad, Model.high.grad) == (-1.0 / 3.0, 3.0 * (1.0 / 3.0) + 2.0 * (1.0 / 3.0))


def test_a_parameter_that_is_only_compared_gets_no_gradient():
    w, gate = Value(2.0), Value(1.0)
    program = compile(lambda x: w * x if gate > 0.0 else -w * x)
    assert program.backward([(3.0,)]) == 6.0
    assert (w.grad, gate.grad) == (3.0, 0.0)


def test_a_loss_may_be_a_parameter_itself_or_constant_in_some_rows():
    w = Value(2.0)
    assert (compile(lambda x: w).backward([(1.0,)] * 3), w.grad) == (2.0, 1.0)
    w.grad = 0.0
    program = compile(lambda x: w * x if x > 0.0 else 5.0)
    assert program.backward([(1.0,), (-1.0,)]) == 3.5
    assert w.grad == 0.5


def test_what_all_rows_share_is_computed_before_the_loop():
    w = Value(2.0, label="w")
    program = compile(lambda x: w * x + 0.5 * w**2)
    assert program.backward([(1.0,), (2.0,)]) == 5.0
    before, loop = program.source.split("    for (x,) in reversed(rows):\n")
    assert "w ** 2.0" in before
    assert "w ** 2.0" not in loop
    assert w.grad == 3.5


def test_what_a_guard_keeps_out_is_not_computed_before_the_loop():
    w = Value(-1.0)
    program = compile(lambda x: sqrt(w) * x if x > 0.0 and w > 0.0 else w * x)
    assert program.backward([(1.0,), (-2.0,)]) == 0.5
    w.data = 4.0
    assert program.backward([(1.0,), (-2.0,)]) == -3.0
    w.data = -1.0
    assert program.backward([(1.0,), (-2.0,)]) == 0.5


def test_a_pole_of_a_slope_gives_the_infinite_gradient_of_eager_code():
    w = Value(0.0)
    program = compile(lambda x: w**0.5 * x)
    w.data = 4.0
    assert program.backward([(1.0,)]) == 2.0
    w.data, w.grad = 0.0, 0.0
    assert (program.backward([(1.0,)]), w.grad) == (0.0, math.inf)


def test_an_error_names_op_and_operands_and_leaves_the_gradients_alone():
    w, b = Value(2.0), Value(1.0)
    program = compile(lambda x: log(w * x) + b)
    program.backward([(1.0,), (2.0,)])
    before = w.grad, b.grad
    with pytest.raises(ValueError, match=r"^log\(-2\.0\): ") as caught:
        program.backward([(1.0,), (-1.0,), (3.0,)])
    assert (w.grad, b.grad) == before
    assert "losses.append(log(" in "".join(traceback.format_exception(caught.value))


def test_an_error_in_a_later_run_of_rows_leaves_the_gradients_alone():
    w = Value(2.0)
    program = compile(lambda xs: log(w * xs[0]))
    program.backward([([1.0],), ([1.0, 2.0],)])
    before = w.grad
    with pytest.raises(ValueError, match=r"^log\(-2\.0\): "):
        program.backward([([-1.0],), ([1.0, 2.0],)])
    assert w.grad == before


# --- Over, and its mean ---------------------------------------------------------------------------------------------


def test_over_reads_the_rows_once_and_gives_mean_and_gradient():
    w, b, loss = line()
    expected = eager_backward(loss, table(), [w, b])
    objective = compile(loss).over(iter(table()))
    assert objective() == expected[0]
    assert [w.grad, b.grad] == [0.0, 0.0]
    assert (objective.backward(), [w.grad, b.grad]) == expected
    assert objective.program.parameters == [w, b]


def test_the_mean_needs_no_parameters():
    assert compile(lambda x: x * x).over([(1.0,), (2.0,)])() == 2.5


def test_the_graph_of_a_mean_is_what_eager_code_makes():
    w, b, loss = line()
    expected = eager_backward(loss, table(), [w, b])
    objective = compile(loss).over(table())
    graph = objective.graph()
    graph.backward()
    assert (graph.data, [w.grad, b.grad]) == expected
    assert objective.__wrapped__().data == expected[0]


def test_a_function_without_arguments_needs_no_rows():
    w = Value(3.0)
    assert (compile(lambda: w * w).backward(), w.grad) == (9.0, 6.0)


# --- What is refused ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [[], iter([]), ()])
def test_no_rows_have_no_mean(rows):
    _, _, loss = line()
    with pytest.raises(ValueError, match="expected at least one row of arguments, got none"):
        compile(loss).backward(rows)


@pytest.mark.parametrize("rows", [[1.0, 2.0], ["ab"], [{"x": 1.0}], [(1.0, 2.0), 3.0]])
def test_what_is_no_tuple_is_no_row(rows):
    _, _, loss = line()
    with pytest.raises(
        TypeError, match=r"expected each row to be a tuple of arguments, got .* a single argument makes"
    ):
        compile(loss).backward(rows)


def test_a_value_among_the_rows_is_refused():
    _, _, loss = line()
    with pytest.raises(TypeError, match="expected numbers in the rows, got a Value; a parameter is no argument"):
        compile(loss).backward([(Value(1.0), 2.0)])


def test_a_loss_without_parameters_is_refused():
    with pytest.raises(ValueError, match=r"expected <lambda> to compute with parameters, .* compile grad of it"):
        compile(lambda x: x * x).backward([(1.0,)])


@pytest.mark.parametrize("result", [lambda w, x: (w * x, x), lambda w, x: [w * x], lambda w, x: (w * x, None)[1:]])
def test_a_loss_that_is_not_one_number_is_refused(result):
    w = Value(1.0)
    with pytest.raises(
        TypeError, match=r"expected <lambda> to return one number, the loss of a row, got .* return the loss itself"
    ):
        compile(lambda x: result(w, x)).backward([(1.0,)])


def test_rows_that_do_not_fit_the_function_are_a_typeerror():
    _, _, loss = line()
    with pytest.raises(TypeError, match="argument"):
        compile(loss).backward([(1.0, 2.0, 3.0)])


def test_backward_inside_a_trace_is_refused():
    w, _, loss = line()
    inner = compile(loss)

    def step(x):
        inner.backward([(1.0, 2.0)])
        return w * x

    with pytest.raises(RuntimeError, match=r"expected backward\(rows\) outside of functions to be compiled"):
        compile(step)(1.0)


def test_a_loss_that_branches_by_chance_is_found_out():
    w = Value(1.0)
    turns = iter([0.0, 5.0])
    program = compile(lambda x: w * x if x > next(turns) else -w * x)
    program.backward([(1.0,)])
    with pytest.raises(RuntimeError, match="same comparisons"):
        program.backward([(-1.0,)])


# --- Networks -------------------------------------------------------------------------------------------------------


def network(sizes, activation, seed=0):
    rng = random.Random(seed)
    layers = [
        [([Value(rng.uniform(-1, 1)) for _ in range(n)], Value(rng.uniform(-1, 1))) for _ in range(m)]
        for n, m in pairwise(sizes)
    ]
    parameters = [p for layer in layers for ws, b in layer for p in (*ws, b)]

    def model(xs):
        for layer in layers:
            sums = [sum((w * x for w, x in zip(ws, xs, strict=True)), b) for ws, b in layer]
            xs = sums if layer is layers[-1] else [activation(s) for s in sums]
        return xs[0]

    return model, parameters


@pytest.mark.parametrize("activation", [relu, tanh, lambda x: maximum(x, 0.1 * x)], ids=["relu", "tanh", "leaky"])
def test_a_network_with_hinge_loss_and_decay_has_the_gradients_of_eager_code(activation):
    model, parameters = network([2, 5, 4, 1], activation)

    def loss(x, y, target):
        return relu(1.0 - target * model([x, y])) + 1e-3 * sum(p * p for p in parameters)

    rng = random.Random(5)
    rows = [(rng.gauss(0, 1), rng.gauss(0, 1), rng.choice([-1.0, 1.0])) for _ in range(15)]
    expected = eager_backward(loss, rows, parameters)
    assert (compile(loss).backward(rows), [p.grad for p in parameters]) == expected


@frees_code
def test_a_loop_is_freed_with_its_program_and_leaves_no_lines_behind():
    w = Value(1.0)

    def mortal(x, y):
        return (w * x - y) ** 2

    before = {*linecache.cache}
    program = compile(mortal)
    program.backward(table())
    (known,) = program._known.values()
    ghost = weakref.ref(known.code("loop").function)
    del program, known
    gc.collect()
    assert ghost() is None
    assert {*linecache.cache} == before


def test_the_gradient_of_a_compiled_loss_in_its_arguments_is_another_program():
    w, _, loss = line()
    assert compile(grad(loss))(1.0, 2.0) == 2.0 * (0.5 * 1.0 - 0.25 - 2.0) * w.data


def test_a_row_that_another_thread_has_learned_meanwhile_is_not_traced_again(monkeypatch):
    w = Value(2.0)
    program = compile(lambda x: w * x)
    known = program.over([(1.0,)]).groups[0].specialization

    class Faster:
        def __enter__(self):
            monkeypatch.undo()
            known.trace((1.0,), with_row=True)

        def __exit__(self, *_):
            pass

    monkeypatch.setattr(type(known), "lock", property(lambda _: Faster()))
    known.learn_row((2.0,))
    assert program.traces == 1
