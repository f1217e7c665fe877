"""Never another number: compile and grad take the path that floats take, or say why not."""

import asyncio
import math
import operator
import pickle
import random
import sys
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from optional import raises_anywhere, runs_loops
from soundness import faults

from minigrad import Value, grad, minimize, value_and_grad
from minigrad.compiler import compile
from minigrad.explain import explain
from minigrad.functions import copysign, exp, heaviside, log, mean, pow, softplus
from minigrad.losses import l2, mean_squared_error
from minigrad.machinery import scalar
from minigrad.optim import SGD
from minigrad.testing import Branching, branching

refused = pytest.mark.filterwarnings("ignore:.* is not compiled where it meets:RuntimeWarning")


@refused
@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(branching())
def test_functions_with_control_flow_give_what_they_give_or_refuse(function):
    assert faults(function) == []


def test_the_property_notices_a_compiler_that_forgets_its_guards(monkeypatch):
    monkeypatch.setattr(scalar, "compared", lambda *event: None)
    source = "def function(x):\n    return w * x if x > 1.0 else w"
    assert faults(Branching(source, {"w": 2.0}, [(3.0,), (0.5,)]))


# --- 0. A compiled function keeps its parameters in the graph -------------------------------------------------------


def test_a_loss_made_of_compiled_predictions_is_minimized():
    w = Value(2.0)
    g = compile(lambda x: w * x)
    result = minimize(
        lambda: mean_squared_error([g(x) for x in (1.0, 2.0, 3.0)], [2.0, 4.0, 7.0]) + 0.1 * l2([w]), SGD([w], 0.05)
    )
    assert (result.reason, round(w.data, 6)) == ("converged", 2.167832)


def test_a_gradient_flows_through_what_is_compiled_inside():
    assert grad(lambda a: compile(lambda x: a * x)(3.0))(2.0) == 3.0


def test_random_losses_made_of_compiled_parts_have_the_gradient_of_the_plain_ones():
    rng = random.Random(13)
    for _ in range(2000):
        a, b, c = Value(rng.uniform(-2, 2)), Value(rng.uniform(-2, 2)), rng.uniform(-2, 2)
        part = rng.choice(
            [
                lambda x, a=a, b=b: a * x + b,
                lambda x, a=a, b=b: a * x * x - b * a,
                lambda x, a=a, c=c: exp(a * x) * c,
                lambda x, a=a, b=b: a * x if x > 0.5 else b - x,
            ]
        )
        x, found = rng.uniform(-1, 1), []
        for g in (part, compile(part)):
            a.grad = b.grad = 0.0
            loss = (g(x) - c) ** 2 + a * b * g(2.0 * x)
            loss.backward()
            found.append((loss.data, a.grad, b.grad))
        assert found[1] == pytest.approx(found[0], rel=1e-13, abs=1e-13)


# --- 1. Comparisons -------------------------------------------------------------------------------------------------


def test_equality_takes_the_path_of_floats():
    assert value_and_grad(lambda x: x**2 if x == 2.0 else x**3)(2.0) == (4.0, 4.0)


def test_labels_that_are_compared_choose_the_path_of_each_row():
    w = Value(0.3)
    rows = [(0.5, 1), (-1.0, 0), (1.5, 1), (0.2, 0)]

    def loss(x, y):
        return softplus(-w * x) if y == 1 else softplus(w * x)

    plain = mean([loss(x, y) for x, y in rows])
    assert compile(loss).backward(rows) == plain.data


def matched(x):
    match x:
        case 0.0:
            return 10.0 * x + 1.0
        case 1.0 | 2.0:
            return 20.0 * x
    return 30.0 * x


@pytest.mark.parametrize(
    "f",
    [
        *(lambda x, r=r: 3.0 * x if r(x, 1.0) else x - 1.0 for r in (operator.lt, operator.le, operator.gt)),
        *(lambda x, r=r: 3.0 * x if r(x, 1.0) else x - 1.0 for r in (operator.ge, operator.eq, operator.ne)),
        lambda x: 3.0 * x if x in (0.0, 2.0) else x,
        lambda x: 3.0 * x if x not in [0.0, 2.0] else x,
        matched,
        lambda x: x * [0.0, 1.0, 2.0, -1.0].index(x),
        lambda x: x * [0.0, x, 1.0, 2.0].count(2.0),
        lambda x: 3.0 * x if 0.0 < x <= 1.0 else x,
        lambda x: 3.0 * x if (x, 1.0) == (2.0, 1.0) else x,
    ],
)
def test_every_comparison_is_a_guard(f):
    points = [0.0, 1.0, 2.0, -1.0]
    for order in (points, points[::-1]):
        program, derivative = compile(f), compile(grad(f))
        assert [program(x) for x in order] == [f(x) for x in order]
        assert [derivative(x) for x in order] == [grad(f)(x) for x in order]
        assert program.fallbacks == derivative.fallbacks == 0


