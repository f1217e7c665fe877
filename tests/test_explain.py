"""Claims about the told backward pass: its numbers are those of `backward`, and its page is whole and harmless."""

import html
import json
import math
import re
import struct
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigrad import Value
from minigrad.draw import to_svg
from minigrad.engine import topological_order
from minigrad.explain import Explanation, explain
from minigrad.ops import Op

RELU = Op("relu", lambda x: max(x, 0.0), lambda out, x: float(x > 0))
ROOT = Op("root", math.sqrt, lambda out, x: 0.5 / out)
MIX = Op(
    "mix", lambda *xs: sum(x * i for i, x in enumerate(xs)), lambda out, *xs: tuple(float(i) for i in range(len(xs)))
)
HELD = Op("held", lambda x, y: x * y, lambda out, x, y: (None, x))
EVIL = '</script><img src=x onerror="alert(1)">'[:24], "<!--<script>", "@@steps@@", "]]>", "\u2028", "{0}", "損失"


def regression():
    w, x, b, y = (Value(n, label=name) for n, name in zip((2, 3, 1, 10), "wxby", strict=True))
    return ((w * x + b) - y) ** 2


def chain(depth):
    x = Value(0.5, label="x")
    for _ in range(depth):
        x = x + 1.0
    return x


@st.composite
def graphs(draw):
    """A small graph in which nodes have several users, and gradients many digits."""
    numbers = st.floats(-2, 2)
    nodes = [Value(draw(numbers)) for _ in range(draw(st.integers(1, 4)))]
    for _ in range(draw(st.integers(0, 14))):
        a, b, c = (draw(st.sampled_from(nodes)) for _ in range(3))
        made = [a * b, a - b, RELU(a), MIX(a, 0.1, b, c, a), a * 0.1, HELD(a, b)]
        nodes.append(draw(st.sampled_from(made)))
    return nodes[-1]


def bits(x):
    return struct.pack("d", x)


# --- Its numbers ----------------------------------------------------------------------------------


@given(graphs())
def test_contributions_add_up_to_each_grad_bit_for_bit(loss):
    told = explain(loss)
    loss.backward()
    for node in told.gradients:
        total = 0.0
        for part in told.contributions[node]:
            total += part.product
        assert bits(total) == bits(node.grad) == bits(told.gradients[node])


def test_contributions_come_in_the_order_of_backward():
    x = Value(1.0)
    loss = x * 0.3 + x * 0.2 + x * 0.1
    told = explain(loss)
    loss.backward()
    assert [part.product for part in told.contributions[x]] == [0.1, 0.2, 0.3]
    assert told.gradients[x] == x.grad == 0.1 + 0.2 + 0.3 != 0.3 + 0.2 + 0.1


@given(graphs())
def test_every_contribution_is_slope_times_gradient_of_an_edge(loss):
    told = explain(loss)
    edges = [(parent, node, slope) for node in told.gradients for parent, slope in node.edges]
    parts = [(node, part.user, part.slope) for node, found in told.contributions.items() for part in found]
    assert len(parts) == len(edges) + 1 and set(parts) == {*edges, (loss, None, 1.0)}
    for node, found in told.contributions.items():
        for part in found:
            if part.user is None:
                assert node is loss and part[1:] == (None, 1.0, 1.0, 1.0)
            else:
                assert part.user.operands[part.operand] is node
                assert bits(part.gradient) == bits(told.gradients[part.user])
                assert bits(part.product) == bits(part.gradient * part.slope)


def test_no_grad_is_read_or_changed():
    loss = regression()
    order = topological_order(loss)
    for i, node in enumerate(order):
        node.grad = 0.1 * i
    told = explain(loss)
    str(told), told._repr_html_()
    assert [node.grad for node in order] == [0.1 * i for i in range(8)]
    assert [told.gradients[node] for node in order] == [-18.0, -12.0, -6.0, -6.0, -6.0, 6.0, -6.0, 1.0]


def test_places_of_operands_are_told_apart():
    x = Value(3.0)
    found = explain(MIX(1.0, x, 2.0, x)).contributions[x]
    assert [(part.operand, part.slope) for part in found] == [(1, 1.0), (3, 3.0)]


# --- Its words ------------------------------------------------------------------------------------


