"""compile: what a call gives, what tracing sees, and how branches are kept apart."""

import contextlib
import copy
import functools
import gc
import inspect
import linecache
import math
import threading
import traceback
import weakref
from decimal import Decimal
from typing import NamedTuple

import pytest
from optional import counts_references, frees_code

from minigrad import Value, functions, gradients, minimize
from minigrad.compiler import Program, compile
from minigrad.functions import clamp, exp, log, log1p, maximum, primitive, relu, sin, sqrt, where
from minigrad.machinery.recorder import note, tracing
from minigrad.optim import SGD
from minigrad.transforms import grad, hessian, hvp, jacobian, value_and_grad


def seven(a, b):
    c = a + b
    d = a * b + b**3
    e = c - d
    return e**2 / 2


def pieces(x):
    return x * x if x > 1 else (3 * x if x > 0 else -x)


def counted(f):
    """`f`, and a list that grows with each run of it."""
    runs = []

    @functools.wraps(f)
    def counting(*args, **kwargs):
        runs.append(args)
        return f(*args, **kwargs)

    return counting, runs


# --- Results --------------------------------------------------------------------------------------------------------


def test_the_seven_op_graph_has_its_value_and_both_slopes():
    program = compile(value_and_grad(seven, argnums=(0, 1)))
    assert program(-41.0, 2.0) == program(-41, 2) == (612.5, (-35.0, 1050.0))


def test_the_slope_of_a_function_in_pieces_is_that_of_the_piece():
    program = compile(grad(pieces))
    assert [program(x) for x in (2, 0.5, -1, 3)] == [4, 3, -1, 6]


def test_the_pieces_may_be_met_in_any_order():
    for points in ([2.0, 0.5, -1.0], [-1.0, 0.5, 2.0], [0.5, -1.0, 2.0], [0.5, 2.0, -1.0]):
        program = compile(pieces)
        assert [program(x) for x in points] == [pieces(x) for x in points]
        assert [program(x) for x in points] == [pieces(x) for x in points]


@pytest.mark.parametrize(
    "transform", [grad, value_and_grad, jacobian, hessian, lambda f: lambda x: hvp(f, x, [1.0, 2.0])]
)
def test_every_transform_compiles(transform):
    f = transform(lambda x: sin(x[0]) * x[1] ** 2 + exp(x[0]))
    assert compile(f)([0.5, 2.0]) == f([0.5, 2.0])


def test_third_derivatives_compile():
    third = grad(grad(grad(lambda x: sin(x) * x**4)))
    assert compile(third)(0.7) == third(0.7)


def test_functions_run_once_and_never_again():
    f, runs = counted(lambda x: 3.0 * x)
    program = compile(f)
    assert [program(x) for x in (1.0, 2.0, 3)] == [3.0, 6.0, 9.0]
    assert len(runs) == 1


def test_integers_are_taken_for_floats():
    program = compile(lambda x: x * x)
    assert (program(3), type(program(3)), program(2**53 + 1)) == (9.0, float, float(2**53 + 1) ** 2)


@pytest.mark.parametrize("number", [True, False])
def test_flags_are_no_numbers(number):
    program = compile(lambda x, double: 2.0 * x if double else x)
    assert program(3.0, number) == (6.0 if number else 3.0)


def test_arguments_may_be_nested_and_so_may_results():
    def f(point, rates=(1.0, 2.0)):
        return {"sum": point["x"] + point["y"][0], "rest": [point["y"][1] * rates[0], (rates[1],)], "name": "f"}

    point = {"x": 1.0, "y": [2.0, 3.0]}
    program = compile(f)
    assert program(point) == f(point)
    assert program(point, rates=(5, 6)) == f(point, rates=(5.0, 6.0))
    assert program(point, (7.0, 8.0)) == f(point, (7.0, 8.0))


class Point(NamedTuple):
    x: float
    y: float


