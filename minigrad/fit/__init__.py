"""The main job: a line or a curve through a table. Read `linear` (the descent), `least_squares` (the check), `plots`.

For curves: `formula`, `words` and `operations` (text as a function), `models` (or a function as it is), `curve` (the
front), `jobs` (the descents), `variables` (bounds), `search` (a start), `fitted` and `student` (what is known of the
answer), then `options`, `command`, `tables`, `curve_report` and `curve_plot` (what the command takes, reads and shows).
"""

from .curve import fit_curve
from .fitted import Curve
from .least_squares import LeastSquares
from .linear import Fit, fit, predict

__all__ = ["Curve", "Fit", "LeastSquares", "fit", "fit_curve", "predict"]
