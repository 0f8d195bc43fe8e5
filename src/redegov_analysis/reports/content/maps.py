"""A map of municipalities: when each joined the service invoice while that was a choice."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure as Sheet
from matplotlib.patches import Patch

from redegov_analysis.cleaning.sisters import NFSE_VOLUNTARY_UNTIL
from redegov_analysis.data.catalogue import table_path
from redegov_analysis.evidence import Evidence
from redegov_analysis.reports import theme
from redegov_analysis.reports.content.event_history import SOURCE, UNTIL
from redegov_analysis.reports.items import Column, Figure
from redegov_analysis.reports.text import N_, Text

Ring = npt.NDArray[np.float64]

RAMP: Final = {"2022": theme.BLUE_DARKEST, "2023": "#2670e8", "2024": "#81aefc", "outside": "#ececec"}
"""One hue from dark to light, the earlier the darker: read alike with any kind of sight and in print."""

MAP_SOURCE: Final = N_("{source}; municipal mesh of IBGE (2015)")
_YEARS: Final = ("2022", "2023", "2024")
_BORDER_GRAY: Final = "#8a8a8a"


def municipality_rings() -> tuple[list[str], list[Ring]]:
    """Return the outer rings of the municipal mesh, in the file's order.

    Returns
    -------
    tuple
        Code of each ring's municipality, and its points as longitude and latitude (degrees): n × 2.
    """
    with table_path("municipality_mesh_2015").open(encoding="utf-8") as stream:
        features = json.load(stream)["features"]
    pairs = [(str(feature["id"]), ring) for feature in features for ring in _outer_rings(feature["geometry"])]
    return [code for code, _ in pairs], [ring for _, ring in pairs]


def state_borders(codes: list[str], rings: list[Ring]) -> list[Ring]:
    """Return the stretches that municipalities of two states share, which the mesh draws with the same points."""
    owners: dict[tuple[tuple[float, float], tuple[float, float]], set[str]] = defaultdict(set)
    for code, ring in zip(codes, rings, strict=True):
        points = [(float(x), float(y)) for x, y in ring]
        for one, other in pairwise(points):
            owners[min(one, other), max(one, other)].add(code[:2])
    return [np.array(edge) for edge, states in owners.items() if len(states) > 1]


def joining_years(nfse: pd.DataFrame, municipalities: pd.DataFrame) -> pd.DataFrame:
    """Return the year in which each municipality joined NFS-e by choice.

    Returns
    -------
    DataFrame
        `ibge_code`, `name`, `uf`, `year`: `2022` to `2024`, or `outside` at the end of 2024; sorted by code.
        Municipalities that are in without a date are missing.
    """
    table = municipalities[["ibge_code", "name", "uf"]].merge(nfse, on="ibge_code", how="left")
    chosen = table["joined_on"] <= NFSE_VOLUNTARY_UNTIL
    year = table["joined_on"].dt.strftime("%Y").astype("object").where(chosen, "outside")
    undated = (table["status"] == "active") & table["joined_on"].isna()
    return (
        table[["ibge_code", "name", "uf"]]
        .assign(year=year.mask(undated, None))
        .sort_values("ibge_code", ignore_index=True)
    )


def states_by_year(years: pd.DataFrame) -> pd.DataFrame:
    """Return how many municipalities of each state joined in each year.

    Returns
    -------
    DataFrame
        `uf`, `municipalities`, `joined_2022` to `joined_2024`, `joined_share` (0–1, of all by the end of 2024); the
        largest share first.
    """
    joined = {f"joined_{year}": (years["year"] == year).groupby(years["uf"]).sum() for year in _YEARS}
    table = pd.DataFrame({"municipalities": years.groupby("uf").size(), **joined})
    share = table[list(joined)].sum(axis=1) / table["municipalities"]
    return table.assign(joined_share=share).sort_values("joined_share", ascending=False, kind="stable").reset_index()


def draw_mesh(sheet: Sheet, colors: Mapping[str, str], legend: Mapping[str, str]) -> None:
    """Draw the municipalities, each in its colour, with the borders between states.

    Parameters
    ----------
    sheet
        An empty sheet.
    colors
        Colour of each municipality by its code; paper for any other.
    legend
        Colour of each line of the legend, by its words.
    """
    axes = sheet.add_subplot()
    codes, rings = municipality_rings()
    shades = [colors.get(code, theme.PAPER) for code in codes]
    axes.add_collection(PolyCollection(rings, facecolors=shades, edgecolors=shades, linewidths=0.25, antialiased=False))
    axes.add_collection(
        LineCollection(state_borders(codes, rings), colors=_BORDER_GRAY, linewidths=0.6, antialiased=False)
    )
    # Length of a degree of longitude against one of latitude in the middle of the country.
    axes.set_aspect(1 / np.cos(np.radians(14.5)))
    axes.set_xlim(-74.2, -34.4)
    axes.set_ylim(-34.0, 5.6)
    axes.set_axis_off()
    handles = [
        Patch(facecolor=color, edgecolor=theme.GRAY, linewidth=0.5, label=name) for name, color in legend.items()
    ]
    # Large type: the same picture is read on a telephone.
    axes.legend(handles=handles, loc="lower left", fontsize=15, handlelength=1.2, borderpad=0)


def joining_map(nfse: pd.DataFrame, municipalities: pd.DataFrame, t: Text) -> Figure:
    """Draw the year in which each municipality joined NFS-e by choice."""
    years = joining_years(nfse, municipalities)
    year_of = dict(zip(years["ibge_code"], years["year"], strict=True))
    names = {"2022": "2022", "2023": "2023", "2024": "2024", "outside": t("Not yet in")}
    counts = years["year"].value_counts()
    states = states_by_year(years)
    # A district of one municipality is no state to compare with.
    leading = states[states["municipalities"] > 1].head(3)

    def draw(sheet: Sheet, _narrow: bool) -> None:
        draw_mesh(
            sheet,
            {code: RAMP.get(str(year), theme.PAPER) for code, year in year_of.items()},
            {name: RAMP[key] for key, name in names.items()},
        )

    source = t(MAP_SOURCE, source=t(SOURCE))
    top = [f"{uf} ({t.percent(share, 0)})" for uf, share in zip(leading["uf"], leading["joined_share"], strict=True)]
    return Figure(
        id="nfse_map",
        t=t,
        evidence=Evidence.PROXY,
        source=source,
        as_of=UNTIL,
        title=t("Where NFS-e was joined by choice, and when"),
        caption=t(
            "The darker, the earlier; light gray: not in at the end of 2024. {count} of {all} had joined, most of all "
            "in {top}. Large areas catch the eye: they are few and often thinly peopled municipalities.",
            count=t.integer(int(years["year"].isin(_YEARS).sum())),
            all=t.integer(len(years)),
            top=t.listing(top),
        ),
        alt=t(
            "Map of the municipalities of Brazil shaded by the year of joining: {n2022} in 2022, {n2023} in 2023, "
            "{n2024} in 2024, {outside} not in; densest in {top}.",
            n2022=t.integer(counts.get("2022", 0)),
            n2023=t.integer(counts.get("2023", 0)),
            n2024=t.integer(counts.get("2024", 0)),
            outside=t.integer(counts.get("outside", 0)),
            top=t.listing(top),
        ),
        draw=draw,
        frame=states_by_year(years),
        columns={
            "uf": Column(t("State")),
            "municipalities": Column(t("Municipalities"), "integer"),
            **{f"joined_{year}": Column(t("Joined in {year}", year=year), "integer") for year in _YEARS},
            "joined_share": Column(t("Share"), "percent"),
        },
        heights=(7.2, 7.2),
        kind="png",
    )


def _outer_rings(geometry: dict[str, Any]) -> Iterator[Ring]:
    polygons = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
    for polygon in polygons:
        yield np.asarray(polygon[0], dtype=np.float64)
