"""What keeps the engine fast and safe. Skip this room at a first reading: `engine.py` tells its story without it.

Then read `order` (in which order a walk visits the nodes), `operators` (+ - * / and ** written out for speed), `scalar`
(what a Value answers to comparisons, text and copies, and what it refuses), `recorder` (what a trace is told), `trees`
(arguments nested in lists, tuples and dicts), `untouched` (a gradient that nobody has computed), `late` (names that
are loaded when somebody asks), `files` (JSON that is written whole or not at all), `locks` (for threads, and for
processes that are forked), and `freeing` (of deep graphs, where the stack is small).
"""
