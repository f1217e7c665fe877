"""Native: the rows of the op table for compilers of numbers, which know less of Python and raise fewer errors.

`forward(op, count)` is what computes an op of so many operands. Where a row is made of Python that such a compiler does
not take, a function stands in for it that has the same bits, but for last digits; where that would be long, it raises
ValueError, and the original answers. `checked` adds a look at the result, for where Python raises an error such a
compiler goes on with nan or inf.

>>> from ..functions import OPS
>>> forward(OPS["cbrt"], 1)(-27.0), forward(OPS["sin"], 1)
(-3.0, <built-in function sin>)
"""

from __future__ import annotations

import math

from ..ops import NEVER, Op
from .rewrite import ROWS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def forward(op: Op, count: int) -> Callable[..., float]:
    """What gives the result of the op for `count` floats, and raises where Python does, all of it as numba takes it."""
    if op is ROWS["hypot"] and count == 2:
        return math.hypot
    found: Any = STANDING_IN.get(op)
    if op.raises == NEVER:
        return found or op.forward
    return checked(op, count, found)


def checked(op: Op, count: int, found: Callable[..., float] | None = None) -> Callable[..., float]:
    """The op for `count` floats, or what stands in for it, and a ValueError where the rule of `math` has an error.

    That is where the result is a nan that no operand brings, or an infinity out of finite operands. Which error it is
    the original knows; the same where it has an answer after all.
    """
    names = [f"x{k}" for k in range(count)]
    text = f"forward({', '.join(names)})"
    if op.code is not None and not found:
        text = op.code(names) if callable(op.code) else op.code.format(*names)
    numbers, finite = [" and ".join([test.format(x) for x in names]) for test in ("{0} == {0}", "abs({}) < inf")]
    lines = [
        f"def checked_{op.name}({', '.join(names)}):",
        f"    out = float({text})",
        "    if not abs(out) < inf:",
        f"        if {numbers or True} if out != out else {finite or True}:",
        "            raise ValueError",
        "    return out\n",
    ]
    scope: dict[str, Any] = {"inf": math.inf, "nan": math.nan, "math": math, "forward": found or op.forward}
    exec(compile("\n".join(lines), f"<minigrad {op.name}>", "exec"), scope)
    return scope[f"checked_{op.name}"]  # type: ignore[no-any-return]


# --- What stands in for a row ---------------------------------------------------------------------------------------


def _halves(x: float) -> tuple[float, float]:
    """Two floats of half as many digits that add up to x, which is below 1e300: products of such are exact."""
    shifted = 134217729.0 * x  # 2**27 + 1
    high = shifted - (shifted - x)
    return high, x - high


def _rest(x: float, y: float, product: float) -> float:
    """What rounding took from the product x * y."""
    a, b = _halves(x)
    c, d = _halves(y)
    return ((a * c - product) + a * d + b * c) + b * d


def _cbrt(x: float) -> float:
    if x == 0.0 or x - x != 0.0:
        return x
    mantissa, exponent = math.frexp(abs(x))
    third = exponent // 3
    scaled = math.ldexp(mantissa, exponent - 3 * third)
    root = scaled ** (1.0 / 3.0)
    square = root * root
    cube = square * root
    over = (cube - scaled) + (_rest(square, root, cube) + _rest(root, root, square) * root)
    return math.copysign(math.ldexp(root - over / (3.0 * square), third), x)


def _hypot(*xs: float) -> float:
    """By sums of squares with twice the digits, scaled so that none overflows."""
    peak, finite = 0.0, True
    for x in xs:
        if abs(x) == math.inf:
            return math.inf
        finite = finite and x == x
        peak = max(peak, abs(x))
    if not finite:
        return math.nan
    if peak == 0.0:
        return 0.0
    exponent = math.frexp(peak)[1]
    total, rest = 0.0, 0.0
    for x in xs:
        scaled = math.ldexp(x, -exponent)
        square = scaled * scaled
        larger, smaller = max(total, square), min(total, square)
        total = larger + smaller
        rest += _rest(scaled, scaled, square) + (smaller - (total - larger))
    root = math.sqrt(total)
    square = root * root
    root += (((total - square) - _rest(root, root, square)) + rest) / (2.0 * root)
    return math.ldexp(root, exponent)


def _fsum(*xs: float) -> float:
    """By partial sums that do not overlap, from the smallest up; rounded once, to even in a tie."""
    parts = [0.0] * (len(xs) + 1)
    count = 0
    for x in xs:
        added, kept = x, 0
        for i in range(count):
            part = parts[i]
            larger, smaller = (part, added) if abs(added) < abs(part) else (added, part)
            added = larger + smaller
            rest = smaller - (added - larger)
            if rest != 0.0:
                parts[kept] = rest
                kept += 1
        parts[kept] = added
        count = kept + 1
    total, rest = 0.0, 0.0
    while count > 0 and rest == 0.0:
        count -= 1
        larger = total
        total = larger + parts[count]
        rest = parts[count] - (total - larger)
    if total - total != 0.0:
        raise ValueError
    below = parts[count - 1] if count > 0 else 0.0
    if rest * below > 0.0 or (rest != 0.0 and below != 0.0 and (rest > 0.0) == (below > 0.0)):
        twice = 2.0 * rest  # half a unit in the last place, and something more on the same side: no tie
        if twice == (total + twice) - total:
            return total + twice
    return total


def _sumprod(*xs: float) -> float:
    """Each product and what rounding took from it, added up exactly."""
    n = len(xs) // 2
    terms = [0.0] * (2 * n)
    for i in range(n):
        product = xs[i] * xs[n + i]
        small = abs(product) < 1e-280 and xs[i] != 0.0 and xs[n + i] != 0.0
        if small or not max(abs(product), abs(xs[i]), abs(xs[n + i])) < 1e290:
            raise ValueError
        terms[2 * i] = product
        terms[2 * i + 1] = _rest(xs[i], xs[n + i], product)
    return _fsum(*terms)


def _fma(x: float, y: float, z: float) -> float:
    if x == 0.0 or y == 0.0 or z - z != 0.0 or x * y - x * y != 0.0:
        return x * y + z
    return _sumprod(x, 1.0, y, z)


def _remainder(x: float, y: float) -> float:
    y = abs(y)
    rest = math.fmod(abs(x), y)
    if y < 1e-300 or 8e307 < y < math.inf:
        raise ValueError
    if rest > 0.5 * y or (rest == 0.5 * y and math.fmod(abs(x), 2.0 * y) > y):
        rest -= y
    return math.copysign(1.0, x) * rest


def _round_to(x: float, digits: float) -> float:
    """Where x * 10**digits is not near a tie."""
    if x - x != 0.0:
        return x
    if abs(digits) > 22.0:
        raise ValueError
    power = 10.0 ** abs(float(int(digits)))
    scaled = x * power if digits > 0.0 else x / power
    if not abs(scaled) < 2.0**40 or abs(scaled - math.floor(scaled) - 0.5) < 1e-3:
        raise ValueError
    whole = float(math.floor(scaled + 0.5))
    return math.copysign(whole / power if digits > 0.0 else whole * power, x)


STANDING_IN: dict[Op, Callable[..., float]] = {
    ROWS[name]: function
    for name, function in (
        ("cbrt", _cbrt),
        ("hypot", _hypot),
        ("fsum", _fsum),
        ("sumprod", _sumprod),
        ("fma", _fma),
        ("remainder", _remainder),
        ("round_to", _round_to),
    )
}
