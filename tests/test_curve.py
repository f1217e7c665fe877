"""A curve: from a formula, a table and a start, or none, to published answers; by Python and by the command."""

import json
import math
import random
import re

import pytest
from nist import FOLDER, SETS, cases, digits, table_of
from optional import curve_fit, np, stats

from minigrad import exp, optim
from minigrad.__main__ import main
from minigrad.datasets import Dataset, cars
from minigrad.fit import fit_curve
from minigrad.fit.curve_plot import draw_curve, save_curve_plot
from minigrad.fit.formula import Formula
from minigrad.fit.models import FunctionModel, as_names
from minigrad.fit.scales import Scales
from minigrad.fit.variables import Variable, read_bounds


@pytest.fixture
def command(capsys):
    """Runs `minigrad fit ...` and gives its exit status and what it wrote to standard output and standard error."""

    def run(*arguments: object) -> tuple[int, str, str]:
        status = main(["fit", *map(str, arguments)])
        return (status, *capsys.readouterr())

    return run


def decay(count=12, noise=0.02, seed=0):
    """A decay, 3 exp(-0.5 t) + 1 and noise, as columns."""
    rng = random.Random(seed)
    ts = [0.5 * i for i in range(count)]
    return {"t": ts, "y": [3 * math.exp(-0.5 * t) + 1 + rng.gauss(0, noise) for t in ts]}


DECAY = "y = a * exp(-k * t) + c"
START = {"a": 1.0, "k": 1.0, "c": 0.0}


@pytest.fixture
def file(tmp_path):
    """The decay in a file, with a column of text and one of weights."""
    table = decay()
    lines = [f"{t},{y},text,{1 + i % 2}" for i, (t, y) in enumerate(zip(table["t"], table["y"], strict=True))]
    path = tmp_path / "decay.csv"
    path.write_text("\n".join(["t,y,note,w", *lines, ""]))
    return path


def scipy_s(sigma=None):
    ts, ys = np.array(decay()["t"]), decay()["y"]
    return curve_fit(lambda t, a, k, c: a * np.exp(-k * t) + c, ts, ys, [1, 1, 0], sigma=sigma)


# --- Published answers ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("published", "start"), cases())
def test_the_command_solves_a_certified_set_from_both_of_its_starts(published, start, command):
    starts = [f"{name}={x!r}" for name, x in zip(published["parameters"], published[start], strict=True)]
    path = FOLDER / f"{published['name']}.csv"
    status, out, err = command(path, "--model", published["model"], "--start", *starts, "--json")
    answer = json.loads(out)
    assert (status, err, answer["reason"]) == (0, "", "converged")
    found = [answer["parameters"][name] for name in published["parameters"]]
    errors = [answer["standard_errors"][name] for name in published["parameters"]]
    assert digits(found, published["certified"]) >= 8
    assert digits(errors, published["standard_deviations"]) >= 8
    assert digits([answer["residual_sum_of_squares"]], [published["residual_sum_of_squares"]]) >= 9
    assert answer["residual_standard_error"] == pytest.approx(published["residual_standard_deviation"], rel=1e-8)


@pytest.mark.parametrize("name", ["BoxBOD", "MGH09", "MGH17", "Eckerle4", "Rat42", "MGH10"])
def test_where_scipy_goes_astray_ours_does_not(name):
    """scipy's `curve_fit` as it comes, from NIST's first start, gives up, warns, or ends elsewhere on some of these."""
    published = next((s for s in SETS if s["name"] == name), None)
    if published is None:
        pytest.skip(f"{FOLDER} is not here")
    start = dict(zip(published["parameters"], published["start1"], strict=True))
    found = fit_curve(published["model"], table_of(published), start)
    got = [found.parameters[name] for name in published["parameters"]]
    assert found.result.converged and digits(got, published["certified"]) > 6


@pytest.mark.parametrize("published", SETS, ids=[s["name"] for s in SETS])
def test_without_any_start_the_certified_bottom_is_found(published):
    """Not its parameters: the terms of Lanczos3 and the peaks of Gauss2 may come in another order."""
    found = fit_curve(published["model"], table_of(published))
    assert found.result.converged
    assert found.residual_sum <= published["residual_sum_of_squares"] * (1 + 1e-6)
    assert found.search.startswith("start found: b1=") and "seed 0" in found.search


