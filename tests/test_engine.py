"""Claims about the engine: the graph, the walk back, and what happens at the edges."""

import copy
import doctest
import gc
import math
import operator
import pickle
import random
import signal
import struct
import subprocess
import sys
import threading
import timeit
import traceback
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from optional import counts_references, np

from minigrad import Value, engine, gradients, ops
from minigrad.engine import topological_order
from minigrad.machinery import operators
from minigrad.machinery.freeing import freed_in_steps
from minigrad.machinery.order import Walk
from minigrad.ops import ADD, DIV, MUL, POW, SUB, Op
from minigrad.testing import programs

ROOT = Path(__file__).resolve().parent.parent
FINITE = st.floats(allow_nan=False, allow_infinity=False)
OPERATORS = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
    "pow": operator.pow,
}


def bits(x):
    return struct.pack("d", x)


def outcome(f, *args):
    """What f gives, to the bit, or the type of error it raises; a complex power counts as the ValueError it is here."""
    try:
        out = f(*args)
    except (ArithmeticError, ValueError) as error:
        return type(error)
    return ValueError if isinstance(out, complex) else bits(getattr(out, "data", out))


def in_four_threads(work):
    """Run work(0) to work(3) at the same time, in threads that take turns as often as they can."""
    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)


def gradient(f, *point):
    leaves = [Value(x) for x in point]
    f(*leaves).backward()
    return [leaf.grad for leaf in leaves]


# --- Forward --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", OPERATORS)
@given(x=st.floats(), y=st.floats())
def test_forward_is_bit_equal_to_plain_floats_on_either_side(name, x, y):
    f = OPERATORS[name]
    expected = outcome(f, x, y)
    assert outcome(f, Value(x), Value(y)) == expected
    assert outcome(f, Value(x), y) == expected
    assert outcome(f, x, Value(y)) == expected


@given(st.floats())
def test_unary_operators_are_bit_equal_to_plain_floats(x):
    assert bits((-Value(x)).data) == bits(-x)
    assert bits(abs(Value(x)).data) == bits(abs(x))
    assert bits((+Value(x)).data) == bits(x)


def test_division_is_a_primitive_and_not_a_power():
    assert (Value(3) / 5).data == 3 / 5
    assert (Value(3) / 5).op is DIV


def test_comparisons_compare_data_and_a_hash_is_that_of_the_node():
    a, b = Value(1.0), Value(2.0)
    assert a < b and a <= b
    assert b > a and b >= a
    assert a >= 1
    assert a < 1.5
    assert b > 1.5
    assert not (b < a or b <= a or a > b or a >= b)
    assert a == Value(1.0) and a == 1 and a not in (b, 2.0)
    assert a not in ["1", None] and len({a, Value(1.0)}) == 2
    assert max([b, a]) is b


# --- Operators, written out ----------------------------------------------------------------------


@pytest.mark.parametrize("op", [ADD, SUB, MUL, DIV, POW], ids=lambda op: op.name)
@given(x=st.floats(0.1, 9.0), y=st.floats(-9.0, 9.0).filter(bool))
def test_the_text_of_an_operator_computes_what_its_row_does(op, x, y):
    out, da, db = [eval(text, operators.SCOPE, {"x": x, "y": y, "out": op(x, y)}) for text in operators.parts(op)]
    assert (out, (da, db)) == (op(x, y), op.partials(out, x, y))


def test_a_traceback_shows_the_line_of_the_operator():
    with pytest.raises(ZeroDivisionError) as caught:
        Value(1.0) / Value(0.0)
    text = "".join(traceback.format_exception(caught.value))
    assert "raise failed(DIV.blame(error, x, y)) from None" in text


