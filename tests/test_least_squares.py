"""Least squares arrives at published answers to all the digits that are published, or says that it did not."""

import importlib
import math
import random
import sys

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from nist import cases, digits, table_of
from optional import np

import minigrad
from minigrad import Value, compile, cos, exp, least_squares, log, relu, sin, sqrt
from minigrad.fit.formula import Formula
from minigrad.testing import models
from minigrad.train import LeastSquaresResult, minimize
from minigrad.train.bottom import bend_of
from minigrad.train.levenberg_marquardt import Point
from minigrad.train.linear_algebra import QR, cholesky, inverse, singular_values

# --- Published answers ----------------------------------------------------------------------------------------------


def fitted(published, start):
    """The set, by least_squares alone: parameters and the result."""
    formula, table = Formula(published["model"], table_of(published)), table_of(published)
    params = [Value(x, label=name) for name, x in zip(published["parameters"], published[start], strict=True)]

    def residual(*row):
        numbers = dict(zip(table, row, strict=True)) | dict(zip(published["parameters"], params, strict=True))
        return formula.right(numbers) - formula.left(numbers)

    return params, least_squares(residual, params, rows=zip(*table.values(), strict=True))


@pytest.mark.parametrize(("published", "start"), cases())
def test_a_certified_set_is_solved_from_both_of_its_starts(published, start):
    params, result = fitted(published, start)
    assert result.reason == "converged"
    assert digits([p.data for p in params], published["certified"]) >= 8
    assert digits(result.standard_errors, published["standard_deviations"]) >= 8
    assert digits([result.loss], [published["residual_sum_of_squares"]]) >= 9


def exponentials(params):
    """Lanczos's sum of three exponentials, 24 times, to all the digits of a float: the residuals end at rounding."""

    def residual(t):
        truth = 0.0951 * exp(-t) + 0.8607 * exp(-3 * t) + 1.5576 * exp(-5 * t)
        a, b, c, d, e, f = params
        return a * exp(-b * t) + c * exp(-d * t) + e * exp(-f * t) - truth

    return residual


def test_a_fit_whose_residuals_end_at_rounding_is_converged():
    params = [Value(x) for x in (1.2, 0.3, 5.6, 5.5, 6.5, 7.6)]
    result = least_squares(exponentials(params), params, rows=[(i / 20,) for i in range(24)])
    assert result.converged
    assert digits([p.data for p in params], [0.0951, 1.0, 0.8607, 3.0, 1.5576, 5.0]) > 6
    assert "trade off" in result.advice  # six decades of inflation are worth a word even then


# --- Against others -------------------------------------------------------------------------------------------------


@given(models(max_inputs=2, max_hidden=0, max_rows=8), st.integers(0, 999))
@settings(deadline=None, max_examples=50)
def test_a_linear_problem_is_what_numpy_says(model, seed):
    rng = random.Random(seed)
    rows = [(*[rng.gauss(0, 1) for _ in range(2)], rng.gauss(0, 1)) for _ in range(len(model.rows) + 4)]
    params = [Value(rng.gauss(0, 1)) for _ in range(3)]
    result = least_squares(lambda x, z, y: params[0] + params[1] * x + params[2] * z - y, params, rows=rows)
    matrix = np.array([[1.0, x, z] for x, z, _ in rows])
    best, _, _, _ = np.linalg.lstsq(matrix, [y for *_, y in rows], rcond=None)
    assert result.converged
    assert [p.data for p in params] == pytest.approx(best, rel=1e-9, abs=1e-11)
    variance = result.loss / (len(rows) - 3)
    np.testing.assert_allclose(result.covariance, variance * np.linalg.inv(matrix.T @ matrix), rtol=1e-8, atol=1e-14)
    assert result.condition == pytest.approx(np.linalg.cond(matrix), rel=1e-8)
    np.testing.assert_allclose(result.jacobian, matrix)
    assert result.loss == pytest.approx(math.fsum([r * r for r in result.residuals]))


