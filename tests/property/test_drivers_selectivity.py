"""Whatever a network published of itself, its size gradient lies within its bounds and knows no order of rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from redegov_analysis.drivers.selectivity import fit_size_selectivity
from redegov_analysis.drivers.size_gradient import log_size, solve_gradient


@settings(max_examples=60, deadline=None)
@given(
    people=st.lists(st.integers(800, 12_000_000), min_size=5, max_size=80, unique=True),
    intercept=st.floats(-6, 3),
    slope=st.floats(-3, 6),
)
def test_a_gradient_is_found_again_from_its_own_two_sums(people: list[int], intercept: float, slope: float) -> None:
    population = np.array(people, dtype=float)
    chance = 1 / (1 + np.exp(-(intercept + slope * log_size(population))))
    count, reached = chance.sum(), population @ chance
    ordered = np.sort(population)
    whole = int(np.floor(count))
    least, most = ordered[:whole].sum(), ordered[len(people) - int(np.ceil(count)) :].sum()
    # Where nearly everyone, or nearly no one, is in, rounding alone decides the two sums.
    if not (0.05 < count < len(people) - 0.05 and least * 1.0001 < reached < most * 0.9999):
        return
    a, b = solve_gradient(count, reached, population)
    again = 1 / (1 + np.exp(-(a + b * log_size(population))))
    np.testing.assert_allclose([again.sum(), population @ again], [count, reached], rtol=1e-8)


@st.composite
def published(draw: st.DrawFn) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Draw places, and one to three totals of members among them, each with the people that they hold."""
    rng = np.random.default_rng(draw(st.integers(0, 2**31)))
    size = draw(st.integers(40, 120))
    people = np.exp(rng.normal(11, 1.2, size)).round()
    population = pd.DataFrame({"ibge_code": [f"{i:07d}" for i in range(size)], "population": people})
    slope = draw(st.floats(-2, 3))
    order = np.argsort(rng.logistic(size=size) - slope * log_size(people))
    rows = []
    for count in sorted(draw(st.sets(st.integers(size // 5, size - size // 5), min_size=1, max_size=3))):
        reached = round(float(people[order[:count]].sum()) / 1e6, 1)
        row = {"date": f"2024-0{1 + len(rows) // 2}-01", "municipalities": count, "population_millions": reached}
        rows.append(row | {"relation": draw(st.sampled_from(["eq", "about", "ge", "gt"]))})
    return pd.DataFrame(rows).assign(date=lambda table: pd.to_datetime(table["date"])), population


@settings(max_examples=12, deadline=None)
@given(published(), st.integers(0, 99))
def test_a_size_gradient_lies_within_its_bounds_and_knows_no_order_of_rows(
    case: tuple[pd.DataFrame, pd.DataFrame], seed: int
) -> None:
    totals, population = case
    assume((totals["population_millions"] > 0.2).all())
    fits = fit_size_selectivity(totals, population)
    assert (fits["slope_low"] <= fits["slope"]).all()
    assert (fits["slope"] <= fits["slope_high"]).all()
    shuffled = [table.sample(frac=1, random_state=seed) for table in (totals, population)]
    pd.testing.assert_frame_equal(fit_size_selectivity(*shuffled), fits, rtol=1e-9)
