"""How far rounding may move a result: the sum over all numbers on the way of their size times the derivative in each.

That is the largest term that enters a sum times the condition of the program, to first order. A result over columns may
be off by 1e-12 of it.
"""

import math

from minigrad import Value
from minigrad.engine import gradients
from minigrad.machinery.order import topological_order

ERRORS = (ArithmeticError, ValueError)


def spread(y):
    """What relative errors of 1 in every number on the way would come to in `y`; inf where a derivative is."""
    if not isinstance(y, Value):
        return abs(y)
    nodes = [node for node in topological_order(y) if isinstance(node, Value)]
    kept = [node.grad for node in nodes]  # which the text of a Value shows
    for node in nodes:
        node.grad = 0.0
    try:
        y.backward()
        total = sum([abs(node.data * node.grad) for node in nodes])
    except ERRORS:
        total = math.inf
    for node, grad in zip(nodes, kept, strict=True):
        node.grad = grad
    return total if total == total else math.inf


def value_and_spread(f, *args):
    """The result of `f` at numbers, and its spread; or the error, and 0."""
    try:
        y = f(*[Value(x) if isinstance(x, float) else x for x in args])
    except ERRORS as error:
        return error, 0.0
    return (y.data if isinstance(y, Value) else float(y)), spread(y)


def number_and_spread(f, *args):
    """The same of a function that may look numbers up in a dict, or read their text: the result is that for floats."""
    try:
        y = f(*args)
    except ERRORS as error:
        return error, 0.0
    expected, room = value_and_spread(f, *args)
    return (y.data if isinstance(y, Value) else float(y)), math.inf if isinstance(expected, Exception) else room


def gradient_and_spread(f, parameters, *args):
    """The derivatives of `f` in the parameters, and their spreads; or the error, and nothing."""
    try:
        y = f(*[Value(x) if isinstance(x, float) else x for x in args])
        found = gradients(y, parameters) if isinstance(y, Value) else [0.0 for _ in parameters]
    except ERRORS as error:
        return error, []
    return [x.data if isinstance(x, Value) else x for x in found], [spread(x) for x in found]


def close(got, expected, room):
    """Whether two numbers agree to 1e-12 of their room; where one is not finite, or the room, they may be any."""
    if got == expected or (got != got and expected != expected):
        return True
    return not math.isfinite(room) or abs(got - expected) <= 1e-12 * room


def beside_a_tie(f, row, got):
    """Whether a result is what the function gives next to a row: a comparison falls otherwise there, by rounding."""
    for shift in (1e-15, -1e-15, 1e-13, -1e-13, 1e-11, -1e-11):
        try:
            y = f(*[x * (1.0 + shift) + shift if isinstance(x, float) else x for x in row])
        except ERRORS:
            return True  # and here it may raise on the other side
        y = y.data if isinstance(y, Value) else float(y)
        if abs(y - got) <= 1e-8 * max(abs(y), abs(got)):
            return True
    return False
