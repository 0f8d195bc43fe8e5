"""Links between a linear predictor and the probability of an event in a period.

For each link: the mean, the log-likelihood with its first two derivatives with respect to the predictor, the expected
information, and how Jeffreys' prior pulls on the predictor. All are written so that tiny hazards lose no digits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import special

from redegov_analysis.drivers.design import FloatArray
from redegov_analysis.errors import ParameterError

LinkName = Literal["logit", "cloglog", "probit"]
BoolArray = npt.NDArray[np.bool_]
Penalised = tuple[float, FloatArray, FloatArray, FloatArray]
"""Log-likelihood of all rows; residual, information and pull per row."""

#: Predictors are held within these bounds so that no exponential overflows; a fit never ends near them.
HIGHEST, LOWEST = 30.0, -700.0


@dataclass(frozen=True)
class Link:
    """One link, as functions of the linear predictor η.

    Attributes
    ----------
    mean
        Probability of an event.
    inverse
        Predictor that gives a probability.
    likelihood
        Log-likelihood of all rows, its derivative by η per row, and minus its second derivative per row.
    information
        Expected information about η per row.
    pull
        Half the derivative of the logarithm of the information by η, per row: times the leverage it is what Jeffreys'
        prior adds to the score (Firth 1993; Kosmidis and Firth 2021, section 2).
    ratio
        What exp(coefficient) is called.
    shared
        Log-likelihood, residuals, information and pull at once, where they have most of their work in common.
    """

    mean: Callable[[FloatArray], FloatArray]
    inverse: Callable[[float], float]
    likelihood: Callable[[FloatArray, BoolArray], tuple[float, FloatArray, FloatArray]]
    information: Callable[[FloatArray], FloatArray]
    pull: Callable[[FloatArray], FloatArray]
    ratio: str
    shared: Callable[[FloatArray, BoolArray], Penalised] | None = None

    def penalised(self, eta: FloatArray, y: BoolArray) -> Penalised:
        """Return what a step of Firth's method needs: `likelihood` without curvature, `information` and `pull`.

        Parameters
        ----------
        eta
            Linear predictors, shape (n,).
        y
            Which rows hold an event, shape (n,).

        Returns
        -------
        tuple
            Log-likelihood of all rows; residual, information and pull per row, shape (n,) each.
        """
        if self.shared is not None:
            return self.shared(eta, y)
        value, residual, _ = self.likelihood(eta, y)
        return value, residual, self.information(eta), self.pull(eta)


def _logit_penalised(eta: FloatArray, y: BoolArray) -> Penalised:
    mean = special.expit(eta)
    value = float(eta[y].sum() - np.logaddexp(0.0, eta).sum())
    return value, y - mean, mean * (1 - mean), 0.5 - mean


def _logit_likelihood(eta: FloatArray, y: BoolArray) -> tuple[float, FloatArray, FloatArray]:
    mean = special.expit(eta)
    value = float(eta[y].sum() - np.logaddexp(0.0, eta).sum())
    return value, y - mean, mean * (1 - mean)


def _logit_information(eta: FloatArray) -> FloatArray:
    mean = special.expit(eta)
    information: FloatArray = mean * (1 - mean)
    return information


def _hazard(eta: FloatArray) -> FloatArray:
    """Integrated hazard of the period, exp(η)."""
    integrated: FloatArray = np.exp(np.clip(eta, LOWEST, HIGHEST))
    return integrated


def _ratio(integrated: FloatArray) -> FloatArray:
    """h/(exp(h) − 1), which is 1 at the smallest hazards."""
    safe = np.minimum(integrated, -LOWEST)
    ratio: FloatArray = safe / np.expm1(safe)
    return ratio


def _cloglog_likelihood(eta: FloatArray, y: BoolArray) -> tuple[float, FloatArray, FloatArray]:
    integrated = _hazard(eta)
    events = integrated[y]
    ratio = _ratio(events)
    value = float(np.log(-np.expm1(-events)).sum() - integrated.sum() + events.sum())
    score, curvature = -integrated, integrated.copy()
    score[y] = ratio
    curvature[y] = np.maximum(ratio * (events + ratio - 1), 0.0)
    return value, score, curvature


def _cloglog_information(eta: FloatArray) -> FloatArray:
    integrated = _hazard(eta)
    return integrated * _ratio(integrated)


def _cloglog_pull(eta: FloatArray) -> FloatArray:
    integrated = _hazard(eta)
    return 0.5 * (2.0 - integrated - _ratio(integrated))


def _probit_likelihood(eta: FloatArray, y: BoolArray) -> tuple[float, FloatArray, FloatArray]:
    signed = np.where(y, eta, -eta)
    log_mean = special.log_ndtr(signed)
    mills = np.exp(-0.5 * signed**2 - 0.5 * np.log(2 * np.pi) - log_mean)
    return float(log_mean.sum()), np.where(y, mills, -mills), mills * (mills + signed)


def _probit_information(eta: FloatArray) -> FloatArray:
    log_density = -0.5 * eta**2 - 0.5 * np.log(2 * np.pi)
    information: FloatArray = np.exp(2 * log_density - special.log_ndtr(eta) - special.log_ndtr(-eta))
    return information


def _probit_pull(eta: FloatArray) -> FloatArray:
    log_density = -0.5 * eta**2 - 0.5 * np.log(2 * np.pi)
    up, down = np.exp(log_density - special.log_ndtr(eta)), np.exp(log_density - special.log_ndtr(-eta))
    pull: FloatArray = 0.5 * (down - up) - eta
    return pull


LINKS: dict[str, Link] = {
    "logit": Link(
        mean=lambda eta: np.asarray(special.expit(eta), dtype=np.float64),
        inverse=lambda p: float(special.logit(p)),
        likelihood=_logit_likelihood,
        information=_logit_information,
        pull=lambda eta: np.asarray(0.5 - special.expit(eta), dtype=np.float64),
        ratio="odds ratio",
        shared=_logit_penalised,
    ),
    "cloglog": Link(
        mean=lambda eta: -np.expm1(-_hazard(eta)),
        inverse=lambda p: float(np.log(-np.log1p(-p))),
        likelihood=_cloglog_likelihood,
        information=_cloglog_information,
        pull=_cloglog_pull,
        ratio="hazard ratio",
    ),
    "probit": Link(
        mean=lambda eta: np.asarray(special.ndtr(eta), dtype=np.float64),
        inverse=lambda p: float(special.ndtri(p)),
        likelihood=_probit_likelihood,
        information=_probit_information,
        pull=_probit_pull,
        ratio="exp(coefficient)",
    ),
}


def link_of(name: str) -> Link:
    """Return the link called `name`.

    Parameters
    ----------
    name
        `logit`, `cloglog` or `probit`.

    Returns
    -------
    Link
        Its functions of the linear predictor.

    Raises
    ------
    ParameterError
        If there is none of that name.
    """
    if name not in LINKS:
        raise ParameterError("link is {name!r}; it must be one of {links}.", name=name, links=", ".join(LINKS))
    return LINKS[name]
