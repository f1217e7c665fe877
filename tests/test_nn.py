"""Claims about networks: their numbers are micrograd's, and a Module finds every parameter once."""

import copy
import functools
import math
import pickle
import random
import statistics

import pytest
from optional import np

from minigrad import Value, functions, gradients, nn
from minigrad.compiler import compile
from minigrad.nn import (
    MLP,
    Layer,
    Linear,
    Module,
    Neuron,
    Sequential,
    kaiming_normal,
    kaiming_uniform,
    uniform,
    xavier_normal,
    xavier_uniform,
)
from minigrad.optim import SGD, Adam

# --- The scripts that exist -----------------------------------------------------------------------------------------

SCRIPT = """
random.seed(1337)
model = MLP(3, [4, 4, 1])
rows = [[2.0, 3.0, -1.0], [3.0, -1.0, 0.5], [0.5, 1.0, 1.0], [1.0, 1.0, -1.0]]
targets = [1.0, -1.0, -1.0, 1.0]
start = [p.data for p in model.parameters()]
losses = []
for step in range(20):
    outputs = [model(list(map(Value, row))) for row in rows]
    loss = sum(((out - y) ** 2 for out, y in zip(outputs, targets)))
    if not losses:
        first = [out.data for out in outputs]
    model.zero_grad()
    loss.backward()
    losses.append(loss.data)
    if step == 0:
        slopes = [p.grad for p in model.parameters()]
    for p in model.parameters():
        p.data -= 0.01 * p.grad
text = str(model)
"""


def run(imports):
    names = {"random": random}
    exec(imports + SCRIPT, names)
    return names


MINE = "from minigrad import Value\nfrom minigrad.nn import MLP\n"
THEIRS = "from micrograd.engine import Value\nfrom micrograd.nn import MLP\n"


def test_micrograds_script_gives_the_numbers_that_micrograd_gave():
    ours = run(MINE)
    assert ours["start"][:3] == [0.23550571390294128, 0.06653114721000164, -0.26830328150124894]
    assert ours["first"] == [4.000271647734554, 1.6539934680939266, 0.268518064900208, 1.8818997132161885]
    assert ours["losses"][0] == 18.432196474034008
    assert ours["slopes"][:3] == pytest.approx([19.697642539830067, 9.592071178955903, -3.390560551084029], rel=1e-13)
    assert ours["losses"][-1] == pytest.approx(0.5678298498717962, rel=1e-12)


def test_micrograds_script_gives_micrograds_numbers_beside_it():
    pytest.importorskip("micrograd", reason="needs micrograd to compare with")
    ours, theirs = run(MINE), run(THEIRS)
    for name in ("start", "first", "text"):
        assert ours[name] == theirs[name], name
    for name in ("slopes", "losses"):  # micrograd walks sets, so its last digits differ from run to run
        assert ours[name] == pytest.approx(theirs[name], rel=1e-12, abs=1e-15), name


@pytest.mark.parametrize("shape", [(1, [1]), (2, [3, 2]), (4, [5, 5, 5, 2])])
def test_the_same_numbers_put_into_both_give_the_same_outputs(shape):
    micrograd = pytest.importorskip("micrograd.nn", reason="needs micrograd to compare with")
    rng = random.Random(str(shape))
    ours, theirs = MLP(*shape), micrograd.MLP(*shape)
    assert len(ours.parameters()) == len(theirs.parameters())
    for p, q in zip(ours.parameters(), theirs.parameters(), strict=True):
        p.data = q.data = rng.gauss(0, 1)
    for _ in range(20):
        x = [rng.gauss(0, 2) for _ in range(shape[0])]
        ours_out, theirs_out = ours(x), theirs(x)
        if shape[1][-1] == 1:
            ours_out, theirs_out = [ours_out], [theirs_out]
        assert [v.data for v in ours_out] == [v.data for v in theirs_out]


# --- Neurons, layers, networks --------------------------------------------------------------------------------------


def neuron_of(w, b, **options):
    neuron = Neuron(len(w), **options)
    neuron.load_state_dict({f"w.{i}": x for i, x in enumerate(w)} | {"b": b})
    return neuron


def test_neuron_is_one_sum_and_one_activation():
    neuron = neuron_of([2.0, -1.0], 0.5)
    x = [Value(3.0), Value(1.0)]
    out = neuron(x)
    (total,) = out.parents
    assert (out.op.name, total.op.name, out.data) == ("relu", "affine", 5.5)
    assert set(total.parents) == {neuron.b, *neuron.w, *x}
    assert [g.data for g in gradients(out, [*neuron.w, neuron.b, *x])] == [3.0, 1.0, 1.0, 2.0, -1.0]


