"""How far the network has come: published totals, what is missing to the target, conflicts between sources."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure as Sheet

from redegov_analysis.evidence import Evidence
from redegov_analysis.forecast.pace import FIRM_RELATIONS, PUBLISHED_UNIVERSE, TARGET
from redegov_analysis.reports import theme
from redegov_analysis.reports.items import Column, Figure, Statement, Table
from redegov_analysis.reports.text import N_, Text

SOURCE = N_("Totals published by the ministry and the press, each with its address in the table of totals")

MONTH = pd.Timedelta(days=31)
"""A total whose day is known less well than this is told with its window of days."""

_RELATIONS = {
    "eq": N_("exactly"),
    "about": N_("about"),
    "ge": N_("at least"),
    "gt": N_("more than"),
}


def latest_total(milestones: pd.DataFrame) -> pd.Series:
    """Return the newest total that is preferred over those that conflict with it."""
    return milestones[milestones["preferred"]].sort_values("date").iloc[-1]


def size_statement(milestones: pd.DataFrame, t: Text) -> Statement:
    """Say how many municipalities had joined at the newest total: a bound is told as a bound, never as a count."""
    total = latest_total(milestones)
    return _size(total, t, "members_latest", headline=True)


def mark_statement(milestones: pd.DataFrame, t: Text) -> Statement | None:
    """Say the last total that is a count or a mark of a known day and comes with a population; None if it is newest."""
    total = last_with_people(milestones)
    if total is None or total["date"] == latest_total(milestones)["date"]:
        return None
    return _size(total, t, "members_last_mark", headline=False)


def _size(total: pd.Series, t: Text, name: str, *, headline: bool) -> Statement:
    bound = total["relation"] not in FIRM_RELATIONS
    # Shares are of the 5,570 that publishers count; what is at least so many is held against the entries in force.
    universe = int(total["universe"]) if bound else PUBLISHED_UNIVERSE
    told = {
        "when": _when(total, t),
        "count": t.integer(total["municipalities"]),
        "universe": t.integer(universe),
        "low": t.integer(total["count_low"]),
        "share": t.percent((total["count_low"] if bound else total["municipalities"]) / universe),
    }
    if total["relation"] == "gt":
        sentence = t(
            "{when}, more than {count} municipalities belonged to the Rede GOV.BR: at least {low} of {universe}, or "
            "{share}.",
            **told,
        )
    elif bound:
        sentence = t(
            "{when}, about {count} municipalities belonged to the Rede GOV.BR: at least {low} of {universe}, or "
            "{share}.",
            **told,
        )
    else:
        sentence = t("{when}, {count} of {universe} municipalities belonged to the Rede GOV.BR: {share}.", **told)
    return Statement(
        id=name,
        t=t,
        evidence=Evidence.PUBLISHED,
        source=t(str(total["publisher"])),
        as_of=total["date"],
        sentence=sentence,
        value=int(total["count_low"] if bound else total["municipalities"]),
        unit="municipalities",
        low=int(total["count_low"]) if bound else None,
        high=int(total["count_high"]) if bound else None,
        numeral=as_stated(total, t),
        headline=headline,
    )


def _when(total: pd.Series, t: Text) -> str:
    """Return the day of a total in words; a window where the day is known less well than a month."""
    if total["date_latest"] - total["date_earliest"] <= MONTH:
        return t("On {date}", date=t.date(total["date"]))
    return t(
        "On a day between {first} and {last}", first=t.date(total["date_earliest"]), last=t.date(total["date_latest"])
    )


def as_stated(total: pd.Series, t: Text) -> str:
    """Return a total as it was stated: `2,500`, `more than 2,600`, `about 350`."""
    count = t.integer(total["municipalities"])
    if total["relation"] == "gt":
        return t("more than {count}", count=count)
    return t("about {count}", count=count) if total["relation"] == "about" else count


def target_statement(milestones: pd.DataFrame, t: Text) -> Statement:
    """Say how many municipalities are missing to half of all: at most so many, where the newest total is a bound."""
    total = latest_total(milestones)
    bound = total["relation"] not in FIRM_RELATIONS
    missing = max(TARGET - int(total["count_low" if bound else "municipalities"]), 0)
    told = {"target": t.integer(TARGET), "missing": t.integer(missing), "date": t.date(total["date"])}
    if not missing:
        sentence = t("The target of half of all municipalities, {target}, had been reached by {date}.", **told)
    elif bound:
        sentence = t(
            "The target is half of all municipalities, {target}, by the end of 2026; "
            "at most {missing} were still missing on {date}.",
            **told,
        )
    else:
        sentence = t(
            "The target is half of all municipalities, {target}, by the end of 2026; "
            "{missing} were still missing on {date}.",
            **told,
        )
    return Statement(
        id="missing_to_target",
        t=t,
        evidence=Evidence.PUBLISHED,
        source=t(
            "Federal digital government strategy (EFGD 2024–2027), initiative 5.1, and the newest published total"
        ),
        as_of=total["date"],
        sentence=sentence,
        value=missing,
        unit="municipalities",
        numeral=t("at most {missing}", **told) if bound and missing else t.integer(missing),
    )


def last_with_people(milestones: pd.DataFrame) -> pd.Series | None:
    """Return the newest preferred total that was published with its population, if there is one."""
    known = milestones[milestones["preferred"] & milestones["population_millions"].notna()].sort_values("date")
    return None if known.empty else known.iloc[-1]


def growth_curve(milestones: pd.DataFrame, t: Text) -> Figure:
    """Draw the published totals with the days and the counts that each may stand for."""
    shown = _with_publishers(milestones, t)
    used, conflicting = shown[shown["preferred"]], shown[~shown["preferred"]]
    total = latest_total(milestones)

    def draw(sheet: Sheet, narrow: bool) -> None:
        axes = theme.tidy(sheet.add_subplot())
        axes.axhline(TARGET, color=theme.OCHRE, linewidth=1.2, linestyle=(0, (5, 3)))
        axes.text(
            used["date"].iloc[0],
            TARGET + 40,
            t("Target for the end of 2026: {target}", target=t.integer(TARGET)),
            color=theme.OCHRE,
            fontsize=9.5,
        )
        axes.plot(used["date"], used["municipalities"], color=theme.BLUE_LIGHT, linewidth=1, zorder=2)
        for _, row in shown.iterrows():
            axes.plot(
                [row["date_earliest"], row["date_latest"]],
                [row["municipalities"]] * 2,
                color=theme.BLUE if row["preferred"] else theme.GRAY,
                linewidth=4,
                alpha=0.35,
                solid_capstyle="round",
                zorder=2,
            )
            if row["relation"] not in FIRM_RELATIONS:
                color = theme.BLUE if row["preferred"] else theme.GRAY
                axes.vlines(row["date"], row["count_low"], row["count_high"], color=color, linewidth=4, alpha=0.35)
        axes.plot(used["date"], used["municipalities"], "o", color=theme.BLUE, markersize=5.5, zorder=3,
                  label=t("Total used"))  # fmt: skip
        axes.plot(conflicting["date"], conflicting["municipalities"], "x", color=theme.RED, markersize=7, zorder=4,
                  markeredgewidth=1.8, label=t("Total that conflicts with another"))  # fmt: skip
        axes.annotate(
            as_stated(total, t),
            (total["date"], total["municipalities"]),
            xytext=(-9, 2),
            textcoords="offset points",
            ha="right",
            va="bottom",
            color=theme.BLUE_DARK,
            **theme.BOLD,
        )
        axes.set_ylim(-45, 3000)
        axes.set_ylabel(t("municipalities"))
        theme.date_axis(axes, t, narrow=narrow)
        axes.yaxis.set_major_formatter(lambda value, _: t.integer(value))
        axes.legend(loc="upper left", bbox_to_anchor=(0, 0.9))

    return Figure(
        id="published_totals",
        t=t,
        evidence=Evidence.PUBLISHED,
        source=t(SOURCE),
        as_of=total["date"],
        title=t("Municipalities in the network, as published"),
        caption=t(
            "Slow until 2022, then ever faster to the end of 2025. Pale bars show the days and the counts that a total "
            "may stand for; one early total is known only within two years."
        ),
        alt=t(
            "Line of published totals from {first} in {first_date} to {last} on {last_date}, steepest in 2025; "
            "the target of {target} is a dashed line above it.",
            first=t.integer(used["municipalities"].iloc[0]),
            first_date=t.date(used["date"].iloc[0], "month"),
            last=as_stated(total, t),
            last_date=t.date(total["date"]),
            target=t.integer(TARGET),
        ),
        draw=draw,
        frame=shown,
        columns=_total_columns(t),
        heights=(4.3, 3.9),
    )


def totals_table(milestones: pd.DataFrame, t: Text) -> Table:
    """List every published total with its bounds, days and publisher."""
    shown = _with_publishers(milestones, t).assign(
        stated_as=lambda frame: frame["relation"].map(lambda relation: t(_RELATIONS[relation])),
    )
    return Table(
        id="totals",
        t=t,
        evidence=Evidence.PUBLISHED,
        source=t(SOURCE),
        as_of=latest_total(milestones)["date"],
        title=t("Every published total"),
        caption=t(
            "What was stated, the days it may refer to, and the counts it may stand for. Publishers count 5,570 "
            "municipalities, and so do the shares of their totals; since January 2025 there are 5,571."
        ),
        frame=shown,
        columns=_total_columns(t),
    )


def conflicts_table(milestones: pd.DataFrame, t: Text) -> Table:
    """List the totals that another source contradicts, and which one is used."""
    exact = milestones[milestones["relation"] == "eq"]
    shown = _with_publishers(milestones[~milestones["preferred"]], t)
    shown["reason"] = [
        t(
            "{publisher} counted {count} for the same days: an exact count is preferred.",
            publisher=t(str(same_days["publisher"])),
            count=t.integer(same_days["municipalities"]),
        )
        for same_days in (_count_of_the_same_days(total, exact) for _, total in shown.iterrows())
    ]
    return Table(
        id="conflicts",
        t=t,
        evidence=Evidence.PUBLISHED,
        source=t(SOURCE),
        as_of=latest_total(milestones)["date"],
        title=t("Totals that conflict"),
        caption=t("These are shown and not used; the reason says which total is preferred."),
        frame=shown,
        columns={
            "date": Column(t("Date"), "date"),
            "municipalities": Column(t("Municipalities"), "integer"),
            "published_by": Column(t("Publisher")),
            "reason": Column(t("Why it is not used")),
        },
    )


def _with_publishers(milestones: pd.DataFrame, t: Text) -> pd.DataFrame:
    """Return the totals in order of time, with who published each in the reader's language."""
    ordered = milestones.sort_values("date")
    return ordered.assign(published_by=[t(str(publisher)) for publisher in ordered["publisher"]])


def _count_of_the_same_days(total: pd.Series, exact: pd.DataFrame) -> pd.Series:
    overlapping = exact[
        (exact["date_earliest"] <= total["date_latest"]) & (exact["date_latest"] >= total["date_earliest"])
    ]
    other: pd.Series = overlapping.iloc[-1]
    return other


def _total_columns(t: Text) -> dict[str, Column]:
    return {
        "date": Column(t("Date"), "date"),
        "municipalities": Column(t("Municipalities"), "integer"),
        "count_low": Column(t("At least"), "integer"),
        "count_high": Column(t("At most"), "integer"),
        "date_earliest": Column(t("Earliest day"), "date"),
        "date_latest": Column(t("Latest day"), "date"),
        "population_millions": Column(t("People (millions)"), "number"),
        "published_by": Column(t("Publisher")),
    }
