"""Durations, events and entries of survival data, checked."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from redegov_analysis.drivers.design import FloatArray
from redegov_analysis.errors import IdentificationError, ParameterError

BoolArray = npt.NDArray[np.bool_]


def checked_times(
    duration: pd.Series | npt.ArrayLike, event: pd.Series | npt.ArrayLike, entry: pd.Series | npt.ArrayLike | None
) -> tuple[FloatArray, BoolArray, FloatArray]:
    """Return times, events and entries as arrays of one length; without entries, all from minus infinity.

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
        raise IdentificationError("There are no rows.")
    for name, values in (("event", happened), ("entry", begins)):
        if len(values) != len(times):
            raise ParameterError(f"{name} has {len(values):,} rows and duration {len(times):,}; they must match.")
    if (times < 0).any():
        raise ParameterError(f"duration holds {times.min():g}; times run from 0.")
    odd = happened[(happened != 0) & (happened != 1)]
    if len(odd):
        raise ParameterError(f"event holds {odd[0]:g}; it must be 1 where the event happened and 0 where censored.")
    late = begins >= times
    if late.any():
        row = int(np.flatnonzero(late)[0])
        raise ParameterError(f"entry {begins[row]:g} does not come before duration {times[row]:g} in row {row}.")
    return times, happened == 1, begins


def case_weights(weights: pd.Series | npt.ArrayLike | None, rows: int) -> FloatArray:
    """Return the positive weight of each row, 1 where none are given."""
    if weights is None:
        return np.ones(rows)
    case = pd.Series(np.asarray(weights)).to_numpy(dtype=np.float64, na_value=np.nan)
    if len(case) != rows:
        raise ParameterError(f"weights has {len(case):,} rows and duration {rows:,}; they must match row by row.")
    odd = ~(np.isfinite(case) & (case > 0))
    if odd.any():
        raise ParameterError(
            f"{int(odd.sum()):,} weights are missing, zero or negative, the first in row {int(np.argmax(odd))}. "
            "Give each row a positive weight, or leave the row out."
        )
    return case


def _numbers(values: pd.Series | npt.ArrayLike, name: str) -> FloatArray:
    numbers = pd.Series(np.asarray(values)).to_numpy(dtype=np.float64, na_value=np.nan)
    if np.isnan(numbers).any():
        raise ParameterError(f"{name} is missing in {int(np.isnan(numbers).sum()):,} rows; drop these rows first.")
    return numbers
