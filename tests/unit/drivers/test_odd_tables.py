"""Tables as other people have them: read where their meaning is plain, refused in words where it is not."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest

from redegov_analysis.drivers.cox import fit_cox
from redegov_analysis.drivers.hazard import fit_hazard
from redegov_analysis.drivers.spatial import join_counts, moran
from redegov_analysis.errors import RedegovError

RNG = np.random.default_rng(4)
ROWS = 80
X = pd.DataFrame({"size": RNG.normal(size=ROWS), "capital": RNG.integers(0, 2, ROWS).astype(bool)})
DURATION = pd.Series(np.ceil(RNG.exponential(6, ROWS) * np.exp(-0.5 * X["size"])).clip(1))
EVENT = pd.Series((RNG.random(ROWS) < 0.7).astype(int))
LINE = {str(i): [str(j) for j in (i - 1, i + 1) if 0 <= j < 12] for i in range(12)}
HEIGHTS = pd.Series(RNG.normal(size=12).cumsum(), index=list(LINE))


@pytest.mark.parametrize(
    "written",
    [
        lambda table: table.astype(object),
        lambda table: table.astype({"size": "Float64", "capital": "boolean"}),
        lambda table: table.astype({"size": "double[pyarrow]", "capital": "bool[pyarrow]"}),
        lambda table: table.set_axis([7] * ROWS),
    ],
    ids=["objects", "nullable", "pyarrow", "one index for all"],
)
def test_the_type_of_columns_and_their_index_change_no_estimate(
    written: Callable[[pd.DataFrame], pd.DataFrame],
) -> None:
    plain, other = fit_cox(DURATION, EVENT, X), fit_cox(DURATION, EVENT, written(X))
    assert np.array_equal(plain.coef, other.coef)
    plain_hazard = fit_hazard(EVENT, X.assign(one=1.0), link="cloglog")
    other_hazard = fit_hazard(EVENT.astype("Int64"), written(X.assign(one=1.0)), link="cloglog")
    assert np.array_equal(plain_hazard.coef, other_hazard.coef)


def test_who_enters_at_a_time_is_not_at_risk_at_it() -> None:
    times, event, x = [2.0, 3.0, 4.0, 5.0], [1, 1, 1, 0], [0.3, -1.0, 0.8, 0.1]
    at, after = (fit_cox(times, event, x, entry=[0, 2 + delay, 0, 0]) for delay in (0.0, 0.5))
    assert at.coef.iloc[0] == after.coef.iloc[0]


REFUSED: list[tuple[Callable[[], Any], str]] = [
    (
        lambda: fit_cox(DURATION, EVENT, X, strata=X["capital"]),
        "all those at risk in the stratum have the same value of capital",
    ),
    (lambda: fit_cox(DURATION, EVENT, X, strata=np.arange(ROWS)), "only rows at risk together can be compared"),
    (lambda: fit_cox(DURATION, EVENT, X.assign(order=-DURATION)), "Separation: .* order"),
    (lambda: fit_cox(pd.to_datetime("2024-01-01") + pd.to_timedelta(DURATION, unit="D"), EVENT, X), "days since"),
    (lambda: fit_cox(DURATION, EVENT.map({0: "no", 1: "yes"}), X), "event holds something that is no number"),
    (lambda: fit_cox(DURATION, EVENT, X.assign(region="north")), "make dummies of categories"),
    (lambda: fit_hazard(EVENT.map({0: "n", 1: "s"}), X.assign(one=1)), "y holds something that is no number"),
    (lambda: fit_hazard(EVENT, X.assign(one=1), cluster=X), "cluster has 2 dimensions"),
    (lambda: moran(HEIGHTS.rename(lambda code: f"x{code}"), LINE), "No code of the values"),
    (lambda: moran(HEIGHTS.where(HEIGHTS.index != "3", np.inf), LINE), "value of 3 is infinite"),
    (lambda: moran(cast("Any", ["high"] * 12), LINE), "list of values holds something that is no number"),
    (lambda: moran(cast("Any", HEIGHTS.to_frame()), LINE), "2 dimensions"),
    (lambda: moran(HEIGHTS, LINE, permutations=-1), "whole number of at least 0"),
    (lambda: join_counts(HEIGHTS.gt(0) * 2, LINE), "give 1 for a marked place"),
]


@pytest.mark.parametrize(("call", "words"), REFUSED, ids=[words for _, words in REFUSED])
def test_what_has_no_plain_meaning_is_refused_in_words(call: Callable[[], Any], words: str) -> None:
    with pytest.raises(RedegovError) as caught:
        call()
    assert re.search(words, str(caught.value))


def test_marks_may_be_a_list_or_a_mapping_like_values() -> None:
    marked = HEIGHTS > 0
    by_code = join_counts(marked, LINE, permutations=19)
    assert by_code.equals(join_counts(marked.tolist(), LINE, permutations=19))
    assert by_code.equals(join_counts({str(code): bool(mark) for code, mark in marked.items()}, LINE, permutations=19))
