"""A fit can be put away and used: on the table it was made from it says what it said, on a strange one it says no."""

import csv
import io
import json
import math
import random
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from optional import np

from minigrad.__main__ import main
from minigrad.datasets import Dataset, crickets, read_csv, stack_loss
from minigrad.fit import CurveModel, Model, fit, fit_curve, load_model, predict, save_model
from minigrad.fit.bowl import SCALES

WORDS = "size,place,y\n" + "1,sea,2\n2,town,3\n4,sea,6\n3,hill,9\n5,town,7\n7,hill,8\n" * 2
GERMAN = WORDS.replace(",", ";").replace("1;sea", "1,5;sea").replace("size", "Größe")


@pytest.fixture
def run(capsys):
    """Runs the command and gives its exit status and what it wrote to standard output and standard error."""

    def command(*arguments: object) -> tuple[int, str, str]:
        status = main([*map(str, arguments)])
        return (status, *capsys.readouterr())

    return command


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text(WORDS, encoding="utf-8")
    return path


def test_a_fit_predicts_from_columns_by_their_names():
    found = fit(crickets())
    expected = [predict(list(found.parameters.values()), x) for x in crickets().x]
    assert found.predict(crickets()) == expected
    assert found.predict({"more": [0] * 15, "chirps_per_second": [x for (x,) in crickets().x]}) == expected


def test_a_fit_takes_a_dict_and_chooses_its_columns():
    found = fit({"y": [1, 2, 3, 4.5], "a": [1.0, 2.0, 4.0, 3.0], "b": [0, 1, 0, 1]}, target="y", features=["a"])
    assert (found.data.features, found.data.target, len(found.data)) == (("a",), "y", 4)


def test_categories_are_predicted_from_their_words(table):
    data = read_csv(table)
    found = fit(data)
    words = {"place": ["hill", "sea", "town", None], "size": [1, 1, 1, 1]}
    hill, sea, town, nothing = found.predict(words)
    parameters = dict(zip(["b", *data.features], found.parameters.values(), strict=True))
    assert hill == pytest.approx(parameters["b"] + parameters["size"])
    assert sea - hill == pytest.approx(parameters["place[sea]"])
    assert town - hill == pytest.approx(parameters["place[town]"])
    assert math.isnan(nothing)
    assert found.predict(data) == pytest.approx(
        [predict(list(found.parameters.values()), row) for row in data.x], rel=1e-15
    )


def test_a_data_set_with_fewer_levels_is_predicted_too(table, tmp_path):
    found = fit(read_csv(table))
    fewer = tmp_path / "fewer.csv"
    fewer.write_text("size,place,y\n" + "1,sea,0\n2,town,1\n" * 3)
    data = read_csv(fewer)
    assert data.features == ("size", "place[town]")
    assert found.predict(data) == found.predict({"size": [1, 2] * 3, "place": ["sea", "town"] * 3})


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"size": [1.0]}, "no column 'place'; the columns are ['size']"),
        ({"Size": [1.0], "place": ["sea"]}, "no column 'size' (the nearest is 'Size')"),
        ({"size": [1.0], "place": ["moon"]}, "row 1: column 'place': expected a level of the fit, ['hill', 'sea', "),
        ({"size": [1.0], "place": [7]}, "column 'place': expected the words ['hill', 'sea', 'town'], got"),
        ({"size": [1.0, "big"], "place": ["sea", "sea"]}, "row 2: column 'size': expected a finite number, as in"),
        ({"size": [1.0, math.inf], "place": ["sea", "sea"]}, "row 2: column 'size': expected a finite number"),
    ],
)
def test_what_the_fit_does_not_know_is_refused(table, columns, message):
    with pytest.raises(ValueError, match="column") as caught:
        fit(read_csv(table)).predict(columns)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (2.0, 'got 2.0 (float); write {"x": [1.0, 2.0], "y": [3.0, 5.0]}, with the names of the columns'),
        ([2.0, "sea"], "a dict of columns or a DataFrame, got [2.0, 'sea'] (list)"),
        ({"size": 2.0, "place": ["sea"]}, "column 'size': expected a list of cells, one for each row, got 2.0 (float)"),
        ({"size": [2.0], "place": "sea"}, "got 'sea' (str); of one row, write {'place': ['sea']}"),
    ],
)
def test_a_row_that_is_no_table_is_refused_with_the_spelling_of_one(table, rows, message):
    with pytest.raises(TypeError, match="expected") as caught:
        fit(read_csv(table)).predict(rows)
    assert message in str(caught.value)