def test_where_the_residuals_are_large_and_bent_the_bottom_is_the_loss_s_own():
    """Gauss-Newton alone would creep here: the second derivatives count."""
    w = Value(0.3)
    rows = [(1.0, 4.0), (2.0, -3.0), (3.0, 1.0), (4.0, 5.0)]
    result = least_squares(lambda t, y: sin(w * t) * 2.0 - y, [w], rows=rows)
    again = Value(w.data)

    def loss():
        return sum([(sin(again * t) * 2.0 - y) ** 2 for t, y in rows])

    value = loss()
    value.backward()
    assert result.converged and abs(again.grad) < 1e-7
    assert result.loss == pytest.approx(value.data)


# --- The verdicts ---------------------------------------------------------------------------------------------------


def line(count=6):
    return [(float(i), 1.0 + 2.0 * i + (-1) ** i * 0.1) for i in range(count)]


def test_a_start_at_the_bottom_takes_no_more_than_a_step():
    a, b = Value(1.0), Value(2.0)
    assert least_squares(lambda x, y: a + b * x - y, [a, b], rows=line()).converged
    assert least_squares(lambda x, y: a + b * x - y, [a, b], rows=line()).steps <= 1


def test_a_perfect_fit_is_converged():
    a, b = Value(0.0), Value(0.0)
    result = least_squares(lambda x: a + b * x - (5.0 + 0.0 * x), [a, b], rows=[(0.0,), (1.0,), (2.0,)])
    assert result.converged and result.loss < 1e-28 and a.data == pytest.approx(5.0) and abs(b.data) < 1e-14


def test_the_grad_of_the_parameters_is_that_of_the_sum_of_squares():
    a = Value(0.0)
    result = least_squares(lambda x, y: a * x - y, [a], rows=[(1.0, 2.0)], max_steps=0)
    assert (result.reason, a.data, a.grad, result.grad_norm) == ("max_steps", 0.0, -4.0, 4.0)
    assert result.standard_errors == [math.inf]  # one row, one parameter: nothing tells the noise


def test_parameters_that_only_their_product_matters_of_are_named_and_not_converged():
    a, b, c = Value(1.0, label="a"), Value(1.0, label="b"), Value(0.0, label="c")
    result = least_squares(lambda x, y: a * b * x + c - y, [a, b, c], rows=line())
    assert result.reason == "stalled"
    assert result.unsettled == [0, 1]
    assert "do not settle a and b" in result.advice
    assert result.standard_errors[:2] == [math.inf, math.inf] and math.isfinite(result.standard_errors[2])
    assert a.data * b.data == pytest.approx(np.polyfit(*zip(*line(), strict=True), 1)[0], rel=1e-9)


def test_a_parameter_that_nothing_depends_on_is_named():
    a, b = Value(1.0, label="a"), Value(1.0)
    result = least_squares(lambda x, y: a * x - y, [a, b], rows=line())
    assert result.reason == "stalled" and result.unsettled == [1]
    assert "do not settle params[1]" in result.advice and result.condition == math.inf


def test_a_parameter_on_a_plateau_is_not_called_converged():
    """From here exp(-k x) is gone, and with it all that k does."""
    a, k = Value(1.0), Value(900.0, label="k")
    rows = [(float(x), 3.0 * (1 - math.exp(-0.5 * x))) for x in range(1, 9)]
    result = least_squares(lambda x, y: a * (1 - exp(-k * x)) - y, [a, k], rows=rows)
    assert result.reason == "stalled" and "do not settle k" in result.advice


def test_a_ridge_is_not_a_bottom():
    w = Value(0.0)
    result = least_squares(lambda: [cos(w) + 2.0, 0.0 * w + 1.0, w * 1e-30], [w])
    assert result.reason == "stalled" and "bends downwards" in result.advice


def test_a_kink_that_no_step_can_leave_is_not_called_converged():
    w = Value(0.3, label="w")
    result = least_squares(lambda x: abs(w - 1.0) + x + 0.2 * (w - 1.0), [w], rows=[(1.0,), (2.0,)])
    assert result.reason == "stalled" and "about" in result.advice and w.data == pytest.approx(1.0, abs=1e-3)


def test_a_bottom_as_flat_as_w_to_the_fourth_is_reached_by_newton_s_steps():
    w = Value(1.0)
    result = least_squares(lambda: [w**2, 1.0], [w])
    assert result.converged and abs(w.data) < 1e-9


def test_a_fit_that_walks_onto_flat_ground_says_that_nothing_settles_it():
    w = Value(1.0, label="w")
    result = least_squares(lambda x: relu(w) * x, [w], rows=[(1.0,), (2.0,)])
    assert (result.reason, result.loss, result.unsettled) == ("stalled", 0.0, [0])


