"""A fit's answer holds up against people who computed it otherwise: NIST, exact fractions, statsmodels, mpmath."""

import csv
import json
import math
import random
from fractions import Fraction
from pathlib import Path

import mpmath
import pytest
from optional import np

import minigrad
from minigrad.datasets import Dataset, cars, crickets, norris, o_rings, stack_loss
from minigrad.fit import Fit, LeastSquares, fit
from minigrad.fit.bowl import Bowl
from minigrad.fit.descent import mean_square, objective
from minigrad.fit.orthogonal import singular_values
from minigrad.fit.refusals import check_table
from minigrad.fit.statistics import student_t

NIST = Path(minigrad.__file__).resolve().parents[2] / "shared" / "data" / "nist"
NAMES = ["norris", "pontius", "noint1", "longley", "wampler1", "wampler2", "wampler3", "wampler5"]


def table(x, y) -> Dataset:
    rows = [tuple(map(float, row)) for row in x]
    return Dataset(rows, list(map(float, y)), [f"x{j}" for j in range(1, len(rows[0]) + 1)], "y")


# NIST's reference sets


@pytest.fixture
def certified():
    """The certified answer of a set by name, and its table with the powers of a polynomial as columns of their own."""
    if not (NIST / "linear.json").exists():
        pytest.skip("needs NIST's reference sets, in ../shared/data/nist beside the checkout")

    def load(name: str) -> tuple[dict, Dataset]:
        answer = {a["name"]: a for a in json.loads((NIST / "linear.json").read_text(encoding="utf-8"))}[name]
        if name == "norris":
            return answer, norris()
        with open(NIST / f"{name}.csv", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        x = [[float(row[f]) for f in answer["features"]] for row in rows]
        if answer["degree"] > 1:
            x = [[v**power for power in range(1, answer["degree"] + 1)] for (v,) in x]
        return answer, table(x, [float(row["y"]) for row in rows])

    return load


def one_bit_off(data: Dataset, rng: random.Random) -> Dataset:
    """The same table with every number moved to a neighbouring float, or not."""

    def moved(v: float) -> float:
        return math.nextafter(v, rng.choice([-math.inf, v, math.inf]))

    x = [tuple(map(moved, row)) for row in data.x]
    return Dataset(x, list(map(moved, data.y)), data.features, data.target)


def solution(data: Dataset, intercept: bool) -> tuple[list[Fraction], list[float]]:
    """Parameters and standard errors in exact fractions, up to the last square root."""
    rows = [[Fraction(1)] * intercept + list(map(Fraction, x)) for x in data.x]
    y = list(map(Fraction, data.y))
    size = len(rows[0])
    system = [
        [sum(row[i] * row[j] for row in rows) for j in range(size)]
        + [sum(row[i] * v for row, v in zip(rows, y, strict=True))]
        + [Fraction(i == j) for j in range(size)]
        for i in range(size)
    ]
    for i in range(size):
        pivot = system[i][i]
        system[i] = [v / pivot for v in system[i]]
        for j in range(size):
            if j != i:
                factor = system[j][i]
                system[j] = [v - factor * u for v, u in zip(system[j], system[i], strict=True)]
    parameters = [row[size] for row in system]
    rest = [v - sum(map(Fraction.__mul__, row, parameters)) for row, v in zip(rows, y, strict=True)]
    variance = sum(r * r for r in rest) / (len(y) - size)
    return parameters, [math.sqrt(variance * system[i][size + 1 + i]) for i in range(size)]


def farthest(found, true) -> float:
    """The largest relative difference, beside a number that is not zero."""
    return max(abs(float(a) - float(b)) / (abs(float(b)) or 1.0) for a, b in zip(found, true, strict=True))


@pytest.mark.parametrize("name", NAMES)
def test_the_certified_parameters_and_standard_errors_are_found(certified, name):
    """To 8 digits, or to what a table leaves whose numbers are one bit off: exact arithmetic says what that is."""
    answer, data = certified(name)
    intercept = answer["intercept"]
    found = fit(data, intercept=intercept)
    assert found.result.converged
    assert found.result.steps <= 45
    left, errors_left = 0.0, 0.0
    for seed in range(3):
        parameters, errors = solution(one_bit_off(data, random.Random(seed)), intercept)
        left = max(left, farthest(parameters, answer["coefficients"]))
        errors_left = max(errors_left, farthest(errors, answer["standard_errors"]))
    for estimates in (found.parameters, found.check.parameters):
        assert farthest(estimates.values(), answer["coefficients"]) <= max(1e-8, 2 * left)
    assert farthest(found.standard_errors.values(), answer["standard_errors"]) <= max(1e-8, 2 * errors_left)
    s = answer["residual_standard_deviation"]
    assert found.residual_standard_error == pytest.approx(s, rel=1e-8, abs=1e-8)


@pytest.mark.parametrize("name", NAMES)
def test_one_bit_of_the_table_moves_most_answers_further_than_the_descent_is_off(certified, name):
    """The descent gives away next to nothing: it is nearer to the truth than ten times what one bit may do."""
    answer, data = certified(name)
    true, _ = solution(data, answer["intercept"])
    moved = [solution(one_bit_off(data, random.Random(seed)), answer["intercept"])[0] for seed in range(5)]
    left = max(2.2e-16, *[farthest(parameters, true) for parameters in moved])
    found = fit(data, intercept=answer["intercept"])
    assert farthest(found.parameters.values(), true) <= 10 * left
    assert farthest(found.check.parameters.values(), true) <= 10 * left


# Numbers far from zero


@pytest.mark.parametrize("shift", [0, 10**9, 17 * 10**14])
@pytest.mark.parametrize("lift", [0, 17 * 10**14])
def test_large_offsets_in_features_and_target_lose_nothing(shift, lift):
    """Microseconds since 1970 are such numbers. The table is exact, and so is what it says of the noise."""
    rng = random.Random(5)
    x = [shift + 1000 * i for i in range(12)]
    y = [lift + 10 * (v - shift) + rng.randrange(-9, 10) for v in x]
    data = table([(v,) for v in x], y)
    found = fit(data)
    (b, w), errors = solution(data, True)
    assert found.result.converged
    assert found.parameters["w1"] == pytest.approx(float(w), rel=1e-14)
    assert found.parameters["b"] == pytest.approx(float(b), rel=1e-13, abs=1e-9)
    assert list(found.standard_errors.values()) == pytest.approx(errors, rel=1e-12)
    assert found.check.parameters == pytest.approx(found.parameters, rel=1e-13, abs=1e-9)
    rest = [Fraction(v) - b - w * Fraction(u) for u, v in zip(x, y, strict=True)]
    assert found.result.loss == pytest.approx(float(sum(r * r for r in rest) / 12), rel=1e-12)


@pytest.mark.parametrize("start", [1e15, -1e15, 1e60])
def test_a_start_far_away_is_not_called_the_bottom(start):
    """What is left to win is nothing beside the first loss, at once; but the first loss is no measure."""
    rows = [(float(i),) for i in range(12)]
    found = fit(table(rows, [3 + 2 * i + (i * 5 % 7) / 10 for (i,) in rows]), start=start)
    assert found.result.converged
    assert found.parameters == pytest.approx(found.check.parameters, rel=1e-12)
    assert found.r2 == pytest.approx(found.check.r2)


@pytest.mark.parametrize("scale", ["standard", "none"])
@pytest.mark.parametrize("tol", [1e-16, 1e-3])
def test_no_scale_calls_a_far_place_the_bottom(scale, tol):
    found = fit(table([(i,) for i in range(12)], [3 + 2 * i + i * 5 % 7 for i in range(12)]), start=1e15, scale=scale)
    assert not found.result.converged or found.parameters == pytest.approx(found.check.parameters, rel=1e-6)
    loose = fit(cars(), scale=scale, tol=tol)
    assert loose.result.loss - loose.check.loss <= 2 * (tol * 10) ** 2 + 1e-12


# The bowl


def twins(rng: random.Random, rows: int, apart: float) -> Dataset:
    """Two features that differ by a part `apart` of their spread, and one of its own."""
    x = [(v := rng.gauss(0, 1), v + apart * rng.gauss(0, 1), rng.gauss(1, 2)) for _ in range(rows)]
    return table(x, [1 + 2 * a - b + c / 5 + rng.gauss(0, 1) for a, b, c in x])


SLOW = [("standard", None, 0.1), ("standard", 0.3, 0.3), ("none", None, 0.5), ("orthogonal", 0.1, 0.1)]


@pytest.mark.parametrize(("scale", "rate", "apart"), SLOW)
@pytest.mark.parametrize("tol", [1e-6, 1e-10])
def test_the_steps_that_are_predicted_are_the_steps_that_are_taken(scale, rate, apart, tol):
    found = fit(twins(random.Random(1), 20, apart), scale=scale, lr=rate, tol=tol, start=1.0)
    assert found.result.converged
    assert found.result.steps > 50
    assert found.expected_steps == pytest.approx(found.result.steps, rel=0.02, abs=1)


@pytest.mark.parametrize(("scale", "apart"), [("standard", 1.0), ("standard", 0.2), ("none", 1.0), ("none", 0.3)])
def test_without_a_tolerance_the_prediction_is_good_to_a_quarter(scale, apart):
    """Rounding decides then on the last steps."""
    found = fit(twins(random.Random(2), 20, apart), scale=scale)
    assert found.result.converged
    assert 0.75 <= found.result.steps / found.expected_steps <= 1.25


def test_a_table_like_credit_is_done_in_some_thirty_steps():
    """Income, limit and rating of 400 people: limit nearly tells rating, over 40,000 times as long as wide."""
    rng, x = random.Random(3), []
    for _ in range(400):
        income = rng.lognormvariate(3.6, 0.6)
        limit = 1500 + 60 * income + rng.gauss(0, 1700)
        x.append((income, limit, limit / 15 + 40 + rng.gauss(0, 2)))
    data = table(x, [-500 - 7.6 * a + 0.08 * b + 2.7 * c + rng.gauss(0, 160) for a, b, c in x])
    found = fit(data)
    assert Bowl(data, found.check, "standard").condition > 4e4
    assert found.result.converged
    assert found.result.steps <= 40
    assert found.parameters == pytest.approx(found.check.parameters, rel=1e-9)


@pytest.mark.parametrize("scale", ["orthogonal", "standard", "none"])
@pytest.mark.parametrize("intercept", [True, False])
def test_the_condition_number_is_that_of_the_columns_of_the_descent(scale, intercept):
    data = stack_loss()
    bowl = Bowl(data, LeastSquares(data, intercept), scale)
    columns = np.array([[1.0] * len(data)] * intercept + [list(column) for column in bowl.columns])
    assert bowl.condition == pytest.approx(np.linalg.cond(columns @ columns.T), rel=1e-6)
    assert 2 * bowl.modes[0][0] == pytest.approx(np.linalg.eigvalsh(2 * columns @ columns.T / len(data))[-1])


def test_small_singular_values_have_all_their_digits():
    triangle = [[1.0], [1.0, 1e-9], [1.0, 2e-9, 1e-12]]
    mpmath.mp.dps = 50
    matrix = mpmath.matrix([[triangle[j][i] if i <= j else 0 for j in range(3)] for i in range(3)])
    true = sorted([float(v) for v in mpmath.svd_r(matrix, compute_uv=False)], reverse=True)
    assert [value for value, _ in singular_values(triangle)] == pytest.approx(true, rel=1e-12)


@pytest.mark.parametrize("rows", [20, 200])
@pytest.mark.parametrize("intercept", [True, False])
def test_the_loss_of_few_rows_and_of_many_is_one_and_the_same(rows, intercept):
    """Few are looked at as they are, many by the compiled loop."""
    data = twins(random.Random(3), rows, 0.5)
    columns = list(zip(*data.x, strict=True))
    p = [0.5, -1.0, 2.0, 0.25][: 3 + intercept]
    loss, gradient = mean_square(columns, data.y, intercept)(p)
    design = np.array([[1.0] * rows] * intercept + [list(column) for column in columns]).T
    rest = design @ np.array(p) - np.array(data.y)
    assert loss == pytest.approx(rest @ rest / rows, rel=1e-13)
    assert gradient == pytest.approx(2 * design.T @ rest / rows, rel=1e-12)


@pytest.mark.parametrize("features", [1, 3])
def test_the_loss_can_be_differentiated_twice(features):
    data = twins(random.Random(3), 40, 0.5)
    data = table([x[:features] for x in data.x], data.y)
    for intercept in (True, False):
        bowl = Bowl(data, LeastSquares(data, intercept), "none")
        params = [minigrad.Value(0.5) for _ in range(features + intercept)]
        loss = objective(mean_square(bowl.columns, bowl.target, intercept), params, bowl)
        design = np.array([[1.0] * 40] * intercept + [list(column) for column in bowl.columns]).T
        slopes = minigrad.gradients(loss(), params)
        assert [g.data for g in slopes] == pytest.approx(
            2 * design.T @ (design @ np.full(len(params), 0.5) - np.array(data.y)) / 40, rel=1e-9
        )
        for i, slope in enumerate(slopes):
            row = [g.data for g in minigrad.gradients(slope, params)]
            assert row == pytest.approx((2 * design.T @ design / 40)[i], rel=1e-9)


def test_a_rate_that_is_too_large_is_told_the_largest_stable_one():
    found = fit(cars(), scale="none", lr=0.08)
    assert found.result.reason == "diverged"
    assert "0.0698" in found.result.advice
    assert math.isinf(found.expected_steps)


def test_a_run_that_falls_before_it_climbs_is_not_called_stalled():
    """The steep direction is all but done with at the start, and only later outgrows the flat one."""
    data = table([(10, 0), (-10, 0), (0, 1), (0, -1)], [1e-9, -1e-9, 1, -1])
    limit = 1 / Bowl(data, LeastSquares(data, intercept=False), "none").modes[0][0]
    found = fit(data, scale="none", lr=limit * 1.01, intercept=False)
    history = found.result.history
    assert history[50] < history[0]
    assert found.result.reason == "diverged"


def test_a_rate_at_the_very_limit_goes_to_and_fro_and_is_stalled():
    found = fit(crickets(), lr=1.0)
    assert found.result.reason == "stalled"
    assert "never reached at learning rate 1. The largest stable one here is 1: try 0.5." in found.result.advice


# How sure it is


@pytest.mark.parametrize("level", [0.5, 0.95, 0.99])
@pytest.mark.parametrize("freedom", [*range(1, 12), 30, 79, 159, 160, 161, 1000, 10**5, 10**7])
def test_the_quantile_of_students_t_is_mpmaths(freedom, level):
    mpmath.mp.dps = 40
    found = student_t(freedom, level)

    def outside(t):
        return mpmath.betainc(mpmath.mpf(freedom) / 2, 0.5, 0, freedom / (freedom + t * t), regularized=True)

    true = mpmath.findroot(lambda t: outside(t) - (1 - mpmath.mpf(level)), mpmath.mpf(found))
    assert found == pytest.approx(float(true), rel=1e-12)


@pytest.mark.parametrize(("freedom", "level"), [(0, 0.95), (-1, 0.95), (3, 0.0), (3, 1.0), (3, math.nan)])
def test_no_quantile_without_freedom_or_level(freedom, level):
    with pytest.raises(ValueError, match="expected freedom >= 1 and 0 < level < 1"):
        student_t(freedom, level)


@pytest.mark.parametrize("data", [crickets(), cars(), norris(), stack_loss(), o_rings()], ids=repr)
@pytest.mark.parametrize("intercept", [True, False])
def test_the_whole_answer_is_that_of_statsmodels(data, intercept):
    api = pytest.importorskip("statsmodels.api", reason="needs statsmodels, to compare with")
    x = np.array(data.x)
    model = api.OLS(np.array(data.y), api.add_constant(x) if intercept else x).fit()
    found = fit(data, intercept=intercept)
    assert list(found.parameters.values()) == pytest.approx(model.params, rel=1e-9)
    assert list(found.standard_errors.values()) == pytest.approx(model.bse, rel=1e-9)
    assert list(found.t.values()) == pytest.approx(model.tvalues, rel=1e-9)
    assert np.array(list(found.intervals.values())) == pytest.approx(model.conf_int(), rel=1e-9)
    assert found.residual_standard_error == pytest.approx(math.sqrt(model.scale), rel=1e-9)
    assert (found.r2, found.adjusted_r2) == pytest.approx((model.rsquared, model.rsquared_adj), rel=1e-9)
    assert found.degrees_of_freedom == model.df_resid


def test_nothing_is_sure_before_the_bottom_is_reached():
    found = fit(crickets(), max_steps=3)
    assert all(math.isnan(t) for t in found.t.values())
    assert all(math.isnan(end) for ends in found.intervals.values() for end in ends)
    assert found.standard_errors == fit(crickets()).standard_errors  # which the table has, whatever the line


def test_a_line_without_any_error_is_as_sure_as_can_be():
    found = fit(table([(1,), (2,), (4,)], [0, 0, 0]))
    assert found.standard_errors == {"b": 0.0, "w1": 0.0}
    assert found.intervals == {"b": (0.0, 0.0), "w1": (0.0, 0.0)}
    assert all(math.isnan(t) for t in found.t.values())
    assert found.adjusted_r2 is None
    assert isinstance(found, Fit)


# What cannot be


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"tol": 1.0}, r"expected a tolerance 0 <= tol < 1, got 1\.0"),
        ({"tol": math.nan}, "expected a tolerance 0 <= tol < 1, got nan"),
        ({"start": math.nan}, "expected a start between"),
        ({"scale": "round"}, "expected a scale, one of orthogonal, standard, none, got 'round'"),
    ],
)
def test_options_that_make_no_sense_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        fit(crickets(), **options)


