"""Claims about the optimizers."""

import copy
import json
import math
import pickle
import random
from fractions import Fraction

import mpmath
import pytest
from optional import np

from minigrad import Value, functions, optim
from minigrad.compiler import compile
from minigrad.machinery import untouched
from minigrad.optim import SGD, Adam, AdamW, Optimizer, constant, cosine, step_decay, warmup


def test_sgd_steps_down_the_slope_by_lr_times_the_gradient():
    w, b = Value(1.0), Value(-2.0)
    w.grad, b.grad = 0.5, -4.0
    SGD([w, b], lr=0.1).step()
    assert (w.data, b.data) == (1.0 - 0.1 * 0.5, -2.0 - 0.1 * -4.0)
    assert (w.grad, b.grad) == (0.5, -4.0)


def test_zero_grad_resets_what_backward_accumulates():
    w = Value(3.0)
    optimizer = SGD([w], lr=0.1)
    for _ in range(2):
        optimizer.zero_grad()
        (w * w).backward()
    assert w.grad == 6.0


def test_generator_of_parameters_is_listed_once():
    params = [Value(1.0), Value(2.0)]
    optimizer = SGD((p for p in params), lr=1.0)
    assert optimizer.params == params
    for p in params:
        p.grad = 1.0
    optimizer.step()
    optimizer.zero_grad()
    assert [(p.data, p.grad) for p in params] == [(0.0, 0.0), (1.0, 0.0)]


@pytest.mark.parametrize("grad", [2, True, Fraction(1, 2), np.float64(2.0), np.float32(0.5)])
@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_parameters_stay_floats_whatever_number_is_put_into_grad(grad, momentum):
    w = Value(1.0)
    w.grad = grad
    SGD([w], lr=0.5, momentum=momentum).step()
    assert type(w.data) is float and w.data == 1.0 - 0.5 * float(grad)


@pytest.mark.parametrize("rule", [SGD, Adam])
def test_a_step_inside_a_function_to_be_compiled_is_refused(rule):
    optimizer = rule([Value(1.0)], lr=0.1)
    with pytest.raises(TypeError, match=f"cannot take a step of {rule.__name__}.* in no later call; do it outside"):
        compile(lambda x: optimizer.step() or x)(1.0)
    assert optimizer.steps == 0 and optimizer.params[0].data == 1.0


@pytest.mark.parametrize("rule", [lambda p: SGD(p, 0.1), lambda p: SGD(p, 0.1, momentum=0.9), Adam])
@pytest.mark.parametrize("bad", [None, "2", 1j, [1.0]])
def test_a_gradient_that_is_no_number_is_named_and_nothing_has_moved(rule, bad):
    params = [Value(1.0, label="a"), Value(2.0, label="b"), Value(3.0, label="c")]
    optimizer = rule(params)
    for p, grad in zip(params, (1.0, bad, 1.0), strict=True):
        p.grad = grad
    state = optimizer.state_dict()
    with pytest.raises(TypeError, match=r"a number in the \.grad of Value\(data=2.0, .*got .*zero_grad\(\)"):
        optimizer.step()
    assert [p.data for p in params] == [1.0, 2.0, 3.0] and optimizer.state_dict() == state


def test_adam_without_eps_that_cannot_divide_has_moved_nothing():
    a, b = Value(1.0), Value(2.0)
    optimizer = Adam([a, b], lr=0.1, eps=0.0)
    a.grad, state = 1.0, optimizer.state_dict()
    with pytest.raises(ZeroDivisionError):
        optimizer.step()
    assert (a.data, b.data) == (1.0, 2.0) and optimizer.state_dict() == state


def test_changed_learning_rate_counts_from_the_next_step():
    w = Value(1.0)
    w.grad = 1.0
    optimizer = SGD([w], lr=0.5)
    optimizer.lr = 0.25
    optimizer.step()
    assert w.data == 0.75


