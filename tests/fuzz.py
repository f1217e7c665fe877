"""Coverage-guided fuzzing of all that reads what others wrote: `python tests/fuzz.py TARGET SECONDS SEED`.

Needs `atheris` (`pip install atheris`, where it installs). TARGET is csv, formula, checkpoint, model or program. The
fuzzer changes inputs so that they reach lines no input has reached before. It ends at the first fault, prints the input
and leaves it in the folder `fuzz-TARGET/`, which also keeps the inputs for the next run. A fault is a crash, 20 seconds
without an answer, 2 GB of memory, an error that the docstring does not name, or an answer that breaks its promise.
"""

import builtins
import importlib
import io
import json
import math
import os
import pickle
import random
import sys
import tempfile
import warnings
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = tempfile.mkdtemp(dir="/dev/shm" if os.path.isdir("/dev/shm") else None)
FILE = Path(FOLDER, "input")
COLUMNS = ["t", "y", "mean", "a b"]
POINT = {"t": 0.5, "y": 2.0, "mean": 1.0, "a b": 3.0}

# --- Tables ---------------------------------------------------------------------------------------------------------

TABLES = [
    b"t,y\n1,2\n2,3\n3,5\n",
    b'"t";"y"\r\n1,5;2\r\n2,5;NA\r\n"3";"4"\r\n5;6\r\n',
    b"\xef\xbb\xbfsize place y\n1 sea 2\n2 town 3\n3 sea 4\n4 town 5\n",
    "größe\ty\n1.000,5\t2\n2.000,5\t3\n".encode("cp1252"),
    "x,y\n1,2\n2,3\n".encode("utf-16"),
    b"1,2\n3,4\n5,7\n",
    b'x,y\n"1\n",2\n"a ""b""",3\n#,4\n\n1e3,-5\n',
]
OPTIONS = [{}, {"sep": ","}, {"sep": "space"}, {"decimal": "comma"}, {"header": False}, {"missing": "error"}]


def csv(data):
    """A table, or a ValueError; a table has finite numbers, as many in each row as it has features."""
    options = OPTIONS[data[0] % len(OPTIONS)] if data else {}
    FILE.write_bytes(data[1:])
    try:
        table = read_csv(FILE, **options)
    except ValueError:
        return
    assert all(len(row) == len(table.features) for row in table.x)
    assert all(math.isfinite(x) for row in [*table.x, table.y] for x in row)


# --- Formulas -------------------------------------------------------------------------------------------------------

FORMULAS = [
    "y = a * exp(-k * t) + c",
    "log(y) = b + w * t ** 2 / (1 + t) - -1e3",
    "y = where(t > 0, a, b) + max(a, t, 0) + sum([a, b, t])",
    "y - 1 = mean([a, `a b`]) ** pi % e // 2",
    "y = a if t else b",
    "y = x.real + [1][0] + 'a' + f(x for x in y)",
]


def formula(data):
    """A formula, or a ValueError; it gives a number, or raises what arithmetic raises, and the same with Values."""
    text = data.decode("utf-8", "surrogateescape")
    try:
        read = Formula(text, COLUMNS)
    except ValueError:
        return
    numbers = POINT | dict.fromkeys(read.parameters, 1.5)
    results = []
    for point in (numbers, {name: Value(x) for name, x in numbers.items()}):
        try:
            result = read.right(point)
            results.append(repr(result.data if isinstance(result, Value) else float(result)))
        except (ArithmeticError, ValueError) as error:
            results.append(type(error).__name__)
    assert results[0] == results[1], results


# --- Damage ---------------------------------------------------------------------------------------------------------

TEXTS = ["f", "x):\n    CALLED.append(1)\ndef g(x", "\\", "'\"\n", "lambda", "_run", "add", "mul", "argument", ">", ""]


def changed(x, choose):
    """Plain data with a part here and there put in another's place."""
    kind = choose(40)
    if kind == 0:
        return choose.text()
    if kind == 1:
        return choose.number()
    if kind == 2:
        return None
    if isinstance(x, dict):
        return {choose.text() if choose(40) == 5 else key: changed(part, choose) for key, part in x.items()}
    if isinstance(x, (list, tuple)):
        parts = [changed(part, choose) for part in x]
        if parts and kind == 3:
            parts.append(parts[choose(len(parts))])
        if parts and kind == 4:
            del parts[choose(len(parts))]
        return type(x)(parts)
    return x


