"""Time, memory and recovery of the drivers at the country's size. Ratios within one run, printed with -s.

The figures that these measured are kept in docs/benchmarks.md.
"""

import time
import tracemalloc
import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from redegov_analysis.cleaning.build import processed
from redegov_analysis.drivers.hazard import fit_hazard
from redegov_analysis.drivers.neighbours import Neighbours, link_islands, neighbours_from_pairs
from redegov_analysis.drivers.panel import person_period
from redegov_analysis.drivers.simulation import simulate_joinings

pytestmark = pytest.mark.benchmark

UNITS = 5570


def fastest(run: Callable[[], object], times: int) -> tuple[float, object]:
    best, result = np.inf, None
    for _ in range(times):
        began = time.perf_counter()
        result = run()
        best = min(best, time.perf_counter() - began)
    return best, result


@pytest.fixture(scope="module")
def long_panel() -> tuple[np.ndarray, pd.DataFrame, np.ndarray]:
    """About 162,000 rows: 5,570 units, 36 months as dummies, 4 covariates."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=(UNITS, 4))
    alive, rows = np.ones(UNITS, dtype=bool), []
    for month in range(36):
        eta = -4.6 + 0.01 * month + x @ np.array([0.5, -0.3, 0.2, 0.0])
        event = rng.random(UNITS) < -np.expm1(-np.exp(eta))
        rows.append(pd.DataFrame({"unit": np.flatnonzero(alive), "month": month, "event": event[alive].astype(float)}))
        alive &= ~event
    table = pd.concat(rows, ignore_index=True)
    months = {f"month{m}": (table["month"] == m).astype(float) for m in range(36)}
    X = pd.DataFrame({**{f"x{j}": x[table["unit"], j] for j in range(4)}, **months})
    return table["event"].to_numpy(), X, table["unit"].to_numpy()


def test_clustered_cloglog_takes_at_most_a_sixth_of_statsmodels_without_clusters(long_panel: tuple) -> None:
    import statsmodels.api as sm

    event, X, unit = long_panel
    ours, fit = fastest(lambda: fit_hazard(event, X, link="cloglog", cluster=unit), 3)
    model = sm.GLM(event, X, family=sm.families.Binomial(sm.families.links.CLogLog()))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs, _ = fastest(model.fit, 2)
        exact = model.fit(tol=1e-13)
    difference = float(np.abs(fit.coef - exact.params).max())
    print(f"\n{len(X):,} × {X.shape[1]}: ours, clustered {ours:.2f} s; statsmodels GLM {theirs:.2f} s; "
          f"ratio {ours / theirs:.3f}; largest difference of a coefficient {difference:.1e}")  # fmt: skip
    assert difference < 1e-8
    assert ours < theirs / 6


def test_building_the_panel_is_fast_small_and_linear_in_months() -> None:
    nfse, pairs = processed("nfse_adhesions"), processed("neighbours")
    towns = processed("municipalities")
    towns = towns[towns["ibge_code"] != "5101837"]
    covariates = towns[["ibge_code", "uf", "region", "population_2022", "hdi_2010", "internet_share_2022"]]

    def build(months: int) -> pd.DataFrame:
        end = pd.Timestamp("2018-04-01") + pd.DateOffset(months=months) - pd.Timedelta(days=1)
        return person_period(nfse, covariates, "2018-04-01", end, neighbours=pairs)

    build(3)
    seconds = {months: fastest(lambda months=months: build(months), 3)[0] for months in (27, 54, 81)}
    tracemalloc.start()
    rows = build(81)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    print(f"\n81 months, {len(rows):,} rows: {seconds[81]:.2f} s, peak {peak / 1e6:.0f} MB; " + str(seconds))
    assert seconds[81] < 3
    assert peak < 1.5e9
    assert seconds[81] < 3 * seconds[27] * 1.5


@pytest.fixture(scope="module")
def country() -> tuple[pd.DataFrame, Neighbours, pd.Series]:
    towns = processed("municipalities")
    towns = towns[(towns["ibge_code"] != "5101837") & towns["hdi_2010"].notna()].set_index("ibge_code")
    inside = towns.reset_index()
    places = neighbours_from_pairs(link_islands(processed("neighbours"), inside), inside["ibge_code"])
    X = pd.DataFrame({"size": np.log10(towns["population_2022"]), "income": np.log(towns["gdp_per_head_2021_brl"])})
    return (X - X.mean()) / X.std(), places, towns["uf"]


@pytest.mark.parametrize("link", ["logit", "cloglog"])
@pytest.mark.parametrize("clustered", [False, True], ids=["model errors", "errors by state"])
def test_known_effects_are_recovered_at_the_countrys_size(country: tuple, link: str, clustered: bool) -> None:
    X, places, uf = country
    truth = pd.Series({"size": 0.5, "income": -0.3, "neighbours_share": 1.0, "burst": 1.2})
    baseline = np.full(30, -4.6)
    baseline[14] += truth["burst"]
    table = X.rename_axis("ibge_code").reset_index()
    estimates, covered, seconds = [], [], time.perf_counter()
    # Coverage is known to ±1.8 points from 600 lists, and to ±3 from 200.
    replicates = 200 if clustered else 600
    for seed in range(replicates):
        events = simulate_joinings(
            X, truth[["size", "income"]], places, truth["neighbours_share"], "2022-07-01", baseline, seed, link=link
        )
        rows = person_period(events, table, "2022-07-01", "2024-12-31", neighbours=places)
        design = rows[["size", "income", "neighbours_share"]].assign(
            const=1.0, burst=(rows["period_index"] == 14).astype(float)
        )
        cluster = uf.loc[rows["ibge_code"]].to_numpy() if clustered else None
        fit = fit_hazard(rows["event"], design, link=link, cluster=cluster).summary().loc[truth.index]
        estimates.append(fit["coef"])
        covered.append((fit["low"] <= truth) & (truth <= fit["high"]))
    mean = pd.DataFrame(estimates).mean()
    bias = ((mean - truth) / truth).abs()
    coverage = pd.DataFrame(covered).mean()
    print(
        f"\n{link}, {'by state' if clustered else 'model'}, {replicates} lists, {time.perf_counter() - seconds:.0f} s"
    )
    print(pd.DataFrame({"truth": truth, "mean": mean, "bias_share": bias, "coverage": coverage}).round(4).to_string())
    assert (bias < 0.05).all()
    if not clustered:
        assert coverage.between(0.92, 0.98).all()
