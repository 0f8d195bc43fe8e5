"""Lists in workbooks (XLSX, XLS, ODS): each visible sheet is a grid."""

from __future__ import annotations

import io
import re
import zipfile

from redegov_analysis.cleaning.membership.files import ListFile
from redegov_analysis.cleaning.membership.grids import Grid, grid_from
from redegov_analysis.data.archives import BROKEN_ARCHIVE, formulas_without_values
from redegov_analysis.data.deadline import demand_time
from redegov_analysis.data.workbooks import read_sheets
from redegov_analysis.errors import DataError
from redegov_analysis.language import Phrase

_REMEDY = Phrase("Save the list again as XLSX or CSV.")
_EPOCH_1904 = re.compile(rb'<workbookPr\b[^>]*\bdate1904="(?:1|true)"')


def grids_from_workbook(file: ListFile, log: list[Phrase]) -> list[Grid]:
    """Return one grid per visible sheet, each named for its tab; merged cells are filled downwards.

    Raises
    ------
    DataError
        If the workbook is damaged, protected, or would take more than its share of memory or time.
    """
    grids = []
    sheets = read_sheets(file.content, file.name, as_held=False, remedy=_REMEDY)
    epoch = epoch_1904(file)
    for sheet in sheets:
        demand_time()
        if sheet.hidden:
            log.append(Phrase("Sheet {name!r} is hidden or holds no cells: passed over.", {"name": sheet.name}))
            continue
        lines = [(sheet.top + place, [str(cell) for cell in cells]) for place, cells in enumerate(sheet.rows, start=1)]
        grids.append(
            grid_from(lines, file, sheet.name if len(sheets) > 1 else "", heading=sheet.name, epoch_1904=epoch)
        )
    if file.kind == "xlsx" and (formulas := formulas_without_values(file.content)):
        log.append(
            Phrase(
                "{formulas:,} {formulas:formula has no value kept beside it: its cell was|formulas have no value "
                "kept beside them: their cells were} read as empty. Open the file in a spreadsheet, save it, and "
                "give it again.",
                {"formulas": formulas},
            )
        )
    if any(grid.epoch_1904 for grid in grids):
        log.append(Phrase("The workbook counts days from 1904; so are day numbers read."))
    return grids


def epoch_1904(file: ListFile) -> bool | None:
    """Return whether a workbook says that its days count from 1904 (XLSX and XLS say it; ODS has only real dates)."""
    if file.kind == "xlsx":
        try:
            with zipfile.ZipFile(io.BytesIO(file.content)) as archive:
                return bool(_EPOCH_1904.search(archive.read("xl/workbook.xml")[:1_000_000]))
        except BROKEN_ARCHIVE as error:
            raise DataError(
                "a damaged workbook or archive",
                where="{file}",
                remedy="Save it again, or as CSV.",
                file=file.name,
            ) from error
    if file.kind == "xls":
        # The record DATEMODE: number 0x22, two bytes long, 1 for days that count from 1904.
        return b"\x22\x00\x02\x00\x01\x00" in file.content and b"\x22\x00\x02\x00\x00\x00" not in file.content
    return None
