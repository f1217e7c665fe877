"""Claims about the pictures of graphs: what they hold, and that nothing in them covers anything else."""

import html
import itertools
import random
import re
import subprocess
import sys
import unicodedata
import xml.etree.ElementTree as ET

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from minigrad import Value
from minigrad.draw import to_dot, to_mermaid, to_svg
from minigrad.draw.formats import walk
from minigrad.draw.layout import arrange
from minigrad.draw.svg import STYLE
from minigrad.engine import topological_order
from minigrad.ops import Op

SVG = "{http://www.w3.org/2000/svg}"
RELU = Op("relu", lambda x: max(x, 0.0), lambda out, x: float(x > 0))
TOTAL = Op("total", lambda *xs: sum(xs), lambda out, *xs: (1.0,) * len(xs))
HELD = Op("held", lambda x, y: x * y, lambda out, x, y: (y, None))  # its second operand counts as a constant
FEWER = settings(max_examples=settings().max_examples // 3)
NASTY = '</text></svg><script>alert("1")</script> & \\N "'


def regression():
    w, x, b, y = (Value(n, label=name) for n, name in zip((2, 3, 1, 10), "wxby", strict=True))
    loss = ((w * x + b) - y) ** 2
    loss.backward()
    return loss


def chain(depth):
    x = Value(0.5, label="x")
    for _ in range(depth):
        x = x + 1.0
    return x


@st.composite
def graphs(draw, ops=12, shared=True):
    """A small graph with any labels, in which nodes may have several users."""
    labels = st.none() | st.text(max_size=30) | st.sampled_from([NASTY, "w", "损失函数损失函数", "x" * 40])
    numbers = st.floats(-3, 3) | st.sampled_from([0.0, -1.2345678e-200, 1e200])
    nodes = [Value(draw(numbers), draw(labels)) for _ in range(draw(st.integers(1, 4)))]
    for _ in range(draw(st.integers(0, ops))):
        arity = draw(st.sampled_from([1, 2, 2, 3, 5, 8]))
        if len(nodes) < arity and not shared:
            nodes += [Value(draw(numbers), draw(labels)) for _ in range(arity - len(nodes))]
        if shared:
            xs = [draw(st.sampled_from(nodes[-6:]) | st.just(0.5)) for _ in range(arity)]
        else:
            xs = [nodes.pop(draw(st.integers(0, len(nodes) - 1))) for _ in range(arity)]
        xs[0] = xs[0] if isinstance(xs[0], Value) else nodes[0]
        made = RELU(*xs) if arity == 1 else xs[0] * xs[1] if arity == 2 else TOTAL(*xs)
        made.label = draw(labels)
        nodes.append(made)
    return nodes[-1] if shared or len(nodes) == 1 else TOTAL(*nodes)


# --- What a picture measures ----------------------------------------------------------------------


def boxes_of(picture, kind):
    """(left, top, right, bottom) of every rect of a class."""
    rects = [r for r in picture.iter(f"{SVG}rect") if r.get("class") == kind]
    return [
        (x, y, x + w, y + h) for x, y, w, h in ([float(r.get(k)) for k in ("x", "y", "width", "height")] for r in rects)
    ]


def text_boxes(picture):
    """(class, text, box) of every text, as wide as the widest of the usual monospaced fonts would make it."""
    for text in picture.iter(f"{SVG}text"):
        kinds, x, y = text.get("class").split(), float(text.get("x")), float(text.get("y"))
        size = 11 if "partial" in kinds else 12
        cells = sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text.text)
        left = x - 0.61 * size * cells if {"number", "partial"} & set(kinds) else x
        yield kinds, text.text, (left, y - 0.8 * size, left + 0.61 * size * cells, y + 0.25 * size)


def overlap(a, b):
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def inside(a, b):
    return b[0] <= a[0] and b[1] <= a[1] and a[2] <= b[2] and a[3] <= b[3]


