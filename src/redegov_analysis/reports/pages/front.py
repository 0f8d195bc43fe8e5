"""The site's first page: the answer in sentences, the reports, the states as tiles and side by side."""

from __future__ import annotations

import base64
import hashlib
import json
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from markupsafe import Markup

from redegov_analysis.evidence import Evidence
from redegov_analysis.reports.jobs import Imprint, Job, Outcome, Page
from redegov_analysis.reports.pages.directory import DIRECTORY
from redegov_analysis.reports.pages.frame import SECURITY_POLICY, TEMPLATES, layout, template
from redegov_analysis.reports.states import STATES
from redegov_analysis.reports.text import N_, Text

INDEX: Final = "index.html"
STATE_SIZE: Final = "state_size"
STATE_SHARE: Final = "state_share"
STATE_MEMBERS: Final = "state_members"
STATE_PROXIES: Final = "state_proxies"

NEARBY: Final = {
    "login_hall": N_("City hall on the login list, March 2022"),
    "nfse_2024": N_("Joined the service invoice (NFS-e) by the end of 2024"),
    "snc_2018": N_("Joined the culture system (SNC) by 2018"),
}
"""Rows of a state's table `state_proxies` that states are compared by."""


def index_page(outcomes: Sequence[Outcome], site: Path, t: Text, imprint: Imprint) -> str:
    """Return the site's first page, composed of what the notebooks themselves state.

    Parameters
    ----------
    outcomes
        The pages, in the order in which they are listed.
    site
        The folder that holds their data.
    t
        The reader's language.
    imprint
        For the foot of the page.
    """
    pages = [(outcome.job, outcome.page) for outcome in outcomes if outcome.page]
    national = [(job, page) for job, page in pages if job.national]
    kinds = {kind for _, page in pages for kind in page.evidence}
    headlines = [
        {**statement, "kind": Evidence(statement["evidence"]), "page": job.page, "title": page.title}
        for job, page in national
        for statement in page.statements
        if statement["headline"]
    ]
    by_state = {job.state: (job, page) for job, page in pages if job.state}
    compared = compared_states(by_state, site, t)
    return template("index.html.j2").render(
        headlines=headlines,
        national=[
            {
                "href": job.page,
                "title": page.title,
                "description": page.description,
                "simulated": Evidence.SIMULATED in page.evidence,
            }
            for job, page in national
        ],
        tiles=state_tiles(by_state, t),
        counted=_counted(by_state),
        simulated_kind=Evidence.SIMULATED,
        compared=compared,
        sort_script=Markup(_sort_script()),
        briefs=sum(job.municipality is not None for job, _ in pages),
        directory=DIRECTORY,
        estimated=Evidence.ESTIMATED,
        sources=list(dict.fromkeys(headline["source"] for headline in headlines)),
        **(
            layout(t, INDEX, imprint, [kind for kind in Evidence if kind in kinds])
            | {"security_policy": f"{SECURITY_POLICY}; script-src '{_script_hash()}'"}
        ),
    )


def state_tiles(by_state: Mapping[str, tuple[Job, Page]], t: Text) -> list[dict[str, Any]]:
    """Return one tile per state, and what stands beside its name.

    With a list of members the tile holds the share of the state's municipalities that are on it, and the name how many
    of how many. Without one, the tile holds the number of municipalities, and the name the estimate's interval.

    Tiles are not shaded by the estimate: it differs little between states and is uncertain in each, and a map of it
    would be read as a ranking.
    """
    if not by_state:
        return []
    tiles = []
    for uf, state in STATES.items():
        stated = _stated(by_state, uf)
        size, share, members = (stated.get(name) for name in (STATE_SIZE, STATE_SHARE, STATE_MEMBERS))
        number = t.integer(size["value"]) if size else None
        beside = share["numeral"] if share else None
        if size and members:
            number = t.percent(members["value"] / size["value"], 0)
            beside = t("{part} of {whole}", part=t.integer(members["value"]), whole=t.integer(size["value"]))
        tiles.append(
            {
                "uf": uf,
                "name": state.name,
                "order": _order(state.name),
                "row": state.row,
                "column": state.column,
                "href": by_state[uf][0].page if uf in by_state else None,
                "number": number,
                "beside": beside,
            }
        )
    return tiles


