"""How many people the network will reach: draws of its size, filled with municipalities by the size gradient.

A published total with a population fixes the gradient on size (`drivers.selectivity`), and the gradient has been
fading. From the last such total on, each draw of the network's size is filled so that a municipality's chance of being
in follows its size, with a slope that goes on fading, ever more slowly, by an amount that differs between draws. Nobody
who is in leaves, so neither members nor people shrink in any draw or size class.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import expit

from redegov_analysis.drivers.selectivity import population_in_force
from redegov_analysis.drivers.size_gradient import log_size
from redegov_analysis.errors import DataError, IdentificationError, ParameterError

Floats = npt.NDArray[np.float64]

HALF_LIFE_YEARS: Final = 2.0
"""After so long the gradient fades half as fast: totals with a population span two years, and damped trends forecast
better than straight ones (Gardner & McKenzie 1985, *Management Science* 31:1237-1246)."""

UNKNOWN_FADE: Final = 0.25
"""Standard deviation of the fade (logit per tenfold population and √year) where a single total tells nothing of it."""

_PART: Final = 120
_FEWEST_PARTS: Final = 10
_STEPS: Final = 48


@dataclass(frozen=True)
class ReachForecast:
    """Draws of the people and the members in each group of municipalities.

    Attributes
    ----------
    dates
        The dates of the forecast, in order.
    groups
        Names of the groups, in order of the size of their municipalities.
    municipalities, inhabitants
        Municipalities and people of each group, shape (groups,).
    members
        Expected members, shape (draws, dates, groups); their sum over groups is the draw of the network's size.
    people
        People in them, shape (draws, dates, groups).
    slopes
        The size gradient (logit of membership on log10 population), shape (draws, dates).
    vintage
        Column of the populations used.
    """

    dates: pd.DatetimeIndex
    groups: tuple[str, ...]
    municipalities: Floats
    inhabitants: Floats
    members: Floats
    people: Floats
    slopes: Floats
    vintage: str

    @property
    def total(self) -> Floats:
        """People reached, shape (draws, dates)."""
        return np.asarray(self.people.sum(axis=2))

    def quantiles(self, levels: Sequence[float] = (0.025, 0.1, 0.5, 0.9, 0.975)) -> pd.DataFrame:
        """Return quantiles of the people reached.

        Parameters
        ----------
        levels
            Between 0 and 1.

        Returns
        -------
        DataFrame
            People: one row per `date`, one column per level.
        """
        values = np.quantile(self.total, levels, axis=0).T
        return pd.DataFrame(values, index=pd.DatetimeIndex(self.dates, name="date"), columns=pd.Index(levels))

    def by_group(self, day: pd.Timestamp, levels: Sequence[float] = (0.1, 0.5, 0.9)) -> pd.DataFrame:
        """Return quantiles of each group's share of members on a date of the forecast.

        Parameters
        ----------
        day
            A date of the forecast.
        levels
            Between 0 and 1.

        Returns
        -------
        DataFrame
            `group`, `municipalities`, `inhabitants` (people), and a column per level (shares, 0–1).

        Raises
        ------
        ParameterError
            If the day is not a date of the forecast.
        """
        if day not in self.dates:
            raise ParameterError("{day:%Y-%m-%d} is not a date of this forecast; choose one of its dates.", day=day)
        share = self.members[:, self.dates.get_loc(day), :] / self.municipalities
        table = pd.DataFrame(np.quantile(share, levels, axis=0).T, columns=list(levels))
        table.insert(0, "group", list(self.groups))
        table.insert(1, "municipalities", self.municipalities.astype("int64"))
        table.insert(2, "inhabitants", self.inhabitants.astype("int64"))
        return table


def forecast_reach(
    gradients: pd.DataFrame,
    counts: npt.NDArray[np.int64],
    dates: pd.DatetimeIndex,
    population: pd.DataFrame,
    *,
    groups: pd.Series | None = None,
    seed: int = 0,
) -> ReachForecast:
    """Forecast the people whom the network reaches.

    Parameters
    ----------
    gradients
        From `drivers.selectivity.fit_size_selectivity`, all of one vintage; the last one is where the forecast starts.
    counts
        Draws of the network's size, shape (draws, dates), non-decreasing along dates.
    dates
        Their dates, increasing, none before the last gradient's.
    population
        The table that the gradients were fitted to.
    groups
        Group of each municipality by code (an ordered category keeps its order); all are one group unless given.
    seed
        Seed of the random numbers.

    Returns
    -------
    ReachForecast
        Where the first date is that of the last gradient, the people reached then lie within the published bounds.

    Raises
    ------
    ParameterError
        If dates and counts do not fit, counts shrink, or dates lie before the last gradient's.
    DataError
        If municipalities with a population have no group.
    IdentificationError
        If no gradient gives the published count and population within their bounds.

    Notes
    -----
    The slope starts at the value that gives the draw's count and a population drawn evenly within the published
    bounds. It then is a random walk with drift: drift as from the first gradient to the last, halved every
    `HALF_LIFE_YEARS`, its error and the walk's own steps from how unevenly the published gradients moved. The intercept
    gives the draw's count on each date. People are those of the gradients' vintage throughout: growth of the population
    is not forecast, and municipalities that the vintage lacks do not count.
    """
    ordered = gradients.sort_values("date", ignore_index=True)
    last = ordered.iloc[-1]
    wanted = pd.DatetimeIndex(dates)
    _check(counts, wanted, last["date"])
    vintage = str(last["vintage"])
    parts = _parts(population_in_force(population, last["date"], vintage), groups)
    rng = np.random.default_rng(seed)
    sizes = np.minimum(counts, parts.number.sum()).astype(float)
    at_start = sizes[:, 0] if wanted[0] == last["date"] else _drawn_counts(last, sizes[:, 0], rng)
    people = 1e6 * rng.uniform(last["population_low_millions"], last["population_high_millions"], len(sizes))
    intercept, slope = _starting_gradient(at_start, people, last, parts)
    chances = expit(intercept[:, None] + slope[:, None] * parts.size)
    years = np.asarray((wanted - last["date"]) / pd.Timedelta(days=365.25), dtype=np.float64)
    slopes = slope[:, None] + _fade(ordered, years, len(sizes), rng)
    members = np.empty((len(sizes), len(wanted), len(parts.groups)))
    reached = np.empty_like(members)
    for place in range(len(wanted)):
        chances = _filled(chances, slopes[:, place], sizes[:, place], parts)
        members[:, place] = (chances * parts.number) @ parts.belongs
        reached[:, place] = (chances * parts.people) @ parts.belongs
    return ReachForecast(
        dates=wanted,
        groups=parts.groups,
        municipalities=parts.number @ parts.belongs,
        inhabitants=parts.people @ parts.belongs,
        members=members,
        people=reached,
        slopes=slopes,
        vintage=vintage,
    )


@dataclass(frozen=True)
class _Parts:
    """Municipalities of nearly one size: how many, their people, their log size, and the group they belong to."""

    number: Floats
    people: Floats
    size: Floats
    belongs: Floats
    groups: tuple[str, ...]


def _parts(people: pd.Series, groups: pd.Series | None) -> _Parts:
    group = groups.reindex(people.index) if groups is not None else pd.Series("all", index=people.index)
    if group.isna().any():
        raise DataError(
            "{which} has a population but no group; give every municipality one.", which=group.index[group.isna()][0]
        )
    table = pd.DataFrame({"people": people, "group": group}).rename_axis("code").reset_index()
    table = table.sort_values(["people", "code"], ignore_index=True)
    means = table.groupby("group", observed=True)["people"].mean().sort_values()
    rows = []
    for place, name in enumerate(means.index):
        inside = table.loc[table["group"] == name, "people"].to_numpy(dtype=np.float64)
        wanted = max(_FEWEST_PARTS, int(np.ceil(len(inside) / _PART)))
        # The largest few hold much of a country's people, so each of them stands for itself.
        cut = np.array_split(inside, wanted if len(inside) > _PART else len(inside))
        rows += [(len(part), part.sum(), log_size(part).mean(), place) for part in cut]
    number, total, size, places = (np.array(column, dtype=np.float64) for column in zip(*rows, strict=True))
    belongs = (places[:, None] == np.arange(len(means))).astype(np.float64)
    return _Parts(number, total, size, belongs, tuple(str(name) for name in means.index))


def _drawn_counts(last: pd.Series, at_most: Floats, rng: np.random.Generator) -> Floats:
    drawn = rng.integers(int(last["count_low"]), int(last["count_high"]), len(at_most), endpoint=True)
    return np.asarray(np.minimum(drawn.astype(float), at_most))


def _starting_gradient(counts: Floats, people: Floats, last: pd.Series, parts: _Parts) -> tuple[Floats, Floats]:
    """Return intercept and slope that give each draw's count and people, by Newton's method from the published pair."""
    a, b = np.full(len(counts), float(last["intercept"])), np.full(len(counts), float(last["slope"]))
    for _ in range(30):
        chance = expit(a[:, None] + b[:, None] * parts.size)
        few, many = (chance * parts.number).sum(axis=1) - counts, (chance * parts.people).sum(axis=1) - people
        if np.all(np.abs(few) < 1e-7) and np.all(np.abs(many) < 1e-2):
            return a, b
        weight = chance * (1 - chance)
        f_a, f_b = (weight * parts.number).sum(axis=1), (weight * parts.number * parts.size).sum(axis=1)
        g_a, g_b = (weight * parts.people).sum(axis=1), (weight * parts.people * parts.size).sum(axis=1)
        det = f_a * g_b - f_b * g_a
        a = a - np.clip((g_b * few - f_b * many) / det, -1, 1)
        b = b - np.clip((f_a * many - g_a * few) / det, -1, 1)
    raise IdentificationError(
        "No size gradient gives {municipalities} {municipalities:member|members} with {population_millions:g} "
        "million people within their bounds. Check the total of that day.",
        municipalities=last["municipalities"],
        population_millions=last["population_millions"],
    )


def _fade(ordered: pd.DataFrame, years: Floats, draws: int, rng: np.random.Generator) -> Floats:
    """Return how far each draw's slope has moved from its start, shape (draws, dates)."""
    then = ((ordered["date"] - ordered["date"].iloc[0]) / pd.Timedelta(days=365.25)).to_numpy(dtype=np.float64)
    slope = ordered["slope"].to_numpy(dtype=np.float64)
    if len(ordered) > 1:
        per_year = (slope[-1] - slope[0]) / then[-1]
        unevenness = np.diff(slope) - per_year * np.diff(then)
        walk = float(np.sqrt((unevenness**2).sum() / then[-1])) if len(ordered) > 2 else UNKNOWN_FADE
        error = walk / np.sqrt(then[-1])
    else:
        per_year, walk, error = 0.0, UNKNOWN_FADE, UNKNOWN_FADE
    rate = np.log(2) / HALF_LIFE_YEARS
    trend = rng.normal(per_year, error, draws)[:, None] * -np.expm1(-rate * years) / rate
    steps = rng.standard_normal((draws, len(years))) * walk * np.sqrt(np.diff(years, prepend=0.0))
    return np.asarray(trend + np.cumsum(steps, axis=1))


