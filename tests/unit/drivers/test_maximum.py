"""Newton's and Firth's methods: where they end, how they get there, when they stop, and how separation shows."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from redegov_analysis.drivers import maximum
from redegov_analysis.drivers.design import Design, FloatArray, build_design
from redegov_analysis.drivers.links import LINKS, BoolArray, Link
from redegov_analysis.drivers.maximum import (
    FIRTH_HELPS,
    FIRTH_STEP,
    FLAT,
    FURTHEST,
    STEP,
    firth_adjustment,
    inverse,
    maximum_likelihood,
    penalised_likelihood,
    refuse_separating_dummies,
)
from redegov_analysis.errors import IdentificationError

Maximise = Callable[[Design, Link, BoolArray], tuple[FloatArray, float, int]]
PERFECTLY = (
    "Separation: a combination of these columns tells the rows with an event from rows without one perfectly, so their "
    f"estimates run to infinity: {{}}. {FIRTH_HELPS}"
)


class Witness:
    """A link that keeps each predictor it is asked about and what it answered."""

    def __init__(self, link: str) -> None:
        law = LINKS[link]
        self.etas: list[FloatArray] = []
        self.values: list[float] = []

        def likelihood(eta: FloatArray, y: BoolArray) -> tuple[float, FloatArray, FloatArray]:
            self.etas.append(eta)
            answer = law.likelihood(eta, y)
            self.values.append(answer[0])
            return answer

        self.law = replace(law, likelihood=likelihood)

    def accepted(self) -> list[int]:
        """Return which of the predictors are those of a step that was taken: no worse than the last one taken."""
        best = [0]
        for i, value in enumerate(self.values[1:], start=1):
            if value >= self.values[best[-1]] - 1e-12 * abs(self.values[best[-1]]):
                best.append(i)
        return best


def _grouped(rows: list[int], events: list[int]) -> tuple[BoolArray, list[FloatArray]]:
    """Return outcomes of groups, and a dummy for each group."""
    group = np.repeat(np.arange(len(rows)), rows)
    y = np.concatenate([np.arange(n) < k for n, k in zip(rows, events, strict=True)])
    return y, [(group == g).astype(np.float64) for g in range(len(rows))]


def _regression(rows: int = 300, seed: int = 1) -> tuple[Design, BoolArray, FloatArray]:
    """Return a design of a constant and two columns, outcomes, and the dense matrix of the scaled columns."""
    rng = np.random.default_rng(seed)
    given = np.column_stack([np.ones(rows), rng.normal(5, 2, rows), rng.random(rows) < 0.3]).astype(np.float64)
    y = rng.random(rows) < 1 / (1 + np.exp(4.0 - 0.5 * given[:, 1] - given[:, 2]))
    design = build_design(list(given.T), ["const", "size", "north"])
    return design, y, given @ design.back


@pytest.mark.parametrize("link", LINKS)
def test_one_dummy_for_each_group_gives_each_its_own_share(link: str) -> None:
    rows, events = [40, 30, 20, 10], [2, 9, 10, 9]
    y, dummies = _grouped(rows, events)
    law = LINKS[link]
    beta, value, steps = maximum_likelihood(build_design(dummies, list("abcd")), law, y)
    share = np.divide(events, rows)
    np.testing.assert_allclose(law.mean(beta), share, rtol=1e-10)
    np.testing.assert_allclose(beta, [law.inverse(p) for p in share], rtol=1e-9, atol=1e-9)
    expected = sum(k * np.log(p) + (n - k) * np.log(1 - p) for n, k, p in zip(rows, events, share, strict=True))
    assert value == pytest.approx(expected, rel=1e-12)
    assert steps < 10


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize("constant", [1.0, 7.0])
def test_a_constant_alone_is_right_from_the_start(link: str, constant: float) -> None:
    y, _ = _grouped([200], [3])
    design = build_design([np.full(200, constant)], ["const"])
    beta, _, steps = maximum_likelihood(design, LINKS[link], y)
    assert steps == 1
    assert (design.back @ beta)[0] * constant == pytest.approx(LINKS[link].inverse(0.015))


def test_each_category_starts_at_its_own_share_drawn_towards_the_overall_one() -> None:
    y, dummies = _grouped([10, 20], [0, 6])
    column = np.arange(30) % 7 - 3.0
    witness = Witness("logit")
    maximum_likelihood(
        build_design([column], ["x"], ((dummies[1] == 1).astype(np.int64), ["a", "b"])),
        witness.law,
        y | (np.arange(30) == 4),
    )
    # One event more, so 7 in 30: as if each category had one row more, with 7/30 of an event.
    shares = np.where(dummies[1] == 1, (6 + 7 / 30) / 21, (1 + 7 / 30) / 11)
    np.testing.assert_allclose(1 / (1 + np.exp(-witness.etas[0])), shares)


def test_without_categories_all_rows_start_at_the_overall_share_whatever_their_dummies() -> None:
    y, dummies = _grouped([20, 20, 20, 20], [2, 4, 8, 10])
    witness = Witness("probit")
    maximum_likelihood(build_design([np.ones(80), *dummies[1:]], list("abcd")), witness.law, y)
    np.testing.assert_allclose(LINKS["probit"].mean(witness.etas[0]), np.full(80, 0.3))


@pytest.mark.parametrize("link", LINKS)
def test_each_step_is_newtons_on_the_dense_matrix(link: str) -> None:
    design, y, dense = _regression()
    witness = Witness(link)
    beta, value, steps = maximum_likelihood(design, witness.law, y)
    assert len(witness.etas) == steps + 1
    for eta, following in zip(witness.etas[:-1], witness.etas[1:], strict=True):
        _, score, curvature = LINKS[link].likelihood(eta, y)
        step = np.linalg.solve(dense.T @ (curvature[:, None] * dense), dense.T @ score)
        np.testing.assert_allclose(following, eta + dense @ step, atol=1e-9)
    np.testing.assert_allclose(design.predictor(beta), witness.etas[-1], atol=1e-12)
    assert value == witness.values[-1]


@pytest.mark.parametrize("link", LINKS)
def test_it_stops_with_the_first_step_too_small_to_matter(link: str) -> None:
    design, y, dense = _regression()
    witness = Witness(link)
    maximum_likelihood(design, witness.law, y)
    betas = [np.linalg.lstsq(dense, eta)[0] for eta in witness.etas]
    moves = np.abs(np.diff(betas, axis=0)).max(axis=1)
    assert moves[-1] < STEP
    assert (moves[:-1] >= STEP).all()


@pytest.mark.parametrize("link", ["logit", "cloglog"])
def test_a_step_that_would_lower_the_likelihood_is_halved_until_it_does_not(link: str) -> None:
    # From an overall share of 1 in 350 Newton's method first sends the ten rows, of which five are events, far out.
    y, dummies = _grouped([2090, 10], [1, 5])
    witness = Witness(link)
    beta, value, _ = maximum_likelihood(build_design([np.ones(2100), dummies[1]], ["const", "few"]), witness.law, y)
    taken = witness.accepted()
    assert len(taken) < len(witness.values)
    for before, after in pairwise(taken):
        for trial in range(before + 1, after):
            half = (witness.etas[before] + witness.etas[trial]) / 2
            np.testing.assert_allclose(witness.etas[trial + 1], half, rtol=1e-9, atol=1e-9)
    expected = np.log(1 / 2090) + 2089 * np.log(2089 / 2090) + 10 * np.log(0.5)
    assert value == pytest.approx(expected, rel=1e-12)
    assert len(beta) == 2


def test_it_takes_as_many_steps_as_it_may_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    design, y, _ = _regression()
    _, _, needed = maximum_likelihood(design, LINKS["logit"], y)
    monkeypatch.setattr(maximum, "MOST_STEPS", needed)
    assert maximum_likelihood(design, LINKS["logit"], y)[2] == needed
    monkeypatch.setattr(maximum, "MOST_STEPS", needed - 1)
    with pytest.raises(IdentificationError, match="Separation"):
        maximum_likelihood(design, LINKS["logit"], y)


def _refused(design: Design, law: Link, y: BoolArray) -> str:
    with pytest.raises(IdentificationError) as caught:
        maximum_likelihood(design, law, y)
    return str(caught.value)


@pytest.mark.parametrize("link", LINKS)
def test_separation_of_some_rows_shows_once_the_likelihood_is_flat_while_the_steps_are_not(link: str) -> None:
    # No event among the first twenty rows; among the others x and y have nothing to do with each other.
    y, dummies = _grouped([20, 60], [0, 30])
    x = np.arange(80) % 5 - 2.0
    witness = Witness(link)
    told = _refused(build_design([np.ones(80), x, dummies[0]], ["const", "x", "quiet"]), witness.law, y)
    # The constant, which stands for the other sixty rows, stays where it is.
    assert told == PERFECTLY.format("quiet")
    values = np.array(witness.values)
    rise = np.abs(np.diff(values)) / np.abs(values[:-1])
    assert rise[-1] <= FLAT * 1.1
    assert (rise[:-1] > FLAT).all()
    assert values[-1] < -30


@pytest.mark.parametrize("link", LINKS)
def test_separation_of_all_rows_shows_once_the_likelihood_is_that_of_certainty(link: str) -> None:
    x = np.r_[np.linspace(-3, -1, 20), np.linspace(1, 3, 20)]
    witness = Witness(link)
    assert _refused(build_design([np.ones(40), x], ["const", "x"]), witness.law, x > 0).endswith(f"x. {FIRTH_HELPS}")
    assert witness.values[-1] > -1e-6
    assert max(witness.values[:-1]) <= -1e-6


def test_a_constant_that_runs_to_infinity_with_a_column_far_from_zero_is_named_with_it() -> None:
    year = 2000.0 + np.arange(40)
    for constant in (1.0, 7.0):
        design = build_design([np.full(40, constant), year], ["const", "year"])
        assert _refused(design, LINKS["logit"], year > 2019) == PERFECTLY.format("const, year")
    # Around zero it is the column alone.
    design = build_design([np.ones(40), year - 2019.5], ["const", "year"])
    assert _refused(design, LINKS["logit"], year > 2019) == PERFECTLY.format("year")


@pytest.mark.parametrize(("count", "shown"), [(8, "abcdefgh"), (9, "abcdefgh…")])
def test_of_many_separating_columns_the_first_eight_are_named(count: int, shown: str) -> None:
    # Each column alone tells one event from one row without.
    columns = [np.r_[unit, -unit] for unit in np.eye(count)]
    told = _refused(build_design(columns, list("abcdefghi"[:count])), LINKS["logit"], np.arange(2 * count) < count)
    assert told == PERFECTLY.format(", ".join(shown).replace(", …", " …"))


def test_without_information_every_column_is_named() -> None:
    design, y, _ = _regression()
    logit = LINKS["logit"]
    blind = replace(logit, likelihood=lambda eta, y: (*logit.likelihood(eta, y)[:2], 0 * eta))
    assert _refused(design, blind, y) == PERFECTLY.format("const, size, north")


def test_an_inverse_undoes_its_matrix() -> None:
    matrix = np.array([[2.0, 0.5], [0.5, 1.0]])
    np.testing.assert_allclose(inverse(matrix), np.array([[1.0, -0.5], [-0.5, 2.0]]) / 1.75)


@pytest.mark.parametrize("link", LINKS)
def test_jeffreys_prior_adds_the_slope_of_half_the_log_determinant(link: str) -> None:
    design, _, dense = _regression(40)
    law, beta = LINKS[link], np.array([-0.3, 0.4, 0.2])

    def half_log_determinant(beta: FloatArray) -> float:
        weight = law.information(dense @ beta)
        return 0.5 * float(np.linalg.slogdet(dense.T @ (weight[:, None] * dense))[1])

    slope = [
        (half_log_determinant(beta + 1e-5 * axis) - half_log_determinant(beta - 1e-5 * axis)) / 2e-5
        for axis in np.eye(3)
    ]
    eta = design.predictor(beta)
    told = firth_adjustment(design, law, eta, np.linalg.inv(design.gram(law.information(eta))))
    np.testing.assert_allclose(dense.T @ told, slope, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("rows", [[20, 15], [2000, 3, 8]])
def test_firths_logit_adds_half_an_event_and_half_a_row_without_to_each_group(rows: list[int]) -> None:
    events = [3, 0, 8][: len(rows)]
    y, dummies = _grouped(rows, events)
    design = build_design([np.ones(len(y)), *dummies[1:]], list("abc")[: len(rows)])
    beta, value, steps = penalised_likelihood(design, LINKS["logit"], y)
    share = (np.array(events) + 0.5) / (np.array(rows) + 1)
    given = design.back @ beta
    np.testing.assert_allclose(1 / (1 + np.exp(-given[0] - np.r_[0.0, given[1:]])), share, rtol=1e-8)
    # The value is that of the likelihood itself, without what the prior adds.
    expected = sum(k * np.log(p) + (n - k) * np.log(1 - p) for n, k, p in zip(rows, events, share, strict=True))
    assert value == pytest.approx(expected, rel=1e-9)
    assert steps < 30


class PenalisedWitness:
    """As `Witness`, for what Firth's method asks a logit."""

    def __init__(self, dense: FloatArray, *, lost: Callable[[FloatArray], FloatArray] | None = None) -> None:
        logit = LINKS["logit"]
        self.etas: list[FloatArray] = []
        self.values: list[float] = []

        def shared(eta: FloatArray, y: BoolArray) -> tuple[float, FloatArray, FloatArray, FloatArray]:
            value, residual, weight, pull = replace(logit, shared=None).penalised(eta, y)
            weight = weight if lost is None else weight * lost(eta)
            sign, volume = np.linalg.slogdet(dense.T @ (weight[:, None] * dense))
            self.etas.append(eta)
            self.values.append(value + 0.5 * float(volume) if sign > 0 else -np.inf)
            return value, residual, weight, pull

        self.law = replace(logit, shared=shared)

    accepted = Witness.accepted