def test_named_tuples_stay_what_they_are():
    result = compile(lambda p: Point(p.y, p.x))(Point(1.0, 2.0))
    assert result == Point(2.0, 1.0)
    assert isinstance(result, Point)


@pytest.mark.parametrize("result", [None, 3, "text", b"bytes", (), [], {}, ((),), True, {"a b": 1.0, 2: ()}])
def test_what_is_no_traced_number_comes_back_as_it_is(result):
    again = compile(lambda x: (x, result))(1.0)
    assert again == (1.0, result)
    assert type(again[1]) is type(result)


def test_a_number_among_the_results_that_is_more_than_a_float_comes_back_as_a_float():
    class Degrees(float):
        pass

    program = compile(lambda x: (x, Degrees(3.5)))
    again = [program(1.0)[1] for _ in range(2)]
    assert [(x, type(x)) for x in again] == [(3.5, float)] * 2


@pytest.mark.parametrize("x", [math.inf, -math.inf, math.nan, -0.0, 1e-320, -3.0])
def test_constants_of_every_kind_survive(x):
    assert repr(compile(lambda y: (x, y + x))(1.0)) == repr((x, 1.0 + x))


def test_a_result_that_could_hide_values_is_refused():
    class Box:
        def __init__(self, x):
            self.x = x

    with pytest.raises(TypeError, match=r"expected <lambda> to return numbers, .* got .*\(Box\); return the Values"):
        compile(lambda x: [Box(x)])(1.0)


# --- What is an argument --------------------------------------------------------------------------------------------


def test_each_structure_of_arguments_has_code_of_its_own():
    program = compile(sum)
    assert [program([1.0] * n) for n in (1, 2, 3, 2)] == [1.0, 2.0, 3.0, 2.0]
    assert program.source.count("def ") == 3


@pytest.mark.parametrize("mode", ["double", "half", None, (1, "x"), frozenset({2})])
def test_arguments_that_are_no_numbers_are_part_of_the_key(mode):
    program = compile(lambda x, mode: x * {"double": 2.0, "half": 0.5}.get(mode, 1.0) if isinstance(mode, str) else x)
    program(1.0, "double")
    assert program(3.0, mode) == {"double": 6.0, "half": 1.5}.get(mode if isinstance(mode, str) else "", 3.0)


def test_an_argument_that_cannot_be_a_key_is_refused_with_a_remedy():
    with pytest.raises(TypeError, match=r"got \{1\} \(set\); turn an array into lists with \.tolist\(\)"):
        compile(lambda x: 1.0)({1})


def test_keywords_defaults_and_rest_arguments_work_as_in_the_original():
    def f(a, b=2.0, *rest, scale=1.0, **more):
        return (a - b + sum(rest)) * scale + more.get("shift", 0.0)

    program = compile(f)
    for _ in range(2):
        assert program(5.0) == f(5.0)
        assert program(5.0, 1.0) == f(5.0, 1.0)
        assert program(5.0, 1.0, 7.0, 8.0) == f(5.0, 1.0, 7.0, 8.0)
        assert program(5.0, scale=3.0) == f(5.0, scale=3.0)
        assert program(b=4.0, a=1.0) == f(b=4.0, a=1.0)
        assert program(5.0, shift=0.5) == f(5.0, shift=0.5)


def test_a_plain_function_may_be_called_by_keyword_and_with_defaults():
    program = compile(lambda a, b=2.0: a - b)
    for _ in range(2):
        assert (program(5.0, 1.0), program(5.0), program(b=1.0, a=7.0), program(a=7.0)) == (4.0, 3.0, 6.0, 5.0)


@pytest.mark.parametrize(
    ("args", "kwargs"), [((), {}), ((1.0,), {}), ((1.0, 2.0, 3.0), {}), ((1.0,), {"c": 2.0}), ((), {"b": 2.0})]
)
def test_a_wrong_call_is_the_typeerror_that_python_has_for_it(args, kwargs):
    program = compile(lambda a, b: a - b)
    program(1.0, 2.0)
    with pytest.raises(TypeError, match="argument"):
        program(*args, **kwargs)