P = Value(1.0, label="p")


@pytest.mark.parametrize(
    ("params", "lr", "error", "message"),
    [
        ([], 0.1, ValueError, "at least one parameter, got none"),
        ([P, Value(2.0), P], 0.1, ValueError, "label='p'.* more than once"),
        ([1.0], 0.1, TypeError, r"got 1.0 \(float\)"),
        ([P * 2.0], 0.1, ValueError, "leaf Values, got the result of <op mul>"),
        (None, 0.1, TypeError, "iterable"),
        ([P], -1, ValueError, "lr >= 0 and finite, got -1"),
        ([P], math.nan, ValueError, "got nan"),
        ([P], math.inf, ValueError, "got inf"),
        ([P], "0.1", TypeError, "expected a learning rate lr as a number or a function of the step, got '0.1'"),
        ([P], lambda step: None, TypeError, r"got None \(NoneType\) for step 0"),
    ],
)
def test_bad_parameters_and_rates_are_clear_errors(params, lr, error, message):
    with pytest.raises(error, match=message):
        SGD(params, lr)


def test_optimizer_without_a_step_of_its_own_says_so():
    with pytest.raises(NotImplementedError, match="Optimizer needs a step"):
        Optimizer([P], 0.1).step()


# --- The rules, in exact fractions ----------------------------------------------------------------------------------

GRADS = [0.5, -2.0, 0.25, 3.0, 0.0]  # of five steps


def walk(optimizer, grads=GRADS):
    """The first parameter after each step, for a sequence of gradients."""
    path = []
    for g in grads:
        for i, p in enumerate(optimizer.params):
            p.grad = g * (i + 1)
        optimizer.step()
        path.append(optimizer.params[0].data)
    return path


SGD_OPTIONS = [
    {},
    {"momentum": 0.75},
    {"momentum": 0.75, "dampening": 0.5},
    {"momentum": 0.75, "nesterov": True},
    {"weight_decay": 0.125},
    {"maximize": True},
    {"momentum": 1.5, "dampening": -1.0, "weight_decay": 0.25, "maximize": True},
    {"momentum": 0.5, "nesterov": True, "weight_decay": 0.25, "maximize": True},
]


@pytest.mark.parametrize("options", SGD_OPTIONS, ids=str)
def test_sgd_is_its_equations_in_exact_fractions(options):
    exact = {name: Fraction(value) for name, value in options.items()}
    momentum, dampening, decay = (exact.get(name, 0) for name in ("momentum", "dampening", "weight_decay"))
    p, b, path = Fraction(2), None, []
    for slope in map(Fraction, GRADS):
        g = (-slope if options.get("maximize") else slope) + decay * p
        b = g if b is None else momentum * b + (1 - dampening) * g
        p -= Fraction(1, 4) * (g + momentum * b if options.get("nesterov") else b if momentum else g)
        path.append(p)
    assert walk(SGD([Value(2.0)], 0.25, **options)) == path  # every number here is a float exactly


ADAM_OPTIONS = [
    {},
    {"betas": (0.5, 0.75)},
    {"betas": (0.0, 0.0)},
    {"eps": 0.5},
    {"weight_decay": 0.25},
    {"amsgrad": True, "betas": (0.5, 0.25)},
    {"maximize": True, "weight_decay": 0.5, "amsgrad": True, "betas": (0.25, 0.25), "eps": 0.0},
]


