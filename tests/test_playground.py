"""The playground: what it computes is the library's, in the library's words; and whoever comes to it can use it.

The slow tests drive Chromium against a server on 127.0.0.1, where Chromium and Playwright are installed.
"""

import doctest
import importlib
import json
import random
import re
import runpy
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from browser import served
from test_terms import OTHERWISE

from minigrad import Value, compile, minimize
from minigrad.datasets import cars, crickets
from minigrad.explain import explain
from minigrad.losses import mean_squared_error, squared_error
from minigrad.optim import SGD

DOCS = Path(__file__).resolve().parent.parent / "docs"
FOLDER = DOCS / "playground"
PAGE = ["index.html", "play.css", "play.js", "draw.js", "model.js", "stepper.js", "library.js", "words.json"]
REAL = ["real.js", "worker.js"]  # loaded only by who asks for Python, which is 12 MB
WORDS = json.loads((FOLDER / "words.json").read_text(encoding="utf-8"))
AXE = "axe-core@4.14.1"


@pytest.fixture
def scripts(monkeypatch):
    """The modules of docs/playground by name."""
    monkeypatch.syspath_prepend(FOLDER)
    yield lambda name: runpy.run_path(str(FOLDER / f"{name}.py"))
    sys.modules.pop("javascript", None)


def rows_of(data):
    return [(x, y) for (x,), y in zip(data.x, data.y, strict=True)]


ROWS = rows_of(cars())


def descend(lr, momentum=0.0, start=(0.0, 0.0), rows=ROWS, **options):
    """minigrad's result, and the parameters and losses on the way."""
    b, w1 = Value(float(start[0])), Value(float(start[1]))
    path = []

    def loss():
        return mean_squared_error([b + w1 * x for x, _ in rows], [y for _, y in rows])

    def keep(_step, loss, _norm):
        path.append([b.data, w1.data, loss])

    return minimize(loss, SGD([b, w1], lr=lr, momentum=momentum), callback=keep, **options), path


# --- One truth ------------------------------------------------------------------------------------------------------


def test_library_js_is_what_the_script_writes_from_the_compiled_program_and_real_runs(scripts):
    assert scripts("__main__")["library"]() == (FOLDER / "library.js").read_text(encoding="utf-8")


def test_the_statements_in_library_js_are_those_of_the_program(scripts):
    b, w1 = Value(0.0), Value(0.0)
    program = compile(lambda x1, y: squared_error(b + w1 * x1, y))
    program.backward(ROWS)
    terms = [line.strip() for line in program.source.splitlines() if re.match(r"\s+(t\d+ = |\w+_grad \+= )", line)]
    text = (FOLDER / "library.js").read_text(encoding="utf-8")
    bare = re.sub(r"[();]|const ", "", text)
    assert terms
    assert all(re.sub(r"[()]", "", term) in bare for term in terms)


def test_the_examples_in_the_translator_hold(monkeypatch):
    monkeypatch.syspath_prepend(FOLDER)
    assert doctest.testmod(importlib.import_module("javascript")) == (0, 2)
    sys.modules.pop("javascript")


@pytest.mark.parametrize(
    "source",
    [
        "x = 1",
        "def f(x):\n    return math.exp(x)",
        "def f(x):\n    return x // 2.0",
        "def f(x):\n    if x > 0.0:\n        return x",
        "def f(x):\n    return True",
        "def f(x):\n    x.y = 1.0",
    ],
)
def test_what_has_no_javascript_is_refused_and_not_guessed(scripts, source):
    with pytest.raises(ValueError, match=r"expected statements that compile\(\) prints"):
        scripts("javascript")["javascript"](source)


def test_a_sentence_with_a_number_that_nobody_knows_is_refused(scripts):
    with_gaps = scripts("__main__")["_with_gaps"]
    result, _ = descend(0.1, max_steps=20)
    result.advice += " 17 more."
    with pytest.raises(ValueError, match="17"):
        with_gaps(result, 0.1)


# --- Small, and alone -----------------------------------------------------------------------------------------------


def test_the_page_is_under_40_kb_as_it_is_served(scripts):
    lean = scripts("site_files")["lean"]
    assert sum([len(lean(FOLDER / name).encode()) for name in PAGE]) < 40_000


