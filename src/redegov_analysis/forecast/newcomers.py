"""Who joins next in a made-up list: a draw by size, state and chance that meets the published numbers exactly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from redegov_analysis.cleaning.membership.published import BRASILIA, VINTAGE
from redegov_analysis.drivers.size_gradient import log_size
from redegov_analysis.errors import IdentificationError

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

STATE_SPREAD = 0.77
"""How far states of the same sizes differ, on the logit scale: as in the culture system SNC (`drivers.states`)."""

FIRST_SLOPE = 1.55
"""Effect of log10 population on the log odds before the first published population: the gradient of that one."""

STEEPEST = 12.0
ROUNDS = 200


@dataclass(frozen=True)
class Towns:
    """The municipalities that may join, by code, with what decides how likely each is to be next.

    Attributes
    ----------
    codes, names, uf, region
        Code, name, state and immediate region of each.
    people
        Population of the vintage that published sums are held against; 0 where it has none.
    size
        log10(population / 10,000), of the newest population where that vintage has none.
    capital
        Whether it is a capital of a state.
    valid_from
        Since when it is a municipality.
    leaning
        Its state's own effect on the log odds, drawn once per list.
    """

    codes: npt.NDArray[np.str_]
    names: npt.NDArray[np.str_]
    uf: npt.NDArray[np.str_]
    region: npt.NDArray[np.str_]
    people: Floats
    size: Floats
    capital: Flags
    valid_from: npt.NDArray[np.datetime64]
    leaning: Floats


def towns_from(municipalities: pd.DataFrame, rng: np.random.Generator) -> Towns:
    """Return the municipalities that may join: all but Brasília, which the Federal District's government stands for.

    Parameters
    ----------
    municipalities
        The processed table.
    rng
        Draws the effect of each state.

    Returns
    -------
    Towns
        In order of code. One that the census does not know adds no people, and has the size of its newest estimate.
    """
    table = municipalities[municipalities["ibge_code"] != BRASILIA].sort_values("ibge_code", ignore_index=True)
    people = table[VINTAGE].to_numpy(dtype=np.float64, na_value=np.nan)
    newest = table["population_2025"].to_numpy(dtype=np.float64, na_value=np.nan)
    states, state_of = np.unique(table["uf"].to_numpy(dtype=str), return_inverse=True)
    return Towns(
        codes=table["ibge_code"].to_numpy(dtype=str),
        names=table["name"].to_numpy(dtype=str),
        uf=table["uf"].to_numpy(dtype=str),
        region=table["immediate_region_code"].to_numpy(dtype=str),
        people=np.nan_to_num(people),
        size=log_size(np.where(np.isnan(people), newest, people)),
        capital=table["is_capital"].to_numpy(dtype=bool),
        valid_from=table["valid_from"].to_numpy(dtype="datetime64[D]"),
        leaning=STATE_SPREAD * rng.standard_normal(len(states))[state_of],
    )


def newcomers(
    towns: Towns,
    free: Flags,
    wanted: int,
    rng: np.random.Generator,
    *,
    forced: Sequence[int] = (),
    capitals: int | None = None,
    people: tuple[float, float] | None = None,
    slope: float = FIRST_SLOPE,
    states: Mapping[str, int] | None = None,
) -> tuple[Indices, float]:
    """Return who joins next, and the effect of size with which they were drawn.

    Each municipality has the log odds slope·size + the state's leaning, and those with the largest sum of log odds and
    a Gumbel deviate are in: a draw without replacement, one by one, with chances in proportion to the odds (Yellott
    1977). Where the people are published, the slope is the one that brings the newcomers' people into the interval, and
    the fewest exchanges of two municipalities do the rest.

    Parameters
    ----------
    towns
        All municipalities.
    free
        Who may join, and is not among `forced`.
    wanted
        How many newcomers.
    rng
        Source of chance.
    forced
        Places of those that are known to join now.
    capitals
        How many of the newcomers are capitals; None leaves it to chance.
    people
        How many people the newcomers have, at least and at most; None leaves it to chance.
    slope
        Effect of size where the people are not published.
    states
        The fewest newcomers of a state, by its letters, where that is published: if fewer came by chance, the next ones
        of that state take the places of the last ones of others.

    Returns
    -------
    tuple
        Places of the newcomers, in order of code, and the slope.

    Raises
    ------
    IdentificationError
        If no choice meets the numbers.

    Notes
    -----
    Yellott, J. (1977). *Journal of Mathematical Psychology* 15:109–144.
    """
    fixed = np.array(sorted(forced), dtype=np.int64)
    chance = towns.leaning + rng.gumbel(size=len(towns.codes))
    for state, fewest in sorted((states or {}).items()):
        of_state = np.flatnonzero(free & (towns.uf == state) & (True if capitals is None else ~towns.capital))
        more = max(fewest - int((towns.uf[fixed] == state).sum()), 0)
        first = of_state[np.argsort(-(slope * towns.size + chance)[of_state], kind="stable")[:more]]
        fixed = np.sort(np.append(fixed, first))
        free = free & ~np.isin(np.arange(len(free)), first)
    own_capitals = int(towns.capital[fixed].sum())
    groups = [(np.flatnonzero(free), wanted - len(fixed))]
    if capitals is not None:
        more = capitals - own_capitals
        groups = [
            (np.flatnonzero(free & towns.capital), more),
            (np.flatnonzero(free & ~towns.capital), wanted - len(fixed) - more),
        ]
    for among, number in groups:
        if not 0 <= number <= len(among):
            raise IdentificationError(
                "{wanted:,} {wanted:newcomer|newcomers}, {capitals} of them {capitals:capital|capitals} and "
                "{n_fixed} named, cannot be found among {n_among:,}. Check the totals and the named adhesions in "
                "data/raw.",
                wanted=wanted,
                capitals=capitals,
                n_fixed=len(fixed),
                n_among=len(among),
            )

    def chosen(effect: float) -> Indices:
        score = effect * towns.size + chance
        parts = [among[np.argsort(-score[among], kind="stable")[:number]] for among, number in groups]
        return np.sort(np.concatenate([fixed, *parts]))

    if people is None:
        return chosen(slope), slope
    if not wanted:
        if people[0] <= 0 <= people[1]:
            return fixed, slope
        raise IdentificationError(
            "No newcomers, but {people:,.0f} to {people_2:,.0f} people more. "
            "Check the two totals and their populations.",
            people=people[0],
            people_2=people[1],
        )
    margin = 0.1 * (people[1] - people[0])
    low, high = people[0] + margin, people[1] - margin
    target = float(rng.uniform(low, high))
    flat, steep = -STEEPEST, STEEPEST
    for _ in range(40):
        middle = (flat + steep) / 2
        flat, steep = (middle, steep) if towns.people[chosen(middle)].sum() < target else (flat, middle)
    return _exchanged(towns, free, fixed, chosen(steep), (low, high), capitals is None), steep


def _exchanged(
    towns: Towns, free: Flags, fixed: Indices, chosen: Indices, people: tuple[float, float], any_capital: bool
) -> Indices:
    """Return the choice with single exchanges until its people lie in the interval."""
    middle = sum(people) / 2
    may_move = free if any_capital else free & ~towns.capital
    for _ in range(ROUNDS):
        short = middle - towns.people[chosen].sum()
        if abs(short) <= (people[1] - people[0]) / 2:
            return chosen
        inside = np.setdiff1d(chosen[may_move[chosen]], fixed)
        outside = np.setdiff1d(np.flatnonzero(may_move), chosen)
        order = outside[np.argsort(towns.people[outside], kind="stable")]
        if not len(inside) or not len(order):
            break
        # For each that could go, the one whose coming fills the gap best.
        at = np.searchsorted(towns.people[order], towns.people[inside] + short).clip(1, len(order) - 1)
        candidates = np.stack([order[at - 1], order[at]])
        left = np.abs(towns.people[candidates] - towns.people[inside] - short)
        row, column = np.unravel_index(np.argmin(left), left.shape)
        if left[row, column] >= abs(short):
            break
        chosen = np.sort(np.append(chosen[chosen != inside[column]], candidates[row, column]))
    raise IdentificationError(
        "No {n_chosen:,} {n_chosen:newcomer has|newcomers have} {people:,.0f} to {people_2:,.0f} people among "
        "those that may still join. Check the totals and populations in data/raw/milestones.csv.",
        n_chosen=len(chosen),
        people=people[0],
        people_2=people[1],
    )
