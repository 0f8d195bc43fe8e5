"""Each link: means and inverses, derivatives that are those of its likelihood, hazards too small for a difference."""

import re

import numpy as np
import pytest
from scipy import stats

from redegov_analysis.drivers.design import FloatArray
from redegov_analysis.drivers.links import LINKS, Link, link_of
from redegov_analysis.errors import ParameterError

ETA = np.linspace(-6, 2.5, 35)
EITHER = np.arange(35) % 3 == 0
LAWS = {**LINKS, "logit without what it has in common": Link(**{**vars(LINKS["logit"]), "shared": None})}


@pytest.fixture(params=LAWS)
def law(request: pytest.FixtureRequest) -> Link:
    return LAWS[request.param]


def _slope(law: Link, at: FloatArray, step: float = 1e-5) -> FloatArray:
    """Return the derivative of each row's log-likelihood by its own predictor, by differences."""
    found = []
    for i in range(len(at)):
        move = step * (np.arange(len(at)) == i)
        found.append((law.likelihood(at + move, EITHER)[0] - law.likelihood(at - move, EITHER)[0]) / (2 * step))
    return np.array(found)


def test_means_are_the_distributions_that_name_them() -> None:
    expected = {
        "logit": stats.logistic.cdf(ETA),
        "cloglog": 1 - np.exp(-np.exp(ETA)),
        "probit": stats.norm.cdf(ETA),
    }
    for name, link in LINKS.items():
        np.testing.assert_allclose(link.mean(ETA), expected[name], rtol=1e-12)


def test_an_inverse_gives_the_predictor_of_a_probability(law: Link) -> None:
    for p in (1e-12, 0.02, 0.5, 0.97):
        assert law.mean(np.array([law.inverse(p)]))[0] == pytest.approx(p, rel=1e-9)


def test_the_likelihood_is_that_of_the_mean(law: Link) -> None:
    mean = law.mean(ETA)
    assert law.likelihood(ETA, EITHER)[0] == pytest.approx(np.log(np.where(EITHER, mean, 1 - mean)).sum(), rel=1e-12)


def test_residual_and_curvature_are_the_derivatives_of_the_likelihood(law: Link) -> None:
    _, residual, curvature = law.likelihood(ETA, EITHER)
    np.testing.assert_allclose(residual, _slope(law, ETA), rtol=1e-5, atol=1e-8)
    higher, lower = (law.likelihood(ETA + step, EITHER)[1] for step in (1e-6, -1e-6))
    np.testing.assert_allclose(curvature, (lower - higher) / 2e-6, rtol=1e-5, atol=1e-8)


def test_information_is_the_curvature_to_be_expected(law: Link) -> None:
    mean = law.mean(ETA)
    everyone = np.ones(len(ETA), dtype=bool)
    expected = mean * law.likelihood(ETA, everyone)[2] + (1 - mean) * law.likelihood(ETA, ~everyone)[2]
    np.testing.assert_allclose(law.information(ETA), expected, rtol=1e-9)


def test_a_pull_is_half_the_slope_of_the_log_information(law: Link) -> None:
    slope = (np.log(law.information(ETA + 1e-6)) - np.log(law.information(ETA - 1e-6))) / 2e-6
    np.testing.assert_allclose(law.pull(ETA), slope / 2, rtol=1e-5, atol=1e-7)


def test_what_firths_method_asks_for_at_once_is_what_it_would_find_one_by_one(law: Link) -> None:
    value, residual, information, pull = law.penalised(ETA, EITHER)
    expected = law.likelihood(ETA, EITHER)
    assert value == expected[0]
    np.testing.assert_array_equal(residual, expected[1])
    np.testing.assert_allclose(information, law.information(ETA), rtol=1e-14)
    np.testing.assert_allclose(pull, law.pull(ETA), rtol=1e-14)


@pytest.mark.parametrize("link", ["logit", "cloglog"])
def test_tiny_hazards_lose_no_digits(link: str) -> None:
    # At a hazard of e⁻⁴⁰ both links are the exponential function.
    law, tiny = LINKS[link], np.array([-40.0])
    hazard = np.exp(-40.0)
    one, none = np.array([True]), np.array([False])
    assert law.mean(tiny)[0] == pytest.approx(hazard, rel=1e-14)
    assert law.likelihood(tiny, one)[0] == pytest.approx(-40.0, rel=1e-14)
    assert law.likelihood(tiny, none)[0] == pytest.approx(-hazard, rel=1e-14)
    assert law.information(tiny)[0] == pytest.approx(hazard, rel=1e-14)
    assert law.pull(tiny)[0] == pytest.approx(0.5, rel=1e-14)
    assert law.inverse(hazard) == pytest.approx(-40.0, rel=1e-14)


def test_predictors_far_out_give_numbers_and_no_warning(law: Link) -> None:
    far = np.array([-800.0, -750.0, -690.0, 28.0, 35.0, 800.0])
    for y in (far > 0, far < 0):
        value, residual, curvature = law.likelihood(far, y)
        assert not np.isnan(value)
        assert not np.isnan(residual).any()
        assert (curvature >= 0).all()
    certain, _, _ = law.likelihood(far, far > 0)
    assert certain == pytest.approx(0.0, abs=1e-11)


def test_a_complementary_log_log_is_held_where_no_exponential_overflows() -> None:
    law = LINKS["cloglog"]
    none = np.array([False])
    assert law.likelihood(np.array([31.0]), none)[0] == law.likelihood(np.array([30.0]), none)[0] == -np.exp(30.0)
    assert law.mean(np.array([-701.0]))[0] == law.mean(np.array([-700.0]))[0] == np.exp(-700.0)
    # An event at a hazard of nothing: its residual is 1, and there is no curvature.
    _, residual, curvature = law.likelihood(np.array([-700.0]), ~none)
    assert (residual[0], curvature[0]) == (1.0, pytest.approx(0.0, abs=1e-300))


def test_each_link_says_what_its_exponentiated_coefficients_are() -> None:
    assert {name: link.ratio for name, link in LINKS.items()} == {
        "logit": "odds ratio",
        "cloglog": "hazard ratio",
        "probit": "exp(coefficient)",
    }


def test_a_link_is_found_by_its_name_and_an_unknown_one_refused_with_the_known() -> None:
    assert link_of("probit") is LINKS["probit"]
    told = "link is 'log'; it must be one of logit, cloglog, probit."
    with pytest.raises(ParameterError, match=f"^{re.escape(told)}$"):
        link_of("log")
