"""How many people live in the municipalities that are expected to join, and of which size those are."""

from __future__ import annotations

from typing import Final

import pandas as pd
from matplotlib.figure import Figure as Sheet

from redegov_analysis.drivers.selectivity import fit_size_selectivity, population_in_force
from redegov_analysis.errors import IdentificationError
from redegov_analysis.evidence import Evidence
from redegov_analysis.forecast.growth import GrowthForecast
from redegov_analysis.forecast.outlook import TARGET_DAY
from redegov_analysis.forecast.reach import ReachForecast, forecast_reach
from redegov_analysis.reports import theme
from redegov_analysis.reports.content.fan import LEVELS, draw_fan, named_quantiles
from redegov_analysis.reports.content.state import SIZE_LABELS
from redegov_analysis.reports.items import Column, Figure, Statement, Table
from redegov_analysis.reports.text import N_, Text

SOURCE: Final = N_("Model of the published totals and of the size gradient; IBGE populations")
FURTHEST_MONTHS: Final = 60


def people_reached(
    milestones: pd.DataFrame,
    forecast: GrowthForecast,
    municipalities: pd.DataFrame,
    horizon_months: int,
    *,
    seed: int,
) -> ReachForecast | None:
    """Return the forecast of the people reached at each quarter's end and on the target's day, by size class.

    Parameters
    ----------
    milestones
        The processed table `milestones`, cut at the day of the report.
    forecast
        From `forecast.outlook.outlook`.
    municipalities
        The processed table `municipalities`.
    horizon_months
        How far to look, at most `FURTHEST_MONTHS`.
    seed
        Seed of the random numbers.

    Returns
    -------
    ReachForecast or None
        None where no published total comes with a population yet.
    """
    try:
        gradients = fit_size_selectivity(milestones, municipalities)
    except IdentificationError:
        return None
    until = forecast.last_day + pd.DateOffset(months=min(horizon_months, FURTHEST_MONTHS))
    ends = forecast.dates[forecast.dates.is_quarter_end & (forecast.dates <= until)]
    dates = ends.union(pd.DatetimeIndex([forecast.last_day]))
    if TARGET_DAY in forecast.dates:
        dates = dates.union(pd.DatetimeIndex([TARGET_DAY]))
    counts = forecast.draws[:, forecast.dates.get_indexer(dates)]
    classes = municipalities.set_index("ibge_code")["size_class"]
    return forecast_reach(gradients, counts, dates, municipalities, groups=classes, seed=seed)


def reach_statement(reach: ReachForecast | None, forecast: GrowthForecast, t: Text) -> Statement:
    """Say how many people are expected to live in member municipalities at the end of 2026."""
    if reach is None:
        return _nothing_yet("people_reached", forecast, t)
    day = TARGET_DAY if TARGET_DAY in reach.dates else reach.dates[-1]
    low, middle, high = reach.quantiles((0.1, 0.5, 0.9)).loc[[day]].to_numpy()[0]
    country = float(reach.inhabitants.sum())
    return Statement(
        id="people_reached",
        t=t,
        evidence=Evidence.ESTIMATED,
        source=t(SOURCE),
        as_of=forecast.last_day,
        sentence=t(
            "On {day} about {middle} million people are expected to live in member municipalities ({share} of the "
            "country); with 80% probability between {low} and {high} million.",
            day=t.date(day),
            middle=t.integer(middle / 1e6),
            share=t.percent(middle / country, 0),
            low=t.integer(low / 1e6),
            high=t.integer(high / 1e6),
        ),
        value=float(middle),
        unit="people",
        numeral=t("{low} to {high} million", low=t.integer(low / 1e6), high=t.integer(high / 1e6)),
        low=float(low),
        high=float(high),
        level=0.8,
    )