def test_neuron_adds_from_the_bias_on_as_micrograd_does():
    w, b, x = [0.1, 0.2, 0.3], 0.7, [1.1, 1.3, 1.7]
    assert neuron_of(w, b)(x).data == ((b + w[0] * x[0]) + w[1] * x[1]) + w[2] * x[2]


def test_linear_neuron_has_no_bend():
    assert neuron_of([1.0], 0.0, nonlin=False)([-3.0]).data == -3.0
    assert neuron_of([1.0], 0.0)([-3.0]).data == 0.0


@pytest.mark.parametrize("activation", [functions.tanh, functions.sigmoid, lambda x: x * x])
def test_activation_is_any_function_of_one_number(activation):
    neuron = neuron_of([2.0], 1.0, activation=activation)
    assert neuron([0.25]).data == activation(1.5)
    model = MLP(1, [2, 1], activation=activation)
    assert [n.activation for layer in model.layers for n in layer.neurons] == [activation] * 3
    assert [n.nonlin for layer in model.layers for n in layer.neurons] == [True, True, False]


def test_layer_gives_a_list_and_a_lone_output_as_it_is():
    outputs = Layer(2, 3)([1.0, 2.0])
    assert [type(v) for v in outputs] == [Value] * 3
    assert type(Layer(2, 1)([1.0, 2.0])) is Value


def test_layer_of_one_neuron_may_stand_in_the_middle():
    model = MLP(2, [1, 1, 2])
    assert len(model([1.0, 2.0])) == 2


@pytest.mark.parametrize(
    "x",
    [(1.0, 2.0), iter([1.0, 2.0]), np.array([1.0, 2.0]), [1, np.float64(2)], [Value(1.0), 2]],
    ids=["tuple", "iterator", "array", "mixed", "Value"],
)
def test_inputs_may_be_any_iterable_of_numbers_and_values(x):
    model = MLP(2, [3, 1], rng=random.Random(5))
    assert model(x).data == MLP(2, [3, 1], rng=random.Random(5))([1.0, 2.0]).data


@pytest.mark.parametrize("x", [2.0, 2, Value(2.0), np.float64(2)])
def test_one_input_may_come_as_it_is(x):
    model = MLP(1, [2, 1], rng=random.Random(5))
    assert model(x).data == model([2.0]).data


@pytest.mark.parametrize("model", [Neuron(3), Layer(3, 2), MLP(3, [2, 1])])
@pytest.mark.parametrize(("x", "count"), [([1.0, 2.0], 2), ([1.0] * 4, 4), ([], 0), (1.0, 1)])
def test_wrong_number_of_inputs_is_an_error_that_counts_them(model, x, count):
    with pytest.raises(ValueError, match=f"expected 3 inputs, got {count}"):
        model(x)


