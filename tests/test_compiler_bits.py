"""Eager code is tested by compiled, and compiled by eager: over random programs not a bit may differ."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minigrad import Value, functions
from minigrad.compiler import compile
from minigrad.compiler.ir import Closed
from minigrad.compiler.rewrite import ROWS
from minigrad.functions import OPS
from minigrad.testing import models, programs
from minigrad.transforms import grad, hessian, value_and_grad

FAILURES = (ArithmeticError, ValueError)


def outcome(f, *args):
    """What a call gives: its result, or its error as text."""
    try:
        return f(*args)
    except FAILURES as error:
        return repr(error)


def agree(eager, compiled):
    """Whether two results are the same wherever the eager one is finite; 0.0 and -0.0 are."""
    if isinstance(eager, list | tuple):
        return len(eager) == len(compiled) and all(map(agree, eager, compiled))
    if isinstance(eager, str):
        return eager == compiled
    return eager == compiled or not math.isfinite(eager)


def on_values(f):
    def run(*args):
        result = f(*map(Value, args))
        return result.data if isinstance(result, Value) else result

    return run


def points_around(program):
    yield program.point
    yield tuple(-x for x in program.point)
    yield tuple(x + 1.0 for x in program.point)
    yield tuple(x * 1e-3 for x in program.point)


@given(programs(kinks=True) | programs())
def test_values_are_the_same_to_the_bit(program):
    compiled = compile(program)
    for point in points_around(program):
        assert agree(outcome(on_values(program), *point), outcome(compiled, *point))


@given(programs(kinks=True) | programs())
def test_slopes_are_the_same_to_the_bit(program):
    eager = value_and_grad(program, argnums=tuple(range(len(program.point))))
    compiled = compile(eager)
    for point in points_around(program):
        assert agree(outcome(eager, *point), outcome(compiled, *point))


@settings(max_examples=30)
@given(programs(max_ops=4, max_inputs=2))
def test_second_derivatives_are_the_same_to_the_bit(program):
    eager = hessian(program, argnums=tuple(range(len(program.point))))
    compiled = compile(eager)
    for point in points_around(program):
        assert agree(outcome(eager, *point), outcome(compiled, *point))


@settings(max_examples=50)
@given(models(), st.integers(0, 2))
def test_losses_and_slopes_over_rows_are_the_same_to_the_bit(model, before):
    parameters = model.parameters()

    def loss(inputs, target):
        return (model.predict(model._values, inputs) - target) ** 2

    for p in parameters:
        p.grad = float(before)
    eager = functions.mean([loss(*row) for row in model.rows])
    eager.backward()
    expected = eager.data, [p.grad for p in parameters]
    for p in parameters:
        p.grad = float(before)
    assert (compile(loss).backward(model.rows), [p.grad for p in parameters]) == expected


# --- The rewritings, one by one, on the floats that such things break at -------------------------------------------

EDGES = [0.0, -0.0, 1.0, -1.0, 2.0, -2.0, 0.5, 3.7, -1e-320, 1e308, -1e308, math.inf, -math.inf, math.nan]
NUMBERS = st.sampled_from(EDGES) | st.floats()


def text(outcome):
    """Bits and all, but for the sign of a nan."""
    return repr(outcome)


@pytest.mark.parametrize(
    "f",
    [
        lambda x, y, z: x + -y,
        lambda x, y, z: -x + y,
        lambda x, y, z: -x + -y,
        lambda x, y, z: x - -y,
        lambda x, y, z: -x - -y,
        lambda x, y, z: (x + -2.0) + (-2.0 + y),
        lambda x, y, z: (x - -2.0) - (-2.0 - y),
        lambda x, y, z: (x - 0.0) + (y + 0.0),
        lambda x, y, z: (x - -0.0) * (y + -0.0),
        lambda x, y, z: x * 1.0 - 1.0 * y,
        lambda x, y, z: x * -1.0 - -1.0 * y,
        lambda x, y, z: -x * y,
        lambda x, y, z: x * -y,
        lambda x, y, z: -x * -y,
        lambda x, y, z: -x / y if y > 0.0 or y < 0.0 else x,
        lambda x, y, z: x / 1.0,
        lambda x, y, z: -(-x),  # noqa: B002
        lambda x, y, z: x * y - y * x,
        lambda x, y, z: (x + y) * (y + x),
        lambda x, y, z: functions.sum([x, y, z, -1.0]),
        lambda x, y, z: functions.mean([x, y, z]),
        lambda x, y, z: functions.dot([x, y], [z, -1.0]),
        lambda x, y, z: functions.prod([x, y, z, 1.0]),
        lambda x, y, z: functions.heaviside(x - y, 0.0) + functions.heaviside(z, 1.0),
        lambda x, y, z: x**1.0 + y**0.0 + z**2.0,
        lambda x, y, z: functions.pow(x, y),
        lambda x, y, z: x**y,
    ],
    ids=range(27),
)
@settings(max_examples=60)
@given(NUMBERS, NUMBERS, NUMBERS)
def test_rewritings_are_exact(f, x, y, z):
    assert text(outcome(compile(f), x, y, z)) == text(outcome(on_values(f), x, y, z))


@settings(max_examples=60)
@given(NUMBERS, NUMBERS)
def test_a_step_as_a_factor_is_a_choice_but_for_infinite_others(x, y):
    for tie in (0.0, 1.0):

        def f(x, y, tie=tie):
            return functions.heaviside(x, tie) * y - y * functions.heaviside(x, tie)

        eager, compiled = (outcome(g, x, y) for g in (on_values(f), compile(f)))
        assert agree(eager, compiled)


def test_a_slope_through_a_step_is_that_of_the_chosen_side():
    expressions = Closed()
    x, y = expressions.input("argument", 0), expressions.input("argument", 1)
    step = expressions.apply(OPS["step"], x, expressions.constant(0.0), expressions.constant(0.0))
    choice = expressions.ops[expressions.apply(OPS["mul"], step, y)]
    assert choice is ROWS["choice_up"]
    assert [choice(x, 0.0, 5.0) for x in (-1.0, 0.0, 1.0)] == [0.0, 0.0, 5.0]
    assert ROWS["choice_at"](0.0, 0.0, 5.0) == 5.0
    assert choice.partials(5.0, 1.0, 0.0, 5.0) == (0.0, 0.0, 1.0)
    assert ROWS["step_at"].partials(1.0, 1.0, 0.0) == (0.0, 0.0)


def test_constants_are_folded_unless_that_raises():
    expressions = Closed()
    zero, half = expressions.constant(0.0), expressions.constant(0.5)
    assert expressions.value(expressions.apply(OPS["exp"], zero)) == 1.0
    assert expressions.value(expressions.apply(OPS["step"], half, zero, zero)) == 1.0
    assert expressions.value(expressions.apply(OPS["power_term"], zero, half, half)) == 0.0
    pole = expressions.apply(OPS["power_term"], half, zero, expressions.constant(-0.5))
    assert expressions.value(pole) is None
    assert expressions.ops[pole] is OPS["mul"]


@pytest.mark.parametrize("op", OPS.values(), ids=OPS)
def test_every_op_of_the_table_compiles(op):
    for count in (2, 4) if op.name == "dot" else (1, 2, 3, 4):
        for xs in ((0.5, 0.25, 1.0, 0.75), (1.5, 2.0, 3.0, 1.0), (-0.5, 2.0, 0.0, 0.0)):
            try:
                expected = op(*xs[:count])
                op.partials(expected, *xs[:count])
            except (TypeError, ValueError, ArithmeticError, IndexError):
                continue
            program = compile(op)
            assert [program(*xs[:count]) for _ in range(2)] == [expected] * 2
            slopes = grad(op, argnums=tuple(range(count)))
            assert agree(outcome(slopes, *xs[:count]), outcome(compile(slopes), *xs[:count]))
