"""The script that changes the library here and there: its changes are changes, and those of rules are of rules."""

from pathlib import Path

import mutants
import pytest


def test_every_mutant_is_python_and_differs_from_what_was_there():
    for path in (Path("ops.py"), Path("machinery", "order.py"), Path("losses.py")):
        source = (mutants.PACKAGE / path).read_text(encoding="utf-8")
        found = [mutant for mutant in mutants.mutants_of(path) if mutants.parses(mutant)]
        assert len(found) > 10
        assert all(mutant.applied(source) != source for mutant in found)
        assert all(source.splitlines()[mutant.line - 1].strip() for mutant in found)


def test_texts_and_type_hints_are_left_alone():
    for mutant in mutants.mutants_of(Path("engine.py")):
        assert "TYPE_CHECKING" not in mutant.before
        assert not mutant.before.startswith(('"', "'"))


def test_the_mutants_of_rules_stand_in_rows_of_the_table():
    found = mutants.drawn(0, 0, rules=True)
    assert {mutant.path.parts[0] for mutant in found} == {"ops.py", "functions"}
    assert any("1.0 / x" in mutant.before for mutant in found)


def test_the_same_seed_draws_the_same_mutants():
    first, again, other = ([str(m) for m in mutants.drawn(5, seed, rules=False)] for seed in (1, 1, 2))
    assert first == again != other


@pytest.mark.slow
def test_a_changed_rule_is_killed_and_a_change_of_nothing_survives(tmp_path):
    copy = tmp_path / "copy"
    mutants.shutil.copytree(mutants.ROOT, copy, ignore=mutants.shutil.ignore_patterns(".git", ".venv*", "__pycache__"))
    rule = next(m for m in mutants.mutants_of(Path("functions/elementary.py"), rules=True) if m.before == "1.0 / x")
    tests = ["tests/test_functions_reference.py::test_derivatives_agree_with_mpmath[log]"]
    assert mutants.survives(rule, tests, copy) is False
    rule.text = "(1.0 / x)"
    assert mutants.survives(rule, tests, copy) is True
    assert mutants.survives(rule, [], copy) is None
