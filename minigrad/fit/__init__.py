"""The main job: a line through a table. Read `linear` (the descent), `least_squares` (the check), `saved` (a fit in a
file), `predictions` (a new table, and what the fit says of it), `plots`,
`arguments` (of the command).
"""

from .least_squares import LeastSquares
from .linear import Fit, fit, predict
from .saved import Model, load_model, save_model

__all__ = ["Fit", "LeastSquares", "Model", "fit", "load_model", "predict", "save_model"]
