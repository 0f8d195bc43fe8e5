"""Do values cluster in space? Moran's I and join counts over neighbours.

Moran's I with both sets of moments after Cliff and Ord (1981, ch. 2); join counts (Moran 1948) against permutations.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse, stats

from redegov_analysis.drivers.adjacency import Adjacency, as_neighbours
from redegov_analysis.drivers.design import FloatArray
from redegov_analysis.drivers.neighbours import (
    Neighbours,
    distances_km,
    link_islands,
    nearest_neighbours,
    neighbours_from_pairs,
)
from redegov_analysis.drivers.rows import row_numbers
from redegov_analysis.errors import DataError, IdentificationError, ParameterError

__all__ = [
    "MoranResult",
    "Neighbours",
    "distances_km",
    "join_counts",
    "link_islands",
    "moran",
    "nearest_neighbours",
    "neighbours_from_pairs",
]

NO_VARIANCE = 1e-13
"""I is of order one and its variance over n places of order 1/n: below this, every arrangement gives the same I."""


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
        The same if the values seen are shuffled over the places (randomisation). Where every arrangement gives the same
        I (one odd value in a ring, or every place beside every other) the variance is 0, and z and p are missing.
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
    values: pd.Series | Sequence[float] | FloatArray, given: Adjacency
) -> tuple[FloatArray, Neighbours, tuple[str, ...]]:
    """Values and neighbours in the same order, without missing values and then without islands."""
    named = values.index.astype(str) if isinstance(values, pd.Series) else None
    if named is not None and not named.is_unique:
        raise DataError("Two values have the same code: {named}.", named=named[named.duplicated()][0])
    neighbours = as_neighbours(given, named)
    if isinstance(values, pd.Series):
        series = pd.Series(row_numbers(values, "The Series of values"), index=values.index.astype(str))
        if len(series) and not neighbours.codes.isin(series.index).any():
            raise DataError(
                "No code of the values ({code} …) is among those of the neighbours ({other} …). "
                "Write both as codes of seven digits.",
                code=series.index[0],
                other=neighbours.codes[0] if len(neighbours.codes) else "–",
            )
        common = neighbours.codes[neighbours.codes.isin(series.index[series.notna().to_numpy()])]
        neighbours = neighbours.restricted(common)
        numbers = np.asarray(series.loc[common], dtype=np.float64)
    else:
        numbers = row_numbers(values, "The list of values")
        if len(numbers) != len(neighbours.codes):
            raise ParameterError(
                "{n_numbers} {n_numbers:value|values} for {n_codes} {n_codes:place|places}; give a Series indexed "
                "by code instead.",
                n_numbers=len(numbers),
                n_codes=len(neighbours.codes),
            )
        known = neighbours.codes[~np.isnan(numbers)]
        numbers, neighbours = numbers[~np.isnan(numbers)], neighbours.restricted(known)
    if np.isinf(numbers).any():
        raise DataError(
            "The value of {which} is infinite. Correct it, or leave the place out.",
            which=neighbours.codes[np.isinf(numbers)][0],
        )
    islands = tuple(neighbours.islands)
    if islands:
        kept = ~neighbours.codes.isin(islands)
        numbers, neighbours = numbers[kept], neighbours.restricted(neighbours.codes[kept])
    return numbers, neighbours, islands


def moran(
    values: pd.Series | Mapping[str, float] | Sequence[float] | FloatArray,
    neighbours: Adjacency,
    *,
    standardise: bool = True,
    permutations: int = 0,
    seed: int | np.random.Generator = 0,
) -> MoranResult:
    """Return Moran's I of values over neighbours.

    Parameters
    ----------
    values
        A Series or mapping by code (missing values are left out), or one number per place in the order of `neighbours`.
    neighbours
        `Neighbours`, a table of pairs, a mapping from each place to the list of its neighbours or to their weights, or
        a square matrix (`adjacency.as_neighbours`).
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
    DataError
        If codes of values and neighbours do not match, or a value is infinite.
    ParameterError
        If values are no numbers, or not one per place.

    Examples
    --------
    >>> line = {"a": ["b"], "b": ["a", "c"], "c": ["b", "d"], "d": ["c"]}
    >>> round(moran([1.0, 2.0, 3.0, 4.0], line).I, 6)
    0.4
    """
    _refuse_odd(permutations)
    given = pd.Series(dict(values)) if isinstance(values, Mapping) else values
    numbers, places, islands = _aligned(given, neighbours)
    n = len(numbers)
    if n < 4:
        raise IdentificationError("Moran's I needs at least four places with a neighbour; there {n:is|are} {n}.", n=n)
    z = numbers - numbers.mean()
    m2 = float(z @ z) / n
    if m2 <= 1e-28 * max(1.0, float(np.abs(numbers).max()) ** 2):
        raise IdentificationError(
            "All values ({n}) are equal, so they cannot vary with space. Give values that differ.", n=n
        )
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
    # What rounding leaves of no variance may be negative, and a z made of it would be noise.
    v_norm, v_rand = (v if v > NO_VARIANCE else 0.0 for v in (v_norm, v_rand))
    z_norm, z_rand = ((observed - expected) / math.sqrt(v) if v else math.nan for v in (v_norm, v_rand))
    return MoranResult(
        I=observed,
        EI=expected,
        V_norm=v_norm,
        z_norm=z_norm,
        p_norm=float(2 * stats.norm.sf(abs(z_norm))),
        V_rand=v_rand,
        z_rand=z_rand,
        p_rand=float(2 * stats.norm.sf(abs(z_rand))),
        p_permutation=p_permutation,
        n=n,
        islands=islands,
    )


def _refuse_odd(permutations: int, fewest: int = 0) -> None:
    if permutations != int(permutations) or permutations < fewest:
        raise ParameterError(
            "permutations is {permutations}; give a whole number of at least {fewest}.",
            permutations=permutations,
            fewest=fewest,
        )


def join_counts(
    marked: pd.Series | Mapping[str, bool] | Sequence[bool] | FloatArray,
    neighbours: Adjacency,
    *,
    permutations: int = 999,
    seed: int | np.random.Generator = 0,
) -> pd.DataFrame:
    """Return how many borders join two marked places, two unmarked ones, and one of each, against chance.

    Parameters
    ----------
    marked
        1 or True for each marked place (for example an adopter) and 0 or False for others: as the values of `moran`.
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
    ParameterError
        If a mark is neither 0 nor 1.
    """
    _refuse_odd(permutations, 2)
    numbers, places, _ = _aligned(pd.Series(dict(marked)) if isinstance(marked, Mapping) else marked, neighbours)
    odd = numbers[(numbers != 0) & (numbers != 1)]
    if len(odd):
        raise ParameterError("A mark is {odd:g}; give 1 for a marked place and 0 for another.", odd=odd[0])
    if not 0 < numbers.sum() < len(numbers):
        raise IdentificationError(
            "{count:.0f} of {n_numbers} {n_numbers:place|places} {count:is|are} marked; join counts need both.",
            count=numbers.sum(),
            n_numbers=len(numbers),
        )
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
