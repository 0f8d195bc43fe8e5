from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest

from redegov_analysis.cleaning.membership import read_membership
from redegov_analysis.cleaning.membership.dates import FIRST_DAY, DateForm, read_date
from redegov_analysis.errors import DataError, ParameterError

LAST_DAY = dt.date(2025, 12, 31)
Write = Callable[..., Path]


@pytest.mark.parametrize(
    ("text", "day", "precision"),
    [
        ("31/12/2023", "2023-12-31", "day"),
        ("31/12/2023 00:00", "2023-12-31", "day"),
        ("2023-12-31T00:00:00", "2023-12-31", "day"),
        ("31.12.2023", "2023-12-31", "day"),
        ("1/2/2024", "2024-02-01", "day"),
        ("8/12/25", "2025-12-08", "day"),
        ("20231231", "2023-12-31", "day"),
        ("45291", "2023-12-31", "day"),
        ("1º de março de 2024", "2024-03-01", "day"),
        ("sexta-feira, 1 de março de 2024", "2024-03-01", "day"),
        ("dez/2023", "2023-12-01", "month"),
        ("dez/23", "2023-12-01", "month"),
        ("12/2023", "2023-12-01", "month"),
        ("dezembro de 2023", "2023-12-01", "month"),
        ("abril/2019", "2019-04-04", "month"),
        ("2019", "2019-04-04", "year"),
        ("2025", "2025-01-01", "year"),
    ],
)
def test_written_dates_are_read(text: str, day: str, precision: str) -> None:
    found = read_date(text, DateForm(), FIRST_DAY, LAST_DAY).date
    assert found is not None
    assert (found.date.isoformat(), found.precision) == (day, precision)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("31/02/2023", "bad_date"),
        ("12/31/2023", "bad_date"),
        ("ontem", "bad_date"),
        ("1703980800000", "bad_date"),
        ("03/04/2019", "too_early"),
        ("2018", "too_early"),
        ("mar/2019", "too_early"),
        ("01/01/2026", "after_snapshot"),
        ("2026", "after_snapshot"),
    ],
)
def test_impossible_dates_are_refused_with_the_cell_in_the_reason(text: str, problem: str) -> None:
    found = read_date(text, DateForm(), FIRST_DAY, LAST_DAY)
    assert (found.date, found.problem) == (None, problem)
    assert text in str(found.reason)


@pytest.mark.parametrize("text", ["", " - ", "–", "s/d", "sem data", "N/A", "//"])
def test_no_date_is_no_date(text: str) -> None:
    assert read_date(text, DateForm(), FIRST_DAY, LAST_DAY) == (None, None, None)


def test_day_numbers_count_from_1904_where_the_workbook_says_so(write: Write, make_xlsx: Callable[..., bytes]) -> None:
    rows = [["Município", "UF", "Adesão"], ["Campinas", "SP", "@43829"], ["Santos", "SP", "43830"]]
    table = read_membership(write("mac.xlsx", make_xlsx({"A": rows}, epoch_1904=True)), LAST_DAY)
    assert [f"{day:%Y-%m-%d}" for day in table.members["joined_on"]] == ["2023-12-31", "2024-01-01"]


def test_day_numbers_that_fit_only_from_1904_are_asked_about(write: Write) -> None:
    path = write("list.csv", "Município;UF;Adesão\nCampinas;SP;42735\nSantos;SP;42736\n")
    with pytest.raises(DataError, match="count from 1904"):
        read_membership(path, LAST_DAY)
    table = read_membership(path, LAST_DAY, {"date_system": 1904})
    assert [f"{day:%Y-%m-%d}" for day in table.members["joined_on"]] == ["2021-01-01", "2021-01-02"]


def test_dates_that_begin_with_the_month_are_asked_about(write: Write) -> None:
    path = write("list.csv", "Município;UF;Adesão\nCampinas;SP;12/31/2023\nSantos;SP;1/2/2024\n")
    with pytest.raises(DataError, match="begin with the month"):
        read_membership(path, LAST_DAY)
    table = read_membership(path, LAST_DAY, {"date_order": "month"})
    assert [f"{day:%Y-%m-%d}" for day in table.members["joined_on"]] == ["2023-12-31", "2024-01-02"]
    assert read_membership(path, LAST_DAY, {"date_order": "day"}).rejected["problem"].tolist() == ["bad_date"]


def test_a_list_from_before_the_network_is_asked_about(write: Write) -> None:
    path = write("list.csv", "Município;UF;Adesão\nCampinas;SP;01/02/2013\nSantos;SP;01/02/2014\nBauru;SP;01/02/2020\n")
    with pytest.raises(DataError, match=r"another network.*2 of its 3 dates.*--from 2013-02-01"):
        read_membership(path, LAST_DAY)
    assert len(read_membership(path, LAST_DAY, first_day=dt.date(2012, 1, 1)).members) == 3
    with pytest.raises(ParameterError, match="before the network's first day"):
        read_membership(path, dt.date(2011, 1, 1))


def test_the_same_municipality_twice_keeps_the_earliest_date(write: Write) -> None:
    text = (
        "Município;UF;Adesão\nCampinas;SP;06/03/2022\nCampinas;SP;2021\nCampinas;SP;05/03/2022\nSantos;SP;2021\n"
        "Santos;SP;\nSantos;SP;05/03/2021\nBauru;SP;\nBauru;SP;\n"
    )
    table = read_membership(write("list.csv", text), LAST_DAY, {"undated": "member"})
    kept = [None if day != day else f"{day:%Y-%m-%d}" for day in table.members["joined_on"]]
    assert kept == [None, "2021-01-01", "2021-03-05"]
    assert table.members["line"].tolist() == [8, 3, 7]
    told = table.duplicates[["line", "kept_line", "conflict"]].to_numpy().tolist()
    assert told == [[2, 3, True], [4, 3, True], [5, 7, False], [6, 7, False], [9, 8, False]]
