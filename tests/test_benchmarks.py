"""Every row of the benchmarks at its smallest size: what it compares does the same work. No time is asserted here."""

import importlib.util
import os

import pytest
from benchmarks import columns, curve, fit, gpt, graphs, line, memory, moons, page, processes, scale
from benchmarks.harness import Contender, Mark, Row, difference, middle, ratio

pytestmark = pytest.mark.filterwarnings("ignore")  # what other libraries warn of is theirs to mend

ROWS = {
    "tiny": graphs.tiny,
    "small": graphs.small,
    "moons": lambda: moons.moons(4, (2, 3, 2, 1)),
    "gpt": lambda: gpt.gpt(3),
    "columns": lambda: columns.columns(8, (2, 3, 2, 1)),
    "line of crickets": line.line,
    "line of synthetic rows": lambda: line.line(50),
}
PEERS = {
    "autograd": "autograd",
    "casadi": "CasADi",
    "ddx": "ddx",
    "jax": "JAX",
    "micrograd": "micrograd",
    "numba": "numba",
    "numpy": "NumPy",
    "lmfit": "lmfit",
    "scipy": "scipy",
    "sklearn": "scikit-learn",
    "torch": "PyTorch",
}


def installed(name):
    """Whether the library that a contender is named after can be imported here."""
    needed = [module for module, words in PEERS.items() if words in name]
    needed += ["numpy"] if name == "minigrad, columns" else []
    return all(map(importlib.util.find_spec, needed))


@pytest.mark.parametrize("name", ROWS)
def test_all_contenders_of_a_row_give_the_same_numbers(name):
    row = ROWS[name]()
    row.check()
    assert len(row.contenders) >= min(2, len([name for name in [*row.contenders, *row.missing] if installed(name)]))
    assert all(installed(contender) for contender in row.contenders)
    assert not any(installed(contender) for contender in row.missing)


def test_the_row_of_curves_says_how_far_each_contender_got():
    if not curve.SETS:
        pytest.skip("NIST's sets are not beside the checkout")
    row = curve.curve(["Misra1a", "BoxBOD"])
    row.check()
    assert row.title.startswith("4 fits of NIST's 2 certified sets")
    told = [part for part in row.title.split("; ") if part.startswith("minigrad")]
    assert len(told) == 2 and all(" has at least 1" in part and "astray" not in part for part in told)


def test_the_scripts_of_the_main_job_agree():
    row = processes.process()
    for name in [name for name in row.contenders if "minigrad" not in name]:
        del row.contenders[name]  # importing them takes seconds, and the row itself checks them before it is timed
    row.check()
    assert len(row.contenders) == 2


@pytest.mark.skipif(not hasattr(os, "posix_spawn"), reason="needs os.posix_spawn")
def test_the_jobs_of_the_memory_rows_run():
    bare, ours = memory.step_memory(2).contenders["a bare interpreter"], memory.node_memory(100).contenders["minigrad"]
    assert 0 < bare.run() < ours.run()


def test_fits_of_a_table_agree_as_whole_processes():
    for row in (fit.fit(40), *fit.valleys()):
        for name in [name for name in row.contenders if "scikit" in name]:
            del row.contenders[name]  # as above
        row.check()
        assert {fit.FIT, fit.WITHOUT} <= row.contenders.keys()


def test_the_growth_of_a_fit_is_told_by_its_rows():
    rows = {n: fit.fit(n) for n in (10, 20, 40)}
    for n, row in rows.items():
        row.samples = {fit.FIT: [1.0 + n * (2.0 if n == 40 else 1.0)]}
    (mark,) = fit.growth(rows).marks
    assert mark.figure(fit.growth(rows).samples) == [pytest.approx((81.0 - 11.0) / 30.0)]


def test_an_import_is_a_process_that_succeeds():
    assert processes.importing().contenders["minigrad"].run() == ""


def test_scale_gives_one_gradient_on_every_tape():
    rows = scale.eager(1000, repeats=1)
    assert {"minigrad, 1,000", "textbook tape, 1,000"} <= rows[0].samples.keys()


def test_scale_compiles_and_runs_every_size():
    for row in scale.compiling(1000):
        row.check()
        assert list(row.contenders) == ["100 operations", "1,000 operations"]


