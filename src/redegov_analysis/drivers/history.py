"""A fitted event history: its effects, its calendar, and the curves that it predicts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pandas as pd
from scipy import stats

from redegov_analysis.drivers.hazard import HazardFit
from redegov_analysis.drivers.links import link_of
from redegov_analysis.drivers.splines import natural_spline
from redegov_analysis.errors import ParameterError

SPLINE_DF: Final = 6
"""Degrees of freedom of a smooth calendar, the constant not counted."""


@dataclass(frozen=True)
class EventHistory:
    """A fitted event history.

    Attributes
    ----------
    fit
        The hazard model; its baseline has one constant per month, or a constant and a spline.
    panel
        The person-period rows that it was fitted to: `ibge_code`, `period`, `period_index`, `event`,
        `neighbours_share` (as a share), `uf`, and the terms as the model saw them.
    terms
        Names of the covariates, in order.
    sd
        Standard deviation behind each standardised term; missing for dummies.
    counts
        `municipalities`, `at_risk` (with at least one row), `joined_before` (left-truncated), `municipality_months`,
        `events`, and those left out because a covariate was missing: `municipalities_incomplete`, `rows_incomplete`,
        `events_incomplete`. With state effects also `states_without_events`, whose rows are left out.
    calendar
        The columns of the baseline in each month (index `period`): with a spline its values, else one dummy per month
        with joinings.
    """

    fit: HazardFit
    panel: pd.DataFrame
    terms: tuple[str, ...]
    sd: pd.Series
    counts: pd.Series
    calendar: pd.DataFrame = field(repr=False)

    def table(self, level: float = 0.95) -> pd.DataFrame:
        """Return the coefficients without the calendar, as `inference.coefficient_table`, with `sd`.

        `ratio` is the odds (logit) or hazard (cloglog) ratio per standard deviation, or of a dummy.

        Parameters
        ----------
        level
            Probability that the intervals hold, 0–1.

        Returns
        -------
        DataFrame
            One row per term, with `sd` (missing for dummies).
        """
        table: pd.DataFrame = self.fit.summary(level).loc[list(self.terms)].join(self.sd)
        return table

    def calendar_level(self) -> pd.Series:
        """Return the linear predictor of the baseline in each month; missing in months whose rows were left out.

        Returns
        -------
        Series
            On the link's scale, by `period` (first day of the month).
        """
        names = list(self.calendar.columns)
        level = self.calendar.to_numpy(dtype=np.float64) @ self.fit.coef[names].to_numpy(dtype=np.float64)
        known = (self.calendar != 0).any(axis=1)
        return pd.Series(level, index=self.calendar.index, name="level").where(known)

    def baseline(self, level: float = 0.95) -> pd.DataFrame:
        """Return the monthly hazard of an average municipality of the reference region whose neighbours are average.

        Parameters
        ----------
        level
            Probability that the intervals hold, 0–1.

        Returns
        -------
        DataFrame
            `period`, `hazard`, `low`, `high` (monthly probabilities), `at_risk`, `events`. With one constant per month,
            months in which nobody joined have a hazard of 0 and no interval.
        """
        names = list(self.calendar.columns)
        columns = self.calendar.to_numpy(dtype=np.float64)
        spread = columns @ self.fit.cov.loc[names, names].to_numpy(dtype=np.float64)
        freedom = np.inf if self.fit.df is None else self.fit.df
        width = stats.t.ppf(0.5 + level / 2, freedom) * np.sqrt(np.einsum("ij,ij->i", spread, columns))
        centre = self.calendar_level()
        mean = link_of(self.fit.link).mean
        hazards = pd.DataFrame(
            {
                name: mean((centre + side * width).to_numpy())
                for name, side in (("hazard", 0), ("low", -1), ("high", 1))
            },
            index=centre.index,
        )
        rows = self.panel.groupby("period")["event"].agg(at_risk="size", events="sum")
        table: pd.DataFrame = rows.join(hazards).reset_index()
        table.loc[table["hazard"].isna() & (table["events"] == 0), "hazard"] = 0.0
        return table[["period", "hazard", "low", "high", "at_risk", "events"]]

    def survival(self, profiles: pd.DataFrame) -> pd.DataFrame:
        """Return the chance of not having joined by the end of each month, for municipalities that might exist.

        Parameters
        ----------
        profiles
            One row per profile, named by the index; columns among `terms`, as the model sees them (standard deviations
            from the mean; 0 or 1 for dummies). Terms left out are 0: average, or the reference.

        Returns
        -------
        DataFrame
            `profile`, `period`, `survival` (0–1). The neighbours' share stays as given.

        Raises
        ------
        ParameterError
            If a column is not a term of the model.
        """
        unknown = [str(name) for name in profiles.columns if name not in self.terms]
        if unknown:
            raise ParameterError(
                "{unknown} is not a term of the model; it has {terms}.", unknown=unknown[0], terms=", ".join(self.terms)
            )
        mean = link_of(self.fit.link).mean
        months = self.calendar.index
        level = self.calendar_level().to_numpy(dtype=np.float64)
        effect = profiles.to_numpy(dtype=np.float64) @ self.fit.coef[list(profiles.columns)].to_numpy(dtype=np.float64)
        parts = []
        for profile, shift in zip(profiles.index, effect, strict=True):
            # Months that hold no event have no constant, and a hazard of zero.
            hazard = np.where(np.isnan(level), 0.0, mean(np.nan_to_num(level) + shift))
            parts.append(pd.DataFrame({"profile": profile, "period": months, "survival": np.cumprod(1 - hazard)}))
        return pd.concat(parts, ignore_index=True)


def spline_calendar(period: pd.Series, df: int) -> pd.DataFrame:
    """Return a constant and the spline's columns for each month.

    Parameters
    ----------
    period
        First days of months, repeated and in any order.
    df
        Degrees of freedom of the spline.

    Returns
    -------
    DataFrame
        By `period`, one row per month: `const` (1) and `calendar[1]` to `calendar[df]`.
    """
    months = pd.Index(np.sort(period.unique()), name="period")
    number = pd.DatetimeIndex(months).year * 12 + pd.DatetimeIndex(months).month
    columns = natural_spline(number, df)
    names = [f"calendar[{column + 1}]" for column in range(df)]
    calendar = pd.DataFrame(columns, index=months, columns=names)
    calendar.insert(0, "const", 1.0)
    return calendar


def month_calendar(period: pd.Series, fit: HazardFit) -> pd.DataFrame:
    """Return a dummy for each month that has its constant, zero in the others.

    Parameters
    ----------
    period
        First days of months, repeated and in any order.
    fit
        The fit, whose terms tell which months have a constant.

    Returns
    -------
    DataFrame
        By `period`, one row per month: 0 or 1 in `baseline[<day>]`.
    """
    months = pd.Index(np.sort(period.unique()), name="period")
    names = [f"baseline[{month:%Y-%m-%d}]" for month in months]
    dummies = pd.DataFrame(np.eye(len(months)), index=months, columns=names)
    return dummies[[name for name in names if name in fit.coef.index]]
