"""The functions: every row of the op table beyond plain arithmetic, and the public functions that apply them.

They have the names and domains of the `math` module, and raise what it raises, with op and operands in the message. A
float in gives a float out, so the same model runs with or without gradients; any Value in gives a Value.

>>> from minigrad import Value
>>> x = Value(0.5, label="x")
>>> y = sin(x) * exp(x)
>>> y.backward()
>>> y.data, x.grad                      # exp(0.5) * (sin(0.5) + cos(0.5))
(0.7904390832136149, 2.2373281197977843)

Read `elementary` (exp, log, sqrt), `trigonometric`, `lengths`, `piecewise` (relu's kin), `activations`, `reductions`
(sums), then `table` (all rows by name) and `primitive` (a row of your own).
"""

from __future__ import annotations

from .activations import gelu, leaky_relu, relu, sigmoid, silu, softplus
from .elementary import cbrt, erf, erfc, exp, exp2, expm1, log, log1p, log2, log10, pow, sqrt  # noqa: A004
from .lengths import atan2, dist, hypot
from .piecewise import clamp, copysign, fabs, heaviside, maximum, minimum, sign, where
from .primitive import primitive
from .reductions import dot, fsum, logsumexp, mean, norm, prod, softmax, sum  # noqa: A004
from .table import OPS
from .trigonometric import (
    acos,
    acosh,
    asin,
    asinh,
    atan,
    atanh,
    cos,
    cosh,
    degrees,
    radians,
    sin,
    sinh,
    tan,
    tanh,
)

__all__ = [
    "OPS",
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "cbrt",
    "clamp",
    "copysign",
    "cos",
    "cosh",
    "degrees",
    "dist",
    "dot",
    "erf",
    "erfc",
    "exp",
    "exp2",
    "expm1",
    "fabs",
    "fsum",
    "gelu",
    "heaviside",
    "hypot",
    "leaky_relu",
    "log",
    "log1p",
    "log2",
    "log10",
    "logsumexp",
    "maximum",
    "mean",
    "minimum",
    "norm",
    "pow",
    "primitive",
    "prod",
    "radians",
    "relu",
    "sigmoid",
    "sign",
    "silu",
    "sin",
    "sinh",
    "softmax",
    "softplus",
    "sqrt",
    "sum",
    "tan",
    "tanh",
    "where",
]
