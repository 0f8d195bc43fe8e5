"""The chance that one municipality is a member, or becomes one: never a fact, always with what is not known of it.

Without a list of members, the published totals and populations give a size gradient (`drivers.selectivity`), and the
sister networks say how far states of equal sizes differ (`drivers.states`). With a dated list, the hazard fitted to it
(`drivers.event_history`) gives the chance of joining within months for each municipality that is still outside.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import expit

from redegov_analysis.drivers.event_history import EventHistory
from redegov_analysis.drivers.links import link_of
from redegov_analysis.drivers.neighbours import Neighbours, link_islands, neighbours_from_pairs
from redegov_analysis.drivers.panel import person_period
from redegov_analysis.drivers.selectivity import population_in_force
from redegov_analysis.drivers.size_gradient import log_size
from redegov_analysis.drivers.states import chances_with_total
from redegov_analysis.errors import ParameterError

Floats = npt.NDArray[np.float64]

DRAWS: Final = 1000
BATCH: Final = 100
RECENT_MONTHS: Final = 12


def membership_chances(
    gradient: pd.Series,
    population: pd.DataFrame,
    uf: pd.Series,
    *,
    spread: float,
    level: float = 0.9,
    draws: int = DRAWS,
    seed: int = 0,
) -> pd.DataFrame:
    """Return the chance that each municipality is a member, by its size, and how far its state may shift it.

    Each draw takes a total and a slope within their bounds and an effect for each state, and the intercept that makes
    the expected total right, exactly as `states.state_member_draws`; the chances of the draws are then summed up
    instead of members being drawn from them. A chance is the share of members among municipalities of this size in
    states like this one; what else sets one municipality apart from its like is not in it.

    Parameters
    ----------
    gradient
        A row of `drivers.selectivity.fit_size_selectivity`.
    population
        The table that it was fitted to.
    uf
        State of each municipality, indexed by `ibge_code`.
    spread
        Standard deviation of state effects (logit scale), from `states.between_state_spread`.
    level
        Probability that the interval holds (0–1).
    draws, seed
        How many draws, and the seed of their generator.

    Returns
    -------
    DataFrame
        Sorted by code, for municipalities with a population of the gradient's vintage: `ibge_code`, `population`
        (people), `size_alone` (the chance with no effect of any state), `chance` (mean of the draws), `chance_low`,
        `chance_high`; chances are 0–1.
    """
    people, chances = chance_draws(gradient, population, uf, spread=spread, draws=draws, seed=seed)
    size = log_size(people.to_numpy(dtype=np.float64))
    tail = (1 - level) / 2
    bounds = np.quantile(chances, [tail, 1 - tail], axis=0)
    return pd.DataFrame(
        {
            "ibge_code": people.index.astype("str"),
            "population": people.to_numpy(),
            "size_alone": expit(float(gradient["intercept"]) + float(gradient["slope"]) * size),
            "chance": chances.mean(axis=0, dtype=np.float64),
            "chance_low": bounds[0].astype(np.float64),
            "chance_high": bounds[1].astype(np.float64),
        }
    )


def chance_draws(
    gradient: pd.Series, population: pd.DataFrame, uf: pd.Series, *, spread: float, draws: int = DRAWS, seed: int = 0
) -> tuple[pd.Series, npt.NDArray[np.float32]]:
    """Return draws of each municipality's chance of being a member, as `membership_chances` sums them up.

    Parameters
    ----------
    gradient, population, uf, spread, draws, seed
        As in `membership_chances`.

    Returns
    -------
    tuple
        Population by code, and chances (draws × municipalities, in the order of the population; 0–1).
    """
    rng = np.random.default_rng(seed)
    people = population_in_force(population, gradient["date"], str(gradient["vintage"]))
    states, state_of = np.unique(uf.reindex(people.index).to_numpy(dtype=str), return_inverse=True)
    size = log_size(people.to_numpy(dtype=np.float64))
    low, middle, high = (float(gradient[name]) for name in ("slope_low", "slope", "slope_high"))
    wanted = rng.integers(int(gradient["count_low"]), int(gradient["count_high"]) + 1, size=draws)
    rounding = rng.triangular(low, middle, high, size=draws) if low < high else np.full(draws, middle)
    slopes = rounding + float(gradient["slope_stderr"]) * rng.standard_normal(draws)
    effects = spread * rng.standard_normal((draws, len(states)))
    chances = np.empty((draws, len(people)), dtype=np.float32)
    for begin in range(0, draws, BATCH):
        batch = slice(begin, begin + BATCH)
        eta = slopes[batch, None] * size + effects[batch][:, state_of]
        chances[batch] = chances_with_total(eta, wanted[batch])
    return people, chances


def members_of_group(
    chances: npt.NDArray[np.float32], inside: npt.NDArray[np.bool_], *, level: float = 0.9, seed: int = 0
) -> tuple[float, float, float]:
    """Return how many members a group of municipalities has: median and bounds of an interval.

    Parameters
    ----------
    chances
        From `chance_draws`.
    inside
        Which municipalities make the group, in the order of the chances.
    level
        Probability that the interval holds (0–1).
    seed
        Seed of the random numbers: in each draw of the chances, members are drawn municipality by municipality.

    Returns
    -------
    tuple
        `median`, `low`, `high`, in municipalities.

    Examples
    --------
    >>> members_of_group(np.ones((10, 3), dtype=np.float32), np.array([True, True, False]))
    (2.0, 2.0, 2.0)
    """
    part = chances[:, inside]
    counts = (np.random.default_rng(seed).random(part.shape, dtype=np.float32) < part).sum(axis=1)
    low, middle, high = np.quantile(counts, [(1 - level) / 2, 0.5, (1 + level) / 2])
    return float(middle), float(low), float(high)


def joining_chances(
    history: EventHistory,
    events: pd.DataFrame,
    municipalities: pd.DataFrame,
    neighbours: pd.DataFrame | Neighbours,
    on: str | pd.Timestamp,
    *,
    months: int = 12,
    level: float = 0.9,
    draws: int = 400,
    seed: int = 0,
) -> pd.DataFrame:
    """Return the chance that each municipality still outside joins within some months, if the pace stays as it was.

    Each draw takes the coefficients within their clustered errors, and for each month ahead the level of a month drawn
    from the last twelve with joinings: so the interval holds what the fit does not know and how much months differ.
    What neighbours will do in those months is not foreseen; their share stays as on the day.

    Parameters
    ----------
    history
        A fitted event history.
    events, municipalities, neighbours
        As it was fitted to.
    on
        The day; neighbours in by the end of it count.
    months
        How far to look.
    level
        Probability that the interval holds (0–1).
    draws, seed
        How many draws, and the seed of their generator.

    Returns
    -------
    DataFrame
        Sorted by code: `ibge_code`, `neighbours_share` (0–1), `chance`, `chance_low`, `chance_high` (0–1).
        Municipalities with a missing covariate are left out.

    Raises
    ------
    ParameterError
        If `months` is below one.
    """
    if months < 1:
        raise ParameterError("Look at least one month ahead, not {months}. Give 1 or more.", months=months)
    rng = np.random.default_rng(seed)
    day = pd.Timestamp(on) + pd.Timedelta(days=1)
    own = [term for term in history.terms if term != "neighbours_share"]
    known = history.panel.drop_duplicates("ibge_code").set_index("ibge_code")[[*own, "uf"]].sort_index()
    if isinstance(neighbours, pd.DataFrame):
        inside = municipalities[municipalities["ibge_code"].isin(known.index)]
        neighbours = neighbours_from_pairs(link_islands(neighbours, inside), pd.Index(known.index))
    ahead = person_period(events, known.reset_index(), day, day, freq="D", neighbours=neighbours)
    ahead = ahead[ahead["neighbours_share"].notna()].sort_values("ibge_code", ignore_index=True)
    seen = history.panel["neighbours_share"]
    X = ahead[own].assign(neighbours_share=(ahead["neighbours_share"] - seen.mean()) / seen.std(ddof=0))
    baselines = [str(term) for term in history.fit.coef.index if str(term).startswith("baseline[")][-RECENT_MONTHS:]
    terms = [*baselines, *history.terms]
    coefficients = rng.multivariate_normal(
        history.fit.coef[terms].to_numpy(dtype=np.float64),
        history.fit.cov.loc[terms, terms].to_numpy(dtype=np.float64),
        size=draws,
        method="eigh",
    )
    predictor = coefficients[:, len(baselines) :] @ X[list(history.terms)].to_numpy(dtype=np.float64).T
    picked = rng.integers(0, len(baselines), size=(draws, months))
    levels = np.take_along_axis(coefficients[:, : len(baselines)], picked, axis=1)
    mean = link_of(history.fit.link).mean
    outside = np.ones_like(predictor)
    for month in range(months):
        outside *= 1 - mean(levels[:, month, None] + predictor)
    chances = 1 - outside
    tail = (1 - level) / 2
    bounds = np.quantile(chances, [tail, 1 - tail], axis=0)
    return pd.DataFrame(
        {
            "ibge_code": ahead["ibge_code"].astype("str"),
            "neighbours_share": ahead["neighbours_share"],
            "chance": chances.mean(axis=0),
            "chance_low": bounds[0],
            "chance_high": bounds[1],
        }
    )
