"""What all tests share: Hypothesis's profiles, and a copy of the repository to build and install from."""

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from optional import Missing, Skipping

ROOT = Path(__file__).resolve().parent.parent

# The same examples on every run and machine, so that a failure is nobody's bad luck;
# MINIGRAD_HYPOTHESIS=thorough draws new ones and many more, brief fewer. A slow machine is no failure: no deadlines.
patient = settings(derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("steady", patient)
settings.register_profile("thorough", patient, derandomize=False, max_examples=2000, print_blob=True)
settings.register_profile("brief", patient, max_examples=25)
settings.load_profile(os.environ.get("MINIGRAD_HYPOTHESIS", "steady"))


def pytest_configure(config: pytest.Config) -> None:
    """For doctests too, which lie beside this folder."""
    config.pluginmanager.register(Skipping())


def lacking(what: str) -> Callable[..., None]:
    """Stands in for the start of a thread or process: the test skips where there are none."""

    def skip(*_: object, **__: object) -> None:
        pytest.skip(f"needs {what}")

    return skip


if sys.platform == "emscripten":
    threading.Thread.start = lacking("threads")  # type: ignore[method-assign]
    subprocess.Popen.__init__ = lacking("processes")  # type: ignore[method-assign]


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return ROOT


@pytest.fixture
def fresh_copy(tmp_path: Path) -> Path:
    """A copy of the repository as a clone would be: without virtual environments, caches, built packages."""
    copy = tmp_path / "minigrad"
    leftovers = (".git", ".venv*", ".*_cache", ".hypothesis", ".coverage*", "__pycache__", "*.egg-info")
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*leftovers, "build", "dist", "_build", "htmlcov"))
    return copy


@pytest.fixture(autouse=True)
def nothing_missing(request: pytest.FixtureRequest) -> None:
    """Skips a test that a package which is not installed is a parameter of."""
    for parameter in getattr(getattr(request.node, "callspec", None), "params", {}).values():
        if isinstance(parameter, Missing):
            pytest.skip(f"needs {parameter!r}")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A browser that asks nobody anything by itself."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("needs Chromium: apt-get install chromium")
    api = pytest.importorskip("playwright.sync_api", reason="needs the extra `browser`, or Playwright alone")
    still = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu", *still])
        yield browser
        browser.close()
