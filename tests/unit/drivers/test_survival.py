import numpy as np
import pandas as pd
import pytest

from redegov_analysis.drivers.survival import fit_cox, kaplan_meier, log_rank, months_to_joining
from redegov_analysis.errors import IdentificationError, ParameterError


@pytest.fixture(scope="module")
def sample() -> pd.DataFrame:
    rng = np.random.default_rng(8)
    n = 300
    table = pd.DataFrame(
        {"x": rng.normal(size=n), "z": rng.integers(0, 2, n).astype(float), "entry": rng.uniform(0, 2, n)}
    )
    time = rng.exponential(np.exp(-(0.6 * table["x"] - 0.4 * table["z"]))) * 10
    table["time"] = np.ceil(np.minimum(time, 12)) + 2
    table["event"] = (time < 12).astype(int)
    return table


def test_all_treatments_of_ties_agree_when_there_are_none(sample: pd.DataFrame) -> None:
    apart = sample["time"] + np.linspace(0, 0.5, len(sample))
    fits = [fit_cox(apart, sample["event"], sample[["x", "z"]], ties=ties) for ties in ("efron", "breslow", "exact")]
    for fit in fits[1:]:
        np.testing.assert_allclose(fit.coef, fits[0].coef, rtol=1e-9)
        np.testing.assert_allclose(fit.cov, fits[0].cov, rtol=1e-8)


def test_exact_ties_are_the_conditional_likelihood_over_all_sets() -> None:
    from itertools import combinations

    x = np.array([0.3, -1.0, 2.0, 0.5, 1.1, -0.4])
    time, event = np.array([1, 1, 1, 2, 2, 3]), np.array([1, 1, 0, 1, 1, 0])
    fit = fit_cox(time, event, pd.DataFrame({"x": x}), ties="exact")

    def loglik(beta: float) -> float:
        total = 0.0
        for t in (1, 2):
            risk, tied = np.flatnonzero(time >= t), np.flatnonzero((time == t) & (event == 1))
            sets = [sum(x[list(each)]) for each in combinations(risk, len(tied))]
            total += beta * x[tied].sum() - np.log(np.exp(beta * np.array(sets)).sum())
        return total

    beta = float(fit.coef["x"])
    assert fit.loglik == pytest.approx(loglik(beta), abs=1e-12)
    assert fit.loglik_null == pytest.approx(loglik(0.0), abs=1e-12)
    curvature = (loglik(beta + 1e-4) - 2 * loglik(beta) + loglik(beta - 1e-4)) / 1e-8
    assert fit.cov.loc["x", "x"] == pytest.approx(-1 / curvature, rel=1e-4)


def test_exact_ties_do_not_overflow_with_hundreds_at_once() -> None:
    rng = np.random.default_rng(1)
    n = 1200
    x = rng.normal(size=n)
    event = (rng.random(n) < 1 / (1 + np.exp(0.5 - 0.8 * x))).astype(int)
    fit = fit_cox(np.ones(n), event, pd.DataFrame({"x": x}), ties="exact")
    assert fit.coef["x"] == pytest.approx(0.8, abs=0.25)


def test_order_of_rows_and_units_do_not_matter(sample: pd.DataFrame) -> None:
    one = fit_cox(sample["time"], sample["event"], sample[["x", "z"]])
    mixed = sample.sample(frac=1, random_state=1)
    other = fit_cox(mixed["time"], mixed["event"], mixed[["x", "z"]].assign(x=1e5 * mixed["x"] + 7e7))
    assert other.coef["x"] * 1e5 == pytest.approx(one.coef["x"], rel=1e-6)
    assert other.coef["z"] == pytest.approx(one.coef["z"], rel=1e-6)
    assert other.loglik == pytest.approx(one.loglik, abs=1e-6)


def test_score_test_of_one_group_is_the_log_rank_test(sample: pd.DataFrame) -> None:
    # Without ties Cox's score test at zero is the log-rank test (Cox 1972); the likelihood-ratio test is close to it.
    apart = sample["time"] + np.linspace(0, 0.5, len(sample))
    fit = fit_cox(apart, sample["event"], sample[["z"]])
    test = log_rank(apart, sample["event"], sample["z"])
    assert fit.likelihood_ratio()["statistic"] == pytest.approx(test.statistic, rel=0.05)


def test_proportionality_is_rejected_where_an_effect_turns_and_kept_where_not() -> None:
    rng = np.random.default_rng(5)
    n = 800
    z = rng.integers(0, 2, n).astype(float)
    early = rng.exponential(np.where(z == 1, 4.0, 10.0))
    turning = np.where(early < 5, early, 5 + rng.exponential(np.where(z == 1, 20.0, 5.0)))
    steady = rng.exponential(np.where(z == 1, 5.0, 10.0))
    for ties in ("efron", "breslow"):
        rejected = fit_cox(turning, np.ones(n), pd.DataFrame({"z": z}), ties=ties).proportionality()
        kept = fit_cox(steady, np.ones(n), pd.DataFrame({"z": z}), ties=ties).proportionality()
        assert rejected.loc["z", "p"] < 1e-6
        assert kept.loc["z", "p"] > 0.01
        assert rejected.loc["global", "statistic"] == pytest.approx(rejected.loc["z", "statistic"])
    with pytest.raises(ParameterError, match="efron"):
        fit_cox(steady, np.ones(n), pd.DataFrame({"z": z}), ties="exact").proportionality()


