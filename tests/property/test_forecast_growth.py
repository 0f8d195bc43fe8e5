"""Whatever was published, no draw exceeds the universe, shrinks, or forgets what is certain; and answers agree."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from redegov_analysis.forecast.growth import GrowthForecast, forecast_growth

YOUNG = pd.DataFrame({"date": ["2022-12-31", "2023-12-31", "2024-12-15"], "municipalities": [163, 727, 1511]})
NEARLY_DONE = pd.DataFrame({"date": ["2022-03-31", "2023-06-30", "2024-02-29"], "municipalities": [12, 71, 88]})
STALLED = pd.DataFrame({"date": ["2021-01-31", "2023-07-20", "2024-07-20"], "municipalities": [40, 60, 60]})


@st.composite
def published(draw: st.DrawFn) -> tuple[pd.DataFrame, int]:
    universe = draw(st.integers(2, 6000))
    size = draw(st.integers(2, 9))
    counts = sorted(draw(st.lists(st.integers(0, universe), min_size=size, max_size=size)))
    gaps = draw(st.lists(st.integers(0, 900), min_size=size, max_size=size))
    days = pd.Timestamp("2015-03-01") + pd.to_timedelta(np.cumsum(gaps), unit="D")
    table = pd.DataFrame({"date": days, "municipalities": counts})
    if draw(st.booleans()):
        slack = draw(st.lists(st.integers(0, 300), min_size=size, max_size=size))
        table["count_low"] = counts
        table["count_high"] = np.minimum(np.array(counts) + slack, universe)
        # Windows that touch but do not overlap, so that some order of days always holds together.
        table["date_earliest"] = table["date"] - pd.to_timedelta(np.minimum(slack, gaps), unit="D")
    return table, universe


@settings(max_examples=20, deadline=None)
@given(published(), st.integers(0, 2**31))
def test_draws_are_whole_bounded_and_never_shrink(case: tuple[pd.DataFrame, int], seed: int) -> None:
    table, universe = case
    assume(table["date"].nunique() > 1)
    last = table["date"].max()
    dates = [last, last + pd.Timedelta(days=40), last + pd.Timedelta(days=700)]
    forecast = forecast_growth(table, universe=universe, dates=dates, draws=60, seed=seed)
    assert forecast.draws.min() >= table["municipalities"].max() == forecast.last_certain_count
    assert forecast.draws.max() <= universe
    assert np.diff(forecast.draws, axis=1).min() >= 0
    assert np.all(np.diff(forecast.quantiles([0.1, 0.5, 0.9]).to_numpy(), axis=1) >= 0)


@cache
def _forecast(which: int) -> GrowthForecast:
    totals, universe = [(YOUNG, 5570), (NEARLY_DONE, 93), (STALLED, 5570)][which]
    return forecast_growth(totals, universe=universe, dates=["2025-02-11", "2026-12-31"], draws=DRAWS, seed=which)


DRAWS = 100
# Also the very shares that a path more or less makes; 100 times one of the last is no whole number to a computer.
levels_asked = st.one_of(
    st.floats(0.001, 0.999),
    st.integers(1, DRAWS - 1).map(lambda paths: paths / DRAWS),
    st.sampled_from([0.07, 0.14, 0.28, 0.29, 0.55, 0.56, 0.57, 0.58]),
)


@st.composite
def asked(draw: st.DrawFn) -> tuple[GrowthForecast, int, pd.Timestamp]:
    """Draw a forecast, a count near those of its paths, and a day that it speaks of."""
    ahead = _forecast(draw(st.integers(0, 2)))
    count = draw(st.integers(ahead.last_certain_count - 1, int(ahead.draws.max()) + 1))
    day = ahead.last_day + pd.Timedelta(days=draw(st.integers(0, (ahead.dates[-1] - ahead.last_day).days)))
    return ahead, count, day


@settings(max_examples=30, deadline=None)
@given(asked(), st.integers(0, 300), st.integers(0, 400))
def test_a_chance_falls_with_the_count_and_rises_with_the_day(
    case: tuple[GrowthForecast, int, pd.Timestamp], more: int, later: int
) -> None:
    ahead, count, day = case
    chance = ahead.probability(count, day)
    assert 0 <= chance <= 1
    assert ahead.probability(count + more, day) <= chance
    assert ahead.probability(count, min(day + pd.Timedelta(days=later), ahead.dates[-1])) >= chance
    assert ahead.probability(ahead.last_certain_count, day) == 1


@settings(max_examples=30, deadline=None)
@given(asked())
def test_a_chance_on_a_date_asked_for_is_the_share_of_its_draws(
    case: tuple[GrowthForecast, int, pd.Timestamp],
) -> None:
    ahead, count, _ = case
    shares = [ahead.probability(count, day) for day in ahead.dates]
    np.testing.assert_allclose(shares, (ahead.draws >= count).mean(axis=0), atol=1e-12)


@settings(max_examples=100, deadline=None)
@given(asked(), levels_asked, st.integers(1, 300))
def test_a_date_reached_is_the_first_day_whose_chance_is_its_level(
    case: tuple[GrowthForecast, int, pd.Timestamp], level: float, more: int
) -> None:
    ahead, count, _ = case
    day = ahead.date_reached(count, [level]).iloc[0]
    if pd.isna(day):
        assert ahead.probability(count, ahead.dates[-1]) < level
        assert pd.isna(ahead.date_reached(count + more, [level]).iloc[0])
        return
    assert ahead.probability(count, day) >= level
    if day > ahead.last_day:
        assert ahead.probability(count, day - pd.Timedelta(days=1)) < level
    further = ahead.date_reached(count + more, [level]).iloc[0]
    assert pd.isna(further) or further >= day


@settings(max_examples=30, deadline=None)
@given(asked(), st.lists(levels_asked, min_size=2, max_size=6))
def test_a_higher_level_is_never_reached_before_a_lower(
    case: tuple[GrowthForecast, int, pd.Timestamp], levels: list[float]
) -> None:
    ahead, count, _ = case
    days = ahead.date_reached(count, sorted(levels))
    assert days.dropna().is_monotonic_increasing
    assert days.isna().is_monotonic_increasing
