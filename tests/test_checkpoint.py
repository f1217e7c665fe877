"""Claims about checkpoints: exact, atomic, inert, and loaded wholly or not at all."""

import json
import math
import os
import random
import stat
import struct
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from optional import goes_deep

from minigrad import Value
from minigrad.checkpoint import load, save
from minigrad.nn import MLP
from minigrad.optim import SGD, Adam, AdamW, cosine


@pytest.fixture
def path(tmp_path):
    return tmp_path / "run.json"


# --- Exact ----------------------------------------------------------------------------------------------------------


def bits(x):
    return struct.pack("<d", x)


@given(st.lists(st.floats(allow_nan=False)))
def test_floats_come_back_bit_for_bit(tmp_path_factory, numbers):
    path = tmp_path_factory.mktemp("bits") / "run.json"
    save(path, numbers=numbers)
    assert list(map(bits, load(path)["numbers"])) == list(map(bits, numbers))


SPECIAL = [0.0, -0.0, math.inf, -math.inf, math.nan, 5e-324, sys.float_info.max, 0.1, -1 / 3]


def test_special_numbers_come_back_bit_for_bit_in_values_models_and_data(path):
    params = [Value(x) for x in SPECIAL]
    save(path, params=params, history=SPECIAL, last=SPECIAL[2])
    for p in params:
        p.data = 7.0
    rest = load(path, params=params)
    assert list(map(bits, [p.data for p in params])) == list(map(bits, SPECIAL)) == list(map(bits, rest["history"]))
    assert rest["last"] == math.inf


def test_file_is_valid_json_whatever_the_numbers(path):
    save(path, numbers=SPECIAL)

    def refuse(constant):
        raise AssertionError(f"{constant} is no JSON")

    text = path.read_text(encoding="ascii")
    assert json.loads(text, parse_constant=refuse)["format"] == "minigrad checkpoint"


def test_plain_data_come_back_as_they_were(path):
    data = {
        "epoch": 12,
        "big": 10**30,
        "done": False,
        "note": "é\n\ud800",
        "none": None,
        "nested": [[1, 2.0], {"a": []}],
    }
    save(path, **data)
    back = load(path)
    assert back == data
    assert [type(back[name]) for name in ("epoch", "done")] == [int, bool]


def test_tuples_come_back_as_lists(path):
    save(path, pair=(1, 2.5))
    assert load(path) == {"pair": [1, 2.5]}


def test_value_is_kept_as_its_number(path):
    save(path, loss=Value(3.0) * 2.0)
    assert load(path) == {"loss": 6.0}


# --- A run that goes on ---------------------------------------------------------------------------------------------

MAKERS = [
    lambda ps: SGD(ps, 0.05, momentum=0.9, nesterov=True),
    lambda ps: Adam(ps, 0.01, amsgrad=True),
    lambda ps: AdamW(ps, cosine(0.02, 30)),
]


def train(model, optimizer, history, until):
    for step in range(len(history), until):
        optimizer.zero_grad()
        loss = (model([math.sin(step), math.cos(step)]) - step % 3) ** 2
        loss.backward()
        optimizer.step()
        history.append(loss.data)


@pytest.mark.parametrize("make", MAKERS)
def test_resumed_run_equals_an_unbroken_one_bit_for_bit(path, make):
    model = MLP(2, [4, 1], rng=random.Random(0))
    optimizer, unbroken = make(model.parameters()), []
    train(model, optimizer, unbroken, 30)

    model = MLP(2, [4, 1], rng=random.Random(0))
    optimizer, history = make(model.parameters()), []
    train(model, optimizer, history, 11)
    save(path, model=model, optimizer=optimizer, history=history)

    model = MLP(2, [4, 1], rng=random.Random(99))
    optimizer = make(model.parameters())
    history = load(path, model=model, optimizer=optimizer)["history"]
    assert len(history) == 11
    train(model, optimizer, history, 30)
    assert history == unbroken


