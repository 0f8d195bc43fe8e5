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


def _terms(table: pd.DataFrame, *columns: str) -> list[float]:
    return [float(value) for column in columns for value in table[column]]


@pytest.fixture(scope="module")
def lung() -> pd.DataFrame:
    """Advanced lung cancer (Loprinzi and others 1994), as R's survival has it."""
    return pd.read_csv(DATA / "lung.csv")


def test_cox_matches_r_survival_on_lung(lung: pd.DataFrame) -> None:
    alone = fit_cox(lung["time"], lung["status"], lung["sex"])
    assert _terms(alone.summary(), "coef", "stderr", "z") == pytest.approx([-0.5310, 0.1672, -3.176], abs=5e-4)
    assert alone.likelihood_ratio()["statistic"] == pytest.approx(10.63, abs=5e-3)
    full = fit_cox(lung["time"], lung["status"], lung[["age", "sex", "ph_ecog"]], missing="drop")
    assert (full.n, full.events, full.dropped_missing) == (227, 164, 1)
    expected = [0.011067, -0.552612, 0.463728, 0.009267, 0.167739, 0.113577]
    assert _terms(full.summary(), "coef", "stderr") == pytest.approx(expected, abs=6e-7)


def test_proportionality_matches_r_survivals_cox_zph_with_its_km_transform(lung: pd.DataFrame) -> None:
    fit = fit_cox(lung["time"], lung["status"], lung[["age", "sex", "ph_ecog"]], missing="drop")
    assert _terms(fit.proportionality("km"), "statistic") == pytest.approx([0.188, 2.305, 2.054, 4.464], abs=6e-4)
    other = fit_cox(lung["time"], lung["status"], lung[["age", "sex", "wt_loss"]], missing="drop")
    assert _terms(other.proportionality(), "statistic") == pytest.approx([0.5077, 2.5489, 0.0144, 3.0051], abs=6e-5)
    veteran = pd.read_csv(DATA / "veteran.csv")
    third = fit_cox(veteran["time"], veteran["status"], veteran[["trt", "prior", "karno"]])
    assert _terms(third.proportionality(), "statistic") == pytest.approx([0.288, 2.168, 12.138, 18.073], abs=6e-4)


def test_cox_matches_r_survival_on_the_veterans_trial() -> None:
    # Prentice's data (Kalbfleisch and Prentice 1980); reference cell type: squamous.
    veteran = pd.read_csv(DATA / "veteran.csv")
    cells = pd.get_dummies(veteran["celltype"])[["smallcell", "adeno", "large"]]
    X = pd.concat([veteran[["trt"]], cells, veteran[["karno", "diagtime", "age", "prior"]]], axis=1)
    table = fit_cox(veteran["time"], veteran["status"], X).summary()
    expected = [0.2946, 0.8616, 1.1961, 0.4013, -0.03282, 8.132e-05, -8.706e-03, 7.159e-03]
    assert _terms(table, "coef") == pytest.approx(expected, rel=2e-4)
    errors = [0.2075, 0.2753, 0.3009, 0.2827, 0.005508, 0.009136, 0.009300, 0.02323]
    assert _terms(table, "stderr") == pytest.approx(errors, rel=3e-4)


def test_cox_matches_published_values_on_leukaemia_and_larynx() -> None:
    # Maintenance chemotherapy of acute myelogenous leukaemia (Miller 1997), R survival's aml.
    weeks = [9, 13, 13, 18, 23, 28, 31, 34, 45, 48, 161, 5, 5, 8, 8, 12, 16, 23, 27, 30, 33, 43, 45]
    relapse = [1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0, *[1] * 5, 0, *[1] * 6]
    fit = fit_cox(weeks, [bool(each) for each in relapse], [0] * 11 + [1] * 12)
    assert _terms(fit.summary(), "coef", "stderr") == pytest.approx([0.9155, 0.5119], abs=6e-5)
    assert fit.likelihood_ratio()["statistic"] == pytest.approx(3.38, abs=5e-3)
    # Remission under 6-MP (Gehan 1965; Freireich and others 1963), the three treatments of ties.
    treated = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
    happened = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
    control = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]
    for ties, coef, stderr in (("breslow", -1.5092, 0.4096), ("efron", -1.5721, 0.4124), ("exact", -1.6282, 0.4331)):
        fit = fit_cox(treated + control, happened + [1] * 21, [1] * 21 + [0] * 21, ties=ties)
        assert _terms(fit.summary(), "coef", "stderr") == pytest.approx([coef, stderr], abs=6e-5)
    # Laryngeal cancer (Kardaun 1983; Klein and Moeschberger 2003, table 8.1), Breslow's ties.
    larynx = pd.read_csv(DATA / "larynx.csv")
    X = larynx[["Stage_II", "Stage_III", "Stage_IV", "age"]]
    table = fit_cox(larynx["time"], larynx["death"], X, ties="breslow").summary()
    expected = [0.1386, 0.6383, 1.6931, 0.0189, 0.4623, 0.3561, 0.4222, 0.0143]
    assert _terms(table, "coef", "stderr") == pytest.approx(expected, abs=6e-5)


def test_strata_weights_and_late_entry_match_lifelines(lung: pd.DataFrame) -> None:
    # lifelines 0.30.3 on the complete rows; weights 1, 2, 3, 1, …; entries 0, 10, 20, 30, 40, 0, … days.
    rows = lung[["inst", "time", "status", "age", "sex", "ph_ecog"]].dropna().reset_index(drop=True)
    time, status, X = rows["time"], rows["status"], rows[["age", "sex", "ph_ecog"]]
    strata = fit_cox(time, status, rows[["age", "sex"]], strata=rows["ph_ecog"])
    expected = [0.010985678471, -0.559891107917, 0.009246741696, 0.171269333274]
    assert _terms(strata.summary(), "coef", "stderr") == pytest.approx(expected, abs=1e-9)
    weighted = fit_cox(time, status, X, weights=1 + np.arange(len(rows)) % 3)
    expected = [0.007847167154, -0.366376614142, 0.399566262433, 0.006558854051, 0.117793698789, 0.079411178547]
    assert _terms(weighted.summary(), "coef", "stderr") == pytest.approx(expected, abs=1e-9)
    late = rows.assign(entry=np.arange(len(rows)) % 5 * 10.0).query("entry < time")
    fit = fit_cox(late["time"], late["status"], late[X.columns], entry=late["entry"])
    expected = [0.006667414814, -0.502147641773, 0.476983464752, 0.009351946324, 0.169634973564, 0.116923091854]
    assert _terms(fit.summary(), "coef", "stderr") == pytest.approx(expected, abs=1e-9)
