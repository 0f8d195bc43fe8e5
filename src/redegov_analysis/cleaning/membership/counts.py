"""How many had joined by a day, as far as a list tells: at least and at most."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from redegov_analysis.cleaning.membership.dates import FIRST_DAY
from redegov_analysis.cleaning.membership.published import VINTAGE, Fact, agreement

if TYPE_CHECKING:
    from redegov_analysis.cleaning.membership.standing import Membership
    from redegov_analysis.project import Project


def counted_by(members: pd.DataFrame, days: Iterable[object]) -> pd.DataFrame:
    """Return how many had joined by each day.

    Parameters
    ----------
    members
        With `joined_after` and `joined_by`, as `standing.Membership.members` has them.
    days
        The days.

    Returns
    -------
    DataFrame
        `date`; `low`, those that had joined for certain; `high`, those that may have. The two are equal where every
        member's day is known.

    Examples
    --------
    >>> days = pd.to_datetime(["2023-12-31", None]), pd.to_datetime(["2024-01-31", "2024-03-01"])
    >>> members = pd.DataFrame({"joined_after": days[0], "joined_by": days[1]})
    >>> counted_by(members, ["2024-01-15", "2024-01-31"])[["low", "high"]].values.tolist()
    [[0, 2], [1, 2]]
    """
    on = pd.DatetimeIndex([pd.Timestamp(str(day)) for day in days])
    by = np.sort(members["joined_by"].to_numpy(dtype="datetime64[D]"))
    after = members["joined_after"].to_numpy(dtype="datetime64[D]")
    known = np.sort(after[~np.isnat(after)])
    low = np.searchsorted(by, on.to_numpy(dtype="datetime64[D]"), side="right")
    high = np.searchsorted(known, on.to_numpy(dtype="datetime64[D]"), side="left") + int(np.isnat(after).sum())
    return pd.DataFrame({"date": on, "low": low.astype("int64"), "high": high.astype("int64")})


def held_against(
    listed: Membership,
    governments: pd.DataFrame | None = None,
    *,
    vintage: str = VINTAGE,
    facts: list[Fact] | None = None,
    project: Project | None = None,
) -> pd.DataFrame:
    """Return each published fact beside what the list allows, days that it does not give left open.

    Parameters
    ----------
    listed
        The list.
    governments
        `uf` and `joined_on` of the state governments on it; None, or without any day, leaves out what is published of
        them.
    vintage, facts, project
        As for `published.agreement`.

    Returns
    -------
    DataFrame
        One row per fact up to the day of the list: `kind`, `day`, `earliest`, `latest`, `who`, `low`, `high` (as
        published), `found_low`, `found_high` (the number by the list, at least and at most; missing where a fact is
        that somebody joined), `found_on`, `found_by` (the days between which that was), `agrees` (what the list allows
        and what is published have something in common), `decided` (the list gives one number or day), `source`.
    """
    members = listed.members
    first = (members["joined_after"] + pd.Timedelta(days=1)).fillna(pd.Timestamp(FIRST_DAY)).astype("datetime64[us]")
    dated = governments if governments is not None and governments["joined_on"].notna().any() else None
    early, late = (
        agreement(
            members.assign(joined_on=days), dated, until=listed.snapshot_date, vintage=vintage, facts=facts,
            project=project,
        )
        for days in (first, members["joined_by"])
    )  # fmt: skip
    joined = early["kind"] == "joined"
    number = (early["found"] >= early["low"]) & (late["found"] <= late["high"])
    somebody = (early["found_on"] <= early["latest"]) & (late["found_on"] >= early["earliest"])
    return early[["kind", "day", "earliest", "latest", "who", "low", "high"]].assign(
        found_low=late["found"],
        found_high=early["found"],
        found_on=early["found_on"],
        found_by=late["found_on"],
        # What agrees on one reading of the days agrees: a tolerance for sums of people is in there.
        agrees=early["agrees"] | late["agrees"] | number.where(~joined, somebody),
        decided=(early["found_on"] == late["found_on"]).where(joined, early["found"] == late["found"]),
        source=early["source"],
    )