def test_these_are_all_of_its_files():
    served = {path.name for path in FOLDER.iterdir() if path.suffix in (".html", ".css", ".js", ".json")}
    assert served == {*PAGE, *REAL}


@pytest.mark.parametrize("name", PAGE + REAL)
def test_no_file_names_another_host_or_keeps_anything(name):
    text = (FOLDER / name).read_text(encoding="utf-8")
    assert not re.findall(r"https?:|//[a-z]+\.|cookie|localStorage|sessionStorage|indexedDB", text)


def test_both_languages_say_the_same_things_with_the_same_numbers():
    english, spanish = WORDS["en"], WORDS["es"]
    assert english.keys() == spanish.keys()
    gaps = {key: sorted(re.findall(r"\{\w+\}", text)) for key, text in english.items()}
    assert {key: sorted(re.findall(r"\{\w+\}", text)) for key, text in spanish.items()} == gaps


def test_in_spanish_one_word_stands_for_one_thing_here_too():
    assert not OTHERWISE.findall(" ".join(WORDS["es"].values()))


def test_no_word_of_the_page_is_missing_and_none_is_left_over():
    code = "".join([(FOLDER / name).read_text(encoding="utf-8") for name in PAGE[:-1]])
    unused = [
        key for key in WORDS["en"] if not re.search(rf"\b{key}\b", code) and not re.match("try_|after_|x_|y_", key)
    ]
    assert not unused
    assert set(re.findall(r'\bt\("([^"]+)"', code)) - {"x_", "y_", "try_", "after_", "cap_"} <= WORDS["en"].keys()


# --- In the site ----------------------------------------------------------------------------------------------------


def test_the_site_has_the_page_and_the_figures_that_stand_there_without_scripts(scripts, tmp_path):
    assert not scripts("site_files")["put"](tmp_path, python=False)
    page = (tmp_path / "playground" / "index.html").read_text(encoding="utf-8")
    assert "data-wheel" not in page
    for name in re.findall(r'(?:src|href)="([\w./-]+)"', page):
        if name.endswith(".html"):  # Sphinx makes it of the page of that name
            assert (FOLDER / name).with_suffix(".md").exists()
        else:
            assert (tmp_path / "playground" / name).exists()


