"""State estimates keep the national total, and their spread is the one that the data hold."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize
from scipy.special import expit, logsumexp

from redegov_analysis.drivers.states import between_state_spread, state_member_draws, state_shares
from redegov_analysis.errors import IdentificationError

Sample = tuple[pd.Series, pd.Series, pd.Series]


def _sample(spread: float, seed: int, states: int = 27, each: int = 120) -> Sample:
    rng = np.random.default_rng(seed)
    uf = np.repeat([f"S{number:02}" for number in range(states)], each)
    population = np.round(10 ** rng.normal(4.1, 0.5, len(uf)))
    effect = np.repeat(spread * rng.standard_normal(states), each)
    joined = rng.random(len(uf)) < expit(-0.5 + 1.1 * np.log10(population / 1e4) + effect)
    return pd.Series(joined), pd.Series(population), pd.Series(uf)


def _spread_by_brute_force(joined: pd.Series, population: pd.Series, uf: pd.Series) -> float:
    """Integrate the state effects on a fine grid instead of at the modes."""
    size, y = np.log10(population.to_numpy() / 1e4), joined.to_numpy(dtype=float)
    starts = np.unique(uf.to_numpy(), return_index=True)[1]
    grid = np.linspace(-5, 5, 401)

    def loss(theta: np.ndarray) -> float:
        eta = (theta[0] + theta[1] * size)[:, None] + grid
        loglik = np.add.reduceat(y[:, None] * eta - np.logaddexp(0, eta), starts, axis=0)
        return -float(logsumexp(loglik - grid**2 / 2 * np.exp(-2 * theta[2]) - theta[2], axis=1).sum())

    return float(np.exp(minimize(loss, [0.0, 0.5, -0.3], method="L-BFGS-B").x[2]))


def test_spread_equals_integration_on_a_fine_grid() -> None:
    sample = _sample(0.8, seed=3, states=12, each=80)
    assert between_state_spread(*sample) == pytest.approx(_spread_by_brute_force(*sample), abs=0.003)


def test_spread_is_recovered_on_average() -> None:
    found = [between_state_spread(*_sample(0.8, seed)) for seed in range(12)]
    assert np.mean(found) == pytest.approx(0.8, abs=0.08)


def test_states_that_do_not_differ_have_next_to_no_spread() -> None:
    assert np.mean([between_state_spread(*_sample(0.0, seed)) for seed in range(6)]) < 0.12


def test_spread_needs_both_outcomes() -> None:
    joined, population, uf = _sample(0.5, 1)
    with pytest.raises(IdentificationError, match="some municipalities that joined"):
        between_state_spread(joined & False, population, uf)


def _gradient(low: int, high: int) -> pd.Series:
    return pd.Series(
        {
            "date": pd.Timestamp("2025-12-08"), "vintage": "population", "count_low": low, "count_high": high,
            "slope": 1.0, "slope_low": 0.95, "slope_high": 1.05, "slope_stderr": 0.1,
        }
    )  # fmt: skip


@pytest.fixture
def people() -> pd.DataFrame:
    _, population, uf = _sample(0.0, 5, states=6, each=50)
    codes = [f"{1000000 + number}" for number in range(len(uf))]
    return pd.DataFrame({"ibge_code": codes, "population": population, "uf": uf})


def test_every_draw_keeps_the_national_total_and_each_state_its_size(people: pd.DataFrame) -> None:
    uf = people.set_index("ibge_code")["uf"]
    draws = state_member_draws(_gradient(120, 124), people, uf, spread=0.9, draws=300, seed=1)
    assert draws.sum(axis=1).between(120, 124).all()
    assert (draws <= 50).all(axis=None)
    assert (draws >= 0).all(axis=None)


def test_draws_depend_on_the_seed_and_not_on_the_order_of_rows(people: pd.DataFrame) -> None:
    uf = people.set_index("ibge_code")["uf"]
    shuffled = people.sample(frac=1, random_state=4)
    first = state_member_draws(_gradient(100, 100), people, uf, spread=0.5, draws=50, seed=7)
    again = state_member_draws(
        _gradient(100, 100), shuffled, uf.sample(frac=1, random_state=2), spread=0.5, draws=50, seed=7
    )
    other = state_member_draws(_gradient(100, 100), people, uf, spread=0.5, draws=50, seed=8)
    pd.testing.assert_frame_equal(first, again)
    assert not first.equals(other)


def test_more_spread_between_states_makes_wider_intervals(people: pd.DataFrame) -> None:
    uf = people.set_index("ibge_code")["uf"]
    widths = []
    for spread in (0.0, 0.9):
        draws = state_member_draws(_gradient(120, 120), people, uf, spread=spread, draws=400, seed=1)
        shares = state_shares(draws, uf)
        widths.append((shares["member_share_high"] - shares["member_share_low"]).mean())
    assert widths[1] > 2 * widths[0]
