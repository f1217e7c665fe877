"""Functions with control flow: random Python that branches, loops, catches errors, looks things up, makes text.

What each statement is good for is said in `statements.py`. Whatever is drawn is defined: `t` and `u` are there from the
first line on, loops end, and where an operation may fail the error is a part of what the function does.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from .. import functions, transforms
from .statements import CONDITIONS, EXPRESSIONS, NUMBERS, STATEMENTS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    Pick = Callable[[int], int]  # a random whole number from 0 to below n; 0 is the simplest choice


class Branching:
    r"""A function with control flow as text, the parameters that it knows, and points to call it at.

    `source` is a `def function(...)`, `parameters` maps the names that it knows from elsewhere to their numbers, and
    each of `points` is a tuple of arguments. `function(kind)` makes the function, with parameters of that kind.

    >>> from minigrad import Value, compile
    >>> branching = Branching("def function(x):\n    return w * x if x > 1.0 else w", {"w": 2.0}, [(3.0,), (0.5,)])
    >>> [branching.function(float)(*point) for point in branching.points]
    [6.0, 2.0]
    >>> program = compile(branching.function(Value))
    >>> [program.value(*point) for point in branching.points]
    [6.0, 2.0]
    """

    def __init__(
        self,
        source: str,
        parameters: Mapping[str, float],
        points: Sequence[tuple[Any, ...]],
        kinds: Collection[str] = (),
    ) -> None:
        self.source, self.parameters, self.points = source, dict(parameters), [*points]
        self.kinds = sorted(kinds)
        self._code = compile(source, "<function>", "exec")

    def function(self, kind: Callable[[float], Any]) -> Callable[..., Any]:
        """The function, with `kind(number)` for each of its parameters: `float` for numbers, `Value` for Values."""
        scope: dict[str, Any] = {**vars(functions), "grad": transforms.grad, "__name__": "function"}
        exec("from contextlib import suppress", scope)
        scope |= {name: kind(number) for name, number in self.parameters.items()}
        exec(self._code, scope)
        made: Callable[..., Any] = scope["function"]
        return made

    def __repr__(self) -> str:
        words = {*re.findall(r"[a-z_0-9]+", self.source)}
        called = sorted(words & {"grad", *(name for name in vars(functions) if not name.startswith("_"))})
        imports = f"from minigrad import {', '.join(['Value', *called])}\n"
        imports = "from contextlib import suppress\n\n" * ("suppress" in words) + imports
        known = "".join([f"{name} = Value({number!r})\n" for name, number in self.parameters.items()])
        calls = "".join([f"print(function({', '.join(map(repr, point))}))\n" for point in self.points])
        return f"{imports}\n{known}\n\n{self.source}\n\n\n{calls}"


def branching(kinds: Collection[str] = (), *, max_statements: int = 4) -> st.SearchStrategy[Branching]:
    """Functions of one to `max_statements` random statements, with what is nested in these, and points to call them at.

    `kinds` restricts them to some kinds of statements, the keys of `STATEMENTS`: branch, loop, equality, except, ...

    >>> from hypothesis import given
    >>> @given(branching(["branch", "loop"]))
    ... def test_the_same_arguments_give_the_same_result(branching):
    ...     function = branching.function(float)
    ...     for point in branching.points:
    ...         assert repr(outcome(function, *point)) == repr(outcome(function, *point))
    >>> def outcome(function, *point):
    ...     try:
    ...         return function(*point)
    ...     except (ArithmeticError, ValueError) as error:
    ...         return str(error)
    >>> test_the_same_arguments_give_the_same_result()
    """
    unknown = [kind for kind in kinds if kind not in STATEMENTS]
    if unknown:
        raise ValueError(f"expected kinds out of {', '.join(STATEMENTS)}, got {unknown[0]!r}")

    @st.composite
    def written(draw: st.DrawFn) -> Branching:
        return write(lambda n: draw(st.integers(0, n - 1)), kinds, max_statements)

    return written()


def write(pick: Pick, kinds: Collection[str] = (), max_statements: int = 4) -> Branching:
    """The function that random numbers come to; `pick` may be `random.Random(seed).randrange`."""
    writer = _Writer(pick, kinds)
    arguments, points = writer.signature()
    lines = []
    for name in ("t", "u"):
        lines.append(writer.filled(f"{name} = EXPRESSION"))
        writer.names.append(name)
    for _ in range(1 + pick(max_statements)):
        lines += [writer.filled(line) for line in writer.statement()]
    lines.append(writer.filled("return RESULT"))
    text = "\n".join([f"    {line}" for line in "\n".join(lines).split("\n")])
    known = {name: number for name, number in writer.parameters.items() if re.search(rf"\b{name}\b", text)}
    return Branching(f"def function({arguments}):\n{text}", known, points, writer.used)


class _Writer:
    """Fills templates: each word in capitals stands for something that is drawn for it, and may hold such words too."""

    DEEPEST = 2  # blocks inside blocks, and expressions inside expressions

    def __init__(self, pick: Pick, kinds: Collection[str]) -> None:
        self.pick = pick
        self.statements = [(kind, text) for kind, texts in STATEMENTS.items() for text in texts]
        self.conditions = [*CONDITIONS]
        if kinds:
            self.statements = [(kind, text) for kind, text in self.statements if kind in (*kinds, "assign")]
            if "equality" not in kinds:
                self.conditions = [c for c in CONDITIONS if "==" not in c and "!=" not in c and " in " not in c]
        self.parameters = {"w": self.number(), "b": self.number(), "c": self.number()}
        self.names = ["x", "w"]
        self.used: set[str] = set()
        self.depth = 0
        self.static = False

    def choice(self, options: Sequence[Any]) -> Any:
        return options[self.pick(len(options))]

    def number(self) -> float:
        return float(self.choice(NUMBERS))

    def signature(self) -> tuple[str, list[tuple[Any, ...]]]:
        """The arguments as text, and points for them."""
        arguments: list[str] = ["x"]
        kinds: list[Callable[[], Any]] = [self.number]
        shape = self.pick(5)
        if shape == 1:
            arguments, kinds = ["x", "y"], [self.number] * 2
            self.names += ["y", "b"]
        elif shape == 2:
            arguments, kinds = ["x", "xs"], [self.number, lambda: [self.number(), self.number()]]
            self.names += ["xs[0]", "xs[1]"]
        elif shape == 3:
            arguments, kinds = ["x", "p"], [self.number, lambda: {"a": self.number(), "b": (self.number(),)}]
            self.names += ["p['a']", "p['b'][0]"]
        elif shape == 4:
            arguments, kinds = ["x", "y=0.5"], [self.number]
            self.names += ["y"]
        if self.pick(3) == 1:
            arguments = [*arguments, 'mode="up"'] if "=" in arguments[-1] else [*arguments, "mode"]
            self.static = True
            if arguments[-1] == "mode":
                kinds = [*kinds, lambda: self.choice(["up", "down", True, None])]
        return ", ".join(arguments), [tuple([kind() for kind in kinds]) for _ in range(2 + self.pick(5))]

    def statement(self) -> list[str]:
        """The lines of a random statement."""
        kind, text = self.choice(self.statements)
        if kind == "static" and not self.static:
            return ["TARGET = EXPRESSION"]
        self.used.add(kind)
        self.depth += 1
        lines: list[str] = []
        for line in text.replace("COUNT", f"n{self.depth}").split("\n"):
            if line.strip() != "BLOCK":
                lines.append(line)
                continue
            indent = line[: line.index("BLOCK")]
            for _ in range(1 + self.pick(2)):
                inner = self.statement() if self.depth < self.DEEPEST else ["TARGET = EXPRESSION"]
                lines += [indent + each for each in inner]
        self.depth -= 1
        return lines

    def filled(self, template: str, depth: int = 0) -> str:
        """The template with something in place of each word in capitals."""
        return re.sub(r"\b[A-Z]{4,}\b", lambda word: self.word(word[0], depth), template)

    def word(self, word: str, depth: int) -> str:
        if word == "TARGET":
            return str(self.choice(["t", "u"]))
        if word == "NUMBER":
            return repr(self.number())
        if word == "CONDITION":
            return self.filled(self.choice(self.conditions), depth + 1)
        if word == "RESULT":
            return self.filled(self.choice(["t", "u", "t * u + EXPRESSION", "EXPRESSION", "w * t - u"]), depth)
        if word == "ATOM" or depth >= self.DEEPEST:
            return str(self.choice([*self.names, repr(self.number())]))
        return self.filled(self.choice(EXPRESSIONS), depth + 1)
