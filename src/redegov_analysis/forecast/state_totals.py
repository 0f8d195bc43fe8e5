"""How many members each state had by each month's end, counted from a dated list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from redegov_analysis.errors import DataError, IdentificationError, ParameterError
from redegov_analysis.forecast.growth import Day
from redegov_analysis.forecast.process import Counts
from redegov_analysis.language import Phrase


@dataclass(frozen=True)
class StateTotals:
    """How many members each state had by each month's end, counted from a dated list.

    Attributes
    ----------
    states
        Codes of the states, in alphabetical order.
    dates
        Month ends from the month before the first member joined, then the day of the list.
    members
        Members, shape (states, dates).
    """

    states: tuple[str, ...]
    dates: pd.DatetimeIndex
    members: Counts = field(repr=False)
    _begun: Mapping[str, NDArray[np.datetime64]] = field(repr=False)

    @property
    def national(self) -> pd.DataFrame:
        """The nation's totals as milestones: `date`, `municipalities`."""
        return pd.DataFrame({"date": self.dates, "municipalities": self.members.sum(axis=0)})

    def state(self, uf: str) -> pd.DataFrame:
        """Return one state's totals as milestones: `date`, `municipalities`.

        Parameters
        ----------
        uf
            Letters of the state.

        Returns
        -------
        DataFrame
            One row per date.

        Raises
        ------
        ParameterError
            If there is no such state.
        """
        return pd.DataFrame({"date": self.dates, "municipalities": self.members[place_of(self.states, uf)]})

    def until(self, last: int) -> StateTotals:
        """Return the first `last` dates.

        Parameters
        ----------
        last
            How many dates to keep.

        Returns
        -------
        StateTotals
            The same states, as they were known then.
        """
        return replace(self, dates=self.dates[:last], members=self.members[:, :last])

    def sizes_on(self, dates: pd.DatetimeIndex) -> Counts:
        """Return how many municipalities each state has on each date, shape (states, dates).

        Parameters
        ----------
        dates
            Days in any order.

        Returns
        -------
        Counts
            Municipalities, shape (states, dates).
        """
        days = dates.as_unit("ns").to_numpy()
        return np.array([begun.searchsorted(days, side="right") for begun in self._begun.values()], dtype=np.int64)

    def national_size(self, on: date) -> int:
        """Return how many municipalities there are on a day.

        Parameters
        ----------
        on
            The day.

        Returns
        -------
        int
            Municipalities of all states together.
        """
        return int(self.sizes_on(pd.DatetimeIndex([on])).sum())


