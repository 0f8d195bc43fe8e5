import numpy as np
import pandas as pd
import pytest

from redegov_analysis.cleaning.build import processed
from redegov_analysis.drivers.calendar import caravans, event_terms, mandate_terms
from redegov_analysis.drivers.event_history import fit_event_history
from redegov_analysis.errors import DataError, IdentificationError, ParameterError

START, END = "2023-01-01", "2024-12-31"


@pytest.fixture(scope="module")
def joined(municipalities: pd.DataFrame) -> pd.DataFrame:
    """A made-up list of 24 months in which the months of an event, in one state, triple the odds."""
    rng = np.random.default_rng(9)
    codes = municipalities.sort_values("ibge_code")
    months = pd.period_range(START, END, freq="M")
    day = pd.Series(pd.NaT, index=codes.index, dtype="datetime64[us]")
    for month in months:
        recent = (codes["uf"] == "BA") & (month >= pd.Period("2023-08")) & (month < pd.Period("2023-11"))
        odds = 0.02 * np.where(recent, 3.0, 1.0) * (2.0 if month.year == 2024 else 1.0)
        new = (rng.random(len(codes)) < odds / (1 + odds)) & day.isna()
        day[new] = month.start_time
    return pd.DataFrame({"ibge_code": codes["ibge_code"], "joined_on": day})


def test_mandates_begin_every_fourth_year_and_end_with_an_election() -> None:
    table = mandate_terms("2012-12-01", "2025-12-31").set_index("period")
    assert table.loc["2013-01-01", "first_year_of_mandate"] == table.loc["2025-12-01", "first_year_of_mandate"] == 1
    assert table.loc["2024-10-01", "election_year"] == table.loc["2012-12-01", "election_year"] == 1
    assert table["first_year_of_mandate"].sum() == 4 * 12


def test_an_event_counts_in_its_month_and_those_after_it() -> None:
    events = pd.DataFrame({"date": pd.to_datetime(["2023-08-24", "2023-09-01"]), "uf": ["BA", "RJ"]})
    table = event_terms(events, "2023-07-01", "2023-12-31", "near", months=3)
    near = table.pivot(index="period", columns="uf", values="near")
    assert near["BA"].tolist() == [0, 1, 1, 1, 0, 0]
    assert near["RJ"].tolist() == [0, 0, 1, 1, 1, 0]
    everywhere = event_terms(events[["date"]], "2023-07-01", "2023-12-31", "near", months=1)
    assert everywhere["near"].tolist() == [0, 1, 1, 0, 0, 0]
    with pytest.raises(ParameterError, match="months is 0"):
        event_terms(events, "2023-07-01", "2023-12-31", "near", months=0)


def test_caravans_are_read_with_their_state() -> None:
    found = caravans(processed("programme_events"))
    assert len(found) >= 5
    assert found.iloc[0].tolist() == [pd.Timestamp("2023-08-24"), "BA"]
    assert set(found["uf"]) <= set(processed("municipalities")["uf"])


def test_an_event_in_one_state_is_found_beside_a_constant_for_each_month(
    joined: pd.DataFrame, municipalities: pd.DataFrame, pairs: pd.DataFrame
) -> None:
    events = pd.DataFrame({"date": [pd.Timestamp("2023-08-24")], "uf": ["BA"]})
    varying = event_terms(events, START, END, "near")
    fit = fit_event_history(joined, municipalities, pairs, START, END, ("log10_population",), varying=varying)
    table = fit.table()
    assert table.loc["near", "coef"] == pytest.approx(np.log(3), abs=0.25)
    assert abs(table.loc["log10_population", "coef"]) < 0.15
    assert np.isnan(table.loc["near", "sd"])
    mixed = varying.sample(frac=1, random_state=1)
    other = fit_event_history(joined, municipalities, pairs, START, END, ("log10_population",), varying=mixed)
    pd.testing.assert_frame_equal(other.table(), table)


def test_a_term_of_all_states_needs_a_smooth_calendar(
    joined: pd.DataFrame, municipalities: pd.DataFrame, pairs: pd.DataFrame
) -> None:
    given = (joined, municipalities, pairs, START, END, ("log10_population",))
    varying = mandate_terms(START, END)[["period", "election_year"]]
    with pytest.raises(IdentificationError, match=r"linearly dependent.*election_year"):
        fit_event_history(*given, varying=varying)
    smooth = fit_event_history(*given, varying=varying, baseline="spline", spline_df=1)
    assert "election_year" in smooth.table().index


def test_terms_that_cannot_be_matched_are_refused(
    joined: pd.DataFrame, municipalities: pd.DataFrame, pairs: pd.DataFrame
) -> None:
    given = (joined, municipalities, pairs, START, END, ("log10_population",))
    twice = pd.DataFrame({"uf": ["BA", "BA"], "near": [1.0, 0.0]})
    with pytest.raises(DataError, match="two rows for one uf"):
        fit_event_history(*given, varying=twice)
    with pytest.raises(DataError, match="varying needs one of period, uf and ibge_code"):
        fit_event_history(*given, varying=pd.DataFrame({"near": [1.0]}))
    with pytest.raises(DataError, match="names of their own; it has uf, event"):
        fit_event_history(*given, varying=pd.DataFrame({"uf": ["BA"], "event": [1.0]}))
