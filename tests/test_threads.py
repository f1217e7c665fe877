"""Claims about threads, tasks and processes: each gets what it would get alone, and none waits for what is gone."""

import asyncio
import multiprocessing
import os
import pickle
import subprocess
import sys
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import pytest
from optional import runs_loops

from minigrad import Value, minimize
from minigrad.compiler import compile
from minigrad.compiler.target import target_of
from minigrad.functions import exp, log, mean, softplus
from minigrad.machinery import recorder
from minigrad.machinery.recorder import LIVE, Recording
from minigrad.optim import SGD

ROOT = Path(__file__).resolve().parent.parent
PROCESSES = sys.platform != "emscripten"
forking = pytest.mark.skipif(not hasattr(os, "fork") or not PROCESSES, reason="this system cannot fork")
COUNT = 8


def at_once(jobs):
    """What the jobs give, each in a thread of its own, all of which begin at the same moment and change often."""
    barrier, before = threading.Barrier(len(jobs)), sys.getswitchinterval()

    def begin(job):
        barrier.wait()
        return job()

    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(len(jobs)) as pool:
            return [each.result() for each in [pool.submit(begin, job) for job in jobs]]
    finally:
        sys.setswitchinterval(before)


# --- Threads --------------------------------------------------------------------------------------------------------


def branching(w):
    def f(x, y):
        if x > y:
            return exp(w[0] * x) if x > 1.0 else w[1] * y
        return [log(y), w[2] * x] if y > 2.0 else softplus(w[3] - y)

    return f


POINTS = [(2.0, 1.0), (0.5, 0.25), (1.0, 3.0), (0.5, 1.5), (1.5, 0.5), (0.75, 0.5), (2.0, 4.0), (-1.0, 1.0)]


def numbers(result):
    return [getattr(x, "data", x) for x in (result if isinstance(result, list) else [result])]


@pytest.mark.parametrize("round_", range(6))
def test_eight_threads_that_trace_one_program_at_once_get_what_each_would_get_alone(round_):
    w = [Value(0.5 + i) for i in range(4)]
    f, program = branching(w), compile(branching(w))
    right = [numbers(f(*point)) for point in POINTS]

    def job(start):
        order = [(start * 3 + i) % len(POINTS) for i in range(len(POINTS))]
        return [(i, numbers(program(*POINTS[i]))) for i in order * 3]

    for found in at_once([lambda start=n + round_: job(start) for n in range(COUNT)]):
        assert all(result == right[i] for i, result in found)
    assert {*program.parameters} == {*w}
    assert program.fallbacks == 0
    assert not LIVE


@pytest.mark.parametrize("round_", range(4))
def test_eight_threads_that_trace_the_rows_of_one_program_at_once_do_so_once_for_each_path(round_):
    w = [Value(0.5 + i) for i in range(4)]
    f = branching(w)
    program = compile(lambda x, y: mean(r) if isinstance(r := f(x, y), list) else r)
    rows = [POINTS[i:] + POINTS[:i] for i in range(COUNT)]
    found = at_once([lambda i=i: program.over(rows[(i + round_) % COUNT])() for i in range(COUNT)])
    assert at_once([lambda i=i: program.backward(rows[(i + round_) % COUNT]) for i in range(COUNT)]) == found
    assert program.fallbacks == 0
    assert {*program.parameters} == {*w}


def test_eight_threads_with_as_many_structures_have_one_specialization_for_each():
    w = Value(2.0)
    program = compile(lambda *xs: mean([w * x for x in xs]))
    found = at_once([lambda n=n: program.value(*[float(n)] * (1 + n % 4)) for n in range(COUNT)])
    assert found == [2.0 * n for n in range(COUNT)]
    assert len(program._known) == 4 and program.traces <= 4


def test_threads_with_graphs_that_share_nothing_train_as_each_would_alone():
    def job(seed):
        w, b = Value(float(seed)), Value(0.0)
        loss = (lambda x, y: (softplus(w * x + b) - y) ** 2, compile(lambda x, y: (softplus(w * x + b) - y) ** 2))
        return minimize(loss[seed % 2], SGD([w, b], lr=0.1), rows=[(1.0, 2.0), (-1.0, 0.5)], max_steps=20).history

    alone = [job(seed) for seed in range(COUNT)]
    assert at_once([lambda seed=seed: job(seed) for seed in range(COUNT)]) == alone


def test_copies_of_the_parameters_let_threads_share_a_model():
    """The recipe of the page on trust: a copy for each thread, and the gradients added by one."""
    w = [Value(0.5), Value(-0.25)]
    rows = [[(float(i), float(j)) for j in range(3)] for i in range(COUNT)]

    def loss(w, rows):
        return mean([softplus(w[0] * x + w[1] * y) for x, y in rows])

    def gradient(rows):
        copies = [Value(p.data) for p in w]
        loss(copies, rows).backward()
        return [p.grad for p in copies]

    for each in at_once([lambda rows=part: gradient(rows) for part in rows]):
        for p, grad in zip(w, each, strict=True):
            p.grad += grad
    shared = [p.grad for p in w]
    for p in w:
        p.grad = 0.0
    for part in rows:
        loss(w, part).backward()
    assert [p.grad for p in w] == shared


gil = pytest.mark.skipif(not getattr(sys, "_is_gil_enabled", lambda: True)(), reason="promised where there is a GIL")


