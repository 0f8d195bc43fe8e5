"""The cells of a raw CSV file: read as text with the line each row stands on, then typed as its schema says."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from redegov_analysis.data.resources import Column, Table
from redegov_analysis.errors import DataError
from redegov_analysis.language import Phrase
from redegov_analysis.project import Project

_INTEGER = re.compile(r"-?[0-9]+")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True)
class Cells:
    """A CSV file as text.

    Attributes
    ----------
    columns
        The cells of each column, as written, by the column's name in the header.
    lines
        The line of the file on which each row begins; the header is line 1.
    """

    columns: dict[str, list[str]]
    lines: list[int]


def file_bytes(project: Project, table: Table) -> bytes:
    """Return the bytes of the file of `table`, or raise a `DataError` that says how to get it back."""
    try:
        return (project.root / table.path).read_bytes()
    except FileNotFoundError as error:
        raise DataError(
            "{file} is missing", remedy="Restore it with: git checkout -- {file}", file=table.path
        ) from error
    except OSError as error:
        raise DataError(
            "it cannot be read ({error})",
            where="{file}",
            remedy="Check its name and that you may read it.",
            file=table.path,
            error=error.strerror,
        ) from error


def cells_from_bytes(content: bytes, table: Table) -> Cells:
    """Return the cells of a CSV file's bytes, as text.

    Raises
    ------
    DataError
        If the bytes are not UTF-8, or the file has another header than the catalogue's or a row of another length.
    """
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        found = Phrase("found the byte 0x{byte:02x}", {"byte": content[error.start]})
        raise _refused(table, line, found, Phrase("UTF-8 text")) from error
    expected = [column.name for column in table.columns]
    rows: list[list[str]] = []
    lines: list[int] = []
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    begins = 1
    try:
        for row in reader:
            if begins == 1 and row != expected:
                raise _refused(
                    table, 1, Phrase("found the columns {columns}", {"columns": ", ".join(row)}), ", ".join(expected)
                )
            if len(row) != len(expected):
                found = Phrase("found {cells} {cells:cell|cells}", {"cells": len(row)})
                raise _refused(table, begins, found, str(len(expected)))
            rows.append(row)
            lines.append(begins)
            begins = reader.line_num + 1
    except csv.Error as error:
        raise _refused(table, begins, Phrase("not a well-formed CSV row ({error})", {"error": str(error)})) from error
    if not rows:
        raise _refused(table, 1, Phrase("it is empty"), Phrase("the columns {known}", {"known": ", ".join(expected)}))
    columns = dict(zip(expected, map(list, zip(*rows, strict=True)), strict=True))
    return Cells({name: cells[1:] for name, cells in columns.items()}, lines[1:])


def typed_frame(cells: Cells, table: Table) -> pd.DataFrame:
    """Return the table typed by its schema.

    Text and codes become `str`, dates `datetime64[us]`, numbers `float64`, marks of yes and no `boolean`, integers
    `int64` where every cell is required and `Int64` elsewhere.

    Raises
    ------
    DataError
        For the first cell of a column that is not of its type or breaks a constraint: file, line, column, value and
        what was expected.
    """
    return pd.DataFrame({column.name: _typed_column(cells, column, table) for column in table.columns})


def _typed_column(cells: Cells, column: Column, table: Table) -> pd.Series[Any]:
    parse, expectation = _PARSERS[column.type]
    checks = _constraints(column)
    values: list[Any] = []
    for line, cell in zip(cells.lines, cells.columns[column.name], strict=True):
        if cell in column.missing:
            if column.required:
                raise _fault(table, line, column, cell, Phrase("a value in every row"))
            values.append(None)
            continue
        value = parse(cell)
        if value is None:
            raise _fault(table, line, column, cell, expectation)
        for holds, demand in checks:
            if not holds(value):
                raise _fault(table, line, column, cell, demand)
        values.append(value)
    match column.type:
        case "string":
            return pd.Series(values, dtype="str")
        case "integer":
            return pd.Series(values, dtype="int64") if column.required else pd.Series(values, dtype="Int64")
        case "boolean":
            return pd.Series(values, dtype="boolean")
        case "date":
            return pd.Series(np.array(values, dtype="datetime64[us]"))
        case _:
            return pd.Series(np.array(values, dtype="float64"))


def _text(cell: str) -> str | None:
    return cell


def _integer(cell: str) -> int | None:
    return int(cell) if _INTEGER.fullmatch(cell) else None


def _number(cell: str) -> float | None:
    return float(cell) if _NUMBER.fullmatch(cell) else None


def _boolean(cell: str) -> bool | None:
    return {"1": True, "0": False}.get(cell)


def _date(cell: str) -> date | None:
    if not _DATE.fullmatch(cell):
        return None
    try:
        return date.fromisoformat(cell)
    except ValueError:
        return None


_PARSERS: dict[str, tuple[Callable[[str], Any], Phrase]] = {
    "string": (_text, Phrase("text")),
    "integer": (_integer, Phrase("an integer such as 1234")),
    "number": (_number, Phrase("a number such as 1234.56")),
    "boolean": (_boolean, Phrase("1 (yes) or 0 (no)")),
    "date": (_date, Phrase("a day such as 2024-12-31")),
}


def _constraints(column: Column) -> list[tuple[Callable[[Any], bool], str]]:
    checks: list[tuple[Callable[[Any], bool], str]] = []
    enum, minimum, maximum = column.enum, column.minimum, column.maximum
    if enum is not None:
        allowed = frozenset(enum)
        checks.append((lambda value: value in allowed, f"one of {', '.join(enum)}"))
    if column.pattern is not None:
        pattern = re.compile(column.pattern)
        checks.append((lambda value: pattern.fullmatch(value) is not None, f"text of the form {column.pattern}"))
    if minimum is not None:
        checks.append((lambda value: value >= minimum, f"at least {minimum:g}"))
    if maximum is not None:
        checks.append((lambda value: value <= maximum, f"at most {maximum:g}"))
    return checks


def _fault(table: Table, line: int, column: Column, cell: str, expected: str | Phrase) -> DataError:
    found = Phrase("found {found}", {"found": repr(cell) if cell else Phrase("an empty cell")})
    return _refused(table, Phrase("{line}, column {column}", {"line": line, "column": column.name}), found, expected)


def _refused(table: Table, line: int | Phrase, found: Phrase, expected: str | Phrase | None = None) -> DataError:
    """Return the error for what stands on a line of a raw table's file: what was found, and what was expected."""
    return DataError(
        "{found}",
        where="{file}, line {line}",
        expected=None if expected is None else "{known}",
        remedy="Correct the file, or restore it with: git checkout -- {file}",
        file=table.path,
        line=line,
        found=found,
        known=expected,
    )
