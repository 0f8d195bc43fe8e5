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
    with pytest.raises(IdentificationError, match="Column hdi is missing in all rows \\(300\\)"):
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


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_robust_errors_are_what_each_row_moves_the_estimates_by(sample: pd.DataFrame, ties: str) -> None:
    # The infinitesimal jackknife by its definition: the derivative of the estimates by the weight of each row.
    rows = sample.head(40).assign(uf=np.arange(40) % 9)
    given = (rows["time"], rows["event"], rows[["x", "z"]])
    step, moved = 1e-4, []
    for row in range(len(rows)):
        weight = np.ones(len(rows))
        weight[row] += step
        up = fit_cox(*given, ties=ties, entry=rows["entry"], weights=weight).coef
        weight[row] -= 2 * step
        moved.append((up - fit_cox(*given, ties=ties, entry=rows["entry"], weights=weight).coef) / (2 * step))
    influence = pd.DataFrame(moved).to_numpy()
    robust = fit_cox(*given, ties=ties, entry=rows["entry"], robust=True)
    np.testing.assert_allclose(robust.cov, influence.T @ influence, rtol=1e-5)
    by_state = pd.DataFrame(influence).groupby(rows["uf"].to_numpy()).sum().to_numpy()
    clustered = fit_cox(*given, ties=ties, entry=rows["entry"], cluster=rows["uf"])
    np.testing.assert_allclose(clustered.cov, by_state.T @ by_state, rtol=1e-5)
    assert (robust.clusters, clustered.clusters) == (40, 9)
    plain = fit_cox(*given, ties=ties, entry=rows["entry"])
    pd.testing.assert_frame_equal(clustered.naive_cov, plain.cov)
    pd.testing.assert_series_equal(clustered.coef, plain.coef)


def test_a_row_of_weight_three_counts_as_three_rows_under_breslows_ties(sample: pd.DataFrame) -> None:
    times = 1 + np.arange(len(sample)) % 3
    thrice = sample.loc[sample.index.repeat(times)]
    one = fit_cox(sample["time"], sample["event"], sample[["x", "z"]], ties="breslow", weights=times)
    other = fit_cox(thrice["time"], thrice["event"], thrice[["x", "z"]], ties="breslow")
    np.testing.assert_allclose(one.coef, other.coef, rtol=1e-9)
    np.testing.assert_allclose(one.cov, other.cov, rtol=1e-8)
    assert one.loglik == pytest.approx(other.loglik, rel=1e-12)
    np.testing.assert_allclose(one.cumulative_hazard()["survival"], other.cumulative_hazard()["survival"], rtol=1e-9)


def test_tables_arrays_lists_and_single_columns_give_one_fit(sample: pd.DataFrame) -> None:
    table = fit_cox(sample["time"], sample["event"] == 1, sample[["x", "z"]])
    array = fit_cox(sample["time"].to_numpy(), sample["event"].to_numpy(), sample[["x", "z"]].to_numpy())
    lists = fit_cox(list(sample["time"]), list(sample["event"]), sample[["x", "z"]].to_numpy().tolist())
    assert list(table.coef.index) == ["x", "z"]
    assert list(array.coef.index) == ["x0", "x1"]
    for other in (array, lists):
        np.testing.assert_array_equal(other.coef, table.coef)
    single = fit_cox(sample["time"], sample["event"], sample["x"])
    assert single.coef["x"] == fit_cox(sample["time"], sample["event"], sample[["x"]]).coef["x"]
    flags = fit_cox(sample["time"], sample["event"], sample[["x"]].assign(z=sample["z"] == 1))
    np.testing.assert_array_equal(flags.coef, table.coef)


def test_incomplete_rows_are_dropped_on_request_with_their_labels(sample: pd.DataFrame) -> None:
    holes = sample.assign(x=sample["x"].where(sample["x"] < 1.5), uf=np.arange(len(sample)) % 11)
    complete = holes.dropna()
    with pytest.raises(ParameterError, match=r"missing or infinite in x \(\d+\).*missing='drop'"):
        fit_cox(holes["time"], holes["event"], holes[["x", "z"]])
    options = {"strata": "z", "cluster": "uf", "weights": "entry", "entry": "entry"}
    dropped = fit_cox(holes["time"], holes["event"], holes["x"], missing="drop",
                      **{name: holes[column] for name, column in options.items()})  # fmt: skip
    same = fit_cox(complete["time"], complete["event"], complete["x"],
                   **{name: complete[column] for name, column in options.items()})  # fmt: skip
    assert dropped.dropped_missing == len(holes) - len(complete)
    pd.testing.assert_series_equal(dropped.coef, same.coef)
    pd.testing.assert_frame_equal(dropped.cov, same.cov)


def test_ranks_of_event_times_are_a_transform_that_does_not_see_their_spacing(sample: pd.DataFrame) -> None:
    one = fit_cox(sample["time"], sample["event"], sample[["x", "z"]]).proportionality("rank")
    other = fit_cox(np.exp(sample["time"] / 3), sample["event"], sample[["x", "z"]]).proportionality("rank")
    pd.testing.assert_frame_equal(one, other)


def test_what_cox_cannot_use_is_refused_with_what_was_found(sample: pd.DataFrame) -> None:
    given = (sample["time"], sample["event"], sample[["x", "z"]])
    with pytest.raises(ParameterError, match="1 weight is missing, zero or negative, the first in row 2"):
        fit_cox(*given, weights=np.where(np.arange(len(sample)) == 2, -1, 1))
    with pytest.raises(ParameterError, match="weights has 3 rows and duration 300"):
        fit_cox(*given, weights=[1, 1, 1])
    with pytest.raises(ParameterError, match="ties='exact' knows neither weights nor robust errors"):
        fit_cox(*given, ties="exact", robust=True)
    with pytest.raises(IdentificationError, match="cluster has a single label"):
        fit_cox(*given, cluster=np.zeros(len(sample)))
    with pytest.raises(ParameterError, match="X holds something that is no number"):
        fit_cox(sample["time"], sample["event"], [["a", "b"]] * len(sample))
    with pytest.raises(ParameterError, match=r"'size' of X has the type category.*get_dummies"):
        fit_cox(sample["time"], sample["event"], sample[["x"]].assign(size=pd.Categorical(sample["z"])))
    at_zero = sample["time"].where(sample.index != sample.index[sample["event"] == 1][0], 0.0)
    with pytest.raises(ParameterError, match="needs positive times"):
        fit_cox(at_zero, sample["event"], sample[["x"]]).proportionality("log")
