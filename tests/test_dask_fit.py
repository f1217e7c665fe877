"""A line through a table in pieces: what one machine finds, to the digits that a report prints."""

import contextlib
import json
import math
import os
import re
import signal
import subprocess
import sys
import textwrap
import time
from itertools import product
from random import Random

import pytest
from optional import package

from minigrad.__main__ import main
from minigrad.datasets import Dataset, cars, crickets, norris
from minigrad.fit import clusters, fit, piece_files
from minigrad.fit.pieces import described, fit_pieces
from minigrad.fit.report import report
from minigrad.train.monitor import Descent

dask = pytest.importorskip("dask", reason="Dask is not installed; the extra `cluster` brings it")
np = package("numpy")
CLUSTER = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning", "ignore::UserWarning")


def in_pieces(data, count=3):
    """The pieces of a Dataset, one of them empty."""
    rows = np.array([*data.columns.values()]).T
    parts = [*np.array_split(rows, count), rows[:0]]
    table = [dask.delayed(lambda part=part: part)() for part in parts]
    return described(table, data.features, data.target), table


def both(data, count=3, **options):
    return fit(data, **options), fit_pieces(*in_pieces(data, count), **options)


def told(found, source="table"):
    """The report, without the last step, which comes when rounding says so, and the gradient's norm there."""
    lines = [line for line in report(found, source) if "gradient norm" not in line]
    last = f"{len(found.result.history) - 1:>8}"
    return [line.removeprefix(last) for line in lines if not line.startswith(source)]


def random_table(seed, rows, features, mean=10.0, alike=0.5):
    rng = Random(seed)
    x = []
    for _ in range(rows):
        common = rng.gauss(0, 1)
        x.append(tuple(mean + j + alike * common + rng.gauss(0, 1) for j in range(features)))
    y = [1.5 + sum((j + 1) * v for j, v in enumerate(row)) + rng.gauss(0, 3) for row in x]
    return Dataset(x, y, [f"x{j}" for j in range(features)], "y")


TABLES = {
    "crickets": crickets(),
    "cars": cars(),
    "norris": norris(),
    "many features": random_table(0, 200, 8),
    "far from zero": random_table(1, 100, 3, mean=1e7),
    "features nearly alike": random_table(2, 100, 3, alike=1e4),
}


# Far from zero a line without intercept has a condition number of 1e7, so that its ninth digit is up to rounding.
@pytest.mark.parametrize(
    ("name", "intercept"), [pair for pair in product(TABLES, [True, False]) if pair != ("far from zero", False)]
)
def test_the_report_over_pieces_is_the_report_of_one_machine(name, intercept):
    here, there = both(TABLES[name], intercept=intercept)
    assert told(here) == told(there)


@pytest.mark.parametrize("scale", ["standard", "none"])
@pytest.mark.parametrize("intercept", [True, False])
def test_other_scales_see_the_features_that_one_machine_sees(scale, intercept):
    here, there = both(random_table(3, 50, 2, mean=1.0), scale=scale, intercept=intercept, max_steps=300, tol=1e-6)
    assert told(here) == told(there)
    assert len(here.result.history) == len(there.result.history)


@pytest.mark.parametrize("count", [1, 2, 15, 40])
def test_any_number_of_pieces_makes_the_same_line(count):
    here, there = both(crickets(), count)
    assert told(here) == told(there)


def test_a_feature_that_follows_from_others_is_named_as_on_one_machine():
    data = random_table(4, 60, 3)
    data.x = [(a, b, a - 2 * b + 1) for a, b, _ in data.x]
    with pytest.raises(ValueError, match="feature 'x2' follows from 'x0', 'x1' by a linear formula"):
        fit_pieces(*in_pieces(data))


@pytest.mark.parametrize("data", [cars(), random_table(5, 300, 6, mean=1e6)], ids=["cars", "many"])
@pytest.mark.parametrize("seed", range(5))
def test_a_feature_is_never_dependent_on_one_machine_alone(data, seed):
    rng = Random(seed)
    weights = [rng.uniform(-3, 3) for _ in data.features]
    x = [(*row, sum(w * v for w, v in zip(weights, row, strict=True)) + 7.0) for row in data.x]
    table = Dataset(x, data.y, [*data.features, "sum"], data.target)
    for fitter in (lambda: fit(table), lambda: fit_pieces(*in_pieces(table))):
        with pytest.raises(ValueError, match="feature 'sum' follows from"):
            fitter()


