"""Models: what is measured, and what should explain it, as functions of columns and parameters.

A formula says both. A function says the second alone: those of its arguments that are columns get these, the others are
parameters, and the target is the table's.

>>> from minigrad import exp
>>> def decay(t, a, k):
...     return a * exp(-k * t)
>>> model = FunctionModel(decay, ["t", "y"], "y")
>>> model.columns, model.parameters
(('t', 'y'), ('a', 'k'))
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any

    from .formula import Formula


class FunctionModel:
    """A function of columns and parameters, with the face of a `Formula`."""

    __slots__ = ("function", "target", "text", "columns", "parameters", "_arguments")

    def __init__(self, function: Callable[..., Any], columns: Iterable[str], target: str) -> None:
        import inspect

        known = tuple(columns)
        self.function, self.target = function, target
        kinds = inspect.signature(function).parameters.values()
        for argument in kinds:
            if argument.kind not in (argument.POSITIONAL_OR_KEYWORD, argument.KEYWORD_ONLY):
                raise ValueError(f"expected a function of named columns and parameters, got the argument {argument}")
        self._arguments = tuple([argument.name for argument in kinds])
        if target in self._arguments:
            raise ValueError(f"expected a function for {target!r}, the target, got one of it; leave that argument out")
        self.columns = (*[name for name in self._arguments if name in known], target)
        self.parameters = tuple([name for name in self._arguments if name not in known])
        self.text = f"{target} = {getattr(function, '__name__', 'f')}({', '.join(self._arguments)})"

    @property
    def measured(self) -> tuple[str, ...]:
        """The columns on the left side: the target."""
        return (self.target,)

    def left(self, numbers: Mapping[str, Any]) -> Any:
        """What is measured."""
        return numbers[self.target]

    def right(self, numbers: Mapping[str, Any]) -> Any:
        """What the function makes of columns and parameters."""
        return self.function(**{name: numbers[name] for name in self._arguments})


def model_for(model: str | Callable[..., Any], columns: Sequence[str], target: str) -> Formula | FunctionModel:
    """A formula or a function as a model over these columns. Raises ValueError if it has no parameters."""
    if isinstance(model, str):
        from .formula import Formula  # and with it `ast`, which a straight line needs not

        found: Formula | FunctionModel = Formula(model, columns)
    elif callable(model):
        found = FunctionModel(model, columns, target)
    else:
        raise TypeError(f"expected a formula as text, or a function, got {model!r:.100} ({type(model).__name__})")
    if not found.parameters:
        raise ValueError(f"expected parameters to fit, got none in {found.text!r}: all its names are columns")
    return found


def as_names(columns: Iterable[str]) -> dict[str, str]:
    """The columns by what a formula can call them: what is no letter or digit becomes an underscore.

    >>> as_names(["t", "miles per gallon", "T [K]", "T.K"])
    {'t': 't', 'miles_per_gallon': 'miles per gallon'}
    """
    import re

    found: dict[str, list[str]] = {}
    for column in columns:
        name = column if column.isidentifier() else re.sub(r"\W+", "_", column).strip("_")
        found.setdefault(name, []).append(column)
    return {name: same[0] for name, same in found.items() if name.isidentifier() and len(same) == 1}