def test_all_that_a_failed_operator_leaves_in_its_frame_can_be_shown():
    for fail in (lambda: Value(1.0) / 0, lambda: 1 / Value(0.0), lambda: Value(-1.0) ** 0.5, lambda: Value(1e300) ** 3):
        with pytest.raises((ArithmeticError, ValueError)) as caught:
            fail()
        assert "Value(data=" in "".join([repr(entry.frame.f_locals) for entry in caught.traceback[1:]])


def test_operators_know_classes_made_from_value():
    class Parameter(Value):
        __slots__ = ()

    a, b = Parameter(3.0), Value(2.0)
    for y in (a * b, b * a, a * a, 2 * a, a * 2):
        y.backward()
        assert type(y) is Value
    assert (a.grad, b.grad) == (2.0 + 2.0 + 6.0 + 2.0 + 2.0, 6.0)


# --- Backward -------------------------------------------------------------------------------------


def test_shared_node_accumulates():
    assert gradient(lambda x: x * x, 3.0) == [6.0]
    assert gradient(lambda x: x + x + x, 3.0) == [3.0]


def test_diamond_sums_both_paths():
    def diamond(x):
        a = x * 2.0
        return a * a + a

    assert gradient(diamond, 3.0) == [2 * (2 * 6.0) + 2]


def test_node_waits_for_all_of_its_users():
    a = Value(1.0)
    b = a + a
    c = b + b
    c.backward()
    assert (a.grad, b.grad, c.grad) == (4.0, 2.0, 1.0)


def test_second_backward_doubles_the_leaves_and_nothing_else():
    x = Value(3.0)
    y = x * x
    z = y * 2.0
    z.backward()
    z.backward()
    assert (x.grad, y.grad, z.grad) == (24.0, 2.0, 1.0)


def test_two_losses_add_up_in_a_shared_leaf():
    x = Value(3.0)
    (x * x).backward()
    (5.0 * x).backward()
    assert x.grad == 11.0


def test_backward_from_a_leaf_adds_one():
    x = Value(3.0)
    x.backward()
    x.backward()
    assert x.grad == 2.0


def test_constants_have_no_node_and_get_no_gradient():
    x = Value(3.0)
    y = 2 * x
    assert y.operands == (2.0, x) and y.parents == (x,) and y.edges == [(x, 2.0)]
    assert len(topological_order(y)) == 2


def test_topological_order_puts_operands_first_from_left_to_right():
    a, b = Value(1.0), Value(2.0)
    left, right = a * b, b - a
    root = left / right
    assert topological_order(root) == [a, b, left, right, root]
    assert topological_order(right, left) == [b, a, right, left]


def test_unwinding_in_mid_walk_leaves_nothing_behind():
    class Interrupting:
        @property
        def _met(self):
            raise KeyboardInterrupt

    triple = Op("triple", lambda x, y, z: x + y + z, lambda out, x, y, z: (1.0, 1.0, 1.0))
    x = Value(2.0)
    inner, trap = triple(x, x, x), triple(x, x, x)
    trap._origin = (*trap._origin[:2], (x, Interrupting(), x), trap._origin[3])
    y = inner * trap
    with pytest.raises(KeyboardInterrupt):
        y.backward()
    (inner * x).backward()
    assert x.grad == 12.0


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs a timer that sends signals")
def test_an_interrupt_at_any_moment_leaves_later_gradients_right():
    def interrupt(signum, frame):
        raise KeyboardInterrupt

    x = Value(1.0)
    y = x
    for _ in range(20_000):
        y = y * 1.0
    took = min(timeit.repeat(y.backward, number=1, repeat=5))
    rng, interrupted = random.Random(0), 0
    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        for _ in range(60):
            try:
                signal.setitimer(signal.ITIMER_REAL, rng.uniform(1e-6, took))
                y.backward()
                signal.setitimer(signal.ITIMER_REAL, 0.0)
            except KeyboardInterrupt:
                interrupted += 1
            x.grad = 0.0
            y.backward()
            assert x.grad == 1.0
    finally:
        signal.signal(signal.SIGALRM, before)
    assert interrupted > 10


