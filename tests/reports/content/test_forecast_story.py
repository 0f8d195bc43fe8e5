"""Claims about what notebook 04 says: the pace, the track record, the stress test, the people and the states."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from redegov_analysis.cleaning.build import processed
from redegov_analysis.cleaning.sisters import NFSE_VOLUNTARY_UNTIL
from redegov_analysis.evidence import Evidence
from redegov_analysis.forecast.archive import forecast_rows, read_archive
from redegov_analysis.forecast.growth import GrowthForecast
from redegov_analysis.forecast.outlook import TARGET_DAY, outlook
from redegov_analysis.forecast.pace import known_by
from redegov_analysis.forecast.reach import ReachForecast
from redegov_analysis.project import find_project
from redegov_analysis.reports.content import backtesting, growth, reach, scenarios, state_outlook, stress, track_record
from redegov_analysis.reports.items import Figure, Item, Statement, Table
from redegov_analysis.reports.text import Text

ENGLISH, PORTUGUESE = Text("en"), Text("pt-BR")


@pytest.fixture(scope="module")
def milestones() -> pd.DataFrame:
    return known_by(processed("milestones"))


@pytest.fixture(scope="module")
def forecast(milestones: pd.DataFrame) -> GrowthForecast:
    return outlook(milestones, draws=300, seed=1)


@pytest.fixture(scope="module")
def people(milestones: pd.DataFrame, forecast: GrowthForecast) -> ReachForecast:
    found = reach.people_reached(milestones, forecast, processed("municipalities"), 24, seed=1)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def looked_back(milestones: pd.DataFrame) -> pd.DataFrame:
    # A few forecasts tell whether the tables are right; the notebook asks for more of them.
    few = milestones.iloc[[0, 2, 4, 6, 8, 11, 13, 14]].reset_index(drop=True)
    steps = {"nfse": 7, "snc": 30}
    return backtesting.backtest(few, processed("nfse_adhesions"), processed("snc_adhesions"), steps=steps, draws=100)


def _shown(item: Item) -> str:
    """Return the item's page text, after making sure that it can be shown on a wide and on a narrow screen."""
    if isinstance(item, Figure):
        assert b"<svg" in item.picture()
        assert b"<svg" in item.picture(narrow=True)
        assert set(item.columns) <= set(item.frame.columns)
    return item.html()


def test_scenarios_carry_on_paces_that_were_seen(milestones: pd.DataFrame) -> None:
    paces = scenarios.scenario_paces(milestones).set_index("scenario")
    assert paces.loc["twelve_months", "per_month"] == pytest.approx((2601 - 1511) / (439 / (365.25 / 12)))
    assert paces.loc["fastest", "per_month"] == pytest.approx(500 / (151 / (365.25 / 12)))
    assert paces.loc["half_fastest", "per_month"] == paces.loc["fastest", "per_month"] / 2
    table = scenarios.scenarios_table(milestones, ENGLISH)
    assert table.evidence == Evidence.PUBLISHED
    months = (TARGET_DAY - pd.Timestamp("2026-02-27")).days / (365.25 / 12)
    np.testing.assert_allclose(table.frame["total"], 2601 + months * table.frame["per_month"])
    assert "2,601, the least that the newest total allows" in table.caption
    assert (table.frame["half"] < table.frame["three_quarters"]).all()
    assert "arithmetic" in table.source


def test_the_pace_needed_is_that_of_the_statement(milestones: pd.DataFrame) -> None:
    stated = scenarios.needed_pace_statement(milestones, ENGLISH)
    figure = scenarios.paces_figure(milestones, ENGLISH)
    assert stated.value == figure.frame["per_month"].iloc[-1] == pytest.approx(184 / (307 / (365.25 / 12)))
    assert "at most 184 municipalities and 10.1 months away" in stated.sentence
    assert figure.frame["seen"].tolist() == [True] * (len(figure.frame) - 1) + [False]


def test_scenarios_and_needs_from_a_mark_are_those_of_the_mark(milestones: pd.DataFrame) -> None:
    then = known_by(milestones, "2025-12-08")
    paces = scenarios.scenario_paces(then).set_index("scenario")
    assert paces.loc["twelve_months", "per_month"] == pytest.approx((2500 - 1511) / (358 / (365.25 / 12)))
    stated = scenarios.needed_pace_statement(then, ENGLISH)
    assert stated.value == pytest.approx(285 / (388 / (365.25 / 12)))
    assert "at most" not in stated.sentence


def test_after_the_target_day_no_pace_is_needed(milestones: pd.DataFrame) -> None:
    later = milestones.tail(1).assign(
        date=pd.Timestamp("2027-03-01"),
        date_earliest=pd.Timestamp("2027-03-01"),
        date_latest=pd.Timestamp("2027-03-01"),
    )
    after = pd.concat([milestones, later.assign(municipalities=3500, count_low=3500, count_high=3500, relation="eq")])
    assert np.isnan(scenarios.needed_pace_statement(after, ENGLISH).value)


