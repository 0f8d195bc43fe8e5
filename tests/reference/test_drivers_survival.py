"""Survival analysis against R's survival on Rossi's data, and against statsmodels."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from redegov_analysis.drivers.survival import fit_cox, kaplan_meier, log_rank

DATA = Path(__file__).parent / "data"
TERMS = ["fin", "age", "race", "wexp", "mar", "paro", "prio"]


@pytest.fixture(scope="module")
def rossi() -> pd.DataFrame:
    return pd.read_csv(DATA / "rossi.csv")


@pytest.mark.parametrize("ties", ["efron", "breslow", "exact"])
def test_cox_rossi_matches_r_survival(rossi: pd.DataFrame, ties: str) -> None:
    expected = pd.read_csv(DATA / "cox_rossi.csv").query("ties == @ties").set_index("term")
    fit = fit_cox(rossi["week"], rossi["arrest"], rossi[TERMS], ties=ties)
    np.testing.assert_allclose(fit.coef[expected.index], expected["coef"], atol=1e-6)
    np.testing.assert_allclose(fit.stderr[expected.index], expected["stderr"], atol=1e-6)
    assert fit.loglik == pytest.approx(expected["loglik"].iloc[0], abs=1e-6)
    assert fit.loglik_null == pytest.approx(expected["loglik_null"].iloc[0], abs=1e-6)
    assert (fit.n, fit.events) == (432, 114)


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_cox_with_strata_and_late_entry_matches_statsmodels(rossi: pd.DataFrame, ties: str) -> None:
    import statsmodels.api as sm

    terms = [term for term in TERMS if term != "race"]
    entry = np.minimum(rossi["week"] - 1, rossi.index % 10) + 0.5
    fit = fit_cox(rossi["week"], rossi["arrest"], rossi[terms], ties=ties, entry=entry, strata=rossi["race"])
    expected = sm.PHReg(
        rossi["week"], rossi[terms], rossi["arrest"], entry=entry, ties=ties, strata=rossi["race"]
    ).fit()
    np.testing.assert_allclose(fit.coef, expected.params, atol=1e-6)
    np.testing.assert_allclose(fit.stderr, expected.bse, atol=1e-6)


def test_kaplan_meier_matches_statsmodels(rossi: pd.DataFrame) -> None:
    import statsmodels.api as sm

    curve = kaplan_meier(rossi["week"], rossi["arrest"])
    expected = sm.SurvfuncRight(rossi["week"], rossi["arrest"])
    jumps = curve[curve["events"] > 0]
    np.testing.assert_allclose(jumps["survival"], expected.surv_prob, atol=1e-12)
    np.testing.assert_allclose(jumps["stderr"], expected.surv_prob_se, atol=1e-12)


def test_log_rank_matches_statsmodels(rossi: pd.DataFrame) -> None:
    import statsmodels.api as sm

    group = rossi["prio"].clip(upper=3)
    test = log_rank(rossi["week"], rossi["arrest"], group)
    statistic, p = sm.duration.survdiff(rossi["week"], rossi["arrest"], group)
    assert test.statistic == pytest.approx(statistic, rel=1e-10)
    assert test.p == pytest.approx(p, rel=1e-10)
    assert test.df == 3


def test_kaplan_meier_and_log_rank_match_freireich_leukaemia() -> None:
    # Freireich et al. (1963), as in every textbook: 6-MP against placebo, chi-squared 16.79; S(10) of 6-MP is 0.753.
    mercaptopurine = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
    relapse = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
    placebo = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]
    curve = kaplan_meier(mercaptopurine, relapse).set_index("time")
    np.testing.assert_allclose(curve.loc[[6, 7, 10, 13, 16, 22, 23], "survival"].round(4),
                               [0.8571, 0.8067, 0.7529, 0.6902, 0.6275, 0.5378, 0.4482])  # fmt: skip
    test = log_rank(mercaptopurine + placebo, relapse + [1] * 21, ["6-MP"] * 21 + ["placebo"] * 21)
    assert test.statistic == pytest.approx(16.79, abs=0.005)
    assert test.table["observed"].tolist() == [9, 21]
    np.testing.assert_allclose(test.table["expected"], [19.25, 10.75], atol=0.005)


def test_proportionality_test_is_the_score_test_of_a_time_varying_term(rossi: pd.DataFrame) -> None:
    # The same test by its definition: split every row at the event times, add x·g(t), and differentiate numerically.
    fit = fit_cox(rossi["week"], rossi["arrest"], rossi[["age", "prio"]], ties="breslow")
    week, happened = rossi["week"].to_numpy(), rossi["arrest"].to_numpy() == 1
    X = rossi[["age", "prio"]].to_numpy(dtype=float)
    times = np.unique(week[happened])

    def loglik(beta: np.ndarray, theta: np.ndarray) -> float:
        total = 0.0
        for t in times:
            eta = X @ beta + X @ theta * t
            total += eta[happened & (week == t)].sum()
            total -= (happened & (week == t)).sum() * np.log(np.exp(eta[week >= t]).sum())
        return total

    def gradient(beta: np.ndarray, theta: np.ndarray, h: float = 1e-4) -> np.ndarray:
        point = np.concatenate([beta, theta])
        return np.array(
            [
                (loglik(*np.split(point + h * e, 2)) - loglik(*np.split(point - h * e, 2))) / (2 * h)
                for e in np.eye(4) * np.array([1, 1, 0.01, 0.01])
            ]
        ) / np.array([1, 1, 0.01, 0.01])

    beta, zero = fit.coef.to_numpy(), np.zeros(2)
    score = gradient(beta, zero)
    scale = np.array([1e-3, 1e-3, 1e-5, 1e-5])
    information = -np.array(
        [
            (gradient(*np.split(np.concatenate([beta, zero]) + e, 2)) -
             gradient(*np.split(np.concatenate([beta, zero]) - e, 2))) / (2 * s)
            for e, s in zip(np.eye(4) * scale, scale, strict=True)
        ]
    )  # fmt: skip
    schur = information[2:, 2:] - information[2:, :2] @ np.linalg.solve(information[:2, :2], information[:2, 2:])
    statistic = score[2:] @ np.linalg.solve(schur, score[2:])
    assert fit.proportionality("identity").loc["global", "statistic"] == pytest.approx(statistic, rel=1e-3)
