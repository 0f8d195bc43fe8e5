"""The bars of the forecast: simulated paths, the sister networks' real curves, time. Figures: docs/benchmarks.md."""

from __future__ import annotations

import os
import time
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pandas as pd
import pytest

from redegov_analysis.cleaning.milestones import dated_bounds, universe_size
from redegov_analysis.cleaning.sisters import NFSE_VOLUNTARY_UNTIL, SNC_VOLUNTARY_UNTIL
from redegov_analysis.data.catalogue import read_table
from redegov_analysis.forecast.backtest import monthly_totals, rolling_origin, summary
from redegov_analysis.forecast.growth import forecast_growth
from redegov_analysis.forecast.paths import TRAINING_MONTHS, UNIVERSE, simulated_path

pytestmark = pytest.mark.benchmark

PATHS = 300
SEED = int(os.environ.get("REDEGOV_BENCHMARK_SEED", "20261124"))
# What a forecaster reaches that knows the simulator's own curves, parameters and jump size, on these very paths: its
# prior drawn 60,000 times, weighted by the exact likelihood of months 1 to 36 and by the first total, within a tenth.
INFORMED = pd.DataFrame({"mape": [0.0372, 0.0496], "width_90": [348.0, 585.0]}, index=[6, 12])


def _one_path(number: int) -> pd.DataFrame:
    path = simulated_path(np.random.default_rng([SEED, number]))
    share = path.totals[TRAINING_MONTHS] / UNIVERSE
    scores = rolling_origin(path.table(48), universe=UNIVERSE, horizons_months=(6, 12), first_share=share, seed=number)
    return scores[scores["origin"] == path.table(TRAINING_MONTHS)["date"].iloc[-1]]


def test_simulated_paths_are_covered_and_every_baseline_is_beaten(capsys: pytest.CaptureFixture[str]) -> None:
    os.environ["OMP_NUM_THREADS"] = "1"
    with ProcessPoolExecutor(2) as workers:
        scores = pd.concat(workers.map(_one_path, range(PATHS), chunksize=10))
    table = summary(scores)
    with capsys.disabled():
        print("\n", table.round(4).to_string(index=False))
    ours = table[table["method"] == "ensemble"].set_index("horizon_months")
    assert ours["covered_90"].between(0.86, 0.94).all()
    assert ours["covered_50"].between(0.42, 0.58).all()
    assert (table.groupby("horizon_months")["method"].first() == "ensemble").all()
    assert ((ours["mape"] / INFORMED["mape"]) < 1.15).all()
    assert (ours["width_90"] / INFORMED["width_90"]).between(0.85, 1.15).all()


@pytest.mark.parametrize(("network", "until"), [("nfse", NFSE_VOLUNTARY_UNTIL), ("snc", SNC_VOLUNTARY_UNTIL)])
def test_sister_networks_are_foreseen_better_than_by_any_baseline(
    network: str, until: pd.Timestamp, capsys: pytest.CaptureFixture[str]
) -> None:
    joined = pd.to_datetime(read_table(f"{network}_adhesions")["joined_on"])
    scores = rolling_origin(monthly_totals(joined[joined <= until], until), universe=UNIVERSE)
    table = summary(scores)
    with capsys.disabled():
        print(f"\n {network}\n", table.round(4).to_string(index=False))
    assert table["method"].iloc[0] == "ensemble"
    assert table.set_index("method")["covered_90"]["ensemble"] >= 0.8


def test_forecast_of_the_published_totals_takes_less_than_a_second(capsys: pytest.CaptureFixture[str]) -> None:
    milestones = dated_bounds(read_table("milestones"))
    dates = pd.date_range("2026-02-28", "2029-02-28", freq="ME")
    times = []
    for _ in range(4):
        start = time.perf_counter()
        forecast_growth(milestones, universe=universe_size, dates=dates)
        times.append(time.perf_counter() - start)
    with capsys.disabled():
        print(f"\n {min(times[1:]):.2f} s for 2,000 draws over 36 months")
    assert min(times[1:]) < 1
