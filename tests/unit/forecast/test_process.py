"""Claims about the count process behind the forecast."""

from __future__ import annotations

import numpy as np
import pytest

from redegov_analysis.forecast.process import log_likelihood, simulate
from redegov_analysis.forecast.shapes import SHAPES

THETA = {
    "bass": np.array([[1.5, np.log(0.02), np.log(0.5)]]),
    "logistic": np.array([[1.5, np.log(0.8), 4.0]]),
    "gompertz": np.array([[1.5, np.log(0.4), 4.0]]),
    "steady": np.array([[np.log(0.1)]]),
}
NO_START = np.zeros((1, 1))


def _many(name: str, draws: int, cuts: int, rng: np.random.Generator, sigma: float = 0.0) -> np.ndarray:
    ones = np.ones(draws)
    return simulate(
        SHAPES[name],
        np.repeat(THETA[name], draws, axis=0),
        start=2.0 * ones,
        times=np.linspace(2.0, 3.0, cuts + 1)[1:],
        start_share=NO_START,
        count=np.full(draws, 300),
        universe=np.full(cuts, 5570),
        rho=0.004 * ones,
        sigma=sigma * ones,
        log_g=0 * ones,
        variance=0 * ones,
        rng=rng,
    )[:, -1]


@pytest.mark.parametrize("name", THETA)
def test_mean_and_spread_do_not_depend_on_how_finely_time_is_cut(name: str) -> None:
    coarse = _many(name, 20_000, 1, np.random.default_rng(1))
    fine = _many(name, 20_000, 24, np.random.default_rng(2))
    assert fine.mean() == pytest.approx(coarse.mean(), rel=0.01)
    assert fine.std() == pytest.approx(coarse.std(), rel=0.04)


@pytest.mark.parametrize("name", THETA)
def test_expected_newcomers_are_those_of_the_curve(name: str) -> None:
    hazard = np.diff(SHAPES[name].cumulative_hazard(THETA[name], np.array([[2.0, 3.0]]), NO_START))[0, 0]
    grown = _many(name, 20_000, 12, np.random.default_rng(3)).mean() - 300
    assert grown == pytest.approx((5570 - 300) * -np.expm1(-hazard), rel=0.015)


def test_drift_widens_the_paths_and_leaves_their_mean_where_it_was() -> None:
    still = _many("logistic", 20_000, 12, np.random.default_rng(4))
    drifting = _many("logistic", 20_000, 12, np.random.default_rng(5), sigma=0.8)
    assert drifting.std() > 1.3 * still.std()
    assert drifting.mean() == pytest.approx(still.mean(), rel=0.03)


def test_likelihood_is_the_chance_of_what_is_simulated() -> None:
    # The beta-binomial approximation against frequencies of the exact process, for one interval.
    hazard = np.array([[0.03]])
    rng = np.random.default_rng(6)
    jumps = rng.gamma(0.03 / np.log1p(0.01), 0.01, size=400_000)
    seen = np.bincount(rng.binomial(200, -np.expm1(-jumps)), minlength=201)[:25] / 400_000
    counts = np.arange(25.0)[:, None]
    logs, _, _ = log_likelihood(
        np.repeat(hazard, 25, axis=0), np.full((1, 1), 0.1), counts, np.full((1, 1), 200.0), np.full(25, 0.01), None
    )
    assert np.abs(np.exp(logs[:, 0]) - seen).max() < 0.004


def test_likelihood_of_a_drifting_hazard_without_volatility_is_that_of_the_curve() -> None:
    rng = np.random.default_rng(7)
    hazard = rng.uniform(0.01, 0.05, size=(3, 8))
    arguments = (np.full((1, 8), 1 / 12), rng.integers(10, 60, (1, 8)).astype(float), np.full((1, 8), 2000.0))
    still, _, _ = log_likelihood(hazard, *arguments, np.full(3, 0.004), None)
    calm, log_g, variance = log_likelihood(hazard, *arguments, np.full(3, 0.004), np.full(3, 1e-6))
    assert calm == pytest.approx(still, abs=1e-4)
    assert log_g == pytest.approx(np.zeros(3), abs=1e-4)
    assert variance == pytest.approx(np.zeros(3), abs=1e-8)


def test_burst_lifts_the_drift_and_a_lull_lowers_it() -> None:
    hazard, gaps, outside = np.full((1, 6), 0.02), np.full((1, 6), 1 / 12), np.full((1, 6), 3000.0)
    states = [
        log_likelihood(hazard, gaps, np.full((1, 6), many), outside, np.full(1, 0.004), np.full(1, 1.0))[1][0]
        for many in (10.0, 60.0, 200.0)
    ]
    assert states[0] < -0.3
    assert abs(states[1]) < 0.2
    assert states[2] > 0.3


def test_prior_density_integrates_to_one() -> None:
    for shape in SHAPES.values():
        rng = np.random.default_rng(8)
        width = 1.7 * np.array([1.5] * shape.has_ceiling + list(shape.sd))
        centre = np.array([1.5] * shape.has_ceiling + list(shape.mean))
        x = centre + width * rng.standard_normal((200_000, len(centre)))
        proposal = (-0.5 * ((x - centre) / width) ** 2 - np.log(width) - 0.5 * np.log(2 * np.pi)).sum(axis=1)
        assert np.exp(shape.log_prior(x) - proposal).mean() == pytest.approx(1, abs=0.02)
