"""Series unlike the network's own: whatever they are, draws stay whole, bounded and in order, or an error says why."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from redegov_analysis.errors import DataError, IdentificationError
from redegov_analysis.forecast.growth import GrowthForecast, forecast_growth
from redegov_analysis.forecast.observations import read_totals

MONTHS = pd.date_range("2015-01-31", periods=40, freq="ME")


def _table(dates: pd.DatetimeIndex, counts: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame({"date": dates, "municipalities": np.asarray(counts, dtype=np.int64)})


def _grown(universe: float, ceiling: float, speed: float, turn: float, size: int = 40) -> np.ndarray:
    return np.floor(ceiling * universe / (1 + np.exp(-speed * (np.arange(size) - turn))))


CASES = {
    "fifty in all": (50, _table(MONTHS, _grown(50, 0.9, 0.2, 20))),
    "two hundred million": (200_000_000, _table(MONTHS, _grown(2e8, 0.8, 0.15, 25))),
    "yearly": (
        60_000_000,
        _table(pd.date_range("1960-12-31", periods=20, freq="YE"), _grown(6e7, 0.8, 0.4, 14, 20)),
    ),
    "irregular decades": (
        60_000_000,
        _table(pd.DatetimeIndex(["1955-12-31", "1960-12-31", "1972-06-01", "1991-12-31"]), [12, 300, 20_000, 5e6]),
    ),
    "levels off at 40 %": (5570, _table(MONTHS, _grown(5570, 0.4, 0.4, 15))),
    "never moved": (5570, _table(MONTHS[:24], np.full(24, 300))),
    "nobody yet": (5570, _table(MONTHS[:24], np.zeros(24))),
    "nobody at first": (5570, _table(MONTHS, np.maximum(np.arange(40) - 20, 0) * 30)),
    "a jump": (5570, _table(MONTHS, np.arange(40) * 20 + 1500 * (np.arange(40) > 25))),
    "all of them": (5570, _table(MONTHS, np.minimum(np.arange(40) * 250, 5570))),
    "two totals": (5570, _table(MONTHS[[0, 12]], [100, 600])),
    "all at once": (5570, _table(MONTHS[:12], [1] * 11 + [5570])),
}


def _ahead(table: pd.DataFrame, universe: int) -> GrowthForecast:
    last = table["date"].iloc[-1]
    dates = [last + pd.DateOffset(months=6), last + pd.DateOffset(years=5)]
    return forecast_growth(table, universe=universe, dates=dates, draws=200)


@pytest.mark.parametrize("name", CASES)
def test_draws_of_odd_series_stay_whole_bounded_and_in_order(name: str) -> None:
    universe, table = CASES[name]
    draws = _ahead(table, universe).draws
    assert np.issubdtype(draws.dtype, np.integer)
    assert draws.min() >= table["municipalities"].max()
    assert draws.max() <= universe
    assert np.diff(draws, axis=1).min() >= 0


def test_network_that_levelled_off_is_not_forecast_to_fill_the_country() -> None:
    universe, table = CASES["levels off at 40 %"]
    assert _ahead(table, universe).quantiles([0.5]).iloc[-1, 0] < 0.5 * universe


def test_fewer_totals_say_less() -> None:
    grown = _table(MONTHS, _grown(5570, 0.8, 0.15, 25))
    many, few = _ahead(grown, 5570), _ahead(grown.iloc[[0, 39]], 5570)
    wide = [float(np.ptp(one.quantiles([0.05, 0.95]).to_numpy()[0])) for one in (many, few)]
    assert wide[0] < wide[1]


def test_rows_without_a_total_or_a_day_are_left_out_and_twins_count_once() -> None:
    table = _table(MONTHS, _grown(5570, 0.8, 0.15, 25))
    holes = pd.concat([table, table, pd.DataFrame({"date": [MONTHS[3], pd.NaT], "municipalities": [np.nan, 17.0]})])
    assert (_ahead(table, 5570).draws == _ahead(holes.sort_values("date", na_position="first"), 5570).draws).all()


def test_of_two_totals_of_one_day_the_larger_ends_it() -> None:
    table = _table(MONTHS[[0, 1, 1, 2]], [10, 40, 55, 60])
    assert read_totals(table).table["low"].tolist() == [10, 55, 60]


def test_totals_by_the_week_are_thinned_to_months_that_keep_both_ends() -> None:
    weeks = pd.date_range("2015-01-04", periods=540, freq="W")
    kept = read_totals(_table(weeks, np.arange(540) * 3)).table
    assert len(kept) <= 120
    assert kept["low"].iloc[[0, -1]].tolist() == [0, 539 * 3]
    assert kept["latest"].is_monotonic_increasing


@pytest.mark.parametrize(
    ("dates", "counts", "error", "message"),
    [
        (["2024-01-31"], [5], IdentificationError, "at least two"),
        (["2024-01-31", "2024-01-31"], [5, 6], IdentificationError, "one day"),
        (["2024-01-31", "2024-02-29"], [6, 5], DataError, "shrinks"),
        (["2024-01-31", "2024-02-29"], [5, 6000], DataError, "more than the universe"),
        (["2024-01-31", "2024-02-29"], [-5, 6], DataError, "whole numbers"),
        (["2024-01-31", "2024-02-29"], [5.5, 6], DataError, "whole numbers"),
        (["31/01/2024", "29/02/2024"], [5, 6], DataError, "YYYY-MM-DD"),
        ([2023, 2024], [5, 6], DataError, "YYYY-MM-DD"),
    ],
)
def test_series_that_cannot_be_used_say_why(
    dates: list[object], counts: list[float], error: type[Exception], message: str
) -> None:
    table = pd.DataFrame({"date": dates, "municipalities": counts})
    with pytest.raises(error, match=message):
        forecast_growth(table, universe=5570, dates=["2030-12-31"], draws=50)
