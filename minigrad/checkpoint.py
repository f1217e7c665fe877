"""Checkpoints: a training run in a file, to go on from as if there had been no break.

The file is JSON, good to read, and loading it runs no code. Floats come back to the last bit. While a file is written
the old one stays, whole, until the new one is complete: whenever the process dies, one of the two is there.

>>> import os, tempfile
>>> from minigrad import Value
>>> w = Value(0.1)
>>> with tempfile.TemporaryDirectory() as folder:
...     path = os.path.join(folder, "run.json")
...     save(path, params=[w], epoch=7, losses=[2.5, float("inf")])
...     w.data = 0.0
...     load(path, params=[w])
{'epoch': 7, 'losses': [2.5, inf]}
>>> w.data
0.1
"""

from __future__ import annotations

import math
import operator
import os
import sys

from .engine import Value
from .machinery.files import parsed, text_of, write_text
from .ops import as_float

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

__all__ = ["load", "save", "write_text"]

_HEAD = {"format": "minigrad checkpoint", "version": 1}
_FLOAT = "$float"  # {"$float": "nan"} stands for what JSON has no number for: nan, inf and -inf
_DEEPEST = 100  # lists in lists; a file may be read a little deeper


def save(path: str | os.PathLike[str], /, **objects: Any) -> None:
    """Write the objects to a file by their names, in place of what it held before.

    An object is anything with a `state_dict()`, as models and optimizers are; a Value, of which the number is kept;
    None, a bool, a number, a text; or lists, tuples and dicts of these. Numbers come back as they were, those of NumPy
    as the int, float or bool that they equal.

    Raises TypeError for all else, a number that no float is (Fraction(1, 3), Decimal("0.1")) included; ValueError for
    an int past the largest float, and for lists more than 100 deep, as one that holds itself is; and OSError if the
    file cannot be written, see `write_text`. Then the old file is as it was.

    >>> import os, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(os.path.join(folder, "run.json"), w=Value(0.5), step=3)
    ...     load(os.path.join(folder, "run.json"))
    {'w': 0.5, 'step': 3}

    >>> save("/nowhere/run.json", xs=[1.0, {2.0}])
    Traceback (most recent call last):
    TypeError: expected xs[1] as a number, a text, or lists and dicts of them, got {2.0} (set); give it a \
state_dict(), or leave it out
    """
    write_text(path, text_of(_HEAD | {"objects": _plain(objects, "")}))


def load(path: str | os.PathLike[str], /, **objects: Any) -> dict[str, Any]:
    """Bring the objects to the state that stands at their names in the file; return the rest of it as plain data.

    An object is anything with a `load_state_dict()`, a leaf Value, or lists, tuples and dicts of these, in the
    structure that was saved. A number cannot be changed in place: take it from the result, where tuples have become
    lists.

    Raises OSError if the file cannot be read, ValueError or TypeError if it is no whole checkpoint, if it was changed
    since it was saved, if it lacks a name, or if what it holds does not fit the object. Then no object is changed.

    >>> import os, tempfile
    >>> w = Value(0.5)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(os.path.join(folder, "run.json"), w=w, step=3)
    ...     w.data = 2.0
    ...     load(os.path.join(folder, "run.json"), w=w)
    {'step': 3}
    >>> w.data
    0.5
    """
    saved = _read(path)
    if missing := [name for name in objects if name not in saved]:
        raise ValueError(f"expected {', '.join(missing)} in {os.fspath(path)!r}, got {', '.join(saved) or 'nothing'}")
    pairs = [pair for name in objects for pair in _pairs(objects[name], saved[name], name)]
    before = [(x, _decoded(_plain(x, ""))) for x, _ in pairs]
    try:
        for x, state in pairs:
            _put(x, state)
    except BaseException:
        for x, state in before:
            _put(x, state)
        raise
    return {name: data for name, data in saved.items() if name not in objects}


def _plain(x: Any, where: str, depth: int = 0) -> Any:
    """`x` in the types of JSON; `where` is the path to it."""
    if x.__class__ is float and math.isfinite(x):  # nearly everything is, so this comes first
        return x
    if depth > _DEEPEST and (isinstance(x, list | tuple | dict) or hasattr(x, "state_dict")):
        raise ValueError(f"expected lists at most {_DEEPEST} deep, got deeper ones; does {where:.40}... hold itself?")
    if hasattr(x, "state_dict"):
        return _plain(x.state_dict(), where, depth + 1)
    if isinstance(x, (list, tuple)):
        return [_plain(item, f"{where}[{i}]", depth + 1) for i, item in enumerate(x)]
    if isinstance(x, dict):
        if wrong := [key for key in x if not isinstance(key, str) or key == _FLOAT]:
            raise TypeError(f"expected texts other than {_FLOAT!r} as keys, got {wrong[0]!r} in {where}; try str(key)")
        return {
            _text(key, where): _plain(item, f"{where}.{key}" if where else key, depth + 1) for key, item in x.items()
        }
    if isinstance(x, str):
        return _text(x, where)
    return x if x is None or isinstance(x, bool) else _number(x, where)


