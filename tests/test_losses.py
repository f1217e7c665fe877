"""Claims about the losses."""

import math
from fractions import Fraction

import mpmath
import pytest
from hypothesis import given
from hypothesis import strategies as st
from optional import np

import minigrad
from minigrad import Value, compiler, gradients, losses, mean_squared_error, squared_error
from minigrad.engine import topological_order
from minigrad.functions import logsumexp, softmax
from minigrad.losses import cross_entropy, l2
from minigrad.transforms import grad, hessian, jacobian

NUMBERS = st.floats(-1e3, 1e3)


@given(NUMBERS, NUMBERS)
def test_squared_error_is_the_square_of_the_residual_and_its_slope_twice_the_residual(prediction, target):
    p = Value(prediction)
    loss = squared_error(p, target)
    loss.backward()
    assert loss.data == (prediction - target) * (prediction - target)
    assert p.grad == 2.0 * (prediction - target)


@pytest.mark.parametrize("name", sorted(name for name in vars(losses) if not name.startswith("_")))
def test_no_loss_needs_the_power_of_a_c_library(name):
    """A product rounds once, and so has the same bits everywhere; `pow` only where its library is that good."""
    loss = getattr(losses, name)
    if getattr(loss, "__module__", "") != losses.__name__ or not callable(loss):
        pytest.skip("not a loss")
    for arguments in (
        [Value(0.3), 1.0],
        [[Value(0.3), Value(0.7)], [1.0, 1.0]],
        [[Value(-0.3), Value(-0.7)], 1],
        [[[Value(-0.3), Value(-0.7)]], [1]],
        [[Value(0.3), Value(0.7)]],
    ):
        try:
            made = loss(*arguments)
        except (TypeError, ValueError):
            continue
        assert "pow" not in {node.op.name for node in topological_order(made) if node.op}
        return
    raise AssertionError("no arguments fit")


@given(NUMBERS, NUMBERS)
def test_a_power_that_a_user_writes_stays_a_power(prediction, target):
    p = Value(prediction)
    assert ((p - target) ** 2).data == (prediction - target) ** 2


def test_generated_code_of_a_squared_error_multiplies_and_a_users_power_stays():
    w = Value(0.5)
    rows = [(1.0, 2.0), (2.0, 3.0)]
    ours = compiler.compile(lambda x, y: squared_error(w * x, y))
    users = compiler.compile(lambda x, y: (w * x - y) ** 2)
    for program in (ours, users):
        program.value(*rows[0])
        program.backward(rows)
    assert "**" not in ours.source and "**" in users.source


@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=20))
def test_mean_squared_error_agrees_with_numpy_and_shares_its_slope_among_the_rows(pairs):
    predictions = [Value(p) for p, _ in pairs]
    targets = [t for _, t in pairs]
    loss = mean_squared_error(predictions, targets)
    loss.backward()
    residuals = np.array([p for p, _ in pairs]) - np.array(targets)
    assert loss.data == pytest.approx(np.mean(residuals**2), rel=1e-14)
    assert [p.grad for p in predictions] == pytest.approx(list(2 * residuals / len(pairs)), rel=1e-14)


def test_floats_in_give_a_float_out_with_the_bits_of_the_values():
    predictions, targets = [0.1, 0.2, 0.3], [0.7, 0.1, 0.9]
    loss = mean_squared_error(predictions, targets)
    assert type(loss) is float
    assert loss == mean_squared_error([Value(p) for p in predictions], targets).data
    assert type(squared_error(1, 2.0)) is float


def test_targets_may_be_values_and_get_their_gradient():
    target = Value(3.0)
    mean_squared_error([1.0, 2.0], [target, 2.0]).backward()
    assert target.grad == 2.0


def test_generators_are_read_once():
    assert mean_squared_error((p for p in [1.0, 2.0]), (t for t in [1.0, 4.0])) == 2.0


def test_lengths_that_differ_are_an_error_that_counts_them():
    with pytest.raises(ValueError, match="3 predictions and 2 targets"):
        mean_squared_error([1.0, 2.0, 3.0], [1.0, 2.0])


def test_empty_input_is_an_error():
    with pytest.raises(ValueError, match="at least one"):
        mean_squared_error([], [])


def test_nan_target_is_an_error_that_says_where():
    with pytest.raises(ValueError, match="target 1 is nan"):
        mean_squared_error([1.0, 2.0], [0.0, math.nan])
    with pytest.raises(ValueError, match="the target is nan"):
        squared_error(1.0, Value(math.nan))


def test_nan_prediction_travels_on():
    assert math.isnan(mean_squared_error([math.nan], [1.0]))


