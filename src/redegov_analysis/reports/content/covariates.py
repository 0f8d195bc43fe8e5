"""What the covariates are called, in what unit, and how they are written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pandas as pd

from redegov_analysis.reports.items import Column, Kind
from redegov_analysis.reports.text import N_, Text


@dataclass(frozen=True)
class Covariate:
    """A column of the processed table `municipalities` as readers meet it.

    Attributes
    ----------
    column
        Name of the column.
    label
        English message, with the unit and the year.
    source
        Who published it.
    kind, digits
        How values are written (see `items.Column`).
    scale
        What values are multiplied by before they are written, such as 0.01 for a percentage kept as 0–100.
    """

    column: str
    label: str
    source: str
    kind: Kind = "number"
    digits: int = 0
    scale: float = 1.0

    def shown(self, t: Text) -> Column:
        """Return how the column is shown in a table."""
        return Column(t(self.label), self.kind, self.digits)


COVARIATES: Final = (
    Covariate("population_2022", N_("Population, 2022 census"), "IBGE", "integer"),
    Covariate("population_2025", N_("Population, 2025 estimate"), "IBGE", "integer"),
    Covariate("population_growth_2010_2022_pct", N_("Population growth 2010–2022"), "IBGE", "percent", 1, 0.01),
    Covariate("density_2022_km2", N_("Inhabitants per km², 2022"), "IBGE", "number", 1),
    Covariate("urban_share_2010_pct", N_("Urban population, 2010"), "IBGE", "percent", 1, 0.01),
    Covariate("gdp_per_head_2021_brl", N_("GDP per head, 2021 (R$)"), "IBGE", "integer"),
    Covariate("hdi_2010", N_("Human development index (IDHM), 2010"), "PNUD/Ipea/FJP", "number", 3),
    Covariate("internet_share_2022", N_("Households with internet, 2022"), "IBGE", "percent", 1),
    Covariate("mobile_coverage_2023_share", N_("Mobile coverage index, 2023"), "Anatel", "number", 2),
    Covariate("broadband_density_2023", N_("Fixed broadband density (weighted), 2023"), "Anatel", "number", 1),
    Covariate("fibre_2023", N_("Fibre backhaul, 2023"), "Anatel", "percent", 0),
    Covariate("revenue_per_head_2022_brl", N_("Current revenue per head, 2022 (R$)"), "STN/Siconfi", "integer"),
    Covariate("capag_2022", N_("Capacity to pay (CAPAG), 2022"), "STN", "text"),
    Covariate("capag_2023", N_("Capacity to pay (CAPAG), 2023"), "STN", "text"),
    Covariate("mayor_party_2020", N_("Mayor's party, elected in 2020"), "TSE", "text"),
)

NUMERIC: Final = tuple(covariate for covariate in COVARIATES if covariate.kind != "text")

COMPARED: Final = tuple(
    covariate
    for covariate in COVARIATES
    if covariate.column
    in {
        "population_2022",
        "density_2022_km2",
        "urban_share_2010_pct",
        "gdp_per_head_2021_brl",
        "hdi_2010",
        "internet_share_2022",
        "broadband_density_2023",
        "revenue_per_head_2022_brl",
    }
)
"""What a state is compared with the country on."""


def coverage(municipalities: pd.DataFrame) -> pd.DataFrame:
    """Return how many municipalities have each covariate.

    Returns
    -------
    DataFrame
        `column`, `label` (English message), `source`, `present`, `missing` (municipalities), `present_share` (0–1).
    """
    rows = [
        {
            "column": covariate.column,
            "label": covariate.label,
            "source": covariate.source,
            "present": int(municipalities[covariate.column].notna().sum()),
            "missing": int(municipalities[covariate.column].isna().sum()),
        }
        for covariate in COVARIATES
    ]
    table = pd.DataFrame(rows)
    return table.assign(present_share=table["present"] / len(municipalities))
