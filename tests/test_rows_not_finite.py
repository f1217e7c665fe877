"""Rows that hold a number that is not finite: `minimize` and `least_squares` name it, and blame no start."""

import math
import random

import pytest
from optional import np

from minigrad import Value, atan, compile, exp, isnan, log, minimize, sin, tanh
from minigrad.optim import SGD
from minigrad.train.least_squares import least_squares

NAN = r"expected a number in every cell, got nan for x in row 2 \(the first is row 0\); .* as df\.dropna\(\) does"
INF = r"expected a finite number in every cell, got inf for y in row 1 \(the first is row 0\); leave such rows out, or"
COLUMNS = {"x": [1.0, 2.0, math.nan, 4.0], "y": [1.0, 2.0, 3.0, math.inf]}
ROWS = [*zip(*COLUMNS.values(), strict=True)]


FORMS = {
    "columns": (lambda: COLUMNS, NAN),
    "rows": (lambda: ROWS, NAN),
    "array": (lambda: np.array(ROWS), NAN),
    "inf": (lambda: [ROWS[0], ROWS[3]], INF),
}


def over_columns(f):
    assert np.float64 is not float  # or there is no NumPy: this skips
    return compile(f, xp=np)


KINDS = {"uncompiled": lambda f: f, "compiled": compile, "over columns": over_columns}
kinds = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)


@kinds
@pytest.mark.parametrize(("form", "message"), FORMS.values(), ids=FORMS)
def test_the_number_is_named_by_argument_and_row(form, message, kind):
    table = form()
    w = Value(0.5, label="w")
    loss, residual = kind(lambda x, y: (w * x - y) ** 2), kind(lambda x, y: w * x - y)
    with pytest.raises(ValueError, match=message):
        minimize(loss, SGD([w], lr=0.01), rows=table)
    for seed in range(4):  # whatever is in the first batch
        with pytest.raises(ValueError, match=message):
            minimize(loss, SGD([w], lr=0.01), rows=table, batch_size=1, rng=random.Random(seed))
    with pytest.raises(ValueError, match=message):
        least_squares(residual, [w], rows=table)
    if hasattr(loss, "over"):
        with pytest.raises(ValueError, match=message):
            minimize(loss.over(table), SGD([w], lr=0.01))


@kinds
def test_an_error_that_such_a_row_raises_is_laid_to_it(kind):
    w = Value(0.5)
    message = r"got inf for x in row 1 .*; leave such rows out, or put"
    with pytest.raises(ValueError, match=message) as caught:
        minimize(kind(lambda x: w * sin(x)), SGD([w], lr=0.1), rows=[(1.0,), (math.inf,)])
    assert "sin(inf)" in str(caught.value.__cause__)
    with pytest.raises(ValueError, match=message):
        least_squares(kind(lambda x: w * sin(x)), [w], rows=[(1.0,), (math.inf,)])


@kinds
def test_a_row_that_the_loss_can_take_is_not_blamed(kind):
    w = Value(0.5, label="w")
    loss = kind(lambda x: w * 0.0 if isnan(x) else (w - x) ** 2)
    assert minimize(loss, SGD([w], lr=0.1), rows=[(math.nan,), (1.0,)]).converged
    w.data = 0.5
    outside = kind(lambda x: w * 0.0 if isnan(x) else log(w - x))
    with pytest.raises(ValueError, match=r"expected a start .* got log\(-0\.5\)"):
        minimize(outside, SGD([w], lr=0.1), rows=[(math.nan,), (1.0,)])
    with pytest.raises(ValueError, match=r"log\(-0\.5\).*; start elsewhere"):
        least_squares(outside, [w], rows=[(math.nan,), (1.0,)])


def test_a_parameter_that_is_not_finite_is_blamed_first():
    w = Value(math.nan, label="w")
    with pytest.raises(ValueError, match=r"expected a start .* got w = nan"):
        minimize(lambda x: (w - x) ** 2, SGD([w], lr=0.1), rows=[(math.nan,)])


def test_a_number_within_an_argument_is_named():
    w = Value(0.5)
    with pytest.raises(ValueError, match=r"got nan for xs\[1\] in row 0"):
        minimize(lambda xs: w * xs[0] * xs[1], SGD([w], lr=0.1), rows=[([1.0, math.nan],)])
    with pytest.raises(ValueError, match=r"got nan for xs_1 in row 0"):
        minimize(compile(lambda xs: w * xs[0] * xs[1]), SGD([w], lr=0.1), rows=[([1.0, math.nan],)])