def test_text_is_a_type_error():
    with pytest.raises(TypeError):
        mean_squared_error([Value(1.0)], ["1"])


# --- All losses -----------------------------------------------------------------------------------------------------

L = losses
PAIRS = [  # one prediction at a time, its mean, and predictions with targets that are allowed
    (L.squared_error, L.mean_squared_error, [0.3, -2.0], [1.0, 4.5]),
    (L.absolute_error, L.mean_absolute_error, [0.3, -2.0], [1.0, 4.5]),
    (L.huber, L.mean_huber, [0.3, -2.0], [1.0, 4.5]),
    (L.hinge, L.mean_hinge, [0.3, -2.0], [1, -1]),
    (L.binary_cross_entropy_with_logits, L.mean_binary_cross_entropy_with_logits, [0.3, -2.0, 5.0], [1, 0, 0.25]),
    (L.binary_cross_entropy, L.mean_binary_cross_entropy, [0.3, 0.9, 0.5], [1, 0, 0.25]),
    (L.cross_entropy, L.mean_cross_entropy, [[0.3, -2.0, 1.0], [5.0, 0.0, 0.0]], [1, 0]),
    (L.nll, L.mean_nll, [[-0.3, -2.0, -1.0], [-5.0, -0.1, -3.0]], [1, 0]),
]
every_pair = pytest.mark.parametrize(
    ("one", "mean", "predictions", "targets"), PAIRS, ids=lambda x: getattr(x, "__name__", "")
)


def as_values(prediction):
    return [Value(x) for x in prediction] if isinstance(prediction, list) else Value(prediction)


def slopes(loss, prediction):
    """The loss of a prediction in Values, and its slope in each of them."""
    values = as_values(prediction)
    out = loss(values)
    out.backward()
    return out.data, [v.grad for v in values] if isinstance(values, list) else values.grad


def test_no_loss_is_forgotten_here():
    public = {x for name, x in vars(L).items() if getattr(x, "__module__", "") == L.__name__ and name[0] != "_"}
    assert public == {loss for one, mean, *_ in PAIRS for loss in (one, mean)} | {L.l2}


@every_pair
def test_mean_is_the_sum_from_left_to_right_over_the_count(one, mean, predictions, targets):
    total = 0.0
    for p, t in zip(predictions, targets, strict=True):
        total += one(p, t)
    assert mean(predictions, targets) == total / len(targets)


@every_pair
def test_every_mean_is_one_node_above_its_losses(one, mean, predictions, targets):
    loss = mean([as_values(p) for p in predictions], targets)
    assert loss.op.name == "mean"
    assert len(loss.parents) == len(targets)


@every_pair
def test_floats_give_a_float_with_the_bits_of_the_values(one, mean, predictions, targets):
    for p, t in zip(predictions, targets, strict=True):
        assert type(one(p, t)) is float
        assert one(p, t) == one(as_values(p), t).data
    assert type(mean(predictions, targets)) is float
    assert mean(predictions, targets) == mean([as_values(p) for p in predictions], targets).data


@every_pair
def test_slopes_are_those_of_finite_differences(one, mean, predictions, targets):
    step = 1e-6
    for p, t in zip(predictions, targets, strict=True):
        _, got = slopes(lambda v, t=t: one(v, t), p)
        if not isinstance(p, list):
            assert got == pytest.approx((one(p + step, t) - one(p - step, t)) / (2 * step), rel=1e-6, abs=1e-8)
            continue
        for i in range(len(p)):
            moved = [[x + (i == j) * h for j, x in enumerate(p)] for h in (step, -step)]
            assert got[i] == pytest.approx((one(moved[0], t) - one(moved[1], t)) / (2 * step), rel=1e-6, abs=1e-8)


@every_pair
def test_generators_and_tuples_do_for_every_mean(one, mean, predictions, targets):
    rows = (tuple(p) if isinstance(p, list) else p for p in predictions)
    assert mean(rows, (t for t in targets)) == mean(predictions, targets)


@every_pair
def test_every_mean_counts_its_rows(one, mean, predictions, targets):
    with pytest.raises(ValueError, match=f"got {len(targets)} predictions and {len(targets) - 1} targets"):
        mean(predictions, targets[1:])
    with pytest.raises(ValueError, match="got none: an empty table has no mean"):
        mean([], [])


@every_pair
def test_nan_targets_are_errors_everywhere(one, mean, predictions, targets):
    with pytest.raises(ValueError, match="target 1 is nan"):
        mean(predictions[:2], [targets[0], math.nan])
    with pytest.raises((ValueError, TypeError), match="nan"):
        one(predictions[0], math.nan)


