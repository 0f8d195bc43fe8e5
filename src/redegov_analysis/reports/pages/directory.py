"""The page that lists the briefs of municipalities, state by state; found with the browser's own search, offline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from redegov_analysis.evidence import Evidence
from redegov_analysis.reports.jobs import Imprint, Outcome
from redegov_analysis.reports.municipalities import plain
from redegov_analysis.reports.pages.frame import layout, template
from redegov_analysis.reports.states import STATES
from redegov_analysis.reports.text import Text

DIRECTORY: Final = "municipalities.html"
OPEN_UP_TO: Final = 60
"""With no more briefs than this, all states' lists stand open."""


def directory_page(outcomes: Sequence[Outcome], t: Text, imprint: Imprint) -> str | None:
    """Return the list of the briefs by state, or nothing where there are none.

    Parameters
    ----------
    outcomes
        The pages of the site.
    t
        The reader's language.
    imprint
        For the foot of the page.
    """
    briefs = [(outcome.job, outcome.page) for outcome in outcomes if outcome.page and outcome.job.municipality]
    if not briefs:
        return None
    groups: dict[str, list[dict[str, str]]] = {}
    for job, page in sorted(briefs, key=lambda each: plain(each[1].title)):
        name, _, uf = page.title.removesuffix(")").rpartition(" (")
        groups.setdefault(uf, []).append({"href": job.page, "name": name})
    states = sorted(groups, key=lambda uf: plain(STATES[uf].name))
    profiles = {outcome.job.state: outcome.job.page for outcome in outcomes if outcome.job.state}
    kinds = {kind for _, page in briefs for kind in page.evidence}
    return template("municipalities.html.j2").render(
        count=len(briefs),
        groups=[
            {"uf": uf, "name": STATES[uf].name, "profile": profiles.get(uf), "places": groups[uf]} for uf in states
        ],
        opened=len(briefs) <= OPEN_UP_TO,
        **layout(t, DIRECTORY, imprint, [kind for kind in Evidence if kind in kinds]),
    )
