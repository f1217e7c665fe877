"""How Sphinx builds these pages: `docs/contributing.md` has the command."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "docs")]  # the minigrad beside these pages, not one that happens to be installed

import sphinx.search  # noqa: E402
from sitebuild import languages, notebooks, pages, search  # noqa: E402

import minigrad  # noqa: E402

project = "minigrad"
author = "the minigrad contributors"
copyright = author  # noqa: A001  # Sphinx's own name for it
version = release = minigrad.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.viewcode"]
source_suffix = {".md": "markdown", ".ipynb": "notebook"}
exclude_patterns = ["_build", "es/README.md"]  # that one greets who comes to the repository; here es/index does
myst_heading_anchors = 3
smartquotes = False  # y' is y prime, and a quotation mark that is typed in code is that

autodoc_member_order = "bysource"
autodoc_typehints = "none"  # `Any` in every signature says nothing that the docstrings do not say better
autodoc_preserve_defaults = True
autodoc_mock_imports = [] if importlib.util.find_spec("hypothesis") else ["hypothesis"]  # only for minigrad.testing

sys.path.append(str(ROOT / "docs" / "playground"))
extensions.append("site_files")  # puts the playground into the built site

html_theme = "furo"
html_title = "minigrad"
html_show_sphinx = False
html_copy_source = False
html_static_path = ["_static"]
html_css_files = ["minigrad.css"]
html_js_files = [("site.js", {"defer": "defer"}), ("search.js", {"priority": 300})]
html_favicon = "_static/minigrad.svg"  # the bowl, and the point at its bottom


def docstring_to_rst(lines: list[str]) -> list[str]:
    r"""Our docstrings are plain text: paragraphs, lists, indented formulas, doctests. Say so in Sphinx's terms.

    >>> docstring_to_rst(["Times `x`, as in 2*x.", "", "    p = p - lr * g", "", ">>> f(2)"])
    ['Times ``x``, as in 2\\*x.', '', '.. code-block:: text', '', '    p = p - lr * g', '', '>>> f(2)', '']
    >>> docstring_to_rst(["x: a number", "y: another", "    one"])
    ['- **x**: a number', '- **y**: another', '  one', '']
    """
    rst: list[str] = []
    for paragraph in re.split(r"\n\s*\n", "\n".join(lines).strip("\n")):
        text = paragraph.splitlines()
        first, unindented = text[0], [line for line in text if not line.startswith(" ")]
        if first.lstrip().startswith(">>>"):
            rst += text
        elif not unindented:
            rst += [".. code-block:: text", "", *text]
        elif all(re.match(r"[a-z_]+: ", line) for line in unindented):
            rst += [re.sub(r"^([a-z_]+):", r"- **\1**:", _inline(line)) for line in text]
            rst[-len(text) :] = ["  " + line.strip() if line.startswith(" ") else line for line in rst[-len(text) :]]
        else:
            rst += [_inline(line) for line in text]
        rst.append("")
    return rst


def _inline(line: str) -> str:
    """One line of prose: what stands in backquotes is code, and what stands outside means nothing but itself."""
    pieces = line.split("`")
    pieces[::2] = [re.sub(r"([*|\\]|_(?=\W|$))", r"\\\1", text) for text in pieces[::2]]
    return "``".join(pieces)


def setup(app: Any) -> None:
    """Sphinx's hook for what the settings above cannot say."""

    def process(_app: Any, _what: str, _name: str, _obj: Any, _options: Any, lines: list[str]) -> None:
        lines[:] = docstring_to_rst(lines)

    sphinx.search.languages["en"] = search.SearchWithoutAccents
    app.add_source_parser(notebooks.NotebookParser)
    app.add_config_value("jupyterlite", notebooks.with_lite(), "env")  # pages link to it, so they are read anew
    app.connect("autodoc-process-docstring", process)
    app.connect("html-collect-pages", lambda _app: [(languages.SEARCH, {}, "search.html")])
    app.connect("html-page-context", languages.speak, priority=100)  # before the theme makes its sidebar
    app.connect("source-read", pages.read)
    app.connect("html-page-context", pages.touch, priority=900)  # after the theme has made its sidebar
    app.connect("build-finished", pages.finish)