def test_without_npm_the_page_does_without_python(scripts, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    assert not scripts("site_files")["put"](tmp_path)
    assert "npm is not installed" in capsys.readouterr().err
    assert "data-wheel" not in (tmp_path / "playground" / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", ["1-the-loop", "2-model-and-loss", "3-the-bowl", "6-the-rate", "7-convergence"])
def test_the_tutorial_leads_to_the_playground_in_both_languages(page):
    number = page[0]
    spanish = next((DOCS / "es" / "tutorial").glob(f"{number}-*.md")).read_text(encoding="utf-8")
    assert "../playground/index.html#" in (DOCS / "tutorial" / f"{page}.md").read_text(encoding="utf-8")
    assert re.search(r"\.\./\.\./playground/index\.html#[^\"]*lang=es", spanish)


# --- In a browser ---------------------------------------------------------------------------------------------------

browser_test = pytest.mark.slow


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A server of the playground as it stands in a site without Python."""
    folder = tmp_path_factory.mktemp("site")
    runpy.run_path(str(FOLDER / "site_files.py"))["put"](folder, python=False)
    yield from serve(folder)


def serve(folder):
    with served(folder) as address:
        yield f"{address}playground/index.html"


@pytest.fixture
def visit(chromium, site):
    """Opens the page at a state; in the end nothing may have gone wrong, or out to another host."""
    wrong, contexts = [], []

    def visit(state="lang=en", *, width=1280, where=site, **options):
        options = {"reduced_motion": "reduce"} | options
        context = chromium.new_context(viewport={"width": width, "height": 900}, **options)
        contexts.append(context)
        context.on(
            "request", lambda r: wrong.append(r.url) if not re.match(r"http://127\.0\.0\.1:|data:", r.url) else None
        )
        page = context.new_page()
        page.on("console", lambda m: wrong.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(f"{where}#{state}")
        if options.get("java_script_enabled", True):
            page.wait_for_selector("#line svg")
        return page

    yield visit
    for context in contexts:
        context.close()
    assert not wrong


def in_page(page, cases, rows=ROWS):
    """Words, parameters and losses of descents computed by the page's own modules."""
    code = """async ([rows, cases]) => { const { Descent } = await import("./model.js"); return cases.map((c) => {
        const d = new Descent(rows, c); d.at(1e6);
        return [c.forget ? "" : d.words(), d.path.map(({ point, loss }) => [...point, loss])]; }); }"""
    found = page.evaluate(code, [rows, cases])  # large floats come as the digits of an int, and that is not the float
    return [(words, [[float(x) for x in point] for point in path]) for words, path in found]


def parameters(path):
    return [point[:2] for point in path]


@browser_test
@pytest.mark.parametrize(("lr", "steps"), [(0.000011, 2000), (0.01, 2000), (0.05, 2000), (0.1, 40)])
@pytest.mark.parametrize(("rows", "scale"), [(ROWS, 1), (rows_of(crickets()), 0.01)], ids=["cars", "crickets"])
def test_the_path_of_the_parameters_is_cpythons_bit_for_bit(visit, lr, steps, rows, scale):
    result, path = descend(lr * scale, rows=rows, max_steps=steps, tol=0.0)
    [[_, here]] = in_page(visit(), [{"b": 0, "w1": 0, "lr": lr * scale, "max_steps": steps, "tol": 0.0}], rows)
    assert parameters(here) == parameters(path)
    exact = "**" not in (FOLDER / "library.js").read_text(encoding="utf-8")  # no two pow() agree on all floats
    assert [x[2] for x in here] == (result.history if exact else pytest.approx(result.history, rel=1e-14))


@browser_test
def test_so_are_those_with_momentum_and_those_without_zero_grad(visit, scripts):
    page = visit()
    _, path = descend(0.05, 0.9, tol=1e-6)
    b, w1 = Value(0.0), Value(0.0)
    sgd = SGD([b, w1], lr=0.01)
    forgetful = []
    for _ in range(51):
        forgetful.append([b.data, w1.data])
        mean_squared_error([b + w1 * x for x, _ in ROWS], [y for _, y in ROWS]).backward()
        sgd.step()
    cases = [
        {"b": 0, "w1": 0, "lr": 0.05, "momentum": 0.9},
        {"b": 0, "w1": 0, "lr": 0.01, "forget": 1, "max_steps": 50},
    ]
    (_, with_momentum), (_, without_zero_grad) = in_page(page, cases)
    assert parameters(with_momentum) == parameters(path)
    assert parameters(without_zero_grad) == forgetful


@browser_test
def test_of_a_hundred_descents_the_page_says_what_minimize_says(visit):
    rng = random.Random(19)
    cases = [{"lr": 0.05, "momentum": 0.99, "tol": 1e-3, "max_steps": 1500, "b": 30, "w1": -4}]
    for _ in range(100):
        case = {"lr": rng.choice((0.1, 0.08, 0.0698, 0.069, 0.06, 0.05, 0.03, 0.01, 1e-3, 1e-4, 1.1e-5))}
        case |= {"momentum": rng.choice((0.0, 0.5, 0.9, 0.99)), "tol": rng.choice((1e-3, 1e-4, 1e-6))}
        case |= {"max_steps": rng.choice((1, 2, 5, 20, 1500)), "b": rng.choice((0, 30)), "w1": rng.choice((0, -4, 3))}
        cases.append(case)
    for case, (words, path) in zip(cases, in_page(visit(), cases), strict=True):
        result, own = descend(
            case["lr"], case["momentum"], (case["b"], case["w1"]), tol=case["tol"], max_steps=case["max_steps"]
        )
        assert words == str(result), case
        assert parameters(path) == parameters(own), case


EXPERIMENTS = {
    "long": ("up", {"lr": 0.1, "max_steps": 20}),
    "short": ("still", {"lr": 0.000011, "tol": 1e-4}),
    "right": ("down", {"lr": 0.05, "tol": 1e-6}),
    "momentum": ("down", {"lr": 0.05, "momentum": 0.9, "tol": 1e-6}),
}


@browser_test
@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("name", EXPERIMENTS)
def test_each_experiment_asks_first_and_ends_in_the_librarys_own_words(visit, language, name):
    answer, options = EXPERIMENTS[name]
    page = visit(f"lang={language}")
    page.click(f"[data-try={name}]")
    assert not page.inner_text("#told")
    page.click(f"#{answer}")
    result, _ = descend(**options)
    assert page.inner_text("#told pre") == str(result)
    assert result.reason in page.inner_text("#told")
    word = WORDS[language][answer]
    assert page.inner_text("#told p >> nth=0") == WORDS[language]["said"].format(guess=word, went=word)


@browser_test
def test_the_experiment_without_zero_grad_shows_page_fives_losses(visit):
    page = visit()
    page.click("[data-try=zero]")
    page.click("#down")
    told = page.inner_text("#told")
    assert "303.71, 170.84, 46.40, 62.69, 202.27, 316.51" in told
    assert "Leaves, such as the parameters of a model, accumulate" in told
    assert "You said: down. It is up." in told


@browser_test
def test_too_long_leads_to_half_the_largest_stable_rate_which_arrives(visit):
    page = visit()
    page.click("[data-try=long]")
    page.click("#up")
    page.click("[data-lr='0.0349']")
    assert page.inner_text("#told pre").startswith("converged after")
    assert "lr=0.0349" in page.url


@browser_test
def test_the_numbers_of_the_update_are_those_of_page_one(visit):
    page = visit("lang=en&lr=0.01")
    numbers = "b = 0 - 0.01 * (-34.28571) = 0.3428571\nw1 = 0 - 0.01 * (-119.7171) = 1.197171"
    assert page.inner_text("#numbers") == numbers
    page.click("#inside")
    page.wait_for_selector("#table tr")
    assert page.inner_text("#table tr >> nth=1").split() == ["1", "3.5", "18", "0", "-18", "-63", "324"]
    assert page.inner_text("#table tr >> nth=8").split() == ["sum", "-120", "-419.01", "2126"]


@browser_test
def test_a_row_opens_a_stepper_with_the_numbers_of_explain(visit):
    page = visit("lang=en&lr=0.01&step=1")
    page.click("#inside")
    page.click("[data-row='0']")
    steps = []
    while True:
        steps.append(page.inner_text("#said") + page.inner_text("#more"))
        if page.is_disabled("#next"):
            break
        page.keyboard.press("ArrowRight")
    cards = dict(re.findall(r"(\w+)\s+(\S+\s+∇ \S+)", page.inner_text("#chain")))
    b, w1 = Value(0.01 * 240 / 7, label="b"), Value(0.01 * 2 * 419.01 / 7, label="w1")
    loss = squared_error(b + w1 * 3.5, 18.0)
    told = explain(loss)
    assert len(steps) == str(told).count("\n0. ") + len(re.findall(r"^\d+\. ", str(told), re.MULTILINE))
    for node, name in ((b, "b"), (w1, "w1"), (loss, "loss")):
        assert cards[name].split() == [f"{node.data:.6g}", "∇", f"{told.gradients[node]:.6g}"]
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.dataset.row") == "0"


@browser_test
def test_a_teachers_link_opens_its_state_and_the_address_follows_what_is_done(visit):
    page = visit("table=cars&b=0&w1=0&lr=0.1&step=3&lang=es")
    assert page.inner_text("#where").startswith("Paso 3:")
    assert page.get_attribute("html", "lang") == "es"
    page.click("#en")
    page.click("#step")
    page.select_option("#which", "crickets")
    assert page.url.endswith("#table=crickets&b=0&w1=0&lr=0.1&step=0&lang=en")


@browser_test
@pytest.mark.parametrize(
    "state",
    [
        "lr=-1&step=x&table=none&lang=xx&try=none&b=Infinity",
        "table=own&points=1,2;1,3",
        "%%%",
        "lang=__proto__&try=constructor&table=toString&hasOwnProperty=1",
        "lang=constructor&table=__proto__&try=__proto__",
        "table=own&points=<script>alert(1)</script>&try=<img src=x onerror=alert(1)>",
    ],
)
def test_an_address_that_makes_no_sense_opens_all_the_same(visit, state):
    page = visit(state)
    assert page.inner_text("#title")


STATES = [
    "",
    "table=own",
    "table=own&points=1,2;2,4;3,6&lr=0.1&step=400",
    "table=crickets&lr=0.001&step=30&log=1",
    "table=crickets&lr=0.1&step=100000",
    "lr=0.1&step=100000",
    "lr=0.00001&step=3&b=-1000000&w1=1e12",
    "lr=0.01&step=100000&forget=1&momentum=0.9",
    "b=33.5850906&w1=-4.5690476&step=100000&log=1",
    "lr=NaN&step=1e9&b=Infinity",
    "lr=1e308&step=1000",
    "lr=5e-324&step=1000",
    "b=1e308&w1=-1e200&step=100",
    "lr=1e9&b=1e9&w1=-1e9&step=1000",
    "momentum=-5&step=50",
    "momentum=1e9&step=50",
    "momentum=0.999999&step=100000",
    "table=own&points=1e308,1e308;-1e308,5",
    "table=own&points=1e9,1e9;-1e9,5&lr=1e-20&step=9",
    "table=own&points=1e-320,1;2e-320,2&step=50",
    "table=own&points=1,2;1.0000000000000002,3&step=9",
    "table=own&points=0,0;1,0;2,0&step=50",
    *[f"lr={options['lr']}&step=10000&try={name}" for name, (_, options) in EXPERIMENTS.items()],
]


@browser_test
@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("state", STATES)
def test_no_state_shows_what_no_reader_understands(visit, state, language):
    page = visit(f"{state}&lang={language}")
    page.click("#largest summary")
    page.click("#inside")
    page.wait_for_function("largest.open && inside.parentNode.open")
    assert not re.findall(r".{0,60}(?:undefined|NaN|null|Infinity|\{\w*\}|\[object)", page.inner_html("#main"))


@browser_test
def test_by_hand_the_sliders_lead_near_the_lowest_loss(visit):
    page = visit()
    page.fill("#b", "33.6")
    page.fill("#w1", "-4.57")
    assert "1.470" in page.inner_text("#hand_text")
    assert page.inner_text("#near").startswith("Loss 1.4")
    page.click("#zero")
    assert not page.inner_text("#near")


@browser_test
def test_the_largest_stable_rate_is_shown_only_to_who_asks(visit):
    page = visit()
    assert page.is_hidden("#mark")
    assert "0.0698" not in page.inner_text("#work")
    page.click("#limit")
    page.wait_for_selector("#mark", state="visible")
    assert page.inner_text("#most").startswith("0.0698")


@browser_test
def test_points_of_ones_own_are_pasted_and_clicked(visit):
    page = visit()
    page.select_option("#which", "own")
    page.fill("#points", "x y\n1\t2\n2; 4.5\n3 5e0\n")
    page.dispatch_event("#points", "change")
    assert "points=1%2C2%3B2%2C4.5%3B3%2C5" in page.url
    page.click("#line svg", position={"x": 200, "y": 100})
    assert page.input_value("#points").startswith("1,2\n2,4.5\n3,5\n")
    assert len(page.input_value("#points").split("\n")) == 4
    page.click("#run")
    assert page.inner_text("#told pre")


@browser_test
@pytest.mark.parametrize(
    ("pasted", "read"),
    [
        ("x;y\n1,5;2,5\n-2,5; 3\n", "1.5,2.5\n-2.5,3"),
        ("1,5\t2,5\r\n2,5\t3,5", "1.5,2.5\n2.5,3.5"),
        ("1,5 2,5\n2,5 3,5", "1.5,2.5\n2.5,3.5"),
        ("1, 2\n3, 4.5", "1,2\n3,4.5"),
        ('"1","2"\n"\N{MINUS SIGN}3","4"', "1,2\n-3,4"),
        ("5 6", "5,6"),
        ("2 1\n2 5", "2,1\n2,5"),
        ("1 2 3\n4 5 6", "1 2 3\n4 5 6"),  # not two columns: it stays there to be mended
        ("1e300 1\n2e300 2", "1e300 1\n2e300 2"),
    ],
)
def test_a_pasted_table_is_read_as_spreadsheets_write_it(visit, pasted, read):
    page = visit("table=own&lang=en")
    page.fill("#points", pasted)
    page.dispatch_event("#points", "change")
    assert page.input_value("#points") == read


@browser_test
def test_of_a_huge_table_the_first_thousand_rows_are_taken(visit):
    page = visit("table=own&lang=en&lr=1e-7")
    page.evaluate("points.value = Array.from({ length: 20000 }, (_, i) => `${i} ${i % 7}`).join('\\n')")
    page.dispatch_event("#points", "change")
    assert page.input_value("#points").count("\n") == 999
    assert "1000" in page.inner_text("#paste")
    page.click("#run")
    assert page.inner_text("#told pre")


@browser_test
def test_clicks_however_fast_leave_the_page_whole(visit):
    page = visit("lang=en&lr=0.05", reduced_motion="no-preference")
    rng = random.Random(19)
    names = ["run", "run", "reset", "step", "es", "en", "log", "up", "down", "momentum", "forget", "zero", "limit"]
    for _ in range(300):
        page.evaluate("(name) => document.getElementById(name).click()", rng.choice(names))
    for selector in ("#reset", "#en", "[data-try=right]", "#down"):
        page.evaluate("(s) => document.querySelector(s).click()", selector)
    page.wait_for_function("where.textContent.startsWith('Step 3')")
    page.click("#es")  # while it runs
    step = page.inner_text("#where").split(":")[0]
    assert step.startswith("Paso") and page.inner_text("#run") == "Seguir"


@browser_test
def test_a_drag_out_of_the_picture_ends_at_its_edge_and_other_buttons_drag_nothing(visit):
    page = visit("lang=en")
    box = page.locator("#map svg").bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(*middle)
    page.mouse.down(button="right")
    page.mouse.up(button="right")
    assert "b=0&w1=0" in page.url
    page.mouse.down()
    for there in ((-50, 5000), (5000, -10), (-9, -9)):
        page.mouse.move(*there, steps=7)
    page.mouse.up()
    page.mouse.move(*middle)
    state = dict(pair.split("=") for pair in page.url.split("#")[1].split("&"))
    assert abs(float(state["b"])) < 100 and abs(float(state["w1"])) < 30


@browser_test
def test_at_four_times_the_size_nothing_is_cut_off_or_covered(visit):
    page = visit("lang=en", width=320)
    page.set_viewport_size({"width": 320, "height": 225})  # 1280 by 900 at 400 %
    page.click("[data-try=long]")
    page.click("#up")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert page.evaluate("getComputedStyle(document.getElementById('top')).position") == "static"


@browser_test
def test_the_start_can_be_dragged(visit):
    page = visit("lang=en&step=5")
    box = page.locator("#map svg").bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.5)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + box["height"] * 0.4, steps=4)
    page.mouse.up()
    state = dict(pair.split("=") for pair in page.url.split("#")[1].split("&"))
    assert float(state["b"]) < 20
    assert float(state["w1"]) > 1
    assert state["step"] == "0"


