"""Gradients checked. Read `check` (the verdict on a function), then `differences` (derivatives from numbers alone)."""

from .check import Derivative, Report, gradcheck
from .differences import numerical_gradient

__all__ = ["Derivative", "Report", "gradcheck", "numerical_gradient"]
