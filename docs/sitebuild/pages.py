"""The last touch on a page's HTML: what a picture on a code host cannot be, and a reader here can use."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from figures.graph import one_car

from minigrad.explain import explain

_IMAGE = re.compile(r'<img alt="([^"]*)"[^>]*? src="([^"]*/_images/|_images/)([\w-]+)\.svg" ?/?>')


def livelier(body: str, static: str) -> str:
    """The HTML of a page with its film in a frame where it can be paused, and one car's graph as the stepper.

    >>> livelier('<p><img alt="A film" src="_images/film.svg" /></p>', "_static/").partition(">")[2].partition(" ")[0]
    '<object'
    """
    return _IMAGE.sub(lambda found: _figure(found, static), body).replace("-&gt;", '<span class="arrow">-&gt;</span>')


def _figure(image: re.Match[str], static: str) -> str:
    whole, (words, folder, name) = image[0], image.groups()
    if name.startswith("film"):
        return (
            f'<object class="film" type="image/svg+xml" data="{folder}{name}.svg" aria-label="{words}">{whole}</object>'
        )
    if name == "one-car":
        return f'<iframe class="stepper" src="{static}one-car.html" title="{words}">{whole}</iframe>'
    return whole


def stepper(folder: Path) -> None:
    """Write the backward pass of one car, step by step, as `explain` tells it."""
    explain(one_car()).save(folder / "one-car.html")


def touch(_app: Any, _page: str, _template: str, context: dict[str, Any], _doctree: Any) -> None:
    """For `html-page-context`."""
    if context.get("body"):
        context["body"] = livelier(context["body"], context["pathto"]("_static/", 1))


def finish(app: Any, error: Exception | None) -> None:
    """For `build-finished`."""
    if error is None and app.builder.name == "html":
        stepper(Path(app.outdir) / "_static")
