"""Tables with one row per municipality: sorted, their keys unlike."""

from __future__ import annotations

import pandas as pd

from redegov_analysis.errors import DataError


def one_per_code(frame: pd.DataFrame, *, name: str, key: tuple[str, ...] = ("ibge_code",)) -> pd.DataFrame:
    """Return the table sorted by its key, its text as `str`, or raise a `DataError` if it is empty or a key repeats."""
    if frame.empty:
        raise DataError("{name}: found no municipality. Is it another edition, or was it cut off?", name=name)
    keys = list(key)
    again = frame[frame.duplicated(keys)]
    if not again.empty:
        raise DataError(
            "{name}: {value} stands there twice.",
            name=name,
            value=" ".join(str(value) for value in again.iloc[0][keys]),
        )
    text = {column: "str" for column in frame if frame[column].dtype == "object"}
    return frame.astype(text).sort_values(keys, ignore_index=True)