@pytest.mark.parametrize("options", ADAM_OPTIONS, ids=str)
@pytest.mark.parametrize("kind", [Adam, AdamW])
def test_adam_is_its_equations_in_fifty_digits(kind, options):
    with mpmath.workdps(50):
        beta1, beta2 = map(mpmath.mpf, options.get("betas", (0.9, 0.999)))
        decay = mpmath.mpf(options.get("weight_decay", 0.01 if kind is AdamW else 0.0))
        lr, eps = mpmath.mpf(0.1), mpmath.mpf(options.get("eps", 1e-8))
        p, m, v, largest, path = mpmath.mpf(2), 0, 0, 0, []
        for t, slope in enumerate(map(mpmath.mpf, GRADS), start=1):
            g = -slope if options.get("maximize") else slope
            if kind is AdamW:
                p -= lr * decay * p
            else:
                g += decay * p
            m = beta1 * m + (1 - beta1) * g
            v = beta2 * v + (1 - beta2) * g**2
            largest = max(largest, v)
            size = mpmath.sqrt((largest if options.get("amsgrad") else v) / (1 - beta2**t))
            p -= lr * (m / (1 - beta1**t)) / (size + eps)
            path.append(float(p))
    assert walk(kind([Value(2.0)], 0.1, **options)) == pytest.approx(path, rel=1e-15, abs=1e-15)


def test_first_step_of_adam_is_lr_whatever_the_size_of_the_gradient():
    for g in (1e-3, 1.0, -1e9):
        w = Value(0.0)
        w.grad = g
        Adam([w], lr=0.5, eps=0.0).step()
        assert w.data == pytest.approx(-math.copysign(0.5, g), rel=1e-14)


def test_adam_without_eps_names_the_parameter_that_never_had_a_gradient():
    with pytest.raises(ZeroDivisionError, match=r"eps > 0 for Value\(data=1.0, grad=0.0, label='p'\)"):
        Adam([Value(1.0, label="p")], eps=0.0).step()


def test_amsgrad_never_forgets_a_large_gradient_and_adam_does():
    grads = [100.0, *[1.0] * 200]
    plain, ams = (walk(Adam([Value(0.0)], 0.1, (0.0, 0.5), amsgrad=on), grads) for on in (False, True))
    assert plain[-2] - plain[-1] == pytest.approx(0.1, rel=1e-6)
    assert ams[-2] - ams[-1] < 0.002


def test_nan_gradient_makes_its_own_parameter_nan_and_no_other():
    for optimizer in (SGD([Value(1.0), Value(1.0)], 0.1, momentum=0.9), Adam([Value(1.0), Value(1.0)], amsgrad=True)):
        for grads in ((math.nan, 1.0), (1.0, 1.0)):
            for p, g in zip(optimizer.params, grads, strict=True):
                p.grad = g
            optimizer.step()
        assert math.isnan(optimizer.params[0].data)
        assert math.isfinite(optimizer.params[1].data)


# --- PyTorch's trajectories -----------------------------------------------------------------------------------------


def random_configuration(rng):
    """A kind of optimizer and its options, the same in both libraries."""
    kind = rng.choice(["SGD", "Adam", "AdamW"])
    options = {"lr": 10 ** rng.uniform(-4, -0.5), "maximize": rng.random() < 0.3}
    if rng.random() < 0.6:
        options["weight_decay"] = rng.choice([0.0, 10 ** rng.uniform(-4, -0.5)])
    if kind == "SGD":
        options["momentum"] = rng.choice([0.0, 0.5, 0.9, rng.random()])
        if options["momentum"] and rng.random() < 0.4:
            options["nesterov"] = True
        elif rng.random() < 0.6:
            options["dampening"] = rng.random()
    else:
        options["betas"] = (rng.choice([0.0, 0.9, rng.random()]), rng.choice([0.99, 0.999, rng.random()]))
        options["eps"] = 10 ** rng.uniform(-10, -2)
        options["amsgrad"] = rng.random() < 0.5
    return kind, options