@browser_test
def test_with_the_keyboard_alone_one_can_do_everything(visit):
    page = visit()

    def tab_to(selector):
        for _ in range(60):
            if page.evaluate("s => document.activeElement.matches(s)", selector):
                return
            page.keyboard.press("Tab")
        raise AssertionError(selector)

    tab_to("#map")
    for key in ("ArrowRight", "ArrowUp", "ArrowUp", "ArrowLeft", "ArrowRight"):
        page.keyboard.press(key)
    assert "b=1&w1=0.5" in page.url
    page.keyboard.press("Space")
    assert "converged" in page.inner_text("#told") or "max_steps" in page.inner_text("#told")
    tab_to("#b")
    page.keyboard.press("ArrowRight")
    assert "step=0" in page.url
    tab_to("[data-try=long]")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "question"
    tab_to("#up")
    page.keyboard.press("Enter")
    assert page.inner_text("#told pre").startswith("diverged")
    tab_to("[data-lr]")
    page.keyboard.press("Enter")
    assert page.inner_text("#told pre").startswith("converged")
    tab_to("#inside")
    page.keyboard.press("Enter")
    tab_to("[data-row='2']")
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowRight")
    assert page.inner_text("#said").startswith("2/")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.dataset.row") == "2"


@browser_test
def test_a_run_moves_step_by_step_and_pauses_and_jumps_to_the_end_where_motion_is_not_wanted(visit):
    page = visit(reduced_motion="no-preference")
    page.click("#run")
    page.wait_for_function("/Step [3-9]/.test(where.textContent)")
    assert page.inner_text("#run") == "Pause"
    assert page.get_attribute("#where", "aria-live") == "off"
    page.keyboard.press("Space")
    step = page.inner_text("#where").split(":")[0]
    page.wait_for_timeout(500)
    assert page.inner_text("#where").split(":")[0] == step
    still = visit()
    still.click("#run")
    assert still.inner_text("#told pre")
    assert still.get_attribute("#told", "aria-live") == "polite"


