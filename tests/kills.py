"""Whether a checkpoint survives SIGKILL: `python tests/kills.py COUNT SEED`.

A process saves one state after another over the same file. It is killed at a random moment, and the file is loaded: it
has to hold the state that was saved last, or the next, whole. As a script it does so COUNT times and prints a table.
"""

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from minigrad.checkpoint import load, save

NUMBERS = 3000


def state(i):
    return {"round": i, "numbers": [float(i)] * NUMBERS}


def write(path, done):
    """Save the states 1, 2, 3, ... and tell of each when it is saved."""
    i = 0
    while True:
        i += 1
        save(path, **state(i))
        os.write(done, b"%d\n" % i)


def kill_once(path, rng, longest):
    """What the file holds after a kill: `old`, `new` or `neither`; and whether it came while a file was written."""
    save(path, **state(0))
    reading, writing = os.pipe()
    if not (writer := os.fork()):
        os.close(reading)
        try:
            write(path, writing)
        finally:
            os._exit(1)
    os.close(writing)
    time.sleep(rng.uniform(0.0, longest))
    os.kill(writer, signal.SIGKILL)
    os.waitpid(writer, 0)
    with open(reading, "rb") as told:
        last = int((told.read().split() or [0])[-1])
    leftovers = list(Path(path).parent.glob("*.tmp"))
    for leftover in leftovers:
        leftover.unlink()
    try:
        found = load(path)
    except (OSError, ValueError, TypeError) as error:
        return f"neither: {error!r:.200}", leftovers
    if found not in (state(last), state(last + 1)):
        return f"neither: {found!r:.200}", leftovers
    return ("old" if found["round"] == last else "new"), leftovers


def count_kills(count, seed, longest=0.02):
    """How often the file held what, and how many kills came while a file was written."""
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "run.json")
        outcomes = [kill_once(path, rng, longest) for _ in range(count)]
    return Counter([outcome for outcome, _ in outcomes]), sum([bool(leftovers) for _, leftovers in outcomes])


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("count", type=int)
    parser.add_argument("seed", type=int)
    given = parser.parse_args(arguments)
    started = time.perf_counter()
    found, amid = count_kills(given.count, given.seed)
    lines = [f"{outcome:<10} {n:>6}\n" for outcome, n in sorted(found.items())]
    seconds = time.perf_counter() - started
    sys.stdout.write(
        f"{''.join(lines)}{given.count} kills in {seconds:.0f} s, {amid} of them while a file was written\n"
    )
    return int({*found} > {"old", "new"})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
