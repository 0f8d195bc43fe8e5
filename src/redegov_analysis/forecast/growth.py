"""The forecast of the network's growth: quantiles, chances and dates from draws of its future totals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from redegov_analysis.errors import DataError, ParameterError
from redegov_analysis.forecast.curves import Array
from redegov_analysis.forecast.ensemble import curve_weights, shares_of
from redegov_analysis.forecast.observations import Universe, read_totals, universe_on
from redegov_analysis.forecast.posterior import mixed, observed_intervals, sample_posterior
from redegov_analysis.forecast.process import Counts, simulate
from redegov_analysis.forecast.shapes import SHAPES

Day = str | date | pd.Timestamp

DEFAULT_CURVES = ("bass", "logistic", "gompertz")
BANDS = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)
_IMPUTATIONS = 600
_MONTHS_HALVED = 24


@dataclass(frozen=True)
class GrowthForecast:
    """Draws of the network's future totals.

    Attributes
    ----------
    draws
        Totals, shape (draws, dates): integers, non-decreasing along dates, within [last certain count, universe].
    dates
        The dates asked for, in order.
    weights
        Weight of each curve, by name; they add up to 1.
    drift_probability
        How probable it is, given the totals, that the hazard drifts away from every curve.
    last_certain_count, last_day
        The largest total that is certain, and the last day that the totals speak of.
    """

    draws: Counts
    dates: pd.DatetimeIndex
    weights: pd.Series
    drift_probability: float
    last_certain_count: int
    last_day: pd.Timestamp
    _grid: pd.DatetimeIndex
    _paths: Counts
    _paths_by_curve: dict[str, Counts]

    def quantiles(self, levels: Sequence[float] = BANDS) -> pd.DataFrame:
        """Return quantiles of the totals on the dates asked for.

        Parameters
        ----------
        levels
            Each above 0 and below 1.

        Returns
        -------
        DataFrame
            Municipalities: one row per `date`, one column per `level`. A quantile need not be whole.

        Raises
        ------
        ParameterError
            If there are no levels, or one is not between 0 and 1.
        """
        return _quantiles(self.draws, self.dates, levels)

    def monthly_quantiles(self, levels: Sequence[float] = BANDS) -> pd.DataFrame:
        """Return quantiles at each month's end up to the last date, for a fan chart.

        Parameters
        ----------
        levels
            Each above 0 and below 1.

        Returns
        -------
        DataFrame
            As `quantiles`, one row per month's end from the day of the last total on.

        Raises
        ------
        ParameterError
            As `quantiles`.
        """
        ends = self._grid.is_month_end
        return _quantiles(self._paths[:, ends], self._grid[ends], levels)

    def curve_quantiles(self, curve: str, levels: Sequence[float] = BANDS) -> pd.DataFrame:
        """Return quantiles at each month's end as one curve alone sees them, to show what curves disagree on.

        Parameters
        ----------
        curve
            Name of a curve in `weights`.
        levels
            Each above 0 and below 1.

        Returns
        -------
        DataFrame
            As `monthly_quantiles`.

        Raises
        ------
        ParameterError
            If the curve is not part of the forecast.
        """
        if curve not in self._paths_by_curve:
            raise ParameterError(
                "No curve {curve!r} in this forecast; it has {curves}.",
                curve=curve,
                curves=", ".join(self._paths_by_curve),
            )
        ends = self._grid.is_month_end
        return _quantiles(self._paths_by_curve[curve][:, ends], self._grid[ends], levels)

    def probability(self, count: int, by: Day) -> float:
        """Return the probability that at least `count` municipalities have joined by the end of the day `by`.

        Parameters
        ----------
        count
            Municipalities.
        by
            The day; between two days of the forecast's grid, paths are read on straight lines.

        Returns
        -------
        float
            Share of the draws, 0–1: never less for a smaller count or a later day.

        Raises
        ------
        ParameterError
            If `by` is before the last total or after the last date of the forecast.
        """
        day = pd.Timestamp(by).tz_localize(None).normalize()
        if not self.last_day <= day <= self._grid[-1]:
            raise ParameterError(
                "The forecast runs from {last_day:%Y-%m-%d} to {last:%Y-%m-%d}; {day:%Y-%m-%d} is outside. "
                "Forecast with a later last date.",
                last_day=self.last_day,
                last=self._grid[-1],
                day=day,
            )
        place = int(self._grid.searchsorted(day))
        if self._grid[place] == day:
            return float(np.mean(self._paths[:, place] >= count))
        reached = self._days_reached(count)
        return float(np.mean(reached <= (day - self._grid[0]) / pd.Timedelta(days=1)))

    def date_reached(self, count: int, levels: Sequence[float] = (0.05, 0.25, 0.5, 0.75, 0.95)) -> pd.Series:
        """Return the dates by which `count` is reached, one per level; NaT where it is not by the last date.

        Parameters
        ----------
        count
            The target.
        levels
            Probabilities between 0 and 1: the date at level 0.9 is the one by which nine of ten paths are there.

        Returns
        -------
        Series
            Days by `level`, named `reached_<count>`: the first by which at least that share of the paths is there.

        Raises
        ------
        ParameterError
            If there are no levels, or one is not between 0 and 1.
        """
        wanted = _checked_levels(levels)
        days = np.sort(self._days_reached(count))
        # The smallest day by which at least the share `level` of paths has arrived; never an average with "not yet".
        found = days[np.searchsorted(np.arange(1, len(days) + 1) / len(days), wanted)]
        stamps = [self._grid[0] + pd.Timedelta(days=int(np.ceil(day))) if np.isfinite(day) else pd.NaT for day in found]
        return pd.Series(pd.DatetimeIndex(stamps), index=pd.Index(wanted, name="level"), name=f"reached_{count}")

    def _days_reached(self, count: int) -> Array:
        """Days after the grid's first at which each path reaches `count`; infinity where it does not."""
        days = np.asarray((self._grid - self._grid[0]) / pd.Timedelta(days=1), dtype=float)
        there = self._paths >= count
        first = np.argmax(there, axis=1)
        before = np.maximum(first - 1, 0)
        rows = np.arange(len(first))
        low, high = self._paths[rows, before], self._paths[rows, first]
        part = np.where(first > 0, (count - low) / np.maximum(high - low, 1), 1.0)
        reached = days[before] + part * (days[first] - days[before])
        return np.where(there.any(axis=1), reached, np.inf)


