"""The checker is checked: right rules pass at any scale, wrong ones fail, kinks are seen, and the report says where."""

import math
import random
from itertools import pairwise

import pytest
from gradcheck_counts import PLANTED, planted, right, verdicts
from hypothesis import given
from hypothesis import strategies as st

from minigrad.engine import Value, topological_order
from minigrad.functions import (
    acosh,
    asin,
    atan,
    cbrt,
    clamp,
    cos,
    erf,
    erfc,
    exp,
    heaviside,
    hypot,
    log,
    logsumexp,
    maximum,
    norm,
    primitive,
    relu,
    sign,
    sin,
    sinh,
    sqrt,
    tan,
    where,
)
from minigrad.functions import sum as total
from minigrad.gradcheck import Report, gradcheck, numerical_gradient
from minigrad.gradcheck.differences import Limit, derivative_of
from minigrad.gradcheck.directions import MANY
from minigrad.gradcheck.graph import sizes_of
from minigrad.gradcheck.verdicts import _small_steps
from minigrad.testing import models, programs
from minigrad.transforms import grad

SCALES = [1e-100, 1e-20, 1e-8, 1e-3, 0.7, 3.0, 1e3, 1e8, 1e100]


def wrong(name, forward, rule, by=1e-6):
    """An op whose rule is off by one part in a million."""
    return primitive(name, forward, lambda out, x: rule(x) * (1.0 + by))


# --- Right gradients pass -------------------------------------------------------------------------------------------

SMOOTH = [
    (lambda x: x * x * x, [0.0, 5e-324, 1e-308, *SCALES]),
    (lambda x: 1.0 / x, SCALES),
    (lambda x: 5.0 - x, [0.0, *SCALES]),
    (log, SCALES),
    (sqrt, SCALES),
    (cbrt, SCALES),
    (atan, [0.0, *SCALES]),
    (lambda x: atan(1e6 * x), [0.0, 1e-8, 1e-7, 1.0]),
    (exp, [-700.0, -1.0, 0.0, 1e-8, 1.0, 700.0]),
    (erfc, [0.0, 5.0, 20.0]),
    (sin, [0.0, 1e-8, 1.0, math.pi / 2, 1e8]),
    (lambda x: 3.0 * x + sin(32.0 * math.pi * x), [0.1, 0.3, 0.5, 1.0]),  # steps that are powers of two see a line
    (lambda x: 1e-3 + 3.0 * x + 1e-9 * sin(1e9 * x), [0.0]),  # large steps see a line too, and see it sharper
    (lambda x: sin(1e3 * x), [0.0, 0.1, 1.0]),
    (lambda x: 1e6 + sin(x), [0.0, 1e-8, 1.0, 1e8]),
    (lambda x: 1e6 + sin(x) - 1e6, [0.0, 1e-8, 1.0]),
    (lambda x: 1e12 * (1.0 + 1e-12 * x) - 1e12, [1.0]),
    (tan, [1.0, 1.57, 1.5707963]),
    (acosh, [1.000001, 1.0 + 1e-12, 1e8]),
    (asin, [0.999999, 1.0 - 1e-12, 1e-8]),
    (lambda x: 1.0 / (1.0 + 25.0 * x * x), [0.0, 1e-8, 0.3]),
    (lambda x: relu(x) + relu(-x), [1e-8, -1e-8, 1e-3, 1e8]),
    (lambda x: sign(x) + heaviside(x) * 0.5, [1e-8, -1e-8, 1e-3, 1e8]),
    (lambda x: x**1.5, [0.0, 1e-9]),
    (lambda x: x**2, [0.0]),
    (lambda x: Value(4.0), [1.0]),
    (lambda x: 4.0, [1.0]),
    (grad(lambda x: erf(acosh(sinh(x)) ** x)), [3.0]),  # on the way to 1e-308 digits were lost
    (lambda x: x - x + relu(x) ** 6, [0.02]),  # 1 - 1 leaves more rounding than derivative
    (lambda x: (0.1 * x - 0.2 + 0.19) ** 2, [0.1]),  # so does the lowest point of a parabola
]


@pytest.mark.parametrize(("f", "x"), [(f, x) for f, xs in SMOOTH for x in xs])
def test_a_right_gradient_passes(f, x):
    report = gradcheck(f, x)
    assert report.verdict == "pass", report


