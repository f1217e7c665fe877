"""Functions made of pieces: choices, bounds and steps.

At a kink one derivative has to be chosen, and the choices fit together: abs, sign and relu have derivative 0 at 0; of
two equal Values each gets half of the gradient of their maximum; from a tie with a plain number no gradient comes at
all. So relu(x), maximum(x, 0.0) and clamp(x, 0.0, 1.0) agree. nan travels on.

>>> from minigrad import Value
>>> x = Value(2.0)
>>> y = clamp(x, 0.0, 3.0) + maximum(x, 5.0)
>>> y.backward()
>>> y.data, x.grad
(7.0, 1.0)
"""

# An op gives a float or a Value, as its operands have it; only the signatures here say which:
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

import math

from ..engine import Value
from ..ops import ABS, NEVER, SIGN, Op, as_float

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .elementary import T

# --- Steps ----------------------------------------------------------------------------------------------------------


def _step(x: float, y: float, tie: float) -> float:
    """1 where x is above y, 0 where it is below, `tie` where they are equal."""
    return 1.0 if x > y else 0.0 if x < y else tie if x == y else math.nan


STEP: Op = Op("step", _step, lambda out, x, y, tie: (0.0, 0.0, STEP(x, y, 1.0) * STEP(y, x, 1.0)), raises=NEVER)
COPYSIGN: Op = Op("copysign", math.copysign, lambda out, x, y: (SIGN(x) * COPYSIGN(1.0, y), 0.0), raises=NEVER)


def fabs(x: T) -> T:
    """The absolute value of x, abs(x). Defined for all x; the derivative is sign(x), which is 0 at 0.

    >>> fabs(-2.0)
    2.0
    """
    return ABS(x)


def sign(x: T) -> T:
    """1 above 0, -1 below, 0 at 0. Defined for all x; the derivative is 0 everywhere, at the jump too.

    >>> sign(-3.0)
    -1.0
    """
    return SIGN(x)


def heaviside(x: T, at_zero: T | float = 0.5) -> T:
    """1 above 0, 0 below, `at_zero` at 0. Defined for all x; the derivative in x is 0 everywhere, at the jump too.

    >>> heaviside(3.0), heaviside(0.0), heaviside(0.0, at_zero=1.0)
    (1.0, 0.5, 1.0)
    """
    return STEP(x, 0.0, at_zero)


def copysign(x: T, y: T | float) -> T:
    """abs(x) with the sign of y, which a zero has too. Defined for all x and y.

    The derivative in x is sign(x) * copysign(1, y), so 0 at x = 0; in y it is 0 everywhere.

    >>> copysign(3.0, -0.0)
    -3.0
    """
    return COPYSIGN(x, y)


# --- Bounds ---------------------------------------------------------------------------------------------------------


def _maximum(x: float, y: float) -> float:
    return x if x >= y or x != x else y  # nan stays, on either side


def _minimum(x: float, y: float) -> float:
    return x if x <= y or x != x else y


MAXIMUM = Op("maximum", _maximum, lambda out, x, y: (STEP(x, y, 0.5), STEP(y, x, 0.5)), raises=NEVER)
MINIMUM = Op("minimum", _minimum, lambda out, x, y: (STEP(y, x, 0.5), STEP(x, y, 0.5)), raises=NEVER)

# The same two where y is a plain number, to which a tie goes.
AT_LEAST = Op("at_least", _maximum, lambda out, x, y: (STEP(x, y, 0.0), STEP(y, x, 1.0)), raises=NEVER)
AT_MOST = Op("at_most", _minimum, lambda out, x, y: (STEP(y, x, 0.0), STEP(x, y, 1.0)), raises=NEVER)


def maximum(x: T, y: T | float) -> T:
    """The larger of x and y. Defined for all x and y; nan if either is nan.

    The derivative is 1 in the larger and 0 in the other. If they are equal, two Values get half of it each, and a
    plain number takes all of it from a Value.

    >>> maximum(2.0, 3.0)
    3.0
    """
    return _bound(MAXIMUM, AT_LEAST, x, y)


