"""Random programs by the million: `python tests/million.py [COUNT] [SEED]`, a table at the end, 1 if a claim fails.

Each program is straight-line Python over every function of the library (`minigrad.testing.TEMPLATES`), and is held
against itself, run in another way:

- compiled, its value and its gradient have the bits of the eager ones;
- so has the value and the gradient of its gradient's sum, in every fourth program: a derivative of a derivative;
- over columns (where NumPy is installed) every fourth program gives at each row what it gives alone, to 1e-12 of the
  largest number on the way times the condition of the program;
- PyTorch in float64 (where it is installed) has the same value and gradient to 1e-12 of the largest number on the way.
  Where the two are further apart, mpmath decides at 50 digits, whether ours is off.

Every fiftieth is a function with control flow instead, called in all the ways of `soundness.py`.
"""

import argparse
import math
import random
import sys
import time
from collections import Counter

import soundness
import test_programs

from minigrad import Value, compile, functions, value_and_grad
from minigrad.machinery.order import topological_order
from minigrad.testing import TEMPLATES
from minigrad.testing.random_functions import write
from minigrad.testing.random_programs import _function_of, _Writer

CHOICES = [(template, _function_of(template, vars(functions))) for template in TEMPLATES]
ULP = 2.0**-52
EMULATED = {"cbrt", "fma", "sumprod", "fsum", "gamma", "remainder"}  # PyTorch has no such function, or not to the end


def program_of(seed):
    """A random program of up to 24 lines, which depends on its inputs."""
    rng = random.Random(seed)
    while True:
        point = [rng.randint(-300, 300) / 100 for _ in range(rng.randint(1, 3))]
        constants = [rng.randint(-300, 300) / 100 for _ in range(rng.randint(0, 3))]
        lines = [rng.randrange(16**4 * len(CHOICES)) for _ in range(rng.randint(1, 24))]
        program = _Writer(CHOICES, kinks=False).write(point, constants, lines, 1)
        if program and program.names:
            return program


def function_of(program, table=None):
    """The program as one function, which is looked up once."""
    scope = {**vars(functions), **(table or {})}
    exec(program._code, scope)
    return scope["program"]


def eager(f, point):
    """Value and gradient by `backward`, and the largest number on the way, gradients included."""
    leaves = [Value(x) for x in point]
    y = f(*leaves)
    y.backward()
    order = topological_order(y)
    largest = max([1.0, *[abs(node.data) for node in order], *[abs(node.grad) for node in order]])
    return [y.data, *[leaf.grad for leaf in leaves]], largest


def bits(numbers):
    return [x.hex() if x else "0" for x in numbers]  # a gradient of -0.0 is one of 0.0


def compiled(f, point):
    value, gradient = compile(value_and_grad(f, argnums=tuple(range(len(point)))))(*point)
    return [value, *gradient]


def nested(f, n):
    """The sum of the partial derivatives of `f`, whose own derivative is one of second order."""
    gradient = value_and_grad(f, argnums=tuple(range(n)))
    return lambda *xs: functions.sum(gradient(*xs)[1])


def check_bits(name, f, point, tally):
    """Eager and compiled agree bit for bit, wherever they are finite."""
    try:
        right, largest = eager(f, point)
    except (ArithmeticError, ValueError) as error:  # a derivative may overflow where the function does not
        tally[f"{name}: an error of its own"] += 1
        return None if compiled_fails(f, point, type(error)) else f"{name}: no {error!r} from compiled code"
    got = compiled(f, point)
    tally[name] += 1
    if all(map(math.isfinite, right)) and bits(got) != bits(right):
        return f"{name}: {got} where {right} is right"
    return (right, largest)


def compiled_fails(f, point, kind):
    try:
        compiled(f, point)
    except kind:
        return True
    return False


def check_columns(program, f, tally, numpy):
    """Over columns the program gives at each row what it gives there alone."""
    rng = random.Random(len(program.source))
    rows = [[x * (1.0 + 1e-3 * rng.random()) for x in program.point] for _ in range(8)]
    rows = [row for row in rows if defined(f, row)] or [program.point]
    over = compile(f, xp=numpy)
    got = over(*[numpy.array(column) for column in zip(*rows, strict=True)])
    tally["columns"] += 1
    for row, number in zip(rows, got, strict=True):
        (right, *gradient), largest = eager(f, row)
        allowed = 1e-12 * largest + 8 * ULP * sum(abs(g * x) for g, x in zip(gradient, row, strict=True))
        if abs(number - right) > allowed and not near_a_kink(program, row):
            return f"columns: {number!r} where {right!r} is right at {row}"
    return None