def forecast_growth(
    milestones: pd.DataFrame,
    *,
    universe: Universe,
    dates: Iterable[Day] | pd.DatetimeIndex,
    draws: int = 2000,
    seed: int = 0,
    curves: Sequence[str] = DEFAULT_CURVES,
) -> GrowthForecast:
    """Forecast the network's totals from the totals published so far.

    Parameters
    ----------
    milestones
        Published totals: the processed table, or just `date` and `municipalities` (see `observations.read_totals`).
    universe
        How many there are to join: a number, a Series of sizes indexed by the date from which each holds, or a function
        of a date.
    dates
        Future dates, none before the last total.
    draws
        How many paths to draw.
    seed
        Seed of the random numbers; the same totals and seed give the same draws, whatever the order of the rows.
    curves
        Curves of the ensemble.

    Returns
    -------
    GrowthForecast
        Draws of the totals, with quantiles, probabilities and dates.

    Raises
    ------
    ParameterError
        If a date is not in the future of the totals, or there are no draws, dates or curves.
    DataError
        If the totals contradict each other or exceed the universe.
    IdentificationError
        If there are fewer than two totals.

    Notes
    -----
    The model, its priors and its sources are in `docs/methodology.md`, section "Growth forecast".

    Examples
    --------
    >>> seen = pd.DataFrame({"date": ["2022-12-31", "2023-12-31", "2024-12-15"], "municipalities": [163, 727, 1511]})
    >>> ahead = forecast_growth(seen, universe=5570, dates=["2025-12-31", "2026-12-31"], draws=500)
    >>> ahead.draws.shape
    (500, 2)
    >>> bool(ahead.draws.min() >= 1511 and ahead.draws.max() <= 5570)
    True
    """
    totals = read_totals(milestones)
    wanted = _checked_dates(dates, totals.last_day)
    if draws < 1:
        raise ParameterError("{draws} {draws:draw was|draws were} asked for; at least 1 is needed.", draws=draws)
    unknown = [name for name in curves if name not in SHAPES]
    if unknown or not curves or len(set(curves)) < len(curves):
        raise ParameterError(
            "The curves are {curves!r}; choose some of {shapes}, each once.",
            curves=list(curves),
            shapes=", ".join(SHAPES),
        )
    streams = np.random.default_rng(seed).spawn(len(SHAPES) + 1)
    central = observed_intervals(totals, universe, totals.central())
    imputed = observed_intervals(totals, universe, totals.impute(_IMPUTATIONS, streams[-1]))
    grid = _fine_grid(totals.last_day, wanted)
    sizes = universe_on(universe, grid)
    if totals.last_certain_count > sizes.min():
        raise DataError(
            "{count} {count:has|have} joined, more than the universe of {smallest}. Correct the total, or the "
            "universe.",
            count=totals.last_certain_count,
            smallest=sizes.min(),
        )
    paths: dict[str, Counts] = {}
    evidence: dict[str, float] = {}
    drift_share: dict[str, float] = {}
    for name in sorted(curves):
        rng = streams[list(SHAPES).index(name)]
        true_to_curve, drifting = (
            sample_posterior(SHAPES[name], central, imputed, draws, rng, drifts=drifts) for drifts in (False, True)
        )
        odds = np.exp(np.clip(drifting.log_evidence - true_to_curve.log_evidence, -50, 50))
        drift_share[name] = float(odds / (1 + odds))
        part = shares_of(draws, np.array([1 - drift_share[name], drift_share[name]]))
        posterior = mixed([(true_to_curve, part[0]), (drifting, part[1])])
        evidence[name] = posterior.log_evidence
        paths[name] = simulate(
            posterior.shape,
            posterior.theta,
            start=posterior.t_last,
            times=totals.years(grid),
            start_share=posterior.start_share,
            count=posterior.count_last,
            universe=sizes,
            rho=posterior.rho,
            sigma=posterior.sigma,
            log_g=posterior.log_g,
            variance=posterior.variance,
            rng=rng,
        )
    weights = curve_weights(evidence)
    parts = shares_of(draws, np.array(list(weights.values())))
    # A path keeps a random place, so that the first draws of a curve are a fair sample of its two variants.
    pooled = np.concatenate(
        [streams[-1].permutation(paths[name])[:part] for name, part in zip(weights, parts, strict=True)]
    )
    return GrowthForecast(
        draws=pooled[:, grid.searchsorted(wanted)],
        dates=wanted,
        weights=pd.Series(weights, name="weight"),
        drift_probability=float(sum(weight * drift_share[name] for name, weight in weights.items())),
        last_certain_count=totals.last_certain_count,
        last_day=totals.last_day,
        _grid=grid,
        _paths=pooled,
        _paths_by_curve=paths,
    )


