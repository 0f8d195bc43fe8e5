"""Where the network is heading: the fan of forecasts, the chance of the target, and the dates of round numbers."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from matplotlib.figure import Figure as Sheet

from redegov_analysis.cleaning.milestones import universe_size
from redegov_analysis.evidence import Evidence
from redegov_analysis.forecast.growth import GrowthForecast, forecast_growth
from redegov_analysis.forecast.outlook import TARGET_DAY
from redegov_analysis.forecast.pace import DAYS_PER_MONTH, PUBLISHED_UNIVERSE, TARGET, net_growth
from redegov_analysis.reports import theme
from redegov_analysis.reports.items import Column, Figure, Statement, Table
from redegov_analysis.reports.text import N_, Text

SOURCE: Final = N_("Model of the published totals (see the methodology)")

BANDS: Final = ((0.025, 0.975), (0.1, 0.9), (0.25, 0.75))
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
            "With what was published up to {date}, the chance that at least half of the municipalities ({target}) "
            "belong to the network by {target_day} is {chance}.",
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


def needed_pace_statement(milestones: pd.DataFrame, t: Text) -> Statement:
    """Say what pace the target needs beside the pace last seen."""
    last = net_growth(milestones, yearly=True).iloc[-1]
    months = max((TARGET_DAY - last["end"]).days / DAYS_PER_MONTH, 0.0)
    missing = max(TARGET - int(last["end_count"]), 0)
    needed = missing / months if months else float("nan")
    return Statement(
        id="pace_needed",
        t=t,
        evidence=Evidence.PUBLISHED,
        source=t("Newest published total against the target; arithmetic, not a forecast"),
        as_of=last["end"],
        sentence=t(
            "From {date}, {missing} more municipalities in {months} months reach the target: {needed} per month, "
            "against {seen} per month seen last ({low} to {high}).",
            date=t.date(last["end"]),
            missing=t.integer(missing),
            months=t.number(months, 1),
            needed=t.integer(needed),
            seen=t.integer(last["per_month"]),
            low=t.integer(last["per_month_low"]),
            high=t.integer(last["per_month_high"]),
        ),
        value=needed,
        unit="municipalities per month",
        numeral=t("{pace} per month", pace=t.integer(needed)),
    )


def fan_chart(milestones: pd.DataFrame, forecast: GrowthForecast, horizon_months: int, t: Text) -> Figure:
    """Draw the published totals and the fan of forecasts up to the horizon, with the target."""
    levels = sorted({level for band in BANDS for level in band} | {0.5})
    until = forecast.last_day + pd.DateOffset(months=horizon_months)
    quantiles = forecast.monthly_quantiles(levels)
    start = pd.DataFrame(float(forecast.last_certain_count), index=[forecast.last_day], columns=quantiles.columns)
    shown = pd.concat([start, quantiles[(quantiles.index > forecast.last_day) & (quantiles.index <= until)]])
    used = milestones[milestones["preferred"]].sort_values("date")
    last = shown.iloc[-1]

    def draw(sheet: Sheet, narrow: bool) -> None:
        axes = theme.tidy(sheet.add_subplot())
        for (low, high), alpha, name in zip(BANDS, (0.16, 0.26, 0.42), ("95%", "80%", "50%"), strict=True):
            axes.fill_between(
                shown.index, shown[low], shown[high], color=theme.BLUE, alpha=alpha, linewidth=0, label=name
            )
        axes.plot(shown.index, shown[0.5], color=theme.BLUE_DARK, linewidth=2, label=t("median"))
        axes.plot(
            used["date"], used["municipalities"], "o", color=theme.BLUE_DARKEST, markersize=4.5, label=t("published")
        )
        axes.axhline(TARGET, color=theme.OCHRE, linewidth=1.2, linestyle=(0, (5, 3)))
        axes.text(used["date"].iloc[0], TARGET + 60, t("half: {target}", target=t.integer(TARGET)), color=theme.OCHRE)
        axes.axvline(theme.day_number(TARGET_DAY), color=theme.OCHRE, linewidth=0.8, linestyle=(0, (1, 2)))
        axes.set_ylim(-60, min(PUBLISHED_UNIVERSE, 1.06 * float(shown.to_numpy().max())))
        axes.yaxis.set_major_formatter(lambda value, _: t.integer(value))
        axes.set_ylabel(t("municipalities"))
        theme.date_axis(axes, t, narrow=narrow)
        axes.legend(loc="upper left", bbox_to_anchor=(0, 0.94 if axes.get_ylim()[1] * 0.6 > TARGET else 0.5))

    frame = shown.rename(columns=lambda level: f"q{1000 * level:03.0f}").rename_axis("date").reset_index()
    return Figure(
        id="fan_chart",
        t=t,
        evidence=Evidence.ESTIMATED,
        source=t("{model}; totals as published", model=t(SOURCE)),
        as_of=forecast.last_day,
        title=t("Published totals, and where the network is heading"),
        caption=t(
            "The shaded bands hold the future total with 50%, 80% and 95% probability, as far as past growth tells. A "
            "legal deadline or the end of the programme is not in them."
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
        t("Three quarters ({count})", count=t.integer(-(-3 * PUBLISHED_UNIVERSE // 4))): -(
            -3 * PUBLISHED_UNIVERSE // 4
        ),
    }
    beyond = t("after {year}", year=str(forecast.dates[-1].year))
    rows = []
    for label, count in counts.items():
        reached = forecast.date_reached(count, levels)
        written = ["–" if count <= forecast.last_certain_count else t.date(day, "month") for day in reached]
        rows.append(
            {
                "count": count,
                "label": label,
                **{f"q{100 * level:02.0f}": day for level, day in zip(levels, reached, strict=True)},
                **{f"written{i}": beyond if text == "–" else text for i, text in enumerate(written)},
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
            "label": Column(t("Municipalities")),
            "written0": Column(t("Early (10%)")),
            "written1": Column(t("Middle (50%)")),
            "written2": Column(t("Late (90%)")),
            "never_share": Column(t("Not by {year}", year=str(forecast.dates[-1].year)), "probability"),
        },
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


def look_back_table(milestones: pd.DataFrame, cut: str, t: Text, *, draws: int, seed: int) -> Table:
    """Show what the same method would have said with the totals up to `cut`, beside what was published since.

    Parameters
    ----------
    cut
        Only totals dated up to this day are used (`YYYY-MM-DD`).
    """
    day = pd.Timestamp(cut)
    known = milestones[milestones["date"] <= day]
    since = milestones[(milestones["date"] > day) & milestones["preferred"]].sort_values("date")
    ahead = forecast_growth(known, universe=universe_size, dates=since["date"], draws=draws, seed=seed)
    quantiles = ahead.quantiles((0.025, 0.1, 0.5, 0.9, 0.975)).loc[since["date"]]
    frame = pd.DataFrame(
        {
            "date": since["date"].to_numpy(),
            "published": since["municipalities"].to_numpy(),
            "published_high": since["count_high"].to_numpy(),
            "q025": quantiles[0.025].to_numpy(),
            "q10": quantiles[0.1].to_numpy(),
            "q50": quantiles[0.5].to_numpy(),
            "q90": quantiles[0.9].to_numpy(),
            "q975": quantiles[0.975].to_numpy(),
        }
    )
    frame["inside_80"] = (frame["published_high"] >= frame["q10"]) & (frame["published"] <= frame["q90"])
    frame["inside_95"] = (frame["published_high"] >= frame["q025"]) & (frame["published"] <= frame["q975"])
    verdicts = {
        (True, True): t("within 80%"),
        (False, True): t("within 95%"),
        (False, False): t("outside 95%"),
    }
    frame["verdict"] = [verdicts[bool(a), bool(b)] for a, b in zip(frame["inside_80"], frame["inside_95"], strict=True)]
    return Table(
        id="look_back",
        t=t,
        evidence=Evidence.ESTIMATED,
        source=t("{model}; totals as published", model=t(SOURCE)),
        as_of=milestones["date"].max(),
        title=t("What this method would have said with the totals up to {day}", day=t.date(day)),
        caption=t("The forecast used nothing published later."),
        frame=frame,
        columns={
            "date": Column(t("Date"), "date"),
            "published": Column(t("Published"), "integer"),
            "q50": Column(t("Median"), "integer"),
            "q10": Column(t("80%: from"), "integer"),
            "q90": Column(t("80%: to"), "integer"),
            "q025": Column(t("95%: from"), "integer"),
            "q975": Column(t("95%: to"), "integer"),
            "verdict": Column(t("The published total is")),
        },
    )
