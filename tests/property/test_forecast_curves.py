"""A least-squares fit is never worse than the curve behind the series, and knows no unit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redegov_analysis.forecast.curves import Array, Curve, Loss, fit_curve


def _bass(t: Array, speed: float, bend: float) -> Array:
    p, q = speed * 0.05, speed
    return (1 - np.exp(-(p + q) * t)) / (1 + q / p * np.exp(-(p + q) * t))


SHAPES = {
    "bass": _bass,
    "logistic": lambda t, speed, bend: 1 / (1 + bend * np.exp(-speed * t)),
    "gompertz": lambda t, speed, bend: np.exp(-np.log(bend) * np.exp(-speed * t)),
    "richards": lambda t, speed, bend: (1 + bend * np.exp(-speed * t)) ** (-1 / 1.5),
}


@st.composite
def grown(draw: st.DrawFn) -> tuple[Curve, Array, Array, Array]:
    """Draw a curve that has bent by the end of the series: its times, its totals, and these with noise."""
    curve = draw(st.sampled_from(sorted(SHAPES)))
    points = draw(st.integers(10, 24))
    t = np.arange(1.0, points + 1)
    speed = draw(st.floats(6, 9)) / points
    true = draw(st.floats(50, 5000)) * SHAPES[curve](t, speed, draw(st.floats(8, 40)))
    rng = np.random.default_rng(draw(st.integers(0, 2**31)))
    return curve, t, true, true + rng.normal(0, 0.01 * true[-1], points)  # type: ignore[return-value]


@settings(max_examples=15, deadline=None)
@given(grown(), st.sampled_from(["adoption", "cumulative"]))
def test_a_fit_is_never_worse_than_the_curve_behind_the_series(
    case: tuple[Curve, Array, Array, Array], loss: Loss
) -> None:
    curve, t, true, seen = case
    fit = fit_curve(t, seen, curve, loss=loss)

    def target(totals: Array) -> Array:
        return np.diff(totals, prepend=0.0) if loss == "adoption" else totals

    behind = float(((target(seen) - target(true)) ** 2).sum())
    assert fit.sse <= behind * (1 + 1e-9)
    assert fit.sse == pytest.approx(float(((target(seen) - target(fit.predict(t))) ** 2).sum()), rel=1e-6)


@settings(max_examples=8, deadline=None)
@given(grown(), st.floats(0.01, 100), st.floats(0.001, 1e6))
def test_a_fit_is_the_same_in_other_units_of_time_and_of_totals(
    case: tuple[Curve, Array, Array, Array], time: float, count: float
) -> None:
    curve, t, _, seen = case
    fit, other = fit_curve(t, seen, curve), fit_curve(t * time, seen * count, curve)
    assert other.sse == pytest.approx(fit.sse * count**2, rel=1e-6)
    assert other.predict(t * time) == pytest.approx(fit.predict(t) * count, rel=1e-4, abs=1e-5 * count * seen.max())
    for name, value in fit.params.items():
        unit = count if name == "m" else 1 / time if name in {"p", "q", "b"} else 1.0
        if curve != "richards":
            assert other.params[name] == pytest.approx(value * unit, rel=1e-3)