def test_each_method_is_scored_on_the_same_forecasts(looked_back: pd.DataFrame) -> None:
    means = backtesting.backtest_means(looked_back)
    assert means.groupby("set")["method"].nunique().to_dict() == {"published": 4, "nfse": 4, "snc": 4}
    assert (means.groupby("set")["forecasts"].nunique() == 1).all()
    assert (means.groupby("set", sort=False)["wis"].apply(lambda wis: wis.is_monotonic_increasing)).all()
    assert (looked_back["horizon_months"] <= backtesting.FURTHEST_MONTHS).all()


def test_no_look_back_uses_the_year_of_the_legal_deadline(looked_back: pd.DataFrame) -> None:
    assert looked_back.loc[looked_back["set"] == "nfse", "target_date"].max() <= NFSE_VOLUNTARY_UNTIL


def test_forecasts_that_failed_are_told(looked_back: pd.DataFrame) -> None:
    told = backtesting.backtest_statement(looked_back, ENGLISH)
    ours = looked_back[looked_back["method"] == "ensemble"]
    assert f"{int(ours['covered_95'].sum())} of its {len(ours)} intervals" in told.sentence
    early = ours[(ours["set"] == "published") & (ours["origin"] < "2023-12-01")]
    assert ("take-off" in told.sentence) == bool(len(early) and not early["covered_95"].all())


def test_calibration_shows_what_the_scores_say(looked_back: pd.DataFrame) -> None:
    frame = backtesting.calibration_figure(looked_back, ENGLISH).frame.set_index(["set", "nominal"])
    ours = looked_back[(looked_back["method"] == "ensemble") & (looked_back["set"] == "snc")]
    assert frame.loc[("snc", 0.8), "held"] == ours["covered_80"].mean()
    assert frame["held"].between(0, 1).all()


def test_kept_forecasts_wait_until_a_total_comes(milestones: pd.DataFrame) -> None:
    none = read_archive(find_project().root / "no such folder")
    waiting = track_record.kept_forecasts(none, milestones, ENGLISH)
    assert isinstance(waiting, Statement)
    said = outlook(known_by(milestones, "2024-12-31"), draws=100)
    rows = forecast_rows(said, run_id="a", made_on="2025-01-07", model="1")
    told = track_record.kept_forecasts(rows, milestones, ENGLISH)
    assert isinstance(told, Table)
    assert told.frame["published"].tolist() == [2000, 2500, 2556, 2600]
    assert "more than 2,600" in told.html()
    # More runs on the same totals change nothing on the page: it is made anew only when a total comes.
    again = pd.concat([rows, rows.assign(run_id="b", made_on=pd.Timestamp("2025-01-14"))])
    assert track_record.kept_forecasts(again, milestones, ENGLISH).html() == told.html()


def test_the_deadline_of_2025_breaks_every_interval_and_the_report_says_when() -> None:
    broken = stress.broken_trend(processed("nfse_adhesions"), draws=300)
    assert broken.seen["date"].max() == NFSE_VOLUNTARY_UNTIL
    year_end = broken.after.set_index("date").loc["2025-12-31"]
    assert year_end["observed"] == 5465
    assert year_end["q975"] < 0.6 * year_end["observed"]
    noticed, outside = broken.first_outside("q900"), broken.first_outside("q975")
    assert noticed is not None
    assert outside is not None
    assert pd.Timestamp("2025-01-31") <= noticed <= outside <= pd.Timestamp("2025-08-31")
    watch = stress.watched_break(processed("nfse_adhesions"), draws=200)
    assert watch["broken"].tolist().index(True) == len(watch) - 1
    assert pd.Timestamp("2025-07-01") < watch["date"].iloc[-1] < pd.Timestamp("2025-10-01")
    told = stress.stress_statement(broken, watch, ENGLISH)
    assert "months before the deadline" in told.sentence
    assert told.evidence == Evidence.PROXY
    assert ENGLISH.date(outside, "month") in told.sentence
    assert "set aside" in told.sentence
    _shown(stress.stress_figure(broken, PORTUGUESE))


def test_people_start_from_the_published_total_and_stay_below_the_country(
    milestones: pd.DataFrame, forecast: GrowthForecast, people: ReachForecast
) -> None:
    figure = reach.reach_figure(people, milestones, processed("municipalities"), forecast, ENGLISH)
    assert isinstance(figure, Figure)
    # 146 million on 8 December 2025, and the people of the 77 to 199 that joined since.
    assert 145.5 <= figure.frame["q025"].iloc[0] <= figure.frame["q975"].iloc[0] <= 146.5 + 9
    assert (figure.frame[["q025", "q500", "q975"]].diff().iloc[1:] >= 0).all(axis=None)
    assert figure.frame["q975"].max() <= 213
    stated = reach.reach_statement(people, forecast, ENGLISH)
    at_target = figure.frame.set_index("date").loc[TARGET_DAY]
    assert stated.value == pytest.approx(at_target["q500"] * 1e6)
    sizes = reach.reach_by_size(people, forecast, ENGLISH)
    assert isinstance(sizes, Table)
    assert (sizes.frame["share"] >= sizes.frame["now_share"]).all()


