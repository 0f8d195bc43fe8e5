"""Claims about curves by least squares, beyond the reference optima."""

from __future__ import annotations

import numpy as np
import pytest

from redegov_analysis.errors import DataError, IdentificationError, ParameterError
from redegov_analysis.forecast.curves import Curve, CurveFit, fit_curve

T = np.arange(1.0, 25.0)
EXACT = {
    "bass": 900 * (1 - np.exp(-0.41 * T)) / (1 + 0.4 / 0.01 * np.exp(-0.41 * T)),
    "logistic": 900 / (1 + 60 * np.exp(-0.4 * T)),
    "gompertz": 900 * np.exp(-8 * np.exp(-0.25 * T)),
    "richards": 900 * (1 + 40 * np.exp(-0.5 * T)) ** (-1 / 1.8),
}
LOSSES = ("adoption", "cumulative")


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("curve", EXACT)
def test_curve_is_recovered_from_its_own_totals(curve: Curve, loss: str) -> None:
    fit = fit_curve(T, EXACT[curve], curve, loss=loss)
    assert fit.params["m"] == pytest.approx(900, rel=1e-4)
    assert fit.predict(T) == pytest.approx(EXACT[curve], rel=1e-4, abs=0.01)


@pytest.mark.parametrize("curve", EXACT)
def test_units_of_time_and_totals_do_not_change_the_curve(curve: Curve) -> None:
    rng = np.random.default_rng(3)
    totals = np.cumsum(np.maximum(np.diff(EXACT[curve], prepend=0) + rng.normal(0, 2, len(T)), 0))
    fit = fit_curve(T, totals, curve)
    other = fit_curve(T * 30.4, totals * 1e5, curve)
    assert other.sse == pytest.approx(fit.sse * 1e10, rel=1e-6)
    assert other.predict(T * 30.4) == pytest.approx(fit.predict(T) * 1e5, rel=1e-3)


def test_given_ceiling_is_kept_and_has_no_error() -> None:
    fit = fit_curve(T, EXACT["logistic"], "logistic", ceiling=1000)
    assert fit.params["m"] == pytest.approx(1000)
    assert set(fit.stderr) == {"a", "b"}
    assert fit.sse >= fit_curve(T, EXACT["logistic"], "logistic").sse


def test_bass_and_logistic_with_free_ceilings_are_one_model_on_newcomers() -> None:
    # F = (1 + p/q) L − p/q: equal errors once the first newcomers, which logistic counts from 0, are left out.
    rng = np.random.default_rng(1)
    totals = np.cumsum(np.maximum(np.diff(EXACT["bass"], prepend=0) + rng.normal(0, 3, len(T)), 0))
    bass = fit_curve(T, totals, "bass")
    grown = np.diff(bass.predict(T))
    p, q, m = (bass.params[name] for name in ("p", "q", "m"))
    logistic = m * (1 + p / q) / (1 + q / p * np.exp(-(p + q) * T))
    assert np.diff(logistic) == pytest.approx(grown)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("curve", EXACT)
def test_standard_errors_match_derivatives_taken_by_differences(curve: Curve, loss: str) -> None:
    rng = np.random.default_rng(7)
    totals = np.cumsum(np.maximum(np.diff(EXACT[curve], prepend=0) + rng.normal(0, 3, len(T)), 0))
    fit = fit_curve(T, totals, curve, loss=loss)
    names = list(fit.stderr)

    def errors(values: np.ndarray) -> np.ndarray:
        params = dict(zip(names, values, strict=True))
        level = _level(curve, params)
        return np.diff(level, prepend=0) if loss == "adoption" else level

    at = np.array([fit.params[name] for name in names])
    step = 1e-5 * np.abs(at)
    jacobian = np.column_stack([(errors(at + d) - errors(at - d)) / (2 * d.sum()) for d in np.diag(step)])
    covariance = fit.sse / (len(T) - len(names)) * np.linalg.inv(jacobian.T @ jacobian)
    assert [fit.stderr[name] for name in names] == pytest.approx(np.sqrt(np.diag(covariance)), rel=1e-2)


