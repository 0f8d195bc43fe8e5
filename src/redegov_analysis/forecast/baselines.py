"""The simple forecasts that a good one must beat: the last rate, the drift of twelve months, the best single curve.

Each gives a normal distribution around its continuation, cut at the last total and at the universe: a favour to them.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.stats import norm

from redegov_analysis.errors import IdentificationError
from redegov_analysis.forecast.curves import Array, Curve, CurveFit, fit_curve

POINTS = 399
"""Draws by which a baseline's distribution is represented: its quantiles at the middles of as many equal parts."""

_SINGLE_CURVES: tuple[Curve, ...] = ("bass", "logistic", "gompertz")


def last_rate(months: Array, totals: Array, ahead: Array) -> tuple[Array, Array]:
    """Return mean and standard deviation of totals when the last interval's rate continues.

    Parameters
    ----------
    months
        Times of the totals in months, increasing, shape (n,).
    totals
        Totals, shape (n,).
    ahead
        Months after the last total, shape (horizons,).

    Returns
    -------
    tuple
        `mean`, `deviation`: in municipalities, shape (horizons,) each; the variance is that of a walk with unknown
        drift.
    """
    gap = months[-1] - months[-2]
    rate = (totals[-1] - totals[-2]) / gap
    return totals[-1] + rate * ahead, np.sqrt(_variance_per_month(months, totals) * (ahead + ahead**2 / gap))


def drift(months: Array, totals: Array, ahead: Array) -> tuple[Array, Array]:
    """Return mean and standard deviation of totals when the rate of the last twelve months continues.

    Parameters
    ----------
    months, totals, ahead
        As in `last_rate`.

    Returns
    -------
    tuple
        `mean`, `deviation`: in municipalities, shape (horizons,) each.
    """
    start = _a_year_before(months)
    span = months[-1] - months[start]
    rate = (totals[-1] - totals[start]) / span
    return totals[-1] + rate * ahead, np.sqrt(_variance_per_month(months, totals) * (ahead + ahead**2 / span))


def best_curve(months: Array, totals: Array, ahead: Array) -> tuple[Array, Array]:
    """Return mean and standard deviation of totals under the curve with the least squared error on newcomers.

    Bass, logistic and Gompertz with a free ceiling; parameters by the delta method, equal noise in every month. Falls
    back on `drift` where no curve is identified.

    Parameters
    ----------
    months, totals, ahead
        As in `last_rate`.

    Returns
    -------
    tuple
        `mean`, `deviation`: in municipalities, shape (horizons,) each.
    """
    gaps = np.diff(months, prepend=months[0] - (months[-1] - months[0]) / (len(months) - 1))
    times = np.cumsum(gaps)
    fits: list[CurveFit] = []
    for curve in _SINGLE_CURVES:
        try:
            fits.append(fit_curve(times, totals, curve))
        except IdentificationError:
            continue
    if not fits:
        return drift(months, totals, ahead)
    fit = min(fits, key=lambda one: one.sse)
    grown = fit.predict(times[-1] + ahead) - fit.predict(times[-1:])
    noise = fit.sse / (fit.n - len(fit.params)) / gaps.mean() * ahead
    deviation = np.sqrt(fit.predict_stderr(times[-1] + ahead, since=float(times[-1])) ** 2 + noise)
    return totals[-1] + grown, deviation


BASELINES: dict[str, Callable[[Array, Array, Array], tuple[Array, Array]]] = {
    "last rate": last_rate,
    "drift": drift,
    "best curve": best_curve,
}


def baseline_draws(name: str, months: Array, totals: Array, ahead: Array, universe: int) -> Array:
    """Return a baseline's distribution as draws, at evenly spaced levels of a normal law cut to what is possible.

    Parameters
    ----------
    name
        One of `BASELINES`.
    months, totals, ahead
        As in `last_rate`.
    universe
        Municipalities in all, which no draw exceeds; none is below the last total.

    Returns
    -------
    Array
        Municipalities, shape (POINTS, horizons), from low to high along the first axis.
    """
    mean, deviation = BASELINES[name](months, totals, ahead)
    level = (np.arange(POINTS) + 0.5) / POINTS
    spread = np.nan_to_num(mean + norm.ppf(level)[:, None] * deviation, nan=float(totals[-1]))
    return np.clip(spread, totals[-1], universe)


def _a_year_before(months: Array) -> int:
    """Return the last total that is at least twelve months old, or the first; never the last one but itself."""
    old = np.flatnonzero(months <= months[-1] - 12 + 1e-6)
    return int(old[-1]) if len(old) else 0


def _variance_per_month(months: Array, totals: Array) -> float:
    """Return the variance of a month's newcomers over the last year (at least three intervals, where there are)."""
    start = min(_a_year_before(months), max(len(months) - 4, 0))
    gaps, newcomers = np.diff(months[start:]), np.diff(totals[start:])
    if len(gaps) < 2:
        return float(newcomers[-1] / gaps[-1])
    rate = newcomers.sum() / gaps.sum()
    return float(((newcomers - rate * gaps) ** 2 / gaps).sum() / (len(gaps) - 1))