def test_positional_only_and_many_arguments_work():
    def f(a, b, /):
        return a - b

    def g(*xs):
        return sum(xs)

    for _ in range(2):
        assert compile(f)(3.0, 1.0) == 2.0
    program = compile(g)
    assert [program(*[1.0] * 40) for _ in range(2)] == [40.0] * 2


def test_many_arguments_pass_one_by_one():
    program = compile(lambda a, b, c, d, e: a - b * c - d * e)
    assert [program(1.0, 2.0, 3.0, 4.0, 5.0) for _ in range(2)] == [-25.0] * 2


def test_a_function_without_arguments_compiles():
    w = Value(3.0)
    program = compile(lambda: w * 2.0)
    assert program() == 6.0
    w.data = 4.0
    assert program() == 8.0
    assert [compile(lambda: 5.0)() for _ in range(2)] == [5.0] * 2


def test_callable_objects_methods_and_partials_compile():
    class Model:
        def __init__(self, w):
            self.w = Value(w)

        def __call__(self, x):
            return self.w * x

        def twice(self, x):
            return 2.0 * self.w * x

        @compile
        def compiled(self, x):
            return self.w * x

    model = Model(3.0)
    assert compile(model)(2.0) == 6.0
    assert compile(model.twice)(2.0) == 12.0
    assert compile(functools.partial(lambda a, b: a - b, 5.0))(2.0) == 3.0
    assert (model.compiled(2.0), Model(5.0).compiled(2.0), model.compiled(3.0)) == (6.0, 10.0, 9.0)
    assert isinstance(Model.compiled, Program)
    assert compile(sin)(0.5) == math.sin(0.5)
    assert compile(max)(1.0, 2.0) == 2.0


def test_a_program_looks_like_its_function():
    def f(x):
        """Three times x."""
        return 3.0 * x

    program = compile(f)
    assert (program.__name__, program.__doc__, program.__wrapped__) == ("f", "Three times x.", f)
    assert program.__module__ == __name__
    assert str(inspect.signature(program)) == "(x)"
    assert repr(program) == "<compiled f>"
    assert callable(program)


@pytest.mark.parametrize(("args", "kwargs"), [((3.0,), {}), ((abs,), {"jit": 3})])
def test_what_is_no_function_is_refused(args, kwargs):
    with pytest.raises(TypeError, match=r"expected a .*, got 3.* write compile\(f\), not compile\(f\(x\)\)"):
        compile(*args, **kwargs)


# --- Values: captured, passed, inside another trace -----------------------------------------------------------------


def test_captured_parameters_are_read_in_each_call():
    w = [Value(2.0, label="w"), Value(1.0)]
    program = compile(lambda x: w[0] * x + w[1])
    assert program(3.0) == 7.0
    w[0].data, w[1].data = 5.0, -1.0
    assert program(3.0) == 14.0
    assert program.parameters == w


def test_leaves_that_each_run_makes_anew_are_constants():
    def f(x):
        total = Value(0.0)
        for i in range(3):
            total = total + x * i
            if total > 2.0:
                return total
        return total * 10.0

    program = compile(f)
    for x in (0.1, 5.0, 0.2, 6.0):
        assert program(x) == f(Value(x)).data
    assert program.parameters == []


def test_a_parameter_that_only_one_branch_knows_is_found_with_that_branch():
    class Model:
        low, high = Value(2.0), Value(3.0)

    program = compile(lambda x: Model.high * x if x > 0.0 else Model.low * x)
    assert (program(-1.0), program(1.0)) == (-2.0, 3.0)
    Model.high.data = Model.low.data = 7.0
    assert (program(-1.0), program(1.0)) == (-7.0, 7.0)
    assert program.parameters == [Model.low, Model.high]


