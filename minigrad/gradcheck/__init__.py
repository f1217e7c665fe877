"""Gradients checked. Read `check` (the verdict on a function), then `differences` (slopes from numbers alone)."""

from .check import Report, Slope, gradcheck
from .differences import numerical_gradient

__all__ = ["Report", "Slope", "gradcheck", "numerical_gradient"]
