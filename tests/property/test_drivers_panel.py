"""Properties of the person-period panel, on generated lists."""

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from redegov_analysis.drivers.panel import person_period

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
