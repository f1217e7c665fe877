"""Run every cell of the notebooks and store what it gives below it: `python docs/notebook`. Needs no Jupyter."""

from __future__ import annotations

import ast
import contextlib
import io
import json
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parent.parent


def run_cell(source: str, namespace: dict[str, Any]) -> tuple[str, Any]:
    """What a cell prints, and the value of its last expression, as a kernel would have them."""
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    printed, value = io.StringIO(), None
    with contextlib.redirect_stdout(printed):
        exec(compile(tree, "cell", "exec"), namespace)
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), "cell", "eval"), namespace)
    return printed.getvalue(), value


def outputs(printed: str, value: Any, count: int) -> list[dict[str, Any]]:
    """The same as a notebook stores it."""
    stored: list[dict[str, Any]] = []
    if printed:
        stored.append({"name": "stdout", "output_type": "stream", "text": printed.splitlines(keepends=True)})
    if value is not None:
        shown = {"text/plain": repr(value)}
        for kind, method in (("image/svg+xml", "_repr_svg_"), ("text/html", "_repr_html_")):
            if hasattr(value, method):
                shown[kind] = getattr(value, method)()
        data = {kind: text.splitlines(keepends=True) for kind, text in sorted(shown.items())}
        stored.append({"data": data, "execution_count": count, "metadata": {}, "output_type": "execute_result"})
    return stored


def run(notebook: dict[str, Any]) -> dict[str, Any]:
    """The notebook as it is after running all of its cells from top to bottom."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    cells, count = [], 0
    for cell in notebook["cells"]:
        after = dict(cell)
        if cell["cell_type"] == "code":
            count += 1
            printed, value = run_cell("".join(cell["source"]), namespace)
            after |= {"execution_count": count, "outputs": outputs(printed, value, count)}
        cells.append(after)
    return notebook | {"cells": cells}


if __name__ == "__main__":
    for path in DOCS.rglob("*.ipynb"):
        done = run(json.loads(path.read_text(encoding="utf-8")))
        path.write_text(json.dumps(done, indent=1, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")