def test_text_is_no_input():
    with pytest.raises(TypeError, match="expected a real number, got 'a'"):
        Neuron(2)("ab")


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Neuron(0), ValueError, "expected nin as an int >= 1, got 0"),
        (lambda: Neuron(2.0), ValueError, "expected nin as an int >= 1, got 2.0"),
        (lambda: Layer(2, 0), ValueError, "expected nout as an int >= 1, got 0"),
        (lambda: MLP(2, []), ValueError, r"nouts as a list of one width or more, got \[\]"),
        (lambda: MLP(2, 16), ValueError, "nouts as a list of one width or more, got 16"),
        (lambda: MLP(2, [16, -1]), ValueError, "expected nout as an int >= 1, got -1"),
        (lambda: MLP(2, [1], rng=42), TypeError, r"source of randomness, got 42; random.Random\(42\)"),
        (lambda: Layer(2, 1, activaton=math.tanh), TypeError, "activaton"),
    ],
)
def test_impossible_networks_are_clear_errors(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_networks_say_what_they_are():
    assert repr(MLP(2, [2, 1])) == ("MLP of [Layer of [ReLUNeuron(2), ReLUNeuron(2)], Layer of [LinearNeuron(2)]]")
    assert repr(Neuron(4, activation=functions.tanh)) == "TanhNeuron(4)"
    nameless = functools.partial(functions.leaky_relu, slope=0.1)
    assert repr(Neuron(4, activation=nameless)) == "NonlinearNeuron(4)"


# --- Where weights start --------------------------------------------------------------------------------------------


def test_rng_decides_every_weight_and_leaves_the_random_module_alone():
    random.seed(7)
    expected = random.random()
    random.seed(7)
    one, two, other = (MLP(3, [4, 1], rng=random.Random(seed)).state_dict() for seed in (1, 1, 2))
    assert one == two != other
    assert random.random() == expected


def test_without_an_rng_the_random_module_decides():
    weights = []
    for _ in range(2):
        random.seed(7)
        weights.append(MLP(3, [4, 1]).state_dict())
    random.seed(7)
    assert weights[0] == weights[1]
    assert weights[0]["layers.0.neurons.0.w.0"] == random.uniform(-1, 1)


@pytest.mark.parametrize(
    ("init", "deviation", "bound"),
    [
        (uniform, 1 / math.sqrt(3), 1.0),
        (kaiming_uniform, math.sqrt(2 / 300), math.sqrt(6 / 300)),
        (kaiming_normal, math.sqrt(2 / 300), math.inf),
        (xavier_uniform, math.sqrt(2 / 340), math.sqrt(6 / 340)),
        (xavier_normal, math.sqrt(2 / 340), math.inf),
    ],
)
def test_weights_start_with_the_spread_that_their_name_promises(init, deviation, bound):
    layer = Layer(300, 40, init=init, rng=random.Random(0))
    weights = [w.data for neuron in layer.neurons for w in neuron.w]
    assert statistics.stdev(weights) == pytest.approx(deviation, rel=0.02)
    assert abs(statistics.mean(weights)) < 0.03 * deviation
    assert max(map(abs, weights)) <= bound
    if bound < math.inf:
        assert max(map(abs, weights)) > 0.999 * bound
    else:
        assert max(map(abs, weights)) > 3 * deviation
    assert [neuron.b.data for neuron in layer.neurons] == [0.0] * 40


@pytest.mark.parametrize("name", ["kaiming_uniform", "kaiming_normal", "xavier_uniform", "xavier_normal"])
def test_spread_is_that_of_pytorchs_function_of_the_name(name):
    torch = pytest.importorskip("torch", reason="needs PyTorch to compare with")
    theirs = torch.empty(400, 300, dtype=torch.float64)  # PyTorch's layers keep outputs x inputs
    options = {"nonlinearity": "relu"} if name.startswith("kaiming") else {}
    getattr(torch.nn.init, name + "_")(theirs, generator=torch.Generator().manual_seed(0), **options)
    init, rng = getattr(nn, name), random.Random(0)
    ours = [init(rng, 300, 400) for _ in range(20_000)]
    assert statistics.stdev(ours) == pytest.approx(theirs.std().item(), rel=0.02)
    if name.endswith("uniform"):
        assert max(ours) == pytest.approx(theirs.max().item(), rel=1e-3)


def test_init_may_be_a_function_of_ones_own():
    layer = Layer(2, 3, init=lambda rng, nin, nout: nin + nout / 10)
    assert {w.data for neuron in layer.neurons for w in neuron.w} == {2.3}


# --- Modules of one's own -------------------------------------------------------------------------------------------


class Everything(Module):
    def __init__(self):
        self.scale = Value(1.0)
        self.table = {"rows": [[Value(2.0), Value(3.0)], (Value(4.0),)], "name": "no parameter"}
        self.inner = Neuron(1, rng=random.Random(0))
        self.count = 3
        self.again = [self.scale, self.inner]
        self.bias = Value(5.0)
        self.cache = self.bias * 2.0
        self.owner = self  # a way back round


NAMES = ["scale", "table.rows.0.0", "table.rows.0.1", "table.rows.1.0", "inner.w.0", "inner.b", "bias"]


def test_parameters_are_found_in_order_and_each_once():
    module = Everything()
    assert [name for name, _ in module.named_parameters()] == NAMES
    assert module.parameters() == [p for _, p in module.named_parameters()]
    assert list(module.state_dict()) == NAMES
    assert module.state_dict()["table.rows.1.0"] == 4.0
    assert repr(module) == "Everything of 7 parameters"


def test_module_without_parameters_has_none():
    assert Module().parameters() == []


def test_parameters_are_found_a_thousand_modules_deep():
    module = innermost = Module()
    for _ in range(2000):
        innermost.inside = innermost = Module()
    innermost.p = Value(1.0)
    assert len(module.parameters()) == 1


def test_set_of_parameters_is_an_error_because_it_has_no_order():
    module = Module()
    module.names = {"a", "b"}
    assert module.parameters() == []
    module.values = {Value(1.0)}
    with pytest.raises(TypeError, match=r"expected parameters in a list, tuple or dict, got .Value"):
        module.parameters()


def test_two_parameters_of_one_name_cannot_be_saved():
    module = Module()
    module.table = {1: Value(1.0), "1": Value(2.0)}
    assert len(module.parameters()) == 2
    for use in (module.state_dict, lambda: module.load_state_dict({"table.1": 1.0})):
        with pytest.raises(ValueError, match=r"one parameter named 'table.1', got several"):
            use()


def test_zero_grad_resets_every_parameter():
    model = MLP(2, [3, 1])
    model([1.0, 2.0]).backward()
    assert any(p.grad for p in model.parameters())
    model.zero_grad()
    assert [p.grad for p in model.parameters()] == [0.0] * 13


def test_module_that_lists_its_parameters_itself_works_as_in_micrograd():
    class Pair(Module):
        def __init__(self):
            self.a, self.b = Value(1.0), Value(2.0)

        def parameters(self):
            return [self.b, self.a]

    pair = Pair()
    pair.a.grad = pair.b.grad = 1.0
    pair.zero_grad()
    assert (pair.a.grad, pair.b.grad) == (0.0, 0.0)
    assert SGD(pair.parameters(), 0.1).params == [pair.b, pair.a]


@pytest.mark.parametrize("twin_of", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_copies_are_equal_and_independent(twin_of):
    model = MLP(2, [3, 1], activation=functions.tanh, rng=random.Random(0))
    model.tied = model.layers[0].neurons[0].w[0]
    twin = twin_of(model)
    assert twin.state_dict() == model.state_dict()
    assert twin([0.5, -1.0]).data == model([0.5, -1.0]).data
    assert twin.tied is twin.layers[0].neurons[0].w[0]
    twin.tied.data += 1.0
    assert twin([0.5, -1.0]).data != model([0.5, -1.0]).data


# --- State ----------------------------------------------------------------------------------------------------------


def test_state_moves_a_model_into_another_bit_for_bit():
    one, two = (MLP(2, [3, 1], rng=random.Random(seed)) for seed in (1, 2))
    params = two.parameters()
    two.load_state_dict(one.state_dict())
    assert two.parameters() == params
    assert [p.data for p in params] == [p.data for p in one.parameters()]


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda s: s | {"c": 1.0}, ValueError, r"3 parameters, .* missing \[\], unknown \['c'\]"),
        (lambda s: {"w.0": 9.0, "w.1": 9.0}, ValueError, r"missing \['b'\], unknown \[\]"),
        (lambda s: [1.0, 2.0, 3.0], ValueError, r"got \[1.0, 2.0, 3.0\]: missing \['w.0', 'w.1', 'b'\]"),
        (lambda s: {"w.0": 9.0, "w.1": 9.0, "b": "9"}, TypeError, "expected a real number, got '9'"),
    ],
)
def test_state_that_does_not_fit_is_a_clear_error_and_changes_nothing(change, error, message):
    neuron = neuron_of([1.0, 2.0], 3.0)
    with pytest.raises(error, match=message):
        neuron.load_state_dict(change(neuron.state_dict()))
    assert neuron.state_dict() == {"w.0": 1.0, "w.1": 2.0, "b": 3.0}


