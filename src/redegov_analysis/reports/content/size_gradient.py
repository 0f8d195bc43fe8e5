"""The size story: how strongly large municipalities are favoured among members, and how that has faded."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure as Sheet
from matplotlib.ticker import MultipleLocator

from redegov_analysis.drivers.selectivity import shares_at, slope_interval
from redegov_analysis.drivers.selectivity_checks import check_capitals, newcomer_size, slope_fade
from redegov_analysis.evidence import Evidence
from redegov_analysis.reports import theme
from redegov_analysis.reports.items import Column, Figure, Statement, Table
from redegov_analysis.reports.text import N_, Text

SOURCE = N_("Published totals and populations; IBGE populations of the time")
SIZES = (5_000, 20_000, 100_000, 500_000)


def fade_statement(fits: pd.DataFrame, t: Text) -> Statement:
    """Say how the size gradient changed from the first to the last total, and whether rounding could explain it.

    The intervals are of 95 % and hold both the rounding of the published numbers and chance.
    """
    fade = slope_fade(fits)
    first, last = _with_chance(fits).iloc[[0, -1]].to_dict("records")
    odds_last = float(np.exp(last["slope"]))
    sentence = t(
        "Ten times the population multiplied the odds of being a member by about {first} ({first_low} to {first_high}) "
        "in {first_date} and by about {last} ({last_low} to {last_high}) in {last_date} (95% intervals): large "
        "municipalities still lead, by less.",
        first=t.number(float(np.exp(first["slope"])), 1),
        first_low=t.number(float(np.exp(first["chance_low"])), 1),
        first_high=t.number(float(np.exp(first["chance_high"])), 1),
        first_date=t.date(first["date"], "month"),
        last=t.number(odds_last, 1),
        last_low=t.number(float(np.exp(last["chance_low"])), 1),
        last_high=t.number(float(np.exp(last["chance_high"])), 1),
        last_date=t.date(last["date"], "month"),
    )
    firm = (
        t("The rounding of the published numbers cannot explain the change.")
        if fade["outlasts_rounding"]
        else t("The rounding of the published numbers alone could explain the change.")
    )
    return Statement(
        id="size_gradient",
        t=t,
        evidence=Evidence.ESTIMATED,
        source=t(SOURCE),
        as_of=last["date"],
        sentence=f"{sentence} {firm}",
        value=float(last["slope"]),
        unit="logit per tenfold population",
        low=float(last["chance_low"]),
        high=float(last["chance_high"]),
        level=0.95,
        numeral=t("× {odds}", odds=t.number(odds_last, 1)),
        headline=True,
    )


def _with_chance(fits: pd.DataFrame) -> pd.DataFrame:
    """Return the fits in order of date with what rounding and chance together allow of each slope (95 %)."""
    ordered = fits.sort_values("date")
    low, high = slope_interval(ordered)
    return ordered.assign(chance_low=low, chance_high=high)


def slopes_figure(fits: pd.DataFrame, t: Text) -> Figure:
    """Draw the slope at each total, with what rounding and chance allow."""
    shown = _with_chance(fits)
    first, last = shown.iloc[[0, -1]].to_dict("records")

    def draw(sheet: Sheet, narrow: bool) -> None:
        axes = theme.tidy(sheet.add_subplot())
        axes.vlines(shown["date"], shown["chance_low"], shown["chance_high"], color=theme.BLUE_LIGHT, linewidth=2)
        axes.vlines(shown["date"], shown["slope_low"], shown["slope_high"], color=theme.BLUE, linewidth=6, alpha=0.55)
        axes.plot(shown["date"], shown["slope"], "o", color=theme.BLUE_DARK, markersize=6)
        axes.axhline(0, color=theme.GRAY, linewidth=1)
        axes.set_ylim(0, max(2.0, 1.05 * float(shown["chance_high"].max())))
        axes.set_ylabel(t("slope (logit per tenfold population)"))
        axes.yaxis.set_major_locator(MultipleLocator(0.5))
        axes.yaxis.set_major_formatter(lambda value, _: t.number(value, 1))
        axes.margins(x=0.08)
        theme.date_axis(axes, t, narrow=narrow)

    return Figure(
        id="size_slopes",
        t=t,
        evidence=Evidence.ESTIMATED,
        source=t(SOURCE),
        as_of=last["date"],
        title=t("The size gradient behind each published total"),
        caption=t(
            "Above zero, large municipalities are more likely members. Thick bars: what the rounding of the published "
            "numbers allows; thin ones: chance as well (95%)."
        ),
        alt=t(
            "Points of the slope, falling from {first} in {first_date} to {last} in {last_date}; all far above zero.",
            first=t.number(first["slope"], 2),
            first_date=t.date(first["date"], "month"),
            last=t.number(last["slope"], 2),
            last_date=t.date(last["date"], "month"),
        ),
        draw=draw,
        frame=shown,
        columns={
            "date": Column(t("Date"), "date"),
            "municipalities": Column(t("Municipalities"), "integer"),
            "population_millions": Column(t("People (millions)"), "number"),
            "slope": Column(t("Slope"), "number", 2),
            "slope_low": Column(t("Rounding: from"), "number", 2),
            "slope_high": Column(t("Rounding: to"), "number", 2),
            "slope_stderr": Column(t("Standard error"), "number", 3),
            "intercept": Column(t("Intercept (10 thousand inhabitants)"), "number", 2),
            "vintage": Column(t("Population used")),
        },
        heights=(3.9, 3.6),
    )


def chances_figure(fits: pd.DataFrame, municipalities: pd.DataFrame, t: Text) -> Figure:
    """Draw the share of members by size that the first and the last gradient imply, with its 95 % interval."""
    ends = {"first": fits.sort_values("date").iloc[0], "last": fits.sort_values("date").iloc[-1]}
    population = np.geomspace(1_000, 3_000_000, 120)
    drawn = {name: shares_at(fit, municipalities, population) for name, fit in ends.items()}

    def draw(sheet: Sheet, _narrow: bool) -> None:
        axes = theme.tidy(sheet.add_subplot())
        for (name, curve), color, style in zip(
            drawn.items(), (theme.OCHRE, theme.BLUE), ((0, (5, 2)), "solid"), strict=True
        ):
            label = t.date(ends[name]["date"], "month")
            axes.fill_between(population, 100 * curve["low"], 100 * curve["high"], color=color, alpha=0.18, linewidth=0)
            axes.plot(population, 100 * curve["share"], color=color, linestyle=style, label=label)
        axes.set_xscale("log")
        ticks = [1_000, 10_000, 100_000, 1_000_000]
        axes.set_xticks(ticks, [t.integer(tick) for tick in ticks])
        axes.minorticks_off()
        axes.set_ylim(0, 101)
        axes.yaxis.set_major_formatter(lambda value, _: t.percent(value / 100, 0))
        axes.set_xlabel(t("inhabitants"))
        axes.legend(loc="upper left")

    at = {name: shares_at(fit, municipalities, SIZES) for name, fit in ends.items()}
    written = pd.DataFrame(
        {
            "population": SIZES,
            **{
                f"{name}_share{end}": part[column]
                for name, part in at.items()
                for end, column in (("", "share"), ("_low", "low"), ("_high", "high"))
            },
        }
    )
    told = {
        f"{size}_{name}": t(
            "{share} ({low} to {high})",
            share=t.percent(row["share"], 0),
            low=t.percent(row["low"], 0),
            high=t.percent(row["high"], 0),
        )
        for name, part in at.items()
        for size, row in (("small", part.iloc[0]), ("large", part.iloc[2]))
    }
    return Figure(
        id="chances_by_size",
        t=t,
        evidence=Evidence.ESTIMATED,
        source=t(SOURCE),
        as_of=ends["last"]["date"],
        title=t("Share of members by size, as the totals imply"),
        caption=t(
            "At {small} inhabitants the implied share rose from {small_first} to {small_last}; at {large}, from "
            "{large_first} to {large_last}. Bands and brackets: 95% intervals, of rounding and chance, if size alone "
            "decides.",
            small=t.integer(SIZES[0]),
            large=t.integer(SIZES[2]),
            **told,
        ),
        alt=t(
            "Two rising curves of the share of members against the number of inhabitants; the later one lies higher at "
            "every size, most of all among small municipalities."
        ),
        draw=draw,
        frame=written,
        columns={
            "population": Column(t("Inhabitants"), "integer"),
            **{
                f"{name}_share{end}": Column(heading, "percent", 0)
                for name, month in ((name, t.date(fit["date"], "month")) for name, fit in ends.items())
                for end, heading in (
                    ("", month),
                    ("_low", t("{date}, low", date=month)),
                    ("_high", t("{date}, high", date=month)),
                )
            },
        },
        heights=(3.9, 3.6),
    )


def newcomers_table(milestones: pd.DataFrame, municipalities: pd.DataFrame, t: Text) -> Table:
    """Show the mean size of newcomers between totals beside the mean size of those still outside."""
    sizes = newcomer_size(milestones, municipalities).replace([np.inf], np.nan)
    return Table(
        id="newcomers",
        t=t,
        evidence=Evidence.ESTIMATED,
        source=t(SOURCE),
        as_of=sizes["end"].iloc[-1],
        title=t("How large newcomers were"),
        caption=t(
            "Mean inhabitants of the municipalities that joined between two totals, beside those still outside. A dash "
            "means that rounding leaves the number open on that side."
        ),
        frame=sizes,
        columns={
            "start": Column(t("From"), "date"),
            "end": Column(t("To"), "date"),
            "newcomers": Column(t("Newcomers"), "integer"),
            "newcomer_mean": Column(t("Mean size of newcomers"), "integer"),
            "newcomer_mean_low": Column(t("At least"), "integer"),
            "newcomer_mean_high": Column(t("At most"), "integer"),
            "outside_mean": Column(t("Mean size of those outside"), "integer"),
        },
    )


def capitals_table(fits: pd.DataFrame, milestones: pd.DataFrame, municipalities: pd.DataFrame, t: Text) -> Table:
    """Hold the size gradient against the one group whose members were published: the state capitals."""
    checked = check_capitals(fits, milestones, municipalities, municipalities)
    return Table(
        id="capitals_check",
        t=t,
        evidence=Evidence.ESTIMATED,
        source=t(SOURCE),
        as_of=checked["date"].iloc[-1],
        title=t("What size alone implies for the capitals, against what was published"),
        caption=t("Where the two differ by more than two standard errors, being a capital says more than its size."),
        frame=checked,
        columns={
            "date": Column(t("Date"), "date"),
            "capitals": Column(t("Capitals in (published)"), "integer"),
            "of": Column(t("of"), "integer"),
            "expected": Column(t("Implied by size"), "number"),
            "stderr": Column(t("Standard error"), "number"),
            "z": Column(t("Difference in standard errors"), "number", 1, sign=True),
        },
    )
