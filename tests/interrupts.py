"""Whether all is right after Ctrl-C: `python tests/interrupts.py COUNT SEED`.

A KeyboardInterrupt is raised at a random moment of a job: where CPython handles signals, which is at the start of a
function, after a call and at the end of a loop's pass. Then the same objects are used again: that has to give what they
give where nothing was interrupted, and nothing may be left behind. Run as a script, it does so COUNT times for each job
and prints a table. `--timer` has the system send real signals after random times instead.
"""

import argparse
import dis
import gc
import math
import os
import random
import signal
import sys
import tempfile
import time
import warnings

import minigrad
from minigrad import Value, gradients, hessian, minimize, value_and_grad
from minigrad.checkpoint import load, save
from minigrad.compiler import compile
from minigrad.functions import exp, log, mean, softplus
from minigrad.machinery.recorder import LIVE, tracing
from minigrad.optim import SGD, Adam

PACKAGE = os.path.dirname(minigrad.__file__)
PAUSES = {"RESUME", "JUMP_BACKWARD", "CALL", "CALL_FUNCTION_EX", "CALL_KW"}  # where CPython looks for signals


class Moments:
    """Counts the moments at which a signal could be handled in the library's code, and interrupts at one of them.

    `within` is the part of the library that is looked at: all of it, or a folder or file.
    """

    def __init__(self, at=math.inf, within=""):
        self.at, self.count, self.codes = at, 0, {}
        self.files = (os.path.join(PACKAGE, within), *([] if within else ["<compiled", "<string>"]))

    def __enter__(self):
        self.before = sys.gettrace()  # that of whoever measures coverage
        sys.settrace(self.enter)

    def __exit__(self, *_):
        sys.settrace(self.before)

    def enter(self, frame, *_):
        code = frame.f_code
        if not code.co_filename.startswith(self.files):
            return None
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        if code not in self.codes:
            self.codes[code] = pauses(code)
        return self.step

    def step(self, frame, event, _):
        if event == "opcode" and frame.f_lasti in self.codes[frame.f_code]:
            self.count += 1
            if self.count > self.at:
                sys.settrace(None)
                raise KeyboardInterrupt
        return self.step


def pauses(code):
    """The instructions in front of which a signal may be handled: behind calls, and at the end of a loop's pass."""
    found, before = set(), ""
    for each in dis.get_instructions(code):
        if before in PAUSES or each.opname == "JUMP_BACKWARD":
            found.add(each.offset)
        before = each.opname
    return found


# --- Jobs -----------------------------------------------------------------------------------------------------------
#
# Each makes its objects, and returns what is interrupted, and what has to be right after that: a function that gives
# the answer as text. Where nothing was interrupted the answer is the same.


def job_backward(_):
    w, b = Value(1.5), Value(-0.5)
    a = exp(w * b) + mean([w, b, w * w])
    loss = log(a * a + 1.0) * a

    def after():
        w.grad = b.grad = 0.0
        loss.backward()
        found = w.grad, b.grad
        w.grad = b.grad = 0.0
        (softplus(a) * w).backward()
        return repr((found, w.grad, b.grad))

    return loss.backward, after


def job_gradients(_):
    w, b = Value(1.5), Value(-0.5)
    loss = exp(w * b) * softplus(w) / b
    return lambda: gradients(loss, [w, b]), lambda: repr(gradients(gradients(loss, [w, b])[0], [w, b]))


def branching(x, y):
    return [x * y, exp(x)] if x > y else [log(y) - x, x]


def answers(program):
    return repr([program(*xs) for xs in ((2.0, 1.0), (1.0, 2.0), (3.0, 1.5))])


def job_compile(_):
    program = compile(branching)
    return lambda: program(2.0, 1.0), lambda: answers(program) + program.source


def job_second_path(_):
    program = compile(branching)
    program(2.0, 1.0)
    return lambda: program(1.0, 2.0), lambda: answers(program) + program.source


def job_compiled_call(_):
    program = compile(branching)
    answers(program)
    return lambda: (program(2.0, 1.0), program(2, 1)), lambda: answers(program) + program.source


