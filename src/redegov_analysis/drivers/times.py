"""Durations, events and entries of survival data, checked."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from redegov_analysis.drivers.design import FloatArray
from redegov_analysis.drivers.rows import row_numbers
from redegov_analysis.errors import IdentificationError, ParameterError

BoolArray = npt.NDArray[np.bool_]


def checked_times(
    duration: pd.Series | npt.ArrayLike, event: pd.Series | npt.ArrayLike, entry: pd.Series | npt.ArrayLike | None
) -> tuple[FloatArray, BoolArray, FloatArray]:
    """Return times, events and entries as arrays of one length; without entries, all from minus infinity.

    Parameters
    ----------
    duration, event, entry
        As in `survival.kaplan_meier`.

    Returns
    -------
    tuple
        Times, events (booleans) and entries, shape (n,) each.

    Raises
    ------
    IdentificationError
        If there are no rows.
    ParameterError
        If lengths differ, a value is missing, a duration is negative, an event is not 0/1, or an entry does not come
        before its duration.
    """
    times, happened = _numbers(duration, "duration"), _numbers(event, "event")
    begins = np.full(len(times), -np.inf) if entry is None else _numbers(entry, "entry")
    if len(times) == 0:
        raise IdentificationError("There are no rows. Give at least one with an event.")
    for name, values in (("event", happened), ("entry", begins)):
        if len(values) != len(times):
            raise ParameterError(
                "{name} has {n_values:,} {n_values:row|rows} and duration {n_times:,}; they must match.",
                name=name,
                n_values=len(values),
                n_times=len(times),
            )
    if (times < 0).any():
        raise ParameterError("duration holds {first:g}; times run from 0.", first=times.min())
    odd = happened[(happened != 0) & (happened != 1)]
    if len(odd):
        raise ParameterError(
            "event holds {odd:g}; it must be 1 where the event happened and 0 where censored.", odd=odd[0]
        )
    late = begins >= times
    if late.any():
        row = int(np.flatnonzero(late)[0])
        raise ParameterError(
            "entry {begins:g} does not come before duration {times:g} in row {row}. "
            "Correct the row: entry comes first.",
            begins=begins[row],
            times=times[row],
            row=row,
        )
    return times, happened == 1, begins


def case_weights(weights: pd.Series | npt.ArrayLike | None, rows: int) -> FloatArray:
    """Return the positive weight of each row, 1 where none are given.

    Parameters
    ----------
    weights
        One per row, or None.
    rows
        How many rows there are.

    Returns
    -------
    FloatArray
        Shape (rows,).

    Raises
    ------
    ParameterError
        If there is not one positive, finite weight for each row.
    """
    if weights is None:
        return np.ones(rows)
    case = row_numbers(weights, "weights")
    if len(case) != rows:
        raise ParameterError(
            "weights has {n_case:,} {n_case:row|rows} and duration {rows:,}; they must match row by row.",
            n_case=len(case),
            rows=rows,
        )
    odd = ~(np.isfinite(case) & (case > 0))
    if odd.any():
        raise ParameterError(
            "{count:,} {count:weight is|weights are} missing, zero or negative, the first in row {place}. Give "
            "each row a positive weight, or leave the row out.",
            count=int(odd.sum()),
            place=int(np.argmax(odd)),
        )
    return case


def _numbers(values: pd.Series | npt.ArrayLike, name: str) -> FloatArray:
    numbers = row_numbers(values, name)
    if np.isnan(numbers).any():
        raise ParameterError(
            "{name} is missing in {count:,} {count:row; drop this row|rows; drop these rows} first.",
            name=name,
            count=int(np.isnan(numbers).sum()),
        )
    return numbers
