"""Reconciled means against published formulas and another implementation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from redegov_analysis.errors import ParameterError
from redegov_analysis.forecast.reconciliation import reconcile_mint

DATA: dict[str, Any] = json.loads((Path(__file__).parent / "data" / "reconciliation_mint.json").read_text("utf-8"))
SUMMING = np.array(DATA["summing"])


@pytest.mark.parametrize(
    ("name", "variances"), [("ols", None), ("structural", SUMMING.sum(axis=1)), ("diagonal", [9, 4, 4, 1, 1, 2, 2])]
)
def test_mint_matches_hierarchicalforecast(name: str, variances: Any) -> None:
    found = reconcile_mint(SUMMING, DATA["base"], variances)
    assert np.allclose(found, DATA["expected"][name], rtol=0, atol=1e-8)


def test_mint_with_a_full_covariance_is_that_of_the_closed_form() -> None:
    rng = np.random.default_rng(7)
    mixing = rng.normal(size=(7, 7))
    covariance = mixing @ mixing.T + np.eye(7)
    base = rng.normal(50, 10, size=(7, 3))
    inverse = np.linalg.inv(covariance)
    closed = SUMMING @ np.linalg.solve(SUMMING.T @ inverse @ SUMMING, SUMMING.T @ inverse @ base)
    assert np.allclose(reconcile_mint(SUMMING, base, covariance), closed, rtol=0, atol=1e-8)


def test_bounded_reconciliation_matches_the_quadratic_programme() -> None:
    case = DATA["bounded"]
    free = reconcile_mint(SUMMING, case["base"])
    positive = reconcile_mint(SUMMING, case["base"], lower=0)
    held = reconcile_mint(SUMMING, case["base"], lower=0, upper=case["upper"])
    assert np.allclose(free, case["free"], rtol=0, atol=1e-8)
    assert np.allclose(positive, case["not_negative"], rtol=0, atol=1e-8)
    assert np.allclose(held, case["held"], rtol=0, atol=1e-8)


def test_parts_without_room_stay_where_they_are() -> None:
    found = reconcile_mint(SUMMING, DATA["base"], lower=[20, 0, 0, 0], upper=[20, 90, 90, 90])
    assert found[3] == 20
    assert np.allclose(found, SUMMING @ found[3:])


def test_what_cannot_be_reconciled_is_said() -> None:
    with pytest.raises(ParameterError, match="positive definite"):
        reconcile_mint(SUMMING, DATA["base"], np.zeros(7))
    with pytest.raises(ParameterError, match="shape"):
        reconcile_mint(SUMMING, DATA["base"][:3])
    with pytest.raises(ParameterError, match="above"):
        reconcile_mint(SUMMING, DATA["base"], lower=3, upper=2)