def test_a_column_without_any_cell_gives_no_prediction(table):
    answer = fit(read_csv(table)).predict({"size": [None, None], "place": ["sea", "sea"]})
    assert all(map(math.isnan, answer)) and len(answer) == 2


def test_a_saved_model_comes_back_to_the_last_bit(table, tmp_path):
    found = fit(read_csv(table))
    save_model(Model.of(found), tmp_path / "model.json")
    loaded = load_model(tmp_path / "model.json")
    assert loaded.predict(found.data) == found.predict(found.data)
    content = json.loads((tmp_path / "model.json").read_text())
    assert (content["format"], content["version"]) == ("minigrad model", 1)
    assert content["levels"] == {"place": ["hill", "sea", "town"]}
    assert content["reading"] == {"sep": ",", "decimal": None, "encoding": "utf-8", "header": True}


def test_a_standard_error_that_does_not_exist_is_null(tmp_path):
    save_model(Model("y", ["x"], {"b": 1.0, "w1": 2.0}, {"b": math.nan, "w1": 0.5}), tmp_path / "m.json")
    for _ in range(2):
        loaded = load_model(tmp_path / "m.json")
        assert loaded.standard_errors == {"b": None, "w1": 0.5}
        save_model(loaded, tmp_path / "m.json")


@pytest.mark.parametrize("intercept", [True, False], ids=["b", "no b"])
@pytest.mark.parametrize("scale", SCALES)
def test_a_fit_over_any_scale_is_saved_with_its_errors_and_predicts(tmp_path, scale, intercept):
    found = fit(stack_loss(), scale=scale, intercept=intercept, max_steps=9)
    save_model(Model.of(found), tmp_path / "model.json")
    loaded = load_model(tmp_path / "model.json")
    assert loaded.standard_errors == found.standard_errors
    assert list(loaded.parameters) == ["b"] * intercept + ["w1", "w2", "w3"]
    parameters = list(found.parameters.values())
    expected = [predict(parameters, row) for row in found.data.x]
    assert found.predict(found.data) == loaded.predict(found.data) == pytest.approx(expected, rel=1e-14)


def test_a_line_through_zero_is_put_to_use_by_the_command(run, tmp_path):
    (tmp_path / "t.csv").write_text("x,y\n1,2\n2,4\n3,6\n")
    assert run("fit", tmp_path / "t.csv", "--no-intercept", "--save", tmp_path / "m.json")[0] == 0
    assert json.loads((tmp_path / "m.json").read_text())["parameters"] == {"w1": pytest.approx(2.0, rel=1e-15)}
    (tmp_path / "new.csv").write_text("x\n0\n")
    assert run("predict", tmp_path / "m.json", tmp_path / "new.csv")[1] == "x,predicted\n0,0.0\n"


