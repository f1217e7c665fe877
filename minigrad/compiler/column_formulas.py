"""Column formulas: rows of the op table for whole columns, made of what array namespaces have.

Each says what its row says in `ops.py` or `functions/`, with `where` in place of `if`: both sides are computed, and
what is wrong on the side that is not taken is dropped. `s` is the namespace, as a `Space`.

>>> import numpy
>>> _, formula = FORMULAS[ROWS["sigmoid"]]
>>> formula(Space(numpy), numpy.asarray([0.0, -1000.0]))
array([0.5, 0. ])
"""

from __future__ import annotations

import math

from ..ops import Op
from .column_space import Space
from .rewrite import ROWS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def _inverse(s: Space, x: Any) -> Any:
    return s.where(x != 0.0, 1.0 / x, math.inf)


def _sign(s: Space, x: Any) -> Any:
    return s.where(x > 0.0, 1.0, s.where(x < 0.0, -1.0, s.where(x == 0.0, 0.0, x)))


def _step(s: Space, x: Any, y: Any, tie: Any) -> Any:
    return s.where(x > y, 1.0, s.where(x < y, 0.0, s.where(x == y, tie, math.nan)))


def _maximum(s: Space, x: Any, y: Any) -> Any:
    return s.where((x >= y) | (x != x), x, y)


def _minimum(s: Space, x: Any, y: Any) -> Any:
    return s.where((x <= y) | (x != x), x, y)


def _power_term(s: Space, c: Any, x: Any, y: Any) -> Any:
    return s.where(c == 0.0, c, c * s.power(x, y))


def _power_log(s: Space, c: Any, x: Any, y: Any, n: Any) -> Any:
    nothing = (c == 0.0) | ((n != 0.0) & (x == 0.0) & (y >= 0.0))
    outside = ~(x >= 0.0) & ((n != 0.0) | (y - s.floor(y) != 0.0))  # an infinite y is not whole either
    logarithm = s.where(x > 0.0, s.log(s.where(x > 0.0, x, 1.0)), -math.inf)
    return s.where(nothing, 0.0, s.where(outside, math.nan, _power_term(s, c, x, y) * logarithm**n))


def _whole(function: str) -> Any:
    return lambda s, x: getattr(s, function)(x) + 0.0  # a whole number of Python's has no -0.0


def _floor_division(s: Space, x: Any, y: Any) -> tuple[Any, Any]:
    """The quotient and the remainder, as Python has them: from the exact remainder of C, which has the sign of x."""
    rest = s.fmod(x, y)
    quotient = (x - rest) / y
    crossed = (rest != 0.0) & ((rest < 0.0) != (y < 0.0))
    rest, quotient = s.where(crossed, rest + y, rest), s.where(crossed, quotient - 1.0, quotient)
    rest = s.where(rest == 0.0, s.copysign(s.number(0.0), y), rest)
    whole = s.floor(quotient)
    whole = s.where(quotient - whole > 0.5, whole + 1.0, whole)
    return s.where(quotient == 0.0, s.copysign(s.number(0.0), x / y), whole), rest


def _remainder(s: Space, x: Any, y: Any) -> Any:
    size, y = abs(x), abs(y)
    rest = s.fmod(size, y)
    left = y - rest
    above = (rest > left) | ((rest == left) & (s.fmod(size, 2.0 * y) > y))
    return s.copysign(s.number(1.0), x) * s.where(above, rest - y, rest)


def _quotient(s: Space, x: Any, rest: Any, y: Any) -> Any:
    return s.where(y != 0.0, s.round(x / y - rest / y) + 0.0, math.nan)


def _fraction(s: Space, x: Any) -> Any:
    return s.copysign(s.where(abs(x) == math.inf, 0.0, x - s.trunc(x)), x)


def _exponent(s: Space, x: Any) -> Any:
    return s.where(s.isfinite(x), s.asarray(s.frexp(x)[1], dtype=s.float64), 0.0)


def _bell(s: Space, c: Any, x: Any) -> Any:
    inside = s.where(abs(x) < 40.0, x, 0.0)
    near = s.trunc(inside * 16.0) / 16.0
    sharp = s.exp(-c * near * near) * s.exp(-c * (inside - near) * (inside + near))
    return s.where(abs(x) < 40.0, sharp, s.exp(-c * x * x))


def _normal_cdf(s: Space, x: Any) -> Any:
    bulk = 0.5 * s.erfc(-x * math.sqrt(0.5))
    tail = (x < -5.0) & (x > -40.0)
    if not s.any(tail):
        return bulk
    far = s.where(tail, x, -6.0)
    ratio = -far
    for n in range(50, 0, -1):
        ratio = n / ratio - far
    return s.where(tail, _bell(s, s.number(0.5), far) / (math.sqrt(2.0 * math.pi) * ratio), bulk)


def _gelu(s: Space, x: Any) -> Any:
    return x * _normal_cdf(s, x)


def _sigmoid(s: Space, x: Any) -> Any:
    z = s.exp(-abs(x))
    return s.where(x >= 0.0, 1.0, z) / (1.0 + z)


def _silu(s: Space, x: Any) -> Any:
    z = s.exp(-abs(x))
    return s.where(x >= 0.0, x, x * z) / (1.0 + z)