def test_walks_of_several_threads_over_shared_nodes_are_all_right():
    w = [Value(1.0 + i) for i in range(20)]
    inner = w[0] * w[1]
    for v in w:
        inner = inner * 0.5 + v
    expected = [g.data for g in gradients(inner * w[0], w)]
    wrong = []

    def work(i):
        for _ in range(60):
            y = inner * w[0] if i % 2 else w[0] * inner
            if [g.data for g in gradients(y, w)] != expected or len(topological_order(y)) != 62:
                wrong.append(y)

    in_four_threads(work)
    assert not wrong


@pytest.fixture
def two_graphs():
    a, b = Value(1.0), Value(2.0)
    triple = Op("triple", lambda x, y, z: x + y + z, lambda out, *xs: (1.0, 1.0, 1.0))
    left, right = a * b, triple(b, 1.0, a)
    return a, b, left, right, left / right - left.detach() * abs(left)


@pytest.fixture(scope="module")
def another_thread():
    """A thread that waits: one of those that may be at work elsewhere."""
    over = threading.Event()
    thread = threading.Thread(target=over.wait, name="elsewhere")
    thread.start()
    yield
    over.set()
    thread.join()


def elsewhere():
    """A walk that another thread has just begun."""
    walk = Walk()
    walk.thread = next(thread.ident for thread in threading.enumerate() if thread.name == "elsewhere")
    return walk


def test_a_walk_that_meets_another_under_way_keeps_apart_and_gives_the_same_order(two_graphs, another_thread):
    a, b, left, right, root = two_graphs
    order = topological_order(root)
    for node in order:
        kept, node._met = node._met, (another := elsewhere())
        assert topological_order(root) == order and topological_order(left, right, left) == [a, b, left, right]
        assert node._met is another
        node._met = kept


def test_a_walk_that_is_under_way_elsewhere_costs_nothing(two_graphs, monkeypatch, another_thread):
    *_, root = two_graphs
    above = root * 2.0
    above._met = elsewhere()
    monkeypatch.delattr("minigrad.machinery.order.plain_order")
    assert len(topological_order(root)) == len(topological_order(root)) == 9


def test_two_threads_are_never_at_work_on_one_inner_node(two_graphs, another_thread):
    a, b, left, _, root = two_graphs
    root.backward()
    first = a.grad, b.grad
    kept, left._met = left._met, elsewhere()
    with pytest.raises(RuntimeError, match=r"another thread's backward\(\) is under way on Value\(data=2.0, .* own"):
        root.backward()
    assert (a.grad, b.grad) == first
    left._met = kept
    root.backward()
    assert (a.grad, b.grad) == (2.0 * first[0], 2.0 * first[1])


def test_a_walk_of_a_thread_that_is_gone_is_over(two_graphs):
    a, b, left, _, root = two_graphs
    root.backward()
    first = a.grad, b.grad
    thread = threading.Thread(target=lambda: [setattr(node, "_met", Walk()) for node in (left, a)])
    thread.start()
    thread.join()
    root.backward()
    assert (a.grad, b.grad) == (2.0 * first[0], 2.0 * first[1])
    assert a._met is left._met  # and the quick order was taken, which leaves its mark


def test_threads_may_share_leaves(two_graphs, another_thread):
    a, b, *_, root = two_graphs
    root.backward()
    first = a.grad, b.grad
    for leaf, walked in ((a, True), (b, True), (a, False)):
        leaf._met = elsewhere()
        leaf._met.walked = walked
        root.backward()
    assert (a.grad, b.grad) == (4.0 * first[0], 4.0 * first[1])


