"""The pictures show the numbers: points on the bowl they are said to lie on, every part labelled."""

import errno
import os
import sys

import pytest
from optional import Axes, Figure

from minigrad.datasets import Dataset, cars, crickets
from minigrad.fit import fit
from minigrad.fit.bowl import SCALES
from minigrad.fit.plots import draw, save_plot
from minigrad.plot import check_plot


def table(x, y, features=("size", "age", "rooms"), target="price") -> Dataset:
    rows = [tuple(map(float, row)) for row in x]
    return Dataset(rows, list(map(float, y)), features[: len(rows[0])], target)


HOUSES = table([(5, 3, 2), (8, 1, 3), (6, 4, 2), (12, 1, 5), (9, 2, 4)], [18, 33, 20, 52, 36])
TWO = table([(5, 3), (8, 1), (6, 4), (12, 1), (9, 2)], [18, 33, 20, 52, 36])


def lines(axes: Axes) -> dict[str, list[tuple[float, float]]]:
    """Each line's label and points."""
    return {
        str(line.get_label()): [(float(x), float(y)) for x, y in zip(*line.get_data(), strict=True)]
        for line in axes.lines
    }


def mean_squared_error(parameters, data: Dataset) -> float:
    b, *weights = parameters
    errors = [b + sum(map(float.__mul__, weights, x)) - y for x, y in zip(data.x, data.y, strict=True)]
    return sum(e * e for e in errors) / len(errors)


# What is seen


@pytest.mark.parametrize("data", [crickets(), HOUSES, TWO], ids=["one feature", "three", "two"])
@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("intercept", [True, False])
def test_every_picture_has_a_title_names_on_its_axes_and_a_legend(data, scale, intercept):
    figure = draw(fit(data, scale=scale, intercept=intercept, max_steps=300))
    for axes in figure.axes[:4]:
        assert axes.get_title()
        assert axes.get_xlabel()
        assert axes.get_ylabel()
        assert len(axes.get_legend().get_texts()) >= 2


def test_the_line_and_its_misses_are_drawn_through_the_data():
    found = fit(crickets())
    axes = draw(found).axes[0]
    b, w = found.parameters.values()
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("chirps_per_second", "temperature_f")
    assert lines(axes)["the 15 rows of data"] == [(x, y) for (x,), y in zip(crickets().x, crickets().y, strict=True)]
    line = lines(axes)["temperature_f = 25.23 + 3.291 * chirps_per_second"]
    assert [x for x, _ in line] == [14.4, 20.0]
    assert [y for _, y in line] == pytest.approx([b + 14.4 * w, b + 20 * w])
    (bars,) = axes.collections
    assert len(bars.get_paths()) == 15


def test_several_features_are_drawn_as_observed_over_predicted():
    axes = draw(fit(TWO)).axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("predicted price", "observed price")
    assert all(x == y for x, y in lines(axes)["a perfect prediction"])


def test_a_falling_line_is_named_with_a_minus():
    assert "miles_per_gallon = 33.59 - 4.569 * weight_1000lb" in lines(draw(fit(cars())).axes[0])


def test_the_residuals_are_drawn_over_what_is_predicted():
    found = fit(crickets())
    axes = draw(found).axes[1]
    b, w = found.parameters.values()
    points = lines(axes)["residuals: observed less predicted"]
    assert points == [(b + w * x, y - (b + w * x)) for (x,), y in zip(crickets().x, crickets().y, strict=True)]
    (band,) = axes.patches
    assert band.get_height() == pytest.approx(2 * found.result.loss**0.5)
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("predicted temperature_f", "residual (temperature_f)")


def test_a_line_through_zero_is_named_without_b():
    assert "price = 3.978 * size" in lines(draw(fit(table([(5,), (8,)], [18, 33]), intercept=False)).axes[0])


