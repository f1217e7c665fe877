"""A fit by descent arrives at the least squares, found here once more in exact fractions, or says that it did not."""

import math
import random
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from optional import np

import minigrad.fit.linear
from minigrad.datasets import Dataset, cars, crickets, norris
from minigrad.fit import Fit, fit
from minigrad.fit.bowl import SCALES, Bowl, safe_rate
from minigrad.fit.descent import predict
from minigrad.fit.least_squares import LeastSquares, r_squared
from minigrad.fit.refusals import check_table
from minigrad.fit.vectors import mean_product


def table(x, y) -> Dataset:
    rows = [tuple(map(float, row)) for row in x]
    return Dataset(rows, list(map(float, y)), [f"x{j}" for j in range(1, len(rows[0]) + 1)], "y")


def exact_least_squares(data: Dataset, intercept: bool = True) -> list[Fraction]:
    """b, w1, w2, ... from the normal equations, by elimination on fractions: no rounding, whatever the table."""
    rows = [[Fraction(1)] * intercept + [*map(Fraction, x)] for x in data.x]
    size = len(rows[0])
    system = [
        [sum(row[i] * row[j] for row in rows) for j in range(size)]
        + [sum(row[i] * Fraction(y) for row, y in zip(rows, data.y, strict=True))]
        for i in range(size)
    ]
    for i in range(size):
        pivot = system[i][i]  # never 0: the matrix is positive definite
        system[i] = [v / pivot for v in system[i]]
        for j in range(size):
            if j != i:
                system[j] = [v - system[j][i] * u for v, u in zip(system[j], system[i], strict=True)]
    return [row[-1] for row in system]


def mean_square(parameters, data: Dataset) -> Fraction:
    weights = list(map(Fraction, parameters))
    b = [weights.pop(0)] if len(weights) > len(data.features) else []
    errors = [
        sum(b) + sum(w * Fraction(v) for w, v in zip(weights, x, strict=True)) - Fraction(y)
        for x, y in zip(data.x, data.y, strict=True)
    ]
    return sum(e * e for e in errors) / Fraction(len(errors))


@st.composite
def tables(draw) -> Dataset:
    """Up to three features of any scale, near zero or far from it, and a target that follows them more or less."""
    k = draw(st.integers(1, 3))
    n = draw(st.integers(k + 2, 12))
    scales = [10.0 ** draw(st.integers(-6, 6)) for _ in range(k)]
    shifts = [draw(st.integers(-50, 50)) for _ in range(k)]
    rows = [[(draw(st.integers(-9, 9)) + shift) * s for s, shift in zip(scales, shifts, strict=True)] for _ in range(n)]
    unit = 10.0 ** draw(st.integers(-6, 6))
    weights = [draw(st.integers(-9, 9)) / s for s in scales]
    noise = draw(st.sampled_from([0.0, 0.01, 1.0, 100.0]))
    y = [
        unit * (7 + sum(w * v for w, v in zip(weights, row, strict=True)) + noise * draw(st.integers(-9, 9)))
        for row in rows
    ]
    data = table(rows, y)
    assume(all(len(set(column)) > 1 for column in zip(*rows, strict=True)))
    return data


def settled(data: Dataset, least: float, intercept: bool = True) -> LeastSquares:
    """The least squares of a table whose features are not too much alike; others are no example of the claim."""
    try:
        check = LeastSquares(data, intercept)
    except ValueError:
        assume(False)
    assume(min(check.independent.values()) > least)
    return check


# Where it arrives


@given(tables(), st.booleans())
@settings(suppress_health_check=[HealthCheck.filter_too_much], max_examples=100)
def test_random_tables_converge_to_the_least_squares(data, intercept):
    settled(data, 1e-6, intercept)
    found = fit(data, intercept=intercept)
    best = exact_least_squares(data, intercept)
    lowest, size = mean_square(best, data), Fraction(max(map(abs, data.y)))
    assert found.result.converged
    assert found.result.steps <= 80
    # Of a convex bowl: the mean squared distance of two predictions is the difference of their losses.
    parameters = [Fraction(p) - q for p, q in zip(found.parameters.values(), best, strict=True)]
    difference = mean_square(parameters, flat(data))
    largest = [max(map(abs, column)) for column in zip(*data.x, strict=True)]
    sizes = [abs(q) * Fraction(v) for q, v in zip(best[intercept:], largest, strict=True)]
    assert difference <= (Fraction(1e-14) * (sum(sizes) + size)) ** 2
    assert found.result.loss == pytest.approx(float(lowest), rel=1e-9, abs=float(size) ** 2 * 1e-28)


