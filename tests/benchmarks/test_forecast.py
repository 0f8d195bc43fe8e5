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
# The same forecaster's figures as first reported, on paths that are not known; 2,000 of ours give it 3.2 and 4.7 %, 336
# and 576. The mean error over 300 paths is known to a twentieth of itself only, so these are met on more.
REPORTED = pd.DataFrame({"mape": [0.031, 0.049], "width_90": [333.0, 579.0]}, index=[6, 12])
MORE_PATHS, MORE_SEED = 2000, 424242


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


def _one_more(number: int) -> list[dict[str, float]]:
    path = simulated_path(np.random.default_rng([MORE_SEED, number]))
    months = path.table(48)
    dates = [months["date"].iloc[TRAINING_MONTHS + ahead] for ahead in REPORTED.index]
    ahead = forecast_growth(
        months[: TRAINING_MONTHS + 1], universe=UNIVERSE, dates=dates, draws=1000, seed=number
    ).draws
    rows = []
    for months_ahead, draws in zip(REPORTED.index, ahead.T, strict=True):
        truth = path.totals[TRAINING_MONTHS + months_ahead]
        low, lower, median, upper, high = np.quantile(draws, [0.05, 0.25, 0.5, 0.75, 0.95])
        rows.append(
            {
                "months": months_ahead,
                "mape": abs(median - truth) / truth,
                "width_90": high - low,
                "covered_50": lower <= truth <= upper,
                "covered_90": low <= truth <= high,
            }
        )
    return rows


def test_two_thousand_paths_are_foreseen_nearly_as_well_as_by_one_who_knows_the_simulator(
    capsys: pytest.CaptureFixture[str],
) -> None:
    os.environ["OMP_NUM_THREADS"] = "1"
    with ProcessPoolExecutor(2) as workers:
        rows = [row for rows in workers.map(_one_more, range(MORE_PATHS), chunksize=20) for row in rows]
    scores = pd.DataFrame(rows).groupby("months")
    ours = scores[["mape", "covered_50", "covered_90"]].mean().join(scores["width_90"].median())
    with capsys.disabled():
        print("\n", ours.assign(standard_error=scores["mape"].sem()).round(4).to_string())
    assert ours["covered_90"].between(0.86, 0.94).all()
    assert ours["covered_50"].between(0.42, 0.58).all()
    assert ((ours[["mape", "width_90"]] / REPORTED[["mape", "width_90"]]) < 1.15).all(axis=None)


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
