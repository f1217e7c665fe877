"""The data sets hold the published numbers; `read_csv` takes a table or says what is wrong with it."""

import math
import random
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from optional import np

from minigrad.datasets import Dataset, cars, crickets, elements, moons, norris, o_rings, read_csv, stack_loss


def least_squares(data: Dataset) -> tuple[Fraction, Fraction, Fraction]:
    """Intercept, slope and sum of squared errors of a table with one feature, exactly."""
    xs = [Fraction(str(x)) for (x,) in data.x]  # the decimal that stands in the file, not its nearest float
    ys = [Fraction(str(y)) for y in data.y]
    x_mean, y_mean = sum(xs) / Fraction(len(xs)), sum(ys) / Fraction(len(ys))
    covariance = sum((x - x_mean) * (y - y_mean) for x, y in zip(xs, ys, strict=True))
    slope = covariance / Fraction(sum((x - x_mean) ** 2 for x in xs))
    intercept = y_mean - slope * x_mean
    return (
        intercept,
        slope,
        Fraction(sum((y - intercept - slope * x) ** 2 for x, y in zip(xs, ys, strict=True))),
    )


def total_squares(data: Dataset) -> Fraction:
    ys = [Fraction(str(y)) for y in data.y]
    mean = sum(ys) / Fraction(len(ys))
    return Fraction(sum((y - mean) ** 2 for y in ys))


@pytest.fixture
def write(tmp_path: Path):
    """Writes a table to a file and gives its path."""

    def write_table(text: str | bytes) -> Path:
        path = tmp_path / "table.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write_table


# The tables


def test_crickets_have_the_published_least_squares():
    intercept, slope, squares = least_squares(crickets())
    r2 = 1 - squares / total_squares(crickets())
    assert [f"{float(number):.7f}" for number in (intercept, slope, r2)] == [
        "25.2323131",
        "3.2910941",
        "0.6974651",
    ]


def test_cars_have_the_published_least_squares():
    intercept, slope, squares = least_squares(cars())
    assert [f"{float(number):.6f}" for number in (intercept, slope)] == ["33.585124", "-4.569109"]
    assert f"{float(squares / 7):.3f}" == "1.470"


def test_cars_lie_in_a_valley_of_the_documented_condition_number():
    weights = [weight for (weight,) in cars().x]
    mean, mean_square = sum(weights) / 7, sum(weight * weight for weight in weights) / 7
    # The loss's Hessian is 2 * [[mean_square, mean], [mean, 1]]; its eigenvalues are 2 times the roots below.
    half_trace, determinant = (mean_square + 1) / 2, mean_square - mean**2
    root = (half_trace**2 - determinant) ** 0.5
    assert round((half_trace + root) / (half_trace - root)) == 512


def test_norris_has_the_certified_least_squares():
    intercept, slope, squares = least_squares(norris())
    assert f"{float(intercept):.15f}" == "-0.262323073774029"
    assert f"{float(slope):.14f}" == "1.00211681802045"
    assert f"{float(1 - squares / total_squares(norris())):.15f}" == "0.999993745883712"  # R2, certified too


@pytest.mark.parametrize(
    ("load", "rows", "features", "target"),
    [
        (crickets, 15, ("chirps_per_second",), "temperature_f"),
        (cars, 7, ("weight_1000lb",), "miles_per_gallon"),
        (norris, 36, ("x",), "y"),
        (stack_loss, 21, ("air_flow", "water_temperature", "acid_concentration"), "stack_loss"),
        (o_rings, 23, ("temperature_f",), "damage"),
    ],
)
def test_an_embedded_table_has_its_rows_and_names(load, rows, features, target):
    data = load()
    assert len(data) == len(data.x) == len(data.y) == rows
    assert (data.features, data.target) == (features, target)
    assert {type(number) for row in data.x for number in row} | set(map(type, data.y)) == {float}


def test_each_call_gives_a_table_of_its_own():
    first = cars()
    first.y[0] = 0.0
    assert cars().y[0] == 18.0


def test_stack_loss_has_the_published_least_squares():
    table = np.column_stack([np.ones(21), stack_loss().x])
    coefficients, (squares,), _, _ = np.linalg.lstsq(table, np.array(stack_loss().y))
    assert [f"{number:.4f}" for number in coefficients] == ["-39.9197", "0.7156", "1.2953", "-0.1521"]
    assert f"{math.sqrt(squares / 17):.3f}" == "3.243"  # the published residual standard error


def test_o_rings_have_the_published_maximum_of_their_likelihood():
    table, damage = np.column_stack([np.ones(23), o_rings().x]), np.array(o_rings().y)
    coefficients = np.zeros(2)
    for _ in range(20):  # Newton's steps
        chance = 1.0 / (1.0 + np.exp(-table @ coefficients))
        hessian = table.T @ (table * (chance * (1.0 - chance))[:, None])
        coefficients += np.linalg.solve(hessian, table.T @ (damage - chance))
    assert [f"{number:.4f}" for number in coefficients] == ["15.0429", "-0.2322"]


