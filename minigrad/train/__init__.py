"""Training. Read `minimize` (the loop) and `result` (how it ended), `monitor` (what it met), `verdict` (whether that is
the bottom) and `curvature` (how it is found out), `diagnosis` (what to do about it), `batches` (rows), `domain` and
`anomaly` (where a loss has no value), `progress` (the live line).
"""

from .batches import Batches
from .minimize import minimize
from .result import Result

__all__ = ["Batches", "Result", "minimize"]
