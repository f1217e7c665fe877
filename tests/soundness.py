"""Whether compiled functions with control flow give what the functions themselves give: `python tests/soundness.py`.

`faults(branching)` calls a random function in every way there is, in several orders, and lists what differs. Run as a
script, it takes a count and a seed, goes through so many functions and prints what came of them.
"""

import argparse
import math
import pickle
import random
import sys
import time
import warnings
from collections import Counter

from minigrad import Value
from minigrad.compiler import compile
from minigrad.engine import gradients
from minigrad.functions import mean
from minigrad.machinery.trees import mapped, numbers_in
from minigrad.testing.random_functions import write
from minigrad.testing.statements import STATEMENTS
from minigrad.transforms import grad

ERRORS = (ArithmeticError, ValueError)


def outcome(run, *args):
    """What a call gives as text, all bits included: a number, numbers, or the type of an error; or that it refuses."""
    try:
        result = run(*args)
    except ERRORS as error:
        return "no parameters" if "to compute with parameters" in str(error) else type(error).__name__
    except TypeError as error:
        return "refused" if "a compiled function cannot" in str(error) or "ambiguous" in str(error) else repr(error)
    except RuntimeError as error:
        text = str(error)
        return "refused" if "at most 64 paths" in text or "before it was pickled" in text else repr(error)
    except Exception as error:  # whatever else is a fault of ours, to be shown beside what is right
        return repr(error)
    return exact(result)


def exact(result):
    """Numbers as text; -0.0 is 0.0, which a gradient may come out as."""
    return repr(mapped(lambda x: number(x) + 0.0, result))


def number(x):
    return x.data if isinstance(x, Value) else float(x)


def close(text, other):
    """Whether two texts of numbers agree to 1e-12 of the largest, or are the same."""
    if text == other:
        return True
    if text.isidentifier() or other.isidentifier():
        return False
    try:
        xs, ys = [numbers_in(eval(t, {"inf": math.inf, "nan": math.nan})) for t in (text, other)]
    except (NameError, SyntaxError):
        return False
    if not all(map(math.isfinite, xs)):
        return True  # where the gradients are infinite, products that associate otherwise may be nan
    scale = max([1.0, *map(abs, xs)])
    return len(xs) == len(ys) and all(abs(x - y) <= 1e-12 * scale for x, y in zip(xs, ys, strict=True))


def alike(right, got):
    """The same for numbers with gradients in parameters, behind which `right` may have some in arguments."""
    if right == got or not (right.startswith("[") and got.startswith("[")):
        return right == got  # errors
    (y, gradient), (_, found) = [eval(t, {"inf": math.inf, "nan": math.nan}) for t in (right, got)]
    return close(repr([y, gradient[: len(found)]]), got)


def finite(text):
    return "inf" not in text and "nan" not in text


class Eager:
    """What the function itself gives: with floats; with Values and their gradients; with floats and parameters."""

    def __init__(self, branching):
        self.on_floats = branching.function(float)
        self.on_values = branching.function(Value)
        self.parameters = [self.on_values.__globals__[name] for name in branching.parameters]

    def number(self, point):
        """What it gives for floats: with Values for parameters, which may not be found where a float would."""
        self.reset()  # the text of a Value shows its gradient
        return outcome(self.on_values, *point)

    def reset(self):
        for p in self.parameters:
            p.grad = 0.0

    def gradients(self, function, point, as_values, in_values=False):
        """The number, and the derivatives in parameters and in arguments that are Values; by `gradients` in Values."""

        def run():
            args = mapped(lambda x: Value(x) if isinstance(x, float) else x, point) if as_values else point
            leaves = [*self.parameters, *[x for x in numbers_in(args) if isinstance(x, Value)]]
            for leaf in leaves:
                leaf.grad = 0.0
            y = function(*args)
            if isinstance(y, Value) and in_values:
                return [y, gradients(y, leaves)]
            if isinstance(y, Value):
                y.backward()
            return [y, [leaf.grad for leaf in leaves]]

        return outcome(run)

    def table(self, backward):
        """What `backward` gives, and the gradient in the parameters that it leaves."""

        def run():
            for p in self.parameters:
                p.grad = 0.0
            return [backward(), [p.grad for p in self.parameters]]

        return outcome(run)


def faults(branching, tally=None):
    """What differs, as lines of text. `tally` counts the calls, by how they ended."""
    eager = Eager(branching)
    found = []
    tally = Counter() if tally is None else tally

    def compare(what, got, *expected, alike=str.__eq__):
        tally["calls"] += 1
        tally["refused"] += got == "refused"
        tally["errors"] += got.isidentifier() and got != "refused"
        if got != "refused" and not any(alike(right, got) for right in expected):
            found.append(f"{what}: {got} where {' or '.join(dict.fromkeys(expected))} is right")

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for order in (branching.points, branching.points[::-1]):
            _calls(branching, eager, order, compare)
            _rows(branching, eager, order, compare)
    return found


