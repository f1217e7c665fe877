"""Claims about Ctrl-C: whatever the moment, the next call is right; see `interrupts.py`."""

import random

import interrupts
import pytest
from interrupts import JOBS, faults, faults_at_every_moment
from optional import sees_instructions

from minigrad import Value, minimize
from minigrad.machinery.recorder import LIVE, Recording
from minigrad.optim import SGD
from minigrad.train.monitor import Descent

DESCENTS = ("minimize", "minimize_compiled", "minimize_best")
HEAVY = (*DESCENTS, "backward_rows", "program_op")

# Between open() and `with` a file belongs to nobody, and is closed by its reference count.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")


@sees_instructions
@pytest.mark.parametrize("job", JOBS)
def test_after_an_interrupt_at_a_random_moment_the_next_call_is_right(job):
    caught, wrong = faults(job, 6 if job in HEAVY else 25, seed=5)
    assert wrong == []
    assert caught


@sees_instructions
@pytest.mark.slow
@pytest.mark.parametrize("job", JOBS)
def test_after_interrupts_at_a_thousand_random_moments_the_next_call_is_right(job):
    assert faults(job, 1_000 // len(JOBS) + 1, seed=6)[1] == []


@sees_instructions
@pytest.mark.parametrize(
    "job", ["failing_call", "compiled_call", "backward", pytest.param("load", marks=pytest.mark.slow)]
)
def test_after_an_interrupt_at_each_moment_there_is_the_next_call_is_right(job):
    assert faults_at_every_moment(job) == []


@sees_instructions
@pytest.mark.parametrize("job", ["minimize", *[pytest.param(job, marks=pytest.mark.slow) for job in DESCENTS[1:]]])
def test_the_loss_of_a_result_is_the_last_of_its_history_whatever_the_moment(job):
    assert faults_at_every_moment(job, "train/m") == []


@sees_instructions
def test_a_descent_that_kept_half_a_look_would_be_noticed(monkeypatch):
    monkeypatch.setattr(Descent, "_forget_half_a_look", lambda self: None)
    assert "gradient norms" in faults_at_every_moment("minimize", "train/monitor")[0][1]


@sees_instructions
def test_a_trace_that_an_interrupt_left_open_would_be_noticed(monkeypatch):
    def begin(self):
        LIVE[Recording([])] = None

    monkeypatch.setattr(Recording, "begin", begin)
    job = JOBS["compile"]
    assert "a trace is left open" in interrupts.interrupted(job, 5)[1]
    assert not LIVE


def test_interrupted_before_the_first_look_there_is_no_loss_yet():
    w = Value(1.0)

    def objective():
        raise KeyboardInterrupt

    result = minimize(objective, SGD([w], lr=0.1), restore_best=True)
    assert (result.reason, result.history, result.start, result.steps) == ("interrupted", [], None, 0)
    assert str(result).startswith("interrupted after 0 steps: no loss yet")


@pytest.mark.parametrize("at", range(1, 6))
def test_interrupted_in_the_objective_a_result_ends_with_the_last_whole_look(at):
    w, rng = Value(1.0), random.Random(0)
    calls = []

    def objective():
        calls.append(rng)
        if len(calls) == at:
            raise KeyboardInterrupt
        return (w - 3.0) ** 2

    result = minimize(objective, SGD([w], lr=0.1))
    assert (result.reason, len(result.history), result.steps) == ("interrupted", at - 1, at - 1)
    assert result.loss == result.history[-1] if at > 1 else result.loss != result.loss
