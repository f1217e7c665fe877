"""Where the boxes and lines of a picture go: columns from left to right, each box right of all that it needs.

A box stands in the column of its longest distance from the leaves, so every line runs to the right; a leaf waits until
just before its first use. A line that passes a column gets a lane there, as if it were a thin box, and so meets no box.
Then each column in turn is put in the order of the heights that its lines come from or lead to, a few times over.

>>> boxes, lines, size = arrange([(40, 20), (40, 20), (60, 30)], [(0, 2), (1, 2)], room=[10, 10])
>>> boxes                               # left, top, width, height
[(0.0, 0.0, 40.0, 20.0), (0.0, 34.0, 40.0, 20.0), (90.0, 12.0, 60.0, 30.0)]
>>> lines[0]                            # level from 40 to 40, then a bend, then level from 80 to 90
[(40.0, 40.0, 10.0), (80.0, 90.0, 22.0)]
"""

from __future__ import annotations

import random
from bisect import bisect_right, insort
from itertools import pairwise

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    Box = tuple[float, float, float, float]  # left, top, width, height
    Line = list[tuple[float, float, float]]  # level stretches (left, right, height); between them the line bends

APART = 14.0  # between two boxes of a column
LANE = 16.0  # height of the lane in which a line passes a column
BEND = 40.0  # the least width in which a line gets from one height to another
STARTS, SWEEPS = (
    8,
    4,
)  # leaves 5 crossings over the least on 120 graphs of up to 9 nodes; 1 start and 12 sweeps leave 42
SMOOTHING = 24  # sweeps that straighten the lines

# --- The whole ------------------------------------------------------------------------------------------------------


def arrange(
    sizes: Sequence[tuple[float, float]], edges: Sequence[tuple[int, int]], room: Sequence[float]
) -> tuple[list[Box], list[Line], tuple[float, float]]:
    """Place boxes of these sizes, given in topological order, so that all edges (from, to) run to the right.

    The last box is the root: every other leads to it. Edges are grouped by the box they lead to, and enter it from top
    to bottom in their order, each by a level stretch at least as wide as its `room`, clear of other lines. Returns
    the boxes (those of a column equally wide), the line of each edge, and width and height of it all.
    """
    columns = _columns(len(sizes), edges)
    chains = _chains(columns, edges)
    heights = [height + APART for _, height in sizes] + [LANE] * (len(columns) - len(sizes))
    grid = _Grid(len(sizes), columns, heights, chains, _ports(sizes, edges))
    grid.improve()
    lefts, widths, spaces = _across(sizes, columns, grid, room)
    top = min(y - height / 2 for y, height in zip(grid.y, heights, strict=True)) + APART / 2
    y = [middle - top for middle in grid.y]
    boxes = [(lefts[columns[i]], y[i] - h / 2, widths[columns[i]], float(h)) for i, (_, h) in enumerate(sizes)]
    lines: list[Line] = []
    for (*passed, last), port in zip(chains, grid.ports, strict=True):
        left, space = lefts[columns[last]], spaces[columns[last]]
        right = [lefts[columns[i]] + widths[columns[i]] for i in passed]
        begin = [right[0], *(lefts[columns[i]] - spaces[columns[i]] for i in passed[1:])]  # no bend beside a number
        lines.append([*zip(begin, right, [y[i] for i in passed], strict=True), (left - space, left, y[last] + port)])
    return boxes, lines, (lefts[-1] + widths[-1], max(y[i] + heights[i] / 2 for i in range(len(y))) - APART / 2)


def _columns(count: int, edges: Sequence[tuple[int, int]]) -> list[int]:
    columns = [0] * count
    for start, end in edges:  # grouped by their ends, in topological order: the start is settled
        columns[end] = max(columns[end], columns[start] + 1)
    inner = {end for _, end in edges}
    for start in {start for start, _ in edges} - inner:
        columns[start] = min(columns[end] for begin, end in edges if begin == start) - 1
    return columns


