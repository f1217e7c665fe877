"""Strategies for Hypothesis: random Values, programs and models, for property tests of your own.

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

Needs Hypothesis: pip install 'minigrad[test]'.
"""

from __future__ import annotations

from ..engine import Value

try:
    from hypothesis import strategies as st
except ImportError:
    raise ImportError("minigrad.testing needs Hypothesis: pip install 'minigrad[test]'") from None

from .random_models import Model, models
from .random_programs import Program, programs
from .rows import ROWS, Row

__all__ = ["ROWS", "Model", "Program", "Row", "models", "programs", "values"]


def values(min_value: float = -1e6, max_value: float = 1e6) -> st.SearchStrategy[Value]:
    """Leaves, each with a finite number between the two bounds, and no gradient yet.

    >>> from hypothesis import given
    >>> @given(values())
    ... def test_a_value_is_as_far_from_zero_as_its_negative(x):
    ...     assert abs(x).data == abs(-x).data
    >>> test_a_value_is_as_far_from_zero_as_its_negative()
    """
    return st.floats(min_value, max_value, allow_subnormal=False).map(Value)
