"""Two languages on one site: each has a tree of pages, an order, a sidebar and words of its own.

Sphinx knows one tree for all pages. So that no reader of English is led on to a page in Spanish, or the other way
round, a page's Previous and Next stay in its language, and a Spanish page's sidebar is made from `es/index`. Twins, the
same page in both languages, are known by the link to the other language in their first lines.
"""

from __future__ import annotations

import posixpath
import re
from typing import Any

from sphinx import addnodes

SPANISH = {
    "Next": "Siguiente",
    "Previous": "Anterior",
    "Home": "Inicio",
    "On this page": "En esta página",
    "Skip to content": "Ir al contenido",
    "Back to top": "Volver arriba",
    "Search": "Buscar",
    "Please activate JavaScript to enable the search functionality.": "La búsqueda necesita JavaScript.",
    "Contents": "Contenido",
    "Toggle Light / Dark / Auto color theme": "Cambiar entre tema claro, oscuro y automático",
    "Toggle site navigation sidebar": "Mostrar u ocultar la navegación",
    "Toggle table of contents sidebar": "Mostrar u ocultar el índice",
}
SEARCH = "buscar"  # the search page in Spanish; beside the other one, since Sphinx's script finds pages from there
TWIN = re.compile(r'^[ "]*\*(?:\S+ +)*?\[(En español|In English)\]\(([^)#]+)\.(?:md|ipynb)\)', re.MULTILINE)


def language_of(page: str) -> str:
    """The language that a page is written in.

    >>> language_of("es/index"), language_of("tutorial/1-the-loop")
    ('es', 'en')
    """
    return "es" if page.startswith("es/") or page == SEARCH else "en"


def twin(page: str, source: str) -> str | None:
    """The same page in the other language, if its source leads there.

    >>> twin("es/tutorial/1-el-ciclo", "*[In English](../../tutorial/1-the-loop.md)*")
    'tutorial/1-the-loop'
    """
    found = TWIN.search(source)
    return posixpath.normpath(posixpath.join(posixpath.dirname(page), found[2])) if found else None


_TO_ENGLISH = (
    '<p class="caption" role="heading"><span class="caption-text">Otros idiomas</span></p>'
    '<ul><li class="toctree-l1"><a class="reference internal" href="{}" hreflang="en" lang="en">'
    "In English</a></li></ul>"
)


def _tree(app: Any, page: str, english: str) -> str:
    """The sidebar of a Spanish page: the trees of `es/index` with their captions, and the way back."""
    parts = []
    for node in app.env.get_doctree("es/index").findall(addnodes.toctree):
        tree = app.env.resolve_toctree(
            page, app.builder, node, maxdepth=-1, titles_only=True, collapse=False, includehidden=True
        )
        if tree is not None:
            parts.append(app.builder.render_partial(tree)["fragment"])
    return "\n".join([*parts, _TO_ENGLISH.format(english)])


def _stay(page: str, context: dict[str, Any]) -> None:
    """Take out the links of a page's order that lead into the other language, or up to its start."""
    home = "es/index" if language_of(page) == "es" else "index"
    for name in ("next", "prev"):
        target = (context.get(name) or {}).get("link")
        if target is None:
            continue
        other = posixpath.normpath(posixpath.join(posixpath.dirname(page), target))
        if language_of(other) != language_of(page) or (page == home and name == "prev"):
            context[name] = None


def _url(context: dict[str, Any], page: str, name: str) -> str:
    """Where `name` is from `page`; of the page itself its file, for "#" is no address."""
    return posixpath.basename(page) + ".html" if name == page else context["pathto"](name)


def speak(app: Any, page: str, _template: str, context: dict[str, Any], _doctree: Any) -> None:
    """For `html-page-context`: language, words, order, sidebar and twin of one page."""
    _stay(page, context)
    translate = context.get("_", str)
    if language_of(page) == "es":
        to = context["pathto"]
        context["language"], context["master_doc"] = "es", "es/index"
        context["pathto"] = lambda name, *rest, **more: to(SEARCH if name == "search" else name, *rest, **more)
        context["_"] = context["gettext"] = lambda text: SPANISH.get(text) or translate(text)
        context["toctree"] = lambda **_options: _tree(app, page, context["pathto"]("index"))
    if page in app.env.all_docs:
        other = twin(page, app.env.doc2path(page).read_text(encoding="utf-8"))
        if other:
            for name in (page, other):
                link = f'<link rel="alternate" hreflang="{language_of(name)}" href="{_url(context, page, name)}">\n'
                context["metatags"] = context.get("metatags", "") + link
