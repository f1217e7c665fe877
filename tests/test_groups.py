"""Claims about parameter groups, parameters left alone, clipping, L-BFGS and rates that minimize finds."""

import copy
import json
import math
import operator
import pickle
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigrad import Value, mean_squared_error, minimize, optim, softplus
from minigrad.datasets import cars, crickets
from minigrad.nn import Linear
from minigrad.optim import LBFGS, SGD, Adam, AdamW, clip_grad_norm, clip_grad_value, cosine, lbfgs
from minigrad.optim.lbfgs import _between, _search

# --- Groups ---------------------------------------------------------------------------------------------------------

RULES = [
    lambda ps, **own: SGD(ps, 0.1, **own),
    lambda ps, **own: SGD(ps, 0.1, momentum=0.9, **own),
    lambda ps, **own: Adam(ps, 0.1, **own),
    lambda ps, **own: AdamW(ps, 0.1, **own),
]


def walk(optimizers, params, steps=5):
    """The parameters after each step down the same gradients."""
    path = []
    for k in range(steps):
        for i, p in enumerate(params):
            p.grad = (i + 1.0) * math.cos(k)
        for optimizer in optimizers:
            optimizer.step()
        path.append([p.data for p in params])
    return path


@pytest.mark.parametrize("make", RULES)
def test_groups_move_as_optimizers_of_their_own_would_bit_for_bit(make):
    a, b = ([Value(1.0), Value(-2.0), Value(3.0)] for _ in range(2))
    together = make([{"params": a[:2]}, {"params": a[2:], "lr": 0.5, "weight_decay": 0.3}])
    apart = [make(b[:2]), make([{"params": b[2], "lr": 0.5}], weight_decay=0.3)]
    assert walk([together], a) == walk(apart, b)


def test_a_groups_options_can_be_read_and_changed_and_the_rest_is_the_optimizers():
    optimizer = SGD([{"params": [Value(1.0)]}, {"params": [Value(2.0)], "lr": 0.5}], lr=cosine(0.1, 10), momentum=0.9)
    first, second = optimizer.param_groups
    assert (first["lr"], second["lr"], second["momentum"], second.lr) == (0.1, 0.5, 0.9, 0.5)
    second["lr"] = 0.25
    second["momentum"] = 0.0
    assert (second["lr"], second.momentum, first.momentum, optimizer.highest_rate(5)) == (0.25, 0.0, 0.9, 0.25)
    assert "groups=[Group(1 parameters" in repr(optimizer) and "lr=0.25" in repr(second)
    with pytest.raises(ValueError, match="momentum >= 0"):
        second["momentum"] = -1.0
    assert second.momentum == 0.0
    for act in (lambda: second["speed"], lambda: second.__setitem__("speed", 1)):
        with pytest.raises(KeyError, match="expected one of lr, momentum"):
            act()
    with pytest.raises(AttributeError, match="speed"):
        second.speed  # noqa: B018 - it raises


@pytest.mark.parametrize(
    ("groups", "error", "message"),
    [
        ([{"params": [Value(1.0)]}, Value(2.0)], TypeError, "each group as a dict with its params"),
        ([{"lr": 0.1}], TypeError, "each group as a dict with its params"),
        ([{"params": [Value(1.0)], "speed": 1}], KeyError, "expected one of lr, momentum"),
        ([{"params": [Value(1.0)], "lr": -1}], ValueError, "lr >= 0 and finite"),
        ([{"params": [Value(1.0)], "momentum": -1}], ValueError, "momentum >= 0"),
        ([{"params": [Value(1.0)], "maximize": True}, {"params": [Value(1.0)]}], ValueError, "the same in all groups"),
        ([{"params": []}], ValueError, "at least one parameter"),
        ([{"params": 5}], TypeError, r"parameters that are Values, got 5 \(int\)"),
        ([{"params": [Value(1.0)], "momentum": "0.9"}], TypeError, r"expected momentum as a number, got '0.9' \(str\)"),
        ([{"params": [Value(1.0)], "lr": "auto"}], TypeError, r'a number or a function.* SGD\(params, lr="auto"\)'),
    ],
)
def test_bad_groups_are_clear_errors(groups, error, message):
    with pytest.raises(error, match=message):
        SGD(groups, lr=0.1)


