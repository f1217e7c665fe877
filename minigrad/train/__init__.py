"""Training. Read `minimize` (the loop and how it ended), `monitor` (what it met), `curvature` and `diagnosis` (what to
do about it), `batches` (rows).
"""

from .minimize import Result, minimize

__all__ = ["Result", "minimize"]
