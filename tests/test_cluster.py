"""Rows elsewhere: the pieces of a Dask table, on any scheduler, and the processes of MPI."""

import contextlib
import json
import math
import os
import pickle
import shutil
import signal
import subprocess
import sys
import textwrap
import types
from pathlib import Path
from random import Random

import pytest

from minigrad import Value, compile, exp, isnan, least_squares, log, minimize, tanh
from minigrad.compiler.shares import SharedRows, Shares, Sums, sums_of
from minigrad.optim import SGD, Adam
from minigrad.train import Batches
from minigrad.train.pieces import OverPieces, namespace_of
from minigrad.train.sent import Sent, at, places_of
from minigrad.train.squares import factor, merged

dask = pytest.importorskip("dask", reason="Dask is not installed; the extra `cluster` brings it")
np = pytest.importorskip("numpy")
pd = pytest.importorskip("pandas", reason="pandas is not installed; the extra `cluster` brings it")

ROWS = [(x, 3.0 * x + 1.0 + ((7919 * i) % 13 - 6) / 50) for i, x in enumerate([k / 10 for k in range(-20, 20)])]
PLAIN = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning", "ignore::UserWarning")
pytestmark = [PLAIN, pytest.mark.filterwarnings("ignore::FutureWarning")]


class Line:
    """A line whose loss has two paths, so that a piece may meet one that the first row does not take."""

    def __init__(self):
        self.w, self.b = Value(0.0, label="w"), Value(0.0, label="b")
        self.parameters = [self.w, self.b]

    def loss(self, x, y):
        error = self.w * x + self.b - y
        return error * error if error > 0 else 2.0 * error * error

    def numbers(self):
        return [p.data for p in self.parameters]


def frame(pieces=4, rows=ROWS):
    import dask.dataframe

    return dask.dataframe.from_pandas(pd.DataFrame(rows, columns=["x", "y"]), npartitions=pieces)