def test_one_parameter_alone_is_an_error_that_names_the_slip():
    with pytest.raises(TypeError, match=r"a list of parameters, got one alone.*write \[w\] for w"):
        SGD(Value(1.0), lr=0.1)


@pytest.mark.parametrize("rate", [0.5, cosine(0.5, 20)])
def test_groups_resume_bit_for_bit_and_are_copied(rate):
    def make(numbers=(1.0, -2.0, 3.0)):
        params = [Value(x) for x in numbers]
        return Adam([{"params": params[:1], "lr": rate}, {"params": params[1:], "weight_decay": 0.1}], 0.1), params

    (unbroken, a), (first, b) = make(), make()
    path = walk([unbroken], a)
    walk([first], b, 2)
    second, _ = make([p.data for p in b])
    second.load_state_dict(json.loads(json.dumps(first.state_dict())))
    twin = pickle.loads(pickle.dumps(copy.deepcopy(second)))
    for optimizer in (second, twin):
        for k in range(2, 5):
            for i, p in enumerate(optimizer.params):
                p.grad = (i + 1.0) * math.cos(k)
            optimizer.step()
        assert [p.data for p in optimizer.params] == path[-1]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: s | {"groups": s["groups"][:1]}, "state of 2 groups"),
        (lambda s: s | {"groups": [None, s["groups"][1]]}, "state of a group"),
        (lambda s: s | {"groups": [s["groups"][0] | {"lr": None}, s["groups"][1]]}, "schedule in both or in neither"),
        (lambda s: s | {"groups": [s["groups"][0] | {"momentum": -1}, s["groups"][1]]}, "momentum >= 0"),
    ],
)
def test_a_state_of_other_groups_is_an_error_and_changes_nothing(change, message):
    optimizer = SGD([{"params": [Value(1.0)], "lr": 0.5}, {"params": [Value(2.0)]}], lr=0.1)
    before = optimizer.state_dict()
    with pytest.raises(ValueError, match=message):
        optimizer.load_state_dict(change(optimizer.state_dict()))
    assert optimizer.state_dict() == before


def test_minimize_over_groups_judges_what_all_of_them_minimize():
    a, b = Value(0.0), Value(0.0)
    optimizer = SGD([{"params": [a], "weight_decay": 2.0}, {"params": [b], "lr": 0.3}], lr=0.1)
    result = minimize(lambda: (a - 3.0) ** 2 + (b - 1.0) ** 2, optimizer)
    assert result.converged and (a.data, b.data) == (pytest.approx(1.5), pytest.approx(1.0))
    assert "lr = 0.1" in minimize(
        lambda: (a - 9.0) ** 2, SGD([{"params": [a]}, {"params": [b]}], 1e-9), tol=1e-4
    ).advice.replace("1e-09", "0.1")


# --- Left alone -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "make",
    [
        lambda ps: AdamW(ps, 0.1, weight_decay=0.5),
        lambda ps: Adam(ps, 0.1, weight_decay=0.5),
        lambda ps: SGD(ps, 0.1, momentum=0.9, weight_decay=0.5),
    ],
)
def test_a_parameter_that_no_backward_has_reached_is_left_alone(make):
    used, unused = Value(1.0), Value(1.0)
    optimizer = make([used, unused])
    optimizer.zero_grad()
    (unused * used).backward()
    optimizer.step()
    after = unused.data
    for _ in range(3):
        optimizer.zero_grad()
        (used * used).backward()
        optimizer.step()
    assert unused.data == after and unused.grad == 0.0 and used.data < 1.0


def test_a_gradient_of_0_that_was_computed_or_assigned_is_one():
    for touch in (lambda w: (w * 0.0).backward(), lambda w: setattr(w, "grad", 0.0)):
        w = Value(1.0)
        optimizer = AdamW([w], lr=0.1, weight_decay=0.5)
        optimizer.zero_grad()
        touch(w)
        optimizer.step()
        assert w.data == 0.95


