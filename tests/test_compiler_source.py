"""Program.source: what a person would have written."""

import ast
import builtins
import keyword

import pytest
from hypothesis import given, settings

from minigrad import Value, functions
from minigrad.compiler import compile
from minigrad.compiler.names import Names
from minigrad.functions import exp, hypot, log, primitive, relu, sigmoid, sin
from minigrad.testing import programs
from minigrad.transforms import grad, hessian, value_and_grad


def seven(a, b):
    c = a + b
    d = a * b + b**3
    e = c - d
    return e**2 / 2


def source(f, *args):
    program = compile(f)
    program(*args)
    return program.source


def test_the_seven_op_graph_and_its_slopes():
    assert source(value_and_grad(seven, argnums=(0, 1)), -41.0, 2.0) == (
        "def value_and_grad_of_seven(a, b):\n"
        "    t1 = a + b - (a * b + b ** 3.0)\n"
        "    t2 = 0.5 * (2.0 * t1)\n"
        "    return t1 ** 2.0 / 2.0, (t2 - t2 * b, -(t2 * (3.0 * b ** 2.0)) - t2 * a + t2)\n"
    )


def test_a_function_in_pieces_and_its_slopes():
    program = compile(grad(lambda x: x * x if x > 1 else (3 * x if x > 0 else -x)))
    for x in (2.0, 0.5, -1.0):
        program(x)
    assert program.source == (
        "def f(x):\n    if x > 1.0:\n        return x + x\n    if not x > 0.0:\n        return -1.0\n    return 3.0\n"
    )


def test_a_path_that_was_not_taken_yet_shows():
    assert source(lambda x: 2.0 * x if x > 1.0 else x, 3.0) == (
        "def f(x):\n    if not x > 1.0:\n        raise GuardFailed\n    return 2.0 * x\n"
    )


def test_a_loop_over_rows():
    w, b = Value(0.0), Value(0.0)

    def loss(x, y):
        return (w * x + b - y) ** 2

    program = compile(loss)
    program.backward([(1.0, 2.0)])
    assert program.source == (
        "def loss(x, y, w, b):\n"
        "    return (w * x + b - y) ** 2.0\n"
        "\n"
        "\n"
        "def loss_backward(rows, losses, bailed_out, share, parameters, gradients):\n"
        "    w, b = parameters\n"
        "    w_grad, b_grad = gradients\n"
        "    for x, y in reversed(rows):\n"
        "        t1 = w * x + b - y\n"
        "        t2 = share * (2.0 * t1)\n"
        "        losses.append(t1 ** 2.0)\n"
        "        w_grad += t2 * x\n"
        "        b_grad += t2\n"
        "    gradients[:] = w_grad, b_grad\n"
    )


