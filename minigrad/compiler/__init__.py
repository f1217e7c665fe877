"""compile: functions of Values as straight-line Python.

To read in this order, from the call down to the text: `program` (compile, and what a Program does), `specialize`
(arguments of one structure), `answering` (trace and retry), `trace` (a run of the function on Values), `ir` (what it
computes, each thing once, and its paths), `rewrite` (in fewer words), `derive` (the gradient of a row), `code` (as a
function), `conventions`, `loops` and `display` (what stands around its expressions), `printer` (its expressions),
`target` (what an op is there), `native` and `routines` (for machine code), `names` (what things are called). Then what
stands on top of these: `entry` (the fast path of a call), `tables` (rows as people have them), `rows` (the loop over a
table), `program_op` (a node of a larger graph), `pickling` (what is left of a function in a pickle), `shares` (rows of
which each process has some). `errors`: what all of them raise; `blame`: whose fault it is.

For columns, `compile(f, xp=numpy)`, there are files of their own: `columns` (the target), `column_ops`, `column_space`
and `column_formulas` (the op table over columns), `column_text` (an op's text without its choices), `blocks` (functions
without branches, one for each path), `column_writer` (their expressions, and sums), `column_sums` and `column_results`
(run block by block, and what becomes of odd rows), `column_rows` and `column_calls` (the loop over a table, and a
call).

>>> square = compile(lambda x: x * x)
>>> square(3.0)
9.0
"""

from .program import Program, compile  # noqa: A004  # as in `minigrad.compile`

__all__ = ["Program", "compile"]
