"""The last touch on a page's HTML: what a picture on a code host cannot be, and a reader here can use."""

from __future__ import annotations

import re
from html import escape
from pathlib import Path
from typing import Any

from figures.graph import one_car
from notebook.lite import build

from minigrad.explain import explain

from .languages import language_of
from .notebooks import with_lite
from .spanish_steps import in_spanish

_IMAGE = re.compile(r'<img alt="([^"]*)"[^>]*? src="([^"]*/_images/|_images/)([\w-]+)\.svg" ?/?>')


_STEPPERS = {"en": "one-car.html", "es": "un-coche.html"}


def livelier(body: str, static: str, language: str = "en") -> str:
    """The HTML of a page with its film in a frame where it can be paused, and one car's graph as the stepper.

    >>> livelier('<p><img alt="A film" src="_images/film.svg" /></p>', "_static/").partition(">")[2].partition(" ")[0]
    '<object'
    """
    return _IMAGE.sub(lambda found: _figure(found, static, language), body).replace(
        "-&gt;", '<span class="arrow">-&gt;</span>'
    )


def _figure(image: re.Match[str], static: str, language: str) -> str:
    whole, (words, folder, name) = image[0], image.groups()
    if name.startswith("film"):
        return (
            f'<object class="film" type="image/svg+xml" data="{folder}{name}.svg" aria-label="{words}">{whole}</object>'
        )
    if name == "one-car":
        return f'<iframe class="stepper" src="{static}{_STEPPERS[language]}" title="{words}"></iframe>'
    return whole


def stepper(folder: Path) -> None:
    """Write the backward pass of one car, step by step, as `explain` tells it, and the same in Spanish."""
    explain(one_car()).save(folder / _STEPPERS["en"])
    spanish = folder / _STEPPERS["es"]
    explain(one_car("residuo", "pérdida")).save(spanish)
    spanish.write_text(in_spanish(spanish.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")


_ENTRY = re.compile(r"^<!-- (auto\w+) ([\w.]+)((?: :[\w-]+:[^:>]*?)*) -->\n.*?^<!-- end -->$", re.MULTILINE | re.DOTALL)


def whole_docstrings(page: str) -> str:
    r"""A page of the reference with Sphinx's directives in place of the plain text that a code host shows.

    >>> print(whole_docstrings("<!-- autoclass minigrad.nn.MLP :members: __call__ -->\nMLP(...)\n<!-- end -->"))
    ```{eval-rst}
    .. autoclass:: minigrad.nn.MLP
       :members: __call__
    ```
    """

    def directive(found: re.Match[str]) -> str:
        options = re.sub(r" (:[\w-]+:)", r"\n   \1", found[3])
        return f"```{{eval-rst}}\n.. {found[1]}:: {found[2]}{options}\n```"

    return _ENTRY.sub(directive, page)


_PLAYGROUND = re.compile(r"\[([^\]]+)\]\(((?:\.\./)*playground/index\.html[^)]*)\)")


def plain_links(page: str) -> str:
    """A page with its links into the playground as HTML: for Sphinx they lead to no page of its own.

    >>> plain_links("[play](../playground/index.html#b=0)")
    '<a href="../playground/index.html#b=0">play</a>'
    """
    return _PLAYGROUND.sub(lambda link: f'<a href="{escape(link[2])}">{link[1]}</a>', page)


def read(_app: Any, page: str, source: list[str]) -> None:
    """For `source-read`."""
    if page.startswith("reference/"):
        source[0] = whole_docstrings(source[0])
    if not source[0].startswith("{"):  # a notebook is no Markdown yet
        source[0] = plain_links(source[0])


def touch(_app: Any, page: str, _template: str, context: dict[str, Any], _doctree: Any) -> None:
    """For `html-page-context`."""
    if context.get("body"):
        context["body"] = livelier(context["body"], context["pathto"]("_static/", 1), language_of(page))
    tree = context.get("furo_navigation_tree", "")  # whose captions are headings of no level
    context["furo_navigation_tree"] = tree.replace('role="heading"', 'role="heading" aria-level="2"')


def finish(app: Any, error: Exception | None) -> None:
    """For `build-finished`."""
    if error is None and app.builder.name == "html":
        stepper(Path(app.outdir) / "_static")
        if with_lite():
            build(Path(app.outdir) / "lite")
