import numpy as np
import pandas as pd
import pytest

from redegov_analysis.drivers.adoption import fit_adoption, login_adoption
from redegov_analysis.drivers.chances import joining_chances
from redegov_analysis.drivers.event_history import (
    EventHistory,
    fit_event_history,
    nfse_event_history,
    snc_event_history,
)
from redegov_analysis.drivers.foresight import judge_in_time, likely_next
from redegov_analysis.drivers.literature import VERDICTS, compare_with_literature, published_drivers
from redegov_analysis.drivers.neighbours import link_islands, neighbours_from_pairs
from redegov_analysis.drivers.networks import recurring_drivers, slope_per_sd
from redegov_analysis.errors import IdentificationError, ParameterError


@pytest.fixture(scope="module")
def invoice(nfse: pd.DataFrame, municipalities: pd.DataFrame, pairs: pd.DataFrame) -> EventHistory:
    return nfse_event_history(nfse, municipalities, pairs)


@pytest.fixture(scope="module")
def culture(snc: pd.DataFrame, municipalities: pd.DataFrame, pairs: pd.DataFrame) -> EventHistory:
    return snc_event_history(snc, municipalities, pairs)


def test_size_internet_capital_and_neighbours_drove_the_voluntary_invoice(invoice: EventHistory) -> None:
    table = invoice.table()
    for term in ("log10_population", "internet_share", "capital", "neighbours_share"):
        assert table.loc[term, "low"] > 0, term
    assert invoice.counts["events"] == 1181
    assert invoice.counts["municipality_months"] == pytest.approx(147_000, rel=0.01)
    assert invoice.counts["undated"] == 2
    assert invoice.fit.clusters == 27


def test_every_row_and_event_is_accounted_for(invoice: EventHistory) -> None:
    counts = invoice.counts
    assert invoice.fit.n == len(invoice.panel) == counts["municipality_months"]
    assert counts["municipalities"] == 5570 - counts["undated"]
    assert counts["rows_incomplete"] == 30 * counts["municipalities_incomplete"] == 150
    assert counts["events_incomplete"] == 0


def test_a_cloglog_tells_the_same_story_as_a_logit(
    invoice: EventHistory, nfse: pd.DataFrame, municipalities: pd.DataFrame, pairs: pd.DataFrame
) -> None:
    other = nfse_event_history(nfse, municipalities, pairs, link="cloglog")
    np.testing.assert_allclose(other.table()["coef"], invoice.table()["coef"], atol=0.2)
    weighted = nfse_event_history(nfse, municipalities, pairs, weight="border_km")
    assert weighted.table().loc["neighbours_share", "low"] > 0


def test_without_the_burst_of_september_2023_size_and_neighbours_still_count(
    invoice: EventHistory, nfse: pd.DataFrame, municipalities: pd.DataFrame, pairs: pd.DataFrame
) -> None:
    calm = nfse_event_history(nfse, municipalities, pairs, exclude_months=["2023-09"])
    assert calm.counts["events"] == 900
    assert (calm.table().loc[["log10_population", "capital", "neighbours_share"], "low"] > 0).all()
    assert calm.panel["period"].nunique() == 29


def test_monthly_hazards_of_the_invoice_peak_in_the_burst(invoice: EventHistory) -> None:
    base = invoice.baseline()
    assert len(base) == 30
    assert base.loc[base["hazard"].idxmax(), "period"] == pd.Timestamp("2023-09-01")
    assert base["events"].sum() == 1181
    assert ((base["low"] <= base["hazard"]) & (base["hazard"] <= base["high"])).all()


def test_predicted_survival_falls_and_falls_faster_for_the_large(invoice: EventHistory) -> None:
    profiles = pd.DataFrame({"log10_population": [0.0, 2.0]}, index=["average", "large"])
    curves = invoice.survival(profiles).pivot(index="period", columns="profile", values="survival")
    assert curves.diff().iloc[1:].le(0).all(axis=None)
    assert (curves["large"] < curves["average"]).all()
    first = invoice.baseline()["hazard"].iloc[0]
    assert curves["average"].iloc[0] == pytest.approx(1 - first)
    with pytest.raises(ParameterError, match="wealth is not a term"):
        invoice.survival(pd.DataFrame({"wealth": [1.0]}))


def test_the_culture_system_follows_size_and_neighbours_and_its_silent_months_are_named(culture: EventHistory) -> None:
    assert (culture.table().loc[["log10_population_2010", "neighbours_share"], "low"] > 0).all()
    assert len(culture.fit.dropped_baseline) == 18
    assert "2012-01-01" in culture.fit.dropped_baseline
    assert culture.fit.n < culture.counts["municipality_months"]
    silent = culture.baseline().set_index("period").loc["2014-06-01"]
    assert silent["hazard"] == 0
    assert np.isnan(silent["high"])


