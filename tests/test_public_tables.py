"""Six public tables, as they came, are fitted with no option but the target to numbers that were computed elsewhere."""

import json
from pathlib import Path

import pytest

from minigrad.__main__ import main
from minigrad.datasets import read_csv
from minigrad.fit.least_squares import LeastSquares

TABLES = Path(__file__).resolve().parents[2] / "shared" / "data" / "tables"
EXPECTED = json.loads((TABLES / "expected.json").read_text()) if TABLES.exists() else []
SLOW = ("Credit.csv", "penguins.csv", "Auto.csv", "vino-tinto.csv")  # the descent takes long in these narrow valleys

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
    steps = ["--max-steps", "5"] if expected["file"] in SLOW else []
    status = main(["fit", str(TABLES / expected["file"]), "--target", expected["target"], *features, *steps, "--json"])
    answer = json.loads(capsys.readouterr().out)
    assert answer["rows_left_out"] == expected["rows_left_out"]
    if not steps:
        assert status == 0
        assert list(answer["parameters"].values()) == pytest.approx(expected["estimates"], rel=1e-5)
