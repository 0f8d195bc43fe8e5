"""The entries of a grid, each with its fields, and what stands beside them: titles, headings, totals, notes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Literal

from redegov_analysis.cleaning.gazetteer import Gazetteer
from redegov_analysis.cleaning.membership.answers import Answers
from redegov_analysis.cleaning.membership.blocks import block_places, filled_down
from redegov_analysis.cleaning.membership.claims import is_claim, without_claim
from redegov_analysis.cleaning.membership.columns import cell
from redegov_analysis.cleaning.membership.entities import is_government, state_named
from redegov_analysis.cleaning.membership.grids import Grid, Row
from redegov_analysis.cleaning.membership.headings import field_named
from redegov_analysis.cleaning.membership.layout import Layout
from redegov_analysis.cleaning.membership.lines import Line, is_note, is_total, line_parts
from redegov_analysis.cleaning.names import match_names
from redegov_analysis.data.deadline import timed
from redegov_analysis.language import Phrase

AsideKind = Literal["title", "headings", "state heading", "total", "note", "page text"]


@dataclass(frozen=True)
class Entry:
    """One row that may stand for a member.

    Attributes
    ----------
    source, line
        The file with its sheet or table, and the line there.
    read
        Heading → cell, as read.
    code, municipality, body, state, joined_on, sphere, status
        The cells of the fields; `status` is None where there is no such column.
    opens_block
        Whether the row holds a state whose block it opens.
    simulated
        Whether the line of text ended in a mark that says that it was made up (see `claims`).
    """

    source: str
    line: int
    read: dict[str, str]
    code: str = ""
    municipality: str = ""
    body: str = ""
    state: str = ""
    joined_on: str = ""
    sphere: str = ""
    status: str | None = None
    opens_block: bool = False
    simulated: bool = False

    @property
    def name(self) -> str:
        """What names the municipality: its own column, or else the body's name."""
        return self.municipality or self.body


@dataclass(frozen=True)
class Aside:
    """A row that is no entry: what it is and what it says."""

    source: str
    line: int
    kind: AsideKind
    text: str


@dataclass
class Contents:
    """The entries and asides of a grid, and what there is to say about how they were told apart."""

    entries: list[Entry] = field(default_factory=list)
    asides: list[Aside] = field(default_factory=list)
    log: list[Phrase] = field(default_factory=list)


def table_contents(grid: Grid, layout: Layout, source: str, answers: Answers, known: Gazetteer) -> Contents:
    """Return the contents of a grid of columns.

    Raises
    ------
    DataError
        If rows that name a state may be read in two ways (see `blocks.block_places`).
    """
    contents = Contents()
    first = state_named(grid.heading) if grid.heading else None
    for row in layout.before:
        contents.asides.append(Aside(source, row.line, "title", _said(row)))
        first = (state_named(row.filled[0]) if len(row.filled) == 1 else None) or first
    if layout.header is not None:
        contents.asides.append(Aside(source, layout.header.line, "headings", _said(layout.header)))
    wide = len(layout.headings) > 1
    rows = []
    for row in timed(layout.body):
        kind = _aside_kind(row, layout, wide)
        if kind is None:
            rows.append(row)
        else:
            contents.asides.append(Aside(source, row.line, kind, _said(row)))
    entries = [_entry(row, layout, source) for row in timed(rows)]
    placed = _placed(entries, layout, answers, known, first, contents)
    for entry, row in zip(placed, rows, strict=True):
        alone = len(row.filled) == 1 and state_named(row.filled[0]) is not None and not is_government(row.filled[0])
        if alone and (entry.opens_block or (wide and "state" in layout.columns)):
            contents.asides.append(Aside(source, row.line, "state heading", _said(row)))
        else:
            contents.entries.append(entry)
    return contents


