"""State forecasts made as if it were earlier, scored by what came: reconciled, alone, and by top-down shares."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd

from redegov_analysis.errors import ParameterError
from redegov_analysis.forecast.curves import Array
from redegov_analysis.forecast.growth import forecast_growth
from redegov_analysis.forecast.process import Counts
from redegov_analysis.forecast.scores import LEVELS, weighted_interval_score
from redegov_analysis.forecast.state_totals import StateTotals
from redegov_analysis.forecast.states import forecast_totals

RECONCILED: Final = "reconciled"
TOP_DOWN: Final = "top-down"
INDEPENDENT: Final = "independent"


def rolling_states(
    totals: StateTotals,
    *,
    months_ahead: int = 6,
    first_share: float = 0.1,
    step: int = 1,
    draws: int = 1000,
    seed: int = 0,
    independent: bool = True,
) -> pd.DataFrame:
    """Score state forecasts from the months after which a share of all municipalities had joined.

    Three methods are scored. `reconciled` is `forecast.states`. `top-down` gives each state of the national forecast's
    newcomers its share of the members so far, cut at what it has. `independent` is the growth forecast of each state
    alone, from its own monthly totals.

    Parameters
    ----------
    totals
        From `forecast.state_totals.state_totals`, of a list that ends with a month.
    months_ahead
        How many months ahead to forecast.
    first_share
        Share of all municipalities from which on forecasts are made.
    step
        Months between forecasts.
    draws, seed
        As in `forecast.states.forecast_states`.
    independent
        Whether to score `independent`, which takes about half a second for each state and origin.

    Returns
    -------
    DataFrame
        One row per origin, method and state: `origin`, `target_date`, `method`, `uf`, `observed`, `median`, `wis`,
        `covered_50`, `covered_90`, `width_90` (municipalities).

    Raises
    ------
    ParameterError
        If the list is too short for any origin.
    """
    counts = totals.members.sum(axis=0)
    share = counts / totals.sizes_on(totals.dates).sum(axis=0)
    origins = [i for i in range(3, len(totals.dates) - months_ahead) if share[i] >= first_share][::step]
    if not origins:
        raise ParameterError(
            "No month has {first_share:.0%} of all municipalities and {months_ahead} {months_ahead:month|months} "
            "to follow. "
            "Give a smaller share, or look less far ahead.",
            first_share=first_share,
            months_ahead=months_ahead,
        )
    parts = []
    for origin in origins:
        target = totals.dates[[origin + months_ahead]]
        seen = totals.until(origin + 1)
        now, size = seen.members[:, -1], totals.sizes_on(target)[:, 0]
        forecast = forecast_totals(seen, dates=target, draws=draws, seed=seed)
        newcomers = forecast.national[:, 0] - now.sum()
        every: dict[str, Array] = {
            RECONCILED: forecast.draws[:, :, 0].astype(float),
            TOP_DOWN: np.minimum(now + newcomers[:, None] * now / now.sum(), size),
        }
        if independent:
            every[INDEPENDENT] = np.column_stack(
                [_alone(seen, uf, int(size[place]), target, draws, seed) for place, uf in enumerate(totals.states)]
            )
        observed = totals.members[:, origin + months_ahead]
        parts += [_scored(values, name, totals, origin, target[0], observed) for name, values in every.items()]
    return pd.concat(parts, ignore_index=True)


def state_summary(scores: pd.DataFrame, by: Sequence[str] = ("method",)) -> pd.DataFrame:
    """Return mean scores over states and origins, the best first.

    Parameters
    ----------
    scores
        From `rolling_states`.
    by
        Columns that make a row.

    Returns
    -------
    DataFrame
        The columns of `by`, `origins`, `wis` (mean), `error` (mean absolute error of the median), `covered_50`,
        `covered_90` (shares), `width_90` (mean), best first.
    """
    grouped = scores.assign(error=(scores["median"] - scores["observed"]).abs()).groupby(list(by))
    table = grouped[["wis", "error", "covered_50", "covered_90", "width_90"]].mean()
    table.insert(0, "origins", grouped["origin"].nunique())
    return table.reset_index().sort_values([*by[:-1], "wis"], ignore_index=True)


def _alone(seen: StateTotals, uf: str, size: int, target: pd.DatetimeIndex, draws: int, seed: int) -> Array:
    return (
        forecast_growth(seen.state(uf), universe=size, dates=target, draws=draws, seed=seed).draws[:, 0].astype(float)
    )


def _scored(
    values: Array, method: str, totals: StateTotals, origin: int, target: pd.Timestamp, observed: Counts
) -> pd.DataFrame:
    truth = observed.astype(float)
    quantiles = np.quantile(values, LEVELS, axis=0).T
    frame = pd.DataFrame(
        {
            "origin": totals.dates[origin],
            "target_date": target,
            "method": method,
            "uf": totals.states,
            "observed": observed,
            "median": np.median(values, axis=0),
            "wis": weighted_interval_score(truth, quantiles, LEVELS),
        }
    )
    for level in (50, 90):
        low, high = np.quantile(values, [0.5 - level / 200, 0.5 + level / 200], axis=0)
        frame[f"covered_{level}"] = (low <= truth) & (truth <= high)
    return frame.assign(width_90=high - low)
