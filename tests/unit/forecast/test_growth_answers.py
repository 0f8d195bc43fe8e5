"""What a forecast answers, recomputed by hand from four paths that anybody can follow."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from redegov_analysis.errors import DataError, ParameterError
from redegov_analysis.forecast.growth import GrowthForecast, forecast_growth
from redegov_analysis.forecast.observations import read_totals
from redegov_analysis.forecast.posterior import observed_intervals, sample_posterior
from redegov_analysis.forecast.shapes import SHAPES

SEEN = pd.DataFrame(
    {
        "date": ["2021-12-31", "2022-06-30", "2022-12-31", "2023-06-30", "2023-12-31"],
        "municipalities": [20, 60, 130, 210, 300],
    }
)
PATHS = np.array([[10, 20, 40, 40], [10, 12, 30, 60], [10, 10, 10, 20], [10, 10, 10, 10]])


@pytest.fixture(scope="module")
def four() -> GrowthForecast:
    grid = pd.DatetimeIndex(["2024-01-31", "2024-02-10", "2024-02-29", "2024-03-31"]).as_unit("ns")
    return GrowthForecast(
        draws=PATHS[:, [3]],
        dates=grid[[3]],
        weights=pd.Series({"logistic": 1.0}, name="weight"),
        drift_probability=0.5,
        last_certain_count=10,
        last_day=grid[0],
        _grid=grid,
        _paths=PATHS,
        _paths_by_curve={"logistic": PATHS},
    )


@pytest.fixture
def small() -> GrowthForecast:
    return forecast_growth(SEEN, universe=400, dates=["2024-06-30", "2024-12-31"], draws=400)


def test_a_day_between_two_of_the_grid_is_reached_in_proportion(four: GrowthForecast) -> None:
    # Towards 20: the first path is there on 10 February; the second gains 18 in the 19 days after it and needs 8 of
    # them; the third is there on 31 March; the last is not.
    days = four.date_reached(20, (0.25, 0.5, 0.75, 0.9))
    assert days.dt.strftime("%Y-%m-%d").fillna("never").tolist() == ["2024-02-10", "2024-02-19", "2024-03-31", "never"]
    assert days.name == "reached_20"
    assert days.index.tolist() == [0.25, 0.5, 0.75, 0.9]
    assert days.index.name == "level"


def test_a_count_that_is_there_already_was_reached_on_the_first_day(four: GrowthForecast) -> None:
    assert four.date_reached(10, (0.05, 0.95)).tolist() == [pd.Timestamp("2024-01-31")] * 2
    assert four.date_reached(5, (0.5,)).tolist() == [pd.Timestamp("2024-01-31")]
    assert four.date_reached(61, (0.01, 0.5)).isna().all()


def test_a_count_is_reached_in_proportion_between_the_first_two_days_too(four: GrowthForecast) -> None:
    # The first path gains ten in the ten days to 10 February; one that gains a single place has it on the last of them.
    assert four.date_reached(15, (0.25,)).tolist() == [pd.Timestamp("2024-02-05")]
    slow = replace(four, _paths=np.array([[10, 11, 11, 12]]))
    assert slow.date_reached(11, (0.5,)).tolist() == [pd.Timestamp("2024-02-10")]
    assert slow.date_reached(12, (0.5,)).tolist() == [pd.Timestamp("2024-03-31")]


def test_the_day_on_which_a_count_is_reached_counts(four: GrowthForecast) -> None:
    # Sixteen more in the ten days to 10 February: the eighth of them on the fifth day.
    steady = replace(four, _paths=np.array([[10, 26, 26, 26]]))
    assert [steady.probability(18, by=day) for day in ("2024-02-04", "2024-02-05")] == [0.0, 1.0]


def test_a_level_takes_the_first_day_by_which_that_share_of_paths_is_there(four: GrowthForecast) -> None:
    first = [pd.Timestamp("2024-02-10")] * 2
    assert four.date_reached(20, (0.01, 0.25)).tolist() == first
    assert four.date_reached(20, (0.26,)).tolist() == [pd.Timestamp("2024-02-19")]
    assert four.date_reached(20, (0.99,)).isna().all()


@pytest.mark.parametrize(
    ("count", "day", "share"),
    [
        (10, "2024-01-31", 1.0), (11, "2024-01-31", 0.0), (20, "2024-02-10", 0.25), (20, "2024-02-09", 0.0),
        (20, "2024-02-18", 0.25), (20, "2024-02-19", 0.5), (20, "2024-03-31", 0.75), (40, "2024-02-29", 0.25),
        (41, "2024-03-31", 0.25), (20, "2024-02-19 15:00", 0.5),
    ],
)  # fmt: skip
def test_the_probability_is_the_share_of_paths_at_or_above_the_count(
    four: GrowthForecast, count: int, day: str, share: float
) -> None:
    assert four.probability(count, by=day) == share


def test_days_outside_the_forecast_are_refused_with_its_first_and_last(four: GrowthForecast) -> None:
    told = r"runs from 2024-01-31 to 2024-03-31; {} is outside\. Forecast with a later last date\."
    for day in ("2024-01-30", "2024-04-01"):
        with pytest.raises(ParameterError, match=told.format(day)):
            four.probability(20, by=day)
    two = replace(four, _paths_by_curve={"logistic": PATHS, "gompertz": PATHS})
    with pytest.raises(ParameterError, match=r"^No curve 'bass' in this forecast; it has logistic, gompertz\.$"):
        two.curve_quantiles("bass")


def test_quantiles_are_those_of_the_draws_and_name_their_rows_and_columns(four: GrowthForecast) -> None:
    table = four.quantiles((0.25, 0.5))
    np.testing.assert_allclose(table.to_numpy(), np.quantile(PATHS[:, 3:], [0.25, 0.5], axis=0).T)
    assert (table.index.name, table.columns.name) == ("date", "level")
    assert four.monthly_quantiles((0.5,)).index.strftime("%m-%d").tolist() == ["01-31", "02-29", "03-31"]
    assert four.curve_quantiles("logistic", (0.5,)).equals(four.monthly_quantiles((0.5,)))


def test_one_draw_is_a_forecast_and_none_is_not() -> None:
    assert forecast_growth(SEEN, universe=400, dates=["2024-06-30"], draws=1).draws.shape == (1, 1)
    with pytest.raises(ParameterError, match=r"^0 draws were asked for; at least 1 is needed\.$"):
        forecast_growth(SEEN, universe=400, dates=["2024-06-30"], draws=0)


def test_curves_are_named_once_and_known() -> None:
    for curves in (("logistic", "logistic"), (), ("logistic", "linear")):
        told = f"The curves are {list(curves)}; choose some of {', '.join(SHAPES)}, each once."
        with pytest.raises(ParameterError, match=f"^{re.escape(told)}$"):
            forecast_growth(SEEN, universe=400, dates=["2024-06-30"], draws=10, curves=curves)


def test_the_default_seed_is_zero_and_the_universe_may_just_be_full(small: GrowthForecast) -> None:
    again = forecast_growth(SEEN, universe=400, dates=["2024-06-30", "2024-12-31"], draws=400, seed=0)
    np.testing.assert_array_equal(small.draws, again.draws)
    full = forecast_growth(SEEN, universe=300, dates=["2024-06-30"], draws=50)
    assert (full.draws == 300).all()
    told = "300 have joined, more than the universe of 299. Correct the total, or the universe."
    with pytest.raises(DataError, match=f"^{re.escape(told)}$"):
        forecast_growth(SEEN, universe=299, dates=["2024-06-30"], draws=50)


def test_a_curve_shows_as_many_paths_as_were_drawn_and_the_pool_as_many_in_all(small: GrowthForecast) -> None:
    assert all(paths.shape == (400, len(small._grid)) for paths in small._paths_by_curve.values())
    assert small._paths.shape == (400, len(small._grid))
    assert small.weights.name == "weight"
    assert (small.last_day, small.last_certain_count) == (pd.Timestamp("2023-12-31"), 300)
    assert small.weights.sum() == pytest.approx(1)
    assert small.draws.tolist() == small._paths[:, small._grid.searchsorted(small.dates)].tolist()


def test_drift_is_believed_where_the_pace_jumps_about_and_not_where_it_is_even() -> None:
    dates = pd.date_range("2019-12-31", periods=16, freq="QE")
    even = np.linspace(100, 700, 16).astype(int)
    jumps = 100 + np.cumsum([0, 2, 90, 3, 2, 120, 1, 3, 110, 2, 1, 130, 2, 3, 100, 2])
    shares = {
        name: forecast_growth(
            pd.DataFrame({"date": dates, "municipalities": counts}), universe=5570, dates=["2024-06-30"], draws=100
        ).drift_probability
        for name, counts in {"even": even, "jumps": jumps}.items()
    }
    assert 0 <= shares["even"] < 0.5
    assert shares["even"] < shares["jumps"] <= 1


def test_paths_are_followed_to_each_months_end_and_its_middle_at_first_and_to_the_days_asked_for() -> None:
    dates = ["2026-03-10", "2024-02-20"]
    grid = forecast_growth(SEEN, universe=400, dates=dates, draws=1)._grid.strftime("%Y-%m-%d").tolist()
    first = ["2023-12-31", "2024-01-16", "2024-01-31", "2024-02-14", "2024-02-20", "2024-02-29", "2024-03-16"]
    assert grid[: len(first)] == first
    # Two years of months in halves, that of the last total among them, but that this has no middle after it.
    assert grid[-6:] == ["2025-11-15", "2025-11-30", "2025-12-31", "2026-01-31", "2026-02-28", "2026-03-10"]
    assert len(grid) == 1 + 23 * 2 + 3 + 2


def test_the_probability_of_drift_is_its_share_of_the_evidence() -> None:
    forecast = forecast_growth(SEEN, universe=400, dates=["2024-06-30"], draws=50, seed=3, curves=["logistic"])
    totals = read_totals(SEEN)
    data = observed_intervals(totals, 400, totals.central())
    rng = np.random.default_rng(3).spawn(len(SHAPES) + 1)[list(SHAPES).index("logistic")]
    true, drifting = (
        sample_posterior(SHAPES["logistic"], data, data, 50, rng, drifts=drifts).log_evidence
        for drifts in (False, True)
    )
    assert forecast.drift_probability == pytest.approx(np.exp(drifting) / (np.exp(true) + np.exp(drifting)), rel=1e-9)
    assert forecast.weights.to_dict() == {"logistic": 1.0}


@pytest.mark.parametrize("levels", [(0.0, 0.5), (0.5, 1.0), (1.5,), ()])
def test_levels_are_refused_with_those_given(four: GrowthForecast, levels: tuple[float, ...]) -> None:
    told = f"Levels are {list(levels)}; they must lie between 0 and 1."
    with pytest.raises(ParameterError, match=f"^{re.escape(told)}$"):
        four.quantiles(levels)


@pytest.mark.parametrize(("day", "told"), [("2023-06-30", "2023-06-30"), (pd.NaT, "NaT")])
def test_a_day_before_the_last_total_is_refused_and_so_is_a_missing_one(day: str | pd.Timestamp, told: str) -> None:
    words = (
        f"A forecast cannot speak of {told}: the last total reaches to 2023-12-31. Ask for that day or later, or leave "
        "the later totals out."
    )
    with pytest.raises(ParameterError, match=f"^{re.escape(words)}$"):
        forecast_growth(SEEN, universe=400, dates=["2024-06-30", day])
    with pytest.raises(ParameterError, match=r"^No date was asked for; give at least one after the last total\.$"):
        forecast_growth(SEEN, universe=400, dates=[])
