"""Sheets of a publisher's workbook as rows of cells, and the table that begins at a known header."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from python_calamine import CalamineError, CalamineWorkbook, load_workbook

from redegov_analysis.data.archives import COMPOUND, demand_compound_workbook, workbook_kind
from redegov_analysis.data.deadline import timed
from redegov_analysis.data.reading import number_from_text
from redegov_analysis.errors import DataError
from redegov_analysis.language import Phrase

Cell = int | float | str | bool | dt.time | dt.date | dt.datetime | dt.timedelta

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


def sheet_names(content: bytes, *, name: str) -> list[str]:
    """Return the names of the sheets of an XLS, XLSX or ODS file.

    Parameters
    ----------
    content
        The file's bytes.
    name
        What the file is called in messages.

    Raises
    ------
    DataError
        If the bytes are no workbook.
    """
    return _workbook(content, name).sheet_names


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
        Text, numbers, dates and truth values as the workbook holds them; an empty cell is the empty text.

    Raises
    ------
    DataError
        If the bytes are no workbook, or it has no such sheet: the sheets that it has are named.
    """
    workbook = _workbook(content, name)
    names = workbook.sheet_names
    chosen = sheet if isinstance(sheet, str) else names[sheet] if sheet < len(names) else None
    if chosen not in names:
        raise DataError(
            "{name}: no sheet {sheet!r}; found {names}. Is it another edition?",
            name=name,
            sheet=sheet,
            names=", ".join(names) or Phrase("none"),
        )
    try:
        return workbook.get_sheet_by_name(chosen).to_python(skip_empty_area=False)
    except BaseException as error:
        raise _broken(error, name) from error


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


def _workbook(content: bytes, name: str) -> CalamineWorkbook:
    if content.startswith(b"PK"):
        workbook_kind(content, name)
    elif content.startswith(COMPOUND):
        demand_compound_workbook(content, name)
    try:
        return load_workbook(io.BytesIO(content))
    except BaseException as error:
        raise _broken(error, name) from error


def _broken(error: BaseException, name: str) -> DataError:
    """Return the error for bytes that the reader refuses; what is not the reader's doing goes on as it came."""
    # A panic of the reader, on bytes spoilt in an uncommon way, is no `Exception`.
    if isinstance(error, CalamineError | ValueError | OSError) or type(error).__name__ == "PanicException":
        return DataError(
            "{name} is no XLS, XLSX or ODS file that can be read ({error}). Get it again.", name=name, error=error
        )
    raise error
