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

from ..engine import Value
from ..machinery.order import topological_order
from ..machinery.trees import named_numbers
from .differences import NORMAL, ROUNDING, called, same
from .directions import Varied, derivatives
from .report import NOT_DETERMINISTIC, Derivative, Report

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random
    from typing import Any

    from ..ops import Op


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
    if rng is None:
        from random import Random

        rng = Random(0)
    named = [pair for name, arg in zip(_names(f, len(args)), args, strict=True) for pair in named_numbers(name, arg)]
    numbers = [number for _, number in named]
    y, leaves = _run(f, args, numbers)
    if not math.isfinite(y.data):
        raise ValueError(f"expected a finite number from the function, got {y.data!r}; check it at another point")
    order = topological_order(y, *leaves)
    grads, sizes = _by_backward(y, order), _sizes(y, order)

    seen: list[tuple[list[float], float]] = [(numbers, y.data)]

    def at(numbers: list[float]) -> tuple[float, float]:
        y, _ = _run(f, args, numbers)
        if len(seen) < LOOKS:
            seen.append((numbers, y.data))
        return y.data, _rounding(y)

    varied = [
        Varied(i, f"at {name} = {x!r}", grads[leaves[i]], 4.0 * ROUNDING * sizes[leaves[i]])
        for i, (name, x) in enumerate(named)
    ]
    gradient = derivatives(at, numbers, varied, rng, rtol, plain=False)
    inside = [found for node in order if node.op for found in _inside(node, node.op, rng, rtol)]
    again, leaves = _run(f, args, numbers)
    found = _by_backward(again, topological_order(again, *leaves))
    repeats = all(same(found[x], v.received) for x, v in zip(leaves, varied, strict=True))
    repeats = repeats and all(same(_run(f, args, numbers)[0].data, y) for numbers, y in seen)
    return Report(args, gradient, inside, "" if repeats else NOT_DETERMINISTIC)


def _run(f: Callable[..., Any], args: tuple[Any, ...], numbers: list[float]) -> tuple[Value, list[Value]]:
    leaves = [Value(number) for number in numbers]
    y = called(f, args, leaves)
    return y if isinstance(y, Value) else Value(y), leaves


def _names(f: Callable[..., Any], n: int) -> list[str]:
    """What `f` calls its first n arguments, as far as that can be told."""
    f = getattr(f, "__wrapped__", f)
    code = getattr(f, "__code__", None)
    names = code.co_varnames[hasattr(f, "__self__") : code.co_argcount] if code else ()
    return [*names, *[f"args[{i}]" for i in range(len(names), n)]][:n]


def _by_backward(y: Value, order: list[Value]) -> dict[Value, float]:
    """What `backward` leaves in each node, which then gets back what it had: some may be somebody's parameters."""
    had = [node.grad for node in order]
    for node in order:
        node.grad = 0.0
    y.backward()
    grads = {node: node.grad for node in order}
    for node, grad in zip(order, had, strict=True):
        node.grad = grad
    return grads


def _rounding(y: Value) -> float:
    """How far off y may be: each op rounds once, and what is above it passes that on."""
    order = topological_order(y)
    grads = _by_backward(y, order)
    return _total_size([grads[node] * (ROUNDING * node.data) for node in order if node.op])


def _sizes(y: Value, order: list[Value]) -> dict[Value, float]:
    """What `backward` would add up in each node if no two paths cancelled: where they do, their rounding stays."""
    sizes = dict.fromkeys(order, 0.0)
    sizes[y] = 1.0
    for node in reversed(order):
        for parent, partial in node.edges:
            sizes[parent] += _total_size([sizes[node] * partial]) + NORMAL  # below that floats lose digits
    return sizes


def _total_size(terms: list[float]) -> float:
    return sum([abs(term) for term in terms if math.isfinite(term)])


def _inside(node: Value, op: Op, rng: Random, rtol: float) -> list[Derivative]:
    """The local derivatives of one node, each held against differences of its op alone."""
    numbers = [x.data if isinstance(x, Value) else x for x in node.operands]
    pairs = [(x, partial) for x, partial in node._pairs() if x is not None]
    rules = {i: partial for i, (_, partial) in enumerate(pairs) if partial is not None}
    terms = [rule * numbers[i] for i, rule in rules.items()] if len(numbers) > 1 else []
    rounding = _total_size([ROUNDING * term for term in (node.data, *terms)])
    call = f"of {op.name}({', '.join(map(repr, numbers)):.60})"
    varied = [Varied(i, f"{call} by operand {i}" if len(numbers) > 1 else call, rule) for i, rule in rules.items()]
    return derivatives(lambda numbers: (op.forward(*numbers), rounding), numbers, varied, rng, rtol)
