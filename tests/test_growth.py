"""What grows no faster than it must, by counting what is done; `python tests/growth.py` measures times."""

import gc
import importlib
import itertools
import pickle
import random
import sys

import pytest
from optional import frees_code

from minigrad import Value, functions
from minigrad.compiler import compile
from minigrad.compiler.code import SOON
from minigrad.compiler.errors import GuardFailed
from minigrad.compiler.ir import MOST_PATHS, Closed
from minigrad.compiler.names import Names
from minigrad.compiler.program import MOST_OPS
from minigrad.compiler.rows import _learned
from minigrad.machinery import recorder

specialize, program_op = [importlib.import_module(f"minigrad.compiler.{name}") for name in ("specialize", "program_op")]

FEW = SOON + (MOST_PATHS // SOON).bit_length() - 1  # each of the first paths, and whenever they are twice as many


def staircase(k):
    """A function of k paths, and a point on each."""

    def f(x):
        for i in range(k - 1):
            if x < i:
                return x * i + 0.1
        return x * x

    return f, [i - 0.5 for i in range(k)]


@pytest.fixture
def written(monkeypatch):
    """How often code was written, by kind."""
    found = {"call": 0, "loop": 0}
    for module in (specialize, program_op):

        def noting(kind, *args, code=module.code):
            found[kind] += 1
            return code(kind, *args)

        monkeypatch.setattr(module, "code", noting)
    return found


@pytest.fixture
def interpreted(monkeypatch):
    """A list that grows each time that a closed function is interpreted."""
    runs, interpret = [], Closed.interpret
    monkeypatch.setattr(Closed, "interpret", lambda *args: runs.append(args) or interpret(*args))
    return runs


# --- Paths ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("jit", [None, lambda made: made], ids=["plain", "typed"])
@pytest.mark.parametrize("order", ["up", "down", "random"])
def test_the_code_of_many_paths_is_written_a_few_times_and_not_once_for_each(written, order, jit):
    f, points = staircase(MOST_PATHS)
    taken = {"up": points, "down": points[::-1], "random": random.Random(0).sample(points, len(points))}[order]
    program = compile(f, jit=jit)
    assert [program(x) for x in taken] == [*map(f, taken)]
    assert (program.traces, program.fallbacks) == (MOST_PATHS, 0)
    assert written["call"] <= FEW


@pytest.mark.parametrize("jit", [None, lambda made: made], ids=["plain", "typed"])
def test_the_code_of_many_paths_with_derivatives_is_written_a_few_times_and_not_once_for_each(written, jit):
    f, points = staircase(MOST_PATHS)
    w = Value(1.0)
    program = compile(lambda x: f(w * x), jit=jit)
    for x in points:
        w.grad, leaf = 0.0, Value(x)
        y = program(leaf)
        y.backward()
        again, other = Value(x), Value(1.0)
        expected = f(other * again)
        expected.backward()
        assert (y.data, leaf.grad, w.grad) == (expected.data, again.grad, other.grad)
    assert (program.traces, program.fallbacks) == (MOST_PATHS, 0)
    assert written["call"] <= FEW


@pytest.mark.parametrize("often", [1, 40])
def test_the_loop_over_rows_on_many_paths_is_written_a_few_times_and_not_once_for_each(written, often):
    f, points = staircase(MOST_PATHS)
    rows = random.Random(0).sample([(x,) for x in points] * often, often * MOST_PATHS)
    w, other = Value(1.0), Value(1.0)
    program = compile(lambda x: f(w * x))
    expected = functions.mean([f(other * x) for (x,) in rows])
    expected.backward()
    assert (program.backward(rows), w.grad) == (expected.data, other.grad)
    assert (program.traces, program.fallbacks) == (MOST_PATHS, 0)
    assert written["loop"] <= FEW


def test_a_path_that_is_asked_for_again_and_again_gets_code(interpreted):
    f, points = staircase(SOON + 2)
    program = compile(f)
    values = [program(x) for x in points]
    for _ in range(3 * SOON):
        assert program(points[-1]) == values[-1]
    late = len(interpreted)
    assert 0 < late <= 2 * SOON
    assert [program(x) for x in points] == values
    assert len(interpreted) == late
    assert program.traces == len(points)


def test_a_path_that_values_ask_for_again_and_again_gets_code(interpreted):
    f, points = staircase(SOON + 2)
    program = compile(f)
    for x in [*points, *[points[-1]] * 3 * SOON]:
        assert program(Value(x)).data == f(x)
    late = len(interpreted)
    assert 0 < late <= 2 * SOON
    assert [program(Value(x)).data for x in points] == [*map(f, points)]
    assert len(interpreted) == late


def test_few_paths_are_never_interpreted(interpreted):
    f, points = staircase(SOON)
    program = compile(f)
    w = Value(1.0)
    with_parameter = compile(lambda x: f(w * x))
    for x in points:
        assert program(x) == f(x)
        assert program(Value(x)).data == with_parameter(x).data
    with_parameter.backward([(x,) for x in points])
    assert not interpreted


def test_a_parameter_that_a_late_path_meets_is_read_and_differentiated_at_once():
    f, points = staircase(SOON + 3)
    w = Value(2.0)
    program = compile(lambda x: f(x) if x < points[-1] else x * w)
    for x in points[:-1]:
        assert program(x) == f(x)
    y = program(points[-1])
    y.backward()
    assert (y.data, w.grad) == (2.0 * points[-1], points[-1])
    w.data = 3.0
    assert program.value(points[-1]) == 3.0 * points[-1]
    assert [program.value(x) for x in points[:-1]] == [*map(f, points[:-1])]


def test_code_that_lacks_a_parameter_answers_nothing_by_interpreting():
    f, points = staircase(SOON + 1)
    program = compile(f)
    for x in points:
        program(x)
    (known,) = program._known.values()
    made = known.code("call")
    assert made.count < known.call.count
    assert made.interpreted(known.call, 0, [points[-1]]) == f(points[-1])
    with pytest.raises(GuardFailed):
        made.interpreted(known.call, 1, [points[-1]])


def test_an_error_on_a_path_without_code_is_that_of_the_function():
    f, points = staircase(SOON + 2)
    program = compile(lambda x: 1.0 / (x - points[-1]) if x >= points[-1] - 0.25 else f(x))
    for x in [*points[:-1], points[-1] + 1.0]:
        program(x)
    with pytest.raises(ZeroDivisionError, match=r"div\(1\.0, 0\.0\)"):
        program(points[-1])
    assert program.fallbacks == 1


def test_a_row_that_fails_among_rows_on_many_paths_is_told_by_the_function():
    f, points = staircase(3 * SOON)
    w = Value(1.0)
    program = compile(lambda x: f(w * x) / (x + 0.5))
    with pytest.raises(ZeroDivisionError, match="div"):
        program.backward([(x,) for x in points])
    assert w.grad == 0.0


def test_rows_on_many_paths_over_columns_are_those_of_plain_code():
    numpy = pytest.importorskip("numpy")
    f, points = staircase(3 * SOON)
    w, other = Value(1.0), Value(1.0)
    rows = [(x,) for x in points]
    program, plain = compile(lambda x: f(w * x), xp=numpy), compile(lambda x: f(other * x))
    assert program.backward(rows) == pytest.approx(plain.backward(rows), rel=1e-13)
    assert w.grad == pytest.approx(other.grad, rel=1e-13)
    called = compile(f, xp=numpy)
    for k in (3, SOON + 2, len(points)):
        assert called(numpy.array(points[:k])).tolist() == [*map(f, points[:k])]
    assert called.fallbacks == program.fallbacks == 0
    assert called.traces == program.traces == len(points)


def test_a_refusal_on_a_late_path_runs_the_original():
    f, points = staircase(SOON + 2)
    program = compile(lambda x: len(str(x)) + x if x >= points[-1] else f(x))
    for x in points[:-1]:
        program(x)
    with pytest.warns(RuntimeWarning, match="is not compiled"):
        assert program(points[-1]) == len(str(points[-1])) + points[-1]
    assert program(points[-1]) == len(str(points[-1])) + points[-1]
    assert not recorder.LIVE


# --- Names ----------------------------------------------------------------------------------------------------------


class Looks(set):
    """A set that counts how often it is asked."""

    asked = 0

    def __contains__(self, x):
        self.asked += 1
        return super().__contains__(x)


@pytest.mark.parametrize("wanted", [["w"], ["w", "w_1"], ["w_1_1", "w", "w_1"], [None]])
def test_names_that_are_equal_are_looked_up_about_twice_each(wanted):
    names, n = Names(), 1_000
    names.taken = Looks()
    found = [names.new(wanted[k % len(wanted)], "p") for k in range(n)]
    assert len({*found}) == n and all(map(str.isidentifier, found))
    assert names.taken.asked <= 3 * n


def test_equal_names_are_numbered_in_their_order():
    names = Names(["w_2"])
    assert [names.new("w", "p") for _ in range(3)] == ["w", "w_1", "w_3"]
    assert [names.copy().new("w", "p"), names.new("w", "p")] == ["w_4", "w_4"]


# --- Rows on many paths, where a trace shows nothing new --------------------------------------------------------------


class Known:
    """Stands for a specialization with many paths, of which a second trace shows none that is new."""

    parameters = ()

    def __init__(self):
        self.traced, self.row = [], self
        self.count = SOON + 1

    def trace(self, row, **_):
        self.traced.append(row)
        return len(self.traced) == 1

    def end(self, _):
        return None  # a path that nobody knows


def test_rows_are_learned_no_further_than_traces_show_something_new():
    known, rows = Known(), [(1.0,), (2.0,), (3.0,)]
    assert _learned(known, rows) == 1  # what is left is asked of the code, which tells the rest
    assert known.traced == rows[:2]


# --- What is kept ---------------------------------------------------------------------------------------------------


def several(a, b, c, d, e, g):
    """Numbers of which some rest on few of the arguments."""
    return [a * b + c if a > 0.5 else a - d * e, functions.sqrt(g), b * 2.0, d, 2.5]


def test_codes_for_choices_of_arguments_that_are_values_have_a_bound_and_all_others_share_one():
    program = compile(several)
    for choice in itertools.product((False, True), repeat=6):
        for a in (1.0, 0.25):
            numbers = [a, 2.0, 3.0, 4.0, 5.0, 6.0 if choice[-1] else 0.0]  # a pole, where nobody asks
            found, expected = [[Value(x) if v else x for x, v in zip(numbers, choice, strict=True)] for _ in range(2)]
            for y, z in zip(program(*found), several(*expected), strict=True):
                assert type(y) is type(z) and getattr(y, "data", y) == getattr(z, "data", z)
                if isinstance(y, Value):
                    y.backward()
                    z.backward()
            assert [getattr(x, "grad", None) for x in found] == [getattr(x, "grad", None) for x in expected]
    (known,) = program._known.values()
    assert len(known.as_ops) == MOST_OPS + 1


def dropped(k):
    """Functions no two of which have the same text, compiled, called in several manners, and dropped."""
    w, x = Value(2.0), Value(3.0)
    scope = {"w": w}
    compile(eval(f"lambda x, y: x * y + {k}.5 if x > 0.0 else y"))(2.0, 3.0)
    compile(eval(f"lambda x: w * x + {k}.5", scope))(x).backward()
    loss = compile(eval(f"lambda x, y: (w * x - y + {k}.5) ** 2", scope))
    loss.backward([(1.0, 2.0), (2.0, 3.0)])
    compile(eval(f"lambda x: {k}.5 / x"), jit=lambda f: f)(2.0)
    pickle.loads(pickle.dumps(loss)).value(3.0, 1.0)
    with pytest.raises(ZeroDivisionError):
        compile(eval(f"lambda x: {k}.5 / x"))(0.0)


@frees_code
@pytest.mark.skipif(not hasattr(sys, "getallocatedblocks"), reason="this Python does not count its blocks of memory")
@pytest.mark.parametrize("count", [50, pytest.param(2_000, marks=pytest.mark.slow)])
def test_functions_that_were_compiled_and_dropped_leave_no_memory_behind(count):
    if sys.gettrace() is not None:
        pytest.skip("who traces, as coverage does, keeps the code that was met")
    for k in range(60):
        dropped(k)
    gc.collect()
    before = sys.getallocatedblocks()
    for k in range(100, 100 + count):
        dropped(k)
    gc.collect()
    assert sys.getallocatedblocks() - before < 500  # less than a single round takes, however many there were
