"""The notebooks in JupyterLite: built as docs/notebook/lite.py builds it, they run in Chromium, and ask no other host.

Slow: the build takes about a minute and a half, and the run another half. It needs npm, pip and their registries.
"""

import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from browser import served

DOCS = Path(__file__).resolve().parent.parent / "docs"
LITE = runpy.run_path(str(DOCS / "notebook" / "lite.py"))

pytestmark = pytest.mark.slow


def reaches(*command, cwd):
    return not subprocess.run(command, cwd=cwd, capture_output=True, check=False).returncode


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """Where a server of this machine alone has JupyterLite with the notebooks."""
    work = tmp_path_factory.mktemp("lite")
    pip = sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", LITE["COMM"]
    if shutil.which("npm") is None or not reaches("npm", "view", LITE["PYODIDE"], "version", cwd=work):
        pytest.skip("needs npm and its registry, which has Pyodide")
    if not reaches(*pip, cwd=work):
        pytest.skip("needs pip and its index, which has JupyterLite")
    LITE["build"](work / "built")
    with served(work / "built") as address:
        yield address


@pytest.mark.parametrize("notebook", [path.name for path in LITE["NOTEBOOKS"]])
def test_a_notebook_runs_in_the_browser_and_asks_no_other_host(chromium, address, notebook):
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    wrong = []
    context.on("request", lambda r: wrong.append(r.url) if not r.url.startswith((address, "data:", "blob:")) else None)
    page = context.new_page()
    page.set_default_timeout(120_000)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(f"{address}notebooks/index.html?path={notebook}")
    page.wait_for_selector(".jp-Notebook .jp-CodeCell")

    def choose(menu, entry):
        page.get_by_role("menuitem", name=menu, exact=True).click()
        page.get_by_text(entry, exact=True).click()

    choose("Edit", "Clear Outputs of All Cells")
    page.wait_for_function("!document.querySelector('.jp-OutputArea-output')")
    choose("Run", "Run All Cells")
    page.wait_for_function("document.querySelector('.jp-Notebook').innerText.includes('converged after')")
    assert "Traceback" not in page.inner_text(".jp-Notebook")
    context.close()
    assert not wrong