def _fine_grid(start: pd.Timestamp, wanted: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """Return the last total's day, every month's end after it, middles of the first months, and the dates asked for."""
    ends = pd.date_range(start, wanted[-1], freq="ME")
    middles = (ends[:_MONTHS_HALVED] - pd.Timedelta(days=15)).intersection(pd.date_range(start, wanted[-1]))
    return ends.union(middles).union(wanted).union(pd.DatetimeIndex([start])).as_unit("ns")


def _checked_dates(dates: Iterable[Day] | pd.DatetimeIndex, last: pd.Timestamp) -> pd.DatetimeIndex:
    wanted = pd.DatetimeIndex([pd.Timestamp(day) for day in dates]).tz_localize(None).normalize()
    wanted = wanted.as_unit("ns").unique().sort_values()
    if len(wanted) == 0:
        raise ParameterError("No date was asked for; give at least one after the last total.")
    odd = wanted[wanted.isna() | (wanted < last)]
    if len(odd):
        raise ParameterError(
            "A forecast cannot speak of {wanted}: the last total reaches to {last:%Y-%m-%d}. Ask for that day "
            "or later, or leave the later totals out.",
            wanted=str(odd[0])[:10],
            last=last,
        )
    return wanted


def _checked_levels(levels: Sequence[float]) -> Array:
    wanted = np.asarray(levels, dtype=float).ravel()
    if len(wanted) == 0 or not np.all((wanted > 0) & (wanted < 1)):
        raise ParameterError("Levels are {levels!r}; they must lie between 0 and 1.", levels=list(levels))
    return wanted


def _quantiles(draws: Counts, dates: pd.DatetimeIndex, levels: Sequence[float]) -> pd.DataFrame:
    wanted = _checked_levels(levels)
    values = np.quantile(draws, wanted, axis=0).T
    return pd.DataFrame(values, index=pd.DatetimeIndex(dates, name="date"), columns=pd.Index(wanted, name="level"))
