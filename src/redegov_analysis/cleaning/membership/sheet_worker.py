"""The cells of a workbook; run apart (`data.apart`), for one may be made so that opening it takes all memory.

It imports nothing of the package.
"""

from __future__ import annotations

import datetime as dt
import io
from typing import Any


class TooManyCellsError(Exception):
    """A workbook holds more cells than may be read."""


def contents(content: bytes, max_rows: int, max_columns: int, max_cells: int) -> dict[str, Any]:
    """Return the sheets, or what is wrong with them under `problem`."""
    import python_calamine as calamine

    try:
        book = calamine.load_workbook(io.BytesIO(content))
        sheets = []
        for about in book.sheets_metadata:
            sheets.append(_sheet(book, about, max_rows, max_columns, max_cells))
            max_cells -= sum(map(len, sheets[-1]["rows"]))
        return {"sheets": sheets}
    except TooManyCellsError:
        return {"problem": "it holds more cells than any list; copy the list alone into a new workbook"}
    except calamine.PasswordError:
        return {"problem": "it is protected by a password; save a copy without it"}
    except MemoryError:
        raise
    except BaseException as error:
        # The reader's own panics are no ordinary exceptions.
        return {"problem": f"{type(error).__name__}: {str(error)[:200]}"}


def _sheet(book: Any, about: Any, max_rows: int, max_columns: int, max_cells: int) -> dict[str, Any]:
    visible = str(about.visible).endswith(".Visible")
    if not (visible and str(about.typ).endswith(".WorkSheet")):
        return {"name": about.name, "hidden": True, "rows": []}
    sheet = book.get_sheet_by_name(about.name)
    if sheet.start is None:
        return {"name": about.name, "hidden": False, "rows": []}
    top, left = sheet.start
    if sheet.height > max_rows or sheet.width > max_columns:
        return {"name": about.name, "hidden": False, "rows": [], "size": [sheet.height, sheet.width]}
    if sheet.height * sheet.width > max_cells:
        raise TooManyCellsError
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