@given(st.floats(-1e9, 1e9), st.floats(1e-9, 1e9))
def test_right_gradients_pass_wherever_the_point_is(x, y):
    report = gradcheck(lambda x, y: sin(x) * log(y) + x / y + (x * 1e-3) ** 3, x, y)
    assert report.verdict == "pass", report


@pytest.mark.parametrize(
    ("x", "y"), [(-1.290303828993157e-07, 90529251.51666129), (3.5940924186669454e-10, 24992537.019966155)]
)
def test_large_steps_that_agree_on_another_derivative_are_not_believed(x, y):
    # atan is done within 1 / y of 0; steps larger than that agree on the derivative of the rest.
    report = gradcheck(lambda x, y: atan(x * y) + cos(x) * y, x, y)
    assert report.verdict == "pass", report


@given(models(max_inputs=2, max_hidden=2, max_rows=3))
def test_every_model_passes_or_has_a_kink(model):
    report = gradcheck(model.loss, model.weights)
    assert report.verdict != "fail", report


@pytest.mark.parametrize("x", [0.0, 1e-8, 0.5, 3.0, 1e4])
def test_the_differences_are_good_to_eleven_digits(x):
    for f, derivative in [(math.sin, math.cos), (math.atan, lambda x: 1.0 / (1.0 + x * x)), (math.cbrt, None)]:
        if derivative or x:
            expected = derivative(x) if derivative else math.cbrt(x) / (3.0 * x)
            assert numerical_gradient(f, [x])[0] == pytest.approx(expected, rel=1e-11)


def test_second_derivatives_can_be_checked_too():
    assert gradcheck(grad(lambda x: sin(x) * exp(x * x)), 0.7)
    assert gradcheck(grad(grad(lambda x: log(x) * x**3)), 0.7)


@pytest.mark.parametrize("f", [sqrt, cbrt, lambda x: x**0.5, lambda x: 1e12 + cbrt(x)])
def test_an_infinite_derivative_passes_where_the_rule_says_infinite(f):
    report = gradcheck(f, 0.0)
    assert report.verdict == "pass", report
    assert report.gradient[0].expected == math.inf


# --- Wrong gradients fail -------------------------------------------------------------------------------------------

WRONG = [
    (wrong("bad_sin", math.sin, cos), [1e-8, 1.0, 1e3, 1e8]),
    (wrong("bad_cube", lambda x: x**3, lambda x: 3.0 * x * x), [1e-8, 0.7, 1e8, 1e100]),
    (wrong("bad_log", math.log, lambda x: 1.0 / x), SCALES),
    (wrong("bad_exp", math.exp, exp), [-650.0, 0.0, 1e-8, 700.0]),
    (wrong("bad_line", lambda x: 3.0 * x, lambda x: 3.0), [0.0, *SCALES]),
    (wrong("bad_asin", math.asin, lambda x: (1.0 - x * x) ** -0.5), [1e-8, 0.3, 0.999999]),
]


@pytest.mark.parametrize(("op", "x"), [(op, x) for op, xs in WRONG for x in xs])
@pytest.mark.parametrize("inside", [lambda op, x: op(x), lambda op, x: 1e6 + 2.0 * op(x), lambda op, x: op(x) - op(x)])
def test_a_rule_off_by_one_part_in_a_million_fails_and_is_to_blame(op, x, inside):
    report = gradcheck(lambda x: inside(op, x), x)
    assert report.verdict == "fail"
    assert {derivative.of for derivative in report.blame} == {f"of {op.name}({x!r})"}


@pytest.mark.parametrize("operand", [0, 1, 2])
def test_the_operand_whose_rule_is_wrong_is_named(operand):
    def rule(out, *xs):
        derivatives = [xs[1] * xs[2], xs[0] * xs[2], xs[0] * xs[1]]
        derivatives[operand] *= 1.000001
        return derivatives

    product = primitive("product", lambda x, y, z: x * y * z, rule)
    report = gradcheck(lambda x, y, z: product(x, y, z) + x, 2.0, 3.0, 5.0)
    assert [derivative.of for derivative in report.blame] == [f"of product(2.0, 3.0, 5.0) by operand {operand}"]


def test_a_smaller_error_than_rtol_passes_and_a_smaller_rtol_sees_it():
    slightly = wrong("slightly", math.sin, cos, by=1e-10)
    assert gradcheck(slightly, 1.0)
    assert gradcheck(slightly, 1.0, rtol=1e-11).verdict == "fail"