def test_bytes_of_an_operation_are_the_same_in_every_run():
    pytest.importorskip("tracemalloc")
    one, two = (scale.weights(10_000).samples for _ in range(2))
    assert one == two and {"minigrad, after forward", "textbook tape, after backward"} <= one.keys()


def test_a_contender_that_computes_something_else_is_found_out():
    row = Row("sum", "two numbers", "a")
    row.add("a")(lambda: Contender(lambda: [1.0, 2.0]))
    row.add("b")(lambda: Contender(lambda: [1.0, 2.0 + 1e-8]))
    with pytest.raises(AssertionError, match="sum: b is off by 1e-08 beside 2"):
        row.check()


def test_a_missing_library_is_said_and_never_measured():
    row = Row("row", "title", "ours", [Mark("against theirs", ratio("theirs", "ours"), at_least=10)])
    row.add("ours")(lambda: Contender(lambda: [1.0]))

    @row.add("theirs")
    def _():
        import no_such_library_anywhere

        return no_such_library_anywhere

    row.check()
    row.measure(2, 0.0)
    assert list(row.samples) == ["ours"]
    assert any("theirs" in line and "No module named" in line for line in page.table(row))
    assert any("no theirs" in line for line in page.marks([row]))


def test_a_process_that_fails_says_why():
    with pytest.raises(RuntimeError, match="no such thing here"):
        processes.output("-c", "raise SystemExit('no such thing here')")


def test_marks_are_held_against_paired_samples():
    samples = {"a": [2.0, 6.0, 40.0], "b": [1.0, 3.0, 10.0]}
    assert ratio("a", "b")(samples) == [2.0, 2.0, 4.0] and difference("a", "b")(samples) == [1.0, 3.0, 30.0]
    row = Row("row", "title", "a")
    row.samples = samples
    row.marks = [
        Mark("twice", ratio("a", "b"), at_least=2, cause="unknown"),
        Mark("thrice", ratio("a", "b"), at_least=3, cause="as it is"),
    ]
    text = "\n".join(page.marks([row]))
    assert "| twice  | at least 2.00x | 2.00x   | 2.00x to 3.00x | met    |" in text
    assert "- thrice. as it is" in text and "unknown" not in text


@pytest.mark.parametrize(
    ("x", "quantity", "text"),
    [(1.234e-7, "s", "123 ns"), (0.0123456, "s", "12.3 ms"), (1536, "B", "1,536 bytes"), (0.00217, "x", "0.00217x")],
)
def test_figures_have_three_digits_and_a_unit(x, quantity, text):
    assert page.amount(x, quantity) == text


def test_the_middle_of_samples_comes_with_its_quartiles():
    assert middle([5.0]) == (5.0, 5.0, 5.0) and middle([1.0, 2.0, 3.0, 4.0, 5.0]) == (3.0, 2.0, 4.0)


# --- What the README quotes -------------------------------------------------------------------------------------------


def medians(page_text):
    """For each row of the written page: the median of each contender, as the page prints it."""
    found = {}
    for section in page_text.split("\n<summary>")[1:]:
        lines = [line.strip("| ").split("|") for line in section.splitlines() if line.startswith("| ")]
        found[section.partition(":")[0]] = {cells[0].strip(): cells[1].strip() for cells in lines[2:]}
    return found


def test_the_figures_in_the_readme_are_those_that_the_script_wrote(root):
    rows = medians((root / "docs" / "benchmarks.md").read_text(encoding="utf-8"))
    quoted = {
        "process": ["minigrad, a script", "scikit-learn", "PyTorch"],
        "fit, 100,000 rows": ["minigrad fit", "minigrad fit, without NumPy", "scikit-learn, SGDRegressor"],
        "moons": ["minigrad, import changed", "minigrad, compiled", "micrograd"],
        "small": ["minigrad, compiled", "JAX, jit", "PyTorch"],
    }
    for readme in ("README.md", "docs/es/README.md"):
        table = [text for text in (root / readme).read_text(encoding="utf-8").splitlines() if text.startswith("|")][2:]
        for text, (row, contenders) in zip(table, quoted.items(), strict=True):
            assert [rows[row][contender] in text for contender in contenders] == [True] * 3, f"{readme}: {text}"


def test_no_ratio_in_the_written_page_is_without_its_machine(root):
    text = (root / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    assert "CPython" in text and all(f"{peer} " in text for peer in page.PEERS)
