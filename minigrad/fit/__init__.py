"""The main job: a line through a table. Read `linear` (the whole), `refusals` (what cannot be fitted), `vectors` (lists
or arrays), `orthogonal` and `bowl` (what the descent sees), `descent` (its loss, and when it has arrived),
`least_squares` (the check), `statistics`, `report`, `plots`, `saved` (a fit in a file), `predictions` (a new table, and
what the fit says of it), `arguments` and `usage` (of the command).

For curves: `formula`, `words` and `operations` (text as a function), `models` (or a function as it is), `curve` (the
front), `jobs` (the descents), `variables` (bounds), `scales` and `search` (a start), `fitted` (what is known of the
answer), `saved_curve` (what it leaves in a file), then `options`, `command`, `tables`, `curve_report` and `curve_plot`
(what the command takes, reads and shows).

For rows elsewhere: `pieces` (the line), `piece_curve` (any formula), and of the command `piece_files`, `piece_reading`
and `clusters`.
"""

from ..machinery.late import late
from .descent import predict
from .least_squares import LeastSquares
from .linear import Fit, fit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .curve import fit_curve
    from .fitted import Curve
    from .saved import Model, load_model, save_model
    from .saved_curve import CurveModel
else:
    __getattr__, __dir__ = late(
        __name__,
        {
            "Curve": "fitted",
            "CurveModel": "saved_curve",
            "Model": "saved",
            "fit_curve": "curve",
            "load_model": "saved",
            "save_model": "saved",
        },
    )

__all__ = [
    "Curve",
    "CurveModel",
    "Fit",
    "LeastSquares",
    "Model",
    "fit",
    "fit_curve",
    "load_model",
    "predict",
    "save_model",
]
