"""`minigrad fit` says what it found to people and programs, and what was wrong in one line."""

import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import minigrad
import minigrad.fit.linear
from minigrad.__main__ import main

ROOT = Path(minigrad.__file__).resolve().parent.parent
DATA = ROOT / "minigrad" / "datasets" / "data"
CARS, NORRIS = str(DATA / "cars.csv"), str(DATA / "norris.csv")


@pytest.fixture
def fit(capsys):
    """Runs `minigrad fit ...` and gives its exit status and what it wrote to standard output and standard error."""

    def run(*arguments: object) -> tuple[int, str, str]:
        status = main(["fit", *map(str, arguments)])
        return (status, *capsys.readouterr())

    return run


@pytest.fixture
def table(tmp_path):
    """Writes a table to a file and gives its path."""

    def write(text: str) -> Path:
        path = tmp_path / "table.csv"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def interrupt(monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    """Ctrl-C once the loss was computed so many times."""
    original, seen = minigrad.fit.linear.mean_square, []

    def interrupted(*arguments):
        step = original(*arguments)

        def loss(parameters):
            if len(seen) == after:
                raise KeyboardInterrupt
            seen.append(parameters)
            return step(parameters)

        return loss

    monkeypatch.setattr(minigrad.fit.linear, "mean_square", interrupted)


# For programs: --json


@pytest.mark.parametrize(
    ("arguments", "b", "w1", "digits"),
    [
        pytest.param([], 25.2323131, 3.2910941, (1e-6, 1e-6), id="crickets"),
        pytest.param([CARS], 33.585124, -4.569109, (1e-6, 1e-6), id="cars"),
        pytest.param(
            [NORRIS, "--target", "y", "--features", "x"],
            -0.262323073774029,
            1.00211681802045,
            (1e-6, 1e-9),
            id="norris",
        ),
    ],
)
def test_json_holds_the_published_solution(fit, arguments, b, w1, digits):
    status, out, err = fit(*arguments, "--json")
    answer = json.loads(out)
    assert (status, err, answer["reason"]) == (0, "", "converged")
    assert abs(answer["parameters"]["b"] - b) <= digits[0]
    assert abs(answer["parameters"]["w1"] - w1) <= digits[1]


def test_json_has_the_promised_keys_and_nothing_else_is_printed(fit):
    _, out, _ = fit("--json")
    answer = json.loads(out)
    assert out.count("\n") == 1
    assert list(answer) == [
        *("parameters", "reason", "steps", "loss", "grad_norm", "r2", "target", "features", "estimates"),
        *("residual_standard_error", "degrees_of_freedom", "adjusted_r2", "rows", "rows_used", "rows_left_out"),
        *("missing", "columns_left_out", "notes", "reading", "least_squares"),
        *("scale", "lr", "condition_number", "expected_steps"),
    ]
    keys = ["parameter", "column", "estimate", "standard_error", "t", "interval", "least_squares"]
    assert [list(estimate) for estimate in answer["estimates"]] == [keys, keys]
    assert [(e["parameter"], e["column"]) for e in answer["estimates"]] == [("b", None), ("w1", "chirps_per_second")]
    assert {e["parameter"]: e["estimate"] for e in answer["estimates"]} == answer["parameters"]
    assert {e["parameter"]: e["least_squares"] for e in answer["estimates"]} == answer["least_squares"]["parameters"]
    assert (answer["rows"], answer["degrees_of_freedom"], answer["scale"]) == (15, 13, "orthogonal")
    assert (answer["rows_used"], answer["rows_left_out"], answer["missing"], answer["notes"]) == (15, 0, {}, [])
    assert answer["target"] == "temperature_f"
    assert answer["features"] == ["chirps_per_second"]
    assert answer["r2"] == pytest.approx(0.6974651, abs=1e-7)
    assert answer["loss"] == pytest.approx(12.7031562, abs=1e-7)
    assert answer["steps"] > 5
    assert 0 <= answer["grad_norm"] < 1e-6


def test_json_of_a_constant_target_has_null_for_r2(fit, table):
    status, out, _ = fit(table("x,y\n1,5\n2,5\n3,5\n"), "--json")
    assert json.loads(out)["r2"] is None
    assert status == 0


def test_json_is_valid_after_a_divergence_past_all_floats(fit):
    status, out, _ = fit("--json", "--lr", 1e300)
    answer = json.loads(out, parse_constant=pytest.fail)  # called for NaN and Infinity
    assert (status, answer["reason"], answer["parameters"]) == (1, "diverged", {"b": 0.0, "w1": 0.0})


def test_json_has_null_for_what_is_not_finite(fit, monkeypatch):
    monkeypatch.setattr(minigrad.fit.linear, "r_squared", lambda *_, **__: float("-inf"))
    assert json.loads(fit("--json")[1])["r2"] is None


# For people


def test_the_report_tells_the_descent_the_verdict_the_line_and_the_check(fit):
    status, out, err = fit()
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "crickets: 15 rows, temperature_f from chirps_per_second"
    assert lines[3].split() == ["step", "loss", "b", "w1"]
    steps = [line.split() for line in lines[4 : lines.index("", 4)]]
    assert [int(step) for step, *_ in steps][:-1] == [0, 1, 2, 3, 5, 10, 20]
    assert lines[1] == "gradient descent on the mean squared error, orthogonal features, learning rate 0.35"
    assert steps[0] == ["0", "6448.39", "0", "0"]
    assert steps[-1][1:] == ["12.7032", "25.2323", "3.29109"]
    assert re.search(r"^converged after \d+ steps: loss 6448.39 -> 12.7032, gradient norm ", out, re.MULTILINE)
    assert "\ntemperature_f = 25.2323131 + 3.29109409 * chirps_per_second\n" in out
    comparison = [line.split()[-2:] for line in lines[-4:]]
    assert comparison == [
        ["25.2323131", "25.2323131"],
        ["3.29109409", "3.29109409"],
        ["12.7031562", "12.7031562"],
        ["0.697465145", "0.697465145"],
    ]
    estimates = [line.split()[-5:] for line in lines[-9:-7]]
    assert estimates == [
        ["25.2323131", "10.0601173", "2.508", "3.49875", "46.9659"],
        ["3.29109409", "0.601166922", "5.475", "1.99235", "4.58984"],
    ]
    assert lines[-7] == "residual standard error 3.82850988 on 13 degrees of freedom, adjusted R2 0.674193233"
    assert [line.partition("  ")[0] for line in lines[-5:]] == [
        "",
        "b",
        "w1 (chirps_per_second)",
        "loss (mean squared error)",
        "R2",
    ]


def test_the_narrow_valley_is_shown_as_it_is(fit):
    status, out, _ = fit(CARS, "--no-standardize", "--lr", 0.01, "--max-steps", 5)
    losses = [float(line.split()[1]) for line in out.splitlines()[5:10]]
    assert losses == [303.714, 170.843, 103.174, 68.7028, 42.1721]  # steps 0, 1, 2, 3, 5
    assert status == 1
    assert "\nmax_steps after 5 steps" in out
    assert out.splitlines()[2] == "condition number of the bowl 512, at the bottom after some 56,000 steps"
    assert "With --scale orthogonal the bowl is round" in out


def test_a_falling_line_is_written_with_a_minus(fit):
    assert "miles_per_gallon = 33.585124 - 4.5691095 * weight_1000lb\n" in fit(CARS)[1]


def test_several_features_have_a_weight_each(fit, table):
    path = table("c,a,y,b\n0,1,6,2\n1,0,3,1\n9,1,8,3\n3,2,7,2\n")  # y = 1 + a + 2 b; c is not asked for
    status, out, _ = fit(path, "--target", "y", "--features", "a", "b")
    assert status == 0
    assert re.search(r"^y = 1 \+ 1 \* a \+ 2 \* b$", out, re.MULTILINE)
    assert json.loads(fit(path, "--target", "y", "--features", "a", "--features", "b", "--json")[1])["features"] == [
        *("a", "b")
    ]


def test_a_line_through_zero_has_no_b(fit, table):
    path = table("x,y\n1,2\n2,4.5\n3,5.5\n")
    status, out, _ = fit(path, "--no-intercept")
    assert status == 0
    assert "\ny = 1.96428571 * x\n" in out
    assert not re.search("^b ", out, re.MULTILINE)
    answer = json.loads(fit(path, "--no-intercept", "--json")[1])
    assert answer["parameters"] == {"w1": pytest.approx(27.5 / 14)}
    assert answer["r2"] == pytest.approx(27.5**2 / 14 / (4 + 4.5**2 + 5.5**2))  # around zero, as in R and statsmodels
    two = table("v,x,y\n1,2,3\n2,1,1\n3,3,5\n")
    assert re.search(r"^y = -\d.* \* v \+ \d.* \* x$", fit(two, "--no-intercept")[1], re.MULTILINE)


def test_as_many_parameters_as_rows_leave_nothing_to_be_sure_of(fit, table):
    path = table("x,y\n1,2\n2,5\n")
    status, out, _ = fit(path)
    assert status == 0
    assert "\nresidual standard error undefined on 0 degrees of freedom, adjusted R2 undefined\n" in out
    answer = json.loads(fit(path, "--json")[1], parse_constant=pytest.fail)
    assert answer["adjusted_r2"] is answer["residual_standard_error"] is None
    assert [(e["standard_error"], e["t"], e["interval"]) for e in answer["estimates"]] == 2 * [
        (None, None, [None, None])
    ]
    assert "on 1 degree of freedom" in fit(table("x,y\n1,2\n2,5\n3,4\n"))[1]


def test_more_parameters_than_fit_on_a_line_are_cut_there_and_whole_below(fit, table):
    rows = [",".join(str((i * j * j + i * i) % (11 + j)) for j in range(1, 8)) for i in range(1, 30)]
    _, out, _ = fit(table("\n".join(["a,b,c,d,e,f,y", *rows])), "--max-steps", 3)
    assert out.splitlines()[3].split() == ["step", "loss", "b", "w1", "w2", "w3", "w4", "..."]
    assert "\nw6 (f) " in out


def test_a_run_that_diverges_ends_with_a_step_past_all_floats(fit):
    status, out, _ = fit("--lr", 1.5)
    verdict = out.index("\ndiverged after ")
    assert out[:verdict].splitlines()[-1].split()[1] == "inf"
    assert "temperature_f = 0 + 0 * chirps_per_second" in out
    assert status == 1


def test_nearly_collinear_features_are_named_when_the_descent_is_too_slow(fit, table):
    rows = "".join(f"{a},{2 * a + a * 3 % 7 / 1000},{a * a}\n" for a in range(9))
    path = table("inches,centimetres,y\n" + rows)
    status, out, _ = fit(path, "--max-steps", 50, "--scale", "standard")
    assert status == 1
    assert "\nThe features before 'centimetres' nearly tell it, which makes the bowl a narrow valley" in out
    assert "\nWith --scale orthogonal the bowl is round" in out
    assert fit(path)[0] == 0


def test_slow_for_other_reasons_blames_neither_features_nor_bowl(fit):
    out = fit("--lr", 1e-4, "--max-steps", 50)[1]
    assert "nearly tell" not in out
    assert "--scale" not in out
    assert "The largest stable one here is 1: try 0.5." in out


def test_the_start_is_every_parameters_first_value_in_the_units_of_the_data(fit):
    for option in ([], ["--no-standardize"], ["--scale", "standard"]):
        _, out, _ = fit("--start", -5, "--max-steps", 0, *option)
        first = next(line for line in out.splitlines() if line.split()[:1] == ["0"])
        assert first.split()[2:] == ["-5", "-5"]


@pytest.mark.parametrize("start", ["-1e3", "-1E3", "-.1e4", "-1000"])
def test_a_negative_number_is_no_option_however_it_is_written(fit, start):
    status, out, _ = fit("--start", start)
    assert status == 0
    assert "-1000         -1000\n" in out


def test_what_follows_a_negative_number_is_an_option_still(fit):
    assert fit("--start", "-1e3", "--json", "--max-steps", "-1")[2].startswith(
        "minigrad: argument --max-steps: expected"
    )


@pytest.mark.parametrize(
    ("options", "scale"),
    [
        ([], "orthogonal features, learning rate 0.35"),
        (["--lr", 0.25], "standardized features, learning rate 0.25"),
        (["--lr", 0.25, "--scale", "orthogonal"], "orthogonal features, learning rate 0.25"),
        (["--scale", "standard"], "standardized features, learning rate 0.25"),
        (["--scale", "none"], "features as they are, learning rate 0.0017"),
        (["--no-standardize"], "features as they are, learning rate 0.0017"),
        (["--no-standardize", "--lr", 0.001], "features as they are, learning rate 0.001"),
    ],
)
def test_the_report_says_which_features_it_descended_over(fit, options, scale):
    out = fit(*options, "--max-steps", 9)[1]
    assert out.splitlines()[1] == "gradient descent on the mean squared error, " + scale
    assert ("condition number" in out) == ("orthogonal" not in scale)


def test_a_rate_that_never_arrives_is_told_so_beforehand(fit):
    for rate in (1e-200, 1.5):
        assert "condition number of the bowl 1, never at the bottom" in fit("--lr", rate, "--max-steps", 9)[1]


@pytest.mark.parametrize("rate", [1e-200, 5e-324])
def test_a_rate_next_to_zero_stalls_and_is_told_which_would_do(fit, rate):
    status, out, err = fit("--lr", rate)
    assert (status, err) == (1, "")
    assert "\nstalled after 3 steps" in out
    assert "and is never reached at learning rate" in out


def test_the_rate_that_the_advice_names_works(fit):
    advised = re.search(r"try ([\d.e-]+)\.\n", fit(CARS, "--no-standardize", "--lr", 1e-5, "--max-steps", 9)[1])
    assert fit(CARS, "--no-standardize", "--lr", advised.group(1))[0] == 0


def test_a_looser_tolerance_takes_fewer_steps(fit):
    steps = [json.loads(fit("--json", "--tol", tol)[1])["steps"] for tol in (1e-3, 1e-12)]
    assert steps[0] < steps[1]


def test_names_that_the_output_cannot_spell_are_escaped(table, monkeypatch):
    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", out)
    assert main(["fit", str(table("größe,y\n1,2\n2,3\n4,4\n"))]) == 0
    out.seek(0)
    assert "gr\\xf6\\xdfe" in out.read()


def test_without_a_standard_output_nothing_is_printed(monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    assert main(["fit"]) == 0


def test_the_help_explains_units_verdicts_and_exit_status(capsys):
    with pytest.raises(SystemExit) as caught:
        main(["fit", "--help"])
    assert caught.value.code == 0
    out, _ = capsys.readouterr()
    for word in ("converged", "stalled", "diverged", "max_steps", "interrupted", "exit status", "own units", "130"):
        assert word in out


def test_the_version_is_printed(capsys):
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out == minigrad.__version__ + "\n"


# What cannot be done: one line on standard error, status 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("", "expected a header", id="empty file"),
        pytest.param("x,y\n", "empty table", id="empty table"),
        pytest.param("x,y\n1,2\n", "expected at least 2 rows to settle 2 parameters, got 1 row", id="one row"),
        pytest.param("x,y\n1,2\n1,3\n", "feature 'x' is constant, 1 in every row", id="constant feature"),
        pytest.param("v,x,y\n1,2,3\n4,5,7\n", "expected at least 3 rows", id="more features than rows"),
        pytest.param("x,y\n1,2\n2,many\n", "row 3: column 'y': expected a finite number, got 'many'", id="no number"),
        pytest.param("v,x,y\n1,2,3\n2,4,5\n3,6,9\n", "feature 'x' follows from 'v'", id="collinear features"),
        pytest.param('x,"y\nz"\n1,2\n1,3\n', "feature 'x' is constant", id="a name of two lines"),
    ],
)
def test_a_table_that_settles_no_line_is_one_line_of_error(fit, table, text, message):
    status, out, err = fit(table(text))
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert err.startswith("minigrad: ")
    assert message in err


