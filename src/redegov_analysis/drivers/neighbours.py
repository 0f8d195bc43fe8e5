"""Neighbours: who borders whom, or lies near, and what share of them has done something.

Borders come as a table of unordered pairs. Two Brazilian municipalities are islands without any: `link_islands` ties
them to the nearest seat; everywhere else they have no neighbours' share, which is missing, not zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse, spatial

from redegov_analysis.drivers.design import FloatArray, IntArray
from redegov_analysis.errors import DataError, ParameterError

EARTH_RADIUS_KM = 6371.0088  # mean radius, IUGG

_SPARE = 8
"""Candidates for a nearest place beyond those wanted."""

_CHORD_PRECISION = 1e-6


@dataclass(frozen=True)
class Neighbours:
    """Who is whose neighbour, with weights.

    Attributes
    ----------
    codes
        The n places, in the order of the rows and columns of `weights`.
    weights
        n × n sparse matrix: row i holds the weights of i's neighbours, 0 on the diagonal.
    """

    codes: pd.Index
    weights: sparse.csr_array

    @property
    def islands(self) -> list[str]:
        """The places without any neighbour."""
        return [str(code) for code in self.codes[np.diff(self.weights.indptr) == 0]]

    def standardised(self) -> Neighbours:
        """Return the same neighbours with each row's weights adding up to 1 (islands stay empty).

        Returns
        -------
        Neighbours
            The same codes.
        """
        total = np.asarray(self.weights.sum(axis=1), dtype=np.float64)
        scale = np.divide(1.0, total, out=np.zeros_like(total), where=total > 0)
        return Neighbours(self.codes, sparse.csr_array(sparse.diags_array(scale) @ self.weights))

    def restricted(self, codes: pd.Index) -> Neighbours:
        """Return the neighbours among `codes` only, in that order.

        Parameters
        ----------
        codes
            The places to keep; whoever loses all neighbours becomes an island.

        Returns
        -------
        Neighbours
            Weights as they were, not standardised anew.

        Raises
        ------
        DataError
            If a code is not among the places.
        """
        place = self.codes.get_indexer(codes)
        if (place < 0).any():
            unknown = [str(code) for code in codes[place < 0]]
            raise DataError(
                "{n_unknown} {n_unknown:place is|places are} not among the neighbours' codes, for example {unknown}. "
                "Leave them out, or give neighbours of the same day.",
                n_unknown=len(unknown),
                unknown=unknown[0],
            )
        return Neighbours(codes, sparse.csr_array(self.weights[place][:, place]))

    def share(self, values: FloatArray) -> FloatArray:
        """Return the weighted mean over each place's neighbours.

        Parameters
        ----------
        values
            One number per place in the order of `codes`, or one per place and time; shape (n,) or (n, times).

        Returns
        -------
        FloatArray
            In the units of `values` and of their shape; NaN for islands.
        """
        mean = np.asarray(self.standardised().weights @ values, dtype=np.float64)
        mean[np.diff(self.weights.indptr) == 0] = np.nan
        return mean


def neighbours_from_pairs(
    pairs: pd.DataFrame, codes: Sequence[str] | pd.Series | pd.Index | None = None, *, weight: str | None = None
) -> Neighbours:
    """Return the neighbours that a table of bordering pairs describes.

    Parameters
    ----------
    pairs
        One row per unordered pair: `ibge_code_a`, `ibge_code_b` and, if wanted as weight, a further column.
    codes
        The places, in the wanted order; pairs with others are left out. By default those in the table, sorted.
    weight
        Column to weigh by, for example `border_km`; each border counts 1 when None. A pair that weighs 0, such as two
        that touch in a point, is no pair.

    Returns
    -------
    Neighbours
        Symmetric, not standardised.

    Raises
    ------
    DataError
        If a place is paired with itself, a pair appears twice, or a weight is missing or negative.

    Examples
    --------
    >>> import pandas as pd
    >>> pairs = pd.DataFrame({"ibge_code_a": ["1", "2"], "ibge_code_b": ["2", "3"]})
    >>> neighbours_from_pairs(pairs, ["1", "2", "3", "4"]).islands
    ['4']
    """
    a, b = pairs["ibge_code_a"].astype(str), pairs["ibge_code_b"].astype(str)
    if (a == b).any():
        raise DataError("Place {value} is paired with itself; a pair needs two places.", value=a[a == b].iloc[0])
    index = pd.Index(sorted({*a, *b}) if codes is None else [str(code) for code in codes])
    if not index.is_unique:
        raise DataError(
            "Place {which} appears twice among the codes. Give each code once.", which=index[index.duplicated()][0]
        )
    i, j = index.get_indexer(pd.Index(a)), index.get_indexer(pd.Index(b))
    inside = (i >= 0) & (j >= 0)
    value = np.ones(len(pairs)) if weight is None else pairs[weight].to_numpy(dtype=np.float64, na_value=np.nan)
    if not (value[inside] >= 0).all():
        raise DataError(
            "{weight} is missing or negative in {count} {count:pair|pairs}; give each one.",
            weight=weight,
            count=int((~(value[inside] >= 0)).sum()),
        )
    i, j, value = i[inside], j[inside], value[inside]
    if len(pd.unique(np.minimum(i, j) * np.int64(len(index)) + np.maximum(i, j))) < len(i):
        raise DataError("A pair of neighbours appears twice; list each border once, in either order.")
    matrix = sparse.coo_array(
        (np.concatenate([value, value]), (np.concatenate([i, j]), np.concatenate([j, i]))), shape=(len(index),) * 2
    )
    compressed = sparse.csr_array(matrix)
    compressed.eliminate_zeros()
    return Neighbours(index, compressed)


def distances_km(
    latitude: FloatArray, longitude: FloatArray, to: tuple[float | FloatArray, float | FloatArray]
) -> FloatArray:
    """Return great-circle distances in km by the haversine formula, of points from one point or each from its own.

    Parameters
    ----------
    latitude, longitude
        Degrees, shape (n,).
    to
        Latitude and longitude of the other end, in degrees: one point, or one for each.

    Returns
    -------
    FloatArray
        Kilometres on a sphere of 6,371 km, shape (n,).
    """
    phi, lam = np.radians(latitude), np.radians(longitude)
    phi0, lam0 = np.radians(to[0]), np.radians(to[1])
    half = np.sin((phi - phi0) / 2) ** 2 + np.cos(phi) * np.cos(phi0) * np.sin((lam - lam0) / 2) ** 2
    distance: FloatArray = 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(half, 0.0, 1.0)))
    return distance


def nearest_neighbours(municipalities: pd.DataFrame, k: int = 5) -> Neighbours:
    """Return each municipality's `k` nearest by distance between seats; near is not mutual.

    Parameters
    ----------
    municipalities
        `ibge_code`, `latitude`, `longitude` (degrees) of each, none missing.
    k
        How many, at least 1. Ties are broken by code.

    Returns
    -------
    Neighbours
        In order of code; each row has `k` ones.

    Raises
    ------
    ParameterError
        If `k` is not between 1 and the number of others.
    DataError
        If a coordinate is missing.
    """
    table = municipalities.sort_values("ibge_code")
    latitude, longitude = (table[c].to_numpy(dtype=np.float64, na_value=np.nan) for c in ("latitude", "longitude"))
    n = len(table)
    if not 1 <= k < n:
        raise ParameterError(
            "k is {k}; with {n} {n:municipality|municipalities} it must lie between 1 and {fewer}.",
            k=k,
            n=n,
            fewer=n - 1,
        )
    lost = np.isnan(latitude) | np.isnan(longitude)
    if lost.any():
        raise DataError(
            "{count} {count:municipality has|municipalities have} no seat coordinates, for example {code}. "
            "Fill them in, or leave these out.",
            count=int(lost.sum()),
            code=table["ibge_code"].to_numpy()[lost][0],
        )
    # The tree says who may be near, by chords; who is nearest is decided by distance, and by code where that is equal.
    points = _unit_vectors(latitude, longitude)
    some = min(n, k + _SPARE)
    answers = spatial.KDTree(points).query(points, k=some)
    chords, near = np.asarray(answers[0], dtype=np.float64), np.sort(np.asarray(answers[1], dtype=np.int64), axis=1)
    columns = _nearest_of(near, np.arange(n), latitude, longitude, k)
    if some < n:
        unsure = np.flatnonzero(chords[:, k] >= chords[:, -1] * (1 - _CHORD_PRECISION))
        everyone = np.broadcast_to(np.arange(n), (1, n))
        for row in unsure:
            columns[row] = _nearest_of(everyone, np.array([row]), latitude, longitude, k)[0]
    matrix = sparse.csr_array((np.ones(n * k), columns.ravel(), np.arange(0, n * k + 1, k)), shape=(n, n))
    matrix.sort_indices()
    return Neighbours(pd.Index(table["ibge_code"].astype(str).to_numpy()), matrix)


def _nearest_of(near: IntArray, rows: IntArray, latitude: FloatArray, longitude: FloatArray, k: int) -> IntArray:
    """Return, for each of some rows, the `k` nearest of its candidates, which stand in ascending order."""
    distance = distances_km(latitude[near], longitude[near], (latitude[rows, None], longitude[rows, None]))
    distance[near == rows[:, None]] = np.inf
    return np.take_along_axis(near, np.argsort(distance, axis=1, kind="stable")[:, :k], axis=1)


def _unit_vectors(latitude: FloatArray, longitude: FloatArray) -> FloatArray:
    phi, lam = np.radians(latitude), np.radians(longitude)
    return np.column_stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)])


def nearest_among(municipalities: pd.DataFrame, among: pd.Series, k: int) -> pd.DataFrame:
    """Return, for each municipality, the `k` nearest others of some of them, by distance between seats.

    Parameters
    ----------
    municipalities
        `ibge_code`, `latitude`, `longitude` (degrees); those without a seat have no nearest and are nobody's.
    among
        Which of them to look for (bool, in the same order).
    k
        How many; fewer where there are not so many.

    Returns
    -------
    DataFrame
        `ibge_code`, `other`, `km`; by code, nearest first, ties by the other's code.

    Examples
    --------
    >>> places = pd.DataFrame({"ibge_code": ["1", "2", "3"], "latitude": [0.0, 0.0, 0.0], "longitude": [0.0, 1.0, 3.0]})
    >>> nearest_among(places, pd.Series([True, False, True]), 1)["other"].tolist()
    ['3', '1', '1']
    """
    table = municipalities[["ibge_code", "latitude", "longitude"]].assign(wanted=np.asarray(among, dtype=bool))
    table = table.dropna(subset=["latitude", "longitude"]).sort_values("ibge_code", ignore_index=True)
    codes = table["ibge_code"].astype(str).to_numpy()
    points = _unit_vectors(*(table[name].to_numpy(dtype=np.float64) for name in ("latitude", "longitude")))
    targets = np.flatnonzero(table["wanted"].to_numpy())
    if not len(targets):
        return pd.DataFrame({"ibge_code": codes[:0], "other": codes[:0], "km": np.zeros(0)})
    some = min(k + 1, len(targets))  # one more, because each of them is its own nearest
    answers = spatial.KDTree(points[targets]).query(points, k=list(range(1, some + 1)))
    chord, found = np.asarray(answers[0], dtype=np.float64), np.asarray(answers[1], dtype=np.int64)
    pairs = pd.DataFrame(
        {
            "ibge_code": np.repeat(codes, chord.shape[1]),
            "other": codes[targets[found.ravel()]],
            "km": 2 * EARTH_RADIUS_KM * np.arcsin(np.clip(chord.ravel() / 2, 0.0, 1.0)),
        }
    )
    pairs = pairs[pairs["ibge_code"] != pairs["other"]].sort_values(["ibge_code", "km", "other"])
    return pairs.groupby("ibge_code").head(k).reset_index(drop=True)


def link_islands(pairs: pd.DataFrame, municipalities: pd.DataFrame) -> pd.DataFrame:
    """Return the pairs with one more for each island: the municipality whose seat is nearest.

    Any weight column of an added pair takes the median of the table. Ilhabela is so tied to São Sebastião, across the
    channel, and Fernando de Noronha to a coastal municipality some 360 km away.

    Parameters
    ----------
    pairs
        As in `neighbours_from_pairs`.
    municipalities
        `ibge_code`, `latitude`, `longitude` of every place.

    Returns
    -------
    DataFrame
        The columns of `pairs`, which come first; a copy where there is no island.

    Raises
    ------
    DataError
        If an island, or every other place, has no coordinates.
    """
    table = municipalities.sort_values("ibge_code")
    codes = table["ibge_code"].astype(str).to_numpy()
    latitude, longitude = (table[c].to_numpy(dtype=np.float64, na_value=np.nan) for c in ("latitude", "longitude"))
    added = []
    for island in neighbours_from_pairs(pairs, pd.Index(codes)).islands:
        row = int(np.flatnonzero(codes == island)[0])
        distance = distances_km(latitude, longitude, (latitude[row], longitude[row]))
        distance[row] = np.inf
        if not np.isfinite(np.nanmin(distance)):
            raise DataError(
                "Island {island} has no seat coordinates to find its nearest municipality by. "
                "Fill them in, or leave it out.",
                island=island,
            )
        added.append({"ibge_code_a": island, "ibge_code_b": codes[int(np.nanargmin(distance))]})
    if not added:
        return pairs.copy()
    extra = pd.DataFrame(added)
    for column in pairs.columns.difference(extra.columns):
        extra[column] = pairs[column].median()
    return pd.concat([pairs, extra[pairs.columns]], ignore_index=True)
