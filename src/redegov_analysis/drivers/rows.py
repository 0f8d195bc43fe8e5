"""Rows of a binary regression, checked: outcomes of 0 and 1, complete covariates, labels for every row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from redegov_analysis.drivers.design import NOT_NUMERIC, FloatArray, IntArray
from redegov_analysis.drivers.links import BoolArray
from redegov_analysis.errors import IdentificationError, ParameterError


def covariate_table(X: pd.DataFrame | pd.Series | npt.ArrayLike) -> pd.DataFrame:
    """Return covariates as a table; the columns of an array are named x0, x1 and so on.

    Raises
    ------
    ParameterError
        If an array has more than two dimensions, or holds anything but numbers.
    """
    if isinstance(X, pd.DataFrame):
        return X
    if isinstance(X, pd.Series):
        return X.to_frame("x0" if X.name is None else X.name)
    if isinstance(X, Mapping):
        return pd.DataFrame(dict(X))
    try:
        values = np.asarray(X, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ParameterError(f"X holds something that is no number ({error}). {NOT_NUMERIC}") from error
    if values.ndim == 1:
        values = values[:, None]
    if values.ndim != 2:
        raise ParameterError(f"X has {values.ndim} dimension(s); it must be a table of rows and columns.")
    return pd.DataFrame(values, columns=[f"x{i}" for i in range(values.shape[1])])


def outcome_of(y: pd.Series | npt.ArrayLike, rows: int) -> FloatArray:
    """Return the outcome as floats, missing as NaN; refuse anything but 0 and 1."""
    outcome = pd.Series(np.asarray(y)).to_numpy(dtype=np.float64, na_value=np.nan)
    if len(outcome) != rows:
        raise ParameterError(f"y has {len(outcome):,} rows and X has {rows:,}; they must match row by row.")
    odd = outcome[~np.isnan(outcome) & (outcome != 0) & (outcome != 1)]
    if len(odd):
        raise ParameterError(f"y holds {odd[0]:g}; it must be 1 where the event happens and 0 elsewhere.")
    return outcome


def complete_rows(outcome: FloatArray, columns: list[FloatArray], names: list[str], missing: str) -> BoolArray:
    """Return which rows are complete; refuse empty columns, and gaps unless they may be dropped."""
    if not columns and len(outcome) == 0:
        raise IdentificationError("There are no rows to fit.")
    keep: BoolArray = ~np.isnan(outcome)
    holes = {}
    for name, column in zip(names, columns, strict=True):
        finite = np.isfinite(column)
        if not finite.any():
            raise IdentificationError(f"Column {name} is missing in all {len(column):,} rows. Leave it out.")
        if not finite.all():
            holes[name] = int((~finite).sum())
            keep &= finite
    if missing == "raise" and not keep.all():
        where = ", ".join(f"{name} ({count:,})" for name, count in holes.items()) or "y"
        raise ParameterError(
            f"Values are missing or infinite in {where}. Use missing='drop' for the {int(keep.sum()):,} complete rows "
            f"of {len(keep):,}, or fill them first."
        )
    if not keep.any():
        raise IdentificationError("No row is complete: every row misses at least one value.")
    return keep


def row_labels(
    given: pd.Series | npt.ArrayLike | None, rows: int, what: str, keep: BoolArray
) -> npt.NDArray[Any] | None:
    """Return the labels of the rows kept; refuse missing ones."""
    if given is None:
        return None
    labels = given.array if isinstance(given, pd.Series) else np.asarray(given)
    if len(labels) != rows:
        raise ParameterError(f"{what} has {len(labels):,} rows and X has {rows:,}; they must match row by row.")
    gaps = int(pd.isna(pd.Series(labels)).sum())
    if gaps:
        raise ParameterError(f"{what} is missing in {gaps:,} rows; every row needs one.")
    return np.asarray(labels)[keep]


def refuse_one_outcome(y: BoolArray) -> None:
    """Refuse rows without an event, or with nothing else."""
    if not y.any():
        raise IdentificationError(f"No event in the {len(y):,} rows, so no effect can be estimated.")
    if y.all():
        raise IdentificationError(f"All {len(y):,} rows are events, so no effect can be estimated.")


def baseline_codes(labels: npt.NDArray[Any] | None, y: BoolArray) -> tuple[IntArray, list[Any], list[Any]]:
    """Codes of the categories that hold both outcomes (−1 for others), these categories, and the others."""
    if labels is None:
        return np.zeros(0, dtype=np.int64), [], []
    codes, found = pd.factorize(pd.Series(labels), sort=True)
    rows = np.bincount(codes, minlength=len(found))
    events = np.bincount(codes, weights=y, minlength=len(found))
    both = (events > 0) & (events < rows)
    number = np.where(both, np.cumsum(both) - 1, -1)
    categories = list(found)
    return (
        number[codes].astype(np.int64),
        [category for category, ok in zip(categories, both, strict=True) if ok],
        [category for category, ok in zip(categories, both, strict=True) if not ok],
    )


def label_text(category: object) -> str:
    """Return a category as it stands in the name of its term; days as ISO dates."""
    return f"{category:%Y-%m-%d}" if isinstance(category, pd.Timestamp) else str(category)
