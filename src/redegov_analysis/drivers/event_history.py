"""Who joins when: a discrete-time hazard of a dated list, by month, with what neighbours have done.

The same code serves any dated list: the sister networks now, the Rede's own as soon as there is one. A proxy network
tells how municipalities join things of its kind; it is not the Rede.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
import pandas as pd

from redegov_analysis.cleaning.municipalities import FIRST_DAY
from redegov_analysis.cleaning.sisters import (
    NFSE_FIRST_DAY,
    NFSE_VOLUNTARY_UNTIL,
    SNC_VOLUNTARY_FROM,
    SNC_VOLUNTARY_UNTIL,
)
from redegov_analysis.drivers.covariates import KNOWN_BY_2012, MAIN, REFERENCE, model_table, rows_of
from redegov_analysis.drivers.hazard import fit_hazard
from redegov_analysis.drivers.history import SPLINE_DF, EventHistory, month_calendar, spline_calendar
from redegov_analysis.drivers.links import LinkName
from redegov_analysis.drivers.neighbours import Neighbours, link_islands, neighbours_from_pairs
from redegov_analysis.drivers.panel import person_period
from redegov_analysis.errors import DataError, IdentificationError, ParameterError

__all__ = ["Baseline", "EventHistory", "fit_event_history", "nfse_event_history", "snc_event_history"]

Baseline = Literal["month", "spline"]


def fit_event_history(
    events: pd.DataFrame,
    municipalities: pd.DataFrame,
    neighbours: pd.DataFrame | Neighbours,
    start: str | pd.Timestamp,
    end: str | pd.Timestamp,
    covariates: Sequence[str] = MAIN,
    *,
    link: LinkName = "logit",
    baseline: Baseline = "month",
    spline_df: int = SPLINE_DF,
    regions: bool = True,
    reference: str = REFERENCE,
    states: bool = False,
    weight: str | None = None,
    firth: bool = False,
    exclude_months: Sequence[str] = (),
    extra: pd.DataFrame | None = None,
    varying: pd.DataFrame | None = None,
) -> EventHistory:
    """Fit the monthly hazard of joining, clustered by state.

    Parameters
    ----------
    events
        `ibge_code`, `joined_on`; municipalities without a date had not joined by `end`. Days that are only known within
        windows: `windows.fit_windowed_history`.
    municipalities
        The processed table; those that existed on `start` (or when its dates begin, 2013-01-01) are at risk.
    neighbours
        Bordering pairs, whose islands are tied to the municipality with the nearest seat (`neighbours.link_islands`),
        or ready `Neighbours`.
    start, end
        First and last day of observation.
    covariates, regions, reference
        As in `covariates.model_table`. `neighbours_share`, the share of neighbours in at the end of the month before,
        is always added, standardised over the rows.
    link
        `logit` or `cloglog`.
    baseline
        `month`: a constant for each month, and months in which nobody joined left out. `spline`: a natural cubic spline
        of the calendar with `spline_df` degrees of freedom, and every month kept.
    spline_df
        Degrees of freedom of the calendar's spline; of no effect with `baseline="month"`.
    states
        A constant for each state in place of the regions'. States in which nobody joined tell nothing about the other
        terms; their rows are left out. The state with most municipalities is the reference.
    weight
        Column of the pairs to weigh neighbours by, for example `border_km`.
    firth
        Firth's penalty.
    exclude_months
        Months ("2023-09") whose rows are left out, for example a burst that a rule explains. Who joined then has no
        later rows, and counts as a neighbour.
    extra
        Further terms by code, as in `covariates.model_table`.
    varying
        Terms that change with time: any of `period` (first day of the month), `uf` and `ibge_code` to match rows by,
        and the terms, as they are (for example `calendar.mandate_terms` and `calendar.event_terms`). Rows that it does
        not name are 0.

    Returns
    -------
    EventHistory
        Errors clustered by state, times G/(G − 1), Student's t on G − 1 degrees of freedom. Complete cases.

    Raises
    ------
    IdentificationError, DataError
        As `hazard.fit_hazard` and `panel.person_period`.
    ParameterError
        If `baseline` is unknown.
    """
    if baseline not in {"month", "spline"}:
        raise ParameterError("baseline is {baseline!r}; it must be 'month' or 'spline'.", baseline=baseline)
    first = pd.Timestamp(start)
    existing = max(first, pd.Timestamp(FIRST_DAY))
    table = model_table(
        municipalities, covariates, regions=regions and not states, reference=reference, on=existing, extra=extra
    )
    attributes = table.X.assign(uf=table.uf)
    if isinstance(neighbours, pd.DataFrame):
        known = rows_of(municipalities, table.X.index)
        neighbours = neighbours_from_pairs(link_islands(neighbours, known), pd.Index(table.X.index), weight=weight)
    complete = table.X.notna().all(axis=1)
    panel = person_period(events, attributes.reset_index(), first, end, neighbours=neighbours)
    if exclude_months:
        panel = panel[~panel["period"].dt.strftime("%Y-%m").isin(list(exclude_months))]
    incomplete = set(table.X.index[~complete])
    # A few codes to look for among many rows: cheaper than all the others.
    usable = ~panel["ibge_code"].isin(list(incomplete)) & panel["neighbours_share"].notna()
    kept = panel[usable].reset_index(drop=True)
    if not kept["event"].any():
        raise IdentificationError(
            "Nobody with complete covariates joined from {first:%Y-%m-%d} to {end:%Y-%m-%d} ({n_kept:,} "
            "{n_kept:municipality-month|municipality-months} at risk), so no effect can be estimated. Check the dates "
            "of the list.",
            first=first,
            end=pd.Timestamp(end),
            n_kept=len(kept),
        )
    further = {}
    if states:
        kept, quiet = _with_state_effects(kept)
        further["states_without_events"] = len(quiet)
    timed: list[str] = []
    if varying is not None:
        kept, timed = _with_varying(kept, varying)
    share = kept["neighbours_share"]
    spread = float(share.std(ddof=0))
    effects = [str(name) for name in kept.columns if str(name).startswith("state[")]
    terms = (*table.X.columns, *effects, *timed, *(["neighbours_share"] if spread > 0 else []))
    X = kept[[*table.X.columns, *effects, *timed]]
    if spread > 0:
        X = X.assign(neighbours_share=(share - share.mean()) / spread)
    if baseline == "month":
        fit = fit_hazard(kept["event"], X, link=link, cluster=kept["uf"], baseline=kept["period"], firth=firth)
    else:
        calendar = spline_calendar(kept["period"], spline_df)
        months = calendar.loc[kept["period"]].set_axis(kept.index)
        fit = fit_hazard(kept["event"], pd.concat([months, X], axis=1), link=link, cluster=kept["uf"], firth=firth)
    if baseline == "month":
        calendar = month_calendar(kept["period"], fit)
    joined_on = events.set_index(events["ibge_code"].astype("str"))["joined_on"]
    counts = {
        "municipalities": len(table.X),
        "at_risk": int(panel["ibge_code"].nunique()),
        "joined_before": int((joined_on.reindex(table.X.index) < first).sum()),
        "municipality_months": len(kept),
        "events": int(kept["event"].sum()),
        "municipalities_incomplete": int((~complete).sum()),
        "rows_incomplete": int((~usable).sum()),
        "events_incomplete": int(panel.loc[~usable, "event"].sum()),
        **further,
    }
    sd = pd.concat(
        [table.sd, pd.Series(np.nan, index=[*effects, *timed]), pd.Series({"neighbours_share": spread})]
    ).rename("sd")
    return EventHistory(fit, kept, terms, sd, pd.Series(counts, name="count"), calendar)


def _with_state_effects(panel: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Return the rows of the states with joinings and a dummy for each but the largest; and the states without."""
    joined = panel.groupby("uf")["event"].sum()
    quiet = [str(uf) for uf in joined.index[joined == 0]]
    kept = panel[~panel["uf"].isin(quiet)].reset_index(drop=True)
    size = kept.groupby("uf")["ibge_code"].nunique().sort_values(ascending=False, kind="stable")
    dummies = {f"state[{uf}]": (kept["uf"] == uf).astype(np.float64) for uf in sorted(size.index[1:])}
    return kept.assign(**dummies), quiet


