"""The examples run as they stand, print what the file beside each says, and find what other means find.

`docs/examples/NAME.txt` is what `NAME.py` prints.
"""

import ast
import gc
import os
import random
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from optional import np, tracemalloc

from minigrad import Value, compiler, mean_squared_error, minimize, squared_error
from minigrad.datasets import cars, crickets, elements, o_rings, stack_loss
from minigrad.losses import hinge
from minigrad.nn import MLP
from minigrad.optim import SGD, Adam

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "examples"
EXAMPLES = sorted(FOLDER.glob("*.py"))
ISSUES = "line_by_hand minimize_line several_features logistic_regression moons character_model"


def run(example: Path, folder: Path, *before: str) -> str:
    """What an example prints where it runs alone: nothing is imported yet, and warnings are errors."""
    command = [sys.executable, "-W", "error", *(before or [str(example)])]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "MPLBACKEND": "agg", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def said(name: str) -> str:
    return (FOLDER / f"{name}.txt").read_text(encoding="utf-8")


def numbers(text: str) -> list[float]:
    return [float(number) for number in re.findall(r"(?<![\w.])[-+]?\d+\.\d+", text.replace("- ", "-"))]


# --- All of them ----------------------------------------------------------------------------------------------------


def test_there_is_an_example_for_each_purpose_and_an_output_for_each_example():
    assert {path.stem for path in EXAMPLES} == set(ISSUES.split())
    assert {path.stem for path in FOLDER.glob("*.txt")} == set(ISSUES.split())


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_prints_what_stands_beside_it(example, tmp_path):
    assert run(example, tmp_path) == said(example.stem)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_under_40_lines_and_says_what_it_is_in_one_sentence(example):
    source = example.read_text(encoding="utf-8")
    assert len(source.splitlines()) < 40
    sentence = ast.get_docstring(ast.parse(source))
    assert "\n" not in sentence and sentence.endswith(".") and ". " not in sentence


# --- What they found, found by other means --------------------------------------------------------------------------


def test_the_line_by_hand_is_the_line_of_least_squares():
    chirps, degrees = [x for (x,) in crickets().x], crickets().y
    slope, intercept = np.polyfit(chirps, degrees, 1)
    assert numbers(said("line_by_hand").splitlines()[-1]) == [round(intercept, 4), round(slope, 4)]
    assert "minimize" not in (FOLDER / "line_by_hand.py").read_text()


def test_the_line_of_minimize_is_the_line_of_least_squares():
    slope, intercept = np.polyfit([x for (x,) in cars().x], cars().y, 1)
    *_, line, prediction = said("minimize_line").splitlines()
    assert numbers(line) == [round(intercept, 3), round(slope, 3)]
    assert numbers(prediction) == [round(intercept + 3 * slope, 1)]


def test_several_features_have_the_slopes_of_least_squares():
    table = np.column_stack([stack_loss().x, np.ones(21)])
    coefficients, (squares,), _, _ = np.linalg.lstsq(table, np.array(stack_loss().y))
    first, *rest = said("several_features").splitlines()
    assert [number for line in rest for number in numbers(line)] == [round(x, 4) for x in coefficients]
    assert first.startswith("converged") and f"-> {squares / 21:.5f}" in first


def test_logistic_regression_has_the_published_fit_and_chances():
    line, *chances = said("logistic_regression").splitlines()[1:]
    assert numbers(line) == [15.0429, -0.2322]  # as R's glm gives them
    for chance in chances:
        temperature = float(chance.split()[0])
        assert numbers(chance)[0] == pytest.approx(
            100 / (1 + np.exp(-(15.04290165 - 0.23216274 * temperature))), abs=0.01
        )
    assert len(chances) == 5 and 31.0 not in [x for (x,) in o_rings().x]


def test_moons_end_with_every_point_on_its_own_side_of_the_boundary():
    *steps, last = [line for line in said("moons").splitlines() if line.startswith("step")]
    assert [re.search(r"(\d+) of 100", line)[1] for line in steps] == ["63", "97", "99"]
    assert "100 of 100" in last
    picture = said("moons").splitlines()[4:]
    assert len(picture) == 16 and {*"".join(picture)} == set("ox: ")