# --- From Python ----------------------------------------------------------------------------------------------------


def test_a_formula_gives_what_scipy_gives():
    found = fit_curve(DECAY, decay(), START)
    best, covariance = scipy_s()
    assert list(found.parameters.values()) == pytest.approx(best, rel=1e-6)
    np.testing.assert_allclose(found.covariance, covariance, rtol=1e-4)
    assert found.freedom == 9 and found.search == "" and found.start == START
    t = stats.t.ppf(0.975, 9)
    error = math.sqrt(covariance[1, 1])
    assert found.intervals["k"] == pytest.approx((best[1] - t * error, best[1] + t * error), rel=1e-4)
    misses = np.array(decay()["y"]) - found.predict(decay())
    assert found.r2 == pytest.approx(1 - np.sum(misses**2) / np.sum((decay()["y"] - np.mean(decay()["y"])) ** 2))
    gradient = np.array([math.exp(-best[1] * 2), -best[0] * 2 * math.exp(-best[1] * 2), 1.0])
    assert found.band({"t": [2.0]}) == pytest.approx([t * math.sqrt(gradient @ covariance @ gradient)], rel=1e-4)


def test_a_function_is_a_formula_whose_arguments_are_columns_or_parameters():
    def curve(t, a, k, c):
        return a * exp(-k * t) + c

    found = fit_curve(curve, decay(), START)
    assert found.parameters == pytest.approx(fit_curve(DECAY, decay(), START).parameters, rel=1e-9)
    assert found.model.text == "y = curve(t, a, k, c)" and found.model.measured == ("y",)


def test_a_dataset_and_a_mapping_are_tables():
    by_dataset = fit_curve("miles_per_gallon = a / weight_1000lb", cars(), {"a": 1})
    xs, ys = np.array(cars().x)[:, 0], np.array(cars().y)
    assert by_dataset.parameters["a"] == pytest.approx(np.sum(ys / xs) / np.sum(xs**-2.0))
    table = Dataset([(1.0,), (2.0,), (3.0,)], [2.0, 4.1, 6.0], ["wind speed"], "y [m]")
    assert fit_curve(lambda wind_speed, a: a * wind_speed, table, {"a": 1}).parameters["a"] == pytest.approx(2.0142857)
    assert fit_curve("y_m = a * wind_speed", table, {"a": 1}).result.converged


def test_columns_are_called_by_names_that_are_no_other_column_s():
    names = as_names(["T [K]", "T.K", "2nd", "a b", "c"])
    assert names == {"a_b": "a b", "c": "c"}


def test_a_constant_left_side_has_no_r2_and_a_perfect_fit_is_told():
    found = fit_curve("y = c + 0 * x", {"x": [1.0, 2.0, 3.0], "y": [2.0, 2.0, 2.0]}, {"c": 0.0})
    assert (found.r2, found.parameters, found.result.reason) == (None, {"c": 2.0}, "converged")


def test_as_many_rows_as_parameters_leave_no_error_to_tell():
    found = fit_curve("y = a + b * x", {"x": [1.0, 2.0], "y": [1.0, 3.0]}, {"a": 0.0, "b": 0.0})
    assert found.freedom == 0 and found.residual_error == math.inf
    assert found.intervals["a"] == (-math.inf, math.inf)


# --- Weights --------------------------------------------------------------------------------------------------------


def test_standard_deviations_weigh_as_scipy_s_sigma():
    errors = [0.1 + 0.05 * (i % 3) for i in range(12)]
    best, covariance = scipy_s(errors)
    by_errors = fit_curve(DECAY, decay(), START, errors=errors)
    by_weights = fit_curve(DECAY, decay(), START, weights=[e**-2 for e in errors])
    assert list(by_errors.parameters.values()) == pytest.approx(best, rel=1e-6)
    np.testing.assert_allclose(by_errors.covariance, covariance, rtol=1e-4)
    assert by_weights.parameters == pytest.approx(by_errors.parameters, rel=1e-9)


