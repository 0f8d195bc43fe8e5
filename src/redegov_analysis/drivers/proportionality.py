"""Does an effect change with time? The score test of proportional hazards.

Grambsch and Therneau (1994) test each covariate x by adding x·g(t) to the model. Their statistic is computed here from
the model's own information at each event time, without the approximation that it be constant, as R's survival does
from version 3 on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal

import numpy as np
import pandas as pd
from scipy import stats

from redegov_analysis.drivers.design import FloatArray
from redegov_analysis.drivers.partial_likelihood import RiskSet, approximate_terms
from redegov_analysis.errors import ParameterError

Transform = Literal["km", "rank", "identity", "log"]

TRANSFORMS: Final[dict[str, Callable[[tuple[RiskSet, ...]], FloatArray]]] = {
    "km": lambda sets: np.array([1 - each.before for each in sets]),
    "rank": lambda sets: _ranks(sets),
    "identity": lambda sets: np.array([each.time for each in sets]),
    "log": lambda sets: np.log(np.array([each.time for each in sets])),
}
"""g(t) at each event time, by name."""


def proportionality_test(
    beta: FloatArray,
    z: FloatArray,
    case: FloatArray,
    sets: tuple[RiskSet, ...],
    ties: str,
    transform: str,
    terms: pd.Index,
) -> pd.DataFrame:
    """Return the test that each effect does not change with time.

    Parameters
    ----------
    beta
        The estimates, p numbers.
    z
        Covariates, n × p, on the scale of `beta`.
    case
        Weight of each row.
    sets
        The event times.
    ties
        `efron` or `breslow`.
    transform
        g(t), one of `TRANSFORMS`.
    terms
        Names of the p covariates.

    Returns
    -------
    DataFrame
        One row per term and one `global`: `statistic` (chi-squared), `df`, `p`.

    Raises
    ------
    ParameterError
        If ties are exact, the transform is unknown, or it is `log` and an event happened at time 0.
    """
    if ties == "exact":
        raise ParameterError("Proportionality is tested for ties='efron' or 'breslow'; fit the model with one.")
    if transform not in TRANSFORMS:
        raise ParameterError(
            "transform is {transform!r}; it must be one of {transforms}.",
            transform=transform,
            transforms=", ".join(TRANSFORMS),
        )
    if transform == "log" and min(each.time for each in sets) <= 0:
        raise ParameterError(
            "transform='log' needs positive times, and an event happened at time 0. Use 'km' or 'rank'."
        )
    g = TRANSFORMS[transform](sets)
    g = g - g.mean()
    eta = z @ beta
    risk = np.exp(eta - eta.max())
    parts = [approximate_terms(each, z, risk, case, ties) for each in sets]
    score = sum((gi * u for gi, (_, u, _) in zip(g, parts, strict=True)), np.zeros(len(beta)))
    shape = (len(beta), len(beta))
    plain = sum((v for _, _, v in parts), np.zeros(shape))
    once = sum((gi * v for gi, (_, _, v) in zip(g, parts, strict=True)), np.zeros(shape))
    twice = sum((gi**2 * v for gi, (_, _, v) in zip(g, parts, strict=True)), np.zeros(shape))
    # Each term alone: its own variance, given all coefficients of the model.
    single = np.diag(twice) - np.einsum("ij,ij->i", once, np.linalg.solve(plain, once).T)
    joint = twice - once @ np.linalg.solve(plain, once)
    statistics = [*(score**2 / single), float(score @ np.linalg.solve(joint, score))]
    df = [*(1 for _ in score), len(score)]
    return pd.DataFrame(
        {"statistic": statistics, "df": df, "p": stats.chi2.sf(statistics, df)},
        index=pd.Index([*terms, "global"], name="term"),
    )


def _ranks(sets: tuple[RiskSet, ...]) -> FloatArray:
    """Mean rank of the events at each time among all events."""
    times = np.concatenate([np.full(len(each.events), each.time) for each in sets])
    rank = dict(zip(times, stats.rankdata(times), strict=True))
    return np.array([rank[each.time] for each in sets])