def test_a_model_without_b_goes_through_the_origin():
    assert Model("y", ["x"], {"w1": 2.0}).predict({"x": [3.0]}) == [6.0]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "got no whole JSON"),
        ("[1]", "expected a model that --save wrote"),
        ('{"format": "minigrad checkpoint", "version": 1}', "expected a model that --save wrote"),
        ('{"version": 2}', "expected a model that --save wrote"),
        ({"features": []}, "expected a weight for each of"),
        ({"parameters": {"b": 1.0}}, "expected a weight for each of"),
        ({"parameters": {"b": 1.0, "w1": "two"}}, "got one that was changed"),
        ({"parameters": 3}, "got one that was changed"),
        ({"parameters": {"b": 1.0, "w1": True}}, "got one that was changed, parameters: "),
        ({"parameters": {"w1": 1.0, "b": 1.0}}, "expected a weight for each of"),
        ({"target": 3}, "got one that was changed, target: 3"),
        ({"features": "x"}, "got one that was changed, features: 'x'"),
        ({"features": [1]}, "got one that was changed, features: "),
        ({"features": ["c"], "levels": {"c": ["a"]}}, "got one that was changed, features: "),
        ({"levels": {"c": "ab"}}, "got one that was changed, levels: "),
        ({"levels": None}, "got one that was changed, levels: None"),
        ({"standard_errors": {"b": "small"}}, "got one that was changed, standard_errors: "),
        ({"reading": {"sep": True}}, "got one that was changed, reading: "),
        ({"reading": {"header": "no"}}, "got one that was changed, reading: "),
        ({"reading": {"decimal": "x"}}, "got one that was changed, reading: "),
        ({"more": 1}, "expected a model that --save wrote"),
    ],
)
def test_a_file_that_is_no_model_is_refused(tmp_path, content, message):
    path = tmp_path / "m.json"
    if isinstance(content, dict):
        save_model(Model("y", ["x"], {"b": 1.0, "w1": 2.0}), path)
        content = json.loads(path.read_text()) | content
        del content["checksum"]
        content = json.dumps(content)
    path.write_text(content)
    with pytest.raises(ValueError, match=message):
        load_model(path)


# The command


def test_predict_writes_the_table_and_a_column_more(run, table, tmp_path):
    model = tmp_path / "model.json"
    assert run("fit", table, "--save", model, "--json")[0] == 0
    status, out, err = run("predict", model, table)
    rows = list(csv.DictReader(io.StringIO(out)))
    assert (status, err, out.splitlines()[0]) == (0, "", "size,place,y,predicted")
    assert [float(row["predicted"]) for row in rows] == fit(read_csv(table)).predict(read_csv(table))
    assert [row["place"] for row in rows][:3] == ["sea", "town", "sea"]


def test_a_new_table_is_read_as_the_old_one_was_and_written_so(run, tmp_path):
    old, new, model = tmp_path / "old.csv", tmp_path / "new.csv", tmp_path / "model.json"
    old.write_text(GERMAN, encoding="cp1252")
    new.write_text("place;Größe\nsea;1.500\nhill;NA\n", encoding="utf-8-sig")  # 1500, as the old one has commas
    assert run("fit", old, "--save", model)[0] == 0
    status, out, err = run("predict", model, new)
    assert (status, err) == (0, "minigrad: 1 row without a prediction, for want of a cell\n")
    first, second = list(csv.DictReader(io.StringIO(out), delimiter=";"))
    answer = float(first["predicted"].replace(",", "."))
    assert [answer] == load_model(model).predict({"Größe": [1500.0], "place": ["sea"]})
    assert (first["Größe"], second["predicted"]) == ("1.500", "")
    assert "may be" not in run("predict", model, new, "--decimal", "point")[2]


def test_cells_go_into_a_file_as_they_are_and_to_a_terminal_without_harm(run, tmp_path, monkeypatch):
    old, new, model = tmp_path / "old.csv", tmp_path / "new.csv", tmp_path / "model.json"
    old.write_text("x,y\n1,2\n2,4\n3,7\n")
    new.write_text('x,note\n1,San\xa0Juan\n2,"a\nb\x1b[1m\u2028"\n')
    run("fit", old, "--save", model)
    rows = list(csv.reader(io.StringIO(run("predict", model, new)[1], newline="")))
    assert [row[1] for row in rows] == ["note", "San\xa0Juan", "a\nb\x1b[1m\u2028"]
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    out = run("predict", model, new)[1]
    assert "San\xa0Juan" in out and "b\\x1b[1m\\u2028" in out


def test_predict_reads_tables_of_many_blocks_and_names_the_row(run, table, tmp_path, monkeypatch):
    model = tmp_path / "model.json"
    run("fit", table, "--save", model)
    rows = "\n".join(["size,place", *[f"{i},sea" for i in range(9000)]])
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(rows.encode())))
    assert run("predict", model, "-")[1].count("\n") == 9001
    (tmp_path / "new.csv").write_text(rows + "\n7,moon\n")
    status, out, err = run("predict", model, tmp_path / "new.csv")
    assert (status, out) == (2, "")
    assert (
        f"new.csv, row 9002: column 'place': expected a level of the fit, {['hill', 'sea', 'town']}, got 'moon'" in err
    )


