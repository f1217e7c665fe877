"""Tracing: what a function does with numbers it does not know yet.

The function runs once on Values and leaves a graph. Two things a graph does not show are noted on the way: the shape
that arguments and results have around their numbers, and every comparison, since `if x > 0` took but one of two ways.

>>> shape, numbers = flattened(([1.0, 2.0], {"rate": 3, "mode": "fast"}))
>>> numbers
[1.0, 2.0, 3.0]
>>> rebuilt(shape, iter(["a", "b", "c"]))
(['a', 'b'], {'rate': 'c', 'mode': 'fast'})
"""

from __future__ import annotations

from ..engine import Value
from ..machinery.recorder import COMPARISONS
from ..ops import as_float
from .names import name_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

# --- Shapes ---------------------------------------------------------------------------------------------------------
#
# A shape is what is left of a tree of arguments without its numbers, and the key under which a program keeps what it
# made for such arguments: `float` for a number, (kind, *branches) for a list or tuple, (dict, keys, *branches), and
# ("static", type, x) for all else.

PLAIN = (bool, int, str, bytes, type(None))  # what a result may hold besides numbers: none of them can hide a Value


def flattened(tree: Any) -> tuple[Any, list[Any]]:
    """The shape of a tree and the numbers in it, in order: floats, and Values as they are.

    Raises TypeError for what is neither a number nor hashable, so no part of a key.
    """
    numbers: list[Any] = []
    return _shape(tree, numbers), numbers


def _shape(tree: Any, numbers: list[Any]) -> Any:
    if tree.__class__ is float or isinstance(tree, Value):
        numbers.append(tree)
        return float
    if tree.__class__ is int:
        numbers.append(float(tree))
        return float
    if isinstance(tree, dict):
        return (dict, tuple(tree), *[_shape(branch, numbers) for branch in tree.values()])
    if isinstance(tree, list | tuple):
        return (list if isinstance(tree, list) else type(tree), *[_shape(branch, numbers) for branch in tree])
    if not isinstance(tree, bool):  # a bool is a flag
        try:
            numbers.append(as_float(tree))
            return float
        except TypeError:
            pass
    _check_hashable(tree)
    return ("static", type(tree), tree)


def _check_hashable(x: Any) -> None:
    try:
        hash(x)
    except TypeError:
        raise TypeError(
            f"expected numbers, lists, tuples and dicts of them, or something hashable that stays the same, got "
            f"{x!r:.100} ({type(x).__name__}); turn an array into lists with .tolist()"
        ) from None


def rebuilt(shape: Any, numbers: Iterator[Any]) -> Any:
    """The tree of this shape with these numbers."""
    if shape is float:
        return next(numbers)
    kind, *branches = shape
    if kind == "static":
        return branches[1]
    if kind is dict:
        return dict(zip(branches[0], [rebuilt(branch, numbers) for branch in branches[1:]], strict=True))
    items = [rebuilt(branch, numbers) for branch in branches]
    if kind is list:
        return items
    return kind._make(items) if hasattr(kind, "_make") else tuple(items)


def names_in(shape: Any, name: str) -> Iterator[str]:
    """A name for each number of the shape, from where it stands: x_0, x_1, point_left, ...

    >>> list(names_in(flattened({"w": [1.0, 2.0], "b": 3.0})[0], "p"))
    ['p_w_0', 'p_w_1', 'p_b']
    """
    if shape is float:
        yield name
    elif shape[0] != "static":
        _, *branches = shape
        keys = branches.pop(0) if shape[0] is dict else range(len(branches))
        for key, branch in zip(keys, branches, strict=True):
            yield from names_in(branch, f"{name}_{key}")


class NewWay(Exception):  # noqa: N818  # no error: a way that is yet to be traced
    """Raised by generated code where a comparison falls as it never did before."""


# --- The trace ------------------------------------------------------------------------------------------------------


class Trace:
    """One run of a function on Values: what it returned, and the comparisons it made on the way.

    `inputs` are the Values in place of the arguments' numbers, `outputs` what it returned as Values and floats,
    `shape` the tree around those, and `checks` a list of (relation, left, right, answer).
    """

    def __init__(self, f: Callable[..., Any], shape: Any, numbers: Sequence[float]) -> None:
        self.inputs = [Value(x) for x in numbers]
        self.checks: list[tuple[Any, Any, Any, bool]] = []
        args, kwargs = rebuilt(shape, iter(self.inputs))
        self.shape, self.outputs = flattened_result(f, self.record(f, *args, **kwargs))

    def record(self, f: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """`f(*args, **kwargs)`, with its comparisons added to the checks."""
        token = COMPARISONS.set(self.checks)
        try:
            return f(*args, **kwargs)
        finally:
            COMPARISONS.reset(token)

    def leaves(self) -> list[Value]:
        """Every leaf that the outputs and comparisons rest on and that is no input, in the order they are met."""
        roots = [*self.outputs, *[x for _, left, right, _ in self.checks for x in (left, right)]]
        stack = [x for x in reversed(roots) if isinstance(x, Value)]
        seen, found = {*self.inputs}, []
        while stack:
            node = stack.pop()
            if node not in seen:
                seen.add(node)
                if node.op is None:
                    found.append(node)
                stack += [x for x in reversed(node.operands) if isinstance(x, Value)]
        return found


def flattened_result(f: Callable[..., Any], result: Any) -> tuple[Any, list[Any]]:
    """The shape of a result and its numbers. Raises TypeError for anything that might hide a Value."""
    numbers: list[Any] = []

    def shape(tree: Any) -> Any:
        if isinstance(tree, dict):
            return (dict, tuple(tree), *[shape(branch) for branch in tree.values()])
        if isinstance(tree, list | tuple):
            return (list if isinstance(tree, list) else type(tree), *[shape(branch) for branch in tree])
        if isinstance(tree, Value | float):
            numbers.append(tree if isinstance(tree, Value) else float(tree))
            return float
        if isinstance(tree, PLAIN):
            return ("static", type(tree), tree)
        raise TypeError(
            f"expected {name_of(f)} to return numbers, or lists, tuples and dicts of them, got {tree!r:.100} "
            f"({type(tree).__name__}); return the Values themselves"
        )

    return shape(result), numbers
