from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest

from redegov_analysis.cleaning.membership import read_membership
from redegov_analysis.data.catalogue import read_table
from redegov_analysis.errors import DataError

OFFICIAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "official"
SNC_FIRST_DAY = dt.date(2012, 1, 1)


def official(name: str) -> Path:
    path = OFFICIAL / name
    if not path.is_file():
        pytest.skip(f"{name} is the publisher's file and is not committed; it was not found beside the checkout")
    return path


def test_snc_list_of_2018_is_read_as_snc_adhesions_has_it() -> None:
    path = official("snc_list_2018.csv")
    table = read_membership(path, dt.date(2018, 12, 31), first_day=SNC_FIRST_DAY)
    known = read_table("snc_adhesions").dropna(subset="joined_on").sort_values("ibge_code", ignore_index=True)
    assert table.members["ibge_code"].tolist() == known["ibge_code"].tolist()
    assert table.members["joined_on"].tolist() == pd.to_datetime(known["joined_on"]).tolist()
    assert len(table.members) == 2641
    assert table.rejected["problem"].value_counts().to_dict() == {"not_a_member": 2922, "date_without_mark": 6}
    # 25 states and the Distrito Federal say that they joined; Pará's row is a bare heading.
    assert len(table.governments) == 26
    assert table.asides["text"].tolist() == ["ente | estado_do_processo | data_adesao", "PARÁ"]
    assert table.rows_read == 2641 + 26 + 2928


def test_snc_list_of_2018_asks_one_question_when_it_is_taken_for_the_rede() -> None:
    with pytest.raises(DataError, match=r"another network.*--from 2012-11-19"):
        read_membership(official("snc_list_2018.csv"), dt.date(2026, 1, 1))


@pytest.mark.parametrize(
    ("name", "entries"),
    [
        ("ibge_dtb_2024_municipios.xls", 5571),
        ("ibge_estimativa_dou_2024.xls", 5570),
        ("ibge_sidra_6579_2025.csv", 5571),
        ("ibge_sidra_9514_censo2022.xlsx", 5570),
        ("anatel_ibc_2023_bruto.xlsx", 5570),
        ("ibge_areas_2022.xlsx", 5570),
    ],
)
def test_every_municipality_of_an_official_table_is_found_without_help(name: str, entries: int) -> None:
    table = read_membership(official(name), dt.date(2026, 1, 1))
    assert len(table.members) == entries
    assert not len(table.duplicates)
    assert len(table.rejected) < 9, "notes and the two lagoons that belong to no municipality"


def test_city_halls_of_the_login_list_of_2022_are_the_142_that_are_city_halls_themselves() -> None:
    table = read_membership(official("login_unico_2022-03-21.xlsx"), dt.date(2022, 3, 21))
    assert len(table.members) == 142