def _chains(columns: list[int], edges: Sequence[tuple[int, int]]) -> list[list[int]]:
    """What each edge runs through: a box, lanes, a box. Lanes are added to `columns`; edges of one box share them."""
    lanes: dict[tuple[int, int], int] = {}
    chains = []
    for start, end in edges:
        chain = [start]
        for column in range(columns[start] + 1, columns[end]):
            if (start, column) not in lanes:
                lanes[start, column] = len(columns)
                columns.append(column)
            chain.append(lanes[start, column])
        chains.append([*chain, end])
    return chains


def _ports(sizes: Sequence[tuple[float, float]], edges: Sequence[tuple[int, int]]) -> list[float]:
    """How far below the middle of its box each edge enters."""
    ends = [end for _, end in edges]
    ports = []
    for i, end in enumerate(ends):
        nth, of = i - ends.index(end) + 1, ends.count(end) + 1
        ports.append(sizes[end][1] * (nth / of - 0.5))
    return ports


def _across(
    sizes: Sequence[tuple[float, float]], columns: Sequence[int], grid: _Grid, room: Sequence[float]
) -> tuple[list[float], list[float], list[float]]:
    """Left side and width of each column, and the room before it: lines that climb far get more width to bend in."""
    widths = [0.0] * len(grid.rows)
    bends, spaces = [BEND] * len(grid.rows), [0.0] * len(grid.rows)
    for column, (width, _) in zip(columns, sizes, strict=False):
        widths[column] = max(widths[column], float(width))
    for chain, space in zip(grid.chains, room, strict=True):
        spaces[columns[chain[-1]]] = max(spaces[columns[chain[-1]]], space)
        for a, b in pairwise(chain):
            bends[columns[b]] = max(bends[columns[b]], min(abs(grid.y[a] - grid.y[b]) / 4, 3 * BEND))
    lefts = [0.0]
    for width, bend, space in zip(widths, bends[1:], spaces[1:], strict=False):
        lefts.append(lefts[-1] + width + bend + space)
    return lefts, widths, spaces


# --- Up and down ----------------------------------------------------------------------------------------------------