@pytest.mark.parametrize("seed", range(60))
def test_trajectories_are_those_of_pytorch(seed):
    torch = pytest.importorskip("torch", reason="needs PyTorch to compare with")
    rng = random.Random(seed)
    kind, options = random_configuration(rng)
    start = [rng.gauss(0, 1) for _ in range(rng.randint(1, 5))]
    pulls = [rng.uniform(0.1, 2.0) for _ in start]
    ours = [Value(x) for x in start]
    theirs = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    optimizer, reference = getattr(optim, kind)(ours, **options), getattr(torch.optim, kind)([theirs], **options)
    for _ in range(rng.randint(3, 30)):
        shift = rng.gauss(0, 1)
        for o in (optimizer, reference):
            o.zero_grad()
        loss = functions.sum(functions.tanh(a * p + shift) ** 2 + a * p for a, p in zip(pulls, ours, strict=True))
        loss.backward()
        a = torch.tensor(pulls, dtype=torch.float64)
        (torch.tanh(a * theirs + shift) ** 2 + a * theirs).sum().backward()
        optimizer.step()
        reference.step()
        assert [p.data for p in ours] == pytest.approx(theirs.tolist(), rel=1e-12, abs=1e-12)


def test_defaults_are_those_of_pytorch():
    torch = pytest.importorskip("torch", reason="needs PyTorch to compare with")
    for kind, options in ((SGD, {"lr": 0.5}), (Adam, {}), (AdamW, {})):
        (group,) = getattr(torch.optim, kind.__name__)([torch.zeros(1, requires_grad=True)], **options).param_groups
        ours = kind([Value(1.0)], **options)
        for name in ("lr", *kind.settings):
            assert getattr(ours, name) == group[name], name


# --- Learning rates that change -------------------------------------------------------------------------------------


def test_schedule_is_asked_for_the_steps_taken_so_far():
    optimizer = SGD([Value(0.0)], lr=lambda step: 2.0**-step)
    assert optimizer.lr == 1.0
    assert walk(optimizer, [-1.0] * 4) == [1.0, 1.5, 1.75, 1.875]
    assert optimizer.lr == 0.0625
    assert optimizer.steps == 4


@pytest.mark.parametrize("kind", [SGD, Adam, AdamW])
def test_schedule_and_rates_assigned_by_hand_are_the_same_to_the_last_bit(kind):
    rates = cosine(0.3, 5)
    by_schedule, by_hand = kind([Value(2.0)], lr=rates), kind([Value(2.0)], lr=0.0)
    path = []
    for step, g in enumerate(GRADS):
        by_hand.lr = rates(step)
        path += walk(by_hand, [g])
    assert walk(by_schedule) == path


def test_schedule_may_take_the_place_of_a_rate_and_back():
    optimizer = SGD([Value(0.0)], lr=1.0)
    optimizer.step()
    optimizer.lr = lambda step: step / 8
    assert optimizer.lr == 0.125
    optimizer.lr = 0.5
    assert optimizer.lr == 0.5


def test_lr_can_be_formatted_whether_it_is_a_number_or_a_schedule():
    assert f"{SGD([P], 0.1).lr:g}" == f"{SGD([P], constant(0.1)).lr:g}" == "0.1"


@pytest.mark.parametrize(("rate", "error"), [(-1.0, ValueError), (math.nan, ValueError), ("1", TypeError)])
def test_schedule_that_gives_no_rate_is_an_error_that_names_the_step(rate, error):
    with pytest.raises(error, match=r"got (-1.0 for step 0|nan for step 0|'1')"):
        SGD([P], lambda step: rate)
    optimizer = SGD([Value(1.0)], lambda step: rate if step else 0.1)
    optimizer.step()
    with pytest.raises(error, match=r"got (-1.0 for step 1|nan for step 1|'1')"):
        optimizer.step()
    before = optimizer.lr = 0.25
    with pytest.raises(error):
        optimizer.lr = rate
    assert optimizer.lr == before


def test_cosine_is_half_a_wave_and_then_its_floor():
    rate = cosine(0.5, steps=4, floor=0.1)
    assert [rate(step) for step in range(7)] == pytest.approx(
        [0.5, 0.3 + 0.2 * math.sqrt(0.5), 0.3, 0.3 - 0.2 * math.sqrt(0.5), 0.1, 0.1, 0.1]
    )


