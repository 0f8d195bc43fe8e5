"""The raw data pass every check, and a check sees what it is there to see."""

from __future__ import annotations

import os
import time

import pytest

from redegov_analysis.data.catalogue import read_catalogue, seal, table_path
from redegov_analysis.data.checks import CheckResult, checks_table, require_sound, run_checks
from redegov_analysis.errors import DataError
from redegov_analysis.project import Project


@pytest.fixture(scope="module")
def results(checkout: Project) -> list[CheckResult]:
    return run_checks(checkout)


def failures(project: Project, *tables: str) -> dict[tuple[str, str], str]:
    results = run_checks(project, tables=tables or None)
    return {(found.table, found.name): found.message for found in results if not found.passed}


def replace(project: Project, table: str, old: str, new: str) -> None:
    path = table_path(table, project)
    text = path.read_text(encoding="utf-8")
    assert text.count(old) >= 1
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_raw_data_pass_every_check(checkout: Project, results: list[CheckResult]) -> None:
    assert [found for found in results if not found.passed] == []
    require_sound(results)
    assert {found.table for found in results} == {table.name for table in read_catalogue(checkout).tables}


def test_every_result_speaks_both_languages(results: list[CheckResult]) -> None:
    for found in results:
        assert found.message.endswith(".")
        assert found.message_pt.endswith(".")
        assert found.severity in {"error", "warning"}


def test_the_table_of_checks_has_a_row_for_each(results: list[CheckResult]) -> None:
    table = checks_table(results)
    assert list(table) == ["table", "check", "severity", "passed", "rows_at_fault", "message", "message_pt"]
    assert len(table) == len(results)
    assert not table.duplicated(["table", "check"]).any()
    assert checks_table([]).dtypes.equals(table.dtypes)


@pytest.mark.parametrize("name", [table.name for table in read_catalogue().tables])
def test_one_flipped_byte_fails_the_checksum_and_names_the_file(copied: Project, name: str) -> None:
    path = table_path(name, copied)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    message = failures(copied, name)[name, "checksum"]
    assert read_catalogue(copied).table(name).path in message
    assert "git checkout" in message


def test_a_changed_cell_is_traced_to_its_column(copied: Project) -> None:
    replace(copied, "demographics", "1100015,24392,", "1100015,24393,")
    found = failures(copied)
    assert found.keys() == {("demographics", "checksum")}
    assert "changed columns: population_2010." in found["demographics", "checksum"]


def test_changed_line_ends_are_told_from_changed_cells(copied: Project) -> None:
    path = table_path("milestones", copied)
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert "every cell is as sealed" in failures(copied, "milestones")["milestones", "checksum"]


def test_a_missing_file_fails_its_checks_and_those_that_need_it(copied: Project) -> None:
    table_path("municipalities", copied).unlink()
    found = failures(copied)
    assert "data/raw/municipalities.csv" in found["municipalities", "checksum"]
    assert "data/raw/municipalities.csv" in found["neighbours", "foreign_keys"]
    assert ("milestones", "checksum") not in found


def test_unsound_data_raise_an_error_of_invalid_data(copied: Project) -> None:
    replace(copied, "milestones", "MGI", "XXX")
    with pytest.raises(DataError, match=r"data/raw/milestones\.csv") as found:
        require_sound(run_checks(copied, tables=["milestones"]))
    assert found.value.exit_code == 3


def test_a_table_that_no_check_can_read_is_told_once_with_one_remedy_a_line(copied: Project) -> None:
    table_path("milestones", copied).write_text('date,"open\n2024-01-01')
    with pytest.raises(DataError) as found:
        require_sound(run_checks(copied, tables=["milestones"]))
    for language, remedy in (("en", "git checkout -- data/raw/milestones.csv"), ("pt-BR", "git checkout -- ")):
        sealed, others = found.value.told(language).splitlines()
        assert sealed.startswith("milestones, checksum: ")
        assert others.startswith("milestones, row_count, cells, primary_key, ")
        assert [line.count(remedy) for line in (sealed, others)] == [1, 1]


def test_a_warning_does_not_stop_the_work(copied: Project) -> None:
    replace(copied, "programme_events", "2018-11-26,", "2018-11-31,")
    seal(copied)
    results = run_checks(copied, tables=["programme_events"])
    assert [found.name for found in results if not found.passed] == ["programme_dates"]
    require_sound(results)


NFSE_FIRST = ",2025-10-24,2026-01-01,"