def test_a_constant_target_has_no_r2():
    here, there = both(Dataset([(1.0,), (2.0,), (4.0,)], [0.1] * 3, ["x"], "y"))
    assert here.r2 is there.r2 is None
    assert there.result.converged
    assert there.parameters == pytest.approx(here.parameters, abs=1e-16)


def test_as_many_rows_as_parameters_leave_no_degrees_of_freedom():
    _, there = both(Dataset([(1.0,), (2.0,)], [3.0, 5.0], ["x"], "y"))
    assert there.parameters == pytest.approx({"b": 1.0, "w1": 2.0})
    assert math.isnan(there.standard_errors["w1"])


def test_a_constant_feature_is_refused_as_on_one_machine():
    with pytest.raises(ValueError, match="feature 'x' is constant, 2 in every row"):
        fit_pieces(*in_pieces(Dataset([(2.0,), (2.0,)], [3.0, 5.0], ["x"], "y")))


def test_a_table_of_empty_pieces_is_an_error():
    with pytest.raises(ValueError, match="expected at least one row, got none"):
        described([dask.delayed(np.zeros)((0, 2))], ["x"], "y")


# --- Files ----------------------------------------------------------------------------------------------------------

HOW = dict.fromkeys(["target", "features", "sep", "decimal", "encoding", "header"]) | {"missing": "omit"}
HEADER = "size,colour,price\n"


def lines_of_a_table(count=60, seed=0):
    rng = Random(seed)
    for i in range(count):
        size = rng.gauss(5, 2)
        yield f"{size:.4f},{('red', 'green', 'blue')[i % 3]},{3 * size + i % 3 + rng.gauss(0, 1):.4f}\n"


@pytest.fixture
def parts(tmp_path):
    """A table in one file, and in four pieces, the last of which has no rows."""
    rows = [*lines_of_a_table(), "NA,red,2.5\n", ",red,2.5\n"]
    (tmp_path / "all.csv").write_text(HEADER + "".join(rows))
    (tmp_path / "parts").mkdir()
    for i in range(3):
        (tmp_path / "parts" / f"{i}.csv").write_text(HEADER + "".join(rows[i * 21 : (i + 1) * 21]))
    (tmp_path / "parts" / "3.csv").write_text("other,columns\n")
    (tmp_path / "parts" / "4.csv").write_text("")
    return tmp_path / "parts"


@pytest.fixture
def here(monkeypatch):
    """No cluster, but the threads of this process."""
    monkeypatch.setattr(clusters, "cluster", lambda address, progress: contextlib.nullcontext())


EMPTY = re.compile(r"left out: \S+ empty file")  # what one file alone cannot say


def run(capsys, *argv):
    status = main(["fit", *map(str, argv)])
    out, err = capsys.readouterr()
    out = re.sub(r"; left out: \S+ empty file[^)]*", "", out)
    return status, [line for line in out.splitlines() if "gradient norm" not in line and not EMPTY.match(line)], err


def spoilt(parts, piece, old, new):
    path = parts / f"{piece}.csv"
    path.write_text(path.read_text().replace(old, new, 1))
    return path


def test_the_command_prints_for_files_what_it_prints_for_one(parts, capsys, here):
    one = run(capsys, parts.parent / "all.csv")
    many = run(capsys, parts / "*.csv", "--dask")
    assert one[0] == many[0] == 0
    assert many[1][0].startswith(f"{parts}/*.csv: 60 rows, price from size, colour[green], colour[red]")
    assert "left out: 2 rows with missing cells (size 2)" in many[1]
    assert sans_last_step(one[1][1:]) == sans_last_step(many[1][1:])


def sans_last_step(lines):
    return [line for line in lines if not (line[:8].strip().isdigit() and int(line[:8]) > 20)]


