"""The verdict on one derivative: what differences show is held against what was received, and looked at again in doubt.

The first look, `Look`, uses the largest steps that agree. That is sharp, and enough where it agrees with what was
received. Where it does not, the error may be in the look: a ripple or a bend smaller than the steps passes unseen. So
nothing is called wrong, and nothing a kink, before

- the function has given the same numbers again at the same points, and
- steps as small as rounding allows have shown the same as the large ones.

>>> import math
>>> verdict_on(lambda x: (math.sin(x), 0.0), 1.0, math.cos(1.0)).verdict
'pass'
>>> verdict_on(lambda x: (math.sin(x), 0.0), 2.0**60, math.cos(2.0**60)).verdict
'uncertain'
"""

from __future__ import annotations

import math

from .differences import ROUNDING, STEPS, Limit, Look, Sampled, quotients
from .report import NOT_DETERMINISTIC, Derivative

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .differences import Line

UNDERFLOWN = 2.0**-1000  # derivatives so small may have lost all digits on the way: floats have fewer below 2**-1022
UNSETTLED = "large steps and small ones do not agree on a derivative"
TOO_LARGE = "numbers so large have no digits left for the small steps that would settle it"
OVERFLOWN = "the difference quotients are too large for floats"
COARSE = 2.0**46  # from here on no step that keeps its digits is smaller than 1/8: a bend may pass for a kink
CLOSER = 64.0  # how many times smaller than a disagreement the rounding is in the steps that are to settle it


def verdict_on(
    f: Line,
    x: float,
    received: float,
    of: str = "",
    rtol: float = 1e-9,
    slack: float = 0.0,
    plain: bool = True,
) -> Derivative:
    """The derivative of `f` at x, compared with the one received.

    `f` is as `derivative_of` takes it, and `slack` is how far off what was received may be through rounding.
    """
    f = Sampled(f)
    look = Look(f, x, plain)
    expected, error = look.value, look.error + slack
    right = agree(expected, error, received, rtol)
    if right and not look.kink:
        return Derivative(of, received, expected, error, "pass")
    if not f.repeats():
        return Derivative(of, received, expected, math.inf, "uncertain", NOT_DETERMINISTIC)
    kink, reason = _closer_kink(f, x, look) if look.kink else (False, "")
    if reason:
        return Derivative(of, received, expected, max(error, abs(expected - received)), "uncertain", reason)
    if kink:
        return Derivative(of, received, expected, error, "kink")
    if right:
        return Derivative(of, received, expected, error, "pass")
    return _closer(f, x, look, received, of, rtol, slack, plain)


def agree(expected: float, error: float, received: float, rtol: float) -> bool:
    """Whether what was received is right, as far as the differences can tell."""
    if math.isinf(expected):
        return math.copysign(1.0, expected) * received >= error
    return abs(received - expected) <= rtol * abs(expected) + 4.0 * error + UNDERFLOWN


def _closer(
    f: Line, x: float, look: Look, received: float, of: str, rtol: float, slack: float, plain: bool
) -> Derivative:
    """What small steps say where large ones and the rule differ: the one, or the other, or neither.

    Unless `f` is plain they do not go past 0, where a function of many ops may have a pole, and be flat on both sides.
    """
    apart, most = abs(look.value - received), math.inf if plain or x == 0.0 else abs(x)
    close, settled = None, True
    if math.isfinite(apart):
        close, settled = _small_steps(f, x, look.limit, look.index, apart, look.limit.step, most)
    if close is None:
        return Derivative(of, received, look.value, look.error + slack, "fail")
    error = close.error + slack
    as_received = agree(close.value, error, received, rtol)
    as_looked = settled and abs(close.value - look.value) <= min(4.0 * (look.error + error), apart / CLOSER)
    if as_looked == as_received:
        return Derivative(of, received, close.value, max(error, apart), "uncertain", UNSETTLED)
    expected, error = (close.value, error) if as_received else (look.value, look.error + slack)
    return Derivative(of, received, expected, error, "pass" if as_received else "fail")


def _closer_kink(f: Sampled, x: float, look: Look) -> tuple[bool, str]:
    """Whether small steps show the kink as large ones do (a bend may look like one), or why that cannot be known."""
    limit, index = (look.limit, look.index) if look.limit.infinite and not look.jump.infinite else (look.jump, 3)
    if limit.infinite:
        close, _ = _small_steps(f, x, limit, index, abs(limit.steepest), limit.steps[0])
        kink = close is None or close.growing > 3
    elif look.limit.error == math.inf:
        alone = not any(t != x and math.isfinite(y) for t, (y, _) in f.samples.items())
        return alone, "" if alone else OVERFLOWN
    else:
        size = abs(limit.value)
        close, settled = _small_steps(f, x, limit, index, size, limit.step)
        if close is None:
            return False, UNSETTLED
        kink = settled and abs(close.value - limit.value) <= min(4.0 * (limit.error + close.error), size / 16.0)
    return kink, TOO_LARGE if kink and abs(x) >= COARSE else ""


def _small_steps(
    f: Line, x: float, limit: Limit, index: int, apart: float, below: float, most: float = math.inf
) -> tuple[Limit | None, bool]:
    """The limit by the smallest steps that tell numbers `apart` from each other; None if they are not below others.

    And whether `limit` holds on the way there: as steps get smaller only rounding may take quotients further off it.
    """
    here = f(x)
    rounding = 2.0 * (here[1] + ROUNDING * abs(here[0]))
    smallest = min(max(CLOSER * rounding / apart, 16.0 * math.ulp(x), 2.0**-40 * below), most / 64.0)
    if not smallest < below:
        return None, False
    low, high = math.frexp(smallest)[1], math.frexp(below)[1]
    exponents = [*[high - k * (high - low) // 6 for k in range(6)], *[low + 5 - k for k in range(6)]]
    taken = [quotients(f, x, here, math.ldexp(STEPS[k % 7], exponent))[index] for k, exponent in enumerate(exponents)]
    close = Limit(limit.power)
    for quotient in taken[6:]:
        close.add(*quotient)
    large = [quotients(f, x, here, step)[index] for step in (below, 0.5 * below)]
    far = max(abs(quotient - limit.value) for quotient, _, _ in large) + limit.error
    small = [(quotient, rounding) for quotient, rounding, step in taken if step < 0.5 * below]
    return close, not any(abs(quotient - limit.value) > far + 2.0 * rounding for quotient, rounding in small)
