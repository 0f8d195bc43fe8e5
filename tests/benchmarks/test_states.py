"""State forecasts on the sister networks' 27 real curves, beside each state alone and top-down shares; their time."""

from __future__ import annotations

import time

import pandas as pd
import pytest

from redegov_analysis.cleaning.build import processed
from redegov_analysis.cleaning.sisters import NFSE_VOLUNTARY_UNTIL, SNC_VOLUNTARY_UNTIL
from redegov_analysis.forecast.state_backtest import INDEPENDENT, RECONCILED, TOP_DOWN, rolling_states, state_summary
from redegov_analysis.forecast.state_totals import StateTotals, state_totals
from redegov_analysis.forecast.states import forecast_totals
from redegov_analysis.reports.content.state_record import RECORD

pytestmark = pytest.mark.benchmark


def _totals(network: str, until: pd.Timestamp) -> StateTotals:
    table = processed(f"{network}_adhesions")
    return state_totals(table[table["joined_on"] <= until], processed("municipalities"), until)


@pytest.mark.parametrize(
    ("network", "until", "step"), [("nfse", NFSE_VOLUNTARY_UNTIL, 1), ("snc", SNC_VOLUNTARY_UNTIL, 4)]
)
def test_reconciled_states_are_foreseen_better_than_by_shares_and_as_well_as_alone(
    network: str, until: pd.Timestamp, step: int, capsys: pytest.CaptureFixture[str]
) -> None:
    table = state_summary(rolling_states(_totals(network, until), step=step))
    with capsys.disabled():
        print(f"\n {network}\n", table.round(3).to_string(index=False))
    score = table.set_index("method")["wis"]
    assert score[RECONCILED] < score[TOP_DOWN]
    assert score[RECONCILED] < 1.05 * score[INDEPENDENT]
    assert table.set_index("method").loc[RECONCILED, "covered_90"] >= 0.86
    told = RECORD[RECORD["set"] == network].set_index("method")["wis"]
    assert ((score / told - 1).abs() < 0.03).all()


def test_twenty_seven_states_take_a_few_seconds(capsys: pytest.CaptureFixture[str]) -> None:
    totals = _totals("nfse", NFSE_VOLUNTARY_UNTIL)
    dates = pd.date_range("2025-01-31", "2027-12-31", freq="ME")
    times = []
    for _ in range(3):
        start = time.process_time()
        forecast_totals(totals, dates=dates, draws=1000)
        times.append(time.process_time() - start)
    with capsys.disabled():
        print(f"\n {min(times):.2f} s of one core for 1,000 draws of 27 states over 36 months")
    assert min(times) < 5
