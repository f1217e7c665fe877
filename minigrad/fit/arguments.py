"""What stands on the command line, where argparse alone would misread it."""

from __future__ import annotations

import io
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_TABLES = (".csv", ".tsv", ".txt", ".dat", ".data", ".gz")
_PATIENCE = 0.05  # seconds, in which a pipe has to bring something


def joined(argv: Sequence[str]) -> list[str]:
    """The arguments, with a negative number joined to its option: argparse would take -1e3 for an option itself.

    >>> joined(["fit", "--start", "-1e3", "--json"])
    ['fit', '--start=-1e3', '--json']
    """
    joined: list[str] = []
    for argument in argv:
        if joined and joined[-1].startswith("--") and "=" not in joined[-1] and _is_negative(argument):
            joined[-1] += "=" + argument
        else:
            joined.append(argument)
    return joined


def _is_negative(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return text.startswith("-")


def find_table(source: str | None, features: list[str] | None, several: bool = False) -> str | None:
    """The file to read, None for the crickets. What looks like a file at the end of --features is taken from there.

    Raises ValueError for an empty name, for a pattern unless there may be several files, and for input in a pipe that
    nobody asked for.
    """
    if source is None and features:
        last = features[-1]
        if last == "-" or os.path.exists(last) or os.sep in last or last.lower().endswith(_TABLES):
            source = features.pop()
            if not features:
                raise ValueError(f"--features: expected names of columns, got the file {source!r}; name some before it")
    if source == "":
        raise ValueError("expected the name of a file, got ''; leave it away to fit the crickets")
    if source and not several and {*"*?["} & {*source} and not os.path.exists(source):
        raise ValueError(f"{source}: no such file; with --dask all files that match it are fitted")
    if source is None and _is_piped():
        raise ValueError("there is something on standard input; say - in place of a file to read it")
    return source


def _is_piped() -> bool:
    """Whether something was sent to standard input: a file, or a pipe that has brought something already."""
    import select
    import stat

    try:
        stdin = sys.stdin.buffer
        found = os.fstat(stdin.fileno())
        if stat.S_ISREG(found.st_mode):
            return found.st_size > 0
        # A pipe may be there with nothing in it and nobody at its end, as in many a scheduler: that is no input.
        ready = stat.S_ISFIFO(found.st_mode) and bool(select.select([stdin], [], [], _PATIENCE)[0])
        return ready and isinstance(stdin, io.BufferedReader) and bool(stdin.peek(1))
    except (AttributeError, OSError, ValueError):  # closed, or no file at all
        return False
