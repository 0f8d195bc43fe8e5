"""How many people live where the network is, as published, and what that says of the size of its members."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure as Sheet

from redegov_analysis.evidence import Evidence
from redegov_analysis.forecast.pace import FIRM_RELATIONS, PUBLISHED_UNIVERSE
from redegov_analysis.reports import theme
from redegov_analysis.reports.content.network import SOURCE, as_stated, last_with_people
from redegov_analysis.reports.items import Column, Figure, Statement
from redegov_analysis.reports.text import Text


def reach_statement(milestones: pd.DataFrame, municipalities: pd.DataFrame, t: Text) -> Statement | None:
    """Say how many people live in the member municipalities, as published, beside two counts of the population.

    None before the first total that comes with a population.
    """
    total = last_with_people(milestones)
    if total is None:
        return None
    people = float(total["population_millions"]) * 1e6
    bound = total["relation"] not in FIRM_RELATIONS
    share = t.percent(total["count_low" if bound else "municipalities"] / PUBLISHED_UNIVERSE)
    return Statement(
        id="population_reached",
        t=t,
        evidence=Evidence.PUBLISHED,
        source=t(str(total["publisher"])),
        as_of=total["date"],
        sentence=t(
            "On {date}, {people} million people lived in the {count} municipalities of the network ({share} of "
            "{universe}): {census} of those counted in 2022 and {estimate} of those estimated for 2025. Members are "
            "larger than average.",
            count=as_stated(total, t),
            share=t("at least {count}", count=share) if bound else share,
            universe=t.integer(PUBLISHED_UNIVERSE),
            date=t.date(total["date"]),
            people=t.number(people / 1e6, 0),
            census=t.percent(people / float(municipalities["population_2022"].sum()), 0),
            estimate=t.percent(people / float(municipalities["population_2025"].sum()), 0),
        ),
        value=people,
        unit="people",
        numeral=t("{people} million", people=t.number(people / 1e6, 0)),
        headline=True,
    )


def population_figure(milestones: pd.DataFrame, municipalities: pd.DataFrame, t: Text) -> Figure | None:
    """Draw the share of municipalities beside the share of people in them, at each total that states both.

    None before the first such total.
    """
    shown = milestones[milestones["preferred"] & milestones["population_millions"].notna()].sort_values("date")
    if shown.empty:
        return None
    shown = shown.assign(
        share_of_municipalities=shown["municipalities"] / PUBLISHED_UNIVERSE,
        share_of_people=shown["population_millions"] * 1e6 / float(municipalities["population_2022"].sum()),
    )

    def draw(sheet: Sheet, narrow: bool) -> None:
        axes = theme.tidy(sheet.add_subplot())
        for column, color, marker, label in (
            ("share_of_people", theme.BLUE, "o", t("of the people")),
            ("share_of_municipalities", theme.OCHRE, "s", t("of the municipalities")),
        ):
            axes.plot(shown["date"], 100 * shown[column], color=color, marker=marker, markersize=5)
            axes.annotate(
                f"{t.percent(shown[column].iloc[-1], 0)} {label}",
                (shown["date"].iloc[-1], 100 * shown[column].iloc[-1]),
                xytext=(0, 9),
                textcoords="offset points",
                ha="right",
                color=color,
                **theme.BOLD,
            )
        axes.set_ylim(0, 82)
        axes.yaxis.set_major_formatter(lambda value, _: t.percent(value / 100, 0))
        theme.date_axis(axes, t, narrow=narrow)

    return Figure(
        id="people_and_municipalities",
        t=t,
        evidence=Evidence.PUBLISHED,
        source=t("{totals}; population of the 2022 census (IBGE)", totals=t(SOURCE)),
        as_of=shown["date"].iloc[-1],
        title=t("The network reaches a larger share of people than of municipalities"),
        caption=t(
            "Large cities joined first; since then the gap between the two lines has narrowed: newcomers are smaller."
        ),
        alt=t(
            "Two lines from {start} to {end}: people reached rise from {people_first} to {people_last}, "
            "municipalities from {towns_first} to {towns_last}.",
            start=t.date(shown["date"].iloc[0], "month"),
            end=t.date(shown["date"].iloc[-1], "month"),
            people_first=t.percent(shown["share_of_people"].iloc[0], 0),
            people_last=t.percent(shown["share_of_people"].iloc[-1], 0),
            towns_first=t.percent(shown["share_of_municipalities"].iloc[0], 0),
            towns_last=t.percent(shown["share_of_municipalities"].iloc[-1], 0),
        ),
        draw=draw,
        frame=shown,
        columns={
            "date": Column(t("Date"), "date"),
            "municipalities": Column(t("Municipalities"), "integer"),
            "population_millions": Column(t("People (millions)"), "number"),
            "share_of_municipalities": Column(t("Share of municipalities"), "percent"),
            "share_of_people": Column(t("Share of people"), "percent"),
        },
        heights=(3.9, 3.6),
    )
