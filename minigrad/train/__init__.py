"""Training. Read `minimize` (the loop and how it ended), `monitor` (what it met), `curvature` and `diagnosis` (what to
do about it), `batches` (rows).

For sums of squares: `least_squares` (the function and its result), `levenberg_marquardt` (a step), `attempts` (the
steps in a row), `bottom` (whether it is one), `trade_offs` (what to say about it), `residuals` (their Jacobian),
`linear_algebra` (QR).
"""

from .least_squares import LeastSquaresResult, least_squares
from .minimize import Result, minimize

__all__ = ["LeastSquaresResult", "Result", "least_squares", "minimize"]