def array(pieces=4):
    import dask.array

    return dask.array.from_array(np.array(ROWS), chunks=(len(ROWS) // pieces, 2))


def bag(pieces=4, rows=ROWS):
    import dask.bag

    return dask.bag.from_sequence(rows, npartitions=pieces)


def fitted(table, **options):
    line = Line()
    result = minimize(line.loss, SGD(line.parameters, lr=0.1), rows=table, **options)
    return result.reason, line.numbers()


# --- Any table in pieces --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [frame, array, bag])
def test_a_fit_over_pieces_finds_what_a_fit_over_rows_finds(kind):
    reason, numbers = fitted(kind())
    assert reason == "converged"
    assert numbers == pytest.approx(fitted(ROWS)[1], rel=1e-7)


def test_the_kind_of_the_table_makes_no_difference():
    assert fitted(frame())[1] == fitted(array())[1] == fitted(bag())[1]


def test_a_path_that_only_a_later_piece_takes_is_learned_here_once():
    line = Line()
    program = compile(line.loss, xp=np)
    over = OverPieces(program, frame(4, sorted(ROWS)))
    line.w.data, line.b.data = 3.0, 1.0
    assert over.backward() > 0.0 and program.traces <= 4
    before = program.traces
    over.backward()
    assert program.traces == before


def test_gradients_are_added_to_what_is_there():
    line = Line()
    line.w.grad = 5.0
    over = OverPieces(line.loss, frame())
    mean, first = over.backward(), line.w.grad
    over.backward()
    assert over.count() == len(ROWS)
    assert over() == over.number() == over.__wrapped__().data == mean
    assert line.w.grad - first == pytest.approx(first - 5.0, rel=1e-12)


def test_batches_are_pieces_in_an_order_that_the_seed_decides():
    runs = [fitted(frame(8), batch_size=2, rng=Random(seed), max_steps=30) for seed in (1, 1, 2)]
    assert runs[0] == runs[1] != runs[2]
    line = Line()
    over = OverPieces(line.loss, frame(8), 3, Random(0))
    assert over.whole().batches is None and len(over.batches.batch) == 3
    over.advance()
    assert OverPieces(line.loss, frame(8)).advance() is None


@pytest.mark.parametrize("kind", [frame, array, bag])
@pytest.mark.parametrize("share", [0.5, 0.3, 0.01])
def test_a_fraction_is_that_part_of_the_rows_of_each_piece_and_an_epoch_has_each_row_once(kind, share):
    batches = Batches(kind(3), share, Random(0))
    epochs = []
    for _ in range(2):
        found = []
        while True:
            for i, piece, part in batches.batch:
                rows = piece.compute()
                found.append([(i, int(j)) for j in places_of(rows, part)])
                numbers = at(rows, places_of(rows, part))
                assert [tuple(row) for row in np.array(numbers).reshape(-1, 2).tolist()] == [
                    tuple(np.array(rows)[j].tolist()) for _, j in found[-1]
                ]
            batches.advance()
            if batches.begins_epoch:
                break
        epochs.append(found)
        sizes = [len(part) for part in found][0 :: len(batches.rows)]  # of the first piece
        assert max(sizes) - min(sizes) <= 1 and len(sizes) == math.ceil(1 / share)
        rows = [place for part in found for place in part]
        assert len(rows) == len({*rows}) == len(ROWS)
    assert epochs[0] != epochs[1]


def test_rows_within_pieces_follow_from_the_seed():
    runs = [fitted(frame(4), batch_size=0.3, rng=Random(seed), max_steps=30) for seed in (1, 1, 2)]
    assert runs[0] == runs[1] != runs[2]


def test_a_descent_over_rows_within_pieces_comes_as_near_as_one_over_rows():
    whole = fitted(ROWS)[1]
    _, numbers = fitted(frame(4), batch_size=0.25, rng=Random(0), max_steps=200)
    assert numbers == pytest.approx(whole, abs=0.05)


@pytest.mark.parametrize("batch_size", [2, 0.3])
def test_batches_of_pieces_go_on_where_their_state_says(batch_size):
    rest, table = [], frame(5)
    for stop in (40, 13):
        line, batches = Line(), Batches(table, batch_size, Random(7))
        optimizer = Adam(line.parameters, lr=0.05)
        minimize(line.loss, optimizer, rows=batches, max_steps=stop)
        if stop < 40:
            state = json.loads(json.dumps([batches.state_dict(), optimizer.state_dict()]))
            other, batches = Line(), Batches(table, batch_size, Random(8))
            for p, number in zip(other.parameters, line.numbers(), strict=True):
                p.data = number
            optimizer = Adam(other.parameters, lr=0.05)
            batches.load_state_dict(state[0])
            optimizer.load_state_dict(state[1])
            minimize(other.loss, optimizer, rows=batches, max_steps=40 - stop)
            line = other
        rest.append(line.numbers())
    assert rest[0] == rest[1]


def test_the_state_of_other_batches_of_pieces_is_refused():
    batches = Batches(frame(4), 0.3, Random(0))
    state = batches.state_dict()
    assert state["batch_size"] == 0.3 and state["rows"] == 4
    for wrong in ({"batch_size": 2}, {"rows": 3}, {"taken": 4}, {"taken": 1.0}, {"seed": -1}):
        with pytest.raises(ValueError, match="expected the state of batches like these"):
            batches.load_state_dict(state | wrong)
    batches.load_state_dict(state | {"taken": 3})
    assert batches.taken == 3


@pytest.mark.parametrize("batch_size", [0, 5, 1.0, 1.5, 0.0, -0.5, math.nan, "2"])
def test_no_number_of_pieces_and_no_fraction_is_refused(batch_size):
    with pytest.raises(ValueError, match="expected 1 <= batch_size <= 4, the number of pieces, or a fraction"):
        fitted(frame(4), batch_size=batch_size, rng=Random(0))


def test_batches_and_a_batch_size_are_too_much():
    with pytest.raises(TypeError, match="expected Batches alone"):
        fitted(Batches(frame(4), 2, Random(0)), batch_size=2)


def test_a_table_of_no_pieces_has_no_batches():
    class Nothing:
        def to_delayed(self):
            return []

    with pytest.raises(ValueError, match="expected at least one piece, got none"):
        Batches(Nothing(), 1, Random(0))


def test_a_part_of_a_small_piece_may_be_empty():
    reason, _ = fitted(frame(20), batch_size=0.1, rng=Random(0), max_steps=25)
    assert reason == "max_steps"


def test_a_program_that_is_compiled_already_is_taken_as_it_is():
    line = Line()
    program = compile(line.loss)
    assert OverPieces(program, bag()).program is program
    assert minimize(program, Adam(line.parameters, lr=0.3), rows=bag(2), max_steps=400).loss < 0.1


def decay(rows=400):
    rng = Random(0)
    return [(t, 2.0 * 2.0**-t + 0.3 + rng.gauss(0.0, 0.01)) for t in [5 * rng.random() for _ in range(rows)]]


@pytest.mark.parametrize("namespace", [None, np])
def test_least_squares_over_pieces_finds_what_it_finds_over_rows(namespace):
    found = []
    for table in (decay(), frame(5, decay())):
        a, k, c = parameters = [Value(1.0), Value(1.0), Value(0.0)]

        def residual(x, y, a=a, k=k, c=c):
            return a * exp(-k * x) + c - y

        program = residual if isinstance(table, list) else compile(residual, xp=namespace)
        result = least_squares(program, parameters, rows=table)
        assert result.converged
        found.append([*[p.data for p in parameters], *result.standard_errors, result.loss, len(result.residuals)])
    *numbers, rows = found[0]
    *others, few = found[1]
    assert others == pytest.approx(numbers, rel=1e-9)
    assert (rows, few) == (400, 4)


@pytest.mark.parametrize("namespace", [None, np])
def test_rows_of_several_structures_are_one_table_of_residuals(namespace):
    import dask.bag

    found = []
    rows = [(x, y, x > 0.0) for x, y in ROWS]
    for table, xp in ((rows, None), (dask.bag.from_sequence(rows, npartitions=3), namespace)):
        parameters = [Value(0.0), Value(0.0)]
        w, b = parameters

        def residual(x, y, up, w=w, b=b):
            return w * x + b - y + (0.25 if up else 0.0)

        program = compile(residual, xp=xp)
        result = least_squares(program, parameters, rows=table)
        found.append([*[p.data for p in parameters], *result.standard_errors])
    assert found[0] == pytest.approx(found[1], rel=1e-10)


def test_the_factor_of_all_rows_is_that_of_the_pieces_merged():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(50, 4))
    pieces = [factor([column.tolist() for column in part.T]) for part in np.split(rows, [3, 20, 21, 40])]
    r = np.array(merged(pieces)).T
    assert np.allclose(r.T @ r, rows.T @ rows, rtol=1e-12)
    assert np.array_equal(np.tril(r, -1), np.zeros((4, 4)))


# --- What is wrong with a table -------------------------------------------------------------------------------------


def test_an_empty_piece_is_left_out_and_an_empty_table_is_refused():
    import dask.dataframe

    full, empty = frame(2), frame(1, ROWS[:1])
    mixed = dask.dataframe.concat([empty[empty.x > 99.0], full])
    assert fitted(mixed)[1] == fitted(full)[1]
    with pytest.raises(ValueError, match="at least one row, got none"):
        fitted(empty[empty.x > 99.0])


def test_a_batch_of_empty_pieces_is_left_out():
    import dask.dataframe

    full, empty = frame(2), frame(1, ROWS[:1])
    mixed = dask.dataframe.concat([empty[empty.x > 99.0], full])
    assert fitted(mixed, batch_size=1, rng=Random(0), max_steps=9)[0] == "max_steps"


def test_other_columns_are_named_with_their_piece():
    with pytest.raises(TypeError, match=r"piece 0.*expected a column for each argument of loss.*got no y"):
        fitted(frame().rename(columns={"y": "z"}))


class Table:
    """Pieces as they are, whatever they are."""

    def __init__(self, *pieces):
        self.pieces = pieces

    def to_delayed(self):
        return [dask.delayed(lambda piece=piece: piece)() for piece in self.pieces]


def test_other_columns_of_a_later_piece_are_named_with_it():
    rows = pd.DataFrame(ROWS, columns=["x", "y"])
    with pytest.raises(TypeError, match=r"piece 1.*expected a column for each argument of loss.*got no y"):
        fitted(Table(rows, rows[["x"]]))
    with pytest.raises(TypeError, match=r"piece 2.*expected a column for each argument of loss.*got also z"):
        fitted(Table(rows, rows[["y", "x"]], rows.assign(z=1.0)))


def test_a_row_of_another_length_is_named_with_its_piece():
    with pytest.raises(TypeError, match=r"piece 1, row 1: .*missing 1 required positional argument: 'y'"):
        fitted(Table(ROWS, [ROWS[0], (1.0,)]))


def test_the_order_of_columns_and_their_types_make_no_difference():
    rows = pd.DataFrame(ROWS, columns=["x", "y"])
    expected = fitted(Table(rows[:20], rows[20:]))
    for other in (rows[["y", "x"]], rows.astype(object), rows.astype("Float64"), rows.astype("double[pyarrow]")):
        assert fitted(Table(rows[:20], other[20:])) == expected


@pytest.mark.parametrize("cell", ["oops", None])
def test_a_cell_that_is_no_number_is_named_with_its_piece_and_row(cell):
    rows = pd.DataFrame(ROWS, columns=["x", "y"])
    wrong = rows.astype(object).copy()
    wrong.iloc[7, 1] = cell
    with pytest.raises(TypeError, match=rf"piece 1: .*real numbers for y, got {cell!r} .* in row 7"):
        fitted(Table(rows, wrong))


def test_pieces_may_be_dicts_of_columns():
    parts = [{"x": [x for x, _ in part], "y": [y for _, y in part]} for part in (ROWS[:15], [], ROWS[15:])]
    assert fitted(Table(*parts)) == fitted(Table(ROWS[:15], [], ROWS[15:]))
    assert fitted(Table(*parts), batch_size=0.3, rng=Random(0), max_steps=9) == fitted(
        Table(ROWS[:15], [], ROWS[15:]), batch_size=0.3, rng=Random(0), max_steps=9
    )


def test_an_array_of_unknown_sizes_is_taken_as_it_is():
    table = array()
    whole = [row for row in ROWS if row[0] > -1.0]
    assert fitted(table[table[:, 0] > -1.0])[1] == pytest.approx(fitted(whole)[1], rel=1e-6)


@pytest.mark.parametrize("namespace", [None, np])
@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_least_squares_names_the_cell_that_is_not_finite_with_its_piece_and_row(namespace, bad):
    w = Value(1.0)
    program = compile(lambda x, y: w * x - y, xp=namespace)
    with pytest.raises(ValueError, match=rf"in every cell, got {bad} for y in piece 1, row 3 \(the first is row 0\)"):
        least_squares(program, [w], rows=Table([(1.0, 1.0)] * 4, [(1.0, 1.0)] * 3 + [(4.0, bad)]))


@pytest.mark.parametrize("namespace", [None, np])
def test_least_squares_names_the_row_whose_residual_is_not_finite_though_its_cells_are(namespace):
    w = Value(1e200)
    program = compile(lambda x, y: w * x - y, xp=namespace)
    with pytest.raises(ValueError, match=r"expected finite residuals .* got inf .* in piece 1, row 3; start"):
        least_squares(program, [w], rows=Table([(1.0, 1.0)] * 4, [(1.0, 1.0)] * 3 + [(1e200, 1.0)]))


def test_least_squares_past_all_floats_in_sum_says_so():
    w = Value(0.0)
    with pytest.raises(ValueError, match="in the sum over all rows; start elsewhere"):
        least_squares(compile(lambda x, y: w * x - y), [w], rows=Table([(1.0, 1e308)] * 8))


def test_least_squares_over_no_rows_is_refused():
    with pytest.raises(ValueError, match=r"^expected at least one row, got none: an empty table settles nothing"):
        least_squares(lambda x, y: x - y, [Value(0.0)], rows=Table([], []))


def test_fits_at_the_same_time_do_not_meet():
    from concurrent.futures import ThreadPoolExecutor

    table, expected = frame(3).persist(), fitted(frame(3))
    with ThreadPoolExecutor(4) as pool:
        assert [*pool.map(lambda _: fitted(table), range(4))] == [expected] * 4


def test_a_table_may_be_released_while_it_is_fitted():
    line, table = Line(), [frame(3).persist()]
    over = OverPieces(line.loss, table.pop())
    assert minimize(over, SGD(line.parameters, lr=0.1)).converged


@pytest.mark.parametrize("error", [KeyboardInterrupt, KeyError])
def test_what_ends_a_step_in_the_middle_leaves_the_last_whole_one(monkeypatch, error):
    line, seen = Line(), []
    plain = dask.compute

    def compute(*tasks, **options):
        seen.append(line.numbers())
        if len(seen) == 9:
            raise error("stop")
        return plain(*tasks, **options)

    monkeypatch.setattr(dask, "compute", compute)
    if error is KeyError:
        with pytest.raises(KeyError, match="stop"):
            minimize(line.loss, SGD(line.parameters, lr=0.1), rows=frame(3))
    else:
        result = minimize(line.loss, SGD(line.parameters, lr=0.1), rows=frame(3))
        assert result.reason == "interrupted" and len(result.history) == result.steps
    assert line.numbers() == seen[8]


@pytest.mark.slow
def test_processes_without_a_cluster_give_the_same_bits():
    with dask.config.set(scheduler="processes"):
        assert fitted(frame(3), max_steps=5) == fitted(frame(3), max_steps=5)
    with dask.config.set(scheduler="sync"):
        plain = fitted(frame(3), max_steps=5)
    with dask.config.set(scheduler="processes"):
        assert fitted(frame(3), max_steps=5) == plain


def test_an_array_in_pieces_of_columns_is_refused():
    with pytest.raises(TypeError, match=r"rechunk\(\{1: -1\}\)"):
        fitted(array().rechunk((10, 1)))


def test_an_error_of_the_code_is_raised_with_its_piece_and_row():
    line = Line()

    def loss(x, y):
        return line.loss(x, y) if x < 1.5 else [x, y]

    with pytest.raises(TypeError, match=r"piece \d.*expected loss to return one number"):
        minimize(compile(loss), SGD(line.parameters, lr=0.1), rows=bag())


def test_an_error_of_a_piece_itself_is_raised_as_it_is():
    import dask.bag

    def read(name):
        raise FileNotFoundError(name)

    lost = dask.bag.from_sequence(["a.csv"]).map(read)
    with pytest.raises(FileNotFoundError, match=r"a\.csv") as caught:
        fitted(lost)
    assert caught.value.__notes__ == ["in piece 0"]


def test_an_error_that_one_piece_raises_later_is_noted_with_its_name():
    class Torn:
        """Rows that cannot be counted."""

        def __len__(self):
            raise KeyError("torn")

    with pytest.raises(KeyError, match="torn") as caught:
        fitted(Table(ROWS, Torn()))
    assert caught.value.__notes__ == ["in piece 1"]


def test_an_error_that_does_not_come_again_has_no_note():
    calls = []

    def once():
        calls.append(1)
        if len(calls) == 1:
            raise OSError("for once")
        return ROWS

    class Once:
        def to_delayed(self):
            return [dask.delayed(once)()]

    with dask.config.set(scheduler="sync"), pytest.raises(OSError, match="for once") as caught:
        fitted(Once())
    assert not hasattr(caught.value, "__notes__")


def test_a_row_outside_of_the_domain_is_named():
    w = Value(1.0)
    rows = [(1.0, 1.0), (2.0, 1.0), (-1.0, 1.0), (3.0, 1.0)]
    with pytest.raises(ValueError, match=r"piece 1, row 0: log\(-1.0\)"):
        minimize(lambda x, y: w * log(x) - y, SGD([w], lr=0.1), rows=frame(2, rows))


@pytest.mark.parametrize("kind", [frame, bag])
def test_a_row_that_a_batch_chose_is_named_by_its_place_in_the_piece(kind):
    w = Value(1.0)
    rows = [(1.0, 1.0)] * 17 + [(-1.0, 1.0)] + [(2.0, 1.0)] * 2
    table = frame(2, rows) if kind is frame else bag(2, rows)
    with pytest.raises(ValueError, match=r"piece 1, row 7: log\(-1.0\)"):
        minimize(lambda x, y: w * log(x) - y, SGD([w], lr=0.1), rows=table, batch_size=0.5, rng=Random(0))


def test_a_first_row_outside_of_the_domain_is_named_too():
    w = Value(1.0)
    with pytest.raises(ValueError, match=r"piece 0, row 0: log\(-1.0\)"):
        minimize(lambda x, y: w * log(x) - y, SGD([w], lr=0.1), rows=frame(2, [(-1.0, 1.0), (2.0, 1.0)]))


def test_a_descent_that_leaves_the_domain_diverges_as_elsewhere():
    found = []
    for table in (ROWS[20:], frame(3, ROWS[20:])):
        w = Value(0.1)
        found.append(minimize(lambda x, y, w=w: w * w + 0.0 * (x + y) - log(w), SGD([w], lr=1.0), rows=table).reason)
    assert found == ["diverged", "diverged"]


def test_another_version_where_the_rows_are_is_named():
    sent = Sent(None, b"", ("3.1", "0.0.1"))
    with pytest.raises(RuntimeError, match=r"Python 3\.1 with minigrad 0\.0\.1 here"):
        sent.program([])


def test_what_carries_tasks_about_is_told_from_the_tasks(monkeypatch):
    def broken(*_tasks):
        raise OSError("connection lost")

    lost = types.FunctionType(broken.__code__, {"__name__": "distributed.comm", "OSError": OSError})
    monkeypatch.setattr(dask, "compute", lost)
    with pytest.raises(RuntimeError, match="expected the cluster to answer, got OSError: connection lost"):
        fitted(frame())
    monkeypatch.setattr(dask, "compute", broken)
    with pytest.raises(OSError, match="connection lost"):
        fitted(frame())


def test_what_is_sent_is_a_few_hundred_bytes_and_arrives_as_it_was():
    line = Line()
    program = compile(line.loss, xp=np)
    OverPieces(program, bag()).backward()
    data = pickle.dumps(Sent(program))
    assert len(data) < 1500
    there = pickle.loads(data).program([3.0, 1.0])
    assert [p.data for p in there.parameters] == [3.0, 1.0] and there is not program


def test_without_dask_what_to_install_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "dask", None)
    with pytest.raises(ImportError, match=r"pip install 'dask\[distributed\]'"):
        OverPieces(Line().loss, [object()]).backward()


