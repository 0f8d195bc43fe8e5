"""The network counted from a list of members: how many, since when, where, and of what size."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

import pandas as pd
from matplotlib.figure import Figure as Sheet

from redegov_analysis.cleaning.membership.balance import balance
from redegov_analysis.cleaning.membership.counts import counted_by
from redegov_analysis.cleaning.membership.published import BRASILIA
from redegov_analysis.cleaning.membership.standing import Membership
from redegov_analysis.reports import theme
from redegov_analysis.reports.content.maps import draw_mesh
from redegov_analysis.reports.content.state import SIZE_LABELS
from redegov_analysis.reports.items import Column, Figure, Statement, Table
from redegov_analysis.reports.text import N_, Text

LIST: Final = N_("List of members: {source}")
FIRST_MONTH: Final = pd.Timestamp("2019-04-30")
KNOWN_SHARE: Final = 0.5
"""A curve is drawn when the list bounds the day of joining of this share of its members from both sides."""

Group = Literal["uf", "region", "size_class"]

_SHADES: Final = ("#071d41", "#2670e8", "#81aefc", "#c5d4eb")
_OUT: Final = "#f0f0f0"


def list_source(listed: Membership, t: Text) -> str:
    """Return the list as captions name it."""
    return t(LIST, source=listed.source)


def entries_on(listed: Membership, municipalities: pd.DataFrame) -> pd.DataFrame:
    """Return the municipalities that there were on the day of the list, with whether and since when each is in.

    Parameters
    ----------
    listed
        The list.
    municipalities
        The processed table; it is not changed.

    Returns
    -------
    DataFrame
        The table's columns, `member` (bool) and those of `Membership.members`.
    """
    there = municipalities[~(municipalities["valid_from"] > pd.Timestamp(listed.snapshot_date))]
    there = there.assign(population_2022=there["population_2022"].astype("Int64"))
    table = there.merge(listed.members, on="ibge_code", how="left", validate="1:1")
    return table.assign(member=table["ibge_code"].isin(listed.members["ibge_code"]))


def has_curve(listed: Membership) -> bool:
    """Return whether a list tells enough of the days of joining for a curve."""
    return len(listed.members) > 0 and float(listed.members["joined_after"].notna().mean()) >= KNOWN_SHARE


def members_statement(
    listed: Membership | None, municipalities: pd.DataFrame, t: Text, *, milestones: pd.DataFrame | None = None
) -> Statement | None:
    """Say how many municipalities the list holds, how many people live in them, and if published totals contradict it.

    Parameters
    ----------
    listed
        The list; without one there is nothing to say.
    municipalities, milestones
        The processed tables. Without milestones the list is not held against the published totals.
    t
        The reader's language.
    """
    if listed is None:
        return None
    entries = entries_on(listed, municipalities)
    count = int(entries["member"].sum())
    people = float(entries.loc[entries["member"], "population_2022"].sum() / entries["population_2022"].sum())
    return Statement(
        id="members_counted",
        t=t,
        evidence=listed.evidence,
        source=list_source(listed, t),
        as_of=listed.snapshot_date,
        sentence=t(
            "By the list of members, {count} of {universe} municipalities were in on {date}: {share}. {people} of the "
            "people counted in 2022 live in them.",
            count=t.integer(count),
            universe=t.integer(len(entries)),
            date=t.date(listed.snapshot_date),
            share=t.percent(count / len(entries)),
            people=t.percent(people, 0),
        )
        + (
            " "
            + t(
                "For {count} more the list does not tell whether they had joined by then.",
                count=t.integer(listed.undecided),
            )
            if listed.undecided
            else ""
        )
        + _contradicted(listed, milestones, t),
        value=count,
        unit="municipalities",
        numeral=t.integer(count),
        headline=True,
    )


def _contradicted(listed: Membership, milestones: pd.DataFrame | None, t: Text) -> str:
    """Return a sentence on a list whose sum the published totals do not allow; nothing where they do."""
    if milestones is None:
        return ""
    found = balance(len(listed.members), listed.snapshot_date, milestones)
    if found.agrees:
        return ""
    if found.members < found.low:
        return " " + t(
            "The list is not whole: the totals published allow {low} at least, so that shares and maps made from it "
            "are too low.",
            low=t.integer(found.low),
        )
    return " " + t(
        "The list holds more than there were: the totals published allow {high} at most, so that shares and maps made "
        "from it are too high.",
        high=t.integer(found.high or 0),
    )


def counted_curve(listed: Membership | None, milestones: pd.DataFrame, t: Text) -> Figure | None:
    """Draw how many had joined by each day of the list, beside the published totals."""
    if listed is None or not has_curve(listed):
        return None
    end = pd.Timestamp(listed.snapshot_date)
    days = pd.DatetimeIndex([*pd.date_range(FIRST_MONTH, end, freq="ME"), end]).unique()
    curve = counted_by(listed.members, days)
    totals = milestones[milestones["preferred"] & (milestones["date"] <= end)].sort_values("date")
    count = len(listed.members)

    def draw(sheet: Sheet, narrow: bool) -> None:
        axes = theme.tidy(sheet.add_subplot())
        if (curve["high"] > curve["low"]).any():
            axes.fill_between(
                curve["date"], curve["low"], curve["high"], color=theme.BLUE_LIGHT, alpha=0.35, linewidth=0,
                label=t("At most, by the list"),
            )  # fmt: skip
        axes.plot(curve["date"], curve["low"], color=theme.BLUE, label=t("Counted on the list"))
        axes.hlines(
            totals["municipalities"], totals["date_earliest"], totals["date_latest"], color=theme.OCHRE, linewidth=4,
            alpha=0.35,
        )  # fmt: skip
        axes.plot(
            totals["date"], totals["municipalities"], "o", color=theme.OCHRE, markersize=5, label=t("Published total")
        )
        axes.annotate(
            t.integer(count),
            (end, count),
            xytext=(-6, 4),
            textcoords="offset points",
            ha="right",
            color=theme.BLUE_DARK,
            **theme.BOLD,
        )
        axes.set_ylim(0)
        axes.set_ylabel(t("municipalities"))
        theme.date_axis(axes, t, narrow=narrow)
        axes.yaxis.set_major_formatter(lambda value, _: t.integer(value))
        axes.legend(loc="upper left")

    by_year = counted_by(listed.members, [f"{year}-12-31" for year in range(2019, end.year)])
    told = t.listing(
        [
            t("{count} in {year}", count=t.integer(n), year=str(day.year))
            for day, n in zip(by_year["date"], by_year["low"], strict=True)
        ]
    )
    return Figure(
        id="counted_curve",
        t=t,
        evidence=listed.evidence,
        source=t("{list}; totals published by the ministry and the press", list=list_source(listed, t)),
        as_of=listed.snapshot_date,
        title=t("Municipalities that had joined, counted, beside the published totals"),
        caption=t(
            "The line counts the list's own days of joining; the dots are what was published, the pale bars the days "
            "that a total may refer to. Dots on the line: list and totals agree."
        ),
        alt=t(
            "Rising line of members counted by month up to {count} on {date}, with the published totals as dots. "
            "Members at the end of each year: {years}.",
            count=t.integer(count),
            date=t.date(listed.snapshot_date),
            years=told or "–",
        ),
        draw=draw,
        frame=curve,
        columns={
            "date": Column(t("Date"), "date"),
            "low": Column(t("At least"), "integer"),
            "high": Column(t("At most"), "integer"),
        },
        heights=(4.1, 3.8),
    )


def group_shares(entries: pd.DataFrame, by: Group) -> pd.DataFrame:
    """Return members and people of each group.

    Parameters
    ----------
    entries
        From `entries_on`.
    by
        The column that makes the groups.

    Returns
    -------
    DataFrame
        One row per group that has municipalities: the group, `municipalities`, `members`, `member_share` (0–1),
        `people_in_members` and `people_share` (0–1, census of 2022).
    """
    people = entries["population_2022"].fillna(0.0)
    grouped = entries.assign(people=people, inside=people.where(entries["member"], 0.0)).groupby(by, observed=True)
    table = grouped.agg(
        municipalities=("ibge_code", "size"), members=("member", "sum"), people=("people", "sum"),
        people_in_members=("inside", "sum"),
    ).reset_index()  # fmt: skip
    return table.assign(
        members=table["members"].astype("int64"),
        member_share=table["members"] / table["municipalities"],
        people_in_members=table["people_in_members"].astype("int64"),
        people_share=table["people_in_members"] / table["people"],
    ).drop(columns="people")


def members_by(listed: Membership | None, municipalities: pd.DataFrame, by: Group, t: Text) -> Table | None:
    """Show how many of each state, region or size class are in, and how many people live there."""
    if listed is None:
        return None
    table = group_shares(entries_on(listed, municipalities), by)
    names = municipalities.drop_duplicates("uf").set_index("uf")["uf_name"]
    if by == "uf":
        table = table.sort_values("member_share", ascending=False, kind="stable", ignore_index=True)
        label = table["uf"].map(names)
    elif by == "region":
        label = table["region"].map(lambda name: t(str(name)))
    else:
        table = table.assign(size_class=table["size_class"].astype("str"))
        label = table["size_class"].map(lambda name: t(SIZE_LABELS[str(name)]))
    titles = {
        "uf": (t("Members by state"), t("State")),
        "region": (t("Members by region"), t("Region")),
        "size_class": (t("Members by size"), t("Inhabitants")),
    }
    shares = table["member_share"]
    highest, lowest = int(shares.argmax()), int(shares.argmin())
    return Table(
        id=f"members_by_{by}",
        t=t,
        evidence=listed.evidence,
        source=t("{list}; population of the 2022 census (IBGE)", list=list_source(listed, t)),
        as_of=listed.snapshot_date,
        title=titles[by][0],
        caption=t(
            "Counted on the list. Shares of municipalities run from {low} ({last}) to {high} ({first}).",
            high=t.percent(float(shares.iloc[highest]), 0),
            first=str(label.iloc[highest]),
            low=t.percent(float(shares.iloc[lowest]), 0),
            last=str(label.iloc[lowest]),
        ),
        frame=table.assign(group=label),
        columns={
            "group": Column(titles[by][1]),
            "municipalities": Column(t("Municipalities"), "integer"),
            "members": Column(t("Members"), "integer"),
            "member_share": Column(t("Share of municipalities"), "percent"),
            "people_share": Column(t("Share of people"), "percent"),
        },
    )


def members_map(listed: Membership | None, municipalities: pd.DataFrame, t: Text) -> Figure | None:
    """Draw which municipalities are in, shaded by the year of joining where the list gives it."""
    if listed is None:
        return None
    entries = entries_on(listed, municipalities)
    last = listed.snapshot_date.year
    dated = listed.dated and last > FIRST_MONTH.year + 3
    names = {
        str(last - 3): t("{year} or before", year=str(last - 3)),
        **{str(y): str(y) for y in range(last - 2, last + 1)},
    }
    shades = dict(zip(names, _SHADES, strict=True)) if dated else {"in": _SHADES[1]}
    year = entries["joined_on"].dt.year.clip(lower=last - 3)
    when = (
        year.map(lambda number: "" if pd.isna(number) else str(int(number)))
        if dated
        else entries["member"].map({True: "in", False: ""})
    )
    colors = {
        code: shades.get(key, theme.GRAY if inside else _OUT)
        for code, key, inside in zip(entries["ibge_code"], when, entries["member"], strict=True)
    }
    legend = {names.get(key, t("Member")): color for key, color in shades.items()}
    undated = entries["member"] & (when == "")
    if undated.any():
        legend[t("Year not known")] = theme.GRAY
    legend[t("Not on the list")] = _OUT
    count = int(entries["member"].sum())
    table = group_shares(entries, "region")
    told = t.listing(
        [
            f"{t(str(region))} {t.percent(share, 0)}"
            for region, share in zip(table["region"], table["member_share"], strict=True)
        ]
    )
    frame = entries[
        ["ibge_code", "name", "uf", "member", "joined_on", "joined_on_precision", "joined_after", "joined_by"]
    ]
    return Figure(
        id="members_map",
        t=t,
        evidence=listed.evidence,
        source=t("{source}; municipal mesh of IBGE (2015)", source=list_source(listed, t)),
        as_of=listed.snapshot_date,
        title=t("Where the members are"),
        caption=t(
            "{count} of {universe} municipalities. Large areas catch the eye: they are few and often thinly peopled "
            "municipalities. By region: {regions}.",
            count=t.integer(count),
            universe=t.integer(len(entries)),
            regions=told,
        ),
        alt=t(
            "Map of the municipalities of Brazil; {count} members are shaded. Share of members by region: {regions}.",
            count=t.integer(count),
            regions=told,
        ),
        draw=lambda sheet, _narrow: draw_mesh(sheet, colors, legend),
        frame=frame.sort_values("ibge_code", ignore_index=True),
        columns={
            "name": Column(t("Municipality")),
            "uf": Column(t("State")),
            "joined_by": Column(t("Had joined by"), "date"),
        },
        heights=(7.2, 7.2),
        kind="png",
    )


def capitals_table(listed: Membership | None, municipalities: pd.DataFrame, t: Text) -> Table | None:
    """Show which capitals are in, and since when."""
    if listed is None:
        return None
    entries = entries_on(listed, municipalities)
    capitals = entries[entries["is_capital"]].sort_values("name", ignore_index=True)
    of_states = capitals[capitals["ibge_code"] != BRASILIA]
    out = of_states.loc[~of_states["member"], "name"].tolist()
    inside = int(of_states["member"].sum())
    caption = t(
        "{count} of the {all} capitals of states are on the list.",
        count=t.integer(inside),
        all=t.integer(len(of_states)),
    )
    if out:
        caption += " " + t("Not on it: {names}.", names=t.listing(out))
    return Table(
        id="capitals_in",
        t=t,
        evidence=listed.evidence,
        source=list_source(listed, t),
        as_of=listed.snapshot_date,
        title=t("The capitals"),
        caption=caption,
        frame=with_days(capitals, t)[["ibge_code", "name", "uf", "standing", "since", "joined_on", "joined_by"]],
        columns={
            "name": Column(t("Capital")),
            "uf": Column(t("State")),
            "standing": Column(t("On the list")),
            "since": Column(t("Joined")),
        },
    )


def joined_written(row: Mapping[Any, Any], t: Text) -> str:
    """Return when a member joined as precisely as the list tells, in words.

    Parameters
    ----------
    row
        With the columns of `Membership.members`.
    t
        The reader's language.
    """
    precision = row["joined_on_precision"]
    if precision == "day":
        return t.date(row["joined_on"], "short")
    if precision == "month":
        return t.date(row["joined_on"], "month")
    if precision == "year":
        return str(row["joined_on"].year)
    if pd.isna(row["joined_by"]):
        return "–"
    by = t.date(row["joined_by"], "short")
    if pd.isna(row["joined_after"]):
        return t("by {date}", date=by)
    return t("after {start}, by {end}", start=t.date(row["joined_after"], "short"), end=by)


def with_days(entries: pd.DataFrame, t: Text) -> pd.DataFrame:
    """Return entries with whether each is in, and since when, in words."""
    marks = {True: t("✓ in"), False: t("✗ not in")}
    return entries.assign(
        standing=entries["member"].map(marks), since=[joined_written(row, t) for row in entries.to_dict("records")]
    )