def test_step_decay_falls_in_steps():
    assert [step_decay(1.0, every=2, factor=0.5)(step) for step in range(6)] == [1.0, 1.0, 0.5, 0.5, 0.25, 0.25]


def test_warmup_rises_to_the_schedule_inside_and_leaves_it_alone_then():
    rate = warmup(step_decay(1.0, every=6, factor=0.5), steps=4)
    assert [rate(step) for step in range(8)] == [0.25, 0.5, 0.75, 1.0, 1.0, 1.0, 0.5, 0.5]
    assert warmup(0.5, steps=1)(0) == 0.5


def test_schedules_agree_with_those_of_pytorch():
    torch = pytest.importorskip("torch", reason="needs PyTorch to compare with")
    theirs = torch.optim.lr_scheduler
    for ours, make in (
        (cosine(0.3, 20, 0.01), lambda o: theirs.CosineAnnealingLR(o, 20, 0.01)),
        (step_decay(0.3, 7, 0.5), lambda o: theirs.StepLR(o, 7, 0.5)),
        (constant(0.3), lambda o: theirs.ConstantLR(o, 1.0)),
        (warmup(0.3, 5), lambda o: theirs.LinearLR(o, 0.2, 1.0, 4)),
    ):
        optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.3)
        schedule = make(optimizer)
        for step in range(21):
            assert ours(step) == pytest.approx(optimizer.param_groups[0]["lr"], rel=1e-12)
            optimizer.step()
            schedule.step()


SCHEDULES = [constant(0.1), cosine(0.1, 5), step_decay(0.1, 2), warmup(cosine(0.1, 5, 0.01), 2)]


@pytest.mark.parametrize("schedule", SCHEDULES, ids=repr)
def test_schedules_are_plain_data(schedule):
    for twin in (pickle.loads(pickle.dumps(schedule)), copy.deepcopy(schedule), eval(repr(schedule))):
        assert twin == schedule
        assert hash(twin) == hash(schedule)
        assert [twin(step) for step in range(9)] == [schedule(step) for step in range(9)]
    assert sum(schedule == other for other in SCHEDULES) == 1
    assert schedule != repr(schedule)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: constant(-0.1), ValueError, "rate or factor >= 0 and finite, got -0.1"),
        (lambda: cosine(math.nan, 5), ValueError, "got nan"),
        (lambda: cosine(0.1, 5, -1.0), ValueError, "got -1.0"),
        (lambda: cosine(0.1, 0), ValueError, "expected steps as an int >= 1, got 0"),
        (lambda: step_decay(0.1, 2.5), ValueError, "expected every as an int >= 1, got 2.5"),
        (lambda: step_decay(0.1, 2, math.inf), ValueError, "got inf"),
        (lambda: warmup("0.1", 2), TypeError, "real number, got '0.1'"),
    ],
)
def test_impossible_schedules_are_clear_errors(make, error, message):
    with pytest.raises(error, match=message):
        make()