@pytest.mark.parametrize(
    ("f", "line"),
    [
        (lambda x, y: (x + y) * 2.0, "(x + y) * 2.0"),
        (lambda x, y: x + (y + 1.0), "x + (y + 1.0)"),
        (lambda x, y: x + y + 1.0, "x + y + 1.0"),
        (lambda x, y: x - (y - 1.0), "x - (y - 1.0)"),
        (lambda x, y: x / (y * x), "x / (y * x)"),
        (lambda x, y: (-x) ** 2, "(-x) ** 2.0"),
        (lambda x, y: -(x**2), "-x ** 2.0"),
        (lambda x, y: (x**2) ** 3, "(x ** 2.0) ** 3.0"),
        (lambda x, y: x**-1, "x ** -1.0"),
        (lambda x, y: x**0.5, "pow(x, 0.5)"),
        (lambda x, y: x**y, "pow(x, y)"),
        (lambda x, y: -2.0 * x, "-2.0 * x"),
        (lambda x, y: (-2.0) ** (y * 4.0), "pow(-2.0, y * 4.0)"),
        (lambda x, y: x * -2.0, "x * -2.0"),
        (lambda x, y: x + -2.0, "x - 2.0"),
        (lambda x, y: abs(x - y), "abs(x - y)"),
        (lambda x, y: exp(-x) * sin(x + y), "exp(-x) * sin(x + y)"),
        (lambda x, y: relu(x) * 2.0, "(0.0 if x <= 0.0 else x) * 2.0"),
        (lambda x, y: hypot(x, relu(y)), "hypot(x, 0.0 if y <= 0.0 else y)"),
        (lambda x, y: functions.sum([x, y, 3.0]), "x + y + 3.0"),
        (lambda x, y: functions.mean([x, y]), "(x + y) / 2.0"),
        (lambda x, y: functions.dot([x, y], [2.0, y]), "x * 2.0 + y * y"),
        (lambda x, y: functions.prod([x, y, x]), "x * y * x"),
        (lambda x, y: 1.0 * x / 1.0, "x"),
        (lambda x, y: x - -y, "x + y"),
        (lambda x, y: Value(2.0) * 3.0 + x, "6.0 + x"),
        (lambda x, y: x * float("inf") + -float("inf"), "x * inf - inf"),
        (lambda x, y: (x, y), "x, y"),
        (lambda x, y: [x, (y,)], "[x, (y,)]"),
        (lambda x, y: {"p": x, 1: y, "a b": None}, "{'p': x, 1: y, constant: None}"),
        (lambda x, y: (), "()"),
    ],
)
def test_expressions_read_as_one_would_write_them(f, line):
    assert source(f, 0.5, 0.25).splitlines() == ["def f(x, y):", f"    return {line}"]


@pytest.mark.parametrize(
    ("f", "line"),
    [
        (lambda x: x**3, "3.0 * x ** 2.0"),
        (lambda x: x**2, "2.0 * x"),
        (lambda x: 5.0 * x, "5.0"),
        (lambda x: x / 4.0, "0.25"),
        (lambda x: x**0.5, "0.5 * pow(x, -0.5)"),
        (exp, "exp(x)"),
        (lambda x: sin(x) * 2.0, "2.0 * cos(x)"),
        (lambda x: 3.0 - x, "-1.0"),
        (relu, "1.0 if x > 0.0 else 0.0 if x <= 0.0 else nan"),
    ],
)
def test_slopes_read_as_one_would_write_them(f, line):
    assert source(grad(f), 0.5).splitlines()[-1] == f"    return {line}"


def test_common_expressions_are_named_once_and_in_order():
    def f(x, y):
        return sin(x * y) + (x * y) ** 2 + (y * x) * sin(x * y)

    assert source(f, 1.0, 2.0) == (
        "def f(x, y):\n    t1 = x * y\n    t2 = sin(t1)\n    return t2 + t1 ** 2.0 + t1 * t2\n"
    )


def test_what_a_template_repeats_is_computed_once():
    assert source(lambda x: relu(exp(x) - 1.0), 1.0) == (
        "def f(x):\n    t1 = exp(x) - 1.0\n    return 0.0 if t1 <= 0.0 else t1\n"
    )


# --- Names ----------------------------------------------------------------------------------------------------------


def test_arguments_keep_their_names_and_parts_get_theirs():
    def f(point, *rest, scale):
        return (point["x"] + point["y z"] + rest[0] + rest[1]) * scale[0]

    assert source(lambda: 0.0).startswith("def f():")
    program = compile(f)
    program({"x": 1.0, "y z": 2.0}, 3.0, 4.0, scale=[5.0])
    assert program.source.startswith("def f(point_x, x1, rest_1, rest_2, scale_0):")


def test_parameters_are_called_what_they_are_called():
    bias = Value(1.0)
    weights = {"slope": [Value(2.0), Value(3.0, label="second")]}

    def f(x):
        return weights["slope"][0] * x + weights["slope"][1] + bias

    assert source(f, 1.0).startswith("def f(x, weights_slope_0, second, bias):")


