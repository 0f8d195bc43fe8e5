"""Claims about the forecast of growth."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from redegov_analysis.cleaning.milestones import dated_bounds, universe_size
from redegov_analysis.data.catalogue import read_table
from redegov_analysis.errors import DataError, IdentificationError, ParameterError
from redegov_analysis.forecast.growth import GrowthForecast, forecast_growth

UNIVERSE = 5570
AHEAD = pd.date_range("2026-02-28", "2027-12-31", freq="ME")


@pytest.fixture(scope="module")
def published() -> pd.DataFrame:
    return dated_bounds(read_table("milestones"))


@pytest.fixture(scope="module")
def forecast(published: pd.DataFrame) -> GrowthForecast:
    return forecast_growth(published, universe=universe_size, dates=AHEAD)


def test_forecast_never_exceeds_the_universe_or_shrinks(forecast: GrowthForecast) -> None:
    assert forecast.draws.shape == (2000, len(AHEAD))
    assert np.issubdtype(forecast.draws.dtype, np.integer)
    assert forecast.draws.min() >= forecast.last_certain_count == 2601
    assert forecast.draws.max() <= 5571
    assert np.diff(forecast.draws, axis=1).min() >= 0


def test_totals_of_2025_lie_in_the_95_percent_interval_seen_from_2024(published: pd.DataFrame) -> None:
    known = published[published["date_latest"] <= "2024-12-31"]
    seen = forecast_growth(known, universe=universe_size, dates=["2025-07-10", "2025-12-08"])
    low, high = seen.quantiles([0.025, 0.975]).to_numpy().T
    assert np.all((low < [2000, 2500]) & (high > [2000, 2500]))


def test_draws_do_not_depend_on_the_order_of_rows_or_on_columns_of_no_use(published: pd.DataFrame) -> None:
    options = {"universe": universe_size, "dates": AHEAD[:3], "draws": 200}
    first = forecast_growth(published, **options)
    shuffled = published.sample(frac=1, random_state=1).drop(columns=["note", "publisher"])
    assert np.array_equal(first.draws, forecast_growth(shuffled, **options).draws)


def test_seed_decides_the_draws_and_the_input_stays_as_it_was(published: pd.DataFrame) -> None:
    before = published.copy()
    options = {"universe": universe_size, "dates": AHEAD[:2], "draws": 100}
    same, again = (forecast_growth(published, **options, seed=4).draws for _ in range(2))
    other = forecast_growth(published, **options, seed=5).draws
    assert np.array_equal(same, again)
    assert not np.array_equal(same, other)
    pd.testing.assert_frame_equal(published, before)


def test_raw_table_and_processed_table_agree(published: pd.DataFrame) -> None:
    raw = read_table("milestones")
    options = {"universe": universe_size, "dates": ["2026-12-31"]}
    one = forecast_growth(raw, **options).quantiles([0.5]).iloc[0, 0]
    other = forecast_growth(published, **options).quantiles([0.5]).iloc[0, 0]
    assert one == pytest.approx(other, rel=0.03)


def test_probability_falls_with_the_target_and_rises_with_time(forecast: GrowthForecast) -> None:
    by_target = [forecast.probability(count, "2026-12-31") for count in (2500, 2785, 3300, 4000, 5572)]
    assert by_target[0] == 1.0
    assert by_target[-1] == 0.0
    assert by_target == sorted(by_target, reverse=True)
    by_time = [forecast.probability(3000, day) for day in ("2026-03-31", "2026-05-09", "2026-12-31", "2027-11-01")]
    assert by_time == sorted(by_time)
    assert by_time[0] < by_time[-1]


def test_date_and_probability_tell_the_same_story(forecast: GrowthForecast) -> None:
    for level in (0.1, 0.5, 0.9):
        day = forecast.date_reached(3000, [level]).iloc[0]
        assert forecast.probability(3000, day) >= level - 1e-9
        assert forecast.probability(3000, day - pd.Timedelta(days=3)) <= level + 0.06


def test_target_beyond_the_horizon_has_no_date(forecast: GrowthForecast) -> None:
    never = forecast.date_reached(5571, [0.05, 0.5, 0.95])
    assert never.isna().all()
    assert forecast.date_reached(2500, [0.5, 0.99]).notna().all()


def test_levels_and_days_out_of_range_are_refused(forecast: GrowthForecast) -> None:
    for call in (
        lambda: forecast.quantiles([0.0, 0.5]),
        lambda: forecast.date_reached(3000, []),
        lambda: forecast.probability(3000, "2031-01-01"),
        lambda: forecast.probability(3000, "2024-01-01"),
        lambda: forecast.curve_quantiles("cubic"),
    ):
        with pytest.raises(ParameterError):
            call()


def test_monthly_quantiles_hold_every_month_and_fan_out(forecast: GrowthForecast) -> None:
    fan = forecast.monthly_quantiles([0.1, 0.5, 0.9])
    assert list(fan.index) == list(AHEAD)
    assert np.all(np.diff(fan.to_numpy(), axis=0) >= 0)
    width = fan[0.9] - fan[0.1]
    assert width.iloc[-1] > 3 * width.iloc[0]
    pd.testing.assert_frame_equal(fan, forecast.quantiles([0.1, 0.5, 0.9]), check_freq=False)


def test_each_curve_can_be_shown_alone_and_weights_add_up(forecast: GrowthForecast) -> None:
    assert forecast.weights.sum() == pytest.approx(1)
    assert 0 < forecast.drift_probability < 1
    medians = [forecast.curve_quantiles(curve, [0.5]).iloc[-1, 0] for curve in forecast.weights.index]
    whole = forecast.quantiles([0.5]).iloc[-1, 0]
    assert min(medians) <= whole <= max(medians)


def test_universe_may_grow_and_be_given_in_three_ways() -> None:
    full = pd.DataFrame({"date": ["2023-12-31", "2024-06-30", "2024-12-30"], "municipalities": [5400, 5550, 5570]})
    by_date = pd.Series([5570, 5571], index=pd.to_datetime(["2000-01-01", "2025-01-01"]))

    def function(day: date) -> int:
        return 5571 if day >= date(2025, 1, 1) else 5570

    dates = ["2024-12-31", "2030-12-31"]
    one, other = (forecast_growth(full, universe=u, dates=dates, draws=200).draws for u in (by_date, function))
    assert np.array_equal(one, other)
    assert (one[:, 0] == 5570).all()
    assert set(one[:, 1]) <= {5570, 5571}
    assert (forecast_growth(full, universe=5570, dates=dates, draws=50).draws == 5570).all()


def test_bound_open_above_and_window_of_days_widen_the_forecast() -> None:
    table = pd.DataFrame(
        {"date": pd.to_datetime(["2023-12-31", "2024-06-30", "2024-12-31"]), "municipalities": [500, 900, 1300]}
    )
    vague = table.assign(
        count_low=[500, 900, 1300],
        count_high=[500.0, 900.0, 1600.0],
        date_earliest=table["date"] - pd.to_timedelta([0, 60, 0], unit="D"),
        date_latest=table["date"],
    )
    open_above = vague.assign(count_high=[500.0, 900.0, np.nan])
    day = ["2024-12-31"]
    exact, bounded, unbounded = (
        forecast_growth(one, universe=UNIVERSE, dates=day).draws[:, 0] for one in (table, vague, open_above)
    )
    assert set(exact) == {1300}
    assert bounded.min() >= 1300
    assert bounded.max() <= 1600
    assert len(set(bounded)) > 50
    assert 1300 < np.median(unbounded) < 1400


def test_total_that_is_not_preferred_has_no_say() -> None:
    table = pd.DataFrame({"date": ["2023-12-31", "2024-12-31"], "municipalities": [500, 1300], "preferred": True})
    extra = pd.DataFrame({"date": ["2024-11-30"], "municipalities": [5000], "preferred": False})
    options = {"universe": UNIVERSE, "dates": ["2025-12-31"], "draws": 100}
    assert np.array_equal(
        forecast_growth(table, **options).draws, forecast_growth(pd.concat([table, extra]), **options).draws
    )


def test_more_curves_can_be_asked_for() -> None:
    table = pd.DataFrame({"date": ["2023-12-31", "2024-06-30", "2024-12-31"], "municipalities": [500, 900, 1300]})
    wide = forecast_growth(table, universe=UNIVERSE, dates=["2025-12-31"], draws=200, curves=["steady", "gompertz"])
    assert list(wide.weights.index) == ["gompertz", "steady"]


TWO = {"date": ["2024-01-01", "2024-06-01"], "municipalities": [5, 9]}


@pytest.mark.parametrize(
    ("rows", "options", "error", "message"),
    [
        ({"date": ["2024-01-01"], "municipalities": [5]}, {}, IdentificationError, "at least two"),
        ({"when": ["2024-01-01"], "municipalities": [5]}, {}, DataError, "no column 'date'"),
        (TWO | {"municipalities": [9, 5]}, {}, DataError, "shrinks"),
        (TWO | {"municipalities": [5, 9.5]}, {}, DataError, "whole numbers"),
        (TWO | {"municipalities": [5, 6000]}, {}, DataError, "more than the universe of 5570"),
        (TWO | {"date": ["2024-01-01", "soon"]}, {}, DataError, "no date"),
        (TWO, {"dates": ["2024-02-01"]}, ParameterError, "cannot speak of"),
        (TWO, {"dates": []}, ParameterError, "No date"),
        (TWO, {"draws": 0}, ParameterError, "0 draws"),
        (TWO, {"curves": ["cubic"]}, ParameterError, "choose some"),
        (TWO, {"universe": 0}, ParameterError, "at least 1"),
    ],
)
def test_what_cannot_be_forecast_says_why(
    rows: dict[str, list[object]], options: dict[str, object], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        forecast_growth(pd.DataFrame(rows), **({"universe": UNIVERSE, "dates": ["2025-01-31"]} | options))


def test_contradiction_within_windows_is_named() -> None:
    table = pd.DataFrame(
        {
            "date": ["2024-01-01", "2024-03-01", "2024-06-01"],
            "municipalities": [100, 500, 300],
            "count_low": [100, 500, 300],
            "count_high": [100, 520, 330],
        }
    )
    with pytest.raises(DataError, match="at least 500 by 2024-03-01 and at most 330 on 2024-06-01"):
        forecast_growth(table, universe=UNIVERSE, dates=["2025-01-31"])
