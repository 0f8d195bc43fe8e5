"""Intervals, joint tests and pooled imputations, against closed forms, statsmodels and Rubin's rules by hand."""

import re

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from redegov_analysis.drivers.inference import coefficient_table, pool_imputations, pooled_covariance, wald_test
from redegov_analysis.errors import IdentificationError, ParameterError

TERMS = ["const", "size", "north"]
COEF = pd.Series([-1.2, 0.4, 0.05], index=TERMS)
COV = pd.DataFrame([[0.09, -0.01, 0.002], [-0.01, 0.04, 0.003], [0.002, 0.003, 0.01]], index=TERMS, columns=TERMS)


def test_a_table_of_coefficients_reads_as_that_of_a_normal_estimate() -> None:
    table = coefficient_table(COEF, COV)
    assert table.index.tolist() == TERMS
    assert table.index.name == "term"
    np.testing.assert_array_equal(table["coef"], COEF)
    np.testing.assert_allclose(table["stderr"], [0.3, 0.2, 0.1])
    np.testing.assert_allclose(table["z"], [-4.0, 2.0, 0.5])
    # The values of the normal table, two-sided.
    np.testing.assert_allclose(table["p"], [6.334248e-05, 0.04550026, 0.6170751], rtol=1e-6)
    np.testing.assert_allclose(table["low"], [-1.787989, 0.0080072, -0.1459964], atol=1e-6)
    np.testing.assert_allclose(table["high"], [-0.612011, 0.7919928, 0.2459964], atol=1e-6)
    for name in ("", "_low", "_high"):
        np.testing.assert_allclose(table[f"ratio{name}"], np.exp(table[name[1:] or "coef"]))
    assert len(table.columns) == 9


def test_a_lower_level_makes_a_narrower_interval_and_the_same_test() -> None:
    half, usual = coefficient_table(COEF, COV, level=0.5), coefficient_table(COEF, COV)
    np.testing.assert_allclose((half["high"] - half["coef"]) / half["stderr"], 0.6744898, rtol=1e-6)
    np.testing.assert_array_equal(half["p"], usual["p"])


def test_with_degrees_of_freedom_student_decides_for_all_or_for_each_term() -> None:
    # With one degree of freedom Student's t is Cauchy's distribution, whose quantiles are tangents.
    table = coefficient_table(COEF, COV, df=1)
    np.testing.assert_allclose(table["p"], 1 - 2 * np.arctan(np.abs(table["z"])) / np.pi)
    np.testing.assert_allclose((table["high"] - table["coef"]) / table["stderr"], np.tan(np.pi * 0.475))
    each = coefficient_table(COEF, COV, df=pd.Series([1.0, 5.0, np.inf], index=TERMS))
    assert each.loc["const", "p"] == table.loc["const", "p"]
    assert each.loc["size", "p"] == pytest.approx(0.1019395, abs=1e-6)
    assert each.loc["north", "high"] == coefficient_table(COEF, COV).loc["north", "high"]


def test_no_error_and_far_estimates_are_told_without_a_warning() -> None:
    sure = pd.DataFrame(np.zeros((3, 3)), index=TERMS, columns=TERMS)
    table = coefficient_table(pd.Series([2.0, 0.0, 1000.0], index=TERMS), sure)
    np.testing.assert_array_equal(table["z"], [np.inf, np.nan, np.inf])
    np.testing.assert_array_equal(table["p"], [0.0, np.nan, 0.0])
    np.testing.assert_array_equal(table["ratio_high"], [np.exp(2.0), 1.0, np.inf])


def test_numbers_that_come_as_objects_are_numbers() -> None:
    coef, cov = COEF.astype(object), COV.astype(object)
    pd.testing.assert_frame_equal(coefficient_table(coef, cov), coefficient_table(COEF, COV))
    assert wald_test(coef, cov, ["size", "north"]) == wald_test(COEF, COV, ["size", "north"])
    pooled = pooled_covariance([coef, 2 * coef], [cov, cov])
    pd.testing.assert_frame_equal(pooled, pooled_covariance([COEF, 2 * COEF], [COV, COV]))


@pytest.mark.parametrize("level", [0, 1, 95, -0.5])
def test_a_level_outside_0_and_1_is_refused(level: float) -> None:
    told = f"level is {level}; it must lie between 0 and 1, for example 0.95."
    with pytest.raises(ParameterError, match=f"^{re.escape(told)}$"):
        coefficient_table(COEF, COV, level=level)


def test_a_wald_test_of_one_term_is_its_square() -> None:
    found = wald_test(COEF, COV, ["size"])
    assert found == pytest.approx({"statistic": 4.0, "df": 1.0, "p": coefficient_table(COEF, COV).loc["size", "p"]})
    clustered = wald_test(COEF, COV, ["size"], df=26)
    assert clustered["p"] == pytest.approx(coefficient_table(COEF, COV, df=26).loc["size", "p"])


@pytest.mark.parametrize("df", [None, 26])
def test_a_joint_wald_test_is_that_of_statsmodels(df: int | None) -> None:
    import statsmodels.api as sm

    rng = np.random.default_rng(4)
    X = pd.DataFrame({"const": 1.0, "size": rng.normal(size=29), "north": rng.normal(size=29)})
    fit = sm.OLS(X["size"] + 3 * rng.normal(size=29), X).fit()
    contrast = np.eye(3)[[2, 1]]
    expected = fit.wald_test(contrast, use_f=df is not None, scalar=True)
    found = wald_test(fit.params, fit.cov_params(), ["north", "size"], df=df)
    assert found == pytest.approx({"statistic": expected.statistic, "df": 2.0, "p": expected.pvalue})


