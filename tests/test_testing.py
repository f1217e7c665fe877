"""The strategies: what they draw, what it prints as, and that tests written with them catch a wrong rule."""

import ast
import builtins
import importlib
import math
import sys

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis.errors import NoSuchExample, Unsatisfiable

import minigrad
from minigrad import functions
from minigrad.engine import Value
from minigrad.functions import OPS, primitive
from minigrad.gradcheck import gradcheck
from minigrad.machinery.trees import mapped, numbers_in
from minigrad.testing import TEMPLATES, Model, Program, Template, models, programs, values
from minigrad.transforms import grad


def template_of(text):
    (template,) = [template for template in TEMPLATES if template.text == text]
    return template


# --- Values ---------------------------------------------------------------------------------------------------------


@given(values(-2.0, 3.0))
def test_values_are_finite_leaves_within_the_bounds(x):
    assert type(x) is Value
    assert -2.0 <= x.data <= 3.0
    assert (x.op, x.grad, x.label) == (None, 0.0, None)


# --- Programs -------------------------------------------------------------------------------------------------------


def test_every_function_of_the_library_has_a_template():
    called = {
        node.func.id for template in TEMPLATES for node in ast.walk(parsed(template)) if isinstance(node, ast.Call)
    }
    assert called - {"abs"} == {*functions.__all__} - {"OPS", "primitive", "isclose", "isfinite", "isinf", "isnan"}


def test_every_operator_has_a_template():
    found = {type(node.op) for template in TEMPLATES for node in ast.walk(parsed(template)) if hasattr(node, "op")}
    assert found == {ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Mod, ast.Pow, ast.USub}


def parsed(template):
    return ast.parse(template.text.format("a", "b", "c", "d"), mode="eval")


def test_a_row_knows_how_many_operands_it_has():
    assert [Template(text).arity for text in ("f()", "f({})", "{} + {}", "f({1}, {0}, {1})")] == [0, 1, 2, 2]
    assert repr(Template("f({})")) == "Template('f({})')"


@given(programs(max_ops=10))
def test_a_program_prints_as_python_that_runs_and_gives_what_it_gives(program):
    scope = {}
    text = repr(program)
    exec(text, scope)
    assert scope["program"](*program.point) == program(*program.point)
    assert text.endswith(f"\nprogram({', '.join(map(repr, program.point))})")
    assert str(program) == text


def test_a_program_of_operators_alone_imports_nothing():
    assert repr(Program(["x"], ["abs(x)", "t1 * x"], [2.0])) == (
        "def program(x):\n    t1 = abs(x)\n    return t1 * x\n\nprogram(2.0)"
    )


@given(programs(min_ops=3, max_ops=9, max_inputs=2))
def test_all_that_a_program_computes_has_a_part_in_its_result(program):
    tree = ast.parse(program.source)
    loaded = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    stored = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    assert stored | set(program.names) <= loaded
    assert 3 <= len(program) <= 9 + 8
    assert 1 <= len(program.point) == len(program.names) <= 2


@given(programs())
def test_a_program_runs_on_values_as_on_floats(program):
    result = program(*[Value(x) for x in program.point])
    assert isinstance(result, Value)
    assert result.data == program(*program.point)
    assert math.isfinite(result.data)


def test_a_program_runs_with_any_table_of_functions():
    program = Program(["x", "y"], ["sin(x)", "pow(t1, y)"], [0.5, 2.0])
    assert program.run(vars(math), 0.5, 2.0) == math.sin(0.5) ** 2
    assert program.run({"sin": lambda x: x + 10, "pow": lambda x, y: (x, y)}, 1, 2) == (11, 2)


def test_many_inputs_have_numbered_names():
    program = find(programs(min_ops=6, max_inputs=6), lambda program: "x0" in program.names, settings=QUICK)
    assert set(program.names) <= {f"x{i}" for i in range(6)}


def test_a_hundred_programs_call_nearly_every_function():
    called = set()

    @settings(max_examples=100)
    @given(programs())
    def collect(program):
        called.update(node.func.id for node in ast.walk(ast.parse(program.source)) if isinstance(node, ast.Call))

    collect()
    assert len(called & {*functions.__all__}) >= 0.9 * (len(functions.__all__) - 2)


def test_large_programs_are_large_and_share_what_they_compute():
    program = find(programs(min_ops=200, max_ops=300), lambda program: True, settings=QUICK)
    assert len(program) >= 200
    assert all(math.isfinite(partial) for partial in grad(program, tuple(range(len(program.point))))(*program.point))


def test_functions_of_a_users_own_can_be_in_programs():
    cube = primitive("cube", lambda x: x**3, lambda out, x: 3.0 * x * x)
    templates = [Template("cube({})"), Template("{} * {}")]

    @given(programs(templates, {"cube": cube}, max_ops=6))
    def check(program):
        assert {call.split("(")[0] for call in program.lines if "(" in call} <= {"cube"}
        assert gradcheck(lambda *xs: program.run({"cube": cube}, *xs), *program.point)

    check()


