"""A made-up list agrees with everything that is published, whatever the seed, and says that it is made up."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from redegov_analysis.cleaning.build import processed
from redegov_analysis.cleaning.membership import read_membership
from redegov_analysis.cleaning.membership.published import agreement, published_facts
from redegov_analysis.cli.simulate import simulate_membership
from redegov_analysis.errors import ParameterError
from redegov_analysis.forecast.newcomers import towns_from
from redegov_analysis.forecast.simulated_members import simulate_members

SEEDS = range(6)


@pytest.fixture(scope="module")
def drawn() -> pd.DataFrame:
    return simulate_members(7)


def _towns(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["sphere"] == "municipal"]


def _states(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["sphere"] == "estadual"]


@pytest.mark.parametrize("seed", SEEDS)
def test_every_published_fact_holds_whatever_the_seed(seed: int) -> None:
    table = simulate_members(seed)
    held = agreement(_towns(table), _states(table), until=dt.date(2026, 2, 27))
    assert len(held) == len(published_facts())
    assert held.loc[~held["agrees"], "says"].tolist() == []


def test_totals_people_and_capitals_counted_by_hand_are_those_published(drawn: pd.DataFrame) -> None:
    towns = _towns(drawn).drop(columns="uf").merge(processed("municipalities"), on="ibge_code")
    for day, count in {
        "2020-09-15": 17,
        "2021-12-23": 78,
        "2022-12-31": 163,
        "2023-12-31": 727,
        "2024-04-08": 933,
    }.items():
        assert (towns["joined_on"] <= day).sum() == count
    end_of_2024 = towns[towns["joined_on"] <= "2024-12-31"]
    assert len(end_of_2024) == 1511
    assert (towns["joined_on"] <= "2025-12-31").sum() == 2556
    assert (towns["uf"] == "AL").sum() >= 52
    assert 120.75 <= end_of_2024["population_2024"].sum() / 1e6 <= 120.85
    assert towns.loc[towns["joined_on"] <= "2023-12-15", "is_capital"].sum() == 24
    moncao = towns.loc[towns["ibge_code"] == "2106904", "joined_on"].item()
    assert (towns["joined_on"] < moncao).sum() < 2000 <= (towns["joined_on"] <= moncao).sum()


def test_no_municipality_joins_twice_before_it_exists_or_under_a_wrong_name(drawn: pd.DataFrame) -> None:
    towns = _towns(drawn)
    official = processed("municipalities").set_index("ibge_code").loc[towns["ibge_code"]]
    assert towns["ibge_code"].is_unique
    assert towns["name"].tolist() == official["name"].tolist()
    assert towns["uf"].tolist() == official["uf"].tolist()
    assert (towns["joined_on"].to_numpy() >= official["valid_from"].to_numpy()).all()


def test_every_row_says_that_it_is_simulated(drawn: pd.DataFrame) -> None:
    assert set(drawn["evidence"]) == {"simulated"}
    assert drawn["note"].str.contains("não são dados reais").all()


def test_other_seeds_draw_other_lists(drawn: pd.DataFrame) -> None:
    other = simulate_members(8)
    assert set(_towns(other)["ibge_code"]) != set(_towns(drawn)["ibge_code"])


def test_order_of_the_municipalities_does_not_matter() -> None:
    table = processed("municipalities")
    one = towns_from(table, np.random.default_rng(1))
    other = towns_from(table.sample(frac=1, random_state=3), np.random.default_rng(1))
    np.testing.assert_array_equal(one.codes, other.codes)
    np.testing.assert_array_equal(one.leaning, other.leaning)


def test_an_earlier_end_cuts_the_same_list(drawn: pd.DataFrame) -> None:
    cut = simulate_members(7, until=dt.date(2023, 6, 30))
    pd.testing.assert_frame_equal(cut, drawn[drawn["joined_on"] <= "2023-06-30"].reset_index(drop=True))


def test_after_the_last_total_the_list_only_grows() -> None:
    table = simulate_members(7, until=dt.date(2026, 11, 30))
    towns = _towns(table)
    assert 2601 <= (towns["joined_on"] <= "2026-02-27").sum() <= min(len(towns), 2699)
    assert towns["joined_on"].max() <= pd.Timestamp("2026-11-30")
    assert agreement(towns, _states(table))["agrees"].all()


@pytest.mark.parametrize("day", [dt.date(2019, 4, 3), dt.date(2036, 3, 1)])
def test_days_outside_the_network_s_time_are_refused(day: dt.date) -> None:
    with pytest.raises(ParameterError, match="2019-04-04"):
        simulate_members(1, until=day)


def test_a_state_below_its_published_number_is_named(drawn: pd.DataFrame) -> None:
    towns = _towns(drawn)
    inside = towns[(towns["uf"] == "AL") & (towns["ibge_code"] != "2708600")]
    few = towns.drop(inside.index[51 - 1 :])
    broken = agreement(few, _states(drawn), until=dt.date(2026, 2, 27)).query("not agrees")
    assert broken.loc[broken["kind"] == "in_state", "who"].tolist() == ["AL"]
    assert broken.loc[broken["kind"] == "in_state", "found"].tolist() == [51]


def test_a_total_of_a_later_day_asks_no_more_of_a_list_than_not_to_exceed_it() -> None:
    drawn = simulate_members(7, until=dt.date(2026, 1, 10))
    towns = _towns(drawn)
    few = towns[towns["joined_on"] <= "2025-12-20"]
    held = agreement(few, None, until=dt.date(2026, 1, 10))
    assert held.loc[held["low"] == 2556, "agrees"].tolist() == [True]
    assert len(few) < 2556


def test_agreement_names_what_a_spoiled_list_breaks(drawn: pd.DataFrame) -> None:
    towns = _towns(drawn)
    without = towns[towns["ibge_code"] != "4210035"]
    broken = agreement(without, _states(drawn)).query("not agrees")
    assert "4210035" in set(broken["who"])
    assert {"members", "joined"} <= set(broken["kind"])
    late = towns.assign(joined_on=towns["joined_on"] + pd.Timedelta(days=90))
    assert not agreement(late, None).query("kind == 'people'")["agrees"].all()


@pytest.mark.parametrize("suffix", ["csv", "json"])
def test_the_list_is_read_back_whole_by_the_reader_of_any_list(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"drawn.{suffix}"
    arguments = ["--output", str(path), "--seed", "7"]
    assert CliRunner().invoke(simulate_membership, arguments).exit_code == 0
    read = read_membership(path, dt.date(2026, 2, 27))
    assert read.rejected.empty
    assert read.duplicates.empty
    assert len(read.governments) == 27
    assert agreement(read.members, read.governments)["agrees"].all()


def test_one_seed_gives_the_same_bytes_in_each_format(tmp_path: Path) -> None:
    for suffix in ("csv", "json", "parquet"):
        paths = [tmp_path / f"{name}.{suffix}" for name in "ab"]
        for path in paths:
            CliRunner().invoke(simulate_membership, ["--output", str(path), "--seed", "3", "--until", "2022-12-31"])
        assert paths[0].read_bytes() == paths[1].read_bytes()


def test_a_file_that_exists_stays_unless_forced(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("mine")
    arguments = ["--output", str(path), "--seed", "3", "--until", "2021-12-31"]
    refused = CliRunner().invoke(simulate_membership, arguments)
    assert isinstance(refused.exception, ParameterError)
    assert path.read_text() == "mine"
    assert CliRunner().invoke(simulate_membership, [*arguments, "--force"]).exit_code == 0
    assert "simulated" in path.read_text()


def test_a_name_that_ends_in_no_format_is_refused(tmp_path: Path) -> None:
    refused = CliRunner().invoke(simulate_membership, ["--output", str(tmp_path / "list.docx"), "--seed", "3"])
    assert isinstance(refused.exception, ParameterError)
    assert not list(tmp_path.iterdir())
