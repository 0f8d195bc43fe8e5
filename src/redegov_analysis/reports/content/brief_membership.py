"""Whether one municipality is in, or how likely that is, and what the answer rests on.

Without a list of members nobody is called a member here: there is an estimate with its interval, and it says so.
"""

from __future__ import annotations

from typing import Final

import pandas as pd

from redegov_analysis.evidence import Evidence
from redegov_analysis.reports.content.brief_basis import Brief
from redegov_analysis.reports.content.brief_tables import LEVEL, MONTHS_AHEAD
from redegov_analysis.reports.content.state import SIZE_LABELS
from redegov_analysis.reports.items import Column, Statement, Table
from redegov_analysis.reports.text import N_, Text

ESTIMATE_SOURCE: Final = N_("Size gradient of the published totals; spread between states as in the sister networks")


def membership_statement(brief: Brief, t: Text) -> Statement:
    """Say whether the municipality is in by the list of members, or how likely that is where there is no list."""
    return _estimated(brief, t) if brief.background.list_day is None else _listed(brief, t)


def joining_statement(brief: Brief, t: Text) -> Statement | None:
    """Say how likely a municipality outside joins within a year; nothing without a list, or for one that is in."""
    place, background = brief.place, brief.background
    if background.list_day is None or place["member"] != "out":
        return None
    evidence = of_list(brief, Evidence.ESTIMATED)
    source = t("Monthly hazard of joining, fitted to the list of members ({list})", list=background.list_source)
    if background.joining != "fitted" or pd.isna(place["join_chance"]):
        reason = {
            "undated": N_("fewer than 95% of the members on the list carry the day or month on which they joined"),
            "not identified": N_("the list's dates do not suffice to fit how municipalities join"),
            "fitted": N_("some of the characteristics that the estimate needs were not published for it"),
        }[background.joining]
        sentence = t("How likely {name} is to join cannot be told: {reason}.", name=place["name"], reason=t(reason))
        return Statement(
            id="joining_chance", t=t, evidence=evidence, source=source, as_of=background.list_day, sentence=sentence
        )
    low, high = t.probability(place["join_low"]), t.probability(place["join_high"])
    return Statement(
        id="joining_chance",
        t=t,
        evidence=evidence,
        source=source,
        as_of=background.list_day,
        sentence=t(
            "If joining goes on as in the last twelve months with adhesions, a municipality like {name} joins within "
            "{months} months with a chance of about {chance} ({low} to {high}, 90% interval).",
            name=place["name"],
            months=t.integer(MONTHS_AHEAD),
            chance=t.probability(place["join_chance"]),
            low=low,
            high=high,
        ),
        value=float(place["join_chance"]),
        unit="probability",
        numeral=t("{low} to {high}", low=low, high=high),
        low=float(place["join_low"]),
        high=float(place["join_high"]),
        level=LEVEL,
    )


def reasons_table(brief: Brief, t: Text) -> Table:
    """Show what the estimate is made of, or who is in around the municipality where a list says so."""
    return _reasons(brief, t) if brief.background.list_day is None else _around(brief, t)


def of_list(brief: Brief, otherwise: Evidence) -> Evidence:
    """Return `simulated` for whatever stands on a made-up list, and else the evidence given."""
    made_up = brief.background.list_evidence == str(Evidence.SIMULATED)
    return Evidence.SIMULATED if made_up else otherwise


def list_day(brief: Brief, t: Text) -> str:
    """Return the day of the list of members, in the reader's language."""
    return t.date(brief.background.list_day)


def joined_when(day: pd.Timestamp | None, precision: object, t: Text) -> str:
    """Return when a member joined, as exactly as the list says."""
    if day is None or day != day:  # NaT is not equal to itself
        return t("day unknown")
    if precision in {"month", "year"}:
        return t.date(day, "month" if precision == "month" else "year")
    return t.date(day)


def _estimated(brief: Brief, t: Text) -> Statement:
    place, background = brief.place, brief.background
    name, day = place["name"], t.date(background.estimated_on)
    if pd.isna(place["chance"]):
        return Statement(
            id="membership",
            t=t,
            evidence=Evidence.ESTIMATED,
            source=t(ESTIMATE_SOURCE),
            as_of=background.estimated_on,
            sentence=t(
                "Whether {name} is a member of the Rede GOV.BR is not published, and nothing can be estimated: it has "
                "no population of the year that the estimate uses.",
                name=name,
            ),
        )
    low, high = t.probability(place["chance_low"]), t.probability(place["chance_high"])
    return Statement(
        id="membership",
        t=t,
        evidence=Evidence.ESTIMATED,
        source=t(ESTIMATE_SOURCE),
        as_of=background.estimated_on,
        sentence=t(
            "Whether {name} is a member of the Rede GOV.BR is not published. Of municipalities of its size, about "
            "{share} were members on {day}; as states differ, {low} to {high} is plausible (90% interval). This does "
            "not say that {name} is in, nor that it is out.",
            name=name,
            share=t.probability(place["chance"]),
            day=day,
            low=low,
            high=high,
        ),
        value=float(place["chance"]),
        unit="probability",
        numeral=t("{low} to {high}", low=low, high=high),
        low=float(place["chance_low"]),
        high=float(place["chance_high"]),
        level=LEVEL,
    )


