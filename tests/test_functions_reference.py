"""Every row of the table against mpmath: its value, its derivatives, and theirs."""

import math
import sys

import pytest
from mpmath import mp, mpf
from references import CASES

from minigrad import Value, gradients
from minigrad.functions import OPS


def test_every_row_has_a_reference_and_every_reference_a_row():
    assert set(CASES) == set(OPS)


DIGITS = 1000
FEWER = 300  # where mpmath takes long for each digit, and no point of ours needs more
LONG = {"digamma", "gamma", "lgamma", "polygamma"}


def reference(name, point, *directions):
    """The function itself or its derivative, once in each direction (the number of an operand).

    Central differences, with steps so short and numbers so long that hundreds of digits are left.
    """
    with mp.workdps(FEWER if name in LONG else DIGITS):
        point = tuple(map(mpf, point))
        steps = [(abs(x) or 1) * mpf(10) ** -60 for x in point]
        return differences(CASES[name].reference, point, steps, directions)


# PyPy has an `erfc` of its own, which is less exact where it is tiny.
ACCURACY = 3e-14 if sys.implementation.name == "cpython" else 1e-13


def differences(f, point, steps, directions):
    if not directions:
        return f(*point)
    i, *others = directions
    up, down = [(*point[:i], point[i] + h, *point[i + 1 :]) for h in (steps[i], -steps[i])]
    up, down = [differences(f, moved, steps, others) for moved in (up, down)]
    change = up - down
    return 0 if abs(change) <= abs(up) * mpf(10) ** (200 - mp.dps) else change / (2 * steps[i])


def error(got, expected):
    """The relative error; the plain one where the number is too small for that, and past all floats 0 for inf."""
    if abs(expected) > sys.float_info.max:
        return 0.0 if got == math.copysign(math.inf, expected) else math.inf
    return float(abs(mpf(got) - expected) / (abs(expected) if abs(expected) > sys.float_info.min else 1))


def operands(name, point):
    return [i for i in range(len(point)) if i not in CASES[name].constant]


def values(name, point):
    yield OPS[name](*point), reference(name, point)


def firsts(name, point):
    xs = [Value(x) for x in point]
    OPS[name](*xs).backward()
    for i in operands(name, point):
        yield xs[i].grad, reference(name, point, i)


def seconds(name, point):
    xs = [Value(x) for x in point]
    derivatives = gradients(OPS[name](*xs), xs)
    for i in operands(name, point):
        bends = gradients(derivatives[i], xs)
        for j in operands(name, point):
            yield bends[j].data, reference(name, point, i, j)


@pytest.mark.parametrize("name", CASES)
def test_values_agree_with_mpmath(name):
    for point in CASES[name].points:
        for got, expected in values(name, point):
            assert error(got, expected) < ACCURACY, (point, got, expected)


@pytest.mark.parametrize("name", CASES)
def test_derivatives_agree_with_mpmath(name):
    for point in CASES[name].points:
        for got, expected in firsts(name, point):
            assert error(got, expected) < 3e-14, (point, got, expected)


@pytest.mark.parametrize("name", CASES)
def test_second_derivatives_agree_with_mpmath(name):
    for point in CASES[name].points:
        for got, expected in seconds(name, point):
            assert error(got, expected) < 1e-9, (point, got, expected)