@gil
@pytest.mark.skipif(sys.implementation.name != "cpython", reason="others let a thread in between reading and adding")
def test_with_a_gil_no_gradient_is_lost_in_a_parameter_that_threads_share():
    w = Value(2.0)

    def job():
        for _ in range(200):
            (w * 3.0 + w).backward()

    at_once([job] * COUNT)
    assert w.grad == COUNT * 200 * 4.0


# --- Tasks ----------------------------------------------------------------------------------------------------------


@runs_loops
def test_tasks_that_take_turns_on_one_program_get_what_each_would_get_alone():
    w = [Value(0.5 + i) for i in range(4)]
    f, program = branching(w), compile(branching(w))

    async def task(start):
        found = []
        for i in range(COUNT):
            found.append(numbers(program(*POINTS[(start + i) % COUNT])))
            await asyncio.sleep(0)
        return found

    async def tasks():
        return await asyncio.gather(*[task(start) for start in range(COUNT)])

    right = [numbers(f(*point)) for point in POINTS]
    assert asyncio.run(tasks()) == [[right[(start + i) % COUNT] for i in range(COUNT)] for start in range(COUNT)]
    assert not LIVE


@runs_loops
def test_tasks_in_threads_of_their_own_get_what_each_would_get_alone():
    program = compile(lambda x: exp(x) if x > 0 else -x)

    async def tasks():
        return await asyncio.gather(*[asyncio.to_thread(program, float(i - 4)) for i in range(COUNT)])

    assert asyncio.run(tasks()) == [program(float(i - 4)) for i in range(COUNT)]


# --- Processes ------------------------------------------------------------------------------------------------------


def in_process(program, x):
    return program.value(x), program.backward([(x,)]), [p.grad for p in program.parameters]


@pytest.mark.parametrize(
    "method", [m for m in ("spawn", "fork", "forkserver") if PROCESSES and m in multiprocessing.get_all_start_methods()]
)
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_program_works_in_processes_however_they_are_started(method):
    w = Value(2.0)
    program = compile(lambda x: (w * x - 1.0) ** 2)
    program(1.0), program.backward([(1.0,)])
    w.grad = 0.0
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context(method)) as pool:
        found = [*pool.map(in_process, [program] * 4, [1.0, 2.0, 3.0, 4.0])]
    here = [in_process(pickle.loads(pickle.dumps(program)), x) for x in (1.0, 2.0, 3.0, 4.0)]
    assert found == here


def forked(job):
    """What a job says in a forked process: a text; `hung` if it says nothing for 20 seconds."""
    reading, writing = os.pipe()
    if not (child := os.fork()):
        import signal

        signal.alarm(20)
        try:
            text = job()
        except BaseException as error:
            text = repr(error)
        os.write(writing, text.encode())
        os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    with open(reading, encoding="utf-8") as told:
        return told.read() or "hung"


@forking
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_forked_while_another_thread_traces_a_process_can_use_the_same_program():
    amid, on = threading.Event(), threading.Event()
    w = Value(2.0)

    def f(*xs):
        if threading.current_thread() is not threading.main_thread():
            amid.set()
            on.wait()
        return mean([w * x for x in xs])

    program = compile(f)
    program(1.0, 2.0)
    thread = threading.Thread(target=lambda: program(1.0))
    thread.start()
    amid.wait()
    try:
        told = forked(
            lambda: repr((program.value(1.0), program.value(1.0, 2.0, 3.0), program.backward([(3.0,)]), w.grad, LIVE))
        )
    finally:
        on.set()
        thread.join()
    assert told == repr((2.0, 4.0, 6.0, 3.0, {}))
    assert program.value(1.0) == 2.0


@forking
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_forked_inside_of_a_traced_function_a_process_goes_on_with_that_trace():
    told = []

    def f(x):
        told.append(forked(lambda: repr(len(LIVE))))
        return x * x

    assert compile(f)(3.0) == 9.0
    assert told == ["1"]


@forking
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
@pytest.mark.parametrize(
    "lock_of",
    [lambda p: p._lock, lambda p: next(iter(p._known.values()))._lock, lambda p: target_of(lambda f: f)._lock],
)
def test_no_lock_stays_locked_in_a_forked_process(lock_of):
    program = compile(lambda x: x * x)
    program(1.0)
    lock = lock_of(program)
    amid, on = threading.Event(), threading.Event()

    def hold():
        with lock.own:
            amid.set()
            on.wait()

    thread = threading.Thread(target=hold)
    thread.start()
    amid.wait()
    try:
        assert forked(lambda: repr(lock.own.acquire(blocking=False))) == "True"
        assert not lock.own.acquire(blocking=False)
    finally:
        on.set()
        thread.join()


def test_after_a_fork_what_other_threads_were_tracing_is_forgotten_and_what_this_one_traces_is_not():
    own, foreign = Recording([]), Recording([])
    foreign.begin()
    foreign.end()
    try:
        own.begin()
        recorder._forked()
        assert [*LIVE] == [own]
    finally:
        LIVE.pop(own, None)
        own.end()
    assert not LIVE


@forking
@pytest.mark.slow
def test_of_20_processes_forked_at_random_moments_each_can_use_what_threads_were_at_work_on():
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, ROOT / "tests" / "forks.py", "20", "3"]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.stdout == "   20 right\n", done.stdout + done.stderr


def test_a_recording_ends_when_its_function_does_and_leaves_none_behind():
    recording = Recording([])
    assert recording not in LIVE

    def interrupted(x):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        compile(interrupted)(1.0)
    assert not LIVE
