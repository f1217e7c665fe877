"""compile: functions of Values as straight-line Python.

Read `program.py` first, which tells what a `Program` does. Behind it, in the order in which a call meets them: `doors`
(a call of floats), `tracing` (one run of the function on Values), `expressions` (what it computes, each thing once),
`ways` (its branches), `plans` (all of that for arguments of one shape), `names`, `codegen` and `frames` (as text);
then `rows` (the loop over a table) and `replay` (what is left of a function in a pickle).

>>> square = compile(lambda x: x * x)
>>> square(3.0)
9.0
"""

from .program import Program, compile  # noqa: A004  # as in `minigrad.compile`

__all__ = ["Program", "compile"]
