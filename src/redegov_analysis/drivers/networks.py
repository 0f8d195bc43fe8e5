"""What recurs: the same drivers across networks, side by side."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

SAME = {"log10_population_2010": "log10_population"}
"""Terms that stand for one driver, measured at another time."""


def recurring_drivers(tables: Mapping[str, pd.DataFrame], *, alpha: float = 0.05) -> pd.DataFrame:
    """Return the effects of each driver in each network, side by side.

    Parameters
    ----------
    tables
        By network, the table of a model (`AdoptionFit.table()`, `EventHistory.table()`).
    alpha
        Level below which an effect has a sign.

    Returns
    -------
    DataFrame
        `term`, `network`, `coef` (log odds or log hazard per standard deviation, or of a dummy), `low`, `high`, `p`,
        `sign` (`+`, `-`, or `ns`); sorted by term as first met, then by network as given.
    """
    parts = []
    for network, table in tables.items():
        part = table[["coef", "low", "high", "p"]].rename(index=SAME).reset_index(names="term")
        parts.append(part.assign(network=network))
    result = pd.concat(parts, ignore_index=True)
    result["sign"] = np.where(result["p"] >= alpha, "ns", np.where(result["coef"] > 0, "+", "-"))
    order = {term: number for number, term in enumerate(dict.fromkeys(result["term"]))}
    result = result.sort_values("term", key=lambda terms: terms.map(order), kind="stable", ignore_index=True)
    return result[["term", "network", "coef", "low", "high", "p", "sign"]]


def slope_per_sd(fit_row: pd.Series, sd: float) -> pd.DataFrame:
    """Return a published total's size gradient in the form of a model's table, for `recurring_drivers`.

    Parameters
    ----------
    fit_row
        One row of `selectivity.fit_size_selectivity`. Its interval joins rounding and sampling: from the lower bound
        less 1.96 errors to the upper bound plus as many.
    sd
        Standard deviation of log10 population.

    Returns
    -------
    DataFrame
        One row, `log10_population`: `coef`, `low`, `high` (log odds per standard deviation) and `p`, 0 or 1 for an
        interval without or with zero.
    """
    width = 1.959964 * float(fit_row["slope_stderr"])
    slope, low, high = (
        float(fit_row["slope"]),
        float(fit_row["slope_low"]) - width,
        float(fit_row["slope_high"]) + width,
    )
    # The normal p value that such an interval would have; only its side of `alpha` is read.
    p = 0.0 if low > 0 or high < 0 else 1.0
    table = pd.DataFrame({"coef": [slope * sd], "low": [low * sd], "high": [high * sd], "p": [p]})
    return table.set_index(pd.Index(["log10_population"], name="term"))
