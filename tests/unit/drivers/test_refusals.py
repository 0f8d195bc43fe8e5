"""What the estimators refuse, in words that say what is wrong; and edges at which they still answer."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest

from redegov_analysis.drivers.adjacency import as_neighbours
from redegov_analysis.drivers.adoption import login_adoption
from redegov_analysis.drivers.calendar import event_terms
from redegov_analysis.drivers.covariates import ModelTable, model_table
from redegov_analysis.drivers.cox import fit_cox
from redegov_analysis.drivers.hazard import fit_hazard
from redegov_analysis.drivers.imputation import impute
from redegov_analysis.drivers.inference import wald_test
from redegov_analysis.drivers.neighbours import link_islands, nearest_among, neighbours_from_pairs
from redegov_analysis.drivers.panel import person_period
from redegov_analysis.drivers.selectivity import population_in_force
from redegov_analysis.drivers.selectivity_checks import slope_fade
from redegov_analysis.drivers.simulation import simulate_joinings
from redegov_analysis.drivers.size_gradient import solve_gradient
from redegov_analysis.drivers.survival import kaplan_meier
from redegov_analysis.errors import RedegovError

RNG = np.random.default_rng(5)
ROWS = 60
X = pd.DataFrame({"size": RNG.normal(size=ROWS), "north": RNG.integers(0, 2, ROWS).astype(float)})
DURATION = pd.Series(np.ceil(RNG.exponential(6, ROWS)).clip(1))
EVENT = pd.Series((RNG.random(ROWS) < 0.7).astype(int))
PAIRS = pd.DataFrame({"ibge_code_a": ["1", "2"], "ibge_code_b": ["2", "3"]})
SEATS = pd.DataFrame(
    {"ibge_code": ["1", "2", "3", "4"], "latitude": [0.0, 0.0, 0.0, None], "longitude": [0.0, 1, 2, 3]}
)
COV = pd.DataFrame(np.eye(2), index=["a", "b"], columns=["a", "b"])
COEF = pd.Series([1.0, 2.0], index=["a", "b"])
JOINED = pd.DataFrame({"ibge_code": ["1"], "joined_on": [pd.Timestamp("2024-02-03")]})
HALF = pd.Series(np.where(np.arange(ROWS) % 2, 1.0, np.nan))
OTHER = pd.Series(np.where(np.arange(ROWS) % 2, np.nan, 1.0))

REFUSED: list[tuple[Callable[[], Any], str]] = [
    (lambda: kaplan_meier(DURATION, EVENT, interval=cast("Any", "wald")), "interval is 'wald'"),
    (lambda: kaplan_meier(DURATION, EVENT, level=95), "level is 95; it must lie between 0 and 1"),
    (lambda: kaplan_meier(DURATION, EVENT, group=["a", "b"]), "group has 2 rows and duration 60"),
    (lambda: kaplan_meier(DURATION, EVENT, group=["a"] * 59 + [None]), "group is missing in some rows"),
    (lambda: kaplan_meier([], []), "There are no rows"),
    (lambda: kaplan_meier(DURATION, EVENT[:-1]), "event has 59 rows and duration 60"),
    (lambda: kaplan_meier(DURATION - 9, EVENT), "times run from 0"),
    (lambda: kaplan_meier(DURATION.where(DURATION.index != 3), EVENT), "duration is missing in 1 row"),
    (lambda: fit_cox(DURATION, EVENT, X, missing=cast("Any", "fill")), "missing is 'fill'"),
    (lambda: fit_cox(DURATION, EVENT, X[:-1]), "59"),
    (lambda: fit_cox(DURATION, EVENT, X[[]]), "X has no column"),
    (lambda: fit_cox(DURATION, EVENT, np.zeros((ROWS, 1, 1))), "X has 3 dimensions"),
    (lambda: fit_cox(DURATION, EVENT, X).proportionality(cast("Any", "square")), "'square'"),
    (lambda: fit_hazard([], pd.DataFrame()), "There are no rows to fit"),
    (lambda: fit_hazard(EVENT, pd.DataFrame({"a": HALF, "b": OTHER}), missing="drop"), "No row is complete"),
    (lambda: wald_test(COEF, COV * 0, ["a", "b"]), "The covariance of a, b is singular"),
    (lambda: as_neighbours(np.zeros((2, 2, 2))), "The matrix of weights has 3 dimensions"),
    (lambda: as_neighbours({"1": ["2"], "2": ["1"]}).restricted(pd.Index(["1", "9"])), "1 place is not among .* 9"),
    (lambda: neighbours_from_pairs(PAIRS, ["1", "2", "3", "1"]), "Place 1 appears twice among the codes"),
    (lambda: link_islands(PAIRS, SEATS), "Island 4 has no seat coordinates"),
    (
        lambda: population_in_force(pd.DataFrame({"ibge_code": ["1"], "p": [0.0]}), pd.Timestamp(2024, 1, 1), "p"),
        "of 0",
    ),
    (lambda: slope_fade(pd.DataFrame({"date": ["2024-01-01"]})), "A change needs two totals"),
    (
        lambda: simulate_joinings(
            pd.DataFrame({"size": [0.0]}, index=["9"]),
            pd.Series({"size": 1.0}),
            neighbours_from_pairs(PAIRS),
            0.0,
            "2024-01-01",
            np.zeros(3),
            1,
        ),
        "neighbours does not know 1 of the codes",
    ),
    (lambda: solve_gradient(50.5, 5.000001e6, np.r_[np.full(50, 1e5 - 1.0), np.full(50, 1e5)]), "a slope beyond"),
    (
        lambda: impute(ModelTable(X.assign(size=HALF, north=HALF), COEF, COEF, pd.Series("SP", X.index)), 1),
        "Every term has missing values",
    ),
    (
        lambda: person_period(JOINED, pd.DataFrame({"ibge_code": ["1"]}), "2024-01-01", "2024-03-31", entry="since"),
        "covariates lacks the column since",
    ),
]


@pytest.mark.parametrize(("call", "words"), REFUSED, ids=[words for _, words in REFUSED])
def test_what_cannot_be_estimated_is_refused_in_words(call: Callable[[], Any], words: str) -> None:
    with pytest.raises(RedegovError) as caught:
        call()
    assert re.search(words, str(caught.value))


def test_a_mapping_of_columns_is_a_table() -> None:
    assert np.array_equal(fit_cox(DURATION, EVENT, dict(X)).coef, fit_cox(DURATION, EVENT, X).coef)


def test_a_wald_test_without_denominator_is_chi_squared_of_its_terms() -> None:
    found = wald_test(COEF, COV, ["a", "b"])
    assert (found["statistic"], found["df"]) == (5.0, 2.0)
    assert found["p"] == pytest.approx(np.exp(-2.5))


def test_where_nobody_is_looked_for_nobody_is_near() -> None:
    assert nearest_among(SEATS, pd.Series([False] * 4), 2).empty


def test_without_events_of_states_there_is_no_term() -> None:
    none = pd.DataFrame({"date": pd.to_datetime([]), "uf": []})
    assert event_terms(none, "2024-01-01", "2024-12-31", "caravan").columns.tolist() == ["period", "uf", "caravan"]
    assert event_terms(none, "2024-01-01", "2024-12-31", "caravan").empty


def test_the_universe_of_a_table_without_dates_is_the_whole_table(
    login_adopters: pd.DataFrame, municipalities: pd.DataFrame
) -> None:
    undated = login_adoption(login_adopters, municipalities.drop(columns="valid_from"), "2022-03-21")
    dated = login_adoption(login_adopters, municipalities, "2022-03-21")
    assert undated.sum() == dated.sum()
    assert len(undated) == len(municipalities) > len(dated)


def test_odd_choices_and_numbers_about_municipalities_are_refused(
    login_adopters: pd.DataFrame, municipalities: pd.DataFrame
) -> None:
    with pytest.raises(RedegovError, match="body is 'council'"):
        login_adoption(login_adopters, municipalities, "2022-03-21", body=cast("Any", "council"))
    nobody = municipalities.assign(population_2022=0)
    with pytest.raises(RedegovError, match="its logarithm needs a positive value"):
        model_table(nobody, ["log10_population"])
    with pytest.raises(RedegovError, match="Place 1 appears twice among the neighbours"):
        as_neighbours(np.zeros((2, 2)), pd.Index(["1", "1"]))
