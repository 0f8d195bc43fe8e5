"""Growth curves by least squares: Bass, logistic, Gompertz and Richards, on newcomers or on totals.

Every curve is a ceiling m times a shape F(t) between 0 and 1. For given shape parameters the best ceiling is a
projection, so a grid over the shapes alone shows where the minima lie; the best of them are polished with analytic
derivatives (Golub & Pereyra 1973 on separable least squares). Existing tools start once and often stop elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import least_squares

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
# Growth that began this many times as long ago as the series is long leaves no curve to see.
_LATEST_START = 10.0
# A relative change of a parameter must move the curve by this share of what the ceiling does, or it cannot be told.
_SMALLEST_PULL = 1e-6
# Derivatives nearer to collinear than this leave standard errors without a digit.
_SMALLEST_SINGULAR = 1e-5
_POLISHED_STARTS = 12
_STEPS = 100
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
    shape, height = _best_of_many_starts(data)
    if ceiling is None and float(height) * norm > _LARGEST_CEILING * float(totals.max()):
        raise IdentificationError(
            f"The ceiling of the {curve} curve runs away beyond {_LARGEST_CEILING:.0e} times the last total: "
            "the series has not begun to bend. Fix the ceiling, or wait for more points."
        )
    residual, slopes = data.residual(shape, height), data.slopes(shape, height)
    # A Richards curve at its Gompertz limit says nothing about nu: the other errors are given nu, which has none.
    at_limit = curve == "richards" and shape[2] < _GOMPERTZ_LIMIT
    told = [i for i in range(slopes.shape[1]) if not (at_limit and i == 2)]
    # The target is scaled to one, so that the ceiling's own pull is about one.
    if np.sqrt(((slopes[:, : len(names)] * shape) ** 2).sum(axis=0)).max() < _SMALLEST_PULL:
        raise IdentificationError(
            f"The series stands at the ceiling of the {curve} curve from its first point: its speed cannot be told. "
            "Begin the series where growth began."
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


@dataclass(frozen=True)
class _Problem:
    curve: Curve
    t: Array
    target: Array
    differences: bool
    ceiling: float | None

    def residual(self, shape: Array, height: Array) -> Array:
        """Return the errors of curves with shapes (…, k) and ceilings (…), shape (…, n)."""
        level, _ = _shape_and_slopes(self.curve, self.t, shape)
        return np.asarray(height[..., None] * self._newcomers(level) - self.target)

    def slopes(self, shape: Array, height: Array) -> Array:
        """Return the derivatives of the residuals by the shape parameters and, if free, the ceiling."""
        level, slopes = _shape_and_slopes(self.curve, self.t, shape)
        by_shape = height[..., None, None] * self._newcomers(slopes.swapaxes(-1, -2)).swapaxes(-1, -2)
        if self.ceiling is not None:
            return by_shape
        return np.concatenate([by_shape, self._newcomers(level)[..., None]], axis=-1)

    def heights(self, shapes: Array) -> Array:
        """Return the ceiling that fits each of several shapes best, shape (shapes,)."""
        if self.ceiling is not None:
            return np.full(len(shapes), self.ceiling)
        level = self._newcomers(_shape_and_slopes(self.curve, self.t, shapes)[0])
        power = (level**2).sum(axis=1)
        best = np.maximum(level @ self.target / np.maximum(power, 1e-280), 1e-6)
        return np.where(power > 1e-280, best, 1.0)

    def _newcomers(self, values: Array) -> Array:
        return np.diff(values, axis=-1, prepend=0.0) if self.differences else values


@dataclass(frozen=True)
class _Search:
    """A problem in the logarithms of its parameters, which are all positive, within bounds."""

    data: _Problem
    low: Array
    high: Array

    def values(self, x: Array) -> tuple[Array, Array]:
        """Return shapes and ceilings at points of shape (…, d)."""
        k = len(_SHAPES[self.data.curve])
        values = np.exp(np.clip(x, -60.0, 320.0))
        return values[..., :k], np.full(x.shape[:-1], self.data.ceiling) if x.shape[-1] == k else values[..., -1]

    def residual(self, x: Array) -> Array:
        return self.data.residual(*self.values(x))

    def jacobian(self, x: Array) -> Array:
        return self.data.slopes(*self.values(x)) * np.exp(np.clip(x, -60.0, 320.0))[..., None, :]

    def inside(self, x: Array, margin: float = 0.0) -> bool:
        return bool(np.all(x > self.low + margin) and np.all(x < self.high - margin))


def _best_of_many_starts(data: _Problem) -> tuple[Array, Array]:
    """Return the shape and the ceiling with the least squared error, the ceiling of shape ()."""
    k = len(_SHAPES[data.curve])
    total = float(data.target.sum() if data.differences else data.target.max())
    largest = float(np.log(1e3 * _LARGEST_CEILING * max(total, 1.0)))
    low = np.array([-40.0] * k + ([] if data.ceiling is not None else [-14.0]))
    high = np.array([280.0, 6.0, 4.0][:k] + ([] if data.ceiling is not None else [largest]))
    if data.curve == "bass":
        high[:k] = 6.0
    if data.curve == "richards":
        low[2] = -14.0
    search = _Search(data, low, high)
    ends, errors = _descended(search, _starts(data))
    if not np.isfinite(errors).any():
        raise IdentificationError(
            f"No {data.curve} curve with finite errors was found. Look at the totals for outliers."
        )
    best = ends[int(np.argmin(np.where(np.isfinite(errors), errors, np.inf)))]
    return search.values(_polished(search, best))


def _descended(search: _Search, starts: Array) -> tuple[Array, Array]:
    """Return where Levenberg-Marquardt steps from each start end, all at once, and the squared errors there."""
    x = np.clip(starts, search.low + 1e-9, search.high - 1e-9)
    residual = search.residual(x)
    error = (residual**2).sum(axis=-1)
    damping = np.full(len(x), 1e-3)
    steps = np.arange(x.shape[-1])
    for _ in range(_STEPS):
        slopes = search.jacobian(x)
        curvature = np.einsum("sni,snj->sij", slopes, slopes)
        gradient = np.einsum("sni,sn->si", slopes, residual)
        diagonal = np.maximum(curvature[:, steps, steps], 1e-20)
        curvature[:, steps, steps] += damping[:, None] * diagonal + 1e-24
        step = np.linalg.solve(curvature, -gradient[..., None])[..., 0]
        # No parameter moves by more than a factor of twenty at once: far out the errors are flat.
        step *= np.minimum(1.0, 3.0 / np.maximum(np.abs(step).max(axis=1), 1e-300))[:, None]
        moved = np.clip(x + step, search.low + 1e-9, search.high - 1e-9)
        there = search.residual(moved)
        after = (there**2).sum(axis=-1)
        better = after < error
        gain = np.where(better, error - after, 0.0)
        x, residual = np.where(better[:, None], moved, x), np.where(better[:, None], there, residual)
        error = np.where(better, after, error)
        damping = np.where(better, np.maximum(damping / 8, 1e-12), damping * 6)
        if np.all((gain <= 1e-10 * error) & (~better | (damping < 1e-6))) and np.all(better | (damping > 1e2)):
            break
    return x, error


def _polished(search: _Search, best: Array) -> Array:
    """Return the minimum to its last digits; within bounds where it lies on one."""
    if search.inside(best, 1e-3):
        try:
            fine = least_squares(
                search.residual,
                best,
                jac=search.jacobian,
                method="lm",
                x_scale="jac",
                ftol=1e-15,
                xtol=1e-15,
                gtol=1e-15,
            )
        except ValueError:
            return best
        return (
            np.asarray(fine.x)
            if search.inside(fine.x) and fine.cost <= (search.residual(best) ** 2).sum() / 2
            else best
        )
    held = least_squares(
        search.residual, best, jac=search.jacobian, bounds=(search.low, search.high), x_scale="jac", max_nfev=_STEPS
    )
    return np.asarray(held.x)


def _starts(data: _Problem) -> Array:
    """Return the local minima, on a grid of speeds and turning points, of the error with the ceiling projected out."""
    span = float(data.t[-1])
    speeds = np.geomspace(0.2, 60.0, 14) / span
    turns = np.linspace(-0.5, 2.5, 61) * span
    bends = (0.1, 0.5, 1.0, 2.5, 8.0) if data.curve == "richards" else (1.0,)
    errors: list[Array] = []
    points: list[Array] = []
    for bend in bends:
        grid = _shapes_of(data.curve, np.repeat(speeds, len(turns)), np.tile(turns, len(speeds)), bend)
        heights = data.heights(grid)
        error = (data.residual(grid, heights) ** 2).sum(axis=1).reshape(len(speeds), len(turns))
        logs = np.log(np.maximum(grid, 1e-17))
        edge = np.pad(error, 1, constant_values=np.inf)
        around = np.stack(
            [edge[1 + a : edge.shape[0] - 1 + a, 1 + b : edge.shape[1] - 1 + b] for a in (-1, 0, 1) for b in (-1, 0, 1)]
        )
        lowest = ((error <= around.min(axis=0)) & np.isfinite(error)).ravel()
        errors.append(error.ravel()[lowest])
        points.append((logs if data.ceiling is not None else np.column_stack([logs, np.log(heights)]))[lowest])
    order = np.argsort(np.concatenate(errors), kind="stable")[:_POLISHED_STARTS]
    return np.concatenate(points)[order]


def _shapes_of(curve: Curve, speed: Array, turn: Array, bend: float) -> Array:
    """Shape parameters, shape (n, k), of curves that turn at times `turn` with the given speeds."""
    reach = np.exp(np.clip(speed * turn, -35.0, 55.0))
    if curve == "bass":
        return np.column_stack([speed / (1 + reach), speed * reach / (1 + reach)])
    if curve == "richards":
        return np.column_stack([bend * reach, speed, np.full(len(speed), bend)])
    return np.column_stack([reach, speed])


def _shape_and_slopes(curve: Curve, t: Array, shape: Array) -> tuple[Array, Array]:
    """Return F(t), shape (…, n), and its derivatives by the shape parameters, shape (…, n, k), of shapes (…, k)."""
    if curve == "bass":
        p, q = shape[..., 0:1], shape[..., 1:2]
        decay = np.exp(-(p + q) * t)
        low = p + q * decay
        level = -p * np.expm1(-(p + q) * t) / low
        by_p = (1 - decay + p * t * decay - level * (1 - q * t * decay)) / low
        by_q = (p * t * decay - level * (decay - q * t * decay)) / low
        return level, np.stack([by_p, by_q], axis=-1)
    a, b = shape[..., 0:1], shape[..., 1:2]
    pull = np.exp(np.clip(np.log(a) - b * t, -700.0, 700.0))
    if curve == "gompertz":
        level = np.exp(-pull)
        common = level * pull
        return level, np.stack([-common / a, common * t], axis=-1)
    nu = shape[..., 2:3] if curve == "richards" else np.ones_like(a)
    level = np.exp(-np.log1p(pull) / nu)
    common = level / nu * pull / (1 + pull)
    slopes = [-common / a, common * t]
    if curve == "richards":
        slopes.append(level * np.log1p(pull) / nu**2)
    return level, np.stack(slopes, axis=-1)


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
    if len(times) > 1 and times[0] > _LATEST_START * (times[-1] - times[0]):
        raise DataError(
            f"Times run from {times[0]:g} to {times[-1]:g}: they look like calendar years or days. Count them from the "
            "time at which the total was 0, for example 1, 2, 3 …"
        )
    return times, totals
