"""Which reader opens which kind of file: any list becomes grids of cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from redegov_analysis.cleaning.membership.delimited import grids_from_text
from redegov_analysis.cleaning.membership.pages import grids_from_page
from redegov_analysis.cleaning.membership.pdfs import grids_from_pdf
from redegov_analysis.cleaning.membership.records import grids_from_json
from redegov_analysis.cleaning.membership.sheets import grids_from_workbook
from redegov_analysis.errors import DataError
from redegov_analysis.language import Phrase

if TYPE_CHECKING:
    from redegov_analysis.cleaning.membership.files import ListFile
    from redegov_analysis.cleaning.membership.grids import Grid


def no_rows(name: str) -> DataError:
    """Return the error for a file in which nothing stands that could be a row of a list."""
    return DataError(
        "it holds no rows",
        where="{file}",
        expected="a list of municipalities",
        remedy="Check that it is the right file and was saved whole.",
        file=name,
    )


def read_grids(file: ListFile, log: list[Phrase]) -> list[Grid]:
    """Return the grids of a file that hold anything, and add to the log how it was read.

    Raises
    ------
    DataError
        If the file is broken or beyond the limits.
    """
    if file.encoding:
        log.append(Phrase("Encoding: {encoding}.", {"encoding": file.encoding}))
    reader = {
        "text": grids_from_text, "html": grids_from_page, "json": grids_from_json, "pdf": grids_from_pdf,
    }.get(file.kind, grids_from_workbook)  # fmt: skip
    grids = [grid for grid in reader(file, log) if grid.rows]
    if not grids:
        raise no_rows(file.name)
    return grids
