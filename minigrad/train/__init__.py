"""Training. Read `minimize` (the loop) and `result` (how it ended), `monitor` (what it met), `arrival` and `verdict`
(whether that is the bottom) and `curvature` (how it is found out), `diagnosis` (what to do about it), `batches` (rows)
and `objectives` (what may be asked of one), `domain` and `anomaly` (where a loss has no value), `progress` (the live
line).

For rows that lie elsewhere: `dask_tables` (the pieces), `sent` (what runs there), `pieces` (the objective).

For sums of squares: `least_squares` (the function and its result), `levenberg_marquardt` (a step), `attempts` (the
steps in a row), `bottom` (whether it is one), `trade_offs` (what to say about it), `residuals` (their Jacobian),
`linear_algebra` (QR), `squares` (of rows that lie elsewhere).
"""

from ..machinery.late import late
from .least_squares import LeastSquaresResult, least_squares
from .minimize import minimize
from .result import Result

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .batches import Batches
else:
    __getattr__, __dir__ = late(__name__, {"Batches": "batches"})

__all__ = ["Batches", "LeastSquaresResult", "Result", "least_squares", "minimize"]