def test_losses_that_share_an_inner_node_have_right_gradients_in_threads_or_an_error():
    wrong, refused = [], []

    def work(n):
        for _ in range(100):
            try:
                losses[n].backward()
            except RuntimeError:
                refused.append(n)
            else:
                done[n] += 1

    for _ in range(20):
        x = Value(2.0)
        shared = x * x
        for _ in range(50):
            shared = shared + x
        losses, done = [shared * float(n + 1) for n in range(4)], [0] * 4
        in_four_threads(work)
        wrong += [x.grad] * (x.grad != 54.0 * sum((n + 1) * done[n] for n in range(4)))
    assert not wrong


def test_million_operations_deep_is_built_differentiated_and_freed():
    x = Value(1.0)
    y = x
    for _ in range(1_000_000):
        y = y + x
    y.backward()
    assert (y.data, x.grad) == (1_000_001.0, 1_000_001.0)
    assert repr(y) == "Value(data=1000001.0, grad=1.0)"
    del y
    x.grad = 0.0
    (x * x).backward()
    assert x.grad == 2.0


def test_gradients_of_a_deep_graph_are_a_deep_graph_that_can_be_differentiated_again():
    x = Value(1.0)
    y = x
    for _ in range(50_000):
        y = y * 1.0 + x
    (derivative,) = gradients(y * y, [x])
    assert derivative.data == 2.0 * 50_001**2
    derivative.backward()
    assert x.grad == 2.0 * 50_001**2


def live_values():
    return sum(type(x) is Value for x in gc.get_objects())


@counts_references
def test_with_the_collector_off_no_value_outlives_its_last_reference():
    gc.collect()
    gc.disable()
    try:
        before = live_values()
        x = Value(0.5)
        y = (x * x + 3.0 / x - abs(-x)) ** x
        y.backward()
        derivative = gradients(gradients(y, [x])[0], [x])
        assert live_values() > before + 10
        del x, y, derivative
        assert live_values() == before
        assert gc.collect() == 0
    finally:
        gc.enable()


def node_that_is_freed_in_steps():
    """A class with the slots of a node, which notes how many calls deep each of its nodes was freed."""
    depths = []

    class Label:
        def __del__(self):
            depths.append(len([*traceback.walk_stack(None)]))

    class Node:
        def __init__(self, a=None, b=None, several=None):
            self.label, self._a, self._b, self._origin = Label(), a, b, several

    freed_in_steps(Node, needed=True)
    return Node, depths


@counts_references
def test_where_the_stack_is_small_a_chain_is_freed_whole_and_never_deeply():
    node, depths = node_that_is_freed_in_steps()
    for make in (lambda y: node(y, 2.0), lambda y: node(3.0, y), lambda y: node(y, y), lambda y: node(y, several=(y,))):
        y = node()
        for _ in range(10_000):
            y = make(y)
        del depths[:], y
        assert len(depths) == 10_001 and max(depths) <= min(depths) + 1


@counts_references
def test_where_the_stack_is_small_what_somebody_holds_stays():
    node, depths = node_that_is_freed_in_steps()
    half = node(node(node()))
    y = node(node(half, half))
    del y
    assert len(depths) == 2 and half._a._a is not None
    del half
    assert len(depths) == 5


@counts_references
def test_where_the_stack_is_small_a_node_that_was_never_finished_dies_in_silence():
    node, _ = node_that_is_freed_in_steps()
    del node.__init__
    for slots in ({}, {"_a": None}, {"_origin": None, "_a": 3.0}):  # as an interrupt may leave it
        unfinished = node()
        vars(unfinished).update(slots)
        del unfinished  # an error here would be a warning, and so an error of the suite
        gc.collect()


