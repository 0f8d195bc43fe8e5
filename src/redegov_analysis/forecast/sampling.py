"""Sampling from a density that is known up to a constant: its mode, and importance draws from heavy tails around it.

The proposal is a mixture of Student distributions that is refitted to its own weighted draws (Cappé, Guillin, Marin &
Robert 2004, *JCGS* 13:907-929, population Monte Carlo).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import gammaln, logsumexp

from redegov_analysis.forecast.curves import Array
from redegov_analysis.forecast.process import Counts

Proposals = list[tuple[float, Array, Array]]
"""Shares, centres and covariances of the parts of a mixture."""

_DEGREES = 5.0


def find_mode(density: Callable[[Array], Array], start: Array) -> tuple[Array, Array]:
    """Return the best mode of a log density by damped Newton steps from several starts at once, and its spread there.

    Parameters
    ----------
    density
        Log density of points, shape (points, parameters) to (points,).
    start
        Where to begin, shape (starts, parameters).

    Returns
    -------
    tuple
        `mode`, `covariance`: shapes (parameters,) and (parameters, parameters): the inverse of minus the Hessian, its
        curvatures held within bounds, so that a flat direction stays finite.
    """
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


def propose(proposals: Proposals, size: int, rng: np.random.Generator) -> Array:
    """Draw points from a mixture of Student's t, each part in its exact share.

    Parameters
    ----------
    proposals
        Share, centre and scale matrix of each part; shares add up to 1.
    size
        How many points.
    rng
        Source of randomness.

    Returns
    -------
    Array
        Shape (size, parameters).
    """
    sizes = np.diff(np.rint(np.cumsum([0.0] + [share for share, _, _ in proposals]) * size).astype(int))
    parts = []
    for (_, centre, covariance), n in zip(proposals, sizes, strict=True):
        normal = rng.standard_normal((n, len(centre))) @ np.linalg.cholesky(covariance).T
        parts.append(centre + normal / np.sqrt(rng.chisquare(_DEGREES, (n, 1)) / _DEGREES))
    return np.concatenate(parts)


def proposal_density(proposals: Proposals, x: Array) -> Array:
    """Return the log density of a mixture of Student's t.

    Parameters
    ----------
    proposals
        As in `propose`.
    x
        Points, shape (size, parameters).

    Returns
    -------
    Array
        Normalised, shape (size,).
    """
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


def tempered_moments(x: Array, log_weight: Array) -> tuple[Array, Array, Array]:
    """Return weighted mean and covariance, the weights flattened until at least 10 draws a dimension count.

    Parameters
    ----------
    x
        Draws, shape (draws, parameters).
    log_weight
        Logarithm of their weights up to a constant, shape (draws,).

    Returns
    -------
    tuple
        `centre`, `covariance`, `weight`: shapes (parameters,), (parameters, parameters), (draws,); the weights used,
        which add up to 1.
    """
    power = 1.0
    for _ in range(12):
        weight = np.exp(power * (log_weight - log_weight.max()))
        weight /= weight.sum()
        if 1 / (weight**2).sum() >= 10 * x.shape[1]:
            break
        power *= 0.7
    centre = weight @ x
    spread = (x - centre).T @ ((x - centre) * weight[:, None])
    return centre, spread + np.diag(np.maximum(1e-3 * np.diag(spread), 1e-10)), weight


def systematic(weight: Array, size: int, rng: np.random.Generator) -> Counts:
    """Return `size` places drawn in proportion to the weights, evenly spaced, in random order (Kitagawa 1996).

    Parameters
    ----------
    weight
        Shape (n,), adding up to 1.
    size
        How many places to draw.
    rng
        Source of randomness.

    Returns
    -------
    Counts
        Places between 0 and n − 1, shape (size,).
    """
    places = (rng.random() + np.arange(size)) / size
    chosen = np.minimum(np.searchsorted(np.cumsum(weight), places), len(weight) - 1)
    return rng.permutation(chosen).astype(np.int64)
