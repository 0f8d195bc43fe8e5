"""Lists of who uses or joined what: the bodies that use the GOV.BR login, and the culture system's list of 2018."""

from __future__ import annotations

import csv
import io
import re
import unicodedata

import pandas as pd

from redegov_analysis.data.deadline import timed
from redegov_analysis.data.official.spreadsheets import rows_under, sheet_rows
from redegov_analysis.data.official.territory import STATE_LETTERS
from redegov_analysis.data.reading import date_from_text, text_from_bytes
from redegov_analysis.errors import DataError

_STATES = {
    "ACRE": "AC", "ALAGOAS": "AL", "AMAPÁ": "AP", "AMAZONAS": "AM", "BAHIA": "BA", "CEARÁ": "CE",
    "DISTRITO FEDERAL": "DF", "ESPÍRITO SANTO": "ES", "GOIÁS": "GO", "MARANHÃO": "MA", "MATO GROSSO": "MT",
    "MATO GROSSO DO SUL": "MS", "MINAS GERAIS": "MG", "PARÁ": "PA", "PARAÍBA": "PB", "PARANÁ": "PR",
    "PERNAMBUCO": "PE", "PIAUÍ": "PI", "RIO DE JANEIRO": "RJ", "RIO GRANDE DO NORTE": "RN", "RIO GRANDE DO SUL": "RS",
    "RONDÔNIA": "RO", "RORAIMA": "RR", "SANTA CATARINA": "SC", "SÃO PAULO": "SP", "SERGIPE": "SE", "TOCANTINS": "TO",
}  # fmt: skip
# The list marks a member with 1 or Sim and the others with a dash or nothing.
_JOINED = {"1": True, "Sim": True, "-": False, "": False}
_Entry = tuple[int, str, str, bool, pd.Timestamp | None]
_STATE_BEHIND = re.compile(r"\s*\([A-Z]{2}\)$")


def read_login_list(content: bytes, *, name: str = "login_unico.xlsx") -> pd.DataFrame:
    """Return the municipal bodies of one of SGD's lists of who uses the GOV.BR login.

    Feeds the raw table `login_adopters`, its rows of the list's day. The two editions differ: that of 2021 has a
    column of spheres and none of municipalities, that of 2022 the reverse. A body is municipal if the list says so
    (sphere `Municipal`) or names its municipality. One that is listed for several of its services counts once.

    Parameters
    ----------
    content
        The bytes of the workbook (first sheet, a blank row above the header).
    name
        What the file is called in messages.

    Returns
    -------
    DataFrame
        `uf`, `entity` (as written, spaces around it dropped) and `municipality` (as written, without its state;
        missing in 2021), all `str`, sorted by entity as computers sort text.

    Raises
    ------
    DataError
        If the workbook has another layout, holds no municipal body, or a state is unknown.
    """
    rows = sheet_rows(content, 0, name=name)
    header = ("Orgão", "Estado")
    found = set()
    told = any("Esfera" in row or "Município" in row for row in rows[:5])
    for row in rows_under(rows, header, name=name, optional=["Esfera", "Município"]) if told else ():
        municipality = _STATE_BEHIND.sub("", row["Município"].text)
        if row["Esfera"].text != "Municipal" and not municipality:
            continue
        if row["Estado"].text not in STATE_LETTERS.values():
            raise DataError(
                "{place}: found {text!r}, expected a state's two letters.",
                place=row["Estado"].where,
                text=row["Estado"].text,
            )
        found.add((row["Orgão"].text, row["Estado"].text, municipality))
    if not found:
        raise DataError(
            "{name}: found no municipal body under the columns Orgão, Estado and Esfera or Município.", name=name
        )
    frame = pd.DataFrame(sorted(found), columns=["entity", "uf", "municipality"], dtype="str")
    frame["municipality"] = frame["municipality"].where(frame["municipality"] != "").astype("str")
    return frame[["uf", "entity", "municipality"]]


def read_culture_list(content: bytes, *, name: str = "snc_list_2018.csv") -> tuple[pd.DataFrame, pd.DataFrame]:
    r"""Return the Ministry of Culture's list of who joined the Sistema Nacional de Cultura, and that of the states.

    Feeds the raw table `snc_adhesions` once the names are resolved to codes, which the list does not have: rows in
    capitals open the block of a state. Six municipalities have a day and the mark of those that had not joined: their
    day is kept, `joined` is false, and they are no members in the raw table.

    Parameters
    ----------
    content
        The bytes of the CSV file: `ente`, `estado_do_processo`, `data_adesao`, days written day first.
    name
        What the file is called in messages.

    Returns
    -------
    tuple of DataFrame
        The municipalities: `line` (in the file, the header is line 1), `uf`, `name` (as written), `joined` (bool) and
        `date` (datetime64, missing where none is given). The states: the same columns, `name` in capitals.

    Raises
    ------
    DataError
        If the file has another header, a row stands above any state, or a mark or a day is unknown: the line.

    Examples
    --------
    >>> text = "ente,estado_do_processo,data_adesao\nACRE, Sim ,11/4/2013\nRio Branco,1,3/5/2013\nFeijó, - , -\n"
    >>> municipalities, states = read_culture_list(text.encode())
    >>> municipalities["joined"].tolist(), states["uf"].tolist()
    ([True, False], ['AC'])
    """
    text, _ = text_from_bytes(content)
    rows = csv.reader(io.StringIO(text, newline=""))
    header = next(rows, [])
    if header != ["ente", "estado_do_processo", "data_adesao"]:
        raise DataError(
            "{name}, line 1: found {header!r}, expected ente,estado_do_processo,data_adesao.",
            name=name,
            header=",".join(header)[:80],
        )
    municipalities: list[_Entry] = []
    states: list[_Entry] = []
    uf = None
    for row in timed(rows):
        line = rows.line_num
        if not any(row):
            continue
        if len(row) != 3 or row[1].strip() not in _JOINED:
            raise DataError(
                "{name}, line {line}: found {row!r}, expected a name, a mark (1, Sim, -) and a day.",
                name=name,
                line=line,
                row=",".join(row),
            )
        entity = unicodedata.normalize("NFC", row[0].strip())
        try:
            day = date_from_text(row[2])
        except DataError as error:
            raise DataError("{name}, line {line}: {error}", name=name, line=line, error=error) from error
        uf = _STATES.get(entity, uf)
        if uf is None:
            raise DataError(
                "{name}, line {line}: found {entity!r} above the first state in capitals.",
                name=name,
                line=line,
                entity=entity,
            )
        one = (line, uf, entity, _JOINED[row[1].strip()], None if day is None else pd.Timestamp(day.date))
        (states if entity in _STATES else municipalities).append(one)
    if not municipalities:
        raise DataError(
            "{name}: found no municipality under {n_states} {n_states:state|states}. Was it cut off?",
            name=name,
            n_states=len(states),
        )
    return _entries(municipalities), _entries(states)


def _entries(rows: list[_Entry]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["line", "uf", "name", "joined", "date"])
    return frame.astype({"uf": "str", "name": "str", "joined": "bool", "date": "datetime64[us]"})