@pytest.mark.parametrize("jit", [None, lambda made: made], ids=["plain", "typed"])
@pytest.mark.parametrize("others", [0, 1, 2])
def test_a_node_of_a_path_that_lacks_a_parameter_has_no_gradient_for_it(others, jit):
    w, v, more = Value(2.0), Value(3.0), [Value(1.0) for _ in range(others)]

    def f(x):
        return w * w * x if x > 0.0 else v * v * x + sum([p * x for p in more])

    program = compile(f, jit=jit)
    for x in (1.0, -1.0, 2.0, -2.0, Value(1.0), Value(-1.0), Value(2.0)):
        y, expected = program(x), f(x)
        leaves = [w, v, *more]
        assert [g.data for g in gradients(y, leaves)] == [g.data for g in gradients(expected, leaves)]
        y.backward()
        assert [p.grad for p in leaves] == [g.data for g in gradients(expected, leaves)]
        for p in leaves:
            p.grad = 0.0


def test_a_node_of_one_parameter_is_one_after_another_path_has_met_another():
    w, v = Value(2.0), Value(3.0)
    program = compile(lambda: w * w if w > 0.0 else v * v + w)
    for number, expected in ((2.0, [4.0, 0.0]), (-1.0, [1.0, 6.0]), (2.0, [4.0, 0.0])):
        w.data = number
        y = program()
        y.backward()
        assert [w.grad, v.grad] == expected and isinstance(y, Value)
        w.grad = v.grad = 0.0


def test_a_compiled_part_whose_paths_have_parameters_of_their_own_converges_as_the_original_does():
    def arrived(program):
        w, v = Value(2.0), Value(3.0)
        part = program(lambda x: (w - x) ** 2 if x > 0.0 else (v - x) ** 2)
        return minimize(lambda: part(1.0) + part(-1.0), SGD([w, v], lr=0.1)), w.data, v.data

    found, expected = arrived(compile), arrived(lambda f: f)
    assert found[0].reason == expected[0].reason == "converged" and found[1:] == expected[1:]


def test_called_with_values_the_original_runs_and_gradients_flow():
    program = compile(seven)
    program(-41.0, 2.0)
    a = Value(-41.0)
    y = program(a, 2.0)
    y.backward()
    assert (y.data, a.grad) == (612.5, -35.0)
    assert grad(program)(-41.0, 2.0) == -35.0


def test_programs_nest():
    inner = compile(lambda x: x * x if x > 1.0 else x)
    outer = compile(grad(lambda x: inner(x) * 3.0))
    assert [outer(x) for x in (2.0, 0.5, 3.0)] == [12.0, 3.0, 18.0]


def test_a_program_that_captures_a_traced_value_is_part_of_the_outer_one():
    @compile
    def outer(x):
        inner = compile(lambda y: x * y)
        inner(3.0)
        return inner(3.0)

    assert [outer(x) for x in (2.0, 5.0)] == [6.0, 15.0]


def test_a_program_with_parameters_stays_differentiable_inside_a_trace():
    w = Value(2.0)
    inner = compile(lambda x: w * x)
    inner(1.0)
    outer = compile(lambda x: inner(3.0) + x)
    assert outer(1.0) == 7.0
    w.data = 10.0
    assert outer(1.0) == 31.0