def test_the_regression_reads_like_a_blackboard():
    text = str(explain(regression()))
    assert text.startswith("""\
1. Start: the numbers given
     w = 2, x = 3, b = 1, y = 10
2. Forward: v1 = w * x
     v1 = 2 * 3 = 6
3. Forward: v2 = v1 + b
     v2 = 6 + 1 = 7
4. Forward: v3 = v2 - y
     v3 = 7 - 10 = -3
5. Forward: loss = v3 ** 2
     loss = (-3) ** 2 = 9
6. Backward: start at loss
     The gradient of a number says how loss changes when that number is raised a little: 3 would
""")
    assert text.partition("\n7. ")[2].startswith("""\
Backward: the gradient of v3
     v3 is used in loss = v3 ** 2.
     Raise v3 by 0.001 and loss changes by -0.005999, about -6 times as much: the slope is -6.
     gradient of v3 = slope * gradient of loss = (-6) * 1 = -6
8. Backward: the gradient of y
     y is used in v3 = v2 - y.
     Raise y by 0.001 and v3 changes by -0.001, -1 times as much: the slope is -1.
     gradient of y = slope * gradient of v3 = (-1) * (-6) = 6
9. Backward: the gradient of v2
     v2 is used in v3 = v2 - y.
     Raise v2 by 0.001 and v3 changes by 0.001, just as much: the slope is 1.
""")
    assert (
        text.partition("\n14. ")[2]
        == """\
The gradients
     w: -18. Raise w a little, and loss falls 18 times as much.
     x: -12. Raise x a little, and loss falls 12 times as much.
     b: -6. Raise b a little, and loss falls 6 times as much.
     y: 6. Raise y a little, and loss rises 6 times as much.
     To lower loss, move a number against its gradient: up where that is negative, down where
       positive."""
    )


def test_where_ways_meet_the_sum_is_told():
    x = Value(3.0, label="x")
    assert """\
     x is used 3 times, and what the uses bring adds up:
     gradient of x = (-1) + 3 + 3 = 5
""" in str(explain(x * x - x))


def test_a_value_alone_is_told_too():
    assert [line for line in str(explain(Value(3.0))).splitlines() if line[0] != " "] == [
        "1. Start: the numbers given",
        "2. Backward: start at loss",
        "3. The gradients",
    ]
    assert "slopes multiply" not in str(explain(Value(3.0)))


def test_names_are_labels_or_letters_and_no_two_alike():
    x, y = Value(1.0, label="a"), Value(2.0, label="a")
    leaves = [Value(float(i)) for i in range(28)]
    total = MIX(*leaves) + x * y + Value(3.0, label="a_2") + Value(4.0, label="v1")
    text = str(explain(total))
    names = re.findall(r"([\w]+) = ", text.splitlines()[1] + " " + text.splitlines()[2] + text.splitlines()[3])
    assert names[:2] == ["b", "c"] and {"z", "aa", "ab", "ac"} < set(names)
    assert "Forward: v3 = a * a_3" in text and "Forward: loss = v5 + v1" in text
    assert "Forward: v2 = mix(b, c, d, e, f, …)" in text


def test_a_label_is_the_name_of_a_result_even_of_the_last():
    text = str(explain(Value(5.0, label="cost")))
    assert "start at cost" in text
    inner = Value(1.0, label="w") * 2.0
    inner.label = "loss"
    assert "Forward: v1 = loss + 1" in str(explain(inner + 1.0))


@pytest.mark.parametrize(
    ("value", "line"),
    [
        (abs(Value(-2.0, "x")), "loss = abs(-2) = 2"),
        (-Value(-2.0, "x"), "loss = -(-2) = 2"),
        (2 ** Value(-1.0, "x"), "loss = 2 ** (-1) = 0.5"),
        (RELU(Value(-2.0, "x")), "loss = relu(-2) = 0"),
        (HELD(Value(3.0, "x"), Value(4.0, "y")), "loss = held(3, 4) = 12"),
    ],
)
def test_numbers_are_put_in_for_names(value, line):
    assert f"     {line}\n" in str(explain(value))


EDGE = Op("edge", math.acos, lambda out, x: -1.0)
WRONG = Op("wrong", lambda x: x * x, lambda out, x: 5.0)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        pytest.param(RELU(Value(0.0, "x")), "The slope of loss there is 0.", id="corner"),
        pytest.param(RELU(Value(-5.0, "x")), "Raise x by 0.001 and loss changes by 0, 0 times as", id="flat"),
        pytest.param(Value(0.0, "x") ** 2, "Raise x by 0.001 and loss changes by 1e-06, about 0 times as", id="lowest"),
        pytest.param(Value(1e-9, "x") * 3.0, "Raise x by 1e-12 and loss changes by 3e-12, 3 times as", id="small"),
        pytest.param(Value(2e6, "x") * 3.0, "Raise x by 1000 and loss changes by 3000, 3 times as", id="large"),
        pytest.param(Value(5e-324, "x") * 3.0, "The slope of loss there is 3.", id="smallest of all"),
        pytest.param(Value(math.inf, "x") * 3.0, "The slope of loss there is 3.", id="infinite"),
        pytest.param(Value(math.nan, "x") * 3.0, "The slope of loss there is 3.", id="nan"),
        pytest.param(EDGE(Value(1.0, "x")), "The slope of loss there is -1.", id="no number beyond"),
        pytest.param(WRONG(Value(3.0, "x")), "The slope of loss there is 5.", id="a rule that is wrong"),
    ],
)
def test_a_nudge_is_told_where_it_bears_out_the_slope(value, told):
    assert told in str(explain(value))