# --- Options that are out of range ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "options", "error", "message"),
    [
        (SGD, {"momentum": -0.1}, ValueError, "expected momentum >= 0 and finite, got -0.1"),
        (SGD, {"momentum": math.nan}, ValueError, "momentum .*got nan"),
        (SGD, {"dampening": math.inf}, ValueError, "expected dampening finite, got inf"),
        (SGD, {"dampening": -math.inf}, ValueError, "expected dampening finite, got -inf"),
        (SGD, {"weight_decay": -1}, ValueError, "expected weight_decay >= 0 and finite, got -1"),
        (SGD, {"weight_decay": "0"}, TypeError, "expected weight_decay as a number, got '0'"),
        (SGD, {"nesterov": True}, ValueError, "momentum > 0 and dampening 0 with nesterov, got momentum=0.0"),
        (SGD, {"nesterov": True, "momentum": 0.9, "dampening": 0.1}, ValueError, "dampening=0.1"),
        (Adam, {"betas": (1.0, 0.9)}, ValueError, r"expected betas\[0\] >= 0 and < 1, got 1.0"),
        (Adam, {"betas": (0.9, -0.1)}, ValueError, r"expected betas\[1\] >= 0 and < 1, got -0.1"),
        (Adam, {"betas": (0.9,)}, TypeError, r"betas as a pair of numbers, got \(0.9,\)"),
        (Adam, {"betas": 0.9}, TypeError, "betas as a pair of numbers, got 0.9"),
        (Adam, {"eps": -1e-8}, ValueError, "expected eps >= 0 and finite, got -1e-08"),
        (AdamW, {"weight_decay": math.nan}, ValueError, "weight_decay .*got nan"),
        (AdamW, {"lr": -1}, ValueError, "lr >= 0 and finite, got -1"),
    ],
)
def test_options_out_of_range_are_clear_errors(kind, options, error, message):
    with pytest.raises(error, match=message):
        kind([P], **{"lr": 0.1} | options)


def test_optimizers_say_what_they_are():
    assert repr(SGD([P], 0.1, 0.5)) == (
        "SGD(1 parameters, lr=0.1, momentum=0.5, dampening=0.0, weight_decay=0.0, nesterov=False, maximize=False)"
    )
    assert "lr=cosine(0.1, 5, 0.0), betas=(0.9, 0.999)" in repr(Adam([P], cosine(0.1, 5)))


# --- State ----------------------------------------------------------------------------------------------------------

KINDS = [
    lambda ps: SGD(ps, 0.1),
    lambda ps: SGD(ps, 0.1, 0.9, 0.1, 0.01),
    lambda ps: SGD(ps, cosine(0.1, 9), 0.9, nesterov=True, maximize=True),
    lambda ps: Adam(ps, 0.1, (0.8, 0.9), amsgrad=True),
    lambda ps: AdamW(ps, warmup(0.1, 7)),
]


@pytest.mark.parametrize("make", KINDS)
@pytest.mark.parametrize("breaks", [0, 1, 3])
def test_resumed_run_equals_an_unbroken_one_bit_for_bit(make, breaks):
    unbroken, first = (make([Value(1.0), Value(-2.0)]) for _ in range(2))
    path = walk(unbroken)
    assert walk(first, GRADS[:breaks]) == path[:breaks]
    second = make([Value(p.data) for p in first.params])
    second.load_state_dict(json.loads(json.dumps(first.state_dict())))
    assert walk(second, GRADS[breaks:]) == path[breaks:]
    assert second.state_dict() == unbroken.state_dict()


@pytest.mark.parametrize("make", KINDS)
def test_copied_optimizer_goes_on_as_the_original_would(make):
    optimizer = make([Value(1.0), Value(-2.0)])
    walk(optimizer, GRADS[:2])
    twins = [copy.deepcopy(optimizer), pickle.loads(pickle.dumps(optimizer))]
    path = walk(optimizer)
    assert [walk(twin) for twin in twins] == [path, path]


def test_state_brings_settings_that_were_changed_on_the_way():
    optimizer = SGD([Value(1.0)], 0.1, momentum=0.9)
    optimizer.lr, optimizer.momentum = 0.05, 0.5
    other = SGD([Value(1.0)], 0.1, momentum=0.9)
    other.load_state_dict(optimizer.state_dict())
    assert (other.lr, other.momentum) == (0.05, 0.5)


