"""Strategies for Hypothesis: random Values, programs, functions and models, for property tests of your own.

>>> from hypothesis import given
>>> from minigrad.gradcheck import gradcheck
>>> @given(programs())
... def test_gradients_agree_with_finite_differences(program):
...     assert gradcheck(program, *program.point)

What fails shrinks to the smallest that fails, and prints as Python to paste:

>>> Program(["x", "y"], ["sin(x)", "t1 * y"], [0.5, 2.0])
from minigrad import sin
<BLANKLINE>
def program(x, y):
    t1 = sin(x)
    return t1 * y
<BLANKLINE>
program(0.5, 2.0)

`programs` are straight-line; `branching` gives functions with control flow, for whoever promises more than formulas.

Needs Hypothesis (pip install hypothesis). Read `leaves`, `templates` (of the lines of a program), `random_programs`,
`random_models`, `statements` and `random_functions`.
"""

from __future__ import annotations

try:
    from .random_models import Model, models
except ImportError:
    raise ImportError("minigrad.testing needs Hypothesis: pip install hypothesis") from None

from .leaves import values
from .random_functions import Branching, branching
from .random_programs import Program, programs
from .templates import TEMPLATES, Template

__all__ = ["TEMPLATES", "Branching", "Model", "Program", "Template", "branching", "models", "programs", "values"]
