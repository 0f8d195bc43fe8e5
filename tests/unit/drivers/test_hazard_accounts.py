"""What a fit says of itself and of new rows, recomputed by hand from its coefficients."""

import re

import numpy as np
import pandas as pd
import pytest

from redegov_analysis.drivers import maximum
from redegov_analysis.drivers.hazard import fit_hazard
from redegov_analysis.errors import IdentificationError, ParameterError

X = ["x", "large"]


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    rng = np.random.default_rng(7)
    n = 900
    table = pd.DataFrame({"x": rng.normal(size=n), "large": (rng.random(n) < 0.3).astype(float)})
    table["month"], table["uf"] = rng.integers(0, 4, n), rng.integers(0, 2, n)
    eta = -1.5 + 0.7 * table["x"] - 0.4 * table["large"] + 0.2 * table["month"]
    table["event"] = (rng.random(n) < 1 / (1 + np.exp(-eta))).astype(int)
    return table.set_index(pd.Index([f"row {number}" for number in range(n)]))


def test_a_prediction_is_the_mean_at_the_months_constant_plus_the_covariates(rows: pd.DataFrame) -> None:
    fit = fit_hazard(rows["event"], rows[X], baseline=rows["month"])
    constants = rows["month"].map(lambda month: fit.coef[f"baseline[{month}]"]).to_numpy()
    eta = constants + rows[X].to_numpy() @ fit.coef[X].to_numpy()
    told = fit.predictor(rows[X], rows["month"])
    np.testing.assert_allclose(told, eta, atol=1e-12)
    np.testing.assert_allclose(fit.predict(rows[X], rows["month"]), 1 / (1 + np.exp(-eta)), atol=1e-12)
    assert told.index.equals(rows.index)
    assert (told.name, fit.predict(rows[X], rows["month"]).name) == ("predictor", "probability")


def test_rows_of_a_prediction_may_carry_an_index_of_their_own(rows: pd.DataFrame) -> None:
    fit = fit_hazard(rows["event"], rows[X], baseline=rows["month"])
    by_name = fit.predict(rows[X], rows["month"]).to_numpy()
    by_position = fit.predict(rows[X].reset_index(drop=True), rows["month"].to_numpy().tolist())
    np.testing.assert_array_equal(by_position, by_name)


def test_a_fit_names_its_terms_and_counts_what_it_used(rows: pd.DataFrame) -> None:
    fit = fit_hazard(rows["event"], rows[X], baseline=rows["month"], cluster=rows["uf"], firth=True)
    terms = [*(f"baseline[{month}]" for month in range(4)), *X]
    assert fit.coef.index.tolist() == terms
    assert (fit.coef.name, fit.coef.index.name, fit.stderr.name) == ("coef", "term", "stderr")
    assert fit.cov.index.tolist() == fit.cov.columns.tolist() == terms
    assert (fit.clusters, fit.df, fit.firth) == (2, 1, True)
    assert (fit.n, fit.events, fit.dropped_missing) == (len(rows), int(rows["event"].sum()), 0)
    assert fit.deviance == -2 * fit.loglik
    assert fit.aic == fit.deviance + 2 * len(terms)
    plain = fit_hazard(rows["event"], rows[X].assign(const=1.0))
    assert (plain.clusters, plain.df, plain.firth) == (None, None, False)


def test_firths_clustered_errors_sum_the_scores_that_the_penalty_sets_to_zero(rows: pd.DataFrame) -> None:
    design = rows[X].assign(const=1.0)
    labels = rows["month"]
    fit = fit_hazard(rows["event"], design, firth=True, cluster=labels)
    matrix = design.to_numpy()
    p = fit.predict(design).to_numpy()
    weights = p * (1 - p)
    bread = np.linalg.inv(matrix.T @ (weights[:, None] * matrix))
    leverage = weights * np.einsum("ij,jk,ik->i", matrix, bread, matrix)
    scores = (rows["event"].to_numpy() - p + leverage * (0.5 - p))[:, None] * matrix
    np.testing.assert_allclose(scores.sum(axis=0), 0, atol=1e-6)
    sums = pd.DataFrame(scores).groupby(labels.to_numpy()).sum().to_numpy()
    expected = bread @ (sums.T @ sums * 4 / 3) @ bread
    np.testing.assert_allclose(fit.cov, expected, rtol=1e-6)


def test_clusters_of_months_that_are_left_out_are_left_out_with_them(rows: pd.DataFrame) -> None:
    quiet = rows.assign(event=rows["event"].where(rows["month"] != 2, 0))
    fit = fit_hazard(quiet["event"], quiet[X], baseline=quiet["month"], cluster=quiet["uf"])
    used = quiet[quiet["month"] != 2]
    same = fit_hazard(used["event"], used[X], baseline=used["month"], cluster=used["uf"])
    assert fit.clusters == 2
    pd.testing.assert_frame_equal(fit.cov, same.cov)


def test_one_cluster_is_refused_and_an_unknown_policy_is_named(rows: pd.DataFrame) -> None:
    with pytest.raises(IdentificationError, match="single label"):
        fit_hazard(rows["event"], rows[X].assign(const=1.0), cluster=["one"] * len(rows))
    with pytest.raises(ParameterError, match="missing is 'skip'"):
        fit_hazard(rows["event"], rows[X].assign(const=1.0), missing="skip")
    with pytest.raises(ParameterError, match="baseline has"):
        fit_hazard(rows["event"], rows[X], baseline=rows["month"].iloc[1:])
    fit = fit_hazard(rows["event"], rows[X].assign(const=1.0))
    with pytest.raises(ParameterError, match="lacks the columns x, large of"):
        fit.predict(rows[[]].assign(const=1.0))


def test_a_penalised_fit_that_does_not_settle_says_on_how_much_it_tried(
    rows: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    needed = fit_hazard(rows["event"], rows[X], baseline=rows["month"], firth=True).iterations
    assert needed > 2
    monkeypatch.setattr(maximum, "MOST_FIRTH_STEPS", 2)
    told = f"within 2 steps on 900 rows and {rows['event'].sum()} events. Use fewer columns for so few events."
    with pytest.raises(IdentificationError, match=f"^Firth's method did not settle {re.escape(told)}$"):
        fit_hazard(rows["event"], rows[X], baseline=rows["month"], firth=True)


def test_what_separates_is_named_and_what_does_not_is_not(rows: pd.DataFrame) -> None:
    x = rows["x"].to_numpy()
    apart = np.where(rows["event"] == 1, 1.0, -1.0) * (1 + np.abs(x))
    with pytest.raises(IdentificationError, match="Separation") as refused:
        fit_hazard(rows["event"], pd.DataFrame({"const": 1.0, "apart": apart, "large": rows["large"].to_numpy()}))
    assert "apart" in str(refused.value)
    assert "large" not in str(refused.value)
