"""Where the network is heading: the fan of forecasts, the chance of the target, and the dates of round numbers."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from matplotlib.figure import Figure as Sheet

from redegov_analysis.evidence import Evidence
from redegov_analysis.forecast.growth import GrowthForecast
from redegov_analysis.forecast.outlook import TARGET_DAY
from redegov_analysis.forecast.pace import FIRM_RELATIONS, PUBLISHED_UNIVERSE, TARGET
from redegov_analysis.reports import theme
from redegov_analysis.reports.content.fan import LEVELS, draw_fan, named_quantiles
from redegov_analysis.reports.items import Column, Figure, Statement, Table
from redegov_analysis.reports.text import N_, Text

SOURCE: Final = N_("Model of the published totals (see the methodology)")

THREE_QUARTERS: Final = -(-3 * PUBLISHED_UNIVERSE // 4)
NINE_TENTHS: Final = -(-9 * PUBLISHED_UNIVERSE // 10)
CURVE_NAMES: Final = {
    "bass": N_("Bass"),
    "logistic": N_("Logistic"),
    "gompertz": N_("Gompertz"),
    "richards": N_("Richards"),
    "steady": N_("Steady pace"),
}


def target_statement(forecast: GrowthForecast, t: Text) -> Statement:
    """Say how likely half of the municipalities are to be in by the end of 2026."""
    chance = forecast.probability(TARGET, TARGET_DAY)
    return Statement(
        id="target_probability",
        t=t,
        evidence=Evidence.ESTIMATED,
        source=t(SOURCE),
        as_of=forecast.last_day,
        sentence=t(
            "With what was published up to {date}, and if joining goes on under the same rules, the chance that at "
            "least half of the municipalities ({target}) belong to the network by {target_day} is {chance}.",
            date=t.date(forecast.last_day),
            target=t.integer(TARGET),
            target_day=t.date(TARGET_DAY),
            chance=t.probability(chance),
        ),
        value=chance,
        unit="probability",
        numeral=t.probability(chance),
        headline=True,
    )


def total_statement(forecast: GrowthForecast, t: Text) -> Statement:
    """Say how many members are expected at the end of 2026, with an 80 % and a 95 % interval."""
    levels = (0.025, 0.1, 0.5, 0.9, 0.975)
    low95, low80, middle, high80, high95 = forecast.quantiles(levels).loc[[TARGET_DAY]].to_numpy()[0]
    return Statement(
        id="total_end_2026",
        t=t,
        evidence=Evidence.ESTIMATED,
        source=t(SOURCE),
        as_of=forecast.last_day,
        sentence=t(
            "For {day} the forecast is {middle} municipalities; with 80% probability between {low80} and {high80}, and "
            "with 95% between {low95} and {high95}.",
            day=t.date(TARGET_DAY),
            middle=t.integer(middle),
            low80=t.integer(low80),
            high80=t.integer(high80),
            low95=t.integer(low95),
            high95=t.integer(high95),
        ),
        value=float(middle),
        unit="municipalities",
        numeral=t("{low} to {high}", low=t.integer(low80), high=t.integer(high80)),
        low=float(low80),
        high=float(high80),
        level=0.8,
        headline=True,
    )


def fan_chart(milestones: pd.DataFrame, forecast: GrowthForecast, horizon_months: int, t: Text) -> Figure:
    """Draw the published totals and the fan of forecasts up to the horizon, with the target."""
    until = forecast.last_day + pd.DateOffset(months=horizon_months)
    quantiles = forecast.monthly_quantiles(LEVELS)
    start = pd.DataFrame(float(forecast.last_certain_count), index=[forecast.last_day], columns=quantiles.columns)
    shown = pd.concat([start, quantiles[(quantiles.index > forecast.last_day) & (quantiles.index <= until)]])
    frame = named_quantiles(shown)
    used = milestones[milestones["preferred"]].sort_values("date")
    last = shown.iloc[-1]

    def draw(sheet: Sheet, narrow: bool) -> None:
        axes = theme.tidy(sheet.add_subplot())
        draw_fan(axes, frame, t)
        axes.plot(
            used["date"], used["municipalities"], "o", color=theme.BLUE_DARKEST, markersize=4.5, label=t("published")
        )
        bounds = used[~used["relation"].isin(FIRM_RELATIONS)]
        axes.vlines(bounds["date"], bounds["count_low"], bounds["count_high"], color=theme.BLUE_DARKEST, linewidth=2)
        axes.axhline(TARGET, color=theme.OCHRE, linewidth=1.2, linestyle=(0, (5, 3)))
        axes.text(
            used["date"].iloc[0],
            TARGET - 60,
            t("half: {target}", target=t.integer(TARGET)),
            color=theme.OCHRE,
            va="top",
        )
        axes.axvline(theme.day_number(TARGET_DAY), color=theme.OCHRE, linewidth=0.8, linestyle=(0, (1, 2)))
        axes.set_ylim(-60, min(PUBLISHED_UNIVERSE, 1.06 * float(shown.to_numpy().max())))
        axes.yaxis.set_major_formatter(lambda value, _: t.integer(value))
        axes.set_ylabel(t("municipalities"))
        theme.date_axis(axes, t, narrow=narrow)
        axes.legend(loc="upper left", bbox_to_anchor=(0, 0.94 if axes.get_ylim()[1] * 0.6 > TARGET else 0.5))

    return Figure(
        id="fan_chart",
        t=t,
        evidence=Evidence.ESTIMATED,
        source=t("{model}; totals as published", model=t(SOURCE)),
        as_of=forecast.last_day,
        title=t("Published totals, and where the network is heading"),
        caption=t(
            "The shaded bands hold the future total with 50%, 80% and 95% probability, as far as past growth tells. A "
            "legal deadline or the end of the programme is not in them. A line at a dot shows the counts that “about” "
            "or “more than” may stand for."
        ),
        alt=t(
            "Dots of published totals up to {start}, then a widening fan. In {end} the median is {middle}, the 80% "
            "band from {low} to {high}; the target of {target} is a dashed line.",
            start=t.date(forecast.last_day, "month"),
            end=t.date(shown.index[-1], "month"),
            middle=t.integer(last[0.5]),
            low=t.integer(last[0.1]),
            high=t.integer(last[0.9]),
            target=t.integer(TARGET),
        ),
        draw=draw,
        frame=frame,
        columns={
            "date": Column(t("Date"), "date"),
            "q500": Column(t("Median"), "integer"),
            "q250": Column(t("50%: from"), "integer"),
            "q750": Column(t("50%: to"), "integer"),
            "q100": Column(t("80%: from"), "integer"),
            "q900": Column(t("80%: to"), "integer"),
            "q025": Column(t("95%: from"), "integer"),
            "q975": Column(t("95%: to"), "integer"),
        },
        heights=(4.6, 4.2),
    )


def chance_figure(forecast: GrowthForecast, horizon_months: int, t: Text) -> Figure:
    """Draw how the chance of having reached the target grows with time."""
    until = forecast.last_day + pd.DateOffset(months=horizon_months)
    days = pd.date_range(forecast.last_day, until, freq="ME")
    frame = pd.DataFrame({"date": days, "probability": [forecast.probability(TARGET, day) for day in days]})
    by_target = forecast.probability(TARGET, TARGET_DAY) if forecast.last_day <= TARGET_DAY else float("nan")

    def draw(sheet: Sheet, narrow: bool) -> None:
        axes = theme.tidy(sheet.add_subplot())
        axes.plot(frame["date"], 100 * frame["probability"], color=theme.BLUE, marker="o", markersize=3.5)
        if not np.isnan(by_target) and until >= TARGET_DAY:
            axes.axvline(theme.day_number(TARGET_DAY), color=theme.OCHRE, linewidth=1, linestyle=(0, (5, 3)))
            axes.plot([theme.day_number(TARGET_DAY)], [100 * by_target], "D", color=theme.OCHRE, markersize=7, zorder=4)
            axes.annotate(
                f"{t.date(TARGET_DAY, 'short')}: {t.probability(by_target)}",
                (TARGET_DAY, 100 * by_target),
                xytext=(8, -16),
                textcoords="offset points",
                color=theme.OCHRE,
                **theme.BOLD,
            )
        axes.set_ylim(0, 102)
        axes.yaxis.set_major_formatter(lambda value, _: t.percent(value / 100, 0))
        theme.date_axis(axes, t, narrow=narrow)

    return Figure(
        id="target_chance",
        t=t,
        evidence=Evidence.ESTIMATED,
        source=t(SOURCE),
        as_of=forecast.last_day,
        title=t("Probability that half of the municipalities have joined, by date"),
        caption=t(
            "Read: by the end of each month, the chance that at least {target} are members.", target=t.integer(TARGET)
        ),
        alt=t(
            "A rising line from {first} in {start} to {last} in {end}.",
            first=t.probability(frame["probability"].iloc[0]),
            start=t.date(frame["date"].iloc[0], "month"),
            last=t.probability(frame["probability"].iloc[-1]),
            end=t.date(frame["date"].iloc[-1], "month"),
        ),
        draw=draw,
        frame=frame,
        columns={"date": Column(t("By the end of"), "month"), "probability": Column(t("Probability"), "probability")},
        heights=(3.6, 3.3),
    )


def dates_table(forecast: GrowthForecast, t: Text) -> Table:
    """Show when round numbers are reached: the early, the middle and the late date."""
    levels = (0.1, 0.5, 0.9)
    counts = {
        t("Half of all ({count})", count=t.integer(TARGET)): TARGET,
        t.integer(3000): 3000,
        t("Three quarters ({count})", count=t.integer(THREE_QUARTERS)): THREE_QUARTERS,
        t("Nine in ten ({count})", count=t.integer(NINE_TENTHS)): NINE_TENTHS,
    }
    beyond = t("after {year}", year=str(forecast.dates[-1].year))
    rows = []
    for label, count in counts.items():
        reached = forecast.date_reached(count, levels)
        there = count <= forecast.last_certain_count
        written = [t("reached") if there else beyond if pd.isna(day) else t.date(day, "month") for day in reached]
        rows.append(
            {
                "count": count,
                "label": label,
                **{f"q{100 * level:02.0f}": day for level, day in zip(levels, reached, strict=True)},
                **{f"written{i}": text for i, text in enumerate(written)},
                "never_share": 1 - forecast.probability(count, forecast.dates[-1]),
            }
        )
    return Table(
        id="dates_reached",
        t=t,
        evidence=Evidence.ESTIMATED,
        source=t(SOURCE),
        as_of=forecast.last_day,
        title=t("When round numbers are reached"),
        caption=t(
            "One path in ten is faster than the first date, half are faster than the middle one, nine in ten than the "
            "last. Some paths level off before: the last column says how many."
        ),
        frame=pd.DataFrame(rows),
        columns={
            "label": Column(t("Municipalities"), only_shown=True),
            "written0": Column(t("Early (10%)"), only_shown=True),
            "written1": Column(t("Middle (50%)"), only_shown=True),
            "written2": Column(t("Late (90%)"), only_shown=True),
            "never_share": Column(t("Not by {year}", year=str(forecast.dates[-1].year)), "probability"),
        },
    )


def curves_figure(forecast: GrowthForecast, t: Text) -> Figure:
    """Draw the median of each curve alone over five years, within the 80 % band of all of them together."""
    until = forecast.last_day + pd.DateOffset(years=5)
    band = forecast.monthly_quantiles((0.1, 0.9))
    band = band[band.index <= until]
    names = [str(name) for name in forecast.weights.index]
    medians = {name: forecast.curve_quantiles(name, (0.5,))[0.5].loc[band.index] for name in names}
    frame = pd.DataFrame({"date": band.index, "q100": band[0.1].to_numpy(), "q900": band[0.9].to_numpy()})
    frame = frame.assign(**{name: medians[name].to_numpy() for name in names})
    ends = frame[names].iloc[-1].sort_values()
    styles = ("solid", (0, (6, 2)), (0, (2, 1.5)), (0, (6, 2, 1, 2)), (0, (1, 3)))
    colors = (theme.BLUE_DARK, theme.OCHRE, theme.GREEN, theme.RED, theme.GRAY)

    def draw(sheet: Sheet, narrow: bool) -> None:
        axes = theme.tidy(sheet.add_subplot())
        axes.fill_between(
            frame["date"],
            frame["q100"],
            frame["q900"],
            color=theme.BLUE,
            alpha=0.18,
            linewidth=0,
            label=t("80% of all paths"),
        )
        for name, style, color in zip(names, styles, colors, strict=False):
            axes.plot(frame["date"], frame[name], color=color, linestyle=style, label=t(CURVE_NAMES[name]))
        axes.axhline(TARGET, color=theme.GRAY, linewidth=1, linestyle=(0, (1, 2)))
        axes.text(
            frame["date"].iloc[-1], TARGET - 60, t("half: {target}", target=t.integer(TARGET)), ha="right", va="top"
        )
        theme.count_axes(axes, t, narrow=narrow)

    return Figure(
        id="curves_apart",
        t=t,
        evidence=Evidence.ESTIMATED,
        source=t(SOURCE),
        as_of=forecast.last_day,
        title=t("The median of each curve alone"),
        caption=t(
            "The published totals do not say where growth ends. In {month} the curves' medians lie {apart} "
            "municipalities apart; the band holds them all.",
            month=t.date(frame["date"].iloc[-1], "month"),
            apart=t.integer(ends.iloc[-1] - ends.iloc[0]),
        ),
        alt=t(
            "Lines that rise together at first and part later. In {month}, {low} is lowest at {low_count} and {high} "
            "highest at {high_count}; the 80% band runs from {band_low} to {band_high}.",
            month=t.date(frame["date"].iloc[-1], "month"),
            low=t(CURVE_NAMES[str(ends.index[0])]),
            low_count=t.integer(ends.iloc[0]),
            high=t(CURVE_NAMES[str(ends.index[-1])]),
            high_count=t.integer(ends.iloc[-1]),
            band_low=t.integer(frame["q100"].iloc[-1]),
            band_high=t.integer(frame["q900"].iloc[-1]),
        ),
        draw=draw,
        frame=frame,
        columns={
            "date": Column(t("Date"), "date"),
            **{name: Column(t(CURVE_NAMES[name]), "integer") for name in names},
            "q100": Column(t("80%: from"), "integer"),
            "q900": Column(t("80%: to"), "integer"),
        },
        heights=(4.0, 3.8),
    )


def curves_table(forecast: GrowthForecast, t: Text) -> Table:
    """Show what each curve alone would say, and its weight in the ensemble."""
    rows = []
    for name, weight in forecast.weights.items():
        by_month = forecast.curve_quantiles(str(name), (0.1, 0.5, 0.9))
        low, middle, high = by_month.loc[[TARGET_DAY]].to_numpy()[0]
        rows.append(
            {
                "curve": name,
                "label": t(CURVE_NAMES[str(name)]),
                "weight": weight,
                "q10": low,
                "q50": middle,
                "q90": high,
            }
        )
    return Table(
        id="curves",
        t=t,
        evidence=Evidence.ESTIMATED,
        source=t(SOURCE),
        as_of=forecast.last_day,
        title=t("What each curve alone would say for {day}", day=t.date(TARGET_DAY)),
        caption=t(
            "No curve is right. Each weighs as much as it foresaw the totals that came after those it was fitted to; "
            "where they differ, the forecast is as wide as their disagreement."
        ),
        frame=pd.DataFrame(rows),
        columns={
            "label": Column(t("Curve")),
            "weight": Column(t("Weight"), "percent", 0),
            "q50": Column(t("Median"), "integer"),
            "q10": Column(t("80%: from"), "integer"),
            "q90": Column(t("80%: to"), "integer"),
        },
    )
