"""A grid of cells as text, each row with the line it stood on: what every kind of file is read into."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from redegov_analysis.cleaning.membership.files import MAX_CELL, MAX_COLUMNS, MAX_ROWS
from redegov_analysis.data.deadline import timed
from redegov_analysis.errors import DataError

if TYPE_CHECKING:
    from redegov_analysis.cleaning.membership.files import ListFile

_SURROGATE = re.compile("[\ud800-\udfff]")
"""Half a character, as JSON can hold: no file could be written that holds it."""
_SPACES = re.compile(r"[\s\u00a0\u2007\u202f\u200b\ufeff]+")


@dataclass(frozen=True)
class Row:
    """One row: the line it begins on and its cells, none of them missing; an empty cell is the empty text."""

    line: int
    cells: tuple[str, ...]

    @property
    def filled(self) -> list[str]:
        """The cells that hold anything."""
        return [cell for cell in self.cells if cell]


@dataclass(frozen=True)
class Grid:
    """One table, sheet or run of lines of a file.

    Attributes
    ----------
    name
        What tells it from the others of its file; empty if it is the only one.
    rows
        Those that hold anything.
    lines
        Whether each row is one line of text rather than cells under headings.
    heading
        What is written above it or on its tab, which may name a state.
    epoch_1904
        Whether the file says that its days count from 1904; None if it does not say.
    """

    name: str
    rows: tuple[Row, ...]
    lines: bool = False
    heading: str = ""
    epoch_1904: bool | None = field(default=None)


def grid_from(
    rows: list[tuple[int, list[str]]],
    file: ListFile,
    name: str = "",
    *,
    lines: bool = False,
    heading: str = "",
    epoch_1904: bool | None = None,
) -> Grid:
    """Return a grid of plain cells within the limits, rows that hold nothing left out.

    Raises
    ------
    DataError
        If there are more rows or columns, or a longer cell, than any list has.
    """
    kept = []
    for line, cells in timed(rows):
        plain = [_SPACES.sub(" ", _SURROGATE.sub("\ufffd", cell)).strip() for cell in cells]
        while plain and not plain[-1]:
            plain.pop()
        if not plain:
            continue
        if len(plain) > MAX_COLUMNS:
            raise DataError(
                "{columns:,} {columns:column|columns}",
                where="{file}, line {line}",
                expected="at most {most:,}",
                remedy="Give the columns of the list alone.",
                file=file.name,
                line=line,
                columns=len(plain),
                most=MAX_COLUMNS,
            )
        longest = max(map(len, plain))
        if longest > MAX_CELL:
            raise DataError(
                "a cell of {length:,} {length:character|characters}",
                where="{file}, line {line}",
                expected="at most {most:,}",
                remedy="Shorten it, or close the quote that was opened there.",
                file=file.name,
                line=line,
                length=longest,
                most=MAX_CELL,
            )
        kept.append(Row(line, tuple(plain)))
        if len(kept) > MAX_ROWS:
            raise too_many_rows(file.name)
    name, heading = (_SURROGATE.sub("\ufffd", text) for text in (name, heading))
    return Grid(name, tuple(kept), lines, heading, epoch_1904)


def too_many_rows(name: str) -> DataError:
    """Return the error for a file with more rows than any list has."""
    return DataError(
        "more than {most:,} {most:row|rows}",
        where="{file}",
        expected="a list of the 5,571 municipalities that Brazil has",
        remedy="Remove what is not the list.",
        file=name,
        most=MAX_ROWS,
    )
