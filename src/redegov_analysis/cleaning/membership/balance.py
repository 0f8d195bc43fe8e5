"""A list's sum held against the published totals around its day."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pandas as pd

from redegov_analysis.language import Phrase


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
        """Return the comparison in English words."""
        return str(self.phrase())

    def phrase(self) -> Phrase:
        """Return the comparison in words."""
        bounds = {"low": self.low, "high": self.high}
        allowed = Phrase("at least {low:,}", bounds) if self.high is None else Phrase("{low:,} to {high:,}", bounds)
        verdict = (
            Phrase("the list agrees")
            if self.agrees
            else Phrase("too few")
            if self.members < self.low
            else Phrase("too many")
        )
        ends = {"low": self.nearest_low, "high": self.nearest_high}
        nearest = Phrase("{low:,}", ends) if ends["low"] == ends["high"] else Phrase("{low:,} to {high:,}", ends)
        return Phrase(
            "{members:,} {members:municipality|municipalities}; the totals published around that day allow "
            "{allowed}, the nearest ({day}) being {nearest}: {verdict}.",
            {
                "members": self.members,
                "allowed": allowed,
                "day": self.nearest,
                "nearest": nearest,
                "verdict": verdict,
            },
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
