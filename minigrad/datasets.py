"""Small data sets to fit, and `read_csv` for your own.

>>> for data in (crickets(), cars(), norris(), stack_loss(), o_rings()):
...     print(data)
<Dataset: 15 rows, temperature_f from chirps_per_second>
<Dataset: 7 rows, miles_per_gallon from weight_1000lb>
<Dataset: 36 rows, y from x>
<Dataset: 21 rows, stack_loss from air_flow, water_temperature, acid_concentration>
<Dataset: 23 rows, damage from temperature_f>
>>> for (weight,), mpg in zip(cars().x[:2], cars().y[:2]):
...     print(f"{weight:.2f} thousand pounds: {mpg:.0f} miles per gallon")
3.50 thousand pounds: 18 miles per gallon
3.69 thousand pounds: 15 miles per gallon
"""

from __future__ import annotations

import csv
import math
import os
from collections.abc import Iterable, Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from random import Random

_DATA = os.path.join(os.path.dirname(__file__), "data", "")


class Dataset:
    """A table for regression: n rows `x` of one float per feature, n floats `y`, and their columns' names."""

    __slots__ = ("features", "target", "x", "y")

    def __init__(self, x: list[tuple[float, ...]], y: list[float], features: Sequence[str], target: str) -> None:
        self.x, self.y, self.features, self.target = x, y, tuple(features), target

    def __len__(self) -> int:
        return len(self.y)

    def __repr__(self) -> str:
        return f"<Dataset: {len(self)} rows, {self.target} from {', '.join(self.features)}>"


def crickets() -> Dataset:
    """The striped ground cricket as a thermometer: 15 rows, degrees Fahrenheit from chirps per second.

    Least squares: temperature = 25.2323131 + 3.2910941 chirps, R2 = 0.6974651.
    Source: G. W. Pierce, *The Songs of Insects*, Harvard University Press, 1948.
    """
    return read_csv(_DATA + "crickets.csv")


def cars() -> Dataset:
    """Heavy cars drink more: 7 rows, miles per gallon from weight in thousands of pounds.

    Least squares: mpg = 33.585124 - 4.569109 weight, mean squared error 1.470. All weights are far from zero,
    so the loss is a narrow valley (condition number 512) that SGD descends slowly.
    Source: the worked example of linear regression in Google's *Machine Learning Crash Course*.
    """
    return read_csv(_DATA + "cars.csv")


def norris() -> Dataset:
    """Calibration of ozone monitors: 36 rows, y from x, with certified digits to check a fit against.

    Certified least squares: intercept -0.262323073774029, slope 1.00211681802045.
    Source: NIST *Statistical Reference Datasets*, linear regression, "Norris".
    """
    return read_csv(_DATA + "norris.csv")


def stack_loss() -> Dataset:
    """A plant that makes nitric acid: 21 days, ten times the percentage of ammonia lost, from how it was run.

    Least squares: loss = -39.9197 + 0.7156 air flow + 1.2953 water temperature - 0.1521 acid concentration.
    Source: K. A. Brownlee, *Statistical Theory and Methodology in Science and Engineering*, Wiley, 1965.
    """
    return read_csv(_DATA + "stack_loss.csv")


def o_rings() -> Dataset:
    """Cold seals leak: 23 space shuttle flights before Challenger's last, O-ring damage (0 or 1) from degrees F.

    Maximum likelihood: damage has the probability sigmoid(15.0429 - 0.2322 temperature). It was 31 degrees that day.
    Source: *Report of the Presidential Commission on the Space Shuttle Challenger Accident*, 1986.
    """
    return read_csv(_DATA + "o_rings.csv", features=["temperature_f"])


def elements() -> list[str]:
    """The 118 chemical elements by atomic number, in IUPAC's spelling: `hydrogen` to `oganesson`.

    >>> elements()[78]
    'gold'
    """
    with open(_DATA + "elements.csv", encoding="utf-8") as file:
        return [row["name"] for row in csv.DictReader(file)]


