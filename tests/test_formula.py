"""Formulas: what is one means what Python means by it; all else is refused with its place, and runs nothing."""

import math
import random
import re
import string
import sys

import pytest
from hypothesis import given, settings

from minigrad import Value, functions
from minigrad.fit.formula import Formula
from minigrad.fit.words import DEEPEST, FUNCTIONS, MOST
from minigrad.testing import TEMPLATES, programs
from minigrad.transforms import grad

NOT_CPYTHON = sys.implementation.name != "cpython"

# --- What is a formula ----------------------------------------------------------------------------------------------


def depth_of(text):
    """How many brackets stand within each other."""
    depths = [0]
    for letter in text:
        depths.append(depths[-1] + (letter in "([") - (letter in ")]"))
    return max(depths)


def inlined(program):
    """A program as one expression, or None if that is longer than a formula may be."""
    lines = []
    for line in program.lines:
        text = line
        for i in reversed(range(len(lines))):
            text = re.sub(rf"\bt{i + 1}\b", f"({lines[i]})", text)
        if len(text) > 1_500 or depth_of(text) > DEEPEST:
            return None
        lines.append(text)
    return lines[-1]


# What formulas have no words for: remainders by a sign, functions of two lists, and one of two results.
SAID = [t for t in TEMPLATES if not any(word in t.text for word in ("%", "sumprod", ")["))]


@given(programs(max_ops=8, templates=SAID))
@settings(max_examples=300)
def test_a_random_program_printed_as_a_formula_gives_the_same_numbers(program):
    text = inlined(program)
    if text is None:
        return
    formula = Formula(f"measured = {text}", ["measured", *program.names])
    numbers = dict(zip(program.names, program.point, strict=True))
    assert formula.parameters == ()
    assert formula.right(numbers) == program(*program.point)
    values = {name: Value(x) for name, x in numbers.items()}
    found = formula.right(values)
    assert (found.data if isinstance(found, Value) else found) == program(*program.point)


@given(programs(max_ops=5, max_inputs=1, templates=SAID))
@settings(max_examples=50)
def test_a_formula_has_the_gradient_of_its_program(program):
    text = inlined(program)
    if program.names and text is not None:
        (name,) = program.names
        formula = Formula(f"measured = {text}", ["measured"])
        assert formula.parameters == (name,)
        assert grad(lambda x: formula.right({name: x}))(*program.point) == pytest.approx(
            grad(program)(*program.point), rel=1e-9, abs=1e-9
        )


@pytest.mark.parametrize(
    ("text", "columns", "parameters"),
    [
        ("y = a * exp(-k * t) + c", ("y", "t"), ("a", "k", "c")),
        ("log(y) = b1 - b2*x1*exp(-b3*x2)", ("y", "x1", "x2"), ("b1", "b2", "b3")),
        ("y=b*pi*e", ("y",), ("b",)),
        ("  y\n =\t( a ) ", ("y",), ("a",)),
        ("y = where(x < 0 <= a, a * x, 2.5e-3)", ("y", "x"), ("a",)),
        ("y - x = sum([a, b, 1.]) + softmax([a, .5])[1]", ("y", "x"), ("a", "b")),
        ("température = a * x", ("température", "x"), ("a",)),
    ],
)
def test_names_that_are_columns_are_columns_and_others_parameters(text, columns, parameters):
    formula = Formula(text, ["t", "x", "x1", "x2", "y", "température"])
    assert (formula.columns, formula.parameters) == (columns, parameters)
    assert repr(formula) == f"Formula({text!r})"


def test_a_column_called_e_is_a_column():
    assert Formula("y = a * e", ["e", "y"]).right({"a": 2.0, "e": 5.0}) == 10.0
    assert Formula("y = a * e", ["y"]).right({"a": 1.0}) == math.e


def test_the_side_that_where_does_not_choose_is_left_alone():
    formula = Formula("y = where(x > 0, log(x), a)", ["x", "y"])
    assert formula.right({"x": -1.0, "a": 7.0}) == 7.0 and formula.right({"x": 1.0, "a": 7.0}) == 0.0


def test_every_function_of_the_op_table_can_be_called():
    assert {"abs", *functions.__all__} - {"OPS", "primitive"} == set(FUNCTIONS)


def test_whole_numbers_are_floats_so_no_power_of_them_takes_forever():
    formula = Formula("y = a * 9**9**9", ["y"])
    with pytest.raises(OverflowError):
        formula.right({"a": 1.0})


