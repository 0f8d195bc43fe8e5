"""Newton's method for binary regressions, Firth's adjustment of its score, and how separation shows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from redegov_analysis.drivers.design import Design, FloatArray
from redegov_analysis.drivers.links import BoolArray, Link
from redegov_analysis.errors import IdentificationError
from redegov_analysis.language import Phrase

#: Newton's method stops when no coefficient of a scaled column moves by more than this. It converges quadratically, so
#: what is left after that step is below rounding.
STEP = 1e-7
MOST_STEPS = 60
MOST_FIRTH_STEPS = 500
FIRTH_STEP = 1e-9
#: Farthest that one step of Firth's method may move the predictor of any row.
FURTHEST = 4.0
#: A log-likelihood that hardly moves while the steps do not shrink: coefficients are on their way to infinity. Near a
#: maximum each step is a small fraction of the one before.
FLAT = 1e-9
SHRINKING = 0.5

FIRTH_HELPS = Phrase("Merge or drop what separates, or use firth=True, which keeps the estimates finite.")


def maximum_likelihood(design: Design, law: Link, y: BoolArray) -> tuple[FloatArray, float, int]:
    """Maximise the likelihood by Newton's method with step halving.

    The log-likelihoods of all three links are concave (Pratt 1981), so that there is one maximum or none.

    Parameters
    ----------
    design
        n rows and p columns, scaled.
    law
        The link.
    y
        Which rows hold an event, length n.

    Returns
    -------
    tuple
        Coefficients of the scaled columns (p,), log-likelihood, and how many steps were taken.

    Raises
    ------
    IdentificationError
        If there is no finite maximum: the columns separate events from other rows.
    """
    beta = _start(design, law, y)
    step: FloatArray = np.ones_like(beta)
    previous = np.inf
    value, score, curvature = law.likelihood(design.predictor(beta), y)
    for steps in range(1, MOST_STEPS + 1):
        try:
            step = np.linalg.solve(design.gram(curvature), design.score(score)).astype(np.float64)
        except np.linalg.LinAlgError:
            break
        largest = float(np.abs(step).max())
        before, halved = value, False
        for _ in range(40):
            value, score, curvature = law.likelihood(design.predictor(beta + step), y)
            if value >= before - 1e-12 * abs(before):
                break
            step, halved = step / 2, True
        beta = beta + step
        if largest < STEP:
            return beta, value, steps
        flat = not halved and abs(value - before) <= FLAT * abs(before)
        if (flat and largest > SHRINKING * previous) or value > -1e-6:
            raise _separation(design, step)
        previous = largest
    raise _separation(design, step)


def inverse(matrix: FloatArray) -> FloatArray:
    """Return the inverse of a matrix.

    Parameters
    ----------
    matrix
        Square, of full rank.

    Returns
    -------
    FloatArray
        Of the same shape.
    """
    return np.linalg.inv(matrix).astype(np.float64)


def firth_adjustment(design: Design, law: Link, eta: FloatArray, bread: FloatArray) -> FloatArray:
    """Return what Jeffreys' prior adds to the residual of each row: leverage times pull (Firth 1993).

    Parameters
    ----------
    design, law
        As in `maximum_likelihood`.
    eta
        Linear predictors, length n.
    bread
        Inverse of the expected information, p × p.

    Returns
    -------
    FloatArray
        Length n.
    """
    leverage = law.information(eta) * design.quadratic(bread)
    return leverage * law.pull(eta)


def penalised_likelihood(design: Design, law: Link, y: BoolArray) -> tuple[FloatArray, float, int]:
    """Maximise the likelihood times Jeffreys' prior by Fisher scoring with step halving.

    The maximum is finite whatever the data (Kosmidis and Firth 2021). The value returned is the plain log-likelihood.

    Parameters
    ----------
    design, law, y
        As in `maximum_likelihood`.

    Returns
    -------
    tuple
        Coefficients of the scaled columns (p,), log-likelihood without the penalty, and how many steps were taken.

    Raises
    ------
    IdentificationError
        If the steps do not come to an end.
    """
    beta = _start(design, law, y)
    value, step = _penalised_step(design, law, y, beta)
    for steps in range(1, MOST_FIRTH_STEPS + 1):
        if np.abs(step).max() < FIRTH_STEP:
            beta = beta + step
            return beta, law.likelihood(design.predictor(beta), y)[0], steps
        # A rare dummy can send the predictor of its rows far out, where the information vanishes.
        step = step * min(1.0, FURTHEST / float(np.abs(design.predictor(step)).max()))
        for _ in range(40):
            trial, following = _penalised_step(design, law, y, beta + step)
            if trial >= value - 1e-12 * abs(value):
                break
            step = step / 2
        beta = beta + step
        value, step = trial, following
    raise IdentificationError(
        "Firth's method did not settle within {steps} {steps:step|steps} on {rows:,} {rows:row|rows} and {count:,} "
        "{count:event|events}. Use fewer columns for so few events.",
        steps=MOST_FIRTH_STEPS,
        rows=design.rows,
        count=int(y.sum()),
    )


def _penalised_step(design: Design, law: Link, y: BoolArray, beta: FloatArray) -> tuple[float, FloatArray]:
    """Return the penalised log-likelihood at `beta`, and the scoring step from there."""
    value, residual, weight, pull = law.penalised(design.predictor(beta), y)
    information = design.gram(weight)
    sign, volume = np.linalg.slogdet(information)
    if not sign > 0:
        return -np.inf, np.zeros_like(beta)
    bread = inverse(information)
    step: FloatArray = bread @ design.score(residual + weight * design.quadratic(bread) * pull)
    return value + 0.5 * float(volume), step


def _separation(design: Design, step: FloatArray) -> IdentificationError:
    # Centring sends the constant of the scaled columns along; whether that of the given ones runs is another matter.
    moved = np.abs(design.back @ step / np.diag(design.back))
    names = [name for name, part in zip(design.names, moved, strict=True) if part > 0.2 * np.abs(step).max()]
    shown = ", ".join(names[:8]) + (" …" if len(names) > 8 else "")
    return IdentificationError(
        "Separation: a combination of these columns tells the rows with an event from rows without one "
        "perfectly, so their estimates run to infinity: {shown}. {advice}",
        shown=shown,
        advice=FIRTH_HELPS,
    )


def refuse_separating_dummies(design: Design, columns: Sequence[FloatArray], offset: int, y: BoolArray) -> None:
    """Name a dummy whose rows hold no event, or nothing else: the commonest separation, and the easiest to explain.

    Parameters
    ----------
    design
        For the names of its columns.
    columns
        The columns given, n numbers each; only dummies are looked at.
    offset
        How many columns of the baseline come before them in the design.
    y
        Which rows hold an event, length n.

    Raises
    ------
    IdentificationError
        If there is such a dummy.
    """
    for name, column in zip(design.names[offset:], columns, strict=True):
        ones = column == 1
        if ones.all() or not (ones | (column == 0)).all():
            continue
        rows, events = int(ones.sum()), int((y & ones).sum())
        if events in {0, rows}:
            share = Phrase("none has") if events == 0 else Phrase("every one has")
            raise IdentificationError(
                "Separation: of the {rows:,} {rows:row|rows} where {name} is 1, {share} an event, so its estimate "
                "runs to infinity. {advice}",
                rows=rows,
                name=name,
                share=share,
                advice=FIRTH_HELPS,
            )


def _start(design: Design, law: Link, y: BoolArray) -> FloatArray:
    """Zero effects around the hazard of each baseline category, drawn towards the overall one."""
    beta = np.zeros(len(design.names))
    overall = float(y.mean())
    beta[design.intercept] = law.inverse(overall)
    for factor in design.factors:
        if factor.full:
            events, rows = factor.sums(y.astype(np.float64)), factor.sums(np.ones(design.rows))
            beta[factor.positions] = [law.inverse(float(rate)) for rate in (events + overall) / (rows + 1)]
    return beta
