"""Claims about scores that need no reference."""

from __future__ import annotations

import numpy as np
import pytest

from redegov_analysis.errors import ParameterError
from redegov_analysis.forecast.scores import bias, coverage, crps, interval_score, weighted_interval_score


def test_weighted_interval_score_with_many_levels_tends_to_the_crps() -> None:
    draws = np.random.default_rng(1).gamma(3, 100, size=4000)
    levels = np.arange(1, 1000) / 1000
    score = weighted_interval_score([250.0], [np.quantile(draws, levels)], levels)
    assert score[0] == pytest.approx(crps(250.0, draws)[0], rel=0.01)


def test_fair_crps_does_not_depend_on_the_number_of_draws() -> None:
    rng = np.random.default_rng(2)
    few, many = rng.normal(size=(20_000, 3)), rng.normal(size=(20_000, 30))
    y = rng.normal(size=20_000)
    assert crps(y, few, fair=True).mean() == pytest.approx(crps(y, many, fair=True).mean(), rel=0.03)
    assert crps(y, few).mean() > 1.1 * crps(y, many).mean()


def test_bias_is_one_for_a_forecast_that_is_always_too_high_and_its_negative_for_the_mirror() -> None:
    draws = np.array([[5.0, 6.0, 7.0]])
    assert bias([1.0], draws) == pytest.approx([1.0])
    assert bias([-1.0], -draws) == pytest.approx([-1.0])
    assert bias([6.0], draws) == pytest.approx([0.0])


def test_coverage_counts_the_bounds_as_inside() -> None:
    assert coverage([1, 2, 3, 4], [1, 1, 4, 0], [2, 2, 5, 4]) == 0.75


@pytest.mark.parametrize("levels", [[0.1, 0.5], [0.9, 0.5, 0.1], [0.0, 1.0], []])
def test_levels_that_are_not_symmetric_are_refused(levels: list[float]) -> None:
    with pytest.raises(ParameterError, match="symmetric"):
        weighted_interval_score([1.0], [list(range(len(levels)))], levels)


def test_quantiles_that_cross_and_shapes_that_differ_are_refused() -> None:
    with pytest.raises(ParameterError, match="decrease"):
        weighted_interval_score([1.0], [[3.0, 2.0, 1.0]], [0.1, 0.5, 0.9])
    with pytest.raises(ParameterError, match="shape"):
        weighted_interval_score([1.0, 2.0], [[1.0, 2.0, 3.0]], [0.1, 0.5, 0.9])
    with pytest.raises(ParameterError, match="lower bound"):
        interval_score([1.0], [3.0], [2.0], 0.9)
    with pytest.raises(ParameterError, match="shape"):
        crps([1.0, 2.0], [[1.0, 2.0]])
