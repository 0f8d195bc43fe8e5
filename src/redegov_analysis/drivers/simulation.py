"""Made-up lists of joinings with known effects, to see whether a model finds them again.

Whatever is shown of such a list is `simulated` evidence and must say so.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from redegov_analysis.drivers.links import LinkName, link_of
from redegov_analysis.drivers.neighbours import Neighbours
from redegov_analysis.errors import ParameterError


def simulate_joinings(
    X: pd.DataFrame,
    effects: pd.Series,
    neighbours: Neighbours,
    neighbours_effect: float,
    start: str | pd.Timestamp,
    baseline: np.ndarray,
    seed: int | np.random.Generator,
    *,
    link: LinkName = "logit",
) -> pd.DataFrame:
    """Return a list of joinings drawn month by month from a hazard with the effects given.

    Parameters
    ----------
    X
        Covariates by code, none missing; sorted by code before drawing, so that row order does not matter.
    effects
        Effect of each column of `X` on the linear predictor.
    neighbours, neighbours_effect
        Who is whose neighbour, and the effect of the share of them in at the end of the month before. Islands have a
        share of 0 here.
    start
        First day of the first month.
    baseline
        Linear predictor of a municipality with all covariates at 0, one number per month: growth, bursts and events.
    seed
        Seed or generator.
    link
        Of the hazard.

    Returns
    -------
    DataFrame
        `ibge_code`, sorted, and `joined_on`: a day in the month of joining, missing for those that never did.

    Raises
    ------
    ParameterError
        If a covariate has no effect given or is missing somewhere, or a code is unknown to `neighbours`.
    """
    table = X.sort_index()
    if table.isna().any(axis=None) or set(table.columns) != set(effects.index):
        raise ParameterError("Every covariate needs an effect and every municipality a value in each covariate.")
    place = neighbours.codes.get_indexer(table.index)
    if (place < 0).any():
        raise ParameterError(
            "neighbours does not know {count} of the codes. Give neighbours of all municipalities.",
            count=int((place < 0).sum()),
        )
    weights = neighbours.restricted(pd.Index(table.index)).standardised().weights
    rng = np.random.default_rng(seed)
    fixed = table[list(effects.index)].to_numpy(dtype=np.float64) @ effects.to_numpy(dtype=np.float64)
    mean = link_of(link).mean
    months = pd.period_range(pd.Timestamp(start), periods=len(baseline), freq="M")
    member = np.zeros(len(table))
    joined = pd.Series(pd.NaT, index=table.index, dtype="datetime64[us]", name="joined_on")
    for month, level in zip(months, baseline, strict=True):
        hazard = mean(level + fixed + neighbours_effect * (weights @ member))
        new = (rng.random(len(table)) < hazard) & (member == 0)
        day = rng.integers(0, month.days_in_month, size=int(new.sum()))
        joined.iloc[np.flatnonzero(new)] = month.start_time + pd.to_timedelta(day, unit="D")
        member[new] = 1.0
    return joined.rename_axis("ibge_code").reset_index()
