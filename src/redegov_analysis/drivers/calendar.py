"""What changes with the calendar: mayors' mandates, and events that may have moved joinings, in all states or in one.

Terms that are the same for all municipalities of a month need a calendar without a constant of its own for each month
(`fit_event_history(baseline="spline")`); those that differ by state, such as a caravan that came to it, do not.
"""

from __future__ import annotations

import re
from typing import Final

import numpy as np
import pandas as pd

from redegov_analysis.errors import ParameterError

CARAVAN: Final = "caravan_in_state"
"""Term: whether a Caravana Federativa came to the state in this month or the two before."""

FIRST_MANDATE: Final = 2013
"""Mayors take office on 1 January of this year and of every fourth after it."""

_STATE_OF_CARAVAN: Final = re.compile(r"Caravana Federativa ([A-Z]{2})\b")


def mandate_terms(start: str | pd.Timestamp, end: str | pd.Timestamp) -> pd.DataFrame:
    """Return where each month stands in the mayors' mandate.

    Parameters
    ----------
    start, end
        First and last day.

    Returns
    -------
    DataFrame
        One row per month: `period` (its first day), `first_year_of_mandate` and `election_year` (0 or 1): the first and
        the last of the mandate's four years.

    Examples
    --------
    >>> mandate_terms("2024-12-01", "2025-01-31").iloc[:, 1:].to_numpy().tolist()
    [[0.0, 1.0], [1.0, 0.0]]
    """
    months = _months(start, end)
    year = (months.year.to_numpy() - FIRST_MANDATE) % 4
    return pd.DataFrame(
        {
            "period": months,
            "first_year_of_mandate": (year == 0).astype(np.float64),
            "election_year": (year == 3).astype(np.float64),
        }
    )


def event_terms(
    events: pd.DataFrame, start: str | pd.Timestamp, end: str | pd.Timestamp, name: str, *, months: int = 3
) -> pd.DataFrame:
    """Return in which months an event had just happened.

    Parameters
    ----------
    events
        `date`, and `uf` where events belong to a state.
    start, end
        First and last day.
    name
        Name of the term.
    months
        How long an event counts: its own month and the next ones, at least 1.

    Returns
    -------
    DataFrame
        `period`, `uf` if given (only states that had an event by `end`), and the term (0 or 1).

    Raises
    ------
    ParameterError
        If `months` is below 1.
    """
    if months < 1:
        raise ParameterError("months is {months}; an event counts for 1 month or more.", months=months)
    calendar = _months(start, end)
    number = calendar.year.to_numpy() * 12 + calendar.month.to_numpy()
    parts = []
    for uf, part in events.groupby("uf") if "uf" in events.columns else [(None, events)]:
        day = pd.to_datetime(part["date"])
        happened = (day.dt.year * 12 + day.dt.month).to_numpy()
        since = number[:, None] - happened[None, :]
        recent = ((since >= 0) & (since < months)).any(axis=1)
        parts.append(pd.DataFrame({"period": calendar, "uf": uf, name: recent.astype(np.float64)}))
    if not parts:
        return pd.DataFrame({"period": calendar[:0], "uf": [], name: []})
    table = pd.concat(parts, ignore_index=True)
    return table if "uf" in events.columns else table.drop(columns="uf")


def caravans(programme_events: pd.DataFrame) -> pd.DataFrame:
    """Return the federal caravans with the state that each came to: `date`, `uf`.

    Parameters
    ----------
    programme_events
        The processed table; caravans without a state in their name, or without a month, are left out.

    Returns
    -------
    DataFrame
        One row per caravan, by day and state.
    """
    table = programme_events[programme_events["date_precision"].isin(["day", "month"])]
    uf = table["event"].astype("str").str.extract(_STATE_OF_CARAVAN, expand=False)
    found = pd.DataFrame({"date": table["date"], "uf": uf})
    return found[found["uf"].notna()].sort_values(["date", "uf"], ignore_index=True)


def _months(start: str | pd.Timestamp, end: str | pd.Timestamp) -> pd.DatetimeIndex:
    return pd.period_range(pd.Timestamp(start), pd.Timestamp(end), freq="M").to_timestamp()