def test_a_start_where_the_residuals_are_not_finite_is_still_one():
    w = Value(1e200)
    with pytest.raises(ValueError, match="expected finite residuals and derivatives at the start"):
        least_squares(lambda x: w * x, [w], rows=[(1e200,)])


# --- Because of it --------------------------------------------------------------------------------------------------


@kinds
@pytest.mark.parametrize(
    ("start", "loss"),
    [(-1.0, lambda w, x: log(w) * atan(x)), (1e200, lambda w, x: w * w * exp(-x)), (1.0, lambda w, x: log(-w) * x)],
    ids=["log", "exp", "unread"],
)
@pytest.mark.parametrize("rows", [[(1.0,), (math.inf,)], [(math.inf,), (1.0,)]], ids=["behind", "in front"])
def test_a_row_is_not_blamed_for_what_all_rows_have(start, loss, rows, kind):
    w = Value(start)
    with pytest.raises(ValueError, match="expected a start"):
        minimize(kind(lambda x: loss(w, x)), SGD([w], lr=0.1), rows=rows)
    with pytest.raises(ValueError, match="start elsewhere"):
        least_squares(kind(lambda x: loss(w, x)), [w], rows=rows)


@kinds
def test_of_two_cells_the_one_that_is_read_is_blamed(kind):
    w = Value(1.0)
    with pytest.raises(ValueError, match="got inf for y in row 1 "):
        minimize(kind(lambda x, y: w * y), SGD([w], lr=0.1), rows=[(1.0, 1.0), (math.nan, math.inf)])


@kinds
def test_a_number_that_no_row_has_otherwise_is_blamed_where_another_would_do(kind):
    w = Value(1.0)
    with pytest.raises(ValueError, match="got nan for x in row 0 "):
        minimize(kind(lambda x: w * log(x - 5.0)), SGD([w], lr=0.1), rows=[(math.nan,), (math.nan,)])


@kinds
def test_a_number_is_blamed_if_rows_without_such_are_fine_even_where_no_other_would_do(kind):
    w = Value(1.0)
    with pytest.raises(ValueError, match="got nan for x in row 0 "):
        minimize(kind(lambda x: w * log(x - 5000.0)), SGD([w], lr=0.1), rows=[(math.nan,), (6000.0,)])


@kinds
@pytest.mark.parametrize("loss", [lambda w, x: tanh(w * x), lambda w, x: exp(-((w * x) ** 2))])
def test_a_number_that_leaves_no_gradient_is_blamed_though_the_loss_is_finite(loss, kind):
    w = Value(0.5)
    with pytest.raises(ValueError, match="got inf for x in row 1 "):
        minimize(kind(lambda x: loss(w, x)), SGD([w], lr=0.1), rows=[(1.0,), (math.inf,)])
    with pytest.raises(ValueError, match="got inf for x in row 1 "):
        least_squares(kind(lambda x: loss(w, x)), [w], rows=[(1.0,), (math.inf,)])


def test_least_squares_blames_a_parameter_that_is_not_finite_first():
    w = Value(math.nan)
    with pytest.raises(ValueError, match="at the start, nan"):
        least_squares(lambda x: w * atan(x), [w], rows=[(1.0,), (math.inf,)])


FITS = {
    "minimize": lambda f, w, rows: minimize(f, SGD([w], lr=0.1), rows=rows),
    "least_squares": lambda f, w, rows: least_squares(f, [w], rows=rows),
}


@pytest.mark.parametrize("fit", FITS.values(), ids=FITS)
@pytest.mark.parametrize("rows", [[1.0, 2.0], ["ab"], [{"x": 1.0}], [[1.0], 2.0]], ids=str)
@pytest.mark.parametrize("kind", [lambda f: f, compile], ids=["uncompiled", "compiled"])
def test_what_is_no_row_is_named(kind, rows, fit):
    w = Value(0.5)
    with pytest.raises(TypeError, match=r"each row to be a tuple of arguments, .* a single argument makes \(x,\)"):
        fit(kind(lambda x: w * x - 1.0), w, rows)


@kinds
def test_rows_may_be_arrays(kind):
    w = Value(0.5)
    rows = [np.array([1.0, 2.0]), np.array([2.0, 4.0])]
    assert minimize(kind(lambda x, y: (w * x - y) ** 2), SGD([w], lr=0.1), rows=rows).converged
    w.data = 0.5
    assert least_squares(kind(lambda x, y: w * x - y), [w], rows=rows).converged
