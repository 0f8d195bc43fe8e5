"""What the totals say about one curve: draws of its parameters, and the evidence for it.

The mode is found by damped Newton steps from the best of many draws of the prior, and the posterior sampled by
adaptive importance sampling: a heavy-tailed proposal at the mode, twice refitted to its own weighted draws (Cappé et
al. 2004, population Monte Carlo). Days and counts that are known only within bounds are drawn anew for each draw of
the parameters, so their uncertainty is in the result. The mean weight estimates the evidence, the product of the
predictive probabilities of each total given those before it (Dawid 1984): a score out of sample.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp

from redegov_analysis.forecast.curves import Array
from redegov_analysis.forecast.first_total import log_weight
from redegov_analysis.forecast.observations import Totals, Universe, universe_on
from redegov_analysis.forecast.process import Counts, log_likelihood
from redegov_analysis.forecast.sampling import find_mode, proposal_density, propose, systematic, tempered_moments
from redegov_analysis.forecast.shapes import Shape

# When the hazard drifts, it is by bursts and lulls that double or halve it from one month to the next (a caravan, a
# batch of gazetted accords, a change of mayors): log 2 per square-root month, give or take half as much again. Whether
# it drifts at all is for the evidence to say, at even odds beforehand.
DRIFT_PRIOR = (float(np.log(np.log(2) * np.sqrt(12))), 0.5)
_DRAWS_TO_ADAPT = 600
_DRAWS_TO_KEEP = 2000
_DRAWS_TO_WEIGH = 12


@dataclass(frozen=True)
class Data:
    """Intervals between totals, one row per imputation (a single row where all is exact).

    Attributes
    ----------
    t
        Times of the totals in years, shape (rows, totals).
    counts, universe
        Totals and size of the universe then, shape (rows, totals).
    """

    t: Array
    counts: Counts
    universe: Counts

    @property
    def start_share(self) -> Array:
        """Share of the universe at the first total, shape (rows, 1)."""
        return self.counts[:, :1] / self.universe[:, :1]

    def rows(self, pick: Counts) -> Data:
        """Return the rows picked.

        Parameters
        ----------
        pick
            Places of the rows, in any order and as often as wanted.

        Returns
        -------
        Data
            As many rows as picked.
        """
        return Data(self.t[pick], self.counts[pick], self.universe[pick])


@dataclass(frozen=True)
class Posterior:
    """Draws of one curve's parameters, equally weighted, with the state of the process at the last total.

    Attributes
    ----------
    shape
        The curve.
    theta
        Unconstrained parameters of the curve, shape (draws, parameters).
    rho, sigma, log_g, variance
        Jump size, volatility and the drift's state, shape (draws,).
    t_last, count_last, start_share
        Time and total from which the forecast sets out, shape (draws,); share at time 0, shape (draws, 1).
    log_evidence
        Log of the probability of all totals under this curve.
    effective_draws
        How many independent draws the weighted ones were worth, before resampling.
    """

    shape: Shape
    theta: Array
    rho: Array
    sigma: Array
    log_g: Array
    variance: Array
    t_last: Array
    count_last: Counts
    start_share: Array
    log_evidence: float
    effective_draws: float


def observed_intervals(totals: Totals, universe: Universe, imputed: tuple[Array, Counts]) -> Data:
    """Return days and counts with the universe of each day, which no count exceeds.

    Parameters
    ----------
    totals
        The published totals.
    universe
        Size of the universe, as in `observations.universe_on`.
    imputed
        Times and counts of these totals, shape (rows, totals) each: `totals.central()` or `totals.impute(…)`.

    Returns
    -------
    Data
        Shape (rows, totals).
    """
    t, counts = imputed
    sizes = universe_on(universe, totals.dates_at(t)).reshape(t.shape)
    return Data(t, np.minimum(counts, sizes), sizes)


def sample_posterior(
    shape: Shape, central: Data, imputed: Data, draws: int, rng: np.random.Generator, *, drifts: bool
) -> Posterior:
    """Return equally weighted draws from the posterior of one curve.

    Parameters
    ----------
    shape
        The curve.
    central
        Totals with windows and bounds at their middle, to find the mode.
    imputed
        Totals drawn within windows and bounds, any number of rows.
    draws
        How many draws to return.
    rng
        Source of randomness.
    drifts
        Whether the hazard drifts away from the curve.

    Returns
    -------
    Posterior
        Draws by population Monte Carlo, resampled by weight (see `sampling`), with the log evidence of the curve.
    """
    scale = _jump_prior(float(central.universe.max()))
    k = len(shape.parameters)

    def density(full: Array, data: Data) -> tuple[Array, tuple[Array, Array]]:
        prior = shape.log_prior(full[:, :k]) + _log_normal(full[:, k], *scale)
        if drifts:
            prior = prior + _log_normal(full[:, k + 1], *DRIFT_PRIOR)
        fit, log_g, variance = _likelihood(shape, full, data)
        return np.where(np.isfinite(fit), prior + fit, -1e12), (log_g, variance)

    def at_centre(full: Array) -> Array:
        return density(full, central)[0]

    noise = [rng.normal(*scale, 500), *([rng.normal(*DRIFT_PRIOR, 500)] if drifts else [])]
    prior_draws = np.column_stack([shape.sample_prior(500, rng), *noise])
    start = prior_draws[np.argsort(-at_centre(prior_draws), kind="stable")[:3]]
    mode, covariance = find_mode(at_centre, start)
    proposals = [(1.0, mode, covariance * 1.5)]
    rows = imputed.t.shape[0]
    plausible = np.full(rows, 1 / rows)
    for stage in range(3):
        size = _DRAWS_TO_KEEP if stage == 2 else _DRAWS_TO_ADAPT
        full = propose(proposals, size, rng)
        pick = systematic(plausible, size, rng) if rows > 1 else np.zeros(1, dtype=np.int64)
        data = imputed.rows(pick)
        value, state = density(full, data)
        log_weight = value - proposal_density(proposals, full) - np.log(rows * plausible[pick])
        weight = np.exp(log_weight - log_weight.max())
        weight /= weight.sum()
        if stage < 2:
            centre, spread, flat = tempered_moments(full, log_weight)
            proposals = [(0.25, mode, covariance * 2.0), (0.75, centre, spread * 1.2)]
            if rows > 1:
                plausible = _plausible_rows(density, full[systematic(flat, _DRAWS_TO_WEIGH, rng)], imputed)
    chosen = systematic(weight, draws, rng)
    t_last = np.broadcast_to(data.t[:, -1], (size,))[chosen]
    count_last = np.broadcast_to(data.counts[:, -1], (size,))[chosen]
    share = np.broadcast_to(data.start_share, (size, 1))[chosen]
    return Posterior(
        shape=shape,
        theta=full[chosen, :k],
        rho=_scale(full[chosen, k]),
        sigma=_scale(full[chosen, k + 1]) if drifts else np.zeros(draws),
        log_g=state[0][chosen],
        variance=state[1][chosen],
        t_last=t_last,
        count_last=count_last,
        start_share=share,
        log_evidence=float(logsumexp(log_weight) - np.log(size)),
        effective_draws=float(1 / (weight**2).sum()),
    )


def _likelihood(shape: Shape, full: Array, data: Data) -> tuple[Array, Array, Array]:
    k = len(shape.parameters)
    hazard = np.diff(shape.cumulative_hazard(full[:, :k], data.t, data.start_share), axis=1)
    fit, log_g, variance = log_likelihood(
        np.maximum(hazard, 0.0),
        np.diff(data.t, axis=1),
        np.diff(data.counts, axis=1).astype(float),
        (data.universe[:, 1:] - data.counts[:, :-1]).astype(float),
        _scale(full[:, k]),
        _scale(full[:, k + 1]) if full.shape[1] > k + 1 else None,
    )
    begun = log_weight(shape, full[:, :k], data.t[:, :1], data.counts[:, :1], data.universe[:, :1])
    return fit.sum(axis=1) + begun, log_g, variance


def _jump_prior(universe: float) -> tuple[float, float]:
    # Municipalities join in batches: from a single one to those of a whole intermediate region, of which Brazil has 133
    # (42 municipalities on average). Both ends are two standard deviations from the middle, on the log scale.
    low, high = np.log(1 / universe), np.log(1 / 133)
    return (low + high) / 2, max(high - low, 1.0) / 4


def _scale(logs: Array) -> Array:
    result: Array = np.exp(np.clip(logs, -16.0, 2.0))
    return result


def _log_normal(x: Array, mean: float, sd: float) -> Array:
    result: Array = -0.5 * ((x - mean) / sd) ** 2 - np.log(sd) - 0.5 * np.log(2 * np.pi)
    return result


def _plausible_rows(density: Callable[[Array, Data], tuple[Array, object]], full: Array, imputed: Data) -> Array:
    """Return how probable each imputation is, given some draws of the parameters, mixed with all being equal."""
    rows = imputed.t.shape[0]
    every = imputed.rows(np.tile(np.arange(rows), len(full)))
    fit = density(np.repeat(full, rows, axis=0), every)[0].reshape(len(full), rows)
    logs = logsumexp(fit - logsumexp(fit, axis=1, keepdims=True), axis=0) - np.log(len(full))
    return np.asarray(0.9 * np.exp(logs) + 0.1 / rows)


def mixed(parts: list[tuple[Posterior, int]]) -> Posterior:
    """Return one posterior with the given numbers of draws of several of the same curve.

    Parameters
    ----------
    parts
        Posteriors of one curve, each with how many of its draws to take from the front.

    Returns
    -------
    Posterior
        Their evidence is averaged: the parts have equal weight beforehand.
    """

    def stacked(name: str) -> Array:
        return np.concatenate([getattr(one, name)[:size] for one, size in parts])

    logs = np.array([one.log_evidence for one, _ in parts])
    return Posterior(
        shape=parts[0][0].shape,
        theta=stacked("theta"),
        rho=stacked("rho"),
        sigma=stacked("sigma"),
        log_g=stacked("log_g"),
        variance=stacked("variance"),
        t_last=stacked("t_last"),
        count_last=stacked("count_last").astype(np.int64),
        start_share=stacked("start_share"),
        log_evidence=float(logsumexp(logs) - np.log(len(logs))),
        effective_draws=min(one.effective_draws for one, _ in parts),
    )
