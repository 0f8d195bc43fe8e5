"""Forecasts made as if it were earlier, scored by what came: rolling origin over totals, beside three baselines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from redegov_analysis.errors import ParameterError
from redegov_analysis.forecast.baselines import BASELINES, baseline_draws
from redegov_analysis.forecast.curves import Array
from redegov_analysis.forecast.growth import DEFAULT_CURVES, forecast_growth
from redegov_analysis.forecast.observations import Totals, Universe, read_totals, universe_on
from redegov_analysis.forecast.scores import LEVELS, crps, weighted_interval_score

ENSEMBLE = "ensemble"
_DAYS_PER_MONTH = 365.25 / 12
_NOMINAL = (50, 80, 90, 95)


def monthly_totals(joined_on: pd.Series, until: str | pd.Timestamp) -> pd.DataFrame:
    """Return how many had joined by each month's end, from the dates on which each joined.

    Parameters
    ----------
    joined_on
        Dates, one per member; missing where it never joined.
    until
        Last month.

    Returns
    -------
    DataFrame
        `date` (month ends, from the month before the first joined) and `municipalities`.

    Raises
    ------
    ParameterError
        If nobody joined.

    Examples
    --------
    >>> monthly_totals(pd.Series(pd.to_datetime(["2024-01-15", "2024-03-02", None])), "2024-04-30")
            date  municipalities
    0 2023-12-31               0
    1 2024-01-31               1
    2 2024-02-29               1
    3 2024-03-31               2
    4 2024-04-30               2
    """
    joined = joined_on.dropna().sort_values()
    if joined.empty:
        raise ParameterError("Nobody joined: there are no dates to count.")
    first = joined.iloc[0].normalize() - pd.offsets.MonthEnd(1)
    ends = pd.date_range(first, pd.Timestamp(until), freq="ME")
    counts = joined.searchsorted(ends + pd.Timedelta(days=1), side="left")
    return pd.DataFrame({"date": ends, "municipalities": counts.astype("int64")})


def rolling_origin(
    totals: pd.DataFrame,
    *,
    universe: Universe,
    horizons_months: Sequence[int] = (6,),
    first_share: float = 0.1,
    draws: int = 2000,
    seed: int = 0,
    curves: Sequence[str] = DEFAULT_CURVES,
    baselines: Sequence[str] = tuple(BASELINES),
) -> pd.DataFrame:
    """Score forecasts from every month of a regular series, from the one in which a share of the universe had joined.

    Parameters
    ----------
    totals
        `date` and `municipalities`, one row per month's end, none missing.
    universe
        As in `forecast_growth`.
    horizons_months
        How many months ahead to forecast; an origin is used when the longest of them is in the series.
    first_share
        Share of the universe from which on forecasts are made.
    draws, seed, curves
        As in `forecast_growth`; the seed is the same at every origin.
    baselines
        Which baselines to score beside the ensemble.

    Returns
    -------
    DataFrame
        One row per origin, horizon and method: `origin`, `target_date`, `horizon_months`, `method`, `observed`,
        `median`, `wis`, `crps`, `covered_50`, `covered_80`, `covered_90`, `covered_95`, `width_90`, `error` (median
        minus observed, in municipalities).

    Raises
    ------
    ParameterError
        If the series is not monthly, or too short for any origin.
    """
    series = totals.sort_values("date", ignore_index=True)
    dates = pd.DatetimeIndex(series["date"])
    months = dates.to_period("M")
    if not np.all(np.diff(months.year * 12 + months.month) == 1):
        raise ParameterError("The series is not monthly: give one total per month, in a row.")
    counts = series["municipalities"].to_numpy(dtype=np.int64)
    share = counts / universe_on(universe, dates)
    reach = max(horizons_months)
    origins = [i for i in range(3, len(series) - reach) if share[i] >= first_share]
    if not origins:
        raise ParameterError(
            "No month has {first_share:.0%} of the universe with {reach} {reach:month|months} to follow. "
            "Give a smaller share, or shorter horizons.",
            first_share=first_share,
            reach=reach,
        )
    parts = []
    for origin in origins:
        targets = [origin + horizon for horizon in horizons_months]
        seen = series.iloc[: origin + 1]
        forecast = forecast_growth(seen, universe=universe, dates=dates[targets], draws=draws, seed=seed, curves=curves)
        ahead = np.array(horizons_months, dtype=float)
        last = int(universe_on(universe, dates[targets]).min())
        every = {ENSEMBLE: forecast.draws.astype(float)} | {
            name: baseline_draws(name, np.arange(origin + 1.0), counts[: origin + 1].astype(float), ahead, last)
            for name in baselines
        }
        parts.append(_scored(every, dates[origin], dates[targets], horizons_months, counts[targets]))
    return pd.concat(parts, ignore_index=True)


def published_origins(
    milestones: pd.DataFrame,
    *,
    universe: Universe,
    first_total: int = 5,
    draws: int = 2000,
    seed: int = 0,
    curves: Sequence[str] = DEFAULT_CURVES,
) -> pd.DataFrame:
    """Score forecasts from each published total of all those published later.

    Parameters
    ----------
    milestones
        As in `forecast_growth`; where a total is a bound or a day a window, their middles are scored.
    universe, draws, seed, curves
        As in `forecast_growth`.
    first_total
        How many totals must be known before the first forecast.

    Returns
    -------
    DataFrame
        As `rolling_origin`, with `horizon_months` in months of 30.44 days.

    Raises
    ------
    ParameterError
        If no total was published after the first `first_total`.
    """
    known = read_totals(milestones)
    t, counts = known.central()
    months = t[0] * 365.25 / _DAYS_PER_MONTH
    parts = []
    for origin in range(max(first_total, 3) - 1, len(known.table) - 1):
        seen = Totals(known.table.iloc[: origin + 1], known.origin)
        later = [i for i in range(origin + 1, len(known.table)) if known.dates_at(t[0, [i]])[0] > seen.last_day]
        if not later:
            continue
        targets = known.dates_at(t[0, later])
        forecast = forecast_growth(
            as_milestones(seen), universe=universe, dates=targets, draws=draws, seed=seed, curves=curves
        )
        columns = forecast.dates.searchsorted(targets)
        ahead = months[later] - months[origin]
        last = int(universe_on(universe, targets).min())
        past = months[: origin + 1], counts[0, : origin + 1].astype(float)
        every = {ENSEMBLE: forecast.draws[:, columns].astype(float)} | {
            name: baseline_draws(name, *past, ahead, last) for name in BASELINES
        }
        parts.append(_scored(every, known.dates_at(t[0, [origin]])[0], targets, ahead, counts[0, later]))
    if not parts:
        raise ParameterError(
            "{n_table} {n_table:total leaves|totals leave} none to score after the first {first_total}. "
            "Give more totals, or a smaller first_total.",
            n_table=len(known.table),
            first_total=first_total,
        )
    return pd.concat(parts, ignore_index=True)


def as_milestones(totals: Totals) -> pd.DataFrame:
    """Return totals as a table that `forecast_growth` reads.

    Parameters
    ----------
    totals
        From `observations.read_totals`.

    Returns
    -------
    DataFrame
        One row per total: `date` (middle of its window), `date_earliest`, `date_latest`, `municipalities`, `count_low`,
        and `count_high`, missing where the bound is open above.
    """
    table = totals.table
    return pd.DataFrame(
        {
            "date": table["earliest"] + (table["latest"] - table["earliest"]) / 2,
            "date_earliest": table["earliest"],
            "date_latest": table["latest"],
            "municipalities": table["low"],
            "count_low": table["low"],
            "count_high": table["high"].where(table["high"] >= 0),
        }
    )


def summary(scores: pd.DataFrame) -> pd.DataFrame:
    """Return mean scores and coverage by method and horizon, best first within a horizon.

    Parameters
    ----------
    scores
        As `rolling_origin` returns them, of regular horizons.

    Returns
    -------
    DataFrame
        `horizon_months`, `method`, `forecasts`, `wis`, `crps`, `covered_50` … `covered_95` (shares), `width_90`
        (median), `mape` (share of the observed).
    """
    grouped = scores.assign(mape=(scores["error"] / scores["observed"]).abs()).groupby(["horizon_months", "method"])
    covered = [f"covered_{level}" for level in _NOMINAL]
    table = grouped[["wis", "crps", *covered, "mape"]].mean()
    table.insert(0, "forecasts", grouped.size())
    table["width_90"] = grouped["width_90"].median()
    return table.reset_index().sort_values(["horizon_months", "wis"], ignore_index=True)


def _scored(
    draws: dict[str, Array],
    origin: pd.Timestamp,
    targets: pd.DatetimeIndex,
    horizons: Iterable[float],
    observed: np.ndarray[tuple[int], np.dtype[np.int64]],
) -> pd.DataFrame:
    truth = observed.astype(float)
    frames = []
    for method, values in draws.items():
        quantiles = np.quantile(values, LEVELS, axis=0).T
        frame = pd.DataFrame(
            {
                "origin": origin,
                "target_date": targets,
                "horizon_months": list(horizons),
                "method": method,
                "observed": observed,
                "median": np.median(values, axis=0),
                "wis": weighted_interval_score(truth, quantiles, LEVELS),
                "crps": crps(truth, values.T),
            }
        )
        for level in _NOMINAL:
            low, high = np.quantile(values, [0.5 - level / 200, 0.5 + level / 200], axis=0)
            frame[f"covered_{level}"] = (low <= truth) & (truth <= high)
            if level == 90:
                frame["width_90"] = high - low
        frame["error"] = frame["median"] - truth
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)
