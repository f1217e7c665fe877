"""A picture of a curve: the data, the curve, and the band in which the true one should be.

It needs matplotlib, which comes with the extra `plot` and is imported only when there is something to draw.

>>> from minigrad.fit import fit_curve
>>> found = fit_curve("y = a + b * x", {"x": [0.0, 1.0, 2.0], "y": [1.0, 3.1, 4.9]}, {"a": 0.0, "b": 0.0})
>>> [(axes.get_xlabel(), axes.get_ylabel()) for axes in draw_curve(found).axes]
[('x', 'y'), ('x', 'residual: observed - curve')]
"""

from __future__ import annotations

import math

from ..plot import BLUE, RED, check_plot, new_figure, save, short_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from .fitted import Curve

_POINTS = 300  # along the curve


def save_curve_plot(found: Curve, path: str) -> None:
    """Draw a curve into the file `path`, in the format that its suffix names. Raises what `check_plot` does."""
    check_plot(path)
    save(draw_curve(found), path)


def draw_curve(found: Curve) -> Figure:
    """Data and curve, and the residuals, as one matplotlib Figure. Raises ImportError without matplotlib.

    Of one column the curve is drawn over it; of several, observed over predicted, where the curve is the diagonal.
    """
    figure = new_figure()
    figure.suptitle(str(found.result).splitlines()[0], fontsize=14)
    axes, rest = figure.subplots(1, 2)
    inputs = [name for name in found.model.columns if name not in found.model.measured]
    across = found.table[inputs[0]] if len(inputs) == 1 else found.predict(found.table)
    label = short_name(inputs[0]) if len(inputs) == 1 else "what the curve says"
    left = short_name(found.model.text.partition("=")[0].strip())
    axes.plot(across, found.observed, "o", color="black", markersize=4, label=_rows(found, len(across)))
    if len(inputs) == 1:
        _draw_over(axes, found, inputs[0])
    else:
        ends = [min(across), max(across)]
        axes.plot(ends, ends, color=BLUE, linewidth=2.5, label="a perfect prediction")
    axes.set(title="The data and the curve", xlabel=label, ylabel=left)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.12), frameon=False)
    misses = [y - f for y, f in zip(found.observed, found.predict(found.table), strict=True)]
    rest.axhline(0.0, color=BLUE, linewidth=2.5)
    rest.plot(across, misses, "o", color=RED, markersize=4)
    rest.set(title="What the curve leaves: a pattern here asks for another formula", xlabel=label)
    rest.set(ylabel="residual: observed - curve")
    return figure


def _rows(found: Curve, count: int) -> str:
    rows = found.rows if hasattr(found, "sums") else count  # where they lie elsewhere there may be but a sample here
    return f"{count} of " * (count < rows) + f"the {rows} rows of data"


def _draw_over(axes: Axes, found: Curve, name: str) -> None:
    """The curve over its one column, and the band around it, if there is one."""
    low, high = min(found.table[name]), max(found.table[name])
    xs = [low + (high - low) * i / _POINTS for i in range(_POINTS + 1)]
    ys, band = [], []
    for x in xs:
        try:
            (y,), (wide,) = found.predict({name: [x]}), found.band({name: [x]})
        except (ArithmeticError, ValueError):  # a pole between two rows
            y = wide = math.nan
        ys.append(y)
        band.append(wide)
    axes.plot(xs, ys, color=BLUE, linewidth=2.5, label="the curve")
    if math.inf not in band:
        below = [y - wide for y, wide in zip(ys, band, strict=True)]
        above = [y + wide for y, wide in zip(ys, band, strict=True)]
        axes.fill_between(xs, below, above, color=BLUE, alpha=0.2, label="95 % band: the true curve")
