"""The graph inside: what `backward` leaves in each node, how far off rounding may have put it, and each op by itself.

>>> from minigrad import Value
>>> x = Value(3.0)
>>> y = x * x - 9.0
>>> by_backward(y, topological_order(y))[x], rounding_of(y) < 1e-14
(6.0, True)
"""

from __future__ import annotations

import math

from ..engine import Value
from ..machinery.order import topological_order
from .differences import NORMAL, ROUNDING, called
from .directions import Varied, derivatives

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random
    from typing import Any

    from ..ops import Op
    from .report import Derivative


def run(f: Callable[..., Any], args: tuple[Any, ...], numbers: list[float]) -> tuple[Value, list[Value]]:
    """What `f` gives at `args` with these numbers in them, and the leaves that hold the numbers."""
    leaves = [Value(number) for number in numbers]
    y = called(f, args, leaves)
    return y if isinstance(y, Value) else Value(y), leaves


def by_backward(y: Value, order: list[Value]) -> dict[Value, float]:
    """What `backward` leaves in each node, which then gets back what it had: some may be somebody's parameters."""
    had = [node.grad for node in order]
    for node in order:
        node.grad = 0.0
    y.backward()
    grads = {node: node.grad for node in order}
    for node, grad in zip(order, had, strict=True):
        node.grad = grad
    return grads


def rounding_of(y: Value) -> float:
    """How far off y may be: each op rounds once, and what is above it passes that on."""
    order = topological_order(y)
    grads = by_backward(y, order)
    return _total_size([grads[node] * (ROUNDING * node.data) for node in order if node.op])


def sizes_of(y: Value, order: list[Value]) -> dict[Value, float]:
    """What `backward` would add up in each node if no two paths cancelled: where they do, their rounding stays."""
    sizes = dict.fromkeys(order, 0.0)
    sizes[y] = 1.0
    for node in reversed(order):
        for parent, partial in node.edges:
            sizes[parent] += _total_size([sizes[node] * partial]) + NORMAL  # below that floats lose digits
    return sizes


def _total_size(terms: list[float]) -> float:
    return sum([abs(term) for term in terms if math.isfinite(term)])


def inside_of(node: Value, op: Op, rng: Random, rtol: float) -> list[Derivative]:
    """The local derivatives of one node, each held against differences of its op alone."""
    numbers = [x.data if isinstance(x, Value) else x for x in node.operands]
    pairs = [(x, partial) for x, partial in node._pairs() if x is not None]
    rules = {i: partial for i, (_, partial) in enumerate(pairs) if partial is not None}
    terms = [rule * numbers[i] for i, rule in rules.items()] if len(numbers) > 1 else []
    rounding = _total_size([ROUNDING * term for term in (node.data, *terms)])
    call = f"of {op.name}({', '.join(map(repr, numbers)):.60})"
    varied = [Varied(i, f"{call} by operand {i}" if len(numbers) > 1 else call, rule) for i, rule in rules.items()]
    return derivatives(lambda numbers: (op.forward(*numbers), rounding), numbers, varied, rng, rtol)
