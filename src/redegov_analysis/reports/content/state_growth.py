"""Where the states are heading, once a dated list of members is there: forecasts that add up to the nation's."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from matplotlib.figure import Figure as Sheet

from redegov_analysis.cleaning.membership.standing import Membership
from redegov_analysis.cleaning.spelling import folded
from redegov_analysis.errors import IdentificationError
from redegov_analysis.evidence import Evidence
from redegov_analysis.forecast.growth import GrowthForecast
from redegov_analysis.forecast.outlook import DRAWS, SEED, TARGET_DAY, draws_on, outlook, with_count_of
from redegov_analysis.forecast.states import StateForecast, forecast_states
from redegov_analysis.reports import theme
from redegov_analysis.reports.content.members import list_source
from redegov_analysis.reports.items import Column, Figure, Statement, Table
from redegov_analysis.reports.sharing import shared
from redegov_analysis.reports.states import STATES
from redegov_analysis.reports.text import N_, Text

SOURCE: Final = N_("{list}, and published totals; model by state and month")
LEVELS: Final = (0.1, 0.25, 0.5, 0.75, 0.9)
FEDERAL_DISTRICT: Final = "DF"
LIKELY: Final = 0.8
MONTHS_AFTER: Final = 6
"""Where the list is younger than the target's day, or too near to it, so many months are looked ahead."""


def states_ahead(
    listed: Membership | None,
    municipalities: pd.DataFrame,
    milestones: pd.DataFrame,
    *,
    draws: int = DRAWS,
    seed: int = SEED,
) -> StateForecast | None:
    """Return the forecast of the states on the target's day, or None where no dated list is there.

    In every draw the states add up to the nation's forecast from published totals, so that the country has one number;
    a list that is newer than all of them is one of the totals (`forecast.outlook.with_count_of`), if need be a made-up
    one, as all that is said of states from it is marked.

    Parameters
    ----------
    listed
        The list of members in force, cut at the day of the report.
    municipalities, milestones
        The processed tables, the second cut at the day of the report; they are not changed.
    draws, seed
        As in `forecast.outlook.outlook`; the same as notebook 04's unless it is given others.

    Returns
    -------
    StateForecast or None
        None without a list, or where fewer than 95 % of its members carry a day or a month, or nobody joined on two
        different days. For a list or totals of the target's day or later, of six months after it.
    """
    if listed is None or not listed.dated:
        return None
    totals = with_count_of(listed, milestones, made_up=True)
    try:
        return _ahead(listed.members, listed.snapshot_date.isoformat(), municipalities, totals, draws, seed)
    except IdentificationError:
        return None


@shared
def _ahead(
    members: pd.DataFrame, day: str, municipalities: pd.DataFrame, milestones: pd.DataFrame, draws: int, seed: int
) -> StateForecast:
    nation = outlook(milestones, draws=draws, seed=seed)
    last = max(pd.Timestamp(day), nation.last_day)
    until = TARGET_DAY if last < TARGET_DAY else last + pd.offsets.MonthEnd(MONTHS_AFTER)
    return forecast_states(members, municipalities, day=day, dates=[until], seed=seed, nation=nation)


