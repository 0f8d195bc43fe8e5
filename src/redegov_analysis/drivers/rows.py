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

    Parameters
    ----------
    X
        A table, a Series, a mapping of columns, or an array of shape (n,) or (n, k).

    Returns
    -------
    DataFrame
        One row per observation; a table is given back as it is.

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
        raise ParameterError(
            "X holds something that is no number ({error}). {advice}", error=error, advice=NOT_NUMERIC
        ) from error
    if values.ndim == 1:
        values = values[:, None]
    if values.ndim != 2:
        raise ParameterError(
            "X has {dimensions} {dimensions:dimension|dimensions}; it must be a table of rows and columns.",
            dimensions=values.ndim,
        )
    return pd.DataFrame(values, columns=[f"x{i}" for i in range(values.shape[1])])


def row_numbers(values: pd.Series | npt.ArrayLike, what: str) -> FloatArray:
    """Return one number per row as floats, missing as NaN; refuse dates, words and tables.

    Parameters
    ----------
    values
        One number per row.
    what
        What messages call them.

    Returns
    -------
    FloatArray
        Shape (n,).

    Raises
    ------
    ParameterError
        If the values are no numbers, or not one per row.
    """
    array = np.asarray(values)
    if array.ndim != 1:
        raise ParameterError(
            "{what} has {dimensions} {dimensions:dimension|dimensions}; give one value per row.",
            what=what,
            dimensions=array.ndim,
        )
    if array.dtype.kind in "mMc":
        raise ParameterError(
            "{what} has the type {dtype}; give numbers, for example days since a common start.",
            what=what,
            dtype=array.dtype,
        )
    try:
        return pd.Series(array).to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise ParameterError("{what} holds something that is no number ({error}).", what=what, error=error) from error


def outcome_of(y: pd.Series | npt.ArrayLike, rows: int) -> FloatArray:
    """Return the outcome as floats, missing as NaN; refuse anything but 0 and 1.

    Parameters
    ----------
    y
        0, 1 or missing in each row.
    rows
        How many there must be.

    Returns
    -------
    FloatArray
        Shape (rows,).

    Raises
    ------
    ParameterError
        If the number of rows differs, or a value is anything else.
    """
    outcome = row_numbers(y, "y")
    if len(outcome) != rows:
        raise ParameterError(
            "y has {n_outcome:,} {n_outcome:row|rows} and X has {rows:,}; they must match row by row.",
            n_outcome=len(outcome),
            rows=rows,
        )
    odd = outcome[~np.isnan(outcome) & (outcome != 0) & (outcome != 1)]
    if len(odd):
        raise ParameterError("y holds {odd:g}; it must be 1 where the event happens and 0 elsewhere.", odd=odd[0])
    return outcome


def complete_rows(outcome: FloatArray, columns: list[FloatArray], names: list[str], missing: str) -> BoolArray:
    """Return which rows are complete; refuse empty columns, and gaps unless they may be dropped.

    Parameters
    ----------
    outcome
        0, 1 or NaN, shape (n,).
    columns
        Arrays of n numbers; what is infinite counts as missing.
    names
        What messages call them.
    missing
        `raise` or `drop`.

    Returns
    -------
    BoolArray
        Shape (n,).

    Raises
    ------
    ParameterError
        If a row is incomplete and `missing` is `raise`.
    IdentificationError
        If there are no rows, a column is empty, or no row is complete.
    """
    if not columns and len(outcome) == 0:
        raise IdentificationError("There are no rows to fit.")
    keep: BoolArray = ~np.isnan(outcome)
    holes = {}
    for name, column in zip(names, columns, strict=True):
        finite = np.isfinite(column)
        if not finite.any():
            raise IdentificationError(
                "Column {name} is missing in all rows ({n_column:,}). Leave it out.",
                name=name,
                n_column=len(column),
            )
        if not finite.all():
            holes[name] = int((~finite).sum())
            keep &= finite
    if missing == "raise" and not keep.all():
        where = ", ".join(f"{name} ({count:,})" for name, count in holes.items()) or "y"
        raise ParameterError(
            "Values are missing or infinite in {place}. Use missing='drop' for the {count:,} complete "
            "{count:row|rows} of {n_keep:,}, or fill them first.",
            place=where,
            count=int(keep.sum()),
            n_keep=len(keep),
        )
    if not keep.any():
        raise IdentificationError("No row is complete: every row misses at least one value.")
    return keep


def row_labels(
    given: pd.Series | npt.ArrayLike | None, rows: int, what: str, keep: BoolArray
) -> npt.NDArray[Any] | None:
    """Return the labels of the rows kept; refuse missing ones.

    Parameters
    ----------
    given
        A label for each row, such as its cluster; None for none.
    rows
        How many rows there are.
    what
        What messages call the labels.
    keep
        The rows to keep, shape (rows,).

    Returns
    -------
    ndarray or None
        One label per row kept.

    Raises
    ------
    ParameterError
        If there is not one label for each row.
    """
    if given is None:
        return None
    labels = np.asarray(given)
    if labels.ndim != 1:
        raise ParameterError(
            "{what} has {dimensions} {dimensions:dimension|dimensions}; give one value per row.",
            what=what,
            dimensions=labels.ndim,
        )
    if len(labels) != rows:
        raise ParameterError(
            "{what} has {n_labels:,} {n_labels:row|rows} and X has {rows:,}; they must match row by row.",
            what=what,
            n_labels=len(labels),
            rows=rows,
        )
    gaps = int(pd.isna(pd.Series(labels)).sum())
    if gaps:
        raise ParameterError(
            "{what} is missing in {gaps:,} {gaps:row|rows}; every row needs one.", what=what, gaps=gaps
        )
    return labels[keep]


def refuse_one_outcome(y: BoolArray) -> None:
    """Refuse rows without an event, or with nothing else.

    Parameters
    ----------
    y
        Which rows hold an event, shape (n,).

    Raises
    ------
    IdentificationError
        If none does, or all do.
    """
    if not y.any():
        raise IdentificationError(
            "No event in the {n_values:,} {n_values:row|rows}, so no effect can be estimated.", n_values=len(y)
        )
    if y.all():
        raise IdentificationError(
            "All rows ({n_values:,}) are events, so no effect can be estimated.",
            n_values=len(y),
        )


def baseline_codes(labels: npt.NDArray[Any] | None, y: BoolArray) -> tuple[IntArray, list[Any], list[Any]]:
    """Return which categories of a baseline can be estimated: those with rows that hold an event and rows that do not.

    Parameters
    ----------
    labels
        The category of each row; None for a model without a baseline.
    y
        Which rows hold an event, shape (n,).

    Returns
    -------
    tuple
        The number of each row's category among those that can (−1 for others), shape (n,), or (0,) without a baseline;
        these categories, in order; and the others.
    """
    if labels is None:
        return np.zeros(0, dtype=np.int64), [], []
    codes, found = pd.factorize(pd.Series(labels), sort=True)
    rows = np.bincount(codes)
    events = np.bincount(codes, weights=y)
    both = (events > 0) & (events < rows)
    number = np.where(both, np.cumsum(both) - 1, -1)
    return number[codes].astype(np.int64), list(found[both]), list(found[~both])


def label_text(category: object) -> str:
    """Return a category as it stands in the name of its term; days as ISO dates.

    Parameters
    ----------
    category
        A month, a word or a number.

    Returns
    -------
    str
        For example 2023-09-01.
    """
    return f"{category:%Y-%m-%d}" if isinstance(category, pd.Timestamp) else str(category)
