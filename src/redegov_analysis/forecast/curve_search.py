"""Where the squared error of a growth curve is least: every basin found on a grid, all descended at once.

For given shape parameters the best ceiling is a projection, so a grid over the shapes alone shows where the minima lie
(Golub & Pereyra 1973 on separable least squares); the best of them are descended with analytic derivatives.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from redegov_analysis.errors import IdentificationError

Curve = Literal["bass", "logistic", "gompertz", "richards"]
Array = NDArray[np.float64]

SHAPE_PARAMETERS: dict[str, tuple[str, ...]] = {
    "bass": ("p", "q"),
    "logistic": ("a", "b"),
    "gompertz": ("a", "b"),
    "richards": ("a", "b", "nu"),
}
LARGEST_CEILING = 1e4
"""A ceiling this many times the last total is no ceiling: the series has not begun to bend."""

_POLISHED_STARTS = 12
_STEPS = 100


@dataclass(frozen=True)
class CurveProblem:
    """A series to which a curve is fitted, scaled to about one.

    Attributes
    ----------
    curve
        The curve.
    t
        Times, shape (n,).
    target
        Newcomers or totals, shape (n,).
    differences
        Whether the target is newcomers.
    ceiling
        The ceiling where it is given.
    """

    curve: Curve
    t: Array
    target: Array
    differences: bool
    ceiling: float | None

    def residual(self, shape: Array, height: Array) -> Array:
        """Return by how much curves miss the series.

        Parameters
        ----------
        shape
            Shape parameters, shape (…, k).
        height
            Ceilings, shape (…).

        Returns
        -------
        Array
            Fitted less given, in the units of `target`, shape (…, n).
        """
        level, _ = shape_and_slopes(self.curve, self.t, shape)
        return np.asarray(height[..., None] * self._newcomers(level) - self.target)

    def residual_and_slopes(self, shape: Array, height: Array) -> tuple[Array, Array]:
        """Return the residuals, and their derivatives by the shape parameters and, if free, the ceiling.

        Parameters
        ----------
        shape, height
            As in `residual`.

        Returns
        -------
        tuple
            `residual`, `slopes`: shapes (…, n) and (…, n, k), or (…, n, k + 1) with a free ceiling, whose slope comes
            last.
        """
        level, slopes = shape_and_slopes(self.curve, self.t, shape)
        newcomers = self._newcomers(level)
        residual = np.asarray(height[..., None] * newcomers - self.target)
        by_shape = height[..., None, None] * self._newcomers(slopes.swapaxes(-1, -2)).swapaxes(-1, -2)
        if self.ceiling is not None:
            return residual, by_shape
        return residual, np.concatenate([by_shape, newcomers[..., None]], axis=-1)

    def heights(self, shapes: Array) -> Array:
        """Return the ceiling that fits each of several shapes best by least squares, or the one that was given.

        Parameters
        ----------
        shapes
            Shape parameters, shape (shapes, k).

        Returns
        -------
        Array
            In the units of `target`, shape (shapes,).
        """
        if self.ceiling is not None:
            return np.full(len(shapes), self.ceiling)
        level = self._newcomers(shape_and_slopes(self.curve, self.t, shapes)[0])
        power = (level**2).sum(axis=1)
        best = np.maximum(level @ self.target / np.maximum(power, 1e-280), 1e-6)
        return np.where(power > 1e-280, best, 1.0)

    def _newcomers(self, values: Array) -> Array:
        return np.diff(values, axis=-1, prepend=0.0) if self.differences else values


@dataclass(frozen=True)
class _Search:
    """A problem in the logarithms of its parameters, which are all positive, within bounds."""

    data: CurveProblem
    low: Array
    high: Array

    def values(self, x: Array) -> tuple[Array, Array]:
        """Return shapes and ceilings at points of shape (…, d)."""
        k = len(SHAPE_PARAMETERS[self.data.curve])
        values = np.exp(np.clip(x, -60.0, 320.0))
        return values[..., :k], np.full(x.shape[:-1], self.data.ceiling) if x.shape[-1] == k else values[..., -1]

    def residual(self, x: Array) -> Array:
        return self.data.residual(*self.values(x))

    def jacobian(self, x: Array) -> Array:
        return self.both(x)[1]

    def both(self, x: Array) -> tuple[Array, Array]:
        """Return the residuals and their derivatives by the logarithms."""
        residual, slopes = self.data.residual_and_slopes(*self.values(x))
        return residual, slopes * np.exp(np.clip(x, -60.0, 320.0))[..., None, :]

    def inside(self, x: Array, margin: float = 0.0) -> bool:
        return bool(np.all(x > self.low + margin) and np.all(x < self.high - margin))


def best_of_many_starts(data: CurveProblem) -> tuple[Array, Array]:
    """Return the shape and the ceiling with the least squared error, from a grid of starts and a polished best one.

    Parameters
    ----------
    data
        The series and its curve.

    Returns
    -------
    tuple
        `shape`, `height`: shapes (k,) and ().

    Raises
    ------
    IdentificationError
        If every start ends in errors that are not finite.
    """
    k = len(SHAPE_PARAMETERS[data.curve])
    total = float(data.target.sum() if data.differences else data.target.max())
    largest = float(np.log(1e3 * LARGEST_CEILING * max(total, 1.0)))
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
            "No {curve} curve with finite errors was found. Look at the totals for outliers.", curve=data.curve
        )
    best = ends[int(np.argmin(np.where(np.isfinite(errors), errors, np.inf)))]
    return search.values(_polished(search, best))


def _descended(search: _Search, starts: Array) -> tuple[Array, Array]:
    """Return where Levenberg-Marquardt steps from each start end, all at once, and the squared errors there."""
    x = np.clip(starts, search.low + 1e-9, search.high - 1e-9)
    residual, slopes = search.both(x)
    error = (residual**2).sum(axis=-1)
    damping = np.full(len(x), 1e-3)
    steps = np.arange(x.shape[-1])
    for _ in range(_STEPS):
        curvature = np.einsum("sni,snj->sij", slopes, slopes)
        gradient = np.einsum("sni,sn->si", slopes, residual)
        diagonal = np.maximum(curvature[:, steps, steps], 1e-20)
        curvature[:, steps, steps] += damping[:, None] * diagonal + 1e-24
        step = np.linalg.solve(curvature, -gradient[..., None])[..., 0]
        # No parameter moves by more than a factor of twenty at once: far out the errors are flat.
        step *= np.minimum(1.0, 3.0 / np.maximum(np.abs(step).max(axis=1), 1e-300))[:, None]
        moved = np.clip(x + step, search.low + 1e-9, search.high - 1e-9)
        there, leaning = search.both(moved)
        after = (there**2).sum(axis=-1)
        better = after < error
        gain = np.where(better, error - after, 0.0)
        x, residual = np.where(better[:, None], moved, x), np.where(better[:, None], there, residual)
        slopes = np.where(better[:, None, None], leaning, slopes)
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


def _starts(data: CurveProblem) -> Array:
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


def shape_and_slopes(curve: Curve, t: Array, shape: Array) -> tuple[Array, Array]:
    """Return the share of the ceiling that curves have reached, and how it changes with their shape parameters.

    Parameters
    ----------
    curve
        Name of the curve.
    t
        Times, shape (n,).
    shape
        Shape parameters in the order of `SHAPE_PARAMETERS`, shape (…, k).

    Returns
    -------
    tuple
        `level`, `slopes`: F(t) between 0 and 1, shape (…, n), and its derivatives, shape (…, n, k).
    """
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
