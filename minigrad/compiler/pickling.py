"""Pickling: what was learned of a function as plain data, and a function made of that.

A program that is pickled leaves its function behind, which may be a lambda or know half of the world. What was learned
of it goes: ops by name, constants, the paths through it, its parameters by value. A `Replay` interprets that, on Values
too, and the generated code is written anew. So no text is ever run that came out of a pickle.
"""

from __future__ import annotations

from ..engine import Value
from ..machinery.trees import flattened, names_in
from .errors import GuardFailed, NewPath, Unrepeatable
from .ir import RELATIONS, Closed, Guard, Path, Refusal, Result, unfolded
from .names import name_of
from .rewrite import ROWS
from .specialize import Specialization

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .target import Target


class Replay:
    """The function that the specializations describe, for arguments of their structures and along the paths they know.

    `captured` are its parameters, with their names.
    """

    def __init__(self, name: str, doc: str | None, described: list[Any], target: Target) -> None:
        self.__name__, self.__doc__ = name, doc
        self.specializations: dict[Any, Specialization] = {}
        self.captured: dict[Value, str] = {}
        for structure, arguments, parameters, bare, (call, row) in described:
            made = self.specializations[structure] = Specialization(self, structure, target)
            made.arguments, made.parameters = [*arguments], dict(parameters)
            made.bare = bare
            inputs, further = _inputs(structure, made)
            made.call, made.row = _restored(inputs, *call), row and _restored(inputs | further, *row)
            self.captured |= made.parameters

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """What the function returned, of Values or numbers."""
        structure, numbers = flattened((args, kwargs))
        if structure not in self.specializations:
            raise NewPath(
                f"expected arguments in a structure {self.__name__} was called with before it was pickled, got others; "
                "call it with such arguments first, then pickle it"
            )
        known = self.specializations[structure]
        inputs = {("argument", k): x for k, x in enumerate(numbers)}
        inputs |= {("parameter", k): x for k, x in enumerate(known.parameters)}
        try:
            return known.call.interpret(inputs)
        except Unrepeatable as refused:
            raise RuntimeError(
                f"expected {self.__name__} to take a path that was compiled before it was pickled, got one on which it "
                f"meets {refused}: the function itself, which would go on from there, stayed behind"
            ) from None
        except GuardFailed:
            raise NewPath(
                f"expected {self.__name__} to take one of the paths it took before it was pickled, got another: its "
                "comparisons fall differently; call it with such arguments before it is pickled"
            ) from None


def described(specialization: Specialization) -> Any:
    """The specialization as plain data. Raises TypeError for an op that is not minigrad's own."""
    known = specialization
    closed = [closed and _described(name_of(known.f), closed) for closed in (known.call, known.row)]
    return known.structure, known.arguments, [*known.parameters.items()], known.bare, closed


def _described(name: str, closed: Closed) -> Any:
    names = {op: name for name, op in ROWS.items()}
    expressions = []
    for op, operands in zip(closed.ops, closed.operands, strict=True):
        if op is not None and op not in names:
            raise TypeError(
                f"cannot pickle {name}: {op!r} is not an op of minigrad's own; pickle the numbers it works "
                "on, and compile it where it is to run"
            )
        expressions.append((op and names[op], operands))
    parts = unfolded(closed.path)[::-1]  # each behind those it leads to
    places: dict[int, int] = {}
    for k, part in enumerate(parts):
        places.setdefault(id(part), k)  # every path not traced yet is the same None, which stands first
    paths: list[Any] = []
    for path in parts:
        if isinstance(path, Guard):
            paths.append((path.relation, path.left, path.right, places[id(path.yes)], places[id(path.no)]))
        elif isinstance(path, Result):
            paths.append((path.numbers, path.structure, path.index, path.noted))
        else:
            paths.append(path.reason if isinstance(path, Refusal) else None)
    return expressions, paths


def _inputs(structure: Any, known: Specialization) -> tuple[set[Any], set[Any]]:
    """The inputs that there are, and what rows have besides. ValueError if not all numbers of the structure are."""
    expected, count = len([*names_in(structure, "x")]), len(known.parameters)
    if len(known.arguments) != expected:
        raise ValueError(
            f"expected {expected} arguments, as their structure has, got {len(known.arguments)}; the pickle is damaged"
        )
    inputs = {*[("argument", k) for k in range(expected)], *[("parameter", k) for k in range(count)]}
    return inputs, {("share", 0), *[("gradient", k) for k in range(count)]}


def _restored(inputs: set[Any], expressions: list[Any], paths: list[Any]) -> Closed:
    """The function of these inputs from plain data; KeyError and the like if that is no description of one."""
    closed = Closed()
    numbers: list[int] = []
    for name, operands in expressions:
        if name is not None:
            number = closed.apply(ROWS[name], *[numbers[i] for i in operands])
        elif isinstance(operands, tuple):
            if operands not in inputs:
                raise KeyError(operands)
            number = closed.input(*operands)
        else:
            number = closed.constant(float(operands))
        numbers.append(number)
    made: list[Path] = []
    for path in paths:
        if isinstance(path, str):
            made.append(Refusal(path))
        elif path is not None and isinstance(path[0], str):
            relation, left, right, yes, no = path
            guard = Guard({sign: sign for sign in RELATIONS.values()}[relation], numbers[left], numbers[right])
            guard.yes, guard.no = made[yes], made[no]
            made.append(guard)
        else:
            made.append(path and _result(numbers, *path))
    closed.path, closed.count = made[-1], sum([isinstance(path, Result | Refusal) for path in made])
    return closed


def _result(numbers: list[int], ends: list[int], structure: Any, index: int, noted: list[tuple[str, int]]) -> Result:
    return Result([numbers[i] for i in ends], structure, int(index), [(kind, numbers[i]) for kind, i in noted])
