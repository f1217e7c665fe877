"""The rows `memory`: the most memory that a process of its own holds while it does one job.

`python -m benchmarks.memory NAME` is such a process; the interpreter and the libraries it imports count too.
"""

import sys

from . import moons
from .harness import Contender, Row
from .processes import peak, require

STEPS = {
    moons.CHANGED: ("minigrad", lambda points: moons.on_scalars(_value("minigrad"), points)),
    moons.MLP: ("minigrad", moons.with_mlp),
    moons.COMPILED: ("minigrad", moons.compiled),
    moons.MICROGRAD: ("micrograd", lambda points: moons.on_scalars(_value("micrograd.engine"), points)),
    moons.TORCH: ("torch", moons.on_tensors),
    moons.JAX: ("jax", moons.with_jax),
}


def _value(module):
    return __import__(module, fromlist=["Value"]).Value


def step_memory(count=100):
    """The row of one training step on so many points."""
    row = Row("memory, moons", f"one training step of moons, {count} points", moons.CHANGED, quantity="B")

    @row.add("a bare interpreter")
    def _():
        return Contender(lambda: peak("-c", "pass"))

    for name, (module, _) in STEPS.items():

        @row.add(name)
        def _(name=name, module=module):
            require(module)
            return Contender(lambda: peak("-m", "benchmarks.memory", name, str(count)))

    return row


def node_memory(count=10**6):
    """The row of one graph of so many operations, forward and backward."""
    row = Row("memory, nodes", f"forward and backward of a graph of {count:,} operations", "minigrad", quantity="B")
    for name, module in [("minigrad", "minigrad"), ("textbook tape", None), ("micrograd", "micrograd")]:

        @row.add(name)
        def _(name=name, module=module):
            require(*[module] if module else [])
            return Contender(lambda: peak("-m", "benchmarks.scale", name, str(count)))

    return row


if __name__ == "__main__":
    STEPS[sys.argv[1]][1](moons.two_moons(int(sys.argv[2]))).run()
