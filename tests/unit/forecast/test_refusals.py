"""What the forecasts refuse, in words that say what is wrong; and edges at which they still answer."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from redegov_analysis.cleaning.membership.standing import Membership
from redegov_analysis.errors import RedegovError
from redegov_analysis.evidence import Evidence
from redegov_analysis.forecast.backtest import published_origins
from redegov_analysis.forecast.baselines import baseline_draws
from redegov_analysis.forecast.joining_days import assigned
from redegov_analysis.forecast.local_level import filter_level, fit_local_level
from redegov_analysis.forecast.monitoring import normal_scores, watched_monthly
from redegov_analysis.forecast.newcomers import VINTAGE, newcomers, towns_from
from redegov_analysis.forecast.observations import read_totals, universe_on
from redegov_analysis.forecast.outlook import with_count_of
from redegov_analysis.forecast.reconciliation import reconcile_mint, whole_parts
from redegov_analysis.forecast.scores import interval_score
from redegov_analysis.forecast.simulated_members import simulate_members

DAYS = pd.DatetimeIndex(["2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30"])
TOTALS = pd.DataFrame({"date": DAYS, "municipalities": [100, 200, 300, 400]})
FIVE = pd.DataFrame(
    {
        "ibge_code": list("12345"),
        "uf": ["SP", "SP", "AC", "AC", "AC"],
        "name": list("ABCDE"),
        "immediate_region_code": list("aabbb"),
        "is_capital": [True, False, True, False, False],
        VINTAGE: [100, 200, 300, 400, 500],
        "population_2025": [100, 200, 300, 400, 500],
        "valid_from": pd.Timestamp("2013-01-01"),
    }
)


def _joined(wanted: int, **options: Any) -> tuple[Any, float]:
    rng = np.random.default_rng(1)
    return newcomers(towns_from(FIVE, rng), np.ones(5, dtype=bool), wanted, rng, **options)


def _named(first: str, last: str) -> Any:
    day = DAYS[:1].to_numpy().astype("datetime64[D]")
    window = {0: (pd.Timestamp(first), pd.Timestamp(last))}
    return assigned(day, day, np.array(["Norte"]), window, np.random.default_rng(1))


REFUSED: list[tuple[Callable[[], Any], str]] = [
    (lambda: interval_score([1.0], [0.0], [2.0], 95), "level of an interval is 95"),
    (lambda: interval_score([1.0], [3.0], [2.0], 0.9), "lower bound is above its upper one"),
    (lambda: filter_level([], noise=1.0, drift=1.0), "A series of shape .* has no level"),
    (lambda: filter_level([1.0, np.nan], noise=1.0, drift=1.0), "none of them missing"),
    (lambda: filter_level([1.0, 2.0], noise=-1.0, drift=1.0), "must not be negative"),
    (lambda: fit_local_level([1.0, 1.0]), "2 values that do not vary cannot tell noise from drift"),
    (lambda: fit_local_level([2.0] * 5), "5 values that do not vary"),
    (lambda: normal_scores([1.0], [[1.0, 2.0, 3.0]], [0.1, 0.5, 0.8]), "symmetric"),
    (lambda: universe_on(pd.Series([5570], index=DAYS[2:3]), DAYS), "The universe is not known on 2024-01-31"),
    (lambda: universe_on(pd.Series([], index=DAYS[:0], dtype=int), DAYS), "The universe is not known on 2024-01-31"),
    (lambda: read_totals(TOTALS.assign(count_low=[100, 999, 300, 400], count_high=500)), "A total is upside down"),
    (
        lambda: read_totals(TOTALS.assign(date=["2024-01-01T00:00-03:00", *["2024-02-01T00:00-02:00"] * 3])),
        "several time zones|no date",
    ),
    (lambda: published_origins(TOTALS.iloc[:3], universe=5570, first_total=3), "3 totals leave none to score"),
    (lambda: reconcile_mint(np.ones((2, 1)), [1.0, 2.0], lower=3.0, upper=2.0), "A lower bound is above its upper one"),
    (lambda: reconcile_mint(np.ones((2, 1)), [1.0, 2.0], np.ones((3, 3))), r"The covariance has shape \(3, 3\)"),
    (lambda: simulate_members(-1), "The seed is -1"),
    (lambda: _named("2024-05-01", "2024-05-31"), "Nobody joins from 2024-05-01 to 2024-05-31, but one is named"),
    (lambda: _joined(6), "6 newcomers, .* cannot be found among 5"),
    (lambda: _joined(0, people=(50, 60)), "No newcomers, but 50 to 60 people more"),
    (lambda: _joined(5, people=(1, 2)), "people"),
]


@pytest.mark.parametrize(("call", "words"), REFUSED, ids=[words for _, words in REFUSED])
def test_what_cannot_be_forecast_is_refused_in_words(call: Callable[[], Any], words: str) -> None:
    with pytest.raises(RedegovError) as caught:
        call()
    assert re.search(words, str(caught.value))


def test_nobody_new_brings_no_people() -> None:
    chosen, _ = _joined(0, people=(0, 10))
    assert len(chosen) == 0


def test_a_level_that_is_known_at_first_is_followed_from_there() -> None:
    found = filter_level([4.0], noise=1.0, drift=0.0, start=(0.0, 1.0))
    assert found.level.tolist() == [2.0]
    assert found.variance.tolist() == [0.5]


def test_totals_that_contradict_each_other_by_windows_alone_are_named_as_such() -> None:
    low, high = [100, 300, 200, 400], [100, 300, 200, 400]
    overlapping = TOTALS.assign(
        municipalities=low,
        count_low=low,
        count_high=high,
        date_earliest=DAYS[0],
        date_latest=DAYS[3],
    )
    shrinking = TOTALS.assign(municipalities=low)
    with pytest.raises(RedegovError, match="at least 300 by 2024-02-29 and at most 200 on 2024-03-31"):
        read_totals(shrinking)
    assert len(read_totals(overlapping).table) == 4


def test_a_series_of_many_days_is_thinned_by_months_quarters_and_years() -> None:
    days = pd.date_range("1990-01-01", periods=12_000, freq="D")
    table = read_totals(pd.DataFrame({"date": days, "municipalities": np.arange(12_000)})).table
    assert len(table) <= 120
    assert table["low"].iloc[[0, -1]].tolist() == [0, 11_999]


def test_the_variance_of_one_interval_is_its_newcomers_per_month() -> None:
    drawn = baseline_draws("drift", np.array([0.0, 2.0]), np.array([10.0, 30.0]), np.array([1.0]), 5570)
    assert np.isfinite(drawn).all()


def test_a_network_watched_to_the_end_has_a_row_for_each_month() -> None:
    table = watched_monthly(TOTALS, "2024-04-01", universe=5570, draws=100, until_broken=True)
    assert table["observed"].tolist() == [400]


def test_a_newer_list_adds_its_count_and_an_older_or_smaller_one_nothing() -> None:
    milestones = pd.DataFrame(
        {
            "date": DAYS, "date_earliest": DAYS, "date_latest": DAYS, "municipalities": [1, 2, 3, 4],
            "count_low": [1, 2, 3, 4], "count_high": [1, 2, 3, 4], "relation": "eq", "preferred": True,
        }
    )  # fmt: skip
    rows = pd.DataFrame({"ibge_code": list("12345")})

    def listed(day: str, members: pd.DataFrame, evidence: Evidence = Evidence.OBSERVED) -> Membership:
        return Membership(members, pd.Timestamp(day).date(), evidence, "lista.csv", undecided=2)

    more = with_count_of(listed("2024-05-31", rows), milestones)
    assert more.iloc[-1][["count_low", "count_high"]].tolist() == [5, 7]
    assert len(more) == 5
    assert len(milestones) == 4
    for kept in (listed("2024-04-30", rows), listed("2024-05-31", rows.head(3))):
        assert with_count_of(kept, milestones) is milestones
    assert with_count_of(listed("2024-05-31", rows, Evidence.SIMULATED), milestones) is milestones


def test_totals_with_a_lower_bound_alone_end_at_their_number() -> None:
    table = read_totals(TOTALS.assign(count_low=[90, 200, 300, 400])).table
    assert table[["low", "high"]].iloc[0].tolist() == [90, 100]


def test_parts_that_cannot_hold_the_total_are_refused_and_full_ones_stay_full() -> None:
    rng = np.random.default_rng(1)
    base, variance, room = np.array([[4.0, 4.0]]), np.ones((1, 2)), np.array([[5, 5]])
    with pytest.raises(RedegovError, match="more than its parts have room for"):
        whole_parts(base, variance, np.array([11]), room, rng)
    assert whole_parts(base, variance, np.array([10]), room, rng).tolist() == [[5, 5]]
