"""Nested arguments: numbers, or lists, tuples and dicts of numbers nested to any depth, and their structure."""

from __future__ import annotations

from ..ops import as_float
from .scalar import Scalar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any


def mapped(change: Callable[[Any], Any], tree: Any) -> Any:
    """`tree` with `change(number)` for each number: lists, dicts and tuples, named ones too, stay what they are.

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


def listed(column: Any, name: object) -> list[float]:
    """The column of this name as a list of floats. TypeError for what is no real number, with its row.

    >>> listed(range(3), "x")
    [0.0, 1.0, 2.0]
    """
    numbers = column.tolist() if hasattr(column, "tolist") else [*column]
    if {*map(type, numbers)} <= {float}:
        return numbers
    found: list[float] = []
    for x in numbers:
        try:
            found.append(as_float(x))
        except TypeError:
            raise TypeError(
                f"expected a column of real numbers for {name}, got {x!r:.100} ({type(x).__name__}) in row "
                f"{len(found)}; leave such rows out, as table.dropna() does where a number is missing, or make it one"
            ) from None
    return found


def rows_in(table: Any) -> list[Any]:
    """The rows of a table that comes row by row: each a list or tuple of arguments. TypeError if it has no such rows.

    >>> rows_in(iter([(1.0, 2.0), [3.0, 4.0]]))
    [(1.0, 2.0), [3.0, 4.0]]
    """
    if not hasattr(table, "__iter__"):
        raise TypeError(
            f"expected rows: tuples of arguments, a two-dimensional array, or columns by name, got {table!r:.100} "
            f"({type(table).__name__})"
        )
    rows = [*(table.tolist() if hasattr(table, "tolist") else table)]
    for i, row in enumerate(rows):
        if isinstance(row, tuple | list):
            continue
        if getattr(row, "ndim", 0) != 1:
            raise TypeError(
                f"expected each row to be a tuple of arguments, got {row!r:.100} ({type(row).__name__}) for row {i}; a "
                "single argument makes (x,)"
            )
        rows[i] = row.tolist()
    return rows


# --- Structure ------------------------------------------------------------------------------------------------------
#
# The structure of nested arguments is what is left of them without their numbers. It is hashable: `float` for a number,
# (kind, *branches) for a list or tuple, (dict, keys, *branches), and ("static", type, x, text) for all else. What is
# equal need not be the same: range(0, 3, 5) and range(0, 3, 4), or 0.0 and -0.0, True and 1 as keys. So the text
# counts too.


def flattened(tree: Any, leaf: Callable[[Any, list[Any]], Any] | None = None) -> tuple[Any, list[Any]]:
    """The structure of `tree` and the numbers in it, in order: floats, and Values as they are.

    `leaf(x, numbers)` gives the structure of what is neither of these nor list, tuple or dict, and adds to `numbers`
    what it finds there; as it is, it takes all real numbers for numbers and the rest for static. TypeError for what is
    neither a number nor hashable.

    >>> structure, numbers = flattened(([1.0, 2.0], {"rate": 3, "mode": "fast"}))
    >>> numbers
    [1.0, 2.0, 3.0]
    >>> rebuilt(structure, iter(["a", "b", "c"]))
    (['a', 'b'], {'rate': 'c', 'mode': 'fast'})
    """
    numbers: list[Any] = []
    return _structure(tree, numbers, leaf or argument), numbers


def _structure(tree: Any, numbers: list[Any], leaf: Callable[[Any, list[Any]], Any]) -> Any:
    kind = tree.__class__
    if kind is float or isinstance(tree, Scalar):
        numbers.append(tree)
        return float
    if kind is int and leaf is argument:  # (for speed, as what follows is)
        numbers.append(float(tree))
        return float
    if kind is tuple or kind is list:
        return (kind, *[_structure(branch, numbers, leaf) for branch in tree])
    if isinstance(tree, dict):
        keys = tuple(tree)
        for key in keys:
            if key.__class__ is not str:
                keys = _Keys(keys)
                break
        return (dict, keys, *[_structure(branch, numbers, leaf) for branch in tree.values()])
    if isinstance(tree, list | tuple):
        return (list if isinstance(tree, list) else kind, *[_structure(branch, numbers, leaf) for branch in tree])
    return leaf(tree, numbers)


_FLAGS = (str, bool, type(None))  # equal is the same


class _Keys(tuple[object, ...]):
    """Keys of a dict that are not all text.

    >>> _Keys([1]) == _Keys([1]), _Keys([1]) == _Keys([True]), _Keys([1]) != _Keys([True])
    (True, False, True)
    """

    __slots__ = ()
    __hash__ = tuple.__hash__

    def __eq__(self, other: object) -> bool:
        return tuple.__eq__(self, other) and repr(self) == repr(other)

    def __ne__(self, other: object) -> bool:
        return not self == other


def argument(x: Any, numbers: list[Any]) -> Any:
    """The structure of an argument that is no tree: a number, put to the `numbers`, or static. TypeError if neither."""
    kind: Any = type(x)
    if kind in _FLAGS:
        return ("static", kind, x)
    try:
        numbers.append(as_float(x))
        return float
    except TypeError:
        pass
    try:
        hash(x)
    except TypeError:
        raise TypeError(
            f"expected numbers, lists, tuples and dicts of them, or something hashable that stays the same, got "
            f"{x!r:.100} ({type(x).__name__}); turn an array into lists with .tolist()"
        ) from None
    if kind.__eq__ is object.__eq__:  # it is equal to itself alone
        return ("static", kind, x)
    return ("static", kind, x, repr(x))


def rebuilt(structure: Any, numbers: Iterator[Any]) -> Any:
    """The tree of this structure with these numbers."""
    if structure is float:
        return next(numbers)
    kind, *branches = structure
    if kind == "static":
        return branches[1]
    if kind is dict:
        return dict(zip(branches[0], [rebuilt(branch, numbers) for branch in branches[1:]], strict=True))
    items = [rebuilt(branch, numbers) for branch in branches]
    if kind is list:
        return items
    return kind._make(items) if hasattr(kind, "_make") else tuple(items)


def names_in(structure: Any, name: str) -> Iterator[str]:
    """A name for each number of the structure, from where it stands: x_0, x_1, point_left, ...

    >>> list(names_in(flattened({"w": [1.0, 2.0], "b": 3.0})[0], "p"))
    ['p_w_0', 'p_w_1', 'p_b']
    """
    if structure is float:
        yield name
    elif structure[0] != "static":
        _, *branches = structure
        keys = branches.pop(0) if structure[0] is dict else range(len(branches))
        for key, branch in zip(keys, branches, strict=True):
            yield from names_in(branch, f"{name}_{key}")