def _softplus(s: Space, x: Any) -> Any:
    return s.where(x > 0.0, x, 0.0) + s.log1p(s.exp(-abs(x)))


def _sech2(s: Space, x: Any) -> Any:
    z = s.exp(-2.0 * abs(x))
    return 4.0 * z / ((1.0 + z) * (1.0 + z))


def _asin_derivative(s: Space, x: Any) -> Any:
    gap = (1.0 - x) * (1.0 + x)
    return s.where(gap != 0.0, 1.0 / s.sqrt(gap), math.inf)


def _acosh_derivative(s: Space, x: Any) -> Any:
    return s.where(x != 1.0, 1.0 / (s.sqrt(x - 1.0) * s.sqrt(x + 1.0)), math.inf)


def _hypot(s: Space, x: Any, *others: Any) -> Any:
    for y in others:
        x = s.hypot(x, y)
    return abs(x)


def _cosine(s: Space, x: Any, y: Any) -> Any:
    length = s.hypot(x, y)
    return s.where(length != 0.0, x / length, 0.0)


def _sum(_: Space, first: Any, *others: Any) -> Any:
    for x in others:
        first = first + x
    return first


def _prod(_: Space, first: Any, *others: Any) -> Any:
    for x in others:
        first = first * x
    return first


def _affine(s: Space, first: Any, *xs: Any) -> Any:
    n = len(xs) // 2
    return _sum(s, first, *[x * y for x, y in zip(xs[:n], xs[n:], strict=True)])


def _dot(s: Space, *xs: Any) -> Any:
    n = len(xs) // 2
    return _sum(s, *[x * y for x, y in zip(xs[:n], xs[n:], strict=True)])


def _peak(s: Space, first: Any, *others: Any) -> Any:
    for x in others:
        first = s.where(x > first, x, first)
    return first


def _total(s: Space, peak: Any, *xs: Any) -> Any:
    return _sum(s, s.number(0.0), *[s.exp(x - peak) for x in xs])


def _logsumexp(s: Space, *xs: Any) -> Any:
    peak = _peak(s, *xs)
    ties = _sum(s, s.number(-1.0), *[s.where(x == peak, 1.0, 0.0) for x in xs])
    others = _sum(s, s.number(0.0), *[s.where(x == peak, 0.0, s.exp(x - peak)) for x in xs])
    return peak + s.log1p(ties + others)


# For each op what the namespace has to have, and the formula.
FORMULAS: dict[Op, tuple[tuple[str, ...], Any]] = {
    ROWS[name]: (needs, formula)
    for name, needs, formula in (
        ("inverse", (), _inverse),
        ("sign", (), _sign),
        ("step", (), _step),
        ("maximum", (), _maximum),
        ("minimum", (), _minimum),
        ("at_least", (), _maximum),
        ("at_most", (), _minimum),
        ("math_pow", (), lambda s, x, y: s.power(x, y)),
        ("pow_call", (), lambda s, x, y: s.power(x, y)),
        ("power_term", (), _power_term),
        ("power_log", (), _power_log),
        ("floor", (), _whole("floor")),
        ("ceil", (), _whole("ceil")),
        ("trunc", (), _whole("trunc")),
        ("round", (), _whole("round")),
        ("floordiv", ("fmod", "copysign"), lambda s, x, y: _floor_division(s, x, y)[0]),
        ("mod", ("fmod", "copysign"), lambda s, x, y: _floor_division(s, x, y)[1]),
        ("fmod", ("fmod",), lambda s, x, y: s.fmod(x, y)),
        ("remainder", ("fmod", "copysign"), _remainder),
        ("quotient", (), _quotient),
        ("fraction", ("copysign",), _fraction),
        ("whole", (), lambda s, x: s.trunc(x)),
        ("mantissa", ("frexp",), lambda s, x: s.frexp(x)[0]),
        ("exponent", ("frexp",), _exponent),
        ("bell", (), _bell),
        ("normal_cdf", (), _normal_cdf),
        ("gelu", (), _gelu),
        ("degrees", (), lambda s, x: x * (180.0 / math.pi)),
        ("radians", (), lambda s, x: x * (math.pi / 180.0)),
        ("sigmoid", (), _sigmoid),
        ("silu", (), _silu),
        ("softplus", (), _softplus),
        ("leaky_relu", (), lambda s, x, k: s.where(x <= 0.0, k * x, x)),
        ("sech2", (), _sech2),
        ("asin_derivative", (), _asin_derivative),
        ("acosh_derivative", (), _acosh_derivative),
        ("asinh_derivative", ("hypot",), lambda s, x: 1.0 / s.hypot(s.number(1.0), x)),
        ("hypot", ("hypot",), _hypot),
        ("cosine", ("hypot",), _cosine),
        ("ratio", (), lambda s, x, y: s.where(y != 0.0, x / y, 0.0)),
        ("sum", (), _sum),
        ("mean", (), lambda s, *xs: _sum(s, *xs) / float(len(xs))),
        ("prod", (), _prod),
        ("dot", (), _dot),
        ("affine", (), _affine),
        ("peak", (), _peak),
        ("total", (), _total),
        ("share", (), lambda s, x, peak, total: s.exp(x - peak) / total),
        ("logsumexp", (), _logsumexp),
    )
}
