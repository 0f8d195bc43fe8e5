"""How fast the network grew, period by period, and which programme events fell into each."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Sheet

from redegov_analysis.evidence import Evidence
from redegov_analysis.forecast.newest import newest_total, with_newest
from redegov_analysis.forecast.pace import net_growth
from redegov_analysis.reports import theme
from redegov_analysis.reports.content.network import SOURCE
from redegov_analysis.reports.items import Column, Figure, Statement, Table
from redegov_analysis.reports.text import N_, DateStyle, Text


def pace_statement(milestones: pd.DataFrame, t: Text) -> Statement:
    """Say how fast the network grew since the end of the year before, beside the year before that."""
    growth = net_growth(milestones, yearly=True)
    last, before = growth.iloc[-1], growth.iloc[-2]
    newest = newest_total(milestones)
    since = (
        " "
        + t(
            "Since then, to {date}, between {low} and {high} per month: the newest total is a bound.",
            date=t.date(newest.day),
            low=t.integer(newest.pace_low),
            high=t.integer(newest.pace_high),
        )
        if newest.is_bound
        else ""
    )
    return Statement(
        id="pace_latest",
        t=t,
        evidence=Evidence.PUBLISHED,
        source=t(SOURCE),
        as_of=newest.day,
        sentence=t(
            "In {year} about {pace} municipalities joined per month ({interval}, as the days of the totals are known "
            "only within limits), against {pace_before} ({interval_before}) in {year_before}.",
            year=str(last["end"].year),
            pace=t.integer(last["per_month"]),
            interval=t.interval(last["per_month_low"], last["per_month_high"]),
            pace_before=t.integer(before["per_month"]),
            interval_before=t.interval(before["per_month_low"], before["per_month_high"]),
            year_before=str(before["end"].year),
        )
        + since,
        value=float(last["per_month"]),
        unit="municipalities per month",
        low=float(last["per_month_low"]),
        high=float(last["per_month_high"]),
        numeral=t("{pace} per month", pace=t.integer(last["per_month"])),
        headline=True,
    )


def pace_table(milestones: pd.DataFrame, t: Text) -> Table:
    """Show the net growth per month in each calendar year between firm totals."""
    growth = with_newest(net_growth(milestones, yearly=True), milestones)
    return Table(
        id="pace_by_year",
        t=t,
        evidence=Evidence.PUBLISHED,
        source=t(SOURCE),
        as_of=growth["end"].iloc[-1],
        title=t("Net growth per month, by year"),
        caption=t(
            "The range comes from the days and counts that each total may stand for; it is not a forecast. A newest "
            "total that is only a bound has a range and no number."
        ),
        frame=growth,
        columns=_pace_columns(t),
    )


def pace_figure(milestones: pd.DataFrame, events: pd.DataFrame, t: Text) -> Figure:
    """Draw the growth per month between consecutive firm totals, with programme events on a strip below."""
    firm = net_growth(milestones)
    growth = with_newest(firm, milestones)
    start = growth["start"].iloc[0]
    marked = numbered_events(events)
    marked = marked[marked["date"].between(start, growth["end"].iloc[-1])]

    def draw(sheet: Sheet, narrow: bool) -> None:
        above, below = sheet.subplots(2, 1, sharex=True, height_ratios=[4, 1.4])
        theme.tidy(above)
        for _, row in growth.iterrows():
            above.fill_between(
                [row["start"], row["end"]],
                row["per_month_low"],
                row["per_month_high"],
                color=theme.BLUE_LIGHT,
                alpha=0.3,
                linewidth=0,
            )
            above.plot([row["start"], row["end"]], [row["per_month"]] * 2, color=theme.BLUE, linewidth=2.6)
        above.set_ylabel(t("newcomers per month"))
        above.set_ylim(0, None)
        above.yaxis.set_major_formatter(lambda value, _: t.integer(value))
        _events_strip(below, marked, t, narrow=narrow)
        theme.date_axis(below, t, narrow=narrow)

    return Figure(
        id="pace_by_period",
        t=t,
        evidence=Evidence.PUBLISHED,
        source=t(SOURCE),
        as_of=growth["end"].iloc[-1],
        title=t("Growth per month between published totals, and what happened meanwhile"),
        caption=t(
            "Bands are what the totals' days and counts allow, alone where the newest total is only a bound. The ticks "
            "below are the events listed in the next table (a line where only the month or the year is known); "
            "standing near a rise does not make an event its cause."
        ),
        alt=t(
            "Steps of net growth per month from {first} in the first period to {last} in the last, with programme "
            "events on a strip below.",
            first=t.integer(firm["per_month"].iloc[0]),
            last=t.integer(firm["per_month"].iloc[-1]),
        ),
        draw=draw,
        frame=growth,
        columns=_pace_columns(t),
        heights=(4.8, 4.6),
    )


_EVENT_GROUPS = {
    "legal": N_("Law"),
    "target": N_("Law"),
    "electoral": N_("Mandate"),
    "institutional": N_("Government"),
    "outreach": N_("Outreach"),
    "caravana": N_("Outreach"),
    "programme": N_("Programme"),
    "state programme": N_("Programme"),
    "competing/complementary": N_("Programme"),
    "solution": N_("Service"),
    "health trigger": N_("Service"),
}


_DATE_STYLES: dict[str, DateStyle] = {"day": "short", "month": "month", "year": "year"}


def numbered_events(events: pd.DataFrame) -> pd.DataFrame:
    """Return the events in order of time with a running `number` and the `group` of their type."""
    ordered = events.sort_values(["date", "event"], kind="stable").reset_index(drop=True)
    return ordered.assign(number=range(1, len(ordered) + 1), group=ordered["type"].map(_EVENT_GROUPS))


def events_table(events: pd.DataFrame, t: Text) -> Table:
    """List the programme events that the growth figure numbers."""
    events_in_order = numbered_events(events)
    shown = events_in_order.assign(
        what=lambda frame: frame["event"].map(lambda event: t(str(event))),
        kind=lambda frame: frame["group"].map(lambda group: t(str(group))),
        when=[
            t.date(day, _DATE_STYLES[str(precision)])
            for day, precision in zip(events_in_order["date"], events_in_order["date_precision"], strict=True)
        ],
    )
    return Table(
        id="events",
        t=t,
        evidence=Evidence.PUBLISHED,
        source=t("Official gazette, ministries and press; the address of each is in the CSV"),
        as_of=shown["date"].iloc[-1],
        title=t("Programme events"),
        caption=t("Laws, targets, meetings and services that may have moved growth, in order of time."),
        frame=shown,
        columns={
            "number": Column(t("No."), "integer"),
            "when": Column(t("Date")),
            "kind": Column(t("Kind")),
            "what": Column(t("Event")),
        },
    )


def _events_strip(axes: Axes, events: pd.DataFrame, t: Text, *, narrow: bool) -> None:
    groups = list(dict.fromkeys(_EVENT_GROUPS.values()))
    theme.tidy(axes, grid="x")
    for row, group in enumerate(groups):
        inside = events[events["group"] == group]
        precise = inside.loc[inside["date_precision"] == "day", "date"]
        axes.plot(precise, [row] * len(precise), "|", color=theme.BLUE_DARK, markersize=8, markeredgewidth=1.6)
        vague = inside[inside["date_precision"] != "day"]
        axes.hlines([row] * len(vague), vague["date"], vague["date_latest"], color=theme.BLUE_LIGHT, linewidth=3)
    axes.set_yticks(range(len(groups)), [t(group) for group in groups], fontsize=8 if narrow else 8.5)
    axes.set_ylim(len(groups) - 0.4, -0.6)


def _pace_columns(t: Text) -> dict[str, Column]:
    return {
        "start": Column(t("From"), "date"),
        "end": Column(t("To"), "date"),
        "start_count": Column(t("Total at the start"), "integer"),
        "end_count": Column(t("Total at the end"), "integer"),
        "per_month": Column(t("Per month"), "number"),
        "per_month_low": Column(t("At least"), "number"),
        "per_month_high": Column(t("At most"), "number"),
    }
