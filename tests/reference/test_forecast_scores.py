"""Scores against the constants of scoringutils and scoringrules, and Bracher et al. 2021."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from redegov_analysis.forecast.scores import crps, interval_score, weighted_interval_score

OBSERVED = [1.0, -15.0, 22.0]
LEVELS = [0.1, 0.25, 0.5, 0.75, 0.9]
PREDICTED = np.array([[-1.0, 0, 1, 2, 3], [-2.0, 1, 2, 2, 4], [-2.0, 0, 3, 3, 4]])


def test_weighted_interval_score_matches_scoringutils() -> None:
    assert weighted_interval_score(OBSERVED, PREDICTED, LEVELS) == pytest.approx([0.36, 15.34, 19.14], abs=1e-6)


def test_weighted_interval_score_of_the_median_alone_is_the_absolute_error() -> None:
    assert weighted_interval_score(OBSERVED, PREDICTED[:, 2:3], [0.5]) == pytest.approx([0.0, 17.0, 19.0])


def test_interval_score_matches_scoringutils() -> None:
    for level, columns, weighted in ((0.8, (0, 4), [0.4, 13.6, 18.6]), (0.5, (1, 3), [0.5, 16.25, 19.75])):
        score = interval_score(OBSERVED, PREDICTED[:, columns[0]], PREDICTED[:, columns[1]], level)
        assert (1 - level) / 2 * score == pytest.approx(weighted, abs=1e-6)


def test_crps_of_an_ensemble_matches_scoringrules() -> None:
    assert crps(5.0, [1.0, 2, 4, 8, 16])[0] == pytest.approx(1.52, abs=1e-6)
    assert crps(5.0, [1.0, 2, 4, 8, 16], fair=True)[0] == pytest.approx(0.8, abs=1e-6)


@pytest.mark.parametrize(
    ("distribution", "observed", "expected"),
    [
        (stats.norm(), 0.0, 0.23369497725510913),
        (stats.poisson(3), 1.0, 1.143447),
        (stats.nbinom(7, 0.8), 2.0, 0.3834322),
        (stats.binom(10, 0.9), 8.0, 0.6685115),
        (stats.t(5.2, 13.8, 2.3), 11.1, 1.658226),
    ],
)
def test_crps_of_fine_quantiles_tends_to_the_closed_forms_of_r_scoringrules(
    distribution: stats.rv_frozen, observed: float, expected: float
) -> None:
    draws = distribution.ppf((np.arange(20_000) + 0.5) / 20_000)
    assert crps(observed, draws)[0] == pytest.approx(expected, rel=1e-3)