def test_the_object_for_programs_has_the_same_keys_and_numbers(parts, capsys, here):
    one, many = (json.loads(run(capsys, path, "--json", *more)[1][0]) for path, more in (
        (parts.parent / "all.csv", []), (parts / "*.csv", ["--dask"])))  # fmt: skip
    assert one.keys() == many.keys()
    assert EMPTY.match(many["notes"].pop())
    for key in ("rows", "rows_left_out", "missing", "notes", "reading", "features", "reason"):
        assert one[key] == many[key]
    assert one["parameters"] == pytest.approx(many["parameters"], rel=1e-12)


def test_a_saved_fit_of_pieces_predicts(parts, capsys, here):
    model = parts.parent / "model.json"
    run(capsys, parts / "*.csv", "--dask", "--save", model)
    assert main(["predict", str(model), str(parts / "0.csv")]) == 0
    assert "predicted" in capsys.readouterr().out


def test_parquet_is_read_as_csv_is(parts, capsys, here):
    pd = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    for i in range(4):
        pd.read_csv(parts / f"{i}.csv").to_parquet(parts / f"{i}.parquet")
    csv, parquet = (run(capsys, parts / f"*.{kind}", "--dask")[1] for kind in ("csv", "parquet"))
    assert sans_last_step(csv[1:]) == sans_last_step(parquet[1:])


def test_the_pattern_may_stand_behind_the_option(parts, capsys, here):
    assert run(capsys, "--dask", parts / "*.csv")[0] == 0


@pytest.mark.parametrize(
    ("piece", "old", "new", "message"),
    [
        (1, "\n", "\noops,red,3\n", "piece 1, {path}, row 2: column 'size': expected a finite number, got 'oops'"),
        (2, "\n", "\n1,red\n", "piece 2, {path}, row 2: expected 3 cells, one for each column, got 2"),
        (0, "size", "length", "piece 1, {parts}/1.csv: expected the columns ['length', 'colour', 'price'], as in"),
        (2, "size", "length", "piece 2, {path}: expected the columns ['size', 'colour', 'price'], as in"),
        (1, "red", "scarlet", "piece 1, {path}: column 'colour': expected ['blue', 'green', 'red'], as in"),
        (1, "\n", '\n"1,5",red,3\n', "piece 1, {path}, row 2: column 'size': expected a finite number, got '1,5'"),
        (0, "\n", "\noops,red,3\n", "piece 0, {path}, row 2: column 'size': expected a finite number, got 'oops'"),
    ],
)
def test_a_piece_that_is_not_as_the_others_is_named(parts, capsys, here, piece, old, new, message):
    path = spoilt(parts, piece, old, new)
    status, _, err = run(capsys, parts / "*.csv", "--dask")
    assert status == 2
    assert message.format(path=path, parts=parts) in err


def test_two_decimal_signs_are_named(tmp_path, capsys, here):
    for name, rows in [("a", "1;2\n2;4\n3;7\n"), ("b", "1;2\n2,5;5\n4;8,5\n"), ("c", "1;2\n2.5;5\n4;8.5\n")]:
        (tmp_path / f"{name}.csv").write_text("x;y\n" + rows)
    _, _, err = run(capsys, tmp_path / "*.csv", "--dask")
    assert f"piece 2, {tmp_path}/c.csv: a decimal point, but a decimal comma in piece 1, {tmp_path}/b.csv" in err


def test_a_file_that_is_gone_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"piece 0, .*gone.csv: No such file or directory, where it is to be read"):
        piece_files.opened_table([str(tmp_path / "gone.csv")], HOW)


def test_empty_files_are_told(parts, weighed, capsys, here):
    main(["fit", f"{parts}/*.csv", "--dask"])
    assert f"\nleft out: 2 empty files, {parts}/3.csv the first\n" in capsys.readouterr().out
    main(["fit", f"{weighed}/*.csv", "--dask", *DECAY])
    assert f"; left out: an empty file, {weighed}/3.csv)" in capsys.readouterr().out


