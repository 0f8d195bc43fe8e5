"""Claims about watching a forecast's own scores."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from redegov_analysis.errors import ParameterError
from redegov_analysis.forecast.monitoring import normal_scores, watched, watched_forecasts, watched_monthly
from redegov_analysis.forecast.scores import LEVELS

DAYS = pd.date_range("2020-01-31", periods=60, freq="ME")


def test_scores_of_a_forecast_that_holds_are_those_of_a_normal() -> None:
    rng = np.random.default_rng(3)
    mean = rng.uniform(100, 3000, 500)
    quantiles = mean[:, None] + 40 * norm.ppf(LEVELS)
    true = rng.standard_normal(500)
    assert np.abs(normal_scores(mean + 40 * true, quantiles, LEVELS) - true).max() < 0.35


def test_total_where_many_quantiles_meet_is_not_held_against_the_forecast() -> None:
    quantiles = np.array([[300.0] * 14 + [301.0] * 5 + [304.0] * 4])
    assert -1 < normal_scores([300.0], quantiles, LEVELS)[0] < 0


def test_forecasts_that_hold_are_seldom_called_broken() -> None:
    rng = np.random.default_rng(11)
    called = [watched(DAYS, rng.standard_normal(60))["broken"].any() for _ in range(200)]
    assert np.mean(called) < 0.2


@pytest.mark.parametrize(("shift", "months"), [(2.0, 4), (4.0, 2)])
def test_break_is_noticed_within_months_and_its_side_is_told(shift: float, months: int) -> None:
    rng = np.random.default_rng(5)
    late = []
    for _ in range(100):
        scores = rng.standard_normal(60)
        scores[40:] -= shift
        table = watched(DAYS, scores).iloc[40:]
        late.append(int(np.argmax(table["broken"])))
        assert table.loc[table["broken"], "side"].iloc[-1] == "below"
    assert np.median(late) <= months


def test_months_of_a_sudden_rush_are_noticed_as_if_it_were_then() -> None:
    calm = np.cumsum(np.random.default_rng(1).poisson(30, 30))
    rush = calm[-1] + np.cumsum([30, 400, 900])
    totals = pd.DataFrame({"date": DAYS[:33], "municipalities": np.concatenate([calm, rush])})
    table = watched_monthly(totals, DAYS[28], universe=5570, draws=200, until_broken=True)
    assert table["date"].iloc[-1] == DAYS[31]
    assert table["broken"].tolist() == [False, False, False, True]
    assert table["side"].iloc[-1] == "above"
    assert table["observed"].iloc[-1] == rush[1] > table["expected"].iloc[-1]


def test_newest_forecast_before_a_total_is_the_one_that_it_scores() -> None:
    rows = pd.DataFrame(
        {
            "date": pd.to_datetime(["2025-06-30", "2025-06-30", "2025-12-31"]),
            "made_on": pd.to_datetime(["2024-01-01", "2025-01-01", "2025-01-01"]),
            "published": [2000, 2000, 9000],
            "published_low": [2000, 2000, 9000],
            "published_high": [2024, 2024, 9000],
            **{f"q{level:03}": [value, 2000, 3000] for level, value in
               zip((25, 100, 500, 900, 975), (100, 200, 300, 400, 500), strict=True)},
        }
    )  # fmt: skip
    rows[["q025", "q100", "q900", "q975"]] += [-300.0, -200.0, 200.0, 300.0]
    table = watched_forecasts(rows)
    assert table["broken"].tolist() == [False, True]
    assert abs(table["score"].iloc[0]) < 0.1
    assert watched_forecasts(rows.iloc[:0]).empty


def test_watching_needs_dates_in_order_and_totals_before() -> None:
    with pytest.raises(ParameterError, match="increase"):
        watched(DAYS[::-1], np.zeros(60))
    totals = pd.DataFrame({"date": DAYS[:5], "municipalities": [1, 2, 3, 4, 5]})
    with pytest.raises(ParameterError, match="three before"):
        watched_monthly(totals, DAYS[1], universe=10)
