"""The pace: what the target needs, what was seen, and where a pace that goes on would lead. Arithmetic, no forecast."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from matplotlib.figure import Figure as Sheet

from redegov_analysis.cleaning.milestones import universe_size
from redegov_analysis.evidence import Evidence
from redegov_analysis.forecast.growth import GrowthForecast
from redegov_analysis.forecast.newest import Newest, newest_total, with_newest
from redegov_analysis.forecast.outlook import TARGET_DAY
from redegov_analysis.forecast.pace import DAYS_PER_MONTH, TARGET, net_growth
from redegov_analysis.reports import theme
from redegov_analysis.reports.content.growth import THREE_QUARTERS
from redegov_analysis.reports.items import Column, Figure, Statement, Table
from redegov_analysis.reports.text import N_, Text

SOURCE: Final = N_("Published totals; arithmetic, not a forecast")
SHORTEST_MONTHS: Final = 2.0
"""Between totals closer than this, the pace says more about the days than about the growth."""

SCENARIOS: Final = {
    "twelve_months": N_("Pace of about the last 12 months"),
    "fastest": N_("Pace of the fastest period"),
    "half_fastest": N_("Half of the fastest"),
}


def needed_pace_statement(milestones: pd.DataFrame, t: Text) -> Statement:
    """Say what pace the target needs beside the pace last seen."""
    newest = newest_total(milestones)
    last = net_growth(milestones, yearly=True).iloc[-1]
    needed = _needed(newest)
    told = {
        "date": t.date(newest.day),
        "missing": t.integer(max(TARGET - newest.low, 0)),
        "months": t.number(_months_left(newest), 1),
        "needed": t.integer(needed),
    }
    if newest.low >= TARGET:
        sentence = t(
            "By {date} the target of {target} municipalities was reached: at least {count} were in.",
            date=told["date"],
            target=t.integer(TARGET),
            count=t.integer(newest.low),
        )
    elif newest.is_bound:
        sentence = t(
            "On {date}, the target was at most {missing} municipalities and {months} months away: at most {needed} per "
            "month, against {low} to {high} per month since {since} and {seen} in the year before.",
            low=t.integer(newest.pace_low),
            high=t.integer(newest.pace_high),
            since=t.date(newest.since),
            seen=t.integer(last["per_month"]),
            **told,
        )
    else:
        sentence = t(
            "From {date}, {missing} more municipalities in {months} months reach the target: {needed} per month, "
            "against {seen} per month seen last ({low} to {high}).",
            seen=t.integer(last["per_month"]),
            low=t.integer(last["per_month_low"]),
            high=t.integer(last["per_month_high"]),
            **told,
        )
    pace = t.integer(needed)
    numeral = t("at most {pace} per month", pace=pace) if newest.is_bound else t("{pace} per month", pace=pace)
    return Statement(
        id="pace_needed",
        t=t,
        evidence=Evidence.PUBLISHED,
        source=t("Newest published total against the target; arithmetic, not a forecast"),
        as_of=newest.day,
        sentence=sentence,
        value=needed,
        unit="municipalities per month",
        numeral=t("reached") if newest.low >= TARGET else numeral,
    )


def paces_figure(milestones: pd.DataFrame, t: Text) -> Figure:
    """Draw the pace that the target needs beside the pace of each year."""
    firm = net_growth(milestones, yearly=True)
    growth = with_newest(firm[firm["start_count"] > 0], milestones)
    needed = _needed(newest_total(milestones))
    rows = pd.DataFrame(
        {
            "period": [
                *(
                    t("{start} to {end}", start=t.axis_month(start), end=t.axis_month(end))
                    for start, end in zip(growth["start"], growth["end"], strict=True)
                ),
                t("needed to {end}", end=t.axis_month(TARGET_DAY)),
            ],
            "per_month": [*growth["per_month"], needed],
            "per_month_low": [*growth["per_month_low"], np.nan],
            "per_month_high": [*growth["per_month_high"], np.nan],
            "seen": [True] * len(growth) + [False],
        }
    )
    highest = float(rows[["per_month", "per_month_high"]].max().max())

    def draw(sheet: Sheet, _narrow: bool) -> None:
        axes = theme.tidy(sheet.add_subplot(), grid="x")
        places = np.arange(len(rows))
        colors = [theme.BLUE if seen else theme.PAPER for seen in rows["seen"]]
        axes.barh(places, rows["per_month"], color=colors, edgecolor=theme.BLUE, height=0.56)
        axes.barh(
            places[~rows["seen"].to_numpy()],
            rows.loc[~rows["seen"], "per_month"],
            color=theme.PAPER,
            edgecolor=theme.OCHRE,
            hatch="////",
            height=0.56,
        )
        axes.hlines(places, rows["per_month_low"], rows["per_month_high"], color=theme.BLUE_DARKEST, linewidth=2)
        for place, (value, top) in enumerate(zip(rows["per_month"], rows["per_month_high"], strict=True)):
            low = rows["per_month_low"].iloc[place]
            told = t.interval(low, top) if np.isnan(value) else t.integer(value)
            axes.text(float(np.nanmax([value, top])) + 0.015 * highest, place, told, va="center", **theme.BOLD)
        axes.set_yticks(places, rows["period"])
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.set_xlim(0, 1.12 * highest)
        axes.xaxis.set_major_formatter(lambda value, _: t.integer(value))
        axes.set_xlabel(t("newcomers per month"))

    return Figure(
        id="pace_compared",
        t=t,
        evidence=Evidence.PUBLISHED,
        source=t(SOURCE),
        as_of=growth["end"].iloc[-1],
        title=t("The pace needed against the pace seen"),
        caption=t(
            "Net newcomers per month between published totals; the thin line is what the totals' days and counts "
            "allow, alone where the newest total is a bound. The hatched bar is the pace that reaches {target} by "
            "{day}.",
            target=t.integer(TARGET),
            day=t.date(TARGET_DAY),
        ),
        alt=t(
            "Bars of the pace in each period, {last} per month in the last one; the pace needed is {needed}.",
            last=t.integer(firm["per_month"].iloc[-1]),
            needed=t.integer(needed),
        ),
        draw=draw,
        frame=rows,
        columns={
            "period": Column(t("Period")),
            "per_month": Column(t("Per month"), "number"),
            "per_month_low": Column(t("At least"), "number"),
            "per_month_high": Column(t("At most"), "number"),
        },
        heights=(2.6, 2.7),
    )


def scenario_paces(milestones: pd.DataFrame) -> pd.DataFrame:
    """Return the paces that scenarios carry on.

    Parameters
    ----------
    milestones
        The processed table `milestones`, cut at the day of the report.

    Returns
    -------
    DataFrame
        One row per scenario: `scenario`, `per_month` (municipalities), `start`, `end` (the days between which the pace
        was seen). The last 12 months end at the newest total, a bound at the least that it allows, and start at the
        firm total that lies nearest to twelve months before; the fastest period is the fastest between two consecutive
        firm totals at least `SHORTEST_MONTHS` apart.
    """
    growth = net_growth(milestones)
    newest = newest_total(milestones)
    totals = pd.DataFrame(
        {
            "day": [*growth["start"], growth["end"].iloc[-1]],
            "count": [*growth["start_count"], growth["end_count"].iloc[-1]],
        }
    )
    before = totals[totals["day"] < newest.day]
    age = (newest.day - before["day"]).dt.days / DAYS_PER_MONTH
    first = before.iloc[int((age - 12).abs().argmin())]
    over_a_year = (newest.low - first["count"]) / ((newest.day - first["day"]).days / DAYS_PER_MONTH)
    long_enough = growth[growth["months"] >= SHORTEST_MONTHS]
    fastest = long_enough.iloc[int(long_enough["per_month"].argmax())]
    top = float(fastest["per_month"])
    return pd.DataFrame(
        {
            "scenario": list(SCENARIOS),
            "per_month": [float(over_a_year), top, top / 2],
            "start": [first["day"], fastest["start"], fastest["start"]],
            "end": [newest.day, fastest["end"], fastest["end"]],
        }
    )


def scenarios_table(milestones: pd.DataFrame, t: Text) -> Table:
    """Show the total at the target's day and the dates of half and three quarters under each scenario."""
    paces = scenario_paces(milestones)
    newest = newest_total(milestones)
    months = (TARGET_DAY - newest.day).days / DAYS_PER_MONTH
    size = universe_size(TARGET_DAY)
    frame = paces.assign(
        label=[t(SCENARIOS[name]) for name in paces["scenario"]],
        seen=[
            t("{start} to {end}", start=t.axis_month(start), end=t.axis_month(end))
            for start, end in zip(paces["start"], paces["end"], strict=True)
        ],
        total=[min(newest.low + pace * months, size) for pace in paces["per_month"]],
        half=[_day_reached(newest, pace, TARGET) for pace in paces["per_month"]],
        three_quarters=[_day_reached(newest, pace, THREE_QUARTERS) for pace in paces["per_month"]],
    )
    return Table(
        id="scenarios",
        t=t,
        evidence=Evidence.PUBLISHED,
        source=t(SOURCE),
        as_of=newest.day,
        title=t("If a pace simply went on"),
        caption=(
            t(
                "Straight lines from {count}, the least that the newest total allows, without probabilities: they ask "
                "what if, the forecast above asks how likely.",
                count=t.integer(newest.low),
            )
            if newest.is_bound
            else t(
                "Straight lines from the last total of {count}, without probabilities: they ask what if, the forecast "
                "above asks how likely.",
                count=t.integer(newest.low),
            )
        ),
        frame=frame,
        columns={
            "label": Column(t("Scenario")),
            "per_month": Column(t("Per month"), "integer"),
            "seen": Column(t("Pace seen")),
            "total": Column(t("Total on {day}", day=t.date(TARGET_DAY, "short")), "integer"),
            "half": Column(t("Half reached"), "month"),
            "three_quarters": Column(t("Three quarters reached"), "month"),
        },
    )


