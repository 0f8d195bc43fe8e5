"""The list of members in force: who is a member on a day, since when, and whether the list is real or made up."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd

from redegov_analysis.cleaning.membership.kept import Import, imports, read_kept
from redegov_analysis.cleaning.membership.prepared import FOLDER as PREPARED
from redegov_analysis.cleaning.membership.prepared import prepared_entry, prepared_list
from redegov_analysis.cleaning.membership.snapshots import joining_intervals
from redegov_analysis.cleaning.membership.stacked import imported, reading_stamp
from redegov_analysis.data.writing import write_atomically, write_parquet
from redegov_analysis.evidence import Evidence
from redegov_analysis.project import find_project

if TYPE_CHECKING:
    from redegov_analysis.cleaning.membership.table import MembershipTable
    from redegov_analysis.project import Project

NO_LIST = "none"
"""The choice of no list at all, whatever was imported."""

DATED_SHARE = 0.95
"""From this share of members with a day or a month on, a list counts as dated."""

MEMBERS = "members.parquet"
STAMP = "members.json"

COLUMNS = ("ibge_code", "joined_on", "joined_on_precision", "joined_after", "joined_by")


@dataclass(frozen=True)
class Membership:
    """Who is a member on a day.

    Attributes
    ----------
    members
        One row per member, by code: `ibge_code`; `joined_on`, missing where unknown, and `joined_on_precision` (`day`,
        `month`, `year`, or missing), of a month or a year the first possible day; `joined_after` and `joined_by`: it
        joined after the one day and by the other. They are the window of `joined_on` where that is known (after
        2024-02-29 and by 2024-03-31 for March 2024), from lists of several days otherwise; `joined_after` is missing
        for "some time since the network began".
    snapshot_date
        The day on which they are members.
    evidence
        Observed, or simulated where the list says so of itself.
    source
        The lists' file names and days, for captions; to be escaped where shown.
    undecided
        Municipalities that are not in `members` because nothing tells whether they had joined by `snapshot_date`.
    """

    members: pd.DataFrame
    snapshot_date: dt.date
    evidence: Evidence
    source: str
    undecided: int = 0

    @property
    def dated(self) -> bool:
        """Whether at least 95 % of the members carry the day or the month of joining."""
        precise = self.members["joined_on_precision"].isin(["day", "month"])
        return len(precise) > 0 and float(precise.mean()) >= DATED_SHARE

    @property
    def simulated(self) -> bool:
        """Whether the list was made up."""
        return self.evidence is Evidence.SIMULATED

    def known_by(self, as_of: dt.date | str | None) -> Membership:
        """Return the members that had joined by a day; the list itself where it is no younger, or no day is given.

        Who may have joined before that day or after it is left out and counted in `undecided`. Who had joined by that
        day and left before the list was made is not known to the list, and so not found.

        Parameters
        ----------
        as_of
            The day, or nothing for the day of the list.

        Returns
        -------
        Membership
            With the earlier of the two days as `snapshot_date`.
        """
        day = dt.date.fromisoformat(as_of) if isinstance(as_of, str) and as_of else as_of
        if not isinstance(day, dt.date) or day >= self.snapshot_date:
            return self
        on = pd.Timestamp(day)
        sure = self.members["joined_by"] <= on
        perhaps = ~sure & (self.members["joined_after"].isna() | (self.members["joined_after"] < on))
        return replace(
            self,
            members=self.members[sure].reset_index(drop=True),
            snapshot_date=day,
            undecided=self.undecided + int(perhaps.sum()),
        )


def has_list(choice: str = "", project: Project | None = None) -> bool:
    """Return whether a choice names a list, without reading it.

    Parameters
    ----------
    choice, project
        As for `membership_in_force`.

    Returns
    -------
    bool
        True also for the id of a list that turns out to be missing.
    """
    return choice != NO_LIST and (bool(choice) or bool(imports(project)))


def membership_in_force(choice: str = "", project: Project | None = None) -> Membership | None:
    """Return the members by the list in force, or None where there is none.

    Parameters
    ----------
    choice
        Nothing for the lists that were imported; `none` for no list; else the id of a list that was prepared for one
        run (see `prepared.prepare_list`).
    project
        The project; the one of the working directory unless given.

    Returns
    -------
    Membership or None
        The members on the day of the newest list, with its evidence.

    Raises
    ------
    ParameterError
        If no list of that id was prepared.
    DataError
        If a kept list was changed or cannot be read.
    """
    project = project or find_project()
    if choice == NO_LIST:
        return None
    if choice:
        return _prepared(choice, project)
    entries = imports(project)
    intervals = imported("intervals", project)
    if not entries or intervals is None:
        return None
    source = ", ".join(f"{entry.original_name} ({entry.snapshot_date})" for entry in entries)
    day = dt.date.fromisoformat(entries[-1].snapshot_date)
    return Membership(in_force(intervals), day, Evidence.OBSERVED, source)


def lists_in_force(choice: str = "", project: Project | None = None) -> list[tuple[Import, MembershipTable]]:
    """Return each list in force, by day: what is noted of it, and all that it says.

    Parameters
    ----------
    choice, project
        As for `membership_in_force`.

    Returns
    -------
    list
        Pairs of `Import` and `MembershipTable`, oldest first; empty where there is no list.

    Raises
    ------
    ParameterError, DataError
        As `membership_in_force`.
    """
    project = project or find_project()
    if choice == NO_LIST:
        return []
    if choice:
        table, entry = prepared_list(choice, project)
        return [(entry, table)]
    return [(entry, read_kept(entry, project)) for entry in imports(project)]


def in_force(intervals: pd.DataFrame) -> pd.DataFrame:
    """Return who is a member on the day of the last list, with the days between which each joined.

    Parameters
    ----------
    intervals
        As `snapshots.joining_intervals` returns them; it is not changed.

    Returns
    -------
    DataFrame
        The columns of `Membership.members`.
    """
    still = intervals[intervals["missing_since"].isna()].sort_values("ibge_code", ignore_index=True)
    first = still["joined_on"]
    precision = still["joined_on_precision"]
    last = first.where(~precision.isin(["month"]), first + pd.offsets.MonthEnd(0))
    last = last.where(~precision.isin(["year"]), first + pd.offsets.YearEnd(0))
    # A list that holds a member shows that it had joined by its day.
    beyond = (last > still["joined_by"]) & (first <= still["joined_by"])
    last = last.where(~beyond, still["joined_by"])
    after = (first - pd.Timedelta(days=1)).where(first.notna(), still["joined_after"])
    by = last.where(first.notna(), still["joined_by"])
    table = pd.DataFrame(
        {
            "ibge_code": still["ibge_code"],
            "joined_on": first,
            "joined_on_precision": precision,
            "joined_after": after.astype("datetime64[us]"),
            "joined_by": by.astype("datetime64[us]"),
        }
    )
    return table[list(COLUMNS)]


def _prepared(choice: str, project: Project) -> Membership:
    """Return the members by a prepared list, read anew only when what reads it has changed."""
    entry = prepared_entry(choice, project)
    place = project.processed / PREPARED / choice
    stamp = reading_stamp(project)
    try:
        known = json.loads((place / STAMP).read_text(encoding="utf-8"))
        if known["stamp"] != stamp:
            raise ValueError(known["stamp"])
        members, evidence = pd.read_parquet(place / MEMBERS), Evidence(known["evidence"])
    except (OSError, ValueError, KeyError, TypeError):
        table, _ = prepared_list(choice, project)
        members, evidence = in_force(joining_intervals([table])), table.evidence
        write_parquet(members, place / MEMBERS)
        write_atomically(place / STAMP, json.dumps({"stamp": stamp, "evidence": str(evidence)}) + "\n")
    source = f"{entry.original_name} ({entry.snapshot_date})"
    return Membership(members, dt.date.fromisoformat(entry.snapshot_date), evidence, source)
