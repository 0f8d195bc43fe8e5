"""Tables of IBGE's SIDRA in the four forms it gives them: CSV, XLSX, the API of values and that of aggregates.

Each reader returns the same columns: `ibge_code`, `name` (without its state), `uf` (str), `year` (int64) and `value`
(float64, in the unit of the variable), one row per municipality and year, sorted. IBGE writes `-` for an absolute zero
and `..`, `...` or `X` where there is no value: those are missing.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from typing import Any, Literal

import pandas as pd

from redegov_analysis.data.deadline import timed
from redegov_analysis.data.official.answers import json_from_bytes, shown
from redegov_analysis.data.official.keys import one_per_code
from redegov_analysis.data.official.spreadsheets import sheet_rows
from redegov_analysis.data.official.territory import STATE_LETTERS
from redegov_analysis.data.reading import number_from_text, text_from_bytes
from redegov_analysis.data.workbooks import Cell
from redegov_analysis.errors import DataError
from redegov_analysis.language import Phrase

_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
_CODE = re.compile(r"[1-5][0-9]{6}")
_CATEGORY = re.compile(r"D(?:[4-9]|[1-9][0-9])C")
_STATE_BEHIND = re.compile(r"\s*(?:\(([A-Z]{2})\)|- ([A-Z]{2}))$")


def read_sidra_csv(content: bytes, *, table: str, name: str = "sidra.csv") -> pd.DataFrame:
    """Return the values of a CSV export with codes: titles above, years in the header, notes below, a decimal comma.

    Table 6579 feeds the raw table `demographics`, column `population_2025`; table 5938 feeds `gdp_2021_kbrl`.

    Parameters
    ----------
    content
        The file's bytes, separated by semicolons.
    table
        Number of the SIDRA table that the file must hold.
    name
        What the file is called in messages.

    Raises
    ------
    DataError
        If the file is of another table, has no header with codes and years, or a value is no number.
    """
    text, _ = text_from_bytes(content)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=";", strict=True))
    except csv.Error as error:
        raise DataError("{name} is no whole CSV export ({error}). Export it again.", name=name, error=error) from error
    _demand_table(rows[0][0] if rows and rows[0] else "", table, name)
    years: list[str] = []
    found = []
    for line, row in enumerate(timed(rows), start=1):
        if row and row[0].startswith("Cód") and len(row) > 2 and _YEAR.fullmatch(row[2]):
            years = row[2:]
        elif row and _CODE.fullmatch(row[0]):
            if len(row) != len(years) + 2:
                raise DataError(
                    "{name}, row {line}: found {shown}, expected a code, a name and {n_years} {n_years:year|years}.",
                    name=name,
                    line=line,
                    shown=shown(row),
                    n_years=len(years),
                )
            found += [(row[0], row[1], year, value) for year, value in zip(years, row[2:], strict=True)]
    return _series(found, ",", name)


def read_sidra_xlsx(content: bytes, *, table: str, name: str = "sidra.xlsx") -> pd.DataFrame:
    """Return the totals of an XLSX export: titles above, years and categories in rows of headers, notes below.

    Table 9514 feeds the raw table `demographics`, column `population_2022`. The names are not in the file: `name` is
    missing.

    Parameters
    ----------
    content
        The bytes of the workbook (sheet `Tabela`).
    table
        Number of the SIDRA table that the file must hold.
    name
        What the file is called in messages.

    Raises
    ------
    DataError
        If the file is of another table, holds categories other than `Total`, names no year, or a value is no number.
    """
    rows = sheet_rows(content, "Tabela", name=name)
    _demand_table(str(rows[0][0]) if rows and rows[0] else "", table, name)
    years: dict[int, str] = {}
    found: list[tuple[str, str | None, str, Cell]] = []
    for line, row in enumerate(timed(rows), start=1):
        code = str(row[0])
        if _CODE.fullmatch(code):
            if not years:
                raise DataError(
                    "{name}, row {line}: found {code} before any row of years.", name=name, line=line, code=code
                )
            others = [str(cell) for place, cell in enumerate(row[1:], start=1) if place not in years and cell != ""]
            if set(others) - {"Total"}:
                raise DataError(
                    "{name}, row {line}: found {shown}; expected totals only: export them again.",
                    name=name,
                    line=line,
                    shown=shown(others),
                )
            found += [(code, None, year, row[place]) for place, year in years.items()]
        elif not years:
            years = {place: str(cell) for place, cell in enumerate(row) if _YEAR.fullmatch(str(cell))}
        elif code == "" and set(map(str, row)) - {"", "Total"}:
            raise DataError(
                "{name}, row {line}: found {shown}; expected the one category Total: export it again.",
                name=name,
                line=line,
                shown=shown(row),
            )
    return _series(found, ",", name)


def read_sidra_values(
    content: bytes, *, variable: str, category: str | None = None, name: str = "apisidra values"
) -> pd.DataFrame:
    """Return the values of an answer of the API of values, `/values/t/{table}/n6/all/v/{variable}/p/{period}`.

    The first record is the header: it tells which of the keys D1C, D1N, D2C, … holds what. Every value is text.

    Parameters
    ----------
    content
        The bytes of the JSON answer.
    variable
        Code of the variable that every record must be of.
    category
        Code of the category of a classification (`/c{classification}/{category}`) that every record must be of, such
        as 77585 for households with internet in table 9936; None where the table is not asked for one.
    name
        What the answer is called in messages.

    Raises
    ------
    DataError
        If the answer is no JSON list with its header, is empty, holds another variable, another category or several of
        them, or a value is no number.

    Examples
    --------
    >>> answer = (
    ...     '[{"V": "Valor", "D1C": "Município (Código)", "D1N": "Município", "D2C": "Variável (Código)", '
    ...     '"D3C": "Ano (Código)"}, {"V": "...", "D1C": "5101837", "D1N": "Boa Esperança do Norte - MT", '
    ...     '"D2C": "9324", "D3C": "2024"}]'
    ... )
    >>> read_sidra_values(answer.encode(), variable="9324").to_dict("records")
    [{'ibge_code': '5101837', 'name': 'Boa Esperança do Norte', 'uf': 'MT', 'year': 2024, 'value': nan}]
    """
    records = json_from_bytes(content, name=name)
    if not isinstance(records, list) or not records or not all(isinstance(record, dict) for record in records):
        raise DataError(
            "{name}: found {shown}, expected a list of records. Try again later.", name=name, shown=shown(records)
        )
    meanings = {str(meaning): key for key, meaning in records[0].items()}
    wanted = ("Valor", "Município (Código)", "Município", "Variável (Código)", "Ano (Código)")
    absent = [meaning for meaning in wanted if meaning not in meanings]
    if absent:
        raise DataError(
            "{name}: the first record has no {absent}; found {shown}. Ask for municipalities (n6), one "
            "variable and years.",
            name=name,
            absent=", ".join(absent),
            shown=shown(records[0]),
        )
    value, code, municipality, variables, year = (meanings[meaning] for meaning in wanted)
    found = []
    for place, record in enumerate(timed(records[1:]), start=2):
        try:
            if str(record[variables]) != variable:
                raise DataError(
                    "{name}, record {place}: found the variable {record!r}, expected {variable!r}.",
                    name=name,
                    place=place,
                    record=record[variables],
                    variable=variable,
                )
            if category is not None and category not in (held := _categories(record, meanings.values())):
                raise DataError(
                    "{name}, record {place}: found the categories {held}, expected {category} among them.",
                    name=name,
                    place=place,
                    held=", ".join(held) or Phrase("none"),
                    category=category,
                )
            found.append((str(record[code]), str(record[municipality]), str(record[year]), str(record[value])))
        except KeyError as error:
            raise DataError(
                "{name}, record {place}: found {shown}, which has no {error}.",
                name=name,
                place=place,
                shown=shown(record),
                error=error,
            ) from error
    return _series(found, ".", name)


def _categories(record: dict[str, Any], keys: Iterable[str]) -> list[str]:
    """Return the codes of a record's categories: those of its fourth dimension and the next ones."""
    return [str(record[key]) for key in sorted(keys) if _CATEGORY.fullmatch(key)]