@counts_references
def test_the_engine_frees_in_steps_where_the_platform_needs_it():
    code = f"""
import gc, sys
sys.path.append({str(ROOT)!r})
sys.platform = "emscripten"
from minigrad import Value, sqrt, sum
gc.disable()
gc.collect()  # what the imports leave
x = y = Value(1.0)
for _ in range(100_000):
    y = sqrt(sum([y * 2.0, x, 1.0 / y]))
y.backward()
try:
    sqrt(x * -1.0)
except ValueError:
    pass
del y
assert "__del__" in vars(Value) and [v for v in gc.get_objects() if type(v) is Value] == [x] and gc.collect() == 0
"""
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_threads_with_graphs_of_their_own_do_not_meet():
    def work(n, results):
        x = Value(float(n))
        y = x
        for _ in range(3000):
            y = y * 0.999 + x
        for _ in range(5):
            x.grad = 0.0
            y.backward()
        results[n] = x.grad

    alone, together = {}, {}
    for n in range(4):
        work(n, alone)
    in_four_threads(lambda n: work(n, together))
    assert together == alone


# --- gradients ------------------------------------------------------------------------------------


def test_gradients_of_gradients_are_higher_derivatives():
    x = Value(2.0)
    y = x**4 / 2.0 - x
    orders = []
    for _ in range(5):
        (y,) = gradients(y, [x])
        orders.append(y.data)
    assert orders == [15.0, 24.0, 24.0, 12.0, 0.0]


def test_gradients_reach_inner_nodes_and_are_zero_elsewhere():
    x, stranger = Value(3.0), Value(1.0)
    inner = x * x
    y = inner * inner + x
    assert [g.data for g in gradients(y, [inner, x, stranger, y])] == [18.0, 109.0, 0.0, 1.0]
    assert x.grad == 0.0


def test_gradients_equal_backward_for_an_op_of_three_operands():
    fma = Op("fma", lambda x, y, z: x * y + z, lambda out, x, y, z: (y, x, 1.0))
    a, b = Value(2.0), Value(5.0)
    y = fma(a, b, a) * fma(3.0, a, b)
    y.backward()
    assert [g.data for g in gradients(y, [a, b])] == [a.grad, b.grad] == [(6 * 11) + 12 * 3, 2 * 11 + 12]


# --- Editing data after the forward pass ----------------------------------------------------------


def test_backward_after_an_edit_gives_the_gradient_of_the_point_where_forward_ran():
    x, y = Value(3.0), Value(4.0)
    z = x * y
    x.data = 100.0
    z.backward()
    assert (x.grad, y.grad) == (4.0, 3.0)


@pytest.mark.parametrize("new", [100.0, -3.0, math.nan, 0.0])
def test_gradients_after_an_edit_refuse_and_name_what_was_edited(new):
    x, y = Value(3.0, label="x"), Value(4.0)
    z = x**0.5 * y
    x.data = new
    with pytest.raises(RuntimeError, match=r"changed after the forward pass.*label='x'"):
        gradients(z, [x])


def test_gradients_do_not_mind_a_change_below_the_nodes_they_end_at():
    w = Value(2.0)
    h = w * w
    y = h * h
    w.data = 5.0
    assert gradients(y, [h])[0].data == 8.0
    with pytest.raises(RuntimeError, match="changed after the forward pass"):
        gradients(y, [h, w])


def test_edit_that_leaves_the_forward_value_alone_is_noticed_by_its_derivative():
    x, zero = Value(3.0), Value(0.0)
    z = x * zero
    x.data = 5.0
    with pytest.raises(RuntimeError, match="changed after the forward pass"):
        gradients(z, [x, zero])


def test_gradients_through_nan_are_nan_and_no_sign_of_an_edit():
    x = Value(math.nan)
    assert math.isnan(gradients(x * x, [x])[0].data)


# --- What is a number -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "number", [3, True, Fraction(3, 4), np.float32(0.5), np.int64(7), np.bool_(True), np.array(2.5), np.float64(1e300)]
)
def test_real_numbers_of_any_type_are_stored_as_floats(number):
    assert type(Value(number).data) is float and Value(number).data == float(number)
    product = Value(2.0) * number
    assert type(product.data) is float and product.data == 2.0 * float(number)