def test_state_is_a_copy_that_later_steps_leave_alone():
    optimizer = Adam([Value(1.0)])
    state = optimizer.state_dict()
    kept = copy.deepcopy(state)
    other = Adam([Value(1.0)])
    other.load_state_dict(state)
    walk(optimizer)
    walk(other)
    assert state == kept


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda s: None, ValueError, "expected the state of SGD.*got None"),
        (lambda s: s.pop("velocity") and s, ValueError, "a dict of optimizer, steps, lr, momentum"),
        (lambda s: s | {"optimizer": "Adam"}, ValueError, "expected the state of SGD"),
        (lambda s: s | {"more": 1}, ValueError, "expected the state of SGD"),
        (lambda s: s | {"steps": -1}, ValueError, "steps as an int >= 0, got -1"),
        (lambda s: s | {"steps": 1.5}, ValueError, "steps as an int >= 0, got 1.5"),
        (lambda s: s | {"lr": None}, ValueError, r"in both or in neither, got None .* and 0.1 here"),
        (lambda s: s | {"lr": -1.0}, ValueError, "lr >= 0 and finite, got -1.0"),
        (lambda s: s | {"velocity": [1.0]}, ValueError, r"velocity as a list of 2 .* got \[1.0\]"),
        (lambda s: s | {"velocity": "ab"}, ValueError, "velocity as a list of 2"),
        (lambda s: s | {"velocity": [1.0, "2"]}, TypeError, "real number, got '2'"),
        (lambda s: s | {"momentum": -1.0}, ValueError, "momentum >= 0 and finite, got -1.0"),
        (lambda s: s | {"nesterov": True, "momentum": 0.0}, ValueError, "with nesterov"),
    ],
)
def test_state_that_does_not_fit_is_a_clear_error_and_changes_nothing(change, error, message):
    optimizer = SGD([Value(1.0), Value(2.0)], 0.1, momentum=0.9)
    walk(optimizer)
    before = optimizer.state_dict()
    other = SGD([Value(1.0), Value(2.0)], 0.3, momentum=0.5)
    walk(other, [1.0])
    with pytest.raises(error, match=message):
        optimizer.load_state_dict(change(other.state_dict()))
    assert optimizer.state_dict() == before


def test_state_of_a_schedule_goes_only_to_a_schedule():
    state = SGD([Value(1.0)], cosine(0.1, 5)).state_dict()
    assert state["lr"] is None
    with pytest.raises(ValueError, match="in both or in neither"):
        SGD([Value(1.0)], 0.1).load_state_dict(state)
    with pytest.raises(ValueError, match=r"in both or in neither, got 0.1 in the state .* and cosine\(0.1, 5, 0.0\)"):
        SGD([Value(1.0)], cosine(0.1, 5)).load_state_dict(SGD([Value(1.0)], 0.1).state_dict())


def test_adams_memory_has_no_gaps():
    state = Adam([Value(1.0)]).state_dict()
    with pytest.raises(TypeError, match="real number, got None"):
        Adam([Value(1.0)]).load_state_dict(state | {"mean": [None]})


def test_optimizer_of_ones_own_is_saved_too():
    class Average(Optimizer):
        settings = ("keep",)
        memory = ("average",)

        def __init__(self, params, lr, keep):
            super().__init__(params, lr)
            self.keep = keep

        def step(self):
            for i, p in enumerate(self.params):
                self.average[i] = self.keep * self.average[i] + p.grad
                p.data -= self.lr * self.average[i]
            self.steps += 1

    first, second = Average([Value(1.0)], 0.1, 0.5), Average([Value(1.0)], 0.2, 0.25)
    walk(first, GRADS[:3])
    second.load_state_dict(first.state_dict())
    second.params[0].data = first.params[0].data
    assert walk(second, GRADS[3:]) == walk(first, GRADS[3:])


def test_where_floats_are_told_apart_by_number_the_untouched_zero_is_still_told_apart():
    zero = untouched.Zero()  # what PyPy takes
    assert zero is not untouched.Zero() and zero + 0.0 is not zero
    assert (zero, repr(zero), zero.__class__) == (0.0, "0.0", float)
    copied = pickle.loads(pickle.dumps(zero))
    assert (type(copied), copied) == (float, 0.0)
