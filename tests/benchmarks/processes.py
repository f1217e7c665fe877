"""The rows `process` and `import`: whole programs, from the return key to the answer, watched from outside.

The main job in each library, as the script that one would write: read a table, standardize its feature, descend to the
line, print it.
"""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from .harness import Contender, Mark, Row, difference, ratio

ROOT = Path(__file__).resolve().parents[2]
TABLE = str(ROOT / "minigrad" / "datasets" / "data" / "crickets.csv")

WITH_MINIGRAD = """
import math, sys
from minigrad import Value, mean_squared_error, minimize
from minigrad.datasets import read_csv
from minigrad.optim import SGD

table = read_csv(sys.argv[1])
mean = math.fsum(x for (x,) in table.x) / len(table)
spread = math.dist([x for (x,) in table.x], [mean] * len(table)) / math.sqrt(len(table))
xs = [(x - mean) / spread for (x,) in table.x]
b, w = Value(0.0), Value(0.0)
minimize(lambda: mean_squared_error([w * x + b for x in xs], table.y), SGD([b, w], lr=0.4))
print(b.data - w.data / spread * mean, w.data / spread)
"""

WITH_SKLEARN = """
import sys
import numpy as np
from sklearn.linear_model import SGDRegressor
from sklearn.preprocessing import StandardScaler

table = np.loadtxt(sys.argv[1], delimiter=",", skiprows=1)
scaler = StandardScaler()
found = SGDRegressor(penalty=None, random_state=0).fit(scaler.fit_transform(table[:, :1]), table[:, 1])
w = found.coef_[0] / scaler.scale_[0]
print(found.intercept_[0] - w * scaler.mean_[0], w)
"""

DESCENT = """
last, still = float("inf"), 0
while still < 3:
    loss = step()
    still = still + 1 if abs(loss - last) <= 1e-12 * loss else 0
    last = loss
"""

WITH_TORCH = f"""
import csv, sys
import torch

with open(sys.argv[1], newline="") as file:
    table = torch.tensor([[float(x) for x in row] for row in list(csv.reader(file))[1:]], dtype=torch.float64)
mean, spread = table[:, 0].mean(), table[:, 0].std(correction=0)
xs, ys = (table[:, 0] - mean) / spread, table[:, 1]
b, w = (torch.zeros((), dtype=torch.float64, requires_grad=True) for _ in range(2))
optimizer = torch.optim.SGD([b, w], lr=0.4)

def step():
    optimizer.zero_grad()
    loss = (w * xs + b - ys).square().mean()
    loss.backward()
    optimizer.step()
    return loss.item()
{DESCENT}
print((b - w * mean / spread).item(), (w / spread).item())
"""

WITH_JAX = f"""
import sys
import jax
import numpy as np

jax.config.update("jax_enable_x64", True)
table = np.loadtxt(sys.argv[1], delimiter=",", skiprows=1)
mean, spread = table[:, 0].mean(), table[:, 0].std()
xs, ys = (table[:, 0] - mean) / spread, table[:, 1]
b = w = 0.0

@jax.jit
def moved(b, w):
    loss, (in_b, in_w) = jax.value_and_grad(lambda b, w: ((w * xs + b - ys) ** 2).mean(), argnums=(0, 1))(b, w)
    return loss, b - 0.4 * in_b, w - 0.4 * in_w

def step():
    global b, w
    loss, b, w = moved(b, w)
    return float(loss)
{DESCENT}
print(float(b - w * mean / spread), float(w / spread))
"""


# A process begins as a copy of the one that starts it, and Linux counts that copy's memory as its own. So a bare
# interpreter starts it, which holds next to nothing, and tells at the end what it took.
STARTER = """
import os, sys
pid = os.posix_spawn(sys.executable, [sys.executable, *sys.argv[1:]], os.environ)
_, status, usage = os.wait4(pid, 0)
print(usage.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status))
"""


class Ended(NamedTuple):
    """How a process ended: its output, and its status."""

    output: str
    status: int


def child(*arguments: str) -> Ended:
    """Run Python on `arguments` in a process of its own, and wait for its end."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")])}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # or each would compile again what an installer compiles once
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, env=environment, check=False)
    return Ended(done.stdout if not done.returncode else done.stdout + done.stderr, done.returncode)


def output(*arguments: str) -> str:
    """What such a process prints; RuntimeError if it fails."""
    ended = child(*arguments)
    if ended.status:
        raise RuntimeError(f"a benchmark's process ended with status {ended.status}:\n{ended.output[-2000:]}")
    return ended.output


def peak(*arguments: str) -> int:
    """The most memory that such a process holds, in bytes."""
    last = output("-S", "-c", STARTER, *arguments).split()[-1]
    return int(last) * (1 if sys.platform == "darwin" else 1024)


def require(*modules: str) -> None:
    """ModuleNotFoundError for the first of `modules` that is not installed, without importing any."""
    for name in modules:
        if importlib.util.find_spec(name) is None:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def process() -> Row:
    """The row of whole programs."""
    ours = "minigrad, a script"
    peers = ["scikit-learn", "PyTorch", "JAX"]
    marks = [Mark(f"process, main job, against {peer}", ratio(peer, ours), at_least=10) for peer in peers[:2]]
    row = Row("process", "the main job as a whole process: crickets.csv goes in, the line comes out", ours, marks)

    def program(*arguments, tolerance=1e-9):
        def answer(text):
            return [float(x) for x in text.split()]

        return Contender(lambda: output(*arguments, TABLE), answer, tolerance)

    @row.add(ours)
    def _():
        return program("-c", WITH_MINIGRAD)

    @row.add("minigrad fit --json")
    def _():
        import json

        def answer(text):
            return json.loads(text)["parameters"].values()

        return Contender(lambda: output("-m", "minigrad", "fit", TABLE, "--json"), answer)

    for name, module, script, tolerance in [
        ("scikit-learn", "sklearn", WITH_SKLEARN, 0.01),
        ("PyTorch", "torch", WITH_TORCH, 1e-9),
        ("JAX", "jax", WITH_JAX, 1e-9),
    ]:

        @row.add(name)
        def _(module=module, script=script, tolerance=tolerance):
            require(module)
            return program("-c", script, tolerance=tolerance)

    return row


def importing() -> Row:
    """The row of what `import` alone costs."""
    bare = "a bare interpreter"
    marks = [
        Mark("import minigrad, beyond a bare interpreter", difference("minigrad", bare), at_most=0.012, unit="s"),
    ]
    row = Row("import", "an interpreter that imports one thing and ends", bare, marks)

    def statement(text):
        return Contender(lambda: output("-c", text), lambda _: [])

    @row.add(bare)
    def _():
        return statement("pass")

    for name, module in [
        ("minigrad", "minigrad"),
        ("micrograd", "micrograd.engine"),
        ("NumPy", "numpy"),
        ("scikit-learn, SGDRegressor", "sklearn.linear_model"),
        ("PyTorch", "torch"),
        ("JAX", "jax"),
    ]:

        @row.add(name)
        def _(module=module):
            require(module.partition(".")[0])
            return statement(f"import {module}")

    return row
