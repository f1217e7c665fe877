"""Gradients checked. Read `check` (the whole function and the ops inside), `differences` (derivatives from numbers alone),
`verdicts` (when these are believed), `directions` (many numbers at once) and `report` (what is said of it).
"""

from .check import gradcheck
from .differences import numerical_gradient
from .report import Derivative, Report

__all__ = ["Derivative", "Report", "gradcheck", "numerical_gradient"]