def points(path):
    """Points along a line of a picture, sixteen to each stretch and each curve."""
    (_, start), *rest = re.findall(r"([MCH])([^MCH]*)", path)
    x, y = map(float, start.split())
    yield x, y
    for kind, numbers in rest:
        to = [float(number) for number in numbers.split()]
        xs, ys = ((x, x, to[0], to[0]), (y, y, y, y)) if kind == "H" else ((x, *to[::2]), (y, *to[1::2]))
        for t in (i / 16 for i in range(1, 17)):
            weights = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3
            yield tuple(sum(w * z for w, z in zip(weights, zs, strict=True)) for zs in (xs, ys))
        x, y = xs[-1], ys[-1]


def crossings(lines):
    """Pairs of an arrangement's lines that change places between two columns."""
    steps = {
        (left[1], left[2], right[0], right[1], right[2]) for line in lines for left, right in itertools.pairwise(line)
    }
    # Lines of one gap begin at one column's right side, and end before the next column's left.
    return sum(a[0] == b[0] and (a[1] - b[1]) * (a[4] - b[4]) < 0 for a, b in itertools.combinations(sorted(steps), 2))


# --- Nothing covers anything ----------------------------------------------------------------------


@FEWER
@given(graphs())
def test_no_text_lies_on_another(value):
    boxes = [box for _, _, box in text_boxes(ET.fromstring(to_svg(value)))]
    for a, b in itertools.combinations(boxes, 2):
        assert not overlap(a, b)


@FEWER
@given(graphs())
def test_boxes_keep_apart_and_each_holds_its_own_text(value):
    picture = ET.fromstring(to_svg(value))
    for a, b in itertools.combinations(boxes_of(picture, "card"), 2):
        assert not overlap(a, b)
    for node in picture.iter(f"{SVG}g"):
        if "node" in node.get("class"):
            (card,) = boxes_of(node, "card")
            assert all(inside(box, card) for _, _, box in text_boxes(node))


def bending_beside_a_number():
    """A graph where a line that passes the product's column comes from below the product, whose number is wide."""
    a, b = Value(0.0), Value(1e200, label="损失函数损失函数")
    product = a * b
    product.label = "x" * 16
    return TOTAL(a, b, product, product, a)


@FEWER
@given(graphs())
@example(bending_beside_a_number())
def test_a_local_derivative_lies_on_no_box_and_no_line_but_its_own(value):
    picture = ET.fromstring(to_svg(value))
    partials = [box for kinds, _, box in text_boxes(picture) if "partial" in kinds]
    assert not any(overlap(partial, card) for partial in partials for card in boxes_of(picture, "card"))
    for line in picture.iter(f"{SVG}path"):
        if line.get("class") == "line":
            for x, y in points(line.get("d")):
                assert not any(a < x < c and b < y < d for a, b, c, d in partials)


@FEWER
@given(graphs())
def test_a_line_runs_to_the_right_and_behind_no_box(value):
    picture = ET.fromstring(to_svg(value))
    cards = boxes_of(picture, "card")
    for line in picture.iter(f"{SVG}path"):
        if line.get("class") == "line":
            along = list(points(line.get("d")))
            assert all(a[0] <= b[0] + 0.11 for a, b in itertools.pairwise(along))
            assert not any(a + 0.2 < x < c - 0.2 and b < y < d for x, y in along for a, b, c, d in cards)


@FEWER
@given(graphs())
def test_everything_lies_on_the_paper(value):
    picture = ET.fromstring(to_svg(value))
    (paper,) = boxes_of(picture, "paper")
    x, y, width, height = map(float, picture.get("viewBox").split())
    assert paper == (x, y, x + width, y + height)
    assert (float(picture.get("width")), float(picture.get("height"))) == (width, height)
    assert all(inside(box, paper) for box in boxes_of(picture, "card") + [box for *_, box in text_boxes(picture)])


