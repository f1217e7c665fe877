"""Four pictures of a fit: the data with the line, what it misses, the loss step by step, and the way down the bowl.

They need matplotlib, which comes with the extra `plot` and is imported only when there is something to draw.

>>> from minigrad.datasets import crickets
>>> from minigrad.fit import fit
>>> [axes.get_xlabel() for axes in draw(fit(crickets())).axes]
['chirps_per_second', 'predicted temperature_f', 'step', 'w1 (temperature_f per chirps_per_second)']
"""

from __future__ import annotations

import math

from ..plot import BLUE, GREEN, ORANGE, RED, check_plot, new_figure, save, short_name
from .descent import predict
from .least_squares import centred
from .vectors import mean_product

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..datasets import Dataset
    from .linear import Fit

_MANY = 300  # rows, from which on a bar for each residual would hide the line
_HIGH = 1e6  # times the first loss: a run that diverges goes on to 1e308, which would flatten all that came before
_FAR = 10  # times the first loss: the same for the bowl, whose height is not on a log scale

_LOSS_TITLES = {
    "converged": "The loss falls, until it stands still at its lowest",
    "stalled": "The loss stands still, but not at its lowest",
    "diverged": "The steps are too long: the loss goes up",
    "max_steps": "The loss was still falling when the steps ran out",
    "interrupted": "The loss until the interruption",
}


def save_plot(found: Fit, path: str) -> None:
    """Draw a fit into the file `path`, in the format that its suffix names. Raises what `check_plot` does."""
    check_plot(path)
    save(draw(found), path)


def draw(found: Fit) -> Figure:
    """The four pictures of a fit as one matplotlib Figure, which pyplot knows nothing of. Raises ImportError."""
    figure = new_figure()
    figure.set_size_inches(15, 12)
    figure.suptitle(str(found.result).splitlines()[0], fontsize=14)
    pictures = (_draw_line, _draw_residuals, _draw_loss, _draw_bowl)
    for axes, picture in zip(figure.subplots(2, 2).flat, pictures, strict=True):
        picture(axes, found)
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.12), frameon=False)  # below, where it hides nothing
    return figure


# --- The data and the line ------------------------------------------------------------------------------------------


def _draw_line(axes: Axes, found: Fit) -> None:
    """One feature: target over feature. Several: observed over predicted, where the line is the diagonal."""
    data, target = _drawn(found), short_name(found.data.target)
    predicted = _predictions(found)
    if len(data.features) == 1:
        feature, across = short_name(data.features[0]), [x for (x,) in data.x]
        line = f"{target} = {_equation(list(found.parameters.values()))} * {feature}"
        axes.set(title="The data and the line", xlabel=feature, ylabel=target)
    else:
        across, line = predicted, "a perfect prediction"
        axes.set(title="What the fit predicts, and what was observed")
        axes.set(xlabel=f"predicted {target}", ylabel=f"observed {target}")
    few, some = len(data) < _MANY, f"{len(data)} of " * (len(data) < len(found.data))
    rows = f"{some}the {len(found.data)} rows of data"
    axes.plot(across, data.y, "o", color="black" if few else "0.6", markersize=6 if few else 2, label=rows)
    if few:
        label = "residuals: the loss is the mean of their squares"
        axes.vlines(across, predicted, data.y, color=RED, linewidth=1.5, label=label)
    ends = [across.index(min(across)), across.index(max(across))]
    axes.plot([across[i] for i in ends], [predicted[i] for i in ends], color=BLUE, linewidth=2.5, label=line)


def _predictions(found: Fit) -> list[float]:
    parameters = list(found.parameters.values())
    return [predict(parameters, x) for x in _drawn(found).x]


def _drawn(found: Fit) -> Dataset:
    """The rows that are drawn: all, or a sample where they lie elsewhere."""
    return getattr(found.data, "sample", found.data)