def test_adam_counts_the_steps_of_each_parameter_alone():
    a, b, c = Value(1.0), Value(1.0), Value(1.0)
    both, alone = Adam([a, b], lr=0.1), Adam([c], lr=0.1)
    for k in range(4):
        both.zero_grad()
        a.grad = 1.0
        if k >= 2:
            b.grad = c.grad = 3.0 - k / 2
            alone.step()
        both.step()
    assert b.data == c.data and both.missed == [0.0, 2.0]


def test_a_models_zero_grad_leaves_the_same_mark():
    layer = Linear(1, 1)
    optimizer = SGD(layer.parameters(), 0.1, weight_decay=1.0)
    before = layer.state_dict()
    layer.zero_grad()
    optimizer.step()
    assert layer.state_dict() == before


def test_weight_decay_of_a_parameter_that_is_left_alone_is_in_no_verdict():
    a, b = Value(0.0), Value(5.0)
    result = minimize(lambda: (a - 3.0) ** 2, SGD([a, b], 0.1, weight_decay=2.0))
    assert result.converged and (a.data, b.data) == (pytest.approx(1.5), 5.0)


# --- Clipping -------------------------------------------------------------------------------------------------------


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=5), st.floats(1e-3, 1e3))
def test_clipped_gradients_keep_their_direction_and_are_no_longer_than_asked(grads, limit):
    params = [Value(0.0) for _ in grads]
    for p, g in zip(params, grads, strict=True):
        p.grad = g
    norm = clip_grad_norm(params, limit)
    assert norm == math.hypot(*grads)
    share = min(1.0, limit / norm) if norm else 1.0
    assert [p.grad for p in params] == pytest.approx([g * share for g in grads], rel=1e-12)
    clip_grad_value(params, limit / 10)
    assert all(abs(p.grad) <= limit / 10 for p in params)


def test_clipping_leaves_what_is_not_finite_or_untouched_and_refuses_no_limit():
    a, b = Value(0.0), Value(0.0)
    optimizer = SGD([a, b], 0.1, weight_decay=1.0)
    optimizer.zero_grad()
    mark, a.grad = b.grad, 10.0
    clip_grad_norm([a, b], 1.0)
    assert a.grad == 1.0 and b.grad is mark
    a.grad = math.inf
    assert clip_grad_norm([a, b], 1.0) == math.inf and a.grad == math.inf
    for clip in (clip_grad_norm, clip_grad_value):
        for limit in (0.0, -1.0, math.nan):
            with pytest.raises(ValueError, match="> 0, got"):
                clip([a], limit)


# --- L-BFGS ---------------------------------------------------------------------------------------------------------


def rosenbrock(x, y):
    return (1.0 - x) ** 2 + 100.0 * (y - x * x) ** 2


@pytest.mark.parametrize("start", [(-1.2, 1.0), (0.0, 0.0), (5.0, -3.0), (-100.0, 100.0)])
def test_lbfgs_takes_tens_of_steps_for_rosenbrock(start):
    x, y = map(Value, start)
    result = minimize(lambda: rosenbrock(x, y), LBFGS([x, y]))
    assert result.converged and result.steps < 120
    assert (x.data, y.data) == (pytest.approx(1.0, abs=1e-8), pytest.approx(1.0, abs=1e-8))


def test_lbfgs_needs_no_rate_for_tables_and_logistic_regressions():
    for data in (cars(), crickets()):
        b, w = Value(0.0), Value(0.0)
        result = minimize(
            lambda b=b, w=w, data=data: mean_squared_error([b + w * x for (x,) in data.x], data.y), LBFGS([b, w])
        )
        assert result.converged and result.steps < 30
    rng = random.Random(5)
    table = [([rng.gauss(0, 1) for _ in range(4)], rng.random() < 0.5) for _ in range(60)]
    w = [Value(0.0) for _ in range(4)]

    def loss():
        logits = [sum(a * b for a, b in zip(w, x, strict=True)) for x, _ in table]
        return sum(softplus(-z if yes else z) for z, (_, yes) in zip(logits, table, strict=True)) / len(table)

    result = minimize(loss, LBFGS(w))
    assert result.converged and result.steps < 30


def test_lbfgs_stays_inside_the_domain_of_the_loss():
    w = Value(0.001)
    result = minimize(lambda: w - w.log(), LBFGS([w]))
    assert result.converged and w.data == pytest.approx(1.0)