def test_moons_are_drawn_where_matplotlib_is_installed(tmp_path):
    pytest.importorskip("matplotlib", reason="needs matplotlib; without it the example draws in text")
    run(FOLDER / "moons.py", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["moons.png"]
    sizes = [path.read_bytes()[16:24] for path in (tmp_path / "moons.png", FOLDER / "moons.png")]
    assert sizes[0] == sizes[1]  # width and height stand there in every PNG


def test_moons_need_no_matplotlib(tmp_path):
    script = "import runpy, sys; sys.modules['matplotlib'] = None; runpy.run_path(sys.argv[1], run_name='__main__')"
    assert run(FOLDER, tmp_path, "-c", script, str(FOLDER / "moons.py")) == said("moons")
    assert not list(tmp_path.iterdir())


def test_the_character_model_learned_and_makes_names_up():
    first, *names = said("character_model").splitlines()
    loss, blind = numbers(first)
    assert blind == round(np.log(27), 2)
    letters = [letter for name in elements() for letter in name + "."]
    counts = np.array([letters.count(letter) for letter in set(letters)]) / len(letters)
    assert loss < 0.75 * -(counts * np.log(counts)).sum()  # far better than to know how frequent each letter is
    assert len(names) == 8 and not set(names) & set(elements())
    assert first.startswith(f"{len(letters)} letters")


# --- micrograd's own demo -------------------------------------------------------------------------------------------


def moons_of_micrograds_demo() -> list[tuple[float, float, float]]:
    """make_moons(n_samples=100, noise=0.1) of scikit-learn, as numpy.random.seed(1337) makes it draw."""
    rng = np.random.RandomState(1337)
    angles = np.linspace(0.0, np.pi, 50)
    x, y = np.cos(angles), np.sin(angles)
    points, labels = np.vstack([np.c_[x, y], np.c_[1.0 - x, 0.5 - y]]), np.repeat([-1.0, 1.0], 50)
    order = np.arange(100)
    rng.shuffle(order)
    points = points[order] + rng.normal(scale=0.1, size=(100, 2))
    return [(*point, label) for point, label in zip(points.tolist(), labels[order].tolist(), strict=True)]


def test_these_are_the_points_that_scikit_learn_makes():
    datasets = pytest.importorskip("sklearn.datasets", reason="needs scikit-learn to compare with")
    points, labels = datasets.make_moons(n_samples=100, noise=0.1, random_state=1337)
    rows = np.array(moons_of_micrograds_demo())
    assert np.allclose(rows[:, :2], points, rtol=0.0, atol=1e-15)
    assert (rows[:, 2] == 2 * labels - 1).all()


@pytest.mark.slow  # on the clock, which a run that measures coverage slows down
def test_micrograds_demo_compiled_gives_its_losses_and_every_point_right_in_under_2_seconds():
    rows = moons_of_micrograds_demo()
    random.seed(1337)
    model = MLP(2, [16, 16, 1])
    started = time.process_time()
    loss = compiler.compile(lambda x, y, label: hinge(model([x, y]), label))
    optimizer = SGD(model.parameters(), lr=lambda step: 1.0 - 0.9 * step / 100, weight_decay=2e-4)
    losses = []
    for _ in range(100):
        optimizer.zero_grad()
        penalty = 1e-4 * sum(p.data * p.data for p in optimizer.params)
        losses.append(loss.backward(rows) + penalty)
        optimizer.step()
    seconds = time.process_time() - started
    # What the demo printed where it was published, at its first look.
    assert losses[0] == pytest.approx(0.8958441028683222, rel=1e-12)
    assert losses[-1] == pytest.approx(0.01098, abs=5e-6)  # of a run of it; its last digits differ from run to run
    score = model.floats()
    assert all(score([x, y]) * label > 0 for x, y, label in rows)
    assert seconds < 2.0


# --- 100,000 steps --------------------------------------------------------------------------------------------------


def memory_at(steps: list[int], step) -> list[int]:
    """How many bytes Python holds after so many calls of `step`, without any help of the cyclic collector."""
    held, done = [], 0
    gc.collect()
    gc.disable()
    tracemalloc.start()
    try:
        for upto in steps:
            for _ in range(upto - done):
                step()
            done = upto
            held.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
        gc.enable()
    return held


def eager_step(optimizer, params, rows):
    optimizer.zero_grad()
    mean_squared_error([params[0] + params[1] * x for x, _ in rows], [y for _, y in rows]).backward()
    optimizer.step()


ROWS = [(x, y) for (x,), y in zip(cars().x, cars().y, strict=True)][:3]


def line_and_optimizer(kind):
    params = [Value(0.0), Value(0.0)]
    return params, SGD(params, lr=0.01, momentum=0.5) if kind == "SGD" else Adam(params, lr=0.001)


def step_of(way, params, optimizer):
    program = compiler.compile(lambda x, y: squared_error(params[0] + params[1] * x, y))

    def compiled_step():
        optimizer.zero_grad()
        program.backward(ROWS)
        optimizer.step()

    return compiled_step if way == "compiled" else lambda: eager_step(optimizer, params, ROWS)


@pytest.mark.parametrize("way", ["eager", "compiled"])
def test_memory_is_flat_over_1000_training_steps(way):
    params, optimizer = line_and_optimizer("SGD")
    early, late = memory_at([200, 1200], step_of(way, params, optimizer))
    assert late - early < 5_000  # a graph of these steps that stayed would have 5,000 bytes


@pytest.mark.slow
@pytest.mark.parametrize(("way", "kind"), [("eager", "SGD"), ("compiled", "SGD"), ("compiled", "Adam")])
def test_memory_is_flat_over_30_000_training_steps(way, kind):
    params, optimizer = line_and_optimizer(kind)
    early, late = memory_at([1_000, 30_000], step_of(way, params, optimizer))
    assert late - early < 5_000  # a sixth of a byte for each step


@pytest.mark.slow
def test_minimize_keeps_the_loss_of_each_of_100_000_steps_and_nothing_else():
    params = [Value(0.0), Value(0.0)]
    optimizer = SGD(params, lr=1e-6)  # so slow that it is still going down when its steps are used up
    program = compiler.compile(lambda x, y: squared_error(params[0] + params[1] * x, y))

    def descend():
        return minimize(program, optimizer, rows=ROWS, tol=0.0, max_steps=100_000).history

    kept: list[list[float]] = []
    early, late = memory_at([0, 1], lambda: kept.append(descend()))
    assert len(kept[0]) == 100_001
    assert late - early < 50 * 100_000  # a float and its place in a list are 32 bytes; a graph is a hundred times that


def test_the_watch_on_memory_notices_graphs_that_are_kept():
    w, kept = Value(0.0), []
    early, late = memory_at([10, 110], lambda: kept.append(squared_error(w, 1.0)))
    assert late - early > 10_000
