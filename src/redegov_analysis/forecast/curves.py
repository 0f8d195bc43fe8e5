"""Growth curves by least squares: Bass, logistic, Gompertz and Richards, on newcomers or on totals.

Every curve is a ceiling m times a shape F(t) between 0 and 1. For given shape parameters the best ceiling is a
projection, so a grid over the shapes alone shows where the minima lie; the best of them are polished with analytic
derivatives (Golub & Pereyra 1973 on separable least squares). Existing tools start once and often stop elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from redegov_analysis.errors import DataError, IdentificationError, ParameterError
from redegov_analysis.forecast.curve_search import (
    LARGEST_CEILING,
    SHAPE_PARAMETERS,
    Array,
    Curve,
    CurveProblem,
    best_of_many_starts,
    shape_and_slopes,
)
from redegov_analysis.language import Phrase

Loss = Literal["adoption", "cumulative"]

__all__ = ["Array", "Curve", "CurveFit", "Loss", "fit_curve"]

# Growth that began this many times as long ago as the series is long leaves no curve to see.
_LATEST_START = 10.0
# A relative change of a parameter must move the curve by this share of what the ceiling does, or it cannot be told.
_SMALLEST_PULL = 1e-6
# Derivatives nearer to collinear than this leave standard errors without a digit.
_SMALLEST_SINGULAR = 1e-5
_GOMPERTZ_LIMIT = 1e-3


@dataclass(frozen=True)
class CurveFit:
    """A growth curve fitted by least squares.

    Attributes
    ----------
    curve, loss
        What was fitted, and to what.
    params
        Parameters by name. `m` is the ceiling in units of the totals; `p` and `q` are the coefficients of innovation
        and imitation per unit of `t`; logistic F = 1/(1 + a e^(-bt)); Gompertz F = exp(-a e^(-bt)); Richards
        F = (1 + a e^(-bt))^(-1/nu).
    stderr
        Standard errors by name, from s² (J'J)^-1 at the optimum; a ceiling that was given has none.
    sse
        Sum of squared residuals, on newcomers or on totals as `loss` says.
    n
        Number of points.
    """

    curve: Curve
    loss: Loss
    params: dict[str, float]
    stderr: dict[str, float]
    sse: float
    n: int
    _shape: Array
    _covariance: Array

    def predict(self, t: ArrayLike) -> Array:
        """Return the expected totals at some times.

        Parameters
        ----------
        t
            Times, in the unit and from the origin of those fitted; shape (n,) or a scalar.

        Returns
        -------
        Array
            In the units of the series fitted, shape (n,); before and beyond the data too.
        """
        shape, _ = shape_and_slopes(self.curve, np.atleast_1d(np.asarray(t, dtype=float)), self._shape)
        total: Array = self.params["m"] * shape
        return total

    def predict_stderr(self, t: ArrayLike, *, since: float | None = None) -> Array:
        """Return the standard error of the expected totals, or of their growth since a time.

        By the delta method: parameters only, without the noise of the process.

        Parameters
        ----------
        t
            Times, as in `predict`.
        since
            Where the growth begins that the error is of; the totals themselves unless given.

        Returns
        -------
        Array
            In the units of the series fitted, shape (n,).
        """
        times = np.atleast_1d(np.asarray(t, dtype=float))
        gradient = self._gradient(times)
        if since is not None:
            gradient = gradient - self._gradient(np.asarray([since], dtype=float))
        variance = np.einsum("ij,jk,ik->i", gradient, self._covariance, gradient)
        return np.asarray(np.sqrt(np.maximum(variance, 0.0)))

    def _gradient(self, t: Array) -> Array:
        shape, slopes = shape_and_slopes(self.curve, t, self._shape)
        return np.column_stack([shape, self.params["m"] * slopes])


def fit_curve(
    t: ArrayLike,
    cumulative: ArrayLike,
    curve: Curve = "bass",
    *,
    loss: Loss = "adoption",
    ceiling: float | None = None,
) -> CurveFit:
    """Fit a growth curve by least squares and return the global optimum.

    Parameters
    ----------
    t
        Times since the origin, strictly increasing and positive, shape (n,). Equal steps starting at 1 give the
        textbook parameters.
    cumulative
        Totals at those times, shape (n,); the total at time 0 is taken as 0.
    curve
        The curve.
    loss
        `adoption` squares the errors of the newcomers between two times, `cumulative` those of the totals.
    ceiling
        The ceiling when it is known; estimated otherwise.

    Returns
    -------
    CurveFit
        Parameters, standard errors, sum of squares and predictions.

    Raises
    ------
    ParameterError
        If the curve, the loss or the ceiling is not one that exists.
    DataError
        If times or totals are missing, of different length or out of order.
    IdentificationError
        If there are too few points, or they do not determine the parameters.

    Notes
    -----
    Bass (1969), with the interval difference of Srinivasan & Mason (1986, *Marketing Science* 5:169-178).

    Examples
    --------
    >>> import numpy as np
    >>> sold = np.cumsum([96, 195, 238, 380, 1045, 1230, 1267, 1828, 1586, 1673, 1800, 1580, 1500])
    >>> fit = fit_curve(np.arange(1, 14), sold, "bass")
    >>> round(fit.params["p"], 4), round(fit.params["q"], 4), round(fit.params["m"])
    (0.0094, 0.3748, 18713)
    """
    times, totals = _checked(t, cumulative, curve, loss, ceiling)
    names = SHAPE_PARAMETERS[curve]
    free = len(names) + (ceiling is None)
    if len(times) <= free:
        raise IdentificationError(
            "{n_times} {n_times:point|points} cannot identify the {free} {free:parameter|parameters} of a {curve} "
            "curve. Give at least {needed} {needed:point|points}{or_fix}.",
            n_times=len(times),
            free=free,
            curve=curve,
            needed=free + 1,
            or_fix=Phrase(", or fix the ceiling") if ceiling is None else "",
        )
    target = np.diff(totals, prepend=0.0) if loss == "adoption" else totals
    norm = float(np.abs(target).max())
    if norm == 0.0:
        raise IdentificationError("Every total is 0: there is no growth to fit a curve to.")
    # Times and totals are scaled to about one, so that tolerances mean the same for years and seconds.
    step = float(times[-1]) / len(times)
    data = CurveProblem(
        curve, times / step, target / norm, loss == "adoption", None if ceiling is None else ceiling / norm
    )
    shape, height = best_of_many_starts(data)
    if ceiling is None and float(height) * norm > LARGEST_CEILING * float(totals.max()):
        raise IdentificationError(
            "The ceiling of the {curve} curve runs away beyond {times:.0e} times the last total: the "
            "series has not begun to bend. Fix the ceiling, or wait for more points.",
            curve=curve,
            times=LARGEST_CEILING,
        )
    residual, slopes = data.residual_and_slopes(shape, height)
    # A Richards curve at its Gompertz limit says nothing about nu: the other errors are given nu, which has none.
    at_limit = curve == "richards" and shape[2] < _GOMPERTZ_LIMIT
    told = [i for i in range(slopes.shape[1]) if not (at_limit and i == 2)]
    # The target is scaled to one, so that the ceiling's own pull is about one.
    if np.sqrt(((slopes[:, : len(names)] * shape) ** 2).sum(axis=0)).max() < _SMALLEST_PULL:
        raise IdentificationError(
            "The series stands at the ceiling of the {curve} curve from its first point: its speed cannot be "
            "told. Begin the series where growth began.",
            curve=curve,
        )
    covariance = np.full((slopes.shape[1],) * 2, 0.0)
    covariance[np.ix_(told, told)] = _covariance(
        slopes[:, told], float(residual @ residual) / (len(times) - free), curve
    )
    unit = np.array([_unit(name, step, norm) for name in (*names, "m")])
    if ceiling is not None:
        covariance = np.pad(covariance, ((0, 1), (0, 1)))
    covariance = covariance * np.outer(unit, unit)
    values = np.append(shape, height) * unit
    errors = np.sqrt(np.diag(covariance))
    if at_limit:
        errors[2] = np.nan
    order = [len(names), *range(len(names))]
    return CurveFit(
        curve=curve,
        loss=loss,
        params=dict(zip((*names, "m"), map(float, values), strict=True)),
        stderr={
            name: float(error)
            for name, error in zip((*names, "m"), errors, strict=True)
            if name != "m" or ceiling is None
        },
        sse=float(residual @ residual) * norm**2,
        n=len(times),
        _shape=values[:-1],
        _covariance=covariance[np.ix_(order, order)],
    )


def _unit(name: str, step: float, norm: float) -> float:
    return norm if name == "m" else 1 / step if name in {"p", "q", "b"} else 1.0


def _covariance(slopes: Array, variance: float, curve: Curve) -> Array:
    scale = np.sqrt((slopes**2).sum(axis=0))
    scaled = slopes / np.where(scale > 0, scale, 1.0)
    singular = np.linalg.svd(scaled, compute_uv=False)
    if not np.all(scale > 0) or singular[-1] < _SMALLEST_SINGULAR * singular[0]:
        raise IdentificationError(
            "The data cannot tell the parameters of a {curve} curve apart (its derivatives are collinear). Fix "
            "the ceiling, choose a curve with fewer parameters, or give more points.",
            curve=curve,
        )
    return variance * np.linalg.inv(scaled.T @ scaled) / np.outer(scale, scale)


def _checked(t: ArrayLike, cumulative: ArrayLike, curve: str, loss: str, ceiling: float | None) -> tuple[Array, Array]:
    if curve not in SHAPE_PARAMETERS:
        raise ParameterError(
            "Unknown curve {curve!r}; choose one of {curves}.", curve=curve, curves=", ".join(SHAPE_PARAMETERS)
        )
    if loss not in ("adoption", "cumulative"):
        raise ParameterError("Unknown loss {loss!r}; choose adoption (newcomers) or cumulative (totals).", loss=loss)
    if ceiling is not None and not (np.isfinite(ceiling) and ceiling > 0):
        raise ParameterError(
            "The ceiling is {ceiling}; it must be a positive number, or None to estimate it.", ceiling=ceiling
        )
    times, totals = np.asarray(t, dtype=float), np.asarray(cumulative, dtype=float)
    if times.ndim != 1 or times.shape != totals.shape:
        raise DataError(
            "Times have shape {shape} and totals {shape_2}; both must be (n,).", shape=times.shape, shape_2=totals.shape
        )
    if not (np.isfinite(times).all() and np.isfinite(totals).all()):
        raise DataError("Times and totals must be finite; drop the rows that are missing.")
    if len(times) and (times[0] <= 0 or np.any(np.diff(times) <= 0)):
        raise DataError("Times must be positive (the total at time 0 is 0) and strictly increasing; sort them first.")
    if len(times) > 1 and times[0] > _LATEST_START * (times[-1] - times[0]):
        raise DataError(
            "Times run from {times:g} to {times_2:g}: they look like calendar years or days. Count them from "
            "the time at which the total was 0, for example 1, 2, 3 …",
            times=times[0],
            times_2=times[-1],
        )
    return times, totals
