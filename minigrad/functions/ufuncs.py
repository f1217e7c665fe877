"""NumPy's functions on Values: `np.sin(v)` is `minigrad.sin(v)`, and `np.float64(2.0) * v` is `2.0 * v`.

NumPy asks a Value what becomes of it (`__array_ufunc__`), and the function is looked up here by its name. NumPy itself
is never imported: what asks is there already.
"""

from __future__ import annotations

import builtins
import operator

from ..engine import Value
from ..ops import as_float
from .activations import sigmoid
from .lengths import atan2
from .piecewise import heaviside, isfinite, isinf, isnan, maximum, minimum
from .reductions import logsumexp
from .rounding import frexp, modf
from .special import digamma, lgamma
from .trigonometric import acos, acosh, asin, asinh, atan, atanh, degrees, radians

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

# The names that differ from those of rows, those that mean something else there (NumPy's remainder is Python's `%`),
# and functions that are no row.
NAMES: dict[str, Callable[..., Any]] = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
    "true_divide": operator.truediv,
    "floor_divide": operator.floordiv,
    "remainder": operator.mod,
    "mod": operator.mod,
    "divmod": divmod,
    "power": operator.pow,
    "float_power": operator.pow,
    "negative": operator.neg,
    "positive": operator.pos,
    "absolute": builtins.abs,
    "less": operator.lt,
    "less_equal": operator.le,
    "greater": operator.gt,
    "greater_equal": operator.ge,
    "equal": operator.eq,
    "not_equal": operator.ne,
    "square": lambda x: x * x,
    "reciprocal": lambda x: 1.0 / x,
    "rint": builtins.round,
    "arcsin": asin,
    "arccos": acos,
    "arctan": atan,
    "arctan2": atan2,
    "arcsinh": asinh,
    "arccosh": acosh,
    "arctanh": atanh,
    "rad2deg": degrees,
    "deg2rad": radians,
    "logaddexp": lambda x, y: logsumexp([x, y]),
    "heaviside": heaviside,
    "maximum": maximum,
    "minimum": minimum,
    "modf": modf,
    "frexp": frexp,
    "isfinite": isfinite,
    "isinf": isinf,
    "isnan": isnan,
    "expit": sigmoid,  # SciPy's names
    "gammaln": lgamma,
    "psi": digamma,
}


def applied(
    table: Mapping[str, Callable[..., Any]], ufunc: Any, method: str, operands: tuple[Any, ...], options: dict[str, Any]
) -> Any:
    """What the ufunc gives for operands one of which is a Value, with `NAMES` or the rows of `table`.

    Raises TypeError for arrays, for what minigrad does not have, and for options such as `out`.
    """
    name = ufunc.__name__
    function = NAMES.get(name) or table.get(name)
    if function is None or method != "__call__" or options:
        got = " ".join(["np." + name + ("" if method == "__call__" else f".{method}"), *sorted(options)])
        raise TypeError(
            f"expected a function that minigrad has too, without options, got {got}; use minigrad's, on one Value"
        )
    return function(*[x if isinstance(x, Value) else as_float(x) for x in operands])