def test_before_any_published_population_nothing_is_said_of_people_or_states(milestones: pd.DataFrame) -> None:
    early = known_by(milestones, "2023-08-31")
    then = outlook(early, draws=100)
    municipalities = processed("municipalities")
    nothing = reach.people_reached(early, then, municipalities, 24, seed=1)
    assert nothing is None
    nfse, snc = processed("nfse_adhesions"), processed("snc_adhesions")
    for item in (
        reach.reach_statement(nothing, then, ENGLISH),
        reach.reach_figure(nothing, early, municipalities, then, ENGLISH),
        reach.reach_by_size(nothing, then, ENGLISH),
        state_outlook.states_table(early, then, nothing, municipalities, nfse, snc, ENGLISH, seed=1),
    ):
        assert isinstance(item, Statement)


def test_with_too_few_totals_only_the_sister_networks_are_looked_back_on(milestones: pd.DataFrame) -> None:
    steps = {"nfse": 9, "snc": 50}
    few = backtesting.backtest(
        known_by(milestones, "2022-12-31"),
        processed("nfse_adhesions"),
        processed("snc_adhesions"),
        steps=steps,
        draws=50,
    )
    assert set(few["set"]) == {"nfse", "snc"}
    assert "2 sets" in backtesting.backtest_statement(few, ENGLISH).sentence
    assert set(backtesting.calibration_figure(few, ENGLISH).frame["set"]) == {"nfse", "snc"}


def test_states_add_up_to_about_the_nation_and_none_passes_its_municipalities(
    milestones: pd.DataFrame, forecast: GrowthForecast, people: ReachForecast
) -> None:
    nfse, snc = processed("nfse_adhesions"), processed("snc_adhesions")
    table = state_outlook.states_table(
        milestones, forecast, people, processed("municipalities"), nfse, snc, PORTUGUESE, seed=1
    )
    assert isinstance(table, Table)
    frame = table.frame
    assert len(frame) == 26
    assert "DF" not in set(frame["uf"])
    assert list(frame["name"].iloc[:4]) == ["Acre", "Alagoas", "Amapá", "Amazonas"]
    assert (frame["members_low"] <= frame["members"]).all()
    assert (frame["members"] <= frame["members_high"]).all()
    assert (frame["members_high"] <= frame["municipalities"]).all()
    median = float(np.median(forecast.draws[:, forecast.dates.get_loc(TARGET_DAY)]))
    assert frame["members"].sum() == pytest.approx(median, rel=0.04)


@pytest.mark.parametrize("t", [ENGLISH, PORTUGUESE], ids=["en", "pt-BR"])
def test_every_figure_is_drawn_wide_and_narrow(
    t: Text, milestones: pd.DataFrame, forecast: GrowthForecast, looked_back: pd.DataFrame
) -> None:
    for item in (
        growth.fan_chart(milestones, forecast, 24, t),
        growth.curves_figure(forecast, t),
        scenarios.paces_figure(milestones, t),
        scenarios.scenarios_figure(milestones, forecast, 24, t),
        backtesting.calibration_figure(looked_back, t),
    ):
        assert item.alt
        assert t(item.title) in _shown(item)


def test_marks_are_reached_in_order(forecast: GrowthForecast) -> None:
    frame = growth.dates_table(forecast, ENGLISH).frame
    assert frame["count"].tolist() == [2785, 3000, 4178, 5013]
    assert frame["never_share"].is_monotonic_increasing
    early = frame["q10"].fillna(pd.Timestamp("2100-01-01"))
    assert early.is_monotonic_increasing


def test_a_target_that_was_reached_is_told_as_reached() -> None:
    milestones = known_by(processed("milestones"))
    day = milestones["date_latest"].max() + pd.Timedelta(days=60)
    last = milestones.tail(1).assign(date=day, date_earliest=day, date_latest=day, municipalities=3000, relation="eq")
    beyond = pd.concat([milestones, last.assign(count_low=3000, count_high=3000)], ignore_index=True)
    told = scenarios.needed_pace_statement(beyond, Text("en"))
    assert "the target of 2,785 municipalities was reached: at least 3,000 were in" in told.sentence
    table = growth.dates_table(outlook(beyond, draws=100), Text("en")).frame.set_index("count")
    assert table.loc[[2785, 3000], ["written0", "written1", "written2"]].isin(["reached"]).all(axis=None)
    assert not table.loc[5013, ["written0", "written1", "written2"]].isin(["reached"]).any()