# --- Floats ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("activation", [functions.relu, functions.tanh, functions.softplus])
def test_network_of_floats_gives_floats_with_the_bits_of_the_values(activation):
    model = MLP(3, [5, 4, 2], activation=activation, rng=random.Random(3))
    numbers = model.floats()
    rng = random.Random(4)
    for _ in range(50):
        x = [rng.gauss(0, 3) for _ in range(3)]
        outputs = numbers(x)
        assert [type(out) for out in outputs] == [float, float]
        assert outputs == [v.data for v in model(x)]
    assert numbers.parameters() == []
    assert repr(numbers) == repr(model)


def test_network_of_floats_is_a_snapshot():
    model = neuron_of([2.0], 0.0)
    numbers = model.floats()
    model.w[0].data = 5.0
    assert numbers([1.0]) == 2.0
    assert model.w[0].data == 5.0


def test_module_of_ones_own_becomes_floats_wherever_its_parameters_stand():
    module = Everything()
    del module.cache
    numbers = module.floats()
    assert (numbers.scale, numbers.table["rows"], numbers.bias) == (1.0, [[2.0, 3.0], (4.0,)], 5.0)
    assert numbers.again[1] is numbers.inner
    assert type(numbers.inner([2.0])) is float


def test_network_learns_xor():
    rows, targets = [(0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0)], [0.0, 1.0, 1.0, 0.0]
    model = MLP(2, [4, 1], activation=functions.tanh, init=xavier_uniform, rng=random.Random(1))
    optimizer = SGD(model.parameters(), lr=0.2, momentum=0.9)
    for _ in range(200):
        optimizer.zero_grad()
        functions.mean((model(x) - y) ** 2 for x, y in zip(rows, targets, strict=True)).backward()
        optimizer.step()
    assert [round(model.floats()(x), 2) for x in rows] == targets


