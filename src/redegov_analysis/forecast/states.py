"""Forecasts of the 27 states and of the nation from a dated list of members: they agree in every draw.

The nation is forecast as ever: by a forecast that is given, such as the published one, or from the list's own monthly
totals. Each state's base forecast is a count process with the nation's hazard times the state's relative pace. In every
draw and every month the states' newcomers are then reconciled with the nation's: whole numbers, none more than there
are municipalities outside, and adding up.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
import pandas as pd

from redegov_analysis.errors import ParameterError
from redegov_analysis.forecast.growth import BANDS, DEFAULT_CURVES, Day, GrowthForecast, forecast_growth
from redegov_analysis.forecast.observations import DAYS_PER_YEAR
from redegov_analysis.forecast.outlook import draws_on
from redegov_analysis.forecast.process import Counts
from redegov_analysis.forecast.reconciliation import whole_parts
from redegov_analysis.forecast.relative_pace import RelativePaces, relative_paces
from redegov_analysis.forecast.state_totals import StateTotals, place_of, state_totals

DRAWS: Final = 1000


@dataclass(frozen=True)
class StateForecast:
    """Draws of the states' future members, which add up to the nation's in every draw.

    Attributes
    ----------
    draws
        Members, shape (draws, states, dates): integers, non-decreasing along dates, within what each state has.
    states, dates
        Codes of the states, and the dates.
    universe
        Municipalities of each state on each date, shape (states, dates).
    last_day
        The day of the list.
    members
        Members on that day, shape (states,).
    nation
        The forecast of the nation that the states add up to; its `draws` are those on `dates`, and nowhere below the
        members that the list holds.
    """

    draws: Counts = field(repr=False)
    states: tuple[str, ...]
    dates: pd.DatetimeIndex
    universe: Counts = field(repr=False)
    last_day: pd.Timestamp
    members: Counts
    nation: GrowthForecast = field(repr=False)

    @property
    def national(self) -> Counts:
        """The nation's draws: the sum of the states', shape (draws, dates)."""
        return np.asarray(self.draws.sum(axis=1))

    def quantiles(self, uf: str, levels: Sequence[float] = BANDS) -> pd.DataFrame:
        """Return quantiles of one state's members.

        Parameters
        ----------
        uf
            Letters of the state.
        levels
            Each above 0 and below 1.

        Returns
        -------
        DataFrame
            Municipalities: one row per `date`, one column per `level`. A quantile need not be whole.

        Raises
        ------
        ParameterError
            If there is no such state, or a level is not between 0 and 1.
        """
        wanted = np.asarray(list(levels), dtype=float)
        if len(wanted) == 0 or not np.all((wanted > 0) & (wanted < 1)):
            raise ParameterError("Levels are {levels!r}; they must lie between 0 and 1.", levels=list(levels))
        values = np.quantile(self.draws[:, place_of(self.states, uf)], wanted, axis=0).T
        return pd.DataFrame(
            values, index=pd.DatetimeIndex(self.dates, name="date"), columns=pd.Index(wanted, name="level")
        )

    def on(self, day: Day, levels: Sequence[float] = BANDS, *, share: float = 0.5) -> pd.DataFrame:
        """Return what is forecast for each state on one of the dates.

        Parameters
        ----------
        day
            One of the forecast's dates.
        levels
            Levels of the quantiles, between 0 and 1.
        share
            Share of a state's municipalities whose chance is asked for, between 0 and 1.

        Returns
        -------
        DataFrame
            One row per state: `uf`, `municipalities`, `members_now`, `q025` … (quantiles of the members, named by
            level in thousandths), `probability` (that at least `share` of the state's municipalities are members).

        Raises
        ------
        ParameterError
            If the day is not among the dates.
        """
        wanted = pd.Timestamp(day).tz_localize(None).normalize()
        if wanted not in self.dates:
            raise ParameterError(
                "{wanted:%Y-%m-%d} is not among the dates of this forecast. Ask for it when making it.", wanted=wanted
            )
        place = self.dates.get_loc(wanted)
        at = self.draws[:, :, place]
        size = self.universe[:, place]
        quantiles = np.quantile(at, np.asarray(list(levels), dtype=float), axis=0)
        return pd.DataFrame(
            {
                "uf": self.states,
                "municipalities": size,
                "members_now": self.members,
                **{f"q{1000 * level:03.0f}": row for level, row in zip(levels, quantiles, strict=True)},
                "probability": (at >= np.ceil(share * size - 1e-9)).mean(axis=0),
            }
        )


def forecast_states(
    members: pd.DataFrame,
    municipalities: pd.DataFrame,
    *,
    day: Day,
    dates: Iterable[Day] | pd.DatetimeIndex,
    draws: int = DRAWS,
    seed: int = 0,
    curves: Sequence[str] = DEFAULT_CURVES,
    nation: GrowthForecast | None = None,
) -> StateForecast:
    """Forecast the members of each state and of the nation from a dated list, agreeing in every draw.

    Parameters
    ----------
    members, municipalities, day
        As in `state_totals`; the members of `cleaning.membership.standing.Membership` as they are.
    dates
        Future dates, none before the day of the list.
    draws, seed, curves
        As in `forecast.growth.forecast_growth`.
    nation
        A forecast of the nation, such as the published one (`forecast.outlook.outlook`), whose draws the states are to
        add up to; `draws` and `curves` are then its own. Members that it knows of and the list does not are given to
        states as newcomers are; a draw below the list's members is lifted to them. By default the nation is forecast
        from the list's own monthly totals.

    Returns
    -------
    StateForecast
        Draws of shape (draws, states, dates).

    Raises
    ------
    DataError
        As `state_totals`.
    IdentificationError
        If the list knows fewer than two days, or nobody has a date.
    ParameterError
        As `forecast_growth`.

    Notes
    -----
    The method, and its record beside independent state forecasts and top-down shares: `docs/methodology.md`, "States
    with a list", and `docs/benchmarks.md`.

    Examples
    --------
    >>> places = pd.DataFrame({"ibge_code": [str(i) for i in range(60)], "uf": ["AC"] * 20 + ["SP"] * 40})
    >>> places["valid_from"] = "2013-01-01"
    >>> days = pd.date_range("2024-01-31", periods=20, freq="ME")
    >>> listed = pd.DataFrame({"ibge_code": places["ibge_code"][::3], "joined_on": days})
    >>> ahead = forecast_states(listed, places, day="2025-08-31", dates=["2025-12-31", "2026-12-31"], draws=100)
    >>> ahead.draws.shape, bool((ahead.draws.sum(axis=1) == ahead.nation.draws).all())
    ((100, 2, 2), True)
    """
    totals = state_totals(members, municipalities, day, seed=seed)
    return forecast_totals(totals, dates=dates, draws=draws, seed=seed, curves=curves, nation=nation)


def forecast_totals(
    totals: StateTotals,
    *,
    dates: Iterable[Day] | pd.DatetimeIndex,
    draws: int = DRAWS,
    seed: int = 0,
    curves: Sequence[str] = DEFAULT_CURVES,
    nation: GrowthForecast | None = None,
) -> StateForecast:
    """Forecast states and nation from totals that are already counted; otherwise as `forecast_states`.

    Parameters
    ----------
    totals
        Members of each state by month's end, from `state_totals`.
    dates, draws, seed, curves, nation
        As in `forecast_states`.

    Returns
    -------
    StateForecast
        Draws of shape (draws, states, dates).

    Raises
    ------
    IdentificationError, ParameterError
        As `forecast_states`.
    """
    wanted = pd.DatetimeIndex([pd.Timestamp(one) for one in dates]).tz_localize(None).normalize().as_unit("ns")
    wanted = wanted.unique().sort_values()
    last = totals.dates[-1]
    ends = pd.date_range(last, wanted[-1], freq="ME") if len(wanted) and wanted[-1] > last else wanted
    grid = wanted.union(ends.as_unit("ns"))
    if nation is None:
        nation = forecast_growth(
            totals.national, universe=totals.national_size, dates=grid, draws=draws, seed=seed, curves=curves
        )
    else:
        nation = _on_grid(nation, totals, wanted, grid)
    rng = np.random.default_rng([seed, 27])
    newcomers = np.diff(totals.members, axis=1)
    outside = totals.sizes_on(totals.dates[1:]) - totals.members[:, :-1]
    gaps = np.asarray(np.diff(totals.dates) / pd.Timedelta(days=DAYS_PER_YEAR), dtype=float)
    paces = relative_paces(newcomers, outside, gaps, draws=len(nation.draws), rng=rng)
    paths = _state_paths(totals, nation, paces, rng)
    chosen = nation.dates.get_indexer(wanted)
    return StateForecast(
        draws=paths[:, :, chosen],
        states=totals.states,
        dates=wanted,
        universe=totals.sizes_on(wanted),
        last_day=last,
        members=totals.members[:, -1],
        nation=replace(nation, draws=nation.draws[:, chosen], dates=wanted),
    )


def _on_grid(
    nation: GrowthForecast, totals: StateTotals, wanted: pd.DatetimeIndex, grid: pd.DatetimeIndex
) -> GrowthForecast:
    """Return a forecast that was made elsewhere, read on the grid's days and nowhere below the list's members."""
    if len(wanted) == 0:
        raise ParameterError("No date was asked for; give at least one after the last total.")
    if wanted[0] < totals.dates[-1]:
        raise ParameterError(
            "A forecast from a list of {list_day:%Y-%m-%d} cannot speak of {wanted:%Y-%m-%d}. Ask for a later day.",
            list_day=totals.dates[-1],
            wanted=wanted[0],
        )
    days = wanted.union(grid[grid >= nation.dates[0]])
    counts = np.maximum(draws_on(nation, days), int(totals.members[:, -1].sum()))
    return replace(nation, draws=np.minimum(counts, totals.sizes_on(days).sum(axis=0)), dates=days)


def _state_paths(totals: StateTotals, nation: GrowthForecast, paces: RelativePaces, rng: np.random.Generator) -> Counts:
    """Return the states' members in each of the nation's draws, shape (draws, states, dates of the nation)."""
    sizes = totals.sizes_on(nation.dates)
    days = totals.dates[-1:].union(nation.dates[nation.dates > totals.dates[-1]])
    gaps = np.zeros(len(nation.dates))
    gaps[len(gaps) - len(days) + 1 :] = np.diff(days) / pd.Timedelta(days=DAYS_PER_YEAR)
    draws, parts = len(nation.draws), len(totals.states)
    now = np.tile(totals.members[:, -1], (draws, 1))
    paths = np.empty((draws, parts, len(gaps)), dtype=np.int64)
    log_level = paces.log_level + np.sqrt(paces.variance) * rng.standard_normal((draws, parts)) - paces.variance / 2
    rho, sigma = paces.rho[:, None], paces.sigma[:, None]
    kappa, double = np.log1p(rho), np.log1p(2 * rho)
    for i, gap in enumerate(gaps):
        outside = sizes[:, i] - now
        wanted = nation.draws[:, i] - now.sum(axis=1)
        step = sigma**2 * gap
        log_level = log_level + np.sqrt(step) * rng.standard_normal((draws, parts)) - step / 2
        share = np.minimum(wanted / np.maximum(outside.sum(axis=1), 1), 1 - 1e-9)
        exposure = -np.log1p(-share)[:, None] * np.exp(np.clip(log_level, -8.0, 8.0))
        chance = -np.expm1(-rng.gamma(np.maximum(exposure / kappa, 1e-12), rho))
        base = rng.binomial(outside, np.where(exposure > 0, chance, 0.0)).astype(float)
        stay = np.exp(-exposure)
        spread = (1 - stay) * stay * outside + outside * np.maximum(outside - 1, 0) * stay**2 * np.expm1(
            exposure * (2 - double / kappa)
        )
        now = now + whole_parts(base, spread, wanted, outside, rng)
        paths[:, :, i] = now
    return paths
