"""The whole math module: every function of reals is here, with the numbers and the errors of Python's own."""

import itertools
import math
import operator
import subprocess
import sys
from fractions import Fraction

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from mpmath import mp
from optional import np

import minigrad as mg
from minigrad import Value, compile, grad, hessian
from minigrad.functions import OPS
from minigrad.functions.exact import _fma

nan, inf = math.nan, math.inf
NUMBERS = [-inf, -1e308, -7.5, -3.0, -2.5, -0.5, -5e-324, -0.0, 0.0, 1e-300, 0.5, 1.0, 2.5, 3.0, 2.0**52, inf, nan]
ANY = st.sampled_from(NUMBERS) | st.floats() | st.integers(-20, 20).map(lambda n: n / 2)

# What of `math` has no twin here; docs/reference/functions.md says why.
OF_INTS = {"comb", "factorial", "gcd", "isqrt", "lcm", "perm", "integer"}
OF_FLOATS = {"nextafter", "ulp", "isnormal", "issubnormal", "signbit"}
WITHOUT_NAN = {"fmax", "fmin"}
CONSTANTS = {"e", "inf", "nan", "pi", "tau"}
# Newer than the oldest Python that we support:
NEWER = {"fma", "sumprod", "integer", "isnormal", "issubnormal", "signbit", "fmax", "fmin"}


def outcome(f, *args):
    """What a call gives, bit for bit: a float's text, a tuple of them, or the type of the error."""
    try:
        out = f(*args)
    except (ArithmeticError, ValueError) as error:
        return type(error)
    outs = [x.data if isinstance(x, Value) else float(x) for x in (out if isinstance(out, tuple) else (out,))]
    return list(map(repr, outs))


def local(f, *xs):
    """The local derivatives of a function at a point."""
    values = [Value(x) for x in xs]
    f(*values).backward()
    return [x.grad for x in values]


# --- Completeness ---------------------------------------------------------------------------------------------------


def test_every_function_of_math_is_here_or_the_reference_says_why_not(root):
    names = {name for name in dir(math) if name[0] != "_"} | NEWER
    assert names - {*mg.functions.__all__} == OF_INTS | OF_FLOATS | WITHOUT_NAN | CONSTANTS
    page = (root / "docs" / "reference" / "functions.md").read_text(encoding="utf-8")
    table = page.partition("## What of `math` is not here")[2]
    assert all(f"`{name}`" in table for name in OF_INTS | OF_FLOATS | WITHOUT_NAN | CONSTANTS)


# --- Operators ------------------------------------------------------------------------------------------------------

PAIRS = [(Value, float), (float, Value), (Value, Value)]


@pytest.mark.parametrize("kinds", PAIRS, ids=["left", "right", "both"])
@pytest.mark.parametrize("f", [operator.mod, operator.floordiv, divmod])
def test_division_with_rest_gives_the_bits_and_errors_of_floats(f, kinds):
    for x, y in itertools.product(NUMBERS, repeat=2):
        assert outcome(f, kinds[0](x), kinds[1](y)) == outcome(f, x, y), (x, y)


@given(ANY, ANY)
def test_division_with_rest_is_that_of_floats_wherever_it_is_asked(x, y):
    for f in (operator.mod, operator.floordiv, divmod):
        assert outcome(f, Value(x), y) == outcome(f, x, y)
        assert outcome(compile(lambda x, y, f=f: f(x, y)), x, y) == outcome(f, x, y)


@given(ANY)
def test_rounding_gives_the_numbers_and_errors_of_python(x):
    for f in (round, math.floor, math.ceil, math.trunc):
        assert outcome(f, Value(x)) == outcome(f, x)
    for digits in (-400, -2, 0, 1, 3, 400):
        assert outcome(round, Value(x), digits) == outcome(round, x, digits)


def test_division_with_rest_has_the_derivatives_of_its_formula():
    assert local(operator.mod, -7.5, 2.0) == [1.0, 4.0]  # -7.5 - -4 * 2
    assert local(operator.floordiv, -7.5, 2.0) == [0.0, 0.0]
    assert local(lambda x, y: divmod(x, y)[1], 7.5, -2.0) == [1.0, 4.0]


