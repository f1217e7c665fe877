"""Notebooks as pages: cells and what is stored below them, read as Markdown. Needs no Jupyter."""

from __future__ import annotations

import json
from typing import Any

from myst_parser.parsers.sphinx_ import MystParser

DOWNLOAD = {"en": "Download this notebook", "es": "Descargar este cuaderno"}


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
        """Read the notebook, and put a link to the file itself below its title."""
        title, _, rest = markdown(json.loads(inputstring)).partition("\n")
        page = document.settings.env.docname
        words = DOWNLOAD["es" if page.startswith("es/") else "en"]
        super().parse(f"{title}\n\n{{download}}`{words} <{page.rpartition('/')[2]}.ipynb>`\n{rest}", document)
