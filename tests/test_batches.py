"""Claims about objectives over rows, whole and in batches."""

import random

import pytest

import minigrad
from minigrad import Value, mean_squared_error, minimize, squared_error
from minigrad.datasets import cars
from minigrad.optim import SGD
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
