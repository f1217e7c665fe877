"""The functions: what they promise besides digits, which `test_functions_reference.py` is for."""

import doctest
import itertools
import math
import operator
import runpy
from fractions import Fraction
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st
from optional import np
from references import CASES

import minigrad.functions as mg
from minigrad import Value, gradients
from minigrad.functions import OPS, primitive
from minigrad.ops import Op

nan, inf = math.nan, math.inf
AWKWARD = [-inf, -1e308, -710.5, -2.0, -1.0, -0.5, -5e-324, -0.0, 0.0, 1e-300, 0.5, 1.0, 3.0, 710.5, 1e308, inf, nan]
POINTS = [(name, point) for name, case in CASES.items() for point in case.points]


def same(x, y):
    """Equal bit for bit, but for the sign of zero; nan is nan."""
    return x == y or (x != x and y != y)


def outcome(f, *args):
    """What a call gives: the number, or the type of the error."""
    try:
        out = f(*args)
    except (ArithmeticError, ValueError) as error:
        return type(error)
    return repr(float(out.data if isinstance(out, Value) else out) + 0.0)  # no -0.0


def derivatives(f, *point):
    xs = [Value(x) for x in point]
    f(*xs).backward()
    return [x.grad for x in xs]


# --- The table ------------------------------------------------------------------------------------------------------


def samples():
    """Every public function that makes one number, with operands it is defined for."""
    unary = (
        "exp exp2 expm1 log log2 log10 log1p sqrt cbrt sin cos tan asin acos atan sinh cosh tanh asinh atanh erf erfc"
    )
    unary += " fabs degrees radians relu leaky_relu sigmoid softplus silu gelu heaviside sign"
    unary += " floor ceil trunc gamma lgamma digamma sinc"
    yield from [(name, 1 / 2) for name in unary.split()]
    yield "acosh", 3 / 2
    yield from [(name, 1 / 2, 3 / 2) for name in BINARY.split()]
    yield "ldexp", 1 / 2, 3
    yield "polygamma", 2, 1 / 2
    yield "fma", 1 / 2, 3 / 2, 2
    yield "clamp", 1 / 2, 0, 1
    yield "where", True, 1 / 2, 3
    yield from [(name, [1 / 2, 3 / 2, 2]) for name in ("sum", "fsum", "prod", "mean", "logsumexp", "norm")]
    yield from [(name, [1 / 2, 3], [2, 3 / 2]) for name in ("dot", "dist", "sumprod")]


BINARY = "log atan2 hypot pow copysign maximum minimum fmod remainder"
SAMPLES = list(samples())


def changed(sample, convert):
    name, *args = sample
    args = [
        [convert(x) for x in arg] if isinstance(arg, list) else arg if arg is True else convert(arg) for arg in args
    ]
    return getattr(mg, name), args


def test_every_public_function_is_sampled():
    pairs_and_bools = {"softmax", "modf", "frexp", "isclose", "isfinite", "isinf", "isnan"}
    assert {name for name, *_ in SAMPLES} == set(mg.__all__) - {"OPS", "primitive"} - pairs_and_bools


def test_every_public_function_has_a_doctest():
    finder = doctest.DocTestFinder()
    for name in set(mg.__all__) - {"OPS"}:
        assert any(test.examples for test in finder.find(getattr(mg, name), name)), name


@pytest.mark.parametrize("sample", SAMPLES)
@pytest.mark.parametrize("kind", [float, Fraction, np.float64, np.array])
def test_a_number_in_gives_a_float_out(sample, kind):
    f, args = changed(sample, kind)
    assert type(f(*args)) is float


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_value_in_gives_a_value_out_and_the_same_number(sample):
    f, args = changed(sample, Value)
    g, numbers = changed(sample, float)
    out = f(*args)
    assert type(out) is Value
    assert out.data == g(*numbers)


@pytest.mark.parametrize("sample", SAMPLES)
@pytest.mark.parametrize("stranger", ["0.5", None, 1j])
def test_what_is_no_number_is_a_type_error(sample, stranger):
    f, args = changed(sample, lambda x: stranger)
    with pytest.raises(TypeError):
        f(*args)


def test_names_in_the_table_are_identifiers_and_its_keys():
    for name, op in OPS.items():
        assert op.name == name
        assert name.isidentifier()


