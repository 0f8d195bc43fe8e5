"""A design answers what a dense matrix of the same columns answers, and refuses columns that no model has room for."""

import re
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from redegov_analysis.drivers.design import (
    NOT_NUMERIC,
    Design,
    Factor,
    FloatArray,
    IntArray,
    build_design,
    numeric_columns,
)
from redegov_analysis.errors import IdentificationError, ParameterError

ROWS = 60
RNG = np.random.default_rng(11)
STATE = RNG.permutation(np.arange(ROWS) % 5)
MONTH = RNG.permutation(np.arange(ROWS) % 4)
SIZE = RNG.normal(5e6, 2e6, ROWS)
SHARE = RNG.random(ROWS)
ONES = np.ones(ROWS)


def _dummies(labels: np.ndarray, kept: range) -> list[FloatArray]:
    return [(labels == label).astype(np.float64) for label in kept]


#: Without state 0 and month 0, so that some rows have no dummy of either set.
DUMMIES = [*_dummies(STATE, range(1, 5)), *_dummies(MONTH, range(1, 4))]
NAMES = [f"state {label}" for label in range(1, 5)] + [f"month {label}" for label in range(1, 4)]

#: The columns, their names and a baseline; and the same as a dense matrix, in the order of the names.
THIRDS = (np.arange(ROWS) % 3, ["a", "b", "c"])
CASES: dict[str, tuple[list[FloatArray], list[str], tuple[IntArray, list[str]] | None]] = {
    "a constant and two sets of dummies": (
        [SIZE, *DUMMIES, 7 * ONES, SHARE],
        ["size", *NAMES, "seven", "share"],
        None,
    ),
    "a baseline and two sets of dummies": ([*DUMMIES, SHARE, SIZE], [*NAMES, "share", "size"], THIRDS),
    "a full set of dummies that makes the constant": (
        [SHARE, *_dummies(MONTH, range(4)), *DUMMIES[:4]],
        ["share", *"abcd", *NAMES[:4]],
        None,
    ),
    "no constant": ([SIZE, SHARE], ["size", "share"], None),
    "only dummies": (_dummies(STATE, range(5)), list("abcde"), None),
}


def _built(name: str) -> Design:
    return build_design(*CASES[name])


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> tuple[Design, FloatArray]:
    columns, _, baseline = CASES[request.param]
    before = [] if baseline is None else _dummies(baseline[0], range(len(baseline[1])))
    return _built(request.param), np.column_stack([*before, *columns])


def _scaled(case: tuple[Design, FloatArray]) -> FloatArray:
    """Return the dense matrix of the scaled columns: coefficients of these, times `back`, are those of the given."""
    design, given = case
    return given @ design.back


def test_a_predictor_is_that_of_the_columns_given(case: tuple[Design, FloatArray]) -> None:
    design, given = case
    beta = np.random.default_rng(1).normal(size=given.shape[1])
    np.testing.assert_allclose(design.predictor(beta), given @ (design.back @ beta), rtol=1e-9, atol=1e-9)


def test_a_score_sums_the_residuals_over_each_column(case: tuple[Design, FloatArray]) -> None:
    residual = np.random.default_rng(2).normal(size=ROWS)
    np.testing.assert_allclose(case[0].score(residual), _scaled(case).T @ residual, rtol=1e-9, atol=1e-9)


def test_a_gram_matrix_weighs_each_pair_of_columns(case: tuple[Design, FloatArray]) -> None:
    weight, dense = np.random.default_rng(3).random(ROWS), _scaled(case)
    np.testing.assert_allclose(case[0].gram(weight), dense.T @ (weight[:, None] * dense), rtol=1e-9, atol=1e-9)


def test_a_quadratic_form_is_that_of_each_row(case: tuple[Design, FloatArray]) -> None:
    dense = _scaled(case)
    half = np.random.default_rng(4).normal(size=(dense.shape[1], dense.shape[1]))
    expected = np.einsum("ni,ij,nj->n", dense, half + half.T, dense)
    np.testing.assert_allclose(case[0].quadratic(half + half.T), expected, rtol=1e-9, atol=1e-9)


def test_scores_are_summed_within_clusters_and_are_zero_in_one_without_rows(case: tuple[Design, FloatArray]) -> None:
    residual, cluster = np.random.default_rng(5).normal(size=ROWS), np.arange(ROWS) % 6
    told = case[0].cluster_scores(residual, cluster, 7)
    parts = _scaled(case) * residual[:, None]
    np.testing.assert_allclose(told, [parts[cluster == c].sum(axis=0) for c in range(7)], rtol=1e-9, atol=1e-9)


