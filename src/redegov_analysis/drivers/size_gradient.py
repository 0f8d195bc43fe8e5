"""The logit gradient on size that gives a number of members and the people they hold."""

from __future__ import annotations

import numpy as np
from scipy import optimize, special

from redegov_analysis.drivers.design import FloatArray
from redegov_analysis.errors import IdentificationError

CENTRE = 10_000
"""Population at which the intercept is the logit of membership."""

STEEPEST = 30.0
"""Slopes are sought between minus and plus this: at 30 the odds of a town of 20,000 are 8,000 times those of 10,000."""

ACCURACY = 1e-12
"""Relative error of both sums at which Newton's method stops."""


def log_size(people: FloatArray) -> FloatArray:
    """Return log10(population / 10,000).

    Parameters
    ----------
    people
        Inhabitants, all positive.

    Returns
    -------
    FloatArray
        Powers of ten from 10,000 inhabitants, of the shape of `people`.
    """
    size: FloatArray = np.log10(people / CENTRE)
    return size


def solve_gradient(count: float, reached: float, people: FloatArray) -> tuple[float, float]:
    """Return the intercept and slope for which both expected sums are those given.

    With p_i = expit(a + b·log10(people_i / 10,000)): sum p_i = count and sum people_i·p_i = reached. For each b there
    is one a that gives the count; along these pairs the people reached grow with b, because the derivative is the
    covariance of people and log people, weighted by p(1 − p). So the solution is unique when it exists. Newton's
    method in two dimensions finds it; where it strays, a bracketing search on b does.

    Parameters
    ----------
    count
        Members.
    reached
        People in them.
    people
        Population of each municipality, all positive.

    Returns
    -------
    tuple
        `intercept` (log odds at 10,000 inhabitants) and `slope` (log odds per tenfold population).

    Raises
    ------
    IdentificationError
        If no gradient can give both numbers.
    """
    size = log_size(people)
    ordered = np.sort(people)
    whole = int(np.floor(count))
    if not 0 < count < len(people):
        raise IdentificationError(
            "{count:g} {count:member|members} of {n_people:,} {n_people:municipality|municipalities}: a gradient "
            "needs some of both.",
            count=count,
            n_people=len(people),
        )
    least, most = ordered[:whole].sum(), ordered[len(ordered) - int(np.ceil(count)) :].sum()
    if not least < reached < most:
        raise IdentificationError(
            "No {count:g} {count:municipality holds|municipalities hold} {reached:g} million people: {count:one "
            "holds|they hold} {least:.3f} to {most:.3f} million. Check the count, the population and its unit.",
            count=count,
            reached=reached / 1e6,
            least=least / 1e6,
            most=most / 1e6,
        )
    theta = np.array([special.logit(count / len(people)), 0.0])
    residual, jacobian = _sums(theta, size, people, count, reached)
    for _ in range(60):
        if np.abs(residual).max() < ACCURACY:
            return float(theta[0]), float(theta[1])
        try:
            step = np.linalg.solve(jacobian, residual)
        except np.linalg.LinAlgError:
            break
        for _ in range(30):
            trial, slope = _sums(theta - step, size, people, count, reached)
            if np.linalg.norm(trial) < np.linalg.norm(residual):
                break
            step = step / 2
        else:
            break
        theta, residual, jacobian = theta - step, trial, slope
    if np.abs(residual).max() < 1e-9:
        return float(theta[0]), float(theta[1])
    return _bracketed(size, people, count, reached)


def sampling_error(intercept: float, slope: float, people: FloatArray) -> tuple[float, float]:
    """Return the standard errors of intercept and slope if membership is drawn anew with these probabilities.

    Delta method on the two moments: J⁻¹ V J⁻ᵀ with V the covariance of the two sums and J their derivative.

    Parameters
    ----------
    intercept, slope
        From `solve_gradient`.
    people
        Population of each municipality, all positive.

    Returns
    -------
    tuple
        Of intercept and slope, in log odds.
    """
    size = log_size(people)
    mean = special.expit(intercept + slope * size)
    weight = mean * (1 - mean)
    moments = np.stack([np.ones_like(people), people])
    variance = (moments * weight) @ moments.T
    jacobian = (moments * weight) @ np.stack([np.ones_like(size), size]).T
    half = np.linalg.solve(jacobian, np.linalg.solve(jacobian, variance).T)
    errors = np.sqrt(np.diag(half))
    return float(errors[0]), float(errors[1])


def _sums(
    theta: FloatArray, size: FloatArray, people: FloatArray, count: float, reached: float
) -> tuple[FloatArray, FloatArray]:
    """Return the relative error of both sums and its derivative by intercept and slope."""
    mean = special.expit(theta[0] + theta[1] * size)
    weight = mean * (1 - mean)
    residual = np.array([mean.sum() / count - 1, people @ mean / reached - 1])
    jacobian = np.array(
        [
            [weight.sum() / count, weight @ size / count],
            [people @ weight / reached, people @ (weight * size) / reached],
        ]
    )
    return residual, jacobian


def _bracketed(size: FloatArray, people: FloatArray, count: float, reached: float) -> tuple[float, float]:
    def intercept(slope: float) -> float:
        reach = 40 + abs(slope) * float(np.abs(size).max())
        return float(
            optimize.brentq(lambda a: special.expit(a + slope * size).sum() - count, -reach, reach, xtol=1e-13)
        )

    def surplus(slope: float) -> float:
        return float(people @ special.expit(intercept(slope) + slope * size)) / reached - 1

    if surplus(-STEEPEST) > 0 or surplus(STEEPEST) < 0:
        raise IdentificationError(
            "{count:g} {count:member|members} with {reached:g} million people {count:needs|need} a slope beyond "
            "±{steepest:g}: nearly only the largest, or the smallest, would be in. Check the count, the population "
            "and its unit.",
            count=count,
            reached=reached / 1e6,
            steepest=STEEPEST,
        )
    slope = float(optimize.brentq(surplus, -STEEPEST, STEEPEST, xtol=1e-13))
    return intercept(slope), slope
