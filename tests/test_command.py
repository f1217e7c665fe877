"""The command reads what people pass it, says what it made of their table, and ends quietly."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import minigrad
import minigrad.fit.arguments
from minigrad.__main__ import main
from minigrad.fit.report import as_json, report

ROOT = Path(minigrad.__file__).resolve().parent.parent
PENGUINS = "id,species,mass,sex\n" + "".join(
    f"a{i},Adelie,37.5,M\nb{i},Gentoo,50.1,F\nc{i},Adelie,36,?\nd{i},Gentoo,52,M\ne{i},Adelie,40,F\n" for i in range(5)
)


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

    def write(text: str | bytes, name: str = "table.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def process(command: str, **options) -> subprocess.CompletedProcess[str]:
    """A line of the shell, in which `minigrad` is the command."""
    command = command.replace("minigrad ", f"'{sys.executable}' -m minigrad ")
    return subprocess.run(
        command, shell=True, cwd=ROOT, capture_output=True, text=True, check=False, **{"input": "", **options}
    )


# What was made of the table


def test_the_report_begins_with_how_the_table_was_read_and_what_was_left_out(fit, table):
    path = table(PENGUINS)
    lines = fit(path, "--target", "mass")[1].splitlines()
    assert lines[0] == (f"{path}: 20 rows, mass from species[Gentoo], sex[M]; ',' between cells, decimal point, UTF-8")
    assert lines[1] == "left out: 5 rows with missing cells (sex 5)"
    assert lines[2].startswith("left out: column 'id', which is neither numbers nor a category of at most 20 words")


def test_the_report_on_columns_in_memory_tells_what_was_left_out_and_no_dialect():
    found = minigrad.fit.fit({"x": [1, 2, None, 4], "y": [2, 3, 4, 6]})
    lines = list(report(found, "memory"))
    assert lines[:2] == ["memory: 3 rows, y from x", "left out: 1 row with missing cells (x 1)"]
    assert json.loads(as_json(found))["reading"] == {"sep": None, "decimal": None}


def test_json_tells_it_too(fit, table):
    path = table("n;w;x;y\n" + "".join(f"name {i};{'ab'[i % 2]};{i},5;{i % 4}\n" for i in range(9)) + "z;a;NA;1\n")
    answer = json.loads(fit(path, "--json")[1])
    assert answer["features"] == ["w[b]", "x"]
    assert (answer["rows_used"], answer["rows_left_out"], answer["missing"]) == (9, 1, {"x": 1})
    assert answer["columns_left_out"] == ["n"] and "column 'n'" in answer["notes"][1]
    assert answer["reading"] == {"sep": ";", "decimal": ",", "encoding": "utf-8", "header": True}


def test_options_for_reading_reach_the_table(fit, table):
    path = table(b"1.500\t2\n2.250\t3\n4.500\t5\n\xe4\t7\n")
    options = ["--no-header", "--sep", "tab", "--encoding", "latin-1", "--json"]
    assert "'1.500' may be" not in fit(path, *options)[2]
    path = table("1.500\t2\n2.250\t3\n4.500\t5\n")
    assert "--decimal comma" in fit(path, *options)[2]
    assert fit(path, *options, "--decimal", "point")[0] == 0
    assert "--missing omit" in fit(table("x,y\n1,2\n,3\n4,4\n5,7\n"), "--missing", "error")[2]


@pytest.mark.parametrize(
    ("text", "arguments", "message"),
    [
        ("x,y\n1,2\n1,3\n1,4\n", [], "feature 'x' is constant"),
        ("v,x,y\n1,2,3\n2,4,5\n3,6,9\n4,8,1\n", [], "feature 'x' follows from 'v'"),
        ("v,x,y\n1,2,3\n4,5,7\n", [], "expected at least 3 rows"),
        ("n,y\nanna,2\nbert,3\ncara,4\n", ["--features", "n"], "leave it out of --features"),
        ("x,y\n1,2\n2,inf\n3,4\n", [], "row 3: column 'y': expected a finite number, got 'inf'"),
        ("x,y\n1,no\n2,yes\n3,no\n", [], "docs/examples/logistic_regression.py"),
        ("x,y\n1,2\n3\n", [], "--sep"),
        ('x,y\n1,2\n3,"4\n', [], "unexpected end of data"),
        (",".join(f"c{i}" for i in range(5000)) + "\n" + ",".join(map(str, range(5000))), [], "5000 parameters"),
    ],
)
def test_a_table_that_does_not_do_is_one_line_with_file_and_remedy(fit, table, text, arguments, message):
    path = table(text)
    status, out, err = fit(path, *arguments)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(f"minigrad: {path}") and message in err
    assert "--" in err or "logistic" in err or "row 3" in err
    assert len(err) < 600


# What is passed


@pytest.mark.parametrize("name", ["ok.csv", "ok.tsv", "some/ok", "ok"])
def test_a_file_after_the_features_is_no_feature(fit, table, name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "some").mkdir()
    table("x,z,y\n1,5,2\n2,3,3\n3,4,5\n", name)
    status, out, _ = fit("--target", "y", "--features", "x", name, "--json")
    assert (status, json.loads(out)["features"]) == (0, ["x"])


def test_a_file_that_is_not_there_is_told_so_after_features_too(fit):
    assert fit("--features", "x", "nowhere.csv")[2] == "minigrad: nowhere.csv: No such file or directory\n"
    assert "--features: expected names of columns, got the file" in fit("--features", "nowhere.csv")[2]


def test_a_pattern_without_dask_and_a_second_table_are_told_what_to_do(capsys):
    assert main(["fit", "parts/*.csv"]) == 2
    assert capsys.readouterr().err == (
        "minigrad: parts/*.csv: no such file; with --dask all files that match it are fitted\n"
    )
    assert main(["predict", "m.json", "a.csv", "b.csv"]) == 2
    assert capsys.readouterr().err == "minigrad: unrecognized arguments: b.csv; see minigrad predict --help\n"
    assert main(["predict", "m.json"]) == 2
    assert capsys.readouterr().err.endswith("; see minigrad predict --help\n")


def test_an_empty_name_is_no_file(fit):
    status, out, err = fit("")
    assert (status, out) == (2, "") and "expected the name of a file, got ''" in err


@pytest.mark.parametrize("number", ["-1e3", "-1E+03", "-.5e1"])
def test_a_negative_number_in_any_notation_is_a_start(fit, number):
    _, out, _ = fit("--start", number, "--max-steps", 0)
    assert [float(x) for x in out.splitlines()[4].split()[2:]] == [float(number)] * 2


def test_what_is_piped_in_without_a_minus_is_not_passed_over(tmp_path):
    text = "x;y\n1,5;2\n2;3\n3;7\n"
    done = process("minigrad fit", input=text)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "minigrad: there is something on standard input; say - in place of a file to read it\n"
    assert process("minigrad fit < README.md").returncode == 2
    (tmp_path / "one").write_text("x")
    assert process(f"minigrad fit < {tmp_path}/one").returncode == 2  # a single byte, too
    done = process("minigrad fit - --json", input=text)
    assert (done.returncode, json.loads(done.stdout)["features"]) == (0, ["x"])


@pytest.mark.parametrize("source", ["< /dev/null", "<&-", ""])
def test_an_empty_standard_input_is_no_table(source):
    done = process(f"minigrad fit {source}")
    assert (done.returncode, done.stdout.partition(":")[0]) == (0, "crickets")


def test_a_pipe_is_looked_at_in_the_same_process_too(monkeypatch):
    reader, writer = os.pipe()
    with open(reader) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        assert minigrad.fit.arguments.find_table(None, None) is None  # nobody has sent anything
        os.write(writer, b"x,y\n")
        with pytest.raises(ValueError, match="say - in place"):
            minigrad.fit.arguments.find_table(None, ["x"])
        os.close(writer)
    with open(__file__) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        with pytest.raises(ValueError, match="say - in place"):
            minigrad.fit.arguments.find_table(None, None)
    with open(os.devnull) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        assert minigrad.fit.arguments.find_table(None, None) is None


# How it ends


@pytest.mark.parametrize("command", ["fit", "fit --json", "fit --help", "--version"])
def test_who_reads_only_the_first_line_gets_no_error(command):
    done = process(f"(minigrad {command}; echo $? >&2) | head -1")
    assert (done.stderr, done.stdout.count("\n")) == ("0\n", 1)


def test_a_closed_standard_output_ends_quietly_with_the_right_status():
    for command, status in [("minigrad fit >&-", 0), ("minigrad fit --max-steps 1 >&-", 1), ("minigrad fit no >&-", 2)]:
        done = process(command)
        assert (done.returncode, "Traceback" in done.stderr) == (status, False)


def test_a_closed_standard_error_sends_nothing_elsewhere():
    done = process("minigrad fit nowhere.csv 2>&-")
    assert (done.returncode, done.stdout) == (2, "")
    assert process("minigrad fit 2>&-").returncode == 0


def test_without_a_standard_error_nothing_is_said(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stderr", None)
    assert main(["fit", "nowhere.csv"]) == 2
    assert capsys.readouterr().out == ""


def test_ctrl_c_while_it_starts_is_one_word_and_130(monkeypatch, capsys):
    def interrupt(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(minigrad.fit.arguments, "joined", interrupt)
    assert main(["fit"]) == 130
    assert capsys.readouterr() == ("", "minigrad: interrupted\n")


def test_a_signal_while_modules_are_imported_leaves_no_traceback():
    code = (
        "import os, signal, sys, minigrad.__main__ as m\n"
        "class Finder:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'minigrad.fit': os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.meta_path.insert(0, Finder())\n"
        "sys.exit(m.main(['fit']))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (128 + signal.SIGINT, "", "minigrad: interrupted\n")


def test_control_characters_of_a_header_do_not_reach_the_terminal(fit, table):
    path = table("x\x1b[31m\x07,y\u202e\n1,2\n2,3\n3,5\n")
    _, out, err = fit(path)
    assert "x\\x1b[31m\\x07" in out and "y\\u202e" in out
    assert all(c.isprintable() or c == "\n" for c in out + err)
    _, out, err = fit(path, "--target", "none")
    assert out == "" and all(c.isprintable() or c == "\n" for c in err)
