"""Published totals as what they are: counts within bounds, on a day within a window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import cast

import numpy as np
import pandas as pd

from redegov_analysis.cleaning.milestones import count_bounds
from redegov_analysis.errors import DataError, IdentificationError, ParameterError
from redegov_analysis.forecast.curves import Array
from redegov_analysis.forecast.process import Counts
from redegov_analysis.language import Phrase

Universe = int | pd.Series | Callable[[date], int]

DAYS_PER_YEAR = 365.25
# A bound open above: marks are announced soon after they are passed, so the excess is exponential with this mean share.
OPEN_EXCESS_SHARE = 0.02
_ROUNDS = 60
# More totals than these are thinned: the process is the same however finely time is cut, and only the work grows.
_MOST_TOTALS = 120


@dataclass(frozen=True)
class Totals:
    """Published totals, in order of time, one row each.

    Attributes
    ----------
    table
        Columns `earliest`, `latest` (days), `low`, `high` (counts; `high` is -1 where it is open).
    origin
        The middle of the first window: time 0.
    """

    table: pd.DataFrame
    origin: pd.Timestamp

    @property
    def last_certain_count(self) -> int:
        """The largest count that some total is certain to have reached."""
        return int(self.table["low"].max())

    @property
    def last_day(self) -> pd.Timestamp:
        """The last day of the last window."""
        return cast("pd.Timestamp", self.table["latest"].max())

    @property
    def is_exact(self) -> bool:
        """Whether every count and every day is known."""
        table = self.table
        return bool((table["low"].eq(table["high"]) & table["earliest"].eq(table["latest"])).all())

    def central(self) -> tuple[Array, Counts]:
        """Return times and counts with every window and bound at its middle.

        Returns
        -------
        tuple
            `t`, `counts`: years since the origin, and municipalities, non-decreasing; shape (1, totals) each.
        """
        low, high = self._bounds()
        days = (self._days("earliest") + self._days("latest")) / 2
        counts = np.maximum.accumulate(np.rint((low + high) / 2).astype(np.int64))
        return days[None, :] / DAYS_PER_YEAR, counts[None, :]

    def impute(self, size: int, rng: np.random.Generator) -> tuple[Array, Counts]:
        """Draw days and counts within their windows and bounds, in order.

        Days are even within a window. Counts are even within bounds; above an open one, the excess is exponential.

        Parameters
        ----------
        size
            How many sets to draw; where all is exact, a single one is given.
        rng
            Source of randomness.

        Returns
        -------
        tuple
            `t`, `counts`: years since the origin, and municipalities, non-decreasing along each row; shape (size,
            totals) each.

        Raises
        ------
        DataError
            If no choice of days and counts is non-decreasing in time.
        """
        if self.is_exact:
            return self.central()
        first, last = self._days("earliest"), self._days("latest")
        low, _ = self._bounds()
        open_ended = self.table["high"].to_numpy() < 0
        kept_days: list[Array] = []
        kept_counts: list[Counts] = []
        found = 0
        for _ in range(_ROUNDS):
            days = np.floor(rng.uniform(first, last + 1, size=(4 * size, len(first))))
            days = np.minimum(days, last)
            excess = rng.exponential(np.maximum(OPEN_EXCESS_SHARE * low, 0.5), size=days.shape).astype(np.int64)
            bounded = rng.integers(low, np.maximum(self.table["high"].to_numpy(), low) + 1, size=days.shape)
            counts = np.where(open_ended, low + excess, bounded)
            # In order of the days drawn, the smaller first on one day: two windows may overlap either way round.
            order = np.lexsort((counts, days), axis=1)
            days = np.take_along_axis(days, order, axis=1)
            counts = np.take_along_axis(counts, order, axis=1)
            good = np.all(np.diff(counts, axis=1) >= 0, axis=1)
            kept_days.append(days[good])
            kept_counts.append(counts[good])
            found += int(good.sum())
            if found >= size:
                break
        if found == 0:
            raise DataError(
                "The totals cannot all be true: in every one of many choices of days and counts within their "
                "windows and bounds the network would shrink. Look at {conflict}; mark all but one as not "
                "preferred.",
                conflict=self._conflict(),
            )
        rows = np.resize(np.arange(found), size)
        return np.concatenate(kept_days)[rows] / DAYS_PER_YEAR, np.concatenate(kept_counts)[rows]

    def dates_at(self, years: Array) -> pd.DatetimeIndex:
        """Return the days at times in years since the origin.

        Parameters
        ----------
        years
            Times in years of 365.25 days since the origin, any shape.

        Returns
        -------
        DatetimeIndex
            Whole days, flattened.
        """
        days = np.rint(np.asarray(years, dtype=float).ravel() * DAYS_PER_YEAR).astype("timedelta64[D]")
        return pd.DatetimeIndex(self.origin.to_datetime64() + days)

    def years(self, dates: pd.DatetimeIndex) -> Array:
        """Return times in years since the origin.

        Parameters
        ----------
        dates
            Days.

        Returns
        -------
        Array
            Years of 365.25 days since the origin, of the shape of `dates`.
        """
        return np.asarray((dates - self.origin) / pd.Timedelta(days=1), dtype=float) / DAYS_PER_YEAR

    def _days(self, column: str) -> Array:
        return np.asarray((self.table[column] - self.origin) / pd.Timedelta(days=1), dtype=float)

    def _bounds(self) -> tuple[Counts, Counts]:
        low, high = self.table["low"].to_numpy(np.int64), self.table["high"].to_numpy(np.int64)
        return low, np.where(high < 0, np.rint(low * (1 + OPEN_EXCESS_SHARE)).astype(np.int64), high)

    def _conflict(self) -> Phrase:
        low, high = self._bounds()
        high = np.where(self.table["high"].to_numpy() < 0, np.iinfo(np.int64).max, high)
        for later in range(1, len(low)):
            earlier = int(np.argmax(low[:later]))
            if low[earlier] > high[later] and self.table["latest"].iloc[earlier] <= self.table["earliest"].iloc[later]:
                days = self.table["latest"].dt.strftime("%Y-%m-%d")
                bounds = {"low": low[earlier], "by": days.iloc[earlier], "high": high[later], "on": days.iloc[later]}
                return Phrase("at least {low} by {by} and at most {high} on {on}", bounds)
        return Phrase("totals whose windows overlap")


def read_totals(milestones: pd.DataFrame) -> Totals:
    """Return the totals of a table of milestones as bounds and windows.

    Parameters
    ----------
    milestones
        `date` and `municipalities`; optionally `date_earliest` and `date_latest`, `count_low` and `count_high`
        (missing: open above) or `relation` (`eq`, `about`, `ge`, `gt`), and `preferred`. Rows not preferred or without
        a total are left out. Rows may stand in any order.

    Returns
    -------
    Totals
        In order of date; missing windows and bounds filled in as said in the notes.

    Raises
    ------
    DataError
        If a column is missing, a bound or window is upside down, or a count is negative or not whole.
    IdentificationError
        If fewer than two totals remain.

    Notes
    -----
    Without bounds, `relation` is read as `cleaning.milestones.count_bounds` says.

    Examples
    --------
    >>> totals = read_totals(pd.DataFrame({"date": ["2024-01-31", "2025-01-31"], "municipalities": [700, 1500]}))
    >>> totals.last_certain_count
    1500
    """
    for column in ("date", "municipalities"):
        if column not in milestones:
            raise DataError(
                "The milestones have no column {column!r}; found {columns}. A forecast needs at least `date` "
                "and `municipalities`.",
                column=column,
                columns=", ".join(map(str, milestones.columns)) or Phrase("none"),
            )
    rows = milestones[milestones["municipalities"].notna() & milestones["date"].notna()]
    if "preferred" in rows:
        rows = rows[rows["preferred"].astype("boolean").fillna(False).astype(bool)]
    if len(rows) < 2:
        raise IdentificationError(
            "{n_rows} {n_rows:total|totals} cannot show growth; a forecast needs at least two.", n_rows=len(rows)
        )
    point = _as_days(rows["date"])
    counts = _as_counts(rows["municipalities"], "municipalities")
    table = pd.DataFrame(
        {
            "earliest": _as_days(rows["date_earliest"]).fillna(point) if "date_earliest" in rows else point,
            "latest": _as_days(rows["date_latest"]).fillna(point) if "date_latest" in rows else point,
        }
    )
    low, high = _relation_bounds(rows, counts)
    if "count_low" in rows:
        low = _as_counts(rows["count_low"].fillna(rows["municipalities"]), "count_low")
        high = counts
        if "count_high" in rows:
            high = _as_counts(rows["count_high"].fillna(-1), "count_high", lowest=-1)
    table["low"], table["high"] = low, high
    wrong = table["earliest"].gt(table["latest"]) | (table["high"].ge(0) & table["low"].gt(table["high"]))
    if wrong.any():
        row = table[wrong].iloc[0]
        raise DataError(
            "A total is upside down: between {low} and {high}, from {earliest:%Y-%m-%d} to {latest:%Y-%m-%d}. "
            "The lower bound and the earlier day come first.",
            low=row["low"],
            high=row["high"],
            earliest=row["earliest"],
            latest=row["latest"],
        )
    table["middle"] = table["earliest"] + (table["latest"] - table["earliest"]) / 2
    table = table.sort_values(["middle", "low", "high"], kind="stable").reset_index(drop=True)
    origin = cast("pd.Timestamp", table["middle"].iloc[0]).normalize()
    totals = Totals(table.drop(columns="middle"), origin)
    if not totals.is_exact:
        return totals
    if not table["low"].is_monotonic_increasing:
        raise DataError("The network shrinks: {conflict}. Totals must not decrease.", conflict=totals._conflict())
    # Of several totals of one day the last one ends it; the first one of all is where the network was.
    table = totals.table.drop_duplicates("latest", keep="last")
    if len(table) < 2:
        raise IdentificationError("Every total is of one day; a forecast needs two days to see growth between them.")
    return Totals(_thinned(table), origin)


def _thinned(table: pd.DataFrame) -> pd.DataFrame:
    """Return the first total and the last of each month, quarter or year, the finest that leaves few enough."""
    for period in ("M", "Q", "Y"):
        if len(table) <= _MOST_TOTALS:
            break
        ends = table.groupby(table["latest"].dt.to_period(period)).tail(1)
        first = table.iloc[[0]]
        table = ends if ends.index[0] == first.index[0] else pd.concat([first, ends])
    return table.reset_index(drop=True)


def universe_on(universe: Universe, dates: pd.DatetimeIndex) -> Counts:
    """Return the size of the universe on each day.

    Parameters
    ----------
    universe
        One size; or a Series of sizes, each valid from its date on; or a function of a date.
    dates
        The days, in any order.

    Returns
    -------
    Counts
        Municipalities, of the shape of `dates`.

    Raises
    ------
    ParameterError
        If a size is missing, negative or not whole, or the series begins after a day that is asked for.
    """
    if callable(universe):
        distinct = dates.unique()
        sizes = pd.Series([universe(day.date()) for day in distinct], index=distinct).loc[dates].to_numpy()
    elif isinstance(universe, pd.Series):
        steps = universe.sort_index()
        place = pd.DatetimeIndex(steps.index).searchsorted(dates, side="right") - 1
        if len(steps) == 0 or place.min() < 0:
            raise ParameterError(
                "The universe is not known on {first:%Y-%m-%d}: its series begins later. Begin it earlier.",
                first=dates.min(),
            )
        sizes = steps.to_numpy()[place]
    else:
        sizes = np.full(len(dates), universe)
    numbers = pd.to_numeric(pd.Series(sizes), errors="coerce")
    if numbers.isna().any() or (numbers < 1).any() or (numbers % 1 != 0).any():
        raise ParameterError("The universe must be a whole number of at least 1; found {sizes!r} …", sizes=sizes[:3])
    return numbers.to_numpy(np.int64)


def _as_days(values: pd.Series) -> pd.Series:
    if pd.api.types.is_numeric_dtype(values):
        raise DataError(
            "Column {name!r} holds numbers such as {value}; write dates as YYYY-MM-DD.",
            name=values.name,
            value=values.iloc[0],
        )
    written = values.dtype == object or isinstance(values.dtype, pd.StringDtype)
    try:
        days = pd.to_datetime(values, format="ISO8601" if written else None)
    except (ValueError, TypeError) as error:
        what = str(error).split("\n", 1)[0].split(". You might", 1)[0]
        raise DataError(
            "Column {name!r} holds something that is no date: {what}. Write dates as YYYY-MM-DD.",
            name=values.name,
            what=what,
        ) from error
    if not pd.api.types.is_datetime64_any_dtype(days):
        raise DataError(
            "Column {name!r} holds dates of several time zones; write them as YYYY-MM-DD.", name=values.name
        )
    return days.dt.tz_localize(None).dt.normalize().astype("datetime64[ns]")


def _as_counts(values: pd.Series, name: str, lowest: int = 0) -> pd.Series:
    numbers = pd.to_numeric(values, errors="coerce").astype(float)
    wrong = numbers.isna() | (numbers < lowest) | (numbers % 1 != 0)
    if wrong.any():
        raise DataError(
            "Column {name!r} holds {value!r}; totals are whole numbers of at least 0.",
            name=name,
            value=values[wrong].iloc[0],
        )
    return numbers.astype("int64")


def _relation_bounds(rows: pd.DataFrame, counts: pd.Series) -> tuple[pd.Series, pd.Series]:
    if "relation" not in rows:
        return counts, counts
    bounds = [
        count_bounds(int(count), str(relation))[:2]
        for count, relation in zip(counts, rows["relation"].fillna("eq"), strict=True)
    ]
    low, high = zip(*bounds, strict=True)
    return pd.Series(low, index=rows.index, dtype="int64"), pd.Series(high, index=rows.index, dtype="int64")
