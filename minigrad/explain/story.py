"""The words of `explain`: what is said at each step of a backward pass, and what is pointed at.

They are for readers who know what a slope is and no calculus beyond, and lead them to the word gradient: with each
slope, which all other rooms call a local derivative, comes a small nudge of the operand, worked out by running the op
once more, against which the slope can be checked.
"""

from __future__ import annotations

import math
from collections import namedtuple
from itertools import chain, count, product
from string import ascii_lowercase

from ..draw.formats import infix, number, operands, plain, written
from ..engine import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

Contribution = namedtuple("Contribution", ["user", "operand", "slope", "gradient", "product"])
Contribution.__doc__ = """What one use of a node adds to its gradient: product = gradient * slope.

`user` is the Value it is used in, where it is operand number `operand`, counted from 0; `slope`, the local derivative,
is how many times as fast as that operand `user` changes, `gradient` the gradient of `user`. The loss has no user
(None): it changes exactly as fast as itself, so its slope, gradient and product are 1.
"""

Step = namedtuple("Step", ["title", "lines", "back", "nodes", "edges", "data", "grad", "slope"])
Step.__doc__ = """What is said, whether on the way back, the nodes and edges pointed at, and the numbers that appear.

Nodes are counted in order of evaluation; edges too, those into one node in the order of its operands.
"""


def names_of(order: Sequence[Value]) -> dict[Value, str]:
    """A name for each node, no two alike: its label, else a, b, c for a leaf, v1, v2 for a result, `loss` for the last.

    >>> x = Value(1.0, label="x")
    >>> [*names_of([x, y := Value(2.0), z := x * y, z + 1.0]).values()]
    ['x', 'a', 'v1', 'loss']
    """
    letters = ("".join(some) for n in count(1) for some in product(ascii_lowercase, repeat=n))
    results = (f"v{n}" for n in count(1))
    labels = [plain(node.label or "") for node in order]
    taken: set[str] = set()
    names: dict[Value, str] = {}
    for node, label in zip(order, labels, strict=True):
        candidates: Iterable[str] = letters if node.op is None else results
        if label:
            candidates = chain([label] * (label not in taken), (f"{label}_{n}" for n in count(2)))
        elif node is order[-1]:
            candidates = chain(["loss"], candidates)
        others = taken.union(labels) - {label}
        names[node] = next(name for name in candidates if name not in others)
        taken.add(names[node])
    return names


