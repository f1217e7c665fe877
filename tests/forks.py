"""Whether a forked process can use what other threads were at work on: `python tests/forks.py COUNT SEED`.

One thread traces functions of a Program, another walks through graphs, without end. At a random moment a third forks.
The new process calls the same Program, with new and old structures, walks through the same graphs, and has 20 seconds
for it. Run as a script, it does so COUNT times and prints how many were right.
"""

import argparse
import os
import random
import signal
import sys
import threading
import time
import warnings
from collections import Counter

from minigrad import Value
from minigrad.compiler import compile
from minigrad.functions import exp, mean
from minigrad.machinery.recorder import LIVE


class Work:
    """A Program that is always being traced, and a graph that is always being walked; both know one parameter."""

    def __init__(self):
        self.w = Value(2.0)
        self.program = compile(self.f)
        self.known = 1
        self.program([1.0])
        self.shared = exp(mean([self.w * x for x in (0.1, 0.2, 0.3)] * 100))

    def f(self, xs):
        time.sleep(0.0005)  # another thread gets its turn here
        return mean([self.w * x if x > 0 else x for x in xs])

    def trace(self):
        for n in range(2, 250):
            self.program([1.0] * n)
            self.known = n

    def walk(self):
        while True:
            mean([exp(self.shared * x) for x in (1.0, 2.0)]).backward()

    def faults(self):
        """What is wrong with it in this process."""
        self.w.grad = 0.0
        found = [
            self.program.value([float(i) - 1.0] * n) for i in range(4) for n in (1, self.known, self.known + 1, 300)
        ]
        right = [2.0 * (i - 1) if i > 1 else i - 1 for i in range(4) for _ in range(4)]
        problems = [] if all(abs(x - y) < 1e-9 for x, y in zip(found, right, strict=True)) else [f"{found}"]
        (self.shared * 2.0).backward()
        before, self.w.grad = self.w.grad, 0.0
        self.shared.backward()
        if before != 2.0 * self.w.grad:
            problems.append(f"gradients {before} and {self.w.grad}")
        if LIVE:
            problems.append("a trace is left open")
        return problems


def fork(work):
    """What a forked process says of it: `right`, what is wrong, or that it hung."""
    reading, writing = os.pipe()
    if not (child := os.fork()):
        signal.alarm(20)
        try:
            text = "; ".join(work.faults()) or "right"
        except BaseException as error:
            text = f"raised {error!r:.200}"
        os.write(writing, text.encode())
        os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    with open(reading, encoding="utf-8") as told:
        return told.read() or "hung"


def count_forks(count, seed):
    """How often which answer came."""
    rng, found = random.Random(seed), Counter()
    for _ in range(count):
        work = Work()
        for run in (work.trace, work.walk):
            threading.Thread(target=run, daemon=True).start()
        time.sleep(rng.uniform(0.0, 0.05))
        found[fork(work)] += 1
        work.walk = None
        work.shared = None  # which ends the thread
    return found


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("count", type=int)
    parser.add_argument("seed", type=int)
    given = parser.parse_args(arguments)
    warnings.filterwarnings("ignore", ".*multi-threaded.*fork", DeprecationWarning)
    threading.excepthook = lambda _: None
    found = count_forks(given.count, given.seed)
    sys.stdout.write("".join([f"{n:>5} {answer}\n" for answer, n in found.most_common()]))
    return int({*found} != {"right"})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