def defined(f, row):
    """Whether the program has a value at this row, and derivatives."""
    try:
        return all(map(math.isfinite, eager(f, row)[0]))
    except (ArithmeticError, ValueError):
        return False


def near_a_kink(program, row):
    """Whether a hair's breadth to the side the program is on another path: a guard near a tie."""
    f = function_of(program)
    here, there = f(*row), f(*[x * (1.0 + 1e-13) for x in row])
    return abs(here - there) > 1e-9 * max(1.0, abs(here))


def check_torch(program, right, largest, tally):
    """PyTorch's value and gradient; where they differ, mpmath's decide."""
    if any(f"{name}(" in program.source for name in EMULATED):
        tally["not in PyTorch"] += 1
        return None
    value, gradient = test_programs.by_torch(program)
    tally["PyTorch"] += 1
    theirs = [float(value), *map(float, gradient)]
    if all(abs(a - b) <= 1e-12 * largest for a, b in zip(right, theirs, strict=True)):
        return None
    tally["PyTorch, decided by mpmath"] += 1
    value, gradient = test_programs.by_mpmath(program)
    truth = [float(value), *map(float, gradient)]
    off = max(abs(a - b) for a, b in zip(right, truth, strict=True))
    theirs_off = max(abs(a - b) for a, b in zip(theirs, truth, strict=True))
    if off > 1e-12 * largest and off > 2.0 * theirs_off and off > 4.0 * moved(program, right):
        return f"PyTorch: {right} is off by {off:.1e} of {largest:.1e}, {theirs} by {theirs_off:.1e}"
    return None


def moved(program, right):
    """How far value and gradient move if each input moves by one unit in the last place: its condition."""
    there, _ = eager(function_of(program), [math.nextafter(x, math.inf) for x in program.point])
    return max(abs(a - b) for a, b in zip(right, there, strict=True))


def check(k, seed, tally, numpy):
    """The first fault of program k, as text, with the program; or None."""
    if k % 50 == 49:
        branching = write(random.Random(f"{seed} {k}").randrange, [])
        tally["with control flow"] += 1
        found = soundness.faults(branching, Counter())
        return f"{branching}\n" + "\n".join(found[:3]) if found else None
    program = program_of(f"{seed} {k}")
    f, n = function_of(program), len(program.point)
    found = check_bits("straight-line", f, program.point, tally)
    if isinstance(found, str):
        return f"{program!r}\n{found}"
    fault = None
    if k % 4 == 0:
        again = check_bits("derivative of a derivative", nested(f, n), program.point, tally)
        fault = again if isinstance(again, str) else None
    if k % 4 == 1 and numpy is not None and found:
        fault = fault or check_columns(program, f, tally, numpy)
    if found and test_programs.torch is not None:
        fault = fault or check_torch(program, *found, tally)
    return f"{program!r}\n{fault}" if fault else None


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("count", type=int, nargs="?", default=1000)
    parser.add_argument("seed", type=int, nargs="?", default=0)
    parser.add_argument("--from", type=int, default=0, dest="first", help="the number of the first program")
    args = parser.parse_args()
    numpy = numpy_of()
    tally, wrong, start = Counter(), 0, time.process_time()
    for k in range(args.first, args.first + args.count):
        if fault := check(k, args.seed, tally, numpy):
            wrong += 1
            print(f"--- program {k}\n{fault}", flush=True)
            if wrong == 10:
                break
    print(f"{k + 1 - args.first:,} programs in {time.process_time() - start:.0f} s of CPU: {wrong} wrong")
    for kind, number in tally.items():
        print(f"    {kind:40} {number:10,}")
    sys.exit(wrong > 0)


def numpy_of():
    """NumPy, if it is installed and `compile` takes it."""
    import inspect

    try:
        import numpy
    except ImportError:
        return None
    return numpy if "xp" in inspect.signature(compile).parameters else None


if __name__ == "__main__":
    main()