def test_firths_method_scores_by_the_expected_information_and_stops_when_it_hardly_moves() -> None:
    design, y, dense = _regression()
    witness = PenalisedWitness(dense)
    beta, value, steps = penalised_likelihood(design, witness.law, y)
    assert len(witness.etas) == steps
    moves = []
    for i, eta in enumerate(witness.etas):
        p = 1 / (1 + np.exp(-eta))
        bread = np.linalg.inv(dense.T @ ((p * (1 - p))[:, None] * dense))
        leverage = p * (1 - p) * np.einsum("ni,ij,nj->n", dense, bread, dense)
        step = bread @ dense.T @ (y - p + leverage * (0.5 - p))
        following = witness.etas[i + 1] if i + 1 < steps else design.predictor(beta)
        np.testing.assert_allclose(following, eta + dense @ step, atol=1e-10)
        moves.append(np.abs(step).max())
    assert moves[-1] < FIRTH_STEP
    assert min(moves[:-1]) > FIRTH_STEP
    assert value == LINKS["logit"].likelihood(design.predictor(beta), y)[0]


def test_no_step_of_firths_method_moves_a_row_further_than_it_may_or_lowers_the_penalised_likelihood() -> None:
    y, dummies = _grouped([20000, 2], [1, 2])
    dense_given = np.column_stack([np.ones(20002), dummies[1]])
    design = build_design(list(dense_given.T), ["const", "few"])
    witness = PenalisedWitness(dense_given @ design.back)
    beta, _, _ = penalised_likelihood(design, witness.law, y)
    assert 1 / (1 + np.exp(-(design.back @ beta).sum())) == pytest.approx(2.5 / 3)
    taken = witness.accepted()
    furthest = [np.abs(witness.etas[after] - witness.etas[before]).max() for before, after in pairwise(taken)]
    assert max(furthest) == pytest.approx(FURTHEST)
    for before, after in pairwise(taken):
        for trial in range(before + 1, after):
            half = (witness.etas[before] + witness.etas[trial]) / 2
            np.testing.assert_allclose(witness.etas[trial + 1], half, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("left", [np.zeros(209), np.r_[np.full(200, -1.0), np.ones(9)]], ids=["none", "less than none"])
def test_a_step_to_where_no_information_is_left_is_halved(left: FloatArray) -> None:
    y, dummies = _grouped([200, 9], [4, 8])
    dense_given = np.column_stack([np.ones(209), dummies[1]])
    design = build_design(list(dense_given.T), ["const", "few"])
    first = PenalisedWitness(dense_given @ design.back)
    penalised_likelihood(design, first.law, y)
    start, trial = first.etas[:2]
    witness = PenalisedWitness(
        dense_given @ design.back, lost=lambda eta: left if abs(eta.max() - trial.max()) < 0.1 else np.ones(209)
    )
    beta, _, _ = penalised_likelihood(design, witness.law, y)
    np.testing.assert_allclose(witness.etas[2], (start + trial) / 2)
    assert 1 / (1 + np.exp(-(design.back @ beta).sum())) == pytest.approx(8.5 / 10)


def test_firths_method_takes_as_many_steps_as_it_may_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    design, y, _ = _regression(1200)
    _, _, needed = penalised_likelihood(design, LINKS["cloglog"], y)
    monkeypatch.setattr(maximum, "MOST_FIRTH_STEPS", needed)
    assert penalised_likelihood(design, LINKS["cloglog"], y)[2] == needed
    monkeypatch.setattr(maximum, "MOST_FIRTH_STEPS", needed - 1)
    told = (
        f"Firth's method did not settle within {needed - 1} steps on 1,200 rows and {y.sum()} events. Use fewer "
        "columns for so few events."
    )
    with pytest.raises(IdentificationError, match=f"^{re.escape(told)}$"):
        penalised_likelihood(design, LINKS["cloglog"], y)


def _named(y: BoolArray, *columns: FloatArray) -> str | None:
    """Return how the first separating dummy is named among columns behind a baseline of two categories."""
    names = list("abcdef"[: len(columns)])
    baseline = ((np.arange(len(y)) % 2).astype(np.int64), ["even", "odd"])
    try:
        refuse_separating_dummies(build_design(columns, names, baseline), columns, 2, y)
    except IdentificationError as error:
        return str(error)
    return None


def test_a_dummy_whose_rows_hold_no_event_or_nothing_else_is_named() -> None:
    y, (quiet, mixed, sure) = _grouped([1500, 30, 7], [0, 10, 7])
    x = np.sin(np.arange(len(y)))
    end = f"so its estimate runs to infinity. {FIRTH_HELPS}"
    assert _named(y, x, mixed) is None
    assert _named(y, x, quiet) == f"Separation: of the 1,500 rows where b is 1, none has an event, {end}"
    assert _named(y, mixed, sure) == f"Separation: of the 7 rows where b is 1, every one has an event, {end}"


def test_only_dummies_are_asked_whether_they_separate() -> None:
    y, (quiet, _, _) = _grouped([40, 30, 7], [0, 10, 6])
    # Neither a column of other numbers nor one that is 1 throughout is a dummy, though its ones hold no event.
    assert _named(y, quiet + 2 * np.roll(quiet, 50)) is None
    rows = np.ones(4)
    none = np.zeros(4, dtype=bool)
    design = build_design([rows, np.array([0.0, 1.0, 2.0, 3.0])], ["const", "x"])
    refuse_separating_dummies(design, [rows], 1, none)
    with pytest.raises(IdentificationError, match="where x is 1, none has"):
        refuse_separating_dummies(design, [rows, np.array([0.0, 1.0, 0.0, 0.0])], 0, none)
