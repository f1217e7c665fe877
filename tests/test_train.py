"""Claims about `minimize`: when it stops, what it calls that, and that nothing is lost on the way."""

import io
import math
import re
import signal
import statistics
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigrad import Result, Value, exp, find_lr, mean, mean_squared_error, minimize, squared_error
from minigrad.compiler import compile
from minigrad.datasets import cars
from minigrad.optim import LBFGS, SGD, Adam

X, Y = [row[0] for row in cars().x], cars().y


def fit_cars(lr, **settings):
    w, b = Value(0.0, label="w"), Value(0.0, label="b")
    result = minimize(lambda: mean_squared_error([b + w * x for x in X], Y), SGD([w, b], lr), **settings)
    return result, w.data, b.data


# --- The published run ----------------------------------------------------------------------------


def test_cars_history_begins_with_the_published_losses():
    result, _, _ = fit_cars(0.01, max_steps=5)
    assert [round(loss, 2) for loss in result.history] == [303.71, 170.84, 103.17, 68.70, 51.13, 42.17]
    assert (result.reason, result.steps, result.loss) == ("max_steps", 5, result.history[-1])


def test_cars_converge_to_the_published_minimum():
    result, w, b = fit_cars(0.03)
    assert result.converged and result.reason == "converged"
    assert (w, b) == (pytest.approx(-4.569109, abs=1e-6), pytest.approx(33.585124, abs=1e-6))
    assert result.loss == pytest.approx(1.470, abs=5e-4) and result.grad_norm < 1e-7
    assert len(result.history) == result.steps + 1


@pytest.mark.parametrize("tol", [1e-2, 1e-4, 1e-6, 1e-12, 0.0])
def test_tiny_learning_rate_is_never_called_converged(tol):
    result, _, _ = fit_cars(1.1e-5, tol=tol, max_steps=7000)
    assert result.reason == ("stalled" if tol >= 1e-4 else "max_steps")
    assert result.loss > 36 and result.grad_norm > 13


def test_stalled_says_where_it_stands_and_which_way_to_turn_the_rate():
    result, _, _ = fit_cars(1.1e-5, tol=1e-4)
    assert round(result.loss, 2) == 38.97 and round(result.grad_norm) == 19
    assert "raise the learning rate" in str(result)


@pytest.mark.parametrize("lr", [1e-15, 1e-20, 0.0])
def test_rate_too_small_to_move_anything_is_stalled(lr):
    result, w, b = fit_cars(lr)
    assert result.reason == "stalled" and abs(w) + abs(b) < 1e-10


def test_rate_too_large_diverges_and_puts_the_best_parameters_back():
    result, w, b = fit_cars(0.1)
    assert result.reason == "diverged" and (w, b) == (0.0, 0.0)
    assert result.loss == result.history[0] == min(result.history)
    assert "lower the learning rate" in str(result)


def test_just_past_the_largest_stable_rate_is_diverged_however_few_the_steps():
    result, _, _ = fit_cars(0.0699, max_steps=50)
    assert result.reason == "diverged" and result.loss == result.history[0]
    assert fit_cars(0.0697, max_steps=50)[0].reason == "max_steps"


# --- Other ends -----------------------------------------------------------------------------------


@given(
    st.lists(st.tuples(st.floats(-3, 3), st.floats(-3, 3)), min_size=3, max_size=8).filter(
        lambda rows: statistics.pvariance([x for x, _ in rows]) > 0.05
    )
)
def test_random_regressions_converge_to_the_least_squares_line(rows):
    xs, ys = [x for x, _ in rows], [y for _, y in rows]
    w, b = Value(0.0), Value(0.0)
    result = minimize(lambda: mean_squared_error([b + w * x for x in xs], ys), SGD([w, b], lr=0.09))
    slope, intercept = statistics.linear_regression(xs, ys)
    assert result.converged, str(result)
    assert (w.data, b.data) == (pytest.approx(slope, abs=2e-6), pytest.approx(intercept, abs=2e-6))


