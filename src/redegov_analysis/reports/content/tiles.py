"""A tile grid of the states: each of one size, so that none is hidden for being small, its number written in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pandas as pd
from matplotlib.figure import Figure as Sheet
from matplotlib.patches import Rectangle

from redegov_analysis.evidence import Evidence
from redegov_analysis.reports import theme
from redegov_analysis.reports.content.event_history import SOURCE, UNTIL
from redegov_analysis.reports.content.maps import joining_years, states_by_year
from redegov_analysis.reports.items import Column, Figure
from redegov_analysis.reports.states import STATES
from redegov_analysis.reports.text import Text

TILES: Final[Mapping[str, tuple[int, int]]] = {uf: (state.row - 1, state.column - 1) for uf, state in STATES.items()}
"""Row from the north and column from the west of each state's tile, as on the front page."""

STEPS: Final = (0.1, 0.2, 0.3, 0.4)
_SHADES: Final = ("#dfe6f2", "#bcd2f9", "#81aefc", "#1351b4", theme.BLUE_DARKEST)
_GAP: Final = 0.06


def draw_tiles(shares: Mapping[str, float], t: Text, *, steps: tuple[float, ...] = STEPS) -> theme.Draw:
    """Return what draws one tile per state, shaded by its share, with the state's code and the share in it.

    Parameters
    ----------
    shares
        Share (0–1) by state; a state that is not there has an empty tile.
    t
        The reader's language.
    steps
        Where the shades change, four rising shares.
    """

    def draw(sheet: Sheet, narrow: bool) -> None:
        axes = sheet.add_subplot()
        for uf, (row, column) in TILES.items():
            share = shares.get(uf)
            shade = sum(share >= step for step in steps) if share is not None else None
            color = theme.PAPER if shade is None else _SHADES[shade]
            axes.add_patch(
                Rectangle((column + _GAP / 2, row + _GAP / 2), 1 - _GAP, 1 - _GAP, facecolor=color,
                          edgecolor=theme.GRAY_LIGHT, linewidth=0.6)
            )  # fmt: skip
            ink = theme.PAPER if shade is not None and shade >= 3 else theme.TEXT
            size = 10.5 if narrow else 12.5
            axes.text(column + 0.5, row + 0.36, uf, ha="center", va="center", color=ink, fontsize=size, **theme.BOLD)
            written = "–" if share is None else t.percent(share, 0)
            axes.text(column + 0.5, row + 0.68, written, ha="center", va="center", color=ink, fontsize=size - 2)
        axes.set_xlim(0, 7)
        axes.set_ylim(8, 0)
        axes.set_aspect("equal")
        axes.set_axis_off()

    return draw


def joining_tiles(nfse: pd.DataFrame, municipalities: pd.DataFrame, t: Text) -> Figure:
    """Draw the share of each state's municipalities that had joined NFS-e by choice.

    Parameters
    ----------
    nfse, municipalities
        The processed tables.
    t
        The reader's language.
    """
    states = states_by_year(joining_years(nfse, municipalities))
    shares = dict(zip(states["uf"], states["joined_share"], strict=True))
    many = states[states["municipalities"] > 1]
    first, last = many.iloc[0], many.iloc[-1]
    told = {
        "first": str(first["uf"]),
        "high": t.percent(first["joined_share"], 0),
        "last": str(last["uf"]),
        "low": t.percent(last["joined_share"], 0),
    }
    frame = states[["uf", "municipalities", "joined_share"]]
    return Figure(
        id="nfse_tiles",
        t=t,
        evidence=Evidence.PROXY,
        source=t(SOURCE),
        as_of=UNTIL,
        title=t("NFS-e by choice, state by state"),
        caption=t(
            "Share of each state's municipalities that had joined by the end of 2024, each state of one size. From "
            "{low} in {last} to {high} in {first}; DF is a single entry.",
            **told,
        ),
        alt=t("Grid of 27 tiles, one per state, with shares from {low} ({last}) to {high} ({first}).", **told),
        draw=draw_tiles(shares, t),
        frame=frame,
        columns={
            "uf": Column(t("State")),
            "municipalities": Column(t("Municipalities"), "integer"),
            "joined_share": Column(t("Share"), "percent"),
        },
        heights=(4.9, 4.1),
    )
