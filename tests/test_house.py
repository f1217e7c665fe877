"""The house: rooms stand on rooms, what is at the top is for users, and the page that lists the rooms is true."""

import ast
import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

import minigrad

ROOT = Path(__file__).resolve().parent.parent
HOUSE = ROOT / "minigrad"

# From the bottom up; what stands in one line are neighbours that know nothing of each other. A room imports only from
# lines above its own here.
FLOORS = [
    {"ops"},
    {"machinery"},
    {"engine"},
    {"functions"},
    {"transforms", "losses", "optim", "nn", "checkpoint", "draw"},
    {"compiler", "gradcheck", "explain"},
    {"train", "datasets"},
    {"diagnosis"},
    {"plot"},
    {"fit"},
    {"testing"},
    {"__init__"},
    {"__main__"},
]

# What is imported upwards, late, when a display asks for it: (file, room).
UPWARDS = {("machinery/scalar.py", "draw"), ("train/result.py", "plot")}

FILES = sorted(path.relative_to(HOUSE) for path in HOUSE.rglob("*.py"))


def floor(room: str) -> int:
    return next(i for i, rooms in enumerate(FLOORS) if room in rooms)


def room_of(path: Path) -> str:
    return path.parts[0].removesuffix(".py")


def imported(path: Path) -> list[str]:
    """Every module of the package that a file names in an import, wherever that stands, by its dotted path."""
    package = ["minigrad", *path.parent.parts]
    found = []
    for node in ast.walk(ast.parse((HOUSE / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names if alias.name.split(".")[0] == "minigrad"]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            base += node.module.split(".") if node.module else []
            if base[:1] == ["minigrad"]:
                for alias in node.names:  # `from . import x` may name a file or what is in one
                    names = [*base[1:], alias.name]
                    is_file = (HOUSE.joinpath(*names)).is_dir() or HOUSE.joinpath(*names).with_suffix(".py").exists()
                    found.append(".".join(["minigrad", *(names if is_file else base[1:])]))
    return found


def other_rooms(path: Path) -> set[str]:
    rooms = {[*name.split("."), "__init__"][1] for name in imported(path)}
    return rooms - {room_of(path)}


@pytest.mark.parametrize("path", FILES, ids=str)
def test_a_room_imports_only_rooms_below_it(path):
    own = floor(room_of(path))
    upwards = {room for room in other_rooms(path) if room != "__init__" and floor(room) >= own}
    assert {(path.as_posix(), room) for room in upwards} <= UPWARDS


def test_what_may_be_imported_upwards_is_still_imported():
    assert all(room in other_rooms(Path(path)) for path, room in UPWARDS)


def test_an_upward_import_would_be_noticed(tmp_path, monkeypatch):
    (tmp_path / "machinery").mkdir()
    (tmp_path / "engine.py").write_text("")
    (tmp_path / "machinery" / "order.py").write_text("if TYPE_CHECKING:\n    from ..engine import Value\n")
    monkeypatch.setattr("test_house.HOUSE", tmp_path)
    assert other_rooms(Path("machinery/order.py")) == {"engine"}


def test_every_room_stands_on_a_floor():
    assert {room_of(path) for path in FILES} == set().union(*FLOORS)


def file_of(module: str) -> Path | None:
    """The file that a dotted path leads to, relative to the house."""
    path = Path(*module.split(".")[1:])
    return path / "__init__.py" if (HOUSE / path).is_dir() else path.with_suffix(".py")


def test_no_file_can_be_reached_from_itself():
    late = {"machinery/scalar.py"}  # the upward import above, which is made when a notebook asks
    graph = {
        path.as_posix(): [] if path.as_posix() in late else [file_of(name).as_posix() for name in imported(path)]
        for path in FILES
    }
    seen: dict[str, str] = {}

    def visit(name: str, way: tuple[str, ...]) -> None:
        assert name not in way, f"a circle: {' -> '.join([*way, name])}"
        if name not in seen:
            for other in graph.get(name, []):
                visit(other, (*way, name))
            seen[name] = name

    for name in graph:
        visit(name, ())


def test_every_package_says_in_which_order_to_read_its_files():
    for package in [path.parent for path in FILES if path.name == "__init__.py" and path.parent.parts]:
        text = (HOUSE / package / "__init__.py").read_text(encoding="utf-8")
        told = ast.get_docstring(ast.parse(text)) or ""
        files = {path.stem for path in FILES if path.parent == package} - {"__init__"}
        absent = [name for name in files if not re.search(rf"`{name}(\.py)?`", told)]
        assert not absent, f"{package}/__init__.py does not say when to read {absent}"


@pytest.mark.parametrize("path", [p for p in FILES if p.name == "__init__.py"], ids=str)
def test_a_package_hands_on_names_and_does_nothing_else(path):
    kinds = (ast.Import, ast.ImportFrom, ast.Assign, ast.AugAssign, ast.Expr, ast.Try)
    for node in ast.parse((HOUSE / path).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.If):  # names that are loaded late: as types are checked, and as programs run
            assert ast.unparse(node.test) == "TYPE_CHECKING"
            assert all(isinstance(statement, ast.ImportFrom) for statement in node.body)
            (found,) = map(ast.unparse, node.orelse)
            assert re.match(r"(\(__getattr__, __dir__\)|__getattr__, __dir__) = late\(__name__, ", found), found
            continue
        assert isinstance(node, kinds), ast.dump(node)[:80]
        if isinstance(node, ast.Assign | ast.AugAssign):
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            assert target.id in ("__all__", "__version__", "TYPE_CHECKING")


def late_names(path: Path) -> list[tuple[str, str]]:
    """The names that a file hands on late, as pairs of the module that has one and the name, "" where it is all of it.

    They are in the imports for who checks types, and once more in the call of `late`.
    """
    package = ".".join(["minigrad", *path.parent.parts])
    for node in ast.parse((HOUSE / path).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.If) and node.orelse:
            names = [alias.name for line in node.body for alias in line.names]
            files = ast.literal_eval(node.orelse[0].value.args[1])
            assert sorted(names) == sorted(files), "what is checked and what is loaded are the same names"
            return [(f"{package}.{file}", "" if file == name else name) for name, file in files.items()]
    return []


LATE = [(path, *pair) for path in FILES for pair in late_names(path)]


@pytest.mark.parametrize(("path", "module", "name"), LATE, ids=[f"{path}-{file}-{name}" for path, file, name in LATE])
def test_a_name_that_is_loaded_late_is_the_one_of_its_file_or_that_file(path, module, name):
    here = importlib.import_module(".".join(["minigrad", *path.with_suffix("").parts]).removesuffix(".__init__"))
    file = importlib.import_module(module)
    name, found = (name, vars(file)[name]) if name else (module.rpartition(".")[2], file)
    assert getattr(here, name) is found
    assert name in dir(here)
    assert (file_of(f"{here.__name__}.{name}") in FILES) == (found is file)


def test_a_name_that_is_nowhere_is_an_attribute_error_that_says_so():
    with pytest.raises(AttributeError, match=r"module .minigrad\.optim. has no attribute 'Lion'"):
        _ = minigrad.optim.Lion


def test_import_minigrad_loads_no_file_that_only_some_scripts_need():
    code = "import sys; before = {*sys.modules}; import minigrad; print(*{*sys.modules} - before)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    loaded = set(done.stdout.split())
    assert "minigrad.engine" in loaded
    late = {"minigrad.gradcheck.graph", "minigrad.train.monitor", "minigrad.train.attempts", "unicodedata"}
    assert not loaded & ({module for _, module, _ in LATE} | late)


def listed_rooms() -> set[str]:
    """The rooms that the design page explains, from its list of them."""
    page = (ROOT / "docs" / "explanation" / "design.md").read_text(encoding="utf-8")
    rooms = page.partition("## Rooms on rooms")[2].partition("\n## ")[0]
    return {name.removesuffix(".py").removesuffix("/") for name in re.findall(r"^\| `(\w+(?:\.py|/))`", rooms, re.M)}


def test_the_design_page_lists_every_room():
    rooms = {room_of(path) for path in FILES} - {"__init__"}
    assert listed_rooms() == rooms


# --- What the docs import goes on working ---------------------------------------------------------------------------

# Every import that the pages showed before the house was put in order, under the terms of today.
PROMISED = """
minigrad: Result, Value, clamp, compiler, detect_anomaly, dot, exp, find_lr, functions, grad, gradcheck
minigrad: gradients, maximum, mean_squared_error, minimize, numerical_gradient, ops, primitive, relu, sigmoid
minigrad: sin, softmax, softplus, sqrt, squared_error, tanh, where
minigrad.checkpoint: load, save
minigrad.compiler: compile
minigrad.datasets: cars, crickets, elements, moons, o_rings, stack_loss
minigrad.diagnosis: find_lr
minigrad.draw: to_svg
minigrad.engine: topological_order
minigrad.explain: explain
minigrad.functions: activations, elementary, lengths, piecewise, reductions, trigonometric
minigrad.losses: binary_cross_entropy_with_logits, cross_entropy, hinge, mean_binary_cross_entropy_with_logits
minigrad.losses: mean_cross_entropy, mean_squared_error
minigrad.nn: MLP, Module, xavier_normal, xavier_uniform
minigrad.ops: MUL, Op
minigrad.optim: Adam, SGD, cosine
minigrad.testing: programs
minigrad.transforms: grad, hessian, value_and_grad
minigrad.fit: Fit, fit
minigrad.train: Result, minimize
minigrad.datasets: Dataset, read_csv
minigrad.draw: to_dot, to_mermaid
minigrad.gradcheck: Derivative, Report, gradcheck, numerical_gradient
minigrad.compiler: Program
minigrad.optim: AdamW, Optimizer, constant, step_decay, warmup
minigrad.testing: Model, Program, Template, models, values
"""


@pytest.mark.parametrize("line", PROMISED.split("\n")[1:-1])
def test_the_import_paths_that_the_docs_show_go_on_working(line):
    module, _, names = line.partition(": ")
    room = importlib.import_module(module)
    assert all(hasattr(room, name) for name in names.split(", "))


def test_the_page_for_who_upgrades_names_files_that_are_there():
    table = (ROOT / "docs" / "upgrading.md").read_text(encoding="utf-8").partition("| before")[2]
    columns = [re.findall(r"`([\w.]+)`", row.split("|")[2]) for row in table.splitlines()[2:] if row.startswith("|")]
    assert len(columns) > 10
    for first, *others in columns:
        package = first.rpartition(".")[0]
        assert all(file_of(name) in FILES for name in [first, *[f"{package}.{other}" for other in others]]), first


def test_every_public_name_at_the_top_is_there():
    assert all(hasattr(minigrad, name) for name in minigrad.__all__)
