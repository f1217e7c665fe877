"""Write `library.js` anew, all that the playground knows of minigrad: `python docs/playground`.

The functions are the library's compiled programs, the numbers and words come from its real runs. Nothing in that file
is written by hand, and a test regenerates it to compare.
"""

from __future__ import annotations

import ast
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

FOLDER = Path(__file__).resolve().parent
sys.path[:0] = [str(FOLDER.parent.parent), str(FOLDER)]  # the minigrad beside these pages, and the file beside this one

from javascript import expression, javascript  # noqa: E402

from minigrad import Result, Value, compile, grad, minimize  # noqa: A004, E402 - its name
from minigrad.datasets import cars, crickets  # noqa: E402
from minigrad.draw.formats import operands, written  # noqa: E402
from minigrad.losses import mean_squared_error, squared_error  # noqa: E402
from minigrad.machinery.order import topological_order  # noqa: E402
from minigrad.optim import SGD  # noqa: E402

if TYPE_CHECKING:
    from minigrad.datasets import Dataset

Rows = list[tuple[float, float]]

# What the page offers to try, all on the seven cars from b = w1 = 0.
EXPERIMENTS: dict[str, dict[str, Any]] = {
    "long": {"lr": 0.1, "max_steps": 20},
    "short": {"lr": 0.000011, "tol": 1e-4},
    "zero": {"lr": 0.01, "max_steps": 5},
    "right": {"lr": 0.05, "tol": 1e-6},
    "momentum": {"lr": 0.05, "momentum": 0.9, "tol": 1e-6},
}

# One run for each sentence of the library that a run on this page can end in.
SENTENCES: dict[str, dict[str, Any]] = {
    "diverged": {"lr": 0.1, "max_steps": 20},
    "bounces": {"lr": 0.069, "max_steps": 4},
    "changing": {"lr": 0.001, "max_steps": 3},
    "short": {"lr": 0.000011, "tol": 1e-4},
    "narrow": {"lr": 0.03, "tol": 1e-3},
    "left": {"lr": 1e-5, "momentum": 0.99, "tol": 1e-3},
}


def rows_of(data: Dataset) -> Rows:
    """The table as pairs of x1 and y."""
    return [(x, y) for (x,), y in zip(data.x, data.y, strict=True)]


def descend(rows: Rows, lr: float, momentum: float = 0.0, **options: Any) -> Result:
    """What `minimize` says of a line through these rows, from b = w1 = 0."""
    b, w1 = Value(0.0), Value(0.0)

    def loss() -> Any:
        return mean_squared_error([b + w1 * x1 for x1, _ in rows], [y for _, y in rows])

    return minimize(loss, SGD([b, w1], lr=lr, momentum=momentum), **options)


def forgetful(rows: Rows, lr: float, max_steps: int) -> list[float]:
    """The losses of a loop that forgets `zero_grad`, as on page 5 of the tutorial."""
    b, w1 = Value(0.0), Value(0.0)
    sgd = SGD([b, w1], lr=lr)
    losses = []
    for _ in range(max_steps + 1):
        loss = mean_squared_error([b + w1 * x1 for x1, _ in rows], [y for _, y in rows])
        losses.append(loss.data)
        loss.backward()
        sgd.step()
    return losses


# --- The program ----------------------------------------------------------------------------------------------------


def loss_and_gradient(rows: Rows) -> str:
    """The loop that `compile` writes for the mean squared error of a line over rows."""
    b, w1 = Value(0.0), Value(0.0)

    def line(x1: float, y: float) -> Any:
        return squared_error(b + w1 * x1, y)

    program = compile(line)
    program.backward(rows)
    loop = next(node for node in ast.parse(program.source).body if "backward" in getattr(node, "name", ""))
    return javascript(ast.unparse(loop))


# --- The stepper ----------------------------------------------------------------------------------------------------


def story() -> list[str]:
    """One car's squared miss, operation by operation: name, formula, and each use of an operand with its derivative."""
    b, w1 = Value(1.0, label="b"), Value(2.0, label="w1")
    x1, y = 3.0, 30.0
    columns = {"3": "x1", "30": "y"}  # plain numbers have no label: they are known by what they are
    names = {b: "b", w1: "w1"}
    nodes = [node for node in topological_order(squared_error(b + w1 * x1, y)) if node.op is not None]
    lines = []
    for i, node in enumerate(nodes, start=1):
        assert node.op is not None
        names[node] = "loss" if node is nodes[-1] else f"v{i}"
        texts = [columns.get(text, text) for text in operands(node, names.__getitem__)]
        formula = written(node.op, texts)
        uses = [
            f'["{name}", (v) => {_local(formula, name)}]'
            for name in dict.fromkeys([text for text in texts if text in names.values()])
        ]
        lines.append(f'["{names[node]}", "{formula}", (v) => {_of_v(formula)}, [{", ".join(uses)}]]')
    return lines