def test_a_file_with_another_separator_is_said_to_have_one(parts, capsys, here):
    path = parts / "1.csv"
    path.write_text(path.read_text().replace(",", ";"))
    assert "['size;colour;price']; write all files with ',' between cells" in run(capsys, parts / "*.csv", "--dask")[2]


def test_a_folder_is_no_pattern(parts, capsys, here):
    message = f"expected files, got the folder '{parts}'; name them as '{parts}/*.csv', in quotes"
    assert message in run(capsys, parts, "--dask")[2]


def test_a_pattern_that_the_shell_saw_first_is_told_to_be_put_in_quotes(parts, capsys, here):
    err = run(capsys, "--dask", "tcp://x", parts / "0.csv", parts / "1.csv")[2]
    assert f"unrecognized arguments: {parts}/1.csv; put a pattern in quotes, as 'parts/*.csv'; see minigrad fit" in err


def test_only_empty_files_are_an_error(parts, capsys, here):
    for i in range(3):
        (parts / f"{i}.csv").write_text(HEADER)
    assert "expected rows of numbers, got 5 empty files" in run(capsys, parts / "*.csv", "--dask")[2]


def test_a_row_of_a_parquet_file_is_named(tmp_path):
    pd = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    path = tmp_path / "a.parquet"
    pd.DataFrame({"x": [1.0, 2.0, math.inf], "y": [1.0, 2.0, 4.0]}).to_parquet(path)
    with pytest.raises(
        ValueError, match=r"piece 0, .*a.parquet, row 3: column 'x': expected a finite number, got 'inf'"
    ):
        piece_files.opened_table([str(path)], HOW)


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["--dask"], "expected files with --dask, got none"),
        (["none*.csv", "--dask"], "expected files, got none that 'none*.csv' matches"),
        (["--dask", "--model", "y = a * x"], "expected files with --dask, got none"),
    ],
)
def test_what_does_not_go_together_is_said(capsys, argv, message):
    status, _, err = run(capsys, *argv)
    assert status == 2
    assert message in err


def test_another_version_where_the_files_are_is_one_clear_error(parts, capsys, here, monkeypatch):
    def other(*_):
        raise RuntimeError("piece 0: expected one version of Python")

    monkeypatch.setattr(piece_files, "opened_table", other)
    assert run(capsys, parts / "*.csv", "--dask") == (2, [], "minigrad: piece 0: expected one version of Python\n")


def test_a_scheduler_that_went_is_one_clear_error(parts, capsys, here, monkeypatch):
    def gone(*_):
        raise RuntimeError("the parameters are those of the last whole step") from OSError("connection lost")

    monkeypatch.setattr(piece_files, "opened_table", gone)
    message = "expected the cluster to answer, got OSError: connection lost; start a scheduler, and fit again"
    assert run(capsys, parts / "*.csv", "--dask") == (2, [], f"minigrad: --dask: {message}\n")


