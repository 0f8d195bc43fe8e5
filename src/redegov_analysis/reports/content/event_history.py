"""The sister network's story: who joined the national service invoice (NFS-e) while joining was a choice."""

from __future__ import annotations

from typing import Final

import pandas as pd
from matplotlib.figure import Figure as Sheet

from redegov_analysis.cleaning.sisters import NFSE_VOLUNTARY_UNTIL
from redegov_analysis.drivers.event_history import EventHistory
from redegov_analysis.drivers.networks import SAME
from redegov_analysis.evidence import Evidence
from redegov_analysis.reports import theme
from redegov_analysis.reports.content.coefficients import (
    beside,
    draw_side_by_side,
    labelled,
    of_other,
    ratio_columns,
    ratio_of,
)
from redegov_analysis.reports.items import Column, Figure, Statement
from redegov_analysis.reports.text import N_, Text

SOURCE: Final = N_("Adhesions to the NFS-e Nacional (Comitê Gestor da NFS-e, list of 2026-07-10)")
BOTH_SOURCES: Final = N_(
    "Adhesions to the NFS-e Nacional (Comitê Gestor da NFS-e, list of 2026-07-10) and to the Sistema Nacional de "
    "Cultura (Ministério da Cultura, list of 2018)"
)
UNTIL: Final = pd.Timestamp(NFSE_VOLUNTARY_UNTIL)


def reading_statement(history: EventHistory, t: Text) -> Statement:
    """Say in plain words what went with joining NFS-e in a month."""
    table = history.table()
    shown = labelled(table, t)
    size, neighbours = ratio_of(table, "log10_population"), ratio_of(table, "neighbours_share")
    return Statement(
        id="nfse_reading",
        t=t,
        evidence=Evidence.PROXY,
        source=t(SOURCE),
        as_of=UNTIL,
        sentence=t(
            "In {months} municipality-months with {events} adhesions, these went with joining sooner: {sooner}; with "
            "joining later: {later}. Per standard deviation, the monthly odds were {size} times as high for size "
            "({size_interval}) and {neighbours} times for neighbours already in ({neighbours_interval}). NFS-e is not "
            "the Rede GOV.BR: it is its nearest relative with dates.",
            sooner=t.listing([str(label) for label in shown.loc[shown["ratio_low"] > 1, "label"]]) or t("none"),
            later=t.listing([str(label) for label in shown.loc[shown["ratio_high"] < 1, "label"]]) or t("none"),
            months=t.integer(history.counts["municipality_months"]),
            events=t.integer(history.counts["events"]),
            size=t.number(size.value, 2),
            size_interval=t.interval(size.low, size.high, 2),
            neighbours=t.number(neighbours.value, 2),
            neighbours_interval=t.interval(neighbours.low, neighbours.high, 2),
        ),
        value=neighbours.value,
        unit="odds ratio per standard deviation",
        low=neighbours.low,
        high=neighbours.high,
        level=0.95,
    )