def _equation(parameters: Sequence[float]) -> str:
    """b + w of a line, or w alone, with four digits."""
    *b, w = parameters
    return f"{b[0]:.4g} {'-' if w < 0 else '+'} {abs(w):.4g}" if b else f"{w:.4g}"


def _draw_residuals(axes: Axes, found: Fit) -> None:
    """What the line misses, over what it predicts: a pattern here is something that the features could still tell."""
    data, target, predicted = _drawn(found), short_name(found.data.target), _predictions(found)
    few = len(data) < _MANY
    residuals = [y - p for y, p in zip(data.y, predicted, strict=True)]
    size = math.sqrt(found.result.loss)
    label = "residuals: observed less predicted"
    axes.plot(predicted, residuals, "o", color=RED if few else "0.6", markersize=6 if few else 2, label=label)
    axes.axhline(0.0, color=BLUE, linewidth=2.5, label="no miss")
    axes.axhspan(-size, size, color=GREEN, alpha=0.15, linewidth=0, label=f"their root mean square: {size:.4g}")
    axes.set(title="What the line misses", xlabel=f"predicted {target}", ylabel=f"residual ({target})")


# --- The loss -------------------------------------------------------------------------------------------------------


def _draw_loss(axes: Axes, found: Fit) -> None:
    """The loss at each step, above the lowest there is, on a log scale; the steps too where there are many."""
    history, lowest = found.result.history, found.check.loss
    steps = _steps_below(found, _HIGH)
    losses = [history[step] for step in steps]
    label, dots = "the loss: mean of the squared residuals", slice(None if len(steps) < 100 else 11)
    axes.plot(steps, losses, "o-", color=ORANGE, markersize=5, markevery=dots, linewidth=2.5, label=label)
    axes.axhline(lowest, color=GREEN, linestyle="--", linewidth=2, label=f"the lowest there is: {lowest:.4g}")
    axes.set(title=_LOSS_TITLES[found.result.reason], xlabel="step", ylabel="loss")
    if min(losses) > 0:
        axes.set(yscale="log", ylabel="loss (log scale)")
        if max(losses) > 100 * min(losses):  # else the ticks between the powers of ten are needed
            axes.yaxis.set_major_formatter("{x:g}")
            axes.minorticks_off()
    if steps[-1] > 200:
        axes.set_xscale("symlog", linthresh=1)
        axes.set(xlabel="step (scale: powers of ten)", xlim=(-0.2, None))
        axes.xaxis.set_major_formatter("{x:g}")


def _steps_below(found: Fit, times: float) -> list[int]:
    """The steps whose parameters are known and whose loss is at most so many times the first."""
    history = found.result.history
    return [step for step in sorted(found.path) if history[step] <= times * history[0]]


# --- The bowl -------------------------------------------------------------------------------------------------------


def _draw_bowl(axes: Axes, found: Fit) -> None:
    """The loss over the parameters, with the path of the descent to the minimum."""
    steps, count, reason = _steps_below(found, _FAR), len(found.parameters), found.result.reason
    title = "Step by step down the bowl" + " to its lowest point" * (reason == "converged")
    if count == 1 or (found.scale != "none" and len(found.data.features) == 1):
        _draw_curve(axes, found, steps)
    else:
        _draw_contours(axes, found, steps)
        title += f"\nseen from above: two of its {count} parameters" if count > 2 else "\nseen from above"
    axes.set_title("Out of the bowl: each step lands higher" if reason == "diverged" else title)


