"""Discrete-time hazards against R's glm: Singer and Willett's table 11.3, and the diffusion of state lotteries."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from redegov_analysis.drivers.hazard import fit_hazard
from redegov_analysis.drivers.panel import person_period

DATA = Path(__file__).parent / "data"
MODELS = {"A": [], "B": ["pt"], "C": ["pas"], "D": ["pt", "pas"]}
TABLE_11_3 = {"A": 651.96, "B": 634.66, "C": 637.17, "D": 629.15}


@pytest.fixture(scope="module")
def first_sex() -> pd.DataFrame:
    people = pd.read_csv(DATA / "first_sex.csv")
    people["ibge_code"] = people["id"].astype(str)
    # Grades as years, so that the panel that serves municipalities serves here: grade 7 is the year 2007.
    years = pd.to_datetime("20" + people["grade"].astype(str).str.zfill(2) + "-06-30")
    people["joined_on"] = years.where(people["event"] == 1)
    rows = person_period(people, people[["ibge_code", "grade", "pt", "pas"]], "2007-01-01", "2012-12-31", freq="Y")
    rows["at"] = rows["period"].dt.year - 2000
    return rows[rows["at"] <= rows["grade"]]


def design(rows: pd.DataFrame, terms: list[str]) -> pd.DataFrame:
    grades = pd.DataFrame({f"grade{g}": (rows["at"] == g).astype(float) for g in range(7, 13)})
    return pd.concat([grades, rows[terms]], axis=1)


@pytest.mark.parametrize("model", MODELS)
def test_deviances_match_singer_willett_table_11_3(first_sex: pd.DataFrame, model: str) -> None:
    fit = fit_hazard(first_sex["event"], design(first_sex, MODELS[model]))
    assert fit.n == 822
    assert fit.deviance == pytest.approx(TABLE_11_3[model], abs=0.006)


@pytest.mark.parametrize(("link", "tolerance"), [("logit", 1e-9), ("cloglog", 1e-6)])
@pytest.mark.parametrize("model", MODELS)
def test_hazard_matches_r_glm_on_singer_willett(
    first_sex: pd.DataFrame, model: str, link: str, tolerance: float
) -> None:
    expected = pd.read_csv(DATA / "first_sex_hazard.csv").query("model == @model and link == @link").set_index("term")
    fit = fit_hazard(first_sex["event"], design(first_sex, MODELS[model]), link=link)
    np.testing.assert_allclose(fit.coef[expected.index], expected["coef"], atol=tolerance)
    # R takes errors from the weights of its last step but one, so they are given less exactly than coefficients.
    np.testing.assert_allclose(fit.stderr[expected.index], expected["stderr"], rtol=2e-5)
    assert fit.deviance == pytest.approx(expected["deviance"].iloc[0], abs=1e-8)
    assert fit.aic == pytest.approx(expected["aic"].iloc[0], abs=1e-8)


@pytest.mark.parametrize("link", ["logit", "cloglog"])
def test_a_baseline_gives_what_dummies_give(first_sex: pd.DataFrame, link: str) -> None:
    dummies = fit_hazard(
        first_sex["event"], design(first_sex, ["pt", "pas"]), link=link, cluster=first_sex["ibge_code"]
    )
    absorbed = fit_hazard(
        first_sex["event"],
        first_sex[["pt", "pas"]],
        link=link,
        baseline=first_sex["at"],
        cluster=first_sex["ibge_code"],
    )
    np.testing.assert_allclose(absorbed.coef, dummies.coef, rtol=1e-10)
    np.testing.assert_allclose(absorbed.cov, dummies.cov, rtol=1e-8)


def test_fitted_hazards_equal_singer_willett_life_table(first_sex: pd.DataFrame) -> None:
    table = pd.read_csv(DATA / "first_sex_life_table.csv")
    X = design(first_sex, [])
    saturated = pd.concat([X.mul(1 - first_sex["pt"], axis=0), X.mul(first_sex["pt"], axis=0).add_suffix("pt")], axis=1)
    for link in ("logit", "cloglog"):
        hazard = fit_hazard(first_sex["event"], saturated, link=link).predict(saturated)
        means = hazard.groupby([first_sex["pt"], first_sex["at"]]).mean()
        np.testing.assert_allclose(means.to_numpy(), table["hazard"], rtol=1e-9)


@pytest.fixture(scope="module")
def lottery() -> dict:
    return json.loads((DATA / "lottery_hazard.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("link", ["logit", "cloglog", "probit"])
def test_hazard_matches_r_glm_on_state_lotteries(lottery: dict, link: str) -> None:
    panel = pd.read_csv(DATA / "lottery.csv")
    fit = fit_hazard(panel["event"], panel[["neighbours_share", "log_time"]].assign(const=1.0), link=link)
    expected = lottery["expected"][link]
    assert (fit.n, fit.events) == (958, 35)
    np.testing.assert_allclose(fit.coef, pd.Series(expected["coef"])[fit.coef.index], atol=1e-6)
    np.testing.assert_allclose(fit.stderr, pd.Series(expected["stderr"])[fit.coef.index], atol=1e-6)
    assert fit.deviance == pytest.approx(expected["deviance"], abs=1e-6)


def test_person_period_rebuilds_the_lottery_panel(lottery: dict) -> None:
    panel = pd.read_csv(DATA / "lottery.csv")
    joined = panel[panel["event"] == 1].set_index("state")["year"]
    states = pd.DataFrame({"ibge_code": sorted(lottery["neighbours"])})
    years = states["ibge_code"].map(joined)
    # States without a row had a lottery before 1965 (New Hampshire, 1964): left-truncated, but neighbours.
    years = years.mask(~states["ibge_code"].isin(panel["state"]), 1964)
    events = states.assign(joined_on=pd.to_datetime(years.map("{:.0f}-07-01".format).where(years.notna())))
    pairs = pd.DataFrame(
        [(a, b) for a, others in lottery["neighbours"].items() for b in others if a < b],
        columns=["ibge_code_a", "ibge_code_b"],
    )
    rows = person_period(events, states, "1965-01-01", "1993-12-31", freq="Y", neighbours=pairs)
    expected = panel.sort_values(["state", "year"], ignore_index=True)
    assert rows["ibge_code"].tolist() == expected["state"].tolist()
    assert rows["period"].dt.year.tolist() == expected["year"].tolist()
    assert rows["event"].tolist() == expected["event"].tolist()
    np.testing.assert_allclose(rows["neighbours_share"], expected["neighbours_share"], atol=1e-12)


@pytest.mark.parametrize(("ours", "theirs"), [("logit", "Logit"), ("cloglog", "CLogLog"), ("probit", "Probit")])
def test_hazard_matches_statsmodels_glm(ours: str, theirs: str) -> None:
    import statsmodels.api as sm

    rng = np.random.default_rng(5)
    X = pd.DataFrame({"const": 1.0, "year": rng.integers(2000, 2024, 3000), "x": rng.normal(size=3000)})
    X["d"] = (rng.random(3000) < 0.3).astype(float)
    y = (rng.random(3000) < 1 / (1 + np.exp(2.5 - 0.6 * X["x"] - 0.4 * X["d"]))).astype(float)
    fit = fit_hazard(y, X, link=ours)
    model = sm.GLM(y, X, family=sm.families.Binomial(getattr(sm.families.links, theirs)()))
    expected = model.fit(tol=1e-13)
    np.testing.assert_allclose(fit.coef, expected.params, rtol=1e-8)
    np.testing.assert_allclose(fit.stderr, expected.bse, rtol=1e-6)
    assert fit.loglik == pytest.approx(expected.llf, abs=1e-8)


def test_clustered_errors_match_statsmodels_up_to_its_own_small_sample_factor() -> None:
    import statsmodels.api as sm

    rng = np.random.default_rng(6)
    n, groups = 2000, 27
    cluster = rng.integers(0, groups, n)
    X = pd.DataFrame({"const": 1.0, "x": rng.normal(size=n), "z": rng.normal(size=groups)[cluster]})
    y = (rng.random(n) < 1 / (1 + np.exp(1.5 - 0.5 * X["x"] - rng.normal(size=groups)[cluster]))).astype(float)
    fit = fit_hazard(y, X, cluster=cluster)
    expected = sm.GLM(y, X, family=sm.families.Binomial()).fit(
        cov_type="cluster", cov_kwds={"groups": cluster}, tol=1e-13
    )
    # statsmodels multiplies the covariance by (n − 1)/(n − k) as well, a factor of linear regression.
    factor = np.sqrt((n - 1) / (n - X.shape[1]))
    np.testing.assert_allclose(fit.stderr * factor, expected.bse, rtol=1e-8)
    assert fit.df == groups - 1


def test_firth_matches_the_closed_form_of_a_two_by_two_table() -> None:
    # With Jeffreys' prior a saturated logit adds one half to each cell (Heinze and Schemper 2002).
    X = pd.DataFrame({"const": 1.0, "x": [0.0] * 20 + [1.0] * 15})
    y = np.array([1] * 3 + [0] * 17 + [0] * 15)
    fit = fit_hazard(y, X, firth=True)
    assert fit.coef["const"] == pytest.approx(np.log(3.5 / 17.5), abs=1e-8)
    assert fit.coef["x"] == pytest.approx(np.log(0.5 / 15.5) - np.log(3.5 / 17.5), abs=1e-8)


def test_firth_maximises_the_likelihood_penalised_by_jeffreys_prior() -> None:
    rng = np.random.default_rng(7)
    X = np.column_stack([np.ones(60), rng.normal(size=(60, 2)), rng.random(60) < 0.1]).astype(float)
    y = (rng.random(60) < 0.2).astype(float)
    fit = fit_hazard(y, X, firth=True)

    def penalised(beta: np.ndarray) -> float:
        eta = X @ beta
        mean = 1 / (1 + np.exp(-eta))
        information = (X.T * (mean * (1 - mean))) @ X
        return float(y @ eta - np.logaddexp(0, eta).sum() + 0.5 * np.linalg.slogdet(information)[1])

    best = penalised(fit.coef.to_numpy())
    for axis in np.eye(4):
        slope = (penalised(fit.coef.to_numpy() + 1e-4 * axis) - penalised(fit.coef.to_numpy() - 1e-4 * axis)) / 2e-4
        assert abs(slope) < 1e-5
        assert penalised(fit.coef.to_numpy() + 0.2 * axis) < best
