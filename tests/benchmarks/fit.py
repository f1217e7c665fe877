"""The rows `fit`: `minigrad fit` as a whole process, from a CSV file to the line, at sizes that tables have.

Against what one would write with pandas and scikit-learn, and with NumPy's least squares; then tables whose features go
together, like those of Credit and of concrete.
"""

import json
import math
import random
import tempfile
from pathlib import Path

from .harness import Contender, Mark, Row, middle, ratio
from .processes import output, peak, require

FIT, WITHOUT = "minigrad fit", "minigrad fit, without NumPy"
SGD, LINEAR, LSTSQ = "scikit-learn, SGDRegressor", "scikit-learn, LinearRegression", "NumPy, lstsq"

WITHOUT_NUMPY = "import sys; sys.modules['numpy'] = None; from minigrad.__main__ import main; sys.exit(main())"

WITH_SGD = """
import sys
import pandas as pd
from sklearn.linear_model import SGDRegressor
from sklearn.preprocessing import StandardScaler

table = pd.read_csv(sys.argv[1]).to_numpy()
scaler = StandardScaler()
found = SGDRegressor(penalty=None, random_state=0).fit(scaler.fit_transform(table[:, :-1]), table[:, -1])
w = found.coef_ / scaler.scale_
print(found.intercept_[0] - w @ scaler.mean_, *w)
"""

WITH_LINEAR = """
import sys
import pandas as pd
from sklearn.linear_model import LinearRegression

table = pd.read_csv(sys.argv[1]).to_numpy()
found = LinearRegression().fit(table[:, :-1], table[:, -1])
print(found.intercept_, *found.coef_)
"""

WITH_LSTSQ = """
import sys
import numpy as np

table = np.loadtxt(sys.argv[1], delimiter=",", skiprows=1)
print(*np.linalg.lstsq(np.column_stack([np.ones(len(table)), table[:, :-1]]), table[:, -1])[0])
"""

FOLDER = tempfile.TemporaryDirectory(prefix="minigrad-benchmarks-")


def table(rows, features=3, common=0.0, scale=1.0):
    """A CSV file of so many rows; features have a share of what all have in common, each `scale` times the last."""
    path = Path(FOLDER.name) / f"{rows}-{features}-{common}-{scale}.csv"
    if not path.exists():
        rng = random.Random(0)
        with path.open("w") as file:
            file.write(",".join([f"x{j}" for j in range(1, features + 1)]) + ",y\n")
            for _ in range(rows):
                one = rng.gauss(0.0, 1.0)
                x = [scale**j * (5.0 + common * one + (1.0 - common) * rng.gauss(0.0, 1.0)) for j in range(features)]
                y = 4.0 + math.fsum([(j + 1.0) * v / scale**j for j, v in enumerate(x)]) + rng.gauss(0.0, 1.0)
                file.write(",".join([f"{v:.6g}" for v in (*x, y)]) + "\n")
    return str(path)


def commands(path):
    """For each contender the modules it needs, and the arguments of Python that run it."""
    return {
        FIT: ((), ["-m", "minigrad", "fit", path, "--json"]),
        WITHOUT: ((), ["-c", WITHOUT_NUMPY, "fit", path, "--json"]),
        SGD: (("sklearn", "pandas"), ["-c", WITH_SGD, path]),
        LINEAR: (("sklearn", "pandas"), ["-c", WITH_LINEAR, path]),
        LSTSQ: (("numpy",), ["-c", WITH_LSTSQ, path]),
    }


def answer(text):
    """The parameters, of a report in JSON or of a line of numbers."""
    return json.loads(text)["parameters"].values() if text.lstrip().startswith("{") else map(float, text.split())


def fit(rows):
    """The row of whole processes, for a table of so many rows and three features."""
    marks = []
    if rows == 10**5:
        marks = [
            Mark("fit, 100,000 rows, against scikit-learn", ratio(FIT, SGD), at_most=1),
            Mark("fit, 100,000 rows, without NumPy, against scikit-learn", ratio(WITHOUT, SGD), at_most=2.5),
        ]
    if rows == 10**6:
        marks = [Mark("fit, 1,000,000 rows, against scikit-learn", ratio(FIT, SGD), at_most=1.5)]
    row = Row(f"fit, {rows:,} rows", "a CSV file of 3 features goes in, the line comes out", FIT, marks)
    for name, (modules, arguments) in commands(table(rows)).items():

        @row.add(name)
        def _(name=name, modules=modules, arguments=arguments):
            require(*modules)
            return Contender(lambda: output(*arguments), answer, tolerance=0.2 if name == SGD else 1e-6)

    return row


def valleys():
    """The rows of tables whose features go together: of condition numbers like those of Credit, and of concrete."""
    for name, size in (("Credit", (400, 3, 0.993, 1.0)), ("concrete", (1000, 8, 0.9, 3.0))):
        marks = [Mark(f"fit, {name}-like, without NumPy", lambda samples: samples[WITHOUT], at_most=0.5, unit="s")]
        rows, features, *_ = size
        row = Row(f"fit, {name}-like", f"{rows:,} rows, {features} features that go together", FIT, marks)
        for each, (modules, arguments) in commands(table(*size)).items():
            if each != SGD:  # which ends anywhere in such a valley

                @row.add(each)
                def _(modules=modules, arguments=arguments):
                    require(*modules)
                    return Contender(lambda: output(*arguments), answer, tolerance=1e-6)

        yield row


def memory(rows=10**6):
    """The row of the most memory that each of these processes holds."""
    marks = [Mark(f"fit, {rows:,} rows, most memory", lambda samples: samples[FIT], at_most=4e8, unit="B")]
    row = Row(f"memory, fit, {rows:,} rows", "a CSV file goes in, the line comes out", FIT, marks, quantity="B")
    for name, (modules, arguments) in commands(table(rows)).items():

        @row.add(name)
        def _(modules=modules, arguments=arguments):
            require(*modules)
            return Contender(lambda: peak(*arguments))

    return row


def growth(rows):
    """The row of seconds per row beyond start-up, from the medians of three rows `fit`, by their numbers of rows."""
    sizes = sorted(rows)
    times = {n: middle(rows[n].samples[FIT])[0] for n in sizes}
    least, few, many = sizes[0], sizes[1], sizes[-1]
    each = {n: (times[n] - times[least]) / (n - least) for n in (few, many)}
    mark = Mark(
        f"fit, time per row beyond start-up, {many:,} over {few:,} rows",
        lambda samples: [samples[f"{many:,} rows"][0] / samples[f"{few:,} rows"][0]],
        at_most=1.5,
    )
    row = Row("fit, growth", f"seconds per row beyond those for {least:,} rows", f"{few:,} rows", [mark])
    row.samples = {f"{n:,} rows": [seconds] for n, seconds in each.items()}
    return row
