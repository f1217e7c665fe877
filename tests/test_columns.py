"""compile(f, xp=numpy): the same statements over whole columns."""

import math
import pickle
import random
import threading
import warnings
from array import array

import pytest
from conditions import ERRORS, beside_a_tie, close, gradient_and_spread, number_and_spread, value_and_spread
from hypothesis import given, settings
from hypothesis import strategies as st

from minigrad import Value, minimize
from minigrad.compiler import compile
from minigrad.compiler.column_results import Results
from minigrad.functions import erf, exp, log, maximum, mean, primitive, relu, sigmoid, sqrt, tanh
from minigrad.machinery.trees import flattened, mapped, rebuilt
from minigrad.optim import SGD
from minigrad.testing import branching, models, programs
from minigrad.transforms import grad, value_and_grad

np = pytest.importorskip("numpy")


def line(**options):
    """Weight, bias, and the compiled loss of a line."""
    w, b = Value(0.5, label="w"), Value(-0.25, label="b")
    return w, b, compile(lambda x, y: (w * x + b - y) ** 2, **options)


def table(n=1000, seed=1):
    rng = random.Random(seed)
    return [(x := rng.uniform(-3.0, 3.0), 2.0 * x - 1.0 + rng.gauss(0.0, 0.3)) for _ in range(n)]


def columns_of(rows):
    return [np.array(each) for each in zip(*rows, strict=True)]


def means(program, rows, *parameters):
    """The mean and the gradients that `backward(rows)` gives."""
    for p in parameters:
        p.grad = 0.0
    return [program.backward(rows), *[p.grad for p in parameters]]


# --- Calls ------------------------------------------------------------------------------------------------------------


def test_a_call_with_columns_gives_the_column_of_what_calls_with_numbers_give():
    f = lambda x, y: x * y + x / (y * y + 1.0) - sqrt(x * x)  # noqa: E731
    program, plain = compile(f, xp=np), compile(f)
    x, y = columns_of(table())
    got = program(x, y)
    assert isinstance(got, np.ndarray)
    assert got.dtype == np.float64
    assert got.tolist() == [plain(*row) for row in table()]  # + - * / and sqrt: to the bit


def test_numbers_may_stand_beside_columns_and_numbers_alone_give_numbers():
    program = compile(lambda x, y: x * y + 1.0, xp=np)
    assert program(np.array([1.0, 2.0]), 3).tolist() == [4.0, 7.0]
    assert program(2.0, y=np.array([1.0, 2.0])).tolist() == [3.0, 5.0]
    assert program(2.0, 3.0) == 7.0
    assert type(program(2.0, 3.0)) is float


def test_a_value_gives_a_value_as_without_columns():
    program = compile(lambda x: x * x, xp=np)
    y = program(Value(3.0))
    assert isinstance(y, Value)
    assert program.value(3.0) == 9.0


def test_a_column_gets_no_gradient_and_a_value_beside_one_is_refused():
    w = Value(2.0)
    program = compile(lambda x: w * x, xp=np)
    assert program(np.array([1.0, 2.0])).tolist() == [2.0, 4.0]
    assert program.value(np.array([1.0, 2.0])).tolist() == [2.0, 4.0]
    w.data = 3.0
    assert program(np.array([1.0])).tolist() == [3.0]  # read anew in each call
    two = compile(lambda x, y: x * y, xp=np)
    with pytest.raises(TypeError, match=r"expected numbers beside columns, got Value\(data=2.0, grad=0.0\) for y"):
        two(np.array([1.0]), Value(2.0))


@pytest.mark.parametrize("kind", ["float32", "int64", "bool", "uint8", "object"])
def test_columns_of_other_numbers_are_read_as_doubles(kind):
    program = compile(lambda x: x / 3.0, xp=np)
    assert program(np.array([0, 1, 1]).astype(kind)).tolist() == [0.0, 1.0 / 3.0, 1.0 / 3.0]


def test_arrays_of_the_standard_library_and_series_are_columns():
    pandas = pytest.importorskip("pandas")
    program = compile(lambda x: x * 2.0, xp=np)
    assert program(array("d", [1.0, 2.0])).tolist() == [2.0, 4.0]
    assert program(pandas.Series([1, 2], index=[5, 7])).tolist() == [2.0, 4.0]


def test_results_may_be_nested_and_constant():
    program = compile(lambda x: {"square": [x * x, (x, 1.0)], "no": 0, "name": "x"}, xp=np)
    got = program(np.array([2.0, 3.0]))
    assert got["name"] == "x"
    assert [got["square"][0].tolist(), got["square"][1][1].tolist(), got["no"].tolist()] == [[4, 9], [1, 1], [0, 0]]


def test_a_column_may_stand_in_a_list_or_a_dict():
    program = compile(lambda xs, known: xs[0] * xs[1] + known["c"], xp=np)
    assert program([np.array([1.0, 2.0]), 3.0], {"c": np.array([0.5, 1.5])}).tolist() == [3.5, 7.5]


def test_static_arguments_make_code_of_their_own():
    program = compile(lambda x, mode: x * x if mode == "square" else -x, xp=np)
    assert program(np.array([3.0]), "square").tolist() == [9.0]
    assert program(np.array([3.0]), "other").tolist() == [-3.0]


def test_derivatives_run_over_columns():
    f = value_and_grad(lambda x, y: exp(-x * x) * y if x > 0.0 else x * y, argnums=(0, 1))
    program, plain = compile(f, xp=np), compile(f)
    value, (dx, dy) = program(*columns_of(table()))
    for row, got in zip(table(), zip(value.tolist(), dx.tolist(), dy.tolist(), strict=True), strict=True):
        expected, (ex, ey) = plain(*row)
        assert got == pytest.approx((expected, ex, ey), rel=1e-13)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda p: p(np.ones(3), np.ones(2)), ValueError, r"columns of one length, got {'x': 3, 'y': 2}"),
        (lambda p: p(np.ones((2, 2)), 1.0), ValueError, r"of one dimension, for x, got one of shape \(2, 2\)"),
        (lambda p: p(np.array(["a"]), 1.0), TypeError, r"column of real numbers for x"),
        (lambda p: p(np.array([1j]), 1.0), TypeError, r"column of real numbers for x"),
        (lambda p: p(np.ones(0), 1.0), ValueError, r"at least one row, got none for x"),
    ],
)
def test_what_is_no_column_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call(compile(lambda x, y: x * y, xp=np))


