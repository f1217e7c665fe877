"""grad, value_and_grad, jacobian, hessian and hvp: structures, nesting, other arguments, errors."""

import inspect
import math
import pickle
import threading
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from optional import np

from minigrad.compiler import compile
from minigrad.engine import Value
from minigrad.functions import exp, primitive, sin
from minigrad.machinery.trees import is_number, mapped, named_numbers, numbers_in
from minigrad.testing import models, programs
from minigrad.transforms import grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp

numbers = st.integers(-30, 30).map(lambda n: n / 10)


class Point(NamedTuple):
    x: float
    y: float


def quadratic(p):
    return 3.0 * p[0] ** 2 + 2.0 * p[0] * p[1] + p[1] ** 3


# --- Structures -----------------------------------------------------------------------------------------------------


def test_a_gradient_has_the_shape_of_its_argument():
    def f(tree):
        return tree["w"][0] * tree["w"][1].x + tree["b"][0][0] * tree["w"][1].y

    tree = {"w": [2.0, Point(3.0, 5.0)], "b": ([7.0],), "none": []}
    assert grad(f)(tree) == {"w": [3.0, Point(2.0, 7.0)], "b": ([5.0],), "none": []}
    assert type(grad(f)(tree)["w"][1]) is Point


def test_floats_in_give_floats_out():
    value, derivative = value_and_grad(lambda x: x * x)(3.0)
    assert (type(value), value, type(derivative), derivative) == (float, 9.0, float, 6.0)


@pytest.mark.parametrize("number", [3, Fraction(3), True + 2])
def test_every_real_number_can_be_differentiated_by(number):
    assert grad(lambda x: x * x)(number) == 6.0


def test_an_argument_is_left_as_it_was():
    point = {"x": [1.0, 2]}
    grad(lambda p: p["x"][0] * p["x"][1])(point)
    assert repr(point) == "{'x': [1.0, 2]}"


def test_a_tuple_of_argnums_gives_a_tuple_in_its_order():
    def f(x, y, z):
        return x * y**2 * z

    assert grad(f, argnums=1)(2.0, 3.0, 5.0) == 60.0
    assert grad(f, argnums=(2, 0))(2.0, 3.0, 5.0) == (18.0, 45.0)
    assert grad(f, argnums=(1,))(2.0, 3.0, 5.0) == (60.0,)


def test_a_jacobian_has_the_shape_of_the_result_and_in_it_that_of_the_argument():
    def f(x, y):
        return {"product": x * y[0], "pair": (y[1], 4)}

    assert jacobian(f)(2.0, [3.0, 5.0]) == {"product": 3.0, "pair": (0.0, 0.0)}
    assert jacobian(f, argnums=(0, 1))(2.0, [3.0, 5.0]) == {
        "product": (3.0, [2.0, 0.0]),
        "pair": ((0.0, [0.0, 1.0]), (0.0, [0.0, 0.0])),
    }


def test_a_jacobian_of_one_number_is_the_gradient():
    assert jacobian(quadratic)([1.0, 2.0]) == grad(quadratic)([1.0, 2.0]) == [10.0, 14.0]


def test_a_hessian_has_the_shape_of_the_argument_twice():
    assert hessian(quadratic)([1.0, 2.0]) == [[6.0, 2.0], [2.0, 12.0]]
    assert hessian(lambda p: p["a"] ** 2 * p["b"])({"a": 3.0, "b": 5.0}) == {
        "a": {"a": 10.0, "b": 6.0},
        "b": {"a": 6.0, "b": 0.0},
    }
    assert hessian(lambda x, y: x * x * y, argnums=(0, 1))(3.0, 5.0) == ((10.0, 6.0), (6.0, 0.0))


@given(st.lists(numbers, min_size=2, max_size=2), st.lists(numbers, min_size=2, max_size=2))
def test_hvp_is_the_hessian_times_the_vector(x, v):
    rows = hessian(quadratic)(x)
    assert hvp(quadratic, x, v) == pytest.approx([a * v[0] + b * v[1] for a, b in rows], rel=1e-14, abs=1e-14)


