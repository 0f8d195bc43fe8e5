"""Least-squares optima of growth curves on classic adoption series."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from redegov_analysis.forecast.curves import fit_curve

DATA = Path(__file__).parent / "data"
SERIES = {
    str(name): rows["adoptions"].to_numpy(float).cumsum()
    for name, rows in pd.read_csv(DATA / "adoption_series.csv").groupby("series")
}
# Optima by multi-start Levenberg-Marquardt; Bass on newcomers equals R minpack.lm to six digits.
OPTIMA = [
    pytest.param(*key, rows, id="-".join(key))
    for key, rows in pd.read_csv(DATA / "adoption_optima.csv").groupby(["series", "curve", "loss"])
]
R_ROWS = list(pd.read_csv(DATA / "adoption_sse_r_diffusion.csv").itertuples(index=False, name=None))


@pytest.mark.parametrize(("series", "curve", "loss", "rows"), OPTIMA)
def test_optimum_matches_minpack_lm(series: str, curve: str, loss: str, rows: pd.DataFrame) -> None:
    totals = SERIES[series]
    fit = fit_curve(np.arange(1, len(totals) + 1), totals, curve, loss=loss)
    expected = rows.set_index("parameter")
    assert fit.params == pytest.approx(expected["value"].to_dict(), rel=1e-5)
    assert fit.sse == pytest.approx(expected["sse"].iloc[0], rel=1e-8)
    errors = expected["stderr"].dropna()
    assert {name: fit.stderr[name] for name in errors.index} == pytest.approx(errors.to_dict(), rel=1e-4)


@pytest.mark.parametrize(("series", "curve", "loss", "best_sse"), R_ROWS)
def test_sum_of_squares_never_exceeds_what_r_diffusion_can_reach(
    series: str, curve: str, loss: str, best_sse: float
) -> None:
    totals = SERIES[series]
    assert fit_curve(np.arange(1, len(totals) + 1), totals, curve, loss=loss).sse <= best_sse * (1 + 1e-6)


@pytest.mark.parametrize(
    ("series", "p", "q", "m"),
    [
        ("room_air_conditioners", 0.0094, 0.3748, 18713),
        ("color_televisions", 0.0185, 0.6159, 39659),
        ("clothes_dryers", 0.0136, 0.3267, 16497),
    ],
)
def test_bass_matches_the_digits_printed_by_srinivasan_and_mason_1986(series: str, p: float, q: float, m: int) -> None:
    totals = SERIES[series]
    params = fit_curve(np.arange(1, len(totals) + 1), totals).params
    assert (round(params["p"], 4), round(params["q"], 4), round(params["m"])) == (p, q, m)


def test_gompertz_ceiling_on_logistic_data_falls_to_the_truth_as_satoh_and_matsumura_prove() -> None:
    expected = pd.read_csv(DATA / "gompertz_on_logistic.csv")
    ceilings = []
    for points in expected["points"]:
        t = np.arange(points)
        totals = 1000 / (1 + np.exp(-0.35 * (t - 16)))
        ceilings.append(fit_curve(t + 1, totals, "gompertz", loss="cumulative").params["m"])
    assert ceilings == pytest.approx(expected["gompertz_ceiling"].tolist(), rel=1e-3)
    assert np.all(np.diff(ceilings) < 0)
    assert ceilings[-1] > 1000
