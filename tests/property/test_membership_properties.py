from __future__ import annotations

import contextlib
import datetime as dt
import tempfile
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redegov_analysis.cleaning.membership import MembershipTable, read_membership
from redegov_analysis.cleaning.membership.files import open_list
from redegov_analysis.data.catalogue import read_table
from redegov_analysis.errors import DataError, RedegovError

DAY = dt.date(2025, 12, 31)
HEADINGS = ["Município", "UF", "Data de adesão", "Situação"]
ANSWERS = {"undated": "member", "date_order": "day", "date_system": 1900}
TOWNS = read_table("municipalities")[["name", "uf"]].to_numpy().tolist()

towns = st.sampled_from(TOWNS[::40])
odd = st.sampled_from(
    [["Qwxz", "SP"], ["", "AC"], ["Campinas", "XX"], ["Campinas", "RR"], ["Governo do Acre", "AC"], ["Bahia", "BA"],
     ["Consórcio ABC", "SP"], ["Câmara Municipal de Santos", "SP"]]
)  # fmt: skip
days = st.sampled_from(
    ["", "-", "05/03/2021", "2021-03-05", "2022", "mar/2021", "31/02/2023", "01/01/2019", "02/02/2027", "45000", "x"]
)
rows = st.tuples(st.one_of(towns, towns, odd), days, st.sampled_from(["Sim", "Sim", "Não", "-", ""]))
drawn = st.lists(rows.map(lambda row: [*row[0], row[1], row[2]]), max_size=25)
FIRST = [["Campinas", "SP", "05/03/2021", "Sim"], ["Santos", "SP", "06/03/2021", "Sim"]]
lists = drawn.map(lambda some: FIRST * (1 + len(some) // 4) + some)
"""Lists of which a third at least are municipalities: a column that names fewer is asked about."""


def read(cells: list[list[str]]) -> MembershipTable:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list.csv"
        path.write_text("".join(";".join(row) + "\n" for row in cells), encoding="utf-8")
        return read_membership(path, DAY, ANSWERS, first_day=dt.date(2010, 1, 1))


def said(table: MembershipTable) -> tuple[pd.DataFrame, list[list[str]], int]:
    members = table.members.drop(columns="line")
    refused = table.rejected[["problem", "reason"]].to_numpy().tolist()
    return members, sorted(refused), len(table.governments)


@settings(max_examples=30, deadline=None)
@given(lists)
def test_every_row_is_accounted_for(cells: list[list[str]]) -> None:
    table = read([HEADINGS, *cells])
    parts = (table.members, table.governments, table.duplicates, table.rejected)
    assert table.rows_read == sum(map(len, parts))
    lines = [line for part in parts for line in part["line"]] + table.asides["line"].tolist()
    assert sorted(lines) == list(range(1, len(cells) + 2))
    assert table.members["ibge_code"].is_unique


@settings(max_examples=25, deadline=None)
@given(lists, st.randoms(use_true_random=False), st.permutations(range(4)))
def test_order_of_rows_and_of_columns_is_irrelevant(cells: list[list[str]], random: object, order: list[int]) -> None:
    shuffled = list(cells)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    first, second = (
        said(read([HEADINGS, *cells])),
        said(read([[row[c] for c in order] for row in [HEADINGS, *shuffled]])),
    )
    pd.testing.assert_frame_equal(first[0], second[0])
    assert first[1:] == second[1:]


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 6), st.integers(0, 20), st.randoms(use_true_random=False))
def test_a_list_that_names_few_is_asked_about_in_any_order(right: int, wrong: int, random: object) -> None:
    cells = [*[["Campinas", "SP", "", "Sim"]] * right, *[["Qwxz", "SP", "", "Sim"]] * wrong]
    random.shuffle(cells)  # type: ignore[attr-defined]
    if right >= 0.3 * (right + wrong) and right:
        assert len(read([HEADINGS, *cells]).members) == 1
    else:
        with pytest.raises(DataError, match="no column of municipalities was found"):
            read([HEADINGS, *cells])


@settings(max_examples=25, deadline=None)
@given(lists)
def test_members_read_again_are_the_same(cells: list[list[str]]) -> None:
    members = read([HEADINGS, *cells]).members
    forms = {"day": "%Y-%m-%d", "month": "%m/%Y", "year": "%Y"}
    dates = [
        "" if precision != precision else f"{day:{forms[precision]}}"
        for day, precision in zip(members["joined_on"], members["joined_on_precision"], strict=True)
    ]
    again = [["Código IBGE", "Adesão"], *map(list, zip(members["ibge_code"], dates, strict=True))]
    columns = ["ibge_code", "joined_on", "joined_on_precision"]
    if any(dates):
        pd.testing.assert_frame_equal(read(again).members[columns], members[columns])


@settings(max_examples=100, deadline=None)
@given(st.one_of(st.binary(max_size=400), st.text(max_size=400).map(str.encode)))
def test_no_bytes_crash_the_reader(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list"
        path.write_bytes(content)
        with contextlib.suppress(RedegovError):
            if open_list(path).kind in ("text", "html", "json"):
                read_membership(path, DAY)
