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
import pandas as pd
from scipy.special import gammaln, logsumexp

from redegov_analysis.forecast.curves import Array
from redegov_analysis.forecast.observations import Totals, Universe, universe_on
from redegov_analysis.forecast.process import Counts, log_likelihood
from redegov_analysis.forecast.shapes import Shape

# The drift is a departure from the curve, and a simpler model is one without it (Simpson et al. 2017): exponential
# prior, chance 5 % that the hazard moves by more than a factor e^±0.5 within a year.
DRIFT_RATE = -np.log(0.05) / 0.5
_DEGREES = 5.0
_DRAWS_TO_ADAPT = 800
_DRAWS_TO_KEEP = 3000


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
    """Return days and counts with the universe of each day, which no count exceeds."""
    t, counts = imputed
    sizes = universe_on(universe, totals.dates_at(t)).reshape(t.shape)
    return Data(t, np.minimum(counts, sizes), sizes)


def sample_posterior(shape: Shape, central: Data, imputed: Data, draws: int, rng: np.random.Generator) -> Posterior:
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
    """
    scale = _jump_prior(float(central.universe.max()))

    def density(full: Array, data: Data) -> tuple[Array, tuple[Array, Array]]:
        prior = shape.log_prior(full[:, :-2]) + _noise_prior(full[:, -2:], scale)
        fit, log_g, variance = _likelihood(shape, full, data)
        return np.where(np.isfinite(fit), prior + fit, -1e12), (log_g, variance)

    def at_centre(full: Array) -> Array:
        return density(full, central)[0]

    prior_draws = np.column_stack([shape.sample_prior(500, rng), _sample_noise(500, scale, rng)])
    start = prior_draws[np.argsort(-at_centre(prior_draws), kind="stable")[:3]]
    mode, covariance = _mode(at_centre, start)
    proposals = [(1.0, mode, covariance * 1.5)]
    rows = imputed.t.shape[0]
    for stage in range(3):
        size = _DRAWS_TO_KEEP if stage == 2 else _DRAWS_TO_ADAPT
        full = _propose(proposals, size, rng)
        data = imputed
        if rows > 1:
            pick = rng.integers(0, rows, size)
            data = Data(imputed.t[pick], imputed.counts[pick], imputed.universe[pick])
        value, state = density(full, data)
        log_weight = value - _proposal_density(proposals, full)
        weight = np.exp(log_weight - log_weight.max())
        weight /= weight.sum()
        if stage < 2:
            centre, spread = _tempered_moments(full, log_weight)
            proposals = [(0.25, mode, covariance * 2.0), (0.75, centre, spread * 1.2)]
    chosen = _systematic(weight, draws, rng)
    t_last = np.broadcast_to(data.t[:, -1], (size,))[chosen]
    count_last = np.broadcast_to(data.counts[:, -1], (size,))[chosen]
    share = np.broadcast_to(data.start_share, (size, 1))[chosen]
    return Posterior(
        shape=shape,
        theta=full[chosen, :-2],
        rho=np.exp(full[chosen, -2]),
        sigma=np.exp(full[chosen, -1]),
        log_g=state[0][chosen],
        variance=state[1][chosen],
        t_last=t_last,
        count_last=count_last,
        start_share=share,
        log_evidence=float(logsumexp(log_weight) - np.log(size)),
        effective_draws=float(1 / (weight**2).sum()),
    )


def _likelihood(shape: Shape, full: Array, data: Data) -> tuple[Array, Array, Array]:
    hazard = np.diff(shape.cumulative_hazard(full[:, :-2], data.t, data.start_share), axis=1)
    fit, log_g, variance = log_likelihood(
        np.maximum(hazard, 0.0),
        np.diff(data.t, axis=1),
        np.diff(data.counts, axis=1).astype(float),
        (data.universe[:, 1:] - data.counts[:, :-1]).astype(float),
        np.exp(np.clip(full[:, -2], -16.0, 2.0)),
        np.exp(np.clip(full[:, -1], -16.0, 2.0)),
    )
    return fit.sum(axis=1), log_g, variance


def _jump_prior(universe: float) -> tuple[float, float]:
    # Municipalities join in batches: from a single one to those of a whole state, of which there are 27. Both ends
    # are two standard deviations away from the middle, on the log scale.
    low, high = np.log(1 / universe), np.log(1 / 27)
    return (low + high) / 2, max(high - low, 1.0) / 4


def _noise_prior(noise: Array, scale: tuple[float, float]) -> Array:
    z = (noise[:, 0] - scale[0]) / scale[1]
    jump = -0.5 * z**2 - np.log(scale[1]) - 0.5 * np.log(2 * np.pi)
    drift = np.log(DRIFT_RATE) + noise[:, 1] - DRIFT_RATE * np.exp(np.minimum(noise[:, 1], 10.0))
    return np.asarray(jump + drift)


def _sample_noise(size: int, scale: tuple[float, float], rng: np.random.Generator) -> Array:
    return np.column_stack([rng.normal(*scale, size), np.log(rng.exponential(1 / DRIFT_RATE, size) + 1e-9)])


def _mode(density: Callable[[Array], Array], start: Array) -> tuple[Array, Array]:
    """Damped Newton from several starts at once; returns the best mode and the inverse of minus its Hessian."""
    x = start.copy()
    value = density(x)
    damping = np.full(len(x), 1.0)
    for _ in range(25):
        gradient, hessian = _derivatives(density, x, value)
        curvature, axes = np.linalg.eigh(-hessian)
        step = np.einsum("sij,sj->si", axes.transpose(0, 2, 1), gradient)
        step /= np.maximum(np.abs(curvature), 0.05) + damping[:, None]
        step = np.einsum("sij,sj->si", axes, step)
        step *= np.minimum(1.0, 2.0 / np.maximum(np.abs(step).max(axis=1), 1e-12))[:, None]
        moved = density(x + step)
        better = moved > value
        gained = np.where(better, moved - value, 0.0)
        x[better] += step[better]
        value = np.where(better, moved, value)
        damping = np.where(better, damping / 5, damping * 8)
        if gained.max() < 1e-3 and damping.min() < 1e-2:
            break
    best = int(np.argmax(value))
    _, hessian = _derivatives(density, x[best : best + 1], value[best : best + 1])
    curvature, axes = np.linalg.eigh(-hessian[0])
    return x[best], (axes / np.clip(curvature, 0.08, 1e8)) @ axes.T


def _derivatives(density: Callable[[Array], Array], x: Array, value: Array) -> tuple[Array, Array]:
    starts, d = x.shape
    h = 1e-3 * (1 + 0.1 * np.abs(x))
    upper = [(i, j) for i in range(d) for j in range(i + 1, d)]
    moves = np.zeros((2 * d + len(upper), d))
    moves[np.arange(d), np.arange(d)] = 1.0
    moves[d + np.arange(d), np.arange(d)] = -1.0
    for row, (i, j) in enumerate(upper):
        moves[2 * d + row, [i, j]] = 1.0
    points = (x[:, None, :] + moves[None, :, :] * h[:, None, :]).reshape(-1, d)
    around = density(points).reshape(starts, -1)
    plus, minus, both = around[:, :d], around[:, d : 2 * d], around[:, 2 * d :]
    gradient = (plus - minus) / (2 * h)
    hessian = np.zeros((starts, d, d))
    hessian[:, np.arange(d), np.arange(d)] = (plus - 2 * value[:, None] + minus) / h**2
    for row, (i, j) in enumerate(upper):
        cross = both[:, row] - plus[:, i] - plus[:, j] + value
        # Forward cross difference: its second-order error is that of the diagonal terms, which cancels on average.
        hessian[:, i, j] = hessian[:, j, i] = cross / (h[:, i] * h[:, j])
    return gradient, np.clip(np.nan_to_num(hessian), -1e9, 1e9)


def _propose(proposals: list[tuple[float, Array, Array]], size: int, rng: np.random.Generator) -> Array:
    sizes = np.diff(np.rint(np.cumsum([0.0] + [share for share, _, _ in proposals]) * size).astype(int))
    parts = []
    for (_, centre, covariance), n in zip(proposals, sizes, strict=True):
        normal = rng.standard_normal((n, len(centre))) @ np.linalg.cholesky(covariance).T
        parts.append(centre + normal / np.sqrt(rng.chisquare(_DEGREES, (n, 1)) / _DEGREES))
    return np.concatenate(parts)


def _proposal_density(proposals: list[tuple[float, Array, Array]], x: Array) -> Array:
    d = x.shape[1]
    constant = float(gammaln((_DEGREES + d) / 2) - gammaln(_DEGREES / 2)) - d / 2 * np.log(_DEGREES * np.pi)
    parts = []
    for share, centre, covariance in proposals:
        root = np.linalg.cholesky(covariance)
        z = np.linalg.solve(root, (x - centre).T)
        distance = (z**2).sum(axis=0)
        log_det = np.log(np.diag(root)).sum()
        parts.append(np.log(share) + constant - log_det - (_DEGREES + d) / 2 * np.log1p(distance / _DEGREES))
    return np.asarray(logsumexp(np.array(parts), axis=0))


def _tempered_moments(x: Array, log_weight: Array) -> tuple[Array, Array]:
    """Weighted mean and covariance, with the weights flattened until at least 10 draws a dimension count."""
    power = 1.0
    for _ in range(12):
        weight = np.exp(power * (log_weight - log_weight.max()))
        weight /= weight.sum()
        if 1 / (weight**2).sum() >= 10 * x.shape[1]:
            break
        power *= 0.7
    centre = weight @ x
    spread = (x - centre).T @ ((x - centre) * weight[:, None])
    return centre, spread + np.diag(np.maximum(1e-3 * np.diag(spread), 1e-10))


def _systematic(weight: Array, size: int, rng: np.random.Generator) -> Counts:
    places = (rng.random() + np.arange(size)) / size
    chosen = np.minimum(np.searchsorted(np.cumsum(weight), places), len(weight) - 1)
    return rng.permutation(chosen).astype(np.int64)


def last_day(posterior: Posterior, totals: Totals) -> pd.Timestamp:
    """Return the latest day on which a draw of the last total falls."""
    return totals.dates_at(posterior.t_last.max(keepdims=True))[0]