@pytest.mark.parametrize("rule", [0.0, -1.0, math.nan, math.inf, -math.inf])
def test_a_rule_that_is_wrong_altogether_fails(rule):
    op = primitive("op", lambda x: x, lambda out, x: rule)
    assert gradcheck(op, 1.0).verdict == "fail"


@pytest.mark.parametrize("rule", [0.0, 1e3, math.nan, -math.inf])
def test_a_finite_or_negative_rule_fails_where_the_derivative_is_infinite(rule):
    op = primitive("op", math.sqrt, lambda out, x: rule)
    assert gradcheck(op, 0.0).verdict == "fail"


def test_what_is_not_in_the_graph_fails_with_no_op_to_blame():
    report = gradcheck(lambda x: x * x.data, 3.0)
    assert (report.verdict, report.blame) == ("fail", [])
    assert "no op is to blame" in str(report)
    assert (report.gradient[0].expected, report.gradient[0].received) == (pytest.approx(6.0, rel=1e-11), 3.0)


# --- Kinks ----------------------------------------------------------------------------------------------------------

KINKS = [
    (abs, [0.0]),
    (relu, [0.0]),
    (lambda x: abs(x) - abs(x), [0.0]),
    (lambda x: relu(x) - relu(x), [0.0]),
    (lambda x: x + 0.0 * relu(x), [0.0]),
    (lambda x: abs(x) ** 2, [0.0]),
    (lambda x: sqrt(abs(x)), [0.0]),
    (lambda x: maximum(x, x), [0.0, 3.0]),
    (lambda x: maximum(x, 2.0 * x - 3.0), [3.0]),
    (lambda x: clamp(x, 0.0, 1.0), [0.0, 1.0]),
    (lambda x: 1e6 + abs(x - 3.0) + x, [3.0]),
    (lambda x: x + 1e-7 * abs(x), [0.0]),
    (sign, [0.0]),
    (heaviside, [0.0]),
    (lambda x: x * heaviside(x), [0.0]),
    (lambda x: hypot(x, 0.0), [0.0]),
    (lambda x: -x if x < 1e8 else x - 2e8, [1e8]),  # a kink that only the whole function has
    (lambda x: where(x > 3.0, x, 2.0 * x), [3.0]),  # a jump
    (lambda x: Value(-2.0) ** x, [3.0]),  # defined here alone
]


@pytest.mark.parametrize(("f", "x"), [(f, x) for f, xs in KINKS for x in xs])
def test_a_kink_is_seen(f, x):
    report = gradcheck(f, x)
    assert report.verdict == "kink", report
    assert "a kink" in str(report)


def test_a_wrong_rule_is_to_blame_beside_a_kink_too():
    bad = wrong("bad_sin", math.sin, cos)
    assert gradcheck(lambda x: bad(x) + abs(x), 0.0).verdict == "fail"


def test_programs_with_kinks_hit_them_and_none_fails():
    found = []

    @given(programs(kinks=True))
    def collect(program):
        report = gradcheck(program, *program.point)
        assert report.verdict != "fail", report
        found.append(report.verdict)

    collect()
    assert found.count("kink") >= 10


def test_the_second_derivative_that_is_0_at_the_kink_of_norm_is_a_kink_and_not_a_pass():
    report = gradcheck(grad(lambda x: norm([x, 0.0]) ** 2), 0.0)
    assert report.verdict == "kink", report
    assert (report.gradient[0].expected, report.gradient[0].received) == (pytest.approx(2.0), 0.0)


def test_a_kink_where_floats_have_no_digits_for_small_steps_is_uncertain():
    report = gradcheck(lambda x: abs(x - 1e16), 1e16)
    assert report.verdict == "kink"  # the op inside has it at 0, where small steps are to be had
    report = gradcheck(lambda x, y: logsumexp([x, y]), 1e19, 1e19)
    assert report.verdict == "uncertain", report  # as sharp as maximum, as far as floats can tell
    assert "numbers so large" in report.reason
    assert all(derivative.error < 1e-12 for derivative in report.gradient)  # 0.5 was expected, and received


# --- A second look --------------------------------------------------------------------------------------------------


