"""Claims about looking back, and a small version of the benchmark of coverage."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from redegov_analysis.cleaning.milestones import dated_bounds, universe_size
from redegov_analysis.data.catalogue import read_table
from redegov_analysis.errors import ParameterError
from redegov_analysis.forecast.backtest import monthly_totals, published_origins, rolling_origin, summary
from redegov_analysis.forecast.baselines import BASELINES, baseline_draws
from redegov_analysis.forecast.growth import forecast_growth
from redegov_analysis.forecast.paths import TRAINING_MONTHS, UNIVERSE, simulated_path


def test_intervals_cover_simulated_paths_and_beat_the_drift() -> None:
    inside, wis = [], []
    for seed in range(14):
        path = simulated_path(np.random.default_rng([7, seed]))
        months = path.table(48)
        scores = rolling_origin(
            months,
            universe=UNIVERSE,
            horizons_months=(12,),
            first_share=path.totals[TRAINING_MONTHS] / UNIVERSE,
            draws=500,
            baselines=("drift",),
        )
        # The series ends twelve months after month 36, so that is the only origin.
        assert scores["origin"].nunique() == 1
        inside.append(scores.query("method == 'ensemble'")["covered_90"].iloc[0])
        wis.append(scores.set_index("method")["wis"])
    assert sum(inside) >= 10
    mean = pd.DataFrame(wis).mean()
    assert mean["ensemble"] < 0.8 * mean["drift"]


def test_scores_are_those_of_a_forecast_that_sees_nothing_of_what_follows() -> None:
    path = simulated_path(np.random.default_rng(5)).table(48)
    at_36 = path["municipalities"].iloc[36] / UNIVERSE
    options = {"universe": UNIVERSE, "horizons_months": (12,), "first_share": at_36, "draws": 300, "seed": 2}
    scores = rolling_origin(path, **options)
    row = scores[scores["method"] == "ensemble"].iloc[0]
    then = path[path["date"] <= row["origin"]]
    draws = forecast_growth(then, universe=UNIVERSE, dates=[row["target_date"]], draws=300, seed=2).draws[:, 0]
    assert row["origin"] == path["date"].iloc[36]
    assert row["median"] == np.median(draws)
    assert row["error"] == np.median(draws) - path["municipalities"].iloc[48]


def test_look_back_over_published_totals_scores_every_later_total_by_every_method() -> None:
    milestones = dated_bounds(read_table("milestones"))
    scores = published_origins(milestones, universe=universe_size, first_total=11, draws=300)
    assert set(scores["method"]) == {"ensemble", *BASELINES}
    assert (scores["horizon_months"] > 0).all()
    last = scores[scores["target_date"] == "2025-12-08"]
    assert last.query("method == 'ensemble'")["covered_95"].all()
    assert np.isfinite(scores[["wis", "crps", "median", "width_90"]]).all(axis=None)


def test_summary_puts_the_best_method_first() -> None:
    scores = pd.DataFrame(
        {
            "horizon_months": 6,
            "method": ["good", "bad", "good", "bad"],
            "observed": 100,
            "wis": [1.0, 5, 3, 7],
            "crps": 1.0,
            "covered_50": [True, False, False, False],
            "covered_80": True,
            "covered_90": True,
            "covered_95": True,
            "width_90": 10.0,
            "error": [-10.0, 10, 30, 0],
        }
    )
    table = summary(scores)
    assert table["method"].tolist() == ["good", "bad"]
    assert table["wis"].tolist() == [2.0, 6.0]
    assert table["covered_50"].tolist() == [0.5, 0.0]
    assert table["mape"].tolist() == [0.2, 0.05]


@pytest.mark.parametrize("name", BASELINES)
def test_baseline_continues_a_straight_line_and_stays_within_bounds(name: str) -> None:
    months = np.arange(30.0)
    draws = baseline_draws(name, months, 40 * months + 100, np.array([6.0, 100.0]), 3000)
    assert draws.min() >= 40 * 29 + 100
    assert draws.max() <= 3000
    if name != "best curve":
        assert np.median(draws[:, 0]) == pytest.approx(40 * 35 + 100)


def test_series_with_a_gap_or_too_short_is_refused() -> None:
    path = simulated_path(np.random.default_rng(3)).table(40)
    with pytest.raises(ParameterError, match="not monthly"):
        rolling_origin(path.drop(index=7), universe=UNIVERSE)
    with pytest.raises(ParameterError, match="months to follow"):
        rolling_origin(path, universe=UNIVERSE, first_share=0.99)
    with pytest.raises(ParameterError, match="Nobody"):
        monthly_totals(pd.Series(pd.to_datetime([None, None])), "2024-01-31")
