import numpy as np
import pandas as pd
import pytest

from redegov_analysis.drivers.neighbours import (
    distances_km,
    link_islands,
    nearest_neighbours,
    neighbours_from_pairs,
)
from redegov_analysis.drivers.spatial import join_counts, moran
from redegov_analysis.errors import DataError, IdentificationError, ParameterError

ISLANDS = {"2605459", "3520400"}  # Fernando de Noronha, Ilhabela


def test_the_country_has_two_islands_which_can_be_tied_to_the_nearest_seat(
    pairs: pd.DataFrame, municipalities: pd.DataFrame
) -> None:
    assert set(neighbours_from_pairs(pairs, municipalities["ibge_code"]).islands) == ISLANDS
    linked = link_islands(pairs, municipalities)
    assert neighbours_from_pairs(linked, municipalities["ibge_code"]).islands == []
    added = linked.tail(2).set_index("ibge_code_a")["ibge_code_b"]
    assert added["3520400"] == "3550704"  # São Sebastião, across the channel
    assert added["2605459"].startswith(("24", "25"))
    assert len(pairs) + 2 == len(linked)
    assert linked["border_km"].notna().all()


def test_weights_are_symmetric_and_standardised_rows_add_up_to_one(
    pairs: pd.DataFrame, municipalities: pd.DataFrame
) -> None:
    for weight in (None, "border_km"):
        places = neighbours_from_pairs(pairs, municipalities["ibge_code"], weight=weight)
        assert abs(places.weights - places.weights.T).max() == 0
        rows = np.asarray(places.standardised().weights.sum(axis=1))
        inside = ~places.codes.isin(places.islands)
        np.testing.assert_allclose(rows[inside], 1)
        np.testing.assert_array_equal(rows[~inside], 0)


def test_share_of_neighbours_is_missing_for_islands_and_a_mean_elsewhere() -> None:
    line = pd.DataFrame({"ibge_code_a": ["a", "b"], "ibge_code_b": ["b", "c"], "km": [1.0, 3.0]})
    share = neighbours_from_pairs(line, list("abcd")).share(np.array([1.0, 0.0, 0.0, 1.0]))
    np.testing.assert_array_equal(share, [0.0, 0.5, 0.0, np.nan])
    weighted = neighbours_from_pairs(line, list("abcd"), weight="km").share(np.array([1.0, 0.0, 0.0, 1.0]))
    np.testing.assert_array_equal(weighted, [0.0, 0.25, 0.0, np.nan])


def test_distance_between_seats_is_the_great_circle() -> None:
    # São Paulo to Rio de Janeiro, about 358 km; a quarter of the meridian, 10,008 km on the mean sphere.
    assert distances_km(np.array([-22.9129]), np.array([-43.2003]), (-23.5329, -46.6395))[0] == pytest.approx(
        358, abs=2
    )
    assert distances_km(np.array([90.0]), np.array([0.0]), (0.0, 0.0))[0] == pytest.approx(10_007.557, abs=0.01)


def test_nearest_neighbours_are_k_each_and_the_nearest(municipalities: pd.DataFrame) -> None:
    some = municipalities[municipalities["uf"] == "RJ"]
    places = nearest_neighbours(some, 4)
    assert (np.diff(places.weights.indptr) == 4).all()
    assert places.islands == []
    seats = some.set_index("ibge_code").loc[places.codes]
    niteroi = list(places.codes).index("3303302")
    distance = distances_km(
        seats["latitude"].to_numpy(),
        seats["longitude"].to_numpy(),
        tuple(seats.loc["3303302", ["latitude", "longitude"]]),
    )
    nearest = set(seats.index[np.argsort(distance)[1:5]])
    assert set(places.codes[places.weights[[niteroi]].nonzero()[1]]) == nearest
    shuffled = nearest_neighbours(some.sample(frac=1, random_state=1), 4)
    assert abs(places.weights - shuffled.weights).max() == 0


@pytest.mark.parametrize(("places", "k"), [(6, 2), (40, 1), (300, 2)])
def test_nearest_neighbours_at_equal_distances_are_those_of_the_first_codes(places: int, k: int) -> None:
    rng = np.random.default_rng(places)
    table = pd.DataFrame(
        {
            "ibge_code": [f"{number:07}" for number in range(places)],
            "latitude": rng.integers(0, 4, places).astype(float),
            "longitude": rng.integers(0, 4, places).astype(float),
        }
    )
    found = nearest_neighbours(table, k).weights
    for row, place in table.iterrows():
        distance = distances_km(
            table["latitude"].to_numpy(), table["longitude"].to_numpy(), (place["latitude"], place["longitude"])
        )
        distance[row] = np.inf
        assert set(found.indices[found.indptr[row] : found.indptr[row + 1]]) == set(
            np.argsort(distance, kind="stable")[:k]
        )


