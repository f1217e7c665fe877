"""A path that was learned never runs the function again: counted by the function itself, and by the program.

The original gives the right answer to everything, so a compiler that is dead gives right answers too. These tests see
who answered.
"""

import functools
import math
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigrad import Value
from minigrad.compiler import Program, compile
from minigrad.compiler.specialize import specialized
from minigrad.compiler.target import PYTHON
from minigrad.functions import log, mean, relu, sqrt
from minigrad.optim import SGD
from minigrad.testing import models, programs
from minigrad.train import minimize
from minigrad.transforms import grad


def counted(f):
    """`f`, and a list that grows with each run of it."""
    runs = []

    @functools.wraps(f)
    def counting(*args, **kwargs):
        runs.append(args)
        return f(*args, **kwargs)

    return counting, runs


def plain(f):
    """A decorator that changes nothing: it can be pickled."""
    return f


def numba():
    return pytest.importorskip("numba").njit


JITS = [
    pytest.param(lambda: None, id="python"),
    pytest.param(lambda: plain, id="plain"),
    pytest.param(numba, id="numba"),
]
TWINS = JITS[:2]  # who pickles a decorator of numba's finds it again by name: nothing that `plain` does not show


def pieces(x):
    return x * x if x > 1 else (3 * x if x > 0 else -x)


def again(program):
    return pickle.loads(pickle.dumps(program))


def spied(runs):
    """A decorator whose functions note that they run, by name."""

    def jit(f):
        @functools.wraps(f)
        def spying(*args):
            runs.append(f.__name__)
            return f(*args)

        return spying

    return jit


# --- Calls ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("jit", JITS)
@pytest.mark.parametrize("first", [(2.0, 0.5, -1.0), (-1.0, 2.0, 0.5), (0.5, -1.0, 2.0)])
def test_a_path_that_a_call_has_learned_never_runs_the_function_again(jit, first):
    f, runs = counted(pieces)
    program = compile(f, jit=jit())
    for n, x in enumerate(first, 1):
        assert program(x) == pieces(x)
        assert len(runs) == program.traces == n
    for _ in range(100):
        assert [program(x) for x in (2.0, 0.5, -1.0, 3.0)] == [4.0, 1.5, 1.0, 9.0]
    assert (len(runs), program.traces, program.fallbacks) == (3, 3, 0)


@pytest.mark.parametrize("jit", JITS)
def test_parameters_that_move_take_learned_paths_too(jit):
    w = Value(2.0)
    f, runs = counted(lambda x: w * x if w * x > 1.0 else -w)
    program = compile(f, jit=jit())
    for data in (2.0, -3.0, 5.0, -1.0) * 10:
        w.data = data
        assert program(1.0) == (data if data > 1.0 else -data)
    assert (len(runs), program.traces, program.fallbacks) == (
        3,
        3,
        0,
    )  # at first for the number and for the node


@pytest.mark.parametrize("jit", JITS)
def test_nested_arguments_and_results_take_learned_paths_too(jit):
    f, runs = counted(lambda xs, mode: {mode: [relu(x) for x in xs]} if xs[0] < xs[1] else [xs[1]])
    program = compile(f, jit=jit())
    for _ in range(10):
        assert program([1.0, 2], "up") == {"up": [1.0, 2.0]}
        assert program([2.0, 1], "up") == [1.0]
    assert (len(runs), program.traces, program.fallbacks) == (2, 2, 0)


@pytest.mark.parametrize("jit", JITS)
def test_gradients_take_learned_paths_too(jit):
    f, runs = counted(pieces)
    program = compile(grad(f), jit=jit())
    for _ in range(10):
        assert [program(x) for x in (2.0, 0.5, -1.0)] == [4.0, 3.0, -1.0]
    assert (len(runs), program.traces, program.fallbacks) == (3, 3, 0)


def test_each_call_under_a_jit_runs_the_decorated_function_once_on_every_path():
    runs = []
    program = compile(pieces, jit=spied(runs))
    for x in (2.0, 0.5, -1.0):
        program(x)
    runs.clear()
    assert [program(x) for x in (2.0, 0.5, -1.0) * 5] == [pieces(x) for x in (2.0, 0.5, -1.0) * 5]
    assert runs == ["pieces"] * 15