def test_hvp_takes_further_arguments_and_any_shape():
    def f(p, power, *, scale):
        return scale * p["a"] ** power * p["b"][0]

    assert hvp(f, {"a": 3.0, "b": [5.0]}, {"a": 1.0, "b": [10.0]}, 2, scale=2.0) == {"a": 140.0, "b": [12.0]}


def test_hvp_does_not_form_the_hessian():
    calls = 0

    def f(xs):
        nonlocal calls
        calls += 1
        return sum([x * x * y for x, y in pairwise(xs)], 0.0)

    n = 300
    product = hvp(f, [1.0] * n, [1.0] * n)
    assert product[:2] + product[-1:] == [4.0, 6.0, 2.0]
    assert calls == 1


# --- What does not depend on the argument ---------------------------------------------------------------------------


@pytest.mark.parametrize("constant", [4, 4.0, Fraction(4)])
def test_the_gradient_of_a_constant_is_zero(constant):
    assert repr(value_and_grad(lambda x: constant)(1.0)) == "(4.0, 0.0)"
    assert repr(hessian(lambda x: constant)(1.0)) == "0.0"
    assert repr(hvp(lambda x: constant, 1.0, 1.0)) == "0.0"


def test_the_hessian_of_a_linear_function_is_zero():
    assert repr(hessian(lambda x: 3.0 * x[0] + x[1])([1.0, 2.0])) == "[[0.0, 0.0], [0.0, 0.0]]"


def test_no_numbers_give_no_derivatives():
    assert grad(lambda xs: 3.0)([]) == []
    assert jacobian(lambda x: [])(1.0) == []
    assert hvp(lambda xs: 3.0, [], []) == []


# --- Nesting --------------------------------------------------------------------------------------------------------


def test_perturbations_are_not_confused():
    assert grad(lambda x: x * grad(lambda y: x + y)(1.0))(1.0) == 1.0
    assert grad(lambda x: x * grad(lambda y: x * y * y)(3.0))(2.0) == 24.0
    assert grad(lambda x: grad(lambda y: x * y)(x))(5.0) == 1.0
    assert grad(grad(lambda x: x * grad(lambda y: x * x * y)(x)))(2.0) == 12.0


def test_nested_derivatives_of_any_order():
    f = lambda x: sin(x) * exp(x * x)  # noqa: E731  # the formula is the name
    third = grad(grad(grad(f)))(0.7)
    assert third == pytest.approx(20.8853727806937, rel=1e-13)
    assert type(third) is float


def test_values_in_give_values_out_that_can_be_differentiated_again():
    x = Value(3.0)
    derivative = grad(lambda x: x**3)(x)
    derivative.backward()
    assert (derivative.data, x.grad) == (27.0, 18.0)


def test_values_come_out_for_a_value_even_where_the_result_does_not_depend_on_it():
    value, derivative = value_and_grad(lambda x: 4.0)(Value(1.0))
    assert (value.data, derivative.data) == (4.0, 0.0)


def test_an_argument_that_is_known_from_elsewhere_too_is_two_variables():
    x = Value(3.0)
    assert grad(lambda y: x * y)(x).data == 3.0


def test_a_value_from_elsewhere_makes_the_result_depend_on_it():
    w = Value(2.0)
    derivative = grad(lambda x: w * x * x)(3.0)
    derivative.backward()
    assert (derivative.data, w.grad) == (12.0, 6.0)


def test_floats_and_values_may_stand_side_by_side():
    w = Value(2.0)
    gradient = grad(lambda p: p[0] * p[1] ** 2)([3.0, w])
    assert [derivative.data for derivative in gradient] == [4.0, 12.0]
    gradient[0].backward()
    assert w.grad == 4.0


def test_gradients_of_somebody_elses_values_stay_as_they_are():
    w = Value(2.0)
    y = w * 3.0
    y.backward()
    y.grad, w.grad = 5.0, 7.0
    value_and_grad(lambda x: y * x)(3.0)
    hvp(lambda x: y * x * x, 3.0, 1.0)
    assert (y.grad, w.grad) == (5.0, 7.0)