@pytest.mark.parametrize(
    ("f", "first", "second"),
    [
        (lambda c, x: x * c.step, range(0, 3, 5), range(0, 3, 4)),
        (lambda c, x: x * math.copysign(1.0, c.imag), complex(1.0, 0.0), complex(1.0, -0.0)),
        (lambda c, x: x * len(str([*c])), {Decimal("0.1"): 1.0}, {Decimal("0.10"): 1.0}),
        (lambda c, x: x * len(str(c)), frozenset([1]), frozenset([True])),
        (lambda c, x: sum([functions.copysign(v, key) * x for key, v in c.items()]), {0.0: 2.0}, {-0.0: 2.0}),
        (lambda c, x: sum([len(str(key)) * v * x for key, v in c.items()]), {1: 2.0}, {True: 2.0}),
        (lambda c, x: sum([len(str(key)) * v * x for key, v in c.items()]), {1: 2.0}, {1.0: 2.0}),
        (lambda c, x: sum([len(str(key)) * v * x for key, v in c.items()]), {(1, "a"): 2.0}, {(True, "a"): 2.0}),
    ],
    ids=range(8),
)
def test_constants_that_are_equal_and_not_the_same_have_code_of_their_own(f, first, second):
    program = compile(f)
    assert first == second
    for _ in range(2):
        assert [program(c, 3.0) for c in (first, second)] == [f(c, 3.0) for c in (first, second)]
    assert program.traces == 2


def test_constants_that_are_the_same_share_their_code():
    program = compile(lambda c, x: x * len(c))
    for _ in range(3):
        given = (range(3), frozenset([1.5]), {1.5: 0.0, "b": 1.0}, "abc")
        assert [program(c, 2.0) for c in given] == [6.0, 2.0, 4.0, 6.0]
    assert program.traces == 4


# --- Branches -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "f",
    [
        lambda x, y: max(x, y) - min(x, y),
        lambda x, y: sorted([x, y, x * y])[1],
        lambda x, y: where(x >= y, lambda: sqrt(x - y), lambda: sqrt(y - x)),
        lambda x, y: clamp(x, 0.0, 1.0) if x <= y else clamp(y, 0.0, 1.0),
        lambda x, y: x if not x < y else (y if y < 0.0 else x * y),
        lambda x, y: x * 2.0 if x < x else y,
        lambda x, y: x * 2.0 if Value(3.0) > 2.0 else y,
        lambda x, y: 1.0 if x < y < 1.0 else 0.0,
    ],
    ids=range(8),
)
def test_every_comparison_is_made_again(f):
    points = [-2.0, -0.5, 0.0, 0.5, 2.0, math.nan]
    program = compile(f)
    for _ in range(2):
        for x in points:
            for y in points:
                eager = f(Value(x), Value(y))
                assert repr(program(x, y)) == repr(eager.data if isinstance(eager, Value) else eager)


def test_comparisons_with_parameters_are_guards_too():
    w = Value(1.0)
    program = compile(lambda x: x if w > 0.0 else -x)
    assert program(3.0) == 3.0
    w.data = -1.0
    assert program(3.0) == -3.0


def test_a_loop_may_end_when_its_number_says_so():
    def halvings(x):
        n = 0
        while x > 1.0:
            x, n = x / 2.0, n + 1
        return x, n

    program = compile(halvings)
    for _ in range(2):
        assert [program(x) for x in (10.0, 3.0, 0.5, 1000.0)] == [halvings(x) for x in (10.0, 3.0, 0.5, 1000.0)]


def test_comparisons_in_the_slopes_of_an_op_are_seen():
    huber = primitive(
        "huber",
        lambda x: 0.5 * x * x if abs(x) < 1.0 else abs(x) - 0.5,
        lambda out, x: x if -1.0 < x < 1.0 else (1.0 if x > 0.0 else -1.0),
    )
    program = compile(grad(huber))
    assert [program(x) for x in (0.5, 3.0, -3.0, 0.25)] == [0.5, 1.0, -1.0, 0.25]


def test_too_many_paths_are_refused_with_a_remedy():
    def steps(x):
        n = 0.0
        while n < x:
            n += 1.0
        return n

    program = compile(steps)
    assert [program(float(i)) for i in range(64)] == [*range(64)]
    for _ in range(2):
        with pytest.raises(
            RuntimeError, match=r"expected at most 64 paths .* choose by maximum, minimum, clamp or relu"
        ):
            program(64.0)
    assert program(5.0) == 5.0


