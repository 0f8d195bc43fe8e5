"""The numbers that people will quote, held against what was published and what the data say.

A change of any of them is a change of what this project tells the public: move the expectation on purpose, and say so
in CHANGELOG.md with both values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

if TYPE_CHECKING:
    from conftest import Site


def _csv(site: Site, report: str, name: str) -> pd.DataFrame:
    return pd.read_csv(site.folder / "data" / report / f"{name}.csv")


def test_the_newest_total_is_told_as_a_bound(site: Site) -> None:
    stated = site.statement("02_network_overview", "members_latest")
    assert (stated["value"], stated["low"], stated["high"]) == (2601, 2601, 2699)
    assert stated["evidence"] == "published"
    assert stated["sentence"] == (
        "Em 27 de fevereiro de 2026, mais de 2.600 municípios integravam a Rede GOV.BR: ao menos 2.601 dos 5.571, "
        "ou 46,7%."
    )
    missing = site.statement("02_network_overview", "missing_to_target")
    assert (missing["value"], missing["numeral"]) == (184, "no máximo 184")
    needed = site.statement("04_growth_forecast", "pace_needed")
    assert needed["value"] == pytest.approx(18.24, abs=0.01)
    assert "29 a 75 por mês" in needed["sentence"]


def test_members_on_8_december_2025_are_2500_of_5570(site: Site) -> None:
    stated = site.statement("02_network_overview", "members_last_mark")
    assert stated["value"] == 2500
    assert stated["evidence"] == "published"
    assert stated["sentence"] == "Em 8 de dezembro de 2025, 2.500 dos 5.570 municípios integravam a Rede GOV.BR: 44,9%."


def test_people_reached_are_146_million(site: Site) -> None:
    stated = site.statement("02_network_overview", "population_reached")
    assert stated["value"] == 146e6
    assert "nos 2.500 municípios da rede (44,9% dos 5.570)" in stated["sentence"]


def test_alagoas_is_the_one_state_of_which_a_number_is_published(site: Site) -> None:
    told = [
        (job["name"], stated["sentence"])
        for job in site.manifest["jobs"]
        for stated in job["page"]["statements"]
        if stated["id"] == "state_published"
    ]
    assert told == [
        (
            "states/AL",
            "Até 27 de fevereiro de 2026, ao menos 52 dos 102 municípios de Alagoas integravam a rede: mais de 50%.",
        )
    ]


def test_mean_monthly_growth_in_2023_is_about_47(site: Site) -> None:
    pace = _csv(site, "02_network_overview", "pace_by_year").set_index("end")
    assert pace.loc["2023-12-31", "per_month"] == pytest.approx(47, abs=0.5)
    assert pace.loc["2023-12-31", "per_month_low"] < 47 < pace.loc["2023-12-31", "per_month_high"]


def test_size_gradient_falls_from_near_one_and_a_half_to_near_one(site: Site) -> None:
    slopes = _csv(site, "03_adoption_drivers", "size_slopes").set_index("date")["slope"]
    assert slopes.iloc[0] == pytest.approx(1.5, abs=0.1)
    assert slopes.loc["2025-12-08"] == pytest.approx(1.0, abs=0.1)
    assert slopes.is_monotonic_decreasing


def test_login_list_has_144_city_halls_and_295_municipalities_with_any_body(site: Site) -> None:
    assert site.statement("01_data_quality", "login_2022")["value"] == 144
    assert _csv(site, "03_adoption_drivers", "login_regions")["any_body"].sum() == 295


def test_two_rows_of_2021_are_refused_for_their_state(site: Site) -> None:
    refused = _csv(site, "01_data_quality", "rejected")
    wrong = refused[refused["problem"] == "wrong_state"]
    assert sorted(wrong["suggestion"]) == [4115853, 4316758]
    assert set(wrong["list_date"]) == {"2021-04-15"}


def test_login_goes_with_size_and_the_south(site: Site) -> None:
    odds = _csv(site, "03_adoption_drivers", "login_odds").set_index("term")
    assert odds.loc["log10_population", "coef"] > 0
    assert odds.loc["log10_population", "p"] < 0.05
    assert odds.loc["region[Sul]", "ratio"] > 10
    assert odds.loc["region[Sul]", "ratio_low"] > 1


@pytest.mark.parametrize("term", ["log10_population", "internet_share", "capital", "neighbours_share"])
def test_joining_nfse_by_choice_goes_with(site: Site, term: str) -> None:
    odds = _csv(site, "03_adoption_drivers", "nfse_odds").set_index("term")
    assert odds.loc[term, "coef"] > 0
    assert odds.loc[term, "p"] < 0.05


def test_forecast_of_the_target_is_a_probability_with_its_evidence(site: Site) -> None:
    stated = site.statement("04_growth_forecast", "target_probability")
    assert 0 <= stated["value"] <= 1
    assert stated["evidence"] == "estimated"


def test_forecast_bands_hold_each_other_and_never_shrink(site: Site) -> None:
    fan = _csv(site, "04_growth_forecast", "fan_chart")
    bands = fan[["q025", "q100", "q250", "q500", "q750", "q900", "q975"]]
    assert (bands.diff(axis=1).iloc[:, 1:] >= 0).all(axis=None)
    assert (bands.diff().iloc[1:] >= 0).all(axis=None)
    assert bands.to_numpy().max() <= 5571
    assert bands.to_numpy().min() >= 2601


def test_forecast_for_the_end_of_2026_is_as_published(site: Site) -> None:
    stated = site.statement("04_growth_forecast", "total_end_2026")
    assert (round(stated["value"]), round(stated["low"]), round(stated["high"])) == (3300, 3019, 3531)


def test_totals_since_2025_lie_within_the_95_percent_band_of_what_2024_foresaw(site: Site) -> None:
    look_back = _csv(site, "04_growth_forecast", "look_back")
    assert list(look_back["date"]) == ["2025-07-10", "2025-12-08", "2025-12-31", "2026-02-27"]
    assert look_back["inside_95"].all()


def test_every_date_reached_comes_after_the_last_total(site: Site) -> None:
    dates = _csv(site, "04_growth_forecast", "dates_reached").set_index("count")
    assert list(dates.index) == [2785, 3000, 4178, 5013]
    assert (pd.to_datetime(dates["q10"]) > pd.Timestamp("2026-02-27")).all()
    reached = dates.dropna(subset=["q50"])  # missing: not within the fifteen years that paths run
    assert set(reached.index) >= {2785, 3000}
    assert (pd.to_datetime(reached["q50"]) >= pd.to_datetime(reached["q10"])).all()


def test_state_shares_are_estimates_with_wide_intervals_that_add_up(site: Site) -> None:
    states = [job for job in site.manifest["jobs"] if job["name"].startswith("states/")]
    assert len(states) == 27
    members = 0.0
    for job in states:
        share = site.statement(job["name"], "state_share")
        assert share["evidence"] == "estimated"
        if job["name"] == "states/DF":
            assert share["value"] is None
            continue
        assert 0 <= share["low"] <= share["value"] <= share["high"] <= 1
        members += share["value"] * site.statement(job["name"], "state_size")["value"]
    assert members == pytest.approx(2500, rel=0.05)


def test_english_and_portuguese_state_the_same_numbers(site: Site, english_site: Site) -> None:
    for job in english_site.manifest["jobs"]:
        for english in job["page"]["statements"]:
            portuguese = site.statement(job["name"], english["id"])
            assert portuguese["value"] == english["value"]
            assert portuguese["sentence"] != english["sentence"]