def test_a_row_of_weight_nothing_is_left_out():
    table = decay() | {"w": [1.0] * 11 + [0.0]}
    short = {name: column[:-1] for name, column in decay().items()}
    found, expected = fit_curve(DECAY, table, START, weights="w"), fit_curve(DECAY, short, START)
    assert found.parameters == pytest.approx(expected.parameters) and found.freedom == expected.freedom == 8
    assert found.standard_errors == pytest.approx(expected.standard_errors)


# --- Bounds ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bounds", [(0.0, math.inf), (-math.inf, 5.0), (0.0, 5.0), (0.5, 0.6), (0.0, 1e9)])
def test_bounds_that_do_not_bind_change_nothing(bounds):
    free = fit_curve(DECAY, decay(noise=0.001), START | {"k": 0.55})
    found = fit_curve(DECAY, decay(noise=0.001), START | {"k": 0.55}, bounds={"k": bounds} if bounds[0] < 0.4 else {})
    assert found.result.converged and found.at_bound == ()
    assert found.parameters == pytest.approx(free.parameters, rel=1e-8)
    assert found.standard_errors == pytest.approx(free.standard_errors, rel=1e-6)


@pytest.mark.parametrize(("bounds", "held"), [((0.6, math.inf), 0.6), ((-math.inf, 0.4), 0.4), ((0.6, 2.0), 0.6)])
def test_a_bound_that_binds_is_where_the_parameter_ends(bounds, held):
    start = START | {"k": 1.0 if held == 0.6 else 0.1}
    found = fit_curve(DECAY, decay(), start, bounds={"k": bounds})
    fixed = fit_curve(f"y = a * exp(-{held} * t) + c", decay(), {"a": 1.0, "c": 0.0})
    assert found.result.converged and found.at_bound == ("k",) and found.parameters["k"] == held
    pairs = zip(*decay().values(), strict=True)
    at_start = sum([(found.model.right({"t": t, **start}) - y) ** 2 for t, y in pairs])
    result = found.result
    assert result.start == result.history[0] == pytest.approx(at_start, rel=1e-9)
    assert result.history[-1] == result.loss and len(result.history) == result.steps + 1
    assert found.parameters["a"] == pytest.approx(fixed.parameters["a"], rel=1e-9)
    assert found.standard_errors["a"] == pytest.approx(fixed.standard_errors["a"], rel=1e-7)
    assert found.standard_errors["k"] == 0.0 and found.intervals["k"] == (held, held)
    assert found.freedom == fixed.freedom == 10


def test_a_start_on_a_bound_is_moved_inside():
    for start, bounds in ((0.0, (0.0, math.inf)), (0.0, (0.0, 2.0)), (2.0, (0.0, 2.0)), (2.0, (-math.inf, 2.0))):
        found = fit_curve(DECAY, decay(), START | {"k": start}, bounds={"k": bounds})
        assert found.result.converged and found.at_bound == ()


def test_a_bound_where_the_curve_does_not_exist_is_no_place_to_end():
    table = {"t": [1.0, 2.0, 3.0], "y": [-900.0, -900.0, -900.0]}  # log(k) would have to be -900
    found = fit_curve("y = log(k) + 0 * t", table, {"k": 1.0}, bounds={"k": (0.0, math.inf)})
    assert found.at_bound == () and 0.0 < found.parameters["k"] < 1e-9 and not found.result.converged


def test_if_all_ends_on_bounds_nothing_is_left_to_settle():
    found = fit_curve("y = a * t", {"t": [1.0, 2.0], "y": [2.0, 4.0]}, {"a": 0.5}, bounds={"a": (0.0, 1.0)})
    assert found.parameters == {"a": 1.0} and found.at_bound == ("a",) and found.covariance == [[0.0]]


def test_a_variable_stays_within_its_bounds_wherever_its_free_number_goes():
    rng = random.Random(0)
    for low, high in ((0.0, math.inf), (-math.inf, 3.0), (-1.0, 2.0)):
        for _ in range(100):
            start = max(min(rng.uniform(-1, 3), high), low)
            variable = Variable("p", start, low, high)
            if start not in (low, high):
                assert variable.value().data == pytest.approx(start, rel=1e-12)
            variable.free.data = rng.uniform(-1, 1) * 10.0 ** rng.randrange(8)
            assert low <= variable.value().data <= high


