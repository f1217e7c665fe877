"""Does any test notice? `python tests/mutants.py [COUNT] [SEED]` changes one thing in the library at a time, and sees.

Each mutant is a copy of `minigrad/` with one change in one place, drawn from `SEED`: a comparison, an operator or a
number is another, a condition is turned round, a statement is left out. The tests that come through its line, by what
coverage measured once, are run until one fails, the quickest of each file first. Then the mutant is killed. What
survives is printed: a claim that no test makes, or a change that changes nothing, which is for a reader to tell.

`--rules` draws from the derivative rules of the op table alone, all of them if COUNT is 0.
"""

import argparse
import ast
import functools
import itertools
import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "minigrad"
FIRST = 200  # so many tests are run in one process; if none fails, the rest in two
SKIPPED = {"testing", "py.typed"}  # strategies for tests: a change there draws other examples

OPERATORS = {
    ast.Add: "-",
    ast.Sub: "+",
    ast.Mult: "/",
    ast.Div: "*",
    ast.FloorDiv: "*",
    ast.Mod: "*",
    ast.Pow: "*",
    ast.BitOr: "&",
    ast.BitAnd: "|",
}
COMPARISONS = {
    ast.Lt: "<=",
    ast.LtE: "<",
    ast.Gt: ">=",
    ast.GtE: ">",
    ast.Eq: "!=",
    ast.NotEq: "==",
    ast.Is: "is not",
    ast.IsNot: "is",
    ast.In: "not in",
    ast.NotIn: "in",
}


class Mutant:
    """One change: in the file at `path`, the characters from `start` to `end` become `text`."""

    def __init__(self, path, source, node, text, start=None, end=None):
        self.path, self.line = path, node.lineno
        self.start = offset(source, node.lineno, node.col_offset) if start is None else start
        self.end = offset(source, node.end_lineno, node.end_col_offset) if end is None else end
        self.text, self.before = text, source[self.start : self.end]

    def applied(self, source):
        return source[: self.start] + self.text + source[self.end :]

    def __str__(self):
        before, after = (" ".join(text.split())[:70] for text in (self.before, self.text))
        return f"{self.path}:{self.line}: {before} -> {after or 'nothing'}"


def offset(source, line, column):
    """Where a place in a text is, counted in characters; `column` counts bytes."""
    starts, lines = lines_of(source)
    return starts[line - 1] + len(lines[line - 1].encode()[:column].decode())


@functools.lru_cache(maxsize=1)
def lines_of(source):
    """Where each line of a text starts, and the lines."""
    lines = source.splitlines(keepends=True)
    return [0, *itertools.accumulate(map(len, lines))], lines


def mutants_of(path, rules=False):
    """All mutants of one file."""
    source = (PACKAGE / path).read_text(encoding="utf-8")
    tree = ast.parse(source)
    roots = rules_in(tree) if rules else [tree]
    return [mutant for root in roots for node in visited(root) for mutant in changes(path, source, node)]


def rules_in(tree):
    """The rules of the rows in a file: the third argument of each Op, and the functions that it names."""
    functions = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Op" and len(node.args) > 2:
            yield functions.get(getattr(node.args[2], "id", None), node.args[2])


def visited(node):
    """The nodes that run: not type hints, not texts, not what TYPE_CHECKING is or guards."""
    guard = node.test if isinstance(node, ast.If) else node.targets[0] if isinstance(node, ast.Assign) else None
    if guard and "TYPE_CHECKING" in ast.dump(guard):
        return
    yield node
    for name, field in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list"):
            continue
        for child in field if isinstance(field, list) else [field]:
            if isinstance(child, ast.AST) and not isinstance(child, ast.JoinedStr | ast.Import | ast.ImportFrom):
                yield from visited(child)


def changes(path, source, node):
    """What can be changed in one node."""

    def text(part):
        start, end = (part.lineno, part.col_offset), (part.end_lineno, part.end_col_offset)
        return source[offset(source, *start) : offset(source, *end)]

    if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
        yield Mutant(path, source, node, f"{text(node.left)} {OPERATORS[type(node.op)]} {text(node.right)}")
    elif isinstance(node, ast.Compare) and len(node.ops) == 1:
        changed = f"{text(node.left)} {COMPARISONS[type(node.ops[0])]} {text(node.comparators[0])}"
        yield Mutant(path, source, node, changed)
    elif isinstance(node, ast.BoolOp):
        word = " or " if isinstance(node.op, ast.And) else " and "
        yield Mutant(path, source, node, f"({word.join(f'({text(value)})' for value in node.values)})")
    elif isinstance(node, ast.UnaryOp):
        yield Mutant(path, source, node, f"({text(node.operand)})")
    elif isinstance(node, ast.If | ast.IfExp | ast.While) and not isinstance(node.test, ast.Compare):
        yield Mutant(path, source, node.test, f"(not ({text(node.test)}))")
    elif isinstance(node, ast.Constant) and type(node.value) in (int, float, bool):
        other = not node.value if isinstance(node.value, bool) else node.value + 1
        yield Mutant(path, source, node, repr(other))
    elif isinstance(node, ast.Expr | ast.AugAssign) and not isinstance(getattr(node, "value", None), ast.Constant):
        yield Mutant(path, source, node, "pass")


