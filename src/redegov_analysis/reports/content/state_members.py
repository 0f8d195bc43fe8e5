"""One state's members, counted from a list: how many, since when, of what size, and which."""

from __future__ import annotations

from typing import Any, Final

import pandas as pd
from matplotlib.figure import Figure as Sheet

from redegov_analysis.cleaning.membership.counts import counted_by
from redegov_analysis.cleaning.membership.standing import Membership
from redegov_analysis.reports import theme
from redegov_analysis.reports.content.members import (
    FIRST_MONTH,
    contradicted,
    entries_on,
    has_curve,
    list_source,
    with_days,
)
from redegov_analysis.reports.content.members_where import group_shares
from redegov_analysis.reports.content.state import SIZE_LABELS
from redegov_analysis.reports.items import Column, Figure, Statement, Table
from redegov_analysis.reports.text import Text

EVERY_ROW: Final = 1000
"""No state has as many municipalities: each is shown, since people look for their own."""


def members_statement(
    listed: Membership | None,
    municipalities: pd.DataFrame,
    uf: str,
    t: Text,
    *,
    milestones: pd.DataFrame | None = None,
) -> Statement | None:
    """Say how many of the state's municipalities are in, beside the country, and whether totals contradict it.

    Parameters
    ----------
    listed
        The list; without one there is nothing to say.
    municipalities, milestones
        The processed tables. Without milestones the list is not held against the published totals.
    uf
        The state's two letters.
    t
        The reader's language.
    """
    if listed is None:
        return None
    entries = entries_on(listed, municipalities)
    inside = entries[entries["uf"] == uf]
    count = int(inside["member"].sum())
    common: dict[str, Any] = {
        "id": "state_members",
        "t": t,
        "evidence": listed.evidence,
        "source": list_source(listed, t),
        "as_of": listed.snapshot_date,
        "value": count,
        "unit": "municipalities",
    }
    if len(inside) == 1:
        words = (
            t("{state} counts as one municipality; it was on the list of members on {date}.",
              state=_name(inside), date=t.date(listed.snapshot_date))
            if count
            else t("{state} counts as one municipality; it was not on the list of members on {date}.",
                   state=_name(inside), date=t.date(listed.snapshot_date))
        )  # fmt: skip
        return Statement(sentence=words + contradicted(listed, milestones, t), **common)
    people = float(inside.loc[inside["member"], "population_2022"].sum() / inside["population_2022"].sum())
    return Statement(
        sentence=t(
            "{count} of the {universe} municipalities of {state} were on the list of members on {date}: {share}, "
            "against {country} of the whole country. {people} of the state's people live in them.",
            count=t.integer(count),
            universe=t.integer(len(inside)),
            state=_name(inside),
            date=t.date(listed.snapshot_date),
            share=t.percent(count / len(inside)),
            country=t.percent(float(entries["member"].mean())),
            people=t.percent(people, 0),
        )
        + contradicted(listed, milestones, t),
        numeral=t("{part} of {whole}", part=t.integer(count), whole=t.integer(len(inside))),
        **common,
    )


def members_curve(listed: Membership | None, municipalities: pd.DataFrame, uf: str, t: Text) -> Figure | None:
    """Draw the share of the state's municipalities that had joined by each month, beside the country's."""
    if listed is None or not has_curve(listed):
        return None
    entries = entries_on(listed, municipalities)
    here = entries[entries["uf"] == uf]
    if len(here) == 1:
        return None
    end = pd.Timestamp(listed.snapshot_date)
    days = pd.DatetimeIndex([*pd.date_range(FIRST_MONTH, end, freq="ME"), end]).unique()
    state, nation = (counted_by(part[part["member"]], days) for part in (here, entries))
    name = _name(here)
    curve = pd.DataFrame(
        {
            "date": days,
            "members_low": state["low"],
            "members_high": state["high"],
            "state_share": state["low"] / len(here),
            "state_share_high": state["high"] / len(here),
            "country_share": nation["low"] / len(entries),
        }
    )

    def draw(sheet: Sheet, narrow: bool) -> None:
        axes = theme.tidy(sheet.add_subplot())
        axes.plot(days, 100 * curve["country_share"], color=theme.GRAY, linestyle=(0, (5, 2)), label=t("Brazil"))
        if (curve["members_high"] > curve["members_low"]).any():
            axes.fill_between(
                days, 100 * curve["state_share"], 100 * curve["state_share_high"], color=theme.BLUE_LIGHT, alpha=0.35,
                linewidth=0, label=t("At most, by the list"),
            )  # fmt: skip
        axes.plot(days, 100 * curve["state_share"], color=theme.BLUE, linewidth=2.4, label=name)
        axes.set_ylim(0, max(axes.get_ylim()[1], 5))  # below that, ticks in whole percents would repeat themselves
        axes.set_ylabel(t("share of municipalities"))
        axes.yaxis.set_major_formatter(lambda value, _: t.percent(value / 100, 0))
        theme.date_axis(axes, t, narrow=narrow)
        axes.legend(loc="upper left")

    last = curve.iloc[-1]
    first = here.loc[here["member"], "joined_by"].min()
    return Figure(
        id="state_members_curve",
        t=t,
        evidence=listed.evidence,
        source=list_source(listed, t),
        as_of=listed.snapshot_date,
        title=t("Joining over time in {state} and in Brazil", state=name),
        caption=t(
            "Share of municipalities that had joined by each month, counted on the list. On {date}: {state_share} in "
            "the state, {country_share} in the country.",
            date=t.date(listed.snapshot_date),
            state_share=t.percent(last["state_share"]),
            country_share=t.percent(last["country_share"]),
        ),
        alt=t(
            "Two rising lines. The state's first member had joined by {first}; on {date} the state's share is "
            "{state_share} and the country's {country_share}.",
            first=t.date(first),
            date=t.date(listed.snapshot_date),
            state_share=t.percent(last["state_share"]),
            country_share=t.percent(last["country_share"]),
        ),
        draw=draw,
        frame=curve,
        columns={
            "date": Column(t("Date"), "date"),
            "members_low": Column(t("Members"), "integer"),
            "state_share": Column(t("Share of the state"), "percent"),
            "country_share": Column(t("Share of Brazil"), "percent"),
        },
        heights=(3.6, 3.4),
    )


