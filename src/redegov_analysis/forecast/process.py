"""Newcomers as a count process: those still outside join with a random hazard that varies in jumps and drifts.

Between two dates the hazard of a curve accumulates ΔH. It is multiplied by a drift G(t), a geometric Brownian motion
with volatility sigma per square-root year and mean one, and turned into a gamma process of jump size rho, so that
municipalities join in batches: X ~ Gamma(G·ΔH / log(1 + rho), rho), newcomers ~ Binomial(outside, 1 − e^(−X)). The
gamma process is infinitely divisible and E[e^(−X)] = e^(−G·ΔH), so any grid gives the same process.

In the likelihood the chance 1 − e^(−X) is matched in mean and variance by a beta, which makes newcomers
beta-binomial; the drift is followed by linear Bayes updates of log G (West, Harrison & Migon 1985, *JASA* 80:73-83).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from redegov_analysis.forecast.curves import Array
from redegov_analysis.forecast.shapes import Shape

Counts = NDArray[np.int64]

# Cumulative hazards outside these are nothing and everything, to double precision.
_EXPOSURES = (1e-12, 300.0)
# By how much the log level may rise per square-root year of an interval: two thirds more from one month to the next.
_STEEPEST_LIFT = 0.5 * np.sqrt(12)

_LARGEST_TABLE = 100_000


def log_likelihood(
    hazard: Array,
    gaps: Array,
    newcomers: Array,
    outside: Array,
    rho: Array,
    sigma: Array | None,
    *,
    spread: Array | None = None,
) -> tuple[Array, Array, Array]:
    """Log-likelihood of each interval's newcomers, and the drift as it stands after the last.

    Parameters
    ----------
    hazard
        Cumulative hazard ΔH of the curve over each interval, shape (draws, intervals).
    gaps
        Lengths of the intervals in years, shape (draws or 1, intervals).
    newcomers, outside
        Counts, shape (draws or 1, intervals): who joined, and who could have.
    rho
        Jump size of the gamma process, shape (draws,).
    sigma
        Volatility of the drift per square-root year, shape (draws,); None when the hazard does not drift.
    spread
        Variance of log G before the first interval, shape (draws,); zero unless given. Only used with `sigma`.

    Returns
    -------
    tuple
        Log-likelihoods, shape (draws, intervals); mean and variance of log G after the last interval, shape (draws,).

    Notes
    -----
    Within an interval of length d the drift's average has variance P + sigma² d / 3 and covariance P + sigma² d / 2
    with its end, exact for the log; the product with the hazard is taken to first order.
    """
    draws, intervals = hazard.shape
    log_g, variance = np.zeros(draws), np.zeros(draws) if spread is None else spread.astype(float)
    kappa = np.log1p(rho)
    double = np.log1p(2 * rho)
    twice = 2 - double / kappa
    if sigma is None:
        exposure = np.clip(hazard, *_EXPOSURES)
        stay = np.exp(-exposure)
        jump = stay**2 * np.expm1(exposure * twice[:, None])
        chance = -np.expm1(-exposure)
        inside = np.clip(jump / np.maximum(chance * stay, 1e-300), 1e-9, 0.98)
        return _beta_binomial(newcomers, outside, chance, inside), log_g, variance
    mean, correlation = np.empty((intervals, draws)), np.empty((intervals, draws))
    # All that does not depend on the interval before is worked out for all intervals at once, and each interval's
    # numbers lie side by side: with few draws the time goes into the number of steps, not into their size.
    steps = np.ascontiguousarray((sigma[:, None] ** 2 * gaps).T)
    thirds, halves = steps / 3, steps / 2
    lifts = np.ascontiguousarray((_STEEPEST_LIFT * np.sqrt(gaps)).T)
    hazards, joined = np.ascontiguousarray(hazard.T), np.ascontiguousarray(newcomers.T)
    sizes = np.ascontiguousarray(np.maximum(outside, 0).T)
    others = np.maximum(sizes - 1, 0)
    for i in range(intervals):
        n, step = sizes[i], steps[i]
        shared = variance + halves[i]
        exposure = np.exp(np.minimum(np.maximum(log_g, -30.0), 30.0))
        exposure *= hazards[i]
        exposure = np.minimum(np.maximum(exposure, _EXPOSURES[0]), _EXPOSURES[1])
        lost = -exposure
        stay = np.exp(lost)
        chance = np.negative(np.expm1(lost, out=mean[i]), out=mean[i])
        slope = exposure * stay
        total = stay**2 * np.expm1(exposure * twice)
        total += slope**2 * np.expm1(np.minimum(variance + thirds[i], 3.0))
        room = chance * stay
        inside = np.minimum(np.maximum(total / np.maximum(room, 1e-300), 1e-9), 0.98, out=correlation[i])
        size = room * n * (1 + others[i] * inside)
        gain = shared * slope * n / np.maximum(size, 1e-300)
        # On the multiplicative scale, which keeps G positive. A burst is more often a batch than a new level, so it may
        # lift the level by no more than a bounded factor; a lull lowers it by less than the gain in any case.
        move = np.log(np.maximum(1 + gain * (joined[i] - n * chance), 0.05))
        log_g = log_g + np.minimum(move, lifts[i])
        later = variance + step
        variance = np.maximum(later - gain * n * slope * shared, 0.02 * later)
    by_draw = np.ascontiguousarray(mean.T), np.ascontiguousarray(correlation.T)
    return _beta_binomial(newcomers, outside, *by_draw), log_g, variance


def _beta_binomial(k: Array, n: Array, mean: Array, spread: Array) -> Array:
    concentration = (1 - spread) / spread
    a, b = np.maximum(mean * concentration, 1e-9), np.maximum((1 - mean) * concentration, 1e-9)
    n = np.maximum(n, 0)
    result: Array = (
        _log_choices(n, k)
        + gammaln(k + a) + gammaln(n - k + b) - gammaln(n + a + b)
        - gammaln(a) - gammaln(b) + gammaln(a + b)
    )  # fmt: skip
    return result


def _log_choices(n: Array, k: Array) -> Array:
    """Return the logarithm of the number of ways to choose k of n: looked up, which takes a tenth of the time."""
    rest = n - k
    # Impossible, which the gamma function says by an infinity; or a table larger than the work that it spares.
    if k.min() < 0 or rest.min() < 0 or n.max() > _LARGEST_TABLE:
        return np.asarray(gammaln(n + 1) - gammaln(k + 1) - gammaln(rest + 1))
    logs = _log_factorials(int(n.max()))
    return logs[n.astype(np.int64)] - logs[k.astype(np.int64)] - logs[rest.astype(np.int64)]


@lru_cache(maxsize=16)
def _log_factorials(largest: int) -> Array:
    return np.asarray(gammaln(np.arange(largest + 1) + 1.0))


def simulate(
    shape: Shape,
    theta: Array,
    *,
    start: Array,
    times: Array,
    start_share: Array,
    count: Counts,
    universe: Counts,
    rho: Array,
    sigma: Array,
    log_g: Array,
    variance: Array,
    rng: np.random.Generator,
) -> Counts:
    """Draw totals at `times`, one path for each draw of the parameters.

    Parameters
    ----------
    shape, theta
        The curve and its parameters, shape (draws, parameters).
    start
        Time in years from which each path sets out, shape (draws,).
    times
        Times in years, increasing, shape (times,).
    start_share
        Share of the universe at time 0, shape (draws or 1, 1).
    count
        Total at `start`, shape (draws,).
    universe
        Size of the universe at `times`, shape (times,).
    rho, sigma, log_g, variance
        Jump size, volatility, and mean and variance of the log drift at `start`, shape (draws,).
    rng
        Source of randomness.

    Returns
    -------
    Counts
        Totals, shape (draws, times): integers, non-decreasing, never above the universe.
    """
    grid = np.column_stack([start, np.maximum(times[None, :], start[:, None])])
    hazard = np.maximum(np.diff(shape.cumulative_hazard(theta, grid, start_share), axis=1), 0.0)
    gaps = np.diff(grid, axis=1)
    drift = log_g + np.sqrt(variance) * rng.standard_normal(len(theta)) - variance / 2
    kappa = np.log1p(rho)
    now = count.astype(np.int64)
    totals = np.empty((len(theta), len(times)), dtype=np.int64)
    for j in range(len(times)):
        step = sigma**2 * gaps[:, j]
        after = drift + np.sqrt(step) * rng.standard_normal(len(theta)) - step / 2
        exposure = hazard[:, j] * np.exp(np.minimum((drift + after) / 2, 30.0))
        jump = rng.gamma(np.maximum(exposure / kappa, 1e-12), rho)
        outside = np.maximum(universe[j] - now, 0)
        now = now + rng.binomial(outside, np.where(exposure > 0, -np.expm1(-jump), 0.0))
        totals[:, j] = now
        drift = after
    return totals
