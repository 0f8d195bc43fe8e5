"""How good forecasts were: scores for quantiles and for draws, all better when smaller, in the unit of the totals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import ArrayLike

from redegov_analysis.errors import ParameterError
from redegov_analysis.language import Phrase

if TYPE_CHECKING:
    from redegov_analysis.forecast.curves import Array

LEVELS: Final = (0.01, 0.025, *(round(0.05 * i, 2) for i in range(1, 20)), 0.975, 0.99)
"""Levels of the quantiles scored: those of the epidemic forecast hubs (Bracher et al. 2021)."""


def interval_score(observed: ArrayLike, lower: ArrayLike, upper: ArrayLike, level: float) -> Array:
    """Return the interval score: width plus 2/alpha times the distance by which the interval was missed.

    Parameters
    ----------
    observed, lower, upper
        Values and bounds, shape (n,) or scalars.
    level
        Nominal coverage of the interval, between 0 and 1; alpha is 1 − level.

    Returns
    -------
    Array
        In the units of `observed`, lower is better, shape (n,).

    Raises
    ------
    ParameterError
        If the level is not between 0 and 1, or a lower bound is above its upper one.

    Notes
    -----
    Gneiting & Raftery (2007, *JASA* 102:359-378), equation 43.

    Examples
    --------
    >>> interval_score([1.0, -15.0], [-1.0, -2.0], [3.0, 4.0], 0.8)
    array([  4., 136.])
    """
    if not 0 < level < 1:
        raise ParameterError("The level of an interval is {level}; it must lie between 0 and 1.", level=level)
    y, low, high = (np.asarray(values, dtype=float) for values in (observed, lower, upper))
    if np.any(low > high):
        raise ParameterError("An interval's lower bound is above its upper one; give them in order.")
    missed = np.maximum(low - y, 0) + np.maximum(y - high, 0)
    return np.asarray(high - low + 2 / (1 - level) * missed)


def weighted_interval_score(observed: ArrayLike, predicted: ArrayLike, levels: ArrayLike) -> Array:
    """Return the weighted interval score of forecasts given as quantiles; the median counts once.

    Parameters
    ----------
    observed
        Values, shape (n,) or a scalar.
    predicted
        Quantiles, shape (n, levels), or (levels,) for a single forecast.
    levels
        Their levels, increasing and symmetric around one half, shape (levels,).

    Returns
    -------
    Array
        One score per forecast, shape (n,).

    Raises
    ------
    ParameterError
        If levels are not symmetric and increasing, or shapes do not fit.

    Notes
    -----
    Bracher et al. (2021, *PLOS Computational Biology* 17:e1008618), equation 2: weights alpha/2 for K intervals and 1/2
    for the median, divided by K + 1/2.

    Examples
    --------
    >>> weighted_interval_score([1.0], [[-1.0, 0.0, 1.0, 2.0, 3.0]], [0.1, 0.25, 0.5, 0.75, 0.9])
    array([0.36])
    """
    tau = np.asarray(levels, dtype=float).ravel()
    if len(tau) == 0 or np.any(np.diff(tau) <= 0) or not np.allclose(tau, 1 - tau[::-1]) or tau[0] <= 0:
        raise ParameterError("Levels are {tau}; they must increase and be symmetric around one half.", tau=tau.tolist())
    quantiles = np.atleast_2d(np.asarray(predicted, dtype=float))
    y = np.atleast_1d(np.asarray(observed, dtype=float))
    if quantiles.shape != (len(y), len(tau)):
        raise ParameterError(
            "Quantiles have shape {shape}; expected {value}.", shape=quantiles.shape, value=(len(y), len(tau))
        )
    if np.any(np.diff(quantiles, axis=1) < 0):
        raise ParameterError("Quantiles of a forecast decrease with their level; sort them first.")
    # Each interval's weighted score is the sum of the pinball losses of its two quantiles; the median's is its own.
    pinball = (np.where(y[:, None] < quantiles, 1.0, 0.0) - tau) * (quantiles - y[:, None])
    return np.asarray(2 * pinball.mean(axis=1))


def crps(observed: ArrayLike, draws: ArrayLike, *, fair: bool = False) -> Array:
    """Return the continuous ranked probability score of forecasts given as draws.

    Parameters
    ----------
    observed
        Values, shape (n,) or a scalar.
    draws
        Draws, shape (n, draws), or (draws,) for a single forecast.
    fair
        Score the distribution behind the draws rather than the draws themselves; needs at least two.

    Returns
    -------
    Array
        One score per forecast, shape (n,).

    Raises
    ------
    ParameterError
        If there is not one row of draws for each value, or a fair score is asked of a single draw.

    Notes
    -----
    E|X − y| − E|X − X'|/2 (Gneiting & Raftery 2007); fair: Ferro (2014, *QJRMS* 140:1917-1923).

    Examples
    --------
    >>> crps(5.0, [1.0, 2.0, 4.0, 8.0, 16.0]).round(6), crps(5.0, [1.0, 2.0, 4.0, 8.0, 16.0], fair=True).round(6)
    (array([1.52]), array([0.8]))
    """
    x = np.sort(np.atleast_2d(np.asarray(draws, dtype=float)), axis=1)
    y = np.atleast_1d(np.asarray(observed, dtype=float))
    size = x.shape[1]
    if x.shape[0] != len(y) or size < 1 + fair:
        raise ParameterError(
            "Draws have shape {shape} for {n_values} {n_values:value|values}; expected one row each{two_wide}.",
            shape=x.shape,
            n_values=len(y),
            two_wide=Phrase(", two wide") if fair else "",
        )
    # Sum of |x_i − x_j| over all pairs, from ranks.
    spread = (x * (2 * np.arange(1, size + 1) - size - 1)).sum(axis=1) / (size * (size - fair))
    return np.asarray(np.abs(x - y[:, None]).mean(axis=1) - spread)


def coverage(observed: ArrayLike, lower: ArrayLike, upper: ArrayLike) -> float:
    """Return the share of values that lie within their intervals, bounds included.

    Parameters
    ----------
    observed, lower, upper
        Values and bounds, shape (n,) or scalars, at least one and none missing.

    Returns
    -------
    float
        Share, 0–1.

    Examples
    --------
    >>> coverage([1, 5, 9], [0, 6, 9], [2, 8, 12]).__round__(3)
    0.667
    """
    y, low, high = (np.asarray(values, dtype=float) for values in (observed, lower, upper))
    return float(np.mean((low <= y) & (y <= high)))


def bias(observed: ArrayLike, draws: ArrayLike) -> Array:
    """Return the chance that a forecast gave to more than was observed, minus that to less: 1 is always too high.

    Parameters
    ----------
    observed
        Values, shape (n,) or a scalar.
    draws
        Draws, shape (n, draws), or (draws,) for a single forecast.

    Returns
    -------
    Array
        Between −1 (all draws too low) and 1, shape (n,).

    Notes
    -----
    Funk et al. (2019, *PLOS Computational Biology* 15:e1006785).

    Examples
    --------
    >>> bias([3.0], [[1.0, 2.0, 3.0, 4.0]])
    array([-0.25])
    """
    x = np.atleast_2d(np.asarray(draws, dtype=float))
    y = np.atleast_1d(np.asarray(observed, dtype=float))[:, None]
    return np.asarray((x > y).mean(axis=1) - (x < y).mean(axis=1))
