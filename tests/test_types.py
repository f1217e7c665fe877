"""Types: a user's module that uses them checks clean under mypy --strict, and a wrong one does not."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

MODULE = Path(__file__).with_name("user_module.py")


def checked(path, cache):
    pytest.importorskip("mypy")
    if sys.implementation.name != "cpython":
        pytest.skip("mypy itself needs CPython")
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(cache), str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("mypy")


def test_a_users_module_is_clean_under_mypy_strict(cache):
    assert checked(MODULE, cache).startswith("Success")


IMPORTS = "from minigrad import Value, dot, exp, maximum, norm, softmax, squared_error, sum"
WRONG = {
    "exp('1')": "type-var",
    "text: str = exp(Value(1.0))": "assignment",
    "number: float = exp(Value(1.0))": "assignment",
    "product: float = Value(1.0) * 2.0": "assignment",
    "rest: float = 2.0 % Value(1.0)": "assignment",
    "exp(1.0).backward()": "attr-defined",
    "value: Value = maximum(1.0, 2.0)": "assignment",
    "total: float = sum([Value(1.0)])": "assignment",
    "total_of_floats: Value = sum([1.0, 2.0])": "assignment",
    "loss: float = squared_error(Value(1.0), 2.0)": "assignment",
    "length: float = norm([Value(1.0), 2.0])": "assignment",
    "shares: list[float] = softmax([Value(1.0)])": "list-item",
    "dot([1.0, 2.0], ['a'])": "list-item",
}


def test_mypy_finds_what_is_wrong(cache, tmp_path):
    path = tmp_path / "wrong.py"
    path.write_text("\n".join([IMPORTS, *WRONG]), encoding="utf-8")
    errors = checked(path, cache).splitlines()[:-1]
    found = {int(line.split(":")[1]): line.rpartition("[")[2].rstrip("]") for line in errors}
    assert [found.get(i) for i in range(2, 2 + len(WRONG))] == [*WRONG.values()]


def test_the_module_runs_too():
    spec = importlib.util.spec_from_file_location("user_module", MODULE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert len(module.main()) == 7