# --- 2. Errors that are caught --------------------------------------------------------------------------------------


def inverse(x):
    try:
        return 1 / x
    except ZeroDivisionError:
        return 0.0 * x


def logarithm(x):
    try:
        return log(x)
    except ValueError:
        return -x


def overflow(x):
    with suppress(OverflowError):
        return exp(x)
    return 2.0 * x


def dropped(x):
    try:
        1.0 / x
        log(x)
    except (ZeroDivisionError, ValueError):
        return -1.0 * x
    return x * x


def kept(x):
    t = 0.5 * x
    with suppress(OverflowError):
        t = 1.0 / (1.0 + x * x)
        t = x**2
    return t


@refused
@pytest.mark.parametrize("f", [inverse, logarithm, overflow, dropped, kept])
def test_an_except_catches_what_it_would_whatever_came_first(f):
    points = [0.0, 2.0, -1.0, 1000.0, 1e200, 0.5]
    for order in (points, points[::-1]):
        program, derivative = compile(f), compile(grad(f))
        assert [program(x) for x in order * 2] == [f(x) for x in order * 2]
        finite = [x for x in order if f is not overflow or x < 1e3]
        assert [derivative(x) for x in finite] == [grad(f)(x) for x in finite]


@refused
def test_rows_with_an_except_do_not_depend_on_their_order():
    w = Value(2.0)
    rows = [(0.0,), (2.0,), (-1.0,)]
    for order in (rows, rows[::-1]):
        w.grad = 0.0
        mean([w * inverse(x) for (x,) in order]).backward()
        expected, w.grad = w.grad, 0.0
        assert compile(lambda x: w * inverse(x)).backward(order) == mean([w * inverse(x) for (x,) in order]).data
        assert w.grad == expected


def test_an_error_comes_through_what_a_rewriting_made_of_the_operation():
    def f(x):
        -x / x  # which is dropped
        return 2.0 * x

    program = compile(f)
    assert program(2.0) == 4.0
    with pytest.raises(ZeroDivisionError):
        program(0.0)


# --- 3. What a trace cannot see -------------------------------------------------------------------------------------


@refused
@pytest.mark.parametrize(
    "f",
    [
        lambda x: x - float(f"{x:.1f}"),
        lambda x: x * len(str(x)),
        lambda x: x * len(repr(x)),
        lambda x: x * float(f"{x}"),
        lambda x: x * {0.25: 2.0, 1.5: 3.0}.get(x, 5.0),
        lambda x: x if x in {0.25, 7.0} else -x,
    ],
)
def test_what_is_read_of_a_number_is_that_of_each_call(f):
    program = compile(f)
    for x in (0.26, 1.54, 0.25, 1.5):
        assert program(x) == f(x)
    assert program.fallbacks == 4


@pytest.mark.parametrize("f", [float, lambda x: int(x) * x, lambda x: x.data * x, math.sin])
def test_what_would_drop_the_gradient_is_refused(f):
    with pytest.raises(TypeError):
        compile(f)(1.5)


@refused
@pytest.mark.parametrize("f", [lambda x: x * len((w * x).edges), lambda x: w * x + w.grad], ids=["edges", "grad"])
def test_what_is_read_of_the_graph_is_that_of_each_call(f):
    program = compile(f)
    for w.grad in (1.0, 2.0):
        right = f(1.5)
        assert program.value(1.5) == (right.data if isinstance(right, Value) else right)
        assert program.fallbacks
    w.grad = 0.0


w = Value(2.0)


@refused
@pytest.mark.parametrize("x", [1.0, -1.0])
def test_a_comparison_in_a_thread_is_answered_by_the_original(x):
    def f(x):
        with ThreadPoolExecutor(1) as pool:
            return 2.0 * x if pool.submit(lambda: x > 0.0).result() else -x

    program = compile(f)
    assert [program(y) for y in (x, -x, x)] == [f(y) for y in (x, -x, x)]