@every_pair
def test_nan_predictions_travel_on_through_every_loss(one, mean, predictions, targets):
    spoilt = [[math.nan] * len(p) if isinstance(p, list) else math.nan for p in predictions]
    assert math.isnan(mean(spoilt, targets))


# --- Near and far: against fifty digits -----------------------------------------------------------------------------

FAR = [0.0, -0.0, 1e-9, 0.5, -3.0, 20.0, -36.7, 40.0, -40.0, 700.0, -745.0, 1000.0, -1000.0]


def close(got, exact):
    """Within 4 units in the last place; what is too small for a normal float may be a little less sharp."""
    return abs(mpmath.mpf(got) - exact) <= 4 * 2.0**-53 * abs(exact) + 1e-300


@pytest.mark.parametrize("target", [0, 1, 0.0, 1.0, True])
@pytest.mark.parametrize("logit", FAR)
def test_binary_cross_entropy_is_sharp_near_and_far(logit, target):
    got, slope = slopes(lambda z: L.binary_cross_entropy_with_logits(z, target), logit)
    with mpmath.workdps(1000):
        side = mpmath.mpf(-logit if target else logit)
        share = 1 / (1 + mpmath.exp(-side))
        assert close(got, mpmath.log1p(mpmath.exp(side)))
        assert close(slope, -share if target else share)


@pytest.mark.parametrize("logit", FAR)
def test_binary_cross_entropy_takes_a_probability_for_a_target(logit):
    got, slope = slopes(lambda z: L.binary_cross_entropy_with_logits(z, 0.25), logit)
    with mpmath.workdps(1000):
        z = mpmath.mpf(logit)
        p = 1 / (1 + mpmath.exp(-z))
        assert close(got, -0.25 * mpmath.log(p) - 0.75 * mpmath.log(1 - p))
        assert abs(slope - (p - 0.25)) <= 1e-15


@pytest.mark.parametrize("row", [*zip(FAR, reversed(FAR), strict=True), (1000.0, 999.0, 1000.5), (-1000.0, 1000.0)])
def test_cross_entropy_is_sharp_near_and_far(row):
    for target in range(len(row)):
        got, grads = slopes(lambda z, t=target: L.cross_entropy(z, t), list(row))
        with mpmath.workdps(1000):
            powers = [mpmath.exp(mpmath.mpf(z)) for z in row]
            shares = [x / mpmath.fsum(powers) for x in powers]
            rest = mpmath.fsum([s for i, s in enumerate(shares) if i != target])
            assert close(got, -mpmath.log1p(-rest))
            # Far out, the rounding of the differences between logits is magnified by exp.
            blur = 8 * 2.0**-53 * (1 + max(map(abs, row)))
            for i, share in enumerate(shares):
                exact = -rest if i == target else share
                assert abs(mpmath.mpf(grads[i]) - exact) <= blur * abs(exact) + 1e-300


@pytest.mark.parametrize("residual", [*FAR, 1.0, -1.0, 1e300])
@pytest.mark.parametrize("delta", [1.0, 0.125, 1000.0])
def test_huber_is_half_a_square_inside_and_straight_outside(residual, delta):
    got, slope = slopes(lambda p: L.huber(p, 0.0, delta), residual)
    r, d = Fraction(residual), Fraction(delta)
    exact = r * r / 2 if abs(r) <= d else d * (abs(r) - d / 2)
    assert abs(Fraction(got) - exact) <= exact * Fraction(1, 2**51)
    assert slope == max(-delta, min(delta, residual))


def test_huber_is_smooth_at_its_bottom():
    x = Value(0.0)
    (slope,) = gradients(L.huber(x, 0.0), [x])
    assert gradients(slope, [x])[0].data == 1.0


def test_absolute_error_has_no_slope_where_it_is_0():
    assert slopes(lambda p: L.absolute_error(p, 2.0), 2.0) == (0.0, 0.0)


@pytest.mark.parametrize(("score", "loss", "slope"), [(1.0, 0, 0), (0.5, 0.5, -1), (-1000.0, 1001, -1), (1000.0, 0, 0)])
def test_hinge_ends_where_the_margin_is_1(score, loss, slope):
    assert slopes(lambda s: L.hinge(s, 1), score) == (loss, slope)
    assert slopes(lambda s: L.hinge(s, -1), -score) == (loss, -slope)


