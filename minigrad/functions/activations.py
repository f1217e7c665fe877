"""What neurons bend their sums with: relu and its smooth relatives.

>>> from minigrad import Value
>>> x = Value(-40.0)
>>> y = sigmoid(x)
>>> y.backward()
>>> y.data, x.grad
(4.248354255291589e-18, 4.248354255291589e-18)
"""

# An op gives a float or a Value, as its operands have it; only the signatures here say which:
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

import math

from ..ops import NEVER, Op
from .elementary import BELL, NORMAL_CDF, _normal_cdf
from .piecewise import STEP
from .trigonometric import SECH2

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .elementary import T

# --- With a kink ----------------------------------------------------------------------------------------------------

RELU = Op(
    "relu",
    lambda x: 0.0 if x <= 0.0 else x,
    lambda out, x: STEP(x, 0.0, 0.0),
    "0.0 if {0} <= 0.0 else {0}",
    raises=NEVER,
)  # the test is false for nan, which travels on
LEAKY_RELU = Op(
    "leaky_relu",
    lambda x, slope: slope * x if x <= 0.0 else x,
    lambda out, x, slope: (STEP(x, 0.0, 0.0) + slope * STEP(0.0, x, 1.0), -RELU(-x)),
    raises=NEVER,
)


def relu(x: T) -> T:
    """x above 0, else 0. Defined for all x; the derivative is 1 above 0 and 0 below, and 0 at 0 itself.

    >>> relu(2.0), relu(-2.0)
    (2.0, 0.0)
    """
    return RELU(x)


def leaky_relu(x: T, slope: T | float = 0.01) -> T:
    """x above 0, slope * x below. Defined for all x; 0 counts as below: there the derivative is `slope`.

    >>> leaky_relu(2.0), leaky_relu(-2.0)
    (2.0, -0.02)
    """
    return LEAKY_RELU(x, slope)


# --- Without --------------------------------------------------------------------------------------------------------


def _sigmoid(x: float) -> float:
    z = math.exp(-abs(x))
    return 1.0 / (1.0 + z) if x >= 0.0 else z / (1.0 + z)


def _silu(x: float) -> float:
    z = math.exp(-abs(x))
    return x / (1.0 + z) if x >= 0.0 else x * z / (1.0 + z)


def _softplus(x: float) -> float:
    return (x if x > 0.0 else 0.0) + math.log1p(math.exp(-abs(x)))


SIGMOID = Op("sigmoid", _sigmoid, lambda out, x: 0.25 * SECH2(0.5 * x), raises=NEVER)  # out * (1 - out) cancels
SOFTPLUS = Op("softplus", _softplus, lambda out, x: SIGMOID(x), raises=NEVER)
SILU = Op("silu", _silu, lambda out, x: SIGMOID(x) + x * (0.25 * SECH2(0.5 * x)), raises=NEVER)
GELU = Op(
    "gelu",
    lambda x: x * _normal_cdf(x),
    lambda out, x: NORMAL_CDF(x) + x * (1.0 / math.sqrt(2.0 * math.pi) * BELL(0.5, x)),
    raises=NEVER,
)


def sigmoid(x: T) -> T:
    """The logistic curve 1 / (1 + exp(-x)), which rises from 0 to 1. Defined for all x.

    >>> sigmoid(0.0), sigmoid(-1000.0)
    (0.5, 0.0)
    """
    return SIGMOID(x)


def softplus(x: T) -> T:
    """log(1 + exp(x)), a smooth relu. Defined for all x.

    >>> softplus(0.0), softplus(1000.0)
    (0.6931471805599453, 1000.0)
    """
    return SOFTPLUS(x)


def silu(x: T) -> T:
    """x * sigmoid(x), also known as swish. Defined for all finite x; nan at -inf.

    >>> silu(1.0)
    0.7310585786300049
    """
    return SILU(x)


def gelu(x: T) -> T:
    """x times the chance that a standard normal variable is below x: x * erfc(-x / sqrt(2)) / 2, with no tanh in it.

    Defined for all finite x; nan at -inf.

    >>> gelu(1.0)  # doctest: +ELLIPSIS
    0.84134474606854...
    """
    return GELU(x)
