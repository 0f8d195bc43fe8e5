"""One municipality for a mayor's adviser: who it is, what public lists say of it, and who is near."""

from __future__ import annotations

from typing import Final

import pandas as pd

from redegov_analysis.evidence import Evidence
from redegov_analysis.reports.content.brief_basis import Brief
from redegov_analysis.reports.content.brief_membership import joined_when, list_day, of_list
from redegov_analysis.reports.content.event_history import BOTH_SOURCES
from redegov_analysis.reports.content.quality import LOGIN_SOURCE
from redegov_analysis.reports.content.state import CENSUS, SIZE_LABELS
from redegov_analysis.reports.items import Column, Statement, Table
from redegov_analysis.reports.text import N_, Text

_LISTED: Final = {
    "city_hall": N_("the city hall is listed"),
    "council": N_("the city hall is not listed; the council is"),
    "other": N_("the city hall is not listed; another municipal body is"),
}
_NOT_LISTED: Final = N_("not on the list")


def identity_statement(brief: Brief, t: Text) -> Statement:
    """Say how large the municipality is, among whom, and what the Treasury says of its capacity to pay."""
    place = brief.place
    people = place["population_2022"]
    if pd.isna(people):
        sentence = t(
            "{name} ({uf}) has about {people} inhabitants (2025 estimate). It was installed on {day}, after the "
            "census, so little has been published of it.",
            name=place["name"],
            uf=place["uf"],
            people=t.integer(place["population_2025"]),
            day=t.date(place["valid_from"]),
        )
    elif place["state_peers"] == 1:
        sentence = t(
            "{name} ({uf}) has {people} inhabitants (2022 census). The Federal District counts as one municipality and "
            "has no peers within its state.",
            name=place["name"],
            uf=place["uf"],
            people=t.integer(people),
        )
    else:
        sentence = t(
            "{name} ({uf}) has {people} inhabitants (2022 census) and ranks {rank} by population among the {count} "
            "municipalities of {state}. Its size class, {size} inhabitants, has {peers} municipalities in Brazil.",
            name=place["name"],
            uf=place["uf"],
            people=t.integer(people),
            rank=t.integer(place["state_rank"]),
            count=t.integer(place["state_peers"]),
            state=place["uf_name"],
            size=t(SIZE_LABELS[str(place["size_class"])]),
            peers=t.integer(place["size_peers"]),
        )
    if pd.notna(place["capag_2023"]):
        rating = t("National Treasury's capacity-to-pay rating (CAPAG), 2023: {rating}.", rating=place["capag_2023"])
        sentence = f"{sentence} {rating}"
    shown = people if pd.notna(people) else place["population_2025"]
    return Statement(
        id="municipality",
        t=t,
        evidence=Evidence.PUBLISHED,
        source=f"{t(CENSUS)}; Tesouro Nacional",
        as_of="2023-12-31",
        sentence=sentence,
        value=int(shown),
        unit="people",
    )


def named_statement(brief: Brief, t: Text) -> Statement | None:
    """Say that a public text names the municipality among those that joined; nothing where none does."""
    place = brief.place
    if pd.isna(place["named_source"]):
        return None
    if place["named_presumed"]:
        sentence = t(
            "A public text of {day} names {name} in a context that suggests that it had joined, without saying so.",
            name=place["name"],
            day=t.date(place["named_by"], "month"),
        )
    elif pd.isna(place["named_by"]):
        sentence = t("A public text names {name} among the first to join, without a date.", name=place["name"])
    else:
        sentence = t(
            "A public text names {name} among those that had joined by {day}. A mention is not the list of members; "
            "the estimate does not use it.",
            name=place["name"],
            day=t.date(place["named_by"]),
        )
    return Statement(
        id="named_in_public",
        t=t,
        evidence=Evidence.PUBLISHED,
        source=str(place["named_source"]),
        as_of=None if pd.isna(place["named_by"]) else place["named_by"],
        sentence=sentence,
    )


