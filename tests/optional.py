"""Packages that are not everywhere: where one is missing, the tests that reach for it skip, and all others run.

NumPy, SciPy and Matplotlib are on every CPython that we test; on PyPy and under WebAssembly they may be missing, as
Python's own `tracemalloc` is. So a test file takes them from here, not from where they are.
"""

import importlib
import importlib.util
import sys
from collections.abc import Iterator
from typing import Any

import pytest


class Missing:
    """Stands for a package that is not installed, and for all in it: to be named when a file is read, not to be used.

    A test in which it is used skips. So does one that it is a parameter of, which `conftest.py` sees to.
    """

    def __init__(self, name: str) -> None:
        self.__name__ = name

    def __repr__(self) -> str:
        return self.__name__

    def __getattr__(self, name: str) -> "Missing":
        if name.startswith("__"):  # what Python and pytest ask of everything
            raise AttributeError(name)
        return self._used(f"{self!r}.{name}")

    def __call__(self, *_: Any, **__: Any) -> "Missing":
        return self._used(f"{self!r}(...)")

    def _used(self, name: str) -> "Missing":
        if Skipping.running:
            pytest.skip(f"needs {name.partition('.')[0]}")
        return Missing(name)


def package(name: str) -> Any:
    """The module of that name, or what stands for it."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return Missing(name)


PACKAGES = ("numpy", "scipy", "matplotlib")


def lacked(error: BaseException | None) -> str:
    """The optional package that an error is for want of, "" if there is none, or if it is installed."""
    while error is not None:
        for failure in getattr(error, "failures", (error,)):  # of a doctest, which may have several
            if name := lacked(getattr(failure, "exc_info", [None, None])[1]):
                return name
        name = (getattr(error, "name", None) or "").partition(".")[0]
        if isinstance(error, ImportError) and name in PACKAGES and importlib.util.find_spec(name) is None:
            return name
        error = error.__cause__
    return ""


class Skipping:
    """The part of pytest that makes a skip of a failure for want of a package, in doctests too."""

    running = False  # whether a test runs in this process, where pytest does not just read the files

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self) -> Iterator[None]:
        Skipping.running = True
        try:
            return (yield)
        finally:
            Skipping.running = False

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self) -> Iterator[None]:
        try:
            return (yield)
        except Exception as error:
            if name := lacked(error):
                pytest.skip(f"needs {name}")
            raise


# Which instruction a frame is at, and where a signal may be handled, is CPython's own.
sees_instructions = pytest.mark.skipif(sys.implementation.name != "cpython", reason="looks at CPython's instructions")

# What an object holds is freed with the last reference to it, not some time later.
counts_references = pytest.mark.skipif(
    sys.implementation.name != "cpython", reason="only CPython counts references; others free what is left some time"
)

# Functions and their code are freed at all: without its lock, CPython 3.13 keeps them once there is a second thread.
frees_code = pytest.mark.skipif(
    not getattr(sys, "_is_gil_enabled", lambda: True)() and sys.version_info < (3, 14),
    reason="CPython 3.13 without its lock keeps functions and code",
)

# An event loop that a test may run to its end.
runs_loops = pytest.mark.skipif(sys.platform == "emscripten", reason="the loop here is JavaScript's, and never waits")

# An error that is raised anywhere gets out: a node's `__del__`, which it has here, would let it go.
raises_anywhere = pytest.mark.skipif(sys.platform == "emscripten", reason="nodes have a __del__ here")

# Where Python itself calls itself in C, for each bracket of a text, say; WebAssembly's stack ends before it notices.
goes_deep = pytest.mark.skipif(sys.platform == "emscripten", reason="Python's own recursion ends the interpreter here")

np = package("numpy")
stats = package("scipy.stats")
curve_fit = package("scipy.optimize").curve_fit
Axes = package("matplotlib.axes").Axes
Figure = package("matplotlib.figure").Figure
tracemalloc = package("tracemalloc")