def read_aggregates(content: bytes, *, variable: str, name: str = "agregados") -> pd.DataFrame:
    """Return the values of an answer of the API of aggregates, version 3, whose series are nested by place.

    Table 5938, variable 37, feeds the raw table `demographics`, columns `gdp_2021_kbrl`, `gdp_2022_kbrl` and
    `gdp_2023_kbrl`, one year a call: the service fails above about 50,000 values.

    Parameters
    ----------
    content
        The bytes of the JSON answer.
    variable
        Code of the variable that the answer must hold.
    name
        What the answer is called in messages.

    Raises
    ------
    DataError
        If the answer is no JSON of that form, is empty, holds another variable or several categories, or a value is
        no number.

    Examples
    --------
    >>> answer = (
    ...     '[{"id": "37", "resultados": [{"classificacoes": [], "series": [{"localidade": {"id": "1100023", '
    ...     '"nome": "Ariquemes (RO)"}, "serie": {"2021": "3211294"}}]}]}]'
    ... )
    >>> read_aggregates(answer.encode(), variable="37")[["ibge_code", "year", "value"]].values.tolist()
    [['1100023', 2021, 3211294.0]]
    """
    variables = json_from_bytes(content, name=name)
    try:
        held = [str(one["id"]) for one in variables]
        if held != [variable]:
            raise DataError(
                "{name}: found the variables {held}, expected {variable} alone.",
                name=name,
                held=", ".join(held) or Phrase("none"),
                variable=variable,
            )
        results = variables[0]["resultados"]
        if len(results) != 1:
            raise DataError(
                "{name}: found {n_results} {n_results:category|categories}, expected one: ask for the total alone.",
                name=name,
                n_results=len(results),
            )
        found = [
            (str(one["localidade"]["id"]), str(one["localidade"]["nome"]), str(year), str(value))
            for one in results[0]["series"]
            for year, value in one["serie"].items()
        ]
    except (KeyError, TypeError, AttributeError) as error:
        raise DataError(
            "{name}: found {shown}, expected series under `resultados` ({kind}: {error}). Try again later.",
            name=name,
            shown=shown(variables),
            kind=type(error).__name__,
            error=error,
        ) from error
    return _series(found, ".", name)


