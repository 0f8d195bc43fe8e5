"""How fast the network grew between published totals, with what the totals' own bounds allow."""

from __future__ import annotations

from typing import Final

import pandas as pd

from redegov_analysis.errors import IdentificationError

PUBLISHED_UNIVERSE: Final = 5570
"""Municipalities that published shares count, even since the list has had one more (2025-01-01)."""

TARGET: Final = PUBLISHED_UNIVERSE // 2
"""Half of the municipalities, the target for the end of 2026 (EFGD 2024–2027, initiative 5.1)."""

DAYS_PER_MONTH: Final = 365.25 / 12
FIRM_RELATIONS: Final = ("eq", "ge")
"""Counts, and marks announced as they were reached: rounded totals would make growth jump where nothing happened."""

LONGEST_WINDOW: Final = pd.Timedelta(days=62)
"""A total whose day is known less well than this tells nothing about the pace before and after it."""


def known_by(milestones: pd.DataFrame, as_of: str = "") -> pd.DataFrame:
    """Return the totals dated no later than a day.

    Parameters
    ----------
    milestones
        The processed table `milestones`.
    as_of
        The day as `YYYY-MM-DD`; empty: all totals.

    Returns
    -------
    DataFrame
        The columns of `milestones`, in order of date.

    Raises
    ------
    IdentificationError
        If fewer than two of them are left.
    """
    known = milestones if not as_of else milestones[milestones["date"] <= pd.Timestamp(as_of)]
    if len(known) < 2:
        first = milestones["date"].min()
        raise IdentificationError(
            "Only {n_known} published {n_known:total is|totals are} dated {as_of} or before; the first is of "
            "{first:%Y-%m-%d}. Choose a later date.",
            n_known=len(known),
            as_of=as_of,
            first=first,
        )
    return known.sort_values(["date", "municipalities"], ignore_index=True)


def net_growth(milestones: pd.DataFrame, *, yearly: bool = False) -> pd.DataFrame:
    """Return the net growth per month between consecutive firm totals.

    Parameters
    ----------
    milestones
        The processed table `milestones`. Totals that conflict with a better one, rounded totals, "more than" and those
        whose day is known only within more than `LONGEST_WINDOW` are left out.
    yearly
        Keep one total a year: the last one of November or December, and the newest one of all.

    Returns
    -------
    DataFrame
        `start`, `end` (days), `start_count`, `end_count` (municipalities), `months`, `per_month` (municipalities per
        month of 30.44 days), and `per_month_low`, `per_month_high`: the slowest and the fastest pace that the counts'
        bounds and the totals' windows of days allow.

    Examples
    --------
    >>> days = pd.to_datetime(["2022-12-31", "2023-12-31"])
    >>> totals = pd.DataFrame(
    ...     {
    ...         "date": days,
    ...         "date_earliest": days,
    ...         "date_latest": days,
    ...         "municipalities": [163, 727],
    ...         "count_low": [163, 727],
    ...         "count_high": [163, 727],
    ...         "relation": "eq",
    ...         "preferred": True,
    ...     }
    ... )
    >>> net_growth(totals)["per_month"].round(1).tolist()
    [47.0]
    """
    window = milestones["date_latest"] - milestones["date_earliest"]
    firm = milestones[
        milestones["preferred"] & milestones["relation"].isin(FIRM_RELATIONS) & (window <= LONGEST_WINDOW)
    ]
    firm = firm.sort_values("date", ignore_index=True)
    if yearly:
        at_year_end = firm[(firm["date"].dt.month >= 11) | (firm.index == len(firm) - 1)]
        firm = at_year_end.groupby(at_year_end["date"].dt.year).tail(1)
    start, end = firm.iloc[:-1].reset_index(drop=True), firm.iloc[1:].reset_index(drop=True)
    shortest = _months(start["date_latest"], end["date_earliest"])
    longest = _months(start["date_earliest"], end["date_latest"])
    months = _months(start["date"], end["date"])
    return pd.DataFrame(
        {
            "start": start["date"],
            "end": end["date"],
            "start_count": start["municipalities"],
            "end_count": end["municipalities"],
            "months": months,
            "per_month": (end["municipalities"] - start["municipalities"]) / months,
            "per_month_low": (end["count_low"] - start["count_high"]).clip(lower=0) / longest,
            "per_month_high": (end["count_high"] - start["count_low"]) / shortest.where(shortest > 0),
        }
    )


def _months(start: pd.Series, end: pd.Series) -> pd.Series:
    return (end - start).dt.days / DAYS_PER_MONTH