def _listed(brief: Brief, t: Text) -> Statement:
    place, background = brief.place, brief.background
    name, day = place["name"], list_day(brief, t)
    if place["member"] == "in" and pd.notna(place["joined_on"]):
        since = joined_when(place["joined_on"], place["joined_on_precision"], t)
        sentence = t(
            "{name} is a member of the Rede GOV.BR by the list of {day}; it joined: {since}.",
            name=name,
            day=day,
            since=since,
        )
    elif place["member"] == "in":
        sentence = t(
            "{name} is a member of the Rede GOV.BR by the list of {day}, which does not say since when.",
            name=name,
            day=day,
        )
    elif place["member"] == "out":
        sentence = t("{name} is not on the list of members of {day}.", name=name, day=day)
    else:
        sentence = t("The list does not tell whether {name} had joined by {day}.", name=name, day=day)
    if background.list_lacks is not None:
        sentence += " " + t(
            "The list is not whole: the totals published allow {low} members at least, so that not standing on it says "
            "little.",
            low=t.integer(background.list_lacks),
        )
    return Statement(
        id="membership",
        t=t,
        evidence=of_list(brief, Evidence.OBSERVED),
        source=background.list_source,
        as_of=background.list_day,
        sentence=sentence,
        value=str(place["member"]),
        unit="standing on the list",
    )


def _reasons(brief: Brief, t: Text) -> Table:
    place, background = brief.place, brief.background
    rows = [
        (t("Any municipality of Brazil: the published total"), background.total / background.universe, None, None),
        (t("One of its size, if size alone decided: large ones joined first"), place["size_alone"], None, None),
        (
            t("One of its size in a state like any other: states differ as in the sister networks"),
            place["chance"],
            place["chance_low"],
            place["chance_high"],
        ),
    ]
    return Table(
        id="chance_reasons",
        t=t,
        evidence=Evidence.ESTIMATED,
        source=t(ESTIMATE_SOURCE),
        as_of=background.estimated_on,
        title=t("What the estimate is made of"),
        caption=t(
            "Chance of being a member on {day}. Which way this state differs is not known: that is why the interval is "
            "wide. The login and the service invoice are not used: how strongly they go with membership is not known.",
            day=t.date(background.estimated_on),
        ),
        frame=pd.DataFrame(rows, columns=["what", "chance", "low", "high"]).astype(
            {"chance": "float64", "low": "float64", "high": "float64"}
        ),
        columns={
            "what": Column(t("What is known")),
            "chance": Column(t("Chance"), "probability"),
            "low": Column(t("90%: from"), "probability"),
            "high": Column(t("90%: to"), "probability"),
        },
    )


def _around(brief: Brief, t: Text) -> Table:
    place = brief.place
    size = t(SIZE_LABELS[str(place["size_class"])])
    rows = [
        (t("Brazil"), place["members"], place["entries"]),
        (place["uf_name"], place["state_members"], place["state_peers"]),
        (t("Its size class, {size} inhabitants", size=size), place["size_members"], place["size_peers"]),
        (t("Municipalities that it borders on"), place["border_members"], place["borders"]),
    ]
    frame = pd.DataFrame(rows, columns=["where", "members", "municipalities"])
    counts = frame["municipalities"].astype("float64")
    frame["share"] = frame["members"].astype("float64") / counts.where(counts > 0)
    return Table(
        id="members_around",
        t=t,
        evidence=of_list(brief, Evidence.OBSERVED),
        source=brief.background.list_source,
        as_of=brief.background.list_day,
        title=t("Who is in around {name}", name=place["name"]),
        caption=t("Members on the list of {day}.", day=list_day(brief, t)),
        frame=frame,
        columns={
            "where": Column(t("Where")),
            "members": Column(t("Members"), "integer"),
            "municipalities": Column(t("Municipalities"), "integer"),
            "share": Column(t("Share"), "percent", 0),
        },
    )