def test_l2_is_one_node_with_twice_each_parameter_as_slope():
    params = [Value(3.0), Value(-4.0), Value(0.1)]
    loss = l2(p for p in params)
    loss.backward()
    assert loss.data == 3.0 * 3.0 + -4.0 * -4.0 + 0.1 * 0.1
    assert [p.grad for p in params] == [6.0, -8.0, 0.2]
    assert set(loss.parents) == set(params)
    with pytest.raises(ValueError, match="at least one parameter, got none"):
        l2([])


def test_targets_of_the_binary_losses_may_be_values_and_get_their_gradient():
    target, label = Value(1.0), Value(-1.0)
    (L.binary_cross_entropy_with_logits(2.0, target) + L.hinge(3.0, label)).backward()
    assert target.grad == pytest.approx(-2.0, rel=1e-15)
    assert label.grad == -3.0


# --- What is refused ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("loss", "error", "message"),
    [
        (lambda: L.huber(1.0, 0.0, delta=0.0), ValueError, "expected delta > 0, got 0.0"),
        (lambda: L.huber(1.0, 0.0, delta=math.nan), ValueError, "expected delta > 0, got nan"),
        (lambda: L.hinge(1.0, 0), ValueError, r"label of -1 or 1; .* 2 \* target - 1, got 0"),
        (lambda: L.mean_hinge([1.0, 1.0], [1, 2]), ValueError, "at target 1: expected a label of -1 or 1; .*got 2"),
        (lambda: L.binary_cross_entropy_with_logits(1.0, -1), ValueError, "from 0 to 1, got -1; .*label"),
        (lambda: L.binary_cross_entropy_with_logits(1.0, Value(1.5)), ValueError, "from 0 to 1, got Value"),
        (lambda: L.binary_cross_entropy_with_logits(1.0, "1"), TypeError, "real number, got '1'"),
        (lambda: L.cross_entropy([1.0, 2.0], 2), ValueError, "a class from 0 to 1, got 2"),
        (lambda: L.cross_entropy([1.0, 2.0], -1), ValueError, "from 0 to 1, got -1"),
        (lambda: L.cross_entropy([1.0, 2.0], 0.5), ValueError, "a class from 0 to 1, got 0.5"),
        (lambda: L.cross_entropy([1.0, 2.0], Value(1.5)), ValueError, "a class from 0 to 1, got Value"),
        (lambda: L.cross_entropy([], 0), ValueError, "two logits, got 0"),
        (lambda: L.cross_entropy([1.0], 0), ValueError, "two logits, got 1"),
        (lambda: L.mean_cross_entropy([[1.0, 2.0]], ["a"]), TypeError, "at target 0: .*got 'a'"),
        (lambda: L.nll([-1.0, -2.0], 2), ValueError, "a class from 0 to 1, got 2"),
        (lambda: L.nll([0.3, 0.7], 1), ValueError, "logarithm of a probability, <= 0, got 0.7; cross_entropy"),
    ],
)
def test_impossible_targets_are_clear_errors(loss, error, message):
    with pytest.raises(error, match=message):
        loss()


@pytest.mark.parametrize("target", [1, 1.0, True, np.int64(1), Value(1.0)], ids=repr)
def test_class_is_a_whole_number_of_any_type(target):
    assert L.cross_entropy([1.0, 3.0, 2.0], target) == L.cross_entropy([1.0, 3.0, 2.0], 1)
    assert L.nll([-1.0, -3.0, -2.0], target) == 3.0


@every_pair
def test_losses_compile_with_their_targets_as_arguments(one, mean, predictions, targets):
    weights = [Value(0.5), Value(-1.5), Value(0.25)]

    def loss(p, t):
        return one([w + x for w, x in zip(weights, p, strict=True)] if isinstance(p, list) else weights[0] * p, t)

    if one is L.nll:
        weights = [Value(-1.0) for _ in weights]
    rows = list(zip(predictions, targets, strict=True))
    eager = minigrad.mean([loss(*row) for row in rows])
    eager.backward()
    grads = [w.grad for w in weights]
    for w in weights:
        w.grad = 0.0
    program = compiler.compile(loss)
    assert program.backward(rows) == eager.data
    assert [w.grad for w in weights] == grads
    if one not in (L.squared_error, L.absolute_error, L.huber):  # any number is a target of these
        with pytest.raises(ValueError, match=r"expected .* got 7.0"):
            program.backward([*rows, (predictions[0], 7)])


# --- PyTorch's functions --------------------------------------------------------------------------------------------


def torch_equivalents(torch):
    f = torch.nn.functional
    return {
        L.mean_squared_error: f.mse_loss,
        L.mean_absolute_error: f.l1_loss,
        L.mean_huber: f.huber_loss,
        L.mean_hinge: lambda s, y: f.margin_ranking_loss(s, torch.zeros_like(s), y, margin=1.0),
        L.mean_binary_cross_entropy_with_logits: f.binary_cross_entropy_with_logits,
        L.mean_cross_entropy: f.cross_entropy,
        L.mean_nll: f.nll_loss,
    }


