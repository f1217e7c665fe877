"""How Sphinx builds these pages: `docs/contributing.md` has the command."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # the pages describe the minigrad beside them, not one that happens to be installed

import minigrad  # noqa: E402

project = "minigrad"
author = "the minigrad contributors"
copyright = author  # noqa: A001  # Sphinx's own name for it
version = release = minigrad.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.viewcode"]
exclude_patterns = ["_build", "es/README.md"]  # that one greets who comes to the repository; here es/index does
myst_heading_anchors = 3

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
html_favicon = "_static/minigrad.svg"  # the bowl, and the point at its bottom

SPANISH = {
    "Next": "Siguiente",
    "Previous": "Anterior",
    "Home": "Inicio",
    "On this page": "En esta página",
    "Skip to content": "Ir al contenido",
    "Back to top": "Volver arriba",
    "Search": "Buscar",
    "Contents": "Contenido",
    "Toggle Light / Dark / Auto color theme": "Cambiar entre tema claro, oscuro y automático",
    "Toggle site navigation sidebar": "Mostrar u ocultar la navegación",
    "Toggle table of contents sidebar": "Mostrar u ocultar el índice",
}


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

    def speak_spanish(_app: Any, page: str, _template: str, context: dict[str, Any], _doctree: Any) -> None:
        if page.startswith("es/"):
            translate = context.get("_", str)
            context["language"] = "es"
            context["_"] = context["gettext"] = lambda text: SPANISH.get(text) or translate(text)

    app.connect("autodoc-process-docstring", process)
    app.connect("html-page-context", speak_spanish)