def _level(curve: str, params: dict[str, float]) -> np.ndarray:
    m = params["m"]
    if curve == "bass":
        p, q = params["p"], params["q"]
        return m * (1 - np.exp(-(p + q) * T)) / (1 + q / p * np.exp(-(p + q) * T))
    a, b = params["a"], params["b"]
    if curve == "gompertz":
        return m * np.exp(-a * np.exp(-b * T))
    return m * (1 + a * np.exp(-b * T)) ** (-1 / params.get("nu", 1.0))


def test_richards_never_fits_worse_than_the_curves_it_contains_and_says_when_it_is_one_of_them() -> None:
    rng = np.random.default_rng(2)
    for inner in ("logistic", "gompertz"):
        totals = np.cumsum(np.maximum(np.diff(EXACT[inner], prepend=0) + rng.normal(0, 3, len(T)), 0))
        outer = fit_curve(T, totals, "richards")
        assert outer.sse <= fit_curve(T, totals, inner).sse * (1 + 1e-4)
    limit = fit_curve(T, EXACT["gompertz"], "richards")
    assert limit.params["nu"] < 1e-3
    assert np.isnan(limit.stderr["nu"])
    assert limit.params["m"] == pytest.approx(900, rel=1e-3)


def test_error_of_growth_after_a_day_is_nothing_on_that_day() -> None:
    fit = _noisy()
    assert fit.predict_stderr([20.0], since=20.0) == pytest.approx([0.0], abs=1e-9)
    assert fit.predict_stderr([30.0], since=24.0) > fit.predict_stderr([26.0], since=24.0)


def _noisy() -> CurveFit:
    rng = np.random.default_rng(5)
    return fit_curve(T, np.cumsum(np.maximum(np.diff(EXACT["bass"], prepend=0) + rng.normal(0, 3, len(T)), 0)))


def test_exponential_growth_identifies_no_ceiling() -> None:
    with pytest.raises(IdentificationError, match=r"has not begun to bend|cannot tell"):
        fit_curve(T, np.exp(0.3 * T), "logistic", loss="cumulative")


@pytest.mark.parametrize(
    ("t", "totals", "error", "message"),
    [
        (T[:3], EXACT["bass"][:3], IdentificationError, "3 points cannot identify the 3 parameters"),
        (T, 0 * T, IdentificationError, "no growth"),
        (T, EXACT["bass"][:-1], DataError, "shape"),
        (T - 1, EXACT["bass"], DataError, "positive"),
        (T[::-1], EXACT["bass"], DataError, "increasing"),
        (T + 2000, EXACT["bass"], DataError, "calendar years"),
        (T, np.where(T == 3, np.nan, EXACT["bass"]), DataError, "finite"),
    ],
)
def test_impossible_series_says_what_is_wrong(
    t: np.ndarray, totals: np.ndarray, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        fit_curve(t, totals)


@pytest.mark.parametrize("curve", ["bass", "logistic", "gompertz", "richards"])
def test_series_that_never_grew_identifies_no_speed(curve: Curve) -> None:
    with pytest.raises(IdentificationError, match=r"cannot be told|cannot tell"):
        fit_curve(T, np.full(len(T), 500.0), curve)


@pytest.mark.parametrize("curve", ["bass", "logistic", "gompertz"])
def test_one_month_of_rush_is_found_between_the_points_of_the_grid(curve: Curve) -> None:
    # Newcomers of NFS-e from July 2022 to February 2024: a broad hump has an error 1.5 times that of the narrow one.
    newcomers = [1, 19, 40, 32, 34, 44, 30, 21, 152, 94, 34, 30, 39, 137, 281, 30, 20, 9, 17, 9]
    fit = fit_curve(np.arange(1, 21), np.cumsum(newcomers), curve)
    assert fit.sse < 45_000


def test_unknown_curve_loss_and_ceiling_are_refused() -> None:
    for options in ({"curve": "linear"}, {"loss": "both"}, {"ceiling": -1.0}):
        with pytest.raises(ParameterError):
            fit_curve(T, EXACT["bass"], **options)
