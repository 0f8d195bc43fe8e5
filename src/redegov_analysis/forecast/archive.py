"""What was forecast is kept, so that it can be held against what came: every published run's quantiles, never changed.

The archive is a folder with one Parquet file per year. A run adds its rows to the file of its year, which is written
anew beside the old one and takes its place in one step; rows that are kept are never changed or dropped.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from redegov_analysis.data.writing import write_parquet
from redegov_analysis.errors import DataError
from redegov_analysis.forecast.scores import LEVELS, weighted_interval_score

if TYPE_CHECKING:  # each run asks what the archive holds, most of them without making a forecast
    from redegov_analysis.forecast.growth import Day, GrowthForecast

FOLDER: Final = "archive"
"""Name of the archive inside the folder of the reports."""

COLUMNS: Final = ("run_id", "made_on", "vintage", "model", "target_date", "level", "municipalities")

MONTHS_KEPT: Final = 60
"""Target dates further ahead than this are not kept: the methods that made them will not be in use when they come."""


def forecast_rows(
    forecast: GrowthForecast, *, run_id: str, made_on: Day, model: str, months: int = MONTHS_KEPT
) -> pd.DataFrame:
    """Return a forecast as rows of the archive.

    Parameters
    ----------
    forecast
        The forecast; its first date is kept too.
    run_id
        The run that published it.
    made_on
        The day on which it was made. Only what is dated later can score it.
    model
        Version of the model, for example that of the package.
    months
        How far ahead target dates are kept.

    Returns
    -------
    DataFrame
        One row per target date and quantile: `run_id`, `made_on`, `vintage` (last day that the totals used speak of),
        `model`, `target_date`, `level` (0–1, those of `scores.LEVELS`) and `municipalities`.
    """
    until = forecast.last_day + pd.DateOffset(months=months)
    quantiles = forecast.quantiles(LEVELS)
    kept = quantiles[quantiles.index <= until]
    return pd.DataFrame(
        {
            "run_id": run_id,
            "made_on": _day(made_on),
            "vintage": _day(forecast.last_day),
            "model": model,
            "target_date": np.repeat(pd.DatetimeIndex(kept.index).as_unit("ms"), len(LEVELS)),
            "level": np.tile(np.array(LEVELS), len(kept)),
            "municipalities": kept.to_numpy().ravel().astype("float32"),
        }
    )


def keep_forecast(rows: pd.DataFrame, archive: Path) -> bool:
    """Add a run's rows to the archive, in one step; a run that is already there is left as it is.

    Parameters
    ----------
    rows
        From `forecast_rows`, of one run.
    archive
        The folder; made when it is missing.

    Returns
    -------
    bool
        Whether the rows were added.

    Raises
    ------
    DataError
        If the rows are not those of one run, or the file of that year cannot be read: it is then left untouched.
    OSError
        If the disk refuses.
    """
    if list(rows.columns) != list(COLUMNS) or rows["run_id"].nunique() != 1 or rows["made_on"].nunique() != 1:
        raise DataError(
            "Rows to keep must be those of one run, with the columns {columns}.", columns=", ".join(COLUMNS)
        )
    path = archive / f"forecasts-{rows['made_on'].iloc[0].year}.parquet"
    archive.mkdir(parents=True, exist_ok=True)
    with _alone(archive):
        if path.exists():
            before = _read(path)
            if (before["run_id"] == rows["run_id"].iloc[0]).any():
                return False
            rows = pd.concat([before, rows], ignore_index=True)
        write_parquet(rows, path)
    return True


def read_archive(archive: Path) -> pd.DataFrame:
    """Return every forecast kept, in the order in which they were made.

    Parameters
    ----------
    archive
        The folder; one that is missing holds nothing.

    Returns
    -------
    DataFrame
        The columns of `forecast_rows`.

    Raises
    ------
    DataError
        If a file of the archive cannot be read or lacks a column.
    """
    parts = [_read(path) for path in sorted(archive.glob("forecasts-*.parquet"))]
    if parts:
        return pd.concat(parts, ignore_index=True)
    kinds = ("str", "datetime64[ms]", "datetime64[ms]", "str", "datetime64[ms]", "float64", "float32")
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in zip(COLUMNS, kinds, strict=True)})


def scored(kept: pd.DataFrame, milestones: pd.DataFrame) -> pd.DataFrame:
    """Return what was forecast beside what was published since.

    A total scores a forecast when its whole window of days lies after the day on which the forecast was made: a look
    back made today, however honest, is not a forecast. Weekly runs on the same totals give the same forecast again and
    again, so of each vintage and model only the first is scored.

    Parameters
    ----------
    kept
        From `read_archive`.
    milestones
        The processed table `milestones`; only preferred totals score.

    Returns
    -------
    DataFrame
        One row per forecast and total, by date: `run_id`, `made_on`, `vintage`, `model`, `date`, `published`,
        `published_low`, `published_high` (the least and the most that it may stand for), `relation` (how it was
        stated), `q025`, `q100`, `q500`, `q900`, `q975`, `inside_80`, `inside_95` (whether the interval and the total's
        bounds meet on a day of the total's window), `wis` (weighted interval score of the total as published, of the
        middle of its bounds where it is "more than", in municipalities), `error` (median minus that number). Between
        two target dates, quantiles are taken as straight.
    """
    totals = milestones[milestones["preferred"].astype("bool")].sort_values("date", kind="stable")
    first_runs = (
        kept.drop_duplicates("run_id")
        .sort_values(["made_on", "run_id"], kind="stable")
        .drop_duplicates(["vintage", "model"])
    )
    kept = kept[kept["run_id"].isin(first_runs["run_id"])]
    rows = []
    for run in first_runs.to_dict("records"):
        since = totals[totals["date_earliest"] > run["made_on"]]
        if since.empty:
            continue
        table = kept[kept["run_id"] == run["run_id"]].pivot(
            index="target_date", columns="level", values="municipalities"
        )
        ends = _days_since(table.index, table.index[0])
        for total in since.to_dict("records"):
            if not table.index[0] <= total["date"] <= table.index[-1]:
                continue
            window = pd.DatetimeIndex([total["date"], total["date_earliest"], total["date_latest"]])
            days = _days_since(window, table.index[0])
            every = np.array([np.interp(days, ends, table[level].to_numpy(dtype=float)) for level in table.columns])
            names = [round(1000 * level) for level in table.columns]
            at, first, last = (dict(zip(names, column, strict=True)) for column in every.T)
            published, highest = int(total["municipalities"]), int(total["count_high"])
            lowest = int(total["count_low"])
            # "More than" is no number: its middle stands for it.
            truth = (lowest + highest) / 2 if total["relation"] == "gt" else published
            rows.append(
                {
                    **{name: run[name] for name in COLUMNS[:4]},
                    "date": total["date"],
                    "published": published,
                    "published_low": lowest,
                    "published_high": highest,
                    "relation": str(total["relation"]),
                    **{f"q{level:03d}": at[level] for level in (25, 100, 500, 900, 975)},
                    "inside_80": highest >= first[100] and lowest <= last[900],
                    "inside_95": highest >= first[25] and lowest <= last[975],
                    "wis": float(
                        weighted_interval_score([truth], every[None, :, 0], table.columns.to_numpy(dtype=float))[0]
                    ),
                    "error": at[500] - truth,
                }
            )
    names = ["date", "published", "published_low", "published_high", "relation", "q025", "q100", "q500", "q900", "q975"]
    columns = [*COLUMNS[:4], *names, "inside_80", "inside_95", "wis", "error"]
    return pd.DataFrame(rows, columns=columns).sort_values(["date", "made_on"], kind="stable", ignore_index=True)


def _read(path: Path) -> pd.DataFrame:
    try:
        return pd.read_parquet(path, columns=list(COLUMNS))
    except (OSError, ValueError, KeyError) as error:
        raise DataError(
            "{path} is not a readable file of the archive ({error}). Put back a copy of it, or move it away: a "
            "new one is then begun.",
            path=path,
            error=error,
        ) from error


@contextmanager
def _alone(archive: Path) -> Iterator[None]:
    """Let one process at a time add to the archive."""
    with (archive / ".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _day(day: Day) -> pd.Timestamp:
    return pd.Timestamp(day).tz_localize(None).normalize().as_unit("ms")


def _days_since(days: pd.Index, first: pd.Timestamp) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.asarray((pd.DatetimeIndex(days) - first) / pd.Timedelta(days=1), dtype=np.float64)
