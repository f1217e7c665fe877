"""The functions: every row of the op table beyond plain arithmetic, and the public functions that apply them.

They have the names and domains of the `math` module, and raise what it raises, with op and operands in the message. A
float in gives a float out, so the same model runs with or without gradients; any Value in gives a Value.

>>> from minigrad import Value
>>> x = Value(0.5, label="x")
>>> y = sin(x) * exp(x)
>>> y.backward()
>>> y.data, x.grad                      # exp(0.5) * (sin(0.5) + cos(0.5))
(0.7904390832136149, 2.2373281197977843)

Read `elementary` (exp, log, sqrt), `trigonometric`, `special` (gamma, sinc), `lengths`, `piecewise` (relu's kin),
`rounding`, `activations`, `reductions` (sums), `exact` (sums of products), `signatures` (their types), then `table`
(all rows by name), `primitive` (a row of your own) and `ufuncs` (NumPy's names).
"""

from __future__ import annotations

from .activations import gelu, leaky_relu, relu, sigmoid, silu, softplus
from .elementary import cbrt, erf, erfc, exp, exp2, expm1, log, log1p, log2, log10, pow, sqrt  # noqa: A004
from .exact import fma, sumprod
from .lengths import atan2, dist, hypot
from .piecewise import (
    clamp,
    copysign,
    fabs,
    heaviside,
    isclose,
    isfinite,
    isinf,
    isnan,
    maximum,
    minimum,
    sign,
    where,
)
from .primitive import primitive
from .reductions import dot, fsum, logsumexp, mean, norm, prod, softmax, sum  # noqa: A004
from .rounding import ceil, floor, fmod, frexp, ldexp, modf, remainder, trunc
from .special import digamma, gamma, lgamma, polygamma, sinc
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
    "ceil",
    "clamp",
    "copysign",
    "cos",
    "cosh",
    "degrees",
    "digamma",
    "dist",
    "dot",
    "erf",
    "erfc",
    "exp",
    "exp2",
    "expm1",
    "fabs",
    "floor",
    "fma",
    "fmod",
    "frexp",
    "fsum",
    "gamma",
    "gelu",
    "heaviside",
    "hypot",
    "isclose",
    "isfinite",
    "isinf",
    "isnan",
    "ldexp",
    "leaky_relu",
    "lgamma",
    "log",
    "log1p",
    "log2",
    "log10",
    "logsumexp",
    "maximum",
    "mean",
    "minimum",
    "modf",
    "norm",
    "polygamma",
    "pow",
    "primitive",
    "prod",
    "radians",
    "relu",
    "remainder",
    "sigmoid",
    "sign",
    "silu",
    "sin",
    "sinc",
    "sinh",
    "softmax",
    "softplus",
    "sqrt",
    "sum",
    "sumprod",
    "tan",
    "tanh",
    "trunc",
    "where",
]