def test_objects_may_stand_in_lists_and_dicts(path):
    models = {"a": MLP(1, [1], rng=random.Random(0)), "b": [Value(2.0), (Value(3.0), MLP(1, [2]))]}
    before = models["a"].state_dict(), models["b"][1][1].state_dict()
    save(path, models=models)
    models["b"][0].data = models["b"][1][0].data = 0.0
    for model in (models["a"], models["b"][1][1]):
        for p in model.parameters():
            p.data = 0.0
    assert load(path, models=models) == {}
    assert (models["a"].state_dict(), models["b"][1][1].state_dict()) == before
    assert (models["b"][0].data, models["b"][1][0].data) == (2.0, 3.0)


# --- Atomic ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fails", ["fsync", "replace"])
def test_failure_while_writing_leaves_the_old_file_and_nothing_else(path, monkeypatch, fails):
    save(path, x=1)

    def full(*_):
        raise OSError("no space left")

    monkeypatch.setattr(os, fails, full)
    with pytest.raises(OSError, match="no space left"):
        save(path, x=2)
    assert load(path) == {"x": 1}
    assert list(path.parent.iterdir()) == [path]


def test_interrupt_before_the_file_exists_is_passed_on(path, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("builtins.open", interrupted)
    with pytest.raises(KeyboardInterrupt):
        save(path, x=2)
    assert list(path.parent.iterdir()) == []


def test_folder_that_is_not_there_is_an_os_error(path):
    with pytest.raises(FileNotFoundError):
        save(path.parent / "nowhere" / "run.json", x=1)
    with pytest.raises(FileNotFoundError):
        load(path)


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX modes and links")
def test_mode_is_that_of_any_new_file_and_a_link_stays_a_link(path):
    link = path.parent / "link.json"
    link.symlink_to(path)
    save(link, x=1)
    plain = path.parent / "plain"
    plain.touch()
    assert link.is_symlink()
    assert load(path) == load(str(link)) == {"x": 1}
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE(plain.stat().st_mode)


# --- What cannot be saved -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("objects", "message"),
    [
        ({"when": {"now": object()}}, "expected when.now as a number, .* got <object .*; give it a state_dict"),
        ({"xs": [1, {2}]}, r"expected xs\[1\] as .* got \{2\} \(set\)"),
        ({"f": math.sin}, "expected f as a number"),
        ({"z": 1j}, "expected z as a number"),
        ({"raw": b"ab"}, "expected raw as a number"),
        ({"by_step": {0: 1.0}}, r"expected texts .* as keys, got 0 in by_step; try str\(key\)"),
        ({"odd": {"$float": "nan"}}, r"expected texts other than '\$float' as keys"),
    ],
)
def test_what_is_no_data_is_a_type_error_that_says_where_and_leaves_the_old_file(path, objects, message):
    save(path, x=1)
    with pytest.raises(TypeError, match=message):
        save(path, **objects)
    assert load(path) == {"x": 1}
    assert list(path.parent.iterdir()) == [path]


# --- Files that are wrong -------------------------------------------------------------------------------------------


def run_of_everything():
    model = MLP(2, [3, 1], rng=random.Random(1))
    optimizer = Adam(model.parameters(), 0.1)
    train(model, optimizer, [], 2)
    return {"model": model, "loose": [Value(1.5)], "optimizer": optimizer}


def state_of(objects):
    return repr((objects["model"].state_dict(), objects["loose"][0].data, objects["optimizer"].state_dict()))


def test_file_cut_short_anywhere_is_a_clear_error_that_changes_nothing(path):
    objects = run_of_everything()
    save(path, **objects)
    whole = path.read_bytes()
    before = state_of(objects)
    train(objects["model"], objects["optimizer"], [], 1)
    objects["loose"][0].data = 8.0
    moved = state_of(objects)
    for length in [*range(0, len(whole) - 2, 37), len(whole) - 3, len(whole) - 2]:
        path.write_bytes(whole[:length])
        with pytest.raises(ValueError, match=r"run\.json' is no whole checkpoint: "):
            load(path, **objects)
        assert state_of(objects) == moved
    path.write_bytes(whole)
    load(path, **objects)
    assert state_of(objects) == before


