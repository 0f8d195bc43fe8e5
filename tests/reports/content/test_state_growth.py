"""Claims about the states that a dated list allows to forecast; the list is that of the service invoice to 2024."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from redegov_analysis.cleaning.build import processed
from redegov_analysis.cleaning.membership.standing import Membership
from redegov_analysis.evidence import Evidence
from redegov_analysis.forecast.growth import GrowthForecast
from redegov_analysis.forecast.outlook import TARGET_DAY, draws_on, outlook, with_count_of
from redegov_analysis.forecast.pace import known_by
from redegov_analysis.forecast.states import StateForecast
from redegov_analysis.reports.content import growth, state_growth
from redegov_analysis.reports.text import Text

ENGLISH, PORTUGUESE = Text("en"), Text("pt-BR")


@pytest.fixture(scope="module")
def listed() -> Membership:
    joined = processed("nfse_adhesions")[["ibge_code", "joined_on"]]
    joined = joined[joined["joined_on"] <= "2024-12-31"].reset_index(drop=True)
    members = joined.assign(
        joined_on_precision="day",
        joined_after=joined["joined_on"] - pd.Timedelta(days=1),
        joined_by=joined["joined_on"],
    )
    return Membership(members, dt.date(2024, 12, 31), Evidence.OBSERVED, "nfse <2024>.csv (2024-12-31)")


@pytest.fixture(scope="module")
def milestones() -> pd.DataFrame:
    return known_by(processed("milestones"), "2024-12-31")


@pytest.fixture(scope="module")
def ahead(listed: Membership, milestones: pd.DataFrame) -> StateForecast:
    found = state_growth.states_ahead(listed, processed("municipalities"), milestones, draws=200, seed=1)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def forecast(milestones: pd.DataFrame) -> GrowthForecast:
    return outlook(milestones, draws=200, seed=1)


def test_states_of_the_page_add_up_to_the_sentence(
    ahead: StateForecast, listed: Membership, forecast: GrowthForecast
) -> None:
    told = state_growth.states_statement(ahead, listed, forecast, ENGLISH)
    table = state_growth.states_ahead_table(ahead, listed, ENGLISH)
    assert told is not None
    assert table is not None
    assert len(table.frame) == 26
    assert table.frame["members_now"].sum() + ahead.members[ahead.states.index("DF")] == len(listed.members)
    assert told.value == (table.frame["probability"] >= 0.8).sum()
    assert "In every draw the states add up to the country's forecast" in told.sentence
    assert told.evidence is Evidence.ESTIMATED
    assert "nfse &lt;2024&gt;.csv" in told.html()


def test_the_states_add_up_to_the_one_forecast_of_the_country_in_every_draw(
    ahead: StateForecast, forecast: GrowthForecast
) -> None:
    assert (ahead.national[:, -1] == draws_on(forecast, ahead.dates[-1:])[:, 0]).all()
    answer = growth.total_statement(forecast, ENGLISH)
    assert answer.value == np.median(draws_on(forecast, [TARGET_DAY]))


@pytest.fixture(scope="module")
def newer(listed: Membership) -> Membership:
    """A list of 1,981 members, three months younger than the last total of 1,511."""
    towns = processed("municipalities")
    more = towns.loc[towns["population_2022"] > 12_000, ["ibge_code"]]
    rest = more[~more["ibge_code"].isin(listed.members["ibge_code"])].iloc[:800]
    days = listed.members.sample(len(rest), replace=True, random_state=1)
    fuller = pd.concat([listed.members, days.assign(ibge_code=rest["ibge_code"].array)])
    return replace(listed, members=fuller.reset_index(drop=True), snapshot_date=dt.date(2025, 3, 31))


def test_a_list_newer_than_all_totals_is_one_of_them(newer: Membership, milestones: pd.DataFrame) -> None:
    known = with_count_of(newer, milestones)
    forecast = outlook(known, draws=200, seed=1)
    ahead = state_growth.states_ahead(newer, processed("municipalities"), milestones, draws=200, seed=1)
    told = state_growth.states_statement(ahead, newer, forecast, ENGLISH)
    assert ahead is not None
    assert told is not None
    assert forecast.last_certain_count == len(newer.members) == 1981
    assert (ahead.national[:, -1] == draws_on(forecast, ahead.dates[-1:])[:, 0]).all()
    assert "The list's own count is the last of the totals behind that forecast." in told.sentence
    assert with_count_of(newer, known) is known


def test_a_made_up_list_never_moves_the_forecast_of_the_country(
    newer: Membership, forecast: GrowthForecast, milestones: pd.DataFrame
) -> None:
    made_up = replace(newer, evidence=Evidence.SIMULATED)
    assert with_count_of(made_up, milestones) is milestones
    ahead = state_growth.states_ahead(made_up, processed("municipalities"), milestones, draws=200, seed=1)
    told = state_growth.states_statement(ahead, made_up, forecast, ENGLISH)
    assert told is not None
    assert "rests on published totals alone" in told.sentence


def test_a_list_older_or_smaller_than_the_totals_adds_none(listed: Membership, milestones: pd.DataFrame) -> None:
    assert with_count_of(None, milestones) is milestones
    assert with_count_of(listed, milestones) is milestones
    assert with_count_of(replace(listed, snapshot_date=dt.date(2025, 6, 30)), milestones) is milestones


def test_figure_shows_each_state_from_now_to_then_on_both_sheets(ahead: StateForecast, listed: Membership) -> None:
    figure = state_growth.states_ahead_figure(ahead, listed, PORTUGUESE)
    assert figure is not None
    frame = figure.frame
    assert (frame["share_now"] <= frame["share_q100"]).all()
    assert (frame["share_q100"] <= frame["share_q500"]).all()
    assert frame["share_q500"].is_monotonic_decreasing
    assert frame["name"].iloc[0] in figure.alt
    for narrow in (False, True):
        assert b"<svg" in figure.picture(narrow=narrow)


def test_one_state_says_on_its_page_what_the_table_says(ahead: StateForecast, listed: Membership) -> None:
    told = state_growth.state_ahead_statement(ahead, listed, "RS", ENGLISH)
    table = state_growth.states_ahead_table(ahead, listed, ENGLISH)
    assert told is not None
    assert table is not None
    row = table.frame.set_index("uf").loc["RS"]
    assert (told.low, told.value, told.high) == (row["q100"], row["q500"], row["q900"])
    assert state_growth.state_ahead_statement(ahead, listed, "DF", ENGLISH) is None


def test_what_stands_on_a_made_up_list_says_so(
    ahead: StateForecast, listed: Membership, forecast: GrowthForecast
) -> None:
    made_up = replace(listed, evidence=Evidence.SIMULATED)
    items = [
        state_growth.states_statement(ahead, made_up, forecast, ENGLISH),
        state_growth.states_ahead_figure(ahead, made_up, ENGLISH),
        state_growth.states_ahead_table(ahead, made_up, ENGLISH),
        state_growth.state_ahead_statement(ahead, made_up, "RS", ENGLISH),
    ]
    assert [item.evidence for item in items if item] == [Evidence.SIMULATED] * 4


def test_without_a_dated_list_nothing_is_said(
    listed: Membership, forecast: GrowthForecast, milestones: pd.DataFrame
) -> None:
    undated = replace(listed, members=listed.members.assign(joined_on=pd.NaT, joined_on_precision=pd.NA))
    assert state_growth.states_ahead(undated, processed("municipalities"), milestones) is None
    assert state_growth.states_ahead(None, processed("municipalities"), milestones) is None
    assert state_growth.states_statement(None, None, forecast, ENGLISH) is None
    assert state_growth.states_ahead_figure(None, None, ENGLISH) is None
    assert state_growth.states_ahead_table(None, None, ENGLISH) is None
    assert state_growth.state_ahead_statement(None, None, "RS", ENGLISH) is None
