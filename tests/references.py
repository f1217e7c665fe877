"""What every row of the op table is compared with: the same function in mpmath, and the points to compare at.

A row that is not in `CASES` fails the tests, so there is no op without a reference.
"""

import random
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from mpmath import mp, mpf

Point = tuple[float, ...]


class Case(NamedTuple):
    reference: Callable[..., Any]
    points: Sequence[Point]
    constant: tuple[int, ...] = ()  # operands in which the row takes no derivative


def spread(low: float, high: float, *also: float, n: int = 12) -> list[float]:
    """Points in (low, high), the same on every run, and those that the row is known to find hard."""
    draw = random.Random(f"{low} {high}")
    return [*also, *[draw.uniform(low, high) for _ in range(n)]]


def one(low: float, high: float, *also: float) -> list[Point]:
    return [(x,) for x in spread(low, high, *also)]


def two(low: float, high: float, *also: Point) -> list[Point]:
    xs, ys = spread(low, high, n=24), spread(low, high, 0.0, n=24)[1:]
    return [*also, *zip(xs, reversed(ys), strict=True)]


def several(low: float, high: float, *also: Point) -> list[Point]:
    xs = spread(low, high, n=30)
    return [*also, *[tuple(xs[i : i + n]) for i, n in enumerate((2, 3, 3, 4, 5, 7))]]


def sigmoid(x):
    return 1 / (1 + mp.exp(-x))


def normal_cdf(x):
    return mp.erfc(-x / mp.sqrt(2)) / 2


def step(x, y, tie):
    return mpf(1) if x > y else mpf(0) if x < y else tie


def hypot(*xs):
    return mp.sqrt(sum(x * x for x in xs))


def asin_derivative(x):
    return 1 / mp.sqrt(1 - x * x)


def acosh_derivative(x):
    return 1 / mp.sqrt(x * x - 1)


def sinc(x):
    return mp.sin(mp.pi * x) / (mp.pi * x) if x else mpf(1)


def trunc(x):
    return mp.floor(x) if x > 0 else mp.ceil(x)


def round_to(x, digits):
    return mp.nint(x * mpf(10) ** digits) / mpf(10) ** digits


def exponent(x):
    return mpf(mp.frexp(x)[1])


TINY = (1e-10, -1e-10, 1e-100, 1e-3)
NEAR_ONE = 1.0 - 2.0**-52

ROUNDED = one(-9, 9, 0.25, -0.25, 0.75, -0.75, 2.0**49 + 0.25, -(2.0**49) - 0.25)  # away from jumps
PAST_FLOATS = [(1.0, 1e200, 2.0, 1.0), (-1.0, 1e-3, -200.0, 1.0)]  # of power_log
ROOT = 1.4616321449683622  # of digamma, to the last digit: what is left there is what rounding the root left
# Far from where a quotient jumps, with both signs and with quotients that are no ints.
DIVIDED = [(7.5, 2.0), (-7.5, 2.0), (7.5, -2.0), (-7.5, -2.0), (0.3, 5.0), (-0.3, 5.0), (1e14, 3.0), (1e12, -7e-3)]

