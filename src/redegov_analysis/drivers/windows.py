"""Event history of days that are only known within windows: interval-censored joinings.

A list that says "2024", or two lists of different days, gives a window in which each member joined. Each window is
filled with a day drawn within it, several times; each filling is fitted, and the fits are pooled by Rubin's rules, so
that what is not known widens the intervals (Wei and Tanner 1991). Days are drawn first evenly, then by how likely the
last round's model makes each month. The order in which neighbours joined within a window stays unknown: the neighbours'
effect is drawn towards zero by wide windows, the others are not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from redegov_analysis.drivers.covariates import MAIN
from redegov_analysis.drivers.design import FloatArray, IntArray
from redegov_analysis.drivers.event_history import fit_event_history
from redegov_analysis.drivers.history import EventHistory
from redegov_analysis.drivers.inference import pool_imputations, pooled_covariance
from redegov_analysis.drivers.links import link_of
from redegov_analysis.drivers.neighbours import Neighbours
from redegov_analysis.errors import DataError, ParameterError


@dataclass(frozen=True)
class WindowedHistory(EventHistory):
    """An event history pooled over fillings of the windows.

    `fit` holds the pooled coefficients and covariance, `panel` the rows of the last filling.

    Attributes
    ----------
    pooled
        As `inference.pool_imputations`: with Student's t on Rubin's degrees of freedom and `missing_information`, the
        share of each variance that comes from days not known.
    events
        The last filling: `ibge_code`, `joined_on`.
    """

    pooled: pd.DataFrame
    events: pd.DataFrame

    def table(self, level: float = 0.95) -> pd.DataFrame:
        """Return the pooled coefficients without the calendar, as `EventHistory.table`, at the pooled level.

        Parameters
        ----------
        level
            0.95.

        Returns
        -------
        DataFrame
            One row per term, with `sd` (missing for dummies) and `missing_information` (0–1).

        Raises
        ------
        ParameterError
            If `level` is not 0.95, the level that the fits were pooled at.
        """
        if level != 0.95:
            raise ParameterError(
                "A windowed history is pooled at the level 0.95, not {level}. Leave the level out.", level=level
            )
        return self.pooled.loc[list(self.terms)].join(self.sd)


def fit_windowed_history(
    events: pd.DataFrame,
    municipalities: pd.DataFrame,
    neighbours: pd.DataFrame | Neighbours,
    start: str | pd.Timestamp,
    end: str | pd.Timestamp,
    covariates: Sequence[str] = MAIN,
    *,
    draws: int = 5,
    rounds: int = 2,
    seed: int | np.random.Generator = 0,
    after: str = "joined_after",
    by: str = "joined_by",
    **options: Any,
) -> WindowedHistory:
    """Fit the monthly hazard of joining to days that are only known within windows.

    Parameters
    ----------
    events
        `ibge_code`, and for those that joined the window: it joined after the day `after` (missing: since `start`) and
        by the day `by`. Both missing, or a code not listed: not joined.
    municipalities, neighbours, start, end, covariates
        As in `event_history.fit_event_history`.
    draws
        Fillings that are pooled, at least 2.
    rounds
        Before the last round, one filling each: in the first round evenly within the windows, then by the model of the
        round before. In the last round, `draws` fillings.
    seed
        Seed or generator.
    after, by
        Names of the columns of `events` with the days between which each joined.
    options
        Further options of `fit_event_history`. The calendar is a spline unless `baseline="month"`.

    Returns
    -------
    WindowedHistory
        Pooled; `counts` also says `windows`, how many joined in a window of more than one month.

    Raises
    ------
    DataError
        If a window ends before it begins.
    ParameterError
        If there are fewer than two draws or no round.
    """
    if draws < 2 or rounds < 1:
        raise ParameterError(
            "draws is {draws} and rounds {rounds}; pooling needs two draws and one round or more.",
            draws=draws,
            rounds=rounds,
        )
    rng = np.random.default_rng(seed)
    windows = _windows(events, pd.Timestamp(start), after, by)
    given = (municipalities, neighbours, start, end, covariates)
    options = {"baseline": "spline", **options}
    weights: dict[int, FloatArray] = {}
    for _ in range(rounds - 1):
        guess = fit_event_history(_filled(windows, weights, rng), *given, **options)
        weights = _month_weights(windows, guess)
    fits = []
    for _ in range(draws):
        filled = _filled(windows, weights, rng)
        history = fit_event_history(filled, *given, **options)
        fits.append(history.fit)
    common = [term for term in history.fit.coef.index if all(term in fit.coef.index for fit in fits)]
    coefs, covs = [fit.coef[common] for fit in fits], [fit.cov.loc[common, common] for fit in fits]
    pooled = pool_imputations(coefs, covs, df=history.fit.df)
    wide = int((windows["last_month"] > windows["first_month"]).sum())
    return WindowedHistory(
        fit=replace(history.fit, coef=pooled["coef"], cov=pooled_covariance(coefs, covs)),
        panel=history.panel,
        terms=tuple(term for term in history.terms if term in common),
        sd=history.sd,
        counts=pd.concat([history.counts, pd.Series({"windows": wide})]).rename("count"),
        calendar=history.calendar[[name for name in history.calendar.columns if name in common]],
        pooled=pooled,
        events=filled,
    )


def _windows(events: pd.DataFrame, start: pd.Timestamp, after: str, by: str) -> pd.DataFrame:
    """First and last possible day of each that joined, by code, and the numbers of their months."""
    for column in ("ibge_code", after, by):
        if column not in events.columns:
            raise DataError(
                "events lacks the column {column}; it has {columns}.",
                column=column,
                columns=", ".join(map(str, events.columns)),
            )
    table = pd.DataFrame(
        {
            "ibge_code": events["ibge_code"].astype("str"),
            "first": pd.to_datetime(events[after]) + pd.Timedelta(days=1),
            "last": pd.to_datetime(events[by]),
        }
    )
    table["first"] = table["first"].fillna(start)
    table = table[table["last"].notna()].sort_values("ibge_code", ignore_index=True)
    bad = table["last"] < table["first"]
    if bad.any():
        row = table[bad].iloc[0]
        raise DataError(
            "{count} {count:window of joining ends before it begins|windows of joining end before they begin}, the "
            "first that of {ibge_code} (by {last:%Y-%m-%d}, but not before {first:%Y-%m-%d}). "
            "Give both days, in order.",
            count=int(bad.sum()),
            ibge_code=row["ibge_code"],
            last=row["last"],
            first=row["first"],
        )
    return table.assign(first_month=_month(table["first"]), last_month=_month(table["last"]))


def _filled(windows: pd.DataFrame, weights: dict[int, FloatArray], rng: np.random.Generator) -> pd.DataFrame:
    """Return a day for each window: in a month drawn by its weight where there is one, else evenly."""
    first = windows["first"].to_numpy(dtype="datetime64[D]")
    last = windows["last"].to_numpy(dtype="datetime64[D]")
    chance = rng.random((2, len(windows)))
    for row, weight in weights.items():
        month = int(np.searchsorted(weight.cumsum(), chance[0, row] * weight.sum()))
        begin = np.datetime64("1970-01", "M") + int(windows["first_month"].iloc[row]) + month
        first[row] = max(first[row], begin.astype("datetime64[D]"))
        last[row] = min(last[row], (begin + 1).astype("datetime64[D]") - 1)
    width = (last - first).astype(np.int64) + 1
    day = first + np.floor(chance[1] * width).astype("timedelta64[D]")
    return pd.DataFrame({"ibge_code": windows["ibge_code"], "joined_on": pd.to_datetime(day).as_unit("us")})


def _month_weights(windows: pd.DataFrame, history: EventHistory) -> dict[int, FloatArray]:
    """Return how likely a model makes each month of each window of more than one, by row.

    The chance of not having joined before times that of joining then; the neighbours' share is left to the calendar.
    """
    terms = [term for term in history.terms if term != "neighbours_share"]
    known = history.panel.drop_duplicates("ibge_code").set_index("ibge_code")[terms]
    effect = known.to_numpy(dtype=np.float64) @ history.fit.coef[terms].to_numpy(dtype=np.float64)
    shift = pd.Series(effect, index=known.index).reindex(windows["ibge_code"]).fillna(float(effect.mean())).to_numpy()
    level = history.calendar_level().dropna()
    months = _month(pd.Series(level.index))
    mean = link_of(history.fit.link).mean
    weights = {}
    for row, (begin, end) in enumerate(zip(windows["first_month"], windows["last_month"], strict=True)):
        # Months outside the observed ones, or without a constant, take the nearest month's level.
        near = np.interp(np.arange(begin, end + 1), months, level.to_numpy(dtype=np.float64))
        if len(near) > 1:
            hazard = mean(near + shift[row])
            weight = hazard * np.cumprod(np.append(1.0, 1 - hazard[:-1]))
            weights[row] = weight * _shares(windows["first"].iloc[row], windows["last"].iloc[row], len(near))
    return weights


def _shares(first: pd.Timestamp, last: pd.Timestamp, months: int) -> FloatArray:
    """Share of each month that lies in the window: the months at its ends may be cut."""
    share = np.ones(months)
    share[0] = (first.days_in_month - first.day + 1) / first.days_in_month
    share[-1] = last.day / last.days_in_month
    return share


def _month(days: pd.Series) -> IntArray:
    """Return the number of the month of each day, counted from January 1970."""
    number: IntArray = (12 * (days.dt.year - 1970) + days.dt.month - 1).to_numpy(dtype=np.int64)
    return number