def test_a_table_without_rows_gives_a_header(run, table, tmp_path):
    run("fit", table, "--save", tmp_path / "model.json")
    (tmp_path / "new.csv").write_text("size,place\n")
    assert run("predict", tmp_path / "model.json", tmp_path / "new.csv")[1] == "size,place,predicted\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("size,predicted,place\n1,2,sea\n", "there is a column 'predicted' already"),
        ("size\n1\n", "no column 'place'"),
        ("size,place\n1\n", "row 2: expected 2 cells"),
        ("size;place\n1;sea\n", "no column 'size'"),
    ],
)
def test_a_new_table_that_does_not_do_is_one_line_of_error(run, table, tmp_path, text, message):
    run("fit", table, "--save", tmp_path / "model.json")
    (tmp_path / "new.csv").write_text(text)
    status, out, err = run("predict", tmp_path / "model.json", tmp_path / "new.csv")
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert "new.csv" in err and message in err


def test_where_nothing_can_be_saved_nothing_is_printed(run, table, tmp_path):
    for path in (tmp_path / "nowhere" / "model.json", tmp_path):
        status, out, err = run("fit", table, "--save", path)
        assert (status, out, err.count("\n")) == (2, "", 1) and str(tmp_path) in err


def test_a_table_without_header_is_predicted_without_one(run, tmp_path):
    (tmp_path / "t.csv").write_text("1,2\n2,3\n3,5\n4,4\n")
    run("fit", tmp_path / "t.csv", "--no-header", "--save", tmp_path / "m.json")
    out = run("predict", tmp_path / "m.json", tmp_path / "t.csv")[1]
    assert out.splitlines()[0] == "c1,c2,predicted" and out.count("\n") == 5


# Curves


DECAY = "how_much = a * exp(-k * t_s) + c"


def decay():
    """A decay with noise; neither of its columns has a name that a formula could use as it is."""
    rng = random.Random(0)
    ts = [0.5 * i for i in range(12)]
    return {"t [s]": ts, "how much": [3 * math.exp(-0.5 * t) + 1 + rng.gauss(0, 0.02) for t in ts]}


def saved_decay(path):
    found = fit_curve(DECAY, decay(), {"a": 1, "k": 1, "c": 0})
    save_model(CurveModel.of(found), path)
    return found


def test_a_saved_curve_comes_back_to_the_last_bit(tmp_path):
    found = saved_decay(tmp_path / "m.json")
    model = load_model(tmp_path / "m.json")
    assert isinstance(model, CurveModel)
    assert (model.parameters, model.covariance) == (found.parameters, found.covariance)
    assert (model.residual_standard_error, model.degrees_of_freedom) == (found.residual_error, 9)
    assert model.columns == {"t_s": "t [s]", "how_much": "how much"} and model.features == ["t [s]"]
    new = [0.25, 7.0]
    expected, wide = found.predict({"t_s": new}), found.band({"t_s": new})
    for table in ({"t [s]": new}, {"t_s": new}, Dataset([(x,) for x in new], [0.0, 0.0], ["t [s]"], "y")):
        assert model.predict(table) == expected and model.band(table) == wide
    content = json.loads((tmp_path / "m.json").read_text())
    assert (content["format"], content["version"], content["formula"]) == ("minigrad curve", 1, DECAY)


def test_a_curve_gives_no_prediction_where_a_cell_lacks_and_says_where_it_does_not_exist():
    found = fit_curve("y = a * log(x)", {"x": [1.0, 2.0, 3.0], "y": [0.1, 0.7, 1.1]}, {"a": 1.0})
    model = CurveModel.of(found)
    one, nothing = model.predict({"x": [math.e, None]})
    assert one == pytest.approx(found.parameters["a"]) and math.isnan(nothing)
    with pytest.raises(ValueError, match=r"row 2: y = a \* log\(x\) has no value there: .*log\(-1.0\)"):
        model.predict({"x": [1.0, -1.0]})
    with pytest.raises(ValueError, match="no column 'x'"):
        model.predict({"z": [1.0]})
    with pytest.raises(ValueError, match="row 1: column 'x': expected a finite number"):
        model.predict({"x": ["one"]})