def test_when_the_steps_run_out_it_says_so():
    a, k = Value(1.0), Value(3.0)
    result = least_squares(lambda x, y: a * exp(k * x) - y, [a, k], rows=line(), max_steps=2)
    assert (result.reason, result.steps, len(result.history)) == ("max_steps", 2, 3)
    assert "max_steps" in result.advice and result.history == sorted(result.history, reverse=True)


def test_a_callback_sees_each_step_and_may_end_it():
    a, k, seen = Value(1.0), Value(1.0), []

    def callback(step, loss, grad_norm):
        seen.append((step, loss, grad_norm))
        return step == 3

    result = least_squares(lambda x, y: a * exp(k * x) - y, [a, k], rows=line(), callback=callback)
    assert (result.reason, result.steps, result.advice) == ("interrupted", 3, "")
    assert [step for step, _, _ in seen] == [0, 1, 2, 3] and seen[-1][1] == result.loss


def test_a_callback_may_end_it_in_the_last_steps_too():
    a = Value(0.0)
    reasons = []
    for last in range(40):
        a.data = 0.9
        result = least_squares(lambda: [sin(a) + 1.5, a - 1.0], [a], callback=lambda step, *_: step >= last)  # noqa: B023
        reasons.append(result.reason)
    assert reasons[0] == "interrupted" and reasons[-1] == "converged"


def test_ctrl_c_leaves_the_best_point_and_says_interrupted():
    a, k, calls = Value(1.0), Value(1.0), []

    def residual():
        calls.append(1)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return [a * exp(k * x) - y for x, y in line()]

    result = least_squares(residual, [a, k])
    assert result.reason == "interrupted" and result.loss == pytest.approx(result.history[-1])
    assert math.fsum([(a.data * math.exp(k.data * x) - y) ** 2 for x, y in line()]) == pytest.approx(result.loss)


def test_progress_is_a_live_line_on_a_terminal_and_one_at_the_end_elsewhere(capsys, monkeypatch):
    a = Value(0.0)
    with pytest.raises(ValueError, match="change with the parameters"):
        least_squares(lambda: [Value(1.0)], [a], progress=True)
    assert capsys.readouterr().err == ""
    least_squares(lambda: [a - 1.0], [a], progress=True)
    assert capsys.readouterr().err == "step 1  loss 0  gradient norm 0\n"
    a.data = 0.0
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    a.data = 0.0
    least_squares(lambda: [a - 1.0], [a], progress=True)
    err = capsys.readouterr().err
    assert "step 1  loss" in err and "gradient norm" in err and err.endswith("\n")


# --- The domain -----------------------------------------------------------------------------------------------------


def test_a_step_out_of_the_domain_is_refused_and_the_descent_goes_on():
    a = Value(1e-3)
    result = least_squares(lambda: [log(a) - math.log(2.0), sqrt(a) - math.sqrt(2.0)], [a])
    assert result.converged and a.data == pytest.approx(2.0)
    b = Value(5.0)
    assert least_squares(lambda: [exp(exp(b)) - 15.0], [b]).reason == "converged"


def test_a_step_to_where_the_residuals_are_no_numbers_is_refused():
    a = Value(0.5)

    def residual(x):
        return (a - 3.0) * x if a < 2.0 else a * math.inf

    result = least_squares(residual, [a], rows=[(1.0,), (2.0,)])
    assert result.reason == "stalled" and 1.5 < a.data < 2.0


@pytest.mark.parametrize(
    ("start", "message"),
    [(-1.0, "expected residuals at the start, -1, got an error"), (0.0, "expected finite residuals and derivatives")],
)
def test_a_start_outside_the_domain_is_an_error(start, message):
    a = Value(start)
    with pytest.raises(ValueError, match=message):
        least_squares(lambda x: sqrt(a) - x, [a], rows=[(1.0,), (2.0,)])
    assert a.data == start