def test_a_backward_inside_the_function_does_no_harm():
    def f(x):
        y = x * x
        y.backward()
        return y

    assert grad(f)(3.0) == 6.0


def test_a_result_that_was_seen_by_nobody_else_rests_on_no_leaf():
    order = [grad(lambda x: 3.0 * x)(Value(2.0)), grad(lambda x: x * grad(lambda y: x * y * y)(1.0))(Value(2.0))]
    assert order[0].op is not None
    assert order[0].parents == ()


@given(programs())
def test_values_give_the_derivatives_that_floats_give(program):
    n = len(program.point)
    everything = tuple(range(n))
    floats = grad(program, everything)(*program.point)
    traced = grad(program, everything)(*[Value(x) for x in program.point])
    assert [derivative.data for derivative in traced] == pytest.approx(list(floats), rel=1e-12, abs=1e-12)


@given(models())
def test_a_hessian_is_symmetric_and_hvp_gives_its_columns(model):
    weights = model.weights
    n = len(numbers_in(weights))
    full = [numbers_in(row) for row in numbers_in_rows(hessian(model.loss)(weights), weights)]
    scale = max(abs(h) for row in full for h in row)
    for j in range(n):
        unit = iter([float(i == j) for i in range(n)])
        column = numbers_in(hvp(model.loss, weights, mapped(lambda _, unit=unit: next(unit), weights)))
        assert column == pytest.approx([row[j] for row in full], rel=1e-12, abs=1e-13 * scale)
        assert column == pytest.approx(full[j], rel=1e-11, abs=1e-13 * scale)


def numbers_in_rows(tree, structure):
    """The rows of a Hessian: a tree of that structure at each place of the structure."""
    if isinstance(structure, list):
        return [row for branch, part in zip(tree, structure, strict=True) for row in numbers_in_rows(branch, part)]
    return [tree]