NO_NUMBERS = ["3", 1j, None, [1], (1,), {}, b"1", np.array([1.0]), np.complex64(1), np.array("3"), np.array(None)]


@pytest.mark.parametrize("thing", [*NO_NUMBERS, Value(1), Op("f", abs, abs)], ids=repr)
def test_value_of_what_is_no_number_is_a_type_error_with_a_remedy(thing):
    with pytest.raises(TypeError, match=r"expected a real number, got .*\((\w+)\); convert text with float"):
        Value(thing)


@pytest.mark.parametrize("name", OPERATORS)
@pytest.mark.parametrize("thing", NO_NUMBERS, ids=repr)
def test_arithmetic_with_what_is_no_number_is_a_type_error_on_either_side(name, thing):
    x = Value(2.0)
    for pair in [(x, thing), (thing, x)]:
        with pytest.raises(TypeError, match="expected a real number, got"):
            OPERATORS[name](*pair)


@pytest.mark.parametrize("thing", ["1", None, 1j, np.array([1.0])], ids=repr)
def test_order_with_what_is_no_number_is_a_type_error(thing):
    with pytest.raises(TypeError):
        Value(1.0) < thing  # noqa: B015 - the comparison is the claim


def test_assigning_data_converts_and_checks_like_the_constructor():
    x = Value(1.0)
    x.data = Fraction(1, 2)
    assert type(x.data) is float and x.data == 0.5
    with pytest.raises(TypeError, match="expected a real number"):
        x.data = Value(2.0)
    assert x.data == 0.5


def test_integer_beyond_all_floats_is_an_overflow_error():
    with pytest.raises(OverflowError):
        Value(10**400)


class Stranger:
    """A type of somebody else's that knows how to deal with Values."""

    def __radd__(self, other):
        return "radd"

    def __add__(self, other):
        return "add"

    def __gt__(self, other):
        return "gt"


def test_foreign_types_answer_for_themselves():
    assert Value(1.0) + Stranger() == "radd"
    assert Stranger() + Value(1.0) == "add"
    assert (Value(1.0) < Stranger()) == "gt"
    with pytest.raises(TypeError, match="unsupported operand"):
        Value(1.0) * Stranger()
    with pytest.raises(TypeError, match="unsupported operand"):
        Stranger() * Value(1.0)


def test_numpy_scalar_times_value_is_a_value():
    x = Value(3)
    product = np.float64(2) * x
    assert isinstance(product, Value) and product.data == 6.0
    product.backward()
    assert x.grad == 2.0


def test_a_seed_is_what_all_gradients_are_times():
    x, y = Value(3.0), Value(2.0)
    product = x * y
    product.backward(gradient=10.0)
    assert (product.grad, x.grad, y.grad) == (10.0, 20.0, 30.0)
    product.backward(-1)
    assert (product.grad, x.grad, y.grad) == (-1.0, 18.0, 27.0)
    leaf = Value(1.0)
    leaf.backward(4)
    assert (leaf.grad, type(leaf.grad)) == (4.0, float)


@pytest.mark.parametrize("seed", ["1", None, 1j, Value(1.0), [1.0]])
def test_a_seed_is_a_number_and_nothing_is_touched_if_it_is_not(seed):
    x = Value(3.0)
    product = x * x
    product.backward()
    with pytest.raises(TypeError, match="expected a real number"):
        product.backward(seed)
    assert (product.grad, x.grad) == (1.0, 6.0)


# --- What a Value refuses to be -------------------------------------------------------------------


@pytest.mark.parametrize("convert", [float, math.sin, np.float64])
def test_silent_conversion_to_float_is_refused_with_both_remedies(convert):
    with pytest.raises(TypeError, match=r"minigrad\.sin.*\.data"):
        convert(Value(1.0))


def test_truth_of_a_value_is_refused():
    with pytest.raises(TypeError, match="ambiguous"):
        bool(Value(1.0))


