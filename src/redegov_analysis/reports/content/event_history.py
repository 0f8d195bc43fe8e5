"""The sister network's story: who joined the national service invoice (NFS-e) while joining was a choice."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from matplotlib.figure import Figure as Sheet

from redegov_analysis.cleaning.sisters import NFSE_VOLUNTARY_UNTIL
from redegov_analysis.drivers.event_history import EventHistory
from redegov_analysis.evidence import Evidence
from redegov_analysis.reports import theme
from redegov_analysis.reports.content.coefficients import draw_ratios, labelled, ratio_columns, ratio_of
from redegov_analysis.reports.items import Column, Figure, Statement
from redegov_analysis.reports.text import N_, Text

SOURCE: Final = N_("Adhesions to the NFS-e Nacional (Comitê Gestor da NFS-e, list of 2026-07-10)")
UNTIL: Final = pd.Timestamp(NFSE_VOLUNTARY_UNTIL)


def reading_statement(history: EventHistory, t: Text) -> Statement:
    """Say in plain words what went with joining NFS-e in a month."""
    table = history.table()
    size, neighbours = ratio_of(table, "log10_population"), ratio_of(table, "neighbours_share")
    return Statement(
        id="nfse_reading",
        t=t,
        evidence=Evidence.PROXY,
        source=t(SOURCE),
        as_of=UNTIL,
        sentence=t(
            "In {months} municipality-months with {events} adhesions, larger municipalities, those with more "
            "households online, capitals and those whose neighbours were already in joined sooner: per standard "
            "deviation, the monthly odds were {size} times as high for size ({size_interval}) and {neighbours} times "
            "for neighbours ({neighbours_interval}). NFS-e is not the Rede GOV.BR: it is its nearest relative with "
            "dates.",
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


def odds_figure(history: EventHistory, t: Text) -> Figure:
    """Draw the odds ratios of joining in a month."""
    shown = labelled(history.table(), t)
    firm = shown[(shown["ratio_low"] > 1) | (shown["ratio_high"] < 1)]["label"]
    return Figure(
        id="nfse_odds",
        t=t,
        evidence=Evidence.PROXY,
        source=t(SOURCE),
        as_of=UNTIL,
        title=t("What went with joining NFS-e in a month, 2022-07 to 2024-12"),
        caption=t(
            "Right of 1: sooner, all else equal, in the same month. Filled dots: the 95% interval leaves out 1. Errors "
            "clustered by state; {left_out} municipalities without some covariate left out.",
            left_out=t.integer(history.counts["municipalities_incomplete"]),
        ),
        alt=t(
            "Odds ratios with intervals; those whose interval leaves out 1: {firm}.",
            firm=t.listing([str(label) for label in firm]) or t("none"),
        ),
        draw=draw_ratios(shown, t("odds ratio per month (log scale)"), t),
        frame=shown,
        columns=ratio_columns(t, t("Odds ratio")),
        heights=(3.9, 4.0),
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


def month_effects_figure(history: EventHistory, t: Text) -> Figure:
    """Draw the monthly hazard of an average municipality."""
    baseline = history.baseline()
    frame = baseline.assign(month=pd.to_datetime(baseline["period"]))

    def draw(sheet: Sheet, narrow: bool) -> None:
        axes = theme.tidy(sheet.add_subplot())
        known = frame[np.isfinite(frame["low"])]
        axes.vlines(known["month"], 100 * known["low"], 100 * known["high"], color=theme.BLUE_LIGHT, linewidth=2.2)
        axes.plot(frame["month"], 100 * frame["hazard"], "o", color=theme.BLUE, markersize=4.5)
        axes.set_ylim(0, None)
        axes.yaxis.set_major_formatter(lambda value, _: t.percent(value / 100, 1))
        theme.date_axis(axes, t, narrow=narrow)

    return Figure(
        id="nfse_months",
        t=t,
        evidence=Evidence.PROXY,
        source=t(SOURCE),
        as_of=UNTIL,
        title=t("Chance that an average municipality joins NFS-e in a month"),
        caption=t(
            "For a municipality of the Centre-West, average in everything else. Months differ far more than "
            "municipalities do: rules and campaigns set the pace."
        ),
        alt=t(
            "Points of the monthly chance with intervals, highest in {month} at {chance}.",
            month=t.date(frame["month"].iloc[int(np.nanargmax(frame["hazard"].to_numpy()))], "month"),
            chance=t.percent(frame["hazard"].max()),
        ),
        draw=draw,
        frame=frame,
        columns={
            "month": Column(t("Month"), "month"),
            "at_risk": Column(t("Municipalities not yet in"), "integer"),
            "events": Column(t("Adhesions"), "integer"),
            "hazard": Column(t("Chance"), "percent", 2),
            "low": Column(t("95%: from"), "percent", 2),
            "high": Column(t("95%: to"), "percent", 2),
        },
        heights=(3.5, 3.3),
    )
