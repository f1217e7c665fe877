"""Small data sets to fit, each with its source and its answer.

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

from .dataset import Dataset
from .tables import read_csv

TYPE_CHECKING = False
if TYPE_CHECKING:
    from random import Random

DATA = os.path.join(os.path.dirname(__file__), "data", "")


def crickets() -> Dataset:
    """The striped ground cricket as a thermometer: 15 rows, degrees Fahrenheit from chirps per second.

    Least squares: temperature = 25.2323131 + 3.2910941 chirps, R2 = 0.6974651.
    Source: G. W. Pierce, *The Songs of Insects*, Harvard University Press, 1948.

    >>> data = crickets()
    >>> len(data.y), data.x[0], data.y[0]
    (15, (20.0,), 88.6)
    """
    return read_csv(DATA + "crickets.csv")


def cars() -> Dataset:
    """Heavy cars drink more: 7 rows, miles per gallon from weight in thousands of pounds.

    Least squares: mpg = 33.585124 - 4.569109 weight, mean squared error 1.470. All weights are far from zero,
    so the loss is a narrow valley (condition number 512) that SGD descends slowly.
    Source: the worked example of linear regression in Google's *Machine Learning Crash Course*.

    >>> data = cars()
    >>> len(data.y), data.x[0], data.y[0]
    (7, (3.5,), 18.0)
    """
    return read_csv(DATA + "cars.csv")


def norris() -> Dataset:
    """Calibration of ozone monitors: 36 rows, y from x, with certified digits to check a fit against.

    Certified least squares: b = -0.262323073774029, w1 = 1.00211681802045.
    Source: NIST *Statistical Reference Datasets*, linear regression, "Norris".

    >>> data = norris()
    >>> len(data.y), data.x[0], data.y[0]
    (36, (0.2,), 0.1)
    """
    return read_csv(DATA + "norris.csv")


def stack_loss() -> Dataset:
    """A plant that makes nitric acid: 21 days, ten times the percentage of ammonia lost, from how it was run.

    Least squares: loss = -39.9197 + 0.7156 air flow + 1.2953 water temperature - 0.1521 acid concentration.
    Source: K. A. Brownlee, *Statistical Theory and Methodology in Science and Engineering*, Wiley, 1965.

    >>> data = stack_loss()
    >>> len(data.y), data.x[0], data.y[0]
    (21, (80.0, 27.0, 89.0), 42.0)
    """
    return read_csv(DATA + "stack_loss.csv")


def o_rings() -> Dataset:
    """Cold seals leak: 23 space shuttle flights before Challenger's last, O-ring damage (0 or 1) from degrees F.

    Maximum likelihood: damage has the probability sigmoid(15.0429 - 0.2322 temperature). It was 31 degrees that day.
    Source: *Report of the Presidential Commission on the Space Shuttle Challenger Accident*, 1986.

    >>> data = o_rings()
    >>> len(data.y), data.x[0], data.y[0]
    (23, (66.0,), 0.0)
    """
    return read_csv(DATA + "o_rings.csv", features=["temperature_f"])


def elements() -> list[str]:
    """The 118 chemical elements by atomic number, in IUPAC's spelling: `hydrogen` to `oganesson`.

    >>> elements()[78]
    'gold'
    """
    with open(DATA + "elements.csv", encoding="utf-8") as file:
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
