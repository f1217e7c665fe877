"""One name for one thing, the field's own: in the library, its messages, the reference and the how-to pages."""

import ast
import re
from pathlib import Path

import pytest

from minigrad import Value
from minigrad.explain import explain

ROOT = Path(__file__).resolve().parent.parent
HOUSE, DOCS = ROOT / "minigrad", ROOT / "docs"

SOURCES = [path for path in HOUSE.rglob("*") if path.suffix in (".py", ".html")]
PAGES = [page for folder in ("how-to", "reference", "explanation") for page in (DOCS / folder).glob("*.md")]
PAGES += [DOCS / name for name in ("derivatives.py", "coming-from.md", "index.md")]


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def text_of(path: Path) -> str:
    """A file without the one function that has a slope as its argument, that of its line below 0."""
    whole = path.read_text(encoding="utf-8")
    text = whole
    if path.name == "activations.py":
        for node in ast.parse(whole).body:
            if ast.unparse(node).startswith(("LEAKY_RELU = ", "def leaky_relu(")):
                text = text.replace(ast.get_source_segment(whole, node), "")
    if path == DOCS / "reference" / "functions.md":
        text = re.sub(r"<!-- autofunction minigrad.leaky_relu -->.*?<!-- end -->", "", text, flags=re.DOTALL)
    if path.name == "index.md":  # it has the titles of the tutorial's pages
        text = re.sub(r"\[.*\]\(tutorial/.*\)", "", text)
    return text


@pytest.mark.parametrize("path", sorted(p for p in SOURCES if "explain" not in p.parts), ids=name_of)
def test_in_the_library_a_derivative_is_no_slope(path):
    assert not re.findall(r".*slope.*", text_of(path), re.IGNORECASE)


@pytest.mark.parametrize("path", sorted(PAGES), ids=name_of)
def test_on_the_pages_beside_the_tutorial_a_derivative_is_no_slope(path):
    assert not re.findall(r".*slope.*", text_of(path), re.IGNORECASE)


def test_the_word_is_found_where_it_is_left():
    assert "slope" in text_of(HOUSE / "explain" / "story.py")
    assert "slope" in text_of(DOCS / "tutorial" / "1-the-loop.md")


# --- Where the word leads to gradient -------------------------------------------------------------------------------


def test_explain_says_once_that_slope_and_gradient_are_one_thing():
    x = Value(2.0, label="x")
    assert str(explain((x * x + x) * x)).replace("\n       ", " ").count("two words for one thing") == 1


@pytest.mark.parametrize(
    ("folder", "saying"), [("tutorial", "one thing under two names"), ("es/tutorial", "dos nombres de lo mismo")]
)
def test_the_tutorial_says_once_that_slope_and_gradient_are_one_thing(folder, saying):
    pages = [path.read_text(encoding="utf-8") for path in sorted((DOCS / folder).glob("*.md"))]
    assert [page.count(saying) for page in pages] == [0, 0, 0, 1, 0, 0, 0]


# --- In Spanish -----------------------------------------------------------------------------------------------------

# What is said otherwise: the start, gradient descent, the learning rate.
OTHERWISE = re.compile(
    r"\b(la salida|de salida|inicio|punto inicial|descenso de gradientes|descenso del gradiente|ritmo|"
    r"tasa de entrenamiento|velocidad de aprendizaje)\b",
    re.IGNORECASE,
)


@pytest.mark.parametrize(
    "path",
    sorted([*(DOCS / "es").rglob("*.md"), *(DOCS / "figures").glob("*.py"), *(DOCS / "figures").glob("*-es.svg")]),
    ids=name_of,
)
def test_in_spanish_one_word_stands_for_one_thing(path):
    assert not OTHERWISE.findall(path.read_text(encoding="utf-8"))
