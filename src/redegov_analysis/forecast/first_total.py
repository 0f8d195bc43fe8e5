"""The first total: a point that the curve passes through, or only the day from which counting began.

A growth curve says how many have joined since the beginning, so the first total tells where on the curve the series
sets out. But a network that was launched just before, or counted from some day on, starts elsewhere: cut-off beginnings
are known to bend the parameters of diffusion models (Jiang, Bass & Bass 2006, *International Journal of Research in
Marketing* 23:93-106). Both are held possible, with even odds, and the later totals decide between them.
"""

from __future__ import annotations

import numpy as np

from redegov_analysis.forecast.curves import Array
from redegov_analysis.forecast.process import Counts
from redegov_analysis.forecast.shapes import Shape

# How near the curve passes where it does, besides what chance does to a count: within a tenth of the total.
_RELATIVE = 0.1
_EVEN = float(np.log(0.5))


def log_weight(shape: Shape, theta: Array, t: Array, count: Counts, universe: Counts) -> Array:
    """Return by how much the first total changes the log of the prior of each draw, shape (draws,).

    With probability one half the turning point has its own prior, which is about a network's launch; with one half it
    is where a curve of that ceiling and speed passes through the first total. Either way it has a density that adds up
    to one, so that curves are weighted by the totals that follow the first one only.

    Parameters
    ----------
    shape
        The curve. Nothing changes for one that begins at the first total by its definition, or that has no level.
    theta
        Unconstrained parameters, shape (draws, parameters).
    t, count, universe
        Time in years, count and size of the universe at the first total, shape (draws or 1, 1). A total of nobody, the
        eve of the first to join, changes nothing.

    Returns
    -------
    Array
        Natural logarithm, to be added to that of the prior, shape (draws,).
    """
    if not shape.has_level:
        return np.zeros(len(theta))
    theta = np.clip(theta, -30.0, 30.0)
    level = -np.expm1(-shape.cumulative_hazard(theta, t, count / universe)[:, 0])
    part = np.clip(level * (1 + np.exp(-theta[:, 0])), 1e-12, 1 - 1e-9)
    # By how much the log of the level falls when the turning point comes a year later.
    slope = np.exp(theta[:, 1]) * (1 - part if shape.name == "logistic" else -np.log(part))
    known = np.maximum(count[:, 0], 1)
    deviation = np.sqrt(_RELATIVE**2 + 1 / known)
    gap = np.log(np.maximum(level, 1e-12) * universe[:, 0] / known)
    through = -0.5 * (gap / deviation) ** 2 - np.log(deviation) + np.log(slope)
    mean, spread = shape.mean[-1], shape.sd[-1]
    own = -0.5 * ((theta[:, 2] - mean) / spread) ** 2 - np.log(spread)
    return np.where(count[:, 0] > 0, np.logaddexp(through - own, 0.0) + _EVEN, 0.0)
