"""What the pages promise beside the output of their blocks: languages alike, figures in step, links that lead on.

`test_readme.py` runs the blocks themselves.
"""

import doctest
import importlib
import json
import pkgutil
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from test_readme import PAGES, blocks, page_id

import minigrad
from minigrad import checkpoint, datasets, fit, losses, nn, optim, testing

DOCS = Path(__file__).resolve().parent.parent / "docs"
TUTORIAL = sorted((DOCS / "tutorial").glob("*.md"))
SPANISH = sorted((DOCS / "es" / "tutorial").glob("*.md"))
BOTH = list(zip(TUTORIAL, SPANISH, strict=True))
OWN_TABLE = (DOCS / "how-to" / "your-own-table.md", DOCS / "es" / "tu-propia-tabla.md")
NOTEBOOKS = sorted(path for path in DOCS.rglob("*.ipynb") if "_build" not in path.parts)
TWO_NOTEBOOKS = ("notebook/reducing-loss.ipynb", "es/reducir-la-perdida.ipynb")
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


def prose(page: str) -> str:
    """A page without its blocks of code."""
    return re.sub(r"^```.*?^```$", "", page, flags=re.MULTILINE | re.DOTALL)


def anchors(page: str) -> set[str]:
    """What the headings of a page are called in links."""
    headings = re.findall(r"^#+ (.*)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


# --- Links ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_every_link_inside_the_repository_leads_somewhere(page):
    for target in LINK.findall(prose(page.read_text())):
        if re.match(r"https?:", target):
            continue
        path, _, anchor = target.partition("#")
        if path.endswith("playground/index.html"):
            assert_a_state_of_the_playground(page, path, anchor)
            continue
        found = (page.parent / path).resolve() if path else page
        assert found.exists(), target
        assert not anchor or anchor in anchors(found.read_text()), target


def assert_a_state_of_the_playground(page: Path, path: str, state: str) -> None:
    """The playground is not a page of Sphinx's: a folder of its own, and its state is in the address."""
    assert (page.parent / path).resolve() == DOCS / "playground" / "index.html"
    assert (DOCS / "playground" / "index.html").is_file()
    if state:
        values = dict(pair.split("=") for pair in state.split("&"))
        assert values.pop("try", "short") == "short"  # whose tol is that of the experiment
        assert list(values) == ["table", "b", "w1", "lr", "step", "lang"]
        assert values["table"] in ("cars", "crickets") and values["lang"] == ("es" if "es" in page.parts else "en")
        assert float(values["lr"]) > 0.0 and int(values["step"]) >= 0
        assert [float(values[name]) for name in ("b", "w1")]


@pytest.mark.parametrize("page", [DOCS / "teachers.md", DOCS / "es" / "para-docentes.md"], ids=page_id)
def test_a_page_for_teachers_has_three_lessons_with_predictions_troubles_and_answers(page):
    text = page.read_text(encoding="utf-8")
    lessons = re.split(r"^## (?:Lesson|Clase) \d: .*$", text, flags=re.MULTILINE)[1:]
    assert len(lessons) == 3
    printed = " ".join(block.output for block in blocks(text) if block.output)
    for lesson in lessons:
        assert lesson.count("playground/index.html#") >= 2 and "<details>" in lesson
        assert re.search(r"^\*\*(Predict|Predecir)\.\*\*", lesson, re.MULTILINE)
        assert re.search(r"^\*\*(What goes wrong|Qué sale mal)\.\*\*", lesson, re.MULTILINE)
        for number in re.findall(r"\*\*([\d.]+)\*\*", lesson.partition("<details>")[2]):
            assert number in printed or number in ("0.342857", "1.197171", "0.0698"), number  # page 1 and 6 have these


def test_the_pages_for_teachers_have_the_same_links_and_code():
    english, spanish = [(DOCS / name).read_text(encoding="utf-8") for name in ("teachers.md", "es/para-docentes.md")]
    states = [re.findall(r"index\.html#(\S+?)&lang=", text) for text in (english, spanish)]
    assert states[0] == states[1]
    assert [block.text for block in blocks(english)] == [block.text for block in blocks(spanish)]


def test_a_link_to_a_heading_is_known_by_its_name():
    assert anchors("# Why `+=`?\n```python\n# no heading\n```\n## The five ways\n") == {"why-", "the-five-ways"}


def test_every_page_is_in_the_table_of_contents():
    listed = {DOCS / "index.md", DOCS / "es" / "README.md"}
    for page in DOCS.rglob("*.md"):
        for block in blocks(page.read_text()):
            if block.language == "{toctree}":
                entries = re.findall(r"^(?:[^:\n].*<)?([\w/-]+)>?$", block.text, re.MULTILINE)
                listed |= {(page.parent / f"{entry}.md").resolve() for entry in entries}
    assert {DOCS / "index.md", *DOCS.rglob("*.md")} <= listed


# --- The tutorial ---------------------------------------------------------------------------------------------------


def numbers_of_rows(page: str) -> list[tuple[float, float]]:
    """The seven cars as the first page's first table has them."""
    return [(float(x), float(y)) for x, y in re.findall(r"^\| +\d \| +([\d.]+) \| +(\d+) \|$", page, re.MULTILINE)]


@pytest.mark.parametrize("page", [TUTORIAL[0], SPANISH[0]], ids=page_id)
def test_the_first_page_has_all_that_the_second_loss_takes_but_not_the_loss(page):
    text = page.read_text()
    assert "170.8" not in text
    rows = numbers_of_rows(text)
    assert len(rows) == 7
    b, w1, lr = 0.0, 0.0, float(re.search(r"\*\*lr = ([\d.]+)\*\*", text)[1])
    assert re.search(r"\*\*b = 0 (and|y) w1 = 0\*\*", text)
    misses = [b + w1 * x - y for x, y in rows]
    assert f"**{sum(miss**2 for miss in misses) / 7:.2f}**" in text
    b -= lr * 2 * sum(misses) / 7
    w1 -= lr * 2 * sum(miss * x for miss, (x, _) in zip(misses, rows, strict=True)) / 7
    assert f"**{b:.6f}**" in text and f"**{w1:.6f}**" in text
    assert round(sum((b + w1 * x - y) ** 2 for x, y in rows) / 7, 2) == 170.84


@pytest.mark.parametrize("digits", [4, 5, 6])
def test_the_second_loss_comes_out_right_with_four_decimals(digits):
    b, w1 = round(0.342857, digits), round(1.197171, digits)
    rows = numbers_of_rows(TUTORIAL[0].read_text())
    assert round(sum((b + w1 * x - y) ** 2 for x, y in rows) / 7, 2) == 170.84


@pytest.mark.parametrize(("english", "spanish"), BOTH, ids=lambda page: page.stem)
def test_both_languages_have_the_same_code_and_output(english, spanish):
    assert blocks_without_lines(english) == blocks_without_lines(spanish)


def test_the_guide_to_tables_is_the_same_in_both_languages():
    english, spanish = [page.read_text() for page in OWN_TABLE]
    assert blocks_without_lines(OWN_TABLE[0]) == blocks_without_lines(OWN_TABLE[1])
    assert re.findall(r"^\| (`.*?`) +\|", english, re.M) == re.findall(r"^\| (`.*?`) +\|", spanish, re.M)
    assert f"(../es/{OWN_TABLE[1].name})" in english and f"(../how-to/{OWN_TABLE[0].name})" in spanish


def blocks_without_lines(page: Path) -> list[tuple[str, str]]:
    return [(block.language, block.text) for block in blocks(page.read_text())]


@pytest.mark.parametrize(("english", "spanish"), BOTH, ids=lambda page: page.stem)
def test_each_language_leads_to_the_other(english, spanish):
    assert f"(../es/tutorial/{spanish.name})" in english.read_text()
    assert f"(../../tutorial/{english.name})" in spanish.read_text()


@pytest.mark.parametrize(("english", "spanish"), BOTH, ids=lambda page: page.stem)
def test_both_languages_show_the_same_figures(english, spanish):
    shown = [re.findall(r"figures/([\w-]+)\.svg", page.read_text()) for page in (english, spanish)]
    without_words = {"one-car"}  # numbers alone, as the library draws them
    assert [name if name in without_words else f"{name}-es" for name in shown[0]] == shown[1]


@pytest.mark.parametrize("page", TUTORIAL + SPANISH, ids=page_id)
def test_numbers_have_a_decimal_point_as_in_code(page):
    assert not re.findall(r"\d,\d(?!\d\d\b)", prose(page.read_text()))


# --- Figures --------------------------------------------------------------------------------------------------------


def test_every_figure_is_what_its_script_draws(monkeypatch):
    monkeypatch.syspath_prepend(DOCS / "figures")
    drawn = runpy.run_path(str(DOCS / "figures" / "__main__.py"))["all_figures"]()
    files = {path.name: path.read_text(encoding="utf-8") for path in (DOCS / "figures").glob("*.svg")}
    assert drawn.keys() == files.keys()
    stale = [name for name in files if drawn[name] != files[name]]
    assert not stale, "draw them anew: python docs/figures"


def test_every_figure_is_shown_on_a_page():
    shown = {name for page in PAGES for name in re.findall(r"figures/([\w-]+\.svg)", page.read_text())}
    assert {path.name for path in (DOCS / "figures").glob("*.svg")} == shown


# --- Notebooks ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=page_id)
def test_every_cell_of_a_notebook_gives_what_is_stored_below_it(notebook, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = runpy.run_path(str(DOCS / "notebook" / "__main__.py"))["run"]
    stored = json.loads(notebook.read_text(encoding="utf-8"))
    for before, after in zip(stored["cells"], run(stored)["cells"], strict=True):
        assert before == after, "run it anew: python docs/notebook"


def test_both_notebooks_have_the_same_code():
    english, spanish = [json.loads((DOCS / name).read_text(encoding="utf-8"))["cells"] for name in TWO_NOTEBOOKS]
    assert [cell["cell_type"] for cell in english] == [cell["cell_type"] for cell in spanish]
    codes = [[cell["source"] for cell in cells if cell["cell_type"] == "code"] for cells in (english, spanish)]
    assert codes[0] == codes[1]


def test_a_notebook_that_stores_another_output_is_found_out():
    run = runpy.run_path(str(DOCS / "notebook" / "__main__.py"))["run"]
    cell = {"cell_type": "code", "source": ["print(1)\n", "2"], "execution_count": 1, "outputs": []}
    (done,) = run({"cells": [cell]})["cells"]
    assert [output.get("text") or output["data"]["text/plain"] for output in done["outputs"]] == [["1\n"], ["2"]]


# --- The reference --------------------------------------------------------------------------------------------------


def documented() -> list[object]:
    """What the pages of the reference take docstrings from."""
    found = []
    for page in (DOCS / "reference").glob("*.md"):
        text = page.read_text()
        found += [pkgutil.resolve_name(name) for name in re.findall(r"^<!-- auto(?:function|class) (\S+) ", text, re.M)]
        for name, members in re.findall(r"^<!-- automodule (\S+) :members:(.*) -->$", text, re.M):
            module = pkgutil.resolve_name(name)
            names = members.split(",") if members.strip() else vars(module)
            found += [x for x in (getattr(module, name.strip()) for name in names) if callable(x)]
    return found


@pytest.mark.parametrize("module", [minigrad, checkpoint, datasets, fit, losses, nn, optim, testing])
def test_every_public_name_is_in_the_reference(module):
    own = {name: x for name, x in vars(module).items() if getattr(x, "__module__", "") == module.__name__}
    public = {name: getattr(module, name) for name in getattr(module, "__all__", own) if name[0] != "_"}
    known = documented()
    absent = [name for name, x in public.items() if callable(x) and all(x is not y for y in known)]
    assert not absent


MADE_BY_OTHERS = {  # classes whose examples are those of the functions that make them
    *("Report", "Derivative", "Template", "Fit", "Model", "Optimizer", "Explanation", "LeastSquaresResult", "Curve"),
}


@pytest.mark.parametrize("page", sorted((DOCS / "reference").glob("*.md")), ids=page_id)
def test_the_reference_reads_on_a_code_host_as_the_docstrings_are(page):
    write = runpy.run_path(str(DOCS / "reference" / "__main__.py"))
    assert page.read_text(encoding="utf-8") == write["plain"](page.read_text(encoding="utf-8")), (
        "write it anew: python docs/reference"
    )
    for _, name, _, text in write["ENTRY"].findall(page.read_text(encoding="utf-8")):
        assert "**`" in text
        assert ">>>" in text or name.rpartition(".")[2] in MADE_BY_OTHERS, f"{name} has no example"


def test_what_is_folded_in_the_reference_is_named_in_its_summary(root):
    text = (root / "docs" / "reference" / "functions.md").read_text(encoding="utf-8")
    folds = re.findall(r"^<details>\n<summary>(.*?)</summary>\n(.*?)^</details>", text, re.MULTILINE | re.DOTALL)
    assert len(folds) == 10
    for summary, body in folds:
        assert summary.split(", ") == re.findall(r"<!-- autofunction [\w.]*\.(\w+) -->", body)


def test_an_entry_of_the_reference_has_signature_summary_and_example():
    entry = runpy.run_path(str(DOCS / "reference" / "__main__.py"))["entry"]
    text = entry("autofunction", "minigrad.losses.squared_error", "")
    assert text.startswith("**`squared_error(prediction, target)`**\n\nThe square of one residual")
    assert ">>> from minigrad import squared_error\n>>> squared_error(7.0, 10.0)\n9.0\n" in text


# --- The site -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["languages", "notebooks", "pages", "search", "spanish_steps"])
def test_what_the_site_adds_to_sphinx_does_what_its_examples_say(name, monkeypatch):
    for needed in ("sphinx", "myst_parser"):
        pytest.importorskip(needed, reason="the site needs the extra: pip install '.[docs]'")
    monkeypatch.syspath_prepend(DOCS)
    results = doctest.testmod(importlib.import_module(f"sitebuild.{name}"))
    assert results.attempted and not results.failed


@pytest.mark.slow
def test_the_site_builds_without_a_warning(tmp_path):
    for name in ("sphinx", "furo", "myst_parser"):
        pytest.importorskip(name, reason="the site needs the extra: pip install '.[docs]'")
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-d", str(tmp_path / "doctrees")]
    done = subprocess.run([*command, str(DOCS), str(tmp_path / "html")], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for page in (tmp_path / "html").rglob("*.html"):
        loaded = re.findall(r"<(?:script|img|link)[^>]*(?:src|href)=\"([^\"]*)\"", page.read_text(encoding="utf-8"))
        assert not [url for url in loaded if "//" in url], "a page loads something from the network"