def test_values_that_are_known_by_no_name_take_one_more_run_and_no_more():
    class Model:
        w = Value(3.0)

    f, runs = counted(lambda x: Model.w * x)
    program = compile(f)
    assert [program.value(x) for x in (1.0, 2.0, 3.0)] == [3.0, 6.0, 9.0]
    assert (len(runs), program.traces, program.fallbacks) == (2, 2, 0)


@given(programs(kinks=True) | programs(), st.integers(0, 2))
def test_a_call_that_was_made_before_runs_the_function_only_to_raise_its_error(program, shift):
    f, runs = counted(program)
    compiled = compile(f)
    points = [tuple(s * x + k for x in program.point) for s in (1.0, -1.0, 1e-3) for k in (0.0, float(shift))]
    for known in (False, True):
        for point in points:
            before = len(runs)
            try:
                compiled(*point)
            except (ArithmeticError, ValueError):
                continue
            assert not known or len(runs) == before
    assert len(runs) == compiled.traces + compiled.fallbacks > 0


# --- The fast path --------------------------------------------------------------------------------------------------


def unanswered(*args):
    raise AssertionError("the call went past its fast path")


@pytest.mark.parametrize("jit", JITS)
@pytest.mark.parametrize("known", [(), (Value(2.0),)], ids=["no parameters", "parameters"])
def test_a_call_of_floats_takes_the_fast_path_from_the_second_time_on(monkeypatch, jit, known):
    program = compile(lambda x: sum([w * x for w in known], x * 2.0), jit=jit())
    expected = program(3.0)
    monkeypatch.setattr(Program, "_answer", unanswered)
    assert program(3.0) == expected


def test_every_path_is_part_of_the_fast_path_once_it_is_known(monkeypatch):
    program = compile(pieces)
    expected = [program(x) for x in (2.0, 0.5, -1.0)]
    monkeypatch.setattr(Program, "_answer", unanswered)
    assert [program(x) for x in (2.0, 0.5, -1.0)] == expected


def test_a_program_that_learned_from_rows_or_came_out_of_a_pickle_gets_its_fast_path_with_the_first_call(monkeypatch):
    w = Value(2.0)
    program = compile(lambda x: w * x if x > 0.0 else -x)
    program.backward([(1.0,), (-1.0,)])
    both = program, again(program)
    assert [p(3.0) for p in both] == [6.0] * 2
    monkeypatch.setattr(Program, "_answer", unanswered)
    assert [p(x) for p in both for x in (3.0, -3.0)] == [6.0, 3.0] * 2


def test_learning_another_structure_leaves_the_fast_path_of_floats_alone(monkeypatch):
    program = compile(lambda x: x if isinstance(x, Value) else x[0])
    assert (program(2.0), program([3.0])) == (2.0, 3.0)
    monkeypatch.setattr(Program, "_answer", unanswered)
    assert program(5.0) == 5.0


# --- Rows -----------------------------------------------------------------------------------------------------------

ROWS = [(2.0, 1.0), (-1.0, 0.5), (0.5, -2.0), (3.0, 3.0)]


def huber():
    w, b = Value(0.5), Value(0.1)

    def loss(x, y):
        miss = w * x + b - y
        return 0.5 * miss * miss if -1.0 < miss < 1.0 else abs(miss) - 0.5

    return w, b, *counted(loss)


@pytest.mark.parametrize("jit", JITS)
def test_a_path_that_rows_have_learned_never_runs_the_function_again(jit):
    w, _, f, runs = huber()
    program = compile(f, jit=jit())
    objective = program.over(ROWS)
    first = objective.backward()
    assert len(runs) == program.traces <= 4
    for _ in range(100):
        assert objective.backward() == program.backward(ROWS) == first
    assert (len(runs), program.fallbacks) == (program.traces, 0)
    w.data = -0.5  # other rows are far off now, on paths that are known by and by
    for _ in range(3):
        objective.backward()
        objective()
    runs.clear()
    objective.backward()
    objective()
    assert (runs, program.fallbacks) == ([], 0)


