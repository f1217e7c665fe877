"""Claims about objectives over rows, whole and in batches."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

import minigrad
from minigrad import Value, mean_squared_error, minimize, squared_error
from minigrad.checkpoint import load, save
from minigrad.datasets import cars
from minigrad.optim import SGD
from minigrad.train import Batches
from minigrad.train.batches import OverRows

ROWS = [(x, y) for (x,), y in zip(cars().x, cars().y, strict=True)]


def line():
    w, b = Value(0.0, label="w"), Value(0.0, label="b")
    return (lambda x, y: squared_error(b + w * x, y)), [w, b]


def test_objective_over_all_rows_is_the_mean_loss_to_the_bit():
    loss, params = line()
    whole = OverRows(loss, ROWS)()
    by_hand = mean_squared_error([params[1] + params[0] * x for x, _ in ROWS], [y for _, y in ROWS])
    assert whole.data == by_hand.data
    whole.backward()
    grads = [p.grad for p in params]
    SGD(params, lr=1.0).zero_grad()
    by_hand.backward()
    assert grads == [p.grad for p in params]


def test_every_epoch_sees_every_row_once_in_an_order_of_its_own():
    seen = []
    objective = OverRows(lambda x, y: seen.append((x, y)) or Value(x), ROWS, batch_size=3, rng=random.Random(1))
    epochs = []
    for _ in range(2):
        sizes = []
        seen.clear()
        for _ in range(3):
            objective()
            sizes.append(len(objective.batch))
            objective.advance()
        assert sizes == [3, 3, 1]
        assert sorted(seen) == sorted(ROWS)
        epochs.append(list(seen))
    assert epochs[0] != epochs[1]


def test_same_seed_gives_the_same_descent_and_another_seed_another():
    def history(seed):
        loss, params = line()
        rng = random.Random(seed)
        return minimize(loss, SGD(params, lr=0.01), rows=ROWS, batch_size=2, rng=rng, max_steps=50).history

    assert history(1) == history(1) != history(2)


def test_minimize_over_rows_is_the_published_run():
    loss, params = line()
    result = minimize(loss, SGD(params, lr=0.01), rows=iter(ROWS), max_steps=5)
    assert [round(x, 2) for x in result.history] == [303.71, 170.84, 103.17, 68.70, 51.13, 42.17]


def test_batches_of_a_perfect_fit_converge_to_it():
    loss, params = line()
    rows = [(x, 2.0 * x - 1.0) for x in (0.0, 0.5, 1.0, 1.5)]
    result = minimize(loss, SGD(params, lr=0.2), rows=rows, batch_size=2, rng=random.Random(0), max_steps=3000)
    assert [p.data for p in params] == [pytest.approx(2.0, abs=1e-9), pytest.approx(-1.0, abs=1e-9)]
    assert result.loss < 1e-18


def test_bad_rows_and_batches_are_clear_errors():
    loss, params = line()
    optimizer = SGD(params, lr=0.1)
    with pytest.raises(ValueError, match="at least one row"):
        minimize(loss, optimizer, rows=[])
    for size in (0, 8, -1):
        with pytest.raises(ValueError, match=r"1 <= batch_size <= 7"):
            minimize(loss, optimizer, rows=ROWS, batch_size=size, rng=random.Random(0))
    with pytest.raises(TypeError, match="expected rng with batch_size"):
        minimize(loss, optimizer, rows=ROWS, batch_size=2)
    with pytest.raises(TypeError, match="expected rows with batch_size"):
        minimize(lambda: params[0] * 1.0, optimizer, batch_size=2, rng=random.Random(0))
    with pytest.raises(TypeError, match=r"loss as a Value, got 1\.0"):
        minimize(lambda x, y: 1.0, optimizer, rows=ROWS)


def test_program_descends_bit_for_bit_like_the_function_it_was_compiled_from():
    results = []
    for make in (lambda f: f, minigrad.compile):
        loss, params = line()
        result = minimize(make(loss), SGD(params, lr=0.03), rows=ROWS, max_steps=300)
        results.append((result.history, result.grad_norm, [p.data for p in params]))
    assert results[0] == results[1]


def test_program_that_diverges_is_diagnosed_through_its_function():
    loss, params = line()
    result = minimize(minigrad.compile(loss), SGD(params, lr=0.1), rows=ROWS)
    assert result.reason == "diverged" and [p.data for p in params] == [0.0, 0.0]
    assert "at step 564: mean(" in result.advice and "is 0.0698; try lr = 0.0349" in result.advice


def test_batches_of_a_program_are_those_of_its_function():
    results = []
    for make in (lambda f: f, minigrad.compile):
        loss, params = line()
        options = {"rows": ROWS, "batch_size": 3, "rng": random.Random(7), "max_steps": 40}
        results.append(minimize(make(loss), SGD(params, lr=0.01), **options).history)
    assert results[0] == results[1]


# --- Going on later -------------------------------------------------------------------------------------------------


def walk(pieces, size, through=lambda batches, optimizer, params: (batches, optimizer, params)):
    """History and parameters of a descent in pieces, with `through` in between."""
    loss, params = line()
    optimizer, batches = SGD(params, lr=0.01, momentum=0.9), Batches(ROWS, size, random.Random(3))
    history = []
    for steps in pieces:
        result = minimize(loss, optimizer, rows=batches, max_steps=steps)
        history += result.history[:-1]
        batches, optimizer, params = through(batches, optimizer, params)
    return history, [p.data for p in params]


@given(st.lists(st.integers(0, 12), min_size=1, max_size=4), st.integers(1, 7))
def test_calls_in_pieces_are_one_call_bit_for_bit(pieces, size):
    assert walk(pieces, size) == walk([sum(pieces)], size)


@pytest.mark.parametrize("steps", [1, 4, 10])
def test_a_checkpoint_in_the_middle_of_an_epoch_goes_on_bit_for_bit(tmp_path, steps):
    loss, params = line()
    optimizer, batches = SGD(params, lr=0.01), Batches(ROWS, 2, random.Random(5))
    whole = minimize(loss, optimizer, rows=batches, max_steps=20).history
    loss, params = line()
    optimizer, batches = SGD(params, lr=0.01), Batches(ROWS, 2, random.Random(5))
    first = minimize(loss, optimizer, rows=batches, max_steps=steps).history
    save(tmp_path / "run.json", params=params, optimizer=optimizer, batches=batches)
    loss, params = line()
    optimizer, batches = SGD(params, lr=0.01), Batches(ROWS, 2, random.Random(99))
    load(tmp_path / "run.json", params=params, optimizer=optimizer, batches=batches)
    second = minimize(loss, optimizer, rows=batches, max_steps=20 - steps).history
    assert first[:-1] + second == whole


@pytest.mark.parametrize(
    "change",
    [
        lambda s: None,
        lambda s: s | {"rows": 8},
        lambda s: s | {"batch_size": 3},
        lambda s: s | {"taken": 1},
        lambda s: s | {"taken": 8},
        lambda s: s | {"epoch": -1},
        lambda s: s | {"seed": 1.5},
        lambda s: {"seed": 1},
    ],
)
def test_a_state_of_other_batches_is_a_clear_error(change):
    batches = Batches(ROWS, 2, random.Random(0))
    with pytest.raises(ValueError, match="expected the state of batches like these"):
        batches.load_state_dict(change(batches.state_dict()))


def test_result_of_batches_is_that_of_all_rows():
    for make in (lambda f: f, minigrad.compile):
        loss, params = line()
        result = minimize(make(loss), SGD(params, 0.01), rows=ROWS, batch_size=2, rng=random.Random(1), max_steps=30)
        whole = OverRows(loss, ROWS)
        assert result.loss == pytest.approx(whole.number(), rel=1e-12) and len(result.history) == 31
        SGD(params, 1.0).zero_grad()
        whole().backward()
        assert result.grad_norm == pytest.approx(math.hypot(*[p.grad for p in params]), rel=1e-12)
        assert str(result).startswith("max_steps after 30 steps: loss 303.714 -> ")  # of all rows at the start as well
        assert result.best[0] >= result.loss - 100 and result.best[1] % 4 == 0  # looked at once an epoch


def test_batches_of_a_perfect_fit_are_called_converged_by_the_loss_of_all_rows():
    loss, params = line()
    rows = [(x, 2.0 * x - 1.0) for x in (0.0, 0.5, 1.0, 1.5)]
    result = minimize(loss, SGD(params, lr=0.2), rows=rows, batch_size=2, rng=random.Random(0))
    assert result.converged and [p.data for p in params] == [
        pytest.approx(2.0, abs=1e-9),
        pytest.approx(-1.0, abs=1e-9),
    ]


def test_batches_that_leave_the_domain_or_overflow_are_diverged():
    loss, params = line()
    result = minimize(loss, SGD(params, lr=0.5), rows=ROWS, batch_size=3, rng=random.Random(0))
    assert result.reason == "diverged" and [p.data for p in params] == result.best[2]
    w = Value(0.1)
    result = minimize(
        lambda x: x * w - w.log(), SGD([w], 10.0), rows=[(1.0,), (2.0,)], batch_size=2, rng=random.Random(0)
    )
    assert result.reason == "diverged" and "Out of the domain" in result.advice and w.data == 0.1


def test_an_error_of_ones_own_in_the_look_at_all_rows_comes_through():
    w, calls = Value(1.0), []

    def loss(x):
        calls.append(x)
        if len(calls) == 6:
            raise ValueError("a bad row")
        return (w - x) ** 2

    with pytest.raises(ValueError, match="a bad row"):
        minimize(loss, SGD([w], 0.01), rows=[(1.0,), (2.0,)], batch_size=2, rng=random.Random(0))


def test_weight_decay_and_batches_go_together():
    loss, params = line()
    result = minimize(loss, SGD(params, 0.01, weight_decay=0.1), rows=ROWS, batch_size=7, rng=random.Random(0))
    assert result.converged


def test_what_is_no_objective_and_no_row_is_an_error_that_names_the_slip():
    w = Value(2.0)
    optimizer = SGD([w], lr=0.1)
    with pytest.raises(TypeError, match=r"got the loss itself, .*minimize\(lambda: \.\.\., optimizer\)"):
        minimize(w * w, optimizer)
    with pytest.raises(TypeError, match=r"a function that computes the loss, got 3.0 \(float\)"):
        minimize(3.0, optimizer)
    with pytest.raises(TypeError, match=r"each row to be a tuple of arguments, got 1 \(int\) for row 0; .*\(x,\)"):
        minimize(lambda x: w * x, optimizer, rows=[1, 2])
    with pytest.raises(TypeError, match="expected Batches alone"):
        minimize(lambda x: w * x, optimizer, rows=Batches([(1.0,)], 1, random.Random(0)), batch_size=1)


def test_advance_over_all_rows_goes_nowhere():
    objective = OverRows(lambda x, y: Value(x), ROWS)
    objective.advance()
    assert objective.batch == ROWS


def test_rows_that_leave_the_domain_beside_the_batch_are_diverged():
    w = Value(2.5)
    result = minimize(
        lambda x: (w - x).log() ** 2 + w,
        SGD([w], 0.9),
        rows=[(-50.0,), (1.9,)],
        batch_size=1,
        rng=random.Random(1),
        max_steps=50,
    )
    assert result.reason == "diverged" and "Out of the domain" in result.advice


def test_an_error_of_the_callers_own_in_a_look_at_all_rows_is_the_callers():
    calls = []

    def loss(x, y):
        calls.append(x)
        if len(calls) > 2:  # the first batch is done
            raise ValueError("mine")
        return (w * x - y) ** 2

    w = Value(0.0)
    with pytest.raises(ValueError, match=r"^mine$"):
        minimize(loss, SGD([w], lr=0.01), rows=ROWS, batch_size=2, rng=random.Random(0))
