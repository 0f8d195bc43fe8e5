"""Claims about looking back on states: every method is scored on the same truth, and a lasting difference is found."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from redegov_analysis.errors import ParameterError
from redegov_analysis.forecast.state_backtest import INDEPENDENT, RECONCILED, TOP_DOWN, rolling_states, state_summary
from redegov_analysis.forecast.state_totals import StateTotals, state_totals


@pytest.fixture(scope="module")
def totals() -> StateTotals:
    """A list in which one state joined early and is nearly full, and the other has just begun."""
    rng = np.random.default_rng(8)
    places = pd.DataFrame(
        {
            "ibge_code": [f"{i:07}" for i in range(400)],
            "uf": np.repeat(["AC", "BA"], [100, 300]),
            "valid_from": "2013-01-01",
        }
    )
    month = np.where(places["uf"] == "AC", rng.integers(0, 12, 400), rng.integers(8, 40, 400))
    days = pd.Timestamp("2022-01-10") + pd.to_timedelta(30 * month, unit="D")
    return state_totals(pd.DataFrame({"ibge_code": places["ibge_code"], "joined_on": days}), places, "2024-01-31")


@pytest.fixture(scope="module")
def scores(totals: StateTotals) -> pd.DataFrame:
    return rolling_states(totals, first_share=0.3, step=8, draws=200)


def test_every_method_is_held_against_the_same_members(scores: pd.DataFrame, totals: StateTotals) -> None:
    assert set(scores["method"]) == {RECONCILED, TOP_DOWN, INDEPENDENT}
    seen = scores.groupby(["origin", "uf"])["observed"]
    assert (seen.nunique() == 1).all()
    assert (seen.size() == 3).all()
    last = scores[scores["uf"] == "BA"].iloc[-1]
    known = totals.state("BA").set_index("date")["municipalities"]
    assert last["observed"] == known[last["target_date"]]


def test_shares_so_far_mislead_where_a_state_is_nearly_full(scores: pd.DataFrame) -> None:
    table = state_summary(scores).set_index("method")
    assert table.loc[RECONCILED, "wis"] < table.loc[TOP_DOWN, "wis"]
    assert table.index[-1] == TOP_DOWN
    assert table["origins"].nunique() == 1


def test_list_that_is_too_short_is_refused(totals: StateTotals) -> None:
    with pytest.raises(ParameterError, match="months to follow"):
        rolling_states(totals.until(6), first_share=0.9)


def test_states_forecast_each_by_itself_may_be_left_out(totals: StateTotals) -> None:
    two = rolling_states(totals, first_share=0.3, step=30, draws=100, independent=False)
    assert set(two["method"]) == {RECONCILED, TOP_DOWN}