@pytest.mark.parametrize(
    ("residual", "settings", "error", "message"),
    [
        (lambda a: lambda: [1.0, 2.0], {}, ValueError, "that change with the parameters"),
        (lambda a: lambda: [Value(a.data)], {}, ValueError, "not from their .data"),
        (lambda a: lambda x: 1.0, {"rows": [(1.0,)]}, ValueError, "that change with the parameters"),
        (lambda a: list, {}, ValueError, "at least one residual"),
        (lambda a: lambda x: a * x, {"rows": []}, ValueError, "at least one row"),
        (lambda a: lambda: ["1"], {}, TypeError, "to return one number"),
        (lambda a: lambda: a, {"tol": 1.0}, ValueError, "relative tolerance"),
        (lambda a: lambda: a, {"max_steps": -1}, ValueError, "max_steps >= 0"),
    ],
)
def test_what_is_asked_for_wrongly_is_an_error(residual, settings, error, message):
    a = Value(1.0)
    with pytest.raises(error, match=message):
        least_squares(residual(a), [a], **settings)


def test_fewer_residuals_than_parameters_settle_nothing():
    a, b = Value(1.0), Value(1.0)
    with pytest.raises(ValueError, match="at least 2 residuals to settle 2 parameters, got 1"):
        least_squares(lambda: a * b, [a, b])
    with pytest.raises(ValueError, match=r"twice|distinct|once"):
        least_squares(lambda: a * b, [a, a])


# --- Ways to say it -------------------------------------------------------------------------------------------------


def test_a_list_and_rows_and_a_program_give_the_same():
    def fit(make, **rows):
        a, k = Value(1.0), Value(0.3)
        result = least_squares(make(a, k), [a, k], **rows)
        return a.data, k.data, result.reason

    def of_row(a, k):
        return lambda x, y: a * exp(k * x) - y

    listed = fit(lambda a, k: lambda: [a * exp(k * x) - y for x, y in line()])
    by_row = fit(of_row, rows=line())
    by_program = fit(lambda a, k: minigrad.compile(of_row(a, k)), rows=line())
    assert by_row == by_program and listed[2] == by_row[2] == "converged"
    assert listed[:2] == pytest.approx(by_row[:2], rel=1e-9)


def test_the_residual_of_a_row_is_traced_a_few_times_only():
    a, k, calls = Value(1.0), Value(0.3), []

    def residual(x, y):
        calls.append(1)
        return a * exp(k * x) - y

    least_squares(residual, [a, k], rows=line(60))
    assert len(calls) <= 4  # the gradient, and the second derivatives


def test_branches_are_followed_row_by_row():
    a, b = Value(1.0), Value(1.0)
    rows = [(x / 4, 2.0 * x / 4 if x < 0 else 3.0 * x / 4) for x in range(-8, 9)]
    result = least_squares(lambda x, y: (a * x if x < 0 else b * x) - y, [a, b], rows=rows)
    assert result.converged and (a.data, b.data) == pytest.approx((2.0, 3.0))


@pytest.mark.parametrize("curved", [math.inf, math.nan, ZeroDivisionError()])
def test_where_there_are_no_second_derivatives_nothing_is_added_for_them(curved):
    def curvature_along(direction):
        if isinstance(curved, Exception):
            raise curved
        return [curved for _ in direction]

    point = Point([1.0, 2.0], [1.0, 0.0], [[1.0, 0.0], [0.0, 1.0]], ())
    assert bend_of(point, curvature_along) == [[0.0, 0.0], [0.0, 0.0]]


def test_the_name_at_the_top_is_the_function():
    importlib.import_module("minigrad.train.least_squares")
    assert callable(minigrad.least_squares) and minigrad.least_squares is least_squares


def test_the_result_is_a_result():
    a = Value(0.0)
    result = least_squares(lambda: [a - 1.0, a - 2.0], [a])
    assert isinstance(result, LeastSquaresResult) and isinstance(result, minigrad.Result)
    assert str(result).startswith("converged after 2 steps: loss 5 -> 0.5")
    assert callable(minimize)


# --- Linear algebra -------------------------------------------------------------------------------------------------

matrices = st.integers(0, 10**6).map(np.random.default_rng)


