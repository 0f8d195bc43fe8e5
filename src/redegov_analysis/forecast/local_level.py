"""The local level model: what a noisy series stands at, while that moves slowly.

y(t) = level(t) + noise, level(t + d) = level(t) + a step with variance d·drift (Durbin & Koopman 2012, *Time Series
Analysis by State Space Methods*, chapter 2).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize

from redegov_analysis.errors import DataError, IdentificationError, ParameterError
from redegov_analysis.forecast.curves import Array


@dataclass(frozen=True)
class LocalLevel:
    """What is known of the level after each observation.

    Attributes
    ----------
    level, variance
        Mean and variance of the level given the observations so far, shape (n,).
    noise, drift
        Variance of an observation around the level, and of the level's steps per unit of time.
    log_likelihood
        Of all observations but the first, which the diffuse start takes up.
    """

    level: Array
    variance: Array
    noise: float
    drift: float
    log_likelihood: float

    def ahead(self, steps: ArrayLike) -> tuple[Array, Array]:
        """Return mean and standard deviation of observations so many units of time after the last.

        Parameters
        ----------
        steps
            Units of time after the last observation, any shape.

        Returns
        -------
        tuple
            `mean`, `deviation`: in the units of the series, of the shape of `steps`.
        """
        wanted = np.asarray(steps, dtype=float)
        return np.full(wanted.shape, self.level[-1]), np.sqrt(self.variance[-1] + wanted * self.drift + self.noise)


def filter_level(
    values: ArrayLike,
    *,
    noise: float,
    drift: float,
    gaps: ArrayLike | None = None,
    start: tuple[float, float] | None = None,
) -> LocalLevel:
    """Follow the level of a series with variances that are known.

    Parameters
    ----------
    values
        Observations in order of time, shape (n,).
    noise, drift
        Variances of an observation and, per unit of time, of the level's steps.
    gaps
        Time between an observation and the one before it, shape (n,); the first is not used. Ones unless given.
    start
        Mean and variance of the level at the first observation; nothing is known of it unless given.

    Returns
    -------
    LocalLevel
        The level after each observation, by the Kalman filter (Durbin & Koopman 2012, section 2.2).

    Raises
    ------
    DataError
        If there are no values, or one is missing.
    ParameterError
        If a variance or a gap is negative, or shapes do not fit.

    Examples
    --------
    >>> filter_level([4.0, 6.0], noise=1.0, drift=0.0).level
    array([4., 5.])
    """
    y = np.asarray(values, dtype=float)
    steps = np.ones(len(y)) if gaps is None else np.asarray(gaps, dtype=float)
    if y.ndim != 1 or len(y) == 0 or not np.isfinite(y).all():
        raise DataError(
            "A series of shape {shape} has no level; give at least one value, none of them missing.", shape=y.shape
        )
    if noise < 0 or drift < 0 or steps.shape != y.shape or np.any(steps[1:] < 0):
        raise ParameterError("Variances and gaps must not be negative, and there must be a gap for each value.")
    level, variance = np.empty(len(y)), np.empty(len(y))
    log_likelihood = 0.0
    mean, spread = start if start is not None else (y[0], np.inf)
    for i, value in enumerate(y):
        spread = spread + (steps[i] * drift if i else 0.0)
        if np.isinf(spread):
            mean, spread = value, noise
        else:
            total = spread + noise
            gain = spread / total if total > 0 else 1.0
            log_likelihood -= 0.5 * (np.log(2 * np.pi * max(total, 1e-300)) + (value - mean) ** 2 / max(total, 1e-300))
            mean, spread = mean + gain * (value - mean), spread * (1 - gain)
        level[i], variance[i] = mean, spread
    return LocalLevel(level, variance, noise, drift, float(log_likelihood))


def fit_local_level(values: ArrayLike, gaps: ArrayLike | None = None) -> LocalLevel:
    """Estimate both variances by maximum likelihood with a diffuse start, and follow the level.

    Parameters
    ----------
    values, gaps
        As in `filter_level`.

    Returns
    -------
    LocalLevel
        With the variances found in `noise` and `drift`.

    Raises
    ------
    IdentificationError
        If there are fewer than three values, or all are the same.

    Notes
    -----
    On the flow of the Nile at Aswan, 1871–1970, Durbin & Koopman (2012, section 2.10.3) give 15,099 and 1,469.1.

    Examples
    --------
    >>> fit = fit_local_level([10.0, 12.0, 9.0, 11.0, 30.0, 31.0, 29.0, 30.0])
    >>> bool(28 < fit.level[-1] < 32)
    True
    """
    y = np.asarray(values, dtype=float)
    scale = float(np.var(np.diff(y))) if len(y) > 1 else 0.0
    if len(y) < 3 or not scale > 0:
        raise IdentificationError(
            "{n_values} {n_values:value that does not vary|values that do not vary} cannot tell noise from drift; "
            "give three or more.",
            n_values=len(y),
        )

    def loss(logs: Array) -> float:
        noise, drift = scale * np.exp(np.clip(logs, -25.0, 10.0))
        return -filter_level(y, noise=float(noise), drift=float(drift), gaps=gaps).log_likelihood

    starts = [np.log([share / 2, 1 - share]) for share in (0.05, 0.5, 0.95)]
    found = min(
        (minimize(loss, start, method="Nelder-Mead", options={"xatol": 1e-6, "fatol": 1e-9}) for start in starts),
        key=lambda one: float(one.fun),
    )
    noise, drift = scale * np.exp(np.clip(found.x, -25.0, 10.0))
    return filter_level(y, noise=float(noise), drift=float(drift), gaps=gaps)
