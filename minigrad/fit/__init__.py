"""The main job: a line through a table. Read `linear` (the whole), `refusals` (what cannot be fitted), `orthogonal` and
`bowl` (what the descent sees), `descent` (its loss, and when it has arrived), `least_squares` (the check),
`statistics`, `report`, `plots`, `saved` (a fit in a file), `predictions` (a new table, and what the fit says of it),
`arguments` and `usage` (of the command).
"""

from .descent import predict
from .least_squares import LeastSquares
from .linear import Fit, fit
from .saved import Model, load_model, save_model

__all__ = ["Fit", "LeastSquares", "Model", "fit", "load_model", "predict", "save_model"]