def known_table(brief: Brief, t: Text) -> Table:
    """Show what lists of near things say of the municipality: the GOV.BR login and the two sister networks."""
    place = brief.place
    rows = [
        (t("GOV.BR login, list of {day}", day=t.date("2021-04-15")), _login(place["login_2021"], t)),
        (t("GOV.BR login, list of {day}", day=t.date("2022-03-21")), _login(place["login_2022"], t)),
        (t("National service invoice (NFS-e), list of {day}", day=t.date("2026-07-10")), _invoice(place, t)),
        (t("National culture system (SNC), list of 2018"), _culture(place, t)),
    ]
    return Table(
        id="municipality_known",
        t=t,
        evidence=Evidence.PROXY,
        source=f"{t(LOGIN_SOURCE)}; {t(BOTH_SOURCES)}",
        as_of=None,
        title=t("What public lists say of {name}", name=place["name"]),
        caption=t(
            "None of these is the Rede GOV.BR. Not being on a list of 2021 or 2022 says nothing of today: most "
            "municipalities joined later."
        ),
        frame=pd.DataFrame(rows, columns=["network", "known"]),
        columns={"network": Column(t("List")), "known": Column(t("What it says"))},
    )


def nearest_table(brief: Brief, t: Text) -> Table:
    """List the nearest municipalities that are in; without a list, the nearest on a list of something near."""
    table, place = brief.nearest, brief.place
    observed = brief.background.list_day is not None
    frame = table.assign(
        municipality=[f"{name} ({uf})" for name, uf in zip(table["name"], table["uf"], strict=True)],
        border=[t("yes") if borders else t("no") for borders in table["borders"]],
        login=[_login(body, t) for body in table["login_2022"]],
    ).rename(columns={"other": "other_ibge_code"})
    columns = {
        "municipality": Column(t("Municipality")),
        "km": Column(t("Distance between seats (km)"), "integer"),
        "border": Column(t("Shares a border")),
    }
    if observed:
        frame = frame.assign(
            since=[
                joined_when(day, precision, t)
                for day, precision in zip(table["joined_on"], table["joined_on_precision"], strict=True)
            ]
        )
        kept = ["municipality", "other_ibge_code", "km", "border", "since"]
        columns["since"] = Column(t("Member since"))
        title = t("Nearest members")
        caption = t(
            "The nearest to {name} that are on the list of members of {day}.",
            name=place["name"],
            day=list_day(brief, t),
        )
        evidence, source = of_list(brief, Evidence.OBSERVED), brief.background.list_source
    else:
        kept = ["municipality", "other_ibge_code", "km", "border", "login", "nfse_joined_on"]
        columns["login"] = Column(t("GOV.BR login, March 2022"))
        columns["nfse_joined_on"] = Column(t("Joined NFS-e"), "date")
        title = t("Nearest that adopted something near")
        caption = t(
            "Who is a member is not published. These are the nearest to {name} that used the GOV.BR login by March "
            "2022 or joined the service invoice (NFS-e) by the end of 2024, while it was a choice: whom to ask about "
            "digital services shared with the Union.",
            name=place["name"],
        )
        evidence, source = Evidence.PROXY, f"{t(LOGIN_SOURCE)}; {t(BOTH_SOURCES)}"
    return Table(
        id="nearest",
        t=t,
        evidence=evidence,
        source=source,
        as_of=brief.background.list_day,
        title=title,
        caption=caption,
        frame=frame[kept],
        columns=columns,
    )


def _login(body: str | None, t: Text) -> str:
    return t(_LISTED[body]) if isinstance(body, str) else t(_NOT_LISTED)


def _invoice(place: pd.Series, t: Text) -> str:
    if pd.isna(place["nfse_status"]) or place["nfse_status"] != "active":
        return t("not joined, or not active")
    if pd.isna(place["nfse_joined_on"]):
        return t("joined; the day is not given")
    if place["nfse_voluntary"]:
        return t("joined on {day}, while it was a choice", day=t.date(place["nfse_joined_on"]))
    return t("joined on {day}, when the law had made it a duty", day=t.date(place["nfse_joined_on"]))


def _culture(place: pd.Series, t: Text) -> str:
    if pd.isna(place["on_snc_list"]):
        return t(_NOT_LISTED)
    if pd.isna(place["snc_joined_on"]):
        return t("not joined by 2018")
    return t("accord published on {day}", day=t.date(place["snc_joined_on"]))