def test_other_columns_are_centred_where_there_is_a_constant_and_have_unit_spread(
    case: tuple[Design, FloatArray],
) -> None:
    design, _ = case
    loose = design.dense[np.ptp(design.dense, axis=1) > 0]
    np.testing.assert_allclose(np.mean(np.square(loose), axis=1), np.ones(len(loose)))
    if len(design.intercept):
        np.testing.assert_allclose(np.mean(loose, axis=1), np.zeros(len(loose)), atol=1e-12)
    else:
        assert (np.abs(np.mean(loose, axis=1)) > 0.5).all()


def test_a_design_knows_its_names_its_rows_and_what_makes_the_constant() -> None:
    designs = {name: _built(name) for name in CASES}
    intercepts = [design.intercept.tolist() for design in designs.values()]
    assert intercepts == [[8], [0, 1, 2], [1, 2, 3, 4], [], [0, 1, 2, 3, 4]]
    assert {design.rows for design in designs.values()} == {ROWS}
    assert designs["a baseline and two sets of dummies"].names == ("a", "b", "c", *NAMES, "share", "size")
    constant = designs["a constant and two sets of dummies"]
    np.testing.assert_array_equal(constant.dense[constant.dense_positions.tolist().index(8)], ONES)


def test_a_baseline_alone_makes_a_design() -> None:
    design = build_design([], [], THIRDS)
    assert (design.names, design.rows, design.intercept.tolist()) == (("a", "b", "c"), ROWS, [0, 1, 2])


def test_names_of_columns_become_text() -> None:
    assert build_design([SHARE, SIZE], [2024, 2025]).names == ("2024", "2025")  # type: ignore[list-item]


def test_dummies_that_exclude_each_other_are_found_among_other_columns() -> None:
    design = build_design([SHARE, *DUMMIES, SIZE], ["share", *NAMES, "size"])
    states, months = design.factors
    assert (states.positions.tolist(), months.positions.tolist()) == ([1, 2, 3, 4], [5, 6, 7])
    assert (states.full, months.full) == (False, False)
    # State 0 has no dummy of its own: its rows are numbered after the last.
    np.testing.assert_array_equal(states.codes, np.where(STATE == 0, 4, STATE - 1))
    np.testing.assert_array_equal(months.codes, np.where(MONTH == 0, 3, MONTH - 1))
    assert design.dense_positions.tolist() == [0, 8]


def test_dummies_that_meet_in_a_row_are_of_two_sets() -> None:
    interleaved = [DUMMIES[0], DUMMIES[4], DUMMIES[1], DUMMIES[5], DUMMIES[2], DUMMIES[6]]
    design = build_design(interleaved, list("abcdef"))
    assert [factor.positions.tolist() for factor in design.factors] == [[0, 2, 4], [1, 3, 5]]


def test_fewer_than_three_exclusive_dummies_stay_ordinary_columns_in_their_order() -> None:
    design = build_design([ONES, DUMMIES[0], SHARE, DUMMIES[1]], ["const", "one", "share", "other"])
    assert design.factors == ()
    assert design.dense_positions.tolist() == [0, 1, 2, 3]
    assert len(build_design([ONES, *DUMMIES[:3]], list("abcd")).factors) == 1
    before_a_set = build_design([(SHARE > 0.3).astype(np.float64), *DUMMIES[:4]], list("abcde"))
    assert [factor.positions.tolist() for factor in before_a_set.factors] == [[1, 2, 3, 4]]


def test_a_column_of_other_values_than_0_and_1_is_no_dummy() -> None:
    design = build_design([*DUMMIES[:2], 2 * DUMMIES[2]], list("abc"))
    assert design.factors == ()


def test_a_factor_sums_over_the_rows_of_each_column_and_leaves_out_rows_of_none() -> None:
    factor = Factor(np.array([2, 0, 3, 0, 3]), np.array([4, 5, 6]), False)
    np.testing.assert_array_equal(factor.sums(np.array([1.0, 2.0, 4.0, 8.0, 16.0])), [10.0, 0.0, 1.0])


def _refused(columns: list[FloatArray], names: list[str]) -> str:
    with pytest.raises(IdentificationError) as caught:
        build_design(columns, names)
    return str(caught.value)


def test_columns_that_are_zero_throughout_are_named_wherever_they_stand() -> None:
    zero = 0 * ONES
    one = "Column quiet is zero in every row used. Leave it out: it says nothing."
    assert _refused([SHARE, zero], ["share", "quiet"]) == one
    pair = [DUMMIES[0], 1 - DUMMIES[0]]
    # Whether it is the first, the last or between: what is never 1 excludes every dummy.
    assert _refused([zero, *pair], ["quiet", "in", "out"]) == one
    assert _refused([*pair, zero], ["in", "out", "quiet"]) == one
    assert _refused([*DUMMIES[:2], zero], ["one", "other", "quiet"]) == one
    assert _refused([zero, zero, *DUMMIES[:2]], ["calm", "quiet", "one", "other"]) == (
        "Columns calm, quiet are zero in every row used. Leave them out: they say nothing."
    )


