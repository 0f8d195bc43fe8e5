"""Reads a workbook from standard input and writes its cells as JSON; runs apart, within limits of memory and time.

A workbook may be made so that opening it takes all memory. This file is run as a program of its own, so that at worst
the program ends, and it imports nothing of the package.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import sys
from typing import Any


def main(memory: int, seconds: int, max_rows: int, max_columns: int) -> None:
    """Read the workbook within so many bytes of memory and seconds of processor time."""
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    except (ImportError, ValueError, OSError):
        # Where the system has no such limits, the caller's deadline still holds.
        pass
    json.dump(workbook(sys.stdin.buffer.read(), max_rows, max_columns), sys.stdout)


def workbook(content: bytes, max_rows: int, max_columns: int) -> dict[str, Any]:
    """Return the sheets, or what is wrong with them under `problem`."""
    import python_calamine as calamine

    try:
        book = calamine.load_workbook(io.BytesIO(content))
        return {"sheets": [_sheet(book, sheet, max_rows, max_columns) for sheet in book.sheets_metadata]}
    except calamine.PasswordError:
        return {"problem": "it is protected by a password; save a copy without it"}
    except MemoryError:
        raise
    except BaseException as error:
        # The reader's own panics are no ordinary exceptions.
        return {"problem": f"{type(error).__name__}: {str(error)[:200]}"}


def _sheet(book: Any, about: Any, max_rows: int, max_columns: int) -> dict[str, Any]:
    visible = str(about.visible).endswith(".Visible")
    if not (visible and str(about.typ).endswith(".WorkSheet")):
        return {"name": about.name, "hidden": True, "rows": []}
    sheet = book.get_sheet_by_name(about.name)
    if sheet.start is None:
        return {"name": about.name, "hidden": False, "rows": []}
    top, left = sheet.start
    if sheet.height > max_rows or sheet.width > max_columns:
        return {"name": about.name, "hidden": False, "rows": [], "size": [sheet.height, sheet.width]}
    rows = [[_text(cell) for cell in row] for row in sheet.to_python(skip_empty_area=True)]
    for (first_row, first_column), (last_row, _) in sheet.merged_cell_ranges or ():
        _spread(rows, first_row - top, first_column - left, last_row - top)
    return {"name": about.name, "hidden": False, "first": top + 1, "rows": rows}


def _spread(rows: list[list[str]], top: int, left: int, bottom: int) -> None:
    """Write the text of a merged cell down its first column.

    Across, a merged title or state row must stay one cell: it is told from data by having a single one.
    """
    if not (0 <= top < len(rows) and 0 <= left < len(rows[top])):
        return
    for row in range(top + 1, min(bottom + 1, len(rows))):
        if not rows[row][left]:
            rows[row][left] = rows[top][left]


def _text(cell: object) -> str:
    if isinstance(cell, bool):
        return "sim" if cell else "não"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat()
    if isinstance(cell, dt.date):
        return cell.isoformat()
    return str(cell)


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
