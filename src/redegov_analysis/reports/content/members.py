"""The network counted from a list of members: how many, and since when."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pandas as pd
from matplotlib.figure import Figure as Sheet

from redegov_analysis.cleaning.membership.balance import balance
from redegov_analysis.cleaning.membership.counts import counted_by
from redegov_analysis.cleaning.membership.standing import Membership
from redegov_analysis.reports import theme
from redegov_analysis.reports.items import Column, Figure, Statement
from redegov_analysis.reports.text import N_, Text

LIST: Final = N_("List of members: {source}")
FIRST_MONTH: Final = pd.Timestamp("2019-04-30")
KNOWN_SHARE: Final = 0.5
"""A curve is drawn when the list bounds the day of joining of this share of its members from both sides."""


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
        + contradicted(listed, milestones, t),
        value=count,
        unit="municipalities",
        numeral=t.integer(count),
        headline=True,
    )


def contradicted(listed: Membership, milestones: pd.DataFrame | None, t: Text) -> str:
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