@pytest.mark.parametrize("text", ["1", "1:0", "a:", "0:nan", "1:1"])
def test_bounds_that_are_none_are_refused(text):
    with pytest.raises(ValueError, match="expected bounds as low:high"):
        read_bounds(text)


# --- Other methods --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "lr"), [("y = a + b * (t - 2.75)", None), ("y = a + b * (t - 2.75)", 0.05), (DECAY, 0.25)]
)
def test_sgd_arrives_at_the_same_curve(model, lr):
    start = START if model == DECAY else {"a": 0.0, "b": 0.0}
    by_lm, by_sgd = fit_curve(model, decay(), start), fit_curve(model, decay(), start, method="sgd", lr=lr)
    assert by_sgd.parameters == pytest.approx(by_lm.parameters, rel=1e-4)
    assert by_sgd.standard_errors == pytest.approx(by_lm.standard_errors, rel=1e-4)


def test_lbfgs_is_the_optimizer_of_that_name(monkeypatch):
    monkeypatch.setattr(optim, "LBFGS", lambda params: optim.SGD(params, 0.05))
    assert fit_curve(DECAY, decay(), START, method="lbfgs", max_steps=50).result.steps == 50


# --- No start -------------------------------------------------------------------------------------------------------


def test_what_is_known_of_the_start_is_kept_and_the_rest_is_found():
    found = fit_curve(DECAY, decay(), {"k": 0.7})
    assert found.result.converged and found.start["k"] == 0.7
    assert found.parameters == pytest.approx(fit_curve(DECAY, decay(), START).parameters, rel=1e-8)
    assert "a=" in found.search and "k=" not in found.search


def test_a_search_keeps_to_the_bounds_and_to_its_seed():
    bounds = {"a": (2.0, 4.0), "k": (0.0, math.inf), "c": (-math.inf, 2.0)}
    found, again = (fit_curve(DECAY, decay(), bounds=bounds, seed=3) for _ in range(2))
    assert found.parameters == again.parameters == pytest.approx(fit_curve(DECAY, decay(), START).parameters, rel=1e-7)
    assert found.search == again.search


def test_what_was_settled_once_more_has_the_history_of_both_descents():
    found = fit_curve(DECAY, decay(), START | {"k": 1.0}, bounds={"k": (0.6, math.inf)}, method="lbfgs")
    assert found.at_bound == ("k",)
    assert len(found.result.history) == len(found.result.grad_norms) == found.result.steps + 1


def test_a_start_is_looked_for_all_over_its_bounds():
    ts = [0.25 * i for i in range(40)]
    table = {"t": ts, "y": [2.0 * math.sin(3.7 * t + 0.4) for t in ts]}  # w = 1 or 6 would end in another valley
    found = fit_curve("y = a * sin(w * t) + c * cos(w * t)", table, bounds={"w": (0.5, 6.0)})
    assert found.parameters["w"] == pytest.approx(3.7, rel=1e-9)


@pytest.mark.parametrize("unit", [1e-9, 1e-3, 1e3, 1e9])
def test_a_start_is_found_whatever_the_units(unit):
    """The scales come from the columns: a peak is found in picometres and in light years."""
    rng = random.Random(4)
    xs = [0.1 * i for i in range(80)]
    ys = [5 + 3 * math.exp(-((x - 2.9) ** 2) / 0.3) + rng.gauss(0, 0.05) for x in xs]
    table = {"x": [unit * x for x in xs], "y": [y / unit for y in ys]}
    found = fit_curve("y = a + b * exp(-(x - m)**2 / w**2)", table)
    assert found.parameters["m"] == pytest.approx(2.9 * unit, rel=0.01)
    assert found.parameters["b"] == pytest.approx(3.0 / unit, rel=0.05)


