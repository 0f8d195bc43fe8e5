"""Forecasts of parts and whole made to agree: by means (MinT), and draw by draw in whole municipalities.

MinT is the linear combination of base forecasts that adds up and has the smallest error variance (Wickramasuriya,
Athanasopoulos & Hyndman 2019, *JASA* 114:804-819). Projecting every draw of a joint base forecast gives a coherent
distribution (Panagiotelis, Gamakumara, Athanasopoulos & Hyndman 2023, *EJOR* 306:693-706). Counts of members ask for
more than a projection gives: parts within bounds, and whole.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import lsq_linear

from redegov_analysis.errors import ParameterError
from redegov_analysis.forecast.curves import Array
from redegov_analysis.forecast.process import Counts


def reconcile_mint(
    summing: ArrayLike,
    base: ArrayLike,
    covariance: ArrayLike | None = None,
    *,
    lower: ArrayLike | None = None,
    upper: ArrayLike | None = None,
) -> Array:
    """Return the forecasts nearest to the base forecasts that add up, every level of them.

    Parameters
    ----------
    summing
        Summing matrix S: how each forecast adds up from the parts at the bottom, shape (forecasts, parts).
    base
        Base forecasts of all levels, in the order of the rows of S, shape (forecasts,) or (forecasts, dates).
    covariance
        Covariance W of the base forecasts' errors, shape (forecasts, forecasts), or their variances, shape
        (forecasts,). Without it, all weigh the same (ordinary least squares).
    lower, upper
        Bounds of the parts, scalars or shape (parts,); none unless given.

    Returns
    -------
    Array
        Forecasts of all levels that add up exactly, shaped as `base`.

    Raises
    ------
    ParameterError
        If shapes do not fit, the covariance is not positive definite, or a lower bound is above its upper one.

    Notes
    -----
    S (S'W⁻¹S)⁻¹ S'W⁻¹ ŷ (Wickramasuriya et al. 2019, equation 9); within bounds, the quadratic programme of which that
    is the free solution (Wickramasuriya, Turlach & Hyndman 2020, *Statistics and Computing* 30:1167-1182).

    Examples
    --------
    >>> reconcile_mint([[1, 1], [1, 0], [0, 1]], [10.0, 4.0, 3.0], [1.0, 1.0, 2.0]).round(2)
    array([9.25, 4.75, 4.5 ])
    """
    s, y = np.asarray(summing, dtype=float), np.asarray(base, dtype=float)
    if s.ndim != 2 or y.ndim not in (1, 2) or len(y) != len(s):
        raise ParameterError(
            "S has shape {shape} and the base forecasts {shape_2}; expected a row of S for each.",
            shape=s.shape,
            shape_2=y.shape,
        )
    w = np.eye(len(s)) if covariance is None else np.asarray(covariance, dtype=float)
    w = np.diag(w) if w.ndim == 1 else w
    if w.shape != (len(s), len(s)):
        raise ParameterError(
            "The covariance has shape {shape}; expected {value}.", shape=w.shape, value=(len(s), len(s))
        )
    try:
        root = np.linalg.cholesky(w)
    except np.linalg.LinAlgError as error:
        raise ParameterError("The covariance is not positive definite; give every forecast some variance.") from error
    # In units of the base errors the problem is one of plain least squares.
    design, target = np.linalg.solve(root, s), np.linalg.solve(root, y)
    if lower is None and upper is None:
        return np.asarray(s @ np.linalg.lstsq(design, target, rcond=None)[0])
    low = np.broadcast_to(np.asarray(-np.inf if lower is None else lower, dtype=float), s.shape[1:])
    high = np.broadcast_to(np.asarray(np.inf if upper is None else upper, dtype=float), s.shape[1:])
    if np.any(low > high):
        raise ParameterError("A lower bound is above its upper one; give them in order.")
    columns = target[:, None] if y.ndim == 1 else target
    # The solver wants room between bounds: a part that is held by both is taken out and put back.
    free = high > low
    parts = np.tile(low[:, None], (1, columns.shape[1]))
    for column, wanted in enumerate(columns.T):
        rest = wanted - design[:, ~free] @ low[~free]
        if free.any():
            found = lsq_linear(design[:, free], rest, (low[free], high[free]), method="bvls", tol=1e-14).x
            parts[free, column] = np.clip(found, low[free], high[free])
    return np.asarray(s @ (parts[:, 0] if y.ndim == 1 else parts))


def whole_parts(base: Array, variance: Array, total: Counts, room: Counts, rng: np.random.Generator) -> Counts:
    """Return each draw's parts as whole numbers within their room that add up to the draw's total.

    For each draw, the parts nearest to the base (in units of its variance) between 0 and `room` that add up to `total`:
    MinT with bounds, the whole being kept as it is. They are then rounded up or down at random, by systematic sampling,
    so that on average nothing is lost and small parts are not always rounded to nothing.

    Parameters
    ----------
    base
        Parts as forecast alone, shape (draws, parts).
    variance
        Variances of their errors, shape (draws, parts); a part without variance moves last.
    total
        What they must add up to, between 0 and the sum of the room, shape (draws,).
    room
        The most that each part can be, shape (draws, parts).
    rng
        Source of randomness, for rounding.

    Returns
    -------
    Counts
        Whole numbers, shape (draws, parts).

    Raises
    ------
    ParameterError
        If a total is negative or more than there is room for.

    Notes
    -----
    With one whole and its parts, MinT with the whole kept moves each part by its share of the variances times what is
    missing; the bounds are met by bisection on that multiplier, as the sum rises with it.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> whole_parts(np.array([[4.0, 4.0]]), np.array([[1.0, 3.0]]), np.array([12]), np.array([[9, 6]]), rng)
    array([[6, 6]])
    """
    if np.any(total < 0) or np.any(total > room.sum(axis=1)):
        raise ParameterError("A total is negative, or more than its parts have room for. Bound the totals first.")
    ceiling = room.astype(float)
    weight = np.maximum(variance, 1e-6)
    fits = np.clip(base + _shift(base, weight, total.astype(float), ceiling)[:, None] * weight, 0.0, ceiling)
    # What bisection leaves, by room: far less than one municipality.
    missing = total - fits.sum(axis=1)
    slack = np.where(missing[:, None] > 0, ceiling - fits, fits)
    fits += missing[:, None] * slack / np.maximum(slack.sum(axis=1, keepdims=True), 1e-300)
    fits = np.clip(fits, 0.0, ceiling)
    # Marks at u, u + 1, u + 2 …: a part gets as many as fall within its stretch, its own size rounded up or down.
    ends = np.cumsum(fits, axis=1)
    ends[:, -1] = total
    marks = np.ceil(np.minimum(ends, total[:, None]) - rng.random((len(total), 1)))
    marks[:, -1] = total
    parts = np.diff(marks, axis=1, prepend=0.0).astype(np.int64)
    return _within(parts, room)


def _shift(base: Array, weight: Array, total: Array, ceiling: Array) -> Array:
    """Return the multiplier with which base plus weight, held within bounds, adds up to each total."""
    low = (-base / weight).min(axis=1)
    high = ((ceiling - base) / weight).max(axis=1)
    guess = (total - base.sum(axis=1)) / weight.sum(axis=1)
    middle = np.clip(guess, low, high)
    for _ in range(60):
        reached = np.clip(base + middle[:, None] * weight, 0.0, ceiling)
        excess = reached.sum(axis=1) - total
        if np.abs(excess).max() < 1e-6:
            break
        low, high = np.where(excess < 0, middle, low), np.where(excess > 0, middle, high)
        # Newton on the parts that still move; bisection where that leaves the bracket.
        moving = np.where((reached > 0) & (reached < ceiling), weight, 0.0).sum(axis=1)
        step = middle - excess / np.maximum(moving, 1e-12)
        middle = np.where((step > low) & (step < high) & (moving > 0), step, (low + high) / 2)
    return np.asarray(middle)


def _within(parts: Counts, room: NDArray[np.int64]) -> Counts:
    """Move what last digits put above a part's room to the first part that has some."""
    for row in np.flatnonzero((parts > room).any(axis=1)):
        excess = int((parts[row] - room[row]).clip(0).sum())
        parts[row] = np.minimum(parts[row], room[row])
        for part in np.flatnonzero(room[row] > parts[row]):
            taken = min(excess, int(room[row, part] - parts[row, part]))
            parts[row, part] += taken
            excess -= taken
    return parts
