"""Events that may move the growth of the network, each with the days on which it may have happened."""

from __future__ import annotations

import pandas as pd


def events_table(raw: pd.DataFrame) -> pd.DataFrame:
    """Return the programme's events in order of time.

    Parameters
    ----------
    raw
        The raw table `programme_events`; `date` is a day, a month (`2023-06`) or a year (`2024`).

    Returns
    -------
    DataFrame
        `date`, the first day of the period that the source states; `date_latest`, its last day; `date_precision`
        (`day`, `month` or `year`, read off the date as written); `date_note`, the source's own remark on the date;
        `type`, `event`, `detail`, `source_url`, `note`.

    Examples
    --------
    >>> raw = pd.DataFrame({"date": ["2024", "2023-06", "2019-04-04"], "date_precision": ["year", "month", "exact"]})
    >>> for column in ("type", "event", "detail", "source_url", "note"):
    ...     raw[column] = "x"
    >>> events_table(raw)[["date", "date_latest", "date_precision"]].astype(str).to_numpy().tolist()
    ... # doctest: +NORMALIZE_WHITESPACE
    [['2019-04-04', '2019-04-04', 'day'], ['2023-06-01', '2023-06-30', 'month'], ['2024-01-01', '2024-12-31', 'year']]
    """
    written = raw["date"].astype("str").str.strip()
    precision = written.str.len().map({4: "year", 7: "month"}).fillna("day")
    first = pd.to_datetime(written.where(precision != "year", written + "-01-01"), format="ISO8601").astype(
        "datetime64[us]"
    )
    last = first.where(precision != "month", first + pd.offsets.MonthEnd(0))
    last = last.where(precision != "year", first + pd.offsets.YearEnd(0))
    table = pd.DataFrame(
        {
            "date": first,
            "date_latest": last,
            "date_precision": precision.astype("str"),
            "date_note": raw["date_precision"].astype("str"),
        }
    )
    for column in ("type", "event", "detail", "source_url", "note"):
        table[column] = raw[column].astype("str")
    return table.sort_values(["date", "date_latest", "type", "event"], ignore_index=True)
