"""Claims about the states that a dated list allows to forecast; the list is that of the service invoice to 2024."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pandas as pd
import pytest

from redegov_analysis.cleaning.build import processed
from redegov_analysis.cleaning.membership.standing import Membership
from redegov_analysis.evidence import Evidence
from redegov_analysis.forecast.growth import GrowthForecast
from redegov_analysis.forecast.outlook import outlook
from redegov_analysis.forecast.pace import known_by
from redegov_analysis.forecast.states import StateForecast
from redegov_analysis.reports.content import state_growth
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
def ahead(listed: Membership) -> StateForecast:
    found = state_growth.states_ahead(listed, processed("municipalities"), seed=1)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def forecast() -> GrowthForecast:
    return outlook(known_by(processed("milestones"), "2024-12-31"), draws=200, seed=1)


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
    assert ENGLISH.integer(float(pd.Series(ahead.national[:, -1]).median())) in told.sentence
    assert told.evidence is Evidence.ESTIMATED
    assert "nfse &lt;2024&gt;.csv" in told.html()


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


def test_without_a_dated_list_nothing_is_said(listed: Membership, forecast: GrowthForecast) -> None:
    undated = replace(listed, members=listed.members.assign(joined_on=pd.NaT, joined_on_precision=pd.NA))
    assert state_growth.states_ahead(undated, processed("municipalities"), seed=1) is None
    assert state_growth.states_ahead(None, processed("municipalities"), seed=1) is None
    assert state_growth.states_statement(None, None, forecast, ENGLISH) is None
    assert state_growth.states_ahead_figure(None, None, ENGLISH) is None
    assert state_growth.states_ahead_table(None, None, ENGLISH) is None
    assert state_growth.state_ahead_statement(None, None, "RS", ENGLISH) is None