def test_xp_is_an_array_namespace_and_goes_without_jit():
    with pytest.raises(TypeError, match="expected an array namespace for xp, such as numpy, got <module 'math'"):
        compile(lambda x: x, xp=math)
    with pytest.raises(TypeError, match="expected jit or xp, got both"):
        compile(lambda x: x, xp=np, jit=lambda f: f)


# --- Guards -----------------------------------------------------------------------------------------------------------


def test_each_row_takes_its_own_path_and_each_path_is_traced_once():
    f = lambda x, y: x * y if x > 1.0 else (exp(x) if y > 0.0 else -y)  # noqa: E731
    program, plain = compile(f, xp=np), compile(f)
    assert program(*columns_of(table())).tolist() == pytest.approx([plain(*row) for row in table()], rel=1e-15)
    assert (program.traces, program.fallbacks) == (3, 0)
    program(*columns_of(table(seed=2)))
    assert (program.traces, program.fallbacks) == (3, 0)


def test_rows_of_one_path_are_not_asked_what_is_undefined_there():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        program = compile(lambda x: log(x) if x > 0.0 else sqrt(-x), xp=np)
        assert program(np.array([1.0, -4.0, 0.0, -1.0])).tolist() == [0.0, 2.0, 0.0, 1.0]
    assert program.fallbacks == 0


def test_a_guard_on_a_parameter_alone_holds_for_all_rows():
    w = Value(1.0)
    program = compile(lambda x: w * x if w > 0.0 else -x if x > 0.0 else 1.0 / w, xp=np)
    assert program(np.array([1.0, 2.0])).tolist() == [1.0, 2.0]
    w.data = -2.0
    assert program(np.array([1.0, -2.0])).tolist() == [-1.0, -0.5]
    w.data = 0.0
    assert program(np.array([1.0, 2.0])).tolist() == [-1.0, -2.0]
    with pytest.raises(ZeroDivisionError, match=r"^div\(1.0, 0.0\): .* \(row 1\)$"):
        program(np.array([1.0, -2.0]))


def test_a_guard_that_raises_raises_for_its_row():
    program = compile(lambda x: 1.0 if log(x) > 0.0 else 2.0, xp=np)
    assert program(np.array([0.5, 2.0, 3.0])).tolist() == [2.0, 1.0, 1.0]
    with pytest.raises(ValueError, match=r"^log\(-1.0\): .* \(row 1\)$"):
        program(np.array([0.5, -1.0, 3.0]))
    loss = compile(lambda x: Value(1.0) * x if log(x) > 0.0 else 2.0 * x, xp=np)
    assert loss(np.array([0.5, 2.0, 3.0])).tolist() == [1.0, 2.0, 3.0]


def test_many_paths_are_found_and_kept():
    f = lambda *xs: sorted(xs)[1]  # noqa: E731
    rng = random.Random(5)
    rows = [tuple(rng.random() for _ in range(3)) for _ in range(500)]
    program = compile(f, xp=np)
    assert program(*columns_of(rows)).tolist() == [sorted(row)[1] for row in rows]
    assert program.fallbacks == 0


def test_results_of_other_structures_make_no_column():
    program = compile(lambda x: [x, x] if x > 0.0 else x, xp=np)
    with pytest.raises(TypeError, match="expected results of one structure"):
        program(np.array([1.0, -1.0]))


def test_what_no_code_can_repeat_is_left_to_the_original_row_by_row():
    def rounded(x):
        return float(f"{x:.1f}") if x > 0.0 else 2.0 * x

    program = compile(rounded, xp=np)
    with pytest.warns(RuntimeWarning, match="is not compiled where it meets"):
        got = program(np.array([-1.0, 0.26, -2.0, 0.51]))
    assert got.tolist() == [-2.0, 0.3, -4.0, 0.5]
    assert program.fallbacks == 2


# --- Errors, and numbers that are not finite --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "good", "bad", "message"),
    [
        (log, 2.0, -1.0, r"log\(-1.0\): .* \(row 2\)"),
        (sqrt, 4.0, -1.0, r"sqrt\(-1.0\): .* \(row 2\)"),
        (lambda x: x**-1.0, 2.0, 0.0, r"pow\(0.0, -1.0\): .* \(row 2\)"),
        (lambda x: 0.0 * exp(x) + 1.0, 2.0, 1000.0, r"exp\(1000.0\): math range error \(row 2\)"),
        (lambda x: 1.0 / exp(x), 2.0, 1000.0, r"exp\(1000.0\): math range error \(row 2\)"),
        (lambda x: 1.0 / (1.0 / x), 2.0, 0.0, r"div\(1.0, 0.0\): .* \(row 2\)"),
        (lambda x: maximum(1.0, log(x)), 2.0, -1.0, r"log\(-1.0\): .* \(row 2\)"),
        (grad(log), 2.0, -1.0, r"log\(-1.0\): .* \(row 2\)"),
        (lambda x: x % (x - 1.0), 2.5, 1.0, r"mod\(1.0, 0.0\): .* \(row 2\)"),
        (lambda x: log(x) if x > -0.5 else x, 2.0, -0.25, r"log\(-0.25\): .* \(row 2\)"),
    ],
)  # fmt: skip
def test_an_operation_outside_its_domain_raises_what_eager_code_raises_and_names_the_row(f, good, bad, message):
    program = compile(f, xp=np)
    assert program(np.array([good] * 3)).tolist() == pytest.approx([compile(f)(good)] * 3, rel=1e-14)
    with pytest.raises(ERRORS) as plain:
        f(Value(bad)) if "grad" not in repr(f) else f(bad)
    with pytest.raises(plain.type, match=f"^{message}$"):
        program(np.array([good, good, bad, bad]))


