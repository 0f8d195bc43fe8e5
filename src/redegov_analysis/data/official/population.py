"""The yearly estimates of population as IBGE sends them to the official gazette, footnote marks and all."""

from __future__ import annotations

import re

import pandas as pd

from redegov_analysis.data.official.keys import one_per_code
from redegov_analysis.data.official.spreadsheets import Field, rows_under, sheet_rows
from redegov_analysis.errors import DataError

_SHEET = "MUNICÍPIOS"
_YEAR = re.compile(r"1º DE JULHO DE ([0-9]{4})")
_MARKED = re.compile(r"([0-9]{1,3}(?:[. ][0-9]{3})+|[0-9]+)\s*((?:\([0-9]+\)|\*)*)")


def read_gazette_estimates(content: bytes, *, name: str = "ibge_estimativa_dou.xls") -> pd.DataFrame:
    """Return the estimated population of every municipality.

    Feeds the raw table `demographics`, column `population_2024` for the file of 2024. IBGE marks estimates that
    follow a court's order with a footnote in the very cell, as in `12.345(1)`: the mark is told from the number.

    Parameters
    ----------
    content
        The bytes of the workbook (sheet `MUNICÍPIOS`, a title above the header).
    name
        What the file is called in messages.

    Returns
    -------
    DataFrame
        One row per municipality, sorted by code: `ibge_code`, `name`, `uf` (str), `year` (int64), `population`
        (int64, people on 1 July) and `footnote` (str, the mark as written, missing without one).

    Raises
    ------
    DataError
        If the workbook has another layout, its title names no year, or a cell is no count.
    """
    rows = sheet_rows(content, _SHEET, name=name)
    title = next((str(cell) for row in rows[:5] for cell in row if "JULHO" in str(cell)), "")
    year = _YEAR.search(title)
    if year is None:
        raise DataError(
            "{name}, sheet {sheet}: found the title {title!r}, expected a day such as 1º DE JULHO DE 2024.",
            name=name,
            sheet=_SHEET,
            title=title,
        )
    header = ("UF", "COD. UF", "COD. MUNIC", "NOME DO MUNICÍPIO", "POPULAÇÃO ESTIMADA")
    found = []
    for row in rows_under(rows, header, name=f"{name}, sheet {_SHEET}"):
        if row["COD. MUNIC"].text == "":  # the source and the footnotes at the end
            continue
        code = row["COD. UF"].digits(2) + row["COD. MUNIC"].text.zfill(5)
        if len(code) != 7 or not code.isdecimal():
            raise DataError(
                "{place}: found {text!r}, expected five digits.",
                place=row["COD. MUNIC"].where,
                text=row["COD. MUNIC"].text,
            )
        people, mark = _count(row["POPULAÇÃO ESTIMADA"])
        found.append((code, row["NOME DO MUNICÍPIO"].text, row["UF"].text, int(year[1]), people, mark))
    columns = ["ibge_code", "name", "uf", "year", "population", "footnote"]
    frame = one_per_code(pd.DataFrame(found, columns=columns), name=name)
    return frame.astype({"footnote": "str"})


def _count(field: Field) -> tuple[int, str | None]:
    """Return the count that a cell holds and the footnote mark behind it."""
    match = _MARKED.fullmatch(field.text)
    if match is None:
        raise DataError(
            "{place}: found {text!r}, expected a count such as 12.345 or 12.345(1).", place=field.where, text=field.text
        )
    return int(re.sub("[. ]", "", match[1])), match[2] or None
