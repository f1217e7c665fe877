"""Boxes of text and arrows between them as SVG: one element that needs no other file, program or font.

It knows nothing of Values. All text is monospaced, so its width is known without measuring; colours follow the reader's
choice of a light or dark page. Every text is escaped here, and nowhere else.

>>> box = Card(op="", label="w", data="2", grad="6", told="w: data 2, grad 6")
>>> picture([box], [], title="w").startswith('<svg class="minigrad" xmlns="http://www.w3.org/2000/svg" role="img"')
True
"""

from __future__ import annotations

import unicodedata
from collections import namedtuple
from html import escape

from .layout import arrange

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

CELL = 7.4  # width of a character of 12 pixels; monospaced fonts have 6.6 to 7.3
EDGE = 16.0  # around the picture
ROW = 18.0  # from one line of text to the next
TIP = 8.0  # length of an arrow's head

STYLE = """
.minigrad text{font:12px ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#1f2328}
.minigrad .paper{fill:#fff}
.minigrad .card{fill:#f6f8fa;stroke:#8c959f}
.minigrad .leaf .card{fill:#eaf3ff;stroke:#5b9bd5}
.minigrad .root .card{stroke:#1f2328;stroke-width:1.6}
.minigrad .label{font-weight:bold}
.minigrad .op{font-weight:bold;fill:#0b5cad}
.minigrad .key,.minigrad .note{fill:#656d76}
.minigrad .number{text-anchor:end}
.minigrad .grad{fill:#a8430a}
.minigrad .partial{text-anchor:end;font-size:11px;fill:#a8430a}
.minigrad .line{fill:none;stroke:#8c959f;stroke-width:1.3}
.minigrad .tip,.minigrad .bar{fill:#8c959f}
@media (prefers-color-scheme:dark){
.minigrad text{fill:#e6edf3}
.minigrad .paper{fill:#0d1117}
.minigrad .card{fill:#1b222b;stroke:#6e7681}
.minigrad .leaf .card{fill:#10263f;stroke:#4a8fdc}
.minigrad .root .card{stroke:#e6edf3}
.minigrad .op{fill:#79b8ff}
.minigrad .key,.minigrad .note{fill:#9198a1}
.minigrad .grad,.minigrad .partial{fill:#f0a35e}
.minigrad .line{stroke:#7d8590}
.minigrad .tip,.minigrad .bar{fill:#7d8590}
}
"""

Card = namedtuple("Card", ["op", "label", "data", "grad", "told"])
Card.__doc__ = "A box: op and label for its head, one of them may be empty; two numbers; all of it in words."


def picture(cards: Sequence[Card], arrows: Sequence[tuple[int, int, str]], title: str) -> str:
    """Cards in order of evaluation, the last one the root, and arrows (from, to, number) grouped by `to`."""
    sizes = [_size(card, sum(end == i for _, end, _ in arrows)) for i, card in enumerate(cards)]
    room = [_wide(text) * CELL + TIP + 8 for _, _, text in arrows]
    boxes, lines, (width, height) = arrange(sizes, [(start, end) for start, end, _ in arrows], room)
    ends = {start for start, _, _ in arrows}, {end for _, end, _ in arrows}
    parts = [_arrow(i, text, line) for i, ((_, _, text), line) in enumerate(zip(arrows, lines, strict=True))]
    for i, (card, box) in enumerate(zip(cards, boxes, strict=True)):
        kind = " leaf" * (i not in ends[1]) + " root" * (i not in ends[0])
        parts.append(_box(i, card, box, kind))
    if arrows:
        note = "number on an arrow: its local derivative"
        width, height = max(width, len(note) * CELL), height + 2 * ROW
        parts.append(_text("note", 0, height - 4, note))
    return sheet(width, height, title, " ".join(card.told for card in cards), parts)


def table(rows: Sequence[tuple[str, int]], title: str, bars: int) -> str:
    """Names and counts; those from row `bars` on are compared by bars as well."""
    names, most = 26 * CELL, max([count for _, count in rows[bars:]], default=1)
    parts = [_text("label", 0, 12, title)]
    for i, (name, count) in enumerate(rows):
        y = 12 + ROW * (i + 1.5 + (i >= bars) / 2)
        parts += [_text("key", 0, y, name), _text("number", names, y, f"{count:,}")]
        if i >= bars:
            parts.append(
                f'<rect class="bar" x="{names + 10:g}" y="{y - 9:g}" width="{120 * count / most:.1f}" height="9"/>'
            )
    told = ", ".join(f"{name}: {count:,}" for name, count in rows)
    return sheet(max(names + 130, _wide(title) * CELL), ROW * (len(rows) + 2.5), title, told, parts)


def sheet(width: float, height: float, title: str, told: str, parts: Sequence[str]) -> str:
    """The paper and what is on it; `title` and `told` are what a screen reader says."""
    w, h = f"{width + 2 * EDGE:.0f}", f"{height + 2 * EDGE:.0f}"
    return (
        f'<svg class="minigrad" xmlns="http://www.w3.org/2000/svg" role="img" viewBox="{-EDGE:g} {-EDGE:g} {w} {h}" '
        f'width="{w}" height="{h}">\n<title>{escape(title)}</title>\n<desc>{escape(told)}</desc>\n'
        f'<style>{STYLE}</style>\n<rect class="paper" x="{-EDGE:g}" y="{-EDGE:g}" width="{w}" height="{h}" rx="8"/>\n'
        + "\n".join(parts)
        + "\n</svg>"
    )


def _wide(text: str) -> int:
    """How many cells the text takes; Chinese, Japanese and most emoji take two each."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _size(card: Card, arrows: int) -> tuple[float, float]:
    head = _wide(card.op) + _wide(card.label) + 2 * bool(card.op and card.label)
    cells = max(head, 6 + len(card.data), 6 + len(card.grad))
    return cells * CELL + 20, max(3 * ROW + 12, ROW * (arrows + 1))


def _text(kind: str, x: float, y: float, text: str) -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{escape(text)}</text>'


def _box(i: int, card: Card, box: tuple[float, float, float, float], kind: str) -> str:
    left, top, width, height = box
    inside, right, middle = left + 10, left + width - 10, top + height / 2 + 4
    parts = [
        f'<g class="node{kind}" data-node="{i}"><title>{escape(card.told)}</title>',
        f'<rect class="card" x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{height:.1f}" rx="7"/>',
        _text("label", inside, middle - ROW, card.label) * bool(card.label),
        _text("op number" if card.label else "op", right if card.label else inside, middle - ROW, card.op)
        * bool(card.op),
        _text("key", inside, middle - ROW, "leaf") * (not card.op and not card.label),
        _text("key", inside, middle, "data") + _text("number data", right, middle, card.data),
        _text("key", inside, middle + ROW, "grad") + _text("number grad", right, middle + ROW, card.grad),
    ]
    return "".join(parts) + "</g>"


def _arrow(i: int, text: str, line: Sequence[tuple[float, float, float]]) -> str:
    _, x, y = line[0]
    path = [f"M{x:.1f} {y:.1f}"]
    for left, right, height in line[1:]:
        half = (x + left) / 2
        path.append(f"C{half:.1f} {y:.1f} {half:.1f} {height:.1f} {left:.1f} {height:.1f}H{right - 1:.1f}")
        x, y = right, height
    return (
        f'<g class="edge" data-edge="{i}"><path class="line" d="{"".join(path)}"/>'
        f'<path class="tip" d="M{x:.1f} {y:.1f}l{-TIP:g} -4v8z"/>{_text("partial", x - TIP - 3, y - 4, text)}</g>'
    )
