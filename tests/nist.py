"""NIST's certified sets for nonlinear regression, where they are: beside the checkout, in ../shared/data/nist."""

import csv
import json
import math
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "data" / "nist"
SETS = json.loads((FOLDER / "certified.json").read_text()) if (FOLDER / "certified.json").exists() else []


def cases():
    """The sets with each of their two starts, for `parametrize`; one case that says where they should be, if absent."""
    import pytest

    if not SETS:
        return [pytest.param(None, None, marks=pytest.mark.skip(reason=f"{FOLDER} is not here"))]
    return [pytest.param(s, start, id=f"{s['name']}-{start}") for s in SETS for start in ("start1", "start2")]


def table_of(published):
    """The columns of a set by name."""
    with open(FOLDER / f"{published['name']}.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    return {name: [float(row[name]) for row in rows] for name in rows[0]}


def digits(found, certified):
    """How many digits all of them agree to at least."""
    off = max(abs(f - c) / abs(c) for f, c in zip(found, certified, strict=True))
    return -math.log10(max(off, 1e-16))