@browser_test
def test_the_axis_can_be_made_logarithmic(visit):
    page = visit("lang=en&lr=0.05&step=100")
    linear = page.inner_html("#loss")
    page.click("#log")
    assert page.inner_html("#loss") != linear
    assert "log=1" in page.url


@browser_test
def test_without_scripts_the_figures_of_the_tutorial_stand_there(visit):
    page = visit(java_script_enabled=False)
    assert page.is_hidden("#main")
    images = page.locator("noscript img")
    assert images.count() == 3
    for i in range(3):
        assert images.nth(i).bounding_box()["height"] > 200


@pytest.fixture(scope="module")
def axe(tmp_path_factory):
    if shutil.which("npm") is None:
        pytest.skip("needs npm, which has axe-core")
    work = tmp_path_factory.mktemp("axe")
    if subprocess.run(["npm", "pack", "--silent", AXE], cwd=work, capture_output=True, check=False).returncode:
        pytest.skip("npm's registry is out of reach, and axe-core with it")
    with tarfile.open(next(work.glob("*.tgz"))) as archive:
        return archive.extractfile("package/axe.min.js").read().decode()


@browser_test
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "es"])
def test_axe_finds_no_serious_fault_and_no_page_is_wider_than_its_window(visit, axe, width, scheme, language):
    page = visit(f"lang={language}", width=width, color_scheme=scheme)
    page.evaluate(axe)

    def look():
        found = page.evaluate("axe.run()")["violations"]
        assert [(v["id"], v["nodes"][0]["html"]) for v in found if v["impact"] in ("serious", "critical")] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width

    look()
    page.click("[data-try=long]")
    look()
    page.click("#up")
    page.click("#inside")
    page.click("#limit")
    page.click("#log")
    look()
    page.select_option("#which", "own")
    look()
    page.select_option("#which", "cars")
    page.click("[data-row='0']")
    look()