def test_a_curve_that_needs_no_column_is_one_number_for_each_row():
    found = fit_curve("y = c", {"y": [1.0, 2.0, 3.0]}, {"c": 0.0})
    assert CurveModel.of(found).predict({"x": [7.0, 8.0]}) == [pytest.approx(2.0)] * 2


def test_what_the_data_do_not_settle_is_null_in_the_file_and_inf_again(tmp_path):
    table = {"x": [1.0, 2.0, 3.0], "y": [1.0, 2.1, 2.9]}
    unsettled = CurveModel.of(fit_curve("y = a * b * x", table, {"a": 1.0, "b": 1.0}))
    few = CurveModel.of(fit_curve("y = a + b * x", {n: c[:2] for n, c in table.items()}, {"a": 0.0, "b": 0.0}))
    for model in (unsettled, few):
        save_model(model, tmp_path / "m.json")
        loaded = load_model(tmp_path / "m.json")
        assert "Infinity" not in (tmp_path / "m.json").read_text()
        assert loaded.covariance[0][0] == math.inf
        assert np.array_equal(loaded.covariance, np.abs(model.covariance) if model is few else model.covariance)
        assert loaded.residual_standard_error == model.residual_standard_error
        assert loaded.band({"x": [1.0]}) == model.band({"x": [1.0]}) == [math.inf]


SMALL = {"target": "y", "features": ["x"], "parameters": {"b": 1.0, "w1": 2.0}}


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"features": ["\ud83d\ude00"]}, "comes back as"),
        ({"target": "\ud83d\ude00"}, "comes back as"),
        ({"levels": {1: ["sea"]}}, "comes back as"),
        ({"levels": {"place": [1, 2]}}, "levels"),
        ({"levels": {"x": ["sea"]}}, "features"),
        ({"parameters": {"w1": 2.0, "b": 1.0}}, "expected a weight for each"),
        ({"parameters": {"a": 2.0, "c": 1.0}}, "expected a weight for each"),
        ({"features": [], "parameters": {"b": 1.0}}, "expected a weight for each"),
        ({"features": [1]}, "features"),
        ({"target": 1}, "target"),
        ({"reading": {"header": 1}}, "reading"),
        ({"parameters": {"b": math.nan, "w1": 2.0}}, "JSON"),
    ],
    ids=range(12),
)
def test_a_model_that_would_not_come_back_is_refused_and_the_old_file_stays(tmp_path, changed, message):
    path = tmp_path / "model.json"
    save_model(Model(**SMALL), path)
    before = path.read_bytes()
    with pytest.raises(ValueError, match=message):
        save_model(Model(**SMALL | changed), path)
    assert path.read_bytes() == before and [*tmp_path.iterdir()] == [path]


def test_a_curve_that_would_not_come_back_is_refused(tmp_path):
    parts = {"x": "\ud83d\ude00", "y": "y"}, {"a": 2.0}, [[0.25]], 0.5
    with pytest.raises(ValueError, match="comes back as"):
        save_model(CurveModel("y = a * x", *parts, 3), tmp_path / "curve.json")
    with pytest.raises(ValueError, match="can be loaded again"):
        save_model(CurveModel("y = a * x", {"x": 1, "y": "y"}, *parts[1:], 3), tmp_path / "curve.json")
    with pytest.raises(ValueError, match="past it"):
        save_model(CurveModel("y = a * x", {"x": "x", "y": "y"}, *parts[1:], 10**400), tmp_path / "curve.json")
    assert not [*tmp_path.iterdir()]


def test_numpy_s_numbers_are_saved_as_numbers(tmp_path):
    path = tmp_path / "model.json"
    save_model(Model("y", ["x"], {"b": np.float32(0.5), "w1": np.int64(2)}), path)
    assert load_model(path).parameters == {"b": 0.5, "w1": 2.0}


