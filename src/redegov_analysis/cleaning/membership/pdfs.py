"""Tables of a PDF, ruled or merely aligned, read by a program apart; needs the optional extra `pdf`."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

from redegov_analysis.cleaning.membership import files
from redegov_analysis.cleaning.membership.files import ListFile
from redegov_analysis.cleaning.membership.grids import Grid, grid_from
from redegov_analysis.cleaning.membership.pdf_worker import opens_a_block
from redegov_analysis.data.apart import TOO_MUCH_MEMORY, OutOfMemoryError, read_apart
from redegov_analysis.errors import DataError
from redegov_analysis.language import Phrase

MEMORY_BYTES = 1_500_000_000

_READER = Path(__file__).with_name("pdf_worker.py")

SAID_APART = (
    Phrase("it has {pages:,} {pages:page|pages}; a list has at most {most}"),
    Phrase("it holds more than {rows:,} {rows:row|rows} or {columns} {columns:column|columns}; a list never does"),
    Phrase("it is protected by a password; save a copy without it"),
    Phrase("it is damaged, or has no page"),
)
"""What the program apart may say, which knows of no language; here to be translated."""


def grids_from_pdf(file: ListFile, log: list[Phrase]) -> list[Grid]:
    """Return one grid per table, those that run over several pages as one, and one of the lines outside of them.

    A line's number is its page and its place on it: 3007 is the seventh line of page 3.

    Raises
    ------
    DataError
        If the extra `pdf` is not installed, or the file is damaged, protected, a scan, or beyond the limits.
    """
    if importlib.util.find_spec("pypdfium2") is None:
        raise DataError(
            "a PDF, which is read with the optional extra “pdf” alone",
            where="{file}",
            remedy="Install it: pip install 'redegov-analysis[pdf]'. Or open the file, copy the table into a "
            "spreadsheet or a text file, and give that.",
            file=file.name,
        )
    found = _contents(file)
    if not found["tables"] and not found["lines"]:
        raise DataError(
            "no text: its pages are empty or pictures, as of a scanned paper",
            where="{file}",
            remedy="Ask the publisher for the list as a table, or have its text recognised and check the names.",
            file=file.name,
        )
    if found["textless"]:
        pages = ", ".join(map(str, found["textless"]))
        log.append(
            Phrase(
                "WARNING: no text on page {pages}: a picture that cannot be read. What it lists is missing here.",
                {"pages": pages},
            )
        )
    tables = _joined(found["tables"])
    log.append(Phrase("Lines are numbered by page: 3007 is the seventh line of page 3."))
    log += [_understood(table) for table in tables]
    grids = [
        grid_from(
            [(row[0], list(row[1:])) for row in table["rows"]],
            file,
            f"table {place}" if len(tables) > 1 else "",
            heading=table["heading"],
        )
        for place, table in enumerate(tables, start=1)
    ]
    lines = [(number, [text]) for number, text in found["lines"]]
    grids.append(grid_from(lines, file, "text of the pages" if grids else "", lines=True))
    return grids


def _joined(tables: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the tables, one that goes on over a page's end as one, its repeated headings left in place once.

    A table goes on when it has as many columns, is told in the same way, and stands first on the page after; unless a
    new heading stands above it.
    """
    joined: list[dict[str, Any]] = []
    for table in tables:
        width = max(len(row) for row in table["rows"])
        last = joined[-1] if joined else None
        goes_on = (
            last is not None
            and (last["width"], last["ruled"]) == (width, table["ruled"])
            and last["last_page"] == table["page"] - 1
            and table["heading"] in ("", last["heading"])
        )
        if last is None or not goes_on:
            joined.append({**table, "width": width, "first_page": table["page"], "last_page": table["page"]})
            joined[-1]["rows"] = list(table["rows"])
            continue
        rows = table["rows"]
        rows = rows[1:] if rows[0][1:] == last["rows"][0][1:] else rows
        if rows and not table["ruled"] and _broken(last["rows"][-1][1:], rows[0][1:]):
            # The page ended within a name.
            last["rows"][-1] = [last["rows"][-1][0], *map(_together, last["rows"][-1][1:], rows[0][1:])]
            rows = rows[1:]
        last["rows"] += rows
        last["last_page"] = table["page"]
    return joined


def _broken(above: list[str], below: list[str]) -> bool:
    """Return whether a page's first row, with a single cell, is the end of the last name of the page before."""
    column = below.index(max(below, key=len))
    alone = sum(map(bool, above)) >= 2 and sum(map(bool, below)) == 1 and bool(above[column])
    return alone and not opens_a_block(below[column])


def _together(one: str, other: str) -> str:
    return f"{one} {other}".strip()


def _understood(table: dict[str, Any]) -> Phrase:
    ends = {"first": table["first_page"], "last": table["last_page"]}
    pages = Phrase("page {first}", ends) if ends["first"] == ends["last"] else Phrase("pages {first} to {last}", ends)
    size = {"pages": pages, "rows": len(table["rows"]), "columns": table["width"] - 1}
    if table["ruled"]:
        return Phrase(
            "A table with ruled lines, {pages}: {rows:,} {rows:row|rows} of {columns} {columns:column|columns}.", size
        )
    return Phrase(
        "WARNING: {pages}: {rows:,} {rows:row|rows} of {columns} {columns:column|columns}, told from the gaps "
        "between the words, for there are no ruled lines; a name over two lines is taken for one where its lines "
        "are near or it breaks at a small word. Compare the first rows.",
        size,
    )


def _contents(file: ListFile) -> dict[str, Any]:
    found: dict[str, Any]
    try:
        found = read_apart(_READER, file.content, MEMORY_BYTES, (files.MAX_ROWS, files.MAX_COLUMNS))
    except OutOfMemoryError:
        found = {"problem": TOO_MUCH_MEMORY}
    if "problem" in found:
        problem = found["problem"]
        raise DataError(
            "it cannot be read: {problem}",
            where="{file}",
            remedy="Copy the table into a spreadsheet or a text file, and give that.",
            file=file.name,
            problem=problem if isinstance(problem, Phrase) else Phrase(problem, found.get("values", {})),
        )
    return found
