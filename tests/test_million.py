"""The script that goes through random programs: the first ones are right, and a planted fault is seen."""

from collections import Counter

import million
import pytest

from minigrad.compiler import target
from minigrad.functions.activations import SIGMOID
from minigrad.ops import MUL


def test_the_first_random_programs_are_right_in_all_ways():
    tally = Counter()
    assert [fault for k in range(100) if (fault := million.check(k, 0, tally, million.numpy_of()))] == []
    assert tally["straight-line"] + tally["with control flow"] + tally["straight-line: an error of its own"] == 100
    assert tally["derivative of a derivative"] > 15


def faulty(count):
    return [k for k in range(count) if k % 50 != 49 and million.check(k, 0, Counter(), None)]


def test_a_text_that_rounds_otherwise_is_seen(monkeypatch):
    text = target.Target.text
    monkeypatch.setattr(target.Target, "text", lambda self, op: "{} / (1.0 / {})" if op is MUL else text(self, op))
    assert faulty(40)


@pytest.mark.skipif(million.test_programs.torch is None, reason="PyTorch is not installed; pip install torch to run it")
def test_a_rule_that_is_off_in_the_tenth_digit_is_seen(monkeypatch):
    monkeypatch.setattr(SIGMOID, "partials", lambda out, x: out * (1.0 - out) * (1.0 + 1e-10))
    assert faulty(200)
