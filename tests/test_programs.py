"""Random programs: eager derivatives against finite differences, mpmath at 50 digits, and PyTorch in float64.

Neither mpmath nor PyTorch sees a rule of ours. mpmath is given the functions alone, and differences of 50 digits are
exact for our purposes; PyTorch has rules of its own.
"""

import warnings

import mpmath
import pytest
from hypothesis import given, settings

from minigrad.engine import Value, gradients
from minigrad.functions import exp, sin
from minigrad.gradcheck import gradcheck
from minigrad.testing import TEMPLATES, programs
from minigrad.transforms import grad, hessian

mp = mpmath.mp.clone()
mp.dps = 50

try:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch warns about what it would like to have beside it
        import torch
except ImportError:
    torch = None

needs_torch = pytest.mark.skipif(torch is None, reason="PyTorch is not installed; pip install torch to run it")


def by_backward(program):
    """The result of a program at its point, and how fast it changes with each input."""
    leaves = [Value(x) for x in program.point]
    result = program(*leaves)
    result.backward()
    return result.data, [leaf.grad for leaf in leaves]


def assert_alike(ours, theirs):
    """Equal to ten digits, of the largest partial if it is above 1: there the rounding of all others comes from."""
    (result, partials), (expected, expected_partials) = ours, theirs
    assert abs(result - expected) <= 1e-10 * max(1.0, abs(expected))
    scale = max([1.0, *map(abs, expected_partials)])
    for partial, right in zip(partials, expected_partials, strict=True):
        assert abs(partial - right) <= 1e-10 * scale, (partials, [float(x) for x in expected_partials])


