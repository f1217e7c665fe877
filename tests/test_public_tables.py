"""Six public tables, as they came, are fitted with no option but the target to numbers that were computed elsewhere."""

import json
from pathlib import Path

import pytest

from minigrad.__main__ import main
from minigrad.datasets import read_csv
from minigrad.fit.least_squares import LeastSquares

TABLES = Path(__file__).resolve().parents[2] / "shared" / "data" / "tables"
EXPECTED = json.loads((TABLES / "expected.json").read_text()) if TABLES.exists() else []

pytestmark = pytest.mark.skipif(not EXPECTED, reason="the tables are not part of the repository")


@pytest.fixture(params=EXPECTED, ids=lambda expected: expected["file"])
def expected(request):
    return request.param


def test_the_least_squares_of_a_public_table_are_those_known(expected):
    data = read_csv(TABLES / expected["file"], expected["target"], expected["features"])
    assert ["b", *data.features] == expected["names"]
    assert data.missing == expected["missing_by_column"]
    assert (len(data), data.rows_left_out) == (expected["rows_used"], expected["rows_left_out"])
    assert data.columns_left_out == expected["left_out"]
    check = LeastSquares(data)
    assert list(check.parameters.values()) == pytest.approx(expected["estimates"], rel=1e-11)
    assert check.r2 == pytest.approx(expected["r2"], rel=1e-11)


def test_the_command_fits_a_public_table(expected, capsys):
    features = ["--features", *expected["features"]] if expected["features"] else []
    status = main(["fit", str(TABLES / expected["file"]), "--target", expected["target"], *features, "--json"])
    answer = json.loads(capsys.readouterr().out)
    assert (status, answer["reason"]) == (0, "converged")
    assert answer["rows_left_out"] == expected["rows_left_out"]
    assert [estimate["column"] or "b" for estimate in answer["estimates"]] == expected["names"]
    assert [estimate["estimate"] for estimate in answer["estimates"]] == pytest.approx(expected["estimates"], rel=1e-11)
    # The wine's known errors are off by 6e-10, those here by 2e-16, both beside 50 digits of mpmath.
    errors = [estimate["standard_error"] for estimate in answer["estimates"]]
    assert errors == pytest.approx(expected["standard_errors"], rel=1e-9)
    assert answer["r2"] == pytest.approx(expected["r2"], rel=1e-11)