class Story:
    """The steps of a backward pass over `order`, given what each use of a node contributes to its gradient."""

    def __init__(
        self,
        order: Sequence[Value],
        contributions: Mapping[Value, Sequence[Contribution]],
        gradients: Mapping[Value, float],
    ) -> None:
        self.order, self.contributions, self.gradients = order, contributions, gradients
        self.names = names_of(order)
        self.index = {node: i for i, node in enumerate(order)}
        ends = [(parent, node) for node in order for parent in node.parents]
        self.into = {node: [i for i, (_, end) in enumerate(ends) if end is node] for node in order}
        self.out_of = {node: [i for i, (start, _) in enumerate(ends) if start is node] for node in order}

    def steps(self) -> Iterator[Step]:
        """All of it: the numbers given, forward to the loss, back to the numbers given, what that means for them."""
        leaves = [node for node in self.order if node.op is None]
        given = [self.index[node] for node in leaves]
        line = ", ".join(f"{self.names[node]} = {number(node.data)}" for node in leaves)
        yield Step("Start: the numbers given", [line], False, given, [], given, [], [])
        for node in self.order:
            if node.op is not None:
                yield self._forward(node)
        yield self._turn(self.order[-1])
        for node in self.order[-2::-1]:
            yield self._backward(node)
        yield Step("The gradients", [*map(self._meaning, leaves), self._advice()], True, given, [], [], [], [])

    # --- Forward

    def _forward(self, node: Value) -> Step:
        title = f"Forward: {self.names[node]} = {self._formula(node)}"
        line = f"{self.names[node]} = {self._formula(node, numbers=True)} = {number(node.data)}"
        i = self.index[node]
        return Step(title, [line], False, [i], self.into[node], [i], [], [])

    def _formula(self, node: Value, *, numbers: bool = False) -> str:
        """How a node follows from its operands, in names or in numbers; negative ones beside a sign are bracketed."""
        assert node.op is not None
        texts = operands(node, lambda x: number(x.data) if numbers else self.names[x])
        if infix(node.op):
            texts = [_bracketed(text) for text in texts]
        return written(node.op, texts)

    # --- Backward

    def _turn(self, loss: Value) -> Step:
        name, i = self.names[loss], self.index[loss]
        lines = [
            f"The gradient of a number says how {name} changes when that number is raised a little: 3 would mean three "
            f"times as much and up, -3 three times as much and down. It is the slope of {name} in it: two words for "
            "one thing.",
            f"{name} itself changes exactly as much as it is raised: its gradient is 1.",
        ]
        if loss.op is not None:
            lines.append(
                "From here the arrows are followed back. If a result changes 2 times as fast as an operand, and "
                f"{name} 3 times as fast as that result, then {name} changes 2 * 3 = 6 times as fast as the operand: "
                "slopes multiply."
            )
        return Step(f"Backward: start at {name}", lines, True, [i], [], [], [i], [])

    def _backward(self, node: Value) -> Step:
        name, uses, i = self.names[node], self.contributions[node], self.index[node]
        lines = [line for part in uses for line in self._use(node, part, alone=len(uses) == 1)]
        if len(uses) > 1:
            terms = " + ".join(_bracketed(number(part.product)) for part in uses)
            lines.append(f"{name} is used {len(uses)} times, and what the uses bring adds up:")
            lines.append(f"gradient of {name} = {terms} = {number(self.gradients[node])}")
        edges = self.out_of[node]
        return Step(f"Backward: the gradient of {name}", lines, True, [i], edges, [], [i], edges)

    def _use(self, node: Value, part: Contribution, *, alone: bool) -> list[str]:
        """One arrow: where it leads, its slope with a nudge to check it by, and what it brings."""
        name, result = self.names[node], self.names[part.user]
        place = f", as operand {part.operand + 1}" if [x is node for x in part.user.parents].count(True) > 1 else ""
        told = [f"{name} is used in {result} = {self._formula(part.user)}{place}."]
        slope = number(part.slope)
        if (nudged := _nudge(part)) is None:
            told.append(f"The slope of {result} there is {slope}.")
        else:
            nudge, change = nudged
            about = "" if number(change / nudge) == slope else "about "
            told.append(
                f"Raise {name}{'' if alone else ' there'} by {number(nudge)} and {result} changes by {number(change)}, "
                f"{about}{_times(slope)}: the slope is {slope}."
            )
        brings = f"slope * gradient of {result} = {_bracketed(slope)} * {_bracketed(number(part.gradient))}"
        head = f"gradient of {name} =" if alone else "This use brings"
        return [*told, f"{head} {brings} = {number(part.product)}"]

    # --- What it means

    def _meaning(self, leaf: Value) -> str:
        name, loss, gradient = self.names[leaf], self.names[self.order[-1]], self.gradients[leaf]
        if gradient == 0:
            how = f"{loss} hardly changes"
        elif math.isfinite(gradient):
            how = f"{loss} {'rises' if gradient > 0 else 'falls'} {_times(number(abs(gradient)))}"
        else:
            how = f"how much {loss} changes is no finite number"
        return f"{name}: {number(gradient)}. Raise {name} a little, and {how}."

    def _advice(self) -> str:
        loss = self.names[self.order[-1]]
        return f"To lower {loss}, move a number against its gradient: up where that is negative, down where positive."


def _times(text: str) -> str:
    return "just as much" if text == "1" else f"{text} times as much"


def _bracketed(text: str) -> str:
    return f"({text})" if text.startswith("-") else text


def _nudge(part: Contribution) -> tuple[float, float] | None:
    """A small rise of the operand and what the result changes by; None where that shows another slope than the rule's.

    So it is at a corner, as of relu at 0, where the slope is a convention.
    """
    numbers = [float(getattr(x, "data", x)) for x in part.user.operands]
    x, nudge = numbers[part.operand], 0.001
    if x and math.isfinite(x) and not 0.05 <= abs(x) <= 1000:
        nudge *= 10.0 ** math.floor(math.log10(abs(x)))
    numbers[part.operand] += nudge
    try:
        change = part.user.op.forward(*numbers) - part.user.data
    except (ArithmeticError, ValueError):
        return None
    borne_out = nudge and abs(change - part.slope * nudge) <= 0.05 * nudge * max(abs(part.slope), 0.1)
    return (nudge, change) if borne_out else None