@pytest.mark.parametrize("jit", JITS)
def test_rows_of_several_structures_take_learned_paths_too(jit):
    w = Value(0.5)
    f, runs = counted(lambda xs: sum([w * x for x in xs]) ** 2 if xs[0] > 0.0 else -w)
    program = compile(f, jit=jit())
    rows = [([1.0],), ([-1.0],), ([1.0, 2.0],), ([-1.0, 2.0],), ([3.0],)]
    means = [program.backward(rows) for _ in range(50)]
    assert len({*means}) == 1
    assert (len(runs), program.traces, program.fallbacks) == (4, 4, 0)


@given(st.lists(st.lists(st.sampled_from([-2.0, -0.5, 0.5, 2.0]), min_size=1, max_size=2), min_size=1, max_size=12))
def test_a_table_in_any_order_runs_the_function_once_for_each_structure_and_path(table):
    w = Value(0.5)

    def loss(xs):
        for x in xs:
            if x > 1.0:
                return w * x
        return sum([w * x if x > 0.0 else w - x for x in xs]) ** 2

    f, runs = counted(loss)
    mean([loss([Value(x) for x in xs]) for xs in table]).backward()
    expected, w.grad = w.grad, 0.0
    for jit in (None, plain):
        runs.clear()
        program = compile(f, jit=jit)
        w.grad = 0.0
        program.backward([(xs,) for xs in table])
        assert w.grad == expected
        seen = [(len(xs), *[(x > 0.0) + (x > 1.0) for x in xs]) for xs in table]
        assert program.fallbacks == 0
        assert len(runs) == program.traces <= len({*seen})


def test_each_pass_over_rows_under_a_jit_runs_the_decorated_loop_once():
    runs = []
    _, _, f, _ = huber()
    objective = compile(f, jit=spied(runs)).over(ROWS)
    objective.backward()
    runs.clear()
    for _ in range(5):
        objective.backward()
    ours = [name for name in runs if name in ("loss_backward", "added")]  # beside the functions of ops
    assert ours == ["loss_backward", "added"] * 5


def test_calls_take_the_paths_that_rows_have_learned():
    _, _, f, runs = huber()
    program = compile(f)
    program.backward(ROWS)
    runs.clear()
    for x, y in ROWS:
        program.value(x, y)
    assert runs == []


@given(models())
def test_a_table_that_was_seen_before_never_runs_the_function_again(model):
    def loss(inputs, target):
        return (model.predict(model._values, inputs) - target) ** 2

    f, runs = counted(loss)
    objective = compile(f).over(model.rows)
    objective.backward()
    before = len(runs)
    objective.backward()
    assert (len(runs), objective.program.fallbacks) == (before, 0)
    assert before == objective.program.traces


def test_a_descent_runs_the_function_no_more_often_than_it_has_paths():
    w = Value(0.0)
    f, runs = counted(lambda x, y: (w * x - y) ** 2)
    program = compile(f)
    result = minimize(program.over([(1.0, 3.0), (2.0, 6.0)]), SGD([w], lr=0.1))
    assert (result.reason, round(w.data, 9)) == ("converged", 3.0)
    assert result.steps > 5
    rows = 2  # whose graph the verdict walks once, for second derivatives
    assert (len(runs), program.traces, program.fallbacks) == (1 + rows, 1, 0)


# --- Pickles --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("jit", TWINS)
def test_a_path_that_came_out_of_a_pickle_runs_no_function_at_all(jit):
    program = compile(pieces, jit=jit())
    for x in (2.0, 0.5, -1.0):
        program(x)
    twin = again(program)
    for _ in range(100):
        assert [twin(x) for x in (2.0, 0.5, -1.0)] == [4.0, 1.5, 1.0]
    assert (twin.traces, twin.fallbacks) == (0, 0)