def test_unusable_pairs_and_places_are_refused(municipalities: pd.DataFrame) -> None:
    pairs = pd.DataFrame({"ibge_code_a": ["a", "b"], "ibge_code_b": ["b", "a"], "km": [1.0, -1.0]})
    with pytest.raises(DataError, match="pair of neighbours appears twice"):
        neighbours_from_pairs(pairs)
    with pytest.raises(DataError, match="km is missing or negative in 1 pair;"):
        neighbours_from_pairs(pairs, weight="km")
    with pytest.raises(DataError, match="a is paired with itself"):
        neighbours_from_pairs(pairs.assign(ibge_code_b="a"))
    with pytest.raises(ParameterError, match="k is 5571"):
        nearest_neighbours(municipalities, 5571)
    with pytest.raises(DataError, match="have no seat coordinates"):
        nearest_neighbours(municipalities.assign(latitude=np.nan), 2)


def grid(side: int) -> tuple[pd.DataFrame, pd.Series]:
    codes = [f"{i:02d}{j:02d}" for i in range(side) for j in range(side)]
    right = [(f"{i:02d}{j:02d}", f"{i:02d}{j + 1:02d}") for i in range(side) for j in range(side - 1)]
    down = [(f"{i:02d}{j:02d}", f"{i + 1:02d}{j:02d}") for i in range(side - 1) for j in range(side)]
    return pd.DataFrame(right + down, columns=["ibge_code_a", "ibge_code_b"]), pd.Series(range(side**2), index=codes)


def test_moran_is_high_for_a_slope_and_negative_for_a_chessboard() -> None:
    pairs, order = grid(8)
    slope = moran(order.astype(float), pairs)
    assert slope.I > 0.8
    assert slope.p_norm < 1e-10
    board = pd.Series([(int(c[:2]) + int(c[2:])) % 2 for c in order.index], index=order.index, dtype=float)
    assert pytest.approx(-1.0) == moran(board, pairs).I


def test_moran_under_shuffles_has_the_moments_that_randomisation_says() -> None:
    pairs, order = grid(7)
    places = neighbours_from_pairs(pairs, order.index)
    rng = np.random.default_rng(2)
    values = pd.Series(rng.exponential(size=49) ** 2, index=order.index)
    drawn = [moran(pd.Series(rng.permutation(values), index=order.index), places).I for _ in range(250)]
    stated = moran(values, places, permutations=400, seed=1)
    assert np.mean(drawn) == pytest.approx(stated.EI, abs=4 * np.sqrt(stated.V_rand / 250))
    assert np.var(drawn) == pytest.approx(stated.V_rand, rel=0.3)
    assert stated.p_permutation == pytest.approx(stated.p_rand, abs=0.15)


def test_moran_leaves_islands_and_missing_values_out_and_says_so(
    pairs: pd.DataFrame, municipalities: pd.DataFrame
) -> None:
    internet = municipalities.set_index("ibge_code")["internet_share_2022"]
    result = moran(internet, pairs)
    assert set(result.islands) == ISLANDS
    assert result.n == internet.notna().sum() - 2
    assert result.I > 0.5
    without = moran(internet.drop(sorted(ISLANDS)), pairs)
    assert pytest.approx(without.I, abs=1e-12) == result.I


def test_moran_refuses_what_cannot_vary() -> None:
    pairs, order = grid(4)
    with pytest.raises(IdentificationError, match=r"All values \(16\) are equal"):
        moran(pd.Series(3.0, index=order.index), pairs)
    with pytest.raises(IdentificationError, match="at least four places"):
        moran(order.head(2).astype(float), pairs)
    with pytest.raises(ParameterError, match="3 values for 16 places"):
        moran([1.0, 2.0, 3.0], neighbours_from_pairs(pairs))


def test_join_counts_add_up_to_the_borders_and_see_clusters() -> None:
    pairs, order = grid(8)
    half = (order < 32).astype(int)
    table = join_counts(half, pairs, permutations=199)
    assert table["observed"].sum() == len(pairs)
    assert table.loc["mixed", "observed"] == 8
    assert table.loc["mixed", "z"] < -5
    assert table.loc["marked", "p"] == pytest.approx(1 / 200)
    assert table["expected"].sum() == pytest.approx(len(pairs))
    with pytest.raises(IdentificationError, match="64 of 64 places are marked"):
        join_counts(half * 0 + 1, pairs)
