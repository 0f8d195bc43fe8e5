"""Claims about the people whom the network reaches."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redegov_analysis.cleaning.build import processed
from redegov_analysis.drivers.selectivity import fit_size_selectivity
from redegov_analysis.errors import DataError, ParameterError
from redegov_analysis.forecast.growth import GrowthForecast
from redegov_analysis.forecast.outlook import draws_on, outlook
from redegov_analysis.forecast.pace import known_by
from redegov_analysis.forecast.reach import ReachForecast, forecast_reach

START = pd.Timestamp("2025-12-08")
DATES = pd.DatetimeIndex([START, "2026-06-30", "2026-12-31", "2028-12-31"])


def _outlook() -> GrowthForecast:
    """Return the forecast from the last total that comes with a population: people start from that very day."""
    return outlook(known_by(processed("milestones"), f"{START:%Y-%m-%d}"), draws=300)


@pytest.fixture(scope="module")
def municipalities() -> pd.DataFrame:
    return processed("municipalities")


@pytest.fixture(scope="module")
def gradients(municipalities: pd.DataFrame) -> pd.DataFrame:
    return fit_size_selectivity(processed("milestones"), municipalities)


@pytest.fixture(scope="module")
def reach(gradients: pd.DataFrame, municipalities: pd.DataFrame) -> ReachForecast:
    forecast = _outlook()
    counts = forecast.draws[:, forecast.dates.get_indexer(DATES)]
    classes = municipalities.set_index("ibge_code")["size_class"]
    return forecast_reach(gradients, counts, DATES, municipalities, groups=classes, seed=5)


def test_the_last_published_population_is_reproduced_within_its_bounds(reach: ReachForecast) -> None:
    at_start = reach.total[:, 0]
    assert at_start.min() >= 145.5e6
    assert at_start.max() <= 146.5e6
    assert at_start.std() > 0.2e6


def test_size_classes_add_up_to_the_draws_of_the_network(reach: ReachForecast) -> None:
    forecast = _outlook()
    counts = forecast.draws[:, forecast.dates.get_indexer(DATES)]
    np.testing.assert_allclose(reach.members.sum(axis=2), counts, atol=1e-5)
    assert reach.groups[0] == "up to 5k"
    assert reach.groups[-1] == "over 500k"
    assert reach.municipalities.sum() == 5570


def test_no_class_loses_members_or_people_and_none_has_more_than_there_are(reach: ReachForecast) -> None:
    for values, whole in ((reach.members, reach.municipalities), (reach.people, reach.inhabitants)):
        assert (np.diff(values, axis=1) >= 0).all()
        assert (values <= whole * (1 + 1e-12)).all()


def test_large_municipalities_stay_ahead_at_the_median(reach: ReachForecast) -> None:
    shares = reach.by_group(pd.Timestamp("2026-12-31"))[0.5]
    assert shares.is_monotonic_increasing
    assert (reach.by_group(START)[0.5] < shares).all()


def test_populations_of_2025_lie_within_what_2024_foresaw(municipalities: pd.DataFrame) -> None:
    milestones = processed("milestones")
    known = milestones[milestones["date"] <= "2024-12-31"]
    forecast = outlook(known, draws=400)
    days = pd.DatetimeIndex([forecast.last_day, "2025-07-10", "2025-12-08"])
    gradients = fit_size_selectivity(known, municipalities)
    bands = forecast_reach(gradients, draws_on(forecast, days), days, municipalities).quantiles((0.1, 0.9)) / 1e6
    assert bands.loc["2025-07-10", 0.1] < 135 < bands.loc["2025-07-10", 0.9]
    assert bands.loc["2025-12-08", 0.1] < 146 < bands.loc["2025-12-08", 0.9]


def test_uncertainty_grows_with_time(reach: ReachForecast) -> None:
    bands = reach.quantiles((0.1, 0.9))
    assert (bands[0.9] - bands[0.1]).is_monotonic_increasing


def test_the_same_seed_gives_the_same_draws_whatever_the_order_of_rows(
    gradients: pd.DataFrame, municipalities: pd.DataFrame
) -> None:
    counts = np.tile(np.array([2500, 2800, 3100, 3900]), (50, 1))
    one = forecast_reach(gradients, counts, DATES, municipalities, seed=2).total
    other = forecast_reach(
        gradients.sample(frac=1, random_state=1), counts, DATES, municipalities.sample(frac=1, random_state=2), seed=2
    ).total
    np.testing.assert_array_equal(one, other)


@settings(max_examples=15, deadline=None)
@given(
    growth=st.lists(st.integers(0, 2000), min_size=3, max_size=3),
    start=st.integers(2500, 2524),
    seed=st.integers(0, 2**32 - 1),
    bend=st.floats(-3, 3),
)
def test_reach_never_shrinks_nor_passes_the_country(growth: list[int], start: int, seed: int, bend: float) -> None:
    municipalities = processed("municipalities")
    gradients = fit_size_selectivity(processed("milestones"), municipalities)
    # Whatever the gradients did before: the last one stays, the first is bent so that the slope runs up or down.
    gradients.loc[0, "slope"] += bend
    counts = np.minimum(start + np.cumsum([0, *growth]), 5571)[None].repeat(20, axis=0)
    total = forecast_reach(gradients, counts, DATES, municipalities, seed=seed).total
    assert (np.diff(total, axis=1) >= 0).all()
    assert total.max() <= 212_583_750
    assert 145.5e6 <= total[:, 0].min() <= total[:, 0].max() <= 146.5e6


def test_all_municipalities_are_all_people(gradients: pd.DataFrame, municipalities: pd.DataFrame) -> None:
    counts = np.tile(np.array([2500, 3000, 5571, 5571]), (10, 1))
    total = forecast_reach(gradients, counts, DATES, municipalities).total
    np.testing.assert_allclose(total[:, 2:], 212_583_750, rtol=1e-6)


def test_one_gradient_alone_forecasts_without_a_fade(gradients: pd.DataFrame, municipalities: pd.DataFrame) -> None:
    counts = np.tile(np.array([2510, 2800]), (400, 1))
    total = forecast_reach(gradients.tail(1), counts, DATES[1:3], municipalities).total
    assert (total >= 145.5e6).all()
    assert np.median(total[:, 0]) < 165e6


def test_what_does_not_fit_is_refused_in_plain_words(gradients: pd.DataFrame, municipalities: pd.DataFrame) -> None:
    counts = np.tile(np.array([2500, 2800, 3100, 3900]), (5, 1))
    with pytest.raises(ParameterError, match="shape"):
        forecast_reach(gradients, counts, DATES[:2], municipalities)
    with pytest.raises(ParameterError, match="2025-12-08"):
        forecast_reach(gradients, counts, DATES - pd.Timedelta(days=30), municipalities)
    with pytest.raises(ParameterError, match="shrinks"):
        forecast_reach(gradients, counts[:, ::-1], DATES, municipalities)
    classes = municipalities.set_index("ibge_code")["size_class"].iloc[:-1]
    with pytest.raises(DataError, match="no group"):
        forecast_reach(gradients, counts, DATES, municipalities, groups=classes)
    with pytest.raises(ParameterError, match="2026-01-01"):
        forecast_reach(gradients, counts, DATES, municipalities).by_group(pd.Timestamp("2026-01-01"))
