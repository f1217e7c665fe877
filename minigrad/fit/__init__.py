"""The main job: a line through a table. Read `linear` (the whole), `orthogonal` and `bowl` (what the descent sees),
`descent` (its loss, and when it has arrived), `least_squares` (the check), `statistics`, `report`, `plots`.
"""

from .descent import predict
from .least_squares import LeastSquares
from .linear import Fit, fit

__all__ = ["Fit", "LeastSquares", "fit", "predict"]
