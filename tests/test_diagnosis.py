"""Claims about the diagnosis of a descent that went wrong."""

import math
import sys

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from optional import np

from minigrad import Value, detect_anomaly, find_lr, functions, mean, mean_squared_error, minimize
from minigrad.compiler import compile
from minigrad.datasets import cars
from minigrad.ops import Op
from minigrad.optim import SGD, Adam
from minigrad.train.anomaly import _users_line, first_not_finite
from minigrad.train.curvature import largest_curvature

X, Y = [row[0] for row in cars().x], cars().y


def cars_loss():
    w, b = Value(0.0, label="w"), Value(0.0, label="b")
    return (lambda: mean_squared_error([b + w * x for x in X], Y)), [w, b]


def test_largest_stable_rate_of_the_cars_is_the_published_one():
    objective, params = cars_loss()
    assert 2 / largest_curvature(objective, SGD(params, lr=1.0)) == pytest.approx(0.0698, abs=5e-5)
    assert find_lr(objective, SGD(params, lr=1.0)) == pytest.approx(0.0349, abs=5e-5)


@given(st.lists(st.floats(-3, 3), min_size=9, max_size=9))
def test_largest_curvature_is_the_largest_eigenvalue_of_the_hessian(numbers):
    a = np.array(numbers).reshape(3, 3)
    hessian = a + a.T
    eigenvalues = np.linalg.eigvalsh(hessian)
    # Power iteration needs a gap to tell two directions apart; between near-equals it may stop in either.
    sizes = np.sort(np.abs(eigenvalues))
    assume(sizes[-1] > 1.05 * sizes[-2])
    params = [Value(x) for x in (0.3, -0.2, 0.5)]

    def quadratic():
        return sum(
            p * q * (h / 2) for p, row in zip(params, hessian, strict=True) for q, h in zip(params, row, strict=True)
        )

    assert largest_curvature(quadratic, SGD(params, lr=1.0)) == pytest.approx(eigenvalues[-1], abs=1e-3 * sizes[-1])


def test_curvature_leaves_data_and_gradients_alone():
    objective, params = cars_loss()
    params[0].grad = 7.0
    find_lr(objective, SGD(params, lr=1.0))
    assert [(p.data, p.grad) for p in params] == [(0.0, 7.0), (0.0, 0.0)]


@pytest.mark.parametrize("sign", [0.0, -1.0])
def test_find_lr_of_a_loss_that_does_not_curve_upwards_is_an_error(sign):
    x = Value(1.0)
    with pytest.raises(ValueError, match="curves upwards"):
        find_lr(lambda: x * x * sign + x, SGD([x], lr=1.0))


def test_diverged_names_the_largest_stable_rate_and_suggests_one_that_converges():
    objective, params = cars_loss()
    result = minimize(objective, SGD(params, lr=0.1))
    assert result.reason == "diverged"
    assert "largest stable learning rate here is 0.0698; try lr = 0.0349" in result.advice
    assert minimize(objective, SGD(params, lr=0.0349)).converged


def test_stalled_names_the_rate_to_raise_to():
    objective, params = cars_loss()
    result = minimize(objective, SGD(params, lr=1.1e-5), tol=1e-4)
    assert result.reason == "stalled"
    assert "steps so short" in result.advice and "try lr = 0.0349" in result.advice


def test_stalled_in_a_narrow_valley_is_not_told_to_raise_the_rate():
    objective, params = cars_loss()
    result = minimize(objective, SGD(params, lr=0.03), tol=1e-4)
    assert result.reason == "stalled"
    assert "standardize the features" in result.advice and "try lr" not in result.advice


def test_momentum_widens_the_stable_range():
    objective, params = cars_loss()
    result = minimize(objective, SGD(params, lr=0.2, momentum=0.5))
    assert result.reason == "diverged" and "is 0.105; try" in result.advice
    assert minimize(objective, SGD(params, lr=0.1, momentum=0.5)).converged


def test_other_optimizers_get_a_direction_without_a_number():
    x = Value(1.0)
    factors = iter([1.0, math.inf])
    result = minimize(lambda: x * x * next(factors, 1.0), Adam([x], lr=10.0))
    assert result.reason == "diverged" and "lower the learning rate" in result.advice
    x.data = 1.0
    result = minimize(lambda: x * x + 1.0, Adam([x], lr=1e-9), tol=1e-6)
    assert result.reason == "stalled" and "raise the learning rate" in result.advice


def test_curvature_where_the_loss_has_no_value_is_left_out_of_the_advice():
    x = Value(1.0)
    calls = iter(range(100))

    def objective():
        if next(calls) > 1:
            raise OverflowError("no value here")
        return x * x

    result = minimize(objective, SGD([x], lr=0.1))
    assert result.reason == "diverged" and "lower the learning rate" in result.advice


def test_nan_names_the_step_and_the_op_that_made_it_first():
    x = Value(2.0)

    def objective():
        big = x * 1e300 if x.data < 0 else x
        grown = big * 1e10
        return (grown - grown) + x * x

    result = minimize(objective, SGD([x], lr=2.0))
    assert result.reason == "diverged" and x.data == 2.0
    assert "at step 1: mul(-6e+300, 10000000000.0) = -inf" in result.advice