def _text(x: str, where: str) -> str:
    """`x`, if JSON gives it back: of the two halves of one character it makes one."""
    if not x.isascii() and x.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass") != x:
        raise ValueError(f"expected {where} as a text of whole characters, got one of two halves (surrogates)")
    return x


def _number(x: Any, where: str) -> Any:
    """An int, a float or a bool that equals x."""
    number = x.data if isinstance(x, Value) else _built_in(x, where)
    if isinstance(number, int):
        if abs(number) > sys.float_info.max:
            raise ValueError(f"expected {where} up to the largest float, 1.8e308, got an int past it; save its text")
        return number
    return number if math.isfinite(number) else {_FLOAT: repr(number)}


def _built_in(x: Any, where: str) -> Any:
    if getattr(getattr(x, "dtype", None), "kind", "") == "b" and not x.ndim:  # np.True_, of which float makes 1.0
        return bool(x)
    try:
        return operator.index(x)
    except TypeError:
        pass
    try:
        number = as_float(x)
    except (TypeError, ValueError):
        raise TypeError(
            f"expected {where} as a number, a text, or lists and dicts of them, got {x!r:.100} ({type(x).__name__}); "
            "give it a state_dict(), or leave it out"
        ) from None
    except OverflowError:
        number = math.inf
    if number != x and x == x:
        raise TypeError(f"expected {where} as a number that a float can be, got {x!r:.100}; save float(x), or its text")
    return number


def _read(path: str | os.PathLike[str]) -> dict[str, Any]:
    with open(path, encoding="utf-8") as file:
        try:
            text = file.read()
            whole = _decoded(parsed(text)) if "$" in text or "\\u" in text else parsed(text)
        except ValueError as error:
            raise ValueError(f"{os.fspath(path)!r} is no whole checkpoint: {error}; was it cut short?") from None
    known = isinstance(whole, dict) and {*whole} == {*_HEAD, "objects"} and whole | _HEAD == whole
    if not known or not isinstance(whole["objects"], dict):
        raise ValueError(f"expected {os.fspath(path)!r} to be a checkpoint, {_HEAD}, got {whole!r:.100}")
    return dict(whole["objects"])


def _decoded(x: Any) -> Any:
    """Data from JSON, with floats where they stand for one."""
    if isinstance(x, list):
        return [_decoded(item) for item in x]
    if not isinstance(x, dict):
        return x
    if _FLOAT not in x:
        return {key: _decoded(item) for key, item in x.items()}
    if x not in [{_FLOAT: name} for name in ("nan", "inf", "-inf")]:
        raise ValueError(f"{x!r:.100} is no number")
    return float(x[_FLOAT])


def _pairs(x: Any, state: Any, where: str) -> Iterator[tuple[Any, Any]]:
    """Each object inside `x` that holds a state of its own, and the state for it."""
    if hasattr(x, "load_state_dict") or (isinstance(x, Value) and x.op is None):
        yield x, state
    elif isinstance(x, dict) and isinstance(state, dict) and x.keys() == state.keys():
        for key in x:
            yield from _pairs(x[key], state[key], f"{where}.{key}")
    elif isinstance(x, (list, tuple)) and isinstance(state, list) and len(x) == len(state):
        for i, (item, inside) in enumerate(zip(x, state, strict=True)):
            yield from _pairs(item, inside, f"{where}[{i}]")
    elif isinstance(x, (dict, list, tuple)):
        raise ValueError(f"expected {where} in the structure that was saved, {state!r:.100}, got {x!r:.100}")
    else:
        raise TypeError(
            f"expected {where} as something that can be changed in place, a model, an optimizer or a leaf Value, got "
            f"{x!r:.100} ({type(x).__name__}); leave it out and take it from what load() returns"
        )


def _put(x: Any, state: Any) -> None:
    if isinstance(x, Value):
        x.data = as_float(state)
    else:
        x.load_state_dict(state)
