"""What was published of one state's members: for the few states of which anything was."""

from __future__ import annotations

from urllib.parse import urlsplit

import pandas as pd

from redegov_analysis.cleaning.membership.published import published_facts
from redegov_analysis.evidence import Evidence
from redegov_analysis.project import Project
from redegov_analysis.reports.items import Statement
from redegov_analysis.reports.text import Text


def published_statement(
    municipalities: pd.DataFrame, uf: str, as_of: str, t: Text, project: Project | None = None
) -> Statement | None:
    """Say the newest published number of the state's municipalities in the network; None where there is none.

    Parameters
    ----------
    municipalities
        The processed table.
    uf
        The state's two letters.
    as_of
        Only what was published of days up to this one (`YYYY-MM-DD`; empty: everything).
    t
        The reader's language.
    project
        The project whose facts are told; the one of the working directory unless given.
    """
    last = pd.Timestamp(as_of) if as_of else pd.Timestamp.max
    told = [
        fact for fact in published_facts(project) if fact.kind == "in_state" and fact.who == uf and fact.day <= last
    ]
    if not told:
        return None
    fact = told[-1]
    inside = municipalities[municipalities["uf"] == uf]
    return Statement(
        id="state_published",
        t=t,
        evidence=Evidence.PUBLISHED,
        source=t("{site}; its address is in the table of named adhesions", site=urlsplit(fact.source).netloc),
        as_of=fact.day,
        sentence=t(
            "By {date}, at least {count} of the {universe} municipalities of {state} belonged to the network: more "
            "than {share}.",
            date=t.date(fact.day),
            count=t.integer(fact.low),
            universe=t.integer(len(inside)),
            state=str(inside["uf_name"].iloc[0]),
            share=t.percent(int(100 * (fact.low - 1) / len(inside)) / 100, 0),
        ),
        value=int(fact.low),
        unit="municipalities",
        low=int(fact.low),
        numeral=t("at least {count}", count=t.integer(fact.low)),
    )