def flat(data: Dataset) -> Dataset:
    return Dataset(data.x, [0.0] * len(data), data.features, data.target)


@given(tables())
@settings(suppress_health_check=[HealthCheck.filter_too_much])
def test_the_check_agrees_with_exact_fractions(data):
    check = settled(data, 1e-3)
    best = exact_least_squares(data)
    size = max(map(abs, data.y))
    difference = mean_square(
        [Fraction(p) - q for p, q in zip(check.parameters.values(), best, strict=True)], flat(data)
    )
    assert difference <= Fraction(1e-11 * size) ** 2
    assert check.loss == pytest.approx(float(mean_square(best, data)), rel=1e-9, abs=(1e-11 * size) ** 2)


@pytest.mark.parametrize(
    ("data", "b", "w1", "digits"),
    [
        pytest.param(crickets(), 25.2323131, 3.2910941, (1e-6, 1e-6), id="crickets"),
        pytest.param(cars(), 33.585124, -4.569109, (1e-6, 1e-6), id="cars"),
        pytest.param(norris(), -0.262323073774029, 1.00211681802045, (1e-6, 1e-9), id="norris"),
    ],
)
def test_the_published_solutions_are_found(data, b, w1, digits):
    found = fit(data)
    assert found.result.converged
    assert abs(found.parameters["b"] - b) <= digits[0]
    assert abs(found.parameters["w1"] - w1) <= digits[1]
    assert list(found.parameters) == ["b", "w1"]


def test_the_narrow_valley_of_the_cars_is_descended_as_published():
    result = fit(cars(), lr=0.01, max_steps=5, scale="none").result
    assert [round(loss, 2) for loss in result.history] == [303.71, 170.84, 103.17, 68.70, 51.13, 42.17]
    assert result.reason == "max_steps"


def test_the_narrow_valley_of_the_cars_is_descended_to_its_end():
    found = fit(cars(), scale="none", lr=0.06)
    assert found.result.converged
    assert found.parameters == pytest.approx({"b": 33.585124, "w1": -4.569109}, abs=1e-6)


def test_features_that_are_alike_converge_too():
    data = table([(a, a + a * 7 % 5) for a in range(10)], [3 * a + (a * 3 % 7) for a in range(10)])
    assert LeastSquares(data).independent["x2"] < 0.5
    found = fit(data)
    assert found.result.converged
    assert found.parameters == pytest.approx(found.check.parameters, abs=1e-6)


def test_twenty_features_do_not_diverge():
    rng = random.Random(1)
    data = table([[rng.random() for _ in range(20)] for _ in range(30)], [rng.random() for _ in range(30)])
    found = fit(data)
    history = found.result.history
    assert history[:15] == sorted(history[:15], reverse=True)  # from there on they differ by rounding
    assert found.result.converged


def test_a_perfect_line_is_found():
    found = fit(table([(v / 10,) for v in range(9)], [7 - v / 5 for v in range(9)]))
    assert found.result.converged
    assert found.parameters == pytest.approx({"b": 7, "w1": -2}, abs=1e-11)
    assert found.r2 == pytest.approx(1.0)


def test_as_many_rows_as_parameters_are_enough():
    found = fit(table([(1, 0), (0, 1), (0, 0)], [3, 4, 1]))
    assert found.parameters == pytest.approx({"b": 1, "w1": 2, "w2": 3}, abs=1e-9)


def test_a_target_that_never_changes_has_no_r2():
    found = fit(table([(1,), (2,), (4,)], [0.1, 0.1, 0.1]))
    assert (found.r2, found.check.r2) == (None, None)
    assert found.result.converged
    assert found.parameters == pytest.approx({"b": 0.1, "w1": 0.0}, abs=1e-9)


def test_r2_of_the_mean_is_zero_and_of_less_than_the_mean_is_negative():
    assert r_squared(4.0, 4.0) == 0.0
    assert r_squared(8.0, 4.0) == -1.0


# Where it starts, and how long its steps are


@pytest.mark.parametrize("scale", SCALES)
def test_the_start_is_in_the_units_of_the_data(scale):
    found = fit(cars(), start=2.0, max_steps=0, scale=scale)
    assert found.path[0] == [2.0, 2.0]
    assert list(found.parameters.values()) == [2.0, 2.0]
    assert found.result.loss == pytest.approx(float(mean_square([2, 2], cars())))