def test_a_ripple_that_large_steps_do_not_see_is_right_if_small_ones_see_it():
    report = gradcheck(lambda x: x + 1e-8 * sin(1e8 * x), 0.3)
    assert report.verdict == "pass", report
    assert report.gradient[0].expected == pytest.approx(1.0 + math.cos(1e8 * 0.3), rel=1e-3)
    assert report.gradient[0].doubt < 2e-3  # the digits that could be had


def test_what_neither_large_steps_nor_small_ones_agree_with_is_uncertain():
    report = gradcheck(lambda x: x.data + 1e-8 * sin(1e8 * x), 0.3)
    assert (report.verdict, report.reason[:11]) == ("uncertain", "large steps")


def test_logsumexp_of_large_numbers_is_right_where_only_large_steps_say_otherwise():
    report = gradcheck(lambda a, b: logsumexp([a, b]), -197600028.148204, -197600026.528204)
    assert report.verdict == "pass", report
    assert report.inside[0].expected == pytest.approx(1.0 / (1.0 + math.exp(1.62)), rel=1e-3)


@pytest.mark.parametrize("x", [2.2289484688770268e16, 3913360803440731.5, 1.3885803528301667e103])
@pytest.mark.parametrize("op", [sin, tan])
def test_an_op_whose_floats_are_whole_periods_apart_is_not_to_blame(op, x):
    report = gradcheck(op, x)
    assert (report.verdict, report.blame) == ("uncertain", []), report
    assert report.reason in str(report)
    assert report.gradient[0].error > 0.99 * abs(report.gradient[0].received)  # no digit could be had


def test_a_number_as_large_as_floats_go_is_no_kink():
    assert gradcheck(lambda x: x * 1e308, 1.0).verdict == "pass"
    assert gradcheck(lambda x: x * 1.0, 1.5e308).verdict == "pass"


@pytest.mark.parametrize("seed", range(24))
def test_a_function_that_is_not_deterministic_is_uncertain_whatever_it_draws(seed):
    rng = random.Random(seed)
    for f in [
        lambda x: x + rng.random(),
        lambda x: x * rng.random(),
        lambda x: x if rng.random() < 0.5 else 2.0 * x,
        lambda x: x + 1e-13 * rng.random(),
        lambda x: where(rng.random() < 0.8, x, 0.0),
    ]:
        report = gradcheck(f, 1.0)
        assert report.verdict == "uncertain", report
        assert "not deterministic" in report.reason
        assert report.reason in str(report)


def test_a_gradient_that_is_not_deterministic_is_uncertain_though_its_function_is():
    rng = random.Random(0)
    report = gradcheck(lambda x: x + 0.0 * (rng.random() * x).data + 1e-12 * rng.random() * (x - 3.0), 3.0)
    assert (report.verdict, report.reason[:17]) == ("uncertain", "not deterministic")


def test_an_op_that_is_not_deterministic_is_not_to_blame():
    rng = random.Random(0)
    noisy = primitive("noisy", lambda x: x + rng.random(), lambda out, x: 1.0)
    report = gradcheck(noisy, 1.0)
    assert (report.verdict, report.blame) == ("uncertain", [])
    assert "not deterministic" in report.reason


def test_quotients_that_no_float_can_hold_are_uncertain():
    report = gradcheck(lambda x: x * 1e300 * 1e300 * 1e-300, 1e-300)
    assert report.verdict != "kink", report


def test_of_right_functions_none_fails_and_none_is_a_kink():
    found, said = verdicts(right(random.Random(1)), 400)
    assert set(found) <= {"pass", "uncertain"}, [report for report in said if report.verdict in {"fail", "kink"}]
    assert found["pass"] >= 396, found


@pytest.mark.slow
def test_of_three_thousand_right_functions_none_fails_and_none_is_a_kink():
    found, said = verdicts(right(random.Random(0)), 3000)
    assert set(found) <= {"pass", "uncertain"}, [report for report in said if report.verdict in {"fail", "kink"}]
    assert found["pass"] >= 2960, found


@pytest.mark.parametrize("kind", PLANTED)
def test_planted_errors_are_found(kind):
    found, _ = verdicts(planted(random.Random(kind), kind), 100)
    assert found["fail"] >= 95, found


# --- Many numbers ---------------------------------------------------------------------------------------------------


def chain(xs):
    return total([sin(x * y) for x, y in pairwise(xs)])


def calls_of(f, numbers):
    calls = []
    report = gradcheck(lambda xs: calls.append(1) or f(xs), numbers)
    return len(calls), report


