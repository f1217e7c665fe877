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

import json
import math
import os

from .engine import Value
from .ops import as_float

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, NoReturn

_HEAD = {"format": "minigrad checkpoint", "version": 1}
_FLOAT = "$float"  # {"$float": "nan"} stands for what JSON has no number for: nan, inf and -inf


def save(path: str | os.PathLike[str], /, **objects: Any) -> None:
    """Write the objects to a file by their names, in place of what it held before.

    An object is anything with a `state_dict()`, as models and optimizers are; a Value, of which the number is kept;
    None, a bool, a number, a text; or lists, tuples and dicts of these. Raises TypeError for all else, OSError if the
    file cannot be written; then the old file is as it was. A killed process may leave a file *.tmp beside it.
    """
    write_text(path, _text(_HEAD | {"objects": objects}))


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Write a file of ASCII so that the old one stays, whole, until the new one is complete. Raises OSError.

    A killed process may leave a file *.tmp beside it.
    """
    target = os.path.realpath(path)  # of a symbolic link: replace the file, not the link
    unfinished = f"{target}.{os.urandom(6).hex()}.tmp"  # beside it, for a rename is atomic in one file system only
    try:
        with open(unfinished, "x", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, target)
    except BaseException:
        if os.path.exists(unfinished):
            os.remove(unfinished)
        raise


def load(path: str | os.PathLike[str], /, **objects: Any) -> dict[str, Any]:
    """Bring the objects to the state that stands at their names in the file; return the rest of it as plain data.

    An object is anything with a `load_state_dict()`, a leaf Value, or lists, tuples and dicts of these, in the
    structure that was saved. A number cannot be changed in place: take it from the result, where tuples have become
    lists.

    Raises OSError if the file cannot be read, ValueError or TypeError if it is no whole checkpoint, if it lacks a name,
    or if what it holds does not fit the object. Then no object is changed.
    """
    saved = _read(path)
    if missing := [name for name in objects if name not in saved]:
        raise ValueError(f"expected {', '.join(missing)} in {os.fspath(path)!r}, got {', '.join(saved) or 'nothing'}")
    pairs = [pair for name in objects for pair in _pairs(objects[name], saved[name], name)]
    before = [(x, _parse(_text(x))) for x, _ in pairs]
    try:
        for x, state in pairs:
            _put(x, state)
    except BaseException:
        for x, state in before:
            _put(x, state)
        raise
    return {name: data for name, data in saved.items() if name not in objects}


def _text(x: Any) -> str:
    return json.dumps(_plain(x, ""), indent=1, allow_nan=False) + "\n"


def _plain(x: Any, where: str) -> Any:
    """`x` in the types of JSON; `where` is the path to it."""
    if x is None or isinstance(x, (bool, str, int)):
        return x
    if hasattr(x, "state_dict"):
        return _plain(x.state_dict(), where)
    if isinstance(x, (list, tuple)):
        return [_plain(item, f"{where}[{i}]") for i, item in enumerate(x)]
    if isinstance(x, dict):
        if wrong := [key for key in x if not isinstance(key, str) or key == _FLOAT]:
            raise TypeError(f"expected texts other than {_FLOAT!r} as keys, got {wrong[0]!r} in {where}; try str(key)")
        return {key: _plain(item, f"{where}.{key}".removeprefix(".objects.")) for key, item in x.items()}
    try:
        number = x.data if isinstance(x, Value) else as_float(x)
    except TypeError:
        raise TypeError(
            f"expected {where} as a number, a text, or lists and dicts of them, got {x!r:.100} ({type(x).__name__}); "
            "give it a state_dict(), or leave it out"
        ) from None
    return number if math.isfinite(number) else {_FLOAT: repr(number)}


def _read(path: str | os.PathLike[str]) -> dict[str, Any]:
    with open(path, encoding="utf-8") as file:
        try:
            whole = _parse(file.read())
        except (ValueError, RecursionError) as error:  # neither JSON nor text, or nested beyond reason
            raise ValueError(f"{os.fspath(path)!r} is no whole checkpoint: {error}; was it cut short?") from None
    if not isinstance(whole, dict) or whole | _HEAD != whole or not isinstance(whole.get("objects"), dict):
        raise ValueError(f"expected {os.fspath(path)!r} to be a checkpoint, {_HEAD}, got {whole!r:.100}")
    return dict(whole["objects"])


def _parse(text: str) -> Any:
    return json.loads(text, object_hook=_special, parse_constant=_no_number)


def _special(x: dict[str, Any]) -> Any:
    if _FLOAT not in x:
        return x
    return float(x[_FLOAT]) if x in [{_FLOAT: name} for name in ("nan", "inf", "-inf")] else _no_number(x)


def _no_number(x: Any) -> NoReturn:
    raise ValueError(f"{x!r} is no number")


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