def test_without_numpy_the_loss_is_compiled_to_plain_python(monkeypatch):
    monkeypatch.setitem(sys.modules, "numpy", None)
    assert namespace_of(Line().loss) is None


# --- Shares of a mean -----------------------------------------------------------------------------------------------


def test_shares_are_added_in_one_order_whoever_sends_them():
    parts = [Sums(1, 1e16, [0.1]), Sums(2, 1.0, [0.2]), Sums(3, -1e16, [0.3])]
    totals = {repr(Shares([parts[i] for i in order]).total()) for order in ((0, 1, 2), (2, 1, 0), (1, 2, 0))}
    assert len(totals) == 1


def test_losses_of_different_parameters_are_an_error():
    assert "1 and 2" in repr(Sums(1, 1.0, [1.0]) + Sums(1, 1.0, [1.0, 2.0]))
    failed = Sums(0, 0.0, [], ValueError("no"))
    assert (failed + Sums(1, 1.0, [])).error is (Sums(1, 1.0, []) + failed).error is failed.error


def test_sums_leave_the_gradients_as_they_were():
    line = Line()
    line.w.grad, line.b.grad = 3.0, 4.0
    rows = compile(line.loss).over(ROWS)
    sums = sums_of(rows)
    assert (line.w.grad, line.b.grad, sums.count) == (3.0, 4.0, len(ROWS))
    line.w.grad = line.b.grad = 0.0
    assert rows.backward() * len(ROWS) == sums.loss
    assert [p.grad * len(ROWS) for p in line.parameters] == sums.gradient


