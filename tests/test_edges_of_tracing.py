"""What a trace, a comparison and a compiled op answer at their edges."""

import operator
from fractions import Fraction

import pytest
from hypothesis import given
from optional import np

from minigrad import Value, grad, gradients, hessian, hvp, jacobian, jvp, maximum, value_and_grad, vjp
from minigrad.compiler import compile
from minigrad.compiler.errors import GuardFailed
from minigrad.compiler.program_op import ProgramOp
from minigrad.machinery.recorder import LIVE, Recording, tracing
from minigrad.testing import branching


def careful(x):
    try:
        return 1.0 / x
    except ZeroDivisionError:
        return 0.0


def test_a_path_that_is_the_original_s_is_so_under_a_jit_too():
    def f(x):
        return x * x if x > 1.0 else careful(x)

    program = compile(f, jit=lambda made: made)
    with pytest.warns(RuntimeWarning, match="an `except` around"):
        assert [program(x) for x in (2.0, 0.0, 0.5, 3.0)] == [4.0, 0.0, 2.0, 9.0]
    assert program.fallbacks == 2


def test_the_number_alone_is_asked_for_with_numbers_and_outside_of_traces():
    w = Value(2.0)
    program = compile(lambda x: w * x)
    assert (program.value(3.0), type(program.value(3.0))) == (6.0, float)
    with pytest.raises(TypeError, match=r"expected numbers, got Value\(data=3.0, .*call <lambda>\(\.\.\.\) itself"):
        program.value(Value(3.0))
    with pytest.raises(TypeError, match="cannot read the numbers of <compiled <lambda>>"):
        compile(lambda x: x * program.value(3.0))(1.0)


def test_a_compiled_op_that_would_take_another_path_now_says_that_something_moved():
    w = Value(2.0)
    program = compile(lambda x: w * x if w > 1.0 else -x)
    y = program(3.0)
    w.data = 0.5
    with pytest.raises(RuntimeError, match=r"\.data was changed after the forward pass"):
        gradients(y, [w])


def test_two_values_at_other_places_of_one_result_have_ops_of_their_own():
    w = Value(2.0)
    program = compile(lambda x: {"twice": w * x, "kind": "pair", "none": x})
    for _ in range(2):
        found = program(3.0)
        assert (found["twice"].data, found["kind"], found["none"]) == (6.0, "pair", 3.0)
    assert [partial for _, partial in found["twice"].edges] == [3.0]


BEYOND = 10**400  # past all floats


@pytest.mark.parametrize("relation", [operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne])
@pytest.mark.parametrize("other", [BEYOND, -BEYOND, Fraction(1, 10), 3, True, np.float64(0.1), np.int64(3)])
@pytest.mark.parametrize("number", [0.1, 3.0, float("inf"), float("-inf"), float("nan"), 1.0])
def test_a_comparison_with_another_kind_of_number_is_that_of_the_float(relation, other, number):
    expected = bool(relation(number, other))
    assert relation(Value(number), other) is expected
    program = compile(lambda x: 1.0 if relation(x, other) else 0.0)
    for x in (number, 0.1, 3.0, -1.0, number):
        assert program(x) == float(relation(x, other))


@pytest.mark.parametrize(("other", "same"), [(3 + 0j, True), (3 + 1j, False), ("3", False), (None, False)])
def test_equality_with_what_is_no_real_number_is_that_of_the_float(other, same):
    assert (Value(3.0) == other, Value(3.0) != other) == (same, not same)


def test_order_beside_what_is_no_number_is_an_error():
    with pytest.raises(TypeError, match="expected a real number, got '3'"):
        Value(3.0) < "3"  # noqa: B015
    with pytest.raises(TypeError, match="not supported between"):
        Value(3.0) < type("Stranger", (), {"__module__": "elsewhere"})()  # noqa: B015


def test_a_trace_refuses_that_a_gradient_is_assigned():
    w = Value(2.0)
    with pytest.raises(TypeError, match=r"cannot assign to the \.grad of"):
        compile(lambda x: setattr(w, "grad", 1.0) or w * x)(1.0)


def test_what_belongs_to_no_trace_is_compared_unnoticed_while_another_thread_traces():
    traced = Value(1.0)
    recording = Recording([traced])
    LIVE[recording] = None  # as another thread would see it
    try:
        x = Value(2.0)
        assert x * x > 3.0
    finally:
        LIVE.pop(recording)
    assert recording.events == []