def test_lbfgs_at_a_kink_and_down_a_slope_without_an_end_is_not_converged():
    for f in (abs, lambda w: -w * w, lambda w: w * 1.0):
        w = Value(0.35)
        assert not minimize(lambda w=w, f=f: f(w), LBFGS([w]), max_steps=50).converged


def test_lbfgs_steps_by_hand_with_a_closure_and_resumes_bit_for_bit():
    def make(numbers=(-1.2, 1.0)):
        x, y = map(Value, numbers)
        optimizer = LBFGS([x, y], history=3)

        def closure():
            optimizer.zero_grad()
            loss = rosenbrock(x, y)
            loss.backward()
            return loss

        return optimizer, closure

    (unbroken, closure), (first, once) = make(), make()
    losses = [unbroken.step(closure) for _ in range(12)]
    for _ in range(7):
        first.step(once)
    second, again = make([p.data for p in first.params])
    second.load_state_dict(json.loads(json.dumps(first.state_dict())))
    assert [second.step(again) for _ in range(5)] == losses[7:] and losses == sorted(losses, reverse=True)
    assert second.state_dict() == unbroken.state_dict() and len(unbroken.pairs) == 3


def test_lbfgs_says_what_it_wants():
    with pytest.raises(TypeError, match=r"a closure in step\(closure\)"):
        LBFGS([Value(1.0)]).step()
    with pytest.raises(TypeError, match="got groups"):
        LBFGS([{"params": [Value(1.0)]}])
    with pytest.raises(ValueError, match="history as an int >= 1"):
        LBFGS([Value(1.0)], history=0)
    optimizer = LBFGS([Value(1.0)])
    with pytest.raises(ValueError, match="pairs as a list"):
        optimizer.load_state_dict(optimizer.state_dict() | {"pairs": [[1.0]]})


def test_a_direction_of_lbfgs_takes_as_many_products_for_many_parameters_as_for_few(monkeypatch):
    asked = []
    monkeypatch.setattr(lbfgs, "_dot", lambda a, b: asked.append(len(a)) or sum(map(operator.mul, a, b)))
    for n in (2, 200):
        optimizer = LBFGS([Value(1.0) for _ in range(n)])
        optimizer.pairs = [([1.0] * n, [2.0] * n), ([1.0] * n, [3.0] * n)]
        assert optimizer._direction([6.0] * n) == [-2.0] * n  # a gradient over the curvature of the last step
    assert asked.count(2) == asked.count(200) == 10


def test_lbfgs_search_forgets_what_does_not_hold_any_more():
    x = Value(1.0)
    optimizer = LBFGS([x])
    optimizer.pairs = [([1.0], [-1.0])]  # as if it had bent downwards

    def closure():
        optimizer.zero_grad()
        (x * x).backward()
        return x.data * x.data

    assert optimizer.step(closure) == 1.0 and abs(x.data) < 1.0


def test_the_cubic_between_two_looks_is_exact_for_a_cubic_and_keeps_off_the_ends():
    def look(t):
        return t, t**3 - t, 3 * t * t - 1, []

    assert _between(look(0.0), look(1.0)) == pytest.approx(math.sqrt(1 / 3))
    assert _between((0.0, 0.0, -1.0, []), (1.0, math.inf, 0.0, [])) == 0.5
    assert _between((0.0, 0.0, 1.0, []), (1.0, 1.0, 1.0, [])) == 0.5
    assert 0.1 <= _between((0.0, 0.0, -1e-9, []), (1.0, 5.0, 1e9, [])) <= 0.9


@given(st.floats(0.01, 100.0), st.floats(0.01, 100.0))
def test_search_ends_where_wolfes_conditions_hold(bottom, first):
    def look(t):
        return t, (t - bottom) ** 2, 2.0 * (t - bottom), []

    start = look(0.0)
    t, loss, steep, _ = _search(look, start, first)
    assert loss <= start[1] + 1e-4 * t * start[2] and abs(steep) <= -0.9 * start[2]