@pytest.mark.parametrize(("name", "point"), POINTS)
def test_gradients_equals_backward_bit_for_bit(name, point):
    xs = [Value(x) for x in point]
    y = OPS[name](*xs)
    y.backward()
    for x, derivative in zip(xs, gradients(y, xs), strict=True):
        assert same(x.grad, derivative.data)


@pytest.mark.parametrize(("name", "point"), POINTS)
def test_code_says_what_forward_does(name, point):
    op = OPS[name]
    names = [f"x{i}" for i in range(len(point))]
    code = op.code or f"{name}({', '.join(names)})"
    text = code.format(*names) if isinstance(code, str) else code(names)
    assert eval(text, dict(zip(names, point, strict=True)) | {name: op.forward}) == op.forward(*point)


@pytest.mark.parametrize("name", ["sum", "mean", "prod", "dot"])
def test_code_of_a_great_many_operands_is_a_call(name):
    names = [f"x{i}" for i in range(10_000)]
    assert OPS[name].code(names) == f"{name}({', '.join(names)})"


@pytest.mark.parametrize("name", CASES)
def test_a_rule_gives_derivatives_of_every_order_wherever_forward_gives_a_value(name):
    count = len(CASES[name].points[0])
    for point in itertools.product(AWKWARD if count < 3 else AWKWARD[3::3], repeat=count):
        xs = [Value(x) for x in point]
        try:
            if isinstance(OPS[name].forward(*point), complex):  # power_term alone, which no rule asks that
                continue
        except (ArithmeticError, ValueError):
            continue
        y = OPS[name](*xs)
        for derivative in gradients(y, xs):
            gradients(derivative, xs)


# There is no whole number that is nan: to round it, or to take it for a number of digits, is an error as in `math`.
WHOLE_ONLY = {(name, 0) for name in ("floor", "ceil", "trunc", "round", "polygamma", "sinc_derivative")}
WHOLE_ONLY |= {("round_to", 1), ("ldexp", 1)}


@pytest.mark.parametrize("name", CASES)
def test_nan_travels_on(name):
    op, point = OPS[name], CASES[name].points[0]
    for i in range(len(point)):
        if (name, i) in WHOLE_ONLY:
            with pytest.raises(ValueError, match=r"NaN to integer|expected a whole number"):
                op(*point[:i], nan, *point[i + 1 :])
        elif (name, i) not in {("copysign", 1), ("step", 2), ("leaky_relu", 1), ("peak", 1), ("exponent", 0)}:
            out = op(*point[:i], nan, *point[i + 1 :])
            assert out != out, f"operand {i}"


# --- As in `math` ---------------------------------------------------------------------------------------------------

UNARY = (
    "exp exp2 expm1 log log2 log10 log1p sqrt cbrt sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh erf erfc"
)
UNARY += " fabs degrees radians floor ceil trunc gamma lgamma"


@pytest.mark.parametrize("kind", [float, Value])
@pytest.mark.parametrize("name", UNARY.split())
def test_one_operand_gives_the_number_or_the_error_of_math(name, kind):
    for x in AWKWARD:
        assert outcome(getattr(mg, name), kind(x)) == outcome(getattr(math, name), x), x


@pytest.mark.parametrize("kinds", [(float, float), (Value, float), (float, Value), (Value, Value)])
@pytest.mark.parametrize("name", ["pow", "atan2", "hypot", "copysign", "log", "fmod", "remainder"])
def test_two_operands_give_the_number_or_the_error_of_math(name, kinds):
    for x, y in itertools.product(AWKWARD, repeat=2):
        if name == "log" and y == 1.0 and outcome(math.log, 2.0, 1.0) is not ZeroDivisionError:
            continue  # where math.log knows a logarithm to the base 1, as PyPy's does, ours raises all the same
        assert outcome(getattr(mg, name), kinds[0](x), kinds[1](y)) == outcome(getattr(math, name), x, y), (x, y)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=9))
def test_lists_give_the_number_or_the_error_of_math(xs):
    assert outcome(mg.fsum, xs) == outcome(math.fsum, xs)
    assert outcome(mg.prod, xs) == outcome(math.prod, xs)
    assert outcome(mg.dist, xs, xs[::-1]) == outcome(math.dist, xs, xs[::-1])
    assert outcome(mg.hypot, *xs) == outcome(mg.norm, xs) == outcome(math.hypot, *xs)