CASES = {
    # arithmetic
    "add": Case(lambda x, y: x + y, two(0.5, 9)),
    "sub": Case(lambda x, y: x - y, [(3.0, 7.0), (1e3, -2.0)]),
    "mul": Case(lambda x, y: x * y, two(-9, 9)),
    "div": Case(lambda x, y: x / y, two(-9, 9, (1e200, 1e-100))),
    "pow": Case(lambda x, y: x**y, two(0.1, 9, (2.0, -300.0), (1e-200, 0.5), (1e10, -10.5))),
    "neg": Case(lambda x: -x, one(-9, 9)),
    "abs": Case(abs, one(-9, 9, *TINY)),
    "sign": Case(mp.sign, one(-9, 9, *TINY)),
    "power_log": Case(
        lambda c, x, y, n: c * x**y * mp.log(x) ** n,
        [(2.0, 3.0, 0.5, 1.0), (-1.5, 0.25, -3.5, 2.0), (1e-3, 40.0, 12.0, 3.0), (2.0, 1e-100, 0.5, 1.0), *PAST_FLOATS],
        constant=(3,),
    ),
    "floor": Case(mp.floor, ROUNDED),
    "ceil": Case(mp.ceil, ROUNDED),
    "trunc": Case(trunc, ROUNDED),
    "round": Case(mp.nint, ROUNDED),
    "round_to": Case(round_to, [(2.675, 2.0), (-0.123456, 4.0), (123456.7, -2.0)], constant=(1,)),
    "floordiv": Case(lambda x, y: mp.floor(x / y), DIVIDED),
    "mod": Case(lambda x, y: x - mp.floor(x / y) * y, DIVIDED),
    "power_term": Case(lambda c, x, y: c * x**y, [(2.0, 3.0, 0.5), (-1.5, 0.25, -3.5), (1e-3, 40.0, 12.0)]),
    # elementary
    "exp": Case(mp.exp, one(-700, 700, *TINY)),
    "exp2": Case(lambda x: mpf(2) ** x, one(-1000, 1000, *TINY)),
    "expm1": Case(mp.expm1, one(-40, 700, *TINY)),
    "log": Case(mp.log, one(0, 9, 1e-300, 1e300, NEAR_ONE)),
    "log2": Case(lambda x: mp.log(x) / mp.log(2), one(0, 9, 1e-300, 1e300, NEAR_ONE)),
    "log10": Case(mp.log10, one(0, 9, 1e-300, 1e300, NEAR_ONE)),
    "log1p": Case(mp.log1p, one(-1, 9, *TINY, 1e-200, -NEAR_ONE, 1e300)),
    "sqrt": Case(mp.sqrt, one(0, 9, 1e-200, 1e200)),
    "inverse": Case(lambda x: 1 / x, one(0, 9, 1e-100, 1e100)),
    "cbrt": Case(lambda x: mp.sign(x) * mp.cbrt(abs(x)), one(-9, 9, 1e-100, -1e-100, 1e150)),
    "math_pow": Case(lambda x, y: x**y, two(0.1, 9, (2.0, -300.0), (1e-200, 0.5), (1e10, -10.5))),
    "bell": Case(lambda c, x: mp.exp(-c * x * x), [(c, x) for c in (0.5, 1.0) for x in spread(-26, 26, *TINY)]),
    "erf": Case(mp.erf, one(-6, 6, *TINY, 25.0)),
    "erfc": Case(mp.erfc, one(-6, 26, *TINY, 25.0)),
    "normal_cdf": Case(normal_cdf, one(-37, 9, *TINY, -5.0, -5.000001, -2.0)),
    # trigonometric
    "sin": Case(mp.sin, one(-100, 100, *TINY, 3.141592653589793, 1e10)),
    "cos": Case(mp.cos, one(-100, 100, *TINY, 1.5707963267948966, 1e10)),
    "tan": Case(mp.tan, one(-9, 9, *TINY, 1.5707963267948966, -1.57, 1.5707963)),
    "degrees": Case(mp.degrees, one(-9, 9, *TINY)),
    "radians": Case(mp.radians, one(-360, 360, *TINY)),
    "asin": Case(mp.asin, one(-1, 1, *TINY, NEAR_ONE, -NEAR_ONE)),
    "acos": Case(mp.acos, one(-1, 1, *TINY, NEAR_ONE, -NEAR_ONE)),
    "atan": Case(mp.atan, one(-9, 9, *TINY, 1e10, -1e100)),
    "asin_derivative": Case(asin_derivative, one(-1, 1, *TINY, NEAR_ONE, -NEAR_ONE)),
    "acosh_derivative": Case(acosh_derivative, one(1, 9, 1.0 + 2.0**-52, 1e100)),
    "asinh_derivative": Case(lambda x: 1 / mp.sqrt(1 + x * x), one(-9, 9, *TINY, 1e100)),
    "sech2": Case(lambda x: mp.sech(x) ** 2, one(-20, 20, *TINY, 300.0)),
    "sinh": Case(mp.sinh, one(-20, 20, *TINY, 700.0)),
    "cosh": Case(mp.cosh, one(-20, 20, *TINY, 700.0)),
    "tanh": Case(mp.tanh, one(-3, 3, *TINY, 20.0, -300.0)),
    "asinh": Case(mp.asinh, one(-9, 9, *TINY, 1e100, -1e5)),
    "acosh": Case(mp.acosh, one(1, 9, 1.0 + 2.0**-52, 1.0 + 1e-8, 1e100)),
    "atanh": Case(mp.atanh, one(-1, 1, *TINY, NEAR_ONE, -NEAR_ONE)),
    "ratio": Case(lambda x, y: x / y, two(-9, 9)),
    "cosine": Case(lambda x, y: x / hypot(x, y), two(-9, 9, (1.0, 1e-8), (1e-8, 1.0), (1e200, 3e200))),
    "hypot": Case(
        hypot,
        [
            *two(-9, 9, (1.0, 1e-8), (1e-8, 1.0), (1e200, 3e200), (3e-200, 1e-200)),
            (1.0, 2.0, 3.0),
            (5.0, -1.0, 3.0, 0.5),
        ],
    ),
    "atan2": Case(mp.atan2, two(-9, 9, (1.0, 1e-8), (1e-8, 1.0), (1e100, 3e100), (3e-100, 1e-100))),
    # special
    "gamma": Case(mp.gamma, one(-9, 20, 0.5, 1e-10, -1e-10, 1.4616, 170.5, -30.7, -99.99)),
    "lgamma": Case(lambda x: mp.log(abs(mp.gamma(x))), one(0, 20, 0.5, 1e-10, -1e-10, 3.5, 1e5, 1e-300, -30.7, -5.3)),
    "digamma": Case(
        mp.digamma, one(0, 20, 1e-10, -1e-10, 1e-300, 1.4616, ROOT, 1.3, 1.66, 1.67, 1e10, 1e300, -0.6, -4.7, -1000.7)
    ),
    "polygamma": Case(
        lambda n, x: mp.polygamma(int(n), x),
        [(float(n), x) for n in (0, 1, 2, 3, 10) for x in (0.3, 1.0, 2.5, 1e-10, 40.0, 1e10, -0.7, -8.1, -40.9, -60.2)],
        constant=(0,),
    ),
    "sinc": Case(sinc, one(-9, 9, 0.0, *TINY, 0.47, 0.48, 1.0, -2.0, 1e5 + 0.25)),
    "sinc_derivative": Case(
        lambda n, x: mp.diff(sinc, x, int(n), h=mpf(10) ** -40),
        [(float(n), x) for n in (0, 1, 2, 3, 5) for x in (0.1, 0.47, 1.0, 1.9, 2.3, -7.3)],
        constant=(0,),
    ),
    # rounding
    "quotient": Case(lambda x, rest, y: mp.nint((x - rest) / y), [(7.0, 1.0, 2.0), (100.25, 0.25, -0.5)]),
    "fmod": Case(lambda x, y: x - trunc(x / y) * y, DIVIDED),
    "remainder": Case(lambda x, y: x - mp.nint(x / y) * y, DIVIDED),
    "fraction": Case(lambda x: x - trunc(x), one(-9, 9, 1e10 + 0.25)),
    "whole": Case(trunc, ROUNDED),
    "mantissa": Case(lambda x: x / mpf(2) ** exponent(x), one(-9, 9, *TINY, 1e300, -1e-300)),
    "exponent": Case(exponent, one(-9, 9, *TINY, 1e300, -1e-300)),
    "ldexp": Case(lambda x, n: x * mpf(2) ** n, [(0.7, 3.0), (-0.7, -40.0), (1e-300, 1050.0)], constant=(1,)),
    # piecewise
    "step": Case(step, [(1.0, 2.0, 0.5), (2.0, 1.0, 0.5)]),
    "copysign": Case(lambda x, y: abs(x) * mp.sign(y), two(-9, 9)),
    "maximum": Case(max, two(-9, 9)),
    "minimum": Case(min, two(-9, 9)),
    "at_least": Case(max, two(-9, 9)),
    "at_most": Case(min, two(-9, 9)),
    # activations
    "relu": Case(lambda x: max(x, mpf(0)), one(-9, 9)),
    "leaky_relu": Case(lambda x, slope: x if x > 0 else slope * x, [(2.0, 0.1), (-2.0, 0.1), (-3.0, 0.01)]),
    "sigmoid": Case(sigmoid, one(-40, 40, *TINY, -700.0, 700.0)),
    "softplus": Case(lambda x: mp.log1p(mp.exp(x)), one(-40, 40, *TINY, -700.0, 700.0)),
    "silu": Case(lambda x: x * sigmoid(x), one(-40, 40, *TINY, -700.0, 700.0)),
    "gelu": Case(lambda x: x * normal_cdf(x), one(-37, 9, *TINY, -5.000001, 30.0)),
    # reductions
    "sum": Case(lambda *xs: sum(xs), several(0.5, 9)),
    "fsum": Case(lambda *xs: sum(xs), several(-9, 9)),
    "mean": Case(lambda *xs: sum(xs) / len(xs), several(0.5, 9)),
    "prod": Case(lambda *xs: mp.fprod(xs), several(-9, 9, (0.0, 2.0, 3.0), (0.0, 0.0, 5.0))),
    "affine": Case(
        lambda b, *xs: b + mp.fdot(xs[: len(xs) // 2], xs[len(xs) // 2 :]), [p for p in several(0.5, 9) if len(p) % 2]
    ),
    "dot": Case(
        lambda *xs: mp.fdot(xs[: len(xs) // 2], xs[len(xs) // 2 :]), [p for p in several(0.5, 9) if len(p) % 2 == 0]
    ),
    "peak": Case(max, several(-9, 9), constant=tuple(range(7))),
    "total": Case(lambda peak, *xs: sum(mp.exp(x - peak) for x in xs), several(-9, 9), constant=(0,)),
    "share": Case(lambda x, peak, total: mp.exp(x - peak) / total, [(1.0, 2.0, 1.5), (-30.0, 2.0, 4.5)], constant=(1,)),
    "fma": Case(lambda x, y, z: x * y + z, [(3.0, 7.0, -2.0), (0.1, 10.0, -1.0), (1e200, 1e-200, 1e-30)]),
    "sumprod": Case(
        lambda *xs: mp.fdot(xs[: len(xs) // 2], xs[len(xs) // 2 :]),
        [*[p for p in several(-9, 9) if len(p) % 2 == 0], (1e16, 1.0, -1e16, 1.0, 1.0, 1.0), (0.1, 1.0, 10.0, -1.0)],
    ),
    "logsumexp": Case(
        lambda *xs: mp.log(sum(mp.exp(x) for x in xs)), several(-9, 9, (1000.0, 1001.0), (-1000.0, -1000.5, -1003.0))
    ),
}
