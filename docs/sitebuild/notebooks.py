"""Notebooks as pages: cells and what is stored below them, read as Markdown. Needs no Jupyter."""

from __future__ import annotations

import json
import os
from typing import Any

from myst_parser.parsers.sphinx_ import MystParser

from .languages import language_of

DOWNLOAD = {"en": "Download this notebook", "es": "Descargar este cuaderno"}
OPEN = {"en": "Run it in the browser", "es": "Ejecutarlo en el navegador"}


def with_lite() -> bool:
    """Whether this build is to have JupyterLite, at `lite/`."""
    return os.environ.get("MINIGRAD_JUPYTERLITE") == "1"


def links(page: str, *, lite: bool) -> str:
    """What stands below the title of the notebook `page`: the file itself, and where JupyterLite has it, if it does.

    >>> links("notebook/reducing-loss", lite=False)
    '{download}`Download this notebook <reducing-loss.ipynb>`'
    >>> links("es/reducir-la-perdida", lite=True).partition("<a ")[2]
    'href="../lite/notebooks/index.html?path=reducir-la-perdida.ipynb">Ejecutarlo en el navegador</a>'
    """
    language, name = language_of(page), f"{page.rpartition('/')[2]}.ipynb"
    found = f"{{download}}`{DOWNLOAD[language]} <{name}>`"
    if lite:
        found += f' · <a href="../lite/notebooks/index.html?path={name}">{OPEN[language]}</a>'
    return found


def markdown(notebook: dict[str, Any]) -> str:
    r"""A notebook as a page of Markdown.

    >>> code = {"cell_type": "code", "source": ["print(1)"], "outputs": [{"text": ["1\n"]}]}
    >>> print(markdown({"cells": [{"cell_type": "markdown", "source": ["# One"]}, code]}))
    # One
    <BLANKLINE>
    ```python
    print(1)
    ```
    <BLANKLINE>
    ```text
    1
    ```
    <BLANKLINE>
    """
    parts = []
    for cell in notebook["cells"]:
        text = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            parts.append(text)
            continue
        parts.append(f"```python\n{text}\n```")
        for output in cell["outputs"]:
            shown = output.get("data", {"text/plain": output.get("text")})
            if "image/svg+xml" in shown:
                svg = "".join(shown["image/svg+xml"])
                parts.append(f'```{{raw}} html\n<div class="output">{svg}</div>\n```')
            else:
                parts.append(f"```text\n{''.join(shown['text/plain']).rstrip()}\n```")
    return "\n\n".join(parts) + "\n"


class NotebookParser(MystParser):  # type: ignore[misc]
    """Sphinx's parser for files that end in .ipynb."""

    supported = ("notebook",)

    def parse(self, inputstring: str, document: Any) -> None:
        """Read the notebook, and put links to the file itself, and to where it runs, below its title."""
        title, _, rest = markdown(json.loads(inputstring)).partition("\n")
        below = links(document.settings.env.docname, lite=with_lite())
        super().parse(f"{title}\n\n{below}\n{rest}", document)