def _filled(before: Floats, slope: Floats, counts: Floats, parts: _Parts) -> Floats:
    """Return chances of being in that give each draw's count by its slope, none below what it was, by bisection."""
    low = np.full(len(counts), -30.0 - 4 * np.abs(slope).max())
    high = -low
    tilt = slope[:, None] * parts.size
    chance = np.empty_like(tilt)  # written into anew at each step: asking for so much memory takes longer than the sums
    for _ in range(_STEPS):
        middle = (low + high) / 2
        expit(np.add(middle[:, None], tilt, out=chance), out=chance)
        number = np.maximum(before, chance, out=chance) @ parts.number
        low, high = np.where(number < counts, middle, low), np.where(number < counts, high, middle)
    return np.asarray(np.maximum(before, expit(((low + high) / 2)[:, None] + tilt)))


def _check(counts: npt.NDArray[np.int64], dates: pd.DatetimeIndex, start: pd.Timestamp) -> None:
    if counts.ndim != 2 or counts.shape[1] != len(dates) or counts.size == 0:
        raise ParameterError(
            "Counts have shape {shape} for {n_dates} {n_dates:date|dates}; expected (draws, dates).",
            shape=counts.shape,
            n_dates=len(dates),
        )
    if dates[0] < start or not dates.is_monotonic_increasing:
        raise ParameterError(
            "Dates start on {dates:%Y-%m-%d}; they must increase from {start:%Y-%m-%d}, the last total that "
            "comes with a population, or later.",
            dates=dates[0],
            start=start,
        )
    if (np.diff(counts, axis=1) < 0).any():
        raise ParameterError("A draw of the network's size shrinks; give draws that never do.")
