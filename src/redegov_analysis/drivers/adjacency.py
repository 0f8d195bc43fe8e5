"""Neighbours in whatever form a researcher has them: lists, weights, a matrix, a table of pairs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from redegov_analysis.drivers.neighbours import Neighbours, neighbours_from_pairs
from redegov_analysis.errors import DataError, ParameterError

Adjacency = (
    Neighbours
    | pd.DataFrame
    | Mapping[str, Sequence[str]]
    | Mapping[str, Mapping[str, float]]
    | npt.NDArray[Any]
    | sparse.sparray
    | sparse.spmatrix
)


def as_neighbours(given: Adjacency, places: pd.Index | None = None) -> Neighbours:
    """Return neighbours, given in any usual form, as `Neighbours`.

    Parameters
    ----------
    given
        `Neighbours`; a table of unordered pairs (`ibge_code_a`, `ibge_code_b`, and `weight` if borders are to weigh
        differently); a square table whose rows and columns bear the same names; a mapping from each place to the list
        of its neighbours, or to their weights; or a square matrix, dense or sparse.
    places
        The names of the places: those of a table of pairs, which does not know its islands, and of a matrix, which
        knows no names.

    Returns
    -------
    Neighbours
        Not standardised. Weights on the diagonal are refused.

    Raises
    ------
    DataError
        If a neighbour is unknown, a place neighbours itself, or a weight is missing or negative.
    ParameterError
        If a matrix is not square or does not fit the places.

    Examples
    --------
    >>> as_neighbours({"a": {"b": 2.0}, "b": {"a": 1.0}, "c": {}}).islands
    ['c']
    """
    if isinstance(given, Neighbours):
        return given
    if isinstance(given, Mapping):
        return _of_mapping(given)
    if isinstance(given, pd.DataFrame):
        rows, columns = given.index.astype(str), given.columns.astype(str)
        if given.shape[0] == given.shape[1] and set(rows) == set(columns):
            matrix = given.set_axis(rows).set_axis(columns, axis=1)[list(rows)]
            return _of_matrix(matrix.to_numpy(dtype=np.float64), rows)
        lacking = [name for name in ("ibge_code_a", "ibge_code_b") if name not in columns]
        if lacking:
            raise DataError(
                "A table of pairs needs the columns ibge_code_a and ibge_code_b; it has {columns}. A square "
                "table needs the same names along both sides.",
                columns=", ".join(columns),
            )
        return neighbours_from_pairs(given, places, weight="weight" if "weight" in columns else None)
    return _of_matrix(given, places)


def _of_mapping(given: Mapping[str, Sequence[str]] | Mapping[str, Mapping[str, float]]) -> Neighbours:
    index = pd.Index([str(code) for code in given], dtype="object")
    rows = [
        (str(place), str(other), float(others[other]) if isinstance(others, Mapping) else 1.0)
        for place, others in given.items()
        for other in others
    ]
    known = set(index)
    unknown = [(place, other) for place, other, _ in rows if other not in known]
    if unknown:
        place, other = unknown[0]
        raise DataError(
            "A neighbour in the mapping is not one of its keys: {other}, of {place}. Every place needs its own entry.",
            other=other,
            place=place,
        )
    at = index.get_indexer(pd.Index([place for place, _, _ in rows], dtype="object"))
    to = index.get_indexer(pd.Index([other for _, other, _ in rows], dtype="object"))
    weights = np.array([weight for _, _, weight in rows], dtype=np.float64)
    return _checked(sparse.csr_array(sparse.coo_array((weights, (at, to)), shape=(len(index),) * 2)), index)


def _of_matrix(given: Any, places: pd.Index | None) -> Neighbours:
    matrix = _compressed(given if sparse.issparse(given) else np.asarray(given, dtype=np.float64))
    if matrix.shape[0] != matrix.shape[1]:
        raise ParameterError(
            "The matrix of weights has {shape} {shape:row|rows} and {shape_2} {shape_2:column|columns}. "
            "It needs as many rows as columns, one of each for a place.",
            shape=matrix.shape[0],
            shape_2=matrix.shape[1],
        )
    names = pd.RangeIndex(matrix.shape[0]).astype(str) if places is None else places.astype(str)
    if len(names) != matrix.shape[0]:
        raise ParameterError(
            "The matrix of weights has {shape} {shape:row|rows} for {n_names} {n_names:place|places}. "
            "Give a row and a column for each place.",
            shape=matrix.shape[0],
            n_names=len(names),
        )
    return _checked(matrix, pd.Index(names))


def _compressed(array: Any) -> Any:
    """Return a matrix of any kind in compressed rows."""
    if array.ndim != 2:
        raise ParameterError(
            "The matrix of weights has {dimensions} {dimensions:dimension|dimensions}; it needs rows and columns.",
            dimensions=array.ndim,
        )
    return sparse.csr_array(array).astype(np.float64)


def _checked(matrix: sparse.csr_array, index: pd.Index) -> Neighbours:
    odd = ~(np.isfinite(matrix.data) & (matrix.data >= 0))
    if odd.any():
        raise DataError(
            "{count} {count:weight is missing|weights are missing}, infinite or negative; give each pair 0 or more.",
            count=int(odd.sum()),
        )
    own = np.flatnonzero(matrix.diagonal())
    if len(own):
        raise DataError("Place {which} is its own neighbour; leave the diagonal 0.", which=index[own[0]])
    if not index.is_unique:
        raise DataError(
            "Place {which} appears twice among the neighbours. Give each place once.",
            which=index[index.duplicated()][0],
        )
    matrix.sum_duplicates()
    matrix.eliminate_zeros()
    return Neighbours(index, matrix)