def test_the_checks_above_would_notice():
    assert overlap((0, 0, 2, 2), (1, 1, 3, 3)) and not overlap((0, 0, 2, 2), (2, 0, 3, 3))
    assert inside((1, 1, 2, 2), (0, 0, 2, 2)) and not inside((1, 1, 3, 2), (0, 0, 2, 2))
    assert list(points("M0 0C1 0 1 4 2 4H10"))[8] == (1.0, 2.0)
    assert list(points("M0 0C1 0 1 4 2 4H10"))[-1] == (10.0, 4.0)
    assert crossings([[(0, 1, 0), (2, 3, 9)], [(0, 1, 5), (2, 3, 4)]]) == 1


# --- Order ----------------------------------------------------------------------------------------


def test_boxes_stand_from_left_to_right_in_order_of_evaluation():
    picture = ET.fromstring(to_svg(regression()))
    lefts = [box[0] for box in boxes_of(picture, "card")]  # w x * b + y - **
    assert lefts[0] == lefts[1] < lefts[2] == lefts[3] < lefts[4] == lefts[5] < lefts[6] < lefts[7]


def test_operands_enter_from_top_to_bottom_in_their_order():
    a, b = Value(1.0, "a"), Value(2.0, "b")
    for value, upper in ((a - b, "1"), (b * a + a / b, "1"), (a / b, "0.5")):
        partials = [
            (box[1], text) for kinds, text, box in text_boxes(ET.fromstring(to_svg(value))) if "partial" in kinds
        ]
        assert min(partials[-2:])[1] == upper == partials[-2][1]


@FEWER
@given(graphs(shared=False))
def test_lines_of_a_tree_do_not_cross(value):
    order, edges = [], []
    stack = [value]
    while stack:
        node = stack.pop()
        order.insert(0, node)
        stack += node.parents
    place = {node: i for i, node in enumerate(order)}
    edges = [(place[parent], i) for i, node in enumerate(order) for parent in node.parents]
    _, lines, _ = arrange([(50, 66)] * len(order), edges, [20] * len(edges))
    assert crossings(lines) == 0


@pytest.mark.parametrize(
    ("edges", "least"),
    [
        pytest.param([(2, 3), (1, 4), (0, 5), (3, 6), (4, 6), (5, 6)], 0, id="three ways, leaves upside down"),
        pytest.param([(0, 1), (0, 2), (2, 3), (1, 3)], 0, id="diamond, the later branch first"),
        pytest.param([(0, 2), (1, 2), (0, 3), (1, 3), (2, 4), (3, 4)], 1, id="both leaves used twice"),
        pytest.param([(0, 1), (1, 2), (2, 3), (0, 3), (3, 4), (0, 4)], 0, id="a leaf used all along"),
        pytest.param(
            [(3, 4), (0, 4), (1, 5), (2, 5), (0, 6), (1, 6), (4, 7), (6, 7), (5, 7)],
            0,
            id="a node that two others share",
        ),
        # Random graphs; the least was found by trying every order.
        ([(0, 3), (1, 3), (1, 3), (0, 4), (3, 4), (3, 5), (4, 5), (2, 5)], 1),
        ([(2, 3), (0, 3), (1, 4), (1, 4), (0, 5), (4, 5), (5, 6), (2, 6), (3, 7), (6, 7)], 2),
        ([(1, 2), (1, 2), (0, 3), (2, 3), (1, 4), (0, 4), (1, 5), (0, 5), (3, 6), (4, 6), (5, 6)], 4),
    ],
)
def test_no_crossing_is_left_that_can_be_avoided(edges, least):
    count = edges[-1][1] + 1
    _, lines, _ = arrange([(50, 66)] * count, edges, [20] * len(edges))
    assert crossings(lines) == least


def test_of_a_hundred_random_graphs_no_more_lines_cross_than_ever_before():
    rng, total = random.Random(0), 0
    for _ in range(100):
        count = rng.randint(8, 24)
        edges = [(rng.randrange(max(0, k - 8), k), k) for k in range(3, count) for _ in range(2)]
        edges += [(k, count) for k in range(count) if k not in {start for start, _ in edges}]
        _, lines, _ = arrange([(50, 66)] * (count + 1), edges, [20] * len(edges))
        total += crossings(lines)
    assert total <= 1370  # with every second column left as it is, 1443


