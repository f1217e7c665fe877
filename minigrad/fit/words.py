"""The words of a formula: what may stand in one at all, before anything is made of it.

>>> checked("y = a * x", ["x", "y"])      # where the = stands
2
>>> checked("y = a; x", ["x", "y"])
Traceback (most recent call last):
ValueError: expected numbers, names, + - * / ** and functions, got ';', at character 6 here: y = a>>;<< x
"""

from __future__ import annotations

import keyword
import math
import re

from .. import functions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import Any, NoReturn

MOST, DEEPEST = 1_000, 50  # words in a formula, brackets within brackets: more, and `ast` runs out of stack
CONSTANTS = {"pi": math.pi, "e": math.e}
FUNCTIONS: dict[str, Any] = {
    "abs": abs,
    **{name: getattr(functions, name) for name in functions.__all__ if name not in ("OPS", "primitive")},
}
LISTS = {"sum", "fsum", "mean", "prod", "dot", "dist", "norm", "logsumexp", "softmax"}  # what they take, as [a, b]

_NUMBER = r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?(?![\w.])"
_WORD = re.compile(rf"(?P<space>[ \t\r\n]+)|(?P<number>{_NUMBER})|(?P<name>[^\W\d]\w*)|\*\*|[<>=!]=|[-+*/(),\[\]<>=]")
_AROUND = 30  # characters of the text that a message shows before and after the place


def checked(text: str, columns: Collection[str]) -> int:
    """Where the one = stands in a text that holds words of formulas only. Raises ValueError, with the place."""
    if not isinstance(text, str):
        raise TypeError(f"expected a formula as text, got {text!r:.100} ({type(text).__name__})")
    place, depth, count, equals = 0, 0, 0, []
    while place < len(text):
        word = _WORD.match(text, place)
        if word is None:
            refuse(text, place, text[place], "numbers, names, + - * / ** and functions")
        if word["name"]:
            _check_name(text, place, word["name"], columns)
        depth += (word[0] in "([") - (word[0] in ")]")
        count += not word["space"]
        if depth > DEEPEST or count > MOST:
            refuse(text, place, word[0], f"at most {MOST} words, and at most {DEEPEST} brackets within each other")
        if word[0] == "=":
            equals.append(place)
        place = word.end()
    if len(equals) != 1:
        place = equals[1] if equals else len(text)
        refuse(text, place, "another =" if equals else "none", "one = between what is measured and the formula for it")
    return equals[0]


def _check_name(text: str, place: int, name: str, columns: Collection[str]) -> None:
    if keyword.iskeyword(name):
        remedy = "; rename the column" if name in columns else "; where(condition, a, b) chooses" * (name == "if")
        refuse(text, place, name, f"a name that is no word of Python{remedy}")
    if name in columns:
        import unicodedata

        if unicodedata.normalize("NFKC", name) != name:
            refuse(text, place, name, "a column whose name Python reads as it is written; rename it")
        return
    strange = [letter for letter in name if not letter.isascii()]
    if strange:
        import unicodedata

        called = unicodedata.name(strange[0], "a letter without a name")
        refuse(text, place, name, f"a column, or a name in plain letters (here is {strange[0]!a}, {called})")
    if name.startswith("_"):
        refuse(text, place, name, "a name that begins with a letter")
    if name in FUNCTIONS and not text[place + len(name) :].lstrip(" \t\r\n").startswith("("):
        refuse(text, place, name, f"{name}(...), for that is a function")


def refuse(text: str, place: int, got: str, expected: str) -> NoReturn:
    """Raise the ValueError that says what was expected, what is there instead, and shows where that is."""
    end = place + len(got) if text.startswith(got, place) else place
    before, here, after = text[max(0, place - _AROUND) : place], text[place:end], text[end : end + _AROUND]
    here = here if len(here) <= 2 * _AROUND else here[: 2 * _AROUND] + "..."
    shown = f"{'...' * (place > _AROUND)}{before}>>{here}<<{after}{'...' * (len(text) > end + _AROUND)}"
    short = got if len(got) <= 2 * _AROUND else got[: 2 * _AROUND] + "..."
    what = short if end == place else repr(short)
    raise ValueError(f"expected {expected}, got {what}, at character {place + 1} here: {shown}")