@given(tables(), st.booleans(), st.sampled_from(SCALES))
@settings(max_examples=60)
def test_parameters_go_in_and_out_of_every_bowl_unchanged_and_the_loss_with_them(data, intercept, scale):
    bowl = Bowl(data, settled(data, 0.1, intercept), scale)
    outer = [float(v) for v in range(2, 2 + intercept + len(data.features))]
    inner = bowl.inside(outer)
    sizes = [
        abs(p) * max(1.0, *map(abs, column))
        for p, column in zip(outer[intercept:], zip(*data.x, strict=True), strict=True)
    ]
    assert bowl.outside(inner) == pytest.approx(outer, rel=1e-9, abs=1e-13 * (sum(sizes) + max(map(abs, data.y))))
    rows = zip(*bowl.columns, bowl.target, strict=True)
    loss = sum((predict(inner, row) - y) ** 2 for *row, y in rows) / len(data)
    assert loss == pytest.approx(float(mean_square(outer, data)), rel=1e-9)


def test_standardized_features_have_mean_zero_and_spread_one():
    bowl = Bowl(norris(), LeastSquares(norris()), "standard")
    (column,) = bowl.columns
    assert math.fsum(column) == pytest.approx(0, abs=1e-12)
    assert math.fsum(v * v for v in column) == pytest.approx(36)
    assert math.fsum(bowl.target) == pytest.approx(0, abs=1e-10)


@given(tables(), st.booleans())
@settings(max_examples=60)
def test_orthogonal_features_are_orthogonal_to_all_digits(data, intercept):
    basis = settled(data, 1e-9, intercept).factor.basis
    for i, a in enumerate(basis):
        for j, b in enumerate(basis):
            assert mean_product(a, b) == pytest.approx(float(i == j), abs=1e-15)


@given(tables(), st.sampled_from(SCALES))
@settings(max_examples=50)
def test_the_chosen_learning_rate_never_diverges(data, scale):
    settled(data, 1e-6)
    history = fit(data, max_steps=20, scale=scale).result.history
    assert all(b <= a * (1 + 1e-9) + 1e-20 * history[0] for a, b in pairwise(history))


@pytest.mark.parametrize("k", range(1, 10))
def test_the_learning_rate_is_half_over_one_more_than_the_number_of_standardized_features(k):
    rate = safe_rate([[0.0] * j + [1.0] for j in range(k + 1)])
    assert 0.9 * 0.5 / (1 + k) < rate <= 0.5 / (1 + k)


# What it says when it does not arrive


def test_a_learning_rate_that_is_too_large_is_called_diverged_and_leaves_the_best_parameters():
    found = fit(crickets(), lr=1.5)
    assert found.result.reason == "diverged"
    assert found.parameters == {"b": 0.0, "w1": 0.0}
    assert found.result.loss == found.result.history[0] < found.result.history[100]


def test_least_squares_vetoes_a_converged_that_floats_cannot_see():
    """At 1e15 floats are an eighth apart, so that a weight that is half a percent off shows in no residual."""
    data = table([(a * 1.005e-15,) for a in range(10)], [1e15 + a for a in range(10)])
    found = fit(data, scale="none", start=1e15)
    assert found.result.loss == 0.0
    assert found.result.reason == "stalled"
    assert "least squares lies lower" in str(found.result)
    assert fit(data, start=1e15).parameters["w1"] == pytest.approx(1e15 / 1.005, rel=1e-12)


def test_where_rounding_hides_the_bottom_the_advice_says_so():
    data = table([(a,) for a in range(9)], [2e15 + 10 * a for a in range(9)])
    found = fit(data, scale="none")
    assert found.result.reason == "stalled"
    assert "rounding hides the way" in found.result.advice
    assert fit(data).result.converged


