"""Dask, as far as it is known here: the pieces of a table, kept where they are, and the answers to tasks over them.

Who computes is Dask's business. What can go wrong there is told in one error, and whose it was.

>>> try:
...     import numpy, dask.array
... except ImportError:  # the extra `cluster` brings them
...     found = [4.0, 2.0]
... else:
...     pieces = persisted(dask.array.ones((3, 2), chunks=(2, 2)))
...     found = [float(x) for x in computed([dask.delayed(numpy.sum)(piece) for piece in pieces])]
>>> found
[4.0, 2.0]
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any


def dask_here() -> Any:
    """Dask. ImportError without the extra `cluster`."""
    try:
        import dask
    except ImportError:
        raise ImportError("rows in pieces need Dask, which is not installed: pip install 'dask[distributed]'") from None
    return dask


class Pieces:
    """A table of pieces with `names` of their own, which errors have, and `count` rows in all."""

    def __init__(self, pieces: Sequence[Any], names: Sequence[str], count: int) -> None:
        self.pieces, self.names, self.count = [*pieces], [*names], count

    def __len__(self) -> int:
        return self.count

    def to_delayed(self) -> list[Any]:
        """The pieces."""
        return self.pieces


def persisted(table: Any) -> list[Any]:
    """The pieces of a table with `to_delayed()`, computed and kept where they are. TypeError if rows lie in several."""
    pieces = table.to_delayed()
    if hasattr(pieces, "ravel"):  # those of an array, by rows and columns
        if len(pieces.shape) != 2 or pieces.shape[1] != 1:
            raise TypeError(
                f"expected an array of two dimensions whose rows are whole in each piece, got chunks {table.chunks!r}; "
                "rechunk({1: -1}) makes them so"
            )
        pieces = pieces.ravel()
    try:
        return [*dask_here().persist(*pieces)]
    except Exception as error:
        _note(error, [*pieces], ())
        raise


def computed(tasks: list[Any], names: Sequence[str] = ()) -> list[Any]:
    """What the tasks give, in their order. RuntimeError if there is nobody left to compute it.

    An error of a piece itself, such as a file that is not there, is raised as it is, with a note that names the piece.
    """
    try:
        return [*dask_here().compute(*tasks)]
    except Exception as error:
        if not _of_the_cluster(error):
            _note(error, tasks, names)
            raise
        raise RuntimeError(
            f"expected the cluster to answer, got {type(error).__name__}: {error}; the parameters are those of the "
            "last whole step, so start a scheduler and go on from there"
        ) from error


def _note(error: Exception, tasks: list[Any], names: Sequence[str]) -> None:
    """Note in an error which task it comes from: the first that raises one of its kind when asked alone."""
    for name, task in zip(names or [f"piece {i}" for i in range(len(tasks))], tasks, strict=True):
        try:
            dask_here().compute(task)
        except type(error):
            error.add_note(f"in {name}")
            break


def _of_the_cluster(error: Exception) -> bool:
    """Whether an error was raised by those who carry tasks about, none of which lets out an error of its own."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    name = "" if trace is None else trace.tb_frame.f_globals.get("__name__", "")
    return name.startswith(("dask.local", "dask.threaded", "distributed", "tornado", "asyncio", "concurrent"))
