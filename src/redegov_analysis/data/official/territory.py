"""The municipalities as IBGE divides the country: the yearly division, the live list, and the areas."""

from __future__ import annotations

from types import MappingProxyType

import pandas as pd

from redegov_analysis.data.deadline import timed
from redegov_analysis.data.official.answers import json_from_bytes, shown
from redegov_analysis.data.official.keys import one_per_code
from redegov_analysis.data.official.spreadsheets import rows_under, sheet_rows
from redegov_analysis.errors import DataError

# The first two digits of a municipality's code are its state's, the first is its region's (IBGE).
STATE_LETTERS = MappingProxyType(
    {
        "11": "RO", "12": "AC", "13": "AM", "14": "RR", "15": "PA", "16": "AP", "17": "TO", "21": "MA", "22": "PI",
        "23": "CE", "24": "RN", "25": "PB", "26": "PE", "27": "AL", "28": "SE", "29": "BA", "31": "MG", "32": "ES",
        "33": "RJ", "35": "SP", "41": "PR", "42": "SC", "43": "RS", "50": "MS", "51": "MT", "52": "GO", "53": "DF",
    }
)  # fmt: skip
REGIONS = MappingProxyType({"1": "Norte", "2": "Nordeste", "3": "Sudeste", "4": "Sul", "5": "Centro-Oeste"})
# Lagoa Mirim and Lagoa dos Patos have codes like municipalities and belong to none.
LAGOONS = frozenset({"4300001", "4300002"})
DIVISION_COLUMNS = (
    "ibge_code", "name", "uf", "uf_name", "region", "immediate_region_code", "immediate_region",
    "intermediate_region_code", "intermediate_region",
)  # fmt: skip


def read_division(content: bytes, *, name: str = "ibge_dtb_municipios.xls") -> pd.DataFrame:
    """Return the municipalities of IBGE's yearly Divisão Territorial Brasileira.

    Feeds the raw table `municipalities`, columns `name`, `uf`, `uf_name`, `region` and those of the two levels of
    regions.

    Parameters
    ----------
    content
        The bytes of the workbook of municipalities (sheet `DTB_Municípios`, six title rows above the header).
    name
        What the file is called in messages.

    Returns
    -------
    DataFrame
        One row per municipality, sorted by code, all `str`: `ibge_code`, `name`, `uf`, `uf_name`, `region`,
        `immediate_region_code`, `immediate_region`, `intermediate_region_code`, `intermediate_region`; and `is_new`
        (bool), which IBGE marks with “Novo!”.

    Raises
    ------
    DataError
        If the workbook has another layout, a code is malformed or stands twice.
    """
    rows = []
    # The mark of new municipalities stands in a column whose header is empty.
    for row in rows_under(sheet_rows(content, 0, name=name), _DIVISION_HEADER, name=name, optional=[""]):
        code = row["Código Município Completo"].digits(7)
        entry = _entry(
            code,
            row["Nome_Município"].text,
            (row["Região Geográfica Imediata"].digits(6), row["Nome Região Geográfica Imediata"].text),
            (row["Região Geográfica Intermediária"].digits(4), row["Nome Região Geográfica Intermediária"].text),
            row["Nome_UF"].text,
            name,
        )
        rows.append({**entry, "is_new": row[""].text == "Novo!"})
    return one_per_code(pd.DataFrame(rows, columns=[*DIVISION_COLUMNS, "is_new"]), name=name)


