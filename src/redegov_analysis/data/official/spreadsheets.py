"""Sheets of a publisher's workbook as rows of cells, and the table that begins at a known header."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from redegov_analysis.data.archives import COMPOUND, demand_compound_workbook, workbook_kind
from redegov_analysis.data.deadline import timed
from redegov_analysis.data.reading import number_from_text
from redegov_analysis.data.workbooks import Cell, Sheet, read_sheets
from redegov_analysis.errors import DataError
from redegov_analysis.language import Phrase

_REMEDY = Phrase("Get it again.")
_HEADER_WITHIN = 40


@dataclass(frozen=True)
class Field:
    """One cell, and where it stands, so that a message can say so.

    Attributes
    ----------
    cell
        What the workbook holds.
    where
        File, sheet, row and column.
    """

    cell: Cell
    where: Phrase

    @property
    def text(self) -> str:
        """The cell as text, without spaces around it; a whole number without its decimal point."""
        if isinstance(self.cell, float) and self.cell.is_integer():
            return str(int(self.cell))
        return str(self.cell).replace("\u00a0", " ").strip()

    @property
    def number(self) -> float | None:
        """The cell as a number; None where the publisher wrote that there is none."""
        if isinstance(self.cell, int | float) and not isinstance(self.cell, bool):
            return float(self.cell)
        try:
            return number_from_text(self.text)
        except DataError as error:
            raise DataError("{place}: {error}", place=self.where, error=error) from error

    def digits(self, length: int) -> str:
        """Return the cell as a code of `length` digits, however the workbook holds it."""
        code = self.text
        if len(code) == length and code.isascii() and code.isdecimal():
            return code
        raise DataError(
            "{place}: found {text!r}, expected a code of {length} {length:digit|digits}.",
            place=self.where,
            text=self.text,
            length=length,
        )


@dataclass(frozen=True)
class SheetRow:
    """One row under a header: its line in the sheet, the first being 1, and its cells by the header's names."""

    line: int
    where: str
    cells: dict[str, Cell]

    def __getitem__(self, column: str) -> Field:
        return Field(
            self.cells[column],
            Phrase("{place}, row {line}, column {column}", {"place": self.where, "line": self.line, "column": column}),
        )


def sheet_rows(content: bytes, sheet: str | int, *, name: str) -> list[list[Cell]]:
    """Return the rows of one sheet, blank ones included, so that the first is row 1 of the sheet.

    Parameters
    ----------
    content
        The bytes of an XLS, XLSX or ODS file; which of them is told from the bytes.
    sheet
        The sheet's name, or its place counted from 0.
    name
        What the file is called in messages.

    Returns
    -------
    list of list
        Text, numbers and truth values as the workbook holds them, days as text; an empty cell is the empty text.

    Raises
    ------
    DataError
        If the bytes are no workbook, or it has no such sheet: the sheets that it has are named.
    """
    sheets = {found.name: found for found in _sheets(content, name)}
    names = list(sheets)
    chosen = sheet if isinstance(sheet, str) else names[sheet] if sheet < len(names) else None
    if chosen not in sheets:
        raise DataError(
            "{name}: no sheet {sheet!r}; found {names}. Is it another edition?",
            name=name,
            sheet=sheet,
            names=", ".join(names) or Phrase("none"),
        )
    found = sheets[chosen]
    blank: list[Cell] = [""] * (found.left + max(map(len, found.rows), default=0))
    return [*(blank.copy() for _ in range(found.top)), *([*blank[: found.left], *row] for row in found.rows)]


def rows_under(
    rows: Sequence[Sequence[Cell]], columns: Sequence[str], *, name: str, optional: Sequence[str] = ()
) -> Iterator[SheetRow]:
    """Yield the rows below the first row that holds all of `columns`, blank ones left out.

    Titles above the header do not matter, nor do the order of the columns and others beside them.

    Parameters
    ----------
    rows
        What `sheet_rows` returns.
    columns
        Names in the header, as the publisher writes them.
    name
        What the sheet is called in messages.
    optional
        Names that may be absent: their cells are then empty.

    Raises
    ------
    DataError
        If none of the first rows holds all the names.
    """
    heading, header = 0, list[str]()
    while heading < min(len(rows), _HEADER_WITHIN):
        header = [cell.strip() if isinstance(cell, str) else "" for cell in rows[heading]]
        if set(columns) <= set(header):
            break
        heading += 1
    else:
        first = [str(cell) for row in rows[:_HEADER_WITHIN] for cell in row if cell != ""][:6]
        raise DataError(
            "{name}: no row holds the columns {columns} together; the sheet begins with {first}. Is it another "
            "edition?",
            name=name,
            columns=", ".join(columns),
            first="; ".join(first) or Phrase("nothing"),
        )
    places = {column: header.index(column) for column in (*columns, *optional) if column in header}
    for line, row in enumerate(timed(rows[heading + 1 :]), start=heading + 2):
        cells: dict[str, Cell] = dict.fromkeys(optional, "")
        cells.update({column: row[place] if place < len(row) else "" for column, place in places.items()})
        if any(cell != "" for cell in cells.values()):
            yield SheetRow(line, name, cells)


def _sheets(content: bytes, name: str) -> list[Sheet]:
    if content.startswith(b"PK"):
        workbook_kind(content, name)
    elif content.startswith(COMPOUND):
        demand_compound_workbook(content, name)
    else:
        raise DataError("no XLS, XLSX or ODS file", where="{file}", expected="a workbook", remedy=_REMEDY, file=name)
    return read_sheets(content, name, as_held=True, remedy=_REMEDY)
