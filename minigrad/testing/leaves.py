"""Leaves: Values of random numbers."""

from __future__ import annotations

from hypothesis import strategies as st

from ..engine import Value


def values(min_value: float = -1e6, max_value: float = 1e6) -> st.SearchStrategy[Value]:
    """Leaves, each with a finite number between the two bounds, and no gradient yet.

    >>> from hypothesis import given
    >>> @given(values())
    ... def test_a_value_is_as_far_from_zero_as_its_negative(x):
    ...     assert abs(x).data == abs(-x).data
    >>> test_a_value_is_as_far_from_zero_as_its_negative()
    """
    return st.floats(min_value, max_value, allow_subnormal=False).map(Value)