def test_baseline_of_a_model_without_effect_is_nelson_aalen(sample: pd.DataFrame) -> None:
    rng = np.random.default_rng(2)
    noise = pd.DataFrame({"noise": rng.permutation(np.tile([-1e-9, 1e-9], 150))})
    fit = fit_cox(sample["time"], sample["event"], noise, ties="breslow")
    curve = kaplan_meier(sample["time"], sample["event"])
    steps = curve[curve["events"] > 0]
    weight = np.exp(noise["noise"] * fit.coef["noise"]).mean()
    expected = (steps["events"] / steps["at_risk"]).cumsum()
    np.testing.assert_allclose(fit.cumulative_hazard()["cumulative_hazard"], expected, rtol=abs(weight - 1) + 0.05)


def test_separation_constants_collinearity_and_no_events_are_refused(sample: pd.DataFrame) -> None:
    time, event, X = sample["time"], sample["event"], sample[["x", "z"]]
    with pytest.raises(IdentificationError, match="No event in the 300 rows"):
        fit_cox(time, event * 0, X)
    with pytest.raises(IdentificationError, match="Constant in all rows: one"):
        fit_cox(time, event, X.assign(one=1.0))
    with pytest.raises(IdentificationError, match=r"linearly dependent.*: x, twice"):
        fit_cox(time, event, X.assign(twice=2 * X["x"]))
    with pytest.raises(IdentificationError, match="Column hdi is missing in all 300 rows"):
        fit_cox(time, event, X.assign(hdi=np.nan))
    for ties in ("efron", "breslow", "exact"):
        with pytest.raises(IdentificationError, match=r"Separation.*never"):
            fit_cox(time, event, X.assign(never=((event == 0) & (X["z"] == 1)).astype(float)), ties=ties)
    with pytest.raises(ParameterError, match=r"in x \(1\)"):
        fit_cox(time, event, X.assign(x=X["x"].where(X.index != 3)))
    with pytest.raises(ParameterError, match="event holds 2"):
        fit_cox(time, event * 2, X)
    with pytest.raises(ParameterError, match="entry 99 does not come before"):
        fit_cox(time, event, X, entry=np.full(300, 99.0))
    with pytest.raises(ParameterError, match="ties is 'none'"):
        fit_cox(time, event, X, ties="none")


def test_late_entries_are_not_at_risk_before_they_come(sample: pd.DataFrame) -> None:
    entry = np.minimum(5 * sample["entry"], sample["time"] - 0.5)
    curve = kaplan_meier(sample["time"], sample["event"], entry=entry)
    counted = [int(((sample["time"] >= t) & (entry < t)).sum()) for t in curve["time"]]
    assert curve["at_risk"].tolist() == counted
    assert curve["at_risk"].iloc[0] < len(sample)


def test_bands_hold_the_curve_and_widen_with_the_level(sample: pd.DataFrame) -> None:
    for interval in ("log", "log-log", "plain"):
        wide = kaplan_meier(sample["time"], sample["event"], level=0.99, interval=interval)
        narrow = kaplan_meier(sample["time"], sample["event"], level=0.8, interval=interval)
        assert (wide["low"] <= narrow["low"]).all()
        assert (narrow["low"] <= narrow["survival"]).all()
        assert (narrow["survival"] <= narrow["high"]).all()
        assert (narrow["high"] <= wide["high"]).all()
        assert wide[["low", "high"]].stack().between(0, 1).all()


def test_groups_stand_in_the_order_of_their_categories(sample: pd.DataFrame) -> None:
    size = pd.Series(np.where(sample["x"] > 0, "small", "large"))
    ordered = pd.Series(pd.Categorical(size, categories=["small", "large"], ordered=True))
    assert kaplan_meier(sample["time"], sample["event"], group=ordered)["group"].unique().tolist() == ["small", "large"]
    assert list(log_rank(sample["time"], sample["event"], ordered).table.index) == ["small", "large"]
    assert kaplan_meier(sample["time"], sample["event"], group=size)["group"].unique().tolist() == ["large", "small"]
    with pytest.raises(IdentificationError, match="needs two groups"):
        log_rank(sample["time"], sample["event"], np.ones(300))


def test_larger_municipalities_joined_the_invoice_sooner(nfse: pd.DataFrame, municipalities: pd.DataFrame) -> None:
    table = municipalities[municipalities["ibge_code"] != "5101837"].merge(nfse, on="ibge_code")
    times = months_to_joining(table["joined_on"], "2022-07-01", "2024-12-31")
    assert times["event"].sum() == 1181
    assert times["duration"].max() == pytest.approx(30.1, abs=0.1)
    curves = kaplan_meier(times["duration"], times["event"], group=table["size_class"].cat.remove_unused_categories())
    last = curves.groupby("group")["survival"].last()
    assert last["over 500k"] < last["100–500k"] < last["50–100k"] < last["up to 5k"]
    assert log_rank(times["duration"], times["event"], table["size_class"]).p < 1e-10
