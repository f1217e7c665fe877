"""compile: functions of Values as straight-line Python.

In the order in which to read the room, from the call down to the text: `program` (compile, and what a Program does),
`specialize` (arguments of one structure, and the one loop of trace and retry), `trace` (a run of the function on
Values), `ir` (what it computes, each thing once, and its paths), `rewrite` (in fewer words), `derive` (the gradient of
a row), `code` (as a function), `conventions` (what is around its expressions), `printer` (its expressions), `target`
(what an op is there), `names` (what all is called). Then what stands on top of these: `entry` (the fast path of a
call), `rows` (the loop over a table), `pickling` (what is left of a function in a pickle). `errors` says what counts
as one.

>>> square = compile(lambda x: x * x)
>>> square(3.0)
9.0
"""

from .program import Program, compile  # noqa: A004  # as in `minigrad.compile`

__all__ = ["Program", "compile"]
