"""A fit of many rows runs over columns of NumPy's, to the same answer as over lists."""

import math
import random
import subprocess
import sys
from array import array
from pathlib import Path

import pytest
import test_answer
import test_fit

import minigrad.fit.vectors
from minigrad.datasets import Dataset
from minigrad.fit import fit
from minigrad.fit.vectors import MANY, divided, less, limits, mean_product, ones_like, total, vectors

np = pytest.importorskip("numpy")

certified = test_answer.certified


def many(n, k=3, seed=0, noise=1.0):
    """A table of n rows and k features that go together, some far from zero."""
    rng = random.Random(seed)
    columns = [array("d", [rng.gauss(1e6 * j, 1.0 + j) for _ in range(n)]) for j in range(k)]
    y = array("d", [sum(row) + rng.gauss(0.0, noise) for row in zip(*columns, strict=True)])
    return Dataset.from_columns([*columns, y], [f"x{j}" for j in range(k)], "y")


@pytest.fixture
def few(monkeypatch):
    """So that small tables run over columns too."""
    monkeypatch.setattr(minigrad.fit.vectors, "MANY", 0)


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("name", test_answer.NAMES)
def test_the_certified_parameters_are_found_over_columns(certified, name):
    test_answer.test_the_certified_parameters_and_standard_errors_are_found(certified, name)


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("scale", ["orthogonal", "standard", "none"])
@pytest.mark.parametrize("intercept", [True, False])
def test_all_scales_run_over_columns(scale, intercept, monkeypatch):
    x = [[k / 10, k * k % 7.0] for k in range(1, 20)]
    data = test_fit.table(x, [3.0 * a + b - a * b % 3 for a, b in x])
    over = fit(data, scale=scale, intercept=intercept)
    monkeypatch.setattr(minigrad.fit.vectors, "MANY", 100)
    plain = fit(data, scale=scale, intercept=intercept)
    assert over.result.reason == plain.result.reason == "converged"
    for name, p in plain.parameters.items():
        assert over.parameters[name] == pytest.approx(p, rel=1e-7, abs=1e-8)
        assert over.standard_errors[name] == pytest.approx(plain.standard_errors[name], rel=1e-12)


def test_many_rows_give_the_answer_of_lists_to_the_digits_that_there_are(monkeypatch):
    data = many(MANY + 17)
    over = fit(data)
    monkeypatch.setattr(minigrad.fit.vectors, "MANY", math.inf)
    plain = fit(data)
    assert over.result.reason == plain.result.reason == "converged"
    assert over.result.steps == pytest.approx(plain.result.steps, abs=4)
    for name, p in plain.parameters.items():
        assert type(over.parameters[name]) is float
        assert over.parameters[name] == pytest.approx(p, rel=1e-9)
    assert (over.r2, over.result.loss) == pytest.approx((plain.r2, plain.result.loss), rel=1e-12)


def test_without_numpy_and_with_few_rows_columns_are_lists(monkeypatch):
    assert isinstance(vectors([array("d", [1.0])])[0], array)
    assert isinstance(vectors([array("d", bytes(8 * MANY))])[0], np.ndarray)
    monkeypatch.setitem(sys.modules, "numpy", None)
    assert isinstance(vectors([array("d", bytes(8 * MANY))])[0], array)


@pytest.mark.parametrize("n", [1, 63, 64, 65, 1000])
def test_what_is_done_with_columns_is_the_same_for_lists_and_arrays(n):
    rng = random.Random(n)
    a, b = ([rng.gauss(1e3, 1.0) for _ in range(n)] for _ in range(2))
    x, y = np.array(a), np.array(b)
    assert less(x, 0.5).tolist() == less(a, 0.5)
    assert less(x, 0.5, y).tolist() == less(a, 0.5, b)
    assert divided(x, 3.0).tolist() == divided(a, 3.0)
    assert ones_like(x).tolist() == ones_like(a) == [1.0] * n
    assert limits(x) == limits(a)
    assert total(x) == pytest.approx(total(a), rel=1e-15)
    assert mean_product(x, y) == pytest.approx(mean_product(a, b), rel=1e-15)


@pytest.mark.slow
def test_a_million_rows_are_fitted_in_400_megabytes(tmp_path):
    if not Path("/proc/self/status").exists():
        pytest.skip("needs /proc, to ask a process for its own most memory: what `resource` says is its parent's too")
    path = tmp_path / "table.csv"
    rng = np.random.default_rng(0)
    x = rng.normal(size=(10**6, 3))
    np.savetxt(path, np.column_stack([x, x.sum(axis=1) + 1.0]), "%.6g", ",", header="a,b,c,y", comments="")
    code = f"""
import sys
from minigrad.__main__ import main
sys.argv = ["minigrad", "fit", {str(path)!r}]
try:
    main()
finally:
    print(open("/proc/self/status").read().partition("VmHWM:")[2].split()[0])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "converged" in done.stdout
    assert 10_000 < int(done.stdout.split()[-1]) < 400_000  # kilobytes