@pytest.mark.parametrize("x", [{5: 1.0, 6: 2.0}, {1.0, 2.0}])
def test_inputs_without_an_order_are_refused(x):
    with pytest.raises(TypeError, match="expected a list of inputs, got"):
        Neuron(2)(x)


def test_a_single_input_may_be_an_array_without_dimensions():
    neuron = neuron_of([2.0], 1.0)
    assert neuron(np.array(3.0)).data == neuron(np.float64(3.0)).data == neuron(3.0).data == 7.0


def test_zero_grad_inside_a_function_to_be_compiled_is_refused():
    model = Neuron(1)
    with pytest.raises(TypeError, match=r"a compiled function cannot call zero_grad\(\)"):
        compile(lambda x: (model.zero_grad(), model(x))[1])(1.0)


# --- Layers as PyTorch has them -------------------------------------------------------------------------------------


def test_linear_is_a_matrix_and_a_bias_and_always_a_list():
    layer = Linear(2, 3, rng=random.Random(0))
    x = [0.5, -2.0]
    by_hand = [b.data + (w[0].data * x[0] + w[1].data * x[1]) for w, b in zip(layer.weight, layer.bias, strict=True)]
    assert [out.data for out in layer(x)] == pytest.approx(by_hand, rel=1e-15)
    assert isinstance(Linear(1, 1)(3.0), list) and layer.forward(x)[0].data == layer(x)[0].data
    bare = Linear(2, 1, bias=False)
    assert bare.bias is None and len(bare.parameters()) == 2 and repr(bare) == "Linear(2, 1, bias=False)"
    assert bare(x)[0].data == bare.weight[0][0].data * 0.5 + bare.weight[0][1].data * -2.0


def test_linear_starts_as_pytorchs_does():
    numbers = [p.data for p in Linear(16, 50, rng=random.Random(1)).parameters()]
    assert max(map(abs, numbers)) <= 0.25 and np.std(numbers) == pytest.approx(0.25 / math.sqrt(3), rel=0.05)


def test_sequential_mixes_modules_and_functions():
    rng = random.Random(2)
    first, last = Linear(2, 3, rng=rng), Linear(3, 2, rng=rng)
    model = Sequential(first, functions.relu, last, functions.softmax)
    out = model([1.0, -1.0])
    hidden = [functions.relu(x) for x in first([1.0, -1.0])]
    assert [x.data for x in out] == [x.data for x in functions.softmax(last(hidden))]
    assert (len(model), model[0], len(model.parameters())) == (4, first, 17)
    assert Sequential(lambda x: x + 1.0)(2.0) == 3.0
    assert [*model.state_dict()][:2] == ["layers.0.weight.0.0", "layers.0.weight.0.1"]


def test_sequential_learns():
    rng = random.Random(4)
    model = Sequential(Linear(2, 4, rng=rng), functions.tanh, Linear(4, 1, rng=rng))
    rows = [([0.0, 0.0], 0.0), ([0.0, 1.0], 1.0), ([1.0, 0.0], 1.0), ([1.0, 1.0], 0.0)]
    optimizer = Adam(model.parameters(), 0.05)
    for _ in range(300):
        optimizer.zero_grad()
        loss = sum((model(x)[0] - y) ** 2 for x, y in rows)
        loss.backward()
        optimizer.step()
    assert loss.data < 0.01


def test_what_is_no_layer_and_no_input_is_a_clear_error():
    with pytest.raises(TypeError, match=r"expected modules and functions, got \[.*without a list"):
        Sequential([Linear(1, 1)])
    with pytest.raises(ValueError, match="expected 2 inputs, got 3"):
        Linear(2, 1)([1.0, 2.0, 3.0])
    with pytest.raises(TypeError, match="source of randomness"):
        Linear(2, 1, rng=3)


def test_forward_stands_behind_the_call():
    class Twice(Module):
        def forward(self, x, *, plus=0.0):
            return 2.0 * x + plus

    assert Twice()(3.0, plus=1.0) == 7.0
    assert MLP(2, [1]).forward([1.0, 2.0]).data is not None
    with pytest.raises(NotImplementedError, match="Module needs a forward"):
        Module()(1.0)
