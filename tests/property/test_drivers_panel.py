"""Properties of the person-period panel and of the size gradient, on generated lists."""

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from redegov_analysis.drivers.panel import person_period
from redegov_analysis.drivers.size_gradient import log_size, solve_gradient

days = st.one_of(
    st.none(), st.dates(min_value=pd.Timestamp("2019-06-01").date(), max_value=pd.Timestamp("2024-06-01").date())
)


@settings(max_examples=40, deadline=None)
@given(joined=st.lists(days, min_size=2, max_size=12), data=st.data())
def test_panel_holds_exactly_the_months_at_risk(joined: list, data: st.DataObject) -> None:
    codes = [f"{i:02d}" for i in range(len(joined))]
    every = [(a, b) for a in codes for b in codes if a < b]
    some = data.draw(st.lists(st.sampled_from(every), unique=True, max_size=len(every)))
    events = pd.DataFrame({"ibge_code": codes, "joined_on": pd.to_datetime(pd.Series(joined, dtype=object))})
    pairs = pd.DataFrame(some, columns=["ibge_code_a", "ibge_code_b"], dtype="str")
    start, end = pd.Timestamp("2020-01-01"), pd.Timestamp("2023-12-31")
    rows = person_period(events, events[["ibge_code"]], start, end, neighbours=pairs)
    month = {
        code: (day.year - 2020) * 12 + day.month - 1 if day else 10**6 for code, day in zip(codes, joined, strict=True)
    }
    others = {code: [b if a == code else a for a, b in some if code in (a, b)] for code in codes}
    expected = [
        (code, t, int(t == month[code]), np.mean([month[o] < t for o in others[code]]) if others[code] else np.nan)
        for code in codes
        for t in range(48)
        if month[code] >= 0 and t <= month[code]
    ]
    got = rows[["ibge_code", "period_index", "event", "neighbours_share"]]
    assert len(got) == len(expected)
    for ours, truth in zip(got.itertuples(index=False), expected, strict=True):
        assert tuple(ours)[:3] == truth[:3]
        np.testing.assert_allclose(ours.neighbours_share, truth[3], atol=1e-12)


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