def _demand_table(title: str, table: str, name: str) -> None:
    if not title.lstrip("\ufeff").startswith(f"Tabela {table} "):
        raise DataError(
            "{name}: found the title {title!r}, expected that of SIDRA's table {table}.",
            name=name,
            title=title[:80],
            table=table,
        )


def _series(found: Iterable[tuple[str, str | None, str, Cell]], decimal: Literal[",", "."], name: str) -> pd.DataFrame:
    """Return the common table of all forms from codes, names with their state behind, years and values."""
    rows = []
    for code, written, year, value in timed(found):
        if not _CODE.fullmatch(code) or not _YEAR.fullmatch(year):
            raise DataError(
                "{name}: found {code!r} in {year!r}, expected a municipality's seven digits and a year.",
                name=name,
                code=code,
                year=year,
            )
        if isinstance(value, int | float) and not isinstance(value, bool):
            number: float | None = float(value)
        else:
            try:
                number = number_from_text(str(value), decimal=decimal)
            except DataError as error:
                raise DataError(
                    "{name}, {code} in {year}: {error}", name=name, code=code, year=year, error=error
                ) from error
        bare = None if written is None else _STATE_BEHIND.sub("", written).strip()
        rows.append((code, bare, STATE_LETTERS.get(code[:2]), int(year), number))
    columns = ["ibge_code", "name", "uf", "year", "value"]
    frame = one_per_code(pd.DataFrame(rows, columns=columns), name=name, key=("ibge_code", "year"))
    return frame.astype({"name": "str", "value": "float64"})