def test_the_bowl_of_one_parameter_is_a_curve_over_it():
    found = fit(table([(5,), (8,)], [18, 33]), intercept=False)
    axes = draw(found).axes[3]
    best, lowest = found.check.parameters["w1"], found.check.loss
    curve = lines(axes)["the loss as w1 changes"]
    assert axes.get_xlabel() == "w1 (price per size)"
    for w, loss in curve[:3]:
        assert loss == pytest.approx(mean_squared_error([0.0, w], found.data))
    assert lines(axes)["the minimum"] == [(best, lowest)]


def test_the_bowl_of_two_weights_alone_is_the_loss_over_both(contours):
    across, up, heights = contours(fit(TWO, intercept=False))
    for i, j in ((0, 0), (50, 20), (99, 99)):
        assert heights[j][i] == pytest.approx(mean_squared_error([0.0, across[i], up[j]], TWO))


def test_the_misses_of_many_rows_would_hide_the_line_and_are_left_out():
    many = table([(i,) for i in range(400)], [i * 3 % 7 for i in range(400)])
    assert not draw(fit(many)).axes[0].collections


@pytest.mark.parametrize(
    ("options", "scales", "between"),
    [
        pytest.param({}, ("linear", "log"), False, id="steep"),
        pytest.param({"scale": "none", "lr": 0.06, "max_steps": 900}, ("symlog", "log"), False, id="long"),
        pytest.param({"lr": 1e-3, "max_steps": 9}, ("linear", "log"), True, id="flat"),
    ],
)
def test_the_loss_falls_on_a_scale_that_shows_it(options, scales, between):
    found = fit(cars(), **options)
    axes = draw(found).axes[2]
    assert (axes.get_xscale(), axes.get_yscale()) == scales
    assert (len(axes.yaxis.get_minorticklocs()) > 0) == between  # ticks between the powers of ten
    points = lines(axes)["the loss: mean of the squared residuals"]
    assert points == list(enumerate(found.result.history))


def test_a_loss_of_zero_needs_no_logarithm():
    found = fit(table([(1,), (2,)], [0, 0]))
    assert draw(found).axes[2].get_yscale() == "linear"


@pytest.mark.parametrize(
    ("options", "title"),
    [
        ({}, "until it stands still at its lowest"),
        ({"lr": 1.2}, "The steps are too long: the loss goes up"),
        ({"max_steps": 3}, "still falling when the steps ran out"),
    ],
)
def test_the_title_of_the_loss_is_the_verdict(options, title):
    assert title in draw(fit(crickets(), **options)).axes[2].get_title()


# The bowl


def test_the_descent_lies_on_the_bowl():
    found = fit(crickets())
    axes = draw(found).axes[3]
    lowest, best = found.check.loss, found.check.parameters["w1"]
    curve = lines(axes)["the loss as w1 changes, and b along with it"]
    steep = (curve[0][1] - lowest) / (curve[0][0] - best) ** 2
    path = lines(axes)["the descent, step by step"]
    assert len(path) == found.result.steps + 1
    for w, loss in path:
        assert loss == pytest.approx(lowest + steep * (w - best) ** 2)
    assert lines(axes)["its start"] == [(0.0, found.result.history[0])]
    assert lines(axes)["the minimum"] == [(best, lowest)]


def test_the_bowl_is_over_b_where_w1_has_nowhere_to_go():
    level = table([(1,), (2,), (3,)], [5, 4, 5])
    assert draw(fit(level)).axes[3].get_xlabel() == "b (price)"


def test_a_descent_that_starts_at_the_minimum_can_be_drawn():
    found = fit(table([(1,), (2,)], [0, 0]))
    assert lines(draw(found).axes[3])["its start"] == lines(draw(found).axes[3])["the minimum"]


@pytest.fixture
def contours(monkeypatch):
    """What is handed to `contourf`, for the fit of a table: two ranges, and the loss over them."""

    def record(found):
        taken = []
        original = Axes.contourf
        with monkeypatch.context() as patch:
            patch.setattr(Axes, "contourf", lambda self, *a, **k: (taken.extend(a), original(self, *a, **k))[1])
            draw(found)
        return taken

    return record


