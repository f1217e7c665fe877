"""Rows: the lines that random programs are made of, one for each operator and each function of the library."""

from __future__ import annotations

import math

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class Row:
    """One line that a program may hold: Python text with braces for each operand, {} or {0}, {1}, ...

    `domain(*operands)` says where it is defined, with a margin, so that no slope gets huge. `kink(*operands)` is how
    far away the nearest kink or jump is. Both are given floats.
    """

    def __init__(
        self,
        text: str,
        domain: Callable[..., bool] = lambda *xs: True,
        kink: Callable[..., float] = lambda *xs: math.inf,
    ) -> None:
        self.text, self.domain, self.kink = text, domain, kink
        self.arity = text.count("{}") or max([0, *[i + 1 for i in range(9) if f"{{{i}}}" in text]])

    def __repr__(self) -> str:
        return f"Row({self.text!r})"


def _inside(x: float) -> bool:
    return abs(x) < 0.95


def _positive(*xs: float) -> bool:
    return min(xs) > 0.1


def _moderate(x: float) -> bool:
    return abs(x) < 4.0


def _to_multiple(x: float, y: float) -> float:
    """How far x / y is from a whole number, where a quotient jumps."""
    return x / y - round(x / y)


def _to_power_of_2(x: float) -> float:
    mantissa = abs(math.frexp(x)[0])
    return min(mantissa - 0.5, 1.0 - mantissa)


ROWS = [
    Row("{} + {}"),
    Row("{} - {}"),
    Row("{} * {}"),
    Row("{} / {}", lambda x, y: abs(y) > 0.1),
    Row("-{}"),
    Row("abs({})", kink=lambda x: x),
    Row("{} ** 2"),
    Row("{} ** 3"),
    Row("{} ** {}", lambda x, y: x > 0.1 and abs(y) < 4.0),
    Row("pow({}, {})", lambda x, y: x > 0.1 and abs(y) < 4.0),
    Row("exp({})", _moderate),
    Row("exp2({})", _moderate),
    Row("expm1({})", _moderate),
    Row("log({})", _positive),
    Row("log({}, {})", lambda x, base: min(x, base) > 0.1 and abs(base - 1.0) > 0.1),
    Row("log2({})", _positive),
    Row("log10({})", _positive),
    Row("log1p({})", lambda x: x > -0.9),
    Row("sqrt({})", _positive),
    Row("cbrt({})", lambda x: abs(x) > 0.1),
    Row("sin({})"),
    Row("cos({})"),
    Row("tan({})", lambda x: abs(math.cos(x)) > 0.1),
    Row("asin({})", _inside),
    Row("acos({})", _inside),
    Row("atan({})"),
    Row("atan2({}, {})", lambda y, x: math.hypot(x, y) > 0.1, kink=lambda y, x: y if x < 0.0 else 1.0),
    Row("sinh({})", _moderate),
    Row("cosh({})", _moderate),
    Row("tanh({})"),
    Row("asinh({})"),
    Row("acosh({})", lambda x: x > 1.05),
    Row("atanh({})", _inside),
    Row("erf({})"),
    Row("erfc({})"),
    Row("gamma({})", lambda x: 0.3 < x < 4.0),
    Row("lgamma({})", lambda x: x > 0.1),
    Row("digamma({})", lambda x: x > 0.3),
    Row("polygamma(1, {})", lambda x: x > 0.3),
    Row("sinc({})"),
    Row("degrees({})"),
    Row("radians({})"),
    Row("fabs({})", kink=lambda x: x),
    Row("sign({})", kink=lambda x: x),
    Row("heaviside({})", kink=lambda x: x),
    Row("copysign({}, {})", kink=lambda x, y: min(abs(x), abs(y))),
    Row("maximum({}, {})", kink=lambda x, y: x - y),
    Row("minimum({}, {})", kink=lambda x, y: x - y),
    Row("clamp({}, -1.0, 1.0)", kink=lambda x: abs(x) - 1.0),
    Row("where({0} > {1}, {0}, {0} * {2})", kink=lambda x, y, z: x - y),
    Row("{} % {}", lambda x, y: abs(y) > 0.1, kink=_to_multiple),
    Row("fmod({}, {})", lambda x, y: abs(y) > 0.1, kink=_to_multiple),
    Row("remainder({}, {})", lambda x, y: abs(y) > 0.1, kink=lambda x, y: _to_multiple(2.0 * x, y)),
    Row("floor({})", kink=lambda x: x - round(x)),
    Row("ceil({})", kink=lambda x: x - round(x)),
    Row("trunc({})", kink=lambda x: x - round(x)),
    Row("modf({})[0]", kink=lambda x: x - round(x)),
    Row("frexp({})[0]", lambda x: abs(x) > 0.1, kink=_to_power_of_2),
    Row("ldexp({}, 2)"),
    Row("relu({})", kink=lambda x: x),
    Row("leaky_relu({})", kink=lambda x: x),
    Row("sigmoid({})"),
    Row("softplus({})"),
    Row("silu({})"),
    Row("gelu({})"),
    Row("sum([{}, {}, {}])"),
    Row("fsum([{}, {}, {}])"),
    Row("mean([{}, {}, {}])"),
    Row("prod([{}, {}, {}])"),
    Row("dot([{}, {}], [{}, {}])"),
    Row("sumprod([{}, {}], [{}, {}])"),
    Row("fma({}, {}, {})"),
    Row("norm([{}, {}, {}])", kink=math.hypot),
    Row("hypot({}, {})", kink=math.hypot),
    Row("dist([{}, {}], [{}, {}])", kink=lambda a, b, c, d: math.hypot(a - c, b - d)),
    Row("logsumexp([{}, {}, {}])"),
    Row("softmax([{}, {}, {}])[0]"),
]