def reach_figure(
    reach: ReachForecast | None,
    milestones: pd.DataFrame,
    municipalities: pd.DataFrame,
    forecast: GrowthForecast,
    t: Text,
) -> Figure | Statement:
    """Draw the published populations and the fan of those forecast, with the country's population on top."""
    if reach is None:
        return _nothing_yet("reach_fan", forecast, t)
    frame = named_quantiles(reach.quantiles(LEVELS) / 1e6)
    published = milestones[milestones["preferred"] & milestones["population_millions"].notna()].sort_values("date")
    country = float(population_in_force(municipalities, forecast.last_day, reach.vintage).sum()) / 1e6
    last = frame.iloc[-1]

    def draw(sheet: Sheet, narrow: bool) -> None:
        axes = theme.tidy(sheet.add_subplot())
        draw_fan(axes, frame, t)
        axes.plot(
            published["date"],
            published["population_millions"],
            "o",
            color=theme.BLUE_DARKEST,
            markersize=4.5,
            label=t("published"),
        )
        axes.axhline(country, color=theme.OCHRE, linewidth=1.2, linestyle=(0, (5, 3)))
        axes.text(
            published["date"].iloc[0],
            country - 3,
            t("Brazil: {people} million", people=t.integer(country)),
            color=theme.OCHRE,
            va="top",
        )
        axes.set_ylim(80, country + 6)
        axes.set_ylabel(t("million people"))
        axes.yaxis.set_major_formatter(lambda value, _: t.integer(value))
        theme.date_axis(axes, t, narrow=narrow)
        axes.legend(loc="lower right")

    return Figure(
        id="reach_fan",
        t=t,
        evidence=Evidence.ESTIMATED,
        source=t(SOURCE),
        as_of=forecast.last_day,
        title=t("People in member municipalities"),
        caption=t(
            "Large municipalities joined first, so people grow more slowly than members. The populations are IBGE's "
            "estimates of one year throughout; the growth of the population is not in them."
        ),
        alt=t(
            "Dots of published populations up to {start}, then a fan. In {end} the median is {middle} million people, "
            "the 80% band from {low} to {high} million.",
            start=t.date(forecast.last_day, "month"),
            end=t.date(last["date"], "month"),
            middle=t.integer(last["q500"]),
            low=t.integer(last["q100"]),
            high=t.integer(last["q900"]),
        ),
        draw=draw,
        frame=frame,
        columns={
            "date": Column(t("Date"), "date"),
            "q500": Column(t("Median (millions)"), "number"),
            "q100": Column(t("80%: from"), "number"),
            "q900": Column(t("80%: to"), "number"),
            "q025": Column(t("95%: from"), "number"),
            "q975": Column(t("95%: to"), "number"),
        },
        heights=(3.9, 3.7),
    )


def reach_by_size(
    reach: ReachForecast | None, forecast: GrowthForecast, t: Text, *, listed: bool = False
) -> Table | Statement:
    """Show the share of members expected in each size class at the end of 2026, and now unless a list tells.

    Parameters
    ----------
    reach
        From `people_reached`.
    forecast
        The forecast of the nation.
    listed
        Whether a list of members is in force: the network overview then counts its members by size.
    """
    if reach is None:
        return _nothing_yet("reach_by_size", forecast, t)
    day = TARGET_DAY if TARGET_DAY in reach.dates else reach.dates[-1]
    now, then = reach.by_group(reach.dates[0]), reach.by_group(day)
    frame = pd.DataFrame(
        {
            "size_class": then["group"],
            "size": [t(SIZE_LABELS[str(name)]) for name in then["group"]],
            "municipalities": then["municipalities"],
            "now_share": now[0.5],
            "now_share_low": now[0.1],
            "now_share_high": now[0.9],
            "share": then[0.5],
            "share_low": then[0.1],
            "share_high": then[0.9],
        }
    )
    present = {
        "now_share": Column(t("Now"), "percent", 0),
        "now_share_low": Column(t("80%: from"), "percent", 0),
        "now_share_high": Column(t("80%: to"), "percent", 0),
    }
    return Table(
        id="reach_by_size",
        t=t,
        evidence=Evidence.ESTIMATED,
        source=t(SOURCE),
        as_of=forecast.last_day,
        title=t("Expected share of members by size"),
        caption=t(
            "What the size gradient behind the published totals gives to each class on {day}. It does not use the list "
            "of members, whose counts by size are in the network overview, and may differ from them by more than these "
            "intervals: they know no error in the form of the gradient.",
            day=t.date(day),
        )
        if listed
        else t(
            "What the size gradient gives to each class now and on {day}; no list by size is public.", day=t.date(day)
        ),
        frame=frame,
        columns={
            "size": Column(t("Inhabitants")),
            "municipalities": Column(t("Municipalities"), "integer"),
            # With a list, what is so now is counted, and an estimate beside it would be a second answer.
            **({} if listed else present),
            "share": Column(t.date(day, "short"), "percent", 0),
            "share_low": Column(t("80%: from"), "percent", 0),
            "share_high": Column(t("80%: to"), "percent", 0),
        },
    )


def _nothing_yet(name: str, forecast: GrowthForecast, t: Text) -> Statement:
    return Statement(
        id=name,
        t=t,
        evidence=Evidence.ESTIMATED,
        source=t(SOURCE),
        as_of=forecast.last_day,
        sentence=t(
            "No total published up to this day says how many people live in member municipalities, so nothing is said "
            "of them here."
        ),
    )
