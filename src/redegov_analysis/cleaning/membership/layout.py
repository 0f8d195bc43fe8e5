"""Where a grid holds its headings, and with them its columns (`columns`) and its body."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from redegov_analysis.cleaning.gazetteer import Gazetteer
from redegov_analysis.cleaning.membership.answers import Answers
from redegov_analysis.cleaning.membership.columns import (
    NAMING,
    cell,
    codes_left_out,
    columns_by_content,
    columns_named,
    names_left_out,
)
from redegov_analysis.cleaning.membership.grids import Grid, Row
from redegov_analysis.cleaning.membership.headings import field_named, fields_named
from redegov_analysis.cleaning.spelling import folded
from redegov_analysis.errors import ParameterError
from redegov_analysis.language import Phrase

HEADER_WITHIN = 60
"""Headings stand among the first rows that hold anything."""


@dataclass(frozen=True)
class Layout:
    """How to read a grid.

    Attributes
    ----------
    columns
        Field → place of its column, from 0.
    header
        The headings' row; None when there are none.
    headings
        A name for each column, unlike all others.
    before, body
        The rows above the headings and below them.
    doubts
        What a person should know of columns that look like a field and were left out.
    """

    columns: dict[str, int]
    header: Row | None
    headings: tuple[str, ...]
    before: tuple[Row, ...]
    body: tuple[Row, ...]
    doubts: tuple[Phrase, ...] = ()


def find_layout(grid: Grid, answers: Answers, known: Gazetteer) -> Layout | None:
    """Return the layout of a grid of columns, or None if it holds no column of municipalities.

    Raises
    ------
    DataError
        If two columns could be the same field: a question, with the way to answer it.
    ParameterError
        If the answers name a column or a line that the grid does not have.
    """
    width = max(len(row.cells) for row in grid.rows)
    for start, depth in _header_places(grid, answers):
        header, body = _merged_header(grid.rows[start : start + depth], width), grid.rows[start + depth :]
        # Headings come again where a page of the list ended.
        data = [row for row in body if row.cells != grid.rows[start].cells]
        columns = columns_named(header, data, answers, known, grid)
        if any(name in columns for name in NAMING):
            doubts = () if "code" in (columns.keys() | answers.columns.keys()) else codes_left_out(header, data, known)
            named = Row(grid.rows[start].line, tuple(header))
            return Layout(columns, named, _unlike(header), grid.rows[:start], body, doubts)
    if answers.header_line:
        raise ParameterError(
            "no column of municipalities under the headings of line {line}",
            where="header_line",
            remedy="Give the line on which the headings stand.",
            line=answers.header_line,
        )
    if answers.header_line is None and any(isinstance(wanted, str) for wanted in answers.columns.values()):
        return None
    columns = columns_by_content(grid.rows, width, answers, known)
    if not any(name in columns for name in NAMING):
        return None
    headings = tuple(f"column {place + 1}" for place in range(width))
    return Layout(columns, None, headings, (), grid.rows)


def said_of_names(grid: Grid, answers: Answers, known: Gazetteer) -> Phrase | None:
    """Say, of a grid without a layout, which of its columns is headed as municipalities and how few it names."""
    width = max(len(row.cells) for row in grid.rows)
    for start, depth in _header_places(grid, answers):
        header = _merged_header(grid.rows[start : start + depth], width)
        said = names_left_out(header, grid.rows[start + depth :], known)
        if said is not None:
            return said
    return None


def _header_places(grid: Grid, answers: Answers) -> list[tuple[int, int]]:
    """Return where the headings may stand (place, number of rows), the likeliest first."""
    if answers.header_line == 0:
        return []
    rows = grid.rows[:HEADER_WITHIN]
    if answers.header_line:
        places = [place for place, row in enumerate(grid.rows) if row.line == answers.header_line]
        if not places:
            raise ParameterError(
                "line {line} holds nothing",
                where="header_line",
                remedy="Give the line on which the headings stand.",
                line=answers.header_line,
            )
        return [(places[0], 1)]
    wanted = {folded(name) for name in answers.columns.values() if isinstance(name, str)}
    scored = []
    for place in range(len(rows)):
        for depth in (1, 2):
            if place + depth > len(rows):
                continue
            header = _merged_header(rows[place : place + depth], max(len(r.cells) for r in rows[place : place + depth]))
            named = fields_named(header) | {name for name in wanted if name in map(folded, header)}
            if depth == 2 and not _adds(rows[place], rows[place + 1], named):
                continue
            if wanted <= set(map(folded, header)) and (named & set(NAMING) or wanted):
                scored.append((-len(named), -depth, place))
    return [(place, -depth) for _, depth, place in sorted(scored)]


def _adds(above: Row, below: Row, named: set[str]) -> bool:
    """Return whether a row goes on with the headings above it: no data, empty below the names, and no field lost."""
    own = fields_named(above.cells)
    if not own or len(named) < len(own) or len(below.filled) < 2:
        return False
    if any(len(text) > 60 or any(sign.isdigit() for sign in text) for text in below.filled):
        return False
    under = [cell(below, place) for place, text in enumerate(above.cells) if field_named(text) in NAMING]
    return len(named) > len(own) or not any(under)


def _merged_header(rows: Sequence[Row], width: int) -> list[str]:
    """Return the headings of one row, or of two of which the upper spans columns of the lower."""
    if len(rows) == 1:
        return [cell(rows[0], place) for place in range(width)]
    upper, header = "", []
    for place in range(width):
        upper = cell(rows[0], place) or upper
        lower = cell(rows[1], place)
        header.append(lower if not upper or lower == upper else f"{upper} {lower}".strip())
    return header


def _unlike(header: Sequence[str]) -> tuple[str, ...]:
    names: list[str] = []
    for place, heading in enumerate(header):
        name = heading or f"column {place + 1}"
        names.append(name if name not in names else f"{name} ({place + 1})")
    return tuple(names)