def line_contents(grid: Grid, source: str, answers: Answers, known: Gazetteer, *, page: bool) -> Contents:
    """Return the contents of lines of text; on a page, lines that are not among municipalities are its own text.

    Raises
    ------
    DataError
        As `table_contents`.
    """
    contents = Contents()
    entries = []
    said: dict[str, list[Line]] = {}
    for row in timed(grid.rows):
        text, simulated = without_claim(" ".join(row.filled))
        kind: AsideKind | None = "total" if is_total(text) else "headings" if field_named(text) else None
        # A line of many names is no sentence.
        if text not in said:
            said[text] = line_parts(text, known)
        parts = said[text]
        if kind is None and len(parts) == 1 and (is_note(parts[0].name) or is_claim(text)):
            kind = "note"
        if kind is not None:
            contents.asides.append(Aside(source, row.line, kind, text))
            continue
        for part in parts:
            read = {"text": part.name if not part.date else f"{part.name} {part.date}"}
            entries.append(
                Entry(
                    source,
                    row.line,
                    read,
                    municipality=part.name,
                    state=part.state,
                    joined_on=part.date,
                    simulated=simulated,
                )
            )
    if page:
        entries = _among_municipalities(entries, contents, known)
    places = block_places([e.name for e in entries], known, state_named(grid.heading), answers.state_rows)
    for entry, place in timed(zip(entries, places, strict=True)):
        if place.opens and not entry.joined_on and not is_government(entry.name):
            contents.asides.append(Aside(source, entry.line, "state heading", entry.name))
        else:
            contents.entries.append(replace(entry, state=entry.state or place.state or "", opens_block=place.opens))
    return contents


def _entry(row: Row, layout: Layout, source: str) -> Entry:
    cells: dict[str, Any] = {name: cell(row, place) for name, place in layout.columns.items()}
    read = {heading: cell(row, place) for place, heading in enumerate(layout.headings)}
    status = cells.pop("status", None)
    return Entry(source, row.line, read, status=status, **cells)


def _placed(
    entries: list[Entry],
    layout: Layout,
    answers: Answers,
    known: Gazetteer,
    first: str | None,
    contents: Contents,
) -> list[Entry]:
    """Return the entries with the states that the order of the list gives them."""
    names = [entry.name for entry in entries]
    if "state" in layout.columns:
        filled = filled_down([entry.state for entry in entries], names, known)
        if filled is None:
            return entries
        contents.log.append(Phrase("The state stands on the first row of its block only and was filled downwards."))
        return [replace(entry, state=state) for entry, state in zip(entries, filled, strict=True)]
    if "code" in layout.columns:
        return entries
    places = block_places(names, known, first, answers.state_rows)
    opened = [entry.line for entry, place in zip(entries, places, strict=True) if place.opens]
    if opened:
        contents.log.append(
            Phrase(
                "{n_opened} {n_opened:row holds a state and opens|rows hold a state and open} its block, the "
                "first on line {opened}.",
                {"n_opened": len(opened), "opened": opened[0]},
            )
        )
    return [
        replace(entry, state=place.state or "", opens_block=place.opens)
        for entry, place in zip(entries, places, strict=True)
    ]


def _aside_kind(row: Row, layout: Layout, wide: bool) -> AsideKind | None:
    filled = row.filled
    if layout.header is not None and any(_repeats(row, layout, name) for name in ("municipality", "body", "code")):
        return "headings"
    if is_total(filled[0]) and not cell(row, layout.columns.get("state")):
        return "total"
    # Notes stand alone in their row; a note in two cells ("Fonte:", "SGD") begins as one.
    if (len(filled) == 1 or not wide) and (is_note(filled[0]) or is_claim(filled[0])):
        return "note"
    named = cell(row, layout.columns.get("code")) or cell(row, layout.columns.get("state"))
    if len(filled) == 2 and not named and is_note(filled[0]) and filled[0] == row.cells[0]:
        return "note"
    return None


def _among_municipalities(entries: list[Entry], contents: Contents, known: Gazetteer) -> list[Entry]:
    """Return the entries that are, or stand among, names of municipalities and states; the others become asides."""
    matched = match_names([entry.name for entry in entries], known=known)
    fits = [
        bool(filled) or status == "ambiguous" or state_named(entry.name) is not None
        for filled, status, entry in zip(matched["ibge_code"].notna(), matched["status"], entries, strict=True)
    ]
    kept = []
    for place, entry in enumerate(entries):
        if fits[place] or (any(fits[max(place - 2, 0) : place]) and any(fits[place + 1 : place + 3])):
            kept.append(entry)
        else:
            contents.asides.append(Aside(entry.source, entry.line, "page text", entry.name))
    return kept


def _repeats(row: Row, layout: Layout, name: str) -> bool:
    """Return whether a row's cell is its column's heading: a further row of headings, or those of a next page."""
    place = layout.columns.get(name)
    text = cell(row, place)
    return place is not None and bool(text) and field_named(text) == name


def _said(row: Row) -> str:
    return " | ".join(row.filled)