def test_a_random_function_prints_as_python_to_paste():
    @given(branching())
    def printed(function):
        scope = {}
        exec(repr(function).partition("\nprint(")[0], scope)
        assert callable(scope["function"])
        assert all(f"function({', '.join(map(repr, point))})" in repr(function) for point in function.points)

    printed()


@pytest.mark.parametrize("kinds", [["branch"], ["equality"], ["equality", "branch"]])
def test_random_functions_can_be_of_chosen_kinds(kinds):
    @given(branching(kinds))
    def compares(function):
        assert "equality" in kinds or "==" not in function.source

    compares()


def test_kinds_of_random_functions_that_there_are_not_are_an_error():
    with pytest.raises(ValueError, match=r"expected kinds out of .*, got 'goto'"):
        branching(["goto"])


def test_what_is_read_of_a_number_after_a_failure_is_that_of_the_float():
    def f(x):
        try:
            return 1.0 / x
        except ZeroDivisionError:
            return float(f"{x:.1f}") + 5.0

    program = compile(f)
    assert [program(x) for x in (2.0, 0.0, 4.0)] == [0.5, 5.0, 0.25]


def test_a_path_that_another_thread_has_traced_is_tried_again_and_not_traced():
    w = Value(2.0)
    program, inverse = compile(lambda x: w * x), compile(lambda x: 1.0 / x)
    assert (program(3.0).data, program.value(3.0), inverse(2.0)) == (6.0, 6.0, 0.5)
    traces = program.traces
    (known,), (other,) = program._known.values(), inverse._known.values()
    assert known.as_ops[()].trace([5.0]) is known.trace([5.0]) is True
    assert other.trace([0.0]) is True  # the error it will meet then says more
    assert (program.traces, inverse.traces) == (traces, 1)


def test_a_path_of_an_op_that_is_known_is_not_new(monkeypatch):
    def elsewhere(*_):
        raise GuardFailed  # as a jit does that computes otherwise than Python

    w = Value(2.0)
    program = compile(lambda x: w * x)
    program(3.0)
    (known,) = program._known.values()
    monkeypatch.setattr(ProgramOp, "attempt", elsewhere)
    assert known.as_ops[()].trace([5.0]) is False
    assert program(4.0).data == 8.0


def test_an_error_of_values_alone_after_a_failure_leaves_the_answer_to_floats():
    def f(x):
        try:
            return 1.0 / x
        except ZeroDivisionError:
            return {0.0: 7.0}[x]  # a KeyError for a Value, which is looked up as the node that it is

    program = compile(f)
    assert [program(x) for x in (2.0, 0.0, 4.0)] == [0.5, 7.0, 0.25]


@pytest.mark.parametrize(
    "derivative",
    [
        lambda f, x: grad(f)(x),
        lambda f, x: value_and_grad(f)(x)[1],
        lambda f, x: value_and_grad(lambda v: f(v) + 0.0 * v)(x)[0] / x,
        lambda f, x: jacobian(lambda v: [f(v)])(x)[0],
        lambda f, x: hessian(lambda v: f(v) * v / 2.0)(x),
        lambda f, x: hvp(lambda v: f(v) * v / 2.0, x, 1.0),
        lambda f, x: vjp(f, x)[0] / x,
        lambda f, x: vjp(f, x)[1](1.0),
        lambda f, x: jvp(f, (x,), (1.0,))[1],
    ],
)
def test_a_derivative_at_a_number_is_a_number_in_a_trace_too(derivative):
    # In a tie with a number the number has it all; two Values would have half of the gradient each.
    def tie(x):
        return maximum(x, derivative(lambda v: 1000.0 * v, 0.5))

    assert [grad(tie)(x) for x in (999.0, 1000.0, 1001.0)] == [0.0, 0.0, 1.0]
    assert [compile(grad(tie))(x) for x in (999.0, 1000.0, 1001.0)] == [0.0, 0.0, 1.0]


def test_a_recording_that_nobody_is_in_any_more_is_over():
    recording = Recording([])

    def interrupted():
        recording.begin()  # and the interrupt came before anything could end it

    interrupted()
    assert recording in LIVE
    assert tracing() is None
    assert recording not in LIVE