def scenarios_figure(milestones: pd.DataFrame, forecast: GrowthForecast, horizon_months: int, t: Text) -> Figure:
    """Draw the straight lines of the scenarios over the 80 % band of the forecast."""
    paces = scenario_paces(milestones).set_index("scenario")["per_month"]
    newest = newest_total(milestones)
    until = forecast.last_day + pd.DateOffset(months=horizon_months)
    band = forecast.monthly_quantiles((0.1, 0.9))
    band = band[(band.index > forecast.last_day) & (band.index <= until)]
    days = pd.DatetimeIndex([newest.day, *band.index])
    months = np.asarray((days - newest.day).days, dtype=float) / DAYS_PER_MONTH
    frame = pd.DataFrame({"date": days})
    for name, pace in paces.items():
        frame[str(name)] = np.minimum(newest.low + pace * months, universe_size(TARGET_DAY))
    frame["q100"] = [float(newest.low), *band[0.1]]
    frame["q900"] = [float(newest.high), *band[0.9]]
    styles = {"fastest": (0, (6, 2)), "twelve_months": "solid", "half_fastest": (0, (1.5, 1.5))}
    colors = {"fastest": theme.GREEN, "twelve_months": theme.BLUE_DARK, "half_fastest": theme.RED}

    def draw(sheet: Sheet, narrow: bool) -> None:
        axes = theme.tidy(sheet.add_subplot())
        axes.fill_between(
            frame["date"],
            frame["q100"],
            frame["q900"],
            color=theme.BLUE,
            alpha=0.18,
            linewidth=0,
            label=t("forecast, {level}", level="80%"),
        )
        for name in sorted(styles, key=lambda scenario: -paces[scenario]):
            axes.plot(frame["date"], frame[name], color=colors[name], linestyle=styles[name], label=t(SCENARIOS[name]))
        axes.axhline(TARGET, color=theme.OCHRE, linewidth=1.2, linestyle=(0, (5, 3)))
        axes.axvline(theme.day_number(TARGET_DAY), color=theme.OCHRE, linewidth=0.8, linestyle=(0, (1, 2)))
        axes.annotate(
            t("half: {target}", target=t.integer(TARGET)),
            (frame["date"].iloc[-1], TARGET),
            xytext=(0, -12),
            textcoords="offset points",
            ha="right",
            color=theme.OCHRE,
        )
        axes.set_ylim(min(float(newest.low), TARGET) - 200, None)
        theme.count_axes(axes, t, narrow=narrow)

    return Figure(
        id="scenarios_drawn",
        t=t,
        evidence=Evidence.ESTIMATED,
        source=t("{model}; scenarios are arithmetic", model=t("Model of the published totals (see the methodology)")),
        as_of=forecast.last_day,
        title=t("Three paces carried on, over the forecast"),
        caption=t("A line that leaves the band would be a surprise; the vertical line is the target's day."),
        alt=t(
            "Three straight lines from {count}: on {day} the fastest stands at {high}, the slowest at {low}; the 80% "
            "band of the forecast lies behind them.",
            count=t.integer(newest.low),
            day=t.date(days[-1]),
            high=t.integer(frame["fastest"].iloc[-1]),
            low=t.integer(frame["half_fastest"].iloc[-1]),
        ),
        draw=draw,
        frame=frame,
        columns={
            "date": Column(t("Date"), "date"),
            **{name: Column(t(label), "integer") for name, label in SCENARIOS.items()},
            "q100": Column(t("80%: from"), "integer"),
            "q900": Column(t("80%: to"), "integer"),
        },
        heights=(3.8, 3.8),
    )


def _needed(newest: Newest) -> float:
    """Return the newcomers per month that the target needs, at most; missing once its day is past."""
    months = _months_left(newest)
    return max(TARGET - newest.low, 0) / months if months else float("nan")


def _months_left(newest: Newest) -> float:
    return max((TARGET_DAY - newest.day).days / DAYS_PER_MONTH, 0.0)


def _day_reached(newest: Newest, per_month: float, count: int) -> pd.Timestamp:
    missing = max(count - newest.low, 0)
    return newest.day + pd.Timedelta(days=int(np.ceil(missing / per_month * DAYS_PER_MONTH)))