@pytest.mark.parametrize(
    "text",
    ["x,y\n1,2\n1,3\n", "v,x,y\n1,2,3\n2,4,5\n3,6,9\n", "v,x,y\n1,2,3\n4,5,7\n"],
    ids=["constant", "collinear", "few rows"],
)
def test_a_table_that_settles_no_line_names_the_file_and_the_option_that_helps(fit, table, text):
    path = table(text)
    status, out, err = fit(path)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(f"minigrad: {path}: ")
    assert err.endswith(" (--features names those to use)\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere.csv"], "nowhere.csv: No such file"),
        ([str(DATA)], f"{DATA}: "),
        ([str(DATA.parent / "__pycache__")], "__pycache__: "),
        (["--target", "temperature"], "no column 'temperature' (the nearest is 'temperature_f')"),
        (["--features", "chirps"], "no column 'chirps' (the nearest is 'chirps_per_second')"),
        (["--target", "temperature_f", "--features", "temperature_f"], "column 'temperature_f' is chosen twice"),
        (["--lr", "0"], "argument --lr: expected a number > 0, got '0'"),
        (["--lr", "-1"], "argument --lr: expected a number > 0, got '-1'"),
        (["--lr", "nan"], "argument --lr: expected a number > 0, got 'nan'"),
        (["--lr", "inf"], "argument --lr: expected a number > 0, got 'inf'"),
        (["--lr", "fast"], "argument --lr: expected a number > 0, got 'fast'"),
        (["--tol", "1"], "argument --tol: expected a number from 0 to below 1, got '1'"),
        (["--tol", "nan"], "argument --tol: expected"),
        (["--start", "inf"], "argument --start: expected a finite number, got 'inf'"),
        (["--start", "1e99"], "expected a start between"),
        (["--max-steps", "1.5"], "argument --max-steps: expected a whole number >= 0, got '1.5'"),
        (["--max-steps", "-1"], "argument --max-steps: expected a whole number >= 0, got '-1'"),
        (["--fast"], "unrecognized arguments: --fast"),
        (["--plot", "line.gif"], "expected a plot file that ends in .png, .svg, .pdf, got 'line.gif'"),
        (["--plot", "nowhere/line.png"], "nowhere: No such file"),
    ],
    ids=lambda value: " ".join(value)[-30:] if isinstance(value, list) else "",
)
def test_what_is_asked_for_wrongly_is_one_line_of_error(fit, arguments, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    status, out, err = fit(*arguments)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert err.startswith("minigrad: ")
    assert message in err


def test_a_file_that_is_no_text_is_one_line_of_error(fit, tmp_path):
    path = tmp_path / "picture.csv"
    path.write_bytes(b"\x89PNG\r\n\x1a\n\x00\xff")
    status, out, err = fit(path)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert "picture.csv, row 3: expected text, got a byte 0" in err


@pytest.mark.parametrize("arguments", [[], ["fot"]])
def test_another_command_than_fit_is_one_line_of_error(capsys, arguments):
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert "fit" in err


def test_a_plot_without_matplotlib_names_the_extra_before_the_descent(fit, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)  # as if it were not installed
    status, out, err = fit("--plot", tmp_path / "line.png")
    assert (status, out) == (2, "")
    assert err == "minigrad: drawing needs matplotlib, which is not installed: pip install matplotlib\n"


def test_a_plot_is_drawn_beside_the_report(fit, tmp_path):
    pytest.importorskip("matplotlib")
    status, out, err = fit("--plot", tmp_path / "line.svg", "--json")
    assert (status, err, json.loads(out)["reason"]) == (0, "", "converged")
    assert (tmp_path / "line.svg").read_text(encoding="utf-8").rstrip().endswith("</svg>")


# Ends that come from outside


def test_ctrl_c_prints_what_there_is(fit, monkeypatch):
    interrupt(monkeypatch, after=3)
    status, out, _ = fit()
    assert status == 130
    assert "\ninterrupted after 3 steps: loss 6448.39 -> 64.8322" in out
    assert "temperature_f = 22.9614049 + 2.99489562 * chirps_per_second" in out
    assert "standard error" not in out  # for what is no estimate


def test_ctrl_c_before_there_is_anything_is_one_word(fit, monkeypatch):
    interrupt(monkeypatch, after=0)
    assert fit() == (130, "", "minigrad: interrupted\n")


@pytest.mark.parametrize(("options", "status"), [([], 0), (["--max-steps", "1"], 1)])
def test_a_pipe_whose_reader_has_gone_is_no_error(capsys, monkeypatch, options, status):
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "w") as gone:
        monkeypatch.setattr(sys, "stdout", gone)
        assert main(["fit", "--json", *options]) == status
    assert capsys.readouterr().err == ""


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")
def test_a_full_disk_is_one_line_of_error(capsys, monkeypatch):
    with open("/dev/full", "w") as full:
        monkeypatch.setattr(sys, "stdout", full)
        assert main(["fit", "--json"]) == 2
    assert capsys.readouterr().err == "minigrad: standard output: No space left on device\n"


