"""The notebooks in JupyterLite, from one's own server alone: `python docs/notebook/lite.py FOLDER`. Needs npm, and pip.

The build fetches the npm package `pyodide`, the wheels that its kernel asks for, and minigrad's own, and writes a lock
file that knows these alone. So the built folder, of some 90 MB, asks no other host for anything.
`MINIGRAD_JUPYTERLITE=1` in front of the command that builds the site puts it into the site as `lite/`.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parent.parent
NOTEBOOKS = [DOCS / "notebook" / "reducing-loss.ipynb", DOCS / "es" / "reducir-la-perdida.ipynb"]
BUILDERS = ["jupyterlite-core[contents]==0.8.6", "jupyterlite-pyodide-kernel==0.8.6", "jupyter_server"]
PYODIDE = "pyodide@314.0.7"
LOADED = ["pyodide.js", "pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip"]
ASKED_FOR = [
    "micropip",
    "packaging",
    "ipython",
    "jedi",
    "traitlets",
    "decorator",
    "pygments",
]  # by the kernel, with what they depend on; and comm
COMM = "comm==0.2.3"  # which Pyodide's own list lacks


def run(*command: str | Path, cwd: Path) -> None:
    """Run a command, or raise with what it said."""
    subprocess.run([str(word) for word in command], cwd=cwd, check=True, capture_output=True)


def needed(packages: dict[str, Any], asked_for: list[str]) -> list[str]:
    """Names of what is asked for with all that it depends on, as Pyodide's list spells them.

    >>> needed({"a": {"depends": ["x_y"]}, "x-y": {"depends": []}, "numpy": {"depends": []}}, ["a"])
    ['a', 'x-y']
    """
    found, todo = set(), list(asked_for)
    while todo:
        name = todo.pop().replace("_", "-").lower()
        if name not in found:
            found.add(name)
            todo += packages[name]["depends"]
    return sorted(found)


def locked(wheel: Path, name: str, version: str, depends: list[str]) -> dict[str, Any]:
    """How the lock file writes of a wheel that lies beside it."""
    return {
        "name": name,
        "version": version,
        "file_name": wheel.name,
        "sha256": hashlib.sha256(wheel.read_bytes()).hexdigest(),
        "install_dir": "site",
        "package_type": "package",
        "imports": [name.replace("-", "_")],
        "depends": depends,
        "unvendored_tests": False,
    }


def fetch(requirement: str, python: Path, work: Path) -> Path:
    """The one wheel of a package, from where pip gets its packages."""
    folder = Path(tempfile.mkdtemp(dir=work))
    options = ["--quiet", "--no-deps", "--only-binary=:all:", "--python-version", "3.14", "--dest", folder]
    run(python, "-m", "pip", "download", *options, requirement, cwd=work)
    return next(folder.glob("*.whl"))


def pyodide(python: Path, work: Path) -> Path:
    """Pyodide with the wheels and the lock file, packed as JupyterLite wants it."""
    run("npm", "pack", "--silent", PYODIDE, cwd=work)
    shutil.unpack_archive(next(work.glob("pyodide-*.tgz")), work, filter="data")
    folder, lock = work / "pyodide", json.loads((work / "package" / "pyodide-lock.json").read_text(encoding="utf-8"))
    folder.mkdir()
    for name in LOADED:
        shutil.copy(work / "package" / name, folder)
    kept = {}
    for name in needed(lock["packages"], ASKED_FOR):
        told = lock["packages"][name]
        wheel = Path(shutil.copy(fetch(f"{name}=={told['version']}", python, work), folder))
        kept[name] = told | {"file_name": wheel.name, "sha256": hashlib.sha256(wheel.read_bytes()).hexdigest()}
    wheel = Path(shutil.copy(fetch(COMM, python, work), folder))
    kept["comm"] = locked(wheel, *COMM.split("=="), ["traitlets"])
    run(python, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, DOCS.parent, cwd=work)
    wheel = next(folder.glob("minigrad-*.whl"))
    kept["minigrad"] = locked(wheel, "minigrad", wheel.name.split("-")[1], [])
    (folder / "pyodide-lock.json").write_text(json.dumps(lock | {"packages": kept}), encoding="utf-8")
    packed = work / "pyodide.tar.bz2"
    with tarfile.open(packed, "w:bz2") as archive:
        archive.add(folder, "pyodide")
    return packed


def build(target: Path) -> None:
    """Write JupyterLite with both notebooks into `target`."""
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        import venv  # which Pyodide lacks, where this file is only read

        venv.create(work / "venv", with_pip=True)
        python = work / "venv" / "bin" / "python"
        run(python, "-m", "pip", "install", "--quiet", *BUILDERS, cwd=work)
        settings = {"@jupyterlite/pyodide-kernel-extension:kernel": {"loadPyodideOptions": {"packages": ["minigrad"]}}}
        config = {"jupyter-lite-schema-version": 0, "jupyter-config-data": {"litePluginSettings": settings}}
        (work / "jupyter-lite.json").write_text(json.dumps(config), encoding="utf-8")
        (work / "contents").mkdir()
        for notebook in NOTEBOOKS:
            shutil.copy(notebook, work / "contents")
        options = ["--contents", "contents", "--pyodide", pyodide(python, work), "--output-dir", target.resolve()]
        run(python, "-m", "jupyterlite_core.app", "build", *options, cwd=work)


if __name__ == "__main__":
    build(Path(sys.argv[1]))
