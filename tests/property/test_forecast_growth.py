"""Whatever was published, no draw exceeds the universe, shrinks, or forgets what is certain."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from redegov_analysis.forecast.growth import forecast_growth
from redegov_analysis.forecast.scores import crps, weighted_interval_score


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


@given(
    st.lists(st.floats(-1e4, 1e4), min_size=2, max_size=30),
    st.floats(-1e4, 1e4),
    st.floats(-1e3, 1e3),
)
def test_scores_are_never_negative_and_move_with_the_origin(draws: list[float], y: float, shift: float) -> None:
    score = crps(y, draws)
    assert score[0] >= -1e-6
    assert np.allclose(score, crps(y + shift, np.array(draws) + shift), atol=1e-6)
    levels = [0.1, 0.5, 0.9]
    assert weighted_interval_score(y, np.quantile(draws, levels), levels)[0] >= 0