@pytest.mark.parametrize("jit", TWINS)
def test_rows_on_paths_that_came_out_of_a_pickle_run_no_function_at_all(jit):
    w, b, f, _ = huber()
    program = compile(f, jit=jit())
    w.grad = b.grad = 0.0
    expected = program.backward(ROWS), [w.grad, b.grad]
    twin = again(program)
    for _ in range(100):
        for p in twin.parameters:
            p.grad = 0.0
        assert (twin.backward(ROWS), [p.grad for p in twin.parameters]) == expected
    assert (twin.traces, twin.fallbacks) == (0, 0)


# --- Where the original does run ------------------------------------------------------------------------------------


@pytest.mark.parametrize("jit", TWINS)
def test_an_error_runs_the_function_once_and_harms_no_path(jit):
    f, runs = counted(lambda x: 1.0 / x if x < 1.0 else x)
    program = compile(f, jit=jit())
    program(0.5), program(2.0)
    for n in range(1, 4):
        with pytest.raises(ZeroDivisionError):
            program(0.0)
        assert [program(0.5), program(2.0)] == [2.0, 2.0]
        assert (len(runs), program.traces, program.fallbacks) == (2 + n, 2, n)


def test_a_pole_of_a_derivative_runs_the_function_once():
    f, runs = counted(lambda x: x**0.5)
    program = compile(grad(f))
    found = [program(x) for x in (4.0, 0.0, 0.0)]
    assert found == [0.25, math.inf, math.inf] and {*map(type, found)} == {float}
    assert (len(runs), program.traces, program.fallbacks) == (3, 1, 2)


def test_rows_that_fail_run_the_function_for_each_row_up_to_the_error():
    w = Value(2.0)
    f, runs = counted(lambda x: log(w * x))
    program = compile(f)
    program.backward([(1.0,), (2.0,)])
    for n in (1, 2):
        with pytest.raises(ValueError, match=r"^log\(-2\.0\)"):
            program.backward([(1.0,), (-1.0,), (3.0,)])
        assert (len(runs), program.traces, program.fallbacks) == (1 + 2 * n, 1, 2 * n)


def test_a_row_that_fails_while_it_is_traced_leaves_it_to_the_original_to_say_which():
    w = Value(2.0)
    f, runs = counted(lambda x: w * x if x > 0.0 else log(w * x))
    program = compile(f)
    program.backward([(1.0,)])
    before = w.grad
    with pytest.raises(ValueError, match=r"^log\(-2\.0\)"):  # the first of them, though the last is traced
        program.backward([(1.0,), (-1.0,), (-3.0,)])
    assert w.grad == before
    assert (len(runs), program.traces, program.fallbacks) == (4, 2, 2)


def test_what_runs_the_original_by_design_is_no_fallback():
    w = Value(2.0)
    f, runs = counted(lambda x: w * x)
    program = compile(f)
    program(1.0), program(Value(3.0)), grad(program)(1.0)  # the last by the original
    assert program.over([(1.0,), (2.0,)]).graph().data == 3.0
    assert (len(runs), program.traces, program.fallbacks) == (6, 3, 0)


def test_a_decorator_that_computes_otherwise_shows_in_the_count():
    def lost(f):
        @functools.wraps(f)
        def always(*args):
            result = f(*args)
            return (-1, *result[1:]) if isinstance(result, tuple) else result

        return always

    f, runs = counted(lambda x: 2.0 * x if x > 0.0 else x)
    program = compile(f, jit=lost)
    assert [program(x) for x in (1.0, 3.0, 1.0)] == [2.0, 6.0, 2.0]
    assert len(runs) == program.traces + program.fallbacks == 7


def test_a_loss_that_cannot_be_one_says_so_each_time():
    w = Value(1.0)
    program = compile(lambda x: (w * x, x))
    for _ in range(2):
        with pytest.raises(TypeError, match="to return one number, the loss of a row"):
            program.backward([(1.0,)])


def test_two_threads_that_ask_for_one_structure_get_one_specialization():
    known = {}
    structure = (tuple, (tuple, float), (dict, ()))
    assert specialized(known, structure, sqrt, PYTHON) is specialized(known, structure, sqrt, PYTHON)
    assert len(known) == 1