def job_compiled_derivative(_):
    program = compile(value_and_grad(lambda x, y: log(x * x + y) / y))
    return lambda: program(2.0, 1.0), lambda: repr(program(2.0, 3.0)) + program.source


def network():
    w = [Value(0.5 * (-1) ** i, label=f"w{i}") for i in range(4)]
    return w, lambda x, y: (softplus(w[0] * x + w[1]) * w[2] + (w[3] if x > 0 else -w[3]) - y) ** 2


ROWS = [(1.0, 2.0), (-0.5, 0.5), (0.25, 1.0), (-2.0, 0.0)]


def job_backward_rows(_):
    w, loss = network()
    program = compile(loss)

    def after():
        for p in w:
            p.grad = 0.0
        return repr((program.backward(ROWS), [p.grad for p in w], program.backward(ROWS), [p.grad for p in w]))

    return lambda: program.backward(ROWS), after


def job_program_op(_):
    w, loss = network()
    program = compile(loss)

    def run():
        total = program(1.0, 2.0) + program(Value(-1.0), 2.0)
        total.backward()
        return total

    def after():
        for p in w:
            p.grad = 0.0
        return repr((run().data, [p.grad for p in w], program.value(0.5, 1.0)))

    return run, after


def job_failing_call(_):
    program = compile(lambda x: log(x) / x)
    program(2.0)

    def run():
        try:
            program(-1.0)
        except ValueError as error:
            return str(error)

    return run, lambda: repr((run(), program(3.0)))


def job_hessian(_):
    second = hessian(lambda x: softplus(x[0] * x[1]) + x[0] ** 3)
    return lambda: second([1.0, 2.0]), lambda: repr(second([1.0, 2.0]))


def descent(optimizer_of, compiled, **options):
    w, loss = network()
    f = compile(loss) if compiled else loss
    optimizer = optimizer_of(w)
    results = []

    def run():
        results.append(minimize(f, optimizer, rows=ROWS[:2], max_steps=2, **options))
        if results[-1].reason == "interrupted":
            raise KeyboardInterrupt

    def after():
        for result in results:
            history = result.history
            if history and result.loss != (result.best[0] if options else history[-1]):
                return f"loss {result.loss} is not the last of {history}, and the best is {result.best}"
            if bool(history) != (result.loss == result.loss) or bool(history) != (result.start is not None):
                return f"loss {result.loss} from {result.start} with {len(history)} losses"
            if len(history) != len(result.grad_norms) or not len(history) - 1 <= result.steps <= len(history):
                return f"{result.steps} steps, {len(history)} losses, {len(result.grad_norms)} gradient norms"
            if history and result.grad_norm != result.grad_norms[-1] and not options:
                return f"gradient norm {result.grad_norm} is not the last of {result.grad_norms}"
        for i, p in enumerate(w):
            p.data = 0.5 * (-1) ** i
        again = minimize(f, optimizer_of(w), rows=ROWS[:2], max_steps=2, **options)
        return repr((again.history, again.loss, again.reason, [p.data for p in w]))

    return run, after


def job_minimize(_):
    return descent(lambda w: SGD(w, lr=0.1, momentum=0.5), compiled=False)


def job_minimize_compiled(_):
    return descent(lambda w: Adam(w, lr=0.1), compiled=True)


def job_minimize_best(_):
    return descent(lambda w: SGD(w, lr=0.3), compiled=True, restore_best=True)


def job_save(folder):
    path = os.path.join(folder, "run.json")
    old, new = {"xs": [1.0, math.inf], "n": 1}, {"xs": [2.0, math.nan], "n": 2}
    save(path, **old)

    def after():
        found = load(path)
        if repr(found) not in (repr(old), repr(new)) or os.listdir(folder) != ["run.json"]:
            return f"{found}, {os.listdir(folder)}"
        save(path, **new)
        return repr(load(path))

    return lambda: save(path, **new), after


