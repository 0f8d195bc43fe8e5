"""Models of who joins depend on neither the order of rows nor units, and account for what they were given."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from redegov_analysis.drivers.cox import CoxFit, Ties, fit_cox
from redegov_analysis.drivers.hazard import HazardFit, LinkName, fit_hazard
from redegov_analysis.drivers.spatial import moran

seeds = st.integers(0, 2**31)
units = st.floats(1e-3, 1e3)
links = st.sampled_from(["logit", "cloglog", "probit"])


def _rows(seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return 90 rows of a constant and two covariates, and of what happened: `event`, `month`, `state`, `time`."""
    rng = np.random.default_rng(seed)
    X = pd.DataFrame({"const": 1.0, "size": rng.normal(4, 0.5, 90).round(2), "north": rng.integers(0, 2, 90)})
    rate = 0.25 * np.exp(0.6 * (X["size"] - 4) + 0.4 * X["north"])
    told = {
        "event": (rng.random(90) < rate).astype(int),
        "month": rng.choice(["a", "b", "c"], 90),
        "state": rng.integers(0, 6, 90),
        "time": np.ceil(rng.exponential(8, 90) / np.exp(0.5 * (X["size"] - 4))),
    }
    return X, pd.DataFrame(told)


def _same(fit: HazardFit | CoxFit, other: HazardFit | CoxFit, unit: pd.Series | float = 1.0) -> None:
    """Assert that `other` is `fit` with columns in a unit so many times smaller, and effects as much smaller."""
    scale = pd.Series(unit, index=fit.coef.index, dtype=float)
    assert other.loglik == pytest.approx(fit.loglik, rel=1e-9, abs=1e-9)
    np.testing.assert_allclose(other.coef * scale, fit.coef, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(other.cov * np.outer(scale, scale), fit.cov, rtol=1e-5, atol=1e-9)


@settings(max_examples=10, deadline=None)
@given(seeds)
def test_a_logit_expects_in_every_month_as_many_events_as_happened(seed: int) -> None:
    X, told = _rows(seed)
    X, month = X[["size", "north"]], told["month"]
    assume((told.groupby("month")["event"].agg(["min", "max"]) == [0, 1]).all(axis=None))
    fit = fit_hazard(told["event"], X, baseline=month)
    expected = fit.predict(X, month).groupby(month).sum()
    np.testing.assert_allclose(expected, told.groupby("month")["event"].sum(), rtol=1e-7)
    assert fit.events == told["event"].sum()


@settings(max_examples=10, deadline=None)
@given(seeds, links, st.booleans(), units)
def test_a_hazard_fit_knows_neither_the_order_of_rows_nor_units(
    seed: int, link: LinkName, firth: bool, unit: float
) -> None:
    X, told = _rows(seed)
    options: dict[str, Any] = {"link": link, "firth": firth}
    fit = fit_hazard(told["event"], X, cluster=told["state"], **options)
    order = np.random.default_rng(seed).permutation(len(X))
    shuffled = told.iloc[order]
    _same(fit, fit_hazard(shuffled["event"], X.iloc[order], cluster=shuffled["state"], **options))
    scaled = fit_hazard(told["event"], X.assign(size=X["size"] * unit), cluster=told["state"], **options)
    _same(fit, scaled, pd.Series({"const": 1.0, "size": unit, "north": 1.0}))


@settings(max_examples=8, deadline=None)
@given(seeds, st.sampled_from(["efron", "breslow", "exact"]), units, units)
def test_a_cox_fit_knows_neither_the_order_of_rows_nor_units_and_of_time_only_the_order(
    seed: int, ties: Ties, unit: float, pace: float
) -> None:
    X, told = _rows(seed)
    X, time, event = X[["size", "north"]], told["time"], told["event"]
    fit = fit_cox(time, event, X, ties=ties)
    order = np.random.default_rng(seed).permutation(len(X))
    _same(fit, fit_cox(time.iloc[order], event.iloc[order], X.iloc[order], ties=ties))
    _same(fit, fit_cox(time**2 * pace, event, X, ties=ties))
    _same(
        fit, fit_cox(time, event, X.assign(size=X["size"] * unit), ties=ties), pd.Series({"size": unit, "north": 1.0})
    )


@settings(max_examples=8, deadline=None)
@given(seeds)
def test_ties_are_treated_alike_where_there_are_none_and_breslows_are_the_least_likely(seed: int) -> None:
    X, told = _rows(seed)
    X, time, event = X[["size", "north"]], told["time"], told["event"]
    efron, breslow = (fit_cox(time, event, X, ties=ties) for ties in ("efron", "breslow"))
    tied = time[event == 1].duplicated().any()
    assert breslow.loglik < efron.loglik if tied else breslow.loglik == pytest.approx(efron.loglik)
    apart = time + np.arange(len(X)) / 1000
    fits = [fit_cox(apart, event, X, ties=ties) for ties in ("efron", "breslow", "exact")]
    _same(fits[0], fits[1])
    _same(fits[0], fits[2])


@st.composite
def mapped(draw: st.DrawFn) -> tuple[pd.Series, list[tuple[str, str]]]:
    """Draw places in a ring with some more borders, and whole values that are not all equal."""
    size = draw(st.integers(5, 20))
    codes = [f"{i:07d}" for i in range(size)]
    every = [(a, b) for a in codes for b in codes if a < b]
    borders = {*pairwise(codes), (codes[0], codes[-1]), *draw(st.lists(st.sampled_from(every)))}
    values = draw(st.lists(st.integers(-50, 50), min_size=size, max_size=size).filter(lambda v: len(set(v)) > 1))
    return pd.Series(values, index=codes, dtype=float), sorted(borders)


def _statistics(values: pd.Series, borders: list[tuple[str, str]]) -> list[float]:
    found = moran(values, pd.DataFrame(borders, columns=["ibge_code_a", "ibge_code_b"]))
    return [found.I, found.EI, found.V_norm, found.V_rand, found.p_norm, found.p_rand]


@settings(max_examples=12, deadline=None)
@given(mapped(), st.floats(-100, 100), st.floats(0.01, 100), st.booleans())
def test_morans_i_knows_neither_origin_nor_unit_nor_sign(
    case: tuple[pd.Series, list[tuple[str, str]]], origin: float, unit: float, flipped: bool
) -> None:
    values, borders = case
    other = _statistics(origin + (-unit if flipped else unit) * values, borders)
    np.testing.assert_allclose(other, _statistics(values, borders), rtol=1e-6, atol=1e-9)


def test_where_every_arrangement_gives_the_same_i_there_is_nothing_to_test() -> None:
    codes = [f"{i:07d}" for i in range(5)]
    ring = list(zip(codes, [*codes[1:], codes[0]], strict=True))
    # With one odd place in a ring, shuffling only turns the ring.
    for values in ([0, 1, 1, 1, 1], [1, 1, 0, 1, 1]):
        found = moran(
            pd.Series(values, index=codes, dtype=float), pd.DataFrame(ring, columns=["ibge_code_a", "ibge_code_b"])
        )
        assert found.V_rand == 0
        assert np.isnan([found.z_rand, found.p_rand]).all()
        assert 0 < found.p_norm <= 1


@settings(max_examples=12, deadline=None)
@given(mapped(), seeds)
def test_morans_i_knows_places_by_their_borders_and_not_by_their_names_or_order(
    case: tuple[pd.Series, list[tuple[str, str]]], seed: int
) -> None:
    values, borders = case
    rng = np.random.default_rng(seed)
    names = dict(zip(values.index, rng.permutation(values.index.to_numpy()), strict=True))
    renamed = values.rename(names).iloc[rng.permutation(len(values))]
    turned = [(names[b], names[a]) for a, b in borders]
    np.testing.assert_allclose(_statistics(renamed, turned), _statistics(values, borders), rtol=1e-9, atol=1e-12)
