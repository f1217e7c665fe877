"""A line through a table in pieces: what one machine finds, to the digits that a report prints."""

import math
from random import Random

import pytest
from optional import package

from minigrad.datasets import Dataset, cars, crickets, norris
from minigrad.fit import fit
from minigrad.fit.pieces import described, fit_pieces
from minigrad.fit.report import report

dask = pytest.importorskip("dask", reason="Dask is not installed; the extra `cluster` brings it")
np = package("numpy")


def in_pieces(data, count=3):
    """The pieces of a Dataset, one of them empty."""
    rows = np.array([*data.columns.values()]).T
    parts = [*np.array_split(rows, count), rows[:0]]
    table = [dask.delayed(lambda part=part: part)() for part in parts]
    return described(table, data.features, data.target), table


def both(data, count=3, **options):
    return fit(data, **options), fit_pieces(*in_pieces(data, count), **options)


def told(found, source="table"):
    """The report, without the last step, which comes when rounding says so, and the gradient's norm there."""
    lines = [line for line in report(found, source) if "gradient norm" not in line]
    last = f"{len(found.result.history) - 1:>8}"
    return [line.removeprefix(last) for line in lines if not line.startswith(source)]


def random_table(seed, rows, features, mean=10.0, alike=0.5):
    rng = Random(seed)
    x = []
    for _ in range(rows):
        common = rng.gauss(0, 1)
        x.append(tuple(mean + j + alike * common + rng.gauss(0, 1) for j in range(features)))
    y = [1.5 + sum((j + 1) * v for j, v in enumerate(row)) + rng.gauss(0, 3) for row in x]
    return Dataset(x, y, [f"x{j}" for j in range(features)], "y")


TABLES = {
    "crickets": crickets(),
    "cars": cars(),
    "norris": norris(),
    "many features": random_table(0, 200, 8),
    "far from zero": random_table(1, 100, 3, mean=1e7),
    "features nearly alike": random_table(2, 100, 3, alike=1e4),
}


# Far from zero a line without intercept has a condition number of 1e7, so that its ninth digit is up to rounding.
@pytest.mark.parametrize("intercept", [True, False])
@pytest.mark.parametrize("name", TABLES)
def test_the_report_over_pieces_is_the_report_of_one_machine(name, intercept):
    if name == "far from zero" and not intercept:
        pytest.skip("the data do not settle nine digits")
    here, there = both(TABLES[name], intercept=intercept)
    assert told(here) == told(there)


@pytest.mark.parametrize("scale", ["standard", "none"])
@pytest.mark.parametrize("intercept", [True, False])
def test_other_scales_see_the_features_that_one_machine_sees(scale, intercept):
    here, there = both(random_table(3, 50, 2, mean=1.0), scale=scale, intercept=intercept, max_steps=300, tol=1e-6)
    assert told(here) == told(there)
    assert len(here.result.history) == len(there.result.history)


@pytest.mark.parametrize("count", [1, 2, 15, 40])
def test_any_number_of_pieces_makes_the_same_line(count):
    here, there = both(crickets(), count)
    assert told(here) == told(there)


def test_a_feature_that_follows_from_others_is_named_as_on_one_machine():
    data = random_table(4, 60, 3)
    data.x = [(a, b, a - 2 * b + 1) for a, b, _ in data.x]
    with pytest.raises(ValueError, match="feature 'x2' follows from 'x0', 'x1' by a linear formula"):
        fit_pieces(*in_pieces(data))


@pytest.mark.parametrize("data", [cars(), random_table(5, 300, 6, mean=1e6)], ids=["cars", "many"])
@pytest.mark.parametrize("seed", range(5))
def test_a_feature_is_never_dependent_on_one_machine_alone(data, seed):
    rng = Random(seed)
    weights = [rng.uniform(-3, 3) for _ in data.features]
    x = [(*row, sum(w * v for w, v in zip(weights, row, strict=True)) + 7.0) for row in data.x]
    table = Dataset(x, data.y, [*data.features, "sum"], data.target)
    for fitter in (lambda: fit(table), lambda: fit_pieces(*in_pieces(table))):
        with pytest.raises(ValueError, match="feature 'sum' follows from"):
            fitter()


def test_a_constant_target_has_no_r2():
    here, there = both(Dataset([(1.0,), (2.0,), (4.0,)], [0.1] * 3, ["x"], "y"))
    assert here.r2 is there.r2 is None
    assert there.result.converged
    assert there.parameters == pytest.approx(here.parameters, abs=1e-16)


def test_as_many_rows_as_parameters_leave_no_degrees_of_freedom():
    _, there = both(Dataset([(1.0,), (2.0,)], [3.0, 5.0], ["x"], "y"))
    assert there.parameters == pytest.approx({"b": 1.0, "w1": 2.0})
    assert math.isnan(there.standard_errors["w1"])


def test_a_constant_feature_is_refused_as_on_one_machine():
    with pytest.raises(ValueError, match="feature 'x' is constant, 2 in every row"):
        fit_pieces(*in_pieces(Dataset([(2.0,), (2.0,)], [3.0, 5.0], ["x"], "y")))


def test_a_table_of_empty_pieces_is_an_error():
    with pytest.raises(ValueError, match="expected at least one row, got none"):
        described([dask.delayed(np.zeros)((0, 2))], ["x"], "y")
