"""The municipalities of a day, their codes, and which code a written name stands for."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pandas as pd

from redegov_analysis.cleaning.codes import CHECK_DIGIT_EXCEPTIONS, check_digit, is_valid_code, parse_codes
from redegov_analysis.cleaning.names import match_names
from redegov_analysis.errors import ParameterError

if TYPE_CHECKING:
    from redegov_analysis.project import Project

__all__ = [
    "CHECK_DIGIT_EXCEPTIONS",
    "FIRST_DAY",
    "INSTALLED",
    "check_digit",
    "is_valid_code",
    "match_names",
    "parse_codes",
    "universe",
    "valid_from",
]

FIRST_DAY = dt.date(2013, 1, 1)
"""The list is complete from this day, when the last five municipalities before 2025 were installed."""

INSTALLED = {"5101837": dt.date(2025, 1, 1)}
"""Entries younger than `FIRST_DAY`: Boa Esperança do Norte (MT), split from Sorriso and Nova Ubiratã."""


def universe(on: dt.date, *, project: Project | None = None) -> pd.DataFrame:
    """Return the entries of the list of municipalities that are in force on a day.

    The list holds the municipalities, Brasília and Fernando de Noronha: 5,570 entries to 2024-12-31 and 5,571 from
    2025-01-01 (IBGE, Divisão Territorial Brasileira 2024).

    Parameters
    ----------
    on
        A day from 2013-01-01 on.
    project
        The project to read from; the one of the working directory unless given.

    Returns
    -------
    DataFrame
        The raw table `municipalities` with `valid_from`, sorted by `ibge_code`.

    Raises
    ------
    ParameterError
        If the day is before 2013-01-01.

    Examples
    --------
    >>> len(universe(dt.date(2024, 12, 31))), len(universe(dt.date(2025, 1, 1)))
    (5570, 5571)
    """
    from redegov_analysis.data.catalogue import read_table

    day = pd.Timestamp(on)
    if day < pd.Timestamp(FIRST_DAY):
        raise ParameterError(
            "The list of municipalities is known from {first_day} on; asked for {day:%Y-%m-%d}.",
            first_day=FIRST_DAY,
            day=day,
        )
    table = read_table("municipalities", project)
    table = table.assign(valid_from=valid_from(table["ibge_code"]))
    return table[table["valid_from"] <= day].sort_values("ibge_code", ignore_index=True)


def valid_from(codes: pd.Series) -> pd.Series:
    """Return the day from which each entry is in force; `FIRST_DAY` stands for "by then at the latest".

    Parameters
    ----------
    codes
        Codes of seven digits.

    Returns
    -------
    Series
        Days, with the index of `codes`, named `valid_from`.
    """
    days = codes.map(INSTALLED).fillna(FIRST_DAY)
    return pd.to_datetime(days).astype("datetime64[us]").rename("valid_from")