# --- The real thing -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def site_with_python(tmp_path_factory):
    folder = tmp_path_factory.mktemp("python")
    if not runpy.run_path(str(FOLDER / "site_files.py"))["put"](folder):
        pytest.skip("needs npm, its registry and pip: they bring Pyodide and the wheel")
    yield from serve(folder)


@browser_test
def test_minigrad_itself_runs_in_the_page_and_agrees_to_the_last_bit(visit, site_with_python):
    page = visit("lang=en&lr=0.05&step=40", where=site_with_python)
    page.set_default_timeout(120_000)
    page.click("#load")
    page.wait_for_selector("#python:not([hidden])")
    page.click("#same")
    page.wait_for_selector("#both p")
    assert "40 steps, equal to the last bit" in page.inner_text("#both")
    shown = {}
    for name in ("backward", "compile", "explain", "gradcheck"):
        page.select_option("#examples", name)
        page.evaluate("out.textContent = ''")
        page.click("#go")
        page.wait_for_function("!['', '...'].includes(out.textContent)")
        shown[name] = page.inner_text("#out")
    assert shown["backward"].strip() == "7.0"
    assert "def f(x):" in shown["compile"]
    assert "Backward: the gradient of w1" in shown["explain"]
    assert "pass" in shown["gradcheck"]
    page.fill("#code", "while True: pass")
    page.click("#go")
    page.click("#stop")
    page.wait_for_selector("#python:not([hidden])")
