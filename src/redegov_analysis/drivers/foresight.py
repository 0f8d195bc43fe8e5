"""Who is likely to join next, and how such a ranking, made before a day, fared after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from redegov_analysis.drivers.covariates import MAIN
from redegov_analysis.drivers.event_history import EventHistory, fit_event_history
from redegov_analysis.drivers.links import link_of
from redegov_analysis.drivers.neighbours import Neighbours, link_islands, neighbours_from_pairs
from redegov_analysis.drivers.panel import person_period
from redegov_analysis.drivers.validation import auc


@dataclass(frozen=True)
class Judgement:
    """A model fitted before a day, judged after it.

    Attributes
    ----------
    history
        The fit to what came before.
    ranking
        Those outside on the day, most likely first: `ibge_code`, `relative_hazard` (exp of the predictor, 1 for the
        median municipality), `probability` (of joining in the time after, scaled to the number that did), `joined`.
    auc
        Chance that one who joined was ranked above one who did not.
    calibration
        Tenths of the ranking, most likely first: `municipalities`, `expected`, `joined`.
    """

    history: EventHistory
    ranking: pd.DataFrame
    auc: float
    calibration: pd.DataFrame


def likely_next(
    history: EventHistory,
    events: pd.DataFrame,
    municipalities: pd.DataFrame,
    neighbours: pd.DataFrame | Neighbours,
    on: str | pd.Timestamp,
) -> pd.DataFrame:
    """Return those that had not joined by a day, most likely to join next first.

    Parameters
    ----------
    history
        A fitted event history.
    events, municipalities, neighbours
        As it was fitted to.
    on
        The day; neighbours in by the end of it count.

    Returns
    -------
    DataFrame
        `rank` from 1, `ibge_code`, `uf`, `relative_hazard` (1 for the median of those outside), `neighbours_share`,
        `monthly_probability` at the mean baseline of the last twelve months with joinings, and its 95 % interval
        `monthly_low`, `monthly_high` (of the estimates alone: what the model lacks is not in it). Municipalities with a
        missing covariate are left out.
    """
    day = pd.Timestamp(on) + pd.Timedelta(days=1)
    terms = [term for term in history.terms if term != "neighbours_share"]
    known = history.panel.drop_duplicates("ibge_code", keep="last").set_index("ibge_code")[[*terms, "uf"]]
    if isinstance(neighbours, pd.DataFrame):
        inside = municipalities[municipalities["ibge_code"].isin(known.index)]
        codes = pd.Index(sorted(known.index))
        neighbours = neighbours_from_pairs(link_islands(neighbours, inside), codes)
    ahead = person_period(events, known.reset_index(), day, day, freq="D", neighbours=neighbours)
    ahead = ahead[ahead["neighbours_share"].notna()].reset_index(drop=True)
    share = history.panel["neighbours_share"]
    X = ahead[terms].assign(neighbours_share=(ahead["neighbours_share"] - share.mean()) / share.std(ddof=0))
    predictor = X[list(history.terms)].to_numpy(dtype=np.float64) @ history.fit.coef[list(history.terms)].to_numpy()
    level = history.calendar_level().dropna().iloc[-12:]
    recent = history.calendar.loc[level.index].mean()
    centre = float(level.mean()) + predictor
    names = [*recent.index, *history.terms]
    columns = np.column_stack([np.tile(recent.to_numpy(), (len(X), 1)), X[list(history.terms)].to_numpy()])
    spread = np.einsum("ij,ij->i", columns @ history.fit.cov.loc[names, names].to_numpy(), columns)
    width = stats.t.ppf(0.975, np.inf if history.fit.df is None else history.fit.df) * np.sqrt(spread)
    mean = link_of(history.fit.link).mean
    table = pd.DataFrame(
        {
            "ibge_code": ahead["ibge_code"],
            "uf": ahead["uf"],
            "relative_hazard": np.exp(predictor - np.median(predictor)),
            "neighbours_share": ahead["neighbours_share"],
            "monthly_probability": mean(centre),
            "monthly_low": mean(centre - width),
            "monthly_high": mean(centre + width),
        }
    )
    table = table.sort_values(["relative_hazard", "ibge_code"], ascending=[False, True], ignore_index=True)
    table.insert(0, "rank", np.arange(1, len(table) + 1))
    return table


def judge_in_time(
    events: pd.DataFrame,
    municipalities: pd.DataFrame,
    neighbours: pd.DataFrame | Neighbours,
    start: str | pd.Timestamp,
    cut: str | pd.Timestamp,
    end: str | pd.Timestamp,
    covariates: Sequence[str] = MAIN,
    *,
    varying: pd.DataFrame | None = None,
) -> Judgement:
    """Return how a fit to what happened up to a day ranks those that joined after it.

    Parameters
    ----------
    events, municipalities, neighbours, covariates
        As in `event_history.fit_event_history`.
    start, cut, end
        The fit sees `start` to `cut`; it is judged on those who join after `cut` and by `end`.
    varying
        As in `event_history.fit_event_history`, up to `cut`: what the ranking may know of the calendar. A term keeps
        the value of the last month.

    Returns
    -------
    Judgement
        How many join cannot be known from covariates; so probabilities are scaled to the number that did, and only who
        is judged.
    """
    history = fit_event_history(events, municipalities, neighbours, start, cut, covariates, varying=varying)
    ranking = likely_next(history, events, municipalities, neighbours, cut)
    day = events.set_index(events["ibge_code"].astype("str"))["joined_on"].reindex(ranking["ibge_code"]).to_numpy()
    joined = pd.Series(pd.to_datetime(day) <= pd.Timestamp(end)).astype("int64")
    # 1 − exp(−c·hazard) with the one c that gives the total.
    relative = ranking["relative_hazard"].to_numpy(dtype=np.float64)
    low, high = 0.0, 1e6
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if -np.expm1(-middle * relative).sum() < joined.sum() else (low, middle)
    table = ranking[["ibge_code", "relative_hazard"]].assign(probability=-np.expm1(-low * relative), joined=joined)
    tenth = pd.Series(np.arange(len(table)) * 10 // len(table) + 1, name="tenth")
    calibration = table.groupby(tenth).agg(
        municipalities=("joined", "size"), expected=("probability", "sum"), joined=("joined", "sum")
    )
    return Judgement(history, table, auc(table["joined"], table["relative_hazard"]), calibration)
