"""Put the playground into a built site: its own files, the figures it shows without scripts, and Python to run there.

Python is the npm package `pyodide`, trimmed to what loads it, with minigrad's wheel beside it. Where there is no npm,
or no way to its registry, the page does without the button.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parent.parent
FILES = [path for path in sorted(FOLDER.iterdir()) if path.suffix in (".html", ".css", ".js", ".json")]

KEPT = ["real.js", "worker.js"]  # they hold lines of Python, where indentation means something

PYODIDE = "pyodide@0.29.5"  # Python 3.13
LOADED = ["pyodide.mjs", "pyodide.asm.js", "pyodide.asm.wasm", "python_stdlib.zip"]
TOLD = ["README.md", "package.json"]  # where it comes from, and its license


def put(site: Path, *, python: bool = True) -> bool:
    """Copy the playground into `site`; with `python`, try to bring Python too, and say whether that is there."""
    target = site / "playground"
    target.mkdir(exist_ok=True)
    for path in FILES:
        (target / path.name).write_text(lean(path), encoding="utf-8", newline="\n")
    page = lean(FOLDER / "index.html")
    (site / "figures").mkdir(exist_ok=True)
    for name in re.findall(r'src="\.\./figures/([\w-]+\.svg)"', page):
        shutil.copy(ROOT / "docs" / "figures" / name, site / "figures")
    wheel = _bring(target) if python else None
    if wheel is not None:
        page = page.replace("<body>", f'<body data-wheel="{wheel}">')
        (target / "index.html").write_text(page, encoding="utf-8", newline="\n")
    return wheel is not None


def lean(path: Path) -> str:
    """The text of a file without what only its readers need: indentation, some spaces, and lines that are comments."""
    text = path.read_text(encoding="utf-8")
    if path.name in KEPT:
        return text
    if path.suffix in (".html", ".json"):
        return text.replace("\n", "")  # no line of these begins or ends within a sentence
    if path.suffix == ".css":
        return re.sub(r"\s*([{}:;,])\s*", r"\1", text)
    text = re.sub(r"^//.*\n", "", re.sub(r"^[ \n]+", "", text, flags=re.MULTILINE), flags=re.MULTILINE)
    text = re.sub(r" (=>|===|&&|\|\||\?\?|\+=) ", r"\1", text)  # signs that no sentence has
    return re.sub(r"\b(const|let) (\w+) = ", r"\1 \2=", text)


def _bring(target: Path) -> str | None:
    """Pyodide and the wheel in `target`; the wheel's name, or None with a line that says what is missing."""
    npm = shutil.which("npm")
    try:
        if npm is None:
            raise OSError("npm is not installed")
        _pyodide(npm, target / "pyodide")
        return _wheel(target)
    except (OSError, subprocess.SubprocessError) as error:
        print(f"the playground does without Python: {error}", file=sys.stderr)  # noqa: T201 - the build's own report
        return None


def _pyodide(npm: str, target: Path) -> None:
    told = target / "package.json"
    if told.exists() and json.loads(told.read_text(encoding="utf-8"))["version"] == PYODIDE.partition("@")[2]:
        return  # an earlier build has brought it
    with tempfile.TemporaryDirectory() as work:
        _run([npm, "pack", "--silent", "--fetch-retries=0", PYODIDE], work)
        shutil.unpack_archive(next(Path(work).glob("*.tgz")), work, filter="data")
        package = Path(work) / "package"
        target.mkdir(exist_ok=True)
        for name in LOADED:
            shutil.copy(package / name, target)
        lock = json.loads((package / "pyodide-lock.json").read_text(encoding="utf-8"))
        (target / "pyodide-lock.json").write_text(json.dumps(lock | {"packages": {}}), encoding="utf-8")
        for name in TOLD:
            shutil.copy(package / name, target)


def _wheel(target: Path) -> str:
    with tempfile.TemporaryDirectory() as work:
        _run([sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", work, str(ROOT)], work)
        wheel = next(Path(work).glob("*.whl"))
        shutil.copy(wheel, target)
        return wheel.name


def _run(command: list[str], folder: str) -> None:
    subprocess.run(command, cwd=folder, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=600)


def setup(app: Any) -> dict[str, bool]:
    """Sphinx's hook: once the pages are built, the playground joins them."""

    def finish(app: Any, error: Exception | None) -> None:
        if error is None and app.builder.name == "html":
            put(Path(app.outdir), python=os.environ.get("MINIGRAD_PYODIDE") != "0")

    app.connect("build-finished", finish)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