def test_leaf_survives_copy_deepcopy_and_pickle():
    x = Value(2.5, label="w")
    x.grad = -1.5
    for twin in (copy.copy(x), copy.deepcopy(x), pickle.loads(pickle.dumps(x))):
        assert twin is not x and (twin.data, twin.grad, twin.label, twin.op) == (2.5, -1.5, "w", None)
    a, b = copy.deepcopy([x, x])
    assert a is b


@pytest.mark.parametrize("copier", [copy.copy, copy.deepcopy, pickle.dumps])
def test_copying_an_inner_node_is_a_type_error_with_a_remedy(copier):
    with pytest.raises(TypeError, match=r"\.detach\(\)"):
        copier(Value(2.0) * 3.0)


def test_detach_is_a_leaf_of_its_own():
    x = Value(2.0)
    y = x * 3.0
    y.label = "y"
    leaf = y.detach()
    (leaf * leaf).backward()
    assert (leaf.data, leaf.label, leaf.grad, x.grad) == (6.0, "y", 12.0, 0.0)


@pytest.mark.parametrize("label", ["w", "", ("w", 1)])
def test_a_label_may_be_given_and_taken_away_and_leaves_op_and_gradients_alone(label):
    x = Value(2.0)
    y = x * x
    for node, op in ((x, None), (y, MUL)):
        assert node.label is None
        node.label = label
        assert (node.label, node.op) == (label, op)
    y.backward()
    assert x.grad == 4.0 and y.operands == (x, x)
    for node, op in ((x, None), (y, MUL)):
        node.label = "another"
        assert (node.label, node.op) == ("another", op)
        node.label = None
        assert (node.label, node.op) == (None, op)


def test_a_class_made_from_value_may_have_a_label_of_its_own():
    class Named(Value):
        label = "nameless"

    class Slotted(Value):
        __slots__ = ("label",)

    assert [Named(1.0).label, Named(1.0, "w").label, Slotted(1.0, "w").label] == ["nameless", "w", "w"]
    assert (Named(2.0, "w") * Slotted(3.0, "v")).operands[1].label == "v"


def test_op_is_there_to_be_read():
    with pytest.raises(AttributeError, match="op"):
        Value(2.0).op = ADD


def test_text_shows_data_grad_and_label_and_format_shows_the_number():
    x = Value(2 / 3, label="w")
    assert repr(x) == "Value(data=0.6666666666666666, grad=0.0, label='w')"
    assert f"{x:.2f}" == "0.67" and f"{x}" == repr(x) and repr(ADD) == "<op add>"


# --- Domain errors --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "error", "message"),
    [
        (lambda: 1 / Value(0), ZeroDivisionError, r"div\(1.0, 0.0\)"),
        (lambda: Value(0.0) ** -1, ZeroDivisionError, r"pow\(0.0, -1.0\)"),
        (lambda: Value(10.0) ** 400, OverflowError, r"pow\(10.0, 400.0\)"),
        (lambda: Value(-8.0) ** (1 / 3), ValueError, r"pow\(-8.0, 0.333.*\): .*not a real number"),
        (lambda: DIV(1, 0), ZeroDivisionError, r"div\(1.0, 0.0\)"),
        (lambda: Op("inverse", lambda x: 1 / x, abs)(Value(0)), ZeroDivisionError, r"inverse\(0.0\)"),
    ],
)
def test_domain_errors_name_op_and_operands(f, error, message):
    with pytest.raises(error, match=message):
        f()


