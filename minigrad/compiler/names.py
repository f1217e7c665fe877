"""Names: what things are called in the generated code, taken from where they are called something already.

>>> w = Value(2.0, label="rate")
>>> Names(["x"]).new(captured_names(lambda x: w * x)[w], "p")
'rate'
"""

from __future__ import annotations

import keyword

from ..engine import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any


class Names:
    """Hands out names, each once. Whatever it is asked for, what it gives is an identifier and nothing else."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self.taken = {*taken}
        self._last: dict[str, int] = {}  # the number behind each base that was tried last: those up to it are taken

    def copy(self) -> Names:
        """One that has handed out the same names."""
        other = Names(self.taken)
        other._last |= self._last
        return other

    def new(self, wanted: Any, fallback: str) -> str:
        """`wanted`, if it is an identifier, else `fallback`; with a number behind it if that is taken.

        >>> names = Names(["x"])
        >>> names.new("w", "p"), names.new("x", "p"), names.new("1); import os #", "p")
        ('w', 'x_1', 'p')
        """
        base = wanted if isinstance(wanted, str) else ""
        if not base.isascii():
            from unicodedata import normalize

            base = normalize("NFKC", base)  # as Python itself reads it
        if not base.isidentifier() or keyword.iskeyword(base) or base.startswith("__"):  # __debug__, __builtins__, ...
            base = fallback
        name = base
        while name in self.taken:
            n = self._last[base] = self._last.get(base, 0) + 1
            name = f"{base}_{n}"
        self.taken.add(name)
        return name


def name_of(f: Any) -> str:
    """What `f` is called."""
    return str(getattr(f, "__name__", type(f).__name__))


def argument_names(f: Any, count: int) -> list[str]:
    """Names for the first `count` positional arguments, read off the function that `f` is, wraps or calls.

    >>> argument_names(lambda x, *rest: x, 3)
    ['x', 'rest_1', 'rest_2']
    """
    code, bound = code_of(f)
    if code is None:
        return [f"x{i}" for i in range(count)]
    names = list(code.co_varnames[bound : code.co_argcount])
    rest = code.co_varnames[code.co_argcount + code.co_kwonlyargcount] if code.co_flags & 0x04 else "x"
    return [names[i] if i < len(names) else f"{rest}_{i}" for i in range(count)]


def code_of(f: Any) -> tuple[Any, int]:
    """The code that runs when `f` is called, if it is Python, and how many of its arguments are bound already."""
    while hasattr(f, "__wrapped__"):
        f = f.__wrapped__
    if hasattr(f, "__code__") and not hasattr(f, "__func__"):  # a method passes on what its function has
        return f.__code__, 0
    method = getattr(f, "__func__", None) or type(f).__call__
    return getattr(method, "__code__", None), 1


def captured_names(f: Any) -> dict[Value, str]:
    """The Values that `f`, or a function it wraps, reaches by a variable, with the names that gives them.

    >>> w, bias = [Value(1.0), Value(2.0, label="rate")], Value(3.0)
    >>> list(captured_names(lambda x: w[0] * x + w[1] + bias).values())
    ['w_0', 'rate', 'bias']
    """
    found: dict[Value, str] = dict(getattr(f, "captured", {}))
    while f is not None:
        if hasattr(getattr(f, "__code__", None), "co_names"):  # (in PyPy, what is built in has a `__code__` of its own)
            variables = {name: f.__globals__.get(name) for name in f.__code__.co_names}
            cells = zip(f.__code__.co_freevars, f.__closure__ or (), strict=True)
            for name, tree in (variables | {name: _content(cell) for name, cell in cells}).items():
                _name_values(tree, name, found)
        f = getattr(f, "__wrapped__", None)
    return found


def _content(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # a variable that has no value yet
        return None


def _name_values(tree: Any, name: str, found: dict[Value, str], depth: int = 5) -> None:
    if isinstance(tree, Value):
        found.setdefault(tree, tree.label or name)
    elif isinstance(tree, dict | list | tuple) and depth and len(tree) <= 1000:  # longer ones are data
        for key, branch in tree.items() if isinstance(tree, dict) else enumerate(tree):
            _name_values(branch, f"{name}_{key}", found, depth - 1)
