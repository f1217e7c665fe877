"""Gradcheck: says whether a gradient is right and, if it is not, which op is to blame.

>>> gradcheck(lambda x, y: x * x * y, 2.0, 3.0)
pass: finite differences agree with every derivative, 2 of the function and 4 of the ops inside
>>> from minigrad.functions import primitive
>>> cube = primitive("cube", lambda x: x**3, lambda out, x: 3.0001 * x**2)
>>> gradcheck(lambda x: cube(x) + 1.0, 2.0)
fail: cube(2.0) is to blame
  derivative of cube(2.0): expected 12, received 12.0004, off by 3e-05
  derivative at x = 2.0: expected 12, received 12.0004, off by 3e-05

`differences.py` knows derivatives to nine digits and more without any rule. Each number in the arguments is varied, and
what `backward` says is held against the difference it makes. Then the same is done inside: each node of the graph is
one op at known operands, so each of its local derivatives can be held against differences of the op's own forward. That
finds the wrong rule, and shows a kink that cancels further up.
"""

from __future__ import annotations

import math

from ..machinery.order import topological_order
from ..machinery.trees import named_numbers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random
    from typing import Any

    from .report import Report

LOOKS = 24  # so many points are looked at again: enough for what is drawn seldom too


def gradcheck(f: Callable[..., Any], *args: Any, rtol: float = 1e-9, rng: Random | None = None) -> Report:
    """Compare the gradient of `f` at `args`, and every op on the way to it, with finite differences.

    `args` are numbers, or lists, tuples and dicts of them; what is no number, or a bool, goes to `f` as it is. A
    derivative passes if it is right to `rtol`, or as near as the differences can tell. The verdict is

    - "fail" if a derivative is wrong; then `report.blame` has the op whose rule it is,
    - "kink" if the derivatives on the right and on the left differ, in `f` or in an op inside, or there is none,
    - "uncertain" if differences cannot settle it; `report.reason` says why: large steps and small ones do not agree,
      as for `sin` of a number so large that neighbouring floats are whole radians apart, or `f` is not deterministic,
    - else "pass"; and only then is the report true.

    Nothing is called wrong, and nothing a kink, before `f` has given the same numbers at the same points again. Of more
    than 32 numbers random directions, which `rng` chooses (`random.Random(0)` if there is none), are checked first: the
    derivatives in `report.gradient` are of these, and of the numbers on which a direction does not pass.

    Raises TypeError if `f` does not return one number, ValueError if that is infinite or nan, and what `f` raises.

    >>> gradcheck(lambda x: abs(x) - abs(x), 0.0).verdict
    'kink'
    >>> gradcheck(lambda x: x * x.data, 3.0)
    fail: no op is to blame, so the function computes what is not in its graph; look for .data and .detach()
      derivative at x = 3.0: expected 6, received 3, off by 5e-01
    """
    from .differences import ROUNDING, same  # the rest of the room, which `import minigrad` does without
    from .directions import Varied, derivatives
    from .graph import by_backward, inside_of, rounding_of, run, sizes_of
    from .report import NOT_DETERMINISTIC, Report

    if rng is None:
        from random import Random

        rng = Random(0)
    named = [pair for name, arg in zip(_names(f, len(args)), args, strict=True) for pair in named_numbers(name, arg)]
    numbers = [number for _, number in named]
    y, leaves = run(f, args, numbers)
    if not math.isfinite(y.data):
        raise ValueError(f"expected a finite number from the function, got {y.data!r}; check it at another point")
    order = topological_order(y, *leaves)
    grads, sizes = by_backward(y, order), sizes_of(y, order)

    seen: list[tuple[list[float], float]] = [(numbers, y.data)]

    def at(numbers: list[float]) -> tuple[float, float]:
        y, _ = run(f, args, numbers)
        if len(seen) < LOOKS:
            seen.append((numbers, y.data))
        return y.data, rounding_of(y)

    varied = [
        Varied(i, f"at {name} = {x!r}", grads[leaves[i]], 4.0 * ROUNDING * sizes[leaves[i]])
        for i, (name, x) in enumerate(named)
    ]
    gradient = derivatives(at, numbers, varied, rng, rtol, plain=False)
    inside = [found for node in order if node.op for found in inside_of(node, node.op, rng, rtol)]
    again, leaves = run(f, args, numbers)
    found = by_backward(again, topological_order(again, *leaves))
    repeats = all(same(found[x], v.received) for x, v in zip(leaves, varied, strict=True))
    repeats = repeats and all(same(run(f, args, numbers)[0].data, y) for numbers, y in seen)
    return Report(args, gradient, inside, "" if repeats else NOT_DETERMINISTIC)


def _names(f: Callable[..., Any], n: int) -> list[str]:
    """What `f` calls its first n arguments, as far as that can be told."""
    f = getattr(f, "__wrapped__", f)
    code = getattr(f, "__code__", None)
    names = code.co_varnames[hasattr(f, "__self__") : code.co_argcount] if code else ()
    return [*names, *[f"args[{i}]" for i in range(len(names), n)]][:n]
