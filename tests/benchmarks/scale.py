"""The rows `scale`: a sum of products that grows from 10**3 operations to 10**7, and what one operation costs then.

`python -m benchmarks.scale NAME COUNT` is one run, in a process of its own: a large graph would leave its holes in the
memory of whatever is measured next, and a tape that recurses may take its process with it. It prints as JSON the
seconds for forward, backward and freeing; with `--bytes` the bytes that are alive after forward and backward instead.
"""

import gc
import json
import sys
import time

from .harness import Contender, Mark, Row, deep_recursion, ratio
from .processes import child, require
from .textbook import Value as TextbookValue

COLLECTOR = (
    "CPython's collector walks over the whole graph again and again while it grows, though it has no cycles; "
    "docs/how-to/faster.md has the times with the collector on and off."
)
OURS, TEXTBOOK, MICROGRAD = "minigrad", "textbook tape", "micrograd"
PARAMETERS = 100
LIMITS = {MICROGRAD: 10**6}  # ten times as much takes it 11 gigabytes and many minutes


def value_class(name):
    """The tape of that name."""
    if name == OURS:
        from minigrad import Value
    elif name == MICROGRAD:
        from micrograd.engine import Value
    else:
        return TextbookValue
    return Value


def graph(make_value, count):
    """A node with `count` operations below it, half of them one below another."""
    parameters = [make_value(1.0 / (i + 1)) for i in range(PARAMETERS)]
    total = parameters[0]
    for i in range(count // 2):
        total = total + parameters[i % PARAMETERS] * 0.5
    return total, parameters


def timed(make_value, count):
    """Seconds for forward, backward and freeing, and the gradient of the last parameter."""
    clock = time.perf_counter
    gc.collect()
    start = clock()
    root, parameters = graph(make_value, count)
    built = clock()
    root.backward()
    walked = clock()
    del root
    return {"times": [built - start, walked - built, clock() - walked], "gradient": parameters[-1].grad}


def weighed(make_value, count):
    """Bytes that are alive after forward, and after backward."""
    import tracemalloc  # PyPy has none

    tracemalloc.start()
    root, _ = graph(make_value, count)
    after_forward = tracemalloc.get_traced_memory()[0]
    root.backward()
    return {"bytes": [after_forward, tracemalloc.get_traced_memory()[0]]}


def sizes(largest):
    """10**3, 10**4, ... up to the largest."""
    return [10**i for i in range(3, len(str(largest)))]


def eager(largest=10**7, repeats=5):
    """The rows of forward, of backward and of bytes, from 10**3 operations up to `largest`, a process for each tape."""
    times = [
        Row("scale, forward", "recording one operation, in a graph of so many", f"{OURS}, 1,000"),
        Row("scale, backward", "walking back through one operation", f"{OURS}, 1,000"),
        Row("scale, both", "forward, backward and freeing, for one operation", f"{OURS}, 1,000"),
    ]
    if largest >= 10**6:
        growth = ratio(f"{OURS}, 1,000,000", f"{OURS}, 1,000")
        text = "scale, an operation among 1,000,000 over one among 1,000"
        times[-1].marks.append(Mark(text, growth, at_most=2.0, cause=COLLECTOR))
    answers = {}
    for _ in range(repeats):
        for count in sizes(largest):
            for name in (OURS, TEXTBOOK, MICROGRAD):
                key = f"{name}, {count:,}"
                answer = _answer(name, count)
                if isinstance(answer, str):
                    for row in times:
                        row.missing[key] = answer
                    continue
                assert answers.setdefault(count, answer["gradient"]) == answer["gradient"], f"{key}: another gradient"
                forward, backward, freeing = [seconds / count for seconds in answer["times"]]
                for row, sample in zip(times, (forward, backward, forward + backward + freeing), strict=True):
                    row.samples.setdefault(key, []).append(sample)
    return [*times, weights(min(largest, 10**5))]


def weights(count):
    """The row of bytes for each operation: what Python's allocator was asked for, so it is the same in every run."""
    after = f"{OURS}, after backward"
    row = Row("scale, bytes", f"bytes alive for each of {count:,} operations", after, quantity="B")
    row.marks.append(Mark("scale, bytes for each operation", lambda samples: samples[after], at_most=160, unit="B"))
    for name in (OURS, TEXTBOOK, MICROGRAD):
        answer = _answer(name, count, "--bytes")
        for when, weight in zip(
            ("forward", "backward"), () if isinstance(answer, str) else answer["bytes"], strict=False
        ):
            row.samples[f"{name}, after {when}"] = [weight / count]
        if isinstance(answer, str):
            row.missing[name] = answer
    return row


def _answer(name, count, *options):
    """What a process of `count` operations on this tape prints, or why it gives no answer."""
    if count > LIMITS.get(name, count):
        return f"not measured: beyond {LIMITS[name]:,} operations it takes too much memory and time"
    try:
        require(*[name] if name == MICROGRAD else [])
    except ImportError as error:
        return f"not measured: {error}"
    ended = child("-m", "benchmarks.scale", name, str(count), *options)
    return json.loads(ended.output) if not ended.status else f"gave up, with status {ended.status}"


def compiling(largest=10**5):
    """The rows of compiling and of running: for one operation, in a function of 100 operations up to `largest`."""
    import minigrad

    base = "100 operations"
    first = Row("scale, compiling", "tracing, writing and compiling one operation and its derivative", base)
    later = Row("scale, running", "running one operation and its derivative, compiled", base)
    for count in [10**i for i in range(2, len(str(largest)))]:

        def f(x, count=count):
            total = x
            for i in range(count // 2):
                total = total + x * (1.0 / (i + 1))
            return total

        @first.add(f"{count:,} operations")
        def _(f=f, count=count):
            return Contender(lambda: minigrad.compile(minigrad.value_and_grad(f))(1.0), lambda _: [], units=count)

        @later.add(f"{count:,} operations")
        def _(f=f, count=count):
            program = minigrad.compile(minigrad.value_and_grad(f))
            return Contender(lambda: program(1.0), lambda result: [result[0] / result[1]], units=count)

    return [first, later]


if __name__ == "__main__":
    job = weighed if "--bytes" in sys.argv else timed
    with deep_recursion():
        found = job(value_class(sys.argv[1]), int(sys.argv[2]))
    sys.stdout.write(f"{json.dumps(found)}\n")  # the process that asked reads it