# --- Derivatives at the edges ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "x", "value", "derivative", "bend"),
    [
        (lambda x: x**0, 0.0, 1.0, 0.0, 0.0),
        (lambda x: x**1, 0.0, 0.0, 1.0, 0.0),
        (lambda x: x**2, 0.0, 0.0, 0.0, 2.0),
        (lambda x: x**3, 0.0, 0.0, 0.0, 0.0),
        (lambda x: x**0.5, 0.0, 0.0, math.inf, -math.inf),
        (lambda x: 0**x, 2.0, 0.0, 0.0, 0.0),
        (lambda x: 2.0**x, 3.0, 8.0, 8 * math.log(2), 8 * math.log(2) ** 2),
        (abs, 0.0, 0.0, 0.0, 0.0),
        (abs, -2.0, 2.0, -1.0, 0.0),
        (lambda x: 1 / x, 1e-160, 1e160, -math.inf, math.inf),
        (lambda x: x**-1, 1e-160, 1e160, -math.inf, math.inf),
        (lambda x: x**-1, -1e-160, -1e160, -math.inf, -math.inf),
    ],
)
def test_derivatives_at_the_edges(f, x, value, derivative, bend):
    leaf = Value(x)
    y = f(leaf)
    y.backward()
    (first,) = gradients(y, [leaf])
    (second,) = gradients(first, [leaf])
    assert (y.data, leaf.grad, first.data) == (value, derivative, derivative)
    assert second.data == pytest.approx(bend, rel=1e-15)


def test_exponent_of_a_negative_base_has_no_derivative():
    y = Value(3.0)
    out = Value(-2) ** y
    out.backward()
    assert out.data == -8.0 and math.isnan(y.grad)


def test_both_derivatives_of_a_power():
    assert gradient(operator.pow, 2.0, 3.0) == [12.0, 8 * math.log(2)]


def test_nan_travels_on():
    assert all(math.isnan(g) for g in gradient(lambda x: abs(x) * x, math.nan))
    assert math.isnan((Value(math.nan) ** 2.0).data)


@pytest.mark.parametrize("op", [ADD, SUB, MUL, DIV, POW], ids=repr)
@given(x=st.floats(0.1, 10.0), y=st.floats(-3.0, 3.0).filter(lambda y: abs(y) > 0.1))
def test_called_op_equals_its_operator_and_stays_float_on_floats(op, x, y):
    operator_ = OPERATORS[op.name]
    a, b = Value(x), Value(y)
    called, written = op(a, b), operator_(Value(x), Value(y))
    assert type(op(x, y)) is float and op(x, y) == called.data == written.data
    assert [s for _, s in called.edges] == [s for _, s in written.edges]


# --- What the first screen says ---------------------------------------------------------------------


def toy():
    """The class that stands in the engine's docstring, which records sums and products, and walks back."""
    scope = {}
    for example in doctest.DocTestParser().get_examples(engine.__doc__):
        if example.source.startswith("class "):
            exec(example.source, scope)
    return scope["Toy"]


@given(programs())
def test_the_loop_that_is_shown_first_leaves_what_backward_leaves_to_the_bit(program):
    shown, leaves = ([Value(x) for x in program.point] for _ in range(2))
    toy().backward(program(*shown))
    program(*leaves).backward()
    assert [bits(leaf.grad) for leaf in shown] == [bits(leaf.grad) for leaf in leaves]


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.booleans()), min_size=1, max_size=20))
def test_what_the_toy_records_is_what_values_record(lines):
    def written(make):
        known = leaves = [make(0.5), make(-1.5), make(0.75)]
        for i, j, adds in lines:
            x, y = known[-1 - i % len(known)], known[-1 - j % len(known)]
            known = [*known, x + y if adds else x * y]
        known[-1].backward()
        return [bits(x) for x in (known[-1].data, *[leaf.grad for leaf in leaves])]

    assert written(toy()) == written(Value)


def test_the_row_of_the_product_that_is_shown_stands_in_the_table():
    (shown,) = [line.strip() for line in engine.__doc__.splitlines() if line.startswith("    MUL = ")]
    rows = [line for line in Path(ops.__file__).read_text().splitlines() if line.startswith("MUL = ")]
    assert [row.partition(", raises=")[0] + ")" for row in rows] == [shown]  # where it raises is for `compile`