@pytest.mark.parametrize(
    ("formula", "sizes"),
    [
        ("y = a * x**b", {"b": 0.0}),
        ("y = a * log(x + b) + c", {"a": 1.0, "b": 2.0, "c": 1.0}),
        ("y = sqrt(a + x / b)", {"a": 2.0, "b": 0.0}),
        ("y = a * exp(-b * x**2) + 0", {"a": 1.0, "b": -4.0}),
        ("y = sum([a, b * x, 0])", {"a": 1.0, "b": -1.0}),
        ("y = a + b * abs(-x)", {"a": 1.0, "b": -1.0}),
        ("y = x + a", {"a": 2.0}),  # which contradicts the size of y, and is left so
        ("y = (a + b * x)**2", {"a": 0.5, "b": -1.5}),
        ("y = a * exp(-x**c)", {"a": 1.0, "c": 0.0}),
    ],
)
def test_what_is_added_is_in_one_unit_and_what_a_function_takes_has_none(formula, sizes):
    table = {"x": [1.0, 50.0, 101.0], "y": [10.0, 15.0, 20.0]}
    scales = Scales(Formula(formula, table), table, {})
    assert {name: round(scales.spread[name], 6) for name in sizes} == sizes


def test_what_is_added_to_a_column_is_a_place_on_it():
    table = {"x": [1.0, 50.0], "y": [10.0, 15.0]}
    scales = Scales(Formula("y = exp(x - a) + exp(b - x) + exp(c + x) + d * (x - 2) + a * 2", table), table, {})
    assert scales.places == {"a": ("x", 1.0), "b": ("x", 1.0), "c": ("x", -1.0)}


def test_a_model_without_a_value_in_any_row_has_no_scales():
    table = {"x": [1.0, 2.0], "y": [1.0, 2.0]}
    nothing = Scales(Formula("y = sqrt(-x) + a", table), table, {})
    constant = Scales(FunctionModel(lambda x, a: 3.0, ["x", "y"], "y"), table, {"a": 7.0})
    for scales in (nothing, constant):
        assert (scales.spread, scales.places, scales.linear(["a"])) == ({"a": 0.0}, {}, [])


def test_where_no_start_exists_the_search_says_so():
    with pytest.raises(ValueError, match="found no start for a where y = sqrt"):
        fit_curve("y = sqrt(-x) + a", {"x": [1.0, 2.0], "y": [1.0, 2.0]})

    def unreal(x, a):
        return (-1.0) ** 0.5 * a * x

    with pytest.raises(ValueError, match="found no start"):
        fit_curve(unreal, {"x": [1.0, 2.0], "y": [1.0, 2.0]})


def test_rows_that_no_parameter_has_a_part_in_have_no_band():
    found = fit_curve("y = where(x > 0, a * x, 0)", {"x": [-1.0, 1.0, 2.0], "y": [0.0, 1.0, 2.2]}, {"a": 1.0})
    assert found.band({"x": [-1.0]}) == [0.0] and found.band({"x": [1.0]})[0] > 0


def test_points_from_which_no_descent_can_start_are_passed_over():
    table = {"x": [0.0, 1.0, 2.0, 3.0], "y": [0.0, 1.0, 1.4, 1.7]}
    with pytest.raises(ValueError, match="that change with the parameters"):
        fit_curve("y = where(a > 0, x, 0)", table)  # flat wherever one looks
    found = fit_curve("y = a * x + where(b > 0, 0, 1)", table)
    assert found.result.reason == "stalled" and "do not settle b" in found.result.advice


