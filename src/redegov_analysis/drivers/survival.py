"""Time to joining without a model of its shape: Kaplan–Meier curves and the log-rank test; Cox's model stands in `cox`.

Not having joined by the end of observation is censoring. Municipalities observed only from some time on are
left-truncated: they count among those at risk from then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from redegov_analysis.drivers.cox import CoxFit, fit_cox
from redegov_analysis.drivers.design import FloatArray
from redegov_analysis.drivers.times import BoolArray, checked_times
from redegov_analysis.errors import IdentificationError, ParameterError

__all__ = ["CoxFit", "LogRank", "fit_cox", "kaplan_meier", "log_rank", "months_to_joining"]

Interval = Literal["log", "log-log", "plain"]


def months_to_joining(joined_on: pd.Series, start: str | pd.Timestamp, end: str | pd.Timestamp) -> pd.DataFrame:
    """Return the months from `start` to joining, or to `end` for those that had not joined.

    Parameters
    ----------
    joined_on
        Day of joining; missing means not joined.
    start, end
        First and last day of observation.

    Returns
    -------
    DataFrame
        On the index of `joined_on`, without those that joined before `start`: `duration` (months of 30.4375 days, at
        least one day) and `event` (1 joined by `end`, else 0).

    Examples
    --------
    >>> days = pd.Series(pd.to_datetime(["2024-03-01", None, "2023-01-01"]))
    >>> months_to_joining(days, "2024-01-01", "2024-12-31")["event"].to_dict()
    {0: 1, 1: 0}
    """
    first, last = pd.Timestamp(start), pd.Timestamp(end)
    days = pd.to_datetime(joined_on)
    days = days[~(days < first)]
    event = days.notna() & (days <= last)
    stop = days.where(event, last)
    return pd.DataFrame({"duration": ((stop - first).dt.days + 1) / 30.4375, "event": event.astype("int64")})


def kaplan_meier(
    duration: pd.Series | npt.ArrayLike,
    event: pd.Series | npt.ArrayLike,
    *,
    group: pd.Series | npt.ArrayLike | None = None,
    entry: pd.Series | npt.ArrayLike | None = None,
    level: float = 0.95,
    interval: Interval = "log",
) -> pd.DataFrame:
    """Return the Kaplan–Meier curve of not having joined, with pointwise bands by Greenwood's variance.

    Parameters
    ----------
    duration
        Time to the event or to censoring, positive.
    event
        1 if the event happened then, 0 if censored.
    group
        A label per row: one curve each.
    entry
        Time from which each row is observed (left truncation).
    level
        Level of the bands.
    interval
        Scale on which they are symmetric: `log` (as R's survfit by default), `log-log` (stays within 0 and 1) or
        `plain`. All are cut at 0 and 1.

    Returns
    -------
    DataFrame
        `group` if given, `time` (each time at which something happens, in the unit of `duration`), `at_risk`, `events`
        and `censored` (rows), `survival` (0–1) with `stderr`, `low` and `high`.

    Raises
    ------
    ParameterError
        If lengths differ, times are missing or not positive, or `interval` is unknown.

    Examples
    --------
    >>> kaplan_meier([1.0, 2.0, 3.0, 4.0], [1, 0, 1, 1])["survival"].round(3).tolist()
    [0.75, 0.75, 0.375, 0.0]
    """
    if interval not in {"log", "log-log", "plain"}:
        raise ParameterError("interval is {interval!r}; it must be 'log', 'log-log' or 'plain'.", interval=interval)
    if not 0 < level < 1:
        raise ParameterError("level is {level}; it must lie between 0 and 1, for example 0.95.", level=level)
    times, happened, begins = checked_times(duration, event, entry)
    if group is None:
        return _curve(times, happened, begins, level, interval)
    labels = _labels(group, len(times))
    parts = []
    for name in sorted(set(labels), key=_order(group)):
        rows = np.array([label == name for label in labels])
        curve = _curve(times[rows], happened[rows], begins[rows], level, interval)
        curve.insert(0, "group", name)
        parts.append(curve)
    return pd.concat(parts, ignore_index=True)


@dataclass(frozen=True)
class LogRank:
    """A log-rank test.

    Attributes
    ----------
    statistic, df, p
        Chi-squared statistic, groups − 1, and its p value.
    table
        Index `group`; `n`, `observed` and `expected` events.
    """

    statistic: float
    df: int
    p: float
    table: pd.DataFrame


def log_rank(
    duration: pd.Series | npt.ArrayLike,
    event: pd.Series | npt.ArrayLike,
    group: pd.Series | npt.ArrayLike,
    *,
    entry: pd.Series | npt.ArrayLike | None = None,
) -> LogRank:
    """Return the log-rank test that all groups share one survival curve (Mantel 1966; Peto and Peto 1972).

    Parameters
    ----------
    duration, event, entry
        As in `kaplan_meier`.
    group
        A label per row.

    Returns
    -------
    LogRank
        Chi-squared with one degree of freedom less than there are groups, and expected events of each.

    Raises
    ------
    IdentificationError
        If there are fewer than two groups or no events.
    """
    times, happened, begins = checked_times(duration, event, entry)
    labels = _labels(group, len(times))
    names = sorted(set(labels), key=_order(group))
    if len(names) < 2 or not happened.any():
        raise IdentificationError(
            "A log-rank test needs two groups and an event; there are {n_names} and {count}.",
            n_names=len(names),
            count=int(happened.sum()),
        )
    member = np.array([[label == name for name in names] for label in labels], dtype=np.float64)
    at = np.unique(times[happened])
    risk = np.stack([member[(times >= t) & (begins < t)].sum(axis=0) for t in at])
    events = np.stack([member[happened & (times == t)].sum(axis=0) for t in at])
    n, d = risk.sum(axis=1), events.sum(axis=1)
    expected = risk * (d / n)[:, None]
    factor = np.divide(d * (n - d), n - 1, out=np.zeros_like(n), where=n > 1)
    share = risk / n[:, None]
    variance = np.diag((factor[:, None] * share).sum(axis=0)) - np.einsum("t,ti,tj->ij", factor, share, share)
    excess = (events - expected).sum(axis=0)
    statistic = float(excess @ np.linalg.pinv(variance) @ excess)
    df = len(names) - 1
    table = pd.DataFrame(
        {"n": member.sum(axis=0).astype(np.int64), "observed": events.sum(axis=0), "expected": expected.sum(axis=0)},
        index=pd.Index(names, name="group"),
    )
    return LogRank(statistic, df, float(stats.chi2.sf(statistic, df)), table)


def _curve(times: FloatArray, happened: BoolArray, begins: FloatArray, level: float, interval: str) -> pd.DataFrame:
    at, place = np.unique(times, return_inverse=True)
    events = np.bincount(place, weights=happened, minlength=len(at))
    leaving = np.bincount(place, minlength=len(at)).astype(np.float64)
    # At risk at t: those that last to t or beyond, less those not yet observed then.
    at_risk = leaving[::-1].cumsum()[::-1] - (len(begins) - np.searchsorted(np.sort(begins), at, side="left"))
    survival = np.cumprod(1 - events / at_risk)
    with np.errstate(divide="ignore", invalid="ignore"):
        greenwood = np.cumsum(events / (at_risk * (at_risk - events)))
        root = np.sqrt(greenwood)
        width = stats.norm.ppf(0.5 + level / 2) * root
        if interval == "log":
            low, high = survival * np.exp(-width), survival * np.exp(width)
        elif interval == "log-log":
            scale = width / np.abs(np.log(survival))
            low, high = survival ** np.exp(scale), survival ** np.exp(-scale)
        else:
            low, high = survival * (1 - width), survival * (1 + width)
        stderr = survival * root
    certain = survival == 1
    return pd.DataFrame(
        {
            "time": at,
            "at_risk": at_risk.astype(np.int64),
            "events": events.astype(np.int64),
            "censored": (leaving - events).astype(np.int64),
            "survival": survival,
            "stderr": np.where(certain, 0.0, stderr),
            "low": np.where(certain, 1.0, np.clip(low, 0.0, 1.0)),
            "high": np.where(certain, 1.0, np.clip(high, 0.0, 1.0)),
        }
    )


def _labels(group: pd.Series | npt.ArrayLike, rows: int) -> Sequence[Any]:
    labels = list(group.array) if isinstance(group, pd.Series) else list(np.asarray(group))
    if len(labels) != rows:
        raise ParameterError(
            "group has {n_labels:,} {n_labels:row|rows} and duration {rows:,}; they must match row by row.",
            n_labels=len(labels),
            rows=rows,
        )
    if pd.isna(pd.Series(labels, dtype=object)).any():
        raise ParameterError("group is missing in some rows; every row needs one.")
    return labels


def _order(group: pd.Series | npt.ArrayLike) -> Any:
    """Order groups as their categories stand, or by label."""
    if isinstance(group, pd.Series) and isinstance(group.dtype, pd.CategoricalDtype):
        place = {name: number for number, name in enumerate(group.cat.categories)}
        return place.__getitem__
    return lambda name: name
