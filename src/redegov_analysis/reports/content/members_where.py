"""Where the members of a list are, and of what size: by state, region and size, on a map, and the capitals."""

from __future__ import annotations

from typing import Final, Literal

import pandas as pd

from redegov_analysis.cleaning.membership.published import BRASILIA
from redegov_analysis.cleaning.membership.standing import Membership
from redegov_analysis.reports import theme
from redegov_analysis.reports.content.maps import draw_mesh
from redegov_analysis.reports.content.members import FIRST_MONTH, entries_on, list_source, with_days
from redegov_analysis.reports.content.state import SIZE_LABELS
from redegov_analysis.reports.items import Column, Figure, Table
from redegov_analysis.reports.text import Text

Group = Literal["uf", "region", "size_class"]

_SHADES: Final = ("#071d41", "#2670e8", "#81aefc", "#c5d4eb")
_OUT: Final = "#f0f0f0"


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
