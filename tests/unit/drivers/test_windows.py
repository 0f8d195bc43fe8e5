import numpy as np
import pandas as pd
import pytest

from redegov_analysis.drivers.covariates import model_table
from redegov_analysis.drivers.event_history import fit_event_history
from redegov_analysis.drivers.neighbours import link_islands, neighbours_from_pairs
from redegov_analysis.drivers.simulation import simulate_joinings
from redegov_analysis.drivers.splines import natural_spline
from redegov_analysis.drivers.windows import fit_windowed_history
from redegov_analysis.errors import DataError, IdentificationError, ParameterError

START, END = "2020-01-01", "2022-12-31"
TERMS = ("log10_population",)


@pytest.fixture(scope="module")
def south(municipalities: pd.DataFrame) -> pd.DataFrame:
    return municipalities[municipalities["region"].isin(["Sul", "Centro-Oeste"])]


@pytest.fixture(scope="module")
def joined(south: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """A made-up list on the real map: 36 months, effect of size 0.7 per standard deviation."""
    X = model_table(south, TERMS, regions=False, on=pd.Timestamp(START)).X
    places = neighbours_from_pairs(link_islands(pairs, south), pd.Index(X.index))
    effects = pd.Series({"log10_population": 0.7})
    return simulate_joinings(X, effects, places, 0.0, START, np.linspace(-6.5, -2.5, 36), 4)


def _windows(joined: pd.DataFrame, freq: str) -> pd.DataFrame:
    period = joined["joined_on"].dt.to_period(freq)
    return joined[["ibge_code"]].assign(
        joined_after=period.dt.start_time - pd.Timedelta(days=1), joined_by=period.dt.end_time.dt.normalize()
    )


def test_windows_of_one_day_are_dates(joined: pd.DataFrame, south: pd.DataFrame, pairs: pd.DataFrame) -> None:
    exact = fit_event_history(joined, south, pairs, START, END, TERMS, baseline="spline")
    pooled = fit_windowed_history(_windows(joined, "D"), south, pairs, START, END, TERMS, draws=2, rounds=1)
    columns = ["coef", "stderr", "low", "high", "sd"]
    np.testing.assert_allclose(pooled.table()["coef"], exact.table()["coef"], rtol=1e-8)
    np.testing.assert_allclose(pooled.table()["stderr"], exact.table()["stderr"], rtol=1e-8)
    assert pooled.counts["windows"] == 0
    assert set(columns) <= set(pooled.table().columns)
    assert pooled.counts["events"] == exact.counts["events"] == joined["joined_on"].notna().sum()


def test_whole_years_widen_intervals_and_leave_the_effect_of_size(
    joined: pd.DataFrame, south: pd.DataFrame, pairs: pd.DataFrame
) -> None:
    exact = fit_event_history(joined, south, pairs, START, END, TERMS, baseline="spline").table()
    pooled = fit_windowed_history(_windows(joined, "Y"), south, pairs, START, END, TERMS, draws=4, seed=1)
    table = pooled.table()
    assert table.loc["log10_population", "coef"] == pytest.approx(exact.loc["log10_population", "coef"], rel=0.05)
    assert table.loc["log10_population", "missing_information"] > 0
    assert (table["missing_information"] < 0.9).all()
    assert pooled.counts["windows"] == joined["joined_on"].notna().sum()
    held = pooled.events.merge(_windows(joined, "Y"), on="ibge_code")
    assert ((held["joined_on"] > held["joined_after"]) & (held["joined_on"] <= held["joined_by"])).all()
    with pytest.raises(ParameterError, match="pooled at the level"):
        pooled.table(0.9)


def test_days_drawn_by_the_model_follow_the_rise_that_even_days_do_not(
    joined: pd.DataFrame, south: pd.DataFrame, pairs: pd.DataFrame
) -> None:
    # Joinings grew through each year, so true days lie late in it; even days lie in the middle.
    year = _windows(joined, "Y")

    def late(rounds: int) -> float:
        fit = fit_windowed_history(year, south, pairs, START, END, TERMS, draws=2, rounds=rounds, seed=2)
        return float((fit.events["joined_on"].dt.month > 6).mean())

    true = float((joined["joined_on"].dropna().dt.month > 6).mean())
    assert true > 0.53
    assert abs(late(3) - true) < abs(late(1) - true)


def test_fillings_do_not_depend_on_the_order_of_rows(
    joined: pd.DataFrame, south: pd.DataFrame, pairs: pd.DataFrame
) -> None:
    given = _windows(joined, "Q")
    one = fit_windowed_history(given, south, pairs, START, END, TERMS, draws=2, rounds=1, seed=3)
    mixed = given.sample(frac=1, random_state=1), south.sample(frac=1, random_state=2)
    other = fit_windowed_history(*mixed, pairs, START, END, TERMS, draws=2, rounds=1, seed=3)
    pd.testing.assert_frame_equal(one.events, other.events)
    np.testing.assert_allclose(one.table()["coef"], other.table()["coef"], rtol=1e-8)


def test_a_window_open_to_the_left_begins_with_the_observation(
    joined: pd.DataFrame, south: pd.DataFrame, pairs: pd.DataFrame
) -> None:
    given = _windows(joined, "M")
    first = given["joined_by"].dt.to_period("M") == "2020-01"
    opened = given.assign(joined_after=given["joined_after"].mask(first))
    fit = fit_windowed_history(opened, south, pairs, START, END, TERMS, draws=2, rounds=1)
    assert fit.events["joined_on"].min() >= pd.Timestamp(START)
    assert fit.counts["joined_before"] == 0


def test_windows_that_cannot_be_are_refused(joined: pd.DataFrame, south: pd.DataFrame, pairs: pd.DataFrame) -> None:
    given = _windows(joined, "M")
    code = given.loc[given["joined_by"].notna(), "ibge_code"].min()
    bad = given.assign(joined_by=given["joined_by"].where(given["ibge_code"] != code, pd.Timestamp("2019-01-01")))
    with pytest.raises(DataError, match=f"1 window of joining ends before it begins, the first that of {code}"):
        fit_windowed_history(bad, south, pairs, START, END, TERMS)
    with pytest.raises(DataError, match="events lacks the column joined_by"):
        fit_windowed_history(given.drop(columns="joined_by"), south, pairs, START, END, TERMS)
    with pytest.raises(ParameterError, match="pooling needs two draws"):
        fit_windowed_history(given, south, pairs, START, END, TERMS, draws=1)


@pytest.mark.parametrize("df", [1, 2, 5])
def test_natural_splines_span_the_same_curves_as_patsys(df: int) -> None:
    import patsy

    x = np.arange(60.0)
    ours = np.column_stack([np.ones(60), natural_spline(x, df)])
    assert np.linalg.matrix_rank(ours) == df + 1
    if df > 1:
        theirs = np.asarray(patsy.dmatrix(f"cr(x, df={df + 1}) - 1", {"x": x}))
        inside = ours @ np.linalg.lstsq(ours, theirs, rcond=None)[0]
        np.testing.assert_allclose(inside, theirs, atol=1e-10)
    np.testing.assert_allclose(ours[:, 1:].mean(axis=0), 0, atol=1e-12)


def test_a_spline_without_enough_values_is_refused() -> None:
    with pytest.raises(IdentificationError, match="more than 3 distinct values; there are 3"):
        natural_spline([1, 1, 2, 3], 3)
    with pytest.raises(ParameterError, match="df is 0"):
        natural_spline([1, 2, 3], 0)
    with pytest.raises(ParameterError, match="must be finite"):
        natural_spline([1, np.nan, 3], 1)