@pytest.mark.parametrize("x", [-1.0, Value(-1.0)])
@pytest.mark.parametrize("name", ["log", "sqrt", "acosh"])
def test_a_domain_error_names_op_and_operand(name, x):
    with pytest.raises(ValueError, match=rf"^{name}\(-1\.0\): "):
        getattr(mg, name)(x)


@pytest.mark.parametrize("x", [1000.0, Value(1000.0)])
def test_an_overflow_names_op_and_operand(x):
    with pytest.raises(OverflowError, match=r"^exp\(1000\.0\): math range error"):
        mg.exp(x)


def test_the_five_methods_are_the_functions():
    x = Value(0.5)
    for name in ("exp", "log", "tanh", "relu", "sigmoid"):
        assert getattr(x, name)().data == getattr(mg, name)(0.5)
        assert getattr(x, name)().op is OPS[name]
    assert x.log(2.0).data == math.log(0.5, 2.0)


# --- Edges, one by one ----------------------------------------------------------------------------------------------


def test_sqrt_at_0_has_derivative_inf():
    assert derivatives(mg.sqrt, 0.0) == derivatives(mg.sqrt, -0.0) == [inf]


def test_cbrt_at_0_has_derivative_inf():
    assert derivatives(mg.cbrt, 0.0) == derivatives(mg.cbrt, -0.0) == [inf]


def test_asin_acos_and_acosh_have_infinite_derivatives_where_they_end():
    assert derivatives(mg.asin, 1.0) == derivatives(mg.asin, -1.0) == derivatives(mg.acosh, 1.0) == [inf]
    assert derivatives(mg.acos, 1.0) == derivatives(mg.acos, -1.0) == [-inf]


@pytest.mark.parametrize("n", [1, 2, 3])
def test_hypot_norm_and_dist_at_0_have_derivative_0(n):
    point = [0.0] * n
    assert derivatives(mg.hypot, *point) == derivatives(lambda *xs: mg.norm(xs), *point) == point
    assert derivatives(lambda *xs: mg.dist(xs, point), *point) == point


def test_atan2_at_the_origin_has_derivative_0():
    assert derivatives(mg.atan2, 0.0, 0.0) == [0.0, 0.0]


@pytest.mark.parametrize(("y", "derivative"), [(0.0, 0.0), (2.0, 0.0), (0.5, inf)])
def test_pow_at_0_has_the_derivatives_of_a_power(y, derivative):
    assert derivatives(mg.pow, 0.0, y) == derivatives(operator.pow, 0.0, y) == [derivative, 0.0]


def test_pow_of_a_negative_number_has_no_derivative_in_its_exponent():
    assert repr(derivatives(mg.pow, -2.0, 3.0)) == "[12.0, nan]"


@pytest.mark.parametrize("f", [mg.relu, abs, mg.fabs, mg.sign, mg.heaviside, lambda x: mg.copysign(x, -1.0)])
def test_a_kink_or_jump_at_0_has_derivative_0(f):
    assert derivatives(f, 0.0) == derivatives(f, -0.0) == [0.0]


def test_relu_maximum_and_clamp_agree():
    for x in AWKWARD:
        got = {
            repr((f(x), derivatives(f, x))) for f in (mg.relu, lambda x: mg.maximum(x, 0), lambda x: mg.maximum(0.0, x))
        }
        assert len({text.replace("-0.0", "0.0") for text in got}) == 1, x
        if not x > 1.0:
            clamped = repr((mg.clamp(x, 0, 1), derivatives(lambda x: mg.clamp(x, 0, 1), x)))
            assert clamped.replace("-0.0", "0.0") in {text.replace("-0.0", "0.0") for text in got} or x == 1.0, x


def test_clamp_has_derivative_0_at_its_bounds_and_beyond():
    f = lambda x: mg.clamp(x, 0.0, 1.0)  # noqa: E731
    assert [derivatives(f, x)[0] for x in (-1.0, 0.0, 0.5, 1.0, 2.0)] == [0.0, 0.0, 1.0, 0.0, 0.0]


def test_clamp_wants_its_bounds_in_order():
    with pytest.raises(ValueError, match=r"clamp: expected low <= high, got 1 and 0"):
        mg.clamp(Value(0.5), 1, 0)


def test_clamp_has_derivatives_in_bounds_that_are_values():
    assert derivatives(mg.clamp, 2.0, 0.0, 1.0) == [0.0, 0.0, 1.0]
    assert derivatives(mg.clamp, -2.0, 0.0, 1.0) == [0.0, 1.0, 0.0]


