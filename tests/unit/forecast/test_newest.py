"""A newest total that is only a bound starts arithmetic as a bound, and never becomes a count."""

from __future__ import annotations

import pandas as pd
import pytest

from redegov_analysis.cleaning.milestones import dated_bounds
from redegov_analysis.data.catalogue import read_table
from redegov_analysis.forecast.newest import newest_total, with_newest
from redegov_analysis.forecast.pace import known_by, net_growth


@pytest.fixture(scope="module")
def milestones() -> pd.DataFrame:
    return dated_bounds(read_table("milestones"))


def test_the_pace_since_the_last_mark_is_what_both_totals_bounds_allow(milestones: pd.DataFrame) -> None:
    newest = newest_total(milestones)
    assert newest.is_bound
    assert (newest.day, newest.low, newest.high) == (pd.Timestamp("2026-02-27"), 2601, 2699)
    months = 81 / (365.25 / 12)
    assert newest.pace_low == pytest.approx((2601 - 2524) / months)
    assert newest.pace_high == pytest.approx((2699 - 2500) / months)


@pytest.mark.parametrize(
    ("as_of", "day", "count"), [("2026-01-31", "2025-12-08", 2500), ("2025-12-08", "2025-12-08", 2500)]
)
def test_a_mark_and_a_total_of_an_unknown_day_are_no_bound(
    as_of: str, day: str, count: int, milestones: pd.DataFrame
) -> None:
    newest = newest_total(known_by(milestones, as_of))
    assert not newest.is_bound
    assert (newest.day, newest.low, newest.high) == (pd.Timestamp(day), count, count)
    growth = net_growth(known_by(milestones, as_of))
    assert len(with_newest(growth, known_by(milestones, as_of))) == len(growth)


def test_the_row_added_has_a_range_and_no_number(milestones: pd.DataFrame) -> None:
    growth = net_growth(milestones, yearly=True)
    last = with_newest(growth, milestones).iloc[-1]
    assert last["start_count"] == growth["end_count"].iloc[-1]
    assert pd.isna(last["end_count"])
    assert pd.isna(last["per_month"])
    assert last["per_month_low"] < last["per_month_high"]
