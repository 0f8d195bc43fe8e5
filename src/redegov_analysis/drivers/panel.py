"""Person-period data: one row per municipality and period in which it could still join.

The table that discrete-time hazard models are fitted to (Singer and Willett 2003, ch. 10). A municipality has a row
from its first period at risk to the period in which it joins, or to the end. Its neighbours' share is that of the end
of the period before, so that what drives stands before what is driven.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from redegov_analysis.drivers.design import FloatArray, IntArray
from redegov_analysis.drivers.neighbours import Neighbours, neighbours_from_pairs
from redegov_analysis.errors import DataError, ParameterError

OWN_COLUMNS = ("period", "period_index", "event", "neighbours_share")


def person_period(
    events: pd.DataFrame,
    covariates: pd.DataFrame,
    start: str | pd.Timestamp,
    end: str | pd.Timestamp,
    freq: str = "M",
    *,
    neighbours: pd.DataFrame | Neighbours | None = None,
    weight: str | None = None,
    date_column: str = "joined_on",
    entry: str | None = None,
) -> pd.DataFrame:
    """Return one row per municipality and period at risk of joining.

    Parameters
    ----------
    events
        `ibge_code` and the day of joining (`date_column`); one row per municipality. Not listed, or without a date,
        means not joined by `end`.
    covariates
        `ibge_code` and any further columns; its rows are the municipalities at risk, its columns go into every row.
    start, end
        First and last day of observation, inclusive.
    freq
        Length of a period as pandas names it: `M`, `Q`, `Y`, `W` or `D`.
    neighbours
        Bordering pairs or `Neighbours`; without it there is no `neighbours_share`. Neighbours that are not in
        `covariates` count, with their own dates, as long as `events` or the pairs name them.
    weight
        Column of the pairs to weigh by, for example `border_km`; each border counts 1 when None.
    date_column
        Column of `events` that holds the day.
    entry
        Column of `covariates` with the day from which a municipality exists; rows begin in that day's period. It is
        not carried over. Missing means from the start.

    Returns
    -------
    DataFrame
        Sorted by code and period: `ibge_code`, `period` (first day, datetime64), `period_index` (0 for the first
        period), `event` (1 in the period of joining, else 0), `neighbours_share` (0–1, weighted share of neighbours in
        by the end of the period before; missing for islands), then the covariates. Municipalities that joined before
        `start` are left-truncated: they have no rows, but count among their neighbours' neighbours. Joining after
        `end` counts as not joined, also within the last period.

    Raises
    ------
    DataError
        If a code appears twice, or a column is missing or has a reserved name.
    ParameterError
        If `end` is before `start`, or `freq` is unknown.

    Examples
    --------
    >>> import pandas as pd
    >>> events = pd.DataFrame({"ibge_code": ["a"], "joined_on": [pd.Timestamp("2024-02-10")]})
    >>> size = pd.DataFrame({"ibge_code": ["a", "b"], "size": [4.0, 5.0]})
    >>> pairs = pd.DataFrame({"ibge_code_a": ["a"], "ibge_code_b": ["b"]})
    >>> rows = person_period(events, size, "2024-01-01", "2024-03-31", neighbours=pairs)
    >>> rows["event"].tolist(), rows["neighbours_share"].tolist()
    ([0, 1, 0, 0, 0], [0.0, 0.0, 0.0, 0.0, 1.0])
    """
    first_day, last_day = pd.Timestamp(start), pd.Timestamp(end)
    if last_day < first_day:
        raise ParameterError(
            "end ({last_day:%Y-%m-%d}) is before start ({first_day:%Y-%m-%d}). Give the two in order.",
            last_day=last_day,
            first_day=first_day,
        )
    try:
        periods = pd.period_range(first_day, last_day, freq=freq)
    except ValueError as error:
        raise ParameterError("freq is {freq!r}; use M, Q, Y, W or D.", freq=freq) from error
    days = _days(events, date_column)
    at_risk = _at_risk(covariates, entry)
    codes = pd.Index(at_risk["ibge_code"])
    joined = _period_of(days.reindex(codes), periods, last_day)
    truncated = (days.reindex(codes) < first_day).to_numpy()
    enters = np.zeros(len(codes), dtype=np.int64)
    if entry is not None:
        enters = np.maximum(_ordinals(pd.Series(pd.to_datetime(at_risk[entry])), periods, missing=0), 0)
    last = np.minimum(joined, len(periods) - 1)
    length = np.where(truncated, 0, np.maximum(last - enters + 1, 0))
    row_of = np.repeat(np.arange(len(codes)), length)
    begins = np.cumsum(length) - length
    index = np.arange(length.sum()) - begins[row_of] + enters[row_of]
    columns: dict[str, object] = {
        "ibge_code": codes.take(row_of),
        "period": periods.start_time.to_numpy()[index],
        "period_index": index,
        "event": (index == joined[row_of]).astype(np.int64),
    }
    if neighbours is not None:
        share = _neighbours_share(days, codes, periods, last_day, neighbours, weight)
        columns["neighbours_share"] = share[row_of, index]
    for name in at_risk.columns.drop(["ibge_code", *([entry] if entry is not None else [])]):
        columns[str(name)] = at_risk[name].array.take(row_of)
    return pd.DataFrame(columns)


def draw_dates(
    events: pd.DataFrame,
    seed: int | np.random.Generator,
    *,
    earliest: str = "joined_earliest",
    latest: str = "joined_latest",
    date_column: str = "joined_on",
) -> pd.DataFrame:
    """Return the events with a day drawn evenly from each window in which a joining is known to lie.

    For interval-censored dates: draw several times, fit each panel, and pool with `inference.pool_imputations`.

    Parameters
    ----------
    events
        `ibge_code` and the first and last possible day (inclusive); both missing where nobody joined.
    seed
        Seed or generator. A draw depends on the order of codes, not of rows.
    earliest, latest, date_column
        Names of the two columns, and of the one to write.

    Returns
    -------
    DataFrame
        The rows as they were, with `date_column`: missing where nobody joined.

    Raises
    ------
    DataError
        If a window ends before it begins, or has one end only.
    """
    table = events.sort_values("ibge_code", kind="stable")
    low, high = pd.to_datetime(table[earliest]), pd.to_datetime(table[latest])
    bad = (low.isna() != high.isna()) | (high < low)
    if bad.any():
        code = table.loc[bad, "ibge_code"].iloc[0]
        raise DataError(
            "{count} {count:window of joining is half open or ends before it begins|windows of joining are half "
            "open or end before they begin}, first {code}. "
            "Give both days, in order.",
            count=int(bad.sum()),
            code=code,
        )
    width = (high - low).dt.days.to_numpy(dtype=np.float64, na_value=0.0) + 1
    drawn = np.floor(np.random.default_rng(seed).random(len(table)) * width)
    day = low + pd.to_timedelta(pd.Series(drawn, index=table.index), unit="D")
    return events.assign(**{date_column: day.reindex(events.index)})


def _days(events: pd.DataFrame, date_column: str) -> pd.Series:
    """Day of joining by code, missing where there is none."""
    for column in ("ibge_code", date_column):
        if column not in events.columns:
            raise DataError(
                "events lacks the column {column}; it has {columns}.",
                column=column,
                columns=", ".join(map(str, events.columns)),
            )
    codes = pd.Index(events["ibge_code"].astype("str"))
    if not codes.is_unique:
        raise DataError(
            "{codes} has two rows in events; keep one day of joining for each.", codes=codes[codes.duplicated()][0]
        )
    return pd.Series(pd.to_datetime(events[date_column]).to_numpy(), index=codes)


def _at_risk(covariates: pd.DataFrame, entry: str | None) -> pd.DataFrame:
    reserved = [name for name in OWN_COLUMNS if name in covariates.columns]
    if reserved:
        raise DataError(
            "covariates has the column {reserved}, which the panel makes itself; rename it.", reserved=reserved[0]
        )
    for column in ("ibge_code", *([entry] if entry is not None else [])):
        if column not in covariates.columns:
            raise DataError(
                "covariates lacks the column {column}. Add it to the table, or leave it out of the terms.",
                column=column,
            )
    table = covariates.assign(ibge_code=covariates["ibge_code"].astype("str")).sort_values("ibge_code")
    twice = table["ibge_code"].duplicated()
    if twice.any():
        raise DataError("{value} has two rows in covariates; keep one.", value=table.loc[twice, "ibge_code"].iloc[0])
    return table.reset_index(drop=True)


def _ordinals(days: pd.Series, periods: pd.PeriodIndex, missing: int) -> IntArray:
    """Return the number of the period of each day, counted from the first period."""
    number = days.dt.to_period(periods.freq).astype("int64").to_numpy() - periods.asi8[0]
    return np.where(days.isna().to_numpy(), missing, number)


def _period_of(days: pd.Series, periods: pd.PeriodIndex, last_day: pd.Timestamp) -> IntArray:
    """Return the number of the period of joining; `len(periods)` for not joined by the last day."""
    number = _ordinals(days, periods, missing=len(periods))
    return np.where((days >= last_day + pd.Timedelta(days=1)).to_numpy(), len(periods), number)


def _neighbours_share(
    days: pd.Series,
    codes: pd.Index,
    periods: pd.PeriodIndex,
    last_day: pd.Timestamp,
    neighbours: pd.DataFrame | Neighbours,
    weight: str | None,
) -> FloatArray:
    """Share of neighbours in by the end of the period before, municipalities × periods."""
    if isinstance(neighbours, pd.DataFrame):
        named = pd.Index(pd.concat([neighbours["ibge_code_a"], neighbours["ibge_code_b"]]).astype("str"))
        places = neighbours_from_pairs(neighbours, codes.union(named).unique(), weight=weight)
    elif weight is not None:
        raise ParameterError("weight names a column of a table of pairs; these neighbours have their weights already.")
    else:
        places = neighbours
    row = places.codes.get_indexer(codes)
    if (row < 0).any():
        raise DataError(
            "neighbours does not know {count} {count:municipality|municipalities}, first {codes}. "
            "Give neighbours of all municipalities of the panel.",
            count=int((row < 0).sum()),
            codes=codes[row < 0][0],
        )
    number = _period_of(days.reindex(places.codes), periods, last_day)
    already = (number[:, None] < np.arange(len(periods))[None, :]).astype(np.float64)
    return places.share(already)[row]
