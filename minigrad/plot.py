"""Pictures with matplotlib, from plain numbers: where a file can be drawn, and what is drawn into it.

matplotlib comes with the extra `plot` and is imported only when there is something to draw.
"""

from __future__ import annotations

import errno
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from matplotlib.figure import Figure

FORMATS = (".png", ".svg", ".pdf")
BLUE, GREEN, ORANGE, RED = "#0072b2", "#009e73", "#e69f00", "#d55e00"  # told apart by colour-blind eyes too


def check_plot(path: str) -> None:
    """Raise what `save` would raise if it cannot draw into the file `path`, before there is anything to draw.

    ValueError for a suffix other than .png, .svg and .pdf, OSError where nothing can be written, ImportError without
    matplotlib.
    """
    if os.path.splitext(path)[1].lower() not in FORMATS:
        raise ValueError(f"expected a plot file that ends in {', '.join(FORMATS)}, got {path!r}")
    check_file(path)
    new_figure()


def check_file(path: str) -> None:
    """Raise the OSError that writing the file `path` would raise, before there is anything to write."""
    folder = os.path.dirname(path) or "."
    if os.path.isdir(path):
        raise _os_error(errno.EISDIR, path)
    if not os.path.isdir(folder):
        raise _os_error(errno.ENOENT, folder)
    if not os.access(path if os.path.exists(path) else folder, os.W_OK):
        raise _os_error(errno.EACCES, path)


def save(figure: Figure, path: str) -> None:
    """Write a figure into the file `path`, in the format that its suffix names. Raises what `check_plot` does."""
    try:
        figure.savefig(path)
    except OSError as error:  # a full disk does not say which file it was
        raise _os_error(error.errno or errno.EIO, path) from error


def new_figure() -> Figure:
    """A wide figure, which pyplot knows nothing of. Raises ImportError without matplotlib."""
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError("drawing needs matplotlib, which is not installed: pip install matplotlib") from error
    return Figure(figsize=(15, 6), dpi=120, layout="constrained")


def _os_error(number: int, path: str) -> OSError:
    return OSError(number, os.strerror(number), path)


def short_name(column: str) -> str:
    """A column's name for a label: not longer than fits, and no formula, whatever dollar signs it has."""
    return (column if len(column) <= 30 else column[:27] + "...").replace("$", r"\$")