def test_of_several_rows_outside_the_domain_the_first_is_named_whatever_paths_they_take():
    program = compile(lambda x: log(x) if x > -2.0 else sqrt(x), xp=np)
    program(np.array([1.0, 2.0]))
    with pytest.raises(ValueError, match=r"^sqrt\(-3.0\): .* \(row 1\)$"):
        program(np.array([1.0, -3.0, -1.0]))
    w = Value(1.0)
    loss = compile(lambda x: w * log(x) if x > -2.0 else w * sqrt(x), xp=np)
    assert loss.backward([(1.0,), (2.0,)]) == math.log(2.0) / 2.0
    w.grad = 0.0
    with pytest.raises(ValueError, match=r"^sqrt\(-3.0\): .* \(row 1\)$"):
        loss.backward([(1.0,), (-3.0,), (-1.0,)])
    assert w.grad == 0.0


def test_what_is_legitimately_not_finite_stays():
    f = lambda x: 1e200 * x * 1e200  # noqa: E731
    program, plain = compile(f, xp=np), compile(f)
    column = [1.0, -1.0, 1e-300, math.inf, math.nan]
    assert repr(program(np.array(column)).tolist()) == repr([plain(x) for x in column])
    assert program.fallbacks == 0


def test_only_the_rows_that_are_not_finite_are_answered_one_by_one(monkeypatch):
    program, asked = compile(lambda x: 1e200 * x * 1e200, xp=np), []
    answer = Results._answer
    monkeypatch.setattr(Results, "_answer", lambda self, i: asked.append(i) or answer(self, i))
    assert program(np.array([0.0, 1e-300, 1.0, 1e-200, math.inf])).tolist()[2:] == [math.inf, 1e200, math.inf]
    assert asked == [0, 2, 4]  # the first, to trace it


@pytest.mark.parametrize(
    "loss",
    [lambda w, x, y: (1e300 * x) * (w * y), lambda w, x, y: (w * x) * (1e300 * y), lambda w, x, y: 1e300 * x * w],
)
def test_a_large_number_stays_in_products_that_would_be_less_than_all_floats_without_it(loss):
    w = Value(1.0)
    program, plain = (compile(lambda x, y: loss(w, x, y), xp=xp) for xp in (np, None))
    rows = [(1e-162 * k, 1e-160 / k) for k in range(1, 9)]
    assert means(program, rows, w) == pytest.approx(means(plain, rows, w), rel=1e-14, abs=0.0)


def test_rows_that_are_not_finite_add_up_to_what_they_add_up_to_in_plain_code():
    w = Value(1e200)
    loss = lambda x: w * w * x if x > 0.0 else w * x  # noqa: E731
    program, plain = compile(loss, xp=np), compile(loss)
    rows = [(1.0,), (-2.0,), (3.0,)]
    assert means(program, rows, w) == means(plain, rows, w) == [math.inf, w.grad]


def test_at_a_pole_of_a_derivative_the_original_answers_for_its_row_alone():
    w = Value(0.0)
    loss = compile(lambda x: (w + x) ** 0.5, xp=np)
    rows = [(float(k),) for k in range(1, 100)] + [(0.0,)]
    got = means(loss, rows, w)
    assert got[0] == pytest.approx(sum(math.sqrt(x) for (x,) in rows) / 100, rel=1e-14)
    assert got[1] == math.inf
    assert loss.fallbacks == 1
    assert means(loss, rows[::-1], w) == pytest.approx(got, rel=1e-14)  # the very first row


def test_nothing_is_warned_of():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        program = compile(lambda x: relu(x) + sigmoid(1e3 * x) + tanh(x), xp=np)
        assert program(np.array([-1e3, 0.0, 1e3])).tolist() == [-1.0, 0.5, 1002.0]


def test_underflow_is_no_error():
    program = compile(exp, xp=np)
    with np.errstate(all="raise"):
        assert program(np.array([-1000.0, -1.0])).tolist() == pytest.approx([0.0, math.exp(-1.0)], rel=1e-15)


# --- backward(rows), in all forms of a table --------------------------------------------------------------------------

FORMS = {
    "rows": lambda rows: rows,
    "lists": lambda rows: [list(row) for row in rows],
    "iterator": iter,
    "array": np.array,
    "fortran": np.asfortranarray,
    "float32": lambda rows: np.array(rows, dtype="float32"),
    "columns": lambda rows: dict(zip(("x", "y"), columns_of(rows), strict=True)),
    "other order": lambda rows: dict(zip(("y", "x"), columns_of(rows)[::-1], strict=True)),
    "lists by name": lambda rows: dict(zip(("x", "y"), map(list, zip(*rows, strict=True)), strict=True)),
    "arrays by name": lambda rows: {
        name: array("d", each) for name, each in zip(("x", "y"), zip(*rows, strict=True), strict=True)
    },
    "frame": lambda rows: pytest.importorskip("pandas").DataFrame(rows, columns=["x", "y"]),
}


@pytest.mark.parametrize("options", [{}, {"xp": np}], ids=["plain", "columns"])
@pytest.mark.parametrize("form", FORMS)
def test_backward_and_minimize_take_tables_as_people_have_them(form, options):
    rows = table()
    if form == "float32":
        rows = np.array(rows, dtype="float32").tolist()
    w, b, plain = line()
    expected = means(plain, rows, w, b)
    w, b, program = line(**options)
    got = means(program, FORMS[form](rows), w, b)
    assert got == (pytest.approx(expected, rel=1e-13) if options else expected)
    assert program.over(FORMS[form](rows))() == pytest.approx(expected[0], rel=1e-13)
    result = minimize(program, SGD([w, b], lr=0.05), rows=FORMS[form](rows))
    assert result.reason == "converged"
    assert (w.data, b.data) == pytest.approx((2.0, -1.0), abs=0.05)


