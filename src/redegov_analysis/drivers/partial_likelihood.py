"""Cox's partial likelihood, time by time: Efron's and Breslow's approximations for ties, and the exact sum.

The exact terms follow the recursion of Gail, Lubin and Rubinstein (1981), with its first two derivatives.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from redegov_analysis.drivers.design import FloatArray
from redegov_analysis.drivers.times import BoolArray

Terms = tuple[float, FloatArray, FloatArray]
Terms3 = tuple[FloatArray, FloatArray, FloatArray]

_SAFEST = -200.0
"""Log hazards below the largest by more than this are taken anew from the largest of those at risk."""


@dataclass(frozen=True)
class RiskSet:
    """One event time of one stratum.

    Attributes
    ----------
    time
        The time.
    at_risk
        Rows at risk.
    events
        Rows with the event then.
    before
        Kaplan–Meier survival of the whole sample just before the time.
    """

    time: float
    at_risk: npt.NDArray[np.int64]
    events: npt.NDArray[np.int64]
    before: float


def risk_sets(
    times: FloatArray, happened: BoolArray, begins: FloatArray, strata: npt.NDArray[np.int64]
) -> tuple[RiskSet, ...]:
    """Return the event times of every stratum, with who is at risk and who has the event.

    Parameters
    ----------
    times, begins
        When each row ends and when it enters the risk (minus infinity: from the start), shape (n,).
    happened
        Which rows end with the event, shape (n,).
    strata
        The stratum of each row, from 0, shape (n,).

    Returns
    -------
    tuple
        By stratum and time, one entry for each time with an event.
    """
    before = _survival_before(times, happened, begins)
    sets = []
    for stratum in range(int(strata.max()) + 1):
        inside = strata == stratum
        for time in np.unique(times[happened & inside]):
            at_risk = np.flatnonzero(inside & (times >= time) & (begins < time))
            events = np.flatnonzero(inside & happened & (times == time))
            sets.append(RiskSet(float(time), at_risk, events, before[float(time)]))
    return tuple(sets)


def _survival_before(times: FloatArray, happened: BoolArray, begins: FloatArray) -> dict[float, float]:
    """Return the Kaplan–Meier survival just before each event time."""
    survival, result = 1.0, {}
    for time in np.unique(times[happened]):
        result[float(time)] = survival
        at_risk = int(((times >= time) & (begins < time)).sum())
        survival *= 1 - int((happened & (times == time)).sum()) / at_risk
    return result


def partial_likelihood(
    beta: FloatArray, z: FloatArray, case: FloatArray, sets: tuple[RiskSet, ...], ties: str
) -> Terms:
    """Return the partial log-likelihood at `beta`, its score and the observed information; `case` weighs the rows.

    Parameters
    ----------
    beta
        Coefficients, shape (p,).
    z
        Covariates, n × p.
    case
        Positive weights of the rows, shape (n,).
    sets
        From `risk_sets`.
    ties
        `efron`, `breslow` or `exact`.

    Returns
    -------
    tuple
        Log-likelihood, score (p,) and observed information (p × p).
    """
    eta = z @ beta
    # Shifting every predictor changes nothing in the likelihood and keeps the exponentials in range.
    shifted = eta - eta.max()
    risk = np.exp(shifted)
    value, score, information = 0.0, np.zeros(len(beta)), np.zeros((len(beta), len(beta)))
    for each in sets:
        # Far from the optimum all at risk may be so much safer than the rest that their exponentials vanish.
        top = float(shifted[each.at_risk].max())
        own, top = (risk, 0.0) if top > _SAFEST else (np.exp(np.minimum(shifted - top, 0.0)), top)
        part, u, v = _exact_terms(each, z, own) if ties == "exact" else approximate_terms(each, z, own, case, ties)
        value += float((case[each.events] * (shifted[each.events] - top)).sum()) + part
        score += u
        information += v
    return value, score, information


def approximate_terms(each: RiskSet, z: FloatArray, risk: FloatArray, case: FloatArray, ties: str) -> Terms:
    """Return log-likelihood (without the events' predictors), score and information of one event time.

    With weights, each of the tied events counts by their mean weight, as in R's survival.

    Parameters
    ----------
    each
        The event time.
    z
        Covariates, n × p.
    risk
        exp(z·β) of each row up to one common factor, shape (n,).
    case
        Positive weights of the rows, shape (n,).
    ties
        `efron` or `breslow`.

    Returns
    -------
    tuple
        Shapes (), (p,) and (p, p).
    """
    rows, w = z[each.at_risk], (case * risk)[each.at_risk]
    tied, tied_w, own = z[each.events], (case * risk)[each.events], case[each.events]
    share, s0, mean = _steps(each, z, case * risk, ties)
    each_counts = float(own.mean())
    second = (rows.T * w) @ rows * (1 / s0).sum() - (tied.T * tied_w) @ tied * (share / s0).sum()
    return (
        -each_counts * float(np.log(s0).sum()),
        own @ tied - each_counts * mean.sum(axis=0),
        each_counts * (second - mean.T @ mean),
    )


def score_residuals(
    beta: FloatArray, z: FloatArray, case: FloatArray, sets: tuple[RiskSet, ...], ties: str
) -> FloatArray:
    """Return what each row adds to the score, n × p, weighted: the derivative of the score by the row's weight.

    Lin and Wei (1989, p. 1075), extended to Efron's ties as the derivative of the weighted likelihood.

    Parameters
    ----------
    beta, z, case, sets
        As in `partial_likelihood`.
    ties
        `efron` or `breslow`.

    Returns
    -------
    FloatArray
        n × p; columns add up to the score.
    """
    eta = z @ beta
    risk = np.exp(eta - eta.max())
    total = np.zeros_like(z)
    for each in sets:
        share, s0, mean = _steps(each, z, case * risk, ties)
        hazard = float(case[each.events].mean()) / s0
        total[each.at_risk] -= risk[each.at_risk, None] * (z[each.at_risk] * hazard.sum() - hazard @ mean)
        # Those with the event carry only part of their risk through the tied steps.
        part = share * hazard
        total[each.events] += z[each.events] - mean.mean(axis=0)
        total[each.events] += risk[each.events, None] * (z[each.events] * part.sum() - part @ mean)
    return case[:, None] * total


def _steps(each: RiskSet, z: FloatArray, weight: FloatArray, ties: str) -> Terms3:
    """For each tied event in turn: the share of the tied taken out of the risk set, its weight left, its mean."""
    d = len(each.events)
    share = np.arange(d) / d if ties == "efron" else np.zeros(d)
    w, tied_w = weight[each.at_risk], weight[each.events]
    s0 = w.sum() - share * tied_w.sum()
    s1 = w @ z[each.at_risk] - share[:, None] * (tied_w @ z[each.events])
    return share, s0, s1 / s0[:, None]


def _exact_terms(each: RiskSet, z: FloatArray, weight: FloatArray) -> Terms:
    """Return the terms of the exact likelihood: the events against all sets of as many rows at risk.

    The sum over sets is an elementary symmetric polynomial: E_k over the first i rows is E_k over i − 1 rows plus
    w_i·E_{k−1} over i − 1. Each level is scaled so that no number overflows.
    """
    rows, w = z[each.at_risk], weight[each.at_risk]
    n, p = rows.shape
    e0, e1, e2, log_scale = np.ones(n + 1), np.zeros((n + 1, p)), np.zeros((n + 1, p, p)), 0.0
    outer = rows[:, :, None] * rows[:, None, :]
    for _ in each.events:
        a0, a1, a2 = e0[:-1], e1[:-1], e2[:-1]
        cross = rows[:, :, None] * a1[:, None, :]
        n0 = w * a0
        n1 = w[:, None] * (rows * a0[:, None] + a1)
        n2 = w[:, None, None] * (outer * a0[:, None, None] + cross + cross.transpose(0, 2, 1) + a2)
        e0, e1, e2 = (np.concatenate([np.zeros((1, *part.shape[1:])), part.cumsum(axis=0)]) for part in (n0, n1, n2))
        top = e0[-1]
        e0, e1, e2, log_scale = e0 / top, e1 / top, e2 / top, log_scale + float(np.log(top))
    mean = e1[-1]
    return -log_scale, z[each.events].sum(axis=0) - mean, e2[-1] - np.outer(mean, mean)
