"""What notebook 03 shows of a list of members: claims on a made-up list over the real map."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from redegov_analysis.cleaning.build import processed
from redegov_analysis.cleaning.membership.standing import Membership
from redegov_analysis.drivers.calendar import CARAVAN
from redegov_analysis.drivers.covariates import model_table
from redegov_analysis.drivers.neighbours import link_islands, neighbours_from_pairs
from redegov_analysis.drivers.simulation import simulate_joinings
from redegov_analysis.evidence import Evidence
from redegov_analysis.reports.content import imputation, rede, rede_items, tiles
from redegov_analysis.reports.content.literature import findings_table
from redegov_analysis.reports.content.recurrence import recurring_table, tables_evidence
from redegov_analysis.reports.text import Text

TERMS = ("log10_population", "capital")
DAY = dt.date(2023, 6, 30)
SIZE = 0.6


@pytest.fixture(scope="module")
def municipalities() -> pd.DataFrame:
    return processed("municipalities")


@pytest.fixture(scope="module")
def pairs() -> pd.DataFrame:
    return processed("neighbours")


@pytest.fixture(scope="module")
def listed(municipalities: pd.DataFrame, pairs: pd.DataFrame) -> Membership:
    """A list with days, drawn with a known effect of size."""
    X = model_table(municipalities, ("log10_population",), regions=False, on=rede.START).X
    places = neighbours_from_pairs(link_islands(pairs, municipalities), pd.Index(X.index))
    months = 51
    drawn = simulate_joinings(
        X, pd.Series({"log10_population": SIZE}), places, 0.5, "2019-04-01", np.linspace(-6, -3.5, months), 11
    )
    day = drawn["joined_on"].clip(lower=rede.START)
    members = drawn.assign(joined_on=day).dropna().assign(joined_on_precision="day", joined_by=day)
    members["joined_after"] = members["joined_on"] - pd.Timedelta(days=1)
    return Membership(members.reset_index(drop=True), DAY, Evidence.SIMULATED, "made-up.csv (2023-06-30)")


@pytest.fixture(scope="module")
def story(listed: Membership, municipalities: pd.DataFrame, pairs: pd.DataFrame) -> rede.RedeStory:
    told = rede.rede_story(listed, municipalities, pairs, TERMS)
    assert told is not None
    return told


@pytest.fixture(params=["en", "pt-BR"])
def t(request: pytest.FixtureRequest) -> Text:
    return Text(request.param)


def _items(story: rede.RedeStory | None, t: Text) -> list[object]:
    return [
        rede_items.reading_statement(story, t),
        rede_items.odds_figure(story, t),
        rede_items.curves_figure(story, t),
        rede_items.foresight_figure(story, t),
        rede_items.next_table(story, t),
        rede_items.next_table(story, t, likely=False),
        rede_items.standing_map(story, t),
    ]


def test_a_dated_list_gives_back_the_effect_that_it_was_drawn_with(story: rede.RedeStory) -> None:
    size = story.table().loc["log10_population"]
    assert story.kind == "dated"
    assert size["low"] < SIZE < size["high"]
    assert story.history is not None
    assert story.history.counts["events"] == len(story.listed.members)


def test_every_item_carries_the_evidence_of_the_list_and_its_day(story: rede.RedeStory, t: Text) -> None:
    for item in _items(story, t):
        assert item is not None
        record = item.record()  # type: ignore[attr-defined]
        assert record["evidence"] == "simulated", record["id"]
        assert record["as_of"] == "2023-06-30"
        assert not re.search(r"[{}]|\bnan\b", " ".join(str(record.get(key)) for key in ("sentence", "caption", "alt")))


def test_without_a_list_nothing_is_shown(municipalities: pd.DataFrame, pairs: pd.DataFrame, t: Text) -> None:
    nothing = rede.rede_story(None, municipalities, pairs)
    assert nothing is None
    assert _items(nothing, t) == [None] * 7


def test_the_ranking_holds_everybody_outside_once_and_nobody_inside(story: rede.RedeStory, t: Text) -> None:
    table = rede_items.next_table(story, t)
    last = rede_items.next_table(story, t, likely=False)
    assert table is not None
    assert last is not None
    inside = set(story.listed.members["ibge_code"])
    codes = set(table.frame["ibge_code"])
    assert table.frame["ibge_code"].is_unique
    assert not codes & inside
    assert codes | inside == set(story.known.loc[~(story.known["valid_from"] > rede.START), "ibge_code"])
    chance = table.frame["monthly_probability"]
    assert chance.is_monotonic_decreasing
    assert (table.frame["monthly_low"] <= chance).all()
    assert (chance <= table.frame["monthly_high"]).all()
    assert last.frame["ibge_code"].iloc[0] == table.frame["ibge_code"].iloc[-1]


def test_the_map_puts_every_municipality_in_one_class(story: rede.RedeStory) -> None:
    standing = rede.thirds(story)
    assert standing["ibge_code"].is_unique
    counts = standing["standing"].value_counts()
    assert counts["in"] == len(story.listed.members)
    assert counts[["likely", "middle", "unlikely"]].max() - counts[["likely", "middle", "unlikely"]].min() <= 1


def test_tenths_of_the_judged_ranking_add_up_to_those_that_joined(story: rede.RedeStory) -> None:
    assert story.judgement is not None
    table = story.judgement.calibration
    joined = (story.listed.members["joined_on"] > "2022-06-30").sum()
    assert table["joined"].sum() == joined
    assert table["expected"].sum() == pytest.approx(joined, rel=1e-6)
    assert story.judgement.auc > 0.55


def test_a_list_of_years_is_told_with_windows_and_wider_intervals(
    listed: Membership, story: rede.RedeStory, municipalities: pd.DataFrame, pairs: pd.DataFrame
) -> None:
    period = listed.members["joined_on"].dt.to_period("Y")
    start, end = period.dt.start_time, period.dt.end_time.dt.normalize()
    members = listed.members.assign(
        joined_on=start.clip(lower=rede.START),
        joined_on_precision="year",
        joined_after=(start - pd.Timedelta(days=1)).clip(lower=rede.START - pd.Timedelta(days=1)),
        joined_by=end.clip(upper=pd.Timestamp(DAY)),
    )
    told = rede.rede_story(Membership(members, DAY, Evidence.OBSERVED, "years.csv"), municipalities, pairs, TERMS)
    assert told is not None
    assert told.kind == "windows"
    size, exact = told.table().loc["log10_population"], story.table().loc["log10_population"]
    assert size["coef"] == pytest.approx(exact["coef"], abs=0.08)
    stated = rede_items.reading_statement(told, Text("en"))
    assert stated is not None
    assert "days are drawn within the bounds" in stated.sentence
    assert stated.evidence is Evidence.OBSERVED
    assert told.judgement is not None


def test_a_list_without_days_is_told_as_a_cross_section(
    listed: Membership, municipalities: pd.DataFrame, pairs: pd.DataFrame, t: Text
) -> None:
    nowhen = listed.members.assign(joined_on=pd.NaT, joined_on_precision=None, joined_after=pd.NaT)
    told = rede.rede_story(Membership(nowhen, DAY, Evidence.OBSERVED, "names.csv"), municipalities, pairs, TERMS)
    assert told is not None
    assert told.kind == "cross-section"
    assert told.table().loc["log10_population", "low"] > 0
    shown = _items(told, t)
    assert [item is None for item in shown] == [False, False, True, True, True, True, True]


def test_a_list_too_small_for_a_model_says_so(
    listed: Membership, municipalities: pd.DataFrame, pairs: pd.DataFrame, t: Text
) -> None:
    few = replace(listed, members=listed.members.head(4))
    told = rede.rede_story(few, municipalities, pairs)
    assert told is not None
    assert not told.modelled
    statement = rede_items.reading_statement(told, t)
    assert statement is not None
    assert "4" in statement.sentence
    assert statement.evidence == listed.evidence
    assert rede_items.odds_figure(told, t) is None
    assert rede_items.standing_map(told, t) is None


def test_a_simulated_column_makes_the_whole_comparison_simulated(story: rede.RedeStory, t: Text) -> None:
    tables = {"nfse": story.table(), "list_simulated": story.table()}
    assert tables_evidence(tables) is Evidence.SIMULATED
    assert tables_evidence({"nfse": story.table(), "list_observed": story.table()}) is Evidence.PROXY
    recurring, findings = recurring_table(tables, t), findings_table(tables, t)
    assert recurring.evidence is findings.evidence is Evidence.SIMULATED
    assert "✕" in recurring.columns["list_simulated"].label


def test_tiles_hold_every_state_once_and_none_overlap(municipalities: pd.DataFrame, t: Text) -> None:
    assert set(tiles.TILES) == set(municipalities["uf"])
    assert len(set(tiles.TILES.values())) == 27
    figure = tiles.joining_tiles(processed("nfse_adhesions"), municipalities, t)
    assert len(figure.frame) == 27
    assert b"<svg" in figure.picture(narrow=True)


def test_imputation_moves_no_effect_by_half_an_error(municipalities: pd.DataFrame, t: Text) -> None:
    table = imputation.imputation_table(processed("login_adopters"), municipalities, t)
    moved = (table.frame["coef_imputed"] - table.frame["coef"]).abs() / table.frame["stderr"]
    assert moved.max() < 0.5
    assert (table.frame["missing_information"] > 0).any()


def test_a_page_says_whether_caravans_are_held_equal_and_known_to_the_ranking(
    listed: Membership, municipalities: pd.DataFrame, pairs: pd.DataFrame
) -> None:
    events = pd.DataFrame(
        {
            "date": pd.to_datetime(["2021-08-10", "2021-11-10", "2022-03-10"]),
            "date_precision": "day",
            "event": [f"Caravana Federativa {uf}" for uf in ("MG", "SP", "RS")],
        }
    )
    english = Text("en")
    for shift, known, words in ((0, True, "had come by then are in"), (12, False, "caravans are not in this ranking")):
        later = events.assign(date=events["date"] + pd.DateOffset(months=shift))
        told = rede.rede_story(listed, municipalities, pairs, TERMS, programme_events=later)
        assert told is not None
        assert told.judgement is not None
        assert told.caravans == "held equal"
        assert CARAVAN in told.table().index
        assert (CARAVAN in told.judgement.history.terms) is known
        figure = rede_items.foresight_figure(told, english)
        assert figure is not None
        assert words in figure.caption
    odds = rede_items.odds_figure(replace(told, caravans="none came"), english)
    assert odds is not None
    assert "No federal caravan came" in odds.caption