def job_load(folder):
    path = os.path.join(folder, "run.json")
    w = [Value(1.0), Value(2.0)]
    save(path, w=w)
    w[0].data, w[1].data = 3.0, 4.0

    def after():
        found = [p.data for p in w]
        if found not in ([1.0, 2.0], [3.0, 4.0]):
            return f"{found}"
        load(path, w=w)
        return repr(w)

    return lambda: load(path, w=w), after


JOBS = {name.removeprefix("job_"): job for name, job in [*globals().items()] if name.startswith("job_")}


# --- Runs -----------------------------------------------------------------------------------------------------------


def outcome(after):
    """What is right or wrong afterwards, as text; what is left behind is a part of it."""
    try:
        found = after()
    except Exception as error:
        found = f"raised {error!r}"
    left = [] if not LIVE and tracing() is None else ["a trace is left open"]
    LIVE.clear()
    return "; ".join([found, *left])


def measured(job, within=""):
    """The right answer; how many moments the job has, and how many seconds it takes."""
    with tempfile.TemporaryDirectory() as folder:
        run, after = job(folder)
        started = time.perf_counter()
        run()
        seconds = time.perf_counter() - started
        right = outcome(after)
    with tempfile.TemporaryDirectory() as folder:
        run, _ = job(folder)
        moments = Moments(within=within)
        with moments:
            run()
        return right, moments.count, seconds


def interrupted(job, moment, within=""):
    """Run a job, interrupted at a moment: whether it was, and the answer afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        run, after = job(folder)
        was = False
        try:
            with Moments(moment, within):
                run()
        except KeyboardInterrupt:
            was = True
        return was, outcome(after)


def signalled(job, seconds):
    """The same by a signal of the system after so many seconds."""
    with tempfile.TemporaryDirectory() as folder:
        run, after = job(folder)
        was = False
        try:
            signal.setitimer(signal.ITIMER_REAL, seconds)
            run()
            signal.setitimer(signal.ITIMER_REAL, 0.0)
        except KeyboardInterrupt:
            was = True
        return was, outcome(after)


def faults(name, count, seed, timer=False):
    """How many of so many interrupts came in time, and what was wrong after some, with the moment."""
    job, rng = JOBS[name], random.Random(f"{name} {seed}")
    measured(job)  # once for what is imported late
    right, moments, seconds = measured(job)
    caught, wrong = 0, []
    for _ in range(count):
        moment = rng.uniform(1e-6, seconds) if timer else rng.randrange(moments)
        was, found = (signalled if timer else interrupted)(job, moment)
        caught += was
        if found != right:
            wrong.append((moment, found))
    return caught, wrong


def faults_at_every_moment(name, within=""):
    """What is wrong after an interrupt at each moment there is, in one part of the library."""
    job = JOBS[name]
    measured(job)
    right, moments, _ = measured(job, within)
    outcomes = [interrupted(job, moment, within) for moment in range(moments)]
    assert outcomes and all(was for was, _ in outcomes)
    return [(moment, found) for moment, (_, found) in enumerate(outcomes) if found != right]


def _interrupt(*_):
    raise KeyboardInterrupt


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("count", type=int)
    parser.add_argument("seed", type=int)
    parser.add_argument("--timer", action="store_true")
    parser.add_argument("--job", choices=JOBS)
    given = parser.parse_args(arguments)
    signal.signal(signal.SIGALRM, _interrupt)
    bad = 0
    sys.stdout.write(f"{'job':<22} {'interrupts':>10} {'came':>6} {'wrong':>6}\n")
    for name in [given.job] if given.job else JOBS:
        caught, wrong = faults(name, given.count, given.seed, given.timer)
        bad += len(wrong)
        sys.stdout.write(f"{name:<22} {given.count:>10} {caught:>6} {len(wrong):>6}\n")
        for moment, found in wrong[:3]:
            sys.stdout.write(f"    at {moment}: {found:.300}\n")
        sys.stdout.flush()
        gc.collect()
    return int(bad > 0)


if __name__ == "__main__":
    warnings.simplefilter("ignore", ResourceWarning)
    sys.exit(main(sys.argv[1:]))