def alone(x):
    """What one process alone has for `allreduce`."""
    return x


def test_one_process_alone_has_the_mean_of_its_rows():
    line, other = Line(), Line()
    shared = compile(line.loss).over(iter(ROWS), allreduce=alone)
    assert isinstance(shared, SharedRows)
    assert shared() == shared.number() == shared.__wrapped__().data == pytest.approx(compile(line.loss).over(ROWS)())
    assert minimize(shared, SGD(line.parameters, lr=0.1)).converged
    minimize(compile(other.loss), SGD(other.parameters, lr=0.1), rows=ROWS)
    assert line.numbers() == pytest.approx(other.numbers(), rel=1e-7)


def test_where_another_process_fails_all_do():
    def with_failure(error):
        return lambda shares: shares + Shares([Sums(0, 0.0, [], error)])

    line = Line()
    with pytest.raises(RuntimeError, match="another process ended with KeyError: 'x'"):
        compile(line.loss).over(ROWS, allreduce=with_failure(KeyError("x"))).backward()
    with pytest.raises(OverflowError, match="too large"):
        compile(line.loss).over(ROWS, allreduce=with_failure(OverflowError("too large"))).backward()
    with pytest.raises(TypeError, match="one number"):
        compile(lambda x, y: [x, y]).over(ROWS, allreduce=alone).backward()