def test_many_numbers_cost_as_many_calls_as_few():
    rng = random.Random(0)
    numbers = [rng.gauss(0.0, 1.0) for _ in range(16 * MANY)]
    each, _ = calls_of(chain, numbers[:MANY])
    for n in (2 * MANY, 16 * MANY):  # one by one it would be n / MANY times as many
        calls, report = calls_of(chain, numbers[:n])
        assert (report.verdict, len(report.gradient) < MANY) == ("pass", True)
        assert calls < 2 * each


def test_one_number_among_many_that_is_not_in_the_graph_is_named():
    rng = random.Random(1)
    numbers = [rng.gauss(0.0, 1.0) for _ in range(2 * MANY)]
    for lost in (0, 17, 2 * MANY - 1):
        _, report = calls_of(lambda xs, lost=lost: chain(xs) + 1e-3 * xs[lost].data ** 3, numbers)
        assert report.verdict == "fail"
        wrong = [derivative.of for derivative in report.gradient if derivative.verdict == "fail"]
        assert wrong == [f"at xs[{lost}] = {numbers[lost]!r}"]


def test_where_rounding_leaves_a_direction_few_digits_each_number_is_varied_alone():
    numbers = [n / 10.0 for n in range(2 * MANY)]
    _, report = calls_of(lambda xs: 1.0 + 1e-11 * total(xs), numbers)
    assert (report.verdict, len(report.gradient)) == ("pass", 2 * MANY)
    _, report = calls_of(lambda xs: 1.0 + 1e-3 * total(xs), numbers)
    assert len(report.gradient) < MANY


def test_what_backward_adds_up_is_as_large_as_the_terms_are_whether_they_cancel_or_not():
    x = Value(3.0)
    y = 1e-5 * x - 1e-5 * x + 2e-7 * x
    assert sizes_of(y, topological_order(y))[x] == pytest.approx(2.02e-5, rel=1e-12)


def test_a_kink_in_one_number_among_many_is_seen():
    numbers = [n / 10.0 for n in range(2 * MANY)]
    _, report = calls_of(lambda xs: chain(xs) + abs(xs[20] - 2.0), numbers)
    assert report.verdict == "kink"


def test_an_operand_among_many_whose_rule_is_off_by_one_part_in_a_million_is_to_blame():
    def rule(out, *xs):
        derivatives = [math.cos(x) for x in xs]
        derivatives[30] *= 1.000001
        return derivatives

    op = primitive("sines", lambda *xs: math.fsum([math.sin(x) for x in xs]), rule)
    report = gradcheck(lambda xs: op(*xs), [0.01 * n for n in range(2 * MANY)])
    assert [derivative.of.split()[-1] for derivative in report.blame] == ["30"]


def test_directions_are_drawn_from_the_generator_that_is_given():
    numbers = [0.1 * n for n in range(2 * MANY)]
    drawn = [gradcheck(chain, numbers, rng=random.Random(seed)).gradient[0].received for seed in (5, 5, 6)]
    assert drawn[0] == drawn[1] != drawn[2]


# --- The report -----------------------------------------------------------------------------------------------------


def test_a_report_names_point_argument_expected_received_and_the_op():
    bad = wrong("bad_sin", math.sin, cos, by=0.5)

    def loss(w, options):
        return 2.0 * bad(w["a"][1]) * options[1]

    report = gradcheck(loss, {"a": [1.0, 0.0]}, ("sgd", 3.0, True))
    assert str(report) == (
        "fail: bad_sin(0.0) is to blame\n"
        "  derivative of bad_sin(0.0): expected 1, received 1.5, off by 5e-01\n"
        "  derivative at w['a'][1] = 0.0: expected 6, received 9, off by 5e-01"
    )
    assert report.point == ({"a": [1.0, 0.0]}, ("sgd", 3.0, True))
    assert [derivative.verdict for derivative in report.gradient] == ["pass", "fail", "pass"]


def test_a_report_is_true_only_if_the_gradient_passed():
    assert gradcheck(sin, 1.0).passed
    assert gradcheck(sin, 1.0)
    assert not gradcheck(abs, 0.0)
    assert not gradcheck(lambda x: x * x.data, 1.0)


def test_a_report_says_how_many_derivatives_were_compared():
    assert str(gradcheck(lambda x, y: x * x * y, 2.0, 3.0)) == (
        "pass: finite differences agree with every derivative, 2 of the function and 4 of the ops inside"
    )


