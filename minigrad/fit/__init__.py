"""The main job: a line through a table. Read `linear` (the descent), `least_squares` (the check), `plots`."""

from .least_squares import LeastSquares
from .linear import Fit, fit, predict

__all__ = ["Fit", "LeastSquares", "fit", "predict"]
