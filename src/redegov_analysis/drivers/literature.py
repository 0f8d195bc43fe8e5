"""What others found: published drivers of e-government and policy adoption by municipalities, beside our own."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources

import pandas as pd

from redegov_analysis.drivers.networks import SAME
from redegov_analysis.errors import ParameterError

VERDICTS = ("agree", "disagree", "open", "not comparable", "new")
"""`agree`: one sign, and our interval excludes zero; or theirs was not significant and our interval holds zero.
`disagree`: our interval lies on the other side. `open`: our interval holds zero where theirs has a sign, or excludes it
where theirs has none. `not comparable`: we have no such covariate. `new`: nobody in the table reports on ours."""


def published_drivers() -> pd.DataFrame:
    """Return the published findings, one row per variable and study.

    Returns
    -------
    DataFrame
        `study`, `place`, `n`, `model`, `outcome`, `variable` (as the study names it), `family`, `coef`, `stderr`, `p`
        (as printed; often only the sign is), `effect` on adoption (`+`, `-`, `ns`: already turned where a model of time
        has the opposite sign), `term` (our covariate that measures the same, missing where none does), `source_url`,
        `note`. Some studies were read as abstracts only; the note says so.
    """
    path = resources.files("redegov_analysis.drivers") / "published_drivers.csv"
    with path.open("r", encoding="utf-8") as file:
        table = pd.read_csv(file, dtype="str", keep_default_na=False)
    return table.mask(table == "")


def compare_with_literature(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return for each published variable our estimate in each network, and whether they agree.

    Parameters
    ----------
    tables
        By network, the table of a model (`AdoptionFit.table()`, `EventHistory.table()`).

    Returns
    -------
    DataFrame
        `term`, `network`, `coef`, `low`, `high` (ours, in the unit of its table), `study`, `place`, `variable`,
        `effect` (theirs), `verdict` (one of `VERDICTS`). Variables that are not comparable have no network; terms that
        are new have no study. Regions are left out: each study has its own reference.

    Raises
    ------
    ParameterError
        If there is no table.
    """
    if not tables:
        raise ParameterError("tables is empty; give the table of at least one model.")
    theirs = published_drivers()
    theirs = theirs[theirs["effect"].notna()]
    ours = pd.concat(
        [
            table[["coef", "low", "high"]].rename(index=SAME).reset_index(names="term").assign(network=network)
            for network, table in tables.items()
        ],
        ignore_index=True,
    )
    ours = ours[~ours["term"].str.startswith("region[")]
    merged = ours.merge(
        theirs[["term", "study", "place", "variable", "effect"]].dropna(subset="term"), on="term", how="left"
    )
    merged["verdict"] = [
        _verdict(low, high, effect)
        for low, high, effect in zip(merged["low"], merged["high"], merged["effect"], strict=True)
    ]
    other = theirs[~theirs["term"].isin(ours["term"])][["study", "place", "variable", "effect"]]
    columns = ["term", "network", "coef", "low", "high", "study", "place", "variable", "effect", "verdict"]
    return pd.concat([merged, other.assign(verdict="not comparable")], ignore_index=True)[columns]


def _verdict(low: float, high: float, effect: object) -> str:
    if not isinstance(effect, str):
        return "new"
    ours = "+" if low > 0 else "-" if high < 0 else "ns"
    if ours == effect:
        return "agree"
    return "open" if "ns" in {ours, effect} else "disagree"