def compared_states(by_state: Mapping[str, tuple[Job, Page]], site: Path, t: Text) -> dict[str, Any] | None:
    """Return the states side by side: what is published, observed nearby and estimated of each, with its evidence.

    Parameters
    ----------
    by_state
        Job and page of each state.
    site
        The folder that holds the states' data.
    t
        The reader's language.

    Returns
    -------
    dict or None
        `columns`, each with `label`, `kind` (the evidence, or nothing) and `number`; `rows`, by name, each with `href`,
        `uf`, `name` and `cells` of `text` and `sort` (a number, or nothing where missing). Nothing without states.
    """
    if not by_state:
        return None
    columns: list[dict[str, Any]] = [
        {"label": t("State"), "kind": None, "number": False},
        {"label": t("Region"), "kind": None, "number": False},
        {"label": t("Municipalities"), "kind": Evidence.PUBLISHED, "number": True},
    ]
    stated = {uf: _stated(by_state, uf) for uf in by_state}
    counted = _counted(by_state)
    if counted:
        columns.append({"label": t("Members on the list"), "kind": counted, "number": True})
        columns.append({"label": t("Share of municipalities"), "kind": counted, "number": True})
    else:
        columns.append({"label": t("Members, estimated share (90%)"), "kind": Evidence.ESTIMATED, "number": True})
    columns += [{"label": t(label), "kind": Evidence.PROXY, "number": True} for label in NEARBY.values()]
    rows = []
    for uf in sorted(by_state, key=lambda uf: _order(STATES[uf].name)):
        size, share = stated[uf].get(STATE_SIZE), stated[uf].get(STATE_SHARE)
        near = _nearby(by_state[uf][0], site)
        cells = [_cell(t.integer(size["value"]), size["value"]) if size else _cell("–", None)]
        members = stated[uf].get(STATE_MEMBERS)
        if counted:
            part = members["value"] / size["value"] if members and size else None
            cells.append(_cell(t.integer(members["value"]), members["value"]) if members else _cell("–", None))
            cells.append(_cell(t.percent(part, 0), part))
        else:
            cells.append(_cell(*_estimate(share, t)))
        for key in NEARBY:
            value = near.get(key)
            cells.append(_cell(t.percent(value, 0), value))
        rows.append(
            {
                "uf": uf,
                "name": STATES[uf].name,
                "order": _order(STATES[uf].name),
                "region": STATES[uf].region,
                "href": by_state[uf][0].page,
                "cells": cells,
            }
        )
    return {"columns": columns, "rows": rows}


def _counted(by_state: Mapping[str, tuple[Job, Page]]) -> Evidence | None:
    """Return what the counts of members by state stand on, or nothing where they are only estimated."""
    kinds = {
        Evidence(one["evidence"])
        for _, page in by_state.values()
        for one in page.statements
        if one["id"] == STATE_MEMBERS
    }
    if Evidence.SIMULATED in kinds:
        return Evidence.SIMULATED
    return Evidence.OBSERVED if kinds else None


def _estimate(share: Mapping[str, Any] | None, t: Text) -> tuple[str, float | None]:
    """Return an estimated share with its interval, never without."""
    if share is None or share["value"] is None:
        return "–", None
    if share["low"] is None or share["high"] is None:
        return share["numeral"] or "–", share["value"]
    low, high = t.percent(share["low"], 0), t.percent(share["high"], 0)
    return f"{t.percent(share['value'], 0)} ({t('{low} to {high}', low=low, high=high)})", share["value"]


def _nearby(job: Job, site: Path) -> dict[str, float]:
    try:
        table = json.loads((site / "data" / job.name / f"{STATE_PROXIES}.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return {row["key"]: row["state_share"] for row in table["rows"] if row.get("key")}


def _cell(text: str, value: float | None) -> dict[str, Any]:
    return {"text": text, "sort": value}


def _stated(by_state: Mapping[str, tuple[Job, Page]], uf: str) -> dict[str, Mapping[str, Any]]:
    return {one["id"]: one for one in by_state[uf][1].statements} if uf in by_state else {}


def _order(name: str) -> str:
    """Return a name as it is put in order: without accents."""
    return unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()


@lru_cache(maxsize=1)
def _sort_script() -> str:
    return (TEMPLATES / "sort.js").read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def _script_hash() -> str:
    """Return the script as the page's policy names it: this script runs, and no other."""
    return f"sha256-{base64.b64encode(hashlib.sha256(_sort_script().encode()).digest()).decode()}"