def odds_figure(history: EventHistory, culture: EventHistory, t: Text) -> Figure:
    """Draw the odds ratios of joining NFS-e in a month, and those of the culture system beside them.

    Parameters
    ----------
    history
        Of NFS-e, from `drivers.event_history.nfse_event_history`.
    culture
        Of the culture system, from `drivers.event_history.snc_event_history`; its population of 2010 stands beside that
        of 2022.
    t
        The reader's language.
    """
    shown = beside(labelled(history.table(), t), culture.table().rename(index=SAME), "snc")
    other = of_other(shown, "snc")
    names = [t("NFS-e, 2022–2024"), t("Culture system (SNC), 2012–2018")]
    firm = [
        t.listing([str(label) for label in part.loc[(part["ratio_low"] > 1) | (part["ratio_high"] < 1), "label"]])
        or t("none")
        for part in (shown, other)
    ]
    return Figure(
        id="nfse_odds",
        t=t,
        evidence=Evidence.PROXY,
        source=t(BOTH_SOURCES),
        as_of=UNTIL,
        title=t("What went with joining two sister networks in a month"),
        caption=t(
            "Right of 1: sooner, all else equal, in the same month. Filled marks: the 95% interval leaves out 1. "
            "Errors clustered by state; {events} adhesions to NFS-e by choice and {culture_events} to the culture "
            "system, another policy of another decade, on what was known before it: what recurs has more than one "
            "network behind it.",
            events=t.integer(history.counts["events"]),
            culture_events=t.integer(culture.counts["events"]),
        ),
        alt=t(
            "Pairs of odds ratios with intervals; those whose interval leaves out 1, for NFS-e: {nfse}; for the "
            "culture system: {snc}.",
            nfse=firm[0],
            snc=firm[1],
        ),
        draw=draw_side_by_side([(names[0], shown), (names[1], other)], t("odds ratio per month (log scale)"), t),
        frame=shown,
        columns={
            **ratio_columns(t, t("Odds ratio")),
            "ratio_snc": Column(t("Odds ratio, SNC"), "number", 2),
            "ratio_low_snc": Column(t("95%: from"), "number", 2),
            "ratio_high_snc": Column(t("95%: to"), "number", 2),
        },
        heights=(4.8, 5.0),
    )


def adhesions_figure(nfse: pd.DataFrame, t: Text) -> Figure:
    """Draw how many municipalities joined in each month, the voluntary phase apart from the legal deadline."""
    dated = nfse.loc[nfse["joined_on"].notna(), "joined_on"]
    months = dated.dt.to_period("M").value_counts().sort_index()
    months = months.reindex(pd.period_range(months.index[0], months.index[-1], freq="M"), fill_value=0)
    frame = pd.DataFrame(
        {
            "month": months.index.to_timestamp(),
            "adhesions": months.to_numpy(),
            "voluntary": months.index.to_timestamp() <= UNTIL,
        }
    ).assign(cumulative=lambda table: table["adhesions"].cumsum())
    voluntary = frame[frame["voluntary"]]

    def draw(sheet: Sheet, narrow: bool) -> None:
        axes = theme.tidy(sheet.add_subplot())
        for phase, color, hatch, label in (
            (True, theme.BLUE, "", t("joining was a choice")),
            (False, theme.OCHRE, "////", t("legal deadline of January 2026")),
        ):
            part = frame[frame["voluntary"] == phase]
            axes.bar(part["month"], part["adhesions"], width=24, color=color, hatch=hatch, edgecolor=theme.PAPER,
                     linewidth=0, label=label)  # fmt: skip
        axes.set_ylabel(t("adhesions per month"))
        axes.yaxis.set_major_formatter(lambda value, _: t.integer(value))
        axes.legend(loc="upper left")
        theme.date_axis(axes, t, narrow=narrow)

    return Figure(
        id="nfse_adhesions",
        t=t,
        evidence=Evidence.PROXY,
        source=t(SOURCE),
        as_of=frame["month"].iloc[-1],
        title=t("Adhesions to NFS-e by month"),
        caption=t(
            "{count} municipalities joined while it was a choice, many of them in September 2023, when a rule for "
            "micro-entrepreneurs began. Then a deadline made nearly all the others join within months.",
            count=t.integer(voluntary["cumulative"].iloc[-1]),
        ),
        alt=t(
            "Bars of adhesions per month: a peak of {peak} in {peak_month} in the voluntary phase, and up to {most} "
            "in a month before the legal deadline.",
            peak=t.integer(voluntary["adhesions"].max()),
            peak_month=t.date(voluntary["month"].iloc[int(voluntary["adhesions"].to_numpy().argmax())], "month"),
            most=t.integer(frame["adhesions"].max()),
        ),
        draw=draw,
        frame=frame,
        columns={
            "month": Column(t("Month"), "month"),
            "adhesions": Column(t("Adhesions"), "integer"),
            "cumulative": Column(t("Total so far"), "integer"),
        },
        heights=(3.7, 3.5),
    )
