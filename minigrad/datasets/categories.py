"""Categories: a column of few words becomes indicator columns, 1 where the row has the word and 0 where it has another.

The first word in order of code points gets no column: its rows are those with 0 everywhere, and b speaks for them.

>>> indicators("color", ["red", "blue", "green"])
({'color[green]': array('d', [0.0, 0.0, 1.0]), 'color[red]': array('d', [1.0, 0.0, 0.0])}, ['blue', 'green', 'red'])
"""

from __future__ import annotations

from array import array

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def indicators(name: str, words: Sequence[str]) -> tuple[dict[str, array[float]], list[str]]:
    """The indicator columns of a column of words, by their names, and its levels in order."""
    levels = sorted(set(words))
    columns = {}
    for level in levels[1:]:
        one = {word: float(word == level) for word in levels}
        columns[f"{name}[{level}]"] = array("d", map(one.__getitem__, words))
    return columns, levels