@pytest.mark.parametrize(
    ("factor", "meaning"),
    [
        (0.0, "w: 0. Raise w a little, and loss hardly changes."),
        (1.0, "w: 1. Raise w a little, and loss rises just as much."),
        (math.inf, "w: inf. Raise w a little, and how much loss changes is no finite number."),
        (math.nan, "w: nan. Raise w a little, and how much loss changes is no finite number."),
    ],
)
def test_what_a_gradient_means_is_told(factor, meaning):
    assert meaning in str(explain(Value(2.0, label="w") * factor))


def test_lines_fit_a_terminal():
    assert max(map(len, str(explain(regression())).splitlines())) <= 96


# --- Its manners ----------------------------------------------------------------------------------


@pytest.mark.parametrize("wrong", [3.0, None, "loss", [Value(1.0)]])
def test_anything_but_a_value_is_a_type_error(wrong):
    with pytest.raises(TypeError, match="expected a Value, got "):
        explain(wrong)


def test_a_graph_whose_data_was_changed_since_is_not_told():
    w = Value(2.0, label="w")
    loss = w * 3.0
    w.data = 4.0
    with pytest.raises(RuntimeError, match=r"changed after the forward pass.*<op mul>.*compute the loss again"):
        explain(loss)
    w.data = 2.0
    assert explain(loss).gradients[w] == 3.0


def test_nor_is_one_that_could_no_longer_be_computed():
    x = Value(4.0)
    loss = ROOT(x)
    x.data = -4.0
    with pytest.raises(RuntimeError, match="changed after the forward pass"):
        explain(loss)


def test_nan_has_not_changed():
    assert "nan" in str(explain(Value(math.nan) * 2.0))


def test_its_repr_says_what_to_do_with_it():
    assert repr(explain(regression())) == "<Explanation of 8 nodes: print it, or .save() it as a page>"


def test_a_large_graph_is_told_by_its_shape_and_its_numbers_are_there():
    told = explain(loss := chain(200))
    assert str(told).splitlines() == [
        "201 nodes and 200 arrows are too many to tell step by step, where 100 and 200 are the most: explain one row "
        "of data, or a smaller model. Its shape:",
        *("    nodes: 201", "    arrows: 200", "    leaves: 1", "    depth: 200", "    add: 200"),
    ]
    assert set(told.gradients.values()) == {1.0} and len(told.contributions) == 201
    page = parsed(told)
    assert page.steps == [] and "explain one row of data" in page.text
    assert to_svg(loss) in told._page()


def explain_chain(depth):
    told = explain(chain(depth))
    assert f"{depth + 1:,} nodes" in str(told) and f"{depth + 1:,} nodes" in told._page()


def test_a_graph_10_000_nodes_deep_is_explained():
    explain_chain(10_000)


@pytest.mark.slow
def test_a_graph_200_000_nodes_deep_is_explained():
    explain_chain(200_000)


def test_an_op_of_many_operands_is_explained_in_linear_time():
    assert len(explain(MIX(*[Value(1.0)] * 50_000)).gradients) == 2


# --- Its page -------------------------------------------------------------------------------------