@given(matrices, st.integers(1, 5), st.integers(0, 4), st.booleans())
@settings(deadline=None)
def test_q_and_r_are_what_numpy_finds(rng, count, more, pivot):
    matrix = rng.normal(size=(count + more, count)) * 10.0 ** rng.integers(-6, 6, size=count)
    b = rng.normal(size=count + more)
    factors = QR(matrix.T.tolist(), b.tolist(), pivot=pivot)
    r = np.array([[*column, *[0.0] * (count - len(column))] for column in factors.triangle]).T
    taken = matrix[:, factors.order]
    np.testing.assert_allclose(np.abs(r), np.abs(np.linalg.qr(taken)[1]), rtol=1e-6, atol=1e-12 * np.abs(matrix).max())
    scales = np.linalg.norm(matrix, axis=0)
    best, _, _, _ = np.linalg.lstsq(matrix / scales, b, rcond=None)
    condition = np.linalg.cond(matrix / scales)
    assume(condition < 1e6)
    np.testing.assert_allclose(np.array(factors.solve()) * scales, best, atol=1e-13 * condition**2)
    assert factors.rest == pytest.approx(np.linalg.norm(matrix @ factors.solve() - b), abs=1e-9)
    scaled = QR((matrix / scales).T.tolist(), b.tolist(), pivot=pivot).triangle
    full = [np.array([[*c, *[0.0] * (count - len(c))] for c in columns]).T for columns in (inverse(scaled), scaled)]
    np.testing.assert_allclose(full[0] @ full[1], np.eye(count), atol=1e-14 * condition)


def test_pivots_fall_and_a_dependent_column_comes_last():
    columns = [[1.0, 2.0, 3.0, 4.0], [2.0, 4.0, 6.0, 8.0], [1.0, 0.0, 1.0, 0.0]]
    factors = QR(columns, [1.0, 1.0, 1.0, 1.0])
    diagonal = [abs(column[-1]) for column in factors.triangle]
    assert diagonal == sorted(diagonal, reverse=True) and diagonal[-1] < 1e-15
    zero = QR([[0.0, 0.0], [1.0, 1.0]], [1.0, 2.0])
    assert zero.order == [1, 0] and zero.triangle[1] == [0.0, 0.0]
    assert QR([[0.0, 0.0], [3.0, 1.0]], [1.0, 2.0], pivot=False).triangle == [[0.0], [3.0, -1.0]]


@given(matrices, st.integers(1, 4))
@settings(deadline=None)
def test_singular_values_are_those_of_numpy(rng, count):
    matrix = rng.normal(size=(count + 2, count))
    expected = np.linalg.svd(matrix, compute_uv=False)
    np.testing.assert_allclose(singular_values(matrix.T.tolist()), expected, rtol=1e-9)
    assert singular_values([[0.0, 0.0], [1.0, 0.0]]) == [1.0, 0.0]


@given(matrices, st.integers(1, 4))
@settings(deadline=None)
def test_cholesky_is_that_of_numpy_or_says_no(rng, count):
    matrix = rng.normal(size=(count, count))
    square = matrix @ matrix.T + 0.1 * np.eye(count)
    found = cholesky(square.tolist())
    expected = np.linalg.cholesky(square)
    for k, column in enumerate(found):
        np.testing.assert_allclose(column, expected[k, : k + 1], rtol=1e-8, atol=1e-10)
    assert cholesky((-square).tolist()) is None


# --- Rows as people have them ---------------------------------------------------------------------------------------


def decays():
    np = pytest.importorskip("numpy")
    t = np.linspace(0.0, 5.0, 60)
    return {"t": t, "y": 2.0 * np.exp(-0.7 * t) + 0.3 + 0.01 * np.cos(37.0 * t)}


@pytest.mark.parametrize("columns", [False, True])
@pytest.mark.parametrize("kind", ["mapping", "array", "tuples"])
def test_rows_by_columns_give_what_tuples_give(kind, columns):
    np = pytest.importorskip("numpy")
    table = decays()
    rows = [*zip(*[column.tolist() for column in table.values()], strict=True)]
    tables = {"mapping": table, "array": np.array(rows), "tuples": rows}
    found = []
    for chosen, space in ((rows, None), (tables[kind], np if columns else None)):
        a, k, c = parameters = [Value(1.0), Value(1.0), Value(0.0)]
        residual = compile(lambda t, y, a=a, k=k, c=c: a * exp(-k * t) + c - y, xp=space)
        result = least_squares(residual, parameters, rows=chosen)
        assert result.converged and len(result.residuals) == 60
        found.append([*[p.data for p in parameters], *result.standard_errors])
    assert found[0] == pytest.approx(found[1], rel=1e-9)
