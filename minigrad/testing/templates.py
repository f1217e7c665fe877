"""Templates: the lines that random programs are made of, one for each operator and each function of the library."""

from __future__ import annotations

import math

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class Template:
    """One line that a program may hold: Python text with braces for each operand, {} or {0}, {1}, ...

    `domain(*operands)` says where it is defined, with a margin, so that no derivative gets huge. `kink(*operands)` is
    how far away the nearest kink or jump is. Both are given floats.
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
        return f"Template({self.text!r})"


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


TEMPLATES = [
    Template("{} + {}"),
    Template("{} - {}"),
    Template("{} * {}"),
    Template("{} / {}", lambda x, y: abs(y) > 0.1),
    Template("-{}"),
    Template("abs({})", kink=lambda x: x),
    Template("{} ** 2"),
    Template("{} ** 3"),
    Template("{} ** {}", lambda x, y: x > 0.1 and abs(y) < 4.0),
    Template("pow({}, {})", lambda x, y: x > 0.1 and abs(y) < 4.0),
    Template("exp({})", _moderate),
    Template("exp2({})", _moderate),
    Template("expm1({})", _moderate),
    Template("log({})", _positive),
    Template("log({}, {})", lambda x, base: min(x, base) > 0.1 and abs(base - 1.0) > 0.1),
    Template("log2({})", _positive),
    Template("log10({})", _positive),
    Template("log1p({})", lambda x: x > -0.9),
    Template("sqrt({})", _positive),
    Template("cbrt({})", lambda x: abs(x) > 0.1),
    Template("sin({})"),
    Template("cos({})"),
    Template("tan({})", lambda x: abs(math.cos(x)) > 0.1),
    Template("asin({})", _inside),
    Template("acos({})", _inside),
    Template("atan({})"),
    Template("atan2({}, {})", lambda y, x: math.hypot(x, y) > 0.1, kink=lambda y, x: y if x < 0.0 else 1.0),
    Template("sinh({})", _moderate),
    Template("cosh({})", _moderate),
    Template("tanh({})"),
    Template("asinh({})"),
    Template("acosh({})", lambda x: x > 1.05),
    Template("atanh({})", _inside),
    Template("erf({})"),
    Template("erfc({})"),
    Template("gamma({})", lambda x: 0.3 < x < 4.0),
    Template("lgamma({})", lambda x: x > 0.1),
    Template("digamma({})", lambda x: x > 0.3),
    Template("polygamma(1, {})", lambda x: x > 0.3),
    Template("sinc({})"),
    Template("degrees({})"),
    Template("radians({})"),
    Template("fabs({})", kink=lambda x: x),
    Template("sign({})", kink=lambda x: x),
    Template("heaviside({})", kink=lambda x: x),
    Template("copysign({}, {})", kink=lambda x, y: min(abs(x), abs(y))),
    Template("maximum({}, {})", kink=lambda x, y: x - y),
    Template("minimum({}, {})", kink=lambda x, y: x - y),
    Template("clamp({}, -1.0, 1.0)", kink=lambda x: abs(x) - 1.0),
    Template("where({0} > {1}, {0}, {0} * {2})", kink=lambda x, y, z: x - y),
    Template("{} % {}", lambda x, y: abs(y) > 0.1, kink=_to_multiple),
    Template("fmod({}, {})", lambda x, y: abs(y) > 0.1, kink=_to_multiple),
    Template("remainder({}, {})", lambda x, y: abs(y) > 0.1, kink=lambda x, y: _to_multiple(2.0 * x, y)),
    Template("floor({})", kink=lambda x: x - round(x)),
    Template("ceil({})", kink=lambda x: x - round(x)),
    Template("trunc({})", kink=lambda x: x - round(x)),
    Template("modf({})[0]", kink=lambda x: x - round(x)),
    Template("frexp({})[0]", lambda x: abs(x) > 0.1, kink=_to_power_of_2),
    Template("ldexp({}, 2)"),
    Template("relu({})", kink=lambda x: x),
    Template("leaky_relu({})", kink=lambda x: x),
    Template("sigmoid({})"),
    Template("softplus({})"),
    Template("silu({})"),
    Template("gelu({})"),
    Template("sum([{}, {}, {}])"),
    Template("fsum([{}, {}, {}])"),
    Template("mean([{}, {}, {}])"),
    Template("prod([{}, {}, {}])"),
    Template("dot([{}, {}], [{}, {}])"),
    Template("sumprod([{}, {}], [{}, {}])"),
    Template("fma({}, {}, {})"),
    Template("norm([{}, {}, {}])", kink=math.hypot),
    Template("hypot({}, {})", kink=math.hypot),
    Template("dist([{}, {}], [{}, {}])", kink=lambda a, b, c, d: math.hypot(a - c, b - d)),
    Template("logsumexp([{}, {}, {}])"),
    Template("softmax([{}, {}, {}])[0]"),
]