def test_too_many_structures_are_refused_with_a_remedy():
    program = compile(lambda x, mode: x)
    assert [program(1.0, str(n)) for n in range(256)] == [1.0] * 256
    with pytest.raises(RuntimeError, match="with at most 256 structures of arguments, got one more; pass what varies"):
        program(1.0, "256")
    assert program(2.0, "7") == 2.0


def test_a_function_that_compares_by_chance_is_found_out():
    turns = iter(range(100))

    def f(x):
        return x if x > next(turns) else -x

    program = compile(f)
    program(0.5)
    with pytest.raises(
        RuntimeError, match=r"same comparisons and the same result .*a random number, a counter, a clock"
    ):
        program(-0.5)


def test_a_function_that_returns_by_chance_is_found_out():
    turns = iter([1.0, 2.0, 3.0, 4.0])
    program = compile(lambda x: x * next(turns))
    program(1.0)
    (known,) = program._known.values()
    with pytest.raises(RuntimeError, match="same comparisons and the same result"):
        known.trace([1.0], with_row=True)


# --- Errors ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "good", "bad", "kind", "message"),
    [
        (lambda x: 1.0 / x, 2.0, 0.0, ZeroDivisionError, r"^div\(1\.0, 0\.0\): .*division by zero"),
        (log, 2.0, -1.0, ValueError, r"^log\(-1\.0\): "),
        (lambda x: exp(x) + x, 2.0, 1000.0, OverflowError, r"^exp\(1000\.0\): "),
        (lambda x: x**0.5, 2.0, -1.0, ValueError, r"^pow\(-1\.0, 0\.5\): "),
        (lambda x: x**-1.0, 2.0, 0.0, ZeroDivisionError, r"^pow\(0\.0, -1\.0\): "),
        (lambda x: x**300.0, 2.0, 1e10, OverflowError, r"^pow\(10000000000\.0, 300\.0\): "),
    ],
)
def test_errors_are_those_of_eager_code_and_show_the_generated_line(f, good, bad, kind, message):
    program = compile(f)
    assert program(good) == f(good)
    with pytest.raises(kind, match=message) as caught:
        program(bad)
    shown = "".join(traceback.format_exception(caught.value))
    line = program.source.splitlines()[1].strip()
    assert line in shown
    assert f'File "<minigrad {program.source[4:].partition("(")[0]} ' in shown
    assert program(good) == f(good)


def test_an_error_of_the_first_call_leaves_nothing_behind():
    program = compile(lambda x: 1.0 / x)
    with pytest.raises(ZeroDivisionError, match=r"^div\(1\.0, 0\.0\)") as caught:
        program(0.0)
    assert caught.value.__cause__ is None
    assert program(2.0) == 0.5


def test_a_slope_at_a_pole_is_infinite_as_in_eager_code():
    f = grad(lambda x: x**0.5 + sqrt(x))
    program = compile(f)
    assert [program(x) for x in (4.0, 0.0, 1.0)] == [f(x) for x in (4.0, 0.0, 1.0)]
    assert program(0.0) == math.inf


def test_what_eager_code_computes_and_does_not_need_raises_all_the_same():
    def slope(x):
        note(log(x))
        return 1.0 / x

    program = compile(slope)
    assert program(2.0) == 0.5
    with pytest.raises(ValueError, match=r"^log\(-1\.0\): "):
        program(-1.0)
    assert program.source == "def slope(x):\n    log(x)\n    return 1.0 / x\n"


def test_what_is_noted_and_needed_is_written_once():
    def f(x):
        y = log(x) * x
        note(y)
        note(x)
        note(sqrt(log(x) + x))
        return y

    program = compile(f)
    assert program(2.0) == math.log(2.0) * 2.0
    assert program.source == "def f(x):\n    return log(x) * x\n"


