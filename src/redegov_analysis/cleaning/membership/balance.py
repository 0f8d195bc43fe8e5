"""A list's sum held against the published totals around its day."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class Balance:
    """How many members a list has and how many the published totals allow.

    Attributes
    ----------
    members
        Municipalities on the list.
    low, high
        What is allowed on its day: at least the last total before, at most the first one after; `high` is None after
        the last total.
    nearest, nearest_low, nearest_high
        The day of the nearest total and its bounds.
    """

    members: int
    low: int
    high: int | None
    nearest: dt.date
    nearest_low: int
    nearest_high: int

    @property
    def agrees(self) -> bool:
        """Whether the list's sum lies within what is allowed."""
        return self.members >= self.low and (self.high is None or self.members <= self.high)

    def sentence(self) -> str:
        """Return the comparison in words."""
        allowed = f"{self.low:,} to {self.high:,}" if self.high is not None else f"at least {self.low:,}"
        verdict = "the list agrees" if self.agrees else ("too few" if self.members < self.low else "too many")
        nearest = (
            f"{self.nearest_low:,}"
            if self.nearest_low == self.nearest_high
            else f"{self.nearest_low:,} to {self.nearest_high:,}"
        )
        return (
            f"{self.members:,} municipalities; the totals published around that day allow {allowed}, the nearest "
            f"({self.nearest}) being {nearest}: {verdict}."
        )


def balance(members: int, day: dt.date, milestones: pd.DataFrame) -> Balance:
    """Return a list's sum beside the published totals around its day.

    Parameters
    ----------
    members
        Municipalities on the list.
    day
        The day of the list.
    milestones
        The processed table `milestones`; totals that are not preferred are left out.

    Examples
    --------
    >>> from redegov_analysis.cleaning.build import processed
    >>> balance(1300, dt.date(2025, 1, 15), processed("milestones")).agrees
    False
    """
    totals = milestones[milestones["preferred"]]
    on = pd.Timestamp(day)
    before = totals[totals["date_latest"] <= on]
    after = totals[totals["date_earliest"] >= on]
    until = (totals["date_earliest"] - on).dt.days.clip(lower=0)
    since = (on - totals["date_latest"]).dt.days.clip(lower=0)
    nearest = totals.loc[(until + since).sort_values(kind="stable").index[0]]
    return Balance(
        members,
        int(before["count_low"].max()) if len(before) else 0,
        int(after["count_high"].min()) if len(after) else None,
        nearest["date"].date(),
        int(nearest["count_low"]),
        int(nearest["count_high"]),
    )
