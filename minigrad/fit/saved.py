"""A fit in a file: what is needed to predict, as plain JSON, good to read; loading it runs no code.

>>> import os, tempfile
>>> model = Model("y", ["x"], {"b": 1.0, "w1": 2.0})
>>> with tempfile.TemporaryDirectory() as folder:
...     path = os.path.join(folder, "model.json")
...     save_model(model, path)
...     load_model(path).predict({"x": [10.0, None]})
[21.0, nan]
"""

from __future__ import annotations

import math

from ..datasets.frames import columns_of, design
from ..ops import as_float
from .saved_curve import HEAD as CURVE
from .saved_curve import from_content

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from array import array
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from ..datasets.columns import Column
    from .saved_curve import CurveModel

_HEAD = {"format": "minigrad model", "version": 1}
_KEYS = ("target", "features", "parameters", "standard_errors", "levels", "reading")


class Model:
    """What a fit leaves behind: `parameters` (b unless there is none, then w1, w2, ... in the order of `features`).

    `levels` maps a category to its levels, `standard_errors` a parameter to its own, if known; `reading` says how the
    table was read (sep, decimal, encoding, header), so that a new one is read alike.
    """

    __slots__ = _KEYS

    def __init__(
        self,
        target: str,
        features: Sequence[str],
        parameters: Mapping[str, float],
        standard_errors: Mapping[str, float | None] | None = None,
        levels: Mapping[str, Sequence[str]] | None = None,
        reading: Mapping[str, Any] | None = None,
    ) -> None:
        self.target, self.features = target, list(features)
        self.parameters = {name: as_float(p) for name, p in parameters.items()}
        self.standard_errors = dict(standard_errors or {})
        self.levels = {name: list(words) for name, words in (levels or {}).items()}
        self.reading = dict(reading or {})

    @classmethod
    def of(cls, found: Any) -> Model:
        """The model of a `Fit`."""
        data = found.data
        return cls(data.target, data.features, found.parameters, found.standard_errors, data.levels, data.reading)

    def predict(self, table: Any) -> list[float]:
        """The target, predicted for each row of a Dataset, a dict of columns or a DataFrame; nan where a cell lacks.

        Raises TypeError if this is no table; ValueError for a column that is not there, a cell that is no number, or a
        word that was in no row of the fit.
        """
        return self.predict_columns(columns_of(table), lambda i: i + 1)

    def predict_columns(self, columns: Sequence[Column], row: Callable[[int], int]) -> list[float]:
        """The same for columns as they are read from a file, where `row(i)` is the row of the i-th cell."""
        inputs: list[array[float]] = design(columns, self.features, self.levels, row)
        weights = [w for name, w in self.parameters.items() if name != "b"]
        answer = [self.parameters.get("b", 0.0)] * len(inputs[0])
        for weight, values in zip(weights, inputs, strict=True):
            answer = [y + weight * x for y, x in zip(answer, values, strict=True)]
        return answer

    def content(self) -> dict[str, Any]:
        """All of it as data for JSON, in which null stands for a standard error that does not exist."""
        pairs = self.standard_errors.items()
        errors = {name: None if e is None or not math.isfinite(e) else e for name, e in pairs}
        return _HEAD | {key: getattr(self, key) for key in _KEYS} | {"standard_errors": errors}


def save_model(model: Model | CurveModel, path: str | os.PathLike[str]) -> None:
    """Write a model to a file, in place of what it held before.

    Raises OSError; ValueError or TypeError for a model that `load_model` would refuse or give back otherwise. Then the
    old file is as it was. (A standard error that is not finite is saved as none, and so is a covariance: inf.)

    >>> import os, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_model(Model("y", ["x"], {"b": 1.0, "w1": 2.0}), os.path.join(folder, "line.json"))
    ...     os.listdir(folder)
    ['line.json']
    """
    from ..machinery.files import parsed, text_of, write_text  # late: a fit alone has no need of JSON

    content = model.content()
    text = text_of(content)
    try:
        again = _model_in(parsed(text)).content()
    except ValueError as error:
        raise ValueError(f"expected a model that can be loaded again, got one of which that says: {error}") from None
    if changed := [key for key in content if again[key] != content[key]]:
        got = f"{content[changed[0]]!r:.100} as {changed[0]}, which comes back as {again[changed[0]]!r:.100}"
        raise ValueError(f"expected a model that JSON can hold, got {got}")
    write_text(path, text)


def load_model(path: str | os.PathLike[str]) -> Model | CurveModel:
    """The model in a file, of a line or of a curve.

    Raises OSError if it cannot be read, ValueError if it holds no model or was changed.

    >>> import os, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_model(Model("y", ["x"], {"b": 1.0, "w1": 2.0}), os.path.join(folder, "line.json"))
    ...     load_model(os.path.join(folder, "line.json")).parameters
    {'b': 1.0, 'w1': 2.0}
    """
    from ..machinery.files import parsed

    with open(path, encoding="utf-8") as file:
        try:
            whole = parsed(file.read())
        except ValueError as error:
            raise ValueError(f"{path}: expected a model that --save wrote, got no whole JSON: {error}") from None
    try:
        return _model_in(whole)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def _model_in(whole: Any) -> Model | CurveModel:
    """The model that `content` is of. ValueError if it is of none."""
    if isinstance(whole, dict) and whole | CURVE == whole:
        return _curve(whole)
    if not isinstance(whole, dict) or whole | _HEAD != whole or {*whole} != {*_HEAD, *_KEYS}:
        raise ValueError(f"expected a model that --save wrote, {_HEAD} or {CURVE}, got {whole!r:.100}")
    if wrong := [key for key in _KEYS if not _fits(key, whole)]:
        found = f"{wrong[0]}: {whole[wrong[0]]!r:.100}"
        raise ValueError(f"expected a model that --save wrote, got one that was changed, {found}")
    model = Model(**{key: whole[key] for key in _KEYS})
    names = [f"w{j + 1}" for j in range(len(model.features))]
    if not names or list(model.parameters) not in (names, ["b", *names]):
        raise ValueError(f"expected a weight for each of {model.features}, got {model.parameters}")
    return model


def _curve(whole: Mapping[str, Any]) -> CurveModel:
    try:
        return from_content(whole)
    except KeyError as error:
        raise ValueError(f"expected a model that --save wrote, got one without {error}") from None
    except (AttributeError, TypeError, ValueError) as error:
        raise ValueError(f"expected a model that --save wrote, got one that was changed: {error}") from None


def _fits(key: str, whole: Mapping[str, Any]) -> bool:
    """Whether what stands at this key is of the kind that `save_model` writes there."""
    x = whole[key]
    if key == "target":
        return isinstance(x, str)
    if key == "features":  # a category stands there by its levels, as in `place[sea]`
        levels = whole["levels"]
        return _are(str, x) and not (isinstance(levels, dict) and any(name in levels for name in x))
    if not isinstance(x, dict):
        return False
    if key == "levels":
        return all(_are(str, words) for words in x.values())
    if key == "reading":
        kinds = {"header": bool}
        known = all(y is None or isinstance(y, kinds.get(name, str)) for name, y in x.items())
        return known and x.get("decimal") in (None, ".", ",")
    missing = (type(None),) if key == "standard_errors" else ()
    return all(type(y) in (float, int, *missing) for y in x.values())


def _are(kind: type, x: Any) -> bool:
    return isinstance(x, list) and all(isinstance(y, kind) for y in x)