@every_pair
def test_losses_and_slopes_are_those_of_pytorch(one, mean, predictions, targets):
    torch = pytest.importorskip("torch", reason="needs PyTorch to compare with")
    by_class = isinstance(predictions[0], list)
    theirs = torch.tensor(predictions, dtype=torch.float64, requires_grad=True)
    aims = torch.tensor(targets, dtype=torch.int64 if by_class else torch.float64)
    expected = torch_equivalents(torch)[mean](theirs, aims)
    expected.backward()
    values = [as_values(p) for p in predictions]
    loss = mean(values, targets)
    loss.backward()
    assert loss.data == pytest.approx(expected.item(), rel=1e-14)
    got = [[x.grad for x in v] if by_class else v.grad for v in values]
    assert np.array(got) == pytest.approx(theirs.grad.numpy(), rel=1e-13, abs=1e-16)


@pytest.mark.parametrize(
    ("p", "target", "loss"), [(0.0, 1, 100.0), (1.0, 0, 100.0), (1.0, 1, 0.0), (0.0, 0, 0.0), (1e-50, 1, 100.0)]
)
def test_a_probability_of_0_or_1_that_is_wrong_costs_100_and_has_no_gradient(p, target, loss):
    value = Value(p)
    out = losses.binary_cross_entropy(value, target)
    assert out.data == loss
    if loss == 100.0:
        out.backward()
        assert value.grad == 0.0


@pytest.mark.parametrize("p", [-0.1, 1.1, 3.0])
def test_what_is_no_probability_is_an_error_that_names_sigmoid(p):
    with pytest.raises(ValueError, match=r"a probability from 0 to 1, got .*sigmoid\(logit\)"):
        losses.binary_cross_entropy(p, 1)
    with pytest.raises(ValueError, match="a target from 0 to 1"):
        losses.binary_cross_entropy(0.5, 2)


@given(st.floats(-30, 30), st.floats(0, 1))
def test_cross_entropy_of_a_probability_is_that_of_its_logit(logit, target):
    p = float(mpmath.mpf(1) / (1 + mpmath.exp(-mpmath.mpf(logit))))
    expected = losses.binary_cross_entropy_with_logits(logit, target)
    assert losses.binary_cross_entropy(p, target) == pytest.approx(expected, rel=1e-3, abs=1e-9)


# --- Masks ----------------------------------------------------------------------------------------------------------

MASKED, OTHERS = [1.0, -math.inf, 3.0, -math.inf], [0, 2]


def put(shorter):
    """A vector or matrix of the classes that are not masked, with zeros for those that are."""
    size = len(MASKED)
    full = [[0.0] * size for _ in range(size)] if isinstance(shorter[0], list) else [0.0] * size
    for i, x in zip(OTHERS, shorter, strict=True):
        if isinstance(x, list):
            for j, y in zip(OTHERS, x, strict=True):
                full[i][j] = y
        else:
            full[i] = x
    return full


@pytest.mark.parametrize("f", [logsumexp, lambda xs: cross_entropy(xs, len(xs) // 2), lambda xs: softmax(xs)[0]])
def test_a_masked_class_changes_nothing_and_has_no_derivatives_of_any_order(f):
    short = [MASKED[i] for i in OTHERS]
    assert f(MASKED) == f(short)
    assert grad(f)(MASKED) == put(grad(f)(short))
    assert hessian(f)(MASKED) == put(hessian(f)(short))
    assert compiler.compile(grad(f))(MASKED) == grad(f)(MASKED)


def test_where_the_right_class_is_masked_the_loss_is_infinite_and_the_others_have_their_derivatives():
    def f(xs):
        return cross_entropy(xs, 1)

    assert f(MASKED) == f([Value(x) for x in MASKED]).data == math.inf
    assert grad(f)(MASKED) == grad(logsumexp)(MASKED)
    assert hessian(f)(MASKED) == hessian(logsumexp)(MASKED)
    program = compiler.compile(grad(f))
    for xs in (MASKED, [0.5, 1.5, 2.5, -math.inf], MASKED):
        assert program(xs) == grad(f)(xs)


def test_a_masked_softmax_shares_1_among_the_others():
    assert softmax(MASKED) == put(softmax([MASKED[i] for i in OTHERS]))
    assert jacobian(softmax)(MASKED) == put(jacobian(softmax)([MASKED[i] for i in OTHERS]))
