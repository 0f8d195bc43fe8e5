"""What other publishers measure of municipalities: the Treasury's CAPAG and Anatel's index of connectivity."""

from __future__ import annotations

import pandas as pd

from redegov_analysis.data.official.keys import one_per_code
from redegov_analysis.data.official.spreadsheets import Field, rows_under, sheet_rows
from redegov_analysis.errors import DataError

RATINGS = ("A+", "A", "B+", "B", "C", "D")
NO_RATING = ("n.d.", "n.e.", "")
_INDICATORS = ("Indicador 1", "Indicador 2", "Indicador 3")
_GRADES = ("Nota 1", "Nota 2", "Nota 3")


def read_capag(content: bytes, *, name: str = "capag.xlsx") -> pd.DataFrame:
    """Return the Treasury's rating of each municipality's capacity to pay (CAPAG), years stacked.

    Feeds the raw table `demographics`, columns `capag_2022` and `capag_2023`.

    Parameters
    ----------
    content
        The bytes of the workbook, whose first sheet stacks the years.
    name
        What the file is called in messages.

    Returns
    -------
    DataFrame
        One row per municipality and year, sorted: `ibge_code`, `name`, `uf` (str), `year` (int64); `debt`, `savings`
        and `liquidity`, the indicators 1 to 3 (float, ratios), with `debt_grade`, `savings_grade`, `liquidity_grade`;
        `capag` (str, missing where there is no rating) and `capag_written` (str, with the publisher's `n.d.`, no data,
        and `n.e.`, accounts not in order: neither is a bad rating).

    Raises
    ------
    DataError
        If the workbook has another layout, a code stands twice in a year, or a rating is unknown.
    """
    header = ("cod", "Nome_Município", "UF", "ano", *_INDICATORS, *_GRADES, "CAPAG")
    rows = []
    for row in rows_under(sheet_rows(content, 0, name=name), header, name=name):
        rating = row["CAPAG"].text
        if rating not in RATINGS and rating not in NO_RATING:
            raise DataError(
                "{place}: found {rating!r}, expected one of {ratings}, n.d., n.e.",
                place=row["CAPAG"].where,
                rating=rating,
                ratings=", ".join(RATINGS),
            )
        rows.append(
            (
                row["cod"].digits(7),
                row["Nome_Município"].text,
                row["UF"].text,
                int(row["ano"].digits(4)),
                *(_indicator(row[column]) for column in _INDICATORS),
                *(row[column].text if row[column].text in RATINGS else None for column in _GRADES),
                rating if rating in RATINGS else None,
                rating,
            )
        )
    grades = ["debt_grade", "savings_grade", "liquidity_grade"]
    numbers = ["debt", "savings", "liquidity"]
    columns = ["ibge_code", "name", "uf", "year", *numbers, *grades, "capag", "capag_written"]
    frame = one_per_code(pd.DataFrame(rows, columns=columns), name=name, key=("ibge_code", "year"))
    return frame.astype(dict.fromkeys(numbers, "float64") | dict.fromkeys([*grades, "capag", "capag_written"], "str"))


def read_connectivity(content: bytes, *, name: str = "anatel_ibc.xlsx") -> pd.DataFrame:
    """Return Anatel's Índice Brasileiro de Conectividade and its parts.

    Feeds the raw table `demographics`, columns `mobile_coverage_2023`, `fixed_broadband_density_weighted_2023` and
    `has_fibre_backhaul_2023` for the year 2023.

    Parameters
    ----------
    content
        The bytes of the panel's export (first sheet).
    name
        What the file is called in messages.

    Returns
    -------
    DataFrame
        One row per municipality, sorted by code: `ibge_code`, `name`, `uf` (str), `year` (int64), `index` (0–100),
        `mobile_coverage_share` (of residents, 4G or 5G, 0–1), `fixed_broadband_density` (subscriptions per 100
        inhabitants, weighted) as float, and `has_fibre_backhaul` (boolean, missing where not told).

    Raises
    ------
    DataError
        If the workbook has another layout, holds several years of one municipality, or a cell is not as expected.
    """
    mobile, fixed, fibre = "Cobertura Pop. 4G5G", "Densidade SCM Ponderada", "Presença de fibra"
    header = ("Ano", "Código IBGE", "Município", "UF", "IBC", mobile, fixed, fibre)
    rows = []
    for row in rows_under(sheet_rows(content, 0, name=name), header, name=name):
        uf = row["UF"].text
        rows.append(
            (
                row["Código IBGE"].digits(7),
                row["Município"].text.removesuffix(f" - {uf}"),
                uf,
                int(row["Ano"].digits(4)),
                row["IBC"].number,
                row[mobile].number,
                row[fixed].number,
                _yes(row[fibre]),
            )
        )
    numbers = ["index", "mobile_coverage_share", "fixed_broadband_density"]
    columns = ["ibge_code", "name", "uf", "year", *numbers, "has_fibre_backhaul"]
    frame = pd.DataFrame(rows, columns=columns).astype({"has_fibre_backhaul": "boolean"})
    return one_per_code(frame, name=name).astype(dict.fromkeys(numbers, "float64"))


def _indicator(field: Field) -> float | None:
    return None if field.text in NO_RATING else field.number


def _yes(field: Field) -> bool | None:
    marks = {"Sim": True, "Não": False, "": None}
    if field.text not in marks:
        raise DataError("{place}: found {text!r}, expected Sim or Não.", place=field.where, text=field.text)
    return marks[field.text]
