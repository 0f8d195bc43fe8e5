"""The dated lists of the two sister networks: the national electronic service invoice (NFS-e) and the culture system.

Neither is the Rede GOV.BR. They are its nearest relatives with a public date for every municipality.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pandas as pd

from redegov_analysis.cleaning.build import processed
from redegov_analysis.errors import ParameterError

if TYPE_CHECKING:
    from redegov_analysis.project import Project

NFSE_FIRST_DAY = pd.Timestamp("2022-07-01")
"""First month with an agreement published: the voluntary phase starts here."""

NFSE_VOLUNTARY_UNTIL = pd.Timestamp("2024-12-31")
"""Last day on which joining NFS-e was a choice.

In 2025 Complementary Law 214/2025 made the national invoice a duty from January 2026, and nearly all joined within
months: what happens after this day is the law's work, not the municipality's."""

SNC_VOLUNTARY_FROM = pd.Timestamp("2012-01-01")
"""The culture system was voluntary throughout; its first accords were published in 2012."""

SNC_VOLUNTARY_UNTIL = pd.Timestamp("2018-12-31")
"""The list ends in 2018."""


def first_dates(
    network: Literal["nfse", "snc"],
    *,
    date: Literal["published", "effective"] = "published",
    project: Project | None = None,
) -> pd.DataFrame:
    """Return the day on which each municipality joined a sister network.

    Parameters
    ----------
    network
        `nfse` or `snc`.
    date
        `published`, the day the agreement appeared in the official journal; `effective`, the day it took effect, which
        only NFS-e states.
    project
        The project to read from; the one of the working directory unless given.

    Returns
    -------
    DataFrame
        `ibge_code`, `joined_on` (missing: had not joined when the list was made, or joined without a date).

    Raises
    ------
    ParameterError
        If the network or the kind of date is not known.
    """
    columns = {
        ("nfse", "published"): "joined_on",
        ("nfse", "effective"): "effective_on",
        ("snc", "published"): "joined_on",
    }
    if (network, date) not in columns:
        known = ", ".join(f"{name} by {kind}" for name, kind in columns)
        raise ParameterError(
            "No dates of the network {network!r} by {date!r}. There are: {known}.",
            network=network,
            date=date,
            known=known,
        )
    table = processed(f"{network}_adhesions", project)
    return pd.DataFrame({"ibge_code": table["ibge_code"], "joined_on": table[columns[network, date]]})
