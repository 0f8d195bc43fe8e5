"""Who joins when: a discrete-time hazard of a dated list, by month, with what neighbours have done.

The same code serves any dated list: the sister networks now, the Rede's own as soon as there is one. A proxy network
tells how municipalities join things of its kind; it is not the Rede.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from redegov_analysis.cleaning.municipalities import FIRST_DAY
from redegov_analysis.cleaning.sisters import (
    NFSE_FIRST_DAY,
    NFSE_VOLUNTARY_UNTIL,
    SNC_VOLUNTARY_FROM,
    SNC_VOLUNTARY_UNTIL,
)
from redegov_analysis.drivers.covariates import KNOWN_BY_2012, MAIN, REFERENCE, model_table
from redegov_analysis.drivers.hazard import HazardFit, fit_hazard
from redegov_analysis.drivers.links import LinkName, link_of
from redegov_analysis.drivers.neighbours import Neighbours, link_islands, neighbours_from_pairs
from redegov_analysis.drivers.panel import person_period
from redegov_analysis.errors import ParameterError


@dataclass(frozen=True)
class EventHistory:
    """A fitted event history.

    Attributes
    ----------
    fit
        The hazard model; its baseline has one constant per month.
    panel
        The person-period rows that it was fitted to: `ibge_code`, `period`, `period_index`, `event`,
        `neighbours_share` (as a share), `uf`, and the terms as the model saw them.
    terms
        Names of the covariates, in order.
    sd
        Standard deviation behind each standardised term; missing for dummies.
    counts
        `municipalities`, `at_risk` (with at least one row), `joined_before` (left-truncated), `municipality_months`,
        `events`, and those left out because a covariate was missing: `municipalities_incomplete`, `rows_incomplete`,
        `events_incomplete`.
    """

    fit: HazardFit
    panel: pd.DataFrame
    terms: tuple[str, ...]
    sd: pd.Series
    counts: pd.Series

    def table(self, level: float = 0.95) -> pd.DataFrame:
        """Return the coefficients without the months, as `inference.coefficient_table`, with `sd`.

        `ratio` is the odds (logit) or hazard (cloglog) ratio per standard deviation, or of a dummy.
        """
        return self.fit.summary(level).loc[list(self.terms)].join(self.sd)

    def baseline(self, level: float = 0.95) -> pd.DataFrame:
        """Return the monthly hazard of an average municipality of the reference region whose neighbours are average.

        Returns
        -------
        DataFrame
            `period`, `hazard`, `low`, `high` (monthly probabilities), `at_risk`, `events`. Months in which nobody
            joined have a hazard of 0 and no interval.
        """
        mean = link_of(self.fit.link).mean
        rows = self.panel.groupby("period")["event"].agg(at_risk="size", events="sum").reset_index()
        labels = [f"baseline[{day:%Y-%m-%d}]" for day in rows["period"]]
        table = self.fit.summary(level).reindex(labels)
        for name, column in (("hazard", "coef"), ("low", "low"), ("high", "high")):
            rows[name] = mean(table[column].to_numpy(dtype=np.float64))
        rows.loc[rows["events"] == 0, "hazard"] = 0.0
        return rows[["period", "hazard", "low", "high", "at_risk", "events"]]

    def survival(self, profiles: pd.DataFrame) -> pd.DataFrame:
        """Return the chance of not having joined by the end of each month, for municipalities that might exist.

        Parameters
        ----------
        profiles
            One row per profile, named by the index; columns among `terms`, as the model sees them (standard deviations
            from the mean; 0 or 1 for dummies). Terms left out are 0: average, or the reference.

        Returns
        -------
        DataFrame
            `profile`, `period`, `survival` (0–1). The neighbours' share stays as given.

        Raises
        ------
        ParameterError
            If a column is not a term of the model.
        """
        unknown = [str(name) for name in profiles.columns if name not in self.terms]
        if unknown:
            raise ParameterError(f"{unknown[0]} is not a term of the model; it has {', '.join(self.terms)}.")
        mean = link_of(self.fit.link).mean
        months = sorted(self.panel["period"].unique())
        level = self.fit.coef.reindex([f"baseline[{month:%Y-%m-%d}]" for month in months]).to_numpy(dtype=np.float64)
        effect = profiles.to_numpy(dtype=np.float64) @ self.fit.coef[list(profiles.columns)].to_numpy(dtype=np.float64)
        parts = []
        for profile, shift in zip(profiles.index, effect, strict=True):
            # Months that hold no event have no constant, and a hazard of zero.
            hazard = np.where(np.isnan(level), 0.0, mean(np.nan_to_num(level) + shift))
            parts.append(pd.DataFrame({"profile": profile, "period": months, "survival": np.cumprod(1 - hazard)}))
        return pd.concat(parts, ignore_index=True)


def fit_event_history(
    events: pd.DataFrame,
    municipalities: pd.DataFrame,
    neighbours: pd.DataFrame | Neighbours,
    start: str | pd.Timestamp,
    end: str | pd.Timestamp,
    covariates: Sequence[str] = MAIN,
    *,
    link: LinkName = "logit",
    regions: bool = True,
    reference: str = REFERENCE,
    weight: str | None = None,
    firth: bool = False,
    exclude_months: Sequence[str] = (),
    extra: pd.DataFrame | None = None,
) -> EventHistory:
    """Fit the monthly hazard of joining, clustered by state.

    Parameters
    ----------
    events
        `ibge_code`, `joined_on`; municipalities without a date had not joined by `end`.
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
    weight
        Column of the pairs to weigh neighbours by, for example `border_km`.
    firth
        Firth's penalty.
    exclude_months
        Months ("2023-09") whose rows are left out, for example a burst that a rule explains. Who joined then has no
        later rows, and counts as a neighbour.
    extra
        Further terms by code, as in `covariates.model_table`.

    Returns
    -------
    EventHistory
        Errors clustered by state, times G/(G − 1), Student's t on G − 1 degrees of freedom. Complete cases.

    Raises
    ------
    IdentificationError, DataError
        As `hazard.fit_hazard` and `panel.person_period`.
    """
    first = pd.Timestamp(start)
    existing = max(first, pd.Timestamp(FIRST_DAY))
    table = model_table(municipalities, covariates, regions=regions, reference=reference, on=existing, extra=extra)
    attributes = table.X.assign(uf=table.uf)
    if isinstance(neighbours, pd.DataFrame):
        known = municipalities[municipalities["ibge_code"].isin(table.X.index)]
        neighbours = neighbours_from_pairs(link_islands(neighbours, known), pd.Index(table.X.index), weight=weight)
    complete = table.X.notna().all(axis=1)
    panel = person_period(events, attributes.reset_index(), first, end, neighbours=neighbours)
    if exclude_months:
        panel = panel[~panel["period"].dt.strftime("%Y-%m").isin(list(exclude_months))]
    usable = panel["ibge_code"].isin(table.X.index[complete]) & panel["neighbours_share"].notna()
    kept = panel[usable].reset_index(drop=True)
    share = kept["neighbours_share"]
    spread = float(share.std(ddof=0))
    terms = (*table.X.columns, "neighbours_share")
    X = kept[list(table.X.columns)].assign(neighbours_share=(share - share.mean()) / spread)
    fit = fit_hazard(kept["event"], X, link=link, cluster=kept["uf"], baseline=kept["period"], firth=firth)
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
    }
    sd = pd.concat([table.sd, pd.Series({"neighbours_share": spread})]).rename("sd")
    return EventHistory(fit, kept, terms, sd, pd.Series(counts, name="count"))


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
    """
    events = nfse_adhesions[["ibge_code"]].assign(joined_on=nfse_adhesions[date])
    undated = nfse_adhesions.loc[(nfse_adhesions["status"] == "active") & events["joined_on"].isna(), "ibge_code"]
    known = municipalities[~municipalities["ibge_code"].isin(undated)]
    history = fit_event_history(events, known, neighbours, NFSE_FIRST_DAY, end, covariates, **options)  # type: ignore[arg-type]
    counts = pd.concat([history.counts, pd.Series({"undated": len(undated)})]).rename("count")
    return EventHistory(history.fit, history.panel, history.terms, history.sd, counts)


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
