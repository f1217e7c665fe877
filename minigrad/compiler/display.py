"""Display: the Python that makes lists, tuples and dicts around the texts of numbers.

>>> display((tuple, float, (list, float), (dict, ("b",), float)), iter(["x", "y", "2.0 * x"]), None)
"(x, [y], {'b': 2.0 * x})"
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from .printer import Writer


def display(structure: Any, texts: Iterator[str], writer: Writer | None) -> str:
    """The Python that makes a tree of this structure. What has no plain text is an entry of the function's globals."""
    if structure is float:
        return next(texts)
    kind, *branches = structure
    if kind == "static":
        return _static(branches[1], writer)
    if kind is dict:
        keys = [_static(key, writer) for key in branches.pop(0)]
        items = [f"{key}: {display(branch, texts, writer)}" for key, branch in zip(keys, branches, strict=True)]
        return f"{{{', '.join(items)}}}"
    items = [display(branch, texts, writer) for branch in branches]
    if kind is list:
        return f"[{', '.join(items)}]"
    if hasattr(kind, "_make"):
        return f"{_global(kind, kind.__name__, writer)}({', '.join(items)})"
    return f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})"


def _static(x: Any, writer: Any) -> str:
    plain = x is None or x.__class__ in (bool, int) or (x.__class__ is str and x.isidentifier())
    return repr(x) if plain else _global(x, "constant", writer)


def _global(x: Any, name: str, writer: Any) -> str:
    name = writer.names.new(name, "constant")
    writer.globals[name] = x
    return name