def test_equation_of_many_operands_is_cut_short():
    bad = mean([Value(1.0), Value(math.inf), *[Value(float(n)) for n in range(2, 7)]])
    assert first_not_finite(bad) == "mean(1.0, inf, ... 4 more ..., 6.0) = inf"


def test_first_not_finite_of_a_finite_graph_is_empty():
    assert first_not_finite(Value(1.0) * 2.0) == ""


def test_detect_anomaly_raises_at_the_first_op_with_operands_and_the_users_own_line():
    big, two = Value(1e200), Value(2.0)
    fine = two * two
    with pytest.raises(FloatingPointError) as caught, detect_anomaly():
        fine + big * big  # the culprit
    assert str(caught.value).startswith("mul(1e+200, 1e+200) = inf, in ")
    assert "test_diagnosis.py" in str(caught.value) and str(caught.value).endswith(": fine + big * big  # the culprit")


def test_detect_anomaly_watches_reflected_and_unary_ops_and_leaves_finite_programs_alone():
    big = Value(1e308)
    with detect_anomaly():
        assert (2.0 * -Value(3.0)).data == -6.0
    with pytest.raises(FloatingPointError, match=r"mul\(10.0, 1e\+308\) = inf"), detect_anomaly():
        10.0 * big
    with pytest.raises(FloatingPointError, match=r"neg\(inf\) = -inf"), detect_anomaly():
        -Value(math.inf)


def test_detect_anomaly_goes_through_minimize_and_puts_the_profiler_back():
    x = Value(1.0)
    outer = sys.getprofile()
    with pytest.raises(FloatingPointError, match="mul"), detect_anomaly():
        minimize(lambda: x * x * x * x * 1e300, SGD([x], lr=1.0))
    assert sys.getprofile() is outer


def test_users_line_is_the_innermost_one_outside_of_the_package():
    lines = []
    spy = Op("spy", lambda x: lines.append(_users_line(sys._getframe(1))) or x, lambda out, x: 1.0)
    spy(Value(1.0))  # the line
    assert lines[0].endswith(": spy(Value(1.0))  # the line")
    assert _users_line(None) == "at an unknown line"


def test_detect_anomaly_and_compile_work_together():
    with detect_anomaly():
        assert compile(lambda x: x * x + 1.0)(3.0) == 10.0
    with pytest.raises(FloatingPointError, match=r"mul\(1e\+200, 1e\+200\) = inf"), detect_anomaly():
        compile(lambda x: x * x)(1e200)


def test_detect_anomaly_names_the_users_line_for_a_function_too():
    with pytest.raises(FloatingPointError) as caught, detect_anomaly():
        functions.exp(Value(math.inf))
    assert str(caught.value).startswith("exp(inf) = inf, in ") and "functions.exp(Value(math.inf))" in str(caught.value)


# --- What people do who come from elsewhere ---------------------------------------------------------------------------


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize(
    "rows",
    [
        [(1.0, 2.0), (math.nan, 3.0), (2.0, math.nan)],
        {"y": [2.0, 3.0, math.nan], "x": [1.0, math.nan, 2.0]},
        [[1.0, 2.0], [math.nan, 3.0]],
    ],
)
def test_a_cell_that_lacks_a_number_is_named_and_not_the_start(rows, compiled):
    w = Value(1.0)

    def loss(x, y):
        return (w * x - y) ** 2

    expected = r"expected a number in every cell, got nan for x in row 1 \(the first is row 0\); .*dropna"
    with pytest.raises(ValueError, match=expected):
        minimize(compile(loss) if compiled else loss, SGD([w], lr=0.1), rows=rows)
    assert w.data == 1.0


def test_a_cell_is_named_in_rows_of_different_lengths_too():
    w = Value(1.0)
    with pytest.raises(ValueError, match="got nan for z in row 1"):
        minimize(lambda x, z=0.0: (w * x - z) ** 2, SGD([w], lr=0.1), rows=[(1.0,), (1.0, math.nan)])


def test_a_loss_that_is_not_finite_in_whole_rows_is_still_blamed_on_the_start():
    w = Value(1e200)
    for rows in ([(1.0, 2.0)], {"x": [1.0], "y": [2.0]}):
        with pytest.raises(ValueError, match=r"begin elsewhere"):
            minimize(compile(lambda x, y: (w * x - y) * (w * x - y)), SGD([w], lr=0.1), rows=rows)


def test_the_rates_of_all_groups_are_named_since_no_other_is_at_work():
    for rates, named in (((0.1, 0.5), "The rates of the groups, 0.1, 0.5, make"), ((0.5, 0.5), "lr = 0.5 makes")):
        v, w = Value(0.0), Value(0.0)
        groups = [{"params": [p], "lr": lr} for p, lr in zip((v, w), rates, strict=True)]
        result = minimize(lambda v=v, w=w: (v - 3.0) ** 2 + 50.0 * (w - 2.0) ** 2, SGD(groups, lr=0.01))
        assert result.reason == "diverged" and f"{named} steps so long that" in result.advice


def test_a_list_of_values_where_one_is_due_is_to_be_taken_one_by_one():
    outputs = [Value(1.0), Value(-1.0)]
    for numbers in (outputs, [1.0, -1.0], (1.0,), [outputs, outputs]):
        with pytest.raises(TypeError, match=r"take them one by one, \[relu\(x\) for x in outputs\]"):
            functions.relu(numbers)