# Table, what stands in it, what takes its place, the checks that must see it.
SPOILT = [
    ("municipalities", "1100015,", "1100016,", {"code_check_digit"}),
    ("municipalities", ",RO,Rondônia,Norte,", ",AC,Acre,Norte,", {"code_prefixes", "universe_by_state"}),
    ("municipalities", ",1,-8.", ",0,-8.", {"capitals"}),
    ("demographics", ",21494,", ",21495,", {"national_population"}),
    ("demographics", ",734467.017,", ",7344670.17,", {"national_gdp"}),
    ("demographics", ",7699,6725,", ",7699,67250,", {"households_contain_online_ones", "national_internet_share"}),
    ("demographics", ",0.641,0.526,", ",0.941,0.526,", {"hdi_extremes"}),
    ("demographics", "\n1100015,", "\n1100016,", {"everyone_described", "foreign_keys"}),
    ("neighbours", "1100015,1100379,", "1100379,1100015,", {"neighbours_once"}),
    ("name_variants", "1100015,RO,Alta", "1100015,RO,Baixa", {"variants_of_official_names"}),
    ("municipality_mesh_2015", '"id":"1100015"', '"id":"9999999"', {"mesh_covers_universe"}),
    ("milestones", "2022-03-01,2022-06-30,100", "2022-05-01,2022-06-30,100", {"milestone_windows"}),
    ("milestones", ",896,eq", ",726,eq", {"milestone_order"}),
    ("milestones", "conflicts with 163", "beside 163", {"milestone_conflicts", "milestone_order"}),
    ("login_adopters", "2021-04-15,BA", "2022-03-21,BA", {"login_bodies"}),
    ("nfse_adhesions", NFSE_FIRST, ",2024-10-24,2026-01-01,", {"nfse_by_year_end"}),
    ("nfse_adhesions", NFSE_FIRST, ",2025-10-24,2025-01-01,", {"nfse_order_of_dates"}),
    ("nfse_adhesions", "Conveniado Ativo", "Conveniado - Nao Ativo", {"nfse_inactive"}),
    ("nfse_adhesions", NFSE_FIRST, ",,,", {"nfse_by_year_end", "nfse_undated"}),
    ("snc_adhesions", "1100015,\n", "1100015,2012-12-31\n", {"snc_by_year_end"}),
    ("adhesion_events", "2025-07-07,2025-07-11", "2025-07-12,2025-07-11", {"adhesion_windows"}),
    ("adhesion_events", "3548500", "3550308", {"adhesion_codes"}),
    ("solutions_usage", "2023-07,", "2023-13,", {"usage_dates"}),
]


@pytest.mark.parametrize(("table", "old", "new", "failing"), SPOILT)
def test_each_fact_is_watched_even_when_a_wrong_table_was_sealed(
    copied: Project, table: str, old: str, new: str, failing: set[str]
) -> None:
    replace(copied, table, old, new)
    seal(copied)
    found = {name for _, name in failures(copied, table)}
    assert failing <= found
    assert not {"checksum", "row_count"} & found


def test_a_row_that_stands_twice_is_seen(copied: Project) -> None:
    path = table_path("municipalities", copied)
    header, first, rest = path.read_text(encoding="utf-8").split("\n", 2)
    path.write_text(f"{header}\n{first}\n{first}\n{rest}", encoding="utf-8")
    assert ("municipalities", "row_count") in failures(copied, "municipalities")
    seal(copied)
    found = {name for _, name in failures(copied, "municipalities")}
    assert {"primary_key", "universe_by_state", "national_area"} <= found


def test_an_island_with_a_neighbour_is_seen(copied: Project) -> None:
    path = table_path("neighbours", copied)
    path.write_text(path.read_text(encoding="utf-8") + "2605459,3520400,1\n", encoding="utf-8")
    assert ("neighbours", "only_islands_alone") in failures(copied, "neighbours")


def test_a_malformed_cell_fails_the_check_of_cells(copied: Project) -> None:
    replace(
        copied,
        "milestones",
        ",2500,ge",
        ",2500,more",
    )
    assert "line 16, column relation: found 'more'" in failures(copied, "milestones")["milestones", "cells"]


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="this system cannot change its time zone")
def test_checks_do_not_depend_on_the_time_zone(
    checkout: Project, results: list[CheckResult], monkeypatch: pytest.MonkeyPatch
) -> None:
    dated = ["milestones", "nfse_adhesions", "snc_adhesions", "programme_events"]
    monkeypatch.setitem(os.environ, "TZ", "Pacific/Kiritimati")
    time.tzset()
    try:
        found = checks_table(run_checks(checkout, tables=dated))
    finally:
        monkeypatch.undo()
        time.tzset()
    expected = checks_table(results)
    assert found.equals(expected[expected["table"].isin(dated)].reset_index(drop=True))
