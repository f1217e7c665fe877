"""A zero that can be told from all others: what `zero_grad` leaves in `.grad`, until something is added to it.

Every sum is a new float, so a `.grad` that still is this very object was reached by no `backward` and assigned by
nobody. To `backward` it is 0.0 like any other, so nothing in its loop has to know. (PyPy tells floats apart by their
number alone: there a gradient that was computed and is 0 counts as untouched too.)

>>> from minigrad import Value
>>> w = Value(1.0)
>>> w.grad = UNTOUCHED
>>> (w * 0.0).backward()
>>> w.grad, w.grad is UNTOUCHED
(0.0, False)
"""

from __future__ import annotations

UNTOUCHED = float("0")  # made at run time, so that no constant of the compiler's is the same object
