"""Ways: the branches of a function, as far as they were taken.

A function that never branches is one way. One that does is a tree: a `Check` at each comparison of traced numbers, a
`Result` at the end of each way that was taken, and None where nobody has gone yet.
"""

from __future__ import annotations

import operator

from ..engine import Value
from .expressions import Expressions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

MOST_WAYS = 64  # the code is written anew for each, and a call may pass as many checks
RELATIONS = {operator.lt: "<", operator.le: "<=", operator.gt: ">", operator.ge: ">="}


class Check:
    """A comparison, `left relation right` of two numbered expressions, and where each answer leads."""

    __slots__ = ("relation", "left", "right", "yes", "no")

    def __init__(self, relation: str, left: int, right: int) -> None:
        self.relation, self.left, self.right = relation, left, right
        self.yes: Way = None
        self.no: Way = None


class Result:
    """The end of a way: the numbers of the expressions it results in, and the shape they are to be returned in."""

    __slots__ = ("numbers", "shape", "index", "noted")

    def __init__(self, numbers: Sequence[int], shape: Any, index: int, noted: Sequence[int]) -> None:
        self.numbers, self.shape, self.index = numbers, shape, index
        self.noted = noted  # what is computed on the way too, and may raise


Way = Check | Result | None


def unfolded(way: Way) -> list[Way]:
    """A way and all that it may lead to, each before those that it leads to itself."""
    found, stack = [], [way]
    while stack:
        found.append(way := stack.pop())
        if isinstance(way, Check):
            stack += (way.no, way.yes)
    return found


def sizes(way: Way) -> dict[int, int]:
    """To how many results each part of a way leads, by its id."""
    found: dict[int, int] = {}
    for part in reversed(unfolded(way)):
        if isinstance(part, Check):
            found[id(part)] = found[id(part.yes)] + found[id(part.no)]
        else:
            found[id(part)] = int(part is not None)
    return found


class Tree:
    """The expressions of one function to generate, and the ways through it."""

    __slots__ = ("expressions", "way", "count")

    def __init__(self) -> None:
        self.expressions, self.count = Expressions(), 0
        self.way: Way = None

    def learn(self, checks: list[tuple[Any, Any, Any, bool]], outputs: list[Any], shape: Any, known: Any) -> bool:
        """Add the way that a trace took; False if it was there. RuntimeError if it contradicts those that are there."""
        place: Any = self
        side = "way"
        answers: dict[tuple[str, int, int], bool] = {}
        noted: list[int] = []
        for relation, left, right, answer in checks:
            if relation is None:
                noted += self._numbers((left,), known)
                continue
            i, j = self._numbers((left, right), known)
            check = (RELATIONS[relation], i, j)
            constant = self.expressions.value(i) is not None and self.expressions.value(j) is not None
            if check in answers or constant:
                continue  # asked before on this way, or always the same
            answers[check] = answer
            way = getattr(place, side)
            if way is None:
                way = Check(*check)
                setattr(place, side, way)
            if not isinstance(way, Check) or (way.relation, way.left, way.right) != check:
                raise _contradiction()
            place, side = way, "yes" if answer else "no"
        numbers = self._numbers(outputs, known)
        end = getattr(place, side)
        if end is None:
            if self.count == MOST_WAYS:
                raise RuntimeError(
                    f"expected at most {MOST_WAYS} ways through the comparisons of one function, got one more; choose "
                    "by maximum, minimum, clamp or relu, each of which is a single op, or do without compile"
                )
            setattr(place, side, Result(numbers, shape, self.count, noted))
            self.count += 1
        elif not isinstance(end, Result) or (end.numbers, end.shape) != (numbers, shape):
            raise _contradiction()
        return end is None

    def _numbers(self, outputs: Any, known: dict[Value, int]) -> list[int]:
        found = iter(self.expressions.number([x for x in outputs if isinstance(x, Value)], known))
        return [next(found) if isinstance(x, Value) else self.expressions.constant(x) for x in outputs]


def _contradiction() -> RuntimeError:
    return RuntimeError(
        "expected the same comparisons and the same result from the same arguments, got others: the function reads "
        "something that changes (a random number, a counter, a clock); pass that as an argument"
    )