@pytest.mark.parametrize("f", [mg.maximum, mg.minimum])
def test_a_tie_of_two_values_gives_half_to_each(f):
    assert derivatives(f, 3.0, 3.0) == [0.5, 0.5]
    assert derivatives(f, inf, inf) == [0.5, 0.5]
    assert derivatives(lambda x: f(x, x), 3.0) == [1.0]


@pytest.mark.parametrize("f", [mg.maximum, mg.minimum])
def test_a_tie_with_a_number_goes_to_the_number(f):
    assert derivatives(lambda x: f(x, 3.0), 3.0) == derivatives(lambda x: f(3, x), 3.0) == [0.0]


def test_leaky_relu_counts_0_as_below():
    assert derivatives(lambda x: mg.leaky_relu(x, 0.1), 0.0) == [0.1]
    assert derivatives(mg.leaky_relu, -3.0, 0.1) == [0.1, -3.0]
    assert derivatives(mg.leaky_relu, 3.0, 0.1) == [1.0, 0.0]


def test_heaviside_has_a_derivative_in_its_value_at_0_only_there():
    assert derivatives(mg.heaviside, 0.0, 0.5) == [0.0, 1.0]
    assert derivatives(mg.heaviside, 2.0, 0.5) == derivatives(mg.heaviside, -2.0, 0.5) == [0.0, 0.0]


@pytest.mark.parametrize("f", [mg.relu, mg.leaky_relu, mg.sign, mg.heaviside, mg.silu, mg.gelu, mg.softplus])
def test_nan_passes_through_one_operand(f):
    assert math.isnan(f(nan))
    if f not in {mg.sign, mg.heaviside}:  # whose derivative is 0 everywhere
        assert math.isnan(derivatives(f, nan)[0])


@pytest.mark.parametrize("f", [mg.maximum, mg.minimum])
def test_nan_passes_through_maximum_and_minimum_from_either_side(f):
    for pair in ((nan, 1.0), (1.0, nan)):
        for kinds in itertools.product((float, Value), repeat=2):
            out = f(kinds[0](pair[0]), kinds[1](pair[1]))
            assert math.isnan(out.data if isinstance(out, Value) else out)


def test_infinities_are_limits():
    assert (mg.relu(inf), mg.relu(-inf), mg.sigmoid(inf), mg.sigmoid(-inf), mg.tanh(inf)) == (inf, 0.0, 1.0, 0.0, 1.0)
    assert (mg.softplus(inf), mg.softplus(-inf), mg.silu(inf), mg.gelu(inf)) == (inf, 0.0, inf, inf)
    assert (
        derivatives(mg.sigmoid, inf)
        == derivatives(mg.softplus, -inf)
        == derivatives(mg.tanh, -inf)
        == derivatives(mg.erf, inf)
        == [0.0]
    )


def test_tails_are_finite_and_exact():
    assert (mg.sigmoid(-1000.0), mg.softplus(1000.0), mg.softplus(-1000.0)) == (0.0, 1000.0, 0.0)
    assert derivatives(mg.sigmoid, -1000.0) == derivatives(mg.sigmoid, 1000.0) == derivatives(mg.tanh, 1000.0) == [0.0]
    assert derivatives(mg.softplus, 1000.0) == [1.0]
    assert mg.sigmoid(-700.0) == math.exp(-700.0)


# --- where ----------------------------------------------------------------------------------------------------------


def test_where_has_an_edge_to_the_chosen_side_only():
    a, b = Value(2.0), Value(3.0)
    assert mg.where(True, a, b) is a
    assert mg.where(np.bool_(False), a, b) is b


def test_where_calls_only_the_chosen_side():
    x = Value(1.0)
    y = mg.where(x >= 0, x, lambda: mg.sqrt(-x))
    y.backward()
    assert x.grad == 1.0
    assert mg.where(x < 0, lambda: 1 / 0, lambda: 2) == 2.0


@pytest.mark.parametrize("condition", [Value(1.0), 1.0, 1, "yes", None])
def test_where_wants_true_or_false(condition):
    with pytest.raises(TypeError, match=r"where: expected True or False, got .*compare"):
        mg.where(condition, 1.0, 2.0)


# --- Many operands --------------------------------------------------------------------------------------------------


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=9))
def test_sums_go_strictly_from_left_to_right(xs):
    assert mg.sum(xs) == reduce(operator.add, xs)
    assert mg.mean(xs) == reduce(operator.add, xs) / len(xs)
    assert mg.prod(xs) == reduce(operator.mul, xs)
    assert mg.dot(xs, xs[::-1]) == reduce(operator.add, map(operator.mul, xs, xs[::-1]))


