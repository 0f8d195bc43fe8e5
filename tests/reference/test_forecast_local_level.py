"""The local level of the Nile, against Durbin & Koopman's book and statsmodels 0.15.0."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from redegov_analysis.errors import DataError, IdentificationError, ParameterError
from redegov_analysis.forecast.local_level import filter_level, fit_local_level

FLOW = pd.read_csv(Path(__file__).parent / "data" / "nile_flow.csv")["flow"].to_numpy(float)
# statsmodels' estimates, with an approximately diffuse start.
NOISE, DRIFT = 15078.01098217475, 1478.8113585572619


def test_variances_of_the_nile_are_those_of_durbin_and_koopman() -> None:
    fit = fit_local_level(FLOW)
    assert fit.noise == pytest.approx(15098.5, rel=1e-3)
    assert fit.drift == pytest.approx(1469.1, rel=1e-3)


def test_likelihood_and_forecast_of_the_nile_are_those_of_statsmodels() -> None:
    found = filter_level(FLOW, noise=NOISE, drift=DRIFT, start=(0.0, 1e6 + DRIFT))
    # The first year is left out of the likelihood, as a diffuse start takes it up.
    first = -0.5 * (np.log(2 * np.pi * (1e6 + DRIFT + NOISE)) + FLOW[0] ** 2 / (1e6 + DRIFT + NOISE))
    assert found.log_likelihood - first == pytest.approx(-632.5377605724096, abs=1e-3)
    mean, deviation = found.ahead(np.arange(1, 6))
    assert mean == pytest.approx(np.full(5, 798.0849404560511), abs=1e-6)
    expected = [143.5164904433422, 148.57925288455047, 153.47509813089698, 158.2195218828755, 162.8257610558077]
    assert deviation == pytest.approx(expected, rel=1e-6)


def test_unequal_gaps_are_those_of_a_series_with_holes() -> None:
    thinned = FLOW[[0, 3, 4, 9]]
    found = filter_level(thinned, noise=NOISE, drift=DRIFT, gaps=[1, 3, 1, 5])
    patient = filter_level(thinned[:1], noise=NOISE, drift=DRIFT)
    spread = patient.variance[0] + 3 * DRIFT
    assert found.variance[1] == pytest.approx(spread * NOISE / (spread + NOISE))


def test_series_without_a_level_are_refused() -> None:
    with pytest.raises(IdentificationError, match="do not vary"):
        fit_local_level([3.0, 3.0, 3.0])
    with pytest.raises(DataError, match="missing"):
        filter_level([1.0, np.nan], noise=1.0, drift=1.0)
    with pytest.raises(ParameterError, match="negative"):
        filter_level([1.0, 2.0], noise=-1.0, drift=1.0)