def test_seven_flights_came_home_with_damaged_o_rings():
    damaged = [temperature for (temperature,), damage in zip(o_rings().x, o_rings().y, strict=True) if damage]
    assert sorted(damaged) == [53.0, 57.0, 58.0, 63.0, 70.0, 70.0, 75.0]
    assert set(o_rings().y) == {0.0, 1.0}


def test_elements_are_all_118_by_their_number():
    names = elements()
    assert len(names) == len(set(names)) == 118
    assert [names[number - 1] for number in (1, 6, 26, 50, 79, 82, 92, 118)] == [
        *("hydrogen", "carbon", "iron", "tin", "gold", "lead", "uranium", "oganesson"),
    ]
    assert all(name.isascii() and name.isalpha() and name.islower() for name in names)


# moons


@pytest.mark.parametrize("n", [4, 5, 100])
def test_moons_without_noise_are_the_half_circles_of_scikit_learn(n):
    datasets = pytest.importorskip("sklearn.datasets", reason="needs scikit-learn to compare with")
    points, labels = datasets.make_moons(n_samples=n, shuffle=False)
    data = moons(n, 0.0, random.Random(0))
    assert np.allclose(data.x, points, rtol=0.0, atol=1e-15)
    assert data.y == [float(label) for label in labels]


def test_moons_lie_on_circles_around_two_centres():
    data = moons(101, 0.0, random.Random(0))
    assert (data.y.count(0.0), data.y.count(1.0)) == (50, 51)
    for (x, y), moon in zip(data.x, data.y, strict=True):
        assert math.hypot(x - moon, y - moon / 2) == pytest.approx(1.0, rel=1e-15)
        assert y <= 0.5 if moon else y >= 0.0


def test_noise_moves_every_point_by_its_own_normal_distance():
    still, moved = moons(2000, 0.0, random.Random(1)), moons(2000, 0.1, random.Random(1))
    moves = [a - b for p, q in zip(moved.x, still.x, strict=True) for a, b in zip(p, q, strict=True)]
    assert abs(np.mean(moves)) < 0.005 and np.std(moves) == pytest.approx(0.1, rel=0.05)
    assert len(set(moves)) == 4000


def test_moons_come_from_the_given_rng_alone():
    assert moons(10, 0.1, random.Random(7)).x == moons(10, 0.1, random.Random(7)).x
    assert moons(10, 0.1, random.Random(7)).x != moons(10, 0.1, random.Random(8)).x


@pytest.mark.parametrize(("n", "noise"), [(3, 0.1), (-1, 0.1), (100, -0.1), (100, math.nan)])
def test_moons_of_no_size_are_refused(n, noise):
    with pytest.raises(ValueError, match="expected n >= 4 points and noise >= 0, got n = "):
        moons(n, noise, random.Random(0))


# read_csv: tables it takes


def test_the_last_column_is_the_target_and_the_others_are_features(write):
    data = read_csv(write("a,b,c\n1,2,3\n4,5,6\n"))
    assert (data.features, data.target) == (("a", "b"), "c")
    assert (data.x, data.y) == ([(1.0, 2.0), (4.0, 5.0)], [3.0, 6.0])


def test_a_named_target_leaves_the_others_as_features(write):
    data = read_csv(write("a,b,c\n1,2,3\n"), target="a")
    assert (data.features, data.x, data.y) == (("b", "c"), [(2.0, 3.0)], [1.0])


def test_features_keep_the_order_asked_for(write):
    data = read_csv(write("a,b,c\n1,2,3\n"), features=["b", "a"])
    assert (data.features, data.x, data.y) == (("b", "a"), [(2.0, 1.0)], [3.0])


def test_a_column_that_is_not_chosen_may_hold_anything(write):
    data = read_csv(write("name,,size,size,x,y\nada,,big,,1,2\n"), target="y", features=["x"])
    assert (data.x, data.y) == ([(1.0,)], [2.0])


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("\ufeffa b,y\n1,2\n3,4\n", id="byte order mark"),
        pytest.param('"a b","y"\n"1","2"\n"3","4"\n', id="quotes"),
        pytest.param('a b, "y"\n 1 , 2\n3,\t4\n', id="spaces around cells"),
        pytest.param("\na b,y\n\n1,2\n  \n3,4\n\n", id="blank lines"),
        pytest.param("a b,y\r\n1,2\r\n3,4\r\n", id="Windows line ends"),
        pytest.param("a b,y\n1,2\n3,4", id="no line end at the end"),
        pytest.param("a b,y\n1e0,+2.\n3.0,40e-1\n", id="other notations"),
    ],
)
def test_one_table_may_be_written_in_many_ways(write, text):
    data = read_csv(write(text))
    assert (data.features, data.x, data.target, data.y) == (("a b",), [(1.0,), (3.0,)], "y", [2.0, 4.0])