class Choose:
    """Numbers below a bound, texts and numbers, out of the fuzzer's bytes; the last in range once these are used up."""

    def __init__(self, data):
        self.provider = atheris.FuzzedDataProvider(data)

    def __call__(self, bound):
        return self.provider.ConsumeIntInRange(0, bound - 1) if self.provider.remaining_bytes() else bound - 1

    def text(self):
        return TEXTS[self(len(TEXTS))] if self(2) else self.provider.ConsumeUnicode(8)

    def number(self):
        return [self.provider.ConsumeFloat, lambda: self.provider.ConsumeIntInRange(-9, 99), lambda: 10**400][self(3)]()


WHOLE = {}


def written(data, examples):
    """What the file holds: `data`; or, if that begins with !, one of the examples whose tree it says how to change.

    Such a file is well-formed and has no checksum, so that all of what is behind these is reached.
    """
    if data[:1] != b"!":
        return data
    if examples not in WHOLE:
        WHOLE[examples] = [json.loads(example) for example in examples()]
    choose = Choose(data[1:])
    tree = WHOLE[examples][choose(len(WHOLE[examples]))]
    tree = changed({key: part for key, part in tree.items() if key != "checksum"}, choose)
    try:
        return json.dumps(tree).encode()
    except (TypeError, ValueError):  # integers of 400 digits
        return data


# --- Checkpoints ----------------------------------------------------------------------------------------------------


def run():
    """What a checkpoint is loaded into."""
    model = MLP(1, [1], rng=random.Random(0))
    return {"model": model, "loose": [Value(1.5), {"b": Value(-0.0)}], "optimizer": Adam(model.parameters(), 0.1)}


def state_of(objects):
    loose = objects["loose"]
    return repr((objects["model"].state_dict(), loose[0].data, loose[1]["b"].data, objects["optimizer"].state_dict()))


def checkpoints():
    save(FILE, **run(), note="é", history=[1.0, math.inf, 10**30])
    whole = FILE.read_bytes()
    save(FILE, loose=[1.0])
    return [whole, FILE.read_bytes(), (whole.rpartition(b',\n "checksum"')[0] or whole[:-3]) + b"\n}\n"]


def checkpoint(data):
    """All of it, or a ValueError or TypeError that changes nothing; what it gave can be saved again."""
    FILE.write_bytes(written(data, checkpoints))
    for objects in ({}, run()):
        before = state_of(objects) if objects else None
        try:
            rest = load(FILE, **objects)
        except (ValueError, TypeError):
            assert not objects or state_of(objects) == before
        else:
            save(FILE, **{name: x for name, x in rest.items() if name.isidentifier()})


# --- Models ---------------------------------------------------------------------------------------------------------


TABLE = Path(FOLDER, "table")


def models():
    TABLE.write_text("t,place\n1,sea\n2,\n")
    levels = {"place": ["hill", "sea"]}
    parameters = {"b": 1.0, "w1": 2.0, "w2": -0.5}
    model = Model(
        "y", ["t", "place[sea]"], parameters, {"b": math.nan, "w1": 1e-3}, levels, {"sep": ",", "header": True}
    )
    save_model(model, FILE)
    whole = FILE.read_bytes()
    return [whole, (whole.rpartition(b',\n "checksum"')[0] or whole[:-3]) + b"\n}\n"]


def model(data):
    """A model, or a ValueError; it predicts as many numbers as there are rows, or raises a ValueError."""
    FILE.write_bytes(written(data, models))
    try:
        found = load_model(FILE)
    except ValueError:
        return
    try:
        answer = found.predict({"t": [1.0, None, 3.0], "place": ["sea", "hill", "sea"]})
        text, without = predicted_csv(found, TABLE)
    except ValueError:
        return
    assert text.count("\n") >= 3 and without <= 2
    assert len(answer) == 3 and all(type(x) is float for x in answer)
    save_model(found, FILE)
    assert load_model(FILE).parameters == found.parameters


# --- Programs -------------------------------------------------------------------------------------------------------

CALLED = []  # what text from a pickle that was run would put something into


def programs():
    """Bytes that say what to change in a description; those without any change."""
    return [b"", b"\x01\x02\x03", bytes(range(64)), bytes(range(255, 0, -5))]


