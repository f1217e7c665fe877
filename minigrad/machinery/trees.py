"""Arguments with a structure: numbers, or lists, tuples and dicts of numbers nested to any depth."""

from __future__ import annotations

from ..ops import as_float
from .scalar import Scalar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any


def mapped(change: Callable[[Any], Any], tree: Any) -> Any:
    """`tree` with `change(number)` for each number: lists, dicts and tuples, named ones too, stay as they are.

    >>> mapped(lambda x: -x, {"w": [1.0, 2.0], "b": (3.0,)})
    {'w': [-1.0, -2.0], 'b': (-3.0,)}
    """
    if isinstance(tree, dict):
        return {key: mapped(change, branch) for key, branch in tree.items()}
    if not isinstance(tree, list | tuple):
        return change(tree)
    branches = [mapped(change, branch) for branch in tree]
    if isinstance(tree, list):
        return branches
    return tree._make(branches) if hasattr(tree, "_make") else tuple(branches)


def numbers_in(tree: Any) -> list[Any]:
    """What `mapped` would change, in its order.

    >>> numbers_in({"w": [1.0, 2.0], "b": (3.0,)})
    [1.0, 2.0, 3.0]
    """
    found: list[Any] = []
    mapped(found.append, tree)
    return found


def is_number(x: Any) -> bool:
    """Whether x is a Value or a real number. A bool is a flag: nobody varies it.

    >>> is_number(3), is_number(True), is_number("3")
    (True, False, False)
    """
    if isinstance(x, bool):
        return False
    try:
        return isinstance(x, Scalar) or as_float(x) is not None
    except TypeError:
        return False


def named_numbers(name: str, tree: Any) -> Iterator[tuple[str, float]]:
    """Each number in `tree`, in the order of `mapped`: the text that reaches it, and the number as a float.

    >>> list(named_numbers("x", [1, {"w": 2.0, "optimizer": "sgd"}]))
    [('x[0]', 1.0), ("x[1]['w']", 2.0)]
    """
    if isinstance(tree, dict | list | tuple):
        for key, branch in tree.items() if isinstance(tree, dict) else enumerate(tree):
            yield from named_numbers(f"{name}[{key!r}]", branch)
    elif is_number(tree):
        yield name, tree._number if isinstance(tree, Scalar) else as_float(tree)
