"""Several lists of different days: the interval in which each municipality joined."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from redegov_analysis.errors import ParameterError

if TYPE_CHECKING:
    from redegov_analysis.cleaning.membership.table import MembershipTable

INTERVAL_COLUMNS = ("ibge_code", "joined_after", "joined_by", "joined_on", "joined_on_precision", "missing_since")


def joining_intervals(tables: Sequence[MembershipTable] | pd.DataFrame, days: Sequence[object] = ()) -> pd.DataFrame:
    """Return when each municipality joined, as closely as the lists of several days tell.

    A municipality that is on one list and not on the one before joined after the day of the earlier and by the day of
    the later. One that was on the first list joined at an unknown time before it. A row refused on one list only makes
    its interval wider, never wrong: what is refused is not known to be absent, so each list's refused rows are looked
    at for the municipality that they may have meant.

    Parameters
    ----------
    tables
        One list per day, in any order; or the members of all lists stacked, as `imports.imported_members` returns
        them, without knowledge of refused rows.
    days
        With stacked members, the days of lists that hold no member.

    Returns
    -------
    DataFrame
        By code: `ibge_code`; `joined_after`, the last list without it before it joined, missing if there is none;
        `joined_by`, the first list with it; `joined_on` and `joined_on_precision`, the earliest date that a list
        gives, if any; `missing_since`, the first later list that no longer holds it, missing if the last one does.

    Raises
    ------
    ParameterError
        If there is no list, a list's day is unknown, or two lists are of the same day.
    """
    if isinstance(tables, pd.DataFrame):
        members = tables
        unsure: dict[pd.Timestamp, set[str]] = {}
        on = sorted({*members["snapshot_date"].dropna(), *(pd.Timestamp(str(day)) for day in days)})
    else:
        if any(table.snapshot_date is None for table in tables):
            raise ParameterError("A list of an unknown day cannot be set in order. Give each its snapshot_date.")
        on = sorted(pd.Timestamp(str(table.snapshot_date)) for table in tables)
        if len(set(on)) < len(on):
            raise ParameterError("Two lists are of the same day. Give the one that holds.")
        members = pd.concat([table.members for table in tables]) if tables else pd.DataFrame()
        unsure = {pd.Timestamp(str(t.snapshot_date)): set(t.rejected["suggestion"].dropna()) for t in tables}
    if not on:
        raise ParameterError("There is no list of members. Give at least one.")
    seen: dict[str, set[pd.Timestamp]] = {}
    for code, day in zip(members["ibge_code"], members["snapshot_date"], strict=True):
        seen.setdefault(code, set()).add(day)
    rows = [(code, *_interval(code, its_days, on, unsure)) for code, its_days in sorted(seen.items())]
    table = pd.DataFrame(rows, columns=["ibge_code", "joined_after", "joined_by", "missing_since"])
    table = table.merge(_earliest(members), on="ibge_code", how="left")
    for column in ("joined_after", "joined_by", "joined_on", "missing_since"):
        table[column] = pd.to_datetime(table[column]).astype("datetime64[us]")
    for column in ("ibge_code", "joined_on_precision"):
        table[column] = table[column].astype("str")
    return table[list(INTERVAL_COLUMNS)]


def _interval(
    code: str, its_days: set[pd.Timestamp], on: list[pd.Timestamp], unsure: dict[pd.Timestamp, set[str]]
) -> tuple[pd.Timestamp | None, pd.Timestamp, pd.Timestamp | None]:
    first, last = min(its_days), max(its_days)
    without = [day for day in on if day < first and code not in unsure.get(day, ())]
    gone = [day for day in on if day > last and code not in unsure.get(day, ())]
    return (without[-1] if without else None), first, (gone[0] if gone else None)


def _earliest(members: pd.DataFrame) -> pd.DataFrame:
    """Return the earliest date that any list gives for each municipality."""
    dated = members[members["joined_on"].notna()]
    rank = dated["joined_on_precision"].map({"day": 0, "month": 1, "year": 2})
    order = dated.assign(rank=rank).sort_values(["ibge_code", "joined_on", "rank"])
    return order.drop_duplicates("ibge_code")[["ibge_code", "joined_on", "joined_on_precision"]]