def test_a_row_that_is_not_defined_anywhere_makes_no_program():
    def never(x):
        raise ValueError

    with pytest.raises(Unsatisfiable):
        find(
            programs([Template("never({})")], {"never": never}, max_ops=2),
            lambda program: True,
            settings=settings(max_examples=3),
        )


# --- A wrong rule is caught -----------------------------------------------------------------------------------------

# As many examples as a claim needs, however few the others are to have.
QUICK = settings(phases=[Phase.generate], max_examples=max(100, settings().max_examples))
SHRUNK = settings(QUICK, phases=[Phase.generate, Phase.shrink])


@pytest.fixture
def plant(monkeypatch):
    """Makes the rule of an op wrong by one part in a million."""

    def make_wrong(name):
        right = OPS[name].partials

        def wrong(out, *operands):
            partials = right(out, *operands)
            return (
                partials * 1.000001 if len(operands) == 1 else [partial and partial * 1.000001 for partial in partials]
            )

        monkeypatch.setattr(OPS[name], "partials", wrong)

    return make_wrong


def fails(program):
    return gradcheck(program, *program.point).verdict == "fail"


@pytest.mark.parametrize("name", ["exp", "tanh", "sqrt", "atan2", "erf", "silu"])
def test_a_planted_wrong_rule_is_caught_and_shrinks_to_a_program_of_one_op(plant, name):
    plant(name)
    program = find(programs(), fails, settings=SHRUNK)
    assert len(program) == 1
    assert program.source.splitlines()[1].startswith(f"    return {name}(")


# A planted rule gives a multiple of the right derivative, and that of a step is 0.
NOT_PLANTED = ("sign", "pow", "floor", "ceil", "trunc")
TEMPLATES_OF_OPS = [
    template
    for template in TEMPLATES
    if template.text.partition("(")[0] in OPS and not template.text.startswith(NOT_PLANTED)
]


@pytest.mark.parametrize("template", TEMPLATES_OF_OPS, ids=repr)
def test_a_wrong_rule_is_caught_in_any_op_that_has_a_template(plant, template):
    plant(template.text.partition("(")[0])
    nearby = [template, template_of("{} + {}"), template_of("{} * {}"), template_of("exp({})")]
    assert fails(find(programs(nearby), fails, settings=QUICK))


def test_nothing_is_caught_where_nothing_is_planted():
    with pytest.raises(NoSuchExample):
        find(programs(), fails, settings=QUICK)


# --- Models ---------------------------------------------------------------------------------------------------------


@given(models())
def test_a_model_prints_as_python_that_makes_the_same(model):
    again = eval(repr(model), {"Model": Model})
    assert repr(again) == repr(model)
    assert again.loss(again.weights) == model.loss(model.weights)


@given(models())
def test_the_parameters_of_a_model_are_always_the_same_and_give_the_same_loss(model):
    parameters = model.parameters()
    assert [x.data for x in parameters] == numbers_in(model.weights)
    assert all(x is y for x, y in zip(parameters, model.parameters(), strict=True))
    assert model.loss().data == model.loss(model.weights)


@given(models())
def test_the_two_ways_to_a_gradient_of_a_model_agree(model):
    model.loss().backward()
    assert [x.grad for x in model.parameters()] == pytest.approx(
        numbers_in(grad(model.loss)(model.weights)), rel=1e-12, abs=1e-12
    )


@given(models(max_inputs=2, max_hidden=0, max_rows=3))
def test_models_without_hidden_neurons_are_lines(model):
    ((row,),) = model.weights
    for inputs, _ in model.rows:
        expected = row[0] + sum(w * x for w, x in zip(row[1:], inputs, strict=True))
        assert model.predict(model.weights, inputs) == pytest.approx(expected, rel=1e-12, abs=1e-12)
    assert len(row) <= 3
    assert len(model.rows) <= 3


def test_a_model_of_known_weights_predicts_what_it_should():
    model = Model([[[0.5, 1.0, -1.0]], [[1.0, 2.0]]], "tanh", [((3.0, 2.0), 0.0)])
    assert model.predict(model.weights, (3.0, 2.0)) == 1.0 + 2.0 * math.tanh(1.5)
    assert model.loss(mapped(lambda w: 0.0, model.weights)) == 0.0


@given(models())
def test_a_small_step_downhill_does_not_raise_the_loss(model):
    before, partials = model.loss(model.weights), iter(numbers_in(grad(model.loss)(model.weights)))
    after = model.loss(mapped(lambda w: w - 1e-6 * next(partials), model.weights))
    assert after <= before * (1.0 + 1e-15)


# --- Without Hypothesis ---------------------------------------------------------------------------------------------


def test_importing_it_without_hypothesis_says_how_to_install_it(monkeypatch):
    for name in [name for name in sys.modules if name.startswith("minigrad.testing")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "hypothesis", None)
    with pytest.raises(ImportError, match=r"pip install hypothesis"):
        importlib.import_module("minigrad.testing")
    assert "hypothesis" not in vars(minigrad)
    assert builtins.sum is sum