def test_step_runs_a_closure_first_as_pytorch_does():
    for make in (lambda p: SGD(p, 0.25), lambda p: Adam(p, 0.25)):
        w = Value(1.0)
        optimizer = make([w])

        def closure(w=w, optimizer=optimizer):
            optimizer.zero_grad()
            loss = w * w
            loss.backward()
            return loss

        assert optimizer.step(closure).data == 1.0 and w.data < 1.0 and optimizer.step() is None


# --- A rate that minimize finds ---------------------------------------------------------------------------------------


def test_auto_takes_the_rate_of_find_lr_and_gets_there():
    b, w = Value(0.0), Value(0.0)
    optimizer = SGD([b, w], lr="auto")
    assert "lr='auto'" in repr(optimizer)
    result = minimize(lambda: mean_squared_error([b + w * x for (x,) in cars().x], cars().y), optimizer)
    assert result.converged and optimizer.lr == pytest.approx(0.0349, abs=1e-4)


def test_auto_is_looked_at_again_as_the_run_goes_on():
    w = Value(-3.0)
    optimizer = SGD([w], lr="auto")
    result = minimize(lambda: (1.0 + w * w) ** 2, optimizer)  # 76 times as steep at the start as at the bottom
    assert result.converged and optimizer.lr == pytest.approx(0.25, rel=0.01)


def test_auto_is_halved_where_the_loss_rises():
    w = Value(2.0)
    result = minimize(lambda: (1.0 + w * w) ** 0.5, SGD([w], lr="auto"))
    assert result.converged


def test_auto_by_hand_or_on_a_loss_that_does_not_bend_is_an_error():
    w = Value(1.0)
    with pytest.raises(ValueError, match=r'expected minimize\(\) to find the rate of lr="auto"'):
        SGD([w], lr="auto").step()
    with pytest.raises(ValueError, match="expected a loss that bends"):
        minimize(lambda: w * 2.0, SGD([w], lr="auto"))
    with pytest.raises(TypeError, match=r"a learning rate lr as a number or a function .*'fast' \(str\)"):
        SGD([w], lr="fast")


def test_auto_resumes_from_a_state():
    w = Value(1.0)
    first, second = SGD([w], lr="auto"), SGD([w], lr="auto")
    second.load_state_dict(first.state_dict())
    minimize(lambda: w * w + 1.0, first, max_steps=1)
    second.load_state_dict(first.state_dict())
    assert second.lr == first.lr == pytest.approx(0.5)


def test_lbfgs_steps_back_from_a_leap_past_the_largest_float_or_into_nan():
    w = Value(1.0)

    def objective():
        if w.data > 3.0:
            return w * math.nan
        return (w * 1000.0).exp() if w.data > 2.0 else (1.5 - w) ** 2 - 0.01 * w

    optimizer = LBFGS([w])
    optimizer.pairs = [([1.0], [0.05])]  # as if the loss bent less than it does
    result = minimize(objective, optimizer)
    assert result.converged and w.data == pytest.approx(1.505)


def test_the_cubic_without_a_lowest_point_gives_the_middle():
    assert _between((0.0, 0.0, -1.0, []), (1.0, -2.0, -1.0, [])) != 0.0
    assert _between((0.0, 0.0, 1.0, []), (1.0, 0.5, 0.5, [])) == 0.5


def test_zero_grad_of_an_optimizer_inside_a_function_to_be_compiled_is_refused():
    from minigrad import compile

    with pytest.raises(TypeError, match=r"cannot call zero_grad\(\)"):
        compile(lambda x: SGD([P], 0.1).zero_grad() or x)(1.0)


P = Value(1.0)


def test_a_group_takes_its_rate_from_a_state():
    optimizer = SGD([{"params": [Value(1.0)], "lr": 0.5}], lr=0.1)
    other = SGD([{"params": [Value(1.0)], "lr": 0.25}], lr=0.1)
    other.load_state_dict(optimizer.state_dict())
    assert other.param_groups[0]["lr"] == 0.5


# --- PyTorch --------------------------------------------------------------------------------------------------------


