"""Gradients checked. Read `check` (the function and the ops inside), `differences` (derivatives from numbers alone),
`verdicts` (when they are believed), `directions` (many numbers at once), `report` (what is said of it).
"""

from .check import gradcheck
from .differences import numerical_gradient
from .report import Derivative, Report

__all__ = ["Derivative", "Report", "gradcheck", "numerical_gradient"]
