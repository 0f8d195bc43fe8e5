"""Cells and tables that ruling lines enclose on a page: plain geometry, in time nearly linear in the lines.

Loaded by `pdf_worker`, which runs apart: it imports nothing of the package.
"""

from __future__ import annotations

import bisect
import itertools
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Cell = tuple[float, float, float, float]
"""Left, top, right and bottom, in points from the page's upper left corner."""

Edge = tuple[float, float, float]
"""A level edge as (top, left, right); an upright one as (left, top, bottom)."""

NEAR = 3.0
"""Points within which edges are one, or go on with each other, or meet; and the shortest edge that counts."""


@dataclass(frozen=True)
class Table:
    """A table: its cells by row from the top, each row as wide as the table, None where no cell begins."""

    rows: list[list[Cell | None]]

    @property
    def bbox(self) -> Cell:
        """The table's own left, top, right and bottom."""
        cells = [cell for row in self.rows for cell in row if cell]
        left, top, right, bottom = zip(*cells, strict=True)
        return min(left), min(top), max(right), max(bottom)


def tables_of(level: Iterable[Edge], upright: Iterable[Edge]) -> list[Table]:
    """Return the tables of a page, from the top: groups of cells that share corners.

    Parameters
    ----------
    level, upright
        The edges, as drawn: several strokes may lie on one another or follow each other.

    Examples
    --------
    >>> level = [(y, 0.0, 100.0) for y in (0.0, 10.0, 20.0)]
    >>> upright = [(x, 0.0, 20.0) for x in (0.0, 60.0, 100.0)]
    >>> (table,) = tables_of(level, upright)
    >>> [len(row) for row in table.rows], table.bbox
    ([2, 2], (0.0, 0.0, 100.0, 20.0))
    """
    cells = _cells(_merged(level), _merged(upright))
    groups = [group for group in _grouped(cells) if len(group) > 1]
    groups.sort(key=lambda group: min((top, left) for left, top, _, _ in group))
    return [Table(_rows(group)) for group in groups]


def _merged(edges: Iterable[Edge]) -> list[Edge]:
    """Return the edges with those that lie nearly on one line moved onto it, and those that go on made one."""
    ordered = sorted(edges)
    moved: dict[float, list[tuple[float, float]]] = {}
    for group in _near(ordered):
        place = sum(at for at, _, _ in group) / len(group)
        moved[place] = sorted((start, end) for _, start, end in group)
    result = []
    for place, spans in moved.items():
        start, end = spans[0]
        for begin, until in spans[1:]:
            if begin <= end + NEAR:
                end = max(end, until)
                continue
            result.append((place, start, end))
            start, end = begin, until
        result.append((place, start, end))
    return [edge for edge in result if edge[2] - edge[1] >= NEAR]


def _near(ordered: Sequence[Edge]) -> list[list[Edge]]:
    """Return edges in groups whose places follow each other within `NEAR`."""
    groups: list[list[Edge]] = []
    for edge in ordered:
        if groups and edge[0] - groups[-1][-1][0] <= NEAR:
            groups[-1].append(edge)
        else:
            groups.append([edge])
    return groups


def _cells(level: Sequence[Edge], upright: Sequence[Edge]) -> list[Cell]:
    """Return the smallest cell to the lower right of each point in which edges meet."""
    # Which edges meet in a point: of each kind at most one lies there, as merged edges of one line are apart.
    meets: dict[tuple[float, float], tuple[int, int]] = {}
    down: dict[int, list[float]] = defaultdict(list)
    right: dict[int, list[float]] = defaultdict(list)
    for v, (x, top, bottom) in enumerate(upright):
        for h, (y, start, end) in enumerate(level):
            if top <= y + NEAR and bottom >= y - NEAR and start - NEAR <= x <= end + NEAR:
                meets[x, y] = (v, h)
                down[v].append(y)
                right[h].append(x)
    for places in (*down.values(), *right.values()):
        places.sort()
    cells = []
    for (x, y), (v, h) in sorted(meets.items()):
        cell = next(
            (
                (x, y, other_x, other_y)
                for other_y in _after(down[v], y)
                for other_x in _after(right[h], x)
                if _closes(meets, (x, y), (other_x, other_y))
            ),
            None,
        )
        if cell is not None:
            cells.append(cell)
    return cells


def _after(places: Sequence[float], place: float) -> Iterable[float]:
    return itertools.islice(places, bisect.bisect_right(places, place), None)


def _closes(
    meets: dict[tuple[float, float], tuple[int, int]], corner: tuple[float, float], opposite: tuple[float, float]
) -> bool:
    """Return whether edges run from the opposite corner to the two beside it, one edge a side."""
    last = meets.get(opposite)
    above, beside = meets.get((opposite[0], corner[1])), meets.get((corner[0], opposite[1]))
    return last is not None and above is not None and beside is not None and last == (above[0], beside[1])


def _grouped(cells: Sequence[Cell]) -> list[list[Cell]]:
    """Return the cells in groups that hang together by their corners."""
    parent = list(range(len(cells)))

    def root(place: int) -> int:
        while parent[place] != place:
            parent[place] = parent[parent[place]]
            place = parent[place]
        return place

    first: dict[tuple[float, float], int] = {}
    for place, (left, top, right, bottom) in enumerate(cells):
        for corner in ((left, top), (left, bottom), (right, top), (right, bottom)):
            parent[root(place)] = root(first.setdefault(corner, place))
    groups: dict[int, list[Cell]] = defaultdict(list)
    for place, cell in enumerate(cells):
        groups[root(place)].append(cell)
    return list(groups.values())


def _rows(cells: Sequence[Cell]) -> list[list[Cell | None]]:
    starts = sorted({left for left, _, _, _ in cells})
    by_row: dict[float, dict[float, Cell]] = defaultdict(dict)
    for cell in cells:
        by_row[cell[1]][cell[0]] = cell
    return [[by_row[top].get(left) for left in starts] for top in sorted(by_row)]
