"""Natural cubic splines: a smooth curve with few parameters, straight beyond its ends.

Used for the calendar of a hazard model where one constant per month is too much: few joinings, or days of joining that
are only known within windows.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import interpolate, linalg

from redegov_analysis.drivers.design import FloatArray
from redegov_analysis.errors import IdentificationError, ParameterError


def natural_spline(values: npt.ArrayLike, df: int) -> FloatArray:
    """Return a basis of natural cubic splines with knots at quantiles of the distinct values.

    The curves are cubic between knots, smooth to the second derivative, and straight at both ends (de Boor 2001; the
    space that R's `splines::ns` spans with an intercept: its own basis is another one).

    Parameters
    ----------
    values
        n finite numbers, for example the number of each month.
    df
        Columns, the constant not counted: 1 is a straight line, each further one a knot within. At least 1.

    Returns
    -------
    array
        n × df, without a constant; each column has mean 0 over the distinct values.

    Raises
    ------
    ParameterError
        If `df` is below 1 or a value is not finite.
    IdentificationError
        If there are too few distinct values for so many columns.

    Examples
    --------
    >>> natural_spline([0, 1, 2, 3], 1).ravel().round(3).tolist()
    [-0.5, -0.167, 0.167, 0.5]
    """
    x = np.asarray(values, dtype=np.float64)
    if df < 1:
        raise ParameterError("A spline needs at least 1 degree of freedom; df is {df}.", df=df)
    if not np.isfinite(x).all():
        raise ParameterError("A spline's values must be finite; leave out or fill what is missing.")
    distinct, place = np.unique(x, return_inverse=True)
    if len(distinct) <= df:
        raise IdentificationError(
            "A spline of {df} {df:degree|degrees} of freedom needs more than {df} distinct {df:value|values}; "
            "there {n_distinct:is|are} {n_distinct}.",
            df=df,
            n_distinct=len(distinct),
        )
    low, high = float(distinct[0]), float(distinct[-1])
    inner = np.quantile(distinct, np.linspace(0, 1, df + 1)[1:-1])
    knots = np.concatenate([[low] * 4, inner, [high] * 4])
    basis = interpolate.BSpline.design_matrix(distinct, knots, 3).toarray()
    bends = np.stack([interpolate.BSpline(knots, np.eye(len(knots) - 4), 3).derivative(2)(end) for end in (low, high)])
    # Of the cubic splines, those that do not bend at the ends; then those of mean zero, which leaves the constant out.
    natural = basis @ linalg.null_space(bends / np.abs(bends).max())
    natural = natural - natural.mean(axis=0)
    direction, size, _ = np.linalg.svd(natural, full_matrices=False)
    columns = direction[:, :df] * size[:df] if df > 1 else (distinct - distinct.mean())[:, None] / (high - low)
    result: FloatArray = np.ascontiguousarray(columns[place])
    return result
