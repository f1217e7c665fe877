"""What the rows share: contenders that do the same work, the check that they agree, one clock, and the marks to reach.

A row is a function that returns a `Row`. Its contenders are built one by one, each importing its own library, so that
a library that is not installed is missing from the row and from nothing else.
"""

import gc
import itertools
import math
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import contextmanager
from typing import Any, NamedTuple


class Contender(NamedTuple):
    """One way to do a row's work: `run()` does it, `read(result)` gives the numbers that must agree with all others'.

    `tolerance` is how far off they may be, relative to the largest of them. A time is given for each of its `units`.
    """

    run: Callable[[], Any]
    read: Callable[[Any], Iterable[float]] = list  # [] where there is nothing to compare
    tolerance: float = 1e-9
    units: int = 1


class Mark(NamedTuple):
    """A figure to reach: `figure(samples)` gives one number for each repeat, the median of which is held against it."""

    text: str
    figure: Callable[[dict[str, list[float]]], list[float]]
    at_most: float = math.inf
    at_least: float = 0.0
    cause: str = ""  # what is known about why it is missed, if it is
    unit: str = "x"


def ratio(a: str, b: str) -> Callable[[dict[str, list[float]]], list[float]]:
    """How many times as much `a` takes as `b`, each repeat of one over the repeat of the other that ran beside it."""
    return lambda samples: [x / y for x, y in zip(samples[a], samples[b], strict=True)]


def difference(a: str, b: str) -> Callable[[dict[str, list[float]]], list[float]]:
    """How much more `a` takes than `b`, repeat by repeat."""
    return lambda samples: [x - y for x, y in zip(samples[a], samples[b], strict=True)]


class Row:
    """One row of the benchmarks. `base` is the contender that the others' times are given as multiples of.

    `quantity` is what is measured: a time in "s", or bytes in "B"; then `run()` returns the sample itself. A sample is
    of `runs` runs at least: where garbage that one leaves costs time in the next, whoever made it is to pay for it,
    and it is not to be swept away off the clock, between two samples.
    """

    def __init__(
        self, name: str, title: str, base: str, marks: Iterable[Mark] = (), quantity: str = "s", runs: int = 1
    ) -> None:
        self.name, self.title, self.base, self.marks, self.quantity = name, title, base, list(marks), quantity
        self.runs = runs
        self.contenders: dict[str, Contender] = {}
        self.missing: dict[str, str] = {}
        self.first: dict[str, float] = {}  # seconds that the very first run took, compilers included
        self.samples: dict[str, list[float]] = {}

    def add(self, name: str) -> Callable[[Callable[[], Contender]], None]:
        """Build a contender with the function below this decorator, or note which library is missing."""

        def build(builder: Callable[[], Contender]) -> None:
            try:
                self.contenders[name] = builder()
            except ImportError as error:
                self.missing[name] = f"not measured: {error}"

        return build

    def check(self) -> None:
        """Run every contender once; AssertionError unless all give the numbers that the first one gives."""
        if self.quantity != "s":
            return  # to weigh a job is not to do another: its numbers are checked where it is timed
        expected: list[float] = []
        for name, contender in self.contenders.items():
            start = time.perf_counter()
            result = contender.run()
            self.first[name] = time.perf_counter() - start
            got = [float(x) for x in contender.read(result)]
            expected = expected or got
            scale = max(map(abs, expected), default=0.0)
            assert len(got) == len(expected), f"{self.name}: {name} gives {len(got)} numbers, not {len(expected)}"
            off = max([abs(x - y) for x, y in zip(got, expected, strict=True)], default=0.0)
            assert off <= contender.tolerance * scale, f"{self.name}: {name} is off by {off:g} beside {scale:g}"

    def measure(self, repeats: int, seconds: float) -> None:
        """Fill `samples`: `repeats` rounds, in each of which every contender runs for about `seconds`, in turn."""
        names = list(self.contenders)
        if not names:
            return  # the row came with its samples
        if hasattr(gc, "freeze"):  # PyPy's collector has no such thing
            gc.freeze()  # or the objects of a large library, once imported, would put off the collector for all others
        calls = {name: self._calls(self.contenders[name].run, seconds) for name in names}
        self.samples = {name: [] for name in names}
        for i in range(repeats):
            for name in names[i % len(names) :] + names[: i % len(names)]:  # nobody is always after the same neighbour
                contender = self.contenders[name]
                self.samples[name].append(self._sample(contender.run, calls[name]) / contender.units)
        if hasattr(gc, "unfreeze"):
            gc.unfreeze()

    def _calls(self, run: Callable[[], Any], seconds: float) -> int:
        calls = self.runs
        while self.quantity == "s" and (spent := self._sample(run, calls) * calls) < seconds / 2:
            calls = max(2 * calls, min(100 * calls, int(calls * seconds / max(spent, 1e-9))))
        return calls

    def _sample(self, run: Callable[[], Any], calls: int) -> float:
        gc.collect()
        if self.quantity != "s":
            return run()
        start = time.perf_counter()
        for _ in itertools.repeat(None, calls):
            run()
        return (time.perf_counter() - start) / calls


def pytorch():
    """PyTorch on one thread: none of these jobs is large enough to share, and threads that wait cost more."""
    import torch

    torch.set_num_threads(1)
    return torch


@contextmanager
def deep_recursion():
    """Room for tapes that walk their graph by recursion. (Python's own calls need no C stack, so a limit is enough.)"""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(10**9)
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


def descent(parameters, loss_of, rate) -> Contender:
    """A contender on a scalar tape: forward, backward, and a step against the gradient."""

    def step():
        loss = loss_of()
        for p in parameters:
            p.grad = 0.0
        with deep_recursion():
            loss.backward()
        for p in parameters:
            p.data -= rate * p.grad
        return loss.data

    return Contender(step, lambda loss: [loss, *[p.data for p in parameters]])


def middle(samples: list[float]) -> tuple[float, float, float]:
    """The median and the quartiles on both sides of it."""
    if len(samples) == 1:
        return samples[0], samples[0], samples[0]
    low, median, high = statistics.quantiles(samples, n=4, method="inclusive")
    return median, low, high
