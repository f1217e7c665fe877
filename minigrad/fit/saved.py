"""A fitted line in a file: what is needed to predict, as plain JSON, good to read; loading it runs no code.

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

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from array import array
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from ..datasets.columns import Column

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
        standard_errors: Mapping[str, float] | None = None,
        levels: Mapping[str, Sequence[str]] | None = None,
        reading: Mapping[str, Any] | None = None,
    ) -> None:
        self.target, self.features, self.parameters = target, list(features), dict(parameters)
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


def save_model(model: Model, path: str | os.PathLike[str]) -> None:
    """Write a model to a file, in place of what it held before. Raises OSError; then the old file is as it was."""
    import json  # late, as in `load_model`: a fit alone has no need of it

    from ..checkpoint import write_text

    content = {key: getattr(model, key) for key in _KEYS}
    content["standard_errors"] = {k: e if math.isfinite(e) else None for k, e in model.standard_errors.items()}
    write_text(path, json.dumps(_HEAD | content, indent=1, allow_nan=False) + "\n")


def load_model(path: str | os.PathLike[str]) -> Model:
    """The model in a file. Raises OSError if it cannot be read, ValueError if it holds no whole model."""
    import json

    with open(path, encoding="utf-8") as file:
        try:
            whole = json.load(file)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"{path}: expected a model that --save wrote, got no whole JSON: {error}") from None
    if not isinstance(whole, dict) or whole | _HEAD != whole or any(key not in whole for key in _KEYS):
        raise ValueError(f"{path}: expected a model that --save wrote, {_HEAD}, got {whole!r:.100}")
    try:
        model = Model(**{key: whole[key] for key in _KEYS})
        weights = [float(w) for name, w in model.parameters.items() if name != "b"]
    except (AttributeError, TypeError, ValueError) as error:
        raise ValueError(f"{path}: expected a model that --save wrote, got one that was changed: {error}") from None
    if len(weights) != len(model.features) or not weights:
        raise ValueError(f"{path}: expected a weight for each of {model.features}, got {model.parameters}")
    return model
