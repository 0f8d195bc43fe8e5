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
from scipy.optimize import minimize
from scipy.special import expit, logsumexp

from redegov_analysis.drivers.selectivity import population_in_force
from redegov_analysis.errors import IdentificationError

Floats = npt.NDArray[np.float64]

QUADRATURE_POINTS: Final = 9
SIZE_STEP: Final = 0.02
BATCH: Final = 250
NEWTON_STEPS: Final = 60


def between_state_spread(joined: pd.Series, population: pd.Series, uf: pd.Series) -> float:
    """Return how far states of the same sizes differ in joining, as a standard deviation on the logit scale.

    Fits logit P(joined) = a + b·log10(population / 10,000) + u_state with u_state ~ N(0, spread²) by maximum
    marginal likelihood, the state effects integrated out by adaptive Gauss–Hermite quadrature: nodes stand around each
    state's own mode, because with hundreds of municipalities a state's effect is known far better than its spread.

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
    Random-intercept logistic model: Stiratelli, Laird & Ware (1984), Biometrics 40:961–971. Adaptive quadrature:
    Pinheiro & Bates (1995), Journal of Computational and Graphical Statistics 4:12–35.
    """
    y = joined.to_numpy(dtype=float)
    if y.min() == y.max() or uf.nunique() < 3:
        raise IdentificationError(
            "The spread between states needs some municipalities that joined, some that did not, and three states; "
            "found {count} of {n_values} in {n_states} {n_states:state|states}.",
            count=int(y.sum()),
            n_values=len(y),
            n_states=uf.nunique(),
        )
    # Municipalities of one state whose sizes agree within 5 % share a cell; the spread changes by less than 0.001.
    cells = (
        pd.DataFrame({"uf": uf.to_numpy(dtype=str), "size": np.round(_log10_size(population) / SIZE_STEP), "y": y})
        .groupby(["uf", "size"])["y"]
        .agg(joined="sum", entries="count")
        .reset_index()
    )
    starts = np.unique(cells["uf"].to_numpy(dtype=str), return_index=True)[1]
    size = cells["size"].to_numpy(dtype=float) * SIZE_STEP
    joined_here, entries = (cells[name].to_numpy(dtype=float) for name in ("joined", "entries"))
    state = np.repeat(np.arange(len(starts)), np.diff([*starts, len(size)]))
    nodes, weights = np.polynomial.hermite_e.hermegauss(QUADRATURE_POINTS)
    log_weights = np.log(weights) + nodes**2 / 2
    mode = np.zeros(len(starts))

    def loss(theta: Floats) -> float:
        nonlocal mode
        intercept, slope, log_spread = theta
        precision = np.exp(-2 * log_spread)
        fixed = intercept + slope * size
        for _ in range(NEWTON_STEPS):
            chance = expit(fixed + mode[state])
            score = np.add.reduceat(joined_here - entries * chance, starts) - precision * mode
            curvature = np.add.reduceat(entries * chance * (1 - chance), starts) + precision
            step = np.clip(score / curvature, -1.0, 1.0)
            mode = mode + step
            if np.abs(step).max() < 1e-8:
                break
        effects = mode[:, None] + nodes / np.sqrt(curvature)[:, None]
        eta = fixed[:, None] + effects[state]
        logs = np.add.reduceat(joined_here[:, None] * eta - entries[:, None] * np.logaddexp(0.0, eta), starts, axis=0)
        prior = -precision * effects**2 / 2 - log_spread - np.log(curvature)[:, None] / 2
        return -float(logsumexp(logs + prior + log_weights, axis=1).sum())

    share = y.mean()
    start = np.array([np.log(share / (1 - share)), 0.5, -0.5])
    bounds = [(-12.0, 12.0), (-6.0, 6.0), (-6.0, 2.0)]
    best = minimize(loss, x0=start, method="L-BFGS-B", bounds=bounds)
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
    wanted = rng.integers(int(gradient["count_low"]), int(gradient["count_high"]) + 1, size=draws)
    rounding = rng.triangular(low, middle, high, size=draws) if low < high else np.full(draws, middle)
    slopes = rounding + float(gradient["slope_stderr"]) * rng.standard_normal(draws)
    effects = spread * rng.standard_normal((draws, len(states)))
    counts = np.empty((draws, len(states)), dtype=np.int64)
    for begin in range(0, draws, BATCH):
        batch = slice(begin, begin + BATCH)
        eta = slopes[batch, None] * size + effects[batch][:, member_of]
        chances = chances_with_total(eta, wanted[batch])
        drawn = rng.random(eta.shape) < chances
        for row, total in enumerate(wanted[batch]):
            members = _mended(drawn[row], chances[row], int(total), rng)
            counts[begin + row] = np.bincount(member_of, weights=members, minlength=len(states)).astype(np.int64)
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


def chances_with_total(eta: Floats, wanted: npt.NDArray[np.int64]) -> Floats:
    """Return the chances whose sum in each row is the total wanted, by Newton's method on each row's intercept.

    Parameters
    ----------
    eta
        Log odds up to a constant per row, shape (draws, municipalities).
    wanted
        Members in each draw, shape (draws,).

    Returns
    -------
    Floats
        Probabilities of the shape of `eta`; their sums meet the totals within 0.01.

    Raises
    ------
    IdentificationError
        If no intercept does, such as for more members than municipalities.
    """
    intercept = np.zeros(len(eta))
    chances = expit(eta)
    for _ in range(NEWTON_STEPS):
        missing = wanted - chances.sum(axis=1)
        # The sum is monotone in the intercept; steps are bounded, so that a flat start cannot throw it far off.
        intercept += np.clip(missing / (chances * (1 - chances)).sum(axis=1), -2.0, 2.0)
        chances = expit(intercept[:, None] + eta)
        if np.abs(wanted - chances.sum(axis=1)).max() < 0.01:
            return chances
    raise IdentificationError(
        "No intercept gives {last} {last:member|members} among {shape} {shape:municipality|municipalities}. "
        "Give a total between none and all of them.",
        last=wanted.max(),
        shape=eta.shape[1],
    )


def _mended(
    members: npt.NDArray[np.bool_], chances: Floats, wanted: int, rng: np.random.Generator
) -> npt.NDArray[np.bool_]:
    """Return independent memberships with the few too many taken out or too few put in, so that `wanted` remain."""
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


def _log10_size(population: pd.Series) -> Floats:
    people = population.to_numpy(dtype=float)
    if np.isnan(people).any() or (people <= 0).any():
        raise IdentificationError("Every municipality needs a population above zero; drop those without one first.")
    return np.asarray(np.log10(people / 10_000), dtype=np.float64)
