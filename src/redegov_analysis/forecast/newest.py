"""The newest published total where it is only a bound, such as "more than 2,600": what it says of the pace since."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from redegov_analysis.forecast.pace import DAYS_PER_MONTH, FIRM_RELATIONS, LONGEST_WINDOW, net_growth


@dataclass(frozen=True)
class Newest:
    """How far the network is known to have come, and how fast since the last firm total.

    Attributes
    ----------
    day
        The day of the newest total.
    low, high
        The least and the most municipalities that it allows. A firm total is the number that was published.
    since
        The last firm total before a newest total that is only a bound; missing (NaT) where the newest one is firm.
    pace_low, pace_high
        The slowest and the fastest growth since then, in municipalities per month; missing (NaN) likewise.
    """

    day: pd.Timestamp
    low: int
    high: int
    since: pd.Timestamp = pd.NaT  # type: ignore[assignment]
    pace_low: float = float("nan")
    pace_high: float = float("nan")

    @property
    def is_bound(self) -> bool:
        """Whether the newest total is no count and no mark, but a bound."""
        return not pd.isna(self.since)


def newest_total(milestones: pd.DataFrame) -> Newest:
    """Return the newest total from which arithmetic may start: a firm one, or a bound of a known day that came later.

    A bound never becomes a count here: where it is the newest, both its ends are given, and so is the pace since the
    last firm total. A total whose day is known less well than `LONGEST_WINDOW` is passed over.

    Parameters
    ----------
    milestones
        The processed table `milestones`.

    Returns
    -------
    Newest
        With `since` and the pace in municipalities per month of 30.44 days where it is a bound.

    Examples
    --------
    >>> days = pd.to_datetime(["2025-07-10", "2025-12-08", "2026-02-27"])
    >>> totals = pd.DataFrame(
    ...     {
    ...         "date": days,
    ...         "date_earliest": days,
    ...         "date_latest": days,
    ...         "municipalities": [2000, 2500, 2600],
    ...         "count_low": [2000, 2500, 2601],
    ...         "count_high": [2024, 2524, 2699],
    ...         "relation": ["ge", "ge", "gt"],
    ...         "preferred": True,
    ...     }
    ... )
    >>> newest = newest_total(totals)
    >>> newest.is_bound, newest.low, newest.high, round(newest.pace_low), round(newest.pace_high)
    (True, 2601, 2699, 29, 75)
    """
    last = net_growth(milestones).iloc[-1]
    firm = Newest(pd.Timestamp(last["end"]), int(last["end_count"]), int(last["end_count"]))
    window = milestones["date_latest"] - milestones["date_earliest"]
    later = milestones[
        milestones["preferred"]
        & ~milestones["relation"].isin(FIRM_RELATIONS)
        & (window <= LONGEST_WINDOW)
        & (milestones["date_earliest"] > firm.day)
    ].sort_values(["date", "municipalities"])
    if later.empty:
        return firm
    bound = later.iloc[-1]
    start = milestones[(milestones["date"] == firm.day) & milestones["preferred"]].iloc[-1]
    longest = (bound["date_latest"] - start["date_earliest"]).days / DAYS_PER_MONTH
    shortest = (bound["date_earliest"] - start["date_latest"]).days / DAYS_PER_MONTH
    return Newest(
        day=pd.Timestamp(bound["date"]),
        low=int(bound["count_low"]),
        high=int(bound["count_high"]),
        since=firm.day,
        pace_low=max(int(bound["count_low"]) - int(start["count_high"]), 0) / longest,
        pace_high=(int(bound["count_high"]) - int(start["count_low"])) / shortest if shortest > 0 else float("inf"),
    )


def with_newest(growth: pd.DataFrame, milestones: pd.DataFrame) -> pd.DataFrame:
    """Return periods of growth with a last row for the time since the last firm total, where the newest is a bound.

    Parameters
    ----------
    growth
        From `forecast.pace.net_growth`.
    milestones
        The processed table `milestones`.

    Returns
    -------
    DataFrame
        The columns of `growth`. The row added has `per_month_low` and `per_month_high`; its `end_count` and its
        `per_month` are missing, as nobody published them.
    """
    newest = newest_total(milestones)
    counts = growth.astype({"start_count": "Int64", "end_count": "Int64"})
    if not newest.is_bound:
        return counts
    last = growth.iloc[-1]
    row = {
        "start": last["end"],
        "end": newest.day,
        "start_count": last["end_count"],
        "end_count": pd.NA,
        "months": (newest.day - last["end"]).days / DAYS_PER_MONTH,
        "per_month": float("nan"),
        "per_month_low": newest.pace_low,
        "per_month_high": newest.pace_high,
    }
    added = pd.DataFrame([row]).astype(counts.dtypes.to_dict())
    return pd.concat([counts, added], ignore_index=True)