def head(objects, **changes):
    return json.dumps({"format": "minigrad checkpoint", "version": 1, "objects": objects} | changes)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no whole checkpoint"),
        ("weights", "no whole checkpoint"),
        (b"\x80\x04\x95\xff", "no whole checkpoint"),
        pytest.param("[" * 100_000, "no whole checkpoint", marks=goes_deep),
        (head({"x": math.nan}), "no whole checkpoint: 'NaN' is no number"),
        (head({"x": {"$float": "1e5"}}), "no whole checkpoint: .*1e5.* is no number"),
        (head({"x": {"$float": "nan", "y": 1}}), "is no number"),
        (head({"x": {"$float": ["nan"]}}), "is no number"),
        (head({}) + "}", "no whole checkpoint"),
        ("[]", r"to be a checkpoint, .*got \[\]"),
        ("3", "to be a checkpoint, .*got 3"),
        (head({}, version=2), "'version': 1.* got .*'version': 2"),
        (head({}, format="other"), "to be a checkpoint"),
        (head([]), "to be a checkpoint"),
        ('{"format": "minigrad checkpoint", "version": 1}', "to be a checkpoint"),
    ],
)
def test_file_that_is_no_checkpoint_is_a_clear_error(path, text, message):
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ValueError, match=message):
        load(path)


def test_loading_runs_no_code_whatever_the_file_says(path):
    nasty = {"__reduce__": ["os.system", "exit 1"], "py/object": "os.system", "__class__": "int"}
    path.write_text(head({"x": nasty}))
    assert load(path) == {"x": nasty}


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda s: s.pop("optimizer"), ValueError, "expected optimizer in .*run.json', got model, loose"),
        (lambda s: s.update(optimizer=3), ValueError, "expected the state of Adam"),
        (lambda s: s["optimizer"].update(mean=[1.0]), ValueError, "mean as a list of 13"),
        (lambda s: s["model"].popitem(), ValueError, r"missing \['layers.1.neurons.0.b'\]"),
        (lambda s: s["model"].update({"layers.1.neurons.0.b": "x"}), TypeError, "real number, got 'x'"),
        (lambda s: s.update(loose=[None]), TypeError, "real number, got None"),
        (lambda s: s.update(loose=[1.0, 2.0]), ValueError, "expected loose in the structure that was saved"),
        (lambda s: s.update(loose={"0": 1.0}), ValueError, "expected loose in the structure that was saved"),
    ],
)
def test_file_that_does_not_fit_changes_nothing_at_all(path, change, error, message):
    objects = run_of_everything()
    save(path, **objects)
    whole = json.loads(path.read_text())
    del whole["checksum"]
    change(whole["objects"])
    path.write_text(json.dumps(whole))
    train(objects["model"], objects["optimizer"], [], 1)
    before = state_of(objects)
    with pytest.raises(error, match=message):
        load(path, **objects)
    assert state_of(objects) == before


def test_interrupt_while_loading_changes_nothing(path):
    class Once:
        interrupted = False

        def state_dict(self):
            return {}

        def load_state_dict(self, _):
            if not self.interrupted:
                self.interrupted = True
                raise KeyboardInterrupt

    p = Value(1.0)
    save(path, p=p, last=Once())
    p.data = math.nan
    with pytest.raises(KeyboardInterrupt):
        load(path, p=p, last=Once())
    assert math.isnan(p.data)


@pytest.mark.parametrize("target", [3, [1.0], "text", None, Value(1.0) * 2.0], ids=repr)
def test_what_cannot_be_changed_in_place_is_a_type_error_that_says_where_to_find_it(path, target):
    save(path, p=Value(1.0), target=target)
    p = Value(5.0)
    with pytest.raises(TypeError, match=r"expected target.* as something that can be changed in place.*load\(\)"):
        load(path, p=p, target=target)
    assert p.data == 5.0


def test_object_that_is_called_path_can_be_saved(path):
    save(path, path=[1, 2])
    assert load(path) == {"path": [1, 2]}