def test_the_bowl_from_above_is_the_loss_over_w1_and_b(contours):
    found = fit(cars(), scale="none", lr=0.01, max_steps=50)
    across, up, heights = contours(found)
    for i, j in ((0, 0), (50, 20), (99, 99)):
        assert heights[j][i] == pytest.approx(mean_squared_error([up[j], across[i]], cars()))
    assert across[0] < found.check.parameters["w1"] < 0 < across[-1]
    axes = draw(found).axes[3]
    assert lines(axes)["the descent, step by step"] == [(w, b) for b, w in found.path.values()]
    assert (axes.get_xlabel(), axes.get_ylabel()) == (
        "w1 (miles_per_gallon per weight_1000lb)",
        "b (miles_per_gallon)",
    )


def test_the_bowl_of_two_features_is_the_loss_over_both_with_b_at_its_best(contours):
    across, up, heights = contours(fit(TWO))
    for i, j in ((0, 0), (50, 20), (99, 99)):
        rest = [y - across[i] * x1 - up[j] * x2 for (x1, x2), y in zip(TWO.x, TWO.y, strict=True)]
        assert heights[j][i] == pytest.approx(mean_squared_error([sum(rest) / len(rest), across[i], up[j]], TWO))


@pytest.mark.parametrize(("data", "options"), [(crickets(), {"lr": 1.2}), (cars(), {"lr": 0.075, "scale": "none"})])
def test_a_run_that_diverges_is_shown_only_while_it_can_be_seen(data, options):
    found = fit(data, **options)
    axes = draw(found).axes[3]
    path = lines(axes)["the descent, step by step"]
    assert axes.get_title() == "Out of the bowl: each step lands higher"
    assert 2 < len(path) < found.result.steps / 10
    assert max(abs(v) for v in (*axes.get_xlim(), *axes.get_ylim())) < 1e5


# Names


def test_dollar_signs_in_names_are_no_formulas():
    figure = draw(fit(table([(1,), (2,), (4,)], [1, 2, 5], ("$a$",), "cost_$_per_$")))
    figure.canvas.draw()
    assert figure.axes[0].get_xlabel() == r"\$a\$"


def test_long_names_are_cut():
    assert draw(fit(table([(1,), (2,), (4,)], [1, 2, 5], ("x" * 99,)))).axes[0].get_xlabel() == "x" * 27 + "..."


# The file


@pytest.mark.parametrize(("suffix", "start"), [(".png", b"\x89PNG"), (".PDF", b"%PDF"), (".svg", b"<?xml")])
def test_the_suffix_names_the_format(suffix, start, tmp_path):
    save_plot(fit(crickets()), str(tmp_path / ("picture" + suffix)))
    assert (tmp_path / ("picture" + suffix)).read_bytes().startswith(start)


@pytest.mark.parametrize("name", ["picture", "picture.gif", ".png"])
def test_another_suffix_is_an_error_that_names_three(name):
    with pytest.raises(ValueError, match=r"ends in \.png, \.svg, \.pdf, got"):
        check_plot(name)


def test_a_picture_that_could_not_be_written_is_an_error_at_once(tmp_path, monkeypatch):
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(IsADirectoryError):
        check_plot(str(tmp_path / "folder.png"))
    with pytest.raises(FileNotFoundError):
        check_plot(str(tmp_path / "nowhere" / "picture.png"))
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    for path in ("picture.png", __file__ + ".png", str(tmp_path / "picture.png")):
        with pytest.raises(PermissionError, match=r"\.png"):
            check_plot(path)


def test_checking_leaves_no_file_behind(tmp_path):
    check_plot(str(tmp_path / "picture.png"))
    assert not any(tmp_path.iterdir())


def test_a_full_disk_names_the_file(tmp_path, monkeypatch):
    def full(self, path):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Figure, "savefig", full)
    with pytest.raises(OSError, match=r"picture\.png") as caught:
        save_plot(fit(crickets()), str(tmp_path / "picture.png"))
    assert caught.value.errno == errno.ENOSPC


def test_without_matplotlib_it_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)  # as if it were not installed
    with pytest.raises(ImportError, match=r"pip install matplotlib"):
        draw(fit(crickets()))