def test_perfect_fit_converges_though_its_loss_keeps_falling_for_ever():
    w, b = Value(0.0), Value(0.0)
    result = minimize(lambda: mean_squared_error([b + w * x for x in X], [2 * x + 1 for x in X]), SGD([w, b], 0.05))
    assert result.converged and (w.data, b.data) == (pytest.approx(2, abs=1e-9), pytest.approx(1, abs=1e-9))


def test_start_at_the_bottom_converges_at_once_and_stays():
    w = Value(3.0)
    result = minimize(lambda: (w - 3.0) ** 2, SGD([w], lr=0.1))
    assert result.converged and result.steps <= 3 and w.data == 3.0


def test_one_step_to_the_bottom_is_converged_in_spite_of_rounding():
    w = Value(0.0)
    result = minimize(lambda: (w - 1 / 3) ** 2 + 0.1, SGD([w], lr=0.5))
    assert result.converged and w.data == pytest.approx(1 / 3, abs=1e-15)


def test_resumed_at_the_floor_of_rounding_is_still_converged():
    w = Value(math.nextafter(1 / 3, 1))
    assert minimize(lambda: (w * 3.0 - 1.0) ** 2 + 0.1, SGD([w], lr=1e-3)).converged


def test_downward_curve_without_a_bottom_is_not_converged():
    w = Value(1e-4)
    result = minimize(lambda: 1.0 - w * w, SGD([w], lr=1e-6), max_steps=100)
    assert result.reason == "stalled"


def test_max_steps_zero_looks_and_moves_nothing():
    result, w, b = fit_cars(0.01, max_steps=0)
    assert (result.reason, result.steps, w, b) == ("max_steps", 0, 0.0, 0.0)
    assert [round(loss, 2) for loss in result.history] == [303.71]


def test_overflow_on_the_way_up_is_diverged_and_not_a_traceback():
    w = Value(2.0)
    result = minimize(lambda: w**4, SGD([w], lr=1.0))
    assert result.reason == "diverged" and result.history[-1] == math.inf
    assert (w.data, result.loss) == (2.0, 16.0)


def test_nan_on_the_way_is_diverged_and_no_improvement():
    w = Value(1.0)

    def objective():
        return w * w if w.data == 1.0 else w * math.nan

    result = minimize(objective, SGD([w], lr=0.1))
    assert (result.reason, result.steps, w.data, result.loss) == ("diverged", 1, 1.0, 1.0)


def test_overflow_at_the_start_is_an_error_that_names_the_op():
    w = Value(1e200)
    with pytest.raises(ValueError, match=r"start where the loss .* finite, got pow\(1e\+200, 3.0\).*; begin elsewhere"):
        minimize(lambda: w**3, SGD([w], lr=0.1))
    assert w.data == 1e200


def test_error_of_the_objective_itself_comes_through():
    w = Value(1.0)

    def objective():
        raise KeyError("no such column")

    with pytest.raises(KeyError):
        minimize(objective, SGD([w], lr=0.1))


# --- Compiled objectives ---------------------------------------------------------------------------


def line_loss(w, b):
    return lambda x, y: squared_error(w * x + b, y)


LINE = [(-1.0, 1.0), (0.0, 3.0), (1.0, 5.0), (2.0, 6.5)]


def test_a_program_over_rows_descends_as_its_rows_do_to_the_bit():
    results = []
    for objective, options in (
        (lambda loss: compile(loss).over(LINE), {}),
        (compile, {"rows": LINE}),
        (lambda loss: loss, {"rows": LINE}),
    ):
        w, b = Value(0.0), Value(0.0)
        result = minimize(objective(line_loss(w, b)), SGD([w, b], lr=0.1), **options)
        results.append((result.reason, result.history, w.data, b.data))
    assert results[0][0] == "converged"
    assert results[0] == results[1] == results[2]


def test_a_program_without_arguments_is_an_objective_like_any_other():
    results = []
    for objective in (compile, lambda loss: loss):
        w = Value(2.0)
        result = minimize(objective(lambda w=w: (w - 3.0) ** 2 + 1.0), SGD([w], lr=0.1))
        results.append((result.reason, result.history, w.data))
    assert results[0][0] == "converged"
    assert results[0] == results[1]