def test_lines_that_pass_columns_pass_them_level():
    total = Value(0.0)
    for _ in range(4):
        total = total + Value(1.0) * Value(2.0)
    index = {}
    for node in topological_order(total):
        index[node] = len(index)
    edges = [(index[parent], index[node]) for node in index for parent in node.parents]
    _, lines, _ = arrange([(50, 66)] * len(index), edges, [20] * len(edges))
    lanes = [height for _, _, height in max(lines, key=len)[1:-1]]
    assert len(lanes) == 3 and max(lanes) - min(lanes) < 5


def test_a_chain_is_drawn_as_a_straight_line():
    picture = ET.fromstring(to_svg(chain(8)))
    assert len({box[1] for box in boxes_of(picture, "card")}) == 1
    assert all(
        len({y for _, y in points(p.get("d"))}) == 1 for p in picture.iter(f"{SVG}path") if p.get("class") == "line"
    )


# --- What it says ---------------------------------------------------------------------------------


def heads(value):
    """Label and op of each box, in order of evaluation."""
    picture = ET.fromstring(to_svg(value))
    nodes = [node for node in picture.iter(f"{SVG}g") if "node" in node.get("class")]
    return [
        " ".join(text.text for text in node.iter(f"{SVG}text") if text.get("class").split()[0] in ("label", "op"))
        for node in nodes
    ]


def test_every_node_shows_label_op_data_and_grad_and_every_arrow_its_local_derivative():
    loss = regression()
    loss.label = "loss"
    picture = ET.fromstring(to_svg(loss))
    shown = {
        kind: [t for kinds, t, _ in text_boxes(picture) if kinds[-1] == kind] for kind in ("data", "grad", "partial")
    }
    assert heads(loss) == ["w", "x", "*", "b", "+", "y", "-", "loss ** 2"]
    assert shown["data"] == ["2", "3", "6", "1", "7", "10", "-3", "9"]
    assert shown["grad"] == ["-18", "-12", "-6", "-6", "-6", "6", "-6", "1"]
    assert shown["partial"] == ["3", "2", "1", "1", "1", "-1", "-6"]


X = Value(2.0, "x")


@pytest.mark.parametrize(
    ("value", "head"),
    [
        (X + 1, "+ 1"),
        (1 - X, "1 -"),
        (X / -4, "/ -4"),
        (2**X, "2 **"),
        (-X, "-"),
        (abs(X), "abs"),
        (X * X, "*"),
        (RELU(X), "relu"),
        (Op("top", max, lambda out, x, y: (1.0, 0.0), "max({}, {})")(X, 0.0), "top(·, 0)"),
        (Op("square", lambda x: x * x, lambda out, x: 2 * x, "{0} * {0}")(X), "square"),
        (Op("spelled", lambda x: x, lambda out, x: 1.0, lambda names: names[0])(X), "spelled"),
        (TOTAL(X, 1, 2, 3, 4, 5, 6, 7), "total(·, 1, 2, 3, 4, …)"),
        (HELD(X, Value(7.0, "y")), "held(·, 7)"),
        (Op("a" * 60, lambda x: x, lambda out, x: 1.0)(X), "a" * 23 + "…"),
    ],
)
def test_a_box_shows_its_op_as_one_writes_it_with_constants_in_their_place(value, head):
    assert heads(value) == ["x", head]


def test_an_operand_that_no_gradient_reaches_is_no_box():
    value = HELD(X, Value(3.0) + 4.0)
    assert [
        len(boxes_of(ET.fromstring(to_svg(value)), "card")),
        to_dot(value).count("data"),
        to_mermaid(value).count("data"),
    ] == [2] * 3


def test_a_leaf_without_a_label_is_called_a_leaf():
    assert [text for _, text, _ in text_boxes(ET.fromstring(to_svg(Value(1.0))))] == ["leaf", "data", "1", "grad", "0"]