# --- Clusters -------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def cluster(workers, threads=1, processes=True):
    """A LocalCluster and a client, both gone at the end, and quiet."""
    distributed = pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
    options = {"dashboard_address": None, "silence_logs": 60}
    with (
        distributed.LocalCluster(workers, threads_per_worker=threads, processes=processes, **options) as local,
        distributed.Client(local) as client,
    ):
        yield client


def squared():
    """What least squares finds."""
    w, b = Value(0.0), Value(0.0)
    return least_squares(compile(lambda x, y: w * x + b - y), [w, b], rows=frame(6)).reason, w.data.hex(), b.data.hex()


MANNERS = [
    lambda: fitted(frame(6)),
    lambda: fitted(frame(6), batch_size=2, rng=Random(5), max_steps=40),  # pieces at a time
    lambda: fitted(frame(6), batch_size=0.3, rng=Random(5), max_steps=40),  # and rows of each
    squared,
]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("workers", "threads", "processes"), [(1, 1, True), (2, 1, True), (4, 1, False), (1, 4, False)]
)
def test_the_bits_do_not_depend_on_the_workers(workers, threads, processes):
    expected = [each() for each in MANNERS]
    with cluster(workers, threads, processes):
        assert [each() for each in MANNERS] == expected


@pytest.mark.slow
def test_fits_at_the_same_time_on_one_cluster_do_not_meet():
    from concurrent.futures import ThreadPoolExecutor

    expected = [each() for each in MANNERS]
    with cluster(2), ThreadPoolExecutor(4) as pool:
        assert [*pool.map(lambda each: each(), MANNERS * 2)] == expected * 2