def test_what_is_noted_twice_is_written_once():
    def f(x):
        note(log(log(x)) + log1p(log(x)))
        return x

    assert compile(f)(3.0) == 3.0
    program = compile(f)
    program(3.0)
    assert program.source == "def f(x):\n    t1 = log(x)\n    log(t1)\n    log1p(t1)\n    return x\n"


def test_without_a_trace_there_is_nothing_to_note():
    assert note(Value(1.0)) is None
    assert tracing() is None


def test_the_source_of_a_program_that_was_never_called_is_an_error():
    with pytest.raises(
        RuntimeError, match="expected a call before the source of seven is read, got none: call it first"
    ):
        _ = compile(seven).source


def test_a_comparison_with_a_stranger_is_left_to_the_stranger():
    class Stranger:
        def __gt__(self, other):
            return True

    stranger = Stranger()
    assert compile(lambda x: x * 2.0 if x < stranger else x)(3.0) == 6.0


# --- Life and death, copies, threads --------------------------------------------------------------------------------


@frees_code
def test_a_program_can_be_freed_and_leaves_no_lines_behind():
    before = {*linecache.cache}
    program = compile(seven)
    program(1.0, 2.0)
    ghost = weakref.ref(program)
    del program
    gc.collect()
    assert ghost() is None
    assert {*linecache.cache} == before


@frees_code
def test_a_program_can_be_freed_after_a_traceback_has_shown_its_lines():
    program = compile(lambda x: 1.0 / x)
    program(2.0)
    with pytest.raises(ZeroDivisionError) as caught:
        program(0.0)
    assert "return 1.0 / x" in "".join(traceback.format_exception(caught.value))
    ghost = weakref.ref(program)
    del program, caught
    gc.collect()
    assert ghost() is None


def test_a_trace_leaves_no_trace_when_the_function_fails():
    def f(x):
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        compile(f)(1.0)
    assert tracing() is None


def test_threads_may_share_a_program():
    program = compile(lambda x: sorted([x, 1.0 - x, x * x, 0.3])[2])
    points = [i / 50 - 0.5 for i in range(100)]
    expected = [sorted([x, 1.0 - x, x * x, 0.3])[2] for x in points]
    found: dict[int, list[float]] = {}
    start = threading.Barrier(8)

    def work(k):
        start.wait()
        found[k] = [program(x) for x in points]

    threads = [threading.Thread(target=work, args=(k,)) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [found[k] for k in range(8)] == [expected] * 8


def test_two_threads_may_trace_at_once_and_see_only_their_own_comparisons():
    inside = threading.Barrier(2, timeout=10)

    def f(x):
        inside.wait()
        above = x > 0.0
        inside.wait()
        return x if above else -x

    results = {}

    def work(x):
        program = compile(f)
        results[x] = program(x), program.source

    threads = [threading.Thread(target=work, args=(x,)) for x in (1.0, -1.0)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {x: result for x, (result, _) in results.items()} == {1.0: 1.0, -1.0: 1.0}
    assert all(source.count("if ") == 1 for _, source in results.values())


def test_a_copy_has_parameters_of_its_own():
    w = Value(2.0, label="w")
    program = compile(lambda x: w * x)
    program(1.0)
    twin = copy.deepcopy(program)
    w.data = 5.0
    assert (program(1.0), twin(1.0)) == (5.0, 2.0)


def test_relu_maximum_and_their_slopes_agree_with_eager_code_at_their_kinks():
    f = value_and_grad(lambda x, y: relu(x) + maximum(x, y) * maximum(y, 0.0) + functions.heaviside(x, 1.0) * y, (0, 1))
    program = compile(f)
    for x in (-1.0, -0.0, 0.0, 1.0):
        for y in (-1.0, 0.0, 1.0):
            assert program(x, y) == f(x, y)


# --- What a trace cannot see is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x * x.data,
        lambda x: x if (x * 2.0).data > 1.0 else -x,
        lambda x: OUTSIDE.data * x,
        lambda x: [(x * x).backward(), x.grad][1],
        lambda x: math.floor(x.data),
    ],
    ids=["argument", "inner node", "parameter", "backward", "floor"],
)
def test_numbers_that_a_trace_cannot_follow_are_refused(f):
    program = compile(f)
    with pytest.raises(TypeError, match=r"a compiled function cannot read the \.(data|grad) .* compute with the Value"):
        program(3.0)


