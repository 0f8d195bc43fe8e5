"""Controls over the functions of the reports answer as the reports do."""

from __future__ import annotations

import pytest

from redegov_analysis.reports.explorer import Explorer
from redegov_analysis.reports.text import Text


@pytest.fixture(scope="module")
def explorer() -> Explorer:
    return Explorer(Text("en"), as_of="2024-12-31")


def test_a_single_curve_forecasts_otherwise_than_all_weighed(explorer: Explorer) -> None:
    together = explorer.forecast()
    explorer.curve.value = "logistic"
    alone = explorer.forecast()
    assert alone is not together
    assert alone.last_day == together.last_day
    assert "The chance that at least" in explorer.chance.value
    explorer.curve.value = "ensemble"
    assert explorer.forecast() is together


def test_a_size_within_a_state_counts_those_alone(explorer: Explorer) -> None:
    explorer.state.value = "SP"
    of_state = explorer.group_item().frame["count"].iloc[0]
    explorer.size_class.value = explorer.size_class.options[1][1]
    of_size = explorer.group_item().frame["count"].iloc[0]
    assert of_state == 645
    assert 0 < of_size < of_state
