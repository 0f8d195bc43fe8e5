"""How many municipalities of each state are likely members, when only national totals and populations are published.

The size gradient (`drivers.selectivity`) says nothing of states beyond the sizes of their municipalities. States of
equal sizes differed a lot in networks whose lists are dated, so an interval from the gradient alone would be far too
narrow. Here the spread between states that a sister network showed is added, and every draw keeps the national total.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import brentq, minimize
from scipy.special import expit, logsumexp

from redegov_analysis.drivers.selectivity import population_in_force
from redegov_analysis.errors import IdentificationError

Floats = npt.NDArray[np.float64]

QUADRATURE_POINTS: Final = 15


def between_state_spread(joined: pd.Series, population: pd.Series, uf: pd.Series) -> float:
    """Return how far states of the same sizes differ in joining, as a standard deviation on the logit scale.

    Fits logit P(joined) = a + b·log10(population / 10,000) + u_state with u_state ~ N(0, spread²) by maximum
    marginal likelihood, the state effects integrated out by Gauss–Hermite quadrature.

    Parameters
    ----------
    joined
        Whether each municipality joined (bool).
    population
        People in each municipality, in the same order.
    uf
        State of each municipality, in the same order.

    Returns
    -------
    float
        The spread (logit scale), zero or above.

    Raises
    ------
    IdentificationError
        If all or none have joined, or there are fewer than three states.

    Notes
    -----
    Random-intercept logistic model: Stiratelli, Laird & Ware (1984), Biometrics 40:961–971.
    """
    y = joined.to_numpy(dtype=float)
    if y.min() == y.max() or uf.nunique() < 3:
        raise IdentificationError(
            "The spread between states needs some municipalities that joined, some that did not, and three states; "
            f"found {int(y.sum())} of {len(y)} in {uf.nunique()} states."
        )
    size = _log10_size(population)
    # Cells of the same state and size bin would lose little, but 5,570 rows × 31 nodes are cheap enough to be exact.
    order = np.argsort(uf.to_numpy(dtype=str), kind="stable")
    starts = np.unique(uf.to_numpy(dtype=str)[order], return_index=True)[1]
    y, size = y[order], size[order]
    nodes, weights = np.polynomial.hermite_e.hermegauss(QUADRATURE_POINTS)
    log_weights = np.log(weights / weights.sum())

    def loss(theta: Floats) -> float:
        intercept, slope, log_spread = theta
        eta = (intercept + slope * size)[:, None] + np.exp(log_spread) * nodes[None, :]
        loglik = y[:, None] * eta - np.logaddexp(0.0, eta)
        by_state = np.add.reduceat(loglik, starts, axis=0)
        return -float(logsumexp(by_state + log_weights, axis=1).sum())

    share = y.mean()
    best = minimize(loss, x0=np.array([np.log(share / (1 - share)), 0.5, -0.5]), method="L-BFGS-B",
                    bounds=[(-12, 12), (-6, 6), (-6, 2)])  # fmt: skip
    return float(np.exp(best.x[2]))


def state_member_draws(
    gradient: pd.Series,
    population: pd.DataFrame,
    uf: pd.Series,
    *,
    spread: float,
    draws: int = 1000,
    seed: int = 0,
) -> pd.DataFrame:
    """Return draws of the number of members in each state that agree with the published national total.

    Each draw takes a total within its bounds, a slope of the size gradient within its bounds and sampling error, an
    effect for each state, and the intercept that makes the expected total right; then it draws members municipality by
    municipality, keeping the total exactly.

    Parameters
    ----------
    gradient
        A row of `drivers.selectivity.fit_size_selectivity`.
    population
        The table that it was fitted to.
    uf
        State of each municipality, indexed by `ibge_code`.
    spread
        Standard deviation of state effects (logit scale), from `between_state_spread`.
    draws, seed
        How many draws, and the seed of their generator.

    Returns
    -------
    DataFrame
        Draws × states (columns in alphabetical order): members, integers; every row sums to a total within bounds.
    """
    rng = np.random.default_rng(seed)
    people = population_in_force(population, gradient["date"], str(gradient["vintage"]))
    states, member_of = np.unique(uf.reindex(people.index).to_numpy(dtype=str), return_inverse=True)
    size = _log10_size(people)
    low, middle, high = (float(gradient[name]) for name in ("slope_low", "slope", "slope_high"))
    counts = np.empty((draws, len(states)), dtype=np.int64)
    for draw in range(draws):
        wanted = int(rng.integers(int(gradient["count_low"]), int(gradient["count_high"]) + 1))
        rounding = rng.triangular(low, middle, high) if low < high else middle
        slope = rounding + float(gradient["slope_stderr"]) * rng.standard_normal()
        eta = slope * size + spread * rng.standard_normal(len(states))[member_of]
        chances = expit(eta + _intercept_for(wanted, eta))
        members = _conditional_members(chances, wanted, rng)
        counts[draw] = np.bincount(member_of, weights=members, minlength=len(states)).astype(np.int64)
    return pd.DataFrame(counts, columns=states)


def state_shares(draws: pd.DataFrame, uf: pd.Series, level: float = 0.9) -> pd.DataFrame:
    """Return the estimated share of members in each state with its interval.

    Parameters
    ----------
    draws
        From `state_member_draws`.
    uf
        State of each municipality.
    level
        Probability that the interval holds (0–1).

    Returns
    -------
    DataFrame
        `uf`, `municipalities`, `members`, `members_low`, `members_high`, `member_share`, `member_share_low`,
        `member_share_high`: medians and central intervals of the draws; shares from 0 to 1.
    """
    entries = uf.value_counts().reindex(draws.columns)
    tail = (1 - level) / 2
    table = pd.DataFrame(
        {
            "municipalities": entries,
            "members": draws.quantile(0.5),
            "members_low": draws.quantile(tail),
            "members_high": draws.quantile(1 - tail),
        }
    )
    for column, target in (
        ("members", "member_share"),
        ("members_low", "member_share_low"),
        ("members_high", "member_share_high"),
    ):
        table[target] = table[column] / table["municipalities"]
    return table.rename_axis("uf").reset_index()


def _conditional_members(chances: Floats, wanted: int, rng: np.random.Generator) -> npt.NDArray[np.bool_]:
    """Draw independent memberships and mend the few too many or too few, so that exactly `wanted` remain."""
    members = rng.random(len(chances)) < chances
    surplus = int(members.sum()) - wanted
    if surplus > 0:
        inside = np.flatnonzero(members)
        odds_out = (1 - chances[inside]) / chances[inside]
        members[rng.choice(inside, surplus, replace=False, p=odds_out / odds_out.sum())] = False
    elif surplus < 0:
        outside = np.flatnonzero(~members)
        odds_in = chances[outside] / (1 - chances[outside])
        members[rng.choice(outside, -surplus, replace=False, p=odds_in / odds_in.sum())] = True
    return members


def _intercept_for(wanted: int, eta: Floats) -> float:
    return float(brentq(lambda a: expit(a + eta).sum() - wanted, -40.0, 40.0, xtol=1e-6))


def _log10_size(population: pd.Series) -> Floats:
    people = population.to_numpy(dtype=float)
    if np.isnan(people).any() or (people <= 0).any():
        raise IdentificationError("Every municipality needs a population above zero; drop those without one first.")
    return np.asarray(np.log10(people / 10_000), dtype=np.float64)