def test_an_uncompiled_loss_takes_them_too():
    for form in ("columns", "frame", "array", "lists by name"):
        w, b, program = line()
        minimize(program.__wrapped__, SGD([w, b], lr=0.05), rows=FORMS[form](table(50)), max_steps=3)
        v, c, other = line()
        minimize(other.__wrapped__, SGD([v, c], lr=0.05), rows=table(50), max_steps=3)
        assert (w.data, b.data) == (v.data, c.data)


@pytest.mark.parametrize("options", [{}, {"xp": np}], ids=["plain", "columns"])
def test_what_is_missing_from_a_mapping_or_too_much_is_named(options):
    _, _, program = line(**options)
    with pytest.raises(TypeError, match=r"each argument of <lambda>, x, y, got no y; choose"):
        program.backward({"x": [1.0]})
    with pytest.raises(TypeError, match=r"got also z; choose"):
        program.backward({"x": [1.0], "y": [1.0], "z": [1.0]})
    with pytest.raises(ValueError, match=r"columns of one length, got {'x': 1, 'y': 2}"):
        program.backward({"x": [1.0], "y": [1.0, 2.0]})
    with pytest.raises(ValueError, match="at least one row"):
        program.backward({"x": [], "y": []})
    with pytest.raises(TypeError, match="real number"):
        program.backward({"x": ["a"], "y": [1.0]})


@pytest.mark.parametrize("options", [{}, {"xp": np}], ids=["plain", "columns"])
def test_a_mapping_may_leave_out_what_has_a_default_and_hold_what_is_the_same_for_all_rows(options):
    w = Value(2.0)

    def loss(x, scale=1.0, *, y, mode="square"):
        return (w * x * scale - y) ** 2 if mode == "square" else w * x * scale - y

    x, y = [1.0, 2.0], [0.5, 1.0]
    program = compile(loss, **options)
    assert program.backward({"x": x, "y": y}) == mean([loss(a, y=c) for a, c in zip(x, y, strict=True)]).data
    assert program.backward({"x": x, "y": y, "mode": "plain", "scale": 3}) == 8.25


def test_a_function_that_takes_any_names_takes_any_columns():
    w = Value(2.0)
    program = compile(lambda **known: w * known["a"] + known["b"], xp=np)
    assert program.backward({"a": [1.0, 2.0], "b": np.array([1.0, 1.0])}) == 4.0


def test_rows_may_be_nested_and_of_several_structures():
    w = [Value(0.5), Value(-1.0)]

    def loss(xs, y):
        return (sum(p * x for p, x in zip(w, xs, strict=False)) - y) ** 2

    rows = [([1.0, 2.0], 1.0), ([0.5], 2.0), ([0.25, 1.0], 0.0), ([3.0], 1.0)]
    plain = means(compile(loss), rows, *w)
    assert means(compile(loss, xp=np), rows, *w) == pytest.approx(plain, rel=1e-14)


def test_rows_without_arguments_have_no_columns_and_run_as_they_are():
    w = Value(3.0)
    assert means(compile(lambda: w * w, xp=np), [(), ()], w) == [9.0, 6.0]
    assert compile(lambda: w * w, xp=np).over([(), ()])() == 9.0
    assert minimize(compile(lambda: (w - 5.0) ** 2, xp=np), SGD([w], lr=0.1)).reason == "converged"


def test_gradients_are_added_to_what_is_there():
    w, b, program = line(xp=np)
    once = means(program, table(), w, b)
    program.backward(table())
    assert [w.grad, b.grad] == pytest.approx([2.0 * x for x in once[1:]], rel=1e-15)


def test_losses_without_parameters_and_of_two_numbers_are_refused_as_in_plain_code():
    with pytest.raises(ValueError, match="to compute with parameters"):
        compile(lambda x: x * x, xp=np).backward([(1.0,)])
    w = Value(1.0)
    with pytest.raises(TypeError, match="to return one number"):
        compile(lambda x: [w * x, x], xp=np).backward([(1.0,)])
    with pytest.raises(TypeError, match="one number"):
        compile(lambda x: [w * x, x], xp=np).over([(1.0,)])()


def test_parameters_that_are_results_are_walked_through():
    v = Value(2.0)
    w = v * v
    program = compile(lambda x: w * x, xp=np)
    assert program.backward([(1.0,), (3.0,)]) == 8.0
    assert v.grad == 8.0


def test_blocks_of_all_sizes_add_up_to_the_same(monkeypatch):
    from minigrad.compiler import columns

    w, b, plain = line()
    expected = means(plain, table(), w, b)
    for size in (1, 7, 999, 1000, 1001):
        monkeypatch.setattr(columns, "FEWEST", size)
        monkeypatch.setattr(columns, "MOST", size)
        w, b, program = line(xp=np)
        assert means(program, table(), w, b) == pytest.approx(expected, rel=1e-13)
        expected_column = [plain.value(*row) for row in table()]
        assert program(*columns_of(table())).tolist() == pytest.approx(expected_column, rel=1e-15)


def test_a_path_that_only_the_last_block_takes_is_learned_and_the_table_gone_through_again(monkeypatch):
    from minigrad.compiler import columns

    monkeypatch.setattr(columns, "MOST", 16)
    monkeypatch.setattr(columns, "FEWEST", 16)
    w = Value(2.0)
    loss = lambda x: w * x if x < 90.0 else w * w * x  # noqa: E731
    rows = [(float(k),) for k in range(100)]
    program = compile(loss, xp=np)
    assert means(program, rows, w) == pytest.approx(means(compile(loss), rows, w), rel=1e-14)
    assert program.traces == 2
    assert program(np.arange(100.0)).tolist() == [compile(loss).value(*row) for row in rows]


def test_memory_does_not_grow_with_the_number_of_rows_or_statements():
    import tracemalloc

    w = [Value(0.01 * k) for k in range(30)]

    def deep(x):
        for p in w:
            x = x - p * tanh(p * x)
        return x

    peaks = []
    program = compile(deep, xp=np)
    for n in (20_000, 80_000):
        objective = program.over({"x": np.linspace(-1.0, 1.0, n)})
        objective.backward()
        tracemalloc.start()
        objective.backward()
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert max(peaks) < 8e6  # all temporaries at once would take 60 MB
    assert peaks[1] < 1.1 * peaks[0]


