"""Scores are what their definitions say, for any forecast: each is held against its formula, written out."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from redegov_analysis.forecast.scores import coverage, crps, interval_score, weighted_interval_score

numbers = st.floats(-1e4, 1e4)
draws = st.lists(numbers, min_size=1, max_size=30)


@st.composite
def intervals(draw: st.DrawFn) -> tuple[list[int], list[int], list[int]]:
    """Draw values and intervals on a few whole numbers, so that values on a bound are common."""
    size = draw(st.integers(1, 12))
    whole = st.lists(st.integers(-3, 3), min_size=size, max_size=size)
    observed, one, other = draw(whole), draw(whole), draw(whole)
    return observed, list(map(min, one, other)), list(map(max, one, other))


@settings(max_examples=50)
@given(draws, numbers, st.floats(-1e3, 1e3), st.floats(0.01, 100))
def test_a_crps_is_never_negative_and_moves_with_origin_and_unit(
    values: list[float], y: float, shift: float, unit: float
) -> None:
    score = crps(y, values)[0]
    assert score >= -1e-6
    assert np.isclose(score, crps(y + shift, np.array(values) + shift)[0], atol=1e-6)
    assert np.isclose(score * unit, crps(y * unit, np.array(values) * unit)[0], atol=1e-4)


@settings(max_examples=50)
@given(draws, numbers, st.floats(0, 1e3), st.randoms(use_true_random=False))
def test_a_crps_is_the_squared_distance_between_the_two_distributions(
    values: list[float], y: float, further: float, random: object
) -> None:
    edges = np.sort([*values, y])
    below = np.searchsorted(np.sort(values), edges[:-1], side="right") / len(values)
    squared = (below - (edges[:-1] >= y)) ** 2
    assert np.isclose(crps(y, values)[0], (squared * np.diff(edges)).sum(), atol=1e-6)
    # Beyond every draw, each step away costs just as much.
    top = max(values)
    assert np.isclose(crps(top + further, values)[0] - crps(top, values)[0], further, atol=1e-6)
    shuffled = values.copy()
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert crps(y, shuffled)[0] == crps(y, values)[0]


@settings(max_examples=50)
@given(st.lists(numbers, min_size=2, max_size=9), numbers, st.integers(1, 4), st.booleans())
def test_a_weighted_interval_score_is_the_mean_of_its_intervals(
    values: list[float], y: float, pairs: int, with_median: bool
) -> None:
    low = [round(0.5 * (i + 1) / (pairs + 1), 3) for i in range(pairs)]
    levels = np.array([*low, *([0.5] if with_median else []), *(1 - np.array(low[::-1]))])
    quantiles = np.maximum.accumulate(np.quantile(values, levels))
    parts = [alpha * interval_score(y, quantiles[i], quantiles[-1 - i], 1 - 2 * alpha) for i, alpha in enumerate(low)]
    median = abs(y - quantiles[pairs]) / 2 if with_median else 0.0
    expected = (sum(parts) + median) / (pairs + 0.5 * with_median)
    score = weighted_interval_score(y, quantiles, levels)[0]
    assert score >= 0
    assert np.isclose(score, expected, atol=1e-6)


@settings(max_examples=50)
@given(intervals())
def test_coverage_is_the_share_of_values_within_their_bounds(case: tuple[list[int], list[int], list[int]]) -> None:
    within = [low <= y <= high for y, low, high in zip(*case, strict=True)]
    assert coverage(*case) == float(Fraction(sum(within), len(within)))


@settings(max_examples=50)
@given(intervals(), st.integers(0, 3), st.integers(-9, 9), st.integers(1, 9))
def test_wider_intervals_cover_no_less_whatever_the_unit(
    case: tuple[list[int], list[int], list[int]], wider: int, shift: int, unit: int
) -> None:
    y, low, high = map(np.array, case)
    covered = coverage(y, low, high)
    assert coverage(y, low - wider, high + wider) >= covered
    assert coverage(*(shift + unit * values for values in (y, low, high))) == covered
    assert coverage(y[::-1], low[::-1], high[::-1]) == covered
