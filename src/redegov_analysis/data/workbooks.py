"""Workbooks (XLSX, XLS, ODS) of anyone, read by a program apart so that none can take all memory or never end."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from redegov_analysis.data.apart import TOO_MUCH_MEMORY, OutOfMemoryError, read_apart
from redegov_analysis.errors import DataError
from redegov_analysis.language import Phrase

MEMORY_BYTES = 1_000_000_000
MAX_ROWS = 100_000
"""Most rows of a sheet; the longest list that anyone publishes of municipalities has a third of that."""
MAX_COLUMNS = 300
MAX_CELLS = 2_000_000
"""Most cells of a workbook: as many rows as there may be, of twenty columns."""

Cell = int | float | str | bool

_READER = Path(__file__).with_name("workbook_worker.py")
_PROBLEMS = {
    "password": Phrase("it is protected by a password; save a copy without it"),
    "cells": Phrase("it holds more cells than any list; copy the list alone into a new workbook"),
    "damaged": Phrase("it is damaged, or no workbook"),
    "memory": TOO_MUCH_MEMORY,
}


@dataclass(frozen=True)
class Sheet:
    """One sheet of a workbook.

    Attributes
    ----------
    name
        What its tab says.
    hidden
        Whether it is not shown to a person, or is no sheet of cells.
    rows
        Its cells from the first that holds something on; an empty one is the empty text.
    top, left
        How many rows and columns come before them.
    """

    name: str
    hidden: bool
    rows: list[list[Cell]]
    top: int
    left: int


def read_sheets(content: bytes, name: str, *, as_held: bool, remedy: Phrase) -> list[Sheet]:
    """Return the sheets of a workbook, within the time that is left for it (see `deadline.time_limit`).

    Parameters
    ----------
    content
        The bytes of an XLS, XLSX or ODS file that `archives` let pass.
    name
        What the file is called in messages.
    as_held
        Whether cells come as the workbook holds them, days as text, of hidden sheets too; otherwise as a person sees
        them: all as text, merged ones filled downwards, hidden sheets without their cells.
    remedy
        What to do about a workbook that cannot be opened.

    Raises
    ------
    DataError
        If it is damaged, protected, beyond the limits, or takes more than its share of memory or time.
    """
    try:
        found = read_apart(_READER, content, MEMORY_BYTES, (int(as_held), MAX_ROWS, MAX_COLUMNS, MAX_CELLS))
    except OutOfMemoryError:
        found = {"problem": "memory"}
    if "problem" in found:
        raise DataError(
            "it cannot be opened: {problem}",
            where="{file}",
            remedy=remedy,
            file=name,
            problem=_PROBLEMS[found["problem"]],
        )
    for sheet in found["sheets"]:
        if "size" in sheet:
            rows, columns = sheet["size"]
            raise DataError(
                "{rows:,} {rows:row|rows} and {columns:,} {columns:column|columns}",
                where="{file}, sheet {sheet!r}",
                expected="at most {most_rows:,} and {most_columns:,}",
                remedy=remedy if as_held else Phrase("Copy the list alone into a new sheet."),
                file=name,
                sheet=sheet["name"],
                rows=rows,
                columns=columns,
                most_rows=MAX_ROWS,
                most_columns=MAX_COLUMNS,
            )
    return [Sheet(**sheet) for sheet in found["sheets"]]