@pytest.mark.slow
def test_a_worker_that_is_killed_changes_no_bit():
    expected = fitted(frame(6))
    with cluster(2) as client:
        line = Line()
        pids = [*client.run(os.getpid).values()]

        def kill(step, _loss, _grad_norm):
            if step == 5:
                os.kill(pids[0], signal.SIGKILL)

        result = minimize(line.loss, SGD(line.parameters, lr=0.1), rows=frame(6), callback=kill)
    assert (result.reason, line.numbers()) == expected


@pytest.mark.slow
def test_where_the_scheduler_is_gone_the_parameters_are_those_of_the_last_step():
    distributed = pytest.importorskip("distributed")
    line, seen = Line(), []
    with distributed.LocalCluster(1, processes=False, dashboard_address=None, silence_logs=60) as local:
        client = distributed.Client(local)

        def close(step, _loss, _grad_norm):
            seen.append(line.numbers())
            if step == 3:
                client.close()
                local.close()

        with pytest.raises(RuntimeError, match="expected the cluster to answer"):
            minimize(line.loss, SGD(line.parameters, lr=0.1), rows=frame(3).persist(), callback=close)
    assert len(seen) == 4 and line.numbers() != seen[2]


MPI = """
    from mpi4py import MPI

    from minigrad import Value, compile, minimize
    from minigrad.optim import SGD

    comm = MPI.COMM_WORLD
    rows = [(k / 10, 3 * k / 10 + 1 + (7919 * k % 13 - 6) / 50) for k in range(-20, 20)][comm.rank :: comm.size]
    if {fails} and comm.rank == 2:
        rows[1] = (None, 1.0)
    w, b = Value(0.0), Value(0.0)
    loss = compile(lambda x, y: (w * x + b - y) ** 2)
    result = minimize(loss.over(rows, allreduce=comm.allreduce), SGD([w, b], lr=0.1))
    found = comm.gather((result.reason, w.data.hex(), b.data.hex()))
    if not comm.rank:  # one line by one process: those of several may run into one another
        print(*[" ".join(each) for each in found], sep="\\n", flush=True)
"""


