"""minigrad: scalar reverse-mode automatic differentiation in pure Python.

Run ordinary Python on `Value`s and it records a graph; `backward()` walks the graph back and leaves the gradient in
every parameter's `.grad`; `optim.SGD` takes a step down it; `minimize` does so until the loss stops changing.

>>> from minigrad import Value, minimize
>>> from minigrad.optim import SGD
>>> w = Value(0.0, label="w")
>>> minimize(lambda: (w - 3.0) ** 2, SGD([w], lr=0.1)).reason, round(w.data, 6)
('converged', 3.0)

Here are the names for everyday use. Networks are in `minigrad.nn`, losses in `minigrad.losses`, optimizers in
`minigrad.optim`, data in `minigrad.datasets`, pictures in `minigrad.draw` and `minigrad.explain`, saving in
`minigrad.checkpoint`, strategies for property tests in `minigrad.testing`.
"""

from . import functions
from .compiler import Program, compile
from .engine import Value, gradients
from .functions import (
    acos,
    acosh,
    asin,
    asinh,
    atan,
    atan2,
    atanh,
    cbrt,
    ceil,
    clamp,
    copysign,
    cos,
    cosh,
    degrees,
    digamma,
    dist,
    dot,
    erf,
    erfc,
    exp,
    exp2,
    expm1,
    fabs,
    floor,
    fma,
    fmod,
    frexp,
    fsum,
    gamma,
    gelu,
    heaviside,
    hypot,
    isclose,
    isfinite,
    isinf,
    isnan,
    ldexp,
    leaky_relu,
    lgamma,
    log,
    log1p,
    log2,
    log10,
    logsumexp,
    maximum,
    mean,
    minimum,
    modf,
    norm,
    polygamma,
    pow,
    primitive,
    prod,
    radians,
    relu,
    remainder,
    sigmoid,
    sign,
    silu,
    sin,
    sinc,
    sinh,
    softmax,
    softplus,
    sqrt,
    sum,
    sumprod,
    tan,
    tanh,
    trunc,
    where,
)
from .gradcheck import gradcheck
from .machinery.late import late
from .train import Result, least_squares, minimize

TYPE_CHECKING = False
if TYPE_CHECKING:
    from . import checkpoint as checkpoint
    from . import datasets as datasets
    from . import diagnosis as diagnosis
    from . import draw as draw
    from . import explain as explain
    from . import fit as fit
    from . import losses, optim
    from . import nn as nn
    from . import transforms as transforms
    from .diagnosis import detect_anomaly, find_lr
    from .gradcheck import Report, numerical_gradient
    from .losses import mean_squared_error, squared_error
    from .transforms import grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp
else:
    __getattr__, __dir__ = late(
        __name__,
        {
            "Report": "gradcheck.report",
            "checkpoint": "checkpoint",
            "datasets": "datasets",
            "detect_anomaly": "train.anomaly",
            "diagnosis": "diagnosis",
            "draw": "draw",
            "explain": "explain",
            "find_lr": "train.curvature",
            "fit": "fit",
            "grad": "transforms",
            "hessian": "transforms",
            "hvp": "transforms",
            "jacobian": "transforms",
            "jvp": "transforms",
            "losses": "losses",
            "mean_squared_error": "losses",
            "nn": "nn",
            "numerical_gradient": "gradcheck.differences",
            "optim": "optim",
            "squared_error": "losses",
            "transforms": "transforms",
            "value_and_grad": "transforms",
            "vjp": "transforms",
        },
    )

__version__ = "0.2.0"
__all__ = [
    "Program",
    "Report",
    "Result",
    "Value",
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
    "compile",
    "copysign",
    "cos",
    "cosh",
    "degrees",
    "detect_anomaly",
    "digamma",
    "dist",
    "dot",
    "erf",
    "erfc",
    "exp",
    "exp2",
    "expm1",
    "fabs",
    "find_lr",
    "floor",
    "fma",
    "fmod",
    "frexp",
    "fsum",
    "functions",
    "gamma",
    "gelu",
    "grad",
    "gradcheck",
    "gradients",
    "heaviside",
    "hessian",
    "hvp",
    "hypot",
    "isclose",
    "isfinite",
    "isinf",
    "isnan",
    "jacobian",
    "jvp",
    "ldexp",
    "leaky_relu",
    "least_squares",
    "lgamma",
    "log",
    "log1p",
    "log2",
    "log10",
    "logsumexp",
    "losses",
    "maximum",
    "mean",
    "mean_squared_error",
    "minimize",
    "minimum",
    "modf",
    "norm",
    "numerical_gradient",
    "optim",
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
    "squared_error",
    "sum",
    "sumprod",
    "tan",
    "tanh",
    "trunc",
    "value_and_grad",
    "vjp",
    "where",
]