def tests_by_line(folder):
    """For each file of the package and each line, the tests that come there; and how long each test takes."""
    report, durations = folder / "coverage.json", folder / "durations.json"
    if not report.exists():
        config = contexts(ROOT / "pyproject.toml", folder)
        measured = ["--cov", "--cov-context=test", f"--cov-config={config}", f"--cov-report=json:{report}"]
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            *measured,
            f"--junit-xml={durations}",
        ]
        done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"expected tests that pass before anything is changed, got\n{done.stdout[-2000:]}")
    found = json.loads(report.read_text(encoding="utf-8"))["files"]
    return {
        name.partition("minigrad/")[2]: {int(line): contexts for line, contexts in data["contexts"].items()}
        for name, data in found.items()
    }, seconds(durations)


def contexts(config, folder):
    """The settings of coverage, with a report that shows contexts and fails at nothing."""
    path = folder / "coverage.toml"
    text = config.read_text(encoding="utf-8").replace("fail_under = 100", "fail_under = 0")
    path.write_text(f"{text}\n[tool.coverage.json]\nshow_contexts = true\n", encoding="utf-8")
    return path


def seconds(durations):
    """How long each test took, by file and name."""
    from xml.etree import ElementTree

    cases = ElementTree.parse(durations).iter("testcase")
    return {(case.get("classname"), case.get("name")): float(case.get("time")) for case in cases}


def pytest(*options):
    return [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--no-header", *options]


def chosen(mutant, covered, durations):
    """The tests that come through the line: of each file the quickest first, and then of each the next.

    For a line that runs when the file is imported, and then never again, those that come through the file.
    """
    lines = covered.get(str(mutant.path), {})
    here = lines.get(mutant.line, [])
    everywhere = here if {*here} - {""} else [context for contexts in lines.values() for context in contexts]
    names = {context.partition("|")[0] for context in everywhere} - {""}
    places: Counter[str] = Counter()
    ordered = []
    for length, name in sorted((durations.get(case_of(name), 0.01), name) for name in names):
        file = name.partition("::")[0]
        ordered.append((places[file], length, name))
        places[file] += 1
    return [name for _, _, name in sorted(ordered)]


def case_of(name):
    """A test's name as junit has it: the file as a module, and the rest."""
    file, _, test = name.partition("::")
    return file.removesuffix(".py").replace("/", "."), test.rpartition("::")[2]


def survives(mutant, tests, copy):
    """Whether none of the tests fails in a copy with the change; None if nobody comes through the line."""
    if not tests:
        return None
    target = copy / "minigrad" / mutant.path
    source = target.read_text(encoding="utf-8")
    target.write_text(mutant.applied(source), encoding="utf-8")
    try:
        return passes(tests[:FIRST], copy, 180) and (len(tests) <= FIRST or passes(tests[FIRST:], copy, 900, "-n2"))
    finally:
        target.write_text(source, encoding="utf-8")


def passes(tests, copy, most, *options):
    """Whether all these tests pass there, in so many seconds at most."""
    listed = copy / "tests.txt"  # too many for a command line
    listed.write_text("\n".join(tests), encoding="utf-8")
    command = pytest("-x", *options, f"@{listed}")
    try:
        return not subprocess.run(command, cwd=copy, capture_output=True, timeout=most, check=False).returncode
    except subprocess.TimeoutExpired:
        return False  # it hangs, which is noticed


def drawn(count, seed, rules):
    files = [path.relative_to(PACKAGE) for path in sorted(PACKAGE.rglob("*.py"))]
    files = [path for path in files if path.parts[0] not in SKIPPED and (not rules or path.parts[0] in RULES)]
    mutants = [mutant for path in files for mutant in mutants_of(path, rules)]
    if count:
        random.Random(seed).shuffle(mutants)
    return [*itertools.islice(filter(parses, mutants), count or None)]  # to read them all would take a minute


RULES = {"ops.py", "functions"}


def parses(mutant):
    try:
        ast.parse(mutant.applied((PACKAGE / mutant.path).read_text(encoding="utf-8")))
    except SyntaxError:
        return False
    return True


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("count", type=int, nargs="?", default=20)
    parser.add_argument("seed", type=int, nargs="?", default=0)
    parser.add_argument("--rules", action="store_true", help="only the derivative rules of the op table")
    parser.add_argument("--coverage", type=Path, help="a folder that keeps what coverage measured, for the next time")
    args = parser.parse_args()
    start, killed, survivors, unseen = time.perf_counter(), 0, [], []
    with tempfile.TemporaryDirectory() as name:
        folder = args.coverage or Path(name)
        folder.mkdir(exist_ok=True)
        covered, durations = tests_by_line(folder)
        copy = Path(name) / "copy"
        ignore = shutil.ignore_patterns(".git", ".venv*", "__pycache__", ".*_cache", ".hypothesis", "build", "dist")
        shutil.copytree(ROOT, copy, ignore=ignore)
        for mutant in drawn(args.count, args.seed, args.rules):
            alive = survives(mutant, chosen(mutant, covered, durations), copy)
            killed += alive is False
            if alive is not False:
                (unseen if alive is None else survivors).append(mutant)
                print("no test comes by:" if alive is None else "survives:", mutant, flush=True)
    print(f"{killed} killed, {len(survivors)} survive, {len(unseen)} where no test comes by", end="")
    print(f", in {time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
