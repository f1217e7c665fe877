"""Scales: how large each parameter of a model should be about, from what it stands beside in the formula.

What is added must be in one unit, what a function such as `exp` or `sin` takes has none, and the whole is in that of
what is measured. So the columns, whose sizes are known, tell the sizes of the parameters, and the graph of the model is
all there is to read. A parameter that is added to a column or taken from it is a place on it.

>>> from minigrad.fit.formula import Formula
>>> formula = Formula("y = a * exp(-k * t) + c / (1 + (t - m)**2 / w**2)", ["t", "y"])
>>> scales = Scales(formula, {"t": [0.0, 50.0, 100.0], "y": [3.0, 9.0, 5.0]}, {})
>>> {name: round(10.0 ** size, 3) for name, size in scales.spread.items()}
{'a': 6.0, 'k': 0.01, 'c': 6.0, 'm': 100.0, 'w': 100.0}
>>> scales.places
{'m': ('t', 1.0)}
>>> scales.linear(["a", "k", "c", "m", "w"])
['a', 'c']
"""

from __future__ import annotations

import math
from itertools import pairwise

from ..engine import Value, gradients
from ..machinery.order import topological_order

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from .formula import Formula
    from .models import FunctionModel

    Form = dict[str, float]  # the logarithm of a size: so many times that of each parameter, and "" times 1

_SAME = frozenset({"add", "sub", "sum", "fsum", "mean", "maximum", "minimum", "hypot", "fmod", "remainder"})
_LIKE = frozenset({"neg", "abs", "relu", "leaky_relu", "floor", "ceil", "round"})
_PRODUCTS, _POWERS = {"mul": 1.0, "div": -1.0}, {"sqrt": 0.5, "cbrt": 1.0 / 3.0}
_LOGS = frozenset({"log", "log2", "log10"})
_EMPTY = 1e-9  # of a coefficient is what rounding leaves of 0


class Scales:
    """The sizes of a model's parameters, as powers of ten.

    `spread` has them by the spread of each column, largest less smallest, and `size` by its largest number. Those that
    nothing tells are about 1, or about `known`. `places` says of which column a parameter is a place, and with which
    sign it stands there.
    """

    def __init__(
        self, model: Formula | FunctionModel, table: Mapping[str, Sequence[float]], known: Mapping[str, float]
    ) -> None:
        self.params = {name: Value(known.get(name, 1.0)) for name in model.parameters}
        self.columns = {name: Value(1.0) for name in table}
        self.right, measured = _traced(model, table, self.params, self.columns)
        self.places = self._places()
        self.spread = self._sizes(table, measured, lambda xs: max(xs) - min(xs))
        self.size = self._sizes(table, measured, lambda xs: max(map(abs, xs)))

    def _sizes(
        self,
        table: Mapping[str, Sequence[float]],
        measured: Sequence[float],
        size: Callable[[Sequence[float]], float],
    ) -> dict[str, float]:
        columns = {self.columns[name]: _log(size(column)) for name, column in table.items()}
        names = {p: name for name, p in self.params.items()}
        system = _System()
        forms: dict[Any, Form | None] = {}
        for node in topological_order(self.right) if self.right is not None else []:
            if node in names:
                forms[node] = {names[node]: 1.0}
            elif node.op is None:
                forms[node] = {"": columns.get(node, _log(abs(node.data)))}
            else:
                operands = [forms[x] if isinstance(x, Value) else x for x in node.operands]
                forms[node] = _form(node.op.name, operands, system)
        whole = forms.get(self.right)
        if whole is not None and measured:
            system.equate(whole, {"": _log(size(measured))})
        return {name: system.value(name) for name in self.params}

    def _places(self) -> dict[str, tuple[str, float]]:
        """Parameters that are added to a column or taken from it."""
        params = {p: name for name, p in self.params.items()}
        columns = {x: name for name, x in self.columns.items()}
        found = {}
        for node in topological_order(self.right) if self.right is not None else []:
            if node.op is not None and node.op.name in ("add", "sub"):
                a, b = node.operands
                if b in columns:
                    a, b = b, a
                if a in columns and b in params:
                    found[params[b]] = (columns[a], 1.0 if node.op.name == "sub" else -1.0)
        return found

    def linear(self, names: Sequence[str]) -> list[str]:
        """Of these parameters as many as the model is linear in together: no derivative by one has another in it."""
        found: list[str] = []
        if self.right is None:
            return found
        params = [self.params[name] for name in names]
        derivatives = gradients(self.right, params)
        for name, derivative in zip(names, derivatives, strict=True):
            met = set(topological_order(derivative))
            if not any(self.params[other] in met for other in [*found, name]):
                found.append(name)
        return found