def described():
    w = Value(2.0, label="w")
    program = compile(lambda x, y: [w * x, {"z": x * y}] if x > y else log(x) * w)
    for x in (1.0, 2.0, 3.0):
        program(x, 2.0)
    return program.__reduce__()[1]


DAMAGED = (ArithmeticError, AttributeError, LookupError, RuntimeError, StopIteration, TypeError, ValueError)


def program(data):
    """A program that answers, or an error that says the pickle is damaged; no text of it is ever run."""
    builtins.CALLED = CALLED
    name, doc, learned, jit = DESCRIBED
    try:
        found = _from_pickle(*changed((name, doc, learned), Choose(data)), jit)
    except DAMAGED:
        return
    for call in (lambda: found(1.0, 2.0), lambda: found.value(3.0, 2.0), lambda: found.source, lambda: repr(found)):
        with suppress(*DAMAGED):
            call()
    assert not CALLED
    with suppress(*DAMAGED, pickle.PicklingError):
        pickle.loads(pickle.dumps(found))


# --- The run --------------------------------------------------------------------------------------------------------

TARGETS = {
    "csv": (csv, lambda: [bytes([i]) + table for i in range(len(OPTIONS)) for table in TABLES]),
    "formula": (formula, lambda: [text.encode() for text in FORMULAS]),
    "checkpoint": (checkpoint, lambda: [*checkpoints(), *[b"!" + data for data in programs()]]),
    "model": (model, lambda: [*models(), *[b"!" + data for data in programs()]]),
    "program": (program, programs),
}


def main(name, seconds, seed):
    target, examples = TARGETS[name]
    folder = Path(f"fuzz-{name}")
    folder.mkdir(exist_ok=True)
    for i, example in enumerate(examples()):
        (folder / f"example{i}").write_bytes(example)
    words = folder.with_suffix(".dict")
    words.write_text("".join([f'"{word}"\n' for word in WORDS[name]]))
    options = [f"-max_total_time={seconds}", f"-seed={seed}", "-timeout=20", "-rss_limit_mb=2048", "-max_len=4096"]
    options += [f"-dict={words}", f"-artifact_prefix={folder}/", "-print_final_stats=1", "-verbosity=1"]
    warnings.simplefilter("ignore")
    atheris.Setup([sys.argv[0], *options, str(folder)], lambda data: _quiet(target, data))
    atheris.Fuzz()


WORDS = {
    "csv": [
        "\\x1f\\x8b",
        "NA",
        "1e999",
        "\\xef\\xbb\\xbf",
        "\\xff\\xfe",
        '\\"\\"',
        ";",
        "\\x09",
        "1.000,5",
        "\\x0d\\x0a",
    ],
    "program": ["\\x00\\x00"],
    "formula": ["exp(", "log(", "where(", "sum([", "mean(", " ** ", " // ", " if ", " else ", " == ", "`a b`", "1e999"],
    "checkpoint": ['\\"$float\\"', "1e999", "NaN", "null", "[[", "{}", '\\"checksum\\"', '\\"objects\\"'],
    "model": ["1e999", "null", "[]", "{}", '\\"w1\\"', '\\"levels\\"', '\\"features\\"', "true", '\\"checksum\\"'],
}


def _quiet(target, data):
    before, sys.stderr = sys.stderr, io.StringIO()
    try:
        target(data)
    finally:
        sys.stderr = before


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))

    import atheris

    with atheris.instrument_imports(include=["minigrad"]):
        for file in sorted(ROOT.joinpath("minigrad").rglob("*.py")):  # those that are imported late, too
            if file.stem not in ("__init__", "__main__", "plot") and file.parent.stem != "testing":
                importlib.import_module(".".join(file.relative_to(ROOT).with_suffix("").parts))
        from minigrad import Value, log
        from minigrad.checkpoint import load, save
        from minigrad.compiler import compile
        from minigrad.compiler.program import _from_pickle
        from minigrad.datasets import read_csv
        from minigrad.fit import Model, load_model, save_model
        from minigrad.fit.formula import Formula
        from minigrad.fit.predictions import predicted_csv
        from minigrad.nn import MLP
        from minigrad.optim import Adam

    DESCRIBED = described()
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