def test_joining_one_network_can_be_asked_to_predict_the_next(
    nfse: pd.DataFrame, snc: pd.DataFrame, municipalities: pd.DataFrame, pairs: pd.DataFrame
) -> None:
    before = pd.DataFrame({"in_snc": snc.set_index("ibge_code")["joined_on"].notna().astype(float)})
    history = nfse_event_history(nfse, municipalities, pairs, extra=before)
    assert np.isnan(history.sd["in_snc"])  # a dummy: as it is
    assert 0 < history.table().loc["in_snc", "p"] < 1


def test_rows_in_another_order_give_the_same_history(
    invoice: EventHistory, nfse: pd.DataFrame, municipalities: pd.DataFrame, pairs: pd.DataFrame
) -> None:
    other = nfse_event_history(nfse.iloc[::-1], municipalities.sample(frac=1, random_state=1), pairs.iloc[::-1])
    pd.testing.assert_frame_equal(other.table(), invoice.table(), rtol=1e-8)


def test_a_ranking_made_before_september_2023_does_better_than_chance_after_it(
    nfse: pd.DataFrame, municipalities: pd.DataFrame, pairs: pd.DataFrame
) -> None:
    judged = judge_in_time(nfse, municipalities, pairs, "2022-07-01", "2023-08-31", "2024-12-31")
    assert judged.history.panel["period"].max() == pd.Timestamp("2023-08-01")
    assert judged.auc > 0.6
    assert judged.calibration["expected"].sum() == pytest.approx(judged.calibration["joined"].sum(), rel=1e-6)
    # It is too sure of those it puts on top: the burst was a rule's work, and drew the small as well.
    assert judged.calibration["joined"].iloc[0] < judged.calibration["expected"].iloc[0]


def test_those_likely_to_join_next_are_still_outside_and_ranked_once(
    invoice: EventHistory, nfse: pd.DataFrame, municipalities: pd.DataFrame, pairs: pd.DataFrame
) -> None:
    ranking = likely_next(invoice, nfse, municipalities, pairs, "2024-12-31")
    inside = nfse.loc[nfse["joined_on"] <= "2024-12-31", "ibge_code"]
    assert not set(ranking["ibge_code"]) & set(inside)
    assert ranking["ibge_code"].is_unique
    assert ranking["relative_hazard"].is_monotonic_decreasing
    assert ranking["relative_hazard"].median() == pytest.approx(1.0)
    assert ranking["monthly_probability"].between(0, 1).all()


def test_neighbours_that_are_ready_rank_as_their_pairs_do(
    invoice: EventHistory, nfse: pd.DataFrame, municipalities: pd.DataFrame, pairs: pd.DataFrame
) -> None:
    codes = pd.Index(sorted(invoice.panel["ibge_code"].unique()))
    inside = municipalities[municipalities["ibge_code"].isin(codes)]
    ready = neighbours_from_pairs(link_islands(pairs, inside), codes)
    lists = [likely_next(invoice, nfse, municipalities, given, "2024-12-31") for given in (pairs, ready)]
    pd.testing.assert_frame_equal(*lists)
    chances = [
        joining_chances(invoice, nfse, municipalities, given, "2024-12-31", draws=20) for given in (pairs, ready)
    ]
    pd.testing.assert_frame_equal(*chances)
    with pytest.raises(ParameterError, match="at least one month ahead, not 0"):
        joining_chances(invoice, nfse, municipalities, ready, "2024-12-31", months=0)


def test_size_recurs_in_every_network(
    invoice: EventHistory,
    culture: EventHistory,
    login_adopters: pd.DataFrame,
    municipalities: pd.DataFrame,
    milestones: pd.DataFrame,
) -> None:
    from redegov_analysis.drivers.selectivity import fit_size_selectivity

    login = fit_adoption(login_adoption(login_adopters, municipalities, "2022-03-21"), municipalities)
    last = fit_size_selectivity(milestones, municipalities).iloc[-1]
    tables = {
        "login": login.table(),
        "nfse": invoice.table(),
        "snc": culture.table(),
        "rede": slope_per_sd(last, login.sd["log10_population"]),
    }
    table = recurring_drivers(tables)
    size = table[table["term"] == "log10_population"]
    assert size["network"].tolist() == ["login", "nfse", "snc", "rede"]
    assert (size["sign"] == "+").all()
    assert set(table["sign"]) <= {"+", "-", "ns"}
    assert ((table["sign"] == "ns") == (table["p"] >= 0.05)).all()


def test_the_literature_agrees_on_size_and_on_neighbours(invoice: EventHistory) -> None:
    compared = compare_with_literature({"nfse": invoice.table()})
    assert set(compared["verdict"]) <= set(VERDICTS)
    size = compared[compared["term"] == "log10_population"]
    assert len(size) == 7
    assert (size["verdict"] == "agree").all()
    assert (compared[compared["term"] == "neighbours_share"]["verdict"] == "agree").all()
    assert compared[compared["term"] == "capital"]["verdict"].tolist() == ["new"]
    assert not compared["term"].astype(str).str.startswith("region[").any()
    with pytest.raises(ParameterError, match="tables is empty"):
        compare_with_literature({})


