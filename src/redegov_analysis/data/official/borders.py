"""Who borders on whom, on another country and on the sea: IBGE's workbook of neighbouring municipalities."""

from __future__ import annotations

import pandas as pd

from redegov_analysis.data.official.keys import one_per_code
from redegov_analysis.data.official.spreadsheets import rows_under, sheet_rows
from redegov_analysis.data.official.territory import LAGOONS
from redegov_analysis.errors import DataError
from redegov_analysis.language import Phrase

NEIGHBOURS, COUNTRIES, SEA = (
    "Municípios Limítrofes",
    "Limítrofes com Limite Internacional",
    "Limítrofes com Oceano Atlântico",
)


def read_neighbours(content: bytes, *, name: str = "ibge_limitrofes.xls") -> pd.DataFrame:
    """Return every pair of municipalities that share a border, once, the two lagoons left out.

    Feeds the raw table `neighbours`, all of it. The workbook lists each pair from both sides, and its word is taken
    only where the two sides agree. The two islands without a neighbour stand there with none and give no row.

    Parameters
    ----------
    content
        The bytes of the workbook; its first sheet, `Municípios Limítrofes`, is read.
    name
        What the file is called in messages.

    Returns
    -------
    DataFrame
        One row per pair, in the workbook's order: `ibge_code_a` and `ibge_code_b` (str, the smaller code first) and
        `border_km` (float; 0 where they meet in a point).

    Raises
    ------
    DataError
        If the workbook has another layout, a pair is listed from one side only, or the two sides differ in length.
    """
    sides: dict[tuple[str, str], float] = {}
    for row in rows_under(sheet_rows(content, NEIGHBOURS, name=name), ("CD_MUN", "CD_LIM", "COMP_KM"), name=name):
        code = row["CD_MUN"].digits(7)
        if row["CD_LIM"].text == "":
            continue
        other, length = row["CD_LIM"].digits(7), row["COMP_KM"].number
        if code in LAGOONS or other in LAGOONS:
            continue
        if length is None or (code, other) in sides:
            what = Phrase("no length") if length is None else Phrase("a second row")
            raise DataError(
                "{name}, row {line}: found {what} for the border of {code} with {other}.",
                name=name,
                line=row.line,
                what=what,
                code=code,
                other=other,
            )
        sides[code, other] = length
    pairs = []
    for (code, other), length in sides.items():
        back = sides.get((other, code))
        if back != length:
            found = Phrase("no row") if back is None else f"{back:g} km"
            raise DataError(
                "{name}: the border of {code} with {other} has {length:g} km, back from there {found}.",
                name=name,
                code=code,
                other=other,
                length=length,
                found=found,
            )
        pairs.append((min(code, other), max(code, other), length))
    frame = pd.DataFrame(pairs, columns=["ibge_code_a", "ibge_code_b", "border_km"]).drop_duplicates(ignore_index=True)
    if frame.empty:
        raise DataError("{name}: found no pair of neighbours. Is it another edition?", name=name)
    return frame.astype({"ibge_code_a": "str", "ibge_code_b": "str", "border_km": "float64"})


def read_country_borders(content: bytes, *, name: str = "ibge_limitrofes.xls") -> pd.DataFrame:
    """Return the municipalities on the border of another country.

    Feeds no raw table. From the same workbook as `read_neighbours`.

    Returns
    -------
    DataFrame
        One row per municipality and country, sorted: `ibge_code`, `name`, `country` (as written, in Portuguese) and
        `border_km` (float). The lagoons are left out.

    Raises
    ------
    DataError
        If the workbook has another layout.
    """
    header = ("CD_MUN", "NM_MUN", "PAIS_LIM", "COMP_INT")
    rows = [
        (row["CD_MUN"].digits(7), row["NM_MUN"].text, row["PAIS_LIM"].text, row["COMP_INT"].number)
        for row in rows_under(sheet_rows(content, COUNTRIES, name=name), header, name=f"{name}, sheet {COUNTRIES}")
    ]
    # Lagoa Mirim borders on Uruguay.
    rows = [row for row in rows if row[0] not in LAGOONS]
    frame = pd.DataFrame(rows, columns=["ibge_code", "name", "country", "border_km"])
    return one_per_code(frame.astype({"border_km": "float64"}), name=name, key=("ibge_code", "country"))


def read_coastline(content: bytes, *, name: str = "ibge_limitrofes.xls") -> pd.DataFrame:
    """Return the municipalities on the Atlantic.

    Feeds no raw table. From the same workbook as `read_neighbours`; lengths of coast depend on the map's scale.

    Returns
    -------
    DataFrame
        One row per municipality, sorted by code: `ibge_code`, `name`, `coast_km` (float). The lagoons are left out.

    Raises
    ------
    DataError
        If the workbook has another layout.
    """
    rows = [
        (row["CD_MUN"].digits(7), row["NM_MUN"].text, row["COMP_OA"].number)
        for row in rows_under(
            sheet_rows(content, SEA, name=name), ("CD_MUN", "NM_MUN", "COMP_OA"), name=f"{name}, sheet {SEA}"
        )
    ]
    frame = pd.DataFrame([row for row in rows if row[0] not in LAGOONS], columns=["ibge_code", "name", "coast_km"])
    return one_per_code(frame.astype({"coast_km": "float64"}), name=name)
