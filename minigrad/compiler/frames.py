"""Frames: how a generated function begins, how it hands over a result, and what it does where no way was traced yet.

There are two functions to write, each in plain Python and in a dialect for `jit=`, which compilers of numbers like:
`CallFrame` is f itself, `LoopFrame` adds up losses and gradients over rows.
"""

from __future__ import annotations

from ..ops import ADD, SUB
from .codegen import WIDTH, Writer
from .ways import Check, Result, unfolded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any


class CallFrame:
    """`def f(x, y, w):`, the arguments' numbers first and then the parameters, all of them floats."""

    def __init__(self, name: str, inputs: dict[tuple[str, int], str], jit: bool) -> None:
        self.name, self.inputs, self.jit = name, [*inputs.values()], jit
        self.coded = self.width = 0

    def write(self, writer: Writer) -> None:
        """Write the whole function."""
        found = [way for way in unfolded(writer.way) if isinstance(way, Result)]
        self.ends = {way.index: way for way in found}
        self.coded = self.jit and (len(found) > 1 or isinstance(writer.way, Check) or not _is_native(found[0].shape))
        self.width = max(len(way.numbers) for way in found)
        writer.line(0, f"def {self.name}({', '.join(self.inputs)}):")
        writer.block(writer.way, self, 1)

    def gap(self, writer: Writer, indent: int) -> None:
        """Stop and have the function traced on this way too."""
        writer.line(indent, f"return ({', '.join(['-1', *['0.0'] * self.width])})" if self.coded else "raise NewWay")

    def result(self, writer: Writer, way: Result, indent: int) -> None:
        """Return the results in their shape; in the dialect, where types must not vary, flat behind the way's index."""
        writer.compute(way.numbers, indent)
        writer.unnoticed(way, indent)
        texts = [writer.text(i) for i in way.numbers]
        if self.coded:
            padding = ["0.0"] * (self.width - len(texts))
            writer.line(indent, f"return ({', '.join([str(way.index), *texts, *padding])})")
            return
        text = _display(way.shape, iter(texts), writer)
        inner = text[1:-1]
        bare = way.shape is not float and way.shape[0] is tuple and len(way.shape) > 2
        bare = bare and 4 * indent + len(f"return {inner}") <= WIDTH  # a longer line breaks, and only inside brackets
        writer.line(indent, f"return {inner if bare else text}")


def _is_native(shape: Any) -> bool:
    return shape is float or (shape[0] is tuple and len(shape) > 1 and all(_is_native(branch) for branch in shape[1:]))


def _display(shape: Any, texts: Iterator[str], writer: Writer) -> str:
    """The Python that makes a tree of this shape. What has no plain text is an entry of the function's globals."""
    if shape is float:
        return next(texts)
    kind, *branches = shape
    if kind == "static":
        return _static(branches[1], writer)
    if kind is dict:
        keys = [_static(key, writer) for key in branches.pop(0)]
        items = [f"{key}: {_display(branch, texts, writer)}" for key, branch in zip(keys, branches, strict=True)]
        return f"{{{', '.join(items)}}}"
    items = [_display(branch, texts, writer) for branch in branches]
    if kind is list:
        return f"[{', '.join(items)}]"
    if hasattr(kind, "_make"):
        return f"{_global(kind, kind.__name__, writer)}({', '.join(items)})"
    return f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})"


def _static(x: Any, writer: Writer) -> str:
    plain = x is None or x.__class__ in (bool, int) or (x.__class__ is str and x.isidentifier())
    return repr(x) if plain else _global(x, "constant", writer)


def _global(x: Any, name: str, writer: Writer) -> str:
    name = writer.names.new(name, "constant")
    writer.globals[name] = x
    return name