def _with_varying(panel: pd.DataFrame, varying: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Return the rows with the terms that change with time, and their names."""
    keys = [name for name in ("period", "uf", "ibge_code") if name in varying.columns]
    terms = [str(name) for name in varying.columns if name not in keys]
    taken = [name for name in terms if name in panel.columns]
    if not keys or not terms or taken:
        raise DataError(
            "varying needs one of period, uf and ibge_code, and further columns with names of their own; it "
            "has {columns}.",
            columns=", ".join(map(str, varying.columns)),
        )
    if varying.duplicated(keys).any():
        raise DataError("varying has two rows for one {keys}; keep one.", keys=" and ".join(keys))
    table = varying.assign(**{key: varying[key].astype("str") for key in keys if key != "period"})
    if "period" in keys:
        table = table.assign(period=pd.to_datetime(table["period"]).astype(panel["period"].dtype))
    merged = panel.merge(table, on=keys, how="left")
    return merged.assign(**{name: merged[name].fillna(0.0).astype(np.float64) for name in terms}), terms


def nfse_event_history(
    nfse_adhesions: pd.DataFrame,
    municipalities: pd.DataFrame,
    neighbours: pd.DataFrame | Neighbours,
    covariates: Sequence[str] = MAIN,
    *,
    date: str = "joined_on",
    end: str | pd.Timestamp = NFSE_VOLUNTARY_UNTIL,
    **options: object,
) -> EventHistory:
    """Fit who joined the national service invoice, by month, while it was a choice.

    Municipalities that are in without a date are left out of the rows at risk, because nobody knows when they stopped
    being; `counts["undated"]` says how many.

    Parameters
    ----------
    nfse_adhesions
        The processed table, with `ibge_code`, `status` and both dates.
    municipalities, neighbours, covariates
        As in `fit_event_history`.
    date
        `joined_on`, the day the agreement was published, or `effective_on`, the day it took effect.
    end
        Last day; by default the end of the voluntary phase, 2024-12-31.
    options
        Further options of `fit_event_history`.

    Returns
    -------
    EventHistory
        As `fit_event_history`, with `undated` in `counts`.
    """
    events = nfse_adhesions[["ibge_code"]].assign(joined_on=nfse_adhesions[date])
    undated = nfse_adhesions.loc[(nfse_adhesions["status"] == "active") & events["joined_on"].isna(), "ibge_code"]
    known = municipalities[~municipalities["ibge_code"].isin(undated)]
    history = fit_event_history(events, known, neighbours, NFSE_FIRST_DAY, end, covariates, **options)  # type: ignore[arg-type]
    counts = pd.concat([history.counts, pd.Series({"undated": len(undated)})]).rename("count")
    return replace(history, counts=counts)


def snc_event_history(
    snc_adhesions: pd.DataFrame,
    municipalities: pd.DataFrame,
    neighbours: pd.DataFrame | Neighbours,
    covariates: Sequence[str] = KNOWN_BY_2012,
    **options: object,
) -> EventHistory:
    """Fit who joined the culture system, by month, 2012 to 2018, on what was known before it.

    Dates are those of batch publications in the official journal. Months without any publication carry no information
    and are dropped with their rows (`fit.dropped_baseline`).

    Parameters
    ----------
    snc_adhesions
        The processed table, with `ibge_code` and `joined_on`.
    municipalities, neighbours, covariates
        As in `fit_event_history`.
    options
        Further options of `fit_event_history`.

    Returns
    -------
    EventHistory
        As `fit_event_history`.
    """
    return fit_event_history(
        snc_adhesions,
        municipalities,
        neighbours,
        SNC_VOLUNTARY_FROM,
        SNC_VOLUNTARY_UNTIL,
        covariates,
        **options,  # type: ignore[arg-type]
    )