def test_terms_whose_covariance_is_singular_cannot_be_tested_together() -> None:
    # Two clusters leave one independent sum of scores, however many terms there are.
    cov = pd.DataFrame(np.outer([1.0, 2.0, 3.0], [1.0, 2.0, 3.0]), index=TERMS, columns=TERMS)
    told = (
        "The covariance of const, north is singular, so they cannot be tested together. Test fewer terms; "
        "clustered errors allow at most one term less than there are clusters."
    )
    with pytest.raises(IdentificationError, match=f"^{re.escape(told)}$"):
        wald_test(COEF, cov, ["const", "north"])
    assert wald_test(COEF, cov, ["north"])["statistic"] == pytest.approx((0.05 / 3) ** 2)


def _fits(estimates: list[list[float]], variances: list[list[float]]) -> tuple[list[pd.Series], list[pd.DataFrame]]:
    terms = ["a", "b"]
    coefs = [pd.Series(one, index=terms) for one in estimates]
    return coefs, [pd.DataFrame(np.diag(one), index=terms, columns=terms) for one in variances]


COEFS, COVS = _fits([[1.0, 2.0], [2.0, 2.0], [3.0, 5.0]], [[0.5, 1.0], [0.7, 2.0], [0.6, 3.0]])


def test_a_pooled_covariance_adds_what_the_fits_disagree_on() -> None:
    # Between the fits: variances 1 and 3, covariance 1.5; each a third more for three fits.
    pooled = pooled_covariance(COEFS, COVS)
    np.testing.assert_allclose(pooled, [[0.6 + 4 / 3, 2.0], [2.0, 2.0 + 4.0]])
    assert (pooled.index.tolist(), pooled.columns.tolist()) == (["a", "b"], ["a", "b"])


def test_a_single_pooled_term_has_a_covariance_too() -> None:
    pooled = pooled_covariance([coef[["a"]] for coef in COEFS], [cov.loc[["a"], ["a"]] for cov in COVS])
    np.testing.assert_allclose(pooled, [[0.6 + 4 / 3]])


def test_pooled_coefficients_follow_rubins_rules() -> None:
    table = pool_imputations(COEFS, COVS, level=0.9)
    np.testing.assert_allclose(table["coef"], [2.0, 3.0])
    total = np.array([0.6 + 4 / 3, 6.0])
    np.testing.assert_allclose(table["stderr"], np.sqrt(total))
    share = np.array([4 / 3, 4.0]) / total
    np.testing.assert_allclose(table["missing_information"], share)
    freedom = 2 / share**2
    np.testing.assert_allclose((table["high"] - table["coef"]) / table["stderr"], stats.t.ppf(0.95, freedom))
    np.testing.assert_allclose(table["p"], 2 * stats.t.sf(table["coef"] / table["stderr"], freedom))
    # At the usual level unless another is asked for.
    usual = pool_imputations(COEFS, COVS)
    np.testing.assert_allclose((usual["high"] - usual["coef"]) / usual["stderr"], stats.t.ppf(0.975, freedom))


def test_few_clusters_keep_pooled_intervals_wide() -> None:
    # Barnard and Rubin (1999): with ν₀ = 10 − 1, γ = 2/3 and m = 3, ν = 1/(γ²/2 + 12/(9·10·(1 − γ))) = 1.608 for b.
    table = pool_imputations(COEFS, COVS, df=9)
    width = (table["high"] - table["coef"]) / table["stderr"]
    assert width["b"] == pytest.approx(stats.t.ppf(0.975, 1 / (2 / 9 + 12 / 30)))
    share = (4 / 3) / (0.6 + 4 / 3)
    assert width["a"] == pytest.approx(stats.t.ppf(0.975, 1 / (share**2 / 2 + 12 / (90 * (1 - share)))))


def test_fits_that_agree_lose_nothing_to_what_is_missing() -> None:
    coefs, covs = [COEFS[0]] * 5, [COVS[0]] * 5
    table = pool_imputations(coefs, covs)
    assert table["missing_information"].tolist() == [0.0, 0.0]
    pd.testing.assert_frame_equal(table.drop(columns="missing_information"), coefficient_table(COEFS[0], COVS[0]))
    # Of 9 degrees of freedom, Barnard and Rubin keep ν₀(ν₀ + 1)/(ν₀ + 3) even without a gap.
    few = pool_imputations(coefs, covs, df=9)
    np.testing.assert_allclose(few["p"], coefficient_table(COEFS[0], COVS[0], df=7.5)["p"])


def test_terms_of_the_fits_may_come_in_another_order() -> None:
    coefs = [COEFS[0], COEFS[1][["b", "a"]], COEFS[2][["b", "a"]]]
    covs = [COVS[0], COVS[1].loc[["b", "a"], ["b", "a"]], COVS[2]]
    pd.testing.assert_frame_equal(pool_imputations(coefs, covs), pool_imputations(COEFS, COVS))


def test_two_fits_can_be_pooled_and_one_cannot() -> None:
    two = pool_imputations(COEFS[:2], COVS[:2])
    # Variances between the fits 0.5 and 0; each 1.5 times for two fits.
    np.testing.assert_allclose(two["stderr"] ** 2, [0.6 + 0.75, 1.5])
    told = "1 imputed fit given; pooling needs at least two, and five or more are usual."
    with pytest.raises(ParameterError, match=f"^{told}$"):
        pool_imputations(COEFS[:1], COVS[:1])
