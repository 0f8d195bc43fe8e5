"""How a model's coefficients are shown: a plot with intervals, and a table of ratios."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.figure import Figure as Sheet
from matplotlib.ticker import FixedLocator, NullLocator

from redegov_analysis.reports import theme
from redegov_analysis.reports.items import Column
from redegov_analysis.reports.text import N_, Text

TERM_NAMES: Final = {
    "log10_population": N_("Population (log)"),
    "log10_population_2010": N_("Population 2010 (log)"),
    "log_gdp_per_head": N_("GDP per head (log)"),
    "hdi": N_("Human development index"),
    "internet_share": N_("Households with internet"),
    "log_density": N_("Density (log)"),
    "log_revenue_per_head": N_("Revenue per head (log)"),
    "urban_share": N_("Urban population"),
    "population_growth": N_("Population growth"),
    "mobile_coverage": N_("Mobile coverage"),
    "broadband_density": N_("Fixed broadband"),
    "gini": N_("Inequality (Gini)"),
    "capital": N_("State capital"),
    "fibre": N_("Fibre backhaul"),
    "legal_amazon": N_("Legal Amazon"),
    "neighbours_share": N_("Neighbours already in"),
    "region[Norte]": N_("North (against Centre-West)"),
    "region[Nordeste]": N_("Northeast (against Centre-West)"),
    "region[Sudeste]": N_("Southeast (against Centre-West)"),
    "region[Sul]": N_("South (against Centre-West)"),
}
_TICKS: Final = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50)


class Ratio(NamedTuple):
    """A ratio and its 95 % interval."""

    value: float
    low: float
    high: float


def ratio_of(table: pd.DataFrame, term: str) -> Ratio:
    """Return the ratio of one term of a model's table."""
    row = table.loc[[term], ["ratio", "ratio_low", "ratio_high"]].to_numpy(dtype=float)[0]
    return Ratio(*(float(value) for value in row))


def labelled(table: pd.DataFrame, t: Text) -> pd.DataFrame:
    """Return a model's table of coefficients with each term's name and its unit in the reader's language.

    Parameters
    ----------
    table
        Indexed by term, with `coef`, `stderr`, `p`, `ratio`, `ratio_low`, `ratio_high` and `sd`.

    Returns
    -------
    DataFrame
        The same rows in the same order, with `term`, `label` and `per` (one standard deviation, or yes against no).
    """
    shown = table.rename_axis("term").reset_index()
    return shown.assign(
        label=[t(TERM_NAMES.get(str(term), str(term))) for term in shown["term"]],
        per=[t("per standard deviation") if np.isfinite(sd) else t("yes against no") for sd in shown["sd"]],
    )


def draw_ratios(shown: pd.DataFrame, axis_label: str, t: Text) -> theme.Draw:
    """Return what draws ratios with their intervals on a log scale; filled where the interval leaves out 1."""

    def draw(sheet: Sheet, narrow: bool) -> None:
        axes = theme.tidy(sheet.add_subplot(), grid="x")
        rows = np.arange(len(shown))
        low, high = shown["ratio_low"].to_numpy(dtype=float), shown["ratio_high"].to_numpy(dtype=float)
        firm = (low > 1) | (high < 1)
        axes.axvline(1, color=theme.GRAY, linewidth=1)
        axes.hlines(rows, low, high, color=theme.BLUE, linewidth=2.2)
        for filled in (True, False):
            chosen = firm == filled
            axes.plot(
                shown["ratio"].to_numpy(dtype=float)[chosen],
                rows[chosen],
                "o",
                color=theme.BLUE,
                markerfacecolor=theme.BLUE if filled else theme.PAPER,
                markersize=7,
                markeredgewidth=1.6,
            )
        axes.set_xscale("log")
        axes.set_xlim(0.9 * float(low.min()), 1.1 * float(high.max()))
        axes.xaxis.set_major_locator(FixedLocator(_TICKS))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_formatter(lambda value, _: t.number(value, 0 if value >= 1 else 2 if value < 0.1 else 1))
        axes.set_yticks(rows, list(shown["label"]), fontsize=8.5 if narrow else 9.5)
        axes.set_ylim(len(shown) - 0.4, -0.6)
        axes.set_xlabel(axis_label)

    return draw


def ratio_columns(t: Text, ratio: str) -> dict[str, Column]:
    """Return how a table of ratios is shown; `ratio` heads the ratio's column."""
    return {
        "label": Column(t("Term")),
        "per": Column(t("Compared")),
        "ratio": Column(ratio, "number", 2),
        "ratio_low": Column(t("95%: from"), "number", 2),
        "ratio_high": Column(t("95%: to"), "number", 2),
        "coef": Column(t("Coefficient"), "number", 3, sign=True),
        "stderr": Column(t("Standard error"), "number", 3),
        "p": Column(t("p-value"), "p_value"),
    }
