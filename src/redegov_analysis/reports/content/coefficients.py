"""How a model's coefficients are shown: a plot with intervals, and a table of ratios."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.figure import Figure as Sheet
from matplotlib.ticker import FixedLocator, NullLocator

from redegov_analysis.drivers.calendar import CARAVAN
from redegov_analysis.drivers.covariates import DUMMIES, KNOWN_BY_2012, MAIN, TERMS
from redegov_analysis.errors import ParameterError
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
    CARAVAN: N_("Federal caravan in the state, last 3 months"),
    "on_login_list": N_("On the login list of 2022"),
    "in_culture_system": N_("In the culture system by 2018"),
    "region[Norte]": N_("North (against Centre-West)"),
    "region[Nordeste]": N_("Northeast (against Centre-West)"),
    "region[Sudeste]": N_("Southeast (against Centre-West)"),
    "region[Sul]": N_("South (against Centre-West)"),
}
COVARIATE_SETS: Final[Mapping[str, tuple[str, ...]]] = {
    "main": MAIN,
    "main+capacity": (*MAIN, "log_revenue_per_head", "broadband_density"),
    "size only": ("log10_population",),
}
"""What the notebook's parameter `covariates` stands for: the main models' terms; those and what a city hall can spend
and connect by; or size alone. Regions and, where there are dates, the neighbours' share are always there."""

SNC_COVARIATE_SETS: Final[Mapping[str, tuple[str, ...]]] = {
    "main": KNOWN_BY_2012,
    "main+capacity": KNOWN_BY_2012,
    "size only": ("log10_population_2010",),
}
"""The same for the culture system, on what was known before its first accords of 2012: no measure of capacity was."""

SNC_TERMS: Final = {
    "log10_population": "log10_population_2010",
    "log10_population_2010": "log10_population_2010",
    **{term: term for term in ("hdi", "urban_share", "gini", "capital", "legal_amazon")},
}
"""Terms that were known before the culture system's first accords of 2012, by the term of today that they stand for."""


def covariate_terms(choice: str) -> tuple[str, ...]:
    """Return the terms that the notebook's parameter `covariates` stands for.

    Parameters
    ----------
    choice
        A name of `COVARIATE_SETS`, or terms of `drivers.covariates` with commas between. Size is always among them: the
        story is told around it.

    Raises
    ------
    ParameterError
        If a name is neither.

    Examples
    --------
    >>> covariate_terms("hdi, internet_share")
    ('log10_population', 'hdi', 'internet_share')
    """
    terms: list[str] = []
    for name in (part.strip() for part in choice.split(",")):
        if name not in COVARIATE_SETS and name not in TERMS and name not in DUMMIES:
            known = ", ".join([*COVARIATE_SETS, *TERMS, *DUMMIES])
            raise ParameterError("covariates holds {name!r}; it must be made of: {known}.", name=name, known=known)
        terms += COVARIATE_SETS.get(name, (name,))
    return tuple(dict.fromkeys(("log10_population", *terms)))


def snc_covariate_terms(choice: str) -> tuple[str, ...]:
    """Return the terms for the culture system: those of `choice` known before 2012; a set's own where it is named."""
    if choice in SNC_COVARIATE_SETS:
        return SNC_COVARIATE_SETS[choice]
    return tuple(dict.fromkeys(SNC_TERMS[term] for term in covariate_terms(choice) if term in SNC_TERMS))


NO_BREAK: Final = "\N{NO-BREAK SPACE}"
"""Keeps a ratio and its interval on one line of a narrow table, which is then scrolled rather than folded."""

_TICKS: Final = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200)
_SPARSE_TICKS: Final = (0.1, 0.5, 1, 2, 10, 100)


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


