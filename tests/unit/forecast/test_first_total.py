"""What the first total tells of a curve: that the curve passes there, or nothing."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import trapezoid

from redegov_analysis.forecast.first_total import log_weight
from redegov_analysis.forecast.shapes import SHAPES

UNIVERSE = np.array([[5570]])
DAY = np.array([[0.0]])


@pytest.mark.parametrize("name", ["logistic", "gompertz"])
@pytest.mark.parametrize("count", [40, 900])
def test_whatever_the_first_total_no_ceiling_and_speed_become_more_probable_by_it_alone(name: str, count: int) -> None:
    shape = SHAPES[name]
    turn = np.linspace(-40.0, 60.0, 20_001)
    theta = np.column_stack([np.full_like(turn, np.log(4)), np.full_like(turn, np.log(0.7)), turn])
    prior = np.exp(-0.5 * ((turn - shape.mean[-1]) / shape.sd[-1]) ** 2) / (shape.sd[-1] * np.sqrt(2 * np.pi))
    weight = np.exp(log_weight(shape, theta, DAY, np.array([[count]]), UNIVERSE))
    assert trapezoid(weight * prior, turn) == pytest.approx(1, abs=0.01)


def test_a_curve_through_the_first_total_gains_and_one_far_from_it_keeps_half() -> None:
    # Ceiling 80 %, speed 0.7 a year: at a tenth of all 2.8 years before the middle, far below it 12 years before.
    theta = np.array([[np.log(4), np.log(0.7), turn] for turn in (np.log(7) / 0.7, 12.0)])
    through, far = log_weight(SHAPES["logistic"], theta, DAY, np.array([[557]]), UNIVERSE)
    assert through > np.log(3)
    assert far == pytest.approx(np.log(0.5))


@pytest.mark.parametrize(("name", "count"), [("bass", 100), ("steady", 100), ("logistic", 0)])
def test_nothing_is_told_of_curves_that_begin_there_nor_by_nobody(name: str, count: int) -> None:
    theta = SHAPES[name].sample_prior(5, np.random.default_rng(1))
    assert not log_weight(SHAPES[name], theta, DAY, np.array([[count]]), UNIVERSE).any()