@runs_loops
def test_a_task_that_outlives_the_trace_is_traced_no_more():
    async def main():
        tasks = []

        async def later():
            await asyncio.sleep(0)
            return Value(1.0).data

        def f(x):
            tasks.append(asyncio.ensure_future(later()))
            return 2.0 * x

        assert compile(f)(3.0) == 6.0
        return await tasks[0]

    assert asyncio.run(main()) == 1.0


def test_the_sign_of_a_zero_is_that_of_eager_code():
    assert compile(lambda x: copysign(1.0, heaviside(x, 0.0) * -3.0))(-1.0) == -1.0


def test_a_step_times_infinity_is_what_it_is():
    f = compile(lambda x, z: heaviside(x, 0.0) * z)
    assert f(1.0, 2.0) == 2.0
    assert math.isnan(f(-1.0, math.inf))


def test_rows_whose_loss_is_a_parameter_itself_keep_the_last_digit():
    for numbers in ((-1.0, 0.6, -1.0), (0.6, -1.0, 0.6), (-1.0, -1.0, -1.0)):
        w = Value(0.7)

        def loss(x, w=w):
            return w * x if x > 0 else w

        mean([loss(Value(x)) for x in numbers]).backward()
        expected, w.grad = w.grad, 0.0
        program = compile(lambda x, loss=loss: loss(x))
        program.backward([(x,) for x in numbers])
        assert w.grad == expected
        w.grad = 0.0
        pickle.loads(pickle.dumps(program)).backward([(x,) for x in numbers[:1]])


def test_numbers_of_other_types_are_compared_exactly():
    assert (Value(0.1) > Fraction(1, 10)) is True  # as 0.1 is, by a little
    assert Value(0.5) == Fraction(1, 2)
    f = compile(lambda x: x * x if x > Fraction(1, 10) else -x)
    assert [f(x) for x in (0.1, 0.05, 0.2)] == [0.1 * 0.1, -0.05, 0.2 * 0.2]


def test_an_int_is_a_loss():
    w = Value(0.5)
    loss = compile(lambda x, y: (w * x - y) ** 2 if x > 0 else 0)
    assert loss.backward([(1.0, 1.0), (-1.0, 1.0)]) == 0.125
    assert w.grad == -0.5


@pytest.mark.parametrize("label", ["__debug__", "__builtins__", "\uff49\uff46", "lambda", "\uff11"])
def test_any_label_is_a_name_that_can_be_written(label):
    w = Value(2.0, label=label)
    program = compile(lambda x: w * x)
    assert program(3.0) == 6.0
    assert program.backward([(1.0,)]) == 2.0


def test_a_loss_that_was_refused_is_refused_alike_the_next_time():
    w = Value(2.0)
    program = compile(lambda x: (w * x, x))
    for _ in range(2):
        with pytest.raises(TypeError, match="to return one number"):
            program.backward([(1.0,)])


class Interrupted(BaseException):
    """What a Ctrl-C is: no error that anybody catches."""


def interrupted(call, at):
    """Run `call`, with an interrupt at the given line event inside minigrad; whether it came to that."""
    count = 0

    def trace(frame, event, argument):
        nonlocal count
        if "minigrad" not in frame.f_code.co_filename or "/tests/" in frame.f_code.co_filename:
            return None
        if event == "line":
            count += 1
            if count == at:
                raise Interrupted
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    except Interrupted:
        return True
    finally:
        sys.settrace(before)
    return False


@raises_anywhere
@pytest.mark.parametrize("how", ["call", "value", "rows"])
def test_an_interrupt_while_learning_leaves_the_program_right(how):
    rng = random.Random(5)
    came = 0
    for at in [1, 2, 3, *[rng.randrange(1, 1500) for _ in range(120)]]:
        w = Value(2.0)
        program = compile(lambda x, w=w: w * x * x if x > 1.0 else w - x)
        ask = {
            "call": lambda p=program: p(2.0),
            "value": lambda p=program: p.value(2.0),
            "rows": lambda p=program: p.backward([(2.0,), (0.5,)]),
        }[how]
        came += interrupted(ask, at)
        assert w.data == 2.0
        w.grad = 0.0
        assert program.backward([(2.0,), (0.5,)]) == 4.75
        assert w.grad == 2.5
        assert [program.value(x) for x in (2.0, 0.5)] == [8.0, 1.5]
        assert program(2.0).data == 8.0
        assert program.fallbacks == 0
        traces = program.traces
        assert (program.value(3.0), program.traces) == (18.0, traces)
    assert came > 60


