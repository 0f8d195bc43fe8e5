"""Whatever the list, states add up to the nation in every draw, none exceeds its size, and none shrinks."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from redegov_analysis.forecast.reconciliation import reconcile_mint, whole_parts
from redegov_analysis.forecast.states import forecast_states


@st.composite
def listed(draw: st.DrawFn) -> tuple[pd.DataFrame, pd.DataFrame]:
    sizes = [draw(st.integers(3, 90)), *draw(st.lists(st.integers(1, 90), min_size=1, max_size=5))]
    uf = np.repeat([f"S{i}" for i in range(len(sizes))], sizes)
    rng = np.random.default_rng(draw(st.integers(0, 2**31)))
    places = pd.DataFrame({"ibge_code": [f"{i:07}" for i in range(len(uf))], "uf": uf, "valid_from": "2013-01-01"})
    # One entry comes later, as Boa Esperança do Norte did.
    places.loc[len(places) - 1, "valid_from"] = "2025-01-01"
    months = draw(st.integers(2, 30))
    days = pd.Timestamp("2022-06-15") + pd.to_timedelta(rng.integers(0, 30 * months, len(uf)), unit="D")
    joined = rng.random(len(uf)) < draw(st.floats(0.05, 1.0))
    joined[-1] = False
    joined[:2] = True
    members = pd.DataFrame({"ibge_code": places["ibge_code"], "joined_on": days})[joined]
    if draw(st.booleans()):
        members.loc[members.index[-1], "joined_on"] = pd.NaT
    return members, places


@settings(max_examples=8, deadline=None)
@given(listed(), st.integers(0, 2**31))
def test_states_add_up_stay_within_their_size_and_never_shrink(
    case: tuple[pd.DataFrame, pd.DataFrame], seed: int
) -> None:
    members, places = case
    dates = ["2024-12-31", "2025-01-31", "2026-12-31"]
    ahead = forecast_states(members, places, day="2024-12-31", dates=dates, draws=50, seed=seed)
    assert (ahead.draws.sum(axis=1) == ahead.nation.draws).all()
    assert (ahead.draws <= ahead.universe).all()
    assert (ahead.draws >= ahead.members[None, :, None]).all()
    assert np.diff(ahead.draws, axis=2).min() >= 0
    assert ahead.universe.sum(axis=0).tolist() == [len(places) - 1, len(places), len(places)]
    shuffled = members.sample(frac=1, random_state=1)
    again = forecast_states(shuffled, places, day="2024-12-31", dates=dates, draws=50, seed=seed)
    assert (again.draws == ahead.draws).all()


@settings(deadline=None)
@given(st.integers(1, 30), st.integers(1, 20), st.integers(0, 2**31))
def test_parts_are_whole_within_bounds_and_add_up(parts: int, draws: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    room = rng.integers(0, 40, (draws, parts))
    base = rng.normal(5, 10, (draws, parts))
    variance = rng.exponential(4, (draws, parts)) * (rng.random((draws, parts)) > 0.2)
    total = rng.integers(0, room.sum(axis=1) + 1)
    found = whole_parts(base, variance, total, room, rng)
    assert (found.sum(axis=1) == total).all()
    assert (found >= 0).all()
    assert (found <= room).all()


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 8), st.integers(0, 2**31))
def test_parts_are_on_average_those_of_mint_with_the_whole_kept(parts: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    room = rng.integers(1, 40, parts)
    base, variance = rng.normal(8, 8, parts), rng.uniform(0.5, 9, parts)
    total = int(rng.integers(0, room.sum() + 1))
    summing = np.vstack([np.ones(parts), np.eye(parts)])
    exact = reconcile_mint(
        summing, np.append(total, base), np.append(1e-9, variance), lower=0, upper=room.astype(float)
    )[1:]
    many = 4000
    found = whole_parts(
        np.tile(base, (many, 1)), np.tile(variance, (many, 1)), np.full(many, total), np.tile(room, (many, 1)), rng
    )
    assert np.abs(found - exact).max() < 1 + 1e-3
    assert np.abs(found.mean(axis=0) - exact).max() < 0.05
