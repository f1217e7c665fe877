"""Claims of docs/coming-from.md: what a script for micrograd, microgpt or PyTorch does here, and what differs.

`test_readme.py` runs the page's own blocks.
"""

import importlib
import math
import random
import re
from pathlib import Path

import pytest
from benchmarks.gpt import CHARACTERS, Loops, OneNodeEach, TextbookValue, on_scalars
from test_readme import blocks

import minigrad
from minigrad import Value
from minigrad.losses import cross_entropy

PAGE = (Path(__file__).resolve().parent.parent / "docs" / "coming-from.md").read_text(encoding="utf-8")


def table(heading: str) -> list[list[str]]:
    """The rows of the table whose head begins with `heading`: a list of cells each."""
    lines = PAGE[re.search(rf"^\| {heading} ", PAGE, re.MULTILINE).start() :].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


# --- micrograd ------------------------------------------------------------------------------------------------------


def test_the_pages_script_prints_the_same_with_micrograds_imports(capsys):
    pytest.importorskip("micrograd", reason="needs micrograd to compare with")
    script = blocks(PAGE)[0]
    text = script.text
    for row in table("micrograd"):
        theirs, ours = [cell.strip("`").replace("Neuron, Layer, ", "") for cell in row]
        assert text.count(ours) == 1
        text = text.replace(ours, theirs)
    assert "minigrad" not in text
    exec(text, {})
    assert capsys.readouterr().out == script.output


def twice(value_type):
    x = value_type(3.0)
    z = 2 * x**2
    z.backward()
    z.backward()
    return x.grad


def derivative_at_zero(value_type):
    x = value_type(0.0)
    (x**0).backward()
    return x.grad


def long_sum(value_type):
    total = value_type(0.0)
    for _ in range(2000):
        total = total + 1.0
    total.backward()
    return total.data


# What the table says, in its order: what to do, and what micrograd and minigrad make of it.
DIFFERENCES = [
    (twice, 36.0, 24.0),
    (lambda v: (v(3) / 5).data, 0.6000000000000001, 3 / 5),
    (lambda v: repr(v(3).data), "3", "3.0"),
    (lambda v: v("3").data, "3", TypeError),
    (lambda v: type((v(-8.0) ** (1 / 3)).data), complex, ValueError),
    (lambda v: (v(2.0) ** v(3.0)).data, AssertionError, 8.0),
    (derivative_at_zero, ZeroDivisionError, 0.0),
    (lambda v: v(1.0) < v(2.0), TypeError, True),
    (lambda v: bool(v(0.0)), True, TypeError),
    (long_sum, RecursionError, 2000.0),
]


def outcome(act, value_type):
    try:
        return act(value_type)
    except Exception as error:
        return type(error)


@pytest.mark.parametrize(("act", "theirs", "ours"), DIFFERENCES)
def test_minigrad_differs_from_micrograd_as_the_page_says(act, theirs, ours):
    assert outcome(act, Value) == ours
    micrograd = pytest.importorskip("micrograd.engine", reason="needs micrograd to compare with")
    assert outcome(act, micrograd.Value) == theirs


def test_the_page_has_a_row_for_each_difference_that_is_tried_here():
    rows = table("what you write")
    assert len(rows) == len(DIFFERENCES) + 3  # run to run, names of the graph, and an op of one's own
    for (_, *cells), (_, *outcomes) in zip(rows, DIFFERENCES, strict=False):
        for cell, result in zip(cells, outcomes, strict=True):
            if isinstance(result, type) and issubclass(result, Exception):
                assert cell.startswith(result.__name__), cell


def test_a_graph_can_be_asked_for_its_parents_and_ops():
    x = Value(3.0)
    y = x * 2.0
    assert y.parents == (x,) and repr(y.op) == "<op mul>"


# --- microgpt -------------------------------------------------------------------------------------------------------


def contenders(characters: int):
    """The same GPT on the textbook's Value, on minigrad's in the same loops, and with functions of many numbers."""
    document = [random.Random(5).randrange(CHARACTERS) for _ in range(characters)]
    return [
        on_scalars(*way)
        for way in ((TextbookValue, document, Loops), (Value, document, Loops), (Value, document, OneNodeEach()))
    ]


def test_a_gpt_of_microgpts_size_has_the_same_losses_and_parameters_with_minigrads_value():
    textbook, *others = contenders(4)
    expected = [textbook.read(textbook.run()) for _ in range(2)][-1]
    for other in others:
        got = [other.read(other.run()) for _ in range(2)][-1]
        assert max(abs(x - y) for x, y in zip(got, expected, strict=True)) < 1e-12