LARGE = programs(min_ops=150, max_ops=300)
FEW = settings(max_examples=settings().max_examples // 10)  # each holds a few hundred ops

# What mpmath and PyTorch call as we do.
COMMON = [
    *("exp", "expm1", "log10", "log1p", "sqrt", "sin", "cos", "tan", "asin", "acos", "atan", "atan2", "sinh", "cosh"),
    *("tanh", "asinh", "acosh", "atanh", "erf", "erfc", "hypot"),
]

# --- A second opinion without rules: functions at 50 digits ---------------------------------------------------------


def mp_softmax(xs):
    total = mp.fsum([mp.exp(x) for x in xs])
    return [mp.exp(x) / total for x in xs]


def step(x, below, above):
    return below if x < 0 else above


def trunc(x):
    return mp.floor(x) if x > 0 else mp.ceil(x)


MPMATH = {
    **{name: getattr(mp, name) for name in COMMON},
    "log": mp.log,
    "exp2": lambda x: mp.mpf(2) ** x,
    "log2": lambda x: mp.log(x) / mp.log(2),
    "cbrt": lambda x: mp.sign(x) * mp.cbrt(abs(x)),
    "pow": lambda x, y: mp.mpf(x) ** y,
    "degrees": lambda x: x * 180 / mp.pi,
    "radians": lambda x: x * mp.pi / 180,
    "fabs": abs,
    "sign": lambda x: step(x, -1, 1),
    "heaviside": lambda x: step(x, 0, 1),
    "copysign": lambda x, y: abs(x) * step(y, -1, 1),
    "maximum": max,
    "minimum": min,
    "clamp": lambda x, low, high: min(max(x, low), high),
    "where": lambda condition, a, b: a if condition else b,
    "relu": lambda x: max(x, 0),
    "floor": mp.floor,
    "ceil": mp.ceil,
    "gamma": mp.gamma,
    "lgamma": lambda x: mp.log(abs(mp.gamma(x))),
    "digamma": mp.digamma,
    "polygamma": mp.polygamma,
    "sinc": lambda x: mp.sinc(mp.pi * x),
    "fmod": lambda x, y: x - trunc(x / y) * y,
    "remainder": lambda x, y: x - mp.nint(x / y) * y,
    "trunc": trunc,
    "modf": lambda x: (x - trunc(x), trunc(x)),
    "frexp": mp.frexp,
    "ldexp": mp.ldexp,
    "fma": lambda x, y, z: x * y + z,
    "sumprod": mp.fdot,
    "leaky_relu": lambda x: step(x, mp.mpf(0.01) * x, x),
    "sigmoid": lambda x: 1 / (1 + mp.exp(-x)),
    "softplus": lambda x: mp.log(1 + mp.exp(x)),
    "silu": lambda x: x / (1 + mp.exp(-x)),
    "gelu": lambda x: x * mp.ncdf(x),
    "sum": mp.fsum,
    "fsum": mp.fsum,
    "mean": lambda xs: mp.fsum(xs) / len(xs),
    "prod": mp.fprod,
    "dot": mp.fdot,
    "norm": lambda xs: mp.sqrt(mp.fsum([x * x for x in xs])),
    "dist": lambda xs, ys: mp.sqrt(mp.fsum([(x - y) ** 2 for x, y in zip(xs, ys, strict=True)])),
    "logsumexp": lambda xs: mp.log(mp.fsum([mp.exp(x) for x in xs])),
    "softmax": mp_softmax,
}


def by_mpmath(program):
    point = [mp.mpf(x) for x in program.point]

    def moved(i, h):
        return program.run(MPMATH, *point[:i], point[i] + h, *point[i + 1 :])

    h = mp.mpf(10) ** -17
    return program.run(MPMATH, *point), [(moved(i, h) - moved(i, -h)) / (2 * h) for i in range(len(point))]


@given(programs())
def test_gradients_agree_with_differences_at_50_digits(program):
    assert_alike(by_backward(program), by_mpmath(program))


@FEW
@given(LARGE)
def test_gradients_of_large_programs_agree_with_differences_at_50_digits(program):
    assert_alike(by_backward(program), by_mpmath(program))


@given(programs())
def test_gradients_agree_with_finite_differences_in_floats(program):
    report = gradcheck(program, *program.point)
    assert report.verdict == "pass", report


@FEW
@given(LARGE)
def test_gradients_of_large_programs_agree_with_finite_differences_in_floats(program):
    report = gradcheck(program, *program.point)
    assert report.verdict == "pass", report


@given(programs(max_ops=10))
def test_gradients_in_values_are_those_of_backward_bit_for_bit(program):
    leaves = [Value(x) for x in program.point]
    assert [partial.data for partial in gradients(program(*leaves), leaves)] == by_backward(program)[1]


@given(programs(max_ops=6, max_inputs=2))
def test_second_derivatives_agree_with_differences_of_the_first(program):
    n = len(program.point)
    rows = hessian(program, tuple(range(n)))(*program.point)
    for i in range(n):
        report = gradcheck(grad(program, i), *program.point)
        assert report.verdict == "pass", report
        assert [partial.received for partial in report.gradient] == pytest.approx(list(rows[i]), rel=1e-11, abs=1e-11)


def test_the_known_third_derivatives():
    x = Value(0.7)
    y = sin(x) * exp(x * x)
    found = []
    for _ in range(3):
        (y,) = gradients(y, [x])
        found.append(y.data)
    assert found == pytest.approx([2.720658080094934, 6.608338323408, 20.8853727806937], rel=1e-14)


# --- A third opinion with other rules: PyTorch in float64 -----------------------------------------------------------


def tensor(x):
    return torch.as_tensor(x, dtype=torch.float64)


def stacked(xs):
    return torch.stack([tensor(x) for x in xs])


def of_tensors(function):
    return lambda *xs: function(*map(tensor, xs))


def torch_table():
    names = [*COMMON, "exp2", "log2", "pow", "sign", "copysign", "maximum", "minimum", "relu", "sigmoid"]
    names += ["lgamma", "sinc", "floor", "ceil", "trunc", "fmod", "frexp"]
    return {
        **{name: of_tensors(getattr(torch, name)) for name in names},
        "log": lambda x, base=None: torch.log(x) if base is None else torch.log(x) / torch.log(tensor(base)),
        "gamma": of_tensors(lambda x: torch.exp(torch.lgamma(x))),
        "remainder": of_tensors(lambda x, y: x - torch.round(x / y) * y),
        "modf": of_tensors(lambda x: (torch.frac(x), torch.trunc(x))),
        "ldexp": lambda x, n: x * 2.0**n,
        "fma": lambda x, y, z: x * y + z,
        "sumprod": lambda xs, ys: torch.dot(stacked(xs), stacked(ys)),
        "cbrt": lambda x: torch.sign(x) * torch.abs(x) ** (1.0 / 3.0),
        "degrees": torch.rad2deg,
        "radians": torch.deg2rad,
        "fabs": torch.abs,
        "heaviside": lambda x: 0.0 * x + (1.0 if x > 0 else 0.0),
        "clamp": torch.clamp,
        "where": lambda condition, a, b: a if condition else b,
        "leaky_relu": torch.nn.functional.leaky_relu,
        "softplus": lambda x: torch.logaddexp(x, tensor(0.0)),
        "silu": torch.nn.functional.silu,
        "gelu": torch.nn.functional.gelu,
        "sum": lambda xs: stacked(xs).sum(),
        "fsum": lambda xs: stacked(xs).sum(),
        "mean": lambda xs: stacked(xs).mean(),
        "prod": lambda xs: stacked(xs).prod(),
        "dot": lambda xs, ys: torch.dot(stacked(xs), stacked(ys)),
        "norm": lambda xs: torch.linalg.vector_norm(stacked(xs)),
        "dist": lambda xs, ys: torch.linalg.vector_norm(stacked(xs) - stacked(ys)),
        "logsumexp": lambda xs: torch.logsumexp(stacked(xs), 0),
        "softmax": lambda xs: torch.softmax(stacked(xs), 0),
    }


def by_torch(program):
    leaves = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in program.point]
    result = program.run(torch_table(), *leaves)
    partials = torch.autograd.grad(result, leaves, allow_unused=True)
    return result.item(), [0.0 if partial is None else partial.item() for partial in partials]


# PyTorch has no derivative of a remainder in its divisor, and only nine digits of polygamma(1, x).
SHARED = [row for row in TEMPLATES if not row.text.startswith(("{} %", "digamma", "polygamma"))]


@needs_torch
@given(programs(SHARED))
def test_gradients_agree_with_pytorch(program):
    assert_alike(by_backward(program), by_torch(program))


@needs_torch
@FEW
@given(programs(SHARED, min_ops=150, max_ops=300))
def test_gradients_of_large_programs_agree_with_pytorch(program):
    assert_alike(by_backward(program), by_torch(program))


def test_large_programs_are_a_few_hundred_ops():
    sizes = []

    @FEW
    @given(LARGE)
    def collect(program):
        sizes.append(len(program))

    collect()
    assert min(sizes) >= 150
    assert max(sizes) >= 250
