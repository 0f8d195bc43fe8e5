from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from redegov_analysis.drivers.adjacency import as_neighbours
from redegov_analysis.drivers.spatial import moran
from redegov_analysis.errors import DataError, IdentificationError, ParameterError

PLACES = [*"abcdef", "island"]


@pytest.fixture(scope="module")
def matrix() -> pd.DataFrame:
    """Six places on a line with uneven weights, and an island."""
    table = pd.DataFrame(0.0, index=PLACES, columns=PLACES)
    for number, (one, other) in enumerate(zip("abcde", "bcdef", strict=True)):
        table.loc[one, other] = table.loc[other, one] = 1.0 + number % 3
    return table


VALUES = pd.Series([3.0, 2.5, 4.0, 1.0, 0.5, 0.7, 9.0], index=PLACES)


def test_every_form_of_neighbours_gives_the_same_index(matrix: pd.DataFrame) -> None:
    weights = {
        a: {b: float(w) for b, w in zip(PLACES, row, strict=True) if w}
        for a, row in zip(PLACES, matrix.to_numpy(), strict=True)
    }
    upper = np.triu(matrix.to_numpy()).nonzero()
    pairs = pd.DataFrame(
        {
            "ibge_code_a": matrix.index[upper[0]],
            "ibge_code_b": matrix.index[upper[1]],
            "weight": matrix.to_numpy()[upper],
        }
    )
    forms: list[Any] = [
        weights,
        pairs,
        matrix,
        matrix.loc[PLACES[::-1], sorted(PLACES)],
        matrix.to_numpy(),
        sparse.csr_array(matrix.to_numpy()),
        sparse.coo_matrix(matrix.to_numpy()),
    ]
    results = [moran(VALUES, form) for form in forms]
    for result in results:
        assert result.islands == ("island",)
        assert result.n == 6
        assert pytest.approx(results[0].I, rel=1e-12) == result.I
        assert result.z_rand == pytest.approx(results[0].z_rand, rel=1e-12)
    assert pytest.approx(results[0].I, rel=1e-12) == moran(list(VALUES), matrix.to_numpy()).I


def test_moran_follows_its_definition_with_weights_that_are_not_symmetric() -> None:
    rng = np.random.default_rng(5)
    w = rng.random((9, 9)) * (rng.random((9, 9)) < 0.5)
    np.fill_diagonal(w, 0.0)
    y = rng.normal(size=9)
    z = y - y.mean()
    for standardise in (False, True):
        used = w / w.sum(axis=1, keepdims=True) if standardise else w
        expected = 9 / used.sum() * (z @ used @ z) / (z @ z)
        assert pytest.approx(expected, rel=1e-12) == moran(y, w, standardise=standardise).I


def test_islands_are_named_and_change_nothing_else(matrix: pd.DataFrame) -> None:
    mainland = matrix.drop(index="island", columns="island")
    with_island, without = moran(VALUES, matrix), moran(VALUES.drop("island"), mainland)
    assert with_island.islands == ("island",)
    assert (with_island.I, with_island.z_norm, with_island.n) == (without.I, without.z_norm, without.n)


def test_a_permutation_test_is_the_same_for_the_same_seed_and_never_zero(matrix: pd.DataFrame) -> None:
    one = moran(VALUES, matrix, permutations=99, seed=3).p_permutation
    assert one == moran(VALUES, matrix, permutations=99, seed=3).p_permutation
    assert one is not None
    assert 0.01 <= one <= 1


def test_neighbours_that_cannot_be_are_refused_with_what_was_found(matrix: pd.DataFrame) -> None:
    with pytest.raises(DataError, match="not one of its keys: z, of a"):
        as_neighbours({"a": ["z"]})
    with pytest.raises(DataError, match="Place a is its own neighbour"):
        as_neighbours({"a": ["a"], "b": ["a"]})
    with pytest.raises(DataError, match="1 weight is missing, infinite or negative"):
        as_neighbours({"a": {"b": -1.0}, "b": {}})
    with pytest.raises(DataError, match="needs the columns ibge_code_a and ibge_code_b; it has from, to"):
        moran(VALUES, pd.DataFrame({"from": ["a"], "to": ["b"]}))
    with pytest.raises(ParameterError, match="2 rows and 3 columns"):
        as_neighbours(np.zeros((2, 3)))
    with pytest.raises(ParameterError, match="7 rows for 3 places"):
        as_neighbours(matrix.to_numpy(), pd.Index(["a", "b", "c"]))
    with pytest.raises(DataError, match="Two values have the same code: a"):
        moran(pd.Series([1.0, 2.0], index=["a", "a"]), matrix)
    with pytest.raises(IdentificationError, match="at least four places"):
        moran(VALUES, pd.DataFrame({"ibge_code_a": ["a"], "ibge_code_b": ["b"]}))
    with pytest.raises(IdentificationError, match=r"All values \(6\) are equal"):
        moran(VALUES * 0 + 1, matrix)