def test_a_report_stays_short():
    bad = wrong("bad_sin", math.sin, cos)
    report = gradcheck(lambda xs: total([bad(x) for x in xs]), [n / 10 for n in range(1, 21)])
    assert len(str(report).splitlines()) == 12
    assert str(report).endswith("... and 30 more")


def test_a_derivative_that_differences_cannot_settle_says_so():
    report = gradcheck(lambda x: 1e12 + sin(x), 1.0)
    assert report.verdict == "pass"
    assert " +- " in str(report)
    assert 1e-6 < report.gradient[0].doubt < 1e-1


def test_arguments_are_called_what_the_function_calls_them():
    class Machine:
        def method(self, speed, *rest):
            return speed.data * speed * rest[0]

        def __call__(self, x):
            return x * x.data

    machine = Machine()
    names = [derivative.of for derivative in gradcheck(machine.method, 1.0, 2.0).gradient]
    assert names == ["at speed = 1.0", "at args[1] = 2.0"]
    assert gradcheck(machine, 3.0).gradient[0].of == "at args[0] = 3.0"
    assert gradcheck(grad(lambda speed: speed**3), 3.0).gradient[0].of == "at speed = 3.0"


# --- Arguments ------------------------------------------------------------------------------------------------------


def test_values_are_taken_as_numbers_and_left_alone():
    x = Value(2.0)
    x.grad = 5.0
    assert gradcheck(lambda x: x * x, x)
    assert (x.data, x.grad) == (2.0, 5.0)


def test_parameters_that_the_function_knows_keep_their_gradients():
    w = Value(2.0)
    inner = w * 3.0
    w.grad, inner.grad = 5.0, 7.0
    assert gradcheck(lambda x: x * inner, 3.0)
    assert (w.grad, inner.grad) == (5.0, 7.0)


def test_what_is_no_number_reaches_the_function():
    def f(x, flag, name, marker):
        assert (flag, name, marker) == (True, "name", None)
        return x * x

    assert gradcheck(f, 3.0, True, "name", None)


def test_numerical_gradient_has_the_shape_of_its_arguments():
    def f(p, flag, rest):
        return p["a"] * rest[1] ** 2 if flag else 0.0

    found = numerical_gradient(f, [{"a": 2.0, "name": "f"}, True, (None, 3)])
    assert found == [{"a": pytest.approx(9.0, rel=1e-11), "name": "f"}, True, (None, pytest.approx(12.0, rel=1e-11))]


def test_numerical_gradient_runs_on_floats_alone():
    seen = []
    numerical_gradient(lambda x: seen.append(type(x)) or math.sin(x), [1.0])
    assert set(seen) == {float}


def test_numerical_gradient_takes_what_returns_values():
    w = Value(3.0)
    assert numerical_gradient(lambda x: w * x, (2.0,)) == (pytest.approx(3.0, rel=1e-11),)


def test_numerical_gradient_at_the_edges():
    assert numerical_gradient(abs, [0.0]) == [0.0]
    assert numerical_gradient(lambda x: max(x, 0.0), [0.0]) == [0.5]
    assert numerical_gradient(math.sqrt, [0.0]) == [math.inf]
    assert numerical_gradient(math.acos, [1.0]) == [-math.inf]
    assert math.isnan(numerical_gradient(lambda x: {3.0: 1.0}.get(x, math.nan), [3.0])[0])


# --- Differences ----------------------------------------------------------------------------------------------------


def exact(f):
    return lambda x: (f(x), 0.0)


def test_at_the_border_of_a_domain_the_derivative_is_that_of_one_side():
    derivative, error, kink = derivative_of(exact(lambda x: math.sin(x) if x <= 1.0 else math.nan), 1.0)
    assert (derivative, kink) == (pytest.approx(math.cos(1.0), rel=1e-11), False)
    assert error < 1e-11


def test_derivatives_that_are_infinite_on_both_sides_with_opposite_signs_are_a_kink():
    assert derivative_of(exact(lambda x: math.sqrt(abs(x))), 0.0)[2]


@pytest.mark.parametrize("below", [2.0**-10, 0.25, 2.0**10])
def test_small_steps_end_some_forty_halvings_below_the_large_one_where_nothing_is_rounded(below):
    asked = []

    def bent(x):
        asked.append(abs(x))
        return x * abs(x), 0.0

    close, settled = _small_steps(bent, 0.0, Limit(2), 0, 1.0, below)
    assert close is not None and settled
    assert 2.0**-42 < min(x for x in asked if x) / below < 2.0**-39