def moons(n: int, noise: float, rng: Random) -> Dataset:
    """Two half circles of n points in all, each inside the other's bend: moon 0 or 1 from a place in the plane.

    They are those of scikit-learn's `make_moons`, in order; `rng` then moves each point by about `noise`.

    >>> import random
    >>> moons(100, noise=0.1, rng=random.Random(0))
    <Dataset: 100 rows, moon from x, y>
    """
    if not (n >= 4 and noise >= 0):
        raise ValueError(f"expected n >= 4 points and noise >= 0, got n = {n!r} and noise = {noise!r}")
    points: list[tuple[float, ...]] = []
    for moon, count in enumerate((n // 2, n - n // 2)):
        for angle in [math.pi * i / (count - 1) for i in range(count)]:
            x, y = math.cos(angle), math.sin(angle)
            x, y = (1.0 - x, 0.5 - y) if moon else (x, y)
            points.append((x + rng.gauss(0.0, noise), y + rng.gauss(0.0, noise)))
    return Dataset(points, [0.0] * (n // 2) + [1.0] * (n - n // 2), ["x", "y"], "moon")


def read_csv(path: str | os.PathLike[str], target: str | None = None, features: Sequence[str] | None = None) -> Dataset:
    """The table in a comma-separated UTF-8 file whose first line names the columns.

    `target` is the last column unless named, `features` all the others unless named; only these need hold
    numbers. Raises OSError if the file cannot be read; ValueError, with file, row and column, if it is no
    such table. Rows count as in a text editor: the header is row 1, and a blank line is skipped but counted.

    >>> read_csv(_DATA + "cars.csv", target="weight_1000lb")
    <Dataset: 7 rows, weight_1000lb from miles_per_gallon>
    """
    # utf-8-sig drops the mark that spreadsheets put first; strict refuses a quote that never closes.
    with open(path, newline="", encoding="utf-8-sig") as file:
        lines = csv.reader(file, skipinitialspace=True, strict=True)
        try:
            return _parse(lines, target, features)
        except UnicodeDecodeError as error:
            raise ValueError(f"{path}: expected UTF-8 text, got {error}; save the table as UTF-8") from error
        except (ValueError, csv.Error) as error:
            raise ValueError(f"{path}, row {max(1, lines.line_num)}: {error}") from error


def _parse(lines: Iterable[list[str]], target: str | None, features: Sequence[str] | None) -> Dataset:
    rows = (cells for line in lines if (cells := [cell.strip() for cell in line]) not in ([], [""]))
    names = next(rows, [])
    if not names or (target is None and not any(map(str.isalpha, "".join(names)))):
        raise ValueError(f"expected a header with the names of the columns, got {names or 'an empty file'}")
    *features, target = _chosen(names, target, features)
    table = Dataset([], [], features, target)
    for cells in rows:
        if len(cells) != len(names):
            raise ValueError(f"expected {len(names)} cells, one for each column, got {len(cells)}: {cells}")
        *inputs, output = (_number(cells[names.index(name)], name) for name in (*features, target))
        table.x.append(tuple(inputs))
        table.y.append(output)
    if not table.y:
        raise ValueError("expected rows of numbers below the header, got an empty table")
    return table


def _chosen(names: list[str], target: str | None, features: Sequence[str] | None) -> list[str]:
    """The features asked for, then the target: each one a column of its own."""
    if isinstance(features, str):
        raise TypeError(f"features: expected a list of column names, got {features!r}; write [{features!r}]")
    target = names[-1] if target is None else target
    chosen = [*([name for name in names if name != target] if features is None else features), target]
    for name in chosen:
        if name not in names:
            raise ValueError(f"no column {name!r}{_hint(name, names)}; the columns are {names}")
        if not name or names.count(name) > 1:
            raise ValueError(f"expected a name of its own for each column, got {names}; rename them")
        if chosen.count(name) > 1:
            raise ValueError(f"column {name!r} is chosen twice; a column is either the target or one feature")
    if len(chosen) < 2:
        raise ValueError(f"expected a feature beside the target {target!r}; the columns are {names}")
    return chosen


def _hint(name: str, names: list[str]) -> str:
    import difflib  # here, since only an error needs it

    known = {column.lower(): column for column in names}
    near = difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.3)
    return f" (the nearest is {known[near[0]]!r})" if near else ""


def _number(text: str, column: str) -> float:
    try:
        number = math.nan if "_" in text else float(text)  # float reads 1_000, which is Python, not data
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ValueError(f"column {column!r}: expected a finite number, got {text!r}")
    return number