@pytest.mark.slow
@pytest.mark.parametrize("fails", [False, True])
def test_all_processes_of_mpi_end_with_the_same_parameters_or_the_same_error(fails, tmp_path):
    pytest.importorskip("mpi4py", reason="mpi4py is not installed")
    mpiexec = shutil.which("mpiexec") or pytest.skip("MPI is not installed")
    script = tmp_path / "fit.py"
    script.write_text(textwrap.dedent(MPI.format(fails=fails)), encoding="utf-8")
    environment = os.environ | {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
    environment["PYTHONPATH"] = str(Path(__file__).resolve().parent.parent)
    command = [mpiexec, "--oversubscribe", "-n", "4", sys.executable, str(script)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120, check=False)
    lines = done.stdout.split("\n")[:-1]
    if fails:
        assert done.returncode != 0 and not lines
        assert "RuntimeError: another process ended with TypeError" in done.stderr
    else:
        assert len(lines) == 4 and len({*lines}) == 1, done.stdout + done.stderr
        assert lines[0].startswith("converged 0x1.8")


def test_a_loss_that_is_not_finite_is_named_with_its_op_piece_and_row():
    w = Value(1.0)
    rows = [(1.0, 1.0), (2.0, 1.0), (3.0, 1.0), (1e200, 1.0)]
    with pytest.raises(ValueError, match=r"mul\(1e\+200, 1e\+200\) = inf, in piece 1, row 1\.\)"):
        minimize(lambda x, y: (w * x - y) * (w * x - y), SGD([w], lr=0.1), rows=frame(2, rows))


@pytest.mark.parametrize("batch_size", [None, 0.5])
@pytest.mark.parametrize("kind", [frame, bag])
def test_a_cell_that_is_nan_is_named_with_its_piece_and_row(kind, batch_size):
    w = Value(1.0)
    table = kind(2, [(1.0, 1.0)] * 7 + [(4.0, math.nan)])
    with pytest.raises(ValueError, match="expected a number in every cell, got nan for y in piece 1, row 3 "):
        minimize(lambda x, y: (w * x - y) ** 2, SGD([w], lr=0.1), rows=table, batch_size=batch_size, rng=Random(0))


def test_a_cell_of_a_piece_that_the_loss_can_take_is_not_blamed():
    w = Value(0.0)
    table = frame(2, [(1.0, 1.0)] * 6 + [(math.nan, 1.0), (1e300, 1e300)])
    with pytest.raises(ValueError, match=r"expected a start .* got piece 1, row 3: pow\(-1e\+300, 2.0\)"):
        minimize(lambda x, y: (w if isnan(x) else w * x - y) ** 2, SGD([w], lr=0.1), rows=table)


def test_a_cell_of_a_piece_that_leaves_no_gradient_is_named():
    w = Value(0.5)
    table = frame(2, [(1.0, 1.0)] * 7 + [(math.inf, 1.0)])
    with pytest.raises(ValueError, match="expected a finite number in every cell, got inf for x in piece 1, row 3 "):
        minimize(lambda x, y: tanh(w * x) * y, SGD([w], lr=0.1), rows=table)


@pytest.mark.parametrize(("last", "message"), [(1.0, "got inf for x in piece 0, row 0 "), (math.inf, "piece 0, row 0")])
def test_a_row_of_a_piece_is_named_whether_or_not_the_path_of_finite_ones_is_known(last, message):
    w = Value(0.5)
    with pytest.raises(ValueError, match=message):
        minimize(
            lambda x, y: w * x if x > 1e300 else w * y,
            SGD([w], lr=0.1),
            rows=frame(2, [(math.inf, 1.0), (math.inf, 1.0), (last, 1.0), (last, 1.0)]),
        )


def test_a_cell_that_is_nan_in_a_later_batch_is_named_before_the_descent_begins():
    w = Value(1.0)
    table = frame(2, [(1.0, 1.0)] * 7 + [(4.0, math.nan)])
    for seed in range(3):
        with pytest.raises(ValueError, match="expected a number in every cell, got nan for y in piece 1, row 3 "):
            minimize(lambda x, y: (w * x - y) ** 2, SGD([w], lr=0.1), rows=table, batch_size=1, rng=Random(seed))


@pytest.mark.parametrize("kind", [frame, bag])
def test_a_bad_row_of_a_batch_is_named_by_its_place_in_the_piece(kind):
    w = Value(1.0)
    options = {"rows": kind(2, [(1.0, 1.0)] * 7 + [(1e200, 1.0)]), "batch_size": 0.5, "rng": Random(0)}
    with pytest.raises(ValueError, match=r"= inf, in piece 1, row 3\.\)"):
        minimize(lambda x, y: (w * x - y) * (w * x - y), SGD([w], lr=0.1), **options)


def test_a_descent_past_all_floats_names_the_op_too():
    line = Line()
    result = minimize(line.loss, SGD(line.parameters, lr=1e200), rows=frame(2), max_steps=20)
    assert result.reason == "diverged"
    assert "= inf, in piece 0, row 0" in str(result) or "Past the largest float" in str(result)


@pytest.mark.parametrize("options", [{}, {"xp": np}], ids=["plain", "columns"])
def test_where_all_rows_lie_here_the_row_is_named(options):
    w = Value(1.0)
    loss = compile(lambda x, y: (w * x - y) * (w * x - y), **options)
    big = {"x": [1.0, 1e200], "y": [1.0, 0.0]}
    with pytest.raises(ValueError, match=r"mul\(1e\+200, 1e\+200\) = inf, in row 1\.\)"):
        minimize(loss, SGD([w], lr=0.1), rows=big)
    with pytest.raises(ValueError, match=r"mul\(.*\) = inf, in row 1 of this process\.\)"):
        minimize(loss.over([(1.0, 1.0), (1e200, 0.0)], allreduce=alone), SGD([w], lr=0.1))
    with pytest.raises(ValueError, match=r"expected a number in every cell, got nan for y in row 1 \("):
        minimize(loss.over([(1.0, 1.0), (2.0, math.nan)], allreduce=alone), SGD([w], lr=0.1))


def test_where_all_rows_are_finite_the_mean_is_shown():
    line = Line()
    over = OverPieces(line.loss, frame(2))
    assert over.faulty()[0].data == over()
    shared = compile(line.loss).over(ROWS, allreduce=alone)
    assert shared.faulty()[0].data == shared()


def test_a_mean_past_all_floats_of_finite_rows_is_said_to_be_it():
    w = Value(1e308, label="w")
    for table in ([(1.0, 1.0)] * 4, frame(2, [(1.0, 1.0)] * 4)):
        with pytest.raises(ValueError, match=r"mean.* = inf"):
            minimize(compile(lambda x, y: w * x + 0.0 * y), SGD([w], lr=0.1), rows=table)