def draw_side_by_side(series: Sequence[tuple[str, pd.DataFrame]], axis_label: str, t: Text) -> theme.Draw:
    """Return what draws the ratios of two models of the same terms, told apart by shape as well as by colour.

    Parameters
    ----------
    series
        Two pairs of a label and a table with `label`, `ratio`, `ratio_low` and `ratio_high`, of the same terms in the
        same order; a term that a model lacks is missing there, and leaves its place empty.
    axis_label
        What the axis says.
    t
        The reader's language.
    """

    def draw(sheet: Sheet, narrow: bool) -> None:
        axes = theme.tidy(sheet.add_subplot(), grid="x")
        labels = list(series[0][1]["label"])
        axes.axvline(1, color=theme.GRAY, linewidth=1)
        bounds = []
        for place, (name, shown) in enumerate(series):
            color, marker = ((theme.BLUE, "o"), (theme.OCHRE, "s"))[place]
            rows = np.arange(len(labels)) + (0.19 if place else -0.19)
            ratio, low, high = (shown[c].to_numpy(dtype=float) for c in ("ratio", "ratio_low", "ratio_high"))
            firm = (low > 1) | (high < 1)
            axes.hlines(rows[~np.isnan(low)], low[~np.isnan(low)], high[~np.isnan(low)], color=color, linewidth=2)
            axes.plot(ratio, rows, marker, color=color, markerfacecolor=theme.PAPER, markersize=6.5, linestyle="none")
            axes.plot(ratio[firm], rows[firm], marker, color=color, markersize=6.5, linestyle="none")
            axes.plot([], [], marker, color=color, markersize=6.5, label=name)
            bounds += [np.nanmin(low), np.nanmax(high)]
        axes.set_xscale("log")
        axes.set_xlim(0.9 * min(bounds), 1.1 * max(bounds))
        axes.xaxis.set_major_locator(FixedLocator([tick for tick in _TICKS if not narrow or tick in _SPARSE_TICKS]))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_formatter(lambda value, _: t.number(value, 0 if value >= 1 else 2 if value < 0.1 else 1))
        axes.set_yticks(np.arange(len(labels)), labels, fontsize=8.5 if narrow else 9.5)
        axes.set_ylim(len(labels) - 0.4, -0.6)
        axes.set_xlabel(axis_label)
        sheet.legend(loc="outside upper left", ncols=1 if narrow else 2)

    return draw


def beside(shown: pd.DataFrame, other: pd.DataFrame, suffix: str) -> pd.DataFrame:
    """Return a model's table with the ratios of another model's same terms in further columns.

    Parameters
    ----------
    shown
        From `labelled`.
    other
        The other model's table, indexed by term.
    suffix
        Ends the names of the columns added: `ratio`, `ratio_low`, `ratio_high` and `p`. Terms that the other lacks are
        missing.
    """
    matched = other.reindex(shown["term"])
    return shown.assign(
        **{f"{name}_{suffix}": matched[name].to_numpy() for name in ("ratio", "ratio_low", "ratio_high", "p")}
    )


def of_other(shown: pd.DataFrame, suffix: str) -> pd.DataFrame:
    """Return the ratios that `beside` added, under the names that plots read."""
    names = ("ratio", "ratio_low", "ratio_high")
    return shown[["label", *(f"{name}_{suffix}" for name in names)]].set_axis(["label", *names], axis=1)


def as_ratio(row: pd.Series) -> pd.Series:
    """Return `ratio`, `ratio_low` and `ratio_high` of a row with `coef`, `low` and `high` on the log scale."""
    values = np.exp(row[["coef", "low", "high"]].to_numpy(dtype=float))
    return pd.Series(values, index=["ratio", "ratio_low", "ratio_high"])


def written_ratio(row: pd.Series, t: Text, digits: int = 2) -> str:
    """Return a ratio with its interval, `1.62 (1.37 to 1.93)`, on one line.

    Parameters
    ----------
    row
        `ratio`, `ratio_low` and `ratio_high`; a dash where the ratio is missing.
    t
        The reader's language.
    digits
        Decimals.
    """
    if pd.isna(row["ratio"]):
        return "–"
    written = f"{t.number(row['ratio'], digits)} ({t.interval(row['ratio_low'], row['ratio_high'], digits)})"
    return written.replace(" ", NO_BREAK)


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