class Page(HTMLParser):
    """The tags of a page with their attributes, its text outside of scripts and styles, and its steps."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.text, self.steps, self.inside = [], "", None, None
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        self.inside = (tag, dict(attributes).get("type"))

    def handle_endtag(self, _):
        self.inside = None

    def handle_data(self, data):
        if self.inside == ("script", "application/json"):
            self.steps = json.loads(data)
        elif self.inside is None or self.inside[0] not in ("script", "style"):
            self.text += data


def parsed(told):
    return Page(told._page())


@given(graphs())
def test_each_number_of_the_picture_appears_once(loss):
    told = explain(loss)
    page = parsed(told)
    for kind, tag, number in (
        ("data", "data-node", "data"),
        ("grad", "data-node", "grad"),
        ("slope", "data-edge", "slope"),
    ):
        drawn = sorted(int(attributes[tag]) for _, attributes in page.tags if tag in attributes)
        assert sorted(i for step in page.steps for i in step[number]) == drawn, kind


@given(graphs())
def test_a_number_appears_when_those_it_is_made_of_have(loss):
    order = [*explain(loss).contributions]
    edges = [(parent, node) for node in order for parent in node.parents]
    place = {node: i for i, node in enumerate(order)}
    seen = {"data": set(), "grad": set()}
    for step in parsed(explain(loss)).steps:
        for i in step["data"]:
            assert {place[parent] for parent in order[i].parents} <= seen["data"]
        for i in step["grad"]:
            assert {place[user] for parent, user in edges if parent is order[i]} <= seen["grad"]
        for kind in seen:
            seen[kind] |= set(step[kind])


def test_each_step_points_at_the_arrows_it_speaks_of():
    steps = parsed(explain(regression())).steps
    assert [(step["nodes"], step["edges"]) for step in steps[:4]] == [
        ([0, 1, 3, 5], []),
        ([2], [0, 1]),
        ([4], [2, 3]),
        ([6], [4, 5]),
    ]
    assert [(step["nodes"], step["edges"]) for step in steps[5:8]] == [([7], []), ([6], [6]), ([5], [5])]
    assert [step["back"] for step in steps] == [False] * 5 + [True] * 9


def test_the_page_draws_the_gradients_of_the_pass_and_the_names_of_the_text():
    loss = regression()
    page = explain(loss)._page()
    for node, name in zip(topological_order(loss), ("w", "x", "v1", "b", "v2", "y", "v3", "loss"), strict=True):
        node.label = name
    loss.backward()
    assert to_svg(loss) in page


def test_the_page_needs_nothing_from_outside():
    page = parsed(explain(regression()))
    links = [
        (tag, value) for tag, attributes in page.tags for name, value in attributes.items() if name in ("src", "href")
    ]
    assert links == [("link", "data:,")]
    assert ("default-src 'none'") in next(a["content"] for tag, a in page.tags if "http-equiv" in a)
    assert {tag for tag, _ in page.tags} >= {"svg", "nav", "button", "noscript", "details"}


def test_the_page_can_be_used_by_keyboard_and_heard():
    page = explain(regression())._page()
    assert all(f"{key}:" in page for key in ("ArrowLeft", "ArrowRight", "Home", "End"))
    tags = Page(page).tags
    assert [a.get("type") for tag, a in tags if tag == "button"] == ["button"] * 4
    assert [a["aria-live"] for _, a in tags if "aria-live" in a] == ["polite"]
    assert ("html", {"lang": "en"}) in tags and ":focus-visible" in page and "prefers-color-scheme" in page


@pytest.mark.parametrize("label", EVIL)
def test_a_label_is_inert_wherever_it_stands_in_the_page(label):
    evil, harmless = (explain(Value(2.0, label=name) * 3.0) for name in (label, "w"))
    page = parsed(evil)
    assert [tag for tag, _ in page.tags] == [tag for tag, _ in parsed(harmless).tags]
    assert page.steps[0]["lines"] == [f"{label.strip() or 'a'} = 2"]  # a line separator is no name
    assert page.text.count(label.strip()) >= 5
    frame = Page(evil._repr_html_())
    assert [tag for tag, _ in frame.tags] == ["iframe"]


def test_a_notebook_shows_the_page_in_a_frame_of_its_own():
    told = explain(regression())
    ((tag, attributes),) = Page(told._repr_html_()).tags
    assert tag == "iframe" and attributes["sandbox"] == "allow-scripts" and attributes["title"]
    assert attributes["srcdoc"] == told._page()


def test_the_page_is_saved_as_utf_8(tmp_path):
    loss = Value(2.0, label="損失") * 3.0
    loss.label = "\U0001f600"
    told = explain(loss)
    for path in (tmp_path / "steps.html", str(tmp_path / "again.html")):
        assert told.save(path) is None
    assert (tmp_path / "steps.html").read_bytes() == (tmp_path / "again.html").read_bytes() == told._page().encode()
    assert "損失" in html.unescape((tmp_path / "steps.html").read_text(encoding="utf-8"))
    with pytest.raises(OSError, match="nowhere"):
        told.save(tmp_path / "nowhere" / "steps.html")


def test_an_explanation_can_be_made_of_any_walk():
    loss = regression()
    assert str(Explanation(topological_order(loss))) == str(explain(loss))