def read_localidades(content: bytes, *, name: str = "localidades/municipios") -> pd.DataFrame:
    """Return the municipalities of IBGE's live list of places (API `localidades`, version 1).

    Feeds the same columns of the raw table `municipalities` as `read_division`. The newest municipality has no
    microregion there: the list reaches its state through the immediate region, as this reader does for all.

    Parameters
    ----------
    content
        The bytes of the JSON answer.
    name
        What the answer is called in messages.

    Returns
    -------
    DataFrame
        As `read_division`, without `is_new`.

    Raises
    ------
    DataError
        If the answer is no JSON list of municipalities, is empty, or a municipality lacks what is read from it.

    Examples
    --------
    >>> answer = (
    ...     '[{"id": 5101837, "nome": "Boa Esperança do Norte", "microrregiao": null, "regiao-imediata": '
    ...     '{"id": 510008, "nome": "Sorriso", "regiao-intermediaria": {"id": 5103, "nome": "Sinop", '
    ...     '"UF": {"id": 51, "sigla": "MT", "nome": "Mato Grosso"}}}}]'
    ... )
    >>> read_localidades(answer.encode())[["ibge_code", "uf", "region", "immediate_region"]].values.tolist()
    [['5101837', 'MT', 'Centro-Oeste', 'Sorriso']]
    """
    found = json_from_bytes(content, name=name)
    if not isinstance(found, list) or not found:
        raise DataError(
            "{name}: found {shown}, expected a list of municipalities. Try again later.", name=name, shown=shown(found)
        )
    rows = []
    for place, municipality in enumerate(timed(found), start=1):
        try:
            immediate = municipality["regiao-imediata"]
            intermediate = immediate["regiao-intermediaria"]
            rows.append(
                _entry(
                    str(municipality["id"]),
                    str(municipality["nome"]).strip(),
                    (str(immediate["id"]), str(immediate["nome"]).strip()),
                    (str(intermediate["id"]), str(intermediate["nome"]).strip()),
                    str(intermediate["UF"]["nome"]).strip(),
                    name,
                )
            )
        except (KeyError, TypeError, IndexError) as error:
            raise DataError(
                "{name}, entry {place}: found {shown}, expected `id`, `nome` and "
                "`regiao-imediata.regiao-intermediaria.UF` ({kind}: {error}).",
                name=name,
                place=place,
                shown=shown(municipality),
                kind=type(error).__name__,
                error=error,
            ) from error
    return one_per_code(pd.DataFrame(rows, columns=list(DIVISION_COLUMNS)), name=name)


def read_areas(content: bytes, *, name: str = "ibge_areas.xlsx", year: int = 2022) -> pd.DataFrame:
    """Return the area of every municipality, the two lagoons of Rio Grande do Sul left out.

    Feeds the raw table `municipalities`, column `area_km2`.

    Parameters
    ----------
    content
        The bytes of the workbook (one sheet per level; `AR_BR_MUN_2022` is read).
    name
        What the file is called in messages.
    year
        The year in the sheet's and the column's name.

    Returns
    -------
    DataFrame
        One row per municipality, sorted by code: `ibge_code`, `name`, `uf` (str) and `area_km2` (float).

    Raises
    ------
    DataError
        If the workbook has another layout, a code is malformed or stands twice, or an area is no number.
    """
    sheet, column = f"AR_BR_MUN_{year}", f"AR_MUN_{year}"
    rows = []
    header = ("NM_UF_SIGLA", "CD_MUN", "NM_MUN", column)
    for row in rows_under(sheet_rows(content, sheet, name=name), header, name=f"{name}, sheet {sheet}"):
        if row["CD_MUN"].text == "":  # notes at the end
            continue
        code = row["CD_MUN"].digits(7)
        if code not in LAGOONS:
            area = row[column].number
            rows.append(
                {"ibge_code": code, "name": row["NM_MUN"].text, "uf": row["NM_UF_SIGLA"].text, "area_km2": area}
            )
    frame = pd.DataFrame(rows, columns=["ibge_code", "name", "uf", "area_km2"])
    return one_per_code(frame.astype({"area_km2": "float64"}), name=name)


_DIVISION_HEADER = (
    "Nome_UF", "Região Geográfica Intermediária", "Nome Região Geográfica Intermediária",
    "Região Geográfica Imediata", "Nome Região Geográfica Imediata", "Código Município Completo", "Nome_Município",
)  # fmt: skip


def _entry(
    code: str, municipality: str, immediate: tuple[str, str], intermediate: tuple[str, str], uf_name: str, name: str
) -> dict[str, str]:
    letters = STATE_LETTERS.get(code[:2])
    if letters is None or len(code) != 7 or not code.isascii() or not code.isdecimal():
        raise DataError(
            "{name}: found the code {code!r}, expected seven digits that begin with a state's two.",
            name=name,
            code=code,
        )
    if not municipality[:1].isalpha():
        raise DataError(
            "{name}: found {municipality!r} as the name of {code}, expected a name.",
            name=name,
            municipality=municipality,
            code=code,
        )
    values = (code, municipality, letters, uf_name, REGIONS[code[0]], *immediate, *intermediate)
    return dict(zip(DIVISION_COLUMNS, values, strict=True))