def test_a_compiled_objective_that_diverges_is_told_the_largest_stable_rate():
    told = []
    for objective in (lambda loss: compile(loss).over(LINE), lambda loss: lambda: mean([loss(*row) for row in LINE])):
        w, b = Value(0.0), Value(0.0)
        result = minimize(objective(line_loss(w, b)), SGD([w, b], lr=1e3))
        told.append((result.reason, result.advice.partition("largest stable")[2]))
    assert told[0] == told[1]
    assert told[0][0] == "diverged"
    assert re.search(r"is 0\.\d+", told[0][1])


def test_a_rate_is_found_for_a_compiled_objective():
    w, b = Value(0.0), Value(0.0)
    rate = find_lr(compile(line_loss(w, b)).over(LINE), SGD([w, b], lr=1.0))
    assert rate == find_lr(lambda: mean([line_loss(w, b)(*row) for row in LINE]), SGD([w, b], lr=1.0))
    assert find_lr(compile(lambda: 3.0 * w * w), SGD([w], lr=1.0)) == pytest.approx(1.0 / 6.0)


# --- Stopping by hand -----------------------------------------------------------------------------


def test_ctrl_c_returns_interrupted_with_the_parameters_as_they_are():
    w = Value(0.0)
    seen = []

    def callback(step, loss, grad_norm):
        seen.append((step, loss, w.data))
        if step == 3:
            signal.raise_signal(signal.SIGINT)

    result = minimize(lambda: (w - 3.0) ** 2, SGD([w], lr=0.1), callback=callback)
    assert (result.reason, result.steps, w.data) == ("interrupted", 3, seen[-1][2])
    assert result.history == [loss for _, loss, _ in seen]


def test_ctrl_c_before_the_first_loss_still_gives_a_result():
    w = Value(0.0)

    def objective():
        raise KeyboardInterrupt

    result = minimize(objective, SGD([w], lr=0.1))
    assert str(result).startswith("interrupted after 0 steps: no loss yet") and result.history == []


def test_callback_sees_every_step_and_stops_by_returning_true():
    w = Value(0.0)
    seen = []
    result = minimize(
        lambda: (w - 3.0) ** 2,
        SGD([w], lr=0.1),
        callback=lambda step, loss, grad_norm: seen.append((step, loss, grad_norm)) or step == 2,
    )
    assert (result.reason, result.steps) == ("interrupted", 2)
    assert seen == [(0, 9.0, 6.0), (1, pytest.approx(5.76), pytest.approx(4.8)), (2, result.loss, result.grad_norm)]


# --- The live line --------------------------------------------------------------------------------


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_progress_is_a_live_line_on_a_terminal(monkeypatch):
    monkeypatch.setattr("sys.stderr", terminal := Terminal())
    result, _, _ = fit_cars(0.01, max_steps=250, progress=True)
    lines = terminal.getvalue().split("\r")
    assert lines[1].startswith("step 0  loss 303.714  gradient norm 125") and "lr 0.01" in lines[1]
    assert lines[-1].startswith(f"step 250  loss {result.loss:.6g}") and lines[-1].endswith("\n")
    assert len(lines) == 1 + 100 + 16 + 1  # every step to 99, every tenth from there, and the last


def test_progress_is_a_line_every_five_seconds_where_output_is_no_terminal(capsys, monkeypatch):
    clock = iter(range(1000))  # a second for every look
    monkeypatch.setattr("minigrad.train.progress.monotonic", lambda: float(next(clock)))
    fit_cars(0.01, max_steps=20, progress=True)
    out, err = capsys.readouterr()
    lines = err.splitlines()
    assert out == "" and "\r" not in err and all(line.startswith("step ") for line in lines)
    steps = [int(line.split()[1]) for line in lines]
    assert steps[-1] == 20 and len(steps) >= 4 and {b - a for a, b in pairwise(steps[:-1])} <= {4, 5}


def test_progress_tells_of_a_rate_that_is_still_to_be_found(capsys):
    w = Value(0.0)
    minimize(lambda: (w - 3.0) ** 2 + 1.0, SGD([w], lr="auto"), max_steps=0, progress=True)
    assert capsys.readouterr().err == "step 0  loss 10  gradient norm 6  lr auto\n"