def test_the_curve_of_a_function_cannot_be_saved():
    found = fit_curve(lambda x, a: a * x, {"x": [1.0, 2.0], "y": [1.0, 2.0]}, {"a": 1.0})
    with pytest.raises(ValueError, match="expected a curve of a formula, got one of a function, y = <lambda>"):
        CurveModel.of(found)


LINE = Model("y", ["x"], {"b": 1.0, "w1": 2.0}, {"b": 0.1, "w1": 0.2}, {}, {"sep": ","}).content()
CURVE = CurveModel(
    "y = a * x + b", {"x": "x", "y": "y"}, {"a": 1.0, "b": 2.0}, [[1.0, 0.5], [0.5, 1.0]], 0.1, 5
).content()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": 2}, "expected a model that --save wrote, .* got .*'version': 2"),
        ({"formula": "y = __import__('os') * a + b"}, "at character"),
        ({"formula": "y = a * x"}, "expected the parameters of 'y = a"),
        ({"formula": 3}, "expected a formula as text"),
        ({"columns": {"x": "x"}}, "at character"),
        ({"columns": {"x": 1, "y": "y"}}, "expected names of columns"),
        ({"columns": ["x", "y"]}, "got one that was changed"),
        ({"parameters": {"a": 1.0}}, "expected the parameters of"),
        ({"parameters": {"a": 1.0, "b": math.nan}}, "'NaN' is no number"),
        ({"parameters": {"a": 1.0, "b": "two"}}, "got one that was changed"),
        ({"covariance": [[1.0]]}, "expected the covariance of 2 parameters"),
        ({"covariance": [[1.0, 0.5], [0.5]]}, "expected the covariance of 2 parameters"),
        ({"covariance": [[-1.0, 0.5], [0.5, 1.0]]}, "expected the covariance of 2 parameters"),
        ({"covariance": 1.0}, "got one that was changed"),
        ({"degrees_of_freedom": -1}, "expected a whole number of degrees of freedom"),
        ({"degrees_of_freedom": 1.5}, "expected a whole number of degrees of freedom"),
        ({"residual_standard_error": -1.0}, "expected a residual standard error >= 0"),
        ({"reading": 3}, "got one that was changed"),
    ],
)
def test_a_curve_s_file_that_was_changed_is_refused(tmp_path, change, message):
    path = tmp_path / "m.json"
    path.write_text(json.dumps(CURVE | change))
    with pytest.raises(ValueError, match=message) as caught:
        load_model(path)
    assert str(caught.value).startswith(f"{path}: ")


def test_a_curve_with_a_parameter_that_is_no_number_is_no_model():
    with pytest.raises(ValueError, match="expected finite parameters"):
        CurveModel("y = a * x", {"x": "x", "y": "y"}, {"a": math.inf}, [[1.0]], 0.1, 5)


@pytest.mark.parametrize("whole", [LINE, CURVE], ids=["line", "curve"])
def test_a_file_without_any_one_of_its_parts_is_refused(tmp_path, whole):
    path = tmp_path / "m.json"
    path.write_text(json.dumps(whole))
    assert load_model(path).content() == whole
    for key in whole:
        path.write_text(json.dumps({name: part for name, part in whole.items() if name != key}))
        with pytest.raises(ValueError, match=r"m\.json: expected a model"):
            load_model(path)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@st.composite
def mutated(draw):
    """The file of a model in which one value, somewhere, is another."""
    whole = json.loads(json.dumps(draw(st.sampled_from([LINE, CURVE]))))
    place = whole
    while True:
        key = draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
        if not (isinstance(place[key], dict | list) and place[key]) or draw(st.booleans()):
            place[key] = draw(JSON)
            return whole
        place = place[key]


@given(mutated())
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_mutated_file_is_refused_with_a_message_or_predicts_numbers(tmp_path, whole):
    path = tmp_path / "m.json"
    path.write_text(json.dumps(whole))
    refused = ""
    try:
        model = load_model(path)
    except ValueError as error:
        refused = str(error)
    if refused:
        assert refused.startswith(f"{path}: ")
        return
    assert all(map(math.isfinite, model.parameters.values()))
    try:
        assert all(map(math.isfinite, model.predict({"x": [1.0]})))
    except ValueError as error:
        refused = str(error)
    assert not refused or "no column" in refused  # it has another name now