@pytest.mark.parametrize("f", [round, math.floor, math.ceil, math.trunc, lambda x: round(x, 1), lambda x: x // 1])
@pytest.mark.parametrize("x", [2.0, 2.5, -2.7])
def test_a_rounded_number_is_a_value_whose_derivative_is_0_at_jumps_too(f, x):
    assert type(f(Value(x))) is Value
    assert local(f, x) == [0.0]
    assert hessian(f)(x) == 0.0


def test_strangers_and_text_beside_a_value_are_type_errors():
    for f in (operator.mod, operator.floordiv, divmod):
        for pair in ((Value(1.0), "a"), (Value(1.0), None), ([1], Value(1.0))):
            with pytest.raises(TypeError):
                f(*pair)


class Stranger:
    def __rmod__(self, other):
        return "rmod"

    def __rdivmod__(self, other):
        return "rdivmod"


def test_a_stranger_answers_for_itself():
    assert (Value(1.0) % Stranger(), divmod(Value(1.0), Stranger())) == ("rmod", "rdivmod")


def test_the_digits_to_round_to_are_an_int():
    for digits in (1.0, "1", Value(1.0)):
        with pytest.raises(TypeError):
            round(Value(1.0), digits)


def test_turning_a_value_into_an_int_is_refused_with_both_remedies():
    with pytest.raises(TypeError, match=r"minigrad\.trunc, or int\(v\.data\)"):
        int(Value(2.5))


def test_item_is_the_number_and_refused_where_data_is():
    assert Value(2.5).item() == 2.5
    assert type(Value(3).item()) is float
    with pytest.raises(TypeError, match="a compiled function cannot read"):
        compile(lambda x: x * x.item())(1.0)


# --- Remainders and parts -------------------------------------------------------------------------------------------


@given(ANY, ANY)
def test_remainders_are_those_of_math(x, y):
    for name in ("fmod", "remainder"):
        assert outcome(getattr(mg, name), Value(x), y) == outcome(getattr(math, name), x, y)


@given(ANY, st.integers(-1100, 1100))
def test_parts_are_those_of_math(x, n):
    for name in ("modf", "frexp"):
        assert outcome(getattr(mg, name), Value(x)) == outcome(getattr(math, name), x)
    assert outcome(mg.ldexp, Value(x), n) == outcome(math.ldexp, x, n)


@given(st.floats(-1e6, 1e6), st.floats(-1e3, 1e3).filter(lambda y: abs(y) > 1e-3))
def test_the_derivative_of_a_remainder_in_the_divisor_is_the_exact_quotient(x, y):
    for name in ("fmod", "remainder"):
        rest = getattr(math, name)(x, y)
        quotient = (Fraction(x) - Fraction(rest)) / Fraction(y)
        assert quotient.denominator == 1
        assert local(getattr(mg, name), x, y) == [1.0, -float(quotient)]


def test_the_parts_have_derivatives_that_add_up():
    assert local(lambda x: sum(mg.modf(x)), -2.5) == [1.0]
    assert local(lambda x: mg.ldexp(*mg.frexp(x)), 10.0) == [1.0]


@pytest.mark.parametrize("n", [0.5, nan, inf])
def test_an_exponent_that_is_not_whole_is_refused(n):
    with pytest.raises(ValueError, match="expected a whole number for the exponent"):
        mg.ldexp(1.0, n)


def test_a_compiled_function_follows_exponent_and_fraction():
    for f in (lambda x: mg.frexp(x)[1] * x, lambda x: mg.modf(x)[0] + x % 0.7, lambda x: round(x, 1) * round(x)):
        program = compile(f)
        assert [program(x) for x in (2.0, 5.5, -80.25)] == [f(Value(x)).data for x in (2.0, 5.5, -80.25)]


# --- Sums of products -----------------------------------------------------------------------------------------------


def rounded(exact):
    try:
        return exact.numerator / exact.denominator
    except OverflowError:
        return inf if exact > 0 else -inf


FINITE = st.floats(allow_nan=False, allow_infinity=False)


@given(st.lists(st.tuples(FINITE, FINITE), min_size=1, max_size=9))
def test_sumprod_is_the_exact_sum_rounded_once(pairs):
    xs, ys = zip(*pairs, strict=True)
    exact = sum(Fraction(x) * Fraction(y) for x, y in pairs)
    expected = rounded(exact)
    if math.isfinite(expected):
        assert mg.sumprod(xs, ys) == expected == mg.sumprod(map(Value, xs), ys).data
    else:
        assert not math.isfinite(mg.sumprod(xs, ys))


@pytest.mark.skipif(sys.version_info < (3, 12), reason="math has sumprod from 3.12 on")
@given(st.lists(st.tuples(ANY, ANY), max_size=5))
def test_sumprod_agrees_with_maths_wherever_that_is_not_finite(pairs):
    xs, ys = [x for x, _ in pairs], [y for _, y in pairs]
    expected = math.sumprod(xs, ys)
    if not math.isfinite(expected):
        assert repr(mg.sumprod(xs, ys)) == repr(expected)


@given(ANY, ANY, ANY)
@example(-1e308, -1e308, -math.inf)
def test_fma_before_3_13_rounds_once_and_raises_as_it_does_from_then_on(x, y, z):
    got = outcome(_fma, x, y, z)
    if hasattr(math, "fma"):
        assert got == outcome(math.fma, x, y, z)
    elif all(map(math.isfinite, (x, y, z))):
        exact = Fraction(x) * Fraction(y) + Fraction(z)
        expected = rounded(exact)
        assert got is OverflowError if math.isinf(expected) else float(got[0]) == expected
        if x * y == z == 0.0 == exact:  # a sum of zeros has the sign that plain arithmetic gives it
            assert got == [repr(x * y + z)]
    elif nan in (x, y, z) or any(v != v for v in (x, y, z)):
        assert got == ["nan"]
    elif math.isfinite(x) and math.isfinite(y):
        assert got == [repr(z)]
    else:
        assert got == (ValueError if math.isnan(x * y + z) else [repr(x * y + z)])


def test_an_underflow_keeps_its_sign_in_fma():
    assert repr(_fma(-5e-324, 0.25, 0.0)) == "-0.0"
    assert repr(_fma(5e-324, 0.25, -0.0)) == "0.0"


def test_sumprod_wants_as_many_on_both_sides():
    assert mg.sumprod([], []) == 0.0
    with pytest.raises(ValueError, match="got 1 and 2"):
        mg.sumprod([1.0], [1.0, 2.0])


# --- The gamma function and the sinc --------------------------------------------------------------------------------


@given(st.floats(-200.0, 200.0).filter(lambda x: abs(x) > 1e-3 and abs(x - round(x)) > 1e-6))
def test_digamma_and_its_derivatives_agree_with_mpmath(x):
    for n in range(4):
        expected = mp.polygamma(n, mp.mpf(x))
        scale = max(abs(expected), abs(mp.polygamma(n + 1, mp.mpf(x))) * abs(x) * mp.mpf(2) ** -52 / 1e-13)
        assert abs(mg.polygamma(n, x) - expected) <= 1e-13 * max(scale, 1e-3), n
    assert mg.digamma(x) == mg.polygamma(0, x)


@pytest.mark.parametrize("f", [mg.digamma, mg.lgamma, mg.gamma, lambda x: mg.polygamma(2, x)])
@pytest.mark.parametrize("x", [0.0, -0.0, -1.0, -40.0])
def test_a_pole_is_a_domain_error(f, x):
    for kind in (float, Value):
        with pytest.raises(ValueError, match=r"gamma\(.*\): "):
            f(kind(x))


@pytest.mark.parametrize("n", [-1, 0.5, 501, nan, inf])
def test_an_order_is_a_whole_number(n):
    with pytest.raises(ValueError, match="expected a whole number from 0 to 500"):
        mg.polygamma(n, 1.0)


def test_far_out_the_family_of_gamma_has_its_limits():
    assert (mg.digamma(inf), mg.polygamma(1, inf), mg.polygamma(3, 1e-200)) == (inf, 0.0, inf)
    assert all(math.isnan(f(-inf)) for f in (mg.digamma, lambda x: mg.polygamma(1, x)))
    assert all(math.isnan(f(nan)) for f in (mg.digamma, lambda x: mg.polygamma(1, x)))


def test_the_sinc_is_numpys_and_exactly_0_at_whole_numbers():
    for x in (0.3, 1.7, -12.25, 1e-9):
        assert mg.sinc(x) == pytest.approx(float(np.sinc(x)), rel=1e-13)
    assert [abs(mg.sinc(float(n))) for n in (-3, 1, 2, 10**15)] == [0.0] * 4
    assert (mg.sinc(inf), mg.sinc(-inf), mg.sinc(0.0), local(mg.sinc, 0.0)) == (0.0, 0.0, 1.0, [0.0])
    assert hessian(mg.sinc)(0.0) == pytest.approx(-(math.pi**2) / 3.0, rel=1e-15)


# --- Questions ------------------------------------------------------------------------------------------------------

QUESTIONS = [mg.isnan, mg.isinf, mg.isfinite]


@pytest.mark.parametrize("f", QUESTIONS)
@pytest.mark.parametrize("kind", [float, Value, np.float64])
def test_a_question_has_the_answer_of_math(f, kind):
    for x in NUMBERS:
        answer = f(kind(x))
        assert type(answer) is bool
        assert answer == getattr(math, f.__name__)(x)


@given(ANY, ANY, st.sampled_from([0.0, 1e-9, 0.5]), st.sampled_from([0.0, 1e-3, inf]))
@example(0.0, 1e-3, 0.0, 1e-3)  # as far apart as the tolerance, to the bit
@example(1.0, 0.5, 0.5, 0.0)
@example(0.5, 1.0, 0.5, 0.0)
def test_isclose_has_the_answer_of_math(a, b, rel_tol, abs_tol):
    expected = math.isclose(a, b, rel_tol=rel_tol, abs_tol=abs_tol)
    for kinds in itertools.product((float, Value), repeat=2):
        assert mg.isclose(kinds[0](a), kinds[1](b), rel_tol=rel_tol, abs_tol=abs_tol) is expected


def test_isclose_refuses_what_math_refuses():
    for tolerances in ({"rel_tol": -1.0}, {"abs_tol": -1.0}):
        with pytest.raises(ValueError, match="tolerances >= 0"):
            mg.isclose(1.0, 1.0, **tolerances)
    with pytest.raises(TypeError):
        mg.isclose("1", 1.0)


@pytest.mark.parametrize("f", [*QUESTIONS, lambda x: mg.isclose(x, 2.0, rel_tol=0.1)])
def test_a_compiled_function_asks_the_question_in_every_call(f):
    def choice(x):
        return 2.0 * x if f(x) else -x

    program = compile(choice)
    for x in (2.1, inf, nan, -inf, 1.0, 2.0, inf, 2.1):
        assert repr(program(x)) == repr(choice(x))


# --- NumPy ----------------------------------------------------------------------------------------------------------

SHARED = [name for name in OPS if type(getattr(np, name, None)).__name__ in ("ufunc", "Missing")]
OTHER = {"arcsin": mg.asin, "arccos": mg.acos, "arctan": mg.atan, "arcsinh": mg.asinh, "arctanh": mg.atanh}
OTHER |= {"abs": abs, "absolute": abs, "negative": operator.neg, "positive": operator.pos, "square": lambda x: x**2}
OTHER |= {"reciprocal": lambda x: 1 / x, "rint": round, "rad2deg": mg.degrees, "deg2rad": mg.radians}
TWO = {"add": operator.add, "subtract": operator.sub, "multiply": operator.mul, "divide": operator.truediv}
TWO |= {"floor_divide": operator.floordiv, "remainder": operator.mod, "power": operator.pow, "arctan2": mg.atan2}
TWO |= {"hypot": mg.hypot, "maximum": mg.maximum, "minimum": mg.minimum, "copysign": mg.copysign, "fmod": mg.fmod}
TWO |= {"logaddexp": lambda x, y: mg.logsumexp([x, y]), "heaviside": mg.heaviside, "float_power": operator.pow}


def test_the_ufuncs_that_share_a_name_with_a_row_are_many():
    assert isinstance(np.sin, np.ufunc)
    assert {"sin", "exp", "log1p", "floor", "sign", "hypot", "cbrt"} <= {*SHARED}


@pytest.mark.parametrize("name", [*SHARED, *OTHER])
def test_a_ufunc_gives_what_the_function_gives(name):
    ufunc = getattr(np, name)
    if ufunc.nin == 1:
        expected = OTHER.get(name) or getattr(mg, name)
        for x in (0.5, 0.75, -0.25):
            assert outcome(ufunc, Value(x)) == outcome(expected, Value(x))
            if outcome(expected, Value(x)) is not ValueError:
                assert local(ufunc, x) == local(expected, x)


@pytest.mark.parametrize("name", TWO)
def test_a_ufunc_of_two_takes_a_number_on_either_side(name):
    ufunc, expected = getattr(np, name), TWO[name]
    for x, y in ((1.5, 2.5), (2.5, 0.5)):
        for pair in ((Value(x), y), (np.float64(x), Value(y)), (Value(x), np.array(y)), (x, Value(y))):
            out = ufunc(*pair)
            assert type(out) is Value
            assert out.data == expected(*[v if isinstance(v, Value) else float(v) for v in pair]).data


def test_ufuncs_of_pairs_and_questions_answer_too():
    v = Value(5.5)
    assert [x.data for x in np.modf(v)] == [0.5, 5.0]
    assert [x.data for x in np.divmod(v, 2.0)] == [2.0, 1.5]
    assert [x.data for x in np.frexp(v)] == [0.6875, 3.0]
    assert (np.isfinite(v), np.isnan(v), np.isinf(v)) == (True, False, False)
    assert [np.float64(5.0) < v, np.less_equal(v, 5.0), np.greater(v, 5.0)] == [True, False, True]


def test_an_array_beside_a_value_is_a_type_error_and_not_an_array_of_objects():
    v, array = Value(2.0), np.array([1.0, 2.0])
    for f in (lambda: array * v, lambda: v * array, lambda: np.add(v, array), lambda: array < v, lambda: array**v):
        with pytest.raises(TypeError, match=r"make one Value for each element"):
            f()


def test_what_minigrad_does_not_have_is_named():
    v = Value(2.0)
    for f, name in (
        (lambda: np.fmax(v, 1.0), "np.fmax"),
        (lambda: np.add.reduce(v), r"np.add.reduce"),
        (lambda: np.add(v, 1.0, out=np.zeros(1)), "np.add out"),
        (lambda: np.sin(v, dtype=float), "np.sin dtype"),
    ):
        with pytest.raises(TypeError, match=rf"expected a function that minigrad has too.* got {name};"):
            f()


def test_a_function_written_for_numpy_can_be_differentiated_and_compiled():
    def f(x):
        return np.exp(np.sin(x) * np.float64(2.0)) + np.maximum(x, 0.0)

    assert grad(f)(0.5) == pytest.approx(2.0 * math.cos(0.5) * math.exp(2.0 * math.sin(0.5)) + 1.0)
    assert compile(grad(f))(0.5) == grad(f)(0.5)


def test_numpy_is_never_imported_by_minigrad():
    code = "import sys, minigrad; minigrad.sin(minigrad.Value(1.0) % 2.0); print('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


# --- Powers at 0 ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("f", [operator.pow, mg.pow])
def test_a_power_at_0_has_derivatives_of_higher_order(f):
    assert hessian(lambda p: f(p[0], p[1]))([0.0, 2.0]) == [[2.0, 0.0], [0.0, 0.0]]
    third = hessian(lambda y: grad(lambda x: f(x, y))(0.0))
    assert third(3.0) == 0.0
    assert grad(lambda x: grad(grad(lambda y: f(x, y)))(3.0))(0.0) == 0.0


@settings(max_examples=30)
@given(st.floats(0.1, 5.0), st.floats(-3.0, 3.0))
def test_a_power_has_the_mixed_derivatives_of_mpmath(x, y):
    for n in range(4):
        got = lambda x, y: x**y  # noqa: E731
        for _ in range(n):
            got = grad(got, argnums=1)
        expected = mp.diff(lambda x, n=n: x**y * mp.log(x) ** n, x)
        assert grad(got)(x, y) == pytest.approx(float(expected), rel=1e-9, abs=1e-9)


def test_fma_before_3_13_raises_where_that_from_then_on_does():
    with pytest.raises(OverflowError, match="overflow in fma"):
        _fma(1e300, 1e300, 1.0)
    with pytest.raises(ValueError, match="invalid operation in fma"):
        _fma(math.inf, 0.0, 1.0)
    assert _fma(math.inf, 1.0, 1.0) == math.inf
    assert _fma(-1e308, -1e308, -math.inf) == -math.inf  # the product is past all floats, and finite all the same