@given(rows=st.lists(st.tuples(*[st.floats(allow_nan=False, allow_infinity=False)] * 3), min_size=1))
def test_floats_written_with_repr_are_read_back_bit_for_bit(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("tables") / "table.csv"
    path.write_text("a,b,y\n" + "".join(f"{a!r},{b!r},{y!r}\n" for a, b, y in rows))
    data = read_csv(path)
    assert [tuple(map(float.hex, (*x, y))) for x, y in zip(data.x, data.y, strict=True)] == [
        tuple(map(float.hex, row)) for row in rows
    ]


# read_csv: tables it refuses


@pytest.mark.parametrize("cell", ["two", "inf", "-inf", "1e999", "-1e999", "1_000", "1;2", "0x10", "\uff11"])
@pytest.mark.parametrize("target", ["width of leaf", "x"])
def test_a_bad_cell_among_numbers_is_named_by_file_row_and_column(write, cell, target):
    path = write(f'x,width of leaf\n1,2\n\n4,"{cell}"\n' + "3,4\n5,7\n" * 15)
    with pytest.raises(ValueError, match="finite number") as caught:
        read_csv(path, target)
    assert str(caught.value).startswith(
        f"{path}, row 4: column 'width of leaf': expected a finite number, got {cell.strip()!r}; "
    )


@pytest.mark.parametrize(
    ("asked", "nearest"),
    [("wieght", "weight"), ("Temp", "temperature_f"), ("X", "x"), ("temprature_f", "temperature_f")],
)
@pytest.mark.parametrize("role", ["target", "features"])
def test_a_missing_column_is_answered_with_the_nearest_name_and_all_names(write, role, asked, nearest):
    path = write("x,weight,temperature_f\n1,2,3\n")
    with pytest.raises(ValueError, match="no column") as caught:
        read_csv(path, **{role: asked if role == "target" else [asked]})
    assert str(caught.value) == (
        f"{path}: no column {asked!r} (the nearest is {nearest!r}); the columns are ['x', 'weight', 'temperature_f']"
    )


def test_no_name_is_suggested_for_a_column_that_is_like_none(write):
    with pytest.raises(ValueError, match=r"no column 'qqq'; the columns are \['x', 'y'\]"):
        read_csv(write("x,y\n1,2\n"), target="qqq")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("", "expected a header with the names of the columns, got an empty file", id="empty file"),
        pytest.param("\n \n", "got an empty file", id="blank file"),
        pytest.param("1,2\n3,4\n", r"the number '1' among \['1', '2'\]; .*--no-header.*--header", id="no header"),
        pytest.param("x,y\n", "expected rows of numbers below the header, got an empty table", id="header only"),
        pytest.param("y\n1\n", r"expected a feature beside the target 'y'; the columns are \['y'\]", id="one column"),
        pytest.param("x:y\n1:2\n", "expected a feature beside the target 'x:y'.*--sep", id="colons"),
        pytest.param(
            "x,x,y\n1,2,3\n", r"a name of its own for each column, got \['x', 'x', 'y'\]", id="one name twice"
        ),
        pytest.param("x,y,y\n1,2,3\n", "a name of its own for each column", id="two targets"),
        pytest.param("x,,y\n0,1,2\n", "a name of its own for each column", id="nameless column"),
        pytest.param("x,y\n1,2\n3\n", r"row 3: expected 2 cells, one for each column, got 1: \['3'\]", id="short row"),
        pytest.param("x,y\n1,2,3\n", "row 2: expected 2 cells, one for each column, got 3", id="long row"),
        pytest.param('x,y\n1,2\n1,"2\n3,4\n', "row 3: .*unexpected end of data; .* never closes", id="open quote"),
        pytest.param(b"x,\xb0C\n1,\x81\n", "row 1: expected text, .*--encoding", id="no text"),
    ],
)
def test_what_is_no_table_is_refused(write, text, message):
    with pytest.raises(ValueError, match=message) as caught:
        read_csv(write(text))
    assert "table.csv" in str(caught.value)


def test_the_target_cannot_be_a_feature_as_well(write):
    with pytest.raises(ValueError, match="column 'y' is chosen twice"):
        read_csv(write("x,y\n1,2\n"), target="y", features=["x", "y"])


def test_a_feature_cannot_be_chosen_twice(write):
    with pytest.raises(ValueError, match="column 'x' is chosen twice"):
        read_csv(write("x,y\n1,2\n"), features=["x", "x"])


def test_features_given_as_one_string_are_refused(write):
    with pytest.raises(TypeError, match=r"expected a list of column names, got 'x'; write \['x'\]"):
        read_csv(write("x,y\n1,2\n"), features="x")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nowhere\.csv"):
        read_csv(tmp_path / "nowhere.csv")
