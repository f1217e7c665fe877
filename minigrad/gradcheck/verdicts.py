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
    if look.kink and _is_kink_too(f, x, look):
        if abs(x) < COARSE:
            return Derivative(of, received, expected, error, "kink")
        return Derivative(of, received, expected, max(error, abs(expected - received)), "uncertain", TOO_LARGE)
    if right:
        return Derivative(of, received, expected, error, "pass")
    return _closer(f, x, look, received, of, rtol, slack)


def agree(expected: float, error: float, received: float, rtol: float) -> bool:
    """Whether what was received is right, as far as the differences can tell."""
    if math.isinf(expected):
        return math.copysign(1.0, expected) * received >= error
    return abs(received - expected) <= rtol * abs(expected) + 4.0 * error + UNDERFLOWN


def _closer(f: Line, x: float, look: Look, received: float, of: str, rtol: float, slack: float) -> Derivative:
    """What small steps say where large ones and the rule differ: the one, or the other, or neither."""
    apart = abs(look.value - received)
    close, settled = _small_steps(f, x, look.limit, look.index, apart) if math.isfinite(apart) else (None, True)
    if close is None:
        return Derivative(of, received, look.value, look.error + slack, "fail")
    error = close.error + slack
    as_received = agree(close.value, error, received, rtol)
    as_looked = settled and abs(close.value - look.value) <= min(4.0 * (look.error + error), apart / CLOSER)
    if as_looked == as_received:
        return Derivative(of, received, close.value, max(error, apart), "uncertain", UNSETTLED)
    expected, error = (close.value, error) if as_received else (look.value, look.error + slack)
    return Derivative(of, received, expected, error, "pass" if as_received else "fail")


def _is_kink_too(f: Line, x: float, look: Look) -> bool:
    """Whether small steps show the kink as large ones do: a bend may look like one, and chance like both."""
    jump = look.jump
    if look.limit.error == math.inf or jump.infinite or look.limit.infinite:
        return True
    close, settled = _small_steps(f, x, jump, 3, abs(jump.value))
    return close is None or settled and abs(close.value - jump.value) <= 4.0 * (close.error + jump.error)


def _small_steps(f: Line, x: float, limit: Limit, index: int, apart: float) -> tuple[Limit | None, bool]:
    """The limit by the smallest steps that tell numbers `apart` from each other; None if `limit` used as small ones.

    And whether it settles as far as rounding lets it: if not, there is more below these steps.
    """
    here = f(x)
    rounding = 2.0 * (here[1] + ROUNDING * abs(here[0]))
    smallest = max(CLOSER * rounding / apart, 16.0 * math.ulp(x), 2.0**-40 * limit.step)
    if not smallest < limit.step:
        return None, False
    close, exponent = Limit(limit.power), math.frexp(smallest)[1]
    for k in range(6):
        quotient, rounding, step = quotients(f, x, here, math.ldexp(STEPS[k], exponent + 5 - k))[index]
        close.add(quotient, rounding, step)
    return close, close.error <= 4.0 * (rounding + ROUNDING * abs(quotient))
