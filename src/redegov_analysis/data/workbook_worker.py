"""The cells of a workbook; run apart (`data.apart`), for one may be made so that opening it takes all memory.

It imports nothing of the package.
"""

from __future__ import annotations

import datetime as dt
import io
from typing import Any


class TooManyCellsError(Exception):
    """A workbook holds more cells than may be read."""


def contents(content: bytes, as_held: int, max_rows: int, max_columns: int, max_cells: int) -> dict[str, Any]:
    """Return the sheets, or what is wrong with them under `problem`.

    Parameters
    ----------
    content
        The file's bytes.
    as_held
        1 for the cells of all sheets as the workbook holds them; 0 as a person sees them: as text, merged ones filled
        downwards, without the hidden sheets.
    max_rows, max_columns, max_cells
        What may be read of one sheet, and of all.

    Returns
    -------
    dict
        A list of `sheets`: `name`, `hidden`, `rows` (lists of cells), `top` and `left` (how many blank rows and columns
        come before them); instead of rows, the `size` of a sheet that is too large. Or `problem`: `password`, `cells`
        (too many) or `damaged`.
    """
    import python_calamine as calamine

    try:
        book = calamine.load_workbook(io.BytesIO(content))
        sheets = []
        for about in book.sheets_metadata:
            sheets.append(_sheet(book, about, bool(as_held), max_rows, max_columns, max_cells))
            max_cells -= sum(map(len, sheets[-1]["rows"]))
        return {"sheets": sheets}
    except TooManyCellsError:
        return {"problem": "cells"}
    except calamine.PasswordError:
        return {"problem": "password"}
    except MemoryError:
        raise
    except BaseException:
        # The reader's own panics are no ordinary exceptions.
        return {"problem": "damaged"}


def _sheet(book: Any, about: Any, as_held: bool, max_rows: int, max_columns: int, max_cells: int) -> dict[str, Any]:
    found = {"name": about.name, "hidden": False, "rows": [], "top": 0, "left": 0}
    hidden = not (str(about.visible).endswith(".Visible") or as_held)
    if hidden or not str(about.typ).endswith(".WorkSheet"):
        return found | {"hidden": True}
    sheet = book.get_sheet_by_name(about.name)
    if sheet.start is None:
        return found
    top, left = sheet.start
    height, width = sheet.height, sheet.width
    if as_held:
        # What stands far off is as good as a large sheet where blank rows and columns count.
        height, width = height + top, width + left
    if height > max_rows or width > max_columns:
        return found | {"size": [height, width]}
    if height * width > max_cells:
        raise TooManyCellsError
    cells = sheet.to_python(skip_empty_area=True)
    written = _as_held if as_held else _text
    rows = [[written(cell) for cell in row] for row in cells]
    for (first_row, first_column), (last_row, _) in () if as_held else sheet.merged_cell_ranges or ():
        _spread(rows, first_row - top, first_column - left, last_row - top)
    return found | {"rows": rows, "top": top, "left": left}


def _spread(rows: list[list[Any]], top: int, left: int, bottom: int) -> None:
    """Write the text of a merged cell down its first column.

    Across, a merged title or state row must stay one cell: it is told from data by having a single one.
    """
    if not (0 <= top < len(rows) and 0 <= left < len(rows[top])):
        return
    for row in range(top + 1, min(bottom + 1, len(rows))):
        if not rows[row][left]:
            rows[row][left] = rows[top][left]


def _as_held(cell: object) -> object:
    return cell if isinstance(cell, str | int | float) else str(cell)


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