def _calls(branching, eager, points, compare):
    plain = compile(branching.function(float))
    program = compile(eager.on_values)
    numbers = getattr(program, "value", program)
    for point in points + points[:2]:
        compare(f"compiled, without parameters, at {point}", outcome(plain, *point), outcome(eager.on_floats, *point))
        right = eager.number(point)
        compare(f".value at {point}", outcome(numbers, *point), right)
    if hasattr(program, "value"):
        fresh = compile(eager.on_values)  # which learns as a node; the first points again, when it has learned all
        for point in points + points[:2]:
            compare_node(eager, fresh, point, compare)
    for loaded, name, right in (
        (plain, "pickled, without parameters,", eager.on_floats),
        (program, "pickled", eager.on_values),
    ):
        try:
            twin = pickle.loads(pickle.dumps(loaded))
        except pickle.PicklingError:  # nothing was learned, as every call failed
            continue
        for point in points:
            got = outcome(getattr(twin, "value", twin), *point)
            failed = got in ("ZeroDivisionError", "OverflowError", "ValueError")  # its `except` stayed behind
            compare(f"{name} at {point}", "refused" if failed else got, outcome(right, *point))
    derivative = grad(branching.function(float))
    compiled = compile(derivative)
    for point in points:
        right = outcome(derivative, *point)
        # Overflow is not noticed in what only the derivative is needed of; and arguments count as Values: of two that
        # tie, each has its half of the gradient.
        if finite(right) and right != "OverflowError":
            tied = outcome(derivative, *[mapped(lambda x: Value(x) if isinstance(x, float) else x, x) for x in point])
            compare(f"compiled gradient at {point}", outcome(compiled, *point), right, tied)


def compare_node(eager, program, point, compare):
    right = eager.number(point)
    values = eager.gradients(eager.on_values, point, as_values=True)
    floats = eager.gradients(eager.on_values, point, as_values=False)
    eager.reset()
    compare(f"called at {point}", outcome(program, *point), right)
    got = eager.gradients(program, point, as_values=False)
    compare(f"gradient of the call at {point}", got, floats, values, alike=alike)
    got = eager.gradients(program, point, as_values=True)
    compare(f"called with Values at {point}", got, values, alike=close)
    right = eager.gradients(eager.on_values, point, as_values=True, in_values=True)
    got = eager.gradients(program, point, as_values=True, in_values=True)
    compare(f"gradients of the call at {point}", got, right, alike=close)


def _rows(branching, eager, points, compare):
    rows = [*points, *points[:2]]
    program = compile(eager.on_values)
    if not eager.parameters:
        return

    def plainly(convert):
        losses = [eager.on_values(*[convert(x) for x in row]) for row in rows]
        total = mean(losses)
        if isinstance(total, Value):
            total.backward()
        return total

    as_floats = eager.table(lambda: plainly(lambda x: x))
    as_values = eager.table(lambda: plainly(lambda x: mapped(lambda x: Value(x) if isinstance(x, float) else x, x)))
    for _ in range(2):
        got = eager.table(lambda: program.backward(rows))
        if got == "no parameters":
            return
        if finite(as_floats):
            compare(f"backward(rows), {rows}", got, as_floats, as_values)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int, nargs="?", default=1000)
    parser.add_argument("seed", type=int, nargs="?", default=0)
    parser.add_argument("--kind", action="append", default=[], help="only statements of this kind")
    parser.add_argument("--first", action="store_true", help="stop at the first fault")
    args = parser.parse_args()
    tally, wrong, start = Counter(), 0, time.perf_counter()
    for k in range(args.count):
        branching = write(random.Random(f"{args.seed} {k}").randrange, args.kind)
        tally.update(branching.kinds)
        if found := faults(branching, tally):
            wrong += 1
            print(f"--- function {k}\n{branching}\n" + "\n".join(found[:3]))
            if args.first or wrong == 10:
                break
    seconds = time.perf_counter() - start
    print(f"{k + 1:,} functions in {seconds:.0f} s: {wrong} wrong; {tally['calls']:,} calls compared, of which")
    print(f"{tally['errors']:,} raised the function's own error and {tally['refused']:,} refused")
    for kind in STATEMENTS:
        print(f"    {kind:12} {tally[kind]:8,}")
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()