def states_statement(
    ahead: StateForecast | None, listed: Membership | None, forecast: GrowthForecast, t: Text
) -> Statement | None:
    """Say in how many states half of the municipalities are likely to be in, and what that adds up to.

    Parameters
    ----------
    ahead
        From `states_ahead`.
    listed
        The list behind it.
    forecast
        The country's forecast from published totals, to which the states add up.
    """
    if ahead is None or listed is None:
        return None
    day = ahead.dates[-1]
    table = _table(ahead)
    likely = table[table["probability"] >= LIKELY]
    unlikely = table[table["probability"] <= 1 - LIKELY].sort_values(["probability", "q500"])
    sums = [t.integer(value) for value in np.quantile(ahead.national[:, -1], [0.1, 0.5, 0.9])]
    # Forecasts of the nation are read on any day: between two of theirs each path is taken as straight.
    nation = [t.integer(value) for value in np.quantile(draws_on(forecast, [day])[:, 0], [0.1, 0.5, 0.9])]
    held = int(ahead.members.sum())
    parts = [
        t(
            "By the list's dates, at least half of the municipalities are likely to be in by {day} in {likely} of "
            "{states} states (chance of {level} or more), and unlikely in {unlikely} (chance of {other} or less).",
            day=t.date(day),
            likely=t.integer(len(likely)),
            states=t.integer(len(table)),
            level=t.percent(LIKELY, 0),
            unlikely=t.integer(len(unlikely)),
            other=t.percent(1 - LIKELY, 0),
        )
    ]
    if sums == nation:
        parts.append(
            t(
                "In every draw the states add up to the country's forecast, the one at the top of this page: "
                "{middle} municipalities (80%: {low} to {high}).",
                middle=sums[1],
                low=sums[0],
                high=sums[2],
            )
        )
    else:
        parts.append(
            t(
                "The country's forecast at the top of this page rests on published totals alone and gives {other} "
                "(80%: {other_low} to {other_high}). The list of {list_day} holds {held} municipalities; from there "
                "the states add up to {middle} (80%: {low} to {high}).",
                list_day=t.date(listed.snapshot_date),
                held=t.integer(held),
                middle=sums[1],
                low=sums[0],
                high=sums[2],
                other=nation[1],
                other_low=nation[0],
                other_high=nation[2],
            )
        )
    if held == forecast.last_certain_count and pd.Timestamp(listed.snapshot_date) == forecast.last_day:
        parts.append(t("The list's own count is the last of the totals behind that forecast."))
    if held < forecast.last_certain_count:
        parts.append(
            t(
                "The list holds {held} municipalities and at least {published} are published: those that it lacks are "
                "given to the states as newcomers are.",
                held=t.integer(held),
                published=t.integer(forecast.last_certain_count),
            )
        )
    return Statement(
        id="states_ahead",
        t=t,
        evidence=_evidence(listed),
        source=t(SOURCE, list=list_source(listed, t)),
        as_of=listed.snapshot_date,
        sentence=" ".join(parts),
        value=len(likely),
        unit="states",
    )


def states_ahead_figure(ahead: StateForecast | None, listed: Membership | None, t: Text) -> Figure | None:
    """Draw each state's share of members now and as forecast, the highest median on top."""
    if ahead is None or listed is None:
        return None
    day = ahead.dates[-1]
    table = _table(ahead).sort_values(["share_q500", "uf"], ignore_index=True)
    first, last = table.iloc[-1], table.iloc[0]

    def draw(sheet: Sheet, narrow: bool) -> None:
        axes = theme.tidy(sheet.add_subplot(), grid="x")
        rows = np.arange(len(table))
        axes.hlines(rows, 100 * table["share_q100"], 100 * table["share_q900"], color=theme.BLUE_LIGHT, linewidth=5)
        axes.hlines(rows, 100 * table["share_q250"], 100 * table["share_q750"], color=theme.BLUE, linewidth=5)
        axes.plot(100 * table["share_q500"], rows, "|", color=theme.BLUE_DARKEST, markersize=9, markeredgewidth=2)
        axes.plot(
            100 * table["share_now"], rows, "o", color=theme.PAPER, markeredgecolor=theme.OCHRE, markersize=5.5,
            markeredgewidth=1.6,
        )  # fmt: skip
        axes.axvline(50, color=theme.OCHRE, linewidth=1.2, linestyle=(0, (5, 3)))
        axes.set_yticks(rows, table["uf"] if narrow else table["name"])
        axes.set_ylim(-0.8, len(table) - 0.2)
        axes.set_xlim(0, 101)
        axes.xaxis.set_major_formatter(lambda value, _: t.percent(value / 100, 0))
        axes.set_xlabel(t("share of the state's municipalities"))
        handles = [
            axes.plot([], [], "o", color=theme.PAPER, markeredgecolor=theme.OCHRE, markeredgewidth=1.6)[0],
            axes.plot([], [], "|", color=theme.BLUE_DARKEST, markersize=9, markeredgewidth=2)[0],
            axes.plot([], [], color=theme.BLUE, linewidth=5)[0],
            axes.plot([], [], color=theme.BLUE_LIGHT, linewidth=5)[0],
        ]
        labels = [t("in now"), t("median"), t("50%"), t("80%")]
        axes.legend(handles, labels, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=4, columnspacing=1.2)

    return Figure(
        id="states_ahead_shares",
        t=t,
        evidence=_evidence(listed),
        source=t(SOURCE, list=list_source(listed, t)),
        as_of=listed.snapshot_date,
        title=t("The states' shares of members: on the list, and on {day}", day=t.date(day)),
        caption=t(
            "Each bar holds the state's share on {day} with 50% (dark) and 80% (light) probability. Where bars overlap "
            "much, the order of two states is not told. In every draw the states add up to the nation.",
            day=t.date(day),
        ),
        alt=t(
            "One row per state. At the top {first}, with {first_now} now and a median of {first_then}; at the bottom "
            "{last}, with {last_now} now and a median of {last_then}. A dashed line marks one half.",
            first=first["name"],
            first_now=t.percent(first["share_now"], 0),
            first_then=t.percent(first["share_q500"], 0),
            last=last["name"],
            last_now=t.percent(last["share_now"], 0),
            last_then=t.percent(last["share_q500"], 0),
        ),
        draw=draw,
        frame=table[::-1].reset_index(drop=True),
        columns={
            "name": Column(t("State")),
            "share_now": Column(t("On the list"), "percent", 0),
            "share_q500": Column(t("Median"), "percent", 0),
            "share_q100": Column(t("80%: from"), "percent", 0),
            "share_q900": Column(t("80%: to"), "percent", 0),
        },
        heights=(6.8, 6.6),
    )


