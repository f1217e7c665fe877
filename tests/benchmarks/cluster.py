"""Rows elsewhere, measured: `python tests/benchmarks/cluster.py [ROWS] [--csv FOLDER]` (the extra `cluster`).

A line with three features over ROWS rows in 20 pieces: the time of a step with 1 and 2 workers of a LocalCluster and in
one process over columns, what a piece costs beside its rows, and the bytes that travel. With `--csv` the table is
written there as 20 files first, and the whole fit from files to parameters is timed beside `dask.dataframe`'s own mean
of the same files. Where dask-ml is installed its linear regression is fitted to the same pieces, by each of its
solvers, beside `minimize` and `least_squares`.
"""

import argparse
import pickle
import statistics
import sys
import time
from functools import partial
from importlib.util import find_spec
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from minigrad import Value, compile, least_squares, minimize
from minigrad.optim import SGD
from minigrad.train.pieces import OverPieces
from minigrad.train.sent import Sent, asked, sums_in

PIECES, NAMES = 20, ["x1", "x2", "x3", "y"]
TRUTH = [1.0, 1.0, 2.0, 3.0]  # b, w1, w2, w3


class Line:
    """y = b + w1 * x1 + w2 * x2 + w3 * x3."""

    def __init__(self):
        self.parameters = [Value(0.0, label=name) for name in ("b", "w1", "w2", "w3")]

    def error(self, x1, x2, x3, y):
        b, w1, w2, w3 = self.parameters
        return b + w1 * x1 + w2 * x2 + w3 * x3 - y

    def loss(self, x1, x2, x3, y):
        error = self.error(x1, x2, x3, y)
        return error * error


def rows(count, seed):
    import numpy as np

    rng = np.random.default_rng(seed)
    x = rng.normal(size=(count, 3))
    return np.column_stack([x, x @ TRUTH[1:] + TRUTH[0] + 0.1 * rng.normal(size=count)])


def table(count):
    """The rows as a Dask array, each piece made where it is to lie."""
    import dask.array

    size = count // PIECES
    make = dask.delayed(rows)
    pieces = [dask.array.from_delayed(make(size, i), (size, 4), dtype=float) for i in range(PIECES)]
    return dask.array.concatenate(pieces)


def median(run, repeats=7):
    run()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def on_wire():
    """What is sent to each piece once and in each step, and what comes back, in bytes."""
    import numpy as np

    line = Line()
    program = compile(line.loss, xp=np)
    OverPieces(program, table(PIECES * 4)).backward()
    numbers = [p.data for p in line.parameters]
    answer = asked(sums_in, Sent(program), rows(10, 0), numbers)
    once, each, back = (len(pickle.dumps(x)) for x in (Sent(program), numbers, answer))
    print(f"program {once} bytes once; {each} bytes of parameters to a piece and {back} back in each step")


def cluster(workers):
    from distributed import LocalCluster

    return LocalCluster(workers, threads_per_worker=1, dashboard_address=None, memory_limit="2GB")


def with_workers(count, workers):
    from distributed import Client, wait

    with cluster(workers) as local, Client(local):
        over = OverPieces(Line().loss, table(count))
        wait([*over.table])
        step = median(over.backward)
        small = OverPieces(Line().loss, table(PIECES))
        piece = median(small.backward) / PIECES
    print(f"{workers} workers: {1e3 * step:.0f} ms a step, {1e3 * piece:.1f} ms a piece without rows to speak of")


def one_process(count):
    import numpy as np

    line = Line()
    over = compile(line.loss, xp=np).over(np.concatenate([rows(count // PIECES, i) for i in range(PIECES)]))
    print(f"one process, columns: {1e3 * median(over.backward, 3):.1f} ms a step")


def beside_dask_ml(count):
    """From the pieces, which lie on two workers already, to parameters: the time, and how far these are from TRUTH."""
    from distributed import Client, wait

    with cluster(2) as local, Client(local):
        pieces = table(count).persist()
        wait(pieces)
        for name, fit in fitters(pieces):
            fit()  # once more, for what is compiled or imported the first time
            start = time.perf_counter()
            found, told = fit()
            seconds = time.perf_counter() - start
            off = max(abs(a - b) for a, b in zip(found, TRUTH, strict=True))
            print(f"{name}: {seconds:.2f} s{told}, no parameter off by more than {off:.1e}")


def fitters(pieces):
    """Each way to fit the line, by name: it gives the parameters, and what there is to tell."""

    def minimized():
        line = Line()
        result = minimize(line.loss, SGD(line.parameters, lr=0.45), rows=pieces)
        return [p.data for p in line.parameters], f" ({result.reason}, {result.steps} steps)"

    def squares():
        line = Line()
        result = least_squares(line.error, line.parameters, rows=pieces)
        return [p.data for p in line.parameters], f" ({result.reason}, {result.steps} steps, with standard errors)"

    def regression(solver):
        from dask_ml.linear_model import LinearRegression

        model = LinearRegression(solver=solver, C=1e12)  # the penalty is 1 / C: none to speak of
        model.fit(pieces[:, :3], pieces[:, 3])
        return [model.intercept_, *model.coef_], ""

    yield "minigrad, minimize", minimized
    yield "minigrad, least_squares", squares
    for solver in ("admm", "lbfgs", "gradient_descent", "newton"):
        yield f"dask-ml, LinearRegression({solver!r})", partial(regression, solver)


def from_files(count, folder):
    import dask.dataframe
    import pandas as pd
    from distributed import Client

    folder.mkdir(parents=True, exist_ok=True)
    for i in range(PIECES):
        frame = pd.DataFrame(rows(count // PIECES, i), columns=NAMES)
        frame.to_csv(folder / f"{i:02}.csv", index=False, float_format="%.6f")
    with cluster(2) as local, Client(local) as client:
        start = time.perf_counter()
        dask.dataframe.read_csv(str(folder / "*.csv")).mean().compute()
        mean = time.perf_counter() - start
        line = Line()
        start = time.perf_counter()
        files = dask.dataframe.read_csv(str(folder / "*.csv"))
        result = minimize(line.loss, SGD(line.parameters, lr=0.45), rows=files)
        fit = time.perf_counter() - start
        peaks = [*client.run(peak).values()]
    print(f"from 20 files: mean {mean:.1f} s, fit {fit:.1f} s ({result.reason}, {result.steps} steps)", end="")
    print(f", peak of a worker {max(peaks) / 1e6:.0f} MB, of this process {peak() / 1e6:.0f} MB")


def peak():
    import resource

    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("rows", type=float, nargs="?", default=1e6)
    parser.add_argument("--csv", type=Path, metavar="FOLDER")
    args = parser.parse_args()
    count = int(args.rows)
    on_wire()
    if args.csv:
        from_files(count, args.csv)
    for workers in (1, 2):
        with_workers(count, workers)
    one_process(count)
    if find_spec("dask_ml"):
        beside_dask_ml(count)


if __name__ == "__main__":
    main()