def test_sums_give_the_same_bits_on_every_python():
    xs = [0.1, 1e16, 0.3, -1e16, 0.7]
    assert (mg.sum(xs), mg.mean(xs), mg.dot(xs, [3.0] * 5), mg.fsum(xs)) == (
        0.7,
        0.13999999999999999,
        2.0999999999999996,
        1.0999999999999999,
    )


@pytest.mark.parametrize("f", [mg.sum, mg.fsum, mg.prod, mg.mean, mg.logsumexp, mg.norm, lambda xs: mg.dot(xs, xs)])
def test_one_node_has_all_operands(f):
    xs = [Value(1.0), Value(2.0), Value(3.0)]
    y = f(x for x in xs) if f.__name__ != "<lambda>" else f(xs)
    assert set(y.operands) == set(xs)


def test_plain_numbers_among_the_operands_are_no_parents():
    x = Value(2.0)
    assert mg.sum([1, x, 3.0]).parents == (x,)
    assert mg.sum([1, x, 3.0]).operands == (1.0, x, 3.0)


@pytest.mark.parametrize("f", [mg.sum, mg.fsum, mg.prod, mg.mean, mg.logsumexp, mg.norm])
def test_of_a_single_operand_derivatives_are_as_of_many(f):
    x = Value(2.0)
    y = f([x])
    (derivative,) = gradients(y, [x])
    y.backward()
    assert y.data == f([2.0]) == 2.0
    assert (x.grad, derivative.data) == (1.0, 1.0)


def test_of_nothing_the_sum_is_0_and_the_product_1():
    assert (mg.sum([]), mg.fsum([]), mg.dot([], []), mg.norm([]), mg.hypot(), mg.dist([], [])) == (0.0,) * 6
    assert mg.prod([]) == 1.0
    assert mg.softmax([]) == []


@pytest.mark.parametrize("f", [mg.mean, mg.logsumexp])
def test_of_nothing_there_is_no_mean(f):
    with pytest.raises(ValueError, match="expected at least one number, got none"):
        f([])


@pytest.mark.parametrize("f", [mg.dot, mg.dist])
def test_both_sides_must_be_equally_long(f):
    with pytest.raises(ValueError, match=r"expected .* got 1 and 2"):
        f([1.0], [1.0, 2.0])


def test_derivatives_of_a_product_with_zeros_are_the_products_of_the_others():
    assert derivatives(lambda *xs: mg.prod(xs), 2.0, 0.0, 5.0) == [0.0, 10.0, 0.0]
    assert derivatives(lambda *xs: mg.prod(xs), 0.0, 0.0, 5.0) == [0.0, 0.0, 0.0]


def test_logsumexp_keeps_small_terms_and_survives_large_ones():
    assert mg.logsumexp([0.0, -50.0]) == math.exp(-50.0)
    assert mg.logsumexp([1000.0, 1000.0]) == 1000.0 + math.log(2.0)
    assert mg.logsumexp([-inf, -inf]) == -inf
    assert mg.logsumexp([inf, 1.0]) == inf
    assert mg.logsumexp([inf, inf]) == inf
    assert math.isnan(mg.logsumexp([inf, nan]))
    assert math.isnan(mg.logsumexp([nan, 1.0]))
    assert mg.logsumexp([-inf, 3.0]) == 3.0


@pytest.mark.parametrize("point", [[0.3], [1.0, 2.0, 4.0], [1000.0, 1001.0, 999.5], [0.0, 0.0]])
def test_softmax_is_the_derivative_of_logsumexp(point):
    xs = [Value(x) for x in point]
    shares = mg.softmax(xs)
    assert [share.data for share in shares] == mg.softmax(point) == derivatives(lambda *xs: mg.logsumexp(xs), *point)
    assert mg.fsum(shares).data == pytest.approx(1.0, rel=1e-15)
    for i, share in enumerate(shares):
        got = [derivative.data for derivative in gradients(share, xs)]
        p = mg.softmax(point)
        assert got == pytest.approx([p[i] * ((i == j) - p[j]) for j in range(len(p))], rel=1e-14, abs=1e-16)