@pytest.mark.parametrize("text", ["minutes,degrees\n0,82\n5,71\n10,62\n20,48\n40,32.5\n60,25.6\n"])
def test_a_curve_is_saved_and_put_to_use_by_the_command(run, tmp_path, text):
    old, new, model = tmp_path / "old.csv", tmp_path / "new.csv", tmp_path / "model.json"
    old.write_text(text.replace("minutes", "how long").replace(",", ";").replace(".", ","), encoding="cp1252")
    formula = "degrees = room + a * exp(-k * how_long)"
    options = ("--start", "room=20", "a=50", "k=0.1", "--save", model)
    assert run("fit", old, "--model", formula, *options)[0] == 0
    new.write_text("note;how long\nfirst;7,5\nsecond;\n", encoding="utf-8-sig")
    status, out, err = run("predict", model, new)
    assert (status, err) == (0, "minigrad: 1 row without a prediction, for want of a cell\n")
    header, first, second = out.splitlines()
    (expected,) = load_model(model).predict({"how_long": [7.5]})
    assert header == "note;how long;predicted" and second == "second;;"
    assert first == f"first;7,5;{expected!r}".replace(".", ",") and 60 < expected < 70
    assert load_model(model).reading["sep"] == ";"


def test_a_row_where_a_curve_does_not_exist_is_one_line_of_error(run, tmp_path):
    (tmp_path / "t.csv").write_text("x,y\n1,0\n2,0.7\n3,1.1\n")
    run("fit", tmp_path / "t.csv", "--model", "y = a * log(x)", "--start", "a=1", "--save", tmp_path / "m.json")
    (tmp_path / "new.csv").write_text("x\n1\n-1\n")
    status, out, err = run("predict", tmp_path / "m.json", tmp_path / "new.csv")
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert "new.csv, row 3: y = a * log(x) has no value there: log(-1.0)" in err


def test_model_files_of_version_0_2_go_on_loading(tmp_path):
    path = tmp_path / "m.json"
    path.write_text(
        '{"format": "minigrad model", "version": 1, "target": "y", "features": ["x"], "parameters": {"b": 1.0, '
        '"w1": 2.0}, "standard_errors": {"b": null, "w1": 0.5}, "levels": {}, "reading": {"sep": ",", "decimal": null, '
        '"encoding": "utf-8", "header": true}}'
    )
    assert load_model(path).predict({"x": [10.0]}) == [21.0]


# --- What is not worth saving ---------------------------------------------------------------------------------------


def test_a_fit_that_diverged_leaves_no_model(run, tmp_path):
    path, table = tmp_path / "model.json", tmp_path / "t.csv"
    table.write_text("x,y\n1,2\n2,3\n3,5\n4,4\n", encoding="utf-8")
    for options in (
        ["--lr", "5"],
        ["--model", "y = a + b * x", "--start", "a=0", "b=0", "--method", "sgd", "--lr", "5"],
    ):
        status, _, err = run("fit", table, *options, "--save", path)
        assert status == 1 and not path.exists()
        assert f"{path} was not written: the fit diverged" in err


def test_a_model_that_has_not_arrived_is_said_to_be_so(run, table, tmp_path):
    path = tmp_path / "model.json"
    status, _, err = run("fit", table, "--lr", "0.001", "--max-steps", "2", "--save", path)
    assert status == 1 and path.exists() and "not the best: the fit ended as max_steps" in err


def test_a_parameter_that_is_nearly_a_column_is_said_to_be_one(run, tmp_path):
    path = tmp_path / "decay.csv"
    path.write_text("time_s,signal\n0,3\n1,2.2\n2,1.7\n3,1.4\n4,1.3\n", encoding="utf-8")
    _, out, _ = run("fit", path, "--model", "signal = c + tme_s", "--start", "c=1", "tme_s=1")
    assert "tme_s is no column (the nearest is 'time_s'), so it is a parameter" in out
    _, out, _ = run("fit", path, "--model", "signal = c + d * time_s", "--start", "c=1", "d=1")
    assert "is no column" not in out