# --- Asked for wrongly ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "table", "options", "error", "message"),
    [
        (3, decay(), {}, TypeError, "a formula as text, or a function, got 3"),
        ("y = t", decay(), {}, ValueError, "expected parameters to fit, got none"),
        (DECAY, {}, {}, ValueError, "expected a table of columns with names"),
        (DECAY, {"t": [1.0], "y": [1.0, 2.0]}, {}, ValueError, "columns of one length"),
        (DECAY, decay(2), {"start": START}, ValueError, "at least 3 residuals to settle 3 parameters, got 2"),
        (DECAY, decay(), {"start": {"b": 1}}, ValueError, "start: no parameter 'b'"),
        (DECAY, decay(), {"bounds": {"b": (0, 1)}}, ValueError, "bounds: no parameter 'b'"),
        (DECAY, decay(), {"start": START, "bounds": {"k": (2, 3)}}, ValueError, "start for k from 2 to 3"),
        (DECAY, decay(), {"start": START, "bounds": {"k": (3, 2)}}, ValueError, "bounds low < high for k"),
        (DECAY, decay(), {"method": "newton"}, ValueError, "method to be one of lm, sgd, lbfgs"),
        (DECAY, decay(), {"lr": 0.1}, ValueError, "only sgd takes one"),
        (DECAY, decay(), {"weights": "w"}, ValueError, "no column 'w' of weights"),
        (DECAY, decay(), {"weights": [1.0]}, ValueError, "a weight for each of the 12 rows, got 1"),
        (DECAY, decay(), {"weights": [-1.0] * 12}, ValueError, "a weight >= 0 in row 1"),
        (DECAY, decay(), {"errors": [0.0] * 12}, ValueError, "a standard deviation > 0 in row 1"),
        (DECAY, decay(), {"errors": [1.0] * 12, "weights": [1.0] * 12}, ValueError, "got both"),
        (lambda t, *a: t, decay(), {}, ValueError, "got the argument \\*a"),
        (lambda t, y, a: t, decay(), {}, ValueError, "leave that argument out"),
    ],
)
def test_what_is_asked_for_wrongly_is_an_error(model, table, options, error, message):
    with pytest.raises(error, match=message):
        fit_curve(model, table, **options)


# --- The command ----------------------------------------------------------------------------------------------------


def test_the_report_tells_model_verdict_parameters_and_how_good_it_is(command, file):
    status, out, err = command(file, "--model", DECAY, "--start", "a=1", "k=1", "c=0")
    lines = out.splitlines()
    assert (status, err) == (0, "")
    assert lines[0] == f"{file} (',' between cells, decimal point, UTF-8): 12 rows, {DECAY}"
    assert lines[3].startswith("converged after")
    assert [line.split()[0] for line in lines[6:9]] == ["a", "k", "c"] and " to " in lines[6]
    assert lines[10].startswith("y = 2.9") and "* exp(-0.5" in lines[10]
    assert "on 9 degrees of freedom, R2 0.99" in lines[12]


def test_json_has_all_of_it_by_the_names_of_the_formula(command, file):
    answer = json.loads(command(file, "--model", DECAY, "--start", "a=1", "k=1", "c=0", "--json")[1])
    found = fit_curve(DECAY, decay(), START)
    assert answer["parameters"] == pytest.approx(found.parameters, rel=1e-9)
    assert answer["t"]["a"] == pytest.approx(found.parameters["a"] / found.standard_errors["a"])
    assert answer["intervals"]["k"] == pytest.approx(list(found.intervals["k"]))
    assert answer["loss"] == pytest.approx(found.residual_sum / 12) and answer["degrees_of_freedom"] == 9
    assert (answer["formula"], answer["start"], answer["unsettled"]) == (DECAY, START, [])


def test_a_start_that_was_searched_is_told(command, file):
    status, out, _ = command(file, "--model", DECAY)
    assert status == 0 and out.splitlines()[2].startswith("start found: a=")


def test_weights_bounds_and_methods_are_options(command, file):
    start = ["--start", "a=1", "k=1", "c=0"]
    weighed = json.loads(command(file, "--model", DECAY, *start, "--weights", "w", "--json")[1])
    expected = fit_curve(DECAY, decay(), START, weights=[1 + i % 2 for i in range(12)])
    assert weighed["parameters"] == pytest.approx(expected.parameters, rel=1e-9)
    status, out, _ = command(file, "--model", DECAY, *start, "--bounds", "k=0.6:", "c=0:5", "--errors", "w")
    assert status == 0 and "k is held by its bound." in out and "at its bound" in out
    bounds = ["--bounds", "a=4:", "c=2:5"]
    out = command(file, "--model", DECAY, "--start", "a=5", "k=1", "c=3", *bounds)[1]
    assert "a, c are held by their bounds." in out
    status, out, _ = command(file, "--model", DECAY, *start, "--method", "sgd", "--max-steps", 20)
    assert status == 1 and out.splitlines()[1].startswith("gradient descent") and "max_steps after 20 steps" in out


