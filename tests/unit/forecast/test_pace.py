"""Growth between totals says what the totals' own bounds allow."""

from __future__ import annotations

import pandas as pd
import pytest

from redegov_analysis.cleaning.milestones import dated_bounds
from redegov_analysis.data.catalogue import read_table
from redegov_analysis.errors import IdentificationError
from redegov_analysis.forecast.pace import TARGET, known_by, net_growth


@pytest.fixture(scope="module")
def milestones() -> pd.DataFrame:
    return dated_bounds(read_table("milestones"))


def test_target_is_half_of_5570() -> None:
    assert TARGET == 2785


def test_growth_of_2023_was_about_47_a_month(milestones: pd.DataFrame) -> None:
    growth = net_growth(milestones, yearly=True).set_index("end")
    assert growth.loc["2023-12-31", "per_month"] == pytest.approx(47.0, abs=0.1)


def test_growth_lies_within_its_own_bounds(milestones: pd.DataFrame) -> None:
    for yearly in (False, True):
        growth = net_growth(milestones, yearly=yearly)
        assert (growth["per_month_low"] <= growth["per_month"] + 1e-9).all()
        assert (growth["per_month"] <= growth["per_month_high"] + 1e-9).all()


def test_periods_follow_each_other_without_a_gap(milestones: pd.DataFrame) -> None:
    growth = net_growth(milestones)
    assert list(growth["start"].iloc[1:]) == list(growth["end"].iloc[:-1])
    assert list(growth["start_count"].iloc[1:]) == list(growth["end_count"].iloc[:-1])


def test_rounded_conflicting_and_vaguely_dated_totals_are_left_out(milestones: pd.DataFrame) -> None:
    growth = net_growth(milestones)
    used = {*growth["start_count"], *growth["end_count"]}
    assert used.isdisjoint({17, 100, 160, 350, 700, 1500})
    assert {0, 78, 163, 727, 896, 933, 1511, 2000, 2500} == used


def test_a_report_of_an_earlier_day_knows_nothing_later(milestones: pd.DataFrame) -> None:
    assert known_by(milestones, "2024-12-31")["date"].max() == pd.Timestamp("2024-12-31")
    assert len(known_by(milestones)) == len(milestones)


def test_a_report_before_the_second_total_is_refused(milestones: pd.DataFrame) -> None:
    with pytest.raises(IdentificationError, match="2019-04-04"):
        known_by(milestones, "2019-05-01")
