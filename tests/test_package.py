"""What is installed, what an import costs, and what lies at the top of the repository."""

import importlib.metadata
import importlib.util
import json
import os
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

import minigrad

ROOT = Path(__file__).resolve().parent.parent
DATA = {
    "minigrad/py.typed",
    "minigrad/explain/steps.html",
    *(
        f"minigrad/datasets/data/{name}.csv"
        for name in ("cars", "crickets", "elements", "norris", "o_rings", "stack_loss")
    ),
}

# Each costs about as much as all of minigrad, or several times that.
HEAVY = {
    "argparse",
    "ast",
    "asyncio",
    "csv",
    "dataclasses",
    "decimal",
    "difflib",
    "fractions",
    "importlib.metadata",
    "importlib.resources",
    "inspect",
    "json",
    "logging",
    "pathlib",
    "random",
    "statistics",
    "subprocess",
    "tempfile",
    "typing",
}


def modules_after(statement: str) -> set[str]:
    """The modules a statement imports, where there is nothing but the standard library and minigrad."""
    code = f"""
import sys
before = set(sys.modules)
sys.path.append({str(ROOT)!r})
{statement}
print(*(set(sys.modules) - before))
"""
    # -S: no site-packages, so that a third-party import, optional or not, has nothing to find.
    done = subprocess.run([sys.executable, "-IS", "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_import_minigrad_pulls_in_no_third_party_module():
    imported = {name.partition(".")[0] for name in modules_after("import minigrad")}
    assert imported - set(sys.stdlib_module_names) == {"minigrad"}


def test_import_minigrad_pulls_in_no_heavy_module():
    assert modules_after("import minigrad") & HEAVY == set()


def test_a_heavy_module_would_be_noticed():
    assert "dataclasses" in modules_after("import minigrad, dataclasses") & HEAVY


def test_the_data_sets_need_the_standard_library_alone():
    statement = "from minigrad.datasets import cars; cars()"
    imported = {name.partition(".")[0] for name in modules_after(statement)}
    assert imported - set(sys.stdlib_module_names) == {"minigrad"}


installed = pytest.mark.skipif(importlib.util.find_spec("pip") is None, reason="needs pip, which installs minigrad")


@installed
def test_the_version_is_that_of_the_metadata():
    assert minigrad.__version__ == importlib.metadata.version("minigrad")


@installed
def test_nothing_is_required_at_run_time():
    requirements = importlib.metadata.requires("minigrad") or []
    assert [requirement for requirement in requirements if "extra ==" not in requirement] == []


def test_no_message_or_page_has_somebody_install_the_project_that_has_the_name_on_pypi():
    pages = [*(ROOT / "minigrad").rglob("*.py"), *(ROOT / "docs").rglob("*.md"), ROOT / "README.md"]
    found = [path for path in pages if re.search(r"pip3? install '?minigrad(\[|'?$)", path.read_text("utf-8"), re.M)]
    assert not found


def test_the_top_of_the_repository_holds_what_the_design_says():
    if not (ROOT / ".git").exists():
        pytest.skip("not a clone: no telling which files belong to the repository")
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    files = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    assert {name.partition("/")[0] for name in files} == {
        *("minigrad", "tests", "docs", ".ci"),
        *("pyproject.toml", "LICENSE", "README.md", ".gitignore"),
    }


@pytest.mark.slow
def test_wheel_and_sdist_hold_the_data_and_the_type_marker(fresh_copy, tmp_path):
    def build(source: Path, kind: str) -> Path:
        command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(tmp_path / "built")]
        subprocess.run(command, cwd=source, check=True, env=os.environ | {"PYTHONWARNINGS": ""})
        (package,) = (tmp_path / "built").glob("*.whl" if kind == "wheel" else "*.tar.gz")
        return package

    def names(wheel: Path) -> set[str]:
        with zipfile.ZipFile(wheel) as archive:
            return set(archive.namelist())

    wheel = build(fresh_copy, "wheel")
    direct = names(wheel)
    assert direct >= DATA
    assert {name.partition("/")[0] for name in direct} == {
        "minigrad",
        f"minigrad-{minigrad.__version__}.dist-info",
    }

    with tarfile.open(build(fresh_copy, "sdist")) as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    (unpacked,) = (tmp_path / "unpacked").iterdir()
    assert {path.name for path in unpacked.iterdir()} >= {"minigrad", "tests", "docs", "LICENSE", "README.md"}
    wheel.unlink()
    assert names(build(unpacked, "wheel")) == direct


@pytest.mark.slow
def test_what_is_published_is_small_described_well_and_runs_alone(fresh_copy, tmp_path):
    """The command of docs/contributing.md, and what it builds in an environment with nothing else in it."""
    pytest.importorskip("twine")
    quiet = os.environ | {"PYTHONWARNINGS": ""}
    subprocess.run([sys.executable, "-m", "hatchling", "build"], cwd=fresh_copy, check=True, env=quiet)
    wheel, sdist = sorted((fresh_copy / "dist").iterdir(), key=lambda path: path.suffix == ".gz")
    assert wheel.name == f"minigrad-{minigrad.__version__}-py3-none-any.whl"
    assert sdist.name == f"minigrad-{minigrad.__version__}.tar.gz"
    assert wheel.stat().st_size < 450_000  # 404 kB when this was written: text, of 1.0 MB, and no data to speak of
    command = [sys.executable, "-m", "twine", "check", "--strict", str(wheel), str(sdist)]
    subprocess.run(command, check=True, env=quiet)
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "empty")], check=True)
    programs = tmp_path / "empty" / ("Scripts" if os.name == "nt" else "bin")
    pip = [str(programs / "python"), "-m", "pip", "install", "--quiet", "--no-index", str(wheel)]
    subprocess.run(pip, check=True, cwd=tmp_path)
    done = subprocess.run([str(programs / "minigrad"), "fit", "--json"], cwd=tmp_path, capture_output=True, check=True)
    assert json.loads(done.stdout)["reason"] == "converged"
    listing = [str(programs / "python"), "-m", "pip", "list", "--format", "json"]
    packages = json.loads(subprocess.run(listing, capture_output=True, check=True).stdout)
    assert {package["name"] for package in packages} <= {"minigrad", "pip", "setuptools"}
