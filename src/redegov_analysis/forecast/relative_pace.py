"""How fast each part of a whole grows beside the whole: pooled, following changes, learning from all parts at once.

The hazard of a part (a state) is that of the whole (the nation) times a relative level that starts near one and drifts.
How far parts differ, how fast that changes and how large their batches are is learnt from all parts together, so that a
state with few joins is taken to be like the nation until its own record says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from redegov_analysis.forecast.curves import Array
from redegov_analysis.forecast.process import Counts, log_likelihood
from redegov_analysis.forecast.sampling import proposal_density, propose, systematic, tempered_moments

# Normal priors of the logs of: the standard deviation of relative levels at the start; their volatility per square-root
# year; the size of a batch as a share of those outside. Half again to twice as fast as the next is common between the
# states of both sister networks' own kind (`drivers.states`: 0.75 on the logit scale of who is in); wide, as lists may
# differ. A batch is anything from one member to a third of a small state.
_MEAN = np.log([0.5, 0.5, 0.02])
_SD = np.array([0.7, 1.0, 1.2])
_DRAWS_TO_ADAPT = 150
_DRAWS_TO_KEEP = 300


@dataclass(frozen=True)
class RelativePaces:
    """Equally weighted draws of how fast each part grows beside the whole, as it stands after the last interval.

    Attributes
    ----------
    rho, sigma
        Size of a batch, and volatility of relative levels per square-root year, shape (draws,).
    log_level, variance
        Mean and variance of each part's log relative level, shape (draws, parts).
    """

    rho: Array
    sigma: Array
    log_level: Array
    variance: Array


def relative_paces(
    newcomers: Counts, outside: Counts, gaps: Array, *, draws: int, rng: np.random.Generator
) -> RelativePaces:
    """Return how fast each part has been growing beside the whole.

    Parameters
    ----------
    newcomers
        Who joined in each interval, shape (parts, intervals).
    outside
        Who could have, shape (parts, intervals).
    gaps
        Lengths of the intervals in years, shape (intervals,).
    draws
        How many draws to return.
    rng
        Source of randomness.

    Returns
    -------
    RelativePaces
        Equally weighted draws.

    Notes
    -----
    The likelihood is that of the growth process (`forecast.process`) with the hazard of the whole as its curve; three
    parameters are shared by all parts (empirical partial pooling), their posterior sampled by population Monte Carlo.
    """
    joined, free = newcomers.sum(axis=0), outside.sum(axis=0)
    share = np.minimum(joined / np.maximum(free, 1), 1 - 1e-9)
    told = joined > 0
    hazard, gap = -np.log1p(-share[told]), _since_last(gaps, told)
    y, n = newcomers[:, told].astype(float), outside[:, told].astype(float)

    def state_of(logs: Array) -> tuple[Array, Array, Array]:
        rows, parts = len(logs), len(y)
        start, sigma, rho = np.exp(np.clip(logs, -12.0, 1.5)).T
        fit, level, variance = log_likelihood(
            np.broadcast_to(hazard, (rows * parts, len(hazard))),
            gap[None, :],
            np.tile(y, (rows, 1)),
            np.tile(n, (rows, 1)),
            np.repeat(rho, parts),
            np.repeat(sigma, parts),
            spread=np.repeat(start**2, parts),
        )
        total = fit.sum(axis=1).reshape(rows, parts).sum(axis=1)
        return total, level.reshape(rows, parts), variance.reshape(rows, parts)

    prior = (1.0, _MEAN, np.diag(_SD**2))
    proposals = [prior]
    for stage in range(4):
        logs = propose(proposals, _DRAWS_TO_KEEP if stage == 3 else _DRAWS_TO_ADAPT, rng)
        fit, level, variance = state_of(logs)
        density = fit - 0.5 * (((logs - _MEAN) / _SD) ** 2).sum(axis=1)
        log_weight = np.where(np.isfinite(density), density, -1e12) - proposal_density(proposals, logs)
        if stage < 3:
            centre, spread, _ = tempered_moments(logs, log_weight)
            proposals = [(0.1, *prior[1:]), (0.9, centre, spread * 1.3)]
    weight = np.exp(log_weight - log_weight.max())
    chosen = systematic(weight / weight.sum(), draws, rng)
    _, sigma, rho = np.exp(np.clip(logs[chosen], -12.0, 1.5)).T
    return RelativePaces(rho=rho, sigma=sigma, log_level=level[chosen], variance=variance[chosen])


def _since_last(gaps: Array, told: NDArray[np.bool_]) -> Array:
    """Return the lengths of the intervals that are told, each with the silent ones before it."""
    ends = np.cumsum(gaps)[told]
    return np.diff(ends, prepend=0.0)
