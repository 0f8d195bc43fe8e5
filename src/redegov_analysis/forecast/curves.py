"""Growth curves by least squares: Bass, logistic, Gompertz and Richards, on newcomers or on totals.

Every curve is a ceiling m times a shape F(t) between 0 and 1. For given shape parameters the best ceiling is a
projection, so a grid over the shapes alone shows where the minima lie; the best of them are polished with analytic
derivatives (Golub & Pereyra 1973 on separable least squares). Existing tools start once and often stop elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import OptimizeResult, least_squares

from redegov_analysis.errors import DataError, IdentificationError, ParameterError

Curve = Literal["bass", "logistic", "gompertz", "richards"]
Loss = Literal["adoption", "cumulative"]
Array = NDArray[np.float64]

_SHAPES: dict[str, tuple[str, ...]] = {
    "bass": ("p", "q"),
    "logistic": ("a", "b"),
    "gompertz": ("a", "b"),
    "richards": ("a", "b", "nu"),
}
# A ceiling this many times the last total is no ceiling: the series has not begun to bend.
_LARGEST_CEILING = 1e4
# Derivatives nearer to collinear than this leave standard errors without a digit.
_SMALLEST_SINGULAR = 1e-5
_POLISHED_STARTS = 8
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
        """Return the expected totals at times `t`, in the units of the series fitted."""
        shape, _ = _shape_and_slopes(self.curve, np.atleast_1d(np.asarray(t, dtype=float)), self._shape)
        total: Array = self.params["m"] * shape
        return total

    def predict_stderr(self, t: ArrayLike, *, since: float | None = None) -> Array:
        """Return the standard error of the expected totals at `t` (of their growth after `since`, when given).

        By the delta method: parameters only, without the noise of the process.
        """
        times = np.atleast_1d(np.asarray(t, dtype=float))
        gradient = self._gradient(times)
        if since is not None:
            gradient = gradient - self._gradient(np.asarray([since], dtype=float))
        variance = np.einsum("ij,jk,ik->i", gradient, self._covariance, gradient)
        return np.asarray(np.sqrt(np.maximum(variance, 0.0)))

    def _gradient(self, t: Array) -> Array:
        shape, slopes = _shape_and_slopes(self.curve, t, self._shape)
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
    names = _SHAPES[curve]
    free = len(names) + (ceiling is None)
    if len(times) <= free:
        raise IdentificationError(
            f"{len(times)} points cannot identify the {free} parameters of a {curve} curve. "
            f"Give at least {free + 1} points{', or fix the ceiling' if ceiling is None else ''}."
        )
    target = np.diff(totals, prepend=0.0) if loss == "adoption" else totals
    norm = float(np.abs(target).max())
    if norm == 0.0:
        raise IdentificationError("Every total is 0: there is no growth to fit a curve to.")
    # Times and totals are scaled to about one, so that tolerances mean the same for years and seconds.
    step = float(times[-1]) / len(times)
    data = _Problem(curve, times / step, target / norm, loss == "adoption", None if ceiling is None else ceiling / norm)
    best = _best_of_many_starts(data)
    shape = np.exp(best.x[: len(names)])
    height = data.ceiling if data.ceiling is not None else float(np.exp(best.x[-1]))
    if ceiling is None and height * norm > _LARGEST_CEILING * float(totals.max()):
        raise IdentificationError(
            f"The ceiling of the {curve} curve runs away beyond {_LARGEST_CEILING:.0e} times the last total: "
            "the series has not begun to bend. Fix the ceiling, or wait for more points."
        )
    residual, slopes = data.residual(shape, height), data.slopes(shape, height)
    # A Richards curve at its Gompertz limit says nothing about nu: the other errors are given nu, which has none.
    at_limit = curve == "richards" and shape[2] < _GOMPERTZ_LIMIT
    told = [i for i in range(slopes.shape[1]) if not (at_limit and i == 2)]
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


@dataclass(frozen=True)
class _Problem:
    curve: Curve
    t: Array
    target: Array
    differences: bool
    ceiling: float | None

    def _reduce(self, values: Array) -> Array:
        return np.diff(values, axis=0, prepend=np.zeros((1, *values.shape[1:]))) if self.differences else values

    def residual(self, shape: Array, height: float) -> Array:
        return height * self._reduce(_shape_and_slopes(self.curve, self.t, shape)[0]) - self.target

    def slopes(self, shape: Array, height: float) -> Array:
        """Return the derivatives of the residuals by the shape parameters and, if free, the ceiling."""
        level, slopes = _shape_and_slopes(self.curve, self.t, shape)
        by_shape = height * self._reduce(slopes)
        return by_shape if self.ceiling is not None else np.column_stack([by_shape, self._reduce(level)])

    def height(self, shape: Array) -> float:
        """Return the ceiling that fits best given the shape."""
        if self.ceiling is not None:
            return self.ceiling
        level = self._reduce(_shape_and_slopes(self.curve, self.t, shape)[0])
        power = float(level @ level)
        return max(float(level @ self.target) / power, 1e-6) if power > 1e-280 else 1.0


def _best_of_many_starts(data: _Problem) -> OptimizeResult:
    # The derivatives are taken by the logarithms of the parameters, which are all positive.
    k = len(_SHAPES[data.curve])

    def split(x: Array) -> tuple[Array, float]:
        values = np.exp(np.clip(x, -60.0, 80.0))
        return values[:k], data.ceiling if data.ceiling is not None else float(values[-1])

    def residual(x: Array) -> Array:
        return data.residual(*split(x))

    def jacobian(x: Array) -> Array:
        return data.slopes(*split(x)) * np.exp(np.clip(x, -60.0, 80.0))

    total = float(data.target.sum() if data.differences else data.target.max())
    largest = float(np.log(1e3 * _LARGEST_CEILING * max(total, 1.0)))
    low = np.array([-40.0] * k + ([] if data.ceiling is not None else [-14.0]))
    high = np.array([60.0, 6.0, 4.0][:k] + ([] if data.ceiling is not None else [largest]))
    if data.curve == "bass":
        high[:k] = 6.0
    if data.curve == "richards":
        low[2] = -14.0
    results = []
    for start in _starts(data):
        found = _polish(residual, jacobian, np.clip(start, low + 1e-9, high - 1e-9), low, high)
        if np.isfinite(found.cost):
            results.append(found)
    if not results:
        raise IdentificationError(
            f"No {data.curve} curve with finite errors was found. Look at the totals for outliers."
        )
    return min(results, key=lambda found: float(found.cost))


def _polish(
    residual: Callable[[Array], Array], jacobian: Callable[[Array], Array], start: Array, low: Array, high: Array
) -> OptimizeResult:
    rough = least_squares(residual, start, jac=jacobian, bounds=(low, high), x_scale="jac", max_nfev=300)
    if np.any(rough.x < low + 1e-3) or np.any(rough.x > high - 1e-3):
        return cast("OptimizeResult", rough)
    # Levenberg-Marquardt without bounds reaches the last digits that a trust region with bounds leaves.
    try:
        fine = least_squares(
            residual, rough.x, jac=jacobian, method="lm", x_scale="jac", ftol=1e-15, xtol=1e-15, gtol=1e-15
        )
    except ValueError:
        return cast("OptimizeResult", rough)
    inside = np.all(fine.x > low) and np.all(fine.x < high)
    return cast("OptimizeResult", fine if inside and fine.cost <= rough.cost else rough)


def _starts(data: _Problem) -> list[Array]:
    """Return the local minima, on a grid of speeds and turning points, of the error with the ceiling projected out."""
    span = float(data.t[-1])
    speeds = np.geomspace(0.2, 60.0, 14) / span
    turns = np.linspace(-0.5, 2.5, 19) * span
    bends = (0.1, 0.5, 1.0, 2.5, 8.0) if data.curve == "richards" else (1.0,)
    found: list[tuple[float, Array]] = []
    for bend in bends:
        error = np.full((len(speeds), len(turns)), np.inf)
        points: dict[tuple[int, int], Array] = {}
        for i, speed in enumerate(speeds):
            for j, turn in enumerate(turns):
                shape = _shape_of(data.curve, float(speed), float(turn), bend)
                height = data.height(shape)
                errors = data.residual(shape, height)
                error[i, j] = errors @ errors
                logs = np.log(np.maximum(shape, 1e-17))
                points[i, j] = logs if data.ceiling is not None else np.append(logs, np.log(height))
        edge = np.pad(error, 1, constant_values=np.inf)
        around = np.stack(
            [edge[1 + a : edge.shape[0] - 1 + a, 1 + b : edge.shape[1] - 1 + b] for a in (-1, 0, 1) for b in (-1, 0, 1)]
        )
        lowest = np.argwhere((error <= around.min(axis=0)) & np.isfinite(error))
        found += [(float(error[i, j]), points[int(i), int(j)]) for i, j in lowest]
    found.sort(key=lambda entry: entry[0])
    return [point for _, point in found[:_POLISHED_STARTS]]


def _shape_of(curve: Curve, speed: float, turn: float, bend: float) -> Array:
    """Shape parameters of a curve that turns at time `turn` with the given speed."""
    reach = float(np.exp(np.clip(speed * turn, -35.0, 55.0)))
    if curve == "bass":
        return np.array([speed / (1 + reach), speed * reach / (1 + reach)])
    if curve == "richards":
        return np.array([bend * reach, speed, bend])
    return np.array([reach, speed])


def _shape_and_slopes(curve: Curve, t: Array, shape: Array) -> tuple[Array, Array]:
    """Return F(t), shape (n,), and its derivatives by the shape parameters, shape (n, k)."""
    if curve == "bass":
        p, q = shape
        decay = np.exp(-(p + q) * t)
        low = p + q * decay
        level = -p * np.expm1(-(p + q) * t) / low
        by_p = (1 - decay + p * t * decay - level * (1 - q * t * decay)) / low
        by_q = (p * t * decay - level * (decay - q * t * decay)) / low
        return level, np.column_stack([by_p, by_q])
    a, b = shape[:2]
    pull = np.exp(np.clip(np.log(a) - b * t, -700.0, 700.0))
    if curve == "gompertz":
        level = np.exp(-pull)
        common = level * pull
        return level, np.column_stack([-common / a, common * t])
    nu = shape[2] if curve == "richards" else 1.0
    level = np.exp(-np.log1p(pull) / nu)
    common = level / nu * pull / (1 + pull)
    slopes = [-common / a, common * t]
    if curve == "richards":
        slopes.append(level * np.log1p(pull) / nu**2)
    return level, np.column_stack(slopes)


def _unit(name: str, step: float, norm: float) -> float:
    return norm if name == "m" else 1 / step if name in {"p", "q", "b"} else 1.0


def _covariance(slopes: Array, variance: float, curve: Curve) -> Array:
    scale = np.sqrt((slopes**2).sum(axis=0))
    scaled = slopes / np.where(scale > 0, scale, 1.0)
    singular = np.linalg.svd(scaled, compute_uv=False)
    if not np.all(scale > 0) or singular[-1] < _SMALLEST_SINGULAR * singular[0]:
        raise IdentificationError(
            f"The data cannot tell the parameters of a {curve} curve apart (its derivatives are collinear). "
            "Fix the ceiling, choose a curve with fewer parameters, or give more points."
        )
    return variance * np.linalg.inv(scaled.T @ scaled) / np.outer(scale, scale)


def _checked(t: ArrayLike, cumulative: ArrayLike, curve: str, loss: str, ceiling: float | None) -> tuple[Array, Array]:
    if curve not in _SHAPES:
        raise ParameterError(f"Unknown curve {curve!r}; choose one of {', '.join(_SHAPES)}.")
    if loss not in ("adoption", "cumulative"):
        raise ParameterError(f"Unknown loss {loss!r}; choose adoption (newcomers) or cumulative (totals).")
    if ceiling is not None and not (np.isfinite(ceiling) and ceiling > 0):
        raise ParameterError(f"The ceiling is {ceiling}; it must be a positive number, or None to estimate it.")
    times, totals = np.asarray(t, dtype=float), np.asarray(cumulative, dtype=float)
    if times.ndim != 1 or times.shape != totals.shape:
        raise DataError(f"Times have shape {times.shape} and totals {totals.shape}; both must be (n,).")
    if not (np.isfinite(times).all() and np.isfinite(totals).all()):
        raise DataError("Times and totals must be finite; drop the rows that are missing.")
    if len(times) and (times[0] <= 0 or np.any(np.diff(times) <= 0)):
        raise DataError("Times must be positive (the total at time 0 is 0) and strictly increasing; sort them first.")
    return times, totals