def _draw_curve(axes: Axes, found: Fit, steps: list[int]) -> None:
    """The loss over one parameter, along the straight way from the start to the minimum.

    On one feature, centred and scaled, the Hessian is twice the identity, so the gradient points straight at the
    minimum: the descent never leaves this way, on which b changes in proportion to w1 and the loss is a parabola.
    """
    history, lowest = found.result.history, found.check.loss
    start, best = found.path[0], list(found.check.parameters.values())
    j = len(best) - 1  # over w1, unless it need not move
    if j and abs(start[1] - best[1]) <= 1e-9 * abs(start[0] - best[0]):
        j = 0
    reach = abs(start[j] - best[j]) or 1.0
    points = [(found.path[step][j], history[step]) for step in steps]
    side = 1.2 * max(reach, *[abs(p - best[j]) for p, _ in points])
    across = [best[j] + side * i / 100 for i in range(-100, 101)]
    curve = [lowest + (history[0] - lowest) * ((p - best[j]) / reach) ** 2 for p in across]
    label = "the loss as w1 changes" + ", and b along with it" * (len(best) > 1)
    axes.plot(across, curve, color=BLUE, linewidth=2.5, label=label)
    _draw_path(axes, points, (best[j], lowest))
    axes.set(xlabel=_meaning(found, j), ylabel="loss")


def _draw_contours(axes: Axes, found: Fit, steps: list[int]) -> None:
    """The loss over two parameters: w1 and b, or of several features w1 and w2, with the others at their best.

    loss = lowest + sum over i and j of d_i * d_j * mean(column_i * column_j), at a distance d from the minimum
    """
    best, lowest = list(found.check.parameters.values()), found.check.loss
    data = _drawn(found)
    x, *others = [data.columns[name] for name in data.features[:2]]
    intercept = "b" in found.parameters
    if others:  # where there is a b it follows the weights, which centres the columns
        columns = [centred(column)[1] if intercept else column for column in (x, others[0])]
    else:
        columns = [x, [1.0] * len(data)]
    i, j = (intercept, 1 + intercept) if others else (1, 0)
    ii, ij, jj = (mean_product(columns[p], columns[q]) for p, q in ((0, 0), (0, 1), (1, 1)))
    points = [(found.path[step][i], found.path[step][j]) for step in steps]
    across, up = _window([best[i], *[p for p, _ in points]]), _window([best[j], *[q for _, q in points]])
    rows = [
        [ii * (p - best[i]) ** 2 + 2 * ij * (p - best[i]) * (q - best[j]) + jj * (q - best[j]) ** 2 for p in across]
        for q in up
    ]
    highest = max(map(max, rows))
    levels = [lowest, *[lowest + highest / 3**k for k in reversed(range(10))]]
    shades = [(0.1 + 0.085 * k, 0.3 + 0.068 * k, 0.55 + 0.045 * k) for k in range(10)]  # the lower, the darker
    bands = axes.contourf(across, up, [[lowest + z for z in row] for row in rows], levels=levels, colors=shades)
    axes.figure.colorbar(bands, ax=axes, label="loss (the darker, the lower)", format="{x:.4g}")
    _draw_path(axes, points, (best[i], best[j]))
    axes.set(xlabel=_meaning(found, i), ylabel=_meaning(found, j))


def _draw_path(axes: Axes, points: Sequence[tuple[float, float]], minimum: tuple[float, float]) -> None:
    """Where the descent was, from its first point on, and where it should arrive."""
    axes.plot(
        *zip(*points, strict=True), "o-", color=ORANGE, markersize=4, linewidth=1, label="the descent, step by step"
    )
    axes.plot(*points[0], "o", color=RED, markersize=11, label="its start")
    axes.plot(*minimum, "*", color=GREEN, markersize=20, markeredgecolor="white", label="the minimum")


def _window(values: Sequence[float]) -> list[float]:
    """100 numbers, evenly spaced over the range of the values and a little beyond."""
    low, high = min(values), max(values)
    margin = 0.15 * (high - low) or 1.0
    return [low - margin + (high - low + 2 * margin) * i / 99 for i in range(100)]


def _meaning(found: Fit, j: int) -> str:
    """A parameter's name with its unit: what it adds to the target, per unit of its feature."""
    target, name = short_name(found.data.target), list(found.parameters)[j]
    if name == "b":
        return f"b ({target})"
    return f"{name} ({target} per {short_name(found.data.features[int(name[1:]) - 1])})"
