"""Whatever README.md and the pages under docs/ say, happens: every block is run and its output compared.

All Python blocks of a page share one namespace, from top to bottom. A block with prompts (`>>>`) is a
doctest. The output of one without is in the block that follows it, marked `text`. Shell blocks are run,
line by line, in a fresh copy of the repository, and a block marked `text` that follows is what they print.

Two marks may follow the word python. `python needs torch` is run only where torch is installed, after all others, and
its page is reported as skipped elsewhere. `python from minigrad/engine.py` is not run: it is quoted from that file.
"""

import contextlib
import doctest
import importlib.util
import io
import os
import re
import subprocess
import textwrap
import traceback
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
SPANISH = ROOT / "docs" / "es" / "README.md"  # has the blocks of the English one
FENCE = re.compile(r"^```([^`\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    language: str
    text: str
    line: int  # where the text begins
    output: str | None  # the text of a block marked `text` right behind it
    mark: str = ""  # what follows the language: "needs torch"


def blocks(page: str) -> list[Block]:
    fences = list(FENCE.finditer(page))
    found = []
    for fence, after in zip_longest(fences, fences[1:]):
        adjacent = after and after[1] == "text" and not page[fence.end() : after.start()].strip()
        line = page.count("\n", 0, fence.start(2))
        language, _, mark = fence[1].partition(" ")
        found.append(Block(language, fence[2], line, after[2] if adjacent else None, mark))
    return found


def to_run(page: str) -> tuple[list[Block], list[str]]:
    """The Python blocks of a page that can be run here, and what is missing for the others."""
    runnable, missing = [], []
    for block in blocks(page):
        kind, _, name = block.mark.partition(" ")
        if block.language != "python" or kind == "from":
            continue
        if kind == "needs" and importlib.util.find_spec(name) is None:
            missing.append(name)
        else:
            runnable.append(block)
    return runnable, missing


class PortableText(doctest.OutputChecker):
    """Takes output for what the page says if only Python's own words for an error differ, as they do by version."""

    WORDS = (
        (re.compile(r"float division by zero|division by zero|float division"), "division by zero"),
        (re.compile(r"math domain error|expected a \w+ input, got [-.\d]+"), "math domain error"),
    )

    def check_output(self, want: str, got: str, optionflags: int) -> bool:
        for pattern, word in self.WORDS:
            want, got = pattern.sub(word, want), pattern.sub(word, got)
        return super().check_output(want, got, optionflags)


def run_python(page: str, name: str) -> None:
    """Runs a page's Python blocks; AssertionError if one prints anything but the output that is shown."""
    namespace: dict[str, object] = {"__name__": "__main__"}
    for block in to_run(page)[0]:
        if ">>>" in block.text:
            assert block.output is None, "a block with prompts shows its output itself"
            examples = doctest.DocTestParser().get_doctest(block.text, namespace, name, name, block.line)
            report = io.StringIO()
            results = doctest.DocTestRunner(PortableText()).run(examples, out=report.write, clear_globs=False)
            namespace |= examples.globs  # a doctest works on a copy
            assert results.failed == 0, report.getvalue()
        else:
            printed = io.StringIO()
            with contextlib.redirect_stdout(printed):
                # The empty lines in front give tracebacks the page's own line numbers.
                exec(compile("\n" * block.line + block.text, name, "exec"), namespace)
            assert printed.getvalue() == (block.output or ""), f"{name}, line {block.line + 1}"


def page_id(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def shell_lines(page: Path) -> list[tuple[str, str | None]]:
    """The commands of a page, and what each prints where the page tells."""
    return [
        (line, block.output if line == block.text.splitlines()[-1] else None)
        for block in blocks(page.read_text())
        if block.language == "sh"
        for line in block.text.splitlines()
        if line and not line.startswith("#")
    ]


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_every_python_block_prints_what_the_page_says(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run_python(page.read_text(), page_id(page))
    if missing := to_run(page.read_text())[1]:
        pytest.skip(f"the blocks that need {' and '.join(sorted({*missing}))} were not run")


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_pages_hold_no_block_that_is_left_unchecked(page):
    found = blocks(page.read_text())
    assert page.read_text().count("```") == 2 * len(found)
    assert {block.language for block in found} <= {"python", "text", "sh", "bat", "{toctree}", "{eval-rst}"}
    assert {block.mark.partition(" ")[0] for block in found} <= {"", "needs", "from"}
    assert not [block for block in found if block.mark and block.language != "python"]
    shown = [block.output for block in found if block.output is not None]
    assert [block.text for block in found if block.language == "text"] == shown


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_what_a_page_quotes_stands_in_the_source(page):
    for block in blocks(page.read_text()):
        if block.mark.startswith("from "):
            source = (ROOT / block.mark.removeprefix("from ")).read_text()
            depths = [textwrap.indent(block.text, " " * depth) for depth in range(0, 20, 4)]
            assert any(text in source for text in depths), f"line {block.line}"


def test_the_readme_has_two_commands_and_a_program():
    commands = [command for command, _ in shell_lines(ROOT / "README.md")]
    assert [command.rpartition("&&")[2].split("bin/")[1] for command in commands] == [
        "minigrad fit",
        "python -m pytest -n auto",
    ]
    assert [block.language for block in blocks((ROOT / "README.md").read_text())].count("python") == 1


@pytest.mark.slow
@pytest.mark.parametrize("page", [page for page in PAGES if shell_lines(page) and page != SPANISH], ids=page_id)
def test_every_command_works_in_a_fresh_clone_and_prints_what_the_page_says(page, fresh_copy):
    # Nested test runs do one short file, since the whole suite would come back here.
    environment = os.environ | {"PYTEST_ADDOPTS": "tests/test_package.py --cov-fail-under=0"}
    for command, output in shell_lines(page):
        if ".ci/run" in command:
            continue  # it runs this test
        done = subprocess.run(
            command, shell=True, cwd=fresh_copy, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        assert output is None or done.stdout == output, command


def for_windows(command: str) -> str:
    """What a command of a page is on Windows."""
    return re.sub(r"(\.venv[\w-]*)/bin/(\w+)", r"\1\\Scripts\\\2", command).replace("python3 ", "py ").replace("'", '"')


@pytest.mark.parametrize("page", [page for page in PAGES if "```bat" in page.read_text()], ids=page_id)
def test_the_commands_for_windows_are_the_commands(page):
    found = [block for block in blocks(page.read_text()) if block.language in ("sh", "bat")]
    windows = [line for block in found if block.language == "bat" for line in block.text.splitlines()]
    commands = [for_windows(command) for command, _ in shell_lines(page)]
    assert windows and commands[: len(windows)] == windows


def test_both_readmes_have_the_same_blocks():
    both = [
        [(block.language, block.text) for block in blocks(page.read_text())] for page in (ROOT / "README.md", SPANISH)
    ]
    assert both[0] == both[1]


@pytest.mark.parametrize("page", ["README.md", "docs/es/README.md"])
def test_the_readme_names_the_wheel_that_is_built_and_warns_of_the_other_project(page):
    text = (ROOT / page).read_text()
    assert f"minigrad-{importlib.import_module('minigrad').__version__}-py3-none-any.whl" in text
    assert "git+" in text and "`pip install minigrad`" in text and "2020" in text


# The checker is checked: each of these pages is wrong.


@pytest.mark.parametrize(
    "page",
    [
        pytest.param("```python\n>>> 1 + 1\n3\n```\n", id="doctest"),
        pytest.param("```python\nprint(1 + 1)\n```\n\n```text\n3\n```\n", id="output"),
        pytest.param("```python\nprint(1 + 1)\n```\n", id="output that is not shown"),
        pytest.param("```python\nx = 1\n```\n```python\n>>> x\n2\n```\n", id="second block"),
        pytest.param("```python\n>>> y = 1\n```\n```python\nprint(y)\n```\n```text\n2\n```\n", id="third block"),
    ],
)
def test_a_page_with_a_wrong_output_is_found_out(page):
    with pytest.raises(AssertionError):
        run_python(page, "page.md")


def test_a_block_that_needs_what_is_not_installed_is_left_out_and_told():
    page = "```python needs no_such_module\nimport no_such_module\n```\n```python\nx = 1\n```\n"
    assert [block.text for block in to_run(page)[0]] == ["x = 1\n"] and to_run(page)[1] == ["no_such_module"]


def test_an_error_in_a_page_is_reported_with_the_line_of_the_page():
    with pytest.raises(ZeroDivisionError) as caught:
        run_python("# Page\n\n```python\nx = 1\nx / 0\n```\n", "page.md")
    last = traceback.extract_tb(caught.tb)[-1]
    assert (last.filename, last.lineno) == ("page.md", 5)