def test_a_root_of_a_negative_number_is_an_error_not_a_complex_number():
    formula = Formula("y = x ** a", ["x", "y"])
    assert formula.right({"x": -8.0, "a": 3.0}) == -512.0
    with pytest.raises(ValueError, match="no real root"):
        formula.right({"x": -8.0, "a": 0.5})


def test_a_long_sum_is_a_formula():
    count = MOST // 2 - 3
    formula = Formula("y = " + " + ".join(["a"] * count), ["y"])
    assert formula.right({"a": 1.0}) == count


# --- What is none ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("y = a * x.real", 10, "got '.'"),
        ("y = a.b", 6, "got '.'"),
        ("y = __import__('os')", 5, "got '__import__'"),
        ("y = open(x)", 5, "one of the functions"),
        ("y = x(1)", 5, "one of the functions"),
        ("y = exp(x)(1)", 5, "one of the functions"),
        ("y = (lambda: 1)()", 6, "no word of Python"),
        ("y = a if x else b", 7, "where(condition, a, b) chooses"),
        ("y = None", 5, "no word of Python"),
        ("y = [a for a in x]", 8, "no word of Python"),
        ("y = f'{x}'", 6, 'got "\'"'),
        ("y = 1j * x", 5, "got '1'"),
        ("y = 2x", 5, "got '2'"),
        ("y = 0x1f", 5, "got '0'"),
        ("y = 1_000", 5, "got '1'"),
        ("y = 007 * x", 5, "invalid syntax" if NOT_CPYTHON else "leading zeros"),
        ("y = a # x", 7, "got '#'"),
        ("y = a; b", 6, "got ';'"),
        ("y = x \\\n", 7, "got '\\\\'"),
        ("y = a @ x", 7, "got '@'"),
        ("y = a // x", 5, "got 'a // x'"),
        ("y = a, x", 5, "got 'a, x'"),
        ("y = ()", 5, "got '()'"),
        ("y = a < x", 5, "got 'a < x'"),
        ("y = [x]", 5, "got '[x]'"),
        ("y = x[0]", 5, "got 'x[0]'"),
        ("y = exp([x])", 9, "numbers in exp(...)"),
        ("y = sum(x)", 9, "sum([...]), a list in brackets"),
        ("y = sum([[x]])", 10, "got '[x]'"),
        ("y = exp(x, x)", 5, "the operands of exp"),
        ("y = exp(*x)", 9, "got '*x'"),
        ("y = exp(**x)", 5, "one of the functions"),
        ("y = where(x, 1, 2)", 5, "where(x > 0, a, b)"),
        ("y = where(x > 1, 2)", 5, "where(x > 0, a, b)"),
        ("y = exp * x", 5, "exp(...), for that is a function"),
        ("y = softmax([x, 1])", 5, "softmax([...])[0]"),
        ("y = softmax([x, 1])[2]", 21, "a whole number from 0 to 1"),
        ("y = softmax([x, 1])[a]", 21, "a whole number from 0 to 1"),
        ("y = softmax(x)[0]", 5, "got 'softmax(x)[0]'"),
        ("y = (a * x", 5, "was never closed"),
        ("y = a * x)", 10, "unmatched ')'"),
        ("y = a *", 5, "invalid syntax"),
        ("y = ", 5, "a formula on both sides"),
        (" = a", 2, "a formula on both sides"),
        ("y", 2, "one = between"),
        ("y = a = b", 7, "another ="),
        ("y == a", 7, "one = between"),
        ("b = a * x", 1, "columns on the left side (x, y)"),
        ("1 = a * x", 1, "a column on the left side"),
        ("y = 1e999 * x", 5, "a number that a float can hold"),
        ("y = 1" + "0" * 400, 5, "a number that a float can hold"),
        ("y = 1" + "0" * 5000, 5, "a formula as in Python"),
        ("y = " + "(" * 60 + "x" + ")" * 60, 55, "at most 50 brackets"),
        ("y = " + "-" * 9000 + "x", 1003, "at most 1000 words"),
        ("y = " + "+".join(["x"] * 9000), 1003, "at most 1000 words"),
        ("y = \u0435\u0445\u0440(x)", 5, "CYRILLIC SMALL LETTER IE"),
        ("y = \uff45\uff58\uff50(x)", 5, "FULLWIDTH LATIN SMALL LETTER E"),
        ("y = a \u2212 x", 7, "got '\u2212'"),
        ("y = x \u00d7 a", 7, "got '\u00d7'"),
        ("y = \u0661 * x", 5, "got '\u0661'"),
        ("y = x\0", 6, "got '\\x00'"),
        ("y = \ud800", 5, "got '\\ud800'"),
        ("y\u00a0= x", 2, "got '\\xa0'"),
    ],
)
def test_what_is_no_formula_is_refused_with_its_place(text, place, message):
    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        Formula(text, ["x", "y"])
    found_by_python = "as in Python (" in str(caught.value)  # and each Python points where it thinks best
    assert f"at character {place} here: " in str(caught.value) or (found_by_python and NOT_CPYTHON)
    assert len(str(caught.value)) < 500 and ">>" in str(caught.value)