# --- What is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"tol": -1e-9}, ValueError, "0 <= tol < 1"),
        ({"tol": math.nan}, ValueError, "0 <= tol < 1"),
        ({"tol": "small"}, TypeError, "expected a real number"),
        ({"patience": 0}, ValueError, "patience >= 1"),
        ({"max_steps": -1}, ValueError, "max_steps >= 0"),
    ],
)
def test_settings_out_of_range_are_clear_errors(settings, error, message):
    with pytest.raises(error, match=message):
        fit_cars(0.01, **settings)


@pytest.mark.parametrize("returned", [3.0, None, [Value(1.0)]])
def test_objective_that_returns_no_value_is_a_type_error(returned):
    w = Value(1.0)
    with pytest.raises(TypeError, match="return its loss as a Value"):
        minimize(lambda: returned, SGD([w], lr=0.1))


def test_loss_that_does_not_depend_on_the_parameters_is_an_error_and_not_a_success():
    w, other = Value(1.0), Value(2.0)
    with pytest.raises(ValueError, match="depends on none of them"):
        minimize(lambda: other * w.data, SGD([w], lr=0.1))


def test_result_tells_its_story():
    result = Result("max_steps", 1, 0.25, 1.0, [1.0, 0.25], "Allow more.")
    assert str(result) == "max_steps after 1 step: loss 1 -> 0.25, gradient norm 1\nAllow more."
    assert repr(result) == "Result(reason='max_steps', steps=1, loss=0.25, grad_norm=1.0, history=[2 losses])"
    assert not result.converged


# --- The best point, and the picture --------------------------------------------------------------------------------


def test_best_is_the_lowest_point_seen_and_can_be_had_back():
    def run(**options):
        w = Value(0.0)
        result = minimize(lambda: (w - 3.0) ** 2 + 1.0, Adam([w], lr=1.5), max_steps=7, **options)
        return result, w.data

    result, end = run()
    loss, step, (w,) = result.best
    assert loss == min(result.history) == result.history[step] and step < 7
    assert (w - 3.0) ** 2 + 1.0 == loss < result.loss and end != w
    restored, back = run(restore_best=True)
    assert (restored.reason, back, restored.loss) == ("max_steps", w, loss)
    interrupted, back = run(restore_best=True, callback=lambda step, *_: step == 6)
    assert interrupted.reason == "interrupted" and back == interrupted.best[2][0]


def test_interrupted_before_the_first_look_has_no_best_to_restore():
    w = Value(2.0)

    def objective():
        raise KeyboardInterrupt

    result = minimize(objective, SGD([w], 0.1), restore_best=True, progress=True)
    assert result.reason == "interrupted" and w.data == 2.0 and result.to_go is None


@pytest.mark.parametrize("log", [True, False])
def test_plot_shows_the_loss_and_the_gradient_norm(tmp_path, log):
    result, _, _ = fit_cars(0.01, max_steps=20)
    figure = result.plot(str(tmp_path / "run.svg"), log=log)
    losses, norms = figure.axes
    assert list(losses.lines[0].get_ydata()) == result.history and len(norms.lines[0].get_ydata()) == 21
    assert norms.lines[0].get_ydata()[-1] == result.grad_norm
    assert {axes.get_yscale() for axes in figure.axes} == {"log" if log else "linear"}
    assert (tmp_path / "run.svg").stat().st_size > 1000 and result.plot().axes


def test_plot_of_what_is_never_above_0_is_linear_and_a_bad_path_is_an_error():
    w = Value(0.0)
    result = minimize(lambda: -((w - 3.0) ** 2) - 1.0, SGD([w], 0.1, maximize=True), max_steps=5)
    assert result.plot().axes[0].get_yscale() == "linear"
    with pytest.raises(ValueError, match=r"ends in \.png"):
        result.plot("run.txt")


def test_an_optimizer_without_a_rate_is_told_of_none(capsys):
    w = Value(1.0)
    result = minimize(lambda: -exp(w * w), LBFGS([w]), progress=True, max_steps=300)
    assert result.reason == "diverged" and "rate" not in str(result)
    assert "  lr " not in capsys.readouterr().err