def test_a_node_used_twice_by_one_op_is_one_box_and_two_arrows():
    value = X * X
    picture = ET.fromstring(to_svg(value))
    assert len(boxes_of(picture, "card")) == 2
    assert len([g for g in picture.iter(f"{SVG}g") if g.get("class") == "edge"]) == 2
    assert to_dot(value).count("n0 -> n1") == to_mermaid(value).count("n0 -- ") == 2


def test_zero_has_no_minus_and_strange_numbers_have_names():
    value = (Value(-0.0) * float("inf")) + float("-inf")
    assert [t for kinds, t, _ in text_boxes(ET.fromstring(to_svg(value))) if kinds[-1] == "data"] == ["0", "nan", "nan"]


def test_it_is_told_to_those_who_cannot_see_it():
    picture = ET.fromstring(to_svg(regression()))
    assert picture.get("role") == "img"
    assert picture[0].tag == f"{SVG}title" and picture[0].text == "Graph of 8 nodes"
    assert picture[1].tag == f"{SVG}desc"
    assert picture[1].text.startswith("w: data 2, grad -18. x: data 3, grad -12. *: data 6, grad -6.")
    assert ET.fromstring(to_svg(Value(1.0)))[0].text == "Graph of one node"


def test_it_needs_nothing_from_outside():
    text = to_svg(regression()).replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert not re.search(r"http|href|url\(|@import|src=|<script|\bon\w+=", text)


def luminance(colour):
    colour = colour if len(colour) == 7 else "#" + "".join(2 * c for c in colour[1:])
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(scheme):
    light, dark = STYLE.split("@media (prefers-color-scheme:dark)")
    fill = {}
    for rules in (light, dark) if scheme == "dark" else (light,):
        for selectors, body in re.findall(r"([^{}]+)\{([^{}]*)\}", rules.lstrip("{")):
            if colour := re.search(r"fill:(#\w+)", body):
                fill |= {selector.strip().removeprefix(".minigrad "): colour[1] for selector in selectors.split(",")}
    on = {ink: [".card", ".leaf .card"] for ink in ("text", ".op", ".key", ".grad")} | {
        ".partial": [".paper"],
        ".note": [".paper"],
    }
    for ink, grounds in on.items():
        for ground in grounds:
            dim, bright = sorted((luminance(fill[ink]), luminance(fill[ground])))
            assert (bright + 0.05) / (dim + 0.05) >= 4.5, (ink, ground)


# --- Labels ---------------------------------------------------------------------------------------


def test_a_label_is_text_in_an_svg_whatever_it_holds():
    for label in ('</text><script>"', "a & b", "<b>", "]]>", "&lt;", "'\""):
        picture = ET.fromstring(to_svg(Value(1.0, label=label)))
        assert [t for kinds, t, _ in text_boxes(picture) if kinds == ["label"]] == [label]


@pytest.mark.parametrize(
    ("label", "shown"),
    [
        ("two\nlines", "two lines"),
        ("\x00\x1b[31m", "\ufffd\ufffd[31m"),
        ("\ud800\uffff\u202e", "\ufffd\ufffd\ufffd"),
        ("x" * 25, "x" * 23 + "…"),
        ("x" * 24, "x" * 24),
        (7, "7"),
    ],
)
def test_what_cannot_be_shown_of_a_label_is_replaced(label, shown):
    assert heads(Value(1.0, label=label)) == [shown]


@example("&lt;b>")
@example('\\"];')
@given(st.text(max_size=24))
def test_a_label_cannot_end_a_string_of_dot(label):
    line = next(line for line in to_dot(Value(1.0, label=label)).splitlines() if "n0" in line)
    found = re.fullmatch(r'    n0 \[label="((?:[^"\\]|\\.)*)"\];', line)
    text = html.unescape(found[1].replace("\\\\", "\0").replace('\\"', '"')).replace("\\n", "\n").replace("\0", "\\")
    label = " ".join(label.split())
    assert text.split("\n")[0] == ("".join(c if c.isprintable() else "\ufffd" for c in label) or "data 1")