# --- An op of one's own -----------------------------------------------------------------------------------------------


def test_an_op_of_ones_own_runs_by_its_text_or_row_by_row():
    text = primitive("leak", lambda x: x if x > 0.0 else 0.1 * x, lambda out, x: 1.0, "{0} if {0} > 0.0 else 0.1 * {0}")
    assert compile(text, xp=np)(np.array([2.0, -2.0])).tolist() == [2.0, -0.2]
    calls = primitive("cut", lambda x, y: min(x, y) if x > 0.0 else 1.0 / (x + 1.0), lambda out, x, y: (1.0, 0.0))
    program = compile(lambda x, y: calls(x, y) + erf(x), xp=np)
    assert program(np.array([2.0, 0.0]), 1.0).tolist() == [1.0 + math.erf(2.0), 1.0]
    with pytest.raises(ZeroDivisionError, match=r"^cut\(-1.0, 1.0\): .* \(row 1\)"):
        program(np.array([2.0, -1.0]), 1.0)


# --- Sources, pickles, threads ----------------------------------------------------------------------------------------


def test_the_source_shows_the_statements_over_columns():
    _, _, program = line(xp=np)
    program.backward(table())
    assert program.source.split("\n\n\n")[1] == (
        "def f_backward(x, y, w, b, share, count):\n"
        "    t1 = w * x + b - y\n"
        "    loss = t1 @ t1\n"
        "    w_grad = share * 2.0 * (t1 @ x)\n"
        "    b_grad = share * 2.0 * sum(t1)\n"
        "    return (loss, [w_grad, b_grad], [])\n"
    )


def test_numbers_are_multiplied_with_one_another_before_a_column_is():
    w = Value(3.0, label="w")
    program = compile(lambda x: w * (2.0 * x), xp=np)
    assert program(np.array([1.0, 0.1])).tolist() == [6.0, 3.0 * (2.0 * 0.1)]
    assert "[w * 2.0 * x]" in program.source


def test_a_program_travels_with_its_namespace_by_name():
    w = Value(0.5)
    program = compile(lambda x: w * x if x > 0.0 else x * x, xp=np)
    program.backward([(1.0,), (-1.0,)])
    twin = pickle.loads(pickle.dumps(program))
    assert twin.xp is np
    assert twin(np.array([1.0, -3.0])).tolist() == [0.5, 9.0]
    assert twin.backward({"x": [1.0, -3.0]}) == 4.75
    assert pickle.loads(pickle.dumps(compile(math.floor, xp=np))).xp is np  # nothing is learned yet


def test_several_threads_may_use_one_program():
    f = lambda x: x * x if x > 0.0 else (exp(x) if x > -1.0 else -x)  # noqa: E731
    program, plain = compile(f, xp=np), compile(f)
    x = np.linspace(-3.0, 3.0, 5001)
    expected = [plain(v) for v in x.tolist()]
    found = []

    def work():
        found.extend([program(x).tolist() == pytest.approx(expected, rel=1e-14) for _ in range(5)])

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 20


def test_a_call_within_a_trace_is_part_of_that():
    inner = compile(lambda x: x * x, xp=np)
    assert compile(lambda x: inner(x) + 1.0, xp=np)(np.array([2.0])).tolist() == [5.0]
    with pytest.raises(RuntimeError, match="outside of functions to be compiled"):
        compile(lambda: inner.backward([(1.0,)]))()


# --- Random programs --------------------------------------------------------------------------------------------------


def points_around(point):
    return [tuple(x * factor + shift for x in point) for factor in (1.0, -1.0, 0.999, 1e-3) for shift in (0.0, 1e-6)]


@given(programs())
def test_values_of_random_programs_agree_to_their_condition(program):
    rows = points_around(program.point)
    found = [value_and_spread(program, *row) for row in rows]
    compiled = compile(program, xp=np)
    failed = [k for k, (y, _) in enumerate(found) if isinstance(y, Exception)]
    if failed:
        with pytest.raises(ERRORS) as error:
            compiled(*columns_of(rows))
        assert str(error.value) == f"{found[failed[0]][0]} (row {failed[0]})"
        rows = [row for k, row in enumerate(rows) if k not in failed]
        found = [each for k, each in enumerate(found) if k not in failed]
    if rows:
        got = compiled(*columns_of(rows)).tolist()
        for row, x, (y, room) in zip(rows, got, found, strict=True):
            assert close(x, y, room) or beside_a_tie(program, row, x), (row, x, y, room)


@given(programs(max_ops=20))
def test_gradients_of_random_programs_agree_to_their_condition(program):
    rows = points_around(program.point)
    n = len(program.point)
    f = grad(program, argnums=tuple(range(n)))
    values = [Value(0.0) for _ in range(n)]

    def shifted(*args):
        return program(*[x + v for x, v in zip(args, values, strict=True)])

    found = [gradient_and_spread(shifted, values, *row) for row in rows]
    fine = [(row, each) for row, each in zip(rows, found, strict=True) if not isinstance(each[0], Exception)]
    if fine:
        rows, found = zip(*fine, strict=True)
        got = zip(*[each.tolist() for each in compile(f, xp=np)(*columns_of(rows))], strict=True)
        for row, (expected, rooms) in zip(got, found, strict=True):
            assert all(map(close, row, expected, rooms))