def _local(formula: str, name: str) -> str:
    """The local derivative of a formula by one of its names, as `compile(grad(...))` writes it."""
    arguments = sorted({node.id for node in ast.walk(ast.parse(formula)) if isinstance(node, ast.Name)})
    scope: dict[str, Any] = {}
    exec(f"def f({', '.join(arguments)}): return {formula}", scope)
    program = compile(grad(scope["f"], argnums=arguments.index(name)))
    program(*[2.0 + i for i in range(len(arguments))])
    body = ast.parse(program.source).body[0]
    assert isinstance(body, ast.FunctionDef)
    assert isinstance(body.body[0], ast.Return)
    assert body.body[0].value
    return _of_v(ast.unparse(body.body[0].value))


def _of_v(formula: str) -> str:
    """A formula whose names are looked up in `v`."""
    return re.sub(r"\b([a-z]\w*)", r"v.\1", expression(ast.parse(formula, mode="eval").body))


# --- The library's words --------------------------------------------------------------------------------------------


def sentences(rows: Rows) -> dict[str, str]:
    """What the library says, with {names} where the numbers of a run stand: by case, its first line as "head"."""
    said: dict[str, str] = {}
    for name, options in SENTENCES.items():
        head, *advice = _with_gaps(descend(rows, **options), options["lr"])
        if advice[0].startswith("The bottom lies"):
            said["to_go"] = advice.pop(0)
        if name == "diverged":
            said["restored"] = advice.pop()
        rest = re.search(r"; the largest stable learning rate here is {limit}; try lr = {half}\.", "\n".join(advice))
        if rest:
            said["rest"] = rest[0]
        said |= {"head": head, name: "\n".join(advice).replace(said["rest"], "{rest}")}
    return said


def _with_gaps(result: Result, lr: float) -> list[str]:
    head, _, advice = str(result).partition("\n")
    gaps = "{reason} after {steps}: loss {start} -> {loss}, gradient norm {norm}"
    assert re.fullmatch(re.sub(r"\\{\w+\\}", ".+", re.escape(gaps)), head), head
    advice = advice.replace(f"lr = {lr:g} ", "lr = {lr} ")
    advice = re.sub(r"(learning rate here is )[\d.e-]*\d", r"\1{limit}", advice)
    advice = re.sub(r"(try lr = )[\d.e-]*\d", r"\1{half}", advice)
    advice = re.sub(r"(lies about )[\d.e-]*\d", r"\1{to_go}", advice)
    advice = re.sub(r"(lower at step )\d+", r"\1{best}", advice)
    left = re.findall(r"\d+", advice)
    if left:
        raise ValueError(f"expected a sentence whose numbers are all known, got {left} in {advice!r}")
    return [gaps, *advice.splitlines()]


def accumulating() -> str:
    """What the library says to those who forget `zero_grad`."""
    words = re.search(r"Leaves, such as .*?resets them\.", Value.backward.__doc__ or "", re.DOTALL)
    if words is None:
        raise ValueError("expected Value.backward to say that leaves accumulate, got other words")
    return re.sub(r"\s+", " ", words[0])


def facts(rows: Rows) -> dict[str, Any]:
    """The numbers that the page's own words speak of."""
    ends = {name: descend(rows, **options) for name, options in EXPERIMENTS.items() if name != "zero"}
    return {
        "lowest": f"{ends['right'].loss:.3f}",
        "short": f"{ends['short'].loss:.2f}",
        "right": ends["right"].steps,
        "momentum": ends["momentum"].steps,
        "zero": ", ".join([f"{loss:.2f}" for loss in forgetful(rows, **EXPERIMENTS["zero"])]),
    }


def library() -> str:
    """The text of `library.js`."""
    rows = rows_of(cars())
    tables = {
        name: [[int(x) if x.is_integer() else x for x in row] for row in table]  # one kind of number in JavaScript
        for name, table in (("cars", rows), ("crickets", rows_of(crickets())))
    }
    return "\n".join(
        [
            "// Written by `python docs/playground` from minigrad's compiled programs and real runs: do not edit.",
            loss_and_gradient(rows),
            "export const STORY = [",
            *[f"  {line}," for line in story()],
            "];",
            *[
                f"export const {name} = {json.dumps(value, separators=(',', ':'))};"
                for name, value in (
                    ("TABLES", tables),
                    ("EXPERIMENTS", EXPERIMENTS),
                    ("SENTENCES", sentences(rows) | {"zero": accumulating()}),
                    ("FACTS", facts(rows)),
                )
            ],
            "",
        ]
    )


if __name__ == "__main__":
    (FOLDER / "library.js").write_text(library(), encoding="utf-8", newline="\n")
