"""Calling conventions: how a generated function takes arguments, how a result leaves it, and where a guard failed.

There are two functions to write, f itself (`Call`, here) and the loop that adds up losses and gradients over rows
(`Loop`, in `loops.py`), and two of each: for plain Python, and for targets where numbers in bulk travel in flat arrays
and types must not vary (`TaggedCall`, `FlatLoop`). Each convention writes its function and knows how to run it.
"""

from __future__ import annotations

from ..machinery.trees import rebuilt
from .display import display
from .errors import GuardFailed, Unrepeatable
from .ir import Closed, Result, unfolded
from .loops import FlatLoop, Loop
from .printer import WIDTH, Writer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .target import Target


class Call:
    """`def f(x, y, w):`, the arguments' numbers first and then the parameters, all of them floats."""

    NAMES = ("_missing", "_failures", "_again", "_run", "_captured", "_live", "_rest", "_named")  # see `entry.py`
    tagged = False  # whether what the function returns is to be decoded

    def __init__(self, name: str, inputs: dict[tuple[str, int], str]) -> None:
        self.name, self.inputs = name, [*inputs.values()]

    def write(self, writer: Writer) -> None:
        """Write the whole function."""
        writer.line(0, f"def {self.name}({', '.join(self.inputs)}):")
        writer.block(writer.closed.path, self, 1)

    def guard_failed(self, writer: Writer, indent: int) -> None:
        """Stop and have the function traced on this path too."""
        writer.line(indent, "raise GuardFailed")

    def refused(self, writer: Writer, indent: int) -> None:
        """Stop and have the original run."""
        writer.line(indent, "raise Unrepeatable")

    def result(self, writer: Writer, path: Result, indent: int) -> None:
        """Return the results in their structure."""
        text = display(path.structure, iter(self.texts(writer, path, indent)), writer)
        inner = text[1:-1]
        bare = path.structure is not float and path.structure[0] is tuple and len(path.structure) > 2
        bare = bare and 4 * indent + len(f"return {inner}") <= WIDTH  # a longer line breaks, and only inside brackets
        writer.line(indent, f"return {inner if bare else text}")

    def texts(self, writer: Writer, path: Result, indent: int) -> list[str]:
        """The texts of the results, with the lines that they need before them."""
        writer.compute(path.numbers, indent)
        writer.unnoticed(path, indent)
        return [writer.text(i) for i in path.numbers]


class TaggedCall(Call):
    """The same where types must not vary: the results flat, behind the index of their path; -1 if a guard failed."""

    tagged = True

    def write(self, writer: Writer) -> None:
        """Write the whole function."""
        self.ends = {path.index: path for path in unfolded(writer.closed.path) if isinstance(path, Result)}
        self.width = max([len(path.numbers) for path in self.ends.values()], default=0)
        super().write(writer)

    def guard_failed(self, writer: Writer, indent: int) -> None:
        """Say that this path is yet to be traced."""
        self._without_result(writer, -1, indent)

    def refused(self, writer: Writer, indent: int) -> None:
        """Say that this path is the original's."""
        self._without_result(writer, -2, indent)

    def _without_result(self, writer: Writer, tag: int, indent: int) -> None:
        writer.line(indent, f"return ({', '.join([str(tag), *['0.0'] * max(self.width, 1)])})")

    def result(self, writer: Writer, path: Result, indent: int) -> None:
        """Return the results of this path, and as many numbers more as other paths have."""
        texts = self.texts(writer, path, indent)
        padding = ["0.0"] * (max(self.width, 1) - len(texts))
        writer.line(indent, f"return ({', '.join([str(path.index), *texts, *padding])})")

    def decoded(self, returned: Any) -> Any:
        """The results in the structure of their path, from what the function returned. GuardFailed or Unrepeatable."""
        index, *results = returned
        if index < 0:
            raise GuardFailed if index == -1 else Unrepeatable
        return rebuilt(self.ends[index].structure, iter(results))


def call_convention(target: Target, closed: Closed) -> Any:
    """What a call of this function takes: a tag where types must not vary and, without it, would."""
    if target.columns:
        from .blocks import ColumnCall  # which others do without

        return ColumnCall
    path = closed.path
    plain = not target.typed or (isinstance(path, Result) and _is_native(path.structure))
    return Call if plain else TaggedCall


def loop_convention(target: Target) -> Any:
    """What the loop over rows takes: lists, arrays, or columns."""
    if target.columns:
        from .blocks import ColumnLoop

        return ColumnLoop
    return FlatLoop if target.typed else Loop


def writer_class(target: Target) -> Any:
    """What writes the expressions."""
    if target.columns:
        from .column_writer import ColumnWriter

        return ColumnWriter
    return Writer


def _is_native(structure: Any) -> bool:
    if structure is float:
        return True
    return structure[0] is tuple and len(structure) > 1 and all(_is_native(branch) for branch in structure[1:])