@settings(max_examples=settings().max_examples // 2)
@given(models(max_rows=12))
def test_losses_and_gradients_over_rows_agree_to_the_largest_term(model):
    parameters = model.parameters()

    def loss(inputs, target):
        return (model.predict(model._values, inputs) - target) ** 2

    expected = means(compile(loss), model.rows, *parameters)
    rooms = [gradient_and_spread(loss, parameters, *row)[1] for row in model.rows]
    got = means(compile(loss, xp=np), model.rows, *parameters)
    assert close(got[0], expected[0], sum(value_and_spread(loss, *row)[1] for row in model.rows) / len(model.rows))
    for x, y, *room in zip(got[1:], expected[1:], *rooms, strict=True):
        assert close(x, y, sum(room) / len(model.rows))


def rows_around(function, rng):
    """Rows like the points of a function, with its numbers elsewhere and its static arguments as they are."""
    found = []
    for _ in range(30):
        point = rng.choice(function.points)
        found.append(tuple(mapped(lambda x: nudged(x, rng) if isinstance(x, float) else x, x) for x in point))
    return [*function.points, *found]


def nudged(x, rng):
    return x * rng.uniform(0.5, 1.5) + rng.choice([0.0, 0.0, 1.0, -1.0]) * rng.random()


KINDS = ["branch", "loop", "equality", "except", "failure", "text", "lookup", "static", "derivative"]


@settings(max_examples=settings().max_examples // 2)
@given(branching(KINDS), st.integers(0, 99))
def test_functions_with_control_flow_give_what_they_give_row_by_row(function, seed):
    on_values = function.function(Value)
    parameters = [on_values.__globals__[name] for name in function.parameters]
    rows = rows_around(function, random.Random(seed))
    groups = {}
    for row in rows:
        groups.setdefault(flattened((row, {}))[0], []).append(row)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for each in groups.values():
            assert_alike(on_values, parameters, each)


def assert_alike(f, parameters, rows):
    eager = [number_and_spread(f, *row) for row in rows]
    gradients = [gradient_and_spread(f, parameters, *row) for row in rows]
    program = compile(f, xp=np)
    failed = [k for k, (y, _) in enumerate(eager) if isinstance(y, Exception)]
    numbers = [flattened((row, {}))[1] for row in rows]
    if numbers[0]:
        args, _ = rebuilt(flattened((rows[0], {}))[0], iter(columns_of(numbers)))
        if failed:
            with pytest.raises(ERRORS) as error:
                program(*args)
            first = rows[failed[0]]
            assert f"(row {failed[0]})" in str(error.value) or beside_a_tie(f, first, math.nan)
        else:
            got = program.value(*args)
            got = got.tolist() if isinstance(got, np.ndarray) else [got] * len(rows)
            for row, x, (y, room) in zip(rows, got, eager, strict=True):
                assert close(x, y, room) or beside_a_tie(f, row, x), (row, x, y)
    fine = [k for k, (g, _) in enumerate(gradients) if not isinstance(g, Exception) and all(map(math.isfinite, g))]
    if not fine or len(fine) < len(rows) or not parameters:
        return
    try:
        plain = means(compile(f), rows, *parameters)
    except ERRORS as error:  # it computes with none of them, or, for floats, goes where an error is due
        if "to compute with parameters" not in str(error):
            with pytest.raises(ERRORS):
                means(program, rows, *parameters)
        return
    rooms = [sum([room for _, room in eager]), *map(sum, zip(*[each for _, each in gradients], strict=True))]
    ties = any(beside_a_tie(f, row, y + 1e-6 * (1.0 + abs(y))) for row, (y, _) in zip(rows, eager, strict=True))
    for got, expected, room in zip(means(program, rows, *parameters), plain, rooms, strict=True):
        # Text ends a graph, and what is behind it has a room of its own size at least.
        assert close(got, expected, room / len(rows) + abs(expected)) or ties, (got, expected, room)


# --- minimize ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [{}, {"xp": np}], ids=["plain", "columns"])
def test_a_descent_that_overflows_names_the_op_without_a_graph_of_all_rows(options):
    w = Value(0.5)
    loss = compile(lambda x, y: (w * x - y) ** 4, **options)
    with_rows = minimize(loss, SGD([w], lr=1e3), rows={"x": [1.0, 2.0] * 500, "y": [3.0, 1.0] * 500})
    assert with_rows.reason == "diverged"
    assert "pow(" in with_rows.advice or "mul(" in with_rows.advice
    w.data = 1e200
    objective = compile(lambda x: w * (x * 1e200), **options).over({"x": [0.0, 1.0, 2.0]})
    assert objective.faulty()[0].data == math.inf
    assert objective.faulty()[0].operands[1].data == 1e200
    w.data = 1e308
    overflowing = compile(lambda x: w * x, **options).over({"x": [1.0, 1.0]})
    assert overflowing.faulty()[0].op.name == "mean"


@pytest.mark.parametrize("options", [{}, {"xp": np}], ids=["plain", "columns"])
def test_batches_of_a_table_by_columns_go_as_batches_of_rows(options):
    results = []
    for form in ("rows", "columns", "array"):
        w, b, program = line(**options)
        optimizer = SGD([w, b], lr=0.02)
        rows = FORMS[form](table(60))
        result = minimize(program, optimizer, rows=rows, batch_size=16, rng=random.Random(3), max_steps=20)
        results.append((result.loss, w.data, b.data))
    assert results[1] == results[0]
    assert results[2] == results[0]


@pytest.mark.parametrize("over", [True, False])
def test_the_verdict_over_columns_is_that_over_rows(over):
    found = []
    for options in ({}, {"xp": np}):
        w, b, program = line(**options)
        rows = FORMS["columns"](table(300))
        optimizer = SGD([w, b], lr=0.1)
        found.append(minimize(program.over(rows), optimizer) if over else minimize(program, optimizer, rows=rows))
        assert program.fallbacks == 0
    plain, columns = found
    assert columns.reason == plain.reason == "converged"
    assert columns.loss == pytest.approx(plain.loss, rel=1e-13)


@pytest.mark.parametrize("options", [{}, {"xp": np}], ids=["plain", "columns"])
def test_a_descent_that_leaves_the_domain_of_a_row_diverges_and_says_where(options):
    w = Value(2.0)
    loss = compile(lambda x: (log(w * x) + 5.0) ** 2, **options)
    result = minimize(loss, SGD([w], lr=3.0), rows={"x": [1.0, 2.0, 3.0]})
    assert result.reason == "diverged"
    assert "Out of the domain of the loss, at step 1: log(-" in result.advice
    assert ("(row 0)" in result.advice) == bool(options)


# --- Other namespaces -------------------------------------------------------------------------------------------------


def other(name):
    if name == "jax.numpy":
        jax = pytest.importorskip("jax")
        jax.config.update("jax_enable_x64", True)
        return jax.numpy
    return pytest.importorskip(name)


OTHERS = pytest.mark.parametrize("name", ["torch", "jax.numpy"])


@OTHERS
def test_other_namespaces_give_the_same(name):
    xp = other(name)
    w, b = Value(0.7), Value(-0.2)

    def loss(x, y, mode="huber"):
        miss = maximum(w * x, 0.1) + tanh(b * x) * sigmoid(x) - y
        if mode == "square":
            return miss**2 + erf(x) * b
        return abs(miss) - 0.5 if abs(miss) > 1.0 else 0.5 * miss * miss

    program, plain = compile(loss, xp=xp), compile(loss)
    x, y = [xp.asarray(list(each), dtype=xp.float64) for each in zip(*table(), strict=True)]
    for mode in ("huber", "square"):
        got = program(x, y, mode)
        assert type(got) is type(x)
        assert got.tolist() == pytest.approx([plain.value(*row, mode) for row in table()], rel=1e-12)
        rows = {"x": x, "y": y, "mode": mode}
        expected = means(plain, [(*row, mode) for row in table()], w, b)
        assert means(program, rows, w, b) == pytest.approx(expected, rel=1e-12)
        assert program.over(rows)() == pytest.approx(expected[0], rel=1e-12)
    assert program.fallbacks == 0
    failing = compile(lambda x: log(x) if x > -1.0 else x, xp=xp)
    assert failing(xp.asarray([1.0, -2.0], dtype=xp.float64))[1] == -2.0
    with pytest.raises(ValueError, match=r"log\(-0.5\): .* \(row 1\)"):
        failing(xp.asarray([1.0, -0.5], dtype=xp.float64))
    assert pickle.loads(pickle.dumps(program)).xp is xp


def test_a_namespace_without_doubles_is_refused():
    class Single:
        __name__ = "single"

        def __getattr__(self, name):
            return getattr(np, name)

        def asarray(self, x, dtype=None):  # noqa: ARG002 - it has no others
            return np.asarray(x, dtype=np.float32)

    with pytest.raises(TypeError, match="expected columns of float64, got float32 from single; jax has them after"):
        compile(lambda x: x, xp=Single())(np.ones(3))


# --- Odd rows, and what stands at the edges ---------------------------------------------------------------------------


@pytest.mark.parametrize("column", [["1", "2"], np.array(["1", "2"], dtype=object), [None, 1.0], [1j, 1.0]])
def test_text_and_none_are_no_numbers_whatever_a_namespace_makes_of_them(column):
    w = Value(1.0)
    program = compile(lambda x: w * x, xp=np)
    with pytest.raises(
        TypeError, match=r"expected a column of real numbers for x, got .* in row 0; leave such rows out"
    ):
        program.backward({"x": column})


def test_what_raises_for_all_rows_raises_only_where_a_row_needs_it():
    w = Value(1.0)

    def f(x):
        return w * x if x > 0.0 else (2.0 * w if 1.0 / w > 3.0 else 3.0 * w)

    program, loss = compile(f, xp=np), compile(f, xp=np)
    assert program(np.array([1.0, -1.0])).tolist() == [1.0, 3.0]
    assert loss.backward({"x": [1.0, -1.0]}) == 2.0
    w.data = 0.0
    assert program(np.array([1.0, 2.0])).tolist() == [0.0, 0.0]
    assert loss.backward({"x": [1.0, 2.0]}) == 0.0
    for call in (lambda: program(np.array([1.0, -1.0])), lambda: loss.backward({"x": [1.0, -1.0]})):
        with pytest.raises(ZeroDivisionError, match=r"^div\(1.0, 0.0\): .* \(row 1\)$"):
            call()
    inverse = compile(lambda x: 1.0 / w * x, xp=np)
    w.data = 2.0
    assert inverse.backward({"x": [1.0, 3.0]}) == 1.0
    w.data = 0.0
    with pytest.raises(ZeroDivisionError, match=r"^div\(1.0, 0.0\): .* \(row 0\)$"):
        inverse.backward({"x": [1.0, 3.0]})


def test_a_pole_or_an_error_in_the_very_first_row_is_that_rows_alone():
    w = Value(0.0)
    loss = compile(lambda x: (w + x) ** 0.5, xp=np)
    assert loss.backward({"x": [0.0, 4.0, 0.0]}) == pytest.approx(2.0 / 3.0)
    assert w.grad == math.inf
    branching = compile(lambda x: (w + x) ** 0.5 if x > 0.0 else (w - x) ** 0.5, xp=np)
    assert branching.backward({"x": [1.0, 0.0, -1.0]}) == pytest.approx(2.0 / 3.0)
    assert branching.backward({"x": [1.0, 0.0]}) == 0.5
    nothing_else = compile(lambda x: (w + x) ** 0.5, xp=np)
    assert nothing_else.backward({"x": [0.0, 0.0]}) == 0.0
    failing = compile(lambda x: w * log(x), xp=np)
    with pytest.raises(ValueError, match=r"^log\(-1.0\): .* \(row 0\)$"):
        failing.backward({"x": [-1.0, 1.0]})
    with pytest.raises(ValueError, match=r"^log\(-1.0\): .* \(row 1\)$"):
        failing.over({"x": [1.0, -1.0]})()


def test_beside_a_tie_plain_code_decides_where_columns_know_no_path():
    apart = [x for x in (k / 997 for k in range(1, 5000)) if float(np.exp(np.array([x] * 8))[0]) < math.exp(x)]
    if not apart:
        pytest.skip("NumPy's exp is that of math here")
    x = apart[0]
    w, bound = Value(2.0), math.exp(x)
    loss = compile(lambda t: w * t if exp(t) >= bound else 3.0 * w * t, xp=np)
    assert loss.backward([(x + 1.0,)]) == 2.0 * (x + 1.0)
    assert loss.backward([(x,)] * 8) == pytest.approx(2.0 * x)
    assert loss.traces == 1
    program = compile(lambda t: w * t if exp(t) >= bound else 3.0 * w * t, xp=np)
    program(np.array([x + 1.0]))
    assert program(np.array([x] * 8)).tolist() == [2.0 * x] * 8


def test_a_negated_term_is_taken_out_of_its_sum():
    w = Value(2.0)
    loss = compile(lambda x: -(w * x), xp=np)
    assert (loss.backward({"x": [1.0, 3.0]}), w.grad) == (-4.0, -2.0)


def test_code_that_is_out_of_date_leaves_odd_rows_to_the_original():
    from minigrad.compiler.column_sums import Sums

    w = Value(1.0)
    program = compile(lambda x: w * x * x if x > 0.0 else w * x, xp=np)
    objective = program.over([(1e200,), (-1.0,)])
    learning = compile(program.__wrapped__, xp=np)
    learning.backward([(1.0,)])
    (known,) = learning._known.values()
    old = known.code("loop", learning.target)
    known.trace((-1.0,), with_row=True)  # as another thread may
    sums = Sums(old, objective.groups[0].of(known), 0.5, [0.0])
    assert sums.learned  # the code knows less than there is to know: try again
    stale = Sums(old, compile(program.__wrapped__, xp=np).over([(1e200,)]).groups[0].of(known), 0.5, [0.0])
    assert (stale.losses, known.fallbacks) == ([math.inf], 1)


def test_a_mapping_is_matched_with_whatever_can_be_called():
    import functools

    w = Value(2.0)

    def loss(x, y):
        return w * x - y

    @functools.wraps(loss)
    def wrapper(*args, **kwargs):
        return loss(*args, **kwargs)

    table = {"y": [1.0, 1.0], "x": [1.0, 2.0]}
    assert compile(wrapper, xp=np).backward(table) == 2.0
    assert compile(functools.partial(loss, y=1.0), xp=np).backward({"x": [1.0, 2.0]}) == 2.0
    program = compile(loss, xp=np)
    program.backward(table)
    twin = pickle.loads(pickle.dumps(program))
    assert twin.backward(table) == 2.0
    with pytest.raises(RuntimeError, match="before it was pickled"):
        twin.backward({"x": [1.0, 2.0]})


def test_an_uncompiled_loss_takes_columns_by_position_alone():
    w = Value(2.0)

    def loss(x, *, y):
        return w * x - y

    with pytest.raises(TypeError, match="expected columns for the positional arguments of loss"):
        minimize(loss, SGD([w], lr=0.1), rows={"x": [1.0], "y": [1.0]})


def test_the_graph_of_a_compiled_loss_over_a_table_is_there_for_who_asks():
    from minigrad.train.batches import OverRows

    _, _, program = line(xp=np)
    assert OverRows(program, FORMS["columns"](table(5)))().data == pytest.approx(program.backward(table(5)), rel=1e-14)


def test_a_first_row_that_fails_once_is_answered_by_the_original():
    w, calls = Value(2.0), []

    def flaky(x):
        calls.append(x)
        if len(calls) == 1:
            raise ValueError("busy")
        return w * x

    program = compile(flaky, xp=np)
    assert (program.backward({"x": [1.0, 2.0]}), w.grad) == (3.0, 1.5)
    assert (program.backward({"x": [1.0, 2.0]}), w.grad) == (3.0, 3.0)


def test_columns_of_a_table_kept_by_rows_are_brought_together():
    from minigrad.compiler.columns import Columns

    columns = Columns(np)
    by_rows, by_columns = np.ones((5, 2)), np.ones((2, 5)).T
    assert columns.column(by_rows[:, 1], "x").strides == (8,)
    assert np.shares_memory(columns.column(by_columns[:, 1], "x"), by_columns)


def test_batches_of_columns_have_rows_in_the_order_of_the_columns():
    from minigrad.train.batches import Batches

    batches = Batches({"b": [1.0, 2.0], "a": np.array([3.0, 4.0])}, 2, random.Random(0))
    assert sorted(batches.batch) == [(1.0, 3.0), (2.0, 4.0)]


def test_the_gradient_of_rows_that_go_to_the_original_reaches_leaves_that_no_trace_has_met():
    w, b = Value(2.0), Value(1.0)

    def loss(x):
        t = maximum(b, x)
        t = t + float(f"{x:.1f}")
        return w * t - x

    rows = [(1.26,), (0.5,), (3.0,)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        plain = means(compile(loss), rows, w, b)
        assert plain[1] > 1.0
        for _ in range(2):
            assert means(program := compile(loss, xp=np), rows, w, b) == pytest.approx(plain, rel=1e-14)
            assert means(program, rows, w, b) == pytest.approx(plain, rel=1e-14)
        alone = compile(lambda x: w * float(f"{x:.1f}"), xp=np)
        assert means(alone, rows, w) == pytest.approx([w.data * w.grad, 4.8 / 3.0], rel=1e-14)


def test_columns_are_brought_together_in_a_namespace_with_a_method_for_it():
    class Tensor(np.ndarray):
        def contiguous(self):
            return self.copy()

    class Space:
        __name__ = "tensors"

        def __getattr__(self, name):
            return getattr(np, name)

        def asarray(self, x, dtype=None):
            return np.asarray(x, dtype=dtype).view(Tensor)

    program = compile(lambda x: x * 2.0, xp=Space())
    assert program(np.ones((3, 2))[:, 0]).tolist() == [2.0] * 3


def test_rows_that_fail_make_no_parameters_of_arguments():
    def cube(x):
        try:
            return x**3
        except OverflowError:
            return x

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for options in ({}, {"xp": np}):
            with pytest.raises(ValueError, match="to compute with parameters"):
                compile(cube, **options).backward({"x": [1.0, 1e200]})