def grouped(rng, kind):
    """Groups of 1 to 3 parameters, each with options of its own, as (count, options)."""
    found = []
    for _ in range(rng.randint(1, 3)):
        options = {"lr": 10 ** rng.uniform(-3, -1), "weight_decay": rng.choice([0.0, 0.1])}
        options |= {"momentum": rng.choice([0.0, 0.9])} if kind == "SGD" else {"betas": (0.8, rng.uniform(0.8, 0.999))}
        found.append((rng.randint(1, 3), options))
    return found


@pytest.mark.parametrize("kind", ["SGD", "Adam", "AdamW"])
@pytest.mark.parametrize("seed", range(20))
def test_groups_with_parameters_left_alone_go_where_pytorchs_go(kind, seed):
    torch = pytest.importorskip("torch", reason="needs PyTorch to compare with")
    rng = random.Random(seed)
    parts = grouped(rng, kind)
    ours = [[Value(rng.gauss(0, 1)) for _ in range(count)] for count, _ in parts]
    theirs = [[torch.tensor(p.data, dtype=torch.float64, requires_grad=True) for p in group] for group in ours]
    optimizers = [
        make([{"params": ps, **options} for ps, (_, options) in zip(groups, parts, strict=True)], lr=0.01)
        for make, groups in ((getattr(optim, kind), ours), (getattr(torch.optim, kind), theirs))
    ]
    pairs = [pair for one, other in zip(ours, theirs, strict=True) for pair in zip(one, other, strict=True)]
    for _ in range(25):
        for optimizer in optimizers:
            optimizer.zero_grad()
        for p, q in pairs:
            if rng.random() < 0.7:  # the others are left alone in this step
                pull = rng.gauss(0, 1)
                (p * p + pull * p).backward()
                (q * q + pull * q).backward()
        for optimizer in optimizers:
            optimizer.step()
        assert [p.data for p, _ in pairs] == pytest.approx([q.item() for _, q in pairs], rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("limit", [1e-3, 0.5, 2.0, 1e9])
def test_clipping_is_that_of_pytorch(limit):
    torch = pytest.importorskip("torch", reason="needs PyTorch to compare with")
    rng = random.Random(0)
    for _ in range(20):
        numbers = [rng.gauss(0, 2) for _ in range(rng.randint(1, 6))]
        for clip, reference in (
            (clip_grad_norm, torch.nn.utils.clip_grad_norm_),
            (clip_grad_value, torch.nn.utils.clip_grad_value_),
        ):
            ours, theirs = [Value(0.0) for _ in numbers], [torch.zeros((), dtype=torch.float64) for _ in numbers]
            for p, q, x in zip(ours, theirs, numbers, strict=True):
                p.grad, q.grad = x, torch.tensor(x, dtype=torch.float64)
            norm, expected = clip(ours, limit), reference(theirs, limit)
            assert [p.grad for p in ours] == pytest.approx([q.grad.item() for q in theirs], rel=1e-5)  # it adds 1e-6
            assert norm is None or norm == pytest.approx(expected.item(), rel=1e-14)


@pytest.mark.parametrize("start", [(-1.2, 1.0), (2.0, 2.0), (0.0, -1.0)])
def test_lbfgs_arrives_where_pytorchs_does_and_looks_along_its_lines_as_seldom(start):
    torch = pytest.importorskip("torch", reason="needs PyTorch to compare with")
    ours, theirs = [Value(x) for x in start], torch.tensor(start, dtype=torch.float64, requires_grad=True)
    options = {"max_iter": 200, "history_size": 10, "tolerance_grad": 1e-12, "tolerance_change": 0.0}
    reference = torch.optim.LBFGS([theirs], line_search_fn="strong_wolfe", **options)
    optimizer, looks = LBFGS(ours), [0, 0]

    def loss(which, params):
        looks[which] += 1
        (optimizer, reference)[which].zero_grad()
        x, y = params
        value = (1.0 - x) ** 2 + 100.0 * (y - x * x) ** 2
        value.backward()
        return value

    while optimizer.step(lambda: loss(0, ours)) > 1e-24:
        looks[0] -= 1  # of the point where the last step ended, once more
    reference.step(lambda: loss(1, theirs))
    assert [p.data for p in ours] == pytest.approx(theirs.tolist(), rel=1e-9) == [1.0, 1.0]
    assert looks[0] <= 1.5 * looks[1]