def sizes_table(listed: Membership | None, municipalities: pd.DataFrame, uf: str, t: Text) -> Table | None:
    """Show the members of each size class in the state, beside the country."""
    if listed is None:
        return None
    entries = entries_on(listed, municipalities)
    here = group_shares(entries[entries["uf"] == uf], "size_class")
    nation = group_shares(entries, "size_class")[["size_class", "member_share"]]
    table = here.merge(nation.rename(columns={"member_share": "country_share"}), on="size_class").assign(
        size_class=lambda frame: frame["size_class"].astype("str"),
        size=lambda frame: [t(SIZE_LABELS[name]) for name in frame["size_class"]],
    )
    return Table(
        id="state_members_by_size",
        t=t,
        evidence=listed.evidence,
        source=list_source(listed, t),
        as_of=listed.snapshot_date,
        title=t("Members by size, in the state and in Brazil"),
        caption=t("Counted on the list. In a class of few municipalities, one more or less moves the share by much."),
        frame=table,
        columns={
            "size": Column(t("Inhabitants")),
            "municipalities": Column(t("Municipalities"), "integer"),
            "members": Column(t("Members"), "integer"),
            "member_share": Column(t("Share of the state"), "percent", 0),
            "country_share": Column(t("Share of Brazil"), "percent", 0),
        },
    )


def members_table(listed: Membership | None, municipalities: pd.DataFrame, uf: str, t: Text) -> Table | None:
    """List the state's members, the first to join first."""
    if listed is None:
        return None
    entries = entries_on(listed, municipalities)
    inside = entries[(entries["uf"] == uf) & entries["member"]]
    shown = with_days(inside, t).sort_values(["joined_by", "joined_on", "name"], kind="stable", ignore_index=True)
    return Table(
        id="state_members_in",
        t=t,
        evidence=listed.evidence,
        source=list_source(listed, t),
        as_of=listed.snapshot_date,
        title=t("Municipalities on the list"),
        caption=t("{count} municipalities, the first to join first.", count=t.integer(len(shown))),
        frame=shown[
            ["ibge_code", "name", "since", "joined_on", "joined_on_precision", "joined_after", "joined_by",
             "population_2022"]
        ],
        columns={
            "name": Column(t("Municipality")),
            "since": Column(t("Joined")),
            "population_2022": Column(t("People (2022)"), "integer"),
        },
        limit=EVERY_ROW,
    )  # fmt: skip


def others_table(listed: Membership | None, municipalities: pd.DataFrame, uf: str, t: Text) -> Table | None:
    """List the state's municipalities that are not on the list, the largest first."""
    if listed is None:
        return None
    entries = entries_on(listed, municipalities)
    outside = entries[(entries["uf"] == uf) & ~entries["member"]]
    shown = outside.sort_values(["population_2022", "name"], ascending=[False, True], ignore_index=True)
    return Table(
        id="state_members_out",
        t=t,
        evidence=listed.evidence,
        source=list_source(listed, t),
        as_of=listed.snapshot_date,
        title=t("Municipalities that are not on the list"),
        caption=t(
            "{count} municipalities, the largest first. Not on the list of {date}: they may have joined since.",
            count=t.integer(len(shown)),
            date=t.date(listed.snapshot_date),
        ),
        frame=shown[["ibge_code", "name", "population_2022"]],
        columns={"name": Column(t("Municipality")), "population_2022": Column(t("People (2022)"), "integer")},
        limit=EVERY_ROW,
    )


def _name(inside: pd.DataFrame) -> str:
    return str(inside["uf_name"].iloc[0])