def in_a_process_of_its_own(code: str) -> subprocess.CompletedProcess[str]:
    """Runs code where there is nothing but the standard library and minigrad."""
    code = f"import sys\nsys.path.append({str(ROOT)!r})\n{code}"
    return subprocess.run([sys.executable, "-IS", "-c", code], capture_output=True, text=True, check=False)


def test_python_m_minigrad_fit_needs_minigrad_alone():
    done = in_a_process_of_its_own(
        "import runpy; sys.argv[1:] = ['fit', '--json']; runpy.run_module('minigrad', run_name='__main__')"
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["reason"] == "converged"


def test_the_report_imports_nothing_that_takes_long():
    done = in_a_process_of_its_own("from minigrad.__main__ import main; main(['fit']); print(*sys.modules)")
    parser = in_a_process_of_its_own(  # Python 3.14's own, which reads `dataclasses` and `inspect` for its colours
        "import argparse; argparse.ArgumentParser().add_argument('x', help='x'); print(*sys.modules)"
    )
    heavy = {*("dataclasses", "decimal", "difflib", "fractions", "inspect", "json", "pathlib", "random", "typing")}
    heavy -= {*parser.stdout.split()}
    imported = set(done.stdout.splitlines()[-1].split())
    assert "minigrad.fit" in imported
    assert imported & {*heavy, "matplotlib", "numpy", "minigrad.plot", "minigrad.fit.plots"} == set()