def test_what_the_data_do_not_settle_is_told_and_is_no_success(command, file):
    status, out, _ = command(file, "--model", "y = a * b * exp(-k * t) + c", "--start", "a=1", "b=1", "k=1", "c=0")
    assert status == 1
    assert "do not settle a and b" in out and out.count("not settled") == 2
    answer = json.loads(
        command(file, "--model", "y = a * b * exp(-k * t) + c", "--start", "a=1", "b=1", "k=1", "c=0", "--json")[1]
    )
    assert answer["unsettled"] == ["a", "b"] and answer["standard_errors"]["a"] is None and answer["t"]["a"] is None


@pytest.mark.parametrize("ending", [["--lr", "10"], ["--lr", "0.01", "--max-steps", "5"]])
def test_where_a_run_ended_on_its_way_no_error_is_told_that_belongs_to_a_bottom(command, file, ending):
    status, out, _ = command(file, "--model", DECAY, "--start", "a=4", "k=1", "c=0", "--method", "sgd", *ending)
    rows = [line for line in out.splitlines() if line.startswith(("a  ", "k  ", "c  "))]
    assert status == 1 and len(rows) == 3
    assert all(row.endswith("undefined  undefined   not at a bottom") for row in rows)
    found = fit_curve(DECAY, decay(), START, method="sgd", lr=0.01, max_steps=5)
    assert found.band({"t": [1.0, 2.0]}) == [math.inf, math.inf]


def test_too_few_rows_are_told(command, tmp_path):
    path = tmp_path / "few.csv"
    path.write_text("x,y\n1,1\n2,3\n")
    status, out, _ = command(path, "--model", "y = a + b * x", "--start", "a=0", "b=0")
    assert status == 0 and "nothing is left to tell its error. Add rows." in out and out.count("undefined") == 7
    answer = json.loads(command(path, "--model", "y = a + b * x", "--start", "a=0", "b=0", "--json")[1])
    assert answer["unsettled"] == [] and answer["standard_errors"] == {"a": None, "b": None}


def test_a_start_in_the_wrong_valley_is_told_by_how_little_the_curve_explains(command, tmp_path):
    path = tmp_path / "tide.csv"
    path.write_text("h,y\n" + "".join([f"{h},{2 + math.sin(0.5 * h)}\n" for h in range(0, 36, 2)]))
    model = "y = m + a * sin(w * h)"
    wrong = command(path, "--model", model, "--start", "m=2", "a=1", "w=1.2")[1]
    assert "% of the variance. If it should do better, this is the wrong valley" in wrong
    assert "valley" not in command(path, "--model", model, "--start", "m=2", "a=1", "w=0.45")[1]


def test_negative_numbers_stand_in_brackets_in_the_curve(command, file):
    out = command(file, "--model", "y = a * exp(k * t) + c", "--start", "a=1", "k=-1", "c=0")[1]
    assert "* exp((-0.5" in out


def test_the_file_may_follow_the_starts(command, file):
    assert command("--model", DECAY, "--start", "a=1", "k=1", "c=0", file, "--json")[0] == 0
    assert command("--start", "1", file.parent.parent / "nowhere.csv")[2].startswith("minigrad: ")


def test_without_a_file_it_is_the_crickets(command):
    out = command("--model", "temperature_f = a + b * chirps_per_second", "--start", "a=0", "b=0")[1]
    assert out.startswith("crickets: 15 rows") and "25.2323" in out and "3.29109409" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--model", "y = a * foo(t)"], "expected one of the functions"),
        (["--model", DECAY, "--start", "1"], "got a number without a name"),
        (["--model", DECAY, "--start", "a=x"], "expected a finite number, got 'x'"),
        (["--model", DECAY, "--start", "a=1", "a=2"], "one number for each parameter"),
        (["--model", DECAY, "--start", "z=1"], "no parameter 'z'"),
        (["--model", DECAY, "--target", "y"], "no --target with --model"),
        (["--model", DECAY, "--features", "t"], "no --features with --model"),
        (["--model", DECAY, "--no-standardize"], "no --scale or --no-intercept with --model"),
        (["--model", DECAY, "--save", "nowhere/m.json"], "nowhere: No such file"),
        (["--model", DECAY, "--bounds", "k"], "expected NAME=LOW:HIGH"),
        (["--model", DECAY, "--bounds", "k=1"], "expected bounds as low:high"),
        (["--model", DECAY, "--weights", "nothing"], "no column 'nothing' of weights"),
        (["--model", "note = a * t"], "column 'note': expected a finite number, got 'text'"),
        (["--model", DECAY, "--plot", "curve.gif"], "a plot file that ends in"),
        (["--method", "lm"], "expected --model with --method"),
        (["--weights", "w"], "expected --model with --weights"),
        (["--bounds", "k=0:"], "expected --model with --bounds"),
        (["--start", "a=1"], "names are for --model"),
    ],
)
def test_what_the_command_is_asked_wrongly_is_one_line_of_error(command, file, arguments, message):
    status, out, err = command(file, *arguments)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert err.startswith("minigrad: ") and message in err


