"""Neighbours: who borders whom, what share of them has done something, and whether values cluster in space.

Borders come as a table of unordered pairs. Two Brazilian municipalities are islands without any: policies for them are
stated where they matter. Moran's I after Cliff and Ord (1981); join counts after Moran (1948) with moments under
non-free sampling.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse, stats

from redegov_analysis.drivers.design import FloatArray
from redegov_analysis.errors import DataError, IdentificationError, ParameterError

EARTH_RADIUS_KM = 6371.0088  # mean radius, IUGG


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
        """Return the same neighbours with each row's weights adding up to 1 (islands stay empty)."""
        total = np.asarray(self.weights.sum(axis=1), dtype=np.float64)
        scale = np.divide(1.0, total, out=np.zeros_like(total), where=total > 0)
        return Neighbours(self.codes, sparse.csr_array(sparse.diags_array(scale) @ self.weights))

    def restricted(self, codes: pd.Index) -> Neighbours:
        """Return the neighbours among `codes` only, in that order."""
        place = self.codes.get_indexer(codes)
        if (place < 0).any():
            unknown = [str(code) for code in codes[place < 0]]
            raise DataError(f"{len(unknown)} places are not among the neighbours' codes, for example {unknown[0]}.")
        return Neighbours(codes, sparse.csr_array(self.weights[place][:, place]))

    def share(self, values: FloatArray) -> FloatArray:
        """Weighted mean of `values` (n, or n × times) over each place's neighbours; missing (NaN) for islands."""
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
        Column to weigh by, for example `border_km`; each border counts 1 when None.

    Returns
    -------
    Neighbours
        Symmetric, not standardised.

    Raises
    ------
    DataError
        If a place is paired with itself, a pair appears twice, or a weight is missing or not positive.

    Examples
    --------
    >>> import pandas as pd
    >>> pairs = pd.DataFrame({"ibge_code_a": ["1", "2"], "ibge_code_b": ["2", "3"]})
    >>> neighbours_from_pairs(pairs, ["1", "2", "3", "4"]).islands
    ['4']
    """
    a, b = pairs["ibge_code_a"].astype(str), pairs["ibge_code_b"].astype(str)
    if (a == b).any():
        raise DataError(f"Place {a[a == b].iloc[0]} is paired with itself; a pair needs two places.")
    index = pd.Index(sorted({*a, *b}) if codes is None else [str(code) for code in codes])
    if not index.is_unique:
        raise DataError(f"Place {index[index.duplicated()][0]} appears twice among the codes.")
    i, j = index.get_indexer(pd.Index(a)), index.get_indexer(pd.Index(b))
    inside = (i >= 0) & (j >= 0)
    value = np.ones(len(pairs)) if weight is None else pairs[weight].to_numpy(dtype=np.float64, na_value=np.nan)
    if not (value[inside] > 0).all():
        raise DataError(f"{int((~(value[inside] > 0)).sum())} pairs have no positive {weight}; every pair needs one.")
    i, j, value = i[inside], j[inside], value[inside]
    if len(pd.unique(np.minimum(i, j) * np.int64(len(index)) + np.maximum(i, j))) < len(i):
        raise DataError("A pair of neighbours appears twice; list each border once, in either order.")
    matrix = sparse.coo_array(
        (np.concatenate([value, value]), (np.concatenate([i, j]), np.concatenate([j, i]))), shape=(len(index),) * 2
    )
    return Neighbours(index, sparse.csr_array(matrix))


def distances_km(latitude: FloatArray, longitude: FloatArray, to: tuple[float, float]) -> FloatArray:
    """Great-circle distance in km of points from one point, by the haversine formula; degrees in."""
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
        raise ParameterError(f"k is {k}; with {n} municipalities it must lie between 1 and {n - 1}.")
    lost = np.isnan(latitude) | np.isnan(longitude)
    if lost.any():
        raise DataError(
            f"{int(lost.sum())} municipalities have no seat coordinates, for example "
            f"{table['ibge_code'].to_numpy()[lost][0]}."
        )
    columns = np.empty((n, k), dtype=np.int64)
    for row in range(n):
        distance = distances_km(latitude, longitude, (latitude[row], longitude[row]))
        distance[row] = np.inf
        bound = np.partition(distance, k - 1)[k - 1]
        close = np.flatnonzero(distance <= bound)
        columns[row] = close[np.argsort(distance[close], kind="stable")][:k]
    matrix = sparse.csr_array((np.ones(n * k), columns.ravel(), np.arange(0, n * k + 1, k)), shape=(n, n))
    matrix.sort_indices()
    return Neighbours(pd.Index(table["ibge_code"].astype(str).to_numpy()), matrix)


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
            raise DataError(f"Island {island} has no seat coordinates to find its nearest municipality by.")
        added.append({"ibge_code_a": island, "ibge_code_b": codes[int(np.nanargmin(distance))]})
    if not added:
        return pairs.copy()
    extra = pd.DataFrame(added)
    for column in pairs.columns.difference(extra.columns):
        extra[column] = pairs[column].median()
    return pd.concat([pairs, extra[pairs.columns]], ignore_index=True)


@dataclass(frozen=True)
class MoranResult:
    """Moran's I of one set of values, with its moments under two assumptions.

    Attributes
    ----------
    I, EI
        The statistic and its expectation without spatial association, −1/(n − 1).
    V_norm, z_norm, p_norm
        Variance, z and two-sided p if values are drawn from a normal distribution.
    V_rand, z_rand, p_rand
        The same if the values seen are shuffled over the places (randomisation).
    p_permutation
        Share of permutations at least as far from their mean, two-sided; None unless asked for.
    n
        Places used.
    islands
        Places left out because they have no neighbour.
    """

    I: float  # noqa: E741 - the statistic's own name
    EI: float
    V_norm: float
    z_norm: float
    p_norm: float
    V_rand: float
    z_rand: float
    p_rand: float
    p_permutation: float | None
    n: int
    islands: tuple[str, ...]


def _aligned(
    values: pd.Series | Sequence[float] | FloatArray,
    neighbours: Neighbours | pd.DataFrame | Mapping[str, Sequence[str]],
) -> tuple[FloatArray, Neighbours, tuple[str, ...]]:
    """Values and neighbours in the same order, without missing values and then without islands."""
    if isinstance(neighbours, pd.DataFrame):
        # A table of pairs does not know its islands: the values do.
        neighbours = neighbours_from_pairs(neighbours, values.index if isinstance(values, pd.Series) else None)
    elif isinstance(neighbours, Mapping):
        index = pd.Index([str(code) for code in neighbours])
        rows = [(str(a), str(b)) for a, others in neighbours.items() for b in others]
        place = index.get_indexer(pd.Index([b for _, b in rows], dtype=index.dtype))
        if (place < 0).any():
            raise DataError("A neighbour in the mapping is not one of its keys; every place needs its own entry.")
        start = index.get_indexer(pd.Index([a for a, _ in rows], dtype=index.dtype))
        matrix = sparse.coo_array((np.ones(len(rows)), (start, place)), shape=(len(index),) * 2)
        neighbours = Neighbours(index, sparse.csr_array(matrix))
    if isinstance(values, pd.Series):
        series = values.set_axis(values.index.astype(str))
        if not series.index.is_unique:
            raise DataError("Two values have the same code.")
        common = neighbours.codes[neighbours.codes.isin(series.index[series.notna().to_numpy()])]
        series = series.loc[common]
        neighbours = neighbours.restricted(common)
        numbers = series.to_numpy(dtype=np.float64)
    else:
        numbers = np.asarray(values, dtype=np.float64)
        if len(numbers) != len(neighbours.codes):
            raise ParameterError(
                f"{len(numbers)} values for {len(neighbours.codes)} places; give a Series indexed by code instead."
            )
        known = neighbours.codes[~np.isnan(numbers)]
        numbers, neighbours = numbers[~np.isnan(numbers)], neighbours.restricted(known)
    islands = tuple(neighbours.islands)
    if islands:
        kept = ~neighbours.codes.isin(islands)
        numbers, neighbours = numbers[kept], neighbours.restricted(neighbours.codes[kept])
    return numbers, neighbours, islands


def moran(
    values: pd.Series | Sequence[float] | FloatArray,
    neighbours: Neighbours | pd.DataFrame | Mapping[str, Sequence[str]],
    *,
    standardise: bool = True,
    permutations: int = 0,
    seed: int | np.random.Generator = 0,
) -> MoranResult:
    """Return Moran's I of values over neighbours.

    Parameters
    ----------
    values
        A Series by code (missing values are left out), or one number per place in the order of `neighbours`.
    neighbours
        `Neighbours`, a table of pairs, or a mapping from each place to the list of its neighbours.
    standardise
        Let each place's neighbours weigh 1 in all, as is usual.
    permutations
        Shuffles for the permutation test; none by default.
    seed
        Seed or generator for them.

    Returns
    -------
    MoranResult
        Places without a neighbour are left out and named.

    Raises
    ------
    IdentificationError
        If fewer than four places remain or all values are equal.

    Examples
    --------
    >>> line = {"a": ["b"], "b": ["a", "c"], "c": ["b", "d"], "d": ["c"]}
    >>> round(moran([1.0, 2.0, 3.0, 4.0], line).I, 6)
    0.4
    """
    numbers, places, islands = _aligned(values, neighbours)
    n = len(numbers)
    if n < 4:
        raise IdentificationError(f"Moran's I needs at least four places with a neighbour; there are {n}.")
    z = numbers - numbers.mean()
    m2 = float(z @ z) / n
    if m2 <= 1e-28 * max(1.0, float(np.abs(numbers).max()) ** 2):
        raise IdentificationError(f"All {n} values are equal, so they cannot vary with space.")
    w = (places.standardised() if standardise else places).weights
    s0 = float(w.sum())
    both = w + w.T
    s1 = 0.5 * float((both * both).sum())
    s2 = float(((np.asarray(w.sum(axis=1)) + np.asarray(w.sum(axis=0))) ** 2).sum())
    observed = float(z @ (w @ z)) / (m2 * s0)
    expected = -1.0 / (n - 1)
    v_norm = (n**2 * s1 - n * s2 + 3 * s0**2) / ((n**2 - 1) * s0**2) - expected**2
    b2 = float((z**4).mean()) / m2**2
    v_rand = (n * ((n**2 - 3 * n + 3) * s1 - n * s2 + 3 * s0**2) - b2 * ((n**2 - n) * s1 - 2 * n * s2 + 6 * s0**2)) / (
        (n - 1) * (n - 2) * (n - 3) * s0**2
    ) - expected**2
    p_permutation = None
    if permutations:
        rng = np.random.default_rng(seed)
        shuffled = np.stack([rng.permutation(z) for _ in range(permutations)], axis=1)
        drawn = (shuffled * (w @ shuffled)).sum(axis=0) / (m2 * s0)
        far = np.abs(drawn - expected) >= abs(observed - expected)
        p_permutation = float((far.sum() + 1) / (permutations + 1))
    z_norm, z_rand = ((observed - expected) / np.sqrt(v) for v in (v_norm, v_rand))
    return MoranResult(
        I=observed,
        EI=expected,
        V_norm=v_norm,
        z_norm=float(z_norm),
        p_norm=float(2 * stats.norm.sf(abs(z_norm))),
        V_rand=v_rand,
        z_rand=float(z_rand),
        p_rand=float(2 * stats.norm.sf(abs(z_rand))),
        p_permutation=p_permutation,
        n=n,
        islands=islands,
    )


def join_counts(
    marked: pd.Series,
    neighbours: Neighbours | pd.DataFrame | Mapping[str, Sequence[str]],
    *,
    permutations: int = 999,
    seed: int | np.random.Generator = 0,
) -> pd.DataFrame:
    """Return how many borders join two marked places, two unmarked ones, and one of each, against chance.

    Parameters
    ----------
    marked
        1 or True for each marked place (for example an adopter), by code.
    neighbours
        As in `moran`; each border counts once, whatever its weight.
    permutations, seed
        Shuffles of the marks over the places, and their seed.

    Returns
    -------
    DataFrame
        Index `join` (`marked`, `unmarked`, `mixed`); columns `observed`, `expected` and `stderr` (over the
        permutations), `z`, `p` (two-sided, by permutation).

    Raises
    ------
    IdentificationError
        If all places are marked, or none.
    """
    numbers, places, _ = _aligned(marked.astype(np.float64), neighbours)
    if not 0 < numbers.sum() < len(numbers):
        raise IdentificationError(f"{numbers.sum():.0f} of {len(numbers)} places are marked; join counts need both.")
    w = places.weights.copy()
    w.data = np.ones_like(w.data)
    w = sparse.csr_array(w.maximum(w.T))
    rng = np.random.default_rng(seed)
    shuffled = np.stack([numbers, *(rng.permutation(numbers) for _ in range(permutations))], axis=1)
    both = 0.5 * (shuffled * (w @ shuffled)).sum(axis=0)
    neither = 0.5 * ((1 - shuffled) * (w @ (1 - shuffled))).sum(axis=0)
    counts = {"marked": both, "unmarked": neither, "mixed": 0.5 * w.sum() - both - neither}
    rows = []
    for count in counts.values():
        observed, drawn = count[0], count[1:]
        centre, spread = drawn.mean(), drawn.std(ddof=1)
        far = np.abs(drawn - centre) >= abs(observed - centre)
        rows.append((observed, centre, spread, (observed - centre) / spread, (far.sum() + 1) / (permutations + 1)))
    return pd.DataFrame(
        rows, columns=["observed", "expected", "stderr", "z", "p"], index=pd.Index(list(counts), name="join")
    )