def test_softmax_of_large_numbers_has_all_its_digits():
    assert mg.softmax([1000.0, 1001.0]) == pytest.approx([mg.sigmoid(-1.0), mg.sigmoid(1.0)], rel=3e-16)


def test_the_derivative_of_a_share_close_to_1_is_good_to_the_last_digit_of_1():
    point = (0.0, -50.0)  # there it is p * (1 - p), which comes out as p - p * p
    assert abs(gradients(mg.softmax(xs := [Value(x) for x in point])[0], xs)[0].data - math.exp(-50.0)) < 3e-16


# --- Ops of your own ------------------------------------------------------------------------------------------------


def test_a_primitive_has_derivatives_of_every_order():
    cube = primitive("cube", lambda x: x**3, lambda out, x: 3 * x**2)
    x = Value(2.0)
    (first,) = gradients(cube(x), [x])
    (second,) = gradients(first, [x])
    assert (cube(2), cube(x).data, first.data, second.data) == (8.0, 8.0, 12.0, 12.0)
    assert cube.forward.__wrapped__(2) == 8


@pytest.mark.parametrize("rule", [lambda out, x: 2, lambda out, x: [2.0], lambda out, x: (np.float64(2),)])
def test_the_rule_of_one_operand_may_give_a_bare_number_or_a_sequence(rule):
    double = primitive("double", lambda x: 2 * x, rule)
    assert derivatives(double, 3.0) == [2.0]
    assert gradients(double(x := Value(3.0)), [x])[0].data == 2.0


def test_a_primitive_gives_a_float_whatever_number_its_forward_gives():
    assert type(primitive("one", lambda x: 1, lambda out, x: 0.0)(2.0)) is float


def test_a_rule_may_hold_an_operand_constant():
    scale = primitive("scale", lambda x, c: c * x, lambda out, x, c: (c, None))
    x, c = Value(2.0), Value(3.0)
    y = scale(x, c)
    y.backward()
    assert (x.grad, c.grad) == (3.0, 0.0)
    assert [derivative.data for derivative in gradients(y, [x, c])] == [3.0, 0.0]


@pytest.mark.parametrize("make", [primitive, Op])
@pytest.mark.parametrize("rule", [lambda out, x, y: (1.0,), lambda out, x, y: 1.0, lambda out, x, y: [1.0, 2.0, 3.0]])
def test_too_few_or_too_many_derivatives_are_refused(make, rule):
    op = make("half", lambda x, y: x, rule)
    for operands in [(Value(1.0), Value(2.0)), (Value(1.0), 2.0), (2.0, Value(1.0))]:
        with pytest.raises(ValueError, match="half: expected 2 partial derivatives, one for each operand, got"):
            op(*operands)


@pytest.mark.parametrize("bad", ["1", 1j, None, [1.0]])
def test_what_forward_gives_must_be_a_number(bad):
    op = primitive("bad", lambda x: bad, lambda out, x: 1.0)
    for x in (1.0, Value(1.0)):
        with pytest.raises(TypeError, match=r"primitive bad: expected a number from forward, got "):
            op(x)


@pytest.mark.parametrize("bad", ["1", 1j, [[1.0]]])
def test_what_partials_gives_must_be_numbers(bad):
    op = primitive("bad", lambda x: x, lambda out, x: bad)
    with pytest.raises(TypeError, match=r"primitive bad: expected a number from partials, got "):
        op(Value(1.0))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("two words", abs, abs), "expected an identifier for a name, got 'two words'"),
        (("lambda", abs, abs), "expected an identifier for a name, got 'lambda'"),
        ((3, abs, abs), "expected an identifier for a name, got 3"),
        (("f", 1.0, abs), "primitive f: expected a function for forward, got 1.0"),
        (("f", abs, None), "primitive f: expected a function for partials, got None"),
        (("f", abs, abs, 3), "primitive f: expected text or a function for code, got 3"),
    ],
)
def test_a_primitive_is_checked_when_it_is_made(arguments, message):
    with pytest.raises(TypeError, match=message):
        primitive(*arguments)


# --- The page -------------------------------------------------------------------------------------------------------


def test_the_page_of_derivatives_is_in_step_with_the_table(root):
    page = runpy.run_path(str(root / "docs" / "derivatives.py"))["page"]()
    assert page == (root / "docs" / "derivatives.md").read_text(encoding="utf-8"), (
        "run: python docs/derivatives.py > docs/derivatives.md"
    )
    for name in OPS:
        assert f"`{name}`" in page
