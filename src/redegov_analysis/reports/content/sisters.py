"""The service invoice's list under other readings: cut four ways, and judged on what came after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import pandas as pd

from redegov_analysis.cleaning.sisters import NFSE_FIRST_DAY, NFSE_VOLUNTARY_UNTIL
from redegov_analysis.drivers.covariates import MAIN
from redegov_analysis.drivers.event_history import EventHistory, fit_event_history, nfse_event_history
from redegov_analysis.drivers.foresight import Judgement, judge_in_time
from redegov_analysis.evidence import Evidence
from redegov_analysis.reports.content.coefficients import labelled, ratio_of, written_ratio
from redegov_analysis.reports.content.event_history import SOURCE, UNTIL
from redegov_analysis.reports.items import Column, Statement, Table
from redegov_analysis.reports.text import N_, Text

BURST: Final = "2023-09"
LAW_FROM, LAW_UNTIL = pd.Timestamp("2025-01-01"), pd.Timestamp("2025-12-31")
"""The year in which the law made joining a duty."""

CUT: Final = pd.Timestamp("2023-12-31")
"""A ranking made on this day is judged on the year after it."""

_VARIANTS: Final = {
    "chosen": N_("By choice, until 2024"),
    "without_burst": N_("Without September 2023"),
    "effective": N_("By the day it took effect"),
    "law": N_("2025, under the law"),
}


def variants(
    history: EventHistory,
    nfse: pd.DataFrame,
    municipalities: pd.DataFrame,
    pairs: pd.DataFrame,
    covariates: Sequence[str] = MAIN,
) -> dict[str, EventHistory]:
    """Return NFS-e's event history under four readings of its list.

    Parameters
    ----------
    history
        The main one: published dates, until the end of 2024.
    nfse, municipalities, pairs
        The processed tables.
    covariates
        Those of the main one.

    Returns
    -------
    dict
        `chosen` (the main one), `without_burst` (September 2023 left out), `effective` (by the day the agreement took
        effect), `law` (those still outside, in 2025).
    """
    undated = nfse.loc[(nfse["status"] == "active") & nfse["joined_on"].isna(), "ibge_code"]
    known = municipalities[~municipalities["ibge_code"].isin(undated)]
    events = nfse[["ibge_code", "joined_on"]]
    return {
        "chosen": history,
        "without_burst": nfse_event_history(nfse, municipalities, pairs, covariates, exclude_months=[BURST]),
        "effective": nfse_event_history(nfse, municipalities, pairs, covariates, date="effective_on"),
        "law": fit_event_history(events, known, pairs, LAW_FROM, LAW_UNTIL, covariates),
    }


def variants_table(histories: Mapping[str, EventHistory], t: Text) -> Table:
    """Show the odds ratios of each reading side by side.

    Parameters
    ----------
    histories
        From `variants`.
    t
        The reader's language.
    """
    frame = labelled(next(iter(histories.values())).table(), t)[["term", "label", "per"]]
    columns = {"label": Column(t("Term"))}
    for name, history in histories.items():
        table = history.table().reindex(frame["term"])
        for column in ("ratio", "ratio_low", "ratio_high", "p"):
            frame[f"{column}_{name}"] = table[column].to_numpy()
        frame[name] = [written_ratio(row, t) for _, row in table.iterrows()]
        columns[name] = Column(t(_VARIANTS[name]))
    law, chosen = (ratio_of(histories[name].table(), "log10_population") for name in ("law", "chosen"))
    return Table(
        id="nfse_variants",
        t=t,
        evidence=Evidence.PROXY,
        source=t(SOURCE),
        as_of=LAW_UNTIL,
        title=t("The same list read four ways"),
        caption=t(
            "Monthly odds ratios with 95% intervals. Adhesions: {chosen} by choice, {without} of them outside "
            "September 2023, {effective} in effect by the end of 2024, {law} in 2025. Size: {size_chosen} times the "
            "odds by choice, {size_law} times once the law obliged those still outside.",
            chosen=t.integer(histories["chosen"].counts["events"]),
            without=t.integer(histories["without_burst"].counts["events"]),
            effective=t.integer(histories["effective"].counts["events"]),
            law=t.integer(histories["law"].counts["events"]),
            size_chosen=t.number(chosen.value, 2),
            size_law=t.number(law.value, 2),
        ),
        frame=frame,
        columns=columns,
    )


def activity_statement(nfse: pd.DataFrame, t: Text) -> Statement:
    """Say how many of those that joined by choice have invoices reach the national base: joined is not using."""
    chosen = nfse[nfse["joined_on"] <= NFSE_VOLUNTARY_UNTIL]
    active = float(chosen["active_in_base"].astype("float64").mean())
    return Statement(
        id="nfse_active",
        t=t,
        evidence=Evidence.PROXY,
        source=t(SOURCE),
        as_of="2026-07-10",
        sentence=t(
            "Of the {count} municipalities that joined by choice, {share} had invoices reach the national base by July "
            "2026. Joining is not using, and the date of joining says nothing of when use began.",
            count=t.integer(len(chosen)),
            share=t.percent(active, 1),
        ),
        value=active,
        unit="share of municipalities",
    )


def judged(
    nfse: pd.DataFrame, municipalities: pd.DataFrame, pairs: pd.DataFrame, covariates: Sequence[str] = MAIN
) -> Judgement:
    """Return how a ranking of who would join NFS-e next, made at the end of 2023, fared in 2024."""
    dated = nfse[~((nfse["status"] == "active") & nfse["joined_on"].isna())]
    known = municipalities[municipalities["ibge_code"].isin(dated["ibge_code"])]
    events = dated[["ibge_code", "joined_on"]]
    return judge_in_time(events, known, pairs, NFSE_FIRST_DAY, CUT, NFSE_VOLUNTARY_UNTIL, covariates)


def foresight_statement(judgement: Judgement, t: Text) -> Statement:
    """Say how far the model foresaw who would join NFS-e in 2024.

    Parameters
    ----------
    judgement
        From `judged`.
    t
        The reader's language.
    """
    first, last = judgement.calibration.iloc[0], judgement.calibration.iloc[-1]
    return Statement(
        id="nfse_foresight",
        t=t,
        evidence=Evidence.PROXY,
        source=t(SOURCE),
        as_of=UNTIL,
        sentence=t(
            "A ranking made at the end of 2023 put those that joined in 2024 above those that did not in {pairs} of "
            "100 pairs: {first} of the tenth ranked highest joined ({expected} expected) and {last} of the tenth "
            "ranked lowest. Covariates tell likely from unlikely, not who is next.",
            pairs=t.number(100 * judgement.auc, 0),
            first=t.integer(first["joined"]),
            expected=t.integer(first["expected"]),
            last=t.integer(last["joined"]),
        ),
        value=float(judgement.auc),
        unit="area under the ROC curve",
    )