OUTSIDE = Value(2.0)


def test_detach_stops_the_slope_and_not_the_number():
    program = compile(value_and_grad(lambda x: x * x.detach() + OUTSIDE.detach()))
    assert [program(x) for x in (3.0, 4.0)] == [(11.0, 3.0), (18.0, 4.0)]
    w = Value(3.0)
    loss = compile(lambda x: w * w.detach() * x)
    assert (loss.backward([(2.0,)]), w.grad) == (18.0, 6.0)


def test_slopes_inside_a_compiled_function_follow_its_arguments():
    program = compile(lambda x: grad(lambda y: y**3)(2.0) * x + grad(lambda y: y * y)(x))
    assert [program(x) for x in (1.0, 5.0)] == [14.0, 70.0]


@pytest.mark.parametrize("f", [grad(log), grad(grad(lambda x: functions.log1p(x) * 2.0)), grad(lambda x: x**x)])
def test_the_slope_of_what_is_undefined_is_undefined(f):
    program = compile(f)
    assert program(2.0) == f(2.0)
    with pytest.raises(ValueError, match=r"^(log|log1p|pow)\(-1\.5"):
        program(-1.5)


def test_a_guard_of_an_op_that_is_written_as_a_choice_compares_what_eager_compares():
    def f(x):
        return x * 2.0 if functions.sqrt(x) > functions.relu(x) else -x

    program = compile(f)
    assert [program(x) for x in (1.0, 0.25, 4.0, 0.0)] == [f(x) for x in (1.0, 0.25, 4.0, 0.0)]
    backwards = compile(lambda x: x * 2.0 if functions.relu(x) >= functions.sqrt(x) else -x)
    assert [backwards(x) for x in (0.25, 1.0, 4.0)] == [-0.25, 2.0, 8.0]


def test_a_traceback_shows_the_lines_of_its_own_code_and_of_no_code_before():
    for k in range(20):
        program = compile(eval(f"lambda x: {k}.5 / x"))
        program(2.0)
        with pytest.raises(ZeroDivisionError) as caught:
            program(0.0)
        assert f"return {k}.5 / x" in "".join(traceback.format_exception(caught.value))
        del program, caught
        gc.collect()


@counts_references
def test_a_call_that_fails_or_lands_on_a_pole_leaves_nothing_to_the_collector():
    slope = compile(grad(lambda x: x**0.5))
    quotient = compile(lambda x: 1.0 / x)
    assert (slope(4.0), quotient(4.0)) == (0.25, 0.25)
    gc.collect()
    gc.disable()
    try:
        for _ in range(5):
            assert slope(0.0) == math.inf
            with contextlib.suppress(ZeroDivisionError):
                quotient(0.0)
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_a_call_while_another_thread_learns_of_one_more_parameter_runs_the_code_that_is_there():
    p = Value(2.0)
    program = compile(lambda x: x * p)
    assert program(1.0) == 2.0
    (known,) = program._known.values()
    known.parameters[Value(3.0)] = "one more"  # as when the other thread has found it, and not yet written the code
    assert known.attempt([1.0]) == 2.0


@pytest.mark.parametrize("act", [lambda w: setattr(w, "data", 5.0), lambda w: SGD([w], 0.1).zero_grad(), copy.deepcopy])
def test_what_would_happen_once_and_never_again_is_refused(act):
    w = Value(2.0)
    with pytest.raises(TypeError, match="a compiled function cannot"):
        compile(lambda x: (act(w), x * w)[1])(1.0)
    assert w.data == 2.0