@given(st.text(max_size=24))
def test_a_label_holds_no_sign_that_mermaid_reads(label):
    line = to_mermaid(Value(1.0, label=label)).splitlines()[1]
    head = line.removeprefix('    n0["').removesuffix('"]').split("<br/>")
    text = re.sub(r"#(\d+);", lambda code: chr(int(code[1])), head[0])
    label = " ".join(label.split())
    assert text == ("".join(c if c.isprintable() else "\ufffd" for c in label) or "data 1")
    assert len(head) == 3 - (not label)
    assert all(c.isalnum() or c in " #;" for c in head[0])


# --- Large graphs, manners ------------------------------------------------------------------------


def test_a_graph_too_large_to_read_shows_its_shape_in_numbers():
    x = Value(1.0, "x")
    for _ in range(400):
        x = RELU(x * 0.5 + x)
    texts = [text for _, text, _ in text_boxes(ET.fromstring(to_svg(x)))]
    assert texts[0] == "1,201 nodes and 1,600 arrows, too many to draw"
    assert texts[1:] == [
        "nodes",
        "1,201",
        "arrows",
        "1,600",
        "leaves",
        "1",
        "depth",
        "1,200",
        *("mul", "400", "add", "400", "relu", "400"),
    ]


def test_so_does_one_with_too_many_arrows_or_kinds_of_op():
    picture = ET.fromstring(to_svg(TOTAL(*[X] * 201)))
    assert picture[0].text == "2 nodes and 201 arrows, too many to draw"
    x = TOTAL(*[X] * 201)
    for i in range(40):
        x = Op(f"op{i}", lambda x: x, lambda out, x: 1.0)(x)
    texts = [text for _, text, _ in text_boxes(ET.fromstring(to_svg(x)))]
    assert texts[9:11] == ["total", "1"] and texts[-2:] == ["other ops", "29"]


def test_the_largest_that_is_drawn_has_100_nodes_and_200_arrows():
    assert len(boxes_of(ET.fromstring(to_svg(chain(99))), "card")) == 100
    assert not boxes_of(ET.fromstring(to_svg(chain(100))), "card")
    assert len(boxes_of(ET.fromstring(to_svg(TOTAL(*[X] * 200))), "card")) == 2


def draw_chain(depth):
    value = chain(depth)
    assert f"{depth + 1:,} nodes" in to_svg(value)
    for text in (to_dot(value), to_mermaid(value)):
        assert text.count("data") == depth + 1


def test_a_graph_10_000_nodes_deep_is_drawn():
    draw_chain(10_000)


@pytest.mark.slow
def test_a_graph_200_000_nodes_deep_is_drawn():
    draw_chain(200_000)


@pytest.mark.parametrize("draw", [to_svg, to_dot, to_mermaid])
@pytest.mark.parametrize("wrong", [3.0, None, "x", [X]])
def test_anything_but_a_value_is_a_type_error_that_says_what_it_got(draw, wrong):
    with pytest.raises(TypeError, match="expected a Value, got " + re.escape(f"{wrong!r} ({type(wrong).__name__})")):
        draw(wrong)


@pytest.mark.parametrize("draw", [to_svg, to_dot, to_mermaid])
def test_drawing_changes_nothing_and_says_the_same_each_time(draw):
    loss = regression()
    first = draw(loss)
    assert draw(loss) == first == draw(regression())
    loss.backward()
    assert loss.grad == 1.0 and loss.edges[0][0].edges[1][0].grad == 12.0


def test_a_notebook_shows_a_value_as_its_picture():
    loss = regression()
    assert loss._repr_svg_() == to_svg(loss)


def test_import_minigrad_does_not_import_the_drawing():
    code = "import minigrad, sys; print(*[name for name in sys.modules if name.startswith('minigrad.')])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "minigrad.engine" in loaded
    assert not [name for name in loaded if name.startswith(("minigrad.draw", "minigrad.explain"))]


def test_a_node_that_no_gradient_reaches_is_not_drawn():
    middle = Op("middle", lambda x, y, z: x + y + z, lambda out, x, y, z: (1.0, None, 1.0))
    x, held = Value(2.0), Value(3.0)
    assert walk(out := middle(x, held * 4.0, x)) == [x, out]