# --- Which rows are known -------------------------------------------------------------------------------------------


def test_the_first_row_need_not_know_the_parameters():
    w = Value(2.0)
    program = compile(lambda x: w * x if x > 0 else x)
    assert program.backward([(-1.0,), (1.0,)]) == 0.5
    assert w.grad == 0.5


@refused
def test_a_refused_call_keeps_its_gradient():
    w = Value(2.0)
    program = compile(lambda x: w * x if f"{x:.0f}" == "1" else w)
    program(1.0).backward()
    assert (w.grad, program.value(1.0)) == (1.0, 2.0)


@refused
def test_text_is_that_of_floats_though_another_row_has_failed():
    w = Value(4.0)

    def loss(x):
        return w ** (x + 0.5) * len(str(x)) if x > 0 else w * x**0.5

    program, f = compile(loss), loss
    program.backward([(0.0,), (1.0,)])
    assert w.grad == sum([0.5 * p for p in (0.0, 3 * 1.5 * 4.0**0.5)])
    assert program.value(1.0) == f(1.0).data


@refused
def test_what_the_original_answers_after_a_failure_is_what_floats_give():
    def f(x):
        try:
            return 1.0 / x
        except ZeroDivisionError:
            return 0.0 * x + len(str(x))

    program = compile(f)
    assert [program(x) for x in (2.0, 0.0, 4.0)] == [0.5, 3.0, 0.25]


@refused
def test_an_error_that_only_values_meet_is_no_answer():
    program = compile(lambda x: 2.0 * float(str(x)))
    assert [program(x) for x in (1.5, 2.5)] == [3.0, 5.0]


@refused
def test_a_path_that_was_refused_stays_behind_when_it_is_pickled():
    program = compile(lambda x: float(f"{x:.1f}") if x > 0 else -x)
    program(1.0), program(-1.0)
    twin = pickle.loads(pickle.dumps(program))
    assert twin(-2.0) == 2.0
    with pytest.raises(RuntimeError, match="it meets the text of a number"):
        twin(1.0)


def test_threads_agree_on_what_they_learn():
    w = Value(2.0)
    program = compile(lambda x: w * x if x > 0 else w - x)
    found = []
    threads = [threading.Thread(target=lambda x=x: found.append(program.value(x))) for x in (1.0, -1.0) * 8]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [2.0] * 8 + [3.0] * 8


def test_a_program_without_arguments_is_an_objective():
    w = Value(2.0)
    assert minimize(compile(lambda: w * w), SGD([w], lr=0.1)).reason == "converged"


def test_the_parameter_that_comes_twice_is_named_though_others_are_equal():
    a, b, c = Value(1.0, label="a"), Value(1.0, label="b"), Value(1.0, label="c")
    with pytest.raises(ValueError, match="label='b'"):
        SGD([a, b, c, b], lr=0.1)


def test_a_warning_names_the_line_once():
    program = compile(lambda x: x - float(f"{x:.1f}"))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        program(0.26), program(0.37)
    assert [str(each.message).partition(" (")[0] for each in caught] == [
        "<lambda> is not compiled where it meets the text of a number"
    ]
    line = program.__wrapped__.__code__.co_firstlineno
    assert f"({__file__}, line {line})" in str(caught[0].message)


def test_the_story_takes_equal_numbers_for_what_they_are():
    a, b = Value(2.0, label="a"), Value(2.0, label="b")
    assert "as operand" not in str(explain(a * b))
    assert "as operand" in str(explain(a * a))


def test_rows_that_the_original_answers_after_a_failure_keep_their_gradient():
    w = Value(-2.0)

    def loss(x, xs, mode):
        with suppress(ValueError):
            pow(xs[0], xs[0])
        return -w

    rows = [(0.0, [0.0], None), (1.0, [-0.3], None), (2.0, [-0.3], True), (3.0, [0.0], None)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        for _ in range(2):
            w.grad = 0.0
            assert (compile(loss).backward(rows), w.grad) == (2.0, -1.0)