def interrupt_at(call: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while the loss is computed for the n-th time."""
    calls = iter(range(1, 1000))
    original = minigrad.fit.linear.mean_square

    def interrupted(*arguments):
        step = original(*arguments)

        def loss(parameters):
            if next(calls) == call:
                raise KeyboardInterrupt
            return step(parameters)

        return loss

    monkeypatch.setattr(minigrad.fit.linear, "mean_square", interrupted)


def test_an_interrupted_fit_has_the_parameters_as_they_are(monkeypatch):
    interrupt_at(4, monkeypatch)
    found = fit(crickets())
    assert found.result.reason == "interrupted"
    assert found.parameters["w1"] == pytest.approx(3.2910941 * (1 - 0.3**2))  # each step leaves 0.3 of the way
    assert list(found.parameters.values()) == found.path[2]
    assert found.result.loss == pytest.approx(float(mean_square(found.path[2], crickets())))
    assert sorted(found.path) == [0, 1, 2]


def test_an_interruption_before_the_first_loss_is_passed_on(monkeypatch):
    interrupt_at(1, monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        fit(crickets())


def test_the_path_thins_out_but_keeps_the_first_thousand_steps_and_the_last():
    path = list(fit(cars(), lr=0.001, max_steps=2345, scale="none").path)
    assert path == [*range(1000), *range(1000, 2345, 10), 2345]


# Tables that settle no line


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        pytest.param([(1,)], [2], "expected at least 2 rows to settle 2 parameters, got 1 row;", id="one row"),
        pytest.param([(1, 2), (2, 1)], [2, 3], "at least 3 rows .* got 2 rows", id="more parameters than rows"),
        pytest.param([(1, 5), (2, 5), (3, 5)], [2, 3, 5], "feature 'x2' is constant, 5 in every row", id="constant"),
        pytest.param([(1e80,), (2,)], [2, 3], r"column 'x1': 1e\+80 is too large or small", id="large"),
        pytest.param([(1e-80,), (2e-80,)], [2, 3], "column 'x1': 2e-80 is too large or small", id="small"),
        pytest.param([(1,), (2,)], [-1e80, 3], r"column 'y': 1e\+80 is too large or small", id="large target"),
        pytest.param([(1,), (2,)], [1e-200, 0], "column 'y': 1e-200 is too large or small", id="small target"),
    ],
)
def test_a_table_that_settles_no_line_is_refused(x, y, message):
    with pytest.raises(ValueError, match=message):
        check_table(table(x, y))
    with pytest.raises(ValueError, match=message):
        fit(table(x, y))


@pytest.mark.parametrize(("features", "target"), [(["x", "x"], "y"), (["x", "y"], "y")], ids=["features", "target"])
def test_two_columns_of_one_name_are_refused(features, target):
    with pytest.raises(ValueError, match="expected a name of its own for each column, got "):
        fit(Dataset([(1.0, 2.0), (2.0, 1.0), (3.0, 5.0)], [1.0, 2.0, 4.0], features, target))


@pytest.mark.parametrize(
    "columns",
    [
        pytest.param([(a, a * 1.8 + 32) for a in range(5)], id="two units"),
        pytest.param([(a * 0.1, a * 0.3) for a in range(5)], id="but for rounding"),
        pytest.param([(a * 1e9 + 1, a * 1e-9) for a in range(5)], id="far apart in scale"),
    ],
)
def test_collinear_features_are_refused_by_name(columns):
    with pytest.raises(ValueError, match="feature 'x2' follows from 'x1' by a linear formula; leave one of them out"):
        fit(table(columns, range(5)))


@given(tables(), st.lists(st.floats(-9, 9).filter(lambda w: abs(w) > 0.1), min_size=4, max_size=4), st.booleans())
@settings(suppress_health_check=[HealthCheck.filter_too_much], max_examples=100)
def test_a_feature_computed_from_others_is_refused_whatever_the_rounding(data, weights, intercept):
    settled(data, 1e-3, intercept)
    b = weights.pop() if intercept else 0.0
    x = [(*row, b + sum(w * v for w, v in zip(weights, row, strict=False))) for row in data.x]
    assume(len({row[-1] for row in x}) > 1)
    with pytest.raises(ValueError, match=f"feature 'x{len(x[0])}' follows from 'x1'"):
        fit(table(x, data.y), intercept=intercept)


@given(st.lists(st.lists(st.integers(-9, 9), min_size=3, max_size=3), min_size=4, max_size=9))
@settings(max_examples=150)
def test_a_table_of_small_integers_is_refused_if_and_only_if_its_rank_is_too_low(rows):
    x = np.array([[1, *row] for row in rows])
    data = table(rows, [row[0] * row[1] % 5 for row in rows])
    if np.linalg.matrix_rank(x) == 4:
        assert fit(data).result.converged
    else:
        with pytest.raises(ValueError, match=r"is constant|follows from"):
            fit(data)


def test_a_sum_of_other_features_is_collinear_with_them():
    rows = [(a, a * a % 7, a + 2 * (a * a % 7)) for a in range(9)]
    with pytest.raises(ValueError, match="'x3' follows from 'x1', 'x2'"):
        fit(table(rows, range(9)))


def test_a_start_past_all_squares_is_refused():
    with pytest.raises(ValueError, match=r"expected a start between .*, got -1e\+100"):
        fit(crickets(), start=-1e100)


def test_the_largest_numbers_that_are_taken_do_not_overflow():
    found = fit(table([(5e69,), (-5e69,), (3e69,)], [5e69, -5e69, 2e69]), start=1e70, max_steps=1, scale="none")
    assert math.isfinite(found.result.history[0])


def test_a_fit_is_what_fit_returns():
    assert isinstance(fit(crickets(), max_steps=1), Fit)