@pytest.mark.parametrize("n", [1, 2, 9])
def test_one_node_gives_what_the_loop_in_its_place_gives(n):
    rng = random.Random(n)
    row, x = [[Value(rng.gauss(0.0, 1.0)) for _ in range(n)] for _ in range(2)]
    logits = [Value(rng.gauss(0.0, 1.0)) for _ in range(n + 1)]
    powers = [logit.exp() for logit in logits]
    softmax = [power / sum(powers) for power in powers]
    pairs = [
        (minigrad.dot(row, x), sum(a * b for a, b in zip(row, x, strict=True))),
        (minigrad.dot(x, x) / len(x), sum(a * a for a in x) / len(x)),
        *zip(minigrad.softmax(logits), softmax, strict=True),
        *((cross_entropy(logits, i), -softmax[i].log()) for i in range(n + 1)),
        (minigrad.mean(row), (1 / n) * sum(row)),
    ]
    leaves = [*row, *x, *logits]
    for one, loop in pairs:
        assert one.data == pytest.approx(loop.data, rel=1e-14, abs=1e-15)
        for got, expected in zip(minigrad.gradients(one, leaves), minigrad.gradients(loop, leaves), strict=True):
            assert got.data == pytest.approx(expected.data, rel=1e-13, abs=1e-15)


def test_the_two_ways_of_attention_differ_tenfold_in_nodes_and_in_nothing_else():
    (shown,) = [block.output for block in blocks(PAGE) if block.output and "nodes" in block.output]
    (loops, in_loops), (one, in_one) = [line.replace(" nodes", "").split() for line in shown.splitlines()]
    assert loops == one and int(in_loops) > 10 * int(in_one)


# --- PyTorch --------------------------------------------------------------------------------------------------------


def found(module, name: str) -> bool:
    """Whether a dotted name leads somewhere."""
    for part in name.split("."):
        if not hasattr(module, part):
            return False
        module = getattr(module, part)
    return True


def names(cell: str) -> list[str]:
    """The names of functions and classes in a cell; not `x.grad`, whose `x` is an example."""
    code = [re.sub(r"\(.*", "", text) for text in re.findall(r"`([^`]+)`", cell)]
    return [
        name for name in code if re.fullmatch(r"[A-Za-z_.]+", name) and name.split(".")[0] not in ("x", "loss", "model")
    ]


def test_every_name_in_the_table_is_one_of_minigrads():
    for module in ("checkpoint", "compiler", "nn"):
        importlib.import_module(f"minigrad.{module}")
    all_names = [
        name for _, cell in table("PyTorch") for name in names(cell) if name not in ("lr", "rng=random.Random")
    ]
    assert len(all_names) > 30
    assert [name for name in all_names if not found(minigrad, name)] == []


def test_every_name_in_the_table_is_one_of_pytorchs():
    torch = pytest.importorskip("torch", reason="needs PyTorch to compare with")
    all_names = [name for cell, _ in table("PyTorch") for name in names(cell) if name.startswith("torch.")]
    assert len(all_names) > 25
    assert [name for name in all_names if not found(torch, name.removeprefix("torch."))] == []


def test_the_same_model_has_the_same_ten_digits_in_both():
    mine, theirs = [block.output for block in blocks(PAGE) if block.output and block.output.startswith("0 0.6")]
    assert mine == theirs and len(mine.splitlines()) == 4


def test_clamp_is_flat_at_its_bounds_and_pytorchs_is_not():
    x = Value(1.0)
    minigrad.clamp(x, 0.0, 1.0).backward()
    assert x.grad == 0.0
    torch = pytest.importorskip("torch", reason="needs PyTorch to compare with")
    t = torch.tensor(1.0, requires_grad=True)
    torch.clamp(t, 0.0, 1.0).backward()
    assert t.grad.item() == 1.0


@pytest.mark.parametrize(
    ("act", "derivatives"),
    [
        (lambda m, x, y: m.relu(x), [0.0, 0.0]),
        (lambda m, x, y: abs(x), [0.0, 0.0]),
        (lambda m, x, y: m.maximum(x, y), [0.5, 0.5]),
        (lambda m, x, y: m.minimum(x, y), [0.5, 0.5]),
    ],
)
def test_the_other_kinks_have_pytorchs_derivatives(act, derivatives):
    x, y = Value(0.0), Value(0.0)
    act(minigrad, x, y).backward()
    assert [x.grad, y.grad] == derivatives
    torch = pytest.importorskip("torch", reason="needs PyTorch to compare with")
    t, u = torch.tensor(0.0, requires_grad=True), torch.tensor(0.0, requires_grad=True)
    act(torch, t, u).backward()
    assert [0.0 if z.grad is None else z.grad.item() for z in (t, u)] == derivatives


def test_a_number_out_of_the_domain_is_an_error_here():
    with pytest.raises(ValueError, match="log"):
        minigrad.log(Value(0.0))
    torch = pytest.importorskip("torch", reason="needs PyTorch to compare with")
    assert torch.log(torch.tensor(0.0)).item() == -math.inf