def test_without_an_intercept_a_constant_feature_is_one_and_a_zero_is_none():
    data = table([(5, 1), (5, 2), (5, 4)], [3, 4, 6])
    assert fit(data, intercept=False).parameters == pytest.approx({"w1": 0.4, "w2": 1.0})
    ones = table([(1, 1), (1, 2), (1, 4)], [3, 4, 7])
    assert [*fit(ones, intercept=False).parameters.values()] == pytest.approx(
        [*fit(table([(1,), (2,), (4,)], [3, 4, 7])).parameters.values()]
    )
    with pytest.raises(ValueError, match="feature 'x2' is constant, 0 in every row; leave it out: it adds nothing"):
        check_table(table([(5, 0), (4, 0)], [3, 4]), intercept=False)
    with pytest.raises(ValueError, match="feature 'x2' follows from 'x1' by a linear formula"):
        fit(table([(5, 10), (4, 8), (1, 2)], [3, 4, 6]), intercept=False)


@pytest.mark.parametrize("gap", [10.0**-e for e in range(2, 13)])
def test_features_that_differ_in_few_digits_are_told_apart_still(gap):
    data = table(
        [(a, 2 * a + gap * (a * 3 % 7)) for a in range(9)], [a + (a * 3 % 7) + 1e-6 * (a % 2) for a in range(9)]
    )
    found = fit(data)
    assert found.result.converged
    assert found.result.steps <= 45
    true, _ = solution(data, True)
    left = max(farthest(solution(one_bit_off(data, random.Random(seed)), True)[0], true) for seed in range(5))
    assert farthest(found.parameters.values(), true) <= max(1e-12, 20 * left)
