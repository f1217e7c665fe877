"""Draw every figure anew: `python docs/figures`."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
SCRIPTS = ["loop", "lines", "bowl", "rates", "standstill", "still", "film", "graph", "speeds"]


def all_figures() -> dict[str, str]:
    """The text of every figure, by file name."""
    drawn: dict[str, str] = {}
    for name in SCRIPTS:
        drawn |= importlib.import_module(name).figures()
    return drawn


if __name__ == "__main__":
    sys.path.insert(0, str(FOLDER))
    for name, svg in all_figures().items():
        (FOLDER / name).write_text(svg, encoding="utf-8", newline="\n")