def test_a_file_that_is_no_text_is_an_error(command, tmp_path):
    path = tmp_path / "table.csv"
    path.write_bytes(b"t,y\xff\n1,2\n")
    assert "got 'y'" in command(path, "--model", "y = a * t")[2]  # the column has another name in that encoding
    path.write_bytes(b"t,y\x00\n1,2\n")
    assert command(path, "--model", "y = a * t")[0] == 2
    path.write_text("\n\n")
    assert command(path, "--model", "y = a * t")[0] == 2


# --- Pictures -------------------------------------------------------------------------------------------------------


def test_a_curve_of_one_column_is_drawn_with_its_band(command, file, tmp_path):
    pytest.importorskip("matplotlib")
    picture = tmp_path / "curve.svg"
    assert command(file, "--model", DECAY, "--start", "a=1", "k=1", "c=0", "--plot", picture)[0] == 0
    assert picture.stat().st_size > 1000
    figure = draw_curve(fit_curve(DECAY, decay(), START))
    (band,) = figure.axes[0].collections
    found = fit_curve(DECAY, decay(), START)
    (wide,) = found.band({"t": [0.0]})
    corners = band.get_paths()[0].vertices
    at_start = sorted({round(y, 9) for x, y in corners if x == 0.0})
    middle = found.predict({"t": [0.0]})[0]
    assert at_start == pytest.approx([middle - wide, middle + wide])


def test_a_curve_is_drawn_into_a_file_of_a_format_that_is_known(tmp_path):
    with pytest.raises(ValueError, match=r"expected a plot file that ends in \.png, \.svg, \.pdf, got"):
        save_curve_plot(fit_curve(DECAY, decay(), START), str(tmp_path / "curve.jpg"))


def test_a_curve_of_two_columns_is_drawn_as_observed_over_predicted():
    table = decay() | {"z": [float(i % 3) for i in range(12)]}
    figure = draw_curve(fit_curve("y = a * exp(-k * t) + c + d * z", table, START | {"d": 0.0}))
    assert figure.axes[0].get_xlabel() == "what the curve says"


def test_a_curve_without_a_band_or_with_a_pole_is_drawn_all_the_same():
    table = {"x": [-1.0, 1.0, 2.0, 4.0], "y": [-1.0, 1.0, 0.5, 0.25]}
    figure = draw_curve(
        fit_curve(
            "y = a * log(abs(x)) / log(abs(x)) / x",
            {k: v[::2] for k, v in {"x": [-2.0, 0, 2.0, 0, 4.0], "y": [-0.5, 0, 0.5, 0, 0.25]}.items()},
            {"a": 2.0},
        )
    )
    ys = figure.axes[0].lines[1].get_ydata()
    assert any(math.isnan(y) for y in ys) and not all(math.isnan(y) for y in ys)
    unsettled = fit_curve("y = a * b * x", table, {"a": 1.0, "b": 1.0})
    assert not draw_curve(unsettled).axes[0].collections


@pytest.mark.parametrize(("table", "got"), [(3.0, "3.0 (float)"), ([3.0], "[3.0] (list)"), ({"t": 3.0}, "3.0 (float)")])
def test_a_curve_that_is_asked_without_columns_says_what_they_are(table, got):
    found = fit_curve(DECAY, decay(), START)
    with pytest.raises(TypeError, match=re.escape(f"such as {{'t': [1.0, 2.0]}}, got {got}")):
        found.predict(table)
    with pytest.raises(TypeError, match=re.escape(f"such as {{'t': [1.0, 2.0]}}, got {got}")):
        found.band(table)