def state_totals(members: pd.DataFrame, municipalities: pd.DataFrame, day: Day, *, seed: int = 0) -> StateTotals:
    """Count each state's members by month's end from a dated list.

    Parameters
    ----------
    members
        `ibge_code` and `joined_on`, one row per member; optionally `joined_on_precision` (a date known to the `year` is
        taken for none), `joined_after` and `joined_by` (the days between which a member without a date joined).
    municipalities
        The processed table `municipalities`: `ibge_code`, `uf`, `valid_from`.
    day
        The day of the list. Members dated after it are left out.
    seed
        Seed of the random numbers that date members without a date.

    Returns
    -------
    StateTotals
        Totals of every state in `municipalities`.

    Raises
    ------
    DataError
        If a code is unknown or stands twice, a column is missing, or nobody has a date.
    IdentificationError
        If nobody has joined by a known day.

    Notes
    -----
    A member without a date is given that of one of the dated members who joined between `joined_after` and `joined_by`,
    drawn at random; the middle of the two where there is none. Meant for the few that a dated list leaves open.

    Examples
    --------
    >>> places = pd.DataFrame({"ibge_code": ["1", "2", "3"], "uf": ["AC", "AC", "SP"], "valid_from": "2013-01-01"})
    >>> listed = pd.DataFrame({"ibge_code": ["1", "3"], "joined_on": ["2024-01-15", "2024-03-02"]})
    >>> state_totals(listed, places, "2024-03-31").state("AC")
            date  municipalities
    0 2023-12-31               0
    1 2024-01-31               1
    2 2024-02-29               1
    3 2024-03-31               1
    """
    last = pd.Timestamp(day).tz_localize(None).normalize()
    for name, table, columns in (
        ("list", members, ("ibge_code", "joined_on")),
        ("municipalities", municipalities, ("ibge_code", "uf", "valid_from")),
    ):
        missing = [column for column in columns if column not in table]
        if missing:
            raise DataError(
                "The {name} lack {missing}; found {columns}.",
                name=name,
                missing=", ".join(missing),
                columns=", ".join(map(str, table.columns)),
            )
    place = municipalities.set_index("ibge_code")
    twice = members["ibge_code"][members["ibge_code"].duplicated()]
    unknown = members["ibge_code"][~members["ibge_code"].isin(place.index)]
    if len(twice) or len(unknown):
        what = (
            Phrase("{code} stands twice", {"code": twice.iloc[0]})
            if len(twice)
            else Phrase("{code} is no municipality", {"code": unknown.iloc[0]})
        )
        raise DataError("In the list of members {what}; each member must be one municipality, once.", what=what)
    rows = members.sort_values("ibge_code", ignore_index=True)
    joined = _dated(rows, last, np.random.default_rng(seed))
    kept = joined.notna() & (joined <= last)
    if not kept.any():
        raise IdentificationError("Nobody in the list has joined by a known day; a forecast needs dates.")
    joined, uf = joined[kept], rows.loc[kept, "ibge_code"].map(place["uf"])
    first = joined.min() - pd.offsets.MonthEnd(1)
    ends = pd.date_range(first, last, freq="ME").union(pd.DatetimeIndex([last])).as_unit("ns")
    valid = pd.to_datetime(place["valid_from"])
    # The first entries of the list have always been there: their date is that of the list itself.
    since = valid.where(valid > valid.min(), pd.Timestamp.min).astype("datetime64[ns]")
    begun = {str(state): np.sort(part.to_numpy()) for state, part in since.groupby(place["uf"])}
    counts = [np.sort(joined[uf == state].to_numpy()).searchsorted(ends.to_numpy(), side="right") for state in begun]
    return StateTotals(tuple(begun), ends, np.array(counts, dtype=np.int64), begun)


def _dated(rows: pd.DataFrame, last: pd.Timestamp, rng: np.random.Generator) -> pd.Series:
    """Return the day on which each joined, missing ones drawn from those known within their window."""
    joined = pd.to_datetime(rows["joined_on"]).dt.tz_localize(None).dt.normalize().astype("datetime64[ns]")
    if "joined_on_precision" in rows:
        joined = joined.mask(rows["joined_on_precision"].eq("year").fillna(False).astype(bool))
    known = np.sort(joined[joined <= last].to_numpy())
    if len(known) == 0:
        return joined
    days = joined.to_numpy().copy()
    for row in np.flatnonzero(np.isnat(days)):
        after, by = (
            pd.Timestamp(rows[name].iloc[row]) if name in rows else pd.NaT for name in ("joined_after", "joined_by")
        )
        if pd.isna(by) or by > last:
            by = last
        low = 0 if pd.isna(after) else int(known.searchsorted(after.to_datetime64(), side="right"))
        high = int(known.searchsorted(by.to_datetime64(), side="right"))
        middle = by if pd.isna(after) else after + (by - after) / 2
        days[row] = known[rng.integers(low, high)] if high > low else middle.normalize().to_datetime64()
    return pd.Series(days, index=joined.index)


def place_of(states: tuple[str, ...], uf: str) -> int:
    """Return the place of a state among others.

    Parameters
    ----------
    states
        Letters of the states, in order.
    uf
        Letters of the one wanted.

    Returns
    -------
    int
        From 0.

    Raises
    ------
    ParameterError
        If it is not among them.
    """
    if uf not in states:
        raise ParameterError(
            "There is no state {uf!r} in this forecast; it has {states}.", uf=uf, states=", ".join(states)
        )
    return states.index(uf)