def test_a_variable_without_a_value_yet_is_no_trouble():
    def f(x):
        return later * x if x > 0.0 else now * x

    now = Value(3.0)
    program = compile(f)
    assert program(-1.0) == -3.0
    later = Value(2.0)
    assert program(1.0) == 2.0


def test_containers_that_hold_themselves_are_no_trouble():
    loop: list = [Value(2.0)]
    loop.append(loop)
    assert compile(lambda x: loop[1][0] * x)(3.0) == 6.0


def test_ops_and_arguments_of_one_name_get_along():
    def f(exp, t1, nan, math, abs, GuardFailed):  # noqa: A002, N803
        return functions.exp(exp) + t1 * t1 * sin(t1 * t1) + nan + math * builtins.abs(abs) + GuardFailed

    program = compile(f)
    args = (0.5, 2.0, 3.0, 4.0, -5.0, 6.0)
    assert program(*args) == program(*args) == f(*args)
    assert program.source.startswith("def f(exp, t1, nan_1, math_1, abs_1, GuardFailed_1):")
    assert "exp_1(exp)" in program.source


def test_a_function_named_like_what_it_calls_does_not_call_itself():
    def log(x):
        return functions.log(x)

    assert source(log, 2.0) == "def log_1(x):\n    return log(x)\n"


@pytest.mark.parametrize("name", ["rows", "losses", "i", "share", "len", "gradients", "_again", "_missing"])
def test_names_of_the_machinery_may_be_arguments_and_parameters(name):
    w = Value(2.0, label=name)
    scope = {"w": w}
    exec(f"def f({name}): return w * {name}", scope)
    program = compile(scope["f"])
    assert [program(3.0) for _ in range(2)] == [6.0] * 2
    assert (program.backward([(1.0,), (3.0,)]), w.grad) == (4.0, 2.0)


@pytest.mark.parametrize(
    "label",
    ["x); import os; (", "1", "", "a b", "lambda", "None", "__import__('os')", "w\n", "ﬁ", "'", '"""', "\\", "{0}"],
)
def test_a_label_is_a_name_or_nothing(label):
    w = Value(2.0, label=label)
    program = compile(lambda x: w * x)
    program.backward([(3.0,)])
    tree = ast.parse(program.source)
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    names |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    machinery = {"rows", "losses", "bailed_out", "share", "parameters", "gradients", "reversed"}
    assert names <= {"x", "p0", "p0_grad", "w", "w_grad", "fi", "fi_grad"} | machinery


def test_names_are_identifiers_and_each_is_given_once():
    names = Names(["x"])
    given = [names.new(wanted, "p") for wanted in ["x", "x", "x_1", None, 3, "if", "ﬁ", "fi", "é"]]
    assert given == ["x_1", "x_2", "x_1_1", "p", "p_1", "p_2", "fi", "fi_1", "é"]
    assert all(name.isidentifier() and not keyword.iskeyword(name) for name in given)


@pytest.mark.parametrize("text", ["'); import os; ('", "a\nb", "{x}", '"""'])
def test_text_among_the_results_is_never_part_of_the_source(text):
    program = compile(lambda x: {text: x, "k": text})
    assert program(1.0) == {text: 1.0, "k": text}
    assert text not in program.source


# --- Ops of one's own -----------------------------------------------------------------------------------------------


def test_an_op_with_a_template_is_printed_by_it():
    cube = primitive("cube", lambda x: x * x * x, lambda out, x: 3.0 * x * x, "{0} * {0} * {0}")
    assert source(lambda x: 2.0 / cube(x + 1.0), 1.0) == (
        "def f(x):\n    t1 = x + 1.0\n    return 2.0 / (t1 * t1 * t1)\n"
    )


