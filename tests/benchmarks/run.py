"""The benchmarks: `python tests/benchmarks/run.py` measures every row, prints the table and writes docs/benchmarks.md.

`--quick` takes under a minute and writes nothing. With names it runs only these rows: tiny small moons gpt line curve
process import memory scale fit columns. `--output PATH` writes elsewhere.
"""

import argparse
import os
import sys
import time
from pathlib import Path

# One thread for BLAS, as for PyTorch: none of these jobs is large enough to share, and threads that wait cost more.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

if __package__ in (None, ""):  # started as a script, so its own folder is on the path where the one above it should be
    sys.path[0] = str(Path(__file__).resolve().parents[1])
    sys.path.insert(1, str(Path(__file__).resolve().parents[2]))

from benchmarks import columns, curve, fit, gpt, graphs, line, memory, moons, page, processes, scale
from benchmarks.processes import ROOT

PAGE = ROOT / "docs" / "benchmarks.md"


def plan(quick):
    """For each name: a function that gives its rows, how many rounds, and seconds for each contender in a round.

    Whole processes come first, while this one is small and no library runs threads in it.
    """
    fewest, few, many = (2, 2, 7) if quick else (7, 9, 25)
    return {
        "process": (lambda: [processes.process()], fewest, 0.0),
        "import": (lambda: [processes.importing()], fewest, 0.0),
        "memory": (lambda: [memory.step_memory(), memory.node_memory(10**5 if quick else 10**6)], 1, 0.0),
        "fit": (lambda: _fit(quick), 2 if quick else 3, 0.0),
        "scale": (lambda: _scale(quick), few, 0.02),
        "tiny": (lambda: [graphs.tiny()], many, 0.02),
        "small": (lambda: [graphs.small()], many, 0.02),
        "moons": (lambda: [moons.moons(quick=quick)], few, 0.02),
        "gpt": (lambda: [gpt.gpt()], few, 0.02),
        "curve": (lambda: [curve.curve(["Misra1a"] if quick else None)] if curve.SETS else [], few, 0.02),
        "line": (lambda: [line.line(), line.line(10**4 if quick else 10**5)], few, 0.02),
        "columns": (lambda: _columns(quick), few, 0.02),
    }


def _fit(quick):
    rows = {}
    for count in (10**3, 10**4) if quick else (10**3, 10**4, 10**5, 10**6):
        rows[count] = fit.fit(count)
        yield rows[count]
    if not quick:
        yield fit.growth(rows)
    yield from fit.valleys()
    yield fit.memory(10**4 if quick else 10**6)


def _columns(quick):
    for count in (10**2, 10**3) if quick else (10**2, 10**3, 10**4, 10**5):
        yield columns.columns(count, quick=quick)
    yield columns.step_memory(10**3 if quick else 10**5)


def _scale(quick):
    largest, compiled = (10**4, 10**3) if quick else (10**7, 10**5)
    return [*scale.eager(largest, repeats=3), *scale.compiling(compiled)]


def main():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", nargs="*", metavar="ROW", help="the rows to run (all)")
    parser.add_argument("--quick", action="store_true", help="fewer rounds, smaller sizes; writes no page by itself")
    parser.add_argument("--output", metavar="PATH", type=Path, help="where to write the page")
    options = parser.parse_args()
    rows = plan(options.quick)
    if unknown := set(options.rows) - rows.keys():
        parser.error(f"expected rows among {', '.join(rows)}, got {', '.join(sorted(unknown))}")
    load = f"The load of the machine was {os.getloadavg()[0]:.1f} before the first row."
    finished = []
    for name, (build, rounds, seconds) in rows.items():
        if not options.rows or name in options.rows:
            start = time.perf_counter()
            for row in build():
                row.check()
                row.measure(rounds, seconds)
                print("\n".join(page.table(row)), "\n", flush=True)
                finished.append(row)
            print(f"({name}: {time.perf_counter() - start:.0f} s)\n", file=sys.stderr)
    text = page.whole(finished, load)
    print("\n".join(page.marks(finished)), page.machine(), load, sep="\n\n")
    output = options.output or (None if options.quick or options.rows else PAGE)
    if output:
        output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