def test_a_formula_is_text():
    with pytest.raises(TypeError, match="a formula as text, got 3"):
        Formula(3, ["x"])


def test_a_column_that_python_reads_otherwise_is_to_be_renamed():
    with pytest.raises(ValueError, match="Python reads as it is written; rename it"):
        Formula("y = a * \u00b5", ["\u00b5", "y"])  # the micro sign, which Python reads as the Greek letter
    with pytest.raises(ValueError, match="rename the column"):
        Formula("y = a * class", ["class", "y"])


def test_a_formula_that_ast_gives_up_on_is_refused(monkeypatch):
    def give_up(*args, **kwargs):
        raise RecursionError

    monkeypatch.setattr("minigrad.fit.formula.ast.parse", give_up)
    with pytest.raises(ValueError, match="nested less deeply"):
        Formula("y = a", ["y"])


HOSTILE = [
    "__import__('os').system('touch {})",
    "().__class__.__base__.__subclasses__()",
    "open('{}', 'w')",
    "exec('1')",
    "eval('1')",
    "(lambda: 1)()",
    "[c for c in x]",
    "{{1: 2}}",
    "x if x else x",
    "x := 3",
    "f'{{x}}'",
    "globals()",
    "getattr(x, 'real')",
    "exp.__globals__",
    "x.__class__",
    "yield x",
    "await x",
    "breakpoint()",
    "...",
    "x or x",
    "not x",
    "x is x",
    "~x",
    "x << 2",
    "\uff58",
    "\u0435\u0445\u0440(x)",
    "x[0:1]",
    "print(x)",
    "input()",
    "'x' * 9",
    '"x"',
    "b'x'",
    "*x",
    "True",
    "_",
    "__builtins__",
    "primitive(x, x, x)",
    "exp(x=1)",
    "eval(x)",
    "exec(x)",
    "open(x)",
    "input(x)",
    "getattr(x, y)",
    "vars(x)",
]


def hostile(rng):
    """Text that wants more than a formula may: one of the above somewhere in one, or noise, or very long or deep."""
    kind = rng.randrange(4)
    bad = rng.choice(HOSTILE).format("hacked")
    if kind == 0:
        return f"y = a * {'(' * (depth := rng.randrange(3))}{bad}{')' * depth} + x"
    if kind == 1:
        return f"y = exp({bad})"
    if kind == 2:
        noise = "".join(
            [
                rng.choice(string.printable + "\u0435\u0445\u0440\u2212\u00d7\uff10\uff45\u200b\ufeff\0")
                for _ in range(rng.randrange(30))
            ]
        )
        return f"y = {noise} {bad}"
    deep = rng.choice(["(", "-", "x**", "exp(", "sum([", "where(x<1,", "x+"])
    return "y = " + deep * rng.randrange(2_000, 20_000) + bad


@pytest.mark.parametrize("seed", range(10))
def test_a_thousand_hostile_texts_are_refused_and_run_nothing(seed, monkeypatch):
    rng, events = random.Random(seed), []
    watched = {"open", "exec", "os.system", "import", "subprocess.Popen", "os.exec", "builtins.input"}
    HOOK["events"] = events
    texts = [hostile(rng) for _ in range(100)]
    before = sys.getrecursionlimit()
    for text in texts:
        events.clear()
        with pytest.raises(ValueError, match=r"at character \d+ here: "):
            Formula(text, ["x", "y"])
        assert not watched.intersection(events)
    HOOK["events"] = None
    assert sys.getrecursionlimit() == before


HOOK = {"events": None}


def _hook(event, _args):
    if HOOK["events"] is not None:
        HOOK["events"].append(event)


sys.addaudithook(_hook)