def test_threads_do_not_meet():
    found = {}

    def work(k):
        found[k] = [hessian(lambda x: x[0] ** 3 * float(k) * x[1])([1.0, 2.0])[0][0] for _ in range(50)]

    threads = [threading.Thread(target=work, args=(k,)) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {k: [12.0 * k] * 50 for k in range(8)}


def test_a_graph_of_any_depth():
    def f(x):
        for _ in range(20_000):
            x = x + 1.0
        return x * x

    assert value_and_grad(f)(1.0) == (20_001.0**2, 2.0 * 20_001.0)
    assert hvp(f, 1.0, 1.0) == 2.0


# --- Other arguments ------------------------------------------------------------------------------------------------


def test_what_is_not_differentiated_by_comes_through_untouched():
    seen = []

    def f(name, x, flag, *rest, mode=None):
        seen.extend([name, flag, *rest, mode])
        return x * x

    marker = object()
    assert grad(f, argnums=1)("name", 3.0, True, None, marker, mode=[1, "a"]) == 6.0
    assert seen == ["name", True, None, marker, [1, "a"]]
    assert seen[1] is True


def test_the_signature_is_that_of_the_function():
    def loss(w, b=1.0):
        return w * b

    assert str(inspect.signature(grad(loss))) == "(w, b=1.0)"
    assert hessian(loss).__name__ == "jacobian_of_grad_of_loss"


# --- Errors ---------------------------------------------------------------------------------------------------------


def returns(x):
    return lambda _: x


@pytest.mark.parametrize("result", [[1.0], (1.0,), {"a": 1.0}, None, "text", 1j])
def test_a_function_that_returns_no_number_is_refused_with_the_remedy(result):
    message = rf"expected <lambda> to return one number, got .*{type(result).__name__}.*; return the loss .* jacobian"
    for transform in (grad, value_and_grad, hessian):
        with pytest.raises(TypeError, match=message):
            transform(returns(result))(1.0)
    with pytest.raises(TypeError, match=message):
        hvp(returns(result), 1.0, 1.0)


def test_a_jacobian_of_what_is_no_number_is_refused():
    with pytest.raises(TypeError, match=r"to return one number, got None \(NoneType\)"):
        jacobian(returns([1.0, None]))(1.0)


@pytest.mark.parametrize("argument", ["3", None, [1.0, "sgd"], {"w": 1j}, {1.0}])
def test_an_argument_that_is_no_number_is_refused_with_its_position(argument):
    with pytest.raises(TypeError, match=r"cannot differentiate by argument 1: expected a real number, got .*argnums"):
        grad(lambda x, y: x, argnums=1)(1.0, argument)


@pytest.mark.parametrize("args", [(), (1.0,)])
def test_an_argument_that_is_not_there_is_named(args):
    with pytest.raises(TypeError, match=rf"expected argument 1, to differentiate by, got {len(args)} by position"):
        grad(lambda x, y: x, argnums=1)(*args, y=1.0)


@pytest.mark.parametrize("argnums", [-1, (), (0, 0), "x", 1.0, None, True, [0], ("x",)])
def test_argnums_that_are_no_positions_are_refused_at_once(argnums):
    with pytest.raises(ValueError, match=r"expected argnums to be a position or a tuple of different ones"):
        grad(quadratic, argnums)


def test_a_number_in_place_of_a_function_is_refused_with_the_remedy():
    with pytest.raises(TypeError, match=r"expected a function, got 3\.0 \(float\); write grad\(f\)\(x\)"):
        grad(3.0)


@pytest.mark.parametrize("v", [1.0, [1.0], [1.0, 2.0, 3.0], (1.0, 2.0)])
def test_hvp_refuses_a_vector_of_another_shape(v):
    with pytest.raises(ValueError, match=r"expected v in the structure of x, got .* for .*; give one number for each"):
        hvp(quadratic, [1.0, 2.0], v)


def test_an_error_of_the_function_comes_through():
    with pytest.raises(ZeroDivisionError):
        grad(lambda x: 1.0 / x)(0.0)


# --- Trees ----------------------------------------------------------------------------------------------------------


def test_trees_are_walked_in_one_order():
    tree = {"b": [1.0, (2, True)], "a": Point(Value(3.0), "text")}
    assert [name for name, _ in named_numbers("t", tree)] == ["t['b'][0]", "t['b'][1][0]", "t['a'][0]"]
    assert [x for _, x in named_numbers("t", tree)] == [1.0, 2.0, 3.0]
    assert [x for x in numbers_in(tree) if is_number(x)] == [1.0, 2, tree["a"].x]
    assert mapped(str, {"b": [1.0, (2,)]}) == {"b": ["1.0", ("2",)]}


def test_nan_and_infinity_are_numbers():
    assert grad(lambda x: x * 2.0)(math.inf) == 2.0
    assert math.isnan(grad(lambda x: x * x)(math.nan))


def test_labels_that_the_function_gives_are_kept():
    w = Value(3.0, label="w")

    def f(x):
        x.label = "x"
        return x * w

    y, derivative = value_and_grad(f)(2.0)
    assert [x.label for x in y.operands] == ["x", "w"] and (y.data, derivative.data) == (6.0, 3.0)


# --- jvp and vjp ----------------------------------------------------------------------------------------------------


def mixed(p, q):
    return {"product": p[0] * q, "sum": [sin(p[0]) + p[1] * q, exp(p[1])]}


PRIMALS, TANGENTS = ([0.5, -1.5], 2.0), ([1.0, 10.0], -3.0)


def test_jvp_is_the_jacobian_times_the_tangents():
    output, along = jvp(mixed, PRIMALS, TANGENTS)
    assert output == mixed(*PRIMALS)
    rows = jacobian(mixed, argnums=(0, 1))(*PRIMALS)
    expected = [
        sum(d * t for d, t in zip(numbers_in(row), numbers_in(TANGENTS), strict=True))
        for row in (rows["product"], *rows["sum"])
    ]
    assert mapped(lambda _: 0, along) == mapped(lambda _: 0, output)
    assert numbers_in(along) == pytest.approx(expected, rel=1e-15)


def test_vjp_takes_a_vector_back_to_the_arguments():
    output, pull_back = vjp(mixed, *PRIMALS)
    assert output == mixed(*PRIMALS)
    rows = jacobian(mixed, argnums=(0, 1))(*PRIMALS)
    for k, row in enumerate((rows["product"], *rows["sum"])):
        v = [float(k == i) for i in range(3)]
        assert pull_back({"product": v[0], "sum": v[1:]}) == row
    assert vjp(lambda x: [x, 2.0], 3.0)[1]([5.0, 7.0]) == 5.0  # of one argument it is no tuple


def test_vjp_runs_the_function_once():
    runs = []

    def counted(x):
        runs.append(x)
        return x * x

    _, pull_back = vjp(counted, 3.0)
    assert [pull_back(1.0), pull_back(10.0)] == [6.0, 60.0]
    assert len(runs) == 1


@given(programs(max_ops=8, max_inputs=2))
def test_jvp_agrees_with_the_gradient_of_any_program(program):
    point, tangents = program.point, tuple(range(1, len(program.point) + 1))
    partials = grad(program, argnums=tuple(range(len(point))))(*point)
    output, along = jvp(program, point, tangents)
    assert output == program(*point)
    scale = 1.0 + sum(abs(d * t) for d, t in zip(partials, tangents, strict=True))  # what cancels inside is of size 1
    assert abs(along - sum(d * t for d, t in zip(partials, tangents, strict=True))) <= 1e-12 * scale or math.isnan(
        scale
    )


def test_floats_in_give_floats_out_of_jvp_and_vjp_too():
    output, along = jvp(lambda x: x * x, (3.0,), (1.0,))
    assert (type(output), type(along)) == (float, float)
    output, pull_back = vjp(lambda x: x * x, 3.0)
    assert (type(output), type(pull_back(1.0))) == (float, float)
    assert type(vjp(lambda x: 5.0, 3.0)[1](1.0)) is float


def test_jvp_and_vjp_nest_and_see_parameters():
    assert grad(lambda x: jvp(lambda y: y**3, (x,), (1.0,))[1])(2.0) == 12.0
    assert grad(lambda x: vjp(lambda y: y**3, x)[1](1.0))(2.0) == 12.0
    assert grad(vjp(lambda y: y**3, 2.0)[1])(1.0) == 12.0
    assert jvp(lambda x: jvp(lambda y: y**4, (x,), (1.0,))[1], (2.0,), (1.0,)) == (32.0, 48.0)
    w = Value(5.0)
    output, along = jvp(lambda x: w * x * x, (3.0,), (1.0,))
    along.backward()
    assert (output.data, along.data, w.grad) == (45.0, 30.0, 6.0)
    output, pull_back = vjp(lambda x: w * x, 3.0)
    assert isinstance(output, Value) and isinstance(pull_back(2.0), Value)


def test_jvp_and_vjp_compile():
    program = compile(lambda x, t: jvp(lambda y: [sin(y), y * y], (x,), (t,)))
    for x, t in ((0.5, 1.0), (2.0, -3.0)):
        output, along = program(x, t)
        assert output == [math.sin(x), x * x]
        assert along == pytest.approx([math.cos(x) * t, 2 * x * t], rel=1e-15)
    assert compile(lambda x: vjp(lambda y: y**3, x)[1](1.0))(2.0) == 12.0


def test_jvp_and_vjp_refuse_other_shapes():
    with pytest.raises(ValueError, match="expected tangents in the structure of primals"):
        jvp(mixed, PRIMALS, ([1.0], 1.0))
    _, pull_back = vjp(mixed, *PRIMALS)
    with pytest.raises(ValueError, match="expected v in the structure of what the function returned"):
        pull_back(1.0)
    with pytest.raises(TypeError, match="expected <lambda> to return one number"):
        vjp(lambda x: "text", 1.0)


# --- What a derivative is besides -----------------------------------------------------------------------------------


def cube(x):
    """x times x times x."""
    return x**3


triple = primitive("triple", lambda x: 3.0 * x, lambda out, x: 3.0)


@pytest.mark.parametrize("make", [grad, value_and_grad, jacobian, hessian])
def test_a_derivative_can_be_pickled_if_its_function_can(make):
    derivative = make(cube)
    again = pickle.loads(pickle.dumps(derivative))
    assert again(2.0) == derivative(2.0)
    assert (again.__name__, again.__doc__) == (derivative.__name__, derivative.__doc__)
    with pytest.raises((pickle.PicklingError, AttributeError)):
        pickle.dumps(make(lambda x: x))


def test_a_primitive_can_be_pickled_if_its_functions_can():
    op = primitive("size", abs, math.copysign)
    again = pickle.loads(pickle.dumps(op))
    assert (again.name, again(-2.0), type(again)) == ("size", 2.0, type(op))
    assert pickle.loads(pickle.dumps(grad(op)))(-2.0) == grad(op)(-2.0)
    with pytest.raises((pickle.PicklingError, AttributeError)):
        pickle.dumps(triple)


def test_a_derivative_says_what_it_is():
    assert grad(cube).__doc__ == (
        "The gradient of cube by argument 0, for the arguments of cube.\n\ncube: x times x times x."
    )
    assert value_and_grad(lambda x, y: x, argnums=(0, 1)).__doc__ == (
        "The value and the gradient of <lambda> by argument (0, 1), for the arguments of <lambda>."
    )
    assert repr(grad(cube)) == "<grad_of_cube>"
    assert str(inspect.signature(grad(cube))) == "(x)"


def test_a_derivative_is_a_method_where_its_function_is():
    class Curve:
        height = 3.0

        def __call__(self, x):
            return self.height * x * x

        slope_at = grad(lambda self, x: self.height * x * x, argnums=1)

    assert Curve().slope_at(2.0) == 12.0
    assert Curve.slope_at(Curve(), 2.0) == 12.0
    assert grad(Curve())(2.0) == 12.0


@pytest.mark.parametrize("answer", [lambda x: x > 1, lambda x: np.bool_(True), lambda x: True])
@pytest.mark.parametrize("make", [grad, value_and_grad, jacobian, hessian])
def test_the_answer_of_a_comparison_is_no_number_to_differentiate(make, answer):
    with pytest.raises(TypeError, match=r"to return one number, got .*(True|bool)"):
        make(answer)(2.0)


@pytest.mark.parametrize("array", [lambda x: np.array([x, x * x]), lambda x: np.array([1.0, 2.0])])
def test_an_array_that_is_returned_is_an_error_that_says_tolist(array):
    with pytest.raises(TypeError, match=r"one number, got array\(.*\(ndarray\); return a list .* array\.tolist\(\)"):
        jacobian(array)(2.0)
    assert jacobian(lambda x: array(x).tolist())(2.0) in ([1.0, 4.0], [0.0, 0.0])


# --- Values that are numbers: what a transform gives where all derivatives are the same ------------------------------


@pytest.mark.parametrize("transform", [grad, jacobian, hessian, value_and_grad])
def test_a_derivative_that_is_a_number_is_an_argument_like_any_other(transform):
    w = Value(3.0)
    number = grad(lambda v: w * 0.0 + v)(2.0)  # a Value without operands, and yet no leaf

    def of(x):
        return transform(lambda v: v * v * v)(x)

    plain = mapped(lambda x: x.data, of(Value(number.data)))
    assert mapped(lambda x: x.data, of(number)) == plain
    assert mapped(lambda x: x.data, transform(lambda v: v[0] * v[1])([number, 2.0])) == transform(
        lambda v: v[0] * v[1]
    )([1.0, 2.0])


def test_products_with_vectors_take_it_too():
    number = grad(lambda v: Value(3.0) * 0.0 + v)(2.0)
    assert hvp(lambda v: v * v * v, number, 1.0).data == 6.0
    assert vjp(lambda v, u: v * v * u, number, 2.0)[1](1.0)[0].data == 4.0
    assert jvp(lambda v: v * v, (number,), (1.0,))[1] == 2.0
