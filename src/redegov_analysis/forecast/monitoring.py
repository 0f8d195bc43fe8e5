"""Does the forecast still hold? Its own scores watched, so that a break is noticed, and how soon.

Each total published after a forecast has a place among that forecast's quantiles. As a normal score, that place is a
draw from N(0, 1) while the forecast holds. The level of these scores is followed (`forecast.local_level`); a level far
from nought, or a single total far outside, is a break.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.stats import norm

from redegov_analysis.errors import ParameterError
from redegov_analysis.forecast.curves import Array
from redegov_analysis.forecast.growth import Day, forecast_growth
from redegov_analysis.forecast.local_level import filter_level
from redegov_analysis.forecast.observations import Universe
from redegov_analysis.forecast.scores import LEVELS

LEVEL_DRIFT: Final = 0.1
"""Variance per month with which the level of the scores may move: a break builds up over some months."""

ALARM: Final = 3.0
"""The level is called off when it is so many standard errors from nought."""

FAR_OUTSIDE: Final = 3.5
"""A single total with a score beyond this (one in two thousand) is a break by itself."""


def normal_scores(observed: ArrayLike, quantiles: ArrayLike, levels: ArrayLike) -> Array:
    """Return the normal scores of what was observed under forecasts given as quantiles.

    Parameters
    ----------
    observed
        Totals, shape (n,).
    quantiles
        Quantiles of the forecasts, shape (n, levels), increasing along each row.
    levels
        Their levels, between 0 and 1, increasing, symmetric around one half.

    Returns
    -------
    Array
        Between two quantiles the score is interpolated; beyond the outermost ones it goes on in the unit of the
        distance from the median to them, shape (n,).

    Raises
    ------
    ParameterError
        If shapes do not match, or the levels are not increasing and symmetric around one half.

    Examples
    --------
    >>> normal_scores([10.0, 16.45], [[8.355, 10.0, 11.645]] * 2, [0.05, 0.5, 0.95]).round(2)
    array([0.  , 6.45])
    """
    y, q, tau = np.asarray(observed, dtype=float), np.asarray(quantiles, dtype=float), np.asarray(levels, dtype=float)
    if q.shape != (len(y), len(tau)) or np.any(np.diff(tau) <= 0) or not np.allclose(tau, 1 - tau[::-1]):
        raise ParameterError(
            "Quantiles have shape {shape} for {n_values} {n_values:total|totals} and {n_tau} symmetric "
            "{n_tau:level|levels}. "
            "Give a row for each total and a column for each level.",
            shape=q.shape,
            n_values=len(y),
            n_tau=len(tau),
        )
    z = norm.ppf(tau)
    middle = len(tau) // 2
    scores = np.empty(len(y))
    for i, value in enumerate(y):
        if q[i, 0] <= value <= q[i, -1]:
            # Steps of equal quantiles (counts that cannot fall) are given their middle.
            below, above = np.searchsorted(q[i], value, side="left"), np.searchsorted(q[i], value, side="right")
            flat = z[below:above].mean() if above > below else np.nan
            scores[i] = flat if above > below else np.interp(value, q[i], z)
            continue
        side = -1 if value > q[i, -1] else 0
        unit = max(abs(q[i, side] - q[i, middle]) / abs(z[side]), 0.5)
        scores[i] = z[side] + (value - q[i, side]) / unit
    return scores


def watched(
    dates: pd.DatetimeIndex, scores: ArrayLike, *, drift: float = LEVEL_DRIFT, alarm: float = ALARM
) -> pd.DataFrame:
    """Follow the level of a forecast's normal scores, and say from when on the forecast does not hold.

    Parameters
    ----------
    dates
        Days of the totals, increasing.
    scores
        Their normal scores, shape (n,).
    drift
        Variance per month with which the level may move.
    alarm
        Standard errors from nought at which the level is called off.

    Returns
    -------
    DataFrame
        `date`, `score`, `level`, `level_error`, `broken` (whether this total or the level says that the forecast does
        not hold), `side` (`above`, `below` or `` where nothing is broken).

    Raises
    ------
    ParameterError
        If there is not one score for each date, or dates are out of order.

    Examples
    --------
    >>> days = pd.date_range("2025-01-31", periods=5, freq="ME")
    >>> watched(days, [0.2, -0.4, 0.1, 2.4, 4.0])["broken"].tolist()
    [False, False, False, False, True]
    """
    y = np.asarray(scores, dtype=float)
    if len(y) != len(dates) or not dates.is_monotonic_increasing:
        raise ParameterError(
            "There {n_values:is|are} {n_values} {n_values:score|scores} for {n_dates} {n_dates:date|dates}, which "
            "must increase.",
            n_values=len(y),
            n_dates=len(dates),
        )
    if len(y) == 0:
        return pd.DataFrame(
            {"date": dates, "score": y, "level": y, "level_error": y, "broken": y.astype(bool), "side": y.astype(str)}
        )
    months = np.diff(dates, prepend=dates[:1]) / pd.Timedelta(days=365.25 / 12)
    followed = filter_level(y, noise=1.0, drift=drift, gaps=months, start=(0.0, drift))
    error = np.sqrt(followed.variance)
    broken = (np.abs(followed.level) > alarm * error) | (np.abs(y) > FAR_OUTSIDE)
    high = np.where(np.abs(y) > FAR_OUTSIDE, y, followed.level) > 0
    return pd.DataFrame(
        {
            "date": dates,
            "score": y,
            "level": followed.level,
            "level_error": error,
            "broken": broken,
            "side": np.where(broken, np.where(high, "above", "below"), ""),
        }
    )


def watched_monthly(
    totals: pd.DataFrame,
    first: Day,
    *,
    universe: Universe,
    draws: int = 500,
    seed: int = 0,
    until_broken: bool = False,
) -> pd.DataFrame:
    """Watch forecasts made anew each month of the next month's total, as if it were then.

    Parameters
    ----------
    totals
        `date` and `municipalities`, one row per month's end.
    first
        First month that is forecast.
    universe, draws, seed
        As in `forecast.growth.forecast_growth`.
    until_broken
        Stop with the first month that says that the forecast does not hold.

    Returns
    -------
    DataFrame
        As `watched`, with `observed` and the median that was `expected`.

    Raises
    ------
    ParameterError
        If fewer than three totals come before `first`, or none from it on.
    """
    series = totals.sort_values("date", ignore_index=True)
    begin = int(series["date"].searchsorted(pd.Timestamp(first)))
    if begin < 3 or begin == len(series):
        raise ParameterError(
            "{n_before} {n_before:total comes|totals come} before {first:%Y-%m-%d} and {n_after} from it on; "
            "watching needs three before and one after.",
            n_before=begin,
            first=pd.Timestamp(first),
            n_after=len(series) - begin,
        )
    scores: list[float] = []
    medians: list[float] = []
    table = pd.DataFrame()
    for place in range(begin, len(series)):
        target = series["date"].iloc[[place]]
        ahead = forecast_growth(series.iloc[:place], universe=universe, dates=target, draws=draws, seed=seed)
        quantiles = ahead.quantiles(LEVELS).to_numpy()
        scores.append(float(normal_scores(series["municipalities"].iloc[[place]], quantiles, LEVELS)[0]))
        medians.append(float(quantiles[0, len(LEVELS) // 2]))
        table = watched(pd.DatetimeIndex(series["date"].iloc[begin : place + 1]), scores)
        if until_broken and table["broken"].iloc[-1]:
            break
    observed = series["municipalities"].iloc[begin : begin + len(table)].to_numpy()
    return table.assign(observed=observed, expected=medians)


def watched_forecasts(rows: pd.DataFrame) -> pd.DataFrame:
    """Watch the forecasts that were published and kept.

    Parameters
    ----------
    rows
        From `forecast.archive.scored`: the newest forecast made before each total counts. A total known within bounds
        scores where it lies nearest to the median.

    Returns
    -------
    DataFrame
        As `watched`; empty where nothing is scored yet.
    """
    newest = rows.sort_values(["date", "made_on"], kind="stable").drop_duplicates("date", keep="last")
    quantiles = newest[["q025", "q100", "q500", "q900", "q975"]].to_numpy(dtype=float)
    nearest = np.clip(
        newest["q500"].to_numpy(dtype=float),
        newest["published_low"].to_numpy(dtype=float),
        newest["published_high"].to_numpy(dtype=float),
    )
    scores = normal_scores(nearest, quantiles, (0.025, 0.1, 0.5, 0.9, 0.975))
    return watched(pd.DatetimeIndex(newest["date"]), scores)