def test_without_dask_the_extra_is_named(parts, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert "pip install 'dask[distributed]' pandas pyarrow" in run(capsys, parts / "*.csv", "--dask")[2]


# --- Formulas -------------------------------------------------------------------------------------------------------


@pytest.fixture
def weighed(tmp_path):
    """A table with weights, of which some are 0, and words that no formula names, in one file and in three."""
    rng = Random(5)
    rows = []
    for i in range(60):
        t = 5 * rng.random()
        rows.append(f"{t:.4f},w{i},{2 + i % 3},{i % 4 and 1.5},{3 * 2.0**-t + 0.5 + rng.gauss(0, 0.02):.4f}\n")
    header = "time [s],note,error,weight,signal\n"
    (tmp_path / "all.csv").write_text(header + "".join([*rows, "NA,x,1,1,2\n"]))
    folder = tmp_path / "weighed"
    folder.mkdir()
    for i in range(3):
        missing = "NA,x,1,1,2\n" * (i == 2)
        (folder / f"{i}.csv").write_text(header + "".join(rows[i * 20 : (i + 1) * 20]) + missing)
    (folder / "3.csv").write_text(header)
    return folder


LOG = ["--model", "signal = a * log(time_s) + b"]
DECAY = ["--model", "signal = a * exp(-k * time_s) + c"]


@pytest.mark.parametrize(
    "options",
    [
        [],
        ["--start", "a=1", "k=1", "c=0"],
        ["--weights", "weight"],
        ["--errors", "error"],
        ["--bounds", "c=:0.4"],
        ["--bounds", "c=0:1", "k=0:"],
        ["--method", "lbfgs", "--start", "a=1", "k=1", "c=0"],
        ["--method", "sgd", "--start", "a=3", "k=0.7", "c=0.5", "--max-steps", "50"],
    ],
    ids=" ".join,
)
def test_the_report_on_a_formula_over_pieces_is_that_of_one_machine(weighed, capsys, here, options):
    one, many = (
        run(capsys, path, *DECAY, *options, *more)
        for path, more in ((weighed.parent / "all.csv", []), (weighed / "*.csv", ["--dask"]))
    )
    assert one[0] == many[0] < 2 and one[2] == many[2]
    assert one[1][0].partition(":")[2] == many[1][0].partition(":")[2]
    assert one[1][1:] == many[1][1:]


def test_the_object_on_a_formula_has_the_same_keys_and_numbers(weighed, capsys, here):
    options = [*DECAY, "--weights", "weight", "--json"]
    one, many = (
        json.loads(run(capsys, path, *options, *more)[1][0])
        for path, more in ((weighed.parent / "all.csv", []), (weighed / "*.csv", ["--dask"]))
    )
    assert one.keys() == many.keys()
    assert one["rows"] == many["rows"] == 45
    for key in ("loss", "r2", "residual_sum_of_squares", "residual_standard_error"):
        assert one[key] == pytest.approx(many[key], rel=1e-12)
    for key in ("parameters", "standard_errors"):
        assert one[key] == pytest.approx(many[key], rel=1e-9)


def test_a_saved_formula_of_pieces_predicts(weighed, capsys, here):
    model = weighed.parent / "model.json"
    run(capsys, weighed / "*.csv", "--dask", *DECAY, "--save", model)
    assert main(["predict", str(model), str(weighed / "0.csv")]) == 0
    assert "predicted" in capsys.readouterr().out


def test_a_curve_through_many_rows_begins_with_a_sample_of_them(capsys, tmp_path, here):
    rng = Random(0)
    for i in range(4):
        rows = [(t := 5 * rng.random(), 3 * math.exp(-0.7 * t) + rng.gauss(0, 0.02)) for _ in range(800)]
        (tmp_path / f"{i}.csv").write_text("t,y\n" + "".join(f"{t},{y}\n" for t, y in rows))
    status, lines, _ = run(capsys, tmp_path / "*.csv", "--dask", "--model", "y = a * exp(-k * t)")
    assert status == 0 and "3200 rows" in lines[0]
    assert "; 100 rows, seed 0" in lines[2]
    (status, again, _) = run(capsys, tmp_path / "*.csv", "--dask", "--model", "y = a * exp(-k * t)")
    assert again == lines


@pytest.mark.parametrize(
    ("old", "new", "options", "message"),
    [
        ("w25,3", "w25,-1", ["--errors", "error"], "piece 1, {path}, of the rows used: expected a standard deviat"),
        ("w25,3", "w25,0", ["--errors", "error"], "in row 5, got 0.0"),
        ("w25,3,1.5", "w25,3,-1.5", ["--weights", "weight"], "expected a weight >= 0 in row 5, got -1.5"),
        ("\n", "\n-1,x,1,1,1\n", [*LOG, "--start", "a=1", "b=1"], "piece 1, {path}, of the rows used, row 0: log"),
        ("\n", "\n-1,x,1,1,1\n", LOG, "found no start for a, b where signal = a * log(time_s) + b exists in every row"),
        ("\n", "\noops,x,1,1,1\n", DECAY, "piece 1, {path}, row 2: column 'time [s]': expected a finite number"),
        ("time [s]", "hours", DECAY, "piece 1, {path}"),
        ("", "", ["--weights", "heavy"], "0.csv: no column 'heavy' of weights; the columns are time_s"),
        ("", "", ["--model", "y = a * time_s"], "expected columns on the left side"),
        ("", "", ["--lr", "0.1"], "expected no learning rate for 'lm'"),
        ("", "", ["--bounds", "z=0:"], "bounds: no parameter 'z'"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_formula_over_pieces_is_said(weighed, capsys, here, old, new, options, message):
    path = spoilt(weighed, 1, old, new)
    model = [] if "--model" in options else DECAY
    status, _, err = run(capsys, weighed / "*.csv", "--dask", *model, *options)
    assert status == 2
    assert message.format(path=path) in err


def test_a_formula_over_empty_files_is_an_error(weighed, capsys, here):
    for i in range(3):
        (weighed / f"{i}.csv").write_text("t,y\n")
    assert "expected rows of numbers, got 4 empty files" in run(capsys, weighed / "*.csv", "--dask", *DECAY)[2]


def test_a_formula_over_a_file_that_is_gone_names_it(tmp_path):
    with pytest.raises(ValueError, match=r"piece 0, .*gone.csv: No such file"):
        piece_files._header([str(tmp_path / "gone.csv")], HOW)


def test_a_formula_takes_parquet(weighed, capsys, here):
    pd = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    for i in range(4):
        pd.read_csv(weighed / f"{i}.csv").to_parquet(weighed / f"{i}.parquet")
    csv, parquet = (run(capsys, weighed / f"*.{kind}", "--dask", *DECAY)[1] for kind in ("csv", "parquet"))
    assert csv[1:] == parquet[1:]


def test_pictures_of_pieces_show_a_sample(parts, weighed, capsys, here, tmp_path):
    pytest.importorskip("matplotlib")
    found = []
    for path, options in ((parts, []), (weighed, DECAY)):
        picture = tmp_path / "found.svg"
        assert run(capsys, path / "*.csv", "--dask", *options, "--plot", picture)[0] == 0
        found.append(picture.read_text())
    assert all(">the 60 rows of data<" in text.replace(" -->", "<").replace("<!-- ", ">") for text in found)


# --- Clusters -------------------------------------------------------------------------------------------------------


@CLUSTER
def test_the_dashboard_is_told_on_a_terminal(parts, capsys, monkeypatch):
    pytest.importorskip("distributed")
    local = {"n_workers": 1, "processes": False, "dashboard_address": ":0"}
    monkeypatch.setattr(clusters, "_LOCAL", local)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    status, _, err = run(capsys, parts / "*.csv", "--dask")
    assert status == 0
    assert err.startswith("dashboard: http://")
    assert "step " in err
    assert run(capsys, parts / "*.csv", "--dask", "--json")[2] == ""


@pytest.mark.slow
@CLUSTER
def test_a_cluster_of_our_own_and_one_at_an_address_find_the_same(parts, capsys, monkeypatch):
    distributed = pytest.importorskip("distributed")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    own = run(capsys, parts / "*.csv", "--dask")
    assert own[0] == 0
    assert "dashboard: http://" in own[2]
    with distributed.LocalCluster(1, processes=False, dashboard_address=None) as cluster:
        there = run(capsys, parts / "*.csv", "--dask", cluster.scheduler_address)
        assert not cluster.scheduler.tasks  # it is as it was
    assert sans_last_step(own[1][1:]) == sans_last_step(there[1][1:])


@pytest.mark.slow
@CLUSTER
def test_a_worker_that_is_killed_during_the_command_changes_no_bit(parts, capsys, monkeypatch):
    distributed = pytest.importorskip("distributed")
    argv = ["fit", str(parts / "*.csv"), "--dask"]
    move, killed = Descent.move, []
    with (
        distributed.LocalCluster(2, threads_per_worker=1, dashboard_address=None, silence_logs="CRITICAL") as cluster,
        distributed.Client(cluster) as client,
    ):
        assert main([*argv, cluster.scheduler_address]) == 0
        expected = capsys.readouterr().out
        pids = [*client.run(os.getpid).values()]

        def kill(descent):
            if descent.steps == 5:
                killed.append(os.kill(pids[0], signal.SIGKILL))
            move(descent)

        monkeypatch.setattr(Descent, "move", kill)
        assert main([*argv, cluster.scheduler_address]) == 0
        assert capsys.readouterr().out == expected and killed == [None]


CLUSTER_ALONE = """
    import time
    from distributed import LocalCluster

    if __name__ == "__main__":
        options = {"host": "127.0.0.1", "dashboard_address": None, "silence_logs": "CRITICAL"}
        with LocalCluster(1, threads_per_worker=1, **options) as cluster:
            print(cluster.scheduler_address, flush=True)
            time.sleep(600)
"""
COMMAND_THAT_SIGNALS = """
    import os, signal, sys
    from minigrad.__main__ import main
    from minigrad.train.monitor import Descent

    parts, address, pid, number = sys.argv[1:]
    move = Descent.move

    def signalling(descent):
        if descent.steps == 3:
            os.kill(int(pid) or os.getpid(), int(number))
        move(descent)

    Descent.move = signalling
    sys.exit(main(["fit", parts, "--dask", address]))
"""


@contextlib.contextmanager
def cluster_alone(tmp_path):
    """A cluster in a process of its own, and its address."""
    script = tmp_path / "cluster.py"
    script.write_text(textwrap.dedent(CLUSTER_ALONE), encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        yield process, process.stdout.readline().strip()
    finally:
        process.terminate()
        process.communicate()


def command_that_signals(parts, address, pid, number):
    """What `minigrad fit --dask` prints that sends a signal in its fourth step, to itself if the pid is 0."""
    argv = [sys.executable, "-c", textwrap.dedent(COMMAND_THAT_SIGNALS), parts / "*.csv", address, pid, int(number)]
    return subprocess.run([*map(str, argv)], capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "killpg"), reason="needs signals")
def test_a_scheduler_that_goes_during_the_command_is_one_clear_error(parts, tmp_path):
    pytest.importorskip("distributed")
    with cluster_alone(tmp_path) as (process, address):
        done = command_that_signals(parts, address, process.pid, signal.SIGKILL)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("minigrad: --dask: expected the cluster to answer, got ")
    assert done.stderr.endswith("; start a scheduler, and fit again\n") and done.stderr.count("\n") == 1


@pytest.mark.slow
@CLUSTER
@pytest.mark.skipif(not hasattr(os, "killpg"), reason="needs signals")
def test_ctrl_c_leaves_the_cluster_at_an_address_as_it_was(parts, tmp_path):
    distributed = pytest.importorskip("distributed")

    def kept(dask_scheduler):
        return len(dask_scheduler.tasks), len(dask_scheduler.clients), len(dask_scheduler.workers)

    with cluster_alone(tmp_path) as (_, address), distributed.Client(address) as client:
        before = client.run_on_scheduler(kept)
        done = command_that_signals(parts, address, 0, signal.SIGINT)
        assert (done.returncode, done.stderr) == (130, "")
        assert "interrupted after 3 steps" in done.stdout
        assert client.run_on_scheduler(kept) == before
        assert client.submit(sum, [1, 2]).result() == 3  # and is there for others


@CLUSTER
def test_nobody_at_the_address_is_one_clear_error(parts, capsys):
    pytest.importorskip("distributed")
    with dask.config.set({"distributed.comm.timeouts.connect": "1s"}):
        status, _, err = run(capsys, parts / "*.csv", "--dask", "tcp://127.0.0.1:9")
    assert status == 2
    assert "--dask: expected a scheduler at 'tcp://127.0.0.1:9'" in err


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "killpg"), reason="needs process groups")
def test_ctrl_c_tells_what_is_there_and_ends_all_processes(parts):
    pytest.importorskip("distributed")
    argv = [sys.executable, "-m", "minigrad", "fit", str(parts / "*.csv"), "--dask", "--lr", "1e-6", "--tol", "0"]
    for seconds in (8, 20, 40):  # the first that is enough for the descent to begin
        process = subprocess.Popen(
            argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
        )
        time.sleep(seconds)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal sends it: to the workers too
        out, err = process.communicate(timeout=60)  # to the end of both, which every process there holds open
        if out:
            break
    assert (process.returncode, err) == (130, "")
    assert "interrupted after" in out