class _Grid:
    """Boxes and lanes in their columns: `rows` has each column from top to bottom, `y` the middle of each item."""

    def __init__(
        self,
        boxes: int,
        columns: Sequence[int],
        heights: Sequence[float],
        chains: Sequence[Sequence[int]],
        ports: Sequence[float],
    ) -> None:
        self.heights, self.chains, self.ports, self.boxes = heights, chains, ports, boxes
        self.before: list[list[tuple[int, float]]] = [[] for _ in columns]  # (item to the left, port of this one)
        self.after: list[list[tuple[int, float]]] = [[] for _ in columns]  # (item to the right, port of that one)
        links = [(a, b, port * (b == c[-1])) for c, port in zip(chains, ports, strict=True) for a, b in pairwise(c)]
        for a, b, port in dict.fromkeys(links):  # edges that share a lane share a link
            self.before[b].append((a, port))
            self.after[a].append((b, port))
        self.rows: list[list[int]] = [[] for _ in range(max(columns) + 1)]
        self.place = [0] * len(columns)  # of each item in its row
        self.y = [0.0] * len(columns)
        self._enter(columns, chains[-1][-1] if chains else 0)

    def _enter(self, columns: Sequence[int], root: int) -> None:
        """Depth first from the root, operands from top to bottom: in a tree no two lines cross."""
        stack, met = [root], set()
        while stack:
            item = stack.pop()
            if item not in met:
                met.add(item)
                self.rows[columns[item]].append(item)
                stack += [start for start, _ in reversed(self.before[item])]
        for row in self.rows:
            self._settle(row)

    def improve(self) -> None:
        """Look for an order with few crossings; then straighten the lines of the best one.

        After the order of evaluation chance gets a few tries. Each must save a fifth of the crossings: what belongs
        together stands together in the order of evaluation, and that is worth a crossing among many.
        """
        best, fewest = [row[:] for row in self.rows], self.crossings()
        chance = random.Random(0)  # the same graph is always the same picture
        for start in range(STARTS):
            for row in self.rows if start else ():
                chance.shuffle(row)
                self._settle(row)
            for sweep in range(SWEEPS):
                self._sweep(rightwards=sweep % 2 == 1)
                crossings = self.crossings()
                if crossings < fewest and crossings <= fewest * (0.8 if start else 1.0):
                    best, fewest = [row[:] for row in self.rows], crossings
            if not fewest:
                break
        self.rows = best
        for sweep in range(SMOOTHING):
            for row in self.rows[:: 1 if sweep % 2 else -1]:
                self._settle(row)

    def _sweep(self, *, rightwards: bool) -> None:
        """Order each column by the one dealt with before it."""
        for row in self.rows[:: 1 if rightwards else -1]:
            row.sort(key=lambda item: self._wanted(item, before=rightwards, after=not rightwards))
            self._swap(row)
            self._settle(row)

    def crossings(self) -> int:
        """How many pairs of lines cross."""
        crossings = 0
        for row in self.rows:
            met: list[tuple[int, float]] = []  # where the lines of the items above end
            for item in row:
                ends = [(self.place[end], port) for end, port in self.after[item]]
                crossings += sum(len(met) - bisect_right(met, end) for end in ends)
                for end in ends:
                    insort(met, end)
        return crossings

    def _wanted(self, item: int, *, before: bool = True, after: bool = True) -> float:
        """The height at which the item's lines would be level, on average; lanes are more eager than boxes.

        Counted are the lines of one side or of both; of the other if there are none.
        """
        levels = [(start, self.y[start] - port) for start, port in self.before[item]] if before else []
        if after or not levels:
            levels += [(end, self.y[end] + port) for end, port in self.after[item]]
        if not levels:
            levels = [(start, self.y[start] - port) for start, port in self.before[item]]
        weights = [40 if min(item, other) >= self.boxes else 1 for other, _ in levels]
        return sum(w * level for w, (_, level) in zip(weights, levels, strict=True)) / max(sum(weights), 1)

    def _swap(self, row: list[int]) -> None:
        """Exchange neighbours for as long as that saves crossings."""
        swapped = True
        while swapped:
            swapped = False
            for i in range(len(row) - 1):
                if self._clashes(row[i], row[i + 1]) > self._clashes(row[i + 1], row[i]):
                    row[i], row[i + 1], swapped = row[i + 1], row[i], True

    def _clashes(self, upper: int, lower: int) -> int:
        """How many lines of two items of a row cross, if one is above the other."""
        place, before, after = self.place, self.before, self.after
        left = sum(place[a] > place[b] for a, _ in before[upper] for b, _ in before[lower])
        return left + sum((place[a], p) > (place[b], q) for a, p in after[upper] for b, q in after[lower])

    def _settle(self, row: list[int]) -> None:
        """Move the items of a row to the heights nearest to those wanted (least squares) that keep order and distance.

        What runs into the one above makes a block with it, which stands at the mean of what its items want.
        """
        blocks: list[tuple[float, int]] = []  # sum of what its items want, and their number
        depths = []  # of each item, were the row packed tight
        depth = 0.0
        for place, item in enumerate(row):
            self.place[item] = place
            depths.append(depth + self.heights[item] / 2)
            depth += self.heights[item]
            total, count = self._wanted(item) - depths[-1], 1
            while blocks and blocks[-1][0] / blocks[-1][1] >= total / count:
                above, number = blocks.pop()
                total, count = total + above, count + number
            blocks.append((total, count))
        heights = [total / count for total, count in blocks for _ in range(count)]
        for item, height, below in zip(row, heights, depths, strict=True):
            self.y[item] = height + below
