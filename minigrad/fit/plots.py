"""Three pictures of a fit: the data with the line, the loss step by step, and the way down the bowl.

They need matplotlib, which comes with the extra `plot` and is imported only when there is something to draw.

>>> from minigrad.datasets import crickets
>>> from minigrad.fit import fit
>>> [axes.get_xlabel() for axes in draw(fit(crickets())).axes]
['chirps_per_second', 'step', 'w1 (temperature_f per chirps_per_second)']
"""

from __future__ import annotations

from ..plot import BLUE, GREEN, ORANGE, RED, check_plot, new_figure, save, short_name
from .least_squares import centred, dot
from .linear import predict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

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
    """The three pictures of a fit as one matplotlib Figure, which pyplot knows nothing of. Raises ImportError."""
    figure = new_figure()
    figure.suptitle(str(found.result).splitlines()[0], fontsize=14)
    for axes, picture in zip(figure.subplots(1, 3), (_draw_line, _draw_loss, _draw_bowl), strict=True):
        picture(axes, found)
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.12), frameon=False)  # below, where it hides nothing
    return figure


# --- The data and the line ------------------------------------------------------------------------------------------


def _draw_line(axes: Axes, found: Fit) -> None:
    """One feature: target over feature. Several: observed over predicted, where the line is the diagonal."""
    data, target = found.data, short_name(found.data.target)
    b, *weights = found.parameters.values()
    predicted = [predict([b, *weights], x) for x in data.x]
    if len(weights) == 1:
        feature, across = short_name(data.features[0]), [x for (x,) in data.x]
        line = f"{target} = {b:.4g} {'-' if weights[0] < 0 else '+'} {abs(weights[0]):.4g} * {feature}"
        axes.set(title="The data and the line", xlabel=feature, ylabel=target)
    else:
        across, line = predicted, "a perfect prediction"
        axes.set(title="What the fit predicts, and what was observed")
        axes.set(xlabel=f"predicted {target}", ylabel=f"observed {target}")
    few, rows = len(data) < _MANY, f"the {len(data)} rows of data"
    axes.plot(across, data.y, "o", color="black" if few else "0.6", markersize=6 if few else 2, label=rows)
    if few:
        label = "residuals: the loss is the mean of their squares"
        axes.vlines(across, predicted, data.y, color=RED, linewidth=1.5, label=label)
    ends = [across.index(min(across)), across.index(max(across))]
    axes.plot([across[i] for i in ends], [predicted[i] for i in ends], color=BLUE, linewidth=2.5, label=line)


# --- The loss -------------------------------------------------------------------------------------------------------


def _draw_loss(axes: Axes, found: Fit) -> None:
    """The loss at each step, above the lowest there is; on log scales where it falls far or for long."""
    history, lowest = found.result.history, found.check.loss
    steps = _steps_below(found, _HIGH)
    losses = [history[step] for step in steps]
    label, dots = "the loss: mean of the squared residuals", slice(None if len(steps) < 100 else 11)
    axes.plot(steps, losses, "o-", color=ORANGE, markersize=5, markevery=dots, linewidth=2.5, label=label)
    axes.axhline(lowest, color=GREEN, linestyle="--", linewidth=2, label=f"the lowest there is: {lowest:.4g}")
    axes.set(title=_LOSS_TITLES[found.result.reason], xlabel="step", ylabel="loss")
    if min(losses) > 0 and max(losses) > 100 * min(losses):
        axes.set(yscale="log", ylabel="loss (scale: powers of ten)")
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
    steps, features, reason = _steps_below(found, _FAR), len(found.data.features), found.result.reason
    title = "Step by step down the bowl" + " to its lowest point" * (reason == "converged")
    if found.standardized and features == 1:
        _draw_curve(axes, found, steps)
    else:
        _draw_contours(axes, found, steps)
        title += f"\nseen from above: two of its {features + 1} parameters" if features > 1 else "\nseen from above"
    axes.set_title("Out of the bowl: each step lands higher" if reason == "diverged" else title)


def _draw_curve(axes: Axes, found: Fit, steps: list[int]) -> None:
    """The loss over one parameter, along the straight way from the start to the minimum.

    On one standardized feature the Hessian is twice the identity, so the gradient points straight at the minimum: the
    descent never leaves this way, on which b changes in proportion to w1 and the loss is a parabola.
    """
    history, lowest = found.result.history, found.check.loss
    start, best = found.path[0], list(found.check.parameters.values())
    j = 0 if abs(start[1] - best[1]) <= 1e-9 * abs(start[0] - best[0]) else 1  # over w1, unless it need not move
    reach = abs(start[j] - best[j]) or 1.0
    points = [(found.path[step][j], history[step]) for step in steps]
    side = 1.2 * max(reach, *[abs(p - best[j]) for p, _ in points])
    across = [best[j] + side * i / 100 for i in range(-100, 101)]
    curve = [lowest + (history[0] - lowest) * ((p - best[j]) / reach) ** 2 for p in across]
    axes.plot(across, curve, color=BLUE, linewidth=2.5, label="the loss as w1 changes, and b along with it")
    _draw_path(axes, points, (best[j], lowest))
    axes.set(xlabel=_meaning(found, j), ylabel="loss")


def _draw_contours(axes: Axes, found: Fit, steps: list[int]) -> None:
    """The loss over two parameters: w1 and b, or of several features w1 and w2, with the others at their best.

    loss = lowest + sum over i and j of d_i * d_j * mean(column_i * column_j), at a distance d from the minimum
    """
    best, lowest, n = list(found.check.parameters.values()), found.check.loss, len(found.data)
    x, *others = zip(*found.data.x, strict=True)
    columns = [centred(x)[1], centred(others[0])[1]] if others else [x, (1.0,) * n]  # centred: b follows the weights
    i, j = (1, 2) if others else (1, 0)
    ii, ij, jj = (dot(columns[p], columns[q]) / n for p, q in ((0, 0), (0, 1), (1, 1)))
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
    target = short_name(found.data.target)
    return f"w{j} ({target} per {short_name(found.data.features[j - 1])})" if j else f"b ({target})"