def minimum(x: T, y: T | float) -> T:
    """The smaller of x and y. Defined for all x and y; nan if either is nan.

    The derivative is 1 in the smaller and 0 in the other. If they are equal, two Values get half of it each, and a
    plain number takes all of it from a Value.

    >>> minimum(2.0, 3.0)
    2.0
    """
    return _bound(MINIMUM, AT_MOST, x, y)


def _bound(of_values: Op, by_number: Op, x: Any, y: Any) -> Any:
    if not isinstance(y, Value):
        return by_number(x, y)
    return of_values(x, y) if isinstance(x, Value) else by_number(y, x)


def clamp(x: T, low: T | float, high: T | float) -> T:
    """x, but no less than `low` and no more than `high`: minimum(maximum(x, low), high).

    Defined for low <= high, else ValueError. The derivative in x is 1 between plain bounds, 0 at them and beyond.

    >>> clamp(5.0, 0.0, 1.0)
    1.0
    """
    if low > high:
        raise ValueError(f"clamp: expected low <= high, got {low!r} and {high!r}")
    return minimum(maximum(x, low), high)


# --- Choices --------------------------------------------------------------------------------------------------------


def where(condition: Any, a: Any, b: Any) -> Any:
    """`a` if the condition holds, else `b`: a Value or number each, or a function of no arguments that gives one.

    Only the chosen side is computed, and only it gets a gradient, so the other may be undefined here. The condition is
    True or False, as a comparison gives; TypeError for all else.

    >>> x = Value(1.0)
    >>> y = where(x >= 0.0, x, lambda: (-x) ** 0.5)
    >>> y.backward()
    >>> x.grad
    1.0
    """
    if not isinstance(condition, bool) and getattr(getattr(condition, "dtype", None), "kind", None) != "b":
        raise TypeError(
            f"where: expected True or False, got {condition!r:.100} ({type(condition).__name__}); compare it with "
            "something, as in where(x > 0.0, a, b)"
        )
    chosen = a if condition else b
    if callable(chosen):
        chosen = chosen()
    return chosen if isinstance(chosen, Value) else as_float(chosen)


# --- Questions ------------------------------------------------------------------------------------------------------
#
# Asked as comparisons, so that a compiled function asks them anew in each call.


def isnan(x: Any) -> bool:
    """Whether x is nan, no number. Defined for all x.

    >>> isnan(math.nan), isnan(Value(1.0))
    (True, False)
    """
    return not _number(x) <= math.inf


def isinf(x: Any) -> bool:
    """Whether x is inf or -inf. Defined for all x.

    >>> isinf(-math.inf), isinf(Value(1.0))
    (True, False)
    """
    x = _number(x)
    return bool(x >= math.inf or x <= -math.inf)


def isfinite(x: Any) -> bool:
    """Whether x is neither infinite nor nan. Defined for all x.

    >>> isfinite(Value(1.0)), isfinite(math.inf), isfinite(math.nan)
    (True, False, False)
    """
    return -math.inf < _number(x) < math.inf


def isclose(a: Any, b: Any, *, rel_tol: float = 1e-9, abs_tol: float = 0.0) -> bool:
    """Whether a and b are equal but for a small difference: at most rel_tol times the larger of them, or abs_tol.

    abs(a - b) <= max(rel_tol * max(abs(a), abs(b)), abs_tol)

    Defined for all a and b; an infinity is close to itself alone, nan to nothing. ValueError for a tolerance below 0.

    >>> isclose(Value(0.1) * 3.0, 0.3), isclose(0.1, 0.2)
    (True, False)
    """
    if rel_tol < 0.0 or abs_tol < 0.0:
        raise ValueError(f"isclose: expected tolerances >= 0, got {rel_tol!r} and {abs_tol!r}")
    a, b = _number(a), _number(b)
    if a <= b and a >= b:
        return True
    if isinf(a) or isinf(b):
        return False
    difference = abs(a - b)
    return bool(difference <= rel_tol * abs(a) or difference <= rel_tol * abs(b) or difference <= abs_tol)


def _number(x: Any) -> Any:
    return x if isinstance(x, Value) else as_float(x)
