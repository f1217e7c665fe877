"""Gradients checked. Read `check` (the whole function and the ops inside), then `differences` (derivatives from numbers
alone), `verdicts` (which of them are believed) and `report` (what is said of it).
"""

from .check import gradcheck
from .differences import numerical_gradient
from .report import Derivative, Report

__all__ = ["Derivative", "Report", "gradcheck", "numerical_gradient"]