class LoopFrame:
    """The loop of `backward(rows)`: it appends each row's loss to `losses` and adds its share of the slopes up.

    Eager code walks the graph of a mean from its end, so the rows come last to first here too, and each slope is
    added to the sum on its own: other orders round otherwise. What is the same for all rows is computed before the
    loop. Rows on a way that was not traced yet go into `aside`.

    In the dialect everything is a flat array of floats: `rows`, one number after the other, `losses` and `aside`, which
    hold a place for each row, `parameters` and `gradients`.
    """

    NAMES = ("rows", "losses", "aside", "share", "parameters", "gradients", "i", "len", "range", "reversed")

    def __init__(self, name: str, inputs: dict[tuple[str, int], str], jit: bool) -> None:
        self.name, self.jit = name, jit
        kinds = ("argument", "parameter", "gradient")
        self.arguments, self.parameters, self.gradients = [
            [name for (k, _), name in inputs.items() if k == kind] for kind in kinds
        ]

    def write(self, writer: Writer) -> None:
        """Write the whole function."""
        writer.line(0, f"def {self.name}(rows, losses, aside, share, parameters, gradients):")
        self._unpack(writer, "parameters", self.parameters)
        if not self.jit:
            self._unpack(writer, "gradients", self.gradients)
        self._hoist(writer)
        if self.jit:
            writer.line(1, "for i in range(len(losses) - 1, -1, -1):")
            for k, name in enumerate(self.arguments):
                writer.line(2, f"{name} = rows[{len(self.arguments)} * i + {k}]")
        else:
            writer.line(1, f"for {_pattern(self.arguments)} in reversed(rows):")
        writer.block(writer.way, self, 2)
        if not self.jit:
            writer.line(1, f"gradients[:] = {_pattern(self.gradients)}")

    def _unpack(self, writer: Writer, array: str, names: list[str]) -> None:
        if not self.jit:
            writer.line(1, f"{_pattern(names)} = {array}")
        for k, name in enumerate(names if self.jit else ()):
            writer.line(1, f"{name} = {array}[{k}]")

    def _hoist(self, writer: Writer) -> None:
        """Compute before the loop what each row needs and none changes; a check may be there to keep others out."""
        varies: list[bool] = []
        for op, operands in zip(writer.ops, writer.operands, strict=True):
            if op is not None:
                varies.append(any(varies[x] for x in operands))
            else:
                varies.append(operands.__class__ is tuple and operands[0] in ("argument", "gradient"))
        way = writer.way
        roots = [way.left, way.right] if isinstance(way, Check) else self._roots(writer, way)
        needed = writer.needed(roots)
        for i in needed:
            if not varies[i]:
                writer.express(i, 1)
        for i in needed:
            roots += writer.operands[i] if varies[i] and writer.ops[i] is not None else ()
        for x in roots:
            if not varies[x]:
                writer.name(x, 1)

    def gap(self, writer: Writer, indent: int) -> None:
        """Set the row aside."""
        writer.line(indent, "aside[i] = 1.0" if self.jit else f"aside.append(({_pattern(self.arguments)}))")
        writer.line(indent, "continue")

    def result(self, writer: Writer, way: Result, indent: int) -> None:
        """Note the loss, and add each term to its sum on a line of its own."""
        writer.compute(self._roots(writer, way), indent)
        writer.unnoticed(way, indent)
        loss = writer.text(way.numbers[0])
        writer.line(indent, f"losses[i] = {loss}" if self.jit else f"losses.append({loss})")
        for k, total in enumerate(way.numbers[1:]):
            # In the dialect straight into the array: hundreds of running sums would keep numba busy for minutes.
            name = f"gradients[{k}]" if self.jit else self.gradients[k]
            for sign, term in _terms(writer, total):
                writer.line(indent, f"{name} {sign}= {writer.text(term)}")
        if indent > 2:
            writer.line(indent, "continue")

    def _roots(self, writer: Writer, way: Any) -> list[int]:
        return [way.numbers[0], *[term for total in way.numbers[1:] for _, term in _terms(writer, total)]]


def _pattern(names: list[str]) -> str:
    if len(names) > 1 and len(text := ", ".join(names)) < 70:  # so that no line with it is too long for one
        return text
    return f"({', '.join(names)}{',' * (len(names) == 1)})"


def _terms(writer: Writer, total: int) -> list[tuple[str, int]]:
    """What is added to a sum that begins with the gradient so far, and subtracted from it, in order."""
    terms: list[tuple[str, int]] = []
    while writer.ops[total] in (ADD, SUB):
        sign = "+" if writer.ops[total] is ADD else "-"
        total, term = writer.operands[total]
        terms.append((sign, term))
    return terms[::-1]