def test_an_op_with_a_function_for_code_is_given_names():
    spread = primitive(
        "spread",
        lambda *xs: max(xs) - min(xs),
        lambda out, *xs: [float(x == max(xs)) - float(x == min(xs)) for x in xs],
        lambda names: f"max({', '.join(names)}) - min({', '.join(names)})",
    )

    def f(x, y, max):  # noqa: A002
        return 1.0 - spread(x + y, y, max)

    program = compile(f)
    assert [program(1.0, 5.0, 2.0) for _ in range(2)] == [-3.0] * 2
    assert program.source == (
        "def f(x, y, max_1):\n    t1 = x + y\n    return 1.0 - (max(t1, y, max_1) - min(t1, y, max_1))\n"
    )


def test_an_op_without_code_is_called_and_two_of_one_name_are_told_apart():
    first = primitive("same", lambda x: x + 1.0, lambda out, x: 1.0)
    second = primitive("same", lambda x: x * 10.0, lambda out, x: 10.0)
    program = compile(lambda x: first(second(x)))
    assert [program(2.0) for _ in range(2)] == [21.0] * 2
    assert program.source == "def f(x):\n    return same_1(same(x))\n"


def test_code_that_cannot_be_broken_may_be_long():
    code = "{0} + 1.0" + " * 1.0" * 30
    long = primitive("long", lambda x: x + 1.0, lambda out, x: 1.0, code)
    assert source(lambda x: long(x * x) * 2.0, 2.0) == (
        f"def f(x):\n    t1 = x * x\n    t2 = {code.format('t1')}\n    return t2 * 2.0\n"
    )


def test_an_op_that_eager_code_computes_for_nothing_may_still_raise():
    picky = primitive("picky", lambda x: 1.0 if x > 0.0 else 1.0 / 0.0, lambda out, x: 0.0)

    def f(x):
        from minigrad.machinery.recorder import note

        note(picky(x))
        return x

    program = compile(f)
    assert program(1.0) == 1.0
    with pytest.raises(ZeroDivisionError, match=r"^picky\(-1\.0\)"):
        program(-1.0)


# --- Size -----------------------------------------------------------------------------------------------------------


def longest(text):
    return max(map(len, text.splitlines()))


@settings(max_examples=40)
@given(programs(max_ops=30))
def test_no_line_is_longer_than_one_reads(program):
    args = tuple(range(len(program.point)))
    compiled = compile(value_and_grad(program, args))
    compiled(*program.point)
    assert longest(compiled.source) <= 100


@pytest.mark.parametrize(
    "f",
    [
        functions.sum,
        sum,
        lambda xs: functions.dot(xs, xs),
        lambda xs: hypot(*xs),
        lambda xs: [x * 2.0 for x in xs],
        lambda xs: {f"k{i}": (x, [x]) for i, x in enumerate(xs)},
        lambda xs: sigmoid(functions.logsumexp(xs)),
        sorted,
    ],
    ids=range(8),
)
def test_wide_functions_stay_narrow(f):
    xs = [i / 7 for i in range(300)]
    program = compile(f)
    eager = f(xs)
    assert [program(xs) for _ in range(2)] == [eager] * 2
    assert longest(program.source) <= 100


def test_a_matrix_of_second_derivatives_stays_narrow():
    program = compile(hessian(lambda xs: sum(log(x) * x for x in xs) * xs[0]))
    xs = [1.0 + i / 8 for i in range(8)]
    assert program(xs) == hessian(lambda xs: sum(log(x) * x for x in xs) * xs[0])(xs)
    assert longest(program.source) <= 100


def test_hundreds_of_parameters_stay_narrow():
    ws = [Value(float(i)) for i in range(300)]
    program = compile(lambda x: sum(w * x for w in ws))
    assert program.backward([(2.0,)]) == 2.0 * sum(range(300))
    assert longest(program.source) <= 100
    assert [w.grad for w in ws] == [2.0] * 300


def test_source_with_every_structure_has_a_function_for_each():
    program = compile(functions.sum)
    program([1.0])
    program([1.0, 2.0])
    assert [node.name for node in ast.parse(program.source).body] == ["sum", "sum"]
