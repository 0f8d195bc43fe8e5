"""Known effects are found again: the small version; the benchmark runs the country's size and 200 lists."""

import numpy as np
import pandas as pd
import pytest

from redegov_analysis.drivers.hazard import fit_hazard
from redegov_analysis.drivers.neighbours import Neighbours, neighbours_from_pairs
from redegov_analysis.drivers.panel import person_period
from redegov_analysis.drivers.simulation import simulate_joinings
from redegov_analysis.errors import ParameterError

EFFECTS = pd.Series({"size": 0.6, "income": -0.4})
NEIGHBOURS = 1.0
BURST = 1.0


@pytest.fixture(scope="module")
def places() -> Neighbours:
    side = 24
    right = [(f"{i:02d}{j:02d}", f"{i:02d}{j + 1:02d}") for i in range(side) for j in range(side - 1)]
    down = [(f"{i:02d}{j:02d}", f"{i + 1:02d}{j:02d}") for i in range(side - 1) for j in range(side)]
    return neighbours_from_pairs(pd.DataFrame(right + down, columns=["ibge_code_a", "ibge_code_b"]))


@pytest.fixture(scope="module")
def covariates(places: Neighbours) -> pd.DataFrame:
    rng = np.random.default_rng(11)
    return pd.DataFrame(rng.normal(size=(len(places.codes), 2)), index=places.codes, columns=list(EFFECTS.index))


def one_fit(covariates: pd.DataFrame, places: Neighbours, seed: int, link: str) -> pd.DataFrame:
    baseline = np.full(24, -3.6)
    baseline[12] += BURST
    events = simulate_joinings(covariates, EFFECTS, places, NEIGHBOURS, "2022-01-01", baseline, seed, link=link)
    table = covariates.rename_axis("ibge_code").reset_index()
    rows = person_period(events, table, "2022-01-01", "2023-12-31", neighbours=places)
    design = rows[["size", "income", "neighbours_share"]].assign(const=1.0, burst=(rows["period_index"] == 12) * 1.0)
    return fit_hazard(rows["event"], design, link=link).summary()


@pytest.mark.parametrize("link", ["logit", "cloglog"])
def test_effects_of_size_income_neighbours_and_an_event_are_recovered(
    covariates: pd.DataFrame, places: Neighbours, link: str
) -> None:
    truth = pd.Series({**EFFECTS, "neighbours_share": NEIGHBOURS, "burst": BURST})
    fits = [one_fit(covariates, places, seed, link).loc[truth.index] for seed in range(24)]
    estimates = pd.DataFrame([fit["coef"] for fit in fits]).reset_index(drop=True)
    error = estimates.std() / np.sqrt(len(fits))
    assert ((estimates.mean() - truth).abs() < 3.5 * error).all()
    stated = pd.DataFrame([fit["stderr"] for fit in fits]).mean()
    assert (stated / estimates.std()).between(0.65, 1.6).all()
    covered = np.mean([((fit["low"] <= truth) & (truth <= fit["high"])).mean() for fit in fits])
    assert covered > 0.85


def test_simulated_lists_know_their_seed_and_not_the_order_of_rows(
    covariates: pd.DataFrame, places: Neighbours
) -> None:
    baseline = np.full(6, -3.0)
    one = simulate_joinings(covariates, EFFECTS, places, NEIGHBOURS, "2022-01-01", baseline, 1)
    same = simulate_joinings(
        covariates.sample(frac=1, random_state=2), EFFECTS, places, NEIGHBOURS, "2022-01-01", baseline, 1
    )
    other = simulate_joinings(covariates, EFFECTS, places, NEIGHBOURS, "2022-01-01", baseline, 2)
    pd.testing.assert_frame_equal(one, same)
    assert not one.equals(other)
    assert one["joined_on"].dropna().between("2022-01-01", "2022-06-30").all()
    with pytest.raises(ParameterError, match="Every covariate needs an effect"):
        simulate_joinings(covariates, EFFECTS[["size"]], places, NEIGHBOURS, "2022-01-01", baseline, 1)
