"""What the reader sees of the Rede's own story: what goes with membership, who is next, how well that was foreseen."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
import pandas as pd
from matplotlib.figure import Figure as Sheet

from redegov_analysis.drivers.calendar import CARAVAN
from redegov_analysis.drivers.foresight import Judgement
from redegov_analysis.reports import theme
from redegov_analysis.reports.content.coefficients import Ratio, draw_ratios, labelled, ratio_columns, ratio_of
from redegov_analysis.reports.content.login import REGION_NAMES
from redegov_analysis.reports.content.maps import draw_mesh
from redegov_analysis.reports.content.members import list_source
from redegov_analysis.reports.content.rede import START, RedeStory, thirds
from redegov_analysis.reports.content.survival import (
    SIZE_GROUPS,
    Span,
    curve_columns,
    curves_by_group,
    curves_frame,
    draw_curves,
)
from redegov_analysis.reports.items import Column, Figure, Statement, Table
from redegov_analysis.reports.text import N_, Text

SHOWN: Final = 12
"""Municipalities shown at either end of the ranking."""

_KINDS: Final = {
    "dated": N_(
        "The list says when each joined: the model follows who joined in each month among those still outside."
    ),
    "windows": N_(
        "The list bounds when each joined, without a day: days are drawn within the bounds, several times, and the "
        "intervals hold what that leaves open. The order among neighbours is partly lost, so their effect tends to "
        "look smaller than it is."
    ),
    "cross-section": N_("The list does not say when each joined: the model compares members with the others, once."),
}
_NO_CARAVANS: Final = {
    "none came": N_("No federal caravan came while the list runs, so none is held equal."),
    "not told": N_("Federal caravans are not held equal: too few joined in their wake to tell their effect."),
}
_STANDINGS: Final = {
    "in": (N_("Member"), theme.BLUE_DARKEST),
    "likely": (N_("Outside: likeliest third"), "#2670e8"),
    "middle": (N_("Outside: middle third"), "#81aefc"),
    "unlikely": (N_("Outside: least likely third"), "#dfe6f2"),
}


def reading_statement(story: RedeStory | None, t: Text) -> Statement | None:
    """Say in plain words what went with membership, by the list in force."""
    if story is None:
        return None
    sentence, size = _reading(story, t)
    said = Statement(
        id="rede_reading",
        t=t,
        evidence=story.listed.evidence,
        source=list_source(story.listed, t),
        as_of=story.listed.snapshot_date,
        sentence=sentence,
    )
    if size is None:
        return said
    return replace(
        said,
        value=size.value,
        unit="odds ratio per standard deviation",
        low=size.low,
        high=size.high,
        level=0.95,
    )


def _reading(story: RedeStory, t: Text) -> tuple[str, Ratio | None]:
    """Return what to say of the list in force, and the odds ratio of size behind it, if a model is shown."""
    if not story.modelled:
        sentence = t(
            "The list has {count} members. They are too few, or too much alike, to tell what goes with joining; no "
            "model is shown.",
            count=t.integer(len(story.listed.members)),
        )
        return sentence, None
    table = story.table()
    shown = labelled(table, t)
    size = ratio_of(table, next(term for term in table.index if term.startswith("log10_population")))
    more = t.listing([str(label) for label in shown.loc[shown["ratio_low"] > 1, "label"]]) or t("none")
    less = t.listing([str(label) for label in shown.loc[shown["ratio_high"] < 1, "label"]]) or t("none")
    numbers = {
        "more": more,
        "less": less,
        "size": t.number(size.value, 2),
        "interval": t.interval(size.low, size.high, 2),
        "how": t(_KINDS[story.kind]),
    }
    if story.history is not None:
        sentence = t(
            "By the list of members, in {months} municipality-months with {events} adhesions, these went with joining "
            "sooner: {more}; with joining later: {less}. Per standard deviation of size, the monthly odds were {size} "
            "times as high ({interval}). {how} Association, not cause.",
            months=t.integer(story.history.counts["municipality_months"]),
            events=t.integer(story.history.counts["events"]),
            **numbers,
        )
    else:
        sentence = t(
            "By the list of members, these go with membership, all else equal: {more}; with staying outside: {less}. "
            "Per standard deviation of size, the odds are {size} times as high ({interval}). {how} Association, not "
            "cause.",
            **numbers,
        )
    return sentence, size


def odds_figure(story: RedeStory | None, t: Text) -> Figure | None:
    """Draw the odds ratios of joining the Rede."""
    if story is None or not story.modelled:
        return None
    shown = labelled(story.table(), t)
    firm = shown.loc[(shown["ratio_low"] > 1) | (shown["ratio_high"] < 1), "label"]
    history = story.history
    left_out = 0 if history is None else int(history.counts["events_incomplete"])
    caption = t(
        "Right of 1: more likely or sooner, all else equal. Filled marks: the 95% interval leaves out 1. Errors "
        "clustered by state. {left_out} adhesions are left out because a covariate is missing.",
        left_out=t.integer(left_out),
    )
    if story.caravans in _NO_CARAVANS:
        caption = f"{caption} {t(_NO_CARAVANS[story.caravans])}"
    return Figure(
        id="rede_odds",
        t=t,
        evidence=story.listed.evidence,
        source=list_source(story.listed, t),
        as_of=story.listed.snapshot_date,
        title=t("What goes with joining the Rede GOV.BR, by the list of members"),
        caption=caption,
        alt=t("Odds ratios with intervals; those whose interval leaves out 1: {firm}.", firm=t.listing(list(firm))),
        draw=draw_ratios(shown, t("odds ratio (log scale)"), t),
        frame=shown,
        columns=ratio_columns(t, t("Odds ratio")),
        heights=(4.2, 4.2),
    )


def curves_figure(story: RedeStory | None, t: Text) -> Figure | None:
    """Draw the share that had not joined the Rede yet, by size and by region; nothing without days or windows."""
    if story is None or story.history is None:
        return None
    listed = story.listed
    end = pd.Timestamp(listed.snapshot_date)
    undated = set(listed.members["ibge_code"]) - set(story.events.loc[story.events["joined_on"].notna(), "ibge_code"])
    panels = curves_by_group(Span(story.events, undated, START, end), story.known)
    ends = {by: curves.groupby("group", sort=False)["survival"].last() for by, (curves, _) in panels.items()}
    regions = ends["region"].sort_values()
    sizes = list(SIZE_GROUPS)
    return Figure(
        id="rede_outside",
        t=t,
        evidence=listed.evidence,
        source=list_source(listed, t),
        as_of=listed.snapshot_date,
        title=t("Not yet in the Rede GOV.BR"),
        caption=t(
            "Share of the municipalities that had not joined (Kaplan–Meier, 95% bands). On {date}: "
            "{largest} of those with more than 500 thousand inhabitants, {smallest} of those with up to 10 thousand; "
            "{low} in the {first} region, {high} in the {last}. Log-rank tests: p {p_size} for size, {p_region} for "
            "region. Nothing else is held equal here.",
            date=t.date(end),
            largest=t.percent(ends["size"].get(sizes[-1], np.nan), 0),
            smallest=t.percent(ends["size"].get(sizes[0], np.nan), 0),
            low=t.percent(regions.iloc[0], 0),
            first=t(str(regions.index[0])),
            high=t.percent(regions.iloc[-1], 0),
            last=t(str(regions.index[-1])),
            p_size=t.p_value(panels["size"][1]),
            p_region=t.p_value(panels["region"][1]),
        ),
        alt=t(
            "Falling curves of the share outside the Rede GOV.BR, five by size and five by region; lowest at the end: "
            "{first}, highest: {last}.",
            first=t(str(regions.index[0])),
            last=t(str(regions.index[-1])),
        ),
        draw=draw_curves(panels, t),
        frame=curves_frame(panels, t),
        columns=curve_columns(t),
        heights=(4.3, 7.2),
    )


def next_table(story: RedeStory | None, t: Text, *, likely: bool = True) -> Table | None:
    """Show who is most likely to join next, or least; the CSV of the first holds everybody outside.

    Parameters
    ----------
    story
        From `rede.rede_story`.
    t
        The reader's language.
    likely
        The most likely; else the least.
    """
    if story is None or story.ranking is None or story.ranking.empty:
        return None
    named = story.ranking.merge(story.known[["ibge_code", "name"]], on="ibge_code", how="left", validate="1:1")
    frame = named.round({"relative_hazard": 2, "neighbours_share": 3} | {f"monthly_{name}": 4 for name in _CHANCES})
    digits = 1 if likely else 2
    frame = frame if likely else frame.tail(SHOWN).iloc[::-1].reset_index(drop=True)
    return Table(
        id="rede_next" if likely else "rede_last",
        t=t,
        evidence=story.listed.evidence,
        source=list_source(story.listed, t),
        as_of=story.listed.snapshot_date,
        title=t("Most likely to join next") if likely else t("Least likely to join next"),
        caption=t(
            "Of {outside} municipalities outside. Beside the median of them: how many times as likely in a month. The "
            "chance in a month is at the pace of the last twelve months; its 95% interval holds the error of the "
            "estimates, not what the model does not know, such as a decision already taken.",
            outside=t.integer(len(named)),
        )
        if likely
        else t("The other end of the same ranking: the least likely first."),
        frame=frame,
        columns={
            "name": Column(t("Municipality")),
            "uf": Column(t("State")),
            "relative_hazard": Column(t("Beside the median"), "number", 1),
            "neighbours_share": Column(t("Neighbours in"), "percent", 0),
            "monthly_probability": Column(t("Chance in a month"), "percent", digits),
            "monthly_low": Column(t("95%: from"), "percent", digits),
            "monthly_high": Column(t("95%: to"), "percent", digits),
        },
        limit=SHOWN,
    )


_CHANCES: Final = ("probability", "low", "high")


def foresight_figure(story: RedeStory | None, t: Text) -> Figure | None:
    """Draw how many joined in each tenth of a ranking made a year before, beside how many were expected."""
    if story is None or story.judgement is None:
        return None
    judged: Judgement = story.judgement
    table = judged.calibration.reset_index()
    cut = pd.Timestamp(story.listed.snapshot_date) - pd.DateOffset(years=1)
    caption = t(
        "It put those that joined above those that did not in {pairs} of 100 pairs. Of the likeliest tenth "
        "{first} joined ({expected} expected), of the least likely {last}. How many join in all is taken as known; "
        "only who is judged. Covariates tell likely from unlikely, not who is next.",
        pairs=t.number(100 * judged.auc, 0),
        first=t.integer(table["joined"].iloc[0]),
        expected=t.integer(table["expected"].iloc[0]),
        last=t.integer(table["joined"].iloc[-1]),
    )
    if CARAVAN in judged.history.terms:
        caption += " " + t("The federal caravans that had come by then are in the ranking.")
    elif story.caravans == "held equal":
        caption += " " + t(
            "Federal caravans are not in this ranking: too few had come, or joined in their wake, by then."
        )

    def draw(sheet: Sheet, _narrow: bool) -> None:
        axes = theme.tidy(sheet.add_subplot())
        place = np.arange(len(table))
        axes.bar(place, table["joined"], color=theme.BLUE, width=0.72, label=t("Joined in the year"))
        axes.plot(place, table["expected"], "D", color=theme.OCHRE, markersize=6, label=t("Expected"))
        axes.set_xticks(place, [t.integer(tenth) for tenth in table["tenth"]])
        axes.set_xlabel(t("tenth of the ranking, likeliest first"))
        axes.set_ylabel(t("municipalities"))
        axes.legend(loc="upper right")

    return Figure(
        id="rede_foresight",
        t=t,
        evidence=story.listed.evidence,
        source=list_source(story.listed, t),
        as_of=story.listed.snapshot_date,
        title=t("A ranking of {date}, judged on the year after it", date=t.date(cut)),
        caption=caption,
        alt=t(
            "Bars of those that joined by tenth of the ranking, from {first} to {last}, with marks for the number "
            "expected, from {expected} to {least}.",
            first=t.integer(table["joined"].iloc[0]),
            last=t.integer(table["joined"].iloc[-1]),
            expected=t.integer(table["expected"].iloc[0]),
            least=t.integer(table["expected"].iloc[-1]),
        ),
        draw=draw,
        frame=table.round({"expected": 2}),
        columns={
            "tenth": Column(t("Tenth"), "integer"),
            "municipalities": Column(t("Municipalities"), "integer"),
            "expected": Column(t("Expected"), "number", 1),
            "joined": Column(t("Joined in the year"), "integer"),
        },
        heights=(3.4, 3.4),
    )


def standing_map(story: RedeStory | None, t: Text) -> Figure | None:
    """Draw who is in, and how likely the others are to join next, by thirds."""
    if story is None or story.ranking is None:
        return None
    standing = thirds(story)
    colors = {
        code: _STANDINGS[name][1]
        for code, name in zip(standing["ibge_code"], standing["standing"], strict=True)
        if isinstance(name, str)
    }
    place = story.known.set_index("ibge_code")["region"].astype("str")
    likely = standing.loc[standing["standing"] == "likely", "ibge_code"]
    count = place.reindex(likely).value_counts()
    outside = standing["standing"].isin(["likely", "middle", "unlikely"])
    by_region = (
        standing.assign(region=standing["ibge_code"].map(place))
        .pivot_table(index="region", columns="standing", values="ibge_code", aggfunc="count", fill_value=0)
        .reindex(columns=list(_STANDINGS), fill_value=0)
        .reset_index()
    )
    told = t.listing(
        [f"{t(REGION_NAMES[str(region)])} {t.integer(number)}" for region, number in count.items() if number]
    )
    return Figure(
        id="rede_standing",
        t=t,
        evidence=story.listed.evidence,
        source=t("{source}; municipal mesh of IBGE (2015)", source=list_source(story.listed, t)),
        as_of=story.listed.snapshot_date,
        title=t("Who is in, and how likely the others are to join next"),
        caption=t(
            "The {outside} municipalities outside, in thirds of the ranking; the likeliest third by region: {told}. "
            "What a model ranks is no promise and no judgement of a city hall.",
            outside=t.integer(int(outside.sum())),
            told=told,
        ),
        alt=t(
            "Map of the municipalities of Brazil: members darkest, the others lighter the less likely; {told}.",
            told=told,
        ),
        draw=lambda sheet, _narrow: draw_mesh(sheet, colors, {t(name): color for name, color in _STANDINGS.values()}),
        frame=by_region.assign(region=[t(REGION_NAMES[str(region)]) for region in by_region["region"]]),
        columns={
            "region": Column(t("Region")),
            **{name: Column(t(label), "integer") for name, (label, _) in _STANDINGS.items()},
        },
        heights=(7.2, 7.2),
        kind="png",
    )
