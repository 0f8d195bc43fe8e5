"""What notebook 03 shows: claims about its items, on the real tables."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from redegov_analysis.cleaning.build import processed
from redegov_analysis.drivers.event_history import EventHistory, nfse_event_history, snc_event_history
from redegov_analysis.drivers.selectivity import fit_size_selectivity
from redegov_analysis.drivers.validation import cross_validate
from redegov_analysis.reports.content import (
    choices,
    event_history,
    literature,
    login,
    maps,
    neighbours,
    recurrence,
    sisters,
    survival,
)
from redegov_analysis.reports.content.coefficients import (
    COVARIATE_SETS,
    covariate_terms,
    snc_covariate_terms,
    written_ratio,
)
from redegov_analysis.reports.text import Text


@dataclass(frozen=True)
class Tables:
    """The processed tables that the notebook reads."""

    municipalities: pd.DataFrame
    pairs: pd.DataFrame
    login: pd.DataFrame
    nfse: pd.DataFrame
    snc: pd.DataFrame


@pytest.fixture(scope="module")
def tables() -> Tables:
    names = ("municipalities", "neighbours", "login_adopters", "nfse_adhesions", "snc_adhesions")
    return Tables(*(processed(name) for name in names))


@pytest.fixture(scope="module")
def history(tables: Tables) -> EventHistory:
    return nfse_event_history(tables.nfse, tables.municipalities, tables.pairs)


@pytest.fixture(scope="module")
def culture(tables: Tables) -> EventHistory:
    return snc_event_history(tables.snc, tables.municipalities, tables.pairs)


@pytest.fixture(scope="module")
def networks(tables: Tables, history: EventHistory, culture: EventHistory) -> dict[str, pd.DataFrame]:
    penalised = login.login_fit(tables.login, tables.municipalities, firth=True)
    fits = fit_size_selectivity(processed("milestones"), tables.municipalities)
    exposure = neighbours.exposure_table(tables.login, tables.municipalities, tables.pairs)
    return recurrence.network_tables(penalised, history, culture, fits, tables.municipalities, exposure)


@pytest.fixture(params=["en", "pt-BR"])
def t(request: pytest.FixtureRequest) -> Text:
    return Text(request.param)


@pytest.mark.parametrize("by", ["size", "region"])
def test_survival_curves_start_at_one_and_never_rise(tables: Tables, by: str) -> None:
    curves, p = survival.outside_at_month_ends(survival.nfse_span(tables.nfse), tables.municipalities, by)
    assert p < 0.001
    assert curves["group"].nunique() == 5
    for _, curve in curves.groupby("group"):
        assert curve["survival"].iloc[0] == 1
        assert (curve["survival"].diff().iloc[1:] <= 0).all()
        assert curve["survival"].between(curve["low"], curve["high"]).all()


@pytest.mark.parametrize("by", ["size", "region"])
def test_survival_at_the_last_month_end_is_the_plain_share_still_outside(tables: Tables, by: str) -> None:
    curves, _ = survival.outside_at_month_ends(survival.nfse_span(tables.nfse), tables.municipalities, by)
    last = curves.groupby("group").last()
    outside = float((last["survival"] * last["municipalities"]).sum())
    assert int(last["municipalities"].sum()) - outside == pytest.approx(1181, abs=1)


def test_larger_municipalities_join_sooner_at_every_month_end(tables: Tables) -> None:
    curves, _ = survival.outside_at_month_ends(survival.nfse_span(tables.nfse), tables.municipalities, "size")
    wide = curves.pivot(index="month", columns="group", values="survival")[list(survival.SIZE_GROUPS)]
    assert (wide.loc["2023-09-30":].diff(axis=1).iloc[:, 1:] < 0).all(axis=None)


def test_size_groups_leave_out_no_class(tables: Tables) -> None:
    grouped = {label for labels in survival.SIZE_GROUPS.values() for label in labels}
    assert grouped == set(tables.municipalities["size_class"].astype("str"))


def test_map_has_a_ring_for_every_municipality_but_the_youngest(tables: Tables) -> None:
    codes, rings = maps.municipality_rings()
    assert set(tables.municipalities["ibge_code"]) - set(codes) == {"5101837"}
    assert all(ring.shape[1] == 2 and np.isfinite(ring).all() for ring in rings)
    borders = maps.state_borders(codes, rings)
    assert 0 < len(borders) < 0.1 * sum(len(ring) for ring in rings)


def test_map_counts_each_municipality_that_joined_by_choice_once(tables: Tables) -> None:
    years = maps.joining_years(tables.nfse, tables.municipalities)
    states = maps.states_by_year(years)
    joined = states[["joined_2022", "joined_2023", "joined_2024"]].to_numpy().sum()
    assert joined == (tables.nfse["joined_on"] <= "2024-12-31").sum() == 1181
    assert states["municipalities"].sum() == len(tables.municipalities)
    assert years["year"].isna().sum() == 2  # in without a date: nobody knows the year


def test_map_does_not_depend_on_the_order_of_rows(tables: Tables) -> None:
    shuffled = tables.nfse.sample(frac=1, random_state=1), tables.municipalities.sample(frac=1, random_state=2)
    given = maps.joining_years(tables.nfse, tables.municipalities)
    pd.testing.assert_frame_equal(maps.joining_years(*shuffled), given)


def test_figure_of_odds_keeps_one_row_for_each_term_and_adds_the_other_model_beside_it(
    tables: Tables, history: EventHistory, culture: EventHistory, t: Text
) -> None:
    halls = login.login_fit(tables.login, tables.municipalities)
    anybody = login.login_fit(tables.login, tables.municipalities, body="any")
    odds = login.odds_figure(halls, anybody, t).frame.set_index("term")
    assert odds.index.is_unique
    assert odds["ratio"].to_numpy() == pytest.approx(halls.table()["ratio"].to_numpy())
    assert odds["ratio_any"].to_numpy() == pytest.approx(anybody.table()["ratio"].to_numpy())
    monthly = event_history.odds_figure(history, culture, t).frame.set_index("term")
    assert monthly.index.is_unique
    assert np.isnan(monthly.loc["internet_share", "ratio_snc"])  # not known before the culture system
    size_2010 = culture.table().loc["log10_population_2010", "ratio"]
    assert monthly.loc["log10_population", "ratio_snc"] == pytest.approx(size_2010)


@pytest.mark.parametrize("name", [*COVARIATE_SETS, "gini,legal_amazon,fibre,log_density"])
def test_every_choice_of_covariates_fits_every_network(tables: Tables, name: str) -> None:
    terms = covariate_terms(name)
    hall = login.login_fit(tables.login, tables.municipalities, terms, firth=True)
    nfse = nfse_event_history(tables.nfse, tables.municipalities, tables.pairs, terms)
    snc = snc_event_history(tables.snc, tables.municipalities, tables.pairs, snc_covariate_terms(name))
    for table in (hall.table(), nfse.table()):
        assert set(terms) <= set(table.index)
        assert table.loc["log10_population", "ratio_low"] > 1
    assert snc.table().loc["log10_population_2010", "ratio_low"] > 1


def test_size_goes_with_the_login_wherever_regions_are_held_equal(tables: Tables) -> None:
    curve = choices.choices_curve(tables.login, tables.municipalities)
    figure = choices.choices_figure(curve, Text("en"))
    assert len(figure.frame) == len(curve) / 2 == 28
    assert (figure.frame.loc[figure.frame["regions"], "ratio_low"] > 1).all()
    assert figure.frame["ratio"].is_monotonic_increasing
    assert "14 of 14" in figure.caption


def test_discrimination_lies_between_a_coin_and_certainty(tables: Tables, t: Text) -> None:
    fit = login.login_fit(tables.login, tables.municipalities, firth=True)
    stated = login.discrimination_statement(cross_validate(fit, folds=5), t)
    assert isinstance(stated.value, float)
    assert 0.8 < stated.value < 0.95
    assert t.number(100 * stated.value, 0) in stated.sentence


def test_neighbours_of_the_same_state_at_random_explain_what_neighbours_seem_to(tables: Tables) -> None:
    exposure = neighbours.exposure_table(tables.login, tables.municipalities, tables.pairs)
    draws = neighbours.placebo_draws(tables.login, tables.municipalities, tables.pairs, draws=19)
    again = neighbours.placebo_draws(tables.login, tables.municipalities, tables.pairs, draws=2)
    assert draws["coef"].iloc[:2].to_numpy() == pytest.approx(again["coef"].to_numpy())
    assert len(exposure) == 6
    halls = exposure[exposure["body"] == "city_hall"]
    assert ((halls["ratio_low"] < 1) & (halls["ratio_high"] > 1)).all()
    stated = neighbours.reading_statement(exposure, draws, Text("en"))
    assert "may be the state" in stated.sentence
    figure = neighbours.placebo_figure(exposure, draws, Text("en"))
    assert figure.frame["maps"].sum() == 19


def test_a_placebo_that_never_reaches_the_true_effect_reads_otherwise(tables: Tables) -> None:
    exposure = neighbours.exposure_table(tables.login, tables.municipalities, tables.pairs)
    far = pd.DataFrame({"coef": np.linspace(-0.5, -0.1, 99)})
    assert "more than the state is at work" in neighbours.reading_statement(exposure, far, Text("en")).sentence


def test_residuals_are_less_alike_than_the_list_itself(tables: Tables, t: Text) -> None:
    fit = login.login_fit(tables.login, tables.municipalities, firth=True)
    stated = neighbours.residuals_statement(fit, tables.pairs, tables.municipalities, t)
    assert isinstance(stated.value, float)
    assert 0 < stated.value < 0.05


def test_readings_of_the_invoice_list_agree_on_size_and_neighbours(
    tables: Tables, history: EventHistory, t: Text
) -> None:
    readings = sisters.variants(history, tables.nfse, tables.municipalities, tables.pairs)
    table = sisters.variants_table(readings, t).frame.set_index("term")
    for name in readings:
        assert table.loc["log10_population", f"ratio_low_{name}"] > 1
        assert table.loc["neighbours_share", f"ratio_low_{name}"] > 1
    events = [int(reading.counts["events"]) for reading in readings.values()]
    assert events[1] < events[0] < events[3]


def test_capitals_lead_by_published_date_but_not_by_effective_date(tables: Tables, history: EventHistory) -> None:
    readings = sisters.variants(history, tables.nfse, tables.municipalities, tables.pairs)
    table = sisters.variants_table(readings, Text("en")).frame.set_index("term")
    assert table.loc["capital", "ratio_low_chosen"] > 1
    assert table.loc["capital", "ratio_low_effective"] < 1 < table.loc["capital", "ratio_high_effective"]


def test_foresight_is_better_than_a_coin_and_far_from_certain(tables: Tables, t: Text) -> None:
    stated = sisters.foresight_statement(sisters.judged(tables.nfse, tables.municipalities, tables.pairs), t)
    assert isinstance(stated.value, float)
    assert 0.6 < stated.value < 0.75


def test_size_recurs_in_every_network(networks: dict[str, pd.DataFrame], t: Text) -> None:
    table = recurrence.recurring_table(networks, t)
    shown = table.frame.set_index("term")
    assert all(shown.loc["log10_population", name].startswith("▲") for name in networks)
    assert shown["rede"].notna().sum() == 1  # totals know size alone
    assert " " not in shown.loc["log10_population", "nfse"]


def test_neighbours_do_not_recur_because_the_login_lists_show_no_effect(networks: dict[str, pd.DataFrame]) -> None:
    table = recurrence.recurring_table(networks, Text("en"))
    shown = table.frame.set_index("term").loc["neighbours_share"]
    assert [shown[name][0] for name in ("login", "nfse", "snc")] == ["·", "▲", "▲"]
    assert "Neighbours already in" not in table.caption


def test_joining_one_network_does_not_foretell_joining_the_next(tables: Tables, t: Text) -> None:
    fitted = recurrence.next_network(tables.login, tables.nfse, tables.snc, tables.municipalities, tables.pairs)
    stated = recurrence.next_network_statement(fitted, t)
    assert isinstance(stated.low, float)
    assert isinstance(stated.high, float)
    assert stated.low < 1 < stated.high


def test_verdicts_on_the_literature_add_up(networks: dict[str, pd.DataFrame], t: Text) -> None:
    frame = literature.findings_table(networks, t).frame
    assert (frame[["agree", "open", "disagree"]].sum(axis=1) == frame["studies"]).all()
    assert frame[frame["term"] == "log10_population"]["network"].nunique() == 4
    full = literature.studies_table(networks, t).frame
    assert int((full["verdict"] != "not comparable").sum()) == int(frame["studies"].sum())


def test_a_missing_ratio_is_a_dash() -> None:
    row = pd.Series({"ratio": np.nan, "ratio_low": np.nan, "ratio_high": np.nan})
    assert written_ratio(row, Text("en")) == "–"


def test_every_figure_is_drawn_for_both_sheets_and_told_in_words(
    tables: Tables, history: EventHistory, culture: EventHistory, t: Text
) -> None:
    fit = login.login_fit(tables.login, tables.municipalities)
    figures = [
        login.odds_figure(fit, fit, t),
        event_history.odds_figure(history, culture, t),
        survival.curves_figure(tables.nfse, tables.municipalities, t),
    ]
    for figure in figures:
        assert figure.picture() != figure.picture(narrow=True)
        assert not re.search(r"[{}]", figure.alt + figure.caption)
    image = maps.joining_map(tables.nfse, tables.municipalities, t).picture()
    assert image.startswith(b"\x89PNG")
    assert len(image) < 200_000
