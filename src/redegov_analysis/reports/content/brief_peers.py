"""Where one municipality stands among those of its size and those of its state."""

from __future__ import annotations

from textwrap import fill
from typing import Final

import numpy as np
import pandas as pd
from matplotlib.figure import Figure as Sheet

from redegov_analysis.evidence import Evidence
from redegov_analysis.reports import theme
from redegov_analysis.reports.content.brief_basis import Brief
from redegov_analysis.reports.content.covariates import COVARIATES
from redegov_analysis.reports.content.state import COVARIATE_SOURCES
from redegov_analysis.reports.items import Column, Figure
from redegov_analysis.reports.text import Text

_COVARIATES: Final = {covariate.column: covariate for covariate in COVARIATES}


def peers_figure(brief: Brief, t: Text) -> Figure:
    """Draw the municipality's rank among its peers of size and of state, for each characteristic."""
    table = brief.peers.assign(
        label=[t(_COVARIATES[column].label) for column in brief.peers["column"]],
        own=[
            _written(column, value, t)
            for column, value in zip(brief.peers["column"], brief.peers["value"], strict=True)
        ],
        size=[
            _written(column, value, t)
            for column, value in zip(brief.peers["column"], brief.peers["median_size"], strict=True)
        ],
        state=[
            _written(column, value, t)
            for column, value in zip(brief.peers["column"], brief.peers["median_state"], strict=True)
        ],
    )
    name = str(brief.place["name"])

    def draw(sheet: Sheet, narrow: bool) -> None:
        axes = theme.tidy(sheet.add_subplot(), grid="x")
        rows = np.arange(len(table))
        axes.axvline(50, color=theme.GRAY, linewidth=1, linestyle=(0, (4, 3)))
        axes.hlines(rows, 0, 100, color=theme.GRAY_LIGHT, linewidth=0.8)
        axes.plot(100 * table["rank_state"], rows, "D", color=theme.OCHRE, markersize=7, label=t("in its state"))
        axes.plot(
            100 * table["rank_size"], rows, "o", color=theme.BLUE, markersize=7.5, label=t("of its size in Brazil")
        )
        for row in rows[(table["rank_size"].isna() & table["rank_state"].isna()).to_numpy()]:
            axes.text(
                50, row, t("not published"), ha="center", va="center", color=theme.GRAY, backgroundcolor=theme.PAPER
            )
        labels = [f"{label}: {own}" for label, own in zip(table["label"], table["own"], strict=True)]
        axes.set_yticks(rows, [fill(label, 24) for label in labels] if narrow else labels)
        axes.set_ylim(len(table) - 0.5, -0.5)
        axes.set_xlim(-1, 101)
        axes.xaxis.set_major_formatter(lambda value, _: t.percent(value / 100, 0))
        axes.set_xlabel(t("share of its peers with a lower value"))
        sheet.legend(loc="outside upper left", ncols=2, handletextpad=0.2)

    return Figure(
        id="peers",
        t=t,
        evidence=Evidence.PUBLISHED,
        source=t(COVARIATE_SOURCES),
        as_of="2023-12-31",
        title=t("{name} among its peers", name=name),
        caption=t(
            "Circles: among municipalities of its size class in Brazil. Diamonds: among those of its state. Right of "
            "the dashed line it is above half of them."
        ),
        alt=_told(table, name, t),
        draw=draw,
        frame=table,
        columns={
            "label": Column(t("Characteristic")),
            "own": Column(name),
            "size": Column(t("Median of its size")),
            "state": Column(t("Median of its state")),
            "rank_size": Column(t("Rank among its size"), "percent", 0),
            "rank_state": Column(t("Rank in its state"), "percent", 0),
        },
        heights=(3.5, 4.4),
    )


def _told(table: pd.DataFrame, name: str, t: Text) -> str:
    ranked = table[table["rank_size"].notna()].sort_values("rank_size", kind="stable")
    if ranked.empty:
        return t("Nothing that {name} could be compared on has been published.", name=name)
    return t(
        "Circles and diamonds for {count} characteristics. Among municipalities of its size, {name} ranks highest in "
        "{higher} and lowest in {lower}.",
        count=t.integer(len(table)),
        name=name,
        higher=str(ranked["label"].iloc[-1]),
        lower=str(ranked["label"].iloc[0]),
    )


def _written(column: str, value: float, t: Text) -> str:
    covariate = _COVARIATES[column]
    return covariate.shown(t).written(value * covariate.scale, t)