def _traced(
    model: Formula | FunctionModel,
    table: Mapping[str, Sequence[float]],
    params: Mapping[str, Value],
    columns: Mapping[str, Value],
) -> tuple[Any, list[float]]:
    """The right side as a graph at one row where it has a value, None if there is none; the left side by row."""
    rows = [dict(zip(table, row, strict=True)) for row in zip(*table.values(), strict=True)]
    right = None
    for row in sorted(rows, key=lambda row: rows.index(row) != len(rows) // 2):  # the middle one first
        for name, x in row.items():
            columns[name].data = x
        for size in (1.0, 1e-3, 1e3, -1.0):
            for i, p in enumerate(params.values()):
                p.data = size * (1.0 + 0.1 * i)
            try:
                right = model.right({**columns, **params})
            except (ArithmeticError, ValueError, TypeError):
                continue
            measured = [model.left(row) for row in rows]
            return (right if isinstance(right, Value) else None), measured
    return None, []


def _log(size: float) -> float:
    return math.log10(size) if 0.0 < size < math.inf else 0.0


def _form(op: str, operands: Sequence[Any], system: _System) -> Form | None:
    """The size of a node from those of its operands; a float among these is a constant, None is not known."""
    forms = [{"": _log(abs(x))} if isinstance(x, float) else x for x in operands]
    if op in _SAME:
        return _same([f for f, x in zip(forms, operands, strict=True) if f is not None and x != 0.0], system)
    if op in _LIKE:
        return forms[0]
    if op in _POWERS:
        return _combined({}, forms[0], _POWERS[op])
    if op in _PRODUCTS:
        return _combined(forms[0], forms[1], _PRODUCTS[op])
    if op == "pow" and isinstance(operands[1], float):
        return _combined({}, forms[0], operands[1])
    _no_unit([] if op in _LOGS else forms[1:] if op == "pow" else forms, system)
    return None if op == "pow" else {}


def _no_unit(forms: Sequence[Form | None], system: _System) -> None:
    for form in forms:
        if form is not None:
            system.equate(form, {})


def _same(forms: Sequence[Form], system: _System) -> Form | None:
    """The one size of all these: the first that no parameter is in, if there is one."""
    for one, other in pairwise(forms):
        system.equate(one, other)
    known = [form for form in forms if not set(form) - {""}]
    return next(iter(known or forms), None)


def _combined(a: Form | None, b: Form | None, share: float) -> Form | None:
    if a is None or b is None:
        return None
    return {name: a.get(name, 0.0) + share * b.get(name, 0.0) for name in dict.fromkeys([*a, *b])}


class _System:
    """Linear equations between sizes, each solved for one parameter as it comes; contradictions are left out."""

    def __init__(self) -> None:
        self.solved: dict[str, Form] = {}

    def equate(self, a: Form, b: Form) -> None:
        rest = self._reduced(_combined(a, b, -1.0) or {})
        names = [name for name, share in rest.items() if name and abs(share) > _EMPTY]
        if names:
            share = rest.pop(names[0])
            self.solved[names[0]] = {name: -x / share for name, x in rest.items()}

    def _reduced(self, form: Form) -> Form:
        """A form in which no parameter is left that an equation is solved for."""
        while name := next((name for name in form if name in self.solved), None):
            form = _combined({k: x for k, x in form.items() if k != name}, self.solved[name], form[name]) or {}
        return form

    def value(self, name: str) -> float:
        """The size of a parameter; those that no equation settles count as 1."""
        return self._reduced({name: 1.0}).get("", 0.0)