def test_verdicts_need_an_interval_beside_the_sign() -> None:
    table = pd.DataFrame(
        {"coef": [-0.5, 0.1, 0.3], "low": [-0.8, -0.1, 0.1], "high": [-0.2, 0.3, 0.5]},
        index=pd.Index(["log10_population", "log_gdp_per_head", "gini"], name="term"),
    )
    compared = compare_with_literature({"made up": table})
    verdict = compared.groupby("term")["verdict"].unique()
    assert verdict["log10_population"].tolist() == ["disagree"]
    assert set(verdict["log_gdp_per_head"]) == {"open", "agree"}  # one study found no effect of wealth
    assert verdict["gini"].tolist() == ["open"]  # the one study of inequality found none


def test_published_drivers_carry_their_source_and_a_sign() -> None:
    table = published_drivers()
    assert len(table) == 85
    assert table["source_url"].notna().all()
    assert set(table["effect"].dropna()) == {"+", "-", "ns"}
    assert table["study"].nunique() == 23


def test_history_of_another_window_truncates_what_came_before(
    nfse: pd.DataFrame, municipalities: pd.DataFrame, pairs: pd.DataFrame
) -> None:
    late = fit_event_history(nfse, municipalities, pairs, "2023-01-01", "2023-12-31", ("log10_population",))
    assert late.counts["joined_before"] == (nfse["joined_on"] < "2023-01-01").sum() == 170
    assert late.counts["at_risk"] == 5570 - 170
    assert late.counts["events"] == 1047 - 170


def test_a_smooth_calendar_tells_the_same_effects_as_one_constant_per_month(
    invoice: EventHistory, nfse: pd.DataFrame, municipalities: pd.DataFrame, pairs: pd.DataFrame
) -> None:
    smooth = nfse_event_history(nfse, municipalities, pairs, baseline="spline")
    assert len(smooth.fit.coef) < len(invoice.fit.coef)
    assert smooth.counts["municipality_months"] == invoice.counts["municipality_months"]
    ours, theirs = smooth.table(), invoice.table()
    assert (np.abs(ours["coef"] - theirs["coef"]) < theirs["stderr"]).all()
    calendar = smooth.baseline()
    assert calendar["low"].lt(calendar["hazard"]).all()
    assert calendar["high"].gt(calendar["hazard"]).all()
    assert calendar["hazard"].diff().abs().max() < invoice.baseline()["hazard"].diff().abs().max()
    average = smooth.survival(pd.DataFrame(index=["average"]))
    np.testing.assert_allclose(average["survival"], np.cumprod(1 - calendar["hazard"]))
    ranked = likely_next(smooth, nfse, municipalities, pairs, "2024-12-31")
    assert ranked["monthly_probability"].between(0, 0.5).all()


def test_state_effects_take_the_place_of_the_regions(
    invoice: EventHistory, nfse: pd.DataFrame, municipalities: pd.DataFrame, pairs: pd.DataFrame
) -> None:
    within = nfse_event_history(nfse, municipalities, pairs, states=True)
    table = within.table()
    assert not table.index.str.startswith("region[").any()
    assert "state[MG]" not in table.index  # the state with most municipalities is the reference
    effects = int(table.index.str.startswith("state[").sum())
    assert effects + 1 + within.counts["states_without_events"] == 27
    assert table.loc["log10_population", "low"] > 0
    assert within.fit.n <= invoice.fit.n


def test_a_state_in_which_nobody_joined_is_left_out_and_counted(
    nfse: pd.DataFrame, municipalities: pd.DataFrame, pairs: pd.DataFrame
) -> None:
    acre = municipalities.loc[municipalities["uf"] == "AC", "ibge_code"]
    without = nfse.assign(joined_on=nfse["joined_on"].mask(nfse["ibge_code"].isin(acre)))
    fit = nfse_event_history(without, municipalities, pairs, states=True)
    assert fit.counts["states_without_events"] >= 1
    assert "AC" not in set(fit.panel["uf"])


def test_a_list_without_a_joining_in_time_is_refused_and_says_when(
    nfse: pd.DataFrame, municipalities: pd.DataFrame, pairs: pd.DataFrame
) -> None:
    with pytest.raises(IdentificationError, match=r"Nobody .* joined from 2015-01-01 to 2015-12-31"):
        fit_event_history(nfse, municipalities, pairs, "2015-01-01", "2015-12-31")
    with pytest.raises(ParameterError, match="baseline is 'year'"):
        fit_event_history(nfse, municipalities, pairs, "2023-01-01", "2023-12-31", baseline="year")  # type: ignore[arg-type]
