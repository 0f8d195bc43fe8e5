"""Rows of a regression: what is read as an outcome, a covariate or a label, and what is refused in which words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from redegov_analysis.drivers.design import NOT_NUMERIC
from redegov_analysis.drivers.rows import (
    baseline_codes,
    complete_rows,
    covariate_table,
    label_text,
    outcome_of,
    refuse_one_outcome,
    row_labels,
    row_numbers,
)
from redegov_analysis.errors import IdentificationError, ParameterError, RedegovError

X = np.array([1.0, 2.0, np.nan, 4.0])
Y = np.array([0.0, 1.0, 0.0, 1.0])
ALL = np.ones(4, dtype=bool)
THIRD = np.array([True, True, False, True])


def test_a_table_of_covariates_is_taken_as_it_is() -> None:
    table = pd.DataFrame({"a": [1, 2]}, index=["x", "y"])
    assert covariate_table(table) is table


def test_a_series_is_a_column_of_its_name_or_x0() -> None:
    assert covariate_table(pd.Series([1.0, 2.0], name="size")).to_dict("list") == {"size": [1.0, 2.0]}
    assert covariate_table(pd.Series([1.0, 2.0])).to_dict("list") == {"x0": [1.0, 2.0]}
    assert covariate_table(pd.Series([1.0, 2.0], name=0)).columns.tolist() == [0]


def test_a_mapping_is_a_table_and_columns_of_an_array_are_numbered() -> None:
    assert covariate_table({"a": [1, 2], "b": ["SP", "AC"]}).to_dict("list") == {"a": [1, 2], "b": ["SP", "AC"]}  # type: ignore[arg-type]
    pd.testing.assert_frame_equal(covariate_table([[1, 2], [3, 4]]), pd.DataFrame({"x0": [1.0, 3.0], "x1": [2.0, 4.0]}))
    pd.testing.assert_frame_equal(covariate_table([1, 2]), pd.DataFrame({"x0": [1.0, 2.0]}))


def test_numbers_of_rows_are_floats_and_what_is_missing_stays_so() -> None:
    for values in ([1, None, 3], pd.Series([1, None, 3], dtype="Int64"), pd.Series([1, None, 3], dtype=object)):
        told = row_numbers(values, "duration")
        assert told.dtype == np.float64
        np.testing.assert_array_equal(told, [1.0, np.nan, 3.0])
    np.testing.assert_array_equal(row_numbers([True, False], "y"), [1.0, 0.0])


def test_an_outcome_is_0_1_or_missing() -> None:
    np.testing.assert_array_equal(outcome_of([1, 0, None], 3), [1.0, 0.0, np.nan])
    np.testing.assert_array_equal(outcome_of(pd.Series([True, False], index=[7, 9]), 2), [1.0, 0.0])


def test_rows_are_complete_where_outcome_and_covariates_are_finite() -> None:
    infinite = np.array([1.0, np.inf, 1.0, 1.0])
    late = np.array([np.nan, 1.0, 0.0, 1.0])
    assert complete_rows(Y, [Y, X], ["y", "x"], "drop").tolist() == [True, True, False, True]
    assert complete_rows(Y, [infinite, X], ["i", "x"], "drop").tolist() == [True, False, False, True]
    assert complete_rows(late, [X], ["x"], "drop").tolist() == [False, True, False, True]
    assert complete_rows(Y, [Y], ["y"], "raise").tolist() == [True] * 4
    assert complete_rows(Y, [], [], "raise").tolist() == [True] * 4


def test_labels_are_those_of_the_rows_kept() -> None:
    assert row_labels(None, 4, "cluster", ALL) is None
    for given in (["SP", "AC", "SP", "PR"], pd.Series(["SP", "AC", "SP", "PR"], index=[3, 2, 1, 0], dtype="category")):
        labels = row_labels(given, 4, "cluster", THIRD)
        assert labels is not None
        assert labels.tolist() == ["SP", "AC", "PR"]


def test_categories_with_both_outcomes_are_numbered_in_their_order_and_the_others_named() -> None:
    labels = np.array(["d", "a", "b", "a", "c", "b", "d", "c"])
    y = np.array([1, 0, 0, 1, 1, 0, 0, 1]) == 1
    codes, both, others = baseline_codes(labels, y)
    # In b nobody has the event, in c everybody.
    assert (both, others) == (["a", "d"], ["b", "c"])
    assert codes.tolist() == [1, 0, -1, 0, -1, -1, 1, -1]
    assert codes.dtype == np.int64


def test_without_labels_there_is_no_category() -> None:
    codes, both, others = baseline_codes(None, Y == 1)
    assert (codes.tolist(), codes.dtype, both, others) == ([], np.int64, [], [])


def test_the_last_category_counts_even_where_it_has_no_event() -> None:
    assert baseline_codes(np.array([1, 1, 2]), np.array([True, False, False]))[1:] == ([1], [2])


def test_a_label_stands_as_text_and_a_day_as_iso() -> None:
    assert label_text(pd.Timestamp("2024-03-01 12:30")) == "2024-03-01"
    assert (label_text("SP"), label_text(3), label_text(2.5)) == ("SP", "3", "2.5")


def test_rows_with_both_outcomes_are_not_refused() -> None:
    refuse_one_outcome(Y == 1)


HOLES = [X, np.array([1.0, np.inf, np.nan, 4.0])]
DATES = pd.to_datetime(["2024-01-31", "2024-02-29"])

REFUSED: list[tuple[Callable[[], Any], type[RedegovError], str]] = [
    (
        lambda: covariate_table(np.zeros((2, 2, 2))),
        ParameterError,
        "X has 3 dimensions; it must be a table of rows and columns.",
    ),
    (
        lambda: covariate_table([["SP"], ["AC"]]),
        ParameterError,
        f"X holds something that is no number (could not convert string to float: 'SP'). {NOT_NUMERIC}",
    ),
    (lambda: row_numbers([[1, 2]], "y"), ParameterError, "y has 2 dimensions; give one value per row."),
    (
        lambda: row_numbers(DATES, "duration"),
        ParameterError,
        "duration has the type datetime64[us]; give numbers, for example days since a common start.",
    ),
    (
        lambda: row_numbers(DATES - DATES[0], "duration"),
        ParameterError,
        "duration has the type timedelta64[us]; give numbers, for example days since a common start.",
    ),
    (
        lambda: row_numbers([1j], "y"),
        ParameterError,
        "y has the type complex128; give numbers, for example days since a common start.",
    ),
    (
        lambda: row_numbers(["yes"], "event"),
        ParameterError,
        "event holds something that is no number (could not convert string to float: 'yes').",
    ),
    (
        lambda: outcome_of([1, 0], 1500),
        ParameterError,
        "y has 2 rows and X has 1,500; they must match row by row.",
    ),
    (
        lambda: outcome_of([1, 0, 2.5, 3], 4),
        ParameterError,
        "y holds 2.5; it must be 1 where the event happens and 0 elsewhere.",
    ),
    (lambda: outcome_of([["a"]], 1), ParameterError, "y has 2 dimensions; give one value per row."),
    (lambda: complete_rows(Y[:0], [], [], "drop"), IdentificationError, "There are no rows to fit."),
    (
        lambda: complete_rows(Y, [X, X * np.nan], ["x", "hdi"], "drop"),
        IdentificationError,
        "Column hdi is missing in all rows (4). Leave it out.",
    ),
    (
        lambda: complete_rows(Y, [Y, *HOLES], ["whole", "x", "z"], "raise"),
        ParameterError,
        "Values are missing or infinite in x (1), z (2). Use missing='drop' for the 2 complete rows of 4, or fill them "
        "first.",
    ),
    (
        lambda: complete_rows(X - 1, [Y], ["whole"], "raise"),
        ParameterError,
        "Values are missing or infinite in y. Use missing='drop' for the 3 complete rows of 4, or fill them first.",
    ),
    (
        lambda: complete_rows(np.where(THIRD, np.nan, 1), [X], ["x"], "drop"),
        IdentificationError,
        "No row is complete: every row misses at least one value.",
    ),
    (
        lambda: row_labels([["SP"]], 1, "cluster", ALL[:1]),
        ParameterError,
        "cluster has 2 dimensions; give one value per row.",
    ),
    (
        lambda: row_labels(["SP"], 1500, "baseline", ALL),
        ParameterError,
        "baseline has 1 row and X has 1,500; they must match row by row.",
    ),
    (
        lambda: row_labels(pd.Series(["SP", None, "AC", None]), 4, "cluster", ALL),
        ParameterError,
        "cluster is missing in 2 rows; every row needs one.",
    ),
    (
        lambda: row_labels([1.0, np.nan], 2, "cluster", ALL[:2]),
        ParameterError,
        "cluster is missing in 1 row; every row needs one.",
    ),
    (
        lambda: refuse_one_outcome(np.zeros(1500, dtype=bool)),
        IdentificationError,
        "No event in the 1,500 rows, so no effect can be estimated.",
    ),
    (
        lambda: refuse_one_outcome(np.ones(1500, dtype=bool)),
        IdentificationError,
        "All rows (1,500) are events, so no effect can be estimated.",
    ),
]


@pytest.mark.parametrize(("call", "kind", "words"), REFUSED, ids=[words for _, _, words in REFUSED])
def test_what_cannot_be_read_is_refused_with_what_was_found(
    call: Callable[[], Any], kind: type[RedegovError], words: str
) -> None:
    with pytest.raises(RedegovError) as caught:
        call()
    assert str(caught.value) == words
    assert type(caught.value) is kind