def test_a_slight_kink_is_seen_below_a_bend_that_only_small_steps_resolve():
    derivative, _, kink = derivative_of(exact(lambda x: math.sin(x) + 1e-3 * abs(x) * math.cos(30.0 * x)), 0.0)
    assert (derivative, kink) == (pytest.approx(1.0, rel=1e-11), True)


@pytest.mark.parametrize(("f", "x"), [(math.sin, 1e8), (math.sin, 0.3), (math.log, 1e-3), (lambda x: 5.0, 0.3)])
def test_the_step_gets_no_smaller_than_it_must(f, x):
    steps = []
    derivative_of(exact(lambda x: steps.append(x) or f(x)), x)
    assert len(steps) < 25


def test_the_steps_end_where_rounding_drowns_what_smaller_ones_would_show():
    steps = []

    def rounded(x):  # a sum of so many numbers that the last digits are lost: no step shows eleven digits
        steps.append(x)
        return math.sin(x), 1e-11

    derivative, error, kink = derivative_of(rounded, 0.3)
    assert abs(derivative - math.cos(0.3)) < 1e-12 < error < 1e-8 and not kink
    assert len(steps) < 25


@pytest.mark.parametrize("n", [300, 1200])
def test_of_many_numbers_a_direction_takes_as_many_steps_however_many_they_are(n):
    calls = []

    def squares(xs):
        calls.append(len(xs))
        y = 0.0
        for x in xs:
            y = y + x * x
        return y

    assert gradcheck(squares, [0.5 + i / (2 * n) for i in range(n)])
    assert len(calls) < 400  # sixteen directions of some ten steps to both sides, and a second look; it was 1,500


def test_a_bend_that_looks_like_a_slight_kink_at_a_few_steps_is_none():
    assert not derivative_of(exact(lambda x: math.hypot(x, 1.66, 2.85)), -1.66)[2]


def test_a_slight_kink_at_a_large_number_is_seen_by_steps_of_one_and_less():
    steps = []
    derivative, _, kink = derivative_of(exact(lambda x: steps.append(x) or x + 1e-6 * abs(x - 100.0)), 100.0)
    assert (derivative, kink) == (pytest.approx(1.0, rel=1e-11), True)
    assert max(steps) < 101.0


def test_large_steps_are_not_tried_where_small_ones_agree():
    steps = []
    derivative_of(exact(lambda x: steps.append(x) or 1e5 + math.sin(x)), 1e8)
    assert max(steps) < 1e8 + 1.0


# --- Errors ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("result", [[1.0], None, "text"])
def test_a_function_that_returns_no_number_is_refused(result):
    with pytest.raises(TypeError, match="to return one number"):
        gradcheck(lambda x: result, 1.0)
    with pytest.raises(TypeError, match="to return one number"):
        numerical_gradient(lambda x: result, [1.0])


@pytest.mark.parametrize("x", [math.nan, math.inf])
def test_a_point_where_the_function_is_not_finite_is_refused(x):
    with pytest.raises(ValueError, match=r"expected a finite number from the function, got .*at another point"):
        gradcheck(lambda x: x * x, x)


def test_a_point_where_the_function_is_not_defined_raises_what_it_raises():
    with pytest.raises(ValueError, match=r"log\(-1.0\)"):
        gradcheck(log, -1.0)


def test_arguments_that_are_no_sequence_are_refused_with_the_remedy():
    with pytest.raises(TypeError, match=r"expected a list or tuple of arguments, got 3\.0; write numerical_gradient"):
        numerical_gradient(math.sin, 3.0)


def test_the_report_is_a_public_class():
    assert isinstance(gradcheck(sin, 1.0), Report)


def test_a_point_at_the_edge_of_all_floats_is_uncertain_and_not_a_kink():
    report = gradcheck(lambda x: exp(709.7 + (x - 1.0) * 2678136885.168937), 1.0)
    assert (report.verdict, report.passed) == ("uncertain", False)
    assert "float" in report.reason


def test_a_kink_between_swings_too_fast_for_most_steps_is_a_kink():
    rate, at = 340333.0378298884, 7026717.511469271
    assert gradcheck(lambda x: abs(sin(rate * (x - at))), at).verdict == "kink"