def states_ahead_table(ahead: StateForecast | None, listed: Membership | None, t: Text) -> Table | None:
    """Show each state's members now, the forecast with its interval, and the chance of one half."""
    if ahead is None or listed is None:
        return None
    day = ahead.dates[-1]
    return Table(
        id="states_forecast",
        t=t,
        evidence=_evidence(listed),
        source=t(SOURCE, list=list_source(listed, t)),
        as_of=listed.snapshot_date,
        title=t("What the list's dates give to each state by {day}", day=t.date(day)),
        caption=t(
            "The last column is the chance that at least half of the state's municipalities are members by then, if "
            "joining goes on as it has. The Federal District is left out: it counts as one municipality."
        ),
        frame=_table(ahead),
        columns={
            "name": Column(t("State")),
            "municipalities": Column(t("Municipalities"), "integer"),
            "members_now": Column(t("On the list"), "integer"),
            "q500": Column(t("Median"), "integer"),
            "q100": Column(t("80%: from"), "integer"),
            "q900": Column(t("80%: to"), "integer"),
            "probability": Column(t("Half is in"), "probability"),
        },
    )


def state_ahead_statement(ahead: StateForecast | None, listed: Membership | None, uf: str, t: Text) -> Statement | None:
    """Say where one state is heading, for its own page; None without a dated list, or of the Federal District.

    Parameters
    ----------
    ahead, listed
        From `states_ahead`, and the list behind it.
    uf
        The state.
    """
    if ahead is None or listed is None or uf == FEDERAL_DISTRICT:
        return None
    row = next(row for row in _table(ahead).to_dict("records") if row["uf"] == uf)
    return Statement(
        id="state_ahead",
        t=t,
        evidence=_evidence(listed),
        source=t(SOURCE, list=list_source(listed, t)),
        as_of=listed.snapshot_date,
        sentence=t(
            "If joining goes on as it has, {middle} of the {universe} municipalities of {state} are expected to be "
            "members by {day} (with 80% probability between {low} and {high}); on the list there are {now}. The chance "
            "that at least half are in by then is {chance}.",
            middle=t.integer(row["q500"]),
            universe=t.integer(row["municipalities"]),
            state=row["name"],
            day=t.date(ahead.dates[-1]),
            low=t.integer(row["q100"]),
            high=t.integer(row["q900"]),
            now=t.integer(row["members_now"]),
            chance=t.probability(row["probability"]),
        ),
        value=float(row["q500"]),
        unit="municipalities",
        low=float(row["q100"]),
        high=float(row["q900"]),
        level=0.8,
    )


def _evidence(listed: Membership) -> Evidence:
    return Evidence.SIMULATED if listed.evidence is Evidence.SIMULATED else Evidence.ESTIMATED


def _table(ahead: StateForecast) -> pd.DataFrame:
    """Return what is forecast of each state by name, with shares, without the Federal District."""
    table = ahead.on(ahead.dates[-1], LEVELS)
    table = table[table["uf"] != FEDERAL_DISTRICT]
    names = table["uf"].map({uf: state.name for uf, state in STATES.items()})
    table = table.assign(name=names, plain=names.map(folded))
    for column in ("members_now", *(f"q{1000 * level:03.0f}" for level in LEVELS)):
        table[f"share_{column.removeprefix('members_')}"] = table[column] / table["municipalities"]
    return table.sort_values("plain", ignore_index=True).drop(columns="plain")