def test_a_zero_column_beside_a_baseline_is_named_and_not_a_category() -> None:
    with pytest.raises(IdentificationError, match="Column quiet is zero in every row used"):
        build_design([SHARE, 0 * ONES], ["share", "quiet"], (STATE, list("abcde")))


def test_constants_beyond_the_one_that_a_model_has_room_for_are_named() -> None:
    words = "More than one constant among the columns: {}. A model has room for one: leave out the constant column, or "
    words += "one dummy of each set as its reference."
    months, states = _dummies(MONTH, range(4)), _dummies(STATE, range(5))
    assert _refused([ONES, SHARE, 7 * ONES], ["const", "share", "seven"]) == words.format("const; seven")
    assert _refused([ONES, *months], ["const", *"abcd"]) == words.format("const; the dummies a … d")
    assert _refused([*months, *states], list("abcdefghi")) == words.format("the dummies a … d; the dummies e … i")
    with pytest.raises(IdentificationError, match="columns: two; the dummies k … o"):
        build_design([SHARE, 2 * ONES], ["share", "two"], (STATE, list("klmno")))


def test_columns_that_depend_on_each_other_are_named_and_no_others() -> None:
    # A hundredth of `faint` is in the sum, so little that leaving it out would not help.
    x, other, faint = np.random.default_rng(6).normal(size=(3, ROWS))
    told = _refused(
        [ONES, x, other, SHARE, faint, x + other / 12 + faint / 100], ["const", *"xy", "share", "faint", "sum"]
    )
    assert told == (
        "These columns are linearly dependent, so their effects cannot be told apart: x, y, sum. Leave one of them out."
    )


def test_columns_that_are_nearly_dependent_are_kept_until_rounding_would_decide() -> None:
    x, noise = np.random.default_rng(7).normal(size=(2, ROWS))
    assert build_design([ONES, x, x + 1e-4 * noise], ["const", "x", "near"]).rows == ROWS
    assert "x, near" in _refused([ONES, x, x + 1e-6 * noise], ["const", "x", "near"])


def test_a_small_spread_beside_a_large_mean_is_no_dependence() -> None:
    year = 2000.0 + np.arange(ROWS) % 20
    assert build_design([ONES, year, SIZE], ["const", "year", "size"]).rows == ROWS


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        ([1, None, 0], "Int64"),
        ([1.0, None, 0.0], "float64"),
        ([True, None, False], "boolean"),
        ([True, None, False], "bool[pyarrow]"),
        ([True, None, False], "category"),
        ([True, None, False], "object"),
        ([1, None, 0], "object"),
        ([1.0, None, 0.0], "object"),
        ([1.0, None, 0], "object"),
        ([1, pd.NA, 0], "object"),
    ],
)
def test_numbers_and_booleans_become_floats_and_what_is_missing_stays_so(values: list[object], dtype: str) -> None:
    (column,) = numeric_columns(pd.DataFrame({"x": pd.Series(values, dtype=dtype)}))
    assert column.dtype == np.float64
    np.testing.assert_array_equal(column, [1.0, np.nan, 0.0])


def test_columns_come_in_the_order_of_the_table() -> None:
    table = pd.DataFrame({"b": [1, 2], "a": [3.5, 4.5], "flag": [True, False]})
    np.testing.assert_array_equal(np.array(numeric_columns(table)), [[1, 2], [3.5, 4.5], [1, 0]])


@pytest.mark.parametrize(
    ("values", "named"),
    [
        (["SP", "AC"], "str"),
        ([1, "AC"], "object"),
        ([Decimal("1.5"), None], "object"),
        ([1j, 2j], "complex128"),
        (pd.to_datetime(["2024-01-31", "2024-02-29"]), "datetime64[us]"),
        (pd.Categorical([1, 2]), "category"),
    ],
)
def test_a_column_of_anything_else_is_refused_with_its_type(values: object, named: str) -> None:
    with pytest.raises(ParameterError, match=f"^Column 'uf' of X has the type {re.escape(named)}. ") as caught:
        numeric_columns(pd.DataFrame({"uf": values}))
    assert str(caught.value).endswith(f" {NOT_NUMERIC}")


def test_columns_of_one_name_are_refused_by_it() -> None:
    table = pd.DataFrame([[1, 2, 3, 4, 5]], columns=["x", "b", "x", "b", "a"])
    told = "Columns appear twice in X: b, x. Rename or drop one of each."
    with pytest.raises(ParameterError, match=f"^{re.escape(told)}$"):
        numeric_columns(table)
